//! Writes an article as rows and columns.
//!
//! Of a file that was imported and edited since, sentences, tokens and columns stay as they were.

mod events;
mod plan;
mod skeleton;

use super::{
    cells::{NOTHING, NULL, escape_text, escape_value},
    document::{self, CHAIN_RELATION, Column, Document, FORMAT, Key, Kind, TEXT},
    place::{Placed, place},
    read::{Found, collect},
};
use crate::{
    format::{ExportContext, Exported, Format, Loss, loss::LossLog, original::Original, reading::utf8},
    model::AnnotationId,
    text::ByteOffset,
};
use plan::{Annotation, ChainNumbers, Plan};
use skeleton::{Skeleton, Slot};
use std::collections::BTreeMap;

/// The content of the file of an article.
pub(super) fn article(exported: Exported<'_>, context: &ExportContext<'_>, losses: &mut Vec<Loss>) -> String {
    let text = exported.text.as_str();
    let original = Original::of(exported, super::INFO.name, context.originals);
    let content = original.as_ref().and_then(|original| original.bytes()).map(|bytes| utf8(&bytes).text);
    let before = content.as_deref().filter(|content| content.starts_with(FORMAT)).map(document::parse);
    let (kept, chains, layers) = before.map_or_else(Default::default, |document| {
        let placed = place(&document);
        let is_same = placed.text == text;
        let kept = is_same.then(|| (Skeleton::of(&document, &placed), chain_numbers(&document, &placed)));
        let (skeleton, chains) = kept.unwrap_or_default();
        (skeleton, chains, document.layers)
    });
    let is_annotated = !exported.annotations.is_empty();
    let skeleton = kept.unwrap_or_else(|| Skeleton::new(text, is_annotated));
    let mut log = LossLog::new(exported, losses);
    let plan = Plan::new(exported, context, &skeleton, (layers, chains), &mut log);
    log.details(&super::WebannoTsv.info().holds, |id| plan.is_written(id));
    log.entity_details(context.entities, &super::INFO.holds);
    if plan.annotations.iter().any(|annotation| annotation.values.contains_key(super::layers::IDENTIFIER)) {
        log.article("the names of entities", "the file says only their ids");
    }
    Sheet::new(exported, &skeleton, plan).render()
}

/// The numbers of the chains of a file, by layer and the places of their links.
fn chain_numbers(document: &Document<'_>, placed: &Placed) -> ChainNumbers {
    let rows: Vec<_> = document.sentences.iter().flat_map(|sentence| &sentence.rows).collect();
    let found = collect(document, placed, &rows).found.into_iter();
    let number = |found: Found<'_>| {
        let layer = document.layers.get(found.layer)?;
        Some((layer.name.clone(), found.range, usize::try_from(found.chain?.0).ok()?))
    };
    found.filter_map(number).collect()
}

/// A plan with everything in its row.
struct Sheet<'a> {
    exported: Exported<'a>,
    skeleton: &'a Skeleton,
    plan: Plan,
    /// Annotations by row.
    rows: BTreeMap<Slot, Vec<usize>>,
    /// Relations by the row where they end.
    arrows: BTreeMap<Slot, Vec<usize>>,
    keys: BTreeMap<Slot, Key>,
}

impl<'a> Sheet<'a> {
    fn new(exported: Exported<'a>, skeleton: &'a Skeleton, plan: Plan) -> Self {
        let mut sheet =
            Self { exported, skeleton, rows: BTreeMap::new(), arrows: BTreeMap::new(), keys: BTreeMap::new(), plan };
        let mut order: Vec<usize> = (0..sheet.plan.annotations.len()).collect();
        order.sort_by_key(|index| sheet.plan.annotations.get(*index).map(Annotation::order));
        for index in order {
            for slot in sheet.plan.annotations.get(index).map(|annotation| annotation.slots.clone()).unwrap_or_default()
            {
                sheet.rows.entry(slot).or_default().push(index);
            }
        }
        for (index, arrow) in sheet.plan.arrows.iter().enumerate() {
            if let Some(slot) = sheet.plan.first_slot(arrow.target) {
                sheet.arrows.entry(slot).or_default().push(index);
                sheet.rows.entry(slot).or_default();
            }
        }
        for (number, sentence) in (1..).zip(&skeleton.sentences) {
            for (token, index) in (1..).zip(sentence.tokens.clone()) {
                let mut key = Key { sentence: number, token, part: 0 };
                sheet.keys.insert(Slot::token(index), key);
                for slot in sheet.parts(index) {
                    key.part += 1;
                    sheet.keys.insert(slot, key);
                }
            }
        }
        sheet.number();
        sheet
    }

    /// The parts of a token that have a row.
    fn parts(&self, token: usize) -> Vec<Slot> {
        let rows = self.rows.range(Slot::token(token)..Slot::token(token + 1));
        rows.map(|(slot, _)| *slot).filter(|slot| !slot.is_token()).collect()
    }

    /// Gives numbers to annotations that can not be told from others by their row and layer.
    fn number(&mut self) {
        let mut needed = Vec::new();
        for row in self.rows.values() {
            let layer = |index: &usize| self.plan.annotations.get(*index).map(|annotation| annotation.layer);
            let mut counts: BTreeMap<_, usize> = BTreeMap::new();
            for index in row {
                *counts.entry(layer(index)).or_default() += 1;
            }
            needed.extend(row.iter().filter(|index| counts.get(&layer(index)).is_some_and(|count| *count > 1)));
        }
        for (index, annotation) in self.plan.annotations.iter().enumerate() {
            // INCEpTION reads no parts above the ninth by their name.
            let part = annotation.slots.first().and_then(|slot| self.keys.get(slot)).map_or(0, |key| key.part);
            if annotation.slots.len() > 1 || part > 9 {
                needed.push(index);
            }
        }
        for index in needed {
            if let Some(annotation) = self.plan.annotations.get_mut(index) {
                annotation.is_numbered = true;
            }
        }
    }

    fn render(&self) -> String {
        let text = self.exported.text.as_str();
        let order = self.plan.column_order();
        let mut out = format!("{FORMAT}.3\n");
        for layer in order.iter().filter_map(|index| self.plan.layers.get(*index)) {
            out.push_str(&layer.declaration());
            out.push('\n');
        }
        out.push('\n');
        for sentence in &self.skeleton.sentences {
            out.push('\n');
            for line in &sentence.head {
                out.push_str(line);
                out.push('\n');
            }
            for line in sentence.text.slice(text).unwrap_or_default().split('\n') {
                out.push_str(TEXT);
                out.push_str(&escape_text(line));
                out.push('\n');
            }
            for token in sentence.tokens.clone() {
                self.row(Slot::token(token), &order, &mut out);
                for slot in self.parts(token) {
                    self.row(slot, &order, &mut out);
                }
            }
        }
        out
    }

    fn row(&self, slot: Slot, order: &[usize], out: &mut String) {
        let (Some(key), Some(range)) = (self.keys.get(&slot), self.skeleton.range(slot)) else { return };
        let text = self.exported.text.as_str();
        let count = |offset: ByteOffset| self.exported.text.table().utf16_from_byte(text, offset);
        let surface = range.slice(text).unwrap_or_default();
        // Only what would break the row is escaped here.
        let surface = match surface.contains(['\t', '\n', '\r']) {
            true => escape_text(surface),
            false => surface.into(),
        };
        out.push_str(&format!("{key}\t{}-{}\t{surface}\t", count(range.start()), count(range.end())));
        let here = self.rows.get(&slot).map_or(&[] as &[usize], Vec::as_slice);
        let arrows = self.arrows.get(&slot).map_or(&[] as &[usize], Vec::as_slice);
        for index in order {
            let Some(layer) = self.plan.layers.get(*index) else { continue };
            for column in &layer.columns {
                let cells: Vec<String> = match layer.kind {
                    Kind::Relation => {
                        let arrows = arrows.iter().filter_map(|arrow| self.plan.arrows.get(*arrow));
                        arrows
                            .filter(|arrow| arrow.layer == *index)
                            .map(|arrow| self.arrow_cell(column, arrow))
                            .collect()
                    }
                    Kind::Span | Kind::Chain => {
                        let own = here.iter().filter_map(|annotation| self.plan.annotations.get(*annotation));
                        let own = own.filter(|annotation| annotation.layer == *index);
                        own.map(|annotation| self.cell(column, annotation)).collect()
                    }
                };
                out.push_str(if cells.is_empty() { NOTHING } else { "" });
                out.push_str(&cells.join("|"));
                out.push('\t');
            }
        }
        out.push('\n');
    }

    fn cell(&self, column: &Column, annotation: &Annotation) -> String {
        let number = match annotation.is_numbered {
            true => format!("[{}]", annotation.number),
            false => String::new(),
        };
        match column {
            Column::Feature(name) => {
                let value = value_cell(&annotation.values, name);
                match annotation.chain {
                    Some((chain, link)) if name == CHAIN_RELATION => format!("{value}->{chain}-{link}"),
                    Some((chain, _)) => format!("{value}[{chain}]"),
                    None => value + &number,
                }
            }
            Column::Presence | Column::Source { .. } => format!("{NULL}{number}"),
            Column::Roles { feature, .. } => {
                let role = |role: &String| if role == feature { NULL.to_owned() } else { escape_value(role) };
                let links = annotation.links.get(feature);
                let roles: Vec<_> = links.into_iter().flatten().map(|(name, _)| role(name)).collect();
                if roles.is_empty() { format!("{NOTHING}{number}") } else { roles.join(";") + &number }
            }
            Column::Targets { feature, .. } => {
                let links = annotation.links.get(feature).into_iter().flatten();
                let targets: Vec<_> = links.filter_map(|(_, target)| self.reference(*target)).collect();
                if targets.is_empty() { NULL.to_owned() } else { targets.join(";") }
            }
        }
    }

    fn arrow_cell(&self, column: &Column, arrow: &plan::Arrow) -> String {
        match column {
            Column::Feature(name) => value_cell(&arrow.values, name),
            Column::Source { .. } => {
                let key = self.key(arrow.source).map(|key| key.to_string()).unwrap_or_default();
                let number = |id| self.plan.numbered(id).map(|annotation| annotation.number);
                match (number(arrow.source), number(arrow.target)) {
                    (None, None) => key,
                    (source, target) => format!("{key}[{}_{}]", source.unwrap_or(0), target.unwrap_or(0)),
                }
            }
            Column::Presence | Column::Roles { .. } | Column::Targets { .. } => NULL.to_owned(),
        }
    }

    /// The name of the row where an annotation begins.
    fn key(&self, id: AnnotationId) -> Option<Key> {
        self.keys.get(&self.plan.first_slot(id)?).copied()
    }

    fn reference(&self, id: AnnotationId) -> Option<String> {
        let key = self.key(id)?;
        let numbered = self.plan.numbered(id);
        Some(numbered.map_or_else(|| key.to_string(), |annotation| format!("{key}[{}]", annotation.number)))
    }
}

fn value_cell(values: &BTreeMap<String, String>, feature: &str) -> String {
    values.get(feature).map_or_else(|| NULL.to_owned(), |value| escape_value(value))
}
