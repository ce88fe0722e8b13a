//! The bytes of a `DocBin`: zlib around MessagePack, with the tokens of all documents as one matrix of numbers.

use super::strings::{NewStrings, Strings};
use flate2::{Decompress, FlushDecompress, Status};
use rmpv::{Value, ValueRef, decode::read_value_ref_with_max_depth};
use std::io::{Read, Write};

/// `spacy.attrs`: the columns of the matrix that are read and written.
pub(super) mod attr {
    pub const ORTH: u64 = 65;
    pub const ENT_IOB: u64 = 77;
    pub const ENT_TYPE: u64 = 78;
    pub const ENT_KB_ID: u64 = 452;
    pub const ENT_ID: u64 = 454;
}

/// What is read at most, unpacked.
const LIMIT: u64 = 1 << 30;
/// Files that unpack to no more than this are never taken for a trap.
const HARMLESS: u64 = 64 << 20;
/// No honest file becomes longer than this many times its length.
const RATIO: u64 = 200;
/// How deep values may lie in others.
const DEPTH: u16 = 100;

/// All documents of a file.
#[derive(Clone, Debug)]
pub(super) struct Bin {
    /// What the columns of the tokens are.
    pub attrs: Vec<u64>,
    pub docs: Vec<Doc>,
    pub strings: Strings,
    /// Members that spaCy does not have in version 3.8.
    pub other: Vec<(Value, Value)>,
}

/// One document.
#[derive(Clone, Debug)]
pub(super) struct Doc {
    /// A row of numbers for each token, one behind the other.
    pub tokens: Vec<u64>,
    /// True for each token behind which a space stands.
    pub spaces: Vec<bool>,
    pub cats: Value,
    pub flags: Value,
    pub groups: Vec<Group>,
    pub user_data: Option<Vec<(Value, Value)>>,
}

/// Spans under a name.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub keys: Vec<String>,
    pub name: String,
    pub attrs: Value,
    pub spans: Vec<GroupSpan>,
}

/// A span of a group: numbers of strings, and its place in tokens and in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupSpan {
    pub id: u64,
    pub kb_id: u64,
    pub label: u64,
    pub start: i32,
    pub end: i32,
    pub start_char: i32,
    pub end_char: i32,
}

impl Doc {
    /// How many tokens it has.
    pub(super) fn len(&self) -> usize {
        self.spaces.len()
    }
}

/// True if the bytes begin like a `DocBin`.
pub(super) fn is_bin(bytes: &[u8]) -> bool {
    let mut start = [0; 512];
    let mut unpacked = flate2::read::ZlibDecoder::new(bytes);
    let mut count = 0;
    while let Some(free) = start.get_mut(count..).filter(|free| !free.is_empty()) {
        match unpacked.read(free) {
            Ok(0) | Err(_) => break,
            Ok(more) => count += more,
        }
    }
    let has = |name: &[u8]| start.windows(name.len()).any(|window| window == name);
    // A map whose first members are the version and the columns.
    start.first().is_some_and(|first| matches!(first, 0x80..=0x8f | 0xde | 0xdf)) && has(b"attrs") && has(b"version")
}

/// Bytes that are unpacked at a time.
const STEP: usize = 1 << 18;

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let limit = (bytes.len() as u64).saturating_mul(RATIO).clamp(HARMLESS, LIMIT);
    let mut unpacked = Vec::new();
    let mut unpacker = Decompress::new(true);
    loop {
        unpacked.reserve(STEP);
        let (read, made) = (unpacker.total_in(), unpacked.len());
        let rest = usize::try_from(read).ok().and_then(|read| bytes.get(read..)).unwrap_or_default();
        let status = unpacker.decompress_vec(rest, &mut unpacked, FlushDecompress::None);
        if unpacked.len() as u64 > limit {
            return Err(format!("it unpacks to more than {} MiB and was refused", limit >> 20));
        }
        match status {
            Ok(Status::StreamEnd) => return Ok(unpacked),
            Ok(_) if unpacker.total_in() > read || unpacked.len() > made => {}
            Ok(_) => return Err("it can not be unpacked: it ends too early".to_owned()),
            Err(error) => return Err(format!("it can not be unpacked: {error}")),
        }
    }
}

fn parse(mut bytes: &[u8]) -> Option<Value> {
    rmpv::decode::read_value_with_max_depth(&mut bytes, usize::from(DEPTH)).ok()
}

/// The member of a map.
pub(super) fn member<'v>(map: &'v [(Value, Value)], name: &str) -> Option<&'v Value> {
    map.iter().find(|(key, _)| text(key) == Some(name)).map(|(_, value)| value)
}

/// A string, also one that was written as bytes.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => text.as_str(),
        Value::Binary(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

impl Bin {
    /// Takes the bytes of a file apart; what single documents have wrong is told in `warn`.
    ///
    /// # Errors
    /// If the tokens can not be told apart.
    pub(super) fn parse(bytes: &[u8], warn: &mut dyn FnMut(String)) -> Result<Self, String> {
        let unpacked = unpack(bytes)?;
        // Most of it is numbers, which are not copied.
        let whole = read_value_ref_with_max_depth(&mut unpacked.as_slice(), usize::from(DEPTH));
        let Ok(ValueRef::Map(members)) = whole else { return Err("it holds no map in MessagePack".to_owned()) };
        let member = |name: &str| members.iter().find(|(key, _)| text_of(key) == Some(name)).map(|(_, value)| value);
        let list = |name: &str| match member(name) {
            Some(ValueRef::Array(list)) => list.as_slice(),
            _ => &[],
        };
        let bytes = |name: &str| member(name).and_then(bytes_of).ok_or_else(|| format!("it has no {name:?}"));
        let attrs: Vec<u64> = list("attrs").iter().filter_map(ValueRef::as_u64).collect();
        if attrs.is_empty() || attrs.len() != list("attrs").len() || !attrs.contains(&attr::ORTH) {
            return Err("its \"attrs\" do not name the words of the tokens".to_owned());
        }
        let (rows, _) = bytes("tokens")?.as_chunks::<8>();
        let mut rows = rows.chunks_exact(attrs.len());
        let mut spaces = bytes("spaces")?.iter();
        let (lengths, _) = bytes("lengths")?.as_chunks::<4>();
        let mut docs = Vec::new();
        for (index, length) in lengths.iter().enumerate() {
            let length = usize::try_from(i32::from_le_bytes(*length)).unwrap_or(0);
            if length > rows.len() || length > spaces.len() {
                return Err(format!("it has fewer tokens than document {index} should have"));
            }
            let tokens = rows.by_ref().take(length).flatten().map(|number| u64::from_le_bytes(*number)).collect();
            let spaces = spaces.by_ref().take(length).map(|flag| *flag != 0).collect();
            let nth = |name: &str| list(name).get(index);
            let map = |name: &str| nth(name).map_or_else(|| Value::Map(Vec::new()), ValueRef::to_owned);
            let packed = |name: &str| nth(name).and_then(only_bytes);
            docs.push(Doc {
                tokens,
                spaces,
                cats: map("cats"),
                flags: map("flags"),
                groups: groups(packed("span_groups"), &mut |problem| warn(format!("document {index}: {problem}"))),
                user_data: packed("user_data").and_then(parse).and_then(|value| match value {
                    Value::Map(map) => Some(map),
                    _ => None,
                }),
            });
        }
        let strings = Strings::new(list("strings").iter().filter_map(text_of).map(str::to_owned).collect());
        const KNOWN: [&str; 10] =
            ["version", "attrs", "tokens", "spaces", "lengths", "strings", "cats", "flags", "span_groups", "user_data"];
        let other = members.iter().filter(|(key, _)| text_of(key).is_none_or(|key| !KNOWN.contains(&key)));
        let other = other.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(Self { attrs, docs, strings, other })
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// If there are more tokens in a document than the format can count.
    pub(super) fn write(self, strings: NewStrings) -> Result<Vec<u8>, String> {
        let (mut tokens, mut spaces, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        let (mut cats, mut flags, mut groups, mut user_data) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for doc in self.docs {
            let length = i32::try_from(doc.len()).map_err(|_| "a document has too many tokens".to_owned())?;
            lengths.extend(length.to_le_bytes());
            tokens.extend(doc.tokens.iter().flat_map(|number| number.to_le_bytes()));
            spaces.extend(doc.spaces.iter().map(|flag| u8::from(*flag)));
            cats.push(doc.cats);
            flags.push(doc.flags);
            groups.push(Value::Binary(groups_to_bytes(doc.groups)?));
            user_data.push(match doc.user_data {
                Some(map) => Value::Binary(to_bytes(&Value::Map(map))?),
                None => Value::Nil,
            });
        }
        let mut members = vec![
            (Value::from("version"), Value::from("0.1")),
            (Value::from("attrs"), self.attrs.into_iter().map(Value::from).collect::<Vec<_>>().into()),
            (Value::from("tokens"), Value::Binary(tokens)),
            (Value::from("spaces"), Value::Binary(spaces)),
            (Value::from("lengths"), Value::Binary(lengths)),
            (Value::from("strings"), strings.into_sorted().map(Value::from).collect::<Vec<_>>().into()),
            (Value::from("cats"), Value::Array(cats)),
            (Value::from("flags"), Value::Array(flags)),
            (Value::from("span_groups"), Value::Array(groups)),
        ];
        if user_data.iter().any(|data| *data != Value::Nil) {
            members.push((Value::from("user_data"), Value::Array(user_data)));
        }
        members.extend(self.other);
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        let packed = packer.write_all(&to_bytes(&Value::Map(members))?).and_then(|()| packer.finish());
        packed.map_err(|error| error.to_string())
    }
}

/// The bytes of a string, or of bytes.
fn bytes_of<'v>(value: &'v ValueRef<'_>) -> Option<&'v [u8]> {
    match value {
        ValueRef::Binary(bytes) => Some(bytes),
        ValueRef::String(text) => Some(text.as_bytes()),
        _ => None,
    }
}

/// A string, also one that was written as bytes.
fn text_of<'v>(value: &'v ValueRef<'_>) -> Option<&'v str> {
    std::str::from_utf8(bytes_of(value)?).ok()
}

/// Bytes that are MessagePack themselves.
fn only_bytes<'v>(value: &'v ValueRef<'_>) -> Option<&'v [u8]> {
    match value {
        ValueRef::Binary(bytes) if !bytes.is_empty() => Some(bytes),
        _ => None,
    }
}

fn to_bytes(value: &Value) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The span groups of a document: a map from the packed group to its keys, or in old files a list of groups.
fn groups(bytes: Option<&[u8]>, warn: &mut dyn FnMut(String)) -> Vec<Group> {
    let mut found = Vec::new();
    let mut add = |packed: &Value, keys: Vec<String>| match group(packed, keys) {
        Some(group) => found.push(group),
        None => warn("a span group can not be read and was left out".to_owned()),
    };
    match bytes.and_then(parse) {
        Some(Value::Map(members)) => {
            for (packed, keys) in &members {
                let keys = keys.as_array().into_iter().flatten().filter_map(text).map(str::to_owned);
                add(packed, keys.collect());
            }
        }
        Some(Value::Array(list)) => list.iter().for_each(|packed| add(packed, Vec::new())),
        _ => {}
    }
    found
}

fn group(value: &Value, keys: Vec<String>) -> Option<Group> {
    let bytes = match value {
        Value::Binary(bytes) => bytes.as_slice(),
        Value::String(text) => text.as_bytes(),
        _ => return None,
    };
    let Some(Value::Map(members)) = parse(bytes) else { return None };
    let name = member(&members, "name").and_then(text).unwrap_or_default().to_owned();
    let attrs = member(&members, "attrs").cloned().unwrap_or_else(|| Value::Map(Vec::new()));
    let spans = member(&members, "spans")?.as_array()?.iter();
    let spans = spans.map(|span| match span {
        Value::Binary(bytes) => GroupSpan::parse(bytes),
        _ => None,
    });
    let keys = if keys.is_empty() { vec![name.clone()] } else { keys };
    Some(Group { keys, name, attrs, spans: spans.collect::<Option<_>>()? })
}

fn groups_to_bytes(groups: Vec<Group>) -> Result<Vec<u8>, String> {
    let mut members: Vec<(Value, Value)> = Vec::new();
    for group in groups {
        let spans = group.spans.iter().map(|span| Value::Binary(span.to_bytes())).collect::<Vec<_>>();
        let keys = group.keys.into_iter().map(Value::from).collect::<Vec<_>>();
        let packed = to_bytes(&Value::Map(vec![
            (Value::from("name"), Value::from(group.name)),
            (Value::from("attrs"), group.attrs),
            (Value::from("spans"), spans.into()),
        ]))?;
        members.push((Value::Binary(packed), keys.into()));
    }
    if members.is_empty() { to_bytes(&Value::Array(Vec::new())) } else { to_bytes(&Value::Map(members)) }
}

impl GroupSpan {
    /// `struct.unpack(">QQQllll", …)`
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (numbers, places) = bytes.split_at_checked(24)?;
        let ([id, kb_id, label], []) = numbers.as_chunks::<8>() else { return None };
        let ([start, end, start_char, end_char], []) = places.as_chunks::<4>() else { return None };
        Some(Self {
            id: u64::from_be_bytes(*id),
            kb_id: u64::from_be_bytes(*kb_id),
            label: u64::from_be_bytes(*label),
            start: i32::from_be_bytes(*start),
            end: i32::from_be_bytes(*end),
            start_char: i32::from_be_bytes(*start_char),
            end_char: i32::from_be_bytes(*end_char),
        })
    }

    fn to_bytes(self) -> Vec<u8> {
        let numbers = [self.id, self.kb_id, self.label].into_iter().flat_map(u64::to_be_bytes);
        let places = [self.start, self.end, self.start_char, self.end_char].into_iter().flat_map(i32::to_be_bytes);
        numbers.chain(places).collect()
    }
}
