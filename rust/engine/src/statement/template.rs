//! Values of a statement: written out in it, or with places for its parameters.

use crate::error::{Error, Result};
use crate::value::{Builder, EncodedValue, Item, Kind, ValueError, ValueRef};

/// A value of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// Written out.
    Value(EncodedValue),
    /// The parameter with this number, from 0 on.
    Parameter(usize),
    /// A list that has parameters inside.
    List(Vec<Template>),
    /// A map that has parameters inside.
    Map(Vec<(String, Template)>),
    /// A set of which elements are parameters.
    Set(Vec<Template>),
}

/// The parameters of a request, each valid by itself.
pub(super) type Parameters<'p> = &'p [&'p EncodedValue];

impl Template {
    /// The value with its parameters.
    pub(super) fn value(&self, parameters: Parameters<'_>) -> Result<EncodedValue> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Parameter(place) => Ok(parameter(parameters, *place)?.clone()),
            _ => {
                let mut builder = Builder::value();
                self.write(parameters, &mut builder)?;
                builder.finish_value().map_err(ValueError::into_error)
            }
        }
    }

    /// The item that a map is with its parameters.
    pub(super) fn item(&self, parameters: Parameters<'_>) -> Result<Item> {
        let mut builder = Builder::item();
        match self {
            Self::Map(members) => {
                for (name, member) in members {
                    builder.name(name);
                    member.write(parameters, &mut builder)?;
                }
            }
            Self::Value(value) => {
                for (name, member) in value.view().members() {
                    builder.name(name);
                    builder.encoded(member);
                }
            }
            _ => return Err(Error::internal("an item of a statement is not a map")),
        }
        builder.finish_item().map_err(ValueError::into_error)
    }

    /// A template nests no deeper than its planner allows.
    fn write(&self, parameters: Parameters<'_>, builder: &mut Builder) -> Result<()> {
        match self {
            Self::Value(value) => builder.nested(value.view()),
            Self::Parameter(place) => builder.nested(parameter(parameters, *place)?.view()),
            Self::List(elements) => {
                builder.begin_list();
                elements.iter().try_for_each(|element| element.write(parameters, builder))?;
                builder.end_list();
            }
            Self::Map(members) => {
                builder.begin_map();
                for (name, member) in members {
                    builder.name(name);
                    member.write(parameters, builder)?;
                }
                builder.end_map();
            }
            Self::Set(elements) => write_set(elements, parameters, builder)?,
        }
        Ok(())
    }
}

fn parameter<'p>(parameters: Parameters<'p>, place: usize) -> Result<&'p EncodedValue> {
    parameters.get(place).copied().ok_or_else(|| Error::internal("a statement has a parameter that was not counted"))
}

fn write_set(elements: &[Template], parameters: Parameters<'_>, builder: &mut Builder) -> Result<()> {
    let values = elements.iter().map(|element| element.value(parameters)).collect::<Result<Vec<_>>>()?;
    let kind = match values.first().map(|value| value.view().kind()) {
        Some(Kind::N) => Kind::Ns,
        Some(Kind::B) => Kind::Bs,
        _ => Kind::Ss,
    };
    let is_element = |value: ValueRef<'_>| {
        matches!((kind, value.kind()), (Kind::Ns, Kind::N) | (Kind::Bs, Kind::B) | (Kind::Ss, Kind::S))
    };
    if !values.iter().all(|value| is_element(value.view())) {
        return Err(Error::validation(
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags",
        ));
    }
    builder.begin_set(kind);
    for value in &values {
        match value.view().as_number() {
            Some(number) => builder.set_number_text(&number.to_string()),
            None => builder.set_element(value.view().scalar_bytes()),
        }
    }
    builder.end_set();
    Ok(())
}
