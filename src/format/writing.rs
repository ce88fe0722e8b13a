//! What writers share: whole files, and file names made from article ids.

use super::{Exported, FormatError, Loss, Output, loss::LossLog};
use crate::model::slug;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Writes one complete file.
pub(super) fn write_file(output: &mut dyn Output, name: &str, content: &[u8]) -> Result<(), FormatError> {
    let mut file = output.create(name)?;
    file.write_all(content).and_then(|()| file.flush()).map_err(FormatError::io(name))
}

/// Articles that are made ready at a time, on all cores.
const BATCH: usize = 64;

/// Makes something of each article, on all cores, and hands the results on in the order of the articles; holds few of them
/// at a time.
///
/// # Errors
/// The first error of `done`.
pub(super) fn for_batches<'a, T: Send>(
    articles: &mut dyn Iterator<Item = Exported<'a>>,
    make: &(dyn Fn(&Exported<'a>) -> T + Sync),
    done: &mut dyn FnMut(T) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut ready: Vec<T> = Vec::new();
    loop {
        let batch: Vec<Exported<'a>> = articles.take(BATCH).collect();
        let mut made = Vec::new();
        // While one batch is handed on, the next is made.
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| made = batch.par_iter().map(make).collect());
            ready.drain(..).try_for_each(&mut *done)
        })?;
        if made.is_empty() {
            return Ok(());
        }
        ready = made;
    }
}

/// File names without ending, one for each article.
#[derive(Debug, Default)]
pub(super) struct Stems {
    taken: BTreeSet<String>,
}

impl Stems {
    /// The article's id where that can be a file name; otherwise one made from it, which is a loss.
    pub(super) fn give(&mut self, exported: Exported<'_>, losses: &mut Vec<Loss>) -> String {
        let id = exported.id.as_str();
        let wanted = if exported.id.is_portable() { id.to_owned() } else { slug(id) };
        let mut stem = wanted.clone();
        let mut number = 2;
        // Some file systems take upper and lower case for the same.
        while !self.taken.insert(stem.to_lowercase()) {
            stem = format!("{wanted}-{number}");
            number += 1;
        }
        if stem != id {
            let what = format!("the id of the article; its files are called {stem}");
            LossLog::new(exported, losses).article(what, "it can not be a file name");
        }
        stem
    }
}
