//! Messages to the user: they stack in a corner, go by themselves, and stay in a log.

use super::{icons, theme::Theme};
use egui::{Align2, Area, Context, Frame, Id, Margin, Order, RichText, vec2};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub severity: Severity,
    pub text: String,
    /// Wall clock, for the log.
    pub time: jiff::Timestamp,
    shown_at: Instant,
    open: bool,
}

/// What is said within this time belongs together, and stays together.
const TOGETHER: Duration = Duration::from_millis(700);

/// All messages since the start, and which of them are still in the corner.
#[derive(Default)]
pub struct Messages {
    log: Vec<Message>,
}

impl Messages {
    pub fn info(&mut self, text: impl Into<String>) {
        self.push(Severity::Info, text.into());
    }

    pub fn warning(&mut self, text: impl Into<String>) {
        self.push(Severity::Warning, text.into());
    }

    pub fn error(&mut self, text: impl Into<String>) {
        self.push(Severity::Error, text.into());
    }

    fn push(&mut self, severity: Severity, text: String) {
        // The same thing said again is said once.
        if let Some(last) = self.log.last_mut()
            && last.open
            && last.text == text
        {
            last.shown_at = Instant::now();
            return;
        }
        if severity == Severity::Info {
            self.close_said();
        }
        let time = jiff::Timestamp::now();
        self.log.push(Message { severity, text, time, shown_at: Instant::now(), open: true });
    }

    /// Takes what was said a while ago out of the corner, but no warnings: it makes room for what matters now.
    pub fn close_said(&mut self) {
        let is_said = |message: &&mut Message| {
            message.open && message.severity == Severity::Info && message.shown_at.elapsed() > TOGETHER
        };
        self.log.iter_mut().rev().take(10).filter(is_said).for_each(|message| message.open = false);
    }

    /// Takes the newest message that is shown out of the corner; it stays in the log.
    pub fn close_newest(&mut self) {
        if let Some(newest) = self.log.iter_mut().rev().find(|message| message.open) {
            newest.open = false;
        }
    }

    pub fn log(&self) -> &[Message] {
        &self.log
    }

    /// Draws the open messages into the lower right corner. The newest shows `key`, which closes it, where there is one now.
    pub fn show(&mut self, context: &Context, theme: &Theme, bottom: f32, key: Option<&str>) {
        let mut offset = bottom + 12.0;
        let mut key = key;
        for (index, message) in self.log.iter_mut().enumerate().rev() {
            if !message.open {
                continue;
            }
            let age = message.shown_at.elapsed();
            let life = match message.severity {
                Severity::Info => Duration::from_secs(5),
                Severity::Warning => Duration::from_secs(12),
                Severity::Error => Duration::MAX,
            };
            if age > life {
                message.open = false;
                continue;
            }
            if life != Duration::MAX {
                context.request_repaint_after(life - age);
            }
            let (icon, color) = match message.severity {
                Severity::Info => (icons::INFO, theme.accent),
                Severity::Warning => (icons::WARNING, theme.warning),
                Severity::Error => (icons::WARNING, theme.error),
            };
            let area = Area::new(Id::unique(("message", index)))
                .order(Order::Foreground)
                .anchor(Align2::RIGHT_BOTTOM, vec2(-14.0, -offset))
                .show(context, |ui| {
                    Frame::popup(ui.style()).inner_margin(Margin::symmetric(12, 9)).show(ui, |ui| {
                        ui.set_max_width(410.0);
                        ui.horizontal_top(|ui| {
                            ui.label(icons::icon(icon, 16.0).color(color));
                            ui.vertical(|ui| {
                                ui.set_max_width(310.0);
                                ui.label(RichText::new(&message.text).color(theme.text));
                            });
                            let name = super::texts::tr("Close message");
                            if super::widgets::icon_button_with_key(ui, theme, icons::CLOSE, name, "Esc").clicked() {
                                message.open = false;
                            }
                            if let Some(key) = key.take() {
                                super::widgets::key_cap(ui, theme, key);
                            }
                        });
                    });
                });
            offset += area.response.rect.height() + 8.0;
            if offset > 420.0 {
                break;
            }
        }
    }
}
