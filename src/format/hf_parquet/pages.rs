//! Looks at pages before the library does, which makes room for whatever their heads claim.

use super::thrift::{PageHead, PageKind, differences};
use bytes::Bytes;
use parquet::{
    basic::{Encoding, Type as Physical},
    bloom_filter::Sbbf,
    column::page::{Page, PageMetadata, PageReader},
    errors::{ParquetError, Result},
    file::{
        metadata::{ParquetMetaData, RowGroupMetaData},
        reader::{FileReader, RowGroupReader, SerializedFileReader},
    },
    record::reader::RowIter,
    schema::types::{ColumnDescPtr, Type},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What a value takes at least when it is read, in bytes: two levels and a number.
const VALUE: u64 = 16;
/// What to do about it.
const ADVICE: &str = "the file is damaged: get it again, or have it written again";

/// A file whose pages are looked at.
pub(super) struct CheckedFile<'a> {
    reader: &'a SerializedFileReader<Bytes>,
    bytes: &'a Bytes,
    /// How many bytes the pages of the file may still become.
    left: Arc<AtomicU64>,
}

impl<'a> CheckedFile<'a> {
    /// A file whose pages may become `limit` bytes.
    pub(super) fn new(reader: &'a SerializedFileReader<Bytes>, bytes: &'a Bytes, limit: u64) -> Self {
        Self { reader, bytes, left: Arc::new(AtomicU64::new(limit)) }
    }
}

impl FileReader for CheckedFile<'_> {
    fn metadata(&self) -> &ParquetMetaData {
        self.reader.metadata()
    }

    fn num_row_groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    fn get_row_group(&self, number: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        let reader = self.reader.get_row_group(number)?;
        Ok(Box::new(CheckedGroup { reader, number, bytes: self.bytes, left: &self.left }))
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

/// Rows whose pages are looked at.
struct CheckedGroup<'a> {
    reader: Box<dyn RowGroupReader + 'a>,
    number: usize,
    bytes: &'a Bytes,
    left: &'a Arc<AtomicU64>,
}

impl RowGroupReader for CheckedGroup<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.reader.metadata()
    }

    fn num_columns(&self) -> usize {
        self.reader.num_columns()
    }

    fn get_column_page_reader(&self, index: usize) -> Result<Box<dyn PageReader>> {
        let metadata = self.metadata().column(index);
        let (start, length) = metadata.byte_range();
        let (start, length) = (usize::try_from(start)?, usize::try_from(length)?);
        let bytes = self.bytes.get(start..).unwrap_or_default();
        let place = format!("the column {} in row group {}", metadata.column_path().string(), self.number + 1);
        Ok(Box::new(CheckedPages {
            reader: self.reader.get_column_page_reader(index)?,
            ahead: self.bytes.slice_ref(bytes.get(..length).unwrap_or(bytes)),
            column: metadata.column_descr_ptr(),
            place,
            left: self.left.clone(),
        }))
    }

    fn get_column_bloom_filter(&self, index: usize) -> Option<&Sbbf> {
        self.reader.get_column_bloom_filter(index)
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

/// The pages of one column in one row group.
struct CheckedPages {
    reader: Box<dyn PageReader>,
    /// What of the column was not yet looked at.
    ahead: Bytes,
    column: ColumnDescPtr,
    /// Which column it is, for messages.
    place: String,
    left: Arc<AtomicU64>,
}

impl CheckedPages {
    fn refused(&self, claim: &str) -> ParquetError {
        ParquetError::General(format!("{} {claim}; {ADVICE}", self.place))
    }

    /// Looks at the head of the next page, and says how many values it claims.
    fn check_head(&mut self) -> Result<u64> {
        while !self.ahead.is_empty() {
            let head =
                PageHead::read(&self.ahead).ok_or_else(|| self.refused("has a page whose head can not be read"))?;
            let end = head.length.saturating_add(head.packed).min(self.ahead.len());
            self.ahead = self.ahead.slice(end..);
            let most = head.unpacked / self.shortest();
            if head.kind == PageKind::Dictionary && head.values > most {
                let claim = format!(
                    "has a dictionary that claims to hold {} values in {} bytes, where {most} have room",
                    head.values, head.unpacked
                );
                return Err(self.refused(&claim));
            }
            self.spend(head)?;
            if head.kind != PageKind::Other {
                return Ok(head.values);
            }
        }
        Ok(0)
    }

    /// Counts what a page claims to become.
    fn spend(&self, head: PageHead) -> Result<()> {
        let room = head.values.saturating_mul(VALUE).saturating_add(head.unpacked);
        let took = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(room));
        took.map(drop).map_err(|_| {
            let claim = format!(
                "claims to hold {} values in {} bytes unpacked from {}, more than such a file can become",
                head.values, head.unpacked, head.packed
            );
            self.refused(&claim)
        })
    }

    /// The length of the shortest value of a dictionary, in bytes.
    fn shortest(&self) -> u64 {
        match self.column.physical_type() {
            Physical::BOOLEAN => 1,
            Physical::INT32 | Physical::FLOAT | Physical::BYTE_ARRAY => 4,
            Physical::INT64 | Physical::DOUBLE => 8,
            Physical::INT96 => 12,
            Physical::FIXED_LEN_BYTE_ARRAY => u64::try_from(self.column.type_length()).unwrap_or(1).max(1),
        }
    }

    /// Looks at the counts of an unpacked page, whose head claimed so many values.
    fn check_page(&self, page: &Page, claimed: u64) -> Result<()> {
        if u64::from(page.num_values()) != claimed {
            return Err(self.refused("has pages where its first pages do not end"));
        }
        let is_delta = matches!(page.encoding(), Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY);
        if page.is_data_page() && is_delta && counts(page, &self.column).is_none() {
            return Err(self.refused("has a page whose lengths do not fit its values"));
        }
        Ok(())
    }
}

/// `None` if the lengths of a page's strings are not as many as its values at most.
fn counts(page: &Page, column: &ColumnDescPtr) -> Option<()> {
    let (values, most) = (values(page, column)?, u64::from(page.num_values()));
    let (count, end) = differences(values)?;
    if count > most {
        return None;
    }
    if page.encoding() == Encoding::DELTA_BYTE_ARRAY {
        let (count, _) = differences(values.get(end?..)?)?;
        return (count <= most).then_some(());
    }
    Some(())
}

/// What of a page stands behind the levels.
fn values<'a>(page: &'a Page, column: &ColumnDescPtr) -> Option<&'a [u8]> {
    match page {
        Page::DataPage { buf, num_values, def_level_encoding, rep_level_encoding, .. } => {
            let mut rest = buf.as_ref();
            let levels = [(column.max_rep_level(), rep_level_encoding), (column.max_def_level(), def_level_encoding)];
            for (level, encoding) in levels.into_iter().filter(|(level, _)| *level > 0) {
                let length = match encoding {
                    Encoding::RLE => {
                        let (length, behind) = rest.split_first_chunk()?;
                        rest = behind;
                        u64::from(u32::from_le_bytes(*length))
                    }
                    _ => (u64::from(*num_values) * u64::from(i16::BITS - level.leading_zeros())).div_ceil(8),
                };
                rest = rest.get(usize::try_from(length).ok()?..)?;
            }
            Some(rest)
        }
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let length = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
            buf.get(usize::try_from(length).ok()?..)
        }
        Page::DictionaryPage { .. } => None,
    }
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let claimed = self.check_head()?;
        let page = self.reader.get_next_page()?;
        page.iter().try_for_each(|page| self.check_page(page, claimed))?;
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.reader.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        let _ = self.check_head()?;
        self.reader.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.reader.at_record_boundary()
    }
}
