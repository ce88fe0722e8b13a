//! Finds the text of a task.

use super::{
    config::Config,
    results::{objects, text},
};
use crate::format::records::Object;
use serde_json::Value;

/// Members of a task's data that hold its text, where no configuration says which.
const TEXT: [&str; 6] = ["text", "content", "body", "article", "document", "html"];

/// The text of a task and where it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TextPlace {
    /// Member of the data.
    pub key: String,
    /// The name that results call it by.
    pub object: String,
    pub is_html: bool,
}

/// Where the text of a task is; an error if it has none, in words.
pub(super) fn text_place(task: &Object, config: Option<&Config>, column: Option<&str>) -> Result<TextPlace, String> {
    let Some(data) = task.get("data").and_then(Value::as_object) else {
        return Err("the task has no \"data\" and was left out".to_owned());
    };
    let is_text = |key: &str| data.get(key).is_some_and(Value::is_string);
    let place = |key: &str, object: Option<&str>, is_html: bool| {
        let object = object.map_or_else(|| main_object(task), str::to_owned);
        Ok(TextPlace { key: key.to_owned(), object, is_html: is_html || has_html_results(task) })
    };
    if let Some(key) = column.filter(|key| is_text(key)) {
        return place(key, None, false);
    }
    if let Some(config) = config {
        let mut fitting = config.objects.iter().filter(|object| is_text(&object.key));
        return match fitting.next() {
            Some(object) if object.is_link => {
                Err(format!("the task has only the address of its text in {:?} and was left out", object.key))
            }
            Some(object) => place(&object.key, Some(&object.name), object.is_html),
            None => Err("the task has no text that its configuration shows; it was left out".to_owned()),
        };
    }
    if let Some(key) = TEXT.into_iter().find(|key| is_text(key)) {
        return place(key, None, false);
    }
    if all_results(task).any(|result| result.get("value").is_some_and(|value| value.get("x").is_some())) {
        return Err("the task is about a picture and was left out".to_owned());
    }
    let mut texts = data.iter().filter(|(_, value)| value.as_str().is_some_and(|text| text.trim().contains(' ')));
    match (texts.next(), texts.next()) {
        (Some((key, _)), None) => place(key, None, false),
        _ => Err("the task has no member of its data that is surely its text; it was left out".to_owned()),
    }
}

/// All results of a task.
fn all_results(task: &Object) -> impl Iterator<Item = &Object> {
    let lists = ["annotations", "completions", "predictions"].into_iter();
    lists.flat_map(|name| objects(task, name)).flat_map(|list| objects(list, "result"))
}

fn has_html_results(task: &Object) -> bool {
    all_results(task).any(|result| text(result, "type").starts_with("hypertext"))
}

/// What the first result on words calls the text.
fn main_object(task: &Object) -> String {
    let on_words = |result: &&Object| result.get("value").is_some_and(|value| value.get("start").is_some());
    let found =
        all_results(task).find(on_words).or_else(|| all_results(task).find(|result| result.contains_key("to_name")));
    found.map(|result| text(result, "to_name")).filter(|name| !name.is_empty()).unwrap_or("text").to_owned()
}
