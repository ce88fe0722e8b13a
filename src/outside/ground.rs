//! From an answer as it came to one that stands on the text: places proven, names those of the project, the rest reported.

use super::{
    Answer, FoundRelation, FoundSpan, Job, Question, Target,
    protocol::{RawAnswer, RawRelation, RawSpan, Reference},
};
use crate::{
    format::{
        anchor::{Anchored, Anchors, Claim, Unit},
        quote::{Grounded, Quotes},
    },
    model::{AnnotationId, Fragments, Name},
};
use std::collections::{BTreeMap, BTreeSet};

/// Most spans, and most relations, that are taken from one answer.
const MOST: usize = 100_000;

/// What an answer says of the text of `question`, and everything that was wrong with it, in words.
pub(super) fn ground(job: &Job<'_>, question: &Question, raw: RawAnswer) -> (Answer, Vec<String>) {
    let mut problems: Vec<String> = Vec::new();
    for warning in raw.warnings.iter().take(20) {
        problems.push(format!("it says: {}", warning.chars().take(300).collect::<String>()));
    }
    let mut names = Names::new(job);
    let (spans, by_reference) = ground_spans(question, &raw, &mut names, &mut problems);
    let relations = ground_relations(question, &raw, &by_reference, &mut names, &mut problems);
    problems.extend(names.problems());
    let version = raw.version.filter(|version| !version.is_empty() && version.len() <= 200).map(Name::from);
    (Answer { version, spans, relations }, problems)
}

fn ground_spans(
    question: &Question,
    raw: &RawAnswer,
    names: &mut Names<'_>,
    problems: &mut Vec<String>,
) -> (Vec<FoundSpan>, BTreeMap<String, usize>) {
    let text = question.text.as_str();
    let stated = raw.unit.as_deref().and_then(Unit::parse);
    if let (Some(unit), None) = (&raw.unit, stated) {
        problems.push(format!(
            "the unit {unit:?} is none of code_point, utf16 and byte; offsets were taken for code points"
        ));
    }
    let mut read = Vec::new();
    if raw.spans.len() > MOST {
        problems.push(format!("only the first {MOST} of {} spans were taken", raw.spans.len()));
    }
    for (index, value) in raw.spans.iter().take(MOST).enumerate() {
        match RawSpan::deserialize_from(value) {
            Ok(span) => read.push(span),
            Err(error) => problems.push(format!("span {} can not be used: {error}", index + 1)),
        }
    }
    let claims: Vec<Claim<'_>> = read
        .iter()
        .map(|span| {
            let mut pieces = span.fragments.clone();
            if let (true, Some(start), Some(end)) = (pieces.is_empty(), span.start, span.end) {
                pieces.push((start, end));
            }
            Claim { pieces, surface: span.text.as_deref().filter(|text| !text.is_empty()) }
        })
        .collect();
    let anchors = Anchors::new(text);
    let stated = stated.unwrap_or_default();
    let with_pieces: Vec<Claim<'_>> = claims.iter().filter(|claim| !claim.pieces.is_empty()).cloned().collect();
    let unit = anchors.choose_unit(stated, &with_pieces);
    if unit != stated {
        problems.push(format!("the offsets count {}, not {}; taken so", unit.in_words(), stated.in_words()));
    }
    let quotes = Quotes::new(text);
    let mut spans: Vec<FoundSpan> = Vec::new();
    let mut by_reference = BTreeMap::new();
    for (span, claim) in read.iter().zip(&claims) {
        let place = match place(&anchors, &quotes, unit, span, claim, problems) {
            Ok(fragments) => fragments,
            Err(reason) => {
                problems.push(format!("{}: {reason}; left out", describe(span)));
                continue;
            }
        };
        let Some(label) = names.label(&span.label) else { continue };
        if let Some(reference) = &span.id {
            by_reference.insert(reference.text(), spans.len());
        }
        let score = score(span.score, problems, &|| describe(span));
        spans.push(FoundSpan { fragments: place, label, score, reason: reason(span.reason.as_deref()) });
    }
    (spans, by_reference)
}

/// The place of a span, or why it has none.
fn place(
    anchors: &Anchors<'_>,
    quotes: &Quotes<'_>,
    unit: Unit,
    span: &RawSpan,
    claim: &Claim<'_>,
    problems: &mut Vec<String>,
) -> Result<Fragments, String> {
    let fragments = match (claim.pieces.is_empty(), claim.surface) {
        (true, None) => return Err("it says neither offsets nor text".to_owned()),
        (true, Some(quote)) => match quotes.find(quote, span.occurrence) {
            Grounded::Exact(range) | Grounded::Close(range) => Fragments::one(range),
            Grounded::Several(count) => {
                return Err(format!("the text has it {count} times, and no `occurrence` says which"));
            }
            Grounded::Fewer(count) => return Err(format!("the text has it only {count} times")),
            Grounded::Nowhere => return Err("the text has it nowhere".to_owned()),
        },
        (false, _) => match anchors.place(unit, claim) {
            Anchored::Exact(fragments) => fragments,
            Anchored::Moved(fragments) => {
                problems.push(format!("{}: its offsets were wrong; moved to where its text stands", describe(span)));
                fragments
            }
            Anchored::Nowhere if claim.surface.is_some() => {
                return Err("its text does not stand where its offsets say, nor at one place near it".to_owned());
            }
            Anchored::Nowhere => return Err("its offsets lie outside the text or inside a character".to_owned()),
        },
    };
    if fragments.hull().is_empty() {
        return Err("it covers no text".to_owned());
    }
    Ok(fragments)
}

fn ground_relations(
    question: &Question,
    raw: &RawAnswer,
    by_reference: &BTreeMap<String, usize>,
    names: &mut Names<'_>,
    problems: &mut Vec<String>,
) -> Vec<FoundRelation> {
    let present: BTreeSet<u32> = question.present.iter().map(|span| span.id.0).collect();
    let target = |reference: &Reference| match by_reference.get(&reference.text()) {
        Some(index) => Some(Target::Found(*index)),
        None => {
            let id = reference.number().filter(|id| present.contains(id));
            id.map(|id| Target::Present(AnnotationId(id)))
        }
    };
    let mut relations = Vec::new();
    if raw.relations.len() > MOST {
        problems.push(format!("only the first {MOST} of {} relations were taken", raw.relations.len()));
    }
    for (index, value) in raw.relations.iter().take(MOST).enumerate() {
        let number = index + 1;
        let relation = match RawRelation::deserialize_from(value) {
            Ok(relation) => relation,
            Err(error) => {
                problems.push(format!("relation {number} can not be used: {error}"));
                continue;
            }
        };
        let Some(label) = names.relation(&relation.label) else { continue };
        let mut gone: Option<String> = None;
        let mut known = |reference: &Reference| {
            let found = target(reference);
            if found.is_none() {
                let name: String = reference.text().chars().take(80).collect();
                gone.get_or_insert(format!("it names the span {name:?}, which is not there"));
            }
            found
        };
        let trigger = relation.trigger.as_ref().and_then(&mut known);
        let mut arguments = Vec::new();
        for argument in &relation.arguments {
            if let Some(target) = known(&argument.span) {
                arguments.push((names.role(&label, &argument.role), target));
            }
        }
        if let Some(gone) = gone {
            problems.push(format!("relation {number} ({label}): {gone}; left out"));
            continue;
        }
        if trigger.is_none() && arguments.is_empty() {
            problems.push(format!("relation {number} ({label}): it links nothing; left out"));
            continue;
        }
        let score = score(relation.score, problems, &|| format!("relation {number} ({label})"));
        let reason = reason(relation.reason.as_deref());
        relations.push(FoundRelation { label, trigger, arguments, score, reason });
    }
    relations
}

fn describe(span: &RawSpan) -> String {
    let label: String = span.label.chars().take(40).collect();
    match (&span.text, span.start, span.end) {
        (Some(text), _, _) => {
            let words: String = text.chars().take(60).collect();
            format!("{label} {words:?}")
        }
        (None, Some(start), Some(end)) => format!("{label} {start}–{end}"),
        _ => format!("{label} {:?}", span.fragments.iter().take(3).collect::<Vec<_>>()),
    }
}

/// A score as it is stored: from 0 to 1.
fn score(score: Option<f64>, problems: &mut Vec<String>, whose: &dyn Fn() -> String) -> Option<f32> {
    let score = score?;
    if (0.0..=1.0).contains(&score) {
        // Half as many digits are enough for a probability.
        return Some(score as f32);
    }
    problems.push(format!("{}: the score {score} is not from 0 to 1; taken without it", whose()));
    None
}

/// A reason as it is stored: short, on one line.
fn reason(reason: Option<&str>) -> Option<Name> {
    let words: Vec<&str> = reason?.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(300).collect();
    (!short.is_empty()).then(|| short.into())
}

/// Names of the extractor and what they are called in the project.
struct Names<'a> {
    job: &'a Job<'a>,
    /// How often a name came that the project does not have: labels and relations.
    unknown: BTreeMap<(&'static str, String), usize>,
}

impl<'a> Names<'a> {
    fn new(job: &'a Job<'a>) -> Self {
        Self { job, unknown: BTreeMap::new() }
    }

    fn label(&mut self, name: &str) -> Option<Name> {
        let known: Vec<&Name> = self.job.schema.labels.iter().map(|label| &label.name).collect();
        self.find("label", name, &known)
    }

    fn relation(&mut self, name: &str) -> Option<Name> {
        let known: Vec<&Name> = self.job.schema.relations.iter().map(|relation| &relation.name).collect();
        self.find("relation", name, &known)
    }

    /// The role of a relation; as it came, if the schema has none: then the relation is refused with its known roles.
    fn role(&self, relation: &Name, name: &str) -> Name {
        let wanted = self.job.extractor.labels.get(name).map_or(name, |mapped| &**mapped);
        let definition = self.job.schema.relation(relation);
        let known = definition.into_iter().flat_map(|definition| definition.arguments.iter().map(|role| &role.role));
        same(wanted, known).unwrap_or_else(|| wanted.chars().take(80).collect::<String>().into())
    }

    fn find(&mut self, kind: &'static str, name: &str, known: &[&Name]) -> Option<Name> {
        let wanted = match self.job.extractor.labels.get(name) {
            Some(mapped) if mapped.is_empty() => return None,
            Some(mapped) => mapped,
            None => name,
        };
        let found = same(wanted, known.iter().copied());
        if found.is_none() {
            let short: String = wanted.chars().take(80).collect();
            // An extractor that makes up names could make up any number of them.
            if self.unknown.len() < 50 || self.unknown.contains_key(&(kind, short.clone())) {
                *self.unknown.entry((kind, short)).or_default() += 1;
            }
        }
        found
    }

    fn problems(self) -> impl Iterator<Item = String> {
        self.unknown.into_iter().map(|((kind, name), count)| {
            let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
            format!("the project has no {kind} {name:?}{times}; left out; add it to `labels` of the extractor")
        })
    }
}

/// The name that is the same, or else the only one that differs in capitals alone.
fn same<'a>(wanted: &str, known: impl Iterator<Item = &'a Name>) -> Option<Name> {
    let known: Vec<&Name> = known.collect();
    if let Some(name) = known.iter().find(|name| ***name == Name::from(wanted)) {
        return Some((*name).clone());
    }
    let lower = wanted.to_lowercase();
    let mut alike = known.into_iter().filter(|name| name.to_lowercase() == lower);
    let first = alike.next()?;
    alike.next().is_none().then(|| first.clone())
}

impl RawSpan {
    fn deserialize_from(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(value)
    }
}

impl RawRelation {
    fn deserialize_from(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::protocol, *};
    use crate::{
        model::{ArticleId, ArticleText, Extractor, ExtractorKind, Status, news_schema},
        outside::PresentSpan,
        text::TextRange,
    };
    use std::{path::Path, sync::Arc};

    const TEXT: &str = "🙂 Özdal traf Özdal in Köln.\nDer Bürgermeister\u{a0}von Köln sagte: „Gut so“.";

    /// Checks what is left of the members of an answer: spans as label and text, then relations; and what is said.
    fn check(answer: &str, expected: &[&str], said: &[&str]) {
        let labels = [("Person", "PER"), ("Unsinn", ""), ("Fremd", "FREMD")];
        let extractor = Extractor {
            name: "x".into(),
            kind: ExtractorKind::Process { command: "x".to_owned(), arguments: Vec::new() },
            labels: labels.into_iter().map(|(from, to)| (from.into(), to.into())).collect(),
            seconds: 1,
            sends_annotations: true,
        };
        let schema = news_schema();
        let present = PresentSpan {
            id: AnnotationId(7),
            fragments: Fragments::one(TextRange::from_usize(5, 11)),
            label: "PER".into(),
            status: Status::Accepted,
        };
        let question = Question {
            article: ArticleId::new("a"),
            text: Arc::new(ArticleText::new(TEXT)),
            language: "de".to_owned(),
            present: vec![present],
        };
        let job =
            Job { extractor: &extractor, schema: &schema, folder: Path::new("."), questions: &[], may_leave: false };
        let raw = protocol::answer(format!("{{{answer}}}").as_bytes()).expect("an answer");
        let (found, problems) = ground(&job, &question, raw);
        let spans = found.spans.iter().map(|span| {
            let score = span.score.map(|score| format!(" {score}")).unwrap_or_default();
            let place = span.fragments.start();
            format!("{} {place} {}{score}", span.label, span.fragments.surface(TEXT))
        });
        let relations = found.relations.iter().map(|relation| {
            let arguments = relation.arguments.iter().map(|(role, target)| format!(" {role}={target:?}"));
            format!("{}{}", relation.label, arguments.collect::<String>())
        });
        assert_eq!(spans.chain(relations).collect::<Vec<_>>(), expected, "{answer}: {problems:?}");
        assert_eq!(problems.len(), said.len(), "{answer}: {problems:?}");
        for part in said {
            assert!(problems.iter().any(|problem| problem.contains(part)), "{part} is not in {problems:?}");
        }
    }

    #[test]
    fn offsets_are_proven_by_their_text() {
        let one = |span: &str| format!(r#""spans":[{span}]"#);
        check(&one(r#"{"start":2,"end":7,"text":"Özdal","label":"PER"}"#), &["PER 5 Özdal"], &[]);
        check(&one(r#"{"start":2,"end":7,"label":"PER","score":0.5}"#), &["PER 5 Özdal 0.5"], &[]);
        check(&one(r#"{"start":22,"end":26,"label":"LOC"}"#), &["LOC 27 Köln"], &[]);
        // UTF-16: the emoji counts two.
        check(&one(r#"{"start":3,"end":8,"text":"Özdal","label":"PER"}"#), &["PER 5 Özdal"], &["UTF-16"]);
        check(&one(r#"{"start":5,"end":11,"text":"Özdal","label":"PER"}"#), &["PER 5 Özdal"], &["bytes"]);
        let utf16 = r#""unit":"utf16","spans":[{"start":3,"end":8,"text":"Özdal","label":"PER"}]"#;
        check(utf16, &["PER 5 Özdal"], &[]);
        check(&one(r#"{"start":0,"end":4,"text":"Köln","label":"LOC"}"#), &[], &["nor at one place near it"]);
        check(&one(r#"{"start":32,"end":34,"text":"Der","label":"PER"}"#), &["PER 34 Der"], &["moved"]);
        check(&one(r#"{"start":2,"end":900,"label":"PER"}"#), &[], &["outside the text"]);
        check(&one(r#"{"start":7,"end":2,"label":"PER"}"#), &[], &["outside the text"]);
        check(&one(r#"{"start":2,"end":2,"label":"PER"}"#), &[], &["covers no text"]);
        check(&one(r#"{"start":-1,"end":2,"label":"PER"}"#), &[], &["span 1 can not be used"]);
        check(&one(r#"{"start":2,"end":7,"label":"PER","score":7}"#), &["PER 5 Özdal"], &["score 7"]);
        check(&one(r#"{"label":"PER"}"#), &[], &["neither offsets nor text"]);
        check(&one(r#"{"fragments":[[2,7],[13,18]],"text":"Özdal Özdal","label":"PER"}"#), &["PER 5 Özdal Özdal"], &[]);
        check(r#""unit":"lines","spans":[]"#, &[], &["\"lines\""]);
    }

    #[test]
    fn quotations_are_found_or_listed_never_guessed() {
        let one = |span: &str| format!(r#""spans":[{span}]"#);
        check(&one(r#"{"quote":"Der Bürgermeister","label":"PER"}"#), &["PER 34 Der Bürgermeister"], &[]);
        check(&one(r#"{"text":"Özdal","label":"PER"}"#), &[], &["2 times"]);
        check(&one(r#"{"text":"Özdal","occurrence":2,"label":"PER"}"#), &["PER 17 Özdal"], &[]);
        check(&one(r#"{"text":"Özdal","occurrence":3,"label":"PER"}"#), &[], &["only 2 times"]);
        check(&one(r#"{"text":"Berlin","label":"LOC"}"#), &[], &["nowhere"]);
        check(&one(r#"{"text":"Bürgermeister von Köln","label":"PER"}"#), &["PER 38 Bürgermeister\u{a0}von Köln"], &[]);
    }

    #[test]
    fn names_are_those_of_the_project() {
        let one = |label: &str| format!(r#""spans":[{{"start":2,"end":7,"label":"{label}"}}]"#);
        check(&one("Person"), &["PER 5 Özdal"], &[]);
        check(&one("per"), &["PER 5 Özdal"], &[]);
        check(&one("Unsinn"), &[], &[]);
        check(&one("Tier"), &[], &["no label \"Tier\""]);
        check(&one("Fremd"), &[], &["no label \"FREMD\""]);
        let twice =
            r#""spans":[{"start":2,"end":7,"label":"Tier"},{"start":2,"end":7,"label":"Tier"}],"warnings":["müde"]"#;
        check(twice, &[], &["(2 times)", "it says: müde"]);
    }

    #[test]
    fn relations_point_to_spans_that_are_there() {
        let schema = news_schema();
        let relation = schema.relations.iter().find(|relation| relation.arguments.len() >= 2).expect("it has one");
        let (label, roles) = (&relation.name, &relation.arguments);
        let (one, two) = (&roles[0].role, &roles[1].role);
        let spans = r#""spans":[{"id":"T1","start":2,"end":7,"label":"PER"}]"#;
        let with =
            |arguments: &str| format!(r#"{spans},"relations":[{{"label":"{label}","arguments":[{arguments}]}}]"#);
        let expected = format!("{label} {one}=Found(0) {two}=Present(AnnotationId(7))");
        let good = format!(r#"{{"role":"{}","span":"T1"}},{{"role":"{two}","span":7}}"#, one.to_lowercase());
        check(&with(&good), &["PER 5 Özdal", &expected], &[]);
        let gone = format!(r#"{{"role":"{one}","span":"T1"}},{{"role":"{two}","span":"T9"}}"#);
        check(&with(&gone), &["PER 5 Özdal"], &["the span \"T9\""]);
        check(&with(""), &["PER 5 Özdal"], &["links nothing"]);
        check(r#""relations":[{"label":"NEIN","arguments":[]}]"#, &[], &["no relation \"NEIN\""]);
        check(r#""relations":[{"arguments":[]}]"#, &[], &["relation 1 can not be used"]);
    }
}
