//! `entities`: the registry as a script sees it.

use crate::program::Folder;
use serde_json::Value;

/// A project `p` with two articles, in each of which Quellfurt and somebody called Kolb are named.
fn named() -> Folder {
    let folder = Folder::new();
    folder.write("a.txt", "Marta Kolb kam nach Quellfurt. Kolb lobte Quellfurts Rat.\n");
    folder.write("b.txt", "In Quellfurt sprach Jan Kolb. Kolb ging.\n");
    folder.glosse(["new", "p"]).ok();
    folder.glosse(["import", "p", "a.txt", "b.txt"]).ok();
    label(
        &folder,
        "a",
        &[("PER", "Marta Kolb", 0), ("LOC", "Quellfurt", 20), ("PER", "Kolb", 31), ("LOC", "Quellfurts", 42)],
    );
    label(&folder, "b", &[("LOC", "Quellfurt", 3), ("PER", "Jan Kolb", 20), ("PER", "Kolb", 30)]);
    folder
}

fn label(folder: &Folder, article: &str, spans: &[(&str, &str, usize)]) {
    let line = |(label, words, start): &(&str, &str, usize)| {
        let end = start + words.chars().count();
        format!("{{\"op\":\"add_span\",\"start\":{start},\"end\":{end},\"label\":\"{label}\"}}\n")
    };
    let input: String = spans.iter().map(line).collect();
    let answer = folder.glosse(["apply", "p", article]).input(input).ok();
    assert_eq!(answer.out.lines().filter(|line| line.starts_with("ok")).count(), spans.len(), "{}", answer.out);
}

/// The registry: `id kind mentions`.
fn list(folder: &Folder) -> Vec<String> {
    let answer = folder.glosse(["entities", "p", "--json"]).ok();
    let describe = |line: &str| {
        let record: Value = serde_json::from_str(line).expect("JSON");
        format!(
            "{} {} {}",
            record["id"].as_str().unwrap_or("?"),
            record["kind"].as_str().unwrap_or("?"),
            record["mentions"]
        )
    };
    answer.out.lines().map(describe).collect()
}

#[test]
fn clusters_become_entities_that_are_merged_and_split() {
    let folder = named();
    assert_eq!(list(&folder), Vec::<String>::new());
    let clusters = folder.glosse(["entities", "clusters", "p"]).ok();
    assert_eq!(clusters.out, "LOC:Quellfurt: 3 mentions\nPER:Jan Kolb: 2 mentions\nPER:Marta Kolb: 2 mentions\n");
    let first = folder.glosse(["entities", "clusters", "p", "--json"]).ok().out.lines().next().map(str::to_owned);
    let first: Value = serde_json::from_str(&first.unwrap_or_default()).expect("JSON");
    assert_eq!((&first["mentions"][2]["article"], &first["mentions"][2]["span"]), (&"b".into(), &1.into()));
    folder
        .glosse(["entities", "clusters", "p", "--accept", "LOC:Quellfurt", "--accept", "PER:marta kolb"])
        .ok()
        .out(&["quellfurt: 3 mentions", "marta-kolb: 2 mentions"]);
    assert_eq!(list(&folder), ["marta-kolb PER 2", "quellfurt LOC 3"]);
    folder
        .glosse(["entities", "clusters", "p", "--accept", "LOC:Quellfurt"])
        .fails(&["LOC:Quellfurt", "no such cluster"]);

    let split = folder.glosse(["entities", "split", "p", "quellfurt", "Quellfurt (Lahm)", "b"]).ok();
    assert_eq!(split.out, "quellfurt-lahm has 1 mention of quellfurt\n");
    assert_eq!(list(&folder), ["marta-kolb PER 2", "quellfurt LOC 2", "quellfurt-lahm LOC 1"]);
    folder.glosse(["entities", "split", "p", "quellfurt", "x", "b:1"]).fails(&["b:1", "nothing there"]);
    folder.glosse(["entities", "merge", "p", "quellfurt-lahm", "quellfurt"]).ok().out(&["1 mention linked anew"]);
    assert_eq!(list(&folder), ["marta-kolb PER 2", "quellfurt LOC 3"]);
    folder
        .glosse(["entities", "merge", "p", "Quellfurtt", "quellfurt"])
        .fails(&["\"Quellfurtt\"", "did you mean quellfurt"]);
    folder.glosse(["entities", "merge", "p", "Kolb", "quellfurt"]).fails(&["did you mean marta-kolb"]);
    let answer = folder.glosse(["apply", "p", "a"]).input("{\"op\":\"undo\"}\n{\"op\":\"undo\"}\n").ok();
    assert_eq!(answer.out, "ok Merge entity quellfurt-lahm into quellfurt\nok Split entity quellfurt\n");
    assert_eq!(list(&folder), ["marta-kolb PER 2", "quellfurt LOC 3"]);
    folder.glosse(["check", "p"]).ok();
}

#[test]
fn a_knowledge_base_is_taken_over_once_and_what_is_certain_is_linked() {
    let folder = named();
    folder.write(
        "orte.tsv",
        "id\tname\taliases\tlabel\tdescription\nQ1\tQuellfurt\tKwellfurt\tLOC\tStadt\nQ2\tMarta Kolb\t\tPER\t\n",
    );
    let import = || folder.glosse(["entities", "import", "p", "orte.tsv"]).ok().out;
    assert_eq!(import(), "2 read, 2 added, 0 updated\n");
    assert_eq!(import(), "2 read, 0 added, 0 updated\n");
    let dry = folder.glosse(["entities", "link", "p", "--dry-run"]).ok();
    assert!(dry.out.contains("a:3: Kolb is marta-kolb (0.95, Marta Kolb stands in the article)"), "{}", dry.out);
    assert_eq!(list(&folder), ["marta-kolb PER 0", "quellfurt LOC 0"]);
    assert_eq!(folder.glosse(["entities", "link", "p"]).ok().out, "a: 4 links\nb: 1 link\n");
    assert_eq!(list(&folder), ["marta-kolb PER 2", "quellfurt LOC 3"]);
    assert_eq!(folder.glosse(["entities", "link", "p"]).ok().out, "a: 0 links\nb: 0 links\n");
    folder.glosse(["entities", "p"]).ok().out(&["wikidata:Q1", "Quellfurt"]);

    folder.write("broken.jsonl", "{\"id\":\"Q1\",\"labels\":{\"de\":\"Quellfurt am See\"}}\n{\"id\":\n");
    folder
        .glosse(["entities", "import", "p", "broken.jsonl"])
        .run()
        .code(1)
        .out(&["1 read, 0 added, 1 updated"])
        .err(&["broken.jsonl: line 2: no JSON"]);
    folder.glosse(["entities", "import", "p", "orte.tsv", "--kind", "Q5"]).fails(&["--kind", "CLASS=LABEL"]);
    folder.glosse(["entities", "import", "p", "orte.xyz"]).fails(&["orte.xyz", "skos-turtle"]);
    folder.glosse(["entities", "import", "p", "orte.tsv", "-f", "csv"]).fails(&["\"csv\"", "tsv"]);
    folder.glosse(["entities", "link", "p", "--threshold", "2"]).fails(&["--threshold 2"]);
    folder.glosse(["entities"]).run().code(2);
}
