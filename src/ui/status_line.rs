//! The line at the bottom: where the caret is and how much there is.

use super::{
    command::Command,
    document::{ArcMode, DocumentView, TagMode},
    request::{PanelContext, Request},
    texts::{fill, tr},
    theme::{self, size},
};
use crate::{model::Status, session::EvaluationSlice};
use egui::{Align, Layout, RichText, Ui};

/// Below this width counts make room for the suggestion or guess that is selected.
const TIGHT: f32 = 620.0;

/// Shows the line; `guesses` says how many guesses can be seen.
pub fn show(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    view: Option<&DocumentView>,
    guesses: usize,
    requests: &mut Vec<Request>,
) {
    ui.set_height(size::STATUS);
    ui.horizontal_centered(|ui| {
        let faint = context.theme.text_faint;
        let text = |text: String| RichText::new(text).font(theme::medium(11.0)).color(faint);
        let counted = |count: usize, one, many| text(format!("{count} {}", if count == 1 { one } else { many }));
        let (is_tight, offered) = (ui.available_width() < TIGHT, offered(context));
        if let (Some(view), Some(_)) = (view, context.article) {
            let sentence = view.sentence_number(view.selection.head);
            ui.label(text(format!("{} {sentence} / {}", tr("Sentence"), view.sentence_count())));
            if let Some(set) = context.set() {
                let tally = set.tally();
                if !is_tight || offered.is_none() {
                    ui.label(counted(tally.all_spans(Status::Accepted), tr("span"), tr("spans")));
                    ui.label(counted(tally.all_relations(Status::Accepted), tr("relation"), tr("relations")));
                }
                let suggested = tally.all_spans(Status::Suggested) + tally.all_relations(Status::Suggested);
                if suggested > 0 {
                    ui.label(counted(suggested, tr("suggestion left"), tr("suggestions left")));
                }
            }
            if let Some(offered) = offered.filter(|_| context.guess.is_some() || is_tight) {
                let button = egui::Button::new(text(offered).color(context.theme.accent)).frame_when_inactive(false);
                if super::bar::command_tip(ui.add(button), context, Command::AcceptSelected).clicked() {
                    requests.push(Request::Run(Command::AcceptSelected));
                }
            } else if guesses > 0 {
                let shown = counted(guesses, tr("guess in sight"), tr("guesses in sight"));
                let button = egui::Button::new(shown).frame_when_inactive(false);
                if super::bar::command_tip(ui.add(button), context, Command::NextGuess).clicked() {
                    requests.push(Request::Run(Command::NextGuess));
                }
            }
            if is_apart(context) {
                let mark = text(tr("kept apart").to_owned()).color(context.theme.warning);
                ui.label(mark).on_hover_text(tr("Belongs to the evaluation slice: nothing is learned from it, and suggestions come only once it is done"));
            }
            let selected = context.selection.slice(context.open_article().map_or("", |article| article.text()));
            // Counting megabytes would cost every frame; nobody needs that number.
            let short = selected.filter(|selected| selected.len() < 100_000);
            let characters = short.map_or(0, |selected| selected.chars().count());
            if characters > 0 && context.guess.is_none() {
                ui.label(counted(characters, tr("character selected"), tr("characters selected")));
            }
            if !view.pieces.is_empty() {
                ui.label(counted(view.pieces.len(), tr("piece kept"), tr("pieces kept")));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let arcs = match context.settings.arcs {
                ArcMode::Selection => tr("arcs: selection"),
                ArcMode::All => tr("arcs: all"),
                ArcMode::None => tr("arcs: none"),
            };
            let tags = match context.settings.tags {
                TagMode::Always => tr("tags: always"),
                TagMode::Hover => tr("tags: on hover"),
                TagMode::Never => tr("tags: never"),
            };
            let snap = if context.settings.snap { tr("snaps to words") } else { tr("no snapping") };
            for (shown, command) in
                [(arcs, Command::CycleArcs), (tags, Command::CycleTags), (snap, Command::ToggleSnap)]
            {
                // In a narrow window what does not fit beside the counts is left out; the menu has it too.
                let font = theme::medium(11.0);
                let width = ui.painter().layout_no_wrap(shown.to_owned(), font, faint).size().x;
                if width + 2.0 * ui.spacing().button_padding.x > ui.available_width() {
                    break;
                }
                let button = egui::Button::new(text(shown.to_owned())).frame_when_inactive(false);
                if super::bar::command_tip(ui.add(button), context, command).clicked() {
                    requests.push(Request::Run(command));
                }
            }
            // Where texts of this project may go stays in sight.
            if let Some(session) = context.session
                && let extractors = &session.project().settings.extractors
                && let Some(host) = extractors
                    .iter()
                    .filter_map(|extractor| extractor.foreign_host())
                    .find(|host| context.settings.may_send(session.root(), host))
            {
                let shown = fill(tr("texts may go to {}"), &[host]);
                let label = RichText::new(shown).font(theme::medium(11.0)).color(context.theme.warning);
                ui.add(egui::Label::new(label).truncate())
                    .on_hover_text(tr("An extractor of this project is elsewhere, and you agreed"));
            }
            if let Some((done, total)) = context.session.and_then(|session| session.background().progress()) {
                ui.label(text(format!("{} {done} / {total}", tr("looking through articles"))));
            }
        });
    });
}

/// The guess or suggestion that is selected, how likely it is, and what keys do with it.
fn offered(context: &PanelContext<'_>) -> Option<String> {
    let key = |command, does: &str| {
        context.keymap.shortcut(command).map(|key| format!(" · {key} {does}")).unwrap_or_default()
    };
    let keys = [key(Command::AcceptSelected, tr("takes it")), key(Command::RejectOrDelete, tr("rejects it"))].concat();
    if let Some(guess) = context.guess {
        return Some(format!("{} {}, {:.0} %{keys}", tr("perhaps"), guess.label, guess.score * 100.0));
    }
    let suggestion = context.set()?.get(context.selected?).filter(|found| found.status() == Status::Suggested)?;
    let score = suggestion.provenance().score;
    let score = score.map(|score| format!(", {:.0} %", score * 100.0)).unwrap_or_default();
    Some(format!("{}{score}{keys}", suggestion.label()))
}

/// True if the open article belongs to the evaluation slice.
fn is_apart(context: &PanelContext<'_>) -> bool {
    let slice = context.session.map(|session| EvaluationSlice::of(session.project()));
    slice.zip(context.article).is_some_and(|(slice, article)| slice.contains(article))
}
