//! The thread that writes: journal lines first, all that are waiting at once, then files. Nothing is dropped on failure.

use super::{
    error::remedy,
    files::journal_path,
    journal::{LineBytes, Place},
    journal_file::JournalFile,
    shared::{PAUSE, PendingLine, Shared, State},
    snapshot::replace_files,
};
use std::sync::{Arc, MutexGuard, PoisonError};

/// Files that are replaced between two looks at the journal's queue.
const BATCH: usize = 64;

/// Writes until the store is closed and nothing is left, or nothing can be written any more.
pub(super) fn run(shared: &Shared, mut journal: JournalFile) {
    let mut state = shared.lock();
    loop {
        if !state.lines.is_empty() {
            state = write_lines(shared, state, &mut journal);
        } else if !state.files.is_empty() {
            state = write_files(shared, state, &mut journal);
        } else if state.closing {
            break;
        } else {
            state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let failing = state.line_failure.is_some() || state.file_failure.is_some();
        shared.done.notify_all();
        if failing {
            if state.closing {
                break;
            }
            let waiting = |state: &mut State| !state.retry && !state.closing;
            state = shared.wake.wait_timeout_while(state, PAUSE, waiting).unwrap_or_else(PoisonError::into_inner).0;
            state.retry = false;
        }
    }
    state.stopped = true;
    shared.done.notify_all();
}

/// Writes all waiting lines and waits for the disk once.
fn write_lines<'a>(
    shared: &'a Shared,
    state: MutexGuard<'a, State>,
    journal: &mut JournalFile,
) -> MutexGuard<'a, State> {
    let batch: Vec<Arc<LineBytes>> = state.lines.iter().map(|line| line.bytes.clone()).collect();
    drop(state);
    let result = journal.append(&batch);
    let mut state = shared.lock();
    match result {
        Ok(mut offset) => {
            state.line_failure = None;
            for bytes in batch {
                if let Some(PendingLine { transaction: Some(seq), .. }) = state.lines.pop_front() {
                    let operations = bytes.operations();
                    let place = Place::File { offset: offset + operations.start as u64, len: operations.len() };
                    state.journal.set_place(seq, place);
                }
                offset += bytes.len() as u64;
            }
        }
        Err(error) => {
            let path = journal_path(&shared.root);
            state.line_failure = Some(format!("{error}{}: {}", remedy(&error), path.display()));
        }
    }
    state
}

/// Replaces the next few files.
fn write_files<'a>(
    shared: &'a Shared,
    mut state: MutexGuard<'a, State>,
    journal: &mut JournalFile,
) -> MutexGuard<'a, State> {
    let mut batch = Vec::new();
    while batch.len() < BATCH
        && let Some(key) = state.files.pop_front()
    {
        if let Some(content) = state.contents.remove(&key) {
            let known = state.known.get(&key).and_then(|known| known.hash);
            state.writing.insert(key.clone());
            batch.push((key, content, known));
        }
    }
    drop(state);
    let failed = replace_files(shared, &batch, journal);
    let mut state = shared.lock();
    state.writing.clear();
    state.file_failure = None;
    for ((key, content, _), error) in batch.into_iter().zip(failed) {
        let Some(error) = error else { continue };
        state.file_failure = Some(error);
        if !state.contents.contains_key(&key) {
            state.files.push_back(key.clone());
            state.contents.insert(key, content);
        }
    }
    state
}
