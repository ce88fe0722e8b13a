//! Icons of the Phosphor family, by name. Code points are those of its web font 2.1.2.

use super::theme::family;
use egui::{FontFamily, FontId, RichText};

macro_rules! icons {
    ($($name:ident = $code:literal),* $(,)?) => {
        $(pub const $name: char = $code;)*
    };
}

icons! {
    SEARCH = '\u{e30c}', FOLDER_OPEN = '\u{e256}', FOLDER_PLUS = '\u{e258}', FILE_PLUS = '\u{e236}',
    GEAR = '\u{e270}', SUN = '\u{e472}', MOON = '\u{e330}', UNDO = '\u{e038}', REDO = '\u{e036}',
    EXPORT = '\u{eaf0}', CARET_RIGHT = '\u{e13a}', CARET_DOWN = '\u{e136}', CLOSE = '\u{e4f6}', CHECK = '\u{e182}',
    CIRCLE = '\u{e18a}', CIRCLE_HALF = '\u{e18c}', CHECK_CIRCLE = '\u{e184}', LINK = '\u{e2e2}',
    REVERSE = '\u{e0a0}', TRASH = '\u{e4a6}', PENCIL = '\u{e3b4}', NOTE = '\u{e348}', TAG = '\u{e478}',
    USER = '\u{e4c2}', HISTORY = '\u{e1a0}', WARNING = '\u{e4e0}', INFO = '\u{e2ce}', KEYBOARD = '\u{e2d8}',
    BOOK = '\u{e8f2}', TABLE = '\u{e476}', SIDEBAR = '\u{ec24}', LOCK = '\u{e2fa}', PLUS = '\u{e3d4}',
    TARGET = '\u{e47c}', GRAPH = '\u{eb58}', MORE = '\u{e1fe}', FILTER = '\u{e266}', SAVE = '\u{e248}',
    QUESTION = '\u{e3e8}', LIST = '\u{e2f0}', ARROW_UP = '\u{e08e}', ARROW_DOWN = '\u{e03e}', GLOBE = '\u{e288}',
}

/// The icon as text, `points` high.
pub fn icon(code: char, points: f32) -> RichText {
    RichText::new(code).font(font(points))
}

/// The font that icons are set in.
pub fn font(points: f32) -> FontId {
    FontId::new(points, FontFamily::Name(family::ICONS.into()))
}
