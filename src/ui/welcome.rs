//! What is shown while no project is open.

use super::{
    command::Command,
    icons,
    request::{PanelContext, Request},
    texts::tr,
    theme,
};
use egui::{Button, RichText, Ui, vec2};

pub fn show(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
    ui.add_space((ui.available_height() * 0.22).max(20.0));
    ui.vertical_centered(|ui| {
        ui.label(RichText::new("Glosse").font(theme::reading_strong(40.0)).color(context.theme.text));
        ui.label(
            RichText::new(tr("Label text. Link what was labelled. Undo anything.")).color(context.theme.text_weak),
        );
        ui.add_space(22.0);
        for (icon, command) in [(icons::FOLDER_OPEN, Command::OpenProject), (icons::FOLDER_PLUS, Command::NewProject)] {
            let button = Button::new((icons::icon(icon, 16.0), command.title())).min_size(vec2(220.0, 34.0));
            let response = ui.add(button).accessible_name(command.title());
            if super::bar::command_tip(response, context, command).clicked() {
                requests.push(Request::Run(command));
            }
        }
        ui.add_space(6.0);
        ui.label(RichText::new(tr("or drop a project folder here")).color(context.theme.text_faint));
        if !context.settings.recent_projects.is_empty() {
            ui.add_space(22.0);
            ui.label(RichText::new(tr("Recent projects")).font(theme::strong(11.0)).color(context.theme.text_faint));
            for root in &context.settings.recent_projects {
                let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned();
                if ui.link(name).on_hover_text(root.display().to_string()).clicked() {
                    requests.push(Request::OpenProject(root.clone()));
                }
            }
        }
    });
}
