//! Mentions in brackets, and the entities that they name.

use super::{
    brackets::{Event, Fields, Opening, piece},
    misc,
};
use crate::{
    model::{EntityId, Fragments, slug},
    text::TextRange,
};
use std::collections::HashMap;

/// Among how many open mentions of one id the one that ends is looked for.
const REACH: usize = 64;

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

/// Puts the brackets of an article together.
#[derive(Debug, Default)]
pub(super) struct Collector<'s> {
    /// Pieces that are open, by id, each with its line.
    open: HashMap<&'s str, Vec<(Piece<'s>, Opening<'s>, usize)>>,
    /// Mentions of which pieces are missing, by id.
    partial: HashMap<&'s str, Vec<Mention<'s>>>,
    pub done: Vec<Mention<'s>>,
}

impl<'s> Collector<'s> {
    /// True while a mention is open.
    pub(super) fn waits(&self) -> bool {
        !self.open.is_empty() || !self.partial.is_empty()
    }

    /// The ids of mentions that have no end, with the lines where they begin.
    pub(super) fn open(&self) -> Vec<(String, Option<usize>)> {
        let begun = self.open.values().flatten().map(|(_, opening, line)| (opening.id.to_owned(), Some(*line)));
        let partial = self.partial.values().flatten().map(|mention| (mention.id.to_owned(), None));
        let mut all: Vec<_> = begun.chain(partial).collect();
        all.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
        all
    }

    /// Takes the next bracket; says what is wrong with it.
    pub(super) fn take(&mut self, event: Event<'s>, fields: &Fields, node: Node, line: usize) -> Option<String> {
        match event {
            Event::Open(content) => {
                let opening = fields.split(content);
                let begun = Piece { content, first: node, last: node };
                self.open.entry(opening.id).or_default().push((begun, opening, line));
                None
            }
            Event::Single(content) => self.end(Piece { content, first: node, last: node }, fields.split(content)),
            Event::Close(closing) => {
                let (id, number) = piece(closing);
                let id = if self.open.contains_key(id) { id } else { fields.split(closing).id };
                let fits =
                    |(_, opening, _): &(Piece<'_>, Opening<'_>, usize)| number.is_none() || opening.piece == number;
                let found = self.open.get_mut(id).and_then(|open| {
                    let latest = open.iter().enumerate().rev().take(REACH);
                    let (place, _) = latest.into_iter().find(|(_, one)| fits(one))?;
                    Some(open.remove(place))
                });
                if self.open.get(id).is_some_and(Vec::is_empty) {
                    self.open.remove(id);
                }
                match found {
                    Some((begun, opening, _)) => self.end(Piece { last: node, ..begun }, opening),
                    None => Some(format!("{closing}) closes no mention; it was left out")),
                }
            }
        }
    }

    /// Takes a mention, or one piece of one, that has its end.
    fn end(&mut self, piece: Piece<'s>, opening: Opening<'s>) -> Option<String> {
        let Opening { id, label, .. } = opening;
        let (number, count) = opening.piece.unwrap_or((1, 1));
        if number == 1 {
            let mention = Mention { id, label: label.unwrap_or_default(), pieces: vec![piece] };
            match count {
                1 => self.done.push(mention),
                _ => self.partial.entry(id).or_default().push(mention),
            }
            return None;
        }
        let partial = self.partial.entry(id).or_default();
        let latest = partial.iter().enumerate().rev().take(REACH);
        let place = latest.into_iter().find(|(_, open)| open.pieces.len() + 1 == number).map(|(place, _)| place);
        let problem = match place.and_then(|place| Some((place, partial.get_mut(place)?))) {
            Some((place, mention)) => {
                mention.pieces.push(piece);
                if number == count {
                    self.done.push(partial.remove(place));
                }
                None
            }
            None => Some(format!("piece {number} of {count} of {id} has no piece before it; it was left out")),
        };
        if partial.is_empty() {
            self.partial.remove(id);
        }
        problem
    }
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
