//! Python objects as a sink of serde: how answers become the dicts that boto3 would give.
//!
//! Names of members are interned, bytes become bytes, and a member whose name ends in `DateTime` becomes an aware
//! `datetime` in UTC (boto3 gives the same instant in the local zone).

use std::fmt;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString, PyTzInfo};
use serde::ser::{self, Serialize, Serializer};

type Any<'py> = Bound<'py, PyAny>;

/// What Python objected to while an answer was written.
#[derive(Debug)]
pub(crate) struct Unwritable(pub(crate) PyErr);

impl fmt::Display for Unwritable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(pyo3::exceptions::PyRuntimeError::new_err(message.to_string()))
    }
}

impl From<PyErr> for Unwritable {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

/// Writes an answer.
pub(crate) fn to_python<'py, T: Serialize + ?Sized>(py: Python<'py>, answer: &T) -> PyResult<Any<'py>> {
    answer.serialize(Reply { py }).map_err(|error| error.0)
}

#[derive(Clone, Copy)]
struct Reply<'py> {
    py: Python<'py>,
}

type Done<'py> = Result<Any<'py>, Unwritable>;

impl<'py> Reply<'py> {
    fn integer(self, value: i64) -> Done<'py> {
        Ok(PyInt::new(self.py, value).into_any())
    }

    fn unsigned(self, value: u64) -> Done<'py> {
        Ok(PyInt::new(self.py, value).into_any())
    }

    fn list(self, length: Option<usize>) -> Elements<'py> {
        Elements { reply: self, elements: Vec::with_capacity(length.unwrap_or(0)) }
    }

    fn members(self) -> Members<'py> {
        Members { reply: self, dict: PyDict::new(self.py), name: None }
    }

    fn name(self, name: &str) -> Bound<'py, PyString> {
        type_name(self.py, name).map_or_else(|| PyString::new(self.py, name), Clone::clone)
    }
}

/// The type keys of attribute values, which stand in every answer many times.
fn type_name<'py>(py: Python<'py>, name: &str) -> Option<&'py Bound<'py, PyString>> {
    Some(match name {
        "S" => intern!(py, "S"),
        "N" => intern!(py, "N"),
        "B" => intern!(py, "B"),
        "M" => intern!(py, "M"),
        "L" => intern!(py, "L"),
        "SS" => intern!(py, "SS"),
        "NS" => intern!(py, "NS"),
        "BS" => intern!(py, "BS"),
        "BOOL" => intern!(py, "BOOL"),
        "NULL" => intern!(py, "NULL"),
        _ => return None,
    })
}

impl<'py> Serializer for Reply<'py> {
    type Ok = Any<'py>;
    type Error = Unwritable;
    type SerializeSeq = Elements<'py>;
    type SerializeTuple = Elements<'py>;
    type SerializeTupleStruct = Elements<'py>;
    type SerializeTupleVariant = ser::Impossible<Any<'py>, Unwritable>;
    type SerializeMap = Members<'py>;
    type SerializeStruct = Members<'py>;
    type SerializeStructVariant = ser::Impossible<Any<'py>, Unwritable>;

    fn serialize_bool(self, value: bool) -> Done<'py> {
        Ok(PyBool::new(self.py, value).to_owned().into_any())
    }

    fn serialize_i8(self, value: i8) -> Done<'py> {
        self.integer(value.into())
    }

    fn serialize_i16(self, value: i16) -> Done<'py> {
        self.integer(value.into())
    }

    fn serialize_i32(self, value: i32) -> Done<'py> {
        self.integer(value.into())
    }

    fn serialize_i64(self, value: i64) -> Done<'py> {
        self.integer(value)
    }

    fn serialize_u8(self, value: u8) -> Done<'py> {
        self.unsigned(value.into())
    }

    fn serialize_u16(self, value: u16) -> Done<'py> {
        self.unsigned(value.into())
    }

    fn serialize_u32(self, value: u32) -> Done<'py> {
        self.unsigned(value.into())
    }

    fn serialize_u64(self, value: u64) -> Done<'py> {
        self.unsigned(value)
    }

    fn serialize_f32(self, value: f32) -> Done<'py> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Done<'py> {
        Ok(PyFloat::new(self.py, value).into_any())
    }

    fn serialize_char(self, value: char) -> Done<'py> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Done<'py> {
        Ok(PyString::new(self.py, value).into_any())
    }

    fn serialize_bytes(self, value: &[u8]) -> Done<'py> {
        Ok(PyBytes::new(self.py, value).into_any())
    }

    fn serialize_none(self) -> Done<'py> {
        Ok(self.py.None().into_bound(self.py))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done<'py> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done<'py> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done<'py> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done<'py> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done<'py> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done<'py> {
        let dict = PyDict::new(self.py);
        dict.set_item(self.name(variant), value.serialize(self)?)?;
        Ok(dict.into_any())
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'py>, Unwritable> {
        Ok(self.list(length))
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'py>, Unwritable> {
        Ok(self.list(Some(length)))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Elements<'py>, Unwritable> {
        Ok(self.list(Some(length)))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(ser::Error::custom("answers have no such variants"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'py>, Unwritable> {
        Ok(self.members())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'py>, Unwritable> {
        Ok(self.members())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        Err(ser::Error::custom("answers have no such variants"))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// A list that grows.
struct Elements<'py> {
    reply: Reply<'py>,
    elements: Vec<Any<'py>>,
}

impl<'py> Elements<'py> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.elements.push(value.serialize(self.reply)?);
        Ok(())
    }

    fn done(self) -> Done<'py> {
        Ok(PyList::new(self.reply.py, self.elements)?.into_any())
    }
}

impl<'py> ser::SerializeSeq for Elements<'py> {
    type Ok = Any<'py>;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.push(value)
    }

    fn end(self) -> Done<'py> {
        self.done()
    }
}

impl<'py> ser::SerializeTuple for Elements<'py> {
    type Ok = Any<'py>;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.push(value)
    }

    fn end(self) -> Done<'py> {
        self.done()
    }
}

impl<'py> ser::SerializeTupleStruct for Elements<'py> {
    type Ok = Any<'py>;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.push(value)
    }

    fn end(self) -> Done<'py> {
        self.done()
    }
}

/// A dict that grows.
struct Members<'py> {
    reply: Reply<'py>,
    dict: Bound<'py, PyDict>,
    name: Option<Bound<'py, PyString>>,
}

impl<'py> Members<'py> {
    fn put(&self, name: &Bound<'py, PyString>, value: Any<'py>) -> Result<(), Unwritable> {
        let is_number = value.cast::<PyFloat>().is_ok() || value.cast::<PyInt>().is_ok();
        let value = if is_number && name.to_str()?.ends_with("DateTime") { instant(&value)? } else { value };
        Ok(self.dict.set_item(name, value)?)
    }
}

/// Seconds since 1970 as an aware datetime.
fn instant<'py>(seconds: &Any<'py>) -> PyResult<Any<'py>> {
    let py = seconds.py();
    let utc = PyTzInfo::utc(py)?;
    Ok(PyDateTime::from_timestamp(py, seconds.extract()?, Some(&utc))?.into_any())
}

impl<'py> ser::SerializeMap for Members<'py> {
    type Ok = Any<'py>;
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Unwritable> {
        self.name = Some(name.serialize(Name(self.reply))?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        let value = value.serialize(self.reply)?;
        let Some(name) = self.name.take() else { return Err(ser::Error::custom("a value without a name")) };
        self.put(&name, value)
    }

    fn end(self) -> Done<'py> {
        Ok(self.dict.into_any())
    }
}

impl<'py> ser::SerializeStruct for Members<'py> {
    type Ok = Any<'py>;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unwritable> {
        let value = value.serialize(self.reply)?;
        let py = self.reply.py;
        let name = type_name(py, name).map_or_else(|| PyString::intern(py, name), Clone::clone);
        self.put(&name, value)
    }

    fn end(self) -> Done<'py> {
        Ok(self.dict.into_any())
    }
}

/// Writes the name of a member: texts only.
struct Name<'py>(Reply<'py>);

macro_rules! not_a_name {
    ($($method:ident($($argument:ty),*) $(-> $compound:ident)?;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<not_a_name!(@ $($compound)?), Unwritable> {
            Err(ser::Error::custom("a name is a text"))
        })*
    };
    (@) => { Self::Ok };
    (@ $compound:ident) => { Self::$compound };
}

impl<'py> Serializer for Name<'py> {
    type Ok = Bound<'py, PyString>;
    type Error = Unwritable;
    type SerializeSeq = ser::Impossible<Self::Ok, Unwritable>;
    type SerializeTuple = ser::Impossible<Self::Ok, Unwritable>;
    type SerializeTupleStruct = ser::Impossible<Self::Ok, Unwritable>;
    type SerializeTupleVariant = ser::Impossible<Self::Ok, Unwritable>;
    type SerializeMap = ser::Impossible<Self::Ok, Unwritable>;
    type SerializeStruct = ser::Impossible<Self::Ok, Unwritable>;
    type SerializeStructVariant = ser::Impossible<Self::Ok, Unwritable>;

    fn serialize_str(self, value: &str) -> Result<Self::Ok, Unwritable> {
        Ok(self.0.name(value))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok, Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Self::Ok, Unwritable> {
        Ok(self.0.name(variant))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Self::Ok, Unwritable> {
        Err(ser::Error::custom("a name is a text"))
    }

    not_a_name! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct(&'static str, usize) -> SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }
}
