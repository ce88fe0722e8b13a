//! The bar at the top: where the user is, the menu, the way to everything, who annotates, whether it is saved.

use super::{
    command::{Command, Group},
    dispatch::can_run,
    icons,
    request::{PanelContext, Request},
    texts::tr,
    theme::{self, size},
    widgets,
};
use crate::store::SaveState;
use egui::{Align, Button, Layout, RichText, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

pub fn show(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
    ui.set_height(size::BAR);
    ui.horizontal_centered(|ui| {
        menu(ui, context, requests);
        path(ui, context);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let theme_icon = if context.theme.dark { icons::SUN } else { icons::MOON };
            command_button(ui, context, requests, theme_icon, Command::ToggleTheme);
            command_button(ui, context, requests, icons::SIDEBAR, Command::ToggleInspector);
            if context.session.is_some() {
                saved(ui, context, requests);
                annotator(ui, context, requests);
                ui.add_space(4.0);
                search(ui, context, requests);
            }
        });
    });
}

/// A button that is an icon and runs a command; its tooltip tells name, help and key.
fn command_button(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>, icon: char, command: Command) {
    let button =
        ui.add_enabled(can_run(context, command), Button::new(icons::icon(icon, 17.0)).frame_when_inactive(false));
    button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, command.title()));
    if command_tip(button, context, command).clicked() {
        requests.push(Request::Run(command));
    }
}

/// Adds the tooltip of a command to a widget.
pub fn command_tip(response: egui::Response, context: &PanelContext<'_>, command: Command) -> egui::Response {
    response.on_hover_ui(|ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(command.title()).font(theme::medium(size::BODY)));
            if let Some(shortcut) = context.keymap.shortcut(command) {
                widgets::key_cap(ui, context.theme, &shortcut.to_string());
            }
        });
        ui.label(RichText::new(command.help()).color(context.theme.text_weak));
    })
}

fn menu(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
    let button = Button::new(icons::icon(icons::LIST, 18.0)).frame_when_inactive(false);
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        ui.set_min_width(190.0);
        for group in Group::ALL {
            ui.menu_button(group.title(), |ui| {
                ui.set_min_width(260.0);
                for command in Command::ALL.iter().copied().filter(|command| command.group() == group) {
                    let key = context.keymap.shortcut(command).map(|shortcut| shortcut.to_string()).unwrap_or_default();
                    let item = Button::new(command.title()).shortcut_text(key);
                    let response = ui.add_enabled(can_run(context, command), item);
                    if response.on_hover_text(command.help()).clicked() {
                        requests.push(Request::Run(command));
                        ui.close();
                    }
                }
                if group == Group::Project && !context.settings.recent_projects.is_empty() {
                    ui.separator();
                    ui.label(RichText::new(tr("Recent projects")).small().color(context.theme.text_faint));
                    for root in &context.settings.recent_projects {
                        let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned();
                        if ui.button(name).on_hover_text(root.display().to_string()).clicked() {
                            requests.push(Request::OpenProject(root.clone()));
                            ui.close();
                        }
                    }
                }
            });
        }
    });
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, tr("Menu")));
    response.on_hover_text(tr("Menu"));
}

fn path(ui: &mut Ui, context: &PanelContext<'_>) {
    let Some(session) = context.session else {
        ui.label(RichText::new("Glosse").font(theme::strong(15.0)).color(context.theme.text));
        return;
    };
    let settings = &session.project().settings;
    let folder = session.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = if settings.name.is_empty() { folder } else { settings.name.clone() };
    let room = (ui.available_width() - 560.0).clamp(60.0, 460.0);
    let (rect, _) = ui.allocate_exact_size(vec2(room, 22.0), Sense::hover());
    let y = rect.top() + 3.0;
    let used = widgets::line_text(
        ui.painter(),
        egui::pos2(rect.left(), y),
        room * 0.5,
        &name,
        theme::strong(size::BODY),
        context.theme.text,
    );
    if let Some(article) = context.open_article() {
        let left = used.right() + 6.0;
        ui.painter().text(
            egui::pos2(left, y + 1.5),
            egui::Align2::LEFT_TOP,
            icons::CARET_RIGHT,
            icons::font(12.0),
            context.theme.text_faint,
        );
        let at = egui::pos2(left + 18.0, y);
        let font = egui::FontId::proportional(size::BODY);
        widgets::line_text(ui.painter(), at, rect.right() - at.x, article.title(), font, context.theme.text_weak);
    }
}

fn search(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
    let width = (ui.available_width() - 8.0).clamp(40.0, 300.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, tr("Search or run a command")));
    let border =
        if response.hovered() || response.has_focus() { context.theme.text_faint } else { context.theme.border };
    ui.painter().rect(rect, 7.0, context.theme.raised, Stroke::new(1.0, border), StrokeKind::Inside);
    let middle = rect.left_center();
    let faint = context.theme.text_faint;
    ui.painter().text(middle + vec2(10.0, 0.0), egui::Align2::LEFT_CENTER, icons::SEARCH, icons::font(14.0), faint);
    let key = context.keymap.shortcut(Command::CommandPalette).map(|key| key.to_string()).unwrap_or_default();
    let key_rect = ui.painter().text(
        rect.right_center() - vec2(10.0, 0.0),
        egui::Align2::RIGHT_CENTER,
        key,
        theme::medium(11.0),
        faint,
    );
    let at = rect.left_top() + vec2(30.0, 6.5);
    let room = key_rect.left() - at.x - 8.0;
    if room > 30.0 {
        let font = egui::FontId::proportional(size::BODY);
        widgets::line_text(ui.painter(), at, room, tr("Search or run a command"), font, faint);
    }
    if command_tip(response, context, Command::CommandPalette).clicked() {
        requests.push(Request::Run(Command::CommandPalette));
    }
}

fn annotator(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
    let Some(session) = context.session else { return };
    let text = RichText::new(session.annotator().as_str()).color(context.theme.text_weak);
    let button = ui.add(Button::new((icons::icon(icons::USER, 14.0), text)).frame_when_inactive(false));
    let button = button.accessible_name(format!("{} {}", Command::ChooseAnnotator.title(), session.annotator()));
    if command_tip(button, context, Command::ChooseAnnotator).clicked() {
        requests.push(Request::Run(Command::ChooseAnnotator));
    }
}

/// Whether everything is on disk. This text is the promise that is tested by killing the program.
fn saved(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
    let Some(session) = context.session else { return };
    if let Some(reason) = session.read_only_reason() {
        let text = RichText::new(tr("read-only")).color(context.theme.warning);
        ui.label(text).on_hover_text(reason);
        ui.label(icons::icon(icons::LOCK, 14.0).color(context.theme.warning));
        return;
    }
    match session.saved() {
        SaveState::Saved => {
            let text = RichText::new(tr("saved")).color(context.theme.text_faint);
            ui.label(text).on_hover_text(tr("Every change is on disk"));
        }
        SaveState::Saving { pending } => {
            ui.label(RichText::new(tr("saving…")).color(context.theme.text_weak)).on_hover_text(format!("{pending}"));
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(50));
        }
        SaveState::Failed { message, pending } => {
            let text = RichText::new(format!("{} ({pending})", tr("not saved"))).color(context.theme.error);
            let button = ui.add(Button::new((icons::icon(icons::WARNING, 14.0).color(context.theme.error), text)));
            let button = button.accessible_name(format!("{}: {}", tr("not saved"), tr("Click to try again")));
            if button.on_hover_text(format!("{message}\n{}", tr("Click to try again"))).clicked() {
                requests.push(Request::change(|session| {
                    session.retry_saving();
                    Ok(None)
                }));
            }
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(500));
        }
    }
}
