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

/// The German texts by their English ones.
pub fn german() -> &'static HashMap<String, String> {
    static GERMAN: OnceLock<HashMap<String, String>> = OnceLock::new();
    GERMAN.get_or_init(|| ron::from_str(include_str!("../../assets/texts/de.ron")).unwrap_or_default())
}
