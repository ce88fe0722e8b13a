//! A part of the dialog on entities: mentions that name nothing known yet, and links that are certain.

use super::{form, parts::counted};
use crate::{
    model::{ArticleId, EntityId},
    session::{
        Session,
        link::{CERTAIN, Cluster, Linking, accept_cluster, link_certain},
    },
    ui::{
        request::{PanelContext, Request},
        task::{Task, progress_line},
        texts::{fill, tr},
        theme::{self, size},
        widgets,
    },
};
use egui::{RichText, ScrollArea, Ui, vec2};

/// Height of a row of the list.
const ROW: f32 = 40.0;

/// What was found in the articles.
struct Found {
    clusters: Vec<Cluster>,
    certain: usize,
}

/// Proposals of entities.
pub struct Proposing {
    /// The revision and number of loaded articles that were looked at.
    seen: Option<(u64, usize)>,
    task: Option<Task<Found>>,
    found: Option<Found>,
    chosen: usize,
    focus: bool,
    /// True while what the user just took is being made: then the list gets the keyboard back.
    waits: bool,
}

/// What became of it.
pub enum Outcome {
    Closed,
    /// An entity that will appear.
    Made(EntityId),
}

impl Proposing {
    pub fn new() -> Self {
        Self { seen: None, task: None, found: None, chosen: 0, focus: true, waits: false }
    }

    /// Looks at the articles anew where they changed, on a thread of its own.
    fn follow(&mut self, ui: &Ui, session: &Session) {
        let project = session.project();
        let loaded = project.articles.keys().filter(|id| session.is_loaded(id)).count();
        let seen = Some((session.revision(), loaded));
        if self.seen != seen {
            self.seen = seen;
            let (project, annotator) = (project.clone(), session.annotator().clone());
            self.task = Some(Task::start(ui.ctx(), move |control, results| {
                let linking = Linking::new(&project);
                let clusters = linking.clusters(&project.entities, &annotator, project.articles.values(), CERTAIN);
                let mut certain = 0;
                for article in project.articles.values() {
                    if control.is_cancelled() {
                        return;
                    }
                    if let Some(set) = article.sets.get(&annotator) {
                        certain += linking.proposals(&project.entities, article.text(), set, CERTAIN).len();
                    }
                }
                results.send(Found { clusters, certain });
            }));
        }
        if let Some(found) = self.task.as_mut().and_then(Task::poll) {
            self.chosen = self.chosen.min(found.clusters.len().saturating_sub(1));
            self.found = Some(found);
            self.focus |= std::mem::take(&mut self.waits);
            self.task = None;
        }
        if self.task.as_ref().is_some_and(Task::is_over) {
            self.task = None;
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
        if self.task.is_some() && progress_line(ui, theme, tr("Looking through the articles"), (0, 0)) {
            self.task = None;
            outcome = Some(Outcome::Closed);
        }
        let writable = context.is_writable();
        let mut taken = None;
        if let Some(found) = &self.found {
            let count = found.clusters.len();
            let mut stepped = None;
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let area = ScrollArea::vertical().id_salt("clusters").max_height(250.0).auto_shrink([false, true]);
                area.show_rows(ui, ROW, count, |ui, range| {
                    for (place, cluster) in range.filter_map(|place| Some((place, found.clusters.get(place)?))) {
                        let is_chosen = place == self.chosen;
                        let response = cluster_row(ui, context, cluster, is_chosen);
                        if is_chosen && std::mem::take(&mut self.focus) {
                            response.request_focus();
                            response.scroll_to_me(None);
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
            if let Some(cluster) = taken.and_then(|place| found.clusters.get(place)).filter(|_| writable).cloned() {
                outcome = Some(Outcome::Made(session.project().entities.free_id(&cluster.name)));
                let title = format!("Create entity {} of {} mentions", cluster.name, cluster.mentions.len());
                requests.push(form::project_change(title, form::Needs::AllArticles, move |draft| {
                    accept_cluster(draft, &cluster).map(|_| ())
                }));
                self.waits = true;
            }
        }
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            if let Some(certain) = self.found.as_ref().map(|found| found.certain).filter(|count| *count > 0) {
                let text = counted(
                    certain,
                    tr("mention certainly names a known entity"),
                    tr("mentions certainly name known entities"),
                );
                if form::primary_button(ui, theme, writable, tr("Link them")).clicked() {
                    requests.push(link_all());
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

fn link_all() -> Request {
    Request::change(|session| {
        session.load_all(|_, _| true)?;
        let linking = Linking::new(session.project());
        let annotator = session.annotator().clone();
        let ids: Vec<ArticleId> = session.project().articles.keys().cloned().collect();
        session.edit(&ArticleId::new(""), "Link mentions to entities", |draft| {
            link_certain(draft, &linking, &annotator, &ids, CERTAIN)?;
            Ok(())
        })?;
        Ok(None)
    })
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
