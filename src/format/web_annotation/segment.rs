//! The pieces of text that selectors select.

use super::{is, objects, text};
use crate::{
    format::{
        anchor::{Anchored, Anchors, Claim, Unit},
        records::Object,
    },
    model::Fragments,
    text::TextRange,
};
use serde_json::Value;

/// One piece of text as selectors say it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Segment<'r> {
    position: Option<(u64, u64)>,
    pub quote: Option<&'r str>,
    prefix: &'r str,
    suffix: &'r str,
}

impl<'r> Segment<'r> {
    pub(super) fn claim(&self) -> Option<Claim<'r>> {
        Some(Claim { pieces: vec![self.position?], surface: self.quote })
    }

    /// The place, and true if it is not the stated one.
    pub(super) fn place(&self, anchors: &Anchors<'_>, unit: Unit, content: &str) -> Option<(Fragments, bool)> {
        let claim = self.claim();
        if let Some(Anchored::Exact(fragments)) = claim.as_ref().map(|claim| anchors.place(unit, claim)) {
            return Some((fragments, false));
        }
        let quote = self.quote.filter(|quote| !quote.is_empty())?;
        let fits = |start: usize| {
            let before = content.get(..start).unwrap_or_default();
            let after = content.get(start + quote.len()..).unwrap_or_default();
            before.ends_with(self.prefix) && after.starts_with(self.suffix)
        };
        let mut fitting = content.match_indices(quote).map(|(start, _)| start).filter(|start| fits(*start));
        match (fitting.next(), fitting.next()) {
            (Some(start), None) => {
                let fragments = Fragments::one(TextRange::from_usize(start, start + quote.len()));
                Some((fragments, self.position.is_some()))
            }
            _ => match anchors.place(unit, &claim?) {
                Anchored::Exact(fragments) => Some((fragments, false)),
                Anchored::Moved(fragments) => Some((fragments, true)),
                Anchored::Nowhere => None,
            },
        }
    }
}

/// The pieces of text that the targets of an annotation select.
pub(super) fn segments(annotation: &Object) -> Vec<Segment<'_>> {
    let mut segments = Vec::new();
    for target in objects(annotation, "target") {
        let items = objects(target, "items");
        let parts = if items.is_empty() { vec![target] } else { items };
        for part in parts {
            let mut found: Vec<Segment<'_>> = Vec::new();
            for selector in objects(part, "selector") {
                add(selector, &mut found);
            }
            segments.extend(found);
        }
    }
    segments
}

/// Adds a selector to the piece that has none of its kind yet, or begins another.
fn add<'r>(selector: &'r Object, found: &mut Vec<Segment<'r>>) {
    let number = |name: &str| selector.get(name).and_then(Value::as_u64);
    if is(selector, "type", "TextPositionSelector") {
        let Some(position) = number("start").zip(number("end")) else { return };
        match found.iter_mut().find(|segment| segment.position.is_none()) {
            Some(segment) => segment.position = Some(position),
            None => found.push(Segment { position: Some(position), ..Segment::default() }),
        }
    } else if is(selector, "type", "TextQuoteSelector") {
        let Some(exact) = selector.get("exact").and_then(Value::as_str) else { return };
        let (prefix, suffix) = (text(selector, "prefix"), text(selector, "suffix"));
        match found.iter_mut().find(|segment| segment.quote.is_none()) {
            Some(segment) => {
                segment.quote = Some(exact);
                segment.prefix = prefix;
                segment.suffix = suffix;
            }
            None => found.push(Segment { position: None, quote: Some(exact), prefix, suffix }),
        }
    } else if is(selector, "type", "FragmentSelector") {
        // RFC 5147: `char=0,5`.
        let place = text(selector, "value").strip_prefix("char=").and_then(|place| place.split_once(','));
        let place = place.and_then(|(start, end)| {
            let end = end.split(';').next().unwrap_or(end);
            Some((start.parse().ok()?, end.parse().ok()?))
        });
        if let Some(position) = place {
            found.push(Segment { position: Some(position), ..Segment::default() });
        }
    }
    // What selects inside of another selection is about the same text, if it is all of it.
    for inner in objects(selector, "refinedBy") {
        add(inner, found);
    }
}
