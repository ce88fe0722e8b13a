//! Which annotations leave the program, and into which part of a split an article goes.

use super::{Exported, Loss};
use crate::model::{
    AnnotationId, AnnotationSet, ArticleId, ArticleMetadata, Name, Progress, Relation, Repeat, Schema, Status,
    TriggerRule,
};
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
    /// The labels of spans, relations and articles that are kept; all if there are none.
    pub labels: BTreeSet<Name>,
    /// The articles that are kept; all if there are none.
    pub articles: BTreeSet<ArticleId>,
    /// True if only articles are kept whose annotator is done with them.
    pub only_reviewed: bool,
}

impl Default for ExportFilter {
    /// What stands: neither what waits for review nor what a person rejected.
    fn default() -> Self {
        Self::of_statuses([Status::Accepted])
    }
}

impl ExportFilter {
    /// True if annotations with this status pass.
    pub fn passes(&self, status: Status) -> bool {
        self.statuses.contains(&status)
    }

    /// True if annotations with this label pass.
    pub fn passes_label(&self, label: &Name) -> bool {
        self.labels.is_empty() || self.labels.contains(label)
    }

    fn keeps(&self, label: &Name, status: Status) -> bool {
        self.passes(status) && self.passes_label(label)
    }

    /// True if something of the article is written.
    pub fn takes(&self, exported: &Exported<'_>) -> bool {
        self.takes_article(exported.id, exported.everything.progress())
    }

    /// True if something of the article with this id, with which its annotator is so far, is written.
    pub fn takes_article(&self, id: &ArticleId, progress: Progress) -> bool {
        (self.articles.is_empty() || self.articles.contains(id)) && (!self.only_reviewed || progress == Progress::Done)
    }

    /// How many annotations of a set do not pass by their status, of those whose labels pass.
    pub fn left_out(&self, set: &AnnotationSet) -> LeftOut {
        let spans = set.spans().map(|span| (&span.label, span.status));
        let relations = set.relations().map(|relation| (&relation.label, relation.status));
        let labels = set.document_labels().map(|label| (&label.label, label.status));
        let mut left_out = LeftOut::default();
        for (label, status) in spans.chain(relations).chain(labels) {
            if !self.passes(status) && self.passes_label(label) {
                *left_out.entry(status).or_default() += 1;
            }
        }
        left_out
    }

    /// Nothing is left out.
    pub fn everything() -> Self {
        Self::of_statuses(Status::ALL)
    }

    /// Everything with these review states.
    pub fn of_statuses(statuses: impl IntoIterator<Item = Status>) -> Self {
        Self {
            statuses: statuses.into_iter().collect(),
            labels: BTreeSet::new(),
            articles: BTreeSet::new(),
            only_reviewed: false,
        }
    }

    /// The annotations that pass. What was filtered out by its status or label is no loss; a relation that falls because it
    /// needs what was filtered out is one, and so is an argument that it can do without.
    pub fn apply<'a>(
        &self,
        article: &ArticleId,
        set: &'a AnnotationSet,
        schema: &Schema,
        losses: &mut Vec<Loss>,
    ) -> Cow<'a, AnnotationSet> {
        let keeps = |label: &Name, status| self.keeps(label, status);
        if set.spans().all(|span| keeps(&span.label, span.status))
            && set.relations().all(|relation| keeps(&relation.label, relation.status))
            && set.document_labels().all(|label| keeps(&label.label, label.status))
        {
            return Cow::Borrowed(set);
        }
        let spans: Vec<_> = set.spans().filter(|span| keeps(&span.label, span.status)).cloned().collect();
        let labels = set.document_labels().filter(|label| keeps(&label.label, label.status)).cloned().collect();
        let kept = set.relations().filter(|relation| keeps(&relation.label, relation.status));
        let mut relations: Vec<_> = kept.cloned().collect();
        // What took an annotation out, for those who miss it.
        let by_what = |target: AnnotationId| match set.get(target) {
            Some(found) if !self.passes(found.status()) => "by its status",
            Some(found) if !self.passes_label(found.label()) => "by its label",
            _ => "with what it needs",
        };
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
                    if let Some(trigger) = relation.trigger.filter(|trigger| !all.contains(trigger)) {
                        relation.trigger = None;
                        let what = format!("trigger of the relation {}", relation.label);
                        report(relation, what, format!("it was filtered out {}", by_what(trigger)));
                    }
                    let (stay, go): (Vec<_>, _) = std::mem::take(&mut relation.arguments)
                        .into_iter()
                        .partition(|argument| all.contains(&argument.target));
                    relation.arguments = stay;
                    for argument in go {
                        let what = format!("{} of the relation {}", argument.role, relation.label);
                        report(relation, what, format!("it was filtered out {}", by_what(argument.target)));
                    }
                    true
                }
                Missing::Needed(part, target) => {
                    let what = format!("relation {}", relation.label);
                    report(relation, what, format!("its {part} was filtered out {}", by_what(target)));
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
    /// The role that it can not do without, and what had it.
    Needed(String, AnnotationId),
}

fn missing(relation: &Relation, schema: &Schema, all: &BTreeSet<AnnotationId>) -> Missing {
    let definition = schema.relation(&relation.label);
    let mut found = Missing::Nothing;
    if let Some(trigger) = relation.trigger.filter(|trigger| !all.contains(trigger)) {
        match definition.map(|definition| &definition.trigger) {
            Some(TriggerRule::Optional(_)) => found = Missing::Spare,
            _ => return Missing::Needed("trigger".to_owned(), trigger),
        }
    }
    for argument in relation.arguments.iter().filter(|argument| !all.contains(&argument.target)) {
        let role = definition.and_then(|found| found.arguments.iter().find(|role| role.role == argument.role));
        match role.map(|role| role.repeat) {
            Some(Repeat::Optional | Repeat::Many) => found = Missing::Spare,
            _ => return Missing::Needed(argument.role.to_string(), argument.target),
        }
    }
    // A link between two needs both, whatever the schema says of each role.
    let left = relation.targets().filter(|target| all.contains(target)).count();
    match (&found, relation.arguments.iter().find(|argument| !all.contains(&argument.target))) {
        (Missing::Spare, Some(argument)) if left == 0 || relation.trigger.is_none() && left < 2 => {
            Missing::Needed(argument.role.to_string(), argument.target)
        }
        _ => found,
    }
}

/// Divides articles into named parts by chance, the same way every time.
///
/// An article's part depends on its id and the seed alone, or on its group and the seed, so adding articles moves none of
/// the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    // Invariant: two or three parts; the shares add up to at least 1.
    parts: Vec<(&'static str, u32)>,
    seed: u64,
    /// The metadata whose value keeps articles together.
    group: Option<String>,
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
        Ok(Self { parts, seed, group: None })
    }

    /// The same, but articles with the same value of a metadata key stay together; those without one go by their ids. The key
    /// is one of the usual ones, such as `source`, or any other that articles have.
    pub fn grouped(self, key: impl Into<String>) -> Self {
        Self { group: Some(key.into()), ..self }
    }

    /// The metadata key whose value keeps articles together.
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// The shares of the parts as they are written: `80/10/10`.
    pub fn shares(&self) -> String {
        self.parts.iter().map(|(_, share)| share.to_string()).collect::<Vec<_>>().join("/")
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The names of the parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.parts.iter().map(|(name, _)| *name)
    }

    /// The part that an article belongs to.
    pub fn part(&self, article: &ArticleId, metadata: &ArticleMetadata) -> &'static str {
        let group = self.group.as_deref().and_then(|key| metadata_value(metadata, key));
        let hash = xxhash_rust::xxh3::xxh3_64_with_seed(group.unwrap_or(article.as_str()).as_bytes(), self.seed);
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

/// The value of a metadata key, unless it is empty.
pub fn metadata_value<'a>(metadata: &'a ArticleMetadata, key: &str) -> Option<&'a str> {
    let value = match key {
        "title" => &metadata.title,
        "source" => &metadata.source,
        "url" => &metadata.url,
        "date" => &metadata.date,
        "language" => &metadata.language,
        other => metadata.other.get(other)?,
    };
    Some(value.trim()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::golden::golden;
    use proptest::prelude::*;

    #[test]
    fn relations_fall_with_what_they_need() {
        let check = |statuses: &[Status], spans: usize, relations: &[u32], lost: &[(u32, &str)]| {
            let golden = golden();
            let filter = ExportFilter::of_statuses(statuses.iter().copied());
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
        let filter = ExportFilter::of_statuses([Status::Suggested, Status::Accepted]);
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
        let none = ArticleMetadata::default();
        let count = |part| ids.iter().filter(|id| split.part(id, &none) == part).count();
        assert!((3900..4100).contains(&count("train")), "{}", count("train"));
        assert!((420..580).contains(&count("dev")), "{}", count("dev"));
        assert!((420..580).contains(&count("test")), "{}", count("test"));
        // Fixed for ever: a changed hash would mix test articles into training data.
        let first: Vec<_> = ids.iter().take(12).map(|id| split.part(id, &none)).collect();
        let expected = "train train test train train train train train train train train test";
        assert_eq!(first.join(" "), expected);
        let other = Split::parse("80/10/10", 8).expect("a split");
        assert!(ids.iter().any(|id| other.part(id, &none) != split.part(id, &none)));
        for bad in ["", "100", "80/x", "0/0", "1/2/3/4", "-1/2"] {
            assert!(Split::parse(bad, 0).is_err(), "{bad}");
        }
        assert_eq!(Split::parse("1/0", 0).map(|split| split.part(&ArticleId::new("a"), &none)), Ok("train"));
    }

    #[test]
    fn labels_and_articles_are_chosen() {
        let golden = golden();
        let check = |labels: &[&str], spans: usize, relations: &[u32], lost: &[&str]| {
            let labels = labels.iter().map(|label| Name::from(*label)).collect();
            let filter = ExportFilter { labels, ..ExportFilter::everything() };
            let mut losses = Vec::new();
            let set = filter.apply(&golden.id, &golden.set, &golden.schema, &mut losses);
            assert_eq!(set.spans().len(), spans);
            assert_eq!(set.relations().map(|relation| relation.id.0).collect::<Vec<_>>(), relations);
            let losses: Vec<_> = losses.iter().map(|loss| format!("{}: {}", loss.what, loss.why)).collect();
            assert_eq!(losses, lost);
            assert_eq!(filter.left_out(&golden.set), LeftOut::default());
        };
        check(&["PER"], 2, &[], &[]);
        check(&["PER", "ORG", "knows"], 4, &[30, 33], &[]);
        check(&["PER", "knows"], 2, &[33], &["relation knows: its friend was filtered out by its label"]);
        check(&["nothing"], 0, &[], &[]);
        let exported = golden.exported();
        let takes = |filter: ExportFilter| filter.takes(&exported);
        let other = BTreeSet::from([ArticleId::new("other")]);
        assert!(!takes(ExportFilter { articles: other, ..ExportFilter::default() }));
        assert!(takes(ExportFilter { articles: [golden.id.clone()].into(), ..ExportFilter::default() }));
        let reviewed = ExportFilter { only_reviewed: true, ..ExportFilter::default() };
        assert!(reviewed.takes(&exported), "the golden article is done");
        assert!(!reviewed.takes_article(&golden.id, Progress::Started));
    }

    proptest! {
        #[test]
        fn a_split_is_a_partition_that_keeps_groups_whole(
            articles in prop::collection::btree_map("[a-z]{1,6}", "[AB]?[0-9]?", 0..60),
            seed: u64,
            shares in prop::sample::select(vec!["80/10/10", "1/1", "0/1/0", "3/0/5"]),
            key in prop::sample::select(vec!["source", "medium"]),
        ) {
            let split = Split::parse(shares, seed).expect("a split").grouped(key);
            let metadata = |group: &str| match key {
                "source" => ArticleMetadata { source: group.to_owned(), ..ArticleMetadata::default() },
                other => {
                    let other = [(other.to_owned(), group.to_owned())].into();
                    ArticleMetadata { other, ..ArticleMetadata::default() }
                }
            };
            let mut groups: BTreeMap<&str, &str> = BTreeMap::new();
            for (id, group) in &articles {
                let id = ArticleId::new(id);
                let part = split.part(&id, &metadata(group));
                prop_assert_eq!(split.parts().filter(|name| *name == part).count(), 1);
                prop_assert_eq!(split.clone().part(&id, &metadata(group)), part, "same seed, same result");
                if !group.is_empty() {
                    prop_assert_eq!(*groups.entry(group).or_insert(part), part, "the group {} is whole", group);
                } else {
                    let alone = Split::parse(shares, seed).expect("a split");
                    prop_assert_eq!(alone.part(&id, &metadata(group)), part, "without a group the id decides");
                }
            }
        }
    }
}
