//! Small lists over the article: where a relation leads and which one it is, and which of several spans is meant.

use super::{
    document::shortened,
    request::{PanelContext, Request},
    texts::tr,
    theme::{self, Theme},
    widgets,
};
use crate::{
    model::{AnnotationId, Name, Status},
    session::{
        naming,
        relation_choices::{LinkChoice, Place, can_link, can_retarget, link_choices, places},
    },
    text::{TextRange, segment},
};
use egui::{Align2, Area, Context, Frame, Id, Key, Margin, Order, Pos2, RichText, ScrollArea, TextEdit, Ui, vec2};

/// Most rows that are offered at once.
const MOST: usize = 60;

/// Where a box stands: so that it hides nothing that the user goes on with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Position {
    /// At this point of the window.
    At(Pos2),
    /// In the upper part of the window.
    Top,
    /// In the lower part of the window.
    Bottom,
}

/// A relation under way, or one that gets another target.
pub struct LinkBox {
    /// Where the relation starts; or the relation that gets another target.
    source: AnnotationId,
    position: Position,
    step: Step,
    query: String,
    chosen: usize,
    fresh: bool,
}

enum Step {
    /// Which argument of the relation gets another target.
    Place,
    /// What the relation leads to; or what comes into this place of it.
    Target {
        place: Option<Place>,
        found: Option<(String, u64, Vec<AnnotationId>)>,
    },
    Relation {
        target: AnnotationId,
        choices: Vec<LinkChoice>,
    },
}

impl LinkBox {
    pub fn new(source: AnnotationId, position: Position) -> Self {
        Self::at(source, position, Step::Target { place: None, found: None })
    }

    /// For a relation of which some argument gets another target.
    pub fn for_relation(relation: AnnotationId, position: Position) -> Self {
        Self::at(relation, position, Step::Place)
    }

    /// For a place of a relation that gets another target.
    pub fn for_place(relation: AnnotationId, place: Place, position: Position) -> Self {
        Self::at(relation, position, Step::Target { place: Some(place), found: None })
    }

    fn at(source: AnnotationId, position: Position, step: Step) -> Self {
        Self { source, position, step, query: String::new(), chosen: 0, fresh: true }
    }

    /// The annotation that the relation starts at, or the relation that gets another target.
    pub fn source(&self) -> AnnotationId {
        self.source
    }

    /// The place that gets another target.
    pub fn place(&self) -> Option<Place> {
        match self.step {
            Step::Target { place, .. } => place,
            Step::Place | Step::Relation { .. } => None,
        }
    }

    /// True if a relation that is there gets another target.
    pub fn is_for_relation(&self) -> bool {
        matches!(self.step, Step::Place | Step::Target { place: Some(_), .. })
    }

    fn go_on(&mut self, step: Step) {
        self.step = step;
        self.query.clear();
        self.chosen = 0;
        self.fresh = true;
    }

    /// Goes on to the choice among several relations.
    pub fn choose_among(&mut self, target: AnnotationId, choices: Vec<LinkChoice>) {
        self.go_on(Step::Relation { target, choices });
    }

    /// Draws it; false when it is done or was given up.
    pub fn show(&mut self, context: &Context, panel: &PanelContext<'_>, requests: &mut Vec<Request>) -> bool {
        if context.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape)) {
            return false;
        }
        let Some(set) = panel.set() else { return false };
        let text = panel.open_article().map_or("", |article| article.text());
        if !set.contains(self.source) {
            return false;
        }
        let (up, down, enter) = list_keys(context);
        let mut open = true;
        let source = naming::target(set, self.source, text);
        let relation = set.relation(self.source);
        let title = match &self.step {
            Step::Place => format!("{source} → …"),
            Step::Target { place: Some(place), .. } => {
                let role =
                    relation.and_then(|relation| places(relation).into_iter().find(|(other, ..)| other == place));
                format!("{source} · {} → …", role.map(|(_, role, _)| role).unwrap_or_default())
            }
            Step::Target { place: None, .. } => format!("{source} → …"),
            Step::Relation { target, .. } => format!("{source} → {}", naming::target(set, *target, text)),
        };
        place(context, "link box", self.position, |ui| {
            ui.set_width(340.0);
            ui.label(RichText::new(title).font(theme::strong(13.0)));
            let hint = match self.step {
                Step::Place => tr("Type part of the argument"),
                Step::Target { .. } => tr("Type part of the target"),
                Step::Relation { .. } => tr("Type part of the relation"),
            };
            let edit = TextEdit::singleline(&mut self.query).hint_text(hint).desired_width(f32::INFINITY);
            let response = ui.add(edit.id(Id::unique("link query")));
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, hint));
            if std::mem::take(&mut self.fresh) || !response.has_focus() {
                response.request_focus();
            }
            if response.changed() {
                self.chosen = 0;
            }
            let rows: Vec<Row> = match &mut self.step {
                Step::Place => matching_places(panel, self.source, &self.query)
                    .into_iter()
                    .map(|(_, role, target)| Row {
                        label: role.to_string(),
                        text: naming::target(set, target, text),
                        context: String::new(),
                    })
                    .collect(),
                Step::Target { place, found } => {
                    let revision = panel.session.map_or(0, |session| session.revision());
                    let key = (self.query.clone(), revision);
                    if found.as_ref().is_none_or(|(query, at, _)| (query, *at) != (&key.0, key.1)) {
                        *found = Some((key.0, key.1, find_targets(panel, self.source, *place, &self.query, text)));
                    }
                    let ids = found.as_ref().map(|(_, _, ids)| ids.as_slice()).unwrap_or_default();
                    ids.iter()
                        .map(|id| Row {
                            label: set.get(*id).map(|annotation| annotation.label().to_string()).unwrap_or_default(),
                            text: naming::target(set, *id, text),
                            context: set
                                .span(*id)
                                .map(|span| surroundings(text, span.fragments.hull()))
                                .unwrap_or_default(),
                        })
                        .collect()
                }
                Step::Relation { choices, .. } => matching(choices, self.source, &self.query)
                    .map(|choice| Row {
                        label: choice.relation().to_string(),
                        text: choice.roles_from(self.source),
                        context: String::new(),
                    })
                    .collect(),
            };
            move_choice(&mut self.chosen, rows.len(), up, down);
            let clicked = list(ui, panel, &rows, self.chosen, down || up);
            if rows.is_empty() {
                let reason = match self.step {
                    Step::Place => tr("No argument fits; its target comes next"),
                    _ => tr("Nothing fits; the schema allows no such relation here"),
                };
                ui.label(RichText::new(reason).color(panel.theme.text_weak));
            }
            let taken = clicked.or(enter.then_some(self.chosen)).filter(|index| *index < rows.len());
            if let Some(index) = taken {
                open = self.take(index, panel, requests);
            }
            ui.label(
                RichText::new(tr("Enter takes it · Esc gives up · or click a span"))
                    .small()
                    .color(panel.theme.text_faint),
            );
        });
        open
    }

    fn take(&mut self, index: usize, panel: &PanelContext<'_>, requests: &mut Vec<Request>) -> bool {
        let (Some(set), Some(session)) = (panel.set(), panel.session) else { return false };
        let choice = match &self.step {
            Step::Place => {
                if let Some((place, ..)) = matching_places(panel, self.source, &self.query).get(index) {
                    self.go_on(Step::Target { place: Some(*place), found: None });
                }
                return true;
            }
            Step::Target { place, found } => {
                let target = found.as_ref().and_then(|(_, _, ids)| ids.get(index)).copied();
                let Some(target) = target else { return true };
                if let Some(place) = place {
                    requests.push(Request::Retarget(self.source, *place, target));
                    return true;
                }
                let choices = link_choices(set, &session.project().schema, self.source, target);
                match choices.as_slice() {
                    [only] => only.clone(),
                    _ => {
                        self.choose_among(target, choices);
                        return true;
                    }
                }
            }
            Step::Relation { choices, .. } => {
                let Some(choice) = matching(choices, self.source, &self.query).nth(index) else { return true };
                choice.clone()
            }
        };
        requests.push(Request::Link(choice));
        // The request needs the source once more and closes the box itself.
        true
    }
}

/// The words of a query, all of which must occur.
fn fits(text: &str, query: &str) -> bool {
    let text = text.to_lowercase();
    query.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
}

fn matching<'a>(
    choices: &'a [LinkChoice],
    source: AnnotationId,
    query: &'a str,
) -> impl Iterator<Item = &'a LinkChoice> {
    choices.iter().filter(move |choice| fits(&format!("{} {}", choice.relation(), choice.roles_from(source)), query))
}

fn matching_places(panel: &PanelContext<'_>, relation: AnnotationId, query: &str) -> Vec<(Place, Name, AnnotationId)> {
    let (Some(set), Some(article)) = (panel.set(), panel.open_article()) else { return Vec::new() };
    let all = set.relation(relation).map(places).unwrap_or_default();
    let text = article.text();
    all.into_iter()
        .filter(|(_, role, target)| fits(&format!("{role} {}", naming::target(set, *target, text)), query))
        .collect()
}

/// What a relation from `source` can lead to, or what can come into a place of it, and fits the query; nearest first.
fn find_targets(
    panel: &PanelContext<'_>,
    source: AnnotationId,
    place: Option<Place>,
    query: &str,
    text: &str,
) -> Vec<AnnotationId> {
    let (Some(set), Some(session)) = (panel.set(), panel.session) else { return Vec::new() };
    let schema = &session.project().schema;
    let here = set.anchor(source).map_or(0, |range| range.start().0);
    let ids = set
        .spans()
        .filter(|span| span.status != Status::Rejected)
        .map(|span| span.id)
        .chain(set.relations().filter(|relation| relation.status != Status::Rejected).map(|relation| relation.id));
    let mut found: Vec<(u32, AnnotationId)> = ids
        .filter(|id| {
            let Some(annotation) = set.get(*id) else { return false };
            query.trim().is_empty()
                || fits(&format!("{} {}", annotation.label(), naming::target(set, *id, text)), query)
        })
        .map(|id| (set.anchor(id).map_or(u32::MAX, |range| range.start().0.abs_diff(here)), id))
        .collect();
    found.sort_unstable();
    let allowed = |id: &AnnotationId| match place {
        Some(place) => can_retarget(set, schema, source, place, *id),
        None => can_link(set, schema, source, *id),
    };
    found.into_iter().map(|(_, id)| id).filter(allowed).take(MOST).collect()
}

/// Several spans at one place, to choose among.
pub struct Picker {
    spans: Vec<AnnotationId>,
    position: Position,
    chosen: usize,
    /// True while it takes the keyboard: it was opened by keyboard.
    keyboard: bool,
}

impl Picker {
    /// Opened by the pointer: the innermost span is selected already.
    pub fn new(spans: Vec<AnnotationId>, position: Pos2) -> Self {
        Self { spans, position: Position::At(position + vec2(10.0, 16.0)), chosen: 0, keyboard: false }
    }

    /// Opened by keyboard.
    pub fn at_caret(spans: Vec<AnnotationId>, position: Position) -> Self {
        Self { spans, position, chosen: 0, keyboard: true }
    }

    /// True if a key is meant for the list. All others do what they do without it.
    pub fn wants(&self, key: Key) -> bool {
        key == Key::Escape || self.keyboard && matches!(key, Key::ArrowUp | Key::ArrowDown | Key::Enter)
    }

    /// Draws it; false when it is done.
    pub fn show(&mut self, context: &Context, panel: &PanelContext<'_>, requests: &mut Vec<Request>) -> bool {
        let Some(set) = panel.set() else { return false };
        self.spans.retain(|id| set.span(*id).is_some());
        if self.spans.len() < 2 {
            return false;
        }
        let text = panel.open_article().map_or("", |article| article.text());
        let mut open = true;
        let (up, down, enter) = if self.keyboard { list_keys(context) } else { (false, false, false) };
        let escape = context.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape));
        let rows: Vec<Row> = self
            .spans
            .iter()
            .filter_map(|id| set.span(*id))
            .map(|span| Row {
                label: span.label.to_string(),
                text: shortened(&span.fragments.surface(text), 60),
                context: String::new(),
            })
            .collect();
        if !self.keyboard
            && let Some(place) = panel.selected.and_then(|id| self.spans.iter().position(|span| *span == id))
        {
            self.chosen = place;
        }
        move_choice(&mut self.chosen, rows.len(), up, down);
        place(context, "picker", self.position, |ui| {
            ui.set_width(260.0);
            ui.label(RichText::new(tr("Several spans lie here")).small().color(panel.theme.text_faint));
            let clicked = list(ui, panel, &rows, self.chosen, up || down);
            let taken = clicked.or((enter || up || down).then_some(self.chosen));
            if let Some(id) = taken.and_then(|index| self.spans.get(index)) {
                requests.push(Request::Select(Some(*id)));
                open = clicked.is_none() && !enter;
            }
        });
        open && !escape
    }
}

struct Row {
    label: String,
    text: String,
    /// Where it stands, for words that come more than once; may be empty.
    context: String,
}

/// The words around a place in its paragraph, cut to what a row has room for.
fn surroundings(text: &str, range: TextRange) -> String {
    let paragraph = segment::paragraph_at(text, range.start());
    let before = TextRange::new(paragraph.start().min(range.start()), range.start()).slice(text).unwrap_or_default();
    let after = TextRange::new(range.end(), paragraph.end().max(range.end())).slice(text).unwrap_or_default();
    let mut words: Vec<&str> = before.split_whitespace().rev().take(3).collect();
    words.reverse();
    let after: Vec<&str> = after.split_whitespace().take(4).collect();
    format!("{} … {}", words.join(" "), after.join(" "))
}

/// Takes the keys of a list out of the input: up, down, enter.
pub fn list_keys(context: &Context) -> (bool, bool, bool) {
    context.input_mut(|input| {
        (
            input.consume_key(egui::Modifiers::NONE, Key::ArrowUp),
            input.consume_key(egui::Modifiers::NONE, Key::ArrowDown),
            input.consume_key(egui::Modifiers::NONE, Key::Enter),
        )
    })
}

/// Moves the chosen row of a list; it stays inside.
pub fn move_choice(chosen: &mut usize, count: usize, up: bool, down: bool) {
    if up {
        *chosen = chosen.saturating_sub(1);
    }
    if down {
        *chosen += 1;
    }
    *chosen = (*chosen).min(count.saturating_sub(1));
}

fn list(ui: &mut Ui, panel: &PanelContext<'_>, rows: &[Row], chosen: usize, moved: bool) -> Option<usize> {
    let mut clicked = None;
    ScrollArea::vertical().max_height(240.0).min_scrolled_height(240.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for (index, row) in rows.iter().enumerate() {
            let name = format!("{} {}", row.label, row.text);
            let response = widgets::list_row(ui, panel.theme, 23.0, index == chosen, &name, |painter, rect| {
                paint_row(painter, rect, panel.theme, panel, row);
            });
            if index == chosen && moved {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                clicked = Some(index);
            }
        }
    });
    clicked
}

fn paint_row(painter: &egui::Painter, rect: egui::Rect, theme: &Theme, panel: &PanelContext<'_>, row: &Row) {
    let colors = panel.palette.get(&row.label);
    let square = egui::Rect::from_center_size(rect.left_center() + vec2(10.0, 0.0), vec2(8.0, 8.0));
    painter.rect_filled(square, 2.5, colors.bar);
    let at = rect.left_top() + vec2(20.0, 4.0);
    let used = widgets::line_text(painter, at, 96.0, &row.label, theme::medium(11.5), theme.text_weak);
    let left = used.right() + 8.0;
    let font = egui::FontId::proportional(12.5);
    let at = egui::pos2(left, at.y - 0.5);
    let used = widgets::line_text(painter, at, rect.right() - left - 4.0, &row.text, font.clone(), theme.text);
    let left = used.right() + 10.0;
    if !row.context.is_empty() && rect.right() - left > 40.0 {
        let at = egui::pos2(left, at.y);
        widgets::line_text(painter, at, rect.right() - left - 4.0, &row.context, font, theme.text_faint);
    }
}

/// A floating frame.
fn place(context: &Context, name: &str, position: Position, content: impl FnOnce(&mut Ui)) {
    let area = Area::new(Id::unique(name)).order(Order::Foreground);
    let area = match position {
        Position::At(position) => area.fixed_pos(position).constrain(true),
        Position::Top => area.anchor(Align2::CENTER_TOP, vec2(0.0, 90.0)),
        Position::Bottom => area.anchor(Align2::CENTER_BOTTOM, vec2(0.0, -40.0)),
    };
    area.show(context, |ui| {
        Frame::popup(ui.style()).inner_margin(Margin::symmetric(12, 10)).show(ui, content);
    });
}
