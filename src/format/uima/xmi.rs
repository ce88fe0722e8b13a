//! XMI: feature structures as XML elements, their features as attributes.

use super::{
    cas::{Cas, Form, Id, Structure, Value, View},
    types::{TypeSystem, local},
};
use crate::model::Name;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt::Write,
};

const XMI: &str = "http://www.omg.org/XMI";
const NO_PACKAGE: &str = "http:///uima/noNamespace.ecore";

/// What is wrong with a file, and the line.
pub(super) type Fault = (Option<usize>, String);

/// A CAS and what had to be changed to read it.
pub(super) fn read(xml: &str, types: TypeSystem) -> Result<(Cas, Vec<Fault>), Fault> {
    let mut problems = Vec::new();
    // XML 1.1 can name characters that XML 1.0 can not; what stands instead is as wide, so that offsets stay right.
    let mended = mend(xml);
    if matches!(mended, Cow::Owned(_)) {
        problems.push((None, "characters that XML can not hold were replaced by U+FFFD".to_owned()));
    }
    let document = roxmltree::Document::parse(&mended).map_err(|error| fault(&error))?;
    Ok((structures(&document, types, &mut problems)?, problems))
}

fn fault(error: &roxmltree::Error) -> Fault {
    let line = usize::try_from(error.pos().row).ok();
    (line, format!("it is no XML that can be read: {error}"))
}

fn structures(document: &roxmltree::Document<'_>, types: TypeSystem, problems: &mut Vec<Fault>) -> Result<Cas, Fault> {
    let root = document.root_element();
    if root.tag_name().name() != "XMI" {
        return Err((None, format!("it has <{}> where <xmi:XMI> should be", root.tag_name().name())));
    }
    let lines = Lines::new(document.input_text());
    let prefixes = root.namespaces().filter_map(|space| Some((space.name()?.to_owned(), space.uri().to_owned())));
    let mut cas = Cas { types, form: Form { prefixes: prefixes.collect(), ..Form::default() }, ..Cas::default() };
    let mut names = Pool::default();
    let mut kinds: HashMap<(&str, &str), Name> = HashMap::new();
    for element in root.children().filter(roxmltree::Node::is_element) {
        let tag = element.tag_name();
        let space = tag.namespace().unwrap_or_default();
        let line = lines.at(element.range().start);
        let kind = kinds.entry((space, tag.name())).or_insert_with(|| type_name(space, tag.name()));
        if &**kind == "uima.cas.View" {
            let numbers = |name: &str| element.attribute(name).unwrap_or_default().split_ascii_whitespace();
            cas.views.push(View {
                name: String::new(),
                sofa: numbers("sofa").next().and_then(|id| id.parse().ok()),
                members: numbers("members").filter_map(|id| id.parse().ok()).collect(),
            });
            continue;
        }
        if &**kind == "uima.cas.NULL" {
            continue;
        }
        let id = element.attribute((XMI, "id")).and_then(|id| id.parse::<Id>().ok());
        let Some(id) = id else {
            problems.push((Some(line), format!("the <{}> has no number; it was left out", tag.name())));
            continue;
        };
        let attributes = element.attributes().filter(|attribute| attribute.namespace() != Some(XMI));
        let mut features: Vec<_> = attributes
            .map(|attribute| (names.get(attribute.name()), Value::Text(attribute.value().to_owned())))
            .collect();
        for child in element.children().filter(roxmltree::Node::is_element) {
            let text: String = child.children().filter(|part| part.is_text()).filter_map(|part| part.text()).collect();
            let name = child.tag_name().name();
            match features.iter_mut().find(|(known, _)| &**known == name) {
                Some((_, Value::Texts(texts))) => texts.push(text),
                Some((_, value)) => *value = Value::Texts(vec![text]),
                None => features.push((names.get(name), Value::Texts(vec![text]))),
            }
        }
        cas.structures.push(Structure { id, kind: kind.clone(), features, line: Some(line) });
    }
    Ok(cas)
}

/// Names that occur often, each once in memory.
#[derive(Default)]
struct Pool<'a>(HashMap<&'a str, Name>);

impl<'a> Pool<'a> {
    fn get(&mut self, name: &'a str) -> Name {
        self.0.entry(name).or_insert_with(|| name.into()).clone()
    }
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(place, _)| place).collect())
    }

    /// The line from 1.
    fn at(&self, place: usize) -> usize {
        self.0.partition_point(|end| *end < place) + 1
    }
}

/// The full name of a type from namespace and tag.
fn type_name(space: &str, tag: &str) -> Name {
    if space == NO_PACKAGE {
        return tag.into();
    }
    let package = space.strip_prefix("http:///").unwrap_or(space);
    let package = package.strip_suffix(".ecore").unwrap_or(package);
    format!("{}.{tag}", package.replace('/', ".")).into()
}

fn namespace(kind: &str) -> String {
    match kind.rsplit_once('.') {
        Some((package, _)) => format!("http:///{}.ecore", package.replace('.', "/")),
        None => NO_PACKAGE.to_owned(),
    }
}

/// The text without references to characters that XML 1.0 can not hold.
fn mend(xml: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for (place, _) in xml.match_indices("&#") {
        let rest = xml.get(place..).unwrap_or_default();
        let Some((first, length)) = reference(rest).filter(|_| place >= done) else { continue };
        if char::from_u32(first).is_some_and(is_allowed) {
            continue;
        }
        // Some programs write one character beyond the first 65,536 as two halves.
        let is_half = (0xD800..0xDC00).contains(&first);
        let second = rest.get(length..).filter(|_| is_half).and_then(reference);
        let whole = second.and_then(|(second, more)| {
            let halves = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
            let whole = char::decode_utf16(halves).next()?.ok()?;
            Some((whole, length + more))
        });
        let (instead, length) = whole.unwrap_or(('\u{FFFD}', length));
        out.push_str(xml.get(done..place).unwrap_or_default());
        out.push(instead);
        done = place + length;
    }
    if done == 0 {
        return Cow::Borrowed(xml);
    }
    out.push_str(xml.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Number and length of the reference to a character at the start of `text`.
fn reference(text: &str) -> Option<(u32, usize)> {
    // Longer ones are to no character.
    let digits = text.strip_prefix("&#")?;
    let end = digits.bytes().take(10).position(|byte| byte == b';')?;
    let digits = digits.get(..end)?;
    let number = match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((number, end + 3))
}

/// True if XML 1.0 can hold the character.
pub(super) fn is_allowed(char: char) -> bool {
    !matches!(char, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Text as it stands in an attribute or element.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let is_special = |char: char| {
        matches!(char, '&' | '<' | '>' | '"' | '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}') || !is_allowed(char)
    };
    if !text.contains(is_special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' => {
                // Writing into a string can not fail, here and below.
                let _ = write!(out, "&#{};", u32::from(char));
            }
            char if is_allowed(char) => out.push(char),
            _ => out.push('\u{FFFD}'),
        }
    }
    Cow::Owned(out)
}

/// The CAS as XMI.
pub(super) fn write(cas: &Cas) -> String {
    let mut prefixes = Prefixes::new(&cas.form);
    let mut body = String::new();
    for structure in &cas.structures {
        write_structure(&mut body, structure, &mut prefixes);
    }
    for view in &cas.views {
        body.push_str("    <cas:View");
        if let Some(sofa) = view.sofa {
            let _ = write!(body, " sofa=\"{sofa}\"");
        }
        let members: Vec<_> = view.members.iter().map(Id::to_string).collect();
        let _ = writeln!(body, " members=\"{}\"/>", members.join(" "));
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xmi:XMI");
    for (space, prefix) in &prefixes.by_space {
        let _ = write!(out, " xmlns:{prefix}=\"{}\"", escape(space));
    }
    let _ = write!(out, " xmi:version=\"2.0\">\n    <cas:NULL xmi:id=\"0\"/>\n{body}</xmi:XMI>\n");
    out
}

fn write_structure(out: &mut String, structure: &Structure, prefixes: &mut Prefixes) {
    let tag = format!("{}:{}", prefixes.of(&structure.kind), local(&structure.kind));
    let _ = write!(out, "    <{tag} xmi:id=\"{}\"", structure.id);
    let mut children = Vec::new();
    for (name, value) in &structure.features {
        let text: Cow<'_, str> = match value {
            Value::Text(text) => escape(text),
            Value::Flag(flag) => flag.to_string().into(),
            Value::Integer(number) => number.to_string().into(),
            Value::Number(number) => number.to_string().into(),
            Value::Reference(id) => id.to_string().into(),
            Value::References(ids) => ids.iter().map(Id::to_string).collect::<Vec<_>>().join(" ").into(),
            Value::Texts(texts) if texts.is_empty() => "".into(),
            Value::Texts(texts) => {
                children.push((name, texts));
                continue;
            }
            Value::Json(value) => escape(&value.to_string()).into_owned().into(),
        };
        let _ = write!(out, " {name}=\"{text}\"");
    }
    if children.is_empty() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    for (name, texts) in children {
        for text in texts {
            let _ = writeln!(out, "        <{name}>{}</{name}>", escape(text));
        }
    }
    let _ = writeln!(out, "    </{tag}>");
}

/// Prefixes by namespace: those of the file, and new ones.
struct Prefixes {
    by_space: BTreeMap<String, String>,
    by_kind: HashMap<Name, String>,
}

impl Prefixes {
    fn new(form: &Form) -> Self {
        let mut all = Self { by_space: BTreeMap::new(), by_kind: HashMap::new() };
        for (space, prefix) in [(XMI, "xmi"), ("http:///uima/cas.ecore", "cas")] {
            all.by_space.insert(space.to_owned(), prefix.to_owned());
        }
        for (prefix, space) in &form.prefixes {
            if !all.is_taken(prefix) {
                all.by_space.entry(space.clone()).or_insert_with(|| prefix.clone());
            }
        }
        all
    }

    fn is_taken(&self, prefix: &str) -> bool {
        self.by_space.values().any(|known| known == prefix)
    }

    fn of(&mut self, kind: &Name) -> String {
        if let Some(known) = self.by_kind.get(kind) {
            return known.clone();
        }
        let space = namespace(kind);
        let prefix = self.by_space.get(&space).cloned().unwrap_or_else(|| {
            let package = kind.rsplit_once('.').map_or("noNamespace", |(package, _)| local(package));
            let numbered = (2u32..).map(|number| format!("{package}{number}"));
            let free = std::iter::once(package.to_owned()).chain(numbered).find(|prefix| !self.is_taken(prefix));
            let prefix = free.unwrap_or_default();
            self.by_space.insert(space, prefix.clone());
            prefix
        });
        self.by_kind.insert(kind.clone(), prefix.clone());
        prefix
    }
}

/// The encoding that the XML declaration names.
pub(super) fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(bytes.get(..bytes.len().min(200)).unwrap_or_default()).into_owned();
    let declaration = start.strip_prefix("<?xml")?.split_once("?>")?.0.to_owned();
    let (_, rest) = declaration.split_once("encoding")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|char| matches!(char, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name.to_owned())
}
