//! What all readers share: handing over articles with their warnings, numbering annotations, complete relations.

use super::{FormatError, Imported, LanguageSource, Warning};
use crate::{
    model::{
        AnnotationId, Argument, ArticleMetadata, Attributes, Fragments, LineEnding, Name, Provenance, Relation, Source,
        Span, Status,
    },
    text::{ByteOffset, TextRange, segment::snap_to_graphemes},
};
use foldhash::fast::RandomState;
use std::{
    borrow::{Borrow, Cow},
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::Hash,
};

/// Numbers above this are not kept from a file, so that there is always a free number behind the largest.
const LARGEST_ID: u32 = 1 << 30;

impl Imported {
    /// An article without annotations.
    pub fn new(wanted_id: &str, text: String) -> Self {
        Self {
            wanted_id: wanted_id.to_owned(),
            metadata: ArticleMetadata::default(),
            text,
            spans: Vec::new(),
            relations: Vec::new(),
            document_labels: Vec::new(),
            entities: Vec::new(),
            schema: None,
            kept: None,
            beside: Vec::new(),
            language_from: LanguageSource::default(),
            warnings: Vec::new(),
        }
    }
}

/// The provenance of what comes from a file of this format.
pub(super) fn imported_from(format: &'static str, time: jiff::Timestamp) -> Provenance {
    Provenance { source: Source::Import { format: format.into() }, time, score: None, reason: None }
}

/// A span whose text is not where the file says: it stands without words at the nearest place, as a suggestion that names
/// the text, so that a person can place it.
pub(super) fn unplaced(
    id: AnnotationId,
    label: Name,
    surface: &str,
    near: ByteOffset,
    text: &str,
    provenance: &Provenance,
) -> Span {
    let place = snap_to_graphemes(text, TextRange::at(ByteOffset::from_usize(near.to_usize().min(text.len())))).start();
    let reason = format!("the file has “{surface}” here, which is not in the text at this place; place it by hand");
    Span {
        id,
        label,
        fragments: Fragments::one(TextRange::at(place)),
        attributes: Attributes::new(),
        entity: None,
        note: String::new(),
        provenance: Provenance { reason: Some(reason.into()), ..provenance.clone() },
        status: Status::Suggested,
        corrected_from: None,
    }
}

/// True if [`unplaced`] made this span.
pub(super) fn is_unplaced(span: &Span) -> bool {
    matches!(span.provenance.source, Source::Import { .. }) && span.provenance.reason.is_some()
}

/// Hands articles over one by one and puts each warning into the article that it belongs to.
///
/// The latest article is held back until the next one comes or the file ends, so that what is wrong behind it can still
/// be said.
pub(super) struct Delivery<'a> {
    file: String,
    early: Vec<Warning>,
    held: Option<Imported>,
    any: bool,
    article: &'a mut dyn FnMut(Imported),
}

impl<'a> Delivery<'a> {
    pub(super) fn new(file: &str, article: &'a mut dyn FnMut(Imported)) -> Self {
        Self { file: file.to_owned(), early: Vec::new(), held: None, any: false, article }
    }

    /// Adds a warning to the latest article, or to the first where there is none yet.
    pub(super) fn warn(&mut self, line: Option<usize>, message: impl Into<String>) {
        let warning = Warning { file: self.file.clone(), line, message: message.into() };
        match &mut self.held {
            Some(held) => held.warnings.push(warning),
            None => self.early.push(warning),
        }
    }

    /// Takes the next article; hands over the one before.
    pub(super) fn push(&mut self, mut imported: Imported) {
        self.any = true;
        if !self.early.is_empty() {
            imported.warnings.splice(0..0, self.early.drain(..));
        }
        if let Some(before) = self.held.replace(imported) {
            (self.article)(before);
        }
    }

    /// The article that was pushed last.
    pub(super) fn last(&mut self) -> Option<&mut Imported> {
        self.held.as_mut()
    }

    /// Hands over the last article.
    ///
    /// # Errors
    /// If there was none: the first warning says why, or `nothing`.
    pub(super) fn finish(self, nothing: &str) -> Result<(), FormatError> {
        if let Some(last) = self.held {
            (self.article)(last);
        }
        if self.any {
            return Ok(());
        }
        let first = self.early.into_iter().next();
        let line = first.as_ref().and_then(|warning| warning.line);
        let reason = first.map_or_else(|| nothing.to_owned(), |warning| warning.message);
        Err(FormatError::Unreadable { file: self.file, line, reason })
    }
}

/// Gives the annotations of one article their numbers: the file's own where they can be kept.
#[derive(Debug)]
pub(super) struct Numbering<Key = String> {
    used: HashSet<u32, RandomState>,
    next: u32,
    by_key: HashMap<Key, AnnotationId, RandomState>,
}

impl<Key> Default for Numbering<Key> {
    fn default() -> Self {
        Self { used: HashSet::default(), next: 0, by_key: HashMap::default() }
    }
}

impl<Key: Eq + Hash> Numbering<Key> {
    /// `wanted` are the numbers that occur in the file; new ones come behind the largest of them.
    pub(super) fn new(wanted: impl IntoIterator<Item = u64>) -> Self {
        let largest = wanted.into_iter().filter_map(keepable).max().unwrap_or(0);
        Self { next: largest.saturating_add(1), ..Self::default() }
    }

    /// The number for the annotation that the file calls `key`; keeps `wanted` if it is still free. Of two annotations
    /// with one key, [`Numbering::get`] finds the first.
    pub(super) fn give(&mut self, key: Option<Key>, wanted: Option<u64>) -> AnnotationId {
        let kept = wanted.and_then(keepable).filter(|number| self.used.insert(*number));
        let id = kept.unwrap_or_else(|| {
            let mut number = self.next.max(1);
            while !self.used.insert(number) {
                number = number.saturating_add(1);
            }
            self.next = number.saturating_add(1);
            number
        });
        if let Some(key) = key {
            self.by_key.entry(key).or_insert(AnnotationId(id));
        }
        AnnotationId(id)
    }

    /// The annotation that the file calls `key`.
    pub(super) fn get<Query: Eq + Hash + ?Sized>(&self, key: &Query) -> Option<AnnotationId>
    where
        Key: Borrow<Query>,
    {
        self.by_key.get(key).copied()
    }
}

fn keepable(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| (1..=LARGEST_ID).contains(number))
}

/// Takes out of the relations what points to nothing or in a circle, and relations of which nothing is left. Returns what
/// was done, by relation.
pub(super) fn complete_relations(imported: &mut Imported) -> Vec<(AnnotationId, String)> {
    let mut problems = Vec::new();
    let spans: BTreeSet<_> = imported.spans.iter().map(|span| span.id).collect();
    loop {
        let relations: BTreeSet<_> = imported.relations.iter().map(|relation| relation.id).collect();
        let before = imported.relations.len();
        imported.relations.retain_mut(|relation| {
            let (id, label) = (relation.id, relation.label.clone());
            let had_targets = relation.targets().next().is_some();
            if relation.trigger.is_some_and(|trigger| !spans.contains(&trigger)) {
                relation.trigger = None;
                problems.push((id, format!("the trigger of the {label:?} is missing; it stays without one")));
            }
            relation.arguments.retain(|argument| {
                let exists = spans.contains(&argument.target) || relations.contains(&argument.target);
                if !exists {
                    let role = &argument.role;
                    problems.push((id, format!("the {role:?} of the {label:?} is missing; it stays without one")));
                } else if argument.target == id {
                    problems.push((id, format!("the {label:?} has itself as {:?}; left out", argument.role)));
                }
                exists && argument.target != id
            });
            let stays = !had_targets || relation.targets().next().is_some();
            if !stays {
                problems.push((id, format!("nothing that the {label:?} links is left; it was left out")));
            }
            stays
        });
        if imported.relations.len() == before {
            break;
        }
    }
    for (id, bad) in circles(&imported.relations) {
        if let Some(relation) = imported.relations.iter_mut().find(|relation| relation.id == id) {
            problems.push((id, format!("the {:?} of the {:?} leads back to it; left out", bad.role, relation.label)));
            relation.arguments.retain(|argument| *argument != bad);
        }
    }
    problems
}

/// The arguments, with role and target, through which relations are, over others, their own.
fn circles(relations: &[Relation]) -> Vec<(AnnotationId, Argument)> {
    let ids: BTreeSet<AnnotationId> = relations.iter().map(|relation| relation.id).collect();
    let nested = |relation: &Relation| {
        relation.arguments.iter().map(|argument| argument.target).filter(|id| ids.contains(id)).collect::<Vec<_>>()
    };
    if !relations.iter().flat_map(|relation| &relation.arguments).any(|argument| ids.contains(&argument.target)) {
        return Vec::new();
    }
    let inner: BTreeMap<AnnotationId, Vec<AnnotationId>> =
        relations.iter().map(|relation| (relation.id, nested(relation))).collect();
    let mut outer: BTreeMap<AnnotationId, Vec<AnnotationId>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for (id, targets) in &inner {
        targets.iter().for_each(|target| outer.entry(*target).or_default().push(*id));
    }
    // Kahn's order from both ends: what leads into no circle goes, and then what no circle leads to.
    let mut stuck = ids;
    for (before, behind) in [(&inner, &outer), (&outer, &inner)] {
        let of = |links: &BTreeMap<AnnotationId, Vec<AnnotationId>>, id| links.get(&id).cloned().unwrap_or_default();
        let mut open: BTreeMap<AnnotationId, usize> = stuck
            .iter()
            .map(|id| (*id, of(before, *id).into_iter().filter(|other| stuck.contains(other)).count()))
            .collect();
        let mut ready: Vec<_> = open.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
        while let Some(id) = ready.pop() {
            stuck.remove(&id);
            for other in of(behind, id) {
                if let Some(count) = open.get_mut(&other).filter(|_| stuck.contains(&other)) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        ready.push(other);
                    }
                }
            }
        }
    }
    let in_circle = relations.iter().filter(|relation| stuck.contains(&relation.id));
    let bad = in_circle.flat_map(|relation| relation.arguments.iter().map(|argument| (relation.id, argument.clone())));
    bad.filter(|(_, argument)| stuck.contains(&argument.target)).collect()
}

/// Turns `\r\n` into `\n` in the text and moves the spans along.
pub(super) fn normalize_line_endings(imported: &mut Imported) {
    imported.metadata.origin.line_ending = line_ending(&imported.text);
    if !imported.text.contains("\r\n") {
        return;
    }
    let returns: Vec<usize> = imported.text.match_indices("\r\n").map(|(index, _)| index).collect();
    let moved = |offset: usize| offset - returns.partition_point(|index| *index < offset);
    for span in &mut imported.spans {
        let pieces = span.fragments.iter().map(|range| {
            let range = range.to_usize();
            TextRange::from_usize(moved(range.start), moved(range.end))
        });
        if let Some(fragments) = crate::model::Fragments::new(pieces) {
            span.fragments = fragments;
        }
    }
    imported.text = imported.text.replace("\r\n", "\n");
    imported.metadata.origin.normalized = true;
}

/// How the lines of a text end.
pub(super) fn line_ending(text: &str) -> LineEnding {
    let pairs = text.matches("\r\n").count();
    let all = text.matches('\n').count();
    match (pairs, all - pairs) {
        (0, _) => LineEnding::Lf,
        (_, 0) => LineEnding::CrLf,
        _ => LineEnding::Mixed,
    }
}

/// Text of a file whose format prescribes UTF-8: without its byte order mark, and with U+FFFD for what is not UTF-8.
pub(super) struct Utf8Text {
    pub text: String,
    pub byte_order_mark: bool,
    /// True if something was not UTF-8.
    pub damaged: bool,
}

/// Bytes as text, with U+FFFD for what is not UTF-8. What is all UTF-8, as nearly everything is, is looked at several bytes at
/// a time, as [`String::from_utf8_lossy`] does not.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Takes the next line without its `\n` off what is left of a file, which is `None` behind the last line.
pub(super) fn next_line<'a>(rest: &mut Option<&'a [u8]>) -> Option<&'a [u8]> {
    let bytes = rest.take()?;
    let Some((line, behind)) = memchr::memchr(b'\n', bytes).and_then(|end| bytes.split_at_checked(end)) else {
        return Some(bytes);
    };
    *rest = behind.get(1..);
    Some(line)
}

/// Decodes the bytes of a file that has to be UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Utf8Text {
    let rest = bytes.strip_prefix(b"\xEF\xBB\xBF");
    let text = lossy(rest.unwrap_or(bytes));
    Utf8Text { damaged: matches!(text, Cow::Owned(_)), text: text.into_owned(), byte_order_mark: rest.is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Argument, Fragments, Span, Status};

    fn span(id: u32, start: usize, end: usize) -> Span {
        Span {
            id: AnnotationId(id),
            label: "PER".into(),
            fragments: Fragments::one(TextRange::from_usize(start, end)),
            attributes: Default::default(),
            entity: None,
            note: String::new(),
            provenance: imported_from("test", jiff::Timestamp::UNIX_EPOCH),
            status: Status::Accepted,
            corrected_from: None,
        }
    }

    fn relation(id: u32, trigger: Option<u32>, arguments: &[u32]) -> Relation {
        Relation {
            id: AnnotationId(id),
            label: "meets".into(),
            trigger: trigger.map(AnnotationId),
            arguments: arguments
                .iter()
                .map(|target| Argument { role: format!("r{target}").into(), target: AnnotationId(*target) })
                .collect(),
            attributes: Default::default(),
            note: String::new(),
            provenance: imported_from("test", jiff::Timestamp::UNIX_EPOCH),
            status: Status::Accepted,
            corrected_from: None,
        }
    }

    #[test]
    fn relations_point_to_what_exists() {
        let check = |relations: Vec<Relation>, expected: &[(u32, &[u32])], problems: usize| {
            let mut imported =
                Imported { spans: vec![span(1, 0, 1), span(2, 2, 3)], ..Imported::new("x", "a b".into()) };
            imported.relations = relations;
            let found = complete_relations(&mut imported);
            let left: Vec<_> = imported
                .relations
                .iter()
                .map(|relation| (relation.id.0, relation.targets().map(|target| target.0).collect::<Vec<_>>()))
                .collect();
            let expected: Vec<_> = expected.iter().map(|(id, targets)| (*id, targets.to_vec())).collect();
            assert_eq!(left, expected);
            assert_eq!(found.len(), problems, "{found:?}");
        };
        check(vec![relation(3, None, &[1, 2])], &[(3, &[1, 2])], 0);
        check(vec![relation(3, Some(9), &[1, 2])], &[(3, &[1, 2])], 1);
        check(vec![relation(3, None, &[1, 9]), relation(4, None, &[1, 3])], &[(3, &[1]), (4, &[1, 3])], 1);
        // What loses its last target takes with it what points to it.
        check(vec![relation(4, None, &[3]), relation(3, None, &[9])], &[], 4);
        check(vec![relation(3, None, &[3, 1])], &[(3, &[1])], 1);
        check(vec![relation(3, None, &[4, 1]), relation(4, None, &[3, 2])], &[(3, &[1]), (4, &[2])], 2);
        check(vec![relation(3, None, &[])], &[(3, &[])], 0);
    }

    #[test]
    fn numbers_stay_where_they_can() {
        let mut numbering: Numbering = Numbering::new([5, 7, u64::MAX, 5]);
        assert_eq!(numbering.give(Some("a".into()), Some(5)), AnnotationId(5));
        assert_eq!(numbering.give(Some("a".into()), Some(5)), AnnotationId(8));
        assert_eq!(numbering.give(None, Some(u64::MAX)), AnnotationId(9));
        assert_eq!(numbering.give(None, Some(0)), AnnotationId(10));
        // A number that nobody said would come.
        assert_eq!(numbering.give(None, Some(11)), AnnotationId(11));
        assert_eq!(numbering.give(None, None), AnnotationId(12));
        assert_eq!(numbering.get("a"), Some(AnnotationId(5)));
        assert_eq!(numbering.get("b"), None);
    }

    #[test]
    fn spans_follow_normalized_line_ends() {
        let mut imported = Imported::new("x", "ab\r\ncd\r\n\r\nef".into());
        imported.spans = vec![span(1, 0, 2), span(2, 1, 5), span(3, 4, 6), span(4, 10, 12), span(5, 3, 3)];
        normalize_line_endings(&mut imported);
        let surfaces: Vec<_> = imported.spans.iter().map(|span| span.fragments.surface(&imported.text)).collect();
        assert_eq!(imported.text, "ab\ncd\n\nef");
        assert_eq!(surfaces, ["ab", "b\nc", "cd", "ef", ""]);
        assert_eq!(imported.metadata.origin.line_ending, LineEnding::CrLf);
        assert!(imported.metadata.origin.normalized);
    }
}
