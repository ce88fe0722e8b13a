//! Originals that can not be cut into parts: each file is read once for all its articles.

use super::{
    ExportContext, Exported, Holds, Imported, Loss, ReadOptions,
    original::{Original, is_unedited, read_options},
};
use crate::model::{FilePart, ReadChoices};
use std::{collections::BTreeMap, rc::Rc};

/// A file as it was, with the articles that were read from it.
pub(super) struct Numbered<T> {
    pub content: T,
    pub bytes: Vec<u8>,
    pub articles: Vec<Imported>,
}

/// Makes of the name and the bytes of a file its content and its articles.
pub(super) type ReadFile<'a, T> = &'a dyn Fn(&str, &[u8], &ReadOptions) -> Option<(T, Vec<Imported>)>;

/// The files from which the articles of an export were read in one format.
pub(super) struct NumberedFiles<'a, T> {
    format: &'static str,
    read: ReadFile<'a, T>,
    files: BTreeMap<(String, ReadChoices), Option<Rc<Numbered<T>>>>,
}

impl<'a, T> NumberedFiles<'a, T> {
    pub(super) fn new(format: &'static str, read: ReadFile<'a, T>) -> Self {
        Self { format, read, files: BTreeMap::new() }
    }

    /// The file of an article, and which article of it this is.
    pub(super) fn of(
        &mut self,
        exported: Exported<'_>,
        context: &ExportContext<'_>,
    ) -> Option<(Rc<Numbered<T>>, usize)> {
        let original = Original::of(exported, self.format, context.originals)?;
        let FilePart::Number(number) = original.part else { return None };
        let options = read_options(exported);
        let key = (exported.kept?.file.clone(), options.choices());
        let read = self.read;
        let file = self.files.entry(key).or_insert_with(|| {
            let bytes = original.bytes()?.into_owned();
            let (content, articles) = read(&original.name, &bytes, &options)?;
            Some(Rc::new(Numbered { content, bytes, articles }))
        });
        Some((file.clone()?, usize::try_from(number).ok()?))
    }

    /// The file that holds just these articles, if none of them was edited; what the project has beyond it goes into `losses`.
    pub(super) fn whole(
        &mut self,
        articles: &[Exported<'_>],
        context: &ExportContext<'_>,
        holds: &Holds,
        losses: &mut Vec<Loss>,
    ) -> Option<Rc<Numbered<T>>> {
        let mut beyond = Vec::new();
        let (file, _) = self.of(*articles.first()?, context)?;
        let is_whole = file.articles.len() == articles.len()
            && articles.iter().enumerate().all(|(index, exported)| {
                self.of(*exported, context).is_some_and(|(other, number)| {
                    number == index
                        && Rc::ptr_eq(&other, &file)
                        && file
                            .articles
                            .get(index)
                            .is_some_and(|read| is_unedited(read, *exported, context, holds, &mut beyond))
                })
            });
        losses.extend(beyond.into_iter().filter(|_| is_whole));
        is_whole.then_some(file)
    }
}
