//! Looks through a whole project for anything that is wrong.

use super::{Access, Level, Notice, Store, StoreError, files::FileKey};
use crate::model::{SetKey, validate};
use rayon::prelude::*;
use std::path::Path;

/// Looks through a whole project: schema, offsets, covered texts, dangling relations, journal. Empty if all is well. Changes
/// nothing, and can be called while the project is open.
///
/// # Errors
/// If there is no project that could be looked at.
pub fn check(root: &Path) -> Result<Vec<Notice>, StoreError> {
    let opened = match Store::open(root, Access::Read) {
        Ok(opened) => opened,
        Err(error @ StoreError::NoProject { .. }) => return Err(error),
        Err(error) => return Ok(vec![Notice::from(&error)]),
    };
    let mut findings = opened.notices;
    let (project, loader) = (&opened.project, opened.store.loader());
    let per_article: Vec<Vec<Notice>> = project
        .articles
        .par_iter()
        .map(|(id, _)| {
            let loaded = match loader.load_article(id) {
                Ok(loaded) => loaded,
                Err(error) => return vec![Notice::from(&error)],
            };
            let mut findings = loaded.notices;
            for (annotator, set) in &loaded.sets {
                let key = FileKey::Set(SetKey { article: id.clone(), annotator: annotator.clone() });
                let path = key.path(opened.store.root());
                let problems = validate(set, &project.schema, &project.entities, loaded.text.as_str());
                if problems.is_empty() {
                    continue;
                }
                let content = std::fs::read_to_string(&path).unwrap_or_default();
                for problem in problems {
                    let mark = format!("(id: {},", problem.id());
                    let line = content.lines().position(|line| line.starts_with(&mark)).map(|index| index + 1);
                    let level = if problem.is_unfinished() { Level::Info } else { Level::Error };
                    findings.push(Notice::new(level, &path, line, problem.to_string()));
                }
            }
            findings
        })
        .collect();
    findings.extend(per_article.into_iter().flatten());
    Ok(findings)
}
