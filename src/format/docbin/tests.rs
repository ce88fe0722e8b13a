//! Files that spaCy 3.8 wrote: what is read of them, what stays, what is refused.

use super::{DocBin, bin::Bin, read::Words};
use crate::{
    format::{Format, Imported, Input, Recognition, golden, registry, round},
    model::{AnnotationId, AttributeValue, Fragments},
    text::TextRange,
};
use std::io::Write;

const RICH: &[u8] = include_bytes!("../../../fuzz/seeds/docbin/rich.spacy");
const PLAIN: &[u8] = include_bytes!("../../../fuzz/seeds/docbin/plain.spacy");
const UNKNOWN_SPACES: &[u8] = include_bytes!("../../../fuzz/seeds/docbin/unknown_spaces.spacy");
const ONLY_TYPES: &[u8] = include_bytes!("../../../fuzz/seeds/docbin/only_types.spacy");
const EMPTY: &[u8] = include_bytes!("../../../fuzz/seeds/docbin/empty.spacy");
const OLD_GROUPS: &[u8] = include_bytes!("../../../fuzz/seeds/docbin/old_groups.spacy");

fn read(content: &[u8]) -> Vec<Imported> {
    round::read(&DocBin, "a.spacy", content)
}

fn bin(content: &[u8]) -> Bin {
    Bin::parse(content, &mut |problem| panic!("{problem}")).expect("it can be read")
}

#[test]
fn files_of_spacy_are_read() {
    let check = |content: &[u8], expected: &[(&str, &[&str])]| {
        let input = Input::alone("a.bin", content);
        assert_eq!(registry::recognize(&input).map(|format| format.info().name), Some("docbin"));
        let articles = read(content);
        let found: Vec<_> = articles.iter().map(|article| (article.text.as_str(), round::shown(article))).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(text, spans)| (*text, spans.iter().map(|span| (*span).to_owned()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, expected);
        assert!(articles.iter().all(|article| article.warnings.is_empty()));
    };
    let rich: &[(&str, &[&str])] = &[
        (
            "Anna wohnt in Köln am Rhein.",
            &["PERSON Anna", "LOC Köln", "LOC Köln am Rhein", "LOC Köln", "WOHNT Anna wohnt"],
        ),
        ("\u{1F600}  Berlin\n\nund Bonn ", &["LOC Berlin"]),
    ];
    check(RICH, rich);
    check(OLD_GROUPS, rich);
    check(PLAIN, &[("Nur Text.", &[])]);
    check(UNKNOWN_SPACES, &[("Ohne Leerzeichen ", &[])]);
    check(ONLY_TYPES, &[("Anna Kolb in Köln", &["PER Anna Kolb", "LOC Köln"])]);
    check(EMPTY, &[]);
}

#[test]
fn all_that_spacy_says_of_a_span_is_read() {
    let article = &read(RICH)[0];
    let text = |value: &str| AttributeValue::Text(value.into());
    let attributes: Vec<_> = article.spans.iter().map(|span| span.attributes.clone()).collect();
    assert_eq!(attributes[0], [("span_id".into(), text("anna"))].into());
    assert_eq!(attributes[1], [].into());
    assert_eq!(attributes[2], [].into());
    // The same span stands among the entities.
    assert_eq!(attributes[3], [("span_group".into(), text("sc"))].into());
    assert_eq!(attributes[4], [("span_group".into(), text("own")), ("span_id".into(), text("x"))].into());
    let entities: Vec<_> = article.spans.iter().map(|span| span.entity.as_ref().map(|id| id.as_str())).collect();
    assert_eq!(entities, [Some("Q42"), None, None, Some("köln"), None]);
    assert_eq!(article.entities[0].identifiers["wikidata"], "Q42");
    let labels: Vec<_> = article.document_labels.iter().map(|label| &*label.label).collect();
    assert_eq!(labels, ["Ort"]);
    let schema = article.schema.as_ref().expect("categories");
    assert_eq!(schema.document_labels.len(), 2);
}

#[test]
fn unedited_files_come_back_byte_by_byte() {
    for content in [RICH, PLAIN, UNKNOWN_SPACES, ONLY_TYPES, OLD_GROUPS] {
        assert!(round::round(&DocBin, "a.spacy", content, |_| ()).0 == content);
    }
}

#[test]
fn what_is_not_modelled_stays_when_the_rest_is_edited() {
    let old = bin(RICH);
    let column = |bin: &Bin, doc: usize, attr: u64| -> Vec<u64> {
        let column = super::read::column(bin, attr).expect("a column");
        bin.docs[doc].tokens.chunks_exact(bin.attrs.len()).map(|row| row[column]).collect()
    };
    const UNTOUCHED: [u64; 4] = [73, 74, 76, 79];
    let check = |edit: &dyn Fn(&mut Vec<Imported>), spans: &[&str], keeps_tokens: bool| -> (Bin, Vec<Imported>) {
        let (written, losses) = round::round(&DocBin, "a.spacy", RICH, edit);
        let new = bin(&written);
        assert_eq!(losses.iter().any(|loss| loss.what.starts_with("lemmas")), !keeps_tokens);
        let articles = read(&written);
        assert_eq!(round::shown(&articles[0]), spans);
        for attr in UNTOUCHED {
            assert_eq!(column(&new, 0, attr) == column(&old, 0, attr), keeps_tokens, "{attr}");
            assert_eq!(column(&new, 1, attr), column(&old, 1, attr), "{attr}");
        }
        let data = |bin: &Bin| bin.docs[0].user_data.clone().expect("data").into_iter().take(2).collect::<Vec<_>>();
        assert_eq!(data(&new), data(&old));
        assert_eq!(new.docs[1].user_data, old.docs[1].user_data);
        assert!(new.docs[0].groups.iter().any(|group| group.keys == ["leer"]));
        for doc in &new.docs {
            let words = Words::of(&new, doc).expect("its words are known");
            assert!(articles.iter().any(|article| article.text == words.text));
        }
        (new, articles)
    };
    let all = ["PERSON Anna", "LOC Köln", "LOC Köln am Rhein", "LOC Köln", "WOHNT Anna wohnt"];
    let (new, articles) = check(&|articles| articles[0].spans[1].note = "x".to_owned(), &all, true);
    assert_eq!(articles[0].spans[1].note, "x");
    let groups = |bin: &Bin| -> Vec<_> {
        bin.docs[0].groups.iter().map(|group| (group.keys.clone(), group.spans.len())).collect()
    };
    assert_eq!(groups(&new), groups(&old));
    assert_eq!(new.docs[0].cats, old.docs[0].cats);
    // A new span in the way of another goes to the group, one inside a token divides it.
    let add = |start: usize, end: usize| {
        move |articles: &mut Vec<Imported>| {
            let mut span = articles[0].spans[1].clone();
            (span.id, span.label) = (AnnotationId(77), "NEU".into());
            span.fragments = Fragments::one(TextRange::from_usize(start, end));
            articles[0].spans.push(span);
        }
    };
    let mut more = all.to_vec();
    more.insert(3, "NEU Anna wohnt");
    let (new, _) = check(
        &add(0, 10),
        &["PERSON Anna", "LOC Köln", "NEU Anna wohnt", "LOC Köln am Rhein", "LOC Köln", "WOHNT Anna wohnt"],
        true,
    );
    assert!(groups(&new).contains(&(vec!["sc".to_owned()], 3)));
    check(
        &add(0, 3),
        &["PERSON Anna", "LOC Köln", "NEU Ann", "LOC Köln am Rhein", "LOC Köln", "WOHNT Anna wohnt"],
        false,
    );
    let (new, _) = check(&|articles| articles[0].document_labels[0].label = "Sport".into(), &all, true);
    assert_eq!(new.docs[0].cats.to_string(), "{\"Ort\": 0, \"Sport\": 1}");
    check(
        &|articles| {
            articles[0].text.push('!');
            articles[0].relations.clear();
        },
        &all,
        false,
    );
}

#[test]
fn damaged_files_are_refused() {
    let pack = |bytes: &[u8]| {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).expect("memory");
        packer.finish().expect("memory")
    };
    let check = |content: &[u8], reason: &str| {
        let input = Input::alone("a.spacy", content);
        let error = DocBin.read(&input, &golden::read_options(), &mut |_| ()).expect_err("it can not be read");
        assert!(error.to_string().contains(reason), "{error}");
    };
    check(b"", "unpacked");
    check(b"Nur Text", "unpacked");
    check(&RICH[..RICH.len() / 2], "unpacked");
    check(&pack(b"\xc0"), "no map");
    check(&pack(b"\x81\xa5attrs\x91\x41"), "no \"tokens\"");
    check(&pack(b"\x81\xa5attrs\x91\x4d"), "do not name the words");
    // Lengths that promise more than there is, and a list that promises four billion items.
    let mut short = b"\x84\xa5attrs\x91\x41\xa6tokens\xc4\x00\xa6spaces\xc4\x00\xa7lengths\xc4\x04".to_vec();
    short.extend(i32::MAX.to_le_bytes());
    check(&pack(&short), "fewer tokens");
    check(&pack(b"\x81\xa5attrs\xdd\xff\xff\xff\xff"), "no map");
    check(&pack(&vec![0x91; 100_000]), "no map");
    check(&pack(&vec![0; 70 << 20]), "refused");
    assert_eq!(DocBin.recognize(&Input::alone("a.spacy", &pack(b"\x81\xa5attrs\x91\x41"))), Recognition::No);
}

#[test]
fn spans_that_do_not_fit_are_told() {
    let mut old = bin(RICH);
    old.docs[0].groups[0].spans[0].end = 99;
    old.docs[0].groups[1].spans[0].start = -1;
    old.docs.truncate(1);
    let mut strings = super::strings::NewStrings::default();
    old.strings.stated().iter().for_each(|text| {
        strings.add(text);
    });
    let written = old.clone().write(strings.clone()).expect("it can be written");
    let article = &read(&written)[0];
    assert_eq!(article.warnings.len(), 2, "{:?}", article.warnings);
    assert_eq!(article.spans.len(), 3);
    // A word that no string of the file has.
    old.docs[0].tokens[0] = 7_777_777;
    let written = old.write(strings).expect("it can be written");
    let error = DocBin.read(&Input::alone("a", &written), &golden::read_options(), &mut |_| ());
    assert!(error.expect_err("no document is left").to_string().contains("among the strings"));
}
