//! Rules that no compiler checks, over all files of the repository: which room may use which, where colors are named, what
//! may not panic, and that what the documents say is there is there.

use clap::CommandFactory;
use glosse::cli::Arguments;
use regex::Regex;
use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

/// The rooms of the house, from the ground floor up: a room uses only rooms that stand before it.
const ROOMS: [&str; 11] =
    ["text", "model", "edit", "store", "format", "assist", "outside", "compare", "session", "cli", "ui"];

/// What knows the screen. Only `src/ui` may use it.
const SCREEN: &str = r"\b(egui|eframe|epaint|egui_\w+|rfd)::";

/// Files of `src/ui` that name colors: the theme, and what paints pixels.
const COLORED: [&str; 2] = ["src/ui/theme.rs", "src/ui/raster.rs"];

/// Calls that may panic, which only tests may use, with the reason: file, a piece of the line, why it can not happen.
const MAY_PANIC: &[(&str, &str, &str)] = &[];

/// Most lines of a file of code, tests inside it included. About 400 are usual.
const LONGEST: usize = 1000;

/// Longer files, each with the reason.
const LONGER: &[(&str, &str)] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A text file of the repository.
struct File {
    /// From the root, with `/` between folders.
    path: String,
    text: String,
}

impl File {
    /// All text files, without what is built and what belongs to one computer.
    fn all() -> Vec<Self> {
        let mut files = Vec::new();
        let mut folders = vec![root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder can be listed").flatten() {
                let path = entry.path();
                let name = entry.file_name().into_string().expect("names are UTF-8");
                if path.is_dir() {
                    if !["target", ".git", ".glosse"].contains(&name.as_str()) {
                        folders.push(path);
                    }
                } else if name != ".git"
                    && let Ok(text) = fs::read_to_string(&path)
                {
                    let path = path.strip_prefix(root()).expect("it is inside").to_string_lossy().replace('\\', "/");
                    files.push(Self { path, text });
                }
            }
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }

    fn with_ending(ending: &str) -> Vec<Self> {
        Self::all().into_iter().filter(|file| file.path.ends_with(ending)).collect()
    }
}

/// The code of the library and the program, without tests.
static SHIPPED: LazyLock<Vec<Code>> = LazyLock::new(|| {
    let files = File::with_ending(".rs").into_iter().filter(|file| file.path.starts_with("src/"));
    let files: Vec<Code> = files.map(Code::new).collect();
    let tests: BTreeSet<String> = files.iter().flat_map(Code::test_files).collect();
    files.into_iter().filter(|file| !tests.contains(&file.path)).collect()
});

/// Rust code whose comments, texts and tests are blank, in the same places.
struct Code {
    path: String,
    code: String,
    tests: Vec<Range<usize>>,
    original: String,
}

impl Code {
    fn new(file: File) -> Self {
        let mut code = blank(&file.text);
        let tests = test_items(&code);
        for range in &tests {
            let spaces: String =
                code[range.clone()].chars().map(|char| if char == '\n' { '\n' } else { ' ' }).collect();
            code.replace_range(range.clone(), &spaces);
        }
        Self { path: file.path, code, tests, original: file.text }
    }

    /// Files that belong to modules which are only there in tests.
    fn test_files(&self) -> Vec<String> {
        let module = Regex::new(r#"(?:#\[path = "(\w+)\.rs"\]\s*)?\bmod (\w+);"#).expect("it is a pattern");
        let inside = match self.path.strip_suffix("/mod.rs") {
            Some(folder) => folder,
            None => self.path.trim_end_matches(".rs"),
        };
        let beside = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let in_tests = self.tests.iter().filter_map(|range| self.original.get(range.clone()));
        let modules = in_tests.filter_map(|item| module.captures(item));
        let path = |captures: regex::Captures<'_>| match captures.get(1) {
            Some(name) => format!("{beside}/{}.rs", name.as_str()),
            None => format!("{inside}/{}.rs", &captures[2]),
        };
        modules.map(path).collect()
    }

    /// Every place where the pattern is found, as `path:line: the line`.
    fn places(&self, pattern: &str) -> Vec<String> {
        let pattern = Regex::new(pattern).expect("it is a pattern");
        pattern.find_iter(&self.code).map(|found| self.place(found.start())).collect()
    }

    fn place(&self, at: usize) -> String {
        let line = self.code[..at].matches('\n').count();
        format!("{}:{}: {}", self.path, line + 1, self.original.lines().nth(line).unwrap_or_default().trim())
    }

    /// The rooms that the code uses, each with a place.
    fn uses(&self) -> Vec<(String, String)> {
        let path = Regex::new(r"\bcrate::(\w+|\{)").expect("it is a pattern");
        let mut uses = Vec::new();
        for captures in path.captures_iter(&self.code) {
            let found = captures.get(1).expect("the pattern has a group");
            let place = self.place(found.start());
            if found.as_str() != "{" {
                uses.push((found.as_str().to_owned(), place));
                continue;
            }
            // The first word of each part of `{a::{b, c}, d::e}`.
            let mut depth = 0;
            let mut part = String::new();
            for char in self.code[found.start()..].chars() {
                depth += i32::from(char == '{') - i32::from(char == '}');
                match char {
                    ',' | '}' if depth == i32::from(char == ',') => {
                        let room = part.trim_start_matches('{').trim();
                        let room = room.split([':', ' ', '{']).next().unwrap_or_default();
                        if !room.is_empty() {
                            uses.push((room.to_owned(), place.clone()));
                        }
                        part.clear();
                    }
                    other => part.push(other),
                }
                if depth == 0 {
                    break;
                }
            }
        }
        uses
    }
}

/// The code with spaces in the place of comments, texts and characters.
fn blank(text: &str) -> String {
    let pattern =
        r##"(?s)//[^\n]*|/\*.*?\*/|b?r#+".*?"#+|b?r"[^"]*"|b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\\n]|\\[^\n]{1,9}?)'"##;
    let pattern = Regex::new(pattern).expect("it is a pattern");
    let spaces = |captures: &regex::Captures<'_>| -> String {
        captures[0].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
    };
    pattern.replace_all(text, spaces).into_owned()
}

/// What stands behind `#[cfg(test)]`, up to the end of the item.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let mut from = 0;
    while let Some(start) = code[from..].find("#[cfg(test)]").map(|at| from + at) {
        let mut depth = 0;
        let behind = start + "#[cfg(test)]".len();
        let mut end = code.len();
        for (at, char) in code[behind..].char_indices() {
            depth += i32::from("{([".contains(char)) - i32::from("})]".contains(char));
            if depth == 0 && (char == ';' || char == '}') {
                end = behind + at + 1;
                break;
            }
        }
        items.push(start..end);
        from = end;
    }
    items
}

/// Nothing was found, or a message with everything that was.
fn check(findings: Vec<String>, rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n{}", findings.join("\n"));
}

#[test]
fn the_scanner_sees_code_and_nothing_else() {
    let text = "use crate::{text::{a, b}, model::c}; // crate::ui\nfn f() { crate::edit::g(\"crate::cli\", '\"', r#\"x\"#); }\n\
                #[cfg(test)]\nmod tests { fn g() { x.unwrap() } }\nfn h<'a>(x: &'a str) { x.expect() }\n#[cfg(test)]\nmod other;\n\
                #[cfg(test)]\n#[path = \"c_tests.rs\"]\nmod tests;\n";
    let code = Code::new(File { path: "src/store/mod.rs".to_owned(), text: text.to_owned() });
    let rooms: Vec<String> = code.uses().into_iter().map(|(room, _)| room).collect();
    assert_eq!(rooms, ["text", "model", "edit"]);
    assert!(code.places(r"unwrap").is_empty());
    assert_eq!(code.places(r"\.expect\("), ["src/store/mod.rs:5: fn h<'a>(x: &'a str) { x.expect() }"]);
    assert_eq!(code.test_files(), ["src/store/other.rs", "src/store/c_tests.rs"]);
}

#[test]
fn every_file_of_code_says_what_it_is_for() {
    let is_silent = |file: &File| !file.text.starts_with("//! ");
    let silent = File::with_ending(".rs").into_iter().filter(is_silent).map(|file| file.path).collect();
    check(silent, "a file of code begins with `//!` and a sentence that says what it is for");
}

#[test]
fn files_are_short() {
    let exempt = |file: &File| LONGER.iter().any(|(path, _)| *path == file.path);
    let long = File::with_ending(".rs").into_iter().filter(|file| file.text.lines().count() > LONGEST && !exempt(file));
    let long = long.map(|file| format!("{}: {} lines", file.path, file.text.lines().count())).collect();
    check(long, "a file has one concept; divide it");
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let mut findings = Vec::new();
    for file in SHIPPED.iter() {
        let Some((room, _)) = file.path.trim_start_matches("src/").split_once('/') else { continue };
        let floor = ROOMS.iter().position(|other| *other == room);
        let floor = floor.unwrap_or_else(|| panic!("the room {room} has no place in the list ROOMS"));
        for (used, place) in file.uses() {
            match ROOMS.iter().position(|other| *other == used) {
                Some(other) if other <= floor => {}
                _ => findings.push(format!("{place} ({room} uses {used})")),
            }
        }
    }
    check(findings, "a room uses only rooms below it");
}

#[test]
fn only_the_window_knows_the_screen() {
    let others = SHIPPED.iter().filter(|file| !file.path.starts_with("src/ui/"));
    check(others.flat_map(|file| file.places(SCREEN)).collect(), "only src/ui knows egui");
}

#[test]
fn colors_come_from_the_theme() {
    let files = SHIPPED.iter().filter(|file| !COLORED.contains(&&*file.path));
    // `TRANSPARENT` and `PLACEHOLDER` are no colors.
    let named = |file: &Code| file.places(r"\bColor32::(from_|BLACK|WHITE|GRAY|[A-Z]+_[A-Z]+|RED|GREEN|BLUE|YELLOW)");
    let findings = files.flat_map(named).collect();
    check(findings, "colors come from src/ui/theme.rs, so that light and dark both fit");
}

#[test]
fn nothing_that_is_shipped_panics_on_purpose() {
    let pattern = r"\.unwrap\(\)|\.unwrap_err\(\)|\.expect\(|\b(panic|todo|unimplemented|unreachable|dbg)!";
    let is_allowed = |place: &String| {
        MAY_PANIC.iter().any(|(path, piece, _)| place.starts_with(&format!("{path}:")) && place.contains(piece))
    };
    let found = SHIPPED.iter().flat_map(|file| file.places(pattern));
    check(found.filter(|place| !is_allowed(place)).collect(), "handle the error, or list the place with its reason");
}

#[test]
fn no_file_knows_the_computer_it_was_made_on() {
    // In two pieces, so that this file does not find itself.
    let machine = [("/wo", "rk/"), ("/ro", "ot/"), ("/tm", "p/"), ("C:\\", "Users")];
    let left_over = [("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("lorem ", "ipsum")];
    let words: Vec<String> = machine.iter().chain(&left_over).map(|(head, tail)| format!("{head}{tail}")).collect();
    let mut findings = Vec::new();
    for file in File::all().into_iter().filter(|file| !file.path.starts_with("LICENSE")) {
        for (number, line) in (1..).zip(file.text.lines()) {
            let found = words.iter().find(|word| line.contains(word.as_str()));
            findings.extend(found.map(|word| format!("{}:{number}: {word}", file.path)));
        }
    }
    check(findings, "paths of one computer and notes to oneself stay out of the repository");
}

#[test]
fn links_in_documents_lead_somewhere() {
    let link = Regex::new(r#"\]\(([^)\s]+)\)|(?:src|href)="([^"]+)""#).expect("it is a pattern");
    let mut findings = Vec::new();
    for file in File::with_ending(".md") {
        let folder = PathBuf::from(&file.path).parent().map(Path::to_owned).unwrap_or_default();
        let anchors: Vec<String> = file.text.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
        for (number, line) in (1..).zip(file.text.lines()) {
            for captures in link.captures_iter(line) {
                let target = captures.get(1).or(captures.get(2)).map(|target| target.as_str()).unwrap_or_default();
                let leads = match target.strip_prefix('#') {
                    Some(target) => anchors.iter().any(|anchor| anchor == target),
                    None if target.contains("://") => true,
                    None => root().join(&folder).join(target.split('#').next().unwrap_or_default()).exists(),
                };
                if !leads {
                    findings.push(format!("{}:{number}: {target}", file.path));
                }
            }
        }
    }
    check(findings, "a link leads to a file of the repository or to a heading");
}

/// The name by which a heading can be linked to.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|char| char.is_alphanumeric() || *char == ' ' || *char == '-' || *char == '_');
    kept.map(|char| if char == ' ' { '-' } else { char }).collect()
}

#[test]
fn files_and_tests_that_documents_name_exist() {
    let path = Regex::new(r"`((?:src|tests|benches|examples|assets|projects|\.ci)/[\w./-]*)(?:::(\w+))?`")
        .expect("it is a pattern");
    let mut findings = Vec::new();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        for (number, line) in (1..).zip(document(name).lines()) {
            for captures in path.captures_iter(line) {
                let target = root().join(&captures[1]);
                let holds = |test: regex::Match<'_>| {
                    fs::read_to_string(&target).is_ok_and(|code| code.contains(&format!("fn {}(", test.as_str())))
                };
                if !target.exists() || !captures.get(2).is_none_or(holds) {
                    findings.push(format!("{name}:{number}: {}", &captures[0]));
                }
            }
        }
    }
    check(findings, "files and tests that the documents name exist");
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines between two marks of the README.
fn between<'a>(text: &'a str, from: &str, to: &str) -> impl Iterator<Item = &'a str> {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("the README has no {from:?}"));
    let (part, _) = rest.split_once(to).unwrap_or_else(|| panic!("the README has no {to:?} behind {from:?}"));
    part.lines().filter(|line| !line.is_empty())
}

#[test]
fn every_format_has_its_page() {
    let readme = document("README.md");
    let mut findings = Vec::new();
    for format in glosse::format::registry::all() {
        let info = format.info();
        let yes = |flag: bool| if flag { "yes" } else { "no" };
        if info.documentation.trim().len() < 100 {
            findings.push(format!("{} has no page", info.name));
        }
        let row = format!("| `{}` | {} | {} |", info.name, yes(info.reads), yes(info.writes));
        if !readme.contains(&row) {
            findings.push(format!("the table of the README has no row {row}"));
        }
    }
    check(findings, "every format has a page, `src/format/….md`, and a row in the README");
}

#[test]
fn the_readme_names_every_command() {
    let readme = document("README.md");
    let program = Arguments::command();
    let names = program.get_subcommands().map(|command| command.get_name().to_owned());
    let missing = names.filter(|name| !readme.contains(&format!("\nglosse {name} "))).collect();
    check(missing, "every command stands in the README");
}

#[test]
fn the_excerpt_in_the_readme_is_from_the_sample_project() {
    let file = document("projects/sample/annotations/redaktion/01-kursk-besuch.ron");
    let readme = document("README.md");
    let lines = between(&readme, "01-kursk-besuch.ron`:\n\n```ron\n", "```").filter(|line| *line != "…");
    let strange = lines.filter(|line| !file.lines().any(|other| other == *line)).map(str::to_owned).collect();
    check(strange, "the excerpt shows the file as it is");
}

#[cfg(feature = "gui")]
#[test]
fn keys_in_the_readme_are_those_of_the_program() {
    use glosse::ui::{command, keymap::Shortcut};
    let keys: Vec<Shortcut> = command::Command::ALL.iter().filter_map(|command| command.default_shortcut()).collect();
    let readme = document("README.md");
    let key = Regex::new(r"`([^`]+)`").expect("it is a pattern");
    let mut findings = Vec::new();
    for line in between(&readme, "| Key | Does |\n| --- | --- |\n", "\n\n") {
        for captures in key.captures_iter(line).filter(|captures| !["Shift", "Ctrl", "Alt"].contains(&&captures[1])) {
            if !Shortcut::parse(&captures[1]).is_some_and(|shortcut| keys.contains(&shortcut)) {
                findings.push(captures[1].to_owned());
            }
        }
    }
    check(findings, "these keys do nothing");
}

#[test]
fn what_the_readme_shows_is_what_happens() {
    let readme = document("README.md");
    let lines: Vec<&str> = between(&readme, "<!-- apply -->\n```text\n", "```").collect();
    let operations: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with('{')).collect();
    let expected: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("→ ")).collect();
    assert_eq!(operations.len() + expected.len(), lines.len(), "an operation or an answer in each line");

    let folder = tempfile::tempdir().expect("a folder can be made");
    let echo = Regex::new("^echo '(.*)' > (.*)$").expect("it is a pattern");
    let glosse = |arguments: &[&str], input: String| -> String {
        let mut program = Command::new(env!("CARGO_BIN_EXE_glosse"));
        program.args(arguments).current_dir(folder.path()).env("GLOSSE_ANNOTATOR", "eva");
        let mut child = program
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        child.stdin.take().expect("it has an input").write_all(input.as_bytes()).expect("it reads");
        String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("UTF-8")
    };
    let sample = root().join("projects/sample").display().to_string();
    for shown in between(&readme, "```console\n$ ", "```").collect::<Vec<_>>().join("\n").split("\n$ ") {
        let (line, output) = shown.split_once('\n').unwrap_or((shown, ""));
        if let Some(captures) = echo.captures(line) {
            fs::write(folder.path().join(&captures[2]), format!("{}\n", &captures[1]))
                .expect("the file can be written");
            continue;
        }
        let words = line.split(' ').skip(1).map(|word| if word == "projects/sample" { &sample } else { word });
        // A quoted argument has no more than one blank, and no quotes in it.
        let mut arguments: Vec<String> = Vec::new();
        for word in words {
            match arguments.last_mut().filter(|last| last.starts_with('\'') && !last.ends_with('\'')) {
                Some(last) => *last = format!("{last} {word}"),
                None => arguments.push(word.to_owned()),
            }
        }
        let arguments: Vec<&str> = arguments.iter().map(|argument| argument.trim_matches('\'')).collect();
        let answer = glosse(&arguments, String::new());
        assert!(output.is_empty() || answer.trim_end() == output, "{line} prints\n{answer}");
    }
    let answers = glosse(&["apply", "demo", "besuch"], operations.join("\n") + "\n");
    for ((operation, expected), answer) in operations.iter().zip(expected).zip(answers.lines()) {
        assert_eq!(answer, expected, "{operation}");
    }
    assert_eq!(answers.lines().count(), operations.len());

    let reference = document("src/cli/apply/protocol.txt");
    let name = Regex::new(r#"\{"op":"(\w+)""#).expect("it is a pattern");
    let names = |text: &str| name.captures_iter(text).map(|captures| captures[1].to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(&operations.join("\n")), names(&reference), "every operation has its example");
}
