//! The text of a file, and where its rows stand in it.
//!
//! Rows count from the start of the document, sentences are put together from their text lines. So each row is looked for in
//! its own sentence, which begins where its first row does, and one wrong number does not move the rest of the document.

use super::{
    cells::unescape_text,
    document::{Document, Row, Sentence},
};
use crate::{
    format::anchor::{Anchored, Anchors, Claim, Unit},
    text::TextRange,
};
use std::{borrow::Cow, cell::OnceCell};

/// Most blanks that numbers in a file can ask for, however short the file is.
const BLANKS: u64 = 1 << 16;

/// A text with the places of sentences and rows.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub text: String,
    pub sentences: Vec<TextRange>,
    /// For each row of the document, in order.
    pub rows: Vec<RowPlace>,
    /// What did not fit, with the line where there is one.
    pub problems: Vec<(Option<usize>, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowPlace {
    Found(TextRange),
    /// Its words are not there; the place is the nearest.
    Missing(TextRange),
}

impl RowPlace {
    pub(super) fn found(self) -> Option<TextRange> {
        match self {
            Self::Found(range) => Some(range),
            Self::Missing(_) => None,
        }
    }

    pub(super) fn nearest(self) -> TextRange {
        match self {
            Self::Found(range) | Self::Missing(range) => range,
        }
    }
}

/// Puts the text together and finds the rows in it.
pub(super) fn place(document: &Document<'_>) -> Placed {
    let mut placed = Placed::default();
    let texts: Vec<_> = document.sentences.iter().map(|sentence| text_of(sentence, document.java)).collect();
    let sentences = texts.iter().zip(&document.sentences);
    let parts: Vec<_> = sentences.map(|(text, sentence)| Part::new(text, &sentence.rows, document.java)).collect();
    let unit = choose_unit(&parts);
    if unit != Unit::Utf16 {
        let message = format!("the words of the rows show that offsets count {}", unit.in_words());
        placed.problems.push((None, message));
    }
    let written: u64 = parts.iter().map(|part| part.text.len() as u64).sum();
    let mut blanks = BLANKS.max(written);
    // Where the text so far ends, as the rows count.
    let mut end = 0;
    // Rows may reach into what stands behind their sentence, so they wait for that.
    let mut waiting: Option<(&Part<'_>, u64, usize)> = None;
    for (index, (part, sentence)) in parts.iter().zip(&document.sentences).enumerate() {
        let base = part.base(unit);
        let is_first = index == 0;
        let gap = base.and_then(|base| base.checked_sub(end)).filter(|gap| *gap <= blanks);
        if let Some(base) = base.filter(|_| gap.is_none()) {
            let message = format!("the sentence begins at {base} and the one before ends at {end}");
            placed.problems.push((Some(sentence.line), message));
        }
        let count = gap.unwrap_or(u64::from(!is_first));
        blanks -= count.min(blanks);
        // The first thing between two sentences is a line break, everything else is blank.
        if count > 0 && !is_first {
            placed.text.push('\n');
        }
        let blank = usize::try_from(count).unwrap_or(0).saturating_sub(usize::from(!is_first));
        placed.text.extend(std::iter::repeat_n(' ', blank));
        if let Some((part, base, start)) = waiting.take() {
            part.place_rows(unit, base, start, &mut placed);
        }
        let start = placed.text.len();
        placed.text.push_str(part.text);
        placed.sentences.push(TextRange::from_usize(start, placed.text.len()));
        end += count + length(part.text, unit);
        waiting = Some((part, base.unwrap_or(0), start));
    }
    if let Some((part, base, start)) = waiting {
        part.place_rows(unit, base, start, &mut placed);
    }
    placed
}

fn choose_unit(parts: &[Part<'_>]) -> Unit {
    let proven = |unit: Unit| -> usize {
        let proven = |part: &Part<'_>| part.base(unit).map_or(0, |base| part.proven(unit, base));
        parts.iter().map(proven).sum()
    };
    let all: usize = parts.iter().map(|part| part.tokens().count()).sum();
    let mut best = (Unit::Utf16, proven(Unit::Utf16));
    for unit in Unit::USUAL {
        if best.1 < all && unit != best.0 {
            let count = proven(unit);
            if count > best.1 {
                best = (unit, count);
            }
        }
    }
    best.0
}

fn length(text: &str, unit: Unit) -> u64 {
    (match unit {
        Unit::Utf16 if !text.is_ascii() => text.encode_utf16().count(),
        Unit::CodePoint | Unit::Grapheme => text.chars().count(),
        Unit::Utf16 | Unit::Byte => text.len(),
    }) as u64
}

/// The text of a sentence.
fn text_of<'a>(sentence: &Sentence<'a>, java: bool) -> Cow<'a, str> {
    match sentence.text.as_slice() {
        [] => Cow::Owned(laid_out(&sentence.rows)),
        [line] => unescape_text(line, java),
        lines => {
            let lines: Vec<_> = lines.iter().map(|line| unescape_text(line, java)).collect();
            Cow::Owned(lines.join("\n"))
        }
    }
}

/// The words of the rows with blanks between them, for a sentence without text lines.
fn laid_out(rows: &[Row<'_>]) -> String {
    let mut text = String::new();
    let mut end = None;
    for row in rows.iter().filter(|row| row.key.part == 0) {
        let gap = row.begin.saturating_sub(end.unwrap_or(row.begin)).min(BLANKS / 1024);
        text.extend(std::iter::repeat_n(' ', usize::try_from(gap).unwrap_or(0)));
        text.push_str(row.surface);
        end = Some(row.end);
    }
    text
}

/// A sentence whose rows are looked for.
struct Part<'t> {
    text: &'t str,
    is_ascii: bool,
    java: bool,
    rows: &'t [Row<'t>],
    anchors: OnceCell<Anchors<'t>>,
    /// The rows in UTF-16 units, from the start of the first one.
    usual: OnceCell<Vec<Option<TextRange>>>,
    /// Its length in the unit of the file.
    length: OnceCell<u64>,
}

impl<'t> Part<'t> {
    fn new(text: &'t str, rows: &'t [Row<'t>], java: bool) -> Self {
        Self {
            text,
            is_ascii: text.is_ascii(),
            java,
            rows,
            anchors: OnceCell::new(),
            usual: OnceCell::new(),
            length: OnceCell::new(),
        }
    }

    fn anchors(&self) -> &Anchors<'t> {
        self.anchors.get_or_init(|| Anchors::new(self.text))
    }

    /// Where the sentence begins: where its first row does, unless that shows that white space before it was counted.
    fn base(&self, unit: Unit) -> Option<u64> {
        let begin = self.rows.first()?.begin;
        let white = self.text.len() - self.text.trim_start().len();
        if white > 0 {
            let before = length(self.text.get(..white).unwrap_or_default(), unit);
            let other = begin.checked_sub(before);
            if other.is_some_and(|other| self.proven(unit, other) > self.proven(unit, begin)) {
                return other;
            }
        }
        Some(begin)
    }

    /// How many tokens are right if the sentence begins at `base`.
    fn proven(&self, unit: Unit, base: u64) -> usize {
        self.tokens().filter(|(index, row)| self.exact(*index, row, unit, base).is_some()).count()
    }

    fn tokens(&self) -> impl Iterator<Item = (usize, &Row<'t>)> {
        self.rows.iter().enumerate().filter(|(_, row)| row.key.part == 0)
    }

    /// The place of the row number `index`, if that is right.
    fn exact(&self, index: usize, row: &Row<'_>, unit: Unit, base: u64) -> Option<TextRange> {
        // Nearly always everything is as it should be, and is asked for again.
        if unit != Unit::Utf16 || self.rows.first().is_none_or(|first| first.begin != base) {
            return self.find(row, unit, base);
        }
        let usual = self.usual.get_or_init(|| self.rows.iter().map(|row| self.find(row, unit, base)).collect());
        usual.get(index).copied().flatten()
    }

    fn find(&self, row: &Row<'_>, unit: Unit, base: u64) -> Option<TextRange> {
        let (begin, end) = (row.begin.checked_sub(base)?, row.end.checked_sub(base)?);
        let range = if self.is_ascii {
            let (begin, end) = (usize::try_from(begin).ok()?, usize::try_from(end).ok()?);
            (begin <= end && end <= self.text.len()).then(|| TextRange::from_usize(begin, end))?
        } else {
            self.anchors().range(unit, begin, end)?
        };
        self.says(row, range.slice(self.text)?).then_some(range)
    }

    /// True if a row says `text`. Most programs escape nothing in rows.
    fn says(&self, row: &Row<'_>, text: &str) -> bool {
        text == row.surface || text == unescape_text(row.surface, self.java)
    }

    /// The place in `text` of a row that reaches into the blanks around the sentence, which begins there at `start`.
    fn outside(&self, row: &Row<'_>, unit: Unit, base: u64, start: usize, text: &str) -> Option<TextRange> {
        let len = *self.length.get_or_init(|| length(self.text, unit));
        let offset = |count: u64| {
            let Some(inside) = count.checked_sub(base) else {
                return start.checked_sub(usize::try_from(base - count).ok()?);
            };
            let found = match inside.checked_sub(len) {
                Some(over) => self.text.len().checked_add(usize::try_from(over).ok()?)?,
                None => self.anchors().offset(unit, inside)?.to_usize(),
            };
            start.checked_add(found)
        };
        let (begin, end) = (offset(row.begin)?, offset(row.end)?);
        (begin <= end && self.says(row, text.get(begin..end)?)).then(|| TextRange::from_usize(begin, end))
    }

    /// Finds the rows of the sentence, which stands in the text from `start` on.
    fn place_rows(&self, unit: Unit, base: u64, start: usize, placed: &mut Placed) {
        for (index, row) in self.rows.iter().enumerate() {
            let inside = |range: TextRange| {
                let range = range.to_usize();
                TextRange::from_usize(start + range.start, start + range.end)
            };
            let exact = self.exact(index, row, unit, base).map(inside);
            if let Some(range) = exact.or_else(|| self.outside(row, unit, base, start, &placed.text)) {
                placed.rows.push(RowPlace::Found(range));
                continue;
            }
            let surface = unescape_text(row.surface, self.java);
            let pieces = vec![(row.begin.saturating_sub(base), row.end.saturating_sub(base))];
            let claim = Claim { pieces, surface: Some(&surface) };
            let found = match self.anchors().place(unit, &claim) {
                Anchored::Exact(fragments) => RowPlace::Found(inside(fragments.hull())),
                Anchored::Moved(fragments) => {
                    let message = format!("{} was moved to {surface:?} nearby", row.key);
                    placed.problems.push((Some(row.line), message));
                    RowPlace::Found(inside(fragments.hull()))
                }
                Anchored::Nowhere => {
                    let message = format!("the text {surface:?} of {} is not at its place", row.key);
                    placed.problems.push((Some(row.line), message));
                    RowPlace::Missing(inside(TextRange::at(self.anchors().near(unit, &claim))))
                }
            };
            placed.rows.push(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::document::parse, *};

    #[test]
    fn rows_are_found_in_their_sentences() {
        let check = |body: &str, text: &str, rows: &[&str], problems: &[&str]| {
            let content = format!("#FORMAT=WebAnno TSV 3.3\n\n\n{body}");
            let placed = place(&parse(&content));
            assert_eq!(placed.text, text, "{body}");
            let found: Vec<_> =
                placed.rows.iter().map(|row| row.found().map_or("?", |row| row.slice(text).unwrap_or("!"))).collect();
            assert_eq!(found, rows, "{body}");
            assert_eq!(placed.problems.len(), problems.len(), "{:?}", placed.problems);
            for ((_, problem), part) in placed.problems.iter().zip(problems) {
                assert!(problem.contains(part), "{problem}");
            }
        };
        check("#Text=a b\n1-1\t0-1\ta\n1-2\t2-3\tb\n\n#Text=c\n2-1\t4-5\tc\n", "a b\nc", &["a", "b", "c"], &[]);
        // Without a gap, with a larger one, and with blanks at the start.
        check("#Text=a \n1-1\t0-1\ta\n\n#Text=c\n2-1\t2-3\tc\n", "a c", &["a", "c"], &[]);
        check("#Text=a\n1-1\t2-3\ta\n\n#Text=c\n2-1\t6-7\tc\n", "  a\n  c", &["a", "c"], &[]);
        check("#Text= a\n1-1\t1-2\ta\n", " a", &["a"], &[]);
        check(
            "#Text=\u{1F60A}\\tä b\n1-1\t0-2\t\u{1F60A}\n1-2\t3-4\tä\n1-2.1\t4-4\t\n",
            "\u{1F60A}\tä b",
            &["\u{1F60A}", "ä", ""],
            &[],
        );
        // Code points, bytes.
        check(
            "#Text=\u{1F60A} a b\n1-1\t0-1\t\u{1F60A}\n1-2\t2-3\ta\n",
            "\u{1F60A} a b",
            &["\u{1F60A}", "a"],
            &["code points"],
        );
        check("#Text=ä b\n1-1\t0-2\tä\n1-2\t3-4\tb\n\n#Text=ö\n2-1\t5-7\tö\n", "ä b\nö", &["ä", "b", "ö"], &["bytes"]);
        check("#Text=ein Wort\n1-1\t0-3\tein\n1-2\t5-9\tWort\n", "ein Wort", &["ein", "Wort"], &["moved"]);
        check("#Text=ein Wort\n1-1\t0-3\tein\n1-2\t4-8\tHort\n", "ein Wort", &["ein", "?"], &["not at its place"]);
        // Numbers that nobody believes.
        let huge = "18446744073709551615";
        check(
            &format!("#Text=a\n1-1\t0-1\ta\n\n#Text=b\n2-1\t{huge}-{huge}\tb\n\n#Text=c\n3-1\t1-2\tc\n"),
            "a\nb\nc",
            &["a", "b", "c"],
            &["begins at", "begins at", "moved"],
        );
        check("1-1\t0-1\ta\n1-2\t3-4\tb\n", "a  b", &["a", "b"], &[]);
        check("", "", &[], &[]);
    }
}
