//! What proposes spans and relations: memory, names of entities, rules, learned tagger, patterns of relations.
//!
//! Everything here is a function of texts and annotations that are handed in: what was made or trained from them
//! answers with [`SpanProposal`]s for a text. Nothing here knows a project folder, an open session or a screen, and
//! nothing changes an annotation: what is proposed becomes an annotation of status *suggested* only in the session.

mod alias;
pub mod gazetteer;
mod hash;
pub mod lexicon;
pub mod linker;
mod memory;
mod relations;
pub mod rules;
pub mod tagger;

pub use alias::{ALIKE, alias_key, alike};
pub use memory::{Counts, EVEN, Memory};
pub use relations::{RelationModel, RelationProposal, RelationReason};

use crate::{model::Name, text::TextRange};
use std::cmp::Ordering;

/// A span that might be there.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanProposal {
    pub range: TextRange,
    /// A label of the project's schema.
    pub label: Name,
    /// Probability that a person accepts place and label as they stand, from 0 to 1.
    pub score: f32,
    pub reason: Reason,
}

impl SpanProposal {
    /// The order in which one is chosen before another: by score, the highest first, then by place and label.
    pub fn likeliest_first(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| (self.range, &self.label).cmp(&(other.range, &other.label)))
    }
}

/// Why something is proposed, for a person to judge it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The same words had this label before: how often that was accepted and rejected in this project.
    Memory { accepted: u32, rejected: u32 },
    /// The words are a name of an entity of the project; its usual name.
    Entity { name: String },
    /// A rule found it, by name: `date`, `quantity`, `handle`.
    Rule { name: Name },
    /// A tagger learned it: from this project, or the starter model.
    Tagger { model: Name },
}

impl Reason {
    /// The reason in words, as it stands in the provenance of a suggestion with `label`.
    pub fn in_words(&self, label: &str) -> String {
        let times = |count: u32| if count == 1 { "once".to_owned() } else { format!("{count} times") };
        match self {
            Self::Memory { accepted, rejected: 0 } => format!("accepted {} as {label}", times(*accepted)),
            Self::Memory { accepted, rejected } => {
                format!("accepted {} as {label}, rejected {}", times(*accepted), times(*rejected))
            }
            Self::Entity { name } => format!("a name of the entity {name}"),
            Self::Rule { name } => format!("found by the rule {name}"),
            Self::Tagger { model } => format!("learned: {model}"),
        }
    }
}

/// Asked now and then by long work, with the share that is done from 0 to 1; false stops the work.
pub type Control<'a> = &'a (dyn Fn(f32) -> bool + Sync);
