//! GATE's XML: parsing and printing.
//!
//! Where a node stands in the text says where an annotation is, so no unit has to be guessed; the numbers of the nodes are
//! only names, for which GATE takes offsets in UTF-16 units.

use super::document::{Feature, GateAnnotation, GateDocument, GateRelation, GateSet, Member};
use crate::{
    format::{FormatError, Input, ReadOptions, Warning, anchor::Unit, decode::decode},
    model::TextSource,
    text::OffsetTable,
};
use roxmltree::{Node, ParsingOptions};
use serde_json::Value;
use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
    fmt::Write,
};

const STRING: &str = "java.lang.String";

/// The document of a file, what the file was like, and what was wrong.
pub(super) fn parse(
    input: &Input<'_>,
    options: &ReadOptions,
) -> Result<(GateDocument, TextSource, Vec<Warning>), FormatError> {
    let decoded = decode(input, options, declared_encoding(input.bytes).as_deref())?;
    let unreadable = |line, reason: String| FormatError::Unreadable { file: input.name.clone(), line, reason };
    // Only the declaration tells XML 1.1 from 1.0, and GATE's files differ in nothing else.
    let text = decoded.text.trim_start();
    let body = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(text, |(_, rest)| rest);
    let xml = roxmltree::Document::parse_with_options(body, ParsingOptions::default()).map_err(|error| {
        let line = usize::try_from(error.pos().row).ok().filter(|line| *line > 0);
        unreadable(line, format!("this is no XML that can be read: {error}"))
    })?;
    let root = xml.root_element();
    if !root.has_tag_name("GateDocument") {
        let found = root.tag_name().name();
        return Err(unreadable(None, format!("the file begins with <{found}>, not with <GateDocument>")));
    }
    let mut parser = Parser {
        file: &input.name,
        xml: &xml,
        nodes: HashMap::new(),
        table: OnceCell::new(),
        document: GateDocument { unit: Unit::Byte, pieces_unit: Unit::Utf16, ..GateDocument::default() },
        warnings: decoded.warnings,
    };
    parser.document(root);
    Ok((parser.document, decoded.source, parser.warnings))
}

/// The encoding that the first line states.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(bytes.get(..bytes.len().min(200)).unwrap_or_default()).into_owned();
    let declaration = start.split_once("?>")?.0;
    let rest = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|char| matches!(char, '"' | '\''))?;
    rest.split(quote).nth(1).map(str::to_owned)
}

struct Parser<'x> {
    file: &'x str,
    xml: &'x roxmltree::Document<'x>,
    /// Byte offsets in the text by the names of nodes.
    nodes: HashMap<String, u64>,
    /// Of the text; made when a node is missing.
    table: OnceCell<OffsetTable>,
    document: GateDocument,
    warnings: Vec<Warning>,
}

impl Parser<'_> {
    fn warn(&mut self, line: Option<usize>, message: String) {
        self.warnings.push(Warning { file: self.file.to_owned(), line, message });
    }

    fn document(&mut self, root: Node<'_, '_>) {
        for part in root.children().filter(|part| part.has_tag_name("TextWithNodes")) {
            self.text(part);
        }
        // Counting lines from the start for each annotation would take too long.
        let mut lines = Lines { text: self.xml.input_text(), at: 0, line: 1 };
        for part in root.children().filter(Node::is_element) {
            match part.tag_name().name() {
                "TextWithNodes" => {}
                "GateDocumentFeatures" => self.document.features.extend(features(part)),
                "AnnotationSet" => {
                    let place = self.set(part);
                    for item in part.children().filter(|item| item.has_tag_name("Annotation")) {
                        let annotation = self.annotation(item, lines.of(item));
                        if let Some(set) = self.document.sets.get_mut(place) {
                            set.annotations.push(annotation);
                        }
                    }
                }
                "RelationSet" => {
                    let place = self.set(part);
                    for item in part.children().filter(|item| item.has_tag_name("Relation")) {
                        let relation = self.relation(item, lines.of(item), place);
                        if let Some(set) = self.document.sets.get_mut(place) {
                            set.relations.push(relation);
                        }
                    }
                }
                other => {
                    let message = format!("the element <{other}> is unknown and was passed over");
                    self.warn(Some(lines.of(part)), message);
                }
            }
        }
    }

    fn text(&mut self, part: Node<'_, '_>) {
        let text = &mut self.document.text;
        for child in part.children() {
            if child.is_text() {
                text.push_str(child.text().unwrap_or_default());
            } else if let Some(id) = child.attribute("id") {
                self.nodes.insert(id.to_owned(), text.len() as u64);
            }
        }
    }

    /// The place of the set that an element is about.
    fn set(&mut self, part: Node<'_, '_>) -> usize {
        let name = part.attribute("Name").unwrap_or_default();
        let sets = &mut self.document.sets;
        sets.iter().position(|set| set.name == name).unwrap_or_else(|| {
            sets.push(GateSet { name: name.to_owned(), ..GateSet::default() });
            sets.len() - 1
        })
    }

    fn annotation(&mut self, item: Node<'_, '_>, line: usize) -> GateAnnotation {
        let node = |parser: &mut Self, attribute| {
            let name = item.attribute(attribute)?;
            if let Some(offset) = parser.nodes.get(name) {
                return Some(*offset);
            }
            // The offset that GATE would have taken for its name.
            let text = &parser.document.text;
            let table = parser.table.get_or_init(|| OffsetTable::new(text));
            let offset = name.parse().ok().and_then(|count| table.byte_from_utf16(text, count));
            let offset = offset.map(|offset| u64::from(offset.0));
            if let Some(offset) = offset {
                parser.nodes.insert(name.to_owned(), offset);
                parser.warn(Some(line), format!("there is no node {name:?}; its number was taken for an offset"));
            }
            offset
        };
        GateAnnotation {
            id: item.attribute("Id").and_then(|id| id.trim().parse().ok()),
            label: item.attribute("Type").unwrap_or_default().to_owned(),
            place: node(self, "StartNode").zip(node(self, "EndNode")),
            features: features(item),
            line: Some(line),
        }
    }

    fn relation(&mut self, item: Node<'_, '_>, line: usize, set: usize) -> GateRelation {
        let set = self.document.sets.get(set).map_or_else(String::new, |set| set.name.clone());
        let mut members = Vec::new();
        for member in item.attribute("Members").unwrap_or_default().split(';').filter(|member| !member.is_empty()) {
            match member.trim().parse() {
                Ok(id) => members.push(Member::Either { set: set.clone(), id }),
                Err(_) => self.warn(Some(line), format!("the member {member:?} of a relation is no number; left out")),
            }
        }
        let user_data = item.children().find(|child| child.has_tag_name("UserData"));
        GateRelation {
            id: item.attribute("Id").and_then(|id| id.trim().parse().ok()),
            label: item.attribute("Type").unwrap_or_default().to_owned(),
            members,
            features: features(item),
            user_data: user_data.map(content).unwrap_or_default(),
            line: Some(line),
        }
    }
}

/// Line numbers of elements that are asked for in the order of the file.
struct Lines<'x> {
    text: &'x str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, node: Node<'_, '_>) -> usize {
        let start = node.range().start.max(self.at);
        let between = self.text.get(self.at..start).unwrap_or_default();
        self.line += between.bytes().filter(|byte| *byte == b'\n').count();
        self.at = start;
        self.line
    }
}

/// All text in an element.
fn content(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

fn features(part: Node<'_, '_>) -> Vec<Feature> {
    let feature = |item: Node<'_, '_>| {
        let child = |name: &str| item.children().find(|child| child.has_tag_name(name));
        let name = content(child("Name")?);
        let value = child("Value")?;
        let class = value.attribute("className").unwrap_or(STRING);
        let text = content(value);
        Some(Feature { name, value: value_of(class, &text), java: Some((class.to_owned(), text)) })
    };
    part.children().filter(|item| item.has_tag_name("Feature")).filter_map(feature).collect()
}

/// A Java value of one of the simple classes; the text of any other.
fn value_of(class: &str, text: &str) -> Value {
    let number = || {
        let trimmed = text.trim();
        let whole = trimmed.parse::<i64>().ok().map(Value::from);
        whole.or_else(|| trimmed.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from))
    };
    let value = match class {
        "java.lang.Boolean" => text.trim().parse::<bool>().ok().map(Value::from),
        "java.lang.Integer"
        | "java.lang.Long"
        | "java.lang.Short"
        | "java.lang.Byte"
        | "java.lang.Double"
        | "java.lang.Float"
        | "java.math.BigDecimal"
        | "java.math.BigInteger" => number(),
        _ => None,
    };
    value.unwrap_or_else(|| Value::from(text))
}

/// The document as GATE writes it, offsets of annotations in bytes.
pub(super) fn print(document: &GateDocument) -> String {
    let mut xml = String::with_capacity(document.text.len() * 2);
    xml.push_str("<?xml version='1.0' encoding='UTF-8'?>\n<GateDocument version=\"3\">\n");
    xml.push_str("<!-- The document's features-->\n\n<GateDocumentFeatures>\n");
    print_features(&mut xml, &document.features);
    xml.push_str(
        "</GateDocumentFeatures>\n<!-- The document content area with serialized nodes -->\n\n<TextWithNodes>",
    );
    let nodes = print_text(&mut xml, document);
    xml.push_str("</TextWithNodes>\n");
    let name = |set: &GateSet| match &*set.name {
        "" => String::new(),
        name => format!(" Name=\"{}\"", escaped(name, true)),
    };
    // GATE expects the default set, also without annotations.
    let default = GateSet::default();
    let has_default = document.sets.iter().any(|set| set.name.is_empty());
    let sets: Vec<&GateSet> = (!has_default).then_some(&default).into_iter().chain(&document.sets).collect();
    for set in &sets {
        let said = if set.name.is_empty() { "The default annotation set" } else { "Named annotation set" };
        // Writing into a string can not fail.
        let _ = writeln!(xml, "<!-- {said} -->\n\n<AnnotationSet{}>", name(set));
        for annotation in &set.annotations {
            print_annotation(&mut xml, annotation, &nodes);
        }
        xml.push_str("</AnnotationSet>\n");
    }
    for set in sets.into_iter().filter(|set| !set.relations.is_empty()) {
        let _ = writeln!(xml, "<!-- Relations of the annotation set -->\n\n<RelationSet{}>", name(set));
        for relation in &set.relations {
            print_relation(&mut xml, relation);
        }
        xml.push_str("</RelationSet>\n");
    }
    xml.push_str("\n</GateDocument>\n");
    xml
}

/// Writes the text with a node wherever an annotation begins or ends; returns their numbers by byte offset.
fn print_text(xml: &mut String, document: &GateDocument) -> HashMap<u64, u64> {
    let annotations = document.sets.iter().flat_map(|set| &set.annotations);
    let offsets: BTreeSet<u64> =
        annotations.filter_map(|annotation| annotation.place).flat_map(|(start, end)| [start, end]).collect();
    let mut nodes = HashMap::new();
    let (mut at, mut count) = (0, 0);
    for offset in offsets {
        let here = usize::try_from(offset).unwrap_or(usize::MAX);
        let Some(before) = document.text.get(at..here) else { continue };
        count += before.encode_utf16().count() as u64;
        at = here;
        let _ = write!(xml, "{}<Node id=\"{count}\"/>", escaped(before, false));
        nodes.insert(offset, count);
    }
    xml.push_str(&escaped(document.text.get(at..).unwrap_or_default(), false));
    nodes
}

fn print_annotation(xml: &mut String, annotation: &GateAnnotation, nodes: &HashMap<u64, u64>) {
    let Some((start, end)) = annotation.place else { return };
    let node = |offset| nodes.get(&offset).copied().unwrap_or_default();
    let _ = writeln!(
        xml,
        "<Annotation Id=\"{}\" Type=\"{}\" StartNode=\"{}\" EndNode=\"{}\">",
        annotation.id.unwrap_or_default(),
        escaped(&annotation.label, true),
        node(start),
        node(end)
    );
    print_features(xml, &annotation.features);
    xml.push_str("</Annotation>\n");
}

fn print_relation(xml: &mut String, relation: &GateRelation) {
    let members: Vec<String> = relation.members.iter().map(|member| member.id().to_string()).collect();
    let (id, label) = (relation.id.unwrap_or_default(), escaped(&relation.label, true));
    let _ = writeln!(xml, "<Relation Id=\"{id}\" Type=\"{label}\" Members=\"{}\">", members.join(";"));
    let _ = writeln!(xml, "<UserData>{}</UserData>", escaped(&relation.user_data, false));
    print_features(xml, &relation.features);
    xml.push_str("</Relation>\n");
}

fn print_features(xml: &mut String, features: &[Feature]) {
    for feature in features {
        let (class, text) = match &feature.java {
            Some((class, text)) => (class.as_str(), text.clone()),
            None => java(&feature.value),
        };
        let (name, class, text) = (escaped(&feature.name, false), escaped(class, true), escaped(&text, false));
        let _ = writeln!(
            xml,
            "<Feature>\n  <Name className=\"{STRING}\">{name}</Name>\n  <Value className=\"{class}\">{text}</Value>\n</Feature>"
        );
    }
}

/// A value as one of the Java classes that both GATE and the Python library know.
fn java(value: &Value) -> (&'static str, String) {
    match value {
        Value::Bool(flag) => ("java.lang.Boolean", flag.to_string()),
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() <= f64::from(i32::MAX) => {
                ("java.lang.Integer", format!("{whole:.0}"))
            }
            _ => ("java.math.BigDecimal", number.to_string()),
        },
        Value::String(text) => (STRING, text.clone()),
        value => (STRING, value.to_string()),
    }
}

/// True for the characters that XML 1.0 can hold.
pub(super) fn fits_in_xml(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Text that is safe between tags; also used by other formats.
pub(in crate::format) fn escaped_text(text: &str) -> String {
    escaped(text, false)
}

/// Text that is safe between tags, or in a quoted attribute; what XML can not hold becomes U+FFFD, which is as long.
fn escaped(text: &str, in_attribute: bool) -> String {
    let mut result = String::with_capacity(text.len() + text.len() / 16);
    for char in text.chars() {
        match char {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '\r' => result.push_str("&#13;"),
            '"' if in_attribute => result.push_str("&quot;"),
            '\n' if in_attribute => result.push_str("&#10;"),
            '\t' if in_attribute => result.push_str("&#9;"),
            char if fits_in_xml(char) => result.push(char),
            _ => result.push('\u{FFFD}'),
        }
    }
    result
}
