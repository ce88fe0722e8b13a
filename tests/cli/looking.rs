//! `stats` and `find`.

use crate::program::{Folder, TEXT};
use serde_json::Value;

fn annotated() -> Folder {
    let folder = Folder::with_project();
    folder.apply(&[
        r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#,
        r#"{"op":"add_span","start":56,"end":61,"label":"LOC"}"#,
        r#"{"op":"add_span","start":28,"end":34,"label":"PER"}"#,
        r#"{"op":"set_status","id":2,"status":"suggested"}"#,
        r#"{"op":"set_progress","progress":"done"}"#,
    ]);
    folder
}

#[test]
fn everything_is_counted() {
    let folder = annotated();
    folder.glosse(["stats", "p"]).ok().out(&["1 article", "artikel", "eva", "done", "LOC", "PER"]);
    let counts = folder.glosse(["stats", "p", "--json"]).ok().json();
    assert_eq!(counts["articles"], 1);
    assert_eq!(counts["text"]["characters"], TEXT.chars().count());
    let eva = &counts["annotators"]["eva"];
    assert_eq!(eva["done"], 1);
    assert_eq!(eva["spans"]["LOC"]["accepted"], 1);
    assert_eq!(eva["spans"]["LOC"]["suggested"], 1);
    assert_eq!(eva["spans"]["PER"]["accepted"], 1);
}

#[test]
fn hits_come_with_place_and_context() {
    let folder = annotated();
    let check = |arguments: &[&str], expected: &[&str]| {
        let all = ["find", "p"].into_iter().chain(arguments.iter().copied());
        let answer = folder.glosse(all).ok();
        let found: Vec<&str> = answer.out.lines().collect();
        assert_eq!(found, expected, "{arguments:?}");
    };
    let first = "artikel:1:11: Äpfel aus [Köln] 😀. Präsident Müller besuchte am Dienstag Kursk. שלום e\u{301}t ";
    check(&["köln"], &[first]);
    check(&["köln", "--case"], &[]);
    check(&["k(ö|u)\\w+", "--regex", "--limit", "1"], &[first]);
    check(&["k", "--label", "PER"], &[]);
    check(&["köln", "--label", "LOC"], &[first]);
    check(&["-x"], &[]);
    folder.glosse(["find", "p", "k", "--label", "PLACE"]).fails(&["\"PLACE\"", "LOC"]);
    let answer = folder.glosse(["find", "p", "kursk", "--label", "LOC", "--json"]).ok();
    let hit: Value = serde_json::from_str(answer.out.trim_end()).expect("JSON");
    assert_eq!((&hit["line"], &hit["column"]), (&2.into(), &39.into()));
    assert_eq!((&hit["start"], &hit["end"], &hit["text"]), (&56.into(), &61.into(), &"Kursk".into()));
    assert_eq!(hit["spans"][0]["id"], 2);
    assert_eq!(hit["spans"][0]["label"], "LOC");
}
