//! Writes the tokens of an article with the tags of the spans that fit on them, or the file that it came from.

use super::{
    DOCUMENT, Flavor,
    dialect::Dialect,
    place::{Known, SubToken, Tokens, place, tags_of},
    read::{self, read_rows, token_column},
    rewrite::{Original as Parsed, rewrite},
    source::{Source, sample},
    tags::{Scheme, SchemeEvidence},
};
use crate::{
    format::{
        ExportContext, Exported, Format, FormatError, FormatInfo, Imported, Input, Loss, Output, ReadOptions,
        Recognition,
        loss::LossLog,
        option::FormatOption,
        original::{Original, read_options, unedited},
    },
    model::FilePart,
    text::segment::{sentences, tokens},
};
use encoding_rs::{Encoding, UTF_8};
use std::{borrow::Cow, collections::BTreeSet, fmt::Write as _, sync::Arc};

/// How much of an original is looked at to find out what it is like, in bytes.
const SAMPLE: u64 = 1 << 18;

/// Finds out how articles are written, one after the other: all with the same columns.
pub(super) struct Planner<'c> {
    writer: Writer<'c>,
    /// How the rows of the output are built; settled by the first article.
    dialect: Option<Arc<Dialect>>,
    /// What the latest file is like that an article came from.
    latest: Option<(String, Manner)>,
}

/// How an article is written.
pub(super) struct Plan {
    /// How the rows of the output are built.
    dialect: Arc<Dialect>,
    /// What the file is like that it came from, if it came from one.
    manner: Option<Manner>,
}

/// Makes the lines of articles.
#[derive(Clone, Copy)]
pub(super) struct Writer<'c> {
    pub flavor: Flavor,
    pub context: &'c ExportContext<'c>,
}

/// The lines of an article.
pub(super) struct Lines {
    content: Vec<u8>,
    encoding: &'static Encoding,
    /// The file that they came from, and where they begin and end there.
    place: Option<(String, u64, u64)>,
    is_fresh: bool,
}

/// Puts the lines of articles behind each other.
pub(super) struct Joiner {
    flavor: Flavor,
    encoding: Option<&'static Encoding>,
    /// The file that the latest article came from, and where its part ended.
    behind: Option<(String, u64)>,
    ends_in_blank_line: bool,
}

/// What a file is like.
#[derive(Clone, Debug)]
struct Manner {
    dialect: Dialect,
    /// `None` where there are no tags to tell.
    scheme: Option<Scheme>,
    encoding: &'static Encoding,
}

impl Joiner {
    pub(super) fn new(flavor: Flavor) -> Self {
        Self { flavor, encoding: None, behind: None, ends_in_blank_line: true }
    }

    /// What to write for the next article.
    pub(super) fn article(
        &mut self,
        exported: Exported<'_>,
        plan: &Plan,
        lines: Lines,
        losses: &mut Vec<Loss>,
    ) -> Vec<u8> {
        let Lines { content, encoding, place, is_fresh } = lines;
        let target = *self.encoding.get_or_insert(encoding);
        let content = match target == encoding {
            true => content,
            false => {
                let (text, _) = encoding.decode_without_bom_handling(&content);
                let (bytes, _, unmappable) = target.encode(&text);
                if unmappable {
                    let why = format!("the file is written in {}, as its first article", target.name());
                    LossLog::new(exported, losses).article("characters, which became numbers", why);
                }
                bytes.into_owned()
            }
        };
        let continues = match (&self.behind, &place) {
            (Some((file, end)), Some((other, start, _))) => file == other && end == start,
            (None, _) => true,
            _ => false,
        };
        let mut bytes = Vec::new();
        if !continues {
            if !self.ends_in_blank_line {
                bytes.extend_from_slice(b"\n\n");
            }
            let begins = content.trim_ascii_start().starts_with(DOCUMENT.as_bytes());
            if self.flavor == Flavor::Conll && !is_fresh && !begins {
                bytes.extend_from_slice(document_row(&plan.dialect).as_bytes());
            }
        }
        if !content.is_empty() {
            self.ends_in_blank_line = content.ends_with(b"\n\n") || content.ends_with(b"\n\r\n");
        }
        self.behind = Some(place.map_or_else(Default::default, |(file, _, end)| (file, end)));
        match bytes.is_empty() {
            true => content,
            false => [bytes, content].concat(),
        }
    }
}

impl<'c> Planner<'c> {
    pub(super) fn new(writer: Writer<'c>) -> Self {
        Self { writer, dialect: None, latest: None }
    }

    pub(super) fn plan(&mut self, exported: Exported<'_>) -> Plan {
        let Writer { flavor, context } = self.writer;
        let original = Original::of(exported, flavor.format().info().name, context.originals);
        let manner = original.and_then(|original| self.manner(exported, &original));
        let dialect = self.dialect.get_or_insert_with(|| {
            Arc::new(manner.as_ref().map_or_else(|| chosen_dialect(flavor, context), |manner| manner.dialect.clone()))
        });
        Plan { dialect: dialect.clone(), manner }
    }

    /// What the file of an article is like, from its beginning.
    fn manner(&mut self, exported: Exported<'_>, original: &Original) -> Option<Manner> {
        let file = file_of(exported)?;
        if let Some((_, manner)) = self.latest.as_ref().filter(|(latest, _)| *latest == file) {
            return Some(manner.clone());
        }
        let bytes = original.first_lines(SAMPLE)?;
        let mut options = read_options(exported);
        let origin = &exported.metadata.origin;
        // The article names the encoding of the file that it came from, of which the beginning may not tell.
        let is_its_own = origin.file == original.name && !origin.encoding.is_empty();
        options.encoding = options.encoding.or_else(|| is_its_own.then(|| origin.encoding.clone()));
        let input = Input::alone(original.name.clone(), &bytes);
        let source = Source::new(&input, &options);
        let encoding = Encoding::for_label(source.encoding.as_bytes()).unwrap_or(UTF_8);
        let token = token_column(&options).or(column(self.writer.context, "token"));
        let (mut dialect, _) = Dialect::detect(source.sample(), token)
            .or_else(|| Dialect::detect(&Source::new(&Input::alone("", &original.whole()?), &options).text, token))?;
        if let Some(column) = column(self.writer.context, "column").filter(|column| *column < dialect.columns) {
            dialect.tags = vec![column];
        }
        let scheme = scheme_of(sample(&source.text, usize::MAX), &dialect);
        let manner = Manner { dialect, scheme, encoding };
        self.latest = Some((file, manner.clone()));
        Some(manner)
    }
}

impl Writer<'_> {
    /// The lines of an article.
    pub(super) fn article(self, exported: Exported<'_>, plan: &Plan, losses: &mut Vec<Loss>) -> Lines {
        self.lines_of_file(exported, plan, losses).unwrap_or_else(|| {
            let content = fresh(self.flavor, exported, &plan.dialect, self.context, losses);
            Lines { content: content.into_bytes(), encoding: UTF_8, place: None, is_fresh: true }
        })
    }

    /// The lines that the article came from, with its tags rewritten if they changed.
    fn lines_of_file(self, exported: Exported<'_>, plan: &Plan, losses: &mut Vec<Loss>) -> Option<Lines> {
        let format = self.flavor.format();
        let original = Original::of(exported, format.info().name, self.context.originals)?;
        let manner = plan.manner.as_ref()?;
        if *plan.dialect != manner.dialect {
            let what = "comments and columns of the file that it came from";
            LossLog::new(exported, losses).article(what, "the file begins with an article that has other columns");
            return None;
        }
        let place = match original.part {
            FilePart::Bytes { start, end, .. } => Some((file_of(exported)?, start, end)),
            FilePart::Whole | FilePart::Number(_) => None,
        };
        let encoding = manner.encoding;
        let bytes = original.bytes()?.into_owned();
        let wanted = wanted_scheme(self.context);
        let known = Settled { flavor: self.flavor, dialect: &manner.dialect, encoding };
        let is_in_scheme = wanted.is_none_or(|wanted| manner.scheme.is_none_or(|scheme| scheme == wanted));
        if is_in_scheme && unedited(&known, exported, self.context, losses).is_some() {
            return Some(Lines { content: bytes, encoding, place, is_fresh: false });
        }
        let input = Input::alone(original.name.clone(), &bytes);
        let options = known.options(&read_options(exported));
        let source = Source::new(&input, &options);
        let (article, rows) = read_rows(self.flavor, &input, &options, &source, &manner.dialect)?;
        let parsed = Parsed {
            text: &source.text,
            line_end: if source.line_ending() == crate::model::LineEnding::CrLf { "\r\n" } else { "\n" },
            article: &article.text,
            rows: &rows,
            dialect: &manner.dialect,
            scheme: if manner.dialect.is_bare {
                Scheme::Bare
            } else {
                wanted.or(manner.scheme).unwrap_or(self.context.options.tag_scheme.into())
            },
            is_converted: !is_in_scheme,
        };
        let sub_token = sub_token(self.flavor, self.context);
        let content = rewrite(self.flavor, &parsed, exported, sub_token, losses);
        let (encoded, _, unmappable) = encoding.encode(&content);
        if unmappable {
            let why = format!("the file is in {}", encoding.name());
            LossLog::new(exported, losses).article("characters, which became numbers", why);
        }
        let mark: &[u8] = if source.byte_order_mark { b"\xEF\xBB\xBF" } else { b"" };
        Some(Lines { content: [mark, &*encoded].concat(), encoding, place, is_fresh: false })
    }
}

fn file_of(exported: Exported<'_>) -> Option<String> {
    exported.kept.map(|kept| kept.file.clone())
}

/// The scheme in which a file is written, as far as its tags tell.
fn scheme_of(text: &str, dialect: &Dialect) -> Option<Scheme> {
    if dialect.is_bare {
        return Some(Scheme::Bare);
    }
    let mut evidence = SchemeEvidence::default();
    let mut columns: Vec<Vec<Option<(char, &str)>>> = vec![Vec::new(); dialect.tags.len()];
    let mut any = false;
    for line in text.lines().chain([""]) {
        match dialect.row(line) {
            Some(row) => {
                for (column, cell) in columns.iter_mut().zip(row.tags) {
                    column.push(dialect.tag(cell));
                }
            }
            None if line.trim().is_empty() => {
                for column in &mut columns {
                    any |= column.iter().any(Option::is_some);
                    evidence.add(column);
                    column.clear();
                }
            }
            None => {}
        }
    }
    any.then(|| evidence.scheme())
}

/// The tag scheme, what happens to spans inside tokens, and whether comments name the articles.
pub(in crate::format) const SCHEME: FormatOption = FormatOption {
    name: "scheme",
    values: "iob1, iob2, ioe1, ioe2, iobes, bilou or bare",
    allows: |name| Scheme::parse(name).is_some(),
};
pub(in crate::format) const SUB_TOKEN: FormatOption = FormatOption {
    name: "sub_token",
    values: "drop, widen or part",
    allows: |name| matches!(name, "drop" | "widen" | "part"),
};
pub(in crate::format) const COMMENTS: FormatOption = FormatOption::yes_or_no("comments");

/// What can be chosen for CoNLL.
pub(in crate::format) const OPTIONS: &[FormatOption] = &[
    FormatOption::column("token"),
    FormatOption::column("column"),
    FormatOption { name: "separator", values: "tab or space", allows: |name| matches!(name, "tab" | "space") },
    SCHEME,
    SUB_TOKEN,
    COMMENTS,
];

/// A number from 1 among the options.
fn column(context: &ExportContext<'_>, name: &str) -> Option<usize> {
    let number = context.options.other.get(name)?.trim().parse::<usize>().ok()?;
    number.checked_sub(1).filter(|column| *column < 64)
}

/// The scheme that the user asked for; `None` to keep that of the file.
pub(in crate::format) fn wanted_scheme(context: &ExportContext<'_>) -> Option<Scheme> {
    let named = context.options.other.get("scheme").and_then(|name| Scheme::parse(name));
    let chosen = Scheme::from(context.options.tag_scheme);
    named.or((chosen != Scheme::default()).then_some(chosen))
}

fn sub_token(flavor: Flavor, context: &ExportContext<'_>) -> SubToken {
    let otherwise = if flavor == Flavor::Germeval { SubToken::Part } else { SubToken::Drop };
    SubToken::parse(context.options.other.get("sub_token").map(String::as_str), otherwise)
}

/// The columns of a new file.
fn chosen_dialect(flavor: Flavor, context: &ExportContext<'_>) -> Dialect {
    let mut dialect = match flavor {
        Flavor::Conll => Dialect::plain(),
        Flavor::Germeval => return Dialect::germeval(),
    };
    let token = column(context, "token").unwrap_or(0);
    let tag = column(context, "column").unwrap_or(if token == 1 { 0 } else { token.max(1) });
    // A column holds one thing.
    let tag = if tag == token { token + 1 } else { tag };
    dialect.token = token;
    dialect.tags = vec![tag];
    dialect.columns = token.max(tag) + 1;
    dialect.by_tab = context.options.other.get("separator").is_none_or(|separator| separator != "space");
    dialect
}

/// A format whose columns are known already, for reading a part of a file in the manner of the whole.
struct Settled<'d> {
    flavor: Flavor,
    dialect: &'d Dialect,
    encoding: &'static Encoding,
}

impl Settled<'_> {
    fn options(&self, options: &ReadOptions) -> ReadOptions {
        let encoding = (self.encoding != UTF_8).then(|| self.encoding.name().to_owned());
        ReadOptions { encoding, ..options.clone() }
    }
}

impl Format for Settled<'_> {
    fn info(&self) -> &'static FormatInfo {
        self.flavor.format().info()
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        self.flavor.recognize(input)
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        read::read(self.flavor, input, &self.options(options), Some(self.dialect), article)
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        self.flavor.write(articles, context, output, losses)
    }
}

/// The row that begins a document.
fn document_row(dialect: &Dialect) -> String {
    let cells = (0..dialect.columns).map(|column| match column {
        0 => DOCUMENT,
        1 if !dialect.tags.contains(&1) => "-X-",
        _ => "O",
    });
    cells.collect::<Vec<_>>().join(if dialect.by_tab { "\t" } else { " " }) + "\n\n"
}

/// Appends a row with nothing in the columns that are neither token nor tags nor number. `tag` gives the tag of each level.
pub(super) fn push_row<'t>(
    content: &mut String,
    dialect: &Dialect,
    index: usize,
    token: &str,
    tag: impl Fn(usize) -> Option<&'t str>,
) {
    for column in 0..dialect.columns {
        if column > 0 {
            content.push(if dialect.by_tab { '\t' } else { ' ' });
        }
        match dialect.tags.iter().position(|tags| *tags == column) {
            Some(level) => content.push_str(tag(level).unwrap_or("O")),
            None if column == dialect.token => content.push_str(token),
            // Writing into a string can not fail.
            None if Some(column) == dialect.index => drop(write!(content, "{index}")),
            None => content.push('_'),
        }
    }
}

/// A token as it can stand in a row.
pub(super) fn token_form(token: &str) -> Cow<'_, str> {
    let is_bad = |char: char| char.is_whitespace() || char.is_control();
    if token == DOCUMENT {
        Cow::Borrowed("DOCSTART")
    } else if token.contains(is_bad) {
        Cow::Owned(token.replace(is_bad, "_"))
    } else {
        Cow::Borrowed(token)
    }
}

/// An article that comes from no file of this format.
fn fresh(
    flavor: Flavor,
    exported: Exported<'_>,
    dialect: &Dialect,
    context: &ExportContext<'_>,
    losses: &mut Vec<Loss>,
) -> String {
    let text = exported.text.as_str();
    let tokens: Vec<_> = tokens(text).filter(|token| !token.is_empty()).collect();
    let levels = dialect.tags.len();
    let mut log = LossLog::new(exported, losses);
    let with_comments = context.options.other.get("comments").is_some_and(|value| value == "yes");
    if !with_comments {
        log.article("the id of the article", "the format has none; comments=yes writes it as a comment");
    }
    log.text("white space and line breaks", "only tokens are written");
    let all = Tokens { places: &tokens, sentences: None };
    let placed = place(exported, all, levels, sub_token(flavor, context), Known::new(), &mut log);
    let written: BTreeSet<_> = placed.iter().map(|placed| placed.span.id).collect();
    log.details(&flavor.format().info().holds, |id| written.contains(&id));
    let scheme = match dialect.is_bare {
        true => Scheme::Bare,
        false => wanted_scheme(context).unwrap_or_default(),
    };
    let columns = tags_of(&placed, levels, tokens.len(), scheme);
    // A sentence that ended inside a span would cut it.
    let mut is_inside = vec![false; tokens.len()];
    for placed in &placed {
        is_inside.iter_mut().take(placed.end).skip(placed.first + 1).for_each(|inside| *inside = true);
    }

    let origin = source_comment(exported);
    let mut content = String::with_capacity(2 * text.len());
    if flavor == Flavor::Conll {
        content.push_str(&document_row(dialect));
    }
    if with_comments {
        content += &format!("# id = {}\n", exported.id.as_str().replace(char::is_control, " "));
    }
    let mut starts = sentences(text).map(|sentence| sentence.start()).peekable();
    let mut number = 0;
    for (index, token) in tokens.iter().enumerate() {
        let mut is_new = index == 0;
        while starts.next_if(|start| *start <= token.start()).is_some() {
            is_new = true;
        }
        if is_new && !is_inside.get(index).is_some_and(|inside| *inside) {
            if index > 0 {
                content.push('\n');
            }
            if flavor == Flavor::Germeval {
                content.push_str(&origin);
            }
            number = 0;
        }
        number += 1;
        let form = token_form(token.slice(text).unwrap_or_default());
        push_row(&mut content, dialect, number, &form, |level| Some(&**columns.get(level)?.get(index)?));
        content.push('\n');
    }
    if !tokens.is_empty() {
        content.push('\n');
    }
    content
}

/// The comment before each sentence in GermEval's files: where it comes from, and when that was.
fn source_comment(exported: Exported<'_>) -> String {
    let metadata = exported.metadata;
    let known = [metadata.url.as_str(), &metadata.source, exported.id.as_str()];
    let source = known.into_iter().find(|source| !source.trim().is_empty()).unwrap_or_default();
    let clean = |text: &str| text.replace(char::is_control, " ");
    match metadata.date.trim() {
        "" => format!("#\t{}\n", clean(source)),
        date => format!("#\t{}\t[{}]\n", clean(source), clean(date)),
    }
}
