//! Which columns hold what: found out from the first lines of a file.

use super::{
    DOCUMENT,
    tags::{is_tag, parse},
};
use smallvec::SmallVec;
use std::ops::Range;

/// How the rows of a file are built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::format) struct Dialect {
    pub by_tab: bool,
    pub columns: usize,
    pub token: usize,
    /// The number of the token in its sentence, where there is one.
    pub index: Option<usize>,
    /// Usually one; two for the outer and inner spans of GermEval.
    pub tags: Vec<usize>,
    /// True if labels stand without `B-` and `I-`.
    pub is_bare: bool,
}

/// The cells of one row that mean something.
#[derive(Clone, Debug)]
pub(in crate::format) struct Row<'t> {
    pub token: &'t str,
    /// One for each column of tags.
    pub tags: SmallVec<[&'t str; 2]>,
}

type Cells = SmallVec<[Range<usize>; 16]>;

/// Where the cells of a line stand in it.
pub(in crate::format) fn cells(line: &str, by_tab: bool) -> Cells {
    let mut found = Cells::new();
    let mut start = 0;
    for (index, byte) in line.bytes().enumerate() {
        let breaks = if by_tab { byte == b'\t' } else { matches!(byte, b' ' | b'\t') };
        if breaks {
            if by_tab || start < index {
                found.push(start..index);
            }
            start = index + 1;
        }
    }
    if by_tab || start < line.len() {
        found.push(start..line.len());
    }
    found
}

/// A cell without the spaces around it, of which most have none.
fn trim(cell: &str) -> &str {
    match cell.as_bytes() {
        [b' ', ..] | [.., b' '] => cell.trim_matches(' '),
        _ => cell,
    }
}

fn texts(line: &str, by_tab: bool) -> Vec<&str> {
    cells(line, by_tab).into_iter().map(|range| trim(line.get(range).unwrap_or_default())).collect()
}

fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

/// Among how many rows one may be damaged.
const DAMAGED: usize = 50;

impl Dialect {
    /// What files look like that Glosse makes by itself: the token, a tab, the tag.
    pub(in crate::format) fn plain() -> Self {
        Self { by_tab: true, columns: 2, token: 0, index: None, tags: vec![1], is_bare: false }
    }

    /// Number, token, outer and inner tag.
    pub(in crate::format) fn germeval() -> Self {
        Self { by_tab: true, columns: 4, token: 1, index: Some(0), tags: vec![2, 3], is_bare: false }
    }

    /// Finds out how the rows of a text are built; `None` if no column holds tags. `token` is the column of tokens if the
    /// user named it. The number is that of the rows that it was found out from.
    pub(in crate::format) fn detect(text: &str, token: Option<usize>) -> Option<(Self, usize)> {
        let is_content = |line: &&str| !line.trim().is_empty() && !line.starts_with(DOCUMENT);
        let lines = || text.split(['\n', '\r']).filter(is_content);
        let is_comment = |line: &&str| line.starts_with('#');
        let (with_tab, without) =
            lines().filter(|line| !is_comment(line)).fold((0usize, 0usize), |(with, without), line| {
                match line.trim_end().contains('\t') {
                    true => (with + 1, without),
                    false => (with, without + 1),
                }
            });
        let by_tab = with_tab > without;
        let rows: Vec<_> = lines().filter(|line| !is_comment(line)).map(|line| texts(line, by_tab)).collect();
        let mut widths: Vec<_> = rows.iter().map(Vec::len).collect();
        widths.sort_unstable();
        let columns = *widths.get(widths.len() / 2)?;
        // A line with `#` can be a token after all: the mark itself, or a hashtag.
        let hashes = lines().filter(is_comment).map(|line| texts(line, by_tab));
        let hashes = hashes.filter(|cells| cells.last().is_some_and(|tag| is_tag(tag)));
        let rows: Vec<_> = rows.into_iter().chain(hashes).filter(|row| row.len() == columns).collect();
        if columns < 2 || rows.len() * 10 < widths.len() * 8 {
            return None;
        }
        let layout = Columns { rows: &rows, columns };
        let index = (columns > 2 && layout.all(0, is_number)).then_some(0);
        let mut tags: Vec<_> = (0..columns).rev().find(|column| layout.holds_tags(*column)).into_iter().collect();
        let is_bare = tags.is_empty();
        match tags.first().copied() {
            Some(inner) if index.is_some() && columns == 4 && inner == 3 && layout.holds_tags(2) => {
                tags = vec![2, inner];
            }
            Some(_) => {}
            None if layout.holds_labels(columns - 1) => tags.push(columns - 1),
            None => return None,
        }
        let token = token.filter(|token| *token < columns).unwrap_or_else(|| layout.token(index, &tags));
        Some((Self { by_tab, columns, token, index, tags, is_bare }, rows.len()))
    }

    /// The row that a line is; `None` for comments and damaged lines.
    pub(in crate::format) fn row<'t>(&self, line: &'t str) -> Option<Row<'t>> {
        let cells = cells(line, self.by_tab);
        let is_whole = cells.len() == self.columns;
        if !is_whole && (self.is_bare || line.starts_with('#')) {
            return None;
        }
        let cell = |column: usize| Some(trim(line.get(cells.get(column)?.clone())?));
        let token = cell(self.token).filter(|token| !token.is_empty())?;
        let mut tags = SmallVec::new();
        for column in &self.tags {
            tags.push(cell(*column).filter(|tag| self.is_bare || is_tag(tag))?);
        }
        Some(Row { token, tags })
    }

    /// Letter and label of a cell of tags. Bare labels are read as if every token continued the one before.
    pub(in crate::format) fn tag<'t>(&self, cell: &'t str) -> Option<(char, &'t str)> {
        match self.is_bare {
            true if matches!(cell, "O" | "_") => None,
            true => Some(('I', cell)),
            false => parse(cell),
        }
    }
}

struct Columns<'r, 't> {
    rows: &'r [Vec<&'t str>],
    columns: usize,
}

impl<'t> Columns<'_, 't> {
    fn cells(&self, column: usize) -> impl Iterator<Item = &'t str> {
        self.rows.iter().filter_map(move |row| row.get(column).copied())
    }

    /// True if what `fits` says is so in all rows but a few damaged ones.
    fn all(&self, column: usize, fits: impl Fn(&str) -> bool) -> bool {
        self.cells(column).filter(|cell| !fits(cell)).count() * DAMAGED <= self.rows.len()
    }

    fn holds_tags(&self, column: usize) -> bool {
        let is_sure = self.all(column, is_tag) && self.cells(column).any(|tag| tag == "O" || parse(tag).is_some());
        // In a short file one damaged row is many already; a few letters before labels are no accident.
        let (tagged, damaged) = self.cells(column).fold((0, 0), |(tagged, damaged), cell| {
            (tagged + usize::from(parse(cell).is_some()), damaged + usize::from(!is_tag(cell)))
        });
        is_sure || tagged > 0 && damaged * 2 <= tagged && damaged * 5 <= self.rows.len()
    }

    /// Labels without a letter before them: mostly `O`, the others few and short.
    fn holds_labels(&self, column: usize) -> bool {
        let outside = self.cells(column).filter(|tag| *tag == "O").count();
        let is_label =
            |tag: &str| tag.len() <= 40 && tag.chars().all(|char| char.is_alphanumeric() || "_-./".contains(char));
        outside * 3 >= self.rows.len() && self.cells(column).all(is_label)
    }

    /// The first column that is neither numbers nor tags nor the same in all rows.
    fn token(&self, index: Option<usize>, tags: &[usize]) -> usize {
        let is_open = |column: &usize| Some(*column) != index && !tags.contains(column);
        let varies = |column: &usize| {
            let mut cells = self.cells(*column);
            let first = cells.next();
            self.rows.len() < 5 || cells.any(|cell| Some(cell) != first)
        };
        let is_counted = |column: &usize| self.columns > 2 && self.all(*column, is_number);
        let open = || (0..self.columns).filter(is_open);
        let named = open().find(|column| varies(column) && !is_counted(column));
        named.or_else(|| open().next()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found() {
        let check = |text: &str, token: usize, tags: &[usize], is_bare: bool| {
            let (found, _) = Dialect::detect(text, None).expect(text);
            assert_eq!((found.token, &*found.tags, found.is_bare), (token, tags, is_bare), "{text}");
        };
        check("a B-X\nb O\n", 0, &[1], false);
        check("B-X a\nO b\n", 1, &[0], false);
        check("EU NNP I-NP I-ORG\nrejects VBZ I-VP O\n", 0, &[3], false);
        // Universal NER: number, token, tag, a second tag, the annotator.
        check("1\tEU\tB-ORG\t-\tana\n2\trejects\tO\t-\tana\n", 1, &[2], false);
        check("1\tEV\tB-ORG\tO\n2\tBonn\tI-ORG\tB-LOC\n", 1, &[2, 3], false);
        check("d 0 0 a O\nd 0 1 b B-X\nd 0 2 c O\nd 0 3 d O\nd 0 4 e O\n", 3, &[4], false);
        check("Rab PARTA\n1 O\nRz O\n", 0, &[1], true);
        check("12 O\n13 B-X\n", 0, &[1], false);
        // Empty cells are no tags.
        check("a B-X _\nb O _\n", 0, &[1], false);
        // One damaged tag of a short file.
        check("Angela B-PER\nMerkel I-PER\nkam O\nnach O\nX Q-LOC\n", 0, &[1], false);
        assert_eq!(Dialect::detect("a b\nc d\n", None), None);
        let (named, _) = Dialect::detect("1 lemma EU O\n2 go went O\n", Some(2)).expect("tags");
        assert_eq!(named.token, 2);
    }
}
