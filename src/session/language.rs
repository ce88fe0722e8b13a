//! In which language an article is, where its file does not say: guessed from its words, or else the project's.

use crate::format::{Imported, LanguageSource, ReadOptions};

/// What stands behind the project's language while a file is read, so that it is known whether the file said another one.
/// No language has this subtag: it is one for private use.
const UNSTATED: &str = "-x-unstated";
/// The letters that a guess needs at least.
const LEAST: usize = 60;
/// The letters that a guess looks at: more of them make it slower and hardly better.
const MOST: usize = 400;

/// The project's language, marked as what no file said.
pub(super) fn unstated(language: &str) -> String {
    format!("{language}{UNSTATED}")
}

/// Gives an article that was read with a marked language one without a mark.
pub(super) fn settle(imported: &mut Imported) {
    let Some(project) = imported.metadata.language.strip_suffix(UNSTATED) else { return };
    let guessed = guess(&imported.text);
    imported.language_from = if guessed.is_some() { LanguageSource::Text } else { LanguageSource::Project };
    imported.metadata.language = guessed.unwrap_or(project).to_owned();
}

/// The options with which the file of an article is read again, so that it gets the same language and the same text: which
/// language a file is said to be in also tells which encoding it probably has.
pub(super) fn options_of(imported: &Imported, options: &ReadOptions) -> ReadOptions {
    let mut again = options.clone();
    match imported.language_from {
        LanguageSource::File | LanguageSource::Project => {
            again.default_language.truncate(options.default_language.trim_end_matches(UNSTATED).len());
        }
        LanguageSource::Text => {
            again.default_language.clone_from(&imported.metadata.language);
            let encoding = &imported.metadata.origin.encoding;
            if again.encoding.is_none() && !encoding.is_empty() && !is_unicode(encoding) {
                again.encoding = Some(encoding.clone());
            }
        }
    }
    again
}

/// True for encodings that are recognized without a guess.
fn is_unicode(encoding: &str) -> bool {
    encoding.to_ascii_lowercase().starts_with("utf-")
}

/// True if two language tags name the same language, whatever country or script stands behind it.
pub fn is_same(one: &str, other: &str) -> bool {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    primary(one) == primary(other)
}

/// The language of a text as a tag of two letters (ISO 639-1) where there is one. `None` if the text is too short, or could be
/// in several languages.
pub fn guess(text: &str) -> Option<&'static str> {
    let mut letters = 0;
    let is_enough = |(_, letter): &(usize, char)| {
        letters += usize::from(letter.is_alphabetic());
        letters == MOST
    };
    let end = text.char_indices().find(is_enough).map_or(text.len(), |(at, _)| at);
    // Of scripts without spaces a few signs say as much.
    if letters < LEAST {
        return None;
    }
    let found = whatlang::detect(text.get(..end)?).filter(whatlang::Info::is_reliable)?;
    Some(tag(found.lang()))
}

/// Two letters of the language, or its three where it has no two.
fn tag(language: whatlang::Lang) -> &'static str {
    let code = language.code();
    TAGS.split(' ').find_map(|pair| pair.strip_prefix(code)?.strip_prefix('=')).unwrap_or(code)
}

/// The codes of two letters (ISO 639-1) for those of three (ISO 639-3) that the guess gives.
const TAGS: &str = "\
    epo=eo eng=en rus=ru cmn=zh spa=es por=pt ita=it ben=bn fra=fr deu=de ukr=uk kat=ka ara=ar hin=hi jpn=ja heb=he \
    yid=yi pol=pl amh=am jav=jv kor=ko nob=nb dan=da swe=sv fin=fi tur=tr nld=nl hun=hu ces=cs ell=el bul=bg bel=be \
    mar=mr kan=kn ron=ro slv=sl hrv=hr srp=sr mkd=mk lit=lt lav=lv est=et tam=ta vie=vi urd=ur tha=th guj=gu uzb=uz \
    pan=pa aze=az ind=id tel=te pes=fa mal=ml ori=or mya=my nep=ne sin=si khm=km tuk=tk aka=ak zul=zu sna=sn afr=af \
    lat=la slk=sk cat=ca tgl=tl hye=hy cym=cy";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn languages_are_guessed_where_the_text_is_long_and_clear_enough() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(guess(text), expected, "{text}");
        check(
            "The German chancellor met the president of Ukraine in Kyiv on Wednesday, as officials had said before.",
            Some("en"),
        );
        check(
            "Der Bundeskanzler hat am Mittwoch in Kiew den Präsidenten der Ukraine getroffen, teilte die Regierung mit.",
            Some("de"),
        );
        check(
            "Президент Украины встретился в среду в Киеве с канцлером Германии, сообщила пресс-служба правительства.",
            Some("ru"),
        );
        check("Olaf Scholz in Kiew", None);
        check("Scholz, Macron, Meloni, Selenskyj, Putin, Trump, Biden, Starmer, Tusk, Orbán, Fico, Vučić", None);
        check("", None);
    }

    #[test]
    fn tags_name_a_language_whatever_stands_behind() {
        assert!(is_same("de", "de-AT") && is_same("DE_de", "de") && !is_same("en", "de"));
    }

    #[test]
    fn every_language_has_a_tag_of_its_own_with_two_letters() {
        let tags: BTreeSet<_> = whatlang::Lang::all().iter().map(|language| tag(*language)).collect();
        assert_eq!(tags.len(), whatlang::Lang::all().len());
        assert!(tags.iter().all(|tag| tag.len() == 2), "{tags:?}");
    }
}
