//! Tables for spreadsheets: one row per span, with the articles and the arguments of relations in files beside.

mod read;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition, loss::LossLog, value::json_from_attributes,
};
use crate::model::{CorrectedFrom, LineEnding, Provenance, Source, Status};
use serde_json::json;

/// See the module.
pub struct CsvSpans;

const SPANS: [&str; 21] = [
    "article",
    "kind",
    "id",
    "label",
    "start",
    "end",
    "fragments",
    "text",
    "attributes",
    "entity",
    "entity_name",
    "entity_kind",
    "entity_ids",
    "note",
    "status",
    "origin",
    "origin_name",
    "origin_version",
    "time",
    "score",
    "reason",
];
const RELATIONS: [&str; 17] = [
    "article",
    "id",
    "label",
    "part",
    "role",
    "target",
    "target_label",
    "target_text",
    "attributes",
    "note",
    "status",
    "origin",
    "origin_name",
    "origin_version",
    "time",
    "score",
    "reason",
];
const ARTICLES: [&str; 9] = ["article", "title", "source", "url", "date", "language", "other", "file", "text"];
/// Endings of the files beside the main one.
const RELATIONS_FILE: &str = "relations.csv";
const ARTICLES_FILE: &str = "articles.csv";

impl Format for CsvSpans {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "csv",
            title: "Tables (CSV)",
            extensions: &["csv"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds { aliases: false, ..Holds::ALL },
            unit: "code points",
            documentation: include_str!("csv_spans.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let bytes = input.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input.bytes);
        if bytes.starts_with(b"article,kind,id,label,start,end,") { Recognition::Certain } else { Recognition::No }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        read::read(input, options, article)
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        // An output has one open file at a time; the two smaller tables wait in memory.
        let mut relations = Table::new(Vec::new(), &RELATIONS)?;
        let mut texts = Table::new(Vec::new(), &ARTICLES)?;
        let mut spans = Table::new(output.create("")?, &SPANS)?;
        for exported in articles {
            texts.row(article_row(&exported))?;
            span_rows(&exported, context, &mut spans)?;
            relation_rows(&exported, &mut relations)?;
            report(exported, context, losses);
        }
        spans.finish()?;
        for (name, table) in [(RELATIONS_FILE, relations), (ARTICLES_FILE, texts)] {
            let bytes = table.finish()?;
            let mut file = output.create(name)?;
            file.write_all(&bytes).and_then(|()| file.flush()).map_err(FormatError::io(name))?;
        }
        Ok(())
    }
}

/// A CSV file of which no cell can start a formula; also used by other formats.
pub(super) struct Table<W: std::io::Write>(csv::Writer<W>);

impl<W: std::io::Write> Table<W> {
    pub(super) fn new(file: W, columns: &[&str]) -> Result<Self, FormatError> {
        let mut table = Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file));
        table.row(columns.iter().map(|column| (*column).to_owned()).collect())?;
        Ok(table)
    }

    pub(super) fn row(&mut self, cells: Vec<String>) -> Result<(), FormatError> {
        let cells = cells.iter().map(|cell| protected(cell));
        self.0.write_record(cells).map_err(|error| FormatError::io("")(error.into()))
    }

    pub(super) fn finish(self) -> Result<W, FormatError> {
        self.0.into_inner().map_err(|error| FormatError::io("")(error.into_error()))
    }
}

/// True for the beginning of a cell that a spreadsheet could run as a formula, or that reading would take for protected. Some
/// take the wide forms for the same.
pub(super) fn is_risky(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\'' | '＝' | '＋' | '－' | '＠')
}

/// The cell with a `'` in front if a spreadsheet could run it.
fn protected(cell: &str) -> String {
    if cell.starts_with(is_risky) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell as it was before [`protected`].
fn restored(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(is_risky)).unwrap_or(cell)
}

fn article_row(exported: &Exported<'_>) -> Vec<String> {
    let metadata = exported.metadata;
    let origin = &metadata.origin;
    let other = if metadata.other.is_empty() { String::new() } else { json!(metadata.other).to_string() };
    let file = json!({
        "file": origin.file,
        "encoding": origin.encoding,
        "byte_order_mark": origin.byte_order_mark,
        "line_ending": match origin.line_ending {
            LineEnding::Lf => "lf",
            LineEnding::CrLf => "crlf",
            LineEnding::Mixed => "mixed",
        },
        "normalized": origin.normalized,
    });
    let known = [&metadata.title, &metadata.source, &metadata.url, &metadata.date, &metadata.language];
    let mut row = vec![exported.id.to_string()];
    row.extend(known.into_iter().cloned());
    row.extend([other, file.to_string(), exported.text.as_str().to_owned()]);
    row
}

fn span_rows<W: std::io::Write>(
    exported: &Exported<'_>,
    context: &ExportContext<'_>,
    table: &mut Table<W>,
) -> Result<(), FormatError> {
    let text = exported.text.as_str();
    let article = exported.id.to_string();
    for label in exported.annotations.document_labels() {
        let mut row = vec![article.clone(), "document label".to_owned(), label.id.to_string(), label.label.to_string()];
        row.resize(13, String::new());
        row.push(label.note.clone());
        row.extend(origin(label.status, &label.provenance));
        table.row(row)?;
    }
    for span in exported.annotations.spans_in_order() {
        let count = |offset| exported.text.table().code_point_from_byte(text, offset);
        let pieces: Vec<_> =
            span.fragments.iter().map(|range| format!("{}..{}", count(range.start()), count(range.end()))).collect();
        let entity = span.entity.as_ref().and_then(|id| context.entities.get(id));
        let mut row = vec![article.clone(), "span".to_owned(), span.id.to_string(), span.label.to_string()];
        row.push(count(span.fragments.start()).to_string());
        row.push(count(span.fragments.end()).to_string());
        row.push(if pieces.len() > 1 { pieces.join(";") } else { String::new() });
        row.push(span.fragments.surface(text));
        row.push(attributes(&span.attributes));
        row.push(span.entity.as_ref().map_or_else(String::new, ToString::to_string));
        row.push(entity.map_or_else(String::new, |entity| entity.name.clone()));
        row.push(entity.map_or_else(String::new, |entity| entity.kind.to_string()));
        let ids = entity.filter(|entity| !entity.identifiers.is_empty());
        row.push(ids.map_or_else(String::new, |entity| json!(entity.identifiers).to_string()));
        row.push(span.note.clone());
        row.extend(origin(span.status, &span.provenance));
        table.row(row)?;
    }
    Ok(())
}

fn relation_rows<W: std::io::Write>(exported: &Exported<'_>, table: &mut Table<W>) -> Result<(), FormatError> {
    let set = exported.annotations;
    for relation in set.relations() {
        let trigger = relation.trigger.map(|target| ("trigger", "", Some(target)));
        let arguments = relation.arguments.iter();
        let arguments = arguments.map(|argument| ("argument", &*argument.role, Some(argument.target)));
        let mut parts: Vec<_> = trigger.into_iter().chain(arguments).collect();
        if parts.is_empty() {
            parts.push(("none", "", None));
        }
        for (part, role, target) in parts {
            let found = target.and_then(|target| set.get(target));
            let surface = target.and_then(|target| set.span(target));
            let surface = surface.map(|span| span.fragments.surface(exported.text.as_str()));
            let mut row = vec![exported.id.to_string(), relation.id.to_string(), relation.label.to_string()];
            row.extend([part.to_owned(), role.to_owned()]);
            row.push(target.map_or_else(String::new, |target| target.to_string()));
            row.push(found.map_or_else(String::new, |found| found.label().to_string()));
            row.push(surface.unwrap_or_default());
            row.push(attributes(&relation.attributes));
            row.push(relation.note.clone());
            row.extend(origin(relation.status, &relation.provenance));
            table.row(row)?;
        }
    }
    Ok(())
}

fn attributes(attributes: &crate::model::Attributes) -> String {
    let object = json_from_attributes(attributes);
    if object.is_empty() { String::new() } else { serde_json::Value::Object(object).to_string() }
}

fn origin(status: Status, provenance: &Provenance) -> [String; 7] {
    let (kind, name, version) = match &provenance.source {
        Source::Person { name } => ("person", &**name, ""),
        Source::Import { format } => ("import", &**format, ""),
        Source::Extractor { name, version } => ("extractor", &**name, &**version),
    };
    let score = provenance.score.map_or_else(String::new, |score| score.to_string());
    [
        status.as_str().to_owned(),
        kind.to_owned(),
        name.to_owned(),
        version.to_owned(),
        provenance.time.to_string(),
        score,
        provenance.reason.as_deref().unwrap_or_default().to_owned(),
    ]
}

fn report(exported: Exported<'_>, context: &ExportContext<'_>, losses: &mut Vec<Loss>) {
    let set = exported.annotations;
    let mut log = LossLog::new(exported, losses);
    let corrected = |before: &Option<Box<CorrectedFrom>>| before.as_ref().map(|before| before.label.clone());
    let spans = set.spans().map(|span| (span.id, corrected(&span.corrected_from)));
    let relations = set.relations().map(|relation| (relation.id, corrected(&relation.corrected_from)));
    for (id, before) in spans.chain(relations) {
        if let Some(label) = before {
            log.annotation(id, format!("what it was corrected from: {label}"), "the table has no column for it");
        }
    }
    log.entity_details(context.entities, &CsvSpans.info().holds);
}
