//! Values that annotations carry beside their label.

use super::Name;
use std::{collections::BTreeMap, fmt};

/// Attribute values by attribute name.
pub type Attributes = BTreeMap<Name, AttributeValue>;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    Flag(bool),
    /// Always finite.
    Number(f64),
    /// Free text or one of the values that the schema lists.
    Text(Name),
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(formatter),
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}
