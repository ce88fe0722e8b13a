//! An open project without a window: changes, undo, saving, import, and work in the background.

mod background;
mod error;
mod import;
#[expect(clippy::module_inception, reason = "the room's main type is called like the room")]
mod session;

pub use background::{ArticleSummary, Background};
pub use error::SessionError;
pub use import::{ImportReport, ImportRequest, read_files};
pub use session::{Change, Session};
