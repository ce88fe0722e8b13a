//! Tables and JSON with one article per row: CSV, TSV, JSON Lines and JSON arrays, as scrapers and data frames write them.

use super::{
    Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, ReadOptions, Recognition,
    date::iso_date,
    decode::{Decoded, decode, normalized_value},
    reading::Delivery,
};
use crate::model::TextSource;
use serde_json::Value;

/// See the module.
pub struct TableInput;

impl Format for TableInput {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "table",
            title: "Table with a text column (CSV, TSV, JSON)",
            extensions: &["csv", "tsv", "jsonl", "ndjson", "json"],
            reads: true,
            writes: false,
            layout: Layout::OneFile,
            holds: Holds::NONE,
            unit: "none",
            documentation: include_str!("table.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = input.bytes.get(..input.bytes.len().min(4096)).unwrap_or_default();
        let start = String::from_utf8_lossy(start).to_lowercase();
        let named = |mark: char| TEXT.iter().any(|name| start.contains(&format!("{mark}{name}{mark}")));
        match &*input.extension() {
            "json" | "jsonl" | "ndjson" => {
                // With annotations beside the text it is another format's file, although its text can be read.
                let annotated =
                    ["spans", "entities", "annotations", "label", "labels", "tokens", "ents", "denotations"];
                if annotated.iter().any(|key| start.contains(&format!("\"{key}\""))) || !named('"') {
                    Recognition::Possible
                } else {
                    Recognition::Likely
                }
            }
            "csv" | "tsv" | "tab" => {
                let line = start.lines().next().unwrap_or_default();
                let header: Vec<_> =
                    line.split([',', ';', '\t']).map(|name| normalized_name(name.trim_matches('"'))).collect();
                if find(&header, &TEXT).is_some() { Recognition::Likely } else { Recognition::Possible }
            }
            _ => Recognition::No,
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        // Line ends count in the cells, so that the file itself is not changed.
        let whole = decode(input, &ReadOptions { normalize_line_endings: false, ..options.clone() }, None)?;
        let mut delivery = Delivery::new(&input.name, article);
        for warning in &whole.warnings {
            delivery.warn(warning.line, &*warning.message);
        }
        let mut rows = Rows { input, options, whole: &whole, count: 0, delivery };
        let start = whole.text.trim_start();
        match &*input.extension() {
            "jsonl" | "ndjson" => read_lines(&mut rows, &whole.text)?,
            "json" => read_json(&mut rows, &whole.text)?,
            _ if start.starts_with('{')
                && start.lines().next().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok()) =>
            {
                read_lines(&mut rows, &whole.text)?;
            }
            _ if start.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(start).is_ok() => {
                read_json(&mut rows, &whole.text)?;
            }
            _ => read_csv(&mut rows, &whole.text)?,
        }
        rows.delivery.finish("there is no article in this file")
    }
}

/// Names of columns, most telling first; compared in small letters with `_` for everything that is no letter or digit.
const TEXT: [&str; 15] = [
    "text",
    "body",
    "content",
    "article",
    "inhalt",
    "volltext",
    "fulltext",
    "full_text",
    "article_text",
    "article_body",
    "articlebody",
    "maintext",
    "artikel",
    "artikeltext",
    "beitrag",
];
const ID: [&str; 8] = ["id", "article_id", "doc_id", "document_id", "uuid", "guid", "key", "artikel_id"];
const TITLE: [&str; 6] = ["title", "titel", "headline", "überschrift", "ueberschrift", "schlagzeile"];
const SOURCE: [&str; 8] = ["source", "quelle", "medium", "publisher", "outlet", "site", "site_name", "source_domain"];
const URL: [&str; 6] = ["url", "link", "uri", "href", "permalink", "adresse"];
const DATE: [&str; 10] = [
    "date",
    "datum",
    "published",
    "published_at",
    "publish_date",
    "date_publish",
    "pubdate",
    "published_time",
    "veröffentlicht",
    "publication_date",
];
const LANGUAGE: [&str; 4] = ["language", "lang", "sprache", "language_code"];

fn normalized_name(name: &str) -> String {
    let small = |char: char| if char.is_alphanumeric() { char.to_lowercase().next().unwrap_or(char) } else { '_' };
    name.trim().trim_start_matches('\u{FEFF}').chars().map(small).collect()
}

/// The first of `names` among the normalized names of the columns.
fn find(columns: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| columns.iter().position(|column| column == name))
}

/// One row: the values of its columns, and the line where it begins.
struct Row<'a> {
    line: Option<usize>,
    columns: &'a [String],
    values: Vec<Option<String>>,
}

/// Turns rows into articles.
struct Rows<'a> {
    input: &'a Input<'a>,
    options: &'a ReadOptions,
    whole: &'a Decoded,
    count: usize,
    delivery: Delivery<'a>,
}

impl Rows<'_> {
    fn refuse(&self, line: Option<usize>, reason: String) -> FormatError {
        FormatError::Unreadable { file: self.input.name.clone(), line, reason }
    }

    fn warn(&mut self, line: Option<usize>, message: String) {
        self.delivery.warn(line, message);
    }

    /// The column with the text.
    fn text_column(&self, columns: &[String]) -> Option<usize> {
        match &self.options.text_column {
            Some(name) => columns
                .iter()
                .position(|column| column == name)
                .or_else(|| columns.iter().position(|column| normalized_name(column) == normalized_name(name))),
            None => find(&columns.iter().map(|column| normalized_name(column)).collect::<Vec<_>>(), &TEXT),
        }
    }

    fn no_text_column(&self, columns: &[String]) -> String {
        let list = columns.join(", ");
        match &self.options.text_column {
            Some(name) => format!("there is no column {name:?}; the columns are: {list}"),
            None => format!(
                "no column is named text, body, content or the like; choose the one with the text among: {list}"
            ),
        }
    }

    fn push(&mut self, row: Row<'_>) {
        self.count += 1;
        let names: Vec<String> = row.columns.iter().map(|column| normalized_name(column)).collect();
        let Some(text_column) = self.text_column(row.columns) else {
            let message = format!("row left out: {}", self.no_text_column(row.columns));
            return self.warn(row.line, message);
        };
        let text = row.values.get(text_column).and_then(Option::as_deref).unwrap_or_default();
        if text.trim().is_empty() {
            return self.warn(row.line, format!("row {} left out: it has no text", self.count));
        }
        let (text, line_ending, normalized) = normalized_value(text, self.options);
        let source = TextSource { line_ending, normalized, ..self.whole.source.clone() };
        let whole = Decoded { text, source, warnings: Vec::new() };
        let fallback = format!("{}-{}", self.input.stem(), self.count);
        let mut imported = whole.into_imported(&fallback, self.options);
        let known = [&ID[..], &TITLE, &SOURCE, &URL, &DATE, &LANGUAGE].map(|list| find(&names, list));
        for (index, value) in row.values.into_iter().enumerate() {
            let Some(value) = value.filter(|value| !value.trim().is_empty() && index != text_column) else { continue };
            let metadata = &mut imported.metadata;
            match known.iter().position(|column| *column == Some(index)) {
                Some(0) => imported.wanted_id = value,
                Some(1) => metadata.title = value,
                Some(2) => metadata.source = value,
                Some(3) => metadata.url = value,
                Some(4) => metadata.date = iso_date(&value),
                Some(5) => metadata.language = value,
                _ => {
                    let name = row.columns.get(index).map_or("", |name| name.trim());
                    let mut key = if name.is_empty() { format!("column {}", index + 1) } else { name.to_owned() };
                    while metadata.other.contains_key(&key) {
                        key.push_str(" (again)");
                    }
                    metadata.other.insert(key, value);
                }
            }
        }
        let title = &mut imported.metadata.title;
        if title.is_empty() {
            *title = super::plain::title(&imported.text).unwrap_or(&imported.wanted_id).to_owned();
        } else if imported.wanted_id == fallback {
            imported.wanted_id.clone_from(title);
        }
        self.delivery.push(imported);
    }
}

fn read_csv(rows: &mut Rows<'_>, text: &str) -> Result<(), FormatError> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b'\t', b';', b',', b'|']
        .into_iter()
        .max_by_key(|mark| header.bytes().filter(|byte| byte == mark).count())
        .filter(|mark| header.as_bytes().contains(mark))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let columns: Vec<String> = match reader.headers() {
        Ok(columns) => columns.iter().map(str::to_owned).collect(),
        Err(error) => return Err(rows.refuse(Some(1), format!("the header can not be read: {error}"))),
    };
    let beside =
        |start: &[&str]| columns.len() > start.len() && columns.iter().zip(start).all(|(column, name)| column == name);
    if beside(&["article", "title", "source", "url", "date", "language", "other"])
        || beside(&["article", "id", "label", "part"])
    {
        let reason =
            "this table belongs to an export of spans; import the table with the spans, it brings this one along";
        return Err(rows.refuse(None, reason.to_owned()));
    }
    if rows.text_column(&columns).is_none() {
        return Err(rows.refuse(Some(1), rows.no_text_column(&columns)));
    }
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().and_then(|position| usize::try_from(position.line()).ok());
                rows.warn(line, format!("row left out: {error}"));
                continue;
            }
        };
        let line = record.position().and_then(|position| usize::try_from(position.line()).ok());
        if record.len() != columns.len() {
            let message = format!("a row has {} cells, the header {}; check its quotes", record.len(), columns.len());
            rows.warn(line, message);
        }
        let values = record.iter().map(|cell| Some(cell.to_owned())).collect();
        rows.push(Row { line, columns: &columns, values });
    }
    Ok(())
}

fn read_lines(rows: &mut Rows<'_>, text: &str) -> Result<(), FormatError> {
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Value>(line.trim_start_matches('\u{FEFF}')) {
            Ok(value) => push_value(rows, Some(index + 1), value),
            Err(error) => rows.warn(Some(index + 1), format!("line left out: it is no JSON: {error}")),
        }
    }
    Ok(())
}

fn read_json(rows: &mut Rows<'_>, text: &str) -> Result<(), FormatError> {
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        // Several objects one after the other are JSON Lines under another name.
        Err(_) if text.lines().next().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok()) => {
            return read_lines(rows, text);
        }
        Err(error) => return Err(rows.refuse(Some(error.line()), format!("this is no JSON: {error}"))),
    };
    let records = match value {
        Value::Array(records) => records,
        Value::Object(mut object) => {
            let columns: Vec<String> = object.keys().cloned().collect();
            let list = ["articles", "documents", "data", "items", "records", "rows", "results"];
            let held = list.into_iter().find(|key| object.get(*key).is_some_and(Value::is_array));
            match held.and_then(|key| object.remove(key)) {
                Some(Value::Array(records)) if rows.text_column(&columns).is_none() => records,
                Some(records) => {
                    object.extend(held.map(|key| (key.to_owned(), records)));
                    vec![Value::Object(object)]
                }
                None => vec![Value::Object(object)],
            }
        }
        other => return Err(rows.refuse(None, format!("expected an array of articles, found {}", kind(&other)))),
    };
    for record in records {
        push_value(rows, None, record);
    }
    Ok(())
}

fn push_value(rows: &mut Rows<'_>, line: Option<usize>, value: Value) {
    let object = match value {
        Value::Object(object) => object,
        Value::String(text) => serde_json::Map::from_iter([("text".to_owned(), Value::String(text))]),
        other => {
            rows.count += 1;
            return rows
                .warn(line, format!("record {} left out: expected an object, found {}", rows.count, kind(&other)));
        }
    };
    let names: Vec<String> = object.keys().cloned().collect();
    let text = rows.text_column(&names).and_then(|column| object.values().nth(column));
    if let Some(text) = text.filter(|text| !text.is_string() && !text.is_null()) {
        rows.count += 1;
        return rows.warn(line, format!("record {} left out: its text is {}, not a text", rows.count, kind(text)));
    }
    let (columns, values) = object
        .into_iter()
        .map(|(key, value)| {
            let value = match value {
                Value::Null => None,
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            };
            (key, value)
        })
        .unzip::<_, _, Vec<_>, Vec<_>>();
    rows.push(Row { line, columns: &columns, values });
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
