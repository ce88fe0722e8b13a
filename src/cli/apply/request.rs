//! The operations that `glosse apply` reads: one JSON object a line.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// One line of input. Offsets count code points of the article's present text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Request {
    AddSpan {
        label: String,
        start: Option<u64>,
        end: Option<u64>,
        fragments: Option<Vec<(u64, u64)>>,
        #[serde(default)]
        attributes: Map<String, Value>,
        entity: Option<String>,
        note: Option<String>,
    },
    ResizeSpan {
        id: u32,
        start: Option<u64>,
        end: Option<u64>,
        fragments: Option<Vec<(u64, u64)>>,
    },
    SetLabel {
        id: u32,
        label: String,
    },
    SetAttribute {
        id: u32,
        name: String,
        value: Value,
    },
    SetNote {
        id: u32,
        note: String,
    },
    SetStatus {
        id: u32,
        status: String,
    },
    LinkEntity {
        id: u32,
        /// An entity's id, or null for no entity. Absent when a name is given.
        #[serde(default, deserialize_with = "given")]
        entity: Option<Option<String>>,
        name: Option<String>,
        kind: Option<String>,
    },
    AddRelation {
        label: String,
        trigger: Option<u32>,
        #[serde(default)]
        arguments: Vec<ArgumentRequest>,
        #[serde(default)]
        attributes: Map<String, Value>,
        note: Option<String>,
    },
    SetArguments {
        id: u32,
        arguments: Vec<ArgumentRequest>,
    },
    SetTrigger {
        id: u32,
        /// Null takes the trigger away.
        #[serde(deserialize_with = "given")]
        trigger: Option<Option<u32>>,
    },
    ReverseRelation {
        id: u32,
    },
    Remove {
        id: u32,
    },
    AddDocumentLabel {
        label: String,
    },
    SetProgress {
        progress: String,
    },
    EditText {
        start: u64,
        end: u64,
        text: String,
    },
    Undo {},
    Redo {},
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArgumentRequest {
    pub(super) role: String,
    pub(super) target: u32,
}

/// Tells a key with the value null from a missing key.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads one line.
///
/// # Errors
/// What is wrong with it, in words, with the column where there is one.
pub(super) fn parse(line: &str) -> Result<Request, String> {
    if !line.trim_start().starts_with('{') {
        return Err("an operation is a JSON object such as {\"op\":\"undo\"}".to_owned());
    }
    serde_json::from_str(line).map_err(|error| {
        let message = error.to_string();
        // The line that serde_json means is always 1: a request has no line break.
        match message.rsplit_once(" at line 1 column ") {
            Some((what, "0")) => what.to_owned(),
            Some((what, column)) => format!("{what}, column {column}"),
            None => message,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        let check = |line: &str, part: &str| match parse(line) {
            Ok(request) => panic!("{line} was read as {request:?}"),
            Err(message) => assert!(message.contains(part), "{line}: {message}"),
        };
        check("", "a JSON object");
        check("[\"undo\"]", "a JSON object");
        check("{\"op\":\"undo\"", "column");
        check("{}", "missing field `op`");
        check("{\"op\":\"paint\"}", "unknown variant `paint`, expected one of `add_span`, `resize_span`");
        check("{\"op\":\"undo\",\"id\":1}", "unknown field `id`");
        check("{\"op\":\"remove\",\"id\":-1}", "-1");
        check("{\"op\":\"remove\",\"id\":1,\"why\":2}", "unknown field `why`, expected `id`");
        check("{\"op\":\"remove\",\"id\":1,\"id\":2}", "duplicate field `id`");
        check("{\"op\":\"remove\"}", "missing field `id`");
        check("{\"op\":\"set_attribute\",\"id\":1,\"name\":\"x\"}", "missing field `value`");
        check("{\"op\":\"set_trigger\",\"id\":1}", "missing field `trigger`");
        check("{\"op\":\"undo\"} x", "trailing characters");
    }

    #[test]
    fn null_is_not_the_same_as_nothing() {
        let entity = |line: &str| match parse(line) {
            Ok(Request::LinkEntity { entity, .. }) => entity,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(entity("{\"op\":\"link_entity\",\"id\":1,\"entity\":null}"), Some(None));
        assert_eq!(entity("{\"op\":\"link_entity\",\"id\":1,\"name\":\"Kyjiw\"}"), None);
        assert_eq!(entity("{\"op\":\"link_entity\",\"id\":1,\"entity\":\"kyjiw\"}"), Some(Some("kyjiw".to_owned())));
    }

    #[test]
    fn the_documentation_has_every_operation() {
        let examples: Vec<&str> =
            super::super::PROTOCOL.lines().map(str::trim).filter(|line| line.starts_with("{\"op\"")).collect();
        for example in &examples {
            assert!(parse(example).is_ok(), "{example}: {:?}", parse(example));
        }
        let known = parse("{\"op\":\"\"}").expect_err("there is no such operation");
        for name in known.split('`').skip(3).step_by(2) {
            assert!(examples.iter().any(|example| example.contains(&format!("\"{name}\""))), "{name}");
        }
        assert!(super::super::PROTOCOL.lines().all(|line| line.chars().count() <= 100), "clap wraps longer lines");
    }
}
