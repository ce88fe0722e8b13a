//! The open article in the middle of the window: what its view is given, and what becomes of what it reports.

use super::{App, article_id};
use crate::ui::{
    document,
    document::{DocumentAction, DocumentInput, DocumentView},
    link_box::{LinkBox, Picker, Position},
    suggestions,
    texts::tr,
    theme,
    theme::size,
    widgets,
};
use crate::{
    model::{AnnotationId, ArticleId},
    session::relation_choices::{Place, can_link, can_retarget},
};
use egui::Ui;

impl App {
    pub(super) fn show_document(&mut self, ui: &mut Ui, id: &ArticleId) {
        let Some(session) = &self.session else { return };
        let Some(article) = session.project().article(id) else { return };
        let Some(text) = article.text.clone() else { return };
        let guesses = self.take_guesses_to_draw();
        let Some(mut view) = self.views.remove(id) else { return };
        let in_box = self.link_box.as_ref().map(|link_box| (link_box.source(), link_box.place()));
        let linking = view.link_source().map(|source| (source, None)).or(in_box);
        self.find_targets(linking);
        let session = self.session.as_ref();
        let Some((session, article)) = session.and_then(|session| Some((session, session.project().article(id)?)))
        else {
            return;
        };
        let metadata = &article.metadata;
        let parts = [&metadata.source, &metadata.date, &metadata.language];
        let byline =
            parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("  ·  ");
        view.snap = self.settings.snap;
        let focus = article_id();
        let input = DocumentInput {
            text: &text,
            set: session.set(id),
            schema: &session.project().schema,
            theme: &self.theme,
            palette: &self.palette,
            title: &metadata.title,
            byline: &byline,
            tags: self.settings.tags,
            arcs: self.settings.arcs,
            selected: self.selected,
            guesses: &guesses,
            highlights: &self.highlights,
            targets: self.targets.as_ref().map(|(_, _, targets)| targets),
            read_only: session.read_only_reason().is_some(),
            focused: ui.ctx().memory(|memory| memory.has_focus(focus)),
        };
        let (response, actions) = view.show(ui, &input);
        // The article takes the keyboard under an id that the key handling knows.
        let focusable =
            ui.interact(response.rect.shrink(response.rect.width()), focus, egui::Sense::focusable_noninteractive());
        focusable.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Document, true, tr("Article, keyboard")));
        // What nothing else has belongs to the article, so that its keys always work.
        let is_free = ui.ctx().memory(|memory| memory.focused().is_none());
        let is_alone = self.dialog.is_none() && self.palette_box.is_none() && self.link_box.is_none();
        if self.focus_article || is_free && is_alone || response.clicked() || response.drag_started() {
            ui.ctx().memory_mut(|memory| memory.request_focus(focus));
            self.focus_article = false;
        }
        ui.ctx().memory_mut(|memory| {
            memory.set_focus_lock_filter(
                focus,
                egui::EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true },
            );
        });
        self.hover_card(&response, &view, id);
        self.views.insert(id.clone(), view);
        let is_double_click = response.double_clicked() && !ui.input(|input| input.modifiers.any());
        self.carry_out_document_actions(actions);
        if is_double_click {
            self.select_guess_around();
        }
    }

    /// What the span under the pointer is.
    pub(super) fn hover_card(&self, response: &egui::Response, view: &DocumentView, article: &ArticleId) {
        let Some(id) = view.hovered().filter(|_| view.link_source().is_none()) else { return };
        let Some(set) = self.session.as_ref().and_then(|session| session.set(article)) else { return };
        let Some(span) = set.span(id) else { return };
        let text = self.context().open_article().map(|article| article.text()).unwrap_or_default();
        response.clone().on_hover_ui_at_pointer(|ui| {
            ui.set_max_width(320.0);
            ui.horizontal(|ui| {
                let colors = self.palette.get(&span.label);
                let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 14.0), egui::Sense::hover());
                widgets::swatch(ui, rect.center(), colors);
                ui.label(egui::RichText::new(&*span.label).font(theme::strong(size::BODY)));
                ui.label(document::shortened(&span.fragments.surface(text), 60));
            });
            let values = span.attributes.iter().map(|(name, value)| format!("{name} {value}"));
            let registry = self.session.as_ref().map(|session| &session.project().entities);
            let entity = span.entity.as_ref().map(|id| {
                let known = registry.and_then(|registry| registry.get(id));
                format!("→ {}", known.map_or(id.as_str(), |entity| &entity.name))
            });
            let line = values.chain(entity).collect::<Vec<_>>().join(" · ");
            if !line.is_empty() {
                ui.label(egui::RichText::new(line).color(self.theme.text_weak));
            }
            if span.status == crate::model::Status::Suggested {
                let score = span.provenance.score.map(|score| format!("{:.0} %", score * 100.0));
                let reason = suggestions::reason_in_words(&span.provenance);
                let line = score.into_iter().chain(reason).collect::<Vec<_>>().join(" · ");
                ui.label(egui::RichText::new(line).color(self.theme.text_weak));
            }
            if !span.note.is_empty() {
                ui.label(egui::RichText::new(&span.note).italics());
            }
        });
    }

    /// Finds the annotations that a relation from `source` can lead to, once for each state of the project.
    pub(super) fn find_targets(&mut self, source: Option<(AnnotationId, Option<Place>)>) {
        let Some(((source, place), session, article)) =
            source.and_then(|source| Some((source, self.session.as_ref()?, self.article.as_ref()?)))
        else {
            self.targets = None;
            return;
        };
        let revision = session.revision();
        if self.targets.as_ref().is_some_and(|(known, at, _)| *known == (source, place) && *at == revision) {
            return;
        }
        let Some(set) = session.set(article) else { return };
        let schema = &session.project().schema;
        let ids = set.spans().map(|span| span.id).chain(set.relations().map(|relation| relation.id));
        let allowed = |target: &AnnotationId| match place {
            Some(place) => can_retarget(set, schema, source, place, *target),
            None => can_link(set, schema, source, *target),
        };
        self.targets = Some(((source, place), revision, ids.filter(allowed).collect()));
    }

    pub(super) fn carry_out_document_actions(&mut self, actions: Vec<DocumentAction>) {
        for action in actions {
            match action {
                DocumentAction::Select(id) => {
                    if self.link_box.is_some()
                        && let Some(id) = id
                    {
                        self.link_to(id);
                    } else {
                        self.left = self.selected.filter(|_| id.is_none()).or(self.left);
                        self.selected = id;
                        self.picker = None;
                    }
                }
                DocumentAction::Pick { spans, position } => self.picker = Some(Picker::new(spans, position)),
                DocumentAction::Menu { spans, position } => {
                    if let Some(first) = spans.first() {
                        self.selected = Some(*first);
                        self.picker = Some(Picker::new(spans, position));
                    }
                }
                DocumentAction::Resize { id, fragments } => self.resize(id, fragments),
                DocumentAction::Link { from, to, position } => {
                    self.selected = Some(from);
                    self.link_box = Some(LinkBox::new(from, Position::At(position)));
                    self.link_to(to);
                }
                DocumentAction::Jump(id) => self.jump_to(id),
            }
        }
    }
}
