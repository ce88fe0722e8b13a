//! Writes one article as text and standoff lines.

use super::{MEMBER, Names, TRIGGER_NOTE, config::Used};
use crate::{
    format::{ExportContext, Exported, Format, Loss, loss::LossLog},
    model::{AnnotationId, AttributeValue, Attributes, Relation, Span},
    text::ByteOffset,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// The `.txt` and the `.ann` of an article whose written names are all in `names`, and what they use.
pub(super) fn article(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    names: &Names,
    losses: &mut Vec<Loss>,
) -> (String, String, Used) {
    let text = exported.text.as_str();
    let mut writer = Writer {
        exported,
        context,
        names,
        used: Used::default(),
        log: LossLog::new(exported, losses),
        lines: String::new(),
        returns: text.match_indices("\r\n").map(|(index, _)| index).collect(),
        written: BTreeSet::new(),
        forms: BTreeMap::new(),
        next_span: exported.annotations.next_id().0,
        attribute: 0,
        note: 0,
        reference: 0,
    };
    if !writer.returns.is_empty() {
        writer
            .log
            .article("line ends with a carriage return", "programs that read brat's files count them as one character");
    }
    if text.starts_with('\u{FEFF}') {
        writer.log.article("the U+FEFF at the start of the text", "it would be taken for a byte order mark");
    }
    for span in exported.annotations.spans() {
        writer.span(span);
    }
    writer.relations();
    let Writer { lines, written, used, mut log, .. } = writer;
    log.details(&super::Brat.info().holds, |id| written.contains(&id));
    log.entity_details(context.entities, &super::Brat.info().holds);
    (text.replace("\r\n", "\n"), lines, used)
}

struct Writer<'a, 'l> {
    exported: Exported<'a>,
    context: &'a ExportContext<'a>,
    names: &'a Names,
    used: Used,
    log: LossLog<'a, 'l>,
    lines: String,
    /// Where the carriage returns stand that are not written.
    returns: Vec<usize>,
    /// What stands in the file.
    written: BTreeSet<AnnotationId>,
    /// How relations stand in the file.
    forms: BTreeMap<AnnotationId, Form>,
    next_span: u32,
    attribute: u32,
    note: u32,
    reference: u32,
}

/// As what a relation can stand in the file: `E`, `R` or `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Event,
    Binary,
    Group,
}

impl Form {
    /// `None` if brat has no place for it.
    pub(super) fn of(relation: &Relation) -> Option<Self> {
        let roles: BTreeSet<_> = relation.arguments.iter().map(|argument| &*argument.role).collect();
        match relation.arguments.len() {
            _ if relation.trigger.is_some() => Some(Self::Event),
            2.. if roles.len() == 1 && roles.contains(MEMBER) => Some(Self::Group),
            2 => Some(Self::Binary),
            3.. if roles.len() == 1 => Some(Self::Group),
            _ => None,
        }
    }
}

impl Writer<'_, '_> {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing into a string can not fail.
        let _ = self.lines.write_fmt(line);
        self.lines.push('\n');
    }

    /// The storage form of a name of an annotation.
    fn name(&mut self, id: AnnotationId, name: &str) -> String {
        let form = self.names.form(name);
        if !self.names.is_restorable(name) {
            self.log.annotation(
                id,
                format!("the name {name:?}; it became {form}"),
                "brat does not allow its characters",
            );
        }
        form.to_owned()
    }

    fn offset(&self, byte: usize) -> u32 {
        let exact = ByteOffset::from_usize(byte);
        let count = self.exported.text.table().code_point_from_byte(self.exported.text.as_str(), exact);
        let removed = self.returns.partition_point(|index| *index < byte);
        count.saturating_sub(ByteOffset::from_usize(removed).0)
    }

    /// The pieces of a span between the characters that a line of the file can not hold.
    fn pieces(&self, span: &Span) -> Vec<std::ops::Range<usize>> {
        let text = self.exported.text.as_str();
        let mut pieces = Vec::new();
        for range in span.fragments.iter() {
            let mut start = range.start().to_usize();
            for (index, part) in range.slice(text).unwrap_or_default().match_indices(breaks_line) {
                let here = range.start().to_usize() + index;
                pieces.push(start..here);
                start = here + part.len();
            }
            pieces.push(start..range.end().to_usize());
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    fn span(&mut self, span: &Span) {
        if span.fragments.hull().is_empty() {
            self.log.span(span, "brat has no spans without text");
            return;
        }
        let pieces = self.pieces(span);
        if pieces.is_empty() {
            self.log.span(span, "brat has no spans of line breaks alone");
            return;
        }
        if pieces.len() > span.fragments.count() {
            self.log.annotation(span.id, "the joint at a line break or tab", "it was split into pieces there");
        }
        self.text_bound(span.id.0, &span.label, &pieces);
        // The name is checked once for each annotation.
        self.name(span.id, &span.label);
        self.written.insert(span.id);
        let key = format!("T{}", span.id);
        self.attributes(span.id, &key, &span.attributes);
        self.note(span.id, &key, &span.note);
        self.entity(span, &key);
    }

    fn text_bound(&mut self, number: u32, label: &crate::model::Name, pieces: &[std::ops::Range<usize>]) {
        if !self.used.labels.contains(label) {
            self.used.labels.insert(label.clone());
        }
        let form = self.names.form(label);
        // Writing into a string can not fail.
        let _ = write!(self.lines, "T{number}\t{form} ");
        for (place, piece) in pieces.iter().enumerate() {
            let joint = if place > 0 { ";" } else { "" };
            let (start, end) = (self.offset(piece.start), self.offset(piece.end));
            let _ = write!(self.lines, "{joint}{start} {end}");
        }
        for (place, piece) in pieces.iter().enumerate() {
            self.lines.push(if place > 0 { ' ' } else { '\t' });
            self.lines.push_str(self.exported.text.as_str().get(piece.clone()).unwrap_or_default());
        }
        self.lines.push('\n');
    }

    fn attributes(&mut self, id: AnnotationId, key: &str, attributes: &Attributes) {
        for (name, value) in attributes {
            let lost = |value: &str| format!("attribute {name}={value}");
            let written = match value {
                AttributeValue::Flag(true) => String::new(),
                AttributeValue::Flag(false) => " false".to_owned(),
                AttributeValue::Number(number) => format!(" {number}"),
                AttributeValue::Text(text) if text.is_empty() || text.contains(char::is_whitespace) => {
                    self.log.annotation(id, lost(text), "brat's values hold no white space");
                    continue;
                }
                AttributeValue::Text(text) => {
                    if &**text == "false" || super::read::number(text).is_some() {
                        self.log.annotation(id, lost(text), "it will be read as a number or flag, not as text");
                    }
                    format!(" {text}")
                }
            };
            self.used.attributes.insert(name.clone());
            let form = self.name(id, name);
            self.attribute += 1;
            let number = self.attribute;
            self.line(format_args!("A{number}\t{form} {key}{written}"));
        }
    }

    fn note(&mut self, id: AnnotationId, key: &str, note: &str) {
        if note.is_empty() {
            return;
        }
        let flat = note.replace(breaks_line, " ");
        if flat != note || flat.trim() != flat {
            self.log.annotation(id, "line breaks and tabs in the note", "a note is one line");
        }
        self.note += 1;
        let number = self.note;
        self.line(format_args!("#{number}\tAnnotatorNotes {key}\t{flat}"));
    }

    fn entity(&mut self, span: &Span, key: &str) {
        let Some(id) = &span.entity else { return };
        let known = self.context.entities.get(id);
        let name = known.map_or(id.as_str(), |entity| &entity.name).replace(breaks_line, " ");
        let own = std::iter::once(("glosse", id.as_str()));
        let outside = known.into_iter().flat_map(|entity| &entity.identifiers);
        for (scheme, id) in own.chain(outside.map(|(scheme, id)| (scheme.as_str(), id.as_str()))) {
            if scheme.is_empty() || scheme.contains(|char: char| char.is_whitespace() || char == ':') || is_spaced(id) {
                self.log.annotation(span.id, format!("{scheme} {id}"), "brat's references hold no white space");
                continue;
            }
            self.reference += 1;
            let number = self.reference;
            self.line(format_args!("N{number}\tReference {key} {scheme}:{id}\t{name}"));
        }
    }

    fn relations(&mut self) {
        let all: Vec<&Relation> = self.exported.annotations.relations().collect();
        for relation in &all {
            if let Some(form) = Form::of(relation) {
                self.forms.insert(relation.id, form);
            }
        }
        // A relation that can not be written takes those with it that need it.
        loop {
            let before = self.forms.len();
            for relation in &all {
                let is_complete = match self.forms.get(&relation.id) {
                    None => continue,
                    Some(Form::Event) => relation.trigger.is_some_and(|trigger| self.written.contains(&trigger)),
                    Some(_) => relation.arguments.iter().all(|argument| self.reference_to(argument.target).is_some()),
                };
                if !is_complete {
                    self.forms.remove(&relation.id);
                }
            }
            if self.forms.len() == before {
                break;
            }
        }
        let mut triggers: BTreeMap<(AnnotationId, String), String> = BTreeMap::new();
        for relation in all {
            match self.forms.get(&relation.id) {
                None => self.log.relation(
                    relation,
                    "brat's relations have two arguments with different roles that are spans or events; events have a trigger",
                ),
                Some(Form::Event) => self.event(relation, &mut triggers),
                Some(Form::Binary) => self.binary(relation),
                Some(Form::Group) => self.group(relation),
            }
        }
    }

    /// How an argument names its target: `T5` or `E9`; `None` if that is not in the file or can be no argument.
    fn reference_to(&self, target: AnnotationId) -> Option<String> {
        if self.written.contains(&target) && self.exported.annotations.span(target).is_some() {
            return Some(format!("T{target}"));
        }
        (self.forms.get(&target) == Some(&Form::Event)).then(|| format!("E{target}"))
    }

    fn event(&mut self, relation: &Relation, triggers: &mut BTreeMap<(AnnotationId, String), String>) {
        let Some(span) = relation.trigger.and_then(|trigger| self.exported.annotations.span(trigger)) else { return };
        let label = self.name(relation.id, &relation.label);
        // brat shows an event under the type of its trigger, so a trigger of another label gets a twin with the label of the
        // event, and a note says which span it stands for.
        let trigger = if span.label == relation.label {
            format!("T{}", span.id)
        } else if let Some(twin) = triggers.get(&(span.id, relation.label.to_string())) {
            twin.clone()
        } else {
            let number = self.next_span;
            self.next_span = self.next_span.saturating_add(1);
            let pieces = self.pieces(span);
            self.text_bound(number, &relation.label, &pieces);
            self.note += 1;
            let note = self.note;
            self.line(format_args!("#{note}\t{TRIGGER_NOTE} T{number}\tT{}", span.id));
            triggers.insert((span.id, relation.label.to_string()), format!("T{number}"));
            format!("T{number}")
        };
        let mut arguments = String::new();
        for (role, target) in self.arguments(relation) {
            self.used.events.entry(relation.label.clone()).or_default().insert(role.clone());
            let _ = write!(arguments, " {role}:{target}");
        }
        self.used.events.entry(relation.label.clone()).or_default();
        let key = format!("E{}", relation.id);
        self.line(format_args!("{key}\t{label}:{trigger}{arguments}"));
        self.written.insert(relation.id);
        self.attributes(relation.id, &key, &relation.attributes);
        self.note(relation.id, &key, &relation.note);
    }

    fn binary(&mut self, relation: &Relation) {
        let label = self.name(relation.id, &relation.label);
        let mut arguments = String::new();
        for (role, target) in self.arguments(relation) {
            self.used.relations.entry(relation.label.clone()).or_default().insert(role.clone());
            let _ = write!(arguments, " {role}:{target}");
        }
        let key = format!("R{}", relation.id);
        self.line(format_args!("{key}\t{label}{arguments}"));
        self.written.insert(relation.id);
        self.no_attributes(relation);
        self.note(relation.id, &key, &relation.note);
    }

    fn group(&mut self, relation: &Relation) {
        let label = self.name(relation.id, &relation.label);
        let role = relation.arguments.first().map_or(MEMBER, |argument| &argument.role);
        if role != MEMBER {
            self.log.annotation(relation.id, format!("the role {role}"), "the members of a group have no role");
        }
        let members: Vec<_> =
            relation.arguments.iter().filter_map(|argument| self.reference_to(argument.target)).collect();
        self.used.relations.entry(relation.label.clone()).or_default().extend(["Arg1".to_owned(), "Arg2".to_owned()]);
        self.line(format_args!("*\t{label} {}", members.join(" ")));
        self.written.insert(relation.id);
        self.no_attributes(relation);
        if !relation.note.is_empty() {
            self.log.annotation(relation.id, "note", "brat has no notes on groups");
        }
    }

    fn no_attributes(&mut self, relation: &Relation) {
        for (name, value) in &relation.attributes {
            let what = format!("attribute {name}={value}");
            self.log.annotation(relation.id, what, "brat has attributes on spans and events only");
        }
    }

    /// The arguments that can be written, repeated roles numbered from the second on: `Theme`, `Theme2`.
    fn arguments(&mut self, relation: &Relation) -> Vec<(String, String)> {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        let mut arguments = Vec::new();
        for argument in &relation.arguments {
            let Some(target) = self.reference_to(argument.target) else {
                let what = format!("{} of the relation {}", argument.role, relation.label);
                self.log.annotation(relation.id, what, "brat's arguments are spans and events only");
                continue;
            };
            let form = self.name(relation.id, &argument.role);
            let count = counts.entry(&argument.role).or_insert(0);
            *count += 1;
            arguments.push((if *count > 1 { format!("{form}{count}") } else { form }, target));
        }
        arguments
    }
}

/// True for what ends a line or a column for some reader of the file.
fn breaks_line(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{1C}'..='\u{1E}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_spaced(text: &str) -> bool {
    text.is_empty() || text.contains(char::is_whitespace)
}
