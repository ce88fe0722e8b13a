//! Carrying out requests and commands.

use super::{
    annotate::{EdgeStep, Grain},
    app::App,
    asking::Asking,
    command::{Command, Needs},
    dialogs,
    document::{ArcMode, Selection, TagMode},
    messages::Severity,
    palette_box::PaletteBox,
    request::{PanelContext, Request},
    table::Tab,
    texts::{self, Language, tr},
};
use crate::{edit::Operation, model::ArticleId, session::Change};
use egui::{Context, Id};

/// True if a command can be run now.
pub fn can_run(context: &PanelContext<'_>, command: Command) -> bool {
    match command.needs() {
        Needs::Nothing => true,
        Needs::Project => context.session.is_some(),
        Needs::Article => context.article.is_some(),
        Needs::Writing => context.article.is_some() && context.is_writable(),
        Needs::Selected => context.selected.is_some() && context.is_writable(),
    }
}

impl App {
    /// Does what was asked for since the last call.
    pub(super) fn carry_out_requests(&mut self, context: &Context) {
        // What a request asks for in turn comes at the next call.
        for request in std::mem::take(&mut self.requests) {
            self.carry_out(context, request);
            context.request_repaint();
        }
    }

    fn carry_out(&mut self, context: &Context, request: Request) {
        match request {
            Request::Run(command) => self.run(context, command),
            Request::OpenProject(root) => self.open_project(&root),
            Request::Go { article, range, select } => {
                self.push_jump();
                self.open_article(&article);
                if let Some(id) = select {
                    self.selected = Some(id);
                }
                let place = range.or_else(|| select.and_then(|id| self.set()?.anchor(id)));
                if let Some(range) = place {
                    if let Some(view) = self.view_mut() {
                        view.selection = Selection::caret(range.start());
                    }
                    self.reveal(range);
                }
                self.focus_article = true;
                self.has_jumped = true;
            }
            Request::Select(id) => {
                self.selected = id;
                if let Some(range) = id.and_then(|id| self.set()?.anchor(id)) {
                    self.reveal(range);
                }
            }
            Request::Label(label) => {
                if can_run(&self.context(), Command::LabelSelection) {
                    self.label(&label);
                } else {
                    self.say_why_not(Command::LabelSelection);
                }
            }
            Request::LabelPlace(label) => {
                if can_run(&self.context(), Command::ZeroWidthSpan) {
                    self.label_place(&label);
                }
            }
            Request::Link(choice) => self.carry_out_link(&choice),
            Request::ChooseTarget(relation, place) => self.choose_target(relation, place),
            Request::Retarget(relation, place, target) => self.retarget(relation, place, target),
            Request::Change(change) => {
                let Some(session) = &mut self.session else { return };
                match change(session) {
                    Ok(Some(message)) => self.messages.info(message),
                    Ok(None) => {}
                    Err(error) => self.messages.error(error.to_string()),
                }
            }
            Request::Dialog(dialog) => self.open_dialog(dialog),
            Request::CloseDialog => self.close_dialog(),
            Request::Message(severity, text) => match severity {
                Severity::Info => self.messages.info(text),
                Severity::Warning => self.messages.warning(text),
                Severity::Error => self.messages.error(text),
            },
            Request::Import(files) => self.open_dialog(dialogs::import(files, &self.settings)),
            Request::Highlight(ranges) => self.highlights = ranges,
            Request::SelectText(range) => {
                if let Some(view) = self.view_mut() {
                    view.selection = Selection::of(range);
                    self.selected = None;
                }
            }
            Request::GoOnAs(name) => {
                // From now on, whatever the program was started with.
                self.annotator_given = None;
                self.settings.annotator = name.to_string();
            }
            Request::Settings(change) => {
                change(&mut self.settings);
                texts::set_language(self.settings.language);
                self.apply_appearance(context);
            }
            Request::Ask { extractor, only } => self.ask(context, &extractor, only.as_ref()),
            Request::Table(tab) => self.table.open(tab),
            Request::FocusArticle => self.focus_article = true,
            Request::Keymap(keymap) => self.keymap = keymap,
        }
    }

    fn say_why_not(&mut self, command: Command) {
        let context = self.context();
        let reason = match command.needs() {
            Needs::Project | Needs::Nothing => tr("Open a project first").to_owned(),
            _ if context.session.is_none() => tr("Open a project first").to_owned(),
            Needs::Article => tr("Open an article first").to_owned(),
            Needs::Writing | Needs::Selected => match context.session.and_then(|session| session.read_only_reason()) {
                Some(reason) => format!("{}: {reason}", tr("The project is open for reading only")),
                None if context.article.is_none() => tr("Open an article first").to_owned(),
                None => tr("Select an annotation first, with Tab or a click").to_owned(),
            },
        };
        self.messages.info(reason);
    }

    /// Runs a command, or says why it can not be run.
    pub fn run(&mut self, context: &Context, command: Command) {
        if !can_run(&self.context(), command) {
            self.say_why_not(command);
            return;
        }
        self.messages.close_said();
        match command {
            Command::NewProject => self.open_dialog(dialogs::new_project(&self.settings)),
            Command::OpenProject => self.open_dialog(dialogs::open_project(&self.settings)),
            Command::AddArticles => self.open_dialog(dialogs::import(Vec::new(), &self.settings)),
            Command::RemoveArticle => self.remove_article(),
            Command::Export => {
                let listed = self.session.as_ref().and_then(|session| self.list.narrowed(session));
                self.with_dialog(|context| dialogs::export(context, listed));
            }
            Command::EditSchema => self.with_dialog(dialogs::schema),
            Command::EditEntities => self.with_dialog(dialogs::entities),
            Command::EditExtractors => self.with_dialog(dialogs::extractors),
            Command::SuggestWith => self.with_dialog(dialogs::suggest_with),
            Command::EditRules => self.with_dialog(dialogs::rules),
            Command::ChooseAnnotator => self.with_dialog(dialogs::annotator),
            Command::Quit => self.quit = true,
            Command::Undo => self.undo_or_redo(true),
            Command::Redo => self.undo_or_redo(false),
            Command::Find => {
                let context = self.context();
                let words = context.open_article().and_then(|article| context.selection.slice(article.text()));
                let words = words.unwrap_or_default().to_owned();
                self.table.search.begin(&words);
                self.table.open(Tab::Concordance);
                self.focus_article = false;
            }
            Command::NextHit => self.step_hit(true),
            Command::PreviousHit => self.step_hit(false),
            Command::EditText => self.with_dialog(dialogs::edit_text),
            Command::CompareOriginal => self.with_dialog(dialogs::compare_original),
            Command::EditMetadata => self.with_dialog(dialogs::metadata),
            Command::CopyText => self.copy(context),
            Command::LabelSelection => self.palette_box = Some(PaletteBox::labels(false)),
            Command::ZeroWidthSpan => self.palette_box = Some(PaletteBox::labels(true)),
            Command::KeepPiece => self.keep_piece(),
            Command::AddPiece => self.add_piece(),
            Command::AnnotateOccurrences => self.with_dialog(dialogs::occurrences),
            Command::LinkEntity => self.with_dialog(dialogs::link_entity),
            Command::EditNote => {
                self.reveal_inspector();
                self.inspector.focus_note();
                self.focus_article = false;
            }
            Command::DocumentLabels => self.palette_box = Some(PaletteBox::document_labels()),
            Command::GrowStart => self.step_edge(EdgeStep::GrowStart, Grain::Token),
            Command::ShrinkStart => self.step_edge(EdgeStep::ShrinkStart, Grain::Token),
            Command::ShrinkEnd => self.step_edge(EdgeStep::ShrinkEnd, Grain::Token),
            Command::GrowEnd => self.step_edge(EdgeStep::GrowEnd, Grain::Token),
            Command::GrowStartByCharacter => self.step_edge(EdgeStep::GrowStart, Grain::Character),
            Command::ShrinkStartByCharacter => self.step_edge(EdgeStep::ShrinkStart, Grain::Character),
            Command::ShrinkEndByCharacter => self.step_edge(EdgeStep::ShrinkEnd, Grain::Character),
            Command::GrowEndByCharacter => self.step_edge(EdgeStep::GrowEnd, Grain::Character),
            Command::RejectOrDelete => self.reject_or_delete(),
            Command::Delete => self.delete(),
            Command::ConfirmSentence => self.confirm_sentence(),
            Command::ConfirmArticle => self.confirm_article(),
            Command::ReopenArticle => self.reopen_article(),
            Command::AcceptSelected => self.accept_selected(),
            Command::OtherEdges => self.other_edges(),
            Command::AcceptVisible => self.accept_visible(),
            Command::AcceptSuggestions => self.choose_accepted(),
            Command::RejectAll => self.reject_all(),
            Command::SuggestInAll | Command::YesNoQuestions if !self.context().is_writable() => {
                self.say_why_not(Command::LabelSelection);
            }
            Command::SuggestInAll => self.suggest_in_all(context),
            Command::YesNoQuestions => self.open_dialog(dialogs::questions()),
            Command::ToggleSuggestions => self.toggle_suggestions(),
            Command::ToggleSnap => {
                self.settings.snap = !self.settings.snap;
                let now = if self.settings.snap {
                    tr("The mouse selects whole words")
                } else {
                    tr("The mouse selects single characters")
                };
                self.messages.info(now);
            }
            Command::StartRelation => self.start_relation(),
            Command::ReverseRelation => {
                if let Some(id) = self.selected {
                    self.edit(format!("Reverse {}", self.named(id)), |draft| draft.reverse_relation(id));
                }
            }
            Command::RetargetRelation => self.start_retargeting(),
            Command::CycleArcs => {
                self.settings.arcs = match self.settings.arcs {
                    ArcMode::Selection => ArcMode::All,
                    ArcMode::All => ArcMode::None,
                    ArcMode::None => ArcMode::Selection,
                };
            }
            Command::SuggestionReport => {
                self.note_work_so_far();
                let kept = self.kept_curve.clone();
                self.with_dialog(|context| dialogs::suggestion_report(context, &kept));
            }
            Command::CompareOpinions => {
                self.table.comparison.begin();
                self.table.open(Tab::Comparison);
                self.focus_article = false;
            }
            Command::NextDifference => self.step_difference(true),
            Command::PreviousDifference => self.step_difference(false),
            Command::CycleTags => {
                self.settings.tags = match self.settings.tags {
                    TagMode::Always => TagMode::Hover,
                    TagMode::Hover => TagMode::Never,
                    TagMode::Never => TagMode::Always,
                };
            }
            Command::CommandPalette => self.palette_box = Some(PaletteBox::commands()),
            Command::ToggleArticles => self.toggle_articles(),
            Command::ToggleInspector => self.settings.show_inspector = !self.settings.show_inspector,
            Command::RelationTable => self.toggle_table(Tab::Relations),
            Command::Concordance => self.toggle_table(Tab::Concordance),
            Command::Problems => self.toggle_table(Tab::Problems),
            Command::History => self.toggle_table(Tab::History),
            Command::ReviewQueue => self.toggle_review(context),
            Command::ToggleTheme => {
                self.settings.dark = Some(!self.theme.dark);
                self.apply_appearance(context);
            }
            Command::ToggleLanguage => {
                self.settings.language = match self.settings.language {
                    Language::English => Language::German,
                    Language::German => Language::English,
                };
                texts::set_language(self.settings.language);
            }
            Command::ZoomIn => self.zoom(context, self.settings.zoom + 0.1),
            Command::ZoomOut => self.zoom(context, self.settings.zoom - 0.1),
            Command::ZoomReset => self.zoom(context, 1.0),
            Command::NextSpan => self.step_span(true),
            Command::PreviousSpan => self.step_span(false),
            Command::NextDoubtful => self.step_doubtful(1),
            Command::PreviousDoubtful => self.step_doubtful(-1),
            Command::NextGuess => self.step_guess(1),
            Command::PreviousGuess => self.step_guess(-1),
            Command::PickSpan => self.pick_at_caret(),
            Command::NextArticle => self.step_article(1),
            Command::PreviousArticle => self.step_article(-1),
            Command::FilterArticles => {
                self.reveal_articles();
                self.list.focus_filter();
            }
            Command::FollowRelation => self.follow_relation(),
            Command::JumpBack => self.jump_back(),
            Command::NextArea => self.next_area(context),
            Command::Guidelines => self.with_dialog(dialogs::guidelines),
            Command::ShortcutSheet => self.with_dialog(dialogs::shortcuts),
            Command::MessageLog => {
                let log = self.messages.log().to_vec();
                self.open_dialog(dialogs::message_log(log));
            }
            Command::About => self.open_dialog(dialogs::about()),
        }
    }

    /// Opens a dialog that is made from a look at the present state, or says why there is none.
    fn with_dialog(&mut self, make: impl FnOnce(&PanelContext<'_>) -> Result<Box<dyn super::request::Dialog>, String>) {
        match make(&self.context()) {
            Ok(dialog) => self.open_dialog(dialog),
            Err(reason) => self.messages.info(reason),
        }
    }

    /// Asks an extractor from outside, one at a time. Texts go elsewhere only where the user agreed to that.
    fn ask(&mut self, context: &Context, name: &str, only: Option<&ArticleId>) {
        let Some(session) = &self.session else { return };
        let extractors = &session.project().settings.extractors;
        let Some(extractor) = extractors.iter().find(|extractor| &*extractor.name == name).cloned() else { return };
        if self.asking.is_some() {
            self.messages.info(tr("Another extractor is being asked; wait for it or stop it first"));
            return;
        }
        let may_leave = extractor.foreign_host().is_some_and(|host| self.settings.may_send(session.root(), host));
        self.asking = Some(Asking::start(context, session, extractor, only, may_leave));
    }

    fn step_hit(&mut self, forward: bool) {
        let mut table = std::mem::take(&mut self.table);
        let mut requests = Vec::new();
        table.search.step(forward, &self.context(), &mut requests);
        self.table = table;
        self.requests.extend(requests);
    }

    fn step_difference(&mut self, forward: bool) {
        let mut table = std::mem::take(&mut self.table);
        let mut requests = Vec::new();
        table.comparison.step(forward, &self.context(), &mut requests);
        self.table = table;
        self.requests.extend(requests);
    }

    fn zoom(&mut self, context: &Context, factor: f32) {
        self.settings.zoom = (factor.clamp(0.5, 3.0) * 10.0).round() / 10.0;
        context.set_zoom_factor(self.settings.zoom);
    }

    fn copy(&self, context: &Context) {
        let selection = self.context().selection;
        if let Some(text) = self.context().open_article().and_then(|article| selection.slice(article.text()))
            && !text.is_empty()
        {
            context.copy_text(text.to_owned());
        }
    }

    fn undo_or_redo(&mut self, undo: bool) {
        if self.undo_or_redo_confirmation(undo) {
            return;
        }
        let Some(session) = &mut self.session else { return };
        // Taking whole articles away by a key pressed once too often would frighten: that takes a second press.
        if undo
            && let Some(seq) = session.undo_removes_articles()
            && self.undo_asked != Some(seq)
        {
            self.undo_asked = Some(seq);
            let title = super::titles::title(session.undo_title().unwrap_or_default());
            self.messages
                .warning(format!("{}: {title}", tr("Undo once more to take whole articles out of the project")));
            return;
        }
        self.undo_asked = None;
        let result = if undo { session.undo() } else { session.redo() };
        match result {
            Ok(Some(change)) => self.show_change(&change, undo),
            Ok(None) => self.messages.info(if undo { tr("Nothing to undo") } else { tr("Nothing to redo") }),
            Err(error) => self.messages.error(error.to_string()),
        }
    }

    /// Goes where an undo or redo changed something.
    fn show_change(&mut self, change: &Change, undo: bool) {
        let done = if undo { tr("Undone") } else { tr("Done again") };
        self.messages.info(format!("{done}: {}", super::titles::title(&change.title)));
        // A change of many articles is looked at where the user is, if it can be seen there.
        let touches = |id: &&ArticleId| change.transaction.operations.iter().any(|step| step.article() == Some(*id));
        let Some(article) = self.article.as_ref().filter(touches).or(change.article()).cloned() else { return };
        let exists = self.session.as_ref().is_some_and(|session| session.project().articles.contains_key(&article));
        if !exists {
            return;
        }
        self.open_article(&article);
        // A span rather than the relations that came or went with it.
        let annotations = change.transaction.operations.iter().rev().filter_map(|operation| operation.annotation());
        let here = annotations.filter(|(key, _)| key.article == article).map(|(_, id)| id);
        let there: Vec<_> = here.filter(|id| self.set().is_some_and(|set| set.get(*id).is_some())).collect();
        let is_span = |id: &&crate::model::AnnotationId| self.set().is_some_and(|set| set.span(**id).is_some());
        let id = there.iter().find(is_span).or(there.first()).copied();
        self.selected = id;
        // What went away is looked at where it was.
        let gone = || {
            let operations = change.transaction.operations.iter().rev();
            operations.filter(|step| step.article() == Some(&article)).find_map(|operation| match operation {
                Operation::Span { before: Some(span), after: None, .. } => Some(span.fragments.hull()),
                _ => None,
            })
        };
        let Some(range) = id.and_then(|id| self.set()?.anchor(id)).or_else(gone) else { return };
        // Words that were selected before are not what is meant now; those of what went away may be labelled otherwise.
        if let Some(view) = self.view_mut() {
            view.selection = if id.is_some() { Selection::caret(range.start()) } else { Selection::of(range) };
        }
        self.return_to_guess();
        self.reveal(range);
    }

    fn step_article(&mut self, step: isize) {
        let (Some(session), Some(open)) = (&self.session, &self.article) else { return };
        let order = self.list.order(session);
        let place = order.iter().position(|id| id == open);
        let next = place.and_then(|place| place.checked_add_signed(step)).and_then(|place| order.get(place)).cloned();
        match next {
            Some(id) => {
                self.open_article(&id);
                self.focus_article = true;
            }
            None => self.messages.info(if step > 0 {
                tr("This is the last article")
            } else {
                tr("This is the first article")
            }),
        }
    }

    fn remove_article(&mut self) {
        let Some(id) = self.article.clone() else { return };
        let title = format!("Remove article {id}");
        let removed = self.edit(title, |draft| draft.remove_article(&id));
        if removed.is_some() {
            self.messages.info(format!("{} {id}. {}", tr("Removed the article"), tr("Ctrl+Z brings it back")));
        }
    }

    /// Moves the keyboard from area to area.
    fn next_area(&mut self, context: &Context) {
        let article = super::app::article_id();
        let mut areas =
            vec![article, Id::unique("article filter"), Id::unique("inspector focus"), super::table::filter_id()];
        areas.extend([super::review::list_id(), super::comparison::list_id()]);
        areas.retain(|area| *area == article || context.read_response(*area).is_some());
        let focused = context.memory(|memory| memory.focused());
        let place = areas.iter().position(|area| Some(*area) == focused).unwrap_or(areas.len() - 1);
        let next = areas.get((place + 1) % areas.len()).copied().unwrap_or(article);
        context.memory_mut(|memory| memory.request_focus(next));
    }
}
