//! The last column: `Key=Value|Key=Value`, with white space and other marks spelled out.

use std::borrow::Cow;

/// The value of a key.
pub(super) fn get<'m>(misc: &'m str, key: &str) -> Option<&'m str> {
    misc.split('|').find_map(|item| item.strip_prefix(key)?.strip_prefix('='))
}

/// The column with another value of a key, or without it; the others stay where they are.
pub(super) fn with(misc: &str, key: &str, value: Option<&str>) -> String {
    let is_key = |item: &str| item.strip_prefix(key).is_some_and(|rest| rest.starts_with('='));
    let new = value.map(|value| format!("{key}={value}"));
    let mut items: Vec<Cow<'_, str>> = Vec::new();
    let mut open = new;
    for item in misc.split('|').filter(|item| !matches!(*item, "_" | "")) {
        if is_key(item) {
            items.extend(open.take().map(Cow::Owned));
            continue;
        }
        items.push(Cow::Borrowed(item));
    }
    if let Some(new) = open {
        // Keys stand in the order of the alphabet, as most programs write them.
        let place = items.iter().position(|item| item.to_ascii_lowercase() > new.to_ascii_lowercase());
        items.insert(place.unwrap_or(items.len()), Cow::Owned(new));
    }
    if items.is_empty() { "_".to_owned() } else { items.join("|") }
}

/// White space as `SpacesAfter` spells it.
pub(super) fn spaces(text: &str) -> String {
    let mut form = String::new();
    for char in text.chars() {
        match char {
            ' ' => form.push_str("\\s"),
            '\t' => form.push_str("\\t"),
            '\n' => form.push_str("\\n"),
            '\r' => form.push_str("\\r"),
            '|' => form.push_str("\\p"),
            '\\' => form.push_str("\\\\"),
            // Programs strip other white space from values.
            other => form += &format!("\\u{:04X}", u32::from(other)),
        }
    }
    form
}

/// The white space that `SpacesAfter` spells.
pub(super) fn from_spaces(form: &str) -> Cow<'_, str> {
    if !form.contains('\\') {
        return Cow::Borrowed(form);
    }
    let mut text = String::new();
    let mut chars = form.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('s') => text.push(' '),
                Some('t') => text.push('\t'),
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('p') => text.push('|'),
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let char = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    text.extend(char);
                }
                Some('\\') | None => text.push('\\'),
                Some(other) => text.extend(['\\', other]),
            },
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

/// A label or id without the marks that mean something between the brackets of `Entity`: those become `%28` and the like.
pub(super) fn escaped(text: &str) -> String {
    let mut form = String::new();
    for char in text.chars() {
        let means_something = "-=|()[]%,<>:#".contains(char);
        if means_something || char.is_whitespace() || char.is_control() {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                form += &format!("%{byte:02X}");
            }
        } else {
            form.push(char);
        }
    }
    form
}

/// The label or id that [`escaped`] made this of.
pub(super) fn unescaped(form: &str) -> Cow<'_, str> {
    if !form.contains('%') {
        return Cow::Borrowed(form);
    }
    let mut bytes = Vec::new();
    let mut rest = form.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(form), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_changed() {
        let check = |misc: &str, value: Option<&str>, expected: &str| assert_eq!(with(misc, "Entity", value), expected);
        check("_", Some("(e1)"), "Entity=(e1)");
        check("SpaceAfter=No", Some("(e1)"), "Entity=(e1)|SpaceAfter=No");
        check("B=1|Entity=x|A=2", Some("y"), "B=1|Entity=y|A=2");
        check("Bridge=1|Entity=x", None, "Bridge=1");
        check("Entity=x", None, "_");
        check("Entityx=1|note", None, "Entityx=1|note");
        assert_eq!(get("A=1|Entity=(e1-x=y", "Entity"), Some("(e1-x=y"));
    }

    #[test]
    fn marks_come_back() {
        for text in ["a b", "Täter Gruppe", "x-(y)[1/2]|z=%28", "", "100%", "\u{1F600}"] {
            assert_eq!(unescaped(&escaped(text)), text);
        }
        for text in [" ", "\r\n\t", "\\s|", "\u{A0}"] {
            assert_eq!(from_spaces(&spaces(text)), text);
        }
        assert_eq!(unescaped("%zz%2"), "%zz%2");
        assert_eq!(unescaped("%FF"), "%FF");
    }
}
