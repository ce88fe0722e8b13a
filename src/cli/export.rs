//! `glosse export`: writes training and review data.

use super::{
    AnnotatorArgument, CliError, Outcome, Streams, annotator::default_annotator, format_named, losses, table::count,
};
use crate::{
    format::{
        Exported, Format, TagScheme, WriteOptions,
        export::{ExportJob, ExportReport, export},
        filter::{ExportFilter, Split, metadata_value},
        option::check_options,
    },
    model::{AnnotationSet, AnnotatorName, ArticleId, Status},
    session::Session,
};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

#[derive(Debug, Args)]
#[command(after_long_help = "\
The file of --report holds one JSON object: `format`, `annotator`, `statuses`, `left_out` (by review state), `parts` (each with `name`, `articles`, `spans`, \
`relations`, `document_labels`), `files`, and `losses`, everything that the files do not hold: `article`, `annotation` (an id \
or null), `start` and `end` (code points or null), `what`, `why`, `held_by` (formats that would hold it).")]
pub struct Export {
    /// The project folder
    project: PathBuf,
    /// The format, as `glosse formats` lists it
    #[arg(long, short, value_name = "NAME")]
    format: String,
    /// The file or folder to write
    #[arg(long, short, value_name = "PATH")]
    out: PathBuf,
    /// Whose annotations [default: the only annotator's]
    #[arg(long, short = 'A', value_name = "NAME")]
    annotator: Option<String>,
    #[command(flatten)]
    writing: Writing,
    /// Write everything that the files do not hold into this file, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// How to write, for `export` and `convert`.
#[derive(Debug, Args)]
pub struct Writing {
    /// Review states to write: suggested, accepted, rejected or all, with commas between them [default: accepted]
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    status: Vec<StatusChoice>,
    /// Write only annotations with this label, of spans, relations or articles; can be repeated
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// Write only the article with this id; can be repeated
    #[arg(long = "article", value_name = "ID")]
    articles: Vec<String>,
    /// Write only articles that the annotator has marked as done
    #[arg(long)]
    reviewed: bool,
    /// Divide the articles into train, dev and test by these shares, or into train and test by two
    #[arg(long, value_name = "80/10/10")]
    split: Option<String>,
    /// Another number divides the articles another way
    #[arg(long, value_name = "N", default_value_t = 0, requires = "split")]
    seed: u64,
    /// Keep articles together in which this metadata key, such as source, has the same value
    #[arg(long, value_name = "KEY", requires = "split")]
    group: Option<String>,
    /// Write a page beside the data that describes them: counts, schema, guidelines, where they come from
    #[arg(long)]
    card: bool,
    /// For conll: how tags mark where a span begins and ends
    #[arg(long, value_enum, default_value_t = Tags::Iob2)]
    tags: Tags,
    /// A choice of the format, as its page describes it; can be repeated
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = key_and_value)]
    options: Vec<(String, String)>,
    /// Exit with code 1 if the files do not hold everything
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StatusChoice {
    Suggested,
    Accepted,
    Rejected,
    All,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tags {
    Iob2,
    Iob1,
    Ioe2,
    Iobes,
    Bilou,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    pair.map(|(key, value)| (key.to_owned(), value.to_owned())).ok_or_else(|| "write it as KEY=VALUE".to_owned())
}

impl Writing {
    /// What to write: accepted annotations if no review state was named.
    pub(super) fn filter(&self) -> ExportFilter {
        let named = |status: Status| {
            self.status.iter().any(|choice| match choice {
                StatusChoice::All => true,
                StatusChoice::Suggested => status == Status::Suggested,
                StatusChoice::Accepted => status == Status::Accepted,
                StatusChoice::Rejected => status == Status::Rejected,
            })
        };
        let of_statuses = match self.status.as_slice() {
            [] => ExportFilter::default(),
            _ => ExportFilter::of_statuses(Status::ALL.into_iter().filter(|status| named(*status))),
        };
        ExportFilter {
            labels: self.labels.iter().map(|label| label.as_str().into()).collect(),
            articles: self.articles.iter().map(|id| ArticleId::new(id)).collect(),
            only_reviewed: self.reviewed,
            ..of_statuses
        }
    }

    /// Refuses a choice by what only a project knows.
    pub(super) fn without_project(&self) -> Result<(), CliError> {
        match self.reviewed {
            true => {
                Err(CliError::usage("--reviewed: files do not say what was reviewed; use `glosse export` for this"))
            }
            false => Ok(()),
        }
    }

    /// True if a page about the data is to be written.
    pub(super) fn card(&self) -> bool {
        self.card
    }

    pub(super) fn split(&self) -> Result<Option<Split>, CliError> {
        let split = self.split.as_deref().map(|text| Split::parse(text, self.seed));
        let split = split.transpose().map_err(|error| CliError::usage(format!("--split: {error}")))?;
        Ok(match &self.group {
            Some(key) => split.map(|split| split.grouped(key.as_str())),
            None => split,
        })
    }

    /// What was chosen, as far as the format has it.
    ///
    /// # Errors
    /// If it has no such choice.
    pub(super) fn options_of(&self, format: &dyn Format) -> Result<WriteOptions, CliError> {
        let options = self.options();
        check_options(format, &options.other).map_err(CliError::usage)?;
        Ok(options)
    }

    fn options(&self) -> WriteOptions {
        WriteOptions {
            tag_scheme: match self.tags {
                Tags::Iob2 => TagScheme::Iob2,
                Tags::Iob1 => TagScheme::Iob1,
                Tags::Ioe2 => TagScheme::Ioe2,
                Tags::Iobes => TagScheme::Iobes,
                Tags::Bilou => TagScheme::Bilou,
            },
            other: self.options.iter().cloned().collect(),
        }
    }

    /// What becomes of the exit code when something was lost, or reading had so many `warnings`.
    pub(super) fn outcome(&self, report: &ExportReport, warnings: usize) -> Outcome {
        if self.strict && (warnings > 0 || !report.losses.is_empty()) { Outcome::Findings } else { Outcome::Clean }
    }
}

/// Numbers of one part of a split, or of the whole.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    articles: usize,
    spans: usize,
    relations: usize,
    document_labels: usize,
}

pub(super) fn run(arguments: &Export, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let format = format_named(&arguments.format)?;
    if !format.info().writes {
        return Err(CliError::usage(format!(
            "the format {:?} is only read; `glosse formats` lists the others",
            arguments.format
        )));
    }
    let split = arguments.writing.split()?;
    let mut session = streams.open_to_read(&arguments.project, default_annotator()?)?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let named = AnnotatorArgument { annotator: arguments.annotator.clone() }.named()?;
    let annotator = whose(&session, named)?;
    let filter = arguments.writing.filter();
    check_names(&session, &filter, split.as_ref())?;
    let empty = AnnotationSet::default();
    let articles: Vec<Exported<'_>> = session
        .project()
        .articles
        .values()
        .filter_map(|article| Exported::of(article, &annotator, &empty))
        .filter(|article| filter.takes(article))
        .collect();
    let options = arguments.writing.options_of(format)?;
    let project = session.project();
    let report = export(
        &articles,
        &ExportJob {
            format,
            target: &arguments.out,
            filter: &filter,
            split: split.as_ref(),
            schema: &project.schema,
            entities: &project.entities,
            options: &options,
            originals: &session.store().imported_files(),
            card: arguments.writing.card(),
            guidelines: &project.settings.guidelines,
        },
    )?;

    let mut parts: BTreeMap<usize, Counts> = BTreeMap::new();
    for article in &articles {
        let part = split.as_ref().map_or("", |split| split.part(article.id, article.metadata));
        let place = report.parts.iter().position(|(name, _)| name == part).unwrap_or_default();
        // Losses are in the report already.
        let kept = filter.apply(article.id, article.annotations, &project.schema, &mut Vec::new());
        let counts = parts.entry(place).or_default();
        counts.articles += 1;
        counts.spans += kept.spans().len();
        counts.relations += kept.relations().len();
        counts.document_labels += kept.document_labels().len();
    }
    let named_parts: Vec<(&str, Counts)> = report
        .parts
        .iter()
        .enumerate()
        .map(|(place, (name, _))| (name.as_str(), parts.get(&place).copied().unwrap_or_default()))
        .collect();

    let statuses: Vec<&str> = filter.statuses.iter().map(|status| status.as_str()).collect();
    writeln!(
        streams.output,
        "Annotator {annotator}, {} annotations, as {}:",
        losses::states(&filter),
        format.info().name
    )?;
    for (name, counts) in &named_parts {
        let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
        writeln!(
            streams.output,
            "  {name}{}, {}, {}, {}",
            count(counts.articles, "article"),
            count(counts.spans, "span"),
            count(counts.relations, "relation"),
            count(counts.document_labels, "document label")
        )?;
    }
    let left_out = losses::left_out(&report.left_out);
    if !left_out.is_empty() {
        writeln!(streams.output, "  {left_out}")?;
    }
    losses::print(&report.losses, streams)?;
    if let Some(path) = &arguments.report {
        let text_of = |id: &ArticleId| project.article(id).and_then(|article| article.text.clone());
        let record = json!({
            "format": format.info().name,
            "annotator": annotator.as_str(),
            "statuses": statuses,
            "left_out": report.left_out.iter().map(|(status, count)| (status.as_str(), count)).collect::<BTreeMap<_, _>>(),
            "parts": named_parts.iter().map(|(name, counts)| json!({
                "name": name,
                "articles": counts.articles,
                "spans": counts.spans,
                "relations": counts.relations,
                "document_labels": counts.document_labels,
            })).collect::<Vec<_>>(),
            "files": report.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
            "losses": losses::records(&report.losses, text_of),
        });
        std::fs::write(path, format!("{record:#}\n")).map_err(CliError::file(path, "write the report"))?;
    }
    Ok(arguments.writing.outcome(&report, 0))
}

/// Nothing is to be written by a name that the project does not know, as after a slip of the finger.
///
/// # Errors
/// If it has no such article or label, or no article has the metadata key that keeps articles together.
fn check_names(session: &Session, filter: &ExportFilter, split: Option<&Split>) -> Result<(), CliError> {
    let project = session.project();
    if let Some(id) = filter.articles.iter().find(|id| project.article(id).is_none()) {
        return Err(CliError::usage(format!("--article: there is no article {id}")));
    }
    let schema = &project.schema;
    let is_known = |name: &str| {
        schema.label(name).is_some() || schema.relation(name).is_some() || schema.document_label(name).is_some()
    };
    if let Some(label) = filter.labels.iter().find(|label| !is_known(label)) {
        return Err(CliError::usage(format!("--label: the schema has no label {label:?}")));
    }
    if let Some(key) = split.and_then(Split::group)
        && !project.articles.values().any(|article| metadata_value(&article.metadata, key).is_some())
    {
        return Err(CliError::usage(format!("--group: no article has the metadata {key:?}")));
    }
    Ok(())
}

/// The annotator that was named, or the only one who has annotated something in the loaded articles.
///
/// # Errors
/// If the named one has annotated nothing, or none was named and there are several.
pub(super) fn whose(session: &Session, named: Option<AnnotatorName>) -> Result<AnnotatorName, CliError> {
    let sets = session.project().articles.values().flat_map(|article| &article.sets);
    let known: BTreeSet<&AnnotatorName> = sets.filter(|(_, set)| !set.is_empty()).map(|(name, _)| name).collect();
    let names = || known.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    match (named, known.iter().next()) {
        (Some(named), Some(_)) if !known.contains(&named) => Err(CliError::usage(format!(
            "there are no annotations by {named}; those that there are, are by {}",
            names()
        ))),
        (Some(named), _) => Ok(named),
        (None, Some(only)) if known.len() == 1 => Ok((*only).clone()),
        (None, Some(_)) => {
            Err(CliError::usage(format!("there are annotations by {}; name one of them with --annotator", names())))
        }
        (None, None) => Ok(session.annotator().clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        writing: Writing,
    }

    #[test]
    fn what_to_write_is_chosen_on_the_command_line() {
        let parse =
            |arguments: &[&str]| Line::try_parse_from(std::iter::once(&"x").chain(arguments)).map(|line| line.writing);
        let writing = parse(&[]).expect("nothing is needed");
        assert_eq!((writing.filter(), writing.card()), (ExportFilter::default(), false));
        assert_eq!(writing.split().expect("none"), None);
        let chosen =
            ["--label", "PER", "--label", "knows", "--article", "a-1", "--reviewed", "--status", "all", "--card"];
        let writing = parse(&chosen).expect("they are known");
        let filter = writing.filter();
        assert_eq!(filter.labels, BTreeSet::from(["PER".into(), "knows".into()]));
        assert_eq!(filter.articles, BTreeSet::from([ArticleId::new("a-1")]));
        assert_eq!((filter.only_reviewed, filter.statuses.len(), writing.card()), (true, 3, true));
        assert!(writing.without_project().is_err());
        let split = parse(&["--split", "80/20", "--seed", "3", "--group", "source"]).expect("they are known").split();
        let split = split.expect("a split").expect("a split");
        assert_eq!((split.group(), split.seed(), split.shares().as_str()), (Some("source"), 3, "80/20"));
        assert!(parse(&["--group", "source"]).is_err(), "there is nothing to keep together in");
    }
}
