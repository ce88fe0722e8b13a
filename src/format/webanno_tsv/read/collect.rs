//! Gathers the cells of each annotation from the rows that it covers.

use super::super::{
    cells::{NOTHING, parts, with_link, with_numbers},
    document::{CHAIN_RELATION, Column, Document, Kind, Layer, Row},
    place::{Placed, RowPlace},
};
use crate::text::TextRange;
use std::collections::HashMap;

/// An annotation with its cells.
#[derive(Debug)]
pub(in super::super) struct Found<'d> {
    pub layer: usize,
    /// The number that the file gives it.
    pub number: Option<u64>,
    /// Its first row.
    pub first: usize,
    pub range: TextRange,
    /// A row of it whose words are not in the text.
    pub missing: Option<usize>,
    /// Features with cells that are not unescaped yet.
    pub values: Vec<(&'d str, &'d str)>,
    pub links: Vec<Links<'d>>,
    /// The chain that it belongs to, and its place there.
    pub chain: Option<(u64, u64)>,
}

/// The links of a feature.
#[derive(Debug)]
pub(in super::super) struct Links<'d> {
    pub feature: &'d str,
    /// The type of what they point to.
    pub target: &'d str,
    pub roles: Vec<&'d str>,
    pub targets: Vec<&'d str>,
}

/// A relation of a relation layer.
#[derive(Debug)]
pub(in super::super) struct Arrow<'d> {
    pub layer: usize,
    /// The row where it ends.
    pub row: usize,
    /// Where it comes from, with the numbers of both ends.
    pub source: &'d str,
    pub values: Vec<(&'d str, &'d str)>,
}

#[derive(Debug, Default)]
pub(in super::super) struct Collected<'d> {
    pub found: Vec<Found<'d>>,
    pub arrows: Vec<Arrow<'d>>,
    /// Which annotations stand in which row: row, layer, annotation, in this order.
    pub at: Vec<(usize, usize, usize)>,
    pub problems: Vec<(Option<usize>, String)>,
    by_number: HashMap<(usize, u64), usize>,
    by_link: HashMap<(usize, u64, u64), usize>,
}

pub(in super::super) fn collect<'d>(
    document: &'d Document<'d>,
    placed: &Placed,
    rows: &[&'d Row<'d>],
) -> Collected<'d> {
    let width: usize = document.layers.iter().map(|layer| layer.columns.len()).sum();
    let mut collected = Collected::default();
    let mut cells = Vec::new();
    for ((index, row), place) in rows.iter().enumerate().zip(&placed.rows) {
        if is_empty(row.cells) {
            continue;
        }
        cells.clear();
        cells.extend(row.cells.split('\t'));
        if cells.len() < width {
            let message = format!("the row has {} columns and the head of the file {width}", cells.len());
            collected.problems.push((Some(row.line), message));
        }
        let mut rest = cells.as_slice();
        for (number, layer) in document.layers.iter().enumerate() {
            let (own, behind) = rest.split_at_checked(layer.columns.len()).unwrap_or((rest, &[]));
            rest = behind;
            if own.iter().all(|cell| *cell == NOTHING) {
                continue;
            }
            let place = Place { row: index, place: *place, layer: number };
            for entries in levels(layer, own) {
                match layer.kind {
                    Kind::Span => collected.span(place, &entries),
                    Kind::Chain => collected.link(place, &entries),
                    Kind::Relation => collected.arrow(place, layer, row, &entries),
                }
            }
        }
    }
    collected
}

/// What the columns of a layer say of each of the annotations that are stacked in a row.
fn levels<'d>(layer: &'d Layer, cells: &[&'d str]) -> Vec<Vec<Entry<'d>>> {
    let mut levels: Vec<Vec<Entry<'d>>> = Vec::new();
    for (column, cell) in layer.columns.iter().zip(cells).filter(|(_, cell)| **cell != NOTHING) {
        for (level, entry) in parts(cell, '|').enumerate() {
            match levels.get_mut(level) {
                Some(entries) => entries.push((column, entry)),
                None => levels.push(vec![(column, entry)]),
            }
        }
    }
    levels
}

/// True if nothing is annotated in a row: all its cells are `_`.
fn is_empty(cells: &str) -> bool {
    cells.bytes().all(|byte| byte == b'_' || byte == b'\t') && !cells.starts_with('\t') && !cells.contains("\t\t")
        || cells.is_empty()
}

/// A column with what stands there of one annotation.
type Entry<'d> = (&'d Column, &'d str);

#[derive(Clone, Copy)]
struct Place {
    row: usize,
    place: RowPlace,
    layer: usize,
}

impl<'d> Collected<'d> {
    /// Adds a row to the annotation `known`, or to a new one, which is returned with its index.
    fn stand(&mut self, place: Place, known: Option<usize>) -> (usize, Option<&mut Found<'d>>) {
        let range = place.place.nearest();
        let missing = place.place.found().is_none().then_some(place.row);
        let index = known.unwrap_or(self.found.len());
        self.at.push((place.row, place.layer, index));
        if let Some(found) = known.and_then(|index| self.found.get_mut(index)) {
            found.range = found.range.cover(range);
            found.missing = found.missing.or(missing);
            return (index, None);
        }
        self.found.push(Found {
            layer: place.layer,
            number: None,
            first: place.row,
            range,
            missing,
            values: Vec::new(),
            links: Vec::new(),
            chain: None,
        });
        (index, self.found.last_mut())
    }

    fn span(&mut self, place: Place, entries: &[Entry<'d>]) {
        let mut number = None;
        let mut exists = false;
        let mut values: Vec<(&str, &str)> = Vec::new();
        let mut links: Vec<Links<'d>> = Vec::new();
        for (column, entry) in entries.iter().copied() {
            if let Column::Targets { feature, target } = column {
                exists |= entry != NOTHING;
                let targets = parts(entry, ';').collect();
                match links.last_mut() {
                    Some(links) if links.feature == feature => {
                        links.target = target;
                        links.targets = targets;
                    }
                    _ => links.push(Links { feature, target, roles: Vec::new(), targets }),
                }
                continue;
            }
            let (value, numbers) = with_numbers(entry);
            number = number.or(numbers.first().copied());
            exists |= value != NOTHING || !numbers.is_empty();
            match column {
                Column::Feature(name) => values.push((name, value)),
                Column::Roles { feature, .. } => {
                    let roles = parts(value, ';').collect();
                    links.push(Links { feature, target: "", roles, targets: Vec::new() });
                }
                Column::Presence | Column::Source { .. } | Column::Targets { .. } => {}
            }
        }
        if !exists {
            return;
        }
        let known = number.and_then(|number| self.by_number.get(&(place.layer, number)).copied());
        let (index, new) = self.stand(place, known);
        if let Some(new) = new {
            new.number = number;
            new.values = values;
            new.links = links;
            if let Some(number) = number {
                self.by_number.insert((place.layer, number), index);
            }
        }
    }

    fn link(&mut self, place: Place, entries: &[Entry<'d>]) {
        let mut chain = None;
        let mut exists = false;
        let mut values: Vec<(&str, &str)> = Vec::new();
        for (column, entry) in entries.iter().copied() {
            let Column::Feature(name) = column else { continue };
            exists |= entry != NOTHING;
            let value = if name == CHAIN_RELATION {
                let (value, link) = with_link(entry);
                chain = link;
                value
            } else {
                with_numbers(entry).0
            };
            values.push((name, value));
        }
        if !exists {
            return;
        }
        let known = chain.and_then(|(chain, link)| self.by_link.get(&(place.layer, chain, link)).copied());
        let (index, new) = self.stand(place, known);
        if let Some(new) = new {
            new.values = values;
            new.chain = chain;
            if let Some((chain, link)) = chain {
                self.by_link.insert((place.layer, chain, link), index);
            }
        }
    }

    fn arrow(&mut self, place: Place, layer: &Layer, row: &Row<'_>, entries: &[Entry<'d>]) {
        let mut source = None;
        let mut values: Vec<(&str, &str)> = Vec::new();
        for (column, entry) in entries.iter().copied() {
            match column {
                Column::Source { .. } => source = Some(entry).filter(|entry| *entry != NOTHING),
                Column::Feature(name) => values.push((name, entry)),
                Column::Presence | Column::Roles { .. } | Column::Targets { .. } => {}
            }
        }
        match source {
            Some(source) => self.arrows.push(Arrow { layer: place.layer, row: place.row, source, values }),
            None if values.iter().all(|(_, value)| *value == NOTHING) => {}
            None => {
                let message = format!("a relation of {} comes from nowhere; left out", layer.name);
                self.problems.push((Some(row.line), message));
            }
        }
    }
}
