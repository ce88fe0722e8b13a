//! What has the keyboard is seen: a ring around it, one for all buttons, rows and fields to choose from, whatever they are
//! filled with; and what a key led to is scrolled into sight.

use super::{app, comparison, review, theme::Theme};
use egui::{Context, CornerRadius, Event, Id, Stroke, StrokeKind, accesskit};

/// Distance of the ring from what it surrounds.
const GAP: f32 = 1.5;
/// Thickness of the ring.
const LINE: f32 = 2.0;
/// Roundness of the ring, which follows that of buttons.
const RADIUS: u8 = 7;

/// Draws the ring. Comes last in a frame, when it is known what has the keyboard and where that lies.
pub fn show(context: &Context, theme: &Theme) {
    let Some(id) = context.memory(|memory| memory.focused()) else { return };
    if shows_itself(id) || context.text_edit_focused() {
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

/// True of what needs no ring: the article has a caret, and lists mark their row.
fn shows_itself(id: Id) -> bool {
    [app::article_id(), review::list_id(), comparison::list_id()].contains(&id)
}

/// What is to be scrolled into sight in the next frame: what a key gave the keyboard in this one, where it is not whole in
/// sight. `before` had the keyboard at the end of the last frame. What is clicked stays where it is.
pub fn out_of_sight(context: &Context, before: Option<Id>) -> Option<Event> {
    let id = context.memory(|memory| memory.focused()).filter(|id| before != Some(*id) && !shows_itself(*id))?;
    // While the pointer is at work this comes before looking: egui takes the keyboard from what is not under a click.
    if context.input(|input| input.pointer.any_down() || input.pointer.any_released()) {
        return None;
    }
    let response = context.read_response(id)?;
    if response.interact_rect.expand(0.5).contains_rect(response.rect) {
        return None;
    }
    context.request_repaint();
    Some(Event::AccessKitActionRequest(accesskit::ActionRequest {
        action: accesskit::Action::ScrollIntoView,
        target_tree: accesskit::TreeId::ROOT,
        target_node: id.accesskit_id(),
        data: None,
    }))
}
