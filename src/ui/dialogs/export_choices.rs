//! What is chosen for an export: whose annotations of which articles, in which format, and how they are divided.

use super::{export_task::Order, form, parts};
use crate::{
    format::{
        Format, Layout, TagScheme, WriteOptions,
        filter::{ExportFilter, Split, metadata_value},
        option::check_options,
        registry,
    },
    model::{AnnotatorName, ArticleId, EntityRegistry, Name, Status},
    session::Session,
    ui::{
        dialogs::counted,
        request::PanelContext,
        settings::{ExportArticles, ExportChoices, Settings},
        texts::{fill, tr},
        theme::Theme,
    },
};
use egui::{DragValue, RichText, Ui};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The kinds of tags and their names on the command line.
const SCHEMES: [(TagScheme, &str); 5] = [
    (TagScheme::Iob2, "iob2"),
    (TagScheme::Iob1, "iob1"),
    (TagScheme::Ioe2, "ioe2"),
    (TagScheme::Iobes, "iobes"),
    (TagScheme::Bilou, "bilou"),
];

/// What is chosen, and what there is to choose from.
pub struct Choices {
    pub format: &'static dyn Format,
    annotator: AnnotatorName,
    pub statuses: [bool; 3],
    articles: ExportArticles,
    only_done: bool,
    /// None stands for all.
    labels: Vec<Name>,
    split: Option<(u16, u16, u16)>,
    seed: u64,
    /// The metadata key that keeps articles together; empty for none.
    group: String,
    scheme: TagScheme,
    other: String,
    pub card: bool,
    /// The articles that the list shows, if it does not show all.
    listed: Option<BTreeSet<ArticleId>>,
    open: Option<ArticleId>,
    all_labels: Vec<Name>,
    /// The registry at a revision of the project.
    entities: (u64, Arc<EntityRegistry>),
    /// Metadata keys of the articles, with the number of their values.
    groups: Vec<(String, usize)>,
}

impl Choices {
    /// What was chosen the last time, as far as this project has it. `None` if nothing can be written.
    pub fn new(context: &PanelContext<'_>, session: &Session, listed: Option<Vec<ArticleId>>) -> Option<Self> {
        let last = &context.settings.export;
        let mut writers = registry::all().iter().copied().filter(|format| format.info().writes);
        let remembered = writers.clone().find(|format| format.info().name == context.settings.last_export_format);
        let schema = &session.project().schema;
        let spans = schema.labels.iter().map(|label| &label.name);
        let relations = schema.relations.iter().map(|relation| &relation.name);
        let document = schema.document_labels.iter().map(|label| &label.name);
        let all_labels: Vec<Name> = spans.chain(relations).chain(document).cloned().collect();
        let groups = groups(session);
        let listed: Option<BTreeSet<ArticleId>> = listed.map(|ids| ids.into_iter().collect());
        let articles = match last.articles {
            ExportArticles::Listed if listed.is_none() => ExportArticles::All,
            ExportArticles::Open if context.article.is_none() => ExportArticles::All,
            chosen => chosen,
        };
        Some(Self {
            format: remembered.or_else(|| writers.next())?,
            annotator: session.annotator().clone(),
            statuses: Status::ALL.map(|status| last.statuses.iter().any(|word| word == status.as_str())),
            articles,
            only_done: last.only_done,
            labels: all_labels
                .iter()
                .filter(|name| last.labels.iter().any(|label| **label == ***name))
                .cloned()
                .collect(),
            split: last.split,
            seed: last.seed,
            group: groups.iter().find(|(key, _)| *key == last.group).map(|(key, _)| key.clone()).unwrap_or_default(),
            scheme: SCHEMES
                .into_iter()
                .find(|(_, name)| *name == last.tag_scheme)
                .map_or(TagScheme::default(), |(scheme, _)| scheme),
            other: String::new(),
            card: last.card,
            listed,
            open: context.article.cloned(),
            all_labels,
            entities: (session.revision(), Arc::new(session.project().entities.clone())),
            groups,
        })
    }

    /// Keeps the choices for the next time, and the folder of `target`.
    pub fn remember(&self, settings: &mut Settings, target: &Path) {
        settings.last_export_format = self.format.info().name.to_owned();
        settings.export = ExportChoices {
            folder: target.parent().map(PathBuf::from).unwrap_or_default(),
            statuses: self.chosen_statuses().map(|status| status.as_str().to_owned()).collect(),
            articles: self.articles,
            only_done: self.only_done,
            labels: self.labels.iter().map(ToString::to_string).collect(),
            split: self.split,
            seed: self.seed,
            group: self.group.clone(),
            tag_scheme: SCHEMES
                .into_iter()
                .find(|(scheme, _)| *scheme == self.scheme)
                .map_or(String::new(), |(_, name)| name.to_owned()),
            card: self.card,
        };
    }

    pub fn is_split(&self) -> bool {
        self.split.is_some()
    }

    /// What was written for the options of the format; nothing of those of a format that was chosen before, if this has none.
    fn written_options(&self) -> &str {
        if self.format.options().is_empty() { "" } else { self.other.trim() }
    }

    /// True if a folder is written, not a file.
    pub fn is_folder(&self) -> bool {
        self.is_split() || self.format.info().layout == Layout::Folder
    }

    pub fn chosen_statuses(&self) -> impl Iterator<Item = Status> {
        Status::ALL.into_iter().zip(self.statuses).filter(|(_, chosen)| *chosen).map(|(status, _)| status)
    }

    /// The split and the options of the format, or what is wrong with them.
    pub fn check(&self) -> Result<(Option<Split>, WriteOptions), String> {
        let split = match self.split {
            Some((train, dev, test)) => {
                // Without a share there is no file for it.
                let shares = if dev == 0 { format!("{train}/{test}") } else { format!("{train}/{dev}/{test}") };
                let split = Split::parse(&shares, self.seed);
                let split = split.map_err(|_| tr("At least one part needs a share above 0").to_owned())?;
                Some(if self.group.is_empty() { split } else { split.grouped(self.group.as_str()) })
            }
            None => None,
        };
        let mut options = WriteOptions { tag_scheme: self.scheme, ..WriteOptions::default() };
        for pair in self.written_options().split([',', ' ']).filter(|pair| !pair.is_empty()) {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("{}: {pair}", tr("Write options as key=value, with commas between them")))?;
            options.other.insert(key.to_owned(), value.to_owned());
        }
        check_options(self.format, &options.other)?;
        Ok((split, options))
    }

    /// What is to be exported, or what is wrong with it.
    pub fn order(&self, session: &Session) -> Result<Order, String> {
        let (split, options) = self.check()?;
        let articles = match self.articles {
            ExportArticles::All => BTreeSet::new(),
            ExportArticles::Listed => self.listed.clone().unwrap_or_default(),
            ExportArticles::Open => self.open.iter().cloned().collect(),
        };
        let project = session.project();
        Ok(Order {
            format: self.format,
            annotator: self.annotator.clone(),
            filter: ExportFilter {
                labels: self.labels.iter().cloned().collect(),
                articles,
                only_reviewed: self.only_done,
                ..ExportFilter::of_statuses(self.chosen_statuses())
            },
            split,
            options,
            schema: project.schema.clone(),
            entities: self.entities.1.clone(),
            originals: Arc::new(session.store().imported_files()),
            card: self.card,
            guidelines: project.settings.guidelines.clone(),
        })
    }

    /// What is chosen each time. True if something was changed.
    pub fn show(&mut self, ui: &mut Ui, theme: &Theme, session: &Session) -> bool {
        let known = &session.project().entities;
        if self.entities.0 != session.revision() {
            let is_same = *self.entities.1 == *known;
            let entities = if is_same { self.entities.1.clone() } else { Arc::new(known.clone()) };
            self.entities = (session.revision(), entities);
        }
        let mut changed = false;
        parts::row(ui, theme, tr("Format"), |ui| {
            let mut name = self.format.info().name.to_owned();
            if parts::format_choice(ui, theme, &mut name, None, |info| info.writes)
                && let Some(format) = registry::by_name(&name)
            {
                self.format = format;
                changed = true;
            }
            super::export_report::holds(ui, theme, self.format);
        });
        ui.add_space(2.0);
        parts::row(ui, theme, tr("Annotations by"), |ui| {
            let entries = session.annotators().into_iter().map(|name| (name.clone(), name.to_string()));
            let shown = self.annotator.to_string();
            changed |= parts::choice(ui, theme, tr("Annotations by"), &mut self.annotator, &shown, entries);
        });
        parts::row(ui, theme, tr("Review states"), |ui| {
            ui.horizontal_wrapped(|ui| {
                let names = [
                    (tr("suggested"), tr("What nobody has looked at")),
                    (tr("accepted"), tr("What stands")),
                    (tr("rejected"), tr("What a person found wrong")),
                ];
                for (chosen, (name, help)) in self.statuses.iter_mut().zip(names) {
                    changed |= ui.checkbox(chosen, name).on_hover_text(help).changed();
                }
            });
        });
        parts::row(ui, theme, tr("Articles"), |ui| {
            ui.horizontal_wrapped(|ui| {
                changed |= self.choose_articles(ui, theme, session);
                let help = tr("Only articles that the annotator has marked as done");
                changed |= ui.checkbox(&mut self.only_done, tr("only done ones")).on_hover_text(help).changed();
            });
        });
        changed
    }

    fn choose_articles(&mut self, ui: &mut Ui, theme: &Theme, session: &Session) -> bool {
        let text = |articles: ExportArticles| match articles {
            ExportArticles::All => tr("All of the project").to_owned(),
            ExportArticles::Listed => {
                let count = self.listed.as_ref().map_or(0, BTreeSet::len);
                fill(tr("Those that the list shows ({})"), &[&count.to_string()])
            }
            ExportArticles::Open => {
                let open = self.open.as_ref().and_then(|id| session.project().article(id));
                fill(tr("The open one: {}"), &[open.map_or("", |article| article.title())])
            }
        };
        let listed = self.listed.is_some().then_some(ExportArticles::Listed);
        let open = self.open.is_some().then_some(ExportArticles::Open);
        let entries: Vec<_> = std::iter::once(ExportArticles::All).chain(listed).chain(open).collect();
        let entries: Vec<_> = entries.into_iter().map(|articles| (articles, text(articles))).collect();
        let shown = text(self.articles);
        parts::choice(ui, theme, tr("Articles"), &mut self.articles, &shown, entries)
    }

    /// What is chosen now and then. True if something was changed.
    pub fn show_more(&mut self, ui: &mut Ui, theme: &Theme) -> bool {
        let mut changed = false;
        parts::row(ui, theme, tr("Labels"), |ui| {
            let before = self.labels.clone();
            let width = ui.available_width().min(parts::FIELD);
            form::names_choice(ui, tr("Labels"), &mut self.labels, &self.all_labels, tr("All labels"), width);
            changed |= self.labels != before;
        });
        parts::row(ui, theme, tr("Split"), |ui| {
            ui.horizontal_wrapped(|ui| changed |= self.choose_split(ui, theme));
        });
        if self.split.is_some() && !self.groups.is_empty() {
            parts::row(ui, theme, tr("Keep together"), |ui| changed |= self.choose_group(ui, theme));
        }
        if self.format.info().name.starts_with("conll") {
            parts::row(ui, theme, tr("Tags"), |ui| {
                ui.horizontal_wrapped(|ui| {
                    for (scheme, name) in SCHEMES {
                        changed |= ui.radio_value(&mut self.scheme, scheme, name.to_uppercase()).changed();
                    }
                });
            });
        }
        let options = self.format.options();
        if !options.is_empty() {
            let known: Vec<_> = options.iter().map(|option| format!("{}: {}", option.name, option.values)).collect();
            parts::row(ui, theme, tr("Options"), |ui| {
                let field = parts::text_field(ui, &mut self.other, tr("Options"), "key=value", parts::FIELD);
                changed |= field.on_hover_text(known.join("\n")).changed();
            });
        }
        parts::row(ui, theme, tr("Description"), |ui| {
            let help = tr("A dataset card in Markdown: counts, schema, guidelines, where the data come from");
            changed |= ui.checkbox(&mut self.card, tr("a page beside the data")).on_hover_text(help).changed();
        });
        changed
    }

    fn choose_split(&mut self, ui: &mut Ui, theme: &Theme) -> bool {
        let mut changed = false;
        let mut divided = self.split.is_some();
        let help = tr("The same seed divides them the same way each time; new articles move none of the others");
        if ui.checkbox(&mut divided, tr("divide the articles")).on_hover_text(help).changed() {
            self.split = divided.then_some((80, 10, 10));
            changed = true;
        }
        let Some((train, dev, test)) = &mut self.split else { return changed };
        for (name, share) in [("train", train), ("dev", dev), ("test", test)] {
            ui.add_space(4.0);
            ui.label(RichText::new(name).color(theme.text_weak));
            let response = ui.add(DragValue::new(share).range(0..=1000)).on_hover_text(tr("Its share of the articles"));
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, name));
            changed |= response.changed();
        }
        ui.add_space(8.0);
        ui.label(RichText::new(tr("seed")).color(theme.text_weak));
        let help = tr("Another number divides the articles another way");
        let response = ui.add(DragValue::new(&mut self.seed)).on_hover_text(help);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, tr("seed")));
        changed | response.changed()
    }

    fn choose_group(&mut self, ui: &mut Ui, theme: &Theme) -> bool {
        let text = |key: &str, count: usize| {
            format!("{} · {}", fill(tr("Those with the same {}"), &[key]), counted(count, tr("value"), tr("values")))
        };
        let nothing = tr("Each article for itself");
        let entries = self.groups.iter().map(|(key, count)| (key.clone(), text(key, *count)));
        let entries: Vec<_> = std::iter::once((String::new(), nothing.to_owned())).chain(entries).collect();
        let shown =
            if self.group.is_empty() { nothing.to_owned() } else { fill(tr("Those with the same {}"), &[&self.group]) };
        parts::choice(ui, theme, tr("Keep together"), &mut self.group, &shown, entries)
    }

    /// What of [`Self::show_more`] is not as it is at first, in a line.
    pub fn more_in_words(&self) -> String {
        let mut parts = Vec::new();
        match self.labels.as_slice() {
            [] => {}
            [one] => parts.push(one.to_string()),
            several => parts.push(counted(several.len(), tr("label"), tr("labels"))),
        }
        if let Some((train, dev, test)) = self.split {
            parts.push(format!("{} {train}/{dev}/{test}", tr("split")));
            if !self.group.is_empty() {
                parts.push(fill(tr("together by {}"), &[&self.group]));
            }
        }
        if !self.written_options().is_empty() {
            parts.push(self.written_options().to_owned());
        }
        if self.card {
            parts.push(tr("with a description").to_owned());
        }
        parts.join(" · ")
    }
}

/// Metadata keys that can keep articles together: those with at least two values, each of which several articles may have.
fn groups(session: &Session) -> Vec<(String, usize)> {
    let articles = || session.project().articles.values();
    let usual = ["source", "date", "language", "title", "url"].map(str::to_owned);
    let others: BTreeSet<String> = articles().flat_map(|article| article.metadata.other.keys().cloned()).collect();
    let mut found = Vec::new();
    for key in usual.into_iter().chain(others) {
        let mut values: BTreeMap<&str, usize> = BTreeMap::new();
        for value in articles().filter_map(|article| metadata_value(&article.metadata, &key)) {
            *values.entry(value).or_default() += 1;
        }
        // With one article for each value there is nothing to keep together.
        if values.len() > 1 && values.values().any(|count| *count > 1) {
            let count = values.len();
            found.push((key, count));
        }
    }
    found
}
