//! The lines of a file, as text and by their bytes.
//!
//! UTF-8 is borrowed as it stands. Other encodings are decoded as a whole; where their line ends stand in the same order,
//! each line still knows its bytes, so that the file can be kept in parts.

use crate::{
    format::{Input, ReadOptions, Warning, decode::decode, reading::utf8},
    model::LineEnding,
};
use std::{borrow::Cow, ops::Range};

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

/// Some whole lines of a text that is as it stands in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub text: Range<usize>,
    /// The number of its first line, from 1.
    pub line: usize,
    /// How many lines before it begin with the mark that divides the text.
    pub marks: usize,
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
        let is_same = matches!(self.text, Cow::Borrowed(_));
        let mut raw = if is_same { &[][..] } else { self.bytes }.split_inclusive(|byte| *byte == self.breaks);
        let all = Stretch { text: 0..self.text.len(), line: 1, marks: 0 };
        let mut at = self.mark_length();
        self.lines_of(&all).map(move |line| {
            let length = if is_same { line.end - line.start } else { raw.next().map_or(0, <[u8]>::len) };
            let line = Line { start: at, end: at + length, ..line };
            at = line.end;
            line
        })
    }

    /// The lines of a stretch.
    pub(super) fn lines_of(&self, stretch: &Stretch) -> impl Iterator<Item = Line<'_>> + use<'_, 'a> {
        let mark = self.mark_length();
        let (mut number, mut start) = (stretch.line, stretch.text.start);
        let text = self.text.get(stretch.text.clone()).unwrap_or_default();
        text.split_inclusive(char::from(self.breaks)).map(move |whole| {
            let end = start + whole.len();
            let text = whole.trim_end_matches(['\n', '\r']);
            let line = Line { number, text, start: mark + start, end: mark + end, text_start: start, text_end: end };
            (number, start) = (number + 1, end);
            line
        })
    }

    /// Divides the text before lines that begin with `mark`, but not behind a comment, into stretches of `least` bytes or
    /// more, and what is left. Nothing if the text is not as it stands in the bytes, if anything stands before the first
    /// mark, or if more than `most` bytes stand between two marks.
    pub(super) fn stretches(&self, mark: &str, least: usize, most: usize) -> Vec<Stretch> {
        let (text, breaks) = (&*self.text, self.breaks);
        let blank = text.len() - text.trim_ascii_start().len();
        let (before, behind) = text.split_at_checked(blank).unwrap_or_default();
        let is_first = behind.starts_with(mark) && (before.is_empty() || before.ends_with(char::from(breaks)));
        if matches!(self.text, Cow::Owned(_)) || !is_first {
            return Vec::new();
        }
        let mut stretches = Vec::new();
        let mut open = Stretch { text: 0..0, line: 1, marks: 0 };
        let (mut marks, mut before) = (0, 0);
        for at in memchr::memmem::find_iter(text.as_bytes(), mark).chain([text.len()]) {
            let head = text.get(..at).unwrap_or_default();
            let lines_end = |head: &str| head.ends_with(char::from(breaks));
            if at < text.len() && !head.is_empty() && !lines_end(head) {
                continue;
            }
            if at - before > most {
                return Vec::new();
            }
            before = at;
            // A comment may belong to what follows.
            let is_behind_comment = || {
                let last = head.trim_ascii_end().rsplit(char::from(breaks)).next();
                last.is_some_and(|line| line.starts_with('#'))
            };
            if at == text.len() || marks > 0 && at - open.text.start >= least && !is_behind_comment() {
                open.text.end = at;
                let stretch = text.get(open.text.clone()).unwrap_or_default();
                let lines = memchr::memchr_iter(breaks, stretch.as_bytes()).count();
                let next = Stretch { text: at..at, line: open.line + lines, marks };
                stretches.push(std::mem::replace(&mut open, next));
            }
            marks += 1;
        }
        stretches
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

    #[test]
    fn texts_are_divided_before_marks() {
        let text = "\n=1\na\n\n=2\nb\n# x\n\n=3\nc =4\r\n\r\n=5";
        let check = |text: &str, least: usize, most: usize, expected: &[&str]| {
            let input = Input::alone("a.txt", text.as_bytes());
            let source = Source::new(&input, &golden::read_options());
            let stretches = source.stretches("=", least, most);
            let found: Vec<_> = stretches.iter().map(|stretch| &text[stretch.text.clone()]).collect();
            assert_eq!(found, expected);
            for stretch in &stretches {
                let all = source.lines().filter(|line| stretch.text.contains(&line.text_start));
                let own = source.lines_of(stretch);
                assert!(all.map(|line| format!("{line:?}")).eq(own.map(|line| format!("{line:?}"))));
                let before = source.lines().take_while(|line| line.text_start < stretch.text.start);
                assert_eq!(stretch.marks, before.filter(|line| line.text.starts_with('=')).count());
            }
        };
        let parts = ["\n=1\na\n\n", "=2\nb\n# x\n\n=3\nc =4\r\n\r\n", "=5"];
        check(text, 1, 100, &parts);
        // A file that begins with a byte order mark is counted from behind it.
        let marked = format!("\u{FEFF}{}", text.trim_start());
        let input = Input::alone("a.txt", marked.as_bytes());
        let source = Source::new(&input, &golden::read_options());
        let second = source.stretches("=", 1, 100).get(1).cloned().expect("two");
        assert_eq!(source.lines_of(&second).next().map(|line| (line.start, line.number)), Some((9, 4)));
        check(text, 100, 100, &[text]);
        check(text, 1, 5, &[]);
        check("x\n\n=1\n", 1, 100, &[]);
        check("\n =1\n\n=2\n\n=3", 1, 100, &[]);
        check("\n\n", 1, 100, &[]);
    }
}
