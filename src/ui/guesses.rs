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
    model::{AnnotationId, AnnotationSet, ArticleId, Fragments, Name, Span, Status},
    session::naming,
    text::TextRange,
};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes around what is in sight whose guesses are drawn, so that scrolling shows no gap.
const AROUND: u32 = 4_000;

/// What the user said of guesses, as long as the window is open.
#[derive(Debug, Default)]
pub(super) struct Guessing {
    /// Sentences that were confirmed, each with the hash of the text that it is a stretch of.
    confirmed: BTreeMap<ArticleId, Vec<(u64, TextRange)>>,
    /// The reading that was chosen last; it counts while its words are selected.
    chosen: Option<SpanProposal>,
}

impl Guessing {
    /// Forgets which sentences were confirmed: something was undone, or another project is open.
    pub(super) fn forget(&mut self) {
        self.confirmed.clear();
    }
}

impl App {
    /// The guesses of the open article that touch a stretch of it, in the order of the text, without those that the user
    /// has decided about since.
    pub(super) fn guesses_in(&self, stretch: TextRange) -> Vec<SpanProposal> {
        let (Some(session), Some(article), Some(assistant)) = (&self.session, &self.article, &self.assistant) else {
            return Vec::new();
        };
        let Some(text) = session.project().article(article).and_then(|article| article.text.as_ref()) else {
            return Vec::new();
        };
        let all = assistant.guesses(session, article);
        let confirmed = self.guessing.confirmed.get(article).map(Vec::as_slice).unwrap_or_default();
        let is_confirmed = |guess: &SpanProposal| {
            confirmed.iter().any(|(hash, sentence)| *hash == text.hash() && sentence.overlaps(guess.range))
        };
        let set = session.set(article);
        let first = all.partition_point(|guess| guess.range.end() <= stretch.start());
        all.iter()
            .skip(first)
            .take_while(|guess| guess.range.start() < stretch.end())
            .filter(|guess| guess.range.end() > stretch.start())
            .filter(|guess| is_free(set, guess.range, &guess.label, &|_| false) && !is_confirmed(guess))
            .cloned()
            .collect()
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

    /// The guess whose words are selected, or at the caret if nothing is.
    pub(super) fn guess_here(&self) -> Option<SpanProposal> {
        let selection = self.view()?.selection;
        if self.selected.is_some() {
            return None;
        }
        let place = selection.range();
        if let Some(chosen) = self.guessing.chosen.as_ref().filter(|chosen| chosen.range == place) {
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
            Some(guess) => self.choose_reading(guess),
            None => self.messages.info(tr("Nothing else is guessed in this article")),
        }
    }

    /// Selects the words of a guess or of another reading of it.
    fn choose_reading(&mut self, reading: SpanProposal) {
        self.selected = None;
        if let Some(view) = self.view_mut() {
            view.selection = Selection::of(reading.range);
            view.reveal(reading.range, Reveal::Comfortably);
        }
        self.guessing.chosen = Some(reading);
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
        let Some(id) = taken else { return };
        let end = guess.range.end();
        match self.guesses().into_iter().find(|next| next.range.start() >= end) {
            Some(next) => self.choose_reading(next),
            None => {
                self.selected = Some(id);
                if let Some(view) = self.view_mut() {
                    view.selection = Selection::caret(end);
                }
            }
        }
    }

    /// Reads the words of the selected suggestion or guess in the next likely way, with other edges. A suggestion is corrected
    /// by that; of a guess the words are selected.
    pub(super) fn other_edges(&mut self) {
        let selected = self.selected.and_then(|id| self.set()?.span(id)).cloned();
        let is_found = match (selected, self.guess_here()) {
            (Some(span), _) if is_open(&span) => self.move_suggestion(&span),
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

    /// Gives a suggestion, or one that was corrected so, its next likely edges; false if there are none.
    fn move_suggestion(&mut self, span: &Span) -> bool {
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
        let present = span.fragments.hull();
        let Some((range, label)) = next_of(all, present, |(range, _)| *range) else { return false };
        // A label that the user gave these words stays.
        let is_given = span.label != *suggested && present == place;
        let label = if is_given { span.label.clone() } else { label };
        let title = format!("Read {}", self.words(range, &label));
        self.edit(title, |draft| {
            start(draft)?;
            if label != span.label {
                draft.set_label(span.id, &label)?;
            }
            draft.resize_span(span.id, Fragments::one(range))
        });
        true
    }

    /// Selects the words that a guess has with the next likely edges; false if there are none.
    fn move_guess(&mut self, guess: SpanProposal) -> bool {
        let origin = self.guesses_in(guess.range).into_iter().next().unwrap_or_else(|| guess.clone());
        let place = origin.range;
        let all = [origin].into_iter().chain(self.readings(place, None));
        let next = next_of(all, guess.range, |reading| reading.range);
        let is_found = next.is_some();
        next.into_iter().for_each(|next| self.choose_reading(next));
        is_found
    }

    /// What may be labelled at a place, the likeliest first, where nothing stands but the annotation `id`.
    fn readings(&self, place: TextRange, id: Option<AnnotationId>) -> Vec<SpanProposal> {
        let (Some(session), Some(article), Some(assistant)) = (&self.session, &self.article, &self.assistant) else {
            return Vec::new();
        };
        let set = session.set(article);
        let schema = &session.project().schema;
        let mut readings = assistant.readings(session, article, place);
        readings.retain(|reading| {
            let is_known = schema.labels.iter().any(|label| label.name == reading.label);
            // Suggestions in the way go by themselves.
            let yields = |span: &Span| Some(span.id) == id || span.status == Status::Suggested;
            is_known && is_free(set, reading.range, &reading.label, &yields)
        });
        readings
    }

    /// Notes that a sentence was confirmed as it stands: what is guessed in it is not right.
    pub(super) fn leave_guesses(&mut self, sentence: TextRange) {
        let Some((article, text)) =
            self.article.clone().zip(self.context().open_article().and_then(|it| it.text.clone()))
        else {
            return;
        };
        self.guessing.confirmed.entry(article).or_default().push((text.hash(), sentence));
    }

    /// Words with a label, for titles of changes.
    fn words(&self, range: TextRange, label: &str) -> String {
        let text = self.context().open_article().map_or("", |article| article.text());
        naming::in_words(range.slice(text).unwrap_or_default(), label)
    }
}

/// True for a suggestion, and for one that was corrected, if its edges can be moved.
fn is_open(span: &Span) -> bool {
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

/// True if nothing stands at a place but what holds it, as a quotation does, or what `yields`; and if it was not rejected there
/// with this label.
fn is_free(set: Option<&AnnotationSet>, place: TextRange, label: &Name, yields: &dyn Fn(&Span) -> bool) -> bool {
    let Some(set) = set else { return true };
    set.spans_overlapping(place).filter(|span| !yields(span)).all(|span| {
        let hull = span.fragments.hull();
        match span.status {
            Status::Rejected => hull != place || span.label != *label,
            Status::Accepted | Status::Suggested => hull != place && hull.contains(place),
        }
    })
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
