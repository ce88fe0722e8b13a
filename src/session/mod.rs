//! An open project without a window: changes, undo, saving, import, and work in the background.

mod background;
mod error;
mod import;
pub mod linking;
#[expect(clippy::module_inception, reason = "the room's main type is called like the room")]
mod session;

pub use background::{ArticleSummary, Background, SetCounts};
pub use error::SessionError;
pub use import::{ImportReport, ImportRequest, read_files};
pub use session::{Change, Session};
