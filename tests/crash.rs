//! Kills `glosse apply` at random moments, and looks whether everything that it had said to be saved is there.
//!
//! The operations are made first, in a project of their own, together with what the project looks like after each. A killed
//! program must leave one of these states: the one after the last acknowledged operation or a later one, and nothing between.

use glosse::{
    cli::carry_out,
    model::{AnnotatorName, ArticleId, Project, generate::Random, news_schema},
    session::Session,
    store::{self, Access, Level, Store},
};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

const KILLS: usize = 200;
const WORKERS: usize = 4;
const OPERATIONS: usize = 160;
const TEXT: &str = "Äpfel für Köln 😀. Präsident Müller reiste am Dienstag nach Kursk und traf dort drei e\u{301}tudiants.\n\
                    שלום Kiew: 159 Drohnen griffen nachts an, zwei wurden abgefangen.\r\nQuelle: AFP\n";

fn article() -> ArticleId {
    ArticleId::new("artikel")
}

fn annotator() -> AnnotatorName {
    AnnotatorName::new("eva")
}

fn make_project(folder: &Path) {
    let mut project = Project { schema: Arc::new(news_schema()), ..Project::default() };
    let article = glosse::model::Article::new(article(), Default::default(), TEXT);
    project.articles.insert(article.id.clone(), article);
    Store::create(folder, &project).expect("the project is made");
}

/// Everything that operations can change, without times, which differ from run to run.
fn state(session: &mut Session) -> String {
    session.load(&article()).expect("the article can be loaded");
    let text = session.project().article(&article()).expect("it is there").text().to_owned();
    let mut state = format!("{text:?}\n{:?}\n", session.project().entities);
    let Some(set) = session.set(&article()).cloned() else { return state + "1" };
    for span in set.spans() {
        state += &format!(
            "{} {} {:?} {:?} {:?} {:?} {:?}\n",
            span.id, span.label, span.fragments, span.attributes, span.entity, span.note, span.status
        );
    }
    for relation in set.relations() {
        state += &format!(
            "{} {} {:?} {:?} {:?} {:?}\n",
            relation.id, relation.label, relation.trigger, relation.arguments, relation.attributes, relation.status
        );
    }
    for label in set.document_labels() {
        state += &format!("{} {}\n", label.id, label.label);
    }
    state + &format!("{:?} {}", set.progress(), set.next_id())
}

/// Operations that each change something, and the state before the first and after each of them.
struct Script {
    lines: Vec<String>,
    states: Vec<String>,
}

fn script(count: usize) -> Script {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("reference");
    make_project(&root);
    let mut session = Session::open(&root, Access::Write, annotator()).expect("it opens");
    let mut random = Random(20_260_101);
    let mut script = Script { lines: Vec::new(), states: vec![state(&mut session)] };
    while script.lines.len() < count {
        let line = operation(&session, &mut random);
        let before = session.history().len();
        if carry_out(&mut session, &article(), &line).is_ok() && session.history().len() == before + 1 {
            script.lines.push(line);
            script.states.push(state(&mut session));
        }
    }
    script
}

/// A random operation; some of them will be refused.
fn operation(session: &Session, random: &mut Random) -> String {
    let len = session.project().article(&article()).map_or(0, |article| article.text().chars().count());
    let ids: Vec<u32> = session.set(&article()).into_iter().flat_map(|set| set.spans()).map(|span| span.id.0).collect();
    let relations: Vec<u32> =
        session.set(&article()).into_iter().flat_map(|set| set.relations()).map(|relation| relation.id.0).collect();
    let any = |random: &mut Random, ids: &[u32]| ids.get(random.below(ids.len())).copied().unwrap_or(1);
    let id = any(random, &ids);
    let start = random.below(len);
    let end = (start + 1 + random.below(12)).min(len);
    let label = random.choice(&["PER", "ORG", "LOC", "EVENT", "DATE", "QUANTITY"]);
    match random.below(24) {
        0..=7 => {
            format!(r#"{{"op":"add_span","start":{start},"end":{end},"label":"{label}","note":"Straße {start}"}}"#)
        }
        8 => format!(r#"{{"op":"add_span","fragments":[[0,2],[{start},{end}]],"label":"EVENT"}}"#),
        9 => format!(r#"{{"op":"resize_span","id":{id},"start":{start},"end":{end}}}"#),
        10 => format!(r#"{{"op":"set_label","id":{id},"label":"{label}"}}"#),
        11 => format!(r#"{{"op":"set_attribute","id":{id},"name":"mention","value":"nominal"}}"#),
        12 => format!(r#"{{"op":"link_entity","id":{id},"name":"Wesen {}","kind":"PER"}}"#, random.below(5)),
        13 => {
            let (one, two) = (any(random, &ids), any(random, &ids));
            format!(
                r#"{{"op":"add_relation","label":"same_as","arguments":[{{"role":"first","target":{one}}},{{"role":"second","target":{two}}}]}}"#
            )
        }
        14 => {
            let (trigger, visitor) = (any(random, &ids), any(random, &ids));
            format!(
                r#"{{"op":"add_relation","label":"visit","trigger":{trigger},"arguments":[{{"role":"visitor","target":{visitor}}}]}}"#
            )
        }
        15 => format!(r#"{{"op":"reverse_relation","id":{}}}"#, any(random, &relations)),
        16 => format!(r#"{{"op":"remove","id":{id}}}"#),
        17 | 18 => {
            let end = (start + random.below(4)).min(len);
            let text = random.choice(&["", "ß", "Wörter dazu ", "😀", "\\n"]);
            format!(r#"{{"op":"edit_text","start":{start},"end":{end},"text":"{text}"}}"#)
        }
        19 => format!(r#"{{"op":"set_status","id":{id},"status":"rejected"}}"#),
        20 => format!(r#"{{"op":"set_progress","progress":"{}"}}"#, random.choice(&["started", "done"])),
        21 => r#"{"op":"redo"}"#.to_owned(),
        _ => r#"{"op":"undo"}"#.to_owned(),
    }
}

/// When a child is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after its start.
    Start(Duration),
    /// So long after so many answers.
    Answers(usize, Duration),
    /// So long after the end of its input, while it brings the files up to date.
    End(Duration),
}

fn moment(random: &mut Random, left: usize) -> Moment {
    let micros = |random: &mut Random, most| Duration::from_micros(random.below(most) as u64);
    match random.below(8) {
        0 => Moment::Start(micros(random, 60_000)),
        1 | 2 => Moment::End(micros(random, 12_000)),
        _ => Moment::Answers(random.below(left.min(60)), micros(random, 3_000)),
    }
}

/// What a run with a kill came to.
struct Killed {
    acknowledged: usize,
    /// False if the program had ended before it could be killed.
    was_running: bool,
}

fn run_and_kill(root: &Path, lines: &[String], moment: Moment, random: &mut Random) -> Killed {
    let mut child: Child = Command::new(env!("CARGO_BIN_EXE_glosse"))
        .args(["apply"])
        .arg(root)
        .args([article().as_str(), "--annotator", annotator().as_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let started = Instant::now();
    let mut input = child.stdin.take().expect("it has an input");
    let output = child.stdout.take().expect("it has an output");
    let (answer_sender, answers) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        let mut count = 0;
        // A last line without its end is no answer.
        while output.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
            assert!(line.starts_with("ok "), "{line}");
            line.clear();
            count += 1;
            let _ = answer_sender.send(count);
        }
        count
    });
    // Bursts of several lines, with and without a pause until they are answered.
    let bursts: Vec<(String, bool)> = {
        let mut bursts = Vec::new();
        let mut rest = lines;
        while !rest.is_empty() {
            let (burst, after) = rest.split_at((1 + random.below(9)).min(rest.len()));
            bursts.push((burst.join("\n") + "\n", random.below(2) == 0));
            rest = after;
        }
        bursts
    };
    let (wait_sender, waited) = mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        for (burst, pause) in bursts {
            // The reader has gone when the child was killed.
            if input.write_all(burst.as_bytes()).is_err() {
                return;
            }
            if pause {
                let _ = waited.recv_timeout(Duration::from_millis(2));
            }
        }
    });
    let mut seen = 0;
    let mut wait_for = |count: usize| {
        while seen < count {
            match answers.recv_timeout(Duration::from_secs(20)) {
                Ok(count) => {
                    seen = count;
                    let _ = wait_sender.send(());
                }
                Err(_) => break,
            }
        }
    };
    match moment {
        Moment::Start(pause) => std::thread::sleep(pause.saturating_sub(started.elapsed())),
        Moment::Answers(count, pause) => {
            wait_for(count);
            std::thread::sleep(pause);
        }
        Moment::End(pause) => {
            wait_for(lines.len());
            std::thread::sleep(pause);
        }
    }
    let was_running = child.try_wait().expect("it can be asked").is_none();
    child.kill().expect("it can be killed");
    child.wait().expect("it has ended");
    writer.join().expect("the writer ends");
    Killed { acknowledged: reader.join().expect("the reader ends"), was_running }
}

/// Kills again and again in one project until all operations are in it. Returns the number of kills.
fn kill_through_script(script: &Script, random: &mut Random, kills: &AtomicUsize, moments: &Mutex<Vec<String>>) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("project");
    make_project(&root);
    let mut done = 0;
    let mut log = Vec::new();
    while done < script.lines.len() && kills.load(Ordering::Relaxed) < KILLS {
        let moment = moment(random, script.lines.len() - done);
        // A short input now and then, so that the end of the input comes at every state.
        let most = script.lines.len() - done;
        let count = if matches!(moment, Moment::End(_)) { 1 + random.below(most.min(20)) } else { most };
        let killed = run_and_kill(&root, &script.lines[done..done + count], moment, random);
        if killed.was_running {
            kills.fetch_add(1, Ordering::Relaxed);
        }
        log.push(format!("from {done}: {moment:?}, {} answers, running {}", killed.acknowledged, killed.was_running));

        let mut session = Session::open(&root, Access::Write, annotator()).expect("it opens after a kill");
        assert_eq!(session.read_only_reason(), None, "the lock of a killed program does not stay; {log:#?}");
        let found = session.history().len();
        assert!(
            (done + killed.acknowledged..=done + count).contains(&found),
            "{found} of {done} + {} acknowledged operations are there; {log:#?}",
            killed.acknowledged
        );
        let there = state(&mut session);
        let notices = session.take_notices();
        assert_eq!(there, script.states[found], "the state after {found} operations; {log:#?} {notices:#?}");
        if random.below(3) == 0 {
            session.close().expect("the files can be written");
        }
        drop(session);
        let findings: Vec<_> = store::check(&root).expect("it can be checked");
        let findings: Vec<_> = findings.into_iter().filter(|finding| finding.level > Level::Info).collect();
        assert!(findings.is_empty(), "{findings:#?} after {log:#?}");
        done = found;
    }
    moments.lock().expect("no worker failed").extend(log);
}

#[test]
fn nothing_that_was_acknowledged_is_ever_lost() {
    let script = script(OPERATIONS);
    let kills = AtomicUsize::new(0);
    let moments = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (script, kills, moments) = (&script, &kills, &moments);
            scope.spawn(move || {
                let mut random = Random(7_000 + worker as u64);
                while kills.load(Ordering::Relaxed) < KILLS {
                    kill_through_script(script, &mut random, kills, moments);
                }
            });
        }
    });
    let moments = moments.into_inner().expect("no worker failed");
    assert!(kills.into_inner() >= KILLS, "{moments:#?}");
    println!("{} runs", moments.len());
}
