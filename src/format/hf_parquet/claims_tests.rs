//! Files that claim to hold more than they have room for.

use super::{
    HfParquet,
    file::File,
    thrift::{PageHead, PageKind},
};
use crate::format::{Format, Input, golden};
use parquet::{
    basic::{Compression, Encoding},
    data_type::{ByteArray, ByteArrayType},
    file::{
        properties::{WriterProperties, WriterPropertiesBuilder},
        writer::SerializedFileWriter,
    },
    schema::parser::parse_message_type,
};
use std::sync::Arc;

/// Where the first page of a file begins.
const FIRST: usize = 4;
const MOST: i64 = i32::MAX as i64;

/// A file with one column `text` of four long strings.
fn file(column: &str, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let schema = parse_message_type(&format!("message schema {{ {column} }}")).expect("a schema");
    let properties = Arc::new(properties.build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, Arc::new(schema), properties).expect("a file");
    let mut group = writer.next_row_group().expect("a row group");
    let mut column = group.next_column().expect("it fits").expect("a column");
    let values: Vec<ByteArray> = (0..4).map(|number| ByteArray::from(&*format!("{number} ").repeat(40))).collect();
    let levels = [1, 1, 1, 1];
    let write = column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), Some(&[0, 0, 0, 0]));
    assert_eq!(write.expect("values"), 4);
    column.close().expect("a column");
    group.close().expect("a row group");
    writer.close().expect("a file");
    bytes
}

fn properties(compression: Compression) -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(compression)
}

/// A whole number as Thrift packs it.
fn packed(number: i64) -> Vec<u8> {
    let mut left = (number << 1 ^ number >> 63) as u64;
    let mut bytes = Vec::new();
    while left >= 0x80 {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes
}

/// The page that begins there, with other claims, in the same place: it loses as many bytes as its head becomes longer.
fn with_claims(file: &[u8], at: usize, unpacked: Option<i64>, values: i64) -> Vec<u8> {
    let head = PageHead::read(&file[at..]).expect("a head");
    let end = at + head.length + head.packed;
    let (kind, field, encodings): (i64, u8, &[u8]) = match head.kind {
        PageKind::Dictionary => (2, 0x4c, b"\x15\x00\x12\x00"),
        _ => (0, 0x2c, b"\x15\x10\x15\x06\x15\x06\x00"),
    };
    let made = |length: usize| {
        let unpacked = unpacked.unwrap_or(length as i64);
        let length = packed(length as i64);
        [
            b"\x15",
            &*packed(kind),
            b"\x15",
            &packed(unpacked),
            b"\x15",
            &length,
            &[field],
            b"\x15",
            &packed(values),
            encodings,
            b"\0",
        ]
        .concat()
    };
    // A head is always as long as this one, as the length of the page takes two bytes or one throughout.
    let length = (0..end - at).rev().find(|length| made(*length).len() + length == end - at).expect("a length");
    let body = &file[at + head.length..][..length];
    [&file[..at], &made(length), body, &file[end..]].concat()
}

/// Behind the page that begins there.
fn behind(file: &[u8], at: usize) -> usize {
    let head = PageHead::read(&file[at..]).expect("a head");
    at + head.length + head.packed
}

/// A file with this description of its columns and rows.
fn described(description: &[u8]) -> Vec<u8> {
    [b"PAR1", description, &(description.len() as u32).to_le_bytes(), b"PAR1"].concat()
}

#[test]
fn claims_are_looked_at_before_room_is_made() {
    let mut wrong = Vec::new();
    let mut check = |content: &[u8], expected: &str| {
        let opened = File::open(content);
        let rows = opened.as_ref().map_err(String::clone).and_then(|file| file.rows(&mut |_| ()));
        let leaves = opened.and_then(|file| file.leaves()).map(drop);
        // The reader says so too, of rows that it reads or of the file.
        let mut warnings = Vec::new();
        let read = HfParquet.read(&Input::alone("a.parquet", content), &golden::read_options(), &mut |article| {
            warnings.extend(article.warnings);
        });
        let said = format!("{read:?} {warnings:?}");
        let is_refused = |result: &Result<(), String>| result.as_ref().is_err_and(|error| error.contains(expected));
        // Rows of nothing have no columns.
        let is_refused = is_refused(&rows) && (is_refused(&leaves) || expected.contains("MiB"));
        if !is_refused || !said.contains(expected) {
            wrong.push(format!("{expected}: {rows:?}, {leaves:?}, {said}"));
        }
    };
    let text = "required binary text (UTF8);";
    let plain = file(text, properties(Compression::UNCOMPRESSED));
    let snappy = file(text, properties(Compression::SNAPPY));
    let list = file("repeated binary text (UTF8);", properties(Compression::UNCOMPRESSED));
    for whole in [&plain, &snappy, &list] {
        let mut rows = 0;
        assert_eq!(File::open(whole).and_then(|file| file.rows(&mut |some| rows += some.len())), Ok(()));
        assert_eq!(rows, 4);
    }
    // A dictionary of more values than fit into its bytes.
    let claim = "the column text in row group 1 has a dictionary that claims to hold 2147483647 values in 332 bytes, where 83 \
                 have room; the file is damaged";
    check(&with_claims(&plain, FIRST, None, MOST), claim);
    // Pages that claim to be longer than what they are packed in allows.
    check(
        &with_claims(&snappy, FIRST, Some(MOST), 4),
        "the column text in row group 1 claims to hold 4 values in 2147483647 bytes",
    );
    // Values that are all in one row.
    let data = behind(&list, FIRST);
    check(&with_claims(&list, data, None, MOST), "claims to hold 2147483647 values in ");
    // Strings that claim more lengths than values.
    for (encoding, version) in [(Encoding::DELTA_LENGTH_BYTE_ARRAY, 1), (Encoding::DELTA_BYTE_ARRAY, 2)] {
        let properties = properties(Compression::UNCOMPRESSED).set_dictionary_enabled(false).set_encoding(encoding);
        let whole = file(text, properties);
        assert_eq!(File::open(&whole).and_then(|file| file.rows(&mut |_| ())), Ok(()));
        let mut damaged = whole;
        let head = PageHead::read(&damaged[FIRST..]).expect("a head");
        let mut lengths = FIRST + head.length;
        // The second list of lengths, if there are two.
        for _ in 1..version {
            lengths +=
                1 + damaged[lengths + 1..].windows(4).position(|bytes| bytes == b"\x80\x01\x04\x04").expect("more");
        }
        assert_eq!(&damaged[lengths..][..4], b"\x80\x01\x04\x04");
        damaged[lengths + 3..][..5].copy_from_slice(b"\xff\xff\xff\xff\x0f");
        check(&damaged, "the column text in row group 1 has a page whose lengths do not fit its values");
    }
    // Columns that are not described, columns in columns, and rows of nothing.
    let many = [b"\x15\x02\x19\x1c\x48\x01s\x15", &*packed(MOST), b"\0\x16\0\x19\x0c\0"].concat();
    check(&described(&many), "it claims to have 2147483647 columns and columns in them, and describes 0");
    let nested = [
        b"\x15\x02\x19\xfc\x80\x01",
        &*b"\x35\0\x18\x01s\x15\x02\0".repeat(127),
        b"\x15\0\x25\0\x18\x01s\0\x16\0\x19\x0c\0",
    ]
    .concat();
    check(&described(&nested), "its columns lie in each other more than 64 deep");
    let rows =
        [b"\x15\x02\x19\x1c\x48\x01s\0\x16\0\x19\x1c\x19\x0c\x16\0\x16", &*packed(i64::MAX / 2), b"\0\0"].concat();
    check(&described(&rows), "it unpacks to more than 32 MiB");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
