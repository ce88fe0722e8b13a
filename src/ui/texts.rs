//! Interface texts in the user's language. English texts stand in the code and are their own keys; the German ones stand
//! in `assets/texts/de.ron`. A test makes sure that none is missing there.

use std::{
    cell::Cell,
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Language {
    #[default]
    English,
    German,
}

/// For threads that chose none: those that work in the background.
static LANGUAGE: AtomicU8 = AtomicU8::new(0);

thread_local! {
    /// Of the window that this thread draws, so that windows in one process (in tests, that is) do not change each other.
    static OWN: Cell<Option<Language>> = const { Cell::new(None) };
}

/// Chooses the language of all texts from now on.
pub fn set_language(language: Language) {
    OWN.set(Some(language));
    LANGUAGE.store(language as u8, Ordering::Relaxed);
}

fn is_english() -> bool {
    match OWN.get() {
        Some(language) => language == Language::English,
        None => LANGUAGE.load(Ordering::Relaxed) == Language::English as u8,
    }
}

/// The text in the chosen language; the English one where there is no other.
pub fn tr(english: &'static str) -> &'static str {
    if is_english() {
        return english;
    }
    german().get(english).map_or(english, String::as_str)
}

/// The translation into the chosen language, if there is one; of English there is none.
pub fn tr_known(english: &str) -> Option<&'static str> {
    (!is_english()).then(|| german().get(english).map(String::as_str)).flatten()
}

/// A text with something put in the place of each `{}`, in order. Texts with places are translated whole, so that another
/// language can order its words in its own way.
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut values = values.iter();
    let mut parts = text.split("{}").peekable();
    while let Some(part) = parts.next() {
        filled.push_str(part);
        if parts.peek().is_some() {
            filled.push_str(values.next().copied().unwrap_or("{}"));
        }
    }
    filled
}

/// `in one article`, `in 3 articles`.
pub fn in_articles(count: usize) -> String {
    match count {
        1 => tr("in one article").to_owned(),
        count => fill(tr("in {} articles"), &[&count.to_string()]),
    }
}

/// The German texts by their English ones.
pub fn german() -> &'static HashMap<String, String> {
    static GERMAN: OnceLock<HashMap<String, String>> = OnceLock::new();
    GERMAN.get_or_init(|| ron::from_str(include_str!("../../assets/texts/de.ron")).unwrap_or_default())
}

/// Chooses the language of what this thread shows, and of nothing else.
#[cfg(test)]
pub(super) fn set_language_here(language: Language) {
    OWN.set(Some(language));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::command::Command;
    use std::{collections::BTreeSet, path::Path};

    /// The English texts in a source file: what stands in `tr("…")`.
    fn texts_in(source: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (place, _) in source.match_indices("tr(") {
            let before = source.get(..place).and_then(|before| before.chars().next_back());
            if before.is_some_and(|char| char.is_alphanumeric() || char == '_') {
                continue;
            }
            let Some(rest) = source.get(place + 3..).map(str::trim_start).and_then(|rest| rest.strip_prefix('"'))
            else {
                continue;
            };
            let mut text = String::new();
            let mut chars = rest.chars();
            while let Some(char) = chars.next() {
                match char {
                    '"' => break,
                    '\\' => text.extend(chars.next()),
                    _ => text.push(char),
                }
            }
            found.push(text);
        }
        found
    }

    fn collect(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("the sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).expect("a source file");
                // Tests may have examples.
                let source = source.split("#[cfg(test)]").next().unwrap_or_default();
                found.extend(texts_in(source));
            }
        }
    }

    #[test]
    fn every_text_is_translated_and_no_translation_is_left_over() {
        let mut used: BTreeSet<String> = Command::english_texts().iter().map(|text| (*text).to_owned()).collect();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui"), &mut used);
        used.extend(crate::ui::titles::PATTERNS.map(str::to_owned));
        let known: BTreeSet<String> = german().keys().cloned().collect();
        let missing: Vec<_> = used.difference(&known).collect();
        let unused: Vec<_> = known.difference(&used).collect();
        assert!(missing.is_empty(), "assets/texts/de.ron lacks {missing:#?}");
        assert!(unused.is_empty(), "assets/texts/de.ron has texts that nothing uses: {unused:#?}");
    }

    #[test]
    fn translations_have_the_places_of_their_originals() {
        for (english, german) in german() {
            let places = |text: &str| text.matches("{}").count();
            assert_eq!(places(english), places(german), "{english}");
            assert_eq!(english.ends_with('…'), german.ends_with('…'), "{english}");
            assert!(!german.contains('"') && !german.contains('“') || german.contains('„'), "quotes in {german}");
        }
    }

    #[test]
    fn places_are_filled_in_order() {
        assert_eq!(fill("{} belongs to “{}”", &["P", "Find"]), "P belongs to “Find”");
        assert_eq!(fill("nothing", &["P"]), "nothing");
        assert_eq!(fill("{}{}", &["{}", "b"]), "{}b");
        assert_eq!(fill("{} and {}", &["a"]), "a and {}");
    }

    #[test]
    fn texts_are_found_in_sources() {
        let source = r#"str("no") tr("one"), attr("no") x(tr("two \"2\"")) tr(
            "three",
        ) tr(title)"#;
        assert_eq!(texts_in(source), ["one", "two \"2\"", "three"]);
    }
}
