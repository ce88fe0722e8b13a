//! The tables at the bottom: relations, search results, problems, history, suggestions, comparison. A row leads to its
//! place.

use super::{
    command::Command,
    comparison::ComparisonState,
    dialogs, icons,
    inspector::describe_relation,
    request::{PanelContext, Request},
    review::ReviewQueue,
    search::SearchState,
    texts::tr,
    theme::{self, size},
    titles, widgets,
};
use crate::{
    edit::Kind,
    model::{AnnotationId, ArticleId, Problem, Schema, Status, validate},
    session::{missing_labels, naming, review::Order},
    store::HistoryEntry,
};
use egui::{FontId, Id, RichText, ScrollArea, Ui, UiBuilder, pos2, vec2};
use std::collections::BTreeMap;

/// Height of a row.
const ROW: f32 = 24.0;

/// Height of what stands over the rows of a strip.
const BAR: f32 = 27.0;
/// Width of the choice of tables at the start of a strip.
const START: f32 = 134.0;

/// How much room a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Panel,
    /// A few rows in a low window: all that stands over them shares one line.
    Strip,
}

/// Which table is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tab {
    Relations,
    Concordance,
    Problems,
    History,
    Review,
    Comparison,
}

impl Tab {
    const ALL: [Self; 6] =
        [Self::Relations, Self::Concordance, Self::Problems, Self::History, Self::Review, Self::Comparison];

    fn title(self) -> &'static str {
        self.command().title().trim_end_matches('…')
    }

    /// True if something stands over its rows.
    fn has_bar(self) -> bool {
        matches!(self, Self::Concordance | Self::Problems | Self::Review | Self::Comparison)
    }

    fn command(self) -> Command {
        match self {
            Self::Relations => Command::RelationTable,
            Self::Concordance => Command::Concordance,
            Self::Problems => Command::Problems,
            Self::History => Command::History,
            Self::Review => Command::ReviewQueue,
            Self::Comparison => Command::CompareOpinions,
        }
    }
}

/// The table's own state.
#[derive(Default)]
pub struct Table {
    tab: Option<Tab>,
    /// What was typed to narrow the rows of each table.
    filters: BTreeMap<Tab, String>,
    /// Results of the last search.
    pub search: SearchState,
    /// Suggestions of all articles.
    pub review: ReviewQueue,
    /// True until the filter of a table that was just opened has the keyboard.
    focus_filter: bool,
    /// The last comparison of two opinions.
    pub comparison: ComparisonState,
    problems: Option<Problems>,
}

/// The problems of an article at a revision of the project, and what its annotations use that the schema does not have.
struct Problems {
    article: ArticleId,
    revision: u64,
    problems: Vec<Problem>,
    missing: Schema,
}

impl Table {
    pub fn is_open(&self) -> bool {
        self.tab.is_some()
    }

    /// What is shown.
    pub fn tab(&self) -> Option<Tab> {
        self.tab
    }

    /// A table that is not open, with this order of the review queue.
    pub fn new(order: Order) -> Self {
        Self { review: ReviewQueue::in_order(order), ..Self::default() }
    }

    /// True while the review queue is shown.
    pub fn is_review(&self) -> bool {
        self.tab == Some(Tab::Review)
    }

    pub fn open(&mut self, tab: Tab) {
        self.tab = Some(tab);
    }

    pub fn close(&mut self) {
        self.tab = None;
    }

    /// Opens a table, with the keyboard in its filter or where words to find are typed, or closes it.
    pub fn toggle(&mut self, tab: Tab) {
        self.tab = if self.tab == Some(tab) { None } else { Some(tab) };
        self.focus_filter = matches!(self.tab, Some(Tab::Relations | Tab::Problems | Tab::History));
        if self.tab == Some(Tab::Concordance) {
            self.search.begin("");
        }
    }

    /// True if nothing narrows the rows of the table that is shown.
    pub fn is_unfiltered(&self) -> bool {
        self.tab.and_then(|tab| self.filters.get(&tab)).is_none_or(String::is_empty)
    }

    /// Drops what belongs to a project that was closed.
    pub fn forget(&mut self) {
        self.search = SearchState::default();
        self.review = ReviewQueue::in_order(self.review.order());
        self.comparison = ComparisonState::default();
        self.problems = None;
        self.filters.clear();
    }

    pub fn show(&mut self, ui: &mut Ui, shape: Shape, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let Some(tab) = self.tab else { return };
        // A table keeps its height for rows that come.
        ui.set_min_height(ui.available_height());
        match shape {
            Shape::Panel => self.tabs(ui, tab, context, requests),
            Shape::Strip => self.ends(ui, tab, requests),
        }
        if shape == Shape::Strip && !tab.has_bar() {
            ui.add_space(BAR);
        }
        let words = self.filters.get(&tab).map(String::as_str).unwrap_or_default();
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        match tab {
            Tab::Relations => relations(ui, context, &words, requests),
            Tab::Concordance => self.search.show(ui, shape, context, &words, requests),
            Tab::Problems => self.show_problems(ui, shape, context, &words, requests),
            Tab::History => history(ui, context, &words, requests),
            Tab::Review => self.review.show(ui, shape, context, &words, requests),
            Tab::Comparison => self.comparison.show(ui, shape, context, &words, requests),
        }
    }

    /// The names of all tables, filter and cross.
    fn tabs(&mut self, ui: &mut Ui, tab: Tab, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let is_tight = ui.available_width() < size::TIGHT;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for other in Tab::ALL {
                let text = RichText::new(other.title()).font(theme::medium(12.0));
                let response = ui.selectable_label(tab == other, text);
                if super::bar::command_tip(response, context, other.command()).clicked() {
                    self.tab = Some(other);
                }
            }
            if is_tight {
                // As wide as the rest of the line, unless that is next to nothing.
                let rest = ui.available_size_before_wrap().x - 40.0;
                self.close_and_filter(ui, if rest < 64.0 { 150.0 } else { rest.min(150.0) }, requests);
            } else {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    self.close_and_filter(ui, 150.0, requests);
                });
            }
        });
        ui.add_space(2.0);
    }

    /// What stands at both ends of the one line over a strip: which table, and filter and cross. Its bar comes between.
    fn ends(&mut self, ui: &mut Ui, tab: Tab, requests: &mut Vec<Request>) {
        let line = strip_line(ui);
        let [start, _, end] = strip_parts(line, tab.has_bar());
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut start = ui.new_child(UiBuilder::new().id_salt("strip start").max_rect(start).layout(layout));
        let combo = egui::ComboBox::from_id_salt("table").selected_text(tab.title()).width(START - 10.0).truncate();
        let combo = combo.show_ui(&mut start, |ui| {
            for other in Tab::ALL {
                if ui.selectable_label(tab == other, other.title()).clicked() {
                    ui.close();
                    self.tab = Some(other);
                }
            }
        });
        combo.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, tr("Table")));
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        let mut end = ui.new_child(UiBuilder::new().id_salt("strip end").max_rect(end).layout(layout));
        end.spacing_mut().item_spacing.x = 4.0;
        self.close_and_filter(&mut end, 84.0, requests);
    }

    fn close_and_filter(&mut self, ui: &mut Ui, width: f32, requests: &mut Vec<Request>) {
        let Some(tab) = self.tab else { return };
        if widgets::icon_button(ui, icons::CLOSE, tr("Close table")).clicked() {
            self.tab = None;
            requests.push(Request::FocusArticle);
        }
        // The end of a strip in a narrow window has no room for it.
        if ui.max_rect().width() < width {
            self.filters.remove(&tab);
            // Whoever asks for it all the same must not type into the article.
            if self.is_review() && ui.memory(|memory| memory.has_focus(filter_id())) {
                self.review.begin();
            }
            return;
        }
        let filter = self.filters.entry(tab).or_default();
        let edit = egui::TextEdit::singleline(filter).hint_text(tr("Filter rows")).desired_width(width);
        let response = ui.add(edit.id(filter_id()));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, tr("Filter rows")));
        if std::mem::take(&mut self.focus_filter) {
            response.request_focus();
            widgets::select_all(ui, filter_id(), self.filters.get(&tab).map_or("", String::as_str));
        }
        widgets::lead_into_list(ui, &response);
    }

    fn show_problems(
        &mut self,
        ui: &mut Ui,
        shape: Shape,
        context: &PanelContext<'_>,
        words: &[String],
        requests: &mut Vec<Request>,
    ) {
        let (Some(session), Some(article), Some(set)) = (context.session, context.open_article(), context.set()) else {
            return nothing(ui, context, tr("No problems in this article"));
        };
        let revision = session.revision();
        if self.problems.as_ref().is_none_or(|found| found.article != article.id || found.revision != revision) {
            let project = session.project();
            let problems = validate(set, &project.schema, &project.entities, article.text());
            let missing = session.not_in_schema(&article.id);
            self.problems = Some(Problems { article: article.id.clone(), revision, problems, missing });
        }
        let Some(Problems { problems, missing, .. }) = &self.problems else { return };
        let is_missing = !missing_labels::names(missing).is_empty();
        if is_missing || shape == Shape::Strip {
            bar(ui, shape, |ui| {
                if is_missing {
                    let text = tr("Add them to the schema");
                    let response = bar_button(ui, shape, icons::PLUS, text, context.is_writable());
                    let words = dialogs::not_in_schema(missing);
                    if response.on_hover_text(format!("{text}\n{words}")).clicked() {
                        requests.push(dialogs::add_to_schema(missing.clone()));
                    }
                    ui.label(RichText::new(words).color(context.theme.text_weak));
                }
            });
        }
        let rows: Vec<(&Problem, String)> = problems
            .iter()
            .map(|problem| (problem, problem.to_string()))
            .filter(|(_, text)| fits(text, words))
            .collect();
        if rows.is_empty() {
            return nothing_left(ui, context, problems.is_empty(), tr("No problems in this article"));
        }
        rows_area().show_rows(ui, ROW, rows.len(), |ui, range| {
            for (problem, text) in rows.get(range).unwrap_or_default() {
                let chosen = context.selected == Some(problem.id());
                let words = naming::target(set, problem.id(), article.text());
                let color = if problem.is_unfinished() { context.theme.warning } else { context.theme.error };
                let response = widgets::list_row(ui, context.theme, ROW, chosen, text, |painter, rect| {
                    let icon = rect.left_center() + vec2(8.0, 0.0);
                    painter.text(icon, egui::Align2::LEFT_CENTER, icons::WARNING, icons::font(13.0), color);
                    let at = rect.left_top() + vec2(28.0, 4.0);
                    let font = FontId::proportional(size::BODY);
                    let used =
                        widgets::line_text(painter, at, rect.width() * 0.6, text, font.clone(), context.theme.text);
                    let left = used.right() + 14.0;
                    widgets::line_text(
                        painter,
                        pos2(left, at.y),
                        rect.right() - left,
                        &words,
                        font,
                        context.theme.text_faint,
                    );
                });
                if response.clicked() {
                    requests.push(Request::Select(Some(problem.id())));
                }
            }
        });
    }
}

/// The bar over the rows of a table: in as many lines as it takes, in a strip in one that is scrolled sideways.
pub fn bar(ui: &mut Ui, shape: Shape, content: impl FnOnce(&mut Ui)) {
    if shape == Shape::Panel {
        ui.horizontal_wrapped(content);
        ui.add_space(3.0);
        return;
    }
    let [_, middle, _] = strip_parts(strip_line(ui), true);
    ui.scope_builder(UiBuilder::new().max_rect(middle), |ui| {
        ui.style_mut().always_scroll_the_only_direction = true;
        let area = ScrollArea::horizontal().id_salt("bar").auto_shrink([false, false]);
        area.show(ui, |ui| ui.horizontal_centered(content));
    });
}

/// A button of a bar: its icon with its words, in a strip the icon alone. Screen readers say the words.
pub fn bar_button(ui: &mut Ui, shape: Shape, icon: char, text: &str, enabled: bool) -> egui::Response {
    match shape {
        Shape::Panel => dialogs::icon_text_button(ui, icon, text, enabled),
        Shape::Strip => {
            let response = ui.add_enabled(enabled, egui::Button::new(icons::icon(icon, 15.0)));
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, text));
            response
        }
    }
}

/// Where rows are listed: it takes all the room that is left, be it for one row only.
pub fn rows_area() -> ScrollArea {
    ScrollArea::vertical().auto_shrink([false, false]).min_scrolled_height(ROW)
}

/// The line over the rows of a strip.
fn strip_line(ui: &Ui) -> egui::Rect {
    let room = ui.available_rect_before_wrap();
    egui::Rect::from_min_size(room.min, vec2(room.width(), BAR))
}

/// Its start, middle and end; beside a bar in a narrow window the end has no room for a filter.
fn strip_parts(line: egui::Rect, has_bar: bool) -> [egui::Rect; 3] {
    let end = if has_bar && line.width() < 400.0 { 30.0 } else { 128.0 };
    let (start, rest) = line.split_left_right_at_x(line.left() + START.min(line.width() * 0.5));
    let (middle, end) = rest.split_left_right_at_x((rest.right() - end).max(rest.left()));
    [start, middle.shrink2(vec2(4.0, 0.0)), end]
}

/// The id under which the filter has the keyboard.
pub fn filter_id() -> Id {
    Id::unique("table filter")
}

/// True if all words of a filter occur in a text: those in capitals as they are, so that `US` does not find *Russland*, others
/// whatever their case.
pub fn fits(text: &str, words: &[String]) -> bool {
    let in_capitals = |word: &str| word.chars().count() > 1 && word.chars().all(char::is_uppercase);
    words.is_empty() || {
        let lower = text.to_lowercase();
        words
            .iter()
            .all(|word| if in_capitals(word) { text.contains(word) } else { lower.contains(&word.to_lowercase()) })
    }
}

/// Words for a table without rows: `text` if there are none, or else that none fits the filter.
pub fn nothing_left(ui: &mut Ui, context: &PanelContext<'_>, are_none: bool, text: &str) {
    nothing(ui, context, if are_none { text } else { tr("No row fits the filter") });
}

/// Words for an empty table.
pub fn nothing(ui: &mut Ui, context: &PanelContext<'_>, text: &str) {
    ui.add_space(10.0);
    ui.vertical_centered(|ui| ui.label(RichText::new(text).color(context.theme.text_faint)));
}

fn relations(ui: &mut Ui, context: &PanelContext<'_>, words: &[String], requests: &mut Vec<Request>) {
    let (Some(set), Some(article)) = (context.set(), context.open_article()) else {
        return nothing(ui, context, tr("No relations in this article"));
    };
    let text = article.text();
    let mut rows: Vec<(crate::text::ByteOffset, AnnotationId)> = set
        .relations()
        .filter(|relation| relation.status != Status::Rejected)
        .filter(|relation| words.is_empty() || fits(&describe_relation(set, relation, text), words))
        .map(|relation| (set.anchor(relation.id).unwrap_or_default().start(), relation.id))
        .collect();
    rows.sort_unstable();
    if rows.is_empty() {
        let are_none = set.relations().all(|relation| relation.status == Status::Rejected);
        return nothing_left(ui, context, are_none, tr("No relations in this article"));
    }
    rows_area().show_rows(ui, ROW, rows.len(), |ui, range| {
        for (_, id) in rows.get(range).unwrap_or_default() {
            let Some(relation) = set.relation(*id) else { continue };
            let name = describe_relation(set, relation, text);
            let chosen = context.selected == Some(*id);
            let response = widgets::list_row(ui, context.theme, ROW, chosen, &name, |painter, rect| {
                let square = egui::Rect::from_center_size(rect.left_center() + vec2(12.0, 0.0), vec2(9.0, 3.0));
                painter.rect_filled(square, 1.0, context.palette.get(&relation.label).bar);
                let y = rect.top() + 4.0;
                let theme = context.theme;
                let font = FontId::proportional(size::BODY);
                let left = rect.left() + 26.0;
                widgets::line_text(
                    painter,
                    pos2(left, y),
                    110.0,
                    &relation.label,
                    theme::medium(size::BODY),
                    theme.text,
                );
                let mut x = left + 118.0;
                if let Some(trigger) = relation.trigger {
                    let words = naming::target(set, trigger, text);
                    widgets::line_text(painter, pos2(x, y), 130.0, &words, font.clone(), theme.text);
                }
                x += 138.0;
                for argument in &relation.arguments {
                    let room = rect.right() - x;
                    if room < 60.0 {
                        break;
                    }
                    let role = theme::medium(11.0);
                    let used =
                        widgets::line_text(painter, pos2(x, y + 1.5), room, &argument.role, role, theme.text_faint);
                    x = used.right() + 5.0;
                    let words = naming::target(set, argument.target, text);
                    let used = widgets::line_text(
                        painter,
                        pos2(x, y),
                        (rect.right() - x).min(190.0),
                        &words,
                        font.clone(),
                        theme.text,
                    );
                    x = used.right() + 16.0;
                }
            });
            if response.clicked() {
                requests.push(Request::Select(Some(*id)));
            }
        }
    });
}

fn history(ui: &mut Ui, context: &PanelContext<'_>, words: &[String], requests: &mut Vec<Request>) {
    let Some(session) = context.session else { return };
    let rows: Vec<&HistoryEntry> =
        session.history().iter().rev().filter(|entry| words.is_empty() || fits(&history_line(entry), words)).collect();
    if rows.is_empty() {
        return nothing_left(ui, context, session.history().is_empty(), tr("Nothing was done yet"));
    }
    rows_area().show_rows(ui, ROW, rows.len(), |ui, range| {
        for entry in rows.get(range).unwrap_or_default() {
            let name = history_line(entry);
            let article = entry.touched.sets.iter().map(|key| &key.article).chain(&entry.touched.texts).next();
            let response = widgets::list_row(ui, context.theme, ROW, false, &name, |painter, rect| {
                let y = rect.top() + 4.0;
                let theme = context.theme;
                let font = FontId::proportional(size::BODY);
                let left = rect.left() + 8.0;
                let time = short_time(entry.time);
                widgets::line_text(painter, pos2(left, y), 120.0, &time, font.clone(), theme.text_faint);
                widgets::line_text(painter, pos2(left + 128.0, y), 110.0, &entry.author, font.clone(), theme.text_weak);
                let title = title_of(entry);
                let room = (rect.width() - 250.0) * 0.65;
                widgets::line_text(painter, pos2(left + 244.0, y), room, &title, font.clone(), theme.text);
                if let Some(article) = article {
                    let x = left + 252.0 + room;
                    widgets::line_text(painter, pos2(x, y), rect.right() - x, article.as_str(), font, theme.text_faint);
                }
            });
            if response.clicked()
                && let Some(article) = article.filter(|id| session.project().articles.contains_key(*id))
            {
                requests.push(Request::Go { article: article.clone(), range: None, select: None });
            }
        }
    });
}

fn title_of(entry: &HistoryEntry) -> String {
    let title = titles::title(&entry.title);
    match entry.kind {
        Kind::Do | Kind::Aside | Kind::More(_) => title,
        Kind::Undo(_) => format!("{}: {title}", tr("Undone")),
        Kind::Redo(_) => format!("{}: {title}", tr("Done again")),
    }
}

/// When, who and what, in a line.
pub fn history_line(entry: &HistoryEntry) -> String {
    format!("{} · {} · {}", short_time(entry.time), entry.author, title_of(entry))
}

/// Day and minute in the system's time zone.
pub fn short_time(time: jiff::Timestamp) -> String {
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_in_capitals_find_capitals() {
        let fits = |text: &str, filter: &str| {
            super::fits(text, &filter.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        };
        assert!(fits("LOC: US · Glosse", "US") && !fits("LOC: Russland · Glosse", "US"));
        assert!(fits("LOC: Russland · Glosse", "russ loc") && fits("LOC: Russland", "Russ"));
        assert!(fits("LOC: Ägypten", "ägypten") && fits("x: ä", "Ä"), "one letter is no word in capitals");
    }
}
