//! Services that answer well, and services that refuse, lie, talk without end or say nothing; all on this computer.

use super::{Answer, Ending, Job, News, Question, ask};
use crate::model::{ArticleId, ArticleText, Extractor, ExtractorKind, ExtractorProtocol, news_schema};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const TEXT: &str = "🙂 Özdal traf Lindner. Özdal ging.";

/// What a service was asked: first line, headers, body.
type Heard = Arc<Mutex<Vec<(String, String, Value)>>>;

/// Starts a service that answers each request with what `answer` gives: a status line and a body, or nothing but silence.
fn serve(answer: impl Fn(&Value) -> Option<(&'static str, String)> + Send + 'static) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let heard = Heard::default();
    let hears = heard.clone();
    std::thread::spawn(move || {
        // What is never answered is kept open.
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let reply = answer(&body);
            let (first, headers) = head.split_once("\r\n").unwrap_or_default();
            hears.lock().expect("not poisoned").push((first.to_owned(), headers.to_lowercase(), body));
            let mut stream = reader.into_inner();
            match reply {
                Some((status, body)) => {
                    let head =
                        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                    // Whoever asked may have left.
                    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
                }
                None => silent.push(stream),
            }
        }
    });
    (url, heard)
}

struct Outcome {
    ending: Ending,
    answers: Vec<Answer>,
    warnings: Vec<String>,
}

impl Outcome {
    /// Label, start and words of all spans of the first answer.
    fn spans(&self) -> Vec<String> {
        let spans = self.answers.first().into_iter().flat_map(|answer| &answer.spans);
        spans
            .map(|span| format!("{} {} {}", span.label, span.fragments.start(), span.fragments.surface(TEXT)))
            .collect()
    }

    #[track_caller]
    fn warns(&self, parts: &[&str]) {
        assert_eq!(self.warnings.len(), parts.len(), "{:#?}", self.warnings);
        for part in parts {
            assert!(self.warnings.iter().any(|warning| warning.contains(part)), "{part}: {:#?}", self.warnings);
        }
    }
}

fn extractor(url: &str, protocol: ExtractorProtocol) -> Extractor {
    let kind = ExtractorKind::Http { url: url.to_owned(), protocol };
    Extractor { name: "probe".into(), kind, labels: BTreeMap::new(), seconds: 5, sends_annotations: false }
}

fn run(extractor: &Extractor, articles: usize, goes_on: &dyn Fn() -> bool) -> Outcome {
    let question = |number: usize| Question {
        article: ArticleId::new(&format!("a{number}")),
        text: Arc::new(ArticleText::new(TEXT)),
        language: "de".to_owned(),
        present: Vec::new(),
    };
    let questions: Vec<Question> = (1..=articles).map(question).collect();
    let schema = news_schema();
    let job = Job { extractor, schema: &schema, folder: Path::new("."), questions: &questions, may_leave: false };
    let mut outcome = Outcome { ending: Ending::Complete, answers: Vec::new(), warnings: Vec::new() };
    outcome.ending = ask(&job, goes_on, &mut |news| match news {
        News::Answer { answer, .. } => outcome.answers.push(answer),
        News::Warning(warning) => outcome.warnings.push(warning.to_string()),
        News::Over { .. } => {}
    });
    outcome
}

fn chat() -> ExtractorProtocol {
    ExtractorProtocol::Chat {
        model: "klein".to_owned(),
        prompt: "Nur Personen.".to_owned(),
        key_variable: String::new(),
    }
}

#[test]
fn our_own_protocol_goes_over_http() {
    let (url, heard) = serve(|question| {
        let spans = json!([{ "start": 2, "end": 7, "text": "Özdal", "label": "PER" }]);
        Some(("200 OK", json!({ "id": question["id"], "spans": spans }).to_string()))
    });
    let outcome = run(&extractor(&format!("{url}/hier"), ExtractorProtocol::Glosse), 2, &|| true);
    outcome.warns(&[]);
    assert_eq!((outcome.answers.len(), outcome.spans()), (2, vec!["PER 5 Özdal".to_owned()]));
    let heard = heard.lock().expect("not poisoned");
    let (first, _, body) = heard.first().expect("a request");
    assert_eq!(first, "POST /hier HTTP/1.1");
    assert_eq!((&body["text"], &body["language"], &body["unit"]), (&json!(TEXT), &json!("de"), &json!("code_point")));
    assert!(
        body["schema"]["labels"].as_array().is_some_and(|labels| labels.iter().any(|label| label["name"] == "PER"))
    );
    assert_eq!(body.get("spans"), None, "annotations are sent only where that is wanted");
}

#[test]
fn language_models_quote_and_are_held_to_the_text() {
    let (url, heard) = serve(|_| {
        let content = json!({
            "spans": [
                { "id": "s1", "quote": "Özdal", "occurrence": 2, "label": "PER", "reason": "Subjekt" },
                { "id": "s2", "quote": "Lindner", "occurrence": null, "label": "PER", "reason": "" },
                { "id": "s3", "quote": "Özdal", "occurrence": null, "label": "PER", "reason": "" },
                { "id": "s4", "quote": "Schmidt", "occurrence": null, "label": "PER", "reason": "" },
            ],
            "relations": [],
        });
        let message = json!({ "role": "assistant", "content": content.to_string() });
        let choices = json!([{ "index": 0, "finish_reason": "stop", "message": message }]);
        Some(("200 OK", json!({ "model": "klein-2026", "choices": choices }).to_string()))
    });
    let outcome = run(&extractor(&format!("{url}/v1/"), chat()), 1, &|| true);
    assert_eq!(outcome.spans(), ["PER 26 Özdal", "PER 17 Lindner"], "{:?}", outcome.warnings);
    outcome.warns(&["PER \"Özdal\": the text has it 2 times", "PER \"Schmidt\": the text has it nowhere"]);
    let answer = outcome.answers.first().expect("an answer");
    assert_eq!(answer.version.as_deref(), Some("klein-2026"));
    assert_eq!(answer.spans.first().and_then(|span| span.reason.as_deref()), Some("Subjekt"));
    let heard = heard.lock().expect("not poisoned");
    let (first, headers, body) = heard.first().expect("a request");
    assert_eq!(first, "POST /v1/chat/completions HTTP/1.1");
    assert!(!headers.contains("authorization"), "{headers}");
    assert_eq!((&body["model"], &body["messages"][1]["content"]), (&json!("klein"), &json!(TEXT)));
    assert!(body["messages"][0]["content"].as_str().is_some_and(|content| content.ends_with("Nur Personen.")));
    let span = &body["response_format"]["json_schema"]["schema"]["properties"]["spans"]["items"];
    let labels: Vec<Value> = news_schema().labels.iter().map(|label| json!(&*label.name)).collect();
    assert_eq!(span["properties"]["label"]["enum"], json!(labels));
}

#[test]
fn services_that_fail_are_reported_and_left() {
    let check = |status: &'static str, body: &'static str, protocol: ExtractorProtocol, expected: &[&str]| {
        let (url, heard) = serve(move |_| Some((status, body.to_owned())));
        let outcome = run(&extractor(&url, protocol), 3, &|| true);
        assert!(outcome.answers.is_empty());
        outcome.warns(expected);
        assert_eq!(heard.lock().expect("not poisoned").len(), 2, "{status}");
    };
    let rest = "it failed 2 times in a row; 1 article was not asked";
    let glosse = ExtractorProtocol::Glosse;
    check("500 Oops", "Kein Speicher", glosse.clone(), &["a1: probe: the service answered 500", "Kein Speicher", rest]);
    check("200 OK", "<html>", glosse.clone(), &["no JSON object", "begins with <html>", rest]);
    check("200 OK", r#"{"id":"fremd"}"#, glosse.clone(), &["the article \"fremd\"", "a2", rest]);
    check("302 Found\r\nLocation: http://127.0.0.1:1/", "", glosse, &["answered 302", "a2", rest]);
    check("400 Bad", r#"{"error":{"message":"kein Modell"}}"#, chat(), &["kein Modell", "a2", rest]);
    let inception = ExtractorProtocol::Inception { layer: "custom.Span".to_owned(), feature: "label".to_owned() };
    check("200 OK", r#"{"document":"<xmi"}"#, inception, &["no XML that can be read", "a2", rest]);
}

#[test]
fn nobody_is_waited_for_without_end() {
    // Nobody listens at this port any more.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let outcome = run(&extractor(&format!("http://{port}"), ExtractorProtocol::Glosse), 1, &|| true);
    outcome.warns(&["start the service"]);

    let (url, _) = serve(|_| None);
    let silent = Extractor { seconds: 1, ..extractor(&url, ExtractorProtocol::Glosse) };
    let start = Instant::now();
    run(&silent, 1, &|| true).warns(&["no answer within 1 second"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());

    let (url, heard) = serve(|_| None);
    let goes_on = || heard.lock().is_ok_and(|heard| heard.is_empty());
    let start = Instant::now();
    let patient = Extractor { seconds: 600, ..extractor(&url, ExtractorProtocol::Glosse) };
    assert_eq!(run(&patient, 1, &goes_on).ending, Ending::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());

    let (url, _) = serve(|_| Some(("200 OK", " ".repeat(17 << 20))));
    let outcome = run(&Extractor { seconds: 20, ..extractor(&url, ExtractorProtocol::Glosse) }, 1, &|| true);
    outcome.warns(&["more than 16 MiB"]);
}

#[test]
fn nothing_leaves_the_computer_unasked() {
    let check = |url: &str, protocol: ExtractorProtocol, part: &str| {
        run(&extractor(url, protocol), 1, &|| true).warns(&[part]);
    };
    check("http://192.0.2.7/x", ExtractorProtocol::Glosse, "nothing was sent to 192.0.2.7");
    check("https://127.0.0.1:1/x", ExtractorProtocol::Glosse, "HTTP without encryption only");
    let with_key = ExtractorProtocol::Chat {
        model: "klein".to_owned(),
        prompt: String::new(),
        key_variable: "GLOSSE_NO_SUCH_VARIABLE".to_owned(),
    };
    check("http://127.0.0.1:1", with_key, "GLOSSE_NO_SUCH_VARIABLE");
}
