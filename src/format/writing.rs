//! What writers share: whole files, and file names for articles.

use super::{
    Exported, Format, FormatError, Loss, Output,
    batches::{Share, for_batches},
    loss::LossLog,
};
use crate::model::{FilePart, slug};
use std::collections::BTreeSet;

/// Writes one complete file.
pub(super) fn write_file(output: &mut dyn Output, name: &str, content: &[u8]) -> Result<(), FormatError> {
    let mut file = output.create(name)?;
    file.write_all(content).and_then(|()| file.flush()).map_err(FormatError::io(name))
}

/// Articles that each core makes ready at a time, and bytes of their texts.
pub(super) const ARTICLES: Share = Share { items: 16, bytes: 1 << 20 };

/// Makes something of each article, on all cores, and hands it on in the order of the articles, as it does what they lose.
///
/// # Errors
/// The first error of `done`.
pub(super) fn for_articles<'a, T: Send>(
    articles: &mut dyn Iterator<Item = Exported<'a>>,
    losses: &mut Vec<Loss>,
    make: impl Fn(Exported<'a>, &mut Vec<Loss>) -> T + Sync,
    mut done: impl FnMut(T, &mut Vec<Loss>) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let make = |exported| {
        let mut lost = Vec::new();
        (make(exported, &mut lost), lost)
    };
    for_batches(
        ARTICLES,
        articles,
        |exported| exported.text.as_str().len(),
        make,
        |(made, mut lost)| {
            losses.append(&mut lost);
            done(made, losses)
        },
    )
}

/// An article whose files have a name.
pub(super) struct Named<'a> {
    pub exported: Exported<'a>,
    /// The file name without its ending.
    pub stem: String,
    /// What the name loses.
    pub lost: Vec<Loss>,
}

/// Writes files for each article. `make` gives their endings and contents, on all cores.
///
/// # Errors
/// If one can not be written.
pub(super) fn write_folder<'a>(
    articles: &mut dyn Iterator<Item = Named<'a>>,
    output: &mut dyn Output,
    losses: &mut Vec<Loss>,
    make: impl Fn(Exported<'a>, &str, &mut Vec<Loss>) -> Vec<(&'static str, Vec<u8>)> + Sync,
) -> Result<(), FormatError> {
    let make = |Named { exported, stem, mut lost }| {
        let files = make(exported, &stem, &mut lost);
        (stem, files, lost)
    };
    let size = |named: &Named<'_>| named.exported.text.as_str().len();
    for_batches(ARTICLES, articles, size, make, |(stem, files, mut lost)| {
        losses.append(&mut lost);
        files.iter().try_for_each(|(ending, content)| write_file(output, &format!("{stem}.{ending}"), content))
    })
}

/// File names without ending, one for each article.
#[derive(Debug)]
pub(super) struct Stems {
    /// The name of the format that is written.
    format: &'static str,
    taken: BTreeSet<String>,
}

impl Stems {
    pub(super) fn of(format: &dyn Format) -> Self {
        Self { format: format.info().name, taken: BTreeSet::new() }
    }

    /// Articles with their names.
    pub(super) fn name<'a>(
        mut self,
        articles: &mut dyn Iterator<Item = Exported<'a>>,
    ) -> impl Iterator<Item = Named<'a>> {
        articles.map(move |exported| {
            let mut lost = Vec::new();
            let stem = self.give(exported, &mut lost);
            Named { exported, stem, lost }
        })
    }

    /// The name of the file that the article came in, if the id is only another spelling of it; otherwise the article's id
    /// where that can be a file name, or one made from it, which is a loss.
    pub(super) fn give(&mut self, exported: Exported<'_>, losses: &mut Vec<Loss>) -> String {
        let id = exported.id.as_str();
        let imported = exported.kept.filter(|kept| *kept.format == *self.format && kept.part == FilePart::Whole);
        let imported = imported.and_then(|kept| spelled_otherwise(&kept.name, id));
        let own = if exported.id.is_portable() { id.to_owned() } else { slug(id) };
        let wanted = imported.map_or(own, str::to_owned);
        let mut stem = wanted.clone();
        let mut number = 2;
        // Some file systems take upper and lower case for the same.
        while !self.taken.insert(stem.to_lowercase()) {
            stem = format!("{wanted}-{number}");
            number += 1;
        }
        if stem != id && imported != Some(&*stem) {
            let what = format!("the id of the article; its files are called {stem}");
            LossLog::new(exported, losses).article(what, "it can not be a file name");
        }
        stem
    }
}

/// The name of a file without its ending, if `id` is what becomes of it where ids are in lower case, with a number behind it if
/// that was taken, and it can be a file name everywhere.
fn spelled_otherwise<'a>(file: &'a str, id: &str) -> Option<&'a str> {
    let (stem, _) = file.rsplit_once('.')?;
    let number = id.strip_prefix(&*slug(stem))?;
    let is_same = number.is_empty() || number.strip_prefix('-').is_some_and(|number| number.parse::<u32>().is_ok());
    // A project can be written by anybody: no name leads out of the folder.
    let is_plain = |char: char| char.is_alphanumeric() || "-_. ()+,".contains(char);
    (is_same && stem.chars().all(is_plain) && !stem.starts_with(['.', ' ']) && !stem.ends_with(['.', ' ']))
        .then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_only_where_the_id_was_made_of_them() {
        let check =
            |file: &str, id: &str, expected: Option<&str>| assert_eq!(spelled_otherwise(file, id), expected, "{file}");
        check("Doc_1.ann", "doc-1", Some("Doc_1"));
        check("doc-1.ann", "doc-1-2", Some("doc-1"));
        check("Größe (2).ann", "groesse-2", Some("Größe (2)"));
        check("INITIAL_CAS.tsv", "bericht", None);
        check("doc-1.ann", "doc-1-b", None);
        check("doc", "doc", None);
        for hostile in
            ["../doc.ann", "a/doc.ann", "a\\doc.ann", "C:doc.ann", ".doc.ann", "doc\n.ann", "doc .ann", "..ann", ""]
        {
            assert_eq!(
                spelled_otherwise(hostile, &slug(hostile.strip_suffix(".ann").unwrap_or(""))),
                None,
                "{hostile:?}"
            );
        }
    }
}
