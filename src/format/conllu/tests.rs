//! CoNLL-U: the text, entities in every form, what is carried along, and the real corpora.

use super::Conllu;
use crate::format::{
    Format, Imported, Input, WriteOptions,
    conll::tests::{add, real_files, replace, rewritten},
    golden, registry,
};
use proptest::prelude::*;

fn read(content: &str) -> Vec<Imported> {
    let input = Input::alone("a.conllu", content.as_bytes());
    let mut articles = Vec::new();
    Conllu.read(&input, &golden::read_options(), &mut |article| articles.push(article)).expect("it can be read");
    articles
}

/// Rows from words with what stands in the last column.
fn rows(words: &[(&str, &str, &str)]) -> String {
    let row = |(id, form, misc): &(&str, &str, &str)| {
        let syntax = if id.contains(['-', '.']) { "_\t_" } else { "0\troot" };
        format!("{id}\t{form}\t_\t_\t_\t_\t{syntax}\t_\t{misc}\n")
    };
    words.iter().map(row).collect()
}

fn said(article: &Imported) -> Vec<String> {
    let words = |span: &crate::model::Span| {
        let entity = span.entity.as_ref().map_or(String::new(), |entity| format!(" {entity}"));
        format!("{} {}{entity}", span.label, span.fragments.surface(&article.text))
    };
    article.spans.iter().map(words).collect()
}

#[test]
fn words_and_spaces_make_the_text() {
    let check = |content: &str, expected: &[&str], warnings: &[&str]| {
        let articles = read(content);
        assert_eq!(articles.iter().map(|article| &*article.text).collect::<Vec<_>>(), expected);
        let found: Vec<_> = articles.iter().flat_map(|article| &article.warnings).map(ToString::to_string).collect();
        assert_eq!(found.len(), warnings.len(), "{found:?}");
        for (warning, part) in found.iter().zip(warnings) {
            assert!(warning.contains(part), "{warning}");
        }
    };
    let one = rows(&[
        ("1", "Er", "_"),
        ("2-3", "fürs", "_"),
        ("3", "das", "_"),
        ("4", "FBI", "SpaceAfter=No"),
        ("5", ".", "_"),
    ]);
    check(&one.replace("3\tdas", "2\tfür\t_\t_\t_\t_\t0\troot\t_\t_\n3\tdas"), &["Er fürs FBI."], &[]);
    let two = rows(&[("1", "A", "SpacesBefore=\\s|SpacesAfter=\\t\\n"), ("1.1", "x", "_"), ("2", "b", "_")]);
    check(
        &format!("# newdoc id = d\n{two}\n# newpar\n{two}\n{two}\n# newdoc\n{two}"),
        &[" A\t\nb\n\n A\t\nb\n A\t\nb", " A\t\nb"],
        &[],
    );
    check(&rows(&[("1", "a", "_"), ("2", "b", "SpacesAfter=\\n")]), &["a b\n"], &[]);
    check("# text = a c\n1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", &["a"], &["a.conllu:1: the words are not those"]);
    let odd =
        "1\ta\t_\t_\t_\t_\t_\t_\t_\t_\nx\tb\t_\t_\t_\t_\t_\t_\t_\t_\n3\tc\t_\t_\t_\t_\t_\t_\t_\t_\n4\td\n# no\n\n";
    let faults =
        ["a.conllu:2: the row has no number", ":3: the word has the number 3 and not 2", ":4: the row has 2", ":5"];
    check(odd, &["a c"], &faults);
    let ranges = rows(&[("2-3", "ab", "_"), ("1", "a", "_"), ("9-4", "x", "_"), ("2", "", "_")]);
    check(&ranges, &["ab"], &[":1: the words 2-3", ":3: the row has no number", ":4: the row has no form"]);
    assert!(Conllu.read(&Input::alone("a", b"nothing"), &golden::read_options(), &mut |_| ()).is_err());
}

#[test]
fn entities_are_found_in_every_place() {
    let check = |content: &str, expected: &[&str]| {
        let articles = read(content);
        assert_eq!(articles.iter().flat_map(said).collect::<Vec<_>>(), expected, "{content}");
    };
    // Nested, shared, in two pieces, crossing.
    let words = [
        ("1", "Frau", "Entity=(e1-person-1-(e2-title-1-)"),
        ("2", "Müller", "Entity=e1)(e5-x"),
        ("3", "lebt", "Entity=(e3[1/2]-event-1-)"),
        ("4", "in", "Entity=(e4-place"),
        ("5", "Bonn", "Entity=e5)(e3[2/2]-event-1-)e4)|SpaceAfter=No"),
        ("6", "und", "_"),
        ("7", "sie", "Entity=(e1-person-1-)"),
        ("7.1", "dort", "Entity=(e9--1-)"),
    ];
    check(
        &format!("# newdoc id = D 1\n# global.Entity = eid-etype-head-other\n{}", rows(&words)),
        &[
            "person Frau Müller d-1-e1",
            "title Frau",
            "x Müller lebt in Bonn",
            "event lebt Bonn",
            "place in Bonn",
            "person sie d-1-e1",
            "mention ",
        ],
    );
    let gum = rows(&[("1", "a", "Entity=(7-person-new-1-coref"), ("2", "b", "Entity=7)")]);
    check(&format!("# global.Entity = GRP-etype-infstat-minspan-link\n{gum}"), &["person a b"]);
    check(&rows(&[("1", "a", "NE=B-PER"), ("2", "b", "NE=I-PER|SpaceAfter=No"), ("3", "c", "NE=O")]), &["PER a b"]);
    check(&rows(&[("1", "a", "name=B-ORG"), ("2", "b", "_")]), &["ORG a"]);
    check("# global.columns = ID FORM X:NER MISC\n1\ta\tB-PER\t_\n2\tb\tI-PER\t_\n3\tc\tO\t_\n", &["PER a b"]);
    check("1\ta\t_\t_\t_\t_\t_\t_\t_\t_\tB-PER\n2\tb\t_\t_\t_\t_\t_\t_\t_\t_\tO\n", &["PER a"]);
    // Parts of a token of several words, where they can be told.
    let parts = [("1-2", "don't", "_"), ("1", "do", "Entity=(e1-x)"), ("2", "n't", "Entity=(e2-y)")];
    check(&rows(&parts), &["x do", "y n't"]);
    let parts = [("1-2", "fürs", "_"), ("1", "für", "_"), ("2", "das", "Entity=(e2-y)")];
    check(&rows(&parts), &["y fürs"]);
    // What is broken costs only itself.
    let broken = [("1", "a", "Entity=e9)(e1-x"), ("2", "b", "Entity=(e2[2/2]-y)(e3-z)(e4[1/2]-w)")];
    check(&rows(&broken), &["z b"]);
    assert_eq!(read(&rows(&broken))[0].warnings.len(), 4);
}

const CONTENT: &str = "# global.columns = ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC Extra\n\
    # newdoc id = eins\n# global.Entity = eid-etype-head-other\n# sent_id = 1\n# odd comment\n\
    1\tEva\t_\t_\t_\t_\t2\tnsubj\t_\tEntity=(e1-person-1-)\tx\n2\tmag\t_\t_\t_\t_\t0\troot\t_\t_\ty\n\
    2.1\tes\t_\t_\t_\t_\t_\t_\t_\tEntity=(e7-zero-1-)\t_\n3-4\tam\t_\t_\t_\t_\t_\t_\t_\t_\t_\n\
    3\tan\t_\t_\t_\t_\t2\tobl\t_\t_\t_\n4\tdem\t_\t_\t_\t_\t2\tdet\t_\tEntity=(e2-time-2-infstat:new\t_\n\
    5\tTag\t_\t_\t_\t_\t2\tobl\t_\tBridge=e1<e2|Entity=e2)|SpaceAfter=No\t_\n6\t.\t_\t_\t_\t_\t2\tpunct\t_\t_\t_\n\n\
    # newdoc id = zwei\n# sent_id = 2\n1\tSie\t_\t_\t_\t_\t0\troot\t_\tEntity=(e1-person-1-)\t_\n\n";

#[test]
fn only_entities_change() {
    let check = |content: &str, edit: &mut dyn FnMut(usize, &mut Imported), expected: &str| {
        for (content, expected) in
            [(content.to_owned(), expected.to_owned()), (content.replace('\n', "\r\n"), expected.replace('\n', "\r\n"))]
        {
            let (same, losses) = rewritten(&Conllu, "a.conllu", content.as_bytes(), &[], &mut |_, _| ()).expect("read");
            assert_eq!(String::from_utf8(same).expect("UTF-8"), content);
            assert_eq!(losses, []);
            let (bytes, _) = rewritten(&Conllu, "a.conllu", content.as_bytes(), &[], edit).expect("it is read");
            assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected);
        }
    };
    let only_first = |edit: &'static dyn Fn(&mut Imported)| {
        move |index: usize, article: &mut Imported| {
            if index == 0 {
                edit(article);
            }
        }
    };
    // The note about the second mention, and the words that are not in the text, stay.
    check(
        CONTENT,
        &mut only_first(&|article| add(article, "act", "mag")),
        &CONTENT.replace("root\t_\t_\ty", "root\t_\tEntity=(e8-act)\ty"),
    );
    check(
        CONTENT,
        &mut only_first(&|article| article.spans.retain(|span| &*span.label != "time")),
        &CONTENT.replace("Entity=(e2-time-2-infstat:new", "_").replace("Bridge=e1<e2|Entity=e2)|", "Bridge=e1<e2|"),
    );
    check(
        CONTENT,
        &mut only_first(&|article| {
            for span in article.spans.iter_mut().filter(|span| &*span.label == "time") {
                span.label = "day-of".into();
            }
        }),
        &CONTENT.replace("(e2-time-2-infstat:new", "(e2-day%2Dof-2-infstat:new"),
    );
    check(
        CONTENT,
        &mut only_first(&|article| {
            add(article, "all", "Eva mag");
            add(article, "all", "mag am Tag");
        }),
        &CONTENT
            .replace("Entity=(e1-person-1-)\tx", "Entity=(e8-all(e1-person-1-)\tx")
            .replace("root\t_\t_\ty", "root\t_\tEntity=e8)(e9-all\ty")
            .replace("Entity=e2)|", "Entity=e2)e9)|"),
    );
    // A corrected word: its sentence is new, the others are as they were.
    let fresh = "# sent_id = a-1\n# text = Eva mag";
    let (bytes, losses) = rewritten(&Conllu, "a.conllu", CONTENT.as_bytes(), &[], &mut |index, article| {
        if index == 0 {
            replace(article, "Tag", "Abend");
        }
    })
    .expect("it is read");
    let content = String::from_utf8(bytes).expect("UTF-8");
    assert!(
        content.contains("# newdoc id = eins\n# global.Entity")
            && content.ends_with(&CONTENT[CONTENT.find("# newdoc id = zwei").expect("it")..])
    );
    assert!(content.contains(&fresh.replace("a-1", "eins-1")) && content.contains("\tAbend\t"), "{content}");
    assert!(losses.iter().any(|loss| loss.what.contains("syntax")));
    assert_eq!(read(&content)[0].text, "Eva mag am Abend.");
    // Tags under a key and in a column.
    let keys = rows(&[("1", "a", "NE=B-PER"), ("2", "b", "SpaceAfter=No"), ("3", "c", "_")]);
    check(
        &keys,
        &mut |_, article| add(article, "ORG", "bc"),
        &keys
            .replace("\tSpaceAfter=No", "\tNE=B-ORG|SpaceAfter=No")
            .replace("c\t_\t_\t_\t_\t0\troot\t_\t_", "c\t_\t_\t_\t_\t0\troot\t_\tNE=I-ORG"),
    );
    let column = "# global.columns = ID FORM NER\n1\ta\tS-PER\n2\tb\tO\n\n1\tc\tO\n";
    check(column, &mut |_, article| add(article, "ORG", "b"), &column.replace("b\tO", "b\tS-ORG"));
    // A file that says nothing of entities gets brackets, and what they mean.
    let none = format!("# newdoc id = x\n# text = a b\n{}", rows(&[("1", "a", "_"), ("2", "b", "_")]));
    check(
        &none,
        &mut |_, article| add(article, "ORG", "b"),
        &format!(
            "# global.Entity = eid-etype-head-other\n{}",
            none.replace("2\tb\t_\t_\t_\t_\t0\troot\t_\t_", "2\tb\t_\t_\t_\t_\t0\troot\t_\tEntity=(e1-ORG)")
        ),
    );
}

#[test]
fn sentences_are_kept_around_an_edit() {
    let sentence = |word: &str| format!("# sent_id = {word}\n{}\n", rows(&[("1", word, "_"), ("2", "kam", "_")]));
    let content: String = ["Anna", "Bernd", "Clara", "Dora"].map(sentence).concat();
    let check = |edit: &mut dyn FnMut(&mut Imported), text: &str, kept: &[&str]| {
        let mut wanted = Vec::new();
        let (bytes, _) = rewritten(&Conllu, "a.conllu", content.as_bytes(), &[], &mut |_, article| {
            edit(article);
            wanted = said(article);
        })
        .expect("it is read");
        let written = String::from_utf8(bytes).expect("UTF-8");
        let back = read(&written);
        assert_eq!(back.len(), 1);
        assert_eq!(back[0].text, text, "{written}");
        assert_eq!(said(&back[0]), wanted, "{written}");
        for word in ["Anna", "Bernd", "Clara", "Dora"] {
            assert_eq!(written.contains(&sentence(word)), kept.contains(&word), "{word} in\n{written}");
        }
    };
    check(
        &mut |article| replace(article, "Clara", "Klara"),
        "Anna kam\nBernd kam\nKlara kam\nDora kam",
        &["Anna", "Bernd", "Dora"],
    );
    check(
        &mut |article| replace(article, "Dora kam", "Dora kam."),
        "Anna kam\nBernd kam\nClara kam\nDora kam.",
        &["Anna", "Bernd", "Clara"],
    );
    check(
        &mut |article| replace(article, "Anna kam\n", ""),
        "Bernd kam\nClara kam\nDora kam",
        &["Bernd", "Clara", "Dora"],
    );
    check(
        &mut |article| replace(article, "Bernd kam\n", ""),
        "Anna kam\nClara kam\nDora kam",
        &["Anna", "Clara", "Dora"],
    );
    check(&mut |article| replace(article, "\nDora kam", ""), "Anna kam\nBernd kam\nClara kam", &["Anna", "Bernd"]);
    check(
        &mut |article| {
            replace(article, "Bernd kam\n", "\n\nBernd  kam. Oder?\n\n");
            add(article, "X", "Oder");
        },
        "Anna kam\n\n\nBernd  kam. Oder?\n\nClara kam\nDora kam",
        &["Anna", "Clara", "Dora"],
    );
}

#[test]
fn the_golden_article_comes_back() {
    let golden = golden::golden();
    let check = |options: &[(&str, &str)], lines: &[&str]| {
        let other = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (output, _) = golden.write(&Conllu, &WriteOptions { other, ..WriteOptions::default() });
        let content = String::from_utf8(output.files[0].1.clone()).expect("UTF-8");
        for line in lines {
            assert!(content.contains(line), "{line:?} is not in\n{content}");
        }
        let back = golden::read_back(&Conllu, &output.files);
        assert_eq!(back[0].text, golden::TEXT);
        assert_eq!(back[0].warnings, [], "{content}");
        assert_eq!(back[0].wanted_id, golden.id.as_str());
        back[0].spans.len()
    };
    let lines = [
        "# newdoc id = grüße-1\n",
        "Entity=(wladimir%2Dputin-PER",
        "-T\u{e4}ter%20Gruppe)",
        "SpacesAfter=\\r\\n\\r\\n",
    ];
    assert_eq!(check(&[], &lines), 9);
    assert!(check(&[("sub_token", "widen")], &["Entity=(e"]) > 11);
    check(&[("key", "NE")], &["NE=B-PER\n", "NE=B-EVENT|SpacesAfter=\\t"]);
    check(&[("column", "NER")], &["# global.columns = ID FORM", "\tB-DATE\n", "SpacesAfter=\\s\tO\n"]);
}

#[test]
fn files_that_are_damaged_in_any_line_are_read() {
    for line in 0..CONTENT.lines().count() {
        for damage in ["\t", "1\t", "((((", "1-9\tx\t_\t_\t_\t_\t_\t_\t_\tEntity=(e1[1/9]-x)", "# newdoc", ")))[1/"] {
            let lines = CONTENT.lines().enumerate().map(|(index, text)| if index == line { damage } else { text });
            for article in read(&lines.collect::<Vec<_>>().join("\n")) {
                assert!(article.spans.iter().all(|span| span.fragments.fit(&article.text)));
            }
        }
    }
}

/// What was not edited comes back byte by byte.
#[test]
fn real_files_come_back() {
    let files = real_files(&["corpora/conllu", "corpora/conllu-plus"], &[".conllu", ".conllup"]);
    for path in &files {
        let bytes = std::fs::read(path).expect("it is there");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let format = registry::recognize(&Input::alone(name.clone(), &bytes)).expect("a format");
        assert_eq!(format.info().name, "conllu", "{}", path.display());
        let (written, losses) = rewritten(&Conllu, &name, &bytes, &[], &mut |_, _| ()).expect("it is read");
        assert!(written == bytes && losses.is_empty(), "{}", path.display());
    }
    assert!(files.is_empty() || files.len() >= 6);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Whatever spans are added and removed, and whatever is done to the text: what is read back is what was there, but for
    /// what is named as lost.
    #[test]
    fn edited_files_say_what_the_article_says(
        kind in 0usize..4,
        keeps in prop::collection::vec(any::<bool>(), 8),
        new in prop::collection::vec((any::<prop::sample::Index>(), 1usize..9, 0usize..3), 0..6),
        change in prop::option::of((any::<prop::sample::Index>(), "[a-c .\n]{0,4}", 0usize..6)),
    ) {
        let words = ["", "NE=B-A", "Entity=(e1-A-1-", "Entity=e1)", "SpaceAfter=No", "SpacesAfter=\\s\\n", "Entity=(e2-B)"];
        let sentence = |picks: [usize; 4], head: &str| {
            let ids = ["1", "2", "3", "4"];
            let forms = ["aa", "b", "cc", "."];
            let misc = picks.map(|pick| match words[pick] {
                "" => "_",
                other => other,
            });
            let words: Vec<_> = (0..4).map(|at| (ids[at], forms[at], misc[at])).collect();
            format!("{head}{}\n", rows(&words))
        };
        let (format, content): (&dyn Format, String) = match kind {
            0 => (&Conllu, sentence([2, 4, 3, 0], "# newdoc id = a\n") + &sentence([6, 0, 5, 0], "") + &sentence([0, 0, 6, 0], "# newpar\n")),
            1 => (&Conllu, sentence([1, 4, 0, 0], "") + &sentence([0, 1, 0, 5], "# x\n")),
            2 => (registry::by_name("conll").expect("a format"), "aa\tB-A\tx\nb\tI-A\ty\n\n# c\ncc\tO\tz\n.\tB-B\tz\n\nd\tO\tz\n".to_owned()),
            _ => (registry::by_name("germeval").expect("a format"), "#\ts\n1\taa\tB-A\tO\n2\tb\tI-A\tB-B\n\n#\tt\n1\tcc\tO\tO\n".to_owned()),
        };
        let mut wanted = None;
        let (bytes, losses) = rewritten(format, "a.tsv", content.as_bytes(), &[], &mut |_, article| {
            let mut index = 0;
            article.spans.retain(|_| {
                index += 1;
                keeps.get(index - 1).copied().unwrap_or(true)
            });
            for (place, length, label) in &new {
                let start = place.index(article.text.len());
                let end = (start + length).min(article.text.len());
                if let Some(words) = article.text.get(start..end).map(str::to_owned) {
                    add(article, ["A", "B", "C-D"][*label], &words);
                }
            }
            if let Some((place, text, removed)) = &change {
                let start = place.index(article.text.len());
                let end = (start + removed).min(article.text.len());
                let edit = crate::text::TextEdit {
                    at: crate::text::ByteOffset::from_usize(start),
                    removed: article.text[start..end].to_owned(),
                    inserted: text.clone(),
                };
                article.spans.retain_mut(|span| match span.fragments.map(&edit) {
                    Some(fragments) => {
                        span.fragments = fragments;
                        true
                    }
                    None => false,
                });
                article.text.replace_range(start..end, text);
            }
            wanted = Some(article.clone());
        }).expect("it is read");
        let wanted = wanted.expect("an article");
        let written = String::from_utf8(bytes).expect("UTF-8");
        let mut back = Vec::new();
        let input = Input::alone("a.tsv", written.as_bytes());
        let result = format.read(&input, &golden::read_options(), &mut |article| back.push(article));
        if wanted.text.trim().is_empty() && (result.is_err() || back.is_empty()) {
            return Ok(());
        }
        prop_assert!(result.is_ok(), "{written}");
        prop_assert_eq!(back.len(), 1, "{}", written);
        let back = &back[0];
        let lost = |what: &str| losses.iter().any(|loss| loss.annotation.is_none() && loss.what.contains(what));
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        if !lost("white space") {
            prop_assert_eq!(&back.text, &wanted.text, "{}", written);
        }
        prop_assert_eq!(bare(&back.text), bare(&wanted.text), "{}", written);
        let facts = |article: &Imported, only: &dyn Fn(&crate::model::Span) -> bool| {
            let mut facts: Vec<_> = article.spans.iter().filter(|span| only(span)).map(|span| {
                // White space does not count: where a span begins and ends among the other characters.
                let hull = span.fragments.hull().to_usize();
                let before = bare(&article.text[..hull.start]).len();
                (before, before + bare(&article.text[hull]).len(), span.label.clone())
            }).collect();
            facts.sort();
            facts
        };
        let is_written = |span: &crate::model::Span| {
            !losses.iter().any(|loss| loss.annotation == Some(span.id) && (loss.what.starts_with("span ") || loss.what.starts_with("its edges")))
        };
        let wanted = facts(&wanted, &is_written);
        let found = facts(back, &|_| true);
        for fact in &wanted {
            prop_assert!(found.contains(fact), "{:?} is not in {:?}:\n{}", fact, found, written);
        }
    }
}
