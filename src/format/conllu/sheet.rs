//! What is to be written: rows from the original, and new ones.

use super::{manner::Manner, misc, read::Part};
use crate::{
    model::Span,
    text::{
        TextRange,
        segment::{sentences, tokens},
    },
};
use std::{borrow::Cow, ops::Range};

/// A row of the new file.
#[derive(Clone, Debug)]
pub(super) struct SheetRow<'o> {
    /// Blank lines and comments before it.
    pub gap: Cow<'o, str>,
    /// With the end of the line.
    pub line: Cow<'o, str>,
    /// The row of the original that it was.
    pub old: Option<usize>,
    /// False for tokens of several words, which can not carry entities.
    pub is_node: bool,
    pub place: TextRange,
    pub sentence: usize,
}

/// An article as it is to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet<'o> {
    pub rows: Vec<SheetRow<'o>>,
    /// What stands behind the last row.
    pub tail: Cow<'o, str>,
    pub line_end: &'static str,
}

/// What new sentences are made from.
#[derive(Clone, Copy)]
pub(super) struct Fresh<'f> {
    pub text: &'f str,
    pub manner: &'f Manner,
    /// What the ids of sentences begin with.
    pub id: &'f str,
    /// No sentence ends inside one of these.
    pub spans: &'f [&'f Span],
    pub line_end: &'static str,
}

impl<'o> Sheet<'o> {
    /// A sheet of a text that comes from no file.
    pub(super) fn new(fresh: Fresh<'_>, document: &str) -> Self {
        let mut sheet = Self { tail: Cow::Borrowed("\n"), line_end: "\n", ..Self::default() };
        fresh.rows(0..fresh.text.len(), false, false, &mut sheet.rows);
        let begin = format!("# newdoc id = {document}\n");
        match sheet.rows.first_mut() {
            Some(first) => first.gap = Cow::Owned(begin + &first.gap),
            None => sheet.tail = Cow::Owned(begin + "\n"),
        }
        sheet
    }

    /// The sheet of an original with another text: the sentences before and behind the change keep their rows. True if
    /// any did not.
    pub(super) fn of_original(source: &'o str, part: &Part<'_>, fresh: Fresh<'_>) -> (Self, bool) {
        let (old, new) = (part.imported.text.as_str(), fresh.text);
        let count = part.sentences.len();
        let start = |index: usize| part.sentences.get(index).map_or(old.len(), |one| one.place.start().to_usize());
        let (mut head, mut tail) = (count, 0);
        if old != new {
            let same = |(one, other): &(u8, u8)| one == other;
            let before = old.bytes().zip(new.bytes()).take_while(same).count();
            let most = old.len().min(new.len()) - before;
            let behind = old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(same).count();
            // A sentence stays together with the white space behind it.
            head = (1..count).take_while(|index| start(*index) <= before).count();
            tail = (head..count).rev().take_while(|index| start(*index) + behind >= old.len()).count();
        }
        let moved = |offset: usize| (offset + new.len()).saturating_sub(old.len());
        let mut sheet = Self { line_end: fresh.line_end, ..Self::default() };
        for index in 0..head {
            sheet.keep(source, part, index, &|offset| offset);
        }
        let is_changed = head + tail < count;
        if is_changed {
            let from = if head == 0 { 0 } else { start(head) };
            let to = if tail == 0 { new.len() } else { moved(start(count - tail)) };
            let is_paragraph = head > 0 && begins_paragraph(source, part, head);
            fresh.rows(from..to.max(from), is_paragraph, tail > 0, &mut sheet.rows);
        }
        let new_rows = sheet.rows.len();
        for index in count - tail..count {
            sheet.keep(source, part, index, &moved);
        }
        if is_changed && head == 0 {
            sheet.keep_document_comments(source, part, new_rows == 0);
        }
        if old != new && !is_changed {
            let from = head.checked_sub(1).and_then(|last| part.sentences.get(last));
            let from = from.map_or(0, |sentence| sentence.place.end().to_usize());
            let spaces = new.get(from..moved(start(head))).unwrap_or_default();
            sheet.space(head, fresh.manner.misc, spaces);
        }
        let behind = part.rows.last().map_or(0, |row| row.line.end);
        sheet.tail = Cow::Borrowed(source.get(behind..).unwrap_or_default());
        (sheet, is_changed)
    }

    /// Says what stands before a sentence, all of which are as they were.
    fn space(&mut self, sentence: usize, column: Option<usize>, spaces: &str) {
        let spaces = misc::spaces(spaces);
        let value = (!spaces.is_empty()).then_some(&*spaces);
        let Some(before) = sentence.checked_sub(1) else {
            self.set_key(0, column, "SpacesBefore", value);
            return;
        };
        // The last token, which may be one of several words.
        let rows = self.rows.iter().enumerate().filter(|(_, row)| row.sentence == before && !row.place.is_empty());
        let last = rows.map(|(index, row)| (row.place.end(), !row.is_node, index)).max();
        let Some((.., row)) = last else { return };
        self.set_key(row, column, "SpacesAfter", value);
        self.set_key(row, column, "SpaceAfter", value.is_none().then_some("No"));
        let is_next = |row: &SheetRow<'_>| row.sentence == sentence;
        if let Some(next) = self.rows.iter().position(is_next) {
            self.set_key(next, column, "SpacesBefore", None);
        }
    }

    pub(super) fn set_key(&mut self, row: usize, column: Option<usize>, key: &str, value: Option<&str>) {
        self.set_cell(row, column, |cell| misc::with(cell, key, value));
    }

    pub(super) fn set_cell(&mut self, row: usize, column: Option<usize>, change: impl FnOnce(&str) -> String) {
        let (Some(row), Some(column)) = (self.rows.get_mut(row), column) else { return };
        let line = row.line.trim_end_matches(['\n', '\r']);
        let end = row.line.get(line.len()..).unwrap_or_default();
        let mut cells: Vec<Cow<'_, str>> = line.split('\t').map(Cow::Borrowed).collect();
        if let Some(cell) = cells.get_mut(column) {
            *cell = Cow::Owned(change(cell));
        }
        row.line = Cow::Owned(cells.join("\t") + end);
    }

    fn keep(&mut self, source: &'o str, part: &Part<'_>, index: usize, moved: &dyn Fn(usize) -> usize) {
        let Some(sentence) = part.sentences.get(index) else { return };
        for row in sentence.rows.clone() {
            let behind = row.checked_sub(1).and_then(|before| part.rows.get(before)).map_or(0, |row| row.line.end);
            let Some(place) = part.rows.get(row) else { continue };
            let range = place.place.to_usize();
            self.rows.push(SheetRow {
                gap: Cow::Borrowed(source.get(behind..place.line.start).unwrap_or_default()),
                line: Cow::Borrowed(source.get(place.line.clone()).unwrap_or_default()),
                old: Some(row),
                is_node: !matches!(place.id, super::manner::RowId::Range(..)),
                place: TextRange::from_usize(moved(range.start), moved(range.end)),
                sentence: index_of_new(&self.rows, part, index),
            });
        }
    }

    /// The comments on the whole document stay if its first sentence did not.
    fn keep_document_comments(&mut self, source: &str, part: &Part<'_>, is_kept_first: bool) {
        let first = part.rows.first().and_then(|row| source.get(..row.line.start)).unwrap_or_default();
        let about_all = |line: &&str| line.starts_with("# newdoc") || line.starts_with("# global.");
        let comments: String = first.split_inclusive('\n').filter(about_all).collect();
        if let Some(row) = self.rows.first_mut() {
            let gap = if is_kept_first { row.gap.trim_start_matches(['\r', '\n']) } else { &row.gap };
            row.gap = Cow::Owned(comments + gap);
        }
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        let mut content = String::new();
        let pieces = self.rows.iter().flat_map(|row| [&*row.gap, &*row.line]).chain([&*self.tail]);
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            if !content.is_empty() && !content.ends_with(['\n', '\r']) {
                content.push_str(self.line_end);
            }
            content.push_str(piece);
        }
        content
    }
}

/// True if a sentence of the original begins a paragraph.
fn begins_paragraph(source: &str, part: &Part<'_>, index: usize) -> bool {
    let Some(sentence) = part.sentences.get(index) else { return false };
    let first = part.rows.get(sentence.rows.start).map_or(sentence.start, |row| row.line.start);
    let comments = source.get(sentence.start..first).unwrap_or_default();
    comments.lines().any(|line| line.starts_with("# newpar"))
}

/// The number of a sentence among those of the sheet: rows of one old sentence belong together.
fn index_of_new(rows: &[SheetRow<'_>], part: &Part<'_>, index: usize) -> usize {
    let Some(last) = rows.last() else { return 0 };
    let is_same = last.old.is_some_and(|old| part.sentences.get(index).is_some_and(|one| one.rows.contains(&old)));
    if is_same { last.sentence } else { last.sentence + 1 }
}

impl Fresh<'_> {
    /// Adds the rows of a stretch of the text, which may begin a paragraph. If a sentence of the original follows, the last
    /// one says what stands between.
    fn rows(&self, stretch: Range<usize>, is_paragraph: bool, is_followed: bool, rows: &mut Vec<SheetRow<'_>>) {
        let text = self.text.get(stretch.clone()).unwrap_or_default();
        let moved = |range: TextRange| {
            let range = range.to_usize();
            TextRange::from_usize(range.start + stretch.start, range.end + stretch.start)
        };
        let tokens: Vec<_> = tokens(text).filter(|token| !token.is_empty()).map(moved).collect();
        let firsts = self.first_tokens(&tokens, sentences(text).map(moved));
        let is_first_of_all = rows.is_empty();
        let sentence = rows.last().map_or(0, |row| row.sentence + 1);
        let between = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        for (number, first) in firsts.iter().enumerate() {
            let end = firsts.get(number + 1).copied().unwrap_or(tokens.len());
            let in_sentence = tokens.get(*first..end).unwrap_or_default();
            let Some(start) = in_sentence.first().map(|token| token.start().to_usize()) else { continue };
            let before = first.checked_sub(1).and_then(|before| tokens.get(before));
            let leading = between(before.map_or(stretch.start, |token| token.end().to_usize()), start);
            let mut gap = String::new();
            if !rows.is_empty() {
                gap.push_str(self.line_end);
            }
            if if number == 0 { is_paragraph } else { leading == "\n\n" } {
                gap += &format!("# newpar{}", self.line_end);
            }
            let id = number + 1 + if is_first_of_all { 0 } else { stretch.start };
            gap += &format!("# sent_id = {}-{id}{}", self.id, self.line_end);
            gap += &format!("# text = {}{}", self.sentence_text(in_sentence), self.line_end);
            for (index, token) in in_sentence.iter().enumerate() {
                let range = token.to_usize();
                let next = tokens.get(first + index + 1).map(|next| next.start().to_usize());
                let spaces = between(range.end, next.unwrap_or(stretch.end));
                let behind = match (next, index + 1 == in_sentence.len()) {
                    (Some(_), false) => Behind::Word,
                    (Some(_), true) => Behind::Sentence,
                    (None, _) if is_followed => Behind::Known,
                    (None, _) => Behind::Nothing,
                };
                let leading = if index == 0 && number == 0 { leading } else { "" };
                rows.push(SheetRow {
                    gap: Cow::Owned(std::mem::take(&mut gap)),
                    line: Cow::Owned(self.row(index + 1, between(range.start, range.end), leading, spaces, behind)),
                    old: None,
                    is_node: true,
                    place: *token,
                    sentence: sentence + number,
                });
            }
        }
    }

    /// The first token of each sentence; a sentence that would end inside a span goes on.
    fn first_tokens(&self, tokens: &[TextRange], sentences: impl Iterator<Item = TextRange>) -> Vec<usize> {
        let mut is_inside = vec![false; tokens.len()];
        for span in self.spans {
            let hull = span.fragments.hull();
            let first = tokens.partition_point(|token| token.end() <= hull.start());
            let end = tokens.partition_point(|token| token.start() < hull.end());
            is_inside.iter_mut().take(end).skip(first + 1).for_each(|inside| *inside = true);
        }
        let mut firsts = vec![0];
        for sentence in sentences {
            let first = tokens.partition_point(|token| token.start() < sentence.start());
            let is_new = firsts.last().is_some_and(|last| *last < first) && first < tokens.len();
            if is_new && !is_inside.get(first).is_some_and(|inside| *inside) {
                firsts.push(first);
            }
        }
        firsts
    }

    fn sentence_text(&self, tokens: &[TextRange]) -> String {
        let mut text = String::new();
        let mut end = None;
        for token in tokens {
            if end.is_some_and(|end| end < token.start()) {
                text.push(' ');
            }
            text.push_str(token.slice(self.text).unwrap_or_default());
            end = Some(token.end());
        }
        text
    }

    fn row(&self, number: usize, form: &str, leading: &str, spaces: &str, behind: Behind) -> String {
        let mut notes = Vec::new();
        let usual = match behind {
            Behind::Word => Some(" "),
            // The next one is called a paragraph.
            Behind::Sentence if spaces == "\n\n" => Some(spaces),
            Behind::Sentence => Some("\n"),
            Behind::Nothing => Some(""),
            Behind::Known => None,
        };
        if spaces.is_empty() && usual != Some("") {
            notes.push("SpaceAfter=No".to_owned());
        } else if usual != Some(spaces) {
            notes.push(format!("SpacesAfter={}", misc::spaces(spaces)));
        }
        if !leading.is_empty() {
            notes.push(format!("SpacesBefore={}", misc::spaces(leading)));
        }
        let notes = if notes.is_empty() { "_".to_owned() } else { notes.join("|") };
        let number = number.to_string();
        let cells = (0..self.manner.columns.len()).map(|column| match column {
            column if column == self.manner.id => &*number,
            column if column == self.manner.form => form,
            column if Some(column) == self.manner.misc => &*notes,
            _ => "_",
        });
        cells.collect::<Vec<_>>().join("\t") + self.line_end
    }
}

/// What follows a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    Word,
    Sentence,
    /// A sentence of the original.
    Known,
    Nothing,
}
