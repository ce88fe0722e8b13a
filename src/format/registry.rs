//! The list of all formats.

use super::{Format, Input, Recognition};

/// Every format, in the order in which it is shown. Of two that are equally sure of a file, the earlier reads it.
pub fn all() -> &'static [&'static dyn Format] {
    const ALL: &[&dyn Format] = &[
        &super::jsonl::Jsonl,
        &super::brat::Brat,
        &super::conllu::Conllu,
        &super::germeval::Germeval,
        &super::webanno_tsv::WebannoTsv,
        &super::conll::Conll,
        &super::spacy_jsonl::SpacyJsonl,
        &super::gate::GateXml,
        &super::gate::Bdoc,
        &super::uima::Xmi,
        &super::uima::JsonCas,
        &super::docbin::DocBin,
        &super::hf_jsonl::HfJsonl,
        &super::hf_parquet::HfParquet,
        &super::label_studio::LabelStudio,
        &super::doccano::Doccano,
        &super::web_annotation::WebAnnotation,
        &super::quoted_json::QuotedJson,
        &super::csv_spans::CsvSpans,
        &super::chat::Chat,
        &super::triples::Triples,
        &super::graphml::GraphMl,
        &super::xlsx::Xlsx,
        &super::html_page::HtmlPage,
        &super::markdown_review::MarkdownReview,
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
        if sure == Recognition::Certain {
            break;
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
        check("a.tsv", "Bonn\tB-LOC\nist\tO\n", "conll");
        check("a.tsv", "1\tBonn\tB-LOC\tO\n2\tist\tO\tO\n", "germeval");
        check("a.conll", "1\tBonn\tB-LOC\n2\tist\tO\n", "conll");
        check("a.conllu", "1\tBonn\t_\t_\t_\t_\t0\troot\t_\t_\n", "conllu");
        check("a.txt", "# sent_id = 1\n1\tBonn\t_\t_\t_\t_\t0\troot\t_\t_\n", "conllu");
        check("a.tsv", "# global.columns = ID FORM NER\n1\tBonn\tB-LOC\n", "conllu");
        let webanno = "# webanno.custom.NE\n1-1\tBonn\tB-LOC\n1-2\tist\tO\n";
        let taken = recognize(&Input::alone("a.tsv", webanno.as_bytes())).map(|format| format.info().name);
        assert!(!matches!(taken, Some("conll" | "conllu" | "germeval")), "{taken:?}");
        let webanno = "#FORMAT=WebAnno TSV 3.3\n\n#Text=Bonn\n1-1\t0-4\tBonn\t_\t_\t_\t_\t_\t_\t_\t\n";
        let taken = recognize(&Input::alone("a.tsv", webanno.as_bytes())).map(|format| format.info().name);
        assert!(!matches!(taken, Some("conll" | "conllu" | "germeval")), "{taken:?}");
        check("a.json", "[{\"text\": \"a\"}]", "table");
        check("a.jsonl", "{\"text\": \"a\", \"title\": \"b\"}", "table");
        check("a.xmi", "<xmi:XMI xmlns:xmi='http://www.omg.org/XMI' xmlns:cas='http:///uima/cas.ecore'>", "uima-xmi");
        check("a.xml", "\u{FEFF}<x:XMI xmlns:x='http://www.omg.org/XMI' xmlns:c='http:///uima/cas.ecore'>", "uima-xmi");
        check("a.json", "{\"%TYPES\": {}, \"%VIEWS\": {}}", "uima-json");
        check("a.json", "{\"%HEADER\": {}, \"%FEATURE_STRUCTURES\": [{\"text\": \"a\"}]}", "uima-json");
        check("a.jsonl", r#"{"text": "a", "tokens": [{"text": "a", "start": 0}], "spans": []}"#, "spacy-jsonl");
        check("a.jsonl", r#"{"text": "a", "options": [], "_task_hash": 1, "answer": "accept"}"#, "spacy-jsonl");
        check("a.jsonl", r#"{"tokens": ["a"], "ner_tags": [0]}"#, "hf-jsonl");
        check("a.json", r#"{"id": 1, "words": ["a"], "labels": ["B-X"]}"#, "hf-jsonl");
        check("a.jsonl", r#"{"text": "a", "entities": [{"start": 0, "end": 1, "type": "X"}]}"#, "hf-jsonl");
        check(
            "a.tsv",
            "#FORMAT=WebAnno TSV 3.2\n\n\n#Text=a b\n1-1\t0-1\ta\tB-PER\t\n1-2\t2-3\tb\tO\t\n",
            "webanno-tsv",
        );
        check("a.txt", "\u{FEFF}#FORMAT=WebAnno TSV 3.3\n\n\n", "webanno-tsv");
        check("a.tsv", "a\tB-PER\nb\tO\n", "conll");
        check("a.jsonl", "{\"format\": \"glosse-jsonl\", \"text\": \"a\"}", "jsonl");
        check("a.xml", "<?xml version='1.0'?>\n<GateDocument version=\"3\">", "gate-xml");
        check("a.json", "{\"annotation_sets\": {}, \"text\": \"a\", \"offset_type\": \"p\"}", "bdoc");
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
