//! One key for all spellings of a name, so that Selenskyj, Zelensky and Зеленський find each other.
//!
//! Names are brought into Latin letters and folded: what German, English and the usual transliterations write differently
//! for one sound becomes one letter. What is left of a difference is then a different name, mostly.

/// From this value of [`alike`] on, two names are taken for spellings of one.
pub const ALIKE: f32 = 0.85;

/// Sounds that are written in several ways, and the letter that stands for all; tried in this order at each place.
const FOLDS: &[(&str, &str)] = &[
    ("tsch", "h"),
    ("sch", "s"),
    ("zh", "s"),
    ("sh", "s"),
    ("ch", "h"),
    ("kh", "h"),
    ("ck", "k"),
    ("ph", "f"),
    ("th", "t"),
    ("ts", "s"),
    ("tz", "s"),
    ("ae", "a"),
    ("oe", "o"),
    ("ue", "u"),
    ("ie", "i"),
    ("ye", "i"),
    ("je", "i"),
    ("ou", "u"),
    ("z", "s"),
    ("c", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("w", "v"),
    ("y", "i"),
    ("j", "i"),
];

/// The key of a name: equal for spellings of one name in nearly all cases. Words are separated by single spaces; the
/// German genitive -s of the last word is left out. Empty if nothing in the name can be read as letters or digits.
pub fn alias_key(name: &str) -> String {
    let latin = any_ascii::any_ascii(name).to_ascii_lowercase();
    let mut words: Vec<&str> = latin
        .split(|char: char| !char.is_ascii_alphanumeric() && char != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .collect();
    if let Some(last) = words.last_mut() {
        *last = without_genitive(last);
    }
    let words: Vec<String> = words.into_iter().map(folded).collect();
    words.join(" ")
}

/// How near two names are, from 0 to 1: 1 if their keys are equal, otherwise what the Damerau-Levenshtein distance of
/// the keys leaves, so that one wrong letter counts less the longer the name is. Long names with the same consonants in
/// the same order are taken for one.
pub fn alike(one: &str, other: &str) -> f32 {
    let (one, other) = (alias_key(one), alias_key(other));
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    if one == other {
        return 1.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a similarity needs no more digits")]
    let similarity = strsim::normalized_damerau_levenshtein(&one, &other) as f32;
    let skeleton = consonants_of_key(&one);
    if skeleton.len() >= 7 && skeleton == consonants_of_key(&other) { similarity.max(0.9) } else { similarity }
}

/// The word without a German genitive -s or an apostrophe with s. Also shortens names that end in s by nature, which
/// is harmless where both sides go through it.
pub(crate) fn without_genitive(word: &str) -> &str {
    if let Some(stem) = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")) {
        return stem;
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.chars().count() >= 3 && !stem.ends_with(['s', 'x', 'z']) => stem,
        _ => word,
    }
}

fn folded(word: &str) -> String {
    let mut key = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let fold = FOLDS.iter().find_map(|(from, to)| rest.strip_prefix(from).map(|behind| (*to, behind)));
        let mut single = [0; 4];
        let (letters, behind) = match fold {
            Some(fold) => fold,
            None => (&*first.encode_utf8(&mut single), rest.get(first.len_utf8()..).unwrap_or_default()),
        };
        for letter in letters.chars().filter(|letter| *letter != '\'') {
            if !key.ends_with(letter) || letter.is_ascii_digit() {
                key.push(letter);
            }
        }
        rest = behind;
    }
    // Slavic names end in -ow, -ew, -iw by language: Charkow, Charkiw.
    if key.len() >= 6
        && let Some(stem) = key.strip_suffix("iv").or_else(|| key.strip_suffix("ev"))
    {
        key = format!("{stem}ov");
    }
    key
}

/// The consonants of a key, in order.
pub(crate) fn consonants_of_key(key: &str) -> String {
    key.chars().filter(|letter| !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | ' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(one: &str, other: &str, expected: bool) {
        let found = alike(one, other);
        let keys = (alias_key(one), alias_key(other));
        assert_eq!(found >= ALIKE, expected, "{one} {other}: {found} {keys:?}");
        assert!((alike(other, one) - found).abs() < 1e-6);
    }

    #[test]
    fn spellings_of_one_name_are_alike() {
        for names in [
            &["Selenskyj", "Zelensky", "Zelenskyy", "Selenski", "Selenskyjs", "Зеленський"][..],
            &["Kiew", "Kyiv", "Kyjiw", "Kiews", "Kiev"],
            &["Brjansk", "Bryansk", "Брянск"],
            &["Saporischschja", "Zaporizhzhia"],
            &["Lawrow", "Lavrov", "Lawrows"],
            &["Charkow", "Charkiw", "Kharkiv"],
            &["Gorbatschow", "Gorbachev"],
            &["Wladimir Putin", "Vladimir Putin", "Wladimir Putins"],
            &["Odessa", "Odesa"],
            &["Peskow", "Peskov"],
            &["Schoigu", "Shoigu"],
            &["Luhansk", "Luhansk’s"],
        ] {
            for one in names {
                names.iter().for_each(|other| check(one, other, true));
            }
        }
    }

    #[test]
    fn other_names_are_told_apart() {
        for (one, other) in [
            ("Kiew", "Kiel"),
            ("Belgorod", "Belgrad"),
            ("Minsk", "Pinsk"),
            ("Kursk", "Kirsk"),
            ("Putin", "Rasputin"),
            ("Iran", "Irak"),
            ("Köln", "Ulm"),
            ("", "Kiew"),
        ] {
            check(one, other, false);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_key(one in ".{0,40}", other in ".{0,40}") {
            let near = alike(&one, &other);
            prop_assert!((0.0..=1.0).contains(&near));
        }
    }
}
