//! `glosse suggest --extractor`: suggestions of a program, service or model from outside.

use super::{CliError, Outcome, Streams, streams::stop_on_interrupt, table::count};
use crate::{
    model::{ArticleId, Extractor},
    outside::{self, Ending, Job, News},
    session::{Session, SessionError, outside::question},
};
use std::{
    io::IsTerminal,
    sync::atomic::{AtomicBool, Ordering},
};

/// Asks the extractor called `name` about the articles and adds what it answers, each answer as it comes.
pub(super) fn run(
    session: &mut Session,
    name: &str,
    articles: &[ArticleId],
    least: f32,
    streams: &mut Streams<'_>,
) -> Result<Outcome, CliError> {
    let extractor = named(session, name)?;
    if let Some(host) = extractor.foreign_host() {
        let articles = count(articles.len(), "article");
        writeln!(streams.errors, "glosse: the text of {articles} leaves this computer, for {host}")?;
    }
    let project = session.project();
    let settings = project.settings.clone();
    let loaded = articles.iter().filter_map(|id| Some((project.article(id)?, session.set(id))));
    let questions: Vec<_> = loaded.filter_map(|(article, set)| question(article, set, &settings)).collect();
    let schema = project.schema.clone();
    let folder = session.root().to_owned();
    let job = Job { extractor: &extractor, schema: &schema, folder: &folder, questions: &questions, may_leave: true };
    let stopped = stop_on_interrupt();
    let mut progress = Progress { total: questions.len(), over: 0, shown: std::io::stderr().is_terminal() };
    let mut findings = false;
    let mut failed: Option<CliError> = None;
    // What can not be stored or told ends the work.
    let broken = AtomicBool::new(false);
    let goes_on = || !stopped.load(Ordering::Relaxed) && !broken.load(Ordering::Relaxed);
    progress.show(&extractor, streams)?;
    let ending = outside::ask(&job, &goes_on, &mut |news| {
        if failed.is_some() {
            return;
        }
        let result = hear(session, &extractor, least, news, &mut findings, &mut progress, streams);
        if let Err(error) = result {
            broken.store(true, Ordering::Relaxed);
            failed = Some(error);
        }
    });
    progress.clear(streams)?;
    if let Some(error) = failed {
        return Err(error);
    }
    if ending == Ending::Cancelled {
        let left = count(progress.total - progress.over, "article");
        writeln!(streams.errors, "glosse: stopped; {left} were not asked about, what was suggested stays")?;
    }
    Ok(if findings || ending == Ending::Cancelled { Outcome::Findings } else { Outcome::Clean })
}

fn named(session: &Session, name: &str) -> Result<Extractor, CliError> {
    let extractors = &session.project().settings.extractors;
    if let Some(extractor) = extractors.iter().find(|extractor| &*extractor.name == name) {
        return Ok(extractor.clone());
    }
    let known: Vec<&str> = extractors.iter().map(|extractor| &*extractor.name).collect();
    let hint = match known.as_slice() {
        [] => "the project names none; `glosse extractors --protocol` says how it can".to_owned(),
        known => format!("the project has {}", known.join(", ")),
    };
    Err(CliError::usage(format!("{}: there is no extractor {name:?}; {hint}", session.root().display())))
}

fn hear(
    session: &mut Session,
    extractor: &Extractor,
    least: f32,
    news: News,
    findings: &mut bool,
    progress: &mut Progress,
    streams: &mut Streams<'_>,
) -> Result<(), CliError> {
    match news {
        News::Answer { article, text_hash, answer } => {
            progress.clear(streams)?;
            let added = match session.add_answer(&article, text_hash, &extractor.name, &answer, least) {
                Err(SessionError::Edit(error)) => {
                    *findings = true;
                    writeln!(streams.errors, "{article}: {}: nothing was added: {error}", extractor.name)?;
                    return Ok(());
                }
                added => added?,
            };
            for problem in &added.problems {
                *findings = true;
                writeln!(streams.errors, "{article}: {}: {problem}", extractor.name)?;
            }
            let relations = match added.relations {
                0 => String::new(),
                number => format!(", {}", count(number, "relation")),
            };
            writeln!(streams.output, "{article}: {}{relations}", count(added.spans, "suggestion"))?;
            // It may take minutes until the next one.
            streams.output.flush()?;
        }
        News::Warning(warning) => {
            *findings = true;
            progress.clear(streams)?;
            writeln!(streams.errors, "{warning}")?;
        }
        News::Over { .. } => progress.over += 1,
    }
    progress.show(extractor, streams)
}

/// A line on a terminal that says how far it is.
struct Progress {
    total: usize,
    over: usize,
    shown: bool,
}

impl Progress {
    fn show(&self, extractor: &Extractor, streams: &mut Streams<'_>) -> Result<(), CliError> {
        if self.shown {
            write!(streams.errors, "\r{}: {} of {}", extractor.name, self.over, count(self.total, "article"))?;
            streams.errors.flush()?;
        }
        Ok(())
    }

    fn clear(&self, streams: &mut Streams<'_>) -> Result<(), CliError> {
        if self.shown {
            write!(streams.errors, "\r\x1b[K")?;
        }
        Ok(())
    }
}
