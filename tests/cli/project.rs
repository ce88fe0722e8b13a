//! `new` and `check`.

use crate::program::Folder;

#[test]
fn a_new_project_has_the_schema_for_news() {
    let folder = Folder::new();
    folder.glosse(["new", "Meine Artikel"]).ok().out(&["12 labels", "glosse import"]);
    let project = folder.read("Meine Artikel/project.ron");
    assert!(project.contains("name: \"Meine Artikel\"") && project.contains("\"PER\""), "{project}");
    assert!(folder.read("Meine Artikel/.gitignore").contains(".glosse"));
    folder.glosse(["check", "Meine Artikel"]).ok();
    folder.glosse(["new", "Meine Artikel"]).fails(&["project already", "Meine Artikel"]);
}

#[test]
fn a_schema_comes_from_a_file() {
    let folder = Folder::new();
    folder.write("schema.ron", "(labels: [(name: \"THING\", key: 't')])");
    folder.glosse(["new", "a", "--schema", "schema.ron", "--name", "Things"]).ok().out(&["1 label"]);
    folder.glosse(["new", "b", "--schema", "a/project.ron"]).ok();
    for name in ["a", "b"] {
        assert!(folder.read(&format!("{name}/project.ron")).contains("\"THING\""));
    }
    folder.write("bad.ron", "(labels: [\n  (nam: \"THING\")])");
    folder.glosse(["new", "c", "--schema", "bad.ron"]).fails(&["bad.ron:2:"]);
    folder.glosse(["new", "c", "--schema", "none.ron"]).fails(&["none.ron"]);
    assert!(!folder.path("c").exists(), "nothing is left of a project that could not be made");
}

#[test]
fn a_folder_with_other_things_in_it_is_left_alone() {
    let folder = Folder::new();
    folder.write("full/letter.txt", "Dear");
    folder.glosse(["new", "full"]).fails(&["letter.txt", "empty"]);
    folder.write("repository/.git/HEAD", "ref: refs/heads/main");
    folder.glosse(["new", "repository"]).ok();
    folder.write("file", "");
    folder.glosse(["new", "file"]).fails(&["file"]);
}

#[test]
fn check_finds_what_is_wrong() {
    let folder = Folder::with_project();
    folder.apply(&[r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#]);
    folder.glosse(["check", "p"]).ok().err(&["Nothing is wrong"]);
    let path = "p/annotations/eva/artikel.ron";
    let good = folder.read(path);
    assert!(good.contains("Köln"), "{good}");
    folder.write(path, good.replace("\"LOC\"", "\"PLACE\""));
    folder.glosse(["check", "p"]).run().code(1).out(&["artikel.ron:", "\"PLACE\""]);
    folder.write(path, good.replacen("Köln", "Bonn", 1));
    folder.glosse(["check", "p"]).run().code(1).out(&["artikel.ron:", "Bonn"]);
    folder.write(path, "rubbish");
    folder.glosse(["check", "p"]).run().code(1).out(&["artikel.ron:1"]);
    folder.write(path, good);
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn findings_that_are_alike_are_folded_and_all_in_json() {
    let folder = Folder::with_project();
    folder.apply(&[r#"{"op":"add_span","start":10,"end":14,"label":"LOC"}"#]);
    let path = "p/annotations/eva/artikel.ron";
    let good = folder.read(path);
    let record = good.lines().find(|line| line.contains("\"LOC\"")).expect("a span").replace("\"LOC\"", "\"PLACE\"");
    let id = record.find("id: ").expect("an id") + 4;
    let end = id + record[id..].find(|char: char| !char.is_ascii_digit()).expect("more");
    let many = (0..30).map(|number| format!("{}{}{}", &record[..id], 100 + number, &record[end..])).collect::<Vec<_>>();
    let next = good.replacen("next_id: 2", "next_id: 200", 1);
    folder.write(path, next.replace(&record.replace("\"PLACE\"", "\"LOC\""), &many.join("\n")));
    let folded = folder.glosse(["check", "p"]).run().code(1).err(&["30 findings"]);
    assert_eq!(folded.out.lines().count(), 11, "{folded:#?}");
    let folded = folded.out(&["  … and 20 more like it; --all shows them"]);
    let all = folder.glosse(["check", "p", "--all"]).run().code(1);
    assert_eq!(all.out.lines().count(), 30, "{all:#?}");
    assert!(all.out.starts_with(folded.out.lines().next().expect("a finding")));
    let json = folder.glosse(["check", "p", "--json"]).run().code(1).json();
    let records = json.as_array().expect("a list");
    assert_eq!(records.len(), 30);
    assert!(records[29]["line"].is_u64() && records[29]["message"].as_str().is_some_and(|text| text.contains("PLACE")));
}
