//! Which files of a folder are read, and which only belong to others.

use super::{Format, FormatError, card::CARD_NAME, registry};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// The endings of files whose text lies beside them, in a file that ends in `.txt`.
const STANDOFF: [&str; 1] = ["ann"];

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileToRead {
    pub path: PathBuf,
    /// False if it was found in a folder: then it may be something else, and is left out without a word.
    pub is_named: bool,
}

/// The files of `inputs` in order: files as they are, and of folders, also of those inside, the ones with an ending of
/// `format`, or of any format that is read. What formats write beside a main file is not read by itself then.
///
/// # Errors
/// If a folder can not be looked into.
pub fn files_to_read(inputs: &[PathBuf], format: Option<&dyn Format>) -> Result<Vec<FileToRead>, FormatError> {
    let mut files = Vec::new();
    for input in inputs {
        if input.is_dir() {
            let found = files_below(input)?;
            let names: BTreeSet<&Path> = found.iter().map(PathBuf::as_path).collect();
            let wanted = found.iter().filter(|path| match format {
                Some(format) => has_ending(path, format),
                None => {
                    let known = registry::all().iter().copied().filter(|format| format.info().reads);
                    known.into_iter().any(|format| has_ending(path, format)) && !belongs_to_another(path, &names)
                }
            });
            files.extend(wanted.map(|path| FileToRead { path: path.clone(), is_named: false }));
        } else {
            files.push(FileToRead { path: input.clone(), is_named: true });
        }
    }
    Ok(files)
}

/// All files in a folder and the folders in it, by path.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, FormatError> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(FormatError::io(&folder))? {
            let entry = entry.map_err(FormatError::io(&folder))?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(FormatError::io(&folder))?);
            // Hidden files are other programs' own; links could lead in a circle; pages about data are no articles.
            let name = name_of(&path);
            if name.starts_with('.') || kind.is_symlink() || name.ends_with(&format!(".{CARD_NAME}")) {
                continue;
            }
            if kind.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn has_ending(path: &Path, format: &dyn Format) -> bool {
    let name = name_of(path);
    format.info().extensions.iter().any(|extension| name.ends_with(&format!(".{extension}")))
}

/// True for the text of a standoff file, and for `train.relations.csv` beside `train.csv`.
fn belongs_to_another(path: &Path, all: &BTreeSet<&Path>) -> bool {
    let is_text = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"));
    let stands_beside =
        is_text && STANDOFF.into_iter().any(|extension| all.contains(path.with_extension(extension).as_path()));
    let main = path.file_stem().map(Path::new).and_then(|stem| {
        let (stem, extension) = (stem.file_stem()?, path.extension()?);
        Path::new(&stem).extension().is_none().then(|| path.with_file_name(stem).with_extension(extension))
    });
    stands_beside || main.is_some_and(|main| main != path && all.contains(main.as_path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_stand_for_themselves_are_read() {
        let check = |files: &[&str], format: Option<&str>, expected: &[&str]| {
            let folder = tempfile::tempdir().expect("a folder");
            for file in files {
                let path = folder.path().join(file);
                std::fs::create_dir_all(path.parent().expect("a parent")).expect("it can be made");
                std::fs::write(path, "x").expect("it can be written");
            }
            let format = format.and_then(registry::by_name);
            let found = files_to_read(&[folder.path().to_owned()], format).expect("it can be read");
            let found: Vec<_> = found
                .iter()
                .map(|file| file.path.strip_prefix(folder.path()).expect("inside").to_string_lossy().replace('\\', "/"))
                .collect();
            assert_eq!(found, expected, "{files:?}");
        };
        check(&["b.txt", "a.md", "in/c.txt", ".hidden.txt", "x.exe"], None, &["a.md", "b.txt", "in/c.txt"]);
        check(&["a.ann", "a.txt", "b.txt", "annotation.conf", "visual.conf"], None, &["a.ann", "b.txt"]);
        check(&["a.ann", "a.txt"], Some("text"), &["a.txt"]);
        check(&["a.xml", "a.txt", "a.card.md", "dataset.card.md"], None, &["a.txt", "a.xml"]);
        check(&["a.csv", "a.relations.csv", "b.relations.csv"], None, &["a.csv", "b.relations.csv"]);
        check(&["2025.01.txt", "2025.02.txt"], None, &["2025.01.txt", "2025.02.txt"]);
        let named = files_to_read(&[PathBuf::from("x.exe")], None).expect("no folder");
        assert_eq!(named, [FileToRead { path: PathBuf::from("x.exe"), is_named: true }]);
    }
}
