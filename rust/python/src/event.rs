//! Stream records in the form in which Lambda hands them to a function: JSON values, binary as base64 text, numbers of
//! attributes as text, and the ARN of the stream beside each record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use statordb_engine::stream::{StreamRecord, StreamView};
use statordb_engine::value::{Attributes, Kind, Number, ValueRef};

type Any<'py> = Bound<'py, PyAny>;

/// What all records of a stream have in common.
pub(crate) struct EventForm<'py> {
    arn: Bound<'py, PyString>,
    region: Bound<'py, PyString>,
    view: Bound<'py, PyString>,
}

impl<'py> EventForm<'py> {
    pub(crate) fn new(py: Python<'py>, arn: &str, region: &str, view: StreamView) -> Self {
        Self { arn: PyString::new(py, arn), region: PyString::new(py, region), view: PyString::intern(py, view.name()) }
    }

    /// A record, and how many bytes it takes as JSON without spaces.
    pub(crate) fn record(&self, record: &StreamRecord) -> PyResult<(Bound<'py, PyDict>, usize)> {
        let py = self.arn.py();
        let mut json = Json::default();
        let dict = PyDict::new(py);
        let text = |name: &Bound<'py, PyString>, value: &Bound<'py, PyString>, json: &mut Json| {
            json.member(name.to_str()?.len());
            json.text(value.to_str()?);
            dict.set_item(name, value)
        };
        let event_id = PyString::new(py, &format!("{:032x}", record.event_id()));
        text(intern!(py, "eventID"), &event_id, &mut json)?;
        text(intern!(py, "eventName"), &PyString::intern(py, record.event_name().name()), &mut json)?;
        text(intern!(py, "eventVersion"), intern!(py, "1.1"), &mut json)?;
        text(intern!(py, "eventSource"), intern!(py, "aws:dynamodb"), &mut json)?;
        text(intern!(py, "awsRegion"), &self.region, &mut json)?;
        json.member("dynamodb".len());
        dict.set_item(intern!(py, "dynamodb"), self.content(record, &mut json)?)?;
        if record.is_by_ttl() {
            let identity = PyDict::new(py);
            identity.set_item(intern!(py, "type"), intern!(py, "Service"))?;
            identity.set_item(intern!(py, "principalId"), intern!(py, "dynamodb.amazonaws.com"))?;
            dict.set_item(intern!(py, "userIdentity"), identity)?;
            json.bytes += r#""userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"#.len();
        }
        let arn = intern!(py, "eventSourceARN");
        json.member("eventSourceARN".len());
        json.text(self.arn.to_str()?);
        dict.set_item(arn, &self.arn)?;
        Ok((dict, json.bytes + BRACES))
    }

    fn content(&self, record: &StreamRecord, json: &mut Json) -> PyResult<Bound<'py, PyDict>> {
        let py = self.arn.py();
        let dict = PyDict::new(py);
        let created = record.created_s();
        json.member("ApproximateCreationDateTime".len());
        json.digits(created);
        dict.set_item(intern!(py, "ApproximateCreationDateTime"), created)?;
        for (name, image) in [
            (intern!(py, "Keys"), record.keys()),
            (intern!(py, "NewImage"), record.new_image()),
            (intern!(py, "OldImage"), record.old_image()),
        ] {
            if let Some(image) = image {
                json.member(name.to_str()?.len());
                dict.set_item(name, members(py, image.iter(), json)?)?;
            }
        }
        let sequence = PyString::new(py, &record.sequence_number().to_string());
        json.member("SequenceNumber".len());
        json.text(sequence.to_str()?);
        dict.set_item(intern!(py, "SequenceNumber"), sequence)?;
        let size = record.size_bytes();
        json.member("SizeBytes".len());
        json.digits(size as u64);
        dict.set_item(intern!(py, "SizeBytes"), size)?;
        json.member("StreamViewType".len());
        json.text(self.view.to_str()?);
        dict.set_item(intern!(py, "StreamViewType"), &self.view)?;
        json.bytes += BRACES;
        Ok(dict)
    }
}

const BRACES: usize = 2;
/// Quotation marks, colon and comma of a member.
const MEMBER: usize = 4;
/// Quotation marks and comma, of an element that is a text.
const TEXT: usize = 2;

/// How many bytes a text takes in JSON, without its quotation marks.
fn escaped(text: &str) -> usize {
    let more = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 1,
        0..=31 => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(more).sum::<usize>()
}

/// How many bytes JSON takes, without spaces; a comma too much for each object and list that has members.
#[derive(Default)]
struct Json {
    bytes: usize,
}

impl Json {
    fn member(&mut self, name_bytes: usize) {
        self.bytes += name_bytes + MEMBER;
    }

    fn text(&mut self, text: &str) {
        self.bytes += TEXT + escaped(text);
    }

    fn digits(&mut self, number: u64) {
        self.bytes += number.checked_ilog10().unwrap_or(0) as usize + 1;
    }
}

fn members<'py>(py: Python<'py>, attributes: Attributes<'_>, json: &mut Json) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    json.bytes += BRACES;
    for (name, value) in attributes {
        json.member(escaped(name));
        dict.set_item(name, typed(py, value, json)?)?;
    }
    Ok(dict)
}

/// A value under the name of its type.
fn typed<'py>(py: Python<'py>, value: ValueRef<'_>, json: &mut Json) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    json.member(value.kind().name().len());
    json.bytes += BRACES;
    let (name, content): (_, Any<'py>) = match value.kind() {
        Kind::S => (intern!(py, "S"), text(py, value.as_str().unwrap_or_default(), json)),
        Kind::N => (intern!(py, "N"), number(py, value.as_number(), json)),
        Kind::B => (intern!(py, "B"), binary(py, value.scalar_bytes(), json)),
        Kind::Bool => {
            let is_true = value.as_bool() == Some(true);
            json.bytes += if is_true { 4 } else { 5 };
            (intern!(py, "BOOL"), is_true.into_pyobject(py)?.to_owned().into_any())
        }
        Kind::Null => {
            json.bytes += 4;
            (intern!(py, "NULL"), true.into_pyobject(py)?.to_owned().into_any())
        }
        Kind::L => {
            let elements = value.elements().map(|element| typed(py, element, json)).collect::<PyResult<Vec<_>>>()?;
            json.bytes += BRACES + elements.len();
            (intern!(py, "L"), PyList::new(py, elements)?.into_any())
        }
        Kind::M => (intern!(py, "M"), members(py, value.members(), json)?.into_any()),
        Kind::Ss => {
            let texts = value.set_elements().map(|bytes| std::str::from_utf8(bytes).unwrap_or_default());
            (intern!(py, "SS"), list(py, texts.map(|each| text(py, each, json)).collect(), json)?)
        }
        Kind::Ns => {
            let numbers = value.set_numbers().map(|each| number(py, Some(each), json)).collect();
            (intern!(py, "NS"), list(py, numbers, json)?)
        }
        Kind::Bs => {
            let binaries = value.set_elements().map(|each| binary(py, each, json)).collect();
            (intern!(py, "BS"), list(py, binaries, json)?)
        }
    };
    dict.set_item(name, content)?;
    Ok(dict)
}

fn list<'py>(py: Python<'py>, elements: Vec<Any<'py>>, json: &mut Json) -> PyResult<Any<'py>> {
    json.bytes += BRACES + elements.len();
    Ok(PyList::new(py, elements)?.into_any())
}

fn text<'py>(py: Python<'py>, text: &str, json: &mut Json) -> Any<'py> {
    json.text(text);
    PyString::new(py, text).into_any()
}

fn number<'py>(py: Python<'py>, number: Option<Number>, json: &mut Json) -> Any<'py> {
    let mut digits = String::with_capacity(40);
    if let Some(number) = number {
        number.write(&mut digits);
    }
    text(py, &digits, json)
}

fn binary<'py>(py: Python<'py>, bytes: &[u8], json: &mut Json) -> Any<'py> {
    text(py, &STANDARD.encode(bytes), json)
}
