//! Relations as rows of subject, predicate and object.
//!
//! Written only.

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Layout, Loss, Output, csv_spans::Table,
    loss::LossLog,
};
use crate::{
    model::{AnnotationId, Relation},
    text::segment::sentence_at,
};
use std::collections::BTreeSet;

/// See the module.
pub struct Triples;

/// What each end of a row says.
const END: [&str; 7] = ["role", "label", "id", "entity", "entity_name", "start", "end"];

impl Format for Triples {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "triples",
            title: "Relation triples (CSV)",
            extensions: &["csv"],
            reads: false,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds {
                nested: true,
                crossing: true,
                zero_width: true,
                sub_token: true,
                entities: true,
                relations: true,
                events: true,
                status: true,
                ..Holds::NONE
            },
            unit: "code points",
            documentation: include_str!("triples.md"),
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
        let mut columns = vec!["article".to_owned(), "relation".to_owned()];
        columns.extend(["subject", "predicate", "object"].map(str::to_owned));
        for end in ["subject", "object"] {
            columns.extend(END.iter().map(|name| format!("{end}_{name}")));
        }
        columns.extend(["sentence", "status"].map(str::to_owned));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new(output.create("")?, &columns)?;
        for exported in articles {
            let mut linked = BTreeSet::new();
            for relation in exported.annotations.relations() {
                linked.extend(relation.targets());
                for row in rows(&exported, context, relation) {
                    table.row(row)?;
                }
            }
            report(exported, context, &linked, losses);
        }
        table.finish()?.flush().map_err(FormatError::io(""))
    }
}

/// The ends of the rows that a relation becomes: its trigger or first argument with each of the others.
fn pairs(relation: &Relation) -> Vec<[Option<(&str, AnnotationId)>; 2]> {
    let trigger = relation.trigger.map(|target| ("trigger", target));
    let arguments = relation.arguments.iter().map(|argument| (&*argument.role, argument.target));
    let mut parts = trigger.into_iter().chain(arguments);
    let Some(first) = parts.next() else { return vec![[None, None]] };
    let mut pairs: Vec<_> = parts.map(|other| [Some(first), Some(other)]).collect();
    if pairs.is_empty() {
        pairs.push([Some(first), None]);
    }
    pairs
}

fn rows(exported: &Exported<'_>, context: &ExportContext<'_>, relation: &Relation) -> Vec<Vec<String>> {
    let text = exported.text.as_str();
    let sentence = exported.annotations.anchor(relation.id).map(|range| sentence_at(text, range.start()));
    let sentence = sentence.and_then(|range| range.slice(text)).unwrap_or_default().trim();
    let row = |[subject, object]: [Option<(&str, AnnotationId)>; 2]| {
        let mut row = vec![exported.id.to_string(), relation.id.to_string()];
        row.push(words(exported, subject));
        row.push(relation.label.to_string());
        row.push(words(exported, object));
        row.extend(end(exported, context, subject));
        row.extend(end(exported, context, object));
        row.extend([sentence.to_owned(), relation.status.as_str().to_owned()]);
        row
    };
    pairs(relation).into_iter().map(row).collect()
}

/// The words of a span, or the label and id of a relation.
fn words(exported: &Exported<'_>, end: Option<(&str, AnnotationId)>) -> String {
    let Some((_, target)) = end else { return String::new() };
    match (exported.annotations.span(target), exported.annotations.relation(target)) {
        (Some(span), _) => span.fragments.surface(exported.text.as_str()),
        (None, Some(relation)) => format!("{} {target}", relation.label),
        (None, None) => String::new(),
    }
}

/// The columns of [`END`].
fn end(exported: &Exported<'_>, context: &ExportContext<'_>, end: Option<(&str, AnnotationId)>) -> [String; 7] {
    let Some((role, target)) = end else { return Default::default() };
    let set = exported.annotations;
    let label = set.get(target).map_or_else(String::new, |found| found.label().to_string());
    let span = set.span(target);
    let count = |offset| exported.text.table().code_point_from_byte(exported.text.as_str(), offset).to_string();
    let entity = span.and_then(|span| span.entity.as_ref());
    let name = entity.and_then(|id| context.entities.get(id)).map_or_else(String::new, |entity| entity.name.clone());
    [
        role.to_owned(),
        label,
        target.to_string(),
        entity.map_or_else(String::new, ToString::to_string),
        name,
        span.map_or_else(String::new, |span| count(span.fragments.start())),
        span.map_or_else(String::new, |span| count(span.fragments.end())),
    ]
}

fn report(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    linked: &BTreeSet<AnnotationId>,
    losses: &mut Vec<Loss>,
) {
    let mut log = LossLog::new(exported, losses);
    for span in exported.annotations.spans() {
        if !linked.contains(&span.id) {
            log.span(span, "only what relations link is written");
        } else if span.fragments.count() > 1 {
            log.annotation(span.id, "where the pieces are", "the table has a start and an end");
        }
        if linked.contains(&span.id) && span.status != crate::model::Status::Accepted {
            log.annotation(span.id, format!("status {}", span.status.as_str()), "the status is that of the relation");
        }
    }
    log.text("the text but for sentences with relations", "the table has no place for it");
    let is_relation = |id| exported.annotations.relation(id).is_some();
    log.details(&Triples.info().holds, |id| linked.contains(&id) || is_relation(id));
    log.entity_details(context.entities, &Triples.info().holds);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::golden::golden;

    #[test]
    fn relations_become_rows() {
        let (output, losses) = golden().write(&Triples, &Default::default());
        let mut reader = csv::Reader::from_reader(output.files[0].1.as_slice());
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        let short: Vec<String> = rows.iter().map(|row| format!("{} | {} | {}", &row[2], &row[3], &row[4])).collect();
        assert_eq!(
            short[..3],
            [
                "Wladimir Putin | knows | \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} Müller\u{A0}KG",
                "Besuch | visit | Wladimir Putin",
                "Besuch | visit | Kursk",
            ]
        );
        assert_eq!(
            short[5..],
            [
                "visit 31 | causes | '=Angriffe\nauf Kyjiw",
                "Wladimir Putin | knows | Wladimir Putin",
                "Putin | meets | \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} Müller\u{A0}KG",
                "Besuch | visit | \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} Müller\u{A0}KG",
                "Kyjiw | mentioned | ",
            ]
        );
        assert_eq!((&rows[0][5], &rows[0][8], &rows[0][9]), ("person", "wladimir-putin", "Wladimir Putin"));
        assert!(rows[0][19].starts_with("Wladimir Putin traf"), "{}", &rows[0][19]);
        for row in &rows {
            assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])), "{row:?}");
        }
        assert!(losses.iter().any(|loss| loss.what.starts_with("span TITLE")), "{losses:#?}");
        assert!(losses.iter().all(|loss| !loss.what.starts_with("relation ")), "{losses:#?}");
    }
}
