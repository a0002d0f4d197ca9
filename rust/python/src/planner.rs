//! The planner of statements: the engine asks, Python answers, once a text.
//!
//! Python is asked twice: what a text is about, and, when the keys of that are known, what it comes to. Whatever goes wrong
//! there but a statement that is refused is a fault of ours.

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use statordb_engine::error::{Error, Result};
use statordb_engine::expr::KeyOperator;
use statordb_engine::ops::ReturnValues;
use statordb_engine::statement::{
    Access, Outline, Planner, Projected, SortCondition, SourceKeys, StatementKind, Template,
};
use statordb_engine::value::{Builder, ValueError};

type Any<'py> = Bound<'py, PyAny>;

/// The planner in Python, imported when the first statement comes.
pub(crate) struct PythonPlanner;

impl Planner for PythonPlanner {
    fn outline(&self, statement: &str, keys: &dyn Fn(&str, Option<&str>) -> Result<SourceKeys>) -> Result<Outline> {
        let outlined = Python::try_attach(|py| {
            let planner = py.import(intern!(py, "statordb.partiql.planner")).map_err(|error| told(py, &error))?;
            let failed = |error: PyErr| told(py, &error);
            let read = planner.call_method1(intern!(py, "read"), (statement,)).map_err(failed)?;
            let (table, index) = source(&read).map_err(failed)?;
            let keys = keys(&table, index.as_deref())?;
            let given = (read, keys.hash, keys.range, keys.index);
            let outline = planner.call_method1(intern!(py, "outline"), given).map_err(failed)?;
            outline_of(&outline).map_err(failed)?
        });
        outlined.unwrap_or_else(|| Err(Error::internal("the interpreter is ending")))
    }
}

fn source(read: &Any<'_>) -> PyResult<(String, Option<String>)> {
    let py = read.py();
    Ok((read.getattr(intern!(py, "table"))?.extract()?, read.getattr(intern!(py, "index"))?.extract()?))
}

/// What Python raised, as the engine tells it.
fn told(py: Python<'_>, error: &PyErr) -> Error {
    let is_refusal = error.get_type(py).name().is_ok_and(|name| name == "StatementError" || name == "MalformedError");
    let text = error.value(py).to_string();
    if is_refusal { Error::validation(text) } else { Error::internal(format!("the planner of statements: {error}")) }
}

fn unknown(what: &str) -> PyErr {
    PyValueError::new_err(format!("the outline of a statement has an unknown {what}"))
}

/// Reads an outline; what is wrong with a value of the statement is an error of the statement.
fn outline_of(outline: &Any<'_>) -> PyResult<Result<Outline>> {
    let py = outline.py();
    let mut values = Vec::new();
    for value in outline.get_item(intern!(py, "values"))?.cast::<PyList>()?.iter() {
        match template(&value)? {
            Ok(template) => values.push(template),
            Err(error) => return Ok(Err(error.into_error())),
        }
    }
    let access = match access(outline.get_item(intern!(py, "access"))?.cast::<PyTuple>()?)? {
        Ok(access) => access,
        Err(error) => return Ok(Err(error.into_error())),
    };
    let projected: Option<(String, Vec<String>)> = outline.get_item(intern!(py, "projected"))?.extract()?;
    Ok(Ok(Outline {
        kind: kind(&outline.get_item(intern!(py, "kind"))?.extract::<String>()?)?,
        table: outline.get_item(intern!(py, "table"))?.extract()?,
        index: outline.get_item(intern!(py, "index"))?.extract()?,
        parameters: outline.get_item(intern!(py, "parameters"))?.extract()?,
        names: outline.get_item(intern!(py, "names"))?.extract()?,
        values,
        sets: outline.get_item(intern!(py, "sets"))?.extract()?,
        equals: outline.get_item(intern!(py, "equals"))?.extract()?,
        access,
        condition: outline.get_item(intern!(py, "condition"))?.extract()?,
        update: outline.get_item(intern!(py, "update"))?.extract()?,
        projected: projected.map(|(expression, names)| Projected { expression, names }),
        returning: returning(&outline.get_item(intern!(py, "returning"))?.extract::<String>()?)?,
        has_condition: outline.get_item(intern!(py, "has_condition"))?.extract()?,
    }))
}

fn kind(name: &str) -> PyResult<StatementKind> {
    Ok(match name {
        "select" => StatementKind::Select,
        "insert" => StatementKind::Insert,
        "update" => StatementKind::Update,
        "delete" => StatementKind::Delete,
        "exists" => StatementKind::Exists,
        _ => return Err(unknown("kind")),
    })
}

fn returning(name: &str) -> PyResult<ReturnValues> {
    Ok(match name {
        "NONE" => ReturnValues::None,
        "ALL_OLD" => ReturnValues::AllOld,
        "ALL_NEW" => ReturnValues::AllNew,
        "UPDATED_OLD" => ReturnValues::UpdatedOld,
        "UPDATED_NEW" => ReturnValues::UpdatedNew,
        _ => return Err(unknown("returning")),
    })
}

fn operator(name: &str) -> PyResult<KeyOperator> {
    Ok(match name {
        "=" => KeyOperator::Equal,
        "<" => KeyOperator::Less,
        "<=" => KeyOperator::LessOrEqual,
        ">" => KeyOperator::Greater,
        ">=" => KeyOperator::GreaterOrEqual,
        "BETWEEN" => KeyOperator::Between,
        "begins_with" => KeyOperator::BeginsWith,
        _ => return Err(unknown("operator")),
    })
}

/// One condition on a sort key: the operator, the operand, the upper bound.
type Sort = (String, usize, Option<usize>);
/// Partitions, equal attributes of the sort key, conditions on the next one, the order of partitions, that of sort keys.
type Partitions = (Vec<Vec<usize>>, Vec<usize>, Vec<Sort>, Option<bool>, bool);

fn access(access: &Bound<'_, PyTuple>) -> PyResult<std::result::Result<Access, ValueError>> {
    Ok(Ok(match access.get_item(0)?.extract::<String>()?.as_str() {
        "scan" => Access::Scan,
        "key" => Access::Key(access.get_item(1)?.extract()?),
        "item" => return Ok(template(&access.get_item(1)?)?.map(Access::Item)),
        "partitions" => {
            let (hash, equal, sort, order, forward): Partitions = access.get_slice(1, 6).extract()?;
            let one = |(name, operand, upper): Sort| Ok(SortCondition { operator: operator(&name)?, operand, upper });
            let sort = sort.into_iter().map(one).collect::<PyResult<Vec<_>>>()?;
            Access::Partitions { hash, equal, sort, order, forward }
        }
        _ => return Err(unknown("access")),
    }))
}

/// Reads a value: what has no parameters inside is built here, once.
fn template(given: &Any<'_>) -> PyResult<std::result::Result<Template, ValueError>> {
    if !has_parameters(given)? {
        let mut builder = Builder::value();
        write(given, &mut builder)?;
        return Ok(builder.finish_value().map(Template::Value));
    }
    let (kind, content): (String, Any<'_>) = given.extract()?;
    let all = |content: &Any<'_>| -> PyResult<std::result::Result<Vec<Template>, ValueError>> {
        content.cast::<PyList>()?.iter().map(|each| template(&each)).collect()
    };
    Ok(match kind.as_str() {
        "P" => Ok(Template::Parameter(content.extract()?)),
        "L" => all(&content)?.map(Template::List),
        "SET" => all(&content)?.map(Template::Set),
        "M" => {
            let mut members = Vec::new();
            for member in content.cast::<PyList>()?.iter() {
                let (name, value): (String, Any<'_>) = member.extract()?;
                match template(&value)? {
                    Ok(value) => members.push((name, value)),
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Template::Map(members))
        }
        _ => return Err(unknown("value")),
    })
}

fn has_parameters(given: &Any<'_>) -> PyResult<bool> {
    let (kind, content): (String, Any<'_>) = given.extract()?;
    Ok(match kind.as_str() {
        "P" => true,
        "L" | "SET" => {
            let mut each = content.cast::<PyList>()?.iter().map(|each| has_parameters(&each));
            each.try_fold(false, |any, each| each.map(|each| any || each))?
        }
        "M" => {
            let mut each = content.cast::<PyList>()?.iter().map(|member| has_parameters(&member.get_item(1)?));
            each.try_fold(false, |any, each| each.map(|each| any || each))?
        }
        _ => false,
    })
}

/// Writes a value without parameters.
fn write(given: &Any<'_>, builder: &mut Builder) -> PyResult<()> {
    let (kind, content): (String, Any<'_>) = given.extract()?;
    match kind.as_str() {
        "S" => builder.string(&content.extract::<String>()?),
        "N" => builder.number_text(&content.extract::<String>()?),
        "BOOL" => builder.boolean(content.extract()?),
        "NULL" => builder.null(),
        "L" => {
            builder.begin_list();
            content.cast::<PyList>()?.iter().try_for_each(|each| write(&each, builder))?;
            builder.end_list();
        }
        "M" => {
            builder.begin_map();
            for member in content.cast::<PyList>()?.iter() {
                let (name, value): (String, Any<'_>) = member.extract()?;
                builder.name(&name);
                write(&value, builder)?;
            }
            builder.end_map();
        }
        "SET" => write_set(content.cast::<PyList>()?, builder)?,
        _ => return Err(unknown("value")),
    }
    Ok(())
}

fn write_set(elements: &Bound<'_, PyList>, builder: &mut Builder) -> PyResult<()> {
    use statordb_engine::value::Kind;
    let elements: Vec<(String, String)> = elements.extract()?;
    let is_of_numbers = elements.first().is_some_and(|(kind, _)| kind == "N");
    builder.begin_set(if is_of_numbers { Kind::Ns } else { Kind::Ss });
    for (_, text) in &elements {
        if is_of_numbers { builder.set_number_text(text) } else { builder.set_element(text.as_bytes()) }
    }
    builder.end_set();
    Ok(())
}
