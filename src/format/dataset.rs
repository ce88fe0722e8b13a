//! Rows of data sets as Hugging Face has them, in JSON lines and in Parquet files: tokens with tags, or text with entities.

mod columns;
mod read;
mod tags;
#[cfg(test)]
mod tests;
mod write;

pub(super) use columns::{Features, Roles};
pub(super) use read::{RowReader, tell_once};
pub(super) use write::{Classes, Shape, row};

use super::{Holds, option::FormatOption};

/// What rows with all columns hold.
pub(super) const HOLDS: Holds = Holds {
    text: true,
    nested: true,
    crossing: true,
    zero_width: true,
    sub_token: true,
    document_labels: true,
    ..Holds::NONE
};

/// Which columns new rows have.
pub(super) const COLUMNS: &[FormatOption] = &[FormatOption {
    name: "columns",
    values: "text, tokens or both",
    allows: |value| matches!(value, "text" | "tokens" | "both"),
}];
