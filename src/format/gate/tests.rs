//! Tests of GATE's files: own ones, damaged ones, and real ones where they are at hand.

use super::*;
use crate::{
    format::{MemoryOutput, Warning, WriteOptions, golden, original::NoOriginals, registry},
    model::{
        AnnotationId, AnnotationSet, ArticleId, ArticleText, AttributeValue, EntityRegistry, Progress, Schema, Span,
        Status,
    },
};
use std::{collections::BTreeMap, sync::Arc};

const XML: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<GateDocument version=\"3\">\n<!-- kept -->\n\
    <GateDocumentFeatures>\n\
    <Feature><Name className=\"java.lang.String\">gate.SourceURL</Name><Value className=\"java.lang.String\">http://a.example/</Value></Feature>\n\
    <Feature><Name className=\"java.lang.String\">pages</Name><Value className=\"java.lang.Long\">2</Value></Feature>\n\
    </GateDocumentFeatures>\n\
    <TextWithNodes><Node id=\"0\"/>\u{1F600}<Node id=\"2\"/> <Node id=\"3\"/>Kursk &amp; <![CDATA[<b>]]><Node id=\"14\"/>\r\nKiew<Node id=\"19\"/></TextWithNodes>\n\
    <AnnotationSet>\n\
    <Annotation Id=\"0\" Type=\"LOC\" StartNode=\"3\" EndNode=\"14\">\n\
    <Feature><Name className=\"java.lang.String\">n</Name><Value className=\"java.lang.Long\">7</Value></Feature>\n\
    <Feature><Name className=\"java.lang.String\">o</Name><Value className=\"gate.corpora.ObjectWrapper\"><![CDATA[<x>1</x>]]></Value></Feature>\n\
    </Annotation>\n\
    <Annotation Id=\"4\" Type=\"EMO\" StartNode=\"0\" EndNode=\"2\"></Annotation>\n\
    </AnnotationSet>\n\
    <AnnotationSet Name=\"Key &amp; more\">\n\
    <Annotation Id=\"5\" Type=\"LOC\" StartNode=\"19\" EndNode=\"19\"></Annotation>\n\
    </AnnotationSet>\n\
    <RelationSet>\n\
    <Relation Id=\"6\" Type=\"near\" Members=\"0;4\"><UserData>u</UserData></Relation>\n\
    <Relation Id=\"7\" Type=\"why\" Members=\"6;5;99\"><UserData></UserData></Relation>\n\
    </RelationSet>\n</GateDocument>\n";

fn read(format: &dyn Format, name: &str, bytes: &[u8]) -> Result<Imported, FormatError> {
    let mut found = None;
    format.read(&Input::alone(name, bytes), &golden::read_options(), &mut |article| found = Some(article))?;
    Ok(found.expect("an article"))
}

/// Label, words, and the number in Glosse of each span.
fn spans(article: &Imported) -> Vec<String> {
    let words = |span: &Span| format!("{} {} {:?}", span.id, span.label, span.fragments.surface(&article.text));
    article.spans.iter().map(words).collect()
}

fn messages(article: &Imported) -> Vec<String> {
    article.warnings.iter().map(Warning::to_string).collect()
}

/// Reads a file and writes it again, with `edit` in between.
fn round(format: &dyn Format, bytes: &[u8], options: &WriteOptions, edit: impl FnOnce(&mut Imported)) -> String {
    let mut article = read(format, "a.xml", bytes).expect("it can be read");
    edit(&mut article);
    let kept: BTreeMap<String, Arc<[u8]>> = [("k".to_owned(), bytes.into())].into();
    golden::keep(&mut article, format.info().name, "k", BTreeMap::new());
    let set = AnnotationSet::from_parts(0, Progress::New, article.spans, article.relations, article.document_labels).0;
    let exported = Exported {
        id: &ArticleId::new("a"),
        metadata: &article.metadata,
        text: &ArticleText::new(article.text),
        annotations: &set,
        everything: &set,
        kept: article.metadata.origin.kept.last(),
    };
    let (schema, entities) = (Schema::default(), EntityRegistry::default());
    let context = ExportContext { schema: &schema, entities: &entities, options, originals: &kept };
    let mut output = MemoryOutput::default();
    format.write(&mut [exported].into_iter(), &context, &mut output, &mut Vec::new()).expect("it can be written");
    String::from_utf8(output.files.remove(0).1).expect("UTF-8")
}

#[test]
fn xml_is_read() {
    let article = read(&GateXml, "a.xml", XML.as_bytes()).expect("it can be read");
    assert_eq!(article.text, "\u{1F600} Kursk & <b>\nKiew");
    assert_eq!(spans(&article), ["8 LOC \"Kursk & <b>\"", "4 EMO \"\u{1F600}\"", "5 LOC \"\""]);
    let number = article.spans[0].attributes.get("n");
    assert_eq!(number, Some(&AttributeValue::Number(7.0)));
    assert_eq!(article.spans[0].attributes.get("o"), Some(&AttributeValue::Text("<x>1</x>".into())));
    assert_eq!(article.spans[2].attributes.get("gate.set"), Some(&AttributeValue::Text("Key & more".into())));
    assert_eq!(article.metadata.url, "http://a.example/");
    assert_eq!(article.metadata.other.get("pages").map(String::as_str), Some("2"));
    let links = article.relations.iter().map(|relation| relation.targets().map(|id| id.0).collect::<Vec<_>>());
    assert_eq!(links.collect::<Vec<_>>(), [vec![8, 4], vec![6, 5]]);
    assert_eq!(messages(&article), ["a.xml:22: the \"why\" links the annotation 99, which is not there"]);
}

#[test]
fn an_unedited_file_comes_back_byte_for_byte() {
    let options = WriteOptions::default();
    assert_eq!(round(&GateXml, XML.as_bytes(), &options, |_| ()), XML);
    let json = "{\"offset_type\" : \"j\", \"text\":\"\u{1F600} a\",\n \"annotation_sets\":{\"\":{\"annotations\":[\
        {\"id\":0,\"type\":\"A\",\"start\":3,\"end\":4,\"features\":{\"x\":null,\"l\":[1]}}]}}, \"mine\": 1.50}";
    assert_eq!(round(&Bdoc, json.as_bytes(), &options, |_| ()), json);
    // Another unit is another file.
    let code_points = WriteOptions { other: [("offset_type".to_owned(), "p".to_owned())].into(), ..options };
    let other = round(&Bdoc, json.as_bytes(), &code_points, |_| ());
    assert!(other.contains("\"start\":2,\"end\":3") && other.contains("\"offset_type\":\"p\""), "{other}");
}

#[test]
fn an_edited_file_keeps_what_nobody_touched() {
    let edited = round(&GateXml, XML.as_bytes(), &WriteOptions::default(), |article| {
        article.spans[1].label = "FACE".into();
        article.spans.push(Span { id: AnnotationId(50), ..article.spans[1].clone() });
    });
    let again = read(&GateXml, "a.xml", edited.as_bytes()).expect("it can be read");
    assert_eq!(spans(&again)[..3], ["51 LOC \"Kursk & <b>\"", "4 FACE \"\u{1F600}\"", "50 FACE \"\u{1F600}\""]);
    for kept in [
        "Id=\"0\" Type=\"LOC\"",
        "Id=\"5\"",
        "<AnnotationSet Name=\"Key &amp; more\">",
        "java.lang.Long\">7<",
        "java.lang.Long\">2<",
        "gate.corpora.ObjectWrapper\">&lt;x&gt;1&lt;/x&gt;<",
        "Members=\"0;4\">\n<UserData>u</UserData>",
    ] {
        assert!(edited.contains(kept), "{kept} in {edited}");
    }
    let json = r#"{"text":"ab cd","mine":[1],"offset_type":"p","annotation_sets":{"K":{"name":"k","x":1,"annotations":[
        {"id":0,"type":"A","start":0,"end":2,"features":{"e":null,"l":[1],"n":5}},{"id":1,"type":"B","start":3,"end":5}]}}}"#;
    let edited = round(&Bdoc, json.as_bytes(), &WriteOptions::default(), |article| {
        article.spans.remove(1);
    });
    let value: serde_json::Value = serde_json::from_str(&edited).expect("JSON");
    let expected =
        serde_json::json!({"type": "A", "start": 0, "end": 2, "id": 0, "features": {"e": null, "l": [1], "n": 5}});
    assert_eq!(value["annotation_sets"]["K"]["annotations"], serde_json::json!([expected]));
    assert_eq!(value["annotation_sets"]["K"]["x"], 1);
    assert_eq!(value["mine"], serde_json::json!([1]));
}

#[test]
fn units_are_proven_and_strangers_wait() {
    let check = |json: &str, expected: &[&str], warnings: &[&str]| {
        let article = read(&Bdoc, "a.bdocjs", json.as_bytes()).expect("it can be read");
        assert_eq!(spans(&article), expected);
        let found = messages(&article);
        assert_eq!(found.len(), warnings.len(), "{found:?}");
        for (found, expected) in found.iter().zip(warnings) {
            assert!(found.contains(expected), "{found}");
        }
    };
    let sets = |items: &str| format!("{{\"\":{{\"annotations\":[{items}]}}}}");
    let document = |unit: &str, items: &str| {
        format!("{{\"annotation_sets\":{},\"text\":\"\u{1F600} Kursk\",\"offset_type\":\"{unit}\"}}", sets(items))
    };
    let token = r#"{"id":1,"type":"Token","start":3,"end":8,"features":{"string":"Kursk"}}"#;
    check(&document("j", token), &["1 Token \"Kursk\""], &[]);
    check(&document("p", token), &["1 Token \"Kursk\""], &["count UTF-16 units, not code points"]);
    let outside = r#"{"id":1,"type":"A","start":2,"end":99,"features":{}}"#;
    check(&document("p", outside), &["1 A \"\""], &["place it by hand"]);
    let twice = r#"{"id":1,"type":"A","start":0,"end":1},{"id":1,"type":"B","start":2,"end":7},{"id":3,"start":1},7"#;
    check(&document("p", twice), &["1 A \"\u{1F600}\"", "4 B \"Kursk\""], &["no JSON object", "no type"]);
    let waiting = read(&Bdoc, "a.bdocjs", document("p", outside).as_bytes()).expect("it can be read");
    assert_eq!(waiting.spans[0].status, Status::Suggested);
}

#[test]
fn missing_nodes_are_offsets_or_wait() {
    let xml = XML.replace("<Node id=\"3\"/>", "").replace("StartNode=\"0\"", "StartNode=\"x\"");
    let article = read(&GateXml, "a.xml", xml.as_bytes()).expect("it can be read");
    assert_eq!(spans(&article)[..2], ["8 LOC \"Kursk & <b>\"", "4 EMO \"\""]);
    let found = messages(&article);
    assert!(found[0].contains("its number was taken for an offset"), "{found:?}");
    assert!(found[1].contains("place it by hand"), "{found:?}");
}

#[test]
fn what_is_no_document_is_refused() {
    let check = |format: &dyn Format, text: &str, expected: &str| {
        let error = read(format, "a.xml", text.as_bytes()).expect_err("it is refused");
        assert!(error.to_string().contains(expected), "{error}");
    };
    let bomb = "<!DOCTYPE GateDocument [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><GateDocument><TextWithNodes>&b;";
    check(&GateXml, &format!("{bomb}</TextWithNodes></GateDocument>"), "DTD");
    check(&GateXml, "<GateDocument><TextWithNodes>", "a.xml:1: ");
    check(&GateXml, "<html></html>", "<html>");
    check(&GateXml, &format!("<GateDocument>{}", "<a>".repeat(200_000)), "XML");
    check(&Bdoc, "[]", "no JSON object");
    check(&Bdoc, "{\"annotation_sets\":{}}", "\"text\"");
    check(&Bdoc, "{\n\"text\": \"a\",}", "a.xml:2: ");
    check(&Bdoc, &"[".repeat(200_000), "JSON");
}

#[test]
fn old_encodings_are_read() {
    let text = XML.replace("UTF-8", "windows-1252").replace("\u{1F600}", "\u{e4}").into_bytes();
    let mut bytes: Vec<u8> = Vec::new();
    for char in String::from_utf8(text).expect("UTF-8").chars() {
        bytes.push(u8::try_from(u32::from(char)).expect("a byte"));
    }
    let article = read(&GateXml, "a.xml", &bytes).expect("it can be read");
    assert!(article.text.starts_with("\u{e4} Kursk"), "{}", article.text);
}

#[test]
fn control_characters_are_named_as_lost() {
    let mut golden = golden::golden();
    let text = golden.text.as_str().replace("Fett", "F\u{1}tt");
    golden.text = ArticleText::new(text);
    let (output, losses) = golden.write(&GateXml, &WriteOptions::default());
    assert!(losses.iter().any(|loss| loss.what.contains("control characters in the text")));
    let articles = golden::read_back(&GateXml, &output.files);
    assert!(articles[0].text.contains("<b>F\u{FFFD}tt</b>"), "{}", articles[0].text);
    let (_, losses) = golden.write(&Bdoc, &WriteOptions::default());
    assert!(losses.iter().all(|loss| !loss.what.contains("control characters")));
}

#[test]
fn nothing_vanishes_in_utf16_either() {
    let golden = golden::golden();
    let options =
        WriteOptions { other: [("offset_type".to_owned(), "j".to_owned())].into(), ..WriteOptions::default() };
    let (output, _) = golden.write(&Bdoc, &options);
    let articles = golden::read_back(&Bdoc, &output.files);
    let places: Vec<_> = articles[0].spans.iter().map(|span| span.fragments.clone()).collect();
    assert_eq!(places, golden.set.spans().map(|span| span.fragments.clone()).collect::<Vec<_>>());
    assert_eq!(articles[0].warnings, []);
}

#[test]
fn real_files_come_back_as_they_were() {
    let Some(folder) = golden::shared("corpora/gate") else { return };
    let (mut folders, mut counts) = (vec![folder], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("it can be read");
            let Some(format) = registry::recognize(&Input::alone(entry.file_name().to_string_lossy(), &bytes)) else {
                continue;
            };
            let is_yaml = path.extension().is_some_and(|extension| extension == "bdocym");
            if [GateXml.info().name, Bdoc.info().name].contains(&format.info().name) && !is_yaml {
                assert_eq!(round(format, &bytes, &WriteOptions::default(), |_| ()).as_bytes(), bytes, "{path:?}");
                *counts.entry(format.info().name).or_insert(0) += 1;
                // Written without the original, it says the same.
                let before = read(format, "a.xml", &bytes).expect("it can be read");
                let fresh = fresh(format, &before);
                let after = read(format, "a.xml", &fresh).expect("it can be read");
                assert_eq!(after.text, before.text);
                let said = |article: &Imported| {
                    let span = |span: &Span| format!("{} {:?} {:?}", span.label, span.fragments, span.attributes);
                    let mut said: Vec<_> = article.spans.iter().map(span).collect();
                    said.sort();
                    said
                };
                assert_eq!(said(&after), said(&before), "{path:?}");
            }
        }
    }
    assert_eq!(counts, [("bdoc", 3), ("gate-xml", 5)].into());
}

fn fresh(format: &dyn Format, article: &Imported) -> Vec<u8> {
    let (spans, relations) = (article.spans.clone(), article.relations.clone());
    let set = AnnotationSet::from_parts(0, Progress::New, spans, relations, Vec::new()).0;
    let exported = Exported {
        id: &ArticleId::new("a"),
        metadata: &article.metadata,
        text: &ArticleText::new(article.text.clone()),
        annotations: &set,
        everything: &set,
        kept: article.metadata.origin.kept.last(),
    };
    let (schema, entities, options) = (Schema::default(), EntityRegistry::default(), WriteOptions::default());
    let context = ExportContext { schema: &schema, entities: &entities, options: &options, originals: &NoOriginals };
    let mut output = MemoryOutput::default();
    format.write(&mut [exported].into_iter(), &context, &mut output, &mut Vec::new()).expect("it can be written");
    output.files.remove(0).1
}

#[test]
fn yaml_is_refused_with_a_word_on_what_to_do() {
    let input = Input::alone("a.bdocym", b"annotation_sets:\n  '': {}\n");
    assert_eq!(crate::format::registry::recognize(&input).map(|format| format.info().name), Some("bdoc"));
    let error = Bdoc.read(&input, &golden::read_options(), &mut |_| ()).expect_err("it is YAML");
    assert!(error.to_string().contains("gatenlp.Document.load(\"a.bdocym\").save(\"a.bdocjs\")"), "{error}");
}
