//! Glosse's own interchange format: one article per line as JSON, with everything that Glosse knows of it.
//!
//! Lossless both ways. The records are types of their own and carry a version, so that old files stay readable when the
//! model changes.

mod read;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition, writing::for_articles,
};

pub(super) use read::metadata as metadata_from_record;
pub(super) use write::metadata as metadata_record;

/// The name on the command line.
pub(super) const NAME: &str = "jsonl";
/// The name in every record.
const FORMAT: &str = "glosse-jsonl";
/// The version that is written; records of later versions are read as far as they are understood.
const VERSION: u64 = 1;

/// See the module.
pub struct Jsonl;

impl Format for Jsonl {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: NAME,
            title: "Glosse JSON lines",
            extensions: &["jsonl", "ndjson"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds::ALL,
            unit: "code points",
            documentation: include_str!("jsonl.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = input.bytes.get(..input.bytes.len().min(4096)).unwrap_or_default();
        let start = String::from_utf8_lossy(start);
        let start = start.trim_start_matches('\u{FEFF}').trim_start();
        if !start.starts_with('{') {
            Recognition::No
        } else if start.contains("\"glosse-jsonl\"") {
            Recognition::Certain
        } else if start.contains("\"text\"") && start.contains("\"fragments\"") {
            Recognition::Likely
        } else {
            Recognition::No
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        read::read(input, options, article)
    }

    fn has_records_in_lines(&self) -> bool {
        true
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let mut file = output.create("")?;
        for_articles(
            articles,
            losses,
            |exported, _| write::line(&exported, context.entities),
            |line, _| file.write_all(&line).and_then(|()| file.write_all(b"\n")).map_err(FormatError::io("")),
        )?;
        file.flush().map_err(FormatError::io(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::golden;

    fn read(content: &str) -> Vec<Imported> {
        let input = Input::alone("x.jsonl".to_owned(), content.as_bytes());
        let mut articles = Vec::new();
        let result = Jsonl.read(&input, &golden::read_options(), &mut |article| articles.push(article));
        assert_eq!(result.is_err(), articles.is_empty());
        articles
    }

    #[test]
    fn everything_comes_back() {
        let golden = golden::golden();
        let (output, losses) = golden.write(&Jsonl, &Default::default());
        assert_eq!(losses, []);
        let articles = golden::read_back(&Jsonl, &output.files);
        let [article] = articles.as_slice() else { panic!("one article") };
        assert_eq!(article.warnings, []);
        assert_eq!(article.text, golden.text.as_str());
        assert_eq!(article.metadata, golden.metadata);
        assert_eq!(article.wanted_id, golden.id.as_str());
        assert_eq!(article.spans, golden.set.spans().cloned().collect::<Vec<_>>());
        assert_eq!(article.relations, golden.set.relations().cloned().collect::<Vec<_>>());
        assert_eq!(article.document_labels, golden.set.document_labels().cloned().collect::<Vec<_>>());
        let entities: std::collections::BTreeMap<_, _> =
            article.entities.iter().map(|entity| (entity.id.clone(), entity.clone())).collect();
        assert_eq!(entities, golden.entities.entities);
    }

    #[test]
    fn foreign_records_are_read_as_far_as_they_are_understood() {
        let check = |line: &str, spans: &[&str], warnings: &[&str]| {
            let articles = read(line);
            let [article] = articles.as_slice() else { panic!("one article from {line}") };
            let found: Vec<_> = article
                .spans
                .iter()
                .map(|span| format!("{} {} {}", span.id, span.label, span.fragments.surface(&article.text)))
                .collect();
            assert_eq!(found, spans, "{line}");
            assert_eq!(article.warnings.len(), warnings.len(), "{line}: {:?}", article.warnings);
            for (warning, part) in article.warnings.iter().zip(warnings) {
                assert!(warning.to_string().contains(part), "{warning}");
            }
        };
        check(r#"{"text":"Über Köln","spans":[{"start":5,"end":9,"label":"LOC"}]}"#, &["1 LOC Köln"], &[]);
        check(
            r#"{"text":"😀 Köln","spans":[{"start":3,"end":7,"label":"LOC","text":"Köln"}]}"#,
            &["1 LOC Köln"],
            &["count UTF-16 units, not code points"],
        );
        check(r#"{"text":"😀 Köln","unit":"utf16","spans":[{"start":3,"end":7,"label":"LOC"}]}"#, &["1 LOC Köln"], &[]);
        check(
            r#"{"text":"In Köln am Rhein","spans":[{"id":"a","start":3,"end":7,"label":"LOC","text":"Köln"},
                {"id":7,"start":10,"end":15,"label":"LOC","text":"Rhein"},{"start":1,"end":2,"label":"X","text":"Bonn"}]}"#
                .replace('\n', " ")
                .as_str(),
            &["8 LOC Köln", "7 LOC Rhein"],
            &["x.jsonl:1: the \"LOC\" at [(10, 15)] was moved", "left out"],
        );
        check(
            r#"{"text":"a b","spans":[{"label":"X","fragments":[[0,1],[2,"x"]]},{"start":0,"end":9,"label":"X"},5,{}]}"#,
            &[],
            &["no objects", "left out", "left out", "no \"label\""],
        );
        check(
            r#"{"text":"a","spans":[{"id":1,"start":0,"end":1,"label":"X","entity":"e","status":"odd","origin":{"source":"person","time":"?"}}],"relations":[{"label":"r","arguments":[{"role":"q","target":1},{"role":"p","target":5}]},{"label":"r","trigger":9}]}"#,
            &["1 X a"],
            &["is no time", "\"odd\"", "points to 5", "points to 9", "only its id"],
        );
    }

    #[test]
    fn bad_lines_do_not_spoil_good_ones() {
        let articles = read("nonsense\n{\"text\":\"a\",\"id\":\"one\"}\n\n[1]\n{\"text\":\"b\"}\n{\"id\":3}\n");
        let found: Vec<_> = articles
            .iter()
            .map(|article| {
                let lines: Vec<_> = article.warnings.iter().filter_map(|warning| warning.line).collect();
                (article.wanted_id.as_str(), article.text.as_str(), lines)
            })
            .collect();
        assert_eq!(found, [("one", "a", vec![1, 4]), ("x-5", "b", vec![6])]);
        assert!(read("").is_empty());
        assert!(read("\u{1}").is_empty());
    }

    #[test]
    fn article_text_comes_back_exactly() {
        let Some(folder) = golden::shared("articles") else { return };
        for entry in std::fs::read_dir(folder).expect("the folder can be read").flatten() {
            let text = std::fs::read_to_string(entry.path()).expect("a text");
            let mut golden = golden::golden();
            golden.text = crate::model::ArticleText::new(text.as_str());
            golden.set = Default::default();
            let (output, _) = golden.write(&Jsonl, &Default::default());
            assert_eq!(golden::read_back(&Jsonl, &output.files)[0].text, text);
        }
    }
}
