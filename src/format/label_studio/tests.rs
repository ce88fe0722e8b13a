//! Tasks of all kinds, edits of what was read, and real files.

use super::*;
use crate::{
    format::{
        MemoryOutput, WriteOptions, golden,
        original::{NoOriginals, Originals},
    },
    model::{
        AnnotationSet, ArticleId, ArticleText, AttributeKind, EntityRegistry, Fragments, Progress, Schema, Span, Status,
    },
    text::TextRange,
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

fn read_named(name: &str, content: &str, config: Option<&str>) -> Vec<Imported> {
    let sibling = |name: &str| config.filter(|_| name == "config.xml").map(|config| config.as_bytes().to_vec());
    let input = Input::new(name, content.as_bytes(), &sibling);
    let mut articles = Vec::new();
    let result = LabelStudio.read(&input, &golden::read_options(), &mut |article| articles.push(article));
    assert_eq!(result.is_err(), articles.is_empty(), "{result:?}");
    articles
}

fn read(content: &str, config: Option<&str>) -> Vec<Imported> {
    read_named("a.json", content, config)
}

fn spans(article: &Imported) -> Vec<String> {
    let one = |span: &Span| {
        let attributes: Vec<_> = span.attributes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        let surface = span.fragments.surface(&article.text);
        format!("{} {surface} {}{}", span.label, span.status.as_str(), attributes.concat())
    };
    article.spans.iter().map(one).collect()
}

/// A task with these results of one annotation.
fn task(text: &str, results: serde_json::Value) -> String {
    json!([{"id": 7, "data": {"text": text}, "annotations": [{"id": 1, "result": results}]}]).to_string()
}

fn region(id: &str, start: usize, end: usize, text: &str, label: &str) -> serde_json::Value {
    json!({"id": id, "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual",
        "value": {"start": start, "end": end, "text": text, "labels": [label]}})
}

#[test]
fn regions_become_spans() {
    let check = |text: &str, results: serde_json::Value, expected: &[&str], warnings: &[&str]| {
        let articles = read(&task(text, results), None);
        assert_eq!(spans(&articles[0]), expected);
        let found: Vec<_> = articles[0].warnings.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), warnings.len(), "{found:?}");
        for (found, part) in found.iter().zip(warnings) {
            assert!(found.contains(part), "{found}");
        }
    };
    check("In Köln", json!([region("a", 3, 7, "Köln", "LOC")]), &["LOC Köln accepted"], &[]);
    check("😀 Köln", json!([region("a", 2, 6, "Köln", "LOC")]), &["LOC Köln accepted"], &[]);
    check("😀 Köln", json!([region("a", 3, 7, "Köln", "LOC")]), &["LOC Köln accepted"], &["count UTF-16 units"]);
    check("In Köln", json!([region("a", 2, 6, "Köln", "LOC")]), &["LOC Köln accepted"], &["was moved"]);
    // White space in repeated words is not always that of the text.
    check("An\r\nna  B", json!([region("a", 0, 9, "Anna B", "P")]), &["P An\r\nna  B accepted"], &[]);
    check("An\nna B", json!([region("a", 0, 5, "An\\nna", "P")]), &["P An\nna accepted"], &[]);
    check(
        "In Köln",
        json!([region("a", 2, 6, "Bonn", "LOC")]),
        &["LOC  suggested"],
        &[r#"the "LOC" "Bonn" is not at [(2, 6)]; place it by hand"#],
    );
    check(
        "In Köln",
        json!([{"id": "a", "from_name": "l", "to_name": "text", "type": "labels",
            "value": {"start": "3", "end": 7.0, "text": "Köln", "labels": ["LOC", "ORG"]}}]),
        &["LOC Köln accepted", "ORG Köln accepted"],
        &[],
    );
    check(
        "In Köln",
        json!([region("a", 3, 7, "Köln", "LOC"),
            {"id": "a", "from_name": "sure", "to_name": "text", "type": "choices", "value": {"start": 3, "end": 7, "text": "Köln", "choices": ["true"]}},
            {"id": "a", "from_name": "mention", "to_name": "text", "type": "choices", "value": {"start": 3, "end": 7, "choices": ["name"]}},
            {"id": "a", "from_name": "why", "to_name": "text", "type": "textarea", "value": {"start": 3, "end": 7, "text": ["so"]}},
            {"id": "a", "from_name": "weight", "to_name": "text", "type": "number", "value": {"start": 3, "end": 7, "number": 2}},
            {"id": "a", "from_name": "kind", "to_name": "text", "type": "taxonomy", "value": {"start": 3, "end": 7, "taxonomy": [["A", "B"]]}},
            {"id": "b", "from_name": "x", "to_name": "text", "type": "rectanglelabels", "value": {"x": 1}}]),
        &["LOC Köln accepted kind=[[\"A\",\"B\"]] mention=name sure=true weight=2 why=so"],
        &["1 results of the kind \"rectanglelabels\""],
    );
    check(
        "In Köln",
        json!([{"id": "a", "type": "labels", "value": {"start": 3, "end": 7}}]),
        &["region Köln accepted"],
        &["no label"],
    );
    check("a", json!([region("a", 0, 9_999_999_999, "a", "X")]), &["X a accepted"], &["was moved"]);
    check(
        "a",
        json!([5, null, {}, {"type": "relation"}, {"type": "relation", "from_id": "a", "to_id": "b"}]),
        &[],
        &["does not link", "does not link", "kind \"\""],
    );
}

#[test]
fn relations_and_document_labels_are_read() {
    let results = json!([
        region("a", 0, 4, "Anna", "PER"), region("b", 8, 12, "Köln", "LOC"),
        {"from_id": "a", "to_id": "b", "type": "relation", "direction": "right", "labels": ["in"]},
        {"from_id": "a", "to_id": "b", "type": "relation", "direction": "left", "labels": ["of"]},
        {"from_id": "a", "to_id": "b", "type": "relation", "direction": "bi"},
        {"id": "c", "from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["news", "war"]}},
    ]);
    let articles = read(&task("Anna in Köln", results), None);
    let article = &articles[0];
    let name = |id| article.spans.iter().find(|span| span.id == id).map(|span| span.fragments.surface(&article.text));
    let relations: Vec<_> = article
        .relations
        .iter()
        .map(|found| {
            let ends: Vec<_> = found.targets().filter_map(name).collect();
            format!("{} {} {:?}", found.label, ends.join(" "), found.attributes.len())
        })
        .collect();
    assert_eq!(relations, ["in Anna Köln 0", "of Köln Anna 0", "relation Anna Köln 1"]);
    let labels: Vec<_> = article.document_labels.iter().map(|label| &*label.label).collect();
    assert_eq!(labels, ["news", "war"]);
    assert_eq!(article.wanted_id, "7");
}

#[test]
fn predictions_and_other_annotators_are_suggestions() {
    let content = json!({
        "data": {"text": "In Köln"},
        "annotations": [
            {"was_cancelled": true, "result": [region("a", 0, 2, "In", "X")]},
            {"completed_by": 4, "result": [region("a", 3, 7, "Köln", "LOC")]},
            {"completed_by": 5, "result": [region("b", 3, 7, "Köln", "LOC"), region("c", 3, 7, "Köln", "ORG")]},
        ],
        "predictions": [
            {"model_version": "m1", "score": 0.5, "result": [region("d", 3, 7, "Köln", "LOC"), region("e", 0, 2, "In", "Y")]},
        ],
    });
    let articles = read(&content.to_string(), None);
    assert_eq!(spans(&articles[0]), ["LOC Köln accepted", "ORG Köln suggested", "Y In suggested"]);
    let last = &articles[0].spans[2].provenance;
    assert_eq!(last.score, Some(0.5));
    assert_eq!(last.source, crate::model::Source::Extractor { name: "m1".into(), version: "".into() });
    assert_eq!(articles[0].warnings.len(), 2);
}

const CONFIG: &str = r##"<View>
  <!-- shown first -->
  <Header value="Names"/>
  <Labels name="ner" toName="words">
    <Label value="Person" alias="PER" background="#aa3355" hotkey="p"/>
    <Label value="LOC" background="red"/>
  </Labels>
  <Choices name="mention" toName="words" perRegion="true" whenLabelValue="PER"><Choice value="name"/></Choices>
  <Choices name="topic" toName="words" choice="single"><Choice value="war"/></Choices>
  <Relations><Relation value="in"/></Relations>
  <Text name="words" value="$body"/>
</View>
"##;

#[test]
fn the_configuration_becomes_the_schema() {
    let content = json!([{"data": {"body": "In Köln", "text": "no"}}]).to_string();
    let articles = read(&content, Some(CONFIG));
    assert_eq!(articles[0].text, "In Köln");
    let schema = articles[0].schema.as_ref().expect("a schema");
    let labels: Vec<_> = schema.labels.iter().map(|label| (&*label.name, label.color.is_some(), label.key)).collect();
    assert_eq!(labels, [("PER", true, Some('p')), ("LOC", false, None)]);
    assert_eq!(schema.attributes[0].kind, AttributeKind::Choice(vec!["name".into()]));
    assert_eq!(schema.attributes[0].applies_to, ["PER".into()]);
    assert_eq!(&*schema.document_labels[0].name, "war");
    assert_eq!(&*schema.relations[0].name, "in");
    assert_eq!(schema.problems(), []);
}

#[test]
fn a_configuration_is_no_bomb() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><View>&b;</View>";
    let outside = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><View>&a;</View>";
    for config in [bomb, outside, "<View", "", "<View/>"] {
        let articles = read(&task("In Köln", json!([region("a", 3, 7, "Köln", "LOC")])), Some(config));
        assert_eq!(spans(&articles[0]), ["LOC Köln accepted"]);
        assert!(articles[0].warnings[0].message.contains("is not used"), "{config}");
    }
}

/// Reads a file, edits its articles and writes them again: the file and the configuration.
fn round(
    name: &str,
    content: &str,
    config: Option<&str>,
    edit: impl Fn(usize, &mut Imported),
) -> (String, String, Vec<Loss>) {
    let mut kept: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    kept.insert("kept".to_owned(), content.as_bytes().into());
    if let Some(config) = config {
        kept.insert("config".to_owned(), config.as_bytes().into());
    }
    let mut articles = read_named(name, content, config);
    let mut schema = Schema::default();
    let mut prepared = Vec::new();
    for (index, article) in articles.iter_mut().enumerate() {
        edit(index, article);
        crate::format::derive::schema_of(article, &mut schema);
        let beside = article.beside.iter().map(|name| (name.clone(), "config".to_owned())).collect();
        golden::keep(article, "label-studio", "kept", beside);
        let (spans, relations) = (article.spans.clone(), article.relations.clone());
        let labels = article.document_labels.clone();
        let set = AnnotationSet::from_parts(0, Progress::New, spans, relations, labels).0;
        prepared.push((ArticleId::new(&article.wanted_id), ArticleText::new(article.text.as_str()), set));
    }
    let exported: Vec<_> = articles
        .iter()
        .zip(&prepared)
        .map(|(article, (id, text, set))| Exported {
            id,
            metadata: &article.metadata,
            text,
            annotations: set,
            everything: set,
            kept: article.metadata.origin.kept.last(),
        })
        .collect();
    write(&exported, &schema, &kept)
}

fn write(exported: &[Exported<'_>], schema: &Schema, originals: &dyn Originals) -> (String, String, Vec<Loss>) {
    let (entities, options) = (EntityRegistry::default(), WriteOptions::default());
    let context = ExportContext { schema, entities: &entities, options: &options, originals };
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    LabelStudio.write(&mut exported.iter().copied(), &context, &mut output, &mut losses).expect("it can be written");
    let text = |index: usize| String::from_utf8(output.files[index].1.clone()).expect("text");
    (text(0), text(1), losses)
}

#[test]
fn unedited_files_come_back_as_they_were() {
    let one = |text: &str| {
        json!({"id": 1, "data": {"body": text}, "annotations": [{"lead_time": 1.50, "result": [
            {"id": "x", "from_name": "ner", "to_name": "words", "type": "labels", "hidden": true,
                "value": {"start": 3, "end": 7, "text": "Köln", "labels": ["LOC"]}},
            {"id": "y", "from_name": "z", "to_name": "q", "type": "pairwise", "value": {"selected": "left"}}]}]})
        .to_string()
    };
    let (first, second) = (one("In Köln"), one("Um Köln herum"));
    for content in [
        format!("[{first},{second}]"),
        format!(" [\n  {first}\n  ,\n  {{\"data\":{{\"image\":\"x\"}}}},\n  {second}\n ]\n"),
        format!("{first}\r\n\r\n{second}"),
        first.clone(),
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&first).expect("JSON")).expect("JSON"),
    ] {
        for config in [None, Some(CONFIG)] {
            let config = config.filter(|_| !content.contains("image"));
            let (written, _, losses) = round("a.json", &content, config, |_, _| ());
            assert_eq!(written, content);
            assert_eq!(losses, []);
        }
    }
    let (_, config, _) = round("a.json", &format!("[{first}]"), Some(CONFIG), |_, _| ());
    assert_eq!(config, CONFIG);
}

#[test]
fn edits_change_only_what_was_edited() {
    let region = |id: &str, start: usize, end: usize, text: &str, label: &str| {
        json!({"id": id, "from_name": "ner", "to_name": "words", "type": "labels", "hidden": true,
            "value": {"start": start, "end": end, "text": text, "labels": [label]}})
    };
    let relation = json!({"from_id": "x", "to_id": "y", "type": "relation", "direction": "left", "labels": ["in"]});
    let other = json!({"id": "z", "from_name": "z", "to_name": "q", "type": "pairwise", "value": {"selected": "left"}});
    let content = json!([{"id": 1, "data": {"body": "In Köln am Rhein"}, "file_upload": "f", "annotations": [{"lead_time": 2, "result": [
        region("x", 3, 7, "Köln", "LOC"), other, region("y", 11, 16, "Rhein", "LOC"), relation, region("w", 0, 2, "In", "PER")]}]}]);
    let edit = |_: usize, article: &mut Imported| {
        article.spans[0].label = "Stadt".into();
        article.spans.remove(2);
        let mut fresh = article.spans[1].clone();
        fresh.id = crate::model::AnnotationId(90);
        fresh.fragments = Fragments::one(TextRange::from_usize(9, 11));
        fresh.label = "PREP".into();
        fresh.status = Status::Suggested;
        article.spans.push(fresh);
    };
    let (written, config, losses) = round("a.json", &content.to_string(), Some(CONFIG), edit);
    let written: serde_json::Value = serde_json::from_str(&written).expect("JSON");
    let task = &written[0];
    assert_eq!((&task["file_upload"], &task["annotations"][0]["lead_time"]), (&json!("f"), &json!(2)));
    let results = &task["annotations"][0]["result"];
    assert_eq!(results[0], other);
    assert_eq!(results[1], region("y", 11, 16, "Rhein", "LOC"));
    assert_eq!(results[2]["labels"], json!(["in"]));
    assert_eq!(results[3], region("x", 3, 7, "Köln", "Stadt"));
    assert_eq!(results.as_array().map(Vec::len), Some(4));
    assert_eq!(task["predictions"][0]["result"][0]["value"]["text"], "am");
    assert!(losses.iter().all(|loss| loss.annotation.is_none()), "{losses:?}");
    for line in ["<!-- shown first -->", "<Label value=\"Stadt\"/>", "<Label value=\"PREP\"/>", "alias=\"PER\""] {
        assert!(config.contains(line), "{config}");
    }
    let again = read(&written.to_string(), Some(&config));
    assert_eq!(again[0].spans.len(), 3);
    assert_eq!(again[0].relations.len(), 1);
    assert_eq!(again[0].warnings.len(), 1, "only what is not shown is named: {:?}", again[0].warnings);
}

#[test]
fn an_edited_text_takes_its_regions_along() {
    let content = task("In Köln", json!([region("x", 3, 7, "Köln", "LOC")]));
    let edit = |_: usize, article: &mut Imported| {
        article.text = "Heute: In Köln".to_owned();
        article.spans[0].fragments = Fragments::one(TextRange::from_usize(10, 15));
    };
    let (written, _, _) = round("a.json", &content, None, edit);
    let articles = read(&written, None);
    assert_eq!(articles[0].text, "Heute: In Köln");
    assert_eq!(spans(&articles[0]), ["LOC Köln accepted"]);
    assert_eq!(articles[0].warnings, []);
}

#[test]
fn html_is_read_as_words() {
    let result = json!({"id": "a", "from_name": "ner", "to_name": "page", "type": "hypertextlabels", "value": {
        "start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": 3, "endOffset": 7,
        "globalOffsets": {"start": 3, "end": 7}, "text": "Köln", "hypertextlabels": ["LOC"]}});
    let mut without = result.clone();
    without["value"].as_object_mut().expect("an object").remove("globalOffsets");
    for result in [result, without] {
        let content =
            json!({"data": {"text": "<p>In <b>Köln</b> &amp; Bonn</p>"}, "annotations": [{"result": [result]}]})
                .to_string();
        let articles = read(&content, None);
        assert_eq!(articles[0].text, "In Köln & Bonn");
        assert_eq!(spans(&articles[0]), ["LOC Köln accepted"]);
        assert_eq!(round("a.json", &content, None, |_, _| ()).0, content);
        // An edited page becomes text.
        let (written, ..) = round("a.json", &content, None, |_, article| article.spans[0].label = "ORG".into());
        assert_eq!(spans(&read(&written, None)[0]), ["ORG Köln accepted"]);
    }
}

#[test]
fn bad_tasks_do_not_spoil_good_ones() {
    let good = r#"{"data":{"text":"a b"},"annotations":[{"result":[]}]}"#;
    let content =
        format!("[{{\"data\":{{\"text\":\"a\"x}}}}, 5, {{\"data\":{{\"n\":1}},\"annotations\":[]}},\n{good}]");
    let articles = read(&content, None);
    assert_eq!(articles.len(), 1);
    let lines: Vec<_> = articles[0].warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [Some(1), Some(1), Some(1)]);
    assert_eq!(round("a.json", &content, None, |_, _| ()).0, content);
    for content in ["", "[]", "{", "[[[[", "\u{FEFF}", "{\"data\":{}}", "{\"data\":5}"] {
        assert!(read(content, None).is_empty(), "{content}");
    }
    let deep = format!("[{}]", "[".repeat(100_000));
    assert!(read(&deep, None).is_empty());
}

#[test]
fn the_golden_article_is_written_with_its_configuration() {
    let golden = golden::golden();
    let (output, losses) = golden.write(&LabelStudio, &WriteOptions::default());
    let config = String::from_utf8(output.files[1].1.clone()).expect("text");
    assert_eq!(output.files[1].0, "label-config.xml");
    let parsed = Config::parse(config.as_bytes()).expect("a configuration");
    let schema = &parsed.schema;
    assert!(golden.schema.labels.iter().all(|label| schema.label(&label.name).is_some_and(|known| known == label)));
    assert_eq!(schema.attribute("sure").map(|found| &found.kind), Some(&AttributeKind::Flag));
    assert_eq!(schema.attribute("weight").map(|found| &found.kind), Some(&AttributeKind::Number));
    let lost: Vec<_> = losses.iter().filter_map(|loss| loss.annotation).map(|id| id.0).collect();
    assert_eq!(lost, [14, 17, 19, 1, 31, 32, 33, 34, 35, 36]);
    let articles = golden::read_back(&LabelStudio, &output.files);
    assert_eq!(articles[0].warnings, []);
    // Without the article of its origin nothing is taken over.
    let (written, ..) = write(&[golden.exported()], &golden.schema, &NoOriginals);
    assert!(written.starts_with("[\n{\"data\":{\"text\":"));
}

#[test]
fn real_tasks_come_back() {
    let Some(folder) = golden::shared("corpora/label-studio") else { return };
    let (mut same, mut unread) = (0, 0);
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "json") {
                let content = std::fs::read_to_string(&path).expect("a file");
                let config = ["config.xml", "label_config.xml"]
                    .iter()
                    .find_map(|name| std::fs::read_to_string(path.with_file_name(name)).ok());
                if read(&content, config.as_deref()).is_empty() {
                    unread += 1;
                    continue;
                }
                let (written, ..) = round("a.json", &content, config.as_deref(), |_, _| ());
                assert_eq!(written, content, "{}", path.display());
                same += 1;
            }
        }
    }
    // Those that are not read are about pictures and chats, or no tasks.
    assert_eq!((same, unread), (9, 6));
}
