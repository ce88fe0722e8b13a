//! The command line as a script sees it: the real program in folders of its own.

mod apply;
mod entities;
mod export;
mod extractors;
mod import;
mod looking;
mod measure;
mod program;
mod project;
mod suggest;
mod suggestions;
mod usage;
