//! The text of an article and positions in it: offsets, units, words, sentences, edits.
//!
//! Inside Glosse a position is a [`ByteOffset`] into UTF-8 text and a stretch is a [`TextRange`].
//! Every other unit (code points, UTF-16 units, lines) exists only at a border and is converted by
//! [`OffsetTable`]. This room knows nothing of annotations.

mod carry;
mod edit;
mod matcher;
mod offset;
pub mod segment;
mod table;

pub use carry::SameWords;
pub use edit::{TextEdit, edits_between};
pub use matcher::{Case, Matcher, PatternError};
pub use offset::{ByteOffset, TextRange};
pub use table::OffsetTable;
