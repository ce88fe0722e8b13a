//! The bundled fonts. Other scripts fall back to what the system has.

use super::theme::family;
use egui::{FontData, FontDefinitions, FontFamily};
use std::sync::Arc;

/// Inter for the interface, IBM Plex Serif for reading, Phosphor for icons; egui's own fonts behind them for symbols.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let mut add = |family: FontFamily, name: &str, data: &'static [u8]| {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(data)));
        let mut list = vec![name.to_owned()];
        list.extend(fallback.iter().cloned());
        fonts.families.insert(family, list);
    };
    add(FontFamily::Proportional, "Inter", include_bytes!("../../assets/fonts/Inter-Regular.otf"));
    add(FontFamily::Name(family::MEDIUM.into()), "Inter Medium", include_bytes!("../../assets/fonts/Inter-Medium.otf"));
    add(
        FontFamily::Name(family::STRONG.into()),
        "Inter SemiBold",
        include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
    );
    add(
        FontFamily::Name(family::READING.into()),
        "IBM Plex Serif",
        include_bytes!("../../assets/fonts/IBMPlexSerif-Regular.ttf"),
    );
    add(
        FontFamily::Name(family::READING_STRONG.into()),
        "IBM Plex Serif SemiBold",
        include_bytes!("../../assets/fonts/IBMPlexSerif-SemiBold.ttf"),
    );
    add(FontFamily::Name(family::ICONS.into()), "Phosphor", include_bytes!("../../assets/fonts/Phosphor.ttf"));
    fonts
}
