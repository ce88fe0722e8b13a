//! Programs that answer well, and programs that crash, print garbage, lie, talk without end or say nothing.

#![cfg(unix)]

use super::{Ending, Job, News, Question, ask};
use crate::model::{ArticleId, ArticleText, Extractor, ExtractorKind, news_schema};
use std::{
    cell::Cell,
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Shell code that reads the lines and puts their ids into `$id`.
const EACH: &str = r#"while IFS= read -r line; do id=${line#*\"id\":\"}; id=${id%%\"*}; "#;
/// Shell code that answers with the name at the start of the text.
const GOOD: &str = r#"printf '{"id":"%s","spans":[{"start":0,"end":5,"text":"Özdal","label":"PER"}]}\n' "$id""#;

/// What came of a run: the articles with the numbers of their spans, and the warnings.
struct Outcome {
    ending: Ending,
    answers: BTreeMap<String, usize>,
    /// Articles in the order in which they were over.
    over: Vec<String>,
    warnings: Vec<String>,
    took: Duration,
}

impl Outcome {
    #[track_caller]
    fn answers(self, expected: &[&str]) -> Self {
        let answered: Vec<&str> = self.answers.keys().map(String::as_str).collect();
        assert_eq!(answered, expected, "{:?}", self.warnings);
        self
    }

    /// As many warnings as there are parts, each part in one of them.
    #[track_caller]
    fn warns(self, parts: &[&str]) -> Self {
        assert_eq!(self.warnings.len(), parts.len(), "{:#?}", self.warnings);
        for part in parts {
            assert!(self.warnings.iter().any(|warning| warning.contains(part)), "{part}: {:#?}", self.warnings);
        }
        self
    }
}

/// Asks about the articles `a`, `b`, `c`, … and stops when `goes_on` says so.
#[track_caller]
fn run_until(script: &str, articles: usize, seconds: u32, goes_on: &dyn Fn() -> bool) -> Outcome {
    let kind = ExtractorKind::Process { command: "sh".to_owned(), arguments: vec!["-c".to_owned(), script.to_owned()] };
    let extractor =
        Extractor { name: "probe".into(), kind, labels: BTreeMap::new(), seconds, sends_annotations: false };
    run_extractor(&extractor, articles, goes_on)
}

#[track_caller]
fn run_extractor(extractor: &Extractor, articles: usize, goes_on: &dyn Fn() -> bool) -> Outcome {
    let questions: Vec<Question> = ('a'..='z')
        .take(articles)
        .map(|name| Question {
            article: ArticleId::new(&name.to_string()),
            text: Arc::new(ArticleText::new("Özdal kam.")),
            language: "de".to_owned(),
            present: Vec::new(),
        })
        .collect();
    let schema = news_schema();
    let job = Job { extractor, schema: &schema, folder: Path::new("."), questions: &questions, may_leave: false };
    let start = Instant::now();
    let mut outcome = Outcome {
        ending: Ending::Complete,
        answers: BTreeMap::new(),
        over: Vec::new(),
        warnings: Vec::new(),
        took: Duration::ZERO,
    };
    outcome.ending = ask(&job, goes_on, &mut |news| match news {
        News::Answer { article, answer, .. } => {
            outcome.answers.insert(article.to_string(), answer.spans.len());
        }
        News::Warning(warning) => outcome.warnings.push(warning.to_string()),
        News::Over { article } => outcome.over.push(article.to_string()),
    });
    outcome.took = start.elapsed();
    if outcome.ending == Ending::Complete {
        let mut over = outcome.over.clone();
        over.sort();
        let all: Vec<String> = questions.iter().map(|question| question.article.to_string()).collect();
        assert_eq!(over, all, "every article is over once: {:?}", outcome.warnings);
    }
    outcome
}

#[track_caller]
fn run(script: &str, articles: usize) -> Outcome {
    let outcome = run_until(script, articles, 20, &|| true);
    assert_eq!(outcome.ending, Ending::Complete);
    outcome
}

#[test]
fn programs_that_work_are_heard_in_whatever_order() {
    let outcome = run(&format!("{EACH} {GOOD}; done"), 5).answers(&["a", "b", "c", "d", "e"]).warns(&[]);
    assert!(outcome.answers.values().all(|spans| *spans == 1));
    // All lines first, then the answers from behind.
    let backwards = format!("tac | {EACH} {GOOD}; done");
    let outcome = run(&backwards, 4).answers(&["a", "b", "c", "d"]).warns(&[]);
    assert_eq!(outcome.over, ["d", "c", "b", "a"]);
    // One answer for each start.
    run(&format!("{EACH} {GOOD}; exit 0; done"), 3).answers(&["a", "b", "c"]).warns(&[]);
    assert!(run("cat", 0).over.is_empty());
}

#[test]
fn answers_that_nobody_asked_for_are_left_out() {
    let stranger = format!(r#"{EACH} echo '{{"id":"fremd","spans":[]}}'; {GOOD}; done"#);
    run(&stranger, 2).answers(&["a", "b"]).warns(&["\"fremd\", which was not asked about", "\"fremd\""]);
    let twice = format!("{EACH} {GOOD}; {GOOD}; done");
    // After the last answer nobody listens any more.
    run(&twice, 2).answers(&["a", "b"]).warns(&["a: probe: it answered a second time"]);
    let nameless = format!(r#"{EACH} echo '{{"spans":[]}}'; {GOOD}; done"#);
    run(&nameless, 1).answers(&["a"]).warns(&[]);
    run(&nameless, 2).answers(&["a", "b"]).warns(&["says no `id`"]);
    let error = format!(r#"{EACH} printf '{{"id":"%s","error":"zu lang"}}\n' "$id"; done"#);
    run(&error, 1).answers(&[]).warns(&["a: probe: it could not be done: zu lang"]);
}

#[test]
fn wrong_answers_cost_only_themselves() {
    let wrong = format!(
        r#"{EACH} printf '{{"id":"%s","spans":[{{"start":0,"end":99,"label":"PER"}},{{"start":0,"end":5,"label":"PER"}},{{"start":0,"end":5,"label":"TIER"}}]}}\n' "$id"; done"#
    );
    let outcome = run(&wrong, 1).answers(&["a"]).warns(&["outside the text", "no label \"TIER\""]);
    assert_eq!(outcome.answers["a"], 1);
    let garbage = format!("echo Hallo; echo '[1]'; echo; {EACH} {GOOD}; done");
    run(&garbage, 1).answers(&["a"]).warns(&["no JSON object); left out: Hallo", "left out: [1]"]);
    let much = format!("yes Unsinn | head -500; {EACH} {GOOD}; done");
    run(&much, 1).answers(&["a"]).warns(&["Unsinn", "Unsinn", "Unsinn", "497 further lines"]);
    run(r"printf '\377\n'; exit 0", 1).answers(&[]).warns(&["not UTF-8", "without an answer"]);
}

#[test]
fn a_crash_costs_one_article() {
    let crash = format!(r#"{EACH} if [ "$id" = b ]; then echo 'Kein Speicher' >&2; exit 3; fi; {GOOD}; done"#);
    run(&crash, 4)
        .answers(&["a", "c", "d"])
        .warns(&["b: probe: it ended (exit status: 3) without an answer; its last words: Kein Speicher"]);
    let always = "echo 'Modell fehlt' >&2; exit 1";
    let outcome = run(always, 5).answers(&[]);
    outcome.warns(&[
        "a: probe: it ended",
        "b: probe: it ended",
        "it failed 2 times in a row; 3 articles were not asked",
    ]);
    run("kill -9 $$", 1).answers(&[]).warns(&["signal: 9"]);
    let wordy = "yes 'Fehler Fehler Fehler' | head -200000 >&2; echo letztes >&2; exit 1";
    run(wordy, 1).answers(&[]).warns(&["Fehler Fehler Fehler / Fehler Fehler Fehler / letztes"]);
}

#[test]
fn programs_that_are_not_there_are_named() {
    let kind = ExtractorKind::Process { command: "gibt-es-nicht-4711".to_owned(), arguments: Vec::new() };
    let extractor =
        Extractor { name: "probe".into(), kind, labels: BTreeMap::new(), seconds: 5, sends_annotations: false };
    let outcome = run_extractor(&extractor, 2, &|| true);
    outcome.answers(&[]).warns(&["\"gibt-es-nicht-4711\" can not be started"]);
}

#[test]
fn output_without_end_ends_in_time_and_memory() {
    let lines = run("yes Unsinn", 1);
    assert!(lines.took < Duration::from_secs(10), "{:?}", lines.took);
    lines.answers(&[]).warns(&["Unsinn", "Unsinn", "Unsinn", "further lines", "prints without end"]);
    let line = run("yes | tr -d '\\n'", 1);
    assert!(line.took < Duration::from_secs(10), "{:?}", line.took);
    line.answers(&[]).warns(&["more than 16 MiB without an end"]);
}

#[test]
fn silence_ends_with_the_time_limit() {
    let start = Instant::now();
    // What it started holds the pipes; it is ended with it.
    let silent = format!(r#"sleep 600 & {EACH} if [ "$id" = a ]; then sleep 600; fi; {GOOD}; done"#);
    let outcome = run_until(&silent, 2, 1, &|| true);
    outcome.answers(&["b"]).warns(&["a: probe: no answer within 1 second; it was ended"]);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn cancelling_ends_the_program_and_what_it_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let mark = folder.path().join("pid");
    let script = format!("sleep 600 & echo $! > '{}'; {EACH} {GOOD}; sleep 600; done", mark.display());
    let looks = Cell::new(0);
    // Goes on until the program is surely at work.
    let goes_on = || {
        looks.set(looks.get() + 1);
        !std::fs::read_to_string(&mark).is_ok_and(|pid| pid.ends_with('\n'))
    };
    let outcome = run_until(&script, 3, 600, &goes_on);
    assert_eq!(outcome.ending, Ending::Cancelled);
    assert!(outcome.took < Duration::from_secs(10), "{:?}", outcome.took);
    let pid = std::fs::read_to_string(&mark).expect("it wrote it");
    let pid: i32 = pid.trim().parse().expect("a number");
    let pid = rustix::process::Pid::from_raw(pid).expect("not zero");
    let until = Instant::now() + Duration::from_secs(5);
    // A child that is gone but for its entry in the table of processes is gone.
    let state = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let is_there = || rustix::process::test_kill_process(pid).is_ok() && !state().contains(") Z ");
    while is_there() && Instant::now() < until {
        std::thread::yield_now();
    }
    assert!(!is_there(), "the child of the program still runs");
}
