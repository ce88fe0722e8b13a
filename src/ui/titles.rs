//! Titles of changes in the user's language. The history stores them in English, so that a project reads the same whoever
//! opens it; what is shown is translated by the pattern that a title follows.

use super::texts::{fill, tr, tr_known};
use std::cmp::Reverse;

/// What titles look like; whatever follows none of these is shown as it is.
pub(super) const PATTERNS: [&str; 64] = [
    "Accept a suggestion",
    "Bring suggestions back",
    "Accept {}",
    "Accept {} suggestions",
    "Add entity {}",
    "Add {} labels to the schema",
    "Add {} to the schema",
    "Change a target of {}",
    "Change details of {}",
    "Change entity {}",
    "Change extractors",
    "Change the guidelines",
    "Change the project's own rules",
    "Change the schema",
    "Clear {} of {}",
    "Confirm a sentence with a suggestion",
    "Confirm a sentence with {} suggestions",
    "Confirm article",
    "Correct text in {} places",
    "Correct “{}” to “{}”",
    "Create entity {} and link",
    "Create entity {} of {} mentions",
    "Delete entity {}",
    "Delete {}",
    "Document label {}",
    "Import entities of {}",
    "Import suggestions of {}",
    "Import suggestions of {} for {} articles",
    "Import {}",
    "Import {} articles",
    "Label {}",
    "Link mentions to entities",
    "Link {}",
    "Link {} to {}",
    "Merge entity {} into {}",
    "Note on {}",
    "Reject a suggestion",
    "Reject {}",
    "Reject {} suggestions",
    "Remove article {}",
    "Remove the link of {}",
    "Remove {} from {}",
    "Rename role {} of {} to {}",
    "Reopen article",
    "Resize {}",
    "Reverse {}",
    "Set {} of {} to {}",
    "Split entity {}",
    "Suggest spans",
    "Suggest spans and relations",
    "Suggest what {} labelled",
    "Suggestions of {}",
    "Suggestions: a relation added",
    "Suggestions: {} relations added",
    "Suggestions: {} spans added",
    "Suggestions: {} spans added, and relations",
    "Take document label {} away",
    "Take suggestions back",
    "Move the edges of {}",
    "Add {}",
    "Change {}",
    "Rename {}",
    "Remove {}",
    "Correct {}",
];

/// A title of the history as the user reads it: of the patterns that fit the one that says most.
pub fn title(english: &str) -> String {
    if let Some(revision) = revision(english) {
        return revision;
    }
    let mut found: Vec<(&'static str, Vec<&str>)> =
        PATTERNS.into_iter().filter_map(|pattern| Some((pattern, values(pattern, english)?))).collect();
    found.sort_by_key(|(pattern, _)| Reverse(pattern.replace("{}", "").len()));
    match found.into_iter().next().and_then(|(pattern, values)| Some((tr_known(pattern)?, values))) {
        Some((translated, values)) => {
            let values: Vec<String> = values.into_iter().map(requoted).collect();
            fill(translated, &values.iter().map(String::as_str).collect::<Vec<_>>())
        }
        None => english.to_owned(),
    }
}

/// `Suggestions: 16 changed, 4 taken back`, of which any part may be missing.
fn revision(english: &str) -> Option<String> {
    let parts = english.strip_prefix("Suggestions: ")?.split(", ").map(|part| {
        let (count, what) = part.split_once(' ')?;
        let pattern = match what {
            "added" => tr("{} added"),
            "changed" => tr("{} changed"),
            "taken back" => tr("{} taken back"),
            _ => return None,
        };
        Some(fill(pattern, &[count]))
    });
    Some(format!("{}: {}", tr("Suggestions"), parts.collect::<Option<Vec<_>>>()?.join(", ")))
}

/// What stands in the places of a pattern, if a text follows it.
fn values<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty().then(Vec::new) };
    rest = rest.strip_suffix(last)?;
    let mut values = Vec::new();
    for part in parts {
        let (value, behind) = rest.split_once(part)?;
        values.push(value);
        rest = behind;
    }
    values.push(rest);
    values.iter().all(|value| !value.is_empty()).then_some(values)
}

/// The words of spans in German quotation marks, as around all other texts.
fn requoted(value: &str) -> String {
    value.replace('“', "„").replace('”', "“")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::texts::{Language, set_language_here};

    #[test]
    fn titles_are_translated_by_their_patterns() {
        let check = |language, english: &str, expected: &str| {
            set_language_here(language);
            assert_eq!(title(english), expected);
        };
        check(Language::German, "Accept “Kursk” (LOC)", "„Kursk“ (LOC) annehmen");
        check(Language::German, "Accept 12 suggestions", "12 Vorschläge annehmen");
        check(Language::German, "Suggestions: 16 changed, 4 taken back", "Vorschläge: 16 geändert, 4 zurückgenommen");
        check(Language::German, "Suggestions: a relation added", "Vorschläge: eine Relation dazu");
        check(Language::German, "Reject a suggestion", "Vorschlag ablehnen");
        check(Language::German, "Confirm a sentence with a suggestion", "Satz mit einem Vorschlag bestätigen");
        check(Language::German, "Change the schema", "Schema ändern");
        check(Language::German, "Link “Putin” (PER) to Wladimir Putin", "„Putin“ (PER) mit Wladimir Putin verknüpfen");
        check(Language::German, "Set kind of “Kursk” (LOC) to city", "kind von „Kursk“ (LOC) auf city setzen");
        check(Language::German, "Something else", "Something else");
        check(Language::English, "Accept “Kursk” (LOC)", "Accept “Kursk” (LOC)");
    }

    #[test]
    fn patterns_give_their_values() {
        let check = |pattern: &str, text: &str, expected: Option<&[&str]>| {
            assert_eq!(values(pattern, text).as_deref(), expected, "{pattern} {text}");
        };
        check("Set {} of {} to {}", "Set kind of Kursk to city", Some(&["kind", "Kursk", "city"]));
        check("Change the schema", "Change the schema", Some(&[]));
        check("Change the schema", "Change the schema now", None);
        check("Accept {} suggestions", "Accept suggestions", None);
        check("Accept {}", "Accept ", None);
    }
}
