//! Compression of bodies, both ways: gzip and deflate.
//!
//! A request that cannot be decoded, or whose decoded body is over the limit, is answered with InternalServerError, as on
//! AWS. A reply is compressed when the client allows it and it is larger than 4 KB.

use std::borrow::Cow;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::error::Failure;
use crate::limits::{BODY_BYTES_MAX, COMPRESSED_BYTES_MIN};

/// A way of compression that both sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// `gzip`.
    Gzip,
    /// `deflate`: the zlib format.
    Deflate,
}

impl Encoding {
    /// The name in headers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }
}

/// The body of a request, decoded.
///
/// # Errors
/// InternalServerError.
pub(crate) fn decoded<'a>(encoding: Option<&str>, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Failure> {
    let Some(encoding) = encoding else { return Ok(Cow::Borrowed(body)) };
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Cow::Borrowed(body)),
        "gzip" => read_all(MultiGzDecoder::new(body)).map(Cow::Owned),
        "deflate" => {
            let mut decoder = ZlibDecoder::new(body);
            let decoded = read_all(&mut decoder)?;
            let is_whole = decoder.total_in() == body.len() as u64;
            if is_whole { Ok(Cow::Owned(decoded)) } else { Err(Failure::internal()) }
        }
        _ => Err(Failure::internal()),
    }
}

fn read_all(decoder: impl Read) -> Result<Vec<u8>, Failure> {
    let mut decoded = Vec::new();
    let read = decoder.take(BODY_BYTES_MAX as u64 + 1).read_to_end(&mut decoded);
    match read {
        Ok(length) if length <= BODY_BYTES_MAX => Ok(decoded),
        _ => Err(Failure::internal()),
    }
}

/// How to compress a reply of `length` bytes to a client that sent `accept`, if at all.
pub(crate) fn choose(accept: Option<&str>, length: usize) -> Option<Encoding> {
    if length <= COMPRESSED_BYTES_MIN {
        return None;
    }
    let accept = accept?;
    let accepts = |name: &str| {
        accept.split(',').any(|part| {
            let (known, quality) = part.split_once(';').unwrap_or((part, ""));
            known.trim().eq_ignore_ascii_case(name) && !is_zero(quality)
        })
    };
    [Encoding::Gzip, Encoding::Deflate].into_iter().find(|encoding| accepts(encoding.name()))
}

/// Whether a quality such as `q=0.0` refuses.
fn is_zero(quality: &str) -> bool {
    quality.trim().strip_prefix("q=").and_then(|number| number.trim().parse::<f32>().ok()) == Some(0.0)
}

/// Compresses a reply; nothing when that fails, and the reply stays as it is.
pub(crate) fn compressed(encoding: Encoding, body: &[u8]) -> Option<Vec<u8>> {
    let room = Vec::with_capacity(body.len() / 4);
    match encoding {
        Encoding::Gzip => {
            let mut encoder = GzEncoder::new(room, Compression::fast());
            encoder.write_all(body).ok()?;
            encoder.finish().ok()
        }
        Encoding::Deflate => {
            let mut encoder = ZlibEncoder::new(room, Compression::fast());
            encoder.write_all(body).ok()?;
            encoder.finish().ok()
        }
    }
}
