//! Plain text: one file, one article, the text exactly as it stands.

use super::{
    Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, ReadOptions, Recognition, Warning, decode::decode,
    registry,
};

/// See the module.
pub struct Plain;

/// Longest first line that is taken for a title, in code points.
const TITLE: usize = 160;

impl Format for Plain {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "text",
            title: "Plain text",
            extensions: &["txt", "text"],
            reads: true,
            writes: false,
            layout: Layout::OneFile,
            holds: Holds::NONE,
            unit: "none",
            documentation: include_str!("plain.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        // Anything else is possible too: who refuses a file must read it to say why.
        if matches!(&*input.extension(), "txt" | "text") { Recognition::Likely } else { Recognition::Possible }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        let mut imported = decode(input, options, None)?.into_imported(input.stem(), options);
        refuse_empty(&imported.text, input)?;
        imported.metadata.title = title(&imported.text).unwrap_or(input.stem()).to_owned();
        let extension = input.extension();
        let usual = registry::all()
            .iter()
            .map(|format| format.info())
            .find(|info| info.reads && info.name != self.info().name && info.extensions.contains(&&*extension));
        if let Some(info) = usual {
            let message = format!(
                "the name ends like one of {}, but this file was not recognized as one and was read as plain text; choose the \
                 format `{}` to see why",
                info.title, info.name
            );
            imported.warnings.push(Warning { file: input.name.clone(), line: None, message });
        }
        let annotations = format!("{}.ann", input.stem());
        if (input.sibling)(&annotations).is_some() {
            let message =
                format!("only the text was read; for its annotations choose {annotations}, which lies beside it");
            imported.warnings.push(Warning { file: input.name.clone(), line: None, message });
        }
        article(imported);
        Ok(())
    }
}

/// # Errors
/// If there is nothing but white space in `text`.
pub(super) fn refuse_empty(text: &str, input: &Input<'_>) -> Result<(), FormatError> {
    if text.trim().is_empty() {
        let reason = "there is no text in this file".to_owned();
        return Err(FormatError::Unreadable { file: input.name.clone(), line: None, reason });
    }
    Ok(())
}

/// The first line that is not empty, if it is short and a blank line follows.
pub(super) fn title(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let (line, rest) = text.split_once('\n')?;
    let (next, _) = rest.split_once('\n').unwrap_or((rest, ""));
    let line = line.trim();
    let title = next.trim().is_empty() && !rest.trim().is_empty() && line.chars().nth(TITLE).is_none();
    (title && !line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::{
        super::decode::tests::{input, options},
        *,
    };

    fn read(name: &str, bytes: &[u8]) -> Result<Imported, String> {
        let mut articles = Vec::new();
        Plain
            .read(&input(name, bytes), &options(), &mut |article| articles.push(article))
            .map_err(|error| error.to_string())?;
        assert_eq!(articles.len(), 1);
        Ok(articles.remove(0))
    }

    #[test]
    fn titles() {
        let check = |text: &str, expected: &str| {
            let article = read("bericht.1.txt", text.as_bytes()).expect("text");
            assert_eq!((&*article.metadata.title, &*article.text), (expected, text));
            assert_eq!((&*article.wanted_id, &*article.metadata.language), ("bericht.1", "de"));
        };
        check("Putin in Kursk\n\nDer Präsident kam.", "Putin in Kursk");
        check("\n  Putin in Kursk \r\n \r\nDer Präsident kam.", "Putin in Kursk");
        check("Putin in Kursk\nDer Präsident kam.", "bericht.1");
        check("Putin in Kursk\n\n", "bericht.1");
        check("Der Präsident kam.", "bericht.1");
        check(&format!("{}\n\nText", "lang ".repeat(40)), "bericht.1");
    }

    #[test]
    fn empty_files_are_refused() {
        for bytes in [&b""[..], b"\xEF\xBB\xBF", b" \r\n\t"] {
            assert!(read("leer.txt", bytes).is_err_and(|error| error == "leer.txt: there is no text in this file"));
        }
    }

    #[test]
    fn real_articles_come_exactly() {
        let shared = std::env::var_os("GLOSSE_SHARED")
            .map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), Into::into);
        let Ok(folder) = std::fs::read_dir(shared.join("articles")) else { return };
        for file in folder.flatten() {
            let bytes = std::fs::read(file.path()).expect("readable");
            let article = read(&file.file_name().to_string_lossy(), &bytes).expect("text");
            assert_eq!(article.text.as_bytes(), bytes);
            assert!(article.warnings.is_empty());
        }
    }

    #[test]
    fn annotations_beside_a_text_are_named() {
        let check = |beside: &str, expected: usize| {
            let sibling = |name: &str| (name == beside).then(Vec::new);
            let mut warnings = Vec::new();
            let input = Input::new("a.txt", "Köln".as_bytes(), &sibling);
            Plain.read(&input, &options(), &mut |article| warnings.extend(article.warnings)).expect("a text");
            assert_eq!(warnings.len(), expected, "{warnings:?}");
        };
        check("a.ann", 1);
        check("b.ann", 0);
    }
}
