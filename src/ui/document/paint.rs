//! Drawing the article.

use super::{
    Column, DocumentAction, DocumentInput, DocumentView, Placed,
    lanes::assign_lanes,
    layout::{Mark, RowLayout, TagMode, Track, chip_width, tag_text},
};
use crate::{
    model::{AnnotationId, Span, Status},
    session::naming::shortened,
    text::TextRange,
    ui::theme::{self, BarPattern, LabelColors, see_through, size},
};
use egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    epaint::PathShape, pos2, vec2,
};
use std::collections::BTreeMap;

/// From this score on a guess is drawn as strongly as it gets.
const STRONGEST_GUESS: f32 = 0.5;

/// Draws title and byline above the text, if `top` says how far the view is scrolled; returns their height.
pub(super) fn header(painter: &Painter, input: &DocumentInput<'_>, column: &Column, top: Option<f64>) -> f32 {
    // Where there is little room it is for the text.
    let mut y = if column.rect.height() < size::SIX_LINES + 20.0 { 12.0 } else { 26.0 };
    let starts_with_title = input.text.as_str().trim_start().starts_with(input.title.trim());
    let mut lines = Vec::new();
    if !input.title.is_empty() && !starts_with_title {
        let job = egui::text::LayoutJob::simple(
            input.title.to_owned(),
            theme::reading_strong(size::READING * 1.4),
            input.theme.text,
            column.width,
        );
        lines.push(painter.layout_job(job));
    }
    if !input.byline.is_empty() {
        let job = egui::text::LayoutJob::simple(
            input.byline.to_owned(),
            theme::medium(11.5),
            input.theme.text_faint,
            column.width,
        );
        lines.push(painter.layout_job(job));
    }
    for galley in lines {
        let height = galley.size().y;
        if let Some(top) = top {
            painter.galley(column.point(0.0, y - top as f32), galley, input.theme.text);
        }
        y += height + 8.0;
    }
    y + 10.0
}

/// One end of an arc that goes on in another row.
struct LooseEnd<'a> {
    track: &'a Track,
    y: f32,
    foot: Pos2,
    rows_above: usize,
}

impl DocumentView {
    pub(super) fn paint(
        &mut self,
        ui: &Ui,
        painter: &Painter,
        input: &DocumentInput<'_>,
        column: &Column,
        actions: &mut Vec<DocumentAction>,
    ) {
        if self.top < f64::from(self.header_height) {
            header(painter, input, column, Some(self.top));
        }
        for placed in &self.placed {
            self.paint_backgrounds(painter, input, column, placed);
            let origin = column.point(0.0, placed.y);
            painter.galley(origin, placed.layout.galley.clone(), input.theme.text);
            self.paint_bars(painter, input, column, placed);
            self.paint_guesses(ui, painter, input, column, placed);
            self.name_spans(ui, input, column, placed);
        }
        self.paint_sentence_numbers(painter, input, column);
        self.paint_caret(painter, input, column);
        self.paint_arcs(ui, painter, input, column, actions);
        self.paint_link(ui, painter, input, column);
    }

    fn row_rect(column: &Column, placed: &Placed, row: &RowLayout, left: f32, right: f32) -> Rect {
        Rect::from_min_max(column.point(left, placed.y + row.text_top), column.point(right, placed.y + row.text_bottom))
    }

    fn stripes(&self, column: &Column, placed: &Placed, range: TextRange) -> Vec<Rect> {
        let stripes = placed.layout.stripes(range);
        let rects = stripes.into_iter().filter_map(|(row, left, right)| {
            let row = placed.layout.rows.get(row)?;
            Some(Self::row_rect(column, placed, row, left, right))
        });
        rects.collect()
    }

    fn paint_backgrounds(&self, painter: &Painter, input: &DocumentInput<'_>, column: &Column, placed: &Placed) {
        let layout = &placed.layout;
        for mark in &layout.marks {
            let Some((span, colors)) = self.look(input, mark) else { continue };
            let Some(row) = layout.rows.get(mark.row) else { continue };
            if span.status == Status::Accepted && mark.right > mark.left {
                let rect = Self::row_rect(column, placed, row, mark.left - 1.0, mark.right + 1.0);
                let radius = CornerRadius {
                    nw: if mark.begins { 3 } else { 0 },
                    sw: if mark.begins { 3 } else { 0 },
                    ne: if mark.ends { 3 } else { 0 },
                    se: if mark.ends { 3 } else { 0 },
                };
                let alpha = if self.is_faded(input, span.id) {
                    14
                } else if input.theme.dark {
                    62
                } else {
                    50
                };
                painter.rect_filled(rect.shrink2(vec2(0.0, 1.0)), radius, see_through(colors.bar, alpha));
            }
        }
        for range in input.highlights.iter().filter(|range| range.overlaps(layout.range)) {
            for rect in self.stripes(column, placed, *range) {
                painter.rect_filled(rect, 2.0, see_through(input.theme.warning, 60));
                painter.rect_stroke(rect, 2.0, Stroke::new(1.0, input.theme.warning), StrokeKind::Outside);
            }
        }
        let selected = self.pieces.iter().copied().chain((!self.selection.is_empty()).then(|| self.selection.range()));
        for range in selected {
            for rect in self.stripes(column, placed, range) {
                painter.rect_filled(rect.expand2(vec2(0.5, 0.0)), 2.0, see_through(input.theme.accent, 70));
            }
        }
    }

    fn look<'a>(&self, input: &DocumentInput<'a>, mark: &Mark) -> Option<(&'a Span, LabelColors)> {
        let span = input.set?.span(mark.span)?;
        Some((span, input.palette.get(&span.label)))
    }

    fn is_faded(&self, input: &DocumentInput<'_>, id: AnnotationId) -> bool {
        input.targets.is_some_and(|targets| !targets.contains(&id) && input.selected != Some(id))
    }

    fn paint_bars(&self, painter: &Painter, input: &DocumentInput<'_>, column: &Column, placed: &Placed) {
        let layout = &placed.layout;
        let mut joints: BTreeMap<_, Vec<Pos2>> = BTreeMap::new();
        for mark in &layout.marks {
            let Some((span, colors)) = self.look(input, mark) else { continue };
            let Some(row) = layout.rows.get(mark.row) else { continue };
            let faded = self.is_faded(input, span.id);
            let color = if faded { see_through(colors.bar, 70) } else { colors.bar };
            let y = placed.y + row.text_bottom + 1.5 + mark.lane as f32 * layout.lane_height;
            let (left, right) = (column.point(mark.left, y), column.point(mark.right.max(mark.left + 1.0), y));
            if span.fragments.hull().is_empty() {
                paint_zero_width(painter, Self::row_rect(column, placed, row, mark.left, mark.left), colors.bar);
            } else if span.status == Status::Suggested {
                painter.extend(Shape::dashed_line(&[left, right], Stroke::new(size::BAR_THICKNESS, color), 4.0, 3.0));
            } else {
                paint_bar(painter, left, right, color, colors.pattern);
            }
            if span.fragments.count() > 1 {
                joints.entry((span.id, mark.row)).or_default().extend([left, right]);
            }
            let hovered = self.hovered == Some(span.id) || input.selected == Some(span.id);
            let show_tag = mark.begins
                && mark.fragment == 0
                && (input.tags == TagMode::Always || input.tags == TagMode::Hover && hovered);
            if show_tag {
                let color = if faded { see_through(colors.text, 90) } else { colors.text };
                let at = left + vec2(0.0, 1.0);
                let tag = tag_text(span);
                if input.tags == TagMode::Hover {
                    let galley = painter.layout_no_wrap(tag, theme::medium(size::TAG), color);
                    let rect = Rect::from_min_size(at, galley.size()).expand2(vec2(3.0, 1.0));
                    painter.rect_filled(rect, 3.0, input.theme.raised);
                    painter.galley(at, galley, color);
                } else {
                    painter.text(at, Align2::LEFT_TOP, tag, theme::medium(size::TAG), color);
                }
            }
            if input.selected == Some(span.id) {
                let rect = Self::row_rect(column, placed, row, mark.left - 2.0, mark.right + 2.0);
                let stroke = Stroke::new(1.5, input.theme.accent);
                painter.rect_stroke(rect, 4.0, stroke, StrokeKind::Outside);
                for (shown, x) in [(mark.begins, rect.left()), (mark.ends, rect.right())] {
                    if shown && !input.read_only {
                        // Below the letters, so that they hide none.
                        painter.circle(pos2(x, rect.bottom()), 3.0, input.theme.raised, stroke);
                    }
                }
            }
            if let Some(moved) = self.resized(span.id) {
                for piece in moved.iter() {
                    for rect in self.stripes(column, placed, piece) {
                        painter.rect_stroke(rect, 3.0, Stroke::new(1.5, colors.bar), StrokeKind::Outside);
                    }
                }
            }
        }
        // Pieces of one span are joined by a dotted line where they share a row.
        for ((id, _), mut points) in joints {
            points.sort_by(|one, other| one.x.total_cmp(&other.x));
            let Some(span) = input.set.and_then(|set| set.span(id)) else { continue };
            let color = input.palette.get(&span.label).bar;
            for pair in points.chunks(2).collect::<Vec<_>>().windows(2) {
                if let [[_, end], [start, _]] = pair {
                    painter.extend(Shape::dotted_line(&[*end, *start], color, 4.0, 0.8));
                }
            }
        }
    }

    /// Dots under words that may be labelled too, and a name for each that screen readers and tests can see.
    fn paint_guesses(&self, ui: &Ui, painter: &Painter, input: &DocumentInput<'_>, column: &Column, placed: &Placed) {
        let range = placed.layout.range;
        let faded = input.targets.is_some();
        // On white what is thin needs more colour.
        let least = if input.theme.dark { 120.0 } else { 185.0 };
        for guess in input.guesses.iter().filter(|guess| guess.range.overlaps(range)) {
            // The likelier, the stronger.
            let strength = guess.score.clamp(0.0, STRONGEST_GUESS) / STRONGEST_GUESS;
            let color = see_through(
                input.palette.get(&guess.label).bar,
                if faded { 60 } else { egui::lerp(least..=255.0, strength) as u8 },
            );
            let (gap, radius) = (egui::lerp(4.5..=3.2, strength), egui::lerp(0.8..=1.25, strength));
            for (part, rect) in self.stripes(column, placed, guess.range).into_iter().enumerate() {
                let line = [rect.left_bottom() + vec2(1.0, 1.0), rect.right_bottom() + vec2(0.0, 1.0)];
                painter.extend(Shape::dotted_line(&line, color, gap, radius));
                // Where it goes on in another paragraph it has its name already.
                if part == 0 && range.contains(TextRange::at(guess.range.start())) {
                    let id = ui.scope_id().with(("guess", guess.range.start().0, guess.range.end().0));
                    let is_selected = input.selected.is_none() && self.selection.range() == guess.range;
                    ui.interact(rect, id, Sense::empty()).widget_info(|| {
                        let words = shortened(guess.range.slice(input.text.as_str()).unwrap_or_default(), 60);
                        WidgetInfo::selected(
                            Role::Button,
                            true,
                            is_selected,
                            format!("{} {words} (guess)", guess.label),
                        )
                    });
                }
            }
        }
    }

    /// Gives every span in sight a name that screen readers and tests can see.
    fn name_spans(&self, ui: &Ui, input: &DocumentInput<'_>, column: &Column, placed: &Placed) {
        let layout = &placed.layout;
        for mark in layout.marks.iter().filter(|mark| mark.begins && mark.fragment == 0) {
            let Some((span, _)) = self.look(input, mark) else { continue };
            let Some(row) = layout.rows.get(mark.row) else { continue };
            let rect = Self::row_rect(column, placed, row, mark.left, mark.right.max(mark.left + 2.0));
            let response = ui.interact(rect, ui.scope_id().with(("span", span.id.0)), Sense::empty());
            response.widget_info(|| {
                let surface = shortened(&span.fragments.surface(input.text.as_str()), 60);
                let status = if span.status == Status::Suggested { " (suggested)" } else { "" };
                WidgetInfo::selected(
                    Role::Button,
                    true,
                    input.selected == Some(span.id),
                    format!("{} {surface}{status}", span.label),
                )
            });
        }
    }

    fn paint_sentence_numbers(&self, painter: &Painter, input: &DocumentInput<'_>, column: &Column) {
        for placed in &self.placed {
            let range = placed.layout.range;
            let first = self.sentence_starts.partition_point(|start| *start < range.start().0);
            let mut last_row = None;
            for (index, start) in self.sentence_starts.iter().enumerate().skip(first) {
                if *start >= range.end().0.max(range.start().0 + 1) {
                    break;
                }
                let (row, _) = placed.layout.place(crate::text::ByteOffset(*start));
                if last_row == Some(row) {
                    continue;
                }
                last_row = Some(row);
                let Some(row) = placed.layout.rows.get(row) else { continue };
                let baseline = placed.y + (row.text_top + row.text_bottom) / 2.0 + 1.0;
                let at = column.point(-16.0, baseline);
                let number = (index + 1).to_string();
                painter.text(at, Align2::RIGHT_CENTER, number, theme::medium(10.0), input.theme.text_faint);
            }
        }
    }

    fn paint_caret(&self, painter: &Painter, input: &DocumentInput<'_>, column: &Column) {
        if self.for_picture {
            return;
        }
        let head = self.selection.head;
        let found = self.placed.iter().rev().find(|placed| placed.layout.range.contains(TextRange::at(head)));
        let Some(placed) = found else { return };
        let (row, x) = placed.layout.place(head);
        let Some(row) = placed.layout.rows.get(row) else { return };
        let rect = Self::row_rect(column, placed, row, x, x);
        let color = if input.focused { input.theme.accent } else { input.theme.text_faint };
        let line = rect.shrink2(vec2(0.0, 1.0));
        painter.line_segment([line.center_top(), line.center_bottom()], Stroke::new(1.75, color));
    }

    fn paint_arcs(
        &self,
        ui: &Ui,
        painter: &Painter,
        input: &DocumentInput<'_>,
        column: &Column,
        actions: &mut Vec<DocumentAction>,
    ) {
        let mut loose: BTreeMap<_, Vec<LooseEnd<'_>>> = BTreeMap::new();
        // Chips are drawn when all lines are, so that no line crosses them.
        let mut chips: Vec<(&Track, Pos2, &str, Option<AnnotationId>)> = Vec::new();
        let mut rows_above = 0;
        for placed in &self.placed {
            for track in &placed.layout.tracks {
                let Some(row) = placed.layout.rows.get(track.row) else { continue };
                let y = column.rect.top() + placed.y + track.y;
                let foot = |x: f32| column.point(x, placed.y + row.text_top);
                match (track.source, track.target) {
                    (Some(source), Some(target)) => {
                        let (from, to) = (foot(source), foot(target));
                        let points = [from, pos2(from.x, y), pos2(to.x, y), to];
                        self.paint_arc(painter, input, track, &points);
                        chips.push((track, pos2((from.x + to.x) / 2.0, y), &track.arc.label, None));
                    }
                    (Some(x), None) | (None, Some(x)) => {
                        let end = LooseEnd { track, y, foot: foot(x), rows_above: rows_above + track.row };
                        loose.entry((track.arc.relation, track.arc.index)).or_default().push(end);
                    }
                    (None, None) => {}
                }
            }
            rows_above += placed.layout.rows.len();
        }
        let (near, far): (Vec<_>, Vec<_>) = loose.into_values().partition(|ends| match ends.as_slice() {
            [one, other] => one.rows_above.abs_diff(other.rows_above) <= 9,
            _ => false,
        });
        let columns: Vec<(f32, f32)> = near
            .iter()
            .filter_map(|ends| Some((ends.first()?.y, ends.last()?.y)))
            .map(|(one, other)| (one.min(other), one.max(other)))
            .collect();
        let right = column.left + column.width;
        let lanes = assign_lanes(&columns, 4.0, 12);
        for (ends, lane) in near.iter().zip(lanes) {
            let [one, other] = ends.as_slice() else { continue };
            let (source, target) = if one.track.source.is_some() { (one, other) } else { (other, one) };
            let x = right + 8.0 + (lane as f32 * 7.0).min((column.margin - 12.0).max(0.0));
            let points = [
                source.foot,
                pos2(source.foot.x, source.y),
                pos2(x, source.y),
                pos2(x, target.y),
                pos2(target.foot.x, target.y),
                target.foot,
            ];
            self.paint_arc(painter, input, source.track, &points);
            let label = &source.track.arc.label;
            let half = chip_width(painter, label) / 2.0;
            let middle = ((source.foot.x + right) / 2.0).min(right - half).max(source.foot.x + half + 6.0);
            chips.push((source.track, pos2(middle, source.y), label, None));
        }
        for end in far.iter().flatten() {
            let stop = right + column.margin;
            let chip = chip_width(painter, &end.track.stub);
            let centre = pos2(stop - chip / 2.0, end.y);
            let points = [end.foot, pos2(end.foot.x, end.y), pos2(stop - chip, end.y)];
            let reversed: Vec<Pos2> = points.iter().rev().copied().collect();
            let is_source = end.track.source.is_some();
            self.paint_arc_open(painter, input, end.track, if is_source { &points } else { &reversed }, !is_source);
            let [from, to] = end.track.arc.ends;
            let jump = if is_source { to } else { from };
            chips.push((end.track, centre, &end.track.stub, Some(jump)));
        }
        for (track, centre, label, jump) in chips {
            self.paint_chip(ui, painter, input, track, centre, label, actions, jump);
        }
    }

    fn paint_arc(&self, painter: &Painter, input: &DocumentInput<'_>, track: &Track, points: &[Pos2]) {
        self.paint_arc_open(painter, input, track, points, true);
    }

    fn paint_arc_open(&self, painter: &Painter, input: &DocumentInput<'_>, track: &Track, points: &[Pos2], head: bool) {
        let color = self.arc_color(input, track);
        let strong = input.selected == Some(track.arc.relation);
        let stroke = Stroke::new(if strong { 2.2 } else { 1.5 }, color);
        let path = rounded(points, 5.0);
        if track.arc.suggested {
            painter.extend(Shape::dashed_line(&path, stroke, 5.0, 4.0));
        } else {
            painter.add(PathShape::line(path, stroke));
        }
        if head
            && track.arc.directed
            && let [.., before, tip] = points
        {
            let direction = (*tip - *before).normalized();
            let side = direction.rot90() * 3.2;
            let back = *tip - direction * 6.5;
            painter.add(Shape::convex_polygon(vec![*tip, back + side, back - side], color, Stroke::NONE));
        }
    }

    fn arc_color(&self, input: &DocumentInput<'_>, track: &Track) -> Color32 {
        let relation = input.set.and_then(|set| set.relation(track.arc.relation));
        let label = relation.map(|relation| relation.label.clone()).unwrap_or_default();
        input.palette.get(&label).bar
    }

    #[allow(clippy::too_many_arguments, reason = "a chip needs all of this, and it has one caller kind")]
    fn paint_chip(
        &self,
        ui: &Ui,
        painter: &Painter,
        input: &DocumentInput<'_>,
        track: &Track,
        centre: Pos2,
        label: &str,
        actions: &mut Vec<DocumentAction>,
        jump: Option<AnnotationId>,
    ) {
        let color = self.arc_color(input, track);
        let relation = input.set.and_then(|set| set.relation(track.arc.relation));
        let name = relation.map(|relation| relation.label.clone()).unwrap_or_default();
        let text = input.palette.get(&name).text;
        let galley = painter.layout_no_wrap(label.to_owned(), theme::medium(10.5), text);
        let rect = Rect::from_center_size(centre, galley.size() + vec2(10.0, 2.0));
        let selected = input.selected == Some(track.arc.relation);
        let id = ui.scope_id().with(("arc", track.arc.relation.0, track.arc.index, jump.map(|id| id.0)));
        let response = ui.interact(rect, id, Sense::click());
        response
            .widget_info(|| WidgetInfo::selected(Role::Button, true, selected, format!("Relation {name}, {label}")));
        let fill = if response.hovered() || selected { input.theme.hover } else { input.theme.page };
        painter.rect_filled(rect.expand(1.5), 8.0, input.theme.page);
        painter.rect(rect, 7.0, fill, Stroke::new(if selected { 1.5 } else { 1.0 }, color), StrokeKind::Inside);
        painter.galley(rect.center() - galley.size() / 2.0, galley, text);
        if response.clicked() {
            actions.push(match jump {
                Some(target) => DocumentAction::Jump(target),
                None => DocumentAction::Select(Some(track.arc.relation)),
            });
        }
    }

    /// The line that follows the pointer while a relation is drawn.
    fn paint_link(&self, ui: &Ui, painter: &Painter, input: &DocumentInput<'_>, column: &Column) {
        let Some(from) = self.link_source() else { return };
        let Some(pointer) = ui.input(|input| input.pointer.latest_pos()) else { return };
        let Some(range) = input.set.and_then(|set| set.anchor(from)) else { return };
        let stripe = self.placed.iter().find_map(|placed| {
            placed.layout.range.contains(TextRange::at(range.start())).then(|| self.stripes(column, placed, range))
        });
        if let Some(rect) = stripe.and_then(|rects| rects.first().copied()) {
            let start = rect.center_top();
            let y = start.y.min(pointer.y) - 14.0;
            let points = [start, pos2(start.x, y), pos2(pointer.x, y), pointer];
            painter.add(PathShape::line(rounded(&points, 5.0), Stroke::new(2.0, input.theme.accent)));
            painter.circle_filled(pointer, 3.5, input.theme.accent);
        }
    }
}

fn paint_bar(painter: &Painter, left: Pos2, right: Pos2, color: Color32, pattern: BarPattern) {
    let rect = Rect::from_min_max(left - vec2(0.0, 1.0), right + vec2(0.0, 1.0));
    match pattern {
        BarPattern::Solid => {
            painter.rect_filled(rect, 1.0, color);
        }
        BarPattern::Notched => {
            let stroke = Stroke::new(size::BAR_THICKNESS, color);
            painter.extend(Shape::dashed_line(&[left, right], stroke, 10.0, 1.5));
        }
        BarPattern::Double => {
            for y in [rect.top(), rect.bottom()] {
                painter.line_segment([pos2(left.x, y), pos2(right.x, y)], Stroke::new(0.8, color));
            }
        }
        BarPattern::Dotted => {
            painter.extend(Shape::dashed_line(&[left, right], Stroke::new(size::BAR_THICKNESS, color), 2.2, 1.3));
        }
    }
}

/// A caret mark: a thin line with a small roof.
fn paint_zero_width(painter: &Painter, rect: Rect, color: Color32) {
    let (top, bottom) = (rect.center_top(), rect.center_bottom() + vec2(0.0, 3.0));
    painter.line_segment([top, bottom], Stroke::new(1.5, color));
    let roof = vec![top + vec2(-3.5, -1.0), top + vec2(3.5, -1.0), top + vec2(0.0, 4.0)];
    painter.add(Shape::convex_polygon(roof, color, Stroke::NONE));
}

/// A path of straight lines with its corners rounded.
fn rounded(points: &[Pos2], radius: f32) -> Vec<Pos2> {
    let mut path = Vec::with_capacity(points.len() * 4);
    path.extend(points.first());
    for corner in points.windows(3) {
        let &[before, at, after] = corner else { continue };
        let (arriving, leaving) = (at - before, after - at);
        let radius = radius.min(arriving.length() / 2.0).min(leaving.length() / 2.0);
        if radius < 0.5 {
            path.push(at);
            continue;
        }
        let (start, end) = (at - arriving.normalized() * radius, at + leaving.normalized() * radius);
        for step in 0..=4u8 {
            let share = f32::from(step) / 4.0;
            let (one, other) = (start.lerp(at, share), at.lerp(end, share));
            path.push(one.lerp(other, share));
        }
    }
    path.extend(points.last());
    path
}
