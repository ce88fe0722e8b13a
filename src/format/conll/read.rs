//! Reads tokens with tags, in any of the usual schemes and column orders.

use super::{
    DOCUMENT,
    tags::{chunks, is_tag, parse},
};
use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Recognition,
        reading::{Delivery, imported_from, utf8},
    },
    model::{AnnotationId, Attributes, Fragments, Span, Status},
    text::{ByteOffset, TextRange},
};

pub(super) fn recognize(input: &Input<'_>) -> Recognition {
    let start = input.bytes.get(..input.bytes.len().min(8192)).unwrap_or_default();
    let decoded = utf8(start);
    let mut lines: Vec<_> = decoded.text.lines().collect();
    if input.bytes.len() > start.len() {
        // The last one may be cut.
        lines.pop();
    }
    let is_ours = super::super::Format::info(&super::Conll).extensions.contains(&&*input.extension());
    let Some(layout) = Layout::detect(&lines) else { return Recognition::No };
    match (is_ours, layout.has_prefixes, layout.rows) {
        (true, true, _) => Recognition::Certain,
        (false, true, 3..) => Recognition::Likely,
        (true, false, 3..) => Recognition::Likely,
        _ => Recognition::No,
    }
}

/// Which columns hold what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Layout {
    by_tab: bool,
    columns: usize,
    token: usize,
    /// Usually one; two for the outer and inner spans of GermEval.
    tags: Vec<usize>,
    /// False if labels stand bare, without `B-` and `I-`.
    has_prefixes: bool,
    rows: usize,
}

impl Layout {
    fn detect(lines: &[&str]) -> Option<Self> {
        let by_tab = lines.iter().any(|line| !line.starts_with('#') && line.trim_end().contains('\t'));
        let rows = lines.iter().filter(|line| !line.trim().is_empty() && !line.starts_with(DOCUMENT));
        let (comments, rows): (Vec<_>, Vec<_>) = rows
            .map(|line| cells(line, by_tab))
            .partition(|cells| cells.first().is_some_and(|cell| cell.starts_with('#')));
        let mut widths: Vec<_> = rows.iter().map(Vec::len).collect();
        widths.sort_unstable();
        let columns = *widths.get(widths.len() / 2)?;
        // A line with `#` can be a token after all: the mark itself, or a hashtag.
        let hashes = comments.into_iter().filter(|cells| cells.last().is_some_and(|tag| is_tag(tag)));
        let rows: Vec<_> = rows.into_iter().chain(hashes).filter(|row| row.len() == columns).collect();
        if columns < 2 || rows.len() * 10 < widths.len() * 8 {
            return None;
        }
        let column = |index: usize| rows.iter().filter_map(move |row| row.get(index).copied());
        let is_number = |cell: &str| !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
        let has_index = columns > 2 && column(0).all(is_number);
        let token = usize::from(has_index);
        let holds_tags =
            |index: &usize| column(*index).all(is_tag) && column(*index).any(|tag| tag == "O" || tag.contains('-'));
        let last = columns - 1;
        let mut tags: Vec<_> = [last].into_iter().filter(holds_tags).collect();
        if has_index && columns == 4 && !tags.is_empty() && holds_tags(&(last - 1)) {
            tags.insert(0, last - 1);
        }
        let has_prefixes = !tags.is_empty();
        if !has_prefixes {
            // Bare labels: mostly `O`, the others few and short.
            let outside = column(last).filter(|tag| *tag == "O").count();
            let is_label =
                |tag: &str| tag.len() <= 40 && tag.chars().all(|char| char.is_alphanumeric() || "_-./".contains(char));
            if outside * 3 < rows.len() || !column(last).all(is_label) {
                return None;
            }
            tags.push(last);
        }
        Some(Self { by_tab, columns, token, tags, has_prefixes, rows: rows.len() })
    }
}

fn cells(line: &str, by_tab: bool) -> Vec<&str> {
    if by_tab {
        line.trim_end_matches('\r').split('\t').map(str::trim).collect()
    } else {
        line.split_whitespace().collect()
    }
}

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let decoded = utf8(input.bytes);
    let lines: Vec<_> = decoded.text.lines().collect();
    let Some(layout) = Layout::detect(&lines) else {
        let empty = lines.iter().all(|line| line.trim().is_empty() || line.starts_with(DOCUMENT));
        let reason = match empty {
            true => "there are no tokens in it",
            false => "no column holds tags such as O, B-PER and I-PER in every line",
        };
        return Err(FormatError::Unreadable { file: input.name.clone(), line: None, reason: reason.to_owned() });
    };
    let mut delivery = Delivery::new(&input.name, article);
    if decoded.damaged {
        delivery.warn(None, "bytes that are not UTF-8 were replaced by U+FFFD");
    }
    if !layout.has_prefixes {
        delivery.warn(None, "the labels have no B- and I-; neighbours with one label were read as one span");
    }
    let has_documents = lines.iter().filter(|line| line.starts_with(DOCUMENT)).count() > 1;
    let mut reader = Reader { input, options, layout, current: None, sentence: Vec::new(), count: 0, has_documents };
    for (index, line) in lines.iter().enumerate() {
        reader.line(index + 1, line, &mut delivery);
    }
    reader.end_sentence();
    reader.end_article(&mut delivery);
    delivery.finish("there are no tokens in it")
}

struct Reader<'a> {
    input: &'a Input<'a>,
    options: &'a ReadOptions,
    layout: Layout,
    current: Option<Imported>,
    /// Tokens with their tags in each column of tags.
    sentence: Vec<(String, Vec<String>)>,
    count: usize,
    has_documents: bool,
}

impl Reader<'_> {
    fn line(&mut self, number: usize, line: &str, delivery: &mut Delivery<'_>) {
        if line.trim().is_empty() {
            self.end_sentence();
            return;
        }
        if line.starts_with(DOCUMENT) {
            self.end_sentence();
            self.end_article(delivery);
            self.open();
            return;
        }
        let cells = cells(line, self.layout.by_tab);
        let tags: Vec<_> = self.layout.tags.iter().filter_map(|index| cells.get(*index)).collect();
        let fits = cells.len() == self.layout.columns
            && (!self.layout.has_prefixes || tags.iter().all(|tag| is_tag(tag)))
            && cells.get(self.layout.token).is_some_and(|token| !token.is_empty());
        if !fits {
            if let Some(id) = line.strip_prefix("# id = ") {
                self.open().wanted_id = id.trim().to_owned();
            } else if !line.starts_with('#') {
                let columns = self.layout.columns;
                delivery.warn(Some(number), format!("the line has no tag in column {columns} and was left out"));
            }
            return;
        }
        let tags: Vec<_> = tags
            .iter()
            .map(|tag| match self.layout.has_prefixes {
                true => (**tag).to_owned(),
                // Read as if every token continued the one before.
                false if **tag == "O" => "O".to_owned(),
                false => format!("I-{tag}"),
            })
            .collect();
        let token = cells.get(self.layout.token).copied().unwrap_or_default().to_owned();
        self.open();
        self.sentence.push((token, tags));
    }

    fn open(&mut self) -> &mut Imported {
        if self.current.is_none() {
            self.count += 1;
        }
        let stem = self.input.stem();
        let id = if self.has_documents { format!("{stem}-{}", self.count) } else { stem.to_owned() };
        self.current.get_or_insert_with(|| Imported::new(&id, String::new()))
    }

    fn end_sentence(&mut self) {
        let sentence = std::mem::take(&mut self.sentence);
        let Some(article) = self.current.as_mut().filter(|_| !sentence.is_empty()) else { return };
        if !article.text.is_empty() {
            article.text.push('\n');
        }
        let mut places = Vec::new();
        for (index, (token, _)) in sentence.iter().enumerate() {
            if index > 0 {
                article.text.push(' ');
            }
            let start = ByteOffset::from_usize(article.text.len());
            article.text.push_str(token);
            places.push(TextRange::new(start, ByteOffset::from_usize(article.text.len())));
        }
        for column in 0..self.layout.tags.len() {
            let tags: Vec<_> = sentence.iter().map(|(_, tags)| tags.get(column).and_then(|tag| parse(tag))).collect();
            for (first, end, label) in chunks(&tags) {
                let last = end.checked_sub(1).and_then(|last| places.get(last));
                let Some(range) = places.get(first).zip(last).map(|(first, last)| first.cover(*last)) else { continue };
                article.spans.push(Span {
                    id: AnnotationId(ByteOffset::from_usize(article.spans.len() + 1).0),
                    label: label.into(),
                    fragments: Fragments::one(range),
                    attributes: Attributes::new(),
                    entity: None,
                    note: String::new(),
                    provenance: imported_from("conll", self.options.time),
                    status: Status::Accepted,
                    corrected_from: None,
                });
            }
        }
    }

    fn end_article(&mut self, delivery: &mut Delivery<'_>) {
        if let Some(mut article) = self.current.take() {
            article.metadata.language.clone_from(&self.options.default_language);
            article.metadata.origin.file.clone_from(&self.input.name);
            article.metadata.origin.encoding = "utf-8".to_owned();
            delivery.push(article);
        }
    }
}
