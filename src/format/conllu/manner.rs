//! What a file is like: its columns, and where it says what is an entity.

use super::{brackets::Fields, misc};
use crate::format::conll::tags::{is_tag, parse};

/// The columns of CoNLL-U.
const COLUMNS: [&str; 10] = ["ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"];
/// The line with which files in CoNLL-U Plus begin.
pub(super) const COLUMNS_LINE: &str = "# global.columns =";
/// The line that says what the parts of `Entity` are.
pub(super) const ENTITY_LINE: &str = "# global.Entity =";
/// Keys under which tags such as `B-PER` are found, in lower case.
const KEYS: [&str; 6] = ["ne", "ner", "namedentity", "nertag", "name", "entity"];

/// Where a file says what is an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// Brackets under `Entity`.
    Brackets,
    /// Tags under another key.
    Key(String),
    /// Tags in a column of their own.
    Column(usize),
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// Names of the columns; those of CoNLL-U if none are declared.
    pub columns: Vec<String>,
    pub is_plus: bool,
    pub id: usize,
    pub form: usize,
    pub misc: Option<usize>,
    pub home: Home,
    pub fields: Fields,
    /// What the `# global.Entity` line says.
    pub declared: Option<String>,
    /// True if tokens outside all spans have `O` under the key.
    pub writes_outside: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            columns: COLUMNS.map(str::to_owned).to_vec(),
            is_plus: false,
            id: 0,
            form: 1,
            misc: Some(9),
            home: Home::Brackets,
            fields: Fields::default(),
            declared: None,
            writes_outside: false,
        }
    }
}

impl Manner {
    /// What the first lines of a file tell.
    pub(super) fn detect(text: &str) -> Self {
        let mut manner = Self::default();
        let lines = || text.split('\n').map(|line| line.trim_end_matches('\r'));
        if let Some(names) = lines().take(20).find_map(|line| line.strip_prefix(COLUMNS_LINE)) {
            manner.name_columns(names);
        }
        if let Some(fields) = lines().find_map(|line| line.strip_prefix(ENTITY_LINE)) {
            manner.fields = Fields::parse(fields);
            manner.declared = Some(fields.trim().to_owned());
        }
        let rows: Vec<Vec<&str>> = lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .take(20_000)
            .map(|line| line.split('\t').collect())
            .collect();
        let notes: Vec<&str> = rows.iter().filter_map(|row| row.get(manner.misc?).copied()).collect();
        let entities: Vec<_> = notes.iter().filter_map(|misc| misc::get(misc, "Entity")).collect();
        if entities.iter().any(|value| value.contains(['(', ')'])) {
            return manner;
        }
        let key = notes.iter().flat_map(|misc| misc.split('|')).find_map(|item| {
            let (key, value) = item.split_once('=')?;
            (KEYS.contains(&&*key.to_ascii_lowercase()) && parse(value).is_some()).then(|| key.to_owned())
        });
        let named = manner.is_plus.then(|| manner.columns.iter().position(|name| names_entities(name))).flatten();
        if let Some(column) = named {
            manner.home = Home::Column(column);
        } else if let Some(key) = key {
            let mut values = notes.iter().filter_map(|misc| misc::get(misc, &key));
            manner.writes_outside = values.any(|value| value == "O");
            manner.home = Home::Key(key);
        } else if let Some(column) = (10..rows.first().map_or(0, Vec::len)).find(|column| holds_tags(&rows, *column)) {
            manner.home = Home::Column(column);
        }
        manner
    }

    fn name_columns(&mut self, names: &str) {
        let columns: Vec<_> = names.split_whitespace().map(str::to_owned).collect();
        let find = |wanted: &str| columns.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let (Some(id), Some(form)) = (find("ID"), find("FORM")) else { return };
        (self.id, self.form, self.misc) = (id, form, find("MISC"));
        self.columns = columns;
        self.is_plus = true;
    }

    /// Takes the columns of another file, and the one that is called after entities for the tags.
    pub(super) fn use_columns(&mut self, columns: Vec<String>) {
        let is_plus = columns != COLUMNS;
        let find = |wanted: &str| columns.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        (self.id, self.form, self.misc) = (find("ID").unwrap_or(0), find("FORM").unwrap_or(1), find("MISC"));
        let named = columns.iter().position(|name| names_entities(name));
        let last = columns.len().checked_sub(1).filter(|last| *last > 9);
        if let Some(column) = named.or(last).filter(|_| is_plus) {
            self.home = Home::Column(column);
        }
        self.columns = columns;
        self.is_plus = is_plus;
    }

    /// The last column that is needed.
    pub(super) fn least(&self) -> usize {
        if self.is_plus { self.columns.len() } else { 10 }
    }
}

fn names_entities(name: &str) -> bool {
    let last = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    matches!(&*last, "ne" | "ner" | "entity" | "entities" | "namedentity" | "bio" | "iob")
}

fn holds_tags(rows: &[Vec<&str>], column: usize) -> bool {
    let mut any = false;
    rows.iter().filter_map(|row| row.get(column)).all(|cell| {
        any |= parse(cell).is_some();
        is_tag(cell)
    }) && any
}

/// The number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowId {
    Word(u32),
    /// Several words that are one token of the text.
    Range(u32, u32),
    /// A word that is not in the text.
    Empty(u32, u32),
}

impl RowId {
    pub(super) fn parse(cell: &str) -> Option<Self> {
        if let Ok(number) = cell.parse() {
            return Some(Self::Word(number));
        }
        if let Some((first, last)) = cell.split_once('-') {
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            return (first <= last).then_some(Self::Range(first, last));
        }
        let (before, number) = cell.split_once('.')?;
        Some(Self::Empty(before.parse().ok()?, number.parse().ok()?))
    }
}

/// How far a text looks like this format: whether its comments or first line say so, if most rows do; nearly all have to where
/// the name of the file does not say so.
pub(super) fn looks_like(text: &str, is_named: bool) -> Option<bool> {
    let lines = || text.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty());
    let manner = Manner::detect(text);
    let declares = |line: &str| {
        ["# sent_id", "# text = ", "# newdoc", "# newpar", COLUMNS_LINE].iter().any(|start| line.starts_with(start))
    };
    let is_row = |line: &str| {
        let cells: Vec<_> = line.split('\t').collect();
        let head = cells.get(6).copied().unwrap_or_default();
        cells.len() >= manner.least()
            && cells.get(manner.id).is_some_and(|id| RowId::parse(id).is_some())
            && (manner.is_plus || head == "_" || head.parse::<u32>().is_ok())
    };
    let (mut rows, mut good, mut has_word) = (0usize, 0usize, false);
    for line in lines().filter(|line| !line.starts_with('#')) {
        rows += 1;
        good += usize::from(is_row(line));
        // All rows of WebAnno TSV have numbers such as `1-1`.
        has_word |= line.split('\t').nth(manner.id).is_some_and(|id| matches!(RowId::parse(id), Some(RowId::Word(_))));
    }
    let most = if is_named { 2 } else { 10 };
    (good > 0 && has_word && (rows - good) * most <= rows).then(|| manner.is_plus || lines().any(declares))
}
