//! Writes the annotations of one annotator in one article: one record a line, by id, so that versions merge well.

use super::{record::ProgressRecord, scan::push_string};
use crate::model::{
    AnnotationSet, ArticleId, ArticleText, AttributeValue, Attributes, CorrectedFrom, DocumentLabel, Fragments,
    Provenance, Relation, Source, Span, Status,
};
use jiff::Timestamp;
use std::fmt::Write;

/// Version of the format that is written.
pub(super) const VERSION: u32 = 1;

/// The unit of all offsets in the file, as its header names it.
pub(super) const UNIT: &str = "utf-8 bytes";

/// The first line: allows `entity: "x"` where a strict reader would want `entity: Some("x")`.
pub(super) const HEAD: &str = "#![enable(implicit_some)]\n";

/// The whole content of the file.
pub(super) fn write_set(set: &AnnotationSet, annotator: &str, article: &ArticleId, text: &ArticleText) -> String {
    let records = set.spans().len() + set.relations().len() + set.document_labels().len();
    let mut writer = Writer { out: String::with_capacity(256 + records * 160), annotator, time: None };
    let out = &mut writer.out;
    let _ = write!(out, "{HEAD}(\nversion: {VERSION},\narticle: ");
    push_string(out, article.as_str());
    let _ = write!(out, ",\nunit: \"{UNIT}\",\ntext_hash: \"{:016x}\",\nnext_id: {}", text.hash(), set.next_id().0);
    let _ = writeln!(out, ",\nprogress: {:?},\nspans: [", ProgressRecord::from(set.progress()));
    for span in set.spans() {
        writer.span(span, Some(text.as_str()));
        writer.out.push_str(",\n");
    }
    writer.out.push_str("],\nrelations: [\n");
    for relation in set.relations() {
        writer.relation(relation);
        writer.out.push_str(",\n");
    }
    writer.out.push_str("],\ndocument_labels: [\n");
    for label in set.document_labels() {
        writer.document_label(label);
        writer.out.push_str(",\n");
    }
    writer.out.push_str("],\n)\n");
    writer.out
}

/// One span on one line, with its covered text if `text` is given.
pub(super) fn span_line(span: &Span, annotator: &str, text: Option<&str>) -> String {
    let mut writer = Writer { out: String::new(), annotator, time: None };
    writer.span(span, text);
    writer.out
}

/// One relation on one line.
pub(super) fn relation_line(relation: &Relation, annotator: &str) -> String {
    let mut writer = Writer { out: String::new(), annotator, time: None };
    writer.relation(relation);
    writer.out
}

/// One document label on one line.
pub(super) fn document_label_line(label: &DocumentLabel, annotator: &str) -> String {
    let mut writer = Writer { out: String::new(), annotator, time: None };
    writer.document_label(label);
    writer.out
}

struct Writer<'a> {
    out: String,
    annotator: &'a str,
    /// The last time that was written: imports give thousands of records the same one.
    time: Option<(Timestamp, String)>,
}

impl Writer<'_> {
    fn span(&mut self, span: &Span, text: Option<&str>) {
        self.start(span.id.0, &span.label);
        self.out.push_str(", at: ");
        self.places(&span.fragments);
        if let Some(text) = text {
            self.out.push_str(", text: ");
            push_string(&mut self.out, &span.fragments.surface(text));
        }
        self.attributes(&span.attributes);
        if let Some(entity) = &span.entity {
            self.text_field("entity", entity.as_str());
        }
        self.note(&span.note);
        self.status(span.status);
        self.provenance(&span.provenance);
        self.corrected_from(span.corrected_from.as_deref());
        self.out.push(')');
    }

    fn relation(&mut self, relation: &Relation) {
        self.start(relation.id.0, &relation.label);
        if let Some(trigger) = relation.trigger {
            let _ = write!(self.out, ", trigger: {trigger}");
        }
        self.out.push_str(", arguments: [");
        for (index, argument) in relation.arguments.iter().enumerate() {
            self.out.push_str(if index == 0 { "(" } else { ", (" });
            push_string(&mut self.out, &argument.role);
            self.out.push_str(", ");
            self.number(argument.target.0);
            self.out.push(')');
        }
        self.out.push(']');
        self.attributes(&relation.attributes);
        self.note(&relation.note);
        self.status(relation.status);
        self.provenance(&relation.provenance);
        self.corrected_from(relation.corrected_from.as_deref());
        self.out.push(')');
    }

    fn document_label(&mut self, label: &DocumentLabel) {
        self.start(label.id.0, &label.label);
        self.note(&label.note);
        self.status(label.status);
        self.provenance(&label.provenance);
        self.out.push(')');
    }

    fn start(&mut self, id: u32, label: &str) {
        self.out.push_str("(id: ");
        self.number(id);
        self.text_field("label", label);
    }

    /// `write!` of a number goes a long way round, and a file has ten thousands of them.
    fn number(&mut self, number: u32) {
        let mut digits = [b'0'; 10];
        let mut rest = number;
        let mut used = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            used += 1;
            if rest == 0 {
                break;
            }
        }
        self.out.extend(digits.iter().skip(10 - used).map(|digit| char::from(*digit)));
    }

    fn text_field(&mut self, name: &str, text: &str) {
        self.out.push_str(", ");
        self.out.push_str(name);
        self.out.push_str(": ");
        push_string(&mut self.out, text);
    }

    fn places(&mut self, fragments: &Fragments) {
        self.out.push('[');
        for (index, range) in fragments.iter().enumerate() {
            self.out.push_str(if index == 0 { "(" } else { ", (" });
            self.number(range.start().0);
            self.out.push_str(", ");
            self.number(range.end().0);
            self.out.push(')');
        }
        self.out.push(']');
    }

    fn attributes(&mut self, attributes: &Attributes) {
        if attributes.is_empty() {
            return;
        }
        self.out.push_str(", attributes: {");
        for (index, (name, value)) in attributes.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            push_string(&mut self.out, name);
            self.out.push_str(": ");
            match value {
                AttributeValue::Flag(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
                AttributeValue::Number(number) => {
                    let _ = write!(self.out, "{number:?}");
                }
                AttributeValue::Text(text) => push_string(&mut self.out, text),
            }
        }
        self.out.push('}');
    }

    fn note(&mut self, note: &str) {
        if !note.is_empty() {
            self.text_field("note", note);
        }
    }

    fn status(&mut self, status: Status) {
        match status {
            Status::Accepted => {}
            Status::Suggested => self.out.push_str(", status: Suggested"),
            Status::Rejected => self.out.push_str(", status: Rejected"),
        }
    }

    fn provenance(&mut self, provenance: &Provenance) {
        match &provenance.source {
            Source::Person { name } if **name == *self.annotator => {}
            Source::Person { name } => self.text_field("by", name),
            Source::Import { format } => self.text_field("import", format),
            Source::Extractor { name, version } => {
                self.out.push_str(", extractor: (");
                push_string(&mut self.out, name);
                self.out.push_str(", ");
                push_string(&mut self.out, version);
                self.out.push(')');
            }
        }
        self.out.push_str(", time: \"");
        match &self.time {
            Some((time, text)) if *time == provenance.time => self.out.push_str(text),
            _ => {
                let text = provenance.time.to_string();
                self.out.push_str(&text);
                self.time = Some((provenance.time, text));
            }
        }
        self.out.push('"');
        if let Some(score) = provenance.score {
            self.out.push_str(", score: ");
            if score.is_finite() {
                let _ = write!(self.out, "{score:?}");
            } else if score.is_nan() {
                self.out.push_str("NaN");
            } else {
                self.out.push_str(if score > 0.0 { "inf" } else { "-inf" });
            }
        }
        if let Some(reason) = &provenance.reason {
            self.text_field("reason", reason);
        }
    }

    fn corrected_from(&mut self, corrected: Option<&CorrectedFrom>) {
        let Some(corrected) = corrected else { return };
        self.out.push_str(", corrected_from: (label: ");
        push_string(&mut self.out, &corrected.label);
        if let Some(fragments) = &corrected.fragments {
            self.out.push_str(", at: ");
            self.places(fragments);
        }
        self.provenance(&corrected.provenance);
        self.out.push(')');
    }
}
