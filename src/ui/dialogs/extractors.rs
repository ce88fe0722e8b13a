//! Adds, changes and removes extractors from outside.

use super::{
    Made,
    extractor_form::{ExtractorForm, Kind},
    form,
};
use crate::{
    model::{Extractor, extractor_problems},
    ui::{
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, tr},
        theme::{self, size},
        widgets,
    },
};
use egui::{RichText, ScrollArea, Sense, Ui};

/// Width of the list.
const LIST: f32 = 190.0;

pub struct EditExtractors {
    before: Vec<Extractor>,
    forms: Vec<ExtractorForm>,
    chosen: usize,
    focus_list: bool,
    focus_name: bool,
    leaving: bool,
}

/// The dialog on the open project.
pub fn extractors(context: &PanelContext<'_>) -> Made {
    let session = context.session.ok_or_else(|| tr("Open a project first").to_owned())?;
    let before = session.project().settings.extractors.clone();
    let forms = before.iter().map(ExtractorForm::new).collect();
    Ok(Box::new(EditExtractors { before, forms, chosen: 0, focus_list: true, focus_name: false, leaving: false }))
}

impl EditExtractors {
    fn result(&self) -> Vec<Extractor> {
        self.forms.iter().map(ExtractorForm::extractor).collect()
    }

    fn list(&mut self, ui: &mut Ui, context: &PanelContext<'_>, height: f32) {
        let theme = context.theme;
        let mut stepped = None;
        ScrollArea::vertical().id_salt("extractors").max_height(height - 34.0).auto_shrink([false, false]).show(
            ui,
            |ui| {
                ui.set_width(LIST);
                ui.spacing_mut().item_spacing.y = 1.0;
                for place in 0..self.forms.len() {
                    let name = self.forms.get(place).map(|form| form.name.clone()).unwrap_or_default();
                    let shown = if name.trim().is_empty() { tr("(no name)") } else { &name };
                    let chosen = place == self.chosen;
                    let sense = if chosen { Sense::click() } else { Sense::CLICK };
                    let response =
                        widgets::list_row_sensing(ui, theme, (26.0, sense), chosen, shown, |painter, rect| {
                            let at = egui::pos2(rect.left() + 8.0, rect.top() + 5.0);
                            let font = theme::medium(size::BODY);
                            widgets::line_text(painter, at, rect.width() - 16.0, shown, font, theme.text);
                        });
                    if chosen {
                        stepped = form::step_in_list(ui, &response, place, self.forms.len()).or(stepped);
                        if std::mem::take(&mut self.focus_list) {
                            response.request_focus();
                        }
                    }
                    if response.clicked() {
                        self.chosen = place;
                        self.focus_list = true;
                    }
                }
                if self.forms.is_empty() {
                    ui.label(RichText::new(tr("None yet")).color(theme.text_faint));
                }
            },
        );
        if let Some(place) = stepped {
            self.chosen = place;
            self.focus_list = true;
        }
        ui.add_space(4.0);
        ui.add_enabled_ui(context.is_writable(), |ui| {
            if form::icon_button(ui, icons::PLUS, tr("Add extractor"))
                .on_hover_text(tr("A program, a service or a model that suggests"))
                .clicked()
            {
                self.forms.push(ExtractorForm::empty());
                self.chosen = self.forms.len() - 1;
                self.focus_name = true;
                self.focus_list = false;
            }
        });
    }

    fn detail(&mut self, ui: &mut Ui, context: &PanelContext<'_>) {
        let theme = context.theme;
        let focus = std::mem::take(&mut self.focus_name);
        let Some(edited) = self.forms.get_mut(self.chosen) else {
            widgets::empty_state(ui, theme, icons::INFO, tr("Nothing here yet; add something on the left"));
            return;
        };
        let mut remove = false;
        ui.scope_builder(egui::UiBuilder::new().id_salt(("extractor", self.chosen)), |ui| {
            ui.add_enabled_ui(context.is_writable(), |ui| {
                edited.show(ui, theme, focus);
                ui.add_space(10.0);
                remove = form::icon_button(ui, icons::TRASH, tr("Remove extractor"))
                    .on_hover_text(tr("What it suggested stays"))
                    .clicked();
            });
        });
        if let Some(host) = edited.extractor().foreign_host() {
            form::problem(ui, theme, &fill(tr("Texts leave this computer, for {}"), &[host]));
        }
        if edited.kind == Kind::Program {
            form::hint(ui, theme, tr("It runs in the folder of the project, with your rights"));
        }
        if remove {
            self.forms.remove(self.chosen);
            self.chosen = self.chosen.min(self.forms.len().saturating_sub(1));
            self.focus_list = true;
        }
    }
}

impl Dialog for EditExtractors {
    fn title(&self) -> String {
        tr("Extractors").to_owned()
    }

    fn width(&self) -> f32 {
        760.0
    }

    fn may_close(&mut self) -> bool {
        self.leaving = self.result() != self.before;
        !self.leaving
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        let height = form::content_height(ui, 470.0);
        form::list_and_detail(ui, LIST, height, |ui, part, height| match part {
            form::Part::List => self.list(ui, context, height),
            form::Part::Detail => self.detail(ui, context),
        });
        let result = self.result();
        let is_changed = result != self.before;
        let problem = extractor_problems(&result).into_iter().next();
        let can_apply = is_changed && problem.is_none() && context.is_writable();
        let (mut apply, mut cancel) = (false, false);
        if self.leaving && is_changed {
            match form::unsaved_question(ui, theme, can_apply) {
                Some(form::Leave::Discard) => return DialogState::Close,
                Some(form::Leave::Apply) => apply = true,
                Some(form::Leave::Stay) => self.leaving = false,
                None => {}
            }
        } else {
            form::footer(ui, |ui| {
                apply = form::primary_button(ui, theme, can_apply, tr("Apply")).clicked() || form::enter_pressed(ui);
                cancel = form::plain_button(ui, true, tr("Cancel")).clicked();
                if let Some(problem) = problem.filter(|_| is_changed) {
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        let text = RichText::new(problem.clone()).size(12.0).color(theme.error);
                        ui.add(egui::Label::new(text).truncate()).on_hover_text(problem);
                    });
                }
            });
        }
        if cancel {
            return DialogState::Close;
        }
        if !apply || !can_apply {
            return DialogState::Open;
        }
        requests.push(form::project_change("Change extractors", form::Needs::Nothing, move |draft| {
            let mut settings = (*draft.project().settings).clone();
            settings.extractors = result;
            draft.set_settings(settings)
        }));
        DialogState::Close
    }
}
