//! Where the records of a JSON file stand: lines, the members of a list, or values one after the other.
//!
//! Each record is parsed by itself, so that a bad one does not spoil the others, and the parts of the file from one record to
//! the next are kept: in sequence they are the file, and each can be read by itself.

use super::{Before, FormatError, Input, jsonl::metadata_record, original::Original};
use crate::model::{ArticleMetadata, FilePart, TextSource};
use serde_json::{Map, Value};
use std::io::Write;

pub(super) type Object = Map<String, Value>;

/// A record of a JSON file.
#[derive(Debug)]
pub(super) struct Record {
    /// Place of its JSON in the bytes that were handed over.
    pub start: usize,
    pub end: usize,
    /// Line of the file on which it begins, from 1.
    pub line: usize,
    /// The object, or why it can not be read.
    pub object: Result<Object, String>,
    /// True if bytes that are not UTF-8 were replaced.
    pub damaged: bool,
}

/// How much of a file is looked at to recognize it.
const START: usize = 1 << 22;

/// The first record of a file that can be read, if it lies near the start.
pub(super) fn first_record(bytes: &[u8]) -> Option<Object> {
    let start = bytes.get(..bytes.len().min(START))?;
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let is_json = text.starts_with(b"{") || text.starts_with(b"[");
    Records::new(start, Before::default()).filter(|_| is_json).find_map(|record| record.object.ok())
}

/// The records of a file, one after the other.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    before: Before,
    in_lines: bool,
    at: usize,
    /// How far lines are counted, and how many there are before that place.
    counted: (usize, usize),
    /// Where the next part begins.
    open: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8], before: Before) -> Self {
        let at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let mut records = Self { bytes, before, in_lines: false, at, counted: (0, 0), open: 0 };
        records.in_lines = records.are_lines();
        records
    }

    /// True if the first value ends on the line on which it begins, or never.
    fn are_lines(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default().trim_ascii_start();
        match rest.first() {
            Some(b'[' | b',') => false,
            Some(b'{') => {
                let end = value_end(rest, 0);
                let value = rest.get(..end.unwrap_or(0)).unwrap_or_default();
                end.is_none() || !value.contains(&b'\n')
            }
            _ => true,
        }
    }

    /// The part of the file that belongs to the latest record, with what stands before it and was not used.
    pub(super) fn part(&mut self, record: &Record) -> FilePart {
        let at = |place: usize| self.before.bytes.saturating_add(place as u64);
        // The rest of the line goes with it, so that files of lines are divided between lines.
        let line = self.bytes.get(record.end..).unwrap_or_default();
        let rest = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        let end = record.end + if line.get(rest) == Some(&b'\n') { rest + 1 } else { 0 };
        let part = FilePart::Bytes { head: 0, start: at(self.open), end: at(end) };
        self.open = end;
        part
    }

    /// The part of the last article with all that follows it.
    pub(super) fn up_to_the_end(&self, part: FilePart) -> FilePart {
        match part {
            FilePart::Bytes { head, start, .. } => {
                FilePart::Bytes { head, start, end: self.before.bytes.saturating_add(self.bytes.len() as u64) }
            }
            other => other,
        }
    }

    fn line_of(&mut self, place: usize) -> usize {
        let (from, count) = self.counted;
        let more = self.bytes.get(from..place).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        self.counted = (place, count + more);
        self.before.lines + count + more + 1
    }

    fn next_place(&mut self) -> Option<(usize, usize)> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let is_between =
                |byte: &u8| byte.is_ascii_whitespace() || !self.in_lines && matches!(byte, b',' | b'[' | b']');
            let start = self.at + rest.iter().position(|byte| !is_between(byte))?;
            let limit = match self.in_lines {
                true => {
                    let line = self.bytes.get(start..)?;
                    start + line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len())
                }
                false => value_end(self.bytes, start).unwrap_or(self.bytes.len()),
            };
            let value = self.bytes.get(start..limit)?.trim_ascii_end();
            self.at = limit.max(start + 1);
            if !value.is_empty() {
                return Some((start, start + value.len()));
            }
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let (start, end) = self.next_place()?;
        let line = self.line_of(start);
        let bytes = self.bytes.get(start..end)?;
        let mut damaged = false;
        let value = match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str::<Value>(text),
            Err(_) => {
                damaged = true;
                serde_json::from_str(&String::from_utf8_lossy(bytes))
            }
        };
        let object = match value {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err("the record is no JSON object and was left out".to_owned()),
            Err(error) => Err(format!("the record is no valid JSON and was left out: {error}")),
        };
        Some(Record { start, end, line, object, damaged })
    }
}

/// Says which file an article comes from, unless its metadata tells where it was before.
pub(super) fn name_origin(origin: &mut TextSource, input: &Input<'_>) {
    if origin.file.is_empty() {
        origin.file.clone_from(&input.name);
    }
}

/// Puts into the member `name` of `record` what the metadata of a project has otherwise than that of the file, and takes out
/// what it has no more.
pub(super) fn update_metadata(record: &mut Object, name: &str, before: &ArticleMetadata, now: &ArticleMetadata) {
    let (Value::Object(before), Value::Object(now)) = (metadata_record(before), metadata_record(now)) else { return };
    let gone: Vec<_> = before.keys().filter(|name| !now.contains_key(*name)).cloned().collect();
    let changed = now.into_iter().filter(|(name, value)| name != "origin" && before.get(name) != Some(value));
    let changed: Object = changed.collect();
    if (!changed.is_empty() || !gone.is_empty())
        && let Value::Object(meta) = record.entry(name).or_insert_with(|| Value::Object(Map::new()))
    {
        gone.iter().for_each(|name| drop(meta.shift_remove(name)));
        meta.extend(changed);
    }
}

/// The end of the JSON value that begins at `start`, as far as brackets and quotation marks tell; `None` if it has none.
fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for (index, byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => {
                in_text = !in_text;
                if !in_text && depth == 0 {
                    return Some(index + 1);
                }
            }
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                if depth <= 1 {
                    return Some(if depth == 1 { index + 1 } else { index.max(start + 1) });
                }
                depth -= 1;
            }
            b',' | b'\n' if depth == 0 && index > start => return Some(index),
            _ => {}
        }
    }
    None
}

/// A part of a file with the place of the record in it that gave the article.
pub(super) struct Part {
    pub bytes: Vec<u8>,
    pub start: usize,
    pub end: usize,
    pub object: Object,
}

impl Part {
    /// The part of an original whose record `is_article` accepts.
    pub(super) fn of(original: &Original, is_article: impl Fn(&Object) -> bool) -> Option<Self> {
        let bytes = original.bytes()?.into_owned();
        let found = Records::new(&bytes, Before::default()).find_map(|record| {
            let object = record.object.ok().filter(|object| is_article(object))?;
            Some((record.start, record.end, object))
        });
        let (start, end, object) = found?;
        Some(Self { bytes, start, end, object })
    }

    /// The part with another record in the place of its own.
    pub(super) fn with(self, record: &[u8]) -> Vec<u8> {
        let mut bytes = self.bytes;
        bytes.splice(self.start..self.end, record.iter().copied());
        bytes
    }
}

/// Writes records as lines.
pub(super) struct LineWriter<'a> {
    output: Box<dyn Write + 'a>,
    is_first: bool,
    ended: bool,
}

impl<'a> LineWriter<'a> {
    pub(super) fn new(output: Box<dyn Write + 'a>) -> Self {
        Self { output, is_first: true, ended: true }
    }

    /// Writes bytes that are one record or a part of a file.
    pub(super) fn push(&mut self, part: &[u8]) -> Result<(), FormatError> {
        // In the middle of a file the byte order mark would be a character.
        let is_inside = !std::mem::take(&mut self.is_first);
        let part = part.strip_prefix(b"\xEF\xBB\xBF").filter(|_| is_inside).unwrap_or(part);
        if !self.ended {
            self.output.write_all(b"\n").map_err(FormatError::io(""))?;
        }
        self.ended = part.last().is_none_or(|byte| *byte == b'\n');
        self.output.write_all(part).map_err(FormatError::io(""))
    }

    pub(super) fn finish(mut self) -> Result<(), FormatError> {
        self.output.flush().map_err(FormatError::io(""))
    }
}

/// Writes records as one JSON list.
pub(super) struct ListWriter<'a> {
    output: Box<dyn Write + 'a>,
    /// What stood behind the latest part; `None` before the first.
    behind: Option<Vec<u8>>,
}

impl<'a> ListWriter<'a> {
    pub(super) fn new(output: Box<dyn Write + 'a>) -> Self {
        Self { output, behind: None }
    }

    /// Writes bytes that are one record or a part of a file.
    pub(super) fn push(&mut self, part: &[u8]) -> Result<(), FormatError> {
        let is_between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']');
        let mark = if part.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let start = mark + part.iter().skip(mark).take_while(|byte| is_between(byte)).count();
        let end = part.len() - part.iter().skip(start).rev().take_while(|byte| is_between(byte)).count();
        let (before, behind) = (part.get(..start).unwrap_or_default(), part.get(end..).unwrap_or_default());
        let between: &[u8] = match &self.behind {
            None if before.contains(&b'[') => before,
            None => b"[\n",
            Some(_) if before.contains(&b',') && !before.contains(&b'[') => before,
            Some(_) => b",\n",
        };
        // White space behind a part belongs before the next comma.
        let white = self.behind.as_deref().filter(|white| white.iter().all(u8::is_ascii_whitespace));
        let write = |output: &mut Box<dyn Write + 'a>, bytes: &[u8]| output.write_all(bytes);
        write(
            &mut self.output,
            white.filter(|_| between.first() != Some(&b',') || between == before).unwrap_or_default(),
        )
        .and_then(|()| write(&mut self.output, between))
        .and_then(|()| write(&mut self.output, part.get(start..end).unwrap_or_default()))
        .map_err(FormatError::io(""))?;
        self.behind = Some(behind.to_vec());
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), FormatError> {
        let end: &[u8] = match &self.behind {
            None => b"[]\n",
            Some(behind) if behind.contains(&b']') => behind,
            Some(_) => b"\n]\n",
        };
        self.output.write_all(end).and_then(|()| self.output.flush()).map_err(FormatError::io(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::MemoryOutput;
    use crate::format::Output;

    #[test]
    fn the_byte_order_mark_of_a_later_file_is_no_character_of_a_line() {
        let mut output = MemoryOutput::default();
        let mut writer = LineWriter::new(output.create("").expect("a file"));
        for part in ["\u{FEFF}{\"a\":1}\n", "\u{FEFF}{\"a\":2}\n"] {
            writer.push(part.as_bytes()).expect("it is written");
        }
        writer.finish().expect("it is written");
        let expected = "\u{FEFF}{\"a\":1}\n{\"a\":2}\n";
        assert_eq!(String::from_utf8_lossy(&output.files[0].1), expected);
    }

    /// Start lines of the records and what they hold under `a`, and the parts.
    fn read(content: &str) -> (Vec<(usize, Option<i64>)>, Vec<String>) {
        let mut records = Records::new(content.as_bytes(), Before::default());
        let (mut found, mut parts) = (Vec::new(), Vec::new());
        while let Some(record) = records.next() {
            let value = record.object.as_ref().ok().and_then(|object| object.get("a")?.as_i64());
            found.push((record.line, value));
            if value.is_some() {
                parts.push(records.part(&record));
            }
        }
        if let Some(last) = parts.last_mut() {
            *last = records.up_to_the_end(*last);
        }
        let text = |part: FilePart| match part {
            FilePart::Bytes { start, end, .. } => content[start as usize..end as usize].to_owned(),
            _ => String::new(),
        };
        (found, parts.into_iter().map(text).collect())
    }

    #[test]
    fn records_are_found_whatever_stands_between() {
        let check = |content: &str, expected: &[(usize, Option<i64>)]| {
            let (found, parts) = read(content);
            assert_eq!(found, expected, "{content}");
            if !parts.is_empty() {
                assert_eq!(parts.concat(), content, "the parts are the file");
            }
            // Each part by itself has the same record.
            let again: Vec<_> = parts.iter().flat_map(|part| read(part).0).filter_map(|(_, value)| value).collect();
            let values: Vec<_> = expected.iter().filter_map(|(_, value)| *value).collect();
            assert_eq!(again, values, "{content}");
        };
        check("", &[]);
        check("[]", &[]);
        check("{\"a\":1}", &[(1, Some(1))]);
        check("\u{FEFF}{\"a\":1}\r\n\r\n{\"a\":2}\n", &[(1, Some(1)), (3, Some(2))]);
        check("{\"a\":1}\n{\"a\":\nx\n{\"a\":2}\n{", &[(1, Some(1)), (2, None), (3, None), (4, Some(2)), (5, None)]);
        check("[{\"a\":1,\"b\":\"]}\\\"\"}, {\"a\":2}\n,\n{\"a\":3} ]\n", &[(1, Some(1)), (1, Some(2)), (3, Some(3))]);
        check("{\n\"a\":1\n}\n{\n\"a\":2}", &[(1, Some(1)), (4, Some(2))]);
        check(
            "[\n5, \"x, ]\", {\"a\":1}, {\"a\":}, {\"a\":2}, null",
            &[(2, None), (2, None), (2, Some(1)), (2, None), (2, Some(2)), (2, None)],
        );
        check("]]}}", &[(1, None)]);
    }

    #[test]
    fn lists_of_parts_are_written_as_they_were() {
        let check = |parts: &[&str], expected: &str| {
            let mut output = MemoryOutput::default();
            let mut writer = ListWriter::new(output.create("").expect("a file"));
            for part in parts {
                writer.push(part.as_bytes()).expect("it can be written");
            }
            writer.finish().expect("it can be written");
            assert_eq!(String::from_utf8_lossy(&output.files[0].1), expected);
        };
        check(&[], "[]\n");
        check(&["{}", "{}"], "[\n{},\n{}\n]\n");
        check(&[" [ {}\n", " , {} ]"], " [ {}\n , {} ]");
        check(&[" , {} ]", " [ {}"], "[\n{},\n{}\n]\n");
        check(&["[{},\n", "{\"b\":[]}\n]\n"], "[\n{},\n{\"b\":[]}\n]\n".replacen("[\n", "[", 1).as_str());
    }
}
