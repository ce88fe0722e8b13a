//! Whether spans from a file are where they say: the covered text proves it, or leads to the new place, or the span is set
//! aside with its record as it stood in the file.

use super::{
    Level, Notice,
    annotation_read::{SetFile, SpanEntry},
    scan::Scanner,
};
use crate::{
    model::{AnnotationId, AnnotationSet, ArticleText, Fragments},
    text::TextRange,
};
use std::{
    collections::{BTreeSet, HashSet},
    path::Path,
};

/// How far from its place a span is looked for, in bytes either way.
const WINDOW: usize = 1000;

/// A covered text at least this long, in bytes, may be found anywhere if it is there only once.
const TELLING: usize = 10;

/// Annotations that fit the text, and what did not.
#[derive(Debug, Default)]
pub(super) struct Anchored {
    pub set: AnnotationSet,
    /// Records that could not be kept, as they stood in the file.
    pub aside: Vec<String>,
    pub notices: Vec<Notice>,
}

/// Proves all spans of `file`, which was read from `content`, the content of the file at `path`, against `text`.
pub(super) fn anchor(mut file: SetFile<'_>, content: &str, path: &Path, text: &ArticleText) -> Anchored {
    let mut result = Anchored::default();
    let same_text = file.text_hash.is_none_or(|hash| hash == text.hash());
    let mut aside: Vec<(usize, String)> = Vec::new();
    let mut lost = BTreeSet::new();
    if !file.spans.iter().all(|entry| proven(entry, &entry.span.fragments, text.as_str())) {
        let places = find_places(&file.spans, text.as_str(), same_text);
        let mut kept = Vec::with_capacity(file.spans.len());
        let mut moved = 0usize;
        let mut first_moved = None;
        for (mut entry, place) in file.spans.into_iter().zip(places) {
            match place {
                Some(place) => {
                    if entry.span.fragments != place {
                        moved += 1;
                        first_moved.get_or_insert(entry.at);
                        entry.span.fragments = place;
                    }
                    kept.push(entry);
                }
                None => {
                    lost.insert(entry.span.id);
                    let surface = entry.surface.as_deref().unwrap_or_default();
                    aside
                        .push((entry.at, format!("the text does not have {surface:?} there, nor at one place nearby")));
                }
            }
        }
        file.spans = kept;
        if moved > 0 {
            let line = first_moved.map(|at| Scanner::line_of(content, at));
            let message =
                format!("{moved} spans were found at a new place, since the text had changed; this is the first");
            result.notices.push(Notice::new(Level::Warning, path, line, message));
        }
    }
    // Relations fall with what they point to, and so do relations about those.
    while !lost.is_empty() {
        let before = lost.len();
        file.relations.retain(|(relation, at)| {
            let missing = relation.targets().find(|target| lost.contains(target));
            if let Some(missing) = missing {
                lost.insert(relation.id);
                aside.push((*at, format!("it points to {missing}, which was set aside")));
            }
            missing.is_none()
        });
        if lost.len() == before {
            break;
        }
    }
    let mut seen = HashSet::new();
    let mut is_new = |id: AnnotationId, at: usize| {
        let new = seen.insert(id);
        if !new {
            aside.push((at, format!("the id {id} is used twice in the file")));
        }
        new
    };
    file.spans.retain(|entry| is_new(entry.span.id, entry.at));
    file.relations.retain(|(relation, at)| is_new(relation.id, *at));
    file.document_labels.retain(|(label, at)| is_new(label.id, *at));
    let above = lost.last().map_or(0, |id| id.0.saturating_add(1));
    result.set = AnnotationSet::from_parts(
        file.next_id.max(above),
        file.progress,
        file.spans.into_iter().map(|entry| entry.span).collect(),
        file.relations.into_iter().map(|(relation, _)| relation).collect(),
        file.document_labels.into_iter().map(|(label, _)| label).collect(),
    )
    .0;
    for (at, reason) in aside {
        let mut scanner = Scanner::new(content);
        scanner.go_to(at);
        result.aside.push(format!("// {reason}\n{},\n", scanner.extent()));
        let message = format!("a record was set aside, in .glosse/unanchored: {reason}");
        result.notices.push(Notice::new(Level::Error, path, Some(Scanner::line_of(content, at)), message));
    }
    result
}

/// True if the span covers what its record says.
fn proven(entry: &SpanEntry<'_>, place: &Fragments, text: &str) -> bool {
    if !place.fit(text) {
        return false;
    }
    let Some(surface) = entry.surface.as_deref() else { return true };
    if place.count() == 1 { place.hull().slice(text) == Some(surface) } else { place.surface(text) == surface }
}

/// For each span where it is now; `None` where nothing or more than one place speaks for it.
fn find_places(spans: &[SpanEntry<'_>], text: &str, same_text: bool) -> Vec<Option<Fragments>> {
    // By how much each span has moved, where that can be told from its own text alone.
    let mut shifts: Vec<Option<isize>> = vec![None; spans.len()];
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|index| spans.get(*index).map(|entry| entry.span.fragments.start()));
    for (entry, shift) in spans.iter().zip(&mut shifts) {
        *shift =
            if same_text && proven(entry, &entry.span.fragments, text) { Some(0) } else { only_shift(entry, text) };
    }
    let in_order: Vec<Option<isize>> = order.iter().map(|index| shifts.get(*index).copied().flatten()).collect();
    let mut places = vec![None; spans.len()];
    for (rank, index) in order.iter().enumerate() {
        let Some(entry) = spans.get(*index) else { continue };
        let own = in_order.get(rank).copied().flatten();
        let before = || in_order.get(..rank).and_then(|shifts| shifts.iter().rev().find_map(|shift| *shift));
        let after = || in_order.get(rank + 1..).and_then(|shifts| shifts.iter().find_map(|shift| *shift));
        // Where its own text does not decide, the neighbours do; where there are none, the old place.
        let place = match own {
            Some(shift) => shifted(entry, shift, text),
            None => match (before(), after()) {
                (None, None) => shifted(entry, 0, text),
                (before, after) => [before, after].into_iter().flatten().find_map(|shift| shifted(entry, shift, text)),
            },
        };
        if let Some(slot) = places.get_mut(*index) {
            *slot = place;
        }
    }
    places
}

/// The span's place moved by `shift` bytes, if its text stands there.
fn shifted(entry: &SpanEntry<'_>, shift: isize, text: &str) -> Option<Fragments> {
    let mut ranges = Vec::with_capacity(entry.span.fragments.count());
    for range in entry.span.fragments.iter() {
        let start = range.start().to_usize().checked_add_signed(shift)?;
        let end = range.end().to_usize().checked_add_signed(shift)?;
        ranges.push(TextRange::from_usize(start, end));
    }
    Fragments::new(ranges).filter(|place| proven(entry, place, text))
}

/// By how much the span has moved, if exactly one place near its old one has its text, or one in the whole text where that
/// is long enough to tell.
fn only_shift(entry: &SpanEntry<'_>, text: &str) -> Option<isize> {
    let surface = entry.surface.as_deref().filter(|surface| !surface.is_empty())?;
    let first = entry.span.fragments.iter().next()?;
    let piece = surface.get(..(first.len() as usize).min(surface.len())).filter(|piece| !piece.is_empty())?;
    let place = first.start().to_usize();
    let start = text.floor_char_boundary(place.saturating_sub(WINDOW).min(text.len()));
    let end = text.ceil_char_boundary(place.saturating_add(piece.len() + WINDOW).min(text.len()));
    let find = |start: usize, end: usize| -> Count {
        let mut found = Count::None;
        let mut from = start;
        while let Some(at) = text.get(from..end).and_then(|part| part.find(piece)).map(|at| from + at) {
            from = at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            let shift = isize::try_from(at).ok().zip(isize::try_from(place).ok()).map(|(at, place)| at - place);
            let Some(shift) = shift.filter(|shift| shifted(entry, *shift, text).is_some()) else { continue };
            if found != Count::None {
                return Count::Several;
            }
            found = Count::One(shift);
        }
        found
    };
    match find(start, end) {
        Count::One(shift) => Some(shift),
        Count::None if piece.len() >= TELLING => match find(0, text.len()) {
            Count::One(shift) => Some(shift),
            _ => None,
        },
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Count {
    None,
    One(isize),
    Several,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::annotation_read::read_set;

    /// Spans written for `old`, as `(start, end)`, read with `new`: the texts that they cover now, `-` where set aside.
    fn check(old: &str, spans: &[(usize, usize)], new: &str, expected: &[&str]) {
        let mut content = format!("(version: 1, text_hash: \"{:016x}\", spans: [\n", ArticleText::new(old).hash());
        for (index, (start, end)) in spans.iter().enumerate() {
            let surface = old.get(*start..*end).expect("the span fits the old text");
            content
                .push_str(&format!("(id: {}, label: \"X\", at: [({start}, {end})], text: {surface:?}),\n", index + 1));
        }
        content.push_str("],\nrelations: [(id: 90, label: \"R\", arguments: [(\"a\", 1)])])");
        let path = Path::new("set.ron");
        let file = read_set(&content, path, &"anna".into()).expect("legal RON");
        let text = ArticleText::new(new);
        let anchored = anchor(file, &content, path, &text);
        let found: Vec<String> = (1..=spans.len())
            .map(|id| match anchored.set.span(AnnotationId(u32::try_from(id).expect("few"))) {
                Some(span) => span.fragments.surface(new),
                None => "-".to_owned(),
            })
            .collect();
        assert_eq!(found, expected, "{new}");
        let first_is_there = expected.first() != Some(&"-");
        assert_eq!(anchored.set.relation(AnnotationId(90)).is_some(), first_is_there, "relations fall with spans");
        let aside = expected.iter().filter(|text| **text == "-").count() + usize::from(!first_is_there);
        assert_eq!(anchored.aside.len(), aside);
        assert_eq!(anchored.set.next_id(), AnnotationId(91), "ids are not given again");
    }

    #[test]
    fn covered_text_proves_the_place() {
        let old = "Putin trifft Xi. Putin lacht. Xi auch.";
        let spans = [(0, 5), (13, 15), (17, 22), (30, 32)];
        check(old, &spans, old, &["Putin", "Xi", "Putin", "Xi"]);
        // Everything moves by the same step: the unique ones decide for the others.
        check(
            "Heute: Putin trifft Xi Jinping. Putin lacht.",
            &[(7, 12), (20, 30), (32, 37)],
            "Heute früh: Putin trifft Xi Jinping. Putin lacht.",
            &["Putin", "Xi Jinping", "Putin"],
        );
        // The text is gone.
        check("Putin trifft Xi.", &[(0, 5), (13, 15)], "Er trifft Xi.", &["-", "Xi"]);
        // Two places and nothing to decide between them.
        check("a Xi", &[(2, 4)], "Xi und Xi", &["-"]);
        // Out of bounds and inside a character.
        check("äää Kursk", &[(7, 12)], "Kursk", &["Kursk"]);
        check("ab Kursk", &[(3, 8)], "ää Kursk", &["Kursk"]);
    }
}
