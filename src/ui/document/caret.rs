//! The caret and the selected text, and moving them by keyboard.

use super::{DocumentView, Reveal, layout::LayoutInput};
use crate::text::{ByteOffset, TextRange, segment};

/// Selected text: from where it was started to where the caret is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub anchor: ByteOffset,
    pub head: ByteOffset,
}

impl Selection {
    /// Nothing selected, caret at `offset`.
    pub fn caret(offset: ByteOffset) -> Self {
        Self { anchor: offset, head: offset }
    }

    /// A range, with the caret at its end.
    pub fn of(range: TextRange) -> Self {
        Self { anchor: range.start(), head: range.end() }
    }

    pub fn range(self) -> TextRange {
        TextRange::new(self.anchor, self.head)
    }

    pub fn is_empty(self) -> bool {
        self.anchor == self.head
    }

    pub(super) fn clamped(self, text: &str) -> Self {
        let clamp = |offset: ByteOffset| {
            let mut at = offset.to_usize().min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            ByteOffset::from_usize(at)
        };
        Self { anchor: clamp(self.anchor), head: clamp(self.head) }
    }
}

/// A step of the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    Left,
    Right,
    TokenLeft,
    TokenRight,
    Up,
    Down,
    PageUp,
    PageDown,
    LineStart,
    LineEnd,
    Start,
    End,
}

/// A step that needs the rows, and so waits for the next layout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vertical {
    motion: Motion,
    extend: bool,
}

impl DocumentView {
    /// Moves the caret; `extend` keeps the start of the selection where it is.
    pub fn move_caret(&mut self, motion: Motion, extend: bool, text: &str) {
        let head = self.selection.head;
        let range = self.selection.range();
        let collapse = !extend && !self.selection.is_empty();
        let target = match motion {
            Motion::Left if collapse => range.start(),
            Motion::Right if collapse => range.end(),
            Motion::Left => segment::previous_grapheme(text, head),
            Motion::Right => segment::next_grapheme(text, head),
            Motion::TokenLeft => segment::previous_token_start(text, head),
            Motion::TokenRight => segment::next_token_end(text, head),
            Motion::Start => ByteOffset(0),
            Motion::End => ByteOffset::from_usize(text.len()),
            Motion::Up | Motion::Down | Motion::PageUp | Motion::PageDown | Motion::LineStart | Motion::LineEnd => {
                self.vertical = Some(Vertical { motion, extend });
                return;
            }
        };
        self.goal_x = None;
        self.put_caret(target, extend);
    }

    /// Puts the caret at `offset` and brings it into sight.
    pub fn put_caret(&mut self, offset: ByteOffset, extend: bool) {
        self.selection.head = offset;
        if !extend {
            self.selection.anchor = offset;
        }
        self.reveal(TextRange::at(offset), Reveal::Nearest);
    }

    pub(super) fn carry_out_vertical(&mut self, painter: &egui::Painter, input: &LayoutInput<'_>) {
        let Some(Vertical { motion, extend }) = self.vertical.take() else { return };
        let head = self.selection.head;
        let index = self.paragraphs.index_at(head);
        let layout = self.measure(painter, input, index);
        let (row, x) = layout.place(head);
        let x = *self.goal_x.get_or_insert(x);
        let rows = match motion {
            Motion::LineStart | Motion::LineEnd => {
                self.goal_x = None;
                let far = if motion == Motion::LineStart { -1.0 } else { f32::MAX };
                let target = layout.offset_in_row(row, far);
                self.put_caret(target, extend);
                return;
            }
            Motion::Up => -1,
            Motion::Down => 1,
            Motion::PageUp => -self.rows_in_view(),
            _ => self.rows_in_view(),
        };
        let target = self.row_away(painter, input, layout, row, rows, x);
        self.put_caret(target, extend);
        self.carry_out_reveal(painter, input);
    }

    fn rows_in_view(&self) -> i32 {
        let rows: usize = self.placed.iter().map(|placed| placed.layout.rows.len()).sum();
        i32::try_from(rows.saturating_sub(2)).unwrap_or(i32::MAX).max(1)
    }

    /// The offset at `x`, `rows` rows below (or above) row `row` of `layout`.
    fn row_away(
        &mut self,
        painter: &egui::Painter,
        input: &LayoutInput<'_>,
        layout: super::ParagraphLayout,
        row: usize,
        rows: i32,
        x: f32,
    ) -> ByteOffset {
        let mut layout = layout;
        let mut row = i64::try_from(row).unwrap_or(0) + i64::from(rows);
        loop {
            let count = i64::try_from(layout.rows.len()).unwrap_or(0);
            if row < 0 {
                let Some(previous) = layout.index.checked_sub(1) else { return layout.range.start() };
                layout = self.measure(painter, input, previous);
                row += i64::try_from(layout.rows.len()).unwrap_or(1).max(1);
            } else if row >= count {
                if layout.index + 1 >= self.paragraphs.count() {
                    return layout.range.end();
                }
                row -= count.max(1);
                layout = self.measure(painter, input, layout.index + 1);
            } else {
                return layout.offset_in_row(usize::try_from(row).unwrap_or(0), x);
            }
        }
    }
}
