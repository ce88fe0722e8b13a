//! The project's own rules: patterns that suggest spans, written as RON, with what they find in the open article.

use super::{
    Made, form,
    parts::{self, Footer, Tone},
};
use crate::{
    assist::rules::UserRules,
    ui::{
        document::shortened,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, tr},
    },
};
use egui::{RichText, ScrollArea, Ui};

/// Shown where there are no rules yet: both kinds of patterns, to be changed.
const EXAMPLE: &str = r#"[
    (name: "case number", label: "MEDIA", pattern: Regex("[A-Z]{2}-\\d{4}")),
    (name: "brigade", label: "GROUP", pattern: Tokens([Regex("\\d+"), Lower("."), Optional(Shape("Xx")), Lower("brigade")])),
]
"#;
/// Most finds that are listed.
const LISTED: usize = 12;

pub struct Rules {
    before: String,
    written: String,
    /// What the rules as they were last looked at find, or why they can not be used.
    found: Option<(String, Result<Vec<String>, String>)>,
    fresh: bool,
    leaving: bool,
}

/// The dialog with the rules of the open project.
pub fn rules(context: &PanelContext<'_>) -> Made {
    let session = form::needs_project(context)?;
    let before = session.project().settings.rules.clone();
    Ok(Box::new(Rules { written: before.clone(), before, found: None, fresh: true, leaving: false }))
}

impl Rules {
    /// Reads the rules as they are written, and tries them on the open article.
    fn look(&mut self, context: &PanelContext<'_>) {
        if self.found.as_ref().is_some_and(|(written, _)| *written == self.written) {
            return;
        }
        let text = context.open_article().map_or("", |article| article.text());
        let schema = context.session.map(|session| session.project().schema.clone()).unwrap_or_default();
        let result = if self.written.trim().is_empty() {
            Ok(Vec::new())
        } else {
            UserRules::parse(&self.written).map_err(|error| error.to_string()).map(|rules| {
                let found = rules.proposals(text).into_iter();
                let known = found.map(|proposal| {
                    let words = shortened(proposal.range.slice(text).unwrap_or_default(), 60);
                    match schema.label(&proposal.label) {
                        Some(_) => format!("{} {words}", proposal.label),
                        None => fill(tr("the schema has no label {}"), &[&proposal.label]),
                    }
                });
                known.collect()
            })
        };
        self.found = Some((self.written.clone(), result));
    }

    fn save(&self, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let Some(session) = context.session else { return };
        let mut settings = (*session.project().settings).clone();
        settings.rules.clone_from(&self.written);
        requests.push(form::project_change("Change the project's own rules", form::Needs::Nothing, move |draft| {
            draft.set_settings(settings)
        }));
    }
}

impl Dialog for Rules {
    fn title(&self) -> String {
        tr("Own rules").to_owned()
    }

    fn width(&self) -> f32 {
        720.0
    }

    fn may_close(&mut self) -> bool {
        self.leaving = self.written != self.before;
        !self.leaving
    }

    fn closes_outside(&self) -> bool {
        self.written == self.before
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        form::hint(
            ui,
            theme,
            tr(
                "Each rule has a name, a label and a pattern: Regex, or Tokens of Lower, Shape, Regex, Optional and Repeat",
            ),
        );
        if self.written.is_empty() && form::plain_button(ui, true, tr("Start with an example")).clicked() {
            EXAMPLE.clone_into(&mut self.written);
        }
        ScrollArea::vertical().max_height(form::content_height(ui, 380.0) * 0.6).show(ui, |ui| {
            let field = form::text_area(ui, tr("Own rules"), &mut self.written, 10);
            if std::mem::take(&mut self.fresh) {
                field.request_focus();
            }
        });
        self.look(context);
        let result = self.found.as_ref().map(|(_, result)| result);
        let is_good = matches!(result, Some(Ok(_)));
        match result {
            Some(Err(problem)) => parts::note(ui, theme, Tone::Error, problem),
            Some(Ok(found)) => {
                let count = found.len().to_string();
                parts::note(ui, theme, Tone::Plain, &fill(tr("{} finds in the open article"), &[&count]));
                ScrollArea::vertical().id_salt("finds").max_height(110.0).show(ui, |ui| {
                    for line in found.iter().take(LISTED) {
                        ui.label(RichText::new(line).color(theme.text_weak));
                    }
                });
            }
            None => {}
        }
        if self.leaving {
            match form::unsaved_question(ui, theme, context.is_writable() && is_good) {
                Some(form::Leave::Apply) => {
                    self.save(context, requests);
                    return DialogState::Close;
                }
                Some(form::Leave::Discard) => return DialogState::Close,
                Some(form::Leave::Stay) => self.leaving = false,
                None => {}
            }
            return DialogState::Open;
        }
        match parts::footer(ui, theme, tr("Apply"), context.is_writable() && is_good) {
            Footer::Confirm => {
                self.save(context, requests);
                DialogState::Close
            }
            Footer::Cancel => DialogState::Close,
            Footer::Nothing => DialogState::Open,
        }
    }
}
