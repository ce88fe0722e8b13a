//! CAS: what is read.

use super::{JsonCas, Xmi, json, xmi};
use crate::{
    format::{Format, Imported, Input, golden},
    model::{AnnotationId, Attributes},
};

pub(super) const TYPES: &str = include_str!("test_types.xml");

/// An XMI with these structures and `text`; the sofa has the number 99.
pub(super) fn xmi_of(text: &str, structures: &str) -> String {
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

pub(super) fn read_file(
    format: &dyn Format,
    name: &str,
    bytes: &[u8],
    types: Option<&str>,
) -> Result<Imported, String> {
    let sibling = |name: &str| types.filter(|_| name == "TypeSystem.xml").map(|types| types.as_bytes().to_vec());
    let input = Input::new(name, bytes, &sibling);
    let mut found = None;
    let result = format.read(&input, &golden::read_options(), &mut |article| found = Some(article));
    result.map_err(|error| error.to_string())?;
    Ok(found.expect("an article"))
}

/// What an article says, in lines.
pub(super) fn described(article: &Imported) -> Vec<String> {
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

pub(super) const LAYERS: &str = "<ner:NamedEntity xmi:id=\"1\" sofa=\"99\" begin=\"3\" end=\"7\" value=\"LOC\" \
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
    // What stands before a half is none.
    let before = file.replace("sofaString=\"a ", "sofaString=\"&#1;&#xD83D;");
    let article = read_file(&Xmi, "a.xmi", before.as_bytes(), None).expect("it can be read");
    assert_eq!((article.text.as_str(), described(&article)), ("\u{FFFD}\u{FFFD}Köln", vec!["X Köln".to_owned()]));
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
