//! What a tagger learns from: a text in tokens and sentences, with the spans that a person confirmed.

use crate::{
    model::Name,
    text::{
        TextRange,
        segment::{sentences, tokens},
    },
};
use std::ops::Range;

/// Longest stretch in tokens that is tagged as one; longer sentences are cut.
const LONGEST: usize = 160;

/// Something known of a stretch before tagging: an entry of a list, the memory of the project, the answer of another model.
/// The tagger learns what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub range: TextRange,
    /// What is known; hints of the same kind have the same key.
    pub key: Name,
}

/// A text with what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Example {
    // Invariant: tokens lie in the text, in order; sentences are ranges of tokens, in order.
    text: String,
    tokens: Vec<TextRange>,
    sentences: Vec<Range<usize>>,
    /// Confirmed spans with their labels; may overlap.
    pub spans: Vec<(TextRange, Name)>,
    pub hints: Vec<Hint>,
}

impl Example {
    /// Cuts the text into tokens and sentences by the rules of [`crate::text::segment`].
    pub fn new(text: &str, spans: Vec<(TextRange, Name)>) -> Self {
        let all: Vec<TextRange> = tokens(text).collect();
        let mut ranges = Vec::new();
        let mut start = 0;
        for sentence in sentences(text) {
            let mut end = start;
            while all.get(end).is_some_and(|token| token.start() < sentence.end()) {
                end += 1;
            }
            ranges.push(start..end);
            start = end;
        }
        ranges.push(start..all.len());
        Self { text: text.to_owned(), tokens: all, sentences: cut(ranges), spans, hints: Vec::new() }
    }

    /// A text that is cut into tokens already, such as that of a corpus: words of sentences, joined by spaces, and their
    /// spans as sentence, first and last token.
    pub fn from_words(sentences: &[Vec<&str>], spans: &[(usize, usize, usize, Name)]) -> Self {
        let mut example = Self::default();
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for words in sentences {
            let start = example.tokens.len();
            for word in words {
                if !example.text.is_empty() {
                    example.text.push(' ');
                }
                let at = example.text.len();
                example.text.push_str(word);
                example.tokens.push(TextRange::from_usize(at, example.text.len()));
            }
            ranges.push(start..example.tokens.len());
        }
        for (sentence, first, last, label) in spans {
            let Some(range) = ranges.get(*sentence) else { continue };
            let token = |index: usize| example.tokens.get(range.start + index).copied();
            if let (Some(first), Some(last)) = (token(*first), token(*last)) {
                example.spans.push((first.cover(last), label.clone()));
            }
        }
        example.sentences = cut(ranges);
        example
    }

    /// The same without the sentences that have no span, and without those in which a place of `open` is not decided about yet.
    #[must_use]
    pub fn only_decided(mut self, open: &[TextRange]) -> Self {
        let mut tokens = Vec::new();
        let mut sentences = Vec::new();
        for sentence in &self.sentences {
            let words = self.tokens.get(sentence.clone()).unwrap_or_default();
            let hull = words.first().zip(words.last()).map(|(first, last)| first.cover(*last));
            let is_decided = |hull: &TextRange| {
                self.spans.iter().any(|(range, _)| range.overlaps(*hull))
                    && !open.iter().any(|range| range.overlaps(*hull))
            };
            if hull.as_ref().is_some_and(is_decided) {
                // Sentences lie close together: tokens and sentences are counted anew.
                let start = tokens.len();
                tokens.extend_from_slice(words);
                sentences.push(start..tokens.len());
            }
        }
        self.spans.retain(|(range, _)| {
            let first = tokens.partition_point(|token| token.end() <= range.start());
            tokens.get(first).is_some_and(|token| token.overlaps(*range))
        });
        self.tokens = tokens;
        self.sentences = sentences;
        self
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn tokens(&self) -> &[TextRange] {
        &self.tokens
    }

    /// Ranges of tokens; at most 160 tokens each.
    pub fn sentences(&self) -> &[Range<usize>] {
        &self.sentences
    }

    /// The tokens that a range touches, as a range of their numbers.
    pub(super) fn tokens_of(&self, range: TextRange) -> Range<usize> {
        let start = self.tokens.partition_point(|token| token.end() <= range.start());
        let end = self.tokens.partition_point(|token| token.start() < range.end());
        start..end.max(start)
    }
}

fn cut(ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    for range in ranges {
        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start + LONGEST);
            pieces.push(start..end);
            start = end;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_label_is_left_out_and_the_rest_stays_where_it_is() {
        let text = "Nichts steht hier. Özdal kam. Auch hier nichts. Dann ging Lindner.";
        let place = |words: &str| {
            let start = text.find(words).expect("the words");
            (TextRange::from_usize(start, start + words.len()), Name::from("PER"))
        };
        let example = Example::new(text, vec![place("Özdal"), place("Lindner")]).only_decided(&[]);
        let words: Vec<Vec<&str>> = example
            .sentences()
            .iter()
            .map(|sentence| example.tokens()[sentence.clone()].iter().map(|token| token.slice(text).unwrap()).collect())
            .collect();
        assert_eq!(words, [vec!["Özdal", "kam", "."], vec!["Dann", "ging", "Lindner", "."]]);
        for (range, _) in &example.spans {
            assert_eq!(example.tokens()[example.tokens_of(*range)], [*range]);
        }
        // Where something is not decided yet the rest of the sentence says nothing either.
        let kam = text.find("kam").expect("the word");
        let example = Example::new(text, vec![place("Özdal"), place("Lindner")])
            .only_decided(&[TextRange::from_usize(kam, kam + 3)]);
        assert_eq!((example.sentences().len(), &*example.spans), (1, &[place("Lindner")][..]));
    }
}
