//! Knowledge bases as tables: tabs between columns, the first line names them.

use super::{
    KnowledgeError, KnowledgeOptions, KnowledgeWarning, KnownEntity, Names, Take, Warnings, io_error,
    line_reader::{Line, next_line},
    scheme_and_id,
};
use std::io::BufRead;

/// What a column is called in the first line, in small letters.
const NAMES: [(&str, &[&str]); 5] = [
    ("id", &["id", "identifier", "qid", "wikidata", "uri"]),
    ("name", &["name", "preflabel", "title", "titel"]),
    ("aliases", &["aliases", "alias", "altlabel", "names", "andere namen"]),
    ("label", &["label", "kind", "type", "typ", "art", "class"]),
    ("description", &["description", "note", "beschreibung", "info"]),
];

pub(super) fn read(
    reader: &mut dyn BufRead,
    options: &KnowledgeOptions,
    take: Take<'_>,
) -> Result<Vec<KnowledgeWarning>, KnowledgeError> {
    let mut warnings = Warnings::default();
    let mut columns: Option<([Option<usize>; 5], usize)> = None;
    let mut number = 0;
    while let Some(line) = next_line(reader).map_err(io_error)? {
        number += 1;
        let line = match line {
            Line::Text(line) => line,
            Line::Unreadable(why) => {
                warnings.add(number, "lines that can not be read", format!("{why}; left out"));
                continue;
            }
        };
        let line = if number == 1 { line.trim_start_matches('\u{feff}') } else { &line };
        if line.trim().is_empty() {
            continue;
        }
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let Some((places, count)) = &columns else {
            columns = Some(header(&cells)?);
            continue;
        };
        if cells.len() > *count {
            let message = format!("{} columns where the first line names {count}; left out", cells.len());
            warnings.add(number, "lines with too many columns", message);
            continue;
        }
        let cell = |column: usize| {
            let place = places.get(column).copied().flatten();
            place.and_then(|place| cells.get(place)).copied().unwrap_or_default()
        };
        let mut names = Names::default();
        names.preferred(0, cell(1));
        cell(2).split('|').for_each(|alias| names.other(alias));
        if cell(1).is_empty() {
            warnings.add(number, "lines without a name", "the name is empty; left out".to_owned());
            continue;
        }
        let Some((name, aliases)) = names.finish() else { continue };
        let (scheme, id) = scheme_and_id(cell(0), options);
        let kind = options.kinds.label([cell(3)]);
        if kind.is_empty() && !cell(3).is_empty() {
            let message = format!("the project has no label {:?}; taken over without label", cell(3));
            warnings.add(number, "labels that the project does not have", message);
        }
        let note = cell(4).to_owned();
        if !take(KnownEntity { line: number, scheme, id, name, aliases, kind, note }) {
            return Err(KnowledgeError::Stopped);
        }
    }
    Ok(warnings.finish(number))
}

/// The places of the five columns, and how many columns there are.
fn header(cells: &[&str]) -> Result<([Option<usize>; 5], usize), KnowledgeError> {
    let cells: Vec<String> = cells.iter().map(|cell| cell.trim_start_matches('#').trim().to_lowercase()).collect();
    let places = NAMES.map(|(_, names)| cells.iter().position(|cell| names.contains(&cell.as_str())));
    if places.get(1).copied().flatten().is_none() {
        return Err(KnowledgeError::NoColumns { missing: "name", found: cells });
    }
    Ok((places, cells.len()))
}
