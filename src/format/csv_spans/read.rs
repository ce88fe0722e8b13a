//! Reads the tables that Glosse wrote, also after somebody worked on them in a spreadsheet.

use super::{ARTICLES_FILE, RELATIONS_FILE, restored};
use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        reading::{Delivery, Numbering, complete_relations, imported_from, utf8},
        value::{attributes_from_json, plain, score_from_text},
    },
    model::{
        Argument, Attributes, DocumentLabel, Entity, EntityId, LineEnding, Name, Provenance, Relation, Source, Span,
        Status,
    },
};
use serde_json::Value;
use std::collections::HashMap;

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let articles_name = format!("{}.{ARTICLES_FILE}", input.stem());
    let relations_name = format!("{}.{RELATIONS_FILE}", input.stem());
    let Some(articles) = (input.sibling)(&articles_name) else {
        let reason = format!("the texts are missing: put {articles_name}, which was written with it, beside it");
        return Err(FormatError::Unreadable { file: input.name.clone(), line: None, reason });
    };
    let mut delivery = Delivery::new(&input.name, article);
    let mut spans = rows(&input.name, input.bytes, &mut delivery);
    let relations = (input.sibling)(&relations_name);
    let mut relations = rows(&relations_name, relations.as_deref().unwrap_or_default(), &mut delivery);
    let articles = rows(&articles_name, &articles, &mut delivery);

    for (id, rows) in articles {
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                delivery.warn(None, format!("{articles_name} has the article {id:?} twice; the first was read"));
                break;
            }
            let mut reader = Reader { options, warnings: Vec::new() };
            let spans = spans.take(&id);
            let relations = relations.take(&id);
            let mut imported = reader.article(row, &spans, &relations);
            imported.warnings = reader.warnings;
            delivery.push(imported);
        }
    }
    for (name, left) in [(&input.name, spans), (&relations_name, relations)] {
        for (id, rows) in left {
            let line = rows.first().map(|row| row.line);
            let message = format!("{name}: {} rows are of the article {id:?}, which {articles_name} lacks", rows.len());
            delivery.warn(line, message);
        }
    }
    delivery.finish("there is no article in the tables")
}

/// A row by column name.
struct Row {
    file: String,
    line: usize,
    cells: HashMap<String, String>,
}

impl Row {
    fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    fn number(&self, column: &str) -> Option<u64> {
        self.cell(column).trim().parse().ok()
    }
}

/// Rows by article, in the order in which articles first occur.
#[derive(Default)]
struct Groups {
    order: Vec<String>,
    rows: HashMap<String, Vec<Row>>,
}

impl Groups {
    fn take(&mut self, id: &str) -> Vec<Row> {
        self.rows.remove(id).unwrap_or_default()
    }
}

impl IntoIterator for Groups {
    type Item = (String, Vec<Row>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(mut self) -> Self::IntoIter {
        let rows = self.order.iter().filter_map(|id| Some((id.clone(), self.rows.remove(id)?)));
        rows.collect::<Vec<_>>().into_iter()
    }
}

fn rows(file: &str, bytes: &[u8], delivery: &mut Delivery<'_>) -> Groups {
    let decoded = utf8(bytes);
    if decoded.damaged {
        delivery.warn(None, format!("{file}: bytes that are not UTF-8 were replaced by U+FFFD"));
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(decoded.text.as_bytes());
    let mut groups = Groups::default();
    let columns = match reader.headers() {
        Ok(columns) => columns.clone(),
        Err(error) => {
            delivery.warn(None, format!("{file}: {error}"));
            return groups;
        }
    };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                delivery.warn(None, format!("{file}: a row was left out: {error}"));
                continue;
            }
        };
        let line = record.position().and_then(|position| usize::try_from(position.line()).ok()).unwrap_or_default();
        let cells = columns.iter().zip(&record).map(|(name, cell)| (name.to_owned(), restored(cell).to_owned()));
        let row = Row { file: file.to_owned(), line, cells: cells.collect() };
        let id = row.cell("article").to_owned();
        let group = groups.rows.entry(id.clone()).or_insert_with(|| {
            groups.order.push(id);
            Vec::new()
        });
        group.push(row);
    }
    groups
}

struct Reader<'a> {
    options: &'a ReadOptions,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn warn(&mut self, row: &Row, message: impl Into<String>) {
        self.warnings.push(Warning { file: row.file.clone(), line: Some(row.line), message: message.into() });
    }

    fn article(&mut self, row: &Row, annotations: &[Row], relations: &[Row]) -> Imported {
        let mut imported = Imported::new(row.cell("article"), row.cell("text").to_owned());
        self.metadata(row, &mut imported);
        let numbers = annotations.iter().chain(relations).filter_map(|row| row.number("id"));
        let mut numbering = Numbering::new(numbers);
        self.spans(annotations, &mut numbering, &mut imported);
        self.relations(relations, &mut numbering, &mut imported);
        for (id, problem) in complete_relations(&mut imported) {
            let file = relations.first().map_or_else(String::new, |row| row.file.clone());
            self.warnings.push(Warning { file, line: None, message: format!("relation {id}: {problem}") });
        }
        imported
    }

    fn metadata(&mut self, row: &Row, imported: &mut Imported) {
        let metadata = &mut imported.metadata;
        metadata.title = row.cell("title").to_owned();
        metadata.source = row.cell("source").to_owned();
        metadata.url = row.cell("url").to_owned();
        metadata.date = row.cell("date").to_owned();
        metadata.language = row.cell("language").to_owned();
        if let Some(other) = self.json(row, "other") {
            metadata.other = other.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
        }
        if let Some(file) = self.json(row, "file") {
            let text = |name| file.get(name).map(plain).unwrap_or_default();
            let flag = |name| file.get(name).and_then(Value::as_bool).unwrap_or_default();
            let origin = &mut metadata.origin;
            origin.file = text("file");
            origin.encoding = text("encoding");
            origin.byte_order_mark = flag("byte_order_mark");
            origin.normalized = flag("normalized");
            origin.line_ending = match text("line_ending").as_str() {
                "crlf" => LineEnding::CrLf,
                "mixed" => LineEnding::Mixed,
                _ => LineEnding::Lf,
            };
        }
    }

    fn spans(&mut self, rows: &[Row], numbering: &mut Numbering, imported: &mut Imported) {
        let text = imported.text.clone();
        let anchors = Anchors::new(&text);
        let claim = |row: &Row| {
            let surface = row.cells.get("text").map(String::as_str);
            // The text of a zero-width span is empty, and an empty cell proves nothing else.
            (pieces(row), surface.filter(|surface| !surface.is_empty()).map(str::to_owned))
        };
        let claims: Vec<_> = rows.iter().map(claim).collect();
        let claims: Vec<_> = claims
            .iter()
            .map(|(pieces, surface)| Claim { pieces: pieces.clone(), surface: surface.as_deref() })
            .collect();
        let unit = anchors.choose_unit(Unit::CodePoint, &claims);
        if let Some(row) = rows.first().filter(|_| unit != Unit::CodePoint) {
            self.warn(row, format!("the texts of the spans show that offsets count {}", unit.in_words()));
        }
        for (row, claim) in rows.iter().zip(&claims) {
            let label = row.cell("label");
            if label.trim().is_empty() {
                self.warn(row, "the row has no label and was left out");
                continue;
            }
            let key = Some(row.cell("id").to_owned()).filter(|id| !id.is_empty());
            if row.cell("kind") == "document label" {
                imported.document_labels.push(DocumentLabel {
                    id: numbering.give(key, row.number("id")),
                    label: label.into(),
                    note: row.cell("note").to_owned(),
                    provenance: self.origin(row),
                    status: self.status(row),
                });
                continue;
            }
            let surface = claim.surface.unwrap_or_default();
            let fragments = match anchors.place(unit, claim) {
                Anchored::Exact(fragments) => fragments,
                Anchored::Moved(fragments) => {
                    self.warn(row, format!("the {label:?} was moved to {surface:?} nearby"));
                    fragments
                }
                Anchored::Nowhere => {
                    self.warn(row, format!("the {label:?} {surface:?} is not where the row says and was left out"));
                    continue;
                }
            };
            let entity = self.entity(row, imported);
            imported.spans.push(Span {
                id: numbering.give(key, row.number("id")),
                label: label.into(),
                fragments,
                attributes: self.attributes(row),
                entity,
                note: row.cell("note").to_owned(),
                provenance: self.origin(row),
                status: self.status(row),
                corrected_from: None,
            });
        }
    }

    fn entity(&mut self, row: &Row, imported: &mut Imported) -> Option<EntityId> {
        let id = Some(row.cell("entity")).filter(|id| !id.is_empty()).map(EntityId::new)?;
        if imported.entities.iter().all(|entity| entity.id != id) {
            let name = Some(row.cell("entity_name")).filter(|name| !name.is_empty()).unwrap_or(id.as_str());
            let identifiers = self.json(row, "entity_ids").unwrap_or_default();
            imported.entities.push(Entity {
                name: name.to_owned(),
                kind: row.cell("entity_kind").into(),
                aliases: Vec::new(),
                identifiers: identifiers.iter().map(|(scheme, id)| (scheme.clone(), plain(id))).collect(),
                note: String::new(),
                id: id.clone(),
            });
        }
        Some(id)
    }

    fn relations(&mut self, rows: &[Row], numbering: &mut Numbering, imported: &mut Imported) {
        // Numbers first: a relation can point to one that comes later.
        let mut places: HashMap<&str, usize> = HashMap::new();
        for row in rows {
            let key = row.cell("id");
            if row.cell("label").trim().is_empty() {
                self.warn(row, "the row has no label and was left out");
            } else if !places.contains_key(key) {
                places.insert(key, imported.relations.len());
                imported.relations.push(Relation {
                    id: numbering.give(Some(key.to_owned()), row.number("id")),
                    label: row.cell("label").into(),
                    trigger: None,
                    arguments: Vec::new(),
                    attributes: self.attributes(row),
                    note: row.cell("note").to_owned(),
                    provenance: self.origin(row),
                    status: self.status(row),
                    corrected_from: None,
                });
            }
        }
        for row in rows {
            let Some(relation) = places.get(row.cell("id")).and_then(|place| imported.relations.get_mut(*place)) else {
                continue;
            };
            match (row.cell("part"), numbering.get(row.cell("target"))) {
                ("none", _) => {}
                (_, None) => self.warn(row, format!("there is no annotation {:?}; left out", row.cell("target"))),
                ("trigger", Some(target)) => relation.trigger = Some(target),
                (_, Some(target)) => {
                    relation.arguments.push(Argument { role: row.cell("role").into(), target });
                }
            }
        }
    }

    fn json(&mut self, row: &Row, column: &str) -> Option<serde_json::Map<String, Value>> {
        let cell = row.cell(column);
        if cell.trim().is_empty() {
            return None;
        }
        match serde_json::from_str(cell) {
            Ok(Value::Object(object)) => Some(object),
            _ => {
                self.warn(row, format!("the column {column:?} is no JSON object and was left out"));
                None
            }
        }
    }

    fn attributes(&mut self, row: &Row) -> Attributes {
        let object = self.json(row, "attributes").unwrap_or_default();
        attributes_from_json(&object, &mut |message| self.warn(row, message))
    }

    fn status(&mut self, row: &Row) -> Status {
        match row.cell("status") {
            "" => Status::Accepted,
            word => Status::parse(word).unwrap_or_else(|| {
                self.warn(row, format!("the status {word:?} is unknown; it was read as \"suggested\""));
                Status::Suggested
            }),
        }
    }

    fn origin(&mut self, row: &Row) -> Provenance {
        let unknown = imported_from("csv", self.options.time);
        let name = Name::from(row.cell("origin_name"));
        let source = match row.cell("origin") {
            "person" => Source::Person { name },
            "extractor" => Source::Extractor { name, version: row.cell("origin_version").into() },
            "import" => Source::Import { format: name },
            _ => unknown.source,
        };
        let time = row.cell("time").parse().unwrap_or(unknown.time);
        let reason = Some(row.cell("reason")).filter(|reason| !reason.is_empty()).map(Name::from);
        Provenance { source, time, score: score_from_text(row.cell("score")), reason }
    }
}

/// The pieces of a span: from `fragments`, or else from `start` and `end`.
fn pieces(row: &Row) -> Vec<(u64, u64)> {
    let fragments = row.cell("fragments");
    if fragments.trim().is_empty() {
        return row.number("start").zip(row.number("end")).into_iter().collect();
    }
    let piece = |piece: &str| {
        let (start, end) = piece.trim().split_once("..")?;
        Some((start.parse().ok()?, end.parse().ok()?))
    };
    let pieces: Option<Vec<_>> = fragments.split(';').map(piece).collect();
    pieces.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{CsvSpans, protected};
    use super::*;
    use crate::format::{Format, golden};

    #[test]
    fn formulas_are_made_safe_and_come_back() {
        for (cell, safe) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-5", "'-5"),
            ("@SUM", "'@SUM"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\n=x", "'\n=x"),
            ("＝1+1", "'＝1+1"),
            ("'s", "''s"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(protected(cell), safe);
            assert_eq!(restored(safe), cell);
        }
        // What a person types after an apostrophe is left alone.
        assert_eq!(restored("'n Abend"), "'n Abend");
    }

    #[test]
    fn entities_and_metadata_come_back() {
        let golden = golden::golden();
        let (output, losses) = golden.write(&CsvSpans, &Default::default());
        let articles = golden::read_back(&CsvSpans, &output.files);
        assert_eq!(articles.len(), 1);
        assert_eq!(articles[0].warnings, []);
        assert_eq!(articles[0].metadata, golden.metadata);
        let identifiers: Vec<_> =
            articles[0].entities.iter().map(|entity| (entity.name.as_str(), entity.identifiers.len())).collect();
        assert_eq!(identifiers, [("Wladimir Putin", 2), ("Café", 0)]);
        let lost: Vec<_> = losses.iter().map(|loss| loss.what.as_str()).collect();
        assert_eq!(lost.len(), 4, "{lost:?}");
        assert_eq!(output.files.len(), 3);
        for (_, bytes) in &output.files {
            let text = String::from_utf8(bytes.clone()).expect("UTF-8");
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            for record in reader.records() {
                let record = record.expect("all rows have the same width");
                assert!(record.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t'])), "{record:?}");
            }
        }
    }

    #[test]
    fn without_the_texts_it_says_what_is_missing() {
        let input = Input::alone("a.csv".to_owned(), b"article,kind,id,label,start,end,");
        let error = CsvSpans.read(&input, &golden::read_options(), &mut |_| {}).expect_err("no texts");
        assert!(error.to_string().contains("a.articles.csv"), "{error}");
    }
}
