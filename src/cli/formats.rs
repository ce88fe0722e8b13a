//! `glosse formats`: what can be read and written.

use super::{CliError, Outcome, Streams, table::Table};
use crate::format::{FormatInfo, Layout, registry};
use clap::Args;
use serde_json::{Value, json};

#[derive(Debug, Args)]
#[command(after_help = "With --json: an array of objects with `name`, `title`, `extensions`, `reads`, `writes`, \
                        `layout` (`file` or `folder`), `unit` of its offsets and `holds`, an object of flags.")]
pub struct Formats {
    /// Describe this one format at length
    format: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Formats, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let all: Vec<&FormatInfo> = registry::all().iter().map(|format| format.info()).collect();
    let chosen: Vec<&FormatInfo> = match &arguments.format {
        None => all,
        Some(name) => vec![super::format_named(name)?.info()],
    };
    if arguments.json {
        let records: Vec<Value> = chosen.iter().map(|info| record(info)).collect();
        writeln!(streams.output, "{:#}", Value::Array(records))?;
        return Ok(Outcome::Clean);
    }
    if let (Some(_), [info]) = (&arguments.format, chosen.as_slice()) {
        writeln!(streams.output, "{}", info.documentation.trim_end())?;
        return Ok(Outcome::Clean);
    }
    let yes = |flag: bool| if flag { "yes" } else { "-" };
    let mut table = Table::new(&["name", "reads", "writes", "offsets in", "can not hold"]);
    for info in chosen {
        let missing: Vec<&str> = info.holds.list().iter().filter(|(_, holds)| !holds).map(|(name, _)| *name).collect();
        let missing = if !info.writes || missing.is_empty() { "-".to_owned() } else { missing.join(", ") };
        table.row([info.name, yes(info.reads), yes(info.writes), info.unit, &missing]);
    }
    table.print(streams.output)?;
    writeln!(streams.output, "\n`glosse formats NAME` describes one of them.")?;
    Ok(Outcome::Clean)
}

fn record(info: &FormatInfo) -> Value {
    let holds: serde_json::Map<String, Value> =
        info.holds.list().iter().map(|(name, holds)| (name.replace([' ', '-'], "_"), Value::Bool(*holds))).collect();
    json!({
        "name": info.name,
        "title": info.title,
        "extensions": info.extensions,
        "reads": info.reads,
        "writes": info.writes,
        "layout": match info.layout { Layout::OneFile => "file", Layout::Folder => "folder" },
        "unit": info.unit,
        "holds": holds,
    })
}
