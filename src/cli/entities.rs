//! `glosse entities`: the registry without a window: list, import of knowledge bases, merge, split, links and clusters.

mod knowledge;
mod link;
mod list;

use super::{CliError, Outcome, Streams, annotator::default_annotator, streams::did_you_mean};
use crate::{
    model::{ArticleId, EntityId},
    session::Session,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_long_help = "\
Without a further command it lists the entities of a project, with the number of mentions by all annotators. With --json, one \
object a line: `id`, `name`, `kind`, `aliases`, `identifiers`, `note`, `mentions`.")]
pub struct Entities {
    #[command(flatten)]
    list: list::List,
    #[command(subcommand)]
    command: Option<EntitiesCommand>,
}

#[derive(Debug, Subcommand)]
enum EntitiesCommand {
    /// Take over the things of a local knowledge base, without doubling any
    Import(knowledge::Import),
    /// Make one entity part of another, with all its mentions
    Merge(Merge),
    /// Give some mentions of an entity a new one
    Split(Split),
    /// Link the mentions that certainly name a known entity
    Link(link::Link),
    /// List mentions that name nothing known, and make entities of them
    Clusters(link::Clusters),
}

#[derive(Debug, Args)]
struct Merge {
    /// The project folder
    project: PathBuf,
    /// The entity that goes, by id
    from: String,
    /// The entity that stays, by id
    into: String,
}

#[derive(Debug, Args)]
struct Split {
    /// The project folder
    project: PathBuf,
    /// The entity, by id
    entity: String,
    /// Name of the new entity
    name: String,
    /// Mentions that go over, as ARTICLE or ARTICLE:SPAN; all annotators' mentions in that article, or that span's
    #[arg(required = true)]
    mentions: Vec<String>,
}

pub(super) fn run(arguments: &Entities, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    match &arguments.command {
        None => list::run(&arguments.list, streams),
        Some(EntitiesCommand::Import(import)) => knowledge::run(import, streams),
        Some(EntitiesCommand::Merge(merge)) => run_merge(merge, streams),
        Some(EntitiesCommand::Split(split)) => run_split(split, streams),
        Some(EntitiesCommand::Link(link)) => link::run_link(link, streams),
        Some(EntitiesCommand::Clusters(clusters)) => link::run_clusters(clusters, streams),
    }
}

/// The entity with this id.
fn entity_named(session: &Session, name: &str) -> Result<EntityId, CliError> {
    let id = EntityId::new(name);
    let known = &session.project().entities;
    if known.get(&id).is_some() {
        return Ok(id);
    }
    // What people have at hand is often the name.
    let hint = did_you_mean(name, known.entities.values().map(|entity| (entity.id.as_str(), entity.names())))
        .unwrap_or_else(|| "`glosse entities` lists them".to_owned());
    Err(CliError::usage(format!("there is no entity with the id {name:?}; {hint}")))
}

fn run_merge(arguments: &Merge, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let mut session = streams.open_to_change(&arguments.project, default_annotator()?)?;
    let from = entity_named(&session, &arguments.from)?;
    let into = entity_named(&session, &arguments.into)?;
    if from == into {
        return Err(CliError::usage(format!("{from:?} is one entity; name two", from = from.as_str())));
    }
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let mentions = crate::session::entity_links::mentions_of(session.project(), &from).len();
    let title = format!("Merge entity {} into {}", from.as_str(), into.as_str());
    session.edit(&ArticleId::new(""), title, |draft| Ok(draft.merge_entities(&from, &into)?))?;
    session.close()?;
    let mentions = super::table::count(mentions, "mention");
    writeln!(streams.output, "{} is part of {}, {mentions} linked anew", from.as_str(), into.as_str())?;
    Ok(Outcome::Clean)
}

fn run_split(arguments: &Split, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    if arguments.name.trim().is_empty() {
        return Err(CliError::usage("the new entity has no name; give one behind the entity's id"));
    }
    let mut session = streams.open_to_change(&arguments.project, default_annotator()?)?;
    let entity = entity_named(&session, &arguments.entity)?;
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let all = crate::session::entity_links::mentions_of(session.project(), &entity);
    let mut chosen: Vec<crate::edit::MentionKey> = Vec::new();
    for mention in &arguments.mentions {
        let (article, span) = match mention.rsplit_once(':') {
            Some((article, span)) if span.chars().all(|digit| digit.is_ascii_digit()) => (article, span.parse().ok()),
            _ => (mention.as_str(), None),
        };
        let article = super::one_article(&session, article)?;
        let here = all.iter().filter(|(key, id)| key.article == article && span.is_none_or(|span: u32| id.0 == span));
        let before = chosen.len();
        let new: Vec<_> = here.filter(|mention| !chosen.contains(*mention)).cloned().collect();
        chosen.extend(new);
        if chosen.len() == before {
            let message =
                format!("{mention}: nothing there is linked to {:?}, or it was named before", entity.as_str());
            return Err(CliError::usage(message));
        }
    }
    let title = format!("Split entity {}", entity.as_str());
    let new = session
        .edit(&ArticleId::new(""), title, |draft| Ok(draft.split_entity(&entity, &arguments.name, &chosen)?))?;
    session.close()?;
    let mentions = super::table::count(chosen.len(), "mention");
    writeln!(streams.output, "{} has {mentions} of {}", new.as_str(), entity.as_str())?;
    Ok(Outcome::Clean)
}
