//! CAS: what is read, what comes back edited and unedited, and the real corpora.

use super::{
    JsonCas, Xmi,
    cas::{Cas, Structure},
    guess, json, type_file,
    types::TypeSystem,
    xmi,
};
use crate::{
    format::{ExportContext, Exported, Format, Imported, Input, Loss, MemoryOutput, WriteOptions, golden},
    model::*,
    text::TextRange,
};
use std::{collections::BTreeMap, path::Path, sync::Arc};

const TYPES: &str = include_str!("test_types.xml");

/// An XMI with these structures and `text`; the sofa has the number 99.
fn xmi_of(text: &str, structures: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><xmi:XMI xmlns:xmi=\"http://www.omg.org/XMI\" \
         xmlns:cas=\"http:///uima/cas.ecore\" xmlns:tcas=\"http:///uima/tcas.ecore\" \
         xmlns:ner=\"http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore\" \
         xmlns:coref=\"http:///de/tudarmstadt/ukp/dkpro/core/api/coref/type.ecore\" \
         xmlns:seg=\"http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore\" \
         xmlns:meta=\"http:///de/tudarmstadt/ukp/dkpro/core/api/metadata/type.ecore\" \
         xmlns:c=\"http:///webanno/custom.ecore\" xmi:version=\"2.0\"><cas:NULL xmi:id=\"0\"/>\n{structures}\n\
         <cas:Sofa xmi:id=\"99\" sofaNum=\"1\" sofaID=\"_InitialView\" mimeType=\"text\" sofaString=\"{}\"/>\n\
         <cas:View sofa=\"99\" members=\"\"/></xmi:XMI>",
        xmi::escape(text)
    )
}

fn read_file(format: &dyn Format, name: &str, bytes: &[u8], types: Option<&str>) -> Result<Imported, String> {
    let sibling = |name: &str| types.filter(|_| name == "TypeSystem.xml").map(|types| types.as_bytes().to_vec());
    let input = Input::new(name, bytes, &sibling);
    let mut found = None;
    let result = format.read(&input, &golden::read_options(), &mut |article| found = Some(article));
    result.map_err(|error| error.to_string())?;
    Ok(found.expect("an article"))
}

/// What an article says, in lines.
fn described(article: &Imported) -> Vec<String> {
    let name = |id: AnnotationId| {
        let span = article.spans.iter().find(|span| span.id == id);
        span.map_or_else(|| format!("#{id}"), |span| span.fragments.surface(&article.text))
    };
    let values = |attributes: &Attributes| {
        attributes.iter().map(|(name, value)| format!(" {name}={value:?}")).collect::<String>()
    };
    let spans = article.spans.iter().map(|span| {
        let entity = span.entity.as_ref().map(|entity| format!(" @{entity}")).unwrap_or_default();
        format!("{} {}{}{entity}", span.label, span.fragments.surface(&article.text), values(&span.attributes))
    });
    let relations = article.relations.iter().map(|relation| {
        let arguments = relation.arguments.iter();
        let arguments: String =
            arguments.map(|argument| format!(" {}:{}", argument.role, name(argument.target))).collect();
        let trigger = relation.trigger.map(|trigger| format!(" <{}>", name(trigger))).unwrap_or_default();
        format!("{}{trigger}{arguments}{}", relation.label, values(&relation.attributes))
    });
    let labels = article.document_labels.iter().map(|label| format!("document {}", label.label));
    spans.chain(relations).chain(labels).collect()
}

fn check(text: &str, structures: &str, types: Option<&str>, expected: &[&str], warnings: &[&str]) {
    let file = xmi_of(text, structures);
    let article = read_file(&Xmi, "a.xmi", file.as_bytes(), types).expect("it can be read");
    assert_eq!(described(&article), expected, "{structures}");
    assert_eq!(article.warnings.len(), warnings.len(), "{:?}", article.warnings);
    for (warning, part) in article.warnings.iter().zip(warnings) {
        assert!(warning.to_string().contains(part), "{warning}");
    }
}

const LAYERS: &str = "<ner:NamedEntity xmi:id=\"1\" sofa=\"99\" begin=\"3\" end=\"7\" value=\"LOC\" \
    identifier=\"http://www.wikidata.org/entity/Q365\"/>
<ner:NamedEntity xmi:id=\"2\" sofa=\"99\" begin=\"0\" end=\"2\"/>
<c:Mention xmi:id=\"3\" sofa=\"99\" begin=\"8\" end=\"12\" kind=\"name\" generic=\"false\" weight=\"0.5\" count=\"7\" comment=\"x\"/>
<seg:Token xmi:id=\"4\" sofa=\"99\" begin=\"3\" end=\"7\"/>
<seg:Token xmi:id=\"5\" sofa=\"99\" begin=\"8\" end=\"12\"/>
<c:Relation xmi:id=\"6\" sofa=\"99\" begin=\"8\" end=\"12\" Governor=\"5\" Dependent=\"1\" value=\"in\" generic=\"true\"/>
<c:Host xmi:id=\"7\" sofa=\"99\" begin=\"8\" end=\"12\" links=\"8 9\"/>
<c:Link xmi:id=\"8\" role=\"place\" target=\"1\"/>
<c:Link xmi:id=\"9\" target=\"3\"/>
<coref:CoreferenceChain xmi:id=\"10\" sofa=\"99\" first=\"11\"/>
<coref:CoreferenceLink xmi:id=\"11\" sofa=\"99\" begin=\"3\" end=\"7\" next=\"12\" referenceType=\"name\"/>
<coref:CoreferenceLink xmi:id=\"12\" sofa=\"99\" begin=\"8\" end=\"12\"/>
<c:Topic xmi:id=\"13\" sofa=\"99\" value=\"city\"/>";

#[test]
fn layers_are_read() {
    let expected = [
        "LOC Köln @q365",
        "NamedEntity \u{1F60A}",
        "name Bonn comment=Text(\"x\") count=Number(7.0) generic=Flag(false) weight=Number(0.5)",
        "Token Bonn",
        "Host Bonn",
        "name Köln",
        "CoreferenceLink Bonn",
        "in Governor:Bonn Dependent:Köln generic=Flag(true)",
        "Host.links <Bonn> place:Köln links:Bonn",
        "Coreference member:Köln member:Bonn",
        "document city",
    ];
    check("\u{1F60A} Köln Bonn", LAYERS, Some(TYPES), &expected, &[]);
    // Without types, numbers are text.
    let mut without = expected;
    without[2] = "name Bonn comment=Text(\"x\") count=Text(\"7\") generic=Flag(false) weight=Text(\"0.5\")";
    let untyped = LAYERS.replace("count=\"7\"", "count=\"70\"");
    without[2] = "name Bonn comment=Text(\"x\") count=Text(\"70\") generic=Flag(false) weight=Text(\"0.5\")";
    check("\u{1F60A} Köln Bonn", &untyped, None, &without, &[]);
}

#[test]
fn what_types_allow_becomes_a_schema() {
    let article = read_file(&Xmi, "a.xmi", xmi_of("ä Köln Bonn  ", LAYERS).as_bytes(), Some(TYPES)).expect("it reads");
    let schema = article.schema.expect("a schema");
    let labels: Vec<_> = schema.labels.iter().map(|label| &*label.name).collect();
    assert_eq!(labels, ["name", "nominal"]);
    assert_eq!(schema.problems(), []);
}

#[test]
fn the_whole_text_proves_the_unit() {
    let structures = |end: u32, begin: u32| {
        format!(
            "<tcas:DocumentAnnotation xmi:id=\"1\" sofa=\"99\" begin=\"0\" end=\"{end}\"/>\
             <ner:NamedEntity xmi:id=\"2\" sofa=\"99\" begin=\"{begin}\" end=\"{}\" value=\"LOC\"/>",
            begin + 4
        )
    };
    check("\u{1F60A} Bonn", &structures(7, 3), None, &["LOC Bonn"], &[]);
    check("\u{1F60A} Bonn", &structures(6, 2), None, &["LOC Bonn"], &["offsets count code points"]);
    check("\u{1F60A} Bonn", &structures(9, 5), None, &["LOC Bonn"], &["offsets count bytes"]);
    // What ends nowhere proves nothing.
    check("\u{1F60A} Bonn", &structures(3, 3), None, &["LOC Bonn"], &[]);
}

#[test]
fn broken_files_are_read_as_far_as_they_go() {
    let at = |begin: &str, end: &str| {
        format!("<ner:NamedEntity xmi:id=\"1\" sofa=\"99\" begin=\"{begin}\" end=\"{end}\" value=\"X\"/>")
    };
    for (begin, end) in [("5", "2"), ("1", "3"), ("0", "99999999999999999999"), ("-1", "2"), ("x", "2"), ("7", "9")] {
        check("\u{1F60A} Köln", &at(begin, end), None, &["X "], &["a.xmi:2: the place"]);
    }
    check("ab", &at("2", "2"), None, &["X "], &[]);
    check("ab", &at("0", "1").replace(" xmi:id=\"1\"", ""), None, &[], &["has no number"]);
    let twice = format!("{}{}", at("0", "1"), at("1", "2"));
    check("ab", &twice, None, &["X a"], &[]);
    // Rows and lists in circles end.
    let chain = "<coref:CoreferenceChain xmi:id=\"10\" sofa=\"99\" first=\"11\"/>\
        <coref:CoreferenceLink xmi:id=\"11\" sofa=\"99\" begin=\"0\" end=\"1\" next=\"12\"/>\
        <coref:CoreferenceLink xmi:id=\"12\" sofa=\"99\" begin=\"1\" end=\"2\" next=\"11\"/>";
    let members = ["CoreferenceLink a", "CoreferenceLink b", "Coreference member:a member:b"];
    check("ab", chain, Some(TYPES), &members, &[]);
    let list = "<c:Host xmi:id=\"7\" sofa=\"99\" begin=\"0\" end=\"1\" links=\"8\"/>\
        <cas:NonEmptyFSList xmi:id=\"8\" head=\"9\" tail=\"8\"/><c:Link xmi:id=\"9\" role=\"r\" target=\"7\"/>";
    let file = xmi_of("ab", list);
    assert!(read_file(&Xmi, "a.xmi", file.as_bytes(), Some(TYPES)).is_ok());
    let missing =
        "<c:Relation xmi:id=\"6\" sofa=\"99\" begin=\"0\" end=\"1\" Governor=\"5\" Dependent=\"1\" value=\"in\"/>";
    let lost = ["points to 5", "points to 1", "links nothing"];
    check("ab", missing, Some(TYPES), &[], &lost);

    let refused = |file: &str, part: &str| {
        let error = read_file(&Xmi, "a.xmi", file.as_bytes(), None).expect_err("it is refused");
        assert!(error.contains(part), "{error}");
    };
    refused("<a/>", "<xmi:XMI> should be");
    refused("<xmi:XMI xmlns:xmi=\"x\">\n<a b></xmi:XMI>", "a.xmi:2");
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x:XMI xmlns:x=\"x\">&b;</x:XMI>";
    refused(bomb, "DTD");
    refused("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><x:XMI xmlns:x=\"x\"/>", "DTD");
    refused(&format!("<x:XMI xmlns:x=\"x\">{}", "<a>".repeat(200_000)), "a.xmi");
}

#[test]
fn characters_that_xml_has_not_are_as_wide() {
    let file = xmi_of("a Köln", "<ner:NamedEntity xmi:id=\"1\" sofa=\"99\" begin=\"2\" end=\"6\" value=\"X\"/>");
    for sign in ["&#1;", "&#x1F;", "&#xFFFF;", "&#xD800;", "&#x0;"] {
        let file = file.replace("sofaString=\"a", &format!("sofaString=\"{sign}"));
        let article = read_file(&Xmi, "a.xmi", file.as_bytes(), None).expect("it can be read");
        assert_eq!(described(&article), ["X Köln"], "{sign}");
        assert_eq!(article.text, "\u{FFFD} Köln");
        assert!(article.warnings[0].message.contains("U+FFFD"));
    }
    // Halves of one character.
    let halves = file.replace("sofaString=\"a ", "sofaString=\"&#xD83D;&#56842;");
    let article = read_file(&Xmi, "a.xmi", halves.as_bytes(), None).expect("it can be read");
    assert_eq!((article.text.as_str(), described(&article)), ("\u{1F60A}Köln", vec!["X Köln".to_owned()]));
}

#[test]
fn json_is_read_in_all_its_forms() {
    let sofa = "\"sofaNum\": 1, \"sofaID\": \"_InitialView\", \"sofaString\": \"\u{1F60A} Köln Bonn\"";
    let types = "{\"c.Host\": {\"%NAME\": \"c.Host\", \"%SUPER_TYPE\": \"uima.tcas.Annotation\", \
        \"links\": {\"%NAME\": \"links\", \"%RANGE\": \"c.Link[]\"}, \"value\": {\"%RANGE\": \"uima.cas.String\"}, \
        \"n\": {\"%RANGE\": \"uima.cas.Double\"}}, \"c.Link\": {\"%SUPER_TYPE\": \"uima.cas.TOP\", \
        \"role\": {\"%RANGE\": \"uima.cas.String\"}, \"target\": {\"%RANGE\": \"uima.tcas.Annotation\"}}}";
    let list = format!(
        "{{\"%TYPES\": {types}, \"%FEATURE_STRUCTURES\": [{{\"%ID\": 1, \"%TYPE\": \"uima.cas.Sofa\", {sofa}}}, \
         {{\"%ID\": 2, \"%TYPE\": \"c.Host\", \"@sofa\": 1, \"begin\": 3, \"end\": 7, \"value\": \"A\", \"#n\": \"NaN\", \"@links\": 5}}, \
         {{\"%ID\": 3, \"%TYPE\": \"c.Host\", \"@sofa\": 1, \"begin\": 8, \"end\": 12, \"n\": 0.5}}, \
         {{\"%ID\": 4, \"%TYPE\": \"c.Link\", \"role\": \"r\", \"@target\": 3}}, \
         {{\"%ID\": 5, \"%TYPE\": \"c.Link[]\", \"%ELEMENTS\": [4, null, 77]}}], \
         \"%VIEWS\": {{\"_InitialView\": {{\"%SOFA\": 1, \"%MEMBERS\": [2, 3]}}}}}}"
    );
    let marked = list
        .replace("{\"%TYPES\"", "{\"%HEADER\": {\"%VERSION\": \"1.0\"}, \"%TYPES\"")
        .replace("\"begin\"", "\"^begin\"")
        .replace("\"end\"", "\"^end\"");
    let by_number = |list: &str| {
        let whole: serde_json::Value = serde_json::from_str(list).expect("JSON");
        let mut whole = whole.as_object().expect("an object").clone();
        let structures = whole["%FEATURE_STRUCTURES"].as_array().expect("a list").clone();
        let named: serde_json::Map<_, _> = structures
            .into_iter()
            .map(|mut structure| {
                let id = structure.as_object_mut().and_then(|members| members.remove("%ID")).expect("a number");
                (id.to_string(), structure)
            })
            .collect();
        whole["%FEATURE_STRUCTURES"] = named.into();
        serde_json::Value::Object(whole).to_string()
    };
    for file in [list.clone(), marked.clone(), by_number(&list), by_number(&marked)] {
        let article = read_file(&JsonCas, "a.json", file.as_bytes(), None).expect("it can be read");
        let expected = ["A Köln n=Text(\"NaN\")", "Host Bonn n=Number(0.5)", "Host.links <Köln> r:Bonn"];
        assert_eq!(described(&article), expected, "{file}");
        // Written again, it says the same in the same form.
        let (cas, problems) = json::read(&file).expect("it can be read");
        assert!(problems.is_empty());
        let again: serde_json::Value = serde_json::from_str(&json::write(&cas)).expect("JSON");
        let before: serde_json::Value = serde_json::from_str(&file).expect("JSON");
        assert_eq!(again, before);
    }
    for (file, part) in
        [("{", "a.json:1"), ("[]", "no object"), ("{\"text\": 1}", "neither"), (&*"[".repeat(100_000), "no JSON")]
    {
        let error = read_file(&JsonCas, "a.json", file.as_bytes(), None).expect_err("it is refused");
        assert!(error.contains(part), "{error}");
    }
    let odd = "{\"%FEATURE_STRUCTURES\": [1, {}, {\"%ID\": 1}, {\"%ID\": 2, \"%TYPE\": \"uima.cas.Sofa\", \"sofaString\": \"a\"}], \"%VIEWS\": 3}";
    let article = read_file(&JsonCas, "a.json", odd.as_bytes(), None).expect("it can be read");
    assert_eq!((article.text.as_str(), article.warnings.len()), ("a", 4));
}

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
    article.metadata.origin.kept =
        Some(KeptFile { format: format.info().name.into(), file: name.clone(), part: FilePart::Whole, beside });
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
        super::super::reading::normalize_line_endings(article);
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
            originals: &super::super::original::NoOriginals,
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
