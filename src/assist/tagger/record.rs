//! A tagger as bytes: weights as eighths of bits with a scale for each row, rows without weight left out, packed and checksummed.

use super::{
    Options, Tagger,
    calibration::Calibration,
    chain::tag_count,
    layer::{BELIEVED, Layer},
};
use crate::model::Name;
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    io::{Read, Write},
};

const MAGIC: &[u8] = b"GTAG1\n";
/// Largest number of bits of a table that is believed: 2^22 rows.
const MOST_BITS: u32 = 22;

/// Why bytes are no tagger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaggerError {
    /// The bytes begin otherwise: not a model, or one of a newer version.
    Unknown,
    /// The checksum does not fit, or something is missing.
    Damaged,
}

impl fmt::Display for TaggerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unknown => "this is no model that this version can read; train it again",
            Self::Damaged => "the model is damaged; train it again",
        })
    }
}

impl std::error::Error for TaggerError {}

#[derive(Serialize, Deserialize)]
struct Header {
    name: String,
    options: Options,
    slope: f32,
    shift: f32,
    layers: Vec<LayerHeader>,
}

#[derive(Serialize, Deserialize)]
struct LayerHeader {
    labels: Vec<String>,
    bits: u32,
    pairs: Vec<f32>,
    rows: u32,
}

/// Writes rows whose largest weight is at least `least`.
pub(super) fn to_bytes(tagger: &Tagger, least: f32) -> Vec<u8> {
    let (mut places, mut scales, mut values, mut layers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for layer in &tagger.layers {
        let tags = tag_count(layer.labels.len());
        let (mut rows, mut last) = (0, 0_u32);
        for (place, row) in (0_u32..).zip(layer.weights.chunks_exact(layer.stride())) {
            let most = row.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
            if most < least || most == 0.0 {
                continue;
            }
            // The scale is a power of the fourth root of 2, from 2^-16 up.
            let step = ((most.log2() + 16.0) * 4.0).ceil().clamp(0.0, 255.0);
            let scale = (step / 4.0 - 16.0).exp2() / 127.0;
            let mut distance = place - last;
            while distance >= 0x80 {
                places.push((distance & 0x7F) as u8 | 0x80);
                distance >>= 7;
            }
            places.push(distance as u8);
            scales.push(step as u8);
            let value = |weight: &f32| ((weight / scale).round().clamp(-127.0, 127.0) as i8).cast_unsigned();
            values.extend(row.iter().take(tags).map(value));
            (rows, last) = (rows + 1, place);
        }
        layers.push(LayerHeader {
            labels: layer.labels.iter().map(ToString::to_string).collect(),
            bits: layer.bits,
            pairs: layer.pairs.clone(),
            rows,
        });
    }
    let header = Header {
        name: tagger.name.to_string(),
        options: tagger.options.clone(),
        slope: tagger.calibration.slope,
        shift: tagger.calibration.shift,
        layers,
    };
    let header = serde_json::to_vec(&header).unwrap_or_default();
    let mut body = Vec::new();
    for part in [&header, &places, &scales, &values] {
        body.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
    }
    for part in [&header, &places, &scales, &values] {
        body.extend_from_slice(part);
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let packed = packed.write_all(&body).and_then(|()| packed.finish()).unwrap_or_default();
    let mut bytes = MAGIC.to_vec();
    bytes.extend(crc32fast::hash(&packed).to_le_bytes());
    bytes.extend(packed);
    bytes
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Tagger, TaggerError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(TaggerError::Unknown)?;
    let (sum, packed) = rest.split_first_chunk::<4>().ok_or(TaggerError::Damaged)?;
    if crc32fast::hash(packed) != u32::from_le_bytes(*sum) {
        return Err(TaggerError::Damaged);
    }
    unpack(packed).ok_or(TaggerError::Damaged)
}

fn unpack(packed: &[u8]) -> Option<Tagger> {
    let mut body = Vec::new();
    // 256 MiB is more than any model has.
    ZlibDecoder::new(packed).take(1 << 28).read_to_end(&mut body).ok()?;
    let (sizes, mut rest) = body.split_first_chunk::<16>()?;
    let mut parts = Vec::new();
    for size in sizes.chunks_exact(4) {
        let size = u32::from_le_bytes(size.try_into().ok()?) as usize;
        let (part, behind) = rest.split_at_checked(size)?;
        parts.push(part);
        rest = behind;
    }
    let [header, places, scales, values] = parts.try_into().ok()?;
    let header: Header = serde_json::from_slice(header).ok()?;
    let (mut places, mut scales, mut values) = (places.iter(), scales.iter(), values);
    let mut layers = Vec::new();
    for record in header.layers {
        let tags = tag_count(record.labels.len());
        if record.bits > MOST_BITS || record.labels.len() > 120 || record.pairs.len() != tags * tags {
            return None;
        }
        let labels: Vec<Name> = record.labels.iter().map(|label| label.as_str().into()).collect();
        let mut layer = Layer::new(labels, record.bits, BELIEVED);
        layer.pairs = record.pairs;
        let (stride, mut place) = (layer.stride(), 0_usize);
        for _ in 0..record.rows {
            let (mut distance, mut shift) = (0_usize, 0);
            loop {
                let byte = places.next()?;
                distance |= usize::from(byte & 0x7F) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
                if shift > 28 {
                    return None;
                }
            }
            place = place.checked_add(distance)?;
            let scale = (f32::from(*scales.next()?) / 4.0 - 16.0).exp2() / 127.0;
            let (row, behind) = values.split_at_checked(tags)?;
            values = behind;
            let start = place.checked_mul(stride)?;
            let target = layer.weights.get_mut(start..start + stride)?;
            for (weight, value) in target.iter_mut().zip(row) {
                *weight = f32::from(value.cast_signed()) * scale;
            }
        }
        layers.push(layer);
    }
    let calibration = Calibration { slope: header.slope, shift: header.shift };
    let seen = Default::default();
    Some(Tagger { name: header.name.as_str().into(), options: header.options, layers, calibration, seen })
}
