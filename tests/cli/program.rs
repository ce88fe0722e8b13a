//! Runs the program and looks at what it says.

use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A text with letters of several bytes, an emoji, a combining mark and text from right to left.
pub const TEXT: &str = "Äpfel aus Köln 😀.\nPräsident Müller besuchte am Dienstag Kursk. שלום e\u{301}t\n";

/// A folder for one test, deleted at its end.
pub struct Folder {
    folder: TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    /// With a project `p` that has the article `artikel`, whose text is [`TEXT`].
    pub fn with_project() -> Self {
        let folder = Self::new();
        folder.write("artikel.txt", TEXT);
        folder.glosse(["new", "p"]).ok();
        folder.glosse(["import", "p", "artikel.txt"]).ok();
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        fs::write(path, content).expect("the file can be written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A run of the program with this folder as its working folder, no display, and `eva` as annotator.
    pub fn glosse<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glosse"));
        command.args(arguments).current_dir(self.folder.path()).env("GLOSSE_ANNOTATOR", "eva");
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env("HOME", self.folder.path());
        Run { command, input: Vec::new() }
    }

    /// The answers of `glosse apply` on the article of [`Folder::with_project`].
    pub fn apply(&self, lines: &[&str]) -> Vec<String> {
        let answer = self.glosse(["apply", "p", "artikel"]).input(&(lines.join("\n") + "\n")).run();
        answer.out.lines().map(str::to_owned).collect()
    }
}

/// A run that was not started yet.
pub struct Run {
    command: Command,
    input: Vec<u8>,
}

impl Run {
    pub fn input(mut self, input: impl AsRef<[u8]>) -> Self {
        self.input = input.as_ref().to_owned();
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn argument(mut self, argument: impl AsRef<Path>) -> Self {
        self.command.arg(argument.as_ref());
        self
    }

    pub fn run(mut self) -> Answer {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("it has an input");
        let input = std::mem::take(&mut self.input);
        // On a thread, because a program that answers while it reads would wait for us. It may also not want the input.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("it ends");
        writer.join().expect("the writer ends");
        Answer {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Runs; the exit code must be 0.
    pub fn ok(self) -> Answer {
        self.run().code(0)
    }

    /// Runs; the exit code must be 2 and standard error must hold all of `parts`.
    pub fn fails(self, parts: &[&str]) {
        self.run().code(2).err(parts);
    }
}

/// What a run said.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "{self:#?}");
        self
    }

    /// Standard output must hold all of these.
    #[track_caller]
    pub fn out(self, parts: &[&str]) -> Self {
        assert!(parts.iter().all(|part| self.out.contains(part)), "{parts:?} in {self:#?}");
        self
    }

    /// Standard error must hold all of these.
    #[track_caller]
    pub fn err(self, parts: &[&str]) -> Self {
        assert!(parts.iter().all(|part| self.err.contains(part)), "{parts:?} in {self:#?}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A folder of the shared test data, where it is there.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("GLOSSE_SHARED") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
    };
    let path = root.join(name);
    path.is_dir().then_some(path)
}
