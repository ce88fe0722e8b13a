//! Choosing by typing: commands, articles, labels.

use super::{
    command::Command,
    dispatch::can_run,
    icons,
    inspector::toggle_document_label,
    link_box::{list_keys, move_choice},
    request::{PanelContext, Request},
    texts::tr,
    theme::{self, size},
    widgets,
};
use crate::model::{AnnotationId, ArticleId, Name};
use egui::{Align2, Area, Context, Frame, Id, Key, Margin, Order, ScrollArea, TextEdit, vec2};

/// What is chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Commands, articles and labels.
    Everything,
    /// Labels for the selection, or for the place of the caret.
    Labels {
        zero_width: bool,
    },
    DocumentLabels,
}

/// A text field and what fits to what is typed.
pub struct PaletteBox {
    kind: Kind,
    query: String,
    chosen: usize,
    fresh: bool,
}

enum Entry {
    Command(Command),
    Article(ArticleId, String),
    Label(Name, String),
    DocumentLabel(Name, Option<AnnotationId>),
}

impl PaletteBox {
    pub fn commands() -> Self {
        Self::new(Kind::Everything)
    }

    pub fn labels(zero_width: bool) -> Self {
        Self::new(Kind::Labels { zero_width })
    }

    pub fn document_labels() -> Self {
        Self::new(Kind::DocumentLabels)
    }

    fn new(kind: Kind) -> Self {
        Self { kind, query: String::new(), chosen: 0, fresh: true }
    }

    /// Draws it; false when something was chosen or it was given up.
    pub fn show(&mut self, context: &Context, panel: &PanelContext<'_>, requests: &mut Vec<Request>) -> bool {
        if context.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape)) {
            return false;
        }
        let (up, down, enter) = list_keys(context);
        let entries = self.find(panel);
        move_choice(&mut self.chosen, entries.len(), up, down);
        let mut taken = None;
        let screen = context.content_rect();
        let width = 560.0_f32.min(screen.width() - 40.0);
        let area =
            Area::new(Id::unique("palette")).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 52.0));
        let response = area.show(context, |ui| {
            Frame::popup(ui.style()).inner_margin(Margin::same(10)).show(ui, |ui| {
                ui.set_width(width);
                let hint = match self.kind {
                    Kind::Everything => tr("Type a command, an article or a label"),
                    Kind::Labels { .. } => tr("Type a label"),
                    Kind::DocumentLabels => tr("Type a document label"),
                };
                let edit = TextEdit::singleline(&mut self.query)
                    .id(Id::unique("palette query"))
                    .hint_text(hint)
                    .font(egui::FontId::proportional(15.0))
                    .margin(Margin::symmetric(10, 7))
                    .desired_width(f32::INFINITY);
                let response = ui.add(edit);
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, hint));
                if std::mem::take(&mut self.fresh) || !response.has_focus() {
                    response.request_focus();
                }
                if response.changed() {
                    self.chosen = 0;
                }
                ui.add_space(4.0);
                let highest = (screen.height() * 0.55).max(160.0);
                ScrollArea::vertical().max_height(highest).min_scrolled_height(highest).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    for (index, entry) in entries.iter().enumerate() {
                        let response = draw(ui, panel, entry, index == self.chosen);
                        if index == self.chosen && (up || down) {
                            response.scroll_to_me(None);
                        }
                        if response.clicked() {
                            taken = Some(index);
                        }
                    }
                    if entries.is_empty() {
                        ui.label(tr("Nothing fits"));
                    }
                });
            });
        });
        let outside = context.input(|input| {
            input.pointer.any_pressed()
                && input.pointer.interact_pos().is_some_and(|pointer| !response.response.rect.contains(pointer))
        });
        let taken = taken.or(enter.then_some(self.chosen));
        if let Some(entry) = taken.and_then(|index| entries.into_iter().nth(index)) {
            requests.extend(self.request(panel, entry));
            return false;
        }
        !outside
    }

    fn request(&self, panel: &PanelContext<'_>, entry: Entry) -> Option<Request> {
        match entry {
            Entry::Command(command) => Some(Request::Run(command)),
            Entry::Article(article, _) => Some(Request::Go { article, range: None, select: None }),
            Entry::Label(label, _) => Some(match self.kind {
                Kind::Labels { zero_width: true } => Request::LabelPlace(label),
                _ => Request::Label(label),
            }),
            Entry::DocumentLabel(name, present) => toggle_document_label(panel, &name, present),
        }
    }

    /// The entries that fit, best first.
    fn find(&self, panel: &PanelContext<'_>) -> Vec<Entry> {
        let mut scored: Vec<(i32, usize, Entry)> = Vec::new();
        let mut add = |text: &str, base: i32, entry: Entry| {
            // What a command does finds it too, behind all that is called so; and behind that, what it is in English.
            let english = match &entry {
                Entry::Command(command) => command.english(),
                _ => [""; 2],
            };
            let more = match &entry {
                Entry::Command(command) => format!("{text} {}", command.help()),
                _ => String::new(),
            };
            let by_help = |text: &str| found(text, &self.query).map(|(fit, behind)| fit - behind);
            let score = score(text, &self.query)
                .or_else(|| by_help(&more).map(|score| score - BY_HELP))
                .or_else(|| english.iter().filter_map(|text| by_help(text)).max().map(|score| score - 2 * BY_HELP));
            if let Some(score) = score {
                scored.push((score + base, scored.len(), entry));
            }
        };
        let schema = panel.session.map(|session| session.project().schema.clone());
        match self.kind {
            Kind::Everything => {
                for command in Command::ALL.iter().copied() {
                    let base = if can_run(panel, command) { 0 } else { -1000 };
                    add(command.title(), base, Entry::Command(command));
                }
                if !self.query.trim().is_empty() {
                    for label in schema.iter().flat_map(|schema| &schema.labels) {
                        let entry = Entry::Label(label.name.clone(), label.description.clone());
                        add(&format!("{} {}", tr("Label"), label.name), -3, entry);
                    }
                    for article in panel.session.iter().flat_map(|session| session.project().articles.values()) {
                        add(article.title(), -5, Entry::Article(article.id.clone(), article.title().to_owned()));
                    }
                }
            }
            Kind::Labels { .. } => {
                for label in schema.iter().flat_map(|schema| &schema.labels) {
                    add(&label.name, 0, Entry::Label(label.name.clone(), label.description.clone()));
                }
            }
            Kind::DocumentLabels => {
                for label in schema.iter().flat_map(|schema| &schema.document_labels) {
                    let present = panel.set().and_then(|set| {
                        set.document_labels().find(|other| other.label == label.name).map(|label| label.id)
                    });
                    add(&label.name, 0, Entry::DocumentLabel(label.name.clone(), present));
                }
            }
        }
        scored.sort_by_key(|(score, order, _)| (-score, *order));
        scored.into_iter().take(80).map(|(_, _, entry)| entry).collect()
    }
}

fn draw(ui: &mut egui::Ui, panel: &PanelContext<'_>, entry: &Entry, chosen: bool) -> egui::Response {
    let (icon, title, help, key) = match entry {
        Entry::Command(command) => {
            let key = panel.keymap.shortcut(*command).map(|key| key.to_string()).unwrap_or_default();
            (icons::CARET_RIGHT, command.title().to_owned(), command.help().to_owned(), key)
        }
        Entry::Article(id, title) => (icons::BOOK, title.clone(), id.to_string(), String::new()),
        Entry::Label(name, help) => {
            let key = panel.session.and_then(|session| session.project().schema.label(name)?.key);
            (icons::TAG, name.to_string(), help.clone(), key.map(String::from).unwrap_or_default())
        }
        Entry::DocumentLabel(name, present) => {
            let icon = if present.is_some() { icons::CHECK } else { icons::TAG };
            (icon, name.to_string(), String::new(), String::new())
        }
    };
    let possible = !matches!(entry, Entry::Command(command) if !can_run(panel, *command));
    let theme = panel.theme;
    let color = if possible { theme.text } else { theme.text_faint };
    widgets::list_row(ui, theme, 30.0, chosen, &title, |painter, rect| {
        let icon_color = match entry {
            Entry::Label(name, _) => panel.palette.get(name).bar,
            _ => theme.text_faint,
        };
        painter.text(rect.left_center() + vec2(8.0, 0.0), Align2::LEFT_CENTER, icon, icons::font(14.0), icon_color);
        let key_rect = painter.text(
            rect.right_center() - vec2(10.0, 0.0),
            Align2::RIGHT_CENTER,
            key,
            theme::medium(11.0),
            theme.text_faint,
        );
        let at = rect.left_top() + vec2(30.0, 7.0);
        let used = widgets::line_text(painter, at, rect.width() * 0.5, &title, theme::medium(size::BODY), color);
        let left = used.right() + 12.0;
        let room = key_rect.left() - left - 10.0;
        if room > 40.0 {
            let help = help.replace("**", "").replace('*', "");
            let font = egui::FontId::proportional(11.5);
            widgets::line_text(painter, egui::pos2(left, at.y + 1.0), room, &help, font, theme.text_faint);
        }
    })
}

/// How far behind those with fitting titles commands are whose help fits.
const BY_HELP: i32 = 100;

/// How well a query fits, among texts that are names: of those that fit as well the shorter ones are first.
fn score(text: &str, query: &str) -> Option<i32> {
    let (total, _) = found(text, query)?;
    Some(total - i32::try_from(text.len() / 12).unwrap_or(0) * i32::from(!query.is_empty()))
}

/// How well a query fits, and how far behind the last of its words stands: all must occur; whole words and beginnings count
/// more. `None` if it does not fit. What a command does stands at the beginning of its help.
fn found(text: &str, query: &str) -> Option<(i32, i32)> {
    let hay = text.to_lowercase();
    let (mut total, mut last) = (0, 0);
    for word in query.split_whitespace() {
        let word = word.to_lowercase();
        let place = hay.find(&word)?;
        last = last.max(place);
        let starts_word =
            hay.get(..place).is_some_and(|before| before.chars().next_back().is_none_or(|c| !c.is_alphanumeric()));
        total += if place == 0 {
            12
        } else if starts_word {
            8
        } else {
            3
        };
    }
    Some((total, i32::try_from(last / 12).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn beginnings_fit_better() {
        let score = |text| super::score(text, "lab").unwrap_or(i32::MIN);
        assert!(score("Label…") > score("Document labels…"));
        assert!(score("Document labels…") > score("Syllabus"));
        assert_eq!(super::score("Undo", "lab"), None);
    }
}
