//! Reads the lines of spaCy and Prodigy; their tokens prove the unit of the offsets.

use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        jsonl::metadata_from_record,
        reading::{Delivery, Numbering, complete_relations, imported_from, normalize_line_endings, unplaced},
        value::{attributes_from_json, plain},
    },
    model::{
        AnnotationId, Argument, Attributes, DocumentLabel, Entity, EntityId, Name, Provenance, Relation, Span, Status,
    },
};
use serde_json::{Map, Value};

type Object = Map<String, Value>;

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let mut delivery = Delivery::new(&input.name, article);
    let bytes = input.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input.bytes);
    for (index, bytes) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = index + 1;
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let record = match serde_json::from_slice::<Value>(bytes) {
            Ok(Value::Object(record)) => record,
            Ok(_) => {
                delivery.warn(Some(line), "the line is no JSON object and was left out");
                continue;
            }
            Err(error) => {
                delivery.warn(Some(line), format!("the line is no valid JSON and was left out: {error}"));
                continue;
            }
        };
        let Some(text) = record.get("text").and_then(Value::as_str) else {
            delivery.warn(Some(line), "the record has no \"text\" and was left out");
            continue;
        };
        let mut reader = Reader {
            file: &input.name,
            line,
            options,
            provenance: imported_from("spacy-jsonl", options.time),
            status: match record.get("answer").and_then(Value::as_str) {
                Some("reject") => Status::Rejected,
                Some("ignore") => Status::Suggested,
                _ => Status::Accepted,
            },
            warnings: Vec::new(),
        };
        let mut imported = reader.article(&record, text, input.stem());
        for (id, problem) in complete_relations(&mut imported) {
            reader.warn(format!("relation {id}: {problem}"));
        }
        if options.normalize_line_endings {
            normalize_line_endings(&mut imported);
        }
        imported.warnings = reader.warnings;
        delivery.push(imported);
    }
    delivery.finish("the file is empty")
}

struct Reader<'a> {
    file: &'a str,
    line: usize,
    options: &'a ReadOptions,
    provenance: Provenance,
    status: Status,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line: Some(self.line), message: message.into() });
    }

    fn article(&mut self, record: &Object, text: &str, stem: &str) -> Imported {
        let meta = record.get("meta").and_then(Value::as_object);
        let id = meta.and_then(|meta| meta.get("id")).or(record.get("id")).map(plain).filter(|id| !id.is_empty());
        let mut imported = Imported::new(&id.unwrap_or_else(|| format!("{stem}-{}", self.line)), text.to_owned());
        if let Some(meta) = meta {
            let mut meta = meta.clone();
            meta.shift_remove("id");
            imported.metadata = metadata_from_record(&meta, self.file, self.line, self.options, &mut self.warnings);
        }
        if imported.metadata.language.is_empty() {
            imported.metadata.language.clone_from(&self.options.default_language);
        }
        let spans = objects(record, "spans");
        let relations = objects(record, "relations");
        let ids = spans.iter().chain(&relations).filter_map(|item| item.get("id")?.as_u64());
        let mut numbering = Numbering::new(ids);
        let tokens = objects(record, "tokens");
        self.spans(&spans, &tokens, &mut numbering, &mut imported);
        let places: Vec<_> = spans.iter().map(|span| place(span)).collect();
        self.relations(&relations, &places, &mut numbering, &mut imported);
        for label in labels(record) {
            imported.document_labels.push(DocumentLabel {
                id: numbering.give(None, None),
                label,
                note: String::new(),
                provenance: self.provenance.clone(),
                status: self.status,
            });
        }
        imported
    }

    fn spans(&mut self, spans: &[&Object], tokens: &[&Object], numbering: &mut Numbering, imported: &mut Imported) {
        let text = imported.text.clone();
        let anchors = Anchors::new(&text);
        let proofs: Vec<_> = tokens.iter().chain(spans).map(|item| claim(item)).collect();
        let unit = anchors.choose_unit(Unit::CodePoint, &proofs);
        if unit != Unit::CodePoint {
            self.warn(format!("the texts of the tokens show that offsets count {}", unit.in_words()));
        }
        for (index, span) in spans.iter().enumerate() {
            let claim = claim(span);
            let label = span.get("label").map(plain).filter(|label| !label.trim().is_empty());
            let Some(label) = label else {
                self.warn("a span has no \"label\" and was left out");
                continue;
            };
            let fragments = match anchors.place(unit, &claim) {
                Anchored::Exact(fragments) => fragments,
                Anchored::Moved(fragments) => {
                    self.warn(format!("the {label:?} at {:?} was moved to its text nearby", claim.pieces));
                    fragments
                }
                Anchored::Nowhere => {
                    self.warn(format!("the {label:?} is not at {:?}; place it by hand", claim.pieces));
                    let id = numbering.give(Some(index.to_string()), span.get("id").and_then(Value::as_u64));
                    let (surface, near) = (claim.surface.unwrap_or_default(), anchors.near(unit, &claim));
                    imported.spans.push(unplaced(id, label.as_str().into(), surface, near, &text, &self.provenance));
                    continue;
                }
            };
            let entity = self.entity(span, &label, imported);
            // Relations name spans by place; the key is the position in the list.
            let id = numbering.give(Some(index.to_string()), span.get("id").and_then(Value::as_u64));
            imported.spans.push(Span {
                id,
                label: label.as_str().into(),
                fragments,
                attributes: self.attributes(span),
                entity,
                note: span.get("note").map(plain).unwrap_or_default(),
                provenance: self.provenance.clone(),
                status: self.status,
                corrected_from: None,
            });
        }
    }

    fn entity(&mut self, span: &Object, kind: &str, imported: &mut Imported) -> Option<EntityId> {
        let text = |name: &str| span.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let id = EntityId::new(text("entity").or(text("kb_id"))?);
        if imported.entities.iter().all(|entity| entity.id != id) {
            imported.entities.push(Entity {
                name: text("entity_name").unwrap_or(id.as_str()).to_owned(),
                kind: kind.into(),
                aliases: Vec::new(),
                identifiers: text("kb_id").map(|id| ("wikidata".to_owned(), id.to_owned())).into_iter().collect(),
                note: String::new(),
                id: id.clone(),
            });
        }
        Some(id)
    }

    fn relations(
        &mut self,
        relations: &[&Object],
        places: &[Option<Place>],
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        for relation in relations {
            let label = relation.get("label").map(plain).filter(|label| !label.trim().is_empty());
            let Some(label) = label else {
                self.warn("a relation has no \"label\" and was left out");
                continue;
            };
            let mut arguments = Vec::new();
            for (end, span, role) in [("head", "head_span", "head_role"), ("child", "child_span", "child_role")] {
                match self.end(relation, end, span, places, numbering) {
                    Some(target) => {
                        let role = relation.get(role).and_then(Value::as_str).unwrap_or(end);
                        arguments.push(Argument { role: role.into(), target });
                    }
                    None => self.warn(format!("the {end} of a {label:?} is no span of the record")),
                }
            }
            if arguments.len() < 2 {
                self.warn(format!("a {label:?} that does not link two spans was left out"));
                continue;
            }
            imported.relations.push(Relation {
                id: numbering.give(None, relation.get("id").and_then(Value::as_u64)),
                label: label.as_str().into(),
                trigger: None,
                arguments,
                attributes: self.attributes(relation),
                note: relation.get("note").map(plain).unwrap_or_default(),
                provenance: self.provenance.clone(),
                status: self.status,
                corrected_from: None,
            });
        }
    }

    /// The span at one end of a relation: by its id, or its place and label, or its place, or its last token.
    fn end(
        &self,
        relation: &Object,
        end: &str,
        span: &str,
        places: &[Option<Place>],
        numbering: &Numbering,
    ) -> Option<AnnotationId> {
        let find = |fits: &dyn Fn(&Place) -> bool| {
            let index = places.iter().position(|place| place.as_ref().is_some_and(fits))?;
            numbering.get(&index.to_string())
        };
        let known = relation.get(span).and_then(Value::as_object);
        if let Some((start, stop, stated)) = known.and_then(place) {
            return find(&|place| stated.id.is_some() && place.2.id == stated.id)
                .or_else(|| find(&|place| (place.0, place.1) == (start, stop) && place.2.label == stated.label))
                .or_else(|| find(&|place| (place.0, place.1) == (start, stop)));
        }
        let token = relation.get(end)?.as_u64();
        token.and_then(|token| find(&|place| place.2.token_end == Some(token)))
    }

    fn attributes(&mut self, item: &Object) -> Attributes {
        let Some(object) = item.get("attributes").and_then(Value::as_object) else { return Attributes::new() };
        attributes_from_json(object, &mut |message| self.warn(message))
    }
}

/// Start, end, and what else tells a span from others.
type Place = (u64, u64, Mark);

#[derive(Clone, Debug, PartialEq)]
struct Mark {
    label: Option<String>,
    token_end: Option<u64>,
    id: Option<u64>,
}

fn claim(item: &Object) -> Claim<'_> {
    Claim {
        pieces: place(item).map(|(start, end, _)| (start, end)).into_iter().collect(),
        surface: item.get("text").and_then(Value::as_str),
    }
}

fn place(item: &Object) -> Option<Place> {
    let number = |name| item.get(name).and_then(Value::as_u64);
    let mark = Mark { label: item.get("label").map(plain), token_end: number("token_end"), id: number("id") };
    Some((number("start")?, number("end")?, mark))
}

fn objects<'r>(record: &'r Object, name: &str) -> Vec<&'r Object> {
    record.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect()
}

/// Labels of the whole record: what was chosen, categories of at least one half, or its one label.
fn labels(record: &Object) -> Vec<Name> {
    let mut labels: Vec<Name> = Vec::new();
    let accepted = record.get("accept").and_then(Value::as_array).into_iter().flatten().map(plain);
    let categories = record.get("cats").and_then(Value::as_object).into_iter().flatten();
    let categories = categories.filter(|(_, value)| match value {
        Value::Bool(flag) => *flag,
        value => value.as_f64().is_some_and(|score| score >= 0.5),
    });
    let own = record.get("label").and_then(Value::as_str).map(str::to_owned);
    for label in accepted.chain(categories.map(|(name, _)| name.clone())).chain(own) {
        if !label.trim().is_empty() && labels.iter().all(|known| **known != *label) {
            labels.push(label.as_str().into());
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::super::SpacyJsonl;
    use super::*;
    use crate::format::{Format, Recognition, golden};

    fn read(content: &[u8]) -> Vec<Imported> {
        let input = Input::alone("a.jsonl".to_owned(), content);
        assert!(SpacyJsonl.recognize(&input) >= Recognition::Likely);
        let mut articles = Vec::new();
        SpacyJsonl
            .read(&input, &golden::read_options(), &mut |article| articles.push(article))
            .expect("it can be read");
        articles
    }

    #[test]
    fn records_are_read() {
        let check = |line: &str, spans: &[&str], relations: &[&str], warnings: usize| {
            let articles = read(line.as_bytes());
            let article = &articles[0];
            let found: Vec<_> = article
                .spans
                .iter()
                .map(|span| {
                    format!("{} {} {}", span.label, span.fragments.surface(&article.text), span.status.as_str())
                })
                .collect();
            assert_eq!(found, spans);
            let name =
                |id| article.spans.iter().find(|span| span.id == id).map(|span| span.fragments.surface(&article.text));
            let found: Vec<_> = article
                .relations
                .iter()
                .map(|relation| {
                    let ends: Vec<_> = relation
                        .arguments
                        .iter()
                        .map(|argument| format!("{}={}", argument.role, name(argument.target).unwrap_or_default()))
                        .collect();
                    format!("{} {}", relation.label, ends.join(" "))
                })
                .collect();
            assert_eq!(found, relations);
            assert_eq!(article.warnings.len(), warnings, "{:?}", article.warnings);
        };
        check(
            r#"{"text":"Anna in Köln","tokens":[{"text":"Anna","start":0,"end":4,"id":0},{"text":"in","start":5,"end":7,"id":1},{"text":"Köln","start":8,"end":12,"id":2}],"spans":[{"start":0,"end":4,"label":"PER","token_start":0,"token_end":0},{"start":8,"end":12,"label":"LOC","token_start":2,"token_end":2}],"relations":[{"head":0,"child":2,"label":"at"},{"head":1,"child":2,"label":"x"}],"answer":"accept"}"#,
            &["PER Anna accepted", "LOC Köln accepted"],
            &["at head=Anna child=Köln"],
            2,
        );
        check(
            r#"{"text":"😀 Köln","tokens":[{"text":"Köln","start":3,"end":7}],"spans":[{"start":3,"end":7,"label":"LOC"}],"answer":"reject"}"#,
            &["LOC Köln rejected"],
            &[],
            1,
        );
        check(r#"{"text":"a b","spans":[{"start":1,"end":9,"label":"X"}]}"#, &["X  suggested"], &[], 1);
    }

    #[test]
    fn tokens_and_relations_are_written() {
        let golden = golden::golden();
        let (output, losses) = golden.write(&SpacyJsonl, &Default::default());
        let record: Value = serde_json::from_slice(&output.files[0].1).expect("JSON");
        let chars: Vec<char> = golden::TEXT.chars().collect();
        let slice = |item: &Value| -> String {
            let number = |name: &str| item[name].as_u64().expect("a number") as usize;
            chars[number("start")..number("end")].iter().collect()
        };
        let tokens = record["tokens"].as_array().expect("tokens");
        for token in tokens {
            assert_eq!(slice(token), token["text"].as_str().expect("text"));
        }
        let spans = record["spans"].as_array().expect("spans");
        assert_eq!(spans.len(), 15);
        let putin = spans.iter().find(|span| span["id"] == 10).expect("it is there");
        assert_eq!(slice(putin), "Wladimir Putin");
        assert_eq!(putin["token_end"].as_u64(), putin["token_start"].as_u64().map(|first| first + 1));
        let relations = record["relations"].as_array().expect("relations");
        assert_eq!(relations.len(), 3);
        assert_eq!(relations[0]["head"], putin["token_end"]);
        assert!(losses.iter().any(|loss| loss.what == "relation visit"));
        let articles = golden::read_back(&SpacyJsonl, &output.files);
        assert_eq!(articles[0].warnings, []);
        assert_eq!(articles[0].wanted_id, golden.id.as_str());
    }

    #[test]
    fn real_annotations_are_read() {
        let Some(folder) = golden::shared("corpora/prodigy/explosion__projects/tutorials") else { return };
        let (mut spans, mut stated) = (0, 0);
        for name in ["ner_drugs/assets/drugs_eval.jsonl", "ner_fashion_brands/assets/fashion_brands_eval.jsonl"] {
            let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
            for line in String::from_utf8_lossy(&bytes).lines() {
                let record: Value = serde_json::from_str(line).expect("JSON");
                stated += record["spans"].as_array().map_or(0, Vec::len);
            }
            let articles = read(&bytes);
            assert!(articles.iter().all(|article| article.warnings.is_empty()));
            spans += articles.iter().map(|article| article.spans.len()).sum::<usize>();
        }
        assert_eq!(spans, stated);
        assert!(spans > 500, "{spans}");
    }
}
