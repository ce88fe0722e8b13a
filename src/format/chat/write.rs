//! Writes an article as a conversation.

use super::quote::Quotes;
use crate::{
    format::{ExportContext, Exported, Format, Loss, loss::LossLog},
    model::{AnnotationId, Name, Relation, Repeat, Schema, TriggerRule},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const ENGLISH: [&str; 4] = [
    "You label text. Answer with one JSON object, and nothing else.\n\
    `spans` lists every stretch of the text that has one of the labels. `quote` repeats its words exactly as they stand in \
    the text, as few as belong to it. If the same words stand in the text several times, list each place that has the label, \
    and say in `occurrence` at which place it is, counted from 1; otherwise `occurrence` is null. `id` is a name for the span, \
    such as s1.\n\
    Take nothing that is not in the text, and no label that is not in the list.",
    "\n`relations` lists what links spans. The arguments name spans by `id`. Take only roles that the relation has.",
    "\n`document_labels` lists the labels of the whole text.",
    "\nLabels and relations: ",
];

const GERMAN: [&str; 4] = [
    "Du zeichnest Text aus. Antworte mit einem JSON-Objekt und sonst nichts.\n\
    `spans` führt jede Textstelle auf, die eines der Labels hat. `quote` wiederholt ihre Wörter genau so, wie sie im Text \
    stehen, und nur die, die dazugehören. Stehen dieselben Wörter mehrmals im Text, führe jede Stelle auf, die das Label hat, \
    und nenne in `occurrence`, die wievielte Stelle es ist, von 1 an gezählt; sonst ist `occurrence` null. `id` ist ein Name für \
    die Textstelle, zum Beispiel s1.\n\
    Nimm nichts, was nicht im Text steht, und kein Label, das nicht in der Liste steht.",
    "\n`relations` führt auf, was Textstellen verbindet. Die Argumente nennen Textstellen mit ihrer `id`. Nimm nur Rollen, die die \
    Relation hat.",
    "\n`document_labels` führt die Labels des ganzen Textes auf.",
    "\nLabels und Relationen: ",
];

/// What the system says in each example: the task and the schema. The option `language=de` makes it German, `prompt=…` adds to
/// it.
pub(super) fn instructions(context: &ExportContext<'_>) -> String {
    let option = |name: &str| context.options.other.get(name).map(String::as_str).unwrap_or_default();
    let [task, relations, labels, schema] = if option("language") == "de" { GERMAN } else { ENGLISH };
    let mut text = task.to_owned();
    if !context.schema.relations.is_empty() {
        text.push_str(relations);
    }
    if !context.schema.document_labels.is_empty() {
        text.push_str(labels);
    }
    text.push_str(schema);
    text.push_str(&schema_object(context.schema).to_string());
    if !option("prompt").trim().is_empty() {
        text.push('\n');
        text.push_str(option("prompt").trim());
    }
    text
}

fn schema_object(schema: &Schema) -> Value {
    let names = |names: &[Name]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let relation = |relation: &crate::model::RelationDefinition| {
        let role = |role: &crate::model::ArgumentDefinition| {
            let repeat = match role.repeat {
                Repeat::One => "one",
                Repeat::Optional => "optional",
                Repeat::Many => "many",
            };
            json!({ "role": &*role.role, "allowed": names(&role.allowed), "repeat": repeat })
        };
        let trigger = match &relation.trigger {
            TriggerRule::None => Value::Null,
            TriggerRule::Optional(labels) => json!({ "required": false, "labels": names(labels) }),
            TriggerRule::Required(labels) => json!({ "required": true, "labels": names(labels) }),
        };
        json!({
            "name": &*relation.name,
            "description": relation.description,
            "roles": relation.arguments.iter().map(role).collect::<Vec<_>>(),
            "trigger": trigger,
        })
    };
    let labels = schema.labels.iter().map(|label| json!({ "name": &*label.name, "description": label.description }));
    let mut object = json!({
        "labels": labels.collect::<Vec<_>>(),
        "relations": schema.relations.iter().map(relation).collect::<Vec<_>>(),
    });
    if let (false, Some(object)) = (schema.document_labels.is_empty(), object.as_object_mut()) {
        let labels = schema.document_labels.iter();
        let labels = labels.map(|label| json!({ "name": &*label.name, "description": label.description }));
        object.insert("document_labels".to_owned(), labels.collect());
    }
    object
}

/// The conversation about one article.
pub(super) fn example(exported: Exported<'_>, instructions: &str, losses: &mut Vec<Loss>) -> Value {
    let text = exported.text.as_str();
    let set = exported.annotations;
    let mut log = LossLog::new(exported, losses);
    let mut quotes = Quotes::new(text);
    let mut names: BTreeMap<AnnotationId, String> = BTreeMap::new();
    let mut spans = Vec::new();
    for span in set.spans_in_order() {
        if span.fragments.count() > 1 {
            log.span(span, "a quote is one piece of the text");
            continue;
        }
        match quotes.quote(span.fragments.hull().to_usize()) {
            Ok((quote, occurrence)) => {
                let name = format!("s{}", names.len() + 1);
                spans.push(json!({ "id": name, "quote": quote, "occurrence": occurrence, "label": &*span.label }));
                names.insert(span.id, name);
            }
            Err(reason) => log.span(span, reason.why()),
        }
    }
    let mut answer = Map::new();
    answer.insert("spans".to_owned(), spans.into());
    let mut written: Vec<AnnotationId> = Vec::new();
    let mut relations = Vec::new();
    for relation in set.relations() {
        match relation_json(relation, &names) {
            Some(record) => {
                relations.push(record);
                written.push(relation.id);
            }
            None => log.relation(relation, "its arguments are not all among the quoted spans"),
        }
    }
    if !relations.is_empty() {
        answer.insert("relations".to_owned(), relations.into());
    }
    let labels: Vec<&str> = set.document_labels().map(|label| &*label.label).collect();
    if !labels.is_empty() {
        answer.insert("document_labels".to_owned(), labels.into());
    }
    let is_written = |id| names.contains_key(&id) || written.contains(&id) || set.document_label(id).is_some();
    log.details(&super::Chat.info().holds, is_written);
    log.article(format!("the id of the article, {}", exported.id), "a conversation has no name");
    json!({ "messages": [
        { "role": "system", "content": instructions },
        { "role": "user", "content": text },
        { "role": "assistant", "content": Value::Object(answer).to_string() },
    ] })
}

fn relation_json(relation: &Relation, names: &BTreeMap<AnnotationId, String>) -> Option<Value> {
    let trigger = match relation.trigger {
        Some(trigger) => Some(names.get(&trigger)?),
        None => None,
    };
    let arguments: Option<Vec<Value>> = relation
        .arguments
        .iter()
        .map(|argument| Some(json!({ "role": &*argument.role, "span": names.get(&argument.target)? })))
        .collect();
    Some(json!({ "label": &*relation.label, "trigger": trigger, "arguments": arguments? }))
}

#[cfg(test)]
mod tests {
    use super::super::{Chat, quote::places};
    use crate::format::{WriteOptions, golden::golden};
    use serde_json::Value;

    fn written(options: &[(&str, &str)]) -> (Value, Vec<String>) {
        let other = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (output, losses) = golden().write(&Chat, &WriteOptions { other, ..WriteOptions::default() });
        let line = String::from_utf8(output.files[0].1.clone()).expect("UTF-8");
        assert_eq!(line.matches('\n').count(), 1);
        (serde_json::from_str(&line).expect("JSON"), losses.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_quote_leads_back_to_its_span() {
        let golden = golden();
        let (example, losses) = written(&[]);
        let messages = example["messages"].as_array().expect("a list");
        let roles: Vec<_> = messages.iter().map(|message| message["role"].as_str().expect("a role")).collect();
        assert_eq!(roles, ["system", "user", "assistant"]);
        let text = messages[1]["content"].as_str().expect("a text");
        let answer: Value = serde_json::from_str(messages[2]["content"].as_str().expect("a text")).expect("JSON");
        let mut found: Vec<(String, usize, usize)> = Vec::new();
        for span in answer["spans"].as_array().expect("a list") {
            let quote = span["quote"].as_str().expect("a quote");
            let places = places(text, quote);
            let place = span["occurrence"].as_u64().map_or(0, |number| usize::try_from(number).expect("small") - 1);
            assert_eq!(span["occurrence"].is_null(), places.len() == 1);
            found.push((
                span["label"].as_str().expect("a label").to_owned(),
                places[place],
                places[place] + quote.len(),
            ));
        }
        let mut wanted: Vec<_> = golden
            .set
            .spans()
            .filter(|span| !losses.iter().any(|loss| loss.contains(&format!("annotation {}: span ", span.id))))
            .map(|span| {
                let range = span.fragments.hull().to_usize();
                (span.label.to_string(), range.start, range.end)
            })
            .collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
        assert_eq!(found.len(), 14, "the discontinuous and the zero-width span can not be quoted");
        assert_eq!(answer["relations"].as_array().map(Vec::len), Some(6), "{losses:#?}");
        assert_eq!(answer["document_labels"], serde_json::json!(["visit report", "war"]));
        assert_eq!(answer["relations"][1]["trigger"].as_str().map(|name| name.starts_with('s')), Some(true));
    }

    #[test]
    fn instructions_follow_the_options() {
        let system = |options: &[(&str, &str)]| {
            let (example, _) = written(options);
            example["messages"][0]["content"].as_str().expect("a text").to_owned()
        };
        let english = system(&[]);
        assert!(english.starts_with("You label text.") && english.contains("\"name\":\"Täter Gruppe\""), "{english}");
        let german = system(&[("language", "de"), ("prompt", "Sei genau.")]);
        assert!(german.starts_with("Du zeichnest Text aus.") && german.ends_with("\nSei genau."), "{german}");
    }
}
