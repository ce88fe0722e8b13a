//! The German words that tell whether a full stop ends a sentence.

/// What a full stop behind a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// Something always follows: `Dr.`, `Nr.`
    Leading,
    /// Can close a sentence: `usw.`, `Mio.`
    Trailing,
}

/// How `word`, without its full stop, is abbreviated, if it is. Words that also stand alone (`Jan`, `Art`) are not here.
pub(super) fn abbreviation(word: &str) -> Option<Abbreviation> {
    // The longest entry has six letters.
    if word.len() > 8 {
        return None;
    }
    match word {
        "Dr" | "Prof" | "Dipl" | "Mag" | "Ing" | "Hr" | "Fr" | "Frl" | "Mr" | "Mrs" | "Ms" | "St" | "Nr" | "Nrn"
        | "No" | "Abb" | "Abs" | "Ziff" | "Kap" | "Bd" | "Bde" | "Hrsg" | "Hg" | "Vgl" | "vgl" | "Ca" | "ca" | "rd"
        | "Rd" | "Zz" | "bzw" | "Bzw" | "Evtl" | "evtl" | "ggf" | "Ggf" | "gem" | "lt" | "Lt" | "sog" | "Sog"
        | "inkl" | "Inkl" | "exkl" | "zzgl" | "abzgl" | "bspw" | "Bspw" | "insb" | "insbes" | "Insb" | "ehem"
        | "Ehem" | "geb" | "gest" | "verh" | "stellv" | "Stellv" | "Gen" | "Col" | "Maj" | "Hptm" | "Oblt" | "Sgt"
        | "Capt" | "Gov" | "Sen" | "Rep" | "Tel" | "Red" | "Ausg" | "Jg" | "Verf" | "Aufl" | "dt" | "engl" | "frz"
        | "russ" | "ukr" | "amerik" | "franz" | "österr" | "bzgl" | "Bzgl" | "einschl" | "entspr" | "Geb" | "wiss"
        | "jun" | "max" | "mind" | "durchschn" | "vs" | "Vs" | "resp" | "sen" | "Sr" | "od" => {
            Some(Abbreviation::Leading)
        }
        "usw" | "etc" | "Mio" | "Mrd" | "Tsd" | "Std" | "Sek" | "Jh" | "Jhdt" | "Jhd" | "Str" | "Inc" | "Corp"
        | "Ltd" | "Co" | "jr" | "Jr" | "Chr" | "Zt" | "Hd" | "uvm" | "dgl" | "ff" | "Ew" | "Pkt" | "Anm" | "Univ"
        | "Adr" | "Allg" | "Sc" | "al" => Some(Abbreviation::Trailing),
        _ => None,
    }
}

/// Short pieces that follow a single letter and a dot in one word: `v.Chr.`, `z.Zt.`
pub(super) fn is_second_piece(piece: &str) -> bool {
    matches!(piece, "Zt" | "Chr" | "Br" | "Hd" | "Hdn" | "Adr" | "Allg" | "allg" | "Sc" | "Phil" | "Ing" | "Ltg" | "Bd")
}

/// Names of months and their usual short forms.
pub(super) fn is_month(word: &str) -> bool {
    matches!(
        word,
        "Januar"
            | "Jänner"
            | "Februar"
            | "Feber"
            | "März"
            | "April"
            | "Mai"
            | "Juni"
            | "Juli"
            | "August"
            | "September"
            | "Oktober"
            | "November"
            | "Dezember"
    ) || is_short_month(word)
}

/// Short forms of month names. Some are first names, so that what stands around them must decide.
pub(super) fn is_short_month(word: &str) -> bool {
    matches!(
        word,
        "Jan" | "Jän" | "Feb" | "Mär" | "Apr" | "Jun" | "Jul" | "Aug" | "Sep" | "Sept" | "Okt" | "Nov" | "Dez"
    )
}

/// Nouns that follow an ordinal number so often that the full stop before them ends no sentence.
pub(super) fn follows_ordinal(word: &str) -> bool {
    const STEMS: [&str; 42] = [
        "Jahrhundert",
        "Jahrtausend",
        "Jahrestag",
        "Jahr",
        "Geburtstag",
        "Todestag",
        "Hochzeitstag",
        "Weltkrieg",
        "Bundesliga",
        "Liga",
        "Platz",
        "Rang",
        "Runde",
        "Minute",
        "Spieltag",
        "Etappe",
        "Klasse",
        "Stock",
        "Etage",
        "Armee",
        "Brigade",
        "Division",
        "Regiment",
        "Bataillon",
        "Korps",
        "Garde",
        "Bezirk",
        "Kapitel",
        "Absatz",
        "Tag",
        "Woche",
        "Monat",
        "Quartal",
        "Auflage",
        "Ausgabe",
        "Sitzung",
        "Wahlperiode",
        "Legislaturperiode",
        "Breitengrad",
        "Sanktionspaket",
        "Stelle",
        "FC",
    ];
    STEMS.iter().any(|stem| {
        word.strip_prefix(stem)
            .is_some_and(|ending| matches!(ending, "" | "s" | "es" | "e" | "n" | "en" | "er" | "ern"))
    })
}

/// Words that are abbreviations only before a number: `Art. 5`.
pub(super) fn precedes_number(word: &str) -> bool {
    matches!(word, "Art" | "Abt" | "Bl" | "Rn" | "Rz" | "Az" | "Abschn" | "Pos" | "Tab" | "Fig" | "Anh" | "Min" | "Mod")
}

/// Words before an ordinal number: `am 12.`, `der 3.`
pub(super) fn precedes_ordinal(word: &str) -> bool {
    let lower = word.to_lowercase();
    let stem = ["en", "em", "er", "es", "e"].iter().find_map(|ending| lower.strip_suffix(ending)).unwrap_or(&lower);
    matches!(
        &*lower,
        "am" | "im"
            | "vom"
            | "zum"
            | "zur"
            | "beim"
            | "der"
            | "die"
            | "das"
            | "dem"
            | "den"
            | "des"
            | "ab"
            | "bis"
            | "seit"
    ) || matches!(stem, "sein" | "ihr" | "unser" | "mein" | "dein" | "jed" | "dies")
}

/// Words that, written with a capital, begin a sentence: hardly any is a noun or a name.
pub(super) fn begins_sentence(word: &str) -> bool {
    matches!(
        word,
        "Der"
            | "Die"
            | "Das"
            | "Den"
            | "Dem"
            | "Des"
            | "Ein"
            | "Eine"
            | "Einen"
            | "Einem"
            | "Einer"
            | "Eines"
            | "Er"
            | "Sie"
            | "Es"
            | "Wir"
            | "Ihr"
            | "Ich"
            | "Man"
            | "In"
            | "Im"
            | "Am"
            | "An"
            | "Auf"
            | "Aus"
            | "Bei"
            | "Beim"
            | "Mit"
            | "Nach"
            | "Vor"
            | "Von"
            | "Vom"
            | "Zu"
            | "Zum"
            | "Zur"
            | "Für"
            | "Über"
            | "Unter"
            | "Um"
            | "Durch"
            | "Gegen"
            | "Ohne"
            | "Bis"
            | "Seit"
            | "Während"
            | "Wenn"
            | "Weil"
            | "Da"
            | "Dass"
            | "Als"
            | "Ob"
            | "Obwohl"
            | "Nachdem"
            | "Bevor"
            | "Und"
            | "Aber"
            | "Oder"
            | "Doch"
            | "Denn"
            | "Sondern"
            | "Auch"
            | "Noch"
            | "Nun"
            | "Nur"
            | "So"
            | "Dann"
            | "Dort"
            | "Hier"
            | "Dies"
            | "Diese"
            | "Dieser"
            | "Dieses"
            | "Diesen"
            | "Diesem"
            | "Jetzt"
            | "Laut"
            | "Trotz"
            | "Wegen"
            | "Zudem"
            | "Außerdem"
            | "Allerdings"
            | "Dabei"
            | "Damit"
            | "Daher"
            | "Deshalb"
            | "Dennoch"
            | "Danach"
            | "Davor"
            | "Darauf"
            | "Dazu"
            | "Daraufhin"
            | "Kein"
            | "Keine"
            | "Keiner"
            | "Sein"
            | "Seine"
            | "Seinen"
            | "Seiner"
            | "Ihre"
            | "Ihren"
            | "Ihrer"
            | "Ihrem"
            | "Unser"
            | "Unsere"
            | "Mehr"
            | "Viele"
            | "Alle"
            | "Einige"
            | "Beide"
            | "Was"
            | "Wer"
            | "Wie"
            | "Wo"
            | "Warum"
            | "Wann"
            | "Nicht"
            | "Nein"
            | "Ja"
            | "Ebenso"
            | "Bereits"
            | "Zuvor"
            | "Zwar"
            | "Zwischen"
            | "Später"
            | "Heute"
            | "Gestern"
            | "Inzwischen"
            | "Unterdessen"
            | "Insgesamt"
            | "Jedoch"
            | "Neben"
            | "Ab"
            | "The"
            | "This"
            | "He"
            | "She"
            | "It"
            | "But"
            | "And"
    )
}

/// True for numbers such as `XIV`.
pub(super) fn is_roman(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X' | b'L' | b'C'))
}

/// Endings of internet names that are taken for one without `www.` before.
pub(super) fn is_domain(label: &str) -> bool {
    matches!(
        label,
        "de" | "at"
            | "ch"
            | "com"
            | "org"
            | "net"
            | "info"
            | "eu"
            | "uk"
            | "ru"
            | "ua"
            | "io"
            | "ai"
            | "gov"
            | "edu"
            | "int"
            | "mil"
            | "tv"
            | "co"
            | "fr"
            | "it"
            | "pl"
            | "nl"
            | "cz"
            | "ly"
            | "news"
            | "blog"
            | "app"
            | "dev"
            | "online"
            | "live"
            | "cn"
            | "jp"
            | "tr"
            | "il"
            | "fm"
            | "li"
            | "lu"
            | "biz"
    )
}
