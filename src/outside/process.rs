//! Asks a program: one JSON object a line on its standard input, one a line on its standard output, in any order.
//!
//! All open articles are written as fast as the program reads them. If it ends, says nothing for too long or prints without
//! sense, the first article without an answer is given up and the program is started anew for the others.

use super::{
    Ending, Question,
    child::{LONGEST_LINE, Printed, Running},
    protocol::{self, beginning},
    run::{Run, count},
};
use crate::model::Schema;
use std::{
    io::{BufWriter, Write},
    process::ChildStdin,
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

/// How often it is looked whether the work is still wanted.
const STEP: Duration = Duration::from_millis(50);
/// Lines without sense, since the last answer, after which a program is ended.
const MOST_GARBAGE: usize = 1000;
/// Bytes in lines without sense, since the last answer, after which a program is ended.
const MOST_GARBAGE_BYTES: usize = 4 * LONGEST_LINE;
/// Lines without sense that are quoted, of each start of a program.
const QUOTED: usize = 3;

/// How one start of a program came to its end.
enum End {
    /// There is nothing left to ask.
    Done,
    Cancelled,
    /// It ended by itself in order, and had answered something.
    Again,
    /// Why the first open article has no answer.
    Failed(String),
    NotStarted(String),
}

pub(super) fn ask(run: &mut Run<'_>, command: &str, arguments: &[String]) -> Ending {
    while let Some(first) = run.first_open() {
        match one_start(run, command, arguments) {
            End::Done => break,
            End::Cancelled => return run.end(Ending::Cancelled),
            End::Again => {}
            End::Failed(reason) => {
                // The first may have been answered in the meantime.
                let blamed = run.first_open().unwrap_or(first);
                if !run.fail(blamed, reason) {
                    break;
                }
            }
            End::NotStarted(reason) => {
                run.give_up(&reason);
                break;
            }
        }
    }
    run.end(Ending::Complete)
}

fn one_start(run: &mut Run<'_>, command: &str, arguments: &[String]) -> End {
    let (mut child, input) = match Running::start(command, arguments, run.job.folder) {
        Ok(started) => started,
        Err(error) => {
            return End::NotStarted(format!("the program {command:?} can not be started ({error}); is it installed?"));
        }
    };
    let limit = Duration::from_secs(run.job.extractor.seconds.into());
    if let Some(input) = input {
        // On a thread that nobody waits for: should something that the child started keep the pipe, it waits alone.
        let open: Vec<Question> = run.open().into_iter().cloned().collect();
        let (schema, with_annotations) = (run.job.schema.clone(), run.job.extractor.sends_annotations);
        std::thread::spawn(move || write_questions(input, &open, &schema, with_annotations));
    }
    listen(run, &mut child, limit)
}

/// Writes until there is no more to ask or nobody to read; both ends are seen elsewhere.
fn write_questions(input: ChildStdin, open: &[Question], schema: &Schema, with_annotations: bool) {
    let mut input = BufWriter::new(input);
    for question in open {
        let mut line = protocol::question(question, schema, with_annotations).to_string();
        line.push('\n');
        if input.write_all(line.as_bytes()).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}

fn listen(run: &mut Run<'_>, child: &mut Running, limit: Duration) -> End {
    let mut last_answer = Instant::now();
    let mut answers = 0;
    let (mut garbage, mut garbage_bytes, mut all_garbage) = (0_usize, 0_usize, 0_usize);
    let mut end = loop {
        if !run.goes_on() {
            break End::Cancelled;
        }
        if run.first_open().is_none() {
            break End::Done;
        }
        if last_answer.elapsed() >= limit {
            let seconds = limit.as_secs();
            break End::Failed(format!("no answer within {}; it was ended", count_seconds(seconds)));
        }
        let wait = STEP.min(limit.saturating_sub(last_answer.elapsed()));
        let line = match child.output.recv_timeout(wait) {
            Ok(Printed::Line(line)) => line,
            Ok(Printed::TooLong) => {
                break End::Failed(format!(
                    "it printed a line of more than {} MiB without an end; it was ended",
                    LONGEST_LINE >> 20
                ));
            }
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => {
                let status = child.finish();
                if answers > 0 && status.is_some_and(|status| status.success()) {
                    break End::Again;
                }
                let how = status.map_or_else(|| "it did not end".to_owned(), |status| format!("it ended ({status})"));
                break End::Failed(format!("{how} without an answer"));
            }
        };
        if line.iter().all(u8::is_ascii_whitespace) {
            garbage_bytes += line.len() + 1;
        } else {
            match protocol::answer(&line) {
                Ok(raw) => {
                    let id = raw.id.as_ref().map(|id| id.text());
                    if let Some(question) = run.question(id.as_deref()) {
                        run.accept(question, raw);
                        answers += 1;
                        last_answer = Instant::now();
                        (garbage, garbage_bytes) = (0, 0);
                        continue;
                    }
                }
                Err(reason) => {
                    all_garbage += 1;
                    if all_garbage <= QUOTED {
                        let start = beginning(&line);
                        run.warn(None, format!("a line is no answer ({reason}); left out: {start}"));
                    }
                }
            }
            garbage += 1;
            garbage_bytes += line.len();
        }
        if garbage >= MOST_GARBAGE || garbage_bytes >= MOST_GARBAGE_BYTES {
            break End::Failed("it prints without end, and no answer; it was ended".to_owned());
        }
    };
    if all_garbage > QUOTED {
        run.warn(None, format!("{} were no answers either; left out", count(all_garbage - QUOTED, "further line")));
    }
    if let End::Failed(reason) = &mut end {
        let words = child.last_words();
        if !words.is_empty() {
            reason.push_str(&format!("; its last words: {words}"));
        }
    }
    end
}

fn count_seconds(seconds: u64) -> String {
    count(usize::try_from(seconds).unwrap_or(usize::MAX), "second")
}
