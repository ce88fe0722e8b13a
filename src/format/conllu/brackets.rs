//! The brackets of CorefUD in `Entity`: `(e1-person-1-` opens a mention, `e1)` closes it, `(e2-place)` is one of a single word,
//! `(e3[1/2]-event` the first part of one in two.

/// What the parts of an opening bracket mean: the `# global.Entity` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub id: usize,
    pub label: Option<usize>,
    pub head: Option<usize>,
    pub count: usize,
}

impl Default for Fields {
    fn default() -> Self {
        Self::parse(Self::USUAL)
    }
}

impl Fields {
    /// Those of CorefUD.
    pub(super) const USUAL: &'static str = "eid-etype-head-other";

    pub(super) fn parse(declaration: &str) -> Self {
        let names: Vec<_> = declaration.trim().split('-').map(str::trim).collect();
        let find = |wanted: &[&str]| names.iter().position(|name| wanted.contains(name));
        Self {
            id: find(&["eid", "GRP"]).unwrap_or(0),
            label: find(&["etype", "entity"]),
            head: find(&["head"]),
            count: names.len(),
        }
    }

    /// The parts of an opening bracket, without the number of the piece.
    pub(super) fn split<'c>(&self, content: &'c str) -> Opening<'c> {
        let cell = |index: usize| content.split('-').nth(index).unwrap_or_default();
        let (id, piece) = piece(cell(self.id));
        Opening { id, piece, label: self.label.map(cell).filter(|label| !label.is_empty() && *label != "_") }
    }

    /// An opening bracket with another id or label; the other fields stay.
    pub(super) fn changed(&self, content: &str, id: &str, label: &str) -> String {
        let mut cells: Vec<&str> = content.split('-').collect();
        let most = self.label.unwrap_or(0).max(self.id) + 1;
        while cells.len() < most {
            cells.push("");
        }
        let mut put = |index: Option<usize>, value| {
            if let Some(cell) = index.and_then(|index| cells.get_mut(index)) {
                *cell = value;
            }
        };
        put(Some(self.id), id);
        put(self.label, label);
        cells.join("-")
    }

    /// A new opening bracket. The head of a mention in several pieces is named, as readers need it.
    pub(super) fn content(&self, id: &str, label: &str, has_head: bool) -> String {
        let mut cells = vec![""; self.count];
        let mut put = |index: Option<usize>, value| {
            if let Some(cell) = index.and_then(|index| cells.get_mut(index)) {
                *cell = value;
            }
        };
        put(Some(self.id), id);
        put(self.label, label);
        put(self.head.filter(|_| has_head), "1");
        let used = cells.iter().rposition(|cell| !cell.is_empty()).map_or(1, |last| last + 1);
        cells.truncate(used);
        cells.join("-")
    }
}

/// What an opening bracket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening<'c> {
    pub id: &'c str,
    /// Number from 1 and count, of a mention in several pieces.
    pub piece: Option<(usize, usize)>,
    pub label: Option<&'c str>,
}

/// An id and, behind it, which piece of how many this is.
pub(super) fn piece(id: &str) -> (&str, Option<(usize, usize)>) {
    let split = || {
        let (id, rest) = id.split_once('[')?;
        let (number, count) = rest.strip_suffix(']')?.split_once('/')?;
        Some((id, number.parse().ok()?, count.parse().ok()?))
    };
    match split() {
        Some((bare, number, count)) if 1 <= number && number <= count => (bare, Some((number, count))),
        _ => (id, None),
    }
}

/// One bracket, or both around a single word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'v> {
    Open(&'v str),
    Close(&'v str),
    Single(&'v str),
}

/// The brackets of a value, in order; what stands outside of any is passed over.
pub(super) fn events(value: &str) -> Vec<Event<'_>> {
    let mut found = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('(') {
            let end = inner.find(['(', ')']).unwrap_or(inner.len());
            let content = inner.get(..end).unwrap_or_default();
            rest = inner.get(end..).unwrap_or_default();
            match rest.strip_prefix(')') {
                Some(behind) => {
                    found.push(Event::Single(content));
                    rest = behind;
                }
                None => found.push(Event::Open(content)),
            }
        } else {
            let end = rest.find(['(', ')']).unwrap_or(rest.len());
            let content = rest.get(..end).unwrap_or_default();
            rest = rest.get(end..).unwrap_or_default();
            if let Some(behind) = rest.strip_prefix(')') {
                found.push(Event::Close(content));
                rest = behind;
            }
        }
    }
    found
}

/// A value from closing ids (the innermost first), opening brackets (the longest first), and those of single words, in the
/// order of CorefUD.
pub(super) fn value(closing: &[String], opening: &[String], single: &[String]) -> Option<String> {
    let singles: String = single.iter().map(|content| format!("({content})")).collect();
    let closings: String = closing.iter().map(|id| format!("{id})")).collect();
    let openings: String = opening.iter().map(|content| format!("({content}")).collect();
    let value = match openings.is_empty() {
        true => singles + &closings,
        false => closings + &openings + &singles,
    };
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_told_apart() {
        let check = |value: &str, expected: &[Event<'_>]| assert_eq!(events(value), expected, "{value}");
        check("(e1-person-1-", &[Event::Open("e1-person-1-")]);
        check("(e1-x(e2-y)e1)", &[Event::Open("e1-x"), Event::Single("e2-y"), Event::Close("e1")]);
        check("e4)e3)(e1(e2)", &[Event::Close("e4"), Event::Close("e3"), Event::Open("e1"), Event::Single("e2")]);
        check("nothing", &[]);
        check(")(", &[Event::Close(""), Event::Open("")]);
        let fields = Fields::parse("GRP-etype-infstat-minspan");
        let opening = Opening { id: "12", piece: Some((1, 2)), label: Some("person") };
        assert_eq!(fields.split("12[1/2]-person-new-1"), opening);
        assert_eq!(fields.changed("12[1/2]-person-new-1", "13", "place"), "13-place-new-1");
        let old = Fields::parse("entity-GRP-infstat");
        assert_eq!(old.split("person-3-new").id, "3");
        assert_eq!(old.content("3", "person", true), "person-3");
        assert_eq!(Fields::default().content("e1", "PER", true), "e1-PER-1");
        assert_eq!(piece("e1[3/2]"), ("e1[3/2]", None));
        let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(value(&text(&["e4", "e3"]), &[], &text(&["e9"])).as_deref(), Some("(e9)e4)e3)"));
        assert_eq!(value(&text(&["e4"]), &text(&["e1"]), &text(&["e9"])).as_deref(), Some("e4)(e1(e9)"));
    }
}
