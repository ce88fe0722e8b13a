//! The schema that new projects start with: persons, places, events and claims in news.

use super::{
    ArgumentDefinition, AttributeDefinition, AttributeKind, AttributeValue, DocumentLabelDefinition, LabelDefinition,
    Name, RelationDefinition, Repeat, Schema, Symmetry, TriggerRule,
};

/// Labels, relations, events and attributes for news articles about politics and war.
pub fn news_schema() -> Schema {
    let event = |name, description, arguments: &[(&str, &str)]| {
        relation(
            name,
            description,
            Symmetry::Directed,
            TriggerRule::Required(vec!["EVENT".into()]),
            arguments.iter().map(|(role, allowed)| argument(role, allowed, Repeat::Many)).collect(),
        )
    };
    let binary = |name, description, arguments: [(&str, &str); 2]| {
        relation(
            name,
            description,
            Symmetry::Directed,
            TriggerRule::None,
            arguments.iter().map(|(role, allowed)| argument(role, allowed, Repeat::One)).collect(),
        )
    };
    let symmetric = |name, description, allowed: &str| {
        relation(
            name,
            description,
            Symmetry::Symmetric,
            TriggerRule::None,
            ["first", "second"].iter().map(|role| argument(role, allowed, Repeat::One)).collect(),
        )
    };
    let events = "visit attack meeting exchange movement agreement transfer";
    Schema {
        labels: vec![
            label("PER", 'p', "A person's name, without title: **Wladimir Putin**, but not *Präsident*."),
            label(
                "ORG",
                'o',
                "An organisation, authority or government named as such: **Kreml**, **Pentagon**, **NATO**.",
            ),
            label(
                "LOC",
                'l',
                "A place, region, country or river; also inside a compound: **Kursk** in *Kursk-Region*.",
            ),
            label("FACILITY", 'f', "A building, plant, bridge or command post: **Kernkraftwerk**, **Brücke**."),
            label("GROUP", 'u', "Peoples, troops, groups of people: **ukrainische Truppen**, **die Russen**."),
            label("TITLE", 't', "An office or role: **Präsident**, **Gouverneur**, **Sprecher**."),
            label("EVENT", 'v', "The word or words that name an event: **Besuch**, **griffen … an** (in two pieces)."),
            label("DATE", 'd', "A date, time or period: **12. März**, **am Mittwoch**, **seit drei Monaten**."),
            label("QUANTITY", 'q', "A number with what it counts or measures: **159 Drohnen**, **rund 800 Dollar**."),
            label("WEAPON", 'w', "Weapons and military vehicles: **Drohnen**, **Patriot**."),
            label("MEDIA", 'm', "A medium or agency as a source: **CNN**, **AFP**."),
            label("QUOTE", 'k', "Quoted words, without the quotation marks; may run over sentences."),
        ],
        relations: vec![
            binary("holds_title", "The person holds the office.", [("person", "PER"), ("title", "TITLE")]),
            binary("member_of", "Belongs to.", [("member", "PER GROUP ORG"), ("whole", "ORG GROUP LOC")]),
            binary("located_in", "Lies in.", [("inner", "LOC FACILITY ORG GROUP"), ("outer", "LOC FACILITY")]),
            binary("said_by", "Who said the quoted words.", [("quote", "QUOTE"), ("speaker", "PER ORG GROUP MEDIA")]),
            symmetric(
                "same_as",
                "Both name the same person, place or thing in this article: *der Kremlchef* and **Putin**.",
                "PER ORG LOC GROUP FACILITY EVENT",
            ),
            binary("reported_by", "Who reports the event.", [("claim", events), ("source", "MEDIA PER ORG")]),
            symmetric("contradicts", "The two can not both be true.", &format!("QUANTITY {events}")),
            event(
                "visit",
                "Somebody visits a place or a person.",
                &[("visitor", "PER GROUP"), ("host", "PER ORG"), ("place", "LOC FACILITY"), ("date", "DATE")],
            ),
            event(
                "attack",
                "Somebody attacks something.",
                &[
                    ("attacker", "PER ORG LOC GROUP"),
                    ("target", "LOC FACILITY GROUP PER WEAPON ORG"),
                    ("place", "LOC FACILITY"),
                    ("weapon", "WEAPON QUANTITY"),
                    ("date", "DATE"),
                    ("casualties", "QUANTITY GROUP PER"),
                ],
            ),
            event(
                "meeting",
                "People meet, telephone or negotiate.",
                &[("participant", "PER ORG LOC GROUP"), ("place", "LOC FACILITY"), ("date", "DATE")],
            ),
            event(
                "exchange",
                "Prisoners are exchanged or set free.",
                &[
                    ("party", "LOC ORG GROUP PER"),
                    ("prisoners", "GROUP QUANTITY"),
                    ("mediator", "PER ORG LOC"),
                    ("date", "DATE"),
                    ("place", "LOC"),
                ],
            ),
            event(
                "movement",
                "Troops or people move, advance or retreat.",
                &[
                    ("mover", "GROUP PER ORG"),
                    ("origin", "LOC"),
                    ("destination", "LOC"),
                    ("date", "DATE"),
                    ("number", "QUANTITY"),
                ],
            ),
            event(
                "agreement",
                "Something is agreed, offered or signed.",
                &[("party", "PER ORG LOC GROUP"), ("terms", "EVENT DATE QUANTITY"), ("date", "DATE"), ("place", "LOC")],
            ),
            event(
                "transfer",
                "Goods, money or weapons change hands.",
                &[
                    ("giver", "PER ORG LOC GROUP"),
                    ("receiver", "PER ORG LOC GROUP"),
                    ("thing", "WEAPON QUANTITY"),
                    ("date", "DATE"),
                ],
            ),
        ],
        attributes: vec![
            attribute(
                "mention",
                "PER ORG LOC GROUP",
                choice("name nominal pronoun"),
                Some("name"),
                "How the text refers: by name, by a common noun, by a pronoun.",
            ),
            attribute(
                "metonymy",
                "LOC",
                AttributeKind::Flag,
                None,
                "The place stands for its government: *Moskau erklärte*.",
            ),
            attribute(
                "value",
                "DATE QUANTITY",
                AttributeKind::Text,
                None,
                "The value in normal form: 2025-03-12, 159.",
            ),
            attribute(
                "operator",
                "QUANTITY",
                choice("exact about at_least at_most"),
                Some("exact"),
                "How the number is meant: *rund*, *mindestens*, *bis zu*.",
            ),
            attribute(
                "certainty",
                events,
                choice("certain reported doubtful"),
                Some("certain"),
                "How sure the article is that it happened.",
            ),
            attribute("negated", events, AttributeKind::Flag, None, "The article says that it did not happen."),
        ],
        document_labels: ["visit", "front", "drones", "talks", "prisoners", "aid", "translated"]
            .map(|name| DocumentLabelDefinition {
                name: name.into(),
                color: None,
                description: match name {
                    "translated" => "The text looks machine-translated.".to_owned(),
                    _ => String::new(),
                },
            })
            .to_vec(),
    }
}

fn label(name: &str, key: char, description: &str) -> LabelDefinition {
    LabelDefinition { name: name.into(), color: None, key: Some(key), description: description.to_owned() }
}

fn names(list: &str) -> Vec<Name> {
    list.split_whitespace().map(Name::from).collect()
}

fn argument(role: &str, allowed: &str, repeat: Repeat) -> ArgumentDefinition {
    ArgumentDefinition { role: role.into(), allowed: names(allowed), repeat }
}

fn relation(
    name: &str,
    description: &str,
    symmetry: Symmetry,
    trigger: TriggerRule,
    arguments: Vec<ArgumentDefinition>,
) -> RelationDefinition {
    RelationDefinition {
        name: name.into(),
        color: None,
        description: description.to_owned(),
        symmetry,
        trigger,
        arguments,
    }
}

fn choice(values: &str) -> AttributeKind {
    AttributeKind::Choice(names(values))
}

fn attribute(
    name: &str,
    applies_to: &str,
    kind: AttributeKind,
    default: Option<&str>,
    description: &str,
) -> AttributeDefinition {
    AttributeDefinition {
        name: name.into(),
        applies_to: names(applies_to),
        kind,
        default: default.map(|value| AttributeValue::Text(value.into())),
        description: description.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_news_schema_has_no_problems() {
        assert_eq!(super::news_schema().problems(), []);
    }
}
