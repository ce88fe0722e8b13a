//! Mentions in brackets, and the entities that they name.

use super::misc;
use crate::{
    model::{EntityId, Fragments, slug},
    text::TextRange,
};

/// A word, or an empty node, in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Its row, where rows are kept.
    pub row: usize,
    pub place: TextRange,
}

/// One piece of a mention.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'s> {
    /// What stands in its opening bracket.
    pub content: &'s str,
    pub first: Node,
    pub last: Node,
}

/// A mention as the file has it.
#[derive(Clone, Debug)]
pub(super) struct Mention<'s> {
    pub id: &'s str,
    pub label: &'s str,
    pub pieces: Vec<Piece<'s>>,
}

/// What a mention covers.
pub(super) fn fragments(mention: &Mention<'_>) -> Option<Fragments> {
    Fragments::new(mention.pieces.iter().map(|piece| piece.first.place.cover(piece.last.place)))
}

/// The entity that an id in the file names. A mere number that only one mention has names none.
pub(super) fn entity_of(id: &str, is_shared: bool, article: &str) -> Option<EntityId> {
    match is_number(id) {
        true => is_shared.then(|| EntityId::new(&format!("{}-{id}", slug(article)))),
        false => Some(EntityId::new(&misc::unescaped(id))),
    }
}

/// The id for an entity, such that [`entity_of`] finds it again.
pub(super) fn id_of(entity: &EntityId) -> String {
    let form = misc::escaped(entity.as_str());
    match form.chars().next().filter(|_| is_number(&form)) {
        Some(first) if first.is_ascii() => {
            format!("%{:02X}{}", u32::from(first), form.get(1..).unwrap_or_default())
        }
        _ => form,
    }
}

/// True for ids that only tell mentions apart: `e12`, `12`, `T3`.
pub(super) fn is_number(id: &str) -> bool {
    let digits = id.trim_start_matches(|char: char| char.is_ascii_alphabetic());
    id.len() - digits.len() <= 1 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_come_back() {
        for name in ["wladimir-putin", "e5", "12", "Täter Gruppe", "x", ""] {
            let entity = EntityId::new(name);
            let id = id_of(&entity);
            if !name.is_empty() {
                assert_eq!(entity_of(&id, false, "a"), Some(entity), "{id}");
            }
        }
        assert_eq!(entity_of("e5", false, "a"), None);
        assert_eq!(entity_of("e5", true, "Ä b"), Some(EntityId::new("ae-b-e5")));
    }
}
