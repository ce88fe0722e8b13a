//! The window, driven as a user does: by accessible names, mouse and keyboard.

#![cfg(feature = "gui")]

mod harness;
mod raster_renderer;

mod articles;
mod dialogs_a;
mod inspector;
mod names;
mod odd_texts;
mod relations;
mod spans;
mod undo;
mod window;
