//! The forms of the schema editor: one label, relation, attribute or document label.

use super::{form, schema_step::Step};
use crate::{
    edit::SchemaItem,
    model::{
        ArgumentDefinition, AttributeDefinition, AttributeKind, AttributeValue, LabelDefinition, Name,
        RelationDefinition, Repeat, Schema, SchemaProblem, Symmetry, TriggerRule,
    },
    ui::{
        icons,
        keymap::Shortcut,
        request::PanelContext,
        texts::{fill, tr},
        theme::{self, size},
        widgets,
    },
};
use egui::{RichText, Ui};

/// What the forms look at.
pub struct Look<'a, 'b> {
    pub context: &'a PanelContext<'b>,
    pub problems: &'a [SchemaProblem],
    /// The schema in use.
    pub base: &'a Schema,
    pub labels: &'a [Name],
    pub relations: &'a [Name],
    /// True if the item stands in the schema in use.
    pub saved: bool,
}

impl Look<'_, '_> {
    fn spans_and_relations(&self) -> Vec<Name> {
        self.labels.iter().chain(self.relations).cloned().collect()
    }

    /// Says what is wrong with a field.
    fn problem(&self, ui: &mut Ui, concerns: impl Fn(&SchemaProblem) -> bool, text: &str) {
        if self.problems.iter().any(concerns) {
            form::problem(ui, self.context.theme, text);
        }
    }
}

/// A name that is being changed.
pub struct Renaming {
    /// The role, if it is one.
    role: Option<Name>,
    written: String,
    fresh: bool,
}

/// Texts that are being typed and do not stand in the schema as they are.
#[derive(Default)]
pub struct Buffers {
    values: Option<String>,
    number: Option<String>,
    pub renaming: Option<Renaming>,
    focus_name: bool,
}

impl Buffers {
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Gives the name field the keyboard at the next frame.
    pub fn focus_name(&mut self) {
        self.focus_name = true;
    }
}

/// A role that takes anything once.
pub fn new_argument(role: &str) -> ArgumentDefinition {
    ArgumentDefinition { role: role.into(), allowed: Vec::new(), repeat: Repeat::One }
}

/// Draws the form of an item. Returns a change that its annotations have to follow.
pub fn show(
    ui: &mut Ui,
    look: &Look<'_, '_>,
    buffers: &mut Buffers,
    schema: &mut Schema,
    item: SchemaItem,
    place: usize,
) -> Option<Step> {
    ui.spacing_mut().item_spacing.y = 8.0;
    match item {
        SchemaItem::Label => label(ui, look, buffers, schema.labels.get_mut(place)?, place),
        SchemaItem::Relation => relation(ui, look, buffers, schema.relations.get_mut(place)?, place),
        SchemaItem::Attribute => attribute(ui, look, buffers, schema.attributes.get_mut(place)?),
        SchemaItem::DocumentLabel => {
            let position = place + schema.relations.len() + 5;
            let label = schema.document_labels.get_mut(place)?;
            let step = name_row(ui, look, buffers, item, &mut label.name);
            color_row(ui, look, &mut label.color, position);
            description_row(ui, look, &mut label.description);
            step
        }
    }
}

fn name_row(
    ui: &mut Ui,
    look: &Look<'_, '_>,
    buffers: &mut Buffers,
    item: SchemaItem,
    name: &mut Name,
) -> Option<Step> {
    let theme = look.context.theme;
    form::row(ui, theme, tr("Name"), |ui| {
        let is_this = buffers.renaming.as_ref().is_some_and(|renaming| renaming.role.is_none());
        if look.saved && is_this {
            let to = rename_field(ui, look, buffers, tr("New name"))?;
            return Some(Step::Rename { item, from: name.clone(), to });
        }
        if look.saved {
            ui.horizontal(|ui| {
                ui.label(RichText::new(&**name).font(theme::strong(14.0)));
                if ui.button(tr("Rename…")).clicked() {
                    buffers.renaming = Some(Renaming { role: None, written: name.to_string(), fresh: true });
                }
            });
            return None;
        }
        let mut written = name.to_string();
        let field = form::sized_field(ui, tr("Name"), &mut written, 240.0);
        if std::mem::take(&mut buffers.focus_name) {
            field.request_focus();
        }
        if field.changed() {
            *name = written.trim().into();
        }
        if name.trim().is_empty() {
            form::problem(ui, theme, tr("Give it a name"));
        }
        let shares = |kind: &str| kind == item.as_str();
        look.problem(
            ui,
            |problem| matches!(problem, SchemaProblem::DuplicateName { kind, name: twice } if shares(kind) && twice == name),
            tr("The name is taken"),
        );
        None
    })
}

/// The field for a new name; returns it when it was confirmed.
fn rename_field(ui: &mut Ui, look: &Look<'_, '_>, buffers: &mut Buffers, name: &str) -> Option<Name> {
    let renaming = buffers.renaming.as_mut()?;
    let (mut confirmed, mut given_up) = (false, false);
    ui.horizontal(|ui| {
        let field = form::sized_field(ui, name, &mut renaming.written, 180.0);
        if std::mem::take(&mut renaming.fresh) {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        confirmed = entered || ui.button(tr("Rename")).clicked();
        given_up = ui.button(tr("Cancel")).clicked();
    });
    form::hint(ui, look.context.theme, tr("Renames its annotations too, at once"));
    let written: Name = renaming.written.trim().into();
    if given_up {
        buffers.renaming = None;
    }
    (confirmed && !written.is_empty()).then_some(written)
}

fn color_row(ui: &mut Ui, look: &Look<'_, '_>, color: &mut Option<crate::model::Color>, position: usize) {
    let theme = look.context.theme;
    form::row(ui, theme, tr("Color"), |ui| form::color_choice(ui, theme, tr("Color"), color, position));
}

fn description_row(ui: &mut Ui, look: &Look<'_, '_>, description: &mut String) {
    let theme = look.context.theme;
    form::row(ui, theme, tr("Description"), |ui| {
        form::text_area(ui, tr("Description"), description, 4);
        ui.label(
            RichText::new(tr("When to use it, with examples; shown in the guidelines"))
                .size(11.5)
                .color(theme.text_faint),
        );
    });
}

fn label(
    ui: &mut Ui,
    look: &Look<'_, '_>,
    buffers: &mut Buffers,
    label: &mut LabelDefinition,
    place: usize,
) -> Option<Step> {
    let theme = look.context.theme;
    let step = name_row(ui, look, buffers, SchemaItem::Label, &mut label.name);
    form::row(ui, theme, tr("Key"), |ui| {
        let mut written = label.key.map(|key| key.to_uppercase().to_string()).unwrap_or_default();
        let field = form::sized_field(ui, tr("Key"), &mut written, 44.0);
        if field.changed() {
            // Typing over a key replaces it: the last character counts.
            label.key =
                written.chars().rev().find(|char| !char.is_whitespace()).and_then(|char| char.to_lowercase().next());
        }
        let Some(key) = label.key else { return };
        look.problem(
            ui,
            |problem| matches!(problem, SchemaProblem::DuplicateKey { key: twice, .. } if *twice == key),
            tr("Another label has this key"),
        );
        let shortcut = Shortcut::parse(&key.to_uppercase().to_string());
        if let Some(command) = shortcut.and_then(|shortcut| look.context.keymap.command(shortcut)) {
            let text = fill(tr("The key runs the command “{}”"), &[command.title()]);
            form::problem(ui, theme, &text);
        }
    });
    color_row(ui, look, &mut label.color, place);
    description_row(ui, look, &mut label.description);
    step
}

fn relation(
    ui: &mut Ui,
    look: &Look<'_, '_>,
    buffers: &mut Buffers,
    relation: &mut RelationDefinition,
    place: usize,
) -> Option<Step> {
    let theme = look.context.theme;
    let mut step = name_row(ui, look, buffers, SchemaItem::Relation, &mut relation.name);
    form::row(ui, theme, tr("Direction"), |ui| {
        let options = [(Symmetry::Directed, tr("Directed")), (Symmetry::Symmetric, tr("Symmetric"))];
        form::choice(ui, tr("Direction"), &mut relation.symmetry, &options);
    });
    color_row(ui, look, &mut relation.color, place + 5);
    form::row(ui, theme, tr("Trigger"), |ui| trigger(ui, look, &mut relation.trigger));
    widgets::section(ui, theme, tr("Arguments"));
    if let Some(renamed) = arguments(ui, look, buffers, relation) {
        step = Some(renamed);
    }
    ui.add_space(4.0);
    description_row(ui, look, &mut relation.description);
    step
}

#[derive(Clone, Copy, PartialEq)]
enum TriggerKind {
    None,
    Optional,
    Required,
}

fn trigger(ui: &mut Ui, look: &Look<'_, '_>, rule: &mut TriggerRule) {
    let (mut kind, mut labels) = match rule {
        TriggerRule::None => (TriggerKind::None, Vec::new()),
        TriggerRule::Optional(labels) => (TriggerKind::Optional, labels.clone()),
        TriggerRule::Required(labels) => (TriggerKind::Required, labels.clone()),
    };
    let options = [
        (TriggerKind::None, tr("None")),
        (TriggerKind::Optional, tr("Optional")),
        (TriggerKind::Required, tr("Required")),
    ];
    ui.horizontal(|ui| {
        form::choice(ui, tr("Trigger"), &mut kind, &options);
        if kind != TriggerKind::None {
            let width = ui.available_width() - 20.0;
            form::names_choice(ui, tr("Labels of the trigger"), &mut labels, look.labels, tr("Any label"), width);
        }
    });
    *rule = match kind {
        TriggerKind::None => TriggerRule::None,
        TriggerKind::Optional => TriggerRule::Optional(labels),
        TriggerKind::Required => TriggerRule::Required(labels),
    };
}

fn arguments(
    ui: &mut Ui,
    look: &Look<'_, '_>,
    buffers: &mut Buffers,
    relation: &mut RelationDefinition,
) -> Option<Step> {
    let theme = look.context.theme;
    let known: Vec<Name> = look
        .base
        .relation(&relation.name)
        .filter(|_| look.saved)
        .map(|saved| saved.arguments.iter().map(|argument| argument.role.clone()).collect())
        .unwrap_or_default();
    let all = look.spans_and_relations();
    let roles: Vec<Name> = relation.arguments.iter().map(|argument| argument.role.clone()).collect();
    let (mut step, mut moved, mut removed) = (None, None, None);
    for (place, argument) in relation.arguments.iter_mut().enumerate() {
        let number = (place + 1).to_string();
        let is_known = known.contains(&argument.role) && !roles.iter().take(place).any(|role| *role == argument.role);
        let is_renamed =
            buffers.renaming.as_ref().is_some_and(|renaming| renaming.role.as_ref() == Some(&argument.role));
        if is_known && is_renamed {
            if let Some(to) = rename_field(ui, look, buffers, tr("New name")) {
                step = Some(Step::RenameRole { relation: relation.name.clone(), from: argument.role.clone(), to });
            }
            continue;
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            if is_known {
                ui.allocate_ui_with_layout(
                    egui::vec2(112.0, 24.0),
                    egui::Layout::left_to_right(egui::Align::Center),
                    |ui| {
                        ui.set_width(112.0);
                        ui.add(
                            egui::Label::new(RichText::new(&*argument.role).font(theme::medium(size::BODY))).truncate(),
                        );
                    },
                );
                let name = fill(tr("Rename role {}"), &[&argument.role]);
                if widgets::icon_button(ui, icons::PENCIL, &name).clicked() {
                    let (role, written) = (Some(argument.role.clone()), argument.role.to_string());
                    buffers.renaming = Some(Renaming { role, written, fresh: true });
                }
            } else {
                let mut written = argument.role.to_string();
                if form::sized_field(ui, &fill(tr("Role {}"), &[&number]), &mut written, 144.0).changed() {
                    argument.role = written.trim().into();
                }
            }
            let width = (ui.available_width() - 232.0).max(90.0);
            let name = fill(tr("Allowed for role {}"), &[&number]);
            form::names_choice(ui, &name, &mut argument.allowed, &all, tr("Anything"), width);
            ui.scope(|ui| {
                ui.set_max_width(124.0);
                let options = [
                    (Repeat::One, tr("exactly once")),
                    (Repeat::Optional, tr("at most once")),
                    (Repeat::Many, tr("any number")),
                ];
                form::choice(ui, &fill(tr("How often role {}"), &[&number]), &mut argument.repeat, &options);
            });
            ui.add_enabled_ui(place > 0, |ui| {
                if widgets::icon_button(ui, icons::ARROW_UP, &fill(tr("Move role {} up"), &[&number])).clicked() {
                    moved = Some(place);
                }
            });
            if widgets::icon_button(ui, icons::TRASH, &fill(tr("Remove role {}"), &[&number])).clicked() {
                removed = Some(place);
            }
        });
        if argument.role.trim().is_empty() {
            form::problem(ui, theme, tr("Give the role a name"));
        } else if roles.iter().take(place).any(|role| *role == argument.role) {
            form::problem(ui, theme, tr("Two roles have this name"));
        }
    }
    if let Some(place) = moved {
        relation.arguments.swap(place, place.saturating_sub(1));
    }
    if let Some(place) = removed {
        relation.arguments.remove(place);
    }
    if form::icon_button(ui, icons::PLUS, tr("Add role")).clicked() {
        relation.arguments.push(new_argument(""));
    }
    step
}

#[derive(Clone, Copy, PartialEq)]
enum ValueKind {
    Flag,
    Number,
    Text,
    Choice,
}

fn attribute(
    ui: &mut Ui,
    look: &Look<'_, '_>,
    buffers: &mut Buffers,
    attribute: &mut AttributeDefinition,
) -> Option<Step> {
    let theme = look.context.theme;
    let step = name_row(ui, look, buffers, SchemaItem::Attribute, &mut attribute.name);
    form::row(ui, theme, tr("Type"), |ui| {
        let mut kind = match attribute.kind {
            AttributeKind::Flag => ValueKind::Flag,
            AttributeKind::Number => ValueKind::Number,
            AttributeKind::Text => ValueKind::Text,
            AttributeKind::Choice(_) => ValueKind::Choice,
        };
        let options = [
            (ValueKind::Flag, tr("Yes or no")),
            (ValueKind::Number, tr("Number")),
            (ValueKind::Text, tr("Text")),
            (ValueKind::Choice, tr("One of several values")),
        ];
        if form::choice(ui, tr("Type"), &mut kind, &options) {
            attribute.default = None;
            *buffers = Buffers::default();
            attribute.kind = match kind {
                ValueKind::Flag => AttributeKind::Flag,
                ValueKind::Number => AttributeKind::Number,
                ValueKind::Text => AttributeKind::Text,
                ValueKind::Choice => AttributeKind::Choice(Vec::new()),
            };
        }
    });
    if let AttributeKind::Choice(values) = &mut attribute.kind {
        form::row(ui, theme, tr("Values"), |ui| {
            let written = buffers.values.get_or_insert_with(|| values.join("\n"));
            if form::text_area(ui, tr("Values"), written, 4).changed() {
                let mut lines: Vec<Name> = Vec::new();
                for line in written.lines().map(str::trim).filter(|line| !line.is_empty()) {
                    if !lines.iter().any(|known| &**known == line) {
                        lines.push(line.into());
                    }
                }
                *values = lines;
            }
            ui.label(RichText::new(tr("One in each line")).size(11.5).color(theme.text_faint));
            if values.is_empty() {
                form::problem(ui, theme, tr("Without values nothing can be chosen"));
            }
        });
    }
    form::row(ui, theme, tr("Default"), |ui| {
        default(ui, look, buffers, attribute);
        look.problem(
            ui,
            |problem| matches!(problem, SchemaProblem::BadDefault { attribute: name } if *name == attribute.name),
            tr("The default is not one of the values"),
        );
    });
    form::row(ui, theme, tr("Applies to"), |ui| {
        let all = look.spans_and_relations();
        let width = ui.available_width() - 20.0;
        form::names_choice(ui, tr("Applies to"), &mut attribute.applies_to, &all, tr("Anything"), width);
    });
    description_row(ui, look, &mut attribute.description);
    step
}

fn default(ui: &mut Ui, look: &Look<'_, '_>, buffers: &mut Buffers, attribute: &mut AttributeDefinition) {
    let none = (None, tr("None"));
    match &attribute.kind {
        AttributeKind::Flag => {
            let options =
                [none, (Some(AttributeValue::Flag(true)), tr("Yes")), (Some(AttributeValue::Flag(false)), tr("No"))];
            form::choice(ui, tr("Default"), &mut attribute.default, &options);
        }
        AttributeKind::Choice(values) => {
            let options: Vec<(Option<AttributeValue>, &str)> = std::iter::once(none)
                .chain(values.iter().map(|value| (Some(AttributeValue::Text(value.clone())), &**value)))
                .collect();
            form::choice(ui, tr("Default"), &mut attribute.default, &options);
        }
        AttributeKind::Text => {
            let mut written = attribute.default.as_ref().map(ToString::to_string).unwrap_or_default();
            if form::text_field(ui, tr("Default"), &mut written).changed() {
                attribute.default = (!written.is_empty()).then(|| AttributeValue::Text(written.as_str().into()));
            }
        }
        AttributeKind::Number => {
            let stored = attribute.default.as_ref().map(ToString::to_string).unwrap_or_default();
            let written = buffers.number.get_or_insert(stored);
            let changed = form::sized_field(ui, tr("Default"), written, 120.0).changed();
            let number = written.trim().replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
            if changed {
                attribute.default = number.map(AttributeValue::Number);
            }
            if number.is_none() && !written.trim().is_empty() {
                form::problem(ui, look.context.theme, tr("This is not a number"));
            }
        }
    }
}
