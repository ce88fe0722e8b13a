//! The columns of a Parquet file as they are stored: values, and levels that say to which row and list each belongs.

use parquet::{
    basic::{ConvertedType, LogicalType, Repetition, Type as Physical},
    column::reader::ColumnReader,
    data_type::{
        BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type,
        Int64Type, Int96, Int96Type,
    },
    errors::ParquetError,
    file::writer::SerializedColumnWriter,
    record::Field,
    schema::types::{ColumnDescPtr, ColumnDescriptor, Type},
};
use serde_json::Value;

/// How many rows are read in one go.
const BATCH: usize = 1024;

/// The values of one column.
#[derive(Clone, Debug)]
enum Values {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// One column without columns in it.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The column of the table in which it lies.
    pub column: String,
    definition: Vec<i16>,
    repetition: Vec<i16>,
    values: Values,
    max_definition: i16,
    max_repetition: i16,
    length: usize,
    /// For each row, and behind the last, where its levels and its values begin.
    rows: Vec<(usize, usize)>,
}

impl Leaf {
    pub(super) fn new(column: &ColumnDescriptor) -> Self {
        let values = match column.physical_type() {
            Physical::BOOLEAN => Values::Bool(Vec::new()),
            Physical::INT32 => Values::Int32(Vec::new()),
            Physical::INT64 => Values::Int64(Vec::new()),
            Physical::INT96 => Values::Int96(Vec::new()),
            Physical::FLOAT => Values::Float(Vec::new()),
            Physical::DOUBLE => Values::Double(Vec::new()),
            Physical::BYTE_ARRAY => Values::Bytes(Vec::new()),
            Physical::FIXED_LEN_BYTE_ARRAY => Values::Fixed(Vec::new()),
        };
        Self {
            column: column.path().parts().first().cloned().unwrap_or_default(),
            definition: Vec::new(),
            repetition: Vec::new(),
            values,
            max_definition: column.max_def_level(),
            max_repetition: column.max_rep_level(),
            length: usize::try_from(column.type_length()).unwrap_or(0),
            rows: Vec::new(),
        }
    }

    /// Adds what a reader has.
    ///
    /// # Errors
    /// If it can not be read.
    pub(super) fn read(&mut self, mut reader: ColumnReader) -> Result<(), ParquetError> {
        while self.read_some(&mut reader, BATCH)? > 0 {}
        Ok(())
    }

    /// Adds up to `most` rows of what a reader has left; gives how many.
    ///
    /// # Errors
    /// If they can not be read.
    pub(super) fn read_some(&mut self, reader: &mut ColumnReader, most: usize) -> Result<usize, ParquetError> {
        let (definition, repetition) = (&mut self.definition, &mut self.repetition);
        let (has_definition, has_repetition) = (self.max_definition > 0, self.max_repetition > 0);
        macro_rules! read {
            ($reader:ident, $values:ident) => {{
                let (records, values, levels) = $reader.read_records(
                    most,
                    has_definition.then_some(&mut *definition),
                    has_repetition.then_some(&mut *repetition),
                    $values,
                )?;
                if !has_definition {
                    definition.extend(std::iter::repeat_n(0, values));
                }
                if !has_repetition {
                    repetition.extend(std::iter::repeat_n(0, if has_definition { levels } else { values }));
                }
                Ok(records)
            }};
        }
        match (reader, &mut self.values) {
            (ColumnReader::BoolColumnReader(reader), Values::Bool(values)) => read!(reader, values),
            (ColumnReader::Int32ColumnReader(reader), Values::Int32(values)) => read!(reader, values),
            (ColumnReader::Int64ColumnReader(reader), Values::Int64(values)) => read!(reader, values),
            (ColumnReader::Int96ColumnReader(reader), Values::Int96(values)) => read!(reader, values),
            (ColumnReader::FloatColumnReader(reader), Values::Float(values)) => read!(reader, values),
            (ColumnReader::DoubleColumnReader(reader), Values::Double(values)) => read!(reader, values),
            (ColumnReader::ByteArrayColumnReader(reader), Values::Bytes(values)) => read!(reader, values),
            (ColumnReader::FixedLenByteArrayColumnReader(reader), Values::Fixed(values)) => read!(reader, values),
            _ => Err(ParquetError::General("a column is of another type than it says".to_owned())),
        }
    }

    /// Lets go of all values, to read others.
    pub(super) fn clear(&mut self) {
        self.definition.clear();
        self.repetition.clear();
        self.rows.clear();
        match &mut self.values {
            Values::Bool(values) => values.clear(),
            Values::Int32(values) => values.clear(),
            Values::Int64(values) => values.clear(),
            Values::Int96(values) => values.clear(),
            Values::Float(values) => values.clear(),
            Values::Double(values) => values.clear(),
            Values::Bytes(values) => values.clear(),
            Values::Fixed(values) => values.clear(),
        }
    }

    /// The definition level with this number, `None` past the end.
    pub(super) fn definition(&self, level: usize) -> Option<i16> {
        self.definition.get(level).copied()
    }

    /// The repetition level with this number, `None` past the end.
    pub(super) fn repetition(&self, level: usize) -> Option<i16> {
        self.repetition.get(level).copied()
    }

    /// The value with this number, as the library understands it.
    ///
    /// # Errors
    /// If there is none, or it is not what `column` says.
    pub(super) fn value(&self, column: &ColumnDescPtr, number: usize) -> Result<Field, ParquetError> {
        let value = match &self.values {
            Values::Bool(values) => values.get(number).map(|value| Field::convert_bool(column, *value)),
            Values::Int32(values) => values.get(number).map(|value| Field::convert_int32(column, *value)),
            Values::Int64(values) => values.get(number).map(|value| Field::convert_int64(column, *value)),
            Values::Int96(values) => values.get(number).map(|value| Field::convert_int96(column, *value)),
            Values::Float(values) => values.get(number).map(|value| Field::convert_float(column, *value)),
            Values::Double(values) => values.get(number).map(|value| Field::convert_double(column, *value)),
            Values::Bytes(values) => {
                values.get(number).map(|value| Field::convert_byte_array(column, value.clone())).transpose()?
            }
            Values::Fixed(values) => {
                let value = values.get(number);
                value.map(|value| Field::convert_byte_array(column, value.clone().into())).transpose()?
            }
        };
        value.ok_or_else(|| ParquetError::General("a column has fewer values than it says".to_owned()))
    }

    /// Finds out where the rows begin, when all is read.
    pub(super) fn find_rows(&mut self) {
        let mut value = 0;
        self.rows.clear();
        for (level, (definition, repetition)) in self.definition.iter().zip(&self.repetition).enumerate() {
            if *repetition == 0 {
                self.rows.push((level, value));
            }
            value += usize::from(*definition == self.max_definition);
        }
        self.rows.push((self.definition.len(), value));
    }

    /// Without values.
    pub(super) fn cleared(&self) -> Self {
        let values = match self.values {
            Values::Bool(_) => Values::Bool(Vec::new()),
            Values::Int32(_) => Values::Int32(Vec::new()),
            Values::Int64(_) => Values::Int64(Vec::new()),
            Values::Int96(_) => Values::Int96(Vec::new()),
            Values::Float(_) => Values::Float(Vec::new()),
            Values::Double(_) => Values::Double(Vec::new()),
            Values::Bytes(_) => Values::Bytes(Vec::new()),
            Values::Fixed(_) => Values::Fixed(Vec::new()),
        };
        let (definition, repetition, rows) = Default::default();
        Self { values, definition, repetition, rows, column: self.column.clone(), ..*self }
    }

    /// Adds a row of another leaf with the same type; `false` if it has none with this number.
    pub(super) fn copy(&mut self, other: &Self, row: usize) -> bool {
        let (Some((level, value)), Some((next_level, next_value))) = (other.rows.get(row), other.rows.get(row + 1))
        else {
            return false;
        };
        self.definition.extend(other.definition.get(*level..*next_level).unwrap_or_default());
        self.repetition.extend(other.repetition.get(*level..*next_level).unwrap_or_default());
        let range = *value..*next_value;
        match (&mut self.values, &other.values) {
            (Values::Bool(to), Values::Bool(from)) => to.extend(from.get(range).unwrap_or_default()),
            (Values::Int32(to), Values::Int32(from)) => to.extend(from.get(range).unwrap_or_default()),
            (Values::Int64(to), Values::Int64(from)) => to.extend(from.get(range).unwrap_or_default()),
            (Values::Int96(to), Values::Int96(from)) => to.extend_from_slice(from.get(range).unwrap_or_default()),
            (Values::Float(to), Values::Float(from)) => to.extend(from.get(range).unwrap_or_default()),
            (Values::Double(to), Values::Double(from)) => to.extend(from.get(range).unwrap_or_default()),
            (Values::Bytes(to), Values::Bytes(from)) => to.extend_from_slice(from.get(range).unwrap_or_default()),
            (Values::Fixed(to), Values::Fixed(from)) => to.extend_from_slice(from.get(range).unwrap_or_default()),
            _ => return false,
        }
        true
    }

    /// Adds a level, and where it is one a value: what JSON has there, or else zero or nothing.
    fn push(&mut self, value: Option<&Value>, definition: i16, repetition: i16) {
        self.definition.push(definition);
        self.repetition.push(repetition);
        if definition < self.max_definition {
            return;
        }
        let value = value.unwrap_or(&Value::Null);
        let whole = value.as_i64().unwrap_or_default();
        let number = value.as_f64().unwrap_or_default();
        let text = || match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        match &mut self.values {
            Values::Bool(values) => values.push(value.as_bool().unwrap_or_default()),
            Values::Int32(values) => values.push(i32::try_from(whole).unwrap_or_default()),
            Values::Int64(values) => values.push(whole),
            Values::Int96(values) => values.push(Int96::new()),
            // A number of half the length has half of the digits.
            Values::Float(values) => values.push(number as f32),
            Values::Double(values) => values.push(number),
            Values::Bytes(values) => values.push(text().into_bytes().into()),
            Values::Fixed(values) => values.push(FixedLenByteArray::from(vec![0; self.length])),
        }
    }

    /// Writes all values.
    ///
    /// # Errors
    /// If they can not be written.
    pub(super) fn write(&self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let definition = (self.max_definition > 0).then_some(&*self.definition);
        let repetition = (self.max_repetition > 0).then_some(&*self.repetition);
        match &self.values {
            Values::Bool(values) => column.typed::<BoolType>().write_batch(values, definition, repetition)?,
            Values::Int32(values) => column.typed::<Int32Type>().write_batch(values, definition, repetition)?,
            Values::Int64(values) => column.typed::<Int64Type>().write_batch(values, definition, repetition)?,
            Values::Int96(values) => column.typed::<Int96Type>().write_batch(values, definition, repetition)?,
            Values::Float(values) => column.typed::<FloatType>().write_batch(values, definition, repetition)?,
            Values::Double(values) => column.typed::<DoubleType>().write_batch(values, definition, repetition)?,
            Values::Bytes(values) => column.typed::<ByteArrayType>().write_batch(values, definition, repetition)?,
            Values::Fixed(values) => {
                column.typed::<FixedLenByteArrayType>().write_batch(values, definition, repetition)?
            }
        };
        Ok(())
    }
}

/// Where a value stands: how many of its optional and repeated columns are there, the list that goes on, and how many lists
/// it lies in.
#[derive(Clone, Copy, Debug, Default)]
struct Levels {
    definition: i16,
    repetition: i16,
    depth: i16,
}

/// Adds a row to the leaves of a column of the table.
pub(super) fn put_row(column: &Type, value: Option<&Value>, leaves: &mut [Leaf]) {
    put(column, value, Levels::default(), leaves);
}

fn put(node: &Type, value: Option<&Value>, mut levels: Levels, leaves: &mut [Leaf]) {
    let value = value.filter(|value| !value.is_null());
    match node.get_basic_info().has_repetition().then(|| node.get_basic_info().repetition()) {
        Some(Repetition::OPTIONAL) => match value {
            Some(_) => levels.definition += 1,
            None => return put_nothing(levels, leaves),
        },
        Some(Repetition::REPEATED) => return put_list(node, value, levels, leaves),
        Some(Repetition::REQUIRED) | None => {}
    }
    put_inner(node, value, levels, leaves);
}

/// What is in a node that is there.
fn put_inner(node: &Type, value: Option<&Value>, levels: Levels, leaves: &mut [Leaf]) {
    if node.is_primitive() {
        if let Some(leaf) = leaves.first_mut() {
            leaf.push(value, levels.definition, levels.repetition);
        }
        return;
    }
    if let ([list], true) = (node.get_fields(), is_list(node)) {
        return put(list, value, levels, leaves);
    }
    let mut rest = leaves;
    for field in node.get_fields() {
        let Some((own, others)) = rest.split_at_mut_checked(count(field)) else { return };
        put(field, value.and_then(|value| value.get(field.name())), levels, own);
        rest = others;
    }
}

/// The items of a list, each in the repeated node.
fn put_list(node: &Type, value: Option<&Value>, levels: Levels, leaves: &mut [Leaf]) {
    let items = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        return put_nothing(levels, leaves);
    }
    let depth = levels.depth + 1;
    for (index, item) in items.iter().enumerate() {
        let repetition = if index == 0 { levels.repetition } else { depth };
        let inner = Levels { definition: levels.definition + 1, repetition, depth };
        match (node.is_primitive(), if node.is_primitive() { &[][..] } else { node.get_fields() }) {
            // The usual form: the repeated node has the element as its only field.
            (false, [element]) => put(element, Some(item), inner, leaves),
            _ => put_inner(node, Some(item), inner, leaves),
        }
    }
}

fn put_nothing(levels: Levels, leaves: &mut [Leaf]) {
    for leaf in leaves {
        leaf.push(None, levels.definition, levels.repetition);
    }
}

/// True for a list in one of the usual forms.
pub(super) fn is_list(node: &Type) -> bool {
    let info = node.get_basic_info();
    let is_marked =
        matches!(info.logical_type_ref(), Some(LogicalType::List)) || info.converted_type() == ConvertedType::LIST;
    let is_repeated = |field: &Type| {
        field.get_basic_info().has_repetition() && field.get_basic_info().repetition() == Repetition::REPEATED
    };
    is_marked && node.get_fields().first().is_some_and(|field| is_repeated(field))
}

/// How many leaves a column has.
pub(super) fn count(node: &Type) -> usize {
    if node.is_primitive() { 1 } else { node.get_fields().iter().map(|field| count(field)).sum() }
}
