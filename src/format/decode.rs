//! Bytes to text: finds the encoding, records what the file was like, and refuses what is no text.
//!
//! UTF-8 comes back byte for byte. Nothing is repaired on the way: what can not be decoded is refused with its line, and
//! only a reader who names the encoding gets the damaged places marked by U+FFFD.

use super::{FormatError, Imported, Input, ReadOptions, Warning};
use crate::model::{ArticleMetadata, LineEnding, TextSource};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// The text of a file and how it was read.
#[derive(Clone, Debug)]
pub struct Decoded {
    pub text: String,
    pub source: TextSource,
    /// The encoding if it was guessed, and damaged places.
    pub warnings: Vec<Warning>,
}

impl Decoded {
    /// An article with this text and nothing else but its language.
    pub fn into_imported(self, wanted_id: &str, options: &ReadOptions) -> Imported {
        let language = options.default_language.clone();
        Imported {
            metadata: ArticleMetadata { language, origin: self.source, ..ArticleMetadata::default() },
            warnings: self.warnings,
            ..Imported::new(wanted_id, self.text)
        }
    }
}

/// Decodes a file. A byte order mark decides, then the encoding that the user chose, then whether the bytes are UTF-8, then
/// `declared` by the file itself, then a guess.
///
/// # Errors
/// If the file is no text, or damaged, or of an encoding that is not known.
pub fn decode(input: &Input<'_>, options: &ReadOptions, declared: Option<&str>) -> Result<Decoded, FormatError> {
    let refuse = |line, reason: String| FormatError::Unreadable { file: input.name.clone(), line, reason };
    if u32::try_from(input.bytes.len()).is_err() {
        return Err(refuse(None, "the file is larger than 4 GB; split it".to_owned()));
    }
    let chosen = match &options.encoding {
        Some(label) => Some(Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
            refuse(None, format!("encoding {label:?} is not known; use one such as utf-8, windows-1252 or utf-16le"))
        })?),
        None => None,
    };
    let mark = Encoding::for_bom(input.bytes).filter(|(encoding, _)| chosen.is_none_or(|chosen| chosen == *encoding));
    let bytes = input.bytes.get(mark.map_or(0, |(_, length)| length)..).unwrap_or_default();
    if let Some(reason) = not_text(input.bytes, mark.map(|(encoding, _)| encoding).or(chosen)) {
        return Err(refuse(None, reason));
    }

    let mut warnings = Vec::new();
    let mut warn = |line, message| warnings.push(Warning { file: input.name.clone(), line, message });
    let (encoding, text) = match mark.map(|(encoding, _)| encoding).or(chosen) {
        Some(encoding) => {
            let (text, damaged) = encoding.decode_without_bom_handling(bytes);
            if damaged && chosen.is_none() {
                let line = first_line_with(&text, '\u{FFFD}');
                return Err(refuse(Some(line), undecodable(encoding)));
            }
            if damaged {
                let line = first_line_with(&text, '\u{FFFD}');
                warn(Some(line), format!("bytes that are not {} are shown as U+FFFD from here on", label(encoding)));
            }
            (encoding, text)
        }
        None => match std::str::from_utf8(bytes) {
            Ok(text) => (UTF_8, Cow::Borrowed(text)),
            Err(error) => {
                let declared = declared
                    .and_then(|label| Encoding::for_label(label.as_bytes()))
                    .filter(|declared| *declared != UTF_8);
                if declared.is_none() && is_damaged_utf8(bytes) {
                    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
                    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                    return Err(refuse(Some(line), undecodable(UTF_8)));
                }
                let encoding = declared.unwrap_or_else(|| guess(bytes, &options.default_language));
                let (text, damaged) = encoding.decode_without_bom_handling(bytes);
                if damaged {
                    let line = first_line_with(&text, '\u{FFFD}');
                    return Err(refuse(Some(line), undecodable(encoding)));
                }
                if declared.is_none() {
                    warn(None, format!("no UTF-8; read as {}, which was guessed: check the umlauts", label(encoding)));
                }
                (encoding, text)
            }
        },
    };
    if text.len() > u32::MAX as usize {
        return Err(refuse(None, "the text is larger than 4 GB; split it".to_owned()));
    }
    let line_ending = line_ending(&text);
    let (text, normalized) = if options.normalize_line_endings { normalize(&text) } else { (text.into_owned(), false) };
    let source = TextSource {
        file: input.name.clone(),
        encoding: label(encoding),
        byte_order_mark: mark.is_some(),
        line_ending,
        normalized,
        kept: Vec::new(),
    };
    Ok(Decoded { text, source, warnings })
}

/// How the lines of a text end. A `\r` on its own makes it mixed.
pub fn line_ending(text: &str) -> LineEnding {
    if !text.contains('\r') {
        return LineEnding::Lf;
    }
    let (mut line_feeds, mut pairs, mut returns) = (0usize, 0usize, 0usize);
    let mut before = 0;
    for byte in text.bytes() {
        line_feeds += usize::from(byte == b'\n');
        pairs += usize::from(byte == b'\n' && before == b'\r');
        returns += usize::from(byte == b'\r');
        before = byte;
    }
    if returns == pairs && pairs == line_feeds { LineEnding::CrLf } else { LineEnding::Mixed }
}

/// The text with `\n` for every `\r\n`, and whether that changed it. In a text without any `\n`, each `\r` is a line end.
pub fn normalize(text: &str) -> (String, bool) {
    if !text.contains('\r') {
        (text.to_owned(), false)
    } else if text.contains('\n') {
        (text.replace("\r\n", "\n"), text.contains("\r\n"))
    } else {
        (text.replace('\r', "\n"), true)
    }
}

/// Text with `\n` for `\r\n` if the user wants that, its own line ends, and whether it changed. For texts inside records.
pub(super) fn normalized_value(text: &str, options: &ReadOptions) -> (String, LineEnding, bool) {
    let ending = line_ending(text);
    let (text, changed) = if options.normalize_line_endings { normalize(text) } else { (text.to_owned(), false) };
    (text, ending, changed)
}

fn label(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

fn undecodable(encoding: &'static Encoding) -> String {
    format!(
        "here is a byte that is not {0}; choose the encoding of the file (such as windows-1252), or choose {0} to read it with \
         such places marked",
        label(encoding)
    )
}

fn first_line_with(text: &str, char: char) -> usize {
    text.split(char).next().unwrap_or_default().bytes().filter(|byte| *byte == b'\n').count() + 1
}

/// Why the bytes are no text, and what to do. `encoding` is the one that is sure.
fn not_text(bytes: &[u8], encoding: Option<&'static Encoding>) -> Option<String> {
    const MAGIC: [(&[u8], &str); 13] = [
        (b"%PDF", "this is a PDF; save its text as a .txt file (for example with pdftotext)"),
        (b"PK\x03\x04", "this is a zip archive or an Office document; unpack it, or save it as plain text"),
        (b"\xD0\xCF\x11\xE0", "this is an old Office document; save it as plain text"),
        (b"{\\rtf", "this is a rich text document (RTF); save it as plain text"),
        (b"\x1F\x8B", "this is a gzip archive; unpack it"),
        (b"7z\xBC\xAF", "this is a 7-Zip archive; unpack it"),
        (b"\x89PNG", "this is a picture; text in it needs character recognition"),
        (b"\xFF\xD8\xFF", "this is a picture; text in it needs character recognition"),
        (b"GIF8", "this is a picture; text in it needs character recognition"),
        (b"RIFF", "this is a picture, sound or video file"),
        (b"\x7FELF", "this is a program"),
        (b"SQLite format 3", "this is a database; export its texts as CSV"),
        (b"\xFF\xFE\0\0", "this is UTF-32; save it as UTF-8"),
    ];
    if let Some((_, reason)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some((*reason).to_owned());
    }
    if encoding.is_some_and(|encoding| encoding == UTF_16LE || encoding == UTF_16BE) {
        return None;
    }
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    if zeros * 3 > bytes.len() && zeros * 3 < bytes.len() * 2 {
        let low = bytes.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count();
        let label = if low * 2 > zeros { "utf-16le" } else { "utf-16be" };
        return Some(format!("this looks like UTF-16 without a byte order mark; choose the encoding {label}"));
    }
    let controls = bytes.iter().filter(|byte| matches!(byte, 1..=8 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F)).count();
    (zeros > 0 || controls * 10 > bytes.len()).then(|| {
        "this is no text but a binary file; convert it to plain text, or choose its encoding if it is text".to_owned()
    })
}

/// True if most of what is not ASCII is UTF-8 all the same: such a file is damaged rather than of another encoding.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|char| !char.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

fn guess(bytes: &[u8], language: &str) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    // The country that a language hints at; where they differ.
    let country = match language.split(['-', '_']).next().unwrap_or_default() {
        "uk" => "ua",
        "cs" => "cz",
        "ja" => "jp",
        "zh" => "cn",
        "el" => "gr",
        "da" => "dk",
        "sv" => "se",
        other => other,
    };
    let country =
        Some(country).filter(|country| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_lowercase()));
    detector.guess(country.map(str::as_bytes), Utf8Detection::Deny)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::format) fn options() -> ReadOptions {
        ReadOptions {
            normalize_line_endings: false,
            text_column: None,
            encoding: None,
            default_language: "de".to_owned(),
            time: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    pub(in crate::format) fn input<'a>(name: &str, bytes: &'a [u8]) -> Input<'a> {
        Input::new(name.to_owned(), bytes, &|_| None)
    }

    fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Decoded, String> {
        let options = ReadOptions { encoding: encoding.map(str::to_owned), ..options() };
        decode(&input("a.txt", bytes), &options, None).map_err(|error| error.to_string())
    }

    #[test]
    fn encodings_are_found() {
        let check = |bytes: &[u8], encoding: Option<&str>, text: &str, label: &str, mark: bool, warned: bool| {
            let decoded = read(bytes, encoding).unwrap_or_else(|error| panic!("{bytes:?}: {error}"));
            assert_eq!(decoded.text, text);
            assert_eq!((&*decoded.source.encoding, decoded.source.byte_order_mark), (label, mark), "{text}");
            assert_eq!(!decoded.warnings.is_empty(), warned, "{text}: {:?}", decoded.warnings);
        };
        check(b"", None, "", "utf-8", false, false);
        check("Grüße".as_bytes(), None, "Grüße", "utf-8", false, false);
        check(b"\xEF\xBB\xBF", None, "", "utf-8", true, false);
        check(b"\xEF\xBB\xBFGr\xC3\xBC\xC3\x9Fe", None, "Grüße", "utf-8", true, false);
        check(b"\xFF\xFEA\0\xE4\0", None, "Aä", "utf-16le", true, false);
        check(b"\xFE\xFF\0A\0\xE4", None, "Aä", "utf-16be", true, false);
        check(b"A\0\xE4\0", Some("utf-16le"), "Aä", "utf-16le", false, false);
        let latin = b"Die Pr\xE4sidenten f\xFChlen sich gr\xF6\xDFer, sagte er \x84heute\x93.";
        check(latin, None, "Die Präsidenten fühlen sich größer, sagte er „heute“.", "windows-1252", false, true);
        check(
            latin,
            Some("latin1"),
            "Die Präsidenten fühlen sich größer, sagte er „heute“.",
            "windows-1252",
            false,
            false,
        );
        check(b"\xCF\xF3\xF2\xE8\xED", Some("windows-1251"), "Путин", "windows-1251", false, false);
        check(b"gut \xFF schlecht", Some("utf-8"), "gut \u{FFFD} schlecht", "utf-8", false, true);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let check = |bytes: &[u8], expected: &str| {
            let error = read(bytes, None).expect_err("not text");
            assert!(error.starts_with("a.txt") && error.contains(expected), "{error}");
        };
        check(b"%PDF-1.7 abc", "PDF");
        check(b"PK\x03\x04abc", "zip");
        check(b"\x89PNG\r\n", "picture");
        check(b"abc\0def", "binary");
        check(b"\x01\x02\x03\x04abcdef", "binary");
        check(b"A\0b\0c\0", "utf-16le");
        check(b"\0A\0b\0c", "utf-16be");
        check(b"\xFF\xFEA\0\xE4", "utf-16le");
        check(
            "eins\nzwei ä ö ü \u{20AC}\n"
                .as_bytes()
                .iter()
                .copied()
                .chain(*b"drei \xC3(")
                .collect::<Vec<_>>()
                .as_slice(),
            "a.txt:3:",
        );
        assert!(read(b"abc", Some("klingon")).is_err_and(|error| error.contains("klingon")));
    }

    #[test]
    fn line_ends_are_recorded_and_changed_only_on_demand() {
        let check = |text: &str, ending: LineEnding, normal: &str| {
            let kept = read(text.as_bytes(), None).expect("text");
            assert_eq!((&*kept.text, kept.source.line_ending, kept.source.normalized), (text, ending, false));
            let options = ReadOptions { normalize_line_endings: true, ..options() };
            let changed = decode(&input("a.txt", text.as_bytes()), &options, None).expect("text");
            assert_eq!((&*changed.text, changed.source.line_ending), (normal, ending));
            assert_eq!(changed.source.normalized, text != normal);
        };
        check("a\nb", LineEnding::Lf, "a\nb");
        check("a\r\nb\r\n", LineEnding::CrLf, "a\nb\n");
        check("a\r\nb\n", LineEnding::Mixed, "a\nb\n");
        check("a\rb\nc", LineEnding::Mixed, "a\rb\nc");
        check("a\rb\r", LineEnding::Mixed, "a\nb\n");
    }

    proptest! {
        #[test]
        fn utf8_comes_back_byte_for_byte(text in "([a-z]|ä|\r\n|\n|\r|\u{1F60A}|e\u{301}|\\PC){0,40}") {
            prop_assume!(!["%PDF", "RIFF", "GIF8"].iter().any(|magic| text.starts_with(magic)) && !text.starts_with('\u{FEFF}'));
            let decoded = read(text.as_bytes(), None).expect("text");
            prop_assert_eq!(decoded.text, text);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80), ascii in any::<bool>()) {
            let bytes: Vec<u8> = if ascii { bytes.iter().map(|byte| byte | 0x20).collect() } else { bytes };
            if let Ok(decoded) = read(&bytes, None)
                && decoded.source.encoding == "utf-8"
            {
                let mark: &[u8] = if decoded.source.byte_order_mark { b"\xEF\xBB\xBF" } else { b"" };
                prop_assert_eq!([mark, decoded.text.as_bytes()].concat(), bytes);
            }
        }
    }
}
