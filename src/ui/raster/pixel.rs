//! Colors as whole words: all four channels of a pixel are multiplied and blended at once.

/// One channel with premultiplied alpha to straight alpha.
pub(super) fn divide_alpha(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u16::from(channel), u16::from(alpha));
    let straight = (channel * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
    u8::try_from(straight).unwrap_or(u8::MAX)
}

// The four channels of a pixel in one word: red is lowest, alpha highest.
// "Lanes" are the same with 16 bits for each, in the order red, blue, green, alpha.

/// The lower half of each lane.
pub(super) const LANES: u64 = 0x00ff_00ff_00ff_00ff;
/// One half in each lane, in 1/256.
pub(super) const HALVES: u64 = 0x0080_0080_0080_0080;

#[inline(always)]
pub(super) fn word(pixel: [u8; 4]) -> u32 {
    u32::from_le_bytes(pixel)
}

#[inline(always)]
pub(super) fn spread(pixel: u32) -> u64 {
    let pixel = pixel as u64;
    (pixel | (pixel << 24)) & LANES
}

#[inline(always)]
pub(super) fn gather(lanes: u64) -> u32 {
    (lanes | (lanes >> 24)) as u32
}

/// Each lane times `factor` / 255, rounded.
#[inline(always)]
pub(super) fn scale(lanes: u64, factor: u64) -> u64 {
    let product = lanes * factor + HALVES;
    ((product + ((product >> 8) & LANES)) >> 8) & LANES
}

/// From `first` to `second`, by a weight of 0..=256.
#[inline(always)]
pub(super) fn mix(first: u64, second: u64, weight: u64) -> u64 {
    ((first * (256 - weight) + second * weight + HALVES) >> 8) & LANES
}

/// A color times a texel, lane by lane.
#[inline(always)]
pub(super) fn tint(color: u64, texel: u64) -> u64 {
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
pub(super) fn blend(pixel: u32, source: u64) -> u32 {
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
    use super::{super::triangle::ColorRamp, *};

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
}
