//! The window: the only room that knows egui.

pub mod document;
pub mod fonts;
pub mod icons;
pub mod raster;
pub mod theme;
