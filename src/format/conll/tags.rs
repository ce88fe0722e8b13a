//! Tag schemes: from the tokens of a span to tags, and back from any of them.

use crate::format::TagScheme;

/// The letter before the label for token number `index` of `count`. `follows_same` is true if a span with the same label
/// ends right before this one.
pub(in crate::format) fn prefix(scheme: TagScheme, index: usize, count: usize, follows_same: bool) -> char {
    let (is_first, is_last) = (index == 0, index + 1 == count);
    match scheme {
        TagScheme::Iob2 if is_first => 'B',
        TagScheme::Iob1 if is_first && follows_same => 'B',
        TagScheme::Ioe2 if is_last => 'E',
        TagScheme::Iobes if is_first && is_last => 'S',
        TagScheme::Bilou if is_first && is_last => 'U',
        TagScheme::Iobes | TagScheme::Bilou if is_first => 'B',
        TagScheme::Iobes if is_last => 'E',
        TagScheme::Bilou if is_last => 'L',
        _ => 'I',
    }
}

/// Prefix and label of a tag; `None` for a token outside all spans.
pub(in crate::format) fn parse(tag: &str) -> Option<(char, &str)> {
    let (prefix, label) = tag.split_once('-')?;
    let mut letters = prefix.chars();
    match (letters.next(), letters.next()) {
        (Some(letter @ ('B' | 'I' | 'E' | 'S' | 'L' | 'U')), None) if !label.is_empty() => Some((letter, label)),
        _ => None,
    }
}

/// True for what can stand in a column of tags.
pub(super) fn is_tag(value: &str) -> bool {
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
        let continues = matches!((open, tag), (Some((_, label)), Some(('I' | 'E' | 'L', other))) if label == *other);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_gives_back_its_spans() {
        let spans: &[Chunk<'_>] = &[(0, 1, "A"), (1, 3, "A"), (3, 4, "B"), (5, 8, "A"), (8, 9, "A")];
        for (scheme, expected) in [
            (TagScheme::Iob2, "B-A B-A I-A B-B O B-A I-A I-A B-A O"),
            (TagScheme::Iob1, "I-A B-A I-A I-B O I-A I-A I-A B-A O"),
            (TagScheme::Ioe2, "E-A I-A E-A E-B O I-A I-A E-A E-A O"),
            (TagScheme::Iobes, "S-A B-A E-A S-B O B-A I-A E-A S-A O"),
            (TagScheme::Bilou, "U-A B-A L-A U-B O B-A I-A L-A U-A O"),
        ] {
            let mut tags = vec!["O".to_owned(); 10];
            for (start, end, label) in spans {
                let follows_same = spans.iter().any(|(_, other, same)| other == start && same == label);
                for (index, tag) in tags[*start..*end].iter_mut().enumerate() {
                    *tag = format!("{}-{label}", prefix(scheme, index, end - start, follows_same));
                }
            }
            assert_eq!(tags.join(" "), expected);
            let parsed: Vec<_> = tags.iter().map(|tag| parse(tag)).collect();
            assert_eq!(chunks(&parsed), spans, "{scheme:?}");
        }
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
        check("B-A-B I-A-B", &[(0, 2, "A-B")]);
        check("O", &[]);
    }
}
