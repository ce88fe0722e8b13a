//! The list of all formats.

use super::{Format, Input, Recognition};

/// Every format, in the order in which it is shown. Of two that are equally sure of a file, the earlier reads it.
pub fn all() -> &'static [&'static dyn Format] {
    const ALL: &[&dyn Format] = &[
        &super::jsonl::Jsonl,
        &super::brat::Brat,
        &super::conll::Conll,
        &super::spacy_jsonl::SpacyJsonl,
        &super::csv_spans::CsvSpans,
        &super::html_page::HtmlPage,
        &super::plain::Plain,
        &super::markdown::Markdown,
        &super::html_input::HtmlInput,
        &super::table::TableInput,
    ];
    ALL
}

/// The format with this name on the command line.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    all().iter().copied().find(|format| format.info().name == name)
}

/// The format that is surest of a file; `None` if none could read it.
pub fn recognize(input: &Input<'_>) -> Option<&'static dyn Format> {
    let mut best: Option<(&'static dyn Format, Recognition)> = None;
    for format in all().iter().copied().filter(|format| format.info().reads) {
        let sure = format.recognize(input);
        if sure > best.map_or(Recognition::No, |(_, sure)| sure) {
            best = Some((format, sure));
        }
    }
    best.map(|(format, _)| format)
}
