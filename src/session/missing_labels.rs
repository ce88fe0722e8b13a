//! Labels, relations, attributes and document labels that annotations use and the schema does not have: which they are, and how
//! the schema gets them.

use super::{Session, SessionError};
use crate::{
    format::{
        Imported,
        derive::{add_defined, add_used, missing},
    },
    model::{ArticleId, Name, Schema, Status},
};

/// Adds to `used` what the annotations of an article that was read use.
pub(super) fn add_imported(imported: &Imported, used: &mut Schema) {
    let spans = imported.spans.iter().filter(|span| span.status != Status::Rejected);
    let relations = imported.relations.iter().filter(|relation| relation.status != Status::Rejected);
    add_used(spans, relations, imported.document_labels.iter(), used);
}

/// Widens what was `added` to a schema to what was used since: relations get the roles that came later, attributes the values.
pub(super) fn follow(used: &Schema, added: &[Name], schema: &mut Schema) {
    for known in schema.relations.iter_mut().filter(|known| added.contains(&known.name)) {
        if let Some(wider) = used.relation(&known.name) {
            known.clone_from(wider);
        }
    }
    for known in schema.attributes.iter_mut().filter(|known| added.contains(&known.name)) {
        if let Some(wider) = used.attribute(&known.name) {
            known.clone_from(wider);
        }
    }
}

/// The names of all that a schema defines, labels first.
pub fn names(schema: &Schema) -> Vec<Name> {
    let labels = schema.labels.iter().map(|label| &label.name);
    let relations = schema.relations.iter().map(|relation| &relation.name);
    let document_labels = schema.document_labels.iter().map(|label| &label.name);
    let attributes = schema.attributes.iter().map(|attribute| &attribute.name);
    labels.chain(relations).chain(document_labels).chain(attributes).cloned().collect()
}

impl Session {
    /// What the annotator's annotations of an article use and the schema does not define. What was rejected needs nothing.
    pub fn not_in_schema(&self, article: &ArticleId) -> Schema {
        let mut used = Schema::default();
        if let Some(set) = self.set(article) {
            let spans = set.spans().filter(|span| span.status != Status::Rejected);
            let relations = set.relations().filter(|relation| relation.status != Status::Rejected);
            add_used(spans, relations, set.document_labels(), &mut used);
        }
        missing(&used, &self.project().schema)
    }

    /// Adds what the schema does not define yet, in one transaction, and gives the names of what was added.
    ///
    /// # Errors
    /// If the project can not be changed, or what is added has problems, such as a label without a name.
    pub fn add_to_schema(&mut self, missing: &Schema) -> Result<Vec<Name>, SessionError> {
        let mut schema = (*self.project().schema).clone();
        let added = add_defined(missing, &mut schema);
        let title = match added.as_slice() {
            [] => return Ok(added),
            [only] => format!("Add {only} to the schema"),
            several => format!("Add {} labels to the schema", several.len()),
        };
        // No article is the one that it belongs to.
        self.edit(&ArticleId::new(""), title, |draft| Ok(draft.set_schema(schema)?))?;
        Ok(added)
    }
}
