//! What of a triangle lies in a row: its corners in subpixels, its sides, and values that change evenly over it.

use egui::epaint::Vertex;

use super::{
    pixel::{spread, word},
    texture::Texture,
};

/// Corners are snapped to this many steps per pixel, as graphics cards do.
pub(super) const SUBPIXELS: i64 = 256;
/// From the edge of a pixel to its center, in subpixels.
pub(super) const CENTER: i64 = SUBPIXELS / 2;
/// Corners further out than this are moved in, so that edge functions fit an `i64`. In subpixels.
pub(super) const FARTHEST: f64 = (1_i64 << 28) as f64;
/// Positions in a texture and colors along a row count in this fraction of a texel or of 1/255.
pub(super) const FRACTION: f64 = 65536.0;
/// Positions in a texture beyond this are moved in, so that steps along a row can not overflow.
pub(super) const FARTHEST_TEXEL: f64 = 1.099_511_627_776e12;
/// A vertex in pixels and texels.
#[derive(Clone, Copy)]
pub(super) struct Corner {
    /// In subpixels.
    pub(super) x: i64,
    pub(super) y: i64,
    /// In texels, of which the first has its center at 0.5.
    pub(super) u: f64,
    pub(super) v: f64,
    pub(super) color: u32,
    pub(super) is_finite: bool,
}

impl Corner {
    pub(super) fn new(vertex: &Vertex, pixels_per_point: f32, texture: &Texture) -> Self {
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
    pub(super) fn has_texel_of(&self, other: &Self) -> bool {
        self.u == other.u && self.v == other.v
    }
}

/// Pixels to subpixels. Not a number becomes 0, but no such corner is painted.
pub(super) fn snap(pixels: f32) -> i64 {
    (f64::from(pixels) * SUBPIXELS as f64).round().clamp(-FARTHEST, FARTHEST) as i64
}

/// The first pixel whose center is not before a position in subpixels.
#[inline(always)]
pub(super) fn first_pixel(subpixels: i64) -> i64 {
    (subpixels - CENTER + SUBPIXELS - 1) >> 8
}

/// One side of a triangle, clockwise as seen on the screen.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    /// The edge function at the center of the first pixel of the current row: inside it is greater than
    /// 0, and 0 counts as inside for a top or left edge, for which `value` is one greater.
    pub(super) value: i64,
    /// What `value` changes by from one pixel to the next.
    pub(super) right: i64,
    /// What `value` changes by from one row to the next.
    pub(super) down: i64,
}

impl Edge {
    pub(super) fn new(from: &Corner, to: &Corner, row: i64) -> Self {
        let (width, height) = (to.x - from.x, to.y - from.y);
        let is_top_left = height < 0 || (height == 0 && width > 0);
        let center = row * SUBPIXELS + CENTER;
        let value = width * (center - from.y) - height * (CENTER - from.x);
        Self { value: value + i64::from(is_top_left), right: -height * SUBPIXELS, down: width * SUBPIXELS }
    }

    /// Cuts `left..right` down to the pixels inside.
    #[inline(always)]
    pub(super) fn cut(&self, left: &mut i64, right: &mut i64) {
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
pub(super) fn floor_divide(dividend: i64, divisor: i64) -> i64 {
    let quotient = dividend / divisor;
    if dividend % divisor < 0 { quotient - 1 } else { quotient }
}

/// A value that changes evenly over a triangle.
#[derive(Clone, Copy)]
pub(super) struct Slope {
    /// At subpixel 0, 0.
    pub(super) origin: f64,
    /// Per subpixel.
    pub(super) right: f64,
    pub(super) down: f64,
}

impl Slope {
    /// From the values at three corners, and twice the area of the triangle between them.
    pub(super) fn new(corners: [&Corner; 3], values: [f64; 3], area: f64) -> Self {
        let [a, b, c] = corners;
        let (to_b, to_c) = (values[1] - values[0], values[2] - values[0]);
        let right = (to_b * (c.y - a.y) as f64 - to_c * (b.y - a.y) as f64) / area;
        let down = (to_c * (b.x - a.x) as f64 - to_b * (c.x - a.x) as f64) / area;
        Self { origin: values[0] - right * a.x as f64 - down * a.y as f64, right, down }
    }

    #[inline(always)]
    pub(super) fn at_pixel(&self, x: i64, y: i64) -> f64 {
        self.origin + self.right * (x * SUBPIXELS + CENTER) as f64 + self.down * (y * SUBPIXELS + CENTER) as f64
    }

    /// How much the value changes from one pixel to the next, whichever way that is more.
    pub(super) fn steepness(&self) -> f64 {
        self.right.abs().max(self.down.abs()) * SUBPIXELS as f64
    }
}

/// A value at the first pixel of a row and its step from pixel to pixel, in 1/65536.
#[derive(Clone, Copy)]
pub(super) struct Ramp {
    pub(super) start: i64,
    pub(super) step: i64,
}

impl Ramp {
    /// Over `length` pixels from `x`, at both ends within the limits.
    #[inline(always)]
    pub(super) fn new(slope: &Slope, x: i64, y: i64, length: i64, low: f64, high: f64) -> Self {
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
pub(super) fn fixed(value: f64, low: f64, high: f64) -> i64 {
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
pub(super) struct ColorRamp {
    /// The first channel, and the second above it.
    pub(super) first: i64,
    pub(super) first_step: i64,
    /// The third channel, and the fourth above it.
    pub(super) second: i64,
    pub(super) second_step: i64,
}

impl ColorRamp {
    pub(super) fn constant(color: u32) -> Self {
        let lanes = spread(color);
        Self {
            first: ((lanes & 0x0000_00ff_0000_00ff) << 16) as i64,
            first_step: 0,
            second: (lanes & 0x00ff_0000_00ff_0000) as i64,
            second_step: 0,
        }
    }

    #[inline(always)]
    pub(super) fn new(slopes: &[Slope; 4], x: i64, y: i64, length: i64) -> Self {
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
    pub(super) fn lanes(&self) -> u64 {
        let first = (self.first >> 16) as u64 & 0x0000_00ff_0000_00ff;
        let second = self.second as u64 & 0x00ff_0000_00ff_0000;
        first | second
    }

    #[inline(always)]
    pub(super) fn advance(&mut self) {
        self.first = self.first.wrapping_add(self.first_step);
        self.second = self.second.wrapping_add(self.second_step);
    }
}
