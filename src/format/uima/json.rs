//! CAS JSON: types, feature structures and views as members of one object.

use super::{
    cas::{Cas, Id, SOFA, Structure, Value, View},
    types::{FS_ARRAY, Feature, STRING_ARRAY, Type, TypeSystem, is_built_in},
    xmi::Fault,
};
use crate::model::Name;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, HashMap};

pub(super) const TYPES: &str = "%TYPES";
pub(super) const STRUCTURES: &str = "%FEATURE_STRUCTURES";
pub(super) const VIEWS: &str = "%VIEWS";
const ELEMENTS: &str = "%ELEMENTS";

/// A CAS and what of it could not be used.
pub(super) fn read(text: &str) -> Result<(Cas, Vec<Fault>), Fault> {
    let whole: Json = serde_json::from_str(text)
        .map_err(|error| (Some(error.line()), format!("it is no JSON that can be read: {error}")))?;
    let Json::Object(whole) = whole else {
        return Err((None, "it is no object".to_owned()));
    };
    if ![TYPES, STRUCTURES, VIEWS].iter().any(|name| whole.contains_key(*name)) {
        return Err((None, format!("it has neither {TYPES} nor {STRUCTURES} nor {VIEWS}")));
    }
    let mut problems = Vec::new();
    let mut cas = Cas::default();
    let mut names = HashMap::new();
    for (name, value) in whole {
        match (name.as_str(), value) {
            (TYPES, Json::Object(types)) => {
                cas.types = type_system(&types);
                cas.form.types = types;
            }
            (STRUCTURES, Json::Array(structures)) => {
                for structure in structures {
                    let id = structure.get("%ID").and_then(Json::as_i64);
                    add_structure(&mut cas, id, structure, &mut names, &mut problems);
                }
            }
            (STRUCTURES, Json::Object(structures)) => {
                cas.form.by_name = true;
                for (id, structure) in structures {
                    add_structure(&mut cas, id.parse().ok(), structure, &mut names, &mut problems);
                }
            }
            (VIEWS, Json::Object(views)) => {
                let numbers = |view: &Json| -> Vec<Id> {
                    let members = view.get("%MEMBERS").and_then(Json::as_array);
                    members.into_iter().flatten().filter_map(Json::as_i64).collect()
                };
                cas.views = views
                    .into_iter()
                    .map(|(name, view)| View {
                        sofa: view.get("%SOFA").and_then(Json::as_i64),
                        members: numbers(&view),
                        name,
                    })
                    .collect();
            }
            (TYPES | STRUCTURES | VIEWS, _) => {
                problems.push((None, format!("{name} is not what it should be; it was left out")));
            }
            (_, value) => cas.form.header.push((name, value)),
        }
    }
    Ok((cas, problems))
}

fn add_structure(
    cas: &mut Cas,
    id: Option<Id>,
    structure: Json,
    names: &mut HashMap<String, Name>,
    problems: &mut Vec<Fault>,
) {
    let (Some(id), Json::Object(members)) = (id, structure) else {
        problems.push((None, "a feature structure has no number; it was left out".to_owned()));
        return;
    };
    let mut name_of = |text: &str| match names.get(text) {
        Some(name) => name.clone(),
        None => {
            let name = Name::from(text);
            names.insert(text.to_owned(), name.clone());
            name
        }
    };
    let Some(kind) = members.get("%TYPE").and_then(Json::as_str).map(&mut name_of) else {
        problems.push((None, format!("the feature structure {id} has no type; it was left out")));
        return;
    };
    let mut features = Vec::with_capacity(members.len());
    for (key, value) in members {
        if key == "%ID" || key == "%TYPE" {
            continue;
        }
        let (name, value) = match (key.strip_prefix('@'), key.strip_prefix('^'), key.strip_prefix('#')) {
            (Some(name), ..) => {
                match value.as_i64() {
                    Some(id) => (name_of(name), Value::Reference(id)),
                    // A reference to nothing stays as it is.
                    None => (name_of(&key), Value::Json(value)),
                }
            }
            (_, Some(name), _) => {
                let name = name_of(name);
                cas.form.anchors.insert(name.clone());
                (name, simple(value))
            }
            // Numbers that JSON does not have.
            (.., Some(name)) => (name_of(name), Value::Json(value)),
            _ => (name_of(&key), simple(value)),
        };
        features.push((name, value));
    }
    cas.structures.push(Structure { id, kind, features, line: None });
}

fn simple(value: Json) -> Value {
    match value {
        Json::Bool(flag) => Value::Flag(flag),
        Json::String(text) => Value::Text(text),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(float)) if number.is_f64() => Value::Number(float),
            _ => Value::Json(Json::Number(number)),
        },
        other => Value::Json(other),
    }
}

fn type_system(types: &Map<String, Json>) -> TypeSystem {
    let mut system = TypeSystem::default();
    let text = |value: &Json, member: &str| value.get(member).and_then(Json::as_str).map(str::to_owned);
    for (name, described) in types {
        let members = described.as_object().into_iter().flatten().filter(|(key, _)| !key.starts_with('%'));
        let features = members.filter_map(|(name, feature)| {
            Some(Feature {
                name: name.as_str().into(),
                description: text(feature, "%DESCRIPTION").unwrap_or_default(),
                range: text(feature, "%RANGE")?.into(),
                element: text(feature, "%ELEMENT_TYPE").map(Name::from),
                shared: feature.get("%MULTIPLE_REFERENCES_ALLOWED").and_then(Json::as_bool),
            })
        });
        let read = Type {
            parent: text(described, "%SUPER_TYPE").unwrap_or_default().into(),
            description: text(described, "%DESCRIPTION").unwrap_or_default(),
            features: features.collect(),
            values: Vec::new(),
        };
        system.types.insert(name.as_str().into(), read);
    }
    system
}

/// The CAS as JSON.
pub(super) fn write(cas: &Cas) -> String {
    let mut types = cas.form.types.clone();
    for (name, described) in &cas.types.types {
        let entry = types.entry(name.to_string()).or_insert_with(|| {
            let mut members = Map::new();
            members.insert("%NAME".to_owned(), Json::from(&**name));
            members.insert("%SUPER_TYPE".to_owned(), Json::from(&*described.parent));
            if !described.description.is_empty() {
                members.insert("%DESCRIPTION".to_owned(), Json::from(&*described.description));
            }
            Json::Object(members)
        });
        if let Json::Object(members) = entry {
            for feature in described.features.iter().filter(|_| !is_built_in(name)) {
                members.entry(feature.name.to_string()).or_insert_with(|| feature_type(feature));
            }
        }
    }
    let mut next = cas.structures.iter().map(|structure| structure.id).max().unwrap_or(0);
    let mut structures = Vec::new();
    for structure in &cas.structures {
        write_structure(cas, structure, &mut next, &mut structures);
    }
    let mut whole = Map::new();
    whole.extend(cas.form.header.iter().cloned());
    whole.insert(TYPES.to_owned(), Json::Object(types));
    let structures = match cas.form.by_name {
        true => Json::Object(structures.into_iter().map(|(id, members)| (id.to_string(), members.into())).collect()),
        false => {
            let with_number = |(id, members): (Id, Map<String, Json>)| {
                let mut all = Map::with_capacity(members.len() + 1);
                all.insert("%ID".to_owned(), Json::from(id));
                all.extend(members);
                Json::Object(all)
            };
            Json::Array(structures.into_iter().map(with_number).collect())
        }
    };
    whole.insert(STRUCTURES.to_owned(), structures);
    let sofas: BTreeMap<Id, &str> = cas
        .structures
        .iter()
        .filter(|structure| &*structure.kind == SOFA)
        .filter_map(|structure| Some((structure.id, structure.text("sofaID")?)))
        .collect();
    let views = cas.views.iter().map(|view| {
        let name = match view.sofa.and_then(|sofa| sofas.get(&sofa)) {
            Some(name) if view.name.is_empty() => (*name).to_owned(),
            _ => view.name.clone(),
        };
        let mut members = Map::new();
        members.insert("%SOFA".to_owned(), view.sofa.map_or(Json::Null, Json::from));
        members.insert("%MEMBERS".to_owned(), Json::from(view.members.clone()));
        (name, Json::Object(members))
    });
    whole.insert(VIEWS.to_owned(), Json::Object(views.collect()));
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    text.push('\n');
    text
}

fn feature_type(feature: &Feature) -> Json {
    let mut members = Map::new();
    members.insert("%NAME".to_owned(), Json::from(&*feature.name));
    let range = match &feature.element {
        Some(element) if &*feature.range == FS_ARRAY => format!("{element}[]"),
        _ => feature.range.to_string(),
    };
    members.insert("%RANGE".to_owned(), Json::from(range));
    if let Some(element) = feature.element.as_ref().filter(|_| &*feature.range != FS_ARRAY) {
        members.insert("%ELEMENT_TYPE".to_owned(), Json::from(&**element));
    }
    if !feature.description.is_empty() {
        members.insert("%DESCRIPTION".to_owned(), Json::from(&*feature.description));
    }
    if let Some(shared) = feature.shared {
        members.insert("%MULTIPLE_REFERENCES_ALLOWED".to_owned(), Json::from(shared));
    }
    Json::Object(members)
}

/// Writes a structure and the arrays that its features hold.
fn write_structure(cas: &Cas, structure: &Structure, next: &mut Id, out: &mut Vec<(Id, Map<String, Json>)>) {
    let mut members = Map::new();
    members.insert("%TYPE".to_owned(), Json::from(&*structure.kind));
    let mut array = |kind: String, elements: Json| {
        *next += 1;
        let members = [("%TYPE".to_owned(), Json::from(kind)), (ELEMENTS.to_owned(), elements)];
        out.push((*next, members.into_iter().collect()));
        Json::from(*next)
    };
    for (name, value) in &structure.features {
        let is_anchor = cas.form.anchors.contains(name);
        let plain = || if is_anchor { format!("^{name}") } else { name.to_string() };
        let (key, value) = match value {
            Value::Text(text) => (plain(), Json::from(text.as_str())),
            Value::Flag(flag) => (plain(), Json::from(*flag)),
            Value::Integer(number) => (plain(), Json::from(*number)),
            Value::Number(number) => (plain(), Json::from(*number)),
            Value::Reference(id) => (format!("@{name}"), Json::from(*id)),
            Value::Texts(texts) => {
                let elements = Json::from(texts.clone());
                (format!("@{name}"), array(STRING_ARRAY.to_owned(), elements))
            }
            Value::References(ids) => {
                let feature = cas.types.feature(&structure.kind, name);
                let element = feature.and_then(|feature| feature.element.clone());
                let kind = element.map_or_else(|| FS_ARRAY.to_owned(), |element| format!("{element}[]"));
                (format!("@{name}"), array(kind, Json::from(ids.clone())))
            }
            Value::Json(Json::String(text)) => (format!("#{name}"), Json::from(text.as_str())),
            Value::Json(value) if name.starts_with('%') => (name.to_string(), value.clone()),
            Value::Json(value) => (plain(), value.clone()),
        };
        members.insert(key, value);
    }
    out.push((structure.id, members));
}
