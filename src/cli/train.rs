//! `glosse train`: trains the project's own tagger, keeps it, and says how well it does.

use super::{
    AnnotatorArgument, CliError, Outcome, Streams,
    table::{Table, count},
};
use crate::{
    assist::tagger::Options,
    compare::{Comparison, Scheme, Score},
    session::{
        EvaluationSlice,
        suggest::ENOUGH,
        trained::{Lessons, StoredModel},
    },
};
use clap::Args;
use std::{path::PathBuf, time::Instant};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Learns from the spans in one piece that the annotator accepted, in all articles that have some and are not kept apart for evaluation. Without --out the model is kept in \
.glosse/models of the project, where `glosse suggest` finds it and uses it as long as it is what training would give now; a label \
that was renamed since is renamed in it, one that was deleted is not suggested any more. With --out it goes into that file, for \
`glosse suggest --model`. The scores are from a cross-validation: five parts of the articles, each tagged by what was learned from \
the others.")]
pub struct Train {
    /// The project folder
    project: PathBuf,
    #[command(flatten)]
    annotator: AnnotatorArgument,
    /// Write the model into this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The same annotations and seed give the same bytes
    #[arg(long, value_name = "N", default_value_t = Options::default().seed)]
    seed: u64,
}

pub(super) fn run(arguments: &Train, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let annotator = arguments.annotator.or_default()?;
    let mut session = streams.open_to_read(&arguments.project, annotator.clone())?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let apart = EvaluationSlice::of(session.project());
    let articles = session.project().articles.values().filter(|article| !apart.contains(&article.id));
    let lessons = Lessons::of(&annotator, articles);
    if lessons.spans() == 0 {
        let known: Vec<String> = session.store().annotators().iter().map(ToString::to_string).collect();
        let who = if known.is_empty() { "nobody".to_owned() } else { known.join(", ") };
        return Err(CliError::usage(format!(
            "{annotator} has accepted no spans to learn from; annotations are by {who}, name one with --annotator"
        )));
    }
    let options = Options { seed: arguments.seed, ..Options::default() };
    let start = Instant::now();
    let stopped = || CliError::usage("training was stopped");
    let tagger = lessons.train(&options, &|| true).ok_or_else(stopped)?;
    let trained = start.elapsed();
    let model = StoredModel::new(tagger, &annotator, arguments.seed, &lessons);
    let path = arguments.out.clone().unwrap_or_else(|| StoredModel::path(session.root(), &annotator));
    let bytes = model.save(&path).map_err(|error| CliError::usage(error.to_string()))?;
    writeln!(
        streams.output,
        "Learned from {} of {annotator}, {}, in {:.1} s; wrote {}: {}\n",
        count(lessons.examples.len(), "article"),
        count(lessons.spans(), "span"),
        trained.as_secs_f64(),
        count(bytes, "byte"),
        path.display()
    )?;
    let judged = lessons.cross_validated(&options, &|| true);
    print(&lessons, judged.as_ref(), streams)?;
    match judged {
        Some(_) => {
            let total = start.elapsed().as_secs_f64();
            writeln!(streams.errors, "Scores of a cross-validation, for exact place and label; {total:.1} s in all.")?;
        }
        None => {
            writeln!(streams.errors, "No scores: they need articles that nothing was learned from, so at least two.")?
        }
    }
    if arguments.out.is_none() && lessons.spans() < ENOUGH {
        writeln!(streams.errors, "`glosse suggest` makes use of it from {ENOUGH} accepted spans on.")?;
    }
    Ok(Outcome::Clean)
}

fn print(lessons: &Lessons, judged: Option<&Comparison>, streams: &mut Streams<'_>) -> Result<(), CliError> {
    let titles = ["label", "spans", "precision", "recall", "F1"];
    let mut table = Table::new(if judged.is_some() { &titles } else { &titles[..2] });
    let score = |score: Score| [score.precision(), score.recall(), score.f1()].map(|value| format!("{value:.3}"));
    for (label, spans) in lessons.labels() {
        let spans = spans.to_string();
        let scores = judged.and_then(|judged| judged.labels.get(label)?.get(&Scheme::Strict).copied()).map(score);
        table.row([&**label, &spans].into_iter().chain(scores.iter().flatten().map(String::as_str)));
    }
    if let Some(judged) = judged {
        let all = score(judged.micro(Scheme::Strict));
        let spans = lessons.spans().to_string();
        table.row(["all", &spans].into_iter().chain(all.iter().map(String::as_str)));
    }
    table.print(streams.output)
}
