//! Label Studio's labelling configuration: an XML file that names the text, the controls and what can be chosen.

use crate::model::{
    ArgumentDefinition, AttributeDefinition, AttributeKind, Color, DocumentLabelDefinition, LabelDefinition, Name,
    RelationDefinition, Repeat, Schema, Symmetry, TriggerRule,
};
use std::{borrow::Cow, fmt::Write, sync::Arc};

/// What a task without a configuration of its own is shown with.
const EMPTY: &str = "<View>\n  <Text name=\"text\" value=\"$text\"/>\n</View>\n";
/// Before the name of an attribute that is also the name of another control.
const PREFIX: &str = "attribute:";

/// A labelling configuration.
#[derive(Clone, Debug)]
pub(super) struct Config {
    xml: String,
    pub objects: Vec<TextObject>,
    controls: Vec<Control>,
    relations: Vec<String>,
    /// Where another relation can be put in; `None` if there is no list of relations.
    relations_end: Option<usize>,
    /// Where another control can be put in.
    end: usize,
    /// Names, colours and rules that the configuration states.
    pub schema: Arc<Schema>,
}

/// A text that is shown.
#[derive(Clone, Debug)]
pub(super) struct TextObject {
    pub name: String,
    /// The member of the task's data with the text.
    pub key: String,
    pub is_html: bool,
    /// True if the data has only the address of the text.
    pub is_link: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ControlKind {
    Labels,
    Choices,
    TextArea,
    Number,
    Rating,
    Taxonomy,
}

impl ControlKind {
    fn parse(tag: &str) -> Option<Self> {
        Some(match tag {
            "Labels" | "HyperTextLabels" | "ParagraphLabels" => Self::Labels,
            "Choices" => Self::Choices,
            "TextArea" => Self::TextArea,
            "Number" => Self::Number,
            "Rating" => Self::Rating,
            "Taxonomy" => Self::Taxonomy,
            _ => return None,
        })
    }

    /// The type of its results, also the name of their values.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Choices => "choices",
            Self::TextArea => "textarea",
            Self::Number => "number",
            Self::Rating => "rating",
            Self::Taxonomy => "taxonomy",
        }
    }
}

#[derive(Clone, Debug)]
struct Control {
    name: String,
    to: Vec<String>,
    kind: ControlKind,
    per_region: bool,
    /// Labels that it is shown for; all if empty.
    when: Vec<String>,
    values: Vec<LabelDefinition>,
    /// Where another value can be put in; `None` if the element has no content.
    end: Option<usize>,
}

impl Default for Config {
    fn default() -> Self {
        let end = EMPTY.find("</View>").unwrap_or(EMPTY.len());
        let text = TextObject { name: "text".to_owned(), key: "text".to_owned(), is_html: false, is_link: false };
        Self {
            xml: EMPTY.to_owned(),
            objects: vec![text],
            controls: Vec::new(),
            relations: Vec::new(),
            relations_end: None,
            end,
            schema: Arc::default(),
        }
    }
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let xml = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned();
        // Without definitions of its own, a document can neither grow nor reach other files.
        let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: 1 << 20, ..Default::default() };
        let document = roxmltree::Document::parse_with_options(&xml, options).map_err(|error| error.to_string())?;
        let root = document.root_element();
        let inside = |node: roxmltree::Node<'_, '_>| {
            let range = node.range();
            let element = xml.get(range.clone())?;
            element.rfind("</").filter(|_| !element.ends_with("/>")).map(|place| range.start + place)
        };
        let mut config = Self {
            objects: Vec::new(),
            end: inside(root).ok_or("the configuration has no content")?,
            ..Self::default()
        };
        for node in root.descendants().filter(roxmltree::Node::is_element) {
            let attribute = |name: &str| node.attribute(name).unwrap_or_default();
            let tag = node.tag_name().name();
            let kind = ControlKind::parse(tag);
            if matches!(tag, "Text" | "HyperText") {
                config.objects.push(TextObject {
                    name: attribute("name").to_owned(),
                    key: attribute("value").trim_start_matches('$').to_owned(),
                    is_html: tag == "HyperText",
                    is_link: attribute("valueType") == "url",
                });
            } else if let Some(kind) = kind {
                let names = |name: &str| {
                    let names = attribute(name).split(',').map(|name| name.trim().to_owned());
                    names.filter(|name| !name.is_empty()).collect::<Vec<_>>()
                };
                config.controls.push(Control {
                    name: attribute("name").to_owned(),
                    to: names("toName"),
                    kind,
                    per_region: attribute("perRegion") == "true",
                    when: names("whenLabelValue"),
                    values: values(node),
                    end: inside(node),
                });
            } else if tag == "Relations" {
                config.relations_end = inside(node);
            } else if tag == "Relation" {
                config.relations.push(attribute("value").to_owned());
            }
        }
        config.xml = xml;
        config.schema = Arc::new(config.stated());
        Ok(config)
    }

    fn stated(&self) -> Schema {
        let mut schema = Schema::default();
        for control in &self.controls {
            match control.kind {
                ControlKind::Labels => {
                    for value in &control.values {
                        if schema.label(&value.name).is_none() {
                            let key = value.key.filter(|key| schema.label_for_key(*key).is_none());
                            schema.labels.push(LabelDefinition { key, ..value.clone() });
                        }
                    }
                }
                ControlKind::Choices | ControlKind::Taxonomy if !control.per_region => {
                    for LabelDefinition { name, color, description, .. } in &control.values {
                        if schema.document_label(name).is_none() {
                            let (name, color, description) = (name.clone(), *color, description.clone());
                            schema.document_labels.push(DocumentLabelDefinition { name, color, description });
                        }
                    }
                }
                _ => {}
            }
        }
        for control in self.controls.iter().filter(|control| control.per_region) {
            let name = attribute_name(&control.name);
            if let Some(kind) = control.attribute_kind()
                && schema.attribute(name).is_none()
            {
                let known = |label: &&String| schema.label(label).is_some();
                schema.attributes.push(AttributeDefinition {
                    name: name.into(),
                    applies_to: control.when.iter().filter(known).map(|label| label.as_str().into()).collect(),
                    kind,
                    default: None,
                    description: String::new(),
                });
            }
        }
        for name in &self.relations {
            if schema.label(name).is_none() && schema.relation(name).is_none() && !name.trim().is_empty() {
                schema.relations.push(relation(name));
            }
        }
        schema
    }

    /// The control of this kind for the text called `object`.
    fn control(&self, kind: ControlKind, per_region: bool, object: &str) -> Option<&Control> {
        let mut fitting = self.controls.iter().filter(|control| {
            control.kind == kind && control.per_region == per_region && control.to.iter().any(|name| name == object)
        });
        fitting.next()
    }

    /// The name of the control for labels of `object`, with the type of its results.
    pub(super) fn labels_control(&self, object: &str) -> &str {
        self.control(ControlKind::Labels, false, object).map_or("label", |control| &control.name)
    }

    /// The name of the control that has the label of articles.
    pub(super) fn choices_control(&self, object: &str, choice: &str) -> &str {
        let having = self.controls.iter().find(|control| {
            control.kind == ControlKind::Choices
                && !control.per_region
                && control.values.iter().any(|value| &*value.name == choice)
        });
        let control = having.or_else(|| self.control(ControlKind::Choices, false, object));
        control.map_or("document_label", |control| &control.name)
    }

    /// The kind of the control of an attribute, where the configuration has one.
    pub(super) fn attribute_control(&self, name: &str) -> Option<ControlKind> {
        let control_name = self.attribute_control_name(name);
        self.controls.iter().find(|control| control.per_region && control.name == control_name).map(|found| found.kind)
    }

    /// The name of the control of an attribute.
    pub(super) fn attribute_control_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let is_other = |control: &Control| control.name == name && !control.per_region;
        let is_taken = ["label", "text", "document_label"].contains(&name)
            || name.starts_with(PREFIX)
            || self.objects.iter().any(|object| object.name == name)
            || self.controls.iter().any(is_other);
        if is_taken { format!("{PREFIX}{name}").into() } else { name.into() }
    }

    /// The configuration with what `needed` names and it does not have.
    pub(super) fn extended(&self, needed: &Needed) -> String {
        let object = self.objects.first().map_or("text", |object| &object.name);
        let mut additions: Vec<(usize, String)> = Vec::new();
        let mut new_controls = String::new();
        let mut add = |control: Option<&Control>, tag: &str, start: String, items: Vec<(String, &str)>| {
            let missing = items.into_iter().filter(|(_, value)| {
                control.is_none_or(|control| control.values.iter().all(|known| &*known.name != *value))
            });
            let missing: Vec<_> = missing.map(|(item, _)| item).collect();
            let lines = |indent: &str| missing.iter().map(|item| format!("{indent}{item}\n")).collect::<String>();
            match control.and_then(|control| control.end) {
                Some(end) if !missing.is_empty() => additions.push((end, format!("  {}  ", lines("  ").trim_start()))),
                Some(_) => {}
                None if control.is_none() => {
                    let _ = write!(new_controls, "  <{tag} {start}>\n{}  </{tag}>\n", lines("    "));
                }
                None => {}
            }
        };
        if !needed.labels.is_empty() {
            let items = needed.labels.iter().map(|label| {
                let color = label.color.map_or(String::new(), |color| format!(" background=\"{color}\""));
                let key = label.key.map_or(String::new(), |key| format!(" hotkey=\"{}\"", escaped(&key.to_string())));
                let hint = hint(&label.description);
                (format!("<Label value=\"{}\"{color}{key}{hint}/>", escaped(&label.name)), &*label.name)
            });
            let start = format!("name=\"label\" toName=\"{}\"", escaped(object));
            add(self.control(ControlKind::Labels, false, object), "Labels", start, items.collect());
        }
        if !needed.document_labels.is_empty() {
            let known = |name: &str| {
                let mut controls = self.controls.iter().filter(|control| control.kind == ControlKind::Choices);
                controls.any(|control| !control.per_region && control.values.iter().any(|value| &*value.name == name))
            };
            let items: Vec<_> = needed
                .document_labels
                .iter()
                .filter(|label| !known(&label.name))
                .map(|label| {
                    let item = format!("<Choice value=\"{}\"{}/>", escaped(&label.name), hint(&label.description));
                    (item, &*label.name)
                })
                .collect();
            if !items.is_empty() {
                let start = format!("name=\"document_label\" toName=\"{}\" choice=\"multiple\"", escaped(object));
                add(self.control(ControlKind::Choices, false, object), "Choices", start, items);
            }
        }
        for (name, kind, values) in &needed.attributes {
            let control_name = self.attribute_control_name(name);
            let known = self.controls.iter().find(|control| control.per_region && control.name == control_name);
            let items = values.iter().map(|value| (format!("<Choice value=\"{}\"/>", escaped(value)), &**value));
            let items = if *kind == ControlKind::Choices { items.collect() } else { Vec::new() };
            let tag = match kind {
                ControlKind::TextArea => "TextArea",
                ControlKind::Number => "Number",
                _ => "Choices",
            };
            let start =
                format!("name=\"{}\" toName=\"{}\" perRegion=\"true\"", escaped(&control_name), escaped(object));
            if known.is_none_or(|known| known.kind == ControlKind::Choices) {
                add(known, tag, start, items);
            }
        }
        let missing = needed.relations.iter().filter(|name| self.relations.iter().all(|known| **known != ***name));
        let missing: Vec<_> = missing.map(|name| format!("<Relation value=\"{}\"/>\n", escaped(name))).collect();
        match self.relations_end {
            _ if missing.is_empty() => {}
            Some(end) => additions.push((end, format!("  {}  ", missing.join("    ")))),
            None => {
                let _ = write!(new_controls, "  <Relations>\n    {}  </Relations>\n", missing.join("    "));
            }
        }
        if !new_controls.is_empty() {
            additions.push((self.end, new_controls));
        }
        additions.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        let mut xml = self.xml.clone();
        for (place, text) in additions {
            if xml.is_char_boundary(place) {
                xml.insert_str(place, &text);
            }
        }
        xml
    }
}

impl Control {
    fn attribute_kind(&self) -> Option<AttributeKind> {
        Some(match self.kind {
            ControlKind::Choices if is_flag(&self.values) => AttributeKind::Flag,
            ControlKind::Choices => AttributeKind::Choice(self.values.iter().map(|value| value.name.clone()).collect()),
            ControlKind::TextArea | ControlKind::Taxonomy => AttributeKind::Text,
            ControlKind::Number | ControlKind::Rating => AttributeKind::Number,
            ControlKind::Labels => return None,
        })
    }
}

fn is_flag(values: &[LabelDefinition]) -> bool {
    !values.is_empty() && values.iter().all(|value| matches!(&*value.name, "true" | "false"))
}

/// The attribute that a control is for.
pub(super) fn attribute_name(control: &str) -> &str {
    control.strip_prefix(PREFIX).unwrap_or(control)
}

/// The labels and choices of a control.
fn values(control: roxmltree::Node<'_, '_>) -> Vec<LabelDefinition> {
    let tags = ["Label", "Choice"];
    let nodes = control.descendants().filter(|node| tags.contains(&node.tag_name().name()));
    let value = |node: roxmltree::Node<'_, '_>| {
        // Results have the alias where there is one.
        let name = node.attribute("alias").or(node.attribute("value")).filter(|name| !name.trim().is_empty())?;
        let mut key = node.attribute("hotkey").unwrap_or_default().chars();
        Some(LabelDefinition {
            name: name.into(),
            color: node.attribute("background").and_then(Color::parse),
            key: key.next().filter(|char| key.next().is_none() && char.is_lowercase()),
            description: node.attribute("hint").unwrap_or_default().to_owned(),
        })
    };
    let mut values: Vec<LabelDefinition> = Vec::new();
    for value in nodes.filter_map(value) {
        if values.iter().all(|known| known.name != value.name) {
            values.push(value);
        }
    }
    values
}

fn relation(name: &str) -> RelationDefinition {
    let argument = |role: &str| ArgumentDefinition { role: role.into(), allowed: Vec::new(), repeat: Repeat::One };
    RelationDefinition {
        name: name.into(),
        color: None,
        description: String::new(),
        symmetry: Symmetry::Directed,
        trigger: TriggerRule::None,
        arguments: vec![argument("from"), argument("to")],
    }
}

/// What written tasks use.
#[derive(Clone, Debug, Default)]
pub(super) struct Needed {
    pub labels: Vec<LabelDefinition>,
    pub document_labels: Vec<DocumentLabelDefinition>,
    pub relations: Vec<Name>,
    /// Name, kind of control, and values that can be chosen.
    pub attributes: Vec<(Name, ControlKind, Vec<Name>)>,
}

impl Needed {
    /// What a schema defines.
    pub(super) fn new(schema: &Schema) -> Self {
        let attributes = schema.attributes.iter().map(|attribute| {
            let (kind, values) = match &attribute.kind {
                AttributeKind::Flag => (ControlKind::Choices, vec!["true".into(), "false".into()]),
                AttributeKind::Number => (ControlKind::Number, Vec::new()),
                AttributeKind::Text => (ControlKind::TextArea, Vec::new()),
                AttributeKind::Choice(values) => (ControlKind::Choices, values.clone()),
            };
            (attribute.name.clone(), kind, values)
        });
        Self {
            labels: schema.labels.clone(),
            document_labels: schema.document_labels.clone(),
            relations: Vec::new(),
            attributes: attributes.collect(),
        }
    }

    pub(super) fn label(&mut self, name: &Name) {
        if self.labels.iter().all(|label| label.name != *name) {
            let description = String::new();
            self.labels.push(LabelDefinition { name: name.clone(), color: None, key: None, description });
        }
    }

    pub(super) fn document_label(&mut self, name: &Name) {
        if self.document_labels.iter().all(|label| label.name != *name) {
            let description = String::new();
            self.document_labels.push(DocumentLabelDefinition { name: name.clone(), color: None, description });
        }
    }

    pub(super) fn relation(&mut self, name: &Name) {
        if !self.relations.contains(name) {
            self.relations.push(name.clone());
        }
    }

    /// The kind of control of an attribute; `wanted` if it is new.
    pub(super) fn attribute(&mut self, name: &Name, wanted: ControlKind) -> ControlKind {
        match self.attributes.iter().find(|(known, ..)| known == name) {
            Some((_, kind, _)) => *kind,
            None => {
                let values = Vec::new();
                self.attributes.push((name.clone(), wanted, values));
                wanted
            }
        }
    }

    /// Takes a value of an attribute that is chosen from a list.
    pub(super) fn choice(&mut self, name: &Name, value: &str) {
        let found = self.attributes.iter_mut().find(|(known, ..)| known == name);
        if let Some((.., values)) = found.filter(|(.., values)| values.iter().all(|known| &**known != value)) {
            values.push(value.into());
        }
    }
}

fn hint(description: &str) -> String {
    if description.is_empty() { String::new() } else { format!(" hint=\"{}\"", escaped(description)) }
}

/// Text as the value of an XML attribute; what XML can not hold becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\n' | '\t' | '\r' => {
                let _ = write!(result, "&#{};", u32::from(char));
            }
            char if is_xml(char) => result.push(char),
            _ => result.push('\u{FFFD}'),
        }
    }
    result
}

/// True if XML 1.0 can hold the character.
pub(super) fn is_xml(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}
