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
//! that works on whole rows, and all four channels of a pixel are blended in one word, so that an
//! unoptimized build stays quick enough for tests.

use std::collections::HashMap;

use egui::epaint::{ImageDelta, Primitive, TextureId, Vertex};
use egui::{Color32, ImageData, TextureFilter, TextureOptions, TextureWrapMode};

/// Corners are snapped to this many steps per pixel, as graphics cards do.
const SUBPIXELS: i64 = 256;
/// From the edge of a pixel to its center, in subpixels.
const CENTER: i64 = SUBPIXELS / 2;
/// Corners further out than this are moved in, so that edge functions fit an `i64`. In subpixels.
const FARTHEST: f64 = (1_i64 << 28) as f64;
/// Positions in a texture and colors along a row count in this fraction of a texel or of 1/255.
const FRACTION: f64 = 65536.0;
/// Positions in a texture beyond this are moved in, so that steps along a row can not overflow.
const FARTHEST_TEXEL: f64 = 1.099_511_627_776e12;
/// The greatest width and height of an image, in pixels.
const GREATEST_SIDE: usize = 1 << 15;

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

struct Texture {
    // Invariant: `texels.len() == width * height`, and neither side is 0.
    width: usize,
    height: usize,
    texels: Vec<Color32>,
    options: TextureOptions,
}

impl Texture {
    /// Where a run of texels within one row lies in `texels`.
    fn run(&self, left: usize, row: usize, length: usize) -> Option<std::ops::Range<usize>> {
        if row >= self.height || left.checked_add(length)? > self.width {
            return None;
        }
        let start = row * self.width + left;
        Some(start..start + length)
    }

    fn texels(&self, left: usize, row: usize, length: usize) -> Option<&[Color32]> {
        self.texels.get(self.run(left, row, length)?)
    }

    fn texels_mut(&mut self, left: usize, row: usize, length: usize) -> Option<&mut [Color32]> {
        let run = self.run(left, row, length)?;
        self.texels.get_mut(run)
    }

    /// The texel at whole coordinates, wherever the wrap mode puts them.
    #[inline(always)]
    fn texel(&self, x: i64, y: i64) -> u64 {
        let x = wrap(x, self.width, self.options.wrap_mode);
        let y = wrap(y, self.height, self.options.wrap_mode);
        spread(word(self.texels[y * self.width + x].to_array()))
    }

    /// The color at a position counted in 1/65536 texels.
    #[inline(always)]
    fn sample(&self, u: i64, v: i64, filter: TextureFilter) -> u64 {
        if filter == TextureFilter::Nearest {
            return self.texel(u >> 16, v >> 16);
        }
        // Half a texel back to the center of the upper left neighbor, rounded to 1/256.
        let u = u - 0x8000 + 0x80;
        let v = v - 0x8000 + 0x80;
        let (x, y) = (u >> 16, v >> 16);
        let (right, down) = ((u >> 8) as u64 & 0xff, (v >> 8) as u64 & 0xff);
        let upper = if right == 0 { self.texel(x, y) } else { mix(self.texel(x, y), self.texel(x + 1, y), right) };
        if down == 0 {
            return upper;
        }
        let y = y + 1;
        let lower = if right == 0 { self.texel(x, y) } else { mix(self.texel(x, y), self.texel(x + 1, y), right) };
        mix(upper, lower, down)
    }

    /// The filter for a given number of texels per pixel.
    fn filter(&self, texels_per_pixel: f64) -> TextureFilter {
        // A little more than one, because a size in points rarely divides exactly.
        if texels_per_pixel > 1.001 { self.options.minification } else { self.options.magnification }
    }
}

/// Brings a texel coordinate into `0..size`. The result is always a valid one, as `size` is not 0.
#[inline(always)]
fn wrap(at: i64, size: usize, mode: TextureWrapMode) -> usize {
    let size = size as i64;
    let wrapped = if at >= 0 && at < size {
        at
    } else {
        match mode {
            TextureWrapMode::ClampToEdge => at.clamp(0, size - 1),
            TextureWrapMode::Repeat => at.rem_euclid(size),
            TextureWrapMode::MirroredRepeat => {
                let twice = at.rem_euclid(2 * size);
                twice.min(2 * size - 1 - twice)
            }
        }
    };
    wrapped as usize
}

/// A vertex in pixels and texels.
#[derive(Clone, Copy)]
struct Corner {
    /// In subpixels.
    x: i64,
    y: i64,
    /// In texels, of which the first has its center at 0.5.
    u: f64,
    v: f64,
    color: u32,
    is_finite: bool,
}

impl Corner {
    fn new(vertex: &Vertex, pixels_per_point: f32, texture: &Texture) -> Self {
        let x = vertex.pos.x * pixels_per_point;
        let y = vertex.pos.y * pixels_per_point;
        let u = f64::from(vertex.uv.x) * texture.width as f64;
        let v = f64::from(vertex.uv.y) * texture.height as f64;
        Self {
            x: snap(x),
            y: snap(y),
            u,
            v,
            color: word(vertex.color.to_array()),
            is_finite: x.is_finite() && y.is_finite() && u.is_finite() && v.is_finite(),
        }
    }

    #[inline(always)]
    fn has_texel_of(&self, other: &Self) -> bool {
        self.u == other.u && self.v == other.v
    }
}

/// Pixels to subpixels. Not a number becomes 0, but no such corner is painted.
fn snap(pixels: f32) -> i64 {
    (f64::from(pixels) * SUBPIXELS as f64).round().clamp(-FARTHEST, FARTHEST) as i64
}

/// The first pixel whose center is not before a position in subpixels.
#[inline(always)]
fn first_pixel(subpixels: i64) -> i64 {
    (subpixels - CENTER + SUBPIXELS - 1) >> 8
}

/// One side of a triangle, clockwise as seen on the screen.
#[derive(Clone, Copy)]
struct Edge {
    /// The edge function at the center of the first pixel of the current row: inside it is greater than
    /// 0, and 0 counts as inside for a top or left edge, for which `value` is one greater.
    value: i64,
    /// What `value` changes by from one pixel to the next.
    right: i64,
    /// What `value` changes by from one row to the next.
    down: i64,
}

impl Edge {
    fn new(from: &Corner, to: &Corner, row: i64) -> Self {
        let (width, height) = (to.x - from.x, to.y - from.y);
        let is_top_left = height < 0 || (height == 0 && width > 0);
        let center = row * SUBPIXELS + CENTER;
        let value = width * (center - from.y) - height * (CENTER - from.x);
        Self { value: value + i64::from(is_top_left), right: -height * SUBPIXELS, down: width * SUBPIXELS }
    }

    /// Cuts `left..right` down to the pixels inside.
    #[inline(always)]
    fn cut(&self, left: &mut i64, right: &mut i64) {
        if self.right > 0 {
            // value + x * right > 0
            let first = floor_divide(-self.value, self.right) + 1;
            if first > *left {
                *left = first;
            }
        } else if self.right < 0 {
            // x < value / -right, rounded up
            let end = -floor_divide(-self.value, -self.right);
            if end < *right {
                *right = end;
            }
        } else if self.value <= 0 {
            *right = *left;
        }
    }
}

/// Rounds down, for a divisor greater than 0.
#[inline(always)]
fn floor_divide(dividend: i64, divisor: i64) -> i64 {
    let quotient = dividend / divisor;
    if dividend % divisor < 0 { quotient - 1 } else { quotient }
}

/// A value that changes evenly over a triangle.
#[derive(Clone, Copy)]
struct Slope {
    /// At subpixel 0, 0.
    origin: f64,
    /// Per subpixel.
    right: f64,
    down: f64,
}

impl Slope {
    /// From the values at three corners, and twice the area of the triangle between them.
    fn new(corners: [&Corner; 3], values: [f64; 3], area: f64) -> Self {
        let [a, b, c] = corners;
        let (to_b, to_c) = (values[1] - values[0], values[2] - values[0]);
        let right = (to_b * (c.y - a.y) as f64 - to_c * (b.y - a.y) as f64) / area;
        let down = (to_c * (b.x - a.x) as f64 - to_b * (c.x - a.x) as f64) / area;
        Self { origin: values[0] - right * a.x as f64 - down * a.y as f64, right, down }
    }

    #[inline(always)]
    fn at_pixel(&self, x: i64, y: i64) -> f64 {
        self.origin + self.right * (x * SUBPIXELS + CENTER) as f64 + self.down * (y * SUBPIXELS + CENTER) as f64
    }

    /// How much the value changes from one pixel to the next, whichever way that is more.
    fn steepness(&self) -> f64 {
        self.right.abs().max(self.down.abs()) * SUBPIXELS as f64
    }
}

/// A value at the first pixel of a row and its step from pixel to pixel, in 1/65536.
#[derive(Clone, Copy)]
struct Ramp {
    start: i64,
    step: i64,
}

impl Ramp {
    /// Over `length` pixels from `x`, at both ends within the limits.
    #[inline(always)]
    fn new(slope: &Slope, x: i64, y: i64, length: i64, low: f64, high: f64) -> Self {
        let start = fixed(slope.at_pixel(x, y), low, high);
        if length < 2 || slope.right == 0.0 {
            return Self { start, step: 0 };
        }
        let end = fixed(slope.at_pixel(x + length - 1, y), low, high);
        Self { start, step: (end - start) / (length - 1) }
    }
}

/// A value within the limits, in 1/65536.
#[inline(always)]
fn fixed(value: f64, low: f64, high: f64) -> i64 {
    let limited = if value > high {
        high
    } else if value > low {
        value
    } else {
        low
    };
    (limited * FRACTION) as i64
}

/// Four channels along a row, two in each word: one in its lower and one in its upper half. No channel is
/// ever below 0, so that adding both halves in one sum gives the right digits in each.
#[derive(Clone, Copy)]
struct ColorRamp {
    /// The first channel, and the second above it.
    first: i64,
    first_step: i64,
    /// The third channel, and the fourth above it.
    second: i64,
    second_step: i64,
}

impl ColorRamp {
    fn constant(color: u32) -> Self {
        let lanes = spread(color);
        Self {
            first: ((lanes & 0x0000_00ff_0000_00ff) << 16) as i64,
            first_step: 0,
            second: (lanes & 0x00ff_0000_00ff_0000) as i64,
            second_step: 0,
        }
    }

    #[inline(always)]
    fn new(slopes: &[Slope; 4], x: i64, y: i64, length: i64) -> Self {
        let [red, green, blue, alpha] = slopes;
        let red = Ramp::new(red, x, y, length, 0.0, 255.0);
        let green = Ramp::new(green, x, y, length, 0.0, 255.0);
        let blue = Ramp::new(blue, x, y, length, 0.0, 255.0);
        let alpha = Ramp::new(alpha, x, y, length, 0.0, 255.0);
        let half = 0x0000_8000_0000_8000;
        Self {
            first: (green.start << 32) + red.start + half,
            first_step: (green.step << 32) + red.step,
            second: (alpha.start << 32) + blue.start + half,
            second_step: (alpha.step << 32) + blue.step,
        }
    }

    #[inline(always)]
    fn lanes(&self) -> u64 {
        let first = (self.first >> 16) as u64 & 0x0000_00ff_0000_00ff;
        let second = self.second as u64 & 0x00ff_0000_00ff_0000;
        first | second
    }

    #[inline(always)]
    fn advance(&mut self) {
        self.first = self.first.wrapping_add(self.first_step);
        self.second = self.second.wrapping_add(self.second_step);
    }
}

/// The image while it is painted.
struct Canvas {
    // Invariant: `pixels.len() == width * height`, and the clip lies within the image.
    width: i64,
    height: i64,
    /// Premultiplied.
    pixels: Vec<[u8; 4]>,
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
    /// A run of one color, to copy from.
    flat: Vec<[u8; 4]>,
}

impl Canvas {
    fn new(size: [usize; 2], background: Color32) -> Self {
        let [width, height] = size.map(|side| side.min(GREATEST_SIDE));
        let mut pixels = Vec::new();
        lengthen(&mut pixels, background.to_array(), width * height);
        let (width, height) = (width as i64, height as i64);
        Self { width, height, pixels, left: 0, top: 0, right: width, bottom: height, flat: Vec::new() }
    }

    fn into_image(self, background: Color32) -> Image {
        let mut pixels = self.pixels.into_flattened();
        // Over an opaque background every pixel stays opaque, for which both kinds of alpha are the same.
        if !background.is_opaque() {
            for pixel in pixels.chunks_exact_mut(4) {
                if let [red, green, blue, alpha] = pixel {
                    for channel in [red, green, blue] {
                        *channel = divide_alpha(*channel, *alpha);
                    }
                }
            }
        }
        // Both sides are at most `GREATEST_SIDE`.
        Image { width: self.width as u32, height: self.height as u32, pixels }
    }

    fn set_clip(&mut self, clip: egui::Rect, pixels_per_point: f32) {
        // A cast from float stays within the range of the target, and not a number becomes 0.
        self.left = ((pixels_per_point * clip.min.x).round() as i64).clamp(0, self.width);
        self.top = ((pixels_per_point * clip.min.y).round() as i64).clamp(0, self.height);
        self.right = ((pixels_per_point * clip.max.x).round() as i64).clamp(self.left, self.width);
        self.bottom = ((pixels_per_point * clip.max.y).round() as i64).clamp(self.top, self.height);
    }

    fn paint_mesh(&mut self, texture: &Texture, corners: &[Corner], indices: &[u32]) {
        if self.left >= self.right || self.top >= self.bottom {
            return;
        }
        let corner = |index: u32| corners.get(usize::try_from(index).ok()?).filter(|corner| corner.is_finite);
        let mut rest = indices;
        while let [first, second, third, after @ ..] = rest {
            rest = after;
            let (Some(a), Some(b), Some(c)) = (corner(*first), corner(*second), corner(*third)) else {
                continue;
            };
            // The two triangles that egui makes of a rectangle.
            if let [fourth, fifth, sixth, beyond @ ..] = after
                && fourth == third
                && fifth == second
                && let Some(d) = corner(*sixth)
                && self.paint_rectangle(texture, [a, b, c, d])
            {
                rest = beyond;
                continue;
            }
            self.paint_triangle(texture, [a, b, c]);
        }
    }

    /// Paints a rectangle in one go and returns true, if it is upright and has one color.
    fn paint_rectangle(&mut self, texture: &Texture, corners: [&Corner; 4]) -> bool {
        let [a, b, c, d] = corners;
        let is_upright = a.y == b.y && c.y == d.y && a.x == c.x && b.x == d.x && a.x <= b.x && a.y <= c.y;
        let is_even = a.color == b.color && a.color == c.color && a.color == d.color;
        if !(is_upright && is_even && a.u == c.u && b.u == d.u && a.v == b.v && c.v == d.v) {
            return false;
        }
        let (left, right) = (first_pixel(a.x).max(self.left), first_pixel(b.x).min(self.right));
        let (top, bottom) = (first_pixel(a.y).max(self.top), first_pixel(c.y).min(self.bottom));
        if left >= right || top >= bottom {
            return true;
        }
        let length = right - left;
        if a.has_texel_of(d) {
            let color = gather(tint(spread(a.color), point_sample(texture, a)));
            let mut y = top;
            while y < bottom {
                self.fill(left, y, length, color);
                y += 1;
            }
            return true;
        }
        let u_step = (b.u - a.u) / (b.x - a.x) as f64;
        let v_step = (c.v - a.v) / (c.y - a.y) as f64;
        let u = Slope { origin: a.u - u_step * a.x as f64, right: u_step, down: 0.0 };
        let v = Slope { origin: a.v - v_step * a.y as f64, right: 0.0, down: v_step };
        if let (Some(first_texel), Some(first_row)) = (
            whole_texel(u.at_pixel(left, top), u.at_pixel(right - 1, top), length),
            whole_texel(v.at_pixel(left, top), v.at_pixel(left, bottom - 1), bottom - top),
        ) && texture.texels(first_texel, first_row, length as usize).is_some()
            && texture.texels(first_texel, first_row + (bottom - top) as usize - 1, length as usize).is_some()
        {
            let mut row = first_row;
            let mut y = top;
            while y < bottom {
                if let Some(texels) = texture.texels(first_texel, row, length as usize) {
                    self.stamp(left, y, texels, a.color);
                }
                row += 1;
                y += 1;
            }
            return true;
        }
        let filter = texture.filter(u.steepness().max(v.steepness()));
        let mut y = top;
        while y < bottom {
            self.fill_textured(left, y, length, texture, filter, (&u, &v), ColorRamp::constant(a.color));
            y += 1;
        }
        true
    }

    fn paint_triangle(&mut self, texture: &Texture, corners: [&Corner; 3]) {
        let [a, mut b, mut c] = corners;
        let top = first_pixel(a.y.min(b.y).min(c.y)).max(self.top);
        let bottom = first_pixel(a.y.max(b.y).max(c.y)).min(self.bottom);
        let leftmost = first_pixel(a.x.min(b.x).min(c.x)).max(self.left);
        let rightmost = first_pixel(a.x.max(b.x).max(c.x)).min(self.right);
        if top >= bottom || leftmost >= rightmost {
            return;
        }
        let mut area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        if area == 0 {
            return;
        }
        if area < 0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        let corners = [a, b, c];
        let shading = Shading::new(texture, corners, area as f64);
        let mut edges = [Edge::new(a, b, top), Edge::new(b, c, top), Edge::new(c, a, top)];
        let mut y = top;
        while y < bottom {
            let (mut left, mut right) = (leftmost, rightmost);
            let [first, second, third] = &mut edges;
            first.cut(&mut left, &mut right);
            second.cut(&mut left, &mut right);
            third.cut(&mut left, &mut right);
            first.value += first.down;
            second.value += second.down;
            third.value += third.down;
            if left < right {
                let length = right - left;
                match &shading {
                    Shading::Flat(color) => self.fill(left, y, length, *color),
                    Shading::Smooth(colors) => self.fill_smooth(left, y, length, colors),
                    Shading::Textured { colors, u, v, filter } => {
                        let ramp = ColorRamp::new(colors, left, y, length);
                        self.fill_textured(left, y, length, texture, *filter, (u, v), ramp);
                    }
                }
            }
            y += 1;
        }
    }

    /// A run of pixels within one row. Callers stay within the clip.
    #[inline(always)]
    fn run(&mut self, left: i64, y: i64, length: i64) -> &mut [[u8; 4]] {
        let start = (y * self.width + left) as usize;
        &mut self.pixels[start..start + length as usize]
    }

    fn fill(&mut self, left: i64, y: i64, length: i64, color: u32) {
        if color == 0 {
            return;
        }
        if color >> 24 == 255 && length > 8 {
            let mut flat = std::mem::take(&mut self.flat);
            if flat.first() != Some(&color.to_le_bytes()) {
                flat.clear();
            }
            lengthen(&mut flat, color.to_le_bytes(), length as usize);
            self.run(left, y, length).copy_from_slice(&flat[..length as usize]);
            self.flat = flat;
            return;
        }
        let source = spread(color);
        let row = self.run(left, y, length);
        // Neighbors are mostly the same, and so is what becomes of them.
        let mut before = word(row[0]);
        let mut after = blend(before, source).to_le_bytes();
        let mut x = 0;
        while x < row.len() {
            let pixel = word(row[x]);
            if pixel != before {
                before = pixel;
                after = blend(before, source).to_le_bytes();
            }
            row[x] = after;
            x += 1;
        }
    }

    fn fill_smooth(&mut self, left: i64, y: i64, length: i64, colors: &[Slope; 4]) {
        let mut ramp = ColorRamp::new(colors, left, y, length);
        let row = self.run(left, y, length);
        let mut x = 0;
        while x < row.len() {
            row[x] = blend(word(row[x]), ramp.lanes()).to_le_bytes();
            ramp.advance();
            x += 1;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a struct for the one caller would say the same again")]
    fn fill_textured(
        &mut self,
        left: i64,
        y: i64,
        length: i64,
        texture: &Texture,
        filter: TextureFilter,
        (u, v): (&Slope, &Slope),
        mut colors: ColorRamp,
    ) {
        let mut u = Ramp::new(u, left, y, length, -FARTHEST_TEXEL, FARTHEST_TEXEL);
        let mut v = Ramp::new(v, left, y, length, -FARTHEST_TEXEL, FARTHEST_TEXEL);
        let row = self.run(left, y, length);
        let mut x = 0;
        while x < row.len() {
            let texel = texture.sample(u.start, v.start, filter);
            if texel != 0 {
                row[x] = blend(word(row[x]), tint(colors.lanes(), texel)).to_le_bytes();
            }
            colors.advance();
            u.start += u.step;
            v.start += v.step;
            x += 1;
        }
    }

    /// Texels at their own size, as nearly all glyphs are.
    fn stamp(&mut self, left: i64, y: i64, texels: &[Color32], color: u32) {
        let color = spread(color);
        let row = self.run(left, y, texels.len() as i64);
        let mut x = 0;
        while x < row.len() {
            let texel = word(texels[x].to_array());
            if texel != 0 {
                row[x] = blend(word(row[x]), tint(color, spread(texel))).to_le_bytes();
            }
            x += 1;
        }
    }
}

/// How the inside of a triangle is colored.
enum Shading {
    Flat(u32),
    Smooth([Slope; 4]),
    Textured { colors: [Slope; 4], u: Slope, v: Slope, filter: TextureFilter },
}

impl Shading {
    fn new(texture: &Texture, corners: [&Corner; 3], area: f64) -> Self {
        let [a, b, c] = corners;
        let slopes = |colors: [u32; 3]| {
            [0, 8, 16, 24]
                .map(|shift| Slope::new(corners, colors.map(|color| f64::from((color >> shift) & 0xff)), area))
        };
        if a.has_texel_of(b) && a.has_texel_of(c) {
            let texel = point_sample(texture, a);
            if a.color == b.color && a.color == c.color {
                return Self::Flat(gather(tint(spread(a.color), texel)));
            }
            return Self::Smooth(slopes(corners.map(|corner| gather(tint(spread(corner.color), texel)))));
        }
        let u = Slope::new(corners, corners.map(|corner| corner.u), area);
        let v = Slope::new(corners, corners.map(|corner| corner.v), area);
        let filter = texture.filter(u.steepness().max(v.steepness()));
        Self::Textured { colors: slopes(corners.map(|corner| corner.color)), u, v, filter }
    }
}

/// The color of a shape that has the same place in the texture at every corner.
fn point_sample(texture: &Texture, corner: &Corner) -> u64 {
    let u = fixed(corner.u, -FARTHEST_TEXEL, FARTHEST_TEXEL);
    let v = fixed(corner.v, -FARTHEST_TEXEL, FARTHEST_TEXEL);
    texture.sample(u, v, texture.options.magnification)
}

/// The first texel of a row that shows each of `length` texels in one pixel, center upon center.
fn whole_texel(first: f64, last: f64, length: i64) -> Option<usize> {
    let tolerance = 1.0 / 256.0;
    let whole = first.floor();
    let is_exact = (first - whole - 0.5).abs() < tolerance && (last - first - (length - 1) as f64).abs() < tolerance;
    // A cast from float stays within the range of the target; texels outside are looked up in vain.
    (is_exact && whole >= 0.0).then_some(whole as usize)
}

/// Makes a vector of one pixel at least `length` long, by copying blocks, which is quick in any build.
fn lengthen(pixels: &mut Vec<[u8; 4]>, pixel: [u8; 4], length: usize) {
    if pixels.len() >= length {
        return;
    }
    pixels.reserve(length - pixels.len());
    if pixels.is_empty() {
        pixels.push(pixel);
    }
    while pixels.len() < length {
        pixels.extend_from_within(..pixels.len().min(length - pixels.len()));
    }
}

/// One channel with premultiplied alpha to straight alpha.
fn divide_alpha(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u16::from(channel), u16::from(alpha));
    let straight = (channel * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
    u8::try_from(straight).unwrap_or(u8::MAX)
}

// The four channels of a pixel in one word: red is lowest, alpha highest.
// "Lanes" are the same with 16 bits for each, in the order red, blue, green, alpha.

/// The lower half of each lane.
const LANES: u64 = 0x00ff_00ff_00ff_00ff;
/// One half in each lane, in 1/256.
const HALVES: u64 = 0x0080_0080_0080_0080;

#[inline(always)]
fn word(pixel: [u8; 4]) -> u32 {
    u32::from_le_bytes(pixel)
}

#[inline(always)]
fn spread(pixel: u32) -> u64 {
    let pixel = pixel as u64;
    (pixel | (pixel << 24)) & LANES
}

#[inline(always)]
fn gather(lanes: u64) -> u32 {
    (lanes | (lanes >> 24)) as u32
}

/// Each lane times `factor` / 255, rounded.
#[inline(always)]
fn scale(lanes: u64, factor: u64) -> u64 {
    let product = lanes * factor + HALVES;
    ((product + ((product >> 8) & LANES)) >> 8) & LANES
}

/// From `first` to `second`, by a weight of 0..=256.
#[inline(always)]
fn mix(first: u64, second: u64, weight: u64) -> u64 {
    ((first * (256 - weight) + second * weight + HALVES) >> 8) & LANES
}

/// A color times a texel, lane by lane.
#[inline(always)]
fn tint(color: u64, texel: u64) -> u64 {
    let alpha = texel >> 48;
    if texel == alpha * 0x0001_0001_0001_0001 {
        return if alpha == 255 { color } else { scale(color, alpha) };
    }
    if color == LANES {
        return texel;
    }
    let mut product = 0;
    let mut shift = 0;
    while shift < 64 {
        product |= scale((color >> shift) & 0xff, (texel >> shift) & 0xff) << shift;
        shift += 16;
    }
    product
}

/// Lays premultiplied lanes over a pixel. Additive colors may go over the top, where they stay.
#[inline(always)]
fn blend(pixel: u32, source: u64) -> u32 {
    let alpha = source >> 48;
    if alpha == 255 {
        return gather(source);
    }
    let sum = source + scale(spread(pixel), 255 - alpha);
    let above = (sum >> 8) & 0x0001_0001_0001_0001;
    gather((sum | (above * 255)) & LANES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::epaint::{ClippedPrimitive, Mesh, WHITE_UV};
    use egui::{ColorImage, Pos2, Rect, TexturesDelta, pos2};

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
    fn word_arithmetic_rounds_each_channel() {
        for level in 0..=255_u32 {
            for factor in 0..=255_u32 {
                let exact = (level * factor * 2 + 255) / 510;
                assert_eq!(gather(scale(spread(level * 0x0101_0101), factor.into())), exact * 0x0101_0101);
            }
        }
        let mixed = [1, 2, 3, 4];
        assert_eq!(gather(spread(word(mixed))).to_le_bytes(), mixed);
        assert_eq!(
            gather(tint(spread(word([255, 128, 0, 255])), spread(word([100, 100, 7, 200])))).to_le_bytes(),
            [100, 50, 0, 200]
        );
        assert_eq!(gather(ColorRamp::constant(word(mixed)).lanes()).to_le_bytes(), mixed);
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
