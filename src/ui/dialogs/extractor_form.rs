//! The form of one extractor from outside, with its texts as they are typed.

use super::form;
use crate::{
    model::{EXTRACTOR_SECONDS, Extractor, ExtractorKind, ExtractorProtocol, MOST_EXTRACTOR_SECONDS, Name},
    ui::{texts::tr, theme::Theme},
};
use egui::{DragValue, Ui};
use std::collections::BTreeMap;

/// How an extractor is reached, as the form offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Program,
    Service,
    Chat,
    Inception,
    Onnx,
}

/// An extractor as it is typed. What belongs to another kind is kept until the dialog closes.
pub struct ExtractorForm {
    pub name: String,
    pub kind: Kind,
    command: String,
    /// One a line.
    arguments: String,
    url: String,
    model: String,
    prompt: String,
    key_variable: String,
    layer: String,
    feature: String,
    file: String,
    vocabulary: String,
    /// With spaces between them.
    outputs: String,
    /// A line for each: theirs = ours.
    labels: String,
    seconds: u32,
    sends_annotations: bool,
}

impl ExtractorForm {
    /// A program that has no name yet.
    pub fn empty() -> Self {
        Self {
            name: String::new(),
            kind: Kind::Program,
            command: String::new(),
            arguments: String::new(),
            url: String::new(),
            model: String::new(),
            prompt: String::new(),
            key_variable: String::new(),
            layer: String::new(),
            feature: String::new(),
            file: String::new(),
            vocabulary: String::new(),
            outputs: String::new(),
            labels: String::new(),
            seconds: EXTRACTOR_SECONDS,
            sends_annotations: false,
        }
    }

    pub fn new(extractor: &Extractor) -> Self {
        let mut form = Self::empty();
        let Extractor { name, kind, labels, seconds, sends_annotations } = extractor.clone();
        form.name = name.to_string();
        form.labels = labels.iter().map(|(from, to)| format!("{from} = {to}\n")).collect();
        form.labels.truncate(form.labels.trim_end_matches('\n').len());
        form.seconds = seconds;
        form.sends_annotations = sends_annotations;
        match kind {
            ExtractorKind::Process { command, arguments } => {
                form.command = command;
                form.arguments = arguments.join("\n");
            }
            ExtractorKind::Http { url, protocol } => {
                form.url = url;
                match protocol {
                    ExtractorProtocol::Glosse => form.kind = Kind::Service,
                    ExtractorProtocol::Chat { model, prompt, key_variable } => {
                        form.kind = Kind::Chat;
                        form.model = model;
                        form.prompt = prompt;
                        form.key_variable = key_variable;
                    }
                    ExtractorProtocol::Inception { layer, feature } => {
                        form.kind = Kind::Inception;
                        form.layer = layer;
                        form.feature = feature;
                    }
                }
            }
            ExtractorKind::Onnx { model, vocabulary, labels } => {
                form.kind = Kind::Onnx;
                form.file = model;
                form.vocabulary = vocabulary;
                form.outputs = labels.join(" ");
            }
        }
        form
    }

    /// The extractor that the form describes; it need not work yet.
    pub fn extractor(&self) -> Extractor {
        let trimmed = |text: &String| text.trim().to_owned();
        let http = |protocol| ExtractorKind::Http { url: trimmed(&self.url), protocol };
        let kind = match self.kind {
            Kind::Program => ExtractorKind::Process {
                command: trimmed(&self.command),
                arguments: self.arguments.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
            },
            Kind::Service => http(ExtractorProtocol::Glosse),
            Kind::Chat => http(ExtractorProtocol::Chat {
                model: trimmed(&self.model),
                prompt: self.prompt.clone(),
                key_variable: trimmed(&self.key_variable),
            }),
            Kind::Inception => {
                http(ExtractorProtocol::Inception { layer: trimmed(&self.layer), feature: trimmed(&self.feature) })
            }
            Kind::Onnx => ExtractorKind::Onnx {
                model: trimmed(&self.file),
                vocabulary: trimmed(&self.vocabulary),
                labels: self.outputs.split_whitespace().map(Name::from).collect(),
            },
        };
        Extractor {
            name: self.name.trim().into(),
            kind,
            labels: self.mapping(),
            seconds: self.seconds,
            sends_annotations: self.sends_annotations,
        }
    }

    fn mapping(&self) -> BTreeMap<Name, Name> {
        let pairs = self.labels.lines().filter_map(|line| line.rsplit_once('='));
        let pairs = pairs.map(|(from, to)| (Name::from(from.trim()), Name::from(to.trim())));
        pairs.filter(|(from, _)| !from.is_empty()).collect()
    }

    /// Draws it; `focus` gives the name the keyboard.
    pub fn show(&mut self, ui: &mut Ui, theme: &Theme, focus: bool) {
        ui.spacing_mut().item_spacing.y = 8.0;
        let name = field(ui, theme, tr("Name"), &mut self.name, tr("Stands beside everything that it suggests"));
        if focus {
            name.request_focus();
        }
        form::row(ui, theme, tr("Kind"), |ui| {
            form::choice(
                ui,
                tr("Kind"),
                &mut self.kind,
                &[
                    (Kind::Program, tr("Program")),
                    (Kind::Service, tr("Service")),
                    (Kind::Chat, tr("Language model")),
                    (Kind::Inception, tr("INCEpTION recommender")),
                    (Kind::Onnx, tr("ONNX model")),
                ],
            );
        });
        match self.kind {
            Kind::Program => {
                field(ui, theme, tr("Command"), &mut self.command, tr("A program, such as python3"));
                form::row(ui, theme, tr("Arguments"), |ui| {
                    form::text_area(ui, tr("Arguments"), &mut self.arguments, 3).on_hover_text(tr("One a line"));
                });
            }
            Kind::Service | Kind::Chat | Kind::Inception => {
                field(ui, theme, tr("Address"), &mut self.url, "http://127.0.0.1:8080/…");
            }
            Kind::Onnx => {
                let tip = tr("A file, from the folder of the project");
                field(ui, theme, tr("Model file"), &mut self.file, tip);
                field(ui, theme, tr("Vocabulary"), &mut self.vocabulary, tip);
                field(ui, theme, tr("Outputs"), &mut self.outputs, "O B-PER I-PER …");
            }
        }
        if self.kind == Kind::Chat {
            field(ui, theme, tr("Model"), &mut self.model, tr("Its name, as the service knows it"));
            form::row(ui, theme, tr("Prompt"), |ui| {
                form::text_area(ui, tr("Prompt"), &mut self.prompt, 3)
                    .on_hover_text(tr("Said to the model besides the schema"));
            });
            let tip = tr("The environment variable that holds the key, if the service wants one");
            field(ui, theme, tr("Key variable"), &mut self.key_variable, tip);
        }
        if self.kind == Kind::Inception {
            field(ui, theme, tr("Layer"), &mut self.layer, "custom.Span");
            field(ui, theme, tr("Feature"), &mut self.feature, "label");
        }
        form::row(ui, theme, tr("Names"), |ui| {
            form::text_area(ui, tr("Names"), &mut self.labels, 3)
                .on_hover_text(tr("A line for each that differs: theirs = yours; with nothing behind it is left out"));
        });
        form::row(ui, theme, tr("Seconds"), |ui| {
            let limit = DragValue::new(&mut self.seconds).range(1..=MOST_EXTRACTOR_SECONDS);
            let tip = tr("Time for one article; the first includes the start of a program");
            ui.add(limit).accessible_name(tr("Seconds")).on_hover_text(tip);
        });
        form::row(ui, theme, "", |ui| {
            ui.checkbox(&mut self.sends_annotations, tr("Also gets the annotations that are there"))
                .on_hover_text(tr("For extractors that go on from what was labelled"));
        });
    }
}

fn field(ui: &mut Ui, theme: &Theme, name: &str, value: &mut String, tip: &str) -> egui::Response {
    form::row(ui, theme, name, |ui| form::text_field(ui, name, value).on_hover_text(tip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_give_back_what_they_were_made_from() {
        let check = |kind: ExtractorKind| {
            let labels = [("Person", "PER"), ("x = y", "")].map(|(from, to)| (from.into(), to.into())).into();
            let extractor = Extractor { name: "eins".into(), kind, labels, seconds: 7, sends_annotations: true };
            assert_eq!(ExtractorForm::new(&extractor).extractor(), extractor);
        };
        check(ExtractorKind::Process {
            command: "python3".to_owned(),
            arguments: vec!["a b".to_owned(), "-c".to_owned()],
        });
        let url = "http://127.0.0.1:1".to_owned();
        check(ExtractorKind::Http { url: url.clone(), protocol: ExtractorProtocol::Glosse });
        let chat = ExtractorProtocol::Chat {
            model: "klein".to_owned(),
            prompt: "Zwei\nZeilen".to_owned(),
            key_variable: "KEY".to_owned(),
        };
        check(ExtractorKind::Http { url: url.clone(), protocol: chat });
        let inception = ExtractorProtocol::Inception { layer: "custom.Span".to_owned(), feature: "label".to_owned() };
        check(ExtractorKind::Http { url, protocol: inception });
        let labels = ["O", "B-PER"].map(Name::from).to_vec();
        check(ExtractorKind::Onnx { model: "m.onnx".to_owned(), vocabulary: "v.txt".to_owned(), labels });
        assert!(ExtractorForm::empty().extractor().problem().is_some());
    }
}
