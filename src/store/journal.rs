//! What the journal says, by file and by transaction. The operations themselves stay on disk until they are wanted.
//!
//! A line is `<crc32, 8 hexadecimal digits> <header>\t<operations>\n`; the checksum covers what follows the space.

use super::{
    HistoryEntry, Level, Notice, StoreError,
    files::{ContentHash, FileKey, journal_path},
    operation_record::{Header, read_operations},
};
use crate::{
    edit::Operation,
    model::{ArticleId, SetKey},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{ErrorKind, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
    sync::Arc,
};

/// Bytes of the journal that are read at a time.
const BLOCK: u64 = if cfg!(test) { 1 << 12 } else { 1 << 24 };

/// A content that a file was given: everything up to transaction `through` is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Intent {
    pub hash: ContentHash,
    pub through: u64,
}

/// The contents that a file may have if nobody else changed it.
#[derive(Clone, Debug, Default)]
struct Contents {
    /// True if the first one was there for sure; before that the file may also not be there yet.
    is_settled: bool,
    /// In the order in which they were given.
    intents: Vec<Intent>,
}

/// Whether a file is about to get a content, or has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Planned,
    Done,
}

/// Where the operations of a transaction are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    File {
        offset: u64,
        len: usize,
    },
    /// Not on disk yet: they are in this line.
    Memory(Arc<LineBytes>),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub history: HistoryEntry,
    pub place: Place,
}

/// The headers of all transactions and snapshots.
#[derive(Debug, Default)]
pub(super) struct Journal {
    // Invariant: ascending by number.
    entries: Vec<Entry>,
    /// Transactions that change a file, ascending. A text's also change the sets of its article.
    touches: HashMap<FileKey, Vec<u64>>,
    /// Transactions in which an article came or went.
    comings: HashMap<ArticleId, Vec<u64>>,
    contents: HashMap<FileKey, Contents>,
    highest_ids: HashMap<SetKey, u32>,
    /// Which annotators ever touched an article.
    annotators: HashMap<ArticleId, Vec<SetKey>>,
}

/// The bytes of a journal line in the parts in which they were made: an import has lines of megabytes, which are not put
/// together in memory.
#[derive(Debug)]
pub(super) struct LineBytes(
    // Invariant: checksum, header and tab, then the operations; the last part ends with the line break.
    Vec<Vec<u8>>,
);

impl LineBytes {
    /// The line with this header, and with operations of which the parts are given.
    pub(super) fn new(header: &Header, operations: Vec<Vec<u8>>) -> Self {
        // A header is plain data and always JSON.
        let mut header = serde_json::to_vec(header).unwrap_or_default();
        header.push(b'\t');
        let mut checksum = crc32fast::Hasher::new();
        std::iter::once(&header).chain(&operations).for_each(|part| checksum.update(part));
        let mut head = format!("{:08x} ", checksum.finalize()).into_bytes();
        head.append(&mut header);
        let mut parts = vec![head];
        parts.extend(operations);
        if let Some(last) = parts.last_mut() {
            last.push(b'\n');
        }
        Self(parts)
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    pub(super) fn len(&self) -> usize {
        self.parts().map(<[u8]>::len).sum()
    }

    /// The bytes of the operations, counted from the start of the line.
    pub(super) fn operations(&self) -> Range<usize> {
        let start = self.parts().next().map_or(0, <[u8]>::len);
        start..self.len() - 1
    }
}

/// The line that says that a file gets or has this content.
pub(super) fn intent_line(key: &FileKey, intent: Intent, stage: Stage) -> LineBytes {
    let header = Header {
        snapshot: Some(key.name()),
        hash: intent.hash.map(|hash| format!("{hash:016x}")),
        through: Some(intent.through),
        done: stage == Stage::Done,
        ..Header::default()
    };
    LineBytes::new(&header, Vec::new())
}

/// A journal file, read.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub journal: Journal,
    /// Bytes up to the end of the last good line.
    pub good_len: u64,
    /// What comes after them: the rest of a line that was being written.
    pub torn: Vec<u8>,
    /// True if the last good line misses its line break.
    pub unfinished: bool,
    /// Lines that are damaged although good ones follow.
    pub notices: Vec<Notice>,
}

enum Line {
    Transaction(Box<Entry>, Vec<(SetKey, u32)>),
    Snapshot(FileKey, Intent, Stage),
    /// Good, but of a kind that this version does not know.
    Other,
}

/// Reads all headers of the journal of the project in `root`.
///
/// # Errors
/// If the file is there and can not be read.
pub(super) fn scan(root: &Path) -> Result<Scanned, StoreError> {
    let path = journal_path(root);
    let (lines, torn) = match fs::File::open(&path) {
        Ok(file) => read_lines(file).map_err(StoreError::io(&path, "read the journal"))?,
        Err(error) if error.kind() == ErrorKind::NotFound => Default::default(),
        Err(error) => return Err(StoreError::Io { path, doing: "open the journal", error }),
    };
    let good = lines.iter().rposition(|line| line.content.is_some()).map_or(0, |last| last + 1);
    let last = good.checked_sub(1).and_then(|last| lines.get(last));
    let mut scanned = Scanned {
        torn,
        unfinished: last.is_some_and(|line| !line.is_finished),
        good_len: last.map_or(0, |line| line.end),
        ..Scanned::default()
    };
    for (index, line) in lines.into_iter().take(good).enumerate() {
        let problem = match line.content {
            None => {
                Some("the line is damaged: its checksum does not fit; what was done there is lost to undo and recovery")
            }
            Some(Line::Other) => None,
            Some(Line::Snapshot(key, intent, stage)) => {
                scanned.journal.add_intent(key, intent, stage);
                None
            }
            Some(Line::Transaction(entry, ids)) => (!scanned.journal.add(*entry, &ids))
                .then_some("the line has the number of an earlier transaction and is not used"),
        };
        if let Some(problem) = problem {
            scanned.notices.push(Notice::new(Level::Error, &path, Some(index + 1), problem));
        }
    }
    Ok(scanned)
}

/// A line of the journal file.
struct ReadLine {
    /// Where the next line begins.
    end: u64,
    /// False if its line break is missing.
    is_finished: bool,
    /// `None` if it is damaged.
    content: Option<Line>,
}

/// Reads all lines, many at a time on all cores, and gives the bytes behind the last good one. Memory does not grow with the
/// file but by what the headers say.
fn read_lines(mut file: fs::File) -> std::io::Result<(Vec<ReadLine>, Vec<u8>)> {
    let mut lines: Vec<ReadLine> = Vec::new();
    let (mut bytes, mut at) = (Vec::new(), 0);
    loop {
        let before = bytes.len();
        (&mut file).take(BLOCK).read_to_end(&mut bytes)?;
        let fresh = bytes.get(before..).unwrap_or_default();
        let end = match fresh.iter().rposition(|byte| *byte == b'\n') {
            Some(place) => before + place + 1,
            // A line may be longer than a block.
            None if !fresh.is_empty() => continue,
            None => bytes.len(),
        };
        let whole: Vec<(u64, &[u8])> = bytes
            .get(..end)
            .unwrap_or_default()
            .split_inclusive(|byte| *byte == b'\n')
            .scan(at, |next, line| {
                let start = *next;
                *next += line.len() as u64;
                Some((start, line))
            })
            .collect();
        let read = |(start, line): &(u64, &[u8])| ReadLine {
            end: start + line.len() as u64,
            is_finished: line.ends_with(b"\n"),
            content: read_line(line, *start),
        };
        lines.par_extend(whole.par_iter().with_min_len(8).map(read));
        let is_end = fresh.is_empty();
        bytes.drain(..end);
        at += end as u64;
        if is_end {
            break;
        }
    }
    let good = lines.iter().rev().find(|line| line.content.is_some()).map_or(0, |line| line.end);
    let mut torn = Vec::new();
    file.seek(SeekFrom::Start(good))?;
    file.read_to_end(&mut torn)?;
    Ok((lines, torn))
}

fn read_line(line: &[u8], start: u64) -> Option<Line> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let checksum = line.get(..8).and_then(|digits| std::str::from_utf8(digits).ok());
    let checksum = checksum.and_then(|digits| u32::from_str_radix(digits, 16).ok())?;
    let body = line.get(9..).filter(|_| line.get(8) == Some(&b' '))?;
    if crc32fast::hash(body) != checksum {
        return None;
    }
    let tab = body.iter().position(|byte| *byte == b'\t')?;
    let header: Header = serde_json::from_slice(body.get(..tab)?).ok()?;
    if let Some(name) = &header.snapshot {
        let hash = match &header.hash {
            Some(digits) => Some(u64::from_str_radix(digits, 16).ok()?),
            None => None,
        };
        let intent = Intent { hash, through: header.through? };
        let stage = if header.done { Stage::Done } else { Stage::Planned };
        return Some(FileKey::parse(name).map_or(Line::Other, |key| Line::Snapshot(key, intent, stage)));
    }
    let Some(history) = header.history() else { return Some(Line::Other) };
    let place = Place::File { offset: start + (9 + tab + 1) as u64, len: body.len() - tab - 1 };
    Some(Line::Transaction(Box::new(Entry { history, place }), set_ids(&header)))
}

/// The highest id that a transaction names, by set.
pub(super) fn set_ids(header: &Header) -> Vec<(SetKey, u32)> {
    let key = |article: &str, annotator: &str| SetKey { article: article.into(), annotator: annotator.into() };
    header.sets.iter().map(|(article, annotator, id)| (key(article, annotator), *id)).collect()
}

impl Journal {
    /// Adds a transaction; `false` if its number is not above all others.
    pub(super) fn add(&mut self, entry: Entry, ids: &[(SetKey, u32)]) -> bool {
        let seq = entry.history.seq;
        if seq <= self.last_seq() {
            return false;
        }
        let touched = &entry.history.touched;
        let mut touch = |key: FileKey| {
            let list = self.touches.entry(key).or_default();
            if list.last() != Some(&seq) {
                list.push(seq);
            }
        };
        for article in touched.texts.iter().chain(&touched.articles) {
            touch(FileKey::Text(article.clone()));
        }
        for article in touched.metadata.iter().chain(&touched.articles) {
            touch(FileKey::Metadata(article.clone()));
        }
        for set in &touched.sets {
            touch(FileKey::Set(set.clone()));
        }
        if touched.entities {
            touch(FileKey::Entities);
        }
        if touched.project {
            touch(FileKey::Project);
        }
        for article in &touched.articles {
            self.comings.entry(article.clone()).or_default().push(seq);
        }
        for (set, id) in ids {
            let highest = self.highest_ids.entry(set.clone()).or_insert_with(|| {
                self.annotators.entry(set.article.clone()).or_default().push(set.clone());
                0
            });
            *highest = (*highest).max(*id);
        }
        self.entries.push(entry);
        true
    }

    /// A file gets this content; or it has it, and those before it are of the past.
    pub(super) fn add_intent(&mut self, key: FileKey, intent: Intent, stage: Stage) {
        let contents = self.contents.entry(key).or_default();
        if stage == Stage::Done {
            contents.is_settled = true;
            contents.intents.clear();
        }
        contents.intents.push(intent);
    }

    /// Number of the last transaction; 0 if there is none.
    pub(super) fn last_seq(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.history.seq)
    }

    pub(super) fn entry(&self, seq: u64) -> Option<&Entry> {
        let index = self.entries.binary_search_by_key(&seq, |entry| entry.history.seq).ok()?;
        self.entries.get(index)
    }

    /// The operations of this transaction are on disk now.
    pub(super) fn set_place(&mut self, seq: u64, place: Place) {
        if let Ok(index) = self.entries.binary_search_by_key(&seq, |entry| entry.history.seq)
            && let Some(entry) = self.entries.get_mut(index)
        {
            entry.place = place;
        }
    }

    pub(super) fn history(&self) -> Vec<HistoryEntry> {
        self.entries.iter().map(|entry| entry.history.clone()).collect()
    }

    pub(super) fn last_intent(&self, key: &FileKey) -> Option<Intent> {
        self.contents.get(key)?.intents.last().copied()
    }

    /// The transactions behind number `after` that change this file.
    pub(super) fn touches(&self, key: &FileKey, after: u64) -> Vec<u64> {
        let of = |key: &FileKey| {
            let all = self.touches.get(key).map(Vec::as_slice).unwrap_or_default();
            all.get(all.partition_point(|seq| *seq <= after)..).unwrap_or_default().to_vec()
        };
        let mut found = of(key);
        if let FileKey::Set(set) = key {
            found.extend(of(&FileKey::Text(set.article.clone())));
            found.sort_unstable();
            found.dedup();
        }
        found
    }

    /// The articles that came or went, each with the last such transaction.
    pub(super) fn comings(&self) -> impl Iterator<Item = (&ArticleId, u64)> {
        self.comings.iter().filter_map(|(article, seqs)| Some((article, *seqs.last()?)))
    }

    /// All annotators of an article whom the journal knows.
    pub(super) fn sets_of(&self, article: &ArticleId) -> &[SetKey] {
        self.annotators.get(article).map(Vec::as_slice).unwrap_or_default()
    }

    /// Articles with a file that was not seen in place with everything that was done.
    ///
    /// In the order of the first transaction that is missing, so that none is read again and again to load them all.
    pub(super) fn articles_behind(&self) -> Vec<ArticleId> {
        let missing = |key: &FileKey| {
            // The content that is surely in place is the first one that is still remembered.
            let settled = self.contents.get(key).filter(|contents| contents.is_settled);
            let through = settled.and_then(|contents| contents.intents.first()).map_or(0, |intent| intent.through);
            self.touches(key, through).first().copied()
        };
        let mut behind: BTreeMap<&ArticleId, u64> = BTreeMap::new();
        for key in self.touches.keys().chain(self.contents.keys()) {
            if let (Some(article), Some(seq)) = (key.article(), missing(key)) {
                behind.entry(article).and_modify(|first| *first = seq.min(*first)).or_insert(seq);
            }
        }
        let mut ordered: Vec<(u64, &ArticleId)> = behind.into_iter().map(|(article, seq)| (seq, article)).collect();
        ordered.sort_unstable();
        ordered.into_iter().map(|(_, article)| article.clone()).collect()
    }

    /// For each set that was ever changed the first id that was never given in it.
    pub(super) fn free_ids(&self) -> impl Iterator<Item = (&SetKey, u32)> {
        self.highest_ids.iter().map(|(set, id)| (set, id.saturating_add(1)))
    }

    /// The first id that no transaction ever named in this set.
    pub(super) fn free_id(&self, set: &SetKey) -> u32 {
        self.highest_ids.get(set).map_or(1, |id| id.saturating_add(1))
    }

    /// Up to which transaction a file with this content goes.
    pub(super) fn start(&self, key: &FileKey, hash: ContentHash) -> Start {
        let contents = self.contents.get(key);
        let intents = contents.map(|contents| contents.intents.as_slice()).unwrap_or_default();
        if let Some(intent) = intents.iter().rev().find(|intent| intent.hash == hash) {
            return Start::Known(intent.through);
        }
        // What a transaction changes is settled before it if it is there. So this file was not there, and its first
        // content had not arrived when the program ended.
        if hash.is_none() && !contents.is_some_and(|contents| contents.is_settled) {
            return Start::Known(0);
        }
        Start::Changed(intents.last().map_or(0, |intent| intent.through))
    }
}

/// Up to which transaction a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Exactly this far.
    Known(u64),
    /// Somebody else changed it after it went this far.
    Changed(u64),
}

impl Start {
    pub(super) fn seq(self) -> u64 {
        match self {
            Self::Known(seq) | Self::Changed(seq) => seq,
        }
    }
}

/// Reads operations from the journal of the project in `root`.
pub(super) fn read_place(root: &Path, seq: u64, place: &Place) -> Result<Vec<Operation>, StoreError> {
    let json = match place {
        // The line break behind them is no matter to JSON.
        Place::Memory(line) => line.parts().skip(1).collect::<Vec<_>>().concat(),
        Place::File { offset, len } => {
            let path = journal_path(root);
            let mut file = fs::File::open(&path).map_err(StoreError::io(&path, "open the journal"))?;
            let mut bytes = vec![0; *len];
            let read = file.seek(SeekFrom::Start(*offset)).and_then(|_| file.read_exact(&mut bytes));
            read.map_err(StoreError::io(&path, "read the journal"))?;
            bytes
        }
    };
    read_operations(&json).map_err(|reason| StoreError::Unreadable {
        path: journal_path(root),
        line: None,
        reason: format!("transaction {seq} can not be read: {reason}"),
        remedy: "report this; the other transactions are not affected",
    })
}
