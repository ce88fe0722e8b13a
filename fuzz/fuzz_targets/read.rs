//! Reads any bytes with the reader that `GLOSSE_FORMAT` names, and writes what came out in the same format and as JSON lines.
//! `fuzz/run` starts it for one format or for all.

#![no_main]

use glosse::{
    format::{
        ExportContext, Exported, Format, Input, MemoryOutput, ReadOptions, WriteOptions,
        original::NoOriginals,
        registry::by_name,
    },
    model::{AnnotationSet, ArticleId, ArticleText, EntityRegistry, Progress, Schema},
};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FORMAT: LazyLock<&'static dyn Format> = LazyLock::new(|| {
    let name = std::env::var("GLOSSE_FORMAT").expect("GLOSSE_FORMAT names a format");
    by_name(&name).expect("GLOSSE_FORMAT names a format that `glosse formats` lists")
});

/// Divides the input into the file and one beside it, for formats that read two.
const DIVIDER: &[u8] = b"\n=====\n";

fuzz_target!(|data: &[u8]| {
    let divided = data.windows(DIVIDER.len()).position(|window| window == DIVIDER);
    let (bytes, beside) = match divided {
        Some(at) => (&data[..at], &data[at + DIVIDER.len()..]),
        None => (data, &b"Der Pr\xC3\xA4sident kam nach Kursk."[..]),
    };
    let sibling = |_: &str| Some(beside.to_vec());
    let extension = FORMAT.info().extensions.first().unwrap_or(&"txt");
    let input = Input::new(format!("a.{extension}"), bytes, &sibling);
    let _ = FORMAT.recognize(&input);
    let options = ReadOptions {
        normalize_line_endings: data.len() % 2 == 0,
        text_column: None,
        encoding: None,
        default_language: String::new(),
        time: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut articles = Vec::new();
    let _ = FORMAT.read(&input, &options, &mut |imported| {
        for span in &imported.spans {
            assert!(span.fragments.fit(&imported.text), "{span:?}");
        }
        if articles.len() < 50 {
            articles.push(imported);
        }
    });
    let (schema, entities, write) = (Schema::default(), EntityRegistry::default(), WriteOptions::default());
    let context = ExportContext { schema: &schema, entities: &entities, options: &write, originals: &NoOriginals };
    let jsonl = by_name("jsonl").expect("a format");
    for imported in articles {
        let (set, repeated) =
            AnnotationSet::from_parts(0, Progress::New, imported.spans, imported.relations, imported.document_labels);
        assert!(repeated.is_empty());
        let (id, text) = (ArticleId::new("a"), ArticleText::new(imported.text));
        let exported =
            Exported { id: &id, metadata: &imported.metadata, text: &text, annotations: &set, everything: &set, kept: None };
        for format in [*FORMAT, jsonl].into_iter().filter(|format| format.info().writes) {
            let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
            let written = format.write(&mut [exported].into_iter(), &context, &mut output, &mut losses);
            written.expect("memory can be written");
        }
    }
});
