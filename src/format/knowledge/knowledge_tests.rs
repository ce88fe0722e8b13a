//! Knowledge bases as other programs write them, and broken ones.

use super::*;
use crate::model::news_schema;
use proptest::prelude::*;

fn options(languages: &[&str]) -> KnowledgeOptions {
    KnowledgeOptions {
        languages: languages.iter().map(|language| (*language).to_owned()).collect(),
        scheme: String::new(),
        kinds: Kinds::new(&news_schema(), &[]).expect("no rules"),
    }
}

/// Entities as `line scheme:id name [aliases] kind note`, and the warnings or the error.
fn read(format: KnowledgeFormat, languages: &[&str], content: &[u8]) -> (Vec<String>, String) {
    let mut found = Vec::new();
    let mut reader = content;
    let result = read_from(&mut reader, format, &options(languages), &mut |entity| {
        let KnownEntity { line, scheme, id, name, aliases, kind, note } = entity;
        found.push(format!("{line} {scheme}:{id} {name} {aliases:?} {kind} {note}"));
        true
    });
    let told = match result {
        Ok(warnings) => warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(error) => format!("error: {error}"),
    };
    (found, told)
}

fn check(format: KnowledgeFormat, languages: &[&str], content: &str, expected: &[&str], told: &[&str]) {
    let (found, said) = read(format, languages, content.as_bytes());
    assert_eq!(found, expected, "{said}");
    if told.is_empty() {
        assert_eq!(said, "");
    }
    for part in told {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn tables_are_read_by_their_header() {
    check(
        KnowledgeFormat::Tsv,
        &[],
        "\u{feff}name\tID\tlabel\taliases\tdescription\r\n\
         Quellfurt\tQ12\tLOC\tQuellfurt am See|Kwellfurt||Quellfurt\tStadt\r\n\
         \n\
         Marta Kolb\t\tperson\n\
         \tQ13\n\
         Rat\tx:7\tBEHÖRDE\t\t\n\
         a\tb\tc\td\te\tf\n",
        &[
            "2 wikidata:Q12 Quellfurt [\"Quellfurt am See\", \"Kwellfurt\"] LOC Stadt",
            "4 : Marta Kolb [] PER ",
            "6 id:x:7 Rat []  ",
        ],
        &["line 5: the name is empty", "line 6: the project has no label \"BEHÖRDE\"", "line 7: 6 columns"],
    );
    check(
        KnowledgeFormat::Tsv,
        &[],
        "id\tpopulation\n1\t2\n",
        &[],
        &["error: line 1", "\"name\" among id, population"],
    );
}

#[test]
fn entities_of_wikidata_are_read_in_every_form() {
    let dump = r#"[
{"id":"Q12","labels":{"en":{"language":"en","value":"Springford"},"de":{"language":"de","value":"Quellfurt"}},"aliases":{"de":[{"language":"de","value":"Kwellfurt"}],"fr":[{"language":"fr","value":"Gué"}]},"descriptions":{"de":{"value":"Stadt"}},"claims":{"P31":[{"mainsnak":{"datavalue":{"value":{"id":"Q1"}}}},{"mainsnak":{"datavalue":{"value":{"id":"Q515"}}}}]}},
{"id":"Q13","labels":{"de":"Marta Kolb"},"instance_of":["Q5"]}
{"id":"Q14","label":"Rat","aliases":["Stadtrat"],"description":"Behörde","type":"ORG"}
{"id":"Q15","labels":{"fr":"Gué"}}
{"id":"Q16",
7
]
"#;
    check(
        KnowledgeFormat::Wikidata,
        &["de", "en"],
        dump,
        &[
            "2 wikidata:Q12 Quellfurt [\"Springford\", \"Kwellfurt\"] LOC Stadt",
            "3 wikidata:Q13 Marta Kolb [] PER ",
            "4 wikidata:Q14 Rat [\"Stadtrat\"] ORG Behörde",
        ],
        &["line 5: Q15 has no name in de, en", "line 6: no JSON", "line 7: no object"],
    );
}

const TURTLE: &str = r#"@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://example.org/orte/1> a skos:Concept ;
    skos:prefLabel "Quellfurt"@de, "Springford"@en ;
    skos:altLabel "Kwellfurt"@de, "Gué"@fr ;
    skos:definition "Stadt am See"@de .
<http://www.wikidata.org/entity/Q13> a <https://example.org/kinds#Person> ; skos:prefLabel "Marta Kolb"@de-AT .
<https://example.org/orte/2> a skos:Concept ; skos:prefLabel "Gué"@fr .
"#;

const CONCEPTS: &[&str] =
    &["wikidata:Q13 Marta Kolb [] PER ", "skos:https://example.org/orte/1 Quellfurt [\"Kwellfurt\"]  Stadt am See"];

#[test]
fn thesauri_are_read_as_turtle_and_as_xml() {
    let xml = r#"<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
  <skos:Concept rdf:about="https://example.org/orte/1">
    <skos:prefLabel xml:lang="de">Quellfurt</skos:prefLabel>
    <skos:prefLabel xml:lang="en">Springford</skos:prefLabel>
    <skos:altLabel xml:lang="de">Kwellfurt</skos:altLabel>
    <skos:definition xml:lang="de">Stadt am See</skos:definition>
  </skos:Concept>
  <rdf:Description rdf:about="http://www.wikidata.org/entity/Q13">
    <rdf:type rdf:resource="https://example.org/kinds#Person"/>
    <skos:prefLabel xml:lang="de-AT">Marta Kolb</skos:prefLabel>
  </rdf:Description>
</rdf:RDF>
"#;
    for (format, content) in [(KnowledgeFormat::SkosTurtle, TURTLE), (KnowledgeFormat::SkosXml, xml)] {
        let (found, _) = read(format, &["de"], content.as_bytes());
        let without_line: Vec<&str> = found.iter().filter_map(|entity| Some(entity.split_once(' ')?.1)).collect();
        assert_eq!(without_line, CONCEPTS, "{}", format.as_str());
    }
    let (_, told) = read(KnowledgeFormat::SkosTurtle, &["de"], TURTLE.as_bytes());
    assert!(told.contains("orte/2 has no name in de"), "{told}");
    let broken = TURTLE.replace("\"Kwellfurt\"@de,", "\"Kwellfurt");
    let (_, told) = read(KnowledgeFormat::SkosTurtle, &["de"], broken.as_bytes());
    assert!(told.starts_with("error: line 4"), "{told}");
    let broken = xml.replace("</skos:altLabel>", "</skos:prefLabel>");
    let (_, told) = read(KnowledgeFormat::SkosXml, &["de"], broken.as_bytes());
    assert!(told.starts_with("error: line 6"), "{told}");
    let (found, told) = read(KnowledgeFormat::SkosTurtle, &["de"], b"<a:b> <c:d> \"e\" .");
    assert!(found.is_empty() && told.contains("no skos:Concept"), "{told}");
}

#[test]
fn packed_files_and_kinds_of_ones_own_are_read() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orte.tsv.gz");
    let mut packer = flate2::write::GzEncoder::new(File::create(&path).expect("a file"), flate2::Compression::fast());
    packer
        .write_all(b"id\tname\tlabel\n1\tPanther\tQ77\n")
        .and_then(|()| packer.finish().map(|_| ()))
        .expect("written");
    let kinds = Kinds::new(&news_schema(), &["Q77=WEAPON".to_owned()]).expect("a rule");
    let options = KnowledgeOptions { kinds, scheme: "orte".to_owned(), ..options(&[]) };
    let mut found = Vec::new();
    let warnings = read_knowledge(&path, None, &options, &mut |entity| {
        found.push((entity.scheme, entity.kind.to_string()));
        true
    });
    assert_eq!((warnings.expect("read"), found), (Vec::new(), vec![("orte".to_owned(), "WEAPON".to_owned())]));
    let stopped = read_knowledge(&path, None, &options, &mut |_| false);
    assert!(matches!(stopped, Err(KnowledgeError::Stopped)));
    for rule in ["Q77", "Q77=TIER", "=LOC"] {
        let error = Kinds::new(&news_schema(), &[rule.to_owned()]).expect_err("a bad rule").to_string();
        assert!(error.contains(rule) && error.contains("WEAPON"), "{error}");
    }
    let unknown = read_knowledge(Path::new("orte.xyz"), None, &options, &mut |_| true).expect_err("no format");
    assert!(unknown.to_string().contains("skos-turtle"), "{unknown}");
}

proptest! {
    #[test]
    fn no_file_makes_a_reader_panic(content in prop::collection::vec(any::<u8>(), 0..300), line in "(\\{\"id\":\"Q1\",|\"labels\":|\\{\"de\":|\"x\"|\\}|\\[|\\]|,|\t|name\n){0,12}") {
        for format in KnowledgeFormat::ALL {
            read(format, &["de"], &content);
            read(format, &["de"], line.as_bytes());
            let mut cut = TURTLE.as_bytes().to_vec();
            cut.truncate(content.len());
            read(format, &[], &cut);
        }
    }
}
