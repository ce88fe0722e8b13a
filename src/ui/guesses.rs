//! What the window does with guesses: words that may be labelled too, though more likely not. They are no annotations: they are
//! drawn faintly, stepped through and taken with one key each, and whoever confirms the sentence or the article leaves them out.

use super::{
    annotate::start,
    app::App,
    document::{DocumentView, Reveal, Selection},
    texts::tr,
};
use crate::{
    assist::SpanProposal,
    model::{AnnotationId, ArticleId, Fragments, SetKey, Span, Status},
    session::naming,
    text::{ByteOffset, TextRange},
};
use egui::Context;
use std::collections::BTreeSet;

/// Bytes around what is in sight whose guesses are drawn, so that scrolling shows no gap.
const AROUND: u32 = 4_000;

/// What the user does with guesses, as long as the window is open.
#[derive(Debug, Default)]
pub(super) struct Guessing {
    /// The reading whose words were selected last; it counts while they are.
    chosen: Option<ChosenReading>,
    /// The reading that was decided about last, to go on from when that is undone.
    decided: Option<ChosenReading>,
    /// The suggestion whose edges were moved last.
    moving: Option<Moving>,
    /// Of this frame: the guess whose words are selected.
    here: Option<SpanProposal>,
    /// Of this frame: the guesses in sight and around it.
    around: Vec<SpanProposal>,
}

impl Guessing {
    /// The guess whose words are selected.
    pub(super) fn here(&self) -> Option<&SpanProposal> {
        self.here.as_ref()
    }
}

/// A guess, or other words for one, whose words were selected.
#[derive(Clone, Debug)]
struct ChosenReading {
    article: ArticleId,
    reading: SpanProposal,
    /// The guess that it is another reading of, if it is.
    of: Option<SpanProposal>,
}

/// A suggestion that is led through its readings: one step of undo takes all of it back.
#[derive(Debug)]
struct Moving {
    key: SetKey,
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

    /// The guesses to draw, as they are in this frame; they are given once.
    pub(super) fn take_guesses_to_draw(&mut self) -> Vec<SpanProposal> {
        std::mem::take(&mut self.guessing.around)
    }

    /// How many guesses are in sight, of those that are still to be drawn in this frame.
    pub(super) fn count_guesses_in_sight(&self) -> usize {
        let visible = self.view().map(DocumentView::visible_range).unwrap_or_default();
        self.guessing.around.iter().filter(|guess| guess.range.overlaps(visible)).count()
    }

    /// All guesses of the open article.
    pub fn guesses(&self) -> Vec<SpanProposal> {
        self.guesses_in(TextRange::from_usize(0, u32::MAX as usize))
    }

    /// Looks, once in a frame, which guesses are in sight, and which is selected: none while the mouse still selects, or while the review queue has the
    /// keyboard, whose keys mean its row.
    pub(super) fn follow_guesses(&mut self, context: &Context) {
        let is_elsewhere = context.memory(|memory| memory.focused()) == Some(super::review::list_id());
        let is_selecting = self.view().is_some_and(DocumentView::is_selecting);
        self.guessing.here = if is_elsewhere || is_selecting { None } else { self.guess_here() };
        let visible = self.view().map(DocumentView::visible_range).unwrap_or_default();
        let start = visible.start().0.saturating_sub(AROUND);
        let around = TextRange::new(ByteOffset(start), ByteOffset(visible.end().0.saturating_add(AROUND)));
        self.guessing.around = self.guesses_in(around);
    }

    /// The reading that was chosen, if its words are selected.
    fn chosen_reading(&self) -> Option<&ChosenReading> {
        let place = self.view()?.selection.range();
        let is_here = |chosen: &&ChosenReading| {
            self.selected.is_none() && self.article.as_ref() == Some(&chosen.article) && chosen.reading.range == place
        };
        self.guessing.chosen.as_ref().filter(is_here)
    }

    /// The guess whose words are selected, or the other reading of one that was chosen. The caret alone means none, so that no key
    /// decides about what nobody sees selected.
    pub(super) fn guess_here(&self) -> Option<SpanProposal> {
        let place = self.view()?.selection.range();
        if self.selected.is_some() || place.is_empty() {
            return None;
        }
        // Whatever has these words touches their first byte; of a large selection not all is looked through.
        let first = TextRange::new(place.start(), ByteOffset(place.start().0 + 1));
        let chosen = self.chosen_reading();
        let is_here = |reading: &SpanProposal| {
            reading.range == place && chosen.is_none_or(|chosen| chosen.reading.label == reading.label)
        };
        match chosen.and_then(|chosen| chosen.of.as_ref()) {
            Some(_) => self.readings(first, None).into_iter().find(is_here),
            None => self.guesses_in(first).into_iter().find(is_here),
        }
    }

    /// Selects the words of the guess in which words were selected by a double click.
    pub(super) fn select_guess_around(&mut self) {
        let Some(place) = self.view().map(|view| view.selection.range()) else { return };
        if self.selected.is_none()
            && !place.is_empty()
            && let Some(guess) = self.guesses_in(place).into_iter().find(|guess| guess.range.contains(place))
        {
            self.choose_reading(guess, None);
        }
    }

    /// Goes back to the guess that was decided about last, if its words are selected: that was undone.
    pub(super) fn return_to_guess(&mut self) {
        let place = self.view().map(|view| view.selection.range());
        let is_here = |decided: &mut ChosenReading| {
            Some(decided.reading.range) == place && self.article.as_ref() == Some(&decided.article)
        };
        if let Some(decided) = self.guessing.decided.take_if(is_here) {
            self.choose_reading(decided.reading, decided.of);
        }
    }

    /// Selects the words of the next or previous guess.
    pub(super) fn step_guess(&mut self, direction: i32) {
        let all = self.guesses();
        let Some(selection) = self.view().map(|view| view.selection) else { return };
        let anchor = self.selected.and_then(|id| self.set()?.anchor(id));
        // A caret comes before all that begins there.
        let here = anchor.unwrap_or(selection.range());
        let found = if direction > 0 {
            all.iter().find(|guess| guess.range > here).or(all.first())
        } else {
            all.iter().rev().find(|guess| guess.range < here).or(all.last())
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
        self.guessing.chosen = self.article.clone().map(|article| ChosenReading { article, reading, of });
    }

    /// Labels the words of the guess that is selected as was guessed, and goes on to the next one behind it.
    pub(super) fn take_guess(&mut self) {
        let Some(guess) = self.guess_here() else {
            self.messages.info(tr("Select a suggestion or a guess first"));
            return;
        };
        self.decide_on_guess();
        // As if the label's key had been pressed: a suggestion in the way is corrected.
        self.add_span(&guess.label, Fragments::one(guess.range));
        if self.selected.is_some() {
            self.go_on_from_guess(guess.range, self.selected);
        }
    }

    /// Rejects the guess that is selected: it is not guessed again there, and its words are doubted elsewhere. False
    /// if there is none.
    pub(super) fn reject_guess(&mut self) -> bool {
        let Some(guess) = self.guess_here() else { return false };
        self.decide_on_guess();
        let title = format!("Reject {}", self.words(guess.range, &guess.label));
        let rejected = self.edit(title, |draft| {
            start(draft)?;
            let id = draft.add_span(&guess.label, Fragments::one(guess.range))?;
            draft.set_status(id, Status::Rejected)
        });
        if rejected.is_some() {
            self.go_on_from_guess(guess.range, None);
        }
        true
    }

    /// Notes that what comes decides about the guess that was stepped to. False if the selected words are not those of one.
    pub(super) fn decide_on_guess(&mut self) -> bool {
        self.guessing.decided = self.chosen_reading().cloned();
        self.guessing.decided.is_some()
    }

    /// Goes on from a guess that was decided about to the next one behind it. After the last one what was made of it is selected.
    pub(super) fn go_on_from_guess(&mut self, place: TextRange, made: Option<AnnotationId>) {
        match self.guesses().into_iter().find(|next| next.range > place) {
            Some(next) => self.choose_reading(next, None),
            None => {
                self.messages.info(tr("That was the last guess"));
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
    /// it is a suggestion again, if nothing else was done meanwhile.
    fn move_suggestion(&mut self, span: &Span) -> bool {
        let moving = self.moving(span.id);
        let before = span.corrected_from.as_ref();
        // Where it began, so that the way leads round however the edges move.
        let place = before.and_then(|before| before.fragments.as_ref()).unwrap_or(&span.fragments).hull();
        let suggested = before.map_or(&span.label, |before| &before.label);
        let readings = self.readings(place, Some(span.id));
        // Where nothing is known, what a person made of it stays.
        if readings.is_empty() {
            return false;
        }
        let readings = readings.into_iter().map(|reading| (reading.range, reading.label));
        let all = [(place, suggested.clone())].into_iter().chain(readings);
        let Some((range, label)) = next_of(all, span.fragments.hull(), |(range, _)| *range) else { return false };
        if range == place && moving.is_some_and(|moving| moving.was_suggested) {
            self.undo_moves();
            return true;
        }
        let was_suggested = moving.map_or(span.status == Status::Suggested, |moving| moving.was_suggested);
        let is_label_given = moving.map_or(span.label != *suggested, |moving| moving.is_label_given);
        let first = moving.map(|moving| moving.first);
        let words = naming::quoted(range.slice(self.text()).unwrap_or_default());
        let (Some(session), Some(article)) = (self.session.as_mut(), self.article.as_ref()) else { return false };
        let done = session.edit_with(first, article, format!("Move the edges of {words}"), |draft| {
            start(draft)?;
            // Where relations hold it to its label, only the edges move.
            if label != span.label && !is_label_given {
                let _ = draft.set_label(span.id, &label);
            }
            Ok(draft.resize_span(span.id, Fragments::one(range))?)
        });
        if let Err(error) = done {
            self.messages.error(error.to_string());
            return true;
        }
        let Some(last) = session.next_undo() else { return true };
        let (key, id, first) = (session.key(article), span.id, first.unwrap_or(last));
        self.guessing.moving = Some(Moving { key, id, first, last, was_suggested, is_label_given });
        true
    }

    /// How an annotation of the open article had its edges moved, if that was the last change.
    fn moving(&self, id: AnnotationId) -> Option<&Moving> {
        let session = self.session.as_ref()?;
        let (key, last) = (session.key(self.article.as_ref()?), session.next_undo());
        self.guessing.moving.as_ref().filter(|moving| (&moving.key, moving.id, Some(moving.last)) == (&key, id, last))
    }

    /// True if the last change gave an annotation other edges.
    pub(super) fn is_moving(&self, id: AnnotationId) -> bool {
        self.moving(id).is_some()
    }

    /// Makes what the last change gave other edges a suggestion again, so that it can be rejected as one. Nothing else is changed.
    pub(super) fn make_suggestion_again(&mut self, id: AnnotationId) {
        if self.moving(id).is_some_and(|moving| moving.was_suggested) {
            self.undo_moves();
        }
    }

    /// Takes the last step back without leaving the place.
    fn undo_moves(&mut self) {
        let Some(session) = &mut self.session else { return };
        if let Err(error) = session.undo() {
            self.messages.error(error.to_string());
        }
    }

    /// Selects the words that a guess has with the next likely edges; false if there are none.
    fn move_guess(&mut self, guess: SpanProposal) -> bool {
        // Where it began, so that the way leads round.
        let origin = self.chosen_reading().and_then(|chosen| chosen.of.clone()).unwrap_or_else(|| guess.clone());
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

    /// Notes that a sentence was confirmed as it stands: what is guessed in it is not right. `is_change` says that suggestions were
    /// accepted by that, with which it is undone.
    pub(super) fn confirm_without_guesses(&mut self, sentence: TextRange, is_change: bool) {
        // While nothing is known yet there may be some.
        let is_unknown = match (&self.session, &self.article, &self.assistant) {
            (Some(session), Some(article), Some(assistant)) => !assistant.has_looked_at(session, article),
            _ => false,
        };
        let had_guesses = is_unknown || !self.guesses_in(sentence).is_empty();
        let (Some(session), Some(article)) = (&mut self.session, &self.article) else { return };
        match is_change {
            true => session.confirmed_by_change(article, sentence),
            false => session.confirmed_without_change(article, sentence, had_guesses),
        }
    }

    /// Takes back, or does again, that a sentence was confirmed without any change but that its guesses are left out. False if
    /// that is not what was done last.
    pub(super) fn undo_or_redo_confirmation(&mut self, undo: bool) -> bool {
        let Some(session) = &mut self.session else { return false };
        let place = if undo { session.undo_confirmation() } else { session.redo_confirmation() };
        let Some((article, sentence)) = place else { return false };
        self.messages.info(match undo {
            true => tr("Undone: a sentence was confirmed without its guesses"),
            false => tr("Done again: a sentence was confirmed without its guesses"),
        });
        self.open_article(&article);
        self.selected = None;
        if let Some(view) = self.view_mut() {
            view.selection = Selection::caret(sentence.start());
            view.reveal(sentence, Reveal::Comfortably);
        }
        true
    }

    /// Words with a label, for titles of changes.
    fn words(&self, range: TextRange, label: &str) -> String {
        naming::in_words(range.slice(self.text()).unwrap_or_default(), label)
    }
}

/// True for a suggestion, and for one that was corrected, if its edges can be moved.
pub(super) fn is_movable(span: &Span) -> bool {
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
