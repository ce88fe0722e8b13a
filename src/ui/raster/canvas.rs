//! The image while triangles are painted into it, row by row.

use egui::{Color32, TextureFilter};

use super::{
    Image,
    pixel::{blend, divide_alpha, gather, spread, tint, word},
    texture::Texture,
    triangle::{ColorRamp, Corner, Edge, FARTHEST_TEXEL, Ramp, Slope, first_pixel, fixed},
};

/// The greatest width and height of an image, in pixels.
const GREATEST_SIDE: usize = 1 << 15;

/// The image while it is painted.
pub(super) struct Canvas {
    // Invariant: `pixels.len() == width * height`, and the clip lies within the image.
    pub(super) width: i64,
    pub(super) height: i64,
    /// Premultiplied.
    pub(super) pixels: Vec<[u8; 4]>,
    pub(super) left: i64,
    pub(super) top: i64,
    pub(super) right: i64,
    pub(super) bottom: i64,
    /// A run of one color, to copy from.
    pub(super) flat: Vec<[u8; 4]>,
}

impl Canvas {
    pub(super) fn new(size: [usize; 2], background: Color32) -> Self {
        let [width, height] = size.map(|side| side.min(GREATEST_SIDE));
        let mut pixels = Vec::new();
        lengthen(&mut pixels, background.to_array(), width * height);
        let (width, height) = (width as i64, height as i64);
        Self { width, height, pixels, left: 0, top: 0, right: width, bottom: height, flat: Vec::new() }
    }

    pub(super) fn into_image(self, background: Color32) -> Image {
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

    pub(super) fn set_clip(&mut self, clip: egui::Rect, pixels_per_point: f32) {
        // A cast from float stays within the range of the target, and not a number becomes 0.
        self.left = ((pixels_per_point * clip.min.x).round() as i64).clamp(0, self.width);
        self.top = ((pixels_per_point * clip.min.y).round() as i64).clamp(0, self.height);
        self.right = ((pixels_per_point * clip.max.x).round() as i64).clamp(self.left, self.width);
        self.bottom = ((pixels_per_point * clip.max.y).round() as i64).clamp(self.top, self.height);
    }

    pub(super) fn paint_mesh(&mut self, texture: &Texture, corners: &[Corner], indices: &[u32]) {
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
    pub(super) fn paint_rectangle(&mut self, texture: &Texture, corners: [&Corner; 4]) -> bool {
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

    pub(super) fn paint_triangle(&mut self, texture: &Texture, corners: [&Corner; 3]) {
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
    pub(super) fn run(&mut self, left: i64, y: i64, length: i64) -> &mut [[u8; 4]] {
        let start = (y * self.width + left) as usize;
        &mut self.pixels[start..start + length as usize]
    }

    pub(super) fn fill(&mut self, left: i64, y: i64, length: i64, color: u32) {
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

    pub(super) fn fill_smooth(&mut self, left: i64, y: i64, length: i64, colors: &[Slope; 4]) {
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
    pub(super) fn fill_textured(
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
    pub(super) fn stamp(&mut self, left: i64, y: i64, texels: &[Color32], color: u32) {
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
pub(super) enum Shading {
    Flat(u32),
    Smooth([Slope; 4]),
    Textured { colors: [Slope; 4], u: Slope, v: Slope, filter: TextureFilter },
}

impl Shading {
    pub(super) fn new(texture: &Texture, corners: [&Corner; 3], area: f64) -> Self {
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
pub(super) fn point_sample(texture: &Texture, corner: &Corner) -> u64 {
    let u = fixed(corner.u, -FARTHEST_TEXEL, FARTHEST_TEXEL);
    let v = fixed(corner.v, -FARTHEST_TEXEL, FARTHEST_TEXEL);
    texture.sample(u, v, texture.options.magnification)
}

/// The first texel of a row that shows each of `length` texels in one pixel, center upon center.
pub(super) fn whole_texel(first: f64, last: f64, length: i64) -> Option<usize> {
    let tolerance = 1.0 / 256.0;
    let whole = first.floor();
    let is_exact = (first - whole - 0.5).abs() < tolerance && (last - first - (length - 1) as f64).abs() < tolerance;
    // A cast from float stays within the range of the target; texels outside are looked up in vain.
    (is_exact && whole >= 0.0).then_some(whole as usize)
}

/// Makes a vector of one pixel at least `length` long, by copying blocks, which is quick in any build.
pub(super) fn lengthen(pixels: &mut Vec<[u8; 4]>, pixel: [u8; 4], length: usize) {
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
