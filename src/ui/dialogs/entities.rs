//! The registry of persons, places and things: a list, and a form for the chosen one.

use super::{
    Made,
    entity_clusters::{self, Proposing},
    entity_import::Importing,
    entity_mentions::Mentions,
    entity_split::{self, Splitting},
    form,
    parts::counted,
};
use crate::{
    model::{Entity, EntityId, Name},
    session::Session,
    ui::{
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, tr},
        theme::{self, size},
        widgets,
    },
};
use egui::{Align, Key, Layout, RichText, ScrollArea, Sense, Ui, vec2};
use std::{collections::BTreeMap, rc::Rc};

/// Width of the list on the left.
const LIST: f32 = 270.0;
/// Height of a row of the list.
const ROW: f32 = 40.0;

pub struct Entities {
    filter: String,
    fresh: bool,
    chosen: Option<EntityId>,
    form: Option<Form>,
    /// An entity that was asked for and appears at the next frame.
    awaited: Option<EntityId>,
    step: Step,
    leaving: bool,
    /// True when the chosen row should have the keyboard.
    focus_list: bool,
    /// True when the chosen row should be in sight.
    reveal: bool,
    found: Option<Found>,
    mentions: Mentions,
}

/// What fits a filter, by name, at a revision of the project.
struct Found {
    revision: u64,
    filter: String,
    ids: Rc<Vec<EntityId>>,
}

/// What is being decided about the chosen entity, or about none.
enum Step {
    Editing,
    Deleting,
    Merging(Merging),
    Splitting(Box<Splitting>),
    Proposing(Box<Proposing>),
    Importing(Box<Importing>),
}

impl Step {
    /// True if it makes no sense any more once another entity is chosen.
    fn is_about_chosen(&self) -> bool {
        !matches!(self, Self::Proposing(_) | Self::Importing(_))
    }
}

/// An entity as it is written in the form.
#[derive(Clone)]
struct Form {
    before: Entity,
    name: String,
    kind: Name,
    aliases: String,
    identifiers: Vec<(String, String)>,
    note: String,
}

impl Form {
    fn new(entity: &Entity) -> Self {
        Self {
            before: entity.clone(),
            name: entity.name.clone(),
            kind: entity.kind.clone(),
            aliases: entity.aliases.join("\n"),
            identifiers: entity.identifiers.clone().into_iter().collect(),
            note: entity.note.clone(),
        }
    }

    fn result(&self) -> Entity {
        let mut aliases: Vec<String> = Vec::new();
        for alias in self.aliases.lines().map(str::trim).filter(|alias| !alias.is_empty()) {
            if !aliases.iter().any(|known| known == alias) {
                aliases.push(alias.to_owned());
            }
        }
        let identifiers = self
            .identifiers
            .iter()
            .map(|(scheme, value)| (scheme.trim().to_owned(), value.trim().to_owned()))
            .filter(|(scheme, value)| !scheme.is_empty() && !value.is_empty())
            .collect();
        Entity {
            id: self.before.id.clone(),
            name: self.name.trim().to_owned(),
            kind: self.kind.clone(),
            aliases,
            identifiers,
            note: self.note.trim().to_owned(),
        }
    }

    fn is_changed(&self) -> bool {
        self.result() != self.before
    }

    fn is_good(&self) -> bool {
        !self.name.trim().is_empty() && self.repeated_scheme().is_none()
    }

    fn repeated_scheme(&self) -> Option<&str> {
        let schemes = || self.identifiers.iter().map(|(scheme, _)| scheme.trim()).filter(|scheme| !scheme.is_empty());
        schemes()
            .enumerate()
            .find(|(place, scheme)| schemes().take(*place).any(|other| other == *scheme))
            .map(|(_, scheme)| scheme)
    }
}

/// The dialog on the registry; the entity of the selected span is chosen.
pub fn entities(context: &PanelContext<'_>) -> Made {
    let session = form::needs_project(context)?;
    let span = context.selected.and_then(|id| context.set()?.span(id));
    let known = &session.project().entities;
    let chosen = span.and_then(|span| span.entity.clone()).filter(|id| known.get(id).is_some());
    Ok(Box::new(Entities {
        filter: String::new(),
        fresh: true,
        chosen: chosen.or_else(|| known.entities.keys().next().cloned()),
        form: None,
        awaited: None,
        step: Step::Editing,
        leaving: false,
        focus_list: false,
        reveal: true,
        found: None,
        mentions: Mentions::default(),
    }))
}

/// True if an entity has all words of the filter in its names, kind, id or outside ids.
fn fits(entity: &Entity, words: &[String]) -> bool {
    let mut hay = entity.names().collect::<Vec<_>>().join(" ").to_lowercase();
    for part in entity.identifiers.values().map(String::as_str).chain([&*entity.kind, entity.id.as_str()]) {
        hay.push(' ');
        hay.push_str(&part.to_lowercase());
    }
    words.iter().all(|word| hay.contains(word))
}

fn words(filter: &str) -> Vec<String> {
    filter.split_whitespace().map(str::to_lowercase).collect()
}

/// The entities that fit, by name.
fn found<'a>(session: &'a Session, filter: &str) -> Vec<&'a Entity> {
    let words = words(filter);
    let mut found: Vec<(String, &Entity)> = session
        .project()
        .entities
        .entities
        .values()
        .filter(|entity| fits(entity, &words))
        .map(|entity| (entity.name.to_lowercase(), entity))
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.into_iter().map(|(_, entity)| entity).collect()
}

impl Entities {
    /// Mentions of all annotators: those of articles that are not in memory as the thread finds them.
    fn count(&mut self, ui: &Ui, session: &Session) -> Rc<BTreeMap<EntityId, usize>> {
        self.mentions.count(ui, session)
    }

    /// What is typed as a filter chooses the first that fits, unless the chosen one does; from there, arrow down and Enter
    /// lead to it.
    fn follow_filter(&mut self, ui: &Ui, field: &egui::Response, found: &[EntityId], requests: &mut Vec<Request>) {
        if field.changed() {
            self.reveal = true;
            // What is being done about the chosen one goes on.
            let is_free = matches!(self.step, Step::Editing) && !self.form.as_ref().is_some_and(Form::is_changed);
            if let Some(first) = found.first().filter(|_| is_free)
                && !self.chosen.as_ref().is_some_and(|chosen| found.contains(chosen))
            {
                self.choose(first.clone(), requests);
            }
        }
        let (down, enter) = ui.input(|input| (input.key_pressed(Key::ArrowDown), input.key_pressed(Key::Enter)));
        if !found.is_empty() && (field.has_focus() && down || field.lost_focus() && enter) {
            self.focus_list = true;
            self.reveal = true;
        }
    }

    /// The entities that fit the filter.
    fn found(&mut self, session: &Session) -> Rc<Vec<EntityId>> {
        let revision = session.revision();
        match &self.found {
            Some(found) if found.revision == revision && found.filter == self.filter => found.ids.clone(),
            _ => {
                let ids = found(session, &self.filter).into_iter().map(|entity| entity.id.clone());
                let ids = Rc::new(ids.collect::<Vec<_>>());
                self.found = Some(Found { revision, filter: self.filter.clone(), ids: ids.clone() });
                ids
            }
        }
    }

    /// Takes over what became of the chosen entity since the last frame.
    fn follow(&mut self, session: &Session) {
        let known = &session.project().entities;
        if let Some(awaited) = self.awaited.take_if(|id| known.get(id).is_some()) {
            self.chosen = Some(awaited);
            self.form = None;
            self.reveal = true;
        }
        if self.chosen.as_ref().is_none_or(|id| known.get(id).is_none()) {
            self.chosen = known.entities.keys().next().cloned();
            self.form = None;
            if self.step.is_about_chosen() {
                self.step = Step::Editing;
            }
        }
        let Some(entity) = self.chosen.as_ref().and_then(|id| known.get(id)) else { return };
        match &mut self.form {
            Some(form) if form.before.id == entity.id => {
                if form.before != *entity {
                    // Applied, undone or changed outside: what was typed stays where it differs from both.
                    if !form.is_changed() || form.result() == *entity {
                        *form = Form::new(entity);
                    } else {
                        form.before = entity.clone();
                    }
                }
            }
            other => *other = Some(Form::new(entity)),
        }
    }

    /// Writes the form into the registry, if it says something new.
    fn apply(&mut self, requests: &mut Vec<Request>) {
        let Some(form) = self.form.as_ref().filter(|form| form.is_changed() && form.is_good()) else { return };
        let entity = form.result();
        let title = format!("Change entity {}", entity.name);
        requests.push(form::project_change(title, form::Needs::Nothing, move |draft| draft.put_entity(entity)));
    }

    fn choose(&mut self, id: EntityId, requests: &mut Vec<Request>) {
        self.apply(requests);
        self.chosen = Some(id);
        self.form = None;
        self.step = Step::Editing;
    }

    fn add(&mut self, session: &Session, name: &str, requests: &mut Vec<Request>) {
        self.apply(requests);
        let name = if name.trim().is_empty() { tr("New entity") } else { name.trim() }.to_owned();
        self.awaited = Some(session.project().entities.free_id(&name));
        self.filter.clear();
        let title = format!("Add entity {name}");
        requests.push(form::project_change(title, form::Needs::Nothing, move |draft| {
            draft.add_entity(&name, "").map(|_| ())
        }));
    }

    fn list(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        height: f32,
        requests: &mut Vec<Request>,
    ) {
        let theme = context.theme;
        let fresh = std::mem::take(&mut self.fresh);
        let field = form::filter_field(ui, theme, tr("Filter entities"), &mut self.filter, fresh);
        let found = self.found(session);
        self.follow_filter(ui, &field, &found, requests);
        let counts = self.count(ui, session);
        let known = &session.project().entities;
        let mut clicked = None;
        let mut stepped = None;
        let room = height - 100.0;
        ui.scope(|ui| {
            // Rows are found by their height alone.
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut area = ScrollArea::vertical().id_salt("entities").max_height(room).auto_shrink([false, false]);
            let chosen = found.iter().position(|id| self.chosen.as_ref() == Some(id));
            if let Some(place) = chosen.filter(|_| std::mem::take(&mut self.reveal)) {
                area = widgets::reveal_row(ui, area, "entities", (place, ROW), room);
            }
            area.show_rows(ui, ROW, found.len(), |ui, range| {
                ui.set_width(LIST - 8.0);
                for (place, entity) in range.filter_map(|place| Some((place, known.get(found.get(place)?)?))) {
                    let chosen = self.chosen.as_ref() == Some(&entity.id);
                    let count = counts.get(&entity.id).copied().unwrap_or(0);
                    let response = entity_row(ui, context, entity, chosen, count);
                    if response.clicked() {
                        clicked = Some(entity.id.clone());
                    }
                    if chosen {
                        stepped = form::step_in_list(ui, &response, place, found.len()).or(stepped);
                        if std::mem::take(&mut self.focus_list) {
                            response.request_focus();
                        }
                    }
                }
            });
        });
        if let Some(id) = stepped.and_then(|place| found.get(place)) {
            clicked = Some(id.clone());
            self.focus_list = true;
            self.reveal = true;
        }
        if found.is_empty() {
            let text = if self.filter.is_empty() { tr("No entities yet") } else { tr("Nothing fits") };
            ui.label(RichText::new(text).color(theme.text_faint));
        }
        if let Some(id) = clicked {
            self.choose(id, requests);
        }
        ui.add_enabled_ui(context.is_writable(), |ui| {
            let wanted = self.filter.trim().to_owned();
            let is_known = found.iter().filter_map(|id| known.get(id)).any(|entity| entity.name == wanted);
            let text = match (wanted.is_empty(), is_known) {
                (true, _) => tr("Add entity").to_owned(),
                (false, false) => fill(tr("Add “{}”"), &[&wanted]),
                (false, true) => fill(tr("Add another “{}”"), &[&wanted]),
            };
            if form::icon_button(ui, icons::PLUS, &text).clicked() {
                self.add(session, &wanted, requests);
            }
            ui.horizontal(|ui| {
                let propose = ui.button(tr("Proposals…")).on_hover_text(tr("Mentions that have no entity yet"));
                if propose.clicked() {
                    self.apply(requests);
                    self.step = Step::Proposing(Box::new(Proposing::new()));
                }
                let import = ui.button(tr("Import…")).on_hover_text(tr("Entities from a local knowledge base"));
                if import.clicked() {
                    self.apply(requests);
                    self.step = Step::Importing(Box::new(Importing::new(session)));
                }
            });
        });
    }

    /// The steps that are about no chosen entity; false if there is none.
    fn general_step(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        requests: &mut Vec<Request>,
    ) -> bool {
        match &mut self.step {
            Step::Proposing(proposing) => match proposing.show(ui, context, session, requests) {
                None => {}
                Some(entity_clusters::Outcome::Closed) => self.step = Step::Editing,
                Some(entity_clusters::Outcome::Made(id)) => self.awaited = Some(id),
            },
            Step::Importing(importing) => {
                if importing.show(ui, context, session, requests) {
                    self.step = Step::Editing;
                }
            }
            _ => return false,
        }
        true
    }

    fn detail(&mut self, ui: &mut Ui, context: &PanelContext<'_>, session: &Session, requests: &mut Vec<Request>) {
        let theme = context.theme;
        let counts = self.count(ui, session);
        let mentions = self.chosen.as_ref().and_then(|id| counts.get(id)).copied().unwrap_or(0);
        if self.general_step(ui, context, session, requests) {
            return;
        }
        let Some(form) = &mut self.form else {
            widgets::empty_state(
                ui,
                theme,
                icons::USER,
                tr("Entities are the persons, places and things that spans name"),
            );
            return;
        };
        match &mut self.step {
            Step::Deleting => {
                let id = form.before.id.clone();
                let answer = deletion(ui, context, &form.before, mentions);
                if let Some(yes) = answer {
                    self.step = Step::Editing;
                    if yes {
                        let title = format!("Delete entity {}", form.before.name);
                        self.form = None;
                        requests.push(form::project_change(title, form::Needs::AllArticles, move |draft| {
                            draft.remove_entity(&id)
                        }));
                    }
                }
            }
            Step::Merging(merging) => {
                let from = form.before.clone();
                match merging.show(ui, context, session, &from) {
                    None => {}
                    Some(None) => self.step = Step::Editing,
                    Some(Some(into)) => {
                        self.step = Step::Editing;
                        self.form = None;
                        self.chosen = Some(into.id.clone());
                        let title = format!("Merge entity {} into {}", from.name, into.name);
                        requests.push(form::project_change(title, form::Needs::AllArticles, move |draft| {
                            draft.merge_entities(&from.id, &into.id)
                        }));
                    }
                }
            }
            Step::Splitting(splitting) => match splitting.show(ui, context, session, requests) {
                None => {}
                Some(entity_split::Outcome::GivenUp) => self.step = Step::Editing,
                Some(entity_split::Outcome::Split(id)) => {
                    self.step = Step::Editing;
                    self.awaited = Some(id);
                }
            },
            Step::Proposing(_) | Step::Importing(_) => {}
            Step::Editing => {
                let kinds = session.project().schema.labels.iter().map(|label| label.name.clone()).collect::<Vec<_>>();
                ui.scope_builder(egui::UiBuilder::new().id_salt(form.before.id.as_str()), |ui| {
                    ui.add_enabled_ui(context.is_writable(), |ui| {
                        fields(ui, context, form, &kinds, (mentions, self.mentions.missing()));
                    });
                });
                ui.add_space(8.0);
                let before = form.before.clone();
                let mut next = None;
                ui.add_enabled_ui(context.is_writable(), |ui| {
                    ui.horizontal(|ui| {
                        if ui.button(tr("Merge into another…")).clicked() {
                            next = Some(Step::Merging(Merging { fresh: true, ..Merging::default() }));
                        }
                        let split =
                            ui.button(tr("Split…")).on_hover_text(tr("Give some mentions an entity of their own"));
                        if split.clicked() {
                            next = Some(Step::Splitting(Box::new(Splitting::new(&before))));
                        }
                        if form::icon_button(ui, icons::TRASH, tr("Delete…")).clicked() {
                            next = Some(Step::Deleting);
                        }
                    });
                });
                if let Some(next) = next {
                    self.apply(requests);
                    self.step = next;
                    requests.push(form::load_everything());
                }
            }
        }
    }
}

fn entity_row(ui: &mut Ui, context: &PanelContext<'_>, entity: &Entity, chosen: bool, count: usize) -> egui::Response {
    let theme = context.theme;
    let sense = if chosen { Sense::click() } else { Sense::CLICK };
    widgets::list_row_sensing(ui, theme, (ROW, sense), chosen, &entity.name, |painter, rect| {
        let square = egui::Rect::from_center_size(rect.left_top() + vec2(13.0, 13.0), vec2(9.0, 9.0));
        painter.rect_filled(square, 2.5, context.palette.get(&entity.kind).bar);
        let at = rect.left_top() + vec2(25.0, 4.0);
        let width = rect.width() - 66.0;
        widgets::line_text(painter, at, width, &entity.name, theme::medium(size::BODY), theme.text);
        let kind = (!entity.kind.is_empty()).then_some(&*entity.kind);
        let line = kind.into_iter().chain(entity.aliases.iter().map(String::as_str)).collect::<Vec<_>>().join(" · ");
        let at = rect.left_top() + vec2(25.0, 21.0);
        widgets::line_text(painter, at, rect.width() - 32.0, &line, egui::FontId::proportional(11.5), theme.text_faint);
        if count > 0 {
            let at = rect.right_top() + vec2(-8.0, 12.0);
            let font = egui::FontId::proportional(11.5);
            painter.text(at, egui::Align2::RIGHT_CENTER, count.to_string(), font, theme.text_faint);
        }
    })
}

fn fields(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    form: &mut Form,
    kinds: &[Name],
    (mentions, missing): (usize, usize),
) {
    let theme = context.theme;
    ui.spacing_mut().item_spacing.y = 8.0;
    form::row(ui, theme, tr("Name"), |ui| {
        form::text_field(ui, tr("Name"), &mut form.name);
        if form.name.trim().is_empty() {
            form::problem(ui, theme, tr("Give it a name"));
        }
    });
    form::row(ui, theme, tr("Kind"), |ui| {
        let unknown = (!form.kind.is_empty() && !kinds.contains(&form.kind)).then(|| form.kind.clone());
        let names: Vec<Name> = kinds.iter().cloned().chain(unknown).collect();
        let options: Vec<(Name, &str)> = std::iter::once((Name::from(""), tr("Unknown")))
            .chain(names.iter().map(|name| (name.clone(), &**name)))
            .collect();
        form::choice(ui, tr("Kind"), &mut form.kind, &options);
    });
    form::row(ui, theme, tr("Other names"), |ui| {
        form::text_area(ui, tr("Other names"), &mut form.aliases, 4);
        ui.label(RichText::new(tr("One in each line")).size(11.5).color(theme.text_faint));
    });
    form::row(ui, theme, tr("Outside ids"), |ui| {
        let mut removed = None;
        for (place, (scheme, value)) in form.identifiers.iter_mut().enumerate() {
            ui.horizontal(|ui| {
                let number = (place + 1).to_string();
                form::sized_field(ui, &fill(tr("Scheme of id {}"), &[&number]), scheme, 104.0);
                let width = ui.available_width() - 34.0;
                form::sized_field(ui, &fill(tr("Outside id {}"), &[&number]), value, width);
                if widgets::icon_button(ui, icons::TRASH, &fill(tr("Remove id {}"), &[&number])).clicked() {
                    removed = Some(place);
                }
            });
        }
        if let Some(place) = removed {
            form.identifiers.remove(place);
        }
        if let Some(scheme) = form.repeated_scheme() {
            form::problem(ui, theme, &fill(tr("Two ids have the scheme {}"), &[scheme]));
        }
        if form::icon_button(ui, icons::PLUS, tr("Add id")).clicked() {
            let scheme = if form.identifiers.is_empty() { "wikidata" } else { "" };
            form.identifiers.push((scheme.to_owned(), String::new()));
        }
    });
    form::row(ui, theme, tr("Note"), |ui| form::text_area(ui, tr("Note"), &mut form.note, 2));
    form::row(ui, theme, tr("Mentions"), |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(mentions.to_string()).color(theme.text));
            if missing > 0 {
                let text = fill(tr("{} articles are not counted"), &[&missing.to_string()]);
                ui.label(RichText::new(text).size(12.0).color(theme.text_faint));
            }
        });
    });
    form::row(ui, theme, tr("Id"), |ui| {
        ui.horizontal(|ui| ui.label(RichText::new(form.before.id.as_str()).color(theme.text_faint)));
    });
}

/// The question before an entity goes; `Some(true)` for yes.
fn deletion(ui: &mut Ui, context: &PanelContext<'_>, entity: &Entity, mentions: usize) -> Option<bool> {
    let theme = context.theme;
    ui.add_space(6.0);
    ui.label(RichText::new(fill(tr("Delete “{}”?"), &[&entity.name])).font(theme::strong(15.0)));
    let line = match mentions {
        0 => tr("No span is linked to it").to_owned(),
        count => {
            let spans = counted(count, tr("span loses its link"), tr("spans lose their link"));
            format!("{spans}; {}", tr("the spans themselves stay"))
        }
    };
    ui.label(RichText::new(line).color(theme.text_weak));
    ui.add_space(8.0);
    let mut answer = None;
    ui.horizontal(|ui| {
        if form::primary_button(ui, theme, true, tr("Delete it")).clicked() {
            answer = Some(true);
        }
        if form::plain_button(ui, true, tr("Cancel")).clicked() {
            answer = Some(false);
        }
    });
    answer
}

/// Chooses the entity that another becomes part of.
#[derive(Default)]
struct Merging {
    filter: String,
    /// True until the filter got the keyboard.
    fresh: bool,
    /// The chosen one of those that are listed.
    place: usize,
}

impl Merging {
    /// `Some(None)` when it was given up.
    fn show(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        from: &Entity,
    ) -> Option<Option<Entity>> {
        let theme = context.theme;
        ui.add_space(6.0);
        ui.label(RichText::new(fill(tr("“{}” becomes part of…"), &[&from.name])).font(theme::strong(15.0)));
        let explanation = tr("Its names, outside ids and mentions go over to the other");
        ui.label(RichText::new(explanation).color(theme.text_weak));
        let (up, down) = ui.input_mut(|input| {
            let mut takes = |key| input.consume_key(egui::Modifiers::NONE, key);
            (takes(egui::Key::ArrowUp), takes(egui::Key::ArrowDown))
        });
        let fresh = std::mem::take(&mut self.fresh);
        let filter = form::filter_field(ui, theme, tr("Filter targets"), &mut self.filter, fresh);
        if filter.changed() {
            self.place = 0;
        }
        let entered = filter.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let others: Vec<&Entity> =
            found(session, &self.filter).into_iter().filter(|entity| entity.id != from.id).collect();
        let last = others.len().saturating_sub(1);
        self.place = (self.place + usize::from(down)).saturating_sub(usize::from(up)).min(last);
        let mut answer = others.get(self.place).filter(|_| entered).map(|entity| Some((*entity).clone()));
        if entered && answer.is_none() {
            filter.request_focus();
        }
        const HEIGHT: f32 = 240.0;
        let mut area = ScrollArea::vertical().id_salt("targets").max_height(HEIGHT);
        if up || down {
            area = widgets::reveal_row(ui, area, "targets", (self.place, ROW), HEIGHT);
        }
        let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
        area.show_rows(ui, ROW, others.len(), |ui, range| {
            for (place, entity) in others.iter().enumerate().skip(range.start).take(range.len()) {
                let name = fill(tr("Merge into {}"), &[&entity.name]);
                let row = entity_row(ui, context, entity, place == self.place, 0);
                if row.interact(Sense::click()).accessible_name(name).clicked() {
                    answer = Some(Some((*entity).clone()));
                }
            }
        });
        ui.spacing_mut().item_spacing.y = spacing;
        if others.is_empty() {
            ui.label(RichText::new(tr("Nothing fits")).color(theme.text_faint));
        }
        ui.add_space(6.0);
        if form::plain_button(ui, true, tr("Cancel")).clicked() {
            answer = Some(None);
        }
        answer
    }
}

impl Dialog for Entities {
    fn title(&self) -> String {
        tr("Entities").to_owned()
    }

    fn width(&self) -> f32 {
        860.0
    }

    fn may_close(&mut self) -> bool {
        self.leaving = self.form.as_ref().is_some_and(Form::is_changed);
        !self.leaving
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let Some(session) = context.session else { return DialogState::Close };
        self.follow(session);
        let height = form::content_height(ui, 500.0);
        form::list_and_detail(ui, LIST, height, |ui, part, height| match part {
            form::Part::List => self.list(ui, context, session, height, requests),
            form::Part::Detail => self.detail(ui, context, session, requests),
        });
        let (is_changed, is_good) =
            self.form.as_ref().map_or((false, false), |form| (form.is_changed(), form.is_good()));
        let can_apply = is_good && context.is_writable();
        if self.leaving && is_changed {
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
        let editing = matches!(self.step, Step::Editing);
        form::footer(ui, |ui| {
            let apply =
                form::primary_button(ui, context.theme, can_apply && is_changed && editing, tr("Apply")).clicked();
            if apply || editing && can_apply && form::enter_pressed(ui) {
                self.apply(requests);
            }
            if form::plain_button(ui, is_changed && editing, tr("Discard changes")).clicked() {
                self.form = None;
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let count = session.project().entities.entities.len();
                let text = counted(count, tr("entity"), tr("entities"));
                ui.label(RichText::new(text).size(12.0).color(context.theme.text_faint));
            });
        });
        DialogState::Open
    }
}
