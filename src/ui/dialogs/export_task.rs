//! The part of an export that runs on its own thread: reading all articles, a rehearsal that writes nothing, the export.

use crate::{
    format::{
        ExportContext, Exported, Format, FormatError, Loss, Output, WriteOptions,
        export::{ExportJob, ExportReport, export},
        filter::{ExportFilter, LeftOut, Split},
        original::Originals,
    },
    model::{AnnotationSet, AnnotatorName, Article, EntityRegistry, Schema},
    ui::{
        corpus::Corpus,
        task::{Control, Results},
    },
};
use rayon::prelude::*;
use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Places that are named for each kind of loss.
const PLACES: usize = 3;
/// Bytes of a file that are shown, and files of which some are.
const HEAD: usize = 6_000;
const HEADS: usize = 2;

/// What is exported, and how.
#[derive(Clone)]
pub struct Order {
    pub format: &'static dyn Format,
    pub annotator: AnnotatorName,
    pub filter: ExportFilter,
    pub split: Option<Split>,
    pub options: WriteOptions,
    pub schema: Arc<Schema>,
    pub entities: Arc<EntityRegistry>,
    pub originals: Arc<dyn Originals + Send>,
    /// True if a page about the data is written beside them, which has the guidelines in it.
    pub card: bool,
    pub guidelines: String,
}

impl Order {
    fn job<'a>(&'a self, target: &'a Path) -> ExportJob<'a> {
        ExportJob {
            format: self.format,
            target,
            filter: &self.filter,
            split: self.split.as_ref(),
            schema: &self.schema,
            entities: &self.entities,
            options: &self.options,
            originals: &*self.originals,
            card: self.card,
            guidelines: &self.guidelines,
        }
    }
}

/// One kind of loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossKind {
    pub why: String,
    pub count: usize,
    /// What is lost, with the article, of the first few.
    pub first: Vec<String>,
    /// Formats that would hold it.
    pub held_by: Vec<&'static str>,
}

/// What an export would write.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    /// Articles by part; one part with an empty name without a split.
    pub parts: Vec<(String, usize)>,
    pub spans: usize,
    pub relations: usize,
    pub document_labels: usize,
    /// What the filter leaves out, by status.
    pub left_out: LeftOut,
    pub losses: Vec<LossKind>,
    /// Names and beginnings of the first files.
    pub heads: Vec<(String, String)>,
    pub files: usize,
    pub bytes: usize,
}

impl Rehearsal {
    pub fn articles(&self) -> usize {
        self.parts.iter().map(|(_, count)| count).sum()
    }
}

/// What comes from the thread.
pub enum News {
    /// All articles, for the next time.
    Articles(Arc<Vec<Article>>),
    Rehearsed(Box<Rehearsal>),
    Failed(String),
    Written(Result<Box<ExportReport>, String>),
}

/// Articles that were read already, or where to read them.
pub enum Articles {
    Read(Arc<Vec<Article>>),
    Unread(Corpus),
}

impl Articles {
    fn get(self, control: &Control, results: &Results<News>) -> Option<Arc<Vec<Article>>> {
        let corpus = match self {
            Self::Read(articles) => return Some(articles),
            Self::Unread(corpus) => corpus,
        };
        control.set_total(corpus.entries.len());
        let read: Result<Vec<Article>, String> = corpus
            .entries
            .par_iter()
            .map(|entry| {
                if control.is_cancelled() {
                    return Err(String::new());
                }
                let article = corpus.article(entry);
                control.step();
                article
            })
            .collect();
        match read {
            Ok(articles) => {
                let articles = Arc::new(articles);
                results.send(News::Articles(articles.clone()));
                Some(articles)
            }
            Err(error) => {
                if !control.is_cancelled() {
                    results.send(News::Failed(error));
                }
                None
            }
        }
    }
}

/// Finds out what would be written and lost.
pub fn rehearse(order: &Order, articles: Articles, control: &Control, results: &Results<News>) {
    let Some(articles) = articles.get(control, results) else { return };
    match write_nothing(order, &articles, control) {
        Ok(rehearsal) if !control.is_cancelled() => results.send(News::Rehearsed(Box::new(rehearsal))),
        Ok(_) => {}
        Err(error) => results.send(News::Failed(error.to_string())),
    }
}

/// Writes the files.
pub fn write(order: &Order, target: PathBuf, articles: Articles, control: &Control, results: &Results<News>) {
    let Some(articles) = articles.get(control, results) else { return };
    let empty = AnnotationSet::default();
    let exported: Vec<Exported<'_>> =
        articles.iter().filter_map(|article| Exported::of(article, &order.annotator, &empty)).collect();
    let written = export(&exported, &order.job(&target)).map(Box::new).map_err(|error| error.to_string());
    results.send(News::Written(written));
}

/// The same as [`export`], into files of which only the beginnings are kept.
fn write_nothing(order: &Order, articles: &[Article], control: &Control) -> Result<Rehearsal, FormatError> {
    let mut rehearsal = Rehearsal::default();
    let mut losses = Vec::new();
    let empty = AnnotationSet::default();
    let context = ExportContext {
        schema: &order.schema,
        entities: &order.entities,
        options: &order.options,
        originals: &*order.originals,
    };
    let parts: Vec<Option<&str>> = match &order.split {
        Some(split) => split.parts().map(Some).collect(),
        None => vec![None],
    };
    for part in parts {
        let mut count = 0;
        let mut heads = Heads::default();
        // One article at a time is filtered, so that nothing is held twice.
        let chosen: Vec<Exported<'_>> = articles
            .iter()
            .filter(|article| match (&order.split, part) {
                (Some(split), Some(part)) => split.part(&article.id, &article.metadata) == part,
                _ => true,
            })
            .filter_map(|article| Exported::of(article, &order.annotator, &empty))
            .filter(|article| order.filter.takes(article))
            .collect();
        for article in &chosen {
            for (status, count) in order.filter.left_out(article.annotations) {
                *rehearsal.left_out.entry(status).or_default() += count;
            }
        }
        let filtered: Vec<_> = chosen
            .iter()
            .map(|article| order.filter.apply(article.id, article.annotations, &order.schema, &mut losses))
            .collect();
        let mut wanted = chosen
            .iter()
            .zip(&filtered)
            .take_while(|_| !control.is_cancelled())
            .map(|(article, annotations)| Exported { annotations, ..*article })
            .inspect(|article| {
                count += 1;
                rehearsal.spans += article.annotations.spans().len();
                rehearsal.relations += article.annotations.relations().len();
                rehearsal.document_labels += article.annotations.document_labels().len();
            });
        order.format.write(&mut wanted, &context, &mut heads, &mut losses)?;
        let name = part.unwrap_or_default();
        rehearsal.parts.push((name.to_owned(), count));
        rehearsal.files += heads.files.len();
        rehearsal.bytes += heads.files.iter().map(|head| head.total).sum::<usize>();
        let room = HEADS.saturating_sub(rehearsal.heads.len());
        // What is no text, such as a workbook, can not be shown.
        let is_text = |bytes: &[u8]| !bytes.is_empty() && !bytes.contains(&0);
        rehearsal.heads.extend(heads.files.into_iter().filter(|head| is_text(&head.bytes)).take(room).map(|head| {
            let text = String::from_utf8_lossy(&head.bytes).trim_end_matches('\u{fffd}').to_owned();
            let separator = if name.is_empty() || head.name.is_empty() { "" } else { "/" };
            (format!("{name}{separator}{}", head.name), text)
        }));
    }
    rehearsal.losses = grouped(&losses);
    Ok(rehearsal)
}

/// Losses by reason, the most frequent first.
pub fn grouped(losses: &[Loss]) -> Vec<LossKind> {
    let mut kinds: BTreeMap<(&str, Option<&str>), LossKind> = BTreeMap::new();
    for loss in losses {
        let kind = kinds.entry((&loss.why, loss.part)).or_insert_with(|| LossKind {
            why: loss.why.clone(),
            count: 0,
            first: Vec::new(),
            held_by: loss.held_by(),
        });
        kind.count += 1;
        // The first by their words, in whatever order articles come.
        kind.first.push(format!("{} ({})", loss.what, loss.article));
        if kind.first.len() > PLACES {
            kind.first.sort();
            kind.first.truncate(PLACES);
        }
    }
    let mut kinds: Vec<LossKind> = kinds.into_values().collect();
    kinds.iter_mut().for_each(|kind| kind.first.sort());
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.count));
    kinds
}

/// Files of which only the beginnings are kept.
#[derive(Default)]
struct Heads {
    files: Vec<Head>,
}

#[derive(Default)]
struct Head {
    name: String,
    bytes: Vec<u8>,
    total: usize,
}

impl Output for Heads {
    fn create<'a>(&'a mut self, name: &str) -> Result<Box<dyn Write + 'a>, FormatError> {
        self.files.push(Head { name: name.to_owned(), ..Head::default() });
        match self.files.last_mut() {
            Some(head) => Ok(Box::new(head)),
            None => Ok(Box::new(std::io::sink())),
        }
    }
}

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = HEAD.saturating_sub(self.bytes.len()).min(bytes.len());
        self.bytes.extend(bytes.iter().take(room));
        self.total += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{format::original::NoOriginals, model::ArticleId};

    #[test]
    fn losses_are_grouped_by_reason() {
        let loss = |article: &str, why: &str| Loss {
            article: ArticleId::new(article),
            annotation: None,
            place: None,
            what: "note".to_owned(),
            why: why.to_owned(),
            part: None,
        };
        let kinds = grouped(&[loss("a", "x"), loss("b", "y"), loss("c", "y"), loss("d", "y"), loss("e", "y")]);
        let [first, second] = kinds.as_slice() else { panic!("two kinds: {kinds:?}") };
        assert_eq!((first.why.as_str(), first.count), ("y", 4));
        assert_eq!(first.first, ["note (b)", "note (c)", "note (d)"]);
        assert_eq!((second.why.as_str(), second.count), ("x", 1));
    }

    #[test]
    fn a_rehearsal_says_what_the_export_says() {
        let project = crate::model::generate::project(7, 12, 900);
        let annotator = project.articles.values().find_map(|article| article.sets.keys().next()).expect("one").clone();
        let articles: Vec<Article> = project.articles.values().cloned().collect();
        let folder = tempfile::tempdir().expect("a folder");
        for format in crate::format::registry::all().iter().copied().filter(|format| format.info().writes) {
            for split in [None, crate::format::filter::Split::parse("60/20/20", 3).ok()] {
                let order = Order {
                    format,
                    annotator: annotator.clone(),
                    filter: ExportFilter::default(),
                    split: split.clone(),
                    options: WriteOptions::default(),
                    schema: project.schema.clone(),
                    entities: Arc::new(project.entities.clone()),
                    originals: Arc::new(NoOriginals),
                    card: false,
                    guidelines: String::new(),
                };
                let rehearsal = write_nothing(&order, &articles, &Control::default()).expect("rehearsed");
                let empty = AnnotationSet::default();
                let exported: Vec<_> =
                    articles.iter().filter_map(|article| Exported::of(article, &annotator, &empty)).collect();
                let name = format!("{}-{}", format.info().name, split.is_some());
                let target = folder.path().join(name);
                let report = export(&exported, &order.job(&target)).expect("written");
                assert_eq!(
                    (&rehearsal.parts, rehearsal.spans, rehearsal.relations),
                    (&report.parts, report.spans, report.relations)
                );
                assert_eq!(rehearsal.left_out, report.left_out);
                assert_eq!(rehearsal.losses, grouped(&report.losses), "{}", format.info().name);
                let bytes: u64 = report.files.iter().map(|file| file.metadata().expect("there").len()).sum();
                assert_eq!((rehearsal.files, rehearsal.bytes as u64), (report.files.len(), bytes));
            }
        }
    }
}
