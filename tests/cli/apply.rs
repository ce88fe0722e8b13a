//! `apply`: every operation, its answer, and undo across restarts.

use crate::program::{Folder, TEXT};
use serde_json::Value;

/// The record of the only article, with annotations of all states.
fn record(folder: &Folder) -> Value {
    let arguments = ["export", "p", "-f", "jsonl", "-o", "state.jsonl", "--status", "all", "-A", "eva"];
    folder.glosse(arguments).ok();
    serde_json::from_str(folder.read("state.jsonl").trim_end()).expect("JSON")
}

/// Applies lines to a fresh project and compares the answers; an expected answer that ends in `…` is a beginning.
#[track_caller]
fn check(pairs: &[(&str, &str)]) -> Folder {
    let folder = Folder::with_project();
    check_in(&folder, pairs);
    folder
}

#[track_caller]
fn check_in(folder: &Folder, pairs: &[(&str, &str)]) {
    let lines: Vec<&str> = pairs.iter().map(|(line, _)| *line).collect();
    let answers = folder.apply(&lines);
    assert_eq!(answers.len(), pairs.len(), "{answers:#?}");
    for (answer, (line, expected)) in answers.iter().zip(pairs) {
        match expected.strip_suffix('…') {
            Some(start) => assert!(answer.starts_with(start), "{line}: {answer}, not {expected}"),
            None => assert_eq!(answer, expected, "{line}"),
        }
    }
}

#[test]
fn spans_are_made_and_changed() {
    let folder = check(&[
        (r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#, "ok 1"),
        (r#"{"op":"add_span","fragments":[[0,5],[15,16]],"label":"GROUP","attributes":{"mention":"nominal"}}"#, "ok 2"),
        (r#"{"op":"add_span","start":3,"end":3,"label":"PER","note":"leer"}"#, "ok 3"),
        (r#"{"op":"resize_span","id":1,"start":6,"end":14}"#, "ok 1"),
        (r#"{"op":"set_label","id":1,"label":"ORG"}"#, "ok 1"),
        (r#"{"op":"set_note","id":1,"note":"zwei\nZeilen"}"#, "ok 1"),
        (r#"{"op":"set_status","id":1,"status":"rejected"}"#, "ok 1"),
        (r#"{"op":"set_attribute","id":2,"name":"mention","value":null}"#, "ok 2"),
        (r#"{"op":"set_attribute","id":2,"name":"mention","value":"pronoun"}"#, "ok 2"),
        (r#"{"op":"add_document_label","label":"visit"}"#, "ok 4"),
        (r#"{"op":"set_progress","progress":"done"}"#, "ok progress"),
    ]);
    let record = record(&folder);
    let spans = record["spans"].as_array().expect("spans");
    let texts: Vec<_> = spans.iter().map(|span| span["text"].as_str().unwrap_or_default()).collect();
    assert_eq!(texts, ["aus Köln", "Äpfel 😀", ""]);
    assert_eq!(spans[0]["label"], "ORG");
    assert_eq!(spans[0]["note"], "zwei\nZeilen");
    assert_eq!(spans[0]["status"], "rejected");
    assert_eq!(spans[1]["attributes"]["mention"], "pronoun");
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn relations_and_events_are_made_and_changed() {
    let folder = check(&[
        (r#"{"op":"add_span","start":28,"end":34,"label":"PER"}"#, "ok 1"),
        (r#"{"op":"add_span","start":35,"end":43,"label":"EVENT"}"#, "ok 2"),
        (r#"{"op":"add_span","start":56,"end":61,"label":"LOC"}"#, "ok 3"),
        (
            r#"{"op":"add_relation","label":"visit","trigger":2,"arguments":[{"role":"visitor","target":1},{"role":"place","target":3}],"attributes":{"certainty":"reported"}}"#,
            "ok 4",
        ),
        (r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#, "ok 5"),
        (
            r#"{"op":"add_relation","label":"located_in","arguments":[{"role":"inner","target":3},{"role":"outer","target":5}]}"#,
            "ok 6",
        ),
        (r#"{"op":"reverse_relation","id":6}"#, "ok 6"),
        (r#"{"op":"set_arguments","id":4,"arguments":[{"role":"visitor","target":1}]}"#, "ok 4"),
        (r#"{"op":"set_trigger","id":4,"trigger":null}"#, "ok 4"),
        (r#"{"op":"set_trigger","id":4,"trigger":2}"#, "ok 4"),
        (r#"{"op":"remove","id":5}"#, r#"ok 5 {"removed_with_it":[6]}"#),
        (r#"{"op":"remove","id":1}"#, "ok 1"),
    ]);
    let record = record(&folder);
    assert_eq!(record["spans"].as_array().map(Vec::len), Some(2));
    let relations = record["relations"].as_array().expect("relations");
    assert_eq!(relations.len(), 1);
    assert_eq!(relations[0]["label"], "visit");
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn entities_are_found_or_made() {
    let folder = check(&[
        (r#"{"op":"add_span","start":28,"end":34,"label":"PER"}"#, "ok 1"),
        (r#"{"op":"add_span","start":28,"end":34,"label":"PER"}"#, "ok 2"),
        (r#"{"op":"link_entity","id":1,"name":"Max Müller"}"#, r#"ok 1 {"entity":"max-mueller"}"#),
        (r#"{"op":"link_entity","id":2,"name":"Max Müller","kind":"PER"}"#, r#"ok 2 {"entity":"max-mueller"}"#),
        (r#"{"op":"link_entity","id":2,"name":"Max Müller","kind":"ORG"}"#, r#"ok 2 {"entity":"max-mueller-2"}"#),
        (r#"{"op":"link_entity","id":2,"name":"Max Müller"}"#, "error line 6: several entities are called…"),
        (r#"{"op":"link_entity","id":2,"entity":null}"#, "ok 2"),
        (r#"{"op":"link_entity","id":2,"entity":"max-mueller"}"#, "ok 2"),
        (r#"{"op":"link_entity","id":2,"entity":"moritz"}"#, "error line 9: …"),
        (r#"{"op":"link_entity","id":2,"entity":"max-mueller","name":"x"}"#, "error line 10: link_entity takes…"),
        (r#"{"op":"link_entity","id":2}"#, "error line 11: link_entity takes…"),
    ]);
    assert_eq!(record(&folder)["spans"][1]["entity"], "max-mueller");
    assert!(folder.read("p/entities.ron").contains("Max Müller"));
}

#[test]
fn mistakes_change_nothing_and_say_what_is_known() {
    let length = TEXT.chars().count();
    let folder = check(&[
        (
            r#"{"op":"add_span","start":0,"end":5000,"label":"LOC"}"#,
            "error line 1: offset 5000 is outside the text, which has …",
        ),
        (r#"{"op":"add_span","start":5,"end":2,"label":"LOC"}"#, "error line 2: start 5 is behind end 2"),
        (
            r#"{"op":"add_span","start":0,"end":5,"label":"PLACE"}"#,
            r#"error line 3: the schema has no label "PLACE"; it has PER, ORG, LOC…"#,
        ),
        (r#"{"op":"add_span","start":0,"label":"LOC"}"#, "error line 4: give the place…"),
        (
            r#"{"op":"add_span","start":0,"end":5,"label":"LOC","attributes":{"mention":"loud"}}"#,
            r#"error line 5: "loud" is not a value of "mention", which takes name, nominal, pronoun"#,
        ),
        (
            r#"{"op":"add_span","start":0,"end":5,"label":"LOC","colour":"red"}"#,
            "error line 6: unknown field `colour`, expected…",
        ),
        (r#"{"op":"paint"}"#, "error line 7: unknown variant `paint`, expected one of `add_span`…"),
        (r#"nonsense"#, "error line 8: an operation is a JSON object…"),
        (r#"{"op":"remove","id":7}"#, "error line 9: there is no annotation 7"),
        (
            r#"{"op":"set_progress","progress":"almost"}"#,
            r#"error line 10: "almost" is no progress; it is new, started or done"#,
        ),
        (r#"{"op":"redo"}"#, "error line 11: there is nothing to redo"),
        (r#"{"op":"add_span","start":0,"end":5,"label":"LOC"}"#, "ok …"),
    ]);
    let answer = folder.apply(&[r#"{"op":"add_span","start":0,"end":99999999999999,"label":"LOC"}"#]);
    assert!(answer[0].ends_with(&format!("which has {length} code points")), "{answer:?}");
    let run = folder.glosse(["apply", "p", "artikel"]).input("{}\n").run();
    assert_eq!(run.code, 1);
    let run = folder.glosse(["apply", "p", "artikel"]).input(b"\xff\xfe\n\n{\"op\":\"undo\"}").run();
    assert_eq!(run.out, "error line 1: not UTF-8 from byte 0 on\nok Label \"Äpfel\" LOC\n");
}

#[test]
fn the_text_is_corrected_and_spans_follow() {
    let folder = check(&[
        (r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#, "ok 1"),
        (r#"{"op":"add_span","start":28,"end":34,"label":"PER"}"#, "ok 2"),
        (r#"{"op":"add_span","start":0,"end":5,"label":"GROUP"}"#, "ok 3"),
        (r#"{"op":"edit_text","start":0,"end":0,"text":"😀 "}"#, "ok edit"),
        (
            r#"{"op":"edit_text","start":0,"end":9,"text":""}"#,
            r#"ok edit {"damaged":[{"annotator":"eva","id":3,"label":"GROUP","text":"Äpfel","fragments":null,"relations_removed":0}]}"#,
        ),
        (r#"{"op":"edit_text","start":5,"end":9,"text":""}"#, r#"ok edit {"damaged":[{"annotator":"eva","id":1,…"#),
        (r#"{"op":"undo"}"#, "ok Correct the text"),
        (r#"{"op":"undo"}"#, "ok Correct the text"),
        (r#"{"op":"undo"}"#, "ok Correct the text"),
    ]);
    let record = record(&folder);
    assert_eq!(record["text"], TEXT);
    let texts: Vec<_> = record["spans"].as_array().expect("spans").iter().map(|span| span["text"].clone()).collect();
    assert_eq!(texts, ["Köln", "Müller", "Äpfel"]);
}

#[test]
fn undo_goes_on_where_the_last_run_ended() {
    let folder = check(&[
        (r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#, "ok 1"),
        (r#"{"op":"add_span","start":28,"end":34,"label":"PER"}"#, "ok 2"),
        (r#"{"op":"edit_text","start":0,"end":6,"text":""}"#, "ok edit"),
    ]);
    let with_all = record(&folder);
    check_in(&folder, &[(r#"{"op":"undo"}"#, "ok Correct the text")]);
    check_in(&folder, &[(r#"{"op":"undo"}"#, "ok Label \"Müller\" PER")]);
    assert_eq!(record(&folder)["spans"].as_array().map(Vec::len), Some(1));
    check_in(
        &folder,
        &[
            (r#"{"op":"undo"}"#, "ok Label \"Köln\" LOC"),
            (r#"{"op":"undo"}"#, "ok Import artikel"),
            (r#"{"op":"undo"}"#, "error line 3: there is nothing to undo"),
            (r#"{"op":"add_span","start":0,"end":1,"label":"LOC"}"#, "error line 4: there is no article…"),
            (r#"{"op":"redo"}"#, "ok Import artikel"),
            (r#"{"op":"redo"}"#, "ok Label \"Köln\" LOC"),
        ],
    );
    check_in(&folder, &[(r#"{"op":"redo"}"#, "ok Label \"Müller\" PER"), (r#"{"op":"redo"}"#, "ok Correct the text")]);
    assert_eq!(record(&folder), with_all);
    // An id that was given once is not given again, even though its span was taken back.
    check_in(&folder, &[(r#"{"op":"undo"}"#, "ok …"), (r#"{"op":"undo"}"#, "ok …")]);
    check_in(&folder, &[(r#"{"op":"add_span","start":0,"end":1,"label":"LOC"}"#, "ok 3")]);
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn answers_come_before_the_input_ends() {
    use std::io::{BufRead, BufReader, Write};
    let folder = Folder::with_project();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_glosse"))
        .args(["apply", "p", "artikel"])
        .current_dir(folder.path(""))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("an input");
    let mut output = BufReader::new(child.stdout.take().expect("an output"));
    let mut answer = String::new();
    for id in 1..=3 {
        // The second half of a line comes later and must not be waited for while an answer is due.
        input
            .write_all(b"\n{\"op\":\"add_span\",\"start\":0,\"end\":5,\"label\":\"LOC\"}\n{\"op\":")
            .expect("it reads");
        input.flush().expect("it reads");
        answer.clear();
        output.read_line(&mut answer).expect("it answers");
        assert_eq!(answer, format!("ok {}\n", 2 * id - 1));
        input.write_all(b"\"add_span\",\"start\":0,\"end\":5,\"label\":\"LOC\"}\n").expect("it reads");
        answer.clear();
        output.read_line(&mut answer).expect("it answers");
        assert_eq!(answer, format!("ok {}\n", 2 * id));
    }
    // A second one can not write while the first is there.
    folder.glosse(["apply", "p", "artikel"]).fails(&["p: can not be changed"]);
    drop(input);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn annotators_do_not_see_each_other() {
    let folder = Folder::with_project();
    folder.apply(&[r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#]);
    let line = r#"{"op":"add_span","start":28,"end":34,"label":"PER"}"#;
    let answer = folder.glosse(["apply", "p", "artikel", "--annotator", "max"]).input(line).ok();
    assert_eq!(answer.out, "ok 1\n");
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "x.jsonl"]).fails(&["eva, max", "--annotator"]);
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "x.jsonl", "-A", "moritz"]).fails(&["moritz", "eva, max"]);
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "x.jsonl", "-A", "max"]).ok().out(&["1 span"]);
}

#[test]
fn the_login_name_is_the_annotator_of_last_resort() {
    let folder = Folder::with_project();
    let line = r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#;
    let run = folder.glosse(["apply", "p", "artikel"]).env_remove("GLOSSE_ANNOTATOR").env("USER", "Jürgen Groß");
    run.input(line).ok();
    assert!(folder.path("p/annotations/juergen-gross/artikel.ron").is_file());
}
