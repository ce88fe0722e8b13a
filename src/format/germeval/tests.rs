//! GermEval: both levels come back, and what stands beside them.

use super::Germeval;
use crate::format::{
    Format, Input, Recognition,
    conll::tests::{add, real_files, replace, rewritten},
    golden, registry,
};

const CONTENT: &str = "#\thttp://de.example/Bonn\t[2009-10-17]\n1\tUniversität\tB-ORG\tO\n2\tBonn\tI-ORG\tB-LOC\n3\tim\tO\tO\n\
    4\tOsten\tO\tO\n\n#\thttp://de.example/Bonn\t[2009-10-17]\n1\tBonner\tB-LOCderiv\tO\n2\tBund\tO\tB-ORGpart\n";

#[test]
fn two_levels_are_read() {
    let input = Input::alone("a.tsv", CONTENT.as_bytes());
    assert_eq!(Germeval.recognize(&input), Recognition::Certain);
    assert_eq!(registry::recognize(&input).map(|format| format.info().name), Some("germeval"));
    let mut articles = Vec::new();
    Germeval.read(&input, &golden::read_options(), &mut |article| articles.push(article)).expect("it can be read");
    let [article] = articles.as_slice() else { panic!("{} articles", articles.len()) };
    let spans: Vec<_> =
        article.spans.iter().map(|span| (&*span.label, span.fragments.surface(&article.text))).collect();
    let expected = [("ORG", "Universität Bonn"), ("LOC", "Bonn"), ("LOCderiv", "Bonner"), ("ORGpart", "Bund")];
    assert_eq!(spans, expected.map(|(label, words)| (label, words.to_owned())));
    assert_eq!((&*article.metadata.url, &*article.metadata.date), ("http://de.example/Bonn", "2009-10-17"));
}

#[test]
fn only_tags_change() {
    let check = |edit: &mut dyn FnMut(usize, &mut crate::format::Imported), expected: &str| {
        let (bytes, _) = rewritten(&Germeval, "a.tsv", CONTENT.as_bytes(), &[], edit).expect("it is read");
        assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected);
    };
    check(&mut |_, _| (), CONTENT);
    check(
        &mut |_, article| add(article, "OTH", "im Osten"),
        &CONTENT.replace("3\tim\tO\tO\n4\tOsten\tO\tO", "3\tim\tB-OTH\tO\n4\tOsten\tI-OTH\tO"),
    );
    // The inner span without an outer one stays where it is.
    check(
        &mut |_, article| add(article, "PER", "Bund"),
        &CONTENT.replace("Bund\tO\tB-ORGpart", "Bund\tB-PER\tB-ORGpart"),
    );
    check(
        &mut |_, article| replace(article, "im", "im fernen"),
        &CONTENT.replace("4\tOsten\tO\tO", "4\tfernen\tO\tO\n5\tOsten\tO\tO"),
    );
}

/// Comments with ids divide a file, and its parts together are the file.
#[test]
fn ids_divide_files() {
    let content = format!("# id = eins\n{CONTENT}\n# id = zwei\n{CONTENT}# id = drei\n{CONTENT}");
    let mut ids = Vec::new();
    let (bytes, losses) =
        rewritten(&Germeval, "a.tsv", content.as_bytes(), &[], &mut |_, article| ids.push(article.wanted_id.clone()))
            .expect("it is read");
    assert_eq!(ids, ["eins", "zwei", "drei"]);
    assert_eq!((String::from_utf8(bytes).expect("UTF-8"), losses), (content, vec![]));
    let (output, _) = golden::golden().write(
        &Germeval,
        &crate::format::WriteOptions {
            other: [("comments".to_owned(), "yes".to_owned())].into(),
            ..Default::default()
        },
    );
    assert_eq!(golden::read_back(&Germeval, &output.files)[0].wanted_id, golden::golden().id.as_str());
}

#[test]
fn the_golden_article_is_written() {
    let golden = golden::golden();
    let (output, losses) = golden.write(&Germeval, &Default::default());
    let content = String::from_utf8(output.files[0].1.clone()).expect("UTF-8");
    assert!(content.starts_with("#\t"), "{content}");
    for line in ["Wladimir\tB-PER\tO\n", "Putin\tI-PER\tB-PER\n", "US-Vorschlag\tB-ORGpart\tO\n", "1\tDer\tO\tO\n"] {
        assert!(content.contains(line), "{line:?} is not in\n{content}");
    }
    assert!(losses.iter().any(|loss| loss.what.starts_with("span EVENT") && loss.why.contains("one inside the other")));
}

#[test]
fn real_files_come_back() {
    for path in real_files(&["corpora/germeval2014", "corpora/conll-bio"], &["germeval2014_test.conll", ".tsv"]) {
        if path.to_string_lossy().contains("fashion") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("it is there");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let format = registry::recognize(&Input::alone(name.clone(), &bytes)).expect("a format");
        assert_eq!(format.info().name, "germeval", "{}", path.display());
        let (written, losses) = rewritten(&Germeval, &name, &bytes, &[], &mut |_, _| ()).expect("it is read");
        assert!(written == bytes && losses.is_empty(), "{}", path.display());
    }
}
