//! Labelling the same words everywhere: a preview with a tick for each place, then one transaction over all articles.

use super::{
    Made,
    parts::{self, FOOTER, Footer, Tone, counted},
};
use crate::{
    model::{AnnotationSet, ArticleId, EntityId, Fragments, Name, SetKey, Status},
    session::{Hit, OccurrenceOptions, Session, SessionError, occurrences},
    text::{TextRange, segment},
    ui::{
        annotate,
        corpus::Corpus,
        icons, kwic,
        request::{Dialog, DialogState, PanelContext, Request},
        search,
        search_task::{self, Row},
        task::{self, Control, Results, Task},
        texts::{in_articles, tr},
        theme::{self, size},
        widgets,
    },
};
use egui::{Checkbox, RichText, ScrollArea, Ui, pos2, vec2};
use rayon::prelude::*;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::{Duration, Instant},
};

/// Height of a place in the list.
const ROW: f32 = 25.0;
/// Most places that are listed.
const LIMIT: usize = 20_000;
/// How long articles are read into memory before the next frame.
const SLICE: Duration = Duration::from_millis(8);

/// A place that could be labelled.
#[derive(Clone, Debug)]
struct Candidate {
    hit: Hit,
    title: std::sync::Arc<str>,
    text_hash: u64,
    /// Labels that lie there already.
    labels: Vec<Name>,
    /// False for words with an ending.
    exact: bool,
    /// True if the user does not want it.
    off: bool,
}

impl Candidate {
    fn key(&self) -> (ArticleId, TextRange) {
        (self.hit.article.clone(), self.hit.range)
    }
}

/// Where the places come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The same words, looked for here.
    Words,
    /// The hits of a search.
    Hits,
}

pub struct Occurrences {
    source: Source,
    surface: String,
    label: Option<Name>,
    /// The entity that the selected span names, and whether the others name it too.
    entity: Option<(EntityId, bool)>,
    all_articles: bool,
    options: OccurrenceOptions,
    task: Option<Task<Vec<Candidate>>>,
    wanted: bool,
    candidates: Vec<Candidate>,
    fresh: bool,
    applying: Option<Applying>,
}

/// Articles are read into memory first, some in each frame.
struct Applying {
    groups: Vec<(ArticleId, Vec<(TextRange, u64)>)>,
    /// How many articles were read so far.
    loaded: Rc<Cell<usize>>,
    failed: Rc<Cell<bool>>,
}

impl Occurrences {
    /// For the selected span, the selected words or the word at the caret.
    pub fn make(context: &PanelContext<'_>) -> Made {
        let nothing = || tr("Select the words to look for first").to_owned();
        let article = context.open_article().ok_or_else(nothing)?;
        let text = article.text();
        let span = context.selected.and_then(|id| context.set()?.span(id));
        let (surface, label, entity) = match span {
            Some(span) if context.selection.is_empty() => {
                (span.fragments.surface(text), Some(span.label.clone()), span.entity.clone())
            }
            _ => {
                let at_caret = || segment::token_at(text, context.selection.start()).unwrap_or_default();
                let range = if context.selection.is_empty() { at_caret() } else { context.selection };
                let range = segment::trim(text, range);
                (range.slice(text).unwrap_or_default().to_owned(), None, None)
            }
        };
        if surface.trim().is_empty() {
            return Err(nothing());
        }
        Ok(Box::new(Self {
            source: Source::Words,
            surface: surface.split_whitespace().collect::<Vec<_>>().join(" "),
            label,
            entity: entity.map(|entity| (entity, true)),
            all_articles: true,
            options: OccurrenceOptions::default(),
            task: None,
            wanted: true,
            candidates: Vec::new(),
            fresh: true,
            applying: None,
        }))
    }

    /// For the hits of a search.
    pub fn for_hits(context: &PanelContext<'_>, rows: &[Row]) -> Self {
        let labels = |row: &Row| match context.session {
            Some(session) if session.is_loaded(&row.hit.article) => {
                search::labels_of(session, &row.hit.article, row.hit.range)
            }
            _ => row.labels.clone(),
        };
        let candidates = rows.iter().take(LIMIT).map(|row| Candidate {
            hit: row.hit.clone(),
            title: row.title.clone(),
            text_hash: row.text_hash,
            labels: labels(row),
            exact: true,
            off: false,
        });
        Self {
            source: Source::Hits,
            surface: String::new(),
            label: None,
            entity: None,
            all_articles: true,
            options: OccurrenceOptions::default(),
            task: None,
            wanted: false,
            candidates: candidates.collect(),
            fresh: false,
            applying: None,
        }
    }

    fn is_labelled(&self, candidate: &Candidate) -> bool {
        self.label.as_ref().is_some_and(|label| candidate.labels.contains(label))
    }

    fn is_ticked(&self, candidate: &Candidate) -> bool {
        !candidate.off && !self.is_labelled(candidate)
    }

    fn search(&mut self, ui: &Ui, context: &PanelContext<'_>, session: &Session) {
        if std::mem::take(&mut self.wanted) {
            let only = context.article.filter(|_| !self.all_articles);
            let corpus = Corpus::new(session, only);
            let (surface, options) = (self.surface.clone(), self.options);
            self.task =
                Some(Task::start(ui.ctx(), move |control, results| find(&corpus, &surface, options, control, results)));
        }
        let Some(task) = &mut self.task else { return };
        if let Some(mut candidates) = task.poll() {
            for candidate in candidates.iter_mut().filter(|candidate| session.is_loaded(&candidate.hit.article)) {
                candidate.labels = search::labels_of(session, &candidate.hit.article, candidate.hit.range);
            }
            // What the user does not want stays unwanted when the options change.
            let off: BTreeSet<_> =
                self.candidates.iter().filter(|candidate| candidate.off).map(Candidate::key).collect();
            for candidate in &mut candidates {
                candidate.off = off.contains(&candidate.key());
            }
            self.candidates = candidates;
            if self.label.is_none() {
                self.label = most_frequent(&self.candidates);
            }
        }
        if task.is_over() {
            self.task = None;
        }
    }

    fn form(&mut self, ui: &mut Ui, context: &PanelContext<'_>, session: &Session) {
        let theme = context.theme;
        if self.source == Source::Words {
            parts::row(ui, theme, tr("Words"), |ui| {
                let response = parts::text_field(ui, &mut self.surface, tr("Words"), "", f32::INFINITY);
                if std::mem::take(&mut self.fresh) {
                    response.request_focus();
                }
                self.wanted |= response.changed();
                ui.horizontal_wrapped(|ui| {
                    let before = (self.all_articles, self.options);
                    ui.radio_value(&mut self.all_articles, true, tr("all articles"));
                    ui.radio_value(&mut self.all_articles, false, tr("this article"));
                    ui.add_space(8.0);
                    ui.checkbox(&mut self.options.whole_tokens, tr("whole words"));
                    let whole = self.options.whole_tokens;
                    ui.add_enabled(whole, Checkbox::new(&mut self.options.compound_parts, tr("parts of compounds")))
                        .on_hover_text(tr("“Kursk” in “Kursk-Region”"));
                    ui.add_enabled(whole, Checkbox::new(&mut self.options.german_inflection, tr("German endings")))
                        .on_hover_text(tr("“Kursks” for “Kursk”; the ending is labelled too"));
                    ui.checkbox(&mut self.options.ignore_case, tr("ignore case"));
                    self.wanted |= before != (self.all_articles, self.options);
                });
            });
            ui.add_space(4.0);
        }
        parts::row(ui, theme, tr("Label"), |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                for label in &session.project().schema.labels {
                    let chosen = self.label.as_ref() == Some(&label.name);
                    if label_button(ui, context, &label.name, chosen).clicked() {
                        self.label = Some(label.name.clone());
                    }
                }
            });
            if let Some((entity, wanted)) = &mut self.entity {
                let known = session.project().entities.get(entity);
                let name = known.map_or(entity.as_str(), |entity| entity.name.as_str());
                ui.checkbox(wanted, format!("{} {name}", tr("link all to the entity")));
            }
        });
    }

    fn list(&mut self, ui: &mut Ui, context: &PanelContext<'_>, ticked: usize) {
        let theme = context.theme;
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let labelled = self.candidates.iter().filter(|candidate| self.is_labelled(candidate)).count();
            let mut text =
                format!("{ticked} {} {}", tr("of"), counted(self.candidates.len(), tr("place"), tr("places")));
            if labelled > 0 {
                text = format!("{text}, {labelled} {}", tr("labelled already"));
            }
            match &self.task {
                Some(task) => {
                    if task::progress_line(ui, theme, tr("Searching"), task.progress()) {
                        task.cancel();
                    }
                }
                None => drop(ui.label(RichText::new(text).color(theme.text_weak))),
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button(tr("Select none")).clicked() {
                    self.candidates.iter_mut().for_each(|candidate| candidate.off = true);
                }
                if ui.button(tr("Select all")).clicked() {
                    self.candidates.iter_mut().for_each(|candidate| candidate.off = false);
                }
            });
        });
        ui.add_space(2.0);
        let height = (ui.available_height() - FOOTER).max(80.0);
        if self.candidates.is_empty() {
            ui.allocate_ui(vec2(ui.available_width(), height.min(140.0)), |ui| {
                if self.task.is_none() {
                    widgets::empty_state(ui, theme, icons::SEARCH, tr("These words stand nowhere"));
                }
            });
            return;
        }
        let mut toggled = None;
        ui.spacing_mut().item_spacing.y = 1.0;
        let area = ScrollArea::vertical().max_height(height).auto_shrink([false, true]);
        area.show_rows(ui, ROW, self.candidates.len(), |ui, range| {
            for (index, candidate) in self.candidates.iter().enumerate().skip(range.start).take(range.len()) {
                let (labelled, ticked) = (self.is_labelled(candidate), self.is_ticked(candidate));
                if row(ui, context, candidate, labelled, ticked).clicked() && !labelled {
                    toggled = Some(index);
                }
            }
        });
        if let Some(candidate) = toggled.and_then(|index| self.candidates.get_mut(index)) {
            candidate.off = !candidate.off;
        }
    }

    fn begin(&mut self) {
        let mut groups: BTreeMap<ArticleId, Vec<(TextRange, u64)>> = BTreeMap::new();
        for candidate in self.candidates.iter().filter(|candidate| self.is_ticked(candidate)) {
            groups.entry(candidate.hit.article.clone()).or_default().push((candidate.hit.range, candidate.text_hash));
        }
        self.applying =
            Some(Applying { groups: groups.into_iter().collect(), loaded: Rc::default(), failed: Rc::default() });
    }

    /// Goes on with what was confirmed. True when it is done.
    fn go_on(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> bool {
        let Some(applying) = &self.applying else { return false };
        if applying.failed.get() {
            self.applying = None;
            return false;
        }
        let (loaded, total) = (applying.loaded.get(), applying.groups.len());
        if loaded < total {
            let ids: Vec<ArticleId> = applying.groups.iter().skip(loaded).map(|(id, _)| id.clone()).collect();
            let (count, failed) = (applying.loaded.clone(), applying.failed.clone());
            requests.push(Request::change(move |session| {
                let start = Instant::now();
                for id in ids {
                    if let Err(error) = session.load(&id) {
                        failed.set(true);
                        return Err(error);
                    }
                    count.set(count.get() + 1);
                    if start.elapsed() > SLICE {
                        break;
                    }
                }
                Ok(None)
            }));
            if task::progress_line(ui, context.theme, tr("Reading articles"), (loaded, total)) {
                self.applying = None;
            }
            ui.ctx().request_repaint();
            return false;
        }
        let (Some(applying), Some(label)) = (self.applying.take(), self.label.clone()) else { return false };
        let entity = self.entity.clone().filter(|(_, wanted)| *wanted).map(|(entity, _)| entity);
        let words = match self.source {
            Source::Words => format!("“{}”", crate::ui::document::shortened(&self.surface, 30)),
            Source::Hits => "hits".to_owned(),
        };
        requests.push(Request::change(move |session| label_all(session, applying.groups, &words, &label, entity)));
        true
    }
}

impl Dialog for Occurrences {
    fn title(&self) -> String {
        match self.source {
            Source::Words => tr("Annotate all occurrences").to_owned(),
            Source::Hits => tr("Label all hits").to_owned(),
        }
    }

    fn width(&self) -> f32 {
        820.0
    }

    fn may_close(&mut self) -> bool {
        self.applying.is_none()
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let Some(session) = context.session else { return DialogState::Close };
        self.search(ui, context, session);
        if self.applying.is_some() {
            let done = self.go_on(ui, context, requests);
            return if done { DialogState::Close } else { DialogState::Open };
        }
        self.form(ui, context, session);
        let ticked = self.candidates.iter().filter(|candidate| self.is_ticked(candidate)).count();
        self.list(ui, context, ticked);
        if self.label.is_none() {
            parts::note(ui, context.theme, Tone::Plain, tr("Choose a label"));
        }
        let confirm = match &self.label {
            Some(label) => format!("{} {} {label}", tr("Label"), counted(ticked, tr("place"), tr("places"))),
            None => tr("Label").to_owned(),
        };
        match parts::footer(ui, context.theme, &confirm, ticked > 0 && self.label.is_some() && context.is_writable()) {
            Footer::Confirm => {
                self.begin();
                ui.ctx().request_repaint();
                DialogState::Open
            }
            Footer::Cancel => DialogState::Close,
            Footer::Nothing => DialogState::Open,
        }
    }
}

/// Looks for the words, on a thread of its own.
fn find(
    corpus: &Corpus,
    surface: &str,
    options: OccurrenceOptions,
    control: &Control,
    results: &Results<Vec<Candidate>>,
) {
    control.set_total(corpus.entries.len());
    let mut candidates: Vec<Candidate> = Vec::new();
    for entries in corpus.entries.chunks(256) {
        if control.is_cancelled() || candidates.len() >= LIMIT {
            break;
        }
        let found: Vec<Vec<Candidate>> = entries
            .par_iter()
            .map(|entry| {
                control.step();
                let Some(text) = corpus.text(entry) else { return Vec::new() };
                let places = occurrences(text.as_str(), surface, options);
                if places.is_empty() {
                    return Vec::new();
                }
                // What lies on articles that the window holds, it knows itself.
                let article = if entry.is_loaded { None } else { corpus.article(entry).ok() };
                let set = article.as_ref().and_then(|article| article.sets.get(&corpus.annotator));
                let title: std::sync::Arc<str> = entry.title().into();
                let candidate = |place: crate::session::Occurrence| Candidate {
                    hit: Hit::at(&entry.id, text.as_str(), place.range),
                    title: title.clone(),
                    text_hash: text.hash(),
                    labels: search_task::labels(
                        set.into_iter().flat_map(|set| set.spans_overlapping(place.range)),
                        place.range,
                    ),
                    exact: place.exact,
                    off: false,
                };
                places.into_iter().take(LIMIT).map(candidate).collect()
            })
            .collect();
        candidates.extend(found.into_iter().flatten());
    }
    candidates.truncate(LIMIT);
    results.send(candidates);
}

/// The label that most places have already.
fn most_frequent(candidates: &[Candidate]) -> Option<Name> {
    let mut counts: BTreeMap<&Name, usize> = BTreeMap::new();
    for label in candidates.iter().flat_map(|candidate| &candidate.labels) {
        *counts.entry(label).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(label, _)| label.clone())
}

/// Labels all places in one transaction.
fn label_all(
    session: &mut Session,
    groups: Vec<(ArticleId, Vec<(TextRange, u64)>)>,
    words: &str,
    label: &Name,
    entity: Option<EntityId>,
) -> Result<Option<String>, SessionError> {
    let Some((first, _)) = groups.first() else { return Ok(None) };
    let first = first.clone();
    let annotator = session.annotator().clone();
    let places: usize = groups.iter().map(|(_, places)| places.len()).sum();
    let (mut labelled, mut changed) = (0, 0);
    let articles = groups.len();
    session.edit(&first, format!("Label {places} × {words} {label}"), |draft| {
        for (article, places) in groups {
            let hash =
                draft.project().article(&article).and_then(|article| article.text.as_ref()).map(|text| text.hash());
            draft.switch_to(SetKey { article, annotator: annotator.clone() });
            annotate::start(draft)?;
            for (range, text_hash) in places {
                if hash != Some(text_hash) {
                    changed += 1;
                    continue;
                }
                let id = match same_span(draft.set(), label, range) {
                    Some(id) => {
                        draft.set_status(id, Status::Accepted)?;
                        id
                    }
                    None => draft.add_span(label, Fragments::one(range))?,
                };
                if let Some(entity) = &entity {
                    draft.link_entity(id, Some(entity.clone()))?;
                }
                labelled += 1;
            }
        }
        Ok(())
    })?;
    let mut message =
        format!("{}: {} {}", tr("Labelled"), counted(labelled, tr("place"), tr("places")), in_articles(articles),);
    if changed > 0 {
        message = format!("{message}; {changed} {}", tr("left out because the text was changed"));
    }
    Ok(Some(message))
}

/// A span with the same label and place, whatever its review status.
fn same_span(set: Option<&AnnotationSet>, label: &Name, range: TextRange) -> Option<crate::model::AnnotationId> {
    let fragments = Fragments::one(range);
    let mut spans = set?.spans_overlapping(range);
    spans.find(|span| span.label == *label && span.fragments == fragments).map(|span| span.id)
}

/// A label to choose, with its colour.
fn label_button(ui: &mut Ui, context: &PanelContext<'_>, name: &Name, chosen: bool) -> egui::Response {
    let galley = ui.painter().layout_no_wrap(name.to_string(), theme::medium(11.5), context.theme.text);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(24.0, 6.0), egui::Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, &**name));
    let theme = context.theme;
    let fill = match (chosen, response.hovered()) {
        (true, _) => theme.selection,
        (false, true) => theme.hover,
        (false, false) => theme.raised,
    };
    let border = if chosen || response.has_focus() { theme.accent } else { theme.border };
    ui.painter().rect(rect, 5.0, fill, egui::Stroke::new(1.0, border), egui::StrokeKind::Inside);
    widgets::swatch(ui, rect.left_center() + vec2(10.0, 0.0), context.palette.get(name));
    ui.painter().galley(rect.left_top() + vec2(18.0, 3.0), galley, theme.text);
    response
}

fn row(ui: &mut Ui, context: &PanelContext<'_>, candidate: &Candidate, labelled: bool, ticked: bool) -> egui::Response {
    let theme = context.theme;
    let hit = &candidate.hit;
    let name = format!("{}: {}{}{}", candidate.title, hit.before, hit.hit, hit.after);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), egui::Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, !labelled, ticked, &name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    if response.has_focus() || response.hovered() && !labelled {
        painter.rect_filled(rect, 5.0, theme.hover);
    }
    let square = egui::Rect::from_center_size(pos2(rect.left() + 13.0, rect.center().y), vec2(15.0, 15.0));
    let (fill, border) = match (labelled, ticked) {
        (true, _) => (theme.hover, theme.border),
        (false, true) => (theme.accent, theme.accent),
        (false, false) => (theme.page, theme.text_faint),
    };
    painter.rect(square, 4.0, fill, egui::Stroke::new(1.0, border), egui::StrokeKind::Inside);
    if labelled || ticked {
        let color = if labelled { theme.text_faint } else { theme.on_accent };
        painter.text(square.center(), egui::Align2::CENTER_CENTER, icons::CHECK, icons::font(11.0), color);
    }
    let y = rect.top() + 4.5;
    let title_width = (rect.width() * 0.19).clamp(60.0, 190.0);
    let font = egui::FontId::proportional(size::BODY);
    let left = rect.left() + 28.0;
    widgets::line_text(&painter, pos2(left, y), title_width, &candidate.title, font, theme.text_faint);
    let mut right = rect.right() - 6.0;
    let chips = candidate.labels.iter().take(2).map(|name| (name.to_string(), context.palette.get(name).bar));
    let ending = (!candidate.exact).then(|| (tr("ending").to_owned(), theme.warning));
    for (text, color) in chips.chain(ending) {
        let galley = painter.layout_no_wrap(text, theme::medium(10.5), theme.text_weak);
        right -= galley.size().x + 20.0;
        let square = egui::Rect::from_center_size(pos2(right + 6.0, rect.center().y), vec2(8.0, 8.0));
        painter.rect_filled(square, 2.5, color);
        painter.galley(pos2(right + 14.0, rect.center().y - galley.size().y / 2.0), galley, theme.text_weak);
    }
    let left = left + title_width + 12.0;
    let room = egui::Rect::from_min_max(pos2(left, rect.top()), pos2((right - 8.0).max(left), rect.bottom()));
    let middle = left + (rect.right() - left) * 0.4;
    kwic::paint(&painter, room, middle, theme, [&hit.before, &hit.hit, &hit.after]);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_that_is_there_most_often_is_proposed() {
        let candidate = |labels: &[&str]| Candidate {
            hit: Hit::at(&ArticleId::new("a"), "Kursk", TextRange::from_usize(0, 5)),
            title: "A".into(),
            text_hash: 0,
            labels: labels.iter().map(|label| Name::from(*label)).collect(),
            exact: true,
            off: false,
        };
        let check = |labels: &[&[&str]], expected: Option<&str>| {
            let candidates: Vec<_> = labels.iter().map(|labels| candidate(labels)).collect();
            assert_eq!(most_frequent(&candidates).as_deref(), expected);
        };
        check(&[], None);
        check(&[&[], &["LOC"]], Some("LOC"));
        check(&[&["LOC"], &["LOC"], &["ORG"], &[]], Some("LOC"));
    }
}
