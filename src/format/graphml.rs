//! Entities, mentions and relations as a graph, in GraphML.
//!
//! Written only. See <http://graphml.graphdrawing.org/primer/graphml-primer.html>.

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Layout, Loss, Output, gate::escaped_xml,
    loss::LossLog, value::json_from_attributes, writing::write_file,
};
use crate::model::{AnnotationId, Attributes, Entity, EntityId, Relation, Span, Status};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// See the module.
pub struct GraphMl;

/// What nodes and edges can say: name and type.
const KEYS: [(&str, &str); 15] = [
    ("kind", "string"),
    ("label", "string"),
    ("name", "string"),
    ("article", "string"),
    ("id", "string"),
    ("start", "int"),
    ("end", "int"),
    ("fragments", "string"),
    ("status", "string"),
    ("attributes", "string"),
    ("note", "string"),
    ("identifiers", "string"),
    ("aliases", "string"),
    ("subject_role", "string"),
    ("object_role", "string"),
];

impl Format for GraphMl {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "graphml",
            title: "Graph of relations (GraphML)",
            extensions: &["graphml"],
            reads: false,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds { text: false, document_labels: false, provenance: false, metadata: false, ..Holds::ALL },
            unit: "code points",
            documentation: include_str!("graphml.md"),
        };
        &INFO
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let mut graph = Graph::default();
        for exported in articles {
            graph.article(&exported, context);
            let mut log = LossLog::new(exported, losses);
            log.text("the text", "a graph has no place for it");
            log.details(&GraphMl.info().holds, |_| true);
        }
        write_file(output, "", graph.finish().as_bytes())
    }
}

/// A graph in the making. Nodes come before the edges that need them.
#[derive(Default)]
struct Graph {
    nodes: String,
    edges: String,
    articles: usize,
    edge_count: usize,
    entities: BTreeMap<EntityId, usize>,
}

impl Graph {
    fn article(&mut self, exported: &Exported<'_>, context: &ExportContext<'_>) {
        self.articles += 1;
        let set = exported.annotations;
        for span in set.spans() {
            let name = self.name(span.id);
            self.nodes.push_str(&node(&name, &span_data(exported, span)));
            if let Some(id) = &span.entity {
                let entity = self.entity(id, context);
                self.edge(&name, &entity, &[("kind", "names".to_owned()), ("label", "names".to_owned())]);
            }
        }
        // A relation that others point to has to be a node.
        let pointed: BTreeSet<AnnotationId> = set.relations().flat_map(Relation::targets).collect();
        for relation in set.relations() {
            let data = relation_data(exported, relation);
            match relation.arguments.as_slice() {
                [subject, object] if relation.trigger.is_none() && !pointed.contains(&relation.id) => {
                    let mut data = data;
                    data.push(("subject_role", subject.role.to_string()));
                    data.push(("object_role", object.role.to_string()));
                    self.edge(&self.name(subject.target), &self.name(object.target), &data);
                }
                arguments => {
                    let name = self.name(relation.id);
                    self.nodes.push_str(&node(&name, &data));
                    let trigger = relation.trigger.map(|target| ("trigger", "trigger", target));
                    let arguments = arguments.iter().map(|argument| ("argument", &*argument.role, argument.target));
                    for (kind, role, target) in trigger.into_iter().chain(arguments) {
                        let data = [("kind", kind.to_owned()), ("label", role.to_owned())];
                        self.edge(&name, &self.name(target), &data);
                    }
                }
            }
        }
    }

    /// The node of an annotation of the latest article.
    fn name(&self, id: AnnotationId) -> String {
        format!("a{}-{id}", self.articles)
    }

    fn entity(&mut self, id: &EntityId, context: &ExportContext<'_>) -> String {
        let next = self.entities.len() + 1;
        let number = *self.entities.entry(id.clone()).or_insert(next);
        let name = format!("e{number}");
        if number == next {
            self.nodes.push_str(&node(&name, &entity_data(id, context.entities.get(id))));
        }
        name
    }

    fn edge(&mut self, source: &str, target: &str, data: &[(&str, String)]) {
        self.edge_count += 1;
        let number = self.edge_count;
        // Writing into a string can not fail.
        let _ = writeln!(
            self.edges,
            "<edge id=\"r{number}\" source=\"{source}\" target=\"{target}\">{}</edge>",
            items(data)
        );
    }

    fn finish(self) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
        );
        for (name, kind) in KEYS {
            let _ = writeln!(xml, "<key id=\"{name}\" for=\"all\" attr.name=\"{name}\" attr.type=\"{kind}\"/>");
        }
        let Self { nodes, edges, .. } = self;
        let _ = write!(xml, "<graph id=\"relations\" edgedefault=\"directed\">\n{nodes}{edges}</graph>\n</graphml>\n");
        xml
    }
}

fn node(name: &str, data: &[(&str, String)]) -> String {
    format!("<node id=\"{name}\">{}</node>\n", items(data))
}

fn items(data: &[(&str, String)]) -> String {
    let filled = data.iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| format!("<data key=\"{name}\">{}</data>", escaped_xml(value))).collect()
}

fn span_data(exported: &Exported<'_>, span: &Span) -> Vec<(&'static str, String)> {
    let text = exported.text.as_str();
    let count = |offset| exported.text.table().code_point_from_byte(text, offset).to_string();
    let pieces: Vec<_> =
        span.fragments.iter().map(|range| format!("{}..{}", count(range.start()), count(range.end()))).collect();
    let mut data = vec![
        ("kind", "mention".to_owned()),
        ("name", span.fragments.surface(text)),
        ("start", count(span.fragments.start())),
        ("end", count(span.fragments.end())),
        ("fragments", if pieces.len() > 1 { pieces.join(";") } else { String::new() }),
    ];
    data.extend(common(exported, span.id, &span.label, span.status, &span.attributes, &span.note));
    data
}

fn relation_data(exported: &Exported<'_>, relation: &Relation) -> Vec<(&'static str, String)> {
    let mut data = vec![("kind", "relation".to_owned())];
    let Relation { id, label, status, attributes, note, .. } = relation;
    data.extend(common(exported, *id, label, *status, attributes, note));
    data
}

fn common(
    exported: &Exported<'_>,
    id: AnnotationId,
    label: &str,
    status: Status,
    attributes: &Attributes,
    note: &str,
) -> [(&'static str, String); 6] {
    let attributes = json_from_attributes(attributes);
    let attributes =
        if attributes.is_empty() { String::new() } else { serde_json::Value::from(attributes).to_string() };
    [
        ("label", label.to_owned()),
        ("article", exported.id.to_string()),
        ("id", id.to_string()),
        ("status", status.as_str().to_owned()),
        ("attributes", attributes),
        ("note", note.to_owned()),
    ]
}

fn entity_data(id: &EntityId, entity: Option<&Entity>) -> Vec<(&'static str, String)> {
    let mut data = vec![("kind", "entity".to_owned()), ("id", id.to_string())];
    let Some(entity) = entity else {
        data.push(("name", id.to_string()));
        return data;
    };
    let list = |value: serde_json::Value, is_empty: bool| if is_empty { String::new() } else { value.to_string() };
    data.push(("name", entity.name.clone()));
    data.push(("label", entity.kind.to_string()));
    data.push(("identifiers", list(serde_json::json!(entity.identifiers), entity.identifiers.is_empty())));
    data.push(("aliases", list(serde_json::json!(entity.aliases), entity.aliases.is_empty())));
    data.push(("note", entity.note.clone()));
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::golden::golden;

    #[test]
    fn the_graph_is_whole() {
        let (output, losses) = golden().write(&GraphMl, &Default::default());
        let text = String::from_utf8(output.files[0].1.clone()).expect("UTF-8");
        let xml = roxmltree::Document::parse(&text).expect("XML");
        let all = |tag: &str| xml.descendants().filter(|node| node.has_tag_name(tag)).collect::<Vec<_>>();
        let ids: BTreeSet<_> = all("node").iter().filter_map(|node| node.attribute("id")).collect();
        // 16 mentions, 2 entities, and 4 relations that are not just between two: 31, 35, 32 as a link from 31, and 36.
        assert_eq!((ids.len(), all("node").len()), (16 + 2 + 3, 16 + 2 + 3), "{text}");
        for edge in all("edge") {
            assert!(["source", "target"].iter().all(|end| ids.contains(edge.attribute(*end).unwrap_or_default())));
        }
        assert!(text.contains("&lt;script&gt;") && !text.contains("<script"), "{text}");
        assert!(losses.iter().all(|loss| !loss.what.starts_with("relation ") && !loss.what.starts_with("span ")));
    }
}
