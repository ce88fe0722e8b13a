//! Remembers what was accepted and rejected: by the words themselves and their label.
//!
//! What was counted can be taken back exactly, so that undo and corrections leave no trace.

use super::{Reason, SpanProposal, alias::without_genitive};
use crate::{
    model::{AnnotationSet, Fragments, Name, Progress, Span, Status},
    text::{TextRange, segment::tokens},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Longest form in words that is remembered.
const LONGEST: usize = 12;
/// Longest run of words whose occurrences in confirmed texts are counted.
const COUNTED: usize = 3;
/// What one unlabelled occurrence in a confirmed text counts against a form, as a share of a rejection. It is less, since
/// annotators overlook things.
const UNLABELLED: f32 = 0.5;
/// What is suggested has a score above this: forms that are as often something else cost more than they save.
pub const EVEN: f32 = 0.5;

/// Accepts and rejections of one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub accepted: u32,
    pub rejected: u32,
}

/// Counts per surface form and label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    // Invariant: no entry has only zeros.
    forms: HashMap<String, BTreeMap<Name, Counts>>,
    // Invariant: for each first word of a form, how many forms begin with it.
    beginnings: HashMap<String, u32>,
    // Invariant: how often runs of up to COUNTED words occur in confirmed texts, by the hash of the run; no zeros.
    occurrences: HashMap<u64, u32>,
}

/// What is not proposed: places with labels, and scores up to this.
struct Bounds<'a> {
    rejected: HashSet<(TextRange, &'a str)>,
    above: f32,
}

/// Whether something is counted or taken back.
#[derive(Clone, Copy)]
enum Direction {
    Add,
    Take,
}

impl Direction {
    fn change(self, count: &mut u32) {
        *count = match self {
            Self::Add => count.saturating_add(1),
            Self::Take => count.saturating_sub(1),
        };
    }
}

impl Memory {
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns from all accepted, rejected and corrected spans of an article; of an article that is done also which words
    /// carry no label.
    pub fn observe(&mut self, text: &str, set: &AnnotationSet) {
        self.count(text, set, Direction::Add);
    }

    /// Takes back what [`Memory::observe`] learned from exactly this text and these annotations.
    pub fn forget(&mut self, text: &str, set: &AnnotationSet) {
        self.count(text, set, Direction::Take);
    }

    /// The counts for these words with this label.
    pub fn counts(&self, words: &str, label: &str) -> Counts {
        self.forms.get(&form(words)).and_then(|labels| labels.get(label)).copied().unwrap_or_default()
    }

    /// How many forms are known.
    pub fn len(&self) -> usize {
        self.forms.len()
    }

    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Known forms in a text, in order and without overlaps, the longest first; also as parts of compounds with hyphens.
    /// Nothing that `rejected` names, place and label, is proposed, and nothing with a score up to `above`: see [`EVEN`].
    pub fn proposals(&self, text: &str, rejected: &[(TextRange, Name)], above: f32) -> Vec<SpanProposal> {
        let rejected: HashSet<(TextRange, &str)> = rejected.iter().map(|(range, label)| (*range, &**label)).collect();
        let bounds = Bounds { rejected, above };
        let words: Vec<(TextRange, String)> =
            tokens(text).map(|token| (token, word(token.slice(text).unwrap_or_default()))).collect();
        let mut found = Vec::new();
        let mut next = 0;
        while let Some((token, _)) = words.get(next) {
            if let Some((count, proposal)) = self.longest(words.get(next..).unwrap_or_default(), &bounds) {
                found.push(proposal);
                next += count;
                continue;
            }
            for part in parts(text, *token) {
                let word = word(part.slice(text).unwrap_or_default());
                if let Some(proposal) = self.best(&word, part, &bounds) {
                    found.push(proposal);
                }
            }
            next += 1;
        }
        found
    }

    /// The longest known form at the beginning of `words`, with its length in words.
    fn longest(&self, words: &[(TextRange, String)], bounds: &Bounds<'_>) -> Option<(usize, SpanProposal)> {
        let (first, word) = words.first()?;
        // The last word of a form has lost its genitive, so a form of one word may begin otherwise than a longer one.
        if !self.beginnings.contains_key(word) && !self.beginnings.contains_key(without_genitive(word)) {
            return None;
        }
        let mut run = String::new();
        let mut found = None;
        for (count, (token, word)) in words.iter().take(LONGEST).enumerate() {
            if count > 0 {
                run.push(' ');
            }
            let length = run.len();
            run.push_str(without_genitive(word));
            if let Some(proposal) = self.best(&run, first.cover(*token), bounds) {
                found = Some((count + 1, proposal));
            }
            run.truncate(length);
            run.push_str(word);
        }
        found
    }

    /// The likeliest label of a form that may stand at this place.
    fn best(&self, form: &str, range: TextRange, bounds: &Bounds<'_>) -> Option<SpanProposal> {
        let form = without_genitive(form);
        let labels = self.forms.get(form)?;
        let accepted: u32 = labels.values().map(|counts| counts.accepted).sum();
        let seen = self.occurrences.get(&hash(form)).copied().unwrap_or(0);
        let unlabelled = seen.saturating_sub(accepted);
        let score = |label: &Name, counts: &Counts| {
            // The mean of a Beta distribution over "is accepted", from an even prior; other labels count against this one.
            let others: u32 =
                labels.iter().filter(|(other, _)| *other != label).map(|(_, counts)| counts.accepted).sum();
            let against = number(counts.rejected) + number(others) + UNLABELLED * number(unlabelled);
            (number(counts.accepted) + 1.0) / (number(counts.accepted) + against + 2.0)
        };
        labels
            .iter()
            .filter(|(label, counts)| counts.accepted > 0 && !bounds.rejected.contains(&(range, &***label)))
            .map(|(label, counts)| SpanProposal {
                range,
                label: label.clone(),
                score: score(label, counts),
                reason: Reason::Memory { accepted: counts.accepted, rejected: counts.rejected },
            })
            .filter(|proposal| proposal.score > bounds.above)
            .reduce(|best, next| if next.score > best.score { next } else { best })
    }

    /// Learns one span, as [`Memory::observe`] does all of an article.
    pub fn observe_span(&mut self, text: &str, span: &Span) {
        self.count_span(text, span, Direction::Add);
    }

    /// Takes back what [`Memory::observe_span`] learned from exactly this span.
    pub fn forget_span(&mut self, text: &str, span: &Span) {
        self.count_span(text, span, Direction::Take);
    }

    /// Learns which words of an article that became done carry no label; `is_done` false takes that back.
    pub fn observe_done(&mut self, text: &str, is_done: bool) {
        self.count_words(text, if is_done { Direction::Add } else { Direction::Take });
    }

    fn count_span(&mut self, text: &str, span: &Span, direction: Direction) {
        match span.status {
            Status::Accepted => self.change(text, &span.fragments, &span.label, Status::Accepted, direction),
            Status::Rejected => self.change(text, &span.fragments, &span.label, Status::Rejected, direction),
            Status::Suggested => {}
        }
        if span.status == Status::Accepted
            && let Some(before) = &span.corrected_from
        {
            let fragments = before.fragments.as_ref().unwrap_or(&span.fragments);
            if *fragments != span.fragments || before.label != span.label {
                self.change(text, fragments, &before.label, Status::Rejected, direction);
            }
        }
    }

    fn count(&mut self, text: &str, set: &AnnotationSet, direction: Direction) {
        for span in set.spans() {
            self.count_span(text, span, direction);
        }
        if set.progress() == Progress::Done {
            self.count_words(text, direction);
        }
    }

    fn change(&mut self, text: &str, fragments: &Fragments, label: &Name, status: Status, direction: Direction) {
        if fragments.count() != 1 {
            return;
        }
        let form = form(fragments.hull().slice(text).unwrap_or_default());
        if form.is_empty() || form.split(' ').count() > LONGEST {
            return;
        }
        let first = form.split(' ').next().unwrap_or_default().to_owned();
        let known = self.forms.contains_key(&form);
        let labels = self.forms.entry(form.clone()).or_default();
        let counts = labels.entry(label.clone()).or_default();
        direction.change(if status == Status::Accepted { &mut counts.accepted } else { &mut counts.rejected });
        if *counts == Counts::default() {
            labels.remove(label);
        }
        let empty = labels.is_empty();
        if empty {
            self.forms.remove(&form);
        }
        if known == empty {
            let count = self.beginnings.entry(first.clone()).or_default();
            direction.change(count);
            if *count == 0 {
                self.beginnings.remove(&first);
            }
        }
    }

    fn count_words(&mut self, text: &str, direction: Direction) {
        let words: Vec<String> = tokens(text).map(|token| word(token.slice(text).unwrap_or_default())).collect();
        let mut run = String::new();
        for start in 0..words.len() {
            run.clear();
            for word in words.iter().skip(start).take(COUNTED) {
                if !run.is_empty() {
                    run.push(' ');
                }
                let length = run.len();
                run.push_str(without_genitive(word));
                let key = hash(&run);
                let count = self.occurrences.entry(key).or_default();
                direction.change(count);
                if *count == 0 {
                    self.occurrences.remove(&key);
                }
                run.truncate(length);
                run.push_str(word);
            }
        }
    }
}

/// The parts of a compound with hyphens; none if it has no hyphen.
fn parts(text: &str, token: TextRange) -> impl Iterator<Item = TextRange> + '_ {
    let token_text = token.slice(text).unwrap_or_default();
    let has_hyphen = token_text.contains(['-', '‑', '‐']);
    let start = token.start().to_usize();
    let mut at = 0;
    token_text
        .split(['-', '‑', '‐'])
        .filter_map(move |part| {
            let from = token_text.get(at..)?.find(part)? + at;
            at = from + part.len();
            Some(TextRange::from_usize(start + from, start + at))
        })
        .filter(move |part| has_hyphen && !part.is_empty())
}

/// The words of a form, with single spaces, the last without its genitive.
fn form(words: &str) -> String {
    let words: Vec<String> = tokens(words).map(|token| word(token.slice(words).unwrap_or_default())).collect();
    let joined = words.join(" ");
    without_genitive(&joined).to_owned()
}

/// A word without a difference between `KURSK` and `Kursk`; small letters at the beginning stay, since in German they
/// tell words apart.
fn word(word: &str) -> String {
    let mut chars = word.chars();
    let shouted = word.chars().count() > 3 && !word.chars().any(char::is_lowercase);
    match chars.next() {
        Some(first) if shouted => first.to_string() + &chars.as_str().to_lowercase(),
        _ => word.to_owned(),
    }
}

fn hash(run: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(run.as_bytes())
}

#[expect(clippy::cast_precision_loss, reason = "counts of occurrences are small")]
fn number(count: u32) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AnnotationId, CorrectedFrom, Provenance};
    use proptest::prelude::*;

    fn set(text: &str, spans: &[(&str, &str, Status)], progress: Progress) -> AnnotationSet {
        let spans = spans.iter().zip(1..).filter_map(|((words, label, status), id)| {
            let start = text.find(words)?;
            Some(span(id, start..start + words.len(), label, *status))
        });
        AnnotationSet::from_parts(1, progress, spans.collect(), Vec::new(), Vec::new()).0
    }

    fn span(id: u32, range: std::ops::Range<usize>, label: &str, status: Status) -> Span {
        Span {
            id: AnnotationId(id),
            label: label.into(),
            fragments: Fragments::new([TextRange::from_usize(range.start, range.end)]).unwrap(),
            attributes: BTreeMap::new(),
            entity: None,
            note: String::new(),
            provenance: Provenance::person("eva", jiff::Timestamp::UNIX_EPOCH),
            status,
            corrected_from: None,
        }
    }

    fn check(memory: &Memory, text: &str, expected: &[(&str, &str)]) {
        let found = memory.proposals(text, &[], EVEN);
        let found: Vec<_> = found.iter().map(|found| (found.range.slice(text).unwrap(), &*found.label)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn known_words_are_proposed_also_in_compounds_and_genitives() {
        let text = "In Kursk traf Olga Maier aus den US eine Frau.";
        let mut memory = Memory::new();
        let accepted = Status::Accepted;
        let labels = [("Kursk", "LOC", accepted), ("Olga Maier", "PER", accepted), ("US", "LOC", accepted)];
        memory.observe(text, &set(text, &labels, Progress::Started));
        check(&memory, "Olga Maiers Reise durch die Kursk-Region", &[("Olga Maiers", "PER"), ("Kursk", "LOC")]);
        check(
            &memory,
            "Der US-Vorschlag zu KURSK und Kursks Lage, Olga.",
            &[("US", "LOC"), ("KURSK", "LOC"), ("Kursks", "LOC")],
        );
        check(&memory, "Nichts davon", &[]);
    }

    #[test]
    fn rejections_count_and_places_stay_rejected() {
        let text = "Die Welt schrieb, die Welt sei rund.";
        let mut memory = Memory::new();
        memory.observe(text, &set(text, &[("Welt", "MEDIA", Status::Accepted)], Progress::Started));
        let first = memory.proposals(text, &[], EVEN);
        assert_eq!(first.len(), 2);
        let place = (first[1].range, first[1].label.clone());
        assert_eq!(memory.proposals(text, &[place], EVEN).len(), 1);
        for _ in 0..3 {
            memory.observe(text, &set(text, &[("Welt", "MEDIA", Status::Rejected)], Progress::Started));
        }
        assert_eq!(memory.counts("Welt", "MEDIA"), Counts { accepted: 1, rejected: 3 });
        assert!(memory.proposals(text, &[], EVEN).iter().all(|found| found.score < first[0].score));
    }

    #[test]
    fn unlabelled_words_of_confirmed_texts_count_against_a_form() {
        let text = "Mai kam im Mai.";
        let labels = [("Mai", "PER", Status::Accepted)];
        let score = |progress| {
            let mut memory = Memory::new();
            memory.observe(text, &set(text, &labels, progress));
            memory.proposals(text, &[], EVEN)[0].score
        };
        assert!(score(Progress::Done) < score(Progress::Started));
    }

    #[test]
    fn a_correction_rejects_what_was_suggested() {
        let text = "Die Region Kursk.";
        let mut span = span(1, 11..16, "LOC", Status::Accepted);
        span.corrected_from = Some(Box::new(CorrectedFrom {
            label: "ORG".into(),
            fragments: Some(span.fragments.clone()),
            provenance: span.provenance.clone(),
        }));
        let set = AnnotationSet::from_parts(1, Progress::Started, vec![span], Vec::new(), Vec::new()).0;
        let mut memory = Memory::new();
        memory.observe(text, &set);
        assert_eq!(memory.counts("Kursk", "ORG"), Counts { accepted: 0, rejected: 1 });
        memory.forget(text, &set);
        assert_eq!(memory, Memory::new());
    }

    #[test]
    fn a_megabyte_in_one_line_takes_linear_time() {
        let mut memory = Memory::new();
        let text = "Kursk";
        memory.observe(text, &set(text, &[("Kursk", "LOC", Status::Accepted)], Progress::Started));
        let long = "Kursk-".repeat(180_000);
        assert!(!memory.proposals(&long, &[], EVEN).is_empty());
        assert!(memory.proposals(&"😀".repeat(250_000), &[], EVEN).is_empty());
        assert!(memory.proposals(&"שלום ".repeat(100_000), &[], EVEN).is_empty());
    }

    proptest! {
        #[test]
        fn observing_and_forgetting_leaves_nothing(
            one in "[a-zA-Zäs \\-]{0,30}",
            other in "\\PC{0,30}",
            cut in 0usize..30,
            accepted in any::<bool>(),
        ) {
            let status = if accepted { Status::Accepted } else { Status::Rejected };
            let of = |text: &str| {
                let end = text.floor_char_boundary(cut);
                let spans = vec![span(1, 0..end, "LOC", status), span(2, end..text.len(), "PER", Status::Accepted)];
                AnnotationSet::from_parts(1, Progress::Done, spans, Vec::new(), Vec::new()).0
            };
            let mut memory = Memory::new();
            memory.observe(&one, &of(&one));
            let before = memory.clone();
            memory.observe(&other, &of(&other));
            for proposal in memory.proposals(&other, &[], EVEN) {
                prop_assert!(proposal.range.slice(&other).is_some_and(|words| !words.is_empty()));
            }
            memory.forget(&other, &of(&other));
            prop_assert_eq!(&memory, &before);
            memory.forget(&one, &of(&one));
            prop_assert_eq!(memory, Memory::new());
        }
    }
}
