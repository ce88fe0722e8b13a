//! Wrong use: exit code 2, and a message that says what to do.

use crate::program::Folder;

#[test]
fn without_a_display_the_commands_are_named() {
    let folder = Folder::with_project();
    folder.glosse([]).fails(&["window", "glosse new", "glosse apply", "glosse help"]);
    folder.glosse(["p"]).fails(&["window", "glosse export"]);
    folder.glosse(["exprot"]).fails(&["\"exprot\"", "glosse export"]);
}

#[test]
fn wrong_use_is_explained() {
    let folder = Folder::with_project();
    let check = |arguments: &[&str], parts: &[&str]| folder.glosse(arguments.iter().copied()).fails(parts);
    check(&["import", "p"], &["<FILES>", "Usage"]);
    check(&["check", "nowhere"], &["nowhere", "glosse new"]);
    check(&["stats", "nowhere"], &["nowhere", "glosse new"]);
    check(&["apply", "p", "artikle"], &["\"artikle\"", "did you mean artikel"]);
    check(&["suggest", "p", "unbekannt"], &["\"unbekannt\"", "glosse stats"]);
    check(&["apply", "p", "ART"], &["\"ART\"", "did you mean artikel"]);
    check(&["apply", "p", "artikel", "--annotator", "Evä/x"], &["--annotator", "\"evae-x\""]);
    check(&["import", "p", "artikel.txt", "--format", "word"], &["\"word\"", "jsonl"]);
    check(&["export", "p", "--format", "word", "--out", "x"], &["\"word\"", "jsonl"]);
    check(&["export", "p", "--format", "jsonl", "--out", "x", "--split", "half"], &["--split", "80/10/10"]);
    check(&["export", "p", "--format", "jsonl", "--out", "x", "--status", "good"], &["accepted"]);
    check(&["convert", "p", "x", "--to", "brat"], &["is a project of Glosse", "glosse export p --format brat"]);
    check(&["convert", "nothing.jsonl", "x", "--to", "csv"], &["nothing.jsonl"]);
    check(&["find", "p", "(", "--regex"], &["("]);
    check(&["formats", "word"], &["\"word\"", "jsonl"]);
    check(&["formats", "conl"], &["there is no format \"conl\"; did you mean", "conll"]);
    check(&["render", "p", "artikel", "--out", "x.jpg"], &["x.jpg", ".png", ".html"]);
    folder.glosse(["check", "p"]).ok();
    folder.glosse(["import", "p", "artikel.txt"]).env("GLOSSE_ANNOTATOR", "a b").fails(&["GLOSSE_ANNOTATOR"]);
}

#[test]
fn a_project_that_can_not_be_read_is_named_with_file_and_line() {
    let folder = Folder::with_project();
    let project = folder.read("p/project.ron");
    folder.write("p/project.ron", project.replacen("labels:", "lables:", 1));
    for arguments in
        [&["check", "p"][..], &["stats", "p"], &["export", "p", "-f", "jsonl", "-o", "x"], &["apply", "p", "a"]]
    {
        let answer = folder.glosse(arguments.iter().copied()).run();
        let said = [answer.out.as_str(), &answer.err].concat();
        assert!(answer.code > 0 && said.contains("project.ron:") && said.contains("lables"), "{answer:#?}");
    }
}

#[test]
fn help_names_the_protocol() {
    let folder = Folder::new();
    folder.glosse(["help", "apply"]).ok().out(&["add_span", "edit_text", "code points", "removed_with_it"]);
    folder.glosse(["--version"]).ok().out(&["glosse "]);
}
