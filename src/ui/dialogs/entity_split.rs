//! A part of the dialog on entities: some mentions of an entity go to a new one.

use super::{form, parts::counted};
use crate::{
    edit::MentionKey,
    model::{Entity, EntityId, Project},
    session::{Session, entity_links::mentions_of},
    ui::{
        request::{PanelContext, Request},
        texts::{fill, tr},
        theme,
    },
};
use egui::{RichText, ScrollArea, Ui};

/// Characters of the article that are shown on each side of a mention.
const AROUND: usize = 36;
/// Height of a row of the list.
const ROW: f32 = 24.0;

/// Which mentions of an entity go over.
pub struct Splitting {
    entity: Entity,
    name: String,
    fresh: bool,
    /// The mentions with what stands around them, at a revision of the project.
    mentions: Vec<Row>,
    seen: Option<(u64, usize)>,
}

struct Row {
    mention: MentionKey,
    text: String,
    chosen: bool,
}

/// What became of it.
pub enum Outcome {
    GivenUp,
    /// The entity that will appear.
    Split(EntityId),
}

impl Splitting {
    pub fn new(entity: &Entity) -> Self {
        Self { entity: entity.clone(), name: String::new(), fresh: true, mentions: Vec::new(), seen: None }
    }

    /// The mentions as they are now; what was chosen stays chosen.
    fn follow(&mut self, session: &Session) {
        let project = session.project();
        let loaded = project.articles.keys().filter(|id| session.is_loaded(id)).count();
        let seen = Some((session.revision(), loaded));
        if self.seen == seen {
            return;
        }
        self.seen = seen;
        let before = std::mem::take(&mut self.mentions);
        let rows = mentions_of(project, &self.entity.id).into_iter().map(|mention| {
            let chosen = before.iter().any(|row| row.chosen && row.mention == mention);
            Row { text: described(project, &mention), chosen, mention }
        });
        self.mentions = rows.collect();
    }

    pub fn show(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        requests: &mut Vec<Request>,
    ) -> Option<Outcome> {
        self.follow(session);
        let theme = context.theme;
        ui.add_space(6.0);
        ui.label(RichText::new(fill(tr("Split “{}”"), &[&self.entity.name])).font(theme::strong(15.0)));
        let explanation = tr("The chosen mentions get a new entity of the same kind");
        ui.label(RichText::new(explanation).color(theme.text_weak));
        let mut submitted = false;
        form::row(ui, theme, tr("Its name"), |ui| {
            let field = form::text_field(ui, tr("Its name"), &mut self.name);
            if std::mem::take(&mut self.fresh) {
                field.request_focus();
            }
            submitted = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        });
        let count = self.mentions.len();
        ScrollArea::vertical().id_salt("mentions").max_height(240.0).show_rows(ui, ROW, count, |ui, range| {
            for row in self.mentions.get_mut(range).unwrap_or_default() {
                ui.checkbox(&mut row.chosen, row.text.as_str());
            }
        });
        if count == 0 {
            ui.label(RichText::new(tr("No span is linked to it")).color(theme.text_faint));
        }
        let chosen: Vec<MentionKey> =
            self.mentions.iter().filter(|row| row.chosen).map(|row| row.mention.clone()).collect();
        if !chosen.is_empty() && chosen.len() == count {
            form::hint(ui, theme, tr("All mentions are chosen: the entity keeps none"));
        }
        ui.add_space(6.0);
        let can = !chosen.is_empty() && !self.name.trim().is_empty() && context.is_writable();
        let mut outcome = None;
        ui.horizontal(|ui| {
            let text = counted(chosen.len(), tr("mention goes over"), tr("mentions go over"));
            if form::primary_button(ui, theme, can, tr("Split off")).clicked() || submitted && can {
                let name = self.name.trim().to_owned();
                outcome = Some(Outcome::Split(session.project().entities.free_id(&name)));
                let (from, title) = (self.entity.id.clone(), format!("Split entity {}", self.entity.name));
                requests.push(form::project_change(title, form::Needs::AllArticles, move |draft| {
                    draft.split_entity(&from, &name, &chosen).map(|_| ())
                }));
            }
            if form::plain_button(ui, true, tr("Cancel")).clicked() {
                outcome = Some(Outcome::GivenUp);
            }
            ui.label(RichText::new(text).size(12.0).color(theme.text_faint));
        });
        outcome
    }
}

/// A mention with what stands around it, its article and, where it is another's, the annotator.
fn described(project: &Project, (key, id): &MentionKey) -> String {
    let Some(article) = project.article(&key.article) else { return String::new() };
    let hull = project.set(key).and_then(|set| set.span(*id)).map(|span| span.fragments.hull());
    let Some(range) = hull else { return article.title().to_owned() };
    let text = article.text();
    let before = text.get(..range.start().to_usize()).unwrap_or_default();
    let behind = text.get(range.end().to_usize()..).unwrap_or_default();
    let start = before.char_indices().rev().nth(AROUND).map_or(0, |(place, _)| place);
    let before = before.get(start..).unwrap_or_default();
    let behind: String = behind.chars().take(AROUND).collect();
    let line = format!("{before}[{}]{behind}", range.slice(text).unwrap_or_default());
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{line} · {} · {}", article.title(), key.annotator)
}
