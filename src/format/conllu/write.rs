//! Writes articles: the lines that they came from, with other entities where those were edited, or new ones.

use super::{
    Conllu,
    brackets::Fields,
    entities,
    manner::{COLUMNS_LINE, ENTITY_LINE, Home, Manner},
    read::{self, Part, read_part},
    sheet::{Fresh, Sheet},
};
use crate::{
    format::{
        ExportContext, Exported, Format, FormatError, FormatInfo, Imported, Input, Loss, Output, ReadOptions,
        Recognition,
        conll::{SCHEME, SUB_TOKEN, place::SubToken, source::Source, wanted_scheme},
        loss::LossLog,
        option::FormatOption,
        original::{Original, read_options, unedited},
    },
    model::{AnnotationId, FilePart, LineEnding, Span},
};
use std::collections::BTreeSet;

/// What happens to spans inside tokens, and where new entities stand.
pub(super) const OPTIONS: &[FormatOption] = &[
    SCHEME,
    SUB_TOKEN,
    FormatOption { name: "column", values: NAME, allows: is_name },
    FormatOption { name: "key", values: NAME, allows: is_name },
];
const NAME: &str = "a name of letters, digits and _";

/// How much of an original is looked at to find out what it is like, in bytes.
const SAMPLE: u64 = 1 << 18;

/// Writes articles one by one.
pub(super) struct Writer<'c> {
    context: &'c ExportContext<'c>,
    /// The columns of the output; settled by the first article.
    columns: Option<Vec<String>>,
    /// What the output says of the parts of `Entity`.
    declared: Option<String>,
    /// The file that the latest article came from, and where its part ended.
    behind: Option<(String, u64)>,
    is_empty: bool,
    ends_in_blank_line: bool,
    latest: Option<(String, Manner)>,
}

/// The lines of an article, and where they stood.
struct Lines {
    content: Vec<u8>,
    manner: Manner,
    /// File, start and end.
    place: Option<(String, u64, u64)>,
    head: Vec<u8>,
}

impl<'c> Writer<'c> {
    pub(super) fn new(context: &'c ExportContext<'c>) -> Self {
        Self {
            context,
            columns: None,
            declared: None,
            behind: None,
            is_empty: true,
            ends_in_blank_line: true,
            latest: None,
        }
    }

    /// The bytes of the next article.
    pub(super) fn article(&mut self, exported: Exported<'_>, losses: &mut Vec<Loss>) -> Vec<u8> {
        let lines = self.lines_of_file(exported, losses).unwrap_or_else(|| self.fresh(exported, losses));
        let content = String::from_utf8_lossy(&lines.content);
        let continues = match (&self.behind, &lines.place) {
            (Some((file, end)), Some((other, start, _))) => file == other && end == start,
            _ => self.is_empty,
        };
        let mut bytes = Vec::new();
        if !continues && !self.ends_in_blank_line {
            bytes.extend_from_slice(b"\n\n");
        }
        if self.is_empty {
            bytes.extend_from_slice(&lines.head);
            let head = String::from_utf8_lossy(&lines.head);
            self.declared = declaration(&head);
            if lines.manner.is_plus && !head.contains(COLUMNS_LINE) {
                let names = lines.manner.columns.join(" ");
                bytes.splice(0..0, format!("{COLUMNS_LINE} {names}\n").into_bytes());
            }
        }
        // What its brackets mean is said once, in front, or with the first document.
        let needed = lines.manner.declared.as_ref().filter(|needed| {
            self.declared.as_ref() != Some(needed) && lines.manner.home == Home::Brackets && content.contains("Entity=")
        });
        if let Some(needed) = needed.filter(|_| !starts_with_declaration(&content)) {
            let end = if content.contains("\r\n") { "\r\n" } else { "\n" };
            bytes.extend_from_slice(format!("{ENTITY_LINE} {needed}{end}").as_bytes());
            self.declared = Some(needed.clone());
        }
        if !continues && !starts_with_document(&content) {
            let id = exported.id.as_str().replace(char::is_control, " ");
            bytes.extend_from_slice(format!("# newdoc id = {id}\n").as_bytes());
        }
        self.declared = declaration(&content).or(self.declared.take());
        if !lines.content.is_empty() {
            self.ends_in_blank_line = lines.content.ends_with(b"\n\n") || lines.content.ends_with(b"\n\r\n");
            self.is_empty = false;
        }
        bytes.extend_from_slice(&lines.content);
        self.behind = Some(lines.place.map_or_else(Default::default, |(file, _, end)| (file, end)));
        bytes
    }

    /// The lines that the article came from, with its entities if they changed.
    fn lines_of_file(&mut self, exported: Exported<'_>, losses: &mut Vec<Loss>) -> Option<Lines> {
        let original = Original::of(exported, "conllu", self.context.originals)?;
        let mut manner = self.manner(exported, &original)?;
        let columns = &manner.columns;
        if *self.columns.get_or_insert_with(|| columns.clone()) != *columns {
            let what = "comments, syntax and columns of the file that it came from";
            LossLog::new(exported, losses).article(what, "the file begins with an article that has other columns");
            return None;
        }
        let FilePart::Bytes { start, end, .. } = original.part else { return None };
        let place = Some((file_of(exported)?, start, end));
        let head = original.head()?.into_owned();
        let bytes = original.bytes()?.into_owned();
        if unedited(&Settled(&manner), exported, self.context, losses).is_some() {
            return Some(Lines { content: bytes, manner, place, head });
        }
        let input = Input::alone(original.name.clone(), &bytes);
        let options = read_options(exported);
        let source = Source::new(&input, &options);
        let part = read_part(&input, &options, &source, &manner).filter(|part| !part.rows.is_empty())?;
        let content = self.rewritten(exported, &source, &part, &manner, losses);
        let content = match (manner.home == Home::Brackets, &manner.declared) {
            (true, None) if content.contains("Entity=") => {
                manner.declared = Some(Fields::USUAL.to_owned());
                content
            }
            _ => content,
        };
        let mark: &[u8] = if source.byte_order_mark { b"\xEF\xBB\xBF" } else { b"" };
        Some(Lines { content: [mark, content.as_bytes()].concat(), manner, place, head })
    }

    fn rewritten(
        &self,
        exported: Exported<'_>,
        source: &Source<'_>,
        part: &Part<'_>,
        manner: &Manner,
        losses: &mut Vec<Loss>,
    ) -> String {
        let spans: Vec<&Span> = exported.annotations.spans().collect();
        let id = sentence_id(exported);
        let fresh = Fresh {
            text: exported.text.as_str(),
            manner,
            id: &id,
            spans: &spans,
            line_end: if source.line_ending() == LineEnding::CrLf { "\r\n" } else { "\n" },
        };
        let (mut sheet, is_changed) = Sheet::of_original(&source.text, part, fresh);
        let mut log = LossLog::new(exported, losses);
        if is_changed {
            log.article("syntax and comments of the sentences whose text was edited", "they were of another text");
        }
        let written = self.entities(exported, &mut sheet, Some(part), manner, &mut log);
        self.details(exported, &written, &mut log);
        let content = sheet.text();
        if part.imported.text != exported.text.as_str() {
            let input = Input::alone(exported.metadata.origin.file.clone(), content.as_bytes());
            let mut text = String::new();
            let read = read::read(&input, &read_options(exported), Some(manner), &mut |article| text += &article.text);
            if read.is_err() || text != exported.text.as_str() {
                log.text("white space between sentences", "comments of the file say otherwise");
            }
        }
        content
    }

    fn entities(
        &self,
        exported: Exported<'_>,
        sheet: &mut Sheet<'_>,
        part: Option<&Part<'_>>,
        manner: &Manner,
        log: &mut LossLog<'_, '_>,
    ) -> BTreeSet<AnnotationId> {
        let sub_token = self.context.options.other.get("sub_token").map(String::as_str);
        let sub_token = SubToken::parse(sub_token, SubToken::Drop);
        match manner.home {
            Home::Brackets if manner.misc.is_some() => {
                entities::brackets(exported, sheet, part, &manner.fields, manner.misc, sub_token, log)
            }
            Home::Brackets => {
                for span in exported.annotations.spans() {
                    log.span(span, "the file has no column for it");
                }
                BTreeSet::new()
            }
            Home::Key(_) | Home::Column(_) => {
                let written = entities::tags(exported, sheet, manner, wanted_scheme(self.context), sub_token, log);
                for span in exported.annotations.spans().filter(|span| written.contains(&span.id)) {
                    if let Some(entity) = &span.entity {
                        log.annotation(span.id, format!("entity {entity}"), "tags name no entities");
                    }
                }
                written
            }
        }
    }

    fn details(&self, exported: Exported<'_>, written: &BTreeSet<AnnotationId>, log: &mut LossLog<'_, '_>) {
        log.details(&Conllu.info().holds, |id| written.contains(&id));
        log.entity_details(self.context.entities, &Conllu.info().holds);
        if exported.annotations.spans().any(|span| span.entity.is_some()) {
            log.article("names of entities", "the format has only their ids");
        }
    }

    /// An article that comes from no file of this format.
    fn fresh(&mut self, exported: Exported<'_>, losses: &mut Vec<Loss>) -> Lines {
        let mut manner = Manner::default();
        let other = &self.context.options.other;
        match self.columns.clone() {
            Some(columns) => manner.use_columns(columns),
            None => {
                if let Some(column) = other.get("column").filter(|name| is_name(name)) {
                    let mut columns = manner.columns.clone();
                    columns.push(column.clone());
                    manner.use_columns(columns);
                }
                self.columns = Some(manner.columns.clone());
            }
        }
        if let (Home::Brackets, Some(key)) = (&manner.home, other.get("key").filter(|name| is_name(name))) {
            manner.home = Home::Key(key.clone());
        }
        manner.declared = Some(Fields::USUAL.to_owned());
        let spans: Vec<&Span> = exported.annotations.spans().collect();
        let id = sentence_id(exported);
        let text = exported.text.as_str();
        let fresh = Fresh { text, manner: &manner, id: &id, spans: &spans, line_end: "\n" };
        let mut sheet = Sheet::new(fresh, &exported.id.as_str().replace(char::is_control, " "));
        let mut log = LossLog::new(exported, losses);
        if sheet.rows.is_empty() && !text.is_empty() {
            log.text("white space", "there is no word in the text");
        }
        let written = self.entities(exported, &mut sheet, None, &manner, &mut log);
        self.details(exported, &written, &mut log);
        Lines { content: sheet.text().into_bytes(), manner, place: None, head: Vec::new() }
    }

    /// What the file of an article is like, from its beginning.
    fn manner(&mut self, exported: Exported<'_>, original: &Original) -> Option<Manner> {
        let file = file_of(exported)?;
        if let Some((_, manner)) = self.latest.as_ref().filter(|(latest, _)| *latest == file) {
            return Some(manner.clone());
        }
        let bytes = original.first_lines(SAMPLE)?;
        let input = Input::alone(original.name.clone(), &bytes);
        let options = read_options(exported);
        let manner = Manner::detect(Source::new(&input, &options).sample());
        self.latest = Some((file, manner.clone()));
        Some(manner)
    }
}

fn file_of(exported: Exported<'_>) -> Option<String> {
    exported.kept.map(|kept| kept.file.clone())
}

/// True for what can be a column or a key.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || "_:.".contains(char))
}

/// What ids of sentences begin with: they hold neither white space nor slashes.
fn sentence_id(exported: Exported<'_>) -> String {
    exported.id.as_str().replace(|char: char| char.is_whitespace() || char.is_control() || char == '/', "_")
}

/// The latest declaration of the parts of `Entity` in some lines.
fn declaration(content: &str) -> Option<String> {
    let at = content.rfind(ENTITY_LINE)?;
    let line = content.get(at + ENTITY_LINE.len()..)?.lines().next()?;
    Some(line.trim().to_owned())
}

fn first_comments(content: &str) -> impl Iterator<Item = &str> {
    let lines = content.trim_start_matches('\u{FEFF}').lines().skip_while(|line| line.trim().is_empty());
    lines.take_while(|line| line.starts_with('#'))
}

fn starts_with_document(content: &str) -> bool {
    first_comments(content).any(|line| line.starts_with("# newdoc"))
}

fn starts_with_declaration(content: &str) -> bool {
    first_comments(content).any(|line| line.starts_with(ENTITY_LINE))
}

/// The format in the manner of one file, for reading a part of it.
struct Settled<'m>(&'m Manner);

impl Format for Settled<'_> {
    fn info(&self) -> &'static FormatInfo {
        Conllu.info()
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        Conllu.recognize(input)
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        read::read(input, options, Some(self.0), article)
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        Conllu.write(articles, context, output, losses)
    }
}
