//! An open project without a window: changes, undo, saving, import, and work in the background.

mod assistant;
mod background;
mod error;
mod import;
pub mod linking;
mod matcher;
mod occurrences;
mod revision;
mod search;
#[cfg(test)]
mod search_tests;
#[expect(clippy::module_inception, reason = "the room's main type is called like the room")]
mod session;
#[cfg(test)]
mod session_tests;
mod statistics;
pub mod suggest;

pub use assistant::Assistant;
pub use background::{ArticleSummary, Background, SetCounts};
pub use error::SessionError;
pub use import::{ImportReport, ImportRequest, read_files};
pub use occurrences::{Occurrence, OccurrenceOptions, occurrences, occurrences_in_article};
pub use search::{Case, Control, Found, Hit, Mode, Query, SearchError, SpanFilter, search_articles, search_texts};
pub use session::{Change, Session};
pub use statistics::{
    AnnotationCounts, AnnotatorRecord, AnnotatorStatistics, ArticleCounts, ProjectStatistics, StatisticsRecord,
    StatusCounts, TextCounts,
};
