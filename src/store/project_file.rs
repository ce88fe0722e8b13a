//! The files that people write by hand as well: `project.ron`, `entities.ron` and the metadata of articles.

use super::{
    StoreError,
    annotation_write::{HEAD, VERSION},
    extractor_record::ExtractorRecord,
    imported::KeptFileRecord,
    ron_file::parse_ron,
};
use crate::model::{
    ArgumentDefinition, ArticleMetadata, AttributeDefinition, AttributeKind, AttributeValue, Color,
    DocumentLabelDefinition, Entity, EntityId, EntityRegistry, EvaluationSettings, Extractor, KeptFile,
    LabelDefinition, LineEnding, Name, RelationDefinition, Repeat, Schema, Settings, Symmetry, TextSource, TriggerRule,
    extractor_problems,
};
use ron::ser::PrettyConfig;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, path::Path};

/// Version of metadata that name kept files: the first version knew fewer members of these. Without kept files the first one
/// says all, so that older builds go on reading what they understand.
const METADATA_VERSION: u32 = 2;

// Records.

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectRecord {
    version: u32,
    #[serde(default)]
    settings: SettingsRecord,
    #[serde(default)]
    schema: SchemaRecord,
}

/// Settings, in the project file and in the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SettingsRecord {
    name: String,
    guidelines: String,
    default_language: String,
    normalize_line_endings: bool,
    #[serde(skip_serializing_if = "is_default")]
    evaluation: EvaluationRecord,
    #[serde(skip_serializing_if = "String::is_empty")]
    rules: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extractors: Vec<ExtractorRecord>,
}

/// Which articles are kept apart to measure suggestions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EvaluationRecord {
    percent: u8,
    seed: u64,
    with_suggestions: bool,
}

/// The schema, in the project file and in the journal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SchemaRecord {
    labels: Vec<LabelRecord>,
    relations: Vec<RelationDefinitionRecord>,
    attributes: Vec<AttributeRecord>,
    document_labels: Vec<DocumentLabelDefinitionRecord>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelRecord {
    name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<char>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentLabelDefinitionRecord {
    name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationDefinitionRecord {
    name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    symmetric: bool,
    #[serde(default, skip_serializing_if = "is_no_trigger")]
    trigger: TriggerRecord,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    arguments: Vec<ArgumentRecord>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
enum TriggerRecord {
    #[default]
    None,
    Optional(Vec<Name>),
    Required(Vec<Name>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArgumentRecord {
    role: Name,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<Name>,
    #[serde(default, skip_serializing_if = "is_one")]
    repeat: RepeatRecord,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum RepeatRecord {
    #[default]
    One,
    Optional,
    Many,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeRecord {
    name: Name,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    applies_to: Vec<Name>,
    kind: AttributeKindRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<DefaultRecord>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum AttributeKindRecord {
    Flag,
    Number,
    Text,
    Choice(Vec<Name>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum DefaultRecord {
    Flag(bool),
    Number(f64),
    Text(Name),
}

/// An entity, in the registry file and in the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntityRecord {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    kind: Name,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    identifiers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntitiesRecord {
    version: u32,
    #[serde(default)]
    entities: Vec<EntityRecord>,
    #[serde(default)]
    retired: Vec<String>,
}

/// What is known of an article, in its file and in the journal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MetadataRecord {
    version: u32,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    date: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    language: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    other: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    origin: OriginRecord,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OriginRecord {
    #[serde(skip_serializing_if = "String::is_empty")]
    file: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    encoding: String,
    #[serde(skip_serializing_if = "is_false")]
    byte_order_mark: bool,
    #[serde(skip_serializing_if = "is_default")]
    line_ending: LineEndingRecord,
    #[serde(skip_serializing_if = "is_false")]
    normalized: bool,
    /// The latest of the kept files.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<KeptFileRecord>,
    /// Those of other annotators, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kept_before: Vec<KeptFileRecord>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum LineEndingRecord {
    #[default]
    Lf,
    CrLf,
    Mixed,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_no_trigger(trigger: &TriggerRecord) -> bool {
    matches!(trigger, TriggerRecord::None)
}

fn is_one(repeat: &RepeatRecord) -> bool {
    *repeat == RepeatRecord::One
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for EvaluationRecord {
    fn default() -> Self {
        let EvaluationSettings { percent, seed, with_suggestions } = EvaluationSettings::default();
        Self { percent, seed, with_suggestions }
    }
}

impl Default for SettingsRecord {
    fn default() -> Self {
        Self::from(&Settings::default())
    }
}

// Conversions.

impl From<&Settings> for SettingsRecord {
    fn from(settings: &Settings) -> Self {
        let Settings { name, guidelines, default_language, normalize_line_endings, evaluation, rules, extractors } =
            settings.clone();
        let EvaluationSettings { percent, seed, with_suggestions } = evaluation;
        let evaluation = EvaluationRecord { percent, seed, with_suggestions };
        let extractors = extractors.iter().map(ExtractorRecord::from).collect();
        Self { name, guidelines, default_language, normalize_line_endings, evaluation, rules, extractors }
    }
}

impl From<SettingsRecord> for Settings {
    fn from(record: SettingsRecord) -> Self {
        let SettingsRecord {
            name,
            guidelines,
            default_language,
            normalize_line_endings,
            evaluation,
            rules,
            extractors,
        } = record;
        let EvaluationRecord { percent, seed, with_suggestions } = evaluation;
        let evaluation = EvaluationSettings { percent: percent.min(100), seed, with_suggestions };
        let extractors = extractors.into_iter().map(Extractor::from).collect();
        Self { name, guidelines, default_language, normalize_line_endings, evaluation, rules, extractors }
    }
}

impl From<&Schema> for SchemaRecord {
    fn from(schema: &Schema) -> Self {
        let color = |color: &Option<Color>| color.map(|color| color.to_string());
        Self {
            labels: schema
                .labels
                .iter()
                .map(|label| LabelRecord {
                    name: label.name.clone(),
                    color: color(&label.color),
                    key: label.key,
                    description: label.description.clone(),
                })
                .collect(),
            relations: schema
                .relations
                .iter()
                .map(|relation| RelationDefinitionRecord {
                    name: relation.name.clone(),
                    color: color(&relation.color),
                    symmetric: relation.symmetry == Symmetry::Symmetric,
                    trigger: match &relation.trigger {
                        TriggerRule::None => TriggerRecord::None,
                        TriggerRule::Optional(labels) => TriggerRecord::Optional(labels.clone()),
                        TriggerRule::Required(labels) => TriggerRecord::Required(labels.clone()),
                    },
                    arguments: relation
                        .arguments
                        .iter()
                        .map(|argument| ArgumentRecord {
                            role: argument.role.clone(),
                            allowed: argument.allowed.clone(),
                            repeat: match argument.repeat {
                                Repeat::One => RepeatRecord::One,
                                Repeat::Optional => RepeatRecord::Optional,
                                Repeat::Many => RepeatRecord::Many,
                            },
                        })
                        .collect(),
                    description: relation.description.clone(),
                })
                .collect(),
            attributes: schema
                .attributes
                .iter()
                .map(|attribute| AttributeRecord {
                    name: attribute.name.clone(),
                    applies_to: attribute.applies_to.clone(),
                    kind: match &attribute.kind {
                        AttributeKind::Flag => AttributeKindRecord::Flag,
                        AttributeKind::Number => AttributeKindRecord::Number,
                        AttributeKind::Text => AttributeKindRecord::Text,
                        AttributeKind::Choice(values) => AttributeKindRecord::Choice(values.clone()),
                    },
                    default: attribute.default.as_ref().map(|value| match value {
                        AttributeValue::Flag(flag) => DefaultRecord::Flag(*flag),
                        AttributeValue::Number(number) => DefaultRecord::Number(*number),
                        AttributeValue::Text(text) => DefaultRecord::Text(text.clone()),
                    }),
                    description: attribute.description.clone(),
                })
                .collect(),
            document_labels: schema
                .document_labels
                .iter()
                .map(|label| DocumentLabelDefinitionRecord {
                    name: label.name.clone(),
                    color: color(&label.color),
                    description: label.description.clone(),
                })
                .collect(),
        }
    }
}

impl SchemaRecord {
    /// # Errors
    /// If a colour can not be read; says where.
    pub(super) fn into_model(self) -> Result<Schema, String> {
        let color = |text: Option<String>, name: &Name| {
            text.map(|text| {
                Color::parse(&text)
                    .ok_or_else(|| format!("the color {text:?} of {name:?} has to look like \"#3366cc\""))
            })
            .transpose()
        };
        let mut schema = Schema::default();
        for label in self.labels {
            let color = color(label.color, &label.name)?;
            let LabelRecord { name, key, description, .. } = label;
            schema.labels.push(LabelDefinition { name, color, key, description });
        }
        for relation in self.relations {
            let color = color(relation.color, &relation.name)?;
            let arguments = relation.arguments.into_iter().map(|argument| ArgumentDefinition {
                role: argument.role,
                allowed: argument.allowed,
                repeat: match argument.repeat {
                    RepeatRecord::One => Repeat::One,
                    RepeatRecord::Optional => Repeat::Optional,
                    RepeatRecord::Many => Repeat::Many,
                },
            });
            schema.relations.push(RelationDefinition {
                name: relation.name,
                color,
                description: relation.description,
                symmetry: if relation.symmetric { Symmetry::Symmetric } else { Symmetry::Directed },
                trigger: match relation.trigger {
                    TriggerRecord::None => TriggerRule::None,
                    TriggerRecord::Optional(labels) => TriggerRule::Optional(labels),
                    TriggerRecord::Required(labels) => TriggerRule::Required(labels),
                },
                arguments: arguments.collect(),
            });
        }
        for attribute in self.attributes {
            schema.attributes.push(AttributeDefinition {
                name: attribute.name,
                applies_to: attribute.applies_to,
                kind: match attribute.kind {
                    AttributeKindRecord::Flag => AttributeKind::Flag,
                    AttributeKindRecord::Number => AttributeKind::Number,
                    AttributeKindRecord::Text => AttributeKind::Text,
                    AttributeKindRecord::Choice(values) => AttributeKind::Choice(values),
                },
                default: attribute.default.map(|value| match value {
                    DefaultRecord::Flag(flag) => AttributeValue::Flag(flag),
                    DefaultRecord::Number(number) => AttributeValue::Number(number),
                    DefaultRecord::Text(text) => AttributeValue::Text(text),
                }),
                description: attribute.description,
            });
        }
        for label in self.document_labels {
            let color = color(label.color, &label.name)?;
            schema.document_labels.push(DocumentLabelDefinition {
                name: label.name,
                color,
                description: label.description,
            });
        }
        Ok(schema)
    }
}

impl From<&Entity> for EntityRecord {
    fn from(entity: &Entity) -> Self {
        Self {
            id: entity.id.to_string(),
            name: entity.name.clone(),
            kind: entity.kind.clone(),
            aliases: entity.aliases.clone(),
            identifiers: entity.identifiers.clone(),
            note: entity.note.clone(),
        }
    }
}

impl From<EntityRecord> for Entity {
    fn from(record: EntityRecord) -> Self {
        let EntityRecord { id, name, kind, aliases, identifiers, note } = record;
        Self { id: EntityId::new(&id), name, kind, aliases, identifiers, note }
    }
}

impl From<&ArticleMetadata> for MetadataRecord {
    fn from(metadata: &ArticleMetadata) -> Self {
        let ArticleMetadata { title, source, url, date, language, other, origin } = metadata.clone();
        let TextSource { file, encoding, byte_order_mark, line_ending, normalized, kept } = origin;
        let line_ending = match line_ending {
            LineEnding::Lf => LineEndingRecord::Lf,
            LineEnding::CrLf => LineEndingRecord::CrLf,
            LineEnding::Mixed => LineEndingRecord::Mixed,
        };
        let mut kept_before: Vec<_> = kept.into_iter().map(KeptFileRecord::from).collect();
        let kept = kept_before.pop();
        let version = if kept.is_some() { METADATA_VERSION } else { VERSION };
        let origin = OriginRecord { file, encoding, byte_order_mark, line_ending, normalized, kept, kept_before };
        Self { version, title, source, url, date, language, other, origin }
    }
}

impl From<MetadataRecord> for ArticleMetadata {
    fn from(record: MetadataRecord) -> Self {
        let MetadataRecord { version: _, title, source, url, date, language, other, origin } = record;
        let OriginRecord { file, encoding, byte_order_mark, line_ending, normalized, kept, kept_before } = origin;
        let line_ending = match line_ending {
            LineEndingRecord::Lf => LineEnding::Lf,
            LineEndingRecord::CrLf => LineEnding::CrLf,
            LineEndingRecord::Mixed => LineEnding::Mixed,
        };
        let kept = kept_before.into_iter().chain(kept).map(KeptFile::from).collect();
        let origin = TextSource { file, encoding, byte_order_mark, line_ending, normalized, kept };
        Self { title, source, url, date, language, other, origin }
    }
}

// Files.

/// A record on one line.
fn line<T: Serialize>(record: &T) -> String {
    let config = PrettyConfig::new().compact_structs(true).compact_arrays(true).compact_maps(true);
    let config = config.extensions(ron::extensions::Extensions::empty());
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    // Serialization of plain records into a string has no way to fail.
    options.to_string_pretty(record, config).unwrap_or_default()
}

/// A text of several lines so that a person can read it: as a raw string.
fn paragraphs(text: &str) -> String {
    if !text.contains('\n') || text.contains('\r') {
        return line(&text);
    }
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// The content of `project.ron`: one label, relation or attribute a line.
pub(super) fn write_project(settings: &Settings, schema: &Schema) -> String {
    let settings = SettingsRecord::from(settings);
    let schema = SchemaRecord::from(schema);
    let mut out = format!("{HEAD}(\n    version: {VERSION},\n    settings: (\n");
    out += &format!("        name: {},\n", line(&settings.name));
    out += &format!("        default_language: {},\n", line(&settings.default_language));
    out += &format!("        normalize_line_endings: {},\n", settings.normalize_line_endings);
    if !is_default(&settings.evaluation) {
        out += &format!("        evaluation: {},\n", line(&settings.evaluation));
    }
    if !settings.rules.is_empty() {
        out += &format!("        rules: {},\n", paragraphs(&settings.rules));
    }
    if !settings.extractors.is_empty() {
        out += "        extractors: [\n";
        for extractor in &settings.extractors {
            out += &format!("            {},\n", line(extractor));
        }
        out += "        ],\n";
    }
    out += &format!("        guidelines: {},\n    ),\n    schema: (\n", paragraphs(&settings.guidelines));
    let mut list = |name: &str, lines: Vec<String>| {
        out += &format!("        {name}: [\n");
        for line in lines {
            out += &format!("            {line},\n");
        }
        out += "        ],\n";
    };
    list("labels", schema.labels.iter().map(line).collect());
    list("relations", schema.relations.iter().map(line).collect());
    list("attributes", schema.attributes.iter().map(line).collect());
    list("document_labels", schema.document_labels.iter().map(line).collect());
    out += "    ),\n)\n";
    out
}

/// Reads the content of `project.ron`. `path` is for messages.
///
/// # Errors
/// If it is no legal RON, has unknown fields or contradicts itself; with the line where there is one.
pub(super) fn read_project(content: &str, path: &Path) -> Result<(Settings, Schema), StoreError> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    let record: ProjectRecord = parse_version(content, path, VERSION, |record: &ProjectRecord| record.version)?;
    let bad = |problem: String| StoreError::BadSchema { path: path.to_owned(), problem };
    let schema = record.schema.into_model().map_err(bad)?;
    if let Some(problem) = schema.problems().first() {
        return Err(bad(problem.to_string()));
    }
    let settings = Settings::from(record.settings);
    match extractor_problems(&settings.extractors).into_iter().next() {
        Some(problem) => Err(bad(problem)),
        None => Ok((settings, schema)),
    }
}

/// The content of `entities.ron`: one entity a line, by id.
pub(super) fn write_entities(registry: &EntityRegistry) -> String {
    let mut out = format!("{HEAD}(\nversion: {VERSION},\nentities: [\n");
    for entity in registry.entities.values() {
        out += &line(&EntityRecord::from(entity));
        out += ",\n";
    }
    out += "],\nretired: [\n";
    for id in &registry.retired {
        out += &line(&id.as_str());
        out += ",\n";
    }
    out += "],\n)\n";
    out
}

/// Reads the content of `entities.ron`.
///
/// # Errors
/// If it is no legal RON, has unknown fields or two entities with one id.
pub(super) fn read_entities(content: &str, path: &Path) -> Result<EntityRegistry, StoreError> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    let record: EntitiesRecord = parse_version(content, path, VERSION, |record: &EntitiesRecord| record.version)?;
    let mut registry = EntityRegistry::default();
    registry.retired.extend(record.retired.iter().map(|id| EntityId::new(id)));
    for entity in record.entities {
        let entity = Entity::from(entity);
        registry.retired.remove(&entity.id);
        if let Some(before) = registry.entities.insert(entity.id.clone(), entity) {
            let mark = format!("id: {}", line(&before.id.as_str()));
            let second = content.lines().enumerate().filter(|(_, line)| line.contains(&mark)).nth(1);
            return Err(StoreError::Unreadable {
                path: path.to_owned(),
                line: second.map(|(index, _)| index + 1),
                reason: format!("two entities have the id {:?}", before.id.as_str()),
                remedy: "give one of them another id, or delete it",
            });
        }
    }
    Ok(registry)
}

/// The content of an article's metadata file.
pub(super) fn write_metadata(metadata: &ArticleMetadata) -> String {
    let options = ron::Options::default();
    let text = options.to_string_pretty(&MetadataRecord::from(metadata), PrettyConfig::new().new_line("\n"));
    text.unwrap_or_default() + "\n"
}

/// Reads the content of an article's metadata file.
///
/// # Errors
/// If it is no legal RON or has unknown fields.
pub(super) fn read_metadata(content: &str, path: &Path) -> Result<ArticleMetadata, StoreError> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    let record: MetadataRecord =
        parse_version(content, path, METADATA_VERSION, |record: &MetadataRecord| record.version)?;
    Ok(record.into())
}

/// Reads a record whose version is at most `newest`. What a newer Glosse wrote may have members that this one does not know:
/// then the version is what is wrong, not the member.
fn parse_version<T: DeserializeOwned>(
    content: &str,
    path: &Path,
    newest: u32,
    version: impl Fn(&T) -> u32,
) -> Result<T, StoreError> {
    /// The version alone, whatever stands beside it.
    #[derive(Deserialize)]
    struct VersionRecord {
        version: u32,
    }
    let parsed: Result<T, StoreError> = parse_ron(content, path, content, 0);
    let found = match &parsed {
        Ok(record) => Some(version(record)),
        Err(_) => ron::from_str::<VersionRecord>(content).ok().map(|record| record.version),
    };
    match found.filter(|version| *version > newest) {
        Some(version) => Err(StoreError::NewerVersion { path: path.to_owned(), version }),
        None => parsed,
    }
}
