//! Sentences by example, and the laws that hold for every text.

use super::*;
use crate::text::segment::tokens;
use proptest::prelude::*;

/// `expected` separates the sentences by `|`.
fn check(text: &str, expected: &str) {
    let found: Vec<&str> = sentences(text).filter_map(|sentence| sentence.slice(text)).collect();
    assert_eq!(found.join("|"), expected, "{text:?}");
}

#[test]
fn plain_ends() {
    check("", "");
    check("  \n", "");
    check(" Er kam. Sie ging!  Warum? ", "Er kam.|Sie ging!|Warum?");
    check("Ein Satz ohne Ende", "Ein Satz ohne Ende");
    check("Er kam … und ging. Na… Gut.", "Er kam … und ging.|Na…|Gut.");
    check("Es waren 13. Danach kamen 2022. Putin ging.", "Es waren 13.|Danach kamen 2022.|Putin ging.");
    check("Sie siegten 3:2. Putin sah zu.", "Sie siegten 3:2.|Putin sah zu.");
    check("Zitat [...] Ende. Gut.", "Zitat [...] Ende.|Gut.");
    check("他来了。她走了。", "他来了。|她走了。");
    check("Он пришёл. Она ушла.", "Он пришёл.|Она ушла.");
}

#[test]
fn dots_that_end_nothing() {
    for text in [
        "Das kostet z. B. Geld und ca. 5 Mio. Euro bzw. Dollar.",
        "Dr. Müller und Prof. Dr. Meier wohnen in St. Pölten.",
        "Am 12. März und im 19. Jahrhundert war der 3. Kongress.",
        "Nr. 5 vom 3. Okt. 2024 liegt bei.",
        "Ludwig XIV. Von Frankreich war es nicht, sagte J. Müller.".get(..11).unwrap_or_default(),
        "In den U.S. Navy-Häfen lag D. Trump.",
        "Die 1. FC Köln GmbH und das 42. Regiment.",
        "Am 5. 6. 2025 war z.B. Ruhe.",
        "Siehe https://example.org/Foo.Bar?Baz=1 und so.",
        "Schreiben Sie an Max.Muster@example.org heute.",
        "„Wirklich?“, fragte er.",
        "„Geh!“ rief sie.",
        "Kosten von 3.5 Mio. Euro.",
        "Laut Art. 5 kamen rd. 400 Soldaten.",
        "Generalstabschef Dr.\nWaleri Gerassimow kam.",
    ] {
        check(text, text);
    }
}

#[test]
fn abbreviations_can_end() {
    check("Es kostet 5 Mio. Der Preis steigt.", "Es kostet 5 Mio.|Der Preis steigt.");
    check("Äpfel usw. Die Birnen.", "Äpfel usw.|Die Birnen.");
    check("Das war Vitamin C. Es half.", "Das war Vitamin C.|Es half.");
    check("Rotes Kreuz e.V. Das hilft.", "Rotes Kreuz e.V.|Das hilft.");
    check("Er kam. pic.twitter.com/a hier", "Er kam.|pic.twitter.com/a hier");
    check("So sprach Jan. Putin schwieg.", "So sprach Jan.|Putin schwieg.");
    check("z. B. Die Grünen sagten das. Gut.", "z. B. Die Grünen sagten das.|Gut.");
}

#[test]
fn quotes_close_their_sentence() {
    check("Er sagte: „Ich gehe.“ Dann ging er.", "Er sagte: „Ich gehe.“|Dann ging er.");
    check("(Er ging.) Sie kam.", "(Er ging.)|Sie kam.");
    check("\"Ja.\" \"Nein.\"", "\"Ja.\"|\"Nein.\"");
    check("**Er ging.** Sie kam.", "**Er ging.**|Sie kam.");
    check("Er ging. „Ja“, sagte sie.", "Er ging.|„Ja“, sagte sie.");
}

#[test]
fn glued_sentences_come_apart() {
    check("am Dienstag statt.Putin besuchte", "am Dienstag statt.|Putin besuchte");
    check("Kernkonstruktion 2.Während seines", "Kernkonstruktion 2.|Während seines");
    check("involviert waren.“Putins Reise", "involviert waren.“|Putins Reise");
    check("Er ging!Sie kam.„Ja“, sagte er.", "Er ging!|Sie kam.|„Ja“, sagte er.");
    check("Am 12.März war Ruhe.", "Am 12.März war Ruhe.");
    check("auf pic.twitter.com/Abc.Def hier", "auf pic.twitter.com/Abc.Def hier");
}

#[test]
fn line_breaks() {
    check("Putin besucht Kursk\n\nDer Präsident kam.", "Putin besucht Kursk|Der Präsident kam.");
    check("Putin besucht Kursk\r\n\r\nDer Präsident kam.", "Putin besucht Kursk|Der Präsident kam.");
    check(
        "Titel\nDer russische Präsident Wladimir Putin kam an.",
        "Titel|Der russische Präsident Wladimir Putin kam an.",
    );
    let wrapped = "Der russische Präsident Wladimir Putin hat am Mittwoch die\n\
                   Region Kursk besucht und dort mit Soldaten gesprochen, wie der\nKreml mitteilte.";
    check(wrapped, wrapped);
    check("- eins und zwei\n- drei", "- eins und zwei|- drei");
    check("# Titel\nText", "# Titel|Text");
}

#[test]
fn sentences_around_an_offset() {
    let check = |text: &str, offset: u32, expected: &str| {
        assert_eq!(sentence_at(text, ByteOffset(offset)).slice(text), Some(expected), "{text:?} {offset}");
    };
    check("", 3, "");
    check("   ", 1, "");
    check(" Er kam.", 0, "Er kam.");
    check("Er kam.  Sie ging.", 6, "Er kam.");
    check("Er kam.  Sie ging.", 7, "Er kam.");
    check("Er kam.  Sie ging.", 8, "Er kam.");
    check("Er kam.  Sie ging.", 9, "Sie ging.");
    check("Er kam.  Sie ging.", 99, "Sie ging.");
    check("Er kam.Sie ging.", 7, "Sie ging.");
}

/// Checks what must hold for every text.
fn check_laws(text: &str) {
    let all: Vec<TextRange> = sentences(text).collect();
    let words: Vec<TextRange> = tokens(text).collect();
    let mut end = 0;
    for sentence in &all {
        let range = sentence.to_usize();
        assert!(range.start >= end && range.end > range.start, "{:?}", all);
        assert!(text.get(end..range.start).unwrap().chars().all(is_space));
        for edge in [sentence.start(), sentence.end()] {
            assert!(!words.iter().any(|word| word.start() < edge && edge < word.end()), "{} in {:?}", edge, words);
        }
        for offset in range.clone() {
            assert_eq!(sentence_at(text, ByteOffset::from_usize(offset)), *sentence, "{}", offset);
        }
        end = range.end;
    }
    assert!(text.get(end..).unwrap().chars().all(is_space));
}

#[test]
fn sentences_do_not_split_tokens() {
    for text in ["𛄲v.Chr.", "。''a", "𑒀Drv.Chr.", "www.。Dr", "。\u{C3E}v.Chr.", ". A", "Er ging.''Und"] {
        check_laws(text);
    }
}

proptest! {
    #[test]
    fn both_ways_agree(text in TEXT) {
        check_laws(&text);
    }
}

/// Texts in which everything that has a rule comes up.
const TEXT: &str = "([a-z]{1,3}|[A-Z][a-z]{0,2}|[0-9]{1,3}|ä|Ö|[ ]|\\. |\\.|[!?:,]|…|“|„|\"|\\)|Dr|Mio|z\\.B\\.|v\\.Chr\\.|März|Der|am 3\\.\
                    |www\\.|/|@|\u{301}|\u{AD}|。|\\r\\n|\\n|\\n\\n|- |\u{A0}|\u{200B}|\\*\\*|'|_|#|-|\\PC){0,30}";

#[test]
fn long_sentences_stay_local() {
    for unit in ["wort ", "wort", "Dr. ", "a.Bc", "z. B. ", "...", "wort,\n", "\n", " ", "ä", "«", "www.X.Y/"] {
        let text = unit.repeat(100_000 / unit.len());
        let all: Vec<TextRange> = sentences(&text).collect();
        assert!(all.iter().all(|sentence| sentence.len() as usize <= 2 * STEP + 512), "{unit:?}");
        for sentence in all.iter().step_by(all.len() / 9 + 1) {
            for offset in [sentence.start().0, sentence.start().0 + sentence.len() / 2, sentence.end().0 - 1] {
                let offset = text.floor_char_boundary(offset as usize);
                assert_eq!(sentence_at(&text, ByteOffset::from_usize(offset)), *sentence, "{unit:?}");
            }
        }
    }
}

#[test]
#[cfg(not(debug_assertions))]
fn throughput() {
    let unit = "Der russische Präsident Wladimir Putin hat am 12. März die Kursk-Region besucht, wie der Kreml mitteilte. \
                Nach Angaben von Dr. Müller waren es rund 12.000 Soldaten; sie kamen z.B. aus Nordkorea. „Das ist ernst“, \
                sagte er.\n\n";
    let text = unit.repeat(20_000_000 / unit.len());
    let megabytes = text.len() as f64 / 1e6;
    let clock = std::time::Instant::now();
    let count = tokens(&text).count();
    let words = megabytes / clock.elapsed().as_secs_f64();
    let clock = std::time::Instant::now();
    let found = sentences(&text).count();
    let ends = megabytes / clock.elapsed().as_secs_f64();
    println!("{count} tokens at {words:.0} MB/s, {found} sentences at {ends:.0} MB/s");
    let clock = std::time::Instant::now();
    let long = "Wort und ".repeat(1_000_000 / 9);
    assert!(sentences(&long).count() > 10);
    println!("1 MB without a sentence end: {:?}", clock.elapsed());
    assert!(words > 10.0 && ends > 20.0);
}
