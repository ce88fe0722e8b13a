//! Interface texts in the user's language. English texts stand in the code and are their own keys; the German ones stand
//! in `assets/texts/de.ron`. A test makes sure that none is missing there.

use std::{
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

static LANGUAGE: AtomicU8 = AtomicU8::new(0);

/// Chooses the language of all texts from now on.
pub fn set_language(language: Language) {
    LANGUAGE.store(language as u8, Ordering::Relaxed);
}

/// The text in the chosen language; the English one where there is no other.
pub fn tr(english: &'static str) -> &'static str {
    if LANGUAGE.load(Ordering::Relaxed) == Language::English as u8 {
        return english;
    }
    german().get(english).map_or(english, String::as_str)
}

/// The German texts by their English ones.
pub fn german() -> &'static HashMap<String, String> {
    static GERMAN: OnceLock<HashMap<String, String>> = OnceLock::new();
    GERMAN.get_or_init(|| ron::from_str(include_str!("../../assets/texts/de.ron")).unwrap_or_default())
}
