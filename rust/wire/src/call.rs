//! A call and its reply, whichever door they come through.

use std::borrow::Cow;

use crate::operation::Operation;

/// One HTTP request, read whole.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The query, without its question mark; may be empty.
    pub query: &'a str,
    /// The headers that matter here.
    pub headers: Headers<'a>,
    /// The body as it was sent.
    pub body: &'a [u8],
}

/// The headers that matter here; of several of one name the first counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// `X-Amz-Target`.
    pub target: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
    /// `Accept-Encoding`.
    pub accept_encoding: Option<&'a str>,
    /// `Authorization`.
    pub authorization: Option<&'a str>,
    /// `X-Amz-Date`.
    pub amz_date: Option<&'a str>,
    /// `Date`.
    pub date: Option<&'a str>,
    /// `X-Amzn-Trace-Id`, which SDKs send from within functions.
    pub trace_id: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Access-Control-Request-Method`.
    pub cors_method: Option<&'a str>,
    /// `Access-Control-Request-Headers`.
    pub cors_headers: Option<&'a str>,
}

impl<'a> Headers<'a> {
    /// Picks them out of all headers. A value that is not UTF-8 counts as absent.
    pub fn collect(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut picked = Self::default();
        for (name, value) in headers {
            if let Some(place) = picked.place(name)
                && place.is_none()
            {
                *place = std::str::from_utf8(value).ok();
            }
        }
        picked
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        // The length tells most names apart without comparing.
        let (known, place) = match name.len() {
            4 => ("date", &mut self.date),
            6 => ("origin", &mut self.origin),
            10 => ("x-amz-date", &mut self.amz_date),
            12 if name.starts_with(['c', 'C']) => ("content-type", &mut self.content_type),
            12 => ("x-amz-target", &mut self.target),
            13 => ("authorization", &mut self.authorization),
            15 if name.starts_with(['x', 'X']) => ("x-amzn-trace-id", &mut self.trace_id),
            15 => ("accept-encoding", &mut self.accept_encoding),
            16 => ("content-encoding", &mut self.content_encoding),
            29 => ("access-control-request-method", &mut self.cors_method),
            30 => ("access-control-request-headers", &mut self.cors_headers),
            _ => return None,
        };
        name.eq_ignore_ascii_case(known).then_some(place)
    }
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers, names in small letters; `Content-Length` is for the door to add.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body as it is to be sent.
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }
}

/// What a log wants to know of a call beside its reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The operation, once it is known.
    pub(crate) operation: Option<Operation>,
    /// Whether the table is wanted.
    pub(crate) wants_table: bool,
    /// The only table it is about.
    pub(crate) table: Option<String>,
}
