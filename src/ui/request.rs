//! What panels ask the window to do. Panels draw and send; they change nothing themselves.

use super::{
    command::Command,
    keymap::Keymap,
    messages::Severity,
    settings::Settings,
    theme::{LabelPalette, Theme},
};
use crate::{
    assist::SpanProposal,
    model::{AnnotationId, AnnotationSet, AnnotatorName, Article, ArticleId, Name},
    session::{
        Session, SessionError,
        relation_choices::{LinkChoice, Place},
    },
    text::TextRange,
};
use std::path::PathBuf;

/// A change of the project: runs once, may return a message for the user.
pub type ChangeRequest = Box<dyn FnOnce(&mut Session) -> Result<Option<String>, SessionError>>;

/// Something that a panel wants.
pub enum Request {
    Run(Command),
    OpenProject(PathBuf),
    /// Opens an article, and shows and selects something in it.
    Go {
        article: ArticleId,
        range: Option<TextRange>,
        select: Option<AnnotationId>,
    },
    Select(Option<AnnotationId>),
    /// Labels the selected text, or the selected annotation anew.
    Label(Name),
    /// Makes a zero-width span at the caret.
    LabelPlace(Name),
    Link(LinkChoice),
    /// Asks what is to stand in a place of a relation.
    ChooseTarget(AnnotationId, Place),
    /// Puts an annotation into a place of a relation.
    Retarget(AnnotationId, Place, AnnotationId),
    Change(ChangeRequest),
    Dialog(Box<dyn Dialog>),
    CloseDialog,
    Message(Severity, String),
    /// Files to import, dropped or chosen.
    Import(Vec<PathBuf>),
    /// Points out stretches of the open article; an empty list takes that back.
    Highlight(Vec<TextRange>),
    /// Selects text of the open article.
    SelectText(TextRange),
    /// Changes what is remembered between starts.
    /// Remembers that this annotator goes on, whoever the program was started as.
    GoOnAs(AnnotatorName),
    Settings(Box<dyn FnOnce(&mut Settings)>),
    /// Asks an extractor from outside about an article, or about all that are not done.
    Ask {
        extractor: Name,
        only: Option<ArticleId>,
    },
    /// Shows a table at the bottom.
    Table(super::table::Tab),
    /// Gives the keyboard back to the article.
    FocusArticle,
    Keymap(Keymap),
}

impl Request {
    /// A change of the project.
    pub fn change(steps: impl FnOnce(&mut Session) -> Result<Option<String>, SessionError> + 'static) -> Self {
        Self::Change(Box::new(steps))
    }

    /// A change of annotations in an article by one draft, without a message.
    pub fn edit(
        article: ArticleId,
        title: impl Into<String>,
        steps: impl FnOnce(&mut crate::edit::Draft<'_>) -> Result<(), crate::edit::EditError> + 'static,
    ) -> Self {
        let title = title.into();
        Self::change(move |session| {
            session.edit(&article, title, |draft| Ok(steps(draft)?))?;
            Ok(None)
        })
    }

    /// The same of one annotation, which the title names by its words as they are before the change.
    pub fn edit_of(
        article: ArticleId,
        id: AnnotationId,
        title: impl FnOnce(String) -> String + 'static,
        steps: impl FnOnce(&mut crate::edit::Draft<'_>) -> Result<(), crate::edit::EditError> + 'static,
    ) -> Self {
        Self::change(move |session| {
            // Its words are in memory only once the article is.
            session.load(&article)?;
            let title = title(session.named(&article, id));
            session.edit(&article, title, |draft| Ok(steps(draft)?))?;
            Ok(None)
        })
    }
}

/// What panels and dialogs can look at.
#[derive(Clone, Copy)]
pub struct PanelContext<'a> {
    pub session: Option<&'a Session>,
    pub settings: &'a Settings,
    pub theme: &'a Theme,
    pub palette: &'a LabelPalette,
    pub keymap: &'a Keymap,
    /// The open article.
    pub article: Option<&'a ArticleId>,
    /// The selected annotation.
    pub selected: Option<AnnotationId>,
    /// The selected text, or an empty range at the caret.
    pub selection: TextRange,
    /// The guess whose words are selected.
    pub guess: Option<&'a SpanProposal>,
}

impl<'a> PanelContext<'a> {
    /// The open article, loaded.
    pub fn open_article(&self) -> Option<&'a Article> {
        self.session?.project().article(self.article?)
    }

    /// The annotator's annotations of the open article.
    pub fn set(&self) -> Option<&'a AnnotationSet> {
        self.session?.set(self.article?)
    }

    /// True if the project can be changed.
    pub fn is_writable(&self) -> bool {
        self.session.is_some_and(|session| session.read_only_reason().is_none())
    }
}

/// A window over the window: shown until it says that it is done, or the user presses Escape.
pub trait Dialog {
    /// Its heading.
    fn title(&self) -> String;

    /// Width in points.
    fn width(&self) -> f32 {
        520.0
    }

    /// Asked when the user closes it by Escape, by the cross or beside it. A dialog with edits that would be lost says no
    /// and asks what becomes of them.
    fn may_close(&mut self) -> bool {
        true
    }

    /// True if a click beside it closes it; false where that would lose what was typed.
    fn closes_outside(&self) -> bool {
        true
    }

    /// Draws the content. Done when it returns [`DialogState::Close`].
    fn show(&mut self, ui: &mut egui::Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState;
}

/// Whether a dialog stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogState {
    Open,
    Close,
}
