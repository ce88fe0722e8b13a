//! The text of HTML as a reader sees it: blocks apart, white space collapsed, entities decoded.
//!
//! Walks the tree without recursion, so that no nesting overflows the stack.

use ego_tree::{NodeId, NodeRef, iter::Edge};
use scraper::{Html, Node};
use std::collections::HashSet;

/// Elements whose content no reader sees as text.
pub(super) fn is_invisible(name: &str) -> bool {
    matches!(
        name,
        "head"
            | "title"
            | "script"
            | "style"
            | "noscript"
            | "template"
            | "svg"
            | "math"
            | "canvas"
            | "iframe"
            | "object"
            | "embed"
            | "audio"
            | "video"
            | "select"
            | "button"
            | "input"
            | "textarea"
            | "datalist"
            | "map"
            | "meter"
            | "progress"
            | "dialog"
    )
}

/// Elements that begin on a line of their own with a blank line before.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "html"
            | "body"
            | "address"
            | "article"
            | "aside"
            | "blockquote"
            | "center"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "legend"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "ul"
            | "caption"
    )
}

/// The text of a piece of HTML; nothing is taken for navigation.
pub(super) fn text_of_fragment(html: &str) -> String {
    if nesting(html) > DEEPEST {
        return String::new();
    }
    text_of(Html::parse_fragment(html).tree.root(), &HashSet::new())
}

/// The text under `root` without the elements in `left_out`. Blocks are separated by a blank line; list items, table rows
/// and `<br>` are lines; table cells are separated by tabs.
pub(super) fn text_of(root: NodeRef<'_, Node>, left_out: &HashSet<NodeId>) -> String {
    let mut out = Lines::default();
    let mut skipped = None;
    let mut preformatted = 0usize;
    for edge in root.traverse() {
        match edge {
            Edge::Open(node) if skipped.is_none() => match node.value() {
                Node::Text(text) if preformatted > 0 => out.push_exact(text),
                Node::Text(text) => out.push(text),
                Node::Element(element) => {
                    let name = element.name();
                    if is_invisible(name) || left_out.contains(&node.id()) {
                        skipped = Some(node.id());
                    } else if name == "br" {
                        out.wanted_breaks += 1;
                        out.space = false;
                    } else if is_block(name) {
                        let in_item = node.parent().is_some_and(|parent| {
                            parent
                                .value()
                                .as_element()
                                .is_some_and(|parent| matches!(parent.name(), "li" | "td" | "th"))
                        });
                        out.break_line(if in_item { 1 } else { 2 });
                        preformatted += usize::from(name == "pre");
                    } else if matches!(name, "li" | "tr") {
                        out.break_line(1);
                    } else if matches!(name, "td" | "th") && out.wanted_breaks == 0 && !out.text.is_empty() {
                        out.tab();
                    }
                }
                _ => {}
            },
            Edge::Close(node) => {
                if skipped == Some(node.id()) {
                    skipped = None;
                } else if skipped.is_none()
                    && let Some(element) = node.value().as_element()
                {
                    let name = element.name();
                    if is_block(name) {
                        preformatted = preformatted.saturating_sub(usize::from(name == "pre"));
                        let in_item = node.parent().is_some_and(|parent| {
                            parent
                                .value()
                                .as_element()
                                .is_some_and(|parent| matches!(parent.name(), "li" | "td" | "th"))
                        });
                        out.break_line(if in_item { 1 } else { 2 });
                    } else if matches!(name, "li" | "tr") {
                        out.break_line(1);
                    }
                }
            }
            Edge::Open(_) => {}
        }
    }
    out.text
}

/// Deepest nesting that is parsed: the parser's cost grows with its square.
pub(super) const DEEPEST: usize = 5_000;

/// How deep the tags of `html` are nested, about; elements that are usually left open do not count.
pub(super) fn nesting(html: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for piece in html.split('<').skip(1) {
        let (closing, piece) = match piece.strip_prefix('/') {
            Some(piece) => (true, piece),
            None => (false, piece),
        };
        let name: String =
            piece.chars().take(11).take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let counts = name.starts_with(|char: char| char.is_ascii_alphabetic())
            && !matches!(
                &*name,
                "area"
                    | "base"
                    | "br"
                    | "col"
                    | "embed"
                    | "hr"
                    | "img"
                    | "input"
                    | "link"
                    | "meta"
                    | "source"
                    | "track"
                    | "wbr"
                    | "p"
                    | "li"
                    | "dd"
                    | "dt"
                    | "tr"
                    | "td"
                    | "th"
                    | "option"
                    | "tbody"
                    | "thead"
                    | "path"
            );
        if closing && counts {
            depth = depth.saturating_sub(1);
        } else if counts {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// Text that grows by words, with line breaks only between words.
#[derive(Default)]
struct Lines {
    text: String,
    wanted_breaks: usize,
    /// True if white space came since the last word.
    space: bool,
}

impl Lines {
    fn break_line(&mut self, breaks: usize) {
        self.wanted_breaks = self.wanted_breaks.max(breaks);
        self.space = false;
    }

    fn tab(&mut self) {
        self.text.push('\t');
        self.space = false;
    }

    fn push(&mut self, text: &str) {
        let is_space = |char: char| matches!(char, ' ' | '\t' | '\n' | '\r' | '\u{C}');
        for piece in text.split_inclusive(is_space) {
            let word = piece.trim_end_matches(is_space);
            if !word.is_empty() {
                self.settle();
                self.text.push_str(word);
            }
            self.space |= word.len() < piece.len();
        }
    }

    fn push_exact(&mut self, text: &str) {
        let text = text.strip_prefix('\n').filter(|_| self.wanted_breaks > 0).unwrap_or(text);
        if !text.trim().is_empty() {
            self.space = false;
            self.settle();
            self.text.push_str(text);
        } else if !self.text.is_empty() {
            self.text.push_str(text);
        }
    }

    /// Writes the white space that stands before the next word.
    fn settle(&mut self) {
        if !self.text.is_empty() && self.wanted_breaks > 0 {
            self.text.truncate(self.text.trim_end_matches([' ', '\t', '\n']).len());
            self.text.extend(std::iter::repeat_n('\n', self.wanted_breaks.min(2)));
        } else if self.space && !self.text.is_empty() && !self.text.ends_with('\t') {
            self.text.push(' ');
        }
        self.wanted_breaks = 0;
        self.space = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_as_a_reader_sees_it() {
        let check = |html: &str, expected: &str| assert_eq!(text_of_fragment(html), expected, "{html:?}");
        check("", "");
        check("<p>Eins\n  zwei</p><p>drei", "Eins zwei\n\ndrei");
        check("<p>Der <b>New</b> <i>York</i>er</p>", "Der New Yorker");
        check("a&amp;b &quot;c&quot; &uuml;&nbsp;&#x1F60A;", "a&b \"c\" ü\u{A0}😊");
        check("<ul><li>eins<li><p>zwei</p></ul>Ende", "eins\nzwei\n\nEnde");
        check("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a\tb\n1\t2");
        check("eins<br>zwei<br><br>drei", "eins\nzwei\n\ndrei");
        check("<pre>\n a\n  b</pre>c", " a\n  b\n\nc");
        check("a<script>b</script><!-- c --><style>d</style>e", "ae");
        check("<h1>Kopf</h1>Text", "Kopf\n\nText");
        check(&"<b>".repeat(DEEPEST + 1), "");
    }

    #[test]
    fn nesting_is_estimated() {
        assert_eq!(nesting("<div><p>a<p>b<br><b>c</b></div><div>"), 2);
        assert_eq!(nesting(&"<p>a".repeat(9_000)), 0);
        assert_eq!(nesting("a < b << c"), 0);
    }
}
