//! The window: the only room that knows egui.
//!
//! [`app::App`] holds the state and draws a frame; panels look at it through [`request::PanelContext`] and answer with
//! [`request::Request`]s, which [`dispatch`] carries out.

mod annotate;
pub mod app;
mod article_list;
mod asking;
mod bar;
pub mod command;
mod comparison;
mod comparison_parts;
mod comparison_task;
mod corpus;
mod decide;
mod dialogs;
mod dispatch;
pub mod document;
mod focus_ring;
pub mod fonts;
mod guesses;
pub mod icons;
mod inspector;
pub mod keymap;
mod kwic;
mod label_strip;
mod link_box;
mod markdown;
pub mod messages;
mod palette_box;
pub mod picture;
#[expect(clippy::indexing_slicing, reason = "hot loops over rows whose length was checked before them")]
pub mod raster;
pub mod request;
mod review;
mod review_task;
mod search;
mod search_task;
pub mod settings;
mod status_line;
mod suggest_all;
mod suggestions;
mod svg;
mod table;
mod task;
pub mod texts;
pub mod theme;
mod titles;
mod welcome;
mod widgets;

use app::App;
use std::path::{Path, PathBuf};

/// The window as eframe runs it.
struct Window {
    app: App,
    /// When the settings were last looked at for changes.
    saved_at: std::time::Instant,
    /// True once the user was told that closing loses changes.
    warned: bool,
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.app.ui(ui);
        // Changes that could not be saved keep the window open once; who closes it again means it.
        if ui.input(|input| input.viewport().close_requested())
            && !self.warned
            && let Some(reason) = self.app.unsaved()
        {
            self.warned = true;
            ui.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            let text = format!("{reason}. {}", texts::tr("Close the window again to leave without these changes"));
            self.app.request(request::Request::Message(messages::Severity::Error, text));
        }
        self.warned &= self.app.unsaved().is_some();
        if self.app.take_quit() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
        if self.saved_at.elapsed() > std::time::Duration::from_secs(10) {
            self.saved_at = std::time::Instant::now();
            self.app.save_settings();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.app.save_settings();
        self.app.close_project();
        self.app.save_settings();
    }
}

/// Opens the window, on `project` or on the one that was open last, or on the sample project.
///
/// # Errors
/// If no window can be made; says why.
pub fn run(project: Option<PathBuf>) -> Result<(), String> {
    let path = settings::Settings::path();
    let (settings, problem) = path.as_deref().map(settings::Settings::load).unwrap_or_default();
    let start = project.or_else(|| settings.recent_projects.iter().find(|root| root.is_dir()).cloned()).or_else(sample);
    let is_sample = start.as_deref().zip(sample().as_deref()).is_some_and(|(start, sample)| is_same(start, sample));
    let viewport = egui::ViewportBuilder::default()
        .with_title("Glosse")
        .with_app_id("glosse")
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([480.0, 360.0]);
    let options = eframe::NativeOptions { viewport, persist_window: true, ..Default::default() };
    let create = move |creation: &eframe::CreationContext<'_>| {
        let mut app = App::new(settings, path);
        app.set_up(&creation.egui_ctx);
        if let Some(problem) = problem {
            app.request(request::Request::Message(messages::Severity::Warning, problem));
        }
        match crate::session::annotator::from_environment() {
            Ok(Some(name)) => app.annotate_as(name),
            Ok(None) => {}
            Err(error) => app.request(request::Request::Message(messages::Severity::Error, error.to_string())),
        }
        match start {
            Some(root) if is_sample => app.open_sample(&root),
            Some(root) => app.open_project(&root),
            None => {}
        }
        let window: Box<dyn eframe::App> = Box::new(Window { app, saved_at: std::time::Instant::now(), warned: false });
        Ok(window)
    };
    eframe::run_native("glosse", options, Box::new(create)).map_err(|error| error.to_string())
}

/// True if two paths lead to the same folder.
fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

/// The sample project, where the program was built from its sources or stands beside it.
fn sample() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("projects")));
    let here = Some(PathBuf::from("projects"));
    let source = Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("projects"));
    let folders = [here, beside, source].into_iter().flatten();
    folders.map(|folder| folder.join("sample")).find(|root| root.join("project.ron").is_file())
}
