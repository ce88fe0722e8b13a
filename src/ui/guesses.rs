//! What the window does with guesses: words that may be labelled too, though more likely not. They are no annotations: they are
//! drawn faintly, stepped through and taken with one key each, and whoever confirms the sentence or the article leaves them out.

use super::{
    annotate::start,
    app::App,
    document::{Reveal, Selection},
    texts::tr,
};
use crate::{
    assist::SpanProposal,
    model::{AnnotationId, Fragments, Span, Status},
    session::{naming, suggest::suggested_span},
    text::TextRange,
};
use std::collections::BTreeSet;

/// Bytes around what is in sight whose guesses are drawn, so that scrolling shows no gap.
const AROUND: u32 = 4_000;

/// What the user does with guesses, as long as the window is open.
#[derive(Debug, Default)]
pub(super) struct Guessing {
    /// The reading whose words were selected last, and the guess that it is another reading of, if it is; it counts while its
    /// words are selected.
    chosen: Option<(SpanProposal, Option<SpanProposal>)>,
    /// The suggestion whose edges were moved last.
    moving: Option<Moving>,
    /// Of this frame: the guess that is selected or at the caret.
    here: Option<SpanProposal>,
}

impl Guessing {
    /// The guess that is selected or at the caret.
    pub(super) fn here(&self) -> Option<&SpanProposal> {
        self.here.as_ref()
    }
}

/// A suggestion that is led through its readings: one step of undo takes all of it back.
#[derive(Debug)]
struct Moving {
    id: AnnotationId,
    /// Numbers of the first and of the last transaction so far.
    first: u64,
    last: u64,
    /// True if it was a suggestion before the first.
    was_suggested: bool,
    /// True if a person gave it its label, which stays.
    is_label_given: bool,
}

impl App {
    /// The guesses of the open article that touch a stretch of it, in the order of the text, without those that the user
    /// has decided about since.
    pub(super) fn guesses_in(&self, stretch: TextRange) -> Vec<SpanProposal> {
        match (&self.session, &self.article, &self.assistant) {
            (Some(session), Some(article), Some(assistant)) => assistant.guesses(session, article, stretch),
            _ => Vec::new(),
        }
    }

    /// The guesses to draw.
    pub(super) fn guesses_in_sight(&self) -> Vec<SpanProposal> {
        let Some(visible) = self.view().map(super::document::DocumentView::visible_range) else { return Vec::new() };
        let around = TextRange::from_usize(
            visible.start().0.saturating_sub(AROUND) as usize,
            visible.end().0.saturating_add(AROUND) as usize,
        );
        self.guesses_in(around)
    }

    /// How many guesses are in sight.
    pub(super) fn count_guesses_in_sight(&self) -> usize {
        let visible = self.view().map(super::document::DocumentView::visible_range);
        visible.map_or(0, |visible| self.guesses_in(visible).len())
    }

    /// All guesses of the open article.
    pub fn guesses(&self) -> Vec<SpanProposal> {
        self.guesses_in(TextRange::from_usize(0, u32::MAX as usize))
    }

    /// Looks, once in a frame, which guess is selected or at the caret.
    pub(super) fn follow_guesses(&mut self) {
        self.guessing.here = self.guess_here();
    }

    /// The guess whose words are selected, or at the caret if nothing is.
    pub(super) fn guess_here(&self) -> Option<SpanProposal> {
        let selection = self.view()?.selection;
        if self.selected.is_some() {
            return None;
        }
        let place = selection.range();
        if let Some((chosen, _)) = self.guessing.chosen.as_ref().filter(|(chosen, _)| chosen.range == place) {
            // It may be somebody else's, or of another text by now.
            let is_same = |reading: &SpanProposal| (reading.range, &reading.label) == (place, &chosen.label);
            let still = self.guesses_in(place).into_iter().chain(self.readings(place, None)).find(is_same);
            if still.is_some() {
                return still;
            }
        }
        let start = place.start().to_usize();
        let near = TextRange::from_usize(start.saturating_sub(1), start + 1);
        let touches = |guess: &SpanProposal| match selection.is_empty() {
            true => guess.range.start() <= place.start() && place.start() <= guess.range.end(),
            false => guess.range == place,
        };
        self.guesses_in(near).into_iter().find(touches)
    }

    /// Selects the words of the next or previous guess.
    pub(super) fn step_guess(&mut self, direction: i32) {
        let all = self.guesses();
        let Some(selection) = self.view().map(|view| view.selection) else { return };
        let anchor = self.selected.and_then(|id| self.set()?.anchor(id));
        let here = anchor.unwrap_or(selection.range()).start();
        // At the caret itself one may begin.
        let is_on_words = anchor.is_some() || !selection.is_empty();
        let found = if direction > 0 {
            let is_next =
                |guess: &&SpanProposal| guess.range.start() > here || !is_on_words && guess.range.start() == here;
            all.iter().find(is_next).or(all.first())
        } else {
            all.iter().rev().find(|guess| guess.range.start() < here).or(all.last())
        };
        match found.cloned() {
            Some(guess) => self.choose_reading(guess, None),
            None => self.messages.info(tr("Nothing else is guessed in this article")),
        }
    }

    /// Selects the words of a guess, or of another reading of the guess `of`.
    fn choose_reading(&mut self, reading: SpanProposal, of: Option<SpanProposal>) {
        self.selected = None;
        if let Some(view) = self.view_mut() {
            view.selection = Selection::of(reading.range);
            view.reveal(reading.range, Reveal::Comfortably);
        }
        self.guessing.chosen = Some((reading, of));
    }

    /// Labels the words of the guess that is selected or at the caret as was guessed, and goes on to the next one behind it.
    pub(super) fn take_guess(&mut self) {
        let Some(guess) = self.guess_here() else {
            self.messages.info(tr("Select a suggestion or a guess first"));
            return;
        };
        let title = format!("Accept {}", self.words(guess.range, &guess.label));
        let taken = self.edit(title, |draft| {
            start(draft)?;
            draft.add_span(&guess.label, Fragments::one(guess.range))
        });
        if let Some(id) = taken {
            self.leave_guess(guess.range, Some(id));
        }
    }

    /// Rejects the guess that is selected or at the caret, as a suggestion is: it is not guessed again there, and its words are
    /// doubted elsewhere. False if there is none.
    pub(super) fn reject_guess(&mut self) -> bool {
        let Some(guess) = self.guess_here() else { return false };
        let title = format!("Reject {}", self.words(guess.range, &guess.label));
        let rejected = self.edit(title, |draft| {
            start(draft)?;
            let time = draft.time();
            draft.insert_span(Span { status: Status::Rejected, ..suggested_span(&guess, time) })
        });
        if rejected.is_some() {
            self.leave_guess(guess.range, None);
        }
        true
    }

    /// Goes on from a guess that was decided about to the next one behind it. After the last one what was made of it is selected.
    fn leave_guess(&mut self, place: TextRange, made: Option<AnnotationId>) {
        match self.guesses().into_iter().find(|next| next.range.start() >= place.end()) {
            Some(next) => self.choose_reading(next, None),
            None => {
                self.selected = made;
                if let Some(view) = self.view_mut() {
                    view.selection = Selection::caret(place.end());
                }
            }
        }
    }

    /// Gives the words of the selected suggestion or guess the next likely edges. A suggestion is corrected by that; of a guess
    /// the words are selected.
    pub(super) fn other_edges(&mut self) {
        let selected = self.selected.and_then(|id| self.set()?.span(id)).cloned();
        let is_found = match (selected, self.guess_here()) {
            (Some(span), _) if is_movable(&span) => self.move_suggestion(&span),
            (None, Some(guess)) => self.move_guess(guess),
            _ => {
                self.messages.info(tr("Select a suggestion or a guess first"));
                return;
            }
        };
        if !is_found {
            self.messages.info(tr("No other edges are likely here"));
        }
    }

    /// Gives a suggestion, or one that was corrected, its next likely edges; false if there are none. Where the way leads round
    /// it is a suggestion again.
    fn move_suggestion(&mut self, span: &Span) -> bool {
        let last = self.session.as_ref().and_then(|session| session.next_undo());
        let moving = self.guessing.moving.take().filter(|moving| moving.id == span.id && Some(moving.last) == last);
        let before = span.corrected_from.as_ref();
        // Where it began, so that the way leads round however the edges move.
        let place = before.and_then(|before| before.fragments.as_ref()).unwrap_or(&span.fragments).hull();
        let suggested = before.map_or(&span.label, |before| &before.label);
        let is_label_given = moving.as_ref().map_or(span.label != *suggested, |moving| moving.is_label_given);
        let readings = self.readings(place, Some(span.id));
        let readings = readings.into_iter().map(|reading| (reading.range, reading.label));
        let all = [(place, suggested.clone())].into_iter().chain(readings);
        let Some((range, label)) = next_of(all, span.fragments.hull(), |(range, _)| *range) else {
            self.guessing.moving = moving;
            return false;
        };
        if range == place && moving.as_ref().is_some_and(|moving| moving.was_suggested) {
            self.take_back();
            return true;
        }
        let label = if is_label_given { span.label.clone() } else { label };
        let title = format!("Move the edges of {}", self.words(range, &label));
        let (Some(session), Some(article)) = (self.session.as_mut(), self.article.as_ref()) else { return false };
        let first = moving.as_ref().map(|moving| moving.first);
        let was_suggested = moving.map_or(span.status == Status::Suggested, |moving| moving.was_suggested);
        let done = session.edit_with(first, article, title, |draft| {
            start(draft)?;
            if label != span.label {
                draft.set_label(span.id, &label)?;
            }
            Ok(draft.resize_span(span.id, Fragments::one(range))?)
        });
        let now = session.next_undo();
        match done {
            Ok(()) => {
                self.guessing.moving = now.map(|last| Moving {
                    id: span.id,
                    first: first.unwrap_or(last),
                    last,
                    was_suggested,
                    is_label_given,
                });
            }
            Err(error) => self.messages.error(error.to_string()),
        }
        true
    }

    /// Takes the last step back without leaving the place.
    fn take_back(&mut self) {
        let Some(session) = &mut self.session else { return };
        if let Err(error) = session.undo() {
            self.messages.error(error.to_string());
        }
    }

    /// True if the selected annotation had its edges moved by the last change.
    pub(super) fn is_moving(&self, id: AnnotationId) -> bool {
        let last = self.session.as_ref().and_then(|session| session.next_undo());
        self.guessing.moving.as_ref().is_some_and(|moving| moving.id == id && Some(moving.last) == last)
    }

    /// Selects the words that a guess has with the next likely edges; false if there are none.
    fn move_guess(&mut self, guess: SpanProposal) -> bool {
        let chosen = self.guessing.chosen.take().filter(|(chosen, _)| chosen.range == guess.range);
        // Where it began, so that the way leads round.
        let origin = chosen.and_then(|(_, of)| of).unwrap_or_else(|| guess.clone());
        let all = [origin.clone()].into_iter().chain(self.readings(origin.range, None));
        match next_of(all, guess.range, |reading| reading.range) {
            Some(next) => {
                let of = (next.range != origin.range).then_some(origin);
                self.choose_reading(next, of);
                true
            }
            None => false,
        }
    }

    /// What may be labelled at a place, the likeliest first, where nothing stands but the annotation `of`.
    fn readings(&self, place: TextRange, of: Option<AnnotationId>) -> Vec<SpanProposal> {
        match (&self.session, &self.article, &self.assistant) {
            (Some(session), Some(article), Some(assistant)) => assistant.readings(session, article, place, of),
            _ => Vec::new(),
        }
    }

    /// Notes that a sentence was confirmed as it stands: what is guessed in it is not right.
    pub(super) fn leave_guesses(&mut self, sentence: TextRange) {
        if let (Some(session), Some(article)) = (&mut self.session, &self.article) {
            session.confirm(article, sentence);
        }
    }

    /// Words with a label, for titles of changes.
    fn words(&self, range: TextRange, label: &str) -> String {
        let text = self.context().open_article().map_or("", |article| article.text());
        naming::in_words(range.slice(text).unwrap_or_default(), label)
    }
}

/// True for a suggestion, and for one that was corrected, if its edges can be moved.
fn is_movable(span: &Span) -> bool {
    let is_corrected = span.status == Status::Accepted && span.corrected_from.is_some();
    (span.status == Status::Suggested || is_corrected) && span.fragments.count() == 1 && !span.awaits_place()
}

/// Of readings the one behind that at the place `present`, the first again behind the last; each place counts once. `None` if
/// there is no other place.
fn next_of<T>(readings: impl Iterator<Item = T>, present: TextRange, place: impl Fn(&T) -> TextRange) -> Option<T> {
    let mut seen = BTreeSet::new();
    let all: Vec<T> = readings.filter(|reading| seen.insert(place(reading))).collect();
    let at = all.iter().position(|reading| place(reading) == present).unwrap_or_default();
    let next = (at + 1) % all.len().max(1);
    all.into_iter().nth(next).filter(|reading| place(reading) != present)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_edges_lead_round() {
        let at = |start: usize, end: usize| TextRange::from_usize(start, end);
        let all = [at(2, 5), at(2, 9), at(2, 5), at(0, 5)];
        let next = |present: TextRange| next_of(all.into_iter(), present, |range| *range);
        assert_eq!(next(at(2, 5)), Some(at(2, 9)));
        assert_eq!(next(at(2, 9)), Some(at(0, 5)));
        assert_eq!(next(at(0, 5)), Some(at(2, 5)), "the first again");
        assert_eq!(next_of([at(2, 5), at(2, 5)].into_iter(), at(2, 5), |range| *range), None);
        assert_eq!(next_of(std::iter::empty(), at(2, 5), |range: &TextRange| *range), None);
    }
}
