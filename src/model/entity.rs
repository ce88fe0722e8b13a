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

    /// Takes in what is new in another description of it: names as aliases, ids, a kind and a note where there were none.
    /// Returns, in words, what the other says otherwise, which is not taken in.
    pub fn merge(&mut self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        for name in other.names() {
            if self.names().all(|known| known != name) {
                self.aliases.push(name.to_owned());
            }
        }
        if self.kind.is_empty() {
            self.kind = other.kind.clone();
        } else if !other.kind.is_empty() && self.kind != other.kind {
            differences.push(format!("kind {} instead of {}", other.kind, self.kind));
        }
        for (scheme, id) in &other.identifiers {
            let known = self.identifiers.entry(scheme.clone()).or_insert_with(|| id.clone());
            if known != id {
                differences.push(format!("{scheme} {id} instead of {known}"));
            }
        }
        if self.note.is_empty() {
            self.note.clone_from(&other.note);
        } else if !other.note.is_empty() && self.note != other.note {
            differences.push("another note".to_owned());
        }
        differences
    }
}

/// All entities of a project, and the ids of those that were removed, which are never given again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityRegistry {
    pub entities: BTreeMap<EntityId, Entity>,
    pub retired: BTreeSet<EntityId>,
}

impl EntityRegistry {
    /// What becomes of an imported entity here: it as it came or, where its id is known, the known one with what is new of it;
    /// `None` if nothing is. Also, in words, what the import says otherwise; `None` if it says nothing otherwise.
    pub fn with_import(&self, entity: &Entity) -> (Option<Entity>, Option<String>) {
        let id = &entity.id;
        let Some(known) = self.get(id) else { return (Some(entity.clone()), None) };
        // Most articles of a file describe it in the same words.
        if known == entity {
            return (None, None);
        }
        let mut merged = known.clone();
        let differences = merged.merge(entity);
        let message = (!differences.is_empty())
            .then(|| format!("the entity {id} is known and stays as it is; the file has {}", differences.join(", ")));
        (Some(merged).filter(|merged| merged != known), message)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_taken_in_and_what_differs_is_said() {
        let entity = |name: &str, aliases: &[&str], kind: &str, identifiers: &[(&str, &str)], note: &str| Entity {
            id: "putin".into(),
            name: name.to_owned(),
            kind: kind.into(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            identifiers: identifiers.iter().map(|(scheme, id)| ((*scheme).to_owned(), (*id).to_owned())).collect(),
            note: note.to_owned(),
        };
        let known = entity("Wladimir Putin", &["Putin"], "PER", &[("wikidata", "Q7747")], "");
        let registry = EntityRegistry { entities: [(known.id.clone(), known)].into(), ..EntityRegistry::default() };
        let same = entity("Putin", &["W. Putin"], "PER", &[("gnd", "1")], "Notiz");
        let all = [("gnd", "1"), ("wikidata", "Q7747")];
        let expected = entity("Wladimir Putin", &["Putin", "W. Putin"], "PER", &all, "Notiz");
        assert_eq!(registry.with_import(&same), (Some(expected), None));
        for known in registry.entities.values() {
            assert_eq!(registry.with_import(known), (None, None));
        }
        let other = entity("Putin", &[], "ORG", &[("wikidata", "Q1")], "");
        let (merged, message) = registry.with_import(&other);
        assert_eq!(merged, None);
        let expected = "the entity putin is known and stays as it is; the file has kind ORG instead of PER, wikidata Q1 instead \
            of Q7747";
        assert_eq!(message.as_deref(), Some(expected));
    }
}
