//! A ring around what has the keyboard: one for all buttons, rows and fields to choose from, whatever they are filled with.

use super::{app, comparison, review, theme::Theme};
use egui::{Context, CornerRadius, Stroke, StrokeKind};

/// Distance of the ring from what it surrounds.
const GAP: f32 = 1.5;
/// Thickness of the ring.
const LINE: f32 = 2.0;
/// Roundness of the ring, which follows that of buttons.
const RADIUS: u8 = 7;

/// Draws the ring. Comes last in a frame, when it is known what has the keyboard and where that lies.
pub fn show(context: &Context, theme: &Theme) {
    let Some(id) = context.memory(|memory| memory.focused()) else { return };
    // The article has a caret, and lists mark their row.
    let shows_itself = [app::article_id(), review::list_id(), comparison::list_id()].contains(&id);
    if shows_itself || context.text_edit_focused() {
        return;
    }
    let Some(response) = context.read_response(id).filter(|response| response.interact_rect.is_positive()) else {
        return;
    };
    // Of what is scrolled half out of sight, half the ring.
    let clip = response.interact_rect.expand(GAP + LINE + 1.0);
    let painter = context.layer_painter(response.layer_id).with_clip_rect(clip);
    let line = Stroke::new(LINE, theme.accent);
    painter.rect_stroke(response.rect.expand(GAP), CornerRadius::same(RADIUS), line, StrokeKind::Outside);
}
