//! `export`, `convert`, `formats` and `render`.

use crate::program::Folder;
use serde_json::Value;

fn annotated() -> Folder {
    let folder = Folder::with_project();
    let answers = folder.apply(&[
        r#"{"op":"add_span","start":28,"end":34,"label":"PER","note":"der neue"}"#,
        r#"{"op":"add_span","start":35,"end":43,"label":"EVENT"}"#,
        r#"{"op":"add_span","start":56,"end":61,"label":"LOC"}"#,
        r#"{"op":"add_relation","label":"visit","trigger":2,"arguments":[{"role":"visitor","target":1},{"role":"place","target":3}]}"#,
        r#"{"op":"add_span","fragments":[[0,5],[10,14]],"label":"GROUP"}"#,
        r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#,
        r#"{"op":"set_status","id":6,"status":"suggested"}"#,
    ]);
    assert!(answers.iter().all(|answer| answer.starts_with("ok ")), "{answers:?}");
    folder
}

#[test]
fn the_summary_says_what_was_written() {
    let folder = annotated();
    folder
        .glosse(["export", "p", "--format", "jsonl", "--out", "a.jsonl", "--report", "report.json"])
        .ok()
        .out(&["Annotator eva, accepted annotations", "1 article, 4 spans, 1 relation"]);
    let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    assert_eq!(report["losses"], serde_json::json!([]));
    assert_eq!(report["parts"][0]["spans"], 4);
    assert_eq!(report["statuses"], serde_json::json!(["accepted"]));
    let both = ["export", "p", "-f", "jsonl", "-o", "b.jsonl", "--status", "accepted,suggested"];
    folder.glosse(both).ok().out(&["suggested and accepted", "5 spans"]);
}

#[test]
fn losses_are_grouped_reported_and_strict_on_demand() {
    let folder = annotated();
    let arguments = ["export", "p", "-f", "csv", "-o", "a.csv", "--report", "report.json"];
    let strict = folder.glosse(arguments.into_iter().chain(["--strict"])).run();
    let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    let losses = report["losses"].as_array().expect("losses");
    assert_eq!(strict.code, i32::from(!losses.is_empty()), "{strict:#?}");
    folder.glosse(arguments).ok();
    for loss in losses {
        assert!(loss["article"].is_string() && loss["what"].is_string() && loss["why"].is_string(), "{loss}");
        assert!(strict.err.contains(loss["why"].as_str().expect("text")), "{strict:#?}");
    }
}

#[test]
fn every_format_is_written() {
    let folder = annotated();
    let formats = folder.glosse(["formats", "--json"]).ok().json();
    let formats = formats.as_array().expect("a list").clone();
    assert!(formats.len() >= 3);
    for format in formats.iter().filter(|format| format["writes"] == true) {
        let name = format["name"].as_str().expect("a name");
        let out = format!("written.{name}");
        folder.glosse(["export", "p", "--format", name, "--out", &out]).ok();
        assert!(folder.path(&out).exists(), "{name}");
        folder.glosse(["formats", name]).ok();
    }
    folder.glosse(["formats"]).ok().out(&["jsonl", "reads", "writes", "code points"]);
}

#[test]
fn splits_stay_as_they_are_when_articles_are_added() {
    let folder = Folder::new();
    folder.glosse(["new", "p"]).ok();
    let import = |range: std::ops::Range<u32>| {
        for number in range.clone() {
            folder.write(&format!("in{}/a{number}.txt", range.start), format!("Artikel {number}."));
        }
        folder.glosse(["import", "p", &format!("in{}", range.start)]).ok();
    };
    let parts = |out: &str, seed: &str| -> Vec<Vec<String>> {
        let arguments = ["export", "p", "-f", "jsonl", "-o", out, "--split", "60/20/20", "--seed", seed];
        folder.glosse(arguments).ok().out(&["train: ", "dev: ", "test: "]);
        let ids = |part: &str| {
            let content = folder.read(&format!("{out}/{part}.jsonl"));
            let ids = content.lines().map(|line| {
                let record: Value = serde_json::from_str(line).expect("JSON");
                record["id"].as_str().expect("an id").to_owned()
            });
            ids.collect::<Vec<_>>()
        };
        ["train", "dev", "test"].map(ids).to_vec()
    };
    import(0..30);
    let first = parts("one", "7");
    assert_eq!(first.iter().map(Vec::len).sum::<usize>(), 30);
    assert!(first.iter().all(|part| !part.is_empty()), "{first:?}");
    assert_eq!(parts("again", "7"), first);
    assert_ne!(parts("other", "8"), first);
    import(30..50);
    for (before, after) in first.iter().zip(parts("more", "7")) {
        assert!(before.iter().all(|id| after.contains(id)), "{before:?} in {after:?}");
    }
}

#[test]
fn files_that_come_back_have_their_names() {
    let folder = Folder::new();
    let files = ["Doc_1", "doc-1", "PMC-7 Materials and_Methods", "Größe", "plain"];
    for name in files {
        folder.write(&format!("in/{name}.txt"), format!("Köln, {name}"));
        folder.write(&format!("in/{name}.ann"), "T1\tLOC 0 4\tKöln\n#1\tAnnotatorNotes T1\tnah\n");
    }
    folder.glosse(["new", "p"]).ok();
    folder.glosse(["import", "p", "in", "--add-labels"]).ok();
    folder.glosse(["export", "p", "-f", "brat", "-o", "out"]).ok();
    for name in files {
        for ending in ["txt", "ann"] {
            let file = format!("{name}.{ending}");
            assert_eq!(folder.read(&format!("out/{file}")), folder.read(&format!("in/{file}")), "{file}");
        }
    }
    // Other formats have other files.
    folder.glosse(["export", "p", "-f", "bdoc", "-o", "other"]).ok();
    assert!(folder.path("other/doc-1.bdocjs").exists() && folder.path("other/doc-1-2.bdocjs").exists());
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = Folder::new();
    folder.write("in/a.txt", "Köln");
    folder.write("in/a.ann", "T1\tLOC 0 4\tKöln\n");
    folder.glosse(["convert", "in", "./in/", "--to", "brat"]).fails(&["another place"]);
    folder.glosse(["convert", "in", "a.jsonl", "--to", "jsonl"]).ok();
    folder.glosse(["convert", "a.jsonl", "in/../a.jsonl", "--to", "jsonl"]).fails(&["another place"]);
}

#[test]
fn files_are_converted_there_and_back() {
    let folder = annotated();
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "a.jsonl"]).ok();
    let original: Value = serde_json::from_str(folder.read("a.jsonl").trim_end()).expect("JSON");
    let formats = folder.glosse(["formats", "--json"]).ok().json();
    for format in formats.as_array().expect("a list") {
        if format["reads"] != true || format["writes"] != true || format["holds"]["discontinuous_spans"] != true {
            continue;
        }
        let name = format["name"].as_str().expect("a name");
        let there = match format["layout"].as_str() {
            Some("folder") => format!("there-{name}"),
            _ => format!("there.{}", format["extensions"][0].as_str().expect("an extension")),
        };
        folder
            .glosse(["convert", "a.jsonl", "--from", "jsonl", &there, "--to", name])
            .ok()
            .out(&["1 article, 4 spans"]);
        folder.glosse(["convert", &there, "--from", name, "back.jsonl", "--to", "jsonl"]).ok();
        let back: Value = serde_json::from_str(folder.read("back.jsonl").trim_end()).expect("JSON");
        let spans = |record: &Value| {
            let spans = record["spans"].as_array().expect("spans").iter();
            let mut spans: Vec<_> =
                spans.map(|span| format!("{} {} {}", span["label"], span["fragments"], span["text"])).collect();
            spans.sort();
            spans
        };
        assert_eq!(spans(&back), spans(&original), "{name}");
        if format["holds"]["text"] == true {
            assert_eq!(back["text"], original["text"], "{name}");
        }
    }
    folder.glosse(["convert", "a.jsonl", "x.html", "--to", "html"]).ok();
    folder.glosse(["convert", "a.jsonl", "back.jsonl", "--from", "html", "--to", "jsonl"]).fails(&["html"]);
    folder.write("pictures/one.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00");
    folder.glosse(["convert", "pictures", "x.jsonl", "--to", "jsonl"]).fails(&["pictures"]);
    folder.glosse(["convert", "pictures/one.png", "x.jsonl", "--to", "jsonl"]).fails(&["one.png"]);
}

#[test]
fn an_article_becomes_a_page() {
    let folder = annotated();
    folder.glosse(["render", "p", "artikel", "--out", "page.html"]).ok().out(&["page.html"]);
    let page = folder.read("page.html");
    assert!(page.starts_with("<!DOCTYPE html>") || page.starts_with("<!doctype html>"), "{page}");
    assert!(page.contains("Müller") && page.contains("visit"));
    for (name, start) in [("x.png", b"\x89PNG\r\n".as_slice()), ("x.svg", b"<")] {
        let run = folder.glosse(["render", "p", "artikel", "--out", name]);
        if cfg!(feature = "gui") {
            run.ok();
            let bytes = std::fs::read(folder.path(name)).expect("the picture is there");
            assert!(bytes.starts_with(start) && bytes.len() > 1000, "{name} has {} bytes", bytes.len());
        } else {
            run.fails(&["gui", ".html"]);
        }
    }
}
