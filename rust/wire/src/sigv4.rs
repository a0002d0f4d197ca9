//! Signatures: whether a request is signed in form, and for which region.
//!
//! This version verifies nothing: any access key and any signature will do, as with other local DynamoDBs. What is missing
//! is reported as AWS does, piece by piece in its order, so that a client that signs nothing or half is told. Both forms are
//! read: the `Authorization` header, and the query string of a presigned request.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::call::Headers;
use crate::error::{Exception, Failure};

/// The region that a request is signed for, as it is spelled in the credential's scope.
///
/// # Errors
/// MissingAuthenticationToken, IncompleteSignature, and InvalidSignature when both forms are there.
pub(crate) fn region<'a>(headers: &Headers<'a>, query: &'a str) -> Result<Cow<'a, str>, Failure> {
    let in_query = parameter(query, "X-Amz-Algorithm");
    let credential = match (headers.authorization, &in_query) {
        (Some(_), Some(_)) => {
            const BOTH: &str =
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
            return Err(Failure::new(Exception::InvalidSignature, BOTH));
        }
        (Some(header), None) if header.starts_with("AWS4-") => Cow::Borrowed(header_credential(header, headers)?),
        (None, Some(_)) => query_credential(query)?,
        _ => {
            return Err(Failure::new(Exception::MissingAuthenticationToken, "Request is missing Authentication Token"));
        }
    };
    region_of(credential)
}

/// The `Credential` of an `Authorization` header that has all its pieces.
fn header_credential<'a>(header: &'a str, headers: &Headers<'_>) -> Result<&'a str, Failure> {
    let has_date = headers.amz_date.or(headers.date).is_some_and(|date| !date.is_empty());
    let [credential, signature, signed_headers] = header_pieces(header);
    if let (Some(credential), Some(_), Some(_), true) = (credential, signature, signed_headers, has_date) {
        return Ok(credential);
    }
    let mut text = String::new();
    for (name, piece) in HEADER_PIECES.into_iter().zip([credential, signature, signed_headers]) {
        if piece.is_none() {
            let _ = write!(text, "Authorization header requires '{name}' parameter. ");
        }
    }
    if !has_date {
        text.push_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
    }
    let _ = write!(text, "Authorization={header}");
    Err(Failure::new(Exception::IncompleteSignature, text))
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

/// The `X-Amz-Credential` of a query string that has all its pieces.
fn query_credential(query: &str) -> Result<Cow<'_, str>, Failure> {
    const PIECES: [&str; 5] =
        ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
    let mut text = String::new();
    for name in PIECES {
        if parameter(query, name).is_none_or(|value| value.is_empty()) {
            let _ = write!(text, "AWS query-string parameters must include '{name}'. ");
        }
    }
    match parameter(query, "X-Amz-Credential") {
        Some(credential) if text.is_empty() => Ok(credential),
        _ => {
            text.push_str("Re-examine the query-string parameters.");
            Err(Failure::new(Exception::IncompleteSignature, text))
        }
    }
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

/// The third of `key/date/region/service/terminator`.
fn region_of(credential: Cow<'_, str>) -> Result<Cow<'_, str>, Failure> {
    let scope = credential.trim_end_matches('/');
    let start = scope.match_indices('/').nth(1).map(|(at, _)| at + 1);
    let end = scope.match_indices('/').nth(2).map(|(at, _)| at);
    match (scope.split('/').count(), start, end) {
        (5, Some(start), Some(end)) => Ok(match credential {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(start..end).unwrap_or_default().to_owned()),
        }),
        _ => {
            let text = format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{credential}'"
            );
            Err(Failure::new(Exception::IncompleteSignature, text))
        }
    }
}
