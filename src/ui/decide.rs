//! The same answer for many suggestions: their articles are read into memory, some in each frame, then one transaction.

use super::{
    dialogs::counted,
    request::{PanelContext, Request},
    task,
    texts::{in_articles, tr},
};
use crate::{
    model::{AnnotationId, ArticleId, Name, SetKey, Status},
    session::{
        Session, SessionError,
        review::{self, Suggestion},
    },
};
use egui::Ui;
use std::{
    cell::Cell,
    collections::BTreeMap,
    rc::Rc,
    time::{Duration, Instant},
};

/// How long articles are read into memory before the next frame.
const SLICE: Duration = Duration::from_millis(8);

/// Suggestions by article, each with the label that the user saw.
type ByArticle = Vec<(ArticleId, Vec<(AnnotationId, Name)>)>;

/// Many suggestions on their way to being accepted or rejected.
pub struct DecideAll {
    status: Status,
    articles: ByArticle,
    /// How many articles were read so far.
    loaded: Rc<Cell<usize>>,
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
        for suggestion in suggestions {
            let place = articles.entry(suggestion.hit.article.clone()).or_default();
            place.push((suggestion.id, suggestion.label.clone()));
        }
        Self {
            status,
            articles: articles.into_iter().collect(),
            loaded: Rc::default(),
            outcome: Rc::new(Cell::new(Outcome::Going)),
            is_sent: false,
        }
    }

    /// Goes on, and shows how far it is while there is something to see.
    pub fn go_on(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> Outcome {
        if self.is_sent || self.outcome.get() != Outcome::Going {
            return self.outcome.get();
        }
        let (loaded, total) = (self.loaded.get(), self.articles.len());
        if loaded < total {
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
            return self.outcome.get();
        }
        self.is_sent = true;
        let (status, articles) = (self.status, std::mem::take(&mut self.articles));
        let outcome = self.outcome.clone();
        requests.push(Request::change(move |session| {
            let result = decide_all(session, articles, status);
            match &result {
                Ok((count, _)) => outcome.set(Outcome::Done(*count)),
                Err(_) => outcome.set(Outcome::Failed),
            }
            result.map(|(_, message)| message)
        }));
        ui.ctx().request_repaint();
        Outcome::Going
    }
}

/// Accepts or rejects all in one transaction: how many, and a message.
fn decide_all(
    session: &mut Session,
    articles: ByArticle,
    status: Status,
) -> Result<(usize, Option<String>), SessionError> {
    let Some((first, _)) = articles.first() else { return Ok((0, None)) };
    let first = first.clone();
    let annotator = session.annotator().clone();
    let wanted: usize = articles.iter().map(|(_, places)| places.len()).sum();
    let verb = if status == Status::Accepted { "Accept" } else { "Reject" };
    let (mut decided, mut touched) = (0, 0);
    session.edit(&first, format!("{verb} {wanted} suggestions"), |draft| {
        for (article, places) in articles {
            draft.switch_to(SetKey { article, annotator: annotator.clone() });
            let before = decided;
            for (id, label) in places {
                // An accepted relation stands with its spans, which may be among these.
                let stands = draft.set().and_then(|set| set.get(id)).is_some_and(|it| it.status() == status);
                decided += usize::from(stands || review::decide(draft, id, &label, status)?);
            }
            touched += usize::from(decided > before);
        }
        Ok(())
    })?;
    let done = if status == Status::Accepted { tr("Suggestions accepted:") } else { tr("Suggestions rejected:") };
    let mut message = format!("{done} {decided} {}", in_articles(touched));
    if decided < wanted {
        let gone = counted(wanted - decided, tr("suggestion"), tr("suggestions"));
        message = format!("{message}; {gone} {}", tr("left out because they changed meanwhile"));
    }
    Ok((decided, Some(message)))
}
