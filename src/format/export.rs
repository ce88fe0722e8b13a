//! Writes articles to disk in a format, with filter, split and report; and converts files without a project.

use super::{
    ExportContext, Exported, Format, FormatError, Imported, Layout, Loss, ReadOptions, Warning, WriteOptions,
    card::{CARD_NAME, Card, own_words},
    derive::schema_of,
    filter::{ExportFilter, LeftOut, Split},
    folder::{FileToRead, files_to_read},
    original::Originals,
    output::DirectoryOutput,
    parts::{self, FileToImport, Read},
};
use crate::model::{AnnotationSet, ArticleId, ArticleMetadata, ArticleText, EntityRegistry, Progress, Schema};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
};

/// How many articles that were read may wait to be taken in by [`convert`].
const READ_AHEAD: usize = 64;

/// Where and how to write.
#[derive(Clone, Copy)]
pub struct ExportJob<'a> {
    pub format: &'a dyn Format,
    /// The file for [`Layout::OneFile`], the folder for [`Layout::Folder`]; with a split always a folder.
    pub target: &'a Path,
    pub filter: &'a ExportFilter,
    /// Divides the articles into `train.*`, `dev.*` and `test.*`.
    pub split: Option<&'a Split>,
    pub schema: &'a Schema,
    pub entities: &'a EntityRegistry,
    pub options: &'a WriteOptions,
    /// Files that were kept of the articles' imports.
    pub originals: &'a dyn Originals,
    /// True if a page that describes the data is written beside them, see [`super::card`].
    pub card: bool,
    /// For that page: how to annotate; empty if nobody wrote it down.
    pub guidelines: &'a str,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct ExportReport {
    /// Articles by part; one part with an empty name without a split.
    pub parts: Vec<(String, usize)>,
    pub spans: usize,
    pub relations: usize,
    pub document_labels: usize,
    /// What the filter left out, by status.
    pub left_out: LeftOut,
    /// Everything that the files do not hold.
    pub losses: Vec<Loss>,
    pub files: Vec<PathBuf>,
}

impl ExportReport {
    pub fn articles(&self) -> usize {
        self.parts.iter().map(|(_, count)| count).sum()
    }
}

/// Writes those of `articles` that the filter takes to disk; all files of a part appear at once.
///
/// # Errors
/// If the format is only read, a file can not be written, or a page about the data is there that must stay.
pub fn export(articles: &[Exported<'_>], job: &ExportJob<'_>) -> Result<ExportReport, FormatError> {
    let card_path = job.card.then(|| card_path(job.format, job.target, job.split.is_some()));
    if let Some(path) = &card_path {
        // What must stay is found before anything is written.
        own_words(path)?;
    }
    let mut report = ExportReport::default();
    let articles: Vec<Exported<'_>> = articles.iter().copied().filter(|article| job.filter.takes(article)).collect();
    for article in &articles {
        for (status, count) in job.filter.left_out(article.annotations) {
            *report.left_out.entry(status).or_default() += count;
        }
    }
    let filtered: Vec<_> = articles
        .iter()
        .map(|article| job.filter.apply(article.id, article.annotations, job.schema, &mut report.losses))
        .collect();
    let context =
        ExportContext { schema: job.schema, entities: job.entities, options: job.options, originals: job.originals };
    let mut card = Card::new(job);
    let parts: Vec<Option<&str>> = match job.split {
        Some(split) => split.parts().map(Some).collect(),
        None => vec![None],
    };
    for part in parts {
        let belongs = |article: &Exported<'_>| match (job.split, part) {
            (Some(split), Some(part)) => split.part(article.id, article.metadata) == part,
            _ => true,
        };
        let chosen: Vec<_> = articles
            .iter()
            .zip(&filtered)
            .filter(|(article, _)| belongs(article))
            .map(|(article, annotations)| Exported { annotations, ..*article })
            .collect();
        let mut output = match job.format.info().layout {
            Layout::OneFile => DirectoryOutput::file(main_file(job.format, job.target, part)),
            Layout::Folder => DirectoryOutput::folder(part.map_or(job.target.to_owned(), |part| job.target.join(part))),
        };
        job.format.write(&mut chosen.iter().copied(), &context, &mut output, &mut report.losses)?;
        report.files.extend(output.commit()?);
        report.parts.push((part.unwrap_or_default().to_owned(), chosen.len()));
        for article in chosen {
            card.add(part, &article);
            report.spans += article.annotations.spans().len();
            report.relations += article.annotations.relations().len();
            report.document_labels += article.annotations.document_labels().len();
        }
    }
    if let Some(path) = &card_path {
        card.losses = report.losses.len();
        report.files.push(card.write(path)?);
    }
    Ok(report)
}

/// Where the page about the data goes: into the folder, or beside the file with its name.
pub fn card_path(format: &dyn Format, target: &Path, is_split: bool) -> PathBuf {
    match (is_split, format.info().layout) {
        (false, Layout::OneFile) => {
            let file = main_file(format, target, None);
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            file.with_file_name(format!("{stem}.{CARD_NAME}"))
        }
        _ => target.join(format!("dataset.{CARD_NAME}")),
    }
}

fn main_file(format: &dyn Format, target: &Path, part: Option<&str>) -> PathBuf {
    let extension = format.info().extensions.first().copied().unwrap_or("txt");
    match part {
        Some(part) => target.join(format!("{part}.{extension}")),
        None if target.is_dir() => target.join(format!("articles.{extension}")),
        None => target.to_owned(),
    }
}

/// Reads all articles of files, and of the files in folders, in the order of their names. Without `from`, each file is read in
/// the format that it is recognized as.
///
/// Returns what was wrong besides the warnings of the articles: files that could not be read.
///
/// # Errors
/// If nothing could be read at all: the error of the first file.
pub fn read_paths(
    inputs: &[PathBuf],
    from: Option<&'static dyn Format>,
    options: &ReadOptions,
    article: &mut dyn FnMut(&Path, &dyn Format, Imported),
) -> Result<Vec<Warning>, FormatError> {
    let files = files_to_read(inputs, from)?;
    let mut warnings = Vec::new();
    let mut first_error = None;
    let mut any = false;
    let wanted: Vec<_> = files
        .iter()
        .map(|FileToRead { path, is_named }| FileToImport { path, format: from, is_certain: *is_named })
        .collect();
    let mut problems = Vec::new();
    parts::read_files(
        &wanted,
        options,
        &mut |number, found| {
            match (found, wanted.get(number)) {
                (Read::Article(format, imported), Some(file)) => {
                    any = true;
                    article(file.path, format, *imported);
                }
                (Read::Problem(warning), _) => problems.push(warning),
                _ => {}
            }
            true
        },
        &mut |number, result| {
            if let (Err(error), Some(file)) = (result, wanted.get(number)) {
                let (line, reason) = match &error {
                    FormatError::Unreadable { line, reason, .. } => (*line, reason.clone()),
                    _ => (None, error.to_string()),
                };
                let file = file.path.display().to_string();
                warnings.push(Warning { file, line, message: format!("left out: {reason}") });
                first_error.get_or_insert(error);
            }
        },
    );
    warnings.append(&mut problems);
    match first_error {
        Some(error) if !any => Err(error),
        None if !any => {
            let file = inputs.first().map_or_else(String::new, |path| path.display().to_string());
            let reason =
                "there is no file in it that could be read; name the format with --from or --format".to_owned();
            Err(FormatError::Unreadable { file, line: None, reason })
        }
        _ => Ok(warnings),
    }
}

/// What to convert, and how.
#[derive(Clone, Copy)]
pub struct ConvertJob<'a> {
    /// Files and folders.
    pub inputs: &'a [PathBuf],
    /// Recognized for each file if `None`.
    pub from: Option<&'static dyn Format>,
    pub read: &'a ReadOptions,
    pub target: &'a Path,
    pub to: &'a dyn Format,
    pub filter: &'a ExportFilter,
    pub split: Option<&'a Split>,
    pub write: &'a WriteOptions,
    /// True if a page that describes the data is written beside them.
    pub card: bool,
}

/// What was converted.
#[derive(Clone, Debug, Default)]
pub struct ConvertReport {
    /// What was wrong with the files that were read.
    pub warnings: Vec<Warning>,
    pub written: ExportReport,
}

/// Converts files from one format into another, without a project. Labels, relations and attributes are taken as they come.
///
/// # Errors
/// If nothing could be read, or a file can not be written.
pub fn convert(job: &ConvertJob<'_>) -> Result<ConvertReport, FormatError> {
    struct Article {
        id: ArticleId,
        metadata: ArticleMetadata,
        text: ArticleText,
        set: AnnotationSet,
    }

    let mut warnings = Vec::new();
    let mut articles = Vec::new();
    let mut entities = EntityRegistry::default();
    let mut ids = BTreeSet::new();
    let mut schema = Schema::default();
    // Only the format that is written can use what it was read from.
    let mut kept: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut keep = |path: &Path, imported: &mut Imported, format: &dyn Format| {
        if format.info().name == job.to.info().name {
            keep_in_memory(path, imported, format, job.read, &mut kept);
        }
    };
    let mut take = |imported: Imported| {
        warnings.extend(imported.warnings.iter().cloned());
        for entity in &imported.entities {
            let (entity, difference) = entities.with_import(entity);
            let file = imported.metadata.origin.file.clone();
            warnings.extend(difference.map(|message| Warning { file, line: None, message }));
            entities.entities.extend(entity.map(|entity| (entity.id.clone(), entity)));
        }
        schema_of(&imported, &mut schema);
        let id = free_id(&imported.wanted_id, &mut ids);
        let (set, _) =
            AnnotationSet::from_parts(0, Progress::New, imported.spans, imported.relations, imported.document_labels);
        articles.push(Article { id, metadata: imported.metadata, text: ArticleText::new(imported.text), set });
    };
    // What was read is taken in by a thread of its own, in order, while more is read.
    let unread = thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(READ_AHEAD);
        scope.spawn(move || receiver.into_iter().for_each(&mut take));
        read_paths(job.inputs, job.from, job.read, &mut |path, format, mut imported| {
            keep(path, &mut imported, format);
            // It fails only if the other thread panicked, and then the scope does too.
            let _ = sender.send(imported);
        })
    })?;
    warnings.extend(unread);
    let exported: Vec<_> = articles
        .iter()
        .map(|article| Exported {
            id: &article.id,
            metadata: &article.metadata,
            text: &article.text,
            annotations: &article.set,
            everything: &article.set,
            kept: article.metadata.origin.kept.last(),
        })
        .collect();
    let written = export(
        &exported,
        &ExportJob {
            format: job.to,
            target: job.target,
            filter: job.filter,
            split: job.split,
            schema: &schema,
            entities: &entities,
            options: job.write,
            originals: &kept,
            card: job.card,
            guidelines: "",
        },
    )?;
    // Giving back the memory of many articles takes as long as writing some; nobody waits for it.
    rayon::spawn(move || drop(articles));
    Ok(ConvertReport { warnings, written })
}

/// Keeps the file that an article was read from, and those beside it.
fn keep_in_memory(
    path: &Path,
    imported: &mut Imported,
    format: &dyn Format,
    options: &ReadOptions,
    kept: &mut BTreeMap<String, Arc<[u8]>>,
) {
    if imported.kept.is_none() {
        return;
    }
    let mut keep = |path: &Path| {
        let name = path.display().to_string();
        if !kept.contains_key(&name) {
            kept.insert(name.clone(), std::fs::read(path).ok()?.into());
        }
        Some(name)
    };
    let file = keep(path);
    let beside = imported.beside.iter().filter_map(|name| Some((name.clone(), keep(&path.with_file_name(name))?)));
    let beside = beside.collect();
    if let Some(file) = file {
        let kept = imported.kept_file(format.info().name, path, file, beside, options);
        imported.metadata.origin.kept.extend(kept);
    }
}

/// The wanted id, with a number behind it where it is taken.
fn free_id(wanted: &str, taken: &mut BTreeSet<String>) -> ArticleId {
    let wanted = if wanted.is_empty() { "article" } else { wanted };
    let mut id = wanted.to_owned();
    let mut number = 2;
    while !taken.insert(id.clone()) {
        id = format!("{wanted}-{number}");
        number += 1;
    }
    ArticleId::new(&id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        format::{golden, original::NoOriginals, registry, round},
        model::Status,
    };

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("it can be read").flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_export_is_split_into_files() {
        let golden = golden::golden();
        let folder = tempfile::tempdir().expect("a folder");
        let ids: Vec<_> = (0..40).map(|number| ArticleId::new(&format!("a{number}"))).collect();
        let articles: Vec<_> = ids.iter().map(|id| Exported { id, ..golden.exported() }).collect();
        let split = Split::parse("60/20/20", 1).expect("a split");
        for format in registry::all().iter().copied().filter(|format| format.info().writes) {
            let target = folder.path().join(format.info().name);
            let report = export(
                &articles,
                &ExportJob {
                    format,
                    target: &target,
                    filter: &ExportFilter::default(),
                    split: Some(&split),
                    schema: &golden.schema,
                    entities: &golden.entities,
                    options: &WriteOptions::default(),
                    originals: &NoOriginals,
                    card: false,
                    guidelines: "",
                },
            )
            .expect("it can be written");
            assert_eq!(report.articles(), 40);
            assert_eq!(report.spans, 40 * 14, "the suggested and the rejected span are left out");
            let left_out: Vec<_> = report.left_out.iter().map(|(status, count)| (*status, count / 40)).collect();
            assert_eq!(left_out, [(Status::Suggested, 2), (Status::Rejected, 2)]);
            assert!(report.files.iter().all(|file| file.is_file()));
            let found = names(&target);
            for part in ["train", "dev", "test"] {
                assert!(found.iter().any(|name| name.starts_with(part)), "{found:?}");
            }
            assert!(found.iter().all(|name| !name.ends_with(".tmp")), "{found:?}");
        }
    }

    #[test]
    fn no_format_writes_suggestions_unless_told() {
        let mut golden = golden::golden();
        // Words that stand nowhere else, as a suggestion, as rejected and as accepted.
        let (mut spans, mut relations, at) = (Vec::new(), Vec::new(), golden.text.as_str().len());
        let text = format!("{}Vorschlagswort Ablehnwort Annahmewort", golden.text.as_str());
        for (id, (words, status)) in (1..).zip([
            ("Vorschlagswort", Status::Suggested),
            ("Ablehnwort", Status::Rejected),
            ("Annahmewort", Status::Accepted),
        ]) {
            let start = at + text[at..].find(words).expect("a word of the text");
            let mut span = golden.set.spans().next().expect("a span").clone();
            span.id = crate::model::AnnotationId(id);
            span.label = format!("Label{words}").as_str().into();
            span.fragments =
                crate::model::Fragments::one(crate::text::TextRange::from_usize(start, start + words.len()));
            span.status = status;
            // A relation as well, for formats that hold nothing else.
            let mut relation = golden.set.relations().next().expect("a relation").clone();
            relation.id = crate::model::AnnotationId(id + 10);
            relation.status = status;
            for argument in &mut relation.arguments {
                argument.target = span.id;
            }
            relations.push(relation);
            spans.push(span);
        }
        golden.text = ArticleText::new(text);
        golden.set = AnnotationSet::from_parts(0, Progress::New, spans, relations, Vec::new()).0;
        let folder = tempfile::tempdir().expect("a folder");
        let written = |format: &'static dyn Format, filter: &ExportFilter, name: &str| -> String {
            let target = folder.path().join(format!("{}-{name}", format.info().name));
            let job = ExportJob {
                format,
                target: &target,
                filter,
                split: None,
                schema: &golden.schema,
                entities: &golden.entities,
                options: &WriteOptions::default(),
                originals: &NoOriginals,
                card: false,
                guidelines: "",
            };
            let report = export(&[golden.exported()], &job).expect("it can be written");
            report
                .files
                .iter()
                .map(|file| std::fs::read(file).expect("there"))
                .map(|bytes| match bytes.starts_with(b"PK") {
                    true => crate::format::xlsx::tests::parts(&bytes).into_values().collect(),
                    false if format.info().reads && std::str::from_utf8(&bytes).is_err() => {
                        // Labels in packed files are seen by their reader.
                        round::read(format, "a", &bytes).iter().flat_map(round::shown).collect()
                    }
                    false => String::from_utf8_lossy(&bytes).into_owned(),
                })
                .collect()
        };
        for format in registry::all().iter().copied().filter(|format| format.info().writes) {
            let name = format.info().name;
            let found = written(format, &ExportFilter::default(), "default");
            assert!(found.contains("LabelAnnahmewort"), "{name}");
            assert!(!found.contains("LabelVorschlagswort") && !found.contains("LabelAblehnwort"), "{name}");
            let everything = written(format, &ExportFilter::everything(), "everything");
            assert!(everything.contains("LabelVorschlagswort"), "{name}");
        }
    }

    #[test]
    fn every_format_converts_to_jsonl_and_back() {
        let golden = golden::golden();
        let folder = tempfile::tempdir().expect("a folder");
        let everything = ExportFilter::everything();
        for format in registry::all().iter().copied().filter(|format| format.info().reads && format.info().writes) {
            let info = format.info();
            let target = match info.layout {
                Layout::OneFile => folder.path().join(format!("{}.{}", info.name, info.extensions[0])),
                Layout::Folder => folder.path().join(info.name),
            };
            let job = ExportJob {
                format,
                target: &target,
                filter: &everything,
                split: None,
                schema: &golden.schema,
                entities: &golden.entities,
                options: &WriteOptions::default(),
                originals: &NoOriginals,
                card: false,
                guidelines: "",
            };
            let first = export(&[golden.exported()], &job).expect("it can be written");
            assert!(first.spans > 0);
            let jsonl = folder.path().join(format!("{}-as.jsonl", info.name));
            let to = registry::by_name("jsonl").expect("it exists");
            // Once by name and once by what the files look like.
            for from in [Some(format), None] {
                let report = convert(&ConvertJob {
                    inputs: std::slice::from_ref(&target),
                    from,
                    read: &golden::read_options(),
                    target: &jsonl,
                    to,
                    filter: &everything,
                    split: None,
                    write: &WriteOptions::default(),
                    card: false,
                })
                .expect("it can be converted");
                assert_eq!(report.written.losses, []);
                let articles = golden::read_back(to, &[(String::new(), std::fs::read(&jsonl).expect("it is there"))]);
                assert_eq!(articles.iter().filter(|article| !article.spans.is_empty()).count(), 1, "{}", info.name);
            }
        }
    }

    #[test]
    fn files_are_read_again_as_it_was_chosen() {
        let check = |to: &str, name: &str, content: &[u8], text_column: Option<&str>, encoding: Option<&str>| {
            let folder = tempfile::tempdir().expect("a folder");
            let (source, target) = (folder.path().join(name), folder.path().join("written"));
            std::fs::write(&source, content).expect("written");
            let format = registry::by_name(to).expect("a format");
            let read = ReadOptions {
                text_column: text_column.map(str::to_owned),
                encoding: encoding.map(str::to_owned),
                ..golden::read_options()
            };
            let job = ConvertJob {
                inputs: std::slice::from_ref(&source),
                from: Some(format),
                read: &read,
                target: &target,
                to: format,
                filter: &ExportFilter::default(),
                split: None,
                write: &WriteOptions::default(),
                card: false,
            };
            let report = convert(&job).expect("it can be converted");
            let written = match target.is_dir() {
                true => std::fs::read(target.join(name)),
                false => std::fs::read(&target),
            };
            assert_eq!(report.written.losses, [], "{to}");
            let written = written.expect("it is there");
            assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(content), "{to}");
        };
        let row = r#"{"text":"Wort","lead":"In Kursk","entities":[{"start":3,"end":8,"label":"LOC"}],"x":[1]}"#;
        check("hf-jsonl", "a.jsonl", row.as_bytes(), Some("lead"), None);
        let task = r#"[{"id":7,"data":{"text":"Wort","lead":"In Kursk"},"annotations":[],"x":[1]}]"#;
        check("label-studio", "a.json", task.as_bytes(), Some("lead"), None);
        check("conll", "a.conll", b"x\tIn\tO\nx\tKursk\tB-LOC\n", Some("2"), None);
        // In Łódź; detection would take it for another encoding.
        check("conll", "a.conll", b"In O\n\xA3\xF3d\xBC B-LOC\n", None, Some("iso-8859-2"));
        let xml = b"<?xml version='1.0' encoding='utf-8'?>\n<GateDocument version=\"3\">\n<TextWithNodes>\xA3\xF3d\xBC\
            </TextWithNodes>\n</GateDocument>\n";
        check("gate-xml", "a.xml", xml, None, Some("iso-8859-2"));
    }

    #[test]
    fn what_can_not_be_read_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing.jsonl");
        let nothing: &mut dyn FnMut(&Path, &dyn Format, Imported) = &mut |_, _, _| {};
        let error = read_paths(&[missing], None, &golden::read_options(), nothing).expect_err("no file");
        assert!(error.to_string().contains("missing.jsonl"), "{error}");
        let error = read_paths(&[folder.path().to_owned()], None, &golden::read_options(), nothing).expect_err("empty");
        assert!(error.to_string().contains("no file"), "{error}");
        std::fs::write(folder.path().join("good.jsonl"), r#"{"format":"glosse-jsonl","text":"a"}"#).expect("written");
        std::fs::write(folder.path().join("bad.jsonl"), r#"{"format":"glosse-jsonl","text":"#).expect("written");
        let mut count = 0;
        let jsonl = registry::by_name("jsonl");
        let warnings =
            read_paths(&[folder.path().to_owned()], jsonl, &golden::read_options(), &mut |_, _, _| count += 1)
                .expect("one");
        assert_eq!((count, warnings.len()), (1, 1), "{warnings:?}");
        let path = folder.path().join("bad.jsonl").display().to_string();
        assert!(warnings[0].to_string().starts_with(&format!("{path}:1: left out: ")), "{}", warnings[0]);
    }
}
