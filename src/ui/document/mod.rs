//! The article: text with marked spans and relation arcs, a caret and a selection.
//!
//! Only what is visible is laid out, so that the cost of a frame does not depend on the length of the article. The view
//! changes nothing but itself; what the user wants done to annotations comes back as [`DocumentAction`]s.

mod arcs;
mod caret;
mod interact;
mod lanes;
mod layout;
mod paint;
mod paragraphs;

pub use arcs::{Arc as RelationArc, ArcMode, arcs_of, relations_around};
pub use caret::{Motion, Selection};
pub use lanes::assign_lanes;
pub use layout::{Mark, ParagraphLayout, TagMode};
pub use paragraphs::Paragraphs;

pub use crate::session::naming::shortened;

use super::theme::{LabelPalette, Theme, size};
use crate::{
    assist::SpanProposal,
    model::{AnnotationId, AnnotationSet, ArticleText, Fragments, Schema},
    text::{ByteOffset, TextRange, segment},
};
use egui::{Pos2, Rect, Response, Sense, Ui, pos2, vec2};
use interact::Drag;
use layout::LayoutInput;

/// What the article view shows, and how.
#[derive(Clone, Copy)]
pub struct DocumentInput<'a> {
    pub text: &'a ArticleText,
    pub set: Option<&'a AnnotationSet>,
    pub schema: &'a Schema,
    pub theme: &'a Theme,
    pub palette: &'a LabelPalette,
    pub title: &'a str,
    /// Source, date and the like, under the title.
    pub byline: &'a str,
    pub tags: TagMode,
    pub arcs: ArcMode,
    pub selected: Option<AnnotationId>,
    /// What may be labelled too, in the order of the text; at least what is in sight of it.
    pub guesses: &'a [SpanProposal],
    /// Stretches to point out: search hits, or what a preview is about.
    pub highlights: &'a [TextRange],
    /// While a relation is being drawn: the spans that it can lead to. Others fade.
    pub targets: Option<&'a std::collections::BTreeSet<AnnotationId>>,
    /// True while nothing can be changed.
    pub read_only: bool,
    /// True while the view has the keyboard.
    pub focused: bool,
}

/// What the user wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum DocumentAction {
    /// Selects an annotation, or none.
    Select(Option<AnnotationId>),
    /// Several spans lie under the pointer.
    Pick {
        spans: Vec<AnnotationId>,
        position: Pos2,
    },
    Resize {
        id: AnnotationId,
        fragments: Fragments,
    },
    /// A relation was drawn from one annotation to another.
    Link {
        from: AnnotationId,
        to: AnnotationId,
        position: Pos2,
    },
    /// Shows the other end of a relation.
    Jump(AnnotationId),
    /// The secondary button was pressed, on these spans.
    Menu {
        spans: Vec<AnnotationId>,
        position: Pos2,
    },
}

/// A paragraph in sight, and the distance of its top from the top of the view.
struct Placed {
    y: f32,
    layout: ParagraphLayout,
}

/// Scroll position, caret and selection of one article, and what was last laid out.
pub struct DocumentView {
    pub selection: Selection,
    /// Pieces of text that were kept for a discontinuous span.
    pub pieces: Vec<TextRange>,
    /// True if selecting by mouse takes whole tokens.
    pub snap: bool,
    paragraphs: Paragraphs,
    /// Byte at which each sentence starts.
    sentence_starts: Vec<u32>,
    text_hash: Option<u64>,
    width: f32,
    /// Distance of the top of the view from the top of the article, in points.
    top: f64,
    header_height: f32,
    reveal: Option<(TextRange, Reveal)>,
    vertical: Option<caret::Vertical>,
    goal_x: Option<f32>,
    drag: Drag,
    hovered: Option<AnnotationId>,
    /// What the last layout depended on besides the text: selection and modes.
    layout_key: Option<(Option<AnnotationId>, ArcMode, TagMode)>,
    placed: Vec<Placed>,
    view_height: f32,
    /// Where on the window the view is.
    rect: Rect,
    for_picture: bool,
}

/// How a place is brought into sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reveal {
    /// Scrolls as little as possible.
    Nearest,
    /// Puts the place into the upper third, unless it is in sight already.
    Comfortably,
}

impl Default for DocumentView {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            pieces: Vec::new(),
            snap: true,
            paragraphs: Paragraphs::default(),
            sentence_starts: Vec::new(),
            text_hash: None,
            width: 0.0,
            top: 0.0,
            header_height: 0.0,
            reveal: None,
            vertical: None,
            goal_x: None,
            drag: Drag::None,
            hovered: None,
            layout_key: None,
            placed: Vec::new(),
            view_height: 0.0,
            rect: Rect::ZERO,
            for_picture: false,
        }
    }
}

impl DocumentView {
    /// A view that starts at a remembered place.
    pub fn at(top: f64, caret: ByteOffset) -> Self {
        Self { top, selection: Selection::caret(caret), ..Self::default() }
    }

    /// A view without caret and scroll bar.
    pub fn for_picture() -> Self {
        Self { for_picture: true, ..Self::default() }
    }

    /// Height of the whole article as far as it was laid out, estimated beyond.
    pub fn content_height(&self) -> f32 {
        self.header_height + self.paragraphs.total_height() as f32
    }

    /// Distance of the top of the view from the top of the article, to be remembered.
    pub fn scroll_position(&self) -> f64 {
        self.top
    }

    /// Brings a stretch of text into sight at the next frame.
    pub fn reveal(&mut self, range: TextRange, how: Reveal) {
        self.reveal = Some((range, how));
    }

    /// True if a place is in the upper half of the view, so that the lower half is free for something else.
    pub fn is_in_upper_half(&self, offset: ByteOffset) -> bool {
        self.caret_rect(offset).is_none_or(|rect| rect.center().y < self.rect.center().y)
    }

    /// The span under the pointer.
    pub fn hovered(&self) -> Option<AnnotationId> {
        self.hovered
    }

    /// Number of the sentence at `offset`, from 1.
    pub fn sentence_number(&self, offset: ByteOffset) -> usize {
        self.sentence_starts.partition_point(|start| *start <= offset.0).max(1)
    }

    /// True while the mouse selects words.
    pub fn is_selecting(&self) -> bool {
        matches!(self.drag, Drag::Select { .. })
    }

    pub fn sentence_count(&self) -> usize {
        self.sentence_starts.len()
    }

    /// The part of the text that is in sight: rows of which the letters are shown whole.
    pub fn visible_range(&self) -> TextRange {
        let rows = self.placed.iter().flat_map(|placed| placed.layout.rows.iter().map(move |row| (placed.y, row)));
        let is_in_sight = |(y, row): &(f32, &layout::RowLayout)| {
            y + row.text_top >= -1.0 && y + row.text_bottom <= self.view_height + 1.0
        };
        let ranges = rows.filter(is_in_sight).map(|(_, row)| row.bytes);
        ranges.reduce(TextRange::cover).unwrap_or_default()
    }

    /// Draws the article into all the room that is left and answers to pointer and wheel.
    pub fn show(&mut self, ui: &mut Ui, input: &DocumentInput<'_>) -> (Response, Vec<DocumentAction>) {
        let rect = ui.available_rect_before_wrap();
        let response = ui.allocate_rect(rect, Sense::click_and_drag());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Document, true, "Article text"));
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, input.theme.page);

        let column = Column::new(rect);
        self.follow_size(input, &column);
        self.synchronize(input, &column);
        self.header_height = paint::header(&painter, input, &column, None);

        let layout_input = LayoutInput {
            text: input.text.as_str(),
            set: input.set,
            schema: input.schema,
            theme: input.theme,
            tags: input.tags,
            arcs: input.arcs,
            selected: input.selected,
            width: column.width,
            margin: column.margin,
            headline: self.headline(input),
        };
        self.view_height = rect.height();
        self.rect = rect;
        self.scroll(ui, &response);
        let anchor = self.anchor(input);
        self.lay_out(&painter, &layout_input);
        self.keep_in_place(&painter, &layout_input, anchor);
        self.carry_out_reveal(&painter, &layout_input);
        self.carry_out_vertical(&painter, &layout_input);

        let mut actions = Vec::new();
        self.interact(ui, &response, input, &column, &mut actions);
        self.paint(ui, &painter, input, &column, &mut actions);
        self.scroll_bar(ui, input, rect);
        (response, actions)
    }

    /// Where there is room for other rows now, what is selected, or else the caret, stays in sight if it was.
    fn follow_size(&mut self, input: &DocumentInput<'_>, column: &Column) {
        let is_same = self.width == column.width && self.view_height == column.rect.height();
        if is_same || self.width == 0.0 || self.reveal.is_some() {
            return;
        }
        let selected = input.selected.and_then(|id| input.set?.anchor(id));
        let place = selected.unwrap_or(TextRange::at(self.selection.head));
        let is_in_sight = |y: f32| (0.0..self.view_height).contains(&y);
        if self.y_of(place.start()).is_some_and(is_in_sight) {
            self.reveal(place, Reveal::Nearest);
        }
    }

    /// Takes up a new text or width.
    fn synchronize(&mut self, input: &DocumentInput<'_>, column: &Column) {
        let hash = input.text.hash();
        let text = input.text.as_str();
        if self.text_hash != Some(hash) {
            let first = self.first_visible();
            self.paragraphs = Paragraphs::new(text);
            self.sentence_starts = segment::sentences(text).map(|sentence| sentence.start().0).collect();
            self.paragraphs.estimate(|range| layout::estimated_height(range, column.width));
            self.width = column.width;
            if self.text_hash.is_some()
                && let Some((offset, below)) = first
            {
                self.top = self.paragraphs.top(self.paragraphs.index_at(offset)) + below;
            }
            self.text_hash = Some(hash);
            self.selection = self.selection.clamped(text);
            self.pieces.retain(|piece| piece.slice(text).is_some());
            self.placed.clear();
        } else if self.width != column.width {
            let first = self.first_visible();
            self.paragraphs.estimate(|range| layout::estimated_height(range, column.width));
            self.width = column.width;
            if let Some((offset, _)) = first {
                self.top = self.paragraphs.top(self.paragraphs.index_at(offset));
            }
        }
    }

    /// The first paragraph in sight, by offset, and how far the view's top is below its top; `None` while the top of the
    /// article is in sight.
    fn first_visible(&self) -> Option<(ByteOffset, f64)> {
        let below = self.top - f64::from(self.header_height);
        if below <= 0.0 || self.paragraphs.count() == 0 {
            return None;
        }
        let (index, rest) = self.paragraphs.find(below);
        Some((self.paragraphs.range(index).start(), rest + f64::from(self.header_height)))
    }

    /// The first paragraph, where it is the article's title.
    fn headline(&self, input: &DocumentInput<'_>) -> Option<TextRange> {
        let range = self.first_text_paragraph(input.text.as_str())?;
        let text = range.slice(input.text.as_str())?.trim();
        (text == input.title.trim() && text.len() < 300).then_some(range)
    }

    fn first_text_paragraph(&self, text: &str) -> Option<TextRange> {
        let ranges = (0..self.paragraphs.count().min(20)).map(|index| self.paragraphs.range(index));
        ranges.into_iter().find(|range| range.slice(text).is_some_and(|line| !line.trim().is_empty()))
    }

    fn most_top(&self) -> f64 {
        let end = f64::from(self.header_height) + self.paragraphs.total_height();
        (end - f64::from(self.view_height) * 0.6).max(0.0)
    }

    fn scroll(&mut self, ui: &Ui, response: &Response) {
        if response.contains_pointer() {
            let delta = ui.input(|input| input.smooth_scroll_delta().y);
            self.top -= f64::from(delta);
        }
        self.top = self.top.clamp(0.0, self.most_top());
    }

    /// Lays out the paragraphs in sight and remembers their heights.
    fn lay_out(&mut self, painter: &egui::Painter, input: &LayoutInput<'_>) {
        self.placed.clear();
        let below_header = self.top - f64::from(self.header_height);
        let (mut index, rest) = self.paragraphs.find(below_header.max(0.0));
        let mut y = if below_header < 0.0 { -below_header as f32 } else { -rest as f32 };
        while y < self.view_height && index < self.paragraphs.count() {
            let layout = ParagraphLayout::new(painter, input, index, self.paragraphs.range(index));
            self.paragraphs.set_height(index, layout.height);
            let height = layout.height;
            if y + height > -1.0 {
                self.placed.push(Placed { y, layout });
            }
            y += height;
            index += 1;
        }
    }

    /// The place that must not move when the line spacing changes, and where it is now.
    fn anchor(&mut self, input: &DocumentInput<'_>) -> Option<(ByteOffset, f32)> {
        let key = (input.selected, input.arcs, input.tags);
        let changed = self.layout_key.is_some_and(|known| known != key);
        self.layout_key = Some(key);
        if !changed {
            return None;
        }
        let selected = input.selected.and_then(|id| input.set?.anchor(id)).map(|range| range.start());
        let candidates = [selected, Some(self.selection.head)];
        let found = candidates.into_iter().flatten().find_map(|offset| Some((offset, self.y_of(offset)?)));
        found.or_else(|| {
            let placed = self.placed.iter().find(|placed| placed.y >= 0.0)?;
            Some((placed.layout.range.start(), self.y_of(placed.layout.range.start())?))
        })
    }

    fn keep_in_place(&mut self, painter: &egui::Painter, input: &LayoutInput<'_>, anchor: Option<(ByteOffset, f32)>) {
        let Some((offset, before)) = anchor else { return };
        let after = self.y_of(offset).or_else(|| {
            let index = self.paragraphs.index_at(offset);
            self.measure(painter, input, index);
            Some((self.content_y(painter, input, offset) - self.top) as f32)
        });
        if let Some(after) = after.filter(|after| *after != before) {
            self.top = (self.top + f64::from(after - before)).clamp(0.0, self.most_top());
            self.lay_out(painter, input);
        }
    }

    /// Distance of the letters at `offset` from the top of the view, if that paragraph is laid out.
    fn y_of(&self, offset: ByteOffset) -> Option<f32> {
        let placed = self.placed.iter().find(|placed| placed.layout.range.contains(TextRange::at(offset)))?;
        let (row, _) = placed.layout.place(offset);
        placed.layout.rows.get(row).map(|row| placed.y + row.text_top)
    }

    fn measure(&mut self, painter: &egui::Painter, input: &LayoutInput<'_>, index: usize) -> ParagraphLayout {
        let layout = ParagraphLayout::new(painter, input, index, self.paragraphs.range(index));
        self.paragraphs.set_height(index, layout.height);
        layout
    }

    /// Distance of the row at `offset` from the top of the article.
    fn content_y(&mut self, painter: &egui::Painter, input: &LayoutInput<'_>, offset: ByteOffset) -> f64 {
        let index = self.paragraphs.index_at(offset);
        let layout = self.measure(painter, input, index);
        let (row, _) = layout.place(offset);
        let inside = layout.rows.get(row).map_or(0.0, |row| row.text_top);
        f64::from(self.header_height) + self.paragraphs.top(index) + f64::from(inside)
    }

    fn carry_out_reveal(&mut self, painter: &egui::Painter, input: &LayoutInput<'_>) {
        let Some((range, how)) = self.reveal.take() else { return };
        // Measuring paragraphs above moves the place, so that a second look may be needed.
        for _ in 0..3 {
            let line = f64::from(size::READING * size::READING_LEADING);
            let y = self.content_y(painter, input, range.start());
            let view = f64::from(self.view_height);
            let visible = y >= self.top + line * 0.5 && y + line * 1.5 <= self.top + view;
            if visible {
                return;
            }
            let top = match how {
                Reveal::Nearest if y < self.top + line * 0.5 => y - line,
                Reveal::Nearest => y + line * 2.5 - view,
                Reveal::Comfortably => y - view * 0.3,
            };
            self.top = top.clamp(0.0, self.most_top());
            self.lay_out(painter, input);
        }
    }

    fn scroll_bar(&mut self, ui: &Ui, input: &DocumentInput<'_>, rect: Rect) {
        let total = self.most_top() + f64::from(self.view_height);
        if total <= f64::from(self.view_height) || self.for_picture {
            return;
        }
        let track = Rect::from_min_max(pos2(rect.right() - 10.0, rect.top()), rect.right_bottom());
        let length = (f64::from(rect.height()).powi(2) / total).max(28.0) as f32;
        let room = (rect.height() - length).max(1.0);
        let share = (self.top / self.most_top().max(1.0)) as f32;
        let thumb = Rect::from_min_size(track.min + vec2(2.0, room * share), vec2(6.0, length));
        let response = ui.interact(track, ui.scope_id().with("article scroll bar"), Sense::click_and_drag());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ScrollBar, true, "Scroll article"));
        if (response.dragged() || response.clicked())
            && let Some(pointer) = response.interact_pointer_pos()
        {
            let share = ((pointer.y - track.top() - length / 2.0) / room).clamp(0.0, 1.0);
            self.top = f64::from(share) * self.most_top();
        }
        let strong = response.hovered() || response.dragged();
        let color = if strong { input.theme.text_faint } else { input.theme.border };
        ui.painter().rect_filled(thumb, 3.0, color);
    }
}

/// Where the text column lies in the view.
#[derive(Clone, Copy, Debug)]
struct Column {
    rect: Rect,
    left: f32,
    width: f32,
    /// Room to the right of it.
    margin: f32,
}

impl Column {
    fn new(rect: Rect) -> Self {
        let numbers = 44.0;
        let least_margin = if rect.width() < 560.0 { 26.0 } else { 90.0 };
        let widest = size::READING * size::COLUMN;
        let width = (rect.width() - numbers - least_margin).clamp(60.0, widest).floor();
        let spare = (rect.width() - numbers - least_margin - width).max(0.0);
        let left = (rect.left() + numbers + spare * 0.45).round();
        let margin = (rect.right() - left - width - 16.0).clamp(8.0, 170.0);
        Self { rect, left, width, margin }
    }

    /// The point of the window at (`x`, `y`) of a paragraph whose top is at `top` of the view.
    fn point(&self, x: f32, top: f32) -> Pos2 {
        pos2(self.left + x, self.rect.top() + top)
    }
}

/// The pieces of a span with its start or end moved to `target`; `None` where nothing would be left.
pub fn move_edge(fragments: &Fragments, moves_start: bool, target: ByteOffset) -> Option<Fragments> {
    let edge = if moves_start { interact::Edge::Start } else { interact::Edge::End };
    interact::with_edge(fragments, edge, target)
}
