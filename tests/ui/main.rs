//! The window, driven as a user does: by accessible names, mouse and keyboard.

#![cfg(feature = "gui")]

mod articles;
mod comparison;
mod dialogs_a;
mod dialogs_b;
mod entities;
mod export;
mod extractors;
mod harness;
mod inspector;
mod keyboard;
mod low;
mod names;
mod odd_texts;
mod queue;
mod raster_renderer;
mod relations;
mod review;
mod spans;
mod suggest_all;
mod suggesting;
mod suggestions;
mod undo;
mod window;
