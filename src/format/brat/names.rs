//! Names as brat allows them: ASCII letters, digits, `_` and `-`.

use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;

/// The storage form of every name that was written.
#[derive(Debug, Default)]
pub(super) struct Names {
    forms: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// The form of `name` in brat's files, different for different names.
    pub(super) fn form(&mut self, name: &str) -> String {
        if let Some(form) = self.forms.get(name) {
            return form.clone();
        }
        let wanted = storage_form(name);
        let mut form = wanted.clone();
        let mut number = 2;
        while !self.taken.insert(form.clone()) {
            form = format!("{wanted}-{number}");
            number += 1;
        }
        self.forms.insert(name.to_owned(), form.clone());
        form
    }

    /// Lets `name` have the form that it has in a file; false if it has another already, or another name has that.
    pub(super) fn take(&mut self, name: &str, form: &str) -> bool {
        match self.forms.get(name) {
            Some(known) => known == form,
            None if !self.taken.insert(form.to_owned()) => false,
            None => {
                self.forms.insert(name.to_owned(), form.to_owned());
                true
            }
        }
    }

    /// All names whose form differs from them and that `visual.conf` can give back.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.forms.iter().map(|(name, form)| (name.as_str(), form.as_str()));
        all.filter(|(name, form)| name != form && is_restorable(name))
    }
}

/// True if reading gives the name back: it needs no change, or `visual.conf` can hold it.
pub(super) fn is_restorable(name: &str) -> bool {
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
            assert_eq!(names.form(name), form);
        }
        assert!(!is_restorable("a|b"));
        assert!(is_restorable("Täter Gruppe"));
    }
}
