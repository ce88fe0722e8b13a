//! Makes annotations of the cells of a file.

mod collect;

use super::{
    cells::{NOTHING, NULL, unescape_value, with_numbers},
    document::{self, CHAIN_RELATION, Document, Kind, Layer, Row},
    layers::{
        ANNOTATION, CHAIN_ROLES, DEPENDENCY, EVENT, IDENTIFIER, LAYER, NAMED_ENTITY, NOTE, RELATION, ROLES, TOKEN,
        TRIGGER, ValueKinds, attribute_name, entity_of, short,
    },
    place::{Placed, place},
    without_mark,
};
use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Warning,
        reading::{Numbering, complete_relations, imported_from, line_ending, normalize_line_endings, unplaced, utf8},
    },
    model::{
        AnnotationId, Argument, ArgumentDefinition, AttributeValue, Attributes, Entity, FilePart, Fragments,
        LabelDefinition, Name, Provenance, Relation, RelationDefinition, Repeat, Schema, Span, Status, Symmetry,
        TriggerRule,
    },
};
use collect::{Arrow, Links};
pub(super) use collect::{Found, collect};
use std::collections::{BTreeMap, HashMap};

pub(super) fn read(input: &Input<'_>, options: &ReadOptions) -> Result<Imported, FormatError> {
    let unreadable = |reason: &str| {
        Err(FormatError::Unreadable { file: input.name.clone(), line: Some(1), reason: reason.to_owned() })
    };
    let start = without_mark(input.bytes);
    if document::is_first_version(start) || document::is_second_version(start) {
        let version = if document::is_first_version(start) { 1 } else { 2 };
        return unreadable(&format!(
            "this is WebAnno TSV {version}, which has no offsets; open it in INCEpTION or WebAnno and export the document \
             in the format “WebAnno TSV v3.3 (WebAnno v3.x)”"
        ));
    }
    let content = utf8(input.bytes);
    if !content.text.starts_with(document::FORMAT) {
        return unreadable(&format!("the file does not begin with {}", document::FORMAT));
    }
    let document = document::parse(&content.text);
    let placed = place(&document);
    let mut imported = Imported::new(input.stem(), placed.text.clone());
    imported.metadata.origin.file.clone_from(&input.name);
    imported.metadata.origin.encoding = "utf-8".to_owned();
    imported.metadata.origin.byte_order_mark = content.byte_order_mark;
    imported.metadata.language.clone_from(&options.default_language);
    let mut problems: Vec<(Option<usize>, String)> = Vec::new();
    if content.damaged {
        problems.push((None, "bytes that are not UTF-8 were replaced by U+FFFD".to_owned()));
    }
    problems.extend(document.problems.iter().map(|(line, problem)| (Some(*line), problem.clone())));
    problems.extend(placed.problems.iter().cloned());
    let rows: Vec<&Row<'_>> = document.sentences.iter().flat_map(|sentence| &sentence.rows).collect();
    let mut collected = collect(&document, &placed, &rows);
    problems.append(&mut collected.problems);
    let mut builder = Builder {
        document: &document,
        placed: &placed,
        numbering: Numbering::new(collected.found.iter().filter_map(|found| found.number)),
        provenance: imported_from(super::INFO.name, options.time),
        by_key: {
            let mut keys: Vec<_> = rows.iter().zip(0..).map(|(row, index)| (row.key, index)).collect();
            keys.sort();
            keys
        },
        rows: &rows,
        found: &collected.found,
        at: &collected.at,
        layers: document.layers.iter().enumerate().rev().map(|(index, layer)| (layer.name.as_str(), index)).collect(),
        begins: collected.found.iter().enumerate().rev().map(|(index, found)| (found.first, index)).collect(),
        by_number: HashMap::new(),
        tokens: HashMap::new(),
        ids: Vec::new(),
        problems,
        imported,
    };
    builder.build(&collected.arrows);
    let Builder { mut imported, mut problems, .. } = builder;
    problems
        .extend(complete_relations(&mut imported).into_iter().map(|(id, problem)| (None, format!("{id}: {problem}"))));
    imported.metadata.origin.line_ending = line_ending(&imported.text);
    if options.normalize_line_endings {
        normalize_line_endings(&mut imported);
    }
    imported.schema = schema(&document.layers).map(std::sync::Arc::new);
    imported.kept = Some(FilePart::Whole);
    let warning = |(line, message)| Warning { file: input.name.clone(), line, message };
    imported.warnings = problems.into_iter().map(warning).collect();
    Ok(imported)
}

/// What the values of an annotation say.
#[derive(Debug)]
struct Meaning<'d> {
    label: Name,
    attributes: Vec<(String, String)>,
    note: String,
    identifier: Option<String>,
    /// Roles of a relation that are not the usual ones, and what joins a link of a chain to the next.
    structure: Vec<(&'d str, String)>,
}

impl<'d> Meaning<'d> {
    fn new(layer: &Layer, values: &[(&'d str, &'d str)]) -> Self {
        let tag = layer.tag();
        let mut meaning = Self {
            label: short(&layer.name).into(),
            attributes: Vec::new(),
            note: String::new(),
            identifier: None,
            structure: Vec::new(),
        };
        for (feature, cell) in values.iter().filter(|(_, cell)| *cell != NULL && *cell != NOTHING) {
            let value = unescape_value(cell).into_owned();
            if tag == Some(feature) && !value.trim().is_empty() {
                meaning.label = value.into();
            } else if *feature == IDENTIFIER && layer.is_structure(feature) && !value.trim().is_empty() {
                meaning.identifier = Some(value);
            } else if layer.is_structure(feature) && *feature != IDENTIFIER {
                meaning.structure.push((feature, value));
            } else if *feature == NOTE {
                meaning.note = value;
            } else {
                meaning.attributes.push((attribute_name(feature), value));
            }
        }
        meaning
    }

    fn structure(&self, feature: &str) -> Option<&str> {
        self.structure.iter().find(|(name, _)| *name == feature).map(|(_, value)| value.as_str())
    }
}

struct Builder<'d> {
    document: &'d Document<'d>,
    placed: &'d Placed,
    rows: &'d [&'d Row<'d>],
    found: &'d [Found<'d>],
    /// Which annotations stand in which row: row, layer, annotation.
    at: &'d [(usize, usize, usize)],
    by_key: Vec<(document::Key, usize)>,
    numbering: Numbering,
    provenance: Provenance,
    /// Layers by name.
    layers: HashMap<&'d str, usize>,
    /// The first annotation that begins in a row.
    begins: HashMap<usize, usize>,
    /// Annotations by the number that the file gives them; in files by other programs layers have numbers of their own.
    by_number: HashMap<u64, Vec<usize>>,
    /// Spans for tokens that relations point to, by row.
    tokens: HashMap<usize, AnnotationId>,
    ids: Vec<AnnotationId>,
    problems: Vec<(Option<usize>, String)>,
    imported: Imported,
}

impl<'d> Builder<'d> {
    fn build(&mut self, arrows: &[Arrow<'d>]) {
        let (layers, found) = (&self.document.layers, self.found);
        let meaning = |layer: usize, values| layers.get(layer).map(|layer| (layer, Meaning::new(layer, values)));
        let meanings: Vec<_> = found.iter().filter_map(|found| meaning(found.layer, &found.values)).collect();
        let arrow_meanings: Vec<_> = arrows.iter().filter_map(|arrow| meaning(arrow.layer, &arrow.values)).collect();
        let mut kinds = ValueKinds::default();
        for (_, meaning) in meanings.iter().chain(&arrow_meanings) {
            for (name, value) in &meaning.attributes {
                kinds.add(name, value);
            }
        }
        for (index, one) in found.iter().enumerate() {
            self.ids.push(self.numbering.give(None, one.number));
            if let Some(number) = one.number {
                self.by_number.entry(number).or_default().push(index);
            }
        }
        let mut entities = HashMap::new();
        for ((one, (layer, meaning)), id) in found.iter().zip(&meanings).zip(self.ids.clone()) {
            if layer.name != EVENT {
                let attributes = attributes(layer, NAMED_ENTITY, meaning, &kinds);
                self.span(one, meaning, attributes, id, &mut entities);
            }
        }
        for ((one, (layer, meaning)), id) in found.iter().zip(&meanings).zip(self.ids.clone()) {
            self.links(one, layer, meaning, id, &kinds);
        }
        for (arrow, (layer, meaning)) in arrows.iter().zip(&arrow_meanings) {
            self.arrow(arrow, layer, meaning, &kinds);
        }
        self.chains(&meanings);
    }

    fn span(
        &mut self,
        found: &Found<'d>,
        meaning: &Meaning<'d>,
        attributes: Attributes,
        id: AnnotationId,
        entities: &mut HashMap<String, usize>,
    ) {
        if let Some(row) = found.missing.and_then(|row| self.rows.get(row)) {
            let (near, text) = (found.range.start(), &self.placed.text);
            let mut span = unplaced(id, meaning.label.clone(), row.surface, near, text, &self.provenance);
            span.attributes = attributes;
            span.note.clone_from(&meaning.note);
            self.imported.spans.push(span);
            return;
        }
        let fragments = Fragments::one(found.range);
        let entity = meaning.identifier.as_ref().map(|identifier| {
            let (id, elsewhere) = entity_of(identifier);
            if !entities.contains_key(identifier) {
                entities.insert(identifier.clone(), self.imported.entities.len());
                self.imported.entities.push(Entity {
                    id: id.clone(),
                    name: fragments.surface(&self.placed.text),
                    kind: meaning.label.clone(),
                    aliases: Vec::new(),
                    identifiers: elsewhere.into_iter().map(|(scheme, id)| (scheme.to_owned(), id)).collect(),
                    note: String::new(),
                });
            }
            id
        });
        self.imported.spans.push(Span {
            id,
            label: meaning.label.clone(),
            fragments,
            attributes,
            entity,
            note: meaning.note.clone(),
            provenance: self.provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        });
    }

    /// Makes relations of the links of an annotation.
    fn links(&mut self, one: &Found<'d>, layer: &Layer, meaning: &Meaning<'d>, id: AnnotationId, kinds: &ValueKinds) {
        let is_event = layer.name == EVENT;
        let line = self.rows.get(one.first).map(|row| row.line);
        let mut event = self.relation(id, meaning.label.clone());
        for links in &one.links {
            let arguments = self.arguments(links, line);
            if !is_event {
                if !arguments.is_empty() {
                    let own = self.numbering.give(None, None);
                    let relation = self.relation(own, links.feature.into());
                    self.imported.relations.push(Relation { trigger: Some(id), arguments, ..relation });
                }
            } else if links.feature == TRIGGER.0 {
                event.trigger = arguments.first().map(|argument| argument.target);
            } else {
                event.arguments.extend(arguments);
            }
        }
        if is_event {
            event.attributes = attributes(layer, EVENT, meaning, kinds);
            event.note.clone_from(&meaning.note);
            self.imported.relations.push(event);
        }
    }

    fn arguments(&mut self, links: &Links<'d>, line: Option<usize>) -> Vec<Argument> {
        let mut arguments = Vec::new();
        let roles = links.roles.iter().copied().chain(std::iter::repeat(NULL));
        for (role, target) in roles.zip(&links.targets).filter(|(_, target)| **target != NULL && **target != NOTHING) {
            let (key, numbers) = with_numbers(target);
            match self.target(key, numbers.first().copied().unwrap_or(0), links.target) {
                Some(target) => {
                    let role =
                        if role == NULL || role == NOTHING { links.feature.into() } else { unescape_value(role) };
                    arguments.push(Argument { role: Name::from(&*role), target });
                }
                None => {
                    let message = format!("a link of {} points to {target}, where nothing is; left out", links.feature);
                    self.problems.push((line, message));
                }
            }
        }
        arguments
    }

    fn arrow(&mut self, arrow: &Arrow<'d>, layer: &Layer, meaning: &Meaning<'d>, kinds: &ValueKinds) {
        let Some(row) = self.rows.get(arrow.row) else { return };
        let base = layer.base().unwrap_or(ANNOTATION);
        let (key, numbers) = with_numbers(arrow.source);
        let number = |place: usize| numbers.get(place).copied().unwrap_or(0);
        let source = self.target(key, number(0), base);
        let target = self.target(&row.key.to_string(), number(1), base);
        let (Some(source), Some(target)) = (source, target) else {
            let message = format!("the relation from {} points to what is not there; left out", arrow.source);
            self.problems.push((Some(row.line), message));
            return;
        };
        let id = self.numbering.give(None, None);
        let mut relation = self.relation(id, meaning.label.clone());
        relation.arguments = ROLES
            .iter()
            .zip([source, target])
            .map(|((role, feature), target)| Argument {
                role: meaning.structure(feature).unwrap_or(role).into(),
                target,
            })
            .collect();
        relation.attributes = attributes(layer, RELATION, meaning, kinds);
        relation.note.clone_from(&meaning.note);
        self.imported.relations.push(relation);
    }

    /// Makes a relation from each link of a chain to the next.
    fn chains(&mut self, meanings: &[(&Layer, Meaning<'d>)]) {
        let mut chains: BTreeMap<(usize, u64), Vec<(u64, usize)>> = BTreeMap::new();
        for (index, one) in self.found.iter().enumerate() {
            if let Some((chain, link)) = one.chain {
                chains.entry((one.layer, chain)).or_default().push((link, index));
            }
        }
        let mut last = HashMap::new();
        for mut links in chains.into_values() {
            links.sort_unstable();
            let id = |index: usize| self.ids.get(index).copied();
            let pairs: Vec<_> =
                links.iter().zip(links.iter().skip(1)).map(|((_, one), (_, next))| (*one, *next)).collect();
            if let Some((_, index)) = links.last() {
                last.extend(id(*index).zip(meanings.get(*index)));
            }
            for (one, next) in pairs {
                let (Some(from), Some(to), Some((layer, meaning))) = (id(one), id(next), meanings.get(one)) else {
                    continue;
                };
                let own = self.numbering.give(None, None);
                let label = meaning.structure(CHAIN_RELATION).filter(|label| !label.trim().is_empty());
                let mut relation = self.relation(own, label.unwrap_or(short(&layer.name)).into());
                let roles = CHAIN_ROLES.into_iter().zip([from, to]);
                relation.arguments = roles.map(|(role, target)| Argument { role: role.into(), target }).collect();
                relation.attributes.insert(LAYER.into(), AttributeValue::Text(layer.name.as_str().into()));
                self.imported.relations.push(relation);
            }
        }
        // What would join the last link to the next is kept with it.
        for span in &mut self.imported.spans {
            if let Some(value) = last.get(&span.id).and_then(|(_, meaning)| meaning.structure(CHAIN_RELATION)) {
                span.attributes.insert(CHAIN_RELATION.into(), AttributeValue::Text(value.into()));
            }
        }
    }

    fn relation(&self, id: AnnotationId, label: Name) -> Relation {
        Relation {
            id,
            label,
            trigger: None,
            arguments: Vec::new(),
            attributes: Attributes::new(),
            note: String::new(),
            provenance: self.provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        }
    }

    /// The annotation that a reference names: by its number, or as the first one of type `base` in the row `key`.
    fn target(&mut self, key: &str, number: u64, base: &str) -> Option<AnnotationId> {
        let (layers, found, at) = (&self.document.layers, self.found, self.at);
        let row = document::Key::parse(key).and_then(|key| {
            let place = self.by_key.binary_search_by_key(&key, |(known, _)| *known).ok()?;
            self.by_key.get(place).map(|(_, row)| *row)
        });
        if number > 0 {
            let candidates = self.by_number.get(&number)?;
            let of = |test: &dyn Fn(&Found<'d>) -> bool| {
                candidates.iter().copied().find(|index| found.get(*index).is_some_and(test))
            };
            let layer = self.layers.get(base).copied();
            let best = of(&|found| Some(found.layer) == layer).or_else(|| of(&|found| Some(found.first) == row));
            let best = best.or_else(|| candidates.first().copied())?;
            return self.ids.get(best).copied();
        }
        let row = row?;
        let of_base = self.layers.get(base).and_then(|layer| {
            let place = at.partition_point(|(here, other, _)| (*here, *other) < (row, *layer));
            at.get(place).filter(|(here, other, _)| (*here, *other) == (row, *layer)).map(|(_, _, index)| *index)
        });
        // Dependencies name part-of-speech tags and mean tokens.
        let dependency = self.layers.get(DEPENDENCY).and_then(|layer| layers.get(*layer)?.base());
        let is_token = base == TOKEN || dependency == Some(base);
        let any = || {
            let place = at.partition_point(|(here, _, _)| *here < row);
            let first = at.get(place).filter(|(here, _, _)| *here == row).map(|(_, _, index)| *index);
            self.begins.get(&row).copied().or(first)
        };
        let best = of_base.or_else(|| if is_token { None } else { any() });
        match best {
            Some(index) => self.ids.get(index).copied(),
            None if is_token || base == ANNOTATION => self.token(row),
            None => None,
        }
    }

    /// A span for a token that has none, so that a relation can point to it.
    fn token(&mut self, row: usize) -> Option<AnnotationId> {
        if let Some(known) = self.tokens.get(&row) {
            return Some(*known);
        }
        let range = self.placed.rows.get(row)?.found()?;
        let id = self.numbering.give(None, None);
        self.tokens.insert(row, id);
        self.imported.spans.push(Span {
            id,
            label: short(TOKEN).into(),
            fragments: Fragments::one(range),
            attributes: [(LAYER.into(), AttributeValue::Text(TOKEN.into()))].into(),
            entity: None,
            note: String::new(),
            provenance: self.provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        });
        Some(id)
    }
}

/// The attributes of an annotation, and its layer if that is not `usual`.
fn attributes(layer: &Layer, usual: &str, meaning: &Meaning<'_>, kinds: &ValueKinds) -> Attributes {
    let values = meaning.attributes.iter();
    let mut attributes: Attributes =
        values.map(|(name, value)| (Name::from(name.as_str()), kinds.get(name).value(value))).collect();
    if layer.name != usual {
        attributes.insert(LAYER.into(), AttributeValue::Text(layer.name.as_str().into()));
    }
    attributes
}

/// What the head of a file defines whatever the annotations: labels and relations of layers that have no tag.
fn schema(layers: &[Layer]) -> Option<Schema> {
    let mut schema = Schema::default();
    let role = |role: &str| ArgumentDefinition { role: role.into(), allowed: Vec::new(), repeat: Repeat::One };
    for layer in layers.iter().filter(|layer| layer.tag().is_none()) {
        let name = Name::from(short(&layer.name));
        match layer.kind {
            Kind::Span if schema.label(&name).is_none() => {
                schema.labels.push(LabelDefinition { name, color: None, key: None, description: String::new() });
            }
            Kind::Relation if schema.relation(&name).is_none() => schema.relations.push(RelationDefinition {
                name,
                color: None,
                description: String::new(),
                symmetry: Symmetry::Directed,
                trigger: TriggerRule::None,
                arguments: ROLES.iter().map(|(name, _)| role(name)).collect(),
            }),
            _ => {}
        }
    }
    (schema != Schema::default()).then_some(schema)
}
