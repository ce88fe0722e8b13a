//! Sheets of a workbook with a first line that stays, of texts and numbers only.

use crate::format::{FormatError, csv_spans::is_risky};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// Rows of a sheet, the first line included; what goes beyond comes into another sheet.
const MOST_ROWS: u32 = 1 << 20;
/// UTF-16 units that a cell can hold.
const LONGEST: usize = 32_767;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Number(f64),
}

/// Name of a kind of sheet, and its columns with their widths in characters.
pub(super) type Kind = (&'static str, &'static [(&'static str, u16)]);

/// A workbook in the making.
pub(super) struct Book {
    sheets: Vec<Sheets>,
    formats: Formats,
    /// The first thing that went wrong.
    error: Option<XlsxError>,
}

/// The sheets of one kind, the last of which is being filled.
struct Sheets {
    kind: Kind,
    sheets: Vec<Worksheet>,
    next_row: u32,
}

struct Formats {
    head: Format,
    /// For texts that look like formulas: the spreadsheet keeps them as texts when they are edited.
    quoted: Format,
}

impl Book {
    pub(super) fn new<const COUNT: usize>(kinds: [Kind; COUNT]) -> Self {
        let formats = Formats { head: Format::new().set_bold(), quoted: Format::new().set_quote_prefix() };
        let mut book = Self { sheets: Vec::new(), formats, error: None };
        for kind in kinds {
            let first = book.sheet(kind, 1);
            book.sheets.push(Sheets { kind, sheets: vec![first], next_row: 1 });
        }
        book
    }

    fn check<T>(&mut self, result: Result<T, XlsxError>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    fn sheet(&mut self, (name, columns): Kind, number: usize) -> Worksheet {
        let mut sheet = Worksheet::new();
        let name = if number == 1 { name.to_owned() } else { format!("{name} {number}") };
        let named = sheet.set_name(name).map(|_| ());
        self.check(named);
        for (place, (column, width)) in (0..).zip(columns) {
            let written = sheet.write_string_with_format(0, place, *column, &self.formats.head).map(|_| ());
            self.check(written);
            let set = sheet.set_column_width(place, *width).map(|_| ());
            self.check(set);
        }
        let frozen = sheet.set_freeze_panes(1, 0).map(|_| ());
        self.check(frozen);
        sheet
    }

    /// Adds a row to the sheet of the kind with this number. False if the end of a text was cut off.
    pub(super) fn row(&mut self, kind: usize, cells: Vec<Cell>) -> bool {
        let full = self.sheets.get(kind).filter(|sheets| sheets.next_row >= MOST_ROWS);
        if let Some((kind_of, number)) = full.map(|sheets| (sheets.kind, sheets.sheets.len() + 1)) {
            let sheet = self.sheet(kind_of, number);
            if let Some(sheets) = self.sheets.get_mut(kind) {
                sheets.sheets.push(sheet);
                sheets.next_row = 1;
            }
        }
        let Some(sheets) = self.sheets.get_mut(kind) else { return true };
        let Some(sheet) = sheets.sheets.last_mut() else { return true };
        let row = sheets.next_row;
        sheets.next_row += 1;
        let mut is_whole = true;
        for (column, cell) in (0..).zip(cells) {
            let written = match cell {
                Cell::Number(number) => sheet.write_number(row, column, number).map(|_| ()),
                Cell::Text(text) if text.is_empty() => Ok(()),
                Cell::Text(text) => {
                    let short = shortened(&text);
                    is_whole &= short.len() == text.len();
                    match short.starts_with(is_risky) {
                        true => sheet.write_string_with_format(row, column, short, &self.formats.quoted).map(|_| ()),
                        false => sheet.write_string(row, column, short).map(|_| ()),
                    }
                }
            };
            if let Err(error) = written {
                self.error.get_or_insert(error);
            }
        }
        is_whole
    }

    /// The bytes of the file.
    pub(super) fn finish(self) -> Result<Vec<u8>, FormatError> {
        let wrap = |error: XlsxError| FormatError::io("")(std::io::Error::other(error.to_string()));
        if let Some(error) = self.error {
            return Err(wrap(error));
        }
        let mut book = Workbook::new();
        // The same content is the same file.
        let date = ExcelDateTime::from_ymd(2000, 1, 1).map_err(wrap)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&date));
        for Sheets { kind: (_, columns), sheets, next_row } in self.sheets {
            let last = sheets.len().saturating_sub(1);
            let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(0);
            for (place, mut sheet) in sheets.into_iter().enumerate() {
                let rows = if place == last { next_row } else { MOST_ROWS };
                sheet.autofilter(0, 0, rows.saturating_sub(1), last_column).map_err(wrap)?;
                book.push_worksheet(sheet);
            }
        }
        book.save_to_buffer().map_err(wrap)
    }
}

/// As much of a text as a cell can hold.
fn shortened(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, char)| {
        units += char.len_utf16();
        units > LONGEST
    });
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
