//! The text with its highlights: cut wherever a span begins or ends, with one line for each span under the words.

use super::{Page, escaped, label_color};
use crate::model::{AnnotationId, Span, Status};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Distance of two lines under the text, in pixels.
const STEP: usize = 4;
/// Lanes that fit under a line of text; spans in deeper ones share the last.
const LANES: usize = 5;

impl Page<'_> {
    pub(super) fn text(&self, html: &mut String) -> std::fmt::Result {
        let text = self.exported.text.as_str();
        let set = self.exported.annotations;
        let spans: BTreeMap<AnnotationId, &Span> = set.spans().map(|span| (span.id, span)).collect();
        let lanes = lanes(&set.spans().collect::<Vec<_>>());

        // Where pieces begin and end. Zero-width spans stand between the two.
        let mut starts: BTreeMap<usize, Vec<AnnotationId>> = BTreeMap::new();
        let mut ends: BTreeMap<usize, Vec<(AnnotationId, usize)>> = BTreeMap::new();
        let mut points: BTreeMap<usize, Vec<AnnotationId>> = BTreeMap::new();
        for span in set.spans_in_order() {
            for (index, range) in span.fragments.iter().enumerate() {
                let range = range.to_usize();
                if range.is_empty() {
                    points.entry(range.start).or_default().push(span.id);
                } else {
                    starts.entry(range.start).or_default().push(span.id);
                    ends.entry(range.end).or_default().push((span.id, index + 1));
                }
            }
        }
        let cuts: BTreeSet<usize> =
            starts.keys().chain(ends.keys()).chain(points.keys()).copied().chain([0, text.len()]).collect();
        let cuts: Vec<_> = cuts.into_iter().collect();
        let mut open: Vec<AnnotationId> = Vec::new();
        let mut linked = BTreeSet::new();
        for (index, cut) in cuts.iter().enumerate() {
            // Inner spans close first, so their labels come first.
            for (id, piece) in ends.get(cut).into_iter().flatten().rev() {
                open.retain(|other| other != id);
                if let Some(span) = spans.get(id) {
                    self.tag(html, span, *piece)?;
                }
            }
            for span in points.get(cut).into_iter().flatten().filter_map(|id| spans.get(id)) {
                let (color, id) = (label_color(self.context.schema, &span.label), self.anchor(span.id));
                write!(html, "<span class=\"point\" id=\"{id}\" style=\"--c:{color}\"></span>")?;
                self.tag(html, span, 1)?;
            }
            let opening = starts.get(cut).map(Vec::as_slice).unwrap_or_default();
            for id in opening.iter().filter(|id| linked.insert(**id)) {
                write!(html, "<span id=\"{}\"></span>", self.anchor(*id))?;
            }
            open.extend(opening);
            let next = cuts.get(index + 1).copied().unwrap_or(text.len());
            let words = text.get(*cut..next).unwrap_or_default();
            if words.is_empty() {
                continue;
            }
            if open.is_empty() {
                html.push_str(&escaped(words));
            } else {
                let covering: Vec<_> = open.iter().filter_map(|id| spans.get(id).copied()).collect();
                self.highlight(html, words, &covering, &lanes)?;
            }
        }
        Ok(())
    }

    fn highlight(
        &self,
        html: &mut String,
        words: &str,
        covering: &[&Span],
        lanes: &BTreeMap<AnnotationId, usize>,
    ) -> std::fmt::Result {
        let lane = |span: &Span| lanes.get(&span.id).copied().unwrap_or(0);
        let mut layers: Vec<_> = covering.iter().map(|span| (lane(span), *span)).collect();
        layers.sort_by_key(|(lane, span)| (*lane, span.id));
        let deepest = layers.last().map_or(0, |(lane, _)| *lane);
        let mut lines = Vec::new();
        let mut titles = Vec::new();
        for (lane, span) in &layers {
            let color = label_color(self.context.schema, &span.label);
            let line = match span.status {
                Status::Accepted => format!("linear-gradient({color},{color})"),
                Status::Suggested => format!("repeating-linear-gradient(90deg,{color} 0 6px,transparent 6px 9px)"),
                Status::Rejected => format!("repeating-linear-gradient(90deg,{color} 0 2px,transparent 2px 6px)"),
            };
            let up = (deepest - lane) * STEP;
            lines.push(format!("{line} 0 calc(100% - {up}px)/100% 3px no-repeat"));
            titles.push(self.title(span));
        }
        let inner = layers.first().map(|(_, span)| label_color(self.context.schema, &span.label));
        let shade =
            inner.map_or_else(String::new, |color| format!("color-mix(in srgb,{color} var(--mix),transparent)"));
        let below = (deepest + 1) * STEP;
        write!(
            html,
            "<span class=\"s\" style=\"background:{};background-color:{shade};padding-bottom:{below}px\" title=\"{}\">{}</span>",
            lines.join(","),
            escaped(&titles.join("\n")),
            escaped(words)
        )
    }

    /// The label behind a piece of a span.
    fn tag(&self, html: &mut String, span: &Span, piece: usize) -> std::fmt::Result {
        let (color, status) = (label_color(self.context.schema, &span.label), span.status.as_str());
        let pieces = span.fragments.count();
        let part = if pieces > 1 { format!(" {piece}/{pieces}") } else { String::new() };
        let (label, title) = (escaped(&span.label), escaped(&self.title(span)));
        write!(html, "<span class=\"tag {status}\" style=\"--c:{color}\" title=\"{title}\">{label}{part}</span>")
    }

    fn title(&self, span: &Span) -> String {
        let mut parts = vec![span.label.to_string()];
        parts.extend(self.entity(span));
        parts.extend(span.attributes.iter().map(|(name, value)| format!("{name} = {value}")));
        if span.status != Status::Accepted {
            parts.push(span.status.as_str().to_owned());
        }
        if !span.note.is_empty() {
            parts.push(span.note.clone());
        }
        parts.join(" · ")
    }
}

/// The lane of each span, 0 nearest to the text: shorter spans first, each in the first lane that is free where it stands.
fn lanes(spans: &[&Span]) -> BTreeMap<AnnotationId, usize> {
    let mut order: Vec<_> = spans.iter().map(|span| (span.fragments.hull(), span.id)).collect();
    order.retain(|(hull, _)| !hull.is_empty());
    order.sort_by_key(|(hull, id)| (hull.len(), hull.start(), *id));
    // For each lane the taken stretches, end by start.
    let mut taken: Vec<BTreeMap<u32, u32>> = vec![BTreeMap::new(); LANES];
    let mut lanes = BTreeMap::new();
    for (hull, id) in order {
        let (start, end) = (hull.start().0, hull.end().0);
        let is_free =
            |lane: &BTreeMap<u32, u32>| lane.range(..end).next_back().is_none_or(|(_, other_end)| *other_end <= start);
        let lane = taken.iter().position(is_free).unwrap_or(LANES - 1);
        if let Some(lane) = taken.get_mut(lane) {
            let reach = lane.entry(start).or_insert(end);
            *reach = end.max(*reach);
        }
        lanes.insert(id, lane);
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::super::HtmlPage;
    use crate::format::golden;
    use scraper::{Html, Selector};

    fn page() -> (String, Html) {
        let (output, losses) = golden::golden().write(&HtmlPage, &Default::default());
        assert_eq!(losses, []);
        let html = String::from_utf8(output.files[0].1.clone()).expect("UTF-8");
        let parsed = Html::parse_document(&html);
        (html, parsed)
    }

    fn select(selector: &str) -> Selector {
        Selector::parse(selector).expect("a selector")
    }

    #[test]
    fn the_text_is_all_there() {
        let (_, page) = page();
        let text = page.select(&select(".text")).next().expect("the text");
        let tags = select(".tag");
        let mut found = String::new();
        for node in text.descendants() {
            let in_tag = node.ancestors().filter_map(scraper::ElementRef::wrap).any(|parent| tags.matches(&parent));
            if let Some(part) = node.value().as_text().filter(|_| !in_tag) {
                found.push_str(part);
            }
        }
        assert_eq!(found, golden::TEXT);
    }

    #[test]
    fn nothing_of_the_article_becomes_markup() {
        let (html, page) = page();
        for selector in ["script", ".text b", "img", "iframe", "link", "[onclick]", "[onerror]", "[src]"] {
            assert_eq!(page.select(&select(selector)).count(), 0, "{selector}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    #[test]
    fn every_annotation_is_shown_and_links_lead_somewhere() {
        let (_, page) = page();
        let golden = golden::golden();
        let ids: std::collections::BTreeSet<_> =
            page.select(&select("[id]")).filter_map(|element| element.attr("id")).collect();
        for span in golden.set.spans() {
            assert!(ids.contains(format!("a1-{}", span.id).as_str()), "{span:?}");
        }
        for relation in golden.set.relations() {
            assert!(ids.contains(format!("a1-{}", relation.id).as_str()), "{relation:?}");
        }
        let links: Vec<_> = page.select(&select("a")).filter_map(|link| link.attr("href")?.strip_prefix('#')).collect();
        assert!(links.len() > golden.set.spans().len());
        assert!(links.iter().all(|link| ids.contains(link)));
        let titled = select("[title]");
        let mut titles = page.select(&titled).filter_map(|element| element.attr("title"));
        assert!(titles.any(|title| title.contains("Wladimir Putin (gnd 1 2, wikidata Q7747)")));
        let legend: Vec<String> = page.select(&select(".legend .chip")).map(|chip| chip.text().collect()).collect();
        assert!(legend.contains(&"PER 2".to_owned()) && legend.contains(&"→ visit 2".to_owned()), "{legend:?}");
    }
}
