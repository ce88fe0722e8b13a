//! From an article to a CAS.

use super::{
    cas::{Cas, INITIAL_VIEW, Id, SOFA, Structure, Value, View},
    layers::{
        DEPENDENT, DEPENDENT_ROLE, DOCUMENT_LABEL, ENTITY, ENTITY_REFERENCE, EVENT, FIELD, GOVERNOR, GOVERNOR_ROLE,
        LINK, METADATA, NAMED_ENTITY, NOTE, PIECES, RELATION, SENTENCE, STATUS, TOKEN, own_types,
    },
    mentions, metadata,
    names::Names,
    types::{ANNOTATION, TypeSystem},
    xmi::is_allowed,
};
use crate::{
    format::{ExportContext, Exported, Holds, Loss, loss::LossLog},
    model::{
        AnnotationId, AttributeValue, Attributes, DocumentLabel, EntityId, Fragments, Name, Relation, Span, Status,
    },
    text::{
        ByteOffset, OffsetTable, TextRange,
        segment::{sentences, tokens},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// What the written file can hold of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Characters {
    All,
    /// Those of XML 1.0.
    Xml,
}

/// Where the positions of an article are in the text of its CAS, which may have kept other line ends.
pub(super) struct Positions {
    text: String,
    table: OffsetTable,
    /// Where in the text of the article a line ends that ends with `\r\n` in the CAS.
    returns: Vec<usize>,
}

impl Positions {
    /// For a CAS with this text.
    pub fn new(text: &str, is_normalized: bool) -> Self {
        let returns = match is_normalized {
            true => text.match_indices("\r\n").enumerate().map(|(count, (place, _))| place - count).collect(),
            false => Vec::new(),
        };
        Self { text: text.to_owned(), table: OffsetTable::new(text), returns }
    }

    /// The offset in UTF-16 units for a byte of the article.
    fn utf16_from_byte(&self, offset: ByteOffset) -> u32 {
        let added = self.returns.partition_point(|place| *place < offset.to_usize());
        self.table.utf16_from_byte(&self.text, ByteOffset::from_usize(offset.to_usize() + added))
    }
}

/// Adds annotations to a CAS.
pub(super) struct Composer<'a, 'l> {
    pub exported: Exported<'a>,
    pub context: &'a ExportContext<'a>,
    pub cas: Cas,
    pub names: &'l mut Names,
    pub log: LossLog<'a, 'l>,
    pub characters: Characters,
    pub positions: Positions,
    pub sofa: Id,
    /// Structures of the annotations that stand in the CAS.
    pub ids: BTreeMap<AnnotationId, Id>,
    taken: BTreeSet<Id>,
    new_members: Vec<Id>,
    entities: BTreeMap<EntityId, Id>,
}

/// The CAS of an article that came from nowhere.
pub(super) fn article(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    characters: Characters,
    holds: &Holds,
    names: &mut Names,
    losses: &mut Vec<Loss>,
) -> Cas {
    let cas = Cas { types: own_types(), ..Cas::default() };
    let positions = Positions::new(exported.text.as_str(), false);
    let mut composer =
        Composer::new(exported, context, cas, positions, characters, names, LossLog::new(exported, losses));
    composer.sofa();
    composer.document();
    for (key, value) in metadata::fields(exported.metadata) {
        composer.field(&key, &value);
    }
    composer.segments();
    let set = exported.annotations;
    set.spans().for_each(|span| composer.span(span));
    set.relations().for_each(|relation| composer.relation(relation));
    set.document_labels().for_each(|label| composer.document_label(label));
    composer.finish(holds)
}

impl<'a, 'l> Composer<'a, 'l> {
    pub fn new(
        exported: Exported<'a>,
        context: &'a ExportContext<'a>,
        cas: Cas,
        positions: Positions,
        characters: Characters,
        names: &'l mut Names,
        log: LossLog<'a, 'l>,
    ) -> Self {
        let taken = cas.structures.iter().map(|structure| structure.id).collect();
        Self {
            exported,
            context,
            cas,
            names,
            log,
            characters,
            positions,
            sofa: 0,
            ids: BTreeMap::new(),
            taken,
            new_members: Vec::new(),
            entities: BTreeMap::new(),
        }
    }

    /// The finished CAS; says what no CAS holds.
    pub fn finish(mut self, holds: &Holds) -> Cas {
        let sofa = self.sofa;
        match self.cas.views.iter_mut().find(|view| view.sofa == Some(sofa)) {
            Some(view) => view.members.append(&mut self.new_members),
            None => {
                let members = std::mem::take(&mut self.new_members);
                self.cas.views.push(View { name: INITIAL_VIEW.to_owned(), sofa: Some(sofa), members });
            }
        }
        let ids = self.ids;
        self.log.details(holds, |id| ids.contains_key(&id));
        self.cas
    }

    /// The number of the structure for an annotation: its own where that is free.
    pub fn number(&mut self, id: AnnotationId) -> Id {
        if let Some(number) = self.ids.get(&id) {
            return *number;
        }
        let own = Id::from(id.0);
        let number = if own > 0 && self.taken.insert(own) { own } else { self.free() };
        self.ids.insert(id, number);
        number
    }

    fn free(&mut self) -> Id {
        let last = self.exported.annotations.next_id().0;
        let number = self.taken.last().copied().unwrap_or(0).max(Id::from(last)).saturating_add(1);
        self.taken.insert(number);
        number
    }

    fn push(&mut self, id: Id, kind: &str, features: Vec<(&str, Value)>) {
        let features = features.into_iter().map(|(name, value)| (Name::from(name), value)).collect();
        self.cas.structures.push(Structure { id, kind: kind.into(), features, line: None });
    }

    /// Takes back that the latest structure is new in the view.
    pub fn forget_member(&mut self, id: Id) {
        self.new_members.pop_if(|member| *member == id);
    }

    /// Makes a structure part of the view of the text.
    fn push_member(&mut self, id: Id, kind: &str, features: Vec<(&str, Value)>) {
        self.push(id, kind, features);
        self.new_members.push(id);
    }

    /// Text as the file can hold it.
    pub fn text(&mut self, id: Option<AnnotationId>, what: &str, text: &str) -> Value {
        if self.characters == Characters::All || text.chars().all(is_allowed) {
            return Value::Text(text.to_owned());
        }
        let count = text.chars().filter(|char| !is_allowed(*char)).count();
        let what = format!("{count} control characters in the {what}; they became U+FFFD");
        match id {
            Some(id) => self.log.annotation(id, what, "XML can not hold them"),
            None => self.log.article(what, "XML can not hold them"),
        }
        Value::Text(text.chars().map(|char| if is_allowed(char) { char } else { '\u{FFFD}' }).collect())
    }

    fn sofa(&mut self) {
        self.sofa = self.free();
        let text = self.text(None, "text", self.exported.text.as_str());
        let features = vec![
            ("sofaNum", Value::Integer(1)),
            ("sofaID", Value::Text(INITIAL_VIEW.to_owned())),
            ("mimeType", Value::Text("text".to_owned())),
            ("sofaString", text),
        ];
        self.push(self.sofa, SOFA, features);
    }

    /// `sofa`, `begin` and `end`.
    pub fn place(&self, range: TextRange) -> Vec<(&'static str, Value)> {
        let offset = |byte| Value::Integer(self.positions.utf16_from_byte(byte).into());
        vec![("sofa", Value::Reference(self.sofa)), ("begin", offset(range.start())), ("end", offset(range.end()))]
    }

    /// All of the text.
    pub fn whole(&self) -> TextRange {
        TextRange::from_usize(0, self.exported.text.as_str().len())
    }

    /// The annotation of the whole text, with the metadata that have a place in it.
    pub fn document(&mut self) {
        let exported = self.exported;
        let mut features = self.place(self.whole());
        for (name, value) in metadata::features(exported.metadata) {
            let value = match value {
                Value::Text(text) => self.text(None, name, &text),
                other => other,
            };
            features.push((name, value));
        }
        features.push(("documentId", Value::Text(exported.id.to_string())));
        features.push(("isLastSegment", Value::Flag(true)));
        let id = self.free();
        self.push_member(id, METADATA, features);
    }

    /// A name and value of metadata.
    pub fn field(&mut self, key: &str, value: &str) {
        let mut features = self.place(TextRange::at(ByteOffset::default()));
        features.push(("key", self.text(None, "name of metadata", key)));
        features.push(("value", self.text(None, key, value)));
        let id = self.free();
        self.push_member(id, FIELD, features);
    }

    /// Sentences and tokens.
    pub fn segments(&mut self) {
        let text = self.exported.text.as_str();
        for range in sentences(text) {
            let id = self.free();
            self.push_member(id, SENTENCE, self.place(range));
        }
        for range in tokens(text) {
            let id = self.free();
            self.push_member(id, TOKEN, self.place(range));
        }
    }

    pub fn span(&mut self, span: &Span) {
        self.add_types();
        let id = self.number(span.id);
        let mut features = self.place(span.fragments.hull());
        features.push(("value", self.text(Some(span.id), "label", &span.label)));
        if let Some(entity) = &span.entity {
            features.extend(self.entity_features(span.id, entity));
        }
        features.extend(self.pieces(&span.fragments).map(|pieces| (PIECES, pieces)));
        features.extend(self.remarks(span.id, &span.note, span.status));
        self.push_member(id, NAMED_ENTITY, features);
        self.attributes(span.id, id, NAMED_ENTITY, &span.attributes);
    }

    /// Where the pieces of a span lie, if it has several.
    pub fn pieces(&self, fragments: &Fragments) -> Option<Value> {
        let offset = |byte| self.positions.utf16_from_byte(byte);
        let piece = |range: TextRange| format!("{}-{}", offset(range.start()), offset(range.end()));
        (fragments.count() > 1).then(|| Value::Text(fragments.iter().map(piece).collect::<Vec<_>>().join(" ")))
    }

    /// Note and status.
    pub fn remarks(&mut self, id: AnnotationId, note: &str, status: Status) -> Vec<(&'static str, Value)> {
        let mut features = Vec::new();
        if !note.is_empty() {
            features.push((NOTE, self.text(Some(id), "note", note)));
        }
        if status != Status::Accepted {
            features.push((STATUS, Value::Text(status.as_str().to_owned())));
        }
        features
    }

    /// What names an entity, for this program and for others.
    pub fn entity_features(&mut self, span: AnnotationId, entity: &EntityId) -> Vec<(&'static str, Value)> {
        let identifier = mentions::identifier(entity, self.context.entities.get(entity));
        let identifier = self.text(Some(span), "identifier", &identifier);
        vec![("identifier", identifier), (ENTITY_REFERENCE, Value::Reference(self.entity(entity)))]
    }

    fn entity(&mut self, id: &EntityId) -> Id {
        if let Some(known) = self.entities.get(id) {
            return *known;
        }
        let mut features = vec![("entity", self.text(None, "id of the entity", id.as_str()))];
        if let Some(entity) = self.context.entities.get(id) {
            for (name, value) in [("name", &*entity.name), ("kind", &*entity.kind), ("note", &*entity.note)] {
                features.push((name, self.text(None, &format!("entity {id}"), value)));
            }
            let (schemes, identifiers): (Vec<_>, Vec<_>) = entity.identifiers.iter().unzip();
            let aliases = entity.aliases.iter().collect();
            for (name, values) in [("aliases", aliases), ("schemes", schemes), ("identifiers", identifiers)] {
                if values.is_empty() {
                    continue;
                }
                let mut texts = Vec::new();
                for value in values {
                    if let Value::Text(text) = self.text(None, &format!("entity {id}"), value) {
                        texts.push(text);
                    }
                }
                features.push((name, Value::Texts(texts)));
            }
        }
        let number = self.free();
        self.push(number, ENTITY, features);
        self.entities.insert(id.clone(), number);
        number
    }

    /// Sets attributes as features of the structure `id`, and adds the features to its type.
    pub fn attributes(&mut self, annotation: AnnotationId, id: Id, kind: &str, attributes: &Attributes) {
        for (name, value) in attributes {
            let form = self.feature(kind, name, value);
            let value = self.attribute_value(annotation, name, value);
            if let Some(structure) = self.cas.structures.iter_mut().rev().find(|structure| structure.id == id) {
                structure.set(&form, value);
            }
        }
    }

    /// The feature of a type that holds values like this of an attribute; describes it if it is new.
    pub fn feature(&mut self, kind: &str, name: &Name, value: &AttributeValue) -> Name {
        let feature = self.names.feature(name, value, &self.cas.types, kind);
        let form = feature.name.clone();
        self.cas.types.add(kind, ANNOTATION, [feature]);
        form
    }

    pub fn attribute_value(&mut self, annotation: AnnotationId, name: &Name, value: &AttributeValue) -> Value {
        match value {
            AttributeValue::Flag(flag) => Value::Flag(*flag),
            AttributeValue::Number(number) => Value::Number(*number),
            AttributeValue::Text(text) => self.text(Some(annotation), &format!("attribute {name}"), text),
        }
    }

    pub fn relation(&mut self, relation: &Relation) {
        self.add_types();
        let id = self.number(relation.id);
        let span = |id| self.exported.annotations.span(id);
        let pair = match relation.arguments.as_slice() {
            [one, other] if relation.trigger.is_none() => {
                span(one.target).zip(span(other.target)).map(|_| (one, other))
            }
            _ => None,
        };
        let (kind, mut features) = match pair {
            Some((governor, dependent)) => {
                let place = span(dependent.target).map_or_else(|| self.whole(), |span| span.fragments.hull());
                let mut features = self.place(place);
                for (feature, role_feature, argument) in
                    [(GOVERNOR, GOVERNOR_ROLE, governor), (DEPENDENT, DEPENDENT_ROLE, dependent)]
                {
                    features.push((feature, Value::Reference(self.number(argument.target))));
                    if &*argument.role != feature {
                        features.push((role_feature, self.text(Some(relation.id), "role", &argument.role)));
                    }
                }
                (RELATION, features)
            }
            None => (EVENT, self.event(relation)),
        };
        features.push(("value", self.text(Some(relation.id), "label", &relation.label)));
        features.extend(self.remarks(relation.id, &relation.note, relation.status));
        self.push_member(id, kind, features);
        self.attributes(relation.id, id, kind, &relation.attributes);
    }

    fn event(&mut self, relation: &Relation) -> Vec<(&'static str, Value)> {
        let trigger = relation.trigger.and_then(|trigger| self.exported.annotations.span(trigger));
        let anchor = self.exported.annotations.anchor(relation.id);
        let place = trigger.map(|span| span.fragments.hull()).or(anchor);
        let mut features = self.place(place.unwrap_or(TextRange::at(ByteOffset::default())));
        if let Some(trigger) = relation.trigger {
            features.push(("trigger", Value::Reference(self.number(trigger))));
        }
        let mut links = Vec::new();
        for argument in &relation.arguments {
            links.push(self.link(relation.id, LINK, Some(&argument.role), argument.target));
        }
        features.push(("arguments", Value::References(links)));
        features
    }

    /// Adds a link to an annotation.
    pub fn link(&mut self, relation: AnnotationId, kind: &str, role: Option<&Name>, target: AnnotationId) -> Id {
        let role = role.map(|role| ("role", self.text(Some(relation), "role", role)));
        let target = Value::Reference(self.number(target));
        let id = self.free();
        self.push(id, kind, role.into_iter().chain([("target", target)]).collect());
        id
    }

    pub fn document_label(&mut self, label: &DocumentLabel) {
        self.add_types();
        let id = self.number(label.id);
        let mut features = vec![("sofa", Value::Reference(self.sofa))];
        features.push(("value", self.text(Some(label.id), "label", &label.label)));
        features.extend(self.remarks(label.id, &label.note, label.status));
        self.push_member(id, DOCUMENT_LABEL, features);
    }

    /// Makes sure that our own types are described.
    fn add_types(&mut self) {
        if self.cas.types.get(EVENT).is_none() {
            let own: TypeSystem = own_types();
            self.cas.types.merge(&own);
        }
    }
}
