//! The selected annotation on the right: label, attributes, entity, relations, note, history. Without a selection, the
//! article.

use super::{
    command::Command,
    document::shortened,
    guesses::is_movable,
    icons,
    messages::Severity,
    request::{PanelContext, Request},
    texts::tr,
    theme::{self, size},
    widgets,
};
use crate::{
    assist::SpanProposal,
    model::{
        Annotation, AnnotationId, AnnotationSet, ArticleId, AttributeDefinition, AttributeKind, AttributeValue,
        Attributes, Name, Progress, Provenance, Relation, Source, Span, Status,
    },
    session::{Session, naming, relation_choices::Place, suggest},
};
use egui::{Button, ComboBox, Id, RichText, TextEdit, Ui};
use std::collections::BTreeMap;

/// Seconds without typing after which a note is kept.
const NOTE_PAUSE: f64 = 1.5;

/// What the text that is being typed belongs to.
type Subject = (ArticleId, AnnotationId);

/// A note that is being typed.
struct TypedNote {
    subject: Subject,
    written: String,
    /// The stored note that was written upon. If it changes while nothing was typed, the field follows.
    stored: String,
}

/// Text that is being typed: the annotation it belongs to, which field, and what is written so far.
#[derive(Default)]
pub struct Inspector {
    note: Option<TypedNote>,
    values: BTreeMap<(Subject, Name), String>,
    focus_note: bool,
    /// When something was last typed into the note, in the window's seconds.
    note_typed: f64,
    /// History lines of an annotation, for the revision at which they were collected.
    history: Option<(Subject, u64, Vec<String>)>,
}

impl Inspector {
    /// Gives the note field the keyboard at the next frame.
    pub fn focus_note(&mut self) {
        self.focus_note = true;
    }

    /// Keeps what was typed for an annotation that is not selected any more, or that is not shown: its fields are gone before
    /// they could say that they lost the keyboard.
    pub fn keep_typed(&mut self, context: &PanelContext<'_>, is_shown: bool, requests: &mut Vec<Request>) {
        let shown = context.article.cloned().zip(context.selected).filter(|_| is_shown);
        let is_gone = |subject: &Subject| shown.as_ref() != Some(subject);
        let stored = |(article, id): &Subject| context.session?.set(article)?.get(*id);
        if let Some(typed) = self.note.take_if(|typed| is_gone(&typed.subject))
            && stored(&typed.subject).is_some()
            && typed.written != typed.stored
        {
            let (article, id) = typed.subject;
            requests.push(note_request(article, id, typed.written));
        }
        let gone: Vec<(Subject, Name)> = self.values.keys().filter(|(subject, _)| is_gone(subject)).cloned().collect();
        for key in gone {
            let Some(written) = self.values.remove(&key) else { continue };
            let ((article, id), name) = key;
            let before = stored(&(article.clone(), id)).map(|annotation| match annotation {
                Annotation::Span(span) => span.attributes.get(&name).map(ToString::to_string).unwrap_or_default(),
                Annotation::Relation(relation) => {
                    relation.attributes.get(&name).map(ToString::to_string).unwrap_or_default()
                }
                Annotation::DocumentLabel(_) => written.clone(),
            });
            let schema = context.session.map(|session| &session.project().schema);
            let definition = schema.and_then(|schema| schema.attributes.iter().find(|known| known.name == name));
            if let (Some(definition), Some(before)) = (definition, before)
                && before != written
            {
                match read_value(definition, &written) {
                    Ok(value) => requests.push(value_request(article, id, &name, value)),
                    Err(text) => requests.push(Request::Message(Severity::Warning, text)),
                }
            }
        }
    }

    pub fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        ui.spacing_mut().item_spacing.y = 5.0;
        // An article without annotations may have guesses.
        if let (None, Some(guess)) = (context.selected, context.guess) {
            return show_guess(ui, context, guess, requests);
        }
        let (Some(session), Some(set), Some(id)) = (context.session, context.set(), context.selected) else {
            return self.show_article(ui, context, requests);
        };
        if let Some(span) = set.span(id) {
            self.show_span(ui, context, session, set, span, requests);
        } else if let Some(relation) = set.relation(id) {
            self.show_relation(ui, context, session, set, relation, requests);
        } else {
            self.show_article(ui, context, requests);
        }
    }

    fn show_span(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        set: &AnnotationSet,
        span: &Span,
        requests: &mut Vec<Request>,
    ) {
        let text = context.open_article().map_or("", |article| article.text());
        head(ui, context, &span.label, span.status);
        ui.label(RichText::new(shortened(&span.fragments.surface(text), 240)).font(theme::reading(16.0)));
        let other_edges: &[Command] = if is_movable(span) { &[Command::OtherEdges] } else { &[] };
        if span.status == Status::Suggested {
            suggestion(ui, context, &span.provenance, other_edges, requests);
        } else if context.is_writable() {
            let commands: &[(char, Command)] = match span.status {
                Status::Rejected => &[(icons::CHECK, Command::AcceptSelected)],
                _ if is_movable(span) => &[(icons::REVERSE, Command::OtherEdges)],
                _ => &[],
            };
            command_row(ui, context, requests, commands);
        }
        let names: Vec<Name> = session.project().schema.labels.iter().map(|label| label.name.clone()).collect();
        label_choice(ui, context, span.id, &span.label, &names, requests);
        self.attributes(ui, context, session, (span.id, &span.label, &span.attributes), requests);
        entity(ui, context, session, span, requests);
        widgets::section(ui, context.theme, tr("Relations"));
        // What was rejected is drawn nowhere.
        let relations = set.relations_pointing_to(span.id).filter(|relation| relation.status != Status::Rejected);
        let relations: Vec<&Relation> = relations.collect();
        if relations.is_empty() {
            ui.label(RichText::new(tr("None yet. R starts one.")).color(context.theme.text_faint));
        }
        for relation in relations {
            relation_line(ui, context, set, relation, text, requests);
        }
        if context.is_writable() {
            command_row(
                ui,
                context,
                requests,
                &[(icons::LINK, Command::StartRelation), (icons::TRASH, Command::Delete)],
            );
        }
        self.tail(ui, context, session, (span.id, &span.note), &span.provenance, requests);
        if let Some(corrected) = span.correction() {
            let from = corrected.fragments.as_ref().map(|fragments| fragments.surface(text)).unwrap_or_default();
            let line = format!("{} {} “{}”", tr("Corrected from"), corrected.label, shortened(&from, 40));
            ui.label(RichText::new(line).small().color(context.theme.text_weak));
        }
    }

    fn show_relation(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        set: &AnnotationSet,
        relation: &Relation,
        requests: &mut Vec<Request>,
    ) {
        let text = context.open_article().map_or("", |article| article.text());
        head(ui, context, &relation.label, relation.status);
        if relation.status == Status::Suggested {
            suggestion(ui, context, &relation.provenance, &[], requests);
        }
        let names: Vec<Name> =
            session.project().schema.relations.iter().map(|definition| definition.name.clone()).collect();
        label_choice(ui, context, relation.id, &relation.label, &names, requests);
        widgets::section(ui, context.theme, tr("Arguments"));
        if let Some(trigger) = relation.trigger {
            ui.horizontal(|ui| {
                retarget_button(ui, context, relation.id, Place::Trigger, tr("trigger"), requests);
                argument_row(ui, context, set, tr("trigger"), trigger, text, requests);
            });
        }
        for (index, argument) in relation.arguments.iter().enumerate() {
            ui.horizontal(|ui| {
                retarget_button(ui, context, relation.id, Place::Argument(index), &argument.role, requests);
                if context.is_writable() {
                    let remove =
                        widgets::icon_button(ui, icons::CLOSE, &format!("{} {}", tr("Remove argument"), argument.role));
                    if remove.clicked()
                        && let Some(article) = context.article.cloned()
                    {
                        let (id, mut arguments) = (relation.id, relation.arguments.clone());
                        arguments.remove(index);
                        let role = argument.role.clone();
                        let title = move |named: String| format!("Remove {role} from {named}");
                        requests.push(Request::edit_of(article, id, title, move |draft| {
                            draft.set_arguments(id, arguments)
                        }));
                    }
                }
                argument_row(ui, context, set, &argument.role, argument.target, text, requests);
            });
        }
        if let Some(definition) = session.project().schema.relation(&relation.label) {
            let open = definition.arguments.iter().filter(|role| relation.argument(&role.role).is_none());
            let open: Vec<&str> = open.map(|role| &*role.role).collect();
            if !open.is_empty() {
                let line = format!("{}: {}", tr("Not filled"), open.join(", "));
                ui.label(RichText::new(line).small().color(context.theme.text_faint));
            }
        }
        if context.is_writable() {
            let commands = [
                (icons::LINK, Command::StartRelation),
                (icons::REVERSE, Command::ReverseRelation),
                (icons::TRASH, Command::Delete),
            ];
            command_row(ui, context, requests, &commands);
        }
        self.attributes(ui, context, session, (relation.id, &relation.label, &relation.attributes), requests);
        let outer: Vec<&Relation> = set.relations_pointing_to(relation.id).collect();
        if !outer.is_empty() {
            widgets::section(ui, context.theme, tr("Relations"));
            for relation in outer {
                relation_line(ui, context, set, relation, text, requests);
            }
        }
        self.tail(ui, context, session, (relation.id, &relation.note), &relation.provenance, requests);
    }

    fn attributes(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        (id, label, stored): (AnnotationId, &Name, &Attributes),
        requests: &mut Vec<Request>,
    ) {
        let schema = &session.project().schema;
        let definitions: Vec<&AttributeDefinition> = schema.attributes_for(label).collect();
        if definitions.is_empty() {
            return;
        }
        widgets::section(ui, context.theme, tr("Attributes"));
        ui.add_enabled_ui(context.is_writable(), |ui| {
            for definition in definitions {
                ui.horizontal(|ui| {
                    let name = RichText::new(&*definition.name).color(context.theme.text_weak);
                    let (rect, response) = ui.allocate_exact_size(egui::vec2(86.0, 22.0), egui::Sense::hover());
                    let font = egui::FontId::proportional(size::BODY);
                    let at = rect.left_top() + egui::vec2(0.0, 3.0);
                    widgets::line_text(ui.painter(), at, 86.0, name.text(), font, context.theme.text_weak);
                    response.on_hover_text(&definition.description);
                    let value = stored.get(&definition.name);
                    let Some(article) = context.article.cloned() else { return };
                    match self.attribute(ui, (article.clone(), id), definition, value) {
                        Some(Ok(changed)) => requests.push(value_request(article, id, &definition.name, changed)),
                        Some(Err(text)) => requests.push(Request::Message(Severity::Warning, text)),
                        None => {}
                    }
                });
            }
        });
    }

    /// Draws the field of an attribute; `Some` when the user changed it.
    fn attribute(
        &mut self,
        ui: &mut Ui,
        subject: Subject,
        definition: &AttributeDefinition,
        value: Option<&AttributeValue>,
    ) -> Option<Result<Option<AttributeValue>, String>> {
        let effective = value.or(definition.default.as_ref());
        match &definition.kind {
            AttributeKind::Flag => {
                let mut flag = matches!(effective, Some(AttributeValue::Flag(true)));
                let response = ui.checkbox(&mut flag, "");
                response
                    .widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, flag, &*definition.name));
                response.changed().then_some(Ok(flag.then_some(AttributeValue::Flag(true))))
            }
            AttributeKind::Choice(values) => {
                let shown = effective.map_or_else(|| "—".to_owned(), ToString::to_string);
                let mut changed = None;
                let combo =
                    ComboBox::from_id_salt((subject.1.0, &definition.name)).selected_text(shown).show_ui(ui, |ui| {
                        for choice in values {
                            let text = AttributeValue::Text(choice.clone());
                            let is_default = definition.default.as_ref() == Some(&text);
                            let chosen = effective == Some(&text);
                            if ui.selectable_label(chosen, &**choice).clicked() {
                                changed = Some(Ok((!is_default).then_some(text)));
                                ui.close();
                            }
                        }
                    });
                combo.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &*definition.name));
                changed
            }
            AttributeKind::Text | AttributeKind::Number => {
                let stored = value.map(ToString::to_string).unwrap_or_default();
                let key = (subject, definition.name.clone());
                let written = self.values.entry(key.clone()).or_insert_with(|| stored.clone());
                let hint = definition.default.as_ref().map(ToString::to_string).unwrap_or_default();
                let response = ui.add(TextEdit::singleline(written).hint_text(hint).desired_width(140.0));
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, &*definition.name));
                if response.has_focus() {
                    return None;
                }
                let written = self.values.remove(&key).unwrap_or_default();
                (response.lost_focus() && written != stored).then(|| read_value(definition, &written))
            }
        }
    }

    fn tail(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        (id, note): (AnnotationId, &str),
        provenance: &Provenance,
        requests: &mut Vec<Request>,
    ) {
        widgets::section(ui, context.theme, tr("Note"));
        let Some(article) = context.article.cloned() else { return };
        let subject = (article.clone(), id);
        let typed = match &mut self.note {
            Some(known) if known.subject == subject && (known.written != known.stored || known.stored == note) => known,
            other => other.insert(TypedNote { subject, written: note.to_owned(), stored: note.to_owned() }),
        };
        let edit = TextEdit::multiline(&mut typed.written)
            .id(Id::unique("inspector focus"))
            .desired_rows(2)
            .desired_width(f32::INFINITY)
            .hint_text(tr("A remark for yourself or others"));
        let response = ui.add_enabled(context.is_writable(), edit);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, tr("Note")));
        if std::mem::take(&mut self.focus_note) {
            response.request_focus();
        }
        let now = ui.input(|input| input.time);
        if response.changed() {
            self.note_typed = now;
            ui.ctx().request_repaint_after_secs(NOTE_PAUSE as f32);
        }
        // What is being written is kept at every pause, not only when the field is left.
        let is_typed = typed.written != typed.stored;
        let is_over = !response.has_focus();
        if is_typed && (is_over || now - self.note_typed >= NOTE_PAUSE) {
            typed.stored.clone_from(&typed.written);
            requests.push(note_request(article, id, typed.written.clone()));
        }
        if is_over {
            self.note = None;
        }
        widgets::section(ui, context.theme, tr("History"));
        ui.label(RichText::new(describe_provenance(provenance)).small().color(context.theme.text_weak));
        self.history(ui, context, session, id);
    }

    fn history(&mut self, ui: &mut Ui, context: &PanelContext<'_>, session: &Session, id: AnnotationId) {
        let Some(article) = context.article else { return };
        let revision = session.revision();
        let subject = (article.clone(), id);
        if self.history.as_ref().is_none_or(|(known, at, _)| *known != subject || *at != revision) {
            let key = session.key(article);
            let lines = session.history_of(&key, id, 8).into_iter().map(super::table::history_line).collect();
            self.history = Some((subject, revision, lines));
        }
        for line in self.history.iter().flat_map(|(_, _, lines)| lines) {
            ui.label(RichText::new(line).small().color(context.theme.text_faint));
        }
    }

    fn show_article(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let (Some(session), Some(article)) = (context.session, context.open_article()) else {
            ui.label(RichText::new(tr("Nothing selected")).color(context.theme.text_weak));
            return;
        };
        let metadata = &article.metadata;
        ui.label(RichText::new(article.title()).font(theme::strong(14.0)));
        let rows = [
            (tr("Source"), metadata.source.as_str()),
            (tr("Date"), &metadata.date),
            (tr("Language"), &metadata.language),
            (tr("Address"), &metadata.url),
            (tr("File"), &metadata.origin.file),
            (tr("Encoding"), &metadata.origin.encoding),
        ];
        egui::Grid::new("article facts").num_columns(2).spacing([10.0, 3.0]).show(ui, |ui| {
            for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
                ui.label(RichText::new(name).small().color(context.theme.text_faint));
                ui.add(egui::Label::new(RichText::new(value).small().color(context.theme.text_weak)).truncate());
                ui.end_row();
            }
        });
        document_labels(ui, context, session, requests);
        widgets::section(ui, context.theme, tr("Labels"));
        for label in &session.project().schema.labels {
            let count = context.set().map_or(0, |set| set.tally().spans(&label.name, Status::Accepted));
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 16.0), egui::Sense::hover());
                widgets::swatch(ui, rect.center(), context.palette.get(&label.name));
                ui.label(RichText::new(&*label.name).color(context.theme.text));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(RichText::new(count.to_string()).color(context.theme.text_faint));
                });
            });
        }
        ui.add_space(8.0);
        let done = context.set().is_some_and(|set| set.progress() == Progress::Done);
        let command = if done { Command::ReopenArticle } else { Command::ConfirmArticle };
        let icon = if done { icons::CIRCLE } else { icons::CHECK_CIRCLE };
        command_row(ui, context, requests, &[(icon, command), (icons::PENCIL, Command::EditMetadata)]);
    }
}

fn note_request(article: ArticleId, id: AnnotationId, written: String) -> Request {
    Request::edit_of(article, id, |name| format!("Note on {name}"), move |draft| draft.set_note(id, &written))
}

fn value_request(article: ArticleId, id: AnnotationId, name: &Name, value: Option<AttributeValue>) -> Request {
    let name = name.clone();
    let (attribute, shown) = (name.clone(), value.as_ref().map(ToString::to_string));
    let title = move |named: String| match shown {
        Some(value) => format!("Set {attribute} of {named} to {value}"),
        None => format!("Clear {attribute} of {named}"),
    };
    Request::edit_of(article, id, title, move |draft| draft.set_attribute(id, &name, value))
}

/// What was typed as a value of an attribute; nothing typed takes the value away.
fn read_value(definition: &AttributeDefinition, written: &str) -> Result<Option<AttributeValue>, String> {
    let trimmed = written.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    if definition.kind != AttributeKind::Number {
        return Ok(Some(AttributeValue::Text(trimmed.into())));
    }
    match trimmed.replace(',', ".").parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(AttributeValue::Number(number))),
        _ => Err(format!("{}: {} “{trimmed}”", definition.name, tr("this is no number:"))),
    }
}

/// The guess that is selected or at the caret, and what can be done with it.
fn show_guess(ui: &mut Ui, context: &PanelContext<'_>, guess: &SpanProposal, requests: &mut Vec<Request>) {
    let text = context.open_article().map_or("", |article| article.text());
    let words = shortened(guess.range.slice(text).unwrap_or_default(), 240);
    head_with(ui, context, &guess.label, Some((tr("guessed"), context.theme.text_weak)));
    ui.label(RichText::new(words).font(theme::reading(16.0)));
    let provenance = suggest::provenance(guess, jiff::Timestamp::UNIX_EPOCH);
    said(ui, context, &provenance);
    if context.is_writable() {
        let commands = [
            (icons::CHECK, tr("Take guess"), Command::AcceptSelected),
            (icons::CLOSE, tr("Reject guess"), Command::RejectOrDelete),
            (icons::REVERSE, Command::OtherEdges.title(), Command::OtherEdges),
        ];
        titled_row(ui, context, requests, &commands);
    }
    let hint = tr("A guess is no annotation. Whoever confirms the sentence or the article leaves it out.");
    ui.label(RichText::new(hint).small().color(context.theme.text_faint));
}

fn head(ui: &mut Ui, context: &PanelContext<'_>, label: &Name, status: Status) {
    let mark = match status {
        Status::Accepted => None,
        Status::Suggested => Some((tr("suggested"), context.theme.warning)),
        Status::Rejected => Some((tr("rejected"), context.theme.error)),
    };
    head_with(ui, context, label, mark);
}

/// The label as a heading, and what stands beside it in a colour.
fn head_with(ui: &mut Ui, context: &PanelContext<'_>, label: &Name, mark: Option<(&str, egui::Color32)>) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(12.0, 20.0), egui::Sense::hover());
        widgets::swatch(ui, rect.center(), context.palette.get(label));
        ui.label(RichText::new(&**label).font(theme::strong(15.0)));
        if let Some((word, color)) = mark {
            ui.label(RichText::new(word).small().color(color));
        }
    });
}

/// How sure whoever suggested it is, and why; and what can be done with it.
fn suggestion(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    provenance: &Provenance,
    more: &[Command],
    requests: &mut Vec<Request>,
) {
    said(ui, context, provenance);
    if context.is_writable() {
        let mut commands = vec![(icons::CHECK, Command::AcceptSelected), (icons::CLOSE, Command::RejectOrDelete)];
        commands.extend(more.iter().map(|command| (icons::REVERSE, *command)));
        command_row(ui, context, requests, &commands);
    }
}

/// How sure whoever suggested it is, and why.
fn said(ui: &mut Ui, context: &PanelContext<'_>, provenance: &Provenance) {
    let score = provenance.score.map(|score| format!("{:.0} %", score * 100.0));
    let reason = super::suggestions::reason_in_words(provenance);
    let line = score.into_iter().chain(reason).collect::<Vec<_>>().join(" · ");
    if !line.is_empty() {
        ui.label(RichText::new(line).color(context.theme.text_weak));
    }
}

fn label_choice(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    id: AnnotationId,
    label: &Name,
    names: &[Name],
    requests: &mut Vec<Request>,
) {
    ui.add_enabled_ui(context.is_writable(), |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(tr("Label")).color(context.theme.text_weak));
            let combo =
                ComboBox::from_id_salt(("label", id.0)).selected_text(&**label).width(170.0).show_ui(ui, |ui| {
                    for name in names {
                        let response = ui.selectable_label(name == label, &**name);
                        if response.clicked() {
                            ui.close();
                        }
                        if response.clicked()
                            && name != label
                            && let Some(article) = context.article.cloned()
                        {
                            let (name, label) = (name.clone(), name.clone());
                            let title = move |named: String| format!("Label {named} {label}");
                            requests
                                .push(Request::edit_of(article, id, title, move |draft| draft.set_label(id, &name)));
                        }
                    }
                });
            combo.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, tr("Label")));
        });
    });
}

fn entity(ui: &mut Ui, context: &PanelContext<'_>, session: &Session, span: &Span, requests: &mut Vec<Request>) {
    widgets::section(ui, context.theme, tr("Entity"));
    let known = span.entity.as_ref().map(|id| (id, session.project().entities.get(id)));
    match known {
        Some((id, found)) => {
            let name = found.map_or(id.as_str(), |entity| entity.name.as_str());
            ui.label(RichText::new(name).font(theme::medium(size::BODY)));
            if let Some(entity) = found {
                for (scheme, value) in &entity.identifiers {
                    ui.label(RichText::new(format!("{scheme} {value}")).small().color(context.theme.text_weak));
                }
                if !entity.aliases.is_empty() {
                    let aliases = shortened(&entity.aliases.join(", "), 120);
                    ui.label(RichText::new(aliases).small().color(context.theme.text_faint));
                }
            }
        }
        None => {
            ui.label(RichText::new(tr("Not linked. E links it.")).color(context.theme.text_faint));
        }
    }
    if context.is_writable() {
        command_row(ui, context, requests, &[(icons::USER, Command::LinkEntity)]);
    }
}

fn document_labels(ui: &mut Ui, context: &PanelContext<'_>, session: &Session, requests: &mut Vec<Request>) {
    let schema = &session.project().schema;
    if schema.document_labels.is_empty() {
        return;
    }
    widgets::section(ui, context.theme, tr("Document labels"));
    ui.add_enabled_ui(context.is_writable(), |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
            for label in &schema.document_labels {
                let present =
                    context.set().and_then(|set| set.document_labels().find(|other| other.label == label.name));
                let id = present.map(|label| label.id);
                let text = RichText::new(&*label.name).font(theme::medium(11.5));
                let response = ui.add(Button::selectable(id.is_some(), text));
                let response =
                    if label.description.is_empty() { response } else { response.on_hover_text(&label.description) };
                if response.clicked() {
                    requests.extend(toggle_document_label(context, &label.name, id));
                }
            }
        });
    });
}

/// The request that gives the open article a document label, or takes the one with this id away.
pub fn toggle_document_label(
    context: &PanelContext<'_>,
    name: &Name,
    present: Option<AnnotationId>,
) -> Option<Request> {
    let (article, name) = (context.article.cloned()?, name.clone());
    Some(match present {
        Some(id) => Request::edit(article, format!("Take document label {name} away"), move |draft| {
            draft.remove(id).map(|_| ())
        }),
        None => Request::edit(article, format!("Document label {name}"), move |draft| {
            draft.add_document_label(&name).map(|_| ())
        }),
    })
}

/// A relation as one line that selects it.
fn relation_line(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    set: &AnnotationSet,
    relation: &Relation,
    text: &str,
    requests: &mut Vec<Request>,
) {
    let is_suggested = relation.status == Status::Suggested;
    let mut line = describe_relation(set, relation, text);
    if is_suggested {
        line = format!("{} · {line}", tr("suggested"));
    }
    let chosen = context.selected == Some(relation.id);
    let response = widgets::list_row(ui, context.theme, 22.0, chosen, &line, |painter, rect| {
        let centre = rect.left_center() + egui::vec2(8.0, 0.0);
        painter.rect_filled(
            egui::Rect::from_center_size(centre, egui::vec2(8.0, 3.0)),
            1.0,
            context.palette.get(&relation.label).bar,
        );
        let at = rect.left_top() + egui::vec2(18.0, 3.0);
        let font = egui::FontId::proportional(12.0);
        let color = if is_suggested { context.theme.text_weak } else { context.theme.text };
        widgets::line_text(painter, at, rect.width() - 20.0, &line, font, color);
    });
    if response.on_hover_text(line).clicked() {
        requests.push(Request::Select(Some(relation.id)));
    }
}

/// A relation in words: `visit Besuch: visitor Putin, place Kursk`.
pub fn describe_relation(set: &AnnotationSet, relation: &Relation, text: &str) -> String {
    let separator = if relation.trigger.is_some() { " " } else { ": " };
    format!("{}{separator}{}", relation.label, naming::arguments(set, relation, text))
}

fn retarget_button(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    relation: AnnotationId,
    place: Place,
    role: &str,
    requests: &mut Vec<Request>,
) {
    if context.is_writable()
        && widgets::icon_button(ui, icons::PENCIL, &format!("{} {role}", tr("Change target of"))).clicked()
    {
        requests.push(Request::ChooseTarget(relation, place));
    }
}

fn argument_row(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    set: &AnnotationSet,
    role: &str,
    target: AnnotationId,
    text: &str,
    requests: &mut Vec<Request>,
) {
    let words = naming::target(set, target, text);
    let name = format!("{role}: {words}");
    let response = widgets::list_row(ui, context.theme, 22.0, false, &name, |painter, rect| {
        let at = rect.left_top() + egui::vec2(4.0, 3.0);
        let font = egui::FontId::proportional(12.0);
        let used = widgets::line_text(painter, at, 84.0, role, font.clone(), context.theme.text_weak);
        let left = used.right().max(at.x + 70.0) + 8.0;
        widgets::line_text(painter, egui::pos2(left, at.y), rect.right() - left, &words, font, context.theme.text);
    });
    if response.on_hover_text(name).clicked() {
        requests.push(Request::Select(Some(target)));
    }
}

fn command_row(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>, commands: &[(char, Command)]) {
    let commands: Vec<_> = commands.iter().map(|(icon, command)| (*icon, command.title(), *command)).collect();
    titled_row(ui, context, requests, &commands);
}

/// Buttons for commands, each with its icon and words.
fn titled_row(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    requests: &mut Vec<Request>,
    commands: &[(char, &str, Command)],
) {
    ui.horizontal_wrapped(|ui| {
        for (icon, title, command) in commands {
            let button = Button::new((icons::icon(*icon, 14.0), RichText::new(*title).size(12.0)));
            let response = ui.add_enabled(super::dispatch::can_run(context, *command), button);
            let response = response.accessible_name(*title);
            if super::bar::command_tip(response, context, *command).clicked() {
                requests.push(Request::Run(*command));
            }
        }
    });
}

fn describe_provenance(provenance: &Provenance) -> String {
    let source = match &provenance.source {
        Source::Person { name } => name.to_string(),
        Source::Import { format } => format!("{} {format}", tr("imported from")),
        Source::Extractor { name, version } => format!("{name} {version}"),
    };
    let score = provenance.score.map(|score| format!(", {:.0} %", score * 100.0)).unwrap_or_default();
    format!("{source}{score} · {}", super::table::short_time(provenance.time))
}
