//! CoNLL: columns, schemes, what is lost, and the real corpora.

use super::Conll;
use crate::{
    format::{
        ExportContext, Exported, Format, Imported, Input, Loss, MemoryOutput, Recognition, TagScheme, WriteOptions,
        golden,
    },
    model::{AnnotationSet, ArticleId, ArticleText, EntityRegistry, Fragments, Progress, Schema, Span},
    text::TextRange,
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Reads a file, changes its articles, and writes them again in the same format.
pub(in crate::format) fn rewritten(
    format: &dyn Format,
    name: &str,
    bytes: &[u8],
    options: &[(&str, &str)],
    edit: &mut dyn FnMut(usize, &mut Imported),
) -> Result<(Vec<u8>, Vec<Loss>), String> {
    let input = Input::alone(name.to_owned(), bytes);
    let mut read = Vec::new();
    let result = format.read(&input, &golden::read_options(), &mut |article| read.push(article));
    result.map_err(|error| error.to_string())?;
    let kept: BTreeMap<String, Arc<[u8]>> = [("kept".to_owned(), bytes.into())].into();
    let mut entities = EntityRegistry::default();
    let mut articles = Vec::new();
    for (index, mut article) in read.into_iter().enumerate() {
        edit(index, &mut article);
        golden::keep(&mut article, format.info().name, "kept", BTreeMap::new());
        entities.entities.extend(article.entities.drain(..).map(|entity| (entity.id.clone(), entity)));
        let set = AnnotationSet::from_parts(0, Progress::New, article.spans, article.relations, Vec::new()).0;
        articles.push((ArticleId::new(&article.wanted_id), article.metadata, ArticleText::new(article.text), set));
    }
    let other = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let options = WriteOptions { other, ..WriteOptions::default() };
    let context =
        ExportContext { schema: &Schema::default(), entities: &entities, options: &options, originals: &kept };
    let exported = articles.iter().map(|(id, metadata, text, set)| Exported {
        id,
        metadata,
        text,
        annotations: set,
        everything: set,
        kept: metadata.origin.kept.last(),
    });
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    format.write(&mut exported.into_iter(), &context, &mut output, &mut losses).map_err(|error| error.to_string())?;
    Ok((output.files.remove(0).1, losses))
}

/// Adds a span over the first occurrence of some words.
pub(in crate::format) fn add(article: &mut Imported, label: &str, words: &str) {
    let start = article.text.find(words).expect("the text has it");
    let id = article.spans.iter().map(|span| span.id.0).max().unwrap_or(0) + 1;
    let fragments = Fragments::one(TextRange::from_usize(start, start + words.len()));
    let first = golden::golden().set.spans().next().expect("a span").clone();
    article.spans.push(Span {
        id: crate::model::AnnotationId(id),
        label: label.into(),
        fragments,
        provenance: super::super::reading::imported_from("conll", jiff::Timestamp::UNIX_EPOCH),
        attributes: Default::default(),
        entity: None,
        ..first
    });
}

/// Changes the first occurrence of some words; spans move along.
pub(in crate::format) fn replace(article: &mut Imported, words: &str, other: &str) {
    let start = article.text.find(words).expect("the text has it");
    let at = crate::text::ByteOffset::from_usize(start);
    let edit = crate::text::TextEdit { at, removed: words.to_owned(), inserted: other.to_owned() };
    for span in &mut article.spans {
        span.fragments = span.fragments.map(&edit).expect("something is left");
    }
    article.text.replace_range(start..start + words.len(), other);
}

/// The files of some folders with real data, without those whose names end otherwise.
pub(in crate::format) fn real_files(folders: &[&str], endings: &[&str]) -> Vec<PathBuf> {
    let mut open: Vec<_> = folders.iter().filter_map(|folder| golden::shared(folder)).collect();
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("it can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn read(name: &str, content: &[u8]) -> Result<Vec<Imported>, String> {
    let input = Input::alone(name.to_owned(), content);
    let mut articles = Vec::new();
    let result = Conll.read(&input, &golden::read_options(), &mut |article| articles.push(article));
    result.map(|()| articles).map_err(|error| error.to_string())
}

#[test]
fn columns_and_schemes_are_found() {
    let check = |content: &str, text: &str, expected: &[&str]| {
        let articles = read("a.conll", content.as_bytes()).expect("it can be read");
        let texts: Vec<_> = articles.iter().map(|article| article.text.as_str()).collect();
        assert_eq!(texts.join("|"), text);
        let spans: Vec<_> = articles
            .iter()
            .flat_map(|article| article.spans.iter().map(move |span| (article, span)))
            .map(|(article, span)| format!("{} {}", span.label, span.fragments.surface(&article.text)))
            .collect();
        assert_eq!(spans, expected, "{content}");
        let input = Input::alone("a.conll".to_owned(), content.as_bytes());
        assert!(Conll.recognize(&input) >= Recognition::Likely, "{content}");
    };
    check("Wladimir B-PER\nPutin I-PER\nkam O\n\nEr O\n", "Wladimir Putin kam\nEr", &["PER Wladimir Putin"]);
    // IOB1 and IOE2 begin with I.
    check("A I-X\nB I-X\nC B-X\nD O\n", "A B C D", &["X A B", "X C"]);
    check("A I-X\nB E-X\nC E-X\nD O\n", "A B C D", &["X A B", "X C"]);
    check("A U-X\nB B-X\nC L-X\nD O\n", "A B C D", &["X A", "X B C"]);
    // CoNLL-2003 with part of speech and chunk.
    check(
        "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\n-DOCSTART- -X- O O\n\nBonn NNP I-NP I-LOC\n",
        "EU rejects|Bonn",
        &["ORG EU", "LOC Bonn"],
    );
    // GermEval 2014: number, outer and inner spans, a comment with the source.
    check(
        "#\thttp://example.org\t[2009]\n1\tEV\tB-ORG\tO\n2\tBonn\tI-ORG\tB-LOC\n3\t#\tO\tO\n",
        "EV Bonn #",
        &["ORG EV Bonn", "LOC Bonn"],
    );
    check("Vgl. O\nRab PARTA\n1 YEAR\n2 YEAR\nRz O\n", "Vgl. Rab 1 2 Rz", &["PARTA Rab", "YEAR 1 2"]);
    check("# id = eins\n# O\n#a\tB-X\nb\tO\n".replace("# O", "#\tO").as_str(), "# #a b", &["X #a"]);
}

#[test]
fn other_files_are_not_taken_for_it() {
    for content in
        ["", "Nur ein Text.\nNoch einer.\nUnd noch einer.\n", "a,b\n1,2\n", "Das ist O\nso etwas\nnicht ganz B-X\n"]
    {
        let input = Input::alone("a.tsv".to_owned(), content.as_bytes());
        assert_eq!(Conll.recognize(&input), Recognition::No, "{content:?}");
        assert!(read("a.tsv", content.as_bytes()).is_err(), "{content:?}");
    }
}

#[test]
fn the_golden_article_is_tagged() {
    let check = |scheme: TagScheme, other: &[(&str, &str)], expected: &[&str]| {
        let other = other.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let options = WriteOptions { tag_scheme: scheme, other };
        let (output, losses) = golden::golden().write(&Conll, &options);
        let content = String::from_utf8(output.files[0].1.clone()).expect("UTF-8");
        assert!(content.starts_with("-DOCSTART-\tO\n\n"));
        for line in expected {
            assert!(content.contains(line), "{line:?} is not in\n{content}");
        }
        for loss in losses.iter().filter(|loss| loss.what.starts_with("span ")) {
            assert!(loss.annotation.is_some());
        }
        let articles = read("a.conll", content.as_bytes()).expect("it can be read");
        let back: Vec<_> = articles[0]
            .spans
            .iter()
            .map(|span| format!("{} {}", span.label, span.fragments.surface(&articles[0].text)))
            .collect();
        assert!(back.contains(&"EVENT = Angriffe auf Kyjiw".to_owned()), "{back:?}");
        assert!(back.contains(&"DATE 16 . Mai".to_owned()), "{back:?}");
    };
    check(TagScheme::Iob2, &[], &["Kursk-Region\tO\n", "16\tB-DATE\n.\tI-DATE\nMai\tI-DATE\n", "folgten\tO\n"]);
    check(
        TagScheme::Bilou,
        &[("sub_token", "part")],
        &["US-Vorschlag\tU-ORGpart\n", "16\tB-DATE\n.\tI-DATE\nMai\tL-DATE\n"],
    );
    check(TagScheme::Ioe2, &[("sub_token", "widen")], &["US-Vorschlag\tE-ORG\n"]);
    check(TagScheme::Iobes, &[("comments", "yes")], &["# id = grüße-1\n"]);
    check(TagScheme::Iob1, &[], &["16\tI-DATE\n.\tI-DATE\nMai\tI-DATE\n"]);
}

#[test]
fn real_corpora_are_read() {
    let Some(folder) = golden::shared("corpora") else { return };
    let tasks = folder.join("conll-bio/flairNLP__flair/tests/resources/tasks");
    let dkpro = folder.join("conll-bio/dkpro__dkpro-core/dkpro-core-io-conll-asl/src/test/resources/conll/2002");
    for path in [
        tasks.join("ner_german_germeval/NER-de-dev.tsv"),
        tasks.join("ner_german_germeval/NER-de-test.tsv"),
        tasks.join("fashion_nodev/train.tsv"),
        tasks.join("trivial/trivial_bioes/train.txt"),
        tasks.join("trivial/trivial_bioes_with_boundaries/train.txt"),
        dkpro.join("ner2002_test.conll"),
        dkpro.join("germeval2014_test.conll"),
    ] {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let input = Input::alone(name.clone(), &bytes);
        assert!(Conll.recognize(&input) >= Recognition::Likely, "{}", path.display());
        let articles = read(&name, &bytes).expect("it can be read");
        // In IOB2 each span has one B; the corpora that are not IOB2 have none at all or S beside.
        let content = String::from_utf8_lossy(&bytes);
        let begins = |line: &str| line.split_whitespace().filter(|cell| cell.starts_with("B-")).count();
        let expected: usize = content.lines().filter(|line| !line.starts_with('#')).map(begins).sum();
        let found: usize = articles.iter().map(|article| article.spans.len()).sum();
        if expected > 0 {
            assert_eq!(found, expected, "{}", path.display());
        }
        assert!(found > 0, "{}", path.display());
        assert!(articles.iter().all(|article| article.warnings.len() <= 1), "{:?}", articles[0].warnings);
    }
}

#[test]
fn only_tags_change() {
    let check = |content: &str, edit: &mut dyn FnMut(usize, &mut Imported), expected: &str| {
        for (content, expected) in
            [(content.to_owned(), expected.to_owned()), (content.replace('\n', "\r\n"), expected.replace('\n', "\r\n"))]
        {
            let (same, losses) = rewritten(&Conll, "a.conll", content.as_bytes(), &[], &mut |_, _| ()).expect("read");
            assert_eq!(String::from_utf8(same).expect("UTF-8"), content);
            assert_eq!(losses, []);
            let (bytes, _) = rewritten(&Conll, "a.conll", content.as_bytes(), &[], edit).expect("read");
            assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected, "{content}");
        }
    };
    // The columns, comments, blank lines and the missing end of the last line stay.
    check(
        "# about this file\n\n-DOCSTART- -X- O O\n\n\nEU  NNP I-NP  I-ORG\nrejects VBZ I-VP O\n \n# a comment\nBonn NNP I-NP I-LOC",
        &mut |_, article| add(article, "VERB", "rejects"),
        "# about this file\n\n-DOCSTART- -X- O O\n\n\nEU  NNP I-NP  I-ORG\nrejects VBZ I-VP I-VERB\n \n# a comment\nBonn NNP I-NP I-LOC",
    );
    // IOB1 stays IOB1, BILOU stays BILOU; a sentence that is not touched keeps even what is odd in it.
    check(
        "a\tI-X\nb\tI-X\nc\tO\n\nd\tI-Y\ne\tB-X\n",
        &mut |_, article| add(article, "X", "c"),
        "a\tI-X\nb\tI-X\nc\tB-X\n\nd\tI-Y\ne\tB-X\n",
    );
    check(
        "a\tU-X\nb\tB-X\nc\tL-X\nd\tO\n",
        &mut |_, article| article.spans.remove(1).clone_from(&article.spans[0]),
        "a\tU-X\nb\tO\nc\tO\nd\tO\n",
    );
    check(
        "a\tE-X\nb\tI-X\nc\tI-X\nd\tO\ne\tO\n",
        &mut |_, article| add(article, "X", "e"),
        "a\tE-X\nb\tI-X\nc\tI-X\nd\tO\ne\tI-X\n",
    );
    check("a X\nb _\nc O\nd O\n", &mut |_, article| add(article, "Y", "c d"), "a X\nb _\nc Y\nd Y\n");
    // A corrected word, a word more, a sentence less.
    check(
        "a\tO\t1\nKlön\tB-X\t2\nc\tO\t3\n\nd\tO\t4\n",
        &mut |_, article| article.text = article.text.replace("Klön", "Köln"),
        "a\tO\t1\nKöln\tB-X\t2\nc\tO\t3\n\nd\tO\t4\n",
    );
    check(
        "a\tB-X\t1\nc\tO\t3\n\nd\tO\t4\n# bye\n",
        &mut |_, article| article.text = "a b? c\nd".to_owned(),
        "a\tB-X\t1\nb\tO\t_\n?\tO\t_\nc\tO\t3\n\nd\tO\t4\n# bye\n",
    );
    check(
        "a\tB-X\n\n# two\nc\tO\n\nd\tO\n",
        &mut |_, article| article.text = "a\nd\ne".to_owned(),
        "a\tB-X\n\n# two\nd\tO\n\ne\tO\n",
    );
}

#[test]
fn options_of_writing() {
    let check = |content: &str, options: &[(&str, &str)], expected: &str| {
        let (bytes, _) = rewritten(&Conll, "a.conll", content.as_bytes(), options, &mut |_, _| ()).expect("it is read");
        assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected, "{options:?}");
    };
    check("a I-X\nb I-X\nc B-X\n", &[("scheme", "iob2")], "a B-X\nb I-X\nc B-X\n");
    check("a I-X\nb I-X\nc B-X\n", &[("scheme", "ioe1")], "a I-X\nb E-X\nc I-X\n");
    check("a B-NP B-X\nb I-NP O\n", &[("scheme", "bilou"), ("column", "2")], "a U-X B-X\nb O O\n");
    let check = |options: &[(&str, &str)], expected: &str| {
        let other = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (output, _) = golden::golden().write(&Conll, &WriteOptions { other, ..WriteOptions::default() });
        let content = String::from_utf8(output.files[0].1.clone()).expect("UTF-8");
        assert!(content.contains(expected), "{options:?}: {content}");
        assert_eq!(golden::read_back(&Conll, &output.files).len(), 1);
    };
    check(&[("column", "4"), ("separator", "space")], "-DOCSTART- -X- O O\n\nGrüße _ _ O\n");
    check(&[("column", "1"), ("token", "2")], "-DOCSTART-\t-X-\n\n");
    check(&[("column", "2"), ("token", "2")], "_\tGrüße\tO\n");
}

#[test]
fn files_without_a_place_for_it_are_told_apart() {
    // Two articles of different files and one that comes from none.
    let content = "-DOCSTART- -X- O O\n\nA NNP I-NP B-X\n\n-DOCSTART- -X- O O\n\nB NNP I-NP O\n";
    let (bytes, _) = rewritten(&Conll, "a.conll", content.as_bytes(), &[], &mut |index, article| {
        if index == 1 {
            add(article, "Y", "B");
        }
    })
    .expect("it is read");
    let expected = content.replace("B NNP I-NP O", "B NNP I-NP B-Y");
    assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected);
    let latin = b"Gr\xFC\xDFe O\naus O\nK\xF6ln B-LOC\n";
    let (bytes, _) = rewritten(&Conll, "a.conll", latin, &[], &mut |_, _| ()).expect("it is read");
    assert_eq!(bytes, latin);
    let (bytes, _) =
        rewritten(&Conll, "a.conll", latin, &[], &mut |_, article| add(article, "X", "Grüße")).expect("it is read");
    assert_eq!(bytes, b"Gr\xFC\xDFe B-X\naus O\nK\xF6ln B-LOC\n");
}

#[test]
fn long_files_come_in_parts() {
    let sentence = "Köln\tB-LOC\nliegt\tO\nam\tO\nRhein\tB-LOC\n.\tO\n\n";
    let content = sentence.repeat(super::read::LONG / sentence.len() + 100);
    let articles = read("lang.conll", content.as_bytes()).expect("it can be read");
    assert_eq!(articles.iter().map(|article| &*article.wanted_id).collect::<Vec<_>>(), ["lang-1", "lang-2"]);
    let spans: usize = articles.iter().map(|article| article.spans.len()).sum();
    assert_eq!(spans, content.matches("B-").count());
    let (same, _) = rewritten(&Conll, "lang.conll", content.as_bytes(), &[], &mut |_, _| ()).expect("it is read");
    assert!(same == content.as_bytes());
}

#[test]
fn documents_are_read_side_by_side_as_one_after_the_other() {
    use std::fmt::Write;
    let mut text = String::new();
    for number in 0..1_500 {
        // Comments before the mark name the next document, here and there, and some lines are damaged.
        if number % 90 == 89 {
            let _ = write!(text, "# id = named {number}\n\n");
        }
        text.push_str("-DOCSTART-\tO\n\n");
        for word in 0..number % 140 {
            let _ = writeln!(text, "Wort{word}\t{}", ["O", "B-PER", "I-PER", "B-LOC"][(number + word) % 4]);
            text.push_str(match word % 31 {
                7 => "\n",
                19 => "kaputt\n",
                _ => "",
            });
        }
        text.push('\n');
    }
    assert!(text.len() > 1 << 20, "there are several stretches");
    let read = |encoding: Option<&str>| {
        let options = crate::format::ReadOptions { encoding: encoding.map(str::to_owned), ..golden::read_options() };
        let mut found = Vec::new();
        let input = Input::alone("a.conll", text.as_bytes());
        Conll
            .read(&input, &options, &mut |mut article| {
                article.metadata.origin.encoding.clear();
                found.push(article);
            })
            .expect("articles");
        found
    };
    // Other encodings are read in one go.
    let (all, expected) = (read(None), read(Some("iso-8859-1")));
    assert_eq!(all.len(), 1_500);
    assert_eq!(all.iter().filter(|article| article.wanted_id.starts_with("named")).count(), 16);
    assert!(all.iter().any(|article| article.warnings.len() > 2));
    for (article, expected) in all.iter().zip(&expected) {
        assert_eq!(format!("{article:?}"), format!("{expected:?}"));
    }
    assert_eq!(all.len(), expected.len());

    // And written as they were, and as one after the other where they are new.
    let (bytes, losses) = rewritten(&Conll, "a.conll", text.as_bytes(), &[], &mut |_, _| ()).expect("it is written");
    assert_eq!((bytes == text.as_bytes(), losses.len()), (true, 0));
    let (bytes, _) = rewritten(&Conll, "a.conll", text.as_bytes(), &[], &mut |index, article| {
        if index % 7 == 3 && !article.text.is_empty() {
            add(article, "NEW", "Wort0");
        }
    })
    .expect("it is written");
    let added = String::from_utf8_lossy(&bytes).matches("\tB-NEW\n").count();
    assert!(added > 20, "{added}");
    assert_eq!(bytes.len() - text.len(), added * 4);
}

/// What was not edited comes back byte by byte.
#[test]
fn real_files_come_back() {
    let files = real_files(&["corpora/conll-bio", "ner"], &[".conll", ".tsv", ".txt", ".iob"]);
    let mut unread = Vec::new();
    for path in &files {
        let bytes = std::fs::read(path).expect("it is there");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        match rewritten(&Conll, &name, &bytes, &[], &mut |_, _| ()) {
            Ok((written, losses)) => {
                assert!(written == bytes, "{}", path.display());
                assert_eq!(losses, []);
            }
            Err(_) => unread.push(name),
        }
    }
    // Dependencies and coreference in brackets, and classes of texts, are other formats.
    let others = ["dev.txt", "en-orig.conll", "en-ref.conll", "semeval1010-en-sample.conll", "test.txt", "train.txt"];
    assert!(unread.iter().all(|name| others.contains(&&**name)), "{unread:?}");
    assert!(files.is_empty() || files.len() - unread.len() >= 20, "{} {unread:?}", files.len());
}
