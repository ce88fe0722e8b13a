//! Runs a model for the classification of tokens, in ONNX, inside Glosse.
//!
//! The text goes through the model in windows of whole sentences as far as they fit. A word takes the label of its first
//! piece; words whose labels continue one another become a span, as sure as the least sure of them.

use super::{
    Ending, Question,
    protocol::RawAnswer,
    run::Run,
    word_piece::{Word, WordPiece},
};
use crate::{
    model::Name,
    text::{TextRange, segment::sentences},
};
use rten::{Model, Value, ValueOrView};
use serde_json::json;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

/// Most pieces that go through the model at once, without start and end: what models of BERT's kind take is 512 with them.
const WINDOW: usize = 384;
/// How often it is looked whether the work is still wanted.
const STEP: Duration = Duration::from_millis(20);

struct Classifier {
    model: Model,
    tokenizer: WordPiece,
    labels: Vec<Name>,
}

pub(super) fn ask(run: &mut Run<'_>, model: &str, vocabulary: &str, labels: &[Name]) -> Ending {
    let classifier = match Classifier::load(run.job.folder, model, vocabulary, labels) {
        Ok(classifier) => Arc::new(classifier),
        Err(reason) => {
            run.give_up(&reason);
            return run.end(Ending::Complete);
        }
    };
    let limit = Duration::from_secs(run.job.extractor.seconds.into());
    while let Some(question) = run.first_open() {
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let (worker, stopped, asked) = (classifier.clone(), stop.clone(), question.clone());
        // On a thread of its own: a model takes its time, and one that is broken may end its thread.
        std::thread::spawn(move || {
            // Nobody waits any more if the work was stopped.
            let _ = sender.send(worker.classify(&asked, &stopped));
        });
        let start = Instant::now();
        let answer = loop {
            if !run.goes_on() {
                stop.store(true, Ordering::Relaxed);
                return run.end(Ending::Cancelled);
            }
            if start.elapsed() >= limit {
                stop.store(true, Ordering::Relaxed);
                break Err(format!("no answer within {} seconds; it was stopped", limit.as_secs()));
            }
            match receiver.recv_timeout(STEP) {
                Ok(answer) => break answer,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break Err("the model broke down".to_owned()),
            }
        };
        match answer {
            Ok(raw) => run.accept(question, raw),
            Err(reason) => {
                if !run.fail(question, reason) {
                    break;
                }
            }
        }
    }
    run.end(Ending::Complete)
}

impl Classifier {
    fn load(folder: &Path, model: &str, vocabulary: &str, labels: &[Name]) -> Result<Self, String> {
        let path = folder.join(vocabulary);
        let pieces = std::fs::read_to_string(&path)
            .map_err(|error| format!("the vocabulary can not be read ({error}): {}", path.display()))?;
        let tokenizer = WordPiece::new(&pieces).map_err(|reason| format!("{reason}: {}", path.display()))?;
        let path = folder.join(model);
        let model = Model::load_file(&path)
            .map_err(|error| format!("the model can not be loaded ({error}): {}", path.display()))?;
        Ok(Self { model, tokenizer, labels: labels.to_vec() })
    }

    fn classify(&self, question: &Question, stop: &AtomicBool) -> Result<RawAnswer, String> {
        let text = question.text.as_str();
        let mut spans = Vec::new();
        for words in self.windows(text) {
            if stop.load(Ordering::Relaxed) {
                return Err("it was stopped".to_owned());
            }
            let labels = self.label(&words)?;
            for found in join(&words, &labels) {
                spans.push(json!({
                    "start": found.range.start().0,
                    "end": found.range.end().0,
                    "text": found.range.slice(text),
                    "label": found.label,
                    "score": found.score,
                }));
            }
        }
        Ok(RawAnswer { unit: Some("byte".to_owned()), spans, ..RawAnswer::default() })
    }

    /// The words of the text in groups that fit through the model.
    fn windows(&self, text: &str) -> Vec<Vec<Word>> {
        let mut windows: Vec<Vec<Word>> = Vec::new();
        let mut room = 0;
        for sentence in sentences(text) {
            let words = self.tokenizer.words(text, sentence);
            let needed: usize = words.iter().map(|word| word.pieces.len()).sum();
            if needed > room {
                windows.push(Vec::new());
                room = WINDOW;
            }
            for word in words {
                // A sentence that fits nowhere is cut between words.
                if word.pieces.len() > room && room < WINDOW {
                    windows.push(Vec::new());
                    room = WINDOW;
                }
                room = room.saturating_sub(word.pieces.len());
                if let Some(window) = windows.last_mut() {
                    window.push(word);
                }
            }
        }
        windows.retain(|window| !window.is_empty());
        windows
    }

    /// The likeliest label of each word, and how likely it is.
    fn label(&self, words: &[Word]) -> Result<Vec<(&str, f32)>, String> {
        let mut ids = vec![self.tokenizer.start];
        let mut firsts = Vec::with_capacity(words.len());
        for word in words {
            firsts.push(ids.len());
            ids.extend(&word.pieces);
        }
        ids.push(self.tokenizer.end);
        let length = ids.len();
        let mut inputs: Vec<(rten::NodeId, ValueOrView<'_>)> = Vec::new();
        for input in self.model.input_ids() {
            let info = self.model.node_info(*input);
            let name = info.as_ref().and_then(rten::NodeInfo::name).unwrap_or_default();
            let data = match name {
                "input_ids" => ids.clone(),
                "attention_mask" => vec![1; length],
                "token_type_ids" => vec![0; length],
                other => return Err(format!("the model has the input {other:?}, which nobody knows how to fill")),
            };
            let value = Value::from_shape([1, length], data).map_err(|error| error.to_string())?;
            inputs.push((*input, value.into()));
        }
        let output = self.model.output_ids().first().ok_or("the model has no output")?;
        let values = self.model.run(inputs, &[*output], None).map_err(|error| format!("the model failed: {error}"))?;
        let value = values.into_iter().next().ok_or("the model gave no output")?;
        let (shape, numbers) =
            value.into_shape_vec::<f32, 3>().map_err(|error| format!("the output has another form: {error}"))?;
        if shape != [1, length, self.labels.len()] {
            return Err(format!(
                "the output has the shape {shape:?}, but {length} tokens and {} labels were expected; correct `labels`",
                self.labels.len()
            ));
        }
        let rows: Vec<&[f32]> = numbers.chunks_exact(self.labels.len()).collect();
        let labelled = firsts.into_iter().filter_map(|first| rows.get(first)).map(|row| {
            let (number, score) = likeliest(row);
            (self.labels.get(number).map_or("O", |label| &**label), score)
        });
        Ok(labelled.collect())
    }
}

/// The largest number and its share after the softmax.
fn likeliest(row: &[f32]) -> (usize, f32) {
    let best = row.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other));
    let (index, most) = best.map_or((0, 0.0), |(index, most)| (index, *most));
    let sum: f32 = row.iter().map(|number| (number - most).exp()).sum();
    (index, 1.0 / sum)
}

/// A stretch of words with one label.
#[derive(Debug, PartialEq)]
struct Found {
    range: TextRange,
    label: String,
    /// How likely the least likely of the words is.
    score: f32,
}

/// Puts words together: `B-` begins a span, `I-` goes on with one of the same label or begins one, `O` is none. Labels without
/// a mark before them go on as `I-` does.
fn join(words: &[Word], labels: &[(&str, f32)]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut open = false;
    for (word, (label, score)) in words.iter().zip(labels) {
        if *label == "O" {
            open = false;
            continue;
        }
        let (begins, name) = match label.split_once('-') {
            Some(("B" | "S" | "U", name)) => (true, name),
            Some(("I" | "E" | "L", name)) => (false, name),
            _ => (false, *label),
        };
        match found.last_mut().filter(|last| open && !begins && last.label == name) {
            Some(last) => {
                last.range = last.range.cover(word.range);
                last.score = last.score.min(*score);
            }
            None => found.push(Found { range: word.range, label: name.to_owned(), score: *score }),
        }
        open = true;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{ArticleId, ArticleText, Extractor, ExtractorKind, news_schema},
        outside::{Job, News, ask},
    };
    use std::collections::BTreeMap;

    /// Asks the tiny model of `tests/models` about a text: label, place and words of each span, then warnings.
    fn check(text: &str, labels: &[&str], expected: &[&str]) {
        let kind = ExtractorKind::Onnx {
            model: "tiny.onnx".to_owned(),
            vocabulary: "vocab.txt".to_owned(),
            labels: labels.iter().map(|label| (*label).into()).collect(),
        };
        let extractor =
            Extractor { name: "tiny".into(), kind, labels: BTreeMap::new(), seconds: 20, sends_annotations: false };
        let questions = [Question {
            article: ArticleId::new("a"),
            text: Arc::new(ArticleText::new(text)),
            language: "de".to_owned(),
            present: Vec::new(),
        }];
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models");
        let schema = news_schema();
        let job =
            Job { extractor: &extractor, schema: &schema, folder: &folder, questions: &questions, may_leave: false };
        let mut heard: Vec<String> = Vec::new();
        ask(&job, &|| true, &mut |news| match news {
            News::Answer { answer, .. } => heard.extend(answer.spans.iter().map(|span| {
                let sure = if span.score.is_some_and(|score| (0.9..1.0).contains(&score)) { "" } else { "?" };
                format!("{} {} {}{sure}", span.label, span.fragments.start(), span.fragments.surface(text))
            })),
            News::Warning(warning) => heard.push(warning.to_string()),
            News::Over { .. } => {}
        });
        assert_eq!(heard, expected, "{text}");
    }

    const LABELS: [&str; 4] = ["O", "B-PER", "I-PER", "B-LOC"];

    #[test]
    fn a_model_labels_the_words_of_a_text() {
        let expected = ["PER 5 Lena Kühn", "PER 21 Özdal", "LOC 31 Quellfurt"];
        check("🙂 Lena Kühn traf Özdal in Quellfurt.", &LABELS, &expected);
        check("Lena, Kühn.", &LABELS, &["PER 0 Lena", "PER 6 Kühn"]);
        check("Lena Lena", &LABELS, &["PER 0 Lena", "PER 5 Lena"]);
        check("", &LABELS, &[]);
        check("unbekannt 🙂", &LABELS, &[]);
        // More words than go through the model at once, without the end of a sentence.
        let long = format!("{}Özdal", "traf ".repeat(1000));
        check(&long, &LABELS, &["PER 5000 Özdal"]);
    }

    #[test]
    fn what_does_not_fit_the_model_is_said() {
        let message =
            "a: tiny: the output has the shape [1, 3, 4], but 3 tokens and 2 labels were expected; correct `labels`";
        check("Lena", &["O", "B-PER"], &[message]);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models");
        let load = |model: &str, vocabulary: &str| Classifier::load(&folder, model, vocabulary, &[]).err();
        assert!(load("fehlt.onnx", "vocab.txt").is_some_and(|error| error.contains("fehlt.onnx")));
        assert!(load("build.py", "vocab.txt").is_some_and(|error| error.contains("the model can not be loaded")));
        assert!(load("tiny.onnx", "build.py").is_some_and(|error| error.contains("[UNK]")));
    }
}
