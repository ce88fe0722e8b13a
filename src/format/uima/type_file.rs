//! Type systems as XML files.

use super::{
    types::{Feature, Type, TypeSystem},
    xmi::escape,
};
use crate::model::Name;
use roxmltree::{Document, Node};
use std::fmt::Write;

/// The types that a file describes; `None` if it is no type system.
pub(super) fn read(xml: &str) -> Option<TypeSystem> {
    let document = Document::parse(xml).ok()?;
    let root = document.root_element();
    if root.tag_name().name() != "typeSystemDescription" {
        return None;
    }
    let mut types = TypeSystem::default();
    for description in child(root, "types").into_iter().flat_map(|types| types.children()) {
        let Some(name) = value(description, "name") else { continue };
        let features = child(description, "features").into_iter().flat_map(|features| features.children());
        let features = features.filter_map(|feature| {
            Some(Feature {
                name: value(feature, "name")?.into(),
                description: value(feature, "description").unwrap_or_default(),
                range: value(feature, "rangeTypeName")?.into(),
                element: value(feature, "elementType").filter(|element| !element.is_empty()).map(Name::from),
                shared: value(feature, "multipleReferencesAllowed").map(|flag| flag == "true"),
            })
        });
        let values = child(description, "allowedValues").into_iter().flat_map(|values| values.children());
        let read = Type {
            parent: value(description, "supertypeName").unwrap_or_default().into(),
            description: value(description, "description").unwrap_or_default(),
            features: features.collect(),
            values: values.filter_map(|allowed| value(allowed, "string")).map(Name::from).collect(),
        };
        // Of a type that is described twice, both descriptions count.
        let mut one = TypeSystem::default();
        one.types.insert(name.as_str().into(), read);
        types.merge(&one);
    }
    Some(types)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}

fn value(node: Node<'_, '_>, name: &str) -> Option<String> {
    let text: String =
        child(node, name)?.children().filter(|part| part.is_text()).filter_map(|part| part.text()).collect();
    Some(text.trim().to_owned())
}

/// The types as an XML file.
pub(super) fn write(types: &TypeSystem) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <typeSystemDescription xmlns=\"http://uima.apache.org/resourceSpecifier\">\n    <types>\n",
    );
    for (name, described) in &types.types {
        // Writing into a string can not fail, here and below.
        let _ = write!(
            out,
            "        <typeDescription>\n            <name>{}</name>\n            <description>{}</description>\n            \
             <supertypeName>{}</supertypeName>\n",
            escape(name),
            escape(&described.description),
            escape(&described.parent)
        );
        if !described.features.is_empty() {
            out.push_str("            <features>\n");
            described.features.iter().for_each(|feature| write_feature(&mut out, feature));
            out.push_str("            </features>\n");
        }
        if !described.values.is_empty() {
            out.push_str("            <allowedValues>\n");
            for value in &described.values {
                let _ = writeln!(out, "                <value><string>{}</string></value>", escape(value));
            }
            out.push_str("            </allowedValues>\n");
        }
        out.push_str("        </typeDescription>\n");
    }
    out.push_str("    </types>\n</typeSystemDescription>\n");
    out
}

fn write_feature(out: &mut String, feature: &Feature) {
    let _ = write!(
        out,
        "                <featureDescription>\n                    <name>{}</name>\n                    \
         <description>{}</description>\n                    <rangeTypeName>{}</rangeTypeName>\n",
        escape(&feature.name),
        escape(&feature.description),
        escape(&feature.range)
    );
    if let Some(element) = &feature.element {
        let _ = writeln!(out, "                    <elementType>{}</elementType>", escape(element));
    }
    if let Some(shared) = feature.shared {
        let _ = writeln!(out, "                    <multipleReferencesAllowed>{shared}</multipleReferencesAllowed>");
    }
    out.push_str("                </featureDescription>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::uima::types::{ANNOTATION, STRING};

    #[test]
    fn types_come_back() {
        let mut types = TypeSystem::default();
        types.add("a.A", ANNOTATION, [Feature::new("b", STRING), Feature::array("c", "a.A")]);
        types.add("a.Tag", STRING, []);
        if let Some(tag) = types.types.get_mut("a.Tag") {
            tag.values = vec!["A & B".into(), "<C>".into()];
        }
        assert_eq!(read(&write(&types)), Some(types));
        assert_eq!(read("<a/>"), None);
        assert_eq!(read("<!DOCTYPE a [<!ENTITY b \"b\">]><typeSystemDescription>&b;</typeSystemDescription>"), None);
    }
}
