//! The lines of a file, as text and by their bytes.
//!
//! UTF-8 is borrowed as it stands. Other encodings are decoded as a whole; where their line ends stand in the same order,
//! each line still knows its bytes, so that the file can be kept in parts.

use crate::{
    format::{Input, ReadOptions, Warning, decode::decode, reading::utf8},
    model::LineEnding,
};
use std::borrow::Cow;

/// How much of a file is looked at to find out what it is like, in bytes.
const SAMPLE: usize = 1 << 18;

/// The content of a file that consists of lines.
pub(in crate::format) struct Source<'a> {
    pub text: Cow<'a, str>,
    /// The label of the encoding.
    pub encoding: String,
    pub byte_order_mark: bool,
    /// True if lines know their place in the bytes.
    pub is_mapped: bool,
    pub warnings: Vec<Warning>,
    bytes: &'a [u8],
    breaks: u8,
}

/// One line without its end.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) struct Line<'s> {
    /// From 1, in the part of the file that was handed over.
    pub number: usize,
    pub text: &'s str,
    /// Where it begins and where the next one begins, in the bytes.
    pub start: usize,
    pub end: usize,
    /// The same in the decoded text.
    pub text_start: usize,
    pub text_end: usize,
}

impl<'a> Source<'a> {
    /// Decodes a file; what is not text is replaced by U+FFFD, with a warning.
    pub(in crate::format) fn new(input: &Input<'a>, options: &ReadOptions) -> Self {
        let rest = input.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input.bytes);
        let mut source = Self {
            text: Cow::Borrowed(""),
            encoding: "utf-8".to_owned(),
            byte_order_mark: rest.len() < input.bytes.len(),
            is_mapped: true,
            warnings: Vec::new(),
            bytes: rest,
            breaks: b'\n',
        };
        match std::str::from_utf8(rest) {
            Ok(text) if options.encoding.as_deref().is_none_or(is_utf8) => source.text = Cow::Borrowed(text),
            _ => source.decode(input, options),
        }
        if !source.text.contains('\n') && source.text.contains('\r') {
            source.breaks = b'\r';
        }
        if matches!(source.text, Cow::Owned(_)) {
            let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == source.breaks).count();
            source.is_mapped =
                !source.encoding.starts_with("utf-16") && count(source.bytes) == count(source.text.as_bytes());
        }
        source
    }

    fn decode(&mut self, input: &Input<'a>, options: &ReadOptions) {
        let options = ReadOptions { normalize_line_endings: false, ..options.clone() };
        match decode(input, &options, None) {
            Ok(decoded) => {
                self.text = Cow::Owned(decoded.text);
                self.encoding = decoded.source.encoding;
                self.warnings = decoded.warnings;
            }
            Err(_) => {
                self.text = Cow::Owned(utf8(self.bytes).text);
                let message = "bytes that are not UTF-8 were replaced by U+FFFD".to_owned();
                self.warnings.push(Warning { file: input.name.clone(), line: None, message });
            }
        }
    }

    /// Bytes that stand before the first line.
    pub(in crate::format) fn mark_length(&self) -> usize {
        if self.byte_order_mark { 3 } else { 0 }
    }

    /// The first lines, at most a quarter of a megabyte, none of them cut.
    pub(in crate::format) fn sample(&self) -> &str {
        sample(&self.text, SAMPLE)
    }

    /// How the first line ends.
    pub(in crate::format) fn line_ending(&self) -> LineEnding {
        let first = self.text.find('\n').and_then(|at| self.text.get(..at));
        if first.is_some_and(|line| line.ends_with('\r')) { LineEnding::CrLf } else { LineEnding::Lf }
    }

    /// All lines. Without mapping, their places in the bytes mean nothing.
    pub(in crate::format) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let breaks = char::from(self.breaks);
        let is_same = matches!(self.text, Cow::Borrowed(_));
        let mut raw = if is_same { &[][..] } else { self.bytes }.split_inclusive(|byte| *byte == self.breaks);
        let (mut number, mut start, mut text_start) = (0, self.mark_length(), 0);
        self.text.split_inclusive(breaks).map(move |whole| {
            number += 1;
            let length = if is_same { whole.len() } else { raw.next().map_or(0, <[u8]>::len) };
            let line = Line {
                number,
                text: whole.trim_end_matches(['\n', '\r']),
                start,
                end: start + length,
                text_start,
                text_end: text_start + whole.len(),
            };
            (start, text_start) = (line.end, line.text_end);
            line
        })
    }
}

/// The first whole lines of a text, at most `length` bytes; all of a shorter text.
pub(in crate::format) fn sample(text: &str, length: usize) -> &str {
    if text.len() <= length {
        return text;
    }
    let start = text.get(..text.floor_char_boundary(length)).unwrap_or(text);
    start.rfind('\n').and_then(|end| start.get(..=end)).unwrap_or(start)
}

fn is_utf8(label: &str) -> bool {
    matches!(label.trim().to_ascii_lowercase().as_str(), "utf-8" | "utf8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::golden;

    #[test]
    fn lines_know_their_bytes() {
        let check = |bytes: &[u8], expected: &[&str], is_mapped: bool| {
            let input = Input::alone("a.txt", bytes);
            let source = Source::new(&input, &golden::read_options());
            let lines: Vec<_> = source.lines().map(|line| line.text.to_owned()).collect();
            assert_eq!(lines, expected);
            assert_eq!(source.is_mapped, is_mapped);
            if is_mapped {
                let parts: Vec<u8> = source.lines().flat_map(|line| bytes[line.start..line.end].to_vec()).collect();
                assert_eq!(parts, bytes[source.mark_length()..]);
            }
        };
        check("a ä\r\n\nb".as_bytes(), &["a ä", "", "b"], true);
        check("\u{FEFF}a\nb\n".as_bytes(), &["a", "b"], true);
        check(b"a\rb\r", &["a", "b"], true);
        check(b"Gr\xFC\xDFe O\nK\xF6ln B-LOC\n", &["Grüße O", "Köln B-LOC"], true);
        check(b"\xFF\xFEa\0\n\0b\0", &["a", "b"], false);
        check(b"", &[], true);
    }
}
