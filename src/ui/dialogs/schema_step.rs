//! Changes of the schema that annotations follow: renaming and deleting.

use super::form;
use crate::{
    edit::{Draft, EditError, Fate, SchemaItem},
    model::{AnnotatorName, ArticleId, Name, Project, Provenance, Schema, SetKey},
    ui::request::Request,
};
use std::sync::Arc;

/// A change of the schema with its annotations.
#[derive(Clone, Debug)]
pub enum Step {
    Rename { item: SchemaItem, from: Name, to: Name },
    RenameRole { relation: Name, from: Name, to: Name },
    Delete { item: SchemaItem, name: Name, fate: Fate },
}

impl Step {
    fn carry_out(&self, draft: &mut Draft<'_>) -> Result<(), EditError> {
        match self {
            Self::Rename { item, from, to } => draft.rename(*item, from, to),
            Self::RenameRole { relation, from, to } => draft.rename_role(relation, from, to),
            Self::Delete { item, name, fate } => draft.delete(*item, name, fate),
        }
    }

    /// For the history.
    fn title(&self) -> String {
        match self {
            Self::Rename { item, from, to } => format!("Rename {} {from} to {to}", item.as_str()),
            Self::RenameRole { relation, from, to } => format!("Rename role {from} of {relation} to {to}"),
            Self::Delete { item, name, fate: Fate::Remove } => format!("Delete {} {name}", item.as_str()),
            Self::Delete { item, name, fate: Fate::Relabel(target) } => {
                format!("Delete {} {name}, {target} takes its place", item.as_str())
            }
        }
    }

    /// The change of the project, in one transaction.
    pub fn request(self) -> Request {
        form::project_change(self.title(), form::Needs::AllArticles, move |draft| self.carry_out(draft))
    }

    /// What the step makes of a schema that is not in use.
    ///
    /// # Errors
    /// If the schema has problems, or the step does not fit it.
    pub fn on(&self, schema: &Schema) -> Result<Schema, EditError> {
        let mut project = Project { schema: Arc::new(schema.clone()), ..Project::default() };
        let key = SetKey { article: ArticleId::new(""), annotator: AnnotatorName::new("") };
        let mut draft = Draft::new(&mut project, key, Provenance::person("", jiff::Timestamp::UNIX_EPOCH));
        self.carry_out(&mut draft)?;
        draft.finish("");
        Ok((*project.schema).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::news_schema;

    #[test]
    fn steps_change_a_schema_that_is_not_in_use() {
        let schema = news_schema();
        let renamed = Step::Rename { item: SchemaItem::Label, from: "PER".into(), to: "PERSON".into() }.on(&schema);
        let renamed = renamed.expect("a free name");
        assert!(renamed.label("PERSON").is_some() && renamed.label("PER").is_none());
        assert_eq!(renamed.problems(), []);
        let taken = Step::Rename { item: SchemaItem::Label, from: "PER".into(), to: "LOC".into() };
        assert!(taken.on(&schema).is_err());
        let deleted = Step::Delete { item: SchemaItem::Relation, name: "visit".into(), fate: Fate::Remove };
        let deleted = deleted.on(&schema).expect("a relation of the schema");
        assert!(deleted.relation("visit").is_none());
        assert_eq!(deleted.problems(), []);
    }
}
