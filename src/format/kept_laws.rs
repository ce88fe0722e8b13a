//! The laws of files that were kept: what was not edited is written as it was, and whatever is new in the project is in the
//! written file or among its losses.

use super::{
    ExportContext, Exported, Format, Imported, Input, Layout, Loss, MemoryOutput, ReadOptions, WriteOptions, golden,
    registry,
};
use crate::model::{AnnotationSet, ArticleId, ArticleMetadata, ArticleText, Entity, EntityRegistry, Progress, Schema};
use std::{collections::BTreeMap, sync::Arc};

type Files = Vec<(String, Vec<u8>)>;

/// An article that was imported, with the files that were kept.
struct Kept {
    format: &'static dyn Format,
    article: Imported,
    files: Files,
    entities: EntityRegistry,
}

fn main_file(format: &dyn Format, files: &Files) -> usize {
    let ending = format!(".{}", format.info().extensions[0]);
    let is_main = |(name, _): &(String, Vec<u8>)| match format.info().layout {
        Layout::OneFile => name.is_empty(),
        Layout::Folder => name.ends_with(&ending),
    };
    files.iter().position(is_main).expect("a file")
}

/// The first article of written files.
fn read(format: &dyn Format, files: &Files, options: &ReadOptions) -> Imported {
    let (name, bytes) = &files[main_file(format, files)];
    let sibling = |wanted: &str| {
        let full = if name.is_empty() { wanted.strip_prefix("a.").unwrap_or(wanted) } else { wanted };
        files.iter().find(|(name, _)| name == full).map(|(_, bytes)| bytes.clone())
    };
    let name = if name.is_empty() { format!("a.{}", format.info().extensions[0]) } else { name.clone() };
    let mut first = None;
    let mut take = |article| first = first.take().or(Some(article));
    format.read(&Input::new(name, bytes, &sibling), options, &mut take).expect("it can be read");
    first.expect("an article")
}

impl Kept {
    /// The golden article as `format` writes it, imported; `None` if the format keeps nothing.
    fn golden(format: &'static dyn Format) -> Option<Self> {
        let (output, _) = golden::golden().write(format, &WriteOptions::default());
        Self::of(format, output.files)
    }

    fn of(format: &'static dyn Format, files: Files) -> Option<Self> {
        let options = golden::read_options();
        let mut article = read(format, &files, &options);
        article.kept?;
        let beside = article.beside.iter().map(|name| (name.clone(), name.clone())).collect();
        let name = &files[main_file(format, &files)].0;
        let name = if name.is_empty() { format!("a.{}", format.info().extensions[0]) } else { name.clone() };
        let kept = article.kept_file(format.info().name, name.as_ref(), name.clone(), beside, &options);
        article.metadata.origin.kept.extend(kept);
        let entities = article.entities.iter().map(|entity| (entity.id.clone(), entity.clone())).collect();
        Some(Self { format, article, files, entities: EntityRegistry { entities, retired: Default::default() } })
    }

    /// What is written now.
    fn write(&self) -> (Files, Vec<Loss>) {
        let Imported { metadata, text, spans, relations, document_labels, .. } = &self.article;
        let labels = document_labels.clone();
        let set = AnnotationSet::from_parts(0, Progress::New, spans.clone(), relations.clone(), labels).0;
        let main = main_file(self.format, &self.files);
        let name_of = |(index, (name, bytes)): (usize, &(String, Vec<u8>))| {
            let is_single = self.format.info().layout == Layout::OneFile;
            let name = match (index == main, is_single) {
                (true, true) => format!("a.{}", self.format.info().extensions[0]),
                (false, true) => format!("a.{name}"),
                (_, false) => name.clone(),
            };
            (name, Arc::from(&**bytes))
        };
        let originals: BTreeMap<String, Arc<[u8]>> = self.files.iter().enumerate().map(name_of).collect();
        let mut schema = Schema::default();
        super::derive::schema_of(&self.article, &mut schema);
        let id = self.files[main].0.rsplit_once('.').map_or("a", |(stem, _)| stem);
        let exported = Exported {
            id: &ArticleId::new(id),
            metadata,
            text: &ArticleText::new(text.as_str()),
            annotations: &set,
            everything: &set,
            kept: metadata.origin.kept.last(),
        };
        let options = WriteOptions::default();
        let context =
            ExportContext { schema: &schema, entities: &self.entities, options: &options, originals: &originals };
        let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
        self.format.write(&mut [exported].into_iter(), &context, &mut output, &mut losses).expect("it can be written");
        (output.files, losses)
    }
}

/// The formats that keep the files that they read, for when they write.
fn formats() -> Vec<&'static dyn Format> {
    let formats = registry::all().iter().copied().filter(|format| format.info().reads && format.info().writes);
    let formats: Vec<_> = formats.filter(|format| Kept::golden(*format).is_some()).collect();
    assert!(!formats.is_empty(), "laws that hold for nothing say nothing");
    formats
}

#[test]
fn what_was_not_edited_is_written_as_it_was_and_nothing_is_lost() {
    for format in formats() {
        let kept = Kept::golden(format).expect("it keeps files");
        let (files, losses) = kept.write();
        let name = format.info().name;
        for (file, bytes) in &kept.files {
            let written =
                files.iter().find(|(other, _)| other == file).map(|(_, bytes)| String::from_utf8_lossy(bytes));
            assert_eq!(written, Some(String::from_utf8_lossy(bytes)), "{name}: {file:?}");
        }
        assert_eq!(losses, [], "{name}");
    }
}

#[test]
fn metadata_is_written_or_named_as_lost() {
    type Edit = fn(&mut ArticleMetadata);
    let edits: [(&str, Edit); 8] = [
        ("title", |metadata| metadata.title = "Neuer Titel".to_owned()),
        ("title", |metadata| metadata.title.clear()),
        ("source", |metadata| metadata.source = "Anzeiger".to_owned()),
        ("url", |metadata| metadata.url = "https://example.org/neu".to_owned()),
        ("date", |metadata| metadata.date = "2026-12-24".to_owned()),
        ("language", |metadata| metadata.language = "fr".to_owned()),
        ("ressort", |metadata| drop(metadata.other.insert("ressort".to_owned(), "Inland".to_owned()))),
        ("ressort", |metadata| drop(metadata.other.remove("ressort"))),
    ];
    let mut broken = Vec::new();
    for format in formats() {
        for (field, edit) in edits {
            let mut kept = Kept::golden(format).expect("it keeps files");
            let before = kept.article.metadata.clone();
            edit(&mut kept.article.metadata);
            let now = &kept.article.metadata;
            let (files, losses) = kept.write();
            let back = read(format, &files, &ReadOptions { default_language: String::new(), ..golden::read_options() });
            let value = |metadata: &ArticleMetadata| match field {
                "title" => metadata.title.clone(),
                "source" => metadata.source.clone(),
                "url" => metadata.url.clone(),
                "date" => metadata.date.clone(),
                "language" => metadata.language.clone(),
                other => metadata.other.get(other).cloned().unwrap_or_default(),
            };
            let is_named = losses.iter().any(|loss| loss.annotation.is_none() && loss.what.contains(field));
            let name = format.info().name;
            let (before, now, back) = (value(&before), value(now), value(&back.metadata));
            if before != now && back != now && !is_named {
                broken.push(format!("{name}: {field} was {before:?}, is {now:?}, and came back as {back:?}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_is_new_of_entities_is_written_or_named_as_lost() {
    type Edit = fn(&mut Entity);
    type Has = fn(&Entity) -> bool;
    let edits: [(&str, Edit, Has); 4] = [
        (
            "outside ids",
            |entity| drop(entity.identifiers.insert("wikidata".to_owned(), "Q99".to_owned())),
            |entity| entity.identifiers.values().any(|id| id.ends_with("Q99")),
        ),
        (
            "outside ids",
            |entity| drop(entity.identifiers.insert("viaf".to_owned(), "99".to_owned())),
            |entity| entity.identifiers.values().any(|id| id == "99"),
        ),
        ("aliases", |entity| entity.aliases.push("Neu".to_owned()), |entity| entity.names().any(|name| name == "Neu")),
        ("note", |entity| entity.note = "neu".to_owned(), |entity| entity.note == "neu"),
    ];
    let mut broken = Vec::new();
    for format in formats() {
        for (part, edit, has) in edits {
            let mut kept = Kept::golden(format).expect("it keeps files");
            for entity in kept.entities.entities.values_mut() {
                edit(entity);
            }
            let (files, losses) = kept.write();
            let back = read(format, &files, &golden::read_options());
            let name = format.info().name;
            for id in kept.entities.entities.keys() {
                let is_named = losses
                    .iter()
                    .any(|loss| loss.what.contains(&format!("of the entity {id}: ")) && loss.what.contains(part));
                if !is_named && back.entities.iter().filter(|entity| has(entity)).count() < kept.entities.entities.len()
                {
                    broken.push(format!("{name}: {part} of {id} vanished"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_new_name_of_an_entity_is_named_as_lost_where_the_file_stays() {
    for format in formats() {
        let mut kept = Kept::golden(format).expect("it keeps files");
        for entity in kept.entities.entities.values_mut() {
            let before = std::mem::replace(&mut entity.name, "Neu".to_owned());
            entity.aliases.push(before);
        }
        let (files, losses) = kept.write();
        let back = read(format, &files, &golden::read_options());
        for (id, entity) in &kept.entities.entities {
            let of = format!("of the entity {id}: ");
            let is_named = losses.iter().any(|loss| loss.what.contains("name") && loss.what.contains(&of));
            let is_written = back.entities.iter().any(|other| other.name == entity.name);
            assert!(is_named || is_written, "{}: the name of {id} vanished: {losses:?}", format.info().name);
        }
    }
}
