//! The panel on suggestions, and the stopwatch.

use crate::harness::{Window, project_of, settings};
use egui::{Event, Pos2};
use glosse::{
    model::{AnnotationId, ArticleId, Fragments, Progress, Project, Provenance, Source, Span, Status},
    session::EvaluationSlice,
    store::{Access, Store},
    text::TextRange,
    ui::{command::Command, settings::Settings},
};
use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

/// Names that no model knows from the start, by article.
const NAMES: [(&str, &str); 4] =
    [("Xölvbrunn", "LOC"), ("Frau Qwarn", "PER"), ("Bund Vlotho-Ux", "ORG"), ("Zwirnholm", "LOC")];

/// Sixteen short articles, in each of which three of the names come.
fn town_project() -> Project {
    let texts: Vec<(String, String)> = (0..16)
        .map(|number| {
            let [one, two, three] = [0, 1, 3].map(|step| NAMES[(number + step) % NAMES.len()].0);
            let text = format!(
                "Bericht {number}\n\nAm Montag ging es in der Sitzung um {one}. Später kam {two} hinzu, und am Abend \
                 redeten alle nur noch von {three}.\n"
            );
            (format!("bericht-{number:02}"), text)
        })
        .collect();
    let articles: Vec<_> = texts.iter().map(|(id, text)| (id.as_str(), id.as_str(), "", "", text.as_str())).collect();
    let mut project = project_of(&articles);
    Arc::make_mut(&mut project.settings).evaluation.percent = 30;
    project
}

/// Works through the first `count` articles: names are suggested outside of the slice, and most are right.
fn label(window: &mut Window, count: usize) {
    let ids: Vec<ArticleId> = window.session().project().articles.keys().take(count).cloned().collect();
    let slice = EvaluationSlice::of(window.session().project());
    for (number, id) in ids.iter().enumerate() {
        let session = window.app_mut().session_mut().expect("a project");
        let text = session.load(id).expect("the article").text().to_owned();
        let places = NAMES.iter().filter_map(|(name, label)| Some((text.find(name)?, name.len(), *label)));
        let places: Vec<_> = places.collect();
        let is_apart = slice.contains(id);
        let added = session
            .edit(id, "Suggest spans", |draft| {
                let time = draft.time();
                let mut ids = Vec::new();
                for (place, len, label) in &places {
                    let fragments = Fragments::one(TextRange::from_usize(*place, place + len));
                    if is_apart {
                        draft.add_span(label, fragments)?;
                        continue;
                    }
                    let source = Source::Extractor { name: "memory".into(), version: "1".into() };
                    ids.push(draft.insert_span(Span {
                        id: AnnotationId(0),
                        label: (*label).into(),
                        fragments,
                        attributes: BTreeMap::default(),
                        entity: None,
                        note: String::new(),
                        provenance: Provenance { source, time, score: Some(0.7), reason: None },
                        status: Status::Suggested,
                        corrected_from: None,
                    })?);
                }
                Ok(ids)
            })
            .expect("suggestions");
        if let Some(first) = added.first().filter(|_| number % 3 == 0) {
            let status = if number % 2 == 0 { Status::Rejected } else { Status::Accepted };
            session.edit(id, "Reject", |draft| Ok(draft.set_status(*first, status)?)).expect("rejected");
        }
        if let Some(last) = added.last().filter(|_| number % 4 == 2) {
            session.edit(id, "Label", |draft| Ok(draft.set_label(*last, "ORG")?)).expect("corrected");
        }
        session
            .edit(id, "Confirm article", |draft| {
                for span in &added {
                    if draft.set().and_then(|set| set.span(*span)).is_some_and(|span| span.status == Status::Suggested)
                    {
                        draft.set_status(*span, Status::Accepted)?;
                    }
                }
                Ok(draft.set_progress(Progress::Done)?)
            })
            .expect("confirmed");
    }
    window.run();
}

/// Frames until the panel has all of its numbers; meanwhile no time passes for the window, however slow the machine is.
fn wait(window: &mut Window) {
    let start = std::time::Instant::now();
    window.harness.input_mut().time = Some(window.harness.ctx.input(|input| input.time));
    while window.shows("Training models") || window.shows("Reading articles") || !window.shows("kept apart") {
        window.harness.step();
        std::thread::sleep(Duration::from_millis(5));
        assert!(start.elapsed() < Duration::from_secs(120), "{:?}", window.texts());
    }
    window.harness.input_mut().time = None;
    window.run();
}

#[test]
fn the_panel_tells_how_suggestions_do() {
    for dark in [false, true] {
        let look = if dark { "dark" } else { "light" };
        let mut window = Window::with_project(Settings { dark: Some(dark), ..settings() }, &town_project());
        label(&mut window, 15);
        // The stopwatch ran for three of them.
        let store = window.session().store();
        let log = store.work_log().expect("a thread").expect("writable");
        let ids: Vec<ArticleId> = window.session().project().articles.keys().cloned().collect();
        for (id, seconds) in ids.iter().zip([95, 62, 41, 44, 30, 26, 21, 19]) {
            log.append(glosse::store::WorkStretch {
                set: window.session().key(id),
                duration: Duration::from_secs(seconds),
                until: Provenance::person("anna", "2026-01-02T03:04:05Z".parse().expect("a time")).time,
            });
        }
        drop(log);
        window.press("Alt+9");
        assert!(window.app().has_dialog());
        wait(&mut window);
        assert!(window.shows("Learning curve: F1 goes from 0."), "{:?}", window.names());
        assert!(window.has("F1") && window.has("wanted"));
        window.shot(&format!("panel-learning-{look}"));
        window.click("Calibration");
        assert!(window.shows("Expected calibration error 0."), "{:?}", window.texts());
        assert!(window.shows("the share of right proposals by score"));
        window.shot(&format!("panel-calibration-{look}"));
        window.click("Outcomes");
        assert!(window.shows("suggestions were accepted as they were") && window.has("memory"));
        window.shot(&format!("panel-outcomes-{look}"));
        window.click("Work");
        assert!(window.shows("Minutes by article") && window.has("1.6"), "{:?}", window.names());
        window.shot(&format!("panel-work-{look}"));
        for (width, height) in [(524.0, 420.0), (900.0, 560.0)] {
            window.resize(width, height);
            for tab in ["Learning curve", "Calibration", "Outcomes", "Work"] {
                window.click(tab);
                window.shot(&format!("panel-{tab}-{look}-{width}"));
            }
        }
    }
}

/// Frames until the panel has all of its numbers. True if models were trained for that.
fn opening_trains(window: &mut Window) -> bool {
    window.press("Alt+9");
    let mut trains = window.shows("Training models");
    let start = std::time::Instant::now();
    while window.shows("Training models") || window.shows("Reading articles") || !window.shows("kept apart") {
        trains |= window.shows("Training models");
        window.harness.step();
        assert!(start.elapsed() < Duration::from_secs(120), "{:?}", window.texts());
    }
    window.run();
    trains
}

#[test]
fn models_are_trained_for_the_panel_once_and_again_after_a_decision() {
    let mut window = Window::with_project(settings(), &town_project());
    label(&mut window, 15);
    assert!(opening_trains(&mut window));
    assert!(window.shows("Learning curve: F1 goes from 0."), "{:?}", window.names());
    window.press("Escape");
    assert!(!opening_trains(&mut window));
    assert!(window.shows("Learning curve: F1 goes from 0."), "{:?}", window.names());
    window.press("Escape");
    label(&mut window, 1);
    assert!(opening_trains(&mut window));
}

#[test]
fn the_numbers_are_saved_as_csv_by_keyboard_alone() {
    let mut window = Window::with_project(settings(), &town_project());
    label(&mut window, 16);
    window.press("Alt+9");
    wait(&mut window);
    window.press("Ctrl+Enter");
    let target = window.folder().join("zahlen.csv");
    window.press("Ctrl+A");
    window.type_text(&target.display().to_string());
    window.shot("panel-path");
    window.press("Ctrl+Enter");
    window.wait_until(|window| window.shows("Written:"));
    let text = fs::read_to_string(&target).expect("written");
    assert!(text.starts_with("table,item,part,measure,value\n") && text.contains("\noutcomes,memory,LOC,"), "{text}");
    // A folder is no file.
    window.press("Ctrl+Enter");
    window.press("Ctrl+A");
    let folder = window.folder().display().to_string();
    window.type_text(&folder);
    window.press("Ctrl+Enter");
    window.wait_until(|window| window.shows(&folder) && !window.shows("Write to"));
    window.press("Escape");
    assert!(!window.app().has_dialog());
}

#[test]
fn the_slice_is_changed_and_its_next_article_opened() {
    let mut window = Window::with_project(settings(), &town_project());
    label(&mut window, 2);
    window.press("Alt+9");
    wait(&mut window);
    let slice = EvaluationSlice::of(window.session().project());
    let waiting = |window: &Window, slice: &EvaluationSlice| {
        let articles = window.session().project().articles.keys();
        articles.skip(2).find(|id| slice.contains(id)).cloned().expect("one that is not done")
    };
    let next = waiting(&window, &slice);
    window.click(next.as_str());
    assert!(!window.app().has_dialog());
    assert_eq!(window.app().article(), Some(&next));
    assert!(window.has("kept apart"), "the status line says so");
    window.press("Alt+9");
    wait(&mut window);
    // The settings stand below the tables.
    (0..4).for_each(|_| window.press("PageDown"));
    window.shot("panel-settings");
    window.click("suggest there too before an article is done");
    window.click("Apply");
    let evaluation = window.session().project().settings.evaluation;
    assert!(evaluation.with_suggestions && evaluation.percent == 30);
    assert!(!EvaluationSlice::of(window.session().project()).withholds(&next, None));
    wait(&mut window);
    window.press("Escape");
    window.press("Ctrl+Z");
    assert!(EvaluationSlice::of(window.session().project()).withholds(&next, None));
}

#[test]
fn a_small_project_says_why_nothing_is_measured() {
    let mut window = Window::new();
    window.press("Alt+9");
    wait(&mut window);
    assert!(window.shows("Articles are kept apart from 10 articles on"), "{:?}", window.texts());
    window.click("Outcomes");
    assert!(window.shows("Nothing was suggested yet"));
    window.click("Work");
    assert!(window.shows("Nobody worked on an article yet"), "{:?}", window.texts());
    window.shot("panel-empty");
}

/// Seconds noted for each article.
fn noted(window: &mut Window) -> BTreeMap<String, u64> {
    let annotator = window.session().annotator().clone();
    let root = window.root().to_owned();
    window.app_mut().close_project();
    let opened = Store::open(&root, Access::Read).expect("a project");
    let times = opened.store.loader().time_of_work(&annotator).expect("notes");
    times.into_iter().map(|(id, time)| (id.to_string(), time.as_secs())).collect()
}

/// So many seconds without input: four frames a second.
fn pass(window: &mut Window, seconds: usize) {
    (0..4 * seconds).for_each(|_| window.harness.step());
}

#[test]
fn the_stopwatch_counts_work_and_no_pauses() {
    let mut window = Window::new();
    let work = |window: &mut Window| {
        window.harness.input_mut().events.push(Event::PointerMoved(Pos2::new(300.0, 300.0)));
        window.harness.step();
    };
    work(&mut window);
    for _ in 0..4 {
        pass(&mut window, 10);
        work(&mut window);
    }
    // A minute away.
    pass(&mut window, 60);
    work(&mut window);
    window.open("drohnen");
    work(&mut window);
    pass(&mut window, 5);
    work(&mut window);
    // The window is left: what comes then is not work.
    window.harness.input_mut().focused = false;
    pass(&mut window, 20);
    work(&mut window);
    window.harness.input_mut().focused = true;
    window.harness.step();
    let noted = noted(&mut window);
    assert!((40..44).contains(&noted["besuch"]), "{noted:?}");
    assert!((5..8).contains(&noted["drohnen"]), "{noted:?}");
    assert_eq!(noted.len(), 2);
    window.command(Command::About);
}
