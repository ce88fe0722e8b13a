//! How long each annotator worked on each article: stretches of work, a line each, in a file per annotator.
//!
//! The files lie in `.glosse/time`, belong to this computer alone and say nothing of annotations. A line that was torn when
//! the program ended is passed over.

use super::{Access, Loader, Store, StoreError, files::local_path, ron_file::read_bytes};
use crate::model::{AnnotatorName, ArticleId, SetKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

/// A stretch of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkStretch {
    /// Who worked, and on what.
    pub set: SetKey,
    pub duration: Duration,
    /// When it ended.
    pub until: Timestamp,
}

/// A stretch as it stands in the file; members that a version does not know are passed over.
#[derive(Debug, Serialize, Deserialize)]
struct StretchRecord {
    article: String,
    milliseconds: u64,
    /// As RFC 3339, for people.
    until: String,
}

/// Writes stretches of work on a thread of its own, in the order in which they come. Dropping it waits until all are written.
pub struct WorkLog {
    sender: Option<mpsc::Sender<WorkStretch>>,
    thread: Option<JoinHandle<()>>,
    failure: Arc<Mutex<Option<StoreError>>>,
}

impl WorkLog {
    fn start(root: &Path) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel::<WorkStretch>();
        let failure = Arc::new(Mutex::new(None));
        let (shared, folder) = (failure.clone(), root.to_owned());
        let work = move || {
            for stretch in receiver {
                let path = work_path(&folder, &stretch.set.annotator);
                if let Err(error) = append(&path, &stretch).map_err(StoreError::io(&path, "note the time of work")) {
                    shared.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            }
        };
        let thread = std::thread::Builder::new().name("glosse-work-log".to_owned()).spawn(work);
        let thread = thread.map_err(StoreError::io(root, "start the thread that notes the time of work"))?;
        Ok(Self { sender: Some(sender), thread: Some(thread), failure })
    }

    /// Notes a stretch; returns at once.
    pub fn append(&self, stretch: WorkStretch) {
        // The thread ends only when this is dropped.
        if let Some(sender) = &self.sender {
            let _ = sender.send(stretch);
        }
    }

    /// Why a stretch could not be written, the first time that it happens after the last call.
    pub fn take_failure(&self) -> Option<StoreError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for WorkLog {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported there, and the project is not to suffer from it.
            let _ = thread.join();
        }
    }
}

impl Store {
    /// The notes on time of work; `None` in a project that is open for reading.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn work_log(&self) -> Result<Option<WorkLog>, StoreError> {
        match self.access() {
            Access::Write => WorkLog::start(self.root()).map(Some),
            Access::Read => Ok(None),
        }
    }
}

impl Loader {
    /// How long an annotator worked on each article, as far as this computer knows.
    ///
    /// # Errors
    /// If there are notes that can not be read.
    pub fn time_of_work(&self, annotator: &AnnotatorName) -> Result<BTreeMap<ArticleId, Duration>, StoreError> {
        let bytes = read_bytes(&work_path(self.root(), annotator))?.unwrap_or_default();
        let mut times: BTreeMap<ArticleId, Duration> = BTreeMap::new();
        for line in String::from_utf8_lossy(&bytes).lines() {
            if let Ok(record) = serde_json::from_str::<StretchRecord>(line) {
                *times.entry(ArticleId::new(&record.article)).or_default() +=
                    Duration::from_millis(record.milliseconds);
            }
        }
        Ok(times)
    }
}

fn work_path(root: &Path, annotator: &AnnotatorName) -> PathBuf {
    local_path(root).join("time").join(format!("{annotator}.jsonl"))
}

fn append(path: &Path, stretch: &WorkStretch) -> std::io::Result<()> {
    let record = StretchRecord {
        article: stretch.set.article.to_string(),
        milliseconds: u64::try_from(stretch.duration.as_millis()).unwrap_or(u64::MAX),
        until: stretch.until.to_string(),
    };
    let mut line = serde_json::to_vec(&record).map_err(std::io::Error::other)?;
    line.push(b'\n');
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new().create(true).read(true).append(true).open(path)?;
    // A line that was torn ends here, or it would take this one with it.
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            line.insert(0, b'\n');
        }
    }
    file.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Project;

    #[test]
    fn stretches_add_up_and_a_torn_line_costs_only_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("p");
        Store::create(&root, &Project::default()).expect("a project");
        let opened = Store::open(&root, Access::Write).expect("opened");
        let stretch = |annotator: &str, article: &str, seconds: u64| WorkStretch {
            set: SetKey { article: ArticleId::new(article), annotator: AnnotatorName::new(annotator) },
            duration: Duration::from_millis(1000 * seconds + 250),
            until: Timestamp::UNIX_EPOCH,
        };
        let log = opened.store.work_log().expect("a thread").expect("it can be written");
        log.append(stretch("eva", "a", 20));
        log.append(stretch("eva", "b", 3));
        log.append(stretch("max", "a", 5));
        drop(log);
        let path = work_path(&root, &AnnotatorName::new("eva"));
        let mut content = fs::read(&path).expect("written");
        content.extend_from_slice(b"{\"article\":\"a\",\"millisec");
        fs::write(&path, content).expect("torn");
        let log = opened.store.work_log().expect("a thread").expect("it can be written");
        log.append(stretch("eva", "a", 1));
        assert!(log.take_failure().is_none());
        drop(log);
        let times = |name| opened.store.loader().time_of_work(&AnnotatorName::new(name)).expect("read");
        let found: Vec<_> = times("eva").into_iter().map(|(id, time)| (id.to_string(), time.as_millis())).collect();
        assert_eq!(found, [("a".to_owned(), 21_500), ("b".to_owned(), 3_250)]);
        assert_eq!(times("max").values().sum::<Duration>().as_millis(), 5_250);
        assert!(times("nobody").is_empty());
        let reader = Store::open(&root, Access::Read).expect("opened");
        assert!(reader.store.work_log().expect("no thread").is_none());
    }

    #[test]
    fn what_can_not_be_written_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("p");
        Store::create(&root, &Project::default()).expect("a project");
        let opened = Store::open(&root, Access::Write).expect("opened");
        fs::write(local_path(&root).join("time"), "no folder").expect("written");
        let log = opened.store.work_log().expect("a thread").expect("it can be written");
        log.append(WorkStretch {
            set: SetKey { article: ArticleId::new("a"), annotator: AnnotatorName::new("eva") },
            duration: Duration::from_secs(1),
            until: Timestamp::UNIX_EPOCH,
        });
        let mut failure = None;
        while failure.is_none() {
            std::thread::yield_now();
            failure = log.take_failure();
        }
        assert!(failure.is_some_and(|failure| failure.to_string().contains("note the time of work")));
    }
}
