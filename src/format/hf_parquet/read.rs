//! Makes articles of the rows of a Parquet file.

use super::{HfParquet, file::File};
use crate::{
    format::{
        Format, FormatError, Imported, Input, ReadOptions,
        dataset::{RowReader, tell_once},
        json_lines::Object,
        reading::Delivery,
    },
    model::FilePart,
};
use rayon::prelude::*;

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let mut delivery = Delivery::new(&input.name, article);
    let unreadable = |reason| FormatError::Unreadable { file: input.name.clone(), line: None, reason };
    let file = File::open(input.bytes).map_err(unreadable)?;
    let (mut left_out, mut why) = (0, String::new());
    let end = articles(&file, &input.name, options, &mut |_, made| match made {
        Ok(imported) => delivery.push(imported),
        Err(problem) => {
            left_out += 1;
            why = problem;
        }
    });
    if let Err(problem) = end {
        delivery.warn(None, problem);
    }
    if left_out > 0 {
        delivery.warn(None, format!("{left_out} rows: {why}"));
    }
    delivery.finish("there is no row in it")
}

/// The articles of a file, with their rows.
///
/// # Errors
/// Why the rest of the file can not be read.
pub(super) fn articles(
    file: &File,
    name: &str,
    options: &ReadOptions,
    made: &mut dyn FnMut(Object, Result<Imported, String>),
) -> Result<(), String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let reader = RowReader::new(HfParquet.info().name, name, file.features(), options);
    let mut readers = vec![reader; rayon::current_num_threads().max(1)];
    let (mut number, mut count, mut is_told) = (0u32, 0usize, false);
    file.rows(&mut |rows| {
        // Each reader makes articles of its part of the rows.
        let share = rows.len().div_ceil(readers.len()).max(1);
        let parts = readers.par_iter_mut().zip(rows.par_chunks(share)).enumerate();
        let parts = parts.map(|(part, (reader, rows))| {
            let ids = (count + part * share + 1..).map(|number| format!("{stem}-{number}"));
            rows.iter().zip(ids).map(|(row, id)| reader.read(row, None, &id)).collect::<Vec<_>>()
        });
        let read: Vec<Vec<Result<Imported, String>>> = parts.collect();
        count += rows.len();
        for (row, read) in rows.into_iter().zip(read.into_iter().flatten()) {
            let read = read.map(|mut imported| {
                tell_once(&mut imported.warnings, &mut is_told);
                imported.kept = Some(FilePart::Number(number));
                number = number.saturating_add(1);
                imported
            });
            made(row, read);
        }
    })
}
