//! The only way in which a project changes: operations that can be taken back.
//!
//! A [`Draft`] carries out what a person wants (label this, remove that with what depends on it) step by step on the
//! project and collects the [`Operation`]s; [`Draft::finish`] turns them into a [`Transaction`]. Dropping a draft takes
//! everything back. [`apply()`] carries out a whole transaction, or nothing of it. Undo is `apply(transaction.inverse())`.

mod apply;
mod draft;
mod draft_decide;
mod draft_entity;
mod draft_import;
mod draft_merge;
mod draft_project;
mod draft_text;
mod error;
mod operation;

pub use apply::{ApplyError, apply};
pub use draft::Draft;
pub use draft_entity::MentionKey;
pub use draft_merge::{Arrival, Incoming, Merged};
pub use draft_project::{Fate, SchemaItem};
pub use draft_text::Damage;
pub use error::EditError;
pub use operation::{ArticleContent, Kind, Operation, Touched, Transaction};
