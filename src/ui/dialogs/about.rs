//! Version and licences.

use crate::ui::{
    request::{Dialog, DialogState, PanelContext, Request},
    texts::tr,
    theme,
};
use egui::{RichText, Ui};

pub struct About;

impl Dialog for About {
    fn title(&self) -> String {
        tr("About Glosse").to_owned()
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, _requests: &mut Vec<Request>) -> DialogState {
        ui.label(RichText::new(concat!("Glosse ", env!("CARGO_PKG_VERSION"))).font(theme::reading_strong(22.0)));
        ui.label(tr("Label text. Link what was labelled. Undo anything."));
        ui.add_space(8.0);
        let licences = [
            "Glosse: MIT OR Apache-2.0",
            "IBM Plex Serif: SIL Open Font License 1.1",
            "Inter: SIL Open Font License 1.1",
            "Phosphor Icons: MIT",
        ];
        for line in licences {
            ui.label(RichText::new(line).color(context.theme.text_weak));
        }
        DialogState::Open
    }
}
