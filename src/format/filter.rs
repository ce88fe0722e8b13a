//! Which annotations leave the program, and into which part of a split an article goes.

use super::Loss;
use crate::model::{AnnotationId, AnnotationSet, ArticleId, Relation, Repeat, Schema, Status, TriggerRule};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// How many annotations were left out, by status.
pub type LeftOut = BTreeMap<Status, usize>;

/// What to leave out of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFilter {
    /// The review states that are kept.
    pub statuses: Vec<Status>,
}

impl Default for ExportFilter {
    /// What stands: neither what waits for review nor what a person rejected.
    fn default() -> Self {
        Self { statuses: vec![Status::Accepted] }
    }
}

impl ExportFilter {
    /// True if annotations with this status pass.
    pub fn passes(&self, status: Status) -> bool {
        self.statuses.contains(&status)
    }

    /// How many annotations of a set do not pass, by status.
    pub fn left_out(&self, set: &AnnotationSet) -> LeftOut {
        let spans = set.spans().map(|span| span.status);
        let relations = set.relations().map(|relation| relation.status);
        let labels = set.document_labels().map(|label| label.status);
        let mut left_out = LeftOut::default();
        for status in spans.chain(relations).chain(labels).filter(|status| !self.passes(*status)) {
            *left_out.entry(status).or_default() += 1;
        }
        left_out
    }

    /// Nothing is left out.
    pub fn everything() -> Self {
        Self { statuses: Status::ALL.to_vec() }
    }

    /// The annotations that pass. What was filtered out by its status is no loss; a relation that falls because it needs
    /// what was filtered out is one, and so is an argument that it can do without.
    pub fn apply<'a>(
        &self,
        article: &ArticleId,
        set: &'a AnnotationSet,
        schema: &Schema,
        losses: &mut Vec<Loss>,
    ) -> Cow<'a, AnnotationSet> {
        let passes = |status| self.passes(status);
        if set.spans().all(|span| passes(span.status))
            && set.relations().all(|relation| passes(relation.status))
            && set.document_labels().all(|label| passes(label.status))
        {
            return Cow::Borrowed(set);
        }
        let spans: Vec<_> = set.spans().filter(|span| passes(span.status)).cloned().collect();
        let labels = set.document_labels().filter(|label| passes(label.status)).cloned().collect();
        let mut relations: Vec<_> = set.relations().filter(|relation| passes(relation.status)).cloned().collect();
        let kept: BTreeSet<_> = spans.iter().map(|span| span.id).collect();
        let mut report = |relation: &Relation, what: String, why: String| {
            let place = set.anchor(relation.id);
            losses.push(Loss { article: article.clone(), annotation: Some(relation.id), place, what, why, part: None });
        };
        // A relation that falls can take others with it.
        loop {
            let before = relations.len();
            let all: BTreeSet<_> = relations.iter().map(|relation| relation.id).chain(kept.iter().copied()).collect();
            relations.retain_mut(|relation| match missing(relation, schema, &all) {
                Missing::Nothing => true,
                Missing::Spare => {
                    if relation.trigger.is_some_and(|trigger| !all.contains(&trigger)) {
                        relation.trigger = None;
                        let what = format!("trigger of the relation {}", relation.label);
                        report(relation, what, "it was filtered out by its status".to_owned());
                    }
                    let (stay, go): (Vec<_>, _) = std::mem::take(&mut relation.arguments)
                        .into_iter()
                        .partition(|argument| all.contains(&argument.target));
                    relation.arguments = stay;
                    for argument in go {
                        let what = format!("{} of the relation {}", argument.role, relation.label);
                        report(relation, what, "it was filtered out by its status".to_owned());
                    }
                    true
                }
                Missing::Needed(part) => {
                    let what = format!("relation {}", relation.label);
                    report(relation, what, format!("its {part} was filtered out by its status"));
                    false
                }
            });
            if relations.len() == before {
                break;
            }
        }
        Cow::Owned(AnnotationSet::from_parts(set.next_id().0, set.progress(), spans, relations, labels).0)
    }
}

enum Missing {
    Nothing,
    /// Only what the relation can do without.
    Spare,
    /// The role that it can not do without.
    Needed(String),
}

fn missing(relation: &Relation, schema: &Schema, all: &BTreeSet<AnnotationId>) -> Missing {
    let definition = schema.relation(&relation.label);
    let mut found = Missing::Nothing;
    if relation.trigger.is_some_and(|trigger| !all.contains(&trigger)) {
        match definition.map(|definition| &definition.trigger) {
            Some(TriggerRule::Optional(_)) => found = Missing::Spare,
            _ => return Missing::Needed("trigger".to_owned()),
        }
    }
    for argument in relation.arguments.iter().filter(|argument| !all.contains(&argument.target)) {
        let role = definition.and_then(|found| found.arguments.iter().find(|role| role.role == argument.role));
        match role.map(|role| role.repeat) {
            Some(Repeat::Optional | Repeat::Many) => found = Missing::Spare,
            _ => return Missing::Needed(argument.role.to_string()),
        }
    }
    // A link between two needs both, whatever the schema says of each role.
    let left = relation.targets().filter(|target| all.contains(target)).count();
    match (&found, relation.arguments.iter().find(|argument| !all.contains(&argument.target))) {
        (Missing::Spare, Some(argument)) if left == 0 || relation.trigger.is_none() && left < 2 => {
            Missing::Needed(argument.role.to_string())
        }
        _ => found,
    }
}

/// Divides articles into named parts by chance, the same way every time.
///
/// An article's part depends on its id and the seed alone, so adding articles moves none of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    // Invariant: two or three parts; the shares add up to at least 1.
    parts: Vec<(&'static str, u32)>,
    seed: u64,
}

/// Why a split was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSplit {
    text: String,
}

impl fmt::Display for BadSplit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:?} is no split; write the shares of train, dev and test as 80/10/10, or two as 80/20",
            self.text
        )
    }
}

impl std::error::Error for BadSplit {}

impl Split {
    /// Reads `80/10/10` (train, dev, test) or `80/20` (train, test); the shares need not add up to 100.
    ///
    /// # Errors
    /// If the text is neither.
    pub fn parse(text: &str, seed: u64) -> Result<Self, BadSplit> {
        let bad = || BadSplit { text: text.to_owned() };
        let shares: Result<Vec<u32>, _> =
            text.split('/').map(|share| share.trim().parse::<u16>().map(u32::from)).collect();
        let shares = shares.map_err(|_| bad())?;
        let names: &[&'static str] = match shares.len() {
            2 => &["train", "test"],
            3 => &["train", "dev", "test"],
            _ => return Err(bad()),
        };
        let parts: Vec<_> = names.iter().copied().zip(shares).collect();
        if parts.iter().all(|(_, share)| *share == 0) {
            return Err(bad());
        }
        Ok(Self { parts, seed })
    }

    /// The names of the parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.parts.iter().map(|(name, _)| *name)
    }

    /// The part that an article belongs to.
    pub fn part(&self, article: &ArticleId) -> &'static str {
        let hash = xxhash_rust::xxh3::xxh3_64_with_seed(article.as_str().as_bytes(), self.seed);
        let total: u32 = self.parts.iter().map(|(_, share)| *share).sum();
        // The hash as a fraction of its range, times the sum of the shares.
        let place = (u128::from(hash) * u128::from(total)) >> 64;
        let mut end = 0;
        for (name, share) in &self.parts {
            end += u128::from(*share);
            if place < end {
                return name;
            }
        }
        self.parts.last().map_or("train", |(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::golden::golden;

    #[test]
    fn relations_fall_with_what_they_need() {
        let check = |statuses: &[Status], spans: usize, relations: &[u32], lost: &[(u32, &str)]| {
            let golden = golden();
            let filter = ExportFilter { statuses: statuses.to_vec() };
            let mut losses = Vec::new();
            let set = filter.apply(&golden.id, &golden.set, &golden.schema, &mut losses);
            assert_eq!(set.spans().len(), spans);
            assert_eq!(set.relations().map(|relation| relation.id.0).collect::<Vec<_>>(), relations);
            let losses: Vec<_> =
                losses.iter().map(|loss| (loss.annotation.map_or(0, |id| id.0), loss.what.as_str())).collect();
            assert_eq!(losses, lost);
            for relation in set.relations() {
                assert!(relation.targets().all(|target| set.contains(target)));
            }
        };
        check(&Status::ALL, 16, &[30, 31, 32, 33, 34, 35, 36], &[]);
        check(&[Status::Suggested, Status::Accepted], 15, &[30, 31, 32, 34, 35, 36], &[]);
        // The suggested "Putin" is one of the two that meet.
        check(&[Status::Accepted], 14, &[30, 31, 32, 35, 36], &[(34, "relation meets")]);
        check(&[Status::Suggested], 1, &[], &[]);
    }

    #[test]
    fn what_is_not_needed_is_only_left_out() {
        let mut golden = golden();
        let mut spans: Vec<_> = golden.set.spans().cloned().collect();
        for span in spans.iter_mut().filter(|span| span.id.0 == 15 || span.id.0 == 25) {
            span.status = Status::Rejected;
        }
        let relations = golden.set.relations().cloned().collect();
        golden.set = AnnotationSet::from_parts(0, golden.set.progress(), spans, relations, Vec::new()).0;
        let mut losses = Vec::new();
        let filter = ExportFilter { statuses: vec![Status::Suggested, Status::Accepted] };
        let set = filter.apply(&golden.id, &golden.set, &golden.schema, &mut losses);
        let visit = set.relation(AnnotationId(31)).expect("it stays");
        assert_eq!(visit.arguments.iter().map(|argument| &*argument.role).collect::<Vec<_>>(), ["visitor", "place"]);
        let lost: Vec<_> = losses.iter().map(|loss| loss.what.as_str()).collect();
        assert_eq!(lost, ["place of the relation visit", "date of the relation visit"]);
    }

    #[test]
    fn splits_are_even_and_stable() {
        let split = Split::parse("80/10/10", 7).expect("a split");
        let ids: Vec<_> = (0..5000).map(|number| ArticleId::new(&format!("article-{number}"))).collect();
        let count = |part| ids.iter().filter(|id| split.part(id) == part).count();
        assert!((3900..4100).contains(&count("train")), "{}", count("train"));
        assert!((420..580).contains(&count("dev")), "{}", count("dev"));
        assert!((420..580).contains(&count("test")), "{}", count("test"));
        // Fixed for ever: a changed hash would mix test articles into training data.
        let first: Vec<_> = ids.iter().take(12).map(|id| split.part(id)).collect();
        let expected = "train train test train train train train train train train train test";
        assert_eq!(first.join(" "), expected);
        let other = Split::parse("80/10/10", 8).expect("a split");
        assert!(ids.iter().any(|id| other.part(id) != split.part(id)));
        for bad in ["", "100", "80/x", "0/0", "1/2/3/4", "-1/2"] {
            assert!(Split::parse(bad, 0).is_err(), "{bad}");
        }
        assert_eq!(Split::parse("1/0", 0).map(|split| split.part(&ArticleId::new("a"))), Ok("train"));
    }
}
