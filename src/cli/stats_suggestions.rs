//! `glosse stats --suggestions`: how suggestions do in a project.

use super::{
    CliError, Outcome, Streams,
    table::{Table, count},
};
use crate::{
    model::{AnnotatorName, Article},
    session::{
        EvaluationSlice,
        learning_curve::{LearningCurve, learning_curve},
        suggestion_report::{ReportTable, SuggestionReport},
    },
};
use std::path::Path;

/// How the numbers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Tables,
    Csv,
}

pub(super) fn run(
    project: &Path,
    annotator: AnnotatorName,
    layout: Layout,
    streams: &mut Streams<'_>,
) -> Result<Outcome, CliError> {
    let mut session = streams.open_to_read(project, annotator.clone())?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let project = session.project();
    let articles: Vec<Article> = project.articles.values().cloned().collect();
    let loader = session.store().loader();
    let Some(mut report) = SuggestionReport::gather(&articles, &annotator, session.history(), &loader, &|| true)?
    else {
        return Ok(Outcome::Clean);
    };
    let ordered = report.in_order(&articles);
    report.curve = learning_curve(
        &project.schema,
        &project.settings.rules,
        &annotator,
        &ordered,
        &EvaluationSlice::of(project),
        &|_, _| true,
    );
    match layout {
        Layout::Csv => report.write_csv(&mut *streams.output).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => CliError::from(error),
            other => CliError::usage(format!("the numbers can not be written as CSV: {other:?}")),
        })?,
        Layout::Tables => print(&report, streams)?,
    }
    Ok(Outcome::Clean)
}

fn print(report: &SuggestionReport, streams: &mut Streams<'_>) -> Result<(), CliError> {
    if let Some(curve) = &report.curve {
        print_slice(curve, streams)?;
    }
    for table in [report.curve_table(), report.label_table(), report.calibration_table()] {
        print_table(&table, streams)?;
    }
    if let Some(error) = report.curve.as_ref().and_then(|curve| curve.reliability.error()) {
        writeln!(streams.output, "expected calibration error: {error:.3}\n")?;
    }
    for table in [report.outcome_table(), report.article_table()] {
        print_table(&table, streams)?;
    }
    Ok(())
}

fn print_slice(curve: &LearningCurve, streams: &mut Streams<'_>) -> Result<(), CliError> {
    writeln!(
        streams.output,
        "evaluation slice: {}, {} of them done with {}; {} done outside of it",
        count(curve.apart, "article"),
        curve.judged,
        count(curve.judged_spans, "span"),
        count(curve.learned, "article"),
    )?;
    if curve.judged_with_suggestions > 0 {
        writeln!(
            streams.output,
            "{} of the slice had suggestions: what is measured on them flatters",
            count(curve.judged_with_suggestions, "article")
        )?;
    }
    if curve.points.is_empty() {
        writeln!(streams.output, "no scores: confirm articles of the slice first")?;
    }
    writeln!(streams.output)?;
    Ok(())
}

fn print_table(table: &ReportTable, streams: &mut Streams<'_>) -> Result<(), CliError> {
    if table.rows.is_empty() {
        return Ok(());
    }
    writeln!(streams.output, "{}\n", table.name)?;
    let mut printed = Table::new(&table.columns);
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(crate::session::suggestion_report::Cell::shown).collect();
        printed.row(cells.iter().map(String::as_str));
    }
    printed.print(streams.output)?;
    writeln!(streams.output)?;
    Ok(())
}
