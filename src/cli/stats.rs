//! `glosse stats`: what a project holds, in numbers.

use super::{
    AnnotatorArgument, CliError, Outcome, Streams,
    annotator::default_annotator,
    stats_suggestions::{self, Layout},
    table::{Table, count},
};
use crate::{
    model::{Article, Progress},
    session::{ProjectStatistics, StatisticsRecord, StatusCounts},
};
use clap::Args;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Debug, Args)]
#[command(after_long_help = "\
With --json: one object with `articles`, `counted` (those that could be read), `text` (`bytes`, `characters`, `tokens`, \
`sentences`), `entities` (of the registry) and `annotators`, an object by name. Each annotator has `new`, `started` and `done` \
(numbers of articles), `spans`, `relations` and `document_labels` (objects by label, each with `suggested`, `accepted` and \
`rejected`), `linked_spans` and `linked_entities`.

With --suggestions: what became of one annotator's suggestions, actions and minutes of each article (as far as the journal and \
the stopwatch of this computer know them), and what the built-in models get right on the evaluation slice: strict scores after \
so many articles, per label, and how far their scores come true. That trains several models and may take minutes. With --csv: \
one number a line, with the columns `table`, `item`, `part`, `measure` and `value`.")]
pub struct Stats {
    /// The project folder
    project: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// How suggestions do: learning curve, calibration, what became of them, actions and minutes
    #[arg(long, conflicts_with = "json")]
    suggestions: bool,
    /// Print those numbers as CSV
    #[arg(long, requires = "suggestions")]
    csv: bool,
    #[command(flatten)]
    annotator: AnnotatorArgument,
}

pub(super) fn run(arguments: &Stats, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    if arguments.suggestions {
        let layout = if arguments.csv { Layout::Csv } else { Layout::Tables };
        return stats_suggestions::run(&arguments.project, arguments.annotator.or_default()?, layout, streams);
    }
    let mut session = streams.open_to_read(&arguments.project, default_annotator()?)?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let project = session.project();
    let record = ProjectStatistics::of(project).record();
    if arguments.json {
        let json = serde_json::to_string_pretty(&record).map_err(std::io::Error::from)?;
        writeln!(streams.output, "{json}")?;
    } else {
        print(&record, project.articles.values(), streams)?;
    }
    Ok(Outcome::Clean)
}

fn print<'a>(
    record: &StatisticsRecord,
    articles: impl Iterator<Item = &'a Article>,
    streams: &mut Streams<'_>,
) -> Result<(), CliError> {
    let text = &record.text;
    writeln!(
        streams.output,
        "{}, {}, {}, {}; {} in the registry\n",
        count(record.articles, "article"),
        count(text.characters, "character"),
        count(text.tokens, "token"),
        count(text.sentences, "sentence"),
        if record.entities == 1 { "1 entity".to_owned() } else { format!("{} entities", record.entities) }
    )?;
    let mut table = Table::new(&["article", "characters", "annotator", "progress", "spans", "relations", "title"]);
    for article in articles {
        let characters = article.text().chars().count().to_string();
        let id = article.id.as_str();
        if article.sets.is_empty() {
            table.row([id, &characters, "-", "new", "0", "0", article.metadata.title.as_str()]);
        }
        for (annotator, set) in &article.sets {
            let progress = match set.progress() {
                Progress::New => "new",
                Progress::Started => "started",
                Progress::Done => "done",
            };
            let (spans, relations) = (set.spans().len().to_string(), set.relations().len().to_string());
            let title = article.metadata.title.as_str();
            table.row([id, &characters, annotator.as_str(), progress, &spans, &relations, title]);
        }
    }
    table.print(streams.output)?;
    for (name, annotator) in &record.annotators {
        writeln!(
            streams.output,
            "\n{name}: {} done, {} started, {} new; {} linked to entities\n",
            count(annotator.done, "article"),
            annotator.started,
            annotator.new,
            count(annotator.linked_spans, "span")
        )?;
        let mut table = Table::new(&["kind", "label", "accepted", "suggested", "rejected"]);
        for (kind, counts) in
            [("span", &annotator.spans), ("relation", &annotator.relations), ("document", &annotator.document_labels)]
        {
            add_rows(&mut table, kind, counts);
        }
        table.print(streams.output)?;
    }
    Ok(())
}

/// The most frequent label first.
fn add_rows(table: &mut Table, kind: &str, counts: &BTreeMap<String, StatusCounts>) {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.total()));
    for (label, counts) in counts {
        let numbers = [counts.accepted, counts.suggested, counts.rejected].map(|count| count.to_string());
        let [accepted, suggested, rejected] = &numbers;
        table.row([kind, label, accepted, suggested, rejected]);
    }
}
