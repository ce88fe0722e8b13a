//! What pressed keys do in the window: commands, labels, the caret.

use super::{App, article_id};
use crate::{
    text::TextRange,
    ui::{
        command::{Command, Needs},
        document::Selection,
        request::Request,
        review,
        table::{self, Tab},
        texts::tr,
    },
};
use egui::{Context, Event, Key, Modifiers};

impl App {
    /// Turns pressed keys into commands and labels. Bare keys belong to text fields while one has the keyboard.
    pub(super) fn take_keys(&mut self, context: &Context) {
        let focused = context.memory(|memory| memory.focused());
        let article = article_id();
        let in_text = context.text_edit_focused() || self.dialog.is_some() || self.palette_box.is_some();
        let in_list = focused == Some(review::list_id());
        let elsewhere = focused.is_some() && focused != Some(article) && !in_list;
        let in_picker = self.picker.as_ref().is_some_and(|picker| {
            context.input(|input| {
                let pressed =
                    |event: &Event| matches!(event, Event::Key { key, pressed: true, .. } if picker.wants(*key));
                input.events.iter().any(pressed)
            })
        });
        let in_box = self.link_box.is_some() || in_picker || egui::Popup::is_any_open(context);
        if self.dialog.is_some() {
            return;
        }
        // Escape has taken the keyboard from a field or button already; it leads back to the article and does no more.
        let is_box_open = self.palette_box.is_some() || self.link_box.is_some() || self.picker.is_some();
        if !is_box_open
            && !egui::Popup::is_any_open(context)
            && self.had_focus.is_some_and(|id| id != article)
            && context.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
        {
            // From the filter of the queue it leads to what is listed, whose chosen row stands out.
            let is_filter = self.had_focus == Some(table::filter_id()) && self.table.is_review();
            if is_filter { self.table.review.begin() } else { self.focus_article = true }
        }
        if !(in_text || elsewhere || in_box || in_list) {
            self.take_enter_after_jump(context);
        }
        let passed = if in_list && !in_text && !in_box { self.keys_of_list(context) } else { Vec::new() };
        self.hold_back(context, in_text || elsewhere || in_box);
        let mut commands = Vec::new();
        let mut labels = Vec::new();
        // An empty filter has nothing of its own to undo; what was undone is looked at in the article.
        if focused == Some(table::filter_id()) && self.table.is_unfiltered() {
            context.input_mut(|input| {
                input.events.retain(|event| {
                    let found = self.keymap.command_of(event, false);
                    let undoes = found.filter(|found| matches!(found, Command::Undo | Command::Redo));
                    commands.extend(undoes);
                    undoes.is_none()
                });
            });
            self.focus_article |= !commands.is_empty();
        }
        context.input_mut(|input| {
            commands.extend(self.keymap.take_pressed(&mut input.events, in_text || elsewhere || in_box));
            if !in_text && !elsewhere && !in_box && !in_list {
                let modifiers = input.modifiers;
                input.events.retain(|event| match self.label_of(event, modifiers) {
                    Some(found) => {
                        labels.push(found);
                        false
                    }
                    None => true,
                });
            }
        });
        if in_list {
            // What is done to the open article is not meant here.
            commands.retain(|command| matches!(command.needs(), Needs::Nothing | Needs::Project));
            context.input_mut(|input| input.events.extend(passed));
        }
        if !(in_text || elsewhere || in_box || in_list) {
            self.move_caret(context);
        }
        if !commands.is_empty() || !labels.is_empty() {
            self.picker = None;
        }
        self.requests.extend(commands.into_iter().map(Request::Run));
        self.requests.extend(labels);
    }

    /// Gives the review queue its keys, and takes those out of the input that would be bare keys of the article.
    fn keys_of_list(&mut self, context: &Context) -> Vec<Event> {
        self.table.review.take_keys(context);
        let is_bare = |event: &Event| match event {
            Event::Key { key, modifiers, .. } => {
                let is_function = key.name().starts_with('F') && key.name().len() > 1;
                // With Shift it may be a command that is meant everywhere.
                !modifiers.command && !modifiers.alt && !modifiers.shift && !is_function
            }
            Event::Text(text) => text != "?",
            _ => false,
        };
        context.input_mut(|input| {
            let (passed, rest) = std::mem::take(&mut input.events).into_iter().partition(is_bare);
            input.events = rest;
            passed
        })
    }

    /// Leaves what was typed after a command or label to the next frame, so that it goes where that leads: what follows
    /// Ctrl+K within the same frame is for the palette.
    fn hold_back(&mut self, context: &Context, in_text: bool) {
        let held = context.input_mut(|input| {
            let modifiers = input.modifiers;
            let does = |event: &Event| {
                self.keymap.command_of(event, in_text).is_some()
                    || !in_text && self.label_of(event, modifiers).is_some()
            };
            let Some(first) = input.events.iter().position(does) else { return Vec::new() };
            // The character that a key makes belongs to the key.
            let is_key = matches!(input.events.get(first), Some(Event::Key { .. }));
            let has_text = matches!(input.events.get(first + 1), Some(Event::Text(_)));
            let end = first + if is_key && has_text { 2 } else { 1 };
            input.events.split_off(end.min(input.events.len()))
        });
        if !held.is_empty() {
            self.held = held;
            context.request_repaint();
        }
    }

    /// The label whose key an event presses, while `held` are held. With Alt it is none.
    fn label_of(&self, event: &Event, held: Modifiers) -> Option<Request> {
        let schema = &self.session.as_ref()?.project().schema;
        match event {
            Event::Key { key, pressed: true, modifiers, .. }
                if !modifiers.command && !modifiers.shift && !modifiers.alt =>
            {
                let mut characters = key.name().chars();
                let character = characters.next().filter(|_| characters.next().is_none())?;
                let label = schema.label_for_key(character.to_ascii_lowercase())?.name.clone();
                Some(Request::Label(label))
            }
            // Alt with Ctrl is AltGr, which makes characters.
            Event::Text(text) if !held.alt || held.ctrl => {
                let mut characters = text.chars();
                let character = characters.next().filter(|_| characters.next().is_none())?;
                let is_key = character.is_ascii_alphanumeric();
                let label = schema.label_for_key(character).filter(|_| !is_key)?.name.clone();
                Some(Request::Label(label))
            }
            _ => None,
        }
    }

    /// Enter leads from a list into the text. Pressed again it goes on to the next hit or difference, and confirms no
    /// sentence until another key or the mouse was used here.
    fn take_enter_after_jump(&mut self, context: &Context) {
        if !self.has_jumped {
            return;
        }
        let is_other = |event: &Event| match event {
            Event::Key { key, pressed, modifiers, .. } => *pressed && (*key != Key::Enter || modifiers.any()),
            Event::PointerButton { pressed, .. } => *pressed,
            _ => false,
        };
        if context.input(|input| input.events.iter().any(is_other)) {
            self.has_jumped = false;
            return;
        }
        if !context.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter)) {
            return;
        }
        match self.table.tab().filter(|_| !self.highlights.is_empty()) {
            Some(Tab::Concordance) => self.requests.push(Request::Run(Command::NextHit)),
            Some(Tab::Comparison) => self.requests.push(Request::Run(Command::NextDifference)),
            _ => {
                let why = tr("Enter confirms a sentence once another key was pressed here, such as an arrow");
                self.messages.info(why);
            }
        }
    }

    fn move_caret(&mut self, context: &Context) {
        use crate::ui::document::Motion;
        let Some(id) = self.article.clone() else {
            if context.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
                self.messages.close_newest();
            }
            return;
        };
        let Some(session) = &self.session else { return };
        let Some(article) = session.project().article(&id) else { return };
        let Some(view) = self.views.get_mut(&id) else { return };
        let mut moved = false;
        let mut escaped = false;
        context.input_mut(|input| {
            input.events.retain(|event| {
                let Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
                if modifiers.alt {
                    return true;
                }
                let motion = match (key, modifiers.command) {
                    (Key::ArrowLeft, false) => Motion::Left,
                    (Key::ArrowRight, false) => Motion::Right,
                    (Key::ArrowLeft, true) => Motion::TokenLeft,
                    (Key::ArrowRight, true) => Motion::TokenRight,
                    (Key::ArrowUp, false) => Motion::Up,
                    (Key::ArrowDown, false) => Motion::Down,
                    (Key::PageUp, false) => Motion::PageUp,
                    (Key::PageDown, false) => Motion::PageDown,
                    (Key::Home, false) => Motion::LineStart,
                    (Key::End, false) => Motion::LineEnd,
                    (Key::Home, true) => Motion::Start,
                    (Key::End, true) => Motion::End,
                    (Key::Escape, _) => {
                        escaped = true;
                        return false;
                    }
                    _ => return true,
                };
                view.move_caret(motion, modifiers.shift, article.text());
                moved = true;
                false
            });
        });
        if escaped {
            if !self.highlights.is_empty() {
                self.highlights.clear();
            } else if !view.pieces.is_empty() {
                view.pieces.clear();
            } else if !view.selection.is_empty() {
                view.selection = Selection::caret(view.selection.head);
            } else if self.list_is_over {
                self.list_is_over = false;
            } else if self.selected.is_some() {
                self.selected = None;
            } else {
                self.messages.close_newest();
            }
        }
        if moved {
            self.picker = None;
        }
        self.caret_moved |= moved;
    }

    /// What is done next is about the text that is selected anew, or the place where the caret went, not about the annotation
    /// that was selected before.
    pub(super) fn leave_selected(&mut self) {
        if !std::mem::take(&mut self.caret_moved) {
            return;
        }
        let Some(selection) = self.view().map(|view| view.selection) else { return };
        let anchor = self.selected.and_then(|id| self.set()?.anchor(id));
        let is_there = anchor.is_some_and(|range| range.contains(TextRange::at(selection.head)));
        if !is_there || !selection.is_empty() {
            self.left = self.selected.take().or(self.left);
        }
    }
}
