//! What to say where the window can not open.

use super::Arguments;
use clap::CommandFactory;
use std::{fmt::Write as _, path::Path, process::ExitCode};

/// Why the window can not open on this project, as far as can be known before trying; `None` if nothing is in the way.
pub fn no_window_reason(project: Option<&Path>) -> Option<String> {
    if let Some(path) = project.filter(|path| !path.exists()) {
        return Some(format!("there is no file or folder and no command {:?}", path.display().to_string()));
    }
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_free_desktop = cfg!(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))));
    let is_missing = is_free_desktop && !has("DISPLAY") && !has("WAYLAND_DISPLAY");
    is_missing.then(|| "there is no display for the window: neither DISPLAY nor WAYLAND_DISPLAY is set".to_owned())
}

/// Says on standard error why there is no window and what works without one.
pub fn no_window(reason: &str) -> ExitCode {
    let mut message = format!("glosse: {reason}\n\nThese commands need no window:\n\n");
    for command in Arguments::command().get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(message, "  glosse {:<9} {about}", command.get_name());
    }
    message += "\n`glosse help COMMAND` says more.";
    eprintln!("{message}");
    ExitCode::from(2)
}
