//! A child process that can not run away: bounded reading of what it prints, and an end for it and what it started.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

/// The longest line that is read, in bytes.
pub(super) const LONGEST_LINE: usize = 16 << 20;
/// Bytes of standard error that are remembered: the last ones.
const LAST_WORDS: usize = 4 << 10;
/// How long a child may take to end after it has closed its output.
const FAREWELL: Duration = Duration::from_secs(2);

/// What comes from the standard output of a child.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Printed {
    /// A line without its end.
    Line(Vec<u8>),
    /// A line that is longer than [`LONGEST_LINE`]; nothing more is read.
    TooLong,
}

/// A running child. Dropping it ends it, and with it what it started.
pub(super) struct Running {
    child: Child,
    /// Closed once the output is.
    pub(super) output: mpsc::Receiver<Printed>,
    errors: Arc<Mutex<VecDeque<u8>>>,
    errors_end: mpsc::Receiver<()>,
    status: Option<ExitStatus>,
}

impl Running {
    /// Starts a program in `folder`, and gives the pipe to its input.
    ///
    /// # Errors
    /// If the system can not start it.
    pub(super) fn start(
        command: &str,
        arguments: &[String],
        folder: &Path,
    ) -> std::io::Result<(Self, Option<ChildStdin>)> {
        // Where a program's path counts from is not the same on all systems, so a relative one is completed.
        let beside = folder.join(command);
        let has_folder = command.contains('/') || cfg!(windows) && command.contains('\\');
        let program = if has_folder && beside.is_file() { beside.as_path() } else { Path::new(command) };
        let mut builder = Command::new(program);
        builder.args(arguments).current_dir(folder);
        builder.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Python would hold answers back and might write another encoding than UTF-8.
        builder.env("PYTHONUNBUFFERED", "1").env("PYTHONUTF8", "1");
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut builder, 0);
        let mut child = builder.spawn()?;
        let input = child.stdin.take();
        // Two lines wait at most: a child that prints faster than it is listened to has to wait as well.
        let (sender, output) = mpsc::sync_channel(2);
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || read_lines(stdout, &sender));
        }
        let errors = Arc::new(Mutex::new(VecDeque::new()));
        let (over, errors_end) = mpsc::channel();
        if let Some(stderr) = child.stderr.take() {
            let errors = errors.clone();
            std::thread::spawn(move || {
                remember_last(stderr, &errors);
                drop(over);
            });
        }
        Ok((Self { child, output, errors, errors_end, status: None }, input))
    }

    /// Waits a moment for the child to end by itself, then ends it and what it started. Gives its status.
    pub(super) fn finish(&mut self) -> Option<ExitStatus> {
        let until = Instant::now() + FAREWELL;
        while !self.has_ended() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.end();
        self.status
    }

    /// The last lines that it wrote to standard error, in one line; empty if there are none.
    pub(super) fn last_words(&self) -> String {
        // What it wrote right before its end may still be on its way.
        let _ = self.errors_end.recv_timeout(Duration::from_millis(300));
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(errors.make_contiguous()).into_owned();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = lines.iter().skip(lines.len().saturating_sub(3)).map(|line| line.chars().take(300).collect());
        last.collect::<Vec<String>>().join(" / ")
    }

    /// True if it has ended; it is left for [`Running::end`] to take away, so that its process group is still its own.
    fn has_ended(&mut self) -> bool {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            !matches!(waitid(WaitId::Pid(Pid::from_child(&self.child)), options), Ok(None))
        }
        #[cfg(not(unix))]
        {
            !matches!(self.child.try_wait(), Ok(None))
        }
    }

    /// Ends the child and its process group at once.
    fn end(&mut self) {
        if self.status.is_some() {
            return;
        }
        // It may be gone already: then there is nothing to end, and no error to talk about.
        #[cfg(unix)]
        let _ = rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::KILL,
        );
        let _ = self.child.kill();
        let until = Instant::now() + FAREWELL;
        while self.status.is_none() && Instant::now() < until {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Ok(status) => self.status = status,
                Err(_) => return,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn read_lines(output: impl Read, sender: &mpsc::SyncSender<Printed>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let limit = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX) + 1;
        let read = output.by_ref().take(limit).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) {
            return;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > LONGEST_LINE {
            // Whoever listens ends the child; if nobody does, it is gone.
            let _ = sender.send(Printed::TooLong);
            return;
        }
        if sender.send(Printed::Line(line)).is_err() {
            return;
        }
    }
}

fn remember_last(mut errors: impl Read, last: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = errors.read(&mut buffer) {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        last.extend(buffer.iter().take(count));
        let too_many = last.len().saturating_sub(LAST_WORDS);
        last.drain(..too_many);
    }
}
