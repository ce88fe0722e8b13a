//! Yes-or-no questions: one suggestion at a time, large, answered by one key; the same words with the same label follow each
//! other, the most doubtful first.

use super::parts::counted;
use crate::{
    assist::Counts,
    model::{ArticleId, Name, Status},
    session::{
        Session,
        review::{Group, Review, Suggestion, decide},
    },
    ui::{
        command::Command,
        decide::{DecideAll, Outcome},
        document::shortened,
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        review::{percent, says},
        review_task::Gathering,
        task,
        texts::{fill, tr},
        theme, widgets,
    },
};
use egui::{
    Align, Button, Color32, Event, FontId, Key, RichText, Ui, WidgetInfo,
    text::{LayoutJob, TextFormat},
    vec2,
};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    rc::Rc,
    sync::Arc,
};

/// So many questions ahead articles are read into memory.
const AHEAD: usize = 24;
/// Most articles that are read in a frame.
const READ_AT_ONCE: usize = 2;
/// Words around a hit that are this long, in characters, were cut off.
const CUT: usize = 50;
/// Windows lower than this show less around the question.
const LOW: f32 = 520.0;

/// What a key or button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Answer(Status),
    /// The same answer for all that is left of the group.
    AnswerGroup(Status),
    Skip,
    Back,
}

/// Where an answer was given, and what came of it.
struct Answer {
    /// Number of its first question.
    at: usize,
    /// `None` if it was skipped.
    status: Option<Status>,
    /// For how many questions it was.
    count: usize,
    /// The transaction that it became, which can be taken back; 0 while it changed nothing.
    recorded: Rc<Cell<u64>>,
}

/// The questions, once all articles were looked through.
struct Asking {
    review: Review,
    questions: Vec<Arc<Suggestion>>,
    /// The questions of each group.
    groups: Vec<Range<usize>>,
    /// Number of the present question, and of its group.
    at: usize,
    answers: Vec<Answer>,
    /// What was answered here, by words and label.
    counts: BTreeMap<(Name, Name), Counts>,
    /// A group that gets its answer, and the number of its first question.
    bulk: Option<(DecideAll, Status, Range<usize>)>,
    /// Articles that were read or could not be.
    tried: BTreeSet<ArticleId>,
}

/// The dialog.
#[derive(Default)]
pub struct Questions {
    gathering: Gathering,
    asking: Option<Asking>,
    acts: Vec<Act>,
}

impl Asking {
    fn new(review: Review) -> Self {
        let groups = review.groups();
        let mut ranges = Vec::with_capacity(groups.len());
        let mut questions = Vec::new();
        for Group { suggestions, .. } in groups {
            ranges.push(questions.len()..questions.len() + suggestions.len());
            questions.extend(suggestions);
        }
        Self {
            review,
            questions,
            groups: ranges,
            at: 0,
            answers: Vec::new(),
            counts: BTreeMap::new(),
            bulk: None,
            tried: BTreeSet::new(),
        }
    }

    /// The questions of the present group.
    fn group(&self) -> Range<usize> {
        let place = self.groups.partition_point(|group| group.end <= self.at);
        self.groups.get(place).cloned().unwrap_or(self.at..self.at)
    }

    /// Passes over what was decided elsewhere, or is suggested otherwise by now.
    fn pass_over(&mut self, session: &Session) {
        while let Some(question) = self.questions.get(self.at) {
            let article = &question.hit.article;
            let is_gone = match session.is_loaded(article) {
                true => {
                    let there = session.set(article).and_then(|set| set.span(question.id));
                    !there.is_some_and(|span| span.status == Status::Suggested && span.label == question.label)
                }
                false => !session.project().articles.contains_key(article),
            };
            if !is_gone {
                break;
            }
            self.at += 1;
        }
    }

    /// Reads articles of the next questions, so that answers need not wait for files.
    fn read_ahead(&mut self, session: &Session, requests: &mut Vec<Request>) {
        let ahead = self.questions.iter().skip(self.at).take(AHEAD).map(|question| &question.hit.article);
        let missing: BTreeSet<&ArticleId> =
            ahead.filter(|id| !session.is_loaded(id) && !self.tried.contains(*id)).collect();
        let ids: Vec<ArticleId> = missing.into_iter().take(READ_AT_ONCE).cloned().collect();
        if ids.is_empty() {
            return;
        }
        self.tried.extend(ids.iter().cloned());
        requests.push(Request::change(move |session| {
            for id in ids {
                session.load(&id)?;
            }
            Ok(None)
        }));
    }

    fn act(&mut self, act: Act, requests: &mut Vec<Request>) {
        match act {
            Act::Answer(status) => {
                let Some(question) = self.questions.get(self.at).cloned() else { return };
                let recorded = Rc::new(Cell::new(0));
                let to_record = recorded.clone();
                let verb = if status == Status::Accepted { "Accept" } else { "Reject" };
                self.note(self.at..self.at + 1, Some(status), recorded);
                requests.push(Request::change(move |session| {
                    let title = format!("{verb} {}", question.named);
                    let changed = session.edit(&question.hit.article, title, |draft| {
                        Ok(decide(draft, question.id, &question.label, status)?)
                    })?;
                    if changed {
                        to_record.set(session.next_undo().unwrap_or_default());
                    }
                    Ok(None)
                }));
            }
            Act::AnswerGroup(status) => {
                let rest = self.at..self.group().end;
                let questions = self.questions.iter().skip(rest.start).take(rest.len());
                if !rest.is_empty() {
                    self.bulk = Some((DecideAll::new(questions.map(|question| &**question), status), status, rest));
                }
            }
            Act::Skip => {
                if self.at < self.questions.len() {
                    self.note(self.at..self.at + 1, None, Rc::default());
                }
            }
            Act::Back => {
                let Some(answer) = self.answers.pop() else { return };
                self.at = answer.at;
                self.count(&answer, false);
                requests.push(Request::change(move |session| {
                    // Something else may have come in between, such as the answer of an extractor.
                    let recorded = answer.recorded.get();
                    if recorded > 0 && session.next_undo() == Some(recorded) {
                        session.undo()?;
                    } else if recorded > 0 {
                        let text =
                            tr("Something else was done since: the answer stays, Ctrl+Z takes things back one by one");
                        return Ok(Some(text.to_owned()));
                    }
                    Ok(None)
                }));
            }
        }
    }

    /// Remembers an answer and goes on behind its questions.
    fn note(&mut self, questions: Range<usize>, status: Option<Status>, recorded: Rc<Cell<u64>>) {
        let answer = Answer { at: questions.start, status, count: questions.len(), recorded };
        self.count(&answer, true);
        self.answers.push(answer);
        self.at = questions.end;
    }

    /// Counts an answer for its words, or takes that back.
    fn count(&mut self, answer: &Answer, is_given: bool) {
        let (Some(status), Some(question)) = (answer.status, self.questions.get(answer.at)) else { return };
        let counts = self.counts.entry((question.form.clone(), question.label.clone())).or_default();
        let count = if status == Status::Accepted { &mut counts.accepted } else { &mut counts.rejected };
        let by = u32::try_from(answer.count).unwrap_or(u32::MAX);
        *count = if is_given { count.saturating_add(by) } else { count.saturating_sub(by) };
    }

    /// How often these words had this label, before and now.
    fn decisions(&self, question: &Suggestion) -> Counts {
        let before = self.review.decisions(&question.form, &question.label);
        let now = self.counts.get(&(question.form.clone(), question.label.clone())).copied().unwrap_or_default();
        Counts { accepted: before.accepted + now.accepted, rejected: before.rejected + now.rejected }
    }

    /// Goes on with a group that gets its answer. True while that takes time.
    fn follow_bulk(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> bool {
        let Some((work, status, questions)) = &mut self.bulk else { return false };
        let outcome = work.go_on(ui, context, requests);
        let (status, questions) = (*status, questions.clone());
        match outcome {
            Outcome::Going => return true,
            Outcome::Done(count) => {
                let recorded = context.session.and_then(|session| session.next_undo()).filter(|_| count > 0);
                self.note(questions, Some(status), Rc::new(Cell::new(recorded.unwrap_or_default())));
            }
            Outcome::Failed | Outcome::Cancelled => {}
        }
        self.bulk = None;
        false
    }

    /// How many relations are suggested still: they are no questions, and some fell with their spans.
    fn open_relations(&self, session: Option<&Session>) -> usize {
        let is_open = |suggestion: &&Arc<Suggestion>| {
            let Some(session) = session.filter(|session| session.is_loaded(&suggestion.hit.article)) else {
                return true;
            };
            let there = session.set(&suggestion.hit.article).and_then(|set| set.relation(suggestion.id));
            there.is_some_and(|relation| relation.status == Status::Suggested)
        };
        self.review.relations().filter(is_open).count()
    }

    /// How many were answered by yes and by no, and how many were skipped.
    fn tally(&self) -> (usize, usize, usize) {
        let sum = |wanted: Option<Status>| -> usize {
            self.answers.iter().filter(|answer| answer.status == wanted).map(|answer| answer.count).sum()
        };
        (sum(Some(Status::Accepted)), sum(Some(Status::Rejected)), sum(None))
    }
}

impl Questions {
    /// Takes the keys out of the input.
    fn take_keys(&mut self, ui: &Ui) {
        // A button that has the keyboard is pressed by Space, and left by arrow keys.
        let has_focus = ui.memory(|memory| memory.focused().is_some());
        ui.input_mut(|input| {
            input.events.retain(|event| match act_of(event, has_focus) {
                Some(act) => {
                    self.acts.extend(act);
                    false
                }
                None => true,
            });
        });
    }
}

/// What a key does; `Some(None)` for a key that is held, which does nothing more.
fn act_of(event: &Event, has_focus: bool) -> Option<Option<Act>> {
    let Event::Key { key, pressed: true, modifiers, repeat, .. } = event else { return None };
    if modifiers.alt || modifiers.command && *key != Key::Z {
        return None;
    }
    let answer = |status| if modifiers.shift { Act::AnswerGroup(status) } else { Act::Answer(status) };
    let act = match key {
        Key::Y => answer(Status::Accepted),
        Key::X => answer(Status::Rejected),
        Key::ArrowRight if !has_focus => answer(Status::Accepted),
        Key::ArrowLeft if !has_focus => answer(Status::Rejected),
        Key::Space if !has_focus => Act::Skip,
        Key::Backspace => Act::Back,
        Key::Z if modifiers.command && !modifiers.shift => Act::Back,
        _ => return None,
    };
    Some((!repeat || act == Act::Back).then_some(act))
}

impl Dialog for Questions {
    fn title(&self) -> String {
        tr("Yes-or-no questions").to_owned()
    }

    fn width(&self) -> f32 {
        640.0
    }

    fn may_close(&mut self) -> bool {
        self.asking.as_ref().is_none_or(|asking| asking.bulk.is_none())
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let Some(session) = context.session else { return DialogState::Close };
        let Some(asking) = &mut self.asking else {
            self.gathering.tick(ui.ctx(), session);
            if self.gathering.is_over() {
                self.asking = Some(Asking::new(self.gathering.review().clone()));
                self.gathering = Gathering::default();
                ui.ctx().request_repaint();
            } else if let Some(progress) = self.gathering.progress()
                && task::progress_line(ui, context.theme, tr("Looking through articles"), progress)
            {
                self.gathering.stop();
            }
            return DialogState::Open;
        };
        if !asking.follow_bulk(ui, context, requests) {
            asking.pass_over(session);
        }
        self.take_keys(ui);
        let Some(asking) = &mut self.asking else { return DialogState::Open };
        if asking.bulk.is_some() {
            // What is pressed meanwhile is for the questions that follow.
            return DialogState::Open;
        }
        let mut acts = std::mem::take(&mut self.acts).into_iter();
        for act in acts.by_ref() {
            asking.act(act, requests);
            if asking.bulk.is_some() {
                break;
            }
        }
        self.acts = acts.collect();
        asking.read_ahead(session, requests);
        if asking.bulk.is_some() || !self.acts.is_empty() {
            ui.ctx().request_repaint();
        }
        match asking.questions.get(asking.at).cloned() {
            Some(question) => {
                ask(ui, context, asking, &question);
                self.acts.extend(buttons(ui, context, asking));
                if !self.acts.is_empty() {
                    ui.ctx().request_repaint();
                }
                DialogState::Open
            }
            None => end(ui, context, asking, &mut self.acts),
        }
    }
}

/// The question with the words around it.
fn ask(ui: &mut Ui, context: &PanelContext<'_>, asking: &Asking, question: &Suggestion) {
    let theme = context.theme;
    let is_low = ui.ctx().content_rect().height() < LOW;
    let group = asking.group();
    let done = asking.at as f32 / asking.questions.len().max(1) as f32;
    ui.horizontal(|ui| {
        let left = (asking.questions.len() - asking.at).to_string();
        ui.label(RichText::new(fill(tr("{} left"), &[&left])).color(theme.text_weak));
        ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| {
            let (place, count) = (asking.at - group.start + 1, group.len());
            if count > 1 {
                let words = fill(tr("{} of {} with these words"), &[&place.to_string(), &count.to_string()]);
                ui.add(egui::Label::new(RichText::new(words).color(theme.text_weak)).truncate());
            }
        });
    });
    ui.add(egui::ProgressBar::new(done).desired_height(3.0).fill(theme.accent));
    ui.add_space(if is_low { 4.0 } else { 18.0 });
    let width = ui.available_width();
    let points = if is_low { 15.0 } else { 19.0 };
    let rows = if is_low { 2 } else { 4 };
    let colors = context.palette.get(&question.label);
    let mut job = LayoutJob { halign: Align::Center, ..LayoutJob::default() };
    job.wrap.max_width = width - 24.0;
    job.wrap.max_rows = rows;
    let format = |font: FontId, color: Color32, background: Color32| TextFormat {
        font_id: font,
        color,
        background,
        line_height: Some(points * 1.5),
        ..TextFormat::default()
    };
    let weak = format(theme::reading(points), theme.text_weak, Color32::TRANSPARENT);
    let (before, after) = whole_words(&question.hit.before, &question.hit.after);
    job.append(&before, 0.0, weak.clone());
    job.append(&question.hit.hit, 0.0, format(theme::reading_strong(points), theme.text, colors.tint));
    job.append(&after, 0.0, weak);
    let said = format!("{before}{}{after}", question.hit.hit);
    block(ui, job, rows as f32 * points * 1.5, &said);
    ui.add_space(if is_low { 2.0 } else { 14.0 });
    let words = fill(tr("Is “{}” here {}?"), &[&shortened(&question.form, 40), &question.label]);
    let points = if is_low { 17.0 } else { 23.0 };
    let mut job = LayoutJob::simple(words.clone(), theme::strong(points), theme.text, width - 24.0);
    job.halign = Align::Center;
    job.wrap.max_rows = 2;
    let question_rows = if is_low { 1.3 } else { 1.4 };
    block(ui, job, points * question_rows, &words);
    if !is_low {
        ui.add_space(2.0);
        let known = known_in_words(asking.decisions(question));
        let rival = asking.review.rival(question).map(|rival| says(&rival.says));
        let facts = [Some(known), rival, Some(percent(question.score)), Some(question.source.to_string())];
        let facts: Vec<String> = facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect();
        centered(ui, &facts.join("  ·  "), theme.text_weak);
        centered(ui, &question.title, theme.text_faint);
    }
    ui.add_space(if is_low { 4.0 } else { 16.0 });
}

/// What stands before and behind a hit, without the pieces of words where it was cut off.
fn whole_words(before: &str, after: &str) -> (String, String) {
    let is_cut = |text: &str| text.chars().count() >= CUT;
    let before = match before.split_once(' ') {
        Some((_, rest)) if is_cut(before) => format!("… {rest}"),
        _ => before.to_owned(),
    };
    let after = match after.rsplit_once(' ') {
        Some((rest, _)) if is_cut(after) => format!("{rest} …"),
        _ => after.to_owned(),
    };
    (before, after)
}

/// Text in the middle of a place of always the same height, so that nothing below it moves.
fn block(ui: &mut Ui, job: LayoutJob, height: f32, said: &str) {
    let galley = ui.painter().layout_job(job);
    let height = height.max(galley.size().y);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, said));
    let top = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(egui::pos2(rect.center().x, top), galley, ui.visuals().text_color());
}

fn centered(ui: &mut Ui, text: &str, color: Color32) {
    ui.vertical_centered(|ui| ui.add(egui::Label::new(RichText::new(text).color(color)).truncate()));
}

/// How often words were accepted and rejected.
fn known_in_words(counts: Counts) -> String {
    match counts {
        Counts { accepted: 0, rejected: 0 } => tr("not decided before").to_owned(),
        Counts { accepted, rejected } => {
            fill(tr("accepted {} ×, rejected {} ×"), &[&accepted.to_string(), &rejected.to_string()])
        }
    }
}

/// The answers as buttons.
fn buttons(ui: &mut Ui, context: &PanelContext<'_>, asking: &Asking) -> Option<Act> {
    let theme = context.theme;
    let can_answer = context.is_writable();
    let gap = 10.0;
    let width = ((ui.available_width() - 2.0 * gap) / 3.0).min(170.0);
    let height = if ui.ctx().content_rect().height() < LOW { 30.0 } else { 42.0 };
    let mut act = None;
    let margin = ((ui.available_width() - 3.0 * width - 2.0 * gap) / 2.0).max(0.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        ui.add_space(margin);
        let answers = [
            (tr("No"), "X", Act::Answer(Status::Rejected), can_answer),
            (tr("Skip"), tr("Space"), Act::Skip, true),
            (tr("Yes"), "Y", Act::Answer(Status::Accepted), can_answer),
        ];
        let word_room = widgets::widest(ui, answers.iter().map(|(text, ..)| *text), &theme::medium(15.0));
        let key_room = widgets::widest(ui, answers.iter().map(|(_, key, ..)| *key), &theme::medium(11.0));
        let around = 2.0 * ui.spacing().button_padding.x + ui.spacing().icon_spacing;
        // Where words are long, tooltips alone tell the keys.
        let has_keys = word_room + key_room + around <= width;
        for (text, key, does, enabled) in answers {
            let key = if has_keys { key } else { "" };
            let is_yes = does == Act::Answer(Status::Accepted);
            let (color, key_color) =
                if is_yes { (theme.on_accent, theme.on_accent) } else { (theme.text, theme.text_faint) };
            let words = RichText::new(text).font(theme::medium(15.0)).color(color);
            let mut button = Button::new((words, RichText::new(key).font(theme::medium(11.0)).color(key_color)));
            if is_yes {
                button = button.fill(theme.accent);
            }
            let response = ui.add_enabled(enabled, button.min_size(vec2(width, height)));
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, enabled, text));
            let tip = match does {
                Act::Answer(Status::Accepted) => tr("Y or the right arrow key"),
                Act::Skip => tr("Space leaves it as it is"),
                _ => tr("X or the left arrow key"),
            };
            if response.on_hover_text(tip).clicked() {
                act = Some(does);
            }
        }
    });
    ui.add_space(6.0);
    let left = asking.group().end - asking.at;
    let can_answer_all = can_answer && left > 1;
    let left = left.to_string();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        if widgets::icon_button(ui, icons::UNDO, tr("Back to the last question, and its answer taken back")).clicked() {
            act = Some(Act::Back);
        }
        ui.label(RichText::new(tr("Backspace")).small().color(theme.text_faint));
        ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = gap;
            let all = [
                (fill(tr("Yes to all {}"), &[&left]), "Shift+Y", Act::AnswerGroup(Status::Accepted)),
                (fill(tr("No to all {}"), &[&left]), "Shift+X", Act::AnswerGroup(Status::Rejected)),
            ];
            for (text, key, does) in all {
                let response = ui.add_enabled(can_answer_all, Button::new(text.as_str()));
                if response.on_hover_text(key).clicked() {
                    act = Some(does);
                }
            }
        });
    });
    act
}

/// When there is no question left.
fn end(ui: &mut Ui, context: &PanelContext<'_>, asking: &Asking, acts: &mut Vec<Act>) -> DialogState {
    let (yes, no, skipped) = asking.tally();
    if asking.questions.is_empty() {
        let text = tr("No suggestions in any article. “Suggest in all articles” makes some.");
        widgets::empty_state(ui, context.theme, icons::QUESTION, text);
    } else {
        let questions = counted(yes + no + skipped, tr("question"), tr("questions"));
        let counts = fill(tr("{} yes, {} no, {} skipped"), &[&yes.to_string(), &no.to_string(), &skipped.to_string()]);
        widgets::empty_state(ui, context.theme, icons::CHECK_CIRCLE, tr("No questions left"));
        centered(ui, &format!("{questions}: {counts}"), context.theme.text_weak);
    }
    let relations = asking.open_relations(context.session);
    if relations > 0 {
        let relations = counted(relations, tr("relation"), tr("relations"));
        let text = tr("{} are suggested too: they are decided in the table “{}”");
        centered(ui, &fill(text, &[&relations, Command::ReviewQueue.title()]), context.theme.text_weak);
    }
    ui.add_space(12.0);
    let mut state = DialogState::Open;
    ui.horizontal(|ui| {
        if !asking.answers.is_empty()
            && super::icon_text_button(ui, icons::UNDO, tr("Back to the last question"), true)
                .on_hover_text(tr("Backspace"))
                .clicked()
        {
            acts.push(Act::Back);
            ui.ctx().request_repaint();
        }
        ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| {
            if ui.button(tr("Done")).on_hover_text("Esc").clicked() {
                state = DialogState::Close;
            }
        });
    });
    state
}

#[cfg(test)]
mod tests {
    use super::whole_words;

    #[test]
    fn words_that_were_cut_off_are_left_out() {
        let check = |before: &str, after: &str, expected: (&str, &str)| {
            let (before, after) = whole_words(before, after);
            assert_eq!((before.as_str(), after.as_str()), expected);
        };
        check("Am Anfang stand ", ", mehr nicht.", ("Am Anfang stand ", ", mehr nicht."));
        check(
            "ermeister der Stadt sprach am Abend lange mit Herrn ",
            " und fuhr erst am nächsten Morgen wieder nach Ha",
            ("… der Stadt sprach am Abend lange mit Herrn ", " und fuhr erst am nächsten Morgen wieder nach Ha"),
        );
        check(
            "",
            " und fuhr dann erst am übernächsten Morgen wieder nach Ha",
            ("", " und fuhr dann erst am übernächsten Morgen wieder nach …"),
        );
        check("", "", ("", ""));
    }
}
