//! The results of a task: what belongs together, and what it says.

use super::config::ControlKind;
use crate::{
    format::{
        Imported,
        anchor::Claim,
        records::Object,
        value::{plain, score_from_text},
    },
    model::{Entity, EntityId, Name},
};
use serde_json::Value;
use std::collections::HashMap;

/// The results with one id.
#[derive(Default)]
pub(super) struct Group<'r> {
    pub id: Option<String>,
    pub items: Vec<(usize, &'r Object)>,
}

pub(super) fn objects<'r>(record: &'r Object, name: &str) -> Vec<&'r Object> {
    record.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect()
}

pub(super) fn text<'r>(record: &'r Object, name: &str) -> &'r str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn results(item: &Object) -> Vec<&Value> {
    item.get("result").and_then(Value::as_array).into_iter().flatten().collect()
}

/// The results by id, in the order of their first; those without id, and relations, each by itself.
pub(super) fn groups<'r>(items: &[&'r Value], object: &str) -> Vec<Group<'r>> {
    let mut groups: Vec<Group<'r>> = Vec::new();
    let mut by_id: HashMap<String, usize> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let Some(item) = item.as_object().filter(|item| text(item, "type") != "relation") else { continue };
        let is_here = !item.contains_key("to_name") || text(item, "to_name") == object;
        let id = item.get("id").map(plain).filter(|id| is_here && !id.is_empty() && id != "null");
        let known = id.as_ref().and_then(|id| by_id.get(id)).copied();
        match known.and_then(|place| groups.get_mut(place)) {
            Some(group) => group.items.push((index, item)),
            None => {
                if let Some(id) = &id {
                    by_id.insert(id.clone(), groups.len());
                }
                groups.push(Group { id, items: vec![(index, item)] });
            }
        }
    }
    groups
}

/// The place that a group states; `None` if it is about the whole text.
pub(super) fn claim<'r>(group: &Group<'r>) -> Option<Claim<'r>> {
    let values = || group.items.iter().filter_map(|(_, item)| item.get("value")?.as_object());
    let surface = values().find_map(|value| value.get("text")?.as_str());
    let pieces = values().find_map(|value| {
        let place = value.get("globalOffsets").and_then(Value::as_object).unwrap_or(value);
        Some((place.get("start").and_then(number)?, place.get("end").and_then(number)?))
    });
    match pieces {
        Some(pieces) => Some(Claim { pieces: vec![pieces], surface }),
        // Places in the tree of an HTML page are not followed; the words find theirs.
        None => values().any(|value| value.contains_key("startOffset")).then(|| Claim { pieces: Vec::new(), surface }),
    }
}

/// A number that may be written as text or with a decimal point.
pub(super) fn number(value: &Value) -> Option<u64> {
    let rounded = || value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..9e15).contains(number));
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).or_else(|| rounded()?.to_string().parse().ok())
}

pub(super) fn names(record: &Object, name: &str) -> Vec<Name> {
    let list = record.get(name).and_then(Value::as_array).into_iter().flatten();
    let mut names: Vec<Name> = Vec::new();
    for found in list.filter_map(Value::as_str).filter(|name| !name.trim().is_empty()) {
        if names.iter().all(|known| **known != *found) {
            names.push(found.into());
        }
    }
    names
}

/// The labels of a result for regions.
pub(super) fn labels(item: &Object) -> Vec<Name> {
    let kind = text(item, "type");
    let value = item.get("value").and_then(Value::as_object).filter(|_| kind.ends_with(ControlKind::Labels.as_str()));
    value.map_or_else(Vec::new, |value| {
        let own = names(value, kind);
        if own.is_empty() { names(value, "labels") } else { own }
    })
}

pub(super) fn score(item: &Object) -> Option<f32> {
    item.get("score").filter(|score| score.is_number()).and_then(|score| score_from_text(&score.to_string()))
}

pub(super) fn note(meta: &Object) -> String {
    match meta.get("text") {
        Some(Value::Array(lines)) => lines.iter().map(plain).collect::<Vec<_>>().join("\n"),
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}

pub(super) fn entity(meta: &Object, label: &Name, imported: &mut Imported) -> Option<EntityId> {
    let found = text(meta, "entity");
    let id = EntityId::new(Some(found).filter(|id| !id.is_empty())?);
    if imported.entities.iter().all(|entity| entity.id != id) {
        let identifiers = meta.get("entity_ids").and_then(Value::as_object).into_iter().flatten();
        imported.entities.push(Entity {
            name: Some(text(meta, "entity_name")).filter(|name| !name.is_empty()).unwrap_or(found).to_owned(),
            kind: label.clone(),
            aliases: Vec::new(),
            identifiers: identifiers.map(|(scheme, id)| (scheme.clone(), plain(id))).collect(),
            note: String::new(),
            id: id.clone(),
        });
    }
    Some(id)
}
