//! Annotations by their words, as titles in the history name them: nobody knows an annotation by its number.

use crate::model::{Annotation, AnnotationId, AnnotationSet};

/// Most characters of the words of a span.
const LONGEST: usize = 30;

/// An annotation by its words and label: `“Kursk” (LOC)`, of a relation those of its trigger and arguments:
/// `“Putin”, “Kursk” (VISIT)`. Its number where the set does not have it.
pub fn named(set: Option<&AnnotationSet>, text: &str, id: AnnotationId) -> String {
    match set.and_then(|set| Some((set, set.get(id)?))) {
        Some((_, Annotation::Span(span))) => in_words(&span.fragments.surface(text), &span.label),
        Some((set, Annotation::Relation(relation))) => {
            let spans = relation.targets().filter_map(|target| set.span(target));
            let words: Vec<String> = spans.map(|span| quoted(&span.fragments.surface(text))).collect();
            match words.is_empty() {
                true => relation.label.to_string(),
                false => format!("{} ({})", words.join(", "), relation.label),
            }
        }
        Some((_, Annotation::DocumentLabel(label))) => label.label.to_string(),
        None => id.to_string(),
    }
}

/// Words with their label: `“Kursk” (LOC)`.
pub fn in_words(surface: &str, label: &str) -> String {
    format!("{} ({label})", quoted(surface))
}

fn quoted(surface: &str) -> String {
    format!("“{}”", shortened(surface, LONGEST))
}

/// The first `most` characters of a text on one line, with an ellipsis if that is not all.
pub fn shortened(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).map(|char| if char.is_whitespace() { ' ' } else { char }).collect();
    if text.chars().nth(most).is_some() {
        short.truncate(short.trim_end().len());
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::generate;

    #[test]
    fn spans_relations_and_what_is_gone_have_names() {
        let article = generate::article(7, 900, 30, 10);
        let (set, text) = (article.sets.values().next().expect("annotations"), article.text());
        let span = set.spans().next().expect("a span");
        let surface = span.fragments.surface(text);
        assert_eq!(named(Some(set), text, span.id), format!("“{}” ({})", shortened(&surface, 30), span.label));
        let relation = set.relations().next().expect("a relation");
        let name = named(Some(set), text, relation.id);
        assert!(name.starts_with('“') && name.ends_with(&format!("” ({})", relation.label)), "{name}");
        assert_eq!(name.matches('“').count(), relation.targets().count(), "{name}");
        assert_eq!(named(Some(set), text, AnnotationId(999)), "999");
        assert_eq!(named(None, text, span.id), span.id.to_string());
        assert_eq!(shortened("eins\nzwei drei", 9), "eins zwei…");
        assert_eq!(in_words("Kursk", "LOC"), "“Kursk” (LOC)");
    }
}
