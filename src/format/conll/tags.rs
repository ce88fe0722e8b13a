//! Tag schemes: from the tokens of a span to tags, back from any of them, and which one a file uses.

use crate::format::TagScheme;

/// How tags mark where a span begins and ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::format) enum Scheme {
    #[default]
    Iob2,
    Iob1,
    Ioe1,
    Ioe2,
    Iobes,
    Bilou,
    /// Labels without a letter before them; neighbours with one label are one span.
    Bare,
}

impl From<TagScheme> for Scheme {
    fn from(scheme: TagScheme) -> Self {
        match scheme {
            TagScheme::Iob2 => Self::Iob2,
            TagScheme::Iob1 => Self::Iob1,
            TagScheme::Ioe2 => Self::Ioe2,
            TagScheme::Iobes => Self::Iobes,
            TagScheme::Bilou => Self::Bilou,
        }
    }
}

impl Scheme {
    /// The scheme with this name, in any usual spelling.
    pub(in crate::format) fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "iob2" | "bio" | "bio2" => Self::Iob2,
            "iob1" | "iob" => Self::Iob1,
            "ioe1" => Self::Ioe1,
            "ioe2" | "ioe" => Self::Ioe2,
            "iobes" | "bioes" => Self::Iobes,
            "bilou" | "biluo" => Self::Bilou,
            "bare" => Self::Bare,
            _ => return None,
        })
    }
}

/// Where a token stands in its span, and what stands beside the span.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) struct Place {
    pub index: usize,
    pub count: usize,
    /// A span with the same label ends right before this one.
    pub follows_same: bool,
    /// A span with the same label begins right behind this one.
    pub precedes_same: bool,
}

/// The tag of a token.
pub(in crate::format) fn tag(scheme: Scheme, place: Place, label: &str) -> String {
    if scheme == Scheme::Bare { label.to_owned() } else { format!("{}-{label}", prefix(scheme, place)) }
}

fn prefix(scheme: Scheme, place: Place) -> char {
    let (is_first, is_last) = (place.index == 0, place.index + 1 == place.count);
    match scheme {
        Scheme::Iob2 if is_first => 'B',
        Scheme::Iob1 if is_first && place.follows_same => 'B',
        Scheme::Ioe1 if is_last && place.precedes_same => 'E',
        Scheme::Ioe2 if is_last => 'E',
        Scheme::Iobes if is_first && is_last => 'S',
        Scheme::Bilou if is_first && is_last => 'U',
        Scheme::Iobes | Scheme::Bilou if is_first => 'B',
        Scheme::Iobes if is_last => 'E',
        Scheme::Bilou if is_last => 'L',
        _ => 'I',
    }
}

/// Prefix and label of a tag; `None` for a token outside all spans.
pub(in crate::format) fn parse(tag: &str) -> Option<(char, &str)> {
    let (prefix, label) = tag.split_once('-')?;
    let mut letters = prefix.chars();
    match (letters.next(), letters.next()) {
        (Some(letter @ ('B' | 'I' | 'E' | 'S' | 'L' | 'U' | 'M')), None) if !label.is_empty() => Some((letter, label)),
        _ => None,
    }
}

/// True for what can stand in a column of tags.
pub(in crate::format) fn is_tag(value: &str) -> bool {
    matches!(value, "O" | "_") || parse(value).is_some()
}

/// A span as numbers of its first token and the one behind its last.
pub(in crate::format) type Chunk<'t> = (usize, usize, &'t str);

/// The spans in the tags of one sentence, in whichever scheme: a span begins where a tag says so or where another label or
/// nothing stood before, and ends where a tag says so or where another begins.
pub(in crate::format) fn chunks<'t>(tags: &[Option<(char, &'t str)>]) -> Vec<Chunk<'t>> {
    let mut chunks: Vec<Chunk<'t>> = Vec::new();
    let mut open: Option<(usize, &'t str)> = None;
    for (index, tag) in tags.iter().enumerate() {
        let continues =
            matches!((open, tag), (Some((_, label)), Some(('I' | 'M' | 'E' | 'L', other))) if label == *other);
        if !continues {
            if let Some((start, label)) = open.take() {
                chunks.push((start, index, label));
            }
            open = tag.map(|(_, label)| (index, label));
        }
        if let (Some((start, label)), Some(('E' | 'L' | 'S' | 'U', _))) = (open, tag) {
            chunks.push((start, index + 1, label));
            open = None;
        }
    }
    if let Some((start, label)) = open {
        chunks.push((start, tags.len(), label));
    }
    chunks
}

/// Counts what tells the schemes apart.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::format) struct SchemeEvidence {
    begin: usize,
    /// `B` where no span with the same label stands before.
    free_begin: usize,
    /// `I` as the first of a span.
    inside_first: usize,
    end: usize,
    /// `E` where no span with the same label stands behind.
    free_end: usize,
    /// `I` as the last of a span.
    inside_last: usize,
    single: usize,
    last_or_unit: usize,
}

impl SchemeEvidence {
    /// Takes in the tags of one sentence.
    pub(in crate::format) fn add(&mut self, tags: &[Option<(char, &str)>]) {
        let label = |index: Option<usize>| index.and_then(|index| tags.get(index)).and_then(|tag| tag.map(|tag| tag.1));
        for (index, tag) in tags.iter().enumerate() {
            let Some((letter, own)) = tag else { continue };
            let follows = label(index.checked_sub(1)) == Some(*own);
            let precedes = label(index.checked_add(1)) == Some(*own);
            match letter {
                'B' => {
                    self.begin += 1;
                    self.free_begin += usize::from(!follows);
                }
                'E' => {
                    self.end += 1;
                    self.free_end += usize::from(!precedes);
                }
                'S' => self.single += 1,
                'L' | 'U' => self.last_or_unit += 1,
                _ => {
                    self.inside_first += usize::from(!follows);
                    self.inside_last += usize::from(!precedes);
                }
            }
        }
    }

    /// The scheme that explains most of it.
    pub(in crate::format) fn scheme(&self) -> Scheme {
        if self.last_or_unit > 0 {
            Scheme::Bilou
        } else if self.single > 0 || self.end > 0 && self.begin > 0 {
            Scheme::Iobes
        } else if self.end > 0 {
            if self.free_end >= self.inside_last { Scheme::Ioe2 } else { Scheme::Ioe1 }
        } else if self.inside_first > self.free_begin {
            Scheme::Iob1
        } else {
            Scheme::Iob2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_gives_back_its_spans() {
        let spans: &[Chunk<'_>] = &[(0, 1, "A"), (1, 3, "A"), (3, 4, "B"), (5, 8, "A"), (8, 9, "A")];
        for (scheme, expected) in [
            (Scheme::Iob2, "B-A B-A I-A B-B O B-A I-A I-A B-A O"),
            (Scheme::Iob1, "I-A B-A I-A I-B O I-A I-A I-A B-A O"),
            (Scheme::Ioe1, "E-A I-A I-A I-B O I-A I-A E-A I-A O"),
            (Scheme::Ioe2, "E-A I-A E-A E-B O I-A I-A E-A E-A O"),
            (Scheme::Iobes, "S-A B-A E-A S-B O B-A I-A E-A S-A O"),
            (Scheme::Bilou, "U-A B-A L-A U-B O B-A I-A L-A U-A O"),
        ] {
            let mut tags = vec!["O".to_owned(); 10];
            for (start, end, label) in spans {
                let follows_same = spans.iter().any(|(_, other, same)| other == start && same == label);
                let precedes_same = spans.iter().any(|(other, _, same)| other == end && same == label);
                for (index, place) in tags[*start..*end].iter_mut().enumerate() {
                    *place = tag(scheme, Place { index, count: end - start, follows_same, precedes_same }, label);
                }
            }
            assert_eq!(tags.join(" "), expected);
            let parsed: Vec<_> = tags.iter().map(|tag| parse(tag)).collect();
            assert_eq!(chunks(&parsed), spans, "{scheme:?}");
            let mut evidence = SchemeEvidence::default();
            evidence.add(&parsed);
            assert_eq!(evidence.scheme(), scheme);
        }
        assert_eq!(tag(Scheme::Bare, Place { index: 0, count: 1, follows_same: true, precedes_same: false }, "A"), "A");
        assert_eq!(Scheme::parse("BIOES"), Some(Scheme::Iobes));
    }

    #[test]
    fn broken_tags_still_give_spans() {
        let check = |tags: &str, expected: &[Chunk<'_>]| {
            let parsed: Vec<_> = tags.split(' ').map(parse).collect();
            assert_eq!(chunks(&parsed), expected, "{tags}");
        };
        check("I-A I-B", &[(0, 1, "A"), (1, 2, "B")]);
        check("B-A O I-A", &[(0, 1, "A"), (2, 3, "A")]);
        check("E-A E-A", &[(0, 1, "A"), (1, 2, "A")]);
        check("B-A M-A E-A", &[(0, 3, "A")]);
        check("B-A-B I-A-B", &[(0, 2, "A-B")]);
        check("O", &[]);
    }
}
