//! Who annotates: one of those who did so before, or somebody new.

use super::{Made, form};
use crate::{
    model::{AnnotatorName, slug},
    ui::{
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, tr},
        theme, widgets,
    },
};
use egui::{Key, RichText, ScrollArea, Sense, Ui, vec2};

pub struct ChooseAnnotator {
    known: Vec<AnnotatorName>,
    /// The row that the arrow keys lead to.
    chosen: usize,
    /// True when that row is to come into sight.
    scroll: bool,
    written: String,
    fresh: bool,
}

/// The dialog with everybody who is known in the project.
pub fn annotator(context: &PanelContext<'_>) -> Made {
    let session = form::needs_project(context)?;
    let known: Vec<AnnotatorName> = session.annotators().into_iter().collect();
    let chosen = known.iter().position(|name| name == session.annotator()).unwrap_or_default();
    Ok(Box::new(ChooseAnnotator { known, chosen, scroll: true, written: String::new(), fresh: true }))
}

/// Goes on as this annotator, now and at the next start, unless that is under the name of another.
fn go_on_as(name: AnnotatorName) -> [Request; 3] {
    let remembered = name.clone();
    [
        Request::change(move |session| {
            session.set_annotator(name.clone())?;
            Ok(Some(fill(tr("You annotate as {}"), &[name.as_str()])))
        }),
        Request::GoOnAs(remembered),
        // What was selected belongs to the other one.
        Request::Select(None),
    ]
}

impl ChooseAnnotator {
    /// The arrow keys go through the list while a name can be written.
    fn take_arrows(&mut self, ui: &Ui) {
        let (up, down) = ui.input(|input| (input.key_pressed(Key::ArrowUp), input.key_pressed(Key::ArrowDown)));
        let last = self.known.len().saturating_sub(1);
        let next = match (up, down) {
            (true, false) => self.chosen.saturating_sub(1),
            (false, true) => self.chosen.saturating_add(1).min(last),
            _ => return,
        };
        self.chosen = next;
        self.scroll = true;
    }
}

impl Dialog for ChooseAnnotator {
    fn title(&self) -> String {
        tr("Annotator").to_owned()
    }

    fn width(&self) -> f32 {
        420.0
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        if ui.ctx().text_edit_focused() || ui.memory(|memory| memory.focused()).is_none() {
            self.take_arrows(ui);
        }
        let present = context.session.map(|session| session.annotator().clone());
        ui.label(
            RichText::new(tr("Everybody has annotations of their own; nobody changes those of others"))
                .color(theme.text_weak),
        );
        ui.add_space(4.0);
        let mut chosen = None;
        ScrollArea::vertical().max_height(form::content_height(ui, 220.0)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (place, name) in self.known.iter().enumerate() {
                let is_present = present.as_ref() == Some(name);
                let is_chosen = place == self.chosen && self.written.trim().is_empty();
                let sensing = (28.0, Sense::CLICK);
                let response =
                    widgets::list_row_sensing(ui, theme, sensing, is_chosen, name.as_str(), |painter, rect| {
                        let icon = if is_present { icons::CHECK_CIRCLE } else { icons::USER };
                        let color = if is_present { theme.accent } else { theme.text_faint };
                        let at = rect.left_center() + vec2(14.0, 0.0);
                        painter.text(at, egui::Align2::CENTER_CENTER, icon, icons::font(15.0), color);
                        let font = theme::medium(13.0);
                        let at = rect.left_top() + vec2(30.0, 6.0);
                        widgets::line_text(painter, at, rect.width() - 34.0, name.as_str(), font, theme.text);
                    });
                if is_chosen && std::mem::take(&mut self.scroll) {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    chosen = Some(name.clone());
                }
            }
        });
        widgets::section(ui, theme, tr("Somebody else"));
        let field = form::text_field(ui, tr("Name"), &mut self.written);
        if std::mem::take(&mut self.fresh) {
            field.request_focus();
        }
        let name = AnnotatorName::new(self.written.trim());
        let is_good = name.is_portable();
        if !is_good && !name.as_str().is_empty() {
            let other = slug(name.as_str());
            form::problem(
                ui,
                theme,
                tr("The name becomes a folder's name: letters without marks, digits, hyphens and dots"),
            );
            if ui.button(fill(tr("Take {}"), &[&other])).clicked() {
                self.written = other;
            }
        }
        // Without a name of somebody new the chosen row is meant.
        let meant = match name.as_str().is_empty() {
            true => self.known.get(self.chosen).cloned(),
            false => Some(name).filter(|_| is_good),
        };
        form::footer(ui, |ui| {
            let go_on = form::primary_button(ui, theme, meant.is_some(), tr("Go on")).clicked();
            if go_on || form::enter_pressed(ui) {
                chosen = meant.or(chosen.take());
            }
        });
        match chosen {
            Some(name) => {
                requests.extend(go_on_as(name));
                DialogState::Close
            }
            None => DialogState::Open,
        }
    }
}
