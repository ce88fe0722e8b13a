//! What a Parquet file says of itself, in Thrift's compact protocol: looked at before the library believes it.
//!
//! Source: <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>, with the structures of
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

/// How deep structures and lists lie in each other at most, in files that are meant well.
const DEPTH: usize = 32;

/// The types of fields; whole numbers of all lengths look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Flag,
    Byte,
    Integer,
    Double,
    Binary,
    List,
    Structure,
}

impl Kind {
    fn of(number: u8) -> Option<Self> {
        Some(match number {
            1 | 2 => Self::Flag,
            3 => Self::Byte,
            4..=6 => Self::Integer,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            12 => Self::Structure,
            _ => return None,
        })
    }
}

/// Goes through a structure.
struct Scanner<'a> {
    bytes: &'a [u8],
    /// How much was read, in bytes.
    at: usize,
    /// The numbers of the fields in which the next one lies.
    path: Vec<i64>,
    /// In how many structures and lists the next value lies.
    depth: usize,
    /// What fields have to be that the library reads without a look at their type.
    expected: fn(&[i64]) -> Option<Kind>,
    /// Is told each whole number by its path, and each item of a list by the path of the list.
    found: &'a mut dyn FnMut(&[i64], i64),
}

impl Scanner<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        let last = self.byte()?;
        (last < 2).then_some(number | u64::from(last) << 63)
    }

    fn integer(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.at = self.at.checked_add(length).filter(|at| *at <= self.bytes.len())?;
        Some(())
    }

    /// `None` if it is none, or none that the library reads in the same way.
    fn structure(&mut self) -> Option<()> {
        let mut field = 0i64;
        loop {
            let head = self.byte()?;
            if head & 15 == 0 {
                return Some(());
            }
            field = match head >> 4 {
                0 => self.integer()?,
                more => field.checked_add(i64::from(more))?,
            };
            let kind = Kind::of(head & 15)?;
            self.path.push(field);
            if (self.expected)(&self.path).is_some_and(|expected| expected != kind) {
                return None;
            }
            if kind != Kind::Flag {
                self.value(kind)?;
            }
            self.path.pop();
        }
    }

    fn value(&mut self, kind: Kind) -> Option<()> {
        match kind {
            Kind::Flag | Kind::Byte => self.skip(1),
            Kind::Double => self.skip(8),
            Kind::Integer => {
                let number = self.integer()?;
                (self.found)(&self.path, number);
                Some(())
            }
            Kind::Binary => {
                let length = self.unsigned()?;
                self.skip(usize::try_from(length).ok()?)
            }
            Kind::Structure => self.deeper(Self::structure),
            Kind::List => self.deeper(Self::list),
        }
    }

    /// Goes through something that holds values. `None` also if it lies too deep: each level takes room on the stack.
    fn deeper(&mut self, through: fn(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        through(self)?;
        self.depth -= 1;
        Some(())
    }

    fn list(&mut self) -> Option<()> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.unsigned()?,
            count => u64::from(count),
        };
        if count == 0 {
            return Some(());
        }
        let kind = Kind::of(head & 15)?;
        for _ in 0..count {
            (self.found)(&self.path, 0);
            self.value(kind)?;
        }
        Some(())
    }
}

/// Goes through the structure with which the bytes begin, and says how long it is, in bytes.
fn scan(bytes: &[u8], expected: fn(&[i64]) -> Option<Kind>, found: &mut dyn FnMut(&[i64], i64)) -> Option<usize> {
    let mut scanner = Scanner { bytes, at: 0, path: Vec::new(), depth: 0, expected, found };
    scanner.structure()?;
    Some(scanner.at)
}

/// What a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageKind {
    Data,
    Dictionary,
    /// Something that readers pass over.
    Other,
}

/// The head of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageHead {
    pub kind: PageKind,
    /// The length of the head itself, in bytes.
    pub length: usize,
    /// The length of what follows it, in bytes.
    pub packed: usize,
    /// How long that claims to become, in bytes.
    pub unpacked: u64,
    /// How many values it claims to hold.
    pub values: u64,
}

impl PageHead {
    /// The head with which the bytes begin.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (mut kind, mut unpacked, mut packed) = (None, None, None);
        let (mut data, mut dictionary) = (0, 0);
        let length = scan(bytes, page_fields, &mut |path, number| match path {
            [1] => kind = Some(number),
            [2] => unpacked = Some(number),
            [3] => packed = Some(number),
            [5 | 8, 1] => data = data.max(number),
            [7, 1] => dictionary = number,
            _ => (),
        })?;
        let (kind, values) = match kind? {
            0 | 3 => (PageKind::Data, data),
            2 => (PageKind::Dictionary, dictionary),
            _ => (PageKind::Other, 0),
        };
        let (packed, unpacked) = (usize::try_from(packed?).ok()?, u64::try_from(unpacked?).ok()?);
        Some(Self { kind, length, packed, unpacked, values: u64::try_from(values).ok()? })
    }
}

/// The fields of a page's head.
fn page_fields(path: &[i64]) -> Option<Kind> {
    match path {
        [1..=4] | [5, 1..=4] | [7, 1 | 2] | [8, 1..=6] => Some(Kind::Integer),
        [5..=8] | [5, 5] | [8, 8] => Some(Kind::Structure),
        [7, 3] | [8, 7] => Some(Kind::Flag),
        _ => None,
    }
}

/// How many columns each node of the schema claims to have, in the order of the description of a file.
pub(super) fn children(description: &[u8]) -> Vec<i64> {
    let mut children = Vec::new();
    // What can not be read is refused by the library, which does not come further either.
    let _ = scan(description, description_fields, &mut |path, number| match path {
        [2] => children.push(0),
        [2, 5] => {
            if let Some(last) = children.last_mut() {
                *last = number;
            }
        }
        _ => (),
    });
    children
}

/// The fields of the description of a file as far as the schema.
fn description_fields(path: &[i64]) -> Option<Kind> {
    match path {
        [1] | [2, 1..=3 | 5..=9] => Some(Kind::Integer),
        [2] => Some(Kind::List),
        [2, 4] => Some(Kind::Binary),
        [2, 10] => Some(Kind::Structure),
        _ => None,
    }
}

/// How many values a block of packed differences claims to have, and how long it is in bytes.
///
/// Source: <https://github.com/apache/parquet-format/blob/master/Encodings.md>, "Delta Encoding".
pub(super) fn differences(bytes: &[u8]) -> Option<(u64, Option<usize>)> {
    let mut scanner = Scanner { bytes, at: 0, path: Vec::new(), depth: 0, expected: |_| None, found: &mut |_, _| () };
    let (block, parts, count) = (scanner.unsigned()?, scanner.unsigned()?, scanner.unsigned()?);
    scanner.integer()?;
    let each = block.checked_div(parts)?;
    let mut end = || {
        let mut left = count.saturating_sub(1);
        while left > 0 {
            scanner.integer()?;
            let mut length = 0u64;
            for _ in 0..parts {
                let width = u64::from(scanner.byte()?);
                if left > 0 {
                    length = length.checked_add(width.checked_mul(each)? / 8)?;
                }
                left = left.saturating_sub(each);
            }
            scanner.skip(usize::try_from(length).ok()?)?;
        }
        Some(scanner.at)
    };
    Some((count, end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_pages_are_read() {
        let check = |bytes: &[u8], expected: Option<(PageKind, usize, u64, u64)>| {
            let mut found = PageHead::read(bytes);
            if let Some(head) = found {
                assert_eq!(head.length, bytes.len() - 2);
                let same = PageHead::read(&bytes[..head.length]);
                assert_eq!(same, found);
                found = PageHead::read(&bytes[..head.length - 1]).or(found);
            }
            assert_eq!(found.map(|head| (head.kind, head.packed, head.unpacked, head.values)), expected);
        };
        // A dictionary of 2 values with 10 bytes in 12.
        check(b"\x15\x04\x15\x14\x15\x18\x4c\x15\x04\x15\x00\x12\x00\x00..", Some((PageKind::Dictionary, 12, 10, 2)));
        // 9 values with statistics, which are passed over.
        let data = b"\x15\x00\x15\x12\x15\x16\x2c\x15\x12\x15\x10\x15\x06\x15\x06\x1c\x36\x00\x28\x01b\x18\x01a\x11\x11\x00\x00\x00..";
        check(data, Some((PageKind::Data, 11, 9, 9)));
        // The second version, and an index.
        check(
            b"\x15\x06\x15\x12\x15\x16\x5c\x15\x0a\x15\x00\x15\x0a\x15\x00\x15\x00\x15\x00\x11\x00\x00..",
            Some((PageKind::Data, 11, 9, 5)),
        );
        check(b"\x15\x02\x15\x12\x15\x16\x3c\x00\x00..", Some((PageKind::Other, 11, 9, 0)));
        // Negative lengths, a type that is not the one of the field, nothing.
        check(b"\x15\x00\x15\x11\x15\x16\x00..", None);
        check(b"\x15\x00\x15\x12\x18\x16\x00..", None);
        check(b"", None);
        // A field whose number is too large for any, structures in structures, lists in lists.
        check(b"\x0c\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\xf5\x00\x00..", None);
        check(&[0x1c; 1_000_000], None);
        check(&[b"\x99".as_slice(), &[0x19; 1_000_000]].concat(), None);
    }

    #[test]
    fn claims_of_differences_are_read() {
        // 128 values in 4 parts; 1 value; then 3 with widths 2 and nothing.
        assert_eq!(differences(b"\x80\x01\x04\x01\x06..."), Some((1, Some(5))));
        assert_eq!(differences(b"\x80\x01\x04\x03\x06\x00\x02\x00\x00\x0012345678..."), Some((3, Some(18))));
        assert_eq!(differences(b"\x80\x01\x04\x03\x06\x00\x02\x00\x00\x001234"), Some((3, None)));
        assert_eq!(differences(b"\x80\x01\x00\x03\x06"), None);
        assert_eq!(differences(b"\x80\x01\x04\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x06"), Some((i64::MAX as u64, None)));
    }
}
