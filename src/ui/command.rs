//! Everything that can be done without further input, once: name, help, key. Menu, palette, shortcut sheet, tooltips and
//! tests derive from this list.

use super::{keymap::Shortcut, texts::tr};

/// Where a command stands in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Project,
    Edit,
    Annotate,
    Relations,
    View,
    Go,
    Help,
}

impl Group {
    pub const ALL: [Self; 7] =
        [Self::Project, Self::Edit, Self::Annotate, Self::Relations, Self::View, Self::Go, Self::Help];

    pub fn title(self) -> &'static str {
        match self {
            Self::Project => tr("Project"),
            Self::Edit => tr("Edit"),
            Self::Annotate => tr("Annotate"),
            Self::Relations => tr("Relations"),
            Self::View => tr("View"),
            Self::Go => tr("Go"),
            Self::Help => tr("Help"),
        }
    }
}

/// When a command can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    Project,
    Article,
    /// An article that can be changed.
    Writing,
    /// A selected span or relation that can be changed.
    Selected,
}

macro_rules! commands {
    ($($name:ident: $group:ident, $needs:ident, $shortcut:literal, $title:literal, $help:literal;)*) => {
        /// A command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command { $($name),* }

        impl Command {
            /// All commands, in the order of the menu.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in settings files.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// What it is called.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => tr($title)),* }
            }

            /// What it does, in a sentence.
            pub fn help(self) -> &'static str {
                match self { $(Self::$name => tr($help)),* }
            }

            /// Title and help in English, by which the palette finds it in any language.
            pub fn english(self) -> [&'static str; 2] {
                match self { $(Self::$name => [$title, $help]),* }
            }

            pub fn group(self) -> Group {
                match self { $(Self::$name => Group::$group),* }
            }

            pub fn needs(self) -> Needs {
                match self { $(Self::$name => Needs::$needs),* }
            }

            /// The key that it has unless the user chose another; `None` for none.
            pub fn default_shortcut(self) -> Option<Shortcut> {
                match self { $(Self::$name => Shortcut::parse($shortcut)),* }
            }

            /// Every English text of the list, for the check of translations.
            pub fn english_texts() -> &'static [&'static str] {
                &[$($title, $help),*]
            }
        }
    };
}

commands! {
    NewProject: Project, Nothing, "Ctrl+Shift+N", "New project…", "Makes a project in an empty folder";
    OpenProject: Project, Nothing, "Ctrl+O", "Open project…", "Opens the folder of a project";
    AddArticles: Project, Project, "Ctrl+I", "Add articles…", "Imports text, Markdown, HTML, tables or annotated files into the project";
    RemoveArticle: Project, Writing, "", "Remove article", "Takes the article and all its annotations out of the project";
    Export: Project, Project, "Ctrl+E", "Export…", "Writes annotations as training or review data";
    EditSchema: Project, Project, "F4", "Schema…", "Labels, relations, attributes and document labels";
    EditEntities: Project, Project, "F7", "Entities…", "The registry of persons, places and things";
    EditExtractors: Project, Project, "", "Extractors…", "Programs, services and models from outside that suggest";
    EditRules: Project, Project, "", "Own rules…", "Patterns of the project's own that suggest spans";
    ChooseAnnotator: Project, Project, "", "Annotator…", "Goes on as another annotator";
    Quit: Project, Nothing, "Ctrl+Q", "Quit", "Closes the window; everything is saved";

    Undo: Edit, Project, "Ctrl+Z", "Undo", "Takes the last change back, wherever in the project it was";
    Redo: Edit, Project, "Ctrl+Shift+Z", "Redo", "Does again what was undone";
    Find: Edit, Project, "Ctrl+F", "Find…", "Searches the texts and annotations of all articles";
    NextHit: Edit, Project, "F3", "Next hit", "Goes to the next hit of the search";
    PreviousHit: Edit, Project, "Shift+F3", "Previous hit", "Goes to the hit before";
    EditText: Edit, Writing, "F2", "Correct text…", "Corrects the paragraph at the caret; annotations follow";
    CompareOriginal: Edit, Article, "", "Compare with original…", "Shows what was corrected since the import";
    EditMetadata: Edit, Writing, "", "Article details…", "Title, source, address, date and language";
    CopyText: Edit, Article, "Ctrl+C", "Copy", "Copies the selected text";

    LabelSelection: Annotate, Writing, "Ctrl+L", "Label…", "Chooses a label for the selected text or span by typing";
    ZeroWidthSpan: Annotate, Writing, "Ctrl+Shift+L", "Label place…", "Makes a zero-width span at the caret";
    KeepPiece: Annotate, Writing, "+", "Keep piece", "Keeps the selected text as a piece of a discontinuous span";
    AddPiece: Annotate, Writing, "Ctrl+Shift+P", "Add piece to span", "Adds the selected text to the span that was selected before it";
    AnnotateOccurrences: Annotate, Writing, "A", "Annotate all occurrences…", "Labels the same words everywhere, after a preview";
    LinkEntity: Annotate, Selected, "E", "Entity…", "Says which person, place or thing the span names";
    EditNote: Annotate, Selected, ",", "Note", "Writes a note on the selected annotation";
    DocumentLabels: Annotate, Writing, "#", "Document labels…", "Labels the article as a whole";
    GrowStart: Annotate, Selected, "[", "Grow left edge", "Moves the left edge of the span a word to the left";
    ShrinkStart: Annotate, Selected, "]", "Shrink left edge", "Moves the left edge of the span a word to the right";
    ShrinkEnd: Annotate, Selected, "{", "Shrink right edge", "Moves the right edge of the span a word to the left";
    GrowEnd: Annotate, Selected, "}", "Grow right edge", "Moves the right edge of the span a word to the right";
    GrowStartByCharacter: Annotate, Selected, "Alt+Shift+Left", "Grow left edge by a character", "Moves the left edge a character to the left";
    ShrinkStartByCharacter: Annotate, Selected, "Alt+Shift+Right", "Shrink left edge by a character", "Moves the left edge a character to the right";
    ShrinkEndByCharacter: Annotate, Selected, "Alt+Left", "Shrink right edge by a character", "Moves the right edge a character to the left";
    GrowEndByCharacter: Annotate, Selected, "Alt+Right", "Grow right edge by a character", "Moves the right edge a character to the right";
    RejectOrDelete: Annotate, Writing, "X", "Reject or delete", "Rejects a suggestion or a guess, deletes anything else with what depends on it";
    Delete: Annotate, Selected, "Delete", "Delete", "Deletes the annotation with what depends on it";
    SuggestWith: Annotate, Project, "Ctrl+Shift+E", "Suggest with…", "Asks an extractor from outside about the open article or all that are not done";
    ConfirmSentence: Annotate, Writing, "Enter", "Confirm sentence", "Accepts the suggestions of the sentence and goes to the next";
    ConfirmArticle: Annotate, Writing, "Ctrl+Enter", "Confirm article and go on", "Accepts what is suggested, marks the article as done and opens the next";
    ReopenArticle: Annotate, Writing, "", "Reopen article", "Marks the article as not done";
    AcceptSelected: Annotate, Writing, "Y", "Accept suggestion", "Accepts the selected suggestion or guess and goes to the next";
    OtherEdges: Annotate, Writing, ".", "Other edges", "Gives the selected suggestion or guess the next likely edges, and the label that is likeliest there";
    AcceptVisible: Annotate, Writing, "Shift+Enter", "Accept what is in sight", "Accepts the suggestions that can be seen";
    AcceptSuggestions: Annotate, Writing, "Ctrl+Shift+Enter", "Accept suggestions…", "Accepts suggestions by confidence, label, source or words";
    RejectAll: Annotate, Writing, "", "Reject all suggestions", "Rejects the suggestions of the article that nobody looked at";
    SuggestInAll: Annotate, Project, "", "Suggest in all articles", "Makes suggestions for all articles that are not done";
    YesNoQuestions: Annotate, Project, "Shift+Q", "Yes-or-no questions…", "Asks about the suggestions of all articles, one key for each";
    ToggleSuggestions: Annotate, Nothing, "", "Suggest while working", "Articles get suggestions when they are opened, or not";
    ToggleSnap: Annotate, Nothing, "Shift+S", "Snap to words", "Selecting by mouse takes whole words, or single characters";

    StartRelation: Relations, Selected, "R", "Relation…", "Starts a relation at the selected annotation; type to find its target";
    ReverseRelation: Relations, Selected, "Shift+R", "Reverse relation", "Exchanges source and target";
    RetargetRelation: Relations, Selected, "C", "Change target…", "Gives an argument of the relation another target";
    CycleArcs: Relations, Article, "Shift+A", "Arcs: selection, all, none", "Chooses which relations are drawn in the text";

    CommandPalette: View, Nothing, "Ctrl+K", "Commands…", "Finds anything that can be done by typing part of its name";
    ToggleArticles: View, Nothing, "Ctrl+B", "Article list", "Shows or hides the list of articles";
    ToggleInspector: View, Nothing, "Ctrl+J", "Inspector", "Shows or hides the selected annotation";
    RelationTable: View, Project, "Alt+1", "Relation table", "Lists all relations of the article";
    Concordance: View, Project, "Alt+2", "Search results", "Lists the hits of the last search";
    Problems: View, Project, "Alt+3", "Problems", "Lists what does not follow the schema";
    History: View, Project, "Alt+4", "History", "Lists who did what and when";
    ReviewQueue: View, Project, "Alt+5", "Review queue", "Lists the suggestions of all articles, the most doubtful first if you like";
    SuggestionReport: View, Project, "Alt+9", "How suggestions do…", "Shows what the built-in models get right, what became of suggestions, and what each article cost";
    CompareOpinions: View, Project, "Alt+6", "Compare opinions…", "Compares annotators, suggestions and the built-in model, and lists what differs";
    NextDifference: Go, Project, "F8", "Next difference", "Goes to the next difference of the comparison";
    PreviousDifference: Go, Project, "Shift+F8", "Previous difference", "Goes to the difference before";
    CycleTags: View, Article, "Shift+T", "Tags: always, on hover, never", "Chooses when labels are written under spans";
    ToggleTheme: View, Nothing, "F9", "Light or dark", "Changes between light and dark";
    ToggleLanguage: View, Nothing, "", "Deutsch / English", "Changes the language of the window: German or English";
    ZoomIn: View, Nothing, "Ctrl+Plus", "Zoom in", "Makes everything larger";
    ZoomOut: View, Nothing, "Ctrl+Minus", "Zoom out", "Makes everything smaller";
    ZoomReset: View, Nothing, "Ctrl+0", "Actual size", "Takes zooming back";

    NextSpan: Go, Article, "Tab", "Next span", "Selects the next span";
    PreviousSpan: Go, Article, "Shift+Tab", "Previous span", "Selects the previous span";
    NextDoubtful: Go, Article, "N", "Next doubtful", "Selects the next suggestion, or the next problem";
    PreviousDoubtful: Go, Article, "B", "Previous doubtful", "Selects the previous suggestion, or the previous problem";
    NextGuess: Go, Writing, "Shift+N", "Next guess", "Selects the next words that may be labelled too, though more likely not";
    PreviousGuess: Go, Writing, "Shift+B", "Previous guess", "Selects the previous words that may be labelled too";
    PickSpan: Go, Article, "Space", "Spans here…", "Lists the spans at the caret";
    NextArticle: Go, Project, "Ctrl+PageDown", "Next article", "Opens the next article of the list";
    PreviousArticle: Go, Project, "Ctrl+PageUp", "Previous article", "Opens the previous article of the list";
    FilterArticles: Go, Project, "Ctrl+P", "Filter articles", "Finds an article by typing part of its title";
    FollowRelation: Go, Article, "J", "Other end of relation", "Goes to what the selected annotation is linked to; again to the next one";
    JumpBack: Go, Project, "Alt+Backspace", "Jump back", "Goes back to where the last jump began";
    NextArea: Go, Nothing, "F6", "Next area", "Moves the keyboard focus to the next panel of the window";

    Guidelines: Help, Project, "G", "Guidelines", "Shows how to annotate";
    ShortcutSheet: Help, Nothing, "?", "Keyboard shortcuts", "Shows all keys, and changes them";
    MessageLog: Help, Nothing, "", "Messages", "Shows all messages of this session";
    About: Help, Nothing, "", "About Glosse", "Version and licences";
}
