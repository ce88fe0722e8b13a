//! A self-contained page for review: highlighted text, legend, relations with links, a table of all spans.
//!
//! Written only. Nothing that comes from an article, a label or a note reaches the page unescaped, see [`escaped`].

mod text;

use super::{ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Layout, Loss, Output, loss::LossLog};
use crate::model::{
    AnnotationId, AnnotationSet, Attributes, Color, CorrectedFrom, Provenance, Relation, Schema, Source, Span, Status,
};
use std::{collections::BTreeMap, fmt::Write};

/// See the module.
pub struct HtmlPage;

/// Colours for labels whose schema names none, in the order of the schema.
const PALETTE: [Color; 10] = [
    Color { red: 0xc2, green: 0x4d, blue: 0x3f },
    Color { red: 0x2f, green: 0x7f, blue: 0xb5 },
    Color { red: 0x3f, green: 0x8f, blue: 0x4f },
    Color { red: 0xc0, green: 0x80, blue: 0x20 },
    Color { red: 0x85, green: 0x5f, blue: 0xb8 },
    Color { red: 0x20, green: 0x90, blue: 0x90 },
    Color { red: 0xb8, green: 0x4f, blue: 0x8f },
    Color { red: 0x75, green: 0x80, blue: 0x30 },
    Color { red: 0x5f, green: 0x70, blue: 0xb8 },
    Color { red: 0x90, green: 0x65, blue: 0x45 },
];

impl Format for HtmlPage {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "html",
            title: "Review page",
            extensions: &["html"],
            reads: false,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds::ALL,
            unit: "none",
            documentation: include_str!("html_page.md"),
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
        let mut file = output.create("")?;
        let mut first = true;
        let mut totals = Totals::default();
        let mut count = 0;
        for exported in articles {
            if std::mem::take(&mut first) {
                let title = title(&exported);
                file.write_all(head(&title).as_bytes()).map_err(FormatError::io(""))?;
            }
            count += 1;
            if exported.text.as_str().contains('\0') {
                LossLog::new(exported, losses).article("the character U+0000", "HTML has no way to write it");
            }
            let page = Page { exported, context, number: count };
            let mut html = String::new();
            // Writing into a string can not fail.
            let _ = page.article(&mut html);
            totals.add(exported.annotations);
            file.write_all(html.as_bytes()).map_err(FormatError::io(""))?;
        }
        let mut end = String::new();
        if first {
            end.push_str(&head("No articles"));
        }
        if count > 1 {
            let _ = write!(end, "<h2 id=\"all\">All {count} articles</h2>\n{}", totals.legend(context.schema));
        }
        end.push_str("</main>\n</body>\n</html>\n");
        file.write_all(end.as_bytes()).map_err(FormatError::io(""))?;
        file.flush().map_err(FormatError::io(""))
    }
}

/// The colour of a label or relation: its own or the next of the palette.
pub fn label_color(schema: &Schema, label: &str) -> Color {
    let own = schema.label(label).and_then(|label| label.color);
    let own = own.or_else(|| schema.relation(label).and_then(|relation| relation.color));
    let own = own.or_else(|| schema.document_label(label).and_then(|label| label.color));
    let labels = schema.labels.iter().map(|known| &known.name);
    let mut names = labels.chain(schema.relations.iter().map(|known| &known.name));
    let place = names.position(|known| &**known == label);
    let place = place.unwrap_or_else(|| label.bytes().map(usize::from).sum());
    let [first, ..] = PALETTE;
    own.unwrap_or_else(|| PALETTE.get(place % PALETTE.len()).copied().unwrap_or(first))
}

/// Text that is safe between tags and in quoted attribute values.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + text.len() / 16);
    for char in text.chars() {
        match char {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            // A parser would take it for a line break.
            '\r' => result.push_str("&#13;"),
            '\0' => result.push('\u{FFFD}'),
            _ => result.push(char),
        }
    }
    result
}

fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>\n{}</style>\n</head>\n<body>\n<main>\n",
        escaped(title),
        include_str!("html_page.css")
    )
}

fn title(exported: &Exported<'_>) -> String {
    let title = &exported.metadata.title;
    if title.is_empty() { exported.id.to_string() } else { title.clone() }
}

/// How often each label occurs.
#[derive(Default)]
struct Totals {
    spans: BTreeMap<String, usize>,
    relations: BTreeMap<String, usize>,
}

impl Totals {
    fn add(&mut self, set: &AnnotationSet) {
        for span in set.spans() {
            *self.spans.entry(span.label.to_string()).or_default() += 1;
        }
        for relation in set.relations() {
            *self.relations.entry(relation.label.to_string()).or_default() += 1;
        }
    }

    fn legend(&self, schema: &Schema) -> String {
        let mut html = String::from("<ul class=\"legend\">");
        let order = |name: &str| schema.labels.iter().position(|label| &*label.name == name);
        let mut spans: Vec<_> = self.spans.iter().collect();
        spans.sort_by_key(|(name, _)| order(name).unwrap_or(usize::MAX));
        for (name, count) in spans {
            let color = label_color(schema, name);
            let _ =
                write!(html, "<li class=\"chip\" style=\"--c:{color}\"><b>{}</b> <i>{count}</i></li>", escaped(name));
        }
        for (name, count) in &self.relations {
            let color = label_color(schema, name);
            let name = escaped(name);
            let _ = write!(html, "<li class=\"chip\" style=\"--c:{color}\">→ <b>{name}</b> <i>{count}</i></li>");
        }
        html.push_str("</ul>\n");
        html
    }
}

/// One article on the page.
struct Page<'a> {
    exported: Exported<'a>,
    context: &'a ExportContext<'a>,
    /// From 1; keeps the link targets of different articles apart.
    number: usize,
}

impl Page<'_> {
    fn article(&self, html: &mut String) -> std::fmt::Result {
        let Exported { metadata, annotations, .. } = self.exported;
        let language = &metadata.language;
        let is_tag = !language.is_empty() && language.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
        let language = if is_tag { format!(" lang=\"{language}\"") } else { String::new() };
        writeln!(html, "<article{language}>\n<h2>{}</h2>", escaped(&title(&self.exported)))?;
        self.metadata(html)?;
        let mut totals = Totals::default();
        totals.add(annotations);
        html.push_str(&totals.legend(self.context.schema));
        self.document_labels(html)?;
        html.push_str("<div class=\"text\" dir=\"auto\">");
        self.text(html)?;
        html.push_str("</div>\n");
        self.relations(html)?;
        self.spans(html)?;
        html.push_str("</article>\n");
        Ok(())
    }

    fn metadata(&self, html: &mut String) -> std::fmt::Result {
        let metadata = self.exported.metadata;
        let mut parts: Vec<String> = [&metadata.source, &metadata.date]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| escaped(part))
            .collect();
        let url = escaped(&metadata.url);
        if ["http://", "https://"].iter().any(|scheme| metadata.url.starts_with(scheme)) {
            parts.push(format!("<a href=\"{url}\" rel=\"noreferrer\">{url}</a>"));
        } else if !url.is_empty() {
            parts.push(url);
        }
        parts.extend(metadata.other.iter().map(|(name, value)| format!("{}: {}", escaped(name), escaped(value))));
        parts.push(escaped(self.exported.id.as_str()));
        writeln!(html, "<p class=\"meta\">{}</p>", parts.join(" · "))
    }

    fn document_labels(&self, html: &mut String) -> std::fmt::Result {
        if self.exported.annotations.document_labels().len() == 0 {
            return Ok(());
        }
        html.push_str("<h3>Document labels</h3>\n<ul class=\"legend\">");
        for label in self.exported.annotations.document_labels() {
            let color = label_color(self.context.schema, &label.label);
            let (name, status) = (escaped(&label.label), label.status.as_str());
            let said = escaped(&origin(&label.provenance));
            write!(html, "<li class=\"chip {status}\" style=\"--c:{color}\" title=\"{said}\"><b>{name}</b>")?;
            if label.status != Status::Accepted {
                write!(html, " <i>{status}</i>")?;
            }
            write!(html, "</li>{}", note(&label.note))?;
        }
        html.push_str("</ul>\n");
        Ok(())
    }

    fn relations(&self, html: &mut String) -> std::fmt::Result {
        let set = self.exported.annotations;
        if set.relations().len() == 0 {
            return Ok(());
        }
        html.push_str("<h3>Relations</h3>\n<ul class=\"relations\">\n");
        let mut relations: Vec<_> = set.relations().collect();
        relations.sort_by_key(|relation| (set.anchor(relation.id), relation.id));
        for relation in relations {
            let color = label_color(self.context.schema, &relation.label);
            let (id, label, status) = (self.anchor(relation.id), escaped(&relation.label), relation.status.as_str());
            write!(html, "<li id=\"{id}\"><span class=\"chip {status}\" style=\"--c:{color}\"><b>{label}</b></span> ")?;
            self.relation_parts(html, relation)?;
            html.push_str("</li>\n");
        }
        html.push_str("</ul>\n");
        Ok(())
    }

    fn relation_parts(&self, html: &mut String, relation: &Relation) -> std::fmt::Result {
        let mut parts = Vec::new();
        if let Some(trigger) = relation.trigger {
            parts.push(format!("<span class=\"role\">trigger</span> {}", self.link(trigger)));
        }
        for argument in &relation.arguments {
            let role = escaped(&argument.role);
            parts.push(format!("<span class=\"role\">{role}</span> {}", self.link(argument.target)));
        }
        parts.extend(attributes(&relation.attributes));
        parts.extend((relation.status != Status::Accepted).then(|| relation.status.as_str().to_owned()));
        let said = origin_and_correction(&relation.provenance, relation.corrected_from.as_deref());
        write!(html, "{} <span class=\"role\">({})</span>{}", parts.join(", "), escaped(&said), note(&relation.note))
    }

    fn spans(&self, html: &mut String) -> std::fmt::Result {
        let set = self.exported.annotations;
        let count = set.spans().len();
        if count == 0 {
            return Ok(());
        }
        writeln!(
            html,
            "<details>\n<summary>Spans ({count})</summary>\n<table>\n<tr><th>Label</th><th>Text</th><th>Entity</th>\
             <th>Attributes and note</th><th>Status</th><th>Origin</th></tr>"
        )?;
        for span in set.spans_in_order() {
            let color = label_color(self.context.schema, &span.label);
            let label = escaped(&span.label);
            let said = origin_and_correction(&span.provenance, span.corrected_from.as_deref());
            writeln!(
                html,
                "<tr><td><span class=\"chip\" style=\"--c:{color}\">{label}</span></td><td>{}</td><td>{}</td>\
                 <td>{}{}</td><td>{}</td><td>{}</td></tr>",
                self.link(span.id),
                escaped(&self.entity(span).unwrap_or_default()),
                attributes(&span.attributes).collect::<Vec<_>>().join(", "),
                note(&span.note),
                span.status.as_str(),
                escaped(&said)
            )?;
        }
        html.push_str("</table>\n</details>\n");
        Ok(())
    }

    /// What links to an annotation name it by.
    fn anchor(&self, id: AnnotationId) -> String {
        format!("a{}-{id}", self.number)
    }

    /// A link to a span or relation, with the words of the one or the label of the other.
    fn link(&self, id: AnnotationId) -> String {
        let set = self.exported.annotations;
        let words = match (set.span(id), set.relation(id)) {
            (Some(span), _) => {
                let surface = span.fragments.surface(self.exported.text.as_str());
                let words: Vec<_> = surface.split_whitespace().collect();
                if words.is_empty() { format!("({})", span.label) } else { words.join(" ") }
            }
            (None, Some(relation)) => format!("{} {id}", relation.label),
            (None, None) => return format!("{id}"),
        };
        format!("<a href=\"#{}\">{}</a>", self.anchor(id), escaped(&words))
    }

    /// Name and outside ids of the entity that a span names.
    fn entity(&self, span: &Span) -> Option<String> {
        let id = span.entity.as_ref()?;
        let Some(entity) = self.context.entities.get(id) else { return Some(id.to_string()) };
        let ids: Vec<_> = entity.identifiers.iter().map(|(scheme, id)| format!("{scheme} {id}")).collect();
        Some(if ids.is_empty() { entity.name.clone() } else { format!("{} ({})", entity.name, ids.join(", ")) })
    }
}

fn attributes(attributes: &Attributes) -> impl Iterator<Item = String> + '_ {
    attributes.iter().map(|(name, value)| format!("{} = {}", escaped(name), escaped(&value.to_string())))
}

fn note(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" <span class=\"note\">{}</span>", escaped(note)) }
}

fn origin(provenance: &Provenance) -> String {
    let who = match &provenance.source {
        Source::Person { name } => name.to_string(),
        Source::Import { format } => format!("from {format}"),
        Source::Extractor { name, version } => format!("{name} {version}"),
    };
    let score = provenance.score.map_or_else(String::new, |score| format!(", score {score}"));
    let reason = provenance.reason.as_ref().map_or_else(String::new, |reason| format!(", {reason}"));
    format!("{who}, {}{score}{reason}", provenance.time)
}

/// Who made an annotation and what it was before, in words.
pub(super) fn origin_and_correction(provenance: &Provenance, before: Option<&CorrectedFrom>) -> String {
    let before = before.map_or_else(String::new, |before| {
        format!("; corrected from {} by {}", before.label, origin(&before.provenance))
    });
    origin(provenance) + &before
}
