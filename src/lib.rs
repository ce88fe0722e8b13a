//! Glosse: label text by hand, link what was labelled, undo anything, export it.
//!
//! The rooms, from the ground floor up; a room imports only from rooms below it:
//! [`text`], [`model`], [`edit`], [`store`], [`mod@format`], [`assist`], [`outside`],
//! [`compare`], [`session`], [`cli`] and, with the
//! feature `gui`, [`ui`].

#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)
)]

/// Articles and annotations are many small things that one thread makes and another frees, for which the allocators of most
/// systems are slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod assist;
pub mod cli;
pub mod compare;
pub mod edit;
pub mod format;
pub mod model;
pub mod outside;
pub mod session;
pub mod store;
pub mod text;
#[cfg(feature = "gui")]
pub mod ui;
