//! JSON borrowed from the line that it stands in, for formats of which there are gigabytes: reading it takes a fraction of the
//! time and memory that [`serde_json::Value`] takes, since nothing is copied that stands there as it is.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use std::{
    borrow::Cow,
    collections::HashMap,
    fmt::{self, Display},
};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Flag(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Members<'a>),
}

/// The members of a JSON object, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Members<'a>(
    // Invariant: no two have the same name.
    Vec<(Cow<'a, str>, Json<'a>)>,
);

/// Up to this many members each is compared with each to find one that comes twice.
const FEW: usize = 12;

impl<'a> Json<'a> {
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Json<'a>]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&Members<'a>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The value as plain text: a text without quotation marks, everything else as JSON.
    pub(super) fn plain(&self) -> String {
        self.as_str().map_or_else(|| self.to_string(), str::to_owned)
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Flag(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone().into_owned()),
            Self::List(list) => Value::Array(list.iter().map(Self::to_value).collect()),
            Self::Object(members) => Value::Object(members.to_map()),
        }
    }
}

impl<'a> Members<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// The same for whoever works with `serde_json`.
    pub(super) fn to_map(&self) -> serde_json::Map<String, Value> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_value())).collect()
    }

    /// Of several members with one name the last counts, in the place of the first.
    fn new(members: Vec<(Cow<'a, str>, Json<'a>)>) -> Self {
        let is_repeated = match members.len() {
            ..=FEW => members
                .iter()
                .enumerate()
                .any(|(index, (name, _))| members.iter().take(index).any(|(earlier, _)| earlier == name)),
            _ => {
                let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
                names.sort_unstable();
                names.windows(2).any(|pair| pair.first() == pair.last())
            }
        };
        if !is_repeated {
            return Self(members);
        }
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        let mut distinct: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        for (name, value) in members {
            let place = *places.entry(name.clone()).or_insert(distinct.len());
            match distinct.get_mut(place) {
                Some(known) => known.1 = value,
                None => distinct.push((name, value)),
            }
        }
        Self(distinct)
    }
}

impl Display for Json<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(formatter)
    }
}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.into()),
        }
    }
}

impl<'a> From<&'a serde_json::Map<String, Value>> for Members<'a> {
    fn from(map: &'a serde_json::Map<String, Value>) -> Self {
        Self(map.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), value.into())).collect())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some(name) = access.next_key_seed(NameSeed)? {
            members.push((name, access.next_value()?));
        }
        Ok(Json::Object(Members::new(members)))
    }
}

/// Reads the name of a member, borrowed where it has no escapes.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_serde_json() {
        let many: String = (0..40).map(|number| format!("\"m{}\":{number},", number % 30)).collect();
        let texts = [
            "null".to_owned(),
            "true".to_owned(),
            "18446744073709551615".to_owned(),
            "-3".to_owned(),
            "1.5e3".to_owned(),
            "0.30000000000000004".to_owned(),
            "1e999".to_owned(),
            r#""K\u00f6ln \"am\" Rhein""#.to_owned(),
            r#"{"a":[1,"x",{"b":null}],"\u0063":"y","a":2}"#.to_owned(),
            format!("{{{many}\"z\":0}}"),
            "{\"a\":1".to_owned(),
            "{a:1}".to_owned(),
            "[1,]".to_owned(),
            "[".repeat(200),
            "\"\u{1}\"".to_owned(),
        ];
        for text in &texts {
            let expected = serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
            let found = serde_json::from_str::<Json<'_>>(text).map_err(|error| error.to_string());
            assert_eq!(found.as_ref().map(Json::to_value), expected.as_ref().map(Clone::clone), "{text}");
            if let (Ok(found), Ok(expected)) = (&found, &expected) {
                assert_eq!(found.to_string(), expected.to_string());
                assert_eq!(found, &Json::from(expected), "{text}");
            }
        }
    }
}
