//! Puts rows together from columns, many in one go: several times as fast as the library does it one by one.

use super::{
    file::{charge, json},
    leaves::{Leaf, count, is_list},
};
use crate::format::json_lines::Object;
use parquet::{
    basic::{ConvertedType, Repetition},
    column::reader::ColumnReader,
    errors::ParquetError,
    file::reader::RowGroupReader,
    schema::types::{ColumnDescPtr, SchemaDescPtr, Type},
};
use serde_json::Value;

/// How many rows are read in one go.
const BATCH: usize = 128;

/// True if a table has nothing but values, groups and lists in the usual form. Of all others the library knows how they are
/// to be understood.
pub(super) fn is_usual(node: &Type) -> bool {
    if node.get_basic_info().has_repetition() && node.get_basic_info().repetition() == Repetition::REPEATED {
        return false;
    }
    if node.is_primitive() {
        return true;
    }
    match (node.get_basic_info().converted_type(), node.get_fields()) {
        (ConvertedType::LIST, [list]) if is_list(node) && !list.is_primitive() => match list.get_fields() {
            [element] => list.name() != "array" && !list.name().ends_with("_tuple") && is_usual(element),
            _ => false,
        },
        (ConvertedType::NONE, fields) => {
            !is_list(node) && !fields.is_empty() && fields.iter().all(|field| is_usual(field))
        }
        _ => false,
    }
}

/// The rows of a row group.
pub(super) struct Rows {
    columns: Vec<(Leaf, ColumnReader)>,
    schema: SchemaDescPtr,
}

impl Rows {
    /// # Errors
    /// If a column can not be read.
    pub(super) fn new(group: &dyn RowGroupReader, schema: SchemaDescPtr) -> Result<Self, ParquetError> {
        let columns = schema.columns().iter().enumerate();
        let columns = columns.map(|(index, column)| Ok((Leaf::new(column), group.get_column_reader(index)?)));
        Ok(Self { columns: columns.collect::<Result<_, ParquetError>>()?, schema })
    }

    /// The next rows, none at the end; `None` in their place when `left`, what may still be unpacked, is used up.
    ///
    /// # Errors
    /// If they can not be read, or the columns do not fit each other.
    pub(super) fn next(&mut self, left: &mut u64) -> Result<Vec<Option<Object>>, ParquetError> {
        let mut most = None;
        for (leaf, reader) in &mut self.columns {
            leaf.clear();
            let records = leaf.read_some(reader, BATCH)?;
            if most.replace(records).is_some_and(|other| other != records) {
                return Err(unfit());
            }
        }
        let descriptors = self.schema.columns();
        let leaves = self.columns.iter().zip(descriptors);
        let mut places: Vec<Place<'_>> =
            leaves.map(|((leaf, _), column)| Place { leaf, column, level: 0, value: 0 }).collect();
        let mut rows = Vec::new();
        for _ in 0..most.unwrap_or_default() {
            let row = group(self.schema.root_schema(), &mut places, Levels::default(), left)?;
            let is_over = row.is_none();
            rows.push(row);
            if is_over {
                break;
            }
            if places.iter().any(|place| place.repetition().is_some_and(|repetition| repetition > 0)) {
                return Err(unfit());
            }
        }
        Ok(rows)
    }
}

fn unfit() -> ParquetError {
    ParquetError::General("the columns do not fit each other".to_owned())
}

/// How far a column was read.
struct Place<'a> {
    leaf: &'a Leaf,
    column: &'a ColumnDescPtr,
    level: usize,
    value: usize,
}

impl Place<'_> {
    fn definition(&self) -> Result<i16, ParquetError> {
        self.leaf.definition(self.level).ok_or_else(unfit)
    }

    /// The list that goes on; `None` at the end.
    fn repetition(&self) -> Option<i16> {
        self.leaf.repetition(self.level)
    }
}

/// How many of its optional and repeated columns must be there for a value, and how many lists it lies in.
#[derive(Clone, Copy, Debug, Default)]
struct Levels {
    definition: i16,
    depth: i16,
}

/// A value of a row; `None` when too much was unpacked.
fn take(
    node: &Type,
    places: &mut [Place<'_>],
    mut levels: Levels,
    left: &mut u64,
) -> Result<Option<Value>, ParquetError> {
    let info = node.get_basic_info();
    if info.has_repetition() && info.repetition() == Repetition::OPTIONAL {
        if first(places)?.definition()? <= levels.definition {
            places.iter_mut().for_each(|place| place.level += 1);
            return Ok(charge(left, 0).map(|()| Value::Null));
        }
        levels.definition += 1;
    }
    if node.is_primitive() {
        let place = places.first_mut().ok_or_else(unfit)?;
        let field = place.leaf.value(place.column, place.value)?;
        (place.level, place.value) = (place.level + 1, place.value + 1);
        return Ok(json(field, left));
    }
    if !is_list(node) {
        return Ok(group(node, places, levels, left)?.map(Value::from));
    }
    let element = node.get_fields().first().and_then(|list| list.get_fields().first()).ok_or_else(unfit)?;
    if charge(left, 0).is_none() {
        return Ok(None);
    }
    let mut items = Vec::new();
    if first(places)?.definition()? <= levels.definition {
        places.iter_mut().for_each(|place| place.level += 1);
        return Ok(Some(items.into()));
    }
    let inner = Levels { definition: levels.definition + 1, depth: levels.depth + 1 };
    loop {
        let Some(item) = take(element, places, inner, left)? else { return Ok(None) };
        items.push(item);
        if first(places)?.repetition().is_none_or(|repetition| repetition <= levels.depth) {
            return Ok(Some(items.into()));
        }
    }
}

/// The columns in a column, or in the table.
fn group(
    node: &Type,
    places: &mut [Place<'_>],
    levels: Levels,
    left: &mut u64,
) -> Result<Option<Object>, ParquetError> {
    if charge(left, 0).is_none() {
        return Ok(None);
    }
    let mut members = Object::new();
    let mut rest = places;
    for field in node.get_fields() {
        let (own, others) = rest.split_at_mut_checked(count(field)).ok_or_else(unfit)?;
        let Some(value) = take(field, own, levels, left)? else { return Ok(None) };
        members.insert(field.name().to_owned(), value);
        rest = others;
    }
    Ok(Some(members))
}

fn first<'p, 'a>(places: &'p [Place<'a>]) -> Result<&'p Place<'a>, ParquetError> {
    places.first().ok_or_else(unfit)
}
