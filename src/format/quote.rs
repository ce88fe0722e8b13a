//! Finds the place of words that an extractor quotes from a text: exactly, or as good as exactly, but never by a guess.

use crate::text::TextRange;

/// Where quoted words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounded {
    /// Character by character.
    Exact(TextRange),
    /// But for white space, forms of quotation marks and dashes, and invisible characters.
    Close(TextRange),
    /// At this many places, and nobody says at which.
    Several(usize),
    /// At fewer places than the one that was named; this many.
    Fewer(usize),
    Nowhere,
}

/// A text in which quoted words are looked for.
pub struct Quotes<'a> {
    text: &'a str,
    /// The text with one form for what looks alike.
    plain: std::cell::OnceCell<Plain>,
}

/// A text in which what looks alike is alike, and where its characters come from.
struct Plain {
    text: String,
    /// For each byte of `text` the place in the original where its character starts and ends.
    origins: Vec<(u32, u32)>,
}

impl<'a> Quotes<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, plain: std::cell::OnceCell::new() }
    }

    /// The place of `quote`: the one that has it, or number `occurrence`, counted from 1, of those that have it.
    pub fn find(&self, quote: &str, occurrence: Option<u64>) -> Grounded {
        let quote = quote.trim();
        if quote.is_empty() {
            return Grounded::Nowhere;
        }
        let exact = choose(self.text, quote, occurrence);
        match exact {
            Chosen::At(start) => return Grounded::Exact(TextRange::from_usize(start, start + quote.len())),
            Chosen::Several(count) => return Grounded::Several(count),
            Chosen::Fewer(count) if count > 0 => return Grounded::Fewer(count),
            Chosen::Fewer(_) => {}
        }
        let plain = self.plain.get_or_init(|| Plain::new(self.text));
        let wanted = Plain::new(quote).text;
        let wanted = wanted.trim();
        if wanted.is_empty() {
            return Grounded::Nowhere;
        }
        match choose(&plain.text, wanted, occurrence) {
            Chosen::At(start) => {
                let first = plain.origins.get(start);
                let last = plain.origins.get(start + wanted.len() - 1);
                match (first, last) {
                    (Some((start, _)), Some((_, end))) => {
                        Grounded::Close(TextRange::from_usize(*start as usize, *end as usize))
                    }
                    _ => Grounded::Nowhere,
                }
            }
            Chosen::Several(count) => Grounded::Several(count),
            Chosen::Fewer(0) => Grounded::Nowhere,
            Chosen::Fewer(count) => Grounded::Fewer(count),
        }
    }
}

enum Chosen {
    At(usize),
    Several(usize),
    /// There are only so many.
    Fewer(usize),
}

/// Which of the places of `wanted` in `text` is meant. Places inside words count only where none is made of whole words.
fn choose(text: &str, wanted: &str, occurrence: Option<u64>) -> Chosen {
    let all: Vec<usize> = text.match_indices(wanted).map(|(start, _)| start).collect();
    let whole: Vec<usize> = all.iter().copied().filter(|start| is_whole(text, *start, wanted.len())).collect();
    let places = if whole.is_empty() { all } else { whole };
    match (occurrence, places.as_slice()) {
        (None, [only]) => Chosen::At(*only),
        (None, []) => Chosen::Fewer(0),
        (None, several) => Chosen::Several(several.len()),
        (Some(number), places) => {
            let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            index.and_then(|index| places.get(index)).map_or(Chosen::Fewer(places.len()), |start| Chosen::At(*start))
        }
    }
}

/// True if no word goes on beyond either end.
pub(super) fn is_whole(text: &str, start: usize, len: usize) -> bool {
    let inside = text.get(start..start + len).unwrap_or_default();
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(start + len..).and_then(|text| text.chars().next());
    let goes_on = |inner: Option<char>, outer: Option<char>| {
        inner.is_some_and(char::is_alphanumeric) && outer.is_some_and(char::is_alphanumeric)
    };
    !goes_on(inside.chars().next(), before) && !goes_on(inside.chars().next_back(), after)
}

impl Plain {
    fn new(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut origins: Vec<(u32, u32)> = Vec::with_capacity(original.len());
        for (start, char) in original.char_indices() {
            let end = start + char.len_utf8();
            let plain = match char {
                // Soft hyphens and what has no width.
                '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => continue,
                '„' | '“' | '”' | '‟' | '«' | '»' | '″' => '"',
                '‚' | '‘' | '’' | '‛' | '‹' | '›' | '′' | '`' | '´' => '\'',
                '\u{2010}'..='\u{2015}' | '−' => '-',
                char if char.is_whitespace() => ' ',
                char => char,
            };
            if plain == ' ' && text.ends_with(' ') {
                if let Some(last) = origins.last_mut() {
                    last.1 = u32::try_from(end).unwrap_or(u32::MAX);
                }
                continue;
            }
            text.push(plain);
            let origin = (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
            origins.extend(std::iter::repeat_n(origin, plain.len_utf8()));
        }
        Self { text, origins }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_have_one_place_or_none() {
        let text = "Lena Kühn sprach in Kühnheim.\n„Wir bauen –\n und zwar bald“, sagte Kühn. Kühn ging.";
        let check = |quote: &str, occurrence: Option<u64>, expected: Result<&str, Grounded>| {
            let found = Quotes::new(text).find(quote, occurrence);
            let words = match found {
                Grounded::Exact(range) | Grounded::Close(range) => Ok(range.slice(text).expect("a place of the text")),
                other => Err(other),
            };
            assert_eq!(words, expected, "{quote} {occurrence:?}");
        };
        check("Lena Kühn", None, Ok("Lena Kühn"));
        check(" Lena Kühn\n", None, Ok("Lena Kühn"));
        check("Kühnheim", None, Ok("Kühnheim"));
        // The place inside a word does not count beside whole words.
        check("Kühn", None, Err(Grounded::Several(3)));
        check("Kühn", Some(3), Ok("Kühn"));
        check("Kühn", Some(4), Err(Grounded::Fewer(3)));
        check("Kühn", Some(0), Err(Grounded::Fewer(3)));
        check("heim", None, Ok("heim"));
        check("\"Wir bauen - und zwar bald\"", None, Ok("„Wir bauen –\n und zwar bald“"));
        check("Wir bauen und zwar bald", None, Err(Grounded::Nowhere));
        check("Lena Kuhn", None, Err(Grounded::Nowhere));
        check("", None, Err(Grounded::Nowhere));
        check("\u{ad}", None, Err(Grounded::Nowhere));
        assert_eq!(Quotes::new("").find("a", None), Grounded::Nowhere);
        assert_eq!(
            Quotes::new("aus\u{ad}ge\u{ad}zeichnet").find("ausgezeichnet", None),
            Grounded::Close(TextRange::from_usize(0, 17))
        );
    }
}
