//! Extractors as they stand in the project file and in the journal.

use crate::model::{EXTRACTOR_SECONDS, Extractor, ExtractorKind, ExtractorProtocol, Name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An extractor.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtractorRecord {
    name: Name,
    kind: KindRecord,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<Name, Name>,
    #[serde(default = "usual_seconds", skip_serializing_if = "is_usual")]
    seconds: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    sends_annotations: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum KindRecord {
    Process {
        command: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        arguments: Vec<String>,
    },
    Http {
        url: String,
        #[serde(default)]
        protocol: ProtocolRecord,
    },
    Onnx {
        model: String,
        vocabulary: String,
        labels: Vec<Name>,
    },
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum ProtocolRecord {
    #[default]
    Glosse,
    Chat {
        model: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        prompt: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        key_variable: String,
    },
    Inception {
        layer: String,
        feature: String,
    },
}

fn usual_seconds() -> u32 {
    EXTRACTOR_SECONDS
}

fn is_usual(seconds: &u32) -> bool {
    *seconds == EXTRACTOR_SECONDS
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl From<&Extractor> for ExtractorRecord {
    fn from(extractor: &Extractor) -> Self {
        let Extractor { name, kind, labels, seconds, sends_annotations } = extractor.clone();
        let kind = match kind {
            ExtractorKind::Process { command, arguments } => KindRecord::Process { command, arguments },
            ExtractorKind::Http { url, protocol } => KindRecord::Http {
                url,
                protocol: match protocol {
                    ExtractorProtocol::Glosse => ProtocolRecord::Glosse,
                    ExtractorProtocol::Chat { model, prompt, key_variable } => {
                        ProtocolRecord::Chat { model, prompt, key_variable }
                    }
                    ExtractorProtocol::Inception { layer, feature } => ProtocolRecord::Inception { layer, feature },
                },
            },
            ExtractorKind::Onnx { model, vocabulary, labels } => KindRecord::Onnx { model, vocabulary, labels },
        };
        Self { name, kind, labels, seconds, sends_annotations }
    }
}

impl From<ExtractorRecord> for Extractor {
    fn from(record: ExtractorRecord) -> Self {
        let ExtractorRecord { name, kind, labels, seconds, sends_annotations } = record;
        let kind = match kind {
            KindRecord::Process { command, arguments } => ExtractorKind::Process { command, arguments },
            KindRecord::Http { url, protocol } => ExtractorKind::Http {
                url,
                protocol: match protocol {
                    ProtocolRecord::Glosse => ExtractorProtocol::Glosse,
                    ProtocolRecord::Chat { model, prompt, key_variable } => {
                        ExtractorProtocol::Chat { model, prompt, key_variable }
                    }
                    ProtocolRecord::Inception { layer, feature } => ExtractorProtocol::Inception { layer, feature },
                },
            },
            KindRecord::Onnx { model, vocabulary, labels } => ExtractorKind::Onnx { model, vocabulary, labels },
        };
        Self { name, kind, labels, seconds, sends_annotations }
    }
}

#[cfg(test)]
mod tests {
    use super::super::project_file::{read_project, write_project};
    use super::*;
    use crate::model::{Schema, Settings};
    use std::path::Path;

    #[test]
    fn extractors_come_back_from_file_and_journal() {
        let check = |kind: ExtractorKind, seconds: u32, labels: &[(&str, &str)], sends_annotations: bool| {
            let labels = labels.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect();
            let extractor = Extractor { name: "Größe \"1\"".into(), kind, labels, seconds, sends_annotations };
            let settings = Settings { extractors: vec![extractor.clone()], ..Settings::default() };
            let file = write_project(&settings, &Schema::default());
            let (read, _) = read_project(&file, Path::new("project.ron")).expect("it can be read");
            assert_eq!(read, settings, "{file}");
            let json = serde_json::to_string(&ExtractorRecord::from(&extractor)).expect("JSON");
            let record: ExtractorRecord = serde_json::from_str(&json).expect("it can be read");
            assert_eq!(Extractor::from(record), extractor, "{json}");
        };
        let process = ExtractorKind::Process { command: "python3".to_owned(), arguments: vec!["a b.py".to_owned()] };
        check(process, 60, &[], false);
        let url = "http://127.0.0.1:5000/ner".to_owned();
        check(ExtractorKind::Http { url: url.clone(), protocol: ExtractorProtocol::Glosse }, 5, &[("A", "")], true);
        let chat = ExtractorProtocol::Chat {
            model: "klein".to_owned(),
            prompt: "Zwei\nZeilen".to_owned(),
            key_variable: "KEY".to_owned(),
        };
        check(
            ExtractorKind::Http { url: url.clone(), protocol: chat },
            60,
            &[("Person", "PER"), ("Ort", "LOC")],
            false,
        );
        let inception = ExtractorProtocol::Inception { layer: "custom.Span".to_owned(), feature: "label".to_owned() };
        check(ExtractorKind::Http { url, protocol: inception }, 60, &[], false);
        let onnx = ExtractorKind::Onnx {
            model: "ner.onnx".to_owned(),
            vocabulary: "vocab.txt".to_owned(),
            labels: vec!["O".into(), "B-PER".into()],
        };
        check(onnx, 60, &[], false);
    }

    #[test]
    fn files_written_by_hand_are_read_and_mistakes_named() {
        let check = |extractors: &str, expected: Result<&str, &str>| {
            let file = format!("(\n version: 1,\n settings: (\n extractors: [\n{extractors}\n],\n ),\n)");
            match (read_project(&file, Path::new("project.ron")), expected) {
                (Ok((settings, _)), Ok(name)) => {
                    let names: Vec<&str> = settings.extractors.iter().map(|extractor| &*extractor.name).collect();
                    assert_eq!(names.join(" "), name);
                }
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{part} is not in {error}"),
                (result, _) => panic!("{extractors}: {result:?}"),
            }
        };
        check("", Ok(""));
        check("(name: \"a\", kind: Process(command: \"x\"))", Ok("a"));
        check("(name: \"a\", kind: Http(url: \"http://localhost:1\"))", Ok("a"));
        check("(name: \"a\", kind: Http(url: \"localhost\"))", Err("http://127.0.0.1:8080/path"));
        check("(name: \"a\", kind: Process(comand: \"x\"))", Err("project.ron:5"));
        check("(name: \"a\", kind: Process(command: \"x\")),(name: \"a\", kind: Process(command: \"x\"))", Err("two"));
        // Files of older versions have none.
        let (settings, _) = read_project("(version: 1)", Path::new("project.ron")).expect("it can be read");
        assert!(settings.extractors.is_empty());
        assert!(!write_project(&settings, &Schema::default()).contains("extractors"));
    }
}
