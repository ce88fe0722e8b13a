//! Numbers for people: plain tables with columns padded by spaces, and counted things.

use super::CliError;
use std::io::Write;

/// A table under construction.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(titles: &[&str]) -> Self {
        Self { rows: vec![titles.iter().map(|title| (*title).to_owned()).collect()] }
    }

    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        self.rows.push(cells.into_iter().map(str::to_owned).collect());
    }

    /// Prints titles and rows; columns of numbers are aligned to the right.
    pub(super) fn print(&self, output: &mut dyn Write) -> Result<(), CliError> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cells = |column: usize| self.rows.iter().filter_map(move |row| row.get(column));
        let width = |column| cells(column).map(|cell| cell.chars().count()).max().unwrap_or(0);
        let is_number = |column| {
            let mut values = cells(column).skip(1).peekable();
            values.peek().is_some() && values.all(|cell| cell.chars().all(|char| char.is_ascii_digit() || char == '.'))
        };
        let layout: Vec<(usize, bool)> = (0..columns).map(|column| (width(column), is_number(column))).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, (width, is_number)) in row.iter().zip(&layout) {
                let width = *width;
                line += &if *is_number { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
            }
            writeln!(output, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// `1 span`, `2 spans`.
pub(super) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
