//! A page that describes exported data for whoever is given them: counts, schema, guidelines, where they come from.
//!
//! In the form of dataset cards: Markdown with a head that programs read. The licence is left to the person who gives the data
//! away. What a person wrote stays when the page is written again: it stands above a line that divides the page, and the line
//! proves that nobody changed what stands below.

use super::{
    Exported, FormatError, Output,
    export::ExportJob,
    markdown_text::{escaped, escaped_line, row, table_head},
    output::DirectoryOutput,
};
use crate::model::{AnnotationSet, AttributeKind, Name, Provenance, Repeat, Schema, Source, Symmetry, TriggerRule};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// The end of the names of these pages.
pub const CARD_NAME: &str = "card.md";

/// How the line begins that divides a page, a comment of Markdown. Two checksums follow: of what stands above and below it as
/// Glosse wrote it.
const LINE: &str =
    "[//]: # (Glosse writes what is below this line anew with each export, and keeps what you write above it. ";

/// How many different values of something are listed.
const MOST_VALUES: usize = 20;

/// Counts by part of the split.
type Counts = BTreeMap<String, usize>;

/// What is known of an export while it is written.
pub struct Card<'a> {
    job: &'a ExportJob<'a>,
    /// The parts, in order; one with an empty name without a split.
    parts: Vec<String>,
    articles: Counts,
    characters: Counts,
    spans: BTreeMap<Name, Counts>,
    relations: BTreeMap<Name, Counts>,
    document_labels: BTreeMap<Name, Counts>,
    /// How many annotations were made by whom, in words.
    makers: BTreeMap<String, usize>,
    people: BTreeSet<Name>,
    /// How many things of what was chosen are not in the files.
    pub losses: usize,
    /// How many articles are from which medium, and in which language.
    media: BTreeMap<String, usize>,
    languages: BTreeMap<String, usize>,
    dates: BTreeSet<String>,
}

impl<'a> Card<'a> {
    pub fn new(job: &'a ExportJob<'a>) -> Self {
        let parts = match job.split {
            Some(split) => split.parts().map(str::to_owned).collect(),
            None => vec![String::new()],
        };
        Self {
            job,
            parts,
            articles: Counts::new(),
            characters: Counts::new(),
            spans: BTreeMap::new(),
            relations: BTreeMap::new(),
            document_labels: BTreeMap::new(),
            makers: BTreeMap::new(),
            people: BTreeSet::new(),
            losses: 0,
            media: BTreeMap::new(),
            languages: BTreeMap::new(),
            dates: BTreeSet::new(),
        }
    }

    /// Counts an article that was written into a part of the split.
    pub fn add(&mut self, part: Option<&str>, exported: &Exported<'_>) {
        if !self.job.card {
            return;
        }
        let part = part.unwrap_or_default();
        let count = |counts: &mut Counts, by: usize| *counts.entry(part.to_owned()).or_default() += by;
        count(&mut self.articles, 1);
        count(&mut self.characters, exported.text.as_str().chars().count());
        let set: &AnnotationSet = exported.annotations;
        for span in set.spans() {
            count(self.spans.entry(span.label.clone()).or_default(), 1);
        }
        for relation in set.relations() {
            count(self.relations.entry(relation.label.clone()).or_default(), 1);
        }
        for label in set.document_labels() {
            count(self.document_labels.entry(label.label.clone()).or_default(), 1);
        }
        let spans = set.spans().map(|span| &span.provenance);
        let relations = set.relations().map(|relation| &relation.provenance);
        let labels = set.document_labels().map(|label| &label.provenance);
        for provenance in spans.chain(relations).chain(labels) {
            self.maker(provenance);
        }
        let metadata = exported.metadata;
        for (values, value) in [(&mut self.media, &metadata.source), (&mut self.languages, &metadata.language)] {
            if !value.is_empty() {
                *values.entry(value.clone()).or_default() += 1;
            }
        }
        if !metadata.date.is_empty() {
            self.dates.insert(metadata.date.clone());
        }
    }

    /// People are counted, not named.
    fn maker(&mut self, provenance: &Provenance) {
        self.people.extend(provenance.source.annotator().map(Name::from));
        let who = match &provenance.source {
            Source::Import { format } => format!("files in the format {format}"),
            source if source.annotator().is_some() => "people".to_owned(),
            Source::Person { .. } => "people".to_owned(),
            Source::Extractor { name, version } if version.is_empty() => format!("the extractor {name}"),
            Source::Extractor { name, version } => format!("the extractor {name} {version}"),
        };
        *self.makers.entry(who).or_default() += 1;
    }

    /// Writes the page; returns where it is. What a person wrote into the one that is there stays.
    ///
    /// # Errors
    /// If it can not be written, or [`own_words`] says so.
    pub fn write(&self, path: &Path) -> Result<PathBuf, FormatError> {
        let own = own_words(path)?;
        let mut output = DirectoryOutput::file(path);
        super::writing::write_file(&mut output as &mut dyn Output, "", self.markdown(own).as_bytes())?;
        output.commit()?;
        Ok(path.to_owned())
    }

    /// The page, with what a person wrote above the line, if anybody did.
    fn markdown(&self, own: Option<String>) -> String {
        let (proposed, below) = (self.above(), self.below());
        let line = format!("{LINE}{}-{})", checksum(&proposed), checksum(&below));
        let above = own.unwrap_or(proposed);
        format!("{}\n\n{line}\n\n{below}", above.trim_end())
    }

    /// What is for a person to fill in.
    fn above(&self) -> String {
        self.head()
            + "# Annotated articles\n\n## Licence\n\nTo be filled in, here and at the top of this page: under which terms the texts and the annotations may be used.\n"
    }

    /// What describes the data.
    fn below(&self) -> String {
        let mut page = format!("## Contents\n\n{}", self.summary());
        page.push_str("## Counts\n\n");
        page.push_str(&self.counts());
        page.push_str(&schema(self.job.schema));
        if !self.job.guidelines.trim().is_empty() {
            page.push_str("## Guidelines\n\n");
            page.push_str(&paragraphs(self.job.guidelines));
        }
        page.push_str("## Provenance\n\n");
        page.push_str(&self.provenance());
        page
    }

    /// What programs read.
    fn head(&self) -> String {
        let is_tag = |tag: &&String| tag.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
        let mut head = String::from("---\nlicense:\n");
        let languages: Vec<&String> = self.languages.keys().filter(is_tag).collect();
        if !languages.is_empty() {
            head.push_str("language:\n");
            // In quotes, since `no` would be a truth value.
            head.extend(languages.iter().map(|language| format!("- \"{language}\"\n")));
        }
        head.push_str("task_categories:\n- token-classification\n---\n\n");
        head
    }

    fn summary(&self) -> String {
        let sum = |counts: &Counts| counts.values().sum::<usize>();
        let all = |labels: &BTreeMap<Name, Counts>| labels.values().map(sum).sum::<usize>();
        let info = self.job.format.info();
        let states: Vec<&str> = self.job.filter.statuses.iter().map(|status| status.as_str()).collect();
        let mut text = format!(
            "{} articles with {} spans, {} relations and {} document labels, written by Glosse {} as {} (`{}`). Annotations are those \
             that are {}.",
            sum(&self.articles),
            all(&self.spans),
            all(&self.relations),
            all(&self.document_labels),
            env!("CARGO_PKG_VERSION"),
            escaped_line(info.title),
            info.name,
            states.join(" or ")
        );
        if self.losses > 0 {
            text.push_str(&format!(
                " This is what was chosen; {} things of it the files do not hold, which the report of the export lists.",
                self.losses
            ));
        }
        let filter = self.job.filter;
        if !filter.labels.is_empty() {
            let labels: Vec<String> = filter.labels.iter().map(|label| escaped_line(label)).collect();
            text.push_str(&format!(" Only these labels were chosen: {}.", labels.join(", ")));
        }
        if !filter.articles.is_empty() {
            text.push_str(" Single articles were chosen.");
        }
        if filter.only_reviewed {
            text.push_str(" Only articles that were reviewed to the end were chosen.");
        }
        if let Some(split) = self.job.split {
            text.push_str(&format!(" Articles were divided by chance {} (seed {}", split.shares(), split.seed()));
            text.push_str(&match split.group() {
                Some(key) => format!("); those with the same `{}` are together.", key.replace(['`', '\n', '\r'], " ")),
                None => ").".to_owned(),
            });
        }
        text + "\n\n"
    }

    fn counts(&self) -> String {
        let has_parts = self.parts.len() > 1;
        let mut columns = vec!["", ""];
        if has_parts {
            columns.extend(self.parts.iter().map(String::as_str));
        }
        columns.push("all");
        let line = |kind: &str, name: &str, counts: &Counts| {
            let mut cells = vec![kind.to_owned(), escaped_line(name)];
            if has_parts {
                let of = |part: &String| counts.get(part).copied().unwrap_or_default().to_string();
                cells.extend(self.parts.iter().map(of));
            }
            cells.push(counts.values().sum::<usize>().to_string());
            row(&cells)
        };
        let mut table = table_head(&columns);
        table.push_str(&line("articles", "", &self.articles));
        table.push_str(&line("characters", "", &self.characters));
        for (kind, labels) in
            [("spans", &self.spans), ("relations", &self.relations), ("document labels", &self.document_labels)]
        {
            for (label, counts) in labels {
                table.push_str(&line(kind, label, counts));
            }
        }
        table + "\n"
    }

    fn provenance(&self) -> String {
        let mut text = String::new();
        for (who, count) in &self.makers {
            let people = if who == "people" { format!(" ({})", self.people.len()) } else { String::new() };
            text.push_str(&format!("- {count} annotations by {}{people}\n", escaped_line(who)));
        }
        for (name, values) in [("Media", &self.media), ("Languages", &self.languages)] {
            if !values.is_empty() {
                text.push_str(&format!("- {name}: {}\n", listed(values)));
            }
        }
        if let (Some(first), Some(last)) = (self.dates.first(), self.dates.last()) {
            text.push_str(&format!("- Dates: {} to {}\n", escaped_line(first), escaped_line(last)));
        }
        if text.is_empty() { "Nothing is known.\n".to_owned() } else { text }
    }
}

/// What a person wrote into the page at this place; `None` if there is none, or only what Glosse wrote.
///
/// # Errors
/// If there is a page that must not be written over: one that Glosse did not write, or that was changed where Glosse writes it;
/// or if it can not be read.
pub fn own_words(path: &Path) -> Result<Option<String>, FormatError> {
    let in_the_way = |reason| Err(FormatError::InTheWay { path: path.to_owned(), reason });
    let page = match std::fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(page) => page,
            Err(_) => return in_the_way("the page is not UTF-8; save it as UTF-8, or rename it"),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FormatError::io(path)(error)),
    };
    let mut starts = std::iter::once(0).chain(page.match_indices('\n').map(|(place, _)| place + 1));
    let line = starts.rfind(|start| page.get(*start..).is_some_and(|rest| rest.starts_with(LINE)));
    let Some((above, rest)) = line.and_then(|start| page.split_at_checked(start)) else {
        return in_the_way("there is a page that Glosse did not write; move or rename it, or export to another place");
    };
    let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
    let sums = line.trim_end().strip_prefix(LINE).and_then(|rest| rest.strip_suffix(')')?.split_once('-'));
    match sums {
        Some((sum, proven)) if proven == checksum(below) => {
            Ok((sum != checksum(above)).then(|| above.replace("\r\n", "\n")))
        }
        _ => in_the_way(
            "somebody changed the part of the page that is written anew; move those words above the line that begins with [//], \
             or rename the page",
        ),
    }
}

/// Stays the same whatever editors do to the ends of lines and of the text.
fn checksum(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(lines.join("\n").as_bytes()))
}

/// The values that occur most, with their counts.
fn listed(values: &BTreeMap<String, usize>) -> String {
    let mut values: Vec<(&String, &usize)> = values.iter().collect();
    values.sort_by_key(|(value, count)| (std::cmp::Reverse(**count), *value));
    let more = values.len().saturating_sub(MOST_VALUES);
    let said = values.iter().take(MOST_VALUES).map(|(value, count)| format!("{} ({count})", escaped_line(value)));
    let mut said: Vec<String> = said.collect();
    said.extend((more > 0).then(|| format!("and {more} more")));
    said.join(", ")
}

/// Text of a person, line by line, that can not be markup.
fn paragraphs(text: &str) -> String {
    let lines = escaped(text.trim());
    let mut result = String::new();
    for (place, line) in lines.iter().enumerate() {
        result.push_str(line);
        let goes_on = !line.is_empty() && lines.get(place + 1).is_some_and(|next| !next.is_empty());
        result.push_str(if goes_on { "\\\n" } else { "\n" });
    }
    result + "\n"
}

fn schema(schema: &Schema) -> String {
    let names = |names: &[Name]| match names {
        [] => "any".to_owned(),
        names => names.iter().map(|name| escaped_line(name)).collect::<Vec<_>>().join(", "),
    };
    let mut text = String::from("## Schema\n\n");
    let labels = schema.labels.iter().map(|label| ("label", &label.name, &label.description));
    let document = schema.document_labels.iter().map(|label| ("document label", &label.name, &label.description));
    text.push_str(&table_head(&["Kind", "Name", "Meaning"]));
    for (kind, name, description) in labels.chain(document) {
        text.push_str(&row(&[kind.to_owned(), escaped_line(name), escaped_line(description)]));
    }
    for relation in &schema.relations {
        let mut said = vec![escaped_line(&relation.description)];
        said.extend((relation.symmetry == Symmetry::Symmetric).then(|| "symmetric".to_owned()));
        said.extend(match &relation.trigger {
            TriggerRule::None => None,
            TriggerRule::Optional(labels) => Some(format!("may have a trigger: {}", names(labels))),
            TriggerRule::Required(labels) => Some(format!("has a trigger: {}", names(labels))),
        });
        said.extend(relation.arguments.iter().map(|argument| {
            let repeat = match argument.repeat {
                Repeat::One => "",
                Repeat::Optional => " (at most one)",
                Repeat::Many => " (any number)",
            };
            format!("{}{repeat}: {}", escaped_line(&argument.role), names(&argument.allowed))
        }));
        said.retain(|part| !part.is_empty());
        text.push_str(&row(&["relation".to_owned(), escaped_line(&relation.name), said.join("; ")]));
    }
    for attribute in &schema.attributes {
        let kind = match &attribute.kind {
            AttributeKind::Flag => "yes or no".to_owned(),
            AttributeKind::Number => "a number".to_owned(),
            AttributeKind::Text => "text".to_owned(),
            AttributeKind::Choice(values) => format!("one of {}", names(values)),
        };
        let mut said = vec![escaped_line(&attribute.description), kind, format!("of {}", names(&attribute.applies_to))];
        said.retain(|part| !part.is_empty());
        text.push_str(&row(&["attribute".to_owned(), escaped_line(&attribute.name), said.join("; ")]));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use crate::{
        format::{
            Exported, FormatError, WriteOptions,
            export::{ExportJob, export},
            filter::{ExportFilter, Split},
            folder::files_to_read,
            golden::{Golden, golden},
            original::NoOriginals,
            registry,
        },
        model::{AnnotationSet, ArticleId, Source, Status},
    };
    use pulldown_cmark::{Event, Options, Parser};
    use std::path::{Path, PathBuf};

    fn written(target: &Path, format: &str, split: Option<&Split>) -> String {
        let card = try_to_write(target, format, split, golden()).expect("it can be written");
        assert!(card.to_string_lossy().ends_with(".card.md"), "{card:?}");
        // It is no article.
        let others = files_to_read(&[target.parent().expect("a folder").to_owned()], None).expect("a folder");
        assert!(others.iter().all(|file| file.path != card), "{others:?}");
        std::fs::read_to_string(card).expect("it is there")
    }

    /// The path of the page, which comes last.
    fn try_to_write(
        target: &Path,
        format: &str,
        split: Option<&Split>,
        golden: Golden,
    ) -> Result<PathBuf, FormatError> {
        let ids: Vec<_> = (0..30).map(|number| ArticleId::new(&format!("a{number}"))).collect();
        let articles: Vec<_> = ids.iter().map(|id| Exported { id, ..golden.exported() }).collect();
        let job = ExportJob {
            format: registry::by_name(format).expect("a format"),
            target,
            filter: &ExportFilter::default(),
            split,
            schema: &golden.schema,
            entities: &golden.entities,
            options: &WriteOptions::default(),
            originals: &NoOriginals,
            card: true,
            guidelines: "# Names\r\n<script>alert(1)</script>\n\n    Only full ones.",
        };
        export(&articles, &job).map(|report| report.files.last().expect("a page").clone())
    }

    #[test]
    fn a_page_describes_the_data() {
        let folder = tempfile::tempdir().expect("a folder");
        let split = Split::parse("60/20/20", 1).expect("a split").grouped("ressort");
        let card = written(&folder.path().join("data"), "jsonl", Some(&split));
        for part in [
            "---\nlicense:\nlanguage:\n- \"de\"\n",
            "30 articles with 420 spans, 150 relations and 30 document labels",
            "60/20/20 (seed 1); those with the same `ressort` are together.",
            "|  |  | train | dev | test | all |\n",
            "| relations | visit | 60 | 0 | 0 | 60 |\n",
            "| label | PER | What a PER is |\n",
            "| relation | visit | has a trigger: EVENT; visitor: any; place (any number): any; date (at most one): any |\n",
            "\\# Names\\\n&lt;script&gt;alert(1)&lt;/script&gt;\n\n&#32;&#32;&#32;&#32;Only full ones.\n",
            "annotations by people (1)\n",
            "- Media: Tageblatt (30)\n",
            "- Dates: 2026-11-16 to 2026-11-16\n",
        ] {
            assert!(card.contains(part), "{part} is not in {card}");
        }
        assert!(!card.contains("redaktion"), "people are not named: {card}");
        for event in Parser::new_ext(&card, Options::all()) {
            assert!(!matches!(event, Event::Html(_) | Event::InlineHtml(_)), "{event:?}");
        }
    }

    #[test]
    fn people_whose_work_was_suggested_are_not_named() {
        let mut golden = golden();
        let mut spans: Vec<_> = golden.set.spans().cloned().collect();
        for span in &mut spans {
            span.provenance.source =
                Source::Extractor { name: Source::annotator_as_extractor("berta"), version: "".into() };
        }
        golden.set = AnnotationSet::from_parts(0, golden.set.progress(), spans, Vec::new(), Vec::new()).0;
        let folder = tempfile::tempdir().expect("a folder");
        let card = try_to_write(&folder.path().join("a.jsonl"), "jsonl", None, golden).expect("it can be written");
        let card = std::fs::read_to_string(card).expect("it is there");
        assert!(card.contains("annotations by people (1)\n"), "{card}");
        assert!(!card.contains("berta"), "{card}");
    }

    #[test]
    fn what_a_person_wrote_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("a.jsonl");
        let first = written(&target, "jsonl", None);
        assert_eq!(written(&target, "jsonl", None), first, "nobody changed anything");
        let path = folder.path().join("a.card.md");
        // An editor of another system ends lines in its own way and takes spaces away.
        let filled = first.replace("license:\n", "license: cc-by-4.0\n").replace("To be filled in", "Free for all");
        std::fs::write(&path, filled.trim_end().replace('\n', "\r\n")).expect("written");
        let mut fewer = golden();
        let spans = fewer.set.spans().filter(|span| span.status == Status::Accepted).take(2).cloned().collect();
        fewer.set = AnnotationSet::from_parts(0, fewer.set.progress(), spans, Vec::new(), Vec::new()).0;
        for _ in 0..2 {
            try_to_write(&target, "jsonl", None, Golden { set: fewer.set.clone(), ..golden() }).expect("written again");
            let second = std::fs::read_to_string(&path).expect("it is there");
            assert!(second.starts_with("---\nlicense: cc-by-4.0\nlanguage:\n- \"de\"\n"), "{second}");
            assert!(second.contains("Free for all, here"), "{second}");
            assert!(second.contains("30 articles with 60 spans"), "the rest is up to date: {second}");
            assert_eq!(second.matches("## Licence").count(), 1);
        }
    }

    #[test]
    fn what_would_be_lost_is_not_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("a.jsonl");
        let path = folder.path().join("a.card.md");
        let first = written(&target, "jsonl", None);
        for (page, reason) in [
            ("# Our own page\n".to_owned(), "a page that Glosse did not write"),
            (first.replace("| PER |", "| People |"), "somebody changed the part"),
            (format!("{first}\nCite us."), "somebody changed the part"),
            (first.replace(")\n\n## Contents", "\n\n## Contents"), "somebody changed the part"),
        ] {
            std::fs::write(&path, &page).expect("written");
            std::fs::write(&target, "the data before").expect("written");
            let error = try_to_write(&target, "jsonl", None, golden()).expect_err("it would be lost").to_string();
            assert!(error.contains(reason) && error.ends_with("a.card.md"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).expect("it is there"), page);
            let data = std::fs::read_to_string(&target).expect("it is there");
            assert_eq!(data, "the data before", "nothing is written by halves");
        }
    }

    #[test]
    fn it_lies_beside_files_and_in_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        for (format, name, card) in [
            ("jsonl", "a.jsonl", "a.card.md"),
            ("brat", "b", "b/dataset.card.md"),
            ("markdown-review", "c", "c/dataset.card.md"),
        ] {
            written(&folder.path().join(name), format, None);
            assert!(folder.path().join(card).is_file(), "{card}");
        }
    }
}
