//! Correcting the text in place: the paragraph at the caret, with what the correction does to annotations.

use super::{
    Made,
    parts::{self, FOOTER, Footer, Tone, counted},
};
use crate::{
    edit::{Damage, Draft},
    model::{AnnotationId, AnnotationSet, Article, ArticleId, Progress, Project, Provenance, Relation, SetKey},
    text::{ByteOffset, TextEdit, TextRange, edits_between, segment},
    ui::{
        document::shortened,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::tr,
        theme::{self, Theme, size},
        widgets,
    },
};
use egui::{RichText, ScrollArea, Ui, text::LayoutJob};
use std::{collections::BTreeMap, sync::Arc};

/// Longer paragraphs are corrected sentence by sentence.
const LONGEST: u32 = 20_000;
/// Most changes and damages that are listed.
const LISTED: usize = 30;

pub struct EditText {
    article: ArticleId,
    range: TextRange,
    /// The text before, with the article's own line ends.
    old: String,
    written: String,
    /// Where the caret goes, in characters.
    caret: usize,
    scratch: Project,
    key: SetKey,
    edits: Vec<TextEdit>,
    damages: Vec<Damage>,
    problem: Option<String>,
    fresh: bool,
    focus: bool,
    /// True once the user wanted to leave with a correction that is not made.
    leaving: bool,
}

impl EditText {
    pub fn make(context: &PanelContext<'_>) -> Made {
        let (Some(session), Some(article)) = (context.session, context.open_article()) else {
            return Err(tr("Open an article first").to_owned());
        };
        let text = article.text();
        let range = place(text, context.selection);
        let old = range.slice(text).unwrap_or_default().to_owned();
        let caret = TextRange::new(range.start(), context.selection.start().max(range.start())).slice(text);
        Ok(Box::new(Self {
            article: article.id.clone(),
            range,
            written: old.replace("\r\n", "\n"),
            old,
            caret: caret.map_or(0, |before| before.replace("\r\n", "\n").chars().count()),
            scratch: scratch(article, range),
            key: session.key(&article.id),
            edits: Vec::new(),
            damages: Vec::new(),
            problem: None,
            fresh: true,
            focus: false,
            leaving: false,
        }))
    }

    /// The edits that lead to what is written, and what they damage.
    fn update(&mut self) {
        let new = if self.old.contains("\r\n") { self.written.replace('\n', "\r\n") } else { self.written.clone() };
        let mut edits = edits_between(&self.old, &new);
        for edit in &mut edits {
            edit.at = ByteOffset(edit.at.0.saturating_add(self.range.start().0));
        }
        let provenance = Provenance::person(self.key.annotator.as_str(), jiff::Timestamp::UNIX_EPOCH);
        // The draft is dropped, which takes everything back.
        let result = Draft::new(&mut self.scratch, self.key.clone(), provenance).edit_text(&edits);
        (self.damages, self.problem) = match result {
            Ok(damages) => (damages, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        self.edits = edits;
    }

    fn apply(&self) -> Request {
        let (article, edits) = (self.article.clone(), self.edits.clone());
        let title = match edits.as_slice() {
            [edit] => format!("Correct “{}” to “{}”", shortened(&edit.removed, 24), shortened(&edit.inserted, 24)),
            _ => format!("Correct text in {} places", edits.len()),
        };
        Request::change(move |session| {
            let damages = session.edit(&article, title, |draft| Ok(draft.edit_text(&edits)?))?;
            let names: Vec<String> = damages.iter().take(5).map(name).collect();
            let more = if damages.len() > names.len() { ", …" } else { "" };
            Ok(Some(match damages.len() {
                0 => tr("Text corrected; all annotations followed").to_owned(),
                count => format!(
                    "{} {}: {}{more}. {}",
                    tr("Text corrected;"),
                    counted(count, tr("span was damaged"), tr("spans were damaged")),
                    names.join(", "),
                    tr("Ctrl+Z brings all back")
                ),
            }))
        })
    }

    fn consequences(&self, ui: &mut Ui, theme: &Theme) {
        if let Some(problem) = &self.problem {
            return parts::note(ui, theme, Tone::Error, problem);
        }
        if self.edits.is_empty() {
            return parts::note(ui, theme, Tone::Plain, tr("Nothing changed yet; annotations follow the text"));
        }
        widgets::section(ui, theme, tr("Changes"));
        for edit in self.edits.iter().rev().take(LISTED) {
            ui.add(egui::Label::new(change(theme, edit)).wrap());
        }
        if self.edits.len() > LISTED {
            ui.label(RichText::new(format!("… {}", self.edits.len() - LISTED)).color(theme.text_faint));
        }
        widgets::section(ui, theme, tr("Annotations"));
        if self.damages.is_empty() {
            return parts::note(ui, theme, Tone::Good, tr("All annotations follow, none is damaged"));
        }
        let text = self.scratch.article(&self.article).map_or("", |article| article.text());
        for damage in self.damages.iter().take(LISTED) {
            parts::note(ui, theme, Tone::Warning, &self.describe(damage, text));
        }
        if self.damages.len() > LISTED {
            ui.label(RichText::new(format!("… {}", self.damages.len() - LISTED)).color(theme.text_faint));
        }
    }

    fn describe(&self, damage: &Damage, text: &str) -> String {
        let words = shortened(&damage.before.fragments.surface(text), 60);
        let mut line = format!("{} “{words}” ", damage.before.label);
        match damage.after {
            Some(_) => line.push_str(tr("loses a part of its text")),
            None => {
                line.push_str(tr("goes with its text"));
                if damage.relations > 0 {
                    let relations = counted(damage.relations, tr("relation"), tr("relations"));
                    line = format!("{line}, {} {relations}", tr("and with it"));
                }
            }
        }
        if damage.set.annotator != self.key.annotator {
            line = format!("{line} ({})", damage.set.annotator);
        }
        line
    }
}

impl Dialog for EditText {
    fn title(&self) -> String {
        tr("Correct text").to_owned()
    }

    fn width(&self) -> f32 {
        700.0
    }

    fn closes_outside(&self) -> bool {
        false
    }

    fn may_close(&mut self) -> bool {
        // The first attempt asks, the second one means it.
        let leaving = std::mem::replace(&mut self.leaving, true);
        self.edits.is_empty() || leaving
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        let room = ui.available_height() - FOOTER;
        ScrollArea::vertical().id_salt("text").max_height((room * 0.6).max(90.0)).show(ui, |ui| {
            let id = egui::Id::unique("correct text");
            let edit = egui::TextEdit::multiline(&mut self.written)
                .id(id)
                .font(theme::reading(size::READING))
                .margin(egui::Margin::symmetric(12, 10))
                .desired_rows(4)
                .desired_width(f32::INFINITY);
            if std::mem::take(&mut self.fresh) {
                use egui::text::{CCursor, CCursorRange};
                let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
                state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(self.caret))));
                egui::TextEdit::store_state(ui.ctx(), id, state);
                self.focus = true;
            }
            let response = ui.add(edit);
            if std::mem::take(&mut self.focus) {
                response.request_focus();
            }
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, tr("Text")));
            if response.changed() {
                self.leaving = false;
                self.update();
            }
        });
        let room = ui.available_height() - FOOTER;
        ScrollArea::vertical().id_salt("consequences").max_height(room.max(60.0)).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            self.consequences(ui, theme);
        });
        if self.leaving && !self.edits.is_empty() {
            let text = tr("The correction is not made yet: Ctrl+Enter makes it, Escape again drops it");
            parts::note(ui, theme, Tone::Warning, text);
        }
        let ready = !self.edits.is_empty() && self.problem.is_none() && context.is_writable();
        match parts::footer(ui, theme, tr("Correct"), ready) {
            Footer::Confirm => {
                requests.push(self.apply());
                DialogState::Close
            }
            Footer::Cancel => DialogState::Close,
            Footer::Nothing => DialogState::Open,
        }
    }
}

/// The lines that a selection touches; only its sentence where they are very long.
fn place(text: &str, selection: TextRange) -> TextRange {
    let lines = segment::paragraph_at(text, selection.start()).cover(segment::paragraph_at(text, selection.end()));
    let chosen = if lines.len() > LONGEST {
        let first = segment::sentence_at(text, selection.start());
        first.cover(segment::sentence_at(text, selection.end()))
    } else {
        lines
    };
    // The `\r` of the last line end is no part of the line.
    match chosen.slice(text).is_some_and(|slice| slice.ends_with('\r')) {
        true => TextRange::from_usize(chosen.start().to_usize(), chosen.end().to_usize() - 1),
        false => chosen,
    }
}

/// The article with those annotations only that a correction in `range` can reach: so that every key press is quick.
fn scratch(article: &Article, range: TextRange) -> Project {
    let sets = article.sets.iter().map(|(annotator, set)| {
        let spans: Vec<_> = set.index().touching(range).filter_map(|(_, id)| set.span(id).cloned()).collect();
        let mut relations: BTreeMap<AnnotationId, Relation> = BTreeMap::new();
        let mut targets: Vec<AnnotationId> = spans.iter().map(|span| span.id).collect();
        while let Some(target) = targets.pop() {
            for relation in set.relations_pointing_to(target) {
                if relations.insert(relation.id, relation.clone()).is_none() {
                    targets.push(relation.id);
                }
            }
        }
        let relations = relations.into_values().collect();
        let (set, _) = AnnotationSet::from_parts(set.next_id().0, Progress::Started, spans, relations, Vec::new());
        (annotator.clone(), set)
    });
    let copy =
        Article { id: article.id.clone(), metadata: Arc::default(), text: article.text.clone(), sets: sets.collect() };
    Project { articles: BTreeMap::from([(article.id.clone(), copy)]), ..Project::default() }
}

/// A change as old words struck out and new ones.
fn change(theme: &Theme, edit: &TextEdit) -> LayoutJob {
    let mut job = LayoutJob::default();
    let visible = |text: &str| shortened(&text.replace("\r\n", "¶").replace(['\n', '\r'], "¶").replace(' ', "·"), 80);
    let mut add = |text: &str, color: egui::Color32, struck: bool| {
        let stroke = egui::Stroke::new(1.0, color);
        let mut format =
            egui::TextFormat { font_id: egui::FontId::proportional(size::BODY), color, ..Default::default() };
        if struck {
            format.strikethrough = stroke;
        }
        job.append(text, 0.0, format);
    };
    if !edit.removed.is_empty() {
        add(&visible(&edit.removed), theme.error, true);
        add(" ", theme.text, false);
    }
    if !edit.inserted.is_empty() {
        add(&visible(&edit.inserted), theme.good, false);
    }
    job
}

fn name(damage: &Damage) -> String {
    format!("{} {}", damage.before.label, damage.before.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_corrected() {
        let check = |text: &str, start: usize, end: usize, expected: &str| {
            assert_eq!(place(text, TextRange::from_usize(start, end)).slice(text), Some(expected), "{text:?}");
        };
        check("eins\nzwei\ndrei", 6, 6, "zwei");
        check("eins\nzwei\ndrei", 2, 6, "eins\nzwei");
        check("eins\r\nzwei\r\ndrei", 7, 7, "zwei");
        check("eins\r\nzwei\r\ndrei", 1, 7, "eins\r\nzwei");
        check("", 0, 0, "");
    }

    #[test]
    fn very_long_lines_are_corrected_by_sentence() {
        let text = format!("{} Der letzte Satz.", "Ein Satz steht hier. ".repeat(2_000));
        let place = place(&text, TextRange::from_usize(30, 30));
        assert_eq!(place.slice(&text).map(str::trim), Some("Ein Satz steht hier."));
    }
}
