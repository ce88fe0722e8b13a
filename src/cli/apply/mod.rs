//! `glosse apply`: annotates from standard input. `ok` is printed only once the change is on disk.
//!
//! Changes of several lines that came together share one wait for the disk; it never waits for more input before it
//! answers what it has.

mod carry_out;
mod request;

use super::{AnnotatorArgument, CliError, Outcome, Streams, one_article};
use clap::Args;
use std::{
    io::{BufRead, BufReader, Read},
    path::PathBuf,
};

pub use carry_out::carry_out;

/// Most lines that are answered together.
const BATCH: usize = 512;

/// Documentation of the protocol, at the end of `glosse help apply`.
pub(super) const PROTOCOL: &str = include_str!("protocol.txt");

#[derive(Debug, Args)]
#[command(after_long_help = PROTOCOL)]
pub struct Apply {
    /// The project folder
    project: PathBuf,
    /// The id of the article, as `glosse stats` lists it
    article: String,
    #[command(flatten)]
    annotator: AnnotatorArgument,
}

/// Reads operations until the input ends.
pub(super) fn run(arguments: &Apply, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let mut session = streams.open_to_change(&arguments.project, arguments.annotator.or_default()?)?;
    let article = one_article(&session, &arguments.article)?;
    session.load(&article)?;
    // Its own buffer, because only a buffer that can be looked into tells whether more lines are here already.
    let mut input = BufReader::with_capacity(1 << 16, std::io::stdin());
    let mut outcome = Outcome::Clean;
    let mut number = 0;
    loop {
        let mut answers = Vec::new();
        let mut at_end = false;
        while answers.len() < BATCH {
            match read_line(&mut input)? {
                None => at_end = true,
                Some(line) => {
                    number += 1;
                    let result = match std::str::from_utf8(&line) {
                        Ok(line) if line.trim().is_empty() => None,
                        Ok(line) => Some(carry_out(&mut session, &article, line)),
                        Err(error) => Some(Err(format!("not UTF-8 from byte {} on", error.valid_up_to()))),
                    };
                    answers.extend(result.map(|answer| answer.map_err(|message| format!("line {number}: {message}"))));
                }
            }
            if at_end || !input.buffer().contains(&b'\n') {
                break;
            }
        }
        let saved = session.wait_until_saved();
        for answer in answers {
            match (&saved, answer) {
                (Ok(()), Ok(answer)) => writeln!(streams.output, "ok {answer}")?,
                (_, Err(message)) => {
                    outcome = Outcome::Findings;
                    writeln!(streams.output, "error {}", message.replace('\n', " "))?;
                }
                (Err(error), Ok(_)) => writeln!(streams.output, "error not saved: {error}")?,
            }
        }
        streams.output.flush()?;
        saved?;
        if at_end {
            break;
        }
        for message in session.tick() {
            writeln!(streams.errors, "glosse: {message}")?;
        }
    }
    session.close()?;
    streams.print_notices(&mut session)?;
    Ok(outcome)
}

/// The next line without its end; `None` at the end of the input.
fn read_line(input: &mut BufReader<impl Read>) -> Result<Option<Vec<u8>>, CliError> {
    let mut line = Vec::new();
    if input.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(Some(line))
}
