//! A part of the dialog on entities: mentions that name nothing known yet, and links that are certain.

use super::{form, parts::counted};
use crate::{
    edit::{Draft, EditError, MentionKey},
    model::{AnnotatorName, Article, ArticleId, EntityId, EntityRegistry, Schema, SetKey},
    session::{
        Session,
        entity_links::{CERTAIN, Cluster, Linking, accept_cluster, link_open},
    },
    ui::{
        corpus::Corpus,
        request::{PanelContext, Request},
        task::{Control, Task, progress_line},
        texts::{fill, tr},
        theme::{self, size},
        widgets,
    },
};
use egui::{RichText, ScrollArea, Ui, vec2};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Height of a row of the list.
const ROW: f32 = 40.0;
/// So many articles are loaded in one frame.
const LOADED_AT_ONCE: usize = 20;

/// What was found in the articles.
struct Found {
    clusters: Vec<Cluster>,
    /// Mentions that certainly name a known entity.
    certain: Vec<(MentionKey, EntityId)>,
}

impl Found {
    /// Looks through all articles; `None` if nobody waits for it any more.
    fn look(corpus: &Corpus, schema: &Schema, registry: &EntityRegistry, control: &Control) -> Option<Self> {
        control.set_total(corpus.entries.len());
        let read = |entry| {
            // An article that can not be read says so when it is opened.
            let article = (!control.is_cancelled()).then(|| corpus.article(entry).ok()).flatten();
            control.step();
            article
        };
        let articles: Vec<Article> = corpus.entries.par_iter().filter_map(read).collect();
        let linking = Linking::of(schema, registry, articles.iter());
        if control.is_cancelled() {
            return None;
        }
        let clusters = linking.clusters(registry, &corpus.annotator, articles.iter(), CERTAIN);
        let mut certain = Vec::new();
        for article in &articles {
            if control.is_cancelled() {
                return None;
            }
            certain.extend(certain_links(&linking, registry, &corpus.annotator, article));
        }
        Some(Self { clusters, certain })
    }
}

fn certain_links(
    linking: &Linking,
    registry: &EntityRegistry,
    annotator: &AnnotatorName,
    article: &Article,
) -> Vec<(MentionKey, EntityId)> {
    let Some(set) = article.sets.get(annotator) else { return Vec::new() };
    let key = SetKey { article: article.id.clone(), annotator: annotator.clone() };
    let found = linking.proposals(registry, article.text(), set, CERTAIN).into_iter();
    found.map(|proposal| ((key.clone(), proposal.span), proposal.best.entity)).collect()
}

/// What is done in a draft.
type Steps = Box<dyn FnOnce(&mut Draft<'_>) -> Result<(), EditError>>;

/// What the user took: done in one transaction once its articles are loaded.
struct Taken {
    title: String,
    articles: BTreeSet<ArticleId>,
    steps: Steps,
    /// How many articles were missing in the last frame.
    missing: usize,
}

impl Taken {
    fn new<'a>(
        title: impl Into<String>,
        mentions: impl Iterator<Item = &'a MentionKey>,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<(), EditError> + 'static,
    ) -> Self {
        let articles = mentions.map(|(key, _)| key.article.clone()).collect();
        Self { title: title.into(), articles, steps: Box::new(steps), missing: usize::MAX }
    }
}

/// Proposals of entities.
pub struct Proposing {
    /// What had been decided in the project when the articles were looked at; see [`Session::decisions`].
    seen: Option<u64>,
    task: Option<Task<Found>>,
    found: Option<Found>,
    taken: Option<Taken>,
    chosen: usize,
    focus: bool,
}

/// What became of it.
pub enum Outcome {
    Closed,
    /// An entity that will appear.
    Made(EntityId),
}

impl Proposing {
    pub fn new() -> Self {
        Self { seen: None, task: None, found: None, taken: None, chosen: 0, focus: true }
    }

    /// Looks at the articles anew where something was decided, on a thread of its own.
    fn follow(&mut self, ui: &Ui, session: &Session) {
        let seen = Some(session.decisions());
        if self.seen != seen {
            self.seen = seen;
            let corpus = Corpus::new(session, None);
            let (schema, registry) = (session.project().schema.clone(), session.project().entities.clone());
            self.task = Some(Task::start(ui.ctx(), move |control, results| {
                if let Some(found) = Found::look(&corpus, &schema, &registry, control) {
                    results.send(found);
                }
            }));
        }
        if let Some(found) = self.task.as_mut().and_then(Task::poll) {
            self.chosen = self.chosen.min(found.clusters.len().saturating_sub(1));
            self.found = Some(found);
            self.task = None;
        }
        if self.task.as_ref().is_some_and(Task::is_over) {
            self.task = None;
        }
    }

    /// Loads some more of the articles that what was taken is about, or does it.
    fn go_on(&mut self, ui: &mut Ui, context: &PanelContext<'_>, session: &Session, requests: &mut Vec<Request>) {
        let Some(mut taken) = self.taken.take() else { return };
        let is_missing = |id: &&ArticleId| session.project().articles.contains_key(*id) && !session.is_loaded(id);
        let missing: Vec<ArticleId> = taken.articles.iter().filter(is_missing).cloned().collect();
        if missing.is_empty() {
            requests.push(form::project_change(taken.title, form::Needs::Nothing, taken.steps));
        } else if missing.len() < taken.missing {
            // What can not be read was said, and ends it.
            taken.missing = missing.len();
            let all = taken.articles.len();
            let is_stopped = progress_line(ui, context.theme, tr("Reading articles"), (all - missing.len(), all));
            if !is_stopped {
                requests.push(Request::change(move |session| {
                    for id in missing.iter().take(LOADED_AT_ONCE) {
                        session.load(id)?;
                    }
                    Ok(None)
                }));
                ui.ctx().request_repaint();
                self.taken = Some(taken);
            }
        }
    }

    pub fn show(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        requests: &mut Vec<Request>,
    ) -> Option<Outcome> {
        self.follow(ui, session);
        let theme = context.theme;
        ui.add_space(6.0);
        ui.label(RichText::new(tr("Mentions without an entity")).font(theme::strong(15.0)));
        let explanation = tr("Spans of yours that name one thing; Enter makes an entity of it and links them all");
        ui.label(RichText::new(explanation).color(theme.text_weak));
        let mut outcome = None;
        // In a part of its own, so that the rows below stay who they are for the keyboard when it comes and goes.
        ui.scope(|ui| {
            let progress = self.task.as_ref().map(Task::progress);
            if progress.is_some_and(|progress| progress_line(ui, theme, tr("Looking through the articles"), progress)) {
                self.task = None;
                outcome = Some(Outcome::Closed);
            }
            self.go_on(ui, context, session, requests);
        });
        let writable = context.is_writable() && self.taken.is_none();
        let mut taken = None;
        if let Some(found) = &mut self.found {
            let count = found.clusters.len();
            let mut stepped = None;
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let area = ScrollArea::vertical().id_salt("clusters").max_height(250.0).auto_shrink([false, true]);
                area.show_rows(ui, ROW, count, |ui, range| {
                    for (place, cluster) in range.filter_map(|place| Some((place, found.clusters.get(place)?))) {
                        let is_chosen = place == self.chosen;
                        let response = cluster_row(ui, context, cluster, is_chosen);
                        if is_chosen && self.focus {
                            // The first frame of a view may be laid out once more with other rows: ask until it is there.
                            self.focus = !response.has_focus();
                            response.request_focus();
                            response.scroll_to_me(None);
                            ui.request_repaint();
                        }
                        stepped = form::step_in_list(ui, &response, place, count).or(stepped);
                        if response.clicked() {
                            taken = Some(place);
                        }
                    }
                });
            });
            if let Some(place) = stepped {
                self.chosen = place;
                self.focus = true;
            }
            if count == 0 {
                let text = tr("Every name that you accepted has an entity, or may name a known one");
                ui.label(RichText::new(text).color(theme.text_faint));
            }
            if let Some(place) = taken.filter(|place| writable && *place < count) {
                // The next one can be taken while the articles are looked through anew.
                let cluster = found.clusters.remove(place);
                self.chosen = place.min(count.saturating_sub(2));
                self.focus = true;
                outcome = Some(Outcome::Made(session.project().entities.free_id(&cluster.name)));
                let title = format!("Create entity {} of {} mentions", cluster.name, cluster.mentions.len());
                let mentions = cluster.mentions.clone();
                ui.ctx().request_repaint();
                self.taken =
                    Some(Taken::new(title, mentions.iter(), move |draft| accept_cluster(draft, &cluster).map(|_| ())));
            }
        }
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            if let Some(found) = self.found.as_mut().filter(|found| !found.certain.is_empty()) {
                let text = counted(
                    found.certain.len(),
                    tr("mention certainly names a known entity"),
                    tr("mentions certainly name known entities"),
                );
                if form::primary_button(ui, theme, writable, tr("Link them")).clicked() {
                    let links = std::mem::take(&mut found.certain);
                    let mentions: Vec<MentionKey> = links.iter().map(|(mention, _)| mention.clone()).collect();
                    let title = "Link mentions to entities";
                    ui.ctx().request_repaint();
                    self.taken = Some(Taken::new(title, mentions.iter(), move |draft| link_open(draft, &links)));
                }
                ui.label(RichText::new(text).color(theme.text_weak));
            }
        });
        if form::plain_button(ui, true, tr("Back")).clicked() {
            outcome = Some(Outcome::Closed);
        }
        outcome
    }
}

fn cluster_row(ui: &mut Ui, context: &PanelContext<'_>, cluster: &Cluster, chosen: bool) -> egui::Response {
    let theme = context.theme;
    let count = cluster.mentions.len().to_string();
    let name = match cluster.mentions.len() {
        1 => fill(tr("1 mention of “{}” has no entity"), &[&cluster.name]),
        _ => fill(tr("{} mentions of “{}” have no entity"), &[&count, &cluster.name]),
    };
    let response = widgets::list_row(ui, theme, ROW, chosen, &name, |painter, rect| {
        let square = egui::Rect::from_center_size(rect.left_top() + vec2(13.0, 13.0), vec2(9.0, 9.0));
        painter.rect_filled(square, 2.5, context.palette.get(&cluster.label).bar);
        let at = rect.left_top() + vec2(25.0, 4.0);
        widgets::line_text(painter, at, rect.width() - 32.0, &name, theme::medium(size::BODY), theme.text);
        let parts = std::iter::once(&*cluster.label).chain(cluster.aliases.iter().map(String::as_str));
        let at = rect.left_top() + vec2(25.0, 21.0);
        let line = parts.collect::<Vec<_>>().join(" · ");
        widgets::line_text(painter, at, rect.width() - 32.0, &line, egui::FontId::proportional(11.5), theme.text_faint);
    });
    response.on_hover_text(fill(tr("Creates “{}” and links its mentions"), &[&cluster.name]))
}
