//! Choices that formats give when they are written: `--option KEY=VALUE`.

use super::{Format, anchor::Unit};
use std::collections::BTreeMap;

/// A choice.
#[derive(Clone, Copy, Debug)]
pub struct FormatOption {
    pub name: &'static str,
    /// What it can be, in words.
    pub values: &'static str,
    /// True for what it can be.
    pub allows: fn(&str) -> bool,
}

impl FormatOption {
    /// The number of a column.
    pub(super) const fn column(name: &'static str) -> Self {
        Self { name, values: "a number from 1 to 64", allows: |value| matches!(value.trim().parse(), Ok(1..=64)) }
    }

    /// Whether something is to be done.
    pub(super) const fn yes_or_no(name: &'static str) -> Self {
        Self { name, values: "yes or no", allows: |value| matches!(value, "yes" | "no") }
    }

    /// Whatever the user writes.
    pub(super) const fn words(name: &'static str) -> Self {
        Self { name, values: "any words", allows: |_| true }
    }

    /// What offsets count.
    pub(super) const fn unit(name: &'static str) -> Self {
        Self { name, values: "utf16, code_point, grapheme or byte", allows: |value| Unit::parse(value).is_some() }
    }
}

/// Looks at what was chosen for a format.
///
/// # Errors
/// What it has no choice for, with those that it has.
pub fn check_options(format: &dyn Format, chosen: &BTreeMap<String, String>) -> Result<(), String> {
    let known = format.options();
    let name = format.info().name;
    for (key, value) in chosen {
        match known.iter().find(|option| option.name == key) {
            Some(option) if (option.allows)(value) => {}
            Some(option) => return Err(format!("the option {key} of {name} is {}, not {value:?}", option.values)),
            None if known.is_empty() => return Err(format!("{name} has no options; leave out {key}={value}")),
            None => {
                let names: Vec<&str> = known.iter().map(|option| option.name).collect();
                return Err(format!("{name} has no option {key:?}; it has {}", names.join(", ")));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::registry;

    #[test]
    fn options_are_known_or_refused() {
        let check = |format: &str, option: &str, expected: Option<&str>| {
            let format = registry::by_name(format).expect("a format");
            let chosen = option.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
            let result = check_options(format, &chosen.into_iter().collect());
            match expected {
                None => assert_eq!(result, Ok(()), "{option}"),
                Some(part) => assert!(result.as_ref().is_err_and(|said| said.contains(part)), "{option}: {result:?}"),
            }
        };
        check("conll", "column=4", None);
        check("conll", "column=abc", Some("a number from 1"));
        check("conll", "colum=4", Some("no option \"colum\"; it has token, column"));
        check("conll", "separator=xyz", Some("tab or space"));
        check("conll", "scheme=bilou", None);
        check("doccano", "unit=utf-16", None);
        check("doccano", "task=all", Some("relation, sequence or classification"));
        check("brat", "column=4", Some("brat has no options"));
    }

    #[test]
    fn each_option_is_on_the_page_of_its_format() {
        for format in registry::all() {
            for option in format.options() {
                let page = format.info().documentation;
                let name = format!("{}=", option.name);
                assert!(page.contains(&name), "{} does not name {name}", format.info().name);
            }
        }
    }
}
