//! `suggest`: what is proposed, and what it leaves alone.

use crate::program::Folder;
use serde_json::Value;

/// An article of our own, in which a name comes twice.
const ARTICLE: &str = "Bürgermeisterin Özdal eröffnete am 12. März 2025 das Bad in Quellfurt 😀.\n\
                       „Das Wasser ist warm“, sagte Özdal. Der Eintritt kostet 4 Euro.\n";

/// A project `p` whose article `bad` has one accepted span: the first `Özdal`, with id 1.
fn labelled() -> Folder {
    let folder = Folder::new();
    folder.write("bad.txt", ARTICLE);
    folder.glosse(["new", "p"]).ok();
    folder.glosse(["import", "p", "bad.txt"]).ok();
    apply(&folder, r#"{"op":"add_span","start":16,"end":21,"label":"PER"}"#, "ok 1\n");
    folder
}

#[track_caller]
fn apply(folder: &Folder, line: &str, answer: &str) {
    assert_eq!(folder.glosse(["apply", "p", "bad"]).input(line).ok().out, answer, "{line}");
}

/// The spans of the article with one status, or with `all`.
#[track_caller]
fn spans(folder: &Folder, status: &str) -> Vec<Value> {
    record(folder, status)["spans"].as_array().cloned().unwrap_or_default()
}

/// The article as `jsonl` with annotations of one status, or with `all`.
#[track_caller]
fn record(folder: &Folder, status: &str) -> Value {
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "state.jsonl", "--status", status, "-A", "eva"]).ok();
    serde_json::from_str(folder.read("state.jsonl").trim_end()).expect("JSON")
}

/// The span with this label and these words.
#[track_caller]
fn one<'a>(spans: &'a [Value], label: &str, words: &str) -> &'a Value {
    let mut found = spans.iter().filter(|span| span["label"] == label && span["text"] == words);
    let first = found.next().unwrap_or_else(|| panic!("{label} {words:?} in {spans:#?}"));
    assert!(found.next().is_none(), "{label} {words:?} is there once: {spans:#?}");
    first
}

#[test]
fn suggestions_stand_beside_what_was_accepted() {
    let folder = labelled();
    let accepted = spans(&folder, "accepted");
    assert_eq!(accepted.len(), 1);

    let answer = folder.glosse(["suggest", "p"]).ok();
    let suggested = spans(&folder, "suggested");
    assert_eq!(answer.out, format!("bad: {} suggestions, 1 relation\n", suggested.len()));
    let said = &record(&folder, "suggested")["relations"][0];
    assert_eq!((&said["label"], &said["status"]), (&"said_by".into(), &"suggested".into()), "{said}");
    assert_eq!(said["arguments"].as_array().map(Vec::len), Some(2), "{said}");
    assert_eq!(one(&suggested, "PER", "Özdal")["fragments"][0][0], 102);
    one(&suggested, "QUOTE", "Das Wasser ist warm");
    let date = suggested.iter().find(|span| span["label"] == "DATE").expect("a date");
    assert!(date["text"].as_str().is_some_and(|words| words.contains("12. März 2025")), "{date}");
    for span in &suggested {
        assert_eq!((&span["status"], &span["origin"]["source"]), (&"suggested".into(), &"extractor".into()), "{span}");
    }

    let eva = &folder.glosse(["stats", "p", "--json"]).ok().json()["annotators"]["eva"];
    assert_eq!(eva["spans"]["PER"]["accepted"], 1);
    assert_eq!(eva["spans"]["PER"]["suggested"], 1);
    assert_eq!(eva["spans"]["DATE"]["accepted"], 0);
    assert_eq!(eva["spans"]["DATE"]["suggested"], 1);
    assert_eq!(spans(&folder, "accepted"), accepted, "what was accepted is as it was");
    folder.glosse(["check", "p"]).ok();

    // Undo is for what a person did, and passes over suggestions.
    folder.glosse(["apply", "p", "bad"]).input(r#"{"op":"undo"}"#).ok();
    assert!(spans(&folder, "accepted").len() < accepted.len());
    assert_eq!(spans(&folder, "suggested").len(), suggested.len());
}

#[test]
fn a_second_run_adds_nothing_and_what_was_rejected_does_not_come_back() {
    let folder = labelled();
    folder.glosse(["suggest", "p"]).ok();
    let all = spans(&folder, "all");
    folder.glosse(["suggest", "p", "bad"]).ok().out(&["bad: 0 suggestions"]);
    assert_eq!(spans(&folder, "all"), all);

    let date = all.iter().find(|span| span["label"] == "DATE").expect("a date");
    let line = format!(r#"{{"op":"set_status","id":{},"status":"rejected"}}"#, date["id"]);
    apply(&folder, &line, &format!("ok {}\n", date["id"]));
    folder.glosse(["suggest", "p"]).ok().out(&["bad: 0 suggestions"]);
    let now = spans(&folder, "all");
    assert_eq!(now.len(), all.len());
    assert_eq!(now.iter().filter(|span| span["label"] == "DATE").count(), 1);
    assert_eq!(spans(&folder, "rejected").len(), 1);
}

#[test]
fn articles_that_are_done_are_left_alone_unless_they_are_named() {
    let folder = labelled();
    apply(&folder, r#"{"op":"set_progress","progress":"done"}"#, "ok progress\n");
    assert_eq!(folder.glosse(["suggest", "p"]).ok().out, "");
    assert_eq!(spans(&folder, "suggested"), Vec::<Value>::new());
    folder.glosse(["suggest", "p", "bad", "--threshold", "1"]).ok().out(&["bad: "]);
    folder.glosse(["suggest", "p", "bda"]).fails(&["\"bda\"", "glosse stats"]);
    folder.glosse(["suggest", "p", "--threshold", "2"]).fails(&["--threshold 2", "from 0 to 1"]);
}

#[test]
fn what_is_kept_apart_gets_no_suggestions_and_says_how_they_do() {
    let folder = Folder::new();
    let names: Vec<String> = (0..24).map(|number| format!("sitzung-{number:02}")).collect();
    folder.glosse(["new", "p"]).ok();
    for name in &names {
        let text = format!("In {name} trat Bürgermeisterin Özdal am 3. Mai 2025 vor den Rat von Quellfurt.\n");
        folder.write(&format!("{name}.txt"), text);
        folder.glosse(["import", "p", &format!("{name}.txt")]).ok();
    }
    // With the share and the seed of new projects, these are drawn.
    let apart = ["sitzung-02", "sitzung-10", "sitzung-14"];
    let answer = folder.glosse(["suggest", "p"]).ok();
    for name in &names {
        assert_eq!(answer.out.contains(name), !apart.contains(&name.as_str()), "{name}: {}", answer.out);
    }
    assert!(answer.err.contains("3 articles kept apart for evaluation"), "{}", answer.err);
    folder.glosse(["suggest", "p", apart[0]]).ok().out(&[apart[0]]);

    for name in &names {
        let label = r#"{"op":"add_span","start":35,"end":40,"label":"PER"}"#;
        let done = r#"{"op":"set_progress","progress":"done"}"#;
        folder.glosse(["apply", "p", name]).input(format!("{label}\n{done}\n")).ok();
    }
    let tables = folder.glosse(["stats", "p", "--suggestions"]).ok();
    tables.out(&[
        "evaluation slice: 3 articles, 3 of them done with 3 spans; 21 articles done outside of it",
        "1 article of the slice had suggestions",
        "learning curve",
        "calibration",
        "expected calibration error: 0.",
        "outcomes",
        "rule ",
        "sitzung-23",
    ]);
    let csv = folder.glosse(["stats", "p", "--suggestions", "--csv"]).ok().out;
    assert!(csv.starts_with("table,item,part,measure,value\n"), "{csv}");
    for line in ["learning curve,21,PER,wanted,3", "learning curve,21,PER,right,3", "articles,sitzung-07,,actions,2"] {
        assert!(csv.lines().any(|other| other == line), "{line} in {csv}");
    }
    let other = folder.glosse(["stats", "p", "--suggestions", "-A", "max"]).ok();
    other.out(&["no scores: confirm articles of the slice first"]);
    folder.glosse(["stats", "p", "--csv"]).fails(&["--suggestions"]);
}
