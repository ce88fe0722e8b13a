//! `glosse entities link` and `glosse entities clusters`: mentions that name known and unknown things.

use super::super::{AnnotatorArgument, CliError, Outcome, Streams, table::count};
use crate::{
    edit::MentionKey,
    model::ArticleId,
    session::{
        Session,
        entity_links::{CERTAIN, Cluster, Linking, accept_cluster, link_certain},
    },
};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Accepted spans without an entity are linked where the surest entity has at least the score --threshold: by its names in any \
spelling or form, or by the family name of somebody who stands in the article in full. Where two entities fit alike none is \
sure. All is one step that `undo` takes back.")]
pub(super) struct Link {
    /// The project folder
    project: PathBuf,
    #[command(flatten)]
    annotator: AnnotatorArgument,
    /// Least score, from 0 to 1
    #[arg(long, default_value_t = CERTAIN, value_name = "SCORE")]
    threshold: f32,
    /// Only print what would be linked, with score and reason
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
A cluster is a set of accepted spans that name one thing for which there is no entity: it is listed by its label and the name \
that comes most often. With --accept the cluster becomes an entity to which all its mentions are linked. With --json, one object \
a line: `id`, which stays the same when articles are added and is taken by --accept too, `label`, `name`, `aliases`, `mentions` as \
`article` and `span`.")]
pub(super) struct Clusters {
    /// The project folder
    project: PathBuf,
    #[command(flatten)]
    annotator: AnnotatorArgument,
    /// Make an entity of this cluster, LABEL:NAME as it is listed; can be repeated
    #[arg(long, value_name = "CLUSTER")]
    accept: Vec<String>,
    /// Leave out clusters with fewer mentions
    #[arg(long, value_name = "N", default_value_t = 1)]
    least: usize,
    /// Print JSON, one object a line
    #[arg(long, conflicts_with = "accept")]
    json: bool,
}

pub(super) fn run_link(arguments: &Link, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    if !(0.0..=1.0).contains(&arguments.threshold) {
        return Err(CliError::usage(format!("--threshold {}: give a score from 0 to 1", arguments.threshold)));
    }
    let annotator = arguments.annotator.or_default()?;
    let mut session = match arguments.dry_run {
        true => streams.open_to_read(&arguments.project, annotator.clone())?,
        false => streams.open_to_change(&arguments.project, annotator.clone())?,
    };
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let linking = Linking::new(session.project());
    let ids: Vec<ArticleId> = session.project().articles.keys().cloned().collect();
    if arguments.dry_run {
        for id in &ids {
            print_proposals(&session, &linking, id, arguments.threshold, streams)?;
        }
        return Ok(Outcome::Clean);
    }
    let counts = session.edit(&ArticleId::new(""), "Link mentions to entities", |draft| {
        Ok(link_certain(draft, &linking, &annotator, &ids, arguments.threshold)?)
    })?;
    session.close()?;
    for (id, links) in &counts {
        writeln!(streams.output, "{id}: {}", count(*links, "link"))?;
    }
    Ok(Outcome::Clean)
}

fn print_proposals(
    session: &Session,
    linking: &Linking,
    id: &ArticleId,
    least: f32,
    streams: &mut Streams<'_>,
) -> Result<(), CliError> {
    let project = session.project();
    let Some((article, set)) = project.article(id).zip(session.set(id)) else { return Ok(()) };
    for proposal in linking.proposals(&project.entities, article.text(), set, least) {
        let words = set.span(proposal.span).map(|span| span.fragments.surface(article.text())).unwrap_or_default();
        let (entity, score) = (proposal.best.entity.as_str(), proposal.best.score);
        let reason = proposal.best.reason.in_words();
        writeln!(streams.output, "{id}:{}: {words} is {entity} ({score:.2}, {reason})", proposal.span)?;
    }
    Ok(())
}

pub(super) fn run_clusters(arguments: &Clusters, streams: &mut Streams<'_>) -> Result<Outcome, CliError> {
    let annotator = arguments.annotator.or_default()?;
    let mut session = match arguments.accept.is_empty() {
        true => streams.open_to_read(&arguments.project, annotator.clone())?,
        false => streams.open_to_change(&arguments.project, annotator.clone())?,
    };
    session.load_all(|_, _| true)?;
    streams.print_notices(&mut session)?;
    let project = session.project();
    let linking = Linking::new(project);
    let mut clusters = linking.clusters(&project.entities, &annotator, project.articles.values(), CERTAIN);
    clusters.retain(|cluster| cluster.mentions.len() >= arguments.least);
    if arguments.accept.is_empty() {
        for cluster in &clusters {
            print_cluster(cluster, &clusters, arguments.json, streams)?;
        }
        writeln!(streams.errors, "{}.", count(clusters.len(), "cluster"))?;
        return Ok(Outcome::Clean);
    }
    let mut chosen = Vec::new();
    for id in &arguments.accept {
        let cluster = clusters.iter().find(|cluster| handle(cluster, &clusters) == *id || cluster.id == *id);
        let missing =
            || CliError::usage(format!("--accept {id:?}: there is no such cluster; without --accept they are listed"));
        chosen.push(cluster.ok_or_else(missing)?.clone());
    }
    let ids = session.edit(&ArticleId::new(""), "Make entities of mentions", |draft| {
        let mut ids = Vec::new();
        for cluster in &chosen {
            ids.push(accept_cluster(draft, cluster)?);
        }
        Ok(ids)
    })?;
    session.close()?;
    for (id, cluster) in ids.iter().zip(&chosen) {
        writeln!(streams.output, "{}: {}", id.as_str(), count(cluster.mentions.len(), "mention"))?;
    }
    Ok(Outcome::Clean)
}

/// By what a cluster is listed and accepted: label and name, or its id where another one has the same.
fn handle(cluster: &Cluster, all: &[Cluster]) -> String {
    let is_same = |other: &&Cluster| other.label == cluster.label && other.name == cluster.name;
    match all.iter().filter(is_same).count() {
        1 => format!("{}:{}", cluster.label, cluster.name),
        _ => cluster.id.clone(),
    }
}

fn print_cluster(cluster: &Cluster, all: &[Cluster], as_json: bool, streams: &mut Streams<'_>) -> Result<(), CliError> {
    let Cluster { id, label, name, aliases, mentions } = cluster;
    if as_json {
        let mention = |(key, span): &MentionKey| json!({ "article": key.article.as_str(), "span": span.0 });
        let mentions: Vec<_> = mentions.iter().map(mention).collect();
        let record = json!({ "id": id, "label": &**label, "name": name, "aliases": aliases, "mentions": mentions });
        writeln!(streams.output, "{record}")?;
    } else {
        let aliases = if aliases.is_empty() { String::new() } else { format!(" ({})", aliases.join(", ")) };
        writeln!(streams.output, "{}: {}{aliases}", handle(cluster, all), count(mentions.len(), "mention"))?;
    }
    Ok(())
}
