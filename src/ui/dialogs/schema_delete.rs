//! The question what becomes of annotations whose label is deleted.

use super::{form, parts::counted, schema::names, schema_step::Step};
use crate::{
    edit::{Fate, SchemaItem},
    model::{Name, Schema},
    session::Session,
    ui::{
        request::PanelContext,
        texts::{fill, in_articles, tr},
        theme,
    },
};
use egui::{RichText, Ui};
use std::collections::BTreeSet;

/// A deletion that is being decided.
pub struct Deleting {
    item: SchemaItem,
    name: Name,
    /// True if the annotations get another label.
    relabel: bool,
    other: Option<Name>,
    counts: Option<(u64, Counts)>,
}

/// What carries the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub annotations: usize,
    pub articles: usize,
    /// Relations that lead to these annotations.
    pub relations: usize,
}

/// Counts what carries a name, in all loaded articles and for all annotators.
pub fn count(session: &Session, item: SchemaItem, name: &str) -> Counts {
    let mut counts = Counts::default();
    for article in session.project().articles.values() {
        let mut here = 0;
        for set in article.sets.values() {
            let mut leading = BTreeSet::new();
            let mut lead = |id| leading.extend(set.relations_pointing_to(id).map(|relation| relation.id));
            match item {
                SchemaItem::Label => {
                    for span in set.spans().filter(|span| &*span.label == name) {
                        here += 1;
                        lead(span.id);
                    }
                }
                SchemaItem::Relation => {
                    for relation in set.relations().filter(|relation| &*relation.label == name) {
                        here += 1;
                        lead(relation.id);
                    }
                }
                SchemaItem::Attribute => {
                    here += set.spans().filter(|span| span.attributes.contains_key(name)).count();
                    here += set.relations().filter(|relation| relation.attributes.contains_key(name)).count();
                }
                SchemaItem::DocumentLabel => {
                    here += set.document_labels().filter(|label| &*label.label == name).count();
                }
            }
            counts.relations += leading.len();
        }
        counts.annotations += here;
        counts.articles += usize::from(here > 0);
    }
    counts
}

impl Deleting {
    pub fn new(item: SchemaItem, name: Name) -> Self {
        Self { item, name, relabel: false, other: None, counts: None }
    }

    fn counts(&mut self, session: &Session) -> Counts {
        match self.counts {
            Some((revision, counts)) if revision == session.revision() => counts,
            _ => {
                let counts = count(session, self.item, &self.name);
                // Loading articles does not change the project, so an early count is taken again until all are there.
                if session.project().articles.keys().all(|id| session.is_loaded(id)) {
                    self.counts = Some((session.revision(), counts));
                }
                counts
            }
        }
    }

    /// Draws the question. `Some(None)` when it was given up, `Some(Some(step))` when it was answered.
    pub fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, schema: &Schema) -> Option<Option<Step>> {
        let theme = context.theme;
        let session = context.session?;
        let counts = self.counts(session);
        ui.add_space(6.0);
        ui.label(RichText::new(fill(tr("Delete “{}”?"), &[&self.name])).font(theme::strong(15.0)));
        let carried = counted(counts.annotations, tr("annotation carries it"), tr("annotations carry it"));
        let articles = in_articles(counts.articles);
        let line = match counts.annotations {
            0 => tr("No annotation carries it").to_owned(),
            _ => format!("{carried}, {articles}"),
        };
        ui.label(RichText::new(line).color(theme.text_weak));
        ui.add_space(4.0);
        let others: Vec<Name> = names(schema, self.item).into_iter().filter(|name| *name != self.name).collect();
        let can_relabel = self.item != SchemaItem::Attribute && !others.is_empty();
        if counts.annotations > 0 {
            let remove = match (self.item, counts.relations) {
                (SchemaItem::Attribute, _) => tr("Take the values away").to_owned(),
                (_, 0) => tr("Delete the annotations too").to_owned(),
                (_, relations) => {
                    let relations = counted(relations, tr("relation leads to them"), tr("relations lead to them"));
                    format!("{} ({relations})", tr("Delete the annotations too"))
                }
            };
            if can_relabel {
                ui.radio_value(&mut self.relabel, false, remove);
                ui.horizontal(|ui| {
                    ui.radio_value(&mut self.relabel, true, tr("Give the annotations another label"));
                    let mut chosen = self.other.clone().or_else(|| others.first().cloned()).unwrap_or_default();
                    let options: Vec<(Name, &str)> = others.iter().map(|name| (name.clone(), &**name)).collect();
                    if form::choice(ui, tr("Other label"), &mut chosen, &options) {
                        self.relabel = true;
                    }
                    self.other = Some(chosen);
                });
            } else {
                ui.label(remove);
            }
        }
        ui.add_space(8.0);
        let mut answer = None;
        ui.horizontal(|ui| {
            if form::primary_button(ui, theme, true, tr("Delete it")).clicked() {
                let fate = match &self.other {
                    Some(other) if self.relabel && can_relabel => Fate::Relabel(other.clone()),
                    _ => Fate::Remove,
                };
                answer = Some(Some(Step::Delete { item: self.item, name: self.name.clone(), fate }));
            }
            if form::plain_button(ui, true, tr("Cancel")).clicked() {
                answer = Some(None);
            }
        });
        ui.add_space(4.0);
        form::hint(ui, theme, tr("Happens at once; Ctrl+Z in the window takes it back"));
        answer
    }
}
