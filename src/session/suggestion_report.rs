//! How suggestions do in a project, in numbers: what became of them, what each article cost, what the models would get right.
//!
//! Tables of it are the same in the window, on the command line and in CSV.

use super::{
    learning_curve::LearningCurve,
    outcomes::{OutcomeCounts, Outcomes},
    work::{Confirmation, work_in_journal},
};
use crate::{
    compare::Score,
    model::{AnnotationSet, AnnotatorName, Article, ArticleId, Progress, Status},
    store::{HistoryEntry, Loader, StoreError},
};
use jiff::{Timestamp, tz::TimeZone};
use std::{io::Write, time::Duration};

/// One article's part.
#[derive(Clone, Debug, PartialEq)]
pub struct ArticleReport {
    pub id: ArticleId,
    pub is_done: bool,
    /// When it was confirmed; `None` if it is not done, or the journal of this computer does not know.
    pub confirmed: Option<Confirmation>,
    /// How long the annotator worked on it, by the stopwatch of the window; `None` if that never ran for it.
    pub time: Option<Duration>,
    /// See [`super::JournalWork::actions`].
    pub actions: usize,
    /// Accepted spans and relations.
    pub annotations: usize,
    pub outcomes: OutcomeCounts,
}

impl ArticleReport {
    /// Minutes of work.
    pub fn minutes(&self) -> Option<f64> {
        self.time.map(|time| time.as_secs_f64() / 60.0)
    }
}

/// How suggestions do for one annotator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuggestionReport {
    /// Articles that are done, in the order in which they were confirmed; then all others.
    pub articles: Vec<ArticleReport>,
    pub outcomes: Outcomes,
    /// Once it was computed.
    pub curve: Option<LearningCurve>,
}

impl SuggestionReport {
    /// Everything but the learning curve. `goes_on` is asked now and then; `None` if it says no.
    ///
    /// # Errors
    /// If the notes on time of work can not be read.
    pub fn gather(
        articles: &[Article],
        annotator: &AnnotatorName,
        history: &[HistoryEntry],
        loader: &Loader,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Option<Self>, StoreError> {
        let times = loader.time_of_work(annotator)?;
        let read = |seq| loader.read_transaction(seq).ok();
        let Some(works) = work_in_journal(history, annotator, &read, goes_on) else { return Ok(None) };
        let mut report = Self::default();
        let empty = AnnotationSet::default();
        for article in articles {
            let set = article.sets.get(annotator).unwrap_or(&empty);
            let outcomes = Outcomes::of(set);
            let work = works.get(&article.id).copied().unwrap_or_default();
            let is_done = set.progress() == Progress::Done;
            let tally = set.tally();
            report.articles.push(ArticleReport {
                id: article.id.clone(),
                is_done,
                confirmed: work.confirmed.filter(|_| is_done),
                time: times.get(&article.id).copied(),
                actions: work.actions,
                annotations: tally.all_spans(Status::Accepted) + tally.all_relations(Status::Accepted),
                outcomes: outcomes.sum(),
            });
            report.outcomes.add(&outcomes);
        }
        report.articles.sort_by_cached_key(|article| (!article.is_done, article.confirmed, article.id.clone()));
        Ok(Some(report))
    }

    /// The articles in the order of the report, for the learning curve.
    pub fn in_order<'a>(&self, articles: &'a [Article]) -> Vec<&'a Article> {
        let place = |article: &&Article| self.articles.iter().position(|other| other.id == article.id);
        let mut ordered: Vec<&Article> = articles.iter().collect();
        ordered.sort_by_cached_key(place);
        ordered
    }

    /// Articles that are done, in the order in which they were confirmed.
    pub fn done(&self) -> impl Iterator<Item = &ArticleReport> {
        self.articles.iter().filter(|article| article.is_done)
    }

    /// Scores after so many articles, over all labels.
    pub fn curve_table(&self) -> ReportTable {
        let points = self.curve.iter().flat_map(|curve| &curve.points);
        let rows = points.map(|point| {
            [vec![Cell::Count(point.articles), Cell::Count(point.spans)], score_cells(point.overall)].concat()
        });
        let columns = ["articles", "spans", "precision", "recall", "F1", "right", "proposed", "wanted"];
        ReportTable { name: "learning curve", keys: 1, columns: columns.to_vec(), rows: rows.collect() }
    }

    /// Scores of each label after as many articles as there are.
    pub fn label_table(&self) -> ReportTable {
        let last = self.curve.as_ref().and_then(|curve| curve.points.last());
        let labels = last.into_iter().flat_map(|point| &point.labels);
        let rows = labels.map(|(label, score)| [vec![Cell::text(label)], score_cells(*score)].concat());
        let columns = ["label", "precision", "recall", "F1", "right", "proposed", "wanted"];
        ReportTable { name: "labels", keys: 1, columns: columns.to_vec(), rows: rows.collect() }
    }

    /// The ten bins of scores.
    pub fn calibration_table(&self) -> ReportTable {
        let bins = self.curve.iter().flat_map(|curve| curve.reliability.bins.iter().zip(0_u8..));
        let rows = bins.filter(|(bin, _)| bin.count > 0).map(|(bin, number)| {
            let from = f64::from(number) / 10.0;
            let range = format!("{from:.1}–{:.1}", from + 0.1);
            vec![
                Cell::Text(range),
                Cell::Count(bin.count),
                Cell::Count(bin.right),
                Cell::Share(bin.mean_score()),
                Cell::Share(bin.share_right()),
            ]
        });
        let columns = ["score", "proposals", "right", "mean score", "share right"];
        ReportTable { name: "calibration", keys: 1, columns: columns.to_vec(), rows: rows.collect() }
    }

    /// What became of the suggestions of each extractor and label.
    pub fn outcome_table(&self) -> ReportTable {
        let rows = self.outcomes.counts.iter().map(|((extractor, label), counts)| {
            [vec![Cell::text(extractor), Cell::text(label)], outcome_cells(*counts)].concat()
        });
        let columns = ["extractor", "label", "accepted", "corrected", "rejected", "open"];
        ReportTable { name: "outcomes", keys: 2, columns: columns.to_vec(), rows: rows.collect() }
    }

    /// What each article cost; those of which nothing is known are left out.
    pub fn article_table(&self) -> ReportTable {
        let known = self.articles.iter().filter(|article| {
            article.is_done || article.actions > 0 || article.time.is_some() || article.outcomes.total() > 0
        });
        let rows = known.map(|article| {
            let confirmed = match (article.is_done, article.confirmed) {
                (false, _) => Cell::Text(String::new()),
                (true, confirmed) => Cell::Time(confirmed.map(|confirmed| confirmed.time)),
            };
            let own = vec![
                Cell::text(article.id.as_str()),
                confirmed,
                Cell::Minutes(article.minutes()),
                Cell::Count(article.actions),
                Cell::Count(article.annotations),
            ];
            [own, outcome_cells(article.outcomes)].concat()
        });
        let columns =
            ["article", "confirmed", "minutes", "actions", "annotations", "accepted", "corrected", "rejected", "open"];
        ReportTable { name: "articles", keys: 1, columns: columns.to_vec(), rows: rows.collect() }
    }

    /// All numbers as CSV with the columns `table`, `item`, `part`, `measure` and `value`: one number a line. Shares have four
    /// digits; what is not known is empty.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_csv(&self, output: impl Write) -> Result<(), csv::Error> {
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(["table", "item", "part", "measure", "value"])?;
        if let Some(curve) = &self.curve {
            let counts = [
                ("articles of the slice", curve.apart),
                ("articles judged", curve.judged),
                ("spans judged", curve.judged_spans),
                ("articles judged with suggestions", curve.judged_with_suggestions),
                ("articles learned from", curve.learned),
            ];
            for (measure, count) in counts {
                writer.write_record(["evaluation slice", "", "", measure, &count.to_string()])?;
            }
            let error = Cell::Share(curve.reliability.error()).exact();
            writer.write_record(["evaluation slice", "", "", "expected calibration error", &error])?;
        }
        self.curve_table().write_csv(&mut writer)?;
        for point in self.curve.iter().flat_map(|curve| &curve.points) {
            for (label, score) in &point.labels {
                let measures = ["precision", "recall", "F1", "right", "proposed", "wanted"];
                for (measure, cell) in measures.into_iter().zip(score_cells(*score)) {
                    let articles = point.articles.to_string();
                    writer.write_record(["learning curve", &articles, label, measure, &cell.exact()])?;
                }
            }
        }
        for table in [self.calibration_table(), self.outcome_table(), self.article_table()] {
            table.write_csv(&mut writer)?;
        }
        writer.flush()?;
        Ok(())
    }
}

fn score_cells(score: Score) -> Vec<Cell> {
    let share = |value: f64, of: usize| Cell::Share((of > 0).then_some(value));
    vec![
        share(score.precision(), score.actual()),
        share(score.recall(), score.possible()),
        share(score.f1(), score.actual() + score.possible()),
        Cell::Count(score.correct),
        Cell::Count(score.actual()),
        Cell::Count(score.possible()),
    ]
}

fn outcome_cells(counts: OutcomeCounts) -> Vec<Cell> {
    [counts.accepted, counts.corrected, counts.rejected, counts.open].map(Cell::Count).to_vec()
}

/// A table of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportTable {
    pub name: &'static str,
    /// How many of the first columns say what the row is about.
    pub keys: usize,
    /// English titles.
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
}

impl ReportTable {
    fn write_csv<W: Write>(&self, writer: &mut csv::Writer<W>) -> Result<(), csv::Error> {
        for row in &self.rows {
            let key = |place: usize| row.get(place).filter(|_| place < self.keys).map(Cell::exact).unwrap_or_default();
            for (measure, cell) in self.columns.iter().zip(row).skip(self.keys) {
                writer.write_record([self.name, &key(0), &key(1), measure, &cell.exact()])?;
            }
        }
        Ok(())
    }
}

/// A value in a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Count(usize),
    /// From 0 to 1; `None` if there is nothing to take a share of.
    Share(Option<f64>),
    Minutes(Option<f64>),
    Time(Option<Timestamp>),
}

impl Cell {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// For people: shares with two digits, minutes with one, times in the system's time zone, a dash for what is not known.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Share(Some(share)) => format!("{share:.2}"),
            Self::Minutes(Some(minutes)) => format!("{minutes:.1}"),
            Self::Time(Some(time)) => time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
            Self::Share(None) | Self::Minutes(None) | Self::Time(None) => "–".to_owned(),
        }
    }

    /// For programs: shares and minutes with four digits, times as RFC 3339, nothing for what is not known.
    pub fn exact(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Share(Some(value)) | Self::Minutes(Some(value)) => format!("{value:.4}"),
            Self::Time(Some(time)) => time.to_string(),
            Self::Share(None) | Self::Minutes(None) | Self::Time(None) => String::new(),
        }
    }

    /// True for what stands at the right of its column.
    pub fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_) | Self::Time(_))
    }
}
