//! Tokens: the words, numbers and marks that spans begin and end with.
//!
//! A stretch without white space is cut into tokens by itself, so that every question is answered from that stretch alone.
//! Stretches longer than 2 KiB are also cut at multiples of 2 KiB: a word or address that long comes in pieces.

use super::{
    super::{ByteOffset, TextRange},
    grapheme::{floor_edge, is_edge, next_edge},
    scan::{byte_at, char_at, next_space, previous_space_end, skip_spaces, skip_spaces_back, space_at},
    word::{abbreviation, is_domain, is_second_piece},
};
use unicode_segmentation::UnicodeSegmentation;

/// Longest look-around in bytes: a stretch that passes a multiple of this after that many bytes is cut there.
const STEP: usize = 2048;

/// All tokens in order. They cover everything but white space.
///
/// - Compounds joined by hyphens are one (`Kursk-Region`, `30-tägige`), so are words with an apostrophe (`geht's`), numbers
///   with separators (`12.000`, `20:30`), dotted and other unmistakable abbreviations with their dot (`z.B.`, `Mio.`),
///   `@handles`, `#hashtags`, addresses of pages and people. A hyphen at the edge of a word is a token of its own.
/// - Marks are tokens, a run of the same mark is one (`...`, `**`). Emoji are tokens.
/// - Sentences glued together come apart (`statt.Während`).
/// - Scripts without spaces follow UAX 29.
pub fn tokens(text: &str) -> impl Iterator<Item = TextRange> + '_ {
    Tokens { text, next: 0, stretch_end: 0 }
}

/// The token that holds `offset`, or else the one that ends there; `None` in white space.
pub fn token_at(text: &str, offset: ByteOffset) -> Option<TextRange> {
    let index = text.floor_char_boundary(offset.to_usize());
    let outside = index == text.len() || space_at(text, index) > 0;
    let inside = if outside { text.floor_char_boundary(index.saturating_sub(1)) } else { index };
    let offset = ByteOffset::from_usize(index);
    let mut ending = None;
    for token in tokens_around(text, inside) {
        if token.start() > offset {
            break;
        }
        if token.contains_offset(offset) {
            return Some(token);
        }
        ending = (token.end() == offset).then_some(token);
    }
    ending
}

/// The end of the token that holds `offset`, or of the next one; the end of the text if there is none.
pub fn next_token_end(text: &str, offset: ByteOffset) -> ByteOffset {
    let offset = text.floor_char_boundary(offset.to_usize());
    token_from(text, offset).map_or(ByteOffset::from_usize(text.len()), TextRange::end)
}

/// The start of the last token that starts before `offset`; 0 if there is none.
pub fn previous_token_start(text: &str, offset: ByteOffset) -> ByteOffset {
    let offset = text.floor_char_boundary(offset.to_usize());
    token_before(text, offset).map_or(ByteOffset(0), TextRange::start)
}

/// The range on token edges: an edge inside a token moves outward, one in white space inward. A range without any token
/// becomes empty, an empty one stays so.
pub fn snap_to_tokens(text: &str, range: TextRange) -> TextRange {
    let start = text.floor_char_boundary(range.start().to_usize());
    let end = text.floor_char_boundary(range.end().to_usize());
    if start < end
        && let (Some(first), Some(last)) = (token_from(text, start), token_before(text, end))
        && first.start() < last.end()
    {
        return TextRange::new(first.start(), last.end());
    }
    let start = floor_edge(text, start);
    TextRange::from_usize(start, start)
}

/// The first token that ends after `offset`.
fn token_from(text: &str, offset: usize) -> Option<TextRange> {
    tokens_around(text, offset).find(|token| token.end().to_usize() > offset)
}

/// The last token that starts before `offset`.
fn token_before(text: &str, offset: usize) -> Option<TextRange> {
    let end = skip_spaces_back(text, offset);
    let inside = text.floor_char_boundary(end.checked_sub(1)?);
    tokens_around(text, inside).take_while(|token| token.start().to_usize() < offset).last()
}

/// Tokens from the start of the stretch that holds `offset` or ends there. The first ones may lie before it.
fn tokens_around(text: &str, offset: usize) -> Tokens<'_> {
    let next = stretch_start(text, offset);
    Tokens { text, next, stretch_end: next }
}

/// The start of the stretch that holds `offset`, a code point boundary, or ends there.
pub(super) fn stretch_start(text: &str, offset: usize) -> usize {
    let line = offset / STEP * STEP;
    match previous_space_end(text, offset, line.saturating_sub(STEP)) {
        Some(start) => start,
        None if line == 0 => 0,
        // Without white space in the step before it, the grid line is a cut.
        None => cut_near(text, line),
    }
}

/// The end of the stretch that starts at `start`.
pub(super) fn stretch_end(text: &str, start: usize) -> usize {
    let mut line = (start + STEP).div_ceil(STEP) * STEP;
    loop {
        if line >= text.len() {
            return next_space(text, start, text.len());
        }
        let cut = cut_near(text, line);
        if cut > start {
            return next_space(text, start, cut);
        }
        line += STEP;
    }
}

fn cut_near(text: &str, line: usize) -> usize {
    floor_edge(text, text.floor_char_boundary(line))
}

struct Tokens<'a> {
    text: &'a str,
    next: usize,
    stretch_end: usize,
}

impl Iterator for Tokens<'_> {
    type Item = TextRange;

    fn next(&mut self) -> Option<TextRange> {
        if self.next >= self.stretch_end {
            self.next = skip_spaces(self.text, self.next);
            if self.next >= self.text.len() {
                return None;
            }
            self.stretch_end = stretch_end(self.text, self.next);
        }
        let start = self.next;
        let end = token_end(self.text, start, self.stretch_end).min(self.stretch_end);
        // A step of at least one character, whatever happens.
        self.next = if end > start { end } else { next_edge(self.text, start) };
        Some(TextRange::from_usize(start, self.next))
    }
}

/// The end of the token that starts at `start`; its stretch ends at `limit`.
fn token_end(text: &str, start: usize, limit: usize) -> usize {
    if let Some(end) = address_end(text, start, limit) {
        return end;
    }
    let word = word_end(text, start, limit);
    if word > start {
        return compound_end(text, start, word, limit);
    }
    let first = byte_at(text, start);
    if matches!(first, b'@' | b'#')
        && (is_name_byte(byte_at(text, start + 1)) || word_end(text, start + 1, limit) > start + 1)
    {
        let end = name_end(text, start + 1, limit);
        let host = (byte_at(text, end) == b'@').then(|| host_end(text, end + 1, limit)).flatten();
        return host.unwrap_or(end);
    }
    let end = mark_end(text, start, limit);
    if is_edge(text, end) { end } else { next_edge(text, end) }
}

/// The end of the run of letters, digits and all that clings to them, from `start`; `start` itself if there is none.
fn word_end(text: &str, start: usize, limit: usize) -> usize {
    let bytes = text.as_bytes().get(..limit).unwrap_or_default();
    let mut end = start;
    while let Some(&byte) = bytes.get(end) {
        if byte.is_ascii_alphanumeric() {
            end += 1;
        } else if byte < 0x80 {
            break;
        } else if (0xC3..=0xC8).contains(&byte) && !(byte == 0xC3 && matches!(bytes.get(end + 1), Some(0x97 | 0xB7))) {
            // Latin letters up to U+023F, without × and ÷.
            end += 2;
        } else {
            let Some(char) = char_at(text, end) else { break };
            if is_invisible(char) || is_joining(char) || (end > start && !is_edge(text, end)) {
                end += char.len_utf8();
            } else {
                break;
            }
        }
    }
    // Marks may cling to an ASCII character at the end; the loop has taken them. A number sign may precede any character.
    if end > start && !is_edge(text, end) { next_edge(text, end) } else { end }
}

/// Soft hyphens, joiners and direction marks: they belong to the word around them.
fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{AD}' | '\u{61C}' | '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}'
    )
}

/// Letters and digits of scripts that put spaces between words.
pub(super) fn is_joining(char: char) -> bool {
    char.is_alphanumeric()
        && !matches!(
            char,
            '\u{E00}'..='\u{EFF}'
                | '\u{1000}'..='\u{109F}'
                | '\u{1780}'..='\u{17FF}'
                | '\u{1950}'..='\u{1AAF}'
                | '\u{2E80}'..='\u{A4CF}'
                | '\u{A9E0}'..='\u{A9FF}'
                | '\u{AA60}'..='\u{AADF}'
                | '\u{F900}'..='\u{FAFF}'
                | '\u{FF66}'..='\u{FF9F}'
                | '\u{1AFF0}'..='\u{1B16F}'
                | '\u{20000}'..
        )
}

/// The end of the compound that begins with the word `start..end`.
fn compound_end(text: &str, start: usize, mut end: usize, limit: usize) -> usize {
    let mut piece = start;
    while end < limit {
        let byte = byte_at(text, end);
        let (after, kind) = match byte {
            b'-' | b'_' | b'&' | b'\'' | b'.' | b',' | b':' | b'*' | b'@' => (end + 1, byte),
            0xE2 => match char_at(text, end) {
                Some('\u{2010}' | '\u{2011}') => (end + 3, b'-'),
                Some('\u{2019}') => (end + 3, b'\''),
                _ => break,
            },
            _ => break,
        };
        if !is_edge(text, after) {
            break;
        }
        let next = word_end(text, after, limit);
        let digits = byte_at(text, end - 1).is_ascii_digit() && byte_at(text, after).is_ascii_digit();
        let joined = match kind {
            b'-' | b'&' | b'\'' => next > after,
            b'_' => {
                let after = end + run_length(text, end, limit);
                let next = word_end(text, after, limit);
                if next > after {
                    end = next;
                    continue;
                }
                false
            }
            b',' => digits,
            b':' | b'*' => {
                (digits && kind == b':') || text.get(after..next).is_some_and(|word| matches!(word, "in" | "innen"))
            }
            b'@' => match host_end(text, after, limit) {
                Some(host) => return host,
                None => false,
            },
            _ => {
                match dotted_end(text, piece, end, limit) {
                    Dotted::Word(dotted) => {
                        end = dotted;
                        // Behind the dot only a hyphen goes on: `U.S.-Präsident`.
                        let after = end + 1;
                        if byte_at(text, end - 1) == b'.' && byte_at(text, end) != b'-' {
                            return end;
                        }
                        if byte_at(text, end) == b'-' {
                            let next = word_end(text, after, limit);
                            if next == after {
                                return end;
                            }
                            piece = after;
                            end = next;
                        }
                        continue;
                    }
                    Dotted::Address(address) => return address,
                    Dotted::No => digits,
                }
            }
        };
        if !joined {
            break;
        }
        if kind == b'-' {
            piece = after;
        }
        end = next;
    }
    end.min(limit)
}

/// What a dot behind a word makes of it.
enum Dotted {
    /// A word with dots up to there.
    Word(usize),
    /// An address, complete.
    Address(usize),
    No,
}

/// Looks at the dot at `end`, behind the word `piece..end`.
fn dotted_end(text: &str, piece: usize, end: usize, limit: usize) -> Dotted {
    let Some(word) = text.get(piece..end) else { return Dotted::No };
    let after = end + 1;
    if is_single_letter(word) {
        let mut last = end;
        while byte_at(text, last) == b'.' && last < limit {
            let next = word_end(text, last + 1, limit);
            match text.get(last + 1..next) {
                Some(piece) if is_single_letter(piece) || is_second_piece(piece) => last = next,
                _ => break,
            }
        }
        if last > end {
            let dot = last < limit && byte_at(text, last) == b'.' && byte_at(text, last + 1) != b'.';
            return Dotted::Word(if dot && is_edge(text, last + 1) { last + 1 } else { last });
        }
    }
    let next = byte_at(text, after);
    if after < limit
        && (next.is_ascii_lowercase() || next.is_ascii_digit())
        && word.is_ascii()
        && let Some(end) = domain_end(text, after, limit)
    {
        return match byte_at(text, end) {
            b'/' if end < limit => Dotted::Address(path_end(text, piece, end, limit)),
            _ => Dotted::Word(end),
        };
    }
    if after < limit && next.is_ascii_alphanumeric() && word.is_ascii() {
        let bytes = text.as_bytes().get(after..limit.min(after + 64)).unwrap_or_default();
        let local = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte)).count();
        if bytes.get(local) == Some(&b'@')
            && let Some(end) = host_end(text, after + local + 1, limit)
        {
            return Dotted::Address(end);
        }
    }
    if next != b'.' && abbreviation(word).is_some() && is_edge(text, after) {
        return Dotted::Word(after);
    }
    Dotted::No
}

fn is_single_letter(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

/// The end of an internet name in lower case that starts at `start`, such as the `twitter.com` of `pic.twitter.com`.
fn domain_end(text: &str, start: usize, limit: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(..limit)?;
    let small = |index: usize| bytes.get(index).is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let (mut label, mut end) = (start, start);
    loop {
        while small(end) || (bytes.get(end) == Some(&b'-') && end > label && small(end + 1)) {
            end += 1;
        }
        if bytes.get(end) == Some(&b'.') && small(end + 1) {
            end += 1;
            label = end;
        } else {
            break;
        }
    }
    let ended = word_end(text, end, limit) == end && is_edge(text, end);
    (ended && text.get(label..end).is_some_and(is_domain)).then_some(end)
}

/// The end of the name of a mail host that starts at `start`: at least two labels.
fn host_end(text: &str, start: usize, limit: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(..limit)?;
    let part = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_alphanumeric);
    let (mut end, mut labels) = (start, 0);
    while part(end) {
        while part(end) || (bytes.get(end) == Some(&b'-') && part(end + 1)) {
            end += 1;
        }
        labels += 1;
        if bytes.get(end) == Some(&b'.') && part(end + 1) { end += 1 } else { break }
    }
    (labels > 1 && is_edge(text, end)).then_some(end)
}

/// The end of the page address that starts at `start`, if one does.
fn address_end(text: &str, start: usize, limit: usize) -> Option<usize> {
    if !matches!(byte_at(text, start), b'h' | b'H' | b'w' | b'W' | b'f' | b'F') {
        return None;
    }
    let bytes = text.as_bytes().get(start..limit)?;
    let prefix = [&b"https://"[..], b"http://", b"www.", b"ftp://"]
        .into_iter()
        .find(|prefix| bytes.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)))
        .filter(|prefix| prefix.ends_with(b"/") || bytes.starts_with(b"www") || bytes.starts_with(b"WWW"))?;
    let end = path_end(text, start, start + prefix.len(), limit);
    (end > start + prefix.len()).then_some(end)
}

/// The end of the address that starts at `start` and has a path from `path` on: up to a quote, dash or angle bracket, without
/// marks that rather belong to the sentence.
fn path_end(text: &str, start: usize, path: usize, limit: usize) -> usize {
    let Some(rest) = text.get(path..limit) else { return path };
    let stop = |char: char| {
        matches!(char, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`' | '«' | '»' | '\u{2010}'..='\u{203E}')
    };
    let mut end = path + rest.find(stop).unwrap_or(rest.len());
    while let Some(address) = text.get(start..end) {
        let unbalanced = |open: u8, close: u8| {
            let count = |mark: u8| address.bytes().filter(|byte| *byte == mark).count();
            count(close) > count(open)
        };
        let strip = match address.bytes().next_back() {
            Some(b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'(' | b'[') => true,
            Some(b')') => unbalanced(b'(', b')'),
            Some(b']') => unbalanced(b'[', b']'),
            _ => false,
        };
        if !strip || end <= path {
            break;
        }
        end -= 1;
    }
    if is_edge(text, end) { end } else { next_edge(text, end) }
}

/// The end of the letters, digits and underscores from `start` on.
fn name_end(text: &str, start: usize, limit: usize) -> usize {
    let mut end = start;
    loop {
        let next =
            if byte_at(text, end) == b'_' && is_edge(text, end + 1) { end + 1 } else { word_end(text, end, limit) };
        if next == end || next > limit {
            return end;
        }
        end = next;
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The end of the mark, run of the same mark, emoji or UAX 29 word that starts at `start`.
fn mark_end(text: &str, start: usize, limit: usize) -> usize {
    let Some(char) = char_at(text, start) else { return limit };
    if char.is_alphanumeric() {
        let segment = text.get(start..limit).and_then(|rest| rest.split_word_bounds().next()).unwrap_or_default();
        return start + segment.find(is_joining).unwrap_or(segment.len());
    }
    if char.is_ascii_punctuation()
        || matches!(char, '\u{A1}'..='\u{BF}' | '\u{2010}'..='\u{205E}' | '\u{3001}'..='\u{303F}')
    {
        return start + run_length(text, start, limit);
    }
    next_edge(text, start)
}

/// Length of the run of the character at `start`.
fn run_length(text: &str, start: usize, limit: usize) -> usize {
    let mut chars = text.get(start..limit).unwrap_or_default().chars();
    let Some(first) = chars.next() else { return 0 };
    (1 + chars.take_while(|char| *char == first).count()) * first.len_utf8()
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
