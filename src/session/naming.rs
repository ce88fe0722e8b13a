//! Annotations by their words, as titles in the history name them: nobody knows an annotation by its number.

use crate::model::{Annotation, AnnotationId, AnnotationSet, Relation};

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

/// A relation without its label: `Besuch: visitor Putin, place Kursk`, or `visitor Putin, place Kursk` where it has no trigger.
pub fn arguments(set: &AnnotationSet, relation: &Relation, text: &str) -> String {
    let arguments =
        relation.arguments.iter().map(|argument| format!("{} {}", argument.role, target(set, argument.target, text)));
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    match relation.trigger {
        Some(trigger) => format!("{}: {arguments}", target(set, trigger, text)),
        None => arguments,
    }
}

/// What a relation links: a span by its words, a relation by its label and trigger.
pub fn target(set: &AnnotationSet, id: AnnotationId, text: &str) -> String {
    if let Some(span) = set.span(id) {
        return shortened(&span.fragments.surface(text), 28);
    }
    let Some(relation) = set.relation(id) else { return id.to_string() };
    let trigger = relation.trigger.and_then(|trigger| set.span(trigger));
    let words = trigger.map(|trigger| format!(" “{}”", shortened(&trigger.fragments.surface(text), 20)));
    format!("[{}{}]", relation.label, words.unwrap_or_default())
}

/// Words with their label: `“Kursk” (LOC)`.
pub fn in_words(surface: &str, label: &str) -> String {
    format!("{} ({label})", quoted(surface))
}

/// Words in quotation marks, on one line and shortened.
pub fn quoted(surface: &str) -> String {
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
        let words = arguments(set, relation, text);
        let trigger = relation.trigger.map(|trigger| format!("{}: ", target(set, trigger, text))).unwrap_or_default();
        assert!(words.starts_with(&trigger), "{words}");
        for argument in &relation.arguments {
            assert!(words.contains(&format!("{} {}", argument.role, target(set, argument.target, text))), "{words}");
        }
        assert_eq!(named(Some(set), text, AnnotationId(999)), "999");
        assert_eq!(named(None, text, span.id), span.id.to_string());
        assert_eq!(shortened("eins\nzwei drei", 9), "eins zwei…");
        assert_eq!(in_words("Kursk", "LOC"), "“Kursk” (LOC)");
    }
}
