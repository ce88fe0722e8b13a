//! The project folder: load, save, journal, lock, recovery, outside changes. Nothing that was shown as saved is ever lost.
//!
//! Every change goes into an append-only journal first ([`Store::commit`]); the readable files are replaced from time to
//! time ([`Store::snapshot`]). What a file holds is known by its content: the journal remembers the hash of every content
//! that Glosse wrote and up to which transaction it goes, so after a crash exactly the rest is done again, and a file that
//! somebody else changed is noticed and merged, never overwritten.
//!
//! ```text
//! project.ron                          schema and settings
//! entities.ron                         registry, one entity a line
//! articles/<id>.txt, <id>.ron          text, byte for byte; what is known of it
//! articles/<id>.original.txt           the text as imported, once it was corrected
//! annotations/<annotator>/<id>.ron     one record a line, by id
//! imported/                            files as they were imported, where they hold more than Glosse models
//! .glosse/                             lock, journal, what could not be placed; for this computer alone
//! ```

mod anchor;
mod annotation_read;
mod annotation_write;
mod aside;
mod check;
mod error;
mod extractor_record;
mod files;
mod history;
mod imported;
mod journal;
mod journal_file;
mod load;
mod merge;
mod open;
mod operation_record;
mod outside;
mod project_file;
mod record;
mod reload;
mod replay;
mod ron_file;
mod scan;
mod schema_file;
mod shared;
mod snapshot;
#[expect(clippy::module_inception, reason = "the room's main type is called like the room")]
mod store;
mod transactions;
mod work_log;
mod writer;

pub use check::check;
pub use error::{Level, Notice, StoreError};
pub use history::{HistoryEntry, undo_stacks};
pub use imported::ImportedFiles;
pub use merge::{MergeConflict, merge_sets};
pub use outside::{Outside, OutsideChange};
pub use reload::Reloaded;
pub use schema_file::read_schema;
pub use store::{Access, LoadedArticle, Loader, Opened, SaveState, Store, Written};
pub use work_log::{WorkLog, WorkStretch};

#[cfg(test)]
mod annotation_test;
#[cfg(test)]
mod store_test;
#[cfg(test)]
mod testing;
