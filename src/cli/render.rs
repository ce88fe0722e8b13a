//! `glosse render`: an annotated article as a picture or page.

use super::{AnnotatorArgument, CliError, Outcome, Streams, annotator::default_annotator, export::whose, one_article};
use crate::{
    format::{ExportContext, Exported, MemoryOutput, WriteOptions, original::NoOriginals},
    model::{AnnotationSet, ArticleId},
    session::Session,
};
use clap::Args;
use std::path::PathBuf;

/// Draws the present annotator's annotations of an article, whatever the program can draw with.
pub type DrawPicture = fn(&mut Session, &ArticleId, PictureFormat) -> Result<Vec<u8>, String>;

/// The kinds of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    Png,
    Svg,
}

#[derive(Debug, Args)]
pub struct Render {
    /// The project folder
    project: PathBuf,
    /// The id of the article
    article: String,
    /// The file to write; its ending says what it becomes: .png, .svg or .html
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    annotator: AnnotatorArgument,
}

enum Target {
    Picture(PictureFormat, DrawPicture),
    Page,
}

pub(super) fn run(
    arguments: &Render,
    picture: Option<DrawPicture>,
    streams: &mut Streams<'_>,
) -> Result<Outcome, CliError> {
    let target = target(arguments, picture)?;
    let mut session = streams.open_to_read(&arguments.project, default_annotator()?)?;
    let article = one_article(&session, &arguments.article)?;
    session.load(&article)?;
    streams.print_notices(&mut session)?;
    let annotator = whose(&session, arguments.annotator.named()?)?;
    session.set_annotator(annotator)?;
    let bytes = match target {
        Target::Page => page(&session, &article)?,
        Target::Picture(format, draw) => draw(&mut session, &article, format).map_err(CliError::usage)?,
    };
    std::fs::write(&arguments.out, bytes).map_err(CliError::file(&arguments.out, "write the picture"))?;
    writeln!(streams.output, "{}", arguments.out.display())?;
    Ok(Outcome::Clean)
}

fn target(arguments: &Render, picture: Option<DrawPicture>) -> Result<Target, CliError> {
    let extension = arguments.out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let format = match extension.as_deref() {
        Some("html" | "htm") => return Ok(Target::Page),
        Some("png") => PictureFormat::Png,
        Some("svg") => PictureFormat::Svg,
        _ => {
            let path = arguments.out.display();
            return Err(CliError::usage(format!("{path}: name a file that ends in .png, .svg or .html")));
        }
    };
    match picture {
        Some(draw) => Ok(Target::Picture(format, draw)),
        None => Err(CliError::usage(
            "this glosse was built without the feature `gui`, which draws pictures; name a file that ends in .html",
        )),
    }
}

/// The review page of one article.
fn page(session: &Session, article: &ArticleId) -> Result<Vec<u8>, CliError> {
    let format = super::format_named("html")?;
    let project = session.project();
    let found = project.article(article).and_then(|found| Some((found, found.text.as_deref()?)));
    let Some((found, text)) = found else {
        return Err(CliError::usage(format!("the article {article} is not loaded")));
    };
    let empty = AnnotationSet::default();
    let annotations = session.set(article).unwrap_or(&empty);
    let exported =
        Exported { id: article, metadata: &found.metadata, text, annotations, everything: annotations, kept: None };
    let context = ExportContext {
        schema: &project.schema,
        entities: &project.entities,
        options: &WriteOptions::default(),
        originals: &NoOriginals,
    };
    let mut output = MemoryOutput::default();
    format.write(&mut std::iter::once(exported), &context, &mut output, &mut Vec::new())?;
    Ok(output.files.into_iter().next().map(|(_, bytes)| bytes).unwrap_or_default())
}
