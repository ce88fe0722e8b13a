//! Asks a service over HTTP, one article after the other. The request waits on a thread of its own, so that it can be left.

use super::{
    Ending, Question, chat, inception,
    protocol::{self, RawAnswer, beginning},
    run::Run,
};
use crate::model::ExtractorProtocol;
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

/// How often it is looked whether the work is still wanted.
const STEP: Duration = Duration::from_millis(50);
/// The longest answer that is read, in bytes.
const LONGEST: u64 = 16 << 20;

/// Why there is no answer.
enum Stop {
    Cancelled,
    Failed(String),
}

pub(super) fn ask(run: &mut Run<'_>, url: &str, protocol: &ExtractorProtocol) -> Ending {
    if url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:")) {
        // Services on this computer have no need of it; see ARCHITECTURE.
        run.give_up(
            "Glosse speaks HTTP without encryption only; reach the service through a program of kind Process, or through a \
             proxy on this computer",
        );
        return run.end(Ending::Complete);
    }
    let mut key = None;
    if let ExtractorProtocol::Chat { key_variable, .. } = protocol
        && !key_variable.is_empty()
    {
        match std::env::var(key_variable) {
            Ok(value) => key = Some(value),
            Err(_) => {
                run.give_up(&format!("the environment variable {key_variable}, which holds its key, is not set"));
                return run.end(Ending::Complete);
            }
        }
    }
    let address = match protocol {
        ExtractorProtocol::Glosse => url.to_owned(),
        ExtractorProtocol::Chat { .. } => with_ending(url, "/chat/completions"),
        ExtractorProtocol::Inception { .. } => with_ending(url, "/predict"),
    };
    while let Some(question) = run.first_open() {
        let body = match protocol {
            ExtractorProtocol::Glosse => {
                protocol::question(question, run.job.schema, run.job.extractor.sends_annotations).to_string()
            }
            ExtractorProtocol::Chat { model, prompt, .. } => chat::request(run.job, question, model, prompt),
            ExtractorProtocol::Inception { layer, feature } => inception::request(run.job, question, layer, feature),
        };
        let answer = post(run, &address, body, key.as_deref());
        let read = answer.and_then(|body| read(question, protocol, &body).map_err(Stop::Failed));
        match read {
            Ok(raw) => run.accept(question, raw),
            Err(Stop::Cancelled) => return run.end(Ending::Cancelled),
            Err(Stop::Failed(reason)) => {
                if !run.fail(question, reason) {
                    break;
                }
            }
        }
    }
    run.end(Ending::Complete)
}

fn read(question: &Question, protocol: &ExtractorProtocol, body: &[u8]) -> Result<RawAnswer, String> {
    let told = |reason: String| format!("the answer can not be used: {reason}; it begins with {}", beginning(body));
    match protocol {
        ExtractorProtocol::Glosse => {
            let raw = protocol::answer(body).map_err(told)?;
            match raw.id.as_ref().map(|id| id.text()) {
                Some(id) if id != question.article.as_str() => {
                    Err(told(format!("it speaks of the article {:?}", id.chars().take(80).collect::<String>())))
                }
                _ => Ok(raw),
            }
        }
        ExtractorProtocol::Chat { .. } => chat::answer(body).map_err(told),
        ExtractorProtocol::Inception { layer, feature } => inception::answer(body, layer, feature).map_err(told),
    }
}

/// The address with what the protocol adds, unless it is there.
fn with_ending(url: &str, ending: &str) -> String {
    let url = url.trim_end_matches('/');
    if url.ends_with(ending) { url.to_owned() } else { format!("{url}{ending}") }
}

fn post(run: &Run<'_>, address: &str, body: String, key: Option<&str>) -> Result<Vec<u8>, Stop> {
    let limit = Duration::from_secs(run.job.extractor.seconds.into());
    let (sender, receiver) = mpsc::channel();
    let (address, authorization) = (address.to_owned(), key.map(|key| format!("Bearer {key}")));
    std::thread::spawn(move || {
        // Nobody waits any more if the work was stopped.
        let _ = sender.send(send(&address, &body, authorization.as_deref(), limit));
    });
    let start = Instant::now();
    loop {
        if !run.goes_on() {
            return Err(Stop::Cancelled);
        }
        // The client keeps the limit itself; the second more is for what it might not watch.
        if start.elapsed() > limit + Duration::from_secs(1) {
            return Err(Stop::Failed(too_late(limit)));
        }
        match receiver.recv_timeout(STEP) {
            Ok(result) => return result.map_err(Stop::Failed),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Stop::Failed("the request was lost".to_owned())),
        }
    }
}

fn too_late(limit: Duration) -> String {
    format!("no answer within {} seconds; the request was left", limit.as_secs())
}

fn send(address: &str, body: &str, authorization: Option<&str>, limit: Duration) -> Result<Vec<u8>, String> {
    // No proxy and no redirect: the text goes to the address that stands in the project, and nowhere else.
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(limit))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent("glosse")
        .build()
        .into();
    let mut request =
        agent.post(address).header("Content-Type", "application/json").header("Accept", "application/json");
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    let explain = |error: ureq::Error| match error {
        ureq::Error::Timeout(_) => too_late(limit),
        ureq::Error::BodyExceedsLimit(_) => format!("the answer has more than {} MiB; left out", LONGEST >> 20),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            format!("nobody answers at {address}; start the service")
        }
        error => format!("the request failed ({error}): {address}"),
    };
    let mut response = request.send(body).map_err(explain)?;
    let status = response.status();
    let body = response.body_mut().with_config().limit(LONGEST).read_to_vec().map_err(explain)?;
    if status.is_success() {
        return Ok(body);
    }
    Err(format!("the service answered {status}: {}", beginning(&body)))
}
