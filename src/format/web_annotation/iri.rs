//! Names as parts of IRIs.

use std::fmt::Write;

/// The text with `%` escapes for all that an IRI can not hold as it is.
pub(super) fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            result.push(char::from(byte));
        } else {
            // Writing into a string can not fail.
            let _ = write!(result, "%{byte:02X}");
        }
    }
    result
}

/// The text without escapes.
pub(super) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match value {
            Some(byte) => {
                bytes.push(byte);
                rest = others.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The id at Wikidata in an IRI.
pub(super) fn wikidata(iri: &str) -> Option<&str> {
    let (host, path) = iri.split_once("://")?.1.split_once('/')?;
    let id = path.rsplit('/').next()?;
    let is_number = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    (host.ends_with("wikidata.org") && id.strip_prefix('Q').is_some_and(is_number)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_from_their_escapes() {
        let check = |text: &str, expected: &str| {
            assert_eq!(escaped(text), expected);
            assert_eq!(unescaped(expected), text);
        };
        check("", "");
        check("a-1_b.c", "a-1_b.c");
        check("Grüße 1/2:%", "Gr%C3%BC%C3%9Fe%201%2F2%3A%25");
        assert_eq!(unescaped("%"), "%");
        assert_eq!(unescaped("%zz%4"), "%zz%4");
        assert_eq!(wikidata("https://www.wikidata.org/wiki/Q8709"), Some("Q8709"));
        assert_eq!(wikidata("http://www.wikidata.org/entity/Q1"), Some("Q1"));
        assert_eq!(wikidata("https://example.org/Q1"), None);
        assert_eq!(wikidata("https://www.wikidata.org/wiki/Quelle"), None);
    }
}
