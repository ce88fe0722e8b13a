//! Positions carried from one text to another that has the same characters and other white space.

use super::TextRange;

/// Two texts that differ in nothing but white space: what tables of tokens make of an article.
#[derive(Clone, Debug)]
pub struct SameWords {
    // Invariant: both have the same length; place and length in bytes of each character that is no white space.
    from: Vec<(u32, u32)>,
    to: Vec<(u32, u32)>,
}

impl SameWords {
    /// `None` if the texts differ in more than white space.
    pub fn between(from: &str, to: &str) -> Option<Self> {
        let visible = |text: &str| -> Option<Vec<(u32, u32)>> {
            let places = text.char_indices().filter(|(_, char)| !char.is_whitespace());
            places.map(|(at, char)| Some((u32::try_from(at).ok()?, u32::try_from(char.len_utf8()).ok()?))).collect()
        };
        let same =
            from.chars().filter(|char| !char.is_whitespace()).eq(to.chars().filter(|char| !char.is_whitespace()));
        same.then(|| Some(Self { from: visible(from)?, to: visible(to)? })).flatten()
    }

    /// The stretch of the other text with the same characters; white space at its edges is left out. `None` where the
    /// stretch has nothing but white space.
    pub fn carry(&self, range: TextRange) -> Option<TextRange> {
        let first = self.from.partition_point(|(at, _)| *at < range.start().0);
        let behind = self.from.partition_point(|(at, _)| *at < range.end().0);
        let last = behind.checked_sub(1).filter(|last| *last >= first)?;
        let (start, _) = self.to.get(first)?;
        let (end, length) = self.to.get(last)?;
        Some(TextRange::from_usize(*start as usize, (*end + *length) as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_keep_their_characters() {
        let check = |from: &str, to: &str, words: &str, expected: Option<&str>| {
            let start = from.find(words).expect("words of the text");
            let range = TextRange::from_usize(start, start + words.len());
            let found = SameWords::between(from, to).and_then(|same| same.carry(range)).and_then(|at| at.slice(to));
            assert_eq!(found, expected, "{from:?} {to:?}");
        };
        let tokens = "Die Bürgermeisterin \n von Köln - Kalk ( parteilos ) sprach .";
        let text = "Die Bürgermeisterin von Köln-Kalk (parteilos) sprach.";
        check(tokens, text, "Köln - Kalk", Some("Köln-Kalk"));
        check(tokens, text, "( parteilos )", Some("(parteilos)"));
        check(tokens, text, " \n ", None);
        check(text, tokens, "sprach.", Some("sprach ."));
        check(text, "Die Bürgermeisterin von Bonn sprach.", "Köln", None);
        assert!(SameWords::between("", " \n").is_some());
    }
}
