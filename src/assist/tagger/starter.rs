//! The starter model for German PER, LOC and ORG, and how it is read from corpora in CoNLL columns.

use super::{Example, Tagger};
use crate::model::Name;
use std::{fmt, sync::OnceLock};

/// Trained on GermEval 2014, see `assets/models/README.md`.
static STARTER: &[u8] = include_bytes!("../../../assets/models/starter-de.bin");

/// The bundled model for German PER, LOC and ORG, read on first use. `None` only if the program was built without it.
pub fn starter() -> Option<&'static Tagger> {
    static MODEL: OnceLock<Option<Tagger>> = OnceLock::new();
    MODEL.get_or_init(|| Tagger::from_bytes(STARTER).ok()).as_ref()
}

/// A line of a corpus that can not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConllError {
    /// From 1.
    pub line: usize,
}

impl fmt::Display for ConllError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a token without a tag in line {}; columns are separated by tabs", self.line)
    }
}

impl std::error::Error for ConllError {}

/// Reads tokens with BIO tags in the last column, a blank line between sentences; each sentence is an example. `label` gives the
/// label for each type of the corpus, or `None` to leave its spans out.
///
/// # Errors
///
/// If a line has no second column.
pub fn conll_examples(text: &str, label: &dyn Fn(&str) -> Option<Name>) -> Result<Vec<Example>, ConllError> {
    let mut examples = Vec::new();
    let (mut words, mut tags): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines().chain([""])) {
        let line = line.trim_end();
        if line.is_empty() {
            if !words.is_empty() {
                examples.push(sentence(std::mem::take(&mut words), &std::mem::take(&mut tags), label));
            }
            continue;
        }
        if line.starts_with("-DOCSTART-") {
            continue;
        }
        let (rest, tag) = line.rsplit_once('\t').ok_or(ConllError { line: number })?;
        words.push(rest.split('\t').next().unwrap_or(rest));
        tags.push(tag);
    }
    Ok(examples)
}

fn sentence(words: Vec<&str>, tags: &[&str], label: &dyn Fn(&str) -> Option<Name>) -> Example {
    let mut spans: Vec<(usize, usize, usize, Name)> = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    for (index, tag) in tags.iter().chain([&"O"]).enumerate() {
        let (part, kind) = tag.split_once('-').unwrap_or(("O", ""));
        if let Some((start, old)) = open
            && (part != "I" || kind != old)
        {
            spans.extend(label(old).map(|label| (0, start, index - 1, label)));
            open = None;
        }
        if part != "O" && open.is_none() {
            open = Some((index, kind));
        }
    }
    Example::from_words(&[words], &spans)
}

/// Types of German corpora as PER, LOC and ORG: GermEval's and historic newspapers' own, those of SmartData and MobIE by their
/// meaning. Derived forms and parts of words do not count.
pub fn three_classes(kind: &str) -> Option<Name> {
    Some(match kind.to_ascii_lowercase().as_str() {
        "per" | "person" => "PER".into(),
        "loc" | "location" | "location-city" | "location-street" | "location-route" | "location-stop" => "LOC".into(),
        "org" | "organization" | "organization-company" => "ORG".into(),
        _ => return None,
    })
}
