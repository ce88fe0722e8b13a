//! Who annotates, when commands do not say it.

use super::CliError;
use crate::model::{AnnotatorName, slug};
use clap::Args;

/// The environment variable that names the annotator.
const VARIABLE: &str = "GLOSSE_ANNOTATOR";

/// Whose annotations a command reads or writes.
#[derive(Debug, Args)]
pub struct AnnotatorArgument {
    /// Annotator [default: GLOSSE_ANNOTATOR from the environment, else the login name]
    #[arg(long, short = 'A', value_name = "NAME")]
    pub(super) annotator: Option<String>,
}

impl AnnotatorArgument {
    /// The annotator that was named.
    pub(super) fn named(&self) -> Result<Option<AnnotatorName>, CliError> {
        self.annotator.as_deref().map(|name| checked(name, "--annotator")).transpose()
    }

    /// The annotator that was named, or the usual one.
    pub(super) fn or_default(&self) -> Result<AnnotatorName, CliError> {
        match self.named()? {
            Some(name) => Ok(name),
            None => default_annotator(),
        }
    }
}

/// The annotator of this computer's user: `GLOSSE_ANNOTATOR`, else the login name in portable letters, else `annotator`.
///
/// # Errors
/// If the environment variable holds something that can not be an annotator's name.
pub fn default_annotator() -> Result<AnnotatorName, CliError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match variable(VARIABLE) {
        Some(name) => checked(&name, VARIABLE),
        None => Ok(from_login_name(["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable).as_deref())),
    }
}

fn from_login_name(login: Option<&str>) -> AnnotatorName {
    // A name without any letter that can be kept would give the same slug as every other one.
    let usable = login.filter(|login| login.chars().any(|char| slug(&char.to_string()) != "item"));
    AnnotatorName::new(&usable.map_or_else(|| "annotator".to_owned(), slug))
}

fn checked(name: &str, place: &str) -> Result<AnnotatorName, CliError> {
    let annotator = AnnotatorName::new(name);
    if annotator.is_portable() {
        return Ok(annotator);
    }
    Err(CliError::usage(format!(
        "{place}: {name:?} can not be an annotator's name, which is also a folder's; {:?} would do",
        from_login_name(Some(name)).as_str()
    )))
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
