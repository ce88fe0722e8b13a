//! Names of things: annotations, articles, annotators, entities.

use std::{fmt, sync::Arc};

/// The name of a label, role, attribute or the like. Cheap to clone, compared by content.
pub type Name = Arc<str>;

/// The number of a span, relation or document label, unique within one annotator's set of one article and never
/// used again there, even after the annotation was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnnotationId(pub u32);

impl fmt::Display for AnnotationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

macro_rules! text_id {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id with this text, as it stands on disk. Use [`slug`] to make one from free text.
            pub fn new(text: &str) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same text as a name.
            pub fn to_name(&self) -> Name {
                self.0.clone()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

text_id! {
    /// The name of an article inside its project; also the stem of its file names.
    ArticleId
}

text_id! {
    /// Who annotates; also the name of the folder with that person's annotations.
    AnnotatorName
}

text_id! {
    /// The name of an entity of the project's registry, made from its first canonical name and kept when that changes.
    EntityId
}

impl ArticleId {
    /// True if the id can be a file name everywhere: see [`slug`].
    pub fn is_portable(&self) -> bool {
        is_portable(self.as_str())
    }
}

impl AnnotatorName {
    /// True if the name can be a folder name everywhere: see [`slug`].
    pub fn is_portable(&self) -> bool {
        is_portable(self.as_str())
    }
}

fn is_portable(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 120
        && !text.starts_with(['.', '-'])
        && text.chars().all(|char| char.is_ascii_alphanumeric() || "-_.".contains(char))
}

/// One annotator's annotations of one article.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetKey {
    pub article: ArticleId,
    pub annotator: AnnotatorName,
}

/// Free text as a file name that works on every system and in every URL: lower case ASCII letters, digits and
/// single hyphens, at most 80 bytes. German letters are spelled out (`ä` → `ae`), other letters lose their marks;
/// text without any usable letter gives `item`.
pub fn slug(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;

    let mut result = String::new();
    let mut gap = false;
    let mut push = |part: &str| {
        for char in part.chars() {
            if char.is_ascii_alphanumeric() {
                if gap && !result.is_empty() {
                    result.push('-');
                }
                gap = false;
                result.push(char.to_ascii_lowercase());
            } else if !unicode_normalization::char::is_combining_mark(char) {
                gap = true;
            }
        }
    };
    for char in text.nfc() {
        match char {
            'ä' | 'Ä' => push("ae"),
            'ö' | 'Ö' => push("oe"),
            'ü' | 'Ü' => push("ue"),
            'ß' | 'ẞ' => push("ss"),
            _ => push(&char.nfkd().collect::<String>()),
        }
    }
    result.truncate(80);
    let result = result.trim_end_matches('-');
    if result.is_empty() { "item".to_owned() } else { result.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_portable() {
        for (text, expected) in [
            ("Putin besucht Kursk!", "putin-besucht-kursk"),
            ("Größe über alles", "groesse-ueber-alles"),
            ("a\u{308}u", "aeu"),
            ("Čeferin – São", "ceferin-sao"),
            ("北京", "item"),
            ("", "item"),
            ("../../etc/passwd", "etc-passwd"),
        ] {
            assert_eq!(slug(text), expected);
            assert!(is_portable(&slug(text)));
        }
        assert!(!is_portable("../x"));
        assert!(!is_portable(".hidden"));
    }
}
