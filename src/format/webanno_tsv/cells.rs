//! What stands in a cell: escapes, stacked values, the numbers behind them.

use std::borrow::Cow;

/// Nothing is annotated here.
pub(super) const NOTHING: &str = "_";
/// An annotation without a value.
pub(super) const NULL: &str = "*";

/// Feature value as a cell holds it.
pub(super) fn escape_value(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' | '[' | ']' | '|' | '_' | ';' | '*' => escaped.extend(['\\', char]),
            '-' if chars.peek() == Some(&'>') => escaped.push_str("\\-"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            // The format forgets it, but a line would end there.
            '\r' => escaped.push_str("\\r"),
            _ => escaped.push(char),
        }
    }
    escaped
}

/// The value that a cell holds.
pub(super) fn unescape_value(cell: &str) -> Cow<'_, str> {
    unescape(cell, |char, _| match char {
        't' => Some('\t'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        '\\' | '[' | ']' | '|' | '_' | ';' | '*' | '-' => Some(char),
        _ => None,
    })
}

/// A piece of the text without `\n`, as a line of the file holds it.
pub(super) fn escape_text(text: &str) -> Cow<'_, str> {
    if !text.contains(|char: char| char < ' ' || char == '\\') {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{C}' => escaped.push_str("\\f"),
            '\u{B}' => escaped.push(char),
            '\\' | '\0'..' ' => escaped.extend(['\\', char]),
            _ => escaped.push(char),
        }
    }
    Cow::Owned(escaped)
}

/// The text that a line of the file holds. Files up to 3.1 have the escapes of Java (`java`).
pub(super) fn unescape_text(line: &str, java: bool) -> Cow<'_, str> {
    unescape(line, |char, rest| match char {
        't' => Some('\t'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{C}'),
        '\\' | '\0'..' ' => Some(char),
        '"' | '\'' | '/' if java => Some(char),
        'u' if java => code_unit(rest),
        _ => None,
    })
}

/// The character of `\u` and four digits; takes the digits from `rest`, and those of a second half where one belongs to it.
fn code_unit(rest: &mut &str) -> Option<char> {
    let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
    let first = unit(rest)?;
    let after = rest.get(4..)?;
    let second = after.strip_prefix("\\u").and_then(unit);
    let units = [Some(first), second.filter(|_| (0xD800..0xDC00).contains(&first))];
    let found = char::decode_utf16(units.into_iter().flatten()).next()?.ok()?;
    *rest = if found.len_utf16() == 2 { after.get(6..)? } else { after };
    Some(found)
}

/// Replaces what stands behind each backslash by what `meaning` gives for it; where that is nothing the backslash stays.
fn unescape(text: &str, meaning: impl Fn(char, &mut &str) -> Option<char>) -> Cow<'_, str> {
    let Some((start, mut rest)) = text.split_once('\\') else { return Cow::Borrowed(text) };
    let mut found = String::with_capacity(text.len());
    found.push_str(start);
    loop {
        let mut chars = rest.chars();
        let meant = chars.next().and_then(|char| {
            let mut behind = chars.as_str();
            let meant = meaning(char, &mut behind)?;
            rest = behind;
            Some(meant)
        });
        found.push(meant.unwrap_or('\\'));
        match rest.split_once('\\') {
            Some((before, after)) => {
                found.push_str(before);
                rest = after;
            }
            None => {
                found.push_str(rest);
                return Cow::Owned(found);
            }
        }
    }
}

/// The parts of a cell between separators that are not escaped.
pub(super) fn parts(cell: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_escaped = false;
    cell.split(move |char: char| {
        let is_end = char == separator && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        is_end
    })
}

/// A value and the numbers in brackets behind it: `PER[3]`, `1-1[1_2]`.
pub(super) fn with_numbers(value: &str) -> (&str, Vec<u64>) {
    let numbered = value.strip_suffix(']').and_then(|head| {
        let (name, numbers) = head.rsplit_once('[')?;
        let is_escaped = name.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        let numbers: Option<Vec<u64>> = numbers.split('_').map(|number| number.parse().ok()).collect();
        numbers.filter(|_| !is_escaped).map(|numbers| (name, numbers))
    });
    numbered.unwrap_or((value, Vec::new()))
}

/// A value and the place in a chain behind it: `coref->2-1` is link 1 of chain 2.
pub(super) fn with_link(value: &str) -> (&str, Option<(u64, u64)>) {
    let linked = value.rsplit_once("->").filter(|(name, _)| !name.ends_with('\\')).and_then(|(name, place)| {
        let (chain, link) = place.split_once('-')?;
        Some((name, (chain.parse().ok()?, link.parse().ok()?)))
    });
    linked.map_or((value, None), |(name, place)| (name, Some(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_come_back() {
        for value in ["", "a", "\\", "\\t", "a|b[1]_*;->-\t\n\r\\", "->", "[\\]", "\u{1F600}\\n"] {
            assert_eq!(unescape_value(&escape_value(value)), value);
            assert_eq!(unescape_text(&escape_text(value), false), value);
        }
        assert_eq!(escape_value("a->b-c"), "a\\->b-c");
        assert_eq!(unescape_value("a\\q\\"), "a\\q\\");
        assert_eq!(escape_text("\0\u{8}\u{B}\u{1F}"), "\\\0\\b\u{B}\\\u{1F}");
        assert_eq!(unescape_text("\\u00e4\\ud83d\\ude00\\\"\\u12\\ud83d", true), "\u{E4}\u{1F600}\"\\u12\\ud83d");
        assert_eq!(unescape_text("\\u00e4", false), "\\u00e4");
    }

    #[test]
    fn cells_come_apart() {
        let check = |cell: &str, separator: char, expected: &[&str]| {
            assert_eq!(parts(cell, separator).collect::<Vec<_>>(), expected, "{cell}");
        };
        check("PER[1]|LOC[2]", '|', &["PER[1]", "LOC[2]"]);
        check("a\\|b|c\\\\|d", '|', &["a\\|b", "c\\\\", "d"]);
        check("", '|', &[""]);
        check("a;b", ';', &["a", "b"]);
        let check = |cell: &str, expected: (&str, &[u64])| {
            let (value, numbers) = with_numbers(cell);
            assert_eq!((value, numbers.as_slice()), expected, "{cell}");
        };
        check("PER[3]", ("PER", &[3]));
        check("1-1[0_2]", ("1-1", &[0, 2]));
        check("PER\\[3\\]", ("PER\\[3\\]", &[]));
        check("PER\\\\[3]", ("PER\\\\", &[3]));
        check("PER\\[3]", ("PER\\[3]", &[]));
        check("PER[x]", ("PER[x]", &[]));
        check("PER[99999999999999999999]", ("PER[99999999999999999999]", &[]));
        assert_eq!(with_link("coref->2-1"), ("coref", Some((2, 1))));
        assert_eq!(with_link("coref\\->2-1"), ("coref\\->2-1", None));
        assert_eq!(with_link("coref"), ("coref", None));
    }
}
