//! The list of all formats.

use super::{Format, Input, Recognition};

/// Every format, in the order in which it is shown. Of two that are equally sure of a file, the earlier reads it.
pub fn all() -> &'static [&'static dyn Format] {
    const ALL: &[&dyn Format] = &[
        &super::jsonl::Jsonl,
        &super::brat::Brat,
        &super::conll::Conll,
        &super::spacy_jsonl::SpacyJsonl,
        &super::label_studio::LabelStudio,
        &super::doccano::Doccano,
        &super::web_annotation::WebAnnotation,
        &super::quoted_json::QuotedJson,
        &super::csv_spans::CsvSpans,
        &super::html_page::HtmlPage,
        &super::table::TableInput,
        &super::markdown::Markdown,
        &super::html_input::HtmlInput,
        &super::plain::Plain,
    ];
    ALL
}

/// The format with this name on the command line.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    all().iter().copied().find(|format| format.info().name == name)
}

/// The format that is surest of a file; `None` if none could read it.
pub fn recognize(input: &Input<'_>) -> Option<&'static dyn Format> {
    let mut best: Option<(&'static dyn Format, Recognition)> = None;
    for format in all().iter().copied().filter(|format| format.info().reads) {
        let sure = format.recognize(input);
        if sure > best.map_or(Recognition::No, |(_, sure)| sure) {
            best = Some((format, sure));
        }
    }
    best.map(|(format, _)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_to_their_reader() {
        let check = |name: &str, start: &str, expected: &str| {
            let input = Input::alone(name.to_owned(), start.as_bytes());
            assert_eq!(recognize(&input).map(|format| format.info().name), Some(expected), "{name} {start}");
        };
        check("a.txt", "Der Präsident kam.", "text");
        check("a", "Der Präsident kam.", "text");
        check("a.pdf", "%PDF-1.7", "text");
        check("a.md", "# Titel", "markdown");
        check("a.html", "<p>Text", "html-text");
        check("seite", "<!DOCTYPE html><p>Text", "html-text");
        check("a.csv", "id,text\n", "table");
        check("a.csv", "article,kind,id,label,start,end,fragments\n", "csv");
        check("a.json", "[{\"text\": \"a\"}]", "table");
        check("a.jsonl", "{\"text\": \"a\", \"title\": \"b\"}", "table");
        check("a.jsonl", "{\"format\": \"glosse-jsonl\", \"text\": \"a\"}", "jsonl");
        check("a.json", "[{\"data\": {\"text\": \"a\"}, \"predictions\": []}]", "label-studio");
        check("a.jsonl", "{\"data\": {\"text\": \"a\"}}", "label-studio");
        check("a.json", "{\"data\": \"a\", \"text\": \"b\"}", "table");
        check("a.jsonl", "{\"text\": \"a\", \"label\": [[0, 1, \"X\"]]}", "doccano");
        check("a.jsonl", "{\"text\": \"a\", \"label\": [\"x\"]}", "doccano");
        check("a.jsonl", "{\"text\": \"a\", \"entities\": [{\"text\": \"a\", \"label\": \"X\"}]}", "quoted-json");
        check("a.jsonl", "{\"text\": \"a\", \"spans\": [{\"start\": 0, \"end\": 1, \"label\": \"X\"}]}", "spacy-jsonl");
        check("a.json", "{\"@context\": \"http://www.w3.org/ns/anno.jsonld\", \"target\": \"x\"}", "web-annotation");
    }
}
