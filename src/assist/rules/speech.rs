//! Who said what: finds among labelled spans the one that a cue such as *sagte* or *laut* names as speaker or source.
//!
//! The cue says where to look, the spans say who is meant, so that titles, articles and attributes before a name need no
//! rules of their own: in *sagte der Sprecher des Ministeriums, Olga Maier* the spans are the ministry and Maier.

use crate::{
    model::AnnotationId,
    text::{TextRange, segment::sentences},
};
use regex::Regex;
use std::sync::LazyLock;

/// How far in bytes around a quotation cues are looked for.
const AROUND: usize = 240;
/// How sure it is that the words behind or before a quotation name its speaker; that a verb before quoted words does; and
/// that the next quotation goes on with the same speaker. Set by judgment.
const BESIDE: f32 = 0.9;
const INSIDE: f32 = 0.75;
const CONTINUED: f32 = 0.6;
/// How sure it is that a source named in a sentence vouches for an event in it. Set by judgment.
const SOURCE: f32 = 0.75;

const VERBS: &str = "sagt|sagte|sagten|erklärt|erklärte|erklärten|betont|betonte|schreibt|schrieb|schrieben|teilte|teilten|meint|meinte|\
     behauptet|behauptete|behaupteten|warnt|warnte|warnten|fordert|forderte|forderten|kündigt|kündigte|ergänzt|ergänzte|\
     berichtet|berichtete|berichteten|meldet|meldete|meldeten|kritisiert|kritisierte|fragt|fragte|antwortet|antwortete|\
     versichert|versicherte|räumt|räumte|fügt|fügte|unterstreicht|unterstrich|bekräftigt|bekräftigte|stellt|stellte|\
     äußert|äußerte|urteilt|urteilte|mahnt|mahnte|lobt|lobte|zeigt|zeigte|wirft|warf|gibt|gab|ruft|rief|droht|drohte|\
     bestätigt|bestätigte|bestätigten|verkündet|verkündete|dementiert|dementierte|vermutet|vermutete|hofft|hoffte";

/// Verbs before words in marks that are no sentence: *nannte das „absurd“*.
const NAMING: &str = "nannte|nennt|bezeichnete|bezeichnet|sprach|spricht|verlangte|verlangt|dankte|begrüßte|berichtete|zählte|warnte|warnt|kritisierte|lobte|versprach|verspricht|forderte|\
     fordert|sagte|sagt|erklärte|betonte|schrieb|drohte|beschrieb|verurteilte|teilte";

/// Words with which a part of the sentence begins in which nobody speaks: *sagte der Sprecher nach dem Treffen mit Huber*.
const ASIDE: &str = "bei|beim|nach|am|im|in|mit|vor|gegenüber|auf|zu|zum|zur|während|angesichts|über|gegen|unter|seit|wegen|bevor|als|laut|und|\
     ins|an|für|durch|zwischen|ohne|um|dem|dass|daß|ob|wenn|weil";

/// Words of time that stand between a verb and who speaks.
const TIME: &str = r"(?:(?:am|an diesem) \p{Lu}\p{L}+|gestern|heute|zuvor|später|weiter|dazu|daraufhin|anschließend|unterdessen|auch|zudem|jetzt|nun|dann|damals|hierzu)(?: (?:abend|morgen|Abend|Morgen|Nachmittag|Vormittag))? ";

fn regex(pattern: String) -> Option<Regex> {
    Regex::new(&pattern).ok()
}

static BEHIND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(format!(
        r"^(?:{VERBS}|so|laut|heißt es (?:aus|in|von|vom)|hieß es (?:aus|in|von|vom))(?: der| dem| den| die)? "
    ))
});
static VERB: LazyLock<Option<Regex>> = LazyLock::new(|| regex(format!(r"\b(?:{VERBS}|heißt es|hieß es)\b")));
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| regex(format!(r"\b(?:{NAMING})\b")));
static FIRST_ASIDE: LazyLock<Option<Regex>> = LazyLock::new(|| regex(format!(r"(?:^| )(?:{ASIDE}) ")));
static BEFORE_SUBJECT: LazyLock<Option<Regex>> = LazyLock::new(|| regex(format!("^(?:{TIME})+")));
static PRONOUN: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"^(?:er|sie|es|man|ich|wir|dieser|diese|jener|ihr)\b".to_owned()));
static LEADING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"\b(?:[Ll]aut|[Nn]ach Angaben (?:von|des|der|aus|vom)|[Nn]ach Darstellung (?:von|des|der)|[Nn]ach Aussage(?:n)? (?:von|des|der)|(?:Angaben|Aussagen|Berichten|Darstellung) (?:von|des|der|aus)|[Ww]ie) ".to_owned())
});
static SAID_BEHIND: LazyLock<Option<Regex>> = LazyLock::new(|| regex(format!(r", (?:wie )?(?:{VERBS}|so) ")));
static SAYS_THAT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(format!(
        r" (?:{VERBS})(?: [^,.:]{{0,60}})?(?:, (?:dass|daß|wonach|es|er|sie|die|der|man|Russland|bei|in)\b|:)"
    ))
});

/// A span that may name who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speaker {
    pub id: AnnotationId,
    pub range: TextRange,
    /// True for persons, who are taken before what they speak for.
    pub is_person: bool,
}

/// That a span is named as speaker or source.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    pub speaker: AnnotationId,
    /// The words that say that somebody speaks: `sagte`.
    pub cue: TextRange,
    /// How sure that is, from 0 to 1.
    pub score: f32,
    /// What the speaker vouches for: the quotation, or a part of a sentence.
    pub about: TextRange,
}

/// Who says the quotations, as far as words beside them tell; both lists in the order of the text. A quotation may stand in marks or
/// without them.
pub fn speakers_of_quotations(text: &str, quotations: &[TextRange], speakers: &[Speaker]) -> Vec<Attribution> {
    let mut found: Vec<Attribution> = Vec::new();
    let mut before: Option<usize> = None;
    for quotation in quotations {
        let edges = Edges::new(text, *quotation);
        let attribution = behind(text, &edges, speakers)
            .or_else(|| introduced(text, &edges, speakers))
            .or_else(|| said_later(text, &edges, speakers))
            .or_else(|| named(text, &edges, speakers))
            .or_else(|| continued(text, &edges, before, found.last()));
        if let Some((speaker, cue, score)) = attribution {
            found.push(Attribution { speaker, cue, score, about: *quotation });
            before = Some(edges.after);
        }
    }
    found
}

type Found = (AnnotationId, TextRange, f32);

/// Where a quotation begins and ends with its marks, and how far around it one may look.
struct Edges {
    start: usize,
    /// Behind marks, comma and space.
    after: usize,
    /// What stands between the last words and [`Edges::after`].
    closes_sentence: bool,
    least: usize,
    most: usize,
}

fn is_mark(char: char) -> bool {
    matches!(char, '„' | '“' | '”' | '"' | '»' | '«' | '‚' | '‘' | '’' | '›' | '‹')
}

impl Edges {
    fn new(text: &str, quotation: TextRange) -> Self {
        let (start, end) = (quotation.start().to_usize(), quotation.end().to_usize());
        let before = text.get(..start).unwrap_or_default();
        let start = before.trim_end_matches(is_mark).len();
        let tail = text.get(end..).unwrap_or_default();
        let rest = tail.trim_start_matches(|char: char| is_mark(char) || matches!(char, ',' | '.' | '!' | '?' | '…'));
        let between = tail.get(..tail.len() - rest.len()).unwrap_or_default();
        let rest = rest.trim_start_matches(' ');
        let after = text.len() - rest.len();
        let least = text.floor_char_boundary(start.saturating_sub(AROUND));
        let most = text.floor_char_boundary(after + AROUND);
        Self { start, after, closes_sentence: between.ends_with(['.', '!', '?']), least, most }
    }
}

/// „…“, sagte NAME.
fn behind(text: &str, edges: &Edges, speakers: &[Speaker]) -> Option<Found> {
    if edges.closes_sentence {
        return None;
    }
    let rest = text.get(edges.after..edges.most)?;
    let cue = BEHIND.as_ref()?.find(rest)?;
    let from = edges.after + cue.end();
    let speaker = subject(text, from, edges.most, speakers)?;
    Some((speaker, trimmed(text, edges.after, from), BESIDE))
}

/// NAME sagte am Montag: „…“
fn introduced(text: &str, edges: &Edges, speakers: &[Speaker]) -> Option<Found> {
    let clause = clause_before(text, edges)?;
    let from = edges.start - clause.len();
    if !clause.trim_end().ends_with(':') {
        return None;
    }
    let cue = VERB.as_ref()?.find_iter(clause).last()?;
    let range = TextRange::from_usize(from + cue.start(), from + cue.end());
    // Behind a comma stands what was said.
    let inverted = clause.get(cue.end()..).is_some_and(|behind| behind.starts_with(' '));
    let speaker = inverted
        .then(|| subject(text, from + cue.end() + 1, edges.start, speakers))
        .flatten()
        .or_else(|| subject_before(text, from, from + cue.start(), speakers))?;
    Some((speaker, range, BESIDE))
}

/// NAME nannte das „…“; NAME sagte, das sei „…“ gewesen.
fn named(text: &str, edges: &Edges, speakers: &[Speaker]) -> Option<Found> {
    let clause = clause_before(text, edges)?;
    let from = edges.start - clause.len();
    let cue = NAMED.as_ref()?.find(clause)?;
    let range = TextRange::from_usize(from + cue.start(), from + cue.end());
    let mut before = speakers.iter().filter(|speaker| speaker.range.start().to_usize() >= from);
    let speaker = match before.any(|speaker| speaker.range.end() <= range.start()) {
        true => subject_before(text, from, range.start().to_usize(), speakers),
        false => subject(text, range.end().to_usize() + 1, edges.start, speakers),
    };
    Some((speaker?, range, INSIDE))
}

/// Das sei „…“ gewesen, sagte NAME.
fn said_later(text: &str, edges: &Edges, speakers: &[Speaker]) -> Option<Found> {
    if edges.closes_sentence {
        return None;
    }
    let rest = text.get(edges.after..edges.most)?;
    let ends = |(index, char): &(usize, char)| match char {
        '\n' | '„' | '»' | '"' | ';' => true,
        '.' | '!' | '?' => rest.get(index + 1..).is_none_or(|rest| !rest.starts_with(char::is_alphanumeric)),
        _ => false,
    };
    let end = rest.char_indices().find(ends).map_or(rest.len(), |(index, _)| index);
    let sentence = rest.get(..end)?;
    let cue = SAID_BEHIND.as_ref()?.find(sentence)?;
    let from = edges.after + cue.end();
    let speaker = subject(text, from, edges.after + end, speakers)?;
    Some((speaker, trimmed(text, edges.after + cue.start() + 2, from), INSIDE))
}

/// „…“, sagte NAME. „…“
fn continued(text: &str, edges: &Edges, before: Option<usize>, last: Option<&Attribution>) -> Option<Found> {
    let (after, last) = (before?, last?);
    let between = text.get(after..edges.start)?;
    let sentence = between.trim_end();
    let ends = sentence.matches(['.', '!', '?', ':', '\n']).count();
    (ends == 1 && sentence.ends_with('.') && !between.contains('\n') && last.cue.start().to_usize() >= after)
        .then_some((last.speaker, last.cue, CONTINUED))
}

/// What stands before a quotation in its sentence, behind any other quotation.
fn clause_before<'a>(text: &'a str, edges: &Edges) -> Option<&'a str> {
    let before = text.get(edges.least..edges.start)?;
    let ends = |(index, char): (usize, char)| {
        let behind = before.get(index + char.len_utf8()..).unwrap_or_default();
        match char {
            '\n' => behind.starts_with('\n'),
            '.' | '!' | '?' => {
                behind.is_empty() || behind.starts_with(' ') && behind.trim_start().starts_with(char::is_uppercase)
            }
            '“' | '«' | '”' | ';' => true,
            _ => false,
        }
    };
    let start = before.char_indices().rfind(|place| ends(*place)).map_or(0, |(at, char)| at + char.len_utf8());
    before.get(start..)
}

/// The span that is the subject right behind a verb: the first person before any aside, or what stands there without person.
fn subject(text: &str, from: usize, most: usize, speakers: &[Speaker]) -> Option<AnnotationId> {
    let rest = text.get(from..most)?;
    let skipped = BEFORE_SUBJECT.as_ref()?.find(rest).map_or(0, |found| found.end());
    let (from, rest) = (from + skipped, rest.get(skipped..)?);
    if PRONOUN.as_ref()?.is_match(rest) {
        // Whom a pronoun means is known only where it is a mention of its own.
        let own = speakers.iter().find(|speaker| speaker.range.start().to_usize() == from);
        return own.map(|speaker| speaker.id);
    }
    let inside = |range: TextRange, until: usize| range.start().to_usize() >= from && range.end().to_usize() <= until;
    let stop = rest.find([',', ';', ':', '!', '?', '(', '–', '„', '»', '"']).unwrap_or(rest.len());
    let stop = stop.min(rest.find("\n\n").unwrap_or(rest.len()));
    let aside = FIRST_ASIDE.as_ref()?.find(rest).map_or(rest.len(), |found| found.start());
    let until = from + stop.min(aside);
    let within: Vec<&Speaker> = speakers.iter().filter(|speaker| inside(speaker.range, until)).collect();
    if let Some(person) = within.iter().find(|speaker| speaker.is_person) {
        return Some(person.id);
    }
    // An apposition: der Sprecher des Ministeriums, Olga Maier
    if stop < aside && rest.get(stop..).is_some_and(|rest| rest.starts_with(", ")) {
        let at = from + stop + 2;
        let next = speakers.iter().find(|speaker| speaker.is_person && speaker.range.start().to_usize() == at);
        if let Some(person) = next.filter(|person| person.range.end().to_usize() <= most) {
            return Some(person.id);
        }
    }
    within.first().map(|speaker| speaker.id)
}

/// The span that is the subject of a verb before it, in a clause that begins at `from`.
fn subject_before(text: &str, from: usize, verb: usize, speakers: &[Speaker]) -> Option<AnnotationId> {
    let inside =
        |speaker: &&Speaker| speaker.range.start().to_usize() >= from && speaker.range.end().to_usize() <= verb;
    let within: Vec<&Speaker> = speakers.iter().filter(inside).collect();
    let last = within.last()?;
    let gap = text.get(last.range.end().to_usize()..verb)?;
    if gap.trim().is_empty() {
        return Some(last.id);
    }
    let head = text.get(from..within.first()?.range.start().to_usize())?;
    let in_aside = FIRST_ASIDE.as_ref()?.is_match(&head.to_lowercase());
    let person = within.iter().find(|speaker| speaker.is_person).or(within.first())?;
    (!in_aside).then_some(person.id)
}

/// Sources that sentences name for what they tell without quoting: *laut NAME*, *…, sagte NAME*, *NAME zufolge*, *NAME
/// teilte mit, dass …*; in the order of the text.
pub fn sources(text: &str, speakers: &[Speaker]) -> Vec<Attribution> {
    let mut found: Vec<Attribution> = Vec::new();
    for sentence in sentences(text) {
        let (start, end) = (sentence.start().to_usize(), sentence.end().to_usize());
        let Some(words) = sentence.slice(text) else { continue };
        // What is in marks is for the rules of quotations.
        let first = speakers.partition_point(|speaker| speaker.range.start() < sentence.start());
        let own = speakers.get(first..).unwrap_or_default();
        let own = own.get(..own.partition_point(|speaker| speaker.range.start() < sentence.end())).unwrap_or_default();
        if own.is_empty() || words.contains(is_mark) {
            continue;
        }
        let one = leading(text, (start, words), own)
            .or_else(|| following((start, words), own))
            .or_else(|| said_behind(text, (start, words), own))
            .or_else(|| says_that(text, (start, words), own));
        if let Some((speaker, cue, about)) = one {
            let about = TextRange::from_usize(about.0.max(start), about.1.min(end));
            found.push(Attribution { speaker, cue, score: SOURCE, about });
        }
    }
    found
}

type SourceFound = (AnnotationId, TextRange, (usize, usize));

/// Laut NAME …; wie NAME mitteilte.
fn leading(text: &str, (start, words): (usize, &str), speakers: &[Speaker]) -> Option<SourceFound> {
    let cue = LEADING.as_ref()?.find(words)?;
    let from = start + cue.end();
    let end = start + words.len();
    let speaker = subject(text, from, end, speakers)?;
    let range = trimmed(text, start + cue.start(), from);
    if cue.as_str().trim().eq_ignore_ascii_case("wie") {
        let span = speakers.iter().find(|other| other.id == speaker)?;
        let behind = text.get(span.range.end().to_usize()..end)?;
        let clause = behind.split([',', '.', ';']).next().unwrap_or_default();
        let verb = clause.split_whitespace().last().unwrap_or_default();
        let says = VERB.as_ref()?.is_match(verb) || verb.starts_with("mit") && verb.len() > 3;
        if !says {
            return None;
        }
    }
    Some((speaker, range, (start, end)))
}

/// NAME zufolge
fn following((start, words): (usize, &str), speakers: &[Speaker]) -> Option<SourceFound> {
    let at = words.find(" zufolge")?;
    let speaker = speakers.iter().find(|speaker| speaker.range.end().to_usize() == start + at)?;
    let range = TextRange::from_usize(start + at + 1, start + at + " zufolge".len());
    Some((speaker.id, range, (start, start + words.len())))
}

/// …, sagte NAME
fn said_behind(text: &str, (start, words): (usize, &str), speakers: &[Speaker]) -> Option<SourceFound> {
    let cue = SAID_BEHIND.as_ref()?.find_iter(words).last()?;
    let from = start + cue.end();
    let speaker = subject(text, from, start + words.len(), speakers)?;
    Some((speaker, trimmed(text, start + cue.start() + 2, from), (start, start + cue.start())))
}

/// NAME teilte mit, dass …
fn says_that(text: &str, (start, words): (usize, &str), speakers: &[Speaker]) -> Option<SourceFound> {
    let cue = SAYS_THAT.as_ref()?.find(words)?;
    let verb = start + cue.start();
    let speaker = subject_before(text, start, verb, speakers)?;
    Some((speaker, trimmed(text, verb, start + cue.end()), (start + cue.end(), start + words.len())))
}

fn trimmed(text: &str, start: usize, end: usize) -> TextRange {
    let words = text.get(start..end).unwrap_or_default();
    let from = start + (words.len() - words.trim_start().len());
    TextRange::from_usize(from, (start + words.trim_end().len()).max(from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Spans in brackets: `[P:…]` a person, `[O:…]` another speaker, `[Q:…]` a quotation.
    fn parse(marked: &str) -> (String, Vec<TextRange>, Vec<Speaker>) {
        let (mut text, mut quotations, mut speakers) = (String::new(), Vec::new(), Vec::new());
        let mut open: Option<(char, usize)> = None;
        let mut rest = marked;
        while let Some(char) = rest.chars().next() {
            let mut taken = char.len_utf8();
            match char {
                '[' => {
                    open = rest.chars().nth(1).map(|kind| (kind, text.len()));
                    taken = 3;
                }
                ']' => {
                    let (kind, start) = open.take().expect("an open span");
                    let range = TextRange::from_usize(start, text.len());
                    if kind == 'Q' {
                        quotations.push(range);
                    } else {
                        let id = AnnotationId(u32::try_from(speakers.len()).unwrap() + 1);
                        speakers.push(Speaker { id, range, is_person: kind == 'P' });
                    }
                }
                char => text.push(char),
            }
            rest = rest.get(taken..).unwrap_or_default();
        }
        (text, quotations, speakers)
    }

    fn check(marked: &str, expected: &[&str]) {
        let (text, quotations, speakers) = parse(marked);
        let found = match quotations.is_empty() {
            true => sources(&text, &speakers),
            false => speakers_of_quotations(&text, &quotations, &speakers),
        };
        let words = |attribution: &Attribution| {
            let speaker = speakers.iter().find(|speaker| speaker.id == attribution.speaker);
            let speaker = speaker.and_then(|speaker| speaker.range.slice(&text)).unwrap_or_default();
            format!("{speaker} {}", attribution.cue.slice(&text).unwrap_or_default())
        };
        let found: Vec<String> = found.iter().map(words).collect();
        assert_eq!(found, expected, "{marked}");
    }

    #[test]
    fn speakers_of_quotations_are_found_beside_them() {
        check("„[Q:Wir bleiben]“, sagte [P:Olga Maier] nach dem Treffen mit [P:Huber].", &["Olga Maier sagte"]);
        check(
            "„[Q:Wir bleiben]“, sagte am Montag der Bürgermeister von [O:Ulm], [P:Jan Krause].",
            &["Jan Krause sagte"],
        );
        check("„[Q:Nein]“, so die Sprecherin des [O:Bauamts].", &["Bauamts so die"]);
        check("„[Q:Nein]“, sagte sie zu [P:Huber].", &[]);
        check("„[Q:Nein.]“ [P:Huber] schwieg.", &[]);
        check("[P:Olga Maier] sagte am Abend in [O:Ulm]: „[Q:Es reicht.]“", &["Olga Maier sagte"]);
        check("Dazu erklärte Landrat [P:Krause]: „[Q:Es reicht.]“", &["Krause erklärte"]);
        check("[P:Maier] dankte [P:Huber] und sagte: „[Q:Es reicht.]“", &["Maier sagte"]);
        check("[P:Maier] nannte den Plan „[Q:mutig]“.", &["Maier nannte"]);
        check("Den Plan nannte [P:Maier] „[Q:mutig]“.", &["Maier nannte"]);
        check("[P:Maier] sagte dem Blatt, der Plan sei „[Q:mutig]“ gewesen.", &["Maier sagte"]);
        check("Der Plan sei „[Q:mutig]“ gewesen, fügte [P:Maier] hinzu.", &["Maier fügte"]);
        check("[P:Maier] sagte, [O:Leute] hätten einen Auftrag: „[Q:zuhören]“.", &["Maier sagte"]);
        check("Gegen [P:Maier] gab es „[Q:viele]“ Stimmen.", &[]);
        check("„[Q:Ja]“, sagte [P:Maier]. „[Q:Aber später.]“", &["Maier sagte", "Maier sagte"]);
        check("„[Q:Ja]“, sagte [P:Maier]. Dann ging sie. „[Q:Aber später.]“", &["Maier sagte"]);
    }

    #[test]
    fn sources_without_marks_are_found() {
        check("Laut [O:Stadtwerken] fiel der Strom aus.", &["Stadtwerken Laut"]);
        check("Nach Angaben von [P:Maier] fiel der Strom aus.", &["Maier Nach Angaben von"]);
        check("Der Strom fiel aus, sagte [P:Maier] im Rat.", &["Maier sagte"]);
        check("Der Strom fiel [P:Maier] zufolge aus.", &["Maier zufolge"]);
        check("Wie [P:Maier] mitteilte, fiel der Strom aus.", &["Maier Wie"]);
        check("[P:Maier] teilte mit, dass der Strom ausfiel.", &["Maier teilte mit, dass"]);
        check("Wie [P:Maier] kam auch Huber zu spät.", &[]);
        check("[P:Maier] kam, als der Strom ausfiel.", &[]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(\\PC{0,4}|„|“|, sagte |laut |: | zufolge|Maier|\n|\\. ){0,24}", cuts in prop::collection::vec(0usize..80, 6)) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| text.floor_char_boundary(*cut)).collect();
            cuts.sort_unstable();
            let ranges: Vec<TextRange> = cuts.chunks(2).map(|pair| TextRange::from_usize(pair[0], pair[1])).collect();
            let speakers: Vec<Speaker> =
                ranges.iter().map(|range| Speaker { id: AnnotationId(1), range: *range, is_person: true }).collect();
            speakers_of_quotations(&text, &ranges, &speakers);
            sources(&text, &speakers);
        }
    }
}
