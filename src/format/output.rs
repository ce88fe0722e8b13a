//! Written files on disk: complete or not there at all.

use super::{FormatError, Output};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Component, Path, PathBuf},
    sync::mpsc::{self, SyncSender, TrySendError},
    thread::{self, JoinHandle},
};

/// More files than this are not forced to disk one by one; an export can be repeated.
const SYNC_LIMIT: usize = 16;

/// Writes into temporary files beside their places and moves them there all together, see [`DirectoryOutput::commit`].
/// Dropped before that, it leaves nothing behind.
#[derive(Debug)]
pub struct DirectoryOutput {
    place: Place,
    pending: Vec<Pending>,
}

#[derive(Debug)]
enum Place {
    /// The main file; others go beside it.
    File(PathBuf),
    Folder(PathBuf),
}

#[derive(Debug)]
struct Pending {
    temporary: PathBuf,
    path: PathBuf,
}

impl DirectoryOutput {
    /// For [`super::Layout::OneFile`]: the main file is `path`.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { place: Place::File(path.into()), pending: Vec::new() }
    }

    /// For [`super::Layout::Folder`]: all files lie in `path`.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self { place: Place::Folder(path.into()), pending: Vec::new() }
    }

    /// Puts all files in their places, over older ones of the same name; returns their paths.
    ///
    /// # Errors
    /// If a file can not be moved; those before it are in their places then.
    pub fn commit(mut self) -> Result<Vec<PathBuf>, FormatError> {
        let pending = std::mem::take(&mut self.pending);
        let sync = pending.len() <= SYNC_LIMIT;
        let mut paths = Vec::new();
        for (index, file) in pending.iter().enumerate() {
            let done = match sync {
                true => File::open(&file.temporary).and_then(|opened| opened.sync_all()),
                false => Ok(()),
            };
            let done = done.and_then(|()| fs::rename(&file.temporary, &file.path));
            if let Err(error) = done {
                for left in pending.iter().skip(index) {
                    // What can not be removed does no harm; the error below is the one to tell.
                    let _ = fs::remove_file(&left.temporary);
                }
                return Err(FormatError::Io { path: file.path.clone(), error });
            }
            paths.push(file.path.clone());
        }
        Ok(paths)
    }

    fn path(&self, name: &str) -> PathBuf {
        match &self.place {
            Place::Folder(folder) => folder.join(name),
            Place::File(path) if name.is_empty() => path.clone(),
            Place::File(path) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                path.with_file_name(format!("{stem}.{name}"))
            }
        }
    }
}

impl Output for DirectoryOutput {
    fn create<'a>(&'a mut self, name: &str) -> Result<Box<dyn Write + 'a>, FormatError> {
        let path = self.path(name);
        // Names come from article ids, which come from files of others.
        if Path::new(name).components().any(|part| !matches!(part, Component::Normal(_))) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "the name leads out of the folder");
            return Err(FormatError::Io { path, error });
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(FormatError::io(folder))?;
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = folder.join(format!(".{file_name}.{}-{}.tmp", std::process::id(), self.pending.len()));
        let file = File::create(&temporary).map_err(FormatError::io(&path))?;
        self.pending.push(Pending { temporary, path });
        Ok(match self.pending.len() <= SYNC_LIMIT {
            true => Box::new(BufWriter::new(ToDisk::new(file))),
            false => Box::new(BufWriter::new(file)),
        })
    }
}

/// Bytes of a file after which these go to disk, while more is written: at the end nobody waits for all of them.
const TO_DISK: usize = 4 << 20;

/// A file that goes to disk while it is written, if it is large. [`Write::flush`] waits for what is on its way, and says what failed.
struct ToDisk {
    file: File,
    /// Bytes that were written since others were sent to disk.
    open: usize,
    sender: Option<Sender>,
}

/// The thread that sends to disk what is written, and how it is told.
struct Sender {
    tell: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl ToDisk {
    fn new(file: File) -> Self {
        Self { file, open: 0, sender: None }
    }

    /// # Errors
    /// If an earlier part did not come to disk.
    fn send(&mut self) -> io::Result<()> {
        self.open = 0;
        if self.sender.is_none()
            && let Ok(file) = self.file.try_clone()
        {
            let (tell, told) = mpsc::sync_channel(1);
            // A system tells of a failure once, so it is kept.
            let send = move || told.into_iter().try_for_each(|()| file.sync_data());
            let thread = thread::Builder::new().name("glosse-to-disk".to_owned()).spawn(send);
            self.sender = thread.ok().map(|thread| Sender { tell, thread });
        }
        match self.sender.as_ref().map(|sender| sender.tell.try_send(())) {
            Some(Err(TrySendError::Disconnected(()))) => self.wait(),
            // Where it is not done with what it was told last, the next time will do.
            Some(Ok(()) | Err(TrySendError::Full(()))) | None => Ok(()),
        }
    }

    fn wait(&mut self) -> io::Result<()> {
        let Some(Sender { tell, thread }) = self.sender.take() else { return Ok(()) };
        drop(tell);
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Write for ToDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.open += written;
        if self.open >= TO_DISK {
            self.send()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.wait()
    }
}

impl Drop for ToDisk {
    fn drop(&mut self) {
        // Nobody is told of a file that was given up. The thread has it open still, and some systems do not remove such files.
        let _ = self.wait();
    }
}

impl Drop for DirectoryOutput {
    fn drop(&mut self) {
        for file in &self.pending {
            // Nobody is left to tell; a temporary file does no harm.
            let _ = fs::remove_file(&file.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_appear_together_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = || {
            let mut names: Vec<_> = fs::read_dir(folder.path())
                .expect("it can be read")
                .flatten()
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        let mut output = DirectoryOutput::file(folder.path().join("a.csv"));
        output.create("").and_then(|mut file| file.write_all(b"1").map_err(FormatError::io(""))).expect("written");
        output.create("relations.csv").expect("made");
        assert_eq!(names().len(), 2);
        assert!(names().iter().all(|name| name.ends_with(".tmp")));
        drop(output);
        assert_eq!(names(), [""; 0]);

        let mut output = DirectoryOutput::file(folder.path().join("a.csv"));
        output.create("").and_then(|mut file| file.write_all(b"1").map_err(FormatError::io(""))).expect("written");
        output.create("relations.csv").expect("made");
        assert_eq!(output.commit().expect("moved").len(), 2);
        assert_eq!(names(), ["a.csv", "a.relations.csv"]);
        assert_eq!(fs::read(folder.path().join("a.csv")).expect("it is there"), b"1");
    }

    #[test]
    fn nothing_is_written_outside_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["../x", "/x", "a/../../x"] {
            let mut output = DirectoryOutput::folder(folder.path());
            assert!(output.create(name).is_err(), "{name}");
        }
    }
}
