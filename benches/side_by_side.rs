//! Glosse beside the library that Python has for each format: `cargo bench --no-default-features --bench side_by_side`.
//!
//! Both convert the same generated articles to JSON lines, in turn on the same machine, and of each the fastest of three runs counts.
//! Of Glosse the whole program is timed, of Python (`side_by_side.py`) only reading and writing, without the start and its
//! imports, so that the ratio rather flatters Python. Glosse uses all cores, Python one. Glosse writes everything that it holds,
//! Python what the library reads as it hands it over. Prints a line per format, with tabs between: format, megabytes, seconds of Glosse, seconds of the library,
//! how many times faster Glosse is, spans that each of them found, library. Environments are those of `tests/outside/run NAME`,
//! which makes them; a format without one is skipped. Words behind `--` name formats.

use glosse::{
    format::{
        Exported, Layout, WriteOptions,
        export::{ExportJob, export},
        filter::ExportFilter,
        original::NoOriginals,
        registry,
    },
    model::{Project, generate},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// Format, and whose environment in `tests/outside` has its library.
const FORMATS: [(&str, &str); 13] = [
    ("jsonl", "brat"),
    ("brat", "brat"),
    ("conll", "conll"),
    ("conllu", "conllu"),
    ("webanno-tsv", "webanno-tsv"),
    ("docbin", "docbin"),
    ("spacy-jsonl", "spacy-jsonl"),
    ("gate-xml", "gate-xml"),
    ("bdoc", "bdoc"),
    ("uima-xmi", "uima-xmi"),
    ("uima-json", "uima-json"),
    ("parquet", "parquet"),
    ("hf-jsonl", "hf-jsonl"),
];
/// Of about 5 kB each.
const ARTICLES: usize = 1_000;
const REPEATS: usize = 3;

fn main() {
    // Cargo itself says `--bench`.
    let only: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let generated = generate::project(3, ARTICLES, 5_150);
    println!("format\tMB\tGlosse s\tlibrary s\ttimes faster\tspans\tspans of the library\tlibrary");
    for (format, environment) in FORMATS {
        if only.is_empty() || only.iter().any(|name| name == format) {
            compare(&generated, format, environment, folder.path());
        }
    }
}

fn compare(project: &Project, format: &str, environment: &str, folder: &Path) {
    let python = environments().join(environment).join("python/bin/python");
    if !python.is_file() {
        println!("{format}\t-\t-\t-\t-\t-\t-\tskipped: run tests/outside/run {environment} first");
        return;
    }
    let info = registry::by_name(format).expect("a format").info();
    let source = match info.layout {
        Layout::OneFile => folder.join(format!("{format}.{}", info.extensions.first().unwrap_or(&"txt"))),
        Layout::Folder => folder.join(format),
    };
    let bytes = write(project, format, &source);
    let target = folder.join("again.jsonl");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/side_by_side.py");
    let (mut own, mut other, mut found) = (f64::INFINITY, f64::INFINITY, 0);
    let mut said = Err(String::new());
    for _ in 0..REPEATS {
        let start = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_glosse"));
        command.arg("convert").arg(&source).arg(&target).args(["--from", format, "--to", "jsonl"]);
        command.args(["--status", "all"]);
        assert!(command.output().expect("it runs").status.success(), "glosse convert from {format}");
        own = own.min(start.elapsed().as_secs_f64());
        found = spans(&target);
        said = ask(Command::new(&python).arg(&script).arg(format).arg(&source).arg(&target));
        match &said {
            Ok((seconds, ..)) => other = other.min(*seconds),
            Err(_) => break,
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes of files")]
    let megabytes = bytes as f64 / 1e6;
    match said {
        Ok((_, spans, library)) => {
            let ratio = other / own;
            println!("{format}\t{megabytes:.1}\t{own:.3}\t{other:.3}\t{ratio:.1}\t{found}\t{spans}\t{library}");
        }
        Err(reason) => println!("{format}\t-\t-\t-\t-\t-\t-\tfailed: {reason}"),
    }
    let _ = std::fs::remove_dir_all(&source).or_else(|_| std::fs::remove_file(&source));
}

/// What the script answers: seconds, spans, library; or the last line of what went wrong.
fn ask(script: &mut Command) -> Result<(f64, String, String), String> {
    let answer = script.output().expect("it runs");
    let said = String::from_utf8_lossy(&answer.stdout);
    match said.trim().split('\t').collect::<Vec<_>>().as_slice() {
        [seconds, _, spans, library] => {
            Ok((seconds.parse().expect("a number"), (*spans).to_owned(), (*library).to_owned()))
        }
        _ => Err(String::from_utf8_lossy(&answer.stderr).lines().last().unwrap_or_default().to_owned()),
    }
}

/// Where `tests/outside/run` keeps its environments.
fn environments() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target")).join("outside")
}

/// Writes all articles, and tells the size of what was written in bytes.
fn write(project: &Project, format: &str, target: &Path) -> u64 {
    let articles: Vec<Exported<'_>> = project
        .articles
        .values()
        .filter_map(|article| {
            let (annotator, set) = article.sets.iter().next()?;
            Exported::of(article, annotator, set)
        })
        .collect();
    let job = ExportJob {
        format: registry::by_name(format).expect("a format"),
        target,
        filter: &ExportFilter::everything(),
        split: None,
        schema: &project.schema,
        entities: &project.entities,
        options: &WriteOptions::default(),
        originals: &NoOriginals,
        card: false,
        guidelines: "",
    };
    let report = export(&articles, &job).expect("it can be written");
    report.files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|known| known.len()).sum()
}

/// The spans in a file of JSON lines.
fn spans(path: &Path) -> usize {
    let content = std::fs::read_to_string(path).expect("it was written");
    content
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|article| article.get("spans").and_then(serde_json::Value::as_array).map_or(0, Vec::len))
        .sum()
}
