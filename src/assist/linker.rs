//! Which entity of the registry a mention names, and how mentions that name none are told apart.
//!
//! Everything hangs on [`alias_key`]: spellings and inflected forms of one name have one key, so that a mention costs a few
//! look-ups however large the registry is. What the same key leaves open, label, article and context decide.

use super::alias::{ALIKE, alias_key, alike, consonants_of_key};
use crate::model::{Entity, EntityId, EntityRegistry};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Below this score there is no candidate.
const LEAST: f32 = 0.3;
/// Most candidates for a mention.
const MOST: usize = 12;
/// Consonants from which on names are compared letter by letter.
const SKELETON: usize = 4;
/// Candidates whose fit is no further apart compete with each other.
const RIVAL: f32 = 0.12;

/// Words before a name that do not belong to it.
const TITLES: &[&str] = &[
    "dr",
    "prof",
    "herr",
    "herrn",
    "frau",
    "sir",
    "lady",
    "general",
    "oberst",
    "major",
    "hauptmann",
    "oberleutnant",
    "leutnant",
    "feldwebel",
    "admiral",
    "marschall",
    "papst",
    "könig",
    "königin",
    "prinz",
    "prinzessin",
    "fürst",
    "graf",
    "gräfin",
    "der",
    "die",
    "das",
    "den",
    "dem",
    "des",
    "ex",
    "professor",
    "professorin",
    "doktor",
    "president",
    "minister",
];
/// Endings of words that are titles: *Außenminister*, *Kremlsprecherin*, *US-Präsident*.
const TITLE_ENDINGS: &[&str] = &[
    "präsident",
    "präsidenten",
    "präsidentin",
    "minister",
    "ministers",
    "ministerin",
    "kanzler",
    "kanzlers",
    "kanzlerin",
    "chef",
    "chefs",
    "chefin",
    "sprecher",
    "sprechers",
    "sprecherin",
    "gouverneur",
    "gouverneurin",
    "meister",
    "meisterin",
    "berater",
    "beraterin",
    "senator",
    "senatorin",
    "botschafter",
    "botschafterin",
    "sekretär",
    "sekretärin",
    "kommandeur",
    "befehlshaber",
    "general",
    "abgeordnete",
    "abgeordneter",
    "premier",
    "direktor",
    "direktorin",
    "vorsitzende",
    "vorsitzender",
    "leiter",
    "leiterin",
    "anführer",
    "führer",
];

/// Why an entity is a candidate, the weakest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkReason {
    /// Nearly the letters of this name.
    Near { name: String },
    /// The last word of this name.
    FamilyName { name: String },
    /// A place or its people as an adjective: *Moskauer*.
    Derived { name: String },
    /// Another spelling or form of this name.
    Spelling { name: String },
    /// The last word of this name, which stands in the article in full.
    InArticle { name: String },
    /// One of its names.
    Exact,
}

impl LinkReason {
    /// The reason in plain English.
    pub fn in_words(&self) -> String {
        match self {
            Self::Near { name } => format!("nearly written like {name}"),
            Self::FamilyName { name } => format!("family name of {name}"),
            Self::Derived { name } => format!("derived from {name}"),
            Self::Spelling { name } => format!("another form of {name}"),
            Self::InArticle { name } => format!("{name} stands in the article"),
            Self::Exact => "one of its names".to_owned(),
        }
    }

    /// How well a mention fits by this alone, from 0 to 1. Set by judgment.
    fn fit(&self) -> f32 {
        match self {
            Self::Exact => 1.0,
            Self::InArticle { .. } => 0.95,
            Self::Spelling { .. } => 0.93,
            Self::Derived { .. } => 0.7,
            Self::FamilyName { .. } => 0.65,
            Self::Near { .. } => 0.6,
        }
    }
}

/// An entity that a mention may name.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub entity: EntityId,
    /// How sure that is, from 0 to 1; of rivals that fit alike none is sure.
    pub score: f32,
    pub reason: LinkReason,
}

/// A mention: its words, its label, and the words around it in small letters.
#[derive(Clone, Copy, Debug)]
pub struct Mention<'a> {
    pub words: &'a str,
    pub label: &'a str,
    pub context: &'a [String],
}

/// What the other mentions of an article say: names in full, and what is linked already.
#[derive(Clone, Debug, Default)]
pub struct ArticleNames {
    /// By label and key of the last word the keys of names of several words; `None` once there are two.
    full: HashMap<(String, String), Option<String>>,
    linked: BTreeMap<EntityId, usize>,
}

impl ArticleNames {
    /// Takes in one mention, with the entity that it is linked to.
    pub fn add(&mut self, words: &str, label: &str, entity: Option<&EntityId>) {
        if let Some(entity) = entity {
            *self.linked.entry(entity.clone()).or_default() += 1;
        }
        let key = alias_key(without_title(words));
        if let Some((_, last)) = key.rsplit_once(' ') {
            let known = self.full.entry((label.to_owned(), last.to_owned())).or_insert_with(|| Some(key.clone()));
            if known.as_ref().is_some_and(|known| *known != key) {
                *known = None;
            }
        }
    }

    /// The key of the one name in full of which `key`, a single word, is the last word.
    fn full_key(&self, label: &str, key: &str) -> Option<&str> {
        self.full.get(&(label.to_owned(), key.to_owned()))?.as_deref()
    }
}

/// The key under which mentions of one thing come together, where no entity is known: that of the words without title, or
/// of the name in full to which a family name belongs in its article. It depends on the mention's own article alone, so
/// that no other article ever changes it. `None` for words that are no name.
pub fn cluster_key(words: &str, label: &str, article: &ArticleNames) -> Option<String> {
    let words = without_title(words);
    let is_name = words.chars().any(|char| char.is_uppercase() || char.is_alphabetic() && !char.is_lowercase());
    let key = alias_key(words);
    if !is_name || key.chars().filter(|char| char.is_alphabetic()).count() < 2 {
        return None;
    }
    match article.full_key(label, &key) {
        Some(full) if !key.contains(' ') => Some(full.to_owned()),
        _ => Some(key),
    }
}

/// A registry by the keys of its names. Built once; asking it costs by the mention.
#[derive(Clone, Debug, Default)]
pub struct Linker {
    /// Key of a name: entities with the number of the name.
    keys: HashMap<String, Vec<(EntityId, usize)>>,
    /// Key of the last word of names of several words.
    family: HashMap<String, Vec<(EntityId, usize)>>,
    /// Consonants of keys.
    skeletons: HashMap<String, Vec<(EntityId, usize)>>,
    /// How often an entity was linked so far.
    prior: HashMap<EntityId, usize>,
}

impl Linker {
    pub fn new(registry: &EntityRegistry) -> Self {
        let mut linker = Self::default();
        for entity in registry.entities.values() {
            linker.insert(entity);
        }
        linker
    }

    /// Takes in one more entity.
    pub fn insert(&mut self, entity: &Entity) {
        let mut seen = BTreeSet::new();
        for (number, name) in entity.names().enumerate() {
            let key = alias_key(without_title(name));
            if key.is_empty() || !seen.insert(key.clone()) {
                continue;
            }
            let place = (entity.id.clone(), number);
            if let Some((_, last)) = key.rsplit_once(' ') {
                self.family.entry(last.to_owned()).or_default().push(place.clone());
            }
            let skeleton = consonants_of_key(&key);
            if skeleton.len() >= SKELETON {
                self.skeletons.entry(skeleton).or_default().push(place.clone());
            }
            self.keys.entry(key).or_default().push(place);
        }
    }

    /// Counts a mention that is linked, since who was named often is named again.
    pub fn count(&mut self, entity: &EntityId) {
        *self.prior.entry(entity.clone()).or_default() += 1;
    }

    /// The entities that a mention may name, the surest first. `article` says what else stands in the article.
    pub fn candidates(
        &self,
        registry: &EntityRegistry,
        mention: Mention<'_>,
        article: &ArticleNames,
    ) -> Vec<Candidate> {
        let words = without_title(mention.words);
        let key = alias_key(words);
        if key.is_empty() {
            return Vec::new();
        }
        let mut reasons: BTreeMap<EntityId, LinkReason> = BTreeMap::new();
        let mut any = false;
        let mut add = |id: &EntityId, reason: LinkReason| {
            any = true;
            let known = reasons.entry(id.clone()).or_insert_with(|| reason.clone());
            if *known < reason {
                *known = reason;
            }
        };
        let name_of = |(id, number): &(EntityId, usize)| {
            registry.get(id).and_then(|entity| entity.names().nth(*number)).map(str::to_owned)
        };
        // Where the article has somebody else with this family name in full, a name of one word is not enough.
        let named = if key.contains(' ') { None } else { article.full.get(&(mention.label.to_owned(), key.clone())) };
        // Kursk is Kursk, though Region Kursk stands beside it.
        let is_called = |entity: &Entity| alias_key(without_title(&entity.name)) == key;
        let is_other = |entity: &Entity| {
            !is_called(entity)
                && named.is_some_and(|full| {
                    !entity
                        .names()
                        .any(|name| full.as_ref().is_some_and(|full| alias_key(without_title(name)) == *full))
                })
        };
        for place in self.keys.get(&key).into_iter().flatten() {
            let Some(entity) = registry.get(&place.0) else { continue };
            if is_other(entity) {
                add(&place.0, LinkReason::FamilyName { name: entity.name.clone() });
                continue;
            }
            match entity.names().any(|name| same_words(name, mention.words) || same_words(name, words)) {
                true => add(&place.0, LinkReason::Exact),
                false => add(&place.0, LinkReason::Spelling { name: name_of(place).unwrap_or_default() }),
            }
        }
        let by_own_name =
            self.keys.get(&key).into_iter().flatten().any(|(id, _)| {
                registry.get(id).is_some_and(|entity| &*entity.kind == mention.label && is_called(entity))
            });
        if !key.contains(' ') && !by_own_name {
            let full = article.full_key(mention.label, &key);
            let by_full = full.and_then(|full| self.keys.get(full)).into_iter().flatten();
            by_full.for_each(|place| add(&place.0, LinkReason::InArticle { name: name_of(place).unwrap_or_default() }));
            for place in self.family.get(&key).into_iter().flatten() {
                let name = name_of(place).unwrap_or_default();
                // Whoever of the name was linked in the article was named there in full, or by somebody who knows.
                match article.linked.contains_key(&place.0) {
                    true => add(&place.0, LinkReason::InArticle { name }),
                    false if full.is_none() => add(&place.0, LinkReason::FamilyName { name }),
                    false => {}
                }
            }
            if let Some(stem) = words.strip_suffix("er").filter(|stem| stem.chars().count() >= 3) {
                for place in self.keys.get(&alias_key(stem)).into_iter().flatten() {
                    add(&place.0, LinkReason::Derived { name: name_of(place).unwrap_or_default() });
                }
            }
        }
        if !any {
            let skeleton = consonants_of_key(&key);
            for place in self.skeletons.get(&skeleton).into_iter().flatten().take(MOST * 8) {
                let Some(name) = name_of(place) else { continue };
                if alike(&name, words) >= ALIKE {
                    reasons.insert(place.0.clone(), LinkReason::Near { name });
                }
            }
        }
        self.ranked(registry, mention, article, reasons)
    }

    fn ranked(
        &self,
        registry: &EntityRegistry,
        mention: Mention<'_>,
        article: &ArticleNames,
        reasons: BTreeMap<EntityId, LinkReason>,
    ) -> Vec<Candidate> {
        struct Rated {
            fit: f32,
            weight: f32,
            candidate: Candidate,
        }
        let mut rated: Vec<Rated> = reasons
            .into_iter()
            .filter_map(|(id, reason)| {
                let entity = registry.get(&id)?;
                let fit = reason.fit() * kind_fit(entity, mention.label);
                let shared = shared_words(entity, mention.context);
                let linked = article.linked.get(&id).copied().unwrap_or(0);
                let prior = self.prior.get(&id).copied().unwrap_or(0);
                // Counts of mentions: exact enough in 32 bits.
                #[expect(clippy::cast_precision_loss, reason = "a weight needs no more digits")]
                let weight = 1.0 + 9.0 * (linked.min(1) as f32) + 3.0 * (shared.min(3) as f32) + (prior as f32).ln_1p();
                Some(Rated { fit, weight, candidate: Candidate { entity: id, score: fit, reason } })
            })
            .collect();
        let best = rated.iter().map(|rated| rated.fit).fold(0.0, f32::max);
        let rivals: f32 = rated.iter().filter(|rated| rated.fit >= best - RIVAL).map(|rated| rated.weight).sum();
        for rated in rated.iter_mut().filter(|rated| rated.fit >= best - RIVAL) {
            rated.candidate.score = rated.fit * rated.weight / rivals.max(rated.weight);
        }
        rated.sort_by(|one, other| {
            let order = |rated: &Rated| rated.fit < best - RIVAL;
            order(one)
                .cmp(&order(other))
                .then(other.candidate.score.total_cmp(&one.candidate.score))
                .then(one.candidate.entity.cmp(&other.candidate.entity))
        });
        let found = rated.into_iter().map(|rated| rated.candidate).filter(|candidate| candidate.score >= LEAST);
        found.take(MOST).collect()
    }
}

/// How far the entity's kind speaks for a mention with this label.
fn kind_fit(entity: &Entity, label: &str) -> f32 {
    match &*entity.kind {
        kind if kind == label => 1.0,
        "" => 0.95,
        _ => 0.6,
    }
}

/// How many words of the context the entity's note and other names have.
fn shared_words(entity: &Entity, context: &[String]) -> usize {
    if context.is_empty() || entity.note.is_empty() && entity.aliases.is_empty() {
        return 0;
    }
    let own: BTreeSet<String> = std::iter::once(entity.note.as_str())
        .chain(entity.names())
        .flat_map(|text| text.split(|char: char| !char.is_alphanumeric()))
        .filter(|word| word.chars().count() >= 4)
        .map(str::to_lowercase)
        .collect();
    own.iter().filter(|word| context.contains(word)).count()
}

fn same_words(one: &str, other: &str) -> bool {
    let mut one = one.split_whitespace().map(str::to_lowercase);
    let mut other = other.split_whitespace().map(str::to_lowercase);
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

/// The name without titles and articles before it; a title alone stays.
pub fn without_title(words: &str) -> &str {
    let mut rest = words.trim();
    while let Some((first, behind)) = rest.split_once(char::is_whitespace) {
        let word = first.trim_end_matches(['.', ',']).to_lowercase();
        let is_title = TITLES.contains(&word.as_str()) || TITLE_ENDINGS.iter().any(|ending| word.ends_with(ending));
        if !is_title || behind.trim().is_empty() {
            break;
        }
        rest = behind.trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn registry(entities: &[(&str, &str, &[&str], &str)]) -> EntityRegistry {
        let mut registry = EntityRegistry::default();
        for (name, kind, aliases, note) in entities {
            let id = registry.free_id(name);
            let entity = Entity {
                id: id.clone(),
                name: (*name).to_owned(),
                kind: (*kind).into(),
                aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
                identifiers: Default::default(),
                note: (*note).to_owned(),
            };
            registry.entities.insert(id, entity);
        }
        registry
    }

    fn known() -> EntityRegistry {
        registry(&[
            ("Wolodymyr Selenskyj", "PER", &[], "Präsident der Ukraine"),
            ("Olena Selenska", "PER", &[], ""),
            ("Kiew", "LOC", &["Kyjiw"], "Hauptstadt der Ukraine"),
            ("Kiel", "LOC", &[], "Hafen an der Ostsee"),
            ("Moskau", "LOC", &[], ""),
            ("Belgorod", "LOC", &[], ""),
            ("Belgrad", "LOC", &[], ""),
            ("Anna Weber", "PER", &[], "Malerin aus Kiel"),
            ("Jonas Weber", "PER", &[], "Trainer im Fußball"),
            ("Frankfurt am Main", "LOC", &["Frankfurt"], "Banken Flughafen Hessen"),
            ("Frankfurt (Oder)", "LOC", &["Frankfurt"], "Brandenburg Grenze Polen"),
            ("Saporischschja", "LOC", &[], ""),
        ])
    }

    /// The best candidate for the last of some mentions of an article, where `sure` says whether its score is at least 0.85.
    fn check(mentions: &[(&str, &str)], context: &str, expected: Option<&str>, sure: bool) {
        let registry = known();
        let linker = Linker::new(&registry);
        let mut article = ArticleNames::default();
        mentions.iter().for_each(|(words, label)| article.add(words, label, None));
        let (words, label) = mentions.last().copied().unwrap_or_default();
        let context: Vec<String> = context.split(' ').map(str::to_lowercase).collect();
        let found = linker.candidates(&registry, Mention { words, label, context: &context }, &article);
        let best = found.first();
        let name = best.and_then(|best| registry.get(&best.entity)).map(|entity| entity.name.as_str());
        assert_eq!(name, expected, "{words}: {found:?}");
        assert_eq!(best.is_some_and(|best| best.score >= 0.85), sure, "{words}: {found:?}");
        assert!(found.iter().all(|found| (0.0..=1.0).contains(&found.score)), "{found:?}");
    }

    #[test]
    fn spellings_titles_and_inflections_find_their_entity() {
        let president = Some("Wolodymyr Selenskyj");
        check(&[("Wolodymyr Selenskyj", "PER")], "", president, true);
        check(&[("Präsident Wolodymyr Selenskyjs", "PER")], "", president, true);
        check(&[("Volodymyr Zelensky", "PER")], "", president, true);
        check(&[("Володимир Зеленський", "PER")], "", president, true);
        check(&[("Wolodymyr Selenskyj", "PER"), ("Präsident Selenskyj", "PER")], "", president, true);
        check(&[("Selenskyj", "PER")], "", president, false);
        check(&[("Kiews", "LOC")], "", Some("Kiew"), true);
        check(&[("Kyiv", "LOC")], "", Some("Kiew"), true);
        check(&[("Kiel", "LOC")], "", Some("Kiel"), true);
        check(&[("Moskauer", "LOC")], "", Some("Moskau"), false);
        check(&[("Zaporizhzhia", "LOC")], "", Some("Saporischschja"), true);
    }

    #[test]
    fn other_names_and_rivals_are_not_taken_for_sure() {
        check(&[("Bjelgrad", "LOC")], "", Some("Belgrad"), false);
        check(&[("Kiek", "LOC")], "", None, false);
        check(&[("Kiew", "PER")], "", Some("Kiew"), false);
        check(&[("Weber", "PER")], "", Some("Anna Weber"), false);
        check(&[("Jonas Weber", "PER"), ("Weber", "PER")], "", Some("Jonas Weber"), true);
        check(&[("Frankfurt", "LOC")], "", Some("Frankfurt am Main"), false);
        check(&[("Frankfurt", "LOC")], "am flughafen in hessen", Some("Frankfurt am Main"), true);
        check(&[("er", "PER")], "", None, false);
        check(&[("", "PER")], "", None, false);
    }

    #[test]
    fn titles_fall_off_but_not_alone() {
        for (words, expected) in [
            ("Präsident Selenskyj", "Selenskyj"),
            ("der US-Außenminister Marco Rubio", "Marco Rubio"),
            ("Dr. Olga Maier", "Olga Maier"),
            ("Präsident", "Präsident"),
            ("Kiew", "Kiew"),
            ("", ""),
        ] {
            assert_eq!(without_title(words), expected);
        }
    }

    #[test]
    fn clusters_depend_on_their_own_article_alone() {
        let key = |mentions: &[(&str, &str)]| {
            let mut article = ArticleNames::default();
            mentions.iter().for_each(|(words, label)| article.add(words, label, None));
            mentions.last().and_then(|(words, label)| cluster_key(words, label, &article))
        };
        let full = key(&[("Marta Kolb", "PER")]);
        assert_eq!(key(&[("Marta Kolb", "PER"), ("Ministerin Kolbs", "PER")]), full);
        assert_ne!(key(&[("Kolb", "PER")]), full);
        assert_ne!(key(&[("Marta Kolb", "PER"), ("Jan Kolb", "PER"), ("Kolb", "PER")]), full);
        assert_ne!(key(&[("Marta Kolb", "PER"), ("Kolb", "LOC")]), full);
        assert_eq!(key(&[("sie", "PER")]), None);
        assert_eq!(key(&[("12", "PER")]), None);
    }

    proptest! {
        #[test]
        fn any_words_are_answered(words in ".{0,30}", label in "PER|LOC|", context in prop::collection::vec(".{0,6}", 3)) {
            let registry = known();
            let mut article = ArticleNames::default();
            article.add(&words, &label, None);
            cluster_key(&words, &label, &article);
            let mention = Mention { words: &words, label: &label, context: &context };
            for found in Linker::new(&registry).candidates(&registry, mention, &article) {
                prop_assert!((0.0..=1.0).contains(&found.score));
            }
        }
    }
}
