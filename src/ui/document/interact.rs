//! What the pointer does in the article: selecting, picking, resizing, drawing relations.

use super::{Column, DocumentAction, DocumentInput, DocumentView, Selection};
use crate::{
    model::{AnnotationId, AnnotationSet, Fragments, Status},
    text::{ByteOffset, TextRange, segment},
};
use egui::{CursorIcon, Pos2, Response, Ui};

/// What is being dragged.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Drag {
    #[default]
    None,
    /// Text, from here on, by tokens or by characters.
    Select { from: TextRange, exact: bool },
    /// An edge of the selected span.
    Resize { id: AnnotationId, fragments: Fragments, edge: Edge, moved: Option<Fragments> },
    /// A relation from this span.
    Link { from: AnnotationId },
}

/// An end of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    Start,
    End,
}

/// How near to an edge the pointer takes hold of it, in points.
const GRIP: f32 = 5.0;

impl DocumentView {
    pub(super) fn interact(
        &mut self,
        ui: &Ui,
        response: &Response,
        input: &DocumentInput<'_>,
        column: &Column,
        actions: &mut Vec<DocumentAction>,
    ) {
        let text = input.text.as_str();
        let pointer = response.interact_pointer_pos().or_else(|| response.hover_pos());
        self.hovered = None;
        let Some(pointer) = pointer else {
            self.drag = Drag::None;
            return;
        };
        let offset = self.offset_at(column, pointer);
        let spans = self.spans_at(column, pointer, input.set);
        self.hovered = spans.first().copied();
        let modifiers = ui.input(|input| input.modifiers);

        if response.drag_started() {
            let origin = ui.input(|input| input.pointer.press_origin()).unwrap_or(pointer);
            self.start_drag(column, origin, input, modifiers);
        }
        if response.dragged() {
            self.scroll_at_edge(ui, column, pointer);
            self.go_on_dragging(text, offset);
        }
        if response.drag_stopped() {
            self.stop_dragging(&spans, pointer, actions);
        }
        if response.triple_clicked() {
            self.select_text(segment::sentence_at(text, offset), actions);
        } else if response.double_clicked() {
            let token = segment::token_at(text, offset).unwrap_or(TextRange::at(offset));
            self.select_text(token, actions);
        } else if response.clicked() {
            self.goal_x = None;
            // Another click at the same place takes the next of the spans that lie there.
            let again = self.selection == Selection::caret(offset);
            let place = input.selected.filter(|_| again).and_then(|id| spans.iter().position(|span| *span == id));
            let next = place.map_or(0, |place| (place + 1) % spans.len());
            if modifiers.shift {
                self.selection.head = offset;
            } else {
                self.selection = Selection::caret(offset);
                if !modifiers.command {
                    self.pieces.clear();
                }
                actions.push(DocumentAction::Select(spans.get(next).copied()));
                if spans.len() > 1 {
                    actions.push(DocumentAction::Pick { spans: spans.clone(), position: pointer });
                }
            }
        } else if response.secondary_clicked() {
            actions.push(DocumentAction::Menu { spans: spans.clone(), position: pointer });
        }

        let cursor = match &self.drag {
            Drag::Resize { .. } => CursorIcon::ResizeHorizontal,
            Drag::Link { .. } => CursorIcon::Alias,
            _ if self.edge_at(column, pointer, input).is_some() => CursorIcon::ResizeHorizontal,
            _ if !spans.is_empty() && self.is_on_bar(column, pointer) => CursorIcon::PointingHand,
            _ => CursorIcon::Text,
        };
        if response.hovered() || response.dragged() {
            ui.set_cursor_icon(cursor);
        }
    }

    fn select_text(&mut self, range: TextRange, actions: &mut Vec<DocumentAction>) {
        self.selection = Selection::of(range);
        actions.push(DocumentAction::Select(None));
    }

    fn start_drag(&mut self, column: &Column, origin: Pos2, input: &DocumentInput<'_>, modifiers: egui::Modifiers) {
        let text = input.text.as_str();
        let offset = self.offset_at(column, origin);
        if !input.read_only {
            if let Some((id, edge)) = self.edge_at(column, origin, input)
                && let Some(span) = input.set.and_then(|set| set.span(id))
            {
                self.drag = Drag::Resize { id, fragments: span.fragments.clone(), edge, moved: None };
                return;
            }
            let spans = self.spans_at(column, origin, input.set);
            let on_selected = input.selected.filter(|id| spans.contains(id));
            let on_bar = spans.first().copied().filter(|_| self.is_on_bar(column, origin));
            if let Some(from) = on_selected.or(on_bar) {
                self.drag = Drag::Link { from };
                return;
            }
        }
        if modifiers.command && !self.selection.is_empty() {
            self.pieces.push(self.selection.range());
        } else if !modifiers.command {
            self.pieces.clear();
        }
        let exact = modifiers.alt || !self.snap;
        self.drag = Drag::Select { from: grain(text, offset, exact), exact };
    }

    fn go_on_dragging(&mut self, text: &str, offset: ByteOffset) {
        match &mut self.drag {
            Drag::Select { from, exact } => {
                let to = grain(text, offset, *exact);
                self.selection = if to.start() < from.start() {
                    Selection { anchor: from.end(), head: to.start() }
                } else {
                    Selection { anchor: from.start(), head: to.end().max(from.end()) }
                };
                self.goal_x = None;
            }
            Drag::Resize { fragments, edge, moved, .. } => {
                let token = grain(text, offset, !self.snap);
                let target = match edge {
                    Edge::Start => token.start(),
                    Edge::End => token.end(),
                };
                *moved = with_edge(fragments, *edge, target);
            }
            Drag::Link { .. } | Drag::None => {}
        }
    }

    fn stop_dragging(&mut self, spans: &[AnnotationId], pointer: Pos2, actions: &mut Vec<DocumentAction>) {
        match std::mem::take(&mut self.drag) {
            Drag::Select { .. } => actions.push(DocumentAction::Select(None)),
            Drag::Resize { id, moved: Some(fragments), .. } => actions.push(DocumentAction::Resize { id, fragments }),
            Drag::Link { from } => {
                if let Some(to) = spans.iter().copied().find(|id| *id != from) {
                    actions.push(DocumentAction::Link { from, to, position: pointer });
                }
            }
            Drag::Resize { .. } | Drag::None => {}
        }
    }

    /// Scrolls while something is dragged to the upper or lower edge.
    fn scroll_at_edge(&mut self, ui: &Ui, column: &Column, pointer: Pos2) {
        let step = if pointer.y < column.rect.top() + 16.0 {
            -10.0
        } else if pointer.y > column.rect.bottom() - 16.0 {
            10.0
        } else {
            return;
        };
        self.top = (self.top + step).clamp(0.0, self.most_top());
        ui.request_repaint();
    }

    /// What a resize under way would make of a span.
    pub(super) fn resized(&self, id: AnnotationId) -> Option<&Fragments> {
        match &self.drag {
            Drag::Resize { id: dragged, moved: Some(moved), .. } if *dragged == id => Some(moved),
            _ => None,
        }
    }

    /// The span from which a relation is being drawn.
    pub fn link_source(&self) -> Option<AnnotationId> {
        match self.drag {
            Drag::Link { from } => Some(from),
            _ => None,
        }
    }

    /// The text offset nearest to a point of the window.
    fn offset_at(&self, column: &Column, pointer: Pos2) -> ByteOffset {
        let (x, y) = (pointer.x - column.left, pointer.y - column.rect.top());
        let after = self.placed.partition_point(|placed| placed.y <= y);
        match self.placed.get(after.saturating_sub(1)) {
            Some(placed) => placed.layout.offset_at(x, y - placed.y),
            None => ByteOffset(0),
        }
    }

    /// The spans under a point of the window, innermost first. On a bar or tag only the span that it belongs to.
    fn spans_at(&self, column: &Column, pointer: Pos2, set: Option<&AnnotationSet>) -> Vec<AnnotationId> {
        let Some(set) = set else { return Vec::new() };
        let (x, y) = (pointer.x - column.left, pointer.y - column.rect.top());
        let Some(placed) = self.placed.iter().find(|placed| (placed.y..placed.y + placed.layout.height).contains(&y))
        else {
            return Vec::new();
        };
        let layout = &placed.layout;
        let y = y - placed.y;
        let Some(row) = layout.rows.iter().position(|row| (row.text_top..row.bottom).contains(&y)) else {
            return Vec::new();
        };
        let text_bottom = layout.rows.get(row).map_or(0.0, |row| row.text_bottom);
        let lane = ((y - text_bottom) / layout.lane_height).floor();
        let mut spans: Vec<_> = layout
            .marks
            .iter()
            .filter(|mark| mark.row == row && mark.left - 1.0 <= x && x <= mark.right.max(mark.left + 3.0) + 1.0)
            .filter(|mark| y < text_bottom || mark.lane as f32 == lane)
            .filter_map(|mark| set.span(mark.span))
            .filter(|span| span.status != Status::Rejected)
            .map(|span| (span.fragments.iter().map(|range| range.len()).sum::<u32>(), span.id))
            .collect();
        spans.sort_unstable();
        spans.dedup();
        spans.into_iter().map(|(_, id)| id).collect()
    }

    /// True if the point lies below the letters of its row, where the bars are.
    fn is_on_bar(&self, column: &Column, pointer: Pos2) -> bool {
        let y = pointer.y - column.rect.top();
        let found = self.placed.iter().find(|placed| (placed.y..placed.y + placed.layout.height).contains(&y));
        found.is_some_and(|placed| {
            placed.layout.rows.iter().any(|row| (row.text_bottom..row.bottom).contains(&(y - placed.y)))
        })
    }

    /// The edge of the selected span under the pointer.
    fn edge_at(&self, column: &Column, pointer: Pos2, input: &DocumentInput<'_>) -> Option<(AnnotationId, Edge)> {
        let id = input.selected?;
        let span = input.set?.span(id)?;
        let (x, y) = (pointer.x - column.left, pointer.y - column.rect.top());
        for (offset, edge) in [(span.fragments.end(), Edge::End), (span.fragments.start(), Edge::Start)] {
            for placed in &self.placed {
                let marks = placed.layout.marks.iter().filter(|mark| mark.span == id);
                for mark in marks {
                    let here = match edge {
                        Edge::Start => mark.begins && mark.fragment == 0,
                        Edge::End => mark.ends && mark.fragment + 1 == span.fragments.count(),
                    };
                    let Some(row) = placed.layout.rows.get(mark.row).filter(|_| here) else { continue };
                    let at = if edge == Edge::Start { mark.left } else { mark.right };
                    let inside_row = (row.text_top..row.bottom).contains(&(y - placed.y));
                    if inside_row && (x - at).abs() <= GRIP && placed.layout.range.contains(TextRange::at(offset)) {
                        return Some((id, edge));
                    }
                }
            }
        }
        None
    }

    /// Where the caret is drawn when it stands at `offset`, if that is in sight.
    pub fn caret_rect(&self, offset: ByteOffset) -> Option<egui::Rect> {
        let column = Column::new(self.rect);
        let placed = self.placed.iter().find(|placed| placed.layout.range.contains(TextRange::at(offset)))?;
        let (row, x) = placed.layout.place(offset);
        let row = placed.layout.rows.get(row)?;
        let (top, bottom) = (column.point(x, placed.y + row.text_top), column.point(x, placed.y + row.text_bottom));
        Some(egui::Rect::from_min_max(top, bottom))
    }
}

/// The token at `offset`, or the character position itself.
fn grain(text: &str, offset: ByteOffset, exact: bool) -> TextRange {
    let token = if exact { None } else { segment::token_at(text, offset) };
    token.unwrap_or(TextRange::at(offset))
}

/// The pieces with the first start or the last end moved; `None` where nothing would be left.
pub(super) fn with_edge(fragments: &Fragments, edge: Edge, to: ByteOffset) -> Option<Fragments> {
    let (start, end) = match edge {
        Edge::Start => (to, fragments.end()),
        Edge::End => (fragments.start(), to),
    };
    if start >= end {
        return None;
    }
    let window = TextRange::new(start, end);
    let mut pieces: Vec<TextRange> = fragments
        .iter()
        .filter(|piece| piece.end() > window.start() && piece.start() < window.end())
        .map(|piece| TextRange::new(piece.start().max(window.start()), piece.end().min(window.end())))
        .collect();
    match edge {
        Edge::Start => match pieces.first_mut() {
            Some(first) => *first = TextRange::new(to, first.end()),
            None => pieces.push(window),
        },
        Edge::End => match pieces.last_mut() {
            Some(last) => *last = TextRange::new(last.start(), to),
            None => pieces.push(window),
        },
    }
    Fragments::new(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_move() {
        let pieces = |list: &[(usize, usize)]| {
            Fragments::new(list.iter().map(|(start, end)| TextRange::from_usize(*start, *end)))
        };
        let check = |before: &[(usize, usize)], edge, to: u32, after: Option<&[(usize, usize)]>| {
            let before = pieces(before).unwrap();
            assert_eq!(with_edge(&before, edge, ByteOffset(to)), after.and_then(pieces), "{before:?} {edge:?} {to}");
        };
        check(&[(5, 10)], Edge::End, 14, Some(&[(5, 14)]));
        check(&[(5, 10)], Edge::Start, 2, Some(&[(2, 10)]));
        check(&[(5, 10)], Edge::End, 5, None);
        check(&[(5, 10)], Edge::Start, 12, None);
        check(&[(5, 10), (20, 25)], Edge::End, 8, Some(&[(5, 8)]));
        check(&[(5, 10), (20, 25)], Edge::End, 30, Some(&[(5, 10), (20, 30)]));
        check(&[(5, 10), (20, 25)], Edge::Start, 22, Some(&[(22, 25)]));
    }
}
