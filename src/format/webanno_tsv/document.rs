//! The rows of a file as they stand, before anything is understood of them.

/// What every file of version 3 begins with.
pub(super) const FORMAT: &str = "#FORMAT=WebAnno TSV 3";
/// The start of a line with text.
pub(super) const TEXT: &str = "#Text=";
/// The start of the line of a layer, by kind.
pub(super) const LAYERS: [(&str, Kind); 3] =
    [("#T_SP=", Kind::Span), ("#T_CH=", Kind::Chain), ("#T_RL=", Kind::Relation)];
/// Features of the links of a chain.
pub(super) const CHAIN_TYPE: &str = "referenceType";
pub(super) const CHAIN_RELATION: &str = "referenceRelation";

/// A file cut into its parts.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    /// True if text lines have the escapes of Java, as up to version 3.1.
    pub java: bool,
    pub layers: Vec<Layer>,
    pub sentences: Vec<Sentence<'a>>,
    /// Lines that could not be used, with the reason.
    pub problems: Vec<(usize, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Span,
    Chain,
    Relation,
}

/// A layer as the head of the file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub kind: Kind,
    /// The name of its UIMA type.
    pub name: String,
    /// Never empty.
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Feature(String),
    /// Says only that there is an annotation.
    Presence,
    /// The roles of the links of a feature, and the type of the links.
    Roles {
        feature: String,
        link: String,
    },
    /// What the links of the column before point to, and the type of that.
    Targets {
        feature: String,
        target: String,
    },
    /// Where a relation comes from, and the type of what it links.
    Source {
        base: String,
    },
}

#[derive(Debug, Default)]
pub(super) struct Sentence<'a> {
    pub line: usize,
    /// Lines before the rows that are no text, such as `#Sentence.id=…`.
    pub head: Vec<&'a str>,
    /// Text lines without their start, still escaped.
    pub text: Vec<&'a str>,
    pub rows: Vec<Row<'a>>,
}

/// A token or a part of one.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub line: usize,
    pub key: Key,
    pub begin: u64,
    pub end: u64,
    pub surface: &'a str,
    /// The cells of all columns, with tabs between them.
    pub cells: &'a str,
}

/// What a row is called: `3-2`, `3-2.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub sentence: u32,
    pub token: u32,
    /// 0 for a whole token.
    pub part: u32,
}

impl Key {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sentence, rest) = text.split_once('-')?;
        let (token, part) = match rest.split_once('.') {
            Some((token, part)) => (token, part.parse().ok().filter(|part| *part > 0)?),
            None => (rest, 0),
        };
        Some(Self { sentence: sentence.parse().ok()?, token: token.parse().ok()?, part })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.sentence, self.token)?;
        if self.part > 0 {
            write!(formatter, ".{}", self.part)?;
        }
        Ok(())
    }
}

/// True if the file is of version 2, which has no offsets: ` # type | feature`.
pub(super) fn is_second_version(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let rest = line.strip_prefix(b" # ").or_else(|| line.strip_prefix(b"# ")).unwrap_or_default();
    let name = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
    name.contains(&b'.') && rest.get(name.len()..).is_some_and(|behind| behind.starts_with(b" | "))
}

/// True for files of the first version, which begin with the number and the text of a sentence and have no offsets.
pub(super) fn is_first_version(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').skip_while(|line| line.trim_ascii().is_empty());
    let mut starts_with = |start: &[u8]| lines.next().is_some_and(|line| line.trim_ascii_start().starts_with(start));
    starts_with(b"#id=") && starts_with(b"#text=")
}

/// Cuts a file into its parts. What is no part of one is among the problems.
pub(super) fn parse(content: &str) -> Document<'_> {
    let mut document = Document::default();
    let mut lines = (1..).zip(content.split('\n')).map(|(number, line): (usize, &str)| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        (number, line)
    });
    if let Some((number, line)) = lines.next() {
        let minor = line.strip_prefix(FORMAT).and_then(|rest| rest.strip_prefix('.')?.parse::<u32>().ok());
        document.java = minor.is_some_and(|minor| minor <= 1);
        if minor.is_none_or(|minor| minor > 3) {
            document.problems.push((number, "the version is not known; the file was read as version 3.3".to_owned()));
        }
    }
    let mut sentence: Option<Sentence<'_>> = None;
    for (number, line) in lines {
        if line.is_empty() {
            document.sentences.extend(sentence.take());
        } else if let Some((start, kind)) = LAYERS.iter().find(|(start, _)| line.starts_with(start))
            && document.sentences.is_empty()
            && sentence.is_none()
        {
            document.layers.push(layer(*kind, line.get(start.len()..).unwrap_or_default()));
        } else if line.starts_with('#') {
            // Some programs leave out the empty line before a sentence.
            document.sentences.extend(sentence.take_if(|sentence| !sentence.rows.is_empty()));
            let sentence = sentence.get_or_insert_with(|| Sentence { line: number, ..Sentence::default() });
            match line.strip_prefix(TEXT) {
                Some(text) => sentence.text.push(text),
                None => sentence.head.push(line),
            }
        } else if let Some(row) = row(number, line) {
            sentence.get_or_insert_with(|| Sentence { line: number, ..Sentence::default() }).rows.push(row);
        } else {
            document.problems.push((number, format!("the line is no row and was left out: {line:?}")));
        }
    }
    document.sentences.extend(sentence);
    document
}

/// A layer from what stands behind `#T_SP=` and the like.
fn layer(kind: Kind, declaration: &str) -> Layer {
    let mut fields = declaration.split('|').filter(|field| !field.is_empty());
    let name = fields.next().unwrap_or_default().to_owned();
    let mut columns: Vec<Column> = Vec::new();
    for field in fields {
        let column = match columns.last() {
            Some(Column::Roles { feature, .. }) => {
                Column::Targets { feature: feature.clone(), target: field.to_owned() }
            }
            _ => match (kind, field.strip_prefix("ROLE_"), field.strip_prefix("BT_")) {
                (Kind::Span, Some(roles), _) => {
                    let (_, names) = roles.split_once(':').unwrap_or(("", roles));
                    // Both names may have an underscore, the package of the type has none.
                    let dot = names.find('.').unwrap_or(names.len());
                    let cut = names.get(..dot).and_then(|start| start.rfind('_')).unwrap_or(names.len());
                    let (feature, link) = names.split_at_checked(cut).unwrap_or((names, ""));
                    let link = link.trim_start_matches('_').to_owned();
                    Column::Roles { feature: feature.to_owned(), link }
                }
                (Kind::Relation, _, Some(base)) => Column::Source { base: base.to_owned() },
                _ => Column::Feature(field.to_owned()),
            },
        };
        columns.push(column);
    }
    if columns.is_empty() {
        columns.push(Column::Presence);
    }
    Layer { kind, name, columns }
}

fn row(line: usize, content: &str) -> Option<Row<'_>> {
    let (key, rest) = content.split_once('\t')?;
    let (place, rest) = rest.split_once('\t')?;
    let (begin, end) = place.split_once('-')?;
    let (surface, cells) = rest.split_once('\t').unwrap_or((rest, ""));
    let (begin, end) = (begin.parse().ok()?, end.parse().ok()?);
    Some(Row { line, key: Key::parse(key)?, begin, end, surface, cells })
}

impl Layer {
    /// The declaration in the head of a file.
    pub(super) fn declaration(&self) -> String {
        let start = LAYERS.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(start, _)| start);
        let mut line = format!("{start}{}", self.name);
        for column in &self.columns {
            line.push('|');
            match column {
                Column::Feature(name) => line.push_str(name),
                Column::Presence => {}
                Column::Roles { feature, link } => line.push_str(&format!("ROLE_{}:{feature}_{link}", self.name)),
                Column::Targets { target, .. } => line.push_str(target),
                Column::Source { base } => line.push_str(&format!("BT_{base}")),
            }
        }
        line
    }

    /// The names of its features that are values.
    pub(super) fn features(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|column| match column {
            Column::Feature(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The type of what its relations link, where it says so.
    pub(super) fn base(&self) -> Option<&str> {
        self.columns.iter().find_map(|column| match column {
            Column::Source { base } => Some(base.as_str()),
            _ => None,
        })
    }

    /// The features whose values are links to other annotations.
    pub(super) fn slots(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|column| match column {
            Column::Roles { feature, .. } => Some(feature.as_str()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_come_back() {
        for line in [
            "#T_SP=webanno.custom.Span|value",
            "#T_SP=webanno.custom.SimpleSpan|",
            "#T_SP=a.Host|value|ROLE_a.Host:my_links_web_anno.Link_Type|uima.tcas.Annotation|other",
            "#T_CH=a.Link|referenceType|referenceRelation",
            "#T_RL=a.Relation|value|BT_a.Span",
        ] {
            let content = format!("{FORMAT}.3\n{line}\n\n\n#Text=a\n1-1\t0-1\ta\t_\t\n");
            let document = parse(&content);
            let [layer] = document.layers.as_slice() else { panic!("{line}: {:?}", document.layers) };
            // What stands before the package of a type can not be told from it.
            assert_eq!(layer.declaration(), line);
            assert_eq!(document.sentences.len(), 1);
            assert_eq!(document.problems, []);
        }
    }

    #[test]
    fn sentences_and_rows_are_told_apart() {
        let document = parse(
            "#FORMAT=WebAnno TSV 3.1\r\n\r\n#Sentence.id=s\r\n#Text=a b\r\n#Text=c\r\n1-1\t0-1\ta\r\n1-1.2\t0-0\t\t_\r\n\
             #Text=d\r\nwhat\r\n2-x\t4-5\td\r\n3-1\t4-5\td\t_\t*\r\n",
        );
        assert!(document.java);
        let shape: Vec<_> = document
            .sentences
            .iter()
            .map(|sentence| (sentence.line, sentence.head.len(), sentence.text.len(), sentence.rows.len()))
            .collect();
        assert_eq!(shape, [(3, 1, 2, 2), (8, 0, 1, 1)]);
        let keys: Vec<_> = document.sentences.iter().flat_map(|sentence| &sentence.rows).collect();
        assert_eq!(keys.iter().map(|row| row.key.to_string()).collect::<Vec<_>>(), ["1-1", "1-1.2", "3-1"]);
        assert_eq!(keys.iter().map(|row| row.cells).collect::<Vec<_>>(), ["", "_", "_\t*"]);
        assert_eq!(document.problems.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [9, 10]);
    }

    #[test]
    fn older_files_are_known_by_their_first_line() {
        assert!(is_second_version(b" # de.tudarmstadt.NamedEntity | value # x | y\n#id=1\n"));
        assert!(is_second_version(b"# webanno.custom.A | f1"));
        assert!(!is_second_version(b"# Ein Titel | mit Strich"));
        assert!(!is_second_version(b"1-1\ta.b | c"));
        assert!(!is_second_version(b""));
        assert!(is_first_version(b"#id=1\n#text=Bonn\n1\tBonn\t_\n"));
        assert!(!is_first_version(b"#FORMAT=WebAnno TSV 3.3\n#id=1\n#text=Bonn\n"));
        assert!(!is_first_version(b"#id=1\n1\tBonn\n"));
    }
}
