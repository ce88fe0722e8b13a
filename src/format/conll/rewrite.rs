//! The file that an article came from with other tags: everything else in it stays as it is.

use super::{
    Flavor,
    dialect::{Dialect, cells},
    place::{Known, SubToken, Tokens, place, tags_of},
    read::RowPlace,
    tags::{Scheme, chunks},
    write::{push_row, token_form},
};
use crate::{
    format::{Exported, Loss, loss::LossLog},
    text::{TextRange, segment::tokens},
};
use std::{borrow::Cow, collections::BTreeSet, ops::Range};

/// The part of a file that an article was read from.
pub(super) struct Original<'o> {
    /// The lines, decoded.
    pub text: &'o str,
    pub line_end: &'static str,
    /// The text of the article as it was read.
    pub article: &'o str,
    pub rows: &'o [RowPlace],
    pub dialect: &'o Dialect,
    pub scheme: Scheme,
    /// True if all tags are to be written in another scheme.
    pub is_converted: bool,
}

/// A row of the new file.
#[derive(Clone, Copy, Debug)]
struct NewRow {
    /// The row of the original that it was.
    old: Option<usize>,
    /// The token in the text as it is now.
    place: TextRange,
    sentence: usize,
    has_new_token: bool,
}

/// The lines of the original with the tags that the spans have now.
pub(super) fn rewrite(
    flavor: Flavor,
    original: &Original<'_>,
    exported: Exported<'_>,
    sub_token: SubToken,
    losses: &mut Vec<Loss>,
) -> String {
    let mut log = LossLog::new(exported, losses);
    let rows = match exported.text.as_str() == original.article {
        true => kept_rows(original),
        false => {
            log.text("white space and line breaks that were changed", "only tokens are written");
            aligned_rows(original, exported.text.as_str())
        }
    };
    let places: Vec<_> = rows.iter().map(|row| row.place).collect();
    let sentences: Vec<_> = rows.iter().map(|row| row.sentence).collect();
    let dialect = original.dialect;
    let levels = dialect.tags.len();

    // The cells as they were, in the order of the new rows.
    let old: Vec<Vec<Option<&str>>> =
        (0..levels).map(|level| rows.iter().map(|row| original.tag(row.old?, level)).collect()).collect();
    let mut known = Known::new();
    for range in sentence_ranges(&sentences) {
        for (level, column) in old.iter().enumerate() {
            for (first, end, label) in chunks_in(dialect, column.get(range.clone()).unwrap_or_default()) {
                known.entry((range.start + first, range.start + end, label.to_owned())).or_default().push(level);
            }
        }
    }
    let all = Tokens { places: &places, sentences: Some(&sentences) };
    let placed = place(exported, all, levels, sub_token, known, &mut log);
    let written: BTreeSet<_> = placed.iter().map(|placed| placed.span.id).collect();
    log.details(&flavor.format().info().holds, |id| written.contains(&id));
    let new = tags_of(&placed, levels, rows.len(), original.scheme);

    let mut content = String::with_capacity(original.text.len() + 64);
    let mut written_rows = Lines { content: &mut content, original };
    for range in sentence_ranges(&sentences) {
        let stays: Vec<bool> = (0..levels)
            .map(|level| {
                let old = old.get(level).and_then(|column| column.get(range.clone())).unwrap_or_default();
                let new = new.get(level).and_then(|column| column.get(range.clone())).unwrap_or_default();
                let new: Vec<Option<&str>> = new.iter().map(|tag| Some(&**tag)).collect();
                let is_whole = old.iter().all(Option::is_some);
                is_whole && !original.is_converted && chunks_in(dialect, old) == chunks_in(dialect, &new)
            })
            .collect();
        let in_sentence = rows.get(range.clone()).unwrap_or_default();
        let is_recounted = dialect.index.is_some() && !is_untouched(in_sentence, original);
        for (number, (row, index)) in in_sentence.iter().zip(range.clone()).enumerate() {
            let tags: Vec<Cow<'_, str>> = (0..levels)
                .map(|level| {
                    let cell = old.get(level).and_then(|column| *column.get(index)?);
                    let tag = new.get(level).and_then(|column| column.get(index)).map_or("O", |tag| &**tag);
                    match cell {
                        Some(cell) if stays.get(level) == Some(&true) => Cow::Borrowed(cell),
                        Some("_") if tag == "O" => Cow::Borrowed("_"),
                        _ => Cow::Owned(tag.to_owned()),
                    }
                })
                .collect();
            let tags: Vec<&str> = tags.iter().map(|tag| &**tag).collect();
            let token = token_form(row.place.slice(exported.text.as_str()).unwrap_or_default());
            written_rows.row(row, number, is_recounted, &token, &tags);
        }
    }
    written_rows.tail();
    content
}

impl<'o> Original<'o> {
    fn line(&self, row: usize) -> &'o str {
        self.rows.get(row).and_then(|row| self.text.get(row.line.clone())).unwrap_or_default()
    }

    fn tag(&self, row: usize, level: usize) -> Option<&'o str> {
        let line = self.line(row).trim_end_matches(['\n', '\r']);
        let column = *self.dialect.tags.get(level)?;
        let range = cells(line, self.dialect.by_tab).get(column)?.clone();
        line.get(range).map(|cell| cell.trim_matches(' '))
    }

    /// What stands between a row and the one before it.
    fn gap(&self, row: usize) -> &'o str {
        let start = row.checked_sub(1).and_then(|before| self.rows.get(before)).map_or(0, |before| before.line.end);
        self.rows.get(row).and_then(|row| self.text.get(start..row.line.start)).unwrap_or_default()
    }
}

fn chunks_in<'t>(dialect: &Dialect, cells: &[Option<&'t str>]) -> Vec<(usize, usize, &'t str)> {
    let tags: Vec<_> = cells.iter().map(|cell| cell.and_then(|cell| dialect.tag(cell))).collect();
    chunks(&tags)
}

/// The rows of each sentence.
fn sentence_ranges(sentences: &[usize]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    sentences.chunk_by(|one, other| one == other).map(move |sentence| {
        let range = start..start + sentence.len();
        start = range.end;
        range
    })
}

/// True if these are all rows of a sentence of the original, in order.
fn is_untouched(rows: &[NewRow], original: &Original<'_>) -> bool {
    let sentence = |row: &NewRow| Some(original.rows.get(row.old?)?.sentence);
    let first = rows.first().and_then(sentence);
    let follows = rows.windows(2).all(|pair| match pair {
        [one, other] => one.old.zip(other.old).is_some_and(|(one, other)| one + 1 == other),
        _ => true,
    });
    let edge = |row: Option<usize>| row.and_then(|row| original.rows.get(row)).map(|row| row.sentence);
    let before = rows.first().and_then(|row| edge(row.old?.checked_sub(1)));
    let behind = rows.last().and_then(|row| edge(row.old?.checked_add(1)));
    first.is_some() && follows && before != first && behind != first
}

fn kept_rows(original: &Original<'_>) -> Vec<NewRow> {
    let row = |(index, row): (usize, &RowPlace)| NewRow {
        old: Some(index),
        place: row.place,
        sentence: row.sentence,
        has_new_token: false,
    };
    original.rows.iter().enumerate().map(row).collect()
}

/// The rows for a text that was edited: lines that are as they were keep their rows; in a line that was changed the
/// tokens before and behind the change do.
fn aligned_rows(original: &Original<'_>, text: &str) -> Vec<NewRow> {
    let sentences: Vec<_> = original.rows.iter().map(|row| row.sentence).collect();
    let old: Vec<Range<usize>> = sentence_ranges(&sentences).collect();
    let old_line = |range: &Range<usize>| {
        let first = original.rows.get(range.start)?.place;
        let last = original.rows.get(range.end.checked_sub(1)?)?.place;
        first.cover(last).slice(original.article)
    };
    let mut new = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        if !line.trim().is_empty() {
            new.push(start..start + line.len());
        }
        start += line.len() + 1;
    }
    let same = |(old, new): &(&Range<usize>, &Range<usize>)| old_line(old) == text.get((*new).clone());
    let head = old.iter().zip(&new).take_while(same).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
    let is_paired = old.len() == new.len();
    let mut rows = Vec::new();
    for (sentence, line) in new.iter().enumerate() {
        let is_head = sentence < head;
        let is_tail = sentence + tail >= new.len();
        let before = match (is_head || is_paired, is_tail) {
            (true, _) => old.get(sentence),
            (false, true) => (old.len() + sentence).checked_sub(new.len()).and_then(|index| old.get(index)),
            (false, false) => None,
        };
        let before = before.cloned().unwrap_or(0..0);
        line_rows(original, before, text, line.clone(), sentence, &mut rows);
    }
    rows
}

/// The rows of one line of the text, which was a sentence of the original, or none if that is empty.
fn line_rows(
    original: &Original<'_>,
    old: Range<usize>,
    text: &str,
    line: Range<usize>,
    sentence: usize,
    rows: &mut Vec<NewRow>,
) {
    let token =
        |row: usize| original.rows.get(row).and_then(|row| row.place.slice(original.article)).unwrap_or_default();
    let (mut start, mut end) = (line.start, line.end);
    let mut head = Vec::new();
    for row in old.clone() {
        let rest = text.get(start..end).unwrap_or_default();
        let Some(behind) = rest.strip_prefix(token(row)) else { break };
        if !behind.is_empty() && !behind.starts_with(' ') {
            break;
        }
        head.push((row, TextRange::from_usize(start, end - behind.len())));
        start = end - behind.strip_prefix(' ').unwrap_or(behind).len();
    }
    let mut tail = Vec::new();
    for row in (old.start + head.len()..old.end).rev() {
        let rest = text.get(start..end).unwrap_or_default();
        let Some(before) = rest.strip_suffix(token(row)) else { break };
        if !before.is_empty() && !before.ends_with(' ') {
            break;
        }
        tail.push((row, TextRange::from_usize(start + before.len(), end)));
        end = start + before.strip_suffix(' ').unwrap_or(before).len();
    }
    let kept = |(row, place): (usize, TextRange)| NewRow { old: Some(row), place, sentence, has_new_token: false };
    let open = old.start + head.len()..old.end - tail.len();
    rows.extend(head.into_iter().map(kept));
    let middle = text.get(start..end).unwrap_or_default();
    let mut words = Vec::new();
    for word in middle.split([' ', '\r', '\t']).filter(|word| !word.is_empty()) {
        let at = word.as_ptr() as usize - middle.as_ptr() as usize;
        words.push(TextRange::from_usize(start + at, start + at + word.len()));
    }
    if words.len() == open.len() {
        let changed = |(row, place)| NewRow { old: Some(row), place, sentence, has_new_token: true };
        rows.extend(open.zip(words).map(changed));
    } else {
        for token in tokens(middle).filter(|token| !token.is_empty()) {
            let range = token.to_usize();
            let place = TextRange::from_usize(start + range.start, start + range.end);
            rows.push(NewRow { old: None, place, sentence, has_new_token: true });
        }
    }
    rows.extend(tail.into_iter().rev().map(kept));
}

/// Puts rows behind each other with what stood between them.
struct Lines<'l, 'o> {
    content: &'l mut String,
    original: &'l Original<'o>,
}

impl Lines<'_, '_> {
    fn row(&mut self, new: &NewRow, number: usize, is_recounted: bool, token: &str, tags: &[&str]) {
        self.end_line();
        let is_first = number == 0;
        match new.old {
            Some(old) => {
                // A sentence keeps what stood before it, also if its first row is gone.
                let sentence = self.original.rows.get(old).map(|row| row.sentence);
                let first =
                    (0..=old).rev().take_while(|row| self.original.rows.get(*row).map(|row| row.sentence) == sentence);
                let lead = if is_first { first.last().unwrap_or(old) } else { old };
                let gap = self.original.gap(lead);
                // A row that came before it is of the same sentence now.
                let stays = |line: &&str| is_first || !line.trim().is_empty();
                gap.split_inclusive('\n').filter(stays).for_each(|line| self.content.push_str(line));
            }
            None if is_first && !self.content.is_empty() => self.content.push_str(self.original.line_end),
            None => {}
        }
        let dialect = self.original.dialect;
        let Some(old) = new.old else {
            push_row(self.content, dialect, number + 1, token, |level| tags.get(level).copied());
            self.content.push_str(self.original.line_end);
            return;
        };
        let line = self.original.line(old);
        let bare = line.trim_end_matches(['\n', '\r']);
        let index = (number + 1).to_string();
        let mut changes: Vec<(usize, &str)> = dialect.tags.iter().copied().zip(tags.iter().copied()).collect();
        changes.extend(dialect.index.filter(|_| is_recounted).map(|column| (column, &*index)));
        if new.has_new_token {
            changes.push((dialect.token, token));
        }
        changes.sort_unstable();
        let places = cells(bare, dialect.by_tab);
        let mut from = 0;
        for (column, value) in changes {
            let Some(place) = places.get(column) else { continue };
            let cell = bare.get(place.clone()).unwrap_or_default();
            if cell.trim_matches(' ') != value {
                self.content.push_str(bare.get(from..place.start).unwrap_or_default());
                self.content.push_str(value);
                from = place.end;
            }
        }
        self.content.push_str(line.get(from..).unwrap_or_default());
    }

    /// What stands behind the last row.
    fn tail(&mut self) {
        let start = self.original.rows.last().map_or(0, |row| row.line.end);
        let tail = self.original.text.get(start..).unwrap_or_default();
        if !tail.is_empty() {
            self.end_line();
            self.content.push_str(tail);
        }
    }

    fn end_line(&mut self) {
        if !self.content.is_empty() && !self.content.ends_with('\n') && !self.content.ends_with('\r') {
            self.content.push_str(self.original.line_end);
        }
    }
}
