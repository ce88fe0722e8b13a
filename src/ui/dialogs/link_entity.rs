//! Says which person, place or thing the selected span names: by typing, or by making it known in a keystroke.

use super::{
    Made, form,
    parts::{self, Tone},
};
use crate::{
    assist::linker::{Candidate, LinkReason},
    edit::{Draft, EditError},
    model::{AnnotationId, ArticleId, Entity, EntityId, EntityRegistry, Name},
    session::{Session, entity_links::Linking},
    ui::{
        document::shortened,
        icons,
        link_box::{list_keys, move_choice},
        request::{Dialog, DialogState, PanelContext, Request},
        task::Task,
        texts::{fill, tr},
        theme::{self, size},
        widgets,
    },
};
use egui::{Id, RichText, ScrollArea, Ui, vec2};
use std::rc::Rc;

/// Most entities that are offered at once.
const MOST: usize = 50;
const ROW: f32 = 40.0;
/// From so many entities on the linker looks at them on a thread of its own.
const MANY: usize = 4_000;

pub struct LinkEntity {
    /// What the linker says, the surest first.
    likely: Vec<Candidate>,
    /// True if the linker is to be asked beside the window.
    must_ask: bool,
    asking: Option<Task<Vec<Candidate>>>,
    article: ArticleId,
    span: AnnotationId,
    surface: String,
    label: Name,
    linked: Option<EntityId>,
    query: String,
    chosen: usize,
    fresh: bool,
    ranked: Option<Ranked>,
}

/// The rows with what they were made from: ranking takes long in a large registry.
struct Ranked {
    /// What had been decided in the project; see [`Session::decisions`].
    decisions: u64,
    query: String,
    rows: Rc<Vec<Row>>,
    /// The row that Enter should take.
    best: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Row {
    Create { name: String },
    Entity(EntityId),
    Unlink,
}

/// The dialog on the selected span.
pub fn link_entity(context: &PanelContext<'_>) -> Made {
    let none = || tr("Select a span first; relations name no entity").to_owned();
    let span = context.selected.and_then(|id| context.set()?.span(id)).ok_or_else(none)?;
    let article = context.open_article().ok_or_else(none)?;
    let surface = span.fragments.surface(article.text()).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut dialog = LinkEntity {
        article: article.id.clone(),
        span: span.id,
        surface,
        label: span.label.clone(),
        linked: span.entity.clone(),
        query: String::new(),
        chosen: 0,
        fresh: true,
        likely: Vec::new(),
        must_ask: false,
        asking: None,
        ranked: None,
    };
    if let Some((session, set)) = context.session.zip(context.set()) {
        let project = session.project();
        if project.entities.entities.len() <= MANY {
            let linking = Linking::of(&project.schema, &project.entities, std::iter::once(article));
            dialog.likely = linking.candidates(&project.entities, article.text(), set, span.id);
        } else {
            dialog.must_ask = true;
        }
        dialog.chosen = dialog.best(session);
    }
    Ok(Box::new(dialog))
}

/// Why the linker takes an entity for what a span names, in the language of the window.
fn reason_text(reason: &LinkReason) -> String {
    match reason {
        LinkReason::Exact => tr("One of its names").to_owned(),
        LinkReason::InArticle { name } => fill(tr("“{}” stands in the article"), &[name]),
        LinkReason::Spelling { name } => fill(tr("Another form of “{}”"), &[name]),
        LinkReason::Derived { name } => fill(tr("Derived from “{}”"), &[name]),
        LinkReason::FamilyName { name } => fill(tr("Family name of “{}”"), &[name]),
        LinkReason::Near { name } => fill(tr("Nearly written like “{}”"), &[name]),
    }
}

/// How well a name fits; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Equal,
    Starts,
    /// Shares a whole word, such as the family name.
    Word,
    Part,
    None,
}

/// How well one of an entity's names fits to some words. A genitive s counts for nothing: Putins is Putin.
fn fit(entity: &Entity, words: &str) -> Fit {
    let wanted = fold(words);
    let base = without_genitive(&wanted);
    let fit_one = |name: &str| {
        let name = fold(name);
        let name = name.as_str();
        if name == wanted || name == base || without_genitive(name) == wanted {
            Fit::Equal
        } else if wanted.is_empty() {
            Fit::None
        } else if name.starts_with(base) || base.starts_with(name) {
            Fit::Starts
        } else if name.split_whitespace().any(|word| base.split_whitespace().any(|other| word == other)) {
            Fit::Word
        } else if name.contains(base) {
            Fit::Part
        } else {
            Fit::None
        }
    };
    entity.names().map(fit_one).min().unwrap_or(Fit::None)
}

fn fold(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The word without a German or English genitive ending; short words keep theirs.
fn without_genitive(word: &str) -> &str {
    let stem = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).or_else(|| word.strip_suffix(['\'', '’']));
    let stem = stem.or_else(|| word.strip_suffix('s'));
    stem.filter(|stem| stem.chars().count() >= 3).unwrap_or(word)
}

/// By what entities are ordered: place among the likely ones, how the words fit, then less important things, the name last.
type Order = (usize, Fit, bool, Fit, String);

/// The entities to offer, best first: what fits to the typed words; where nothing is typed what the linker says, and then
/// what fits to the span.
fn candidates(
    registry: &EntityRegistry,
    surface: &str,
    label: &str,
    query: &str,
    likely: &[Candidate],
) -> Vec<(Fit, EntityId)> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let rank = |id: &EntityId| {
        let place = likely.iter().position(|candidate| candidate.entity == *id).filter(|_| words.is_empty());
        place.unwrap_or(likely.len())
    };
    let mut found: Vec<(Order, EntityId)> = registry
        .entities
        .values()
        .filter(|entity| {
            let hay = entity.names().collect::<Vec<_>>().join(" ").to_lowercase();
            let ids = entity.identifiers.values().any(|value| value.to_lowercase() == query.trim().to_lowercase());
            ids || words.iter().all(|word| hay.contains(word))
        })
        .map(|entity| {
            let of_surface = fit(entity, surface);
            let typed = if words.is_empty() { of_surface } else { fit(entity, query) };
            let other_kind = &*entity.kind != label;
            ((rank(&entity.id), typed, other_kind, of_surface, entity.name.to_lowercase()), entity.id.clone())
        })
        .collect();
    found.sort();
    found.into_iter().take(MOST).map(|((_, fit, ..), id)| (fit, id)).collect()
}

impl LinkEntity {
    /// The name that a new entity would get.
    fn new_name(&self) -> String {
        if self.query.trim().is_empty() { self.surface.clone() } else { self.query.trim().to_owned() }
    }

    /// The rows in their order: what the linker takes for likely, a new entity, all else that fits, no link. With the row
    /// that Enter should take: the first, unless that is a new entity while a known one fits to what was typed.
    fn rank(&self, registry: &EntityRegistry) -> (Vec<Row>, usize) {
        let found = candidates(registry, &self.surface, &self.label, &self.query, &self.likely);
        let name = self.new_name();
        let equals = found.iter().any(|(fit, _)| *fit == Fit::Equal);
        let fits = found.first().is_some_and(|(fit, id)| *fit <= Fit::Word && self.is_same_kind(registry, id));
        let likely = found.iter().take_while(|(_, id)| self.is_likely(registry, id)).count();
        let create = (!equals && !name.is_empty()).then_some(Row::Create { name });
        let unlink = (self.linked.is_some() && self.query.trim().is_empty()).then_some(Row::Unlink);
        let mut rows: Vec<Row> = found.into_iter().map(|(_, id)| Row::Entity(id)).chain(unlink).collect();
        if let Some(create) = create {
            rows.insert(likely.min(rows.len()), create);
        }
        let best = usize::from(fits && rows.len() > 1 && matches!(rows.first(), Some(Row::Create { .. })));
        (rows, best)
    }

    /// The rows and the best of them, ranked anew only if something changed.
    fn ranked(&mut self, session: &Session) -> (Rc<Vec<Row>>, usize) {
        let decisions = session.decisions();
        match &self.ranked {
            Some(ranked) if ranked.decisions == decisions && ranked.query == self.query => {
                (ranked.rows.clone(), ranked.best)
            }
            _ => {
                let (rows, best) = self.rank(&session.project().entities);
                let rows = Rc::new(rows);
                self.ranked = Some(Ranked { decisions, query: self.query.clone(), rows: rows.clone(), best });
                (rows, best)
            }
        }
    }

    fn best(&mut self, session: &Session) -> usize {
        self.ranked(session).1
    }

    /// True for what the linker names with the same kind, while nothing is typed.
    fn is_likely(&self, registry: &EntityRegistry, id: &EntityId) -> bool {
        self.query.trim().is_empty() && self.reason(id).is_some() && self.is_same_kind(registry, id)
    }

    fn is_same_kind(&self, registry: &EntityRegistry, id: &EntityId) -> bool {
        registry.get(id).is_some_and(|entity| entity.kind == self.label || entity.kind.is_empty())
    }

    fn reason(&self, id: &EntityId) -> Option<&Candidate> {
        self.likely.iter().find(|candidate| candidate.entity == *id)
    }

    /// Asks the linker on a thread of its own, and takes over its answer.
    fn ask(&mut self, ui: &Ui, context: &PanelContext<'_>) {
        let project = context.session.map(|session| session.project());
        if let (true, Some(project), Some(article), Some(set)) =
            (std::mem::take(&mut self.must_ask), project, context.open_article(), context.set())
        {
            let (schema, entities) = (project.schema.clone(), project.entities.clone());
            let (article, set, id) = (article.clone(), set.clone(), self.span);
            self.asking = Some(Task::start(ui.ctx(), move |_, results| {
                let linking = Linking::of(&schema, &entities, std::iter::once(&article));
                results.send(linking.candidates(&entities, article.text(), &set, id));
            }));
        }
        if let Some(likely) = self.asking.as_mut().and_then(Task::poll) {
            self.asking = None;
            // What was chosen meanwhile stays chosen.
            let session = context.session;
            let untouched = session.is_some_and(|session| self.chosen == self.best(session));
            self.likely = likely;
            self.ranked = None;
            if let Some(session) = session.filter(|_| untouched && self.query.trim().is_empty()) {
                self.chosen = self.best(session);
            }
        }
    }

    /// True if linking adds the span's words to the entity's names.
    fn differs(&self, entity: &Entity) -> bool {
        !self.surface.is_empty()
            && entity.names().all(|name| {
                let (name, surface) = (fold(name), fold(&self.surface));
                name != surface && name != without_genitive(&surface)
            })
    }

    /// The kind of the entity in a row, if it is not the label of the span.
    fn other_kind(&self, registry: &EntityRegistry, row: &Row) -> Option<Name> {
        let Row::Entity(id) = row else { return None };
        let kind = &registry.get(id)?.kind;
        (!kind.is_empty() && *kind != self.label).then(|| kind.clone())
    }

    fn link(&self, registry: &EntityRegistry, row: &Row, add_alias: bool) -> Option<Request> {
        let span = self.span;
        let (article, surface) = (self.article.clone(), self.surface.clone());
        Some(match row {
            Row::Create { name } => {
                let (name, label) = (name.clone(), self.label.clone());
                let title = format!("Create entity {name} and link");
                Request::edit_of(
                    article,
                    span,
                    move |span| format!("{title} {span}"),
                    move |draft| {
                        let id = draft.add_entity(&name, &label)?;
                        let alias = add_alias && fold(&name) != fold(&surface);
                        link(draft, span, &id, alias.then_some(surface))
                    },
                )
            }
            Row::Entity(id) => {
                let entity = registry.get(id)?;
                let alias = (add_alias && self.differs(entity)).then_some(surface);
                let (id, name) = (id.clone(), entity.name.clone());
                let title = move |span| format!("Link {span} to {name}");
                Request::edit_of(article, span, title, move |draft| link(draft, span, &id, alias))
            }
            Row::Unlink => {
                let title = |span| format!("Remove the link of {span}");
                Request::edit_of(article, span, title, move |draft| draft.link_entity(span, None))
            }
        })
    }

    fn show_row(
        &self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        registry: &EntityRegistry,
        row: &Row,
        chosen: bool,
    ) -> egui::Response {
        let theme = context.theme;
        let simple = |ui: &mut Ui, icon: char, text: &str, key: &str| {
            widgets::list_row(ui, theme, 30.0, chosen, text, |painter, rect| {
                let at = rect.left_center() + vec2(13.0, 0.0);
                painter.text(at, egui::Align2::CENTER_CENTER, icon, icons::font(14.0), theme.text_weak);
                let at = rect.left_top() + vec2(27.0, 7.0);
                widgets::line_text(painter, at, rect.width() - 110.0, text, theme::medium(size::BODY), theme.text);
                let at = rect.right_center() - vec2(8.0, 0.0);
                painter.text(at, egui::Align2::RIGHT_CENTER, key, theme::medium(11.0), theme.text_faint);
            })
        };
        match row {
            Row::Create { name } => {
                let text = fill(tr("Create “{}” ({})"), &[&shortened(name, 48), &self.label]);
                simple(ui, icons::PLUS, &text, "Ctrl+Enter")
            }
            Row::Unlink => simple(ui, icons::TRASH, tr("Remove link"), ""),
            Row::Entity(id) => {
                let Some(entity) = registry.get(id) else { return simple(ui, icons::USER, id.as_str(), "") };
                let is_linked = self.linked.as_ref() == Some(id);
                widgets::list_row(ui, theme, ROW, chosen, &entity.name, |painter, rect| {
                    let square = egui::Rect::from_center_size(rect.left_top() + vec2(13.0, 13.0), vec2(9.0, 9.0));
                    painter.rect_filled(square, 2.5, context.palette.get(&entity.kind).bar);
                    let width = rect.width() - 110.0;
                    let at = rect.left_top() + vec2(27.0, 4.0);
                    widgets::line_text(painter, at, width, &entity.name, theme::medium(size::BODY), theme.text);
                    let kind = (!entity.kind.is_empty()).then_some(&*entity.kind);
                    let ids = entity.identifiers.values().map(String::as_str);
                    let reason = self.reason(id).map(|candidate| reason_text(&candidate.reason));
                    let line: Vec<&str> = reason
                        .as_deref()
                        .into_iter()
                        .chain(kind)
                        .chain(ids)
                        .chain(entity.aliases.iter().map(String::as_str))
                        .collect();
                    let at = rect.left_top() + vec2(27.0, 21.0);
                    let font = egui::FontId::proportional(11.5);
                    widgets::line_text(painter, at, rect.width() - 36.0, &line.join(" · "), font, theme.text_faint);
                    if is_linked {
                        let at = rect.right_top() + vec2(-8.0, 13.0);
                        let font = theme::medium(11.0);
                        painter.text(at, egui::Align2::RIGHT_CENTER, tr("linked"), font, theme.accent);
                    }
                })
            }
        }
    }
}

fn link(draft: &mut Draft<'_>, span: AnnotationId, id: &EntityId, alias: Option<String>) -> Result<(), EditError> {
    if let Some(alias) = alias {
        let known = draft.project().entities.get(id).cloned();
        let mut entity = known.ok_or_else(|| EditError::UnknownEntity { entity: id.to_string() })?;
        entity.aliases.push(alias);
        draft.put_entity(entity)?;
    }
    draft.link_entity(span, Some(id.clone()))
}

impl Dialog for LinkEntity {
    fn title(&self) -> String {
        fill(tr("Entity of “{}”"), &[&shortened(&self.surface, 44)])
    }

    fn width(&self) -> f32 {
        540.0
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let (Some(session), Some(set)) = (context.session, context.set()) else { return DialogState::Close };
        if set.span(self.span).is_none() {
            return DialogState::Close;
        }
        let (theme, registry) = (context.theme, &session.project().entities);
        self.ask(ui, context);
        let create_now = parts::is_confirmed(ui);
        let (up, down, enter) = list_keys(ui.ctx());
        let name = tr("Type a name or an outside id");
        let fresh = std::mem::take(&mut self.fresh);
        let field = form::filter_field(ui, theme, name, &mut self.query, fresh);
        if !fresh && !field.has_focus() && ui.memory(|memory| memory.focused()).is_none() {
            field.request_focus();
        }
        if field.changed() {
            self.chosen = self.best(session);
        }
        let (rows, _) = self.ranked(session);
        move_choice(&mut self.chosen, rows.len(), up, down);
        ui.add_space(4.0);
        let mut taken = enter.then_some(self.chosen);
        let height = form::content_height(ui, 380.0);
        ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (place, row) in rows.iter().enumerate() {
                let response = self.show_row(ui, context, registry, row, place == self.chosen);
                if place == self.chosen && (up || down) {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    taken = Some(place);
                }
            }
        });
        // Remembered as long as the program runs; an entity of another kind gets no name unasked.
        let looked_at = rows.get(taken.unwrap_or(self.chosen)).filter(|_| !create_now);
        if let Some(Row::Entity(id)) = looked_at
            && let Some(candidate) = self.reason(id)
        {
            let percent = format!("{:.0}", candidate.score * 100.0);
            let text = fill(tr("{} · {} %"), &[&reason_text(&candidate.reason), &percent]);
            ui.label(RichText::new(text).size(11.5).color(theme.text_weak));
        }
        let other_kind = looked_at.and_then(|row| self.other_kind(registry, row));
        let memory = Id::unique("link entity adds names").with(other_kind.is_some());
        let mut add_alias = ui.data(|data| data.get_temp(memory)).unwrap_or(other_kind.is_none());
        ui.add_space(6.0);
        if let Some(kind) = &other_kind {
            let text = fill(tr("The chosen entity is a {}, the span a {}"), &[kind, &self.label]);
            parts::note(ui, theme, Tone::Warning, &text);
        }
        let text = fill(tr("Add “{}” to the names of the entity"), &[&shortened(&self.surface, 40)]);
        if ui.checkbox(&mut add_alias, text).changed() {
            ui.data_mut(|data| data.insert_temp(memory, add_alias));
        }
        let hint = tr("Enter links · Ctrl+Enter creates · Esc gives up");
        ui.label(RichText::new(hint).size(11.5).color(theme.text_faint));
        let row = match create_now {
            true => Some(Row::Create { name: self.new_name() }),
            false => taken.and_then(|place| rows.get(place).cloned()),
        };
        match row.and_then(|row| self.link(registry, &row, add_alias)) {
            Some(request) => {
                requests.push(request);
                DialogState::Close
            }
            None => DialogState::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        assist::linker::{ArticleNames, Linker, Mention},
        model::{AnnotatorName, Project},
        store::{Access, Store},
    };

    fn registry(names: &[(&str, &str, &[&str])]) -> EntityRegistry {
        let mut registry = EntityRegistry::default();
        for (name, kind, aliases) in names {
            let id = registry.free_id(name);
            registry.entities.insert(
                id.clone(),
                Entity {
                    id,
                    name: (*name).to_owned(),
                    kind: (*kind).into(),
                    aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
                    identifiers: Default::default(),
                    note: String::new(),
                },
            );
        }
        registry
    }

    /// `expected` starts with the best candidates.
    fn check(surface: &str, label: &str, query: &str, expected: &[&str]) {
        let registry = registry(&[
            ("Wladimir Putin", "PER", &["Putin", "Kremlchef"]),
            ("Kursk", "LOC", &["Region Kursk"]),
            ("Kursk (U-Boot)", "WEAPON", &[]),
            ("Paris", "LOC", &[]),
            ("Kreml", "ORG", &["Moskau"]),
            ("Moskau", "LOC", &[]),
        ]);
        let article = ArticleNames::default();
        let mention = Mention { words: surface, label, context: &[] };
        let likely = Linker::new(&registry).candidates(&registry, mention, &article);
        let found = candidates(&registry, surface, label, query, &likely);
        let names: Vec<&str> = found.iter().filter_map(|(_, id)| Some(registry.get(id)?.name.as_str())).collect();
        assert_eq!(names.get(..expected.len()), Some(expected), "{surface} {label} {query}: {names:?}");
    }

    #[test]
    fn what_a_span_names_comes_first() {
        check("Putins", "PER", "", &["Wladimir Putin"]);
        check("präsident putin", "PER", "", &["Wladimir Putin"]);
        check("Kursk", "LOC", "", &["Kursk", "Kursk (U-Boot)"]);
        check("Kursk", "WEAPON", "", &["Kursk", "Kursk (U-Boot)"]);
        check("Paris", "LOC", "", &["Paris"]);
        check("Moskau", "ORG", "", &["Kreml", "Moskau"]);
        check("Moskau", "LOC", "", &["Moskau", "Kreml"]);
        check("er", "PER", "kremlch", &["Wladimir Putin"]);
        check("Putin", "PER", "kur", &["Kursk", "Kursk (U-Boot)"]);
    }

    #[test]
    fn entities_are_ranked_when_something_changed_and_not_in_every_frame() {
        let folder = tempfile::tempdir().expect("a folder");
        let project = Project { entities: registry(&[("Kursk", "LOC", &[])]), ..Project::default() };
        Store::create(folder.path(), &project).expect("a new project");
        let mut session =
            Session::open(folder.path(), Access::Write, AnnotatorName::new("eva")).expect("a project that opens");
        let mut dialog = LinkEntity {
            likely: Vec::new(),
            must_ask: false,
            asking: None,
            article: ArticleId::new("a"),
            span: AnnotationId(1),
            surface: "Kurland".to_owned(),
            label: "LOC".into(),
            linked: None,
            query: String::new(),
            chosen: 0,
            fresh: true,
            ranked: None,
        };
        let (first, _) = dialog.ranked(&session);
        assert!(Rc::ptr_eq(&first, &dialog.ranked(&session).0));
        dialog.query = "Kurs".to_owned();
        let (typed, best) = dialog.ranked(&session);
        assert_eq!(typed.get(best), Some(&Row::Entity(EntityId::new("kursk"))));
        assert!(Rc::ptr_eq(&typed, &dialog.ranked(&session).0));
        let add = |draft: &mut Draft<'_>| Ok(draft.add_entity("Kursk (U-Boot)", "WEAPON").map(|_| ())?);
        session.edit(&ArticleId::new(""), "Add", add).expect("another entity");
        assert_eq!(dialog.ranked(&session).0.len(), typed.len() + 1);
    }

    #[test]
    fn genitives_lose_their_ending() {
        for (word, expected) in [("putins", "putin"), ("us", "us"), ("moskau's", "moskau"), ("kursk", "kursk")] {
            assert_eq!(without_genitive(word), expected);
        }
    }
}
