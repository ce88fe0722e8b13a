//! Reads sentences of words: the text from forms and the spaces between them, entities from wherever the file has them.

mod ending;

use super::{
    brackets::Fields,
    manner::{COLUMNS_LINE, ENTITY_LINE, Home, Manner, RowId},
    mentions::{Collector, Mention, Node},
    misc,
};
use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Warning,
        conll::source::{Line, Source},
        reading::{Delivery, imported_from},
    },
    model::{AnnotationId, Name, Provenance},
    text::{ByteOffset, TextRange},
};
use smallvec::SmallVec;
use std::{borrow::Cow, collections::HashMap, ops::Range};

/// From this length on, in bytes of the file, a text becomes another article at the next sentence.
pub(super) const LONG: usize = 16 << 20;
/// The same, also where a sentence or a document does not end.
const LONGEST: usize = 64 << 20;
/// How many warnings of an article are said one by one.
const NAMED: usize = 100;

/// A row that was read.
#[derive(Clone, Debug)]
pub(super) struct RowPlace {
    /// The line, in the decoded text of the file.
    pub line: Range<usize>,
    pub id: RowId,
    /// What it covers in the text of the article.
    pub place: TextRange,
}

/// A sentence that was read.
#[derive(Clone, Debug)]
pub(super) struct SentencePlace {
    /// Where its comments begin, in the decoded text of the file.
    pub start: usize,
    pub rows: Range<usize>,
    /// From its first token to its last, in the text of the article.
    pub place: TextRange,
}

/// An article with the places of what it was read from.
#[derive(Clone, Debug)]
pub(super) struct Part<'s> {
    pub imported: Imported,
    pub rows: Vec<RowPlace>,
    pub sentences: Vec<SentencePlace>,
    /// Those in brackets, with their spans.
    pub mentions: Vec<(AnnotationId, Mention<'s>)>,
}

/// Reads all articles of a file; in `manner` if that is known already.
pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    manner: Option<&Manner>,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let source = Source::new(input, options);
    let manner = manner.cloned().unwrap_or_else(|| Manner::detect(source.sample()));
    let mut delivery = Delivery::new(&input.name, article);
    for warning in &source.warnings {
        delivery.warn(warning.line, warning.message.clone());
    }
    let mut reader = Reader::new(input, options, &source, &manner);
    reader.all(&mut delivery);
    delivery
        .finish("there are no words in it: a row has a number, a form and eight more columns, with tabs between them")
}

/// Reads the one article of a part of a file.
pub(super) fn read_part<'s>(
    input: &'s Input<'s>,
    options: &'s ReadOptions,
    source: &'s Source<'s>,
    manner: &'s Manner,
) -> Option<Part<'s>> {
    let mut found = Vec::new();
    let mut keep = |imported| found.push(imported);
    let mut delivery = Delivery::new(&input.name, &mut keep);
    let mut reader = Reader::new(input, options, source, manner);
    reader.kept = Some(Kept::default());
    reader.all(&mut delivery);
    let kept = reader.kept.take()?;
    delivery.finish("").ok()?;
    let imported = found.pop().filter(|_| found.is_empty())?;
    Some(Part { imported, rows: kept.rows, sentences: kept.sentences, mentions: kept.mentions })
}

#[derive(Default)]
struct Kept<'s> {
    rows: Vec<RowPlace>,
    sentences: Vec<SentencePlace>,
    mentions: Vec<(AnnotationId, Mention<'s>)>,
}

/// What stands behind the latest token.
#[derive(Default)]
struct Gap<'s> {
    text: Cow<'s, str>,
    /// False if the file says so itself.
    is_usual: bool,
}

/// A token of several words.
struct Several {
    last: u32,
    place: TextRange,
    /// Its first word among those of the sentence.
    first: usize,
    /// How far the forms of its words put together are the token; `None` if they are not.
    covered: Option<usize>,
}

/// A word of the sentence.
struct Word<'s> {
    node: Node,
    is_empty: bool,
    /// What its row says of entities.
    said: Option<&'s str>,
    line: usize,
}

struct Open<'s> {
    imported: Imported,
    start: usize,
    gap: Gap<'s>,
    warned: usize,
    mentions: Collector<'s>,
    /// Sentences whose text is another one in the comment: the line of the first, and how many.
    other_text: Option<(usize, usize)>,
}

struct Reader<'s> {
    input: &'s Input<'s>,
    options: &'s ReadOptions,
    source: &'s Source<'s>,
    manner: &'s Manner,
    fields: Fields,
    provenance: Provenance,
    labels: HashMap<&'s str, Name>,
    head: usize,
    count: usize,
    current: Option<Open<'s>>,
    /// The comments of the sentence: where they begin in the bytes and in the text.
    block: Option<(usize, usize)>,
    stated_text: Option<(&'s str, usize)>,
    is_paragraph: bool,
    words: Vec<Word<'s>>,
    token: Option<Several>,
    next: u32,
    /// Where the text of the sentence begins, and its first row.
    sentence: Option<(usize, usize)>,
    kept: Option<Kept<'s>>,
    /// Warnings of lines before the first article.
    early: Vec<Warning>,
}

impl<'s> Reader<'s> {
    fn new(input: &'s Input<'s>, options: &'s ReadOptions, source: &'s Source<'s>, manner: &'s Manner) -> Self {
        let is_head = |line: &Line<'_>| line.text.starts_with("# global.");
        let head = match input.before.bytes {
            0 => source.lines().take_while(is_head).last().map_or(0, |line| line.end),
            _ => 0,
        };
        Self {
            input,
            options,
            source,
            manner,
            fields: manner.fields.clone(),
            provenance: imported_from("conllu", options.time),
            labels: HashMap::new(),
            head,
            count: 0,
            current: None,
            block: None,
            stated_text: None,
            is_paragraph: false,
            words: Vec::new(),
            token: None,
            next: 1,
            sentence: None,
            kept: None,
            early: Vec::new(),
        }
    }

    fn all(&mut self, delivery: &mut Delivery<'_>) {
        let source = self.source;
        let mut end = source.mark_length();
        for line in source.lines() {
            end = line.end;
            self.line(line, delivery);
        }
        self.end_sentence();
        self.end_article(end, delivery);
        for warning in std::mem::take(&mut self.early) {
            delivery.warn(warning.line, warning.message);
        }
    }

    fn line(&mut self, line: Line<'s>, delivery: &mut Delivery<'_>) {
        if line.text.trim_ascii().is_empty() {
            self.end_sentence();
            self.block = None;
        } else if line.text.starts_with('#') {
            self.comment(line, delivery);
        } else {
            self.row(line, delivery);
        }
    }

    fn comment(&mut self, line: Line<'s>, delivery: &mut Delivery<'_>) {
        let text = line.text;
        if self.sentence.is_some() {
            self.warn(Some(line.number), || "a comment stands between the words of a sentence".to_owned());
            return;
        }
        let (start, _) = *self.block.get_or_insert((line.start, line.text_start));
        if let Some(rest) = text.strip_prefix("# newdoc") {
            if self.current.as_ref().is_some_and(|open| !open.imported.text.is_empty()) {
                self.end_article(start, delivery);
            }
            let id = rest.trim().strip_prefix("id").map(|id| id.trim_start_matches([' ', '=']).trim());
            let open = self.open(start);
            if let Some(id) = id.filter(|id| !id.is_empty()) {
                id.clone_into(&mut open.imported.wanted_id);
            }
        } else if text.starts_with("# newpar") {
            self.is_paragraph = true;
        } else if let Some(stated) = text.strip_prefix("# text = ") {
            self.stated_text = Some((stated, line.number));
        } else if let Some(fields) = text.strip_prefix(ENTITY_LINE) {
            self.fields = Fields::parse(fields);
        } else if text.starts_with(COLUMNS_LINE) && line.text_start > self.head {
            self.warn(Some(line.number), || "columns are declared in the first line only; not used".to_owned());
        }
    }

    fn row(&mut self, line: Line<'s>, delivery: &mut Delivery<'_>) {
        let cells: SmallVec<[&'s str; 16]> = line.text.split('\t').collect();
        let manner = self.manner;
        let cell = |column: usize| cells.get(column).copied();
        let least = manner.least();
        if cells.len() < least {
            let count = cells.len();
            self.warn(Some(line.number), || format!("the row has {count} columns and not {least}, and was left out"));
            return;
        }
        let Some(id) = cell(manner.id).and_then(RowId::parse) else {
            self.warn(Some(line.number), || "the row has no number such as 3, 3-4 or 3.1, and was left out".to_owned());
            return;
        };
        let Some(form) = cell(manner.form).filter(|form| !form.trim().is_empty()) else {
            self.warn(Some(line.number), || "the row has no form and was left out".to_owned());
            return;
        };
        let misc = manner.misc.and_then(cell).unwrap_or("_");
        if self.sentence.is_none() {
            self.begin_sentence(&line, delivery);
        }
        let place = match id {
            RowId::Range(first, last) => {
                let place = self.push(form, misc, line.start);
                if first != self.next || self.token.is_some() {
                    self.warn(Some(line.number), || format!("the words {first}-{last} do not follow here"));
                }
                let first = self.words.len();
                self.token = Some(Several { last, place, first, covered: Some(0) });
                place
            }
            RowId::Empty(..) => TextRange::at(ByteOffset::from_usize(self.open(line.start).imported.text.len())),
            RowId::Word(number) => {
                if number != self.next {
                    let next = self.next;
                    self.warn(Some(line.number), || format!("the word has the number {number} and not {next}"));
                }
                self.next = number.saturating_add(1);
                if let Some(token) = self.token.take_if(|token| number > token.last) {
                    self.end_token(&token);
                }
                match &mut self.token {
                    Some(token) => {
                        let text = self.current.as_ref().map_or("", |open| &open.imported.text);
                        part_of(token, form, text)
                    }
                    None => self.push(form, misc, line.start),
                }
            }
        };
        let said = match &manner.home {
            Home::Brackets => misc::get(misc, "Entity").filter(|_| misc.contains("Entity=")),
            Home::Key(key) => misc::get(misc, key),
            Home::Column(column) => cell(*column),
        };
        let row = self.kept.as_mut().map_or(0, |kept| {
            kept.rows.push(RowPlace { line: line.text_start..line.text_end, id, place });
            kept.rows.len() - 1
        });
        if !matches!(id, RowId::Range(..)) {
            let is_empty = matches!(id, RowId::Empty(..));
            self.words.push(Word { node: Node { row, place }, is_empty, said, line: line.number });
        }
    }

    /// Adds a token to the text, behind the spaces that the one before asked for.
    fn push(&mut self, form: &str, misc: &'s str, start: usize) -> TextRange {
        let has_spaces = misc.contains("Space");
        let before = misc::get(misc, "SpacesBefore").filter(|_| has_spaces);
        let before = before.map(misc::from_spaces).unwrap_or_default();
        let gap = match misc::get(misc, "SpacesAfter").filter(|_| has_spaces) {
            _ if has_spaces && misc::get(misc, "SpaceAfter") == Some("No") => Gap::default(),
            Some(spaces) => Gap { text: misc::from_spaces(spaces), is_usual: false },
            None => Gap { text: Cow::Borrowed(" "), is_usual: true },
        };
        let open = self.open(start);
        let text = &mut open.imported.text;
        text.push_str(&open.gap.text);
        text.push_str(&before);
        let start = ByteOffset::from_usize(text.len());
        text.push_str(form);
        open.gap = gap;
        TextRange::new(start, ByteOffset::from_usize(text.len()))
    }

    fn begin_sentence(&mut self, line: &Line<'s>, delivery: &mut Delivery<'_>) {
        let (start, text_start) = self.block.take().unwrap_or((line.start, line.text_start));
        if let Some(open) = &self.current {
            let length = start.saturating_sub(open.start);
            let has_mentions = open.mentions.waits();
            if length >= LONGEST || length >= LONG && !has_mentions {
                self.end_article(start, delivery);
            }
        }
        let is_paragraph = std::mem::take(&mut self.is_paragraph);
        let open = self.open(start);
        if open.gap.is_usual {
            let is_first = open.imported.text.is_empty();
            open.gap.text = if is_first {
                ""
            } else if is_paragraph {
                "\n\n"
            } else {
                "\n"
            }
            .into();
        }
        let text = open.imported.text.len() + open.gap.text.len();
        let first = self.kept.as_ref().map_or(0, |kept| kept.rows.len());
        self.sentence = Some((text, first));
        if let Some(kept) = &mut self.kept {
            let place = TextRange::at(ByteOffset::from_usize(text));
            kept.sentences.push(SentencePlace { start: text_start, rows: first..first, place });
        }
    }

    fn open(&mut self, start: usize) -> &mut Open<'s> {
        if self.current.is_none() {
            self.count += 1;
        }
        let (input, count, source) = (self.input, self.count, self.source);
        let before = input.before.bytes;
        let early = &mut self.early;
        // What stands before the first article belongs to it.
        let start = if count == 1 { self.head } else { start };
        self.current.get_or_insert_with(|| {
            let stem = input.stem();
            let id = match count {
                _ if before > 0 => format!("{stem}-{}", before + start as u64),
                1 if source.text.len() < LONG => stem.to_owned(),
                _ => format!("{stem}-{count}"),
            };
            let mut imported = Imported::new(&id, String::new());
            imported.warnings.append(early);
            Open { imported, start, gap: Gap::default(), warned: 0, mentions: Collector::default(), other_text: None }
        })
    }

    fn warn(&mut self, line: Option<usize>, message: impl FnOnce() -> String) {
        let line = line.map(|line| self.input.before.lines + line);
        let warned = match &mut self.current {
            Some(open) => {
                open.warned += 1;
                open.warned
            }
            None => self.early.len() + 1,
        };
        if warned <= NAMED {
            let warning = Warning { file: self.input.name.clone(), line, message: message() };
            let warnings = self.current.as_mut().map_or(&mut self.early, |open| &mut open.imported.warnings);
            warnings.push(warning);
        }
    }

    fn end_token(&mut self, token: &Several) {
        let is_covered = token.covered == Some(token.place.to_usize().len());
        for word in self.words.iter_mut().skip(token.first).filter(|word| !word.is_empty) {
            if !is_covered {
                word.node.place = token.place;
            }
            if let Some(row) = self.kept.as_mut().and_then(|kept| kept.rows.get_mut(word.node.row)) {
                row.place = word.node.place;
            }
        }
    }
}

/// The part of a token that a word is, if the words put together are the token; the whole token otherwise.
fn part_of(token: &mut Several, form: &str, text: &str) -> TextRange {
    let whole = token.place.to_usize();
    let rest = token.covered.and_then(|covered| text.get(whole.start + covered..whole.end));
    match rest.filter(|rest| rest.starts_with(form)) {
        Some(_) => {
            let start = whole.start + token.covered.unwrap_or(0);
            token.covered = Some(start + form.len() - whole.start);
            TextRange::from_usize(start, start + form.len())
        }
        None => {
            token.covered = None;
            token.place
        }
    }
}
