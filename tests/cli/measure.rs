//! `evaluate` and `train`: scores that can be counted by hand, and a model that is kept.

use crate::program::Folder;
use serde_json::Value;
use std::fs;

/// A text of our own in which every name stands once.
const ARTICLE: &str = "Kanzlerin Lena Vogt traf in Maarstadt den Vorsitzenden der Halde AG, Tom Berger. 😀 Am Montag reist sie \
                       nach Uhlingen.\n";

/// The offset of words in code points.
fn at(words: &str) -> (usize, usize) {
    let byte = ARTICLE.find(words).expect("words of the article");
    let start = ARTICLE[..byte].chars().count();
    (start, start + words.chars().count())
}

fn add(words: &str, label: &str) -> String {
    let (start, end) = at(words);
    format!(r#"{{"op":"add_span","start":{start},"end":{end},"label":"{label}"}}"#)
}

/// A project `p` with the article `reise`, as eva and max see it.
fn two_annotators() -> Folder {
    let folder = Folder::new();
    folder.write("reise.txt", ARTICLE);
    folder.write("leer.txt", "Hier steht nichts.\n");
    folder.glosse(["new", "p"]).ok();
    folder.glosse(["import", "p", "reise.txt", "leer.txt"]).ok();
    let apply = |who: &str, lines: &[String]| {
        folder.glosse(["apply", "p", "reise", "-A", who]).input(lines.join("\n") + "\n").ok();
    };
    let relation = |place: u32| {
        format!(
            r#"{{"op":"add_relation","label":"same_as","arguments":[{{"role":"first","target":1}},{{"role":"second","target":{place}}}]}}"#
        )
    };
    apply(
        "eva",
        &[
            add("Lena Vogt", "PER"),
            add("Maarstadt", "LOC"),
            add("Halde AG", "ORG"),
            add("Tom Berger", "PER"),
            add("Uhlingen", "LOC"),
            relation(4),
        ],
    );
    // The first name is too long, the firm a place, one place missing, and a date more.
    apply(
        "max",
        &[
            add("Kanzlerin Lena Vogt", "PER"),
            add("Maarstadt", "LOC"),
            add("Halde AG", "LOC"),
            add("Tom Berger", "PER"),
            add("Montag", "DATE"),
            relation(4),
        ],
    );
    folder
}

#[test]
fn two_annotators_are_compared() {
    let folder = two_annotators();
    let answer = folder.glosse(["evaluate", "p", "--gold", "eva", "--predicted", "max", "--errors"]).ok();
    for line in [
        "max judged by eva: 1 article",
        "PER       2          2        1      0.500   0.500  0.500     0.500       0.750    1.000",
        "all       5          5        2      0.400   0.400  0.400     0.600       0.700    0.600",
        "Differences: 1 missed, 1 spurious, 1 wrong label, 2 wrong edges",
        "reise:1:1: wrong edges: PER \"Kanzlerin Lena Vogt\"",
        "reise:1:60: wrong label: LOC for ORG \"Halde AG\"",
        "missed: LOC \"Uhlingen\"",
        "spurious: DATE \"Montag\"",
        "relation, wrong edges: same_as",
        "arguments of relations",
    ] {
        assert!(answer.out.contains(line), "{line:?} in\n{}", answer.out);
    }
    assert!(answer.out.contains("Cohen's kappa 0."), "{}", answer.out);

    let json =
        folder.glosse(["evaluate", "p", "--gold", "eva", "--predicted", "max", "--json", "--errors"]).ok().json();
    assert_eq!(json["articles"], serde_json::json!(["reise"]));
    assert_eq!(json["spans"]["micro"]["strict"]["correct"], 2);
    assert_eq!(json["spans"]["micro"]["overlap"]["partial"], 1);
    assert_eq!(json["spans"]["labels"]["LOC"]["strict"]["missed"], 1);
    assert_eq!(json["spans"]["labels"]["LOC"]["strict"]["spurious"], 1);
    let confused = json["confusion"].as_array().expect("a list");
    assert!(confused.contains(&serde_json::json!({"gold": "ORG", "predicted": "LOC", "count": 1})), "{confused:?}");
    assert!(confused.contains(&serde_json::json!({"gold": null, "predicted": "DATE", "count": 1})), "{confused:?}");
    let missed =
        json["errors"].as_array().expect("a list").iter().find(|error| error["kind"] == "missed").expect("one");
    let (start, end) = at("Uhlingen");
    assert_eq!(missed["gold"]["place"], serde_json::json!([start, end]));
    assert_eq!(missed["predicted"], Value::Null);
    let other = folder.glosse(["evaluate", "p", "--gold", "max", "--predicted", "eva", "--json"]).ok().json();
    assert_eq!(other["kappa"], json["kappa"], "agreement has no direction");
    assert_eq!(other["errors"], Value::Null);
}

#[test]
fn who_is_not_there_is_named_with_what_there_is() {
    let folder = Folder::with_project();
    let evaluate = |gold: &str| folder.glosse(["evaluate", "p", "--gold", gold, "--predicted", "model"]).run().code(2);
    let nobody = evaluate("eva").err;
    assert!(nobody.contains("there are `suggestions`, `model` and paths of files"), "{nobody}");
    assert!(nobody.contains("nobody has annotated"), "{nobody}");
    folder.glosse(["apply", "p", "artikel", "-A", "max"]).input(add_here()).ok();
    let somebody = evaluate("eva").err;
    assert!(somebody.contains("there are max, `suggestions`, `model` and paths of files"), "{somebody}");
}

/// A line that labels the first letters of an article.
fn add_here() -> String {
    r#"{"op":"add_span","start":0,"end":3,"label":"PER"}"#.to_owned() + "\n"
}

#[test]
fn files_are_judged_whatever_their_white_space() {
    let folder = two_annotators();
    for format in ["jsonl", "conll", "brat", "spacy-jsonl"] {
        let out = format!("max.{format}");
        folder.glosse(["export", "p", "-f", format, "-o", &out, "-A", "max"]).ok();
        let answer = folder.glosse(["evaluate", "p", "reise", "--gold", "eva", "--predicted", &out, "--json"]).run();
        assert_eq!(answer.json()["spans"]["micro"]["strict"]["correct"], 2, "{format} {answer:#?}");
        assert_eq!(answer.json()["spans"]["micro"]["strict"]["spurious"], 1, "{format}");
    }
    folder.write("fremd.jsonl", r#"{"format":"glosse-jsonl","id":"reise","text":"Ein anderer Text."}"#);
    let arguments = ["evaluate", "p", "reise", "--gold", "eva", "--predicted", "fremd.jsonl"];
    folder.glosse(arguments).run().code(1).err(&["fremd.jsonl", "a text that the project does not have"]);
}

#[test]
fn suggestions_are_judged_as_they_were_made() {
    let folder = two_annotators();
    folder.glosse(["export", "p", "-f", "jsonl", "-o", "max.jsonl", "-A", "max"]).ok();
    folder.glosse(["apply", "p", "reise", "-A", "uta"]).input(add("Uhlingen", "LOC")).ok();
    folder.glosse(["import", "p", "max.jsonl", "-A", "uta", "--as-suggestions=tagger-x"]).ok();
    // One is corrected, one rejected and one accepted: the extractor said all of them all the same.
    let (start, end) = at("Lena Vogt");
    folder
        .glosse(["apply", "p", "reise", "-A", "uta"])
        .input(format!(
            "{{\"op\":\"resize_span\",\"id\":2,\"start\":{start},\"end\":{end}}}\n{{\"op\":\"set_status\",\"id\":3,\"status\":\"accepted\"}}\n\
             {{\"op\":\"set_status\",\"id\":4,\"status\":\"rejected\"}}\n"
        ))
        .ok();
    let counts = |predicted: &str| {
        let json = folder.glosse(["evaluate", "p", "--gold", "uta", "--predicted", predicted, "--json"]).ok().json();
        let strict = &json["spans"]["micro"]["strict"];
        let counts = ["correct", "incorrect", "missed", "spurious"].map(|name| strict[name].as_u64().unwrap());
        (counts, json["undecided"].as_u64().unwrap())
    };
    for predicted in ["tagger-x", "suggestions"] {
        // Right is what uta accepted: Uhlingen, the corrected name and Maarstadt, of which the extractor had one. About two spans
        // and a relation nothing is known yet.
        assert_eq!(counts(predicted), ([1, 1, 1, 1], 3), "{predicted}");
    }
    let answer = folder.glosse(["evaluate", "p", "--gold", "uta", "--predicted", "tagger-x"]).ok();
    assert!(answer.err.contains("3 predictions not compared: uta has not decided about them yet."), "{}", answer.err);
    // In an article that is done, whatever was not accepted is wrong.
    folder.glosse(["apply", "p", "reise", "-A", "uta"]).input("{\"op\":\"set_progress\",\"progress\":\"done\"}\n").ok();
    assert_eq!(counts("tagger-x"), ([1, 1, 1, 3], 0));
    folder.glosse(["evaluate", "p", "--gold", "uta", "--predicted", "tagger-y"]).fails(&[
        "--predicted",
        "tagger-y",
        "uta",
        "\"tagger-x\"",
        "`model`",
    ]);
    folder.glosse(["evaluate", "p", "--gold", "uta", "--predicted", "uta"]).fails(&["agrees with itself"]);
}

/// A project `p` whose articles have enough accepted spans for a tagger of its own.
fn many_spans() -> Folder {
    let folder = Folder::new();
    let mut lines = String::new();
    let (people, places) = (["Lena Vogt", "Tom Berger", "Ida Falk"], ["Maarstadt", "Uhlingen", "Brück"]);
    for number in 0..8 {
        let (mut text, mut spans) = (String::new(), Vec::new());
        for sentence in 0..4 {
            for (words, label) in [
                ("Minister ", ""),
                (people[(number + sentence) % 3], "PER"),
                (" reiste im Regen nach ", ""),
                (places[(number * 2 + sentence) % 3], "LOC"),
                (". ", ""),
            ] {
                let start = text.chars().count();
                text += words;
                if !label.is_empty() {
                    let fragment = [start, text.chars().count()];
                    spans.push(serde_json::json!({ "label": label, "fragments": [fragment], "text": words }));
                }
            }
        }
        let record =
            serde_json::json!({ "format": "glosse-jsonl", "id": format!("a{number}"), "text": text, "spans": spans });
        lines += &format!("{record}\n");
    }
    folder.write("in.jsonl", lines);
    folder.glosse(["new", "p"]).ok();
    folder.glosse(["import", "p", "in.jsonl"]).ok();
    folder
}

#[test]
fn training_twice_gives_the_same_bytes_and_suggest_uses_what_is_current() {
    let folder = many_spans();
    let answer = folder.glosse(["train", "p"]).ok();
    let answer = answer.out(&["Learned from 8 articles of eva, 64 spans", "PER       32", "all       64"]);
    assert!(answer.err.contains("cross-validation"), "{answer:#?}");
    let kept = fs::read(folder.path("p/.glosse/models/eva.bin")).expect("the model is kept");
    folder.glosse(["train", "p", "--out", "again.bin"]).ok().out(&["again.bin"]);
    assert_eq!(fs::read(folder.path("again.bin")).expect("written"), kept);
    folder.glosse(["train", "p", "--out", "other.bin", "--seed", "7"]).ok();
    assert_ne!(fs::read(folder.path("other.bin")).expect("written"), kept);

    folder.write(
        "neu.txt",
        "Minister Lena Vogt reiste im Regen nach Uhlingen. Minister Jo Quast reiste im Regen nach Sollhafen.",
    );
    folder.glosse(["import", "p", "neu.txt"]).ok();
    let suggestions = |arguments: &[&str]| -> Vec<String> {
        folder.glosse(arguments.iter().copied()).ok();
        folder.glosse(["export", "p", "-f", "jsonl", "-o", "s.jsonl", "--status", "suggested"]).ok();
        fs::remove_file(folder.path("p/annotations/eva/neu.ron")).expect("the suggestions");
        let records = folder.read("s.jsonl");
        let records = records.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let of_article = records.filter(|record| record["id"] == "neu");
        let spans = of_article.flat_map(|record| record["spans"].as_array().cloned().unwrap_or_default());
        spans.map(|span| format!("{} {} {}", span["label"], span["text"], span["origin"]["name"])).collect()
    };
    let with_kept = suggestions(&["suggest", "p", "neu"]);
    assert!(with_kept.iter().any(|span| span.contains("Jo Quast") && span.contains("tagger project")), "{with_kept:?}");
    fs::remove_file(folder.path("p/.glosse/models/eva.bin")).expect("it was there");
    assert_eq!(suggestions(&["suggest", "p", "neu"]), with_kept, "a model that is kept changes nothing but the time");
    assert_eq!(suggestions(&["suggest", "p", "neu", "--model", "again.bin"]), with_kept);

    // A damaged model is said and passed over; one that is named must be good.
    folder.write("p/.glosse/models/eva.bin", b"damaged");
    folder.glosse(["suggest", "p", "neu"]).ok().err(&["eva.bin", "train it again"]);
    folder.glosse(["suggest", "p", "neu", "--model", "neu.txt"]).fails(&["neu.txt", "train it again"]);
    folder.glosse(["train", "p", "-A", "max"]).fails(&["max has accepted no spans", "by eva"]);
}

#[test]
fn the_model_is_judged_by_what_it_did_not_learn() {
    let folder = many_spans();
    let json = folder.glosse(["evaluate", "p", "--gold", "eva", "--predicted", "model", "--json"]).ok().json();
    let strict = &json["spans"]["micro"]["strict"];
    assert_eq!(json["articles"].as_array().map(Vec::len), Some(8));
    assert!(strict["correct"].as_u64() > Some(50), "{strict}");
    // The model says nothing of articles as a whole, so that is nothing that it missed.
    assert_eq!(json["not_compared"], serde_json::json!([]));
    folder.glosse(["apply", "p", "a0"]).input(r#"{"op":"add_document_label","label":"visit"}"#).ok();
    let answer = folder.glosse(["evaluate", "p", "--gold", "eva", "--predicted", "model"]).ok();
    answer.err(&["Document labels are not compared: model has none"]);
    let again = folder.glosse(["evaluate", "p", "--gold", "eva", "--predicted", "model", "--json"]).ok().json();
    assert_eq!(again["spans"], json["spans"]);
    // The project's own rules suggest as well.
    let rules = r###"settings: (
        rules: r##"[(name: "weather", label: "EVENT", pattern: Regex("Regen"))]"##,
"###;
    folder.write("p/project.ron", folder.read("p/project.ron").replacen("settings: (\n", rules, 1));
    let with_rules = folder.glosse(["evaluate", "p", "--gold", "eva", "--predicted", "model", "--json"]).ok().json();
    let spurious = |json: &Value| json["spans"]["micro"]["strict"]["spurious"].as_u64().expect("a number");
    assert_eq!(spurious(&with_rules), spurious(&json) + 8 * 4, "{with_rules}");
}
