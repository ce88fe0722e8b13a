//! How to annotate: the project's guidelines, and what every label and relation means.

use super::{Made, form};
use crate::{
    model::{Schema, TriggerRule},
    ui::{
        markdown,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::tr,
        theme::{self, size},
        widgets,
    },
};
use egui::{Label, RichText, ScrollArea, Sense, Ui, vec2};

pub struct Guidelines {
    /// What is being written, while the guidelines are being changed.
    written: Option<String>,
    fresh: bool,
    leaving: bool,
}

/// The dialog on the guidelines of the open project.
pub fn guidelines(context: &PanelContext<'_>) -> Made {
    form::needs_project(context)?;
    Ok(Box::new(Guidelines { written: None, fresh: false, leaving: false }))
}

impl Guidelines {
    fn page(&mut self, ui: &mut Ui, context: &PanelContext<'_>, text: &str, schema: &Schema) {
        let theme = context.theme;
        ScrollArea::vertical().max_height(form::content_height(ui, 560.0)).auto_shrink([false, true]).show(ui, |ui| {
            form::scroll_by_keys(ui);
            ui.spacing_mut().item_spacing.y = 4.0;
            if text.trim().is_empty() {
                ui.label(
                    RichText::new(tr("Nobody has written guidelines for this project yet")).color(theme.text_faint),
                );
            } else {
                markdown::show(ui, theme, text, 14.0);
            }
            widgets::section(ui, theme, tr("Labels"));
            for label in &schema.labels {
                let key = label.key.map(String::from);
                entry(ui, context, (&label.name, key.as_deref()), "", &label.description);
            }
            widgets::section(ui, theme, tr("Relations"));
            for relation in &schema.relations {
                let roles: Vec<String> = relation.arguments.iter().map(|role| role.role.to_string()).collect();
                let trigger = match &relation.trigger {
                    TriggerRule::None => String::new(),
                    TriggerRule::Optional(labels) | TriggerRule::Required(labels) => {
                        format!("{} · ", labels.join(", "))
                    }
                };
                entry(
                    ui,
                    context,
                    (&relation.name, None),
                    &format!("{trigger}{}", roles.join(", ")),
                    &relation.description,
                );
            }
            let described = schema.document_labels.iter().filter(|label| !label.description.is_empty());
            if described.clone().next().is_some() {
                widgets::section(ui, theme, tr("Document labels"));
                for label in described {
                    entry(ui, context, (&label.name, None), "", &label.description);
                }
            }
            if !schema.attributes.is_empty() {
                widgets::section(ui, theme, tr("Attributes"));
                for attribute in &schema.attributes {
                    entry(
                        ui,
                        context,
                        (&attribute.name, None),
                        &attribute.applies_to.join(", "),
                        &attribute.description,
                    );
                }
            }
        });
    }

    fn save(&mut self, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let (Some(session), Some(written)) = (context.session, self.written.take()) else { return };
        let mut settings = (*session.project().settings).clone();
        settings.guidelines = written;
        requests.push(form::project_change("Change the guidelines", form::Needs::Nothing, move |draft| {
            draft.set_settings(settings)
        }));
    }
}

/// A name with colour and key on the left, what it means on the right.
fn entry(ui: &mut Ui, context: &PanelContext<'_>, (name, key): (&str, Option<&str>), rule: &str, description: &str) {
    let theme = context.theme;
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(vec2(150.0, 20.0), egui::Layout::left_to_right(egui::Align::Min), |ui| {
            ui.set_width(150.0);
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 18.0), Sense::hover());
            widgets::swatch(ui, rect.center(), context.palette.get(name));
            ui.add(Label::new(RichText::new(name).font(theme::medium(size::BODY)).color(theme.text)).truncate());
            if let Some(key) = key {
                widgets::key_cap(ui, theme, &key.to_uppercase());
            }
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if description.is_empty() && rule.is_empty() {
                ui.label(RichText::new("–").color(theme.text_faint));
            }
            if !description.is_empty() {
                ui.add(Label::new(markdown::line(theme, description, size::BODY)).wrap());
            }
            if !rule.is_empty() {
                ui.add(Label::new(RichText::new(rule).size(11.5).color(theme.text_faint)).wrap());
            }
        });
    });
}

impl Dialog for Guidelines {
    fn title(&self) -> String {
        tr("Guidelines").to_owned()
    }

    fn width(&self) -> f32 {
        720.0
    }

    fn may_close(&mut self) -> bool {
        self.leaving = self.written.is_some();
        !self.leaving
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let Some(session) = context.session else { return DialogState::Close };
        let (theme, text) = (context.theme, &session.project().settings.guidelines);
        if self.written.as_ref() == Some(text) && self.leaving {
            return DialogState::Close;
        }
        let Some(written) = &mut self.written else {
            self.page(ui, context, text, &session.project().schema);
            form::footer(ui, |ui| {
                let edit = form::plain_button(ui, context.is_writable(), tr("Edit"));
                if edit.clicked() {
                    self.written = Some(text.clone());
                    self.fresh = true;
                }
            });
            return DialogState::Open;
        };
        ui.label(RichText::new(tr("Markdown: # heading, - list, **bold**, *italic*")).color(theme.text_faint));
        ScrollArea::vertical().max_height(form::content_height(ui, 520.0)).show(ui, |ui| {
            let field = form::text_area(ui, tr("Guidelines"), written, 22);
            if std::mem::take(&mut self.fresh) {
                field.request_focus();
            }
        });
        if self.leaving {
            match form::unsaved_question(ui, theme, context.is_writable()) {
                Some(form::Leave::Apply) => {
                    self.save(context, requests);
                    return DialogState::Close;
                }
                Some(form::Leave::Discard) => return DialogState::Close,
                Some(form::Leave::Stay) => self.leaving = false,
                None => {}
            }
            return DialogState::Open;
        }
        form::footer(ui, |ui| {
            let by_key = ui.input(|input| input.modifiers.command) && form::enter_pressed(ui);
            let apply = form::primary_button(ui, theme, context.is_writable(), tr("Apply"));
            if by_key || apply.on_hover_text(tr("Ctrl+Enter")).clicked() {
                self.save(context, requests);
            } else if form::plain_button(ui, true, tr("Cancel")).clicked() {
                self.written = None;
            }
        });
        DialogState::Open
    }
}
