//! Textures, and what color they have at a place.

use egui::{Color32, TextureFilter, TextureOptions, TextureWrapMode};

use super::pixel::{mix, spread, word};

pub(super) struct Texture {
    // Invariant: `texels.len() == width * height`, and neither side is 0.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) texels: Vec<Color32>,
    pub(super) options: TextureOptions,
}

impl Texture {
    /// Where a run of texels within one row lies in `texels`.
    pub(super) fn run(&self, left: usize, row: usize, length: usize) -> Option<std::ops::Range<usize>> {
        if row >= self.height || left.checked_add(length)? > self.width {
            return None;
        }
        let start = row * self.width + left;
        Some(start..start + length)
    }

    pub(super) fn texels(&self, left: usize, row: usize, length: usize) -> Option<&[Color32]> {
        self.texels.get(self.run(left, row, length)?)
    }

    pub(super) fn texels_mut(&mut self, left: usize, row: usize, length: usize) -> Option<&mut [Color32]> {
        let run = self.run(left, row, length)?;
        self.texels.get_mut(run)
    }

    /// The texel at whole coordinates, wherever the wrap mode puts them.
    #[inline(always)]
    pub(super) fn texel(&self, x: i64, y: i64) -> u64 {
        let x = wrap(x, self.width, self.options.wrap_mode);
        let y = wrap(y, self.height, self.options.wrap_mode);
        spread(word(self.texels[y * self.width + x].to_array()))
    }

    /// The color at a position counted in 1/65536 texels.
    #[inline(always)]
    pub(super) fn sample(&self, u: i64, v: i64, filter: TextureFilter) -> u64 {
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
    pub(super) fn filter(&self, texels_per_pixel: f64) -> TextureFilter {
        // A little more than one, because a size in points rarely divides exactly.
        if texels_per_pixel > 1.001 { self.options.minification } else { self.options.magnification }
    }
}

/// Brings a texel coordinate into `0..size`. The result is always a valid one, as `size` is not 0.
#[inline(always)]
pub(super) fn wrap(at: i64, size: usize, mode: TextureWrapMode) -> usize {
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
