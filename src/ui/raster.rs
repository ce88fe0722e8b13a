//! Paints what egui made of a frame into plain memory, with no graphics card and no driver.
//!
//! Tests look at the real window through it and `glosse render` draws pictures with it, so the same
//! triangles must give the same bytes on every machine and every run: corners are snapped to 1/256 of a
//! pixel, edges are whole numbers, and a pixel on an edge belongs to exactly one triangle (the top-left
//! rule). The look follows `egui_glow`: colors are multiplied and blended in gamma space with
//! premultiplied alpha, and clip rectangles are rounded to whole pixels. Left out are its dithering, which
//! is noise in a comparison, and mipmaps.
//!
//! Nearly all pixels of a frame are flat fills and glyphs at their own size. Both have a path of their own
//! that works on whole rows (`canvas.rs`), and all four channels of a pixel are blended in one word (`pixel.rs`), so that an
//! unoptimized build stays quick enough for tests.

mod canvas;
mod pixel;
mod texture;
mod triangle;

use std::collections::HashMap;

use egui::epaint::{ImageDelta, Primitive, TextureId};
use egui::{Color32, ImageData};

use self::{canvas::Canvas, texture::Texture, triangle::Corner};

/// A painted frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels per row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
    /// Row by row from the top, four bytes per pixel: red, green, blue and straight alpha.
    pub pixels: Vec<u8>,
}

impl Image {
    /// The image as a PNG file.
    ///
    /// # Errors
    /// When the image has no pixels, or `pixels` is not `width * height * 4` long.
    pub fn to_png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        // Flat areas and repeated glyphs pack best as they are.
        encoder.set_compression(png::Compression::Balanced);
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

/// Holds the textures that egui sent and paints frames with them.
#[derive(Default)]
pub struct Rasterizer {
    textures: HashMap<TextureId, Texture>,
    /// Freed textures may still be used by the frame that freed them, so they go with the next delta.
    leaving: Vec<TextureId>,
    /// The vertices of the mesh at hand, kept for its memory.
    corners: Vec<Corner>,
}

impl Rasterizer {
    /// A rasterizer without textures: it paints nothing until the first delta of a context was applied.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over new, changed and freed textures and leaves the delta empty.
    ///
    /// Every delta of a context has to come here, in order, also those of frames that are never painted.
    /// A freed texture can still be painted with until the next call.
    pub fn apply(&mut self, delta: &mut egui::TexturesDelta) {
        for id in self.leaving.drain(..) {
            self.textures.remove(&id);
        }
        for (id, changes) in &delta.set {
            for change in changes {
                self.change_texture(*id, change);
            }
        }
        self.leaving.extend(delta.free.iter().copied());
        delta.clear();
    }

    fn change_texture(&mut self, id: TextureId, change: &ImageDelta) {
        let ImageData::Color(image) = &change.image;
        let [width, height] = image.size;
        if width == 0 || height == 0 || width.checked_mul(height) != Some(image.pixels.len()) {
            return;
        }
        if let Some([left, top]) = change.pos {
            if let Some(texture) = self.textures.get_mut(&id) {
                texture.options = change.options;
                for (row, texels) in image.pixels.chunks_exact(width).enumerate() {
                    if let Some(target) = texture.texels_mut(left, top.saturating_add(row), width) {
                        target.copy_from_slice(texels);
                    }
                }
            }
        } else {
            let texels = image.pixels.clone();
            self.textures.insert(id, Texture { width, height, texels, options: change.options });
        }
    }

    /// Paints a tessellated frame over a background.
    ///
    /// `size_in_pixels` is width and height, each at most 32768; a greater side is cut to that. Positions
    /// in `primitives` are in points, `pixels_per_point` pixels each. Paint callbacks, meshes with an
    /// unknown texture, and triangles with a missing or infinite corner are left out.
    pub fn paint(
        &mut self,
        primitives: &[egui::ClippedPrimitive],
        size_in_pixels: [usize; 2],
        pixels_per_point: f32,
        background: Color32,
    ) -> Image {
        let mut canvas = Canvas::new(size_in_pixels, background);
        let mut corners = std::mem::take(&mut self.corners);
        for primitive in primitives {
            let Primitive::Mesh(mesh) = &primitive.primitive else {
                continue;
            };
            let Some(texture) = self.textures.get(&mesh.texture_id) else {
                continue;
            };
            canvas.set_clip(primitive.clip_rect, pixels_per_point);
            corners.clear();
            corners.extend(mesh.vertices.iter().map(|vertex| Corner::new(vertex, pixels_per_point, texture)));
            canvas.paint_mesh(texture, &corners, &mesh.indices);
        }
        self.corners = corners;
        canvas.into_image(background)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::epaint::{ClippedPrimitive, Mesh, Vertex, WHITE_UV};
    use egui::{ColorImage, Pos2, Rect, TextureOptions, TexturesDelta, pos2};

    const SHEET: TextureId = TextureId::Managed(0);
    const PICTURE: TextureId = TextureId::Managed(1);
    const HALF_RED: Color32 = Color32::from_rgba_premultiplied(128, 0, 0, 128);

    fn set(rasterizer: &mut Rasterizer, id: TextureId, delta: ImageDelta) {
        let mut textures = TexturesDelta::default();
        textures.push(id, delta);
        rasterizer.apply(&mut textures);
        assert!(textures.is_empty());
    }

    /// A rasterizer with the white texel that egui keeps at the start of its own texture.
    fn with_white() -> Rasterizer {
        let mut rasterizer = Rasterizer::new();
        let white = ColorImage::filled([4, 4], Color32::WHITE);
        set(&mut rasterizer, SHEET, ImageDelta::full(white, TextureOptions::LINEAR));
        rasterizer
    }

    fn polygon(corners: &[Pos2], color: Color32, triangles: &[u32]) -> Mesh {
        let mut mesh = Mesh::default();
        for corner in corners {
            mesh.vertices.push(Vertex { pos: *corner, uv: WHITE_UV, color });
        }
        mesh.indices = triangles.to_vec();
        mesh
    }

    fn clipped(mesh: Mesh, clip_rect: Rect) -> ClippedPrimitive {
        ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) }
    }

    fn paint(rasterizer: &mut Rasterizer, mesh: Mesh, size: [usize; 2]) -> Image {
        rasterizer.paint(&[clipped(mesh, Rect::EVERYTHING)], size, 1.0, Color32::BLACK)
    }

    /// The red channel as rows of hexadecimal numbers, with a dot for 0.
    fn reds(image: &Image) -> String {
        let width = image.width as usize;
        let cell = |pixel: &[u8]| {
            if pixel[0] == 0 { " .".into() } else { format!("{:02x}", pixel[0]) }
        };
        let row = |row: &[u8]| row.chunks(4).map(cell).collect::<Vec<_>>().join(" ");
        image.pixels.chunks(width * 4).map(row).collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    fn check(image: &Image, expected: &[&str]) {
        assert_eq!(reds(image), expected.join("\n"));
    }

    #[test]
    fn shared_edges_blend_once() {
        // The inner corner goes over pixel centers, edges and in between; the fans turn both ways.
        let center = [pos2(8.0, 8.0), pos2(7.5, 8.5), pos2(3.3, 12.9), pos2(1.0, 8.0), pos2(14.99, 1.01)];
        for middle in center {
            let corners = [middle, pos2(1.0, 1.0), pos2(15.0, 1.0), pos2(15.0, 15.0), pos2(1.0, 15.0)];
            for triangles in [[0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 1], [2, 1, 0, 3, 2, 0, 4, 3, 0, 1, 4, 0]] {
                let image = paint(&mut with_white(), polygon(&corners, HALF_RED, &triangles), [16, 16]);
                for (index, pixel) in image.pixels.chunks(4).enumerate() {
                    let is_inside = (1..15).contains(&(index % 16)) && (1..15).contains(&(index / 16));
                    assert_eq!(pixel, [if is_inside { 128 } else { 0 }, 0, 0, 255], "{middle} {index}");
                }
            }
        }
    }

    #[test]
    fn top_and_left_edges_are_inside() {
        // Edges through pixel centers, once as a rectangle and once as free triangles.
        let corners = [pos2(0.5, 0.5), pos2(2.5, 0.5), pos2(0.5, 2.5), pos2(2.5, 2.5)];
        for triangles in [[0, 1, 2, 2, 1, 3], [0, 2, 1, 3, 2, 1]] {
            let image = paint(&mut with_white(), polygon(&corners, HALF_RED, &triangles), [4, 3]);
            check(&image, &["80 80  .  .", "80 80  .  .", " .  .  .  ."]);
        }
    }

    #[test]
    fn clip_rounds_to_whole_pixels() {
        let mesh = || polygon(&[pos2(-9.0, -9.0), pos2(40.0, -9.0), pos2(-9.0, 40.0)], HALF_RED, &[0, 1, 2]);
        let clip = Rect::from_min_max(pos2(0.74, 0.5), pos2(1.76, 1.0));
        let image = with_white().paint(&[clipped(mesh(), clip)], [5, 4], 2.0, Color32::BLACK);
        check(&image, &[" .  .  .  .  .", " . 80 80 80  .", " .  .  .  .  .", " .  .  .  .  ."]);
        for nothing in [Rect::NOTHING, Rect::NAN, Rect::from_min_max(pos2(9.0, 9.0), pos2(12.0, 12.0))] {
            let image = with_white().paint(&[clipped(mesh(), nothing)], [2, 1], 1.0, Color32::BLACK);
            check(&image, &[" .  ."]);
        }
    }

    fn picture_rectangle(rect: Rect, uv: Rect) -> Mesh {
        let mut mesh = Mesh::with_texture(PICTURE);
        mesh.add_rect_with_uv(rect, uv, Color32::WHITE);
        mesh
    }

    fn whole() -> Rect {
        Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0))
    }

    #[test]
    fn textures_change_in_part_and_go_after_the_frame() {
        let mut rasterizer = Rasterizer::new();
        let black = ColorImage::filled([4, 3], Color32::BLACK);
        set(&mut rasterizer, PICTURE, ImageDelta::full(black, TextureOptions::NEAREST));
        // Several changes in one delta, the last of which leaves the texture and must do nothing there.
        let mut textures = TexturesDelta::default();
        let patch = |size, level| ColorImage::filled(size, Color32::from_gray(level));
        for (position, size, level) in [([1, 1], [2, 2], 0x10), ([2, 2], [1, 1], 0x20), ([3, 2], [2, 1], 0x30)] {
            textures.push(PICTURE, ImageDelta::partial(position, patch(size, level), TextureOptions::NEAREST));
        }
        textures.free(PICTURE);
        rasterizer.apply(&mut textures);
        let area = Rect::from_min_max(pos2(0.0, 0.0), pos2(4.0, 3.0));
        let image = paint(&mut rasterizer, picture_rectangle(area, whole()), [4, 3]);
        check(&image, &[" .  .  .  .", " . 10 10  .", " . 10 20  ."]);
        rasterizer.apply(&mut TexturesDelta::default());
        let image = paint(&mut rasterizer, picture_rectangle(area, whole()), [1, 1]);
        check(&image, &[" ."]);
    }

    #[test]
    fn filters_and_wraps() {
        let image = || ColorImage::new([2, 1], vec![Color32::BLACK, Color32::from_gray(0x80)]);
        let sheet = |options, right| {
            let mut rasterizer = Rasterizer::new();
            set(&mut rasterizer, PICTURE, ImageDelta::full(image(), options));
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(right, 1.0));
            let area = Rect::from_min_max(pos2(0.0, 0.0), pos2(8.0, 1.0));
            let whole = paint(&mut rasterizer, picture_rectangle(area, uv), [8, 1]);
            // The same as two triangles that are not seen as a rectangle.
            let mut mesh = picture_rectangle(area, uv);
            mesh.indices = vec![0, 1, 3, 3, 2, 0];
            assert_eq!(whole, paint(&mut rasterizer, mesh, [8, 1]));
            whole
        };
        check(&sheet(TextureOptions::LINEAR, 1.0), &[" .  . 10 30 50 70 80 80"]);
        check(&sheet(TextureOptions::NEAREST, 1.0), &[" .  .  .  . 80 80 80 80"]);
        check(&sheet(TextureOptions::NEAREST, 2.0), &[" .  . 80 80 80 80 80 80"]);
        check(&sheet(TextureOptions::NEAREST_REPEAT, 2.0), &[" .  . 80 80  .  . 80 80"]);
        check(&sheet(TextureOptions::NEAREST_MIRRORED_REPEAT, 2.0), &[" .  . 80 80 80 80  .  ."]);
    }

    #[test]
    fn texels_at_their_own_size_stay_as_they_are() {
        let levels = |index: usize| Color32::from_gray(u8::try_from(index * 20).unwrap());
        let image = ColorImage::new([4, 3], (0..12).map(levels).collect());
        for options in [TextureOptions::LINEAR, TextureOptions::NEAREST] {
            let mut rasterizer = Rasterizer::new();
            set(&mut rasterizer, PICTURE, ImageDelta::full(image.clone(), options));
            let area = Rect::from_min_max(pos2(1.0, -1.0), pos2(5.0, 2.0));
            let painted = paint(&mut rasterizer, picture_rectangle(area, whole()), [4, 3]);
            check(&painted, &[" . 50 64 78", " . a0 b4 c8", " .  .  .  ."]);
        }
    }

    #[test]
    fn colors_run_evenly_and_blend_premultiplied() {
        let mut mesh =
            polygon(&[pos2(0.0, 0.0), pos2(8.0, 0.0), pos2(8.0, 1.0), pos2(0.0, 1.0)], HALF_RED, &[0, 1, 2, 0, 2, 3]);
        for vertex in &mut mesh.vertices {
            vertex.color = Color32::from_gray(if vertex.pos.x > 0.0 { 0x80 } else { 0 });
        }
        check(&paint(&mut with_white(), mesh, [8, 1]), &["08 18 28 38 48 58 68 78"]);

        let square = || [pos2(0.0, 0.0), pos2(1.0, 0.0), pos2(0.0, 1.0), pos2(1.0, 1.0)];
        let lay = |background, color| {
            let mesh = polygon(&square(), color, &[0, 1, 2, 2, 1, 3]);
            with_white().paint(&[clipped(mesh, Rect::EVERYTHING)], [1, 1], 1.0, background).pixels
        };
        assert_eq!(lay(Color32::WHITE, HALF_RED), [255, 127, 127, 255]);
        assert_eq!(lay(Color32::TRANSPARENT, HALF_RED), [255, 0, 0, 128]);
        assert_eq!(lay(Color32::from_rgb(200, 0, 9), Color32::from_rgb_additive(100, 10, 0)), [255, 10, 9, 255]);
        assert_eq!(lay(Color32::TRANSPARENT, Color32::TRANSPARENT), [0, 0, 0, 0]);
    }

    #[test]
    fn broken_meshes_are_left_out() {
        let corners =
            [pos2(f32::NAN, 0.0), pos2(f32::INFINITY, 0.0), pos2(0.0, 0.0), pos2(1e30, -1e30), pos2(-1e30, 1e30)];
        let mesh = polygon(&corners, HALF_RED, &[0, 1, 2, 2, 2, 2, 9, 2, 3, 2, 3, 3, 3, 4]);
        check(&paint(&mut with_white(), mesh, [2, 1]), &[" .  ."]);
        // So far out that the sides no longer meet where they should, but the screen is deep inside.
        let corners = [pos2(-1e30, -1e30), pos2(1e30, -1e30), pos2(0.0, 1e30)];
        check(&paint(&mut with_white(), polygon(&corners, HALF_RED, &[0, 1, 2]), [2, 1]), &["80 80"]);
        let mut mesh = polygon(&corners, HALF_RED, &[0, 1, 2]);
        mesh.vertices[0].uv = pos2(1e38, -1e38);
        paint(&mut with_white(), mesh, [9, 9]);
        for size in [[0, 0], [0, 5], [5, 0]] {
            let image = paint(&mut with_white(), Mesh::default(), size);
            assert_eq!((image.width as usize, image.height as usize, image.pixels.len()), (size[0], size[1], 0));
            assert!(image.to_png().is_err());
        }
    }

    #[test]
    fn same_frame_same_bytes() {
        let frame = |pixels_per_point: f32| {
            let context = egui::Context::default();
            context.set_pixels_per_point(pixels_per_point);
            let mut output = context.run_ui(egui::RawInput::default(), |ui| {
                let frame = egui::Frame::window(ui.style());
                frame.show(ui, |ui| ui.add(egui::Slider::new(&mut 3.0, 0.0..=7.0).show_value(false)));
            });
            let mut rasterizer = Rasterizer::new();
            rasterizer.apply(&mut output.textures_delta);
            let primitives = context.tessellate(output.shapes, pixels_per_point);
            let mut paint = || rasterizer.paint(&primitives, [200, 80], pixels_per_point, Color32::GRAY);
            let image = paint();
            assert_eq!(image, paint());
            image
        };
        for pixels_per_point in [1.0, 1.5] {
            let image = frame(pixels_per_point);
            assert_eq!(image, frame(pixels_per_point));
            assert!(image.pixels.chunks(4).any(|pixel| pixel != &image.pixels[..4]));
            assert_eq!(image.to_png().unwrap(), frame(pixels_per_point).to_png().unwrap());
        }
    }

    #[test]
    fn png_holds_the_pixels() {
        let mesh = polygon(&[pos2(0.0, 0.0), pos2(9.0, 0.0), pos2(0.0, 9.0)], HALF_RED, &[0, 1, 2]);
        let image = paint(&mut with_white(), mesh, [7, 5]);
        let file = image.to_png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height, frame.color_type), (7, 5, png::ColorType::Rgba));
        assert_eq!(pixels, image.pixels);
    }
}
