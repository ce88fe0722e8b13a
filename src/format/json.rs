//! JSON borrowed from the line that it stands in, for formats of which there are gigabytes: reading it takes a fraction of the
//! time and memory that [`serde_json::Value`] takes, since nothing is copied that stands there as it is, and all values of a
//! line lie in one list.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{
    borrow::Cow,
    collections::HashMap,
    fmt::{self, Display},
};

/// A value with all values in it, one behind the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tape<'a>(
    // Invariant: what each list and object says of its length is so.
    Vec<Node<'a>>,
);

#[derive(Clone, Debug, PartialEq)]
enum Node<'a> {
    Null,
    Flag(bool),
    Number(Number),
    Text(Cow<'a, str>),
    /// So many nodes behind it are in it.
    List(usize),
    /// The same; the name of each member stands before its value.
    Object(usize),
}

/// A JSON value on a tape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Json<'a>(
    // Invariant: the node of the value and those in it.
    &'a [Node<'a>],
);

/// The members of a JSON object on a tape. Of several with one name the last counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Members<'a>(&'a [Node<'a>]);

impl<'a> Tape<'a> {
    /// Reads one value.
    ///
    /// # Errors
    /// If the text is anything else; the message is that of `serde_json`.
    pub(super) fn read(text: &'a str) -> serde_json::Result<Self> {
        Self::read_in_place_of(Self::default(), text)
    }

    /// The same for bytes, which have to be UTF-8.
    ///
    /// # Errors
    /// If they are anything else than one value; the message is that of `serde_json`.
    pub(super) fn read_bytes(bytes: &'a [u8]) -> serde_json::Result<Self> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::read(text),
            // It says what is wrong and where.
            Err(_) => Self::read_with(serde_json::Deserializer::from_slice(bytes), bytes.len(), Self::default()),
        }
    }

    /// As [`Tape::read`], in the memory of a tape that is not wanted any more, which saves making it anew for each of many lines.
    pub(super) fn read_in_place_of(before: Self, text: &'a str) -> serde_json::Result<Self> {
        Self::read_with(serde_json::Deserializer::from_str(text), text.len(), before)
    }

    /// Nothing, in the memory of this tape.
    pub(super) fn emptied(self) -> Tape<'static> {
        // This has one list become the other, as long as the standard library collects in place.
        Tape(self.0.into_iter().map_while(|_| None).collect())
    }

    fn read_with(
        mut deserializer: serde_json::Deserializer<impl serde_json::de::Read<'a>>,
        length: usize,
        before: Self,
    ) -> serde_json::Result<Self> {
        let mut nodes = before.0;
        nodes.clear();
        nodes.reserve(length / 16 + 8);
        Append(&mut nodes).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(Self(nodes))
    }

    /// An object of `serde_json`.
    pub(super) fn of(map: &'a Map<String, Value>) -> Self {
        let mut nodes = Vec::new();
        append_map(&mut nodes, map);
        Self(nodes)
    }

    /// The value itself.
    pub(super) fn root(&self) -> Json<'_> {
        Json(&self.0)
    }
}

fn append_map<'a>(nodes: &mut Vec<Node<'a>>, map: &'a Map<String, Value>) {
    let place = nodes.len();
    nodes.push(Node::Object(0));
    for (name, value) in map {
        nodes.push(Node::Text(Cow::Borrowed(name)));
        append_value(nodes, value);
    }
    close(nodes, place, Node::Object);
}

fn append_value<'a>(nodes: &mut Vec<Node<'a>>, value: &'a Value) {
    match value {
        Value::Null => nodes.push(Node::Null),
        Value::Bool(flag) => nodes.push(Node::Flag(*flag)),
        Value::Number(number) => nodes.push(Node::Number(number.clone())),
        Value::String(text) => nodes.push(Node::Text(Cow::Borrowed(text))),
        Value::Array(list) => {
            let place = nodes.len();
            nodes.push(Node::List(0));
            list.iter().for_each(|value| append_value(nodes, value));
            close(nodes, place, Node::List);
        }
        Value::Object(map) => append_map(nodes, map),
    }
}

/// Says at `place` how many nodes came behind it.
fn close<'a>(nodes: &mut [Node<'a>], place: usize, node: impl FnOnce(usize) -> Node<'a>) {
    let inside = nodes.len() - place - 1;
    if let Some(slot) = nodes.get_mut(place) {
        *slot = node(inside);
    }
}

/// The first value of some nodes, and what comes behind it.
#[inline]
fn divide<'a>(nodes: &'a [Node<'a>]) -> Option<(Json<'a>, &'a [Node<'a>])> {
    let inside = match nodes.first()? {
        Node::List(inside) | Node::Object(inside) => *inside,
        _ => 0,
    };
    let (value, rest) = nodes.split_at_checked(inside + 1)?;
    Some((Json(value), rest))
}

impl<'a> Json<'a> {
    pub(super) fn is_null(self) -> bool {
        matches!(self.0, [Node::Null])
    }

    pub(super) fn as_str(self) -> Option<&'a str> {
        match self.0 {
            [Node::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_u64(self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    pub(super) fn as_bool(self) -> Option<bool> {
        match self.0 {
            [Node::Flag(flag)] => Some(*flag),
            _ => None,
        }
    }

    pub(super) fn as_number(self) -> Option<&'a Number> {
        match self.0 {
            [Node::Number(number)] => Some(number),
            _ => None,
        }
    }

    /// The values of a list.
    pub(super) fn as_list(self) -> Option<impl Iterator<Item = Json<'a>>> {
        match self.0 {
            [Node::List(_), rest @ ..] => {
                let mut rest = rest;
                Some(std::iter::from_fn(move || {
                    let (value, behind) = divide(rest)?;
                    rest = behind;
                    Some(value)
                }))
            }
            _ => None,
        }
    }

    pub(super) fn as_object(self) -> Option<Members<'a>> {
        match self.0 {
            [Node::Object(_), members @ ..] => Some(Members(members)),
            _ => None,
        }
    }

    /// The value as plain text: a text without quotation marks, everything else as JSON.
    pub(super) fn plain(self) -> String {
        self.as_str().map_or_else(|| self.to_string(), str::to_owned)
    }

    fn to_value(self) -> Value {
        match self.0.first() {
            None | Some(Node::Null) => Value::Null,
            Some(Node::Flag(flag)) => Value::Bool(*flag),
            Some(Node::Number(number)) => Value::Number(number.clone()),
            Some(Node::Text(text)) => Value::String(text.clone().into_owned()),
            Some(Node::List(_)) => Value::Array(self.as_list().into_iter().flatten().map(Self::to_value).collect()),
            Some(Node::Object(_)) => Value::Object(self.as_object().map(Members::to_map).unwrap_or_default()),
        }
    }
}

impl Display for Json<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(formatter)
    }
}

impl<'a> Members<'a> {
    // With a name that is known beforehand the comparison is one of numbers.
    #[inline]
    pub(super) fn get(self, name: &str) -> Option<Json<'a>> {
        self.all().filter(|(known, _)| *known == name).last().map(|(_, value)| value)
    }

    /// The same for several names in one go, which is quickest where members come in their order.
    #[inline]
    pub(super) fn pick<const N: usize>(self, names: [&str; N]) -> [Option<Json<'a>>; N] {
        let mut found = [None; N];
        let mut next = 0;
        for (name, value) in self.all() {
            let is_next = names.get(next).is_some_and(|known| *known == name);
            let place = if is_next { Some(next) } else { names.iter().position(|known| *known == name) };
            if let Some((place, slot)) = place.and_then(|place| Some((place, found.get_mut(place)?))) {
                *slot = Some(value);
                next = place + 1;
            }
        }
        found
    }

    /// The members in the order in which their names come first.
    pub(super) fn distinct(self) -> Vec<(&'a str, Json<'a>)> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut distinct: Vec<(&str, Json<'_>)> = Vec::new();
        for (name, value) in self.all() {
            let place = *places.entry(name).or_insert(distinct.len());
            match distinct.get_mut(place) {
                Some(known) => known.1 = value,
                None => distinct.push((name, value)),
            }
        }
        distinct
    }

    /// The same for whoever works with `serde_json`.
    pub(super) fn to_map(self) -> Map<String, Value> {
        self.all().map(|(name, value)| (name.to_owned(), value.to_value())).collect()
    }

    #[inline]
    fn all(self) -> impl Iterator<Item = (&'a str, Json<'a>)> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (name, value) = rest.split_first()?;
            let (value, behind) = divide(value)?;
            rest = behind;
            match name {
                Node::Text(name) => Some((&**name, value)),
                _ => None,
            }
        })
    }
}

/// Reads a value, or the name of a member, to the end of a tape.
struct Append<'t, 'a>(&'t mut Vec<Node<'a>>);

impl<'de> DeserializeSeed<'de> for Append<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Append<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push(Node::Null);
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.0.push(Node::Flag(flag));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.push(Node::Number(number.into()));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.push(Node::Number(number.into()));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.push(Number::from_f64(number).map_or(Node::Null, Node::Number));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.0.push(Node::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push(Node::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let place = self.0.len();
        self.0.push(Node::List(0));
        while access.next_element_seed(Append(self.0))?.is_some() {}
        close(self.0, place, Node::List);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let place = self.0.len();
        self.0.push(Node::Object(0));
        while access.next_key_seed(Append(self.0))?.is_some() {
            access.next_value_seed(Append(self.0))?;
        }
        close(self.0, place, Node::Object);
        Ok(())
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
            r#"{"a":[1,"x",{"b":null}],"\u0063":"y","a":2,"d":[],"e":{}}"#.to_owned(),
            format!("{{{many}\"z\":0}}"),
            "{\"a\":1".to_owned(),
            "{a:1}".to_owned(),
            "{1:1}".to_owned(),
            "[1,]".to_owned(),
            "[] []".to_owned(),
            "[".repeat(200),
            "\"\u{1}\"".to_owned(),
        ];
        let damaged: &[u8] = b"{\"a\":\"K\xC3\"}";
        assert_eq!(
            Tape::read_bytes(damaged).map_err(|error| error.to_string()),
            Err(serde_json::from_slice::<Value>(damaged).expect_err("it is no UTF-8").to_string())
        );
        for text in &texts {
            assert_eq!(Tape::read_bytes(text.as_bytes()).ok(), Tape::read(text).ok());
            let expected = serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
            let found = Tape::read(text).map_err(|error| error.to_string());
            let value = found.as_ref().map(|tape| tape.root().to_value()).map_err(Clone::clone);
            assert_eq!(value, expected, "{text}");
            let (Ok(found), Ok(Value::Object(expected))) = (&found, &expected) else { continue };
            let members = found.root().as_object().expect("an object");
            let names: Vec<&str> = members.distinct().into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, expected.keys().map(String::as_str).collect::<Vec<_>>());
            for (name, value) in expected {
                assert_eq!(members.get(name).map(Json::to_value).as_ref(), Some(value));
            }
            for names in [["a", "c", "d", "e"], ["e", "", "a", "m3"], ["m29", "m0", "z", "m3"]] {
                assert_eq!(members.pick(names), names.map(|name| members.get(name)), "{text}");
            }
            let (full, length) = (Tape::of(expected), Tape::of(expected).0.len());
            let room = full.emptied();
            assert!(room.0.capacity() >= length);
            assert_eq!((room.0.len(), Tape::read_in_place_of(room, text).ok()), (0, Tape::read(text).ok()));
            assert_eq!(Tape::of(expected).root().to_value(), Value::Object(expected.clone()));
        }
    }
}
