//! An annotated article as a picture, drawn by the real article view without a window.

use super::{
    document::{ArcMode, DocumentInput, DocumentView, TagMode},
    fonts,
    raster::Rasterizer,
    svg,
    theme::{LabelPalette, Theme},
};
use crate::{cli::PictureFormat, model::ArticleId, session::Session};
use egui::{Context, FullOutput, Pos2, RawInput, Rect, vec2};

/// Width of pictures in points.
const WIDTH: f32 = 960.0;
/// Pixels per point of short articles; long ones get fewer, down to one.
const SHARP: f32 = 2.0;
/// The highest picture in pixels.
const HIGHEST: f32 = 32_000.0;

/// Draws the present annotator's annotations of a loaded article, with all arcs.
///
/// # Errors
/// If the article is too long for a picture, or is not loaded; says what to do instead.
pub fn picture(session: &mut Session, article: &ArticleId, format: PictureFormat) -> Result<Vec<u8>, String> {
    session.load(article).map_err(|error| error.to_string())?;
    let found = session.project().article(article).and_then(|found| Some((found, found.text.clone()?)));
    let Some((found, text)) = found else { return Err(format!("the article {article} is not loaded")) };
    let theme = Theme::light();
    let schema = &session.project().schema;
    let palette = LabelPalette::new(&theme, schema);
    let metadata = &found.metadata;
    let parts = [metadata.source.as_str(), &metadata.date, &metadata.language];
    let byline = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ·  ");
    let input = DocumentInput {
        guesses: &[],
        text: &text,
        set: session.set(article),
        schema,
        theme: &theme,
        palette: &palette,
        title: &metadata.title,
        byline: &byline,
        tags: TagMode::Always,
        arcs: ArcMode::All,
        selected: None,
        highlights: &[],
        targets: None,
        read_only: true,
        focused: false,
    };
    let context = Context::default();
    context.set_fonts(fonts::definitions());
    theme.apply(&context);
    let mut rasterizer = Rasterizer::new();
    let mut draw = |height: f32, pixels_per_point: f32| -> (FullOutput, f32) {
        let mut view = DocumentView::for_picture();
        let mut raw =
            RawInput { screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(WIDTH, height))), ..RawInput::default() };
        raw.viewports.entry(raw.viewport_id).or_default().native_pixels_per_point = Some(pixels_per_point);
        let mut output = context.run_ui(raw, |ui| {
            view.show(ui, &input);
        });
        rasterizer.apply(&mut output.textures_delta);
        (output, view.content_height())
    };
    // The height is known when all was laid out; what is laid out depends on the height. Estimates are low with many arcs.
    let mut height = 1200.0;
    for _ in 0..8 {
        let (_, needed) = draw(height, 1.0);
        if needed <= height {
            height = needed;
            break;
        }
        height = needed * 1.1 + 200.0;
        if height > HIGHEST * 1.3 {
            break;
        }
    }
    let height = (height + 24.0).ceil();
    if height > HIGHEST && format == PictureFormat::Png {
        return Err(format!(
            "the article {article} is too long for a picture ({height} points high, {HIGHEST} are possible); render it as .svg or .html"
        ));
    }
    let pixels_per_point = (HIGHEST / height).clamp(1.0, SHARP);
    // A second frame at the final size, since fonts are made for the first one.
    draw(height, pixels_per_point);
    let (output, _) = draw(height, pixels_per_point);
    match format {
        PictureFormat::Svg => Ok(svg::write(&output.shapes, vec2(WIDTH, height), theme.page).into_bytes()),
        PictureFormat::Png => {
            let size = [(WIDTH * pixels_per_point) as usize, (height * pixels_per_point) as usize];
            let primitives = context.tessellate(output.shapes, output.pixels_per_point);
            let image = rasterizer.paint(&primitives, size, output.pixels_per_point, theme.page);
            image.to_png().map_err(|error| error.to_string())
        }
    }
}
