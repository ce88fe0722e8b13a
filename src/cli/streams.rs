//! Where commands print, and how they open projects: notices go to standard error, results to standard output.

use super::CliError;
use crate::{
    model::{AnnotatorName, ArticleId},
    session::Session,
    store::{Access, Level},
};
use std::{
    io::{IsTerminal, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Standard output and standard error.
pub(super) struct Streams<'a> {
    pub(super) output: &'a mut dyn Write,
    pub(super) errors: &'a mut dyn Write,
}

/// A line on a terminal that says how far something is.
pub(super) struct ProgressLine {
    shown: bool,
    failed: Option<std::io::Error>,
}

impl ProgressLine {
    /// Shown only where a person can see it.
    pub(super) fn new() -> Self {
        Self { shown: std::io::stderr().is_terminal(), failed: None }
    }

    /// Says how far it is, in the place of what was said before.
    pub(super) fn show(&mut self, text: &str, streams: &mut Streams<'_>) {
        if self.shown && self.failed.is_none() {
            let written = write!(streams.errors, "\r\x1b[K{text}").and_then(|()| streams.errors.flush());
            self.failed = written.err();
        }
    }

    /// Takes the line away.
    ///
    /// # Errors
    /// If it could not be shown.
    pub(super) fn clear(self, streams: &mut Streams<'_>) -> Result<(), CliError> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        if self.shown {
            write!(streams.errors, "\r\x1b[K")?;
        }
        Ok(())
    }
}

impl Streams<'_> {
    /// Opens a project to look at it.
    pub(super) fn open_to_read(&mut self, root: &Path, annotator: AnnotatorName) -> Result<Session, CliError> {
        let mut session = Session::open(root, Access::Read, annotator)?;
        self.print_notices(&mut session)?;
        Ok(session)
    }

    /// Opens a project to change it.
    ///
    /// # Errors
    /// Also if it can only be read, because another Glosse has it open or the folder is protected.
    pub(super) fn open_to_change(&mut self, root: &Path, annotator: AnnotatorName) -> Result<Session, CliError> {
        let mut session = Session::open(root, Access::Write, annotator)?;
        self.print_notices(&mut session)?;
        match session.read_only_reason() {
            None => Ok(session),
            Some(reason) => Err(CliError::usage(format!("{}: can not be changed: {reason}", root.display()))),
        }
    }

    /// Tells what the project has to say about its files since the last time.
    pub(super) fn print_notices(&mut self, session: &mut Session) -> Result<(), CliError> {
        for notice in session.take_notices() {
            let level = match notice.level {
                Level::Info => "note",
                Level::Warning => "warning",
                Level::Error => "error",
            };
            writeln!(self.errors, "{notice} ({level})")?;
        }
        Ok(())
    }
}

/// The id of an article of the project.
///
/// # Errors
/// If there is none with this id; names those that look like it.
pub(super) fn one_article(session: &Session, wanted: &str) -> Result<ArticleId, CliError> {
    // The file's name is as good as the id: `articles/kursk.txt` can be completed by the shell.
    let name = wanted.rsplit(['/', '\\']).next().unwrap_or(wanted);
    let stem = name.strip_suffix(".txt").or(name.strip_suffix(".ron")).unwrap_or(name);
    for candidate in [wanted, stem] {
        let id = ArticleId::new(candidate);
        if session.project().articles.contains_key(&id) {
            return Ok(id);
        }
    }
    let articles = session.project().articles.values();
    let hint = did_you_mean(stem, articles.map(|article| (article.id.as_str(), [article.title()])))
        .unwrap_or_else(|| "`glosse stats` lists the articles".to_owned());
    Err(CliError::usage(format!("{}: there is no article {wanted:?}; {hint}", session.root().display())))
}

/// A question that names the ids, each given with other names of the same thing, in which what was typed stands, or which
/// are written nearly so; `None` if there is nothing like it.
pub(super) fn did_you_mean<'a, Names: IntoIterator<Item = &'a str>>(
    typed: &str,
    known: impl Iterator<Item = (&'a str, Names)>,
) -> Option<String> {
    let typed = typed.to_lowercase();
    // How alike two words are from which on they are taken for each other: one letter of eight differs, or two are exchanged.
    let least = 0.88;
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        if name.contains(&typed) { 1.0 } else { strsim::jaro_winkler(&name, &typed) }
    };
    let mut similar: Vec<(f64, &str)> = known
        .map(|(id, names)| (names.into_iter().map(likeness).fold(likeness(id), f64::max), id))
        .filter(|(likeness, _)| *likeness >= least)
        .collect();
    similar.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let similar: Vec<&str> = similar.into_iter().map(|(_, id)| id).take(5).collect();
    (!similar.is_empty()).then(|| format!("did you mean {}", similar.join(", ")))
}

/// A flag that is raised when somebody presses Ctrl+C, so that what runs can be ended and what was done is stored.
pub(super) fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stopped = Arc::new(AtomicBool::new(false));
    let raised = stopped.clone();
    // Where it can not be watched for, Ctrl+C ends the program at once, which loses nothing that was stored.
    let _ = ctrlc::set_handler(move || raised.store(true, Ordering::Relaxed));
    stopped
}
