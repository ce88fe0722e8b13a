//! Text of others inside of Markdown that is written: it shows as it is, and is neither markup nor HTML for any reader.

/// Text within a line of Markdown, also in a cell of a table; line ends become spaces.
pub(super) fn escaped_line(text: &str) -> String {
    escaped(text).into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The lines of a text, escaped; whatever ends a line for some reader ends one here.
pub(super) fn escaped(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    let ends = |char| matches!(char, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    text.split(ends).map(line).collect()
}

fn line(line: &str) -> String {
    let mut result = String::with_capacity(line.len() + line.len() / 8);
    let line = line.trim_end_matches([' ', '\t']);
    let content = line.trim_start_matches([' ', '\t']);
    // Space at the start could make a block of code; as a character reference it is only space.
    for char in line.chars().take(line.len() - content.len()) {
        result.push_str(if char == '\t' { "&#9;" } else { "&#32;" });
    }
    let digits = content.chars().take_while(char::is_ascii_digit).count();
    let mut before = None;
    for (place, char) in content.chars().enumerate() {
        match char {
            // Not every reader lets a backslash take away the meaning of these.
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '|' => result.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '!' | '$' | '@' | '^' | '{' | '}' => {
                result.push('\\');
                result.push(char);
            }
            // A list, a line under a title, metadata at the top of a page.
            '-' | '+' | '=' | ':' if place == 0 => {
                result.push('\\');
                result.push(char);
            }
            '.' | ')' if digits > 0 && place == digits => {
                result.push('\\');
                result.push(char);
            }
            // Addresses of the web would become links by themselves.
            '/' if before == Some(':') => result.push_str("&#47;"),
            '.' if result.ends_with("www") || result.ends_with("WWW") => result.push_str("&#46;"),
            '\0'..='\u{8}' | '\u{E}'..='\u{1F}' | '\u{7F}' => result.push('\u{FFFD}'),
            _ => result.push(char),
        }
        before = Some(char);
    }
    result
}

/// True if [`escaped`] replaces characters of the text.
pub(super) fn is_damaged(text: &str) -> bool {
    text.chars().any(|char| matches!(char, '\0'..='\u{8}' | '\u{E}'..='\u{1F}' | '\u{7F}'))
}

/// A row of a table; the cells are Markdown already.
pub(super) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a table.
pub(super) fn table_head(columns: &[&str]) -> String {
    format!("| {} |\n|{}\n", columns.join(" | "), " --- |".repeat(columns.len()))
}

/// A link to an address of the web; anything else is text.
pub(super) fn link(address: &str) -> String {
    let is_web = ["http://", "https://"].iter().any(|scheme| address.starts_with(scheme));
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-._~:/?#@!$'()*+,;=%&".contains(char);
    if is_web && address.chars().all(is_plain) { format!("<{address}>") } else { escaped_line(address) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser};

    /// What a reader shows of Markdown; panics if it finds anything but text.
    fn shown(markdown: &str) -> String {
        let mut text = String::new();
        for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::SoftBreak => text.push(' '),
                Event::Start(pulldown_cmark::Tag::Paragraph) | Event::End(pulldown_cmark::TagEnd::Paragraph) => {}
                other => panic!("{markdown:?} has {other:?}"),
            }
        }
        text
    }

    #[test]
    fn what_looks_like_markup_is_text() {
        for text in [
            "<script>alert(1)</script>",
            "![x](javascript:alert(1)) [y]: http://a.example",
            "# no title",
            "16. Mai",
            "3) x",
            "- a",
            "+ a",
            "===",
            "---",
            ": a",
            "a | b",
            "**a** _b_ ~~c~~ `d` $e$ ^f^",
            "&lt;b&gt; &#60;",
            "http://a.example www.a.example a@b.example",
            "[^1] [[x]] :smile:",
            "a\\",
            "{#id .class}",
            "> quoted",
            "\\<b>",
        ] {
            assert_eq!(shown(&escaped_line(text)), text);
        }
        assert_eq!(escaped("a\r\n\tb  \u{2028}c"), ["a", "&#9;b", "c"]);
        assert_eq!(link("https://a.example/?b=1&c=2"), "<https://a.example/?b=1&c=2>");
        assert_eq!(link("javascript:alert(1)"), "javascript:alert(1)");
        assert_eq!(link("http://a.example/> <b"), "http:&#47;/a.example/&gt; &lt;b");
        assert!(is_damaged("\0") && !is_damaged("a\tb"));
    }

    proptest! {
        #[test]
        fn no_text_is_markup(text in "[ -~äß\t]{0,40}") {
            let wanted = text.trim_end_matches([' ', '\t']);
            prop_assert_eq!(shown(&escaped_line(&text)), wanted);
        }
    }
}
