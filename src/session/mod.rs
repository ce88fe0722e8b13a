//! An open project without a window: changes, undo, saving, import, and work in the background.

pub mod annotator;
mod assistant;
mod background;
mod confirmed;
pub mod entity_links;
mod error;
pub mod evaluate;
pub mod evaluate_csv;
pub mod evaluation;
#[cfg(test)]
mod evaluation_tests;
mod import;
#[cfg(test)]
mod import_kept_tests;
mod import_reading;
mod import_suggestions;
#[cfg(test)]
mod import_tests;
pub mod knowledge;
mod language;
mod learner;
pub mod learning_curve;
mod make_way;
pub mod missing_labels;
pub mod naming;
mod occurrences;
pub mod opinion;
mod outcomes;
pub mod outside;
#[cfg(test)]
mod outside_tests;
mod overlap;
mod passing;
mod priority;
pub mod relation_choices;
pub mod review;
mod revision;
mod search;
#[cfg(test)]
mod search_tests;
#[expect(clippy::module_inception, reason = "the room's main type is called like the room")]
mod session;
#[cfg(test)]
mod session_tests;
mod sketch;
mod statistics;
mod stopwatch;
pub mod suggest;
pub mod suggest_relations;
pub mod suggestion_report;
#[cfg(test)]
mod suggestion_report_tests;
pub mod trained;
mod undo;
mod unwanted;
mod work;

pub use assistant::Assistant;
pub use background::{ArticleSummary, Background, SetCounts};
pub use confirmed::Confirmed;
pub use error::SessionError;
pub use evaluation::EvaluationSlice;
pub use import::{ImportProgress, ImportReport, ImportRequest, UnknownLabels, WAITING, wanted_id};
pub use import_reading::{Batch, BatchReader, FileNews, read_files};
pub use import_suggestions::{BadLabelMap, LabelMap, label_map};
pub use learner::Learner;
pub use occurrences::{Occurrence, OccurrenceOptions, occurrences, occurrences_in_article};
pub use outcomes::{OutcomeCounts, Outcomes};
pub use overlap::Overlap;
pub use priority::{lower_priority, lower_shared_priority};
pub use revision::Revision;
pub use search::{Control, Found, Hit, Mode, Query, SearchError, SpanFilter, search_articles, search_texts};
pub use session::Session;
pub use sketch::{Prepared, Sketch};
pub use statistics::{
    AnnotationCounts, AnnotatorRecord, AnnotatorStatistics, ArticleCounts, ProjectStatistics, StatisticsRecord,
    StatusCounts, TextCounts,
};
pub use stopwatch::{IDLE, NOTED_AFTER, Stopwatch};
pub use undo::Change;
pub use unwanted::Unwanted;
pub use work::{Confirmation, JournalWork, work_in_journal};
