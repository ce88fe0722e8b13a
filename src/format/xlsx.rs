//! A workbook for review in a spreadsheet: spans with their context, relations, articles, and counts.
//!
//! Written only. Cells are texts and numbers, never formulas or links, and a text that looks like a formula is marked as text,
//! so that it stays one when somebody edits the cell.

mod sheet;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Identifiers, Layout, Loss, Output,
    html_page::origin_and_correction, loss::LossLog, value::json_from_attributes, writing::write_file,
};
use crate::model::{AnnotationId, Attributes, Relation, Span, Status};
use sheet::{Book, Cell};
use std::collections::BTreeMap;

/// See the module.
pub struct Xlsx;

/// How many bytes of the text are shown before and behind a span, at most.
const CONTEXT: usize = 80;

/// The sheets: name, and columns with their widths.
const SPANS: (&str, &[(&str, u16)]) = (
    "Spans",
    &[
        ("article", 18),
        ("id", 6),
        ("label", 14),
        ("before", 40),
        ("words", 30),
        ("after", 40),
        ("start", 8),
        ("end", 8),
        ("fragments", 12),
        ("entity", 20),
        ("entity name", 20),
        ("attributes", 24),
        ("note", 24),
        ("status", 10),
        ("origin", 30),
    ],
);
const RELATIONS: (&str, &[(&str, u16)]) = (
    "Relations",
    &[
        ("article", 18),
        ("id", 6),
        ("relation", 14),
        ("parts", 60),
        ("targets", 20),
        ("attributes", 24),
        ("note", 24),
        ("status", 10),
        ("origin", 30),
    ],
);
const ARTICLES: (&str, &[(&str, u16)]) = (
    "Articles",
    &[
        ("article", 18),
        ("title", 40),
        ("source", 18),
        ("url", 30),
        ("date", 12),
        ("language", 9),
        ("other", 24),
        ("document labels", 24),
        ("characters", 10),
        ("spans", 8),
        ("relations", 9),
    ],
);
const COUNTS: (&str, &[(&str, u16)]) = (
    "Counts",
    &[
        ("kind", 14),
        ("label", 24),
        ("accepted", 10),
        ("suggested", 10),
        ("rejected", 10),
        ("all", 10),
        ("articles", 10),
    ],
);

impl Format for Xlsx {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "xlsx",
            title: "Review workbook (Excel)",
            extensions: &["xlsx"],
            reads: false,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds { text: false, identifiers: Identifiers::None, aliases: false, ..Holds::ALL },
            unit: "code points",
            documentation: include_str!("xlsx.md"),
        };
        &INFO
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let mut book = Book::new([SPANS, RELATIONS, ARTICLES, COUNTS]);
        let [spans, relations, documents, totals] = [0, 1, 2, 3];
        let mut counts = Counts::default();
        for exported in articles {
            let set = exported.annotations;
            let mut log = LossLog::new(exported, losses);
            for span in set.spans_in_order() {
                if !book.row(spans, span_row(&exported, context, span)) {
                    log.annotation(span.id, "the end of a long text", "a cell holds 32767 characters");
                }
            }
            for relation in set.relations() {
                if !book.row(relations, relation_row(&exported, relation)) {
                    log.annotation(relation.id, "the end of a long text", "a cell holds 32767 characters");
                }
            }
            if !book.row(documents, article_row(&exported)) {
                log.text("the end of a long text", "a cell holds 32767 characters");
            }
            report(&exported, context, &mut log);
            counts.add(&exported);
        }
        for row in counts.rows() {
            book.row(totals, row);
        }
        write_file(output, "", &book.finish()?)
    }
}

fn report(exported: &Exported<'_>, context: &ExportContext<'_>, log: &mut LossLog<'_, '_>) {
    log.text("the text but for what stands around spans", "a cell has no place for it");
    for label in exported.annotations.document_labels() {
        log.annotation(label.id, "who gave the document label, when, and why", "the sheet has one cell for all labels");
    }
    log.details(&Xlsx.info().holds, |_| true);
    log.entity_details(context.entities, &Xlsx.info().holds);
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn number(number: impl Into<u32>) -> Cell {
    Cell::Number(f64::from(number.into()))
}

fn count(count: usize) -> Cell {
    Cell::Number(u32::try_from(count).map_or(f64::from(u32::MAX), f64::from))
}

fn span_row(exported: &Exported<'_>, context: &ExportContext<'_>, span: &Span) -> Vec<Cell> {
    let whole = exported.text.as_str();
    let hull = span.fragments.hull().to_usize();
    let before = whole.get(whole.floor_char_boundary(hull.start.saturating_sub(CONTEXT))..hull.start);
    let after = whole.get(hull.end..whole.ceil_char_boundary(hull.end.saturating_add(CONTEXT)));
    let flat = |text: Option<&str>| text.unwrap_or_default().replace(char::is_whitespace, " ");
    let place = |offset| exported.text.table().code_point_from_byte(whole, offset);
    let pieces = span.fragments.iter().map(|range| format!("{}..{}", place(range.start()), place(range.end())));
    let pieces = if span.fragments.count() > 1 { pieces.collect::<Vec<_>>().join(";") } else { String::new() };
    let entity = span.entity.as_ref();
    let name = entity.and_then(|id| context.entities.get(id)).map_or("", |entity| &entity.name);
    vec![
        text(exported.id.as_str()),
        number(span.id.0),
        text(&*span.label),
        text(flat(before)),
        text(span.fragments.surface(whole)),
        text(flat(after)),
        number(place(span.fragments.start())),
        number(place(span.fragments.end())),
        text(pieces),
        text(entity.map_or("", |id| id.as_str())),
        text(name),
        text(attributes(&span.attributes)),
        text(span.note.as_str()),
        text(span.status.as_str()),
        text(origin_and_correction(&span.provenance, span.corrected_from.as_deref())),
    ]
}

fn relation_row(exported: &Exported<'_>, relation: &Relation) -> Vec<Cell> {
    let set = exported.annotations;
    let words = |target: AnnotationId| match (set.span(target), set.relation(target)) {
        (Some(span), _) => span.fragments.surface(exported.text.as_str()),
        (None, Some(relation)) => format!("{} {target}", relation.label),
        (None, None) => String::new(),
    };
    let trigger = relation.trigger.map(|target| ("trigger", target));
    let parts = trigger.into_iter().chain(relation.arguments.iter().map(|one| (&*one.role, one.target)));
    let parts: Vec<(&str, AnnotationId)> = parts.collect();
    let said: Vec<String> = parts.iter().map(|(role, target)| format!("{role}: {}", words(*target))).collect();
    let targets: Vec<String> = parts.iter().map(|(role, target)| format!("{role}: {target}")).collect();
    vec![
        text(exported.id.as_str()),
        number(relation.id.0),
        text(&*relation.label),
        text(said.join("; ")),
        text(targets.join("; ")),
        text(attributes(&relation.attributes)),
        text(relation.note.as_str()),
        text(relation.status.as_str()),
        text(origin_and_correction(&relation.provenance, relation.corrected_from.as_deref())),
    ]
}

fn article_row(exported: &Exported<'_>) -> Vec<Cell> {
    let metadata = exported.metadata;
    let set = exported.annotations;
    let other: Vec<String> = metadata.other.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let label = |label: &crate::model::DocumentLabel| {
        let status = if label.status == Status::Accepted { "" } else { label.status.as_str() };
        let said: Vec<&str> = [status, &label.note].into_iter().filter(|part| !part.is_empty()).collect();
        if said.is_empty() { label.label.to_string() } else { format!("{} ({})", label.label, said.join(", ")) }
    };
    vec![
        text(exported.id.as_str()),
        text(metadata.title.as_str()),
        text(metadata.source.as_str()),
        text(metadata.url.as_str()),
        text(metadata.date.as_str()),
        text(metadata.language.as_str()),
        text(other.join("; ")),
        text(set.document_labels().map(label).collect::<Vec<_>>().join("; ")),
        count(exported.text.as_str().chars().count()),
        count(set.spans().len()),
        count(set.relations().len()),
    ]
}

fn attributes(attributes: &Attributes) -> String {
    let object = json_from_attributes(attributes);
    if object.is_empty() { String::new() } else { serde_json::Value::from(object).to_string() }
}

/// How often each label occurs: by status, and in how many articles.
#[derive(Default)]
struct Counts {
    labels: BTreeMap<(&'static str, String), ([usize; 3], usize)>,
}

impl Counts {
    fn add(&mut self, exported: &Exported<'_>) {
        let set = exported.annotations;
        let spans = set.spans().map(|span| ("span", &span.label, span.status));
        let relations = set.relations().map(|relation| ("relation", &relation.label, relation.status));
        let labels = set.document_labels().map(|label| ("document label", &label.label, label.status));
        let mut here: BTreeMap<(&'static str, String), [usize; 3]> = BTreeMap::new();
        for (kind, label, status) in spans.chain(relations).chain(labels) {
            let counts = here.entry((kind, label.to_string())).or_default();
            if let Some(count) = counts.get_mut(status as usize) {
                *count += 1;
            }
        }
        for (key, counts) in here {
            let (all, articles) = self.labels.entry(key).or_default();
            for (sum, count) in all.iter_mut().zip(counts) {
                *sum += count;
            }
            *articles += 1;
        }
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |((kind, label), (counts, articles)): (&(&'static str, String), &([usize; 3], usize))| {
            let of = |status: Status| count(counts.get(status as usize).copied().unwrap_or_default());
            let states = [of(Status::Accepted), of(Status::Suggested), of(Status::Rejected)];
            let mut row = vec![text(*kind), text(label.as_str())];
            row.extend(states);
            row.extend([count(counts.iter().sum()), count(*articles)]);
            row
        };
        self.labels.iter().map(row).collect()
    }
}

#[cfg(test)]
pub(in crate::format) mod tests;
