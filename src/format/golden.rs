//! One article with everything that is hard, and the laws that every format keeps on it.

use super::{
    ExportContext, Exported, Format, Imported, Input, Layout, Loss, MemoryOutput, ReadOptions, WriteOptions,
    original::NoOriginals, registry,
};
use crate::{
    model::*,
    text::{ByteOffset, TextRange},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(super) const TEXT: &str = "Grüße \u{1F600} aus der Kursk-Region:\r\nWladimir Putin traf\tdie Familie \
    \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} Müller\u{A0}KG. <b>Fett</b> & \"Zitat\"\r\n\r\nDer Cafe\u{301}-Besuch am \
    16. Mai war der US-Vorschlag; =Angriffe\nauf Kyjiw folgten.";

pub(super) struct Golden {
    pub id: ArticleId,
    pub metadata: ArticleMetadata,
    pub text: ArticleText,
    pub set: AnnotationSet,
    pub schema: Schema,
    pub entities: EntityRegistry,
}

fn time() -> jiff::Timestamp {
    "2026-11-16T09:00:00Z".parse().expect("a time")
}

pub(super) fn read_options() -> ReadOptions {
    ReadOptions {
        normalize_line_endings: false,
        text_column: None,
        encoding: None,
        default_language: "de".to_owned(),
        time: time(),
    }
}

/// Notes that an article was read from a file called `file`, with the options of [`read_options`] and the line
/// ends that it has.
pub(super) fn keep(article: &mut Imported, format: &'static str, file: &str, beside: BTreeMap<String, String>) {
    let name = article.metadata.origin.file.clone();
    let options = ReadOptions { normalize_line_endings: article.metadata.origin.normalized, ..read_options() };
    let kept = article.kept_file(format, name.as_ref(), file.to_owned(), beside, &options);
    article.metadata.origin.kept = vec![kept.expect("the file is kept")];
}

fn place(needles: &[&str]) -> Fragments {
    let mut from = 0;
    let ranges: Vec<_> = needles
        .iter()
        .map(|needle| {
            let start = from + TEXT[from..].find(needle).expect("the text has it");
            from = start + needle.len();
            TextRange::from_usize(start, from)
        })
        .collect();
    Fragments::new(ranges).expect("a place")
}

fn span(id: u32, label: &str, needles: &[&str]) -> Span {
    Span {
        id: AnnotationId(id),
        label: label.into(),
        fragments: place(needles),
        attributes: Attributes::new(),
        entity: None,
        note: String::new(),
        provenance: Provenance::person("redaktion", time()),
        status: Status::Accepted,
        corrected_from: None,
    }
}

fn relation(id: u32, label: &str, trigger: Option<u32>, arguments: &[(&str, u32)]) -> Relation {
    Relation {
        id: AnnotationId(id),
        label: label.into(),
        trigger: trigger.map(AnnotationId),
        arguments: arguments
            .iter()
            .map(|(role, target)| Argument { role: (*role).into(), target: AnnotationId(*target) })
            .collect(),
        attributes: Attributes::new(),
        note: String::new(),
        provenance: Provenance::person("redaktion", time()),
        status: Status::Accepted,
        corrected_from: None,
    }
}

fn extractor(score: f32) -> Provenance {
    let source = Source::Extractor { name: "tagger".into(), version: "1.2".into() };
    Provenance { source, time: time(), score: Some(score), reason: Some("zweimal so gelesen, \"3\"".into()) }
}

pub(super) fn golden() -> Golden {
    let text = |value: &str| AttributeValue::Text(value.into());
    let mut spans = vec![
        span(10, "PER", &["Wladimir Putin"]),
        span(11, "PER", &["Putin"]),
        span(12, "TITLE", &["Putin"]),
        span(13, "EVENT", &["Putin traf"]),
        span(14, "EVENT", &["traf\tdie Familie"]),
        span(15, "LOC", &["Kursk"]),
        span(16, "ORG", &["US"]),
        span(17, "EVENT", &["Grüße", "Region"]),
        span(18, "EVENT", &["=Angriffe\nauf Kyjiw"]),
        span(19, "GAP", &["folgten"]),
        span(20, "ORG", &["\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} Müller\u{A0}KG"]),
        span(21, "LOC", &["Region:\r\nWladimir"]),
        span(22, "LOC", &["Cafe\u{301}"]),
        span(23, "EVENT", &["Besuch"]),
        span(24, "Täter Gruppe", &["Kyjiw"]),
        span(25, "DATE", &["16. Mai"]),
    ];
    for span in &mut spans {
        match span.id.0 {
            10 => {
                span.entity = Some("wladimir-putin".into());
                span.attributes = [
                    ("mention".into(), text("name")),
                    ("sure".into(), AttributeValue::Flag(true)),
                    ("weight".into(), AttributeValue::Number(0.25)),
                    ("comment".into(), text("with a space, \"quotes\"\tand\nlines")),
                    ("doubtful".into(), AttributeValue::Flag(false)),
                ]
                .into();
            }
            11 => {
                span.provenance = extractor(0.9);
                span.status = Status::Suggested;
            }
            14 => span.status = Status::Rejected,
            19 => span.fragments = Fragments::one(TextRange::at(span.fragments.start())),
            20 => {
                span.note = "=1+1\nsecond line\t\"quoted\" <script>alert(1)</script>".to_owned();
                span.corrected_from = Some(Box::new(CorrectedFrom {
                    label: "PER".into(),
                    fragments: Some(place(&["Müller"])),
                    provenance: extractor(0.5),
                }));
            }
            22 => span.entity = Some("cafe".into()),
            _ => {}
        }
    }
    let mut relations = vec![
        relation(30, "knows", None, &[("person", 10), ("friend", 20)]),
        relation(31, "visit", Some(23), &[("visitor", 10), ("place", 15), ("place", 22), ("date", 25)]),
        relation(32, "causes", None, &[("cause", 31), ("effect", 18)]),
        relation(33, "knows", None, &[("person", 10), ("friend", 10)]),
        relation(34, "meets", None, &[("one", 11), ("one", 20)]),
        relation(35, "visit", Some(23), &[("visitor", 20)]),
        relation(36, "mentioned", None, &[("who", 24)]),
    ];
    relations[0].attributes = [("since".into(), AttributeValue::Number(2014.0))].into();
    relations[1].note = "an event".to_owned();
    relations[1].attributes = [("sure".into(), AttributeValue::Flag(true))].into();
    relations[3].status = Status::Rejected;
    relations[4].corrected_from =
        Some(Box::new(CorrectedFrom { label: "knows".into(), fragments: None, provenance: extractor(0.25) }));
    let labels = vec![
        DocumentLabel {
            id: AnnotationId(1),
            label: "visit report".into(),
            note: "the whole of it".to_owned(),
            provenance: Provenance::person("redaktion", time()),
            status: Status::Accepted,
        },
        DocumentLabel {
            id: AnnotationId(2),
            label: "war".into(),
            note: String::new(),
            provenance: extractor(0.75),
            status: Status::Suggested,
        },
    ];
    let (set, repeated) = AnnotationSet::from_parts(0, Progress::Done, spans, relations, labels);
    assert!(repeated.is_empty());

    let entity = |id: &str, name: &str, aliases: &[&str], identifiers: &[(&str, &str)]| Entity {
        id: id.into(),
        name: name.to_owned(),
        kind: "PER".into(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        identifiers: identifiers.iter().map(|(scheme, id)| ((*scheme).to_owned(), (*id).to_owned())).collect(),
        note: "\"note\"".to_owned(),
    };
    let entities = [
        entity("wladimir-putin", "Wladimir Putin", &["Putin", "W. Putin"], &[("wikidata", "Q7747"), ("gnd", "1 2")]),
        entity("cafe", "Café", &[], &[]),
    ];
    let label = |name: &str, color: Option<&str>| LabelDefinition {
        name: name.into(),
        color: color.and_then(Color::parse),
        key: None,
        description: format!("What a {name} is"),
    };
    let role = |role: &str, repeat| ArgumentDefinition { role: role.into(), allowed: Vec::new(), repeat };
    let relation = |name: &str, trigger, arguments| RelationDefinition {
        name: name.into(),
        color: None,
        description: String::new(),
        symmetry: Symmetry::Directed,
        trigger,
        arguments,
    };
    let attribute = |name: &str, kind| AttributeDefinition {
        name: name.into(),
        applies_to: Vec::new(),
        kind,
        default: None,
        description: String::new(),
    };
    Golden {
        id: "grüße-1".into(),
        metadata: ArticleMetadata {
            title: "Grüße, \"Kursk\"\nzweite Zeile".to_owned(),
            source: "Tageblatt".to_owned(),
            url: "https://example.org/?a=1&b=2".to_owned(),
            date: "2026-11-16".to_owned(),
            language: "de".to_owned(),
            other: [("ressort".to_owned(), "=Ausland".to_owned())].into(),
            origin: TextSource {
                file: "a.txt".to_owned(),
                encoding: "windows-1252".to_owned(),
                byte_order_mark: true,
                line_ending: LineEnding::Mixed,
                normalized: false,
                kept: Vec::new(),
            },
        },
        text: ArticleText::new(TEXT),
        set,
        schema: Schema {
            labels: vec![
                label("PER", Some("#aa3355")),
                label("TITLE", None),
                label("EVENT", None),
                label("LOC", None),
                label("ORG", None),
                label("GAP", None),
                label("DATE", None),
                label("Täter Gruppe", None),
            ],
            relations: vec![
                relation("knows", TriggerRule::None, vec![role("person", Repeat::One), role("friend", Repeat::One)]),
                relation(
                    "visit",
                    TriggerRule::Required(vec!["EVENT".into()]),
                    vec![role("visitor", Repeat::One), role("place", Repeat::Many), role("date", Repeat::Optional)],
                ),
                relation("causes", TriggerRule::None, vec![role("cause", Repeat::One), role("effect", Repeat::One)]),
                relation("meets", TriggerRule::None, vec![role("one", Repeat::Many)]),
                relation("mentioned", TriggerRule::None, vec![role("who", Repeat::One)]),
            ],
            attributes: vec![
                attribute("mention", AttributeKind::Choice(vec!["name".into(), "nominal".into()])),
                attribute("sure", AttributeKind::Flag),
                attribute("doubtful", AttributeKind::Flag),
                attribute("weight", AttributeKind::Number),
                attribute("since", AttributeKind::Number),
                attribute("comment", AttributeKind::Text),
            ],
            document_labels: Vec::new(),
        },
        entities: EntityRegistry {
            entities: entities.into_iter().map(|entity| (entity.id.clone(), entity)).collect(),
            retired: Default::default(),
        },
    }
}

impl Golden {
    pub(super) fn exported(&self) -> Exported<'_> {
        Exported {
            id: &self.id,
            metadata: &self.metadata,
            text: &self.text,
            annotations: &self.set,
            everything: &self.set,
            kept: None,
        }
    }

    pub(super) fn write(&self, format: &dyn Format, options: &WriteOptions) -> (MemoryOutput, Vec<Loss>) {
        let mut output = MemoryOutput::default();
        let mut losses = Vec::new();
        let context =
            ExportContext { schema: &self.schema, entities: &self.entities, options, originals: &NoOriginals };
        format
            .write(&mut [self.exported()].into_iter(), &context, &mut output, &mut losses)
            .expect("it can be written");
        (output, losses)
    }
}

/// Reads written files again: all those of which the format is sure.
pub(super) fn read_back(format: &dyn Format, files: &[(String, Vec<u8>)]) -> Vec<Imported> {
    let mut articles = Vec::new();
    for (name, bytes) in files {
        let sibling = |wanted: &str| {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let full = if folder.is_empty() { wanted.to_owned() } else { format!("{folder}/{wanted}") };
            let full = full.strip_prefix("out.").unwrap_or(&full);
            files.iter().find(|(name, _)| name == full).map(|(_, bytes)| bytes.clone())
        };
        let base = name.rsplit('/').next().unwrap_or_default();
        let base = if base.is_empty() { format!("out.{}", format.info().extensions[0]) } else { base.to_owned() };
        let input = Input::new(base, bytes, &sibling);
        let is_main = match format.info().layout {
            Layout::OneFile => name.is_empty(),
            Layout::Folder => input.extension() == format.info().extensions[0],
        };
        if is_main {
            let recognized = registry::recognize(&input).map(|format| format.info().name);
            assert_eq!(recognized, Some(format.info().name), "{name:?} is not recognized");
            format.read(&input, &read_options(), &mut |article| articles.push(article)).expect("it can be read");
        }
    }
    articles
}

/// A folder of real data, where it is at hand.
pub(super) fn shared(folder: &str) -> Option<std::path::PathBuf> {
    let root = std::env::var_os("GLOSSE_SHARED")
        .map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), std::path::PathBuf::from);
    let path = root.join(folder);
    path.is_dir().then_some(path)
}

type Facts = Vec<String>;

/// What there is to say of each annotation, in words that do not depend on its number.
fn facts(
    holds: &super::Holds,
    text: &str,
    spans: &[&Span],
    relations: &[&Relation],
    labels: &[&DocumentLabel],
) -> BTreeMap<AnnotationId, Facts> {
    let common = |provenance: &Provenance, status: Status, note: &str, before: &Option<Box<CorrectedFrom>>| {
        let mut facts = vec![format!("note {note:?}"), format!("status {status:?}")];
        if holds.provenance {
            facts.push(format!("{provenance:?} {before:?}"));
        }
        facts
    };
    // Without the text, places move with the white space, and only the words can be compared.
    let where_ = |fragments: &Fragments| match holds.text {
        true => format!("{fragments:?}"),
        false => fragments.surface(text).split_whitespace().collect(),
    };
    let name_of = |id: AnnotationId| {
        let span =
            spans.iter().find(|span| span.id == id).map(|span| format!("{} {:?}", span.label, span.fragments.hull()));
        let relation = || relations.iter().find(|relation| relation.id == id).map(|found| found.label.to_string());
        span.or_else(relation).expect("the target exists")
    };
    let mut all = BTreeMap::new();
    for span in spans {
        let mut facts = vec![format!("span {} {}", span.label, where_(&span.fragments)), format!("{:?}", span.entity)];
        facts.push(format!("{:?}", span.attributes));
        facts.extend(common(&span.provenance, span.status, &span.note, &span.corrected_from));
        all.insert(span.id, facts);
    }
    for relation in relations {
        let mut facts = vec![format!("relation {} {:?}", relation.label, relation.trigger.map(name_of))];
        let arguments = relation.arguments.iter();
        facts.extend(arguments.map(|argument| format!("{} {}", argument.role, name_of(argument.target))));
        facts.push(format!("{:?}", relation.attributes));
        facts.extend(common(&relation.provenance, relation.status, &relation.note, &relation.corrected_from));
        all.insert(relation.id, facts);
    }
    for label in labels {
        let mut facts = vec![format!("document label {}", label.label)];
        facts.extend(common(&label.provenance, label.status, &label.note, &None));
        all.insert(label.id, facts);
    }
    all
}

/// The law of every format that is read and written: each annotation comes back as it was, or the list of losses names it.
fn check_nothing_vanishes(format: &dyn Format, options: &WriteOptions) {
    let golden = golden();
    let name = format.info().name;
    let (output, losses) = golden.write(format, options);
    let articles = read_back(format, &output.files);
    let [article] = articles.as_slice() else { panic!("{name}: {} articles instead of one", articles.len()) };
    let holds = &format.info().holds;
    let mut original = Imported::new("", TEXT.to_owned());
    original.spans = golden.set.spans().cloned().collect();
    if holds.text && article.text != TEXT {
        assert!(losses.iter().any(|loss| loss.annotation.is_none() && loss.what.contains("carriage return")), "{name}");
        super::reading::normalize_line_endings(&mut original);
        assert_eq!(article.text, original.text, "{name}");
    }
    if holds.metadata {
        assert_eq!(article.metadata, golden.metadata, "{name}");
    }
    for span in &article.spans {
        assert!(span.fragments.fit(&article.text), "{name}: {span:?}");
    }
    let set = &golden.set;
    let before = facts(
        holds,
        &original.text,
        &original.spans.iter().collect::<Vec<_>>(),
        &set.relations().collect::<Vec<_>>(),
        &set.document_labels().collect::<Vec<_>>(),
    );
    let after = facts(
        holds,
        &article.text,
        &article.spans.iter().collect::<Vec<_>>(),
        &article.relations.iter().collect::<Vec<_>>(),
        &article.document_labels.iter().collect::<Vec<_>>(),
    );
    let mut after: Vec<_> = after.into_values().collect();
    for (id, facts) in &before {
        match after.iter().position(|other| other == facts) {
            Some(place) => {
                after.swap_remove(place);
            }
            None => {
                let is_named = losses.iter().any(|loss| loss.annotation == Some(*id));
                assert!(is_named, "{name}: {facts:#?} vanished; what came back is {after:#?}");
            }
        }
    }
    for loss in &losses {
        assert_eq!(loss.article, golden.id);
        assert!(!loss.what.is_empty() && !loss.why.is_empty());
        assert!(loss.annotation.is_none_or(|id| set.contains(id)), "{name}: {loss:?}");
    }
}

#[test]
fn nothing_vanishes() {
    for format in registry::all().iter().filter(|format| format.info().reads && format.info().writes) {
        check_nothing_vanishes(*format, &WriteOptions::default());
    }
}

/// The programs in `tests/outside` get this article in files that Glosse wrote, and compare them with this one.
#[test]
fn outside_readers_are_given_this_article() {
    let jsonl = registry::by_name("jsonl").expect("a format");
    let (output, losses) = golden().write(jsonl, &WriteOptions::default());
    assert_eq!(losses, []);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/golden.jsonl");
    if std::env::var_os("GLOSSE_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &output.files[0].1).expect("it can be written");
    }
    let known = std::fs::read(&path).expect("it can be read");
    assert!(known == output.files[0].1, "tests/outside/golden.jsonl is another; set GLOSSE_WRITE_GOLDEN to write it");
}

#[test]
fn names_are_unique_and_documented() {
    for (index, format) in registry::all().iter().enumerate() {
        let info = format.info();
        assert!(registry::all().iter().take(index).all(|other| other.info().name != info.name), "{}", info.name);
        assert!(!info.documentation.trim().is_empty() && !info.title.is_empty(), "{}", info.name);
        assert!(registry::by_name(info.name).is_some());
    }
}

#[test]
fn offsets_of_the_golden_spans_are_whole_characters() {
    let golden = golden();
    assert!(golden.set.spans().all(|span| span.fragments.fit(TEXT)));
    assert_eq!(golden.set.span(AnnotationId(19)).map(|span| span.fragments.hull().len()), Some(0));
    assert_eq!(golden.set.span(AnnotationId(15)).map(|span| span.fragments.start()), Some(ByteOffset(21)));
}

/// A change of the bytes of a file.
#[derive(Clone, Debug)]
enum Damage {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static str),
}

fn damage() -> impl Strategy<Value = Damage> {
    const NASTY: &[&str] = &[
        "\0",
        "\r\n",
        "\t",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ";",
        ":",
        ",",
        "-1",
        "99999999999999999999",
        "4294967295",
        "1e309",
        "null",
        "T1",
        "R9\tx Arg1:T1 Arg2:R9",
        "\u{1F600}",
        "\u{FEFF}",
        "\\ud800",
        "B-",
        "O\n",
        "#",
        " ",
        "\n\n",
    ];
    prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(place, byte)| Damage::Set(place, byte)),
        (any::<prop::sample::Index>(), 1usize..40).prop_map(|(place, len)| Damage::Remove(place, len)),
        (any::<prop::sample::Index>(), 1usize..200).prop_map(|(place, len)| Damage::Repeat(place, len)),
        (any::<prop::sample::Index>(), prop::sample::select(NASTY))
            .prop_map(|(place, text)| Damage::Insert(place, text)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    match damage {
        Damage::Set(place, byte) => {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
        }
        Damage::Remove(place, len) => {
            let place = place.index(bytes.len() + 1);
            let end = (place + len).min(bytes.len());
            bytes.drain(place..end);
        }
        Damage::Repeat(place, len) => {
            let place = place.index(bytes.len() + 1);
            let end = (place + len).min(bytes.len());
            let part = bytes[place..end].to_vec();
            bytes.splice(place..place, part);
        }
        Damage::Insert(place, text) => {
            let place = place.index(bytes.len() + 1);
            bytes.splice(place..place, text.bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is in a file, its reader neither panics nor gives an annotation that does not fit its text.
    #[test]
    fn readers_survive_damaged_files(damages in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..6)) {
        let golden = golden();
        for format in registry::all().iter().filter(|format| format.info().reads && format.info().writes) {
            let (mut output, _) = golden.write(*format, &WriteOptions::default());
            let count = output.files.len();
            for (file, damage) in &damages {
                apply(&mut output.files[file.index(count)].1, damage);
            }
            for (name, bytes) in &output.files {
                let sibling = |wanted: &str| {
                    output.files.iter().find(|(name, _)| name.ends_with(wanted)).map(|(_, bytes)| bytes.clone())
                };
                let input = Input::new(format!("x{name}"), bytes, &sibling);
                let mut options = read_options();
                options.normalize_line_endings = damages.len() % 2 == 0;
                let result = format.read(&input, &options, &mut |article| {
                    for span in &article.spans {
                        assert!(span.fragments.fit(&article.text), "{}: {span:?}", format.info().name);
                    }
                    let (set, repeated) = AnnotationSet::from_parts(
                        0, Progress::New, article.spans, article.relations, article.document_labels,
                    );
                    assert!(repeated.is_empty(), "{}", format.info().name);
                    for relation in set.relations() {
                        assert!(relation.targets().all(|target| set.contains(target) && target != relation.id));
                    }
                });
                // An error is an answer as well; what counts is that it says something.
                if let Err(error) = result {
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
