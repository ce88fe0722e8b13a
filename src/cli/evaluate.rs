//! `glosse evaluate`: how far two opinions of a project's articles agree.

use super::{
    AnnotatorArgument, CliError, Outcome, Streams,
    evaluate_record::record,
    find::line_and_column,
    one_article,
    streams::ProgressLine,
    table::{Table, count},
};
use crate::{
    compare::{Comparison, ErrorKind, Scheme, Score},
    format::ReadOptions,
    model::{ArticleId, Name},
    session::{
        ImportRequest, Session,
        evaluate::{Evaluation, Found, Question, Side, evaluate},
        opinion::{Opinion, extractors},
    },
};
use clap::Args;
use std::{collections::BTreeSet, path::PathBuf};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Each side is one of:
  an annotator              what this annotator has accepted
  `suggestions`             everything that extractors proposed to the annotator, whatever became of it since: to the one \
of --annotator, else to the one who is the other side
  an extractor's name       the same of one extractor, as it stands in the origin of suggestions: \"tagger project\"
  `model`                   what Glosse itself proposes for each article after learning from the others: five parts in turn
  a file or folder          of any format that is read; its articles are found by their text, whatever its white space
What an extractor proposed where the same stood already is not in the project: name its file to judge that.

Compared are the articles where both sides say something, or those that are named. Where suggestions are still open in an article \
that the annotator taken for right has not marked as done, nothing is compared: `undecided` counts the predictions. The terms are \
those of nervaluate: strict is place and label, exact the place, overlap counts overlapping places half, type is the label with \
overlapping places. A label is scored by itself; `all` is the micro average, `mean` the macro average. A span in pieces counts from \
its first to its last. Kappa is Cohen's, over the labels of tokens.

With --json: one object with `gold`, `predicted`, `articles`, `left_out`, `not_compared`, `undecided`, `spans` (`micro`, `macro` and \
`labels`, by strict, exact, overlap and type), `confusion`, `attributes`, `relations`, `document_labels`, `kappa`, `tokens`, and with \
--errors `errors`; offsets count code points.")]
pub struct Evaluate {
    /// The project folder
    project: PathBuf,
    /// Articles by id [default: all where both sides say something]
    articles: Vec<String>,
    /// What is taken for right
    #[arg(long, value_name = "OPINION")]
    gold: String,
    /// What is judged
    #[arg(long, value_name = "OPINION")]
    predicted: String,
    #[command(flatten)]
    annotator: AnnotatorArgument,
    /// List every difference
    #[arg(long)]
    errors: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Evaluate, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let annotator = arguments.annotator.or_default()?;
    let suggested_to = arguments.annotator.named()?;
    let mut session = streams.open_to_read(&arguments.project, annotator.clone())?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let project = session.project();
    let extractors = extractors(project.articles.values());
    let annotators = session.store().annotators().into_iter().collect();
    let opinion = |text: &str, option: &str| {
        let opinion = Opinion::named(text, &annotators, &extractors);
        opinion.map_err(|error| CliError::usage(format!("{option}: {error}")))
    };
    let gold = opinion(&arguments.gold, "--gold")?;
    let predicted = opinion(&arguments.predicted, "--predicted")?;
    let named = arguments.articles.iter().map(|name| one_article(&session, name));
    let only = named.collect::<Result<BTreeSet<ArticleId>, _>>()?;
    let read: ReadOptions = ImportRequest::default().read_options(&project.settings);
    let articles: Vec<_> = project.articles.values().collect();
    let question = Question {
        gold: &gold,
        predicted: &predicted,
        annotator: &annotator,
        suggested_to: suggested_to.as_ref(),
        only: (!only.is_empty()).then_some(&only),
        schema: &project.schema,
        rules: &project.settings.rules,
        read: &read,
    };
    let mut line = ProgressLine::new();
    if [&gold, &predicted].contains(&&Opinion::Model) {
        line.show("learning from four fifths of the articles, five times", streams);
    }
    let evaluation = evaluate(&question, &articles, &|_, _| true);
    line.clear(streams)?;
    let evaluation = evaluation.map_err(|error| CliError::usage(error.to_string()))?;
    for warning in &evaluation.warnings {
        writeln!(streams.errors, "{warning} (warning)")?;
    }
    if evaluation.articles.is_empty() {
        let mut text = format!(
            "there is no article where both {gold} and {predicted} say something; name articles to compare them all the same"
        );
        if suggested_to.is_none() && matches!(predicted, Opinion::Suggestions | Opinion::Extractor(_)) {
            let annotator = gold.annotator().unwrap_or(&annotator);
            text.push_str(&format!(
                ", or with -A the annotator who got the suggestions: here those of {annotator} were looked at"
            ));
        }
        return Err(CliError::usage(text));
    }
    if arguments.json {
        let record = record(&session, (&gold, &predicted), &evaluation, arguments.errors);
        writeln!(streams.output, "{record:#}")?;
    } else {
        print(&session, (&gold, &predicted), &evaluation, arguments.errors, streams)?;
    }
    // What a file says and could not be used makes its scores worse than they are.
    Ok(if evaluation.warnings.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn print(
    session: &Session,
    (gold, predicted): (&Opinion, &Opinion),
    evaluation: &Evaluation,
    errors: bool,
    streams: &mut Streams<'_>,
) -> Result<(), CliError> {
    writeln!(streams.output, "{predicted} judged by {gold}: {}\n", count(evaluation.articles.len(), "article"))?;
    for (side, opinion) in [(Side::Gold, gold), (Side::Predicted, predicted)] {
        let left_out = evaluation.left_out.iter().filter(|(_, missing)| *missing == side).count();
        if left_out > 0 {
            let articles = count(left_out, "article");
            writeln!(streams.errors, "{articles} left out, where {opinion} says nothing.")?;
        }
    }
    for (part, side) in &evaluation.not_compared {
        let opinion = if *side == Side::Gold { gold } else { predicted };
        writeln!(streams.errors, "{} are not compared: {opinion} has none.", capital(part.as_str()))?;
    }
    if evaluation.undecided > 0 {
        let predictions = count(evaluation.undecided, "prediction");
        writeln!(streams.errors, "{predictions} not compared: {gold} has not decided about them yet.")?;
    }
    spans_table(&evaluation.spans, streams)?;
    if let Some(kappa) = evaluation.agreement.kappa() {
        writeln!(streams.output, "\nCohen's kappa {kappa:.3}, over {}", count(evaluation.agreement.tokens(), "token"))?;
    }
    confusion_table(&evaluation.spans, streams)?;
    other_tables(evaluation, streams)?;
    let kinds: Vec<String> =
        evaluation.kinds().iter().map(|(kind, number)| format!("{number} {}", kind.as_str())).collect();
    if !kinds.is_empty() {
        let hint = if errors { "" } else { " (--errors lists them)" };
        writeln!(streams.output, "\nDifferences: {}{hint}", kinds.join(", "))?;
    }
    if errors {
        for found in &evaluation.errors {
            writeln!(streams.output, "{}", error_line(session, found))?;
        }
    }
    Ok(())
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn decimal(value: f64) -> String {
    format!("{value:.3}")
}

fn spans_table(comparison: &Comparison, streams: &mut Streams<'_>) -> Result<(), CliError> {
    let titles =
        ["label", "gold", "predicted", "correct", "precision", "recall", "F1", "exact F1", "overlap F1", "type F1"];
    let mut table = Table::new(&titles);
    let mut row = |name: &str, score: &dyn Fn(Scheme) -> Score| {
        let strict = score(Scheme::Strict);
        let counts = [strict.possible(), strict.actual(), strict.correct].map(|number| number.to_string());
        let scores = [strict.precision(), strict.recall(), strict.f1()].map(decimal);
        let others = [Scheme::Exact, Scheme::Partial, Scheme::Type].map(|scheme| decimal(score(scheme).f1()));
        let cells = counts.iter().chain(&scores).chain(&others).map(String::as_str);
        table.row([name].into_iter().chain(cells));
    };
    for (label, scores) in &comparison.labels {
        row(label, &|scheme| scores.get(&scheme).copied().unwrap_or_default());
    }
    row("all", &|scheme| comparison.micro(scheme));
    let strict = comparison.macro_average(Scheme::Strict);
    let means = [strict.precision, strict.recall, strict.f1].map(decimal);
    let others =
        [Scheme::Exact, Scheme::Partial, Scheme::Type].map(|scheme| decimal(comparison.macro_average(scheme).f1));
    let cells = means.iter().chain(&others).map(String::as_str);
    table.row(["mean", "", "", ""].into_iter().chain(cells));
    table.print(streams.output)
}

fn confusion_table(comparison: &Comparison, streams: &mut Streams<'_>) -> Result<(), CliError> {
    let names = comparison.names();
    if names.is_empty() {
        return Ok(());
    }
    writeln!(streams.output, "\nGold labels in rows, predicted ones in columns:\n")?;
    let titles: Vec<&str> = ["gold"].into_iter().chain(names.iter().map(|name| &***name)).chain(["nothing"]).collect();
    let mut table = Table::new(&titles);
    let all: Vec<Option<&Name>> = names.iter().copied().map(Some).chain([None]).collect();
    for gold in &all {
        let counts: Vec<String> =
            all.iter().map(|predicted| comparison.confused(*gold, *predicted).to_string()).collect();
        let name = gold.map_or("nothing", |name| &**name);
        table.row([name].into_iter().chain(counts.iter().map(String::as_str)));
    }
    table.print(streams.output)
}

fn other_tables(evaluation: &Evaluation, streams: &mut Streams<'_>) -> Result<(), CliError> {
    let mut table = Table::new(&["", "gold", "predicted", "correct", "precision", "recall", "F1"]);
    let mut any = false;
    let mut row = |name: &str, score: &Score| {
        any = true;
        let counts = [score.possible(), score.actual(), score.correct].map(|number| number.to_string());
        let scores = [score.precision(), score.recall(), score.f1()].map(decimal);
        table.row([name].into_iter().chain(counts.iter().chain(&scores).map(String::as_str)));
    };
    let relations = &evaluation.relations;
    if !relations.is_empty() {
        for (label, (whole, _)) in &relations.labels {
            row(&format!("relation {label}"), whole);
        }
        row("all relations", &relations.whole);
        row("arguments of relations", &relations.arguments);
    }
    for (name, score) in &evaluation.attributes {
        row(&format!("attribute {name} of equal spans"), score);
    }
    if evaluation.document_labels != Score::default() {
        row("document labels", &evaluation.document_labels);
    }
    if any {
        writeln!(streams.output)?;
        table.print(streams.output)?;
    }
    Ok(())
}

/// `article:line:column: missed LOC "Kursk"`.
fn error_line(session: &Session, found: &Found) -> String {
    let text = session.project().article(&found.article).and_then(|article| article.text.as_deref());
    let (line, column) = text.map_or((0, 0), |text| line_and_column(text, found.range.start()));
    let label =
        |side: &Option<crate::compare::Labelled>| side.as_ref().map_or(String::new(), |side| side.label.to_string());
    let what = match found.kind {
        ErrorKind::Missed => label(&found.gold),
        ErrorKind::Spurious => label(&found.predicted),
        ErrorKind::WrongEdges => label(&found.gold),
        ErrorKind::WrongLabel | ErrorKind::Both => format!("{} for {}", label(&found.predicted), label(&found.gold)),
    };
    let kind =
        if found.is_relation { format!("relation, {}", found.kind.as_str()) } else { found.kind.as_str().to_owned() };
    let words = found.words.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}:{line}:{column}: {kind}: {what} {words:?}", found.article)
}
