//! What others (an editor, git) did to the files of an open project.

use super::{
    files::{ContentHash, FileKey},
    load::annotators,
    open::list_articles,
    ron_file::hash_of,
    shared::{Look, Shared, look},
};
use crate::model::{ArticleId, SetKey};
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Files that one call looks at, besides schema and entities.
const FILES: usize = 400;

/// A file that somebody else changed, made or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideChange {
    pub path: PathBuf,
    pub what: Outside,
}

/// What an outside change concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outside {
    Project,
    Entities,
    Text(ArticleId),
    Metadata(ArticleId),
    Set(SetKey),
    NewArticle(ArticleId),
    RemovedArticle(ArticleId),
}

impl Outside {
    pub(super) fn key(&self) -> FileKey {
        match self {
            Self::Project => FileKey::Project,
            Self::Entities => FileKey::Entities,
            Self::Text(id) | Self::NewArticle(id) | Self::RemovedArticle(id) => FileKey::Text(id.clone()),
            Self::Metadata(id) => FileKey::Metadata(id.clone()),
            Self::Set(key) => FileKey::Set(key.clone()),
        }
    }
}

/// The change that gave a file this content.
pub(super) fn outside_of(root: &Path, key: &FileKey, hash: ContentHash) -> OutsideChange {
    let what = match key {
        FileKey::Project => Outside::Project,
        FileKey::Entities => Outside::Entities,
        FileKey::Text(id) if hash.is_none() => Outside::RemovedArticle(id.clone()),
        FileKey::Text(id) => Outside::Text(id.clone()),
        FileKey::Metadata(id) => Outside::Metadata(id.clone()),
        FileKey::Set(set) => Outside::Set(set.clone()),
    };
    OutsideChange { path: key.path(root), what }
}

/// What the watch remembers between two looks.
pub(super) struct Watch {
    articles: BTreeSet<ArticleId>,
    folder: Look,
    /// Contents that were reported already.
    reported: HashMap<FileKey, ContentHash>,
    /// Where the next look goes on.
    next: Option<FileKey>,
}

impl Watch {
    pub(super) fn new(root: &Path, articles: BTreeSet<ArticleId>) -> Self {
        Self { articles, folder: look(&root.join("articles")), reported: HashMap::new(), next: None }
    }

    /// The change was taken over or refused: the same content is news if it comes again.
    pub(super) fn settle(&mut self, what: &Outside) {
        self.reported.remove(&what.key());
        match what {
            Outside::NewArticle(id) => {
                self.articles.insert(id.clone());
            }
            Outside::RemovedArticle(id) => {
                self.articles.remove(id);
            }
            _ => {}
        }
    }

    /// The change is news again at the next look.
    pub(super) fn postpone(&mut self, what: &Outside) {
        self.reported.remove(&what.key());
    }

    pub(super) fn poll(&mut self, shared: &Shared) -> Vec<OutsideChange> {
        let root = &shared.root;
        let mut changes: Vec<OutsideChange> = Vec::new();
        for change in std::mem::take(&mut shared.lock().outside) {
            let key = change.what.key();
            let hash = hash_of(&change.path).unwrap_or_default();
            if self.reported.insert(key, hash) != Some(hash) {
                changes.push(change);
            }
        }
        for key in self.next_keys(shared) {
            self.look_at(shared, &key, &mut changes);
        }
        self.list(shared, &mut changes);
        let mut seen = BTreeSet::new();
        changes.retain(|change| seen.insert(change.what.clone()));
        debug_assert!(changes.iter().all(|change| change.path.starts_with(root)));
        changes
    }

    /// Schema, entities and the next few hundred other files, among them those that annotators have not written so far.
    fn next_keys(&mut self, shared: &Shared) -> BTreeSet<FileKey> {
        let annotators = annotators(&shared.root);
        let state = shared.lock();
        let mut keys: BTreeSet<FileKey> = [FileKey::Project, FileKey::Entities].into();
        let from = self.next.take();
        let start = from.as_ref().unwrap_or(&FileKey::Project);
        for key in state.known.range(start..).map(|(key, _)| key) {
            if keys.len() >= FILES {
                self.next = Some(key.clone());
                break;
            }
            if let FileKey::Text(article) = key {
                keys.extend(
                    annotators.iter().map(|annotator| {
                        FileKey::Set(SetKey { article: article.clone(), annotator: annotator.clone() })
                    }),
                );
            }
            keys.insert(key.clone());
        }
        keys.retain(|key| !state.writing.contains(key));
        keys
    }

    fn look_at(&mut self, shared: &Shared, key: &FileKey, changes: &mut Vec<OutsideChange>) {
        let path = key.path(&shared.root);
        let now = look(&path);
        let known = shared.lock().known.get(key).copied();
        if known.map(|known| known.look).unwrap_or_default() == now {
            return;
        }
        let Ok(hash) = hash_of(&path) else { return };
        let mut state = shared.lock();
        if state.writing.contains(key) || state.known.get(key).copied() != known {
            return;
        }
        if known.map(|known| known.hash).unwrap_or_default() == hash {
            if let Some(known) = state.known.get_mut(key) {
                known.look = now;
            }
            return;
        }
        drop(state);
        if self.reported.insert(key.clone(), hash) != Some(hash) {
            changes.push(outside_of(&shared.root, key, hash));
        }
    }

    /// Articles that came or went.
    fn list(&mut self, shared: &Shared, changes: &mut Vec<OutsideChange>) {
        let folder = shared.root.join("articles");
        let now = look(&folder);
        // Within the resolution of the clock a later change leaves the same time.
        let is_fresh = now.is_some_and(|(time, _)| {
            SystemTime::now().duration_since(time).is_ok_and(|age| age < Duration::from_secs(3))
        });
        if now == self.folder && !is_fresh {
            return;
        }
        let Ok(found) = list_articles(&shared.root, &mut Vec::new()) else { return };
        self.folder = now;
        let state = shared.lock();
        let ours = |id: &ArticleId| {
            let key = FileKey::Text(id.clone());
            state.is_pending(&key) || state.dirty.contains(&key)
        };
        let known = |id: &ArticleId| state.known.get(&FileKey::Text(id.clone())).and_then(|known| known.hash);
        let mut report = |what: Outside| {
            let key = what.key();
            let hash = matches!(what, Outside::NewArticle(_)).then_some(0);
            if self.reported.insert(key.clone(), hash) != Some(hash) {
                changes.push(OutsideChange { path: key.path(&shared.root), what });
            }
        };
        let mut settled = self.articles.clone();
        for id in found.difference(&self.articles).filter(|id| !ours(id)) {
            if known(id).is_some() {
                settled.insert(id.clone());
            } else {
                report(Outside::NewArticle(id.clone()));
            }
        }
        for id in self.articles.difference(&found).filter(|id| !ours(id)) {
            let was_known = state.known.get(&FileKey::Text(id.clone()));
            if was_known.is_some_and(|known| known.hash.is_none()) {
                settled.remove(id);
            } else {
                report(Outside::RemovedArticle(id.clone()));
            }
        }
        drop(state);
        self.articles = settled;
    }
}
