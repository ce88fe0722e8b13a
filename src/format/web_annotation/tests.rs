//! Annotations of all forms, edits of what was read, and real files.

use super::*;
use crate::{
    format::{MemoryOutput, WriteOptions, golden, registry},
    model::{AnnotationSet, ArticleId, ArticleText, EntityRegistry, Fragments, Progress, Schema, Span, Status},
    text::TextRange,
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

fn read_with(content: &str, text: &str) -> Vec<Imported> {
    let sibling = |name: &str| (name == "a.txt").then(|| text.as_bytes().to_vec());
    let input = Input::new("a.jsonld", content.as_bytes(), &sibling);
    let mut articles = Vec::new();
    let result = WebAnnotation.read(&input, &golden::read_options(), &mut |article| articles.push(article));
    assert_eq!(result.is_err(), articles.is_empty(), "{result:?}");
    articles
}

fn spans(article: &Imported) -> Vec<String> {
    let one = |span: &Span| {
        let attributes: Vec<_> = span.attributes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        let entity = span.entity.as_ref().map_or(String::new(), |entity| format!(" @{entity}"));
        let note = if span.note.is_empty() { String::new() } else { format!(" {:?}", span.note) };
        format!("{} {}{entity}{note}{}", span.label, span.fragments.surface(&article.text), attributes.concat())
    };
    article.spans.iter().map(one).collect()
}

fn annotation(body: Value, selector: Value) -> Value {
    json!({"@context": CONTEXT, "id": "#1", "type": "Annotation", "body": body, "target": {"source": "a.txt", "selector": selector}})
}

fn quote(exact: &str) -> Value {
    json!({"type": "TextQuoteSelector", "exact": exact})
}

fn position(start: u32, end: u32) -> Value {
    json!({"type": "TextPositionSelector", "start": start, "end": end})
}

#[test]
fn selectors_find_their_place() {
    let text = "😀 Köln am Rhein, Köln im Mai";
    let tag = || json!({"type": "TextualBody", "purpose": "tagging", "value": "LOC"});
    let check = |selector: Value, expected: &[&str], warnings: usize| {
        let articles = read_with(&annotation(tag(), selector).to_string(), text);
        assert_eq!(spans(&articles[0]), expected);
        assert_eq!(articles[0].warnings.len(), warnings, "{:?}", articles[0].warnings);
    };
    check(position(2, 6), &["LOC Köln"], 0);
    check(json!([quote("Köln"), position(2, 6)]), &["LOC Köln"], 0);
    check(json!([position(3, 7), quote("Köln")]), &["LOC Köln"], 1);
    check(quote("Rhein"), &["LOC Rhein"], 0);
    check(quote("Köln"), &["LOC "], 1);
    check(
        json!({"type": "TextQuoteSelector", "exact": "Köln", "prefix": "Rhein, ", "suffix": " im"}),
        &["LOC Köln"],
        0,
    );
    check(json!([quote("Bonn"), position(2, 6)]), &["LOC "], 1);
    check(json!([quote("Köln"), position(2, 6), quote("Mai"), position(25, 28)]), &["LOC Köln Mai"], 0);
    check(json!({"type": "FragmentSelector", "value": "char=2,6", "refinedBy": {"type": "x"}}), &["LOC Köln"], 0);
    check(json!({"type": "XPathSelector", "value": "/p", "refinedBy": position(2, 6)}), &["LOC Köln"], 0);
    check(position(7, 2), &["LOC "], 1);
    check(position(u32::MAX, u32::MAX), &["LOC "], 1);
    check(json!({"type": "CssSelector", "value": "p"}), &[], 1);
}

#[test]
fn bodies_say_what_a_span_is() {
    let check = |body: Value, expected: &[&str]| {
        let articles = read_with(&annotation(body, position(0, 4)).to_string(), "Köln");
        assert_eq!(spans(&articles[0]), expected);
        articles
    };
    let textual = |purpose: &str, value: &str| json!({"type": "TextualBody", "purpose": purpose, "value": value});
    check(json!([textual("tagging", "A"), textual("oa:classifying", "B")]), &["A Köln", "B Köln"]);
    check(
        json!([textual("tagging", "A"), textual("commenting", "so"), {"type": "TextualBody", "value": "na"}]),
        &["A Köln \"so\\nna\""],
    );
    check(json!("http://example.org"), &["annotation Köln"]);
    let articles = check(
        json!([textual("tagging", "LOC"), {"type": "SpecificResource", "purpose": "identifying", "source": "https://www.wikidata.org/wiki/Q365"}]),
        &["LOC Köln @Q365"],
    );
    assert_eq!(articles[0].entities[0].identifiers.get("wikidata").map(String::as_str), Some("Q365"));
    check(
        json!([textual("tagging", "LOC"), {"id": "https://example.org/köln", "purpose": "linking"}]),
        &["LOC Köln @https-example-org-koeln"],
    );
}

#[test]
fn links_and_labels_of_the_whole_are_read() {
    let tag = |value: &str| json!({"type": "TextualBody", "purpose": "tagging", "value": value});
    let content = json!({"@context": CONTEXT, "type": "AnnotationPage", "items": [
        {"id": "#r", "type": "Annotation", "motivation": "linking", "body": tag("in"), "target": [{"id": "#a"}, "#b"]},
        {"id": "#a", "type": "Annotation", "body": tag("PER"), "target": {"source": "http://example.org/x/a.txt", "selector": position(0, 4)}},
        {"id": "#b", "type": "Annotation", "body": tag("LOC"), "target": {"source": "http://example.org/x/a.txt", "selector": position(8, 12)}},
        {"id": "#l", "type": "Annotation", "motivation": "classifying", "body": {"type": "TextualBody", "value": "news"}, "target": "http://example.org/x/a.txt"},
        {"id": "#z", "type": "Annotation", "motivation": "linking", "body": tag("x"), "target": ["#a", "#missing"]},
        {"id": "#y", "type": "Annotation", "motivation": "linking", "body": tag("y"), "target": "#missing"},
    ]});
    let articles = read_with(&content.to_string(), "Anna in Köln");
    let article = &articles[0];
    assert_eq!(spans(article), ["PER Anna", "LOC Köln"]);
    assert_eq!(&*article.document_labels[0].label, "news");
    let relations: Vec<_> =
        article.relations.iter().map(|found| (&*found.label, found.arguments.len(), found.targets().next())).collect();
    assert_eq!(relations, [("in", 2, Some(article.spans[0].id)), ("x", 1, Some(article.spans[0].id))]);
    assert_eq!(article.warnings.len(), 1, "{:?}", article.warnings);
}

#[test]
fn texts_are_looked_for_beside_the_file() {
    let about = |source: &str| {
        let mut found = annotation(json!({"type": "TextualBody", "purpose": "tagging", "value": "X"}), position(0, 1));
        found["target"]["source"] = source.into();
        found
    };
    let check = |content: Value, files: &[&str], expected: &[&str]| {
        let sibling = |name: &str| files.contains(&name).then(|| format!("{name} is here").into_bytes());
        let content = content.to_string();
        let input = Input::new("a.w3c.jsonld", content.as_bytes(), &sibling);
        let mut texts = Vec::new();
        let result = WebAnnotation.read(&input, &golden::read_options(), &mut |article| texts.push(article.text));
        let expected: Vec<_> = expected.iter().map(|name| format!("{name} is here")).collect();
        assert_eq!(texts, expected);
        assert_eq!(result.is_err(), expected.is_empty());
        if let Err(error) = result {
            assert!(error.to_string().contains("put it there as"), "{error}");
        }
    };
    check(about("http://example.org/b.txt?x"), &["b.txt", "a.txt"], &["b.txt"]);
    check(about("http://example.org/k%C3%B6ln.html"), &["köln.txt"], &["köln.txt"]);
    check(about(""), &["a.txt"], &["a.txt"]);
    check(about("x/y"), &["a.w3c.txt"], &["a.w3c.txt"]);
    check(json!([about("b.txt"), about("c.txt"), about("d.txt")]), &["b.txt", "d.txt", "a.txt"], &["b.txt", "d.txt"]);
    check(json!([about(""), about("b.txt")]), &["b.txt"], &["b.txt"]);
    check(about("../../etc/passwd"), &["passwd"], &[]);
    check(about("b.txt"), &[], &[]);
}

/// Reads a file, edits its article and writes it again: the annotations and the text.
fn round(content: &str, text: &str, edit: impl Fn(&mut Imported)) -> (String, String, Vec<Loss>) {
    let kept: BTreeMap<String, Arc<[u8]>> =
        [("kept".to_owned(), content.as_bytes().into()), ("text".to_owned(), text.as_bytes().into())].into();
    let mut article = read_with(content, text).remove(0);
    edit(&mut article);
    let beside = article.beside.iter().map(|name| (name.clone(), "text".to_owned())).collect();
    golden::keep(&mut article, "web-annotation", "kept", beside);
    let (spans, relations) = (article.spans.clone(), article.relations.clone());
    let set = AnnotationSet::from_parts(0, Progress::New, spans, relations, article.document_labels.clone()).0;
    let exported = Exported {
        id: &ArticleId::new("a"),
        metadata: &article.metadata,
        text: &ArticleText::new(article.text.as_str()),
        annotations: &set,
        everything: &set,
        kept: article.metadata.origin.kept.last(),
    };
    let entities = EntityRegistry {
        entities: article.entities.iter().map(|entity| (entity.id.clone(), entity.clone())).collect(),
        ..EntityRegistry::default()
    };
    let (schema, options) = (Schema::default(), WriteOptions::default());
    let context = ExportContext { schema: &schema, entities: &entities, options: &options, originals: &kept };
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    WebAnnotation.write(&mut [exported].into_iter(), &context, &mut output, &mut losses).expect("it can be written");
    let file = |name: &str| {
        let found = output.files.iter().find(|(other, _)| other == name).expect("a file");
        String::from_utf8(found.1.clone()).expect("text")
    };
    (file("a.jsonld"), file("a.txt"), losses)
}

/// A list with one annotation on each word, and one that Glosse does not show.
fn three() -> Value {
    let one = |id: &str, word: &str, start: u32| {
        let mut found = annotation(
            json!([{"type": "TextualBody", "purpose": "tagging", "value": "W"}]),
            json!([quote(word), position(start, start + 4)]),
        );
        found["id"] = id.into();
        found["creator"] = "http://example.org/me".into();
        found
    };
    let mut hidden = annotation(json!("x"), json!({"type": "CssSelector", "value": "p"}));
    hidden["id"] = "#h".into();
    json!([one("#a", "Anna", 0), hidden, one("#b", "Köln", 8), {"id": "#r", "type": "Annotation", "motivation": "linking", "target": ["#a", "#b"], "x": 1}])
}

#[test]
fn unedited_files_come_back_as_they_were() {
    let items = three();
    let text = "\u{FEFF}Anna in Köln\r\n";
    for content in [
        items.to_string(),
        format!("\u{FEFF} {}\r\n", serde_json::to_string_pretty(&items).expect("JSON")),
        json!({"@context": CONTEXT, "type": "AnnotationCollection", "first": {"type": "AnnotationPage", "items": items}}).to_string(),
        items[0].to_string(),
    ] {
        let (written, beside, losses) = round(&content, text, |_| ());
        assert_eq!(written, content);
        assert_eq!(beside, text);
        assert_eq!(losses, []);
    }
}

#[test]
fn edits_change_only_what_was_edited() {
    let items = three();
    let in_collection = json!({"@context": CONTEXT, "type": "AnnotationCollection", "total": 4, "license": "x",
        "first": {"type": "AnnotationPage", "items": items, "startIndex": 0}});
    let edit = |article: &mut Imported| {
        article.spans[0].label = "PER".into();
        article.spans[0].fragments = Fragments::one(TextRange::from_usize(5, 7));
    };
    let moved = |article: &mut Imported| {
        // The text before "Köln" changed; its annotation moves along.
        article.text = "In Köln".to_owned();
        article.spans.remove(0);
        article.relations.clear();
        article.spans[0].fragments = Fragments::one(TextRange::from_usize(3, 8));
    };
    for (content, pointer) in [(items.clone(), ""), (in_collection, "/first/items")] {
        let (written, _, losses) = round(&content.to_string(), "Anna in Köln", edit);
        let file: Value = serde_json::from_str(&written).expect("JSON");
        let list = file.pointer(pointer).and_then(Value::as_array).expect("a list");
        assert_eq!(list[..3], [items[1].clone(), items[2].clone(), items[3].clone()]);
        assert_eq!((&list[3]["id"], &list[3]["creator"]), (&json!("#a"), &json!("http://example.org/me")));
        assert_eq!(list[3]["target"]["selector"][0]["exact"], "in");
        assert!(losses.iter().all(|loss| loss.annotation.is_none()));
        assert_eq!(spans(&read_with(&written, "Anna in Köln")[0]), ["W Köln", "PER in"]);

        let (written, text, _) = round(&content.to_string(), "Anna in Köln", moved);
        assert_eq!(text, "In Köln");
        let articles = read_with(&written, &text);
        assert_eq!(spans(&articles[0]), ["W Köln"]);
        assert_eq!(articles[0].warnings.len(), 1, "only the hidden one: {:?}", articles[0].warnings);
    }
}

#[test]
fn bad_files_are_refused_in_words() {
    for content in ["", "[", "{}", "[5]", "{\"target\":5}", "{\"@context\":[]}", &"[".repeat(100_000)] {
        assert!(read_with(content, "a").len() <= 1, "{content}");
    }
}

#[test]
fn the_golden_article_has_agreeing_selectors() {
    let golden = golden::golden();
    let (output, losses) = golden.write(&WebAnnotation, &WriteOptions::default());
    let names: Vec<_> = output.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["gruesse-1.txt", "gruesse-1.jsonld"]);
    assert_eq!(output.files[0].1, golden::TEXT.as_bytes());
    let file: Value = serde_json::from_slice(&output.files[1].1).expect("JSON");
    let chars: Vec<char> = golden::TEXT.chars().collect();
    let mut count = 0;
    for item in file["first"]["items"].as_array().expect("items") {
        for target in several(item.get("target")).iter().filter(|target| target.get("selector").is_some()) {
            let (quote, place) = (&target["selector"][0], &target["selector"][1]);
            let number = |name: &str| place[name].as_u64().expect("a number") as usize;
            let words: String = chars[number("start")..number("end")].iter().collect();
            assert_eq!(quote["exact"].as_str(), Some(&*words));
            let around = format!(
                "{}{words}{}",
                quote["prefix"].as_str().expect("text"),
                quote["suffix"].as_str().expect("text")
            );
            assert!(golden::TEXT.contains(&around));
            count += 1;
        }
    }
    // One of the 16 spans has two pieces, one was rejected.
    assert_eq!(count, 16);
    let lost: Vec<_> = losses.iter().filter_map(|loss| loss.annotation).map(|id| id.0).collect();
    assert_eq!(lost, [14, 33]);
    let articles = golden::read_back(&WebAnnotation, &output.files);
    assert_eq!(articles[0].warnings, []);
    assert_eq!(articles[0].spans.iter().filter(|span| span.status == Status::Suggested).count(), 1);
}

#[test]
fn real_files_are_read_or_refused() {
    let Some(folder) = golden::shared("corpora/web-annotation") else { return };
    let mut count = 0;
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "json") {
                let content = std::fs::read(&path).expect("a file");
                let input = Input::alone("a.json", &content);
                let known = registry::recognize(&input).map(|format| format.info().name);
                let result = WebAnnotation.read(&input, &golden::read_options(), &mut |_| ());
                // None of them has its text beside it.
                assert!(result.is_err());
                count += usize::from(known == Some("web-annotation"));
            }
        }
    }
    assert!(count > 50, "{count}");
    // With a text that has its quotations in their places, the annotations of INCEpTION are read and come back.
    let path = folder.join("inception-project__inception/inception/inception-html-apache-annotator-editor/src/test/resources/annotations.w3c.json");
    let Ok(content) = std::fs::read_to_string(path) else { return };
    let mut text = " ".repeat(1000);
    for (start, words) in [(124, "Troy"), (646, "death in battle"), (963, "Ithaca")] {
        text.replace_range(start..start + words.len(), words);
    }
    let articles = read_with(&content, &text);
    let found = spans(&articles[0]);
    assert_eq!(found[0], "A Tag Troy \"This is a comment\"");
    assert_eq!((found.len(), articles[0].relations.len()), (4, 1));
    assert_eq!(round(&content, &text, |_| ()).0, content);
}
