//! The articles of the project: title, source, date, how much is labelled, how far the work is.

use super::{
    command::Command,
    icons,
    request::{PanelContext, Request},
    texts::tr,
    theme::{self, size},
    widgets,
};
use crate::{
    model::{ArticleId, Progress},
    session::{Session, SetCounts},
};
use egui::{Align2, FontId, Id, ScrollArea, TextEdit, Ui, pos2, vec2};

/// Height of an article's row.
const ROW: f32 = 54.0;
/// What the list's scroll area is called.
const SCROLL: &str = "article scroll";

/// Which articles are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Show {
    #[default]
    All,
    Open,
    Done,
}

/// The list's own state.
#[derive(Default)]
pub struct ArticleList {
    filter: String,
    show: Show,
    focus_filter: bool,
    reveal: Option<ArticleId>,
    listed: Option<Listed>,
}

/// What is listed, kept until something changes.
struct Listed {
    /// Filter, choice, state of the project and number of articles that were looked through.
    found_for: (String, Show, u64, usize),
    ids: Vec<ArticleId>,
    /// Number of articles of the project that are done.
    done: usize,
}

/// What the annotator did in an article, as far as that is known.
pub fn counts(session: &Session, id: &ArticleId) -> SetCounts {
    match session.set(id) {
        Some(set) if session.is_loaded(id) => SetCounts::of(set),
        _ => {
            let summary = session.background().summary(id);
            summary.and_then(|summary| summary.counts.get(session.annotator()).copied()).unwrap_or_default()
        }
    }
}

impl ArticleList {
    /// Gives the filter the keyboard at the next frame.
    pub fn focus_filter(&mut self) {
        self.focus_filter = true;
    }

    /// Brings an article into sight at the next frame.
    pub fn reveal(&mut self, id: &ArticleId) {
        self.reveal = Some(id.clone());
    }

    /// The articles as listed.
    pub fn order(&self, session: &Session) -> Vec<ArticleId> {
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let articles = session.project().articles.values();
        let matching = articles.filter(|article| {
            let metadata = &article.metadata;
            let hay = [article.id.as_str(), &metadata.title, &metadata.source, &metadata.date].join(" ").to_lowercase();
            words.iter().all(|word| hay.contains(word))
        });
        matching
            .filter(|article| match self.show {
                Show::All => true,
                Show::Open => counts(session, &article.id).progress != Progress::Done,
                Show::Done => counts(session, &article.id).progress == Progress::Done,
            })
            .map(|article| article.id.clone())
            .collect()
    }

    /// The articles as listed, if those are some and not all.
    pub fn narrowed(&self, session: &Session) -> Option<Vec<ArticleId>> {
        let listed = self.order(session);
        (!listed.is_empty() && listed.len() < session.project().articles.len()).then_some(listed)
    }

    pub fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let Some(session) = context.session else { return };
        self.head(ui, requests);
        let state = (self.filter.clone(), self.show, session.revision(), session.background().known());
        if self.listed.as_ref().is_none_or(|listed| listed.found_for != state) {
            let is_done = |id: &&ArticleId| counts(session, id).progress == Progress::Done;
            let done = session.project().articles.keys().filter(is_done).count();
            self.listed = Some(Listed { found_for: state, ids: self.order(session), done });
        }
        let Some(Listed { ids: listed, done, .. }) = &self.listed else { return };
        if listed.is_empty() {
            let text = if session.project().articles.is_empty() {
                tr("No articles yet: add some with Ctrl+I")
            } else {
                tr("No article fits the filter")
            };
            widgets::empty_state(ui, context.theme, icons::FILE_PLUS, text);
            return;
        }
        progress(ui, context, *done, session.project().articles.len());
        let mut area = ScrollArea::vertical().auto_shrink([false, false]);
        if let Some(id) = self.reveal.take()
            && let Some(place) = listed.iter().position(|other| *other == id)
        {
            let pitch = ROW + ui.spacing().item_spacing.y;
            let top = place as f32 * pitch;
            let view = ui.available_height();
            // As the area makes its own: from the hash of its salt.
            let id = ui.make_persistent_id(egui::IdSalt::new(SCROLL));
            let state = egui::scroll_area::State::load(ui.ctx(), id).unwrap_or_default();
            if top < state.unclamped_offset().y || top + ROW > state.unclamped_offset().y + view {
                area = area.vertical_scroll_offset((top - view / 3.0).max(0.0));
            }
        }
        area.id_salt(SCROLL).show_rows(ui, ROW, listed.len(), |ui, rows| {
            for id in listed.get(rows).unwrap_or_default() {
                row(ui, context, session, id, requests);
            }
        });
    }

    fn head(&mut self, ui: &mut Ui, requests: &mut Vec<Request>) {
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), 26.0),
            egui::Layout::right_to_left(egui::Align::Center),
            |ui| {
                let add = widgets::icon_button(ui, icons::FILE_PLUS, Command::AddArticles.title());
                if add.clicked() {
                    requests.push(Request::Run(Command::AddArticles));
                }
                let edit = TextEdit::singleline(&mut self.filter)
                    .id(Id::unique("article filter"))
                    .hint_text(tr("Filter articles"))
                    .desired_width(f32::INFINITY);
                let response = ui.add_sized(vec2(ui.available_width(), 24.0), edit);
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, tr("Filter articles")));
                if std::mem::take(&mut self.focus_filter) {
                    response.request_focus();
                }
                widgets::lead_into_list(ui, &response);
                if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
                    if let Some(first) = self.listed.as_ref().and_then(|listed| listed.ids.first()) {
                        requests.push(Request::Go { article: first.clone(), range: None, select: None });
                    }
                    requests.push(Request::FocusArticle);
                }
            },
        );
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (show, name) in [(Show::All, tr("All")), (Show::Open, tr("Open")), (Show::Done, tr("Done"))] {
                let text = egui::RichText::new(name).font(theme::medium(11.5));
                if ui.selectable_label(self.show == show, text).clicked() {
                    self.show = show;
                }
            }
        });
        ui.add_space(2.0);
    }
}

/// How many articles are done.
fn progress(ui: &mut Ui, context: &PanelContext<'_>, done: usize, total: usize) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), egui::Sense::hover());
    let text = format!("{done} {} {total} {}", tr("of"), tr("done"));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, &text));
    let label = ui.painter().text(
        rect.right_center(),
        Align2::RIGHT_CENTER,
        text,
        theme::medium(10.5),
        context.theme.text_faint,
    );
    let track = egui::Rect::from_min_max(
        pos2(rect.left(), rect.center().y - 1.5),
        pos2(label.left() - 8.0, rect.center().y + 1.5),
    );
    ui.painter().rect_filled(track, 1.5, context.theme.border);
    let share = done as f32 / total.max(1) as f32;
    let filled = egui::Rect::from_min_size(track.min, vec2(track.width() * share, track.height()));
    ui.painter().rect_filled(filled, 1.5, context.theme.good);
}

fn row(ui: &mut Ui, context: &PanelContext<'_>, session: &Session, id: &ArticleId, requests: &mut Vec<Request>) {
    let Some(article) = session.project().article(id) else { return };
    let counts = counts(session, id);
    let metadata = &article.metadata;
    let chosen = context.article == Some(id);
    let theme = context.theme;
    let response = widgets::list_row(ui, theme, ROW, chosen, article.title(), |painter, rect| {
        let (icon, color, _) = progress_look(counts.progress, theme);
        painter.text(rect.left_top() + vec2(8.0, 8.0), Align2::LEFT_TOP, icon, icons::font(14.0), color);
        let left = rect.left() + 28.0;
        let width = rect.right() - left - 8.0;
        let title = theme::medium(size::BODY);
        widgets::line_text(painter, pos2(left, rect.top() + 6.0), width, article.title(), title, theme.text);
        let parts = [metadata.source.as_str(), metadata.date.as_str()];
        let line = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let counted = |count: usize, one, many| format!("{count} {}", if count == 1 { one } else { many });
        let spans = counted(counts.spans, tr("span"), tr("spans"));
        let relations = counted(counts.relations, tr("relation"), tr("relations"));
        let suggested = (counts.suggested > 0).then(|| format!("{} {}", counts.suggested, tr("suggested")));
        // What nothing is known of has two lines for its counts; else what there is none of makes way for suggestions.
        let lines = match (line.is_empty(), suggested) {
            (true, suggested) => [format!("{spans} · {relations}"), suggested.unwrap_or_default()],
            (false, None) => [line, format!("{spans} · {relations}")],
            (false, Some(suggested)) => {
                let some = [(counts.spans, spans), (counts.relations, relations), (1, suggested)];
                let some = some.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text);
                [line, some.collect::<Vec<_>>().join(" · ")]
            }
        };
        let small = FontId::proportional(11.0);
        for (text, (y, color)) in lines.iter().zip([(22.0, theme.text_weak), (36.0, theme.text_faint)]) {
            widgets::line_text(painter, pos2(left, rect.top() + y), width, text, small.clone(), color);
        }
    });
    let (_, _, word) = progress_look(counts.progress, theme);
    let response = response.on_hover_text(format!("{}\n{word}", article.title()));
    if response.clicked() {
        requests.push(Request::Go { article: id.clone(), range: None, select: None });
    }
}

fn progress_look(progress: Progress, theme: &theme::Theme) -> (char, egui::Color32, &'static str) {
    match progress {
        Progress::New => (icons::CIRCLE, theme.text_faint, tr("Not started")),
        Progress::Started => (icons::CIRCLE_HALF, theme.accent, tr("Started")),
        Progress::Done => (icons::CHECK_CIRCLE, theme.good, tr("Done")),
    }
}
