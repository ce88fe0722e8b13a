//! What files can not hold, for people and as JSON.

use super::{CliError, Streams};
use crate::{
    format::{
        Loss,
        filter::{ExportFilter, LeftOut},
    },
    model::{ArticleId, ArticleText},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// How many places are named for each kind of loss.
const EXAMPLES: usize = 3;

/// One kind of loss a line: how often, why, and where first. To standard error, beside the summary.
pub(super) fn print(losses: &[Loss], streams: &mut Streams<'_>) -> Result<(), CliError> {
    let mut kinds: BTreeMap<(&str, Option<&str>), Vec<&Loss>> = BTreeMap::new();
    for loss in losses {
        kinds.entry((&loss.why, loss.part)).or_default().push(loss);
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, losses)| std::cmp::Reverse(losses.len()));
    if !losses.is_empty() {
        writeln!(streams.errors, "Not in the files ({}):", losses.len())?;
    }
    for ((why, _), losses) in kinds {
        let places: Vec<String> = losses.iter().take(EXAMPLES).map(|loss| place(loss)).collect();
        let more = if losses.len() > EXAMPLES { ", …" } else { "" };
        let held_by = losses.first().map(|loss| loss.held_by().join(", ")).unwrap_or_default();
        writeln!(streams.errors, "  {} × {why}: {}{more}; held by {held_by}", losses.len(), places.join(", "))?;
    }
    Ok(())
}

/// What was left out by its review state, with how to have it written: `left out 3 suggested, 1 rejected (--status …)`; empty if
/// nothing was.
pub(super) fn left_out(left_out: &LeftOut) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    let counts: Vec<String> = left_out.iter().map(|(status, count)| format!("{count} {}", status.as_str())).collect();
    format!("left out {} (--status all writes everything)", counts.join(", "))
}

/// The review states that are written, in words.
pub(super) fn states(filter: &ExportFilter) -> String {
    let states: Vec<&str> = filter.statuses.iter().map(|status| status.as_str()).collect();
    states.join(" and ")
}

fn place(loss: &Loss) -> String {
    match loss.annotation {
        Some(id) => format!("{} ({} {id})", loss.what, loss.article),
        None => format!("{} ({})", loss.what, loss.article),
    }
}

/// All losses for a report; offsets in code points, null where the text is not known.
pub(super) fn records(losses: &[Loss], text_of: impl Fn(&ArticleId) -> Option<Arc<ArticleText>>) -> Vec<Value> {
    let record = |loss: &Loss| {
        let offsets = loss.place.and_then(|place| {
            let text = text_of(&loss.article)?;
            let count = |byte| text.table().code_point_from_byte(text.as_str(), byte);
            Some((count(place.start()), count(place.end())))
        });
        json!({
            "article": loss.article.as_str(),
            "annotation": loss.annotation.map(|id| id.0),
            "start": offsets.map(|(start, _)| start),
            "end": offsets.map(|(_, end)| end),
            "what": loss.what,
            "why": loss.why,
            "held_by": loss.held_by(),
        })
    };
    losses.iter().map(record).collect()
}
