//! What a person wants done to the project as a whole: articles, entities, schema.

use super::{ArticleContent, Draft, EditError, Operation, draft::move_arguments};
use crate::model::{
    AnnotationId, ArticleId, ArticleMetadata, ArticleText, AttributeKind, DocumentLabel, Entity, EntityId, Name,
    Progress, Schema, SetKey, Settings, Span, TriggerRule, extractor_problems,
};
use std::sync::Arc;

/// A kind of named thing in a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaItem {
    Label,
    Relation,
    Attribute,
    DocumentLabel,
}

impl SchemaItem {
    /// The word for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Relation => "relation",
            Self::Attribute => "attribute",
            Self::DocumentLabel => "document label",
        }
    }
}

/// What becomes of annotations whose label is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They go, with what depends on them.
    Remove,
    /// They get this label.
    Relabel(Name),
}

impl Draft<'_> {
    /// Adds an article and returns its id, made from `wanted` if that is taken.
    pub fn add_article(&mut self, wanted: &str, metadata: ArticleMetadata, text: &str) -> Result<ArticleId, EditError> {
        let id = self.project.free_article_id(wanted);
        let content = ArticleContent { metadata: Arc::new(metadata), text: Arc::new(ArticleText::new(text)) };
        self.carry_out(Operation::Article { id: id.clone(), before: None, after: Some(content) })?;
        Ok(id)
    }

    /// Removes an article with all annotations of all annotators; it must be loaded.
    pub fn remove_article(&mut self, id: &ArticleId) -> Result<(), EditError> {
        self.all_or_nothing(|draft| {
            for key in draft.keys_of(id) {
                let ids: Vec<AnnotationId> = match draft.project.set(&key) {
                    Some(set) => set
                        .relations()
                        .map(|relation| relation.id)
                        .chain(set.spans().map(|span| span.id))
                        .chain(set.document_labels().map(|label| label.id))
                        .collect(),
                    None => Vec::new(),
                };
                draft.switch_to(key.clone());
                for id in ids {
                    // Relations that depended on an earlier one are gone by now.
                    if draft.project.set(&key).is_some_and(|set| set.contains(id)) {
                        draft.remove(id)?;
                    }
                }
                draft.set_progress(Progress::New)?;
            }
            let article =
                draft.project.article(id).ok_or_else(|| super::ApplyError::NoArticle { article: id.clone() })?;
            let text = article.text.clone().ok_or_else(|| super::ApplyError::NotLoaded { article: id.clone() })?;
            let content = ArticleContent { metadata: article.metadata.clone(), text };
            draft.carry_out(Operation::Article { id: id.clone(), before: Some(content), after: None })
        })
    }

    fn keys_of(&self, article: &ArticleId) -> Vec<SetKey> {
        let sets = self.project.article(article).into_iter().flat_map(|article| article.sets.keys());
        sets.map(|annotator| SetKey { article: article.clone(), annotator: annotator.clone() }).collect()
    }

    fn all_keys(&self) -> Vec<SetKey> {
        self.project.articles.keys().flat_map(|article| self.keys_of(article)).collect()
    }

    /// Replaces what is known of an article.
    pub fn set_metadata(&mut self, id: &ArticleId, metadata: ArticleMetadata) -> Result<(), EditError> {
        let article = self.project.article(id).ok_or_else(|| super::ApplyError::NoArticle { article: id.clone() })?;
        let before = article.metadata.clone();
        if *before == metadata {
            return Ok(());
        }
        self.carry_out(Operation::Metadata { article: id.clone(), before, after: Arc::new(metadata) })
    }

    /// Adds an entity under a new id made from its name.
    pub fn add_entity(&mut self, name: &str, kind: &str) -> Result<EntityId, EditError> {
        let id = self.project.entities.free_id(name);
        self.put_entity(Entity {
            id: id.clone(),
            name: name.trim().to_owned(),
            kind: kind.into(),
            aliases: Vec::new(),
            identifiers: Default::default(),
            note: String::new(),
        })?;
        Ok(id)
    }

    /// Adds an entity, or replaces the one with its id.
    pub fn put_entity(&mut self, entity: Entity) -> Result<(), EditError> {
        let before = self.project.entities.get(&entity.id).cloned().map(Box::new);
        if before.as_deref() == Some(&entity) {
            return Ok(());
        }
        self.carry_out(Operation::Entity { id: entity.id.clone(), before, after: Some(Box::new(entity)) })
    }

    /// Removes an entity; mentions of it lose their link. All articles must be loaded.
    pub fn remove_entity(&mut self, id: &EntityId) -> Result<(), EditError> {
        self.all_or_nothing(|draft| {
            draft.relink(id, None)?;
            let before = draft.project.entities.get(id).cloned();
            let before = before.ok_or_else(|| EditError::UnknownEntity { entity: id.to_string() })?;
            draft.carry_out(Operation::Entity { id: id.clone(), before: Some(Box::new(before)), after: None })
        })
    }

    /// Makes `from` part of `into`: names and outside ids are added, mentions are linked anew. All articles must be loaded.
    pub fn merge_entities(&mut self, from: &EntityId, into: &EntityId) -> Result<(), EditError> {
        let find = |draft: &Self, id: &EntityId| {
            draft.project.entities.get(id).cloned().ok_or_else(|| EditError::UnknownEntity { entity: id.to_string() })
        };
        self.all_or_nothing(|draft| {
            let gone = find(draft, from)?;
            let mut kept = find(draft, into)?;
            if from == into {
                return Ok(());
            }
            kept.merge(&gone);
            draft.put_entity(kept)?;
            draft.relink(from, Some(into))?;
            draft.carry_out(Operation::Entity { id: from.clone(), before: Some(Box::new(gone)), after: None })
        })
    }

    fn relink(&mut self, from: &EntityId, to: Option<&EntityId>) -> Result<(), EditError> {
        self.change_spans(|span| span.entity.as_ref() == Some(from), |span| span.entity = to.cloned())
    }

    /// Changes spans of all annotators in all loaded articles.
    fn change_spans(&mut self, which: impl Fn(&Span) -> bool, change: impl Fn(&mut Span)) -> Result<(), EditError> {
        for key in self.all_keys() {
            let spans: Vec<Span> = match self.project.set(&key) {
                Some(set) => set.spans().filter(|span| which(span)).cloned().collect(),
                None => Vec::new(),
            };
            for span in spans {
                let mut after = span.clone();
                change(&mut after);
                if after == span {
                    continue;
                }
                self.carry_out(Operation::Span {
                    set: key.clone(),
                    id: span.id,
                    before: Some(Arc::new(span)),
                    after: Some(Arc::new(after)),
                })?;
            }
        }
        Ok(())
    }

    /// Replaces the schema. Annotations stay as they are; see [`Draft::rename`] and [`Draft::delete`] for changes that they follow.
    pub fn set_schema(&mut self, schema: Schema) -> Result<(), EditError> {
        if let Some(problem) = schema.problems().first() {
            return Err(EditError::SchemaProblem { problem: problem.to_string() });
        }
        let before = self.project.schema.clone();
        if *before == schema {
            return Ok(());
        }
        self.carry_out(Operation::Schema { before, after: Arc::new(schema) })
    }

    /// Replaces the settings.
    ///
    /// # Errors
    /// If two extractors have one name, or one of them can not work.
    pub fn set_settings(&mut self, settings: Settings) -> Result<(), EditError> {
        if let Some(problem) = extractor_problems(&settings.extractors).into_iter().next() {
            return Err(EditError::SchemaProblem { problem });
        }
        let before = self.project.settings.clone();
        if *before == settings {
            return Ok(());
        }
        self.carry_out(Operation::Settings { before, after: Arc::new(settings) })
    }

    /// Renames something in the schema, and with it in all annotations of all annotators and all kinds of entities. All
    /// articles must be loaded.
    pub fn rename(&mut self, item: SchemaItem, from: &str, to: &str) -> Result<(), EditError> {
        let mut schema = (*self.project.schema).clone();
        let to: Name = to.trim().into();
        if *to == *from && schema_names(&schema, item).contains(&to) {
            return Ok(());
        }
        // Files may call a label and a relation alike, but nobody should make them so.
        let other = match item {
            SchemaItem::Label => Some(SchemaItem::Relation),
            SchemaItem::Relation => Some(SchemaItem::Label),
            SchemaItem::Attribute | SchemaItem::DocumentLabel => None,
        };
        let is_taken = |item| schema_names(&schema, item).contains(&to);
        if is_taken(item) || other.is_some_and(is_taken) {
            return Err(EditError::NameTaken { name: to.to_string() });
        }
        if !rename_in(&mut schema, item, from, &to) {
            return Err(EditError::NoSuchItem { kind: item.as_str(), name: from.to_owned() });
        }
        self.all_or_nothing(|draft| {
            draft.set_schema(schema)?;
            match item {
                SchemaItem::Label => {
                    draft.change_entity_kinds(from, &to)?;
                    draft.change_spans(|span| &*span.label == from, |span| span.label = to.clone())
                }
                SchemaItem::Relation => {
                    draft.change_relations(|relation| &*relation.label == from, |relation| relation.label = to.clone())
                }
                SchemaItem::Attribute => {
                    let rename = |attributes: &mut crate::model::Attributes| {
                        if let Some(value) = attributes.remove(from) {
                            attributes.insert(to.clone(), value);
                        }
                    };
                    draft
                        .change_spans(|span| span.attributes.contains_key(from), |span| rename(&mut span.attributes))?;
                    draft.change_relations(
                        |relation| relation.attributes.contains_key(from),
                        |relation| rename(&mut relation.attributes),
                    )
                }
                SchemaItem::DocumentLabel => draft.relabel_documents(from, &to),
            }
        })
    }

    /// Renames a role of a relation, in the schema and in all relations.
    pub fn rename_role(&mut self, relation: &str, from: &str, to: &str) -> Result<(), EditError> {
        let mut schema = (*self.project.schema).clone();
        let to: Name = to.trim().into();
        if schema.relation(relation).is_none() {
            return Err(EditError::UnknownRelation { label: relation.to_owned() });
        }
        let definition = schema.relations.iter_mut().find(|definition| &*definition.name == relation);
        let role = definition.and_then(|definition| definition.arguments.iter_mut().find(|role| &*role.role == from));
        let role = role.ok_or_else(|| EditError::NoSuchItem { kind: "role", name: from.to_owned() })?;
        role.role = to.clone();
        self.all_or_nothing(|draft| {
            draft.set_schema(schema)?;
            draft.change_relations(
                |candidate| &*candidate.label == relation && candidate.argument(from).is_some(),
                |candidate| {
                    for argument in candidate.arguments.iter_mut().filter(|argument| &*argument.role == from) {
                        argument.role = to.clone();
                    }
                },
            )
        })
    }

    /// Deletes something from the schema. Spans, relations and document labels share its `fate`; attribute values of a
    /// deleted attribute go. All articles must be loaded.
    ///
    /// Where annotations get another label, that label also stands in for the deleted one in every rule of the schema, so
    /// that relations which were in order stay so.
    pub fn delete(&mut self, item: SchemaItem, name: &str, fate: &Fate) -> Result<(), EditError> {
        let mut schema = (*self.project.schema).clone();
        if !schema_names(&schema, item).iter().any(|known| &**known == name) {
            return Err(EditError::NoSuchItem { kind: item.as_str(), name: name.to_owned() });
        }
        if let Fate::Relabel(target) = fate
            && (&**target == name || item != SchemaItem::Attribute && !schema_names(&schema, item).contains(target))
        {
            return Err(EditError::NoSuchItem { kind: item.as_str(), name: target.to_string() });
        }
        if let Fate::Relabel(target) = fate
            && matches!(item, SchemaItem::Label | SchemaItem::Relation)
        {
            replace_in_rules(&mut schema, name, target);
        }
        delete_in(&mut schema, item, name);
        let old = self.project.schema.clone();
        self.all_or_nothing(|draft| {
            draft.set_schema(schema)?;
            match item {
                SchemaItem::Attribute => {
                    draft.change_spans(
                        |span| span.attributes.contains_key(name),
                        |span| {
                            span.attributes.remove(name);
                        },
                    )?;
                    draft.change_relations(
                        |relation| relation.attributes.contains_key(name),
                        |relation| {
                            relation.attributes.remove(name);
                        },
                    )
                }
                _ => draft.dispose(item, name, fate, &old),
            }
        })
    }

    fn dispose(&mut self, item: SchemaItem, name: &str, fate: &Fate, old: &Schema) -> Result<(), EditError> {
        if let Fate::Relabel(target) = fate {
            return match item {
                SchemaItem::Label => {
                    self.change_entity_kinds(name, target)?;
                    self.change_spans(|span| &*span.label == name, |span| span.label = target.clone())
                }
                SchemaItem::Relation => {
                    let definitions = old.relation(name).zip(old.relation(target));
                    self.change_relations(
                        |relation| &*relation.label == name,
                        |relation| {
                            relation.label = target.clone();
                            if let Some((from, to)) = definitions {
                                move_arguments(&mut relation.arguments, from, to);
                            }
                        },
                    )
                }
                _ => self.relabel_documents(name, target),
            };
        }
        for key in self.all_keys() {
            let ids: Vec<AnnotationId> = match self.project.set(&key) {
                None => Vec::new(),
                Some(set) => match item {
                    SchemaItem::Label => set.spans().filter(|span| &*span.label == name).map(|span| span.id).collect(),
                    SchemaItem::Relation => set
                        .relations()
                        .filter(|relation| &*relation.label == name)
                        .map(|relation| relation.id)
                        .collect(),
                    _ => set.document_labels().filter(|label| &*label.label == name).map(|label| label.id).collect(),
                },
            };
            self.switch_to(key.clone());
            for id in ids {
                if self.project.set(&key).is_some_and(|set| set.contains(id)) {
                    self.remove(id)?;
                }
            }
        }
        Ok(())
    }

    fn change_entity_kinds(&mut self, from: &str, to: &Name) -> Result<(), EditError> {
        let entities = self.project.entities.entities.values();
        let concerned: Vec<Entity> = entities.filter(|entity| &*entity.kind == from).cloned().collect();
        concerned.into_iter().try_for_each(|entity| self.put_entity(Entity { kind: to.clone(), ..entity }))
    }

    fn change_relations(
        &mut self,
        which: impl Fn(&crate::model::Relation) -> bool,
        change: impl Fn(&mut crate::model::Relation),
    ) -> Result<(), EditError> {
        for key in self.all_keys() {
            let relations: Vec<_> = match self.project.set(&key) {
                Some(set) => set.relations().filter(|relation| which(relation)).cloned().collect(),
                None => Vec::new(),
            };
            for relation in relations {
                let mut after = relation.clone();
                change(&mut after);
                if after == relation {
                    continue;
                }
                self.carry_out(Operation::Relation {
                    set: key.clone(),
                    id: relation.id,
                    before: Some(Arc::new(relation)),
                    after: Some(Arc::new(after)),
                })?;
            }
        }
        Ok(())
    }

    fn relabel_documents(&mut self, from: &str, to: &Name) -> Result<(), EditError> {
        for key in self.all_keys() {
            let labels: Vec<_> = match self.project.set(&key) {
                Some(set) => set.document_labels().filter(|label| &*label.label == from).cloned().collect(),
                None => Vec::new(),
            };
            for label in labels {
                // An article that has both labels keeps one.
                let has_both =
                    self.project.set(&key).is_some_and(|set| set.document_labels().any(|it| it.label == *to));
                let after = (!has_both).then(|| Arc::new(DocumentLabel { label: to.clone(), ..label.clone() }));
                self.carry_out(Operation::DocumentLabel {
                    set: key.clone(),
                    id: label.id,
                    before: Some(Arc::new(label)),
                    after,
                })?;
            }
        }
        Ok(())
    }
}

/// The names that a new name of this kind must differ from. Labels and relations share one set of names.
fn schema_names(schema: &Schema, item: SchemaItem) -> Vec<Name> {
    match item {
        SchemaItem::Label => schema.labels.iter().map(|label| label.name.clone()).collect(),
        SchemaItem::Relation => schema.relations.iter().map(|relation| relation.name.clone()).collect(),
        SchemaItem::Attribute => schema.attributes.iter().map(|attribute| attribute.name.clone()).collect(),
        SchemaItem::DocumentLabel => schema.document_labels.iter().map(|label| label.name.clone()).collect(),
    }
}

/// Every list of the schema that names labels or relations.
fn references(schema: &mut Schema) -> impl Iterator<Item = &mut Vec<Name>> {
    let relations = schema.relations.iter_mut().flat_map(|relation| {
        let trigger = match &mut relation.trigger {
            TriggerRule::None => None,
            TriggerRule::Optional(labels) | TriggerRule::Required(labels) => Some(labels),
        };
        trigger.into_iter().chain(relation.arguments.iter_mut().map(|argument| &mut argument.allowed))
    });
    relations.chain(schema.attributes.iter_mut().map(|attribute| &mut attribute.applies_to))
}

fn rename_in(schema: &mut Schema, item: SchemaItem, from: &str, to: &Name) -> bool {
    let names: Vec<&mut Name> = match item {
        SchemaItem::Label => schema.labels.iter_mut().map(|label| &mut label.name).collect(),
        SchemaItem::Relation => schema.relations.iter_mut().map(|relation| &mut relation.name).collect(),
        SchemaItem::Attribute => schema.attributes.iter_mut().map(|attribute| &mut attribute.name).collect(),
        SchemaItem::DocumentLabel => schema.document_labels.iter_mut().map(|label| &mut label.name).collect(),
    };
    let Some(name) = names.into_iter().find(|name| &***name == from) else { return false };
    *name = to.clone();
    if matches!(item, SchemaItem::Label | SchemaItem::Relation) {
        for name in references(schema).flatten().filter(|name| &***name == from) {
            *name = to.clone();
        }
    }
    true
}

/// Puts `target` in the place of `name` in all rules of the schema.
fn replace_in_rules(schema: &mut Schema, name: &str, target: &Name) {
    for names in references(schema).filter(|names| names.iter().any(|known| &**known == name)) {
        if names.contains(target) {
            names.retain(|known| &**known != name);
        }
        for known in names.iter_mut().filter(|known| &***known == name) {
            *known = target.clone();
        }
    }
}

/// Takes the name out of the schema. A list of allowed names that would become empty, and so allow anything, takes the
/// role or attribute with it.
fn delete_in(schema: &mut Schema, item: SchemaItem, name: &str) {
    match item {
        SchemaItem::Label => schema.labels.retain(|label| &*label.name != name),
        SchemaItem::Relation => schema.relations.retain(|relation| &*relation.name != name),
        SchemaItem::Attribute => schema.attributes.retain(|attribute| &*attribute.name != name),
        SchemaItem::DocumentLabel => schema.document_labels.retain(|label| &*label.name != name),
    }
    if !matches!(item, SchemaItem::Label | SchemaItem::Relation) {
        return;
    }
    let only = |names: &[Name]| matches!(names, [single] if &**single == name);
    for relation in &mut schema.relations {
        relation.arguments.retain(|argument| !only(&argument.allowed));
        if let TriggerRule::Optional(labels) | TriggerRule::Required(labels) = &relation.trigger
            && only(labels)
        {
            relation.trigger = TriggerRule::None;
        }
    }
    schema.attributes.retain(|attribute| !only(&attribute.applies_to));
    for names in references(schema) {
        names.retain(|candidate| &**candidate != name);
    }
    for attribute in &mut schema.attributes {
        if let AttributeKind::Choice(values) = &attribute.kind
            && let Some(crate::model::AttributeValue::Text(default)) = &attribute.default
            && !values.contains(default)
        {
            attribute.default = None;
        }
    }
}
