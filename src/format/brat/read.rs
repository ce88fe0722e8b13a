//! Reads the standoff lines of one article.

use super::{MEMBER, TRIGGER_NOTE, config::full_names, schema};
use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        reading::{Numbering, complete_relations, imported_from, line_ending, normalize_line_endings, unplaced, utf8},
    },
    model::{
        AnnotationId, Argument, AttributeValue, Attributes, Entity, EntityId, FilePart, Name, Provenance, Relation,
        Span, Status, slug,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub(super) fn read(input: &Input<'_>, options: &ReadOptions) -> Result<Imported, FormatError> {
    let text_name = format!("{}.txt", input.stem());
    let Some(text) = (input.sibling)(&text_name) else {
        let reason = format!("the text is missing: put {text_name} beside it");
        return Err(FormatError::Unreadable { file: input.name.clone(), line: None, reason });
    };
    let text = utf8(&text);
    let annotations = utf8(input.bytes);
    let visual = (input.sibling)("visual.conf").map(|bytes| utf8(&bytes).text).unwrap_or_default();
    let mut reader = Reader {
        file: &input.name,
        names: full_names(&visual),
        provenance: imported_from("brat", options.time),
        warnings: Vec::new(),
    };
    if text.damaged {
        reader.warn(None, format!("{text_name}: bytes that are not UTF-8 were replaced by U+FFFD"));
    }
    if annotations.damaged {
        reader.warn(None, "bytes that are not UTF-8 were replaced by U+FFFD");
    }
    let lines = reader.lines(&annotations.text);
    let (text_used, is_shifted, unit) = reader.choose_text(&text.text, text.byte_order_mark, &lines);

    let mut imported = Imported::new(input.stem(), text_used);
    imported.metadata.origin.file = text_name;
    imported.metadata.origin.encoding = "utf-8".to_owned();
    imported.metadata.origin.byte_order_mark = text.byte_order_mark;
    imported.metadata.language.clone_from(&options.default_language);
    let wanted = lines.iter().filter_map(|line| line.key.get(1..)?.parse().ok());
    let mut numbering = Numbering::new(wanted);
    let twins = reader.twins(&lines);
    reader.spans(&lines, is_shifted, unit, &twins, &mut numbering, &mut imported);
    let places = reader.relations(&lines, &twins, &mut numbering, &mut imported);
    reader.details(&lines, &numbering, &mut imported);
    for (id, problem) in complete_relations(&mut imported) {
        let line = places.get(&id).and_then(|place| lines.get(*place));
        let key = line.map_or("", |line| line.key);
        reader.warn(line.map(|line| line.number), format!("{key}: {problem}"));
    }
    let before = line_ending(&text.text);
    if options.normalize_line_endings {
        normalize_line_endings(&mut imported);
    }
    imported.metadata.origin.normalized |= imported.text.len() < text.text.len();
    imported.metadata.origin.line_ending = before;
    imported.schema = (input.sibling)("annotation.conf").map(|bytes| {
        let name = |word: &str| reader.name(word);
        Arc::new(schema::schema(&utf8(&bytes).text, &name))
    });
    imported.kept = Some(FilePart::Whole);
    imported.beside =
        vec![imported.metadata.origin.file.clone(), "visual.conf".to_owned(), "annotation.conf".to_owned()];
    imported.warnings = reader.warnings;
    Ok(imported)
}

/// A number as it is written by this program; other spellings stay text.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite() && number.to_string() == text)
}

/// A line of the file: `key TAB head TAB rest`.
struct Line<'a> {
    number: usize,
    key: &'a str,
    head: Vec<&'a str>,
    rest: Option<&'a str>,
}

struct Reader<'a> {
    file: &'a str,
    names: BTreeMap<String, String>,
    provenance: Provenance,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn warn(&mut self, line: Option<usize>, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line, message: message.into() });
    }

    fn name(&self, form: &str) -> Name {
        self.names.get(form).map_or(form, String::as_str).into()
    }

    fn lines<'t>(&mut self, text: &'t str) -> Vec<Line<'t>> {
        let mut lines = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.trim().is_empty() {
                continue;
            }
            let mut columns = line.splitn(3, '\t');
            let key = columns.next().unwrap_or_default().trim_end();
            let head: Vec<_> = columns.next().unwrap_or_default().split_ascii_whitespace().collect();
            let known = key.starts_with(['T', 'E', 'R', 'A', 'M', 'N', '#', '*']);
            if !known || head.is_empty() {
                self.warn(Some(index + 1), format!("the line is no annotation and was left out: {line:?}"));
                continue;
            }
            lines.push(Line { number: index + 1, key, head, rest: columns.next() });
        }
        lines
    }

    /// The text in which the offsets fit best: with `\r\n` or with `\n`, which many readers make of it; whether the byte order
    /// mark was counted; and the unit, where that had to be found out.
    fn choose_text(&mut self, text: &str, has_mark: bool, lines: &[Line<'_>]) -> (String, bool, Option<Unit>) {
        if !has_mark && !text.contains("\r\n") {
            return (text.to_owned(), false, None);
        }
        let mut candidates = vec![(text.to_owned(), false)];
        if has_mark {
            candidates.push((text.to_owned(), true));
        }
        if text.contains("\r\n") {
            let flat = text.replace("\r\n", "\n");
            candidates.extend(candidates.clone().into_iter().map(|(_, is_shifted)| (flat.clone(), is_shifted)));
        }
        let mut best: Option<(usize, String, bool, Unit)> = None;
        for (candidate, is_shifted) in candidates {
            let claims: Vec<_> = lines.iter().filter_map(|line| claim(line, is_shifted)).collect();
            let anchors = Anchors::new(&candidate);
            let unit = anchors.choose_unit(Unit::CodePoint, &claims);
            let proven = anchors.proven(unit, &claims);
            if best.as_ref().is_none_or(|(count, ..)| proven > *count) {
                best = Some((proven, candidate, is_shifted, unit));
            }
        }
        let (_, chosen, is_shifted, unit) = best.unwrap_or_else(|| (0, text.to_owned(), false, Unit::CodePoint));
        if chosen.len() < text.len() {
            self.warn(None, "offsets count each line end as one character, so \\r\\n became \\n");
        }
        if is_shifted {
            self.warn(None, "offsets count the byte order mark of the text; they were moved by one");
        }
        self.tell_unit(unit);
        (chosen, is_shifted, Some(unit))
    }

    fn tell_unit(&mut self, unit: Unit) {
        if unit != Unit::CodePoint {
            self.warn(None, format!("the texts of the spans show that offsets count {}", unit.in_words()));
        }
    }

    /// The spans for which triggers stand that were written for brat's sake: twin → original.
    fn twins<'t>(&self, lines: &[Line<'t>]) -> BTreeMap<&'t str, &'t str> {
        let notes = lines.iter().filter(|line| line.key.starts_with('#'));
        let mut twins: BTreeMap<&str, &str> = notes
            .filter_map(|line| match (line.head.as_slice(), line.rest) {
                ([kind, twin], Some(original)) if *kind == TRIGGER_NOTE => Some((*twin, original.trim())),
                _ => None,
            })
            .filter(|(twin, original)| twin != original)
            .collect();
        if !twins.is_empty() {
            let spans = lines.iter().filter(|line| line.key.starts_with('T')).map(|line| line.key);
            let spans: BTreeSet<&str> = spans.collect();
            twins.retain(|_, original| spans.contains(original));
        }
        twins
    }

    fn spans(
        &mut self,
        lines: &[Line<'_>],
        is_shifted: bool,
        unit: Option<Unit>,
        twins: &BTreeMap<&str, &str>,
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        let text = imported.text.clone();
        let anchors = Anchors::new(&text);
        let is_span = |line: &&Line<'_>| line.key.starts_with('T') && !twins.contains_key(line.key);
        let spans: Vec<_> = lines.iter().filter(is_span).map(|line| (line, claim(line, is_shifted))).collect();
        let claims: Vec<Claim<'_>> = spans.iter().filter_map(|(_, claim)| claim.clone()).collect();
        let (unit, places) = match unit {
            Some(unit) => (unit, claims.iter().map(|claim| anchors.place(unit, claim)).collect()),
            None => {
                let (unit, places) = anchors.place_all(Unit::CodePoint, &claims);
                self.tell_unit(unit);
                (unit, places)
            }
        };
        let mut places = places.into_iter();
        for (line, claim) in spans {
            let Some((claim, place)) = claim.and_then(|claim| Some((claim, places.next()?))) else {
                self.warn(Some(line.number), "the span has no place and was left out");
                continue;
            };
            let label = self.name(line.head.first().copied().unwrap_or_default());
            let surface = line.rest.unwrap_or_default();
            let fragments = match place {
                Anchored::Exact(fragments) => fragments,
                Anchored::Moved(fragments) => {
                    self.warn(Some(line.number), format!("{} was moved to {surface:?} nearby", line.key));
                    fragments
                }
                Anchored::Nowhere => {
                    let message = format!("the text {surface:?} of {} is not at its place; place it by hand", line.key);
                    self.warn(Some(line.number), message);
                    let near = anchors.near(unit, &claim);
                    let id = self.number(line, numbering);
                    imported.spans.push(unplaced(id, label, surface, near, &text, &self.provenance));
                    continue;
                }
            };
            imported.spans.push(Span {
                id: self.number(line, numbering),
                label,
                fragments,
                attributes: Attributes::new(),
                entity: None,
                note: String::new(),
                provenance: self.provenance.clone(),
                status: Status::Accepted,
                corrected_from: None,
            });
        }
    }

    fn number(&mut self, line: &Line<'_>, numbering: &mut Numbering) -> AnnotationId {
        if numbering.get(line.key).is_some() {
            self.warn(Some(line.number), format!("{} stands twice; the second got a new id", line.key));
        }
        numbering.give(Some(line.key.to_owned()), line.key.get(1..).and_then(|digits| digits.parse().ok()))
    }

    /// Adds the relations. Returns which of the lines each is.
    fn relations(
        &mut self,
        lines: &[Line<'_>],
        twins: &BTreeMap<&str, &str>,
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) -> BTreeMap<AnnotationId, usize> {
        // Numbers first: events point to events that come later.
        let (mut found, mut places) = (Vec::new(), BTreeMap::new());
        for (place, line) in lines.iter().enumerate() {
            let id = match line.key.chars().next() {
                Some('E' | 'R') => self.number(line, numbering),
                Some('*') => numbering.give(None, None),
                _ => continue,
            };
            found.push((line, id));
            places.insert(id, place);
        }
        for (line, id) in found {
            let mut relation = Relation {
                id,
                label: Name::from(""),
                trigger: None,
                arguments: Vec::new(),
                attributes: Attributes::new(),
                note: String::new(),
                provenance: self.provenance.clone(),
                status: Status::Accepted,
                corrected_from: None,
            };
            let (first, others) = line.head.split_first().map_or(("", &[] as &[&str]), |(first, rest)| (*first, rest));
            let label = if line.key.starts_with('E') {
                let (label, trigger) = first.split_once(':').unwrap_or((first, ""));
                let trigger = twins.get(trigger).copied().unwrap_or(trigger);
                relation.trigger = self.target(line, trigger, numbering);
                label
            } else {
                first
            };
            relation.label = self.name(label);
            let mut roles: Vec<&str> = Vec::new();
            for argument in others {
                let (role, target) = match line.key.starts_with('*') {
                    true => (MEMBER, *argument),
                    false => argument.split_once(':').unwrap_or((MEMBER, argument)),
                };
                // `Theme2` is a second `Theme`.
                let base = role.trim_end_matches(|char: char| char.is_ascii_digit());
                let role = if roles.contains(&base) { base } else { role };
                roles.push(role);
                let target = twins.get(target).copied().unwrap_or(target);
                if let Some(target) = self.target(line, target, numbering) {
                    relation.arguments.push(Argument { role: self.name(role), target });
                }
            }
            if relation.targets().next().is_none() {
                self.warn(Some(line.number), format!("{} links nothing and was left out", line.key));
                continue;
            }
            imported.relations.push(relation);
        }
        places
    }

    fn target(&mut self, line: &Line<'_>, key: &str, numbering: &Numbering) -> Option<AnnotationId> {
        let target = numbering.get(key);
        if target.is_none() {
            let message = format!("{} points to {key:?}, which is missing; it stays without that", line.key);
            self.warn(Some(line.number), message);
        }
        target
    }

    /// Attributes, notes and references.
    fn details(&mut self, lines: &[Line<'_>], numbering: &Numbering, imported: &mut Imported) {
        let spans: BTreeMap<_, _> = imported.spans.iter().enumerate().map(|(place, span)| (span.id, place)).collect();
        let relations: BTreeMap<_, _> =
            imported.relations.iter().enumerate().map(|(place, relation)| (relation.id, place)).collect();
        let mut references: BTreeMap<usize, Vec<(&str, &str)>> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.key.starts_with(['A', 'M', 'N', '#'])) {
            if line.key.starts_with('#') && line.head.first() == Some(&TRIGGER_NOTE) {
                continue;
            }
            let found = line.head.get(1).and_then(|key| numbering.get(*key));
            let span = found.and_then(|id| spans.get(&id)).copied();
            let relation = found.and_then(|id| relations.get(&id)).copied();
            if line.key.starts_with('N') {
                match (span, line.head.get(2)) {
                    (Some(span), Some(reference)) => {
                        references.entry(span).or_default().push((reference, line.rest.unwrap_or_default()));
                    }
                    _ => self.warn(Some(line.number), "the reference is to no span and was left out"),
                }
                continue;
            }
            let (attributes, note) = match (
                span.and_then(|place| imported.spans.get_mut(place)),
                relation.and_then(|place| imported.relations.get_mut(place)),
            ) {
                (Some(span), _) => (&mut span.attributes, &mut span.note),
                (None, Some(relation)) => (&mut relation.attributes, &mut relation.note),
                (None, None) => {
                    self.warn(Some(line.number), format!("{} belongs to nothing and was left out", line.key));
                    continue;
                }
            };
            let kind = line.head.first().copied().unwrap_or_default();
            if line.key.starts_with('#') {
                let text = line.rest.unwrap_or_default().trim();
                if kind == "AnnotatorNotes" {
                    note.push_str(if note.is_empty() { "" } else { "\n" });
                    note.push_str(text);
                } else {
                    // Notes of other kinds carry values of tools, such as lemmas.
                    attributes.insert(self.name(kind), AttributeValue::Text(text.into()));
                }
                continue;
            }
            let value = match line.head.get(2..).unwrap_or_default() {
                [] => AttributeValue::Flag(true),
                ["false"] => AttributeValue::Flag(false),
                [value] => number(value).map_or_else(|| AttributeValue::Text((*value).into()), AttributeValue::Number),
                values => AttributeValue::Text(values.join(" ").into()),
            };
            if attributes.insert(self.name(kind), value).is_some() {
                self.warn(Some(line.number), format!("the attribute {kind} stands twice; the later one was taken"));
            }
        }
        for (place, references) in references {
            entity(place, &references, imported);
        }
    }
}

/// Puts what the references of a span name into the entities, and the span to it.
fn entity(place: usize, references: &[(&str, &str)], imported: &mut Imported) {
    let Some(span) = imported.spans.get_mut(place) else { return };
    let split = |reference: &str| {
        let (scheme, id) = reference.split_once(':').unwrap_or(("", reference));
        (scheme.to_owned(), id.to_owned())
    };
    let ids: Vec<_> = references.iter().map(|(reference, _)| split(reference)).collect();
    let own = ids.iter().find(|(scheme, _)| scheme == "glosse").map(|(_, id)| EntityId::new(id));
    let first = references.first().map_or("", |(reference, _)| reference);
    let id = own.unwrap_or_else(|| EntityId::new(&slug(first)));
    let name = references.iter().map(|(_, name)| name.trim()).find(|name| !name.is_empty());
    let name = name.map_or_else(|| id.to_string(), str::to_owned);
    span.entity = Some(id.clone());
    let kind = span.label.clone();
    let entity = match imported.entities.iter_mut().position(|entity| entity.id == id) {
        Some(place) => imported.entities.get_mut(place),
        None => {
            imported.entities.push(Entity {
                id,
                name,
                kind,
                aliases: Vec::new(),
                identifiers: BTreeMap::new(),
                note: String::new(),
            });
            imported.entities.last_mut()
        }
    };
    if let Some(entity) = entity {
        entity.identifiers.extend(ids.into_iter().filter(|(scheme, _)| scheme != "glosse"));
    }
}

/// The place of a `T` line: `Type 0 5;8 10`.
fn claim<'t>(line: &Line<'t>, is_shifted: bool) -> Option<Claim<'t>> {
    if !line.key.starts_with('T') {
        return None;
    }
    let places = line.head.get(1..)?.join(" ");
    let place = |piece: &str| {
        let (start, end) = piece.trim().split_once(' ')?;
        let (start, end): (u64, u64) = (start.parse().ok()?, end.parse().ok()?);
        Some(if is_shifted { (start.checked_sub(1)?, end.checked_sub(1)?) } else { (start, end) })
    };
    let pieces: Option<Vec<_>> = places.split(';').map(place).collect();
    Some(Claim { pieces: pieces?, surface: line.rest })
}
