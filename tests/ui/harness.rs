//! The one way in which tests open the window: a small German project in a folder of its own, no graphics card, no
//! settings file.

// Each test file uses some of it.
#![allow(dead_code)]

use crate::raster_renderer::RasterRenderer;
use egui::{Event, Key, Modifiers, accesskit::Role};
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
    text::TextRange,
    ui::{
        app::App,
        keymap::{Pressed, Shortcut},
        request::Request,
        settings::Settings,
    },
};
use std::{path::Path, sync::Arc};
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
    // Below the harness, so that the window is gone before its folder.
    folder: TempDir,
}

impl Window {
    /// The test project on its first article, light, 1280 × 800 points.
    pub fn new() -> Self {
        Self::with(Settings {
            dark: Some(false),
            hints_seen: true,
            annotator: "anna".to_owned(),
            ..Settings::default()
        })
    }

    /// The same with other settings.
    pub fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("project");
        Store::create(&root, &project()).expect("a new project");
        Self::opened(&root, settings, folder)
    }

    /// A second window on a project that is open in another.
    pub fn on(root: &Path) -> Self {
        let settings =
            Settings { dark: Some(false), hints_seen: true, annotator: "anna".to_owned(), ..Settings::default() };
        Self::opened(root, settings, tempfile::tempdir().expect("a temporary folder"))
    }

    fn opened(root: &Path, settings: Settings, folder: TempDir) -> Self {
        let mut app = App::new(settings, None);
        app.open_project(root);
        let harness = Harness::builder()
            .with_size([1280.0, 800.0])
            .with_max_steps(64)
            .renderer(RasterRenderer::new())
            .build_ui_state(|ui, app: &mut App| app.ui(ui), app);
        let mut window = Self { harness, folder };
        window.run();
        window
    }

    /// A folder for whatever the test writes; the project lies in `project` inside it.
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
        let article = self.app().article().expect("an open article");
        self.session().set(article).expect("annotations in the open article")
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
        self.node(name).click();
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

fn project() -> Project {
    let articles = ARTICLES.map(|(id, title, source, date, text)| {
        let id = ArticleId::new(&glosse::model::slug(id));
        let metadata = ArticleMetadata {
            title: title.to_owned(),
            source: source.to_owned(),
            date: date.to_owned(),
            language: "de".to_owned(),
            ..ArticleMetadata::default()
        };
        (id.clone(), Article::new(id, metadata, text))
    });
    Project {
        settings: Arc::new(ProjectSettings { name: "Probe".to_owned(), ..ProjectSettings::default() }),
        schema: Arc::new(news_schema()),
        articles: articles.into(),
        ..Project::default()
    }
}
