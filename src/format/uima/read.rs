//! From a CAS to an article: which structures are spans, relations and labels, and where.

use super::{
    cas::{Cas, INITIAL_VIEW, Id, Index, SOFA, Structure, Value},
    layers::{
        DEPENDENT, DEPENDENT_ROLE, GOVERNOR, GOVERNOR_ROLE, Kind, Layer, MEMBER, NOTE, PIECES, RELATION, STATUS, layers,
    },
    mentions::Mentions,
    metadata,
    types::Range,
    xmi::Fault,
};
use crate::{
    format::{
        Imported, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        decode::line_ending,
        reading::{Numbering, complete_relations, imported_from, normalize_line_endings, unplaced},
    },
    model::{
        AnnotationId, Argument, AttributeDefinition, AttributeKind, AttributeValue, Attributes, DocumentLabel,
        FilePart, Fragments, LabelDefinition, Name, Provenance, Relation, Schema, Span, Status, TextSource,
    },
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// Largest whole number that a number of Glosse holds exactly.
const EXACT: u64 = 1 << 53;

/// An article and where its annotations stand in the CAS.
pub(super) struct Reading {
    pub imported: Imported,
    pub layers: HashMap<Name, Arc<Layer>>,
    pub origins: BTreeMap<AnnotationId, Origin>,
    /// The sofa with the text of the article.
    pub sofa: Option<Id>,
    /// The text as it stands there.
    pub text: String,
    /// How many annotations of the text are not shown, by the names of their types.
    pub hidden: BTreeMap<Name, usize>,
}

/// What stands for an annotation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    Structure(Id),
    /// A token or the like that is a span only because something points to it.
    Hidden(Id),
    /// A feature with links.
    Slot {
        host: Id,
        feature: Name,
    },
}

/// What a file was called and how it was decoded.
pub(super) struct FileFacts<'a> {
    pub format: &'static str,
    pub name: &'a str,
    pub stem: &'a str,
    pub source: TextSource,
}

/// Reads the article of a CAS whose types are complete.
pub(super) fn read(cas: &Cas, file: FileFacts<'_>, options: &ReadOptions, problems: Vec<Fault>) -> Reading {
    let sofas: Vec<_> = cas.structures.iter().filter(|structure| &*structure.kind == SOFA).collect();
    let with_text = || sofas.iter().copied().filter(|sofa| sofa.text("sofaString").is_some());
    let initial = with_text().find(|sofa| sofa.text("sofaID") == Some(INITIAL_VIEW));
    let sofa = initial.or_else(|| with_text().next()).or(sofas.first().copied());
    let text = sofa.and_then(|sofa| sofa.text("sofaString"));

    let mut imported = Imported::new(file.stem, text.unwrap_or_default().to_owned());
    imported.metadata.origin = file.source;
    imported.metadata.origin.line_ending = line_ending(&imported.text);
    imported.metadata.language.clone_from(&options.default_language);
    let mut reader = Reader {
        cas,
        index: Index::new(cas),
        layers: layers(cas),
        file: file.name,
        sofa: sofa.map(|sofa| sofa.id),
        provenance: imported_from(file.format, options.time),
        warnings: Vec::new(),
        origins: BTreeMap::new(),
        hidden: BTreeMap::new(),
    };
    for (line, problem) in problems {
        reader.warn(line, problem);
    }
    if text.is_none() {
        reader.warn(None, "it has no text; its annotations are carried along and not shown");
    }
    let others: Vec<_> = sofas.iter().filter(|one| Some(one.id) != reader.sofa).collect();
    if !others.is_empty() {
        let names: Vec<_> = others.iter().map(|sofa| sofa.text("sofaID").unwrap_or("?")).collect();
        reader.warn(None, format!("views that are carried along and not shown: {}", names.join(", ")));
    }
    if text.is_some() {
        reader.annotations(&mut imported);
    }
    metadata::read(cas, &reader.layers, reader.sofa, &mut imported.metadata);
    for (id, problem) in complete_relations(&mut imported) {
        reader.warn(None, format!("relation {id}: {problem}"));
    }
    let Reader { layers, sofa, warnings, origins, hidden, .. } = reader;
    imported.schema = schema(cas, &layers).map(Arc::new);
    imported.kept = Some(FilePart::Whole);
    imported.warnings = warnings;
    let text = imported.text.clone();
    if options.normalize_line_endings {
        normalize_line_endings(&mut imported);
    }
    Reading { imported, layers, origins, sofa, text, hidden }
}

struct Reader<'a> {
    cas: &'a Cas,
    index: Index,
    layers: HashMap<Name, Arc<Layer>>,
    file: &'a str,
    sofa: Option<Id>,
    provenance: Provenance,
    warnings: Vec<Warning>,
    origins: BTreeMap<AnnotationId, Origin>,
    hidden: BTreeMap<Name, usize>,
}

impl<'a> Reader<'a> {
    fn warn(&mut self, line: Option<usize>, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line, message: message.into() });
    }

    /// The structures of the text, with their layers.
    fn structures(&self) -> impl Iterator<Item = (&'a Structure, &Arc<Layer>)> {
        let of_text = |structure: &&Structure| match structure.reference("sofa") {
            Some(sofa) => Some(sofa) == self.sofa,
            None => true,
        };
        let all = self.cas.structures.iter().filter(of_text);
        all.filter_map(|structure| Some((structure, self.layers.get(&structure.kind)?)))
    }

    fn annotations(&mut self, imported: &mut Imported) {
        let links = self.links();
        let wanted: HashSet<Id> = links
            .iter()
            .flat_map(|link| link.trigger.into_iter().chain(link.arguments.iter().map(|(_, id)| *id)))
            .collect();
        let ids = self.cas.structures.iter().filter_map(|structure| u64::try_from(structure.id).ok());
        let mut numbering = Numbering::new(ids);
        self.spans(&wanted, &mut numbering, imported);
        self.relations(links, &mut numbering, imported);
        self.document_labels(&mut numbering, imported);
        let shown: Vec<_> = self
            .hidden
            .iter()
            .filter(|(name, _)| !matches!(&***name, "Token" | "Sentence" | "Paragraph"))
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        if !shown.is_empty() {
            self.warn(None, format!("carried along and not shown: {}", shown.join(", ")));
        }
    }

    fn spans(&mut self, wanted: &HashSet<Id>, numbering: &mut Numbering, imported: &mut Imported) {
        let text = imported.text.clone();
        let anchors = Anchors::new(&text);
        let unit = self.unit(&anchors, &text);
        let mut mentions = Mentions::default();
        let mut found = Vec::new();
        let mut hidden: BTreeMap<Name, usize> = BTreeMap::new();
        for (structure, layer) in self.structures() {
            if layer.kind == Kind::Hidden && !wanted.contains(&structure.id) {
                // Descriptions of tag sets have a place for want of another.
                if structure.has_place() && !structure.kind.contains(".metadata.") {
                    *hidden.entry(layer.name.clone()).or_default() += 1;
                }
            } else if layer.is_placed()
                && self.index.get(self.cas, structure.id).is_some_and(|first| std::ptr::eq(first, structure))
            {
                found.push((structure, layer.clone()));
            }
        }
        self.hidden = hidden;
        for (structure, layer) in found {
            let id = numbering.give(Some(structure.id.to_string()), u64::try_from(structure.id).ok());
            let origin = match layer.kind {
                Kind::Hidden => Origin::Hidden(structure.id),
                _ => Origin::Structure(structure.id),
            };
            self.origins.insert(id, origin);
            let label = label(structure, &layer);
            let place = self.place(structure, &anchors, unit);
            let mut span = match place {
                Ok(fragments) => Span {
                    id,
                    label,
                    fragments,
                    attributes: Attributes::new(),
                    entity: None,
                    note: String::new(),
                    provenance: self.provenance.clone(),
                    status: Status::Accepted,
                    corrected_from: None,
                },
                Err(claim) => {
                    let (begin, end) = claim.pieces.first().copied().unwrap_or_default();
                    let what = format!("the place {begin} to {end} of the {} {}", layer.name, structure.id);
                    self.warn(structure.line, format!("{what} is none in the text; place it by hand"));
                    let near = anchors.near(unit, &claim);
                    let mut span = unplaced(id, label, "", near, &text, &self.provenance);
                    span.provenance.reason = Some(format!("{what} is none in the text; place it by hand").into());
                    imported.spans.push(span);
                    continue;
                }
            };
            span.attributes = attributes(structure, &layer);
            span.note = structure.text(NOTE).unwrap_or_default().to_owned();
            span.status = status(structure);
            span.entity = mentions.entity(self.cas, &self.index, structure, &span, &text);
            imported.spans.push(span);
        }
        imported.entities = mentions.entities();
    }

    /// The unit that the annotation of the whole text counts in: it ends where the text ends.
    fn unit(&mut self, anchors: &Anchors<'_>, text: &str) -> Unit {
        let whole = self.structures().find(|(_, layer)| layer.kind == Kind::Metadata);
        let end = whole.and_then(|(structure, _)| u64::try_from(structure.integer("end")?).ok());
        let claims: Vec<_> = end.into_iter().map(|end| Claim { pieces: vec![(0, end)], surface: Some(text) }).collect();
        let unit = anchors.choose_unit(Unit::Utf16, &claims);
        if unit != Unit::Utf16 {
            self.warn(None, format!("the annotation of the whole text shows that offsets count {}", unit.in_words()));
        }
        unit
    }

    fn place(&mut self, structure: &Structure, anchors: &Anchors<'_>, unit: Unit) -> Result<Fragments, Claim<'static>> {
        // What is missing is zero, as in the program that reads it.
        let offset = |name: &str| match structure.get(name) {
            None => 0,
            Some(_) => structure.integer(name).and_then(|count| u64::try_from(count).ok()).unwrap_or(u64::MAX),
        };
        let whole = Claim { pieces: vec![(offset("begin"), offset("end"))], surface: None };
        let Anchored::Exact(hull) = anchors.place(unit, &whole) else { return Err(whole) };
        let Some(stated) = structure.text(PIECES) else { return Ok(hull) };
        let pieces: Option<Vec<(u64, u64)>> = stated
            .split_ascii_whitespace()
            .map(|piece| {
                let (start, end) = piece.split_once('-')?;
                Some((start.parse().ok()?, end.parse().ok()?))
            })
            .collect();
        let claim = Claim { pieces: pieces.unwrap_or_default(), surface: None };
        match anchors.place(unit, &claim) {
            Anchored::Exact(fragments) if fragments.hull() == hull.hull() => Ok(fragments),
            _ => {
                let message = format!("the pieces {stated:?} of {} are not those of its place; left out", structure.id);
                self.warn(structure.line, message);
                Ok(hull)
            }
        }
    }

    /// Everything that links annotations.
    fn links(&self) -> Vec<LinkFound<'a>> {
        let mut found = Vec::new();
        for (structure, layer) in self.structures() {
            let new = |label: Name, origin: Origin, trigger, arguments| LinkFound {
                structure,
                label,
                origin,
                trigger,
                arguments,
            };
            let itself = Origin::Structure(structure.id);
            match layer.kind {
                Kind::Relation => {
                    let is_own = &*structure.kind == RELATION;
                    let role = |feature: &str, role: &str| -> Option<(Name, Id)> {
                        let name = structure.text(role).filter(|_| is_own).unwrap_or(feature);
                        Some((name.into(), structure.reference(feature)?))
                    };
                    let sides = [role(GOVERNOR, GOVERNOR_ROLE), role(DEPENDENT, DEPENDENT_ROLE)];
                    found.push(new(label(structure, layer), itself, None, sides.into_iter().flatten().collect()));
                }
                Kind::Event => {
                    let trigger = structure.reference("trigger");
                    let arguments = self.targets(structure, &"arguments".into());
                    found.push(new(label(structure, layer), itself, trigger, arguments));
                }
                Kind::Chain => {
                    let name = layer.name.strip_suffix("Chain").filter(|name| !name.is_empty());
                    let arguments = self.members(structure).into_iter().map(|id| (MEMBER.into(), id)).collect();
                    found.push(new(name.unwrap_or(&layer.name).into(), itself, None, arguments));
                }
                Kind::Span => {
                    for feature in &layer.slots {
                        let arguments = self.targets(structure, feature);
                        if !arguments.is_empty() {
                            let origin = Origin::Slot { host: structure.id, feature: feature.clone() };
                            let label = format!("{}.{feature}", layer.name).into();
                            found.push(new(label, origin, Some(structure.id), arguments));
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The targets of a feature with links, or of one with annotations, and their roles.
    fn targets(&self, structure: &Structure, feature: &Name) -> Vec<(Name, Id)> {
        let ids = self.index.references(self.cas, structure, feature);
        let target = |id: Id| {
            let linked = self.index.get(self.cas, id)?;
            let kind = self.layers.get(&linked.kind)?.kind;
            if kind != Kind::Link {
                return linked.has_place().then(|| (feature.clone(), id));
            }
            let role = linked.text("role").filter(|role| !role.is_empty());
            Some((role.map_or_else(|| feature.clone(), Name::from), linked.reference("target")?))
        };
        ids.into_iter().filter_map(target).collect()
    }

    fn members(&self, chain: &Structure) -> Vec<Id> {
        let mut seen = HashSet::new();
        let mut members = Vec::new();
        let mut next = chain.reference("first");
        while let Some(id) = next.filter(|id| seen.insert(*id)) {
            members.push(id);
            next = self.index.get(self.cas, id).and_then(|link| link.reference("next"));
        }
        members
    }

    fn relations(&mut self, links: Vec<LinkFound<'_>>, numbering: &mut Numbering, imported: &mut Imported) {
        // Numbers first: relations point to relations that come later.
        let mut numbered = Vec::new();
        for link in links {
            let (key, number) = match link.origin {
                Origin::Slot { .. } => (None, None),
                _ => (Some(link.structure.id.to_string()), u64::try_from(link.structure.id).ok()),
            };
            let id = numbering.give(key, number);
            self.origins.insert(id, link.origin.clone());
            numbered.push((id, link));
        }
        for (id, link) in numbered {
            let LinkFound { structure, label, origin, trigger, arguments } = link;
            let mut target = |target: Id, what: &str| {
                let found = numbering.get(&target.to_string());
                if found.is_none() {
                    let message =
                        format!("the {what} of {label} points to {target}, which is no annotation of the text");
                    self.warn(structure.line, format!("{message}; it stays without that"));
                }
                found
            };
            let trigger = trigger.and_then(|id| target(id, "trigger"));
            let arguments: Vec<_> = arguments
                .into_iter()
                .filter_map(|(role, id)| Some(Argument { target: target(id, &role)?, role }))
                .collect();
            if trigger.is_none() && arguments.is_empty() {
                self.warn(structure.line, format!("the {label} {} links nothing and is not shown", structure.id));
                self.origins.remove(&id);
                continue;
            }
            // The features of a host are attributes of its span.
            let own = self.layers.get(&structure.kind).filter(|_| matches!(origin, Origin::Structure(_)));
            imported.relations.push(Relation {
                id,
                label,
                trigger,
                arguments,
                attributes: own.map(|layer| attributes(structure, layer)).unwrap_or_default(),
                note: own.and_then(|_| structure.text(NOTE)).unwrap_or_default().to_owned(),
                provenance: self.provenance.clone(),
                status: own.map_or(Status::Accepted, |_| status(structure)),
                corrected_from: None,
            });
        }
    }

    fn document_labels(&mut self, numbering: &mut Numbering, imported: &mut Imported) {
        let found: Vec<_> = self
            .structures()
            .filter(|(_, layer)| layer.kind == Kind::DocumentLabel)
            .map(|(structure, layer)| (structure, label(structure, layer)))
            .collect();
        for (structure, label) in found {
            let id = numbering.give(Some(structure.id.to_string()), u64::try_from(structure.id).ok());
            self.origins.insert(id, Origin::Structure(structure.id));
            imported.document_labels.push(DocumentLabel {
                id,
                label,
                note: structure.text(NOTE).unwrap_or_default().to_owned(),
                provenance: self.provenance.clone(),
                status: status(structure),
            });
        }
    }
}

/// Something that links annotations.
struct LinkFound<'a> {
    structure: &'a Structure,
    label: Name,
    origin: Origin,
    trigger: Option<Id>,
    arguments: Vec<(Name, Id)>,
}

fn label(structure: &Structure, layer: &Layer) -> Name {
    let stated = layer.label.as_ref().and_then(|feature| structure.text(feature));
    stated.filter(|label| !label.trim().is_empty()).map_or_else(|| layer.name.clone(), Name::from)
}

fn status(structure: &Structure) -> Status {
    structure.text(STATUS).and_then(Status::parse).unwrap_or_default()
}

fn attributes(structure: &Structure, layer: &Layer) -> Attributes {
    let values = layer.attributes.iter().filter_map(|(feature, name, range)| {
        let value = attribute(structure.get(feature)?, *range)?;
        Some((name.clone(), value))
    });
    values.collect()
}

fn attribute(value: &Value, range: Range) -> Option<AttributeValue> {
    Some(match value {
        Value::Flag(flag) => AttributeValue::Flag(*flag),
        // Above that, a number would be another.
        Value::Integer(number) if number.unsigned_abs() <= EXACT => AttributeValue::Number(*number as f64),
        Value::Integer(number) => AttributeValue::Text(number.to_string().into()),
        Value::Number(number) => AttributeValue::Number(*number),
        Value::Text(text) => match (range, text.as_str()) {
            (Range::Flag, "true") => AttributeValue::Flag(true),
            (Range::Flag, "false") => AttributeValue::Flag(false),
            (Range::Integer | Range::Number, text) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => AttributeValue::Number(number),
                _ => AttributeValue::Text(text.into()),
            },
            (_, text) => AttributeValue::Text(text.into()),
        },
        Value::Json(serde_json::Value::Null) => return None,
        Value::Json(value) => AttributeValue::Text(crate::format::value::plain(value).into()),
        Value::Reference(_) | Value::References(_) | Value::Texts(_) => return None,
    })
}

/// The values that the types of a file allow.
fn schema(cas: &Cas, layers: &HashMap<Name, Arc<Layer>>) -> Option<Schema> {
    let mut schema = Schema::default();
    let values = |kind: &Name, feature: &Name| {
        let range = cas.types.feature(kind, feature).and_then(|feature| cas.types.get(&feature.range));
        range.map(|range| range.values.clone()).unwrap_or_default()
    };
    let mut sorted: Vec<_> = layers.iter().filter(|(_, layer)| layer.kind == Kind::Span).collect();
    sorted.sort_by_key(|(name, _)| *name);
    for (name, layer) in sorted {
        for label in layer.label.iter().flat_map(|feature| values(name, feature)) {
            if schema.label(&label).is_none() && !label.trim().is_empty() {
                schema.labels.push(LabelDefinition { name: label, color: None, key: None, description: String::new() });
            }
        }
        for (feature, attribute, _) in &layer.attributes {
            let values = values(name, feature);
            if !values.is_empty() && schema.attribute(attribute).is_none() {
                schema.attributes.push(AttributeDefinition {
                    name: attribute.clone(),
                    applies_to: Vec::new(),
                    kind: AttributeKind::Choice(values),
                    default: None,
                    description: String::new(),
                });
            }
        }
    }
    (schema != Schema::default()).then_some(schema)
}
