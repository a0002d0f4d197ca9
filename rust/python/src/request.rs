//! Python objects as a source for serde: how the typed form of boto3 enters the wire's parser.
//!
//! A dict is a map, a list or tuple a sequence, bytes are bytes; a datetime is a number of seconds, in the local zone where
//! it has none, as in boto3; None, bool, int, float and str are themselves. What has no place in such a form, and members
//! that the operation does not have, are refused with ParamValidationError, as botocore does before it sends anything.
//! Every other judgement is the parser's.

use std::cell::RefCell;
use std::fmt;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::budget::Budget;
use crate::entries::Entries;
use crate::{errors, native};

type Any<'py> = Bound<'py, PyAny>;

/// Dicts and lists that may be open inside each other: a request of 31 nested lists has about 70.
const DEPTH_MAX: usize = 128;

/// What one reading shares: how much may still come, and what Python has to say about a failure.
#[derive(Default)]
pub(crate) struct Reading {
    budget: Budget,
    error: RefCell<Option<PyErr>>,
    unknown: RefCell<Option<String>>,
}

impl Reading {
    /// The exception behind a failed parse, when the fault is not in what the request says but in what it is made of.
    pub(crate) fn take_error(&self) -> Option<PyErr> {
        self.error.take()
    }

    /// A member that the operation does not have.
    pub(crate) fn take_unknown(&self) -> Option<String> {
        self.unknown.take()
    }

    fn fail(&self, error: PyErr) -> Refusal {
        self.error.borrow_mut().get_or_insert(error);
        Refusal
    }

    fn spend(&self, bytes: usize) -> Result<(), Refusal> {
        self.budget.spend(bytes).map_err(|error| self.fail(error))
    }
}

/// Says only that [`Reading`] knows why.
#[derive(Debug)]
pub(crate) struct Refusal;

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the value has no place in a request")
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// A Python object to be read.
pub(crate) struct Given<'a, 'py> {
    object: Any<'py>,
    reading: &'a Reading,
    depth: usize,
}

impl<'a, 'py> Given<'a, 'py> {
    /// The keyword arguments of a call.
    pub(crate) fn arguments(arguments: &Bound<'py, PyDict>, reading: &'a Reading) -> Self {
        Self { object: arguments.clone().into_any(), reading, depth: 0 }
    }

    fn child(&self, object: Any<'py>) -> Self {
        Self { object, reading: self.reading, depth: self.depth + 1 }
    }

    fn check_depth(&self) -> Result<(), Refusal> {
        if self.depth < DEPTH_MAX {
            return Ok(());
        }
        let message = format!("dicts and lists are nested in each other more than {DEPTH_MAX} deep");
        Err(self.reading.fail(errors::refused(&message)))
    }

    fn integer<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Refusal> {
        self.reading.spend(8)?;
        if let Ok(number) = self.object.extract::<i64>() {
            return visitor.visit_i64(number);
        }
        let number = self.object.extract::<f64>();
        visitor.visit_f64(number.map_err(|error| self.reading.fail(error))?)
    }

    fn map<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Refusal> {
        self.check_depth()?;
        self.reading.spend(0)?;
        if let Ok(dict) = self.object.cast::<PyDict>() {
            return visitor.visit_map(Members { parent: self, entries: Entries::of(dict), value: None });
        }
        let copy = self.object.cast::<PyMapping>().map_err(|_| self.refuse()).and_then(|mapping| {
            let copy = PyDict::new(mapping.py());
            copy.update(mapping).map(|()| copy).map_err(|error| self.reading.fail(error))
        })?;
        visitor.visit_map(Members { parent: self, entries: Entries::of(&copy), value: None })
    }

    fn sequence<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Refusal> {
        self.check_depth()?;
        self.reading.spend(0)?;
        let elements = self.object.try_iter().map_err(|error| self.reading.fail(error))?;
        visitor.visit_seq(Elements { parent: self, elements })
    }

    fn rarer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if let Ok(number) = self.object.cast::<PyFloat>() {
            self.reading.spend(8)?;
            return visitor.visit_f64(number.value());
        }
        if self.object.cast::<PyDateTime>().is_ok() {
            self.reading.spend(8)?;
            let seconds = self.object.call_method0(intern!(self.object.py(), "timestamp")).and_then(|it| it.extract());
            return visitor.visit_f64(seconds.map_err(|error| self.reading.fail(error))?);
        }
        match native::binary(&self.object) {
            Err(error) => Err(self.reading.fail(error)),
            Ok(Some(bytes)) => {
                self.reading.spend(bytes.len())?;
                visitor.visit_bytes(&bytes)
            }
            Ok(None) => self.map(visitor),
        }
    }

    fn refuse(&self) -> Refusal {
        let kind = self.object.get_type();
        let value = self.object.repr().map_or_else(|_| "?".to_owned(), |text| text.to_string_lossy().into_owned());
        let message = format!(
            "invalid value {value}, type: {kind}: a request is made of dict, list, tuple, str, bytes, int, float and bool; \
             numbers of items are written as {{\"N\": \"1\"}}"
        );
        self.reading.fail(errors::refused(&message))
    }
}

impl<'de> Deserializer<'de> for Given<'_, '_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if let Ok(text) = self.object.cast::<PyString>() {
            let text = text.to_str().map_err(|error| self.reading.fail(error))?;
            self.reading.spend(text.len())?;
            return visitor.visit_str(text);
        }
        if self.object.cast::<PyDict>().is_ok() {
            return self.map(visitor);
        }
        if let Ok(truth) = self.object.cast::<PyBool>() {
            return visitor.visit_bool(truth.is_true());
        }
        if self.object.cast::<PyList>().is_ok() || self.object.cast::<PyTuple>().is_ok() {
            return self.sequence(visitor);
        }
        if self.object.cast::<PyInt>().is_ok() {
            return self.integer(visitor);
        }
        if self.object.is_none() {
            return visitor.visit_unit();
        }
        self.rarer(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if self.object.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

/// The entries of a dict. One that is at the top and ignored is a member that the operation does not have.
struct Members<'p, 'a, 'py> {
    parent: &'p Given<'a, 'py>,
    entries: Entries<'py>,
    value: Option<(Any<'py>, Any<'py>)>,
}

impl<'de> MapAccess<'de> for Members<'_, '_, '_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        let reading = self.parent.reading;
        let Ok(text) = name.cast::<PyString>() else { return Err(self.parent.child(name).refuse()) };
        let text = text.to_str().map_err(|error| reading.fail(error))?;
        reading.spend(text.len())?;
        let key = seed.deserialize(Name(text))?;
        self.value = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let Some((name, value)) = self.value.take() else { return Err(Refusal) };
        let child = self.parent.child(value);
        if self.parent.depth == 0 { seed.deserialize(Argument { name, given: child }) } else { seed.deserialize(child) }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.size_hint().0)
    }
}

/// The value of a keyword argument: being ignored means that the operation has no such member.
struct Argument<'a, 'py> {
    name: Any<'py>,
    given: Given<'a, 'py>,
}

impl<'de> Deserializer<'de> for Argument<'_, '_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if self.given.object.is_none() {
            let message = format!("invalid type for parameter {}: None; leave out what is not meant", self.name);
            return Err(self.given.reading.fail(errors::refused(&message)));
        }
        self.given.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refusal> {
        *self.given.reading.unknown.borrow_mut() = Some(self.name.to_string());
        Err(Refusal)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// The elements of a list or tuple.
struct Elements<'p, 'a, 'py> {
    parent: &'p Given<'a, 'py>,
    elements: Bound<'py, pyo3::types::PyIterator>,
}

impl<'de> SeqAccess<'de> for Elements<'_, '_, '_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        match self.elements.next() {
            None => Ok(None),
            Some(Err(error)) => Err(self.parent.reading.fail(error)),
            Some(Ok(element)) => seed.deserialize(self.parent.child(element)).map(Some),
        }
    }
}

/// The name of a member.
struct Name<'n>(&'n str);

impl<'de> Deserializer<'de> for Name<'_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_str(self.0)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
