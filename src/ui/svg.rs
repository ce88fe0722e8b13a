//! What egui painted, as an SVG document. Text stays text: it can be searched and copied.

use super::theme::family;
use egui::{
    Color32, FontFamily, Pos2, Shape, Stroke, Vec2,
    epaint::{ClippedShape, ColorMode, TextShape},
};
use std::fmt::Write;

/// Writes the shapes of a frame of this size, on a background.
pub fn write(shapes: &[ClippedShape], size: Vec2, background: Color32) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n\
         <rect width=\"100%\" height=\"100%\"{2}/>\n",
        size.x,
        size.y,
        fill(background)
    );
    for clipped in shapes {
        shape(&mut svg, &clipped.shape);
    }
    svg.push_str("</svg>\n");
    svg
}

fn shape(svg: &mut String, shape: &Shape) {
    match shape {
        Shape::Noop | Shape::Mesh(_) | Shape::Callback(_) | Shape::Band(_) => {}
        Shape::QuadraticBezier(_) | Shape::CubicBezier(_) | Shape::Ellipse(_) => {}
        Shape::Vec(shapes) => shapes.iter().for_each(|inner| self::shape(svg, inner)),
        Shape::Circle(circle) => {
            let (centre, look) = (circle.center, look(circle.fill, circle.stroke));
            line(svg, format_args!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{look}/>", centre.x, centre.y, circle.radius));
        }
        Shape::LineSegment { points: [from, to], stroke } => {
            let look = look(Color32::TRANSPARENT, *stroke);
            line(svg, format_args!("<path d=\"M{} {}L{} {}\"{look}/>", from.x, from.y, to.x, to.y));
        }
        Shape::Path(path) => {
            let color = match &path.stroke.color {
                ColorMode::Solid(color) => *color,
                ColorMode::UV(_) => Color32::TRANSPARENT,
            };
            let look = look(path.fill, Stroke::new(path.stroke.width, color));
            let end = if path.closed { "Z" } else { "" };
            line(svg, format_args!("<path d=\"{}{end}\"{look}/>", polyline(&path.points)));
        }
        Shape::Rect(rect) => {
            let (place, radius) = (rect.rect, rect.corner_radius.nw.max(rect.corner_radius.ne));
            let look = look(rect.fill, rect.stroke);
            line(
                svg,
                format_args!(
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{radius}\"{look}/>",
                    place.left(),
                    place.top(),
                    place.width(),
                    place.height()
                ),
            );
        }
        Shape::Text(text) => write_text(svg, text),
    }
}

fn write_text(svg: &mut String, text: &TextShape) {
    let Some(section) = text.galley.job.sections.first() else { return };
    let own = section.format.color;
    let color = text.override_text_color.unwrap_or(if own == Color32::PLACEHOLDER { text.fallback_color } else { own });
    let font = &section.format.font_id;
    let (names, weight) = match &font.family {
        FontFamily::Name(name) if **name == *family::READING => ("'IBM Plex Serif', Georgia, serif", 400),
        FontFamily::Name(name) if **name == *family::READING_STRONG => ("'IBM Plex Serif', Georgia, serif", 600),
        FontFamily::Name(name) if **name == *family::STRONG => ("Inter, Helvetica, Arial, sans-serif", 600),
        FontFamily::Name(name) if **name == *family::MEDIUM => ("Inter, Helvetica, Arial, sans-serif", 500),
        _ => ("Inter, Helvetica, Arial, sans-serif", 400),
    };
    for row in &text.galley.rows {
        let Some(first) = row.row.glyphs.first() else { continue };
        let words: String = row.row.glyphs.iter().map(|glyph| glyph.chr).collect();
        let shown = words.trim_end();
        if shown.is_empty() {
            continue;
        }
        let count = shown.chars().count();
        let end = row.row.glyphs.get(count.saturating_sub(1)).map_or(0.0, |glyph| glyph.max_x());
        let (x, y) = (text.pos.x + row.pos.x + first.pos.x, text.pos.y + row.pos.y + first.pos.y);
        line(
            svg,
            format_args!(
                "<text x=\"{x}\" y=\"{y}\" font-family=\"{names}\" font-weight=\"{weight}\" font-size=\"{}\" \
                 textLength=\"{:.2}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\"{}>{}</text>",
                font.size,
                end - first.pos.x,
                fill(color),
                escape(shown)
            ),
        );
    }
}

fn line(svg: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = svg.write_fmt(text);
    svg.push('\n');
}

fn polyline(points: &[Pos2]) -> String {
    let mut path = String::new();
    for (index, point) in points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{:.2} {:.2}", point.x, point.y);
    }
    path
}

fn look(filled: Color32, stroke: Stroke) -> String {
    let mut look = fill(filled);
    if stroke.width > 0.0 && stroke.color != Color32::TRANSPARENT {
        let [red, green, blue, alpha] = stroke.color.to_srgba_unmultiplied();
        let _ = write!(look, " stroke=\"rgb({red},{green},{blue})\" stroke-width=\"{}\"", stroke.width);
        if alpha < 255 {
            let _ = write!(look, " stroke-opacity=\"{:.3}\"", f32::from(alpha) / 255.0);
        }
    }
    look
}

fn fill(color: Color32) -> String {
    let [red, green, blue, alpha] = color.to_srgba_unmultiplied();
    match alpha {
        0 => " fill=\"none\"".to_owned(),
        255 => format!(" fill=\"rgb({red},{green},{blue})\""),
        _ => format!(" fill=\"rgb({red},{green},{blue})\" fill-opacity=\"{:.3}\"", f32::from(alpha) / 255.0),
    }
}

/// Text for XML; characters that XML 1.0 can not hold become a replacement character.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' => escaped.push(' '),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_can_not_become_markup() {
        assert_eq!(super::escape("<a & \"b\">\u{1}"), "&lt;a &amp; &quot;b&quot;&gt;\u{fffd}");
    }
}
