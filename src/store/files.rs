//! Which files a project folder has, and which part of a project each one holds.

use crate::model::{AnnotatorName, ArticleId, SetKey};
use std::path::{Path, PathBuf};

/// One file of a project that is replaced as a whole. Its state is a function of the journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum FileKey {
    Project,
    Entities,
    Text(ArticleId),
    Metadata(ArticleId),
    Set(SetKey),
}

impl FileKey {
    /// Path inside the project folder, with `/` between folders on every system: the name in the journal.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Project => "project.ron".to_owned(),
            Self::Entities => "entities.ron".to_owned(),
            Self::Text(article) => format!("articles/{article}.txt"),
            Self::Metadata(article) => format!("articles/{article}.ron"),
            Self::Set(key) => format!("annotations/{}/{}.ron", key.annotator, key.article),
        }
    }

    /// The opposite of [`FileKey::name`].
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "project.ron" => return Some(Self::Project),
            "entities.ron" => return Some(Self::Entities),
            _ => {}
        }
        if let Some(file) = name.strip_prefix("articles/") {
            let (stem, is_text) = match (file.strip_suffix(".txt"), file.strip_suffix(".ron")) {
                (Some(stem), _) => (stem, true),
                (_, Some(stem)) => (stem, false),
                _ => return None,
            };
            let article = ArticleId::new(stem);
            if !article.is_portable() {
                return None;
            }
            return Some(if is_text { Self::Text(article) } else { Self::Metadata(article) });
        }
        let (annotator, article) = name.strip_prefix("annotations/")?.strip_suffix(".ron")?.split_once('/')?;
        let key = SetKey { article: ArticleId::new(article), annotator: AnnotatorName::new(annotator) };
        (key.article.is_portable() && key.annotator.is_portable()).then_some(Self::Set(key))
    }

    pub(super) fn path(&self, root: &Path) -> PathBuf {
        match self {
            Self::Project => root.join("project.ron"),
            Self::Entities => root.join("entities.ron"),
            Self::Text(article) => root.join("articles").join(format!("{article}.txt")),
            Self::Metadata(article) => root.join("articles").join(format!("{article}.ron")),
            Self::Set(key) => {
                root.join("annotations").join(key.annotator.as_str()).join(format!("{}.ron", key.article))
            }
        }
    }

    /// The article that the file belongs to.
    pub(super) fn article(&self) -> Option<&ArticleId> {
        match self {
            Self::Project | Self::Entities => None,
            Self::Text(article) | Self::Metadata(article) => Some(article),
            Self::Set(key) => Some(&key.article),
        }
    }
}

/// The text of an article as it was imported, written before its first correction.
pub(super) fn original_path(root: &Path, article: &ArticleId) -> PathBuf {
    root.join("articles").join(format!("{article}.original.txt"))
}

/// The folder for what belongs to this computer alone.
pub(super) fn local_path(root: &Path) -> PathBuf {
    root.join(".glosse")
}

pub(super) fn journal_path(root: &Path) -> PathBuf {
    local_path(root).join("journal")
}

/// XXH3 of a file's content; `None` stands for a file that is not there.
pub(super) type ContentHash = Option<u64>;

pub(super) fn hash(content: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        let article = || ArticleId::new("putin-kursk.2");
        for key in [
            FileKey::Project,
            FileKey::Entities,
            FileKey::Text(article()),
            FileKey::Metadata(article()),
            FileKey::Set(SetKey { article: article(), annotator: "anna".into() }),
        ] {
            assert_eq!(FileKey::parse(&key.name()), Some(key));
        }
        for name in ["articles/../x.txt", "annotations/a/b/c.ron", "annotations/../x.ron", "articles/x", "lock"] {
            assert_eq!(FileKey::parse(name), None, "{name}");
        }
    }
}
