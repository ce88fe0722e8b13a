//! Where the parts of the window stand: bars, lists, inspector, table, boxes and dialogs.

use super::{App, InspectorPlace, article_id};
use crate::ui::{
    bar, dialogs, icons, label_strip,
    label_strip::Labels,
    request::{Dialog, DialogState},
    status_line,
    table::Shape,
    texts::tr,
    theme,
    theme::size,
    welcome, widgets,
};
use egui::{CentralPanel, Context, Frame, Id, Margin, Panel, Ui};

/// Height of a table of one row with its bar, in a low window.
const STRIP: f32 = 66.0;

/// After so many changes of one's own nobody needs the first hints any more.
const HINTS_KNOWN: usize = 15;

impl App {
    pub(super) fn show_bar(&mut self, ui: &mut Ui) {
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(12, 0));
        Panel::top("bar").exact_size(size::BAR).resizable(false).frame(frame).show(ui, |ui| {
            self.with_requests(|app, requests| bar::show(ui, &app.context(), requests));
        });
    }

    pub(super) fn show_status(&mut self, ui: &mut Ui) {
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(12, 0));
        Panel::bottom("status").exact_size(size::STATUS).resizable(false).frame(frame).show(ui, |ui| {
            ui.set_height(size::STATUS);
            ui.horizontal_centered(|ui| {
                self.show_suggest_all(ui);
                let guesses = self.count_guesses_in_sight();
                self.with_requests(|app, requests| {
                    status_line::show(ui, &app.context(), app.view(), guesses, requests);
                });
            });
        });
    }

    /// While an extractor is asked, a line says how far it is.
    pub(super) fn show_asking(&mut self, ui: &mut Ui) {
        let Some(asking) = &self.asking else { return };
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(12, 2));
        Panel::bottom("asking").exact_size(size::STATUS + 6.0).resizable(false).frame(frame).show(ui, |ui| {
            asking.show(ui, &self.theme);
        });
    }

    pub(super) fn show_articles(&mut self, ui: &mut Ui) {
        if !self.settings.show_articles {
            return;
        }
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(8, 8));
        let widest = (ui.available_width() * 0.4).max(256.0).min(ui.available_width() * 0.6);
        let panel =
            Panel::left("articles").default_size(256.0_f32.min(widest)).min_size(140.0).max_size(widest).frame(frame);
        let mut list = std::mem::take(&mut self.list);
        panel.show(ui, |ui| {
            self.with_requests(|app, requests| list.show(ui, &app.context(), requests));
        });
        self.list = list;
    }

    /// In a tight window the list lies over the text, from when it is asked for until an article was chosen.
    pub(super) fn show_articles_over(&mut self, ui: &mut Ui) {
        if !self.list_is_over {
            return;
        }
        let screen = ui.ctx().content_rect();
        let frame = Frame::popup(ui.style()).inner_margin(Margin::symmetric(10, 8));
        let area = egui::Area::new(Id::unique("articles overlay"))
            .order(egui::Order::Middle)
            .anchor(egui::Align2::LEFT_TOP, egui::vec2(8.0, size::BAR + 6.0));
        let mut list = std::mem::take(&mut self.list);
        area.show(ui.ctx(), |ui| {
            frame.show(ui, |ui| {
                ui.set_width(280.0_f32.min(screen.width() - 60.0));
                ui.set_height((screen.height() - size::BAR - size::STATUS - 40.0).max(120.0));
                self.with_requests(|app, requests| list.show(ui, &app.context(), requests));
            });
        });
        self.list = list;
    }

    /// Shows or hides the list of articles.
    pub(in crate::ui) fn toggle_articles(&mut self) {
        if self.list_lies_over {
            self.list_is_over = !self.list_is_over;
        } else {
            self.settings.show_articles = !self.settings.show_articles;
        }
    }

    /// Makes room for the inspector, where the table takes it.
    pub(in crate::ui) fn reveal_inspector(&mut self) {
        self.settings.show_inspector = true;
        if self.is_narrow && self.table.is_open() {
            self.table.close();
        }
    }

    /// Shows the list of articles.
    pub(in crate::ui) fn reveal_articles(&mut self) {
        self.settings.show_articles = true;
        self.list_is_over = self.list_lies_over;
    }

    pub(super) fn show_inspector(&mut self, ui: &mut Ui, place: InspectorPlace) {
        let mut inspector = std::mem::take(&mut self.inspector);
        let has_room = match place {
            InspectorPlace::Beside => true,
            InspectorPlace::Below => {
                (self.selected.is_some() || self.guessing.here().is_some()) && !self.table.is_open()
            }
        };
        let is_shown = self.settings.show_inspector && has_room;
        self.with_requests(|app, requests| inspector.keep_typed(&app.context(), is_shown, requests));
        if !is_shown {
            self.inspector = inspector;
            return;
        }
        let frame = Frame::new().fill(self.theme.panel).inner_margin(Margin::symmetric(14, 10));
        let show = |ui: &mut Ui| self.with_requests(|app, requests| inspector.show(ui, &app.context(), requests));
        match place {
            InspectorPlace::Beside => {
                let widest = (ui.available_width() * 0.45).max(200.0);
                let panel =
                    Panel::right("inspector").default_size(312.0_f32.min(widest)).min_size(200.0).max_size(widest);
                panel.frame(frame).show(ui, |ui| {
                    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, show);
                });
            }
            InspectorPlace::Below => {
                let highest = (ui.available_height() * 0.36).max(80.0);
                Panel::bottom("inspector below").exact_size(highest).resizable(false).frame(frame).show(ui, |ui| {
                    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, show);
                });
            }
        }
        self.inspector = inspector;
    }

    pub(super) fn show_table(&mut self, ui: &mut Ui) {
        // Article and table share this: some lines of the article stay in sight.
        let height = ui.available_height();
        let is_small = height < size::LOW || ui.ctx().content_rect().width() < size::TIGHT;
        self.labels = if is_small { Labels::InOneLine } else { Labels::InLines };
        if !self.table.is_open() {
            return;
        }
        let frame = Frame::new().fill(self.theme.panel);
        let (shape, panel) = if height < size::LOW {
            // Too low to be resized: both get what they need most.
            let rest = height - size::SIX_LINES;
            let has_room = rest >= size::LABELS + STRIP;
            self.labels = if has_room { Labels::InOneLine } else { Labels::None };
            let rest = if has_room { rest - size::LABELS } else { rest };
            let strip = Panel::bottom("strip").exact_size(rest.max(STRIP.min(height * 0.5))).resizable(false);
            (Shape::Strip, strip.frame(frame.inner_margin(Margin::symmetric(12, 3))))
        } else {
            let highest = (height - size::SIX_LINES - size::MANY_LABELS).min(height * 0.7);
            // The queue is a place to work in.
            let (id, wanted) = if self.table.is_review() { ("review table", 380.0_f32) } else { ("table", 230.0) };
            let panel = Panel::bottom(id).default_size(wanted.min(highest)).min_size(90.0).max_size(highest);
            (Shape::Panel, panel.frame(frame.inner_margin(Margin::symmetric(12, 6))))
        };
        let mut table = std::mem::take(&mut self.table);
        panel.show(ui, |ui| {
            self.with_requests(|app, requests| table.show(ui, shape, &app.context(), requests));
        });
        self.table = table;
    }

    pub(super) fn show_center(&mut self, ui: &mut Ui) {
        let frame = Frame::new().fill(self.theme.page);
        CentralPanel::default().frame(frame).show(ui, |ui| {
            let Some(id) = self.article.clone() else {
                widgets::empty_state(
                    ui,
                    &self.theme,
                    icons::FILE_PLUS,
                    tr("This project has no articles yet. Add some with Ctrl+I, or drop files here."),
                );
                return;
            };
            if self.labels != Labels::None {
                let strip = Frame::new().fill(self.theme.page).inner_margin(Margin::symmetric(14, 5));
                Panel::top("labels").resizable(false).frame(strip).show(ui, |ui| {
                    self.with_requests(|app, requests| label_strip::show(ui, app.labels, &app.context(), requests));
                });
            }
            self.show_hint(ui);
            self.show_document(ui, &id);
            self.leave_selected();
        });
    }

    /// Three steps for the first start; gone for good once closed, or once they are known.
    fn show_hint(&mut self, ui: &mut Ui) {
        self.settings.hints_seen |= self.edits >= HINTS_KNOWN;
        if self.settings.hints_seen {
            return;
        }
        let frame = Frame::new().fill(self.theme.selection).inner_margin(Margin::symmetric(16, 7));
        Panel::top("hint").resizable(false).frame(frame).show(ui, |ui| {
            let close = 30.0;
            let text = tr(
                "Select words with the mouse or Shift and the arrow keys · press a label's key, such as P for a person · press R to link it to another span. Ctrl+Z takes anything back.",
            );
            let font = egui::FontId::proportional(size::BODY);
            let width = (ui.available_width() - close).max(80.0);
            let galley = ui.painter().layout(text.to_owned(), font, self.theme.text, width);
            let (rect, response) =
                ui.allocate_exact_size(egui::vec2(ui.available_width(), galley.size().y.max(22.0)), egui::Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
            ui.painter().galley(rect.left_top() + egui::vec2(0.0, 3.0), galley, self.theme.text);
            let corner = egui::Rect::from_min_size(rect.right_top() - egui::vec2(close, 0.0), egui::vec2(close, 22.0));
            ui.scope_builder(egui::UiBuilder::new().max_rect(corner), |ui| {
                if widgets::icon_button(ui, icons::CLOSE, tr("Close hint")).clicked() {
                    self.settings.hints_seen = true;
                }
            });
        });
    }

    pub(super) fn show_boxes(&mut self, context: &Context) {
        if let Some(mut palette_box) = self.palette_box.take() {
            let open = self.with_requests(|app, requests| palette_box.show(context, &app.context(), requests));
            if open {
                self.palette_box = Some(palette_box);
            } else {
                self.focus_article = true;
            }
        }
        if let Some(mut link_box) = self.link_box.take() {
            let open = self.with_requests(|app, requests| link_box.show(context, &app.context(), requests));
            if open {
                self.link_box = Some(link_box);
            } else {
                self.focus_article = true;
            }
        }
        if let Some(mut picker) = self.picker.take()
            && self.with_requests(|app, requests| picker.show(context, &app.context(), requests))
        {
            self.picker = Some(picker);
        }
    }

    pub(super) fn show_dialog(&mut self, context: &Context) {
        let Some(mut dialog) = self.dialog.take() else { return };
        let screen = context.content_rect();
        let width = dialog.width().min(screen.width() - 60.0);
        let mut state = DialogState::Open;
        let mut dismissed = false;
        // The article keeps Tab to itself while it has the keyboard.
        context.memory_mut(|memory| memory.surrender_focus(article_id()));
        self.table.review.leave(context);
        // Otherwise the field or button that has the keyboard would take it first.
        dialogs::hold_confirm(context);
        let frame = Frame::popup(&context.global_style()).inner_margin(Margin::symmetric(20, 16));
        let response = egui::Modal::new(Id::unique("dialog")).frame(frame).show(context, |ui| {
            ui.set_width(width);
            ui.set_max_height(screen.height() - 90.0);
            ui.horizontal(|ui| {
                ui.label(egui::RichText::new(dialog.title()).font(theme::strong(16.0)));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if widgets::icon_button(ui, icons::CLOSE, tr("Close")).clicked() {
                        dismissed = true;
                    }
                });
            });
            ui.add_space(6.0);
            let shown = self.with_requests(|app, requests| dialog.show(ui, &app.context(), requests));
            if shown == DialogState::Close {
                state = DialogState::Close;
            }
        });
        let outside = response.backdrop_response.clicked();
        dismissed |= response.should_close() && (dialog.closes_outside() || !outside);
        if state == DialogState::Open && (!dismissed || !dialog.may_close()) {
            self.dialog.get_or_insert(dialog);
        } else {
            self.focus_article = !self.table.review.come_back();
        }
    }

    pub(in crate::ui) fn open_dialog(&mut self, dialog: Box<dyn Dialog>) {
        self.dialog = Some(dialog);
    }

    pub(in crate::ui) fn close_dialog(&mut self) {
        self.dialog = None;
        self.focus_article = true;
    }

    pub(super) fn show_welcome(&mut self, ui: &mut Ui) {
        let frame = Frame::new().fill(self.theme.page);
        CentralPanel::default().frame(frame).show(ui, |ui| {
            self.with_requests(|app, requests| welcome::show(ui, &app.context(), requests));
        });
    }
}
