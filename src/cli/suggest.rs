//! `glosse suggest`: adds suggestions to articles, to be accepted or rejected by a person.

use super::{AnnotatorArgument, CliError, Outcome, Streams, one_article, table::count};
use crate::{
    model::{ArticleId, Progress},
    session::{
        suggest::{Suggester, THRESHOLD, add_suggestions},
        suggest_relations::{RelationSuggester, suggest_relations},
    },
};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
What is suggested comes from the annotator's own decisions (words that were labelled before; from 50 accepted spans on also a \
tagger that is trained on them), from rules for dates, quantities and quotations, and from a bundled tagger for German persons, \
places and organizations where the schema has such labels. Relations and events between spans are suggested from the annotator's \
accepted ones, and who says a quotation or reports an event from words such as sagte and laut. Nothing that stands is changed, nothing that was rejected comes back. \
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
    let goes_on = || true;
    let Some(suggester) = Suggester::learn(&project.schema, &annotator, project.articles.values(), &goes_on) else {
        return Ok(Outcome::Clean);
    };
    let Some(relations) = RelationSuggester::learn(&project.schema, &annotator, project.articles.values(), &goes_on)
    else {
        return Ok(Outcome::Clean);
    };
    for id in ids {
        let set = session.set(&id);
        if arguments.articles.is_empty() && set.is_some_and(|set| set.progress() == Progress::Done) {
            continue;
        }
        let text = session.project().article(&id).map(|article| article.text()).unwrap_or_default();
        let proposals = suggester.proposals(text, set, arguments.threshold);
        let (spans, links) = session.edit(&id, "Suggest spans and relations", |draft| {
            let spans = add_suggestions(draft, &proposals)?;
            Ok((spans.len(), suggest_relations(draft, &relations, arguments.threshold)?.len()))
        })?;
        let relations = if links > 0 { format!(", {}", count(links, "relation")) } else { String::new() };
        writeln!(streams.output, "{id}: {}{relations}", count(spans, "suggestion"))?;
    }
    session.close()?;
    Ok(Outcome::Clean)
}
