//! What keys and gestures in the article do to annotations.

use super::{
    app::App,
    document::{Reveal, Selection, relations_around},
    link_box::{LinkBox, Picker, Position},
    texts::{fill, tr},
};
use crate::{
    edit::{Draft, EditError},
    model::{AnnotationId, AnnotationSet, Fragments, Name, Progress, Status},
    session::{
        naming,
        relation_choices::{LinkChoice, Place, link, link_choices, places, retarget},
    },
    text::{ByteOffset, TextRange, segment},
};

/// Which edge of a span moves, and where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EdgeStep {
    GrowStart,
    ShrinkStart,
    ShrinkEnd,
    GrowEnd,
}

/// How far an edge moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    Token,
    Character,
}

impl App {
    /// The annotations of the open article.
    pub(super) fn set(&self) -> Option<&AnnotationSet> {
        self.session.as_ref()?.set(self.article.as_ref()?)
    }

    /// An annotation of the open article by its words, for titles of changes.
    pub(super) fn named(&self, id: AnnotationId) -> String {
        naming::named(self.set(), self.text(), id)
    }

    pub(super) fn text(&self) -> &str {
        self.context().open_article().map_or("", |article| article.text())
    }

    /// Changes annotations of the open article in one transaction; says so where that fails.
    pub(super) fn edit<T>(
        &mut self,
        title: impl Into<String>,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<T, EditError>,
    ) -> Option<T> {
        let (session, article) = (self.session.as_mut()?, self.article.clone()?);
        match session.edit(&article, title, |draft| Ok(steps(draft)?)) {
            Ok(result) => {
                self.edits += 1;
                Some(result)
            }
            Err(error) => {
                self.messages.error(error.to_string());
                None
            }
        }
    }

    /// Labels the selected text; without one gives the selected annotation another label; without either labels the word
    /// at the caret.
    pub(super) fn label(&mut self, label: &Name) {
        let Some(view) = self.view() else { return };
        let (selection, pieces) = (view.selection, view.pieces.clone());
        let selected = self.selected;
        if selection.is_empty()
            && pieces.is_empty()
            && let Some(id) = selected
        {
            let (was_suggested, was_moving) = (self.status(id) == Some(Status::Suggested), self.is_moving(id));
            let is_right = self.set().and_then(|set| set.get(id)).is_some_and(|it| it.label() == label);
            let done = match was_suggested && is_right {
                true => self.edit(format!("Accept {}", self.named(id)), |draft| draft.set_status(id, Status::Accepted)),
                false => self.edit(format!("Label {} {label}", self.named(id)), |draft| draft.set_label(id, label)),
            };
            // One whose edges were moved just now is still the one that is being corrected.
            if (was_suggested || was_moving) && done.is_some() {
                self.step_doubtful(1);
            }
            return;
        }
        let text = self.text();
        let chosen =
            if selection.is_empty() { segment::token_at(text, selection.head) } else { Some(selection.range()) };
        let ranges = pieces.into_iter().chain(chosen.filter(|_| !selection.is_empty() || self.pieces().is_empty()));
        let trimmed = ranges.map(|range| segment::trim(text, range)).filter(|range| !range.is_empty());
        let Some(fragments) = Fragments::new(trimmed) else {
            self.messages.info(tr("Select the words to label first"));
            return;
        };
        let (place, was_at_guess) = (fragments.hull(), self.decide_on_guess());
        self.add_span(label, fragments);
        // Whoever goes from guess to guess goes on, as with suggestions.
        if was_at_guess && self.selected.is_some() {
            self.go_on_from_guess(place, self.selected);
        }
    }

    pub(super) fn status(&self, id: AnnotationId) -> Option<Status> {
        Some(self.set()?.get(id)?.status())
    }

    fn pieces(&self) -> &[TextRange] {
        self.view().map(|view| view.pieces.as_slice()).unwrap_or_default()
    }

    /// Makes a zero-width span at the caret.
    pub(super) fn label_place(&mut self, label: &Name) {
        let Some(head) = self.view().map(|view| view.selection.head) else { return };
        self.add_span(label, Fragments::one(TextRange::at(head)));
    }

    pub(super) fn add_span(&mut self, label: &Name, fragments: Fragments) {
        let same = self.set().and_then(|set| {
            let here = set.spans_overlapping(fragments.hull());
            here.into_iter()
                .find(|span| span.label == *label && span.fragments == fragments)
                .map(|span| (span.id, span.status))
        });
        if let Some((id, status)) = same {
            if status == Status::Accepted {
                self.messages.info(tr("That is labelled so already"));
            } else {
                self.edit(format!("Accept {}", self.named(id)), |draft| draft.set_status(id, Status::Accepted));
            }
            self.selected = Some(id);
            return;
        }
        let corrected = (fragments.count() == 1).then(|| self.corrected_suggestion(label, fragments.hull())).flatten();
        let end = fragments.end();
        let surface = super::document::shortened(&fragments.surface(self.text()), 30);
        let added = self.edit(format!("Label “{surface}” {label}"), |draft| {
            start(draft)?;
            match corrected {
                Some(id) => {
                    draft.set_label(id, label)?;
                    draft.resize_span(id, fragments)?;
                    Ok(id)
                }
                None => draft.add_span(label, fragments),
            }
        });
        if let Some(id) = added {
            self.selected = Some(id);
            if let Some(view) = self.view_mut() {
                view.selection = Selection::caret(end);
                view.pieces.clear();
            }
        }
    }

    /// Keeps the selected text as a piece of a span to come.
    pub(super) fn keep_piece(&mut self) {
        let text = self.text().to_owned();
        let Some(view) = self.view_mut() else { return };
        let piece = segment::trim(&text, view.selection.range());
        if piece.is_empty() {
            self.messages.info(tr("Select a piece of text first"));
        } else {
            view.pieces.push(piece);
            view.selection = Selection::caret(piece.end());
            self.messages.info(tr("Piece kept: select the next one, then press a label's key"));
        }
    }

    /// Adds the selected text to the span that is selected, or was until the text was.
    pub(super) fn add_piece(&mut self) {
        let Some(range) = self.view().map(|view| view.selection.range()) else { return };
        let range = segment::trim(self.text(), range);
        let span = self.selected.or(self.left).and_then(|id| self.set()?.span(id));
        let Some(span) = span.filter(|_| !range.is_empty()) else {
            self.messages.info(tr("Select a span first, then the text to add to it"));
            return;
        };
        let id = span.id;
        if let Some(fragments) = Fragments::new(span.fragments.iter().chain([range])) {
            self.resize(id, fragments);
            self.selected = Some(id);
            if let Some(view) = self.view_mut() {
                view.selection = Selection::caret(range.end());
            }
        }
    }

    pub(super) fn resize(&mut self, id: AnnotationId, fragments: Fragments) {
        let text = self.text();
        let snapped = Fragments::new(fragments.iter().map(|range| segment::snap_to_graphemes(text, range)));
        let Some(fragments) = snapped else { return };
        self.edit(format!("Resize {}", self.named(id)), |draft| draft.resize_span(id, fragments));
    }

    /// Moves an edge of the selected span.
    pub(super) fn step_edge(&mut self, step: EdgeStep, grain: Grain) {
        let Some(id) = self.selected else { return };
        let Some(fragments) = self.set().and_then(|set| set.span(id)).map(|span| span.fragments.clone()) else {
            return;
        };
        let text = self.text();
        let (start, end) = (fragments.start(), fragments.end());
        let target = match (step, grain) {
            (EdgeStep::GrowStart, Grain::Token) => segment::previous_word_start(text, start),
            (EdgeStep::GrowEnd, Grain::Token) => segment::next_word_end(text, end),
            (EdgeStep::ShrinkStart, Grain::Token) => segment::without_first_word(text, fragments.hull()).start(),
            (EdgeStep::ShrinkEnd, Grain::Token) => segment::without_last_word(text, fragments.hull()).end(),
            (EdgeStep::GrowStart, Grain::Character) => segment::previous_grapheme(text, start),
            (EdgeStep::GrowEnd, Grain::Character) => segment::next_grapheme(text, end),
            // White space goes with what stood before it.
            (EdgeStep::ShrinkStart, Grain::Character) => skip_space(text, segment::next_grapheme(text, start)),
            (EdgeStep::ShrinkEnd, Grain::Character) => skip_space_back(text, segment::previous_grapheme(text, end)),
        };
        let moves_start = matches!(step, EdgeStep::GrowStart | EdgeStep::ShrinkStart);
        let moved = super::document::move_edge(&fragments, moves_start, target);
        match moved {
            Some(fragments) => self.resize(id, fragments),
            None => self.messages.info(tr("The span can not become smaller")),
        }
    }

    /// Rejects a suggestion or a guess, deletes anything else.
    pub(super) fn reject_or_delete(&mut self) {
        let Some(id) = self.selected else {
            if !self.reject_guess() {
                self.messages.info(tr("Select an annotation first, with Tab or a click"));
            }
            return;
        };
        // One whose other edges are not right either was a wrong suggestion.
        self.make_suggestion_again(id);
        if self.status(id) == Some(Status::Suggested) {
            self.edit(format!("Reject {}", self.named(id)), |draft| draft.set_status(id, Status::Rejected));
            self.step_doubtful(1);
        } else {
            self.delete();
        }
    }

    /// Deletes the selected annotation and says what went with it.
    pub(super) fn delete(&mut self) {
        let Some(id) = self.selected else { return };
        // What was suggested would come back if it only went away, also if it was given other edges.
        self.make_suggestion_again(id);
        if self.status(id) == Some(Status::Suggested) {
            self.reject_or_delete();
            return;
        }
        let neighbor = self.neighbor(id);
        if let Some(removed) = self.edit(format!("Delete {}", self.named(id)), |draft| draft.remove(id)) {
            if removed.len() > 1 {
                let count = removed.len() - 1;
                self.messages.info(format!("{} {count}", tr("Deleted with relations that depended on it:")));
            }
            self.selected = neighbor.filter(|id| self.set().is_some_and(|set| set.contains(*id)));
        }
    }

    /// The span that comes before another, to go on from when that is deleted.
    fn neighbor(&self, id: AnnotationId) -> Option<AnnotationId> {
        let set = self.set()?;
        let span = set.span(id)?;
        set.index().previous_before(span.fragments.hull(), id).map(|(_, id)| id)
    }

    /// Selects the next or previous span from the selected one or the caret.
    pub(super) fn step_span(&mut self, forward: bool) {
        let Some(set) = self.set() else { return };
        let at = self.view().map(|view| view.selection.head).unwrap_or_default();
        let from = self.selected.and_then(|id| Some((set.span(id)?.fragments.hull(), id)));
        // In the order of spans this comes before all that start at the caret.
        let caret = (TextRange::new(at, ByteOffset(u32::MAX)), AnnotationId(0));
        let mut place = from.unwrap_or(caret);
        let found = loop {
            let next = match forward {
                true => set.index().next_after(place.0, place.1),
                false => set.index().previous_before(place.0, place.1),
            };
            let Some((range, id)) = next else { break None };
            if set.span(id).is_some_and(|span| span.status != Status::Rejected) {
                break Some((range, id));
            }
            place = (range, id);
        };
        match found {
            Some((range, id)) => self.show_span(id, range),
            None => self.messages.info(if forward { tr("No further span") } else { tr("No earlier span") }),
        }
    }

    fn show_span(&mut self, id: AnnotationId, range: TextRange) {
        self.selected = Some(id);
        if let Some(view) = self.view_mut() {
            view.selection = Selection::caret(range.start());
            view.reveal(range, Reveal::Comfortably);
        }
    }

    /// Selects the next or previous suggestion or problem.
    pub(super) fn step_doubtful(&mut self, direction: i32) {
        let Some(set) = self.set() else { return };
        let Some(session) = &self.session else { return };
        let project = session.project();
        let problems = crate::model::validate(set, &project.schema, &project.entities, self.text());
        let mut doubtful: Vec<(TextRange, AnnotationId)> = problems
            .iter()
            .map(|problem| problem.id())
            .chain(set.spans().filter(|span| span.status == Status::Suggested).map(|span| span.id))
            .chain(set.relations().filter(|relation| relation.status == Status::Suggested).map(|relation| relation.id))
            .map(|id| (set.anchor(id).unwrap_or_default(), id))
            .collect();
        doubtful.sort_unstable();
        doubtful.dedup();
        let at = self.selected.map(|id| (set.anchor(id).unwrap_or_default(), id));
        let caret = self.view().map(|view| view.selection.head).unwrap_or_default();
        let here = at.unwrap_or((TextRange::at(caret), AnnotationId(0)));
        let found = if direction > 0 {
            doubtful.iter().find(|place| **place > here).or(doubtful.first())
        } else {
            doubtful.iter().rev().find(|place| **place < here).or(doubtful.last())
        };
        match found.copied() {
            Some((range, id)) => self.show_span(id, range),
            None => self.messages.info(tr("Nothing doubtful in this article")),
        }
    }

    /// Lists the spans at the caret.
    pub(super) fn pick_at_caret(&mut self) {
        let Some(set) = self.set() else { return };
        let head = self.view().map(|view| view.selection.head).unwrap_or_default();
        let mut spans: Vec<(u32, AnnotationId)> = set
            .index()
            .touching(TextRange::at(head))
            .filter_map(|(range, id)| {
                set.span(id).filter(|span| span.status != Status::Rejected).map(|_| (range.len(), id))
            })
            .collect();
        spans.sort_unstable();
        match spans.as_slice() {
            [] => self.messages.info(tr("No span at the caret")),
            [(_, only)] => self.selected = Some(*only),
            _ => {
                let ids: Vec<AnnotationId> = spans.into_iter().map(|(_, id)| id).collect();
                let caret = self.view().and_then(|view| view.caret_rect(head));
                self.selected = ids.first().copied();
                let position = caret.map_or(Position::Bottom, |caret| Position::At(caret.left_bottom()));
                self.picker = Some(Picker::at_caret(ids, position));
            }
        }
    }

    /// Starts a relation at the selected annotation.
    pub(super) fn start_relation(&mut self) {
        if let Some(source) = self.selected {
            self.picker = None;
            self.link_box = Some(LinkBox::new(source, self.free_half(source)));
        }
    }

    /// Asks what is to stand in a place of a relation.
    pub(super) fn choose_target(&mut self, relation: AnnotationId, place: Place) {
        self.picker = None;
        self.link_box = Some(LinkBox::for_place(relation, place, self.free_half(relation)));
    }

    /// The half of the window where an annotation is not.
    fn free_half(&self, id: AnnotationId) -> Position {
        let start = self.set().and_then(|set| set.anchor(id)).map(|range| range.start());
        match (self.view(), start) {
            (Some(view), Some(start)) if !view.is_in_upper_half(start) => Position::Top,
            _ => Position::Bottom,
        }
    }

    /// Asks which argument of the selected relation gets another target.
    pub(super) fn start_retargeting(&mut self) {
        let Some(id) = self.selected else { return };
        let places = self.set().and_then(|set| set.relation(id)).map(places).unwrap_or_default();
        self.picker = None;
        match places.as_slice() {
            [] => self.messages.info(tr("Select a relation first: by its arc, or in the relation table")),
            [(place, ..)] => self.choose_target(id, *place),
            _ => self.link_box = Some(LinkBox::for_relation(id, self.free_half(id))),
        }
    }

    /// Puts another annotation into a place of a relation.
    pub(super) fn retarget(&mut self, relation: AnnotationId, place: Place, target: AnnotationId) {
        let title = format!("Change a target of {}", self.named(relation));
        self.edit(title, |draft| retarget(draft, relation, place, target));
        self.link_box = None;
        self.focus_article = true;
        self.selected = Some(relation);
    }

    /// Goes on with the relation under way: its target is chosen.
    pub(super) fn link_to(&mut self, target: AnnotationId) {
        let Some(link_box) = &mut self.link_box else { return };
        if link_box.is_for_relation() {
            if let Some(place) = link_box.place() {
                let relation = link_box.source();
                self.retarget(relation, place, target);
            }
            return;
        }
        let Some(session) = &self.session else { return };
        let Some(set) = self.article.as_ref().and_then(|article| session.set(article)) else { return };
        let choices = link_choices(set, &session.project().schema, link_box.source(), target);
        match choices.as_slice() {
            [] => {
                let label = |id| set.get(id).map(|annotation| annotation.label().to_string()).unwrap_or_default();
                let (from, to) = (label(link_box.source()), label(target));
                self.messages.warning(format!("{}: {from} → {to}", tr("The schema allows no relation here")));
                self.link_box = None;
                self.focus_article = true;
            }
            [only] => {
                let choice = only.clone();
                self.carry_out_link(&choice);
            }
            _ => link_box.choose_among(target, choices),
        }
    }

    /// Makes the chosen relation and selects it, or its source again when it is an event under construction.
    pub(super) fn carry_out_link(&mut self, choice: &LinkChoice) {
        let source = self.link_box.as_ref().map(LinkBox::source);
        let title = format!("Link {}", choice.describe());
        let made = self.edit(title, |draft| {
            start(draft)?;
            link(draft, choice)
        });
        self.link_box = None;
        self.focus_article = true;
        if let Some(id) = made {
            // The next argument of an event goes on from its trigger.
            let is_event = !matches!(choice, LinkChoice::Binary { .. });
            self.selected = if is_event { source.or(Some(id)) } else { Some(id) };
        }
    }

    /// Shows an annotation that lies elsewhere; [`App::jump_back`] returns.
    pub(super) fn jump_to(&mut self, id: AnnotationId) {
        let Some(range) = self.set().and_then(|set| set.anchor(id)) else { return };
        self.push_jump();
        self.selected = Some(id);
        if let Some(view) = self.view_mut() {
            view.selection = Selection::caret(range.start());
        }
        self.reveal(range);
    }

    pub(super) fn jump_back(&mut self) {
        let Some((article, offset, selected)) = self.jumps.pop() else {
            self.messages.info(tr("There is nowhere to go back to"));
            return;
        };
        self.open_article(&article);
        if let Some(view) = self.view_mut() {
            view.put_caret(offset, false);
            view.reveal(TextRange::at(offset), Reveal::Comfortably);
        }
        self.selected = selected.filter(|id| self.set().is_some_and(|set| set.contains(*id)));
    }

    /// Goes to the other end of a relation of what is selected; the next time to the next one.
    pub(super) fn follow_relation(&mut self) {
        let (Some(id), Some(set)) = (self.selected, self.set()) else {
            self.messages.info(tr("Select an annotation first, with Tab or a click"));
            return;
        };
        let around = relations_around(set, id).into_iter().filter_map(|relation| set.relation(relation));
        let mut ends: Vec<AnnotationId> =
            around.flat_map(places).map(|(_, _, target)| target).filter(|target| *target != id).collect();
        let mut seen = std::collections::BTreeSet::new();
        ends.retain(|end| seen.insert(*end));
        let shown = self.followed.filter(|(source, _)| *source == id).map_or(0, |(_, shown)| shown % ends.len().max(1));
        match ends.get(shown).copied() {
            Some(end) => {
                self.followed = Some((id, shown + 1));
                self.jump_to(end);
            }
            None => self.messages.info(tr("Nothing is linked here yet")),
        }
    }

    /// Accepts the suggestions of the sentence at the caret and goes to the next sentence.
    pub(super) fn confirm_sentence(&mut self) {
        let text = self.text();
        let at = self
            .selected
            .and_then(|id| self.set()?.anchor(id))
            .map(|range| range.start())
            .or_else(|| self.view().map(|view| view.selection.head))
            .unwrap_or_default();
        let sentence = segment::sentence_at(text, at);
        let next = segment::sentences(text.get(sentence.end().to_usize()..).unwrap_or_default())
            .next()
            .map(|next| ByteOffset(next.start().0 + sentence.end().0));
        let suggested = self.suggested(Some(sentence));
        if !suggested.is_empty() {
            let title = match suggested.len() {
                1 => "Confirm a sentence with a suggestion".to_owned(),
                count => format!("Confirm a sentence with {count} suggestions"),
            };
            let done = self.edit(title, |draft| {
                start(draft)?;
                suggested.iter().try_for_each(|id| draft.set_status(*id, Status::Accepted))
            });
            if done.is_none() {
                return;
            }
            self.messages.info(format!("{} {}", tr("Suggestions accepted:"), suggested.len()));
        }
        self.confirm_without_guesses(sentence, !suggested.is_empty());
        self.selected = None;
        match next {
            Some(next) => {
                if let Some(view) = self.view_mut() {
                    view.put_caret(next, false);
                    view.reveal(TextRange::at(next), Reveal::Comfortably);
                }
            }
            None => self.messages.info(tr("That was the last sentence; Ctrl+Enter confirms the article")),
        }
    }

    /// The suggested annotations in a stretch of text, or everywhere, but for those that have to be placed first. A relation
    /// is in it if the last of its ends is, and no suggested end lies elsewhere, which would be accepted with it.
    pub(super) fn suggested(&self, within: Option<TextRange>) -> Vec<AnnotationId> {
        let Some(set) = self.set() else { return Vec::new() };
        let start = |id: AnnotationId| set.anchor(id).map(|range| range.start());
        let is_in = |place: ByteOffset| within.is_none_or(|within| within.contains(TextRange::at(place)));
        let inside = |id: AnnotationId| !set.awaits_place(id) && (within.is_none() || start(id).is_some_and(is_in));
        let is_settled = |id: AnnotationId| set.get(id).is_some_and(|it| it.status() == Status::Accepted);
        let spans =
            set.spans().filter(|span| span.status == Status::Suggested).map(|span| span.id).filter(|id| inside(*id));
        let relations = set.relations().filter(|relation| relation.status == Status::Suggested).filter(|relation| {
            let last = relation.targets().chain([relation.id]).filter_map(start).max();
            let is_last_in = within.is_none() || last.is_some_and(is_in);
            is_last_in && !set.awaits_place(relation.id) && relation.targets().all(|end| inside(end) || is_settled(end))
        });
        spans.chain(relations.map(|relation| relation.id)).collect()
    }

    /// Accepts all suggestions, marks the article as done and opens the next one that is not.
    pub(super) fn confirm_article(&mut self) {
        let suggested = self.suggested(None);
        let done = self.edit("Confirm article", |draft| {
            suggested.iter().try_for_each(|id| draft.set_status(*id, Status::Accepted))?;
            draft.set_progress(Progress::Done)
        });
        if done.is_some() {
            let left = self.set().map_or(0, |set| set.spans().filter(|span| span.awaits_place()).count());
            if left > 0 {
                let message = fill(tr("Imported spans without words stay suggestions: {}"), &[&left.to_string()]);
                self.messages.warning(format!("{message}. {}", tr("“Problems” lists them")));
            } else if !suggested.is_empty() {
                self.messages.info(format!("{} {}", tr("Suggestions accepted:"), suggested.len()));
            }
            self.open_next_undone();
        }
    }

    fn open_next_undone(&mut self) {
        let (Some(session), Some(open)) = (&self.session, &self.article) else { return };
        let order = self.list.order(session);
        let place = order.iter().position(|id| id == open).map_or(0, |place| place + 1);
        let rest = order.iter().skip(place).chain(order.iter().take(place));
        let is_undone = |id: &&crate::model::ArticleId| {
            *id != open && super::article_list::counts(session, id).progress != Progress::Done
        };
        match rest.into_iter().find(is_undone).cloned() {
            Some(next) => self.open_article(&next),
            None => self.messages.info(tr("All articles are done")),
        }
    }

    pub(super) fn reopen_article(&mut self) {
        self.edit("Reopen article", |draft| draft.set_progress(Progress::Started));
    }
}

/// An article that something is done in counts as started.
pub(super) fn start(draft: &mut Draft<'_>) -> Result<(), EditError> {
    match draft.set().map(AnnotationSet::progress).unwrap_or_default() {
        Progress::New => draft.set_progress(Progress::Started),
        Progress::Started | Progress::Done => Ok(()),
    }
}

fn skip_space(text: &str, offset: ByteOffset) -> ByteOffset {
    let rest = text.get(offset.to_usize()..).unwrap_or_default();
    ByteOffset::from_usize(text.len() - rest.trim_start().len())
}

fn skip_space_back(text: &str, offset: ByteOffset) -> ByteOffset {
    let rest = text.get(..offset.to_usize()).unwrap_or_default();
    ByteOffset::from_usize(rest.trim_end().len())
}
