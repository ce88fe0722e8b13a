//! Tests of workbooks, with just enough of a reader for them.

use super::*;
use crate::format::{MemoryOutput, WriteOptions, golden::golden};
use std::io::Read;

/// The files in a workbook as text, by name.
pub(in crate::format) fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let number = |at: usize, length: usize| {
        bytes[at..at + length].iter().rev().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    // From the directory at the end to each file.
    let end = (0..bytes.len() - 21).rev().find(|at| bytes[*at..].starts_with(b"PK\x05\x06")).expect("a directory");
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut parts = BTreeMap::new();
    for _ in 0..count {
        let (method, packed, local) = (number(at + 10, 2), number(at + 20, 4), number(at + 42, 4));
        let (name, extra, comment) = (number(at + 28, 2), number(at + 30, 2), number(at + 32, 2));
        let name_text = String::from_utf8_lossy(&bytes[at + 46..at + 46 + name]).into_owned();
        let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let content = &bytes[start..start + packed];
        let mut text = String::new();
        match method {
            0 => text = String::from_utf8_lossy(content).into_owned(),
            _ => {
                flate2::read::DeflateDecoder::new(content).read_to_string(&mut text).expect("it can be unpacked");
            }
        }
        parts.insert(name_text, text);
        at += 46 + name + extra + comment;
    }
    parts
}

fn written(golden: &crate::format::golden::Golden) -> (MemoryOutput, Vec<Loss>) {
    golden.write(&Xlsx, &WriteOptions::default())
}

#[test]
fn no_cell_is_a_formula_or_a_link() {
    let golden = golden();
    let (output, _) = written(&golden);
    let parts = parts(&output.files[0].1);
    let sheets: Vec<_> = parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/sheet")).collect();
    assert_eq!(sheets.len(), 4);
    for (name, sheet) in sheets {
        assert!(!sheet.contains("<f>") && !sheet.contains("<f ") && !sheet.contains("<hyperlink"), "{name}: {sheet}");
    }
    let words = &parts["xl/sharedStrings.xml"];
    assert!(words.contains("=Angriffe\nauf Kyjiw") && words.contains("&lt;script&gt;"), "{words}");
    assert!(parts["xl/styles.xml"].contains("quotePrefix=\"1\""));
}

#[test]
fn the_same_content_is_the_same_file() {
    let golden = golden();
    assert_eq!(written(&golden).0.files, written(&golden).0.files);
}

#[test]
fn long_texts_are_cut_and_said() {
    let mut golden = golden();
    golden.metadata.title = "\u{1F600}".repeat(20_000);
    let (_, losses) = written(&golden);
    let lost: Vec<_> = losses.iter().filter(|loss| loss.what.contains("long text")).collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!(lost[0].annotation, None);
}

#[test]
fn a_workbook_without_articles_has_its_sheets() {
    let (schema, entities, options) = (Default::default(), Default::default(), WriteOptions::default());
    let context = ExportContext {
        schema: &schema,
        entities: &entities,
        options: &options,
        originals: &crate::format::original::NoOriginals,
    };
    let mut output = MemoryOutput::default();
    Xlsx.write(&mut std::iter::empty(), &context, &mut output, &mut Vec::new()).expect("it can be written");
    assert!(parts(&output.files[0].1)["xl/worksheets/sheet1.xml"].contains("autoFilter"));
}
