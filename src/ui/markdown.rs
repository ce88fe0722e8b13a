//! Markdown as far as guidelines need it: headings, paragraphs, lists, bold and italic words.

use super::theme::{self, Theme, size};
use egui::{
    FontId, RichText, Ui,
    text::{LayoutJob, TextFormat},
};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

/// Draws Markdown, `points` high where it is plain text.
pub fn show(ui: &mut Ui, theme: &Theme, text: &str, points: f32) {
    for block in blocks(text) {
        let size = match block.kind {
            Kind::Heading(level) => points + (4.0 - f32::from(level.min(3))) * 1.5,
            _ => points,
        };
        match block.kind {
            Kind::Heading(_) => ui.add_space(6.0),
            Kind::Rule => {
                ui.separator();
                continue;
            }
            Kind::Paragraph | Kind::Item { .. } => {}
        }
        let job = job(theme, &block, size);
        match block.kind {
            Kind::Item { depth, number } => {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    ui.add_space(4.0 + 14.0 * f32::from(depth));
                    let mark = number.map_or_else(|| "–".to_owned(), |number| format!("{number}."));
                    ui.label(RichText::new(mark).size(size).color(theme.text_faint));
                    ui.add(egui::Label::new(job).wrap());
                });
            }
            _ => {
                ui.add(egui::Label::new(job).wrap());
            }
        }
        ui.add_space(3.0);
    }
}

/// Markdown in one line, for lists: only bold and italic count.
pub fn line(theme: &Theme, text: &str, points: f32) -> LayoutJob {
    let runs = blocks(text).into_iter().flat_map(|block| block.runs).collect();
    job(theme, &Block { kind: Kind::Paragraph, runs }, points)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Heading(u8),
    Paragraph,
    Item { depth: u8, number: Option<u64> },
    Rule,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    text: String,
    strong: bool,
    emphasis: bool,
    code: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    kind: Kind,
    runs: Vec<Run>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    // The next number of each list that is open; `None` for lists with dashes.
    let mut lists: Vec<Option<u64>> = Vec::new();
    let (mut strong, mut emphasis) = (0u32, 0u32);
    for event in Parser::new(text) {
        let mut add = |text: &str, code: bool| {
            let block = open.get_or_insert(Block { kind: Kind::Paragraph, runs: Vec::new() });
            block.runs.push(Run { text: text.to_owned(), strong: strong > 0, emphasis: emphasis > 0, code });
        };
        match event {
            Event::Text(text) => add(&text, false),
            Event::Code(text) => add(&text, true),
            Event::Html(text) | Event::InlineHtml(text) => add(&text, false),
            Event::SoftBreak => add(" ", false),
            Event::HardBreak => add("\n", false),
            Event::Rule => {
                blocks.extend(open.take());
                blocks.push(Block { kind: Kind::Rule, runs: Vec::new() });
            }
            Event::Start(Tag::Strong) => strong += 1,
            Event::End(TagEnd::Strong) => strong = strong.saturating_sub(1),
            Event::Start(Tag::Emphasis) => emphasis += 1,
            Event::End(TagEnd::Emphasis) => emphasis = emphasis.saturating_sub(1),
            Event::Start(Tag::List(first)) => {
                blocks.extend(open.take());
                lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                lists.pop();
            }
            Event::Start(Tag::Item) => {
                blocks.extend(open.take());
                let depth = u8::try_from(lists.len().saturating_sub(1)).unwrap_or(u8::MAX).min(6);
                let number = lists.last_mut().and_then(|next| {
                    let number = *next;
                    *next = next.map(|number| number.saturating_add(1));
                    number
                });
                open = Some(Block { kind: Kind::Item { depth, number }, runs: Vec::new() });
            }
            Event::Start(Tag::Heading { level, .. }) => {
                blocks.extend(open.take());
                let level = match level {
                    HeadingLevel::H1 => 1,
                    HeadingLevel::H2 => 2,
                    _ => 3,
                };
                open = Some(Block { kind: Kind::Heading(level), runs: Vec::new() });
            }
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock) => {
                blocks.extend(open.take().filter(|block| !block.runs.is_empty()));
            }
            _ => {}
        }
    }
    blocks.extend(open);
    blocks
}

fn job(theme: &Theme, block: &Block, points: f32) -> LayoutJob {
    let mut job = LayoutJob::default();
    let is_heading = matches!(block.kind, Kind::Heading(_));
    for run in &block.runs {
        let font_id = if run.strong || is_heading {
            theme::strong(points)
        } else if run.code {
            FontId::monospace(points)
        } else {
            FontId::proportional(points)
        };
        let line_height = Some(points.max(size::BODY) * 1.45);
        let format =
            TextFormat { font_id, color: theme.text, italics: run.emphasis, line_height, ..Default::default() };
        job.append(&run.text, 0.0, format);
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markdown: &str, expected: &[(Kind, &str)]) {
        let found: Vec<(Kind, String)> = blocks(markdown)
            .into_iter()
            .map(|block| {
                let mark = |run: &Run| match (run.strong, run.emphasis) {
                    (true, _) => format!("<b>{}</b>", run.text),
                    (_, true) => format!("<i>{}</i>", run.text),
                    _ => run.text.clone(),
                };
                (block.kind, block.runs.iter().map(mark).collect())
            })
            .collect();
        let found: Vec<(Kind, &str)> = found.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(found, expected, "{markdown}");
    }

    #[test]
    fn blocks_and_marks_are_found() {
        check("A name: **Putin**, not *he*.", &[(Kind::Paragraph, "A name: <b>Putin</b>, not <i>he</i>.")]);
        check(
            "# One\ntext\nmore\n\nnext",
            &[(Kind::Heading(1), "One"), (Kind::Paragraph, "text more"), (Kind::Paragraph, "next")],
        );
        let item = |depth, number| Kind::Item { depth, number };
        check(
            "- a\n- b\n  1. c\n  2. d\n",
            &[(item(0, None), "a"), (item(0, None), "b"), (item(1, Some(1)), "c"), (item(1, Some(2)), "d")],
        );
        check("- a\n\n- b\n", &[(item(0, None), "a"), (item(0, None), "b")]);
        check("", &[]);
    }
}
