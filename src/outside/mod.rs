//! Extractors from outside: asks programs, services and models about articles, and places what they answer in the text.
//!
//! [`ask`] hands the articles of a [`Job`] to the extractor and tells [`News`] as they come: an [`Answer`] whose places are
//! proven by the text, or a [`Warning`] with what was wrong and what was done about it. Whatever an extractor does (crash,
//! print garbage, print without end, say nothing), the work goes on with the next article or ends in time, and memory stays
//! bounded. Nothing here knows a project folder or changes an annotation.

mod chat;
mod child;
mod ground;
mod http;
#[cfg(test)]
mod http_tests;
mod inception;
#[cfg(feature = "onnx")]
mod onnx;
mod process;
#[cfg(test)]
mod process_tests;
mod protocol;
mod run;
#[cfg(feature = "onnx")]
mod word_piece;
mod xmi;

use crate::model::{AnnotationId, ArticleId, ArticleText, Extractor, ExtractorKind, Fragments, Name, Schema, Status};
use run::Run;
use std::{fmt, path::Path, sync::Arc};

/// How extractors are configured and what they read and write, in Markdown, for users.
pub const PROTOCOL: &str = include_str!("protocol.md");

/// An article that an extractor is asked about.
#[derive(Clone, Debug)]
pub struct Question {
    pub article: ArticleId,
    pub text: Arc<ArticleText>,
    /// BCP 47 tag such as `de`; may be empty.
    pub language: String,
    /// What is there already; sent only to extractors that want it.
    pub present: Vec<PresentSpan>,
}

/// A span that is there already.
#[derive(Clone, Debug)]
pub struct PresentSpan {
    pub id: AnnotationId,
    pub fragments: Fragments,
    pub label: Name,
    pub status: Status,
}

/// What is asked, of whom.
pub struct Job<'a> {
    pub extractor: &'a Extractor,
    pub schema: &'a Schema,
    /// The project's folder: where programs run and from where paths of models count.
    pub folder: &'a Path,
    pub questions: &'a [Question],
    /// True if somebody agreed that the texts leave this computer. Without, extractors elsewhere are not asked.
    pub may_leave: bool,
}

/// What an extractor found in an article, placed in its text and with the names of the project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Version of the extractor, if it said so.
    pub version: Option<Name>,
    pub spans: Vec<FoundSpan>,
    pub relations: Vec<FoundRelation>,
}

/// A span that an extractor found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSpan {
    pub fragments: Fragments,
    /// A label of the schema.
    pub label: Name,
    /// From 0 to 1.
    pub score: Option<f32>,
    pub reason: Option<Name>,
}

/// A relation that an extractor found. Its roles are those of the schema; whether its arguments are allowed is asked when it
/// is added.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundRelation {
    /// A relation of the schema.
    pub label: Name,
    pub trigger: Option<Target>,
    pub arguments: Vec<(Name, Target)>,
    /// From 0 to 1.
    pub score: Option<f32>,
    pub reason: Option<Name>,
}

/// What a relation points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A span of the same answer, by its place in the list.
    Found(usize),
    /// A span that was there already.
    Present(AnnotationId),
}

/// Something that was wrong, and what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub extractor: Name,
    /// The article, where it concerns one.
    pub article: Option<ArticleId>,
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.article {
            Some(article) => write!(formatter, "{article}: {}: {}", self.extractor, self.message),
            None => write!(formatter, "{}: {}", self.extractor, self.message),
        }
    }
}

/// What happens while an extractor is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// An answer; comes before the article is over.
    Answer {
        article: ArticleId,
        /// Hash of the text that was asked about, to tell whether it was changed in the meantime.
        text_hash: u64,
        answer: Answer,
    },
    Warning(Warning),
    /// Nothing more comes for this article.
    Over {
        article: ArticleId,
    },
}

/// How asking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every article had its turn, or a warning said why not.
    Complete,
    /// It was stopped.
    Cancelled,
}

/// Asks an extractor about articles. `goes_on` is asked several times a second; if it says no, the extractor is stopped.
/// Answers may come in any order.
pub fn ask(job: &Job<'_>, goes_on: &dyn Fn() -> bool, news: &mut dyn FnMut(News)) -> Ending {
    let mut run = Run::new(job, goes_on, news);
    if let Some(problem) = job.extractor.problem() {
        run.warn(None, problem);
        return Ending::Complete;
    }
    if let Some(host) = job.extractor.foreign_host()
        && !job.may_leave
    {
        run.warn(None, format!("nothing was sent to {host}, since nobody agreed that texts leave this computer"));
        return Ending::Complete;
    }
    match &job.extractor.kind {
        ExtractorKind::Process { command, arguments } => process::ask(&mut run, command, arguments),
        ExtractorKind::Http { url, protocol } => http::ask(&mut run, url, protocol),
        #[cfg(feature = "onnx")]
        ExtractorKind::Onnx { model, vocabulary, labels } => onnx::ask(&mut run, model, vocabulary, labels),
        #[cfg(not(feature = "onnx"))]
        ExtractorKind::Onnx { .. } => {
            run.warn(None, "this Glosse was built without models (feature `onnx`); nothing was asked".to_owned());
            Ending::Complete
        }
    }
}
