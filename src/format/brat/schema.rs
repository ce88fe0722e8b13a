//! The schema that an `annotation.conf` defines (<https://brat.nlplab.org/configuration.html>).

use crate::model::{
    ArgumentDefinition, AttributeDefinition, AttributeKind, LabelDefinition, Name, RelationDefinition, Repeat, Schema,
    Symmetry, TriggerRule,
};
use std::collections::{BTreeMap, BTreeSet};

/// Reads labels, relations, events and attributes. Types that stand for others only (`!Group`) are no labels of their own;
/// names of sets (`<ANY>`) stand for what they hold. Lines that say nothing are passed over: brat's own window is lenient too.
pub(super) fn schema(configuration: &str, name: &dyn Fn(&str) -> Name) -> Schema {
    let mut reader = Reader::new(name);
    let mut section = "";
    for line in configuration.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with("---") {
            continue;
        }
        if let Some(head) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = head;
            continue;
        }
        // `<SET>=a|b|c` defines a set of types.
        if let Some((set, types)) = trimmed.split_once('=').filter(|(set, _)| set.starts_with('<')) {
            let types = types.split('|').map(|one| one.trim().to_owned()).collect();
            reader.sets.insert(set.trim().to_owned(), types);
            continue;
        }
        let depth = line.len() - line.trim_start_matches('\t').len();
        let (head, arguments) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        // Other terms stand behind the name that annotations use: `Phosphorylation|GO:0006468`.
        let head = head.split('|').next().unwrap_or(head);
        match section {
            "entities" => reader.entity(head, depth),
            "relations" => reader.relation(head, arguments),
            "events" => reader.event(head, depth, arguments),
            "attributes" => reader.attributes.push((head.to_owned(), arguments.to_owned())),
            _ => {}
        }
    }
    reader.finish()
}

/// Takes out of what is allowed the types that the configuration names but does not define. Where none is left, any may stand.
fn only_known(schema: &mut Schema) {
    let labels = schema.labels.iter().map(|label| label.name.clone());
    let known: BTreeSet<Name> = labels.chain(schema.relations.iter().map(|relation| relation.name.clone())).collect();
    for relation in &mut schema.relations {
        for argument in &mut relation.arguments {
            argument.allowed.retain(|name| known.contains(name));
        }
    }
    for attribute in &mut schema.attributes {
        attribute.applies_to.retain(|name| known.contains(name));
    }
}

struct Reader<'a> {
    name: &'a dyn Fn(&str) -> Name,
    /// Types that others stand below: type → all below it and itself.
    below: BTreeMap<String, Vec<String>>,
    /// The types above the present line, by depth.
    above: Vec<String>,
    abstract_types: BTreeSet<String>,
    entities: Vec<String>,
    events: Vec<(String, String)>,
    relations: Vec<(String, String)>,
    attributes: Vec<(String, String)>,
    sets: BTreeMap<String, Vec<String>>,
}

impl<'a> Reader<'a> {
    fn new(name: &'a dyn Fn(&str) -> Name) -> Self {
        Self {
            name,
            below: BTreeMap::new(),
            above: Vec::new(),
            abstract_types: BTreeSet::new(),
            entities: Vec::new(),
            events: Vec::new(),
            relations: Vec::new(),
            attributes: Vec::new(),
            sets: BTreeMap::new(),
        }
    }

    /// Takes the place of a type in the tree, and gives it without its mark.
    fn place(&mut self, head: &str, depth: usize) -> String {
        let plain = head.trim_start_matches('!').to_owned();
        if plain.len() < head.len() {
            self.abstract_types.insert(plain.clone());
        }
        self.above.truncate(depth);
        for parent in self.above.iter().chain([&plain]) {
            self.below.entry(parent.clone()).or_default().push(plain.clone());
        }
        self.above.push(plain.clone());
        plain
    }

    fn entity(&mut self, head: &str, depth: usize) {
        let plain = self.place(head, depth);
        self.entities.push(plain);
    }

    fn event(&mut self, head: &str, depth: usize, arguments: &str) {
        let plain = self.place(head, depth);
        self.events.push((plain, arguments.to_owned()));
    }

    fn relation(&mut self, head: &str, arguments: &str) {
        // What may overlap is no relation.
        if !head.starts_with('<') {
            self.relations.push((head.trim_start_matches('!').to_owned(), arguments.to_owned()));
        }
    }

    /// The labels that `A|B|<ENTITY>` names; empty for any.
    fn types(&self, words: &str) -> Vec<Name> {
        let mut types = Vec::new();
        let is_any = self.collect(words, &mut BTreeSet::new(), &mut types);
        let mut seen = BTreeSet::new();
        types.retain(|one| seen.insert(one.clone()));
        if is_any { Vec::new() } else { types }
    }

    /// Adds what `words` name; true if that is everything. Each set is opened once.
    fn collect<'t>(&'t self, words: &'t str, opened: &mut BTreeSet<&'t str>, types: &mut Vec<Name>) -> bool {
        for word in words.split('|').map(str::trim).filter(|word| !word.is_empty()) {
            let found: Vec<Name> = match word {
                "<ANY>" => return true,
                "<ENTITY>" => self.names(self.entities.iter()),
                "<EVENT>" => self.names(self.events.iter().map(|(event, _)| event)),
                "<RELATION>" => self.names(self.relations.iter().map(|(relation, _)| relation)),
                set if set.starts_with('<') => {
                    let members = self.sets.get(set).filter(|_| opened.insert(set));
                    for member in members.into_iter().flatten() {
                        if self.collect(member, opened, types) {
                            return true;
                        }
                    }
                    Vec::new()
                }
                word => match self.below.get(word) {
                    Some(below) => self.names(below.iter()),
                    None => vec![(self.name)(word)],
                },
            };
            types.extend(found);
        }
        false
    }

    fn names<'t>(&self, types: impl Iterator<Item = &'t String>) -> Vec<Name> {
        types.filter(|one| !self.abstract_types.contains(*one)).map(|one| (self.name)(one)).collect()
    }

    /// The roles of `Arg1:A|B, Arg2?:C, <REL-TYPE>:symmetric`, and what stands behind names in `<>`.
    fn arguments(&self, words: &str) -> (Vec<ArgumentDefinition>, Vec<String>) {
        let (mut arguments, mut marks) = (Vec::new(), Vec::new());
        for word in words.split(',') {
            let Some((role, types)) = word.trim().split_once(':') else { continue };
            if role.starts_with('<') {
                marks.push(types.trim().to_owned());
                continue;
            }
            let base = role.trim_end_matches(|char: char| {
                matches!(char, '?' | '*' | '+' | '{' | '}' | '-') || char.is_ascii_digit()
            });
            let count = role.get(base.len()..).unwrap_or_default();
            let (base, repeat) = match count {
                "?" => (base, Repeat::Optional),
                "*" | "+" => (base, Repeat::Many),
                count if count.contains('{') => (base, Repeat::Many),
                // Digits belong to the name: `Arg1`.
                _ => (role, Repeat::One),
            };
            arguments.push(ArgumentDefinition { role: (self.name)(base), allowed: self.types(types), repeat });
        }
        (arguments, marks)
    }

    fn finish(self) -> Schema {
        let mut schema = Schema::default();
        let all = self.entities.iter().chain(self.events.iter().map(|(event, _)| event));
        for label in all.filter(|label| !self.abstract_types.contains(*label)) {
            let name = (self.name)(label);
            if schema.label(&name).is_none() {
                schema.labels.push(LabelDefinition { name, color: None, key: None, description: String::new() });
            }
        }
        let definitions =
            self.relations.iter().map(|one| (one, false)).chain(self.events.iter().map(|one| (one, true)));
        for ((label, words), is_event) in definitions {
            let name = (self.name)(label);
            if self.abstract_types.contains(label) || schema.relation(&name).is_some() {
                continue;
            }
            let (arguments, marks) = self.arguments(words);
            let is_symmetric = marks.iter().any(|mark| mark.contains("symmetric"));
            schema.relations.push(RelationDefinition {
                trigger: if is_event { TriggerRule::Required(vec![name.clone()]) } else { TriggerRule::None },
                name,
                color: None,
                description: String::new(),
                symmetry: if is_symmetric { Symmetry::Symmetric } else { Symmetry::Directed },
                arguments,
            });
        }
        for (label, words) in &self.attributes {
            let name = (self.name)(label.trim_start_matches('!'));
            let part = |key: &str| words.split(',').find_map(|word| word.trim().strip_prefix(key)?.strip_prefix(':'));
            let values: Vec<Name> = part("Value")
                .into_iter()
                .flat_map(|values| values.split('|'))
                .map(|value| value.trim().into())
                .collect();
            if schema.attribute(&name).is_none() {
                schema.attributes.push(AttributeDefinition {
                    name,
                    applies_to: self.types(part("Arg").unwrap_or("<ANY>")),
                    kind: if values.is_empty() { AttributeKind::Flag } else { AttributeKind::Choice(values) },
                    default: None,
                    description: String::new(),
                });
            }
        }
        only_known(&mut schema);
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_becomes_a_schema() {
        let text = "# a comment\n[entities]\n!Living\n\tPerson\n\tAnimal\nPlace\n<POG>=Person|Place\n\n[relations]\n\
            lives-in Arg1:Living, Arg2:Place\nmet\tArg1:Person, Arg2:<POG>, <REL-TYPE>:symmetric-transitive\n\
            <OVERLAP> Arg1:<ANY>, Arg2:<ANY>, <OVL-TYPE>:<ANY>\n[events]\nBirth|GO:0007567|born Child:Person, Parent*:Person, Site?:Place\n\
            [attributes]\nNegated Arg:<EVENT>\nSure Arg:<ENTITY>, Value:low|high\nbroken\n";
        let schema = schema(text, &|word| word.into());
        let labels: Vec<_> = schema.labels.iter().map(|label| &*label.name).collect();
        assert_eq!(labels, ["Person", "Animal", "Place", "Birth"]);
        let roles = |name: &str| {
            let found = schema.relation(name).expect("a relation");
            let role = |one: &ArgumentDefinition| format!("{} {:?} {:?}", one.role, one.repeat, one.allowed);
            (found.symmetry, found.trigger.clone(), found.arguments.iter().map(role).collect::<Vec<_>>())
        };
        let (symmetry, trigger, arguments) = roles("lives-in");
        assert_eq!((symmetry, trigger), (Symmetry::Directed, TriggerRule::None));
        assert_eq!(arguments, [r#"Arg1 One ["Person", "Animal"]"#, r#"Arg2 One ["Place"]"#]);
        assert_eq!(roles("met").0, Symmetry::Symmetric);
        assert_eq!(roles("met").2[1], r#"Arg2 One ["Person", "Place"]"#);
        let (_, trigger, arguments) = roles("Birth");
        assert_eq!(trigger, TriggerRule::Required(vec!["Birth".into()]));
        assert_eq!(arguments, [r#"Child One ["Person"]"#, r#"Parent Many ["Person"]"#, r#"Site Optional ["Place"]"#]);
        assert_eq!(
            schema.attribute("Negated").map(|one| (one.kind.clone(), one.applies_to.clone())),
            Some((AttributeKind::Flag, vec!["Birth".into()]))
        );
        let sure = schema.attribute("Sure").expect("an attribute");
        assert_eq!(sure.kind, AttributeKind::Choice(vec!["low".into(), "high".into()]));
        assert_eq!(schema.problems(), []);
    }

    #[test]
    fn sets_that_hold_themselves_end() {
        let text =
            format!("[entities]\nA\nB\n<S>={}\n[relations]\nr Arg1:<S>, Arg2:<T>\n", ["<S>|A|<T>"; 20].join("|"));
        let schema = schema(&text, &|word| word.into());
        let arguments = &schema.relation("r").expect("a relation").arguments;
        assert_eq!((&*arguments[0].allowed, arguments[1].allowed.len()), (&["A".into()][..], 0));
    }

    #[test]
    fn real_configurations_make_sound_schemas() {
        let Some(folder) = crate::format::golden::shared("corpora/brat") else { return };
        let (mut folders, mut count) = (vec![folder], 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name == "annotation.conf") {
                    let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
                    let schema = schema(&text, &|word| word.into());
                    assert_eq!(schema.problems(), [], "{}", path.display());
                    count += usize::from(!schema.labels.is_empty());
                }
            }
        }
        assert!(count > 30, "{count}");
    }
}
