//! What comes back after an edit, and without one from the real corpora.

use super::{
    JsonCas, Xmi,
    cas::{Cas, Structure},
    guess, json,
    tests::{LAYERS, TYPES, described, read_file, xmi_of},
    type_file,
    types::TypeSystem,
    xmi,
};
use crate::{
    format::{
        ExportContext, Exported, Format, Imported, Loss, MemoryOutput, WriteOptions, golden, original::NoOriginals,
        reading::normalize_line_endings,
    },
    model::{
        AnnotationId, AnnotationSet, ArticleId, ArticleText, AttributeValue, EntityRegistry, Fragments, Progress,
        Schema,
    },
    text::TextRange,
};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// Writes an article that came from a file, with `edit` in between; the file that comes out, the types, and what is lost.
fn round(
    format: &dyn Format,
    file: &str,
    types: Option<&str>,
    edit: impl FnOnce(&mut Imported),
) -> (String, String, Vec<Loss>) {
    let name = format!("a.{}", format.info().extensions[0]);
    let mut article = read_file(format, &name, file.as_bytes(), types).expect("it can be read");
    edit(&mut article);
    let mut kept: BTreeMap<String, Arc<[u8]>> = [(name.clone(), file.as_bytes().into())].into();
    let mut beside = BTreeMap::new();
    for other in &article.beside {
        kept.insert(other.clone(), types.unwrap_or_default().as_bytes().into());
        beside.insert(other.clone(), other.clone());
    }
    golden::keep(&mut article, format.info().name, &name, beside);
    let (set, repeated) =
        AnnotationSet::from_parts(0, Progress::New, article.spans, article.relations, article.document_labels);
    assert!(repeated.is_empty());
    let entities = EntityRegistry {
        entities: article.entities.into_iter().map(|entity| (entity.id.clone(), entity)).collect(),
        retired: Default::default(),
    };
    let exported = Exported {
        id: &ArticleId::new("a"),
        metadata: &article.metadata,
        text: &ArticleText::new(article.text),
        annotations: &set,
        everything: &set,
        kept: article.metadata.origin.kept.last(),
    };
    let (schema, options) = (Schema::default(), WriteOptions::default());
    let context = ExportContext { schema: &schema, entities: &entities, options: &options, originals: &kept };
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    format.write(&mut [exported].into_iter(), &context, &mut output, &mut losses).expect("it can be written");
    let content = |wanted: &str| {
        let found = output.files.iter().find(|(name, _)| name == wanted);
        found.map(|(_, bytes)| String::from_utf8(bytes.clone()).expect("UTF-8")).unwrap_or_default()
    };
    (content(&name), content("TypeSystem.xml"), losses)
}

fn lines(file: &str) -> Vec<&str> {
    file.lines().map(str::trim).filter(|line| !line.starts_with("<cas:View") && !line.contains("XMI")).collect()
}

#[test]
fn only_what_was_edited_changes() {
    let text = "\u{1F60A} Köln Bonn";
    let extra = "<seg:Lemma xmi:id=\"20\" sofa=\"99\" begin=\"3\" end=\"7\" value=\"köln\"/>\n\
        <cas:Sofa xmi:id=\"98\" sofaNum=\"2\" sofaID=\"second\" sofaString=\"other\"/>\n\
        <ner:NamedEntity xmi:id=\"21\" sofa=\"98\" begin=\"0\" end=\"5\" value=\"Y\"/>";
    let file = xmi_of(text, &format!("{LAYERS}\n{extra}"));
    let before = xmi::write(&xmi::read(&file, TypeSystem::default()).expect("XML").0);
    let check = |edit: &dyn Fn(&mut Imported), gone: &[&str], new: &[&str]| {
        let (after, types, losses) = round(&Xmi, &file, Some(TYPES), |article| edit(article));
        let (before, now) = (lines(&before), lines(&after));
        let missing: Vec<_> = before.iter().filter(|line| !now.contains(line)).collect();
        let added: Vec<_> = now.iter().filter(|line| !before.contains(line)).collect();
        let fits = |found: &[&&str], parts: &[&str]| {
            found.len() == parts.len() && found.iter().zip(parts).all(|(line, part)| line.contains(part))
        };
        assert!(fits(&missing, gone), "{missing:#?}");
        assert!(fits(&added, new), "{added:#?}");
        assert!(losses.iter().all(|loss| loss.annotation.is_none()), "{losses:?}");
        // What came out says what the project says.
        let again = read_file(&Xmi, "a.xmi", after.as_bytes(), Some(&types)).expect("it can be read");
        let mut wanted = read_file(&Xmi, "a.xmi", file.as_bytes(), Some(TYPES)).expect("it can be read");
        edit(&mut wanted);
        let (mut again, mut wanted) = (described(&again), described(&wanted));
        again.sort();
        wanted.sort();
        assert_eq!(again, wanted);
    };
    check(&|article| article.spans[0].label = "ORG".into(), &["value=\"LOC\""], &["value=\"ORG\" identifier"]);
    // A label that the types do not allow.
    let other_label = |article: &mut Imported| article.spans[2].label = "new".into();
    check(&other_label, &["<c:Mention"], &["<ner:NamedEntity xmi:id=\"3\""]);
    let attribute = |article: &mut Imported| {
        let attributes = &mut article.spans[2].attributes;
        attributes.insert("count".into(), AttributeValue::Number(8.0));
        attributes.insert("comment".into(), AttributeValue::Flag(true));
        attributes.remove("weight");
        attributes.insert("neu für".into(), AttributeValue::Text("<a>".into()));
    };
    check(
        &attribute,
        &["weight=\"0.5\" count=\"7\" comment=\"x\""],
        &["generic=\"false\" count=\"8\" comment_2=\"true\" neu_fur=\"&lt;a&gt;\""],
    );
    // What goes takes with it what points to it.
    let removed = |article: &mut Imported| {
        article.spans.retain(|span| &*span.label != "LOC");
        article.relations.retain_mut(|relation| {
            let spans = &article.spans;
            relation.arguments.retain(|argument| spans.iter().any(|span| span.id == argument.target));
            &*relation.label != "in"
        });
    };
    check(
        &removed,
        &["value=\"LOC\"", "<c:Relation", "<c:Host", "<c:Link", "<c:Link"],
        &["<c:Host", "value=\"Token\"", "<c:Link"],
    );
    let moved = |article: &mut Imported| article.spans[0].fragments = Fragments::one(TextRange::from_usize(5, 8));
    check(&moved, &["begin=\"3\" end=\"7\" value=\"LOC\""], &["begin=\"3\" end=\"5\" value=\"LOC\""]);
    let entity = |article: &mut Imported| article.spans[0].entity = None;
    check(&entity, &["identifier="], &["value=\"LOC\"/>"]);
    let relation = |article: &mut Imported| {
        article.relations[0].arguments.swap(0, 1);
        article.relations[0].arguments[0].role = "Governor".into();
        article.relations[0].arguments[1].role = "Dependent".into();
        article.relations[0].label = "near".into();
    };
    check(&relation, &["value=\"in\""], &["Governor=\"1\" Dependent=\"5\" value=\"near\""]);
    let chain = |article: &mut Imported| {
        article.relations[2].arguments.pop();
    };
    check(&chain, &["CoreferenceChain", "next=\"12\""], &["referenceType=\"name\"/>", "<glosse:Link", "<glosse:Event"]);
    let slot = |article: &mut Imported| {
        article.relations.remove(1);
    };
    check(&slot, &["<c:Host", "<c:Link", "<c:Link"], &["<c:Host xmi:id=\"7\" sofa=\"99\" begin=\"8\" end=\"12\"/>"]);
    let event = |article: &mut Imported| article.relations[1].label = "visit".into();
    check(&event, &["<c:Host", "<c:Link", "<c:Link"], &["<c:Host", "<glosse:Link", "<glosse:Link", "<glosse:Event"]);
    let label = |article: &mut Imported| article.document_labels[0].label = "town".into();
    check(&label, &["<c:Topic"], &["<glosse:DocumentLabel"]);
    let title = |article: &mut Imported| article.metadata.title = "Titel".into();
    check(&title, &[], &["documentTitle=\"Titel\""]);
    let new = |article: &mut Imported| {
        let mut span = article.spans[0].clone();
        (span.id, span.entity) = (AnnotationId(4), None);
        span.fragments = Fragments::one(TextRange::from_usize(0, 4));
        // The number of a token: it is free in the project.
        article.spans.retain(|span| span.id.0 != 5);
        article.relations.remove(0);
        article.spans.push(span);
    };
    check(&new, &["<c:Relation"], &["begin=\"0\" end=\"2\" value=\"LOC\"/>"]);
}

#[test]
fn an_edited_text_takes_what_is_not_shown_with_it() {
    let extra = "<c:Pos xmi:id=\"20\" sofa=\"99\" begin=\"3\" end=\"7\" value=\"N\"/>\
        <seg:Stem xmi:id=\"22\" sofa=\"99\" begin=\"3\" end=\"7\" value=\"k\"/>\
        <meta:DocumentMetaData xmi:id=\"23\" sofa=\"99\" begin=\"0\" end=\"12\" language=\"de\" documentTitle=\"T\"/>";
    let file = xmi_of("\u{1F60A} Köln Bonn", &format!("{LAYERS}{extra}"));
    let (after, types, losses) = round(&Xmi, &file, Some(TYPES), |article| {
        article.text = "\u{1F60A} Köln Bonn".replace("Köln", "Berlin");
        article.spans.retain(|span| span.fragments.start().to_usize() > 5);
        article.relations.clear();
        for span in &mut article.spans {
            span.fragments = Fragments::one(TextRange::from_usize(12, 16));
        }
    });
    let again = read_file(&Xmi, "a.xmi", after.as_bytes(), Some(&types)).expect("it can be read");
    assert_eq!(again.text, "\u{1F60A} Berlin Bonn");
    assert!(again.spans.iter().all(|span| span.fragments.surface(&again.text) == "Bonn"), "{:?}", described(&again));
    assert_eq!(again.metadata.title, "T");
    assert!(after.contains("end=\"14\" language=\"de\"") && after.contains("Token"), "{after}");
    assert!(!after.contains("Stem"));
    assert!(losses.iter().any(|loss| loss.what.contains("1 Stem") && loss.why.contains("text")), "{losses:?}");
}

#[test]
fn line_ends_may_have_been_changed() {
    let file = xmi_of("a\r\nKöln", "<ner:NamedEntity xmi:id=\"1\" sofa=\"99\" begin=\"3\" end=\"7\" value=\"LOC\"/>");
    let flat = |article: &mut Imported| {
        normalize_line_endings(article);
    };
    assert_eq!(round(&Xmi, &file, None, flat).0, file);
    let (after, ..) = round(&Xmi, &file, None, |article| {
        flat(article);
        article.spans[0].label = "ORG".into();
        article.spans[0].fragments = Fragments::one(TextRange::from_usize(0, 3));
        article.spans[0].label = "LOC".into();
    });
    assert!(after.contains("begin=\"0\" end=\"4\"") && after.contains("a&#13;&#10;Köln"), "{after}");
}

#[test]
fn what_xml_can_not_hold_is_lost_there_only() {
    let golden = golden::golden();
    let mut metadata = golden.metadata.clone();
    metadata.title = "a\u{1}b".to_owned();
    let exported = Exported {
        metadata: &metadata,
        text: &ArticleText::new(format!("{}\u{B}", golden.text.as_str())),
        ..golden.exported()
    };
    for (format, count) in [(&Xmi as &dyn Format, 2), (&JsonCas, 0)] {
        let options = WriteOptions::default();
        let context = ExportContext {
            schema: &golden.schema,
            entities: &golden.entities,
            options: &options,
            originals: &NoOriginals,
        };
        let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
        format.write(&mut [exported].into_iter(), &context, &mut output, &mut losses).expect("it can be written");
        let found = losses.iter().filter(|loss| loss.what.contains("control characters")).count();
        assert_eq!(found, count, "{losses:?}");
        let articles = golden::read_back(format, &output.files);
        assert_eq!(articles[0].text.ends_with('\u{B}'), count == 0);
        assert_eq!(articles[0].spans.len(), golden.set.spans().count());
    }
}

#[test]
fn json_keeps_what_was_not_edited() {
    let file = serde_json::json!({
        "%HEADER": {"%VERSION": "1.0"},
        "%TYPES": {
            "c.Host": {"%NAME": "c.Host", "%SUPER_TYPE": "uima.tcas.Annotation",
                "links": {"%NAME": "links", "%RANGE": "c.Link[]"}, "value": {"%NAME": "value", "%RANGE": "uima.cas.String"}},
            "c.Link": {"%NAME": "c.Link", "%SUPER_TYPE": "uima.cas.TOP",
                "role": {"%RANGE": "uima.cas.String"}, "target": {"%RANGE": "uima.tcas.Annotation"}},
            "c.Odd": {"%NAME": "c.Odd", "%SUPER_TYPE": "uima.cas.TOP", "n": {"%RANGE": "uima.cas.Double"}},
        },
        "%FEATURE_STRUCTURES": [
            {"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaNum": 1, "sofaID": "_InitialView", "sofaString": "\u{1F60A} Köln Bonn"},
            {"%ID": 2, "%TYPE": "c.Host", "@sofa": 1, "^begin": 3, "^end": 7, "value": "A", "@links": 5},
            {"%ID": 3, "%TYPE": "c.Host", "@sofa": 1, "^begin": 8, "^end": 12, "@links": null},
            {"%ID": 4, "%TYPE": "c.Link", "role": "r", "@target": 3},
            {"%ID": 5, "%TYPE": "c.Link[]", "%ELEMENTS": [4]},
            {"%ID": 6, "%TYPE": "c.Odd", "#n": "-Infinity"},
            {"%ID": 7, "%TYPE": "uima.cas.ByteArray", "%ELEMENTS": "VGVzdA=="},
            {"%ID": 8, "%TYPE": "uima.cas.StringArray", "%ELEMENTS": ["", null, "a"]},
        ],
        "%VIEWS": {"_InitialView": {"%SOFA": 1, "%MEMBERS": [2, 3, 6]}},
    });
    let edited = |edit: &dyn Fn(&mut Imported)| -> serde_json::Value {
        let (after, _, losses) = round(&JsonCas, &file.to_string(), None, edit);
        assert!(losses.iter().all(|loss| loss.annotation.is_none()), "{losses:?}");
        let again = read_file(&JsonCas, "a.json", after.as_bytes(), None).expect("it can be read");
        let mut wanted = read_file(&JsonCas, "a.json", file.to_string().as_bytes(), None).expect("it can be read");
        edit(&mut wanted);
        assert_eq!(described(&again), described(&wanted));
        serde_json::from_str(&after).expect("JSON")
    };
    assert_eq!(edited(&|_| ()), file);
    let mut expected = file.clone();
    expected["%FEATURE_STRUCTURES"][1]["value"] = "B".into();
    assert_eq!(edited(&|article| article.spans[0].label = "B".into()), expected);
    expected = file.clone();
    expected["%FEATURE_STRUCTURES"][2]["^begin"] = 0.into();
    expected["%FEATURE_STRUCTURES"][2]["^end"] = 2.into();
    let moved = |article: &mut Imported| article.spans[1].fragments = Fragments::one(TextRange::from_usize(0, 4));
    assert_eq!(edited(&moved), expected);
    // New links take the place of the old ones.
    let after = edited(&|article| article.relations[0].arguments[0].role = "other".into());
    let structures = after["%FEATURE_STRUCTURES"].as_array().expect("a list");
    assert_eq!(structures.len(), 8);
    assert!(structures.iter().any(|structure| structure["role"] == "other" && structure["%TYPE"] == "c.Link"));
    let gone = edited(&|article| {
        article.relations.clear();
        article.spans.truncate(1);
    });
    assert_eq!(gone["%VIEWS"]["_InitialView"]["%MEMBERS"], serde_json::json!([2, 6]));
    assert_eq!(gone["%FEATURE_STRUCTURES"].as_array().map(Vec::len), Some(5));
}

#[test]
fn types_of_several_files_are_joined_or_kept_apart() {
    let golden = golden::golden();
    let types = |range: &str| TYPES.replace("uima.cas.Float", range);
    let file = xmi_of("\u{1F60A} Köln Bonn", LAYERS);
    let sources: Vec<(String, String)> = ["uima.cas.Float", "uima.cas.Float", "uima.cas.String"]
        .iter()
        .enumerate()
        .map(|(count, range)| (format!("a{count}.xmi"), types(range)))
        .collect();
    let mut kept: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut articles = Vec::new();
    for (name, types) in &sources {
        let mut article = read_file(&Xmi, name, file.as_bytes(), Some(types)).expect("it can be read");
        kept.insert(name.clone(), file.as_bytes().into());
        kept.insert(format!("{name}.types"), types.as_bytes().into());
        let beside = [("TypeSystem.xml".to_owned(), format!("{name}.types"))].into();
        golden::keep(&mut article, "uima-xmi", name, beside);
        let (spans, relations, labels) = (article.spans, article.relations, article.document_labels);
        let (set, _) = AnnotationSet::from_parts(0, Progress::New, spans, relations, labels);
        let id = ArticleId::new(name.trim_end_matches(".xmi"));
        articles.push((id, article.metadata, ArticleText::new(article.text), set, article.entities));
    }
    let entities = EntityRegistry {
        entities: articles
            .iter()
            .flat_map(|article| &article.4)
            .map(|entity| (entity.id.clone(), entity.clone()))
            .collect(),
        retired: Default::default(),
    };
    let options = WriteOptions::default();
    let context = ExportContext { schema: &golden.schema, entities: &entities, options: &options, originals: &kept };
    let mut exported = articles.iter().map(|(id, metadata, text, set, _)| Exported {
        id,
        metadata,
        text,
        annotations: set,
        everything: set,
        kept: metadata.origin.kept.last(),
    });
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    Xmi.write(&mut exported, &context, &mut output, &mut losses).expect("it can be written");
    let names: Vec<_> = output.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a0.xmi", "a1.xmi", "a2.xmi", "a2.TypeSystem.xml", "TypeSystem.xml"]);
    assert!(output.files.iter().take(3).all(|(_, bytes)| bytes == file.as_bytes()));
    let numbers: Vec<_> = golden::read_back(&Xmi, &output.files)
        .iter()
        .map(|article| article.spans[2].attributes.get("weight").cloned())
        .collect();
    let text = Some(AttributeValue::Text("0.5".into()));
    assert_eq!(numbers, [Some(AttributeValue::Number(0.5)), Some(AttributeValue::Number(0.5)), text]);
}

/// Structures as text, so that two files can be compared.
fn facts(cas: &Cas) -> (Vec<String>, Vec<String>) {
    let fact = |structure: &Structure| {
        let mut features: Vec<_> = structure.features.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        features.sort();
        format!("{} {} {}", structure.id, structure.kind, features.join(" "))
    };
    (cas.structures.iter().map(fact).collect(), cas.views.iter().map(|view| format!("{view:?}")).collect())
}

fn files_below(folder: &Path, ending: &str, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}

#[test]
fn real_files_come_back() {
    let mut count = 0;
    for (folder, ending) in [("uima-xmi", "xmi"), ("uima-json", "xmi"), ("uima-json", "json"), ("webanno-tsv", "xmi")] {
        let Some(folder) = golden::shared(&format!("corpora/{folder}")) else { continue };
        let mut files = Vec::new();
        files_below(&folder, ending, &mut files);
        for path in files {
            let file = std::fs::read_to_string(&path).expect("UTF-8");
            let is_json = ending == "json";
            let format: &dyn Format = if is_json { &JsonCas } else { &Xmi };
            assert!(round(format, &file, None, |_| ()).0 == file, "{}", path.display());
            // The writer, had it been edited, says the same too.
            if is_json {
                let (cas, _) = json::read(&file).expect("it can be read");
                let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
                let (mut before, after) = (parsed(&file), parsed(&json::write(&cas)));
                if let Some(members) = before.as_object_mut() {
                    members.entry("%FEATURE_STRUCTURES").or_insert(serde_json::json!([]));
                }
                assert_eq!(before, after, "{}", path.display());
            } else {
                let (mut cas, _) = xmi::read(&file, TypeSystem::default()).expect("it can be read");
                let (again, _) = xmi::read(&xmi::write(&cas), TypeSystem::default()).expect("it can be read");
                assert_eq!(facts(&cas), facts(&again), "{}", path.display());
                guess::complete(&mut cas);
                assert_eq!(type_file::read(&type_file::write(&cas.types)), Some(cas.types));
            }
            count += 1;
        }
    }
    assert!(count == 0 || count > 120, "{count}");
}
