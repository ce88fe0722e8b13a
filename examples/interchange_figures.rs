//! How fast files are read and written: `cargo run --release --no-default-features --example interchange_figures`.
//!
//! Prints one line per figure, tab-separated: name, measured, unit, asked, `ok` or `short`; ends with 1 if one is short. The
//! articles are generated: 5 kB each, with 85 spans and 28 relations. Words behind the options name formats, whose conversion
//! alone is measured then. Nothing is written outside a temporary folder.

use glosse::{
    format::{
        Exported, Layout, ReadOptions, WriteOptions,
        export::{ConvertJob, ExportJob, convert, export},
        filter::ExportFilter,
        original::NoOriginals,
        registry,
    },
    model::{AnnotatorName, Project, generate},
    session::{ImportRequest, Session},
    store::{Access, Store},
};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// Articles of the import and the export, and of each conversion.
const ARTICLES: usize = 10_000;
const CONVERTED: usize = 2_000;

fn main() {
    let formats: Vec<String> = std::env::args().skip(1).collect();
    let folder = std::env::temp_dir().join(format!("glosse-interchange-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let mut figures = Figures { short: false };
    if formats.is_empty() {
        projects(&mut figures, &folder);
    }
    conversions(&mut figures, &folder, &formats);
    let _ = std::fs::remove_dir_all(&folder);
    std::process::exit(i32::from(figures.short));
}

struct Figures {
    short: bool,
}

impl Figures {
    /// A figure that should be above `asked`, if something is asked.
    fn above(&mut self, name: &str, measured: f64, unit: &str, asked: Option<f64>) {
        let word = match asked {
            None => "-",
            Some(asked) if measured >= asked => "ok",
            Some(_) => {
                self.short = true;
                "short"
            }
        };
        let asked = asked.map_or_else(|| "-".to_owned(), |asked| asked.to_string());
        println!("{name}\t{measured:.0}\t{unit}\t{asked}\t{word}");
    }
}

fn exported(project: &Project) -> Vec<Exported<'_>> {
    project
        .articles
        .values()
        .filter_map(|article| {
            let (annotator, set) = article.sets.iter().next()?;
            Exported::of(article, annotator, set)
        })
        .collect()
}

fn write(project: &Project, format: &str, target: &Path) -> (f64, u64, usize) {
    let format = registry::by_name(format).expect("a format");
    let articles = exported(project);
    let start = Instant::now();
    let report = export(
        &articles,
        &ExportJob {
            format,
            target,
            filter: &ExportFilter::everything(),
            split: None,
            schema: &project.schema,
            entities: &project.entities,
            options: &WriteOptions::default(),
            originals: &NoOriginals,
            card: false,
            guidelines: "",
        },
    )
    .expect("it can be written");
    let time = start.elapsed().as_secs_f64();
    (time, size(&report.files), report.spans)
}

fn size(files: &[PathBuf]) -> u64 {
    files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|known| known.len()).sum()
}

/// Into a project and out of it: what a user waits for, with everything on disk.
fn projects(figures: &mut Figures, folder: &Path) {
    let generated = generate::project(1, ARTICLES, 5_150);
    let file = folder.join("all.jsonl");
    let (time, bytes, spans) = write(&generated, "jsonl", &file);
    let articles = ARTICLES as f64;
    let name = format!("export of {ARTICLES} articles with {spans} spans as JSON lines");
    figures.above(&name, articles / time, "articles/s", Some(10_000.0));

    let root = folder.join("project");
    Store::create(&root, &Project { articles: Default::default(), ..generated }).expect("a project");
    let annotator = AnnotatorName::new(generate::ANNOTATOR);
    let mut session = Session::open(&root, Access::Write, annotator).expect("it opens");
    let start = Instant::now();
    let request = ImportRequest { files: vec![file], ..ImportRequest::default() };
    let report = session.import(&request).expect("it is imported");
    assert_eq!((report.articles.len(), report.spans), (ARTICLES, spans), "{:?}", report.failed);
    session.store().wait_until_saved().expect("it is saved");
    let time = start.elapsed().as_secs_f64();
    let name = format!("import of {} MB of them, until all is safe on disk", bytes / 1_000_000);
    figures.above(&name, articles / time, "articles/s", Some(5_000.0));
    session.close().expect("it closes");
    eprintln!("  until the readable files are written: {:.1} s", start.elapsed().as_secs_f64());
    eprintln!("  most memory: {}", most_memory());
}

/// Into each format, and from it into JSON lines.
fn conversions(figures: &mut Figures, folder: &Path, only: &[String]) {
    let generated = generate::project(2, CONVERTED, 5_150);
    let read = ReadOptions {
        normalize_line_endings: false,
        text_column: None,
        encoding: None,
        default_language: "de".to_owned(),
        time: jiff::Timestamp::UNIX_EPOCH,
    };
    for format in registry::all().iter().copied().filter(|format| format.info().reads && format.info().writes) {
        let info = format.info();
        if !only.is_empty() && only.iter().all(|name| name != info.name) {
            continue;
        }
        let place = |stem: &str, info: &glosse::format::FormatInfo| match info.layout {
            Layout::OneFile => folder.join(format!("{stem}.{}", info.extensions.first().unwrap_or(&"txt"))),
            Layout::Folder => folder.join(stem),
        };
        let target = place(info.name, info);
        let (time, bytes, _) = write(&generated, info.name, &target);
        let megabytes = bytes as f64 / 1e6;
        let asked = matches!(info.name, "jsonl" | "brat" | "conll").then_some(50.0);
        figures.above(&format!("write {}", info.name), megabytes / time, "MB/s", asked);
        let again = folder.join("again.jsonl");
        let start = Instant::now();
        let filter = ExportFilter::everything();
        let report = convert(&ConvertJob {
            inputs: std::slice::from_ref(&target),
            from: Some(format),
            read: &read,
            target: &again,
            to: registry::by_name("jsonl").expect("a format"),
            filter: &filter,
            split: None,
            write: &WriteOptions::default(),
            card: false,
        });
        let time = start.elapsed().as_secs_f64();
        let report = report.expect("it can be converted");
        // Columns without marks of documents become fewer, longer articles.
        assert!(report.written.articles() > 0 && report.written.spans > CONVERTED, "{}", info.name);
        figures.above(&format!("convert {} to jsonl", info.name), megabytes / time, "MB/s", asked);
        let _ = std::fs::remove_dir_all(&target).or_else(|_| std::fs::remove_file(&target));
        let _ = std::fs::remove_file(&again);
    }
}

/// The most memory that this process had, as Linux tells.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "not known here".to_owned(), |line| line.trim().to_owned())
}
