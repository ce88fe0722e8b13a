//! Label Studio's tasks in JSON, and its labelling configuration in XML beside them.
//!
//! See <https://labelstud.io/guide/task_format>.

mod config;
mod place;
mod read;
mod results;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Identifiers, Imported, Input, Layout, Loss,
    Output, ReadOptions, Recognition,
    original::{Original, read_options, unedited_bytes},
    reading::Delivery,
    records::{LineWriter, ListWriter, Part, Records, name_origin},
    writing::write_file,
};
use config::{Config, Needed};
use place::text_place;

/// See the module.
pub struct LabelStudio;

/// The name of a written configuration, behind that of the tasks.
const CONFIG: &str = "label-config.xml";

impl Format for LabelStudio {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "label-studio",
            title: "Label Studio tasks",
            extensions: &["json", "jsonl"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds {
                text: true,
                nested: true,
                crossing: true,
                sub_token: true,
                attributes: true,
                notes: true,
                entities: true,
                relations: true,
                document_labels: true,
                status: true,
                metadata: true,
                identifiers: Identifiers::All,
                ..Holds::NONE
            },
            unit: "code points",
            documentation: include_str!("label_studio.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = input.bytes.get(..input.bytes.len().min(1 << 16)).unwrap_or_default();
        let start = String::from_utf8_lossy(start);
        let start = start.trim_start_matches('\u{FEFF}').trim_start();
        let has = |name: &str| start.contains(&format!("\"{name}\""));
        if !start.starts_with(['{', '[']) || has("glosse-jsonl") || !has("data") {
            Recognition::No
        } else if has("from_name") && has("to_name") {
            Recognition::Certain
        } else if (has("annotations") || has("predictions") || has("completions"))
            && is_member_with_object(start, "data")
        {
            Recognition::Likely
        } else {
            let is_only_data = start.trim_start_matches(['[', '{', ' ', '\n', '\r', '\t']).starts_with("\"data\"");
            if is_only_data && is_member_with_object(start, "data") { Recognition::Likely } else { Recognition::No }
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        let mut delivery = Delivery::new(&input.name, article);
        let beside = config_beside(input);
        let config = beside.as_ref().and_then(|(name, bytes)| match Config::parse(bytes) {
            Ok(config) => Some(config),
            Err(error) => {
                delivery.warn(None, format!("the labelling configuration {name} is not used: {error}"));
                None
            }
        });
        let mut records = Records::new(input.bytes, input.before);
        while let Some(record) = records.next() {
            if record.damaged {
                delivery.warn(Some(record.line), "bytes that are not UTF-8 were replaced by U+FFFD");
            }
            let object = match &record.object {
                Ok(object) => object,
                Err(error) => {
                    delivery.warn(Some(record.line), &**error);
                    continue;
                }
            };
            let fallback = format!("{}-{}", input.stem(), record.line);
            match read::task(object, config.as_ref(), options, (&input.name, record.line, &fallback)) {
                Ok(mut task) => {
                    name_origin(&mut task.imported.metadata.origin, input);
                    task.imported.kept = Some(records.part(&record));
                    task.imported.beside = beside.iter().map(|(name, _)| name.clone()).collect();
                    task.imported.schema = config.as_ref().map(|config| config.schema.clone());
                    delivery.push(task.imported);
                }
                Err(error) => delivery.warn(Some(record.line), error),
            }
        }
        if let Some(last) = delivery.last() {
            last.kept = last.kept.map(|part| records.up_to_the_end(part));
        }
        delivery.finish("the file has no tasks")
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let mut needed = Needed::new(context.schema);
        let mut config: Option<Config> = None;
        let mut articles = articles.peekable();
        let first = articles.next();
        let is_only = articles.peek().is_none();
        let file = output.create("")?;
        let mut writer = match first.is_some_and(|first| is_of_lines(first, is_only, context)) {
            true => Writer::Lines(LineWriter::new(file)),
            false => Writer::List(ListWriter::new(file)),
        };
        for exported in first.into_iter().chain(articles) {
            let original = Original::of(exported, self.info().name, context.originals);
            let own = original.as_ref().and_then(config_of);
            if config.is_none() {
                config.clone_from(&own);
            }
            if let Some(part) = unedited_bytes(self, exported, context, losses) {
                writer.push(&part)?;
                continue;
            }
            let options = read_options(exported);
            let is_task = |task: &_| text_place(task, own.as_ref(), options.text_column.as_deref()).is_ok();
            let part = original.and_then(|original| Part::of(&original, is_task));
            let base = part.and_then(|part| {
                let task = read::task(&part.object, own.as_ref(), &options, ("", 1, "")).ok()?;
                Some((part, task))
            });
            let used = own.or_else(|| config.clone()).unwrap_or_default();
            let (part, base) = match base {
                Some((part, task)) => {
                    let record = part.object.clone();
                    (Some(part), Some(write::Base { record, task }))
                }
                None => (None, None),
            };
            let task = write::record(exported, context, &used, base, &mut needed, losses);
            let bytes = serde_json::Value::Object(task).to_string().into_bytes();
            match part {
                Some(part) => writer.push(&part.with(&bytes))?,
                None => writer.push(&bytes)?,
            }
        }
        writer.finish()?;
        for relation in context.schema.relations.iter().filter(|relation| relation.arguments.len() == 2) {
            needed.relation(&relation.name);
        }
        let config = config.unwrap_or_default().extended(&needed);
        write_file(output, CONFIG, config.as_bytes())
    }
}

/// Writes a list, as Label Studio does, or goes on with lines where the tasks came in lines.
enum Writer<'a> {
    Lines(LineWriter<'a>),
    List(ListWriter<'a>),
}

impl Writer<'_> {
    fn push(&mut self, part: &[u8]) -> Result<(), FormatError> {
        match self {
            Self::Lines(writer) => writer.push(part),
            Self::List(writer) => writer.push(part),
        }
    }

    fn finish(self) -> Result<(), FormatError> {
        match self {
            Self::Lines(writer) => writer.finish(),
            Self::List(writer) => writer.finish(),
        }
    }
}

/// True if the file of the first article has tasks one after the other, without a list around them.
fn is_of_lines(first: Exported<'_>, is_only: bool, context: &ExportContext<'_>) -> bool {
    let original = Original::of(first, LabelStudio.info().name, context.originals);
    let part = original.as_ref().and_then(|original| original.bytes());
    part.is_some_and(|part| {
        let part = part.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&part).trim_ascii();
        part.starts_with(b"{") && !part.ends_with(b"]") && (is_only || !part.contains(&b'\n'))
    })
}

/// True if `name` is a member whose value is an object.
fn is_member_with_object(text: &str, name: &str) -> bool {
    let name = format!("\"{name}\"");
    text.match_indices(&name).any(|(place, found)| {
        let rest = text.get(place + found.len()..).unwrap_or_default().trim_start();
        rest.strip_prefix(':').is_some_and(|rest| rest.trim_start().starts_with('{'))
    })
}

/// The labelling configuration beside a file of tasks, with its name.
fn config_beside(input: &Input<'_>) -> Option<(String, Vec<u8>)> {
    let own = format!("{}.{CONFIG}", input.stem());
    let names = [&*own, "label_config.xml", "config.xml", CONFIG];
    names.into_iter().find_map(|name| Some((name.to_owned(), (input.sibling)(name)?)))
}

/// The labelling configuration that lay beside an original.
fn config_of(original: &Original) -> Option<Config> {
    original.beside.keys().find_map(|name| Config::parse(&original.sibling(name)?).ok())
}

#[cfg(test)]
mod tests;
