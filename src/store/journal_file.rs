//! The journal file, written at its end and nowhere else.

use super::{
    files::journal_path,
    journal::LineBytes,
    ron_file::{replace, sync_folder},
};
use std::{
    borrow::Borrow,
    fs,
    io::{BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// The journal file, open for writing at its end.
pub(super) struct JournalFile {
    path: PathBuf,
    file: Option<fs::File>,
    /// Bytes that are known to be good and on disk.
    len: u64,
}

impl JournalFile {
    pub(super) fn new(root: &Path, len: u64) -> Self {
        Self { path: journal_path(root), file: None, len }
    }

    /// Appends lines and returns the offset of the first byte, when all are on disk.
    pub(super) fn append(&mut self, lines: &[impl Borrow<LineBytes>]) -> std::io::Result<u64> {
        let result = self.try_append(lines);
        if result.is_err()
            && let Some(file) = &self.file
        {
            // Part of a line may be there; it must not stand before the line's second try. If even this fails, the next
            // try does it again.
            let _ = file.set_len(self.len);
        }
        result
    }

    fn try_append(&mut self, lines: &[impl Borrow<LineBytes>]) -> std::io::Result<u64> {
        let len = self.len;
        self.check()?;
        let file = self.open()?;
        if file.metadata()?.len() != len {
            file.set_len(len)?;
        }
        file.seek(SeekFrom::Start(len))?;
        // Short parts go together; those of a line as large as an import need no copy.
        let mut writer = BufWriter::with_capacity(1 << 16, &mut *file);
        let mut written = 0;
        for part in lines.iter().flat_map(|line| line.borrow().parts()) {
            writer.write_all(part)?;
            written += part.len() as u64;
        }
        writer.flush()?;
        drop(writer);
        file.sync_data()?;
        self.len += written;
        Ok(len)
    }

    fn open(&mut self) -> std::io::Result<&mut fs::File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let is_new = !self.path.exists();
                let file =
                    fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
                if file.metadata()?.len() < self.len {
                    return Err(std::io::Error::other("the journal has become shorter; was it replaced?"));
                }
                if is_new && let Some(folder) = self.path.parent() {
                    let _ = sync_folder(folder);
                }
                file
            }
        };
        Ok(self.file.insert(file))
    }

    /// If somebody removed the journal, what was in it is written again: it can still be read as long as it is open.
    fn check(&mut self) -> std::io::Result<()> {
        if self.path.exists() {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        if !folder.parent().is_some_and(|root| root.join("project.ron").exists()) {
            return Err(std::io::Error::new(std::io::ErrorKind::NotFound, "the project folder is gone"));
        }
        fs::create_dir_all(folder)?;
        let Some(mut old) = self.file.take() else { return Ok(()) };
        let mut content = Vec::new();
        old.seek(SeekFrom::Start(0))?;
        old.take(self.len).read_to_end(&mut content)?;
        replace(&self.path, &content).map_err(|error| std::io::Error::other(error.to_string()))
    }
}
