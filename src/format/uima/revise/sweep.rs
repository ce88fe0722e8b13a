//! What goes with a changed text, and what pointed to what is gone.

use super::Revision;
use crate::{
    format::uima::{
        cas::{Id, SOFA, Value},
        layers::Kind,
        read::Origin,
        types::Range,
    },
    model::Name,
};
use std::collections::{BTreeMap, HashSet};

impl Revision<'_, '_> {
    /// Puts the new text in; annotations of the old one that Glosse does not show have no place in it.
    pub(super) fn replace_text(&mut self, hidden: &BTreeMap<Name, usize>) {
        let sofa = self.composer.sofa;
        let shown: HashSet<Id> = self
            .origins
            .values()
            .filter_map(|origin| match origin {
                Origin::Structure(id) => Some(*id),
                Origin::Hidden(_) | Origin::Slot { .. } => None,
            })
            .collect();
        let text = self.composer.text(None, "text", self.composer.exported.text.as_str());
        let whole = self.composer.place(self.composer.whole());
        let mut had_segments = false;
        for structure in &mut self.composer.cas.structures {
            if structure.id == sofa && &*structure.kind == SOFA {
                structure.set("sofaString", text.clone());
                continue;
            }
            let kind = self.layers.get(&structure.kind).map(|layer| layer.kind);
            if structure.reference("sofa") != Some(sofa) || !structure.has_place() || shown.contains(&structure.id) {
                continue;
            }
            match kind {
                Some(Kind::Metadata) => {
                    whole.iter().for_each(|(name, value)| structure.set(name, value.clone()));
                }
                Some(Kind::Field) => {}
                _ => {
                    had_segments |= structure.kind.ends_with(".Token");
                    self.gone.insert(structure.id);
                }
            }
        }
        if had_segments {
            self.composer.segments();
        }
        let lost: Vec<_> = hidden
            .iter()
            .filter(|(name, _)| !matches!(&***name, "Token" | "Sentence"))
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        if !lost.is_empty() {
            let what = format!("annotations that are not shown: {}", lost.join(", "));
            self.composer.log.article(what, "the text was changed");
        }
    }

    /// Takes out what is gone, and whatever points to it.
    pub(super) fn sweep(&mut self) {
        let gone = &self.gone;
        if gone.is_empty() {
            return;
        }
        let cas = &mut self.composer.cas;
        // Numbers of what is gone are not given again.
        cas.structures.retain(|structure| &*structure.kind == SOFA || !gone.contains(&structure.id));
        let is_gone = |id: &Id| gone.contains(id);
        for view in &mut cas.views {
            view.members.retain(|id| !is_gone(id));
        }
        let types = &cas.types;
        for structure in &mut cas.structures {
            let kind = structure.kind.clone();
            structure.features.retain_mut(|(name, value)| {
                let range = || types.feature(&kind, name).map(|feature| types.range(&feature.range));
                match value {
                    Value::Reference(id) => !is_gone(id),
                    Value::References(ids) => {
                        ids.retain(|id| !is_gone(id));
                        true
                    }
                    Value::Json(serde_json::Value::Array(ids)) if kind.ends_with("[]") || kind.ends_with("FSArray") => {
                        ids.retain(|id| id.as_i64().is_none_or(|id| !is_gone(&id)));
                        true
                    }
                    Value::Text(text) => match range() {
                        Some(Range::Structure) => text.parse::<Id>().map_or(true, |id| !is_gone(&id)),
                        Some(Range::Structures) => {
                            let is_left = |id: &&str| id.parse::<Id>().map_or(true, |id| !is_gone(&id));
                            *text = text.split_ascii_whitespace().filter(is_left).collect::<Vec<_>>().join(" ");
                            true
                        }
                        None if name.as_ref() == "elements" && kind.ends_with("FSArray") => {
                            let is_left = |id: &&str| id.parse::<Id>().map_or(true, |id| !is_gone(&id));
                            *text = text.split_ascii_whitespace().filter(is_left).collect::<Vec<_>>().join(" ");
                            true
                        }
                        _ => true,
                    },
                    _ => true,
                }
            });
        }
    }
}
