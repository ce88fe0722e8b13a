//! What becomes of a sentence and of an article when they end: spans and entities, and warnings about the whole.

use super::{NAMED, Reader, Word};
use crate::{
    format::{
        Imported, Warning,
        conll::tags::{chunks, parse},
        conllu::{
            brackets::events,
            manner::Home,
            mentions::{Mention, entity_of, fragments},
            misc,
        },
        reading::{Delivery, line_ending},
    },
    model::{AnnotationId, Attributes, Entity, FilePart, Fragments, Name, Provenance, Span, Status},
    text::{ByteOffset, TextRange},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

impl<'s> Reader<'s> {
    pub(super) fn end_sentence(&mut self) {
        if let Some(token) = self.token.take() {
            self.end_token(&token);
        }
        self.next = 1;
        let words = std::mem::take(&mut self.words);
        let stated = self.stated_text.take();
        let Some((start, first)) = self.sentence.take() else { return };
        if let (Some((stated, line)), Some(open)) = (stated, &mut self.current) {
            let found = open.imported.text.get(start..).unwrap_or_default();
            let is_same = found == stated
                || found.split_whitespace().flat_map(str::chars).eq(stated.split_whitespace().flat_map(str::chars));
            if !is_same {
                let (_, count) = open.other_text.get_or_insert((line, 0));
                *count += 1;
            }
        }
        if let Some(kept) = &mut self.kept {
            let end = self.current.as_ref().map_or(start, |open| open.imported.text.len());
            let rows = first..kept.rows.len();
            if let Some(sentence) = kept.sentences.last_mut() {
                sentence.rows = rows;
                sentence.place = TextRange::from_usize(start, end.max(start));
            }
        }
        match self.manner.home {
            Home::Brackets => {
                for word in &words {
                    for event in word.said.map(events).unwrap_or_default() {
                        let Some(open) = &mut self.current else { continue };
                        if let Some(problem) = open.mentions.take(event, &self.fields, word.node, word.line) {
                            self.warn(Some(word.line), || problem);
                        }
                    }
                }
            }
            Home::Key(_) | Home::Column(_) => self.tags(&words),
        }
        self.words = words;
        self.words.clear();
    }

    fn tags(&mut self, words: &[Word<'s>]) {
        let words: Vec<_> = words.iter().filter(|word| !word.is_empty).collect();
        let tags: Vec<_> = words.iter().map(|word| word.said.and_then(parse)).collect();
        for (first, end, label) in chunks(&tags) {
            let last = end.checked_sub(1).and_then(|last| words.get(last));
            let Some((first, last)) = words.get(first).zip(last) else { continue };
            let fragments = Fragments::one(first.node.place.cover(last.node.place));
            let label = self.labels.entry(label).or_insert_with(|| label.into()).clone();
            let provenance = self.provenance.clone();
            if let Some(open) = &mut self.current {
                let id = id_from(open.imported.spans.len());
                open.imported.spans.push(span(id, label, fragments, provenance));
            }
        }
    }

    pub(super) fn end_article(&mut self, end: usize, delivery: &mut Delivery<'_>) {
        self.end_sentence();
        let open = self.current.as_ref().map(|open| open.mentions.open()).unwrap_or_default();
        for (id, line) in open {
            self.warn(line, || format!("the mention of {id} is not closed; it was left out"));
        }
        let Some(mut open) = self.current.take() else { return };
        if !open.gap.is_usual {
            open.imported.text.push_str(&open.gap.text);
        }
        let file = &self.input.name;
        if let Some((line, count)) = open.other_text {
            let message = match count {
                1 => "the words are not those of the comment with the text; the words were taken".to_owned(),
                _ => format!(
                    "the words are not those of the comment with the text, in {count} sentences; the words were taken"
                ),
            };
            let line = Some(self.input.before.lines + line);
            open.imported.warnings.push(Warning { file: file.clone(), line, message });
        }
        if open.warned > NAMED {
            let message = format!("there are {} more such places", open.warned - NAMED);
            open.imported.warnings.push(Warning { file: file.clone(), line: None, message });
        }
        self.mentions(open.mentions.done, &mut open.imported);
        let mut imported = open.imported;
        imported.metadata.language.clone_from(&self.options.default_language);
        let origin = &mut imported.metadata.origin;
        origin.file.clone_from(file);
        origin.encoding.clone_from(&self.source.encoding);
        origin.byte_order_mark = self.source.byte_order_mark;
        origin.line_ending = line_ending(&imported.text);
        if self.source.is_mapped && self.source.encoding == "utf-8" {
            let place = |offset: usize| self.input.before.bytes.saturating_add(offset as u64);
            let part = FilePart::Bytes { head: self.head as u64, start: place(open.start), end: place(end) };
            imported.kept = Some(part);
        }
        delivery.push(imported);
    }

    /// Makes spans of mentions, and entities of those that several of them share.
    fn mentions(&mut self, mut mentions: Vec<Mention<'s>>, imported: &mut Imported) {
        mentions.sort_by_key(|mention| {
            let hull = fragments(mention).map(|fragments| fragments.hull());
            hull.map(|hull| (hull.start(), Reverse(hull.end())))
        });
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for mention in &mentions {
            *counts.entry(mention.id).or_default() += 1;
        }
        let mut entities = BTreeMap::new();
        for mention in mentions {
            let Some(fragments) = fragments(&mention) else { continue };
            let label = self.labels.entry(mention.label).or_insert_with(|| match mention.label {
                "" => "mention".into(),
                label => misc::unescaped(label).into(),
            });
            let label = label.clone();
            let is_shared = counts.get(mention.id).is_some_and(|count| *count > 1);
            let entity = entity_of(mention.id, is_shared, &imported.wanted_id);
            if let Some(id) = &entity {
                entities.entry(id.clone()).or_insert_with(|| Entity {
                    id: id.clone(),
                    name: fragments.surface(&imported.text),
                    kind: label.clone(),
                    aliases: Vec::new(),
                    identifiers: BTreeMap::new(),
                    note: String::new(),
                });
            }
            let id = id_from(imported.spans.len());
            let made = span(id, label, fragments, self.provenance.clone());
            imported.spans.push(Span { entity, ..made });
            if let Some(kept) = &mut self.kept {
                kept.mentions.push((id, mention));
            }
        }
        imported.entities.extend(entities.into_values());
    }
}

fn id_from(count: usize) -> AnnotationId {
    AnnotationId(ByteOffset::from_usize(count + 1).0)
}

fn span(id: AnnotationId, label: Name, fragments: Fragments, provenance: Provenance) -> Span {
    Span {
        id,
        label,
        fragments,
        attributes: Attributes::new(),
        entity: None,
        note: String::new(),
        provenance,
        status: Status::Accepted,
        corrected_from: None,
    }
}
