//! Tags of tokens, by name or by number, and the places of tokens in a text.

use super::columns::Features;
use crate::{
    format::conll::{chunks, parse},
    text::TextRange,
};
use serde_json::Value;

/// The words for the tag of a token outside all spans.
const OUTSIDE: [&str; 3] = ["O", "_", ""];

/// The tags of a row by name, and whether they stand there as numbers without names.
pub(super) fn tag_names(tags: &[Value], features: &Features, column: &str) -> (Vec<String>, bool) {
    let names = features.names(column);
    let mut unnamed = false;
    let name = |tag: &Value| match (tag.as_str(), tag.as_i64()) {
        (Some(name), _) => name.to_owned(),
        (None, Some(number)) => {
            let name = usize::try_from(number).ok().and_then(|number| names?.get(number).cloned());
            // Of numbers that nobody names, 0 is nothing, and -100 is what trainers skip.
            unnamed |= name.is_none() && number > 0;
            name.unwrap_or_else(|| if number > 0 { number.to_string() } else { "O".to_owned() })
        }
        (None, None) => "O".to_owned(),
    };
    (tags.iter().map(name).collect(), unnamed)
}

/// The spans in tags, by the numbers of their tokens. Tags without `B-` and the like are labels: neighbors with the same one
/// are one span.
pub(super) fn spans(tags: &[String]) -> Vec<(usize, usize, &str)> {
    let parsed: Vec<_> = tags
        .iter()
        .map(|tag| parse(tag).or_else(|| (!OUTSIDE.contains(&tag.as_str())).then_some(('I', tag.as_str()))))
        .collect();
    chunks(&parsed)
}

/// The label in a tag.
pub(super) fn label(tag: &str) -> Option<&str> {
    parse(tag).map(|(_, label)| label).or_else(|| (!OUTSIDE.contains(&tag)).then_some(tag))
}

/// Tokens with one space between them, and where each is.
pub(super) fn join(tokens: &[&str]) -> (String, Vec<TextRange>) {
    let (mut text, mut places) = (String::new(), Vec::new());
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        let start = text.len();
        text.push_str(token);
        places.push(TextRange::from_usize(start, text.len()));
    }
    (text, places)
}

/// Where the tokens stand in a text, one behind the other with nothing but white space between them; `None` if they are not
/// those of the text.
pub(super) fn align(text: &str, tokens: &[&str]) -> Option<Vec<TextRange>> {
    let mut at = 0;
    let mut places = Vec::new();
    for token in tokens {
        let rest = text.get(at..)?;
        let start = if rest.starts_with(token) { at } else { at + (rest.len() - rest.trim_start().len()) };
        if !text.get(start..)?.starts_with(token) {
            return None;
        }
        at = start + token.len();
        places.push(TextRange::from_usize(start, at));
    }
    text.get(at..)?.trim().is_empty().then_some(places)
}
