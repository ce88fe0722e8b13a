//! Carries out one operation of `glosse apply` on an open project.

use super::request::{ArgumentRequest, Request, parse};
use crate::{
    edit::{Damage, Draft, EditError},
    model::{
        AnnotationId, Argument, ArticleId, ArticleText, AttributeValue, EntityId, Fragments, Name, Progress, Status,
    },
    session::{Session, SessionError},
    text::{ByteOffset, TextEdit, TextRange},
};
use serde_json::{Map, Value, json};

/// Carries out the operation in `line` and returns what stands behind `ok` in the answer. It is not on disk yet: see
/// [`Session::wait_until_saved`].
///
/// # Errors
/// Why it can not be done, in words. Nothing was changed then.
pub fn carry_out(session: &mut Session, article: &ArticleId, line: &str) -> Result<String, String> {
    let request = parse(line)?;
    // The article itself may be what an undo took away and a redo brings back.
    if !matches!(request, Request::Undo {} | Request::Redo {}) {
        session.load(article).map_err(words)?;
    }
    let answer = |id: u32| id.to_string();
    let name = |session: &Session, id: u32| session.named(article, AnnotationId(id));
    match request {
        Request::AddSpan { label, start, end, fragments, attributes, entity, note } => {
            let fragments = place(session, article, start, end, fragments)?;
            let attributes = values(attributes)?;
            let surface = shortened(&fragments.surface(text_of(session, article)?.as_str()));
            edit(session, article, format!("Label {surface:?} {label}"), |draft| {
                let id = draft.add_span(&label, fragments)?;
                set_attributes(draft, id, attributes)?;
                if let Some(entity) = entity {
                    draft.link_entity(id, Some(EntityId::new(&entity)))?;
                }
                if let Some(note) = note {
                    draft.set_note(id, &note)?;
                }
                Ok(id.to_string())
            })
        }
        Request::ResizeSpan { id, start, end, fragments } => {
            let fragments = place(session, article, start, end, fragments)?;
            let title = format!("Move the edges of {}", name(session, id));
            edit(session, article, title, |draft| {
                draft.resize_span(AnnotationId(id), fragments)?;
                Ok(answer(id))
            })
        }
        Request::SetLabel { id, label } => {
            let title = format!("Change the label of {} to {label}", name(session, id));
            edit(session, article, title, |draft| {
                draft.set_label(AnnotationId(id), &label)?;
                Ok(answer(id))
            })
        }
        Request::SetAttribute { id, name: attribute, value } => {
            let value = optional_value(&attribute, value)?;
            let title = format!("Set {attribute} of {}", name(session, id));
            edit(session, article, title, |draft| {
                draft.set_attribute(AnnotationId(id), &attribute, value)?;
                Ok(answer(id))
            })
        }
        Request::SetNote { id, note } => {
            let title = format!("Write the note of {}", name(session, id));
            edit(session, article, title, |draft| {
                draft.set_note(AnnotationId(id), &note)?;
                Ok(answer(id))
            })
        }
        Request::SetStatus { id, status } => {
            let status = Status::parse(&status)
                .ok_or_else(|| format!("{status:?} is no status; it is suggested, accepted or rejected"))?;
            let title = format!("Mark {} as {}", name(session, id), status.as_str());
            edit(session, article, title, |draft| {
                draft.set_status(AnnotationId(id), status)?;
                Ok(answer(id))
            })
        }
        Request::LinkEntity { id, entity: Some(entity), name: None, kind: None } => {
            let registry = &session.project().entities;
            let title = match &entity {
                Some(entity) => {
                    let known = registry.get(&EntityId::new(entity)).map_or(entity, |known| &known.name);
                    format!("Link {} to {known}", name(session, id))
                }
                None => format!("Take the entity from {}", name(session, id)),
            };
            edit(session, article, title, |draft| {
                draft.link_entity(AnnotationId(id), entity.as_deref().map(EntityId::new))?;
                Ok(answer(id))
            })
        }
        Request::LinkEntity { id, entity: None, name: Some(entity), kind } => {
            link_by_name(session, article, id, entity, kind)
        }
        Request::LinkEntity { .. } => {
            Err("link_entity takes either \"entity\" (an id or null) or \"name\" with an optional \"kind\"".to_owned())
        }
        Request::AddRelation { label, trigger, arguments, attributes, note } => {
            let attributes = values(attributes)?;
            edit(session, article, format!("Relate by {label}"), |draft| {
                let id = draft.add_relation(&label, trigger.map(AnnotationId), arguments_of(arguments))?;
                set_attributes(draft, id, attributes)?;
                if let Some(note) = note {
                    draft.set_note(id, &note)?;
                }
                Ok(id.to_string())
            })
        }
        Request::SetArguments { id, arguments } => {
            let title = format!("Change the arguments of {}", name(session, id));
            edit(session, article, title, |draft| {
                draft.set_arguments(AnnotationId(id), arguments_of(arguments))?;
                Ok(answer(id))
            })
        }
        Request::SetTrigger { id, trigger } => {
            let title = format!("Change the trigger of {}", name(session, id));
            edit(session, article, title, |draft| {
                draft.set_trigger(AnnotationId(id), trigger.flatten().map(AnnotationId))?;
                Ok(answer(id))
            })
        }
        Request::ReverseRelation { id } => {
            let title = format!("Reverse {}", name(session, id));
            edit(session, article, title, |draft| {
                draft.reverse_relation(AnnotationId(id))?;
                Ok(answer(id))
            })
        }
        Request::Remove { id } => {
            let title = format!("Remove {}", name(session, id));
            edit(session, article, title, |draft| {
                let removed = draft.remove(AnnotationId(id))?;
                let fell: Vec<u32> = removed.iter().map(|id| id.0).filter(|fallen| *fallen != id).collect();
                Ok(if fell.is_empty() { answer(id) } else { format!("{id} {}", json!({ "removed_with_it": fell })) })
            })
        }
        Request::AddDocumentLabel { label } => edit(session, article, format!("Label the article {label}"), |draft| {
            Ok(draft.add_document_label(&label)?.to_string())
        }),
        Request::SetProgress { progress } => {
            let progress = match progress.as_str() {
                "new" => Progress::New,
                "started" => Progress::Started,
                "done" => Progress::Done,
                _ => return Err(format!("{progress:?} is no progress; it is new, started or done")),
            };
            edit(session, article, "Change the progress".to_owned(), |draft| {
                draft.set_progress(progress)?;
                Ok("progress".to_owned())
            })
        }
        Request::EditText { start, end, text } => edit_text(session, article, start, end, text),
        Request::Undo {} => match session.undo().map_err(words)? {
            Some(change) => Ok(one_line(&change.title)),
            None => Err("there is nothing to undo".to_owned()),
        },
        Request::Redo {} => match session.redo().map_err(words)? {
            Some(change) => Ok(one_line(&change.title)),
            None => Err("there is nothing to redo".to_owned()),
        },
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// One transaction; names the choices where the schema does not know a name.
fn edit(
    session: &mut Session,
    article: &ArticleId,
    title: String,
    steps: impl FnOnce(&mut Draft<'_>) -> Result<String, EditError>,
) -> Result<String, String> {
    let result = session.edit(article, title, |draft| steps(draft).map_err(SessionError::Edit));
    result.map_err(|error| {
        let schema = &session.project().schema;
        let known: Vec<&str> = match &error {
            SessionError::Edit(EditError::UnknownLabel { .. }) => {
                schema.labels.iter().map(|item| &*item.name).collect()
            }
            SessionError::Edit(EditError::UnknownRelation { .. }) => {
                schema.relations.iter().map(|item| &*item.name).collect()
            }
            SessionError::Edit(EditError::UnknownDocumentLabel { .. }) => {
                schema.document_labels.iter().map(|item| &*item.name).collect()
            }
            SessionError::Edit(EditError::UnknownAttribute { label, .. }) => {
                schema.attributes_for(label).map(|item| &*item.name).collect()
            }
            _ => Vec::new(),
        };
        if known.is_empty() { error.to_string() } else { format!("{error}; it has {}", known.join(", ")) }
    })
}

fn text_of(session: &Session, article: &ArticleId) -> Result<std::sync::Arc<ArticleText>, String> {
    let text = session.project().article(article).and_then(|article| article.text.clone());
    text.ok_or_else(|| format!("the article {article} is not loaded"))
}

/// The place that a request names, in bytes.
fn place(
    session: &Session,
    article: &ArticleId,
    start: Option<u64>,
    end: Option<u64>,
    fragments: Option<Vec<(u64, u64)>>,
) -> Result<Fragments, String> {
    let pairs = match (start, end, fragments) {
        (Some(start), Some(end), None) => vec![(start, end)],
        (None, None, Some(fragments)) => fragments,
        _ => return Err("give the place as \"start\" and \"end\", or as \"fragments\": [[start, end], …]".to_owned()),
    };
    let text = text_of(session, article)?;
    let ranges = pairs.iter().map(|(start, end)| range_of(&text, *start, *end)).collect::<Result<Vec<_>, _>>()?;
    Fragments::new(ranges).ok_or_else(|| "\"fragments\" is empty".to_owned())
}

fn range_of(text: &ArticleText, start: u64, end: u64) -> Result<TextRange, String> {
    if start > end {
        return Err(format!("start {start} is behind end {end}"));
    }
    Ok(TextRange::new(byte_of(text, start)?, byte_of(text, end)?))
}

fn byte_of(text: &ArticleText, offset: u64) -> Result<ByteOffset, String> {
    let byte = u32::try_from(offset).ok().and_then(|offset| text.table().byte_from_code_point(text.as_str(), offset));
    byte.ok_or_else(|| {
        let len = text.table().code_point_from_byte(text.as_str(), ByteOffset::from_usize(text.as_str().len()));
        format!("offset {offset} is outside the text, which has {len} code points")
    })
}

fn values(attributes: Map<String, Value>) -> Result<Vec<(Name, Option<AttributeValue>)>, String> {
    attributes.into_iter().map(|(name, value)| Ok((Name::from(&*name), optional_value(&name, value)?))).collect()
}

fn optional_value(name: &str, value: Value) -> Result<Option<AttributeValue>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(AttributeValue::Flag(flag))),
        Value::String(text) => Ok(Some(AttributeValue::Text(text.into()))),
        Value::Number(number) => match number.as_f64().filter(|number| number.is_finite()) {
            Some(number) => Ok(Some(AttributeValue::Number(number))),
            None => Err(format!("the number {number} of the attribute {name:?} is too large")),
        },
        Value::Array(_) | Value::Object(_) => {
            Err(format!("the value of the attribute {name:?} must be true, false, a number, text or null"))
        }
    }
}

fn set_attributes(
    draft: &mut Draft<'_>,
    id: AnnotationId,
    attributes: Vec<(Name, Option<AttributeValue>)>,
) -> Result<(), EditError> {
    attributes.into_iter().try_for_each(|(name, value)| draft.set_attribute(id, &name, value))
}

fn arguments_of(arguments: Vec<ArgumentRequest>) -> Vec<Argument> {
    let argument =
        |request: ArgumentRequest| Argument { role: request.role.into(), target: AnnotationId(request.target) };
    arguments.into_iter().map(argument).collect()
}

/// Links a span to the entity with this name, canonical or not, and makes it first if there is none.
fn link_by_name(
    session: &mut Session,
    article: &ArticleId,
    id: u32,
    name: String,
    kind: Option<String>,
) -> Result<String, String> {
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err("the \"name\" of the entity is empty".to_owned());
    }
    let matching = |by: &dyn Fn(&crate::model::Entity) -> bool| -> Vec<EntityId> {
        let fits =
            |entity: &&crate::model::Entity| kind.as_deref().is_none_or(|kind| &*entity.kind == kind) && by(entity);
        session.project().entities.entities.values().filter(fits).map(|entity| entity.id.clone()).collect()
    };
    let canonical = matching(&|entity| entity.name == name);
    let found =
        if canonical.is_empty() { matching(&|entity| entity.names().any(|other| other == name)) } else { canonical };
    let known = match found.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => {
            let ids: Vec<_> = several.iter().map(EntityId::as_str).collect();
            return Err(format!(
                "several entities are called {name:?}: {}; give one of them as \"entity\"",
                ids.join(", ")
            ));
        }
    };
    let title = format!("Link {} to {name:?}", session.named(article, AnnotationId(id)));
    edit(session, article, title, |draft| {
        let label = draft.set().and_then(|set| set.span(AnnotationId(id))).map(|span| span.label.clone());
        let label = label.ok_or(EditError::NoSpan { id: AnnotationId(id) })?;
        let entity = match known {
            Some(entity) => entity,
            None => draft.add_entity(&name, kind.as_deref().unwrap_or(&label))?,
        };
        draft.link_entity(AnnotationId(id), Some(entity.clone()))?;
        Ok(format!("{id} {}", json!({ "entity": entity.as_str() })))
    })
}

fn edit_text(
    session: &mut Session,
    article: &ArticleId,
    start: u64,
    end: u64,
    inserted: String,
) -> Result<String, String> {
    let text = text_of(session, article)?;
    let range = range_of(&text, start, end)?;
    let removed = range.slice(text.as_str()).unwrap_or_default().to_owned();
    let mut damages = Vec::new();
    edit(session, article, "Correct the text".to_owned(), |draft| {
        damages = draft.edit_text(&[TextEdit { at: range.start(), removed, inserted }])?;
        Ok(String::new())
    })?;
    if damages.is_empty() {
        return Ok("edit".to_owned());
    }
    let after = text_of(session, article)?;
    let damaged: Vec<Value> = damages.iter().map(|damage| damage_record(damage, &text, &after)).collect();
    Ok(format!("edit {}", json!({ "damaged": damaged })))
}

/// What a correction of the text did to a span; offsets count in the text after it.
fn damage_record(damage: &Damage, before: &ArticleText, after: &ArticleText) -> Value {
    let offset = |byte| after.table().code_point_from_byte(after.as_str(), byte);
    let fragments = damage.after.as_ref().map(|fragments| {
        fragments.iter().map(|range| json!([offset(range.start()), offset(range.end())])).collect::<Vec<_>>()
    });
    json!({
        "annotator": damage.set.annotator.as_str(),
        "id": damage.before.id.0,
        "label": &*damage.before.label,
        "text": damage.before.fragments.surface(before.as_str()),
        "fragments": fragments,
        "relations_removed": damage.relations,
    })
}

/// A stretch of text as the history shows it.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
