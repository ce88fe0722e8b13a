//! Pages for review in Markdown: one for each article, with the text, its spans and its relations.
//!
//! Written only. Nothing that comes from an article, a label or a note is markup there, see [`super::markdown_text`].

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Layout, Loss, Output,
    html_page::origin_and_correction,
    loss::LossLog,
    markdown_text::{escaped, escaped_line, is_damaged, link, row, table_head},
    writing::{Stems, write_file},
};
use crate::model::{AnnotationId, AnnotationSet, Attributes, Relation, Span};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
pub struct MarkdownReview;

/// What stands before and behind the words of a span.
const BRACKETS: [char; 2] = ['⟦', '⟧'];

impl Format for MarkdownReview {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "markdown-review",
            title: "Review pages (Markdown)",
            extensions: &["md"],
            reads: false,
            writes: true,
            layout: Layout::Folder,
            holds: Holds::ALL,
            unit: "none",
            documentation: include_str!("markdown_review.md"),
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
        let mut stems = Stems::of(self);
        for exported in articles {
            let stem = stems.give(exported, losses);
            if is_damaged(exported.text.as_str()) {
                let what = "control characters in the text; each became U+FFFD";
                LossLog::new(exported, losses).article(what, "Markdown has no way to write them");
            }
            let page = Page { exported, context };
            write_file(output, &format!("{stem}.md"), page.markdown().as_bytes())?;
        }
        Ok(())
    }
}

struct Page<'a> {
    exported: Exported<'a>,
    context: &'a ExportContext<'a>,
}

impl Page<'_> {
    fn markdown(&self) -> String {
        let metadata = self.exported.metadata;
        let title = if metadata.title.is_empty() { self.exported.id.as_str() } else { &metadata.title };
        let mut page = format!("# {}\n\n", escaped_line(title));
        page.push_str(&self.metadata());
        page.push_str(&counts(self.exported.annotations));
        page.push_str("## Text\n\n");
        page.push_str(&quoted(&self.marked_text()));
        page.push_str(&self.document_labels());
        page.push_str(&self.relations());
        page.push_str(&self.spans());
        page
    }

    fn metadata(&self) -> String {
        let metadata = self.exported.metadata;
        let mut lines = vec![format!("- id: {}", escaped_line(self.exported.id.as_str()))];
        for (name, value) in [("source", &metadata.source), ("date", &metadata.date), ("language", &metadata.language)]
        {
            lines.extend((!value.is_empty()).then(|| format!("- {name}: {}", escaped_line(value))));
        }
        lines.extend((!metadata.url.is_empty()).then(|| format!("- url: {}", link(&metadata.url))));
        let other = metadata.other.iter();
        lines.extend(other.map(|(name, value)| format!("- {}: {}", escaped_line(name), escaped_line(value))));
        format!("{}\n\n", lines.join("\n"))
    }

    /// The text with brackets around spans, each with its label and id behind it. Not yet Markdown.
    fn marked_text(&self) -> String {
        let text = self.exported.text.as_str();
        let mut opening: BTreeMap<usize, usize> = BTreeMap::new();
        let mut closing: BTreeMap<usize, String> = BTreeMap::new();
        let [open, close] = BRACKETS;
        // Inner spans close first.
        for span in self.exported.annotations.spans_in_order().rev() {
            let count = span.fragments.count();
            for (index, range) in span.fragments.iter().enumerate() {
                let range = range.to_usize();
                let piece = if count > 1 { format!(" {}/{count}", index + 1) } else { String::new() };
                let mark = format!("{close}({} {}{piece})", span.label, span.id);
                if range.is_empty() {
                    closing.entry(range.start).or_default().push_str(&format!("{open}{mark}"));
                } else {
                    *opening.entry(range.start).or_default() += 1;
                    closing.entry(range.end).or_default().push_str(&mark);
                }
            }
        }
        let cuts: BTreeSet<usize> = opening.keys().chain(closing.keys()).copied().chain([text.len()]).collect();
        let mut result = String::with_capacity(text.len() * 2);
        let mut at = 0;
        for cut in cuts {
            result.push_str(text.get(at..cut).unwrap_or_default());
            result.push_str(closing.get(&cut).map_or("", String::as_str));
            result.extend(std::iter::repeat_n(open, opening.get(&cut).copied().unwrap_or_default()));
            at = cut;
        }
        result
    }

    fn document_labels(&self) -> String {
        let labels = self.exported.annotations.document_labels();
        if labels.len() == 0 {
            return String::new();
        }
        let mut text = format!("## Document labels\n\n{}", table_head(&["Label", "Note", "Status", "Origin"]));
        for label in labels {
            text.push_str(&row(&[
                escaped_line(&label.label),
                escaped_line(&label.note),
                label.status.as_str().to_owned(),
                escaped_line(&origin_and_correction(&label.provenance, None)),
            ]));
        }
        text + "\n"
    }

    fn relations(&self) -> String {
        let set = self.exported.annotations;
        if set.relations().len() == 0 {
            return String::new();
        }
        let columns = ["Id", "Relation", "Parts", "Attributes", "Note", "Status", "Origin"];
        let mut text = format!("## Relations\n\n{}", table_head(&columns));
        let mut relations: Vec<&Relation> = set.relations().collect();
        relations.sort_by_key(|relation| (set.anchor(relation.id), relation.id));
        for relation in relations {
            let trigger = relation.trigger.map(|target| ("trigger", target));
            let arguments = relation.arguments.iter().map(|argument| (&*argument.role, argument.target));
            let parts = trigger.into_iter().chain(arguments);
            let parts: Vec<String> = parts.map(|(role, target)| format!("{role}: {}", self.words(target))).collect();
            text.push_str(&row(&[
                relation.id.to_string(),
                escaped_line(&relation.label),
                escaped_line(&parts.join(", ")),
                escaped_line(&said(&relation.attributes)),
                escaped_line(&relation.note),
                relation.status.as_str().to_owned(),
                escaped_line(&origin_and_correction(&relation.provenance, relation.corrected_from.as_deref())),
            ]));
        }
        text + "\n"
    }

    /// The words of a span, or the label of a relation, with the id.
    fn words(&self, target: AnnotationId) -> String {
        let set = self.exported.annotations;
        match (set.span(target), set.relation(target)) {
            (Some(span), _) => format!("{} ({target})", span.fragments.surface(self.exported.text.as_str())),
            (None, Some(relation)) => format!("{} ({target})", relation.label),
            (None, None) => target.to_string(),
        }
    }

    fn spans(&self) -> String {
        let set = self.exported.annotations;
        if set.spans().len() == 0 {
            return String::new();
        }
        let columns = ["Id", "Label", "Words", "Entity", "Attributes", "Note", "Status", "Origin"];
        let mut text = format!("## Spans\n\n{}", table_head(&columns));
        for span in set.spans_in_order() {
            text.push_str(&row(&[
                span.id.to_string(),
                escaped_line(&span.label),
                escaped_line(&span.fragments.surface(self.exported.text.as_str())),
                escaped_line(&self.entity(span)),
                escaped_line(&said(&span.attributes)),
                escaped_line(&span.note),
                span.status.as_str().to_owned(),
                escaped_line(&origin_and_correction(&span.provenance, span.corrected_from.as_deref())),
            ]));
        }
        text + "\n"
    }

    fn entity(&self, span: &Span) -> String {
        let Some(id) = &span.entity else { return String::new() };
        let Some(entity) = self.context.entities.get(id) else { return id.to_string() };
        let ids: Vec<_> = entity.identifiers.iter().map(|(scheme, id)| format!("{scheme} {id}")).collect();
        if ids.is_empty() { entity.name.clone() } else { format!("{} ({})", entity.name, ids.join(", ")) }
    }
}

fn said(attributes: &Attributes) -> String {
    attributes.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

/// A quotation of the text: each of its lines is one, and none can end it.
fn quoted(text: &str) -> String {
    let lines = escaped(text);
    let mut result = String::new();
    for (place, line) in lines.iter().enumerate() {
        // A backslash at its end keeps a line from running into the next.
        let goes_on = !line.is_empty() && lines.get(place + 1).is_some_and(|next| !next.is_empty());
        result.push_str(if line.is_empty() { ">" } else { "> " });
        result.push_str(line);
        result.push_str(if goes_on { "\\\n" } else { "\n" });
    }
    result + "\n"
}

/// How often each label occurs.
fn counts(set: &AnnotationSet) -> String {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for span in set.spans() {
        *counts.entry(("span", &span.label)).or_default() += 1;
    }
    for relation in set.relations() {
        *counts.entry(("relation", &relation.label)).or_default() += 1;
    }
    if counts.is_empty() {
        return String::new();
    }
    let rows =
        counts.iter().map(|((kind, label), count)| row(&[escaped_line(label), (*kind).into(), count.to_string()]));
    format!("{}{}\n", table_head(&["Label", "Kind", "Count"]), rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::golden::{TEXT, golden};
    use pulldown_cmark::{Event, Options, Parser};

    fn page() -> String {
        let (output, _) = golden().write(&MarkdownReview, &Default::default());
        String::from_utf8(output.files[0].1.clone()).expect("UTF-8")
    }

    #[test]
    fn nothing_of_an_article_is_markup() {
        let page = page();
        for event in Parser::new_ext(&page, Options::all()) {
            assert!(!matches!(event, Event::Html(_) | Event::InlineHtml(_) | Event::Code(_)), "{event:?}");
        }
        assert!(page.contains("=1+1 second line\t\"quoted\" &lt;script&gt;"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("<script"));
    }

    #[test]
    fn the_text_is_shown_whole() {
        let (page, mut inside, mut text) = (page(), false, String::new());
        for event in Parser::new_ext(&page, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Start(pulldown_cmark::Tag::BlockQuote(_)) => inside = true,
                Event::End(pulldown_cmark::TagEnd::BlockQuote(_)) => inside = false,
                Event::Text(part) if inside => text.push_str(&part),
                Event::HardBreak | Event::SoftBreak | Event::End(_) if inside => text.push(' '),
                _ => {}
            }
        }
        let marks = regex::Regex::new(r"⟦|⟧\([^)]*\)").expect("a pattern");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&marks.replace_all(&text, "")), words(TEXT));
        assert_eq!(text.matches("⟧(").count(), 17, "{text}");
        assert!(text.contains("⟦Wladimir⟧(LOC 21) ⟦⟦⟦Putin⟧(TITLE 12)"), "{text}");
    }
}
