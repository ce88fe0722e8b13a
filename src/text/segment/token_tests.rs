//! Tokens by example, and the laws that hold for every text.

use super::*;
use crate::text::segment::scan::is_space;
use proptest::prelude::*;

/// `expected` separates the tokens by `|`.
fn check(text: &str, expected: &str) {
    let found: Vec<&str> = tokens(text).filter_map(|token| token.slice(text)).collect();
    assert_eq!(found.join("|"), expected, "{text:?}");
}

#[test]
fn words_and_marks() {
    check("", "");
    check(" \n\t\u{A0}", "");
    check("Der Besuch, der", "Der|Besuch|,|der");
    check(
        "in der Kursk-Region ein US-Vorschlag, 30-tägige Su-35",
        "in|der|Kursk-Region|ein|US-Vorschlag|,|30-tägige|Su-35",
    );
    check("US -Präsident Wirtschafts- und", "US|-|Präsident|Wirtschafts|-|und");
    check(
        "rund 12.000 Soldaten, 3,5 Mio. um 20:30 am 12.3.2025.",
        "rund|12.000|Soldaten|,|3,5|Mio.|um|20:30|am|12.3.2025|.",
    );
    check("z.B. die U.S.-Armee, i.d.R. 5 v.Chr.", "z.B.|die|U.S.-Armee|,|i.d.R.|5|v.Chr.");
    check("Dr. Müller, Dipl.-Ing. Er", "Dr.|Müller|,|Dipl.-Ing.|Er");
    check("geht's d’Italia R&D '24", "geht's|d’Italia|R&D|'|24");
    check("... -- ** „Z“ und „V“", "...|--|**|„|Z|“|und|„|V|“");
    check("**kürzlich angekommenen**", "**|kürzlich|angekommenen|**");
    check("Bürger:innen und Bürger*innen, Titel:in Klammern", "Bürger:innen|und|Bürger*innen|,|Titel:in|Klammern");
    check("snake_case _kursiv_", "snake_case|_|kursiv|_");
    check("(AFP/Getty) {title && {title} }", "(|AFP|/|Getty|)|{|title|&&|{|title|}|}");
    check("800 US -Dollar 5% 20°C m²", "800|US|-|Dollar|5|%|20|°|C|m²");
}

#[test]
fn glued_sentences_come_apart() {
    check("am Dienstag statt.Putin kam", "am|Dienstag|statt|.|Putin|kam");
    check("Kernkonstruktion 2.Während", "Kernkonstruktion|2|.|Während");
    check("waren.“Putins Reise", "waren|.|“|Putins|Reise");
    check("ernst…und", "ernst|…|und");
}

#[test]
fn addresses() {
    check(
        "pic.twitter.com/bAjwcUdVk6— lone wolf (@MApodogan)",
        "pic.twitter.com/bAjwcUdVk6|—|lone|wolf|(|@MApodogan|)",
    );
    check(
        "[die-nachrichten.at](https://www.die-nachrichten.at)",
        "[|die-nachrichten.at|]|(|https://www.die-nachrichten.at|)",
    );
    check("auf www.spiegel.de, bei amazon.com-Chef", "auf|www.spiegel.de|,|bei|amazon.com-Chef");
    check("an max.muster@example.org. Ende", "an|max.muster@example.org|.|Ende");
    check(
        "https://de.wikipedia.org/wiki/Kursk_(Stadt)?a=1&b=2.",
        "https://de.wikipedia.org/wiki/Kursk_(Stadt)?a=1&b=2|.",
    );
    check("#Kursk_2025 @a_b @x@social.example # @ www.", "#Kursk_2025|@a_b|@x@social.example|#|@|www|.");
}

#[test]
fn what_belongs_together_is_not_split() {
    check("Donau\u{AD}dampf\u{AD}schiff", "Donau\u{AD}dampf\u{AD}schiff");
    check("Cafe\u{301} e\u{301}t", "Cafe\u{301}|e\u{301}t");
    check("👩‍👩‍👧 🇺🇦🇩🇪 👍🏽👍🏽 1️⃣ ❤️", "👩‍👩‍👧|🇺🇦|🇩🇪|👍🏽|👍🏽|1️⃣|❤️");
    check("می‌خواهم", "می‌خواهم");
    check("Владимир Путин, Ростов-на-Дону", "Владимир|Путин|,|Ростов-на-Дону");
    check("שלום עולם.", "שלום|עולם|.");
    check("中国 カタカナ", "中|国|カタカナ");
    check("हिन्दी में", "हिन्दी|में");
    check("a\u{200B}b \u{FEFF}Der", "a|b|Der");
}

#[test]
fn tokens_around_an_offset() {
    let check = |text: &str, offset: u32, expected: Option<&str>| {
        assert_eq!(
            token_at(text, ByteOffset(offset)).and_then(|token| token.slice(text)),
            expected,
            "{text:?} {offset}"
        );
    };
    check("", 0, None);
    check("Kursk, hier", 0, Some("Kursk"));
    check("Kursk, hier", 5, Some(","));
    check("Kursk, hier", 6, Some(","));
    check("Kursk  hier", 6, None);
    check("Kursk  hier", 5, Some("Kursk"));
    check("Kursk hier", 99, Some("hier"));
    check("für", 2, Some("für"));
    check("  ", 1, None);
}

#[test]
fn steps_between_tokens() {
    let text = "Er kam, sah.";
    let mut at = ByteOffset(0);
    let ends: Vec<u32> = std::iter::from_fn(|| {
        at = next_token_end(text, at);
        Some(at.0)
    })
    .take(6)
    .collect();
    assert_eq!(ends, [2, 6, 7, 11, 12, 12]);
    let starts: Vec<u32> = std::iter::from_fn(|| {
        at = previous_token_start(text, at);
        Some(at.0)
    })
    .take(6)
    .collect();
    assert_eq!(starts, [11, 8, 6, 3, 0, 0]);
    assert_eq!(previous_token_start("Kursk", ByteOffset(3)).0, 0);
}

#[test]
fn edges_snap_to_tokens() {
    let check = |text: &str, range: (usize, usize), expected: &str| {
        let snapped = snap_to_tokens(text, TextRange::from_usize(range.0, range.1));
        assert_eq!(snapped.slice(text), Some(expected), "{text:?} {range:?}");
    };
    check("in der Kursk-Region war", (7, 12), "Kursk-Region");
    check("in der Kursk-Region war", (2, 19), "der Kursk-Region");
    check("in der Kursk-Region war", (6, 21), "der Kursk-Region war".get(4..).unwrap_or_default());
    check("in  der", (2, 4), "");
    check("in  der", (3, 3), "");
    check("Kursk", (4, 99), "Kursk");
    check("", (0, 9), "");
}

proptest! {
    #[test]
    fn tokens_cover_all_but_white_space(text in TEXT) {
        let all: Vec<TextRange> = tokens(&text).collect();
        let mut end = 0;
        for token in &all {
            let range = token.to_usize();
            prop_assert!(range.start >= end && range.end > range.start, "{:?}", all);
            let gap = text.get(end..range.start).unwrap();
            prop_assert!(gap.chars().all(is_space), "{:?} {:?}", gap, all);
            prop_assert!(is_edge(&text, range.start) && is_edge(&text, range.end), "{:?}", all);
            prop_assert!(!token.slice(&text).unwrap().graphemes(true).any(|cluster| cluster == " " || cluster == "\n"));
            end = range.end;
        }
        prop_assert!(text.get(end..).unwrap().chars().all(is_space));
        for offset in 0..=text.len() {
            let at = text.floor_char_boundary(offset);
            let holding = all.iter().find(|token| token.contains_offset(ByteOffset::from_usize(at)));
            let ending = all.iter().find(|token| token.end().to_usize() == at);
            prop_assert_eq!(token_at(&text, ByteOffset::from_usize(offset)), holding.or(ending).copied());
            let next = all.iter().find(|token| token.end().to_usize() > at).map_or(text.len(), |token| token.end().to_usize());
            prop_assert_eq!(next_token_end(&text, ByteOffset::from_usize(offset)).to_usize(), next);
            let previous = all.iter().rfind(|token| token.start().to_usize() < at).map_or(0, |token| token.start().to_usize());
            prop_assert_eq!(previous_token_start(&text, ByteOffset::from_usize(offset)).to_usize(), previous);
        }
    }

    #[test]
    fn snapping_twice_changes_nothing(text in TEXT, one in 0u32..120, other in 0u32..120) {
        let snapped = snap_to_tokens(&text, TextRange::new(ByteOffset(one), ByteOffset(other)));
        prop_assert!(snapped.slice(&text).is_some());
        prop_assert_eq!(snap_to_tokens(&text, snapped), snapped);
    }
}

/// Texts in which everything that has a rule comes up.
const TEXT: &str = "([a-zA-Z]{1,3}|[0-9]{1,2}|ä|[ ]|[.,:;!?'@#*_&/-]|www\\.|\\.de|\\.com/|z\\.B\\.|\u{2019}|„|“|…|\u{301}|\u{200D}\
                    |\u{AD}|👩|🇺|\u{600}|中|נ|\u{A0}|\u{200B}|\r\n|\n|\u{1160}|한|ไ|\\PC){0,24}";

#[test]
fn long_stretches_stay_local() {
    // 200 kB without white space: every answer agrees with the whole, and costs a few steps.
    for unit in ["a", "ä", "Ab.", "中", "-", "e\u{301}", "x@y.de/"] {
        let text = unit.repeat(200_000 / unit.len());
        let mut longest = 0;
        for (index, token) in tokens(&text).enumerate() {
            longest = longest.max(token.len());
            if index % 997 == 0 {
                assert_eq!(token_at(&text, token.start()), Some(token), "{unit}");
            }
        }
        assert!(longest as usize <= 2 * STEP, "{unit} {longest}");
    }
}
