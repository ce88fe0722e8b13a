//! Chooses an extractor from outside and what it is asked about.

use super::{Made, form};
use crate::{
    model::{Extractor, ExtractorKind, Name},
    ui::{
        command::Command,
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, tr},
        widgets,
    },
};
use egui::{RichText, Ui};

pub struct SuggestWith {
    chosen: Option<Name>,
    /// True if it is asked about all articles that are not done.
    all: bool,
    /// True if the user agrees that texts leave the computer, this time and from now on.
    agreed: bool,
    fresh: bool,
}

/// The dialog on the open project.
pub fn suggest_with(context: &PanelContext<'_>) -> Made {
    let session = context.session.ok_or_else(|| tr("Open a project first").to_owned())?;
    let first = session.project().settings.extractors.first().map(|extractor| extractor.name.clone());
    Ok(Box::new(SuggestWith { chosen: first, all: false, agreed: false, fresh: true }))
}

/// What is behind an extractor: a command line, an address, a file.
pub fn behind(extractor: &Extractor) -> String {
    match &extractor.kind {
        ExtractorKind::Process { command, arguments } => {
            std::iter::once(command).chain(arguments).map(String::as_str).collect::<Vec<_>>().join(" ")
        }
        ExtractorKind::Http { url, .. } => url.clone(),
        ExtractorKind::Onnx { model, .. } => model.clone(),
    }
}

impl Dialog for SuggestWith {
    fn title(&self) -> String {
        tr("Suggest with").to_owned()
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        let Some(session) = context.session else { return DialogState::Close };
        let extractors = &session.project().settings.extractors;
        if !extractors.iter().any(|extractor| Some(&extractor.name) == self.chosen.as_ref()) {
            self.chosen = extractors.first().map(|extractor| extractor.name.clone());
        }
        if extractors.is_empty() {
            widgets::empty_state(ui, theme, icons::INFO, tr("This project names no extractor from outside yet"));
        }
        ui.spacing_mut().item_spacing.y = 6.0;
        let mut on_choice = false;
        for extractor in extractors {
            let response = ui.radio(self.chosen.as_ref() == Some(&extractor.name), &*extractor.name);
            let response = response.on_hover_text(tr("The extractor that is asked"));
            if std::mem::take(&mut self.fresh) {
                response.request_focus();
            }
            on_choice |= response.has_focus();
            if response.clicked() {
                self.chosen = Some(extractor.name.clone());
                self.agreed = false;
            }
            ui.indent(&extractor.name, |ui| {
                ui.add(egui::Label::new(RichText::new(behind(extractor)).size(12.0).color(theme.text_faint)).wrap());
            });
        }
        let chosen = extractors.iter().find(|extractor| Some(&extractor.name) == self.chosen.as_ref());
        let mut may_start = chosen.is_some() && context.is_writable() && (self.all || context.article.is_some());
        let mut host = None;
        if let Some(extractor) = chosen {
            ui.add_space(6.0);
            ui.horizontal_wrapped(|ui| {
                for (all, name, tip) in [
                    (false, tr("This article"), tr("Asks about the open article")),
                    (true, tr("All that are not done"), tr("Asks about all articles that are not marked as done")),
                ] {
                    if ui.radio(self.all == all, name).on_hover_text(tip).clicked() {
                        self.all = all;
                    }
                }
            });
            if matches!(extractor.kind, ExtractorKind::Process { .. }) {
                form::hint(ui, theme, tr("It runs in the folder of the project, with your rights"));
            }
            host = extractor.foreign_host().map(str::to_owned);
        }
        if let Some(host) = &host {
            let known = context.settings.may_send(session.root(), host);
            form::problem(ui, theme, &fill(tr("Texts leave this computer, for {}"), &[host]));
            if !known {
                ui.checkbox(&mut self.agreed, tr("I agree, for this project"))
                    .on_hover_text(tr("Nothing is sent without it; it is asked once"));
                may_start &= self.agreed;
            }
        }
        let (mut start, mut edit, mut cancel) = (false, false, false);
        form::footer(ui, |ui| {
            start = form::primary_button(ui, theme, may_start, tr("Start"))
                .on_hover_text(tr("Asks beside your work; suggestions come as they are found"))
                .clicked()
                || may_start
                    && (form::enter_pressed(ui) || on_choice && ui.input(|input| input.key_pressed(egui::Key::Enter)));
            edit =
                form::plain_button(ui, true, tr("Extractors…")).on_hover_text(Command::EditExtractors.help()).clicked();
            cancel = form::plain_button(ui, true, tr("Cancel")).clicked();
        });
        if edit {
            requests.push(Request::Run(Command::EditExtractors));
        }
        if start && let Some(name) = self.chosen.clone() {
            if let Some(host) = host {
                let root = session.root().to_owned();
                requests.push(Request::Settings(Box::new(move |settings| {
                    settings.sends.entry(root).or_default().insert(host);
                })));
            }
            let only = context.article.filter(|_| !self.all).cloned();
            requests.push(Request::Ask { extractor: name, only });
            return DialogState::Close;
        }
        if cancel || edit { DialogState::Close } else { DialogState::Open }
    }
}
