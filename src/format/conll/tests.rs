//! CoNLL: columns, schemes, what is lost, and the real corpora.

use super::Conll;
use crate::format::{Format, Imported, Input, Recognition, TagScheme, WriteOptions, golden};

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
