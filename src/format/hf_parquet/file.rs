//! Parquet files as rows of JSON.
//!
//! The library may panic on damaged files; whatever happens in it becomes an error here. It also makes room for whatever a
//! file claims to hold; such claims are looked at first.

use super::{
    HUGGING_FACE, MAGIC,
    leaves::Leaf,
    pages::CheckedFile,
    rows::{Rows, is_usual},
    thrift::children,
};
use crate::format::{dataset::Features, json_lines::Object};
use bytes::Bytes;
use parquet::{
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        reader::{FileReader, SerializedFileReader},
    },
    record::{Field, Row},
    schema::types::TypePtr,
};
use serde_json::Value;
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook},
    sync::Once,
};

/// What is read at most.
const LIMIT: u64 = 1 << 30;
/// Files that unpack to no more than this are never taken for a trap.
const HARMLESS: u64 = 32 << 20;
/// No honest file becomes longer than this many times its length.
const RATIO: u64 = 200;
/// What a row or a value takes at least, in bytes.
const SHORTEST: u64 = 8;
/// How deep columns lie in each other at most.
const DEPTH: usize = 64;

/// An open file.
pub(super) struct File {
    reader: SerializedFileReader<Bytes>,
    bytes: Bytes,
}

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

thread_local! {
    /// True while the library works on this thread.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Says nothing of panics of the library, which become errors; all others are reported as before.
fn report_no_guarded_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_hook(quiet(take_hook())));
}

/// A hook that leaves out what the library does.
fn quiet(hook: Hook) -> Hook {
    Box::new(move |panic| {
        if !IS_GUARDED.get() {
            hook(panic);
        }
    })
}

/// Runs a piece of the library.
fn guarded<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    report_no_guarded_panics();
    IS_GUARDED.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    IS_GUARDED.set(false);
    match result {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(explained(&error.to_string())),
        Err(_) => Err("the file is damaged: get it again, or have it written again".to_owned()),
    }
}

fn explained(error: &str) -> String {
    let is_codec = error.contains("Disabled feature at compile time") || error.contains("not supported");
    let advice = match is_codec {
        true => {
            "; write the file with the compression snappy or gzip, in Python with pyarrow.parquet.write_table(\
             pyarrow.parquet.read_table(\"old.parquet\"), \"new.parquet\", compression=\"snappy\")"
        }
        false => "",
    };
    format!("{}{advice}", error.strip_prefix("Parquet error: ").unwrap_or(error))
}

impl File {
    /// # Errors
    /// If it is no Parquet file.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, String> {
        if !bytes.starts_with(MAGIC) || !bytes.ends_with(MAGIC) {
            return Err("it is no whole Parquet file: it does not begin and end with PAR1".to_owned());
        }
        check_schema(bytes)?;
        let bytes = Bytes::copy_from_slice(bytes);
        let reader = guarded(|| SerializedFileReader::new(bytes.clone()))?;
        Ok(Self { reader, bytes })
    }

    /// What the file may become, in bytes.
    fn limit(&self) -> u64 {
        (self.bytes.len() as u64).saturating_mul(RATIO).max(HARMLESS)
    }

    /// The file for the library.
    fn checked(&self) -> CheckedFile<'_> {
        CheckedFile::new(&self.reader, &self.bytes, self.limit())
    }

    pub(super) fn schema(&self) -> TypePtr {
        self.reader.metadata().file_metadata().schema_descr().root_schema_ptr()
    }

    /// Keys and values that programs left beside the columns.
    pub(super) fn metadata(&self) -> Vec<KeyValue> {
        self.reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default()
    }

    /// What `datasets` says of the columns.
    pub(super) fn features(&self) -> Features {
        features(&self.metadata()).map(|found| Features::new(&found)).unwrap_or_default()
    }

    /// Hands over the rows, some at a time.
    ///
    /// # Errors
    /// Why there are no more, if that is not the end.
    pub(super) fn rows(&self, rows: &mut dyn FnMut(Vec<Object>)) -> Result<(), String> {
        let mut left = self.limit().min(LIMIT);
        let mut count = 0;
        if is_usual(&self.schema()) && self.batches(&mut count, &mut left, rows)? {
            return Ok(());
        }
        // Whatever is wrong or unusual, the library says it best.
        self.one_by_one(count, &mut left, rows)
    }

    /// Hands over rows as the library puts them together, without the first `skipped`.
    pub(super) fn one_by_one(
        &self,
        skipped: usize,
        left: &mut u64,
        rows: &mut dyn FnMut(Vec<Object>),
    ) -> Result<(), String> {
        let file = self.checked();
        let mut found = guarded(|| file.get_row_iter(None))?.skip(skipped);
        while let Some(row) = guarded(|| found.next().transpose())? {
            let object = guarded(|| Ok(object(&row, left)))?;
            rows(vec![object.ok_or_else(|| self.is_too_much())?]);
        }
        Ok(())
    }

    /// Hands over rows, and counts them, as long as there is nothing wrong with them. True at the end.
    ///
    /// # Errors
    /// If the file unpacks to too much.
    fn batches(&self, count: &mut usize, left: &mut u64, rows: &mut dyn FnMut(Vec<Object>)) -> Result<bool, String> {
        let file = self.checked();
        let metadata = self.reader.metadata();
        let schema = metadata.file_metadata().schema_descr_ptr();
        for (number, group) in metadata.row_groups().iter().enumerate() {
            let end = usize::try_from(group.num_rows()).map_or(usize::MAX, |rows| count.saturating_add(rows));
            let Ok(group) = guarded(|| file.get_row_group(number)) else { return Ok(false) };
            let Ok(mut batches) = guarded(|| Rows::new(&*group, schema.clone())) else { return Ok(false) };
            while *count < end {
                let before = *left;
                let Ok(found) = guarded(|| batches.next(left)) else {
                    *left = before;
                    return Ok(false);
                };
                if found.is_empty() || found.len() > end - *count {
                    return Ok(false);
                }
                let (most, found) = (found.len(), found.into_iter().flatten().collect::<Vec<_>>());
                let is_too_much = found.len() < most;
                *count += found.len();
                rows(found);
                if is_too_much {
                    return Err(self.is_too_much());
                }
            }
        }
        Ok(true)
    }

    fn is_too_much(&self) -> String {
        let most = self.limit().min(LIMIT) >> 20;
        format!("it unpacks to more than {most} MiB, and what comes after was not read; divide it into several files")
    }

    /// All columns as they are, with what belongs to each row.
    ///
    /// # Errors
    /// If a column can not be read.
    pub(super) fn leaves(&self) -> Result<Vec<Leaf>, String> {
        guarded(|| {
            let file = self.checked();
            let descriptor = self.reader.metadata().file_metadata().schema_descr_ptr();
            let mut leaves: Vec<Leaf> = descriptor.columns().iter().map(|column| Leaf::new(column)).collect();
            for group in 0..self.reader.metadata().num_row_groups() {
                let group = file.get_row_group(group)?;
                for (index, leaf) in leaves.iter_mut().enumerate() {
                    leaf.read(group.get_column_reader(index)?)?;
                }
            }
            leaves.iter_mut().for_each(Leaf::find_rows);
            Ok(leaves)
        })
    }
}

/// Looks at how many columns there are said to be, and how deep they lie in each other.
///
/// # Errors
/// If that is more than the file has room for.
fn check_schema(bytes: &[u8]) -> Result<(), String> {
    let Some((before, length)) = bytes.strip_suffix(MAGIC).and_then(<[u8]>::split_last_chunk) else { return Ok(()) };
    let start = before.len().saturating_sub(u32::from_le_bytes(*length) as usize);
    let (children, mut open) = (children(before.get(start..).unwrap_or_default()), Vec::new());
    let most = children.len().saturating_sub(1) as i64;
    let total = children.iter().fold(0i64, |total, count| total.saturating_add(count.saturating_abs()));
    if total > most {
        return Err(format!(
            "it claims to have {total} columns and columns in them, and describes {most}; the file is damaged: get it again, \
             or have it written again"
        ));
    }
    for count in children {
        while open.pop_if(|left| *left == 0).is_some() {}
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        open.extend((count > 0).then_some(count));
        if open.len() > DEPTH {
            return Err(format!("its columns lie in each other more than {DEPTH} deep; write it without such columns"));
        }
    }
    Ok(())
}

/// The features of the columns, as `datasets` has them in the metadata.
pub(super) fn features(metadata: &[KeyValue]) -> Option<Value> {
    let text = metadata.iter().find(|member| member.key == HUGGING_FACE)?.value.as_ref()?;
    let mut value: Value = serde_json::from_str(text).ok()?;
    value.get_mut("info")?.get_mut("features").map(Value::take)
}

/// A row as JSON; `None` when `left`, what may still be unpacked, is used up.
fn object(row: &Row, left: &mut u64) -> Option<Object> {
    *left = left.checked_sub(SHORTEST)?;
    row.get_column_iter().map(|(name, field)| Some((name.clone(), value(field, left)?))).collect()
}

/// Takes what a value takes at least, and `more` bytes, of what may still be unpacked; `None` when that is used up.
pub(super) fn charge(left: &mut u64, more: usize) -> Option<()> {
    *left = left.checked_sub(more as u64 + SHORTEST)?;
    Some(())
}

/// A value as JSON; `None` when what may still be unpacked is used up.
pub(super) fn json(field: Field, left: &mut u64) -> Option<Value> {
    match field {
        Field::Str(text) => {
            charge(left, text.len())?;
            Some(text.into())
        }
        other => value(&other, left),
    }
}

fn value(field: &Field, left: &mut u64) -> Option<Value> {
    charge(
        left,
        match field {
            Field::Str(text) => text.len(),
            _ => 0,
        },
    )?;
    Some(match field {
        Field::Bool(flag) => (*flag).into(),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) => (*number).into(),
        Field::Long(number) => (*number).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        Field::Float(number) => (*number).into(),
        Field::Double(number) => (*number).into(),
        Field::Str(text) => text.as_str().into(),
        // Strings of files whose columns do not say what they are.
        Field::Bytes(bytes) => std::str::from_utf8(bytes.data()).map(Value::from).unwrap_or_default(),
        Field::Group(row) => object(row, left)?.into(),
        Field::ListInternal(list) => {
            list.elements().iter().map(|item| value(item, left)).collect::<Option<Vec<_>>>()?.into()
        }
        Field::MapInternal(_) | Field::Null => Value::Null,
        // Dates, times and decimals, as the library shows them.
        other => {
            let shown = other.to_string();
            take_more(left, shown.len())?;
            shown.into()
        }
    })
}

fn take_more(left: &mut u64, length: usize) -> Option<()> {
    *left = left.checked_sub(length as u64)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
    };

    #[test]
    fn panics_of_the_library_become_errors_in_silence() {
        // Whoever sets a hook for the first time does so before the test.
        assert_eq!(guarded(|| Ok(1)), Ok(1));
        let (reported, here) = (Arc::new(AtomicUsize::new(0)), thread::current().id());
        let counter = reported.clone();
        let before = take_hook();
        set_hook(quiet(Box::new(move |_| {
            counter.fetch_add(usize::from(thread::current().id() == here), Ordering::Relaxed);
        })));
        let damaged = guarded(|| -> Result<(), ParquetError> { panic!("damaged") });
        let in_the_library = reported.load(Ordering::Relaxed);
        let other = catch_unwind(|| panic!("another"));
        set_hook(before);
        assert!(damaged.is_err_and(|error| error.starts_with("the file is damaged")));
        assert!(other.is_err());
        assert_eq!((in_the_library, reported.load(Ordering::Relaxed)), (0, 1));
    }
}
