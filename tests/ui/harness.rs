//! The one way in which tests open the window: a small German project in a folder of its own, no graphics card, no
//! settings file.

// Each test file uses some of it.
#![allow(dead_code)]

use crate::raster_renderer::RasterRenderer;
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Vec2, accesskit::Role, vec2};
use egui_kittest::{
    Harness, Node,
    kittest::{By, NodeT, Queryable},
};
use glosse::{
    model::{
        AnnotationId, AnnotationSet, Article, ArticleId, ArticleMetadata, Fragments, Project,
        Settings as ProjectSettings, news_schema,
    },
    session::Session,
    store::Store,
    text::{ByteOffset, TextRange, segment},
    ui::{
        app::App,
        keymap::{Pressed, Shortcut},
        request::Request,
        settings::Settings,
    },
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};
use tempfile::TempDir;

/// Id, title, source, date and text of the articles of the test project.
pub const ARTICLES: [(&str, &str, &str, &str, &str); 3] = [
    (
        "besuch",
        "Putin besucht Kursk",
        "Morgenblatt",
        "2025-03-12",
        "Putin besucht Kursk\n\nDer russische Präsident Wladimir Putin hat am Mittwoch die Region Kursk besucht. \
         Das teilte der Kreml mit.\n\nPutins Sprecher Dmitri Peskow sagte, der Präsident habe mit Generalstabschef Waleri \
         Gerassimow gesprochen. „Die Lage ist unter Kontrolle“, sagte Peskow.\n",
    ),
    (
        "drohnen",
        "Drohnen über Saporischschja",
        "Abendpost",
        "2025-03-14",
        "Drohnen über Saporischschja\n\nRussische Truppen griffen die Stadt in der Nacht mit 159 Drohnen an. \
         Gouverneur Iwan Fedorow sprach von acht Verletzten.\n",
    ),
    (
        "gespräche",
        "Gespräche in Riad",
        "Morgenblatt",
        "2025-03-24",
        "Gespräche in Riad\n\nUnterhändler aus den USA und Russland trafen sich in Riad. Der Kreml nannte die Gespräche \
         nützlich; Präsident Putin sei unterrichtet worden.\n",
    ),
];

/// The window on the test project.
pub struct Window {
    pub harness: Harness<'static, App>,
    root: PathBuf,
    /// The keys that [`Window::hold`] holds.
    held: Modifiers,
    // Below the harness, so that the window is gone before its folder.
    folder: TempDir,
}

impl Window {
    /// The test project on its first article, light, 1280 × 800 points.
    pub fn new() -> Self {
        Self::with(settings())
    }

    /// The same with other settings.
    pub fn with(settings: Settings) -> Self {
        Self::start(settings, &project())
    }

    /// Another project.
    pub fn of(project: &Project) -> Self {
        Self::start(settings(), project)
    }

    /// Another project with other settings.
    pub fn with_project(settings: Settings, project: &Project) -> Self {
        Self::start(settings, project)
    }

    /// A project with one article, and the schema of the test project.
    pub fn with_text(text: &str) -> Self {
        Self::of(&project_of(&[("text", "", "", "", text)]))
    }

    fn start(settings: Settings, project: &Project) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("project");
        Store::create(&root, project).expect("a new project");
        Self::open_in(folder, settings, root)
    }

    /// A window on the project that lies in `root`, which another may have open.
    pub fn on(root: &Path) -> Self {
        Self::on_with(root, settings())
    }

    /// The same with other settings.
    pub fn on_with(root: &Path, settings: Settings) -> Self {
        Self::open_in(tempfile::tempdir().expect("a temporary folder"), settings, root.to_owned())
    }

    /// A window without a project.
    pub fn without_project() -> Self {
        Self::open_in(tempfile::tempdir().expect("a temporary folder"), settings(), PathBuf::new())
    }

    fn open_in(folder: TempDir, settings: Settings, root: PathBuf) -> Self {
        let harness = harness(settings, &root, vec2(1280.0, 800.0));
        let mut window = Self { harness, root, held: Modifiers::NONE, folder };
        window.run();
        window
    }

    /// Closes the window as a user does, and opens it again with what it remembered.
    pub fn restart(&mut self) {
        let size = self.harness.ctx.content_rect().size();
        self.app_mut().save_settings();
        self.app_mut().close_project();
        self.app_mut().save_settings();
        let settings = self.app().settings().clone();
        self.harness = harness(settings, &self.root, size);
        self.run();
    }

    /// Changes the size of the window.
    pub fn resize(&mut self, width: f32, height: f32) {
        self.harness.set_size(vec2(width, height));
        self.run();
    }

    /// Frames until what a dialog looks up beside the window is there, at most half a second.
    pub fn run_until_quiet(&mut self) {
        let start = std::time::Instant::now();
        while start.elapsed() < std::time::Duration::from_millis(500) {
            self.harness.step();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self.run();
    }

    /// Frames until what is done beside the window has led to `is_there`; fails after two minutes, for slow machines.
    #[track_caller]
    pub fn wait_until(&mut self, is_there: impl Fn(&Self) -> bool) {
        let start = std::time::Instant::now();
        while !is_there(self) {
            assert!(start.elapsed() < std::time::Duration::from_secs(120), "{:?} {:?}", self.names(), self.texts());
            self.harness.step();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self.run();
    }

    /// The same until some accessible name has this in it.
    #[track_caller]
    pub fn wait_for(&mut self, part: &str) {
        self.wait_until(|window| window.shows(part));
    }

    /// Presses Tab until the widget with this name has the keyboard.
    #[track_caller]
    pub fn tab_to(&mut self, name: &str) {
        for _ in 0..60 {
            self.press("Tab");
            if self.has(name) && self.node(name).is_focused() {
                return;
            }
        }
        panic!("Tab does not lead to {name:?}; there are {:?}", self.names());
    }

    /// The folder of the project.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder for whatever the test writes; the project lies in `project` inside it, unless it was opened elsewhere.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn app(&self) -> &App {
        self.harness.state()
    }

    pub fn app_mut(&mut self) -> &mut App {
        self.harness.state_mut()
    }

    pub fn session(&self) -> &Session {
        self.app().session().expect("an open project")
    }

    /// The annotator's annotations of the open article.
    pub fn set(&self) -> &AnnotationSet {
        static EMPTY: LazyLock<AnnotationSet> = LazyLock::new(AnnotationSet::default);
        let article = self.app().article().expect("an open article");
        self.session().set(article).unwrap_or(&EMPTY)
    }

    /// Frames until nothing moves any more.
    pub fn run(&mut self) {
        self.harness.run();
    }

    /// Presses and releases a key as the keymap writes it: `Ctrl+K`, `Shift+Tab`, `p`, `?`. What a keyboard sends in one
    /// go (the key and the character that it makes) comes in one frame.
    pub fn press(&mut self, shortcut: &str) {
        let parsed = Shortcut::parse(shortcut)
            .or_else(|| Shortcut::parse(&shortcut.to_uppercase()))
            .unwrap_or_else(|| panic!("{shortcut:?} is no key"));
        let modifiers =
            Modifiers { alt: parsed.alt, ctrl: parsed.ctrl, shift: parsed.shift, mac_cmd: false, command: parsed.ctrl };
        let events = &mut self.harness.input_mut().events;
        let mut released = None;
        match parsed.key {
            Pressed::Character(character) => events.push(Event::Text(character.to_string())),
            Pressed::Key(key) => {
                let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
                events.extend([Event::ModifiersChanged(modifiers), event(true)]);
                let name = key.name();
                let text = if key == Key::Space {
                    Some(" ".to_owned())
                } else {
                    (name.len() == 1).then(|| name.to_lowercase())
                };
                let text = text.filter(|_| !parsed.ctrl && !parsed.alt);
                events.extend(text.map(|text| Event::Text(if parsed.shift { text.to_uppercase() } else { text })));
                released = Some([event(false), Event::ModifiersChanged(Modifiers::NONE)]);
            }
        }
        self.harness.step();
        self.harness.input_mut().events.extend(released.into_iter().flatten());
        self.run();
    }

    /// Types into whatever has the keyboard.
    pub fn type_text(&mut self, text: &str) {
        self.harness.input_mut().events.push(Event::Text(text.to_owned()));
        self.run();
    }

    /// Puts the keyboard into the field with this name and replaces its content.
    pub fn fill(&mut self, name: &str, text: &str) {
        self.node(name).focus();
        self.run();
        self.press("Ctrl+A");
        self.press("Delete");
        if !text.is_empty() {
            self.type_text(text);
        }
    }

    /// The one widget with this accessible name that is more than plain text, or else the one text.
    pub fn node<'a>(&'a self, name: &'a str) -> Node<'a> {
        let mut nodes: Vec<Node<'a>> = self.harness.query_all(By::new().label(name)).collect();
        if nodes.iter().any(|node| is_control(node)) {
            nodes.retain(is_control);
        }
        if self.app().has_dialog()
            && let Some(last) = nodes.pop()
        {
            // What a dialog shows comes last.
            return last;
        }
        match nodes.len() {
            1 => nodes.remove(0),
            count => panic!("{count} widgets are called {name:?}; there are {:?}", self.names()),
        }
    }

    /// True if something has this accessible name.
    pub fn has(&self, name: &str) -> bool {
        self.harness.query_all(By::new().label(name)).next().is_some()
    }

    /// True if some accessible name has this in it.
    pub fn shows(&self, part: &str) -> bool {
        self.harness.query_all(By::new().label_contains(part)).next().is_some()
            || self
                .harness
                .query_all(By::new().predicate(|node| node.value().is_some_and(|value| value.contains(part))))
                .next()
                .is_some()
    }

    /// All accessible names, for messages of failed tests.
    pub fn names(&self) -> Vec<String> {
        let nodes = self.harness.query_all(By::new().predicate(|node| node.label().is_some()));
        nodes.filter_map(|node| node.accesskit_node().label()).collect()
    }

    /// Clicks the middle of the widget with this name.
    pub fn click(&mut self, name: &str) {
        // What is looked up beside the window comes first, where a button waits for it.
        let start = std::time::Instant::now();
        while self.node(name).accesskit_node().is_disabled() && start.elapsed() < std::time::Duration::from_secs(5) {
            self.harness.step();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self.run();
        self.node(name).click();
        self.run();
    }

    /// Everything that is written anywhere, for messages of failed tests.
    pub fn texts(&self) -> Vec<String> {
        let nodes = self.harness.query_all(By::new().predicate(|node| node.value().is_some()));
        nodes.filter_map(|node| node.accesskit_node().value()).collect()
    }

    /// True if a row of a list has this accessible name.
    pub fn lists(&self, name: &str) -> bool {
        self.harness.query_all(By::new().role(Role::ListBoxOption).label(name)).next().is_some()
    }

    /// Clicks the row of a list with this name.
    pub fn click_row(&mut self, name: &str) {
        self.harness.get_by_role_and_label(Role::ListBoxOption, name).click();
        self.run();
    }

    /// Runs a command of the list, as the menu does.
    pub fn command(&mut self, command: glosse::ui::command::Command) {
        self.app_mut().request(Request::Run(command));
        self.run();
    }

    /// Opens another article.
    pub fn open(&mut self, article: &str) {
        self.app_mut().request(Request::Go { article: ArticleId::new(article), range: None, select: None });
        self.run();
    }

    /// Labels the first occurrence of `words` in the open article, beside the window, and selects the span.
    pub fn span(&mut self, label: &str, words: &str) -> AnnotationId {
        let app = self.app_mut();
        let article = app.article().expect("an open article").clone();
        let session = app.session_mut().expect("an open project");
        let text = session.project().article(&article).expect("the open article").text();
        let start = text.find(words).unwrap_or_else(|| panic!("the article has no {words:?}"));
        let fragments = Fragments::one(TextRange::from_usize(start, start + words.len()));
        let id = session
            .edit(&article, format!("Label {label}"), |draft| Ok(draft.add_span(label, fragments)?))
            .expect("a span that the schema allows");
        app.request(Request::Select(Some(id)));
        self.run();
        id
    }

    /// The text of the open article.
    pub fn text(&self) -> &str {
        let article = self.app().article().expect("an open article");
        self.session().project().article(article).expect("the open article").text()
    }

    /// Where `words` stand first in the open article.
    pub fn range(&self, words: &str) -> TextRange {
        let start = self.text().find(words).unwrap_or_else(|| panic!("the article has no {words:?}"));
        TextRange::from_usize(start, start + words.len())
    }

    /// What is selected in the text.
    pub fn selection(&self) -> &str {
        let range = self.app().view().expect("an open article").selection.range();
        range.slice(self.text()).expect("a selection in the text")
    }

    /// All spans in the order of the text, as `LABEL words`, with ` … ` between the pieces.
    pub fn spans(&self) -> Vec<String> {
        let text = self.text();
        let words = |range: TextRange| range.slice(text).unwrap_or("?").to_owned();
        let in_order = self.set().spans_in_order();
        in_order
            .map(|span| format!("{} {}", span.label, span.fragments.iter().map(words).collect::<Vec<_>>().join(" … ")))
            .collect()
    }

    /// All relations in words, as the table lists them.
    pub fn relations(&self) -> Vec<String> {
        let name = |id: AnnotationId| match self.set().span(id) {
            Some(span) => span.fragments.surface(self.text()),
            None => {
                format!("[{}]", self.set().relation(id).map(|relation| relation.label.to_string()).unwrap_or_default())
            }
        };
        let in_words = |relation: &glosse::model::Relation| {
            let trigger = relation.trigger.map(|id| format!(" {}", name(id))).unwrap_or_default();
            let arguments =
                relation.arguments.iter().map(|argument| format!("{} {}", argument.role, name(argument.target)));
            format!("{}{trigger}: {}", relation.label, arguments.collect::<Vec<_>>().join(", "))
        };
        self.set().relations().map(in_words).collect()
    }

    /// Where the letters on both sides of `offset` meet, in the window.
    pub fn place(&self, offset: ByteOffset) -> Rect {
        let place = self.app().view().expect("an open article").caret_rect(offset);
        place.unwrap_or_else(|| panic!("{offset:?} is out of sight"))
    }

    /// The middle of the first and of the last letter of a range.
    pub fn letters(&self, range: TextRange) -> (Pos2, Pos2) {
        let text = self.text();
        let middle = |one: ByteOffset, other: ByteOffset| {
            let (one, other) = (self.place(one), self.place(other));
            // The letter before the end of a row has its right edge on the next one.
            if one.top() == other.top() {
                one.center().lerp(other.center(), 0.5)
            } else {
                one.center() + vec2(2.0, 0.0)
            }
        };
        let first = middle(range.start(), segment::next_grapheme(text, range.start()));
        let last = middle(segment::previous_grapheme(text, range.end()), range.end());
        (first, last)
    }

    /// Holds keys while the mouse does something.
    pub fn hold(&mut self, modifiers: Modifiers) {
        self.held = modifiers;
        self.harness.event(Event::ModifiersChanged(modifiers));
        self.run();
    }

    /// Presses the button at one point, moves, and lets go at another.
    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        let modifiers = self.held;
        let button = |pos, pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers };
        self.harness.event(Event::PointerMoved(from));
        self.harness.event(button(from, true));
        self.harness.event(Event::PointerMoved(from.lerp(to, 0.5)));
        self.harness.event(Event::PointerMoved(to));
        self.harness.event(button(to, false));
        self.run();
    }

    /// Clicks `count` times at once.
    pub fn click_at(&mut self, at: Pos2, count: usize) {
        let modifiers = self.held;
        self.harness.event(Event::PointerMoved(at));
        self.harness.step();
        for _ in 0..count {
            for pressed in [true, false] {
                let button = Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers };
                self.harness.input_mut().events.push(button);
            }
            self.harness.step();
        }
        self.run();
    }

    /// Drags over `words` with the mouse, from inside the first letter to inside the last.
    pub fn select(&mut self, words: &str) {
        let (first, last) = self.letters(self.range(words));
        self.drag(first, last);
    }

    /// Puts the caret at the start of `words` by keyboard, from the start of the article.
    pub fn caret_to(&mut self, words: &str) {
        let start = self.range(words).start();
        self.press("Ctrl+Home");
        loop {
            let head = self.app().view().expect("an open article").selection.head;
            if head >= start {
                break;
            }
            self.press(if segment::next_token_end(self.text(), head) <= start { "Ctrl+Right" } else { "Right" });
            assert!(self.app().view().expect("an open article").selection.head > head, "the caret is stuck");
        }
    }

    /// Selects `words` by keyboard: the caret at their start, then character by character.
    pub fn select_by_keys(&mut self, words: &str) {
        self.caret_to(words);
        while self.selection().len() < words.len() {
            self.press("Shift+Right");
        }
        assert_eq!(self.selection(), words);
    }

    /// The text of the last message to the user.
    pub fn last_message(&self) -> &str {
        self.app().messages().log().last().map_or("", |message| message.text.as_str())
    }

    /// Drops files or folders on the window.
    pub fn drop_files(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
        }
        self.run();
    }

    /// Writes what the window shows to `$GLOSSE_SHOTS/name.png`; without the variable it does nothing.
    pub fn shot(&mut self, name: &str) {
        let Ok(folder) = std::env::var("GLOSSE_SHOTS") else { return };
        let image = self.harness.render().expect("a picture of the window");
        std::fs::create_dir_all(&folder).expect("the folder for pictures");
        image.save(Path::new(&folder).join(format!("{name}.png"))).expect("a picture on disk");
    }
}

fn is_control(node: &Node<'_>) -> bool {
    node.accesskit_node().role() != Role::Label
}

/// A file or folder that was dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Light, or dark if the variable `GLOSSE_SHOTS_DARK` is set; without hints, as annotator anna.
pub fn settings() -> Settings {
    Settings {
        dark: Some(std::env::var_os("GLOSSE_SHOTS_DARK").is_some()),
        hints_seen: true,
        annotator: "anna".to_owned(),
        suggest: false,
        ..Settings::default()
    }
}

fn harness(settings: Settings, root: &Path, size: Vec2) -> Harness<'static, App> {
    let mut app = App::new(settings, None);
    if root.join("project.ron").exists() {
        app.open_project(root);
    }
    // A missing icon is a mistake; a letter of another script is drawn with what the system has, which tests do not look at.
    let is_latin = |character: char| character < '\u{590}' || ('\u{2000}'..'\u{2500}').contains(&character);
    let text =
        app.session().and_then(|session| session.project().article(app.article()?)).map_or("", |open| open.text());
    let mut builder = Harness::builder();
    if !text.chars().all(is_latin) {
        builder = builder.allow_missing_glyphs();
    }
    builder
        .with_size(size)
        // Many while something is done beside the window, on a slow machine.
        .with_max_steps(1_000)
        .renderer(RasterRenderer::new())
        .build_ui_state(|ui, app: &mut App| app.ui(ui), app)
}

/// The test project as it is before anybody did anything.
pub fn project() -> Project {
    project_of(&ARTICLES)
}

/// A project with these articles: id, title, source, date, text.
pub fn project_of(articles: &[(&str, &str, &str, &str, &str)]) -> Project {
    let articles = articles.iter().map(|(id, title, source, date, text)| {
        let id = ArticleId::new(&glosse::model::slug(id));
        let metadata = ArticleMetadata {
            title: (*title).to_owned(),
            source: (*source).to_owned(),
            date: (*date).to_owned(),
            language: "de".to_owned(),
            ..ArticleMetadata::default()
        };
        (id.clone(), Article::new(id, metadata, text))
    });
    Project {
        settings: Arc::new(ProjectSettings { name: "Probe".to_owned(), ..ProjectSettings::default() }),
        schema: Arc::new(news_schema()),
        articles: articles.collect(),
        ..Project::default()
    }
}
