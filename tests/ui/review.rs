//! A whole review by keyboard: an article of the sample project, from opening it to its confirmation. Counts the keys.

use crate::harness::{Window, settings};
use glosse::{
    model::{AnnotationId, ArticleId, Name, Progress, Status},
    text::{ByteOffset, TextRange, segment},
    ui::settings::Settings,
};
use std::{collections::BTreeSet, path::Path};

/// The article that is reviewed; `redaktion` labelled it, and that is what the review must give.
const ARTICLE: &str = "03-drohnennacht";
/// Keys for each right span: 5.08 as measured when this was last improved, and some room. It may not grow.
const KEYS_PER_SPAN: f64 = 5.2;

/// Guesses that a reviewer steps over rather than selecting words by hand.
const NEAR: usize = 3;

type Labelled = (TextRange, Name);

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// A reviewer who knows what is right, and the keys pressed so far.
struct Reviewer {
    window: Window,
    gold: BTreeSet<Labelled>,
    keys: usize,
}

impl Reviewer {
    fn press(&mut self, key: &str) {
        self.window.press(key);
        self.keys += 1;
    }

    fn settle(&mut self) {
        loop {
            self.window.harness.step();
            if self.window.app().assistant().is_some_and(|assistant| assistant.is_settled()) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        self.window.run();
    }

    fn head(&self) -> ByteOffset {
        self.window.app().view().expect("a view").selection.head
    }

    fn spans(&self, status: Status) -> BTreeSet<(TextRange, Name, AnnotationId)> {
        let set = self.window.session().set(&ArticleId::new(ARTICLE));
        let spans = set.into_iter().flat_map(|set| set.spans()).filter(|span| span.status == status);
        spans
            .filter(|span| span.fragments.count() == 1)
            .map(|span| (span.fragments.hull(), span.label.clone(), span.id))
            .collect()
    }

    /// The first wrong suggestion that begins in `sentence`.
    fn wrong(&self, sentence: TextRange) -> Option<(TextRange, Name, AnnotationId)> {
        let is_wrong = |(range, label, _): &(TextRange, Name, AnnotationId)| {
            sentence.contains(TextRange::at(range.start())) && !self.gold.contains(&(*range, label.clone()))
        };
        self.spans(Status::Suggested).into_iter().find(is_wrong)
    }

    /// The first right span in `sentence` that is neither there nor suggested.
    fn missing(&self, sentence: TextRange) -> Option<Labelled> {
        let there: BTreeSet<Labelled> = self
            .spans(Status::Suggested)
            .into_iter()
            .chain(self.spans(Status::Accepted))
            .map(|(range, label, _)| (range, label))
            .collect();
        let inside = |(range, _): &&Labelled| sentence.contains(TextRange::at(range.start()));
        self.gold.iter().filter(inside).find(|it| !there.contains(*it)).cloned()
    }

    fn key_of(&self, label: &str) -> String {
        let schema = &self.window.session().project().schema;
        let key = schema.label(label).and_then(|label| label.key).expect("a key");
        key.to_uppercase().to_string()
    }

    /// Goes to a suggestion by its key.
    fn go_to(&mut self, id: AnnotationId) {
        for _ in 0..60 {
            if self.window.app().selected() == Some(id) {
                return;
            }
            let anchor = |id: AnnotationId| self.window.set().anchor(id).unwrap_or_default();
            let here = self
                .window
                .app()
                .selected()
                .map_or((TextRange::at(self.head()), AnnotationId(0)), |id| (anchor(id), id));
            let key = if (anchor(id), id) > here { "N" } else { "B" };
            self.press(key);
        }
        panic!("{id} is not reached by N and B");
    }

    /// Selects words that are guessed, if they are among the next few from the caret.
    fn step_to_guess(&mut self, range: TextRange) -> bool {
        let here = self.window.app().selected().and_then(|id| self.window.set().anchor(id));
        let here = here.map_or(self.head(), TextRange::start);
        let guesses = self.window.app().guesses();
        let ahead = guesses.iter().filter(|guess| guess.range.start() >= here && guess.range.start() <= range.start());
        if ahead.count() > NEAR || !guesses.iter().any(|guess| guess.range == range) {
            return false;
        }
        for _ in 0..2 * NEAR {
            self.press("Shift+N");
            if self.window.app().view().is_some_and(|view| view.selection.range() == range) {
                return true;
            }
        }
        false
    }

    /// Moves the caret, or with `Shift` the end of the selection, word by word, the rest letter by letter.
    fn move_to(&mut self, target: ByteOffset, with: &str) {
        for _ in 0..400 {
            let head = self.head();
            if head == target {
                return;
            }
            let word = if head < target { "Right" } else { "Left" };
            self.press(&format!("Ctrl+{with}{word}"));
            let over = if head < target { self.head() > target } else { self.head() < target };
            if over {
                // A word too far: back, then letter by letter.
                while self.head() != target {
                    let back = if self.head() > target { "Left" } else { "Right" };
                    self.press(&format!("{with}{back}"));
                }
            }
        }
        panic!("{target:?} is not reached");
    }

    /// Corrects what is wrong in a sentence until all is right, then confirms it. What is corrected may change what is
    /// suggested beside it.
    fn review(&mut self, sentence: TextRange) {
        loop {
            if let Some((range, _, id)) = self.wrong(sentence) {
                self.go_to(id);
                let here = self.gold.iter().find(|(place, _)| *place == range).map(|(_, label)| label.clone());
                match here {
                    Some(label) => self.press(&self.key_of(&label)),
                    None => self.press("X"),
                }
            } else if let Some((range, label)) = self.missing(sentence) {
                if !self.step_to_guess(range) {
                    self.move_to(range.start(), "");
                    self.move_to(range.end(), "Shift+");
                }
                self.press(&self.key_of(&label));
            } else {
                break;
            }
            self.settle();
        }
        // What was rejected led on to the next doubtful one: back, so that this sentence is what is confirmed.
        let inside = |(range, ..): &(TextRange, Name, AnnotationId)| sentence.contains(TextRange::at(range.start()));
        if let Some((_, _, id)) = self.spans(Status::Suggested).into_iter().find(inside) {
            self.go_to(id);
            self.press("Enter");
            self.settle();
        }
    }
}

#[test]
fn a_review_by_keyboard_takes_no_more_keys_for_a_right_span_than_it_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("project");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("projects/sample"), &root);
    let id = ArticleId::new(ARTICLE);
    // What is right is read, then taken away: the reviewer starts from nothing.
    let settings = Settings { annotator: "redaktion".to_owned(), ..settings() };
    let mut window = Window::on_with(&root, settings.clone());
    window.open(ARTICLE);
    let set = window.session().set(&id).expect("annotations").clone();
    let gold: BTreeSet<Labelled> = set
        .spans()
        .filter(|span| span.status == Status::Accepted && span.fragments.count() == 1)
        .filter(|span| !span.fragments.hull().is_empty())
        .map(|span| (span.fragments.hull(), span.label.clone()))
        .collect();
    drop(window);
    std::fs::remove_file(root.join(format!("annotations/redaktion/{ARTICLE}.ron"))).expect("it is there");
    let _ = std::fs::remove_dir_all(root.join(".glosse"));
    let mut window = Window::on_with(&root, Settings { suggest: true, ..settings });
    window.open(ARTICLE);
    let mut reviewer = Reviewer { window, gold, keys: 0 };
    reviewer.settle();
    let suggested = reviewer.spans(Status::Suggested).len();
    let text = reviewer.window.text().to_owned();
    for sentence in segment::sentences(&text).collect::<Vec<_>>() {
        reviewer.review(sentence);
    }
    let accepted: BTreeSet<Labelled> =
        reviewer.spans(Status::Accepted).into_iter().map(|(range, label, _)| (range, label)).collect();
    let words = |(range, label): &Labelled| format!("{label} {}", range.slice(&text).unwrap_or_default());
    let missing: Vec<_> = reviewer.gold.difference(&accepted).map(words).collect();
    let more: Vec<_> = accepted.difference(&reviewer.gold).map(words).collect();
    assert!(missing.is_empty() && more.is_empty(), "missing {missing:?}, too much {more:?}");
    reviewer.press("Ctrl+Enter");
    let progress = reviewer.window.session().set(&id).expect("annotations").progress();
    assert_eq!(progress, Progress::Done);
    let per_span = reviewer.keys as f64 / reviewer.gold.len() as f64;
    println!("{} keys for {} spans, {suggested} suggested: {per_span:.2}", reviewer.keys, reviewer.gold.len());
    assert!(per_span <= KEYS_PER_SPAN, "{per_span:.2} keys for each right span");
}
