//! The plots of the report on suggestions. Each has a description that screen readers say, and a tooltip at each place; all of
//! its numbers stand in a table too.

use crate::{
    model::Name,
    session::suggestion_report::{ArticleReport, SuggestionReport},
    ui::{
        texts::{fill, tr},
        theme::{self, LabelPalette, Theme},
    },
};
use egui::{Color32, RichText, Sense, Stroke, Ui, WidgetInfo, vec2};
use egui_plot::{Bar, BarChart, GridMark, Line, LineStyle, MarkerShape, Plot, PlotPoints, Points};

/// Height of a plot in points, where there is room.
const HEIGHT: f32 = 190.0;
/// Labels that get a line of their own, those with the most spans.
const LABELS: usize = 5;
/// Radius of the points of a line of its own.
const POINT: f32 = 4.0;
/// Bars beside one another; more articles are taken together.
const BARS: usize = 40;

/// A plot as all of them are: nothing moves it, its texts are the theme's.
fn frame<'a>(ui: &Ui, theme: &Theme, name: &'static str) -> Plot<'a> {
    Plot::new(("plot", name))
        // In a low window the axis below is to be in sight too.
        .height(HEIGHT.min((ui.clip_rect().height() - 60.0).max(110.0)))
        .width(ui.available_width())
        .sense(Sense::hover())
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .show_crosshair(false)
        .grid_color(theme.border)
        .grid_fade(0.0)
        .show_grid([false, true])
        .label_formatter(|_| None)
        .y_axis_min_width(30.0)
        .set_margin_fraction(vec2(0.03, 0.05))
}

/// Shows a plot with its description, and `tip` at the pointer for the place along the x axis that is nearest.
fn show<'a>(
    ui: &mut Ui,
    plot: Plot<'a>,
    description: &str,
    places: &[f64],
    tip: impl Fn(usize) -> String,
    draw: impl FnOnce(&mut egui_plot::PlotUi<'a>) + 'a,
) {
    let shown = plot.show(ui, draw);
    let response = shown.response;
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, description));
    let Some(pointer) = response.hover_pos() else { return };
    let x = shown.transform.value_from_position(pointer).x;
    let distance = |place: &f64| (place - x).abs();
    let nearest = places.iter().enumerate().min_by(|one, other| distance(one.1).total_cmp(&distance(other.1)));
    if let Some((place, _)) = nearest {
        response.on_hover_text_at_pointer(tip(place));
    }
}

/// What the colors stand for.
fn legend(ui: &mut Ui, theme: &Theme, entries: &[(String, Color32)]) {
    let entries = entries.iter().map(|(name, color)| (name.as_str(), *color, None));
    legend_with_shapes(ui, theme, entries);
}

/// What the colors stand for, and the shapes of points for those who can not tell them apart.
fn legend_with_shapes<'a>(
    ui: &mut Ui,
    theme: &Theme,
    entries: impl Iterator<Item = (&'a str, Color32, Option<MarkerShape>)>,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        for (name, color, shape) in entries {
            let (rect, _) =
                ui.allocate_exact_size(vec2(if shape.is_some() { 18.0 } else { 12.0 }, 14.0), Sense::hover());
            let height = if shape.is_some() { 1.5 } else { 4.0 };
            let line = egui::Rect::from_center_size(rect.center(), vec2(rect.width(), height));
            ui.painter().rect_filled(line, 2.0, color);
            if let Some(shape) = shape {
                paint_shape(ui.painter(), rect.center(), shape, color);
            }
            ui.label(RichText::new(name).size(11.5).color(theme.text_weak));
            ui.add_space(8.0);
        }
    });
}

/// The shapes of points by which lines are told apart, from the first line on.
const SHAPES: [MarkerShape; LABELS] =
    [MarkerShape::Circle, MarkerShape::Square, MarkerShape::Up, MarkerShape::Diamond, MarkerShape::Down];

/// A point of a line, as large as those of the plot.
fn paint_shape(painter: &egui::Painter, center: egui::Pos2, shape: MarkerShape, color: Color32) {
    let corners: &[[f32; 2]] = match shape {
        MarkerShape::Square => &[[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]],
        MarkerShape::Up => &[[0.0, -1.0], [0.95, 0.7], [-0.95, 0.7]],
        MarkerShape::Down => &[[0.0, 1.0], [-0.95, -0.7], [0.95, -0.7]],
        MarkerShape::Diamond => &[[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]],
        _ => &[],
    };
    let corners: Vec<egui::Pos2> = corners.iter().map(|[x, y]| center + POINT * vec2(*x, *y)).collect();
    match corners.is_empty() {
        true => painter.circle_filled(center, POINT, color),
        false => painter.add(egui::Shape::convex_polygon(corners, color, Stroke::NONE)),
    };
}

fn two_digits(value: f64) -> String {
    format!("{value:.2}")
}

/// A number of trainings or articles as a place along the x axis.
#[expect(clippy::cast_precision_loss, reason = "there are not that many articles")]
fn place(number: usize) -> f64 {
    number as f64
}

/// The mark's number, if it stands at one of `count` places.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is checked to be a small whole number")]
fn place_of(mark: GridMark, count: usize) -> Option<usize> {
    let nearest = mark.value.round();
    let is_place = (mark.value - nearest).abs() < 1e-6 && nearest >= 0.0 && nearest < place(count);
    is_place.then_some(nearest as usize)
}

/// A line of the learning curve; the thick one over all labels has no shape of its own.
struct CurveLine {
    name: String,
    color: Color32,
    values: Vec<[f64; 2]>,
    shape: Option<MarkerShape>,
}

/// F1 by the number of articles that were learned from.
pub fn learning(ui: &mut Ui, theme: &Theme, palette: &LabelPalette, report: &SuggestionReport) {
    let points = report.curve.as_ref().map(|curve| curve.points.as_slice()).unwrap_or_default();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let mut labels: Vec<(&Name, usize)> = last.labels.iter().map(|(name, score)| (name, score.possible())).collect();
    labels.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    labels.truncate(LABELS);
    labels.retain(|(_, count)| *count > 0);
    let sizes: Vec<usize> = points.iter().map(|point| point.articles).collect();
    let (tick_sizes, count) = (sizes.clone(), sizes.len());
    let description = fill(
        tr("Learning curve: F1 goes from {} to {} after {} articles; the table has all values"),
        &[&two_digits(first.overall.f1()), &two_digits(last.overall.f1()), &last.articles.to_string()],
    );
    let tip = |at: usize| {
        let Some(point) = points.get(at) else { return String::new() };
        let mut lines = vec![
            fill(tr("after {} articles"), &[&point.articles.to_string()]),
            format!("{} {}", tr("all labels"), two_digits(point.overall.f1())),
        ];
        lines.extend(labels.iter().map(|(label, _)| {
            let score = point.labels.get(*label).copied().unwrap_or_default();
            format!("{label} {}", two_digits(score.f1()))
        }));
        lines.join("\n")
    };
    let mut lines: Vec<CurveLine> = labels
        .iter()
        .zip(SHAPES)
        .map(|((label, _), shape)| {
            let values = points
                .iter()
                .enumerate()
                .map(|(at, point)| [place(at), point.labels.get(*label).copied().unwrap_or_default().f1()]);
            CurveLine {
                name: label.to_string(),
                color: palette.get(label).bar,
                values: values.collect(),
                shape: Some(shape),
            }
        })
        .collect();
    let overall = points.iter().enumerate().map(|(at, point)| [place(at), point.overall.f1()]);
    lines.push(CurveLine {
        name: tr("all labels").to_owned(),
        color: theme.text,
        values: overall.collect(),
        shape: None,
    });
    let entries: Vec<_> = lines.iter().rev().map(|line| (line.name.clone(), line.color, line.shape)).collect();
    ui.add_space(4.0);
    ui.label(RichText::new(tr("Strict F1 by articles learned from")).size(11.5).color(theme.text_faint));
    let plot = frame(ui, theme, "learning curve")
        .include_y(0.0)
        .include_y(1.0)
        .include_x(0.0)
        .include_x(1.0)
        .x_grid_spacer(move |_| marks((0..count).map(place)))
        .y_grid_spacer(|_| marks((0..=5).map(|step| f64::from(step) / 5.0)))
        .x_axis_formatter(move |mark, _| {
            place_of(mark, tick_sizes.len())
                .and_then(|at| tick_sizes.get(at))
                .map(ToString::to_string)
                .unwrap_or_default()
        })
        .y_axis_formatter(|mark, _| format!("{:.1}", mark.value));
    let places: Vec<f64> = (0..points.len()).map(place).collect();
    show(ui, plot, &description, &places, tip, move |plot| {
        for CurveLine { name, color, values, shape } in lines {
            let dots = PlotPoints::from(values.clone());
            let (width, radius) = if shape.is_some() { (1.2, POINT) } else { (2.5, 3.7) };
            let shape = shape.unwrap_or(MarkerShape::Circle);
            plot.points(Points::new(name.clone(), dots).radius(radius).shape(shape).color(color));
            plot.line(Line::new(name, PlotPoints::from(values)).width(width).color(color).allow_hover(false));
        }
    });
    legend_with_shapes(ui, theme, entries.iter().map(|(name, color, shape)| (name.as_str(), *color, *shape)));
}

/// Share of right proposals by their score, beside the line on which both are the same.
pub fn calibration(ui: &mut Ui, theme: &Theme, report: &SuggestionReport) {
    let Some(reliability) = report.curve.as_ref().map(|curve| curve.reliability) else { return };
    let bins: Vec<(f64, f64, usize)> =
        reliability.bins.iter().filter_map(|bin| Some((bin.mean_score()?, bin.share_right()?, bin.count))).collect();
    let Some(error) = reliability.error() else { return };
    let description = fill(
        tr(
            "Calibration: the share of right proposals by score, with an expected error of {}; the table has all values",
        ),
        &[&format!("{error:.3}")],
    );
    let tip = |at: usize| {
        let Some((score, right, count)) = bins.get(at) else { return String::new() };
        let values = [count.to_string(), two_digits(*score), two_digits(*right)];
        fill(tr("{} proposals with a mean score of {}; a share of {} is right"), &values.each_ref().map(String::as_str))
    };
    let values: Vec<[f64; 2]> = bins.iter().map(|(score, right, _)| [*score, *right]).collect();
    let places: Vec<f64> = bins.iter().map(|(score, ..)| *score).collect();
    let (accent, faint) = (theme.accent, theme.text_faint);
    ui.add_space(4.0);
    ui.label(RichText::new(tr("Share of right proposals by their score")).size(11.5).color(theme.text_faint));
    let plot = frame(ui, theme, "calibration")
        .include_x(0.0)
        .include_x(1.0)
        .include_y(0.0)
        .include_y(1.0)
        .show_grid(true)
        .x_grid_spacer(|_| marks((0..=5).map(|step| f64::from(step) / 5.0)))
        .y_grid_spacer(|_| marks((0..=5).map(|step| f64::from(step) / 5.0)))
        .x_axis_formatter(|mark, _| format!("{:.1}", mark.value))
        .y_axis_formatter(|mark, _| format!("{:.1}", mark.value));
    show(ui, plot, &description, &places, tip, move |plot| {
        let diagonal = PlotPoints::from(vec![[0.0, 0.0], [1.0, 1.0]]);
        let dashed = LineStyle::dashed_dense();
        plot.line(Line::new("", diagonal).color(faint).style(dashed).width(1.0).allow_hover(false));
        plot.line(Line::new("", PlotPoints::from(values.clone())).color(accent).width(2.0).allow_hover(false));
        plot.points(Points::new("", PlotPoints::from(values)).color(accent).radius(3.7).allow_hover(false));
    });
    let same = (tr("as sure as right").to_owned(), theme.text_faint);
    legend(ui, theme, &[(tr("proposals").to_owned(), theme.accent), same]);
}

/// Articles that are done, in the order of confirmation and in groups of the same size, at most [`BARS`] of them.
fn groups(report: &SuggestionReport, wanted: impl Fn(&ArticleReport) -> bool) -> (usize, Vec<Vec<&ArticleReport>>) {
    let done: Vec<&ArticleReport> = report.done().filter(|article| wanted(article)).collect();
    let size = done.len().div_ceil(BARS).max(1);
    (size, done.chunks(size).map(<[_]>::to_vec).collect())
}

/// The name of a group: that of its article, or of its first and last.
fn group_name(group: &[&ArticleReport]) -> String {
    match group {
        [] => String::new(),
        [only] => only.id.to_string(),
        [first, .., last] => format!("{} – {}", first.id, last.id),
    }
}

/// Marks of equal weight, all of which are labelled.
fn marks(values: impl Iterator<Item = f64>) -> Vec<GridMark> {
    values.map(|value| GridMark { value, step_size: 1e6 }).collect()
}

/// Marks at all of a few bars, at every fifth or tenth of many.
fn bar_marks(count: usize) -> Vec<GridMark> {
    let every = match count {
        0..=10 => 1,
        11..=25 => 5,
        _ => 10,
    };
    marks((0..count).filter(|at| *at == 0 || (at + 1) % every == 0).map(place))
}

/// Marks from 0 to `most` at round numbers, at most six.
fn round_marks(most: f64) -> Vec<GridMark> {
    let mut step: f64 = 0.1;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(30) {
        if most / step <= 5.0 {
            break;
        }
        step *= factor;
    }
    marks((0..=5).map(|number| f64::from(number) * step).filter(|value| *value <= most.max(1.0)))
}

/// The tick at a bar: how many articles there are up to its end.
fn ticks(size: usize, count: usize) -> impl Fn(GridMark, &std::ops::RangeInclusive<f64>) -> String {
    move |mark, _| place_of(mark, count).map(|at| ((at + 1) * size).to_string()).unwrap_or_default()
}

/// Shares of accepted, corrected and rejected suggestions by article, in the order of confirmation.
pub fn shares(ui: &mut Ui, theme: &Theme, report: &SuggestionReport) {
    let (size, groups) = groups(report, |article| article.outcomes.decided() > 0);
    if groups.is_empty() {
        return;
    }
    let sums: Vec<crate::session::OutcomeCounts> = groups
        .iter()
        .map(|group| {
            group.iter().fold(Default::default(), |mut sum: crate::session::OutcomeCounts, article| {
                sum.add(article.outcomes);
                sum
            })
        })
        .collect();
    let all = report.outcomes.sum();
    let [accepted, corrected, rejected] =
        all.shares().unwrap_or_default().map(|share| format!("{:.0} %", 100.0 * share));
    let description = fill(
        tr("What became of suggestions: {} accepted as they were, {} corrected, {} rejected; the table has all values"),
        &[&accepted, &corrected, &rejected],
    );
    let fates =
        [(tr("accepted"), theme.good, 190), (tr("corrected"), theme.warning, 120), (tr("rejected"), theme.error, 50)];
    let tip = |at: usize| {
        let (Some(group), Some(sum)) = (groups.get(at), sums.get(at)) else { return String::new() };
        let counts = [sum.accepted, sum.corrected, sum.rejected];
        let lines = fates.iter().zip(counts).map(|((name, ..), count)| format!("{count} {name}"));
        [group_name(group)].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    };
    let mut charts: Vec<BarChart> = Vec::new();
    for (number, (name, color, alpha)) in fates.into_iter().enumerate() {
        let bars = sums.iter().enumerate().map(|(at, sum)| {
            let share = sum.shares().unwrap_or_default().get(number).copied().unwrap_or_default();
            // Colors differ in strength too, for those who can not tell them apart.
            let fill = theme::see_through(color, alpha);
            Bar::new(place(at), share).width(0.86).fill(fill).stroke(Stroke::new(1.0, color))
        });
        let chart = BarChart::new(name, bars.collect()).allow_hover(false);
        let below: Vec<&BarChart> = charts.iter().collect();
        charts.push(chart.stack_on(&below));
    }
    ui.add_space(4.0);
    ui.label(RichText::new(tr("Shares by article, in the order of confirmation")).size(11.5).color(theme.text_faint));
    let count = groups.len();
    let plot = frame(ui, theme, "shares")
        .include_y(0.0)
        .include_y(1.0)
        .include_x(-0.5)
        .include_x(place(groups.len()).max(8.0) - 0.5)
        .x_grid_spacer(move |_| bar_marks(count))
        .x_axis_formatter(ticks(size, groups.len()))
        .y_grid_spacer(|_| marks((0..=4).map(|step| f64::from(step) / 4.0)))
        .y_axis_formatter(|mark, _| format!("{:.0} %", 100.0 * mark.value));
    let places: Vec<f64> = (0..groups.len()).map(place).collect();
    show(ui, plot, &description, &places, tip, move |plot| {
        charts.into_iter().for_each(|chart| plot.bar_chart(chart));
    });
    let entries = fates.map(|(name, color, alpha)| (name.to_owned(), theme::see_through(color, alpha)));
    legend(ui, theme, &entries);
}

/// What is measured of the work on an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    Minutes,
    Actions,
}

/// Minutes or actions by article, in the order of confirmation; means where articles are taken together.
pub fn effort(ui: &mut Ui, theme: &Theme, report: &SuggestionReport, effort: Effort) {
    let value = |article: &ArticleReport| match effort {
        Effort::Minutes => article.minutes(),
        Effort::Actions => Some(place(article.actions)),
    };
    let (size, groups) = groups(report, |article| value(article).is_some());
    if groups.is_empty() {
        return;
    }
    let mean = |group: &[&ArticleReport]| {
        group.iter().filter_map(|article| value(article)).sum::<f64>() / place(group.len().max(1))
    };
    let means: Vec<f64> = groups.iter().map(|group| mean(group)).collect();
    let all: Vec<&ArticleReport> = groups.iter().flatten().copied().collect();
    let (title, unit, name) = match effort {
        Effort::Minutes => (tr("Minutes by article, in the order of confirmation"), tr("minutes"), "minutes"),
        Effort::Actions => (tr("Actions by article, in the order of confirmation"), tr("actions"), "actions"),
    };
    let whole = format!("{:.1} {unit}", mean(&all));
    let values = [title, &whole, &all.len().to_string()];
    let description = fill(tr("{}: a mean of {} over {} articles; the table has all values"), &values);
    let tip = |at: usize| {
        let (Some(group), Some(mean)) = (groups.get(at), means.get(at)) else { return String::new() };
        format!("{}\n{mean:.1} {unit}", group_name(group))
    };
    let color = theme.accent;
    let fill_color = theme::see_through(color, 150);
    let bars: Vec<Bar> = means
        .iter()
        .enumerate()
        .map(|(at, mean)| Bar::new(place(at), *mean).width(0.86).fill(fill_color).stroke(Stroke::new(1.0, color)))
        .collect();
    ui.add_space(4.0);
    ui.label(RichText::new(title).size(11.5).color(theme.text_faint));
    let count = groups.len();
    let most = means.iter().copied().fold(1.0, f64::max);
    let plot = frame(ui, theme, name)
        .include_y(0.0)
        .include_y(1.0)
        .include_x(-0.5)
        .include_x(place(groups.len()).max(8.0) - 0.5)
        .x_grid_spacer(move |_| bar_marks(count))
        .x_axis_formatter(ticks(size, groups.len()))
        .y_grid_spacer(move |_| round_marks(most))
        .y_axis_formatter(|mark, _| format!("{}", (10.0 * mark.value).round() / 10.0));
    let places: Vec<f64> = (0..groups.len()).map(place).collect();
    show(ui, plot, &description, &places, tip, move |plot| {
        plot.bar_chart(BarChart::new("", bars).allow_hover(false));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        let check = |most: f64, expected: &[f64]| {
            let found: Vec<f64> = round_marks(most).iter().map(|mark| (100.0 * mark.value).round() / 100.0).collect();
            assert_eq!(found, expected, "{most}");
        };
        check(0.3, &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5]);
        check(1.6, &[0.0, 0.5, 1.0, 1.5]);
        check(2.0, &[0.0, 0.5, 1.0, 1.5, 2.0]);
        check(47.0, &[0.0, 10.0, 20.0, 30.0, 40.0]);
        check(1234.0, &[0.0, 500.0, 1000.0]);
        let bars = |count| bar_marks(count).iter().map(|mark| mark.value as usize + 1).collect::<Vec<_>>();
        assert_eq!((bars(3), bars(17), bars(31)), (vec![1, 2, 3], vec![1, 5, 10, 15], vec![1, 10, 20, 30]));
    }
}
