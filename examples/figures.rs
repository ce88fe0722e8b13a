//! The figures of the README, measured: `cargo run --release --example figures`.
//!
//! Prints one line per figure, tab-separated: name, measured, unit, asked, `ok` or `short`; ends with 1 if one is short. With
//! `--markdown` prints the table of the README. Everything is generated and measured without a window, layout and
//! tessellation included; only the start of the real program needs Xvfb and xwd and is left out without them. Names of parts
//! (`small`, `large`, `huge`, `many`, `learning`, `start`) choose what is measured.

use egui::{Context, Event, Key, Modifiers, MouseWheelUnit, RawInput, Rect, pos2, vec2};
use glosse::{
    model::{AnnotationSet, AnnotatorName, Article, ArticleId, Progress, Project, generate},
    session::{Assistant, Control, Mode, Query, Session, SpanFilter, search_texts},
    store::{Access, Store},
    text::Case,
    ui::{app::App, document::Selection, request::Request, settings::Settings},
};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize},
    },
    time::{Duration, Instant},
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, root] = arguments.as_slice()
        && mode == "--resident"
    {
        print_resident(Path::new(root));
        return;
    }
    let mut figures = Figures { markdown: arguments.iter().any(|argument| argument == "--markdown"), short: false };
    let chosen: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    figures.head();
    let folder = scratch();
    for (name, measure) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|chosen| *chosen == name) {
            measure(&mut figures, &folder);
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::process::exit(i32::from(figures.short));
}

/// Measures something, in a folder of its own.
type Measure = fn(&mut Figures, &Path);

/// What is measured, by the names that choose it.
const PARTS: [(&str, Measure); 6] = [
    ("small", small_article),
    ("large", large_article),
    ("huge", huge_article),
    ("many", many_articles),
    ("learning", learning),
    ("start", start_of_program),
];

/// Frames of the window while its assistant learns: first from all that is done, then from one article after the other that
/// is confirmed.
fn learning(figures: &mut Figures, folder: &Path) {
    const DONE: usize = 250;
    let mut project = generate::project(11, DONE + 30, 5_000);
    for set in project.articles.values_mut().take(DONE).flat_map(|article| article.sets.values_mut()) {
        let (spans, relations) = (set.spans().cloned().collect(), set.relations().cloned().collect());
        *set = AnnotationSet::from_parts(1, Progress::Done, spans, relations, Vec::new()).0;
    }
    let open = project.articles.keys().nth(DONE).map(|id| id.as_str().to_owned()).expect("an article that is not done");
    let root = folder.join("learning");
    Store::create(&root, &project).expect("the project can be written");
    let mut bench = Bench::new(&root, "");
    let mut frames = vec![bench.open(&open)];
    let is_settled = |bench: &Bench| bench.app.assistant().is_some_and(Assistant::is_settled);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(120) && (frames.len() < 30 || !is_settled(&bench)) {
        frames.extend(bench.turn_wheel(1));
        std::thread::sleep(Duration::from_millis(8));
    }
    assert!(is_settled(&bench), "it has learned");
    figures.below("frames while it learns from 250 articles, 99th percentile", percentile(&frames, 0.99), "ms", 16.0);
    let mut frames = Vec::new();
    for _ in 0..20 {
        frames.push(bench.key(Key::Enter, Modifiers::COMMAND));
        for _ in 0..20 {
            frames.extend(bench.turn_wheel(1));
            std::thread::sleep(Duration::from_millis(8));
        }
    }
    figures.below("frames around 20 confirmed articles, 99th percentile", percentile(&frames, 0.99), "ms", 16.0);
}

/// Prints lines and remembers whether one is short.
struct Figures {
    markdown: bool,
    short: bool,
}

impl Figures {
    fn head(&self) {
        if self.markdown {
            println!("| figure | measured | asked |\n|---|---|---|");
        }
    }

    /// A figure that should stay below `asked`.
    fn below(&mut self, name: &str, measured: f64, unit: &str, asked: f64) {
        let ok = measured <= asked;
        self.short |= !ok;
        let word = if ok { "ok" } else { "short" };
        if self.markdown {
            println!("| {name} | {measured:.2} {unit} | < {asked} {unit} |");
        } else {
            println!("{name}\t{measured:.2}\t{unit}\t{asked}\t{word}");
        }
    }
}

fn scratch() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("glosse-figures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    folder
}

/// A project on disk with these articles, their annotations included.
fn project_with(folder: &Path, name: &str, articles: Vec<Article>) -> PathBuf {
    let root = folder.join(name);
    let project = Project {
        schema: Arc::new(generate::schema()),
        entities: generate::entities(),
        articles: articles.into_iter().map(|article| (article.id.clone(), article)).collect(),
        ..Project::default()
    };
    Store::create(&root, &project).expect("the project can be written");
    root
}

/// The window without a window: frames are run, tessellated and dropped.
struct Bench {
    context: Context,
    app: App,
    time: f64,
}

impl Bench {
    fn new(root: &Path, first: &str) -> Self {
        let mut settings =
            Settings { hints_seen: true, annotator: generate::ANNOTATOR.to_owned(), ..Settings::default() };
        // Starts on an article that is not the one to be measured.
        let root = root.canonicalize().expect("the project is there");
        settings.places.entry(root.clone()).or_default().article = first.to_owned();
        let mut app = App::new(settings, None);
        let context = Context::default();
        app.set_up(&context);
        app.open_project(&root);
        let mut bench = Self { context, app, time: 0.0 };
        for _ in 0..5 {
            bench.frame(Vec::new());
        }
        bench
    }

    /// Runs a frame with these events; how long it took with layout and tessellation.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1440.0, 900.0))),
            time: Some(self.time),
            focused: true,
            events,
            ..RawInput::default()
        };
        let start = Instant::now();
        let mut output = self.context.run_ui(input, |ui| self.app.ui(ui));
        let primitives = self.context.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let elapsed = start.elapsed();
        output.textures_delta.clear();
        std::hint::black_box(primitives);
        elapsed
    }

    fn key(&mut self, key: Key, modifiers: Modifiers) -> Duration {
        self.frame(vec![Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }])
    }

    /// Opens an article: from the request to the end of its first frame.
    fn open(&mut self, id: &str) -> Duration {
        self.app.request(Request::Go { article: ArticleId::new(id), range: None, select: None });
        self.frame(Vec::new())
    }

    /// Frame times of scrolling through the article by wheel; the article must be long enough.
    fn scroll(&mut self, frames: usize) -> Vec<Duration> {
        let start = self.scroll_position();
        let times = self.turn_wheel(frames);
        let way = self.scroll_position() - start;
        assert!(way > 50.0 * frames as f64, "the wheel scrolls: {way} points in {frames} frames");
        times
    }

    fn turn_wheel(&mut self, frames: usize) -> Vec<Duration> {
        self.frame(vec![Event::PointerMoved(pos2(700.0, 500.0))]);
        let wheel = || Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            source: egui::MouseWheelSource::Unknown,
            delta: vec2(0.0, -160.0),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
        };
        (0..frames).map(|_| self.frame(vec![wheel()])).collect()
    }

    fn scroll_position(&self) -> f64 {
        self.app.view().map_or(0.0, |view| view.scroll_position())
    }

    /// Labels words, takes that back, and says how long each took until it was shown.
    fn label_and_undo(&mut self, times: usize) -> (Vec<Duration>, Vec<Duration>) {
        let key = generate::schema().labels.first().and_then(|label| label.key).expect("the first label has a key");
        let key = Key::from_name(&key.to_ascii_uppercase().to_string()).expect("a letter");
        let mut labelled = Vec::new();
        let mut undone = Vec::new();
        let length = self
            .app
            .session()
            .and_then(|session| session.project().article(self.app.article()?))
            .map_or(0, |article| article.text().len());
        for step in 0..times {
            let place = length / 3 + step * 97;
            let view = self.app.view_mut().expect("an article is open");
            view.selection = Selection::caret(glosse::text::ByteOffset::from_usize(place));
            self.frame(Vec::new());
            labelled.push(self.key(key, Modifiers::NONE));
            undone.push(self.key(Key::Z, Modifiers::COMMAND | Modifiers::CTRL));
        }
        (labelled, undone)
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The value that `share` of the durations do not exceed.
fn percentile(durations: &[Duration], share: f64) -> f64 {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let place = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len()) - 1;
    milliseconds(sorted[place])
}

fn median(durations: &[Duration]) -> f64 {
    percentile(durations, 0.5)
}

/// Opens the article several times, each time in a fresh window that showed another article before.
fn open_times(root: &Path, id: &str, times: usize) -> Vec<Duration> {
    let once = || {
        let took = Bench::new(root, "generated-0").open(id);
        wait_for_threads();
        took
    };
    (0..times).map(|_| once()).collect()
}

/// Waits until the threads of windows that were closed have noticed it, as those of another program would not be there.
fn wait_for_threads() {
    let count = || std::fs::read_dir("/proc/self/task").map_or(1, |tasks| tasks.count());
    let shared = rayon::current_num_threads() + 1;
    let start = Instant::now();
    while count() > shared && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn small_article(figures: &mut Figures, folder: &Path) {
    let articles = vec![generate::article(0, 2_000, 10, 2), generate::article(1, 60_000, 1_000, 335)];
    let root = project_with(folder, "small", articles);
    figures.below("60 kB, 1,000 spans: open to first frame", median(&open_times(&root, "generated-1", 7)), "ms", 10.0);
    let mut bench = Bench::new(&root, "generated-0");
    bench.open("generated-1");
    let (labelled, _) = bench.label_and_undo(40);
    figures.below("60 kB, 1,000 spans: new span, shown", percentile(&labelled, 0.95), "ms", 4.0);
}

fn large_article(figures: &mut Figures, folder: &Path) {
    let articles = vec![generate::article(0, 2_000, 10, 2), generate::article(1, 1_000_000, 17_000, 5_600)];
    let root = project_with(folder, "large", articles);
    figures.below("1 MB, 17,000 spans: open to first frame", median(&open_times(&root, "generated-1", 5)), "ms", 100.0);
    let mut bench = Bench::new(&root, "generated-0");
    bench.open("generated-1");
    let scrolled = bench.scroll(600);
    figures.below("1 MB, 17,000 spans: scrolling, 99th percentile", percentile(&scrolled, 0.99), "ms", 4.0);
    let (labelled, undone) = bench.label_and_undo(40);
    figures.below("1 MB, 17,000 spans: new span, shown", percentile(&labelled, 0.95), "ms", 8.0);
    figures.below("1 MB, 17,000 spans: undo, shown", percentile(&undone, 0.95), "ms", 8.0);
    figures.below("1 MB, 17,000 spans: memory", resident_of_child(&root), "MB", 150.0);
}

fn huge_article(figures: &mut Figures, folder: &Path) {
    let articles = vec![
        generate::article(0, 2_000, 10, 2),
        generate::article(1, 10_000, 170, 56),
        generate::article(2, 10_000_000, 170_000, 56_000),
    ];
    let root = project_with(folder, "huge", articles);
    figures.below(
        "10 MB, 170,000 spans: open to first frame",
        median(&open_times(&root, "generated-2", 3)),
        "ms",
        1_000.0,
    );
    // The two lengths by turns in one window, so that the machine's mood is the same for both.
    let mut bench = Bench::new(&root, "generated-0");
    let (mut short, mut long) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        bench.open("generated-1");
        bench.turn_wheel(10);
        short.extend((0..40).map(|_| bench.frame(Vec::new())));
        bench.open("generated-2");
        bench.scroll(40);
        long.extend((0..40).map(|_| bench.frame(Vec::new())));
    }
    let scrolled = bench.scroll(600);
    figures.below("10 MB, 170,000 spans: scrolling, 99th percentile", percentile(&scrolled, 0.99), "ms", 4.0);
    figures.below("frame time at 10 MB against 10 kB", median(&long) / median(&short), "times", 1.5);
}

fn many_articles(figures: &mut Figures, folder: &Path) {
    let root = folder.join("many");
    Store::create(&root, &generate::project(7, 10_000, 5_000)).expect("the project can be written");
    let opened: Vec<Duration> = (0..3)
        .map(|_| {
            let start = Instant::now();
            let bench = Bench::new(&root, "");
            let elapsed = start.elapsed();
            drop(bench);
            elapsed
        })
        .collect();
    figures.below("10,000 articles: open to fifth frame", median(&opened), "ms", 1_000.0);
    let mut session =
        Session::open(&root, Access::Read, AnnotatorName::new(generate::ANNOTATOR)).expect("the project opens");
    session.start_background(|| ());
    while session.background().progress().is_some() {
        std::thread::sleep(Duration::from_millis(20));
        session.tick();
    }
    let query =
        Query::new(r"\b\w+ung\b", Mode::Regex, Case::Ignore, SpanFilter::default()).expect("the pattern is good");
    let summaries: Vec<_> =
        session.project().articles.keys().filter_map(|id| Some((id, session.background().summary(id)?))).collect();
    let texts: Vec<(&ArticleId, &str)> = summaries.iter().map(|(id, summary)| (*id, summary.text.as_str())).collect();
    assert_eq!(texts.len(), 10_000, "every article was looked through");
    let searched: Vec<Duration> = (0..5)
        .map(|_| {
            let start = Instant::now();
            let found = search_texts(
                &query,
                &texts,
                Control { cancel: &AtomicBool::new(false), done: &AtomicUsize::new(0), limit: 10_000 },
            );
            assert!(!found.hits.is_empty());
            start.elapsed()
        })
        .collect();
    figures.below("10,000 articles: regex search", median(&searched), "ms", 500.0);
}

/// Memory of a process of its own that shows the large article and scrolls through it.
fn resident_of_child(root: &Path) -> f64 {
    let program = std::env::current_exe().expect("the program knows itself");
    let output = Command::new(program).arg("--resident").arg(root).output().expect("a child process starts");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(f64::INFINITY)
}

fn print_resident(root: &Path) {
    let mut bench = Bench::new(root, "generated-0");
    bench.open("generated-1");
    bench.scroll(300);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    println!("{}", peak.unwrap_or(f64::INFINITY) / 1024.0);
}

/// From the start of the real program to the sample project on the screen of a virtual display.
fn start_of_program(figures: &mut Figures, _: &Path) {
    let Some(program) = release_program() else {
        eprintln!("left out: the start of the program (build it first: cargo build --release)");
        return;
    };
    let has = |tool: &str| Command::new("which").arg(tool).output().is_ok_and(|output| output.status.success());
    if !["Xvfb", "xwd"].iter().all(|tool| has(tool)) {
        eprintln!("left out: the start of the program (needs Xvfb and xwd)");
        return;
    }
    let home = scratch().join("home");
    let sample = home.join("sample");
    copy_folder(Path::new("projects/sample"), &sample);
    let display = ":97";
    let Ok(mut server) = Command::new("Xvfb")
        .args([display, "-screen", "0", "1440x900x24", "-noreset"])
        .stderr(std::process::Stdio::null())
        .spawn()
    else {
        return;
    };
    std::thread::sleep(Duration::from_millis(1500));
    let mut times = Vec::new();
    for _ in 0..6 {
        let start = Instant::now();
        let child = Command::new(&program)
            .arg(&sample)
            .env("DISPLAY", display)
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .stderr(std::process::Stdio::null())
            .spawn();
        let Ok(mut child) = child else { break };
        let deadline = Duration::from_secs(6);
        // A window full of text has many colors; an empty or black one has few.
        while colors_on(display) < 200 && start.elapsed() < deadline {}
        times.push(start.elapsed());
        let _ = child.kill();
        let _ = child.wait();
        while colors_on(display) >= 200 && start.elapsed() < deadline * 2 {}
    }
    let _ = server.kill();
    let _ = server.wait();
    // The first start fills the system's caches.
    if let Some(warm) = times.get(1..).filter(|warm| !warm.is_empty()) {
        figures.below("the real program under Xvfb shows the sample project", median(warm), "ms", 500.0);
    }
}

fn release_program() -> Option<PathBuf> {
    let examples = std::env::current_exe().ok()?;
    let program = examples.parent()?.parent()?.join("glosse");
    program.is_file().then_some(program)
}

/// Number of different colors on a display, as far as a thousand.
fn colors_on(display: &str) -> usize {
    let output = Command::new("xwd").args(["-display", display, "-root", "-silent"]).output();
    let dump = output.map(|output| output.stdout).unwrap_or_default();
    // The head of the dump holds a color map, which is not on the screen.
    let colors = dump.chunks_exact(4).skip(2_000).step_by(3).map(<[u8]>::to_vec);
    colors.collect::<HashSet<_>>().len().min(1_000)
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder can be made");
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target);
        } else {
            std::fs::copy(&source, &target).expect("the sample project can be copied");
        }
    }
}
