//! What a thing of a knowledge base is in the project: which label its class stands for.

use crate::model::{Name, Schema};
use std::{collections::BTreeMap, fmt};

/// Classes of Wikidata that stand for persons, places, organizations and media in news, by what they mean.
const CLASSES: &[(&str, &[&str])] = &[
    ("per", &["Q5", "Q15632617"]),
    (
        "loc",
        &[
            "Q515",
            "Q486972",
            "Q6256",
            "Q3624078",
            "Q3957",
            "Q532",
            "Q56061",
            "Q4022",
            "Q23442",
            "Q5107",
            "Q82794",
            "Q35657",
            "Q10864048",
            "Q13220204",
            "Q1549591",
            "Q5119",
            "Q15284",
            "Q262166",
            "Q747074",
            "Q8502",
            "Q165",
            "Q23397",
            "Q123705",
            "Q1221156",
            "Q3455524",
            "Q161243",
            "Q2264924",
            "Q7930989",
            "Q1637706",
            "Q200250",
            "Q22698",
            "Q34442",
            "Q39816",
            "Q46831",
            "Q10742",
            "Q5153359",
        ],
    ),
    (
        "org",
        &[
            "Q43229",
            "Q7278",
            "Q4830453",
            "Q783794",
            "Q7188",
            "Q7210356",
            "Q327333",
            "Q484652",
            "Q245065",
            "Q6881511",
            "Q891723",
            "Q176799",
            "Q37726",
            "Q772547",
            "Q192350",
            "Q2659904",
            "Q35798",
            "Q294163",
            "Q35749",
            "Q163740",
            "Q476028",
            "Q3918",
            "Q1752346",
            "Q15925165",
        ],
    ),
    ("media", &["Q11032", "Q192283", "Q1193236", "Q1002697", "Q11033", "Q15265344", "Q1110794", "Q41298", "Q1616075"]),
    ("weapon", &["Q728", "Q15142889", "Q2031121", "Q484000"]),
    ("facility", &["Q41176", "Q12280", "Q134447", "Q1248784", "Q16917", "Q159719"]),
];

/// Names of labels by meaning, in English and German.
const LABELS: &[(&str, &[&str])] = &[
    ("per", &["per", "pers", "person", "people", "mensch", "human"]),
    ("loc", &["loc", "location", "place", "gpe", "ort", "city", "stadt", "country", "land"]),
    ("org", &["org", "organization", "organisation", "company", "firma"]),
    ("media", &["media", "medium", "medien"]),
    ("weapon", &["weapon", "waffe"]),
    ("facility", &["fac", "facility", "building", "gebäude", "bauwerk"]),
];

/// From classes and label names of a knowledge base to labels of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// By class or label, in small letters.
    known: BTreeMap<String, Name>,
}

/// A rule `CLASS=LABEL` that can not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadKind {
    pub rule: String,
    pub labels: Vec<Name>,
}

impl fmt::Display for BadKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:?} is no CLASS=LABEL with a label of the schema, which has {}",
            self.rule,
            self.labels.join(", ")
        )
    }
}

impl std::error::Error for BadKind {}

impl Kinds {
    /// The labels of a schema by their names, and the usual classes of Wikidata for those with the usual names; `rules` such
    /// as `Q728=WEAPON` go before.
    ///
    /// # Errors
    /// If a rule has no `=` or names no label.
    pub fn new(schema: &Schema, rules: &[String]) -> Result<Self, BadKind> {
        let mut known = BTreeMap::new();
        for (meaning, names) in LABELS {
            let label = schema.labels.iter().find(|label| names.contains(&&*label.name.to_lowercase()));
            let Some(label) = label else { continue };
            let classes = CLASSES.iter().filter(|(other, _)| other == meaning).flat_map(|(_, classes)| *classes);
            for class in classes.chain(*names) {
                known.insert(class.to_lowercase(), label.name.clone());
            }
        }
        for label in &schema.labels {
            known.insert(label.name.to_lowercase(), label.name.clone());
        }
        for rule in rules {
            let label = rule.split_once('=').and_then(|(class, label)| {
                schema.label(label.trim()).map(|label| (class.trim().to_lowercase(), label.name.clone()))
            });
            let bad = || BadKind {
                rule: rule.clone(),
                labels: schema.labels.iter().map(|label| label.name.clone()).collect(),
            };
            let (class, label) = label.filter(|(class, _)| !class.is_empty()).ok_or_else(bad)?;
            known.insert(class, label);
        }
        Ok(Self { known })
    }

    /// The label for the first class that stands for one; empty if none does.
    pub(super) fn label<'a>(&self, classes: impl IntoIterator<Item = &'a str>) -> Name {
        let mut found = classes.into_iter().filter_map(|class| {
            let class = class.trim().to_lowercase();
            let short = class.rsplit(['/', '#', ':']).next().unwrap_or_default();
            self.known.get(&class).or_else(|| self.known.get(short)).cloned()
        });
        found.next().unwrap_or_default()
    }
}
