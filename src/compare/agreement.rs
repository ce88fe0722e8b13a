//! Agreement of two annotators beyond chance: Cohen's kappa over tokens.

use super::Labelled;
use crate::text::TextRange;
use std::collections::BTreeMap;

/// What two sides say of each token. Articles are added one by one.
///
/// What is said of a token is the labels of all spans that touch it, or nothing. Kappa is
/// (observed - expected) / (1 - expected) agreement (Cohen 1960), so that tokens which both leave unlabelled, nearly all of
/// a text, do not count for much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenAgreement {
    counts: BTreeMap<(String, String), usize>,
    total: usize,
}

impl TokenAgreement {
    /// Adds the tokens of one article, in the order of the text.
    pub fn add(&mut self, tokens: impl Iterator<Item = TextRange>, one: &[Labelled], other: &[Labelled]) {
        let (one, other) = (Said::new(one), Said::new(other));
        for token in tokens {
            *self.counts.entry((one.of(token), other.of(token))).or_default() += 1;
            self.total += 1;
        }
    }

    /// How many tokens were added.
    pub fn tokens(&self) -> usize {
        self.total
    }

    /// Cohen's kappa: 1 for full agreement, 0 for as much as chance would give, below it for less. `None` where both said the
    /// same of all tokens, so that there is nothing that chance could explain.
    #[expect(clippy::cast_precision_loss, reason = "counts of tokens are small")]
    pub fn kappa(&self) -> Option<f64> {
        let total = self.total as f64;
        let mut shares: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut agreed = 0;
        for ((one, other), count) in &self.counts {
            shares.entry(one).or_default().0 += count;
            shares.entry(other).or_default().1 += count;
            agreed += if one == other { *count } else { 0 };
        }
        let expected: f64 = shares.values().map(|(one, other)| *one as f64 / total * (*other as f64 / total)).sum();
        let observed = agreed as f64 / total;
        (self.total > 0 && shares.len() > 1).then(|| (observed - expected) / (1.0 - expected))
    }
}

/// The spans of one side, sorted.
struct Said {
    spans: Vec<Labelled>,
    longest: u32,
}

impl Said {
    fn new(spans: &[Labelled]) -> Self {
        let mut spans = spans.to_vec();
        spans.sort();
        let longest = spans.iter().map(|span| span.range.len()).max().unwrap_or(0);
        Self { spans, longest }
    }

    /// The labels on a token, with `+` between them.
    fn of(&self, token: TextRange) -> String {
        let from = token.start().0.saturating_sub(self.longest);
        let first = self.spans.partition_point(|span| span.range.start().0 < from);
        let near = self.spans.iter().skip(first).take_while(|span| span.range.start() < token.end());
        let mut labels: Vec<&str> = near.filter(|span| span.range.overlaps(token)).map(|span| &*span.label).collect();
        labels.sort_unstable();
        labels.dedup();
        labels.join("+")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::segment::tokens;

    fn check(one: &[(&str, &str)], other: &[(&str, &str)], expected: Option<f64>) {
        let text = "Die Ministerin traf Jana Okoye in Nordhausen am Harz.";
        let spans = |spans: &[(&str, &str)]| -> Vec<Labelled> {
            let span = |(words, label): &(&str, &str)| {
                let start = text.find(words).expect("words of the text");
                Labelled { range: TextRange::from_usize(start, start + words.len()), label: (*label).into() }
            };
            spans.iter().map(span).collect()
        };
        let mut agreement = TokenAgreement::default();
        agreement.add(tokens(text), &spans(one), &spans(other));
        assert_eq!(agreement.tokens(), 10);
        match (agreement.kappa(), expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-9, "{found} {expected}"),
            (found, expected) => assert_eq!(found, expected),
        }
    }

    #[test]
    fn kappa_as_worked_by_hand() {
        let names = [("Jana Okoye", "PER"), ("Nordhausen", "LOC")];
        check(&names, &names, Some(1.0));
        check(&[], &[], None);
        // Nine of ten tokens agree; by chance (7 · 7 + 2 · 1 + 1 · 1 + 0 · 1) / 100 would.
        check(&names, &[("Jana Okoye", "PER"), ("Nordhausen", "ORG")], Some((0.9 - 0.53) / 0.47));
        // One side has nothing: no better than chance.
        check(&names, &[], Some(0.0));
        check(&[("Jana Okoye in", "X"), ("Okoye", "Y")], &[("Jana Okoye in", "X"), ("Okoye", "Y")], Some(1.0));
    }
}
