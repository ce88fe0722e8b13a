//! What the window remembers between starts, in a file of the user's configuration folder.

use super::{
    document::{ArcMode, TagMode},
    texts::Language,
};
use crate::session::review::Order;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Projects in the list of recent ones.
const RECENT: usize = 12;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `None` follows the system.
    pub dark: Option<bool>,
    pub zoom: f32,
    pub language: Language,
    pub annotator: String,
    pub recent_projects: Vec<PathBuf>,
    pub show_articles: bool,
    pub show_inspector: bool,
    pub arcs: ArcMode,
    pub tags: TagMode,
    pub snap: bool,
    /// True if articles get suggestions when they are opened.
    pub suggest: bool,
    /// Order of the review queue.
    pub review_order: Order,
    /// Keys by command id, where they differ from the defaults.
    pub keys: BTreeMap<String, String>,
    /// True once the first hints were closed.
    pub hints_seen: bool,
    pub last_folder: PathBuf,
    pub last_export_format: String,
    pub export: ExportChoices,
    /// Where the user was, by project folder.
    pub places: BTreeMap<PathBuf, ProjectPlace>,
    /// Hosts that may be sent texts, by project folder.
    pub sends: BTreeMap<PathBuf, BTreeSet<String>>,
}

/// What was chosen for the last export, besides the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportChoices {
    pub folder: PathBuf,
    /// Review states that are written, by their words.
    pub statuses: Vec<String>,
    pub articles: ExportArticles,
    /// True if only articles are written with which the annotator is done.
    pub only_done: bool,
    /// Labels that are written; none stands for all.
    pub labels: Vec<String>,
    /// Shares of train, dev and test; none for an export in one piece.
    pub split: Option<(u16, u16, u16)>,
    pub seed: u64,
    /// The metadata key that keeps articles together in one part; empty for none.
    pub group: String,
    pub tag_scheme: String,
    /// True if a page about the data is written beside them.
    pub card: bool,
}

/// Which articles are exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportArticles {
    #[default]
    All,
    /// Those that the list of articles shows.
    Listed,
    /// The open one.
    Open,
}

impl Default for ExportChoices {
    fn default() -> Self {
        Self {
            folder: PathBuf::new(),
            statuses: vec!["accepted".to_owned()],
            articles: ExportArticles::All,
            only_done: false,
            labels: Vec::new(),
            split: None,
            seed: 0,
            group: String::new(),
            tag_scheme: String::new(),
            card: false,
        }
    }
}

/// Where the user was in a project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectPlace {
    pub article: String,
    /// Scroll position in points and caret in bytes, by article.
    pub positions: BTreeMap<String, (f64, u32)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dark: None,
            zoom: 1.0,
            language: Language::English,
            annotator: String::new(),
            recent_projects: Vec::new(),
            show_articles: true,
            show_inspector: true,
            arcs: ArcMode::Selection,
            tags: TagMode::Always,
            snap: true,
            suggest: true,
            review_order: Order::default(),
            keys: BTreeMap::new(),
            hints_seen: false,
            last_folder: PathBuf::new(),
            last_export_format: "jsonl".to_owned(),
            export: ExportChoices::default(),
            places: BTreeMap::new(),
            sends: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// True if the user agreed that texts of the project in `root` go to this host.
    pub fn may_send(&self, root: &Path, host: &str) -> bool {
        self.sends.get(root).is_some_and(|hosts| hosts.contains(host))
    }

    /// The file for this user, if the system has a place for it.
    pub fn path() -> Option<PathBuf> {
        Some(directories::ProjectDirs::from("", "", "glosse")?.config_dir().join("settings.ron"))
    }

    /// The settings in this file; the defaults if there are none. A file that can not be understood is kept under another
    /// name, and the reason returned.
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let Ok(text) = std::fs::read_to_string(path) else { return (Self::default(), None) };
        match ron::from_str(&text) {
            Ok(settings) => (settings, None),
            Err(error) => {
                let kept = path.with_extension("ron.bad");
                // Where even that fails, the message still says what is wrong with the file.
                let _ = std::fs::rename(path, &kept);
                let reason = format!("{}:{error}; kept as {}", path.display(), kept.display());
                (Self::default(), Some(reason))
            }
        }
    }

    /// Writes the settings, in one step.
    ///
    /// # Errors
    /// If the folder can not be made or written.
    pub fn save(&self, path: &Path) -> Result<(), String> {
        let write = || -> Result<(), Box<dyn std::error::Error>> {
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let text = ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default())?;
            let temporary = path.with_extension("ron.new");
            std::fs::write(&temporary, text)?;
            Ok(std::fs::rename(&temporary, path)?)
        };
        write().map_err(|error| format!("{error}: {}", path.display()))
    }

    /// Puts a project to the top of the recent ones.
    pub fn remember_project(&mut self, root: &Path) {
        self.recent_projects.retain(|other| other != root);
        self.recent_projects.insert(0, root.to_owned());
        self.recent_projects.truncate(RECENT);
    }
}
