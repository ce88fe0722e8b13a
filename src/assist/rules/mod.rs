//! What fixed rules find without learning: dates, quantities, quotes, handles and addresses, German first.
//!
//! A rule names a [`Kind`]; which label of the project that is, a [`KindLabels`] says. A kind without label is not proposed.

mod date;
mod quantity;
mod quote;
mod speech;
mod user;

pub use quote::{Quotation, quotations};
pub use speech::{Attribution, Speaker, sources, speakers_of_quotations};
pub use user::{Element, Pattern, UserRule, UserRuleError, UserRules};

use super::{Reason, SpanProposal};
use crate::{
    model::{Name, Schema},
    text::{Matcher, TextRange, segment::tokens},
};

/// What a rule finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A date, time or period.
    Date,
    /// A number with what it counts or measures.
    Quantity,
    /// Quoted words, without the marks.
    Quote,
    /// `@name`.
    Handle,
    /// The address of a page.
    Url,
    /// The address of a mailbox.
    Email,
}

impl Kind {
    pub const ALL: [Self; 6] = [Self::Date, Self::Quantity, Self::Quote, Self::Handle, Self::Url, Self::Email];

    /// The name under which a [`Reason::Rule`] gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Quantity => "quantity",
            Self::Quote => "quote",
            Self::Handle => "handle",
            Self::Url => "url",
            Self::Email => "email",
        }
    }

    /// Names of labels that mean this kind, in English and German.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Date => &["date", "datum", "time", "zeit", "datetime", "zeitangabe", "zeitpunkt", "temporal"],
            Self::Quantity => &["quantity", "menge", "anzahl", "number", "zahl", "mengenangabe", "cardinal", "measure"],
            Self::Quote => &["quote", "zitat", "quotation", "speech", "rede", "redewiedergabe"],
            Self::Handle => &["handle", "account", "konto", "username", "nutzername"],
            Self::Url => &["url", "link", "webseite", "website", "adresse"],
            Self::Email => &["email", "e-mail", "mail"],
        }
    }

    /// How far a find of this kind is trusted, set by judgment rather than measured.
    fn score(self) -> f32 {
        match self {
            Self::Date => 0.85,
            Self::Quantity => 0.75,
            Self::Quote => 0.8,
            Self::Handle | Self::Url | Self::Email => 0.95,
        }
    }
}

/// Which label of the project stands for which kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindLabels {
    pub labels: std::collections::BTreeMap<Kind, Name>,
}

impl KindLabels {
    /// Guesses from the names of the labels, case aside.
    pub fn guess(schema: &Schema) -> Self {
        let find = |kind: Kind| {
            let label = kind.names().iter().find_map(|name| {
                schema.labels.iter().find(|label| label.name.to_lowercase() == *name).map(|label| label.name.clone())
            });
            label.map(|label| (kind, label))
        };
        Self { labels: Kind::ALL.into_iter().filter_map(find).collect() }
    }

    /// The spans that the rules find in a text, in order; each begins and ends on a token edge.
    pub fn proposals(&self, text: &str) -> Vec<SpanProposal> {
        let mut found = finds(text);
        found.sort_by_key(|(kind, range)| (*range, *kind));
        let propose = |(kind, range): (Kind, TextRange)| {
            let reason = Reason::Rule { name: kind.as_str().into() };
            self.labels.get(&kind).map(|label| SpanProposal {
                range,
                label: label.clone(),
                score: kind.score(),
                reason,
            })
        };
        found.into_iter().filter_map(propose).collect()
    }
}

/// Everything that the rules find, by kind.
pub fn finds(text: &str) -> Vec<(Kind, TextRange)> {
    let edges = Edges::new(text);
    let dates = date::dates(text, &edges);
    let mut found: Vec<_> = quantity::quantities(text, &edges, &dates).map(|range| (Kind::Quantity, range)).collect();
    found.extend(dates.into_iter().map(|range| (Kind::Date, range)));
    let quotes = quotations(text).into_iter().map(|quotation| quotation.quote);
    found.extend(quotes.filter(|range| edges.fit(*range)).map(|range| (Kind::Quote, range)));
    for token in &edges.tokens {
        let word = token.slice(text).unwrap_or_default();
        let kind = if word.starts_with('@') && word.len() > 1 {
            Kind::Handle
        } else if word.contains("://") || word.starts_with("www.") {
            Kind::Url
        } else if word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
            Kind::Email
        } else {
            continue;
        };
        found.push((kind, *token));
    }
    found
}

/// The tokens of a text, and whether ranges lie on their edges.
pub(crate) struct Edges {
    // Invariant: in the order of the text, without overlaps.
    pub tokens: Vec<TextRange>,
}

impl Edges {
    pub fn new(text: &str) -> Self {
        Self { tokens: tokens(text).collect() }
    }

    /// True if the range begins where a token begins and ends where one ends.
    pub fn fit(&self, range: TextRange) -> bool {
        !range.is_empty()
            && self.tokens.binary_search_by_key(&range.start(), |token| token.start()).is_ok()
            && self.tokens.binary_search_by_key(&range.end(), |token| token.end()).is_ok()
    }

    /// All places of a pattern that lie on edges.
    fn places<'a>(&'a self, pattern: Option<&'a Matcher>, text: &'a str) -> impl Iterator<Item = TextRange> + 'a {
        let matches = pattern.into_iter().flat_map(|pattern| pattern.find_all(text));
        matches.map(|found| TextRange::from_usize(found.start, found.end)).filter(|range| self.fit(*range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::news_schema;
    use proptest::prelude::*;

    fn check(text: &str, kind: Kind, expected: &[&str]) {
        let mut found: Vec<_> = finds(text).into_iter().filter(|(found, _)| *found == kind).collect();
        found.sort_by_key(|(_, range)| *range);
        let found: Vec<_> = found.iter().map(|(_, range)| range.slice(text).unwrap()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn dates_and_times() {
        for (text, expected) in [
            ("Am 12. März 2025 kam er.", &["12. März 2025"][..]),
            ("Er sprach am Mittwoch.", &["Mittwoch"]),
            ("Es geschah in der Nacht zum Dienstag.", &["Nacht zum Dienstag"]),
            ("Das gilt seit drei Monaten so.", &["drei Monaten"]),
            ("Um 14.30 Uhr war Schluss.", &["14.30 Uhr"]),
            ("Stand 2025-03-12, früher 3.10.2024.", &["2025-03-12", "3.10.2024"]),
            ("Vom 12. bis 14. Mai tagten sie.", &["12. bis 14. Mai"]),
            ("Ende März und im April 2024 kam gestern.", &["Ende März", "April 2024", "gestern"]),
            ("Vor zwei Wochen, binnen drei Tagen.", &["Vor zwei Wochen", "binnen drei Tagen"]),
            ("Nichts zeitliches hier.", &[]),
        ] {
            check(text, Kind::Date, expected);
        }
    }

    #[test]
    fn quantities_with_unit_and_operator() {
        for (text, expected) in [
            ("Es kamen mindestens 159 Drohnen.", &["mindestens 159 Drohnen"][..]),
            ("Er zahlte rund 800 Dollar dafür.", &["rund 800 Dollar"]),
            ("Sie rückten bis zu zwölf Kilometer vor.", &["bis zu zwölf Kilometer"]),
            ("Fast 12,5 Prozent oder 30 % fehlen.", &["Fast 12,5 Prozent", "30 %"]),
            ("Zwei Dutzend Soldaten fielen.", &["Zwei Dutzend Soldaten"]),
            ("Das sind eineinhalb Millionen Euro.", &["eineinhalb Millionen Euro"]),
            ("Mehr als 12.000 russische Soldaten.", &["Mehr als 12.000 russische Soldaten"]),
            ("Am 12. März 2025 und um 14 Uhr.", &[]),
            ("Ein Mann kam.", &[]),
        ] {
            check(text, Kind::Quantity, expected);
        }
    }

    #[test]
    fn quotes_handles_and_addresses() {
        check("„Wir gehen“, sagte er. »Nein.« Und \"Doch\".", Kind::Quote, &["Wir gehen", "Nein.", "Doch"]);
        check("Laut @frontbericht war Ruhe.", Kind::Handle, &["@frontbericht"]);
        check(
            "Siehe https://example.org/a und www.example.org.",
            Kind::Url,
            &["https://example.org/a", "www.example.org"],
        );
        check("Post an eva@example.org bitte.", Kind::Email, &["eva@example.org"]);
    }

    #[test]
    fn labels_are_guessed() {
        let labels = KindLabels::guess(&news_schema());
        assert_eq!(labels.labels.get(&Kind::Quote).map(|label| &**label), Some("QUOTE"));
        assert_eq!(labels.labels.get(&Kind::Url), None);
        assert_eq!(labels.proposals("Am 3. Mai auf www.example.org.").len(), 1);
    }

    #[test]
    fn long_and_odd_texts_end() {
        for text in ["„".repeat(200_000), "am 12. ".repeat(120_000), "zwei ".repeat(200_000), "😀".repeat(200_000)]
        {
            finds(&text);
        }
    }

    proptest! {
        #[test]
        fn finds_lie_on_token_edges(text in "(\\PC{0,6}|12|„|“|zwei| |März|\\.|Uhr|am ){0,30}") {
            let edges = Edges::new(&text);
            for (_, range) in finds(&text) {
                prop_assert!(edges.fit(range));
            }
        }
    }
}
