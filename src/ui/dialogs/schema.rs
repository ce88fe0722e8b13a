//! The schema editor: labels, relations, attributes and document labels.
//!
//! Most of it edits a copy, which [`SchemaEditor::apply`] takes into use in one transaction. Renaming and deleting change
//! annotations too, so they happen at once, each as a transaction of its own.

use super::{
    Made, form,
    schema_delete::Deleting,
    schema_forms::{self, Look},
    schema_step::Step,
};
use crate::{
    edit::SchemaItem,
    model::{
        AttributeDefinition, AttributeKind, DocumentLabelDefinition, LabelDefinition, Name, RelationDefinition, Schema,
        SchemaProblem, Symmetry, TriggerRule,
    },
    ui::{
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, tr},
        theme::{self, Theme, size},
        widgets,
    },
};
use egui::{Align, Button, Layout, RichText, ScrollArea, Sense, Ui, vec2};
use std::sync::Arc;

const TABS: [SchemaItem; 4] =
    [SchemaItem::Label, SchemaItem::Relation, SchemaItem::Attribute, SchemaItem::DocumentLabel];

/// Width of the list on the left.
const LIST: f32 = 232.0;

pub struct SchemaEditor {
    /// The schema in use when the edits began, or since the last change of it.
    base: Arc<Schema>,
    edited: Schema,
    tab: SchemaItem,
    /// The chosen item of the open tab.
    chosen: usize,
    /// Texts that are being typed and do not stand in the schema as they are.
    forms: schema_forms::Buffers,
    /// A rename or deletion that was asked for, and what it makes of the edits.
    pending: Option<Schema>,
    deleting: Option<Deleting>,
    leaving: bool,
    /// True when the chosen row should have the keyboard.
    focus_list: bool,
    /// True if the schema was changed by somebody else while there are edits.
    changed_outside: bool,
    refused: Option<String>,
}

/// The dialog on the schema of the open project.
pub fn schema(context: &PanelContext<'_>) -> Made {
    let base = form::needs_project(context)?.project().schema.clone();
    Ok(Box::new(SchemaEditor {
        edited: (*base).clone(),
        base,
        tab: SchemaItem::Label,
        chosen: 0,
        forms: schema_forms::Buffers::default(),
        pending: None,
        deleting: None,
        leaving: false,
        focus_list: true,
        changed_outside: false,
        refused: None,
    }))
}

/// The tab's name, and what a new item is called.
pub fn title(item: SchemaItem) -> &'static str {
    match item {
        SchemaItem::Label => tr("Labels"),
        SchemaItem::Relation => tr("Relations"),
        SchemaItem::Attribute => tr("Attributes"),
        SchemaItem::DocumentLabel => tr("Document labels"),
    }
}

fn add_title(item: SchemaItem) -> &'static str {
    match item {
        SchemaItem::Label => tr("Add label"),
        SchemaItem::Relation => tr("Add relation"),
        SchemaItem::Attribute => tr("Add attribute"),
        SchemaItem::DocumentLabel => tr("Add document label"),
    }
}

/// The names of all items of a kind, in the order of the schema.
pub fn names(schema: &Schema, item: SchemaItem) -> Vec<Name> {
    match item {
        SchemaItem::Label => schema.labels.iter().map(|label| label.name.clone()).collect(),
        SchemaItem::Relation => schema.relations.iter().map(|relation| relation.name.clone()).collect(),
        SchemaItem::Attribute => schema.attributes.iter().map(|attribute| attribute.name.clone()).collect(),
        SchemaItem::DocumentLabel => schema.document_labels.iter().map(|label| label.name.clone()).collect(),
    }
}

fn swap(schema: &mut Schema, item: SchemaItem, one: usize, other: usize) {
    match item {
        SchemaItem::Label => schema.labels.swap(one, other),
        SchemaItem::Relation => schema.relations.swap(one, other),
        SchemaItem::Attribute => schema.attributes.swap(one, other),
        SchemaItem::DocumentLabel => schema.document_labels.swap(one, other),
    }
}

fn add(schema: &mut Schema, item: SchemaItem) {
    let (name, description) = (Name::from(""), String::new());
    match item {
        SchemaItem::Label => schema.labels.push(LabelDefinition { name, color: None, key: None, description }),
        SchemaItem::Relation => schema.relations.push(RelationDefinition {
            name,
            color: None,
            description,
            symmetry: Symmetry::Directed,
            trigger: TriggerRule::None,
            arguments: [tr("source"), tr("target")].map(schema_forms::new_argument).to_vec(),
        }),
        SchemaItem::Attribute => schema.attributes.push(AttributeDefinition {
            name,
            applies_to: Vec::new(),
            kind: AttributeKind::Flag,
            default: None,
            description,
        }),
        SchemaItem::DocumentLabel => {
            schema.document_labels.push(DocumentLabelDefinition { name, color: None, description });
        }
    }
}

fn remove(schema: &mut Schema, item: SchemaItem, place: usize) {
    match item {
        SchemaItem::Label => drop(schema.labels.remove(place)),
        SchemaItem::Relation => drop(schema.relations.remove(place)),
        SchemaItem::Attribute => drop(schema.attributes.remove(place)),
        SchemaItem::DocumentLabel => drop(schema.document_labels.remove(place)),
    }
}

/// A problem in the user's language, with the names of what it is about.
fn describe(problem: &SchemaProblem) -> String {
    match problem {
        SchemaProblem::DuplicateName { name, .. } => fill(tr("{}: the name is taken"), &[name]),
        SchemaProblem::EmptyName { .. } => tr("Something has no name yet").to_owned(),
        SchemaProblem::DuplicateKey { key, first, second } => {
            fill(tr("The key {} belongs to {} and {}"), &[&key.to_uppercase().to_string(), first, second])
        }
        SchemaProblem::UnknownName { name, .. } => {
            fill(tr("{}: a rule names it, but the schema does not define it"), &[name])
        }
        SchemaProblem::DuplicateRole { relation, role } => fill(tr("{}: two roles are called {}"), &[relation, role]),
        SchemaProblem::BadDefault { attribute } => fill(tr("{}: the default is not one of the values"), &[attribute]),
    }
}

impl SchemaEditor {
    /// Takes over what became of the schema since the last frame.
    fn follow(&mut self, schema: &Arc<Schema>) {
        let pending = self.pending.take();
        if Arc::ptr_eq(schema, &self.base) || *schema == self.base {
            return;
        }
        let is_untouched = self.edited == *self.base;
        match pending {
            _ if self.edited == **schema => {}
            _ if is_untouched => self.edited = (**schema).clone(),
            Some(edited) => self.edited = edited,
            None => self.changed_outside = true,
        }
        self.base = schema.clone();
        self.forms.clear();
        self.chosen = self.chosen.min(names(&self.edited, self.tab).len().saturating_sub(1));
    }

    fn is_changed(&self) -> bool {
        self.edited != *self.base
    }

    /// True if the item stands in the schema in use, so that annotations may depend on its name.
    fn is_saved(&self, place: usize) -> bool {
        let all = names(&self.edited, self.tab);
        let Some(name) = all.get(place) else { return false };
        names(&self.base, self.tab).contains(name) && !all.iter().take(place).any(|other| other == name)
    }

    fn apply(&mut self, requests: &mut Vec<Request>) {
        if !self.is_changed() {
            return;
        }
        let edited = self.edited.clone();
        self.changed_outside = false;
        requests.push(form::project_change("Change the schema", form::Needs::Nothing, move |draft| {
            draft.set_schema(edited)
        }));
    }

    /// Carries out a rename or a deletion, on the project and on the edits that were not applied.
    fn take_step(&mut self, step: Step, requests: &mut Vec<Request>) {
        match step.on(&self.edited) {
            Ok(edited) => {
                self.pending = Some(edited);
                self.refused = None;
                self.forms.clear();
                requests.push(step.request());
            }
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    fn tabs(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for tab in TABS {
                let count = names(&self.edited, tab).len();
                let text = RichText::new(format!("{}  {count}", title(tab))).font(theme::medium(size::BODY));
                let button = ui.add(Button::selectable(self.tab == tab, text).min_size(vec2(0.0, 28.0)));
                let chosen = self.tab == tab;
                button.widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, chosen, title(tab)));
                if button.clicked() && !chosen {
                    self.tab = tab;
                    self.choose(0);
                }
            }
        });
        ui.add_space(2.0);
    }

    fn choose(&mut self, place: usize) {
        self.chosen = place;
        self.forms.clear();
        self.deleting = None;
        self.refused = None;
    }

    fn list(&mut self, ui: &mut Ui, context: &PanelContext<'_>, height: f32) {
        let theme = context.theme;
        let all = names(&self.edited, self.tab);
        let writable = context.is_writable();
        let mut stepped = None;
        ScrollArea::vertical().id_salt("items").max_height(height - 34.0).auto_shrink([false, false]).show(ui, |ui| {
            ui.set_width(LIST);
            ui.spacing_mut().item_spacing.y = 1.0;
            for (place, name) in all.iter().enumerate() {
                let shown = if name.trim().is_empty() { tr("(no name)") } else { name };
                let key =
                    self.edited.labels.get(place).filter(|_| self.tab == SchemaItem::Label).and_then(|label| label.key);
                let (color, offset) = match self.tab {
                    SchemaItem::Label => (self.edited.labels.get(place).and_then(|label| label.color), 0),
                    SchemaItem::Relation => (self.edited.relations.get(place).and_then(|relation| relation.color), 5),
                    SchemaItem::DocumentLabel => (
                        self.edited.document_labels.get(place).and_then(|label| label.color),
                        5 + self.edited.relations.len(),
                    ),
                    SchemaItem::Attribute => (None, 0),
                };
                let look = (self.tab != SchemaItem::Attribute).then(|| theme.label_colors(place + offset, color));
                let chosen = place == self.chosen;
                let sense = if chosen { Sense::click() } else { Sense::CLICK };
                let response = widgets::list_row_sensing(ui, theme, (26.0, sense), chosen, shown, |painter, rect| {
                    let mut left = rect.left() + 8.0;
                    if let Some(look) = look {
                        let centre = egui::pos2(left + 5.0, rect.center().y);
                        let square = egui::Rect::from_center_size(centre, vec2(10.0, 10.0));
                        painter.rect_filled(square, 3.0, look.bar);
                        left += 18.0;
                    }
                    let at = egui::pos2(left, rect.top() + 5.0);
                    let font = theme::medium(size::BODY);
                    widgets::line_text(painter, at, rect.right() - left - 26.0, shown, font, theme.text);
                    if let Some(key) = key {
                        let at = egui::pos2(rect.right() - 14.0, rect.center().y);
                        let font = theme::medium(11.0);
                        painter.text(at, egui::Align2::CENTER_CENTER, key.to_uppercase(), font, theme.text_faint);
                    }
                });
                if chosen {
                    stepped = form::step_in_list(ui, &response, place, all.len()).or(stepped);
                    if std::mem::take(&mut self.focus_list) {
                        response.request_focus();
                        response.scroll_to_me(None);
                    }
                }
                if response.clicked() {
                    self.choose(place);
                    self.focus_list = true;
                }
            }
            if all.is_empty() {
                ui.label(RichText::new(tr("None yet")).color(theme.text_faint));
            }
        });
        if let Some(place) = stepped {
            self.choose(place);
            self.focus_list = true;
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            ui.add_enabled_ui(writable, |ui| {
                if form::icon_button(ui, icons::PLUS, add_title(self.tab)).clicked() {
                    add(&mut self.edited, self.tab);
                    self.choose(all.len());
                    self.forms.focus_name();
                }
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let can = |other: Option<usize>| other.filter(|other| writable && *other < all.len());
                for (icon, name, other) in [
                    (icons::ARROW_DOWN, tr("Move down"), can(self.chosen.checked_add(1))),
                    (icons::ARROW_UP, tr("Move up"), can(self.chosen.checked_sub(1))),
                ] {
                    ui.add_enabled_ui(other.is_some(), |ui| {
                        let clicked = widgets::icon_button(ui, icon, name).clicked();
                        if let Some(other) = other.filter(|_| clicked) {
                            swap(&mut self.edited, self.tab, self.chosen, other);
                            self.choose(other);
                        }
                    });
                }
            });
        });
    }

    fn detail(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let all = names(&self.edited, self.tab);
        let Some(name) = all.get(self.chosen).cloned() else {
            widgets::empty_state(ui, context.theme, icons::TAG, tr("Nothing here yet; add something on the left"));
            return;
        };
        if let Some(mut deleting) = self.deleting.take() {
            let answer = deleting.show(ui, context, &self.edited);
            match answer {
                None => self.deleting = Some(deleting),
                Some(None) => {}
                Some(Some(step)) => self.take_step(step, requests),
            }
            return;
        }
        let saved = self.is_saved(self.chosen);
        let problems = self.edited.problems();
        let labels = names(&self.edited, SchemaItem::Label);
        let relations = names(&self.edited, SchemaItem::Relation);
        let base = self.base.clone();
        let look = Look { context, problems: &problems, base: &base, labels: &labels, relations: &relations, saved };
        let mut step = None;
        ui.scope_builder(egui::UiBuilder::new().id_salt((title(self.tab), self.chosen)), |ui| {
            ui.add_enabled_ui(context.is_writable(), |ui| {
                step = schema_forms::show(ui, &look, &mut self.forms, &mut self.edited, self.tab, self.chosen);
                ui.add_space(10.0);
                let text = if saved { tr("Delete…") } else { tr("Delete") };
                if form::icon_button(ui, icons::TRASH, text).clicked() {
                    if saved {
                        self.deleting = Some(Deleting::new(self.tab, name));
                        requests.push(form::load_everything());
                    } else {
                        remove(&mut self.edited, self.tab, self.chosen);
                        self.choose(self.chosen.saturating_sub(1));
                    }
                }
            });
        });
        if let Some(step) = step {
            self.take_step(step, requests);
        }
        if let Some(refused) = &self.refused {
            form::problem(ui, context.theme, refused);
        }
    }

    /// What the schema allows but nobody can mean: roles without a name, choices without values.
    fn incomplete(&self) -> Option<String> {
        let unnamed = self
            .edited
            .relations
            .iter()
            .find(|relation| relation.arguments.iter().any(|argument| argument.role.trim().is_empty()));
        if let Some(relation) = unnamed {
            return Some(fill(tr("{}: a role has no name yet"), &[&relation.name]));
        }
        let empty = self
            .edited
            .attributes
            .iter()
            .find(|attribute| matches!(&attribute.kind, AttributeKind::Choice(values) if values.is_empty()))?;
        Some(fill(tr("{}: there are no values yet"), &[&empty.name]))
    }

    /// How things stand: the first problem, or whether there are edits. The footer has room for one line, so that the
    /// form does not move while it is written in.
    fn state(&self, theme: &Theme, problems: &[SchemaProblem]) -> (String, egui::Color32) {
        let problem = problems.first().map(describe).or_else(|| self.incomplete());
        match problem {
            Some(problem) => (problem, theme.error),
            None if self.changed_outside => (
                tr("The schema was changed elsewhere in the meantime; applying puts yours in its place").to_owned(),
                theme.warning,
            ),
            None if self.is_changed() => (tr("Changed, not applied yet").to_owned(), theme.text_faint),
            None => (tr("All changes are applied").to_owned(), theme.text_faint),
        }
    }
}

impl Dialog for SchemaEditor {
    fn title(&self) -> String {
        tr("Schema").to_owned()
    }

    fn width(&self) -> f32 {
        880.0
    }

    fn may_close(&mut self) -> bool {
        self.leaving = self.is_changed();
        !self.leaving
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let Some(session) = context.session else { return DialogState::Close };
        self.follow(&session.project().schema);
        // Enter in the field for a new name renames, and does nothing else.
        let was_renaming = self.forms.renaming.is_some();
        self.tabs(ui);
        let height = form::content_height(ui, 500.0);
        form::list_and_detail(ui, LIST, height, |ui, part, height| match part {
            form::Part::List => self.list(ui, context, height),
            form::Part::Detail => self.detail(ui, context, requests),
        });
        let problems = self.edited.problems();
        let (state, color) = self.state(context.theme, &problems);
        let can_apply =
            problems.is_empty() && self.incomplete().is_none() && context.is_writable() && self.deleting.is_none();
        if self.leaving && self.is_changed() {
            match form::unsaved_question(ui, context.theme, can_apply) {
                Some(form::Leave::Apply) => {
                    self.apply(requests);
                    return DialogState::Close;
                }
                Some(form::Leave::Discard) => return DialogState::Close,
                Some(form::Leave::Stay) => self.leaving = false,
                None => {}
            }
            return DialogState::Open;
        }
        form::footer(ui, |ui| {
            let changed = self.is_changed();
            let apply = form::primary_button(ui, context.theme, can_apply && changed, tr("Apply")).clicked();
            let by_key = can_apply && self.pending.is_none() && !was_renaming && form::enter_pressed(ui);
            if apply || by_key {
                self.apply(requests);
            }
            if form::plain_button(ui, changed, tr("Discard changes")).clicked() {
                self.edited = (*self.base).clone();
                self.choose(0);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(state).size(12.0).color(color)).truncate());
            });
        });
        DialogState::Open
    }
}
