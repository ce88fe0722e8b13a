//! Why a change could not be made, in words for the person who wanted it.

use super::ApplyError;
use crate::model::{AnnotationId, EntityId, Name};
use std::fmt;

/// Why a step could not be taken. The project is as it was before the step.
#[derive(Clone, Debug, PartialEq)]
pub enum EditError {
    Apply(ApplyError),
    UnknownLabel { label: String },
    UnknownRelation { label: String },
    UnknownDocumentLabel { label: String },
    UnknownRole { relation: Name, role: Name, known: Vec<Name> },
    RoleFilled { relation: Name, role: Name },
    ArgumentNotAllowed { relation: Name, role: Name, label: Name, allowed: Vec<Name> },
    TriggerNotAllowed { relation: Name, label: Name },
    UnknownAttribute { attribute: String, label: Name },
    BadValue { attribute: Name, value: String, allowed: String },
    UnknownEntity { entity: String },
    NotLinked { id: AnnotationId, entity: EntityId },
    NoSpan { id: AnnotationId },
    NoRelation { id: AnnotationId },
    NoAnnotation { id: AnnotationId },
    Unplaced { id: AnnotationId, label: Name },
    OutsideText { start: u32, end: u32, len: usize },
    NotReversible { relation: Name },
    Circle { id: AnnotationId },
    RelatedToItself { relation: Name, id: AnnotationId },
    SchemaProblem { problem: String },
    NoSuchItem { kind: &'static str, name: String },
    NameTaken { name: String },
    Repeated { label: Name },
}

impl fmt::Display for EditError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apply(error) => error.fmt(formatter),
            Self::UnknownLabel { label } => write!(formatter, "the schema has no label {label:?}"),
            Self::UnknownRelation { label } => write!(formatter, "the schema has no relation {label:?}"),
            Self::UnknownDocumentLabel { label } => write!(formatter, "the schema has no document label {label:?}"),
            Self::UnknownRole { relation, role, known } => {
                write!(formatter, "{relation:?} has no role {role:?}; its roles are {}", known.join(", "))
            }
            Self::RoleFilled { relation, role } => {
                write!(
                    formatter,
                    "the role {role:?} of this {relation:?} is filled already; remove that argument first"
                )
            }
            Self::ArgumentNotAllowed { relation, role, label, allowed } => write!(
                formatter,
                "{label:?} can not be the {role:?} of {relation:?}; the schema allows {}",
                allowed.join(", ")
            ),
            Self::TriggerNotAllowed { relation, label } => {
                write!(formatter, "{label:?} can not be the trigger of {relation:?}")
            }
            Self::UnknownAttribute { attribute, label } => {
                write!(formatter, "the schema has no attribute {attribute:?} for {label:?}")
            }
            Self::BadValue { attribute, value, allowed } => {
                write!(formatter, "{value:?} is not a value of {attribute:?}, which takes {allowed}")
            }
            Self::UnknownEntity { entity } => write!(formatter, "the registry has no entity {entity:?}"),
            Self::NotLinked { id, entity } => {
                write!(formatter, "span {id} is not linked to {:?}; choose mentions of that entity", entity.as_str())
            }
            Self::NoSpan { id } => write!(formatter, "there is no span {id}"),
            Self::NoRelation { id } => write!(formatter, "there is no relation {id}"),
            Self::NoAnnotation { id } => write!(formatter, "there is no annotation {id}"),
            Self::Unplaced { id, label } => {
                write!(
                    formatter,
                    "span {id}: this {label:?} has no words; move its edges over them first, or reject it"
                )
            }
            Self::OutsideText { start, end, len } => {
                write!(formatter, "bytes {start}..{end} are no whole characters of the text, which has {len} bytes")
            }
            Self::NotReversible { relation } => {
                write!(
                    formatter,
                    "this {relation:?} can not be reversed: the schema does not allow it the other way round"
                )
            }
            Self::RelatedToItself { relation, id } => {
                write!(formatter, "{relation} would link {id} with itself; choose two different annotations")
            }
            Self::Circle { id } => write!(formatter, "relation {id} would be an argument of itself"),
            Self::SchemaProblem { problem } => problem.fmt(formatter),
            Self::NoSuchItem { kind, name } => write!(formatter, "the schema has no {kind} {name:?}"),
            Self::NameTaken { name } => write!(formatter, "the schema has a {name:?} already"),
            Self::Repeated { label } => write!(formatter, "the article has the label {label:?} already"),
        }
    }
}

impl std::error::Error for EditError {}

impl From<ApplyError> for EditError {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}
