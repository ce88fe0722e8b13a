//! Colours, sizes and type of the window: the only place that names them.

use crate::model::{Color, Schema};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Visuals};
use std::collections::BTreeMap;

/// Sizes in points at 100 % zoom.
pub mod size {
    /// Height of the bar at the top.
    pub const BAR: f32 = 44.0;
    /// Height of the status line.
    pub const STATUS: f32 = 24.0;
    /// Reading text.
    pub const READING: f32 = 17.5;
    /// Reading text: distance of lines, as a multiple of the type size.
    pub const READING_LEADING: f32 = 1.65;
    /// Widest reading column, in type sizes; about 72 characters.
    pub const COLUMN: f32 = 34.5;
    /// Interface text.
    pub const BODY: f32 = 13.0;
    /// Labels on tags and chips.
    pub const TAG: f32 = 9.0;
    /// Distance of the bars under spans that stack.
    pub const LANE: f32 = 4.0;
    /// Thickness of the bar under a span.
    pub const BAR_THICKNESS: f32 = 2.0;
    /// Distance of relation arcs that stack.
    pub const ARC_LANE: f32 = 17.0;
    /// Below this window width the inspector lies below the text.
    pub const NARROW: f32 = 1000.0;
    /// Below this window width the list of articles lies over the text too, once it is asked for.
    pub const TIGHT: f32 = 700.0;
    /// Below this height of article and table together the table is a strip of a few rows, and the labels take one line.
    pub const LOW: f32 = 620.0;
    /// Height that an article keeps beside a table, as long as there is so much: six lines and a head.
    pub const SIX_LINES: f32 = 276.0;
    /// Height of the labels over the article in one line.
    pub const LABELS: f32 = 34.0;
    /// Height of the labels in three lines, which they take in a narrow window.
    pub const MANY_LABELS: f32 = 90.0;
}

/// Family names of the bundled fonts.
pub mod family {
    pub const READING: &str = "reading";
    pub const READING_STRONG: &str = "reading-strong";
    pub const MEDIUM: &str = "medium";
    pub const STRONG: &str = "strong";
    pub const ICONS: &str = "icons";
}

/// The colours of one appearance, light or dark.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    pub dark: bool,
    /// Behind the article.
    pub page: Color32,
    /// Behind side panels and bars.
    pub panel: Color32,
    /// Behind raised things: cards, chips, text fields.
    pub raised: Color32,
    pub hover: Color32,
    pub border: Color32,
    /// Around what can be used: fields, boxes to tick, buttons.
    pub outline: Color32,
    pub text: Color32,
    pub text_weak: Color32,
    pub text_faint: Color32,
    pub accent: Color32,
    pub on_accent: Color32,
    /// Behind selected text.
    pub selection: Color32,
    pub good: Color32,
    pub warning: Color32,
    pub error: Color32,
}

impl Theme {
    pub fn light() -> Self {
        Self {
            dark: false,
            page: oklch(0.992, 0.004, 85.0),
            panel: oklch(0.968, 0.004, 85.0),
            raised: oklch(1.0, 0.0, 0.0),
            hover: oklch(0.935, 0.006, 85.0),
            border: oklch(0.895, 0.006, 85.0),
            outline: oklch(0.665, 0.008, 85.0),
            text: oklch(0.25, 0.012, 265.0),
            text_weak: oklch(0.45, 0.012, 265.0),
            text_faint: oklch(0.58, 0.01, 265.0),
            accent: oklch(0.50, 0.15, 262.0),
            on_accent: oklch(0.99, 0.0, 0.0),
            selection: oklch(0.925, 0.032, 255.0),
            good: oklch(0.50, 0.12, 150.0),
            warning: oklch(0.54, 0.13, 65.0),
            error: oklch(0.52, 0.19, 27.0),
        }
    }

    pub fn dark() -> Self {
        Self {
            dark: true,
            page: oklch(0.205, 0.006, 265.0),
            panel: oklch(0.235, 0.007, 265.0),
            raised: oklch(0.285, 0.008, 265.0),
            hover: oklch(0.32, 0.01, 265.0),
            border: oklch(0.345, 0.01, 265.0),
            outline: oklch(0.56, 0.01, 265.0),
            text: oklch(0.92, 0.006, 85.0),
            text_weak: oklch(0.76, 0.008, 85.0),
            text_faint: oklch(0.66, 0.008, 85.0),
            accent: oklch(0.74, 0.11, 258.0),
            on_accent: oklch(0.18, 0.02, 265.0),
            selection: oklch(0.36, 0.055, 258.0),
            good: oklch(0.76, 0.12, 150.0),
            warning: oklch(0.80, 0.12, 75.0),
            error: oklch(0.74, 0.14, 25.0),
        }
    }

    /// Sets egui's own widgets to this appearance.
    pub fn apply(&self, context: &egui::Context) {
        let mut style = Style { visuals: self.visuals(), ..Style::default() };
        style.text_styles = BTreeMap::from([
            (TextStyle::Small, FontId::new(11.0, FontFamily::Proportional)),
            (TextStyle::Body, FontId::new(size::BODY, FontFamily::Proportional)),
            (TextStyle::Button, FontId::new(size::BODY, FontFamily::Proportional)),
            (TextStyle::Heading, FontId::new(16.0, FontFamily::Name(family::STRONG.into()))),
            (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
        ]);
        style.spacing.item_spacing = egui::vec2(8.0, 6.0);
        style.spacing.button_padding = egui::vec2(8.0, 3.0);
        style.spacing.interact_size.y = 24.0;
        style.spacing.menu_margin = Margin::same(6);
        style.spacing.window_margin = Margin::same(16);
        // Lists that open are laid out in this height first, and cut to it; the window bounds them anyway.
        style.spacing.default_area_size.y = 2000.0;
        style.interaction.tooltip_delay = 0.3;
        style.animation_time = 0.1;
        context.set_theme(if self.dark { egui::Theme::Dark } else { egui::Theme::Light });
        context.all_styles_mut(|other| *other = style.clone());
    }

    fn visuals(&self) -> Visuals {
        let mut visuals = if self.dark { Visuals::dark() } else { Visuals::light() };
        let radius = CornerRadius::same(5);
        visuals.panel_fill = self.panel;
        visuals.window_fill = self.raised;
        visuals.window_stroke = Stroke::new(1.0, self.border);
        visuals.window_corner_radius = CornerRadius::same(10);
        visuals.menu_corner_radius = CornerRadius::same(8);
        visuals.extreme_bg_color = self.raised;
        visuals.text_edit_bg_color = Some(if self.dark { self.page } else { self.raised });
        visuals.faint_bg_color = self.hover;
        visuals.selection.bg_fill = self.selection;
        visuals.selection.stroke = Stroke::new(1.5, self.accent);
        visuals.hyperlink_color = self.accent;
        visuals.warn_fg_color = self.warning;
        visuals.error_fg_color = self.error;
        visuals.override_text_color = None;
        let shade = Color32::from_black_alpha(if self.dark { 110 } else { 28 });
        visuals.window_shadow = egui::Shadow { offset: [0, 8], blur: 28, spread: 0, color: shade };
        visuals.popup_shadow = egui::Shadow { offset: [0, 4], blur: 16, spread: 0, color: shade };
        let widgets = &mut visuals.widgets;
        for (state, fill, border, text) in [
            (&mut widgets.noninteractive, self.panel, self.border, self.text),
            (&mut widgets.inactive, self.raised, self.outline, self.text),
            (&mut widgets.hovered, self.hover, self.text_faint, self.text),
            (&mut widgets.active, self.selection, self.accent, self.text),
            (&mut widgets.open, self.hover, self.border, self.text),
        ] {
            state.bg_fill = fill;
            state.weak_bg_fill = fill;
            state.bg_stroke = Stroke::new(1.0, border);
            state.fg_stroke = Stroke::new(1.0, text);
            state.corner_radius = radius;
            state.expansion = 0.0;
        }
        visuals
    }

    /// The colours of the label with this position in the schema, or with this chosen colour.
    pub fn label_colors(&self, position: usize, chosen: Option<Color>) -> LabelColors {
        let (hue, chroma, step) = match chosen {
            Some(color) => {
                let (_, chroma, hue) = oklch_from_srgb(color);
                (hue, chroma.min(0.16), 0.0)
            }
            None => (palette_hue(position), 0.13, if position / HUES.len() % 2 == 1 { 1.0 } else { 0.0 }),
        };
        // A grey choice stays grey.
        let tint_chroma = (chroma * 0.48).min(0.065);
        LabelColors {
            tint: match self.dark {
                false => oklch(0.925 - 0.03 * step, tint_chroma, hue),
                true => oklch(0.335 + 0.03 * step, tint_chroma, hue),
            },
            bar: match self.dark {
                false => oklch(0.60 - 0.10 * step, chroma, hue),
                true => oklch(0.74 - 0.08 * step, chroma, hue),
            },
            text: match self.dark {
                false => oklch(0.42, chroma.min(0.11), hue),
                true => oklch(0.84, chroma.min(0.09), hue),
            },
            pattern: match position % 4 {
                0 => BarPattern::Solid,
                1 => BarPattern::Notched,
                2 => BarPattern::Double,
                _ => BarPattern::Dotted,
            },
        }
    }
}

/// The color with this opacity, from 0 to 255.
pub fn see_through(color: Color32, alpha: u8) -> Color32 {
    let [red, green, blue, _] = color.to_array();
    Color32::from_rgba_unmultiplied(red, green, blue, alpha)
}

/// The colours of one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelColors {
    /// Behind the text.
    pub tint: Color32,
    /// The bar under the text, dots in lists.
    pub bar: Color32,
    /// Writing in the label's colour.
    pub text: Color32,
    pub pattern: BarPattern,
}

/// How the bar under a span is drawn, so that colour is not the only sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarPattern {
    Solid,
    /// A small gap every now and then.
    Notched,
    /// Two thin lines.
    Double,
    Dotted,
}

/// The colours of all labels, relations and document labels of a schema, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelPalette {
    colors: BTreeMap<crate::model::Name, LabelColors>,
    fallback: Option<LabelColors>,
}

impl LabelPalette {
    pub fn new(theme: &Theme, schema: &Schema) -> Self {
        let labels = schema.labels.iter().map(|label| (&label.name, label.color));
        let others = schema
            .relations
            .iter()
            .map(|relation| (&relation.name, relation.color))
            .chain(schema.document_labels.iter().map(|label| (&label.name, label.color)));
        let mut colors: BTreeMap<_, _> = others
            .enumerate()
            .map(|(position, (name, chosen))| (name.clone(), theme.label_colors(position + 5, chosen)))
            .collect();
        colors.extend(
            labels.enumerate().map(|(position, (name, chosen))| (name.clone(), theme.label_colors(position, chosen))),
        );
        let grey = Color { red: 128, green: 128, blue: 128 };
        Self { colors, fallback: Some(theme.label_colors(0, Some(grey))) }
    }

    /// Grey for names that the schema does not know.
    pub fn get(&self, name: &str) -> LabelColors {
        self.colors.get(name).copied().or(self.fallback).unwrap_or(LabelColors {
            tint: Color32::GRAY,
            bar: Color32::GRAY,
            text: Color32::GRAY,
            pattern: BarPattern::Solid,
        })
    }
}

/// Hues in degrees, neighbours in the list far apart on the wheel.
const HUES: [f32; 16] =
    [255.0, 55.0, 150.0, 350.0, 295.0, 100.0, 205.0, 25.0, 175.0, 325.0, 75.0, 275.0, 125.0, 5.0, 230.0, 310.0];

/// Colours to choose from for a label, around the wheel, and a grey. Only hue and chroma count, see
/// [`Theme::label_colors`].
pub fn picker_colors() -> impl Iterator<Item = Color> {
    let hues = (0u8..26).map(|step| oklch(0.62, 0.14, f32::from(step) * 360.0 / 26.0));
    hues.chain([oklch(0.62, 0.0, 0.0)]).map(|color| {
        let [red, green, blue, _] = color.to_array();
        Color { red, green, blue }
    })
}

fn palette_hue(position: usize) -> f32 {
    let hue = HUES.get(position % HUES.len()).copied().unwrap_or(0.0);
    hue + 11.0 * ((position / HUES.len()) % 3) as f32
}

/// The sRGB colour of an OKLCH one; chroma is reduced until it fits.
///
/// Formula: Björn Ottosson, A perceptual color space for image processing (2020).
pub fn oklch(lightness: f32, chroma: f32, hue_degrees: f32) -> Color32 {
    let mut chroma = chroma;
    loop {
        let linear = linear_from_oklch(lightness, chroma, hue_degrees);
        let fits = linear.iter().all(|channel| (-0.001..=1.001).contains(channel));
        if fits || chroma <= 0.0 {
            let [red, green, blue] = linear.map(|channel| {
                let channel = channel.clamp(0.0, 1.0);
                let encoded =
                    if channel <= 0.003_130_8 { 12.92 * channel } else { 1.055 * channel.powf(1.0 / 2.4) - 0.055 };
                (encoded * 255.0).round() as u8
            });
            return Color32::from_rgb(red, green, blue);
        }
        chroma = (chroma - 0.005).max(0.0);
    }
}

fn linear_from_oklch(lightness: f32, chroma: f32, hue_degrees: f32) -> [f32; 3] {
    let (sin, cos) = hue_degrees.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let long = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let medium = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let short = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_94 * short,
        -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_4 * short,
        -0.004_196_086_3 * long - 0.703_418_6 * medium + 1.707_614_7 * short,
    ]
}

/// Lightness, chroma and hue in degrees of an sRGB colour.
fn oklch_from_srgb(color: Color) -> (f32, f32, f32) {
    let [red, green, blue] = [color.red, color.green, color.blue].map(|channel| {
        let channel = f32::from(channel) / 255.0;
        if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    let long = (0.412_221_47 * red + 0.536_332_5 * green + 0.051_445_99 * blue).cbrt();
    let medium = (0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue).cbrt();
    let short = (0.088_302_46 * red + 0.281_718_84 * green + 0.629_978_7 * blue).cbrt();
    let lightness = 0.210_454_26 * long + 0.793_617_8 * medium - 0.004_072_047 * short;
    let a = 1.977_998_5 * long - 2.428_592_2 * medium + 0.450_593_7 * short;
    let b = 0.025_904_037 * long + 0.782_771_77 * medium - 0.808_675_77 * short;
    (lightness, a.hypot(b), b.atan2(a).to_degrees())
}

/// A font of the interface.
pub fn medium(points: f32) -> FontId {
    FontId::new(points, FontFamily::Name(family::MEDIUM.into()))
}

pub fn strong(points: f32) -> FontId {
    FontId::new(points, FontFamily::Name(family::STRONG.into()))
}

pub fn reading(points: f32) -> FontId {
    FontId::new(points, FontFamily::Name(family::READING.into()))
}

pub fn reading_strong(points: f32) -> FontId {
    FontId::new(points, FontFamily::Name(family::READING_STRONG.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f32 {
        let [red, green, blue, _] = color.to_array().map(|channel| {
            let channel = f32::from(channel) / 255.0;
            if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_is_readable_on_every_tint() {
        for theme in [Theme::light(), Theme::dark()] {
            assert!(contrast(theme.text, theme.page) >= 7.0);
            assert!(contrast(theme.text_weak, theme.panel) >= 4.5);
            for position in 0..32 {
                let colors = theme.label_colors(position, None);
                let ratio = contrast(theme.text, colors.tint);
                assert!(ratio >= 7.0, "label {position}, dark {}: {ratio}", theme.dark);
                assert!(contrast(colors.text, theme.page) >= 4.5, "tag {position}, dark {}", theme.dark);
            }
        }
    }

    #[test]
    fn fields_and_boxes_are_seen_before_they_are_touched() {
        for theme in [Theme::light(), Theme::dark()] {
            let ratio = contrast(theme.outline, theme.raised);
            assert!(ratio >= 3.0, "dark {}: {ratio}", theme.dark);
        }
    }

    #[test]
    fn what_has_the_keyboard_is_seen_on_every_ground() {
        for theme in [Theme::light(), Theme::dark()] {
            for ground in [theme.page, theme.panel, theme.raised, theme.hover, theme.selection] {
                assert!(contrast(theme.accent, ground) >= 3.0, "dark {}: {ground:?}", theme.dark);
            }
        }
    }

    #[test]
    fn thirty_two_labels_look_different() {
        for theme in [Theme::light(), Theme::dark()] {
            let looks: Vec<_> = (0..32).map(|position| theme.label_colors(position, None)).collect();
            for (index, one) in looks.iter().enumerate() {
                for other in looks.iter().skip(index + 1) {
                    assert!(one.bar != other.bar && (one.tint != other.tint || one.pattern != other.pattern));
                }
            }
        }
    }

    #[test]
    fn colors_come_back_from_oklch() {
        let color = Color { red: 200, green: 80, blue: 40 };
        let (lightness, chroma, hue) = oklch_from_srgb(color);
        assert_eq!(oklch(lightness, chroma, hue), Color32::from_rgb(200, 80, 40));
    }
}
