//! Generated articles for benches, figures and tests: the same seed gives the same article, on every machine.
//!
//! The text reads like German news: sentences with names, places, dates and figures, umlauts, quotation marks, hyphen
//! compounds and a few emoji. Nothing in it is true, and nothing is taken from a real article.

use super::{
    AnnotationId, AnnotationSet, AnnotatorName, Argument, ArgumentDefinition, Article, ArticleId, ArticleMetadata,
    Entity, EntityId, EntityRegistry, Fragments, LabelDefinition, Name, Progress, Project, Provenance, Relation,
    RelationDefinition, Repeat, Schema, Settings, Source, Span, Status, Symmetry, TriggerRule, slug,
};
use crate::text::TextRange;
use jiff::Timestamp;
use std::sync::Arc;

/// The annotator whose annotations generated articles carry.
pub const ANNOTATOR: &str = "generated";

/// A generated article with at least `bytes` bytes of text and exactly as many spans and relations as asked for, as long as
/// the text has enough words for the spans, and the spans enough neighbors for the relations.
///
/// Names are labelled first; where more spans are asked for, single words are labelled too, so that spans nest. Every tenth
/// span is a suggestion. Follows [`schema`]; the article's id is `generated-<seed>`.
pub fn article(seed: u64, bytes: usize, spans: usize, relations: usize) -> Article {
    let mut random = Random(seed);
    let (text, mentions) = text(&mut random, bytes);
    let spans = labelled(&mut random, mentions, spans);
    let relations = related(&mut random, &spans, relations);
    let (set, _) = AnnotationSet::from_parts(1, Progress::Started, spans, relations, Vec::new());
    let metadata = ArticleMetadata {
        title: format!("Bericht {seed} aus {}", random.choice(&PLACES)),
        source: "Erzeugte Nachrichten".to_owned(),
        date: format!("2026-{:02}-{:02}", 1 + seed % 12, 1 + seed % 28),
        language: "de".to_owned(),
        ..ArticleMetadata::default()
    };
    let mut article = Article::new(ArticleId::new(&format!("generated-{seed}")), metadata, &text);
    article.sets.insert(AnnotatorName::new(ANNOTATOR), set);
    article
}

/// A project of `articles` generated articles of `bytes` bytes each, with a span for every 60 bytes and a relation for every
/// third span: the density of a carefully annotated news article.
pub fn project(seed: u64, articles: usize, bytes: usize) -> Project {
    let first = seed.wrapping_mul(1_000_000);
    Project {
        settings: Arc::new(Settings { name: "Generated project".to_owned(), ..Settings::default() }),
        schema: Arc::new(schema()),
        entities: entities(),
        articles: (first..)
            .take(articles)
            .map(|seed| {
                let article = article(seed, bytes, bytes / 60, bytes / 180);
                (article.id.clone(), article)
            })
            .collect(),
        ..Project::default()
    }
}

/// The schema that generated annotations follow.
pub fn schema() -> Schema {
    let names = |names: &[&str]| names.iter().map(|name| Name::from(*name)).collect::<Vec<_>>();
    let argument = |role: &str, allowed: &[&str], repeat| ArgumentDefinition {
        role: role.into(),
        allowed: names(allowed),
        repeat,
    };
    let relation = |name: &str, symmetry, trigger, arguments| RelationDefinition {
        name: name.into(),
        color: None,
        description: String::new(),
        symmetry,
        trigger,
        arguments,
    };
    Schema {
        labels: LABELS
            .iter()
            .map(|(name, key)| LabelDefinition {
                name: (*name).into(),
                color: None,
                key: Some(*key),
                description: String::new(),
            })
            .collect(),
        relations: vec![
            relation(
                "located_in",
                Symmetry::Directed,
                TriggerRule::None,
                vec![
                    argument("place", &["PER", "ORG", "LOC"], Repeat::One),
                    argument("container", &["LOC"], Repeat::One),
                ],
            ),
            relation(
                "works_for",
                Symmetry::Directed,
                TriggerRule::None,
                vec![argument("person", &["PER"], Repeat::One), argument("employer", &["ORG", "LOC"], Repeat::One)],
            ),
            relation(
                "meets",
                Symmetry::Symmetric,
                TriggerRule::None,
                vec![argument("one", &["PER"], Repeat::One), argument("other", &["PER"], Repeat::One)],
            ),
            relation(
                "happening",
                Symmetry::Directed,
                TriggerRule::Required(names(&["EVENT"])),
                vec![
                    argument("participant", &["PER", "ORG"], Repeat::Many),
                    argument("place", &["LOC"], Repeat::Optional),
                    argument("date", &["DATE"], Repeat::Optional),
                    argument("extent", &["QUANTITY"], Repeat::Optional),
                ],
            ),
        ],
        attributes: Vec::new(),
        document_labels: Vec::new(),
    }
}

/// A registry with the persons, places and organizations that generated texts name.
pub fn entities() -> EntityRegistry {
    let kinds = [("PER", PERSONS.as_slice()), ("LOC", &PLACES), ("ORG", &ORGANIZATIONS)];
    let all = kinds.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| (kind, *name)));
    EntityRegistry {
        entities: all
            .map(|(kind, name)| {
                let id = EntityId::new(&slug(name));
                let entity = Entity {
                    id: id.clone(),
                    name: name.to_owned(),
                    kind: kind.into(),
                    aliases: Vec::new(),
                    identifiers: Default::default(),
                    note: String::new(),
                };
                (id, entity)
            })
            .collect(),
        ..EntityRegistry::default()
    }
}

/// Numbers that look random and are the same everywhere: SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(pub u64);

impl Random {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.number() % limit).unwrap_or_default()
    }

    /// One of some words; an empty one if there are none.
    pub fn choice<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words.get(self.below(words.len())).copied().unwrap_or_default()
    }
}

const LABELS: [(&str, char); 7] =
    [("PER", 'p'), ("ORG", 'o'), ("LOC", 'l'), ("EVENT", 'e'), ("DATE", 'd'), ("QUANTITY", 'q'), ("TITLE", 't')];

const PERSONS: [&str; 12] = [
    "Jürgen Weißmüller",
    "Annelise Köhler",
    "Oleh Hawryljuk",
    "Sophie-Charlotte Brandt",
    "Dmytro Sawtschenko",
    "Marit Øvergård",
    "Viktor Ljubimow",
    "Renée Dubois",
    "Thomas Größer",
    "Iryna Poltawez",
    "Karl-Heinz Voß",
    "Nadja Çelik",
];

const PLACES: [&str; 14] = [
    "Nordhagen",
    "Süderbrück",
    "Oblast Welyka",
    "Grünwalde",
    "Sankt Märten",
    "Krasnopol",
    "Übersee-Hafen",
    "Talbergen",
    "Ostrow",
    "Weißenfels-Süd",
    "Kirchmöser",
    "Dobropil",
    "Lindenau",
    "Moorbach",
];

const ORGANIZATIONS: [&str; 10] = [
    "Verteidigungsministerium",
    "Nordische Allianz",
    "Stadtwerke Süderbrück",
    "Rat für Äußeres",
    "Grenzschutz",
    "Nachrichtenagentur Horizont",
    "Energie-Union",
    "Rotes Kreuz",
    "Generalstab",
    "Handelskammer",
];

const EVENTS: [&str; 10] = [
    "Drohnenangriff",
    "Besuch",
    "Gefangenenaustausch",
    "Waffenruhe",
    "Gipfeltreffen",
    "Großbrand",
    "Beschuss",
    "Rückzug",
    "Hochwasser",
    "Abstimmung",
];

const DATES: [&str; 8] = [
    "am Dienstag",
    "am 3. März",
    "in der Nacht zum Mittwoch",
    "am Wochenende",
    "Ende April",
    "am 14.11.2025",
    "vergangenen Monat",
    "seit Juli",
];

const QUANTITIES: [&str; 8] = [
    "mindestens 14 Menschen",
    "3.500 Soldaten",
    "rund 40 Prozent",
    "zwölf Drohnen",
    "drei Verletzte",
    "1,2 Millionen Euro",
    "Hunderte Haushalte",
    "200 Kilometer",
];

const TITLES: [&str; 6] =
    ["Außenministerin", "Präsident", "Gouverneur", "Bürgermeisterin", "General", "Regierungssprecher"];

/// Sentences; a capital letter after `$` stands for a name: P person, L place, O organization, E event, D date,
/// Q quantity, T title.
const SENTENCES: [&str; 16] = [
    "Nach Angaben von $O wurden bei einem $E in $L $D $Q gezählt.",
    "$T $P reiste $D nach $L und sprach dort mit $P über den $E.",
    "„Wir werden $L nicht aufgeben“, sagte $P der $O.",
    "Der $E in der $L-Region dauerte bis in die Morgenstunden, $Q waren betroffen.",
    "Wie $O mitteilte, sei der $E $D von $T $P angeordnet worden.",
    "In $L und $L blieben $Q ohne Strom.",
    "Beobachter halten das für einen Vorwand; überprüfen ließ sich die Darstellung zunächst nicht.",
    "$P, früher $T von $L, widersprach: Die Zahlen von $O seien „völlig aus der Luft gegriffen“.",
    "Bereits $D hatte $O vor einem weiteren $E gewarnt.",
    "Zwischen $L und $L liegen $Q.",
    "Auf X schrieb $P: „Danke, $L! 🇩🇪🙏🏽“",
    "Lesen Sie auch: $E in $L – was wir wissen und was nicht",
    "Die Gespräche zwischen $P und $P verliefen nach Angaben aus Delegationskreisen schleppend, obwohl $O vermittelte.",
    "Aus dem $L-Lager hieß es, man prüfe den Vorschlag von $T $P.",
    "Der Schaden werde auf $Q geschätzt.",
    "Weitere Angaben machte $O nicht.",
];

/// A place that can be labelled.
#[derive(Clone, Copy)]
struct Mention {
    range: TextRange,
    /// `None` for a word that is no name.
    label: Option<&'static str>,
    name: &'static str,
}

fn text(random: &mut Random, bytes: usize) -> (String, Vec<Mention>) {
    let mut text = String::with_capacity(bytes + 256);
    let mut mentions = Vec::new();
    let mut sentences_left = 0;
    while text.len() < bytes {
        if !text.is_empty() {
            text.push_str(if sentences_left == 0 { "\n\n" } else { " " });
        }
        if sentences_left == 0 {
            sentences_left = 3 + random.below(6);
        }
        sentences_left -= 1;
        let sentence = random.choice(&SENTENCES);
        let mut parts = sentence.split('$');
        push_words(&mut text, parts.next().unwrap_or_default(), &mut mentions);
        for part in parts {
            let mut chars = part.chars();
            let (label, names): (_, &[&'static str]) = match chars.next() {
                Some('P') => ("PER", &PERSONS),
                Some('L') => ("LOC", &PLACES),
                Some('O') => ("ORG", &ORGANIZATIONS),
                Some('E') => ("EVENT", &EVENTS),
                Some('D') => ("DATE", &DATES),
                Some('Q') => ("QUANTITY", &QUANTITIES),
                _ => ("TITLE", &TITLES),
            };
            let name = random.choice(names);
            let start = text.len();
            push_words(&mut text, name, &mut mentions);
            mentions.push(Mention { range: TextRange::from_usize(start, text.len()), label: Some(label), name });
            push_words(&mut text, chars.as_str(), &mut mentions);
        }
    }
    (text, mentions)
}

fn push_words(text: &mut String, part: &'static str, mentions: &mut Vec<Mention>) {
    for (start, word) in unicode_segmentation::UnicodeSegmentation::unicode_word_indices(part) {
        let start = text.len() + start;
        mentions.push(Mention { range: TextRange::from_usize(start, start + word.len()), label: None, name: word });
    }
    text.push_str(part);
}

/// Spreads `count` spans evenly over the mentions: names first, then words.
fn labelled(random: &mut Random, mentions: Vec<Mention>, count: usize) -> Vec<Span> {
    let (names, words): (Vec<_>, Vec<_>) = mentions.into_iter().partition(|mention| mention.label.is_some());
    let mut chosen = evenly(names, count);
    let missing = count - chosen.len();
    chosen.extend(evenly(words, missing));
    chosen.sort_by_key(|mention| (mention.range.start(), std::cmp::Reverse(mention.range.end())));
    let labels: Vec<Name> = LABELS.iter().map(|(name, _)| Name::from(*name)).collect();
    let person: Name = ANNOTATOR.into();
    let linked: std::collections::BTreeMap<&str, EntityId> =
        PERSONS.iter().chain(&PLACES).chain(&ORGANIZATIONS).map(|name| (*name, EntityId::new(&slug(name)))).collect();
    let mut spans = Vec::with_capacity(chosen.len());
    for (id, mention) in (1..).zip(chosen) {
        let wanted =
            mention.label.unwrap_or_else(|| LABELS.get(random.below(LABELS.len())).map_or("PER", |(name, _)| name));
        let label = labels.iter().find(|label| &***label == wanted).cloned().unwrap_or_else(|| wanted.into());
        let suggested = id % 10 == 0;
        spans.push(Span {
            id: AnnotationId(id),
            label,
            fragments: Fragments::one(mention.range),
            attributes: Default::default(),
            entity: mention.label.and_then(|_| linked.get(mention.name)).filter(|_| !suggested).cloned(),
            note: String::new(),
            provenance: if suggested {
                Provenance {
                    source: Source::Extractor { name: "dictionary".into(), version: "1".into() },
                    time: time(),
                    score: Some(0.75),
                    reason: Some("in the list of names".into()),
                }
            } else {
                Provenance { source: Source::Person { name: person.clone() }, time: time(), score: None, reason: None }
            },
            status: if suggested { Status::Suggested } else { Status::Accepted },
            corrected_from: None,
        });
    }
    spans
}

/// Links neighbors, as a person would: of the two or three next spans the first that the schema allows.
fn related(random: &mut Random, spans: &[Span], count: usize) -> Vec<Relation> {
    let schema = schema();
    let mut relations: Vec<Relation> = Vec::with_capacity(count);
    let first_id = spans.len();
    // Several rounds over the text with growing distance, until there are enough.
    for distance in 1..=8 {
        let step = (spans.len() / count.max(1)).max(1);
        let start = if distance == 1 { random.below(step) } else { 0 };
        for (index, source) in spans.iter().enumerate().skip(start).step_by(if distance == 1 { step } else { 1 }) {
            if relations.len() >= count {
                return relations;
            }
            let Some(target) = spans.get(index + distance) else { break };
            let choices = schema.relations_between(&source.label, &target.label);
            let Some((label, role, target_role)) = choices.get(random.below(choices.len())) else { continue };
            let mut arguments = vec![Argument { role: target_role.clone(), target: target.id }];
            let mut trigger = None;
            match role {
                Some(role) => arguments.insert(0, Argument { role: role.clone(), target: source.id }),
                None => {
                    trigger = Some(source.id);
                    // An event takes what else is near and fits a free role.
                    for other in spans.iter().skip(index + distance + 1).take(3) {
                        let free = schema.relations_between(&source.label, &other.label).into_iter().find(|choice| {
                            choice.1.is_none() && !arguments.iter().any(|argument| argument.role == choice.2)
                        });
                        if let Some((_, _, role)) = free {
                            arguments.push(Argument { role, target: other.id });
                        }
                    }
                }
            }
            relations.push(Relation {
                id: AnnotationId(u32::try_from(first_id + relations.len() + 1).unwrap_or(u32::MAX)),
                label: label.clone(),
                trigger,
                arguments,
                attributes: Default::default(),
                note: String::new(),
                provenance: Provenance::person(ANNOTATOR, time()),
                status: Status::Accepted,
                corrected_from: None,
            });
        }
    }
    relations
}

/// `count` of the items, spread evenly; all of them if there are fewer.
fn evenly<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let all = items.len();
    let wanted = count.min(all);
    let mut taken = 0;
    let take = |index: usize| {
        let due = (index + 1) * wanted / all.max(1);
        let takes = due > taken;
        taken = due;
        takes
    };
    let keep: Vec<bool> = (0..all).map(take).collect();
    items.into_iter().zip(keep).filter_map(|(item, keep)| keep.then_some(item)).collect()
}

/// 2 March 2026, 9:00 UTC.
fn time() -> Timestamp {
    Timestamp::from_second(1_772_442_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::validate;

    #[test]
    fn generated_articles_are_sound_and_always_the_same() {
        for (seed, bytes, spans, relations) in
            [(1, 0, 0, 0), (2, 2_000, 60, 20), (3, 60_000, 1_000, 335), (3, 60_000, 6_000, 4_000)]
        {
            let made = article(seed, bytes, spans, relations);
            let set = made.sets.values().next().expect("a set");
            assert!(made.text().len() >= bytes && made.text().len() < bytes + 300);
            assert_eq!((set.spans().len(), set.relations().len()), (spans, relations), "seed {seed}");
            assert_eq!(validate(set, &schema(), &entities(), made.text()), []);
            assert_eq!(made, article(seed, bytes, spans, relations));
        }
        assert_ne!(article(1, 500, 5, 1).text(), article(2, 500, 5, 1).text());
        assert_eq!(schema().problems(), []);
    }

    #[test]
    fn projects_have_the_articles_asked_for() {
        let project = project(7, 12, 900);
        assert_eq!(project.articles.len(), 12);
        assert!(project.articles.values().all(|article| article.sets.values().all(|set| set.spans().len() == 15)));
    }
}
