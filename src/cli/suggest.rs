//! `glosse suggest`: adds suggestions to articles, to be accepted or rejected by a person.

use super::{AnnotatorArgument, CliError, Outcome, Streams, one_article, table::count};
use crate::{
    model::{ArticleId, Progress},
    session::{
        EvaluationSlice,
        suggest::{Suggester, THRESHOLD, add_suggestions},
    },
};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
What is suggested comes from the annotator's own decisions (words that were labelled before; from 50 accepted spans on also a \
tagger that is trained on them), from rules for dates, quantities and quotations, and from a bundled tagger for German persons, \
places and organizations where the schema has such labels. Nothing that stands is changed, nothing that was rejected comes back. \
In a project of ten articles and more a tenth of them, drawn at random, is kept apart for evaluation: nothing is learned from \
them, and until they are done they get suggestions only if they are named here. \
Exports leave suggestions out unless --status names them.")]
pub struct Suggest {
    /// The project folder
    project: PathBuf,
    /// Articles by id [default: all that are not done]
    articles: Vec<String>,
    #[command(flatten)]
    annotator: AnnotatorArgument,
    /// Least score, from 0 to 1
    #[arg(long, default_value_t = THRESHOLD, value_name = "SCORE")]
    threshold: f32,
}

pub(super) fn run(arguments: &Suggest, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    if !(0.0..=1.0).contains(&arguments.threshold) {
        return Err(CliError::usage(format!("--threshold {}: give a score from 0 to 1", arguments.threshold)));
    }
    let annotator = arguments.annotator.or_default()?;
    let mut session = streams.open_to_change(&arguments.project, annotator.clone())?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let ids: Vec<ArticleId> = match arguments.articles.as_slice() {
        [] => session.project().articles.keys().cloned().collect(),
        named => named.iter().map(|name| one_article(&session, name)).collect::<Result<_, _>>()?,
    };
    let project = session.project();
    let apart = EvaluationSlice::of(project);
    let articles = project.articles.values();
    let Some(suggester) = Suggester::learn(&project.schema, &annotator, articles, &apart, &|| true) else {
        return Ok(Outcome::Clean);
    };
    let mut withheld = 0;
    for id in ids {
        let set = session.set(&id);
        if arguments.articles.is_empty() && set.is_some_and(|set| set.progress() == Progress::Done) {
            continue;
        }
        if arguments.articles.is_empty() && apart.withholds(&id, set) {
            withheld += 1;
            continue;
        }
        let text = session.project().article(&id).map(|article| article.text()).unwrap_or_default();
        let proposals = suggester.proposals(text, set, arguments.threshold);
        if !proposals.is_empty() {
            session.edit(&id, "Suggest spans", |draft| Ok(add_suggestions(draft, &proposals)?))?;
        }
        writeln!(streams.output, "{id}: {}", count(proposals.len(), "suggestion"))?;
    }
    if withheld > 0 {
        let text = "kept apart for evaluation and got no suggestions: label them unaided, or name them; \
                    `evaluation` in project.ron changes the share";
        writeln!(streams.errors, "{} {text}", count(withheld, "article"))?;
    }
    session.close()?;
    Ok(Outcome::Clean)
}
