//! What the window does with suggestions: keeps them up to date beside the user, and accepts them one by one, as far as
//! they are in sight, or above a confidence.

use super::{annotate::start, app::App, dialogs, texts::tr};
use crate::{
    model::{AnnotationId, AnnotationSet, Provenance, Status},
    session::Assistant,
    text::TextRange,
};
use egui::Context;

impl App {
    /// Hands over what was done, and takes in what is suggested since.
    pub(super) fn follow_suggestions(&mut self, context: &Context) {
        let Some(session) = &mut self.session else {
            self.assistant = None;
            return;
        };
        if !self.settings.suggest || session.read_only_reason().is_some() {
            self.assistant = None;
            return;
        }
        if self.assistant.as_ref().is_none_or(|assistant| !assistant.is_current(session)) {
            let repaint = context.clone();
            self.assistant = Some(Assistant::start(session, move || repaint.request_repaint()));
        }
        let Some(assistant) = &mut self.assistant else { return };
        let shown = self.article.as_ref();
        let chosen = self.table.is_review().then(|| self.table.review.chosen().cloned()).flatten();
        let listed = if self.table.is_review() { Some(self.table.review.follow(session)) } else { None };
        // What somebody looks at stays: what is selected, and the chosen row of the queue.
        let spared = shown.cloned().zip(self.selected).into_iter().chain(chosen).collect();
        match assistant.tick(session, shown, self.views.keys().chain(listed.into_iter().flatten()), spared) {
            Ok(true) => context.request_repaint(),
            Ok(false) => {}
            Err(error) => {
                // Whatever hinders it would hinder it every frame.
                self.settings.suggest = false;
                self.messages.error(format!("{}: {error}", tr("Suggesting was stopped")));
            }
        }
        if let Some(left) = assistant.expires_in() {
            context.request_repaint_after(left);
        }
    }

    /// The assistant, while there are suggestions; for tests and figures.
    pub fn assistant(&self) -> Option<&Assistant> {
        self.assistant.as_ref()
    }

    /// Turns suggestions on or off.
    pub(super) fn toggle_suggestions(&mut self) {
        self.settings.suggest = !self.settings.suggest;
        self.messages.info(if self.settings.suggest {
            tr("Articles get suggestions when they are opened")
        } else {
            tr("No more suggestions are made; those that are there stay")
        });
    }

    /// Rejects the suggestions of the open article that nobody looked at, whoever made them.
    pub(super) fn reject_all(&mut self) {
        let mut ids = self.suggested(None);
        let spans = self.set().into_iter().flat_map(AnnotationSet::spans);
        ids.extend(spans.filter(|span| span.awaits_place()).map(|span| span.id));
        if ids.is_empty() {
            self.messages.info(tr("No suggestions in this article"));
            return;
        }
        let count = ids.len();
        let done = self.edit(format!("Reject {count} suggestions"), |draft| {
            start(draft)?;
            ids.iter().try_for_each(|id| match draft.set().and_then(|set| set.get(*id)).map(|it| it.status()) {
                Some(Status::Suggested) => draft.set_status(*id, Status::Rejected),
                _ => Ok(()),
            })
        });
        if done.is_some() {
            self.messages.info(format!("{} {count}", tr("Suggestions rejected:")));
        }
    }

    /// Accepts the selected suggestion, or the guess at the caret, and goes to the next one.
    pub(super) fn accept_selected(&mut self) {
        let Some(id) = self.selected else {
            self.take_guess();
            return;
        };
        let status = self.set().and_then(|set| set.get(id)).map(|annotation| annotation.status());
        match status {
            Some(Status::Suggested | Status::Rejected) => {
                self.accept(&[id]);
                self.step_doubtful(1);
            }
            // What was corrected with other edges is accepted by that.
            Some(Status::Accepted) if self.is_moving(id) => self.step_doubtful(1),
            Some(Status::Accepted) => self.messages.info(tr("This is accepted already")),
            None => {}
        }
    }

    /// Accepts the suggestions that are in sight.
    pub(super) fn accept_visible(&mut self) {
        let Some(visible) = self.view().map(super::document::DocumentView::visible_range) else { return };
        let ids = self.suggested(Some(visible));
        if ids.is_empty() {
            self.messages.info(tr("No suggestions are in sight"));
            return;
        }
        self.accept(&ids);
        self.messages.info(format!("{} {}", tr("Suggestions accepted:"), ids.len()));
    }

    /// Accepts suggestions in one step.
    fn accept(&mut self, ids: &[AnnotationId]) {
        let title = match ids {
            [only] => format!("Accept {}", self.named(*only)),
            _ => format!("Accept {} suggestions", ids.len()),
        };
        self.edit(title, |draft| {
            start(draft)?;
            ids.iter().try_for_each(|id| draft.set_status(*id, Status::Accepted))
        });
    }

    /// Opens the choice of suggestions to accept.
    pub(super) fn choose_accepted(&mut self) {
        match dialogs::accept(&self.context()) {
            Ok(dialog) => self.open_dialog(dialog),
            Err(reason) => self.messages.info(reason),
        }
    }

    /// The suggestion that a person labels anew: it lies at the same place, or overlaps with what was selected and has the
    /// same label. Whoever corrects it says more than whoever adds another one beside it.
    pub(super) fn corrected_suggestion(&self, label: &str, place: TextRange) -> Option<AnnotationId> {
        let set = self.set()?;
        let mut found = set.spans_overlapping(place).filter(|span| {
            let hull = span.fragments.hull();
            span.status == Status::Suggested
                && span.fragments.count() == 1
                && !hull.is_empty()
                && (hull == place || &*span.label == label)
        });
        let first = found.next()?;
        found.next().is_none().then_some(first.id)
    }
}

/// Why something was suggested, in the language of the window.
pub fn reason_in_words(provenance: &Provenance) -> Option<String> {
    let reason = provenance.reason.as_deref()?;
    let translated = accepted(reason)
        .or_else(|| Some(format!("{} {}", tr("found by the rule"), reason.strip_prefix("found by the rule ")?)))
        .or_else(|| Some(format!("{} {}", tr("a name of the entity"), reason.strip_prefix("a name of the entity ")?)))
        .or_else(|| match reason.strip_prefix("learned: ")? {
            "project" => Some(tr("learned from this project").to_owned()),
            other => Some(format!("{} {other}", tr("learned by the model"))),
        });
    Some(translated.unwrap_or_else(|| reason.to_owned()))
}

/// `accepted 14 times as LOC, rejected once` in the language of the window.
fn accepted(reason: &str) -> Option<String> {
    let rest = reason.strip_prefix("accepted ")?;
    let (rest, rejected) = match rest.split_once(", rejected ") {
        Some((rest, rejected)) => (rest, Some(rejected)),
        None => (rest, None),
    };
    let (times, label) = rest.split_once(" as ")?;
    let count = |times: &str| match times {
        "once" => tr("once").to_owned(),
        times => times.replace("times", tr("times")),
    };
    let mut words = super::texts::fill(tr("accepted {} as {} in this project"), &[&count(times), label]);
    if let Some(rejected) = rejected {
        words += &format!(", {} {}", tr("rejected"), count(rejected));
    }
    Some(words)
}
