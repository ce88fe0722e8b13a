//! Puts the spans of an article into the rows of a sheet: as brackets, or as tags.

use super::{
    brackets::{self, Fields},
    manner::{Home, Manner},
    mentions::{id_of, is_number},
    misc,
    read::Part,
    sheet::Sheet,
};
use crate::{
    format::{
        Exported,
        conll::{
            place::{Known, SubToken, Tokens, begins_and_ends, place, tags_of},
            tags::{Scheme, SchemeEvidence, chunks, parse},
        },
        loss::LossLog,
    },
    model::{AnnotationId, EntityId, Fragments, Span},
    text::TextRange,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

/// Rows that can carry entities and have words in the text.
struct Nodes {
    /// Their places among all rows of the sheet.
    rows: Vec<usize>,
    places: Vec<TextRange>,
    sentences: Vec<usize>,
}

impl Nodes {
    fn new(sheet: &Sheet<'_>) -> Self {
        let mut nodes = Self { rows: Vec::new(), places: Vec::new(), sentences: Vec::new() };
        for (index, row) in sheet.rows.iter().enumerate().filter(|(_, row)| row.is_node && !row.place.is_empty()) {
            nodes.rows.push(index);
            nodes.places.push(row.place);
            nodes.sentences.push(row.sentence);
        }
        nodes
    }

    /// The rows of the first and the last node that a stretch of the text touches, and whether it begins or ends inside one.
    fn touched(&self, range: TextRange, text: &str) -> Option<(usize, usize, bool)> {
        let first = self.places.partition_point(|place| place.end() <= range.start());
        let last = self.places.partition_point(|place| place.start() < range.end()).checked_sub(1)?;
        if first > last {
            return None;
        }
        let is_cut = !begins_and_ends(range, *self.places.get(first)?, *self.places.get(last)?, text);
        Some((*self.rows.get(first)?, *self.rows.get(last)?, is_cut))
    }
}

/// A mention that is to be written.
struct Written {
    id: String,
    /// The opening bracket of each piece, with its first and last row.
    pieces: Vec<(String, usize, usize)>,
    is_as_before: bool,
}

/// A mention of the original.
struct Before<'p> {
    entity: Option<&'p EntityId>,
    label: &'p str,
    id: &'p str,
    pieces: Vec<(String, usize, usize)>,
    is_used: bool,
}

/// Writes spans as brackets. Gives the spans that were written.
pub(super) fn brackets(
    exported: Exported<'_>,
    sheet: &mut Sheet<'_>,
    part: Option<&Part<'_>>,
    fields: &Fields,
    misc_column: Option<usize>,
    sub_token: SubToken,
    log: &mut LossLog<'_, '_>,
) -> BTreeSet<AnnotationId> {
    let nodes = Nodes::new(sheet);
    let (mut before, by_place) = mentions_before(sheet, part);
    let mut ids = Ids::new(part);
    let mut all: Vec<Written> = Vec::new();
    let mut done = BTreeSet::new();
    let mut spans: Vec<&Span> = exported.annotations.spans().collect();
    spans.sort_by_key(|span| (span.fragments.start(), Reverse(span.fragments.end()), span.id));
    // First those that are as they were, so that none of them is taken for another one.
    let mut matched: HashMap<AnnotationId, usize> = HashMap::new();
    for is_strict in [true, false] {
        for span in spans.iter().filter(|span| is_strict || !matched.contains_key(&span.id)).collect::<Vec<_>>() {
            let candidates = by_place.get(&span.fragments).map(Vec::as_slice).unwrap_or_default();
            let fits = |index: &&usize| {
                before.get(**index).is_some_and(|one| {
                    !one.is_used && (!is_strict || *one.label == *span.label && one.entity == span.entity.as_ref())
                })
            };
            if let Some(index) = candidates.iter().find(fits).copied() {
                matched.insert(span.id, index);
                if let Some(one) = before.get_mut(index) {
                    one.is_used = true;
                }
            }
        }
    }
    let mut open: HashMap<String, Vec<(TextRange, bool)>> = HashMap::new();
    for span in spans {
        let known = matched.get(&span.id).and_then(|index| before.get(*index));
        let is_as_before =
            known.is_some_and(|known| *known.label == *span.label && known.entity == span.entity.as_ref());
        let hull = span.fragments.hull();
        let pieces: Vec<_> = match known {
            Some(known) => known.pieces.clone(),
            None => {
                let Some(pieces) = new_pieces(span, exported.text.as_str(), sheet, &nodes, sub_token, log) else {
                    continue;
                };
                pieces
            }
        };
        let mut id = match (known, &span.entity) {
            (Some(known), _) if is_as_before => known.id.to_owned(),
            (Some(known), None) if known.entity.is_none() => known.id.to_owned(),
            (_, Some(entity)) => ids.of(entity),
            (_, None) => ids.new_number(),
        };
        // Brackets of one entity that cross could not be told apart.
        let others = open.entry(id.clone()).or_default();
        others.retain(|(other, _)| other.end() > hull.start());
        let is_split = pieces.len() > 1;
        let crosses = others.iter().any(|(other, split)| other.end() < hull.end() || *split || is_split);
        if crosses && !is_as_before {
            let what = format!("entity {}", span.entity.as_ref().map_or("", EntityId::as_str));
            log.annotation(
                span.id,
                what,
                "another mention of it crosses this one, and brackets could not be told apart",
            );
            id = ids.new_number();
        } else {
            others.push((hull, is_split));
        }
        let label = misc::escaped(&span.label);
        let count = pieces.len();
        let pieces = pieces.into_iter().enumerate().map(|(index, (content, first, last))| {
            let numbered = if count > 1 { format!("{id}[{}/{count}]", index + 1) } else { id.clone() };
            let content = match known {
                Some(_) if is_as_before => content,
                Some(_) => fields.changed(&content, &numbered, &label),
                None => fields.content(&numbered, &label, count > 1),
            };
            (content, first, last)
        });
        all.push(Written { pieces: pieces.collect(), id, is_as_before });
        done.insert(span.id);
    }
    write_brackets(sheet, &all, &before, misc_column);
    done
}

/// The pieces of a span that the original did not have.
fn new_pieces(
    span: &Span,
    text: &str,
    sheet: &Sheet<'_>,
    nodes: &Nodes,
    sub_token: SubToken,
    log: &mut LossLog<'_, '_>,
) -> Option<Vec<(String, usize, usize)>> {
    if span.fragments.hull().is_empty() {
        log.span(span, "entities stand on words, and the span has no text");
        return None;
    }
    let mut pieces: Vec<(String, usize, usize)> = Vec::new();
    let mut is_widened = false;
    for range in span.fragments.iter() {
        let Some((first, last, is_cut)) = nodes.touched(range, text) else {
            log.span(span, "there is no word in it, or in a piece of it");
            return None;
        };
        if is_cut && sub_token == SubToken::Drop {
            log.sub_token_span(span, "it begins or ends inside a word; sub_token=widen takes the whole word");
            return None;
        }
        is_widened |= is_cut;
        match pieces.last_mut() {
            Some((_, _, before)) if first <= *before => *before = last,
            _ => pieces.push((String::new(), first, last)),
        }
    }
    let sentence = |row: Option<usize>| sheet.rows.get(row?).map(|row| row.sentence);
    if sentence(pieces.first().map(|piece| piece.1)) != sentence(pieces.last().map(|piece| piece.2)) {
        log.span(span, "a sentence of the file ends inside it");
        return None;
    }
    if is_widened {
        log.sub_token_edges(span, "its edges inside a word; the whole word was taken", "entities stand on whole words");
    }
    Some(pieces)
}

/// The mentions of the original whose rows are all still there, and where they are in the text now.
fn mentions_before<'p>(
    sheet: &Sheet<'_>,
    part: Option<&'p Part<'_>>,
) -> (Vec<Before<'p>>, HashMap<Fragments, Vec<usize>>) {
    let mut found = Vec::new();
    let mut by_place: HashMap<Fragments, Vec<usize>> = HashMap::new();
    let Some(part) = part else { return (found, by_place) };
    let now: HashMap<usize, usize> =
        sheet.rows.iter().enumerate().filter_map(|(index, row)| Some((row.old?, index))).collect();
    let spans: HashMap<AnnotationId, &Span> = part.imported.spans.iter().map(|span| (span.id, span)).collect();
    for (id, mention) in &part.mentions {
        let Some(span) = spans.get(id) else { continue };
        let pieces: Option<Vec<_>> = mention
            .pieces
            .iter()
            .map(|piece| Some((piece.content.to_owned(), *now.get(&piece.first.row)?, *now.get(&piece.last.row)?)))
            .collect();
        let Some(pieces) = pieces else { continue };
        let place = |row: usize| sheet.rows.get(row).map(|row| row.place);
        let ranges = pieces.iter().filter_map(|(_, first, last)| Some(place(*first)?.cover(place(*last)?)));
        if let Some(fragments) = Fragments::new(ranges) {
            by_place.entry(fragments).or_default().push(found.len());
        }
        let (entity, label) = (span.entity.as_ref(), &*span.label);
        found.push(Before { entity, label, id: mention.id, pieces, is_used: false });
    }
    (found, by_place)
}

/// Ids of entities as the file has them, and new ones.
struct Ids {
    known: BTreeMap<EntityId, String>,
    next: u64,
    letter: &'static str,
}

impl Ids {
    fn new(part: Option<&Part<'_>>) -> Self {
        let mut ids = Self { known: BTreeMap::new(), next: 1, letter: "e" };
        let mut numbers = 0;
        for (id, mention) in part.iter().flat_map(|part| &part.mentions) {
            let spans = part.map(|part| part.imported.spans.as_slice()).unwrap_or_default();
            let place = spans.binary_search_by_key(id, |span| span.id).ok();
            if let Some(entity) = place.and_then(|place| spans.get(place)?.entity.clone()) {
                ids.known.entry(entity).or_insert_with(|| mention.id.to_owned());
            }
            let digits = mention.id.trim_start_matches(|char: char| char.is_ascii_alphabetic());
            if is_number(mention.id)
                && let Ok(number) = digits.parse::<u64>()
            {
                ids.next = ids.next.max(number.saturating_add(1));
                numbers += usize::from(digits == mention.id);
            }
        }
        if numbers > 0 {
            ids.letter = "";
        }
        ids
    }

    fn of(&mut self, entity: &EntityId) -> String {
        self.known.entry(entity.clone()).or_insert_with(|| id_of(entity)).clone()
    }

    fn new_number(&mut self) -> String {
        let id = format!("{}{}", self.letter, self.next);
        self.next = self.next.saturating_add(1);
        id
    }
}

/// The brackets of a row, with what they are sorted by.
#[derive(Default)]
struct AtRow {
    /// The innermost first: where it begins, and its number.
    closing: Vec<(Reverse<(usize, usize)>, String)>,
    /// The longest first: where it ends, and its number.
    opening: Vec<((Reverse<usize>, usize), String)>,
    single: Vec<(usize, String)>,
}

/// Writes the brackets of those rows at which something is new or gone.
fn write_brackets(sheet: &mut Sheet<'_>, all: &[Written], before: &[Before<'_>], misc_column: Option<usize>) {
    let mut changed: BTreeMap<usize, AtRow> = BTreeMap::new();
    let written = all.iter().filter(|mention| !mention.is_as_before).flat_map(|mention| &mention.pieces);
    for (_, first, last) in written {
        changed.entry(*first).or_default();
        changed.entry(*last).or_default();
    }
    for (_, first, last) in before.iter().filter(|mention| !mention.is_used).flat_map(|mention| &mention.pieces) {
        changed.entry(*first).or_default();
        changed.entry(*last).or_default();
    }
    for (order, mention) in all.iter().enumerate() {
        let count = mention.pieces.len();
        for (index, (content, first, last)) in mention.pieces.iter().enumerate() {
            if first == last {
                if let Some(row) = changed.get_mut(first) {
                    row.single.push((order, content.clone()));
                }
                continue;
            }
            if let Some(row) = changed.get_mut(first) {
                row.opening.push(((Reverse(*last), order), content.clone()));
            }
            if let Some(row) = changed.get_mut(last) {
                let id = if count > 1 { format!("{}[{}/{count}]", mention.id, index + 1) } else { mention.id.clone() };
                row.closing.push((Reverse((*first, order)), id));
            }
        }
    }
    for (index, mut at) in changed {
        at.closing.sort();
        at.opening.sort();
        at.single.sort();
        let closing: Vec<_> = at.closing.into_iter().map(|(_, text)| text).collect();
        let opening: Vec<_> = at.opening.into_iter().map(|(_, text)| text).collect();
        let single: Vec<_> = at.single.into_iter().map(|(_, text)| text).collect();
        let value = brackets::value(&closing, &opening, &single);
        sheet.set_key(index, misc_column, "Entity", value.as_deref());
    }
}

/// Writes spans as tags, in a column or under a key. Gives the spans that were written.
pub(super) fn tags(
    exported: Exported<'_>,
    sheet: &mut Sheet<'_>,
    manner: &Manner,
    wanted: Option<Scheme>,
    sub_token: SubToken,
    log: &mut LossLog<'_, '_>,
) -> BTreeSet<AnnotationId> {
    let nodes = Nodes::new(sheet);
    let cells: Vec<Option<String>> = nodes.rows.iter().map(|row| said(sheet, *row, manner)).collect();
    let old: Vec<Option<(char, &str)>> = cells.iter().map(|cell| cell.as_deref().and_then(parse)).collect();
    let sentences = ranges(&nodes.sentences);
    let mut known = Known::new();
    let mut evidence = SchemeEvidence::default();
    for range in &sentences {
        let in_sentence = old.get(range.clone()).unwrap_or_default();
        evidence.add(in_sentence);
        for (first, end, label) in chunks(in_sentence) {
            known.entry((range.start + first, range.start + end, label.to_owned())).or_default().push(0);
        }
    }
    let scheme = wanted.unwrap_or(if known.is_empty() { Scheme::default() } else { evidence.scheme() });
    let is_converted = !known.is_empty() && scheme != evidence.scheme();
    let all = Tokens { places: &nodes.places, sentences: Some(&nodes.sentences) };
    let placed = place(exported, all, 1, sub_token, known, log);
    let new = tags_of(&placed, 1, nodes.rows.len(), scheme).pop().unwrap_or_default();
    // An original may leave the cells of other words empty.
    let mut kept = nodes.rows.iter().zip(&cells).filter(|(row, _)| is_old(sheet, **row)).peekable();
    let leaves_empty = kept.peek().is_some() && kept.all(|(_, cell)| cell.as_deref() != Some("O"));
    let outside = match &manner.home {
        Home::Column(_) => Some(if leaves_empty { "_" } else { "O" }),
        _ if manner.writes_outside => Some("O"),
        _ => None,
    };
    for range in sentences {
        let before = old.get(range.clone()).unwrap_or_default();
        let now: Vec<_> = new.get(range.clone()).unwrap_or_default().iter().map(|tag| parse(tag)).collect();
        let is_whole = range.clone().all(|node| nodes.rows.get(node).is_some_and(|row| is_old(sheet, *row)));
        if is_whole && !is_converted && chunks(before) == chunks(&now) {
            continue;
        }
        for node in range {
            let (Some(row), Some(tag), Some(cell)) = (nodes.rows.get(node), new.get(node), cells.get(node)) else {
                continue;
            };
            let tag = if tag == "O" { outside } else { Some(&**tag) };
            let stays =
                tag == cell.as_deref() || tag.is_none_or(|tag| parse(tag).is_none()) && parse_cell(cell).is_none();
            let is_new = !is_old(sheet, *row);
            match &manner.home {
                _ if stays && !is_new => {}
                Home::Column(column) => sheet.set_cell(*row, Some(*column), |_| tag.unwrap_or("_").to_owned()),
                Home::Key(key) => sheet.set_key(*row, manner.misc, key, tag),
                Home::Brackets => {}
            }
        }
    }
    placed.iter().map(|placed| placed.span.id).collect()
}

fn parse_cell(cell: &Option<String>) -> Option<(char, &str)> {
    cell.as_deref().and_then(parse)
}

/// True for a row of the original.
fn is_old(sheet: &Sheet<'_>, row: usize) -> bool {
    sheet.rows.get(row).is_some_and(|row| row.old.is_some())
}

/// What a row says in the place where the tags are.
fn said(sheet: &Sheet<'_>, row: usize, manner: &Manner) -> Option<String> {
    let line = sheet.rows.get(row)?.line.trim_end_matches(['\n', '\r']);
    let cell = |column: usize| line.split('\t').nth(column);
    match &manner.home {
        Home::Column(column) => cell(*column).map(str::to_owned),
        Home::Key(key) => misc::get(cell(manner.misc?)?, key).map(str::to_owned),
        Home::Brackets => None,
    }
}

fn ranges(sentences: &[usize]) -> Vec<Range<usize>> {
    let mut start = 0;
    let by_sentence = sentences.chunk_by(|one, other| one == other);
    by_sentence
        .map(|sentence| {
            let range = start..start + sentence.len();
            start = range.end;
            range
        })
        .collect()
}
