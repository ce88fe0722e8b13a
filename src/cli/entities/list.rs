//! The list of entities.

use super::super::{
    CliError, Outcome, Streams,
    annotator::default_annotator,
    table::{Table, count},
};
use crate::model::EntityId;
use clap::Args;
use serde_json::json;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Debug, Args)]
pub(super) struct List {
    /// The project folder
    #[arg(required = true)]
    project: Option<PathBuf>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &List, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let Some(project) = &arguments.project else { return Err(CliError::usage("name the project folder")) };
    let mut session = streams.open_to_read(project, default_annotator()?)?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let mut mentions: BTreeMap<&EntityId, usize> = BTreeMap::new();
    let sets = session.project().articles.values().flat_map(|article| article.sets.values());
    for entity in sets.flat_map(|set| set.spans()).filter_map(|span| span.entity.as_ref()) {
        *mentions.entry(entity).or_default() += 1;
    }
    let entities = &session.project().entities.entities;
    let mut table = Table::new(&["id", "kind", "mentions", "name", "outside ids"]);
    for entity in entities.values() {
        let mentions = mentions.get(&entity.id).copied().unwrap_or(0);
        if arguments.json {
            let record = json!({
                "id": entity.id.as_str(),
                "name": entity.name,
                "kind": &*entity.kind,
                "aliases": entity.aliases,
                "identifiers": entity.identifiers,
                "note": entity.note,
                "mentions": mentions,
            });
            writeln!(streams.output, "{record}")?;
            continue;
        }
        let outside: Vec<String> = entity.identifiers.iter().map(|(scheme, id)| format!("{scheme}:{id}")).collect();
        let kind = if entity.kind.is_empty() { "-" } else { &entity.kind };
        table.row([entity.id.as_str(), kind, &mentions.to_string(), &entity.name, &outside.join(" ")]);
    }
    if !arguments.json && !entities.is_empty() {
        table.print(streams.output)?;
    }
    let number = if entities.len() == 1 { "1 entity".to_owned() } else { count(entities.len(), "entitie") };
    writeln!(streams.errors, "{number}.")?;
    Ok(Outcome::Clean)
}
