//! `glosse suggest`: adds suggestions to articles, to be accepted or rejected by a person.

use super::{AnnotatorArgument, CliError, Outcome, Streams, one_article, suggest_outside, table::count};
use crate::{
    model::{AnnotatorName, ArticleId, Progress},
    session::{
        EvaluationSlice, Session,
        suggest::{Stored, Suggester, THRESHOLD, add_suggestions, glosse},
        suggest_relations::{RELATION_THRESHOLD, RelationSuggester, suggest_relations},
        trained::StoredModel,
    },
};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_long_help = "\
What is suggested comes from the annotator's own decisions (words that were labelled before; from 50 accepted spans on also a \
tagger that is trained on them), from rules for dates, quantities and quotations, and from a bundled tagger for German persons, \
places and organizations where the schema has such labels. Relations and events between spans are suggested from the annotator's \
accepted ones, and who says a quotation or reports an event from words such as sagte and laut. \
What `glosse train` stored is used as long as it is what training \
would give now; --model names another file of `glosse train`, which is used as it is. Nothing that stands is changed, nothing that was rejected comes back. \
In a project of ten articles and more a tenth of them, drawn at random, is kept apart for evaluation: nothing is learned from \
them, and until they are done they get suggestions only if they are named here. \
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
    /// Least score, from 0 to 1 [default: spans 0.45, relations 0.25; with --extractor 0]
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f32>,
    /// Ask this extractor from outside, by name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["model", "from_annotator"])]
    extractor: Option<String>,
    /// Use this model, written by `glosse train --out`, instead of one of the project
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Suggest what another annotator of the project has accepted, and nothing else
    #[arg(long, value_name = "NAME", conflicts_with_all = ["threshold", "model", "extractor"])]
    from_annotator: Option<String>,
}

pub(super) fn run(arguments: &Suggest, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let threshold = arguments.threshold.unwrap_or(if arguments.extractor.is_some() { 0.0 } else { THRESHOLD });
    let relation_threshold = arguments.threshold.unwrap_or(RELATION_THRESHOLD);
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
    let apart = EvaluationSlice::of(session.project());
    let mut withheld = 0;
    // Articles that are named get suggestions whatever they are.
    let is_named = !arguments.articles.is_empty();
    let ids = ids.into_iter().filter(|id| {
        let set = session.set(id);
        let is_withheld = !is_named && apart.withholds(id, set);
        withheld += usize::from(is_withheld);
        is_named || !is_withheld && set.is_none_or(|set| set.progress() != Progress::Done)
    });
    let ids: Vec<ArticleId> = ids.collect();
    if withheld > 0 {
        let text = "kept apart for evaluation and got no suggestions: label them unaided, or name them; \
                    `evaluation` in project.ron changes the share";
        writeln!(streams.errors, "{} {text}", count(withheld, "article"))?;
    }
    if let Some(other) = &arguments.from_annotator {
        return from_annotator(session, &ids, &AnnotatorName::new(other), streams);
    }
    if let Some(name) = &arguments.extractor {
        let outcome = suggest_outside::run(&mut session, name, &ids, threshold, streams)?;
        session.close()?;
        return Ok(outcome);
    }
    let named = arguments.model.as_deref().map(read_model).transpose()?;
    let cached = match StoredModel::load(&StoredModel::path(session.root(), &annotator)) {
        Ok(model) => model,
        Err(error) => {
            writeln!(streams.errors, "{error}; done without it (warning)")?;
            None
        }
    };
    let stored = match (&named, &cached) {
        (Some(model), _) => Stored::Always(model),
        (None, Some(model)) => Stored::IfCurrent(model),
        (None, None) => Stored::None,
    };
    let project = session.project();
    let goes_on = || true;
    let articles = || project.articles.values().filter(|article| !apart.contains(&article.id));
    let rules = &project.settings.rules;
    let learned = Suggester::learn_with(&project.schema, rules, &annotator, articles(), stored, &goes_on);
    let Some(mut suggester) = learned else {
        return Ok(Outcome::Clean);
    };
    suggester.set_entities(&project.entities);
    if let Some(error) = suggester.rules_error() {
        writeln!(streams.errors, "the project's own rules can not be used: {error} (warning)")?;
    }
    let Some(relations) = RelationSuggester::learn(&project.schema, &annotator, articles(), &goes_on) else {
        return Ok(Outcome::Clean);
    };
    if let Some(model) = &named {
        let strange: Vec<&str> =
            model.labels().filter(|label| project.schema.label(label).is_none()).map(|label| &**label).collect();
        if !strange.is_empty() {
            let labels = strange.join(", ");
            writeln!(
                streams.errors,
                "the schema does not have these labels of the model, which are not suggested: {labels} (note)"
            )?;
        }
    }
    for id in ids {
        let set = session.set(&id);
        let Some(article) = session.project().article(&id) else { continue };
        let proposals = suggester.proposals_in(&article.metadata.language, article.text(), set, threshold);
        // Beside the user, as in the window: undo is for what a person does.
        let key = session.key(&id);
        let (spans, links) = session.edit_aside(key, glosse(), "Suggest spans and relations", |draft| {
            let spans = add_suggestions(draft, &proposals)?;
            Ok((spans.len(), suggest_relations(draft, &relations, relation_threshold, &|_| false)?.len()))
        })?;
        let relations = if links > 0 { format!(", {}", count(links, "relation")) } else { String::new() };
        writeln!(streams.output, "{id}: {}{relations}", count(spans, "suggestion"))?;
    }
    session.close()?;
    Ok(Outcome::Clean)
}

fn read_model(path: &Path) -> Result<StoredModel, CliError> {
    let model = StoredModel::load(path).map_err(|error| CliError::usage(error.to_string()))?;
    model.ok_or_else(|| CliError::usage(format!("there is no such file: {}", path.display())))
}

fn from_annotator(
    mut session: Session,
    ids: &[ArticleId],
    other: &AnnotatorName,
    streams: &mut Streams<'_>,
) -> Result<Outcome, CliError> {
    if other == session.annotator() {
        return Err(CliError::usage(format!(
            "{other} is who annotates; name another with --annotator or --from-annotator"
        )));
    }
    if !session.annotators().contains(other) {
        let known: Vec<String> = session.annotators().iter().map(ToString::to_string).collect();
        return Err(CliError::usage(format!(
            "there are no annotations by {other}; those that there are, are by {}",
            known.join(", ")
        )));
    }
    for id in ids {
        let merged = session.suggest_from_annotator(id, other)?;
        for problem in &merged.problems {
            writeln!(streams.errors, "{id}: {problem} (warning)")?;
        }
        let mut line = format!("{id}: {}", count(merged.added(), "suggestion"));
        if merged.there > 0 {
            line += &format!(", {} there already", merged.there);
        }
        if merged.rejected > 0 {
            line += &format!(", {} rejected before", merged.rejected);
        }
        writeln!(streams.output, "{line}")?;
    }
    session.close()?;
    Ok(Outcome::Clean)
}
