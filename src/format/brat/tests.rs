//! brat: what comes back, what is lost, and the real corpora.

use super::{Brat, VISUAL_MARK};
use crate::{
    format::{ExportContext, Exported, Format, Imported, Input, Loss, MemoryOutput, WriteOptions, golden},
    model::{
        AnnotationSet, ArticleId, ArticleText, Attributes, EntityId, EntityRegistry, LabelDefinition, Progress, Schema,
    },
};
use std::{collections::BTreeMap, path::Path, sync::Arc};

fn read(text: &str, annotations: &str) -> Imported {
    let sibling = |name: &str| (name == "a.txt").then(|| text.as_bytes().to_vec());
    let input = Input::new("a.ann".to_owned(), annotations.as_bytes(), &sibling);
    let mut found = None;
    Brat.read(&input, &golden::read_options(), &mut |article| found = Some(article)).expect("it can be read");
    found.expect("an article")
}

#[test]
fn lines_are_read() {
    let check = |text: &str, annotations: &str, expected: &[&str], warnings: &[&str]| {
        let article = read(text, annotations);
        let name =
            |id| article.spans.iter().find(|span| span.id == id).map(|span| span.fragments.surface(&article.text));
        let values = |attributes: &Attributes| format!("{:?}", attributes.values().collect::<Vec<_>>());
        let spans = article.spans.iter().map(|span| {
            let surface = span.fragments.surface(&article.text);
            format!("{}{} {surface}{} {}", span.label, span.id, values(&span.attributes), span.note)
        });
        let relations = article.relations.iter().map(|relation| {
            let arguments: Vec<_> = relation
                .arguments
                .iter()
                .map(|argument| format!("{}={}", argument.role, name(argument.target).unwrap_or("?".to_owned())))
                .collect();
            format!("{}{} {:?} {}", relation.label, relation.id, relation.trigger.and_then(name), arguments.join(" "))
        });
        assert_eq!(spans.chain(relations).collect::<Vec<_>>(), expected, "{annotations}");
        assert_eq!(article.warnings.len(), warnings.len(), "{:?}", article.warnings);
        for (warning, part) in article.warnings.iter().zip(warnings) {
            assert!(warning.to_string().contains(part), "{warning}");
        }
    };
    check(
        "Ärzte in Köln helfen",
        "T1\tPER 0 5\tÄrzte\nT2\tLOC 9 13\tKöln\nT3\tHelp 14 20\thelfen\nE1\tHelp:T3 Who:T1 Who2:T2 Arg1:T2\n\
         R1\tIn Arg1:T1 Arg2:T2\t\nA1\tSure T1\nM2\tLevel T1 0.5\n#1\tAnnotatorNotes T2\teine Stadt\n*\tEquiv T1 T2\n",
        &[
            "PER1 Ärzte[Number(0.5), Flag(true)] ",
            "LOC2 Köln[] eine Stadt",
            "Help3 helfen[] ",
            "Help4 Some(\"helfen\") Who=Ärzte Who=Köln Arg1=Köln",
            "In5 None Arg1=Ärzte Arg2=Köln",
            "Equiv6 None member=Ärzte member=Köln",
        ],
        &[],
    );
    // Offsets as brat's own window writes them, and as programs do that change line ends.
    check("\u{1F60A} Köln", "T1\tLOC 3 7\tKöln\n", &["LOC1 Köln[] "], &["UTF-16"]);
    check(
        "a\r\nKöln\r\nBonn",
        "T1\tLOC 2 6\tKöln\nT2\tLOC 7 11\tBonn\n",
        &["LOC1 Köln[] ", "LOC2 Bonn[] "],
        &["line end"],
    );
    check("\u{FEFF}a Köln", "T1\tLOC 3 7\tKöln\n", &["LOC1 Köln[] "], &["byte order mark"]);
    check("a\r\nKöln", "T1\tLOC 3 7\tKöln\n", &["LOC1 Köln[] "], &[]);
    check("is a house", "T1\tX 0 2;3 4\tis a\n", &["X1 is a[] "], &[]);
    check(
        "a Köln b",
        "T1\tLOC 3 7\tKöln\nT2\tLOC 0 1\tz\nT3\tLOC x\t\nfoo\n",
        &["LOC1 Köln[] ", "LOC2 [] "],
        &["a.ann:4", "T1 was moved", "a.ann:2: the text \"z\" of T2 is not at its place", "no place"],
    );
    check(
        "a b",
        "T1\tX 0 1\ta\nT1\tX 2 3\tb\nE1\tX:T9\nA1\tB T7\n",
        &["X1 a[] ", "X2 b[] "],
        &["T1 stands twice", "points to \"T9\"", "links nothing", "belongs to nothing"],
    );
    // Relations in a circle are named by their lines and by what the file calls them.
    check(
        "a b",
        "T1\tX 0 1\ta\n\nE7\tX:T1 of:E9\nE9\tX:T1 of:E7\n",
        &["X1 a[] ", "X7 Some(\"a\") ", "X9 Some(\"a\") "],
        &["a.ann:3: E7: the \"of\" of the \"X\" leads back", "a.ann:4: E9: "],
    );
}

#[test]
fn entities_are_read_from_references() {
    let article = read("Bonn", "T1\tLOC 0 4\tBonn\nN1\tReference T1 Wikidata:Q586\tBonn am Rhein\n");
    assert_eq!(article.spans[0].entity, Some(EntityId::new("wikidata-q586")));
    assert_eq!(article.entities[0].name, "Bonn am Rhein");
    assert_eq!(article.entities[0].identifiers.get("Wikidata").map(String::as_str), Some("Q586"));
}

#[test]
fn the_golden_article_is_written() {
    let golden = golden::golden();
    let (output, losses) = golden.write(&Brat, &Default::default());
    let names: Vec<_> = output.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["gruesse-1.txt", "gruesse-1.ann", "annotation.conf", "visual.conf"]);
    let annotations = String::from_utf8(output.files[1].1.clone()).expect("UTF-8");
    for line in [
        "T15\tLOC 16 21\tKursk",
        "T17\tEVENT 0 5;22 28\tGrüße Region",
        "T24\tTaeter_Gruppe 166 171\tKyjiw",
        "#2\tTrigger T37\tT23",
        "E31\tvisit:T37 visitor:T10 place:T15 place2:T22 date:T25",
        "E35\tvisit:T37 visitor:T20",
        "R32\tcauses cause:E31 effect:T18",
        "R33\tknows person:T10 friend:T10",
        "R34\tmeets one:T11 one2:T20",
        "N1\tReference T10 glosse:wladimir-putin\tWladimir Putin",
    ] {
        assert!(annotations.lines().any(|found| found == line), "{line} is not in\n{annotations}");
    }
    let lost: Vec<_> =
        losses.iter().map(|loss| format!("{:?} {}", loss.annotation.map(|id| id.0), loss.what)).collect();
    for part in [
        "Some(19) span GAP",
        "Some(36) relation mentioned",
        "Some(18) the joint",
        "Some(1) document label visit report",
        "Some(30) attribute since=2014",
        "None line ends",
        "None metadata",
        "Some(14) status rejected",
    ] {
        assert!(lost.iter().any(|loss| loss.starts_with(part)), "{part} is not in {lost:#?}");
    }
    let articles = golden::read_back(&Brat, &output.files);
    assert_eq!(articles[0].warnings, []);
    assert!(articles[0].spans.iter().any(|span| &*span.label == "Täter Gruppe"));
    assert_eq!(articles[0].spans.len(), 15);
    let conf = String::from_utf8(output.files[2].1.clone()).expect("UTF-8");
    assert!(conf.contains("visit\tvisitor:<ANY>, place*:<ANY>, date?:<ANY>\n"), "{conf}");
}

fn pairs(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("it can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            pairs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "ann") && path.with_extension("txt").is_file() {
            found.push(path);
        }
    }
}

/// Every span of the real corpora covers the text that its line repeats, and writing loses none of them.
#[test]
fn real_corpora_are_read_exactly() {
    let Some(folder) = golden::shared("corpora/brat") else { return };
    let mut files = Vec::new();
    pairs(&folder, &mut files);
    assert!(files.len() > 100);
    let (mut spans, mut stated, mut relations) = (0, 0, 0);
    for path in files {
        let bytes = std::fs::read(&path).expect("it is there");
        let parent = path.parent().expect("a folder");
        let sibling = |name: &str| std::fs::read(parent.join(name)).ok();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let input = Input::new(name, &bytes, &sibling);
        let mut found = None;
        Brat.read(&input, &golden::read_options(), &mut |article| found = Some(article)).expect("it can be read");
        let article = found.expect("an article");
        let content = String::from_utf8_lossy(&bytes).into_owned();
        let lines: Vec<_> = content.lines().filter(|line| line.starts_with('T')).collect();
        stated += lines.len();
        for (line, span) in lines.iter().zip(&article.spans) {
            let surface = line.splitn(3, '\t').nth(2).unwrap_or_default();
            assert_eq!(span.fragments.surface(&article.text), surface, "{}: {line}", path.display());
        }
        assert_eq!(lines.len(), article.spans.len(), "{}: {:?}", path.display(), article.warnings);
        spans += article.spans.len();
        relations += article.relations.len();
    }
    assert_eq!(spans, stated);
    assert!(relations > 5000, "{relations}");
}

/// Writes a folder with two articles that were imported with these configurations, the second with another label.
fn folder(label: &str, annotation: [&str; 2], visual: &str, schema: &Schema) -> (BTreeMap<String, String>, Vec<Loss>) {
    let lines = ["T1\tOrt 3 8\tKursk\nX7 unknown\n", "T1\tOrt 3 8\tKursk\n"];
    let text = "In Kursk";
    let mut kept: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let articles = ["a", "b"].iter().zip(lines).zip(annotation).map(|((stem, lines), annotation)| {
        let files = [
            (format!("{stem}.txt"), text),
            (format!("{stem}.ann"), lines),
            ("annotation.conf".to_owned(), annotation),
            ("visual.conf".to_owned(), visual),
        ];
        let sibling = |name: &str| files.iter().find(|(other, _)| other == name).map(|(_, it)| it.as_bytes().to_vec());
        let mut found = None;
        let input = Input::new(format!("{stem}.ann"), lines.as_bytes(), &sibling);
        Brat.read(&input, &golden::read_options(), &mut |article| found = Some(article)).expect("it can be read");
        let mut article: Imported = found.expect("an article");
        if *stem == "b" {
            article.spans[0].label = label.into();
        }
        for (name, content) in &files {
            kept.insert(format!("{stem} {name}"), content.as_bytes().into());
        }
        let beside = article.beside.iter().map(|name| (name.clone(), format!("{stem} {name}"))).collect();
        golden::keep(&mut article, "brat", &format!("{stem} {stem}.ann"), beside);
        let set = AnnotationSet::from_parts(0, Progress::New, article.spans, article.relations, Vec::new()).0;
        (ArticleId::new(stem), article.metadata, ArticleText::new(article.text), set)
    });
    let articles: Vec<_> = articles.collect();
    let mut exported = articles.iter().map(|(id, metadata, text, set)| Exported {
        id,
        metadata,
        text,
        annotations: set,
        everything: set,
        kept: metadata.origin.kept.last(),
    });
    let (entities, options) = (EntityRegistry::default(), WriteOptions::default());
    let context = ExportContext { schema, entities: &entities, options: &options, originals: &kept };
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    Brat.write(&mut exported, &context, &mut output, &mut losses).expect("it can be written");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    losses.retain(|loss| !loss.what.starts_with("metadata") && !loss.what.starts_with("who made"));
    (output.files.into_iter().map(|(name, bytes)| (name, text(bytes))).collect(), losses)
}

#[test]
fn the_configuration_of_a_folder_is_whole() {
    let labels = |names: &[&str]| {
        let label =
            |name: &&str| LabelDefinition { name: (*name).into(), color: None, key: None, description: String::new() };
        Schema { labels: names.iter().map(label).collect(), ..Schema::default() }
    };
    let defines =
        |files: &BTreeMap<String, String>, name: &str| files["annotation.conf"].lines().any(|line| line == name);
    let annotation = "# Ours\n[entities]\nOrt\nStadt\n[relations]\n[events]\n[attributes]\n";
    let visual = format!("{VISUAL_MARK}\n[labels]\nOrt | Täter Ort\n[drawing]\nOrt\tbgColor:red\n");

    // What the files define is enough: they stay, with comments and colors, and so does what was not edited.
    let (files, losses) = folder("Stadt", [annotation; 2], &visual, &labels(&["Täter Ort", "Stadt"]));
    assert_eq!((files["annotation.conf"].as_str(), &files["visual.conf"]), (annotation, &visual));
    assert_eq!(files["a.ann"], "T1\tOrt 3 8\tKursk\nX7 unknown\n");
    assert_eq!(files["b.ann"], "T1\tStadt 3 8\tKursk\n");
    assert_eq!(losses, []);

    // A new label: all that stands in any of the files is defined, by the name that it has there.
    let (files, losses) = folder("Land", [annotation; 2], &visual, &labels(&[]));
    assert!(defines(&files, "Ort") && defines(&files, "Land"), "{files:?}");
    assert!(files["visual.conf"].contains("Ort | Täter Ort"), "{files:?}");
    assert_eq!(files["a.ann"], "T1\tOrt 3 8\tKursk\nX7 unknown\n");
    assert!(losses.iter().any(|loss| loss.what.contains("annotation.conf")), "{losses:?}");

    // Articles from folders with different configurations.
    let (files, _) = folder("Stadt", [annotation, "[entities]\nStadt\n"], "", &labels(&[]));
    assert!(defines(&files, "Ort") && defines(&files, "Stadt"), "{files:?}");
}
