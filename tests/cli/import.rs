//! `import`, and that text comes out as it went in.

use crate::program::{Folder, TEXT, shared};
use serde_json::Value;
use std::fs;

/// The records of an export as jsonl.
fn exported(folder: &Folder) -> Vec<Value> {
    folder.glosse(["export", "p", "--format", "jsonl", "--out", "out.jsonl"]).ok();
    folder.read("out.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn text_comes_out_as_it_went_in() {
    let folder = Folder::with_project();
    assert_eq!(folder.read("p/articles/artikel.txt"), TEXT);
    let records = exported(&folder);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["text"], TEXT);
    assert_eq!(records[0]["unit"], "code_point");
}

#[test]
fn real_articles_come_out_as_they_went_in() {
    let Some(articles) = shared("articles") else { return };
    let folder = Folder::new();
    folder.glosse(["new", "p"]).ok();
    let mut texts: Vec<String> = Vec::new();
    let mut import = folder.glosse(["import", "p"]);
    for entry in fs::read_dir(articles).expect("the folder can be read").flatten() {
        texts.push(fs::read_to_string(entry.path()).expect("a text"));
        import = import.argument(entry.path());
    }
    import.ok();
    let mut found: Vec<String> =
        exported(&folder).iter().map(|record| record["text"].as_str().expect("a text").to_owned()).collect();
    texts.sort();
    found.sort();
    assert_eq!(found, texts);
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn what_can_not_be_read_is_named_and_the_rest_is_imported() {
    let folder = Folder::with_project();
    folder.write("gut.txt", "Ein Satz.");
    folder.write("bild.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00");
    folder.glosse(["import", "p", "gut.txt", "bild.txt", "fehlt.txt"]).run().code(1).out(&["gut"]).err(&[
        "bild.txt",
        "fehlt.txt",
        "Imported 1 new article",
    ]);
    assert_eq!(exported(&folder).len(), 2);
}

#[test]
fn importing_twice_makes_no_second_article() {
    let folder = Folder::with_project();
    folder.glosse(["import", "p", "artikel.txt"]).ok().out(&["artikel (was there already)"]);
    assert_eq!(exported(&folder).len(), 1);
    folder.write("artikel.txt", "Etwas anderes.");
    folder.glosse(["import", "p", "artikel.txt"]).ok().out(&["artikel-2"]);
    assert_eq!(exported(&folder).len(), 2);
}

#[test]
fn folders_are_read_file_by_file() {
    let folder = Folder::with_project();
    folder.write("in/b.txt", "B.");
    folder.write("in/a.txt", "A.");
    folder.write("in/.hidden.txt", "H.");
    let answer = folder.glosse(["import", "p", "in"]).ok();
    assert_eq!(answer.out, "a\nb\n");
}

#[test]
fn annotations_come_back_from_an_export() {
    let folder = Folder::with_project();
    folder.apply(&[
        r#"{"op":"add_span","start":10,"end":14,"label":"LOC","note":"am Rhein"}"#,
        r#"{"op":"add_span","start":28,"end":34,"label":"PER"}"#,
        r#"{"op":"link_entity","id":2,"name":"Max Müller"}"#,
    ]);
    let first = exported(&folder);
    folder.glosse(["new", "q"]).ok();
    folder.glosse(["import", "q", "out.jsonl", "--annotator", "max"]).ok();
    folder.glosse(["export", "q", "--format", "jsonl", "--out", "again.jsonl"]).ok().out(&["Annotator max", "2 spans"]);
    let again: Value = serde_json::from_str(folder.read("again.jsonl").trim_end()).expect("JSON");
    for part in ["text", "spans", "entities"] {
        assert_eq!(again[part], first[0][part]);
    }
    folder.glosse(["check", "q"]).ok();
}

#[test]
fn what_an_imported_file_has_beyond_the_project_comes_back_until_it_is_edited() {
    let folder = Folder::new();
    folder.glosse(["new", "p"]).ok();
    let annotations = "T1\tLOC 3 8\tKursk\r\nX9\tnobody knows this line\nT7\tPER 0 4\tAnna\n";
    folder.write("brat/artikel.txt", "In Kursk war es still.");
    folder.write("brat/artikel.ann", annotations);
    folder.glosse(["import", "p", "brat/artikel.ann", "--annotator", "eva"]).run().code(0).err(&["place it by hand"]);
    let export = ["export", "p", "--format", "brat", "--out", "out", "--annotator", "eva"];
    folder.glosse(export).ok();
    assert_eq!(folder.read("out/artikel.ann"), annotations);
    assert_eq!(folder.read("out/artikel.txt"), "In Kursk war es still.");

    // The span that has no place waits as a suggestion; what is edited is written anew.
    let answers = folder.apply(&[r#"{"op":"set_label","id":1,"label":"ORG"}"#]);
    assert!(answers.iter().all(|answer| answer.starts_with("ok ")), "{answers:?}");
    folder.glosse(export).ok();
    assert!(folder.read("out/artikel.ann").starts_with("T1\tORG 3 8\tKursk\n"), "{}", folder.read("out/artikel.ann"));
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn warnings_name_the_path_and_those_that_are_alike_are_folded() {
    let folder = Folder::with_project();
    let circle = |number: usize| format!("R{number}\tX A:R{} B:T1\n", number ^ 1);
    let circles: String = (2..32).map(circle).collect();
    folder.write("brat/a.txt", "Anna");
    folder.write("brat/a.ann", format!("T1\tPER 0 4\tAnna\n{circles}"));
    folder.write("brat/b.txt", "Anna");
    let import = folder.glosse(["import", "p", "brat/a.ann"]).ok();
    let warnings: Vec<_> = import.err.lines().filter(|line| line.ends_with("(warning)")).collect();
    let circles: Vec<_> = warnings.iter().filter(|line| line.contains("leads back")).collect();
    assert_eq!(circles.len(), 10, "{import:#?}");
    assert!(circles[0].starts_with("brat/a.ann:2: R2: "), "{import:#?}");
    let import = import.err(&["… and 20 more like it; --all shows them"]);
    let all = folder.glosse(["convert", "brat/a.ann", "a.jsonl", "--to", "jsonl", "--all"]).ok();
    assert_eq!(all.err.lines().filter(|line| line.contains("leads back")).count(), 30, "{import:#?}");
    folder.write("unten/kaputt.conll", "Anna B-PER\nkommt O\nkaputt\naus O\nBonn B-LOC\n\nEnde O\n");
    folder.glosse(["import", "p", "--format", "conll", "unten/kaputt.conll"]).ok().err(&["unten/kaputt.conll:3: "]);
    folder.write("unten/leer.conll", "");
    folder
        .glosse(["import", "p", "-f", "conll", "unten/leer.conll"])
        .run()
        .code(1)
        .err(&["unten/leer.conll: there are no tokens in it"]);
}
