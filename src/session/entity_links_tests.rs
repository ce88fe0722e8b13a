//! Linking by example: candidates, clusters, and what is one undo.

use super::*;
use crate::{
    edit::{Kind, apply},
    model::{ArticleMetadata, Entity, Fragments, Provenance, news_schema},
};
use std::sync::Arc;

fn eva() -> AnnotatorName {
    AnnotatorName::new("eva")
}

fn key(article: &str) -> SetKey {
    SetKey { article: ArticleId::new(article), annotator: eva() }
}

/// Articles `a`, `b`, … whose mentions stand in brackets with their label: `[PER:Marta Kolb]`.
fn project(articles: &[&str]) -> Project {
    let mut project = Project { schema: Arc::new(news_schema()), ..Project::default() };
    for (marked, name) in articles.iter().zip('a'..) {
        add(&mut project, &name.to_string(), marked);
    }
    project
}

fn add(project: &mut Project, name: &str, marked: &str) {
    let (mut text, mut spans) = (String::new(), Vec::new());
    for (place, part) in marked.split(['[', ']']).enumerate() {
        match part.split_once(':') {
            Some((label, words)) if place % 2 == 1 => {
                spans.push((label.to_owned(), TextRange::from_usize(text.len(), text.len() + words.len())));
                text.push_str(words);
            }
            _ => text.push_str(part),
        }
    }
    let id = ArticleId::new(name);
    project.articles.insert(id.clone(), Article::new(id, ArticleMetadata::default(), &text));
    edit(project, name, |draft| {
        spans.iter().try_for_each(|(label, range)| draft.add_span(label, Fragments::one(*range)).map(|_| ()))
    });
}

fn edit<T>(
    project: &mut Project,
    article: &str,
    steps: impl FnOnce(&mut Draft<'_>) -> Result<T, EditError>,
) -> (T, crate::edit::Transaction) {
    let mut draft = Draft::new(project, key(article), Provenance::person("eva", jiff::Timestamp::UNIX_EPOCH));
    let result = steps(&mut draft).expect("steps that are allowed");
    (result, draft.finish("test"))
}

fn clusters(project: &Project) -> Vec<Cluster> {
    let linking = Linking::new(project);
    linking.clusters(&project.entities, &eva(), project.articles.values(), CERTAIN)
}

/// Clusters as `id name mentions`.
fn described(project: &Project) -> Vec<String> {
    let describe = |cluster: &Cluster| format!("{} {} {}", cluster.id, cluster.name, cluster.mentions.len());
    clusters(project).iter().map(describe).collect()
}

const FIRST: &str = "[PER:Marta Kolb] kam nach [LOC:Quellfurt]. Ministerin [PER:Kolb] lobte [LOC:Quellfurts] Rat am \
                     [DATE:Montag]. [PER:sie] ging.";
const SECOND: &str = "In [LOC:Quellfurt] sprach [PER:Jan Kolb]. [PER:Kolb] ging.";

#[test]
fn unknown_names_form_clusters_that_stay_when_articles_come() {
    let mut project = project(&[FIRST]);
    let before = described(&project);
    assert_eq!(before, ["LOC:kulfurt Quellfurt 2", "PER:marta kolb Marta Kolb 2"]);
    add(&mut project, "b", SECOND);
    let after = described(&project);
    assert_eq!(after, ["LOC:kulfurt Quellfurt 3", "PER:ian kolb Jan Kolb 2", "PER:marta kolb Marta Kolb 2"]);
    let aliases = clusters(&project).into_iter().map(|cluster| cluster.aliases);
    assert_eq!(aliases.collect::<Vec<_>>(), vec![Vec::<String>::new(); 3]);
}

#[test]
fn accepting_a_cluster_makes_one_entity_in_one_undo() {
    let mut project = project(&[FIRST, SECOND]);
    let before = project.clone();
    let cluster = clusters(&project).into_iter().find(|cluster| cluster.name == "Marta Kolb").expect("a cluster");
    let (id, transaction) = edit(&mut project, "b", |draft| accept_cluster(draft, &cluster));
    let entity = project.entities.get(&id).expect("the entity");
    assert_eq!((entity.name.as_str(), &*entity.kind), ("Marta Kolb", "PER"));
    assert!(entity.aliases.is_empty(), "a family name is no alias");
    assert_eq!(mentions_of(&project, &id), cluster.mentions);
    assert!(described(&project).iter().all(|cluster| !cluster.contains("Marta")), "it is known now");
    // Another Kolb in an article of their own is nobody's for sure.
    let linking = Linking::new(&project);
    let set = project.set(&key("b")).expect("a set");
    let text = project.articles[&ArticleId::new("b")].text();
    let sure = linking.proposals(&project.entities, text, set, CERTAIN);
    assert_eq!(sure, [], "Jan Kolb is not Marta Kolb");
    undo(&mut project, &transaction);
    assert_eq!(project.articles, before.articles);
    assert_eq!(project.entities.entities, before.entities.entities);
}

fn undo(project: &mut Project, transaction: &crate::edit::Transaction) {
    assert_eq!(transaction.kind, Kind::Do);
    apply(project, &transaction.undone(1, jiff::Timestamp::UNIX_EPOCH)).expect("undone");
}

#[test]
fn an_entity_is_split_and_merged_with_all_links_following() {
    let mut project = project(&[FIRST, SECOND]);
    let cluster = clusters(&project).remove(0);
    let (id, _) = edit(&mut project, "a", |draft| accept_cluster(draft, &cluster));
    let before = project.clone();
    let moved = &cluster.mentions[2..];
    let (new, split) = edit(&mut project, "a", |draft| draft.split_entity(&id, "Quellfurt an der Lahm", moved));
    assert_eq!(mentions_of(&project, &new), moved);
    assert_eq!(mentions_of(&project, &id), cluster.mentions[..2]);
    let kind = |id| project.entities.get(id).map(|entity| entity.kind.clone());
    assert_eq!(kind(&new), kind(&id));
    // Mentions of one entity can not be taken from another.
    let mut draft = Draft::new(&mut project, key("a"), Provenance::person("eva", jiff::Timestamp::UNIX_EPOCH));
    let error = draft.split_entity(&new, "x", &cluster.mentions[..1]).expect_err("another entity's mention");
    assert!(error.to_string().contains("not linked to"), "{error}");
    drop(draft);
    let ((), merged) = edit(&mut project, "a", |draft| draft.merge_entities(&new, &id));
    assert_eq!(mentions_of(&project, &id), cluster.mentions);
    undo(&mut project, &merged);
    assert_eq!(mentions_of(&project, &new), moved);
    undo(&mut project, &split);
    assert_eq!(project.articles, before.articles);
}

#[test]
fn what_is_certain_is_linked_and_nothing_else() {
    let mut project = project(&[FIRST, SECOND, "[LOC:Kiel] und [LOC:Kiew], dann [LOC:Kyjiw]. [PER:Kolb] kam."]);
    edit(&mut project, "a", |draft| {
        for (name, kind) in [("Kiew", "LOC"), ("Marta Kolb", "PER")] {
            draft.add_entity(name, kind)?;
        }
        Ok(())
    });
    let linking = Linking::new(&project);
    let ids: Vec<ArticleId> = project.articles.keys().cloned().collect();
    let (counts, _) = edit(&mut project, "a", |draft| link_certain(draft, &linking, &eva(), &ids, CERTAIN));
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [2, 0, 2]);
    let linked = |name: &str| {
        let entity = project.entities.entities.values().find(|entity| entity.name == name).expect("known");
        let words = |(key, id): &MentionKey| {
            let span = project.set(key).and_then(|set| set.span(*id)).expect("a span");
            span.fragments.surface(project.articles[&key.article].text())
        };
        mentions_of(&project, &entity.id).iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(linked("Kiew"), ["Kiew", "Kyjiw"]);
    assert_eq!(linked("Marta Kolb"), ["Marta Kolb", "Kolb"]);
}

/// Ten thousand entities and ten thousand mentions in the time of a breath: the cost is that of the mentions.
#[test]
fn many_entities_cost_a_mention_no_more_than_a_look_up() {
    let mut project = project(&[]);
    for number in 0..20_000 {
        let id = project.entities.free_id(&format!("person-{number}"));
        let name = format!("Vorname{} Nachname{number}", number % 50);
        let entity = Entity {
            id: id.clone(),
            name,
            kind: "PER".into(),
            aliases: Vec::new(),
            identifiers: Default::default(),
            note: String::new(),
        };
        project.entities.entities.insert(id, entity);
    }
    let mentions: String =
        (0..2_000).map(|number| format!("[PER:Vorname{} Nachname{number}] kam. ", number % 50)).collect();
    add(&mut project, "a", &mentions);
    let linking = Linking::new(&project);
    let set = project.set(&key("a")).expect("a set");
    let text = project.articles[&ArticleId::new("a")].text();
    let start = std::time::Instant::now();
    let found = linking.proposals(&project.entities, text, set, CERTAIN);
    println!("2,000 mentions among 20,000 entities: {:?}", start.elapsed());
    assert_eq!(found.len(), 2_000);
}

/// The sample project without its links: what is linked for certain to its registry must be right, and mentions of names must
/// come together by what they name, measured as B-cubed against the links of people.
#[test]
fn links_and_clusters_of_the_sample_project_are_those_of_people() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("projects/sample");
    let annotator = AnnotatorName::new("redaktion");
    let opened = crate::session::Session::open(&root, crate::store::Access::Read, annotator.clone());
    let mut session = opened.expect("the sample project");
    session.load_all(|_, _| true).expect("all articles");
    let mut project = session.project().clone();
    let mut truth: BTreeMap<MentionKey, EntityId> = BTreeMap::new();
    for article in project.articles.values_mut() {
        let id = article.id.clone();
        article.sets.retain(|name, _| *name == annotator);
        for set in article.sets.values_mut() {
            let mut spans: Vec<Span> = set.spans().cloned().collect();
            for span in &mut spans {
                let key = SetKey { article: id.clone(), annotator: annotator.clone() };
                if let Some(entity) = span.entity.take() {
                    truth.insert((key, span.id), entity);
                }
            }
            let relations = set.relations().cloned().collect();
            *set = AnnotationSet::from_parts(1, set.progress(), spans, relations, Vec::new()).0;
        }
    }
    let linking = Linking::new(&project);
    let (mut right, mut made, mut wanted) = (0, 0, 0);
    for article in project.articles.values() {
        let Some(set) = article.sets.get(&annotator) else { continue };
        let key = SetKey { article: article.id.clone(), annotator: annotator.clone() };
        let names = set.spans().filter(|span| linking.is_open(span));
        wanted += names.filter(|span| truth.contains_key(&(key.clone(), span.id))).count();
        for proposal in linking.proposals(&project.entities, article.text(), set, CERTAIN) {
            let gold = truth.get(&(key.clone(), proposal.span));
            made += 1;
            right += usize::from(gold == Some(&proposal.best.entity));
            if gold != Some(&proposal.best.entity) {
                let words = set.span(proposal.span).map(|span| span.fragments.surface(article.text()));
                println!("{words:?}: {:?} rather than {gold:?}", proposal.best);
            }
        }
    }
    println!("certain links: {right} right of {made}, {wanted} names are linked");
    assert!(right * 100 >= made * 97, "{right} of {made}");
    assert!(right * 100 >= wanted * 75, "{right} of {wanted}");

    project.entities = EntityRegistry::default();
    let (mut precision, mut recall, mut count) = (0.0, 0.0, 0.0);
    let clusters = clusters_of(&project, &annotator);
    let linked = |cluster: &Cluster| -> Vec<MentionKey> {
        cluster.mentions.iter().filter(|mention| truth.contains_key(*mention)).cloned().collect()
    };
    let mut sizes: BTreeMap<&EntityId, f64> = BTreeMap::new();
    for entity in clusters.iter().flat_map(&linked).filter_map(|mention| truth.get(&mention)) {
        *sizes.entry(entity).or_default() += 1.0;
    }
    for cluster in &clusters {
        let mentions = linked(cluster);
        for mention in &mentions {
            let same = mentions.iter().filter(|other| truth.get(*other) == truth.get(mention)).count() as f64;
            precision += same / mentions.len() as f64;
            recall += truth.get(mention).and_then(|entity| sizes.get(entity)).map_or(0.0, |size| same / size);
            count += 1.0;
        }
    }
    let (precision, recall) = (precision / count, recall / count);
    println!("clusters: B-cubed precision {precision:.3}, recall {recall:.3} over {count} mentions");
    assert!(precision >= 0.95 && recall >= 0.75, "{precision} {recall}");
}

fn clusters_of(project: &Project, annotator: &AnnotatorName) -> Vec<Cluster> {
    Linking::new(project).clusters(&project.entities, annotator, project.articles.values(), CERTAIN)
}
