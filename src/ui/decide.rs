//! The same answer for many suggestions in one transaction: their articles are read into memory, some in each frame; what
//! takes longer than a frame is then worked out on a thread.

use super::{
    dialogs::counted,
    request::{PanelContext, Request},
    task::{self, Control, Task},
    texts::{in_articles, tr},
};
use crate::{
    edit::{Draft, EditError},
    model::{AnnotationId, AnnotatorName, ArticleId, Name, SetKey, Status},
    session::{
        Prepared, Session, SessionError, Sketch,
        review::{self, Suggestion},
    },
};
use egui::Ui;
use std::{
    cell::Cell,
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long articles are read into memory, or copied, before the next frame.
const SLICE: Duration = Duration::from_millis(8);
/// Up to so many suggestions are decided on within a frame.
const FEW: usize = 1_000;
/// How often it is begun anew when something else changed the suggestions meanwhile.
const ATTEMPTS: usize = 3;

/// Suggestions by article, each with the label that the user saw.
type ByArticle = Vec<(ArticleId, Vec<(AnnotationId, Name)>)>;

/// How many suggestions were decided on, and in how many articles.
type Decided = (usize, usize);

/// What a thread worked out.
type Worked = Result<(Decided, Option<Prepared>), EditError>;

/// Many suggestions on their way to being accepted or rejected.
pub struct DecideAll {
    status: Status,
    articles: Arc<ByArticle>,
    wanted: usize,
    labels: BTreeMap<Name, usize>,
    unplaced: usize,
    /// How many articles were read so far.
    loaded: Rc<Cell<usize>>,
    /// The copy for the thread, and how many articles are in it.
    sketch: Option<(Sketch, usize)>,
    task: Option<Task<Worked>>,
    attempts: usize,
    /// True when something came between and it has to be worked out anew.
    again: Rc<Cell<bool>>,
    outcome: Rc<Cell<Outcome>>,
    is_sent: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Going,
    /// Carried out, for so many suggestions.
    Done(usize),
    /// Nothing was changed; the user was told why.
    Failed,
    Cancelled,
}

impl DecideAll {
    pub fn new<'a>(suggestions: impl Iterator<Item = &'a Suggestion>, status: Status) -> Self {
        let mut articles: BTreeMap<ArticleId, Vec<(AnnotationId, Name)>> = BTreeMap::new();
        let mut labels: BTreeMap<Name, usize> = BTreeMap::new();
        let mut unplaced = 0;
        for suggestion in suggestions {
            // What has no words yet can not be accepted.
            if suggestion.awaits_place && status == Status::Accepted {
                unplaced += 1;
                continue;
            }
            *labels.entry(suggestion.label.clone()).or_default() += 1;
            let place = articles.entry(suggestion.hit.article.clone()).or_default();
            place.push((suggestion.id, suggestion.label.clone()));
        }
        Self {
            status,
            wanted: labels.values().sum(),
            labels,
            unplaced,
            articles: Arc::new(articles.into_iter().collect()),
            loaded: Rc::default(),
            sketch: None,
            task: None,
            attempts: 0,
            again: Rc::default(),
            outcome: Rc::new(Cell::new(Outcome::Going)),
            is_sent: false,
        }
    }

    /// Whether they are accepted or rejected.
    pub fn status(&self) -> Status {
        self.status
    }

    /// How many suggestions of each label are decided on.
    pub fn labels(&self) -> &BTreeMap<Name, usize> {
        &self.labels
    }

    /// In how many articles they are.
    pub fn articles(&self) -> usize {
        self.articles.len()
    }

    /// How many are left out since a person has to place them first.
    pub fn unplaced(&self) -> usize {
        self.unplaced
    }

    /// Goes on, and shows how far it is while there is something to see.
    pub fn go_on(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> Outcome {
        if self.again.take() {
            self.is_sent = false;
        }
        if self.is_sent || self.outcome.get() != Outcome::Going {
            return self.outcome.get();
        }
        if self.loaded.get() < self.articles.len() {
            self.read(ui, context, requests);
        } else if self.wanted > FEW {
            self.work_out(ui, context, requests);
        } else {
            self.is_sent = true;
            let (status, articles, wanted, outcome) =
                (self.status, self.articles.clone(), self.wanted, self.outcome.clone());
            requests.push(Request::change(move |session| {
                let result = decide_now(session, &articles, status, wanted);
                outcome.set(result.as_ref().map_or(Outcome::Failed, |(decided, _)| Outcome::Done(*decided)));
                Ok(Some(message(result?, status, wanted)))
            }));
            ui.ctx().request_repaint();
        }
        self.outcome.get()
    }

    /// Reads some articles into memory.
    fn read(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let (loaded, total) = (self.loaded.get(), self.articles.len());
        let ids: Vec<ArticleId> = self.articles.iter().skip(loaded).map(|(id, _)| id.clone()).collect();
        let (count, outcome) = (self.loaded.clone(), self.outcome.clone());
        requests.push(Request::change(move |session| {
            let start = Instant::now();
            for id in ids {
                if let Err(error) = session.load(&id) {
                    outcome.set(Outcome::Failed);
                    return Err(error);
                }
                count.set(count.get() + 1);
                if start.elapsed() > SLICE {
                    break;
                }
            }
            Ok(None)
        }));
        ui.ctx().request_repaint();
        if task::progress_line(ui, context.theme, tr("Reading articles"), (loaded, total)) {
            self.outcome.set(Outcome::Cancelled);
        }
    }

    /// Copies some articles for the thread, lets it work, and carries out what it found.
    fn work_out(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let Some(session) = context.session else { return };
        if self.task.is_none() {
            let (mut sketch, mut taken) = self.sketch.take().unwrap_or_else(|| (Sketch::new(session), 0));
            let start = Instant::now();
            while start.elapsed() < SLICE
                && let Some((id, _)) = self.articles.get(taken)
            {
                sketch.add(session, id);
                taken += 1;
            }
            if taken < self.articles.len() {
                self.sketch = Some((sketch, taken));
                ui.ctx().request_repaint();
            } else {
                let (articles, status, wanted) = (self.articles.clone(), self.status, self.wanted);
                self.task = Some(Task::start(ui.ctx(), move |control, results| {
                    let worked = work_out(sketch, &articles, status, wanted, control);
                    if !control.is_cancelled() {
                        results.send(worked);
                    }
                }));
            }
        }
        let progress = self.task.as_ref().map_or((0, 0), Task::progress);
        if task::progress_line(ui, context.theme, tr("Deciding on suggestions"), progress) {
            (self.task, self.sketch) = (None, None);
            self.outcome.set(Outcome::Cancelled);
            return;
        }
        let Some(task) = &mut self.task else { return };
        match task.poll() {
            Some(worked) => {
                self.task = None;
                self.is_sent = true;
                self.attempts += 1;
                self.send(worked, requests);
                ui.ctx().request_repaint();
            }
            None if task.is_over() => self.outcome.set(Outcome::Failed),
            None => {}
        }
    }

    /// Asks to have carried out what was worked out; where something came between it is worked out anew.
    fn send(&self, worked: Worked, requests: &mut Vec<Request>) {
        let (status, wanted, is_last) = (self.status, self.wanted, self.attempts >= ATTEMPTS);
        let (outcome, again) = (self.outcome.clone(), self.again.clone());
        requests.push(Request::change(move |session| {
            let carried_out = worked.map_err(SessionError::Edit).and_then(|(decided, prepared)| {
                prepared.map_or(Ok(()), |prepared| session.carry_out_prepared(prepared))?;
                Ok(decided)
            });
            match carried_out {
                Ok(decided) => {
                    outcome.set(Outcome::Done(decided.0));
                    Ok(Some(message(decided, status, wanted)))
                }
                Err(SessionError::Edit(EditError::Apply(_))) if !is_last => {
                    again.set(true);
                    Ok(None)
                }
                Err(error) => {
                    outcome.set(Outcome::Failed);
                    Err(error)
                }
            }
        }));
    }
}

/// Accepts or rejects all in one transaction, at once.
fn decide_now(
    session: &mut Session,
    articles: &ByArticle,
    status: Status,
    wanted: usize,
) -> Result<Decided, SessionError> {
    let Some((first, _)) = articles.first() else { return Ok((0, 0)) };
    let annotator = session.annotator().clone();
    session.edit(first, title(status, wanted), |draft| {
        Ok(decide_each(draft, &annotator, articles, status, &Control::default())?)
    })
}

/// Works out on a copy of the articles what accepting or rejecting all changes.
fn work_out(mut sketch: Sketch, articles: &ByArticle, status: Status, wanted: usize, control: &Control) -> Worked {
    control.set_total(wanted);
    let Some((first, _)) = articles.first() else { return Ok(((0, 0), None)) };
    sketch.work_out(first, title(status, wanted), |draft, annotator| {
        decide_each(draft, annotator, articles, status, control)
    })
}

fn decide_each(
    draft: &mut Draft<'_>,
    annotator: &AnnotatorName,
    articles: &ByArticle,
    status: Status,
    control: &Control,
) -> Result<Decided, EditError> {
    let (mut decided, mut touched) = (0, 0);
    for (article, places) in articles {
        if control.is_cancelled() {
            break;
        }
        draft.switch_to(SetKey { article: article.clone(), annotator: annotator.clone() });
        let before = decided;
        for (id, label) in places {
            // An accepted relation stands with its spans, which may be among these.
            let stands = draft.set().and_then(|set| set.get(*id)).is_some_and(|it| it.status() == status);
            decided += usize::from(stands || review::decide(draft, *id, label, status)?);
            control.step();
        }
        touched += usize::from(decided > before);
    }
    Ok((decided, touched))
}

fn title(status: Status, wanted: usize) -> String {
    let verb = if status == Status::Accepted { "Accept" } else { "Reject" };
    match wanted {
        1 => format!("{verb} a suggestion"),
        _ => format!("{verb} {wanted} suggestions"),
    }
}

fn message((decided, touched): Decided, status: Status, wanted: usize) -> String {
    let done = if status == Status::Accepted { tr("Suggestions accepted:") } else { tr("Suggestions rejected:") };
    let message = format!("{done} {decided} {}", in_articles(touched));
    match wanted.checked_sub(decided) {
        Some(1..) => {
            let gone = counted(wanted - decided, tr("suggestion"), tr("suggestions"));
            format!("{message}; {gone} {}", tr("left out because they changed meanwhile"))
        }
        _ => message,
    }
}
