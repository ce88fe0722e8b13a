//! Lines of a file, and readers that know in which line they are.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

/// Longest line that is read; entities of Wikidata have up to some megabytes.
const LONGEST: u64 = 64 << 20;

/// A line of a file.
pub(super) enum Line {
    Text(String),
    /// Not UTF-8, or too long.
    Unreadable(&'static str),
}

/// The next line without its end; `None` at the end of the file.
pub(super) fn next_line(reader: &mut dyn BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    let read = reader.take(LONGEST).read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Ok(None);
    }
    if read as u64 == LONGEST && !bytes.ends_with(b"\n") {
        loop {
            let mut rest = Vec::new();
            if reader.take(LONGEST).read_until(b'\n', &mut rest)? == 0 || rest.ends_with(b"\n") {
                break;
            }
        }
        return Ok(Some(Line::Unreadable("longer than 64 MB")));
    }
    while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.pop();
    }
    Ok(Some(String::from_utf8(bytes).map_or(Line::Unreadable("not UTF-8"), Line::Text)))
}

/// Hands over at most one line at a time, so that whoever reads through a buffer is never ahead of the line that it works on.
pub(super) struct Counting<'a> {
    reader: &'a mut dyn BufRead,
    line: Rc<Cell<u64>>,
    at_start: bool,
}

impl<'a> Counting<'a> {
    /// The reader, and the number of the line that was handed over last, from 1.
    pub(super) fn new(reader: &'a mut dyn BufRead) -> (Self, Rc<Cell<u64>>) {
        let line = Rc::new(Cell::new(0));
        (Self { reader, line: line.clone(), at_start: true }, line)
    }
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let there = self.reader.fill_buf()?;
        let most = there.len().min(buffer.len());
        let end = there.iter().take(most).position(|byte| *byte == b'\n').map_or(most, |place| place + 1);
        if let (Some(into), Some(from)) = (buffer.get_mut(..end), there.get(..end)) {
            into.copy_from_slice(from);
        }
        let ends_line = end > 0 && there.get(end - 1) == Some(&b'\n');
        if self.at_start && end > 0 {
            self.line.set(self.line.get() + 1);
        }
        if end > 0 {
            self.at_start = ends_line;
        }
        self.reader.consume(end);
        Ok(end)
    }
}
