//! The window, driven as a user does: by accessible names, mouse and keyboard.

#![cfg(feature = "gui")]

mod harness;
mod raster_renderer;

mod dialogs_a;
