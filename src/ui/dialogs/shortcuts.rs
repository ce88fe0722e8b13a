//! All keys, by group; a click on one and a press of another changes it.

use super::{Made, form};
use crate::ui::{
    command::{Command, Group},
    icons,
    keymap::{Keymap, Pressed, Shortcut},
    request::{Dialog, DialogState, PanelContext, Request},
    texts::{fill, tr},
    theme::{self, Theme, size},
    widgets,
};
use egui::{Button, Event, Key, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

/// Width of the column of keys.
const KEYS: f32 = 168.0;

pub struct Shortcuts {
    filter: String,
    fresh: bool,
    /// The command whose new key is waited for.
    waiting: Option<Command>,
    conflict: Option<Conflict>,
}

/// A key that was pressed for a command and means something already.
struct Conflict {
    command: Command,
    shortcut: Shortcut,
    with: With,
}

enum With {
    Command(Command),
    /// A label of the open project has the key; commands come before labels.
    Label(String),
    /// The key moves the caret or the like and can not be given away.
    Fixed,
}

/// The sheet of all keys.
pub fn shortcuts(_context: &PanelContext<'_>) -> Made {
    Ok(Box::new(Shortcuts { filter: String::new(), fresh: true, waiting: None, conflict: None }))
}

/// Keys that always mean the same.
fn fixed_keys() -> [(&'static str, &'static str); 15] {
    [
        ("← →", tr("Moves the caret by a character")),
        ("↑ ↓", tr("Moves the caret by a line")),
        ("Ctrl+← →", tr("Moves the caret by a word")),
        ("Shift+…", tr("Extends the selection while the caret moves")),
        ("Home End", tr("Goes to the start or end of the line")),
        ("Ctrl+Home End", tr("Goes to the start or end of the article")),
        ("PageUp PageDown", tr("Moves by a page")),
        ("Esc", tr("Takes back selections one after the other, closes dialogs and messages")),
        (tr("Label key"), tr("Labels the selected text, or gives the selected span another label")),
        (tr("Double click"), tr("Selects a word")),
        (tr("Triple click"), tr("Selects a sentence")),
        (tr("Alt+drag"), tr("Selects single characters")),
        (tr("Ctrl+drag"), tr("Adds another piece to the selection")),
        (tr("Drag a span"), tr("Draws a relation from the selected span, or from the bar under a span, to another")),
        (tr("Drag an edge"), tr("Makes a span longer or shorter")),
    ]
}

impl Shortcuts {
    fn matches(&self, keymap: &Keymap, command: Command) -> bool {
        let key = keymap.shortcut(command).map(|shortcut| shortcut.to_string()).unwrap_or_default();
        self.fits(&[command.title(), command.help(), &key])
    }

    fn fits(&self, texts: &[&str]) -> bool {
        let hay = texts.join(" ").to_lowercase();
        self.filter.to_lowercase().split_whitespace().all(|word| hay.contains(word))
    }

    /// Takes the key that is waited for out of the input.
    fn wait_for_key(&mut self, ui: &Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let Some(command) = self.waiting else { return };
        let (pressed, shortcut) = ui.input_mut(|input| {
            let found = shortcut_of(&input.events);
            let pressed =
                input.events.iter().any(|event| matches!(event, Event::Key { pressed: true, .. } | Event::Text(_)));
            input.events.retain(|event| !matches!(event, Event::Key { .. } | Event::Text(_)));
            (pressed, found)
        });
        let Some(shortcut) = shortcut.filter(|_| pressed) else { return };
        self.waiting = None;
        if shortcut.key == Pressed::Key(Key::Escape) {
            return;
        }
        match conflict(context, command, shortcut) {
            Some(with) => self.conflict = Some(Conflict { command, shortcut, with }),
            None => requests.push(with_key(context.keymap, &[(command, Some(shortcut))])),
        }
    }

    fn list(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let mut found = false;
        for group in Group::ALL {
            let commands: Vec<Command> = Command::ALL
                .iter()
                .copied()
                .filter(|command| command.group() == group && self.matches(context.keymap, *command))
                .collect();
            if commands.is_empty() {
                continue;
            }
            found = true;
            widgets::section(ui, context.theme, group.title());
            for command in commands {
                self.command_row(ui, context, command, requests);
            }
        }
        let fixed: Vec<_> = fixed_keys().into_iter().filter(|(keys, what)| self.fits(&[keys, what])).collect();
        if !fixed.is_empty() {
            widgets::section(ui, context.theme, tr("Always the same"));
            for (keys, what) in &fixed {
                ui.horizontal(|ui| {
                    ui.allocate_ui_with_layout(
                        vec2(KEYS, 22.0),
                        egui::Layout::left_to_right(egui::Align::Center),
                        |ui| {
                            ui.set_width(KEYS);
                            widgets::key_cap(ui, context.theme, keys);
                        },
                    );
                    ui.add(egui::Label::new(RichText::new(*what).color(context.theme.text_weak)).wrap());
                });
            }
        } else if !found {
            ui.label(RichText::new(tr("Nothing fits")).color(context.theme.text_faint));
        }
    }

    fn command_row(&mut self, ui: &mut Ui, context: &PanelContext<'_>, command: Command, requests: &mut Vec<Request>) {
        let theme = context.theme;
        let shortcut = context.keymap.shortcut(command);
        let is_waiting = self.waiting == Some(command);
        ui.horizontal(|ui| {
            ui.allocate_ui_with_layout(vec2(KEYS, 24.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.set_width(KEYS);
                ui.spacing_mut().item_spacing.x = 2.0;
                let text = match (is_waiting, shortcut) {
                    (true, _) => tr("Press a key…").to_owned(),
                    (false, Some(shortcut)) => shortcut.to_string(),
                    (false, None) => "—".to_owned(),
                };
                let name = fill(tr("Key of {}: {}"), &[command.title(), &text]);
                if key_button(ui, theme, &text, &name, is_waiting).clicked() {
                    self.waiting = if is_waiting { None } else { Some(command) };
                    self.conflict = None;
                }
                if shortcut.is_some() && !is_waiting {
                    let name = fill(tr("Take the key away from {}"), &[command.title()]);
                    if small_icon(ui, icons::CLOSE, &name).clicked() {
                        requests.push(with_key(context.keymap, &[(command, None)]));
                    }
                }
                if shortcut != command.default_shortcut() {
                    let name = fill(tr("Reset the key of {}"), &[command.title()]);
                    if small_icon(ui, icons::UNDO, &name).clicked() {
                        self.give(context, command, command.default_shortcut(), requests);
                    }
                }
            });
            let changed = shortcut != command.default_shortcut();
            let color = if changed { theme.accent } else { theme.text };
            ui.label(RichText::new(command.title()).font(theme::medium(size::BODY)).color(color));
            ui.add(egui::Label::new(RichText::new(command.help()).color(theme.text_faint)).truncate());
        });
        if let Some(conflict) = self.conflict.take_if(|conflict| conflict.command == command) {
            self.conflict_row(ui, context, conflict, requests);
        }
    }

    /// Gives a command a key, or asks when that belongs to something else.
    fn give(
        &mut self,
        context: &PanelContext<'_>,
        command: Command,
        shortcut: Option<Shortcut>,
        requests: &mut Vec<Request>,
    ) {
        let with = shortcut.and_then(|shortcut| Some((shortcut, conflict(context, command, shortcut)?)));
        match with {
            Some((shortcut, with @ With::Command(_))) => self.conflict = Some(Conflict { command, shortcut, with }),
            _ => requests.push(with_key(context.keymap, &[(command, shortcut)])),
        }
    }

    fn conflict_row(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        conflict: Conflict,
        requests: &mut Vec<Request>,
    ) {
        let Conflict { command, shortcut, with } = conflict;
        let key = shortcut.to_string();
        let text = match &with {
            With::Command(other) => fill(tr("{} belongs to “{}”"), &[&key, other.title()]),
            With::Label(label) => fill(tr("{} is the key of the label {}"), &[&key, label]),
            With::Fixed => fill(tr("{} always means the same and can not be given away"), &[&key]),
        };
        let mut keep = true;
        ui.horizontal_wrapped(|ui| {
            ui.add_space(12.0);
            form::problem(ui, context.theme, &text);
            let change = match &with {
                With::Command(other) if ui.button(tr("Give it to this command")).clicked() => {
                    Some(vec![(*other, None), (command, Some(shortcut))])
                }
                With::Label(_) if ui.button(tr("Use it all the same")).clicked() => {
                    Some(vec![(command, Some(shortcut))])
                }
                _ => None,
            };
            if let Some(change) = change {
                requests.push(with_key(context.keymap, &change));
                keep = false;
            }
            if ui.button(tr("Leave it")).clicked() {
                keep = false;
            }
        });
        if keep {
            self.conflict = Some(Conflict { command, shortcut, with });
        }
    }
}

/// The keymap with other keys for some commands.
fn with_key(keymap: &Keymap, changes: &[(Command, Option<Shortcut>)]) -> Request {
    let mut changed = keymap.clone();
    for (command, shortcut) in changes {
        changed.set(*command, *shortcut);
    }
    Request::Keymap(changed)
}

/// What a key means already, beside `command`.
fn conflict(context: &PanelContext<'_>, command: Command, shortcut: Shortcut) -> Option<With> {
    let is_plain = !shortcut.alt;
    let is_fixed = match shortcut.key {
        Pressed::Key(key) => {
            matches!(
                key,
                Key::ArrowLeft
                    | Key::ArrowRight
                    | Key::ArrowUp
                    | Key::ArrowDown
                    | Key::Home
                    | Key::End
                    | Key::PageUp
                    | Key::PageDown
            ) && is_plain
                && !(shortcut.ctrl && matches!(key, Key::PageUp | Key::PageDown))
        }
        Pressed::Character(_) => false,
    };
    if is_fixed {
        return Some(With::Fixed);
    }
    if let Some(other) = context.keymap.command(shortcut).filter(|other| *other != command) {
        return Some(With::Command(other));
    }
    let character = match shortcut.key {
        Pressed::Character(character) => Some(character),
        Pressed::Key(key) if !shortcut.ctrl && !shortcut.alt && !shortcut.shift => {
            let mut characters = key.name().chars();
            characters.next().filter(|_| characters.next().is_none()).map(|character| character.to_ascii_lowercase())
        }
        Pressed::Key(_) => None,
    }?;
    let label = context.session?.project().schema.label_for_key(character)?;
    Some(With::Label(label.name.to_string()))
}

/// The shortcut that the events of one frame press: the character where that does not depend on the keyboard's layout,
/// otherwise the key.
fn shortcut_of(events: &[Event]) -> Option<Shortcut> {
    let by_text = events.iter().find_map(|event| match event {
        Event::Text(text) if !text.trim().is_empty() => {
            Shortcut::parse(text).filter(|found| matches!(found.key, Pressed::Character(_)))
        }
        _ => None,
    });
    let by_key = events.iter().find_map(|event| match event {
        Event::Key { key, pressed: true, modifiers, .. } if !is_modifier(*key) => Some(Shortcut {
            ctrl: modifiers.command,
            alt: modifiers.alt,
            shift: modifiers.shift,
            key: Pressed::Key(*key),
        }),
        _ => None,
    });
    by_text.or(by_key)
}

fn is_modifier(key: Key) -> bool {
    matches!(
        key,
        Key::ShiftLeft
            | Key::ShiftRight
            | Key::ControlLeft
            | Key::ControlRight
            | Key::AltLeft
            | Key::AltRight
            | Key::SuperLeft
            | Key::SuperRight
            | Key::CapsLock
            | Key::NumLock
            | Key::ScrollLock
            | Key::Fn
    )
}

/// A key cap that can be clicked.
fn key_button(ui: &mut Ui, theme: &Theme, text: &str, name: &str, waiting: bool) -> egui::Response {
    let color = if waiting { theme.on_accent } else { theme.text };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::medium(11.5), color);
    let (rect, response) = ui.allocate_exact_size(vec2((galley.size().x + 14.0).max(26.0), 21.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name));
    let fill = if waiting {
        theme.accent
    } else if response.hovered() {
        theme.hover
    } else {
        theme.panel
    };
    let line = if response.has_focus() { theme.accent } else { theme.border };
    ui.painter().rect(rect, 5.0, fill, Stroke::new(1.0, line), StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response.on_hover_text(tr("Click, then press the new key"))
}

fn small_icon(ui: &mut Ui, icon: char, name: &str) -> egui::Response {
    let button =
        Button::new(icons::icon(icon, 11.0).color(ui.visuals().weak_text_color())).frame_when_inactive(false).small();
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name));
    response.on_hover_text(name)
}

impl Dialog for Shortcuts {
    fn title(&self) -> String {
        tr("Keyboard shortcuts").to_owned()
    }

    fn width(&self) -> f32 {
        760.0
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        self.wait_for_key(ui, context, requests);
        let fresh = std::mem::take(&mut self.fresh);
        form::filter_field(ui, context.theme, tr("Filter commands and keys"), &mut self.filter, fresh);
        ui.add_space(2.0);
        let height = form::content_height(ui, 560.0);
        ScrollArea::vertical().max_height(height).auto_shrink([false, false]).show(ui, |ui| {
            form::scroll_by_keys(ui);
            ui.set_width(ui.available_width() - 14.0);
            ui.spacing_mut().item_spacing.y = 2.0;
            self.list(ui, context, requests);
        });
        form::footer(ui, |ui| {
            let is_changed = !context.keymap.changed().is_empty();
            if form::plain_button(ui, is_changed, tr("Reset all keys")).clicked() {
                requests.push(Request::Keymap(Keymap::default()));
                self.conflict = None;
            }
        });
        DialogState::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Modifiers;

    fn key(key: Key, modifiers: Modifiers) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
    }

    fn check(events: &[Event], expected: Option<&str>) {
        assert_eq!(shortcut_of(events).map(|shortcut| shortcut.to_string()).as_deref(), expected, "{events:?}");
    }

    #[test]
    fn pressed_keys_become_shortcuts() {
        check(&[key(Key::Q, Modifiers::NONE), Event::Text("q".to_owned())], Some("Q"));
        check(&[key(Key::Minus, Modifiers::SHIFT), Event::Text("?".to_owned())], Some("?"));
        check(&[key(Key::ControlLeft, Modifiers::COMMAND)], None);
        check(&[key(Key::F8, Modifiers::SHIFT)], Some("Shift+F8"));
        check(&[key(Key::J, Modifiers::COMMAND)], Some("Ctrl+J"));
        check(&[key(Key::Space, Modifiers::NONE), Event::Text(" ".to_owned())], Some("Space"));
        check(&[], None);
    }
}
