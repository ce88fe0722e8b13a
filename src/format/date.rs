//! Dates as they stand in files, brought to ISO 8601 where they can be read without doubt.

/// `12.03.2025` and `12. März 2025` become `2025-03-12`; everything else stays as it is, without white space around it.
pub(super) fn iso_date(found: &str) -> String {
    let found = found.trim();
    german(found).map_or_else(|| found.to_owned(), |date| date.to_string())
}

fn german(found: &str) -> Option<jiff::civil::Date> {
    let (day, rest) = found.split_once('.')?;
    let (month, year) = match rest.split_once('.') {
        Some((month, year)) => (month.trim().parse().ok(), year),
        None => rest.trim().split_once(' ').map(|(name, year)| (month_number(name), year))?,
    };
    let year = year.trim();
    (year.len() == 4).then(|| jiff::civil::Date::new(year.parse().ok()?, month?, day.trim().parse().ok()?).ok())?
}

fn month_number(name: &str) -> Option<i8> {
    Some(match name.to_lowercase().as_str() {
        "januar" | "jänner" => 1,
        "februar" | "feber" => 2,
        "märz" => 3,
        "april" => 4,
        "mai" => 5,
        "juni" => 6,
        "juli" => 7,
        "august" => 8,
        "september" => 9,
        "oktober" => 10,
        "november" => 11,
        "dezember" => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_dates_become_iso() {
        let check = |found: &str, expected: &str| assert_eq!(iso_date(found), expected);
        check("12.03.2025", "2025-03-12");
        check("1.3.2025", "2025-03-01");
        check(" 12. März 2025 ", "2025-03-12");
        check("2025-03-12T10:00:00+01:00", "2025-03-12T10:00:00+01:00");
        check("31.02.2025", "31.02.2025");
        check("12.03.25", "12.03.25");
        check("gestern", "gestern");
        check("", "");
        check("..", "..");
    }
}
