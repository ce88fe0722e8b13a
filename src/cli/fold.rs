//! What is said many times in much the same words is said a few times and counted.

use super::CliError;
use std::{collections::HashMap, fmt::Display, io::Write};

/// How many lines of one kind are shown.
const SHOWN: usize = 10;

/// Prints a line for each message, at most [`SHOWN`] of one kind if not `all`. A line is the first of a pair, what it says without
/// its place the second; messages are of one kind if they differ in nothing but numbers and what is quoted.
///
/// # Errors
/// If nothing can be written.
pub(super) fn print<'m, Line: Display>(
    messages: impl Iterator<Item = (Line, &'m str)> + Clone,
    all: bool,
    output: &mut dyn Write,
) -> Result<(), CliError> {
    let mut totals: HashMap<String, usize> = HashMap::new();
    for (_, message) in messages.clone().filter(|_| !all) {
        *totals.entry(kind(message)).or_default() += 1;
    }
    let mut shown: HashMap<String, usize> = HashMap::new();
    for (line, message) in messages {
        let kind = kind(message);
        let total = totals.get(&kind).copied().unwrap_or_default();
        let number = shown.entry(kind).or_default();
        *number += 1;
        // One more line takes no more room than saying that there is one more.
        if total <= SHOWN + 1 || *number <= SHOWN {
            writeln!(output, "{line}")?;
        } else if *number == SHOWN + 1 {
            writeln!(output, "  … and {} more like it; --all shows them", total - SHOWN)?;
        }
    }
    Ok(())
}

/// A message without its numbers and what is quoted in it.
fn kind(message: &str) -> String {
    let mut kind = String::with_capacity(message.len());
    let mut characters = message.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '“' => {
                let end = if character == '"' { '"' } else { '”' };
                kind.push('"');
                while let Some(quoted) = characters.next().filter(|quoted| *quoted != end) {
                    if quoted == '\\' {
                        characters.next();
                    }
                }
            }
            '0'..='9' => {
                while characters.next_if(char::is_ascii_digit).is_some() {}
                kind.push('0');
            }
            other => kind.push(other),
        }
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_is_folded() {
        let check = |messages: &[String], all: bool, expected: &[&str]| {
            let lines = messages.iter().enumerate().map(|(line, message)| (format!("{line}: {message}"), &**message));
            let mut output = Vec::new();
            print(lines, all, &mut output).expect("memory can be written");
            let output = String::from_utf8(output).expect("UTF-8");
            let found: Vec<_> = output.lines().collect();
            assert_eq!(found, expected);
        };
        let many: Vec<String> = (0..30).map(|number| format!("T{number} is \"a \\\" {number}\" here")).collect();
        let lines: Vec<String> = many.iter().enumerate().map(|(line, message)| format!("{line}: {message}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(&many, true, &lines);
        check(&many[..11], false, &lines[..11]);
        check(&many, false, &[&lines[..10], &["  … and 20 more like it; --all shows them"]].concat());
        // Others stand where they stood.
        let mixed = [&many[..15], &["another".to_owned()], &many[15..]].concat();
        check(&mixed, false, &[&lines[..10], &["  … and 20 more like it; --all shows them", "15: another"]].concat());
    }

    #[test]
    fn kinds_leave_out_numbers_and_quotes() {
        let check = |message: &str, expected: &str| assert_eq!(kind(message), expected);
        check("relation 220: the \"parent\" of “x 1” is 12", "relation 0: the \" of \" is 0");
        check("an open \"quote", "an open \"");
        check("", "");
    }
}
