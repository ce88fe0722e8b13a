//! Entities that are made of mentions: a new one for mentions that have none, and one that is divided.

use super::{Draft, EditError};
use crate::model::{AnnotationId, Entity, EntityId, Name, SetKey};

/// A mention of any article and annotator.
pub type MentionKey = (SetKey, AnnotationId);

impl Draft<'_> {
    /// Makes an entity with these names and links mentions to it; their articles must be loaded.
    ///
    /// # Errors
    /// If a mention is not there.
    pub fn entity_of_mentions(
        &mut self,
        name: &str,
        kind: &str,
        aliases: &[String],
        mentions: &[MentionKey],
    ) -> Result<EntityId, EditError> {
        self.all_or_nothing(|draft| {
            let id = draft.add_entity(name, kind)?;
            if let Some(entity) = draft.project().entities.get(&id).cloned() {
                let aliases = aliases.iter().filter(|alias| **alias != entity.name).cloned().collect();
                draft.put_entity(Entity { aliases, ..entity })?;
            }
            draft.link_mentions(mentions, &id)?;
            Ok(id)
        })
    }

    /// Takes mentions out of an entity and gives them a new one of the same kind; their articles must be loaded.
    ///
    /// # Errors
    /// If there is no such entity, a mention is not there, or a mention names another entity.
    pub fn split_entity(
        &mut self,
        from: &EntityId,
        name: &str,
        mentions: &[MentionKey],
    ) -> Result<EntityId, EditError> {
        let unknown = || EditError::UnknownEntity { entity: from.to_string() };
        let kind: Name = self.project().entities.get(from).map(|entity| entity.kind.clone()).ok_or_else(unknown)?;
        for (key, id) in mentions {
            let span = self.project().set(key).and_then(|set| set.span(*id)).ok_or(EditError::NoSpan { id: *id })?;
            if span.entity.as_ref() != Some(from) {
                return Err(EditError::NotLinked { id: *id, entity: from.clone() });
            }
        }
        self.entity_of_mentions(name, &kind, &[], mentions)
    }

    /// Links mentions to an entity; their articles must be loaded.
    ///
    /// # Errors
    /// If the entity or a mention is not there.
    pub fn link_mentions(&mut self, mentions: &[MentionKey], entity: &EntityId) -> Result<(), EditError> {
        self.all_or_nothing(|draft| {
            for (key, id) in mentions {
                draft.switch_to(key.clone());
                draft.link_entity(*id, Some(entity.clone()))?;
            }
            Ok(())
        })
    }
}
