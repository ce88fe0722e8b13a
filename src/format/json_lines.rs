//! What formats of one JSON object per line share: reading line by line, and giving lines back as they were.

use super::{
    FormatError, Imported, Input,
    json::{Members, Tape},
    original::Original,
    reading::Delivery,
};
use crate::model::FilePart;
use serde_json::{Map, Value};

/// The members of a JSON object.
pub(super) type Object = Map<String, Value>;

/// What makes an article of the bytes of a line and its number, or says why they can not be used.
type FromLine<'a> = dyn FnMut(&[u8], usize) -> Result<Imported, String> + 'a;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads the records of a file one after the other. `article` makes of a line what is handed over; see [`tape`] and
/// [`object`].
///
/// Each article keeps its line, with those before it that could not be used, so that the parts give the file back.
///
/// # Errors
/// If there was no article.
pub(super) fn read_records(
    input: &Input<'_>,
    deliver: &mut dyn FnMut(Imported),
    article: &mut FromLine<'_>,
) -> Result<(), FormatError> {
    let mut delivery = Delivery::new(&input.name, deliver);
    let (mut at, mut part_start) = (0, 0);
    for (index, bytes) in input.bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let line = input.before.lines + index + 1;
        at += bytes.len() as u64;
        let bytes = if index == 0 { bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) } else { bytes };
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        match article(bytes, line) {
            Ok(mut imported) => {
                imported.kept = Some(part(input, part_start, at));
                part_start = at;
                delivery.push(imported);
            }
            Err(problem) => delivery.warn(Some(line), problem),
        }
    }
    // What stands behind the last record belongs to it.
    if part_start < at
        && let Some(last) = delivery.last()
        && let Some(FilePart::Bytes { end, .. }) = &mut last.kept
    {
        *end = input.before.bytes + at;
    }
    delivery.finish("the file is empty")
}

/// The JSON object in a line, for readers that look at most of it once; [`members`] has what is in it.
///
/// # Errors
/// If it is no JSON.
pub(super) fn tape(line: &[u8]) -> Result<Tape<'_>, String> {
    Tape::read_bytes(line).map_err(|error| invalid(&error))
}

/// The members of the object on a tape.
///
/// # Errors
/// If it is no object.
pub(super) fn members<'t>(tape: &'t Tape<'_>) -> Result<Members<'t>, String> {
    tape.root().as_object().ok_or_else(no_object)
}

/// The JSON object in a line, for readers that change it.
///
/// # Errors
/// If it is none.
pub(super) fn object(line: &[u8]) -> Result<Object, String> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(record)) => Ok(record),
        Ok(_) => Err(no_object()),
        Err(error) => Err(invalid(&error)),
    }
}

fn no_object() -> String {
    "the line is no JSON object and was left out".to_owned()
}

fn invalid(error: &serde_json::Error) -> String {
    format!("the line is no valid JSON and was left out: {error}")
}

fn part(input: &Input<'_>, start: u64, end: u64) -> FilePart {
    FilePart::Bytes { head: 0, start: input.before.bytes + start, end: input.before.bytes + end }
}

/// The record in the kept line of an article.
pub(super) fn original_record(original: &Original) -> Option<Object> {
    let bytes = original.bytes()?;
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let records = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    records.into_iter().find_map(|value| match value {
        Value::Object(record) => Some(record),
        _ => None,
    })
}

/// A record as a line.
pub(super) fn line(record: Object) -> Vec<u8> {
    let mut line = Value::Object(record).to_string().into_bytes();
    line.push(b'\n');
    line
}
