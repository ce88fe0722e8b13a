//! The bundled table of places: countries, regions and towns with their German and other spellings, from GeoNames and CLDR.

use super::{Entry, Gazetteer};
use flate2::read::ZlibDecoder;
use std::{io::Read, sync::OnceLock};

static PLACES: &[u8] = include_bytes!("../../../assets/models/places.bin");

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// A country, region, river or the like.
    Region,
    /// At least 100,000 people live there.
    City,
    /// At least 15,000.
    Town,
    Village,
}

impl PlaceKind {
    /// The name of the kind as a list of the gazetteer.
    pub fn list(self) -> &'static str {
        match self {
            Self::Region => "place-region",
            Self::City => "place-city",
            Self::Town => "place-town",
            Self::Village => "place-village",
        }
    }
}

/// A place of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub kind: PlaceKind,
    pub usual: String,
    /// Every way to write it that is worth looking for.
    pub names: Vec<String>,
}

impl Place {
    /// The bundled places.
    pub fn all() -> Vec<Self> {
        let mut text = String::new();
        let packed = PLACES.strip_prefix(b"GPLA1\n").unwrap_or_default();
        if ZlibDecoder::new(packed).read_to_string(&mut text).is_err() {
            return Vec::new();
        }
        text.lines().filter_map(Self::read).collect()
    }

    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let kind = match fields.next()? {
            "1" => PlaceKind::Region,
            "2" => PlaceKind::City,
            "3" => PlaceKind::Town,
            _ => PlaceKind::Village,
        };
        let first = fields.next()?;
        let mut names: Vec<String> = fields.map(str::to_owned).collect();
        // A usual name that is not to be looked for, such as one that is an ordinary word, has a dash before it.
        let usual = match first.strip_prefix('-') {
            Some(usual) => usual.to_owned(),
            None => {
                names.push(first.to_owned());
                first.to_owned()
            }
        };
        Some(Self { kind, usual, names })
    }
}

impl Gazetteer {
    /// The bundled table of places, prepared on first use: 0.08 s in the example `assist_figures`.
    pub fn places() -> &'static Self {
        static TABLE: OnceLock<Gazetteer> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut entries = Vec::new();
            for place in Place::all() {
                let list: crate::model::Name = place.kind.list().into();
                let entry = |name| Entry { name, usual: place.usual.clone(), list: list.clone() };
                entries.extend(place.names.into_iter().map(entry));
            }
            Self::new(entries)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_german_names() {
        let check = |text: &str, expected: &[&str]| {
            let hits = Gazetteer::places().find(text);
            let found: Vec<_> = hits.iter().filter_map(|hit| hit.range.slice(text)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("Bei Awdijiwka und nahe Mykolajiw", &["Awdijiwka", "Mykolajiw"]);
        check("Von Kiew nach Brjansk, dann Tschechien", &["Kiew", "Brjansk", "Tschechien"]);
        check("Er will gern essen und schlafen", &[]);
        // Each of these is also a spelling of some town.
        check("Dabei ist klar: Gerne wohnt er dort. Eher nicht", &[]);
        assert!(Place::all().len() > 50_000);
    }
}
