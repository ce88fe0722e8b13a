//! Names as brat allows them: ASCII letters, digits, `_` and `-`.

use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;

/// The storage form of every name that may be written.
#[derive(Debug, Default)]
pub(super) struct Names {
    forms: BTreeMap<String, Form>,
    taken: BTreeSet<String>,
}

/// What a name is called in brat's files.
#[derive(Debug)]
struct Form {
    form: String,
    /// True if reading gives the name back.
    is_restorable: bool,
}

impl Names {
    /// Gives a name a form, different for different names.
    pub(super) fn add(&mut self, name: &str) {
        if self.forms.contains_key(name) {
            return;
        }
        let wanted = storage_form(name);
        let mut form = wanted.clone();
        let mut number = 2;
        while !self.taken.insert(form.clone()) {
            form = format!("{wanted}-{number}");
            number += 1;
        }
        self.put(name, form);
    }

    /// Lets `name` have the form that it has in a file; false if it has another already, or another name has that.
    pub(super) fn take(&mut self, name: &str, form: &str) -> bool {
        match self.forms.get(name) {
            Some(known) => known.form == form,
            None if !self.taken.insert(form.to_owned()) => false,
            None => {
                self.put(name, form.to_owned());
                true
            }
        }
    }

    fn put(&mut self, name: &str, form: String) {
        self.forms.insert(name.to_owned(), Form { form, is_restorable: is_restorable(name) });
    }

    /// The form of a name that was added; others stay as they are.
    pub(super) fn form<'n>(&'n self, name: &'n str) -> &'n str {
        self.forms.get(name).map_or(name, |known| &known.form)
    }

    /// True if reading gives the name back, which must have been added.
    pub(super) fn is_restorable(&self, name: &str) -> bool {
        self.forms.get(name).is_some_and(|known| known.is_restorable)
    }

    /// All names whose form differs from them and that `visual.conf` can give back.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.forms.iter().filter(|(_, known)| known.is_restorable);
        all.map(|(name, known)| (name.as_str(), known.form.as_str())).filter(|(name, form)| name != form)
    }
}

/// It needs no change, or `visual.conf` can hold it.
fn is_restorable(name: &str) -> bool {
    storage_form(name) == name
        || !name.is_empty() && name.trim() == name && !name.contains(['|', '#']) && !name.chars().any(char::is_control)
}

fn storage_form(name: &str) -> String {
    let mut form = String::new();
    for char in name.nfc() {
        match char {
            'ä' => form.push_str("ae"),
            'ö' => form.push_str("oe"),
            'ü' => form.push_str("ue"),
            'Ä' => form.push_str("Ae"),
            'Ö' => form.push_str("Oe"),
            'Ü' => form.push_str("Ue"),
            'ß' => form.push_str("ss"),
            _ => {
                let plain = char.nfkd().find(|part| part.is_ascii());
                let plain = plain.filter(|part| part.is_ascii_alphanumeric() || matches!(part, '-' | '_'));
                form.push(plain.unwrap_or('_'));
            }
        }
    }
    if form.is_empty() { "_".to_owned() } else { form }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_plain_and_different() {
        let mut names = Names::default();
        for (name, form) in [
            ("PER", "PER"),
            ("Täter Gruppe", "Taeter_Gruppe"),
            ("Täter_Gruppe", "Taeter_Gruppe-2"),
            ("Täter Gruppe", "Taeter_Gruppe"),
            ("São", "Sao"),
            ("北京", "__"),
            ("", "_"),
        ] {
            names.add(name);
            assert_eq!(names.form(name), form);
        }
        assert!(!is_restorable("a|b"));
        assert!(is_restorable("Täter Gruppe"));
    }
}
