//! Who annotates, where nobody says it in the program.

use crate::model::{AnnotatorName, slug};
use std::fmt;

/// The environment variable that names the annotator.
pub const VARIABLE: &str = "GLOSSE_ANNOTATOR";

/// A name that no annotator can have, since it is a folder's name too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAnnotator {
    /// Where it was written.
    place: String,
    name: String,
}

impl fmt::Display for NotAnAnnotator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, name } = self;
        let instead = from_login_name(Some(name));
        write!(
            formatter,
            "{place}: {name:?} can not be an annotator's name, which is also a folder's; {:?} would do",
            instead.as_str()
        )
    }
}

impl std::error::Error for NotAnAnnotator {}

/// What was written as an annotator's name at `place`.
///
/// # Errors
/// If it can not be one.
pub fn checked(name: &str, place: &str) -> Result<AnnotatorName, NotAnAnnotator> {
    let annotator = AnnotatorName::new(name);
    match annotator.is_portable() {
        true => Ok(annotator),
        false => Err(NotAnAnnotator { place: place.to_owned(), name: name.to_owned() }),
    }
}

/// The annotator that [`VARIABLE`] names; `None` if it is not set, or empty.
///
/// # Errors
/// If it holds something that can not be an annotator's name.
pub fn from_environment() -> Result<Option<AnnotatorName>, NotAnAnnotator> {
    variable(VARIABLE).map(|name| checked(&name, VARIABLE)).transpose()
}

/// The login name of this computer's user in portable letters, else `annotator`.
pub fn from_login() -> AnnotatorName {
    from_login_name(["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable).as_deref())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn from_login_name(login: Option<&str>) -> AnnotatorName {
    // A name without any letter that can be kept would give the same slug as every other one.
    let usable = login.filter(|login| login.chars().any(|char| slug(&char.to_string()) != "item"));
    AnnotatorName::new(&usable.map_or_else(|| "annotator".to_owned(), slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_names_become_portable() {
        let check = |login: Option<&str>, expected: &str| assert_eq!(from_login_name(login).as_str(), expected);
        check(None, "annotator");
        check(Some("北京"), "annotator");
        check(Some("Jürgen Groß"), "juergen-gross");
        check(Some("DOMAIN\\eva"), "domain-eva");
        assert!(checked("../x", "--annotator").is_err_and(|error| error.to_string().contains("\"x\"")));
    }
}
