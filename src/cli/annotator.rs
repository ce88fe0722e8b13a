//! Who annotates, when commands do not say it.

use super::CliError;
use crate::{
    model::AnnotatorName,
    session::annotator::{NotAnAnnotator, checked, from_environment, from_login},
};
use clap::Args;

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
        Ok(self.annotator.as_deref().map(|name| checked(name, "--annotator")).transpose()?)
    }

    /// The annotator that was named, or the usual one.
    pub(super) fn or_default(&self) -> Result<AnnotatorName, CliError> {
        match self.named()? {
            Some(name) => Ok(name),
            None => default_annotator(),
        }
    }
}

impl From<NotAnAnnotator> for CliError {
    fn from(error: NotAnAnnotator) -> Self {
        Self::usage(error.to_string())
    }
}

/// The annotator of this computer's user: the one of the environment variable, else the login name.
///
/// # Errors
/// If the environment variable holds something that can not be an annotator's name.
pub fn default_annotator() -> Result<AnnotatorName, CliError> {
    Ok(from_environment()?.unwrap_or_else(from_login))
}
