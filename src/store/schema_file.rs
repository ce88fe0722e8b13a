//! Reading a schema to start a project with: from another project, or from a file that holds a schema alone.

use super::{
    StoreError,
    project_file::{SchemaRecord, read_project},
    ron_file::{parse_ron, read_text},
};
use crate::model::Schema;
use std::path::Path;

/// The schema in the file at `path`: a `project.ron`, or RON with `labels`, `relations`, `attributes` and `document_labels`
/// at its top.
///
/// # Errors
/// If the file can not be read, is neither of the two, or the schema contradicts itself.
pub fn read_schema(path: &Path) -> Result<Schema, StoreError> {
    let Some((content, _)) = read_text(path)? else {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(StoreError::Io { path: path.to_owned(), doing: "read the schema", error });
    };
    if content.lines().any(|line| line.trim_start().starts_with("schema:")) {
        return Ok(read_project(&content, path)?.1);
    }
    let content = content.strip_prefix('\u{feff}').unwrap_or(&content);
    let record: SchemaRecord = parse_ron(content, path, content, 0)?;
    let bad = |problem: String| StoreError::BadSchema { path: path.to_owned(), problem };
    let schema = record.into_model().map_err(bad)?;
    match schema.problems().first() {
        Some(problem) => Err(bad(problem.to_string())),
        None => Ok(schema),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_file_give_their_schema() {
        let check = |content: &str, expected: Result<&[&str], &str>| {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("schema.ron");
            std::fs::write(&path, content).expect("the file is written");
            match (read_schema(&path), expected) {
                (Ok(schema), Ok(labels)) => {
                    assert_eq!(schema.labels.iter().map(|label| &*label.name).collect::<Vec<_>>(), labels);
                }
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (result, _) => panic!("{content}: {result:?}"),
            }
        };
        check("(labels: [(name: \"A\"), (name: \"B\")])", Ok(&["A", "B"]));
        check("(version: 1,\n schema: (labels: [(name: \"A\")]))", Ok(&["A"]));
        check("(labels: [(name: \"A\"), (name: \"A\")])", Err("\"A\""));
        check("(labels: [\n(nam: \"A\")])", Err("schema.ron:2: "));
        check("(version: 1,\n schema: (labls: []))", Err("schema.ron:2: "));
        assert!(read_schema(Path::new("no such file")).is_err());
    }
}
