//! Reads tasks: the text, what annotators said of it, and what models proposed.

use super::{
    config::{Config, attribute_name},
    place::{TextPlace, text_place},
    results::{Group, claim, entity, groups, labels, names, note, number, objects, results, score, text},
};
use crate::{
    format::{
        Imported, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        jsonl::metadata_from_record,
        quote::{Grounded, Quotes},
        reading::{Numbering, complete_relations, imported_from, normalize_line_endings, unplaced},
        records::Object,
        value::{attributes_from_json, plain},
    },
    model::{
        AnnotationId, Argument, AttributeKind, AttributeValue, Attributes, DocumentLabel, Fragments, Name, Provenance,
        Relation, Source, Span, Status,
    },
    text::{ByteOffset, TextRange},
};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// Results of a task that belong together, and what they became.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub list: List,
    /// Places in the list of results.
    pub items: Vec<usize>,
    /// The id that the file gives a region.
    pub region: Option<String>,
    pub annotations: Vec<AnnotationId>,
}

/// One list of results: of an annotation or a prediction with this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum List {
    Annotation(usize),
    Prediction(usize),
}

/// A task with where everything in it came from.
pub(super) struct Task {
    pub imported: Imported,
    pub place: TextPlace,
    pub units: Vec<Region>,
    /// The annotation whose results stand.
    pub main: Option<usize>,
    /// What its offsets count.
    pub unit: Unit,
}

/// The name of the list of annotations; completions is what old versions called them.
pub(super) fn annotations_key(task: &Object) -> &'static str {
    if task.contains_key("completions") && !task.contains_key("annotations") { "completions" } else { "annotations" }
}

/// Reads one task. `fallback` is its id if it has none.
pub(super) fn task(
    record: &Object,
    config: Option<&Config>,
    options: &ReadOptions,
    (file, line, fallback): (&str, usize, &str),
) -> Result<Task, String> {
    let place = text_place(record, config, options.text_column.as_deref())?;
    let data = record.get("data").and_then(Value::as_object);
    let shown = data.map(|data| text(data, &place.key)).unwrap_or_default();
    let shown = if place.is_html { html_text(shown) } else { shown.to_owned() };
    let mut warnings = Vec::new();
    let meta = record.get("meta").and_then(Value::as_object);
    let id = meta.and_then(|meta| meta.get("id")).or(data.and_then(|data| data.get("id"))).or(record.get("id"));
    let id = id.map(plain).filter(|id| !id.is_empty()).unwrap_or_else(|| fallback.to_owned());
    let mut imported = Imported::new(&id, shown);
    let mut known = Object::new();
    for (name, value) in data.into_iter().flatten().chain(meta.into_iter().flatten()) {
        if *name != place.key && name != "id" {
            known.insert(name.clone(), value.clone());
        }
    }
    imported.metadata = metadata_from_record(&known, file, line, options, &mut warnings);
    if imported.metadata.language.is_empty() {
        imported.metadata.language.clone_from(&options.default_language);
    }
    let mut reader = Reader {
        file,
        line,
        options,
        config,
        place: &place,
        units: Vec::new(),
        warnings,
        skipped: BTreeMap::new(),
        unit: Unit::CodePoint,
        accepted: HashSet::new(),
    };
    let main = reader.lists(record, &mut imported);
    let Reader { units, mut warnings, unit, skipped, .. } = reader;
    let mut warn = |message| warnings.push(Warning { file: file.to_owned(), line: Some(line), message });
    for (kind, count) in skipped {
        warn(format!("{count} results of the kind {kind:?} are kept in the file, but not shown"));
    }
    for (id, problem) in complete_relations(&mut imported) {
        warn(format!("relation {id}: {problem}"));
    }
    if options.normalize_line_endings {
        normalize_line_endings(&mut imported);
    }
    imported.warnings = warnings;
    Ok(Task { imported, place, units, main, unit })
}

/// The words of HTML in which offsets of regions count.
fn html_text(html: &str) -> String {
    scraper::Html::parse_fragment(html).root_element().text().collect()
}

struct Reader<'a> {
    file: &'a str,
    line: usize,
    options: &'a ReadOptions,
    config: Option<&'a Config>,
    place: &'a TextPlace,
    units: Vec<Region>,
    warnings: Vec<Warning>,
    skipped: BTreeMap<String, usize>,
    unit: Unit,
    /// What the annotation that stands says.
    accepted: HashSet<(Name, Fragments)>,
}

/// A list of results, and how its annotations are held.
struct Results<'r> {
    list: List,
    items: Vec<&'r Value>,
    status: Status,
    source: Source,
    score: Option<f32>,
}

impl Reader<'_> {
    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line: Some(self.line), message: message.into() });
    }

    /// Reads all lists; returns the number of the annotation that stands.
    fn lists(&mut self, record: &Object, imported: &mut Imported) -> Option<usize> {
        let own = imported_from("label-studio", self.options.time);
        let all = objects(record, annotations_key(record));
        let is_true = |item: &Object, name: &str| item.get(name).and_then(Value::as_bool).unwrap_or(false);
        let counts = |index: &usize| all.get(*index).is_some_and(|item| !is_true(item, "was_cancelled"));
        let usable: Vec<usize> = (0..all.len()).filter(counts).collect();
        let is_truth = |index: &&usize| all.get(**index).is_some_and(|item| is_true(item, "ground_truth"));
        let main = usable.iter().find(is_truth).or(usable.first()).copied();
        if usable.len() < all.len() {
            self.warn(format!(
                "{} annotations were skipped by their annotators and are left out",
                all.len() - usable.len()
            ));
        }
        if usable.len() > 1 {
            self.warn(format!("the task was annotated {} times; what the first has not is a suggestion", usable.len()));
        }
        if record.get("drafts").and_then(Value::as_array).is_some_and(|drafts| !drafts.is_empty()) {
            self.warn("drafts are left out");
        }
        let mut lists = Vec::new();
        for index in main.into_iter().chain(usable.iter().copied().filter(|index| Some(*index) != main)) {
            let Some(item) = all.get(index) else { continue };
            let (status, source) = if Some(index) == main {
                (Status::Accepted, own.source.clone())
            } else {
                (Status::Suggested, Source::Person { name: annotator(item, index).into() })
            };
            lists.push(Results { list: List::Annotation(index), items: results(item), status, source, score: None });
        }
        for (index, item) in objects(record, "predictions").into_iter().enumerate() {
            let name = item.get("model_version").map(plain).filter(|name| !name.is_empty() && name != "null");
            let name = name.unwrap_or_else(|| "prediction".to_owned()).into();
            lists.push(Results {
                list: List::Prediction(index),
                items: results(item),
                status: Status::Suggested,
                source: Source::Extractor { name, version: "".into() },
                score: score(item),
            });
        }
        self.annotations(&lists, imported);
        main
    }

    fn annotations(&mut self, lists: &[Results<'_>], imported: &mut Imported) {
        let text = std::mem::take(&mut imported.text);
        let anchors = Anchors::new(&text);
        let quotes = Quotes::new(&text);
        let numbers = lists.iter().flat_map(|list| &list.items).filter_map(|item| number(item.get("id")?));
        let mut numbering = Numbering::new(numbers);
        let groups: Vec<Vec<Group<'_>>> = lists.iter().map(|list| groups(&list.items, &self.place.object)).collect();
        let all: Vec<_> = groups.iter().flatten().filter_map(claim).collect();
        self.unit = anchors.choose_unit(Unit::CodePoint, &all);
        if self.unit != Unit::CodePoint {
            let words = self.unit.in_words();
            self.warn(format!("the texts of the regions show that offsets count {words}, as old versions wrote them"));
        }
        for (list, groups) in lists.iter().zip(groups) {
            for group in groups {
                self.group(list, &group, (&anchors, &quotes, &text), &mut numbering, imported);
            }
            self.relations(list, &mut numbering, imported);
        }
        imported.text = text;
    }

    fn group(
        &mut self,
        list: &Results<'_>,
        group: &Group<'_>,
        (anchors, quotes, words): (&Anchors<'_>, &Quotes<'_>, &str),
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        let mut unit = Region {
            list: list.list,
            items: group.items.iter().map(|(index, _)| *index).collect(),
            region: group.id.clone(),
            annotations: Vec::new(),
        };
        let Some(claim) = claim(group) else {
            for (index, item) in &group.items {
                let mut unit = Region { items: vec![*index], ..unit.clone() };
                self.document_labels(list, item, &mut unit, numbering, imported);
                self.units.push(unit);
            }
            return;
        };
        let provenance = self.provenance(list, group);
        let mut labels: Vec<Name> = group.items.iter().flat_map(|(_, item)| labels(item)).collect();
        if labels.is_empty() {
            self.warn("a region has no label; it is called \"region\"");
            labels.push("region".into());
        }
        let surface = claim.surface.unwrap_or_default();
        let named = labels.iter().map(|label| format!("{label:?}")).collect::<Vec<_>>().join(" and ");
        let fragments = if claim.pieces.is_empty() {
            match quotes.find(surface, None) {
                Grounded::Exact(range) | Grounded::Close(range) => Some(Fragments::one(range)),
                _ => None,
            }
        } else {
            match anchors.place(self.unit, &claim) {
                Anchored::Exact(fragments) => Some(fragments),
                _ if has_same_letters(&claim, anchors, self.unit, words) => place_of(&claim, anchors, self.unit),
                Anchored::Moved(fragments) => {
                    self.warn(format!("the {named} at {:?} was moved to {surface:?} nearby", claim.pieces));
                    Some(fragments)
                }
                Anchored::Nowhere => None,
            }
        };
        if fragments.is_none() {
            let place = match claim.pieces.as_slice() {
                [] => "in the text".to_owned(),
                pieces => format!("at {pieces:?}"),
            };
            self.warn(format!("the {named} {surface:?} is not {place}; place it by hand"));
        }
        let attributes = self.attributes(group);
        let meta = group.items.iter().find_map(|(_, item)| item.get("meta")?.as_object());
        for label in labels {
            let twin = fragments.as_ref().map(|fragments| (label.clone(), fragments.clone()));
            if list.status == Status::Suggested && twin.as_ref().is_some_and(|twin| self.accepted.contains(twin)) {
                continue;
            }
            if list.status == Status::Accepted {
                self.accepted.extend(twin);
            }
            let key = group.id.as_ref().map(|id| format!("{:?} {id}", list.list));
            let id = numbering.give(key, group.id.as_ref().and_then(|id| id.parse().ok()));
            unit.annotations.push(id);
            let Some(fragments) = fragments.clone() else {
                let near = if claim.pieces.is_empty() { ByteOffset(0) } else { anchors.near(self.unit, &claim) };
                let source = imported_from("label-studio", self.options.time);
                imported.spans.push(unplaced(id, label, surface, near, words, &source));
                continue;
            };
            let entity = meta.and_then(|meta| entity(meta, &label, imported));
            imported.spans.push(Span {
                id,
                label,
                fragments,
                attributes: attributes.clone(),
                entity,
                note: meta.map(note).unwrap_or_default(),
                provenance: provenance.clone(),
                status: list.status,
                corrected_from: None,
            });
        }
        self.units.push(unit);
    }

    fn provenance(&self, list: &Results<'_>, group: &Group<'_>) -> Provenance {
        let own = group.items.iter().find_map(|(_, item)| score(item));
        let is_proposed = matches!(list.source, Source::Extractor { .. });
        Provenance {
            source: list.source.clone(),
            time: self.options.time,
            score: own.or(list.score).filter(|_| is_proposed),
            reason: None,
        }
    }

    fn document_labels(
        &mut self,
        list: &Results<'_>,
        item: &Object,
        unit: &mut Region,
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        if text(item, "type") == "relation" {
            return;
        }
        let value = item.get("value").and_then(Value::as_object);
        let chosen: Vec<Name> = match text(item, "type") {
            "choices" if text(item, "to_name") == self.place.object || !item.contains_key("to_name") => {
                value.map(|value| names(value, "choices")).unwrap_or_default()
            }
            kind => {
                *self.skipped.entry(kind.to_owned()).or_default() += 1;
                return;
            }
        };
        let group = Group { id: None, items: vec![(0, item)] };
        for label in chosen {
            if imported.document_labels.iter().any(|known| known.label == label) {
                continue;
            }
            let id = numbering.give(None, None);
            unit.annotations.push(id);
            imported.document_labels.push(DocumentLabel {
                id,
                label,
                note: String::new(),
                provenance: self.provenance(list, &group),
                status: list.status,
            });
        }
    }

    fn attributes(&mut self, group: &Group<'_>) -> Attributes {
        let mut attributes = Attributes::new();
        for (_, item) in &group.items {
            let kind = text(item, "type");
            if kind.ends_with("labels") {
                continue;
            }
            let value = item.get("value").and_then(|value| value.get(if kind == "textarea" { "text" } else { kind }));
            let name: Name = attribute_name(text(item, "from_name")).into();
            match value.filter(|_| !name.trim().is_empty()).and_then(|value| self.attribute(&name, kind, value)) {
                Some(value) => {
                    attributes.insert(name, value);
                }
                None => *self.skipped.entry(kind.to_owned()).or_default() += 1,
            }
        }
        attributes
    }

    fn attribute(&self, name: &str, kind: &str, value: &Value) -> Option<AttributeValue> {
        let text = |text: &str| Some(AttributeValue::Text(text.into()));
        match (kind, value) {
            ("choices", Value::Array(list)) => match list.as_slice() {
                [Value::String(one)] => {
                    let known = self.config.and_then(|config| config.schema.attribute(name));
                    let is_flag = known.is_none_or(|known| known.kind == AttributeKind::Flag);
                    match one.as_str() {
                        "true" if is_flag => Some(AttributeValue::Flag(true)),
                        "false" if is_flag => Some(AttributeValue::Flag(false)),
                        one => text(one),
                    }
                }
                _ => text(&value.to_string()),
            },
            ("textarea", Value::Array(list)) => match list.as_slice() {
                [Value::String(one)] => text(one),
                _ => text(&value.to_string()),
            },
            ("textarea", Value::String(one)) => text(one),
            ("number" | "rating", Value::Number(number)) => {
                number.as_f64().filter(|number| number.is_finite()).map(AttributeValue::Number)
            }
            ("taxonomy" | "datetime", Value::Array(_)) => text(&value.to_string()),
            ("taxonomy" | "datetime", Value::String(one)) => text(one),
            _ => None,
        }
    }

    fn relations(&mut self, list: &Results<'_>, numbering: &mut Numbering, imported: &mut Imported) {
        for (index, item) in list.items.iter().enumerate() {
            let Some(item) = item.as_object().filter(|item| text(item, "type") == "relation") else { continue };
            let end = |name: &str| {
                let id = item.get(name).map(plain)?;
                numbering.get(&format!("{:?} {id}", list.list))
            };
            let mut unit = Region { list: list.list, items: vec![index], region: None, annotations: Vec::new() };
            let (Some(from), Some(to)) = (end("from_id"), end("to_id")) else {
                let is_known = list.status == Status::Suggested;
                if !is_known {
                    self.warn("a relation that does not link two regions is kept in the file, but not shown");
                }
                self.units.push(unit);
                continue;
            };
            let direction = text(item, "direction");
            let roles = names(item, "roles");
            let role = |index: usize, usual: &str| roles.get(index).cloned().unwrap_or_else(|| usual.into());
            let mut arguments =
                vec![Argument { role: role(0, "from"), target: from }, Argument { role: role(1, "to"), target: to }];
            if direction == "left" {
                arguments = vec![
                    Argument { role: role(0, "from"), target: to },
                    Argument { role: role(1, "to"), target: from },
                ];
            }
            let mut attributes = match item.get("attributes").and_then(Value::as_object) {
                Some(object) => {
                    let (file, line, warnings) = (self.file, self.line, &mut self.warnings);
                    attributes_from_json(object, &mut |message| {
                        warnings.push(Warning { file: file.to_owned(), line: Some(line), message });
                    })
                }
                None => Attributes::new(),
            };
            if direction == "bi" {
                attributes.insert("direction".into(), AttributeValue::Text("bi".into()));
            }
            let mut labels = names(item, "labels");
            if labels.is_empty() {
                labels.push("relation".into());
            }
            for label in labels {
                let id = numbering.give(None, item.get("id").and_then(number));
                unit.annotations.push(id);
                imported.relations.push(Relation {
                    id,
                    label,
                    trigger: None,
                    arguments: arguments.clone(),
                    attributes: attributes.clone(),
                    note: text(item, "note").to_owned(),
                    provenance: Provenance {
                        source: list.source.clone(),
                        time: self.options.time,
                        score: score(item),
                        reason: None,
                    },
                    status: list.status,
                    corrected_from: None,
                });
            }
            self.units.push(unit);
        }
    }
}

/// The place that a claim states, whatever stands there.
fn place_of(claim: &Claim<'_>, anchors: &Anchors<'_>, unit: Unit) -> Option<Fragments> {
    let (start, end) = claim.pieces.first()?;
    anchors.range(unit, *start, *end).map(Fragments::one)
}

/// True if the stated place has the words of the claim but for white space: some versions of Label Studio leave out line ends
/// of the words that they repeat, or write `\\n`.
fn has_same_letters(claim: &Claim<'_>, anchors: &Anchors<'_>, unit: Unit, text: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|char| !char.is_whitespace()).collect::<String>();
    let found = place_of(claim, anchors, unit).map(|fragments| letters(&fragments.surface(text)));
    let stated = claim.surface.unwrap_or_default();
    found.is_some_and(|found| {
        !found.is_empty() && (found == letters(stated) || found == letters(&stated.replace("\\n", " ")))
    })
}

/// Who made an annotation, as far as the file says.
fn annotator(item: &Object, index: usize) -> String {
    let by = match item.get("completed_by") {
        Some(Value::Object(person)) => person.get("id").map(plain),
        Some(Value::Null) | None => None,
        Some(other) => Some(plain(other)),
    };
    by.map_or_else(|| format!("annotation {}", index + 1), |by| format!("annotator {by}"))
}

/// The place of a span as the file counts it.
pub(super) fn counted(exported: crate::format::Exported<'_>, range: TextRange) -> (u32, u32) {
    let count = |offset| exported.text.table().code_point_from_byte(exported.text.as_str(), offset);
    (count(range.start()), count(range.end()))
}
