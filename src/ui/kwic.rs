//! A key word in its context, set so that the key words of many lines stand below each other.

use super::theme::{self, Theme, size};
use egui::{FontId, Painter, Rect, pos2, vec2};

/// Draws what stands before a hit, the hit and what follows into `room`; the hit starts at `middle`.
pub fn paint(painter: &Painter, room: Rect, middle: f32, theme: &Theme, [before, hit, after]: [&str; 3]) {
    let painter = painter.with_clip_rect(room.intersect(painter.clip_rect()));
    let font = FontId::proportional(size::BODY);
    let middle = middle.clamp(room.left(), room.right());
    let y = room.top() + 4.0;
    let before = fitting_end(before, middle - room.left() - 3.0, |text| {
        painter.layout_no_wrap(text.to_owned(), font.clone(), theme.text_weak).size().x
    });
    let galley = painter.layout_no_wrap(before.to_owned(), font.clone(), theme.text_weak);
    painter.galley(pos2(middle - galley.size().x - 1.0, y), galley, theme.text_weak);
    let galley = painter.layout_no_wrap(hit.to_owned(), theme::medium(size::BODY), theme.text);
    let plate = Rect::from_min_size(pos2(middle, y), galley.size()).expand2(vec2(2.0, 1.5));
    painter.rect_filled(plate, 3.0, theme.selection);
    // Also where the row has the plate's colour.
    painter.hline(plate.x_range(), plate.bottom(), egui::Stroke::new(1.5, theme.accent));
    let behind = middle + galley.size().x + 2.0;
    painter.galley(pos2(middle, y), galley, theme.text);
    if room.right() - behind > 12.0 {
        super::widgets::line_text(&painter, pos2(behind, y), room.right() - behind, after, font, theme.text_weak);
    }
}

/// The longest end of `text` that starts with a word and fits.
fn fitting_end(text: &str, width: f32, measure: impl Fn(&str) -> f32) -> &str {
    let mut rest = text;
    while measure(rest) > width {
        let Some(space) = rest.trim_start().find(' ') else { return "" };
        let skipped = rest.len() - rest.trim_start().len();
        rest = rest.get(skipped + space + 1..).unwrap_or_default();
        if rest.is_empty() {
            return rest;
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::fitting_end;

    #[test]
    fn the_end_that_fits_starts_with_a_word() {
        let check = |text, width, expected| {
            assert_eq!(fitting_end(text, width, |text| text.chars().count() as f32), expected, "{text:?} {width}");
        };
        check("eins zwei drei ", 20.0, "eins zwei drei ");
        check("eins zwei drei ", 14.0, "zwei drei ");
        check(" eins zwei ", 9.0, "zwei ");
        check("zusammengesetzt", 9.0, "");
        check("", 9.0, "");
    }
}
