//! `glosse suggest`: adds suggestions to articles, to be accepted or rejected by a person.

use super::{AnnotatorArgument, CliError, Outcome, Streams, one_article, suggest_outside, table::count};
use crate::{
    model::{ArticleId, Progress},
    session::suggest::{Suggester, THRESHOLD, add_suggestions},
};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
What is suggested comes from the annotator's own decisions (words that were labelled before; from 50 accepted spans on also a \
tagger that is trained on them), from rules for dates, quantities and quotations, and from a bundled tagger for German persons, \
places and organizations where the schema has such labels. Nothing that stands is changed, nothing that was rejected comes back. \
Exports leave suggestions out unless --status names them.

With --extractor, a program, service or model from outside is asked instead, one of those that `glosse extractors PROJECT` lists. \
What it answers is suggested under the same rules. Ctrl+C ends it, and what was suggested so far stays. Exit code 1 if something \
could not be asked or used.")]
pub struct Suggest {
    /// The project folder
    project: PathBuf,
    /// Articles by id [default: all that are not done]
    articles: Vec<String>,
    #[command(flatten)]
    annotator: AnnotatorArgument,
    /// Least score, from 0 to 1 [default: 0.5; with --extractor 0]
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f32>,
    /// Ask this extractor from outside, by name
    #[arg(long, value_name = "NAME")]
    extractor: Option<String>,
}

pub(super) fn run(arguments: &Suggest, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let threshold = arguments.threshold.unwrap_or(if arguments.extractor.is_some() { 0.0 } else { THRESHOLD });
    if !(0.0..=1.0).contains(&threshold) {
        return Err(CliError::usage(format!("--threshold {threshold}: give a score from 0 to 1")));
    }
    let annotator = arguments.annotator.or_default()?;
    let mut session = streams.open_to_change(&arguments.project, annotator.clone())?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let ids: Vec<ArticleId> = match arguments.articles.as_slice() {
        [] => session.project().articles.keys().cloned().collect(),
        named => named.iter().map(|name| one_article(&session, name)).collect::<Result<_, _>>()?,
    };
    if let Some(name) = &arguments.extractor {
        let is_named = !arguments.articles.is_empty();
        let is_open = |id: &ArticleId| !session.set(id).is_some_and(|set| set.progress() == Progress::Done);
        let ids: Vec<ArticleId> = ids.into_iter().filter(|id| is_named || is_open(id)).collect();
        let outcome = suggest_outside::run(&mut session, name, &ids, threshold, streams)?;
        session.close()?;
        return Ok(outcome);
    }
    let project = session.project();
    let Some(suggester) = Suggester::learn(&project.schema, &annotator, project.articles.values(), &|| true) else {
        return Ok(Outcome::Clean);
    };
    for id in ids {
        let set = session.set(&id);
        if arguments.articles.is_empty() && set.is_some_and(|set| set.progress() == Progress::Done) {
            continue;
        }
        let text = session.project().article(&id).map(|article| article.text()).unwrap_or_default();
        let proposals = suggester.proposals(text, set, threshold);
        if !proposals.is_empty() {
            session.edit(&id, "Suggest spans", |draft| Ok(add_suggestions(draft, &proposals)?))?;
        }
        writeln!(streams.output, "{id}: {}", count(proposals.len(), "suggestion"))?;
    }
    session.close()?;
    Ok(Outcome::Clean)
}
