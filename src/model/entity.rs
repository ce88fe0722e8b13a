//! The project-wide registry of the persons, places and things that spans name.

use super::{EntityId, Name, slug};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody or something in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    pub id: EntityId,
    /// Canonical name.
    pub name: String,
    /// Usually a span label of the schema; empty if unknown.
    pub kind: Name,
    /// Other names and spellings.
    pub aliases: Vec<String>,
    /// Ids elsewhere by scheme: `wikidata` → `Q7747`.
    pub identifiers: BTreeMap<String, String>,
    pub note: String,
}

impl Entity {
    /// The canonical name and all aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// All entities of a project, and the ids of those that were removed, which are never given again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityRegistry {
    pub entities: BTreeMap<EntityId, Entity>,
    pub retired: BTreeSet<EntityId>,
}

impl EntityRegistry {
    pub fn get(&self, id: &EntityId) -> Option<&Entity> {
        self.entities.get(id)
    }

    /// An id for a new entity with this name: its slug, with a number behind it where that is or was taken.
    pub fn free_id(&self, name: &str) -> EntityId {
        let stem = slug(name);
        let taken = |id: &EntityId| self.entities.contains_key(id) || self.retired.contains(id);
        std::iter::once(EntityId::new(&stem))
            .chain((2u32..).map(|number| EntityId::new(&format!("{stem}-{number}"))))
            .find(|id| !taken(id))
            .unwrap_or_else(|| EntityId::new(&stem))
    }
}
