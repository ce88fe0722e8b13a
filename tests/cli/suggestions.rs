//! Extractions from elsewhere as suggestions: `import --as-suggestions`, `--map`, and another annotator's work.

use crate::program::{Answer, Folder};
use serde_json::{Value, json};

const TEXT: &str = "Die Ministerin Rosa Thal sprach in Birkenau mit der Elster GmbH.";

fn span(id: u32, words: &str, label: &str, score: f64) -> Value {
    let start = TEXT.find(words).expect("words of the text");
    json!({
        "id": id, "label": label, "fragments": [[start, start + words.len()]], "text": words,
        "origin": { "source": "extractor", "name": "other", "version": "3", "score": score },
    })
}

fn prediction() -> Value {
    json!({
        "format": "glosse-jsonl", "id": "vorhersage", "text": TEXT,
        "spans": [
            span(1, "Rosa Thal", "PERSON", 0.875), span(2, "Birkenau", "LOC", 0.5), span(3, "Elster GmbH", "ORG", 0.25),
            span(4, "Ministerin", "MISC", 0.5),
        ],
        "relations": [{
            "id": 5, "label": "same_as",
            "arguments": [{ "role": "first", "target": 1 }, { "role": "second", "target": 3 }],
        }],
    })
}

/// A project `p` with one article in which Birkenau is a place; and a prediction for it in a file of another name.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("treffen.txt", TEXT);
    folder.write("vorhersage.jsonl", prediction().to_string());
    folder.glosse(["new", "p"]).ok();
    folder.glosse(["import", "p", "treffen.txt"]).ok();
    let start = TEXT.find("Birkenau").expect("words of the text");
    apply(&folder, &format!(r#"{{"op":"add_span","start":{start},"end":{},"label":"LOC"}}"#, start + 8));
    folder
}

#[track_caller]
fn apply(folder: &Folder, line: &str) {
    folder.glosse(["apply", "p", "treffen"]).input(line).ok();
}

fn import(folder: &Folder) -> Answer {
    folder.glosse(["import", "p", "vorhersage.jsonl", "--as-suggestions=gliner", "--map", "PERSON=PER"]).ok()
}

/// Spans and relations of the article as label, words and status.
fn state(folder: &Folder) -> Vec<String> {
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "state.jsonl", "--status", "all", "-A", "eva"]).ok();
    let record: Value = serde_json::from_str(folder.read("state.jsonl").lines().next().expect("a line")).expect("JSON");
    let list = |name: &str| record[name].as_array().cloned().unwrap_or_default();
    let spans = list("spans").into_iter().map(|span| {
        format!("{} {} {} {}", span["label"], span["text"], span["status"], span["origin"]["score"]).replace('"', "")
    });
    let relations = list("relations").into_iter().map(|relation| {
        let targets: Vec<String> = relation["arguments"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|argument| argument["target"].to_string())
            .collect();
        format!("{} {} {}", relation["label"], targets.join("-"), relation["status"]).replace('"', "")
    });
    spans.chain(relations).collect()
}

const AFTER: [&str; 4] = [
    "LOC Birkenau accepted null",
    "PER Rosa Thal suggested 0.875",
    "ORG Elster GmbH suggested 0.25",
    "same_as 2-3 suggested",
];

#[test]
fn predictions_stand_beside_what_was_accepted_once() {
    let folder = folder();
    let answer = import(&folder).out(&["treffen (was there already)"]);
    let answer = answer.err(&["suggested 2 spans, 1 relation", "1 annotation there already"]);
    answer.err(&["no label \"MISC\": 1 left out", "MISC=LABEL"]);
    let mut found = state(&folder);
    found.sort();
    let mut expected = AFTER.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let record: Value = serde_json::from_str(folder.read("state.jsonl").trim()).expect("JSON");
    assert_eq!(record["spans"][1]["origin"]["name"], "gliner");
    // A second time nothing is added, and exports are not touched by what nobody looked at.
    import(&folder).err(&["suggested 0 spans, 0 relations", "4 annotations there already"]);
    assert_eq!(state(&folder).len(), 4);
    folder.glosse(["export", "p", "-f", "brat", "-o", "brat"]).ok().out(&[
        "accepted annotations",
        "1 span,",
        "left out 3 suggested",
    ]);
    apply(&folder, r#"{"op":"undo"}"#);
    assert_eq!(state(&folder), AFTER[..1]);
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn what_was_rejected_does_not_come_back_nor_what_needs_it() {
    let folder = folder();
    import(&folder);
    apply(&folder, r#"{"op":"set_status","id":4,"status":"rejected"}"#);
    apply(&folder, r#"{"op":"set_status","id":3,"status":"rejected"}"#);
    // The name is corrected: what was suggested before is not suggested again.
    let start = TEXT.find("Ministerin").expect("words of the text");
    let end = TEXT.find(" sprach").expect("words of the text");
    apply(&folder, &format!(r#"{{"op":"resize_span","id":2,"start":{start},"end":{end}}}"#));
    let before = state(&folder);
    import(&folder).err(&["suggested 0 spans", "rejected or corrected before"]);
    assert_eq!(state(&folder), before);
}

#[test]
fn new_texts_become_articles_with_suggestions() {
    let folder = folder();
    folder.write("neu.jsonl", prediction().to_string().replace("Birkenau", "Tannenau"));
    folder.glosse(["import", "p", "neu.jsonl", "--as-suggestions"]).ok().out(&["vorhersage\n"]);
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "all.jsonl", "--status", "all"]).ok();
    let records = folder.read("all.jsonl");
    let record: Value =
        serde_json::from_str(records.lines().find(|line| line.contains("Tannenau")).expect("it")).expect("JSON");
    let spans = record["spans"].as_array().expect("spans");
    assert_eq!(spans.len(), 2, "PERSON and MISC are not in the schema: {spans:?}");
    for span in spans {
        // Without a name it keeps that of the file.
        assert_eq!((&span["status"], &span["origin"]["name"]), (&json!("suggested"), &json!("other")));
    }
    let wrong = ["import", "p", "neu.jsonl", "--map", "PERSON"];
    folder.glosse(wrong).fails(&["--map", "\"PERSON\"", "OLD=NEW"]);
}

#[test]
fn every_format_can_bring_suggestions() {
    let folder = folder();
    folder.glosse(["new", "q"]).ok();
    folder.glosse(["import", "q", "vorhersage.jsonl", "--map", "PERSON=PER", "--map", "MISC="]).ok();
    for format in ["jsonl", "brat", "conll", "spacy-jsonl", "csv"] {
        let out = format!("out.{format}");
        folder.glosse(["export", "q", "-f", format, "-o", &out]).ok();
        let answer = folder.glosse(["import", "p", &out, "--as-suggestions=x"]).ok();
        assert!(answer.out.contains("treffen (was there already)"), "{format} {answer:#?}");
        let found = state(&folder);
        for wanted in ["PER Rosa Thal suggested", "ORG Elster GmbH suggested", "LOC Birkenau accepted"] {
            assert!(found.iter().any(|one| one.starts_with(wanted)), "{format}: {wanted} in {found:?}");
        }
        assert_eq!(found.iter().filter(|one| one.starts_with("LOC")).count(), 1, "{format}: {found:?}");
        apply(&folder, r#"{"op":"undo"}"#);
    }
}

#[test]
fn another_annotators_work_is_suggested() {
    let folder = folder();
    folder.glosse(["import", "p", "vorhersage.jsonl", "-A", "max", "--map", "PERSON=PER", "--map", "MISC="]).ok();
    folder.glosse(["apply", "p", "vorhersage", "-A", "max"]).input(r#"{"op":"undo"}"#).run();
    let (start, end) = (TEXT.find("Rosa").expect("it"), TEXT.find(" sprach").expect("it"));
    let line = format!(r#"{{"op":"add_span","start":{start},"end":{end},"label":"PER"}}"#);
    folder.glosse(["apply", "p", "treffen", "-A", "max"]).input(line).ok();
    folder.glosse(["suggest", "p", "treffen", "--from-annotator", "max"]).ok().out(&["treffen: 1 suggestion\n"]);
    folder
        .glosse(["suggest", "p", "treffen", "--from-annotator", "max"])
        .ok()
        .out(&["treffen: 0 suggestions, 1 there already"]);
    let found = state(&folder);
    assert!(found.iter().any(|one| one.starts_with("PER Rosa Thal suggested")), "{found:?}");
    assert!(folder.read("state.jsonl").contains("annotator max"));
    folder.glosse(["suggest", "p", "--from-annotator", "eva"]).fails(&["eva is who annotates"]);
    folder.glosse(["suggest", "p", "--from-annotator", "ida"]).fails(&["there are no annotations by ida", "max"]);
}

#[test]
fn the_same_annotations_are_not_imported_twice() {
    let folder = Folder::new();
    folder.write("vorhersage.jsonl", prediction().to_string());
    folder.glosse(["new", "p"]).ok();
    folder.glosse(["import", "p", "vorhersage.jsonl"]).ok().err(&["4 spans, 1 relation"]);
    let again = folder.glosse(["import", "p", "vorhersage.jsonl"]).ok();
    again.err(&["0 spans, 0 relations; 5 annotations there already and not added again"]);
    let stats = folder.glosse(["stats", "p", "--json"]).ok().json();
    assert_eq!(stats["annotators"]["eva"]["spans"]["LOC"]["accepted"], 1);
    assert_eq!(stats["annotators"]["eva"]["relations"]["same_as"]["accepted"], 1);
    // Another person's reading of the same file is another set.
    folder.glosse(["import", "p", "vorhersage.jsonl", "-A", "max"]).ok().err(&["4 spans, 1 relation;"]);
}
