//! Reads RON piece by piece: fast for the form that Glosse writes, with a way out for every other legal form.

use std::borrow::Cow;

/// A place in a RON text.
///
/// The methods that return an `Option` give `None` when the text does not go on in the simple form that Glosse writes. It
/// may still be legal; [`Scanner::extent`] then finds the whole value for `ron` itself.
#[derive(Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The place, as a byte offset.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes to byte `at`.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Number of the line with byte `at`, from 1.
    pub(super) fn line_of(text: &str, at: usize) -> usize {
        let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The next byte, after white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.skip();
        self.rest().first().copied()
    }

    /// Goes past white space and comments.
    pub(super) fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
            self.at += blank;
            let rest = rest.get(blank..).unwrap_or_default();
            if rest.starts_with(b"//") {
                self.at += rest.iter().take_while(|byte| **byte != b'\n').count();
            } else if rest.starts_with(b"/*") {
                self.at += block_comment(rest);
            } else {
                return;
            }
        }
    }

    /// Goes past `byte` if it comes next, white space before it included.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// A name such as `label`.
    pub(super) fn identifier(&mut self) -> Option<&'a str> {
        self.skip();
        let len = self.rest().iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let start = self.at;
        self.at += len;
        (len > 0).then(|| self.slice(start, self.at))
    }

    /// A field name with its colon.
    pub(super) fn field(&mut self) -> Option<&'a str> {
        let name = self.identifier()?;
        self.eat(b':').then_some(name)
    }

    pub(super) fn unsigned(&mut self) -> Option<u32> {
        self.skip();
        let mut value: u32 = 0;
        let start = self.at;
        for byte in self.rest() {
            if !byte.is_ascii_digit() {
                break;
            }
            value = value.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
            self.at += 1;
        }
        (self.at > start).then_some(value)
    }

    /// The characters of a number.
    pub(super) fn number(&mut self) -> Option<&'a str> {
        self.skip();
        let is_part = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let start = self.at;
        self.at += self.rest().iter().take_while(is_part).count();
        (self.at > start).then(|| self.slice(start, self.at))
    }

    /// A string in double quotes.
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.at;
        let plain = self.rest().iter().take_while(|byte| !matches!(byte, b'"' | b'\\')).count();
        self.at += plain;
        if self.rest().first() == Some(&b'"') {
            self.at += 1;
            return Some(Cow::Borrowed(self.slice(start, start + plain)));
        }
        let mut text = self.slice(start, self.at).to_owned();
        loop {
            match self.rest() {
                [b'"', ..] => {
                    self.at += 1;
                    return Some(Cow::Owned(text));
                }
                [b'\\', escape, ..] => {
                    self.at += 2;
                    match escape {
                        b'n' => text.push('\n'),
                        b'r' => text.push('\r'),
                        b't' => text.push('\t'),
                        b'"' => text.push('"'),
                        b'\\' => text.push('\\'),
                        b'u' => text.push(self.code_point()?),
                        _ => return None,
                    }
                }
                rest => {
                    let plain = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\')).count();
                    if plain == 0 {
                        return None;
                    }
                    text.push_str(self.slice(self.at, self.at + plain));
                    self.at += plain;
                }
            }
        }
    }

    /// The `{1f60a}` of `\u{1f60a}`.
    fn code_point(&mut self) -> Option<char> {
        let digits = self.rest().strip_prefix(b"{")?;
        let len = digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let start = self.at + 1;
        let char = char::from_u32(u32::from_str_radix(self.slice(start, start + len), 16).ok()?)?;
        self.at = start + len;
        self.eat(b'}').then_some(char)
    }

    /// The whole value that starts here, whatever its form, up to the `,` or closing bracket behind it. Goes to its end.
    pub(super) fn extent(&mut self) -> &'a str {
        self.skip();
        let start = self.at;
        let mut depth = 0usize;
        while let Some(&byte) = self.rest().first() {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => break,
                b')' | b']' | b'}' => depth -= 1,
                b',' if depth == 0 => break,
                b'/' if matches!(self.rest(), [_, b'/' | b'*', ..]) => {
                    self.skip();
                    continue;
                }
                b'"' => {
                    self.at += quoted(self.rest());
                    continue;
                }
                b'r' if is_raw_string(self.rest()) => {
                    self.at += raw_string(self.rest());
                    continue;
                }
                b'\'' => {
                    self.at += character(self.rest());
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.text.len());
        self.slice(start, self.at)
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(pair) = rest.get(at..) {
        if pair.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if pair.starts_with(b"*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else if pair.is_empty() {
            break;
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    rest.len()
}

fn is_raw_string(rest: &[u8]) -> bool {
    let hashes = rest.iter().skip(1).take_while(|byte| **byte == b'#').count();
    rest.get(1 + hashes) == Some(&b'"')
}

fn raw_string(rest: &[u8]) -> usize {
    let hashes = rest.iter().skip(1).take_while(|byte| **byte == b'#').count();
    let start = hashes + 2;
    let end: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = rest.get(start..).unwrap_or_default();
    body.windows(end.len()).position(|window| window == end).map_or(rest.len(), |place| start + place + end.len())
}

/// A character such as `'x'` or `'\''`.
fn character(rest: &[u8]) -> usize {
    let start = if rest.get(1) == Some(&b'\\') { 3 } else { 2 };
    let body = rest.get(start..).unwrap_or_default();
    body.iter().take(12).position(|byte| *byte == b'\'').map_or(1, |place| start + place + 1)
}

/// Appends a string in the form that [`Scanner::string`] reads, on one line.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && !matches!(byte, b'"' | b'\\' | 0x7f) {
            continue;
        }
        out.push_str(text.get(done..at).unwrap_or_default());
        done = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte => {
                use std::fmt::Write;
                let _ = write!(out, "\\u{{{byte:x}}}");
            }
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_end_where_they_end() {
        let check = |text: &str, expected: &str| assert_eq!(Scanner::new(text).extent(), expected);
        check("  (a: 1, b: [2]), (c", "(a: 1, b: [2])");
        check(r#""a,)\"b", x"#, r#""a,)\"b""#);
        check(r##"r#"a,)"b"#, x"##, r##"r#"a,)"b"#"##);
        check("(a: ',', b: '\\'', c: ')'), x", "(a: ',', b: '\\'', c: ')')");
        check("(a: 1, // , ) \n b: 2 /* ) /* ( */ ] */), x", "(a: 1, // , ) \n b: 2 /* ) /* ( */ ] */)");
        check("Some(3)]", "Some(3)");
        check("(never closed", "(never closed");
        check("\"never closed", "\"never closed");
        check("/* never closed", "");
    }

    proptest! {
        #[test]
        fn strings_are_legal_ron_and_come_back(text in any::<String>()) {
            let mut out = String::new();
            push_string(&mut out, &text);
            let read = Scanner::new(&out).string().map(|text| text.into_owned());
            prop_assert_eq!(read.as_ref(), Some(&text));
            prop_assert_eq!(ron::from_str::<String>(&out).ok(), Some(text));
            prop_assert!(!out.contains('\n'));
        }

        #[test]
        fn nothing_panics(text in "[\\[\\](){}\"'r#/*,: a1\\\\]{0,40}") {
            let mut scanner = Scanner::new(&text);
            scanner.extent();
            Scanner::new(&text).string();
            Scanner::new(&text).number();
            Scanner::new(&text).field();
        }
    }
}
