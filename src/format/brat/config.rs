//! The schema as brat's `annotation.conf`, and colours and full names as its `visual.conf`.

use super::{Names, VISUAL_MARK};
use crate::{
    format::html_page::label_color,
    model::{AttributeKind, Name, RelationDefinition, Repeat, Schema, TriggerRule},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// What occurs in the written files: brat shows a type that is not in its configuration as an error.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub labels: BTreeSet<Name>,
    /// Labels of `R` and `*` lines with their roles.
    pub relations: BTreeMap<Name, BTreeSet<String>>,
    /// Labels of `E` lines with their roles.
    pub events: BTreeMap<Name, BTreeSet<String>>,
    pub attributes: BTreeSet<Name>,
}

impl Used {
    /// Takes in what another article uses.
    pub(super) fn join(&mut self, mut other: Self) {
        self.labels.append(&mut other.labels);
        self.attributes.append(&mut other.attributes);
        for (all, own) in [(&mut self.relations, other.relations), (&mut self.events, other.events)] {
            for (name, mut roles) in own {
                all.entry(name).or_default().append(&mut roles);
            }
        }
    }

    /// True if `schema` has all of it.
    pub(super) fn is_in(&self, schema: &Schema) -> bool {
        let has_relation = |name: &Name| schema.relation(name).is_some();
        self.labels.iter().all(|label| schema.label(label).is_some() || has_relation(label))
            && self.relations.keys().chain(self.events.keys()).all(has_relation)
            && self.attributes.iter().all(|name| schema.attribute(name).is_some())
    }
}

/// The file for a schema, whose names get a form, and for what is used besides, whose names have one.
pub(super) fn annotation_conf(schema: &Schema, used: &Used, names: &mut Names) -> String {
    names_of(schema).for_each(|name| names.add(name));
    let names = &*names;
    let mut text = String::from("# Labels of spans\n[entities]\n");
    let mut labels: Vec<_> = schema.labels.iter().map(|label| label.name.clone()).collect();
    labels.extend(used.labels.iter().filter(|label| schema.label(label).is_none()).cloned());
    for label in &labels {
        push(&mut text, names.form(label));
    }
    text.push_str("\n[relations]\n");
    for relation in pairs(schema) {
        let roles = relation.arguments.iter().map(|argument| {
            let allowed = allowed(&argument.allowed, names);
            format!("{}:{allowed}", names.form(&argument.role))
        });
        let roles: Vec<_> = roles.collect();
        push(&mut text, &format!("{}\t{}", names.form(&relation.name), roles.join(", ")));
    }
    for (label, roles) in &used.relations {
        if schema.relation(label).is_none_or(|known| is_event(known) || known.arguments.len() != 2) {
            let roles: Vec<_> = roles.iter().map(|role| format!("{role}:<ANY>")).collect();
            push(&mut text, &format!("{}\t{}", names.form(label), roles.join(", ")));
        }
    }
    // Without this line brat refuses spans that overlap.
    push(&mut text, "<OVERLAP>\tArg1:<ANY>, Arg2:<ANY>, <OVL-TYPE>:<ANY>");
    text.push_str("\n[events]\n");
    for relation in events(schema) {
        let roles = relation.arguments.iter().map(|argument| {
            let count = match argument.repeat {
                Repeat::One => "",
                Repeat::Optional => "?",
                Repeat::Many => "*",
            };
            let allowed = allowed(&argument.allowed, names);
            format!("{}{count}:{allowed}", names.form(&argument.role))
        });
        let roles: Vec<_> = roles.collect();
        push(&mut text, &format!("{}\t{}", names.form(&relation.name), roles.join(", ")));
    }
    for (label, roles) in &used.events {
        if schema.relation(label).is_none_or(|known| !is_event(known)) {
            let roles: Vec<_> = roles.iter().map(|role| format!("{role}*:<ANY>")).collect();
            push(&mut text, &format!("{}\t{}", names.form(label), roles.join(", ")));
        }
    }
    text.push_str("\n[attributes]\n");
    for attribute in &schema.attributes {
        let applies = allowed(&attribute.applies_to, names);
        let values: Vec<_> = match &attribute.kind {
            AttributeKind::Choice(values) => {
                values.iter().filter(|value| is_plain(value)).map(|value| &**value).collect()
            }
            _ => Vec::new(),
        };
        let values = if values.is_empty() { String::new() } else { format!(", Value:{}", values.join("|")) };
        push(&mut text, &format!("{}\tArg:{applies}{values}", names.form(&attribute.name)));
    }
    for name in used.attributes.iter().filter(|name| schema.attribute(name).is_none()) {
        push(&mut text, &format!("{}\tArg:<ANY>", names.form(name)));
    }
    text
}

fn is_event(relation: &RelationDefinition) -> bool {
    !matches!(relation.trigger, TriggerRule::None)
}

/// What stands under `[relations]`.
fn pairs(schema: &Schema) -> impl Iterator<Item = &RelationDefinition> {
    schema.relations.iter().filter(|relation| !is_event(relation) && relation.arguments.len() == 2)
}

/// What stands under `[events]`.
fn events(schema: &Schema) -> impl Iterator<Item = &RelationDefinition> {
    schema.relations.iter().filter(|relation| is_event(relation))
}

/// All names that the file has of a schema, in its order.
fn names_of(schema: &Schema) -> impl Iterator<Item = &Name> {
    let labels = schema.labels.iter().map(|label| &label.name);
    let relations = pairs(schema).chain(events(schema)).flat_map(|relation| {
        let arguments = relation.arguments.iter();
        arguments.flat_map(|argument| argument.allowed.iter().chain([&argument.role])).chain([&relation.name])
    });
    let attributes =
        schema.attributes.iter().flat_map(|attribute| attribute.applies_to.iter().chain([&attribute.name]));
    labels.chain(relations).chain(attributes)
}

fn push(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn is_plain(value: &str) -> bool {
    !value.is_empty() && !value.contains(|char: char| char.is_whitespace() || matches!(char, '|' | ','))
}

fn allowed(labels: &[Name], names: &Names) -> String {
    if labels.is_empty() {
        return "<ANY>".to_owned();
    }
    labels.iter().map(|label| names.form(label)).collect::<Vec<_>>().join("|")
}

pub(super) fn visual_conf(schema: &Schema, names: &Names) -> String {
    let mut text = format!("{VISUAL_MARK}\n[labels]\n");
    for (name, form) in names.changed() {
        // Writing into a string can not fail.
        let _ = writeln!(text, "{form} | {name}");
    }
    text.push_str("\n[drawing]\nSPAN_DEFAULT\tfgColor:black, bgColor:lightgreen, borderColor:darken\n");
    text.push_str("ARC_DEFAULT\tcolor:black, arrowHead:triangle-5\n");
    let forms: BTreeMap<_, _> = names.changed().collect();
    let all = schema.labels.iter().map(|label| (&label.name, "bgColor"));
    for (name, key) in all.chain(schema.relations.iter().map(|relation| (&relation.name, "color"))) {
        let form = forms.get(&**name).copied().unwrap_or(name);
        if !form.contains(char::is_whitespace) {
            let _ = writeln!(text, "{form}\t{key}:{}", label_color(schema, name));
        }
    }
    text
}

/// Full names by storage form, from a `visual.conf` of our own; those of others show names that nobody stored.
pub(super) fn full_names(visual_conf: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let Some(rest) = visual_conf.strip_prefix(VISUAL_MARK) else { return names };
    for line in rest.lines().skip(2).take_while(|line| !line.starts_with('[')) {
        if let Some((form, name)) = line.split_once(" | ") {
            names.insert(form.to_owned(), name.to_owned());
        }
    }
    names
}
