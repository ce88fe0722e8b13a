//! Lets `egui_kittest` paint with the project's own rasterizer, so that tests can look at the real window
//! on a machine without a graphics card, and get the same bytes on all of them.

use egui_kittest::TestRenderer;
use glosse::ui::raster::Rasterizer;
use image::RgbaImage;

/// Paints a test harness into memory. Give it to `Harness::builder().renderer(RasterRenderer::new())`.
#[derive(Default)]
pub struct RasterRenderer {
    rasterizer: Rasterizer,
}

impl RasterRenderer {
    /// A renderer for one harness. It has to be there from the first frame, to get all textures.
    pub fn new() -> Self {
        Self::default()
    }
}

impl TestRenderer for RasterRenderer {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        self.rasterizer.apply(delta);
    }

    /// The frame over the theme's panel color, which shows only where the window draws nothing.
    fn render(&mut self, context: &egui::Context, output: &egui::FullOutput) -> Result<RgbaImage, String> {
        let pixels_per_point = context.pixels_per_point();
        let size = context.content_rect().size() * pixels_per_point;
        // A cast from float stays within the range of the target, and the rasterizer limits the size.
        let size = [size.x.round() as usize, size.y.round() as usize];
        let background = context.global_style().visuals.panel_fill.to_opaque();
        let primitives = context.tessellate(output.shapes.clone(), pixels_per_point);
        let image = self.rasterizer.paint(&primitives, size, pixels_per_point, background);
        RgbaImage::from_raw(image.width, image.height, image.pixels)
            .ok_or_else(|| "an image whose bytes do not fit its size".to_owned())
    }
}
