//! What is known of an article: title, source, address, date, language, and whatever else came with it.

use super::{Made, form};
use crate::{
    model::{ArticleId, ArticleMetadata},
    ui::{
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, tr},
        widgets,
    },
};
use egui::{RichText, ScrollArea, Ui};

pub struct EditMetadata {
    article: ArticleId,
    before: ArticleMetadata,
    edited: ArticleMetadata,
    /// The further values by name, in the order in which they stand in the form.
    other: Vec<(String, String)>,
    fresh: bool,
    leaving: bool,
}

/// The dialog on the open article.
pub fn metadata(context: &PanelContext<'_>) -> Made {
    let article = context.open_article().ok_or_else(|| tr("Open an article first").to_owned())?;
    let before = (*article.metadata).clone();
    Ok(Box::new(EditMetadata {
        article: article.id.clone(),
        other: before.other.clone().into_iter().collect(),
        edited: before.clone(),
        before,
        fresh: true,
        leaving: false,
    }))
}

impl EditMetadata {
    /// The metadata as the form says them.
    fn result(&self) -> ArticleMetadata {
        let trimmed = |text: &String| text.trim().to_owned();
        let edited = &self.edited;
        ArticleMetadata {
            title: trimmed(&edited.title),
            source: trimmed(&edited.source),
            url: trimmed(&edited.url),
            date: trimmed(&edited.date),
            language: trimmed(&edited.language),
            other: self
                .other
                .iter()
                .map(|(name, value)| (trimmed(name), trimmed(value)))
                .filter(|(name, _)| !name.is_empty())
                .collect(),
            origin: edited.origin.clone(),
        }
    }

    fn repeated(&self) -> Option<&str> {
        let names = || self.other.iter().map(|(name, _)| name.trim());
        names()
            .enumerate()
            .find(|(place, name)| !name.is_empty() && names().take(*place).any(|other| other == *name))
            .map(|(_, name)| name)
    }

    fn fields(&mut self, ui: &mut Ui, context: &PanelContext<'_>) {
        let theme = context.theme;
        let edited = &mut self.edited;
        let title = form::row(ui, theme, tr("Title"), |ui| form::text_field(ui, tr("Title"), &mut edited.title));
        if std::mem::take(&mut self.fresh) {
            title.request_focus();
        }
        form::row(ui, theme, tr("Source"), |ui| form::text_field(ui, tr("Source"), &mut edited.source));
        form::row(ui, theme, tr("Address"), |ui| form::text_field(ui, tr("Address"), &mut edited.url));
        form::row(ui, theme, tr("Date"), |ui| {
            form::sized_field(ui, tr("Date"), &mut edited.date, 170.0);
            let date = edited.date.trim();
            if !date.is_empty() && !is_date(date) {
                form::hint(ui, theme, tr("Best as 2025-03-12, so that articles sort by it"));
            }
        });
        form::row(ui, theme, tr("Language"), |ui| {
            form::sized_field(ui, tr("Language"), &mut edited.language, 170.0);
        });
        widgets::section(ui, theme, tr("Further details"));
        let mut removed = None;
        for (place, (name, value)) in self.other.iter_mut().enumerate() {
            ui.horizontal(|ui| {
                let number = (place + 1).to_string();
                form::sized_field(ui, &fill(tr("Name of detail {}"), &[&number]), name, 112.0);
                let width = ui.available_width() - 34.0;
                form::sized_field(ui, &fill(tr("Value of detail {}"), &[&number]), value, width);
                if widgets::icon_button(ui, icons::TRASH, &fill(tr("Remove detail {}"), &[&number])).clicked() {
                    removed = Some(place);
                }
            });
        }
        if let Some(place) = removed {
            self.other.remove(place);
        }
        if form::icon_button(ui, icons::PLUS, tr("Add detail")).clicked() {
            self.other.push((String::new(), String::new()));
        }
        let origin = &self.before.origin;
        if !origin.file.is_empty() {
            widgets::section(ui, theme, tr("Read from"));
            let line = format!("{} · {}", origin.file, origin.encoding);
            ui.label(RichText::new(line).color(theme.text_weak));
        }
    }
}

/// True for dates as 2025, 2025-03 or 2025-03-12, with or without a time.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split('-').collect();
    let is_number = |part: &&str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [year] => is_number(year, 4),
        [year, month] => is_number(year, 4) && is_number(month, 2),
        [..] => day.parse::<jiff::civil::Date>().is_ok(),
    }
}

impl Dialog for EditMetadata {
    fn title(&self) -> String {
        tr("Article details").to_owned()
    }

    fn width(&self) -> f32 {
        580.0
    }

    fn may_close(&mut self) -> bool {
        self.leaving = self.result() != self.before;
        !self.leaving
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        ScrollArea::vertical().max_height(form::content_height(ui, 460.0)).auto_shrink([false, true]).show(ui, |ui| {
            self.fields(ui, context);
        });
        let repeated = self.repeated().map(str::to_owned);
        if let Some(name) = &repeated {
            form::problem(ui, theme, &fill(tr("Two details are called {}"), &[name]));
        }
        let can_apply = repeated.is_none() && context.is_writable();
        let is_changed = self.result() != self.before;
        let (mut apply, mut cancel) = (false, false);
        if self.leaving && is_changed {
            match form::unsaved_question(ui, theme, can_apply) {
                Some(form::Leave::Discard) => return DialogState::Close,
                Some(form::Leave::Apply) => apply = true,
                Some(form::Leave::Stay) => self.leaving = false,
                None => {}
            }
        } else {
            form::footer(ui, |ui| {
                apply = form::primary_button(ui, theme, can_apply && is_changed, tr("Apply")).clicked()
                    || form::enter_pressed(ui);
                cancel = form::plain_button(ui, true, tr("Cancel")).clicked();
            });
        }
        if cancel {
            return DialogState::Close;
        }
        if !apply || !can_apply {
            return DialogState::Open;
        }
        if is_changed {
            let (id, after) = (self.article.clone(), self.result());
            let title = format!("Change details of {id}");
            requests.push(Request::edit(self.article.clone(), title, move |draft| draft.set_metadata(&id, after)));
        }
        DialogState::Close
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_told_from_other_text() {
        for good in ["2025", "2025-03", "2025-03-12", "2025-03-12T10:00:00Z", "2025-03-12 10:00"] {
            assert!(super::is_date(good), "{good}");
        }
        for bad in ["12. März 2025", "2025-13-01", "gestern", "25-3-1"] {
            assert!(!super::is_date(bad), "{bad}");
        }
    }
}
