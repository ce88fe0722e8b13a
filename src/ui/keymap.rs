//! Keys: how they are written, which command has which, and which was pressed.

use super::command::Command;
use egui::{Event, Key, Modifiers};
use std::{collections::BTreeMap, fmt};

/// A key with its modifiers. `Ctrl` means the command key on a Mac.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shortcut {
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
    pub key: Pressed,
}

/// A key of the keyboard, or a character whatever keys make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pressed {
    Key(Key),
    /// A character other than letters and digits, so that it works on every keyboard layout.
    Character(char),
}

impl Shortcut {
    /// Reads `Ctrl+Shift+Z`; `None` for an empty or unknown one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut shortcut = Self { ctrl: false, alt: false, shift: false, key: Pressed::Character('\0') };
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix("Ctrl+") {
                shortcut.ctrl = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("Alt+") {
                shortcut.alt = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("Shift+") {
                shortcut.shift = true;
                rest = after;
            } else {
                break;
            }
        }
        let mut characters = rest.chars();
        let single = characters.next().filter(|_| characters.next().is_none());
        shortcut.key = match (single, Key::from_name(rest)) {
            (Some(character), _) if !character.is_ascii_alphanumeric() && !shortcut.ctrl && !shortcut.alt => {
                Pressed::Character(character)
            }
            (_, Some(key)) => Pressed::Key(key),
            _ => return None,
        };
        Some(shortcut)
    }

    /// True if the key makes no text, so that it works while a text field has the keyboard.
    pub fn works_in_text(self) -> bool {
        let is_function = matches!(self.key, Pressed::Key(key) if key.name().starts_with('F') && key.name().len() > 1);
        // With the option key of a Mac, digits make signs.
        let is_digit = matches!(self.key, Pressed::Key(key) if key >= Key::Num0 && key <= Key::Num9);
        let is_alt_digit = self.alt && is_digit && !cfg!(target_os = "macos");
        self.ctrl && !matches!(self.key, Pressed::Key(Key::Z | Key::C | Key::Enter)) || is_function || is_alt_digit
    }

    fn matches(self, event: &Event) -> bool {
        match (self.key, event) {
            (Pressed::Key(wanted), Event::Key { key, pressed: true, modifiers, .. }) => {
                let with = Modifiers { alt: self.alt, shift: self.shift, ..Modifiers::NONE };
                // On many layouts plus is the shifted equals sign.
                let plus = wanted == Key::Plus && matches!(key, Key::Equals | Key::Plus) && self.ctrl;
                (*key == wanted || plus)
                    && modifiers.command == self.ctrl
                    && modifiers.alt == with.alt
                    && (modifiers.shift == with.shift || plus)
            }
            (Pressed::Character(wanted), Event::Text(text)) => {
                let mut characters = text.chars();
                characters.next() == Some(wanted) && characters.next().is_none()
            }
            _ => false,
        }
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+")] {
            if held {
                formatter.write_str(name)?;
            }
        }
        match self.key {
            Pressed::Key(key) => formatter.write_str(key.name()),
            Pressed::Character(character) => write!(formatter, "{character}"),
        }
    }
}

/// Which command has which key: the defaults with what the user changed.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    /// By command id; an empty text takes the key away.
    changed: BTreeMap<String, String>,
}

impl Keymap {
    pub fn new(changed: BTreeMap<String, String>) -> Self {
        Self { changed }
    }

    /// What the user changed, for the settings.
    pub fn changed(&self) -> &BTreeMap<String, String> {
        &self.changed
    }

    /// Gives a command another key; `None` takes its key away.
    pub fn set(&mut self, command: Command, shortcut: Option<Shortcut>) {
        if shortcut == command.default_shortcut() {
            self.changed.remove(command.id());
        } else {
            let text = shortcut.map(|shortcut| shortcut.to_string()).unwrap_or_default();
            self.changed.insert(command.id().to_owned(), text);
        }
    }

    /// Takes all changes back.
    pub fn reset(&mut self) {
        self.changed.clear();
    }

    pub fn shortcut(&self, command: Command) -> Option<Shortcut> {
        match self.changed.get(command.id()) {
            Some(text) => Shortcut::parse(text),
            None => command.default_shortcut(),
        }
    }

    /// The command that has this key.
    pub fn command(&self, shortcut: Shortcut) -> Option<Command> {
        Command::ALL.iter().copied().find(|command| self.shortcut(*command) == Some(shortcut))
    }

    /// Takes the events of pressed shortcuts out of the input and returns their commands. While a text field has the
    /// keyboard (`in_text`), keys that a text field uses are left to it.
    pub fn take_pressed(&self, events: &mut Vec<Event>, in_text: bool) -> Vec<Command> {
        let mut pressed = Vec::new();
        let mut was_key = false;
        events.retain(|event| {
            // The character that a key makes goes with it: Alt+5 types no 5, be it a command or not.
            if std::mem::take(&mut was_key) && matches!(event, Event::Text(_)) {
                return false;
            }
            let found = self.command_of(event, in_text);
            was_key = match event {
                Event::Key { modifiers, .. } => found.is_some() || types_nothing(*modifiers),
                _ => false,
            };
            pressed.extend(found);
            found.is_none()
        });
        pressed
    }

    /// The command whose key an event presses; `in_text` as in [`Keymap::take_pressed`].
    pub fn command_of(&self, event: &Event, in_text: bool) -> Option<Command> {
        // Copying comes as an event of its own.
        if !in_text && matches!(event, Event::Copy) {
            return Some(Command::CopyText);
        }
        let found = Command::ALL.iter().copied().find(|command| {
            self.shortcut(*command)
                .is_some_and(|shortcut| (!in_text || shortcut.works_in_text()) && shortcut.matches(event))
        });
        // The keys that many programs have for redo and help, unless the user gave them to something else.
        let redo = Shortcut { ctrl: true, alt: false, shift: false, key: Pressed::Key(Key::Y) };
        let help = Shortcut { ctrl: false, alt: false, shift: false, key: Pressed::Key(Key::F1) };
        found
            .or_else(|| (!in_text && redo.matches(event)).then_some(Command::Redo))
            .or_else(|| help.matches(event).then_some(Command::ShortcutSheet))
    }
}

/// True if a key with these held is not for typing: with Alt alone, but on a Mac, where that makes characters.
fn types_nothing(modifiers: Modifiers) -> bool {
    modifiers.alt && !modifiers.ctrl && !cfg!(target_os = "macos")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_are_read_and_written() {
        for command in Command::ALL {
            if let Some(shortcut) = command.default_shortcut() {
                assert_eq!(Shortcut::parse(&shortcut.to_string()), Some(shortcut), "{command:?}");
            }
        }
        assert_eq!(Shortcut::parse(""), None);
        assert_eq!(Shortcut::parse("Ctrl+Nonsense"), None);
    }

    #[test]
    fn no_two_commands_share_a_key_and_none_takes_a_label_key() {
        let keymap = Keymap::default();
        let news = crate::model::news_schema();
        for command in Command::ALL {
            let Some(shortcut) = keymap.shortcut(*command) else { continue };
            assert_eq!(keymap.command(shortcut), Some(*command), "{shortcut}");
            let name = match shortcut.key {
                Pressed::Key(key) => key.name().to_lowercase(),
                Pressed::Character(character) => character.to_string(),
            };
            if let (false, false, false, [character]) =
                (shortcut.ctrl, shortcut.alt, shortcut.shift, name.chars().collect::<Vec<_>>().as_slice())
            {
                assert_eq!(news.label_for_key(*character), None, "{command:?}");
            }
        }
    }

    #[test]
    fn keys_of_other_programs_do_the_same_unless_they_have_something_else_to_do() {
        let press = |key, modifiers| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        let (help, redo) = (press(Key::F1, Modifiers::NONE), press(Key::Y, Modifiers::COMMAND | Modifiers::CTRL));
        let mut keymap = Keymap::default();
        assert_eq!(keymap.command_of(&help, true), Some(Command::ShortcutSheet));
        assert_eq!(keymap.command_of(&redo, false), Some(Command::Redo));
        assert_eq!(keymap.command_of(&redo, true), None);
        keymap.set(Command::About, Shortcut::parse("F1"));
        assert_eq!(keymap.command_of(&help, true), Some(Command::About));
    }

    #[test]
    fn every_command_without_a_key_was_meant_to_have_none() {
        let without: Vec<_> = Command::ALL.iter().filter(|command| command.default_shortcut().is_none()).collect();
        use Command::*;
        let meant = [
            RemoveArticle,
            EditExtractors,
            EditRules,
            ChooseAnnotator,
            CompareOriginal,
            EditMetadata,
            ReopenArticle,
            RejectAll,
            SuggestInAll,
            ToggleSuggestions,
            ToggleLanguage,
            MessageLog,
            About,
        ];
        assert_eq!(without, meant.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_key_takes_its_character_along_and_no_other() {
        let key = |key, modifiers| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        let text = |text: &str| Event::Text(text.to_owned());
        let check = |mut events: Vec<Event>, commands: &[Command], left: &[Event]| {
            assert_eq!(Keymap::default().take_pressed(&mut events, true), commands);
            assert_eq!(events, left);
        };
        let five = key(Key::Num5, Modifiers::ALT);
        check(vec![five.clone(), text("5"), text("6")], &[Command::ReviewQueue], &[text("6")]);
        check(
            vec![five, key(Key::A, Modifiers::NONE), text("a")],
            &[Command::ReviewQueue],
            &[key(Key::A, Modifiers::NONE), text("a")],
        );
        let zero = key(Key::Num0, Modifiers::ALT);
        check(vec![zero.clone(), text("0")], &[], &[zero]);
        check(vec![key(Key::Num5, Modifiers::NONE), text("5")], &[], &[key(Key::Num5, Modifiers::NONE), text("5")]);
    }
}
