//! Sentences, with the rules of German news text.
//!
//! Whether a sentence ends at a place is decided from a few hundred bytes around it, so that looking from one offset and
//! walking through the whole text find the same sentences. After 32 KiB without an end a sentence is cut at the next
//! multiple of 32 KiB, behind white space if there is some close by.

use super::{
    super::{ByteOffset, TextRange},
    grapheme::is_edge,
    scan::{byte_at, char_at, char_before, is_space, skip_spaces, skip_spaces_back, space_at},
    token::{is_joining, stretch_end, stretch_start, token_at},
    word::{
        Abbreviation, abbreviation, begins_sentence, follows_ordinal, is_month, is_roman, is_short_month,
        precedes_number, precedes_ordinal,
    },
};

/// Longest sentence in bytes, about.
const STEP: usize = 32 * 1024;

/// All sentences in order, without the white space around them. They cover everything else.
///
/// Blank lines end a sentence, and line breaks that no line wrapping explains (behind headings, before list items). Sentences
/// glued together come apart. The dots of abbreviations, ordinals and dates end none. Closing quotes and brackets belong to the
/// sentence that they end.
pub fn sentences(text: &str) -> impl Iterator<Item = TextRange> + '_ {
    Sentences { text, next: 0 }
}

/// The sentence that holds `offset`; in white space the one before, or else the next; an empty range if there is none.
pub fn sentence_at(text: &str, offset: ByteOffset) -> TextRange {
    let offset = text.floor_char_boundary(offset.to_usize());
    let outside = offset == text.len() || space_at(text, offset) > 0;
    let offset = match skip_spaces_back(text, offset).checked_sub(1) {
        Some(before) if outside => text.floor_char_boundary(before),
        _ => offset,
    };
    let mut found = None;
    for sentence in (Sentences { text, next: start_before(text, offset) }) {
        if found.is_some() && sentence.start().to_usize() > offset {
            break;
        }
        found = Some(sentence);
        if sentence.end().to_usize() > offset {
            break;
        }
    }
    found.unwrap_or(TextRange::from_usize(offset, offset))
}

struct Sentences<'a> {
    text: &'a str,
    next: usize,
}

impl Iterator for Sentences<'_> {
    type Item = TextRange;

    fn next(&mut self) -> Option<TextRange> {
        let start = skip_spaces(self.text, self.next);
        if start >= self.text.len() {
            return None;
        }
        let (mut line, mut cut) = (start + STEP, self.text.len());
        loop {
            line = line.div_ceil(STEP) * STEP;
            if line >= self.text.len() {
                break;
            }
            cut = cut_near(self.text, line);
            if cut > start {
                break;
            }
            (line, cut) = (line + STEP, self.text.len());
        }
        let found = next_break(self.text, start, line.min(self.text.len())).filter(|found| found.next <= line);
        let (end, next) = found.map_or((cut, cut), |found| (found.end, found.next));
        self.next = next;
        Some(TextRange::from_usize(start, skip_spaces_back(self.text, end).max(start)))
    }
}

/// A place where a sentence starts or the text was cut, at or before `offset`.
fn start_before(text: &str, offset: usize) -> usize {
    let line = offset / STEP * STEP;
    let after = line.saturating_sub(STEP);
    let bytes = text.as_bytes();
    let mut index = offset;
    while index > after {
        index -= 1;
        if !bytes.get(index).is_some_and(|byte| is_candidate(*byte)) {
            continue;
        }
        if let Some(mark) = mark_at(text, index) {
            if let Some(found) = mark.decide(text)
                && found.next <= offset
                && found.next > after
            {
                return found.next;
            }
            index = index.min(mark.start);
        }
    }
    if line == 0 { 0 } else { cut_near(text, line) }
}

fn cut_near(text: &str, line: usize) -> usize {
    let line = text.floor_char_boundary(line);
    let near = text.floor_char_boundary(line.saturating_sub(256));
    let space = text.get(near..line).and_then(|before| before.char_indices().rfind(|(_, char)| is_space(*char)));
    match space {
        Some((index, char)) => near + index + char.len_utf8(),
        None => token_at(text, ByteOffset::from_usize(line))
            .filter(|token| token.end().to_usize() > line)
            .map_or(line, |token| token.start().to_usize()),
    }
}

/// A sentence ends at `end`, the next one starts at `next`.
#[derive(Clone, Copy, Debug)]
struct Break {
    end: usize,
    next: usize,
}

fn next_break(text: &str, start: usize, limit: usize) -> Option<Break> {
    let bytes = text.as_bytes();
    let mut index = start;
    while index < limit {
        index += bytes.get(index..limit)?.iter().position(|byte| is_candidate(*byte))?;
        match mark_at(text, index) {
            Some(mark) => {
                if let Some(found) = mark.decide(text) {
                    return Some(found);
                }
                index = mark.end.max(index + 1);
            }
            None => index += 1,
        }
    }
    None
}

/// First bytes of marks that can end a sentence.
#[expect(clippy::indexing_slicing, reason = "the compiler has seen that it fits")]
const CANDIDATES: [bool; 256] = {
    let mut table = [false; 256];
    let mut index = 0;
    while index < 256 {
        table[index] =
            matches!(index, 0x0A | 0x0C | 0x0D | 0x21 | 0x2E | 0x3F | 0xD8 | 0xDB | 0xE0 | 0xE2 | 0xE3 | 0xEF);
        index += 1;
    }
    table
};

fn is_candidate(byte: u8) -> bool {
    CANDIDATES.get(usize::from(byte)).copied().unwrap_or(false)
}

/// A run of marks that may end a sentence, or white space with line breaks.
struct Mark {
    start: usize,
    end: usize,
    is_line_break: bool,
}

fn is_terminator(char: char) -> bool {
    matches!(char, '.' | '!' | '?' | '…' | '‼') || is_foreign_terminator(char)
}

/// Marks that end a sentence wherever they stand.
fn is_foreign_terminator(char: char) -> bool {
    matches!(char, '。' | '！' | '？' | '؟' | '۔' | '।' | '॥')
}

fn is_line_break(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\u{C}' | '\u{2028}' | '\u{2029}')
}

/// The whole run that the mark at `index` belongs to.
fn mark_at(text: &str, index: usize) -> Option<Mark> {
    let char = char_at(text, index)?;
    if is_line_break(char) {
        let (start, end) = (skip_spaces_back(text, index), skip_spaces(text, index));
        return (end > index).then_some(Mark { start, end, is_line_break: true });
    }
    if !is_terminator(char) {
        return None;
    }
    let (mut start, mut end) = (index, index + char.len_utf8());
    while let Some(char) = char_before(text, start).filter(|char| is_terminator(*char)) {
        start -= char.len_utf8();
    }
    while let Some(char) = char_at(text, end).filter(|char| is_terminator(*char)) {
        end += char.len_utf8();
    }
    Some(Mark { start, end, is_line_break: false })
}

impl Mark {
    fn decide(&self, text: &str) -> Option<Break> {
        if self.is_line_break {
            return line_ends(text, self.start, self.end).then_some(Break { end: self.start, next: self.end });
        }
        let end = closed(text, self.end);
        let next = skip_spaces(text, end);
        if next >= text.len() {
            return Some(Break { end, next });
        }
        let run = text.get(self.start..self.end)?;
        if !is_edge(text, end) || (next == end && char_before(text, end) == char_at(text, end)) {
            return None;
        }
        let ends = run.chars().any(is_foreign_terminator) || Follower::new(text, end, next)?.ends(text, self, end, run);
        let ends = ends && !(next == end && is_inside_address(text, end));
        ends.then_some(Break { end, next })
    }
}

/// The end of the quotes and brackets that close behind a mark.
fn closed(text: &str, mut index: usize) -> usize {
    for _ in 0..8 {
        let Some(char) = char_at(text, index) else { break };
        let next = index + char.len_utf8();
        let closes = match char {
            '“' | '”' | '»' | '«' | '›' | '‹' | ')' | ']' | '}' => true,
            '"' => true,
            '‘' | '’' | '\'' => !char_at(text, next).is_some_and(char::is_alphanumeric),
            // Emphasis marks of Markdown.
            '*' | '_' => {
                !char_at(text, next).is_some_and(|char| char.is_alphanumeric() && byte_at(text, index - 1) != b'*')
            }
            _ => false,
        };
        if !closes {
            break;
        }
        index = next;
    }
    index
}

/// What stands behind a mark.
struct Follower<'a> {
    /// True if no white space comes before.
    glued: bool,
    first: char,
    /// The word that `first` begins; empty if it is no letter.
    word: &'a str,
}

impl<'a> Follower<'a> {
    /// `None` if what follows can not begin a sentence.
    fn new(text: &'a str, end: usize, next: usize) -> Option<Self> {
        let glued = next == end;
        let mut index = next;
        // Opening quotes and dashes before the first word.
        for _ in 0..6 {
            let char = char_at(text, index)?;
            let opens = matches!(
                char,
                '„' | '“' | '"' | '\'' | '‚' | '‘' | '»' | '«' | '›' | '‹' | '(' | '[' | '{' | '¿' | '¡'
            );
            let leads = !glued && matches!(char, '–' | '—' | '-' | '*' | '_' | '#' | '>' | '•');
            if !opens && !leads {
                break;
            }
            index = skip_spaces(text, index + char.len_utf8());
        }
        let first = char_at(text, index)?;
        let blocked = matches!(first, ',' | ';' | ':' | ')' | ']' | '}' | '/' | '%' | '=')
            || (first.is_lowercase() && (glued || !is_address(text, index)));
        let word = letters_from(text, index);
        (!blocked && (!glued || first.is_uppercase())).then_some(Self { glued, first, word })
    }

    /// True if the marks of `run` end a sentence before this.
    fn ends(&self, text: &str, mark: &Mark, end: usize, run: &str) -> bool {
        let single = run == ".";
        if single && end == mark.end {
            self.ends_at_dot(text, mark.start)
        } else if run.contains(['!', '?', '‼']) || (single && end > mark.end) {
            true
        } else {
            // Dots that stand apart mark an omission.
            let apart = char_before(text, mark.start).is_none_or(|char| is_space(char) || matches!(char, '[' | '('));
            !apart || (begins_sentence(self.word) && end == mark.end)
        }
    }

    fn ends_at_dot(&self, text: &str, dot: usize) -> bool {
        match char_before(text, dot) {
            Some(char) if char.is_ascii_digit() => self.ends_at_number(text, dot),
            Some(char) if is_letter(char) => self.ends_at_word(text, dot),
            Some('\u{AD}' | '\u{2060}') => true,
            Some(_) | None => !self.glued || dot > 0,
        }
    }

    fn ends_at_number(&self, text: &str, dot: usize) -> bool {
        let digits =
            text.get(..dot).map_or(0, |before| before.bytes().rev().take(5).take_while(u8::is_ascii_digit).count());
        let start = dot - digits;
        let short = digits < 4;
        if short && (is_month(self.word) || follows_ordinal(self.word)) {
            return false;
        }
        let before = char_before(text, start);
        let compound = matches!(before, Some('.' | ',' | ':' | '/' | '-'))
            && char_before(text, start.saturating_sub(1)).is_some_and(|char| char.is_ascii_digit());
        if compound && before == Some('.') && short && !self.glued {
            // A date without its year.
            return begins_sentence(self.word);
        }
        if compound || !short || before.is_some_and(char::is_alphanumeric) {
            return true;
        }
        if self.glued {
            return self.word.len() > 1;
        }
        let numbered = skip_blanks_back(text, start);
        if char_before(text, numbered).is_none_or(is_line_break) {
            return false;
        }
        if begins_sentence(self.word) {
            return true;
        }
        let day = self.first.is_ascii_digit() && char_before(text, numbered) == Some('.');
        !day && !precedes_ordinal(letters_before(text, numbered)) && !is_short_month(self.word)
    }

    fn ends_at_word(&self, text: &str, dot: usize) -> bool {
        let word = letters_before(text, dot);
        let starter = begins_sentence(self.word);
        if word.chars().nth(1).is_none() {
            return self.ends_at_initial(text, dot - word.len(), word, starter);
        }
        match abbreviation(word) {
            Some(Abbreviation::Leading) => return false,
            Some(Abbreviation::Trailing) => return starter,
            None => {}
        }
        if self.first.is_ascii_digit() && precedes_number(word) {
            return false;
        }
        if is_roman(word) {
            return starter && !self.glued;
        }
        if is_short_month(word) {
            let before = skip_blanks_back(text, dot - word.len());
            let dated = matches!(char_before(text, before), Some('.' | '0'..='9'));
            return if dated { starter } else { !self.first.is_ascii_digit() };
        }
        !self.glued || self.word.chars().nth(1).is_some()
    }

    /// The dot behind a single letter at `start`.
    fn ends_at_initial(&self, text: &str, start: usize, letter: &str, starter: bool) -> bool {
        if self.glued || letter.chars().all(char::is_lowercase) {
            return false;
        }
        // `z. B. Die`: the letter goes on with an abbreviation in small letters.
        let before = skip_blanks_back(text, start);
        let first = char_before(text, before).filter(|char| *char == '.').map(|_| letters_before(text, before - 1));
        // Of these, `e. V.` and `a. D.` close a sentence as well as not.
        let goes_on = first.is_some_and(|first| {
            first.chars().count() == 1
                && first.chars().all(char::is_lowercase)
                && !matches!((first, letter), ("e", "V") | ("a", "D"))
        });
        starter && !goes_on
    }
}

/// True if a page address starts at `index`.
fn is_address(text: &str, index: usize) -> bool {
    byte_at(text, index).is_ascii_lowercase()
        && token_at(text, ByteOffset::from_usize(index))
            .and_then(|token| token.slice(text))
            .is_some_and(|token| token.contains('/') || token.starts_with("www."))
}

/// True if a token with inner marks, such as a page address, goes on over `index`.
fn is_inside_address(text: &str, index: usize) -> bool {
    let start = stretch_start(text, index);
    let Some(stretch) = text.get(start..stretch_end(text, start)) else { return false };
    // Marks that cling to letters can hide a dotted abbreviation from the rules above.
    let odd = |char: char| char > '\u{24F}' && !matches!(char, '\u{2010}'..='\u{205E}');
    let before = text.get(..index).unwrap_or_default();
    let address = before.chars().rev().take(8).any(odd)
        || stretch.as_bytes().contains(&b'/')
        || stretch.as_bytes().contains(&b'@')
        || stretch.contains("www")
        || stretch.contains("WWW");
    address
        && token_at(text, ByteOffset::from_usize(index))
            .is_some_and(|token| token.start().to_usize() < index && index < token.end().to_usize())
}

/// True if the line break in the white space `start..end` ends a sentence although no mark says so.
fn line_ends(text: &str, start: usize, end: usize) -> bool {
    let Some(space) = text.get(start..end) else { return false };
    let breaks = space.replace("\r\n", "\n");
    if start == 0
        || end >= text.len()
        || space.contains(['\u{2029}', '\u{C}'])
        || breaks.chars().filter(|char| is_line_break(*char)).count() > 1
    {
        return true;
    }
    let Some(first) = char_at(text, end) else { return true };
    let bullet = matches!(first, '-' | '*' | '•' | '#' | '>') && byte_at(text, end + first.len_utf8()) == b' ';
    let heading = |line: &str| line.starts_with('#');
    let before = text.get(text.floor_char_boundary(start.saturating_sub(LINE))..start).unwrap_or_default();
    let before = before.rsplit(is_line_break).next().unwrap_or_default().trim_start();
    if bullet || heading(before) {
        return true;
    }
    // What stands behind a full stop was decided there.
    if first.is_lowercase() || before.ends_with(['.', ',', '-', '–', '/', '\u{AD}', '(', '„']) {
        return false;
    }
    let after = text.get(end..text.floor_char_boundary(end + LINE)).unwrap_or_default();
    let after = after.split(is_line_break).next().unwrap_or_default();
    let word = after.split(is_space).next().unwrap_or_default();
    let (before, after, word) = (before.chars().count(), after.chars().count(), word.chars().count());
    // Nobody wraps lines so long or so short; in between, a wrapped line has no room for the next word.
    !(30..=160).contains(&before) || (before + 1 + word) * 5 < after * 4
}

/// Bytes of a line that are looked at.
const LINE: usize = 640;

fn skip_blanks_back(text: &str, index: usize) -> usize {
    let before = text.get(..index).unwrap_or_default();
    index
        - before
            .chars()
            .rev()
            .take(8)
            .take_while(|char| is_space(*char) && !is_line_break(*char))
            .map(char::len_utf8)
            .sum::<usize>()
}

/// Letters that make up words as tokens know them.
fn is_letter(char: char) -> bool {
    char.is_alphabetic() && is_joining(char)
}

/// The letters that end at `index`, at most 24.
fn letters_before(text: &str, index: usize) -> &str {
    let before = text.get(..index).unwrap_or_default();
    let length: usize = before.chars().rev().take(24).take_while(|char| is_letter(*char)).map(char::len_utf8).sum();
    before.get(before.len() - length..).unwrap_or_default()
}

/// The letters that start at `index`, at most 32.
fn letters_from(text: &str, index: usize) -> &str {
    let rest = text.get(index..).unwrap_or_default();
    let length: usize = rest.chars().take(32).take_while(|char| is_letter(*char)).map(char::len_utf8).sum();
    rest.get(..length).unwrap_or_default()
}

#[cfg(test)]
#[path = "sentence_tests.rs"]
mod tests;
