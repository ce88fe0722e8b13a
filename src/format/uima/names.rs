//! Names of attributes as names of features: ASCII letters, digits and `_`.

use super::{
    layers::ATTRIBUTE_MARK,
    types::{Feature, Range, TypeSystem},
};
use crate::model::{AttributeValue, Name};
use std::collections::{BTreeMap, BTreeSet};

/// Names that a feature can not have: those of every annotation, those of our layers, and words that programs which make
/// classes of types can not use.
const RESERVED: [&str; 53] = [
    "sofa",
    "begin",
    "end",
    "value",
    "identifier",
    "trigger",
    "arguments",
    "type",
    "self",
    "id",
    "xmiID",
    "Governor",
    "Dependent",
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "label",
    "tag",
    "category",
    "kind",
    "relation",
];

/// The features that stand for attributes, the same in all articles of an export.
#[derive(Debug, Default)]
pub(super) struct Names {
    forms: BTreeMap<(Name, Range), Name>,
    taken: BTreeSet<Name>,
}

impl Names {
    /// The feature for values like `value` of the attribute called `name`. `types` may have another of this name at `kind`.
    pub fn feature(&mut self, name: &Name, value: &AttributeValue, types: &TypeSystem, kind: &str) -> Feature {
        let range = range(value);
        let feature = |form: &Name| {
            let description = match **form == **name {
                true => String::new(),
                // As JSON, which can say everything.
                false => format!("{ATTRIBUTE_MARK}{}", serde_json::Value::from(&**name)),
            };
            Feature { description, ..Feature::new(form, range.name()) }
        };
        let fits = |new: &Feature| types.feature(kind, &new.name).is_none_or(|known| known == new);
        let known = self.forms.get(&(name.clone(), range)).map(&feature).filter(&fits);
        known.unwrap_or_else(|| {
            let wanted = form(name);
            let numbered = (1u32..).map(|count| if count == 1 { wanted.clone() } else { format!("{wanted}_{count}") });
            let free = numbered.map(Name::from).filter(|form| !self.taken.contains(form));
            let new = free.map(|form| feature(&form)).find(fits).unwrap_or_default();
            self.taken.insert(new.name.clone());
            self.forms.insert((name.clone(), range), new.name.clone());
            new
        })
    }
}

/// What holds such a value.
pub(super) fn range(value: &AttributeValue) -> Range {
    match value {
        AttributeValue::Flag(_) => Range::Flag,
        AttributeValue::Number(_) => Range::Number,
        AttributeValue::Text(_) => Range::Text,
    }
}

fn form(name: &str) -> String {
    let plain = any_ascii::any_ascii(name);
    let form: String = plain.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    let is_usual = form.starts_with(|char: char| char.is_ascii_alphabetic());
    let is_free = !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(&form));
    let is_own = form.starts_with("glosse_") || form.starts_with("referenceType") || form.starts_with("Linkart");
    if is_usual && is_free && !is_own { form } else { format!("attribute_{form}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_different() {
        let mut names = Names::default();
        let mut types = TypeSystem::default();
        types.add("a.A", "uima.tcas.Annotation", [Feature::new("free", "uima.cas.String")]);
        let (flag, text) = (AttributeValue::Flag(true), AttributeValue::Text("a".into()));
        for (name, value, form, description) in [
            ("sure", &flag, "sure", ""),
            ("sure", &text, "sure_2", "Glosse: \"sure\""),
            ("sure", &flag, "sure", ""),
            ("Täter Gruppe", &text, "Tater_Gruppe", "Glosse: \"Täter Gruppe\""),
            ("class", &text, "attribute_class", "Glosse: \"class\""),
            ("Type", &text, "attribute_Type", "Glosse: \"Type\""),
            ("1a", &text, "attribute_1a", "Glosse: \"1a\""),
            ("", &text, "attribute_", "Glosse: \"\""),
            ("free", &text, "free", ""),
            ("free", &flag, "free_2", "Glosse: \"free\""),
        ] {
            let feature = names.feature(&name.into(), value, &types, "a.A");
            assert_eq!((&*feature.name, &*feature.description), (form, description));
        }
    }
}
