//! A page that describes exported data for whoever is given them: counts, schema, guidelines, where they come from.
//!
//! In the form of dataset cards: Markdown with a head that programs read. The licence is left to the person who gives the data
//! away.

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
        let who = match &provenance.source {
            Source::Person { name } => {
                self.people.insert(name.clone());
                "people".to_owned()
            }
            Source::Import { format } => format!("files in the format {format}"),
            Source::Extractor { name, version } if version.is_empty() => format!("the extractor {name}"),
            Source::Extractor { name, version } => format!("the extractor {name} {version}"),
        };
        *self.makers.entry(who).or_default() += 1;
    }

    /// Writes the page; returns where it is.
    ///
    /// # Errors
    /// If it can not be written.
    pub fn write(&self, path: &Path) -> Result<PathBuf, FormatError> {
        let mut output = DirectoryOutput::file(path);
        super::writing::write_file(&mut output as &mut dyn Output, "", self.markdown().as_bytes())?;
        output.commit()?;
        Ok(path.to_owned())
    }

    fn markdown(&self) -> String {
        let mut page = self.head();
        page.push_str("# Annotated articles\n\n");
        page.push_str(&self.summary());
        page.push_str("## Licence\n\nTo be filled in, here and at the top of this page: under which terms the texts and the annotations may be used.\n\n");
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
            Exported, WriteOptions,
            export::{ExportJob, export},
            filter::{ExportFilter, Split},
            folder::files_to_read,
            golden::golden,
            original::NoOriginals,
            registry,
        },
        model::ArticleId,
    };
    use pulldown_cmark::{Event, Options, Parser};
    use std::path::Path;

    fn written(target: &Path, format: &str, split: Option<&Split>) -> String {
        let golden = golden();
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
        let report = export(&articles, &job).expect("it can be written");
        let card = report.files.last().expect("a page");
        assert!(card.to_string_lossy().ends_with(".card.md"), "{card:?}");
        // It is no article.
        let others = files_to_read(&[target.parent().expect("a folder").to_owned()], None).expect("a folder");
        assert!(others.iter().all(|file| file.path != *card), "{others:?}");
        std::fs::read_to_string(card).expect("it is there")
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
