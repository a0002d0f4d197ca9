//! Signatures: whether a request is signed in form, and for which region.
//!
//! This version verifies no key, no signature, no clock and no region: any of them will do, as with other local DynamoDBs.
//! What is missing or contradicts itself is reported as AWS does, in its order, so that a client that signs nothing, half or
//! for another service is told. Both forms are read: the `Authorization` header, and the query string of a presigned request.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::arn::is_region;
use crate::call::Headers;
use crate::date;
use crate::error::{Exception, Failure};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "dynamodb";
const TERMINATOR: &str = "aws4_request";

/// The pieces of a signature, all of them there.
struct Signature<'a> {
    algorithm: Cow<'a, str>,
    credential: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    date: Cow<'a, str>,
    /// Whether the date comes from `Date`, which may be in HTTP's form.
    is_http_date: bool,
}

/// The region that a request is signed for, as it is spelled in the credential's scope; it may be empty.
///
/// # Errors
/// MissingAuthenticationToken, IncompleteSignature, and InvalidSignature when the pieces contradict each other.
pub(crate) fn region<'a>(headers: &Headers<'a>, query: &'a str) -> Result<Cow<'a, str>, Failure> {
    let in_query = parameter(query, "X-Amz-Algorithm");
    let signature = match (headers.authorization, in_query) {
        (Some(_), Some(_)) => {
            const BOTH: &str =
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
            return Err(invalid(BOTH));
        }
        (Some(header), None) if header.starts_with("AWS4-") => of_header(header, headers)?,
        (None, Some(algorithm)) => of_query(query, algorithm)?,
        _ => {
            return Err(Failure::new(Exception::MissingAuthenticationToken, "Request is missing Authentication Token"));
        }
    };
    check(signature)
}

fn incomplete(text: impl Into<Cow<'static, str>>) -> Failure {
    Failure::new(Exception::IncompleteSignature, text)
}

fn invalid(text: impl Into<Cow<'static, str>>) -> Failure {
    Failure::new(Exception::InvalidSignature, text)
}

/// The signature of an `Authorization` header that has all its pieces.
fn of_header<'a>(header: &'a str, headers: &Headers<'a>) -> Result<Signature<'a>, Failure> {
    let date = headers.amz_date.or(headers.date).filter(|date| !date.is_empty());
    let [credential, signature, signed_headers] = header_pieces(header);
    if let (Some(credential), Some(_), Some(signed_headers), Some(date)) = (credential, signature, signed_headers, date)
    {
        return Ok(Signature {
            algorithm: header.split_once(' ').map_or(header, |(algorithm, _)| algorithm).into(),
            credential: credential.into(),
            signed_headers: signed_headers.into(),
            date: date.into(),
            is_http_date: headers.amz_date.is_none(),
        });
    }
    let mut text = String::new();
    for (name, piece) in HEADER_PIECES.into_iter().zip([credential, signature, signed_headers]) {
        if piece.is_none() {
            let _ = write!(text, "Authorization header requires '{name}' parameter. ");
        }
    }
    if date.is_none() {
        text.push_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
    }
    let _ = write!(text, "Authorization={header}");
    Err(incomplete(text))
}

const HEADER_PIECES: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];

/// The pieces of an `Authorization` header, those that are not empty; of several of one name the first counts.
fn header_pieces(header: &str) -> [Option<&str>; 3] {
    let mut found = [None; 3];
    let pieces = header.split_once(' ').map_or("", |(_, pieces)| pieces);
    for (name, value) in pieces.split([',', ' ']).filter_map(|piece| piece.split_once('=')) {
        let place = HEADER_PIECES.into_iter().zip(&mut found).find(|(known, _)| *known == name);
        if let Some((_, place)) = place
            && !value.is_empty()
        {
            place.get_or_insert(value);
        }
    }
    found
}

/// The signature of a query string that has all its pieces.
fn of_query<'a>(query: &'a str, algorithm: Cow<'a, str>) -> Result<Signature<'a>, Failure> {
    let piece = |name| parameter(query, name).filter(|value| !value.is_empty());
    let mut text = String::new();
    let mut wanted = |name, piece: Option<Cow<'a, str>>| {
        if piece.is_none() {
            let _ = write!(text, "AWS query-string parameters must include '{name}'. ");
        }
        piece.unwrap_or_default()
    };
    let algorithm = wanted("X-Amz-Algorithm", Some(algorithm).filter(|value| !value.is_empty()));
    let credential = wanted("X-Amz-Credential", piece("X-Amz-Credential"));
    wanted("X-Amz-Signature", piece("X-Amz-Signature"));
    let signed_headers = wanted("X-Amz-SignedHeaders", piece("X-Amz-SignedHeaders"));
    let date = wanted("X-Amz-Date", piece("X-Amz-Date"));
    if text.is_empty() {
        return Ok(Signature { algorithm, credential, signed_headers, date, is_http_date: false });
    }
    text.push_str("Re-examine the query-string parameters.");
    Err(incomplete(text))
}

/// A parameter of a query string, decoded.
fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    if query.is_empty() {
        return None;
    }
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| percent_decoded(value))
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let decoded = tail.first_chunk::<2>().and_then(|[high, low]| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        });
        match (byte, decoded) {
            (b'%', Some(decoded)) => {
                bytes.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => bytes.push(byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// Checks the pieces, in AWS's order; returns the region.
fn check(signature: Signature<'_>) -> Result<Cow<'_, str>, Failure> {
    let Signature { algorithm, credential, signed_headers, date, is_http_date } = signature;
    let day = date::basic_day(&date).map(Cow::Borrowed);
    let day = day.or_else(|| is_http_date.then(|| date::http_day(&date)).flatten().map(Cow::Owned));
    let Some(day) = day else {
        return Err(incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )));
    };
    if !signed_headers.split(';').any(|name| name.eq_ignore_ascii_case("host")) {
        return Err(invalid("'Host' must be a 'SignedHeader' in the AWS Authorization."));
    }
    if algorithm != ALGORITHM {
        return Err(incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'. ")));
    }
    match credential {
        Cow::Borrowed(text) => scope_region(text, &day, &date).map(Cow::Borrowed),
        Cow::Owned(text) => scope_region(&text, &day, &date).map(|region| Cow::Owned(region.to_owned())),
    }
}

/// The third of `key/date/region/service/terminator`; what is wrong with the others is told in one text.
fn scope_region<'c>(credential: &'c str, day: &str, date: &str) -> Result<&'c str, Failure> {
    let mut parts = credential.trim_end_matches('/').split('/');
    let mut next = || parts.next();
    let (Some(_), Some(scope_day), Some(region), Some(service), Some(terminator), None) =
        (next(), next(), next(), next(), next(), next())
    else {
        return Err(incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
             '{credential}'"
        )));
    };
    let mut text = String::new();
    // An empty one stands for the service's own.
    if !is_region(region) {
        let _ = write!(text, "Credential should be scoped to a valid region, not '{region}'. ");
    }
    if service != SERVICE {
        let _ = write!(text, "Credential should be scoped to correct service: '{SERVICE}'. ");
    }
    if terminator != TERMINATOR {
        let _ =
            write!(text, "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. ");
    }
    if scope_day != day {
        let _ = write!(
            text,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope_day}' != \
             '{day}', from '{date}'. "
        );
    }
    if text.is_empty() { Ok(region) } else { Err(invalid(text)) }
}
