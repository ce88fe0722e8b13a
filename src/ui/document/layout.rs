//! Where everything of one paragraph goes: rows of text, marks of spans, tracks of arcs. All in points, relative to the
//! top left corner of the paragraph's text.

use super::{
    arcs::{Arc as RelationArc, ArcMode, arcs_of, relations_around},
    lanes::assign_lanes,
};
use crate::{
    model::{AnnotationId, AnnotationSet, Schema, Span, Status},
    session::naming::shortened,
    text::{ByteOffset, TextRange, segment},
    ui::theme::{self, Theme, size},
};
use egui::{
    FontId, Galley, Painter,
    text::{LayoutJob, TextFormat, TextWrapping},
};
use std::{collections::BTreeSet, ops::Range, sync::Arc};

/// When the tags under spans are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TagMode {
    #[default]
    Always,
    Hover,
    Never,
}

/// The most bars that are stacked under a row; more share the last lane.
const MOST_LANES: usize = 12;
/// The most arc tracks above a row.
const MOST_TRACKS: usize = 24;
/// Height of a lane that has room for tags.
const TAG_LANE: f32 = 14.0;

/// What a paragraph's layout depends on.
#[derive(Clone, Copy)]
pub struct LayoutInput<'a> {
    pub text: &'a str,
    pub set: Option<&'a AnnotationSet>,
    pub schema: &'a Schema,
    pub theme: &'a Theme,
    pub tags: TagMode,
    pub arcs: ArcMode,
    pub selected: Option<AnnotationId>,
    /// Width of the text column.
    pub width: f32,
    /// Room to the right of the column for arcs that go on elsewhere.
    pub margin: f32,
    /// The headline of the article, if the text begins with it.
    pub headline: Option<TextRange>,
}

/// One row of text.
#[derive(Clone, Debug)]
pub struct RowLayout {
    /// Characters of the paragraph.
    pub chars: Range<usize>,
    /// Bytes of the article.
    pub bytes: TextRange,
    /// Top of the row with its arc tracks.
    pub top: f32,
    /// Top and bottom of the letters.
    pub text_top: f32,
    pub text_bottom: f32,
    pub bottom: f32,
}

/// The part of a span's fragment that lies in one row.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub span: AnnotationId,
    /// Number of the span's piece.
    pub fragment: usize,
    pub row: usize,
    pub left: f32,
    pub right: f32,
    pub lane: usize,
    /// True where the piece really begins and ends, not only this row.
    pub begins: bool,
    pub ends: bool,
}

/// The part of an arc that lies above one row: a track from `left` to `right`.
#[derive(Clone, Debug)]
pub struct Track {
    pub arc: RelationArc,
    pub row: usize,
    /// Middle of the span at this end, or at both ends.
    pub source: Option<f32>,
    pub target: Option<f32>,
    /// Height of the line.
    pub y: f32,
    /// What stands on the stub when the other end is out of sight.
    pub stub: String,
    lane: usize,
    extent: (f32, f32),
}

/// One paragraph, laid out.
pub struct ParagraphLayout {
    pub index: usize,
    pub range: TextRange,
    pub galley: Arc<Galley>,
    pub rows: Vec<RowLayout>,
    pub marks: Vec<Mark>,
    pub tracks: Vec<Track>,
    pub height: f32,
    /// Height of one lane of bars.
    pub lane_height: f32,
    /// Byte of the paragraph at which each character starts, and its length at the end.
    char_bytes: Vec<u32>,
}

impl ParagraphLayout {
    /// Lays out the paragraph `range` of the article's text.
    pub fn new(painter: &Painter, input: &LayoutInput<'_>, index: usize, range: TextRange) -> Self {
        let text = range.slice(input.text).unwrap_or_default();
        let is_headline = input.headline == Some(range) && !range.is_empty();
        let font = reading_font(is_headline);
        let text_height = (font.size * 1.32).round();
        let pitch = font.size * if is_headline { 1.4 } else { size::READING_LEADING };
        let galley = painter.layout_job(job(text, font, input, text_height));

        let mut char_bytes: Vec<u32> = text.char_indices().map(|(byte, _)| ByteOffset::from_usize(byte).0).collect();
        char_bytes.push(range.len());

        let mut layout = Self {
            index,
            range,
            rows: Vec::with_capacity(galley.rows.len()),
            marks: Vec::new(),
            tracks: Vec::new(),
            height: 0.0,
            lane_height: if input.tags == TagMode::Always { TAG_LANE } else { size::LANE },
            galley,
            char_bytes,
        };
        layout.find_rows();
        layout.find_marks(painter, input);
        layout.find_tracks(painter, input);
        layout.place_rows(text_height, pitch, text.trim().is_empty());
        layout
    }

    fn find_rows(&mut self) {
        let mut char = 0;
        for row in &self.galley.rows {
            let chars = char..char + row.row.glyphs.len();
            char = chars.end + usize::from(row.ends_with_newline);
            let bytes = TextRange::new(self.byte_of(chars.start), self.byte_of(chars.end));
            self.rows.push(RowLayout { chars, bytes, top: 0.0, text_top: 0.0, text_bottom: 0.0, bottom: 0.0 });
        }
    }

    /// The article's byte offset of a character of the paragraph.
    fn byte_of(&self, char: usize) -> ByteOffset {
        let byte = self.char_bytes.get(char).copied().unwrap_or(self.range.len());
        ByteOffset(self.range.start().0 + byte)
    }

    fn char_of(&self, offset: ByteOffset) -> usize {
        let byte = offset.0.saturating_sub(self.range.start().0);
        self.char_bytes.partition_point(|start| *start < byte).min(self.char_bytes.len().saturating_sub(1))
    }

    /// Distance from the left edge to the character `char` in row `row`.
    fn x_in_row(&self, row: usize, char: usize) -> f32 {
        let (Some(placed), Some(layout)) = (self.galley.rows.get(row), self.rows.get(row)) else { return 0.0 };
        let column = char.saturating_sub(layout.chars.start);
        placed.pos.x + placed.row.x_offset(egui::text::CharIndex(column))
    }

    /// Row and distance from the left edge of an offset of the article. At a row break it belongs to the later row.
    pub fn place(&self, offset: ByteOffset) -> (usize, f32) {
        let char = self.char_of(offset);
        let row = self.rows.partition_point(|row| row.chars.start <= char).saturating_sub(1);
        (row, self.x_in_row(row, char))
    }

    /// The offset nearest to a point.
    pub fn offset_at(&self, x: f32, y: f32) -> ByteOffset {
        let row = self.rows.partition_point(|row| row.bottom <= y).min(self.rows.len().saturating_sub(1));
        self.offset_in_row(row, x)
    }

    /// The offset in `row` nearest to `x`.
    pub fn offset_in_row(&self, row: usize, x: f32) -> ByteOffset {
        let (Some(placed), Some(layout)) = (self.galley.rows.get(row), self.rows.get(row)) else {
            return self.range.start();
        };
        let column = placed.row.char_at(x - placed.pos.x).0;
        let mut char = layout.chars.start + column;
        // The end of a wrapped row is drawn as the start of the next one; stay in this row.
        if char == layout.chars.end && row + 1 < self.rows.len() && column > 0 {
            char -= 1;
        }
        self.nearest_edge(self.byte_of(char))
    }

    /// The nearest place where a caret can stand: letters are drawn one by one, but marks and parts of pictures belong to
    /// what stands before them.
    fn nearest_edge(&self, offset: ByteOffset) -> ByteOffset {
        let start = self.range.start().0;
        let inside = ByteOffset(offset.0.saturating_sub(start));
        let text = self.galley.text();
        let before = segment::previous_grapheme(text, inside);
        let after = segment::next_grapheme(text, before);
        let nearest = match after > inside {
            true if inside.0 - before.0 < after.0 - inside.0 => before,
            true => after,
            false => inside,
        };
        ByteOffset(start + nearest.0)
    }

    /// The parts of `range` in each row: row, left, right.
    pub fn stripes(&self, range: TextRange) -> Vec<(usize, f32, f32)> {
        let start = range.start().max(self.range.start());
        let end = range.end().min(self.range.end());
        if start > end || start == end && !range.is_empty() {
            return Vec::new();
        }
        let (first, last) = (self.char_of(start), self.char_of(end));
        let mut stripes = Vec::new();
        let from = self.rows.partition_point(|row| row.chars.end < first);
        for (index, row) in self.rows.iter().enumerate().skip(from) {
            if row.chars.start > last {
                break;
            }
            let (left, right) = (first.max(row.chars.start), last.min(row.chars.end));
            if left < right || first == last && self.place(start).0 == index {
                stripes.push((index, self.x_in_row(index, left), self.x_in_row(index, right)));
            }
        }
        stripes
    }

    fn find_marks(&mut self, painter: &Painter, input: &LayoutInput<'_>) {
        let Some(set) = input.set else { return };
        let mut marks = Vec::new();
        for (range, id) in set.index().touching(self.range) {
            let Some(span) = set.span(id).filter(|span| span.status != Status::Rejected) else { continue };
            let outside = range.end() == self.range.start() && !range.is_empty()
                || range.start() == self.range.end() && !range.is_empty();
            if !outside {
                self.mark_span(span, &mut marks);
            }
        }
        for row in 0..self.rows.len() {
            let here: Vec<usize> =
                (0..marks.len()).filter(|index| marks.get(*index).is_some_and(|mark: &Mark| mark.row == row)).collect();
            let intervals: Vec<(f32, f32)> = here
                .iter()
                .filter_map(|index| marks.get(*index))
                .map(|mark| {
                    let mut right = mark.right.max(mark.left + 2.0);
                    if input.tags == TagMode::Always && mark.begins && mark.fragment == 0 {
                        let tag = set.span(mark.span).map(tag_text).unwrap_or_default();
                        right = right.max(mark.left + tag_width(painter, &tag));
                    }
                    (mark.left, right)
                })
                .collect();
            for (index, lane) in here.iter().zip(assign_lanes(&intervals, 1.0, MOST_LANES)) {
                if let Some(mark) = marks.get_mut(*index) {
                    mark.lane = lane;
                }
            }
        }
        self.marks = marks;
    }

    fn mark_span(&self, span: &Span, marks: &mut Vec<Mark>) {
        for (fragment, range) in span.fragments.iter().enumerate() {
            let stripes = self.stripes(range);
            let last = stripes.len().saturating_sub(1);
            for (index, (row, left, right)) in stripes.into_iter().enumerate() {
                marks.push(Mark {
                    span: span.id,
                    fragment,
                    row,
                    left,
                    right,
                    lane: 0,
                    begins: index == 0 && range.start() >= self.range.start(),
                    ends: index == last && range.end() <= self.range.end(),
                });
            }
        }
    }

    fn find_tracks(&mut self, painter: &Painter, input: &LayoutInput<'_>) {
        let Some(set) = input.set else { return };
        let relations: BTreeSet<AnnotationId> = match input.arcs {
            ArcMode::None => return,
            ArcMode::Selection => match input.selected {
                Some(id) => relations_around(set, id).into_iter().collect(),
                None => return,
            },
            ArcMode::All => {
                let here = set.index().touching(self.range);
                here.flat_map(|(_, id)| relations_around(set, id)).collect()
            }
        };
        let mut tracks = Vec::new();
        for arc in relations.into_iter().flat_map(|id| arcs_of(set, input.schema, id)) {
            let middle = |range: TextRange| {
                let inside = self.range.contains(TextRange::at(range.start())) && self.owns(range.start());
                inside
                    .then(|| self.stripes(range).first().copied())
                    .flatten()
                    .map(|(row, left, right)| (row, (left + right) / 2.0))
            };
            let (source, target) = (middle(arc.from), middle(arc.to));
            match (source, target) {
                (Some((row, from)), Some((other, to))) if row == other => {
                    let centre = (from + to) / 2.0;
                    let chip = chip_width(painter, &arc.label);
                    let extent = (from.min(to).min(centre - chip / 2.0), from.max(to).max(centre + chip / 2.0));
                    let stub = String::new();
                    tracks.push(Track {
                        arc,
                        row,
                        source: Some(from),
                        target: Some(to),
                        y: 0.0,
                        stub,
                        lane: 0,
                        extent,
                    });
                }
                _ => {
                    let ends = [(source, true), (target, false)];
                    for (place, is_source) in ends {
                        let Some((row, x)) = place else { continue };
                        let other = if is_source { arc.to } else { arc.from };
                        let stub =
                            format!("{} · {}", arc.label, shortened(other.slice(input.text).unwrap_or_default(), 18));
                        let chip = chip_width(painter, &stub);
                        tracks.push(Track {
                            arc: arc.clone(),
                            row,
                            source: is_source.then_some(x),
                            target: (!is_source).then_some(x),
                            y: 0.0,
                            stub,
                            lane: 0,
                            extent: (x.min(input.width + input.margin - chip) - 4.0, input.width + input.margin),
                        });
                    }
                }
            }
        }
        for row in 0..self.rows.len() {
            let here: Vec<usize> = (0..tracks.len())
                .filter(|index| tracks.get(*index).is_some_and(|track: &Track| track.row == row))
                .collect();
            let intervals: Vec<_> =
                here.iter().filter_map(|index| tracks.get(*index)).map(|track| track.extent).collect();
            for (index, lane) in here.iter().zip(assign_lanes(&intervals, 6.0, MOST_TRACKS)) {
                if let Some(track) = tracks.get_mut(*index) {
                    track.lane = lane;
                }
            }
        }
        self.tracks = tracks;
    }

    /// True if an arc that ends at `offset` ends in this paragraph, and not in the neighbour that it touches.
    fn owns(&self, offset: ByteOffset) -> bool {
        self.range.contains_offset(offset) || self.range.is_empty() || offset == self.range.end()
    }

    fn place_rows(&mut self, text_height: f32, pitch: f32, is_blank: bool) {
        let mut y = 0.0;
        for index in 0..self.rows.len() {
            let lanes = self.marks.iter().filter(|mark| mark.row == index).map(|mark| mark.lane + 1).max().unwrap_or(0);
            let tracks =
                self.tracks.iter().filter(|track| track.row == index).map(|track| track.lane + 1).max().unwrap_or(0);
            let above = if tracks == 0 { 0.0 } else { tracks as f32 * size::ARC_LANE + 3.0 };
            let below = (lanes as f32 * self.lane_height + 3.0).max(pitch - text_height);
            let Some(row) = self.rows.get_mut(index) else { continue };
            row.top = y;
            row.text_top = y + above;
            row.text_bottom = row.text_top + text_height;
            row.bottom = if is_blank { row.text_top + text_height * 0.55 } else { row.text_bottom + below };
            y = row.bottom;
            let text_top = row.text_top;
            for track in self.tracks.iter_mut().filter(|track| track.row == index) {
                track.y = text_top - 4.0 - size::ARC_LANE * (track.lane as f32 + 0.5);
            }
        }
        self.height = y;
        let mut galley = (*self.galley).clone();
        for (placed, row) in galley.rows.iter_mut().zip(&self.rows) {
            placed.pos.y = row.text_top;
        }
        galley.rect.max.y = y;
        galley.mesh_bounds.max.y += y;
        self.galley = Arc::new(galley);
    }
}

/// Height that a paragraph will probably have.
pub fn estimated_height(range: TextRange, width: f32) -> f32 {
    let pitch = size::READING * size::READING_LEADING;
    if range.is_empty() {
        return (size::READING * 1.32).round() * 0.55;
    }
    let characters_per_row = (width / (size::READING * 0.49)).max(8.0);
    (range.len() as f32 / characters_per_row).ceil() * pitch
}

fn reading_font(is_headline: bool) -> FontId {
    if is_headline { theme::reading_strong(size::READING * 1.4) } else { theme::reading(size::READING) }
}

fn job(text: &str, font: FontId, input: &LayoutInput<'_>, text_height: f32) -> LayoutJob {
    let format = TextFormat { line_height: Some(text_height), ..TextFormat::simple(font, input.theme.text) };
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.break_on_newline = false;
    job.wrap = TextWrapping { max_width: input.width, ..TextWrapping::default() };
    job
}

/// What the tag under a span says: its label, and how sure whoever suggested it is.
pub fn tag_text(span: &Span) -> String {
    match (span.status, span.provenance.score) {
        (Status::Suggested, Some(score)) => format!("{} {:.0}%", span.label, score * 100.0),
        _ => span.label.to_string(),
    }
}

/// Width of a tag that says this.
fn tag_width(painter: &Painter, tag: &str) -> f32 {
    painter.layout_no_wrap(tag.to_owned(), theme::medium(size::TAG), egui::Color32::PLACEHOLDER).size().x + 3.0
}

/// Width of the chip on an arc.
pub fn chip_width(painter: &Painter, label: &str) -> f32 {
    painter.layout_no_wrap(label.to_owned(), theme::medium(10.5), egui::Color32::PLACEHOLDER).size().x + 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Attributes, Fragments, Provenance, Source, news_schema},
        ui::fonts,
    };

    /// Tags say how sure a suggestion is, and that needs room too.
    #[test]
    fn tags_of_neighbors_do_not_overlap() {
        let text = "Er befahl es.";
        let mut set = AnnotationSet::default();
        for (number, (start, end)) in [(1, (0, 2)), (2, (3, 9))] {
            let span = Span {
                id: AnnotationId(number),
                label: "PER".into(),
                fragments: Fragments::one(TextRange::from_usize(start, end)),
                attributes: Attributes::default(),
                entity: None,
                note: String::new(),
                provenance: Provenance {
                    source: Source::Extractor { name: "Glosse".into(), version: "1".into() },
                    score: Some(0.97),
                    ..Provenance::person("", jiff::Timestamp::default())
                },
                status: Status::Suggested,
                corrected_from: None,
            };
            set.put_span(span.id, Some(span.into()));
        }
        let context = egui::Context::default();
        context.set_fonts(fonts::definitions());
        let schema = news_schema();
        let theme = Theme::light();
        let mut output = context.run_ui(egui::RawInput::default(), |ui| {
            let input = LayoutInput {
                text,
                set: Some(&set),
                schema: &schema,
                theme: &theme,
                tags: TagMode::Always,
                arcs: ArcMode::None,
                selected: None,
                width: 600.0,
                margin: 0.0,
                headline: None,
            };
            let layout = ParagraphLayout::new(ui.painter(), &input, 0, TextRange::from_usize(0, text.len()));
            let [first, second] = layout.marks.as_slice() else { panic!("two marks") };
            let wide = tag_width(ui.painter(), "PER 97%");
            assert!(first.left + wide <= second.left || first.lane != second.lane, "{first:?} {second:?}");
        });
        output.textures_delta.clear();
    }
}
