//! `glosse find`: hits in all articles, with what stands around them.

use super::{CliError, Outcome, Streams, annotator::default_annotator, table::count};
use crate::{
    model::{Article, ArticleText, Name, Status},
    session::{Control, Hit, Mode, Query, Session, SpanFilter, search_articles},
    text::{ByteOffset, Case},
};
use clap::Args;
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicUsize},
};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Prints one hit a line: `article:line:column: before[hit]after`; lines and columns count from 1, columns in code points. \
With --json, one object a line: `article`, `line`, `column`, `start` and `end` (code points of the article), `before`, `text`, \
`after`, and `spans` with `annotator`, `id` and `label` of the annotations there. Exit code 0 also if nothing was found.")]
pub struct Find {
    /// The project folder
    project: PathBuf,
    /// The words to find; white space stands for any white space
    #[arg(allow_hyphen_values = true)]
    pattern: String,
    /// The pattern is a regular expression
    #[arg(long)]
    regex: bool,
    /// Capital and small letters differ
    #[arg(long)]
    case: bool,
    /// Only hits under spans with this label; can be repeated
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// Only hits under this annotator's spans
    #[arg(long, short = 'A', value_name = "NAME", requires = "label")]
    annotator: Option<String>,
    /// Stop after so many hits
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Find, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let mut session = streams.open_to_read(&arguments.project, default_annotator()?)?;
    let query = query(arguments, &session)?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let annotator = arguments.annotator.as_deref().map(crate::model::AnnotatorName::new);
    let articles: Vec<&Article> = session.project().articles.values().collect();
    let limit = arguments.limit.unwrap_or(usize::MAX);
    let control = Control { cancel: &AtomicBool::new(false), done: &AtomicUsize::new(0), limit };
    let found = search_articles(&query, &articles, annotator.as_ref(), control);
    for hit in &found.hits {
        let Some(article) = session.project().article(&hit.article) else { continue };
        let Some(text) = article.text.as_deref() else { continue };
        let (line, column) = line_and_column(text, hit.range.start());
        if arguments.json {
            writeln!(streams.output, "{}", record(hit, article, text, (line, column)))?;
        } else {
            let Hit { before, hit: text, after, .. } = hit;
            writeln!(streams.output, "{}:{line}:{column}: {before}[{text}]{after}", hit.article)?;
        }
    }
    let more = if found.complete || arguments.limit.is_none() { "" } else { ", there may be more" };
    writeln!(streams.errors, "{}{more}.", count(found.hits.len(), "hit"))?;
    Ok(Outcome::Clean)
}

fn query(arguments: &Find, session: &Session) -> Result<Query, CliError> {
    let schema = &session.project().schema;
    if let Some(unknown) = arguments.label.iter().find(|label| schema.label(label).is_none()) {
        let known: Vec<_> = schema.labels.iter().map(|label| &*label.name).collect();
        return Err(CliError::usage(format!("the schema has no label {unknown:?}; it has {}", known.join(", "))));
    }
    let filter = SpanFilter {
        labels: arguments.label.iter().map(|label| Name::from(label.as_str())).collect(),
        statuses: if arguments.label.is_empty() { Vec::new() } else { vec![Status::Accepted, Status::Suggested] },
        entity: None,
    };
    let mode = if arguments.regex { Mode::Regex } else { Mode::Plain };
    let case = if arguments.case { Case::Match } else { Case::Ignore };
    Query::new(&arguments.pattern, mode, case, filter).map_err(|error| CliError::usage(error.to_string()))
}

/// Line and column of a place, from 1; the column in code points.
pub(super) fn line_and_column(text: &ArticleText, place: ByteOffset) -> (usize, u32) {
    let table = text.table();
    let line = table.line_from_byte(place);
    let start = table.line_range(line).map_or(ByteOffset(0), |range| range.start());
    let count = |offset| table.code_point_from_byte(text.as_str(), offset);
    (line + 1, count(place) - count(start) + 1)
}

fn record(hit: &Hit, article: &Article, text: &ArticleText, (line, column): (usize, u32)) -> Value {
    let count = |offset| text.table().code_point_from_byte(text.as_str(), offset);
    let spans: Vec<Value> = hit
        .spans
        .iter()
        .map(|(annotator, id)| {
            let label = article.sets.get(annotator).and_then(|set| set.span(*id)).map(|span| span.label.to_string());
            json!({ "annotator": annotator.as_str(), "id": id.0, "label": label })
        })
        .collect();
    json!({
        "article": hit.article.as_str(),
        "line": line,
        "column": column,
        "start": count(hit.range.start()),
        "end": count(hit.range.end()),
        "before": hit.before,
        "text": hit.range.slice(text.as_str()),
        "after": hit.after,
        "spans": spans,
    })
}
