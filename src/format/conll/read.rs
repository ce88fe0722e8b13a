//! Reads tokens with tags, in any of the usual schemes and column orders.

use super::{
    DOCUMENT, Flavor,
    dialect::Dialect,
    source::{Line, Source, Stretch, sample},
    tags::chunks,
};
use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Recognition, Warning,
        batches::{Share, for_batches},
        reading::{Delivery, imported_from, utf8},
    },
    model::{AnnotationId, Attributes, FilePart, Fragments, Name, Provenance, Span, Status},
    text::{ByteOffset, TextRange},
};
use std::{collections::HashMap, convert::Infallible};

/// From this length on, in bytes of the file, a text without `-DOCSTART-` becomes another article at the next sentence.
pub(super) const LONG: usize = 4 << 20;
/// The same for a document, and for a sentence.
const LONGEST: usize = 64 << 20;
/// About how many bytes of documents are read by one core, and how many such stretches wait for each. Few bytes where readers are
/// fuzzed, whose files are small.
const STRETCH: usize = if cfg!(fuzzing) { 64 } else { 1 << 17 };
const AT_ONCE: Share = Share { items: 4, bytes: LONGEST };
/// How many damaged lines of an article are named one by one.
const NAMED: usize = 100;

/// How sure a reader is of a file, from its first rows.
pub(super) fn recognize(flavor: Flavor, input: &Input<'_>) -> Recognition {
    let start = input.bytes.get(..input.bytes.len().min(1 << 16)).unwrap_or_default();
    let decoded = utf8(start);
    let text = match input.bytes.len() > start.len() {
        true => sample(&decoded.text, decoded.text.len().saturating_sub(1)),
        false => &decoded.text,
    };
    let Some((dialect, rows)) = Dialect::detect(text, None) else { return Recognition::No };
    // WebAnno numbers tokens with their sentence: `1-1`.
    let is_webanno = |line: &str| {
        let number = line.split('\t').next().and_then(|cell| cell.split_once('-'));
        number.is_some_and(|(one, other)| one.parse::<u32>().is_ok() && other.parse::<u32>().is_ok())
    };
    if text.lines().filter(|line| !line.is_empty() && !line.trim_start().starts_with('#')).all(is_webanno) {
        return Recognition::No;
    }
    let is_ours = flavor.format().info().extensions.contains(&&*input.extension());
    let is_nested = dialect.tags.len() > 1;
    match (flavor, is_ours, dialect.is_bare, rows) {
        (Flavor::Germeval, ..) if is_nested => Recognition::Certain,
        (Flavor::Germeval, ..) => Recognition::No,
        (Flavor::Conll, true, false, _) => Recognition::Certain,
        (Flavor::Conll, false, false, 3..) => Recognition::Likely,
        (Flavor::Conll, true, true, 3..) => Recognition::Likely,
        (Flavor::Conll, ..) => Recognition::No,
    }
}

/// A row that was read.
#[derive(Clone, Debug)]
pub(super) struct RowPlace {
    /// The line, in the decoded text of the file.
    pub line: std::ops::Range<usize>,
    /// The token, in the text of the article.
    pub place: TextRange,
    /// The number of its sentence.
    pub sentence: usize,
}

/// Reads all articles of a file; in `dialect` if it is known already.
pub(super) fn read(
    flavor: Flavor,
    input: &Input<'_>,
    options: &ReadOptions,
    dialect: Option<&Dialect>,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let source = Source::new(input, options);
    let token = token_column(options);
    let found = dialect.cloned().or_else(|| {
        let from_start = Dialect::detect(source.sample(), token);
        from_start.or_else(|| Dialect::detect(&source.text, token)).map(|(dialect, _)| dialect)
    });
    let Some(dialect) = found else {
        let empty = source.lines().all(|line| line.text.trim().is_empty() || line.text.starts_with(DOCUMENT));
        let reason = match empty {
            true => "there are no tokens in it",
            false => "no column holds tags such as O, B-PER and I-PER in every line",
        };
        return Err(FormatError::Unreadable { file: input.name.clone(), line: None, reason: reason.to_owned() });
    };
    let mut delivery = Delivery::new(&input.name, article);
    for warning in &source.warnings {
        delivery.warn(warning.line, warning.message.clone());
    }
    if dialect.is_bare {
        delivery.warn(None, "the labels have no B- and I-; neighbours with one label were read as one span");
    }
    let stretches = match flavor {
        Flavor::Conll => source.stretches(DOCUMENT, STRETCH, LONGEST),
        // Sentences of one article follow those of another without a mark.
        Flavor::Germeval => Vec::new(),
    };
    if stretches.len() < 2 {
        Reader::new(flavor, input, options, &source, &dialect).all(&mut delivery);
        return delivery.finish("there are no tokens in it");
    }
    let (name, before) = (&input.name, input.before);
    let read = |stretch: Stretch| {
        let mut found = Vec::new();
        let mut keep = |imported| found.push(imported);
        let mut delivery = Delivery::new(name, &mut keep);
        let input = Input { before, ..Input::alone(name.clone(), &[]) };
        let new = Reader::new(flavor, &input, options, &source, &dialect);
        let mut reader = Reader { count: stretch.marks, ..new };
        reader.lines(source.lines_of(&stretch), &mut delivery);
        // There is one for each mark at least.
        let _ = delivery.finish("");
        found
    };
    let Ok(()) = for_batches(
        AT_ONCE,
        &mut stretches.into_iter(),
        |stretch| stretch.text.len(),
        read,
        |found| {
            found.into_iter().for_each(|imported| delivery.push(imported));
            Ok::<(), Infallible>(())
        },
    );
    delivery.finish("there are no tokens in it")
}

/// The number from 0 of the column with the tokens, if it was chosen.
pub(super) fn token_column(options: &ReadOptions) -> Option<usize> {
    options.text_column.as_ref()?.trim().parse::<usize>().ok()?.checked_sub(1)
}

/// Reads the one article of a part of a file, with the places of its rows.
pub(super) fn read_rows(
    flavor: Flavor,
    input: &Input<'_>,
    options: &ReadOptions,
    source: &Source<'_>,
    dialect: &Dialect,
) -> Option<(Imported, Vec<RowPlace>)> {
    let mut found = Vec::new();
    let mut keep = |imported| found.push(imported);
    let mut delivery = Delivery::new(&input.name, &mut keep);
    let mut reader = Reader::new(flavor, input, options, source, dialect);
    reader.rows = Some(Vec::new());
    reader.all(&mut delivery);
    let rows = reader.rows.take()?;
    delivery.finish("").ok()?;
    let one = found.pop().filter(|_| found.is_empty())?;
    Some((one, rows))
}

/// The article that is being read.
struct Open {
    imported: Imported,
    /// Where it begins in the file.
    start: usize,
    is_document: bool,
    /// How many of its lines were damaged.
    damaged: usize,
    /// What the comments name as its source: nothing yet, one, or several.
    origin: Option<Option<String>>,
}

struct Reader<'s> {
    flavor: Flavor,
    input: &'s Input<'s>,
    options: &'s ReadOptions,
    source: &'s Source<'s>,
    dialect: &'s Dialect,
    provenance: Provenance,
    labels: HashMap<&'s str, Name>,
    current: Option<Open>,
    /// The tokens of the sentence, and their tags in each column.
    places: Vec<TextRange>,
    tags: Vec<Vec<Option<(char, &'s str)>>>,
    sentences: usize,
    count: usize,
    has_documents: bool,
    wanted_id: Option<&'s str>,
    is_behind_blank: bool,
    rows: Option<Vec<RowPlace>>,
}

impl<'s> Reader<'s> {
    fn new(
        flavor: Flavor,
        input: &'s Input<'s>,
        options: &'s ReadOptions,
        source: &'s Source<'s>,
        dialect: &'s Dialect,
    ) -> Self {
        Self {
            flavor,
            input,
            options,
            source,
            dialect,
            provenance: imported_from(flavor.format().info().name, options.time),
            labels: HashMap::new(),
            current: None,
            places: Vec::new(),
            tags: vec![Vec::new(); dialect.tags.len()],
            sentences: 0,
            count: 0,
            has_documents: input.before.bytes > 0
                || source.text.len() > LONG
                || source.text.match_indices(DOCUMENT).nth(1).is_some(),
            wanted_id: None,
            is_behind_blank: false,
            rows: None,
        }
    }

    fn all(&mut self, delivery: &mut Delivery<'_>) {
        self.lines(self.source.lines(), delivery);
    }

    fn lines(&mut self, lines: impl Iterator<Item = Line<'s>>, delivery: &mut Delivery<'_>) {
        let mut end = self.source.mark_length();
        for line in lines {
            end = line.end;
            self.line(line, delivery);
        }
        self.end_sentence();
        self.end_article(end, delivery);
    }

    fn line(&mut self, line: Line<'s>, delivery: &mut Delivery<'_>) {
        if line.text.trim_ascii().is_empty() {
            self.end_sentence();
            self.is_behind_blank = true;
            return;
        }
        if line.text.starts_with(DOCUMENT) {
            self.end_sentence();
            self.end_article(line.start, delivery);
            self.open(line.start).is_document = true;
            return;
        }
        self.cut_if_long(line.start, delivery);
        self.is_behind_blank = false;
        let row = self.dialect.row(line.text);
        if row.is_none() && line.text.starts_with('#') {
            self.comment(line, delivery);
            return;
        }
        match row {
            Some(row) => {
                let is_first = self.places.is_empty();
                let sentence = self.sentences;
                let article = self.open(line.start);
                if is_first && !article.imported.text.is_empty() {
                    article.imported.text.push('\n');
                } else if !is_first {
                    article.imported.text.push(' ');
                }
                let start = ByteOffset::from_usize(article.imported.text.len());
                article.imported.text.push_str(row.token);
                let place = TextRange::new(start, ByteOffset::from_usize(article.imported.text.len()));
                self.places.push(place);
                for (column, cell) in self.tags.iter_mut().zip(row.tags) {
                    column.push(self.dialect.tag(cell));
                }
                if let Some(rows) = &mut self.rows {
                    rows.push(RowPlace { line: line.text_start..line.text_end, place, sentence });
                }
            }
            None => self.damaged(line),
        }
        // A comment between the rows of an article names no other one.
        self.wanted_id = None;
    }

    /// Begins another article where the present one is long enough.
    fn cut_if_long(&mut self, start: usize, delivery: &mut Delivery<'_>) {
        let Some(open) = &self.current else { return };
        let length = start - open.start;
        let limit = if open.is_document { LONGEST } else { LONG };
        if length >= LONGEST || length >= limit && self.is_behind_blank && self.places.is_empty() {
            self.end_sentence();
            self.end_article(start, delivery);
            self.open(start);
        }
    }

    fn comment(&mut self, line: Line<'s>, delivery: &mut Delivery<'_>) {
        if let Some(id) = line.text.strip_prefix("# id = ") {
            let has_text = self.current.as_ref().is_some_and(|open| !open.imported.text.is_empty());
            if has_text && self.flavor == Flavor::Germeval {
                self.end_sentence();
                self.end_article(line.start, delivery);
                self.wanted_id = Some(id.trim());
                self.open(line.start);
                return;
            }
            match self.current.as_mut().filter(|_| !has_text) {
                Some(open) => open.imported.wanted_id = id.trim().to_owned(),
                None => self.wanted_id = Some(id.trim()),
            }
        } else if let Some(origin) = line.text.strip_prefix("#\t").filter(|_| self.flavor == Flavor::Germeval) {
            let open = self.open(line.start);
            match &mut open.origin {
                None => open.origin = Some(Some(origin.to_owned())),
                Some(known) if known.as_deref() != Some(origin) => *known = None,
                Some(_) => {}
            }
        }
    }

    fn damaged(&mut self, line: Line<'s>) {
        let named = self.dialect.tags.first().map_or(0, |column| column + 1);
        let (file, number) = (self.input.name.clone(), self.input.before.lines + line.number);
        let open = self.open(line.start);
        open.damaged += 1;
        if open.damaged <= NAMED {
            let message =
                format!("the line has no tag such as O or B-PER in column {named} and was left out: {:?}", line.text);
            open.imported.warnings.push(Warning { file, line: Some(number), message });
        }
    }

    fn open(&mut self, start: usize) -> &mut Open {
        if self.current.is_none() {
            self.count += 1;
        }
        let (stem, count) = (self.input.stem(), self.count);
        let has_documents = self.has_documents;
        // What stands before the first article belongs to it. In parts of a file only places are known, no numbers.
        let start = if count == 1 { 0 } else { start };
        let before = self.input.before.bytes;
        let wanted = &mut self.wanted_id;
        self.current.get_or_insert_with(|| {
            let id = match wanted.take() {
                Some(id) => id.to_owned(),
                None if before > 0 => format!("{stem}-{}", before + start as u64),
                None if has_documents => format!("{stem}-{count}"),
                None => stem.to_owned(),
            };
            let imported = Imported::new(&id, String::new());
            Open { imported, start, is_document: false, damaged: 0, origin: None }
        })
    }

    fn end_sentence(&mut self) {
        if self.places.is_empty() {
            return;
        }
        self.sentences += 1;
        let Some(open) = &mut self.current else { return };
        for column in &mut self.tags {
            if column.iter().any(Option::is_some) {
                for (first, end, label) in chunks(column) {
                    let last = end.checked_sub(1).and_then(|last| self.places.get(last));
                    let Some(range) = self.places.get(first).zip(last).map(|(first, last)| first.cover(*last)) else {
                        continue;
                    };
                    let spans = &mut open.imported.spans;
                    spans.push(Span {
                        id: AnnotationId(ByteOffset::from_usize(spans.len() + 1).0),
                        label: self.labels.entry(label).or_insert_with(|| label.into()).clone(),
                        fragments: Fragments::one(range),
                        attributes: Attributes::new(),
                        entity: None,
                        note: String::new(),
                        provenance: self.provenance.clone(),
                        status: Status::Accepted,
                        corrected_from: None,
                    });
                }
            }
            column.clear();
        }
        self.places.clear();
    }

    fn end_article(&mut self, end: usize, delivery: &mut Delivery<'_>) {
        let Some(Open { mut imported, start, damaged, origin, .. }) = self.current.take() else { return };
        let metadata = &mut imported.metadata;
        metadata.language.clone_from(&self.options.default_language);
        metadata.origin.file.clone_from(&self.input.name);
        metadata.origin.encoding.clone_from(&self.source.encoding);
        metadata.origin.byte_order_mark = self.source.byte_order_mark;
        if let Some(Some(origin)) = origin {
            let (source, date) = origin.split_once('\t').unwrap_or((&origin, ""));
            let field = if source.contains("://") { &mut metadata.url } else { &mut metadata.source };
            source.trim().clone_into(field);
            date.trim().trim_matches(['[', ']']).clone_into(&mut metadata.date);
        }
        if damaged > NAMED {
            let message = format!("{} more lines have no tag and were left out", damaged - NAMED);
            imported.warnings.push(Warning { file: self.input.name.clone(), line: None, message });
        }
        if self.source.is_mapped {
            let before = self.input.before.bytes;
            let place = |offset: usize| before.saturating_add(offset as u64);
            imported.kept = Some(FilePart::Bytes { head: 0, start: place(start), end: place(end) });
        }
        delivery.push(imported);
    }
}
