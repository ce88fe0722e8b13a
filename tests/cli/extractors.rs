//! Extractors from outside: spaCy and a recommender that reads with cassis where Python has them, and what is said of others.
//!
//! `GLOSSE_PYTHON` names the Python; it must have both then. Otherwise `python3` is tried, and where it lacks them the test
//! says so and is over.

use crate::program::Folder;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// An article of our own. The emoji makes bytes, code points and UTF-16 units differ.
const ARTICLE: &str = "😀 Die Ministerin Özdal besuchte die Stadtwerke Quellfurt.\nÖzdal lobte Quellfurt.\n";

/// A project `p` with the article `besuch` and one extractor called `probe`.
fn project(kind: &str, rest: &str) -> Folder {
    let folder = Folder::new();
    folder.write("besuch.txt", ARTICLE);
    folder.glosse(["new", "p"]).ok();
    folder.glosse(["import", "p", "besuch.txt"]).ok();
    let settings = folder.read("p/project.ron");
    let list = format!("settings: (\n        extractors: [(name: \"probe\", kind: {kind}, {rest})],\n");
    folder.write("p/project.ron", settings.replacen("settings: (\n", &list, 1));
    folder
}

/// Label, words, status, source and reason of all spans, in order.
fn spans(folder: &Folder) -> Vec<String> {
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "state.jsonl", "--status", "all", "-A", "eva"]).ok();
    let state = folder.read("state.jsonl");
    let records = state.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let spans = records.flat_map(|record| record["spans"].as_array().cloned().unwrap_or_default());
    spans.map(|span| format!("{} {} {}", span["label"], span["text"], span["status"]).replace('"', "")).collect()
}

/// A Python that can import `module`; `None`, with a note, where there is none.
fn python(module: &str) -> Option<String> {
    let named = std::env::var("GLOSSE_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    let mut check = Command::new(&python);
    check.args(["-c", &format!("import {module}")]).stdout(Stdio::null()).stderr(Stdio::null());
    if check.status().is_ok_and(|status| status.success()) {
        return Some(python);
    }
    assert!(named.is_none(), "GLOSSE_PYTHON is {python}, which can not import {module}");
    eprintln!("skipped: {python} can not import {module}; name one that can with GLOSSE_PYTHON");
    None
}

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/extractors").join(name).display().to_string()
}

#[test]
fn spacy_proposes_and_is_reviewed_like_any_other() {
    let Some(python) = python("spacy") else { return };
    let kind = format!(
        "Process(command: {python:?}, arguments: [{:?}, \"--patterns\", \"patterns.jsonl\"])",
        shipped("spacy_extractor.py")
    );
    let folder = project(&kind, "labels: {\"PERSON\": \"PER\", \"MISC\": \"\"}");
    folder.write(
        "p/patterns.jsonl",
        "{\"label\": \"PERSON\", \"pattern\": \"Özdal\", \"id\": \"oezdal\"}\n\
         {\"label\": \"ORG\", \"pattern\": [{\"LOWER\": \"stadtwerke\"}, {\"IS_TITLE\": true}]}\n\
         {\"label\": \"MISC\", \"pattern\": \"Ministerin\"}\n{\"label\": \"TITEL\", \"pattern\": \"lobte\"}\n",
    );
    let expected =
        ["PER Özdal suggested", "ORG Stadtwerke Quellfurt suggested", "PER Özdal suggested"].map(str::to_owned);
    let answer = folder.glosse(["suggest", "p", "--extractor", "probe"]).run().code(1);
    let answer = answer.out(&["besuch: 3 suggestions\n"]).err(&["besuch: probe: the project has no label \"TITEL\""]);
    assert_eq!(answer.err.lines().count(), 1, "{answer:#?}");
    assert_eq!(spans(&folder), expected);
    let state = folder.read("state.jsonl");
    assert!(state.contains("spacy 3") && state.contains("pattern oezdal"), "{state}");
    folder.glosse(["suggest", "p", "--extractor", "probe"]).run().code(1).out(&["besuch: 0 suggestions"]);
    assert_eq!(spans(&folder), expected);
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn spacy_says_what_it_lacks() {
    let Some(python) = python("spacy") else { return };
    let kind = format!(
        "Process(command: {python:?}, arguments: [{:?}, \"--model\", \"de_fehlt\"])",
        shipped("spacy_extractor.py")
    );
    let folder = project(&kind, "");
    let answer = folder.glosse(["suggest", "p", "--extractor", "probe"]).run().code(1);
    answer.err(&["besuch: probe: it ended (exit status: 1) without an answer; its last words:", "de_fehlt"]);
    assert_eq!(spans(&folder), Vec::<String>::new());
}

/// A server that ends with its test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

#[test]
fn a_recommender_of_inception_reads_our_xmi_and_is_heard() {
    let Some(python) = python("cassis") else { return };
    let mut server = Command::new(python);
    server.arg(shipped("recommender.py")).args(["--word", "person=Özdal", "--word", "LOC=Quellfurt"]);
    let mut server = Server(server.stdout(Stdio::piped()).spawn().expect("it starts"));
    let mut url = String::new();
    BufReader::new(server.0.stdout.take().expect("a pipe")).read_line(&mut url).expect("it says its address");
    let url = format!("{}/ner", url.trim());
    let layer = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity";
    let kind = format!("Http(url: {url:?}, protocol: Inception(layer: {layer:?}, feature: \"value\"))");
    let folder = project(&kind, "labels: {\"person\": \"PER\"}");
    let answer = folder.glosse(["suggest", "p", "besuch", "--extractor", "probe"]).ok();
    assert_eq!((&*answer.out, &*answer.err), ("besuch: 4 suggestions\n", ""));
    let expected = ["PER Özdal suggested", "LOC Quellfurt suggested", "PER Özdal suggested", "LOC Quellfurt suggested"];
    assert_eq!(spans(&folder), expected);
    let state = folder.read("state.jsonl");
    assert!(state.contains("word of the list") && state.contains("0.75"), "{state}");

    // A layer in no package, and texts that XML can not hold as they are.
    let kind = format!("Http(url: {url:?}, protocol: Inception(layer: \"Mention\", feature: \"label\"))");
    let folder = project(&kind, "labels: {\"person\": \"PER\"}");
    folder.write("schwer.txt", "a < b & \"c\"\t\u{b}Özdal 𝔘 ]]> Quellfurt\u{2028}\n");
    folder.glosse(["import", "p", "schwer.txt"]).ok();
    folder.glosse(["suggest", "p", "schwer", "--extractor", "probe"]).ok().out(&["schwer: 2 suggestions"]);
}

#[cfg(unix)]
#[test]
fn programs_that_fail_are_reported_and_the_rest_is_stored() {
    let answer = r#"{\"id\":\"besuch\",\"spans\":[{\"text\":\"Ministerin Özdal\",\"label\":\"PER\",\"score\":0.3}]}"#;
    let script = format!(
        "while IFS= read -r line; do case $line in *kaputt*) echo 'am Ende' >&2; exit 7;; esac; echo '{answer}'; done"
    );
    let folder = project(&format!("Process(command: \"sh\", arguments: [\"-c\", \"{script}\"])"), "seconds: 20");
    folder.write("kaputt.txt", "Hier geht es nicht weiter.");
    folder.glosse(["import", "p", "kaputt.txt"]).ok();
    let run = |arguments: &[&str]| folder.glosse(["suggest", "p"].into_iter().chain(arguments.iter().copied())).run();
    run(&["--extractor", "probe", "--threshold", "0.5"]).code(1).out(&["besuch: 0 suggestions"]);
    let answer = run(&["--extractor", "probe"]).code(1).out(&["besuch: 1 suggestion\n"]);
    answer.err(&["kaputt: probe: it ended (exit status: 7) without an answer; its last words: am Ende"]);
    assert_eq!(spans(&folder).len(), 1);
    let line = r#"{"op":"undo"}"#;
    assert_eq!(folder.glosse(["apply", "p", "besuch"]).input(line).ok().out, "ok Suggestions of probe\n");
    assert_eq!(spans(&folder), Vec::<String>::new());

    run(&["--extractor", "fehlt"]).code(2).err(&["no extractor \"fehlt\"", "the project has probe"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_program_and_keeps_what_was_suggested() {
    let answer = r#"{\"id\":\"besuch\",\"spans\":[{\"text\":\"Ministerin Özdal\",\"label\":\"PER\"}]}"#;
    let script = format!("echo $$ > pid; echo '{answer}'; sleep 600");
    let folder = project(&format!("Process(command: \"sh\", arguments: [\"-c\", \"{script}\"])"), "seconds: 600");
    folder.write("zweiter.txt", "Danach kommt nichts mehr.");
    folder.glosse(["import", "p", "zweiter.txt"]).ok();
    let mut command = Command::new(env!("CARGO_BIN_EXE_glosse"));
    command.args(["suggest", "p", "--extractor", "probe"]).current_dir(folder.path(""));
    command.env("GLOSSE_ANNOTATOR", "eva").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("it prints");
    assert_eq!(first, "besuch: 1 suggestion\n");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("stopped; 1 article"), "{said}");
    let pid: i32 = folder.read("p/pid").trim().parse().expect("a number");
    let is_there = |pid| rustix::process::test_kill_process(pid).is_ok();
    assert!(!rustix::process::Pid::from_raw(pid).is_some_and(is_there), "the program still runs");
    assert_eq!(spans(&folder), ["PER Ministerin Özdal suggested"]);
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn extractors_are_listed_with_where_texts_go() {
    let folder = project("Http(url: \"http://192.0.2.7:9/x\")", "seconds: 1");
    folder.glosse(["extractors", "p"]).ok().out(&["probe", "192.0.2.7", "http://192.0.2.7:9/x"]);
    let json = folder.glosse(["extractors", "p", "--json"]).ok().json();
    assert_eq!(json[0]["leaves_computer"], true);
    // It is said before anything is sent; nobody is there to hear it.
    let answer = folder.glosse(["suggest", "p", "--extractor", "probe"]).run().code(1);
    answer.err(&["the text of 1 article leaves this computer, for 192.0.2.7"]);

    folder.glosse(["extractors", "--protocol"]).ok().out(&["# Extractors from outside", "sends_annotations"]);
    // Without a project there is nothing to list: it says how one names extractors.
    folder.glosse(["extractors"]).ok().out(&["# Extractors from outside"]);
    folder.glosse(["extractors", "--json"]).fails(&["PROJECT"]);
    folder.glosse(["new", "leer"]).ok();
    folder.glosse(["extractors", "leer"]).ok().err(&["names no extractors"]);
    folder.glosse(["suggest", "leer", "--extractor", "x"]).fails(&["the project names none"]);
}

/// The examples of the user page, as the program that it is and as settings that are read.
#[test]
fn the_examples_of_the_user_page_work() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/outside/protocol.md"));
    let page = page.expect("it is there");
    let block = |start: &str| -> String {
        let lines = page.lines().skip_while(|line| *line != format!("    {start}"));
        let lines = lines.take_while(|line| line.starts_with("    "));
        lines.map(|line| line.get(4..).unwrap_or_default().to_owned() + "\n").collect()
    };
    let Some(python) = python("json") else { return };
    let folder = project(&format!("Process(command: {python:?}, arguments: [\"example.py\"])"), "");
    folder.write("p/example.py", block("import json, sys"));
    folder.glosse(["suggest", "p", "--extractor", "probe"]).ok();
    assert_eq!(spans(&folder), ["PER Özdal suggested"]);

    folder.glosse(["new", "q"]).ok();
    let example = block("settings: (");
    let example = example.trim_end().strip_suffix(')').expect("it ends the settings");
    folder.write("q/project.ron", folder.read("q/project.ron").replacen("settings: (\n", example, 1));
    let names = ["spacy", "local model", "recommender", "mine", "transformer"];
    folder.glosse(["extractors", "q"]).ok().out(&names);
}
