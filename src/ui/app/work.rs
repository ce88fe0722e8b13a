//! The stopwatch that runs while the user works on an article.

use super::App;
use crate::{session::Stopwatch, store::WorkStretch, ui::texts::tr};
use egui::{Context, Event};
use std::time::Duration;

impl App {
    /// Tells the stopwatch what happened since the last frame, and notes what it measured. Comes before anything takes
    /// input away.
    pub(super) fn measure_work(&mut self, context: &Context) {
        let (now, is_focused, is_active) = context.input(|input| {
            let now = Duration::try_from_secs_f64(input.time).unwrap_or_default();
            (now, input.focused, input.events.iter().any(is_work))
        });
        let place = self.session.as_ref().zip(self.article.as_ref()).map(|(session, article)| session.key(article));
        let before = self.stopwatch.go_to(now, place);
        if !is_focused {
            self.stopwatch.pause(now);
        } else if is_active {
            self.stopwatch.input(now);
        }
        let due = self.stopwatch.due(now);
        for stretch in [before, due].into_iter().flatten() {
            self.note_work(stretch);
        }
        if let Some(failure) = self.work_log.as_ref().and_then(|log| log.take_failure()) {
            self.messages.warning(format!("{}: {failure}", tr("The time of work could not be noted")));
        }
    }

    /// Notes what was measured so far.
    pub(in crate::ui) fn note_work_so_far(&mut self) {
        if let Some(stretch) = self.stopwatch.take() {
            self.note_work(stretch);
        }
    }

    /// Stops the stopwatch, and waits until all is noted.
    pub(super) fn stop_work(&mut self) {
        self.note_work_so_far();
        self.stopwatch = Stopwatch::default();
        self.work_log = None;
    }

    fn note_work(&mut self, stretch: WorkStretch) {
        let Some(session) = &self.session else { return };
        if self.work_log.is_none() {
            match session.store().work_log() {
                Ok(log) => self.work_log = log,
                Err(error) => {
                    self.messages.warning(format!("{}: {error}", tr("The time of work could not be noted")));
                }
            }
        }
        // A project that is open for reading has no log.
        if let Some(log) = &self.work_log {
            log.append(stretch);
        }
    }
}

/// True for what only a person at work sends.
fn is_work(event: &Event) -> bool {
    !matches!(event, Event::WindowFocused(_) | Event::PointerGone | Event::MouseMoved(_))
}
