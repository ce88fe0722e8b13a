//! Makes an article of a row.

use super::{
    columns::{Entity, Features, Roles},
    tags::{align, join, label, spans, tag_names},
};
use crate::{
    format::{
        Imported, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        date::iso_date,
        json_lines::Object,
        reading::{Numbering, imported_from, normalize_line_endings, unplaced},
        value::plain,
    },
    model::{
        Attributes, DocumentLabel, DocumentLabelDefinition, Fragments, LabelDefinition, Name, Provenance, Schema, Span,
        Status,
    },
    text::TextRange,
};
use serde_json::Value;
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

/// Reads the rows of a file.
#[derive(Clone)]
pub(in crate::format) struct RowReader<'a> {
    file: &'a str,
    options: &'a ReadOptions,
    features: Features,
    schema: Option<Arc<Schema>>,
    provenance: Provenance,
    warnings: Vec<Warning>,
    line: Option<usize>,
}

/// What is said of tags that are numbers without names.
const UNNAMED: &str = "nothing names the numbers of the tags; neighbors with the same number were read as one span";

/// Leaves what is true of a whole file to the first of its rows: it is dropped if `is_told`, which becomes true when it is told.
pub(in crate::format) fn tell_once(warnings: &mut Vec<Warning>, is_told: &mut bool) {
    warnings.retain(|warning| warning.message != UNNAMED || !std::mem::replace(is_told, true));
}

impl<'a> RowReader<'a> {
    pub(in crate::format) fn new(
        format: &'static str,
        file: &'a str,
        features: Features,
        options: &'a ReadOptions,
    ) -> Self {
        let schema = None;
        let provenance = imported_from(format, options.time);
        Self { file, options, features, schema, provenance, warnings: Vec::new(), line: None }
    }

    /// The article of a row; `fallback_id` if it names none.
    ///
    /// # Errors
    /// If the row has neither a text nor tokens.
    pub(in crate::format) fn read(
        &mut self,
        row: &Object,
        line: Option<usize>,
        fallback_id: &str,
    ) -> Result<Imported, String> {
        self.line = line;
        let roles = Roles::of(row, self.options.text_column.as_deref());
        if !roles.has_text() {
            return Err("there is no column \"text\" or \"tokens\"; the row was left out".to_owned());
        }
        let column = |name: &Option<String>| name.as_ref().and_then(|name| row.get(name));
        let list = column(&roles.tokens).and_then(Value::as_array).into_iter().flatten();
        let tokens: Vec<&str> = list.filter_map(Value::as_str).collect();
        let (text, places) = match column(&roles.text).and_then(Value::as_str) {
            Some(text) => (text.to_owned(), roles.tokens.as_ref().and_then(|_| align(text, &tokens))),
            None => {
                let (text, places) = join(&tokens);
                (text, Some(places))
            }
        };
        let id = column(&roles.id).map(plain).filter(|id| !id.is_empty());
        let mut imported = Imported::new(id.as_deref().unwrap_or(fallback_id), text);
        self.metadata(row, &roles, &mut imported);
        let mut numbering = Numbering::default();
        if let Some(value) = column(&roles.entities) {
            self.entities(value, roles.entities.as_deref().unwrap_or_default(), &mut numbering, &mut imported);
        }
        if let Some((name, tags)) = roles.tags.as_ref().and_then(|name| Some((name, row.get(name)?.as_array()?))) {
            self.tags(tags, name, places.as_deref(), roles.entities.is_some(), &mut numbering, &mut imported);
        }
        self.labels(column(&roles.labels), roles.labels.as_deref(), &mut numbering, &mut imported);
        imported.schema = self.schema(&roles);
        if self.options.normalize_line_endings {
            normalize_line_endings(&mut imported);
        }
        imported.warnings = std::mem::take(&mut self.warnings);
        Ok(imported)
    }

    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line: self.line, message: message.into() });
    }

    /// All other columns with one value.
    fn metadata(&self, row: &Object, roles: &Roles, imported: &mut Imported) {
        let metadata = &mut imported.metadata;
        for (name, value) in row.iter().filter(|(name, _)| !roles.has(name)) {
            if matches!(value, Value::Null | Value::Array(_) | Value::Object(_)) {
                continue;
            }
            let value = plain(value);
            match name.to_lowercase().as_str() {
                "title" => metadata.title = value,
                "source" => metadata.source = value,
                "url" => metadata.url = value,
                "date" => metadata.date = iso_date(&value),
                "language" | "lang" => metadata.language = value,
                _ => {
                    metadata.other.insert(name.clone(), value);
                }
            }
        }
        if metadata.language.is_empty() {
            metadata.language.clone_from(&self.options.default_language);
        }
    }

    /// The name of a class, which may stand there as a number.
    fn class(&self, value: &Value, column: &str) -> Option<Name> {
        let names = self.features.names(column);
        let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
        let named = number.and_then(|number| names?.get(number).cloned());
        let name = named.unwrap_or_else(|| if value.is_null() { String::new() } else { plain(value) });
        (!name.trim().is_empty()).then(|| name.as_str().into())
    }

    fn entities<'value>(
        &mut self,
        value: &'value Value,
        column: &str,
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        let entities = Entity::all(value);
        let text = imported.text.clone();
        let anchors = Anchors::new(&text);
        let claim =
            |entity: &Entity<'value>| Claim { pieces: entity.place.into_iter().collect(), surface: entity.surface };
        let claims: Vec<Claim<'value>> = entities.iter().map(claim).collect();
        let (unit, places) = anchors.place_all(Unit::CodePoint, &claims);
        if unit != Unit::CodePoint {
            self.warn(format!("the texts of the entities show that offsets count {}", unit.in_words()));
        }
        imported.spans.reserve(entities.len());
        for ((entity, claim), place) in entities.iter().zip(&claims).zip(places) {
            let Some(label) = entity.label.and_then(|label| self.class(label, column)) else {
                self.warn("an entity has no label and was left out");
                continue;
            };
            let id = numbering.give(None, None);
            let fragments = match place {
                Anchored::Exact(fragments) => fragments,
                Anchored::Moved(fragments) => {
                    self.warn(format!("the {label:?} at {:?} was moved to its text nearby", claim.pieces));
                    fragments
                }
                Anchored::Nowhere => {
                    self.warn(format!("the {label:?} is not at {:?}; place it by hand", claim.pieces));
                    let (surface, near) = (claim.surface.unwrap_or_default(), anchors.near(unit, claim));
                    imported.spans.push(unplaced(id, label, surface, near, &text, &self.provenance));
                    continue;
                }
            };
            imported.spans.push(self.span(id, label, fragments));
        }
    }

    fn span(&self, id: crate::model::AnnotationId, label: Name, fragments: Fragments) -> Span {
        Span {
            id,
            label,
            fragments,
            attributes: Attributes::new(),
            entity: None,
            note: String::new(),
            provenance: self.provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        }
    }

    /// The spans in the tags; beside entities only those that are not among them are told.
    fn tags(
        &mut self,
        tags: &[Value],
        column: &str,
        places: Option<&[TextRange]>,
        has_entities: bool,
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        let (names, unnamed) = tag_names(tags, &self.features, column);
        if unnamed {
            self.warn(UNNAMED);
        }
        let Some(places) = places else {
            self.warn("the tokens are not those of the text; their tags were left out");
            return;
        };
        let mut known: HashSet<(TextRange, Name)> = HashSet::new();
        if has_entities {
            known.extend(imported.spans.iter().map(|span| (span.fragments.hull(), span.label.clone())));
        }
        let mut more = 0;
        for (first, end, label) in spans(&names) {
            let (Some(first), Some(last)) = (places.get(first), end.checked_sub(1).and_then(|last| places.get(last)))
            else {
                continue;
            };
            let range = TextRange::new(first.start(), last.end());
            if !has_entities {
                let id = numbering.give(None, None);
                imported.spans.push(self.span(id, label.into(), Fragments::one(range)));
            } else if !known.contains(&(range, label.into())) {
                more += 1;
            }
        }
        if more > 0 {
            self.warn(format!("{more} spans of the tags are not among the entities and were left out"));
        }
    }

    fn labels(
        &mut self,
        value: Option<&Value>,
        column: Option<&str>,
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        let Some((value, column)) = value.zip(column) else { return };
        let list = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        let mut seen = BTreeSet::new();
        for label in list.iter().filter_map(|label| self.class(label, column)) {
            if seen.insert(label.clone()) {
                imported.document_labels.push(DocumentLabel {
                    id: numbering.give(None, None),
                    label,
                    note: String::new(),
                    provenance: self.provenance.clone(),
                    status: Status::Accepted,
                });
            }
        }
    }

    /// The classes that the file names, made once.
    fn schema(&mut self, roles: &Roles) -> Option<Arc<Schema>> {
        if self.features.classes.is_empty() {
            return None;
        }
        if self.schema.is_none() {
            let names = |role: &Option<String>| role.as_ref().and_then(|column| self.features.names(column));
            let mut seen = BTreeSet::new();
            let tags = names(&roles.tags).unwrap_or_default().iter().filter_map(|tag| label(tag));
            let all = tags.chain(names(&roles.entities).unwrap_or_default().iter().map(String::as_str));
            let labels = all.filter(|name| !name.trim().is_empty() && seen.insert(*name)).map(|name| LabelDefinition {
                name: name.into(),
                color: None,
                key: None,
                description: String::new(),
            });
            let labels = labels.collect();
            let mut seen = BTreeSet::new();
            let classes = names(&roles.labels).unwrap_or_default().iter();
            let document_labels = classes.filter(|name| !name.trim().is_empty() && seen.insert(*name)).map(|name| {
                DocumentLabelDefinition { name: name.as_str().into(), color: None, description: String::new() }
            });
            let document_labels = document_labels.collect();
            self.schema = Some(Arc::new(Schema { labels, document_labels, ..Schema::default() }));
        }
        self.schema.clone()
    }
}
