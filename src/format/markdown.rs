//! Markdown: the text that a reader sees, with the metadata of the front matter.

use super::{
    Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, ReadOptions, Recognition, Warning,
    date::iso_date,
    decode::decode,
    html_text::text_of_fragment,
    plain::{refuse_empty, title},
};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// See the module.
pub struct Markdown;

impl Format for Markdown {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "markdown",
            title: "Markdown",
            extensions: &["md", "markdown"],
            reads: true,
            writes: false,
            layout: Layout::OneFile,
            holds: Holds::NONE,
            unit: "none",
            documentation: include_str!("markdown.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        if matches!(&*input.extension(), "md" | "markdown" | "mdown") { Recognition::Likely } else { Recognition::No }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        let mut imported = decode(input, options, None)?.into_imported(input.stem(), options);
        let (matter, body) = front_matter(&imported.text);
        let fields = fields(matter);
        let rendered = readable(body);
        for (number, line) in &fields.strange {
            imported.warnings.push(Warning {
                file: input.name.clone(),
                line: Some(number + 1),
                message: format!("front matter is not understood and left out: {line}"),
            });
        }
        refuse_empty(&rendered.text, input)?;
        let metadata = &mut imported.metadata;
        for (key, value) in fields.known {
            match key.to_lowercase().as_str() {
                "title" | "titel" => metadata.title = value,
                "source" | "quelle" | "publisher" | "site" => metadata.source = value,
                "url" | "link" | "canonical" => metadata.url = value,
                "date" | "datum" | "published" => metadata.date = iso_date(&value),
                "language" | "lang" | "sprache" => metadata.language = value,
                _ => {
                    metadata.other.insert(key, value);
                }
            }
        }
        if metadata.title.is_empty() {
            let heading = rendered.heading.as_deref().filter(|heading| !heading.is_empty());
            metadata.title = heading.or(title(&rendered.text)).unwrap_or(input.stem()).to_owned();
        }
        imported.text = rendered.text;
        article(imported);
        Ok(())
    }
}

/// Front matter between two lines `---` at the very start, and the rest.
fn front_matter(text: &str) -> (&str, &str) {
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else { return ("", text) };
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return (rest.get(..end).unwrap_or_default(), rest.get(end + line.len()..).unwrap_or_default());
        }
        end += line.len();
    }
    ("", text)
}

#[derive(Default)]
struct Fields {
    known: Vec<(String, String)>,
    /// Number, from 1, and text of the lines that are more than `key: value` and lists.
    strange: Vec<(usize, String)>,
}

/// The small part of YAML that front matter is written in: `key: value`, `[a, b]`, and lists of `- item`.
fn fields(matter: &str) -> Fields {
    let mut fields = Fields::default();
    for (index, line) in matter.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let Some(item) = trimmed.strip_prefix("- ")
            && let Some((_, value)) = fields.known.last_mut()
        {
            if !value.is_empty() {
                value.push_str(", ");
            }
            value.push_str(unquoted(item));
            continue;
        }
        match line.split_once(':') {
            Some((key, value)) if !key.is_empty() && !key.starts_with([' ', '\t', '-', '{']) => {
                let value = value.trim();
                let list = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
                let value = match list {
                    Some(list) => list.split(',').map(|item| unquoted(item.trim())).collect::<Vec<_>>().join(", "),
                    None => unquoted(value).to_owned(),
                };
                fields.known.push((unquoted(key.trim()).to_owned(), value));
            }
            _ => fields.strange.push((index + 1, trimmed.to_owned())),
        }
    }
    fields
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let inner = |mark: char| value.strip_prefix(mark).and_then(|value| value.strip_suffix(mark));
    inner('"').or(inner('\'')).unwrap_or(value)
}

struct Rendered {
    text: String,
    /// The first heading of the first level.
    heading: Option<String>,
}

/// The text without marks: blocks with a blank line between them, list items and table rows on lines of their own.
fn readable(markdown: &str) -> Rendered {
    let mut out = Rendered { text: String::new(), heading: None };
    let (mut lists, mut heading, mut cells, mut html) = (0usize, None, 0usize, None::<String>);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::List(_)) => {
                end_line(&mut out.text, if lists == 0 { 2 } else { 1 });
                lists += 1;
            }
            Event::End(TagEnd::List(_)) => {
                lists = lists.saturating_sub(1);
                end_line(&mut out.text, if lists == 0 { 2 } else { 1 });
            }
            Event::Start(Tag::Item) => end_line(&mut out.text, 1),
            Event::Start(Tag::Heading { level, .. }) => {
                end_line(&mut out.text, 2);
                heading =
                    (level == pulldown_cmark::HeadingLevel::H1 && out.heading.is_none()).then_some(out.text.len());
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some(start) = heading.take() {
                    out.heading = out.text.get(start..).map(|heading| heading.trim().to_owned());
                }
                end_line(&mut out.text, 2);
            }
            Event::Start(Tag::Table(_) | Tag::CodeBlock(_) | Tag::BlockQuote(_)) => {
                end_line(&mut out.text, 2);
            }
            Event::Start(Tag::Paragraph) => end_line(&mut out.text, if lists > 0 { 1 } else { 2 }),
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                end_line(&mut out.text, 1);
                cells = 0;
            }
            Event::Start(Tag::TableCell) => {
                if cells > 0 {
                    out.text.push('\t');
                }
                cells += 1;
            }
            Event::End(TagEnd::Paragraph) if lists > 0 => end_line(&mut out.text, 1),
            Event::End(TagEnd::Paragraph | TagEnd::Table | TagEnd::CodeBlock | TagEnd::BlockQuote(_)) => {
                end_line(&mut out.text, 2);
            }
            Event::Start(Tag::HtmlBlock) => html = Some(String::new()),
            Event::Html(source) => html.get_or_insert_default().push_str(&source),
            Event::End(TagEnd::HtmlBlock) => {
                let text = text_of_fragment(&html.take().unwrap_or_default());
                if !text.is_empty() {
                    end_line(&mut out.text, 2);
                    out.text.push_str(&text);
                    end_line(&mut out.text, 2);
                }
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                out.text.push_str(&text);
            }
            Event::SoftBreak => out.text.push(' '),
            Event::HardBreak => end_line(&mut out.text, 1),
            Event::InlineHtml(source)
                if source.trim_start_matches('<').trim_start().to_ascii_lowercase().starts_with("br") =>
            {
                end_line(&mut out.text, 1);
            }
            Event::Rule => end_line(&mut out.text, 2),
            _ => {}
        }
    }
    out.text.truncate(out.text.trim_end().len());
    if !out.text.is_empty() {
        out.text.push('\n');
    }
    out
}

/// Ends the line so that `breaks` line breaks stand at the end of the text.
fn end_line(text: &mut String, breaks: usize) {
    text.truncate(text.trim_end_matches([' ', '\t']).len());
    if text.is_empty() {
        return;
    }
    let there = text.bytes().rev().take(breaks).take_while(|byte| *byte == b'\n').count();
    for _ in there..breaks {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::decode::tests::{input, options},
        *,
    };
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Imported, String> {
        let mut articles = Vec::new();
        Markdown
            .read(&input("artikel.md", text.as_bytes()), &options(), &mut |article| articles.push(article))
            .map_err(|error| error.to_string())?;
        assert_eq!(articles.len(), 1);
        Ok(articles.remove(0))
    }

    #[test]
    fn marks_go_and_words_stay() {
        let check = |markdown: &str, expected: &str| assert_eq!(readable(markdown).text, expected, "{markdown:?}");
        check("", "");
        check("Die **New York Times** und _Tara John_.", "Die New York Times und Tara John.\n");
        check("# Titel\nErster\nAbsatz\n\nZweiter  \nZeile", "Titel\n\nErster Absatz\n\nZweiter\nZeile\n");
        check("- eins\n- zwei\n  - drei\n\nEnde", "eins\nzwei\ndrei\n\nEnde\n");
        check("1. eins\n\n2. zwei\n\nEnde", "eins\n\nzwei\n\nEnde\n".replace("eins\n\n", "eins\n").as_str());
        check("[die-nachrichten.at](https://www.die-nachrichten.at)", "die-nachrichten.at\n");
        check("![Bild](a.png) &amp; `code`", "Bild & code\n");
        check("> Zitat\n\nText\n\n---\n\nEnde", "Zitat\n\nText\n\nEnde\n");
        check("| a | b |\n|---|---|\n| 1 | 2 |\n\nEnde", "a\tb\n1\t2\n\nEnde\n");
        check("<div>Kasten &amp; <b>Text</b></div>\n\nEnde", "Kasten & Text\n\nEnde\n");
        check("a<br>b <!-- weg -->c", "a\nb c\n");
        check("```\nfn a() {}\n```\nText", "fn a() {}\n\nText\n");
    }

    #[test]
    fn front_matter_becomes_metadata() {
        let article = read(
            "---\ntitle: \"Putin: in Kursk\"\nsource: Tageblatt\nurl: https://example.org/a\ndate: 12.03.2025\nlanguage: de-AT\n\
             author: [A. B., 'C. D.']\ntags:\n  - Krieg\n  - Kursk\n  nested: {a: 1}\n---\n# Kopf\n\nText.",
        )
        .expect("text");
        let metadata = &article.metadata;
        assert_eq!(
            [&metadata.title, &metadata.source, &metadata.url, &metadata.date, &metadata.language],
            ["Putin: in Kursk", "Tageblatt", "https://example.org/a", "2025-03-12", "de-AT"]
        );
        assert_eq!(metadata.other.get("author").map(String::as_str), Some("A. B., C. D."));
        assert_eq!(metadata.other.get("tags").map(String::as_str), Some("Krieg, Kursk"));
        assert_eq!(article.warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), [Some(11)]);
        assert_eq!(article.text, "Kopf\n\nText.\n");
    }

    #[test]
    fn titles_without_front_matter() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(read(markdown).expect("text").metadata.title, expected, "{markdown:?}");
        };
        check("Vorspann.\n\n# Der *Kopf*\n\nText", "Der Kopf");
        check("Zeile\n\nText", "Zeile");
        check("Nur Text", "artikel");
        check("---\nkein Ende", "artikel");
        assert!(read("---\ntitle: a\n---\n").is_err());
    }

    #[test]
    fn hostile_nesting_is_read() {
        for markdown in
            ["> ".repeat(5_000), "[".repeat(20_000), "* ".repeat(2_000), "**a ".repeat(5_000), "<div>".repeat(5_000)]
        {
            let rendered = readable(&format!("{markdown}x"));
            assert!(rendered.text.len() <= markdown.len() + 2);
        }
    }

    proptest! {
        #[test]
        fn never_panics(markdown in "([a-z ]|[#>*_`\\[\\]()!|-]|---\n|\n|\r|\t|<div>|</div>|<!--|&amp;|ä|: |\\PC){0,60}") {
            if let Ok(article) = read(&markdown) {
                prop_assert!(!article.text.trim().is_empty());
            }
        }
    }
}
