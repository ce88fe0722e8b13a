//! Extractors from outside: programs, services and models that propose annotations, as a project names them.

use super::Name;
use std::collections::BTreeMap;

/// Seconds that an extractor has for an article unless the project says otherwise.
pub const EXTRACTOR_SECONDS: u32 = 60;
/// The most seconds that can be given for an article: a day.
pub const MOST_EXTRACTOR_SECONDS: u32 = 86_400;

/// Something outside Glosse that proposes annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extractor {
    /// What people call it; stands in the provenance of what it proposes.
    pub name: Name,
    pub kind: ExtractorKind,
    /// Names of labels, relations and roles of the extractor, each with the project's name for the same thing. An empty name
    /// leaves out what is called so. Names that are not listed mean the project's thing of the same name.
    pub labels: BTreeMap<Name, Name>,
    /// Seconds that one article may take, from 1 to [`MOST_EXTRACTOR_SECONDS`].
    pub seconds: u32,
    /// True if it is also given the annotations that are there already.
    pub sends_annotations: bool,
}

/// How an extractor is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtractorKind {
    /// A program on this computer, started in the project's folder: JSON lines on its standard input and output.
    Process { command: String, arguments: Vec<String> },
    /// A service behind an address.
    Http { url: String, protocol: ExtractorProtocol },
    /// A model for the classification of tokens that Glosse runs itself (feature `onnx`).
    Onnx {
        /// The file of the model; relative to the project's folder.
        model: String,
        /// The vocabulary of its tokenizer, one piece a line.
        vocabulary: String,
        /// What the outputs of the model mean, in their order: `O`, `B-PER`, `I-PER`, …
        labels: Vec<Name>,
    },
}

/// What a service is asked in, and answers in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtractorProtocol {
    /// The same JSON objects that programs read and write.
    Glosse,
    /// Chat completions, as OpenAI made them common.
    Chat {
        /// Name of the language model, as the service knows it.
        model: String,
        /// Said to the model besides the schema; may be empty.
        prompt: String,
        /// The environment variable that holds the key for the service; empty if it wants none. The key itself is never stored.
        key_variable: String,
    },
    /// External recommenders of INCEpTION.
    Inception {
        /// Full name of the annotation type.
        layer: String,
        /// The feature of the type that holds the label.
        feature: String,
    },
}

impl ExtractorKind {
    /// The kind in a word or two, for lists.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Process { .. } => "program",
            Self::Http { protocol: ExtractorProtocol::Glosse, .. } => "http",
            Self::Http { protocol: ExtractorProtocol::Chat { .. }, .. } => "http chat",
            Self::Http { protocol: ExtractorProtocol::Inception { .. }, .. } => "http inception",
            Self::Onnx { .. } => "onnx",
        }
    }
}

impl Extractor {
    /// The host that texts are sent to, if that is not this computer.
    pub fn foreign_host(&self) -> Option<&str> {
        match &self.kind {
            ExtractorKind::Http { url, .. } => host(url).filter(|host| !is_loopback(host)),
            ExtractorKind::Process { .. } | ExtractorKind::Onnx { .. } => None,
        }
    }

    /// What of it can not work, in words with what to do.
    pub fn problem(&self) -> Option<String> {
        let name = &self.name;
        let missing = |what: &str| Some(format!("the extractor {name:?} has no {what}; give it one"));
        if name.trim().is_empty() {
            return Some("an extractor has no name; give it one".to_owned());
        }
        // So begin the names of what proposes inside Glosse.
        if name.starts_with("Glosse ") {
            return Some(format!("the extractor {name:?} has a name of Glosse's own; give it another"));
        }
        if !(1..=MOST_EXTRACTOR_SECONDS).contains(&self.seconds) {
            return Some(format!("the extractor {name:?} needs a time limit of 1 to {MOST_EXTRACTOR_SECONDS} seconds"));
        }
        match &self.kind {
            ExtractorKind::Process { command, .. } if command.trim().is_empty() => missing("command"),
            ExtractorKind::Http { url, .. } if host(url).is_none() => Some(format!(
                "the extractor {name:?} has the address {url:?}; it has to look like http://127.0.0.1:8080/path"
            )),
            ExtractorKind::Http { protocol: ExtractorProtocol::Chat { model, .. }, .. } if model.trim().is_empty() => {
                missing("language model")
            }
            ExtractorKind::Http { protocol: ExtractorProtocol::Inception { layer, feature }, .. } => {
                let is_name = |text: &str| {
                    let fits = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '.';
                    text.starts_with(|char: char| char.is_ascii_alphabetic()) && text.chars().all(fits)
                };
                let bad = [("layer", layer), ("feature", feature)].into_iter().find(|(_, text)| !is_name(text));
                bad.map(|(what, text)| {
                    format!("the extractor {name:?} has the {what} {text:?}; give letters, digits, '_' and '.'")
                })
            }
            ExtractorKind::Onnx { model, .. } if model.trim().is_empty() => missing("model file"),
            ExtractorKind::Onnx { vocabulary, .. } if vocabulary.trim().is_empty() => missing("vocabulary file"),
            ExtractorKind::Onnx { labels, .. } if labels.is_empty() => missing("list of labels"),
            _ => None,
        }
    }
}

/// What is wrong in a list of extractors, each in words: two of one name, or one that can not work.
pub fn extractor_problems(extractors: &[Extractor]) -> Vec<String> {
    let mut problems: Vec<String> = extractors.iter().filter_map(Extractor::problem).collect();
    for (index, extractor) in extractors.iter().enumerate() {
        if extractors.iter().take(index).any(|earlier| earlier.name == extractor.name) {
            problems.push(format!("two extractors are called {:?}; rename one", extractor.name));
        }
    }
    problems
}

/// The host in an address, without port and brackets; `None` if it is not an address of the web.
fn host(url: &str) -> Option<&str> {
    let has = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let scheme = ["http://", "https://"].into_iter().find(|scheme| has(scheme))?;
    // A backslash counts as a slash for some readers of addresses, so that two could see different hosts.
    if url.contains(|char: char| char.is_whitespace() || char.is_control() || char == '\\') {
        return None;
    }
    let authority = url.get(scheme.len()..)?.split(['/', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    let host = match place.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => place.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// True if the host is this computer, whatever names are resolved to.
fn is_loopback(host: &str) -> bool {
    let address: Option<std::net::IpAddr> = host.parse().ok();
    address.map_or_else(|| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(url: &str, protocol: ExtractorProtocol) -> Extractor {
        let kind = ExtractorKind::Http { url: url.to_owned(), protocol };
        Extractor { name: "x".into(), kind, labels: BTreeMap::new(), seconds: 60, sends_annotations: false }
    }

    #[test]
    fn it_is_known_what_leaves_the_computer() {
        let check = |url: &str, expected: Option<&str>, works: bool| {
            let extractor = http(url, ExtractorProtocol::Glosse);
            assert_eq!(extractor.foreign_host(), expected, "{url}");
            assert_eq!(extractor.problem().is_none(), works, "{url}");
        };
        check("http://127.0.0.1:8080/v1", None, true);
        check("http://localhost", None, true);
        check("HTTP://LocalHost:1/", None, true);
        check("http://[::1]:9/x", None, true);
        check("http://127.9.9.9", None, true);
        check("http://192.168.0.2:80", Some("192.168.0.2"), true);
        check("https://models.example/v1", Some("models.example"), true);
        check("http://127.0.0.1@models.example/", Some("models.example"), true);
        check("http://127.0.0.1.models.example/", Some("127.0.0.1.models.example"), true);
        check("http://localhost\\@models.example/", None, false);
        check("models.example", None, false);
        check("file:///etc/passwd", None, false);
        check("", None, false);
    }

    #[test]
    fn what_can_not_work_is_said() {
        let check = |extractors: &[Extractor], expected: &[&str]| {
            let problems = extractor_problems(extractors);
            assert_eq!(problems.len(), expected.len(), "{problems:?}");
            for (problem, part) in problems.iter().zip(expected) {
                assert!(problem.contains(part), "{part} is not in {problem}");
            }
        };
        let good = http("http://127.0.0.1", ExtractorProtocol::Glosse);
        check(&[], &[]);
        check(std::slice::from_ref(&good), &[]);
        check(&[good.clone(), good.clone()], &["two extractors are called \"x\""]);
        check(&[Extractor { name: " ".into(), ..good.clone() }], &["no name"]);
        check(&[Extractor { name: "Glosse memory".into(), ..good.clone() }], &["give it another"]);
        check(&[Extractor { seconds: 0, ..good.clone() }], &["1 to 86400 seconds"]);
        let process = ExtractorKind::Process { command: String::new(), arguments: Vec::new() };
        check(&[Extractor { kind: process, ..good.clone() }], &["has no command"]);
        let inception = ExtractorProtocol::Inception { layer: "a.B".to_owned(), feature: "<x>".to_owned() };
        check(&[http("http://localhost", inception)], &["the feature \"<x>\""]);
        let chat = ExtractorProtocol::Chat { model: String::new(), prompt: String::new(), key_variable: String::new() };
        check(&[http("http://localhost", chat)], &["no language model"]);
    }
}
