//! Takes the things of a knowledge base over into the registry: known ones get what is new, none comes twice.

use crate::{
    edit::{Draft, EditError},
    format::knowledge::{
        KnowledgeError, KnowledgeFormat, KnowledgeOptions, KnowledgeWarning, KnownEntity, read_knowledge,
    },
    model::{Entity, EntityId, EntityRegistry, Name},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::Path,
};

/// What becomes of the registry when a knowledge base is taken over. Made beside the project, which stays as it is until
/// [`KnowledgePlan::carry_out`].
#[derive(Clone, Debug, Default)]
pub struct KnowledgePlan {
    /// Entities as they were, where they were there, and as they will be.
    changes: BTreeMap<EntityId, (Option<Entity>, Entity)>,
    /// Things of the knowledge base that were read.
    pub read: usize,
    pub added: usize,
    /// Known entities that get something new.
    pub updated: usize,
    /// Of those the ones that had no id and were known by name and kind alone.
    pub joined: usize,
    pub warnings: Vec<KnowledgeWarning>,
}

impl KnowledgePlan {
    /// Reads a knowledge base and works out what it changes. `goes_on` hears now and then how many things were read, and stops
    /// the work by saying no.
    ///
    /// # Errors
    /// If the file can not be read, or the work was stopped.
    pub fn read(
        path: &Path,
        format: Option<KnowledgeFormat>,
        options: &KnowledgeOptions,
        registry: &EntityRegistry,
        goes_on: &dyn Fn(usize) -> bool,
    ) -> Result<Self, KnowledgeError> {
        let mut planner = Planner::new(registry);
        let warnings = read_knowledge(path, format, options, &mut |known| {
            planner.take(known);
            !planner.plan.read.is_multiple_of(256) || goes_on(planner.plan.read)
        })?;
        Ok(Self { warnings, ..planner.finish() })
    }

    /// The same from things that were read already.
    pub fn of(registry: &EntityRegistry, known: impl IntoIterator<Item = KnownEntity>) -> Self {
        let mut planner = Planner::new(registry);
        known.into_iter().for_each(|known| planner.take(known));
        planner.finish()
    }

    /// True if nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// True if the entities that it changes are as they were when it was made.
    pub fn is_current(&self, registry: &EntityRegistry) -> bool {
        self.changes.iter().all(|(id, (before, _))| {
            registry.get(id) == before.as_ref() && (before.is_some() || !registry.retired.contains(id))
        })
    }

    /// Changes the registry.
    ///
    /// # Errors
    /// If the project can not take an entity.
    pub fn carry_out(&self, draft: &mut Draft<'_>) -> Result<(), EditError> {
        self.changes.values().try_for_each(|(_, after)| draft.put_entity(after.clone()))
    }
}

struct Planner {
    registry: EntityRegistry,
    before: EntityRegistry,
    by_outside_id: HashMap<(String, String), EntityId>,
    by_name: HashMap<(String, Name), Vec<EntityId>>,
    joined: BTreeSet<EntityId>,
    plan: KnowledgePlan,
    /// Numbers tried already for ids of names that many have.
    next: HashMap<String, u32>,
}

impl Planner {
    fn new(registry: &EntityRegistry) -> Self {
        let mut planner = Self {
            registry: registry.clone(),
            before: registry.clone(),
            by_outside_id: HashMap::new(),
            by_name: HashMap::new(),
            joined: BTreeSet::new(),
            plan: KnowledgePlan::default(),
            next: HashMap::new(),
        };
        for entity in registry.entities.values() {
            for (scheme, id) in &entity.identifiers {
                planner.by_outside_id.entry((scheme.clone(), id.clone())).or_insert_with(|| entity.id.clone());
            }
            let name = (entity.name.clone(), entity.kind.clone());
            planner.by_name.entry(name).or_default().push(entity.id.clone());
        }
        planner
    }

    fn take(&mut self, known: KnownEntity) {
        self.plan.read += 1;
        let outside = (!known.id.is_empty()).then(|| (known.scheme.clone(), known.id.clone()));
        let by_id = outside.as_ref().and_then(|outside| self.by_outside_id.get(outside)).cloned();
        let id = by_id.or_else(|| self.same_name(&known));
        match id.and_then(|id| self.registry.entities.get_mut(&id)) {
            Some(entity) => {
                let mut names: HashSet<String> = entity.names().map(str::to_owned).collect();
                for name in std::iter::once(known.name).chain(known.aliases) {
                    if names.insert(name.clone()) {
                        entity.aliases.push(name);
                    }
                }
                if entity.kind.is_empty() {
                    entity.kind = known.kind;
                }
                if entity.note.is_empty() {
                    entity.note = known.note;
                }
                if let Some((scheme, id)) = outside {
                    entity.identifiers.entry(scheme.clone()).or_insert_with(|| id.clone());
                    self.by_outside_id.entry((scheme, id)).or_insert_with(|| entity.id.clone());
                }
            }
            None => {
                let id = self.free_id(&known.name);
                let identifiers = outside.iter().cloned().collect();
                if let Some(outside) = outside {
                    self.by_outside_id.insert(outside, id.clone());
                }
                self.by_name.entry((known.name.clone(), known.kind.clone())).or_default().push(id.clone());
                let entity = Entity {
                    id: id.clone(),
                    name: known.name,
                    kind: known.kind,
                    aliases: known.aliases,
                    identifiers,
                    note: known.note,
                };
                self.registry.entities.insert(id, entity);
            }
        }
    }

    /// The one entity with the same name and kind that the knowledge base did not name by an id so far.
    fn same_name(&mut self, known: &KnownEntity) -> Option<EntityId> {
        let same = self.by_name.get(&(known.name.clone(), known.kind.clone()))?;
        let mut open = same.iter().filter(|id| {
            let entity = self.registry.get(id);
            known.id.is_empty() || entity.is_some_and(|entity| !entity.identifiers.contains_key(&known.scheme))
        });
        let (only, more) = (open.next()?.clone(), open.next());
        if more.is_some() {
            return None;
        }
        if self.before.get(&only).is_some() {
            self.joined.insert(only.clone());
        }
        Some(only)
    }

    /// As [`EntityRegistry::free_id`], without trying the same numbers for each of many things with one name.
    fn free_id(&mut self, name: &str) -> EntityId {
        let stem = crate::model::slug(name);
        let next = self.next.entry(stem.clone()).or_insert(1);
        loop {
            let id = if *next == 1 { EntityId::new(&stem) } else { EntityId::new(&format!("{stem}-{next}")) };
            *next = next.saturating_add(1);
            let taken = self.registry.entities.contains_key(&id) || self.registry.retired.contains(&id);
            if !taken || *next == u32::MAX {
                return id;
            }
        }
    }

    fn finish(self) -> KnowledgePlan {
        let mut plan = self.plan;
        for (id, after) in self.registry.entities {
            let before = self.before.get(&id);
            if before == Some(&after) {
                continue;
            }
            match before {
                None => plan.added += 1,
                Some(_) => plan.updated += 1,
            }
            plan.joined += usize::from(before.is_some() && self.joined.contains(&id));
            plan.changes.insert(id, (before.cloned(), after));
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: &str, name: &str, aliases: &[&str], kind: &str) -> KnownEntity {
        KnownEntity {
            line: 1,
            scheme: if id.is_empty() { String::new() } else { "wikidata".to_owned() },
            id: id.to_owned(),
            name: name.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            kind: kind.into(),
            note: String::new(),
        }
    }

    /// Takes things over and describes the registry: `id name [aliases] outside-id`.
    fn check(registry: &mut EntityRegistry, things: &[KnownEntity], counts: (usize, usize, usize), expected: &[&str]) {
        let plan = KnowledgePlan::of(registry, things.to_vec());
        assert!(plan.is_current(registry));
        assert_eq!((plan.added, plan.updated, plan.joined), counts);
        for (id, (_, after)) in &plan.changes {
            registry.entities.insert(id.clone(), after.clone());
        }
        assert!(plan.is_empty() || !plan.is_current(registry));
        let describe = |entity: &Entity| {
            let outside: Vec<&str> = entity.identifiers.values().map(String::as_str).collect();
            format!("{} {} {:?} {}", entity.id.as_str(), entity.name, entity.aliases, outside.join(" "))
        };
        assert_eq!(registry.entities.values().map(describe).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn nothing_comes_twice_and_what_is_new_is_added() {
        let mut registry = EntityRegistry::default();
        let first = [known("Q1", "Quellfurt", &["Kwellfurt"], "LOC"), known("Q2", "Quellfurt", &[], "LOC")];
        let two = ["quellfurt Quellfurt [\"Kwellfurt\"] Q1", "quellfurt-2 Quellfurt [] Q2"];
        check(&mut registry, &first, (2, 0, 0), &two);
        check(&mut registry, &first, (0, 0, 0), &two);
        let renamed = [known("Q2", "Neu Quellfurt", &["Quellfurt"], "LOC"), known("Q2", "Nova", &[], "LOC")];
        let three =
            ["quellfurt Quellfurt [\"Kwellfurt\"] Q1", "quellfurt-2 Quellfurt [\"Neu Quellfurt\", \"Nova\"] Q2"];
        check(&mut registry, &renamed, (0, 1, 0), &three);
    }

    #[test]
    fn an_entity_that_was_made_by_hand_gets_its_id() {
        let mut registry = EntityRegistry::default();
        check(&mut registry, &[known("", "Marta Kolb", &[], "PER")], (1, 0, 0), &["marta-kolb Marta Kolb [] "]);
        let again = [known("", "Marta Kolb", &["M. Kolb"], "PER"), known("Q7", "Marta Kolb", &[], "LOC")];
        let two = ["marta-kolb Marta Kolb [\"M. Kolb\"] ", "marta-kolb-2 Marta Kolb [] Q7"];
        check(&mut registry, &again, (1, 1, 1), &two);
        let joined = ["marta-kolb Marta Kolb [\"M. Kolb\"] Q8", "marta-kolb-2 Marta Kolb [] Q7"];
        check(&mut registry, &[known("Q8", "Marta Kolb", &[], "PER")], (0, 1, 1), &joined);
        let more = [
            "marta-kolb Marta Kolb [\"M. Kolb\"] Q8",
            "marta-kolb-2 Marta Kolb [] Q7",
            "marta-kolb-3 Marta Kolb [] Q9",
        ];
        check(&mut registry, &[known("Q9", "Marta Kolb", &[], "PER")], (1, 0, 0), &more);
    }

    #[test]
    fn ids_that_were_given_once_are_not_given_again() {
        let mut registry = EntityRegistry::default();
        registry.retired.insert(EntityId::new("quellfurt"));
        check(&mut registry, &[known("Q1", "Quellfurt", &[], "")], (1, 0, 0), &["quellfurt-2 Quellfurt [] Q1"]);
    }
}
