//! Articles that only pass through memory: an import of any size, and what takes it back, need the memory of a small part of
//! it. What was let go before its files were written is brought back for that, a few articles at a time.

use super::{Session, SessionError};
use crate::{
    model::{Article, ArticleId},
    store::{LoadedArticle, StoreError},
};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// About the most bytes of articles that are in memory without anybody having asked for them. Few in tests, so that articles
/// really go and come.
const MOST: usize = if cfg!(test) { 128 << 10 } else { 16 << 20 };
/// About the bytes that a span or relation takes in memory.
pub(super) const RECORD: usize = 320;
/// Articles whose files are written at a time, when there is nothing else to do.
const A_FEW: usize = 50;
/// The same, when that is all there is to do.
const MANY: usize = 200;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// Articles in memory that nobody asked for.
    articles: BTreeMap<ArticleId, Passer>,
    bytes: usize,
    /// Articles that were let go before their files were written, the first one first.
    behind: VecDeque<ArticleId>,
    /// Articles that were brought back to be written.
    writing: Vec<ArticleId>,
}

/// An article that passes through memory.
#[derive(Clone, Copy, Debug)]
struct Passer {
    /// About how many bytes it takes.
    size: usize,
    /// The number of the last transaction that changed it since it came; 0 if none did.
    changed: u64,
}

impl Passing {
    /// Notes that an article is in memory although nobody asked for it.
    pub(super) fn note(&mut self, article: &Article) {
        let records = article.sets.values().map(|set| set.spans().len() + set.relations().len());
        let size = article.text().len() + RECORD * records.sum::<usize>();
        self.bytes += size;
        let before = self.articles.get(&article.id).copied();
        let changed = before.map_or(0, |before| before.changed);
        self.articles.insert(article.id.clone(), Passer { size, changed });
        self.bytes -= before.map_or(0, |before| before.size);
    }

    /// Notes that the transaction with the number `seq` changed an article.
    pub(super) fn note_change(&mut self, article: &Article, seq: u64) {
        if self.articles.contains_key(&article.id) {
            self.note(article);
        }
        if let Some(passer) = self.articles.get_mut(&article.id) {
            passer.changed = seq;
        }
    }

    /// Somebody asked for the article, or it is not in memory any more.
    pub(super) fn forget(&mut self, id: &ArticleId) {
        if let Some(passer) = self.articles.remove(id) {
            self.bytes -= passer.size;
        }
    }
}

impl Session {
    /// Lets go of articles that an import or the like brought into memory, when they have become many; they are loaded again
    /// when they are wanted. What was done to them has to be on disk by then. False if too many wait for that: nothing more
    /// should come in then.
    pub fn make_room(&mut self) -> bool {
        // Early enough for the disk to follow.
        if self.passing.bytes > MOST / 2 {
            let saved = self.store().saved_through();
            let on_disk = self.passing.articles.iter().filter(|(_, passer)| passer.changed <= saved);
            let articles = on_disk.map(|(id, _)| id.clone()).collect();
            self.let_go(articles);
        }
        self.passing.bytes <= MOST
    }

    /// Makes room, and waits for the disk if need be.
    ///
    /// # Errors
    /// If what was done can not be saved.
    pub(super) fn wait_for_room(&mut self) -> Result<(), SessionError> {
        while !self.make_room() {
            self.wait_until_saved()?;
        }
        Ok(())
    }

    /// Takes those of the articles out of memory that nobody asked for.
    fn let_go(&mut self, articles: Vec<ArticleId>) {
        let mut gone = Vec::new();
        for id in articles {
            if self.passing.articles.contains_key(&id) {
                self.passing.forget(&id);
                gone.push((self.unload(&id), id));
            }
        }
        let behind = gone.iter().map(|(_, id)| id).filter(|id| self.store().is_behind(id)).cloned();
        let behind: Vec<ArticleId> = behind.collect();
        self.passing.behind.extend(behind);
        // To give back so much memory takes longer than a frame.
        rayon::spawn(move || drop(gone));
    }

    /// Brings articles into memory, as far as the project has them, for work that nobody sees.
    ///
    /// # Errors
    /// If the files of one can not be read.
    pub fn bring(&mut self, articles: &BTreeSet<ArticleId>) -> Result<(), SessionError> {
        let has = |id: &&ArticleId| !self.is_loaded(id) && self.project().articles.contains_key(*id);
        let missing: Vec<&ArticleId> = articles.iter().filter(has).collect();
        let loader = self.store().loader();
        let loaded: Vec<Result<LoadedArticle, StoreError>> =
            missing.par_iter().with_min_len(8).map(|id| loader.load_article(id)).collect();
        for (id, loaded) in missing.into_iter().zip(loaded) {
            self.take_in(id, loaded?);
            self.note_passing(id);
        }
        Ok(())
    }

    /// Brings those of the articles into memory that are not there, for their files to be written, and returns them.
    fn bring_to_write(&mut self, articles: &[ArticleId]) -> (Vec<ArticleId>, Result<(), SessionError>) {
        let missing: Vec<ArticleId> = articles.iter().filter(|id| !self.is_loaded(id)).cloned().collect();
        let mut result = self.bring(&missing.iter().cloned().collect());
        if result.is_err() {
            // The others all the same.
            for id in &missing {
                let one = self.bring(&[id.clone()].into());
                result = result.and(one);
            }
        }
        (missing, result)
    }

    /// Writes the files of some articles that were let go before, if nothing else is being written.
    pub(super) fn catch_up(&mut self) {
        let is_done = self.passing.behind.is_empty() && self.passing.writing.is_empty();
        if is_done || !self.store().is_idle() {
            return;
        }
        let written = std::mem::take(&mut self.passing.writing);
        self.let_go(written);
        let count = self.passing.behind.len().min(A_FEW);
        let next: Vec<ArticleId> = self.passing.behind.drain(..count).collect();
        // An article that can not be read says so when it is opened.
        let (brought, _) = self.bring_to_write(&next);
        self.passing.writing = brought;
        self.snapshot_articles(&next);
    }

    /// Writes the files of all articles of which the journal knows more, a few articles at a time. `watch` hears how many are
    /// written, of how many, and whether to go on is asked of it.
    ///
    /// # Errors
    /// If the files of one can not be read, or writing fails; the others are written all the same.
    pub(super) fn write_all_behind(&mut self, watch: &mut dyn FnMut(usize, usize) -> bool) -> Result<(), SessionError> {
        self.passing.behind.clear();
        let behind = self.store().articles_behind();
        let mut result = Ok(());
        for (number, articles) in behind.chunks(MANY).enumerate() {
            if !watch(number * MANY, behind.len()) {
                break;
            }
            // These are read while those before are written.
            let (brought, read) = self.bring_to_write(articles);
            result = result.and(read);
            self.store().wait_until_written()?;
            let written = std::mem::replace(&mut self.passing.writing, brought);
            self.let_go(written);
            self.snapshot_articles(articles);
        }
        self.store().wait_until_written()?;
        let written = std::mem::take(&mut self.passing.writing);
        self.let_go(written);
        result
    }
}
