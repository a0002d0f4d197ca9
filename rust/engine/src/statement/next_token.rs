//! Where a SELECT goes on, as a text that a client keeps.
//!
//! ```text
//! token   base64 of: version u8 | statement and parameters u64 | number of the partition u16 | key of the last item |
//!         digest of all before it u32
//! ```
//! Numbers are big endian. A token is good for the statement and the parameters that it came from, in any process. The
//! digest finds what was cut or mistyped; a key that is made up leads nowhere but into what the statement reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
use crate::ops::Supplied;
use crate::tokens::Fingerprint;
use crate::value::EncodedValue;

const VERSION: u8 = 1;

/// Where to go on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NextToken {
    /// In which of the partitions that are read; 0 when everything is.
    pub(crate) partition: u16,
    /// Behind which tree key.
    pub(crate) key: Vec<u8>,
}

impl NextToken {
    /// The text, for a statement by its fingerprint.
    pub(crate) fn print(&self, statement: u64) -> String {
        let mut bytes = Vec::with_capacity(15 + self.key.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&statement.to_be_bytes());
        bytes.extend_from_slice(&self.partition.to_be_bytes());
        bytes.extend_from_slice(&self.key);
        bytes.extend_from_slice(&digest(&bytes));
        STANDARD.encode(bytes)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// ValidationException for a text that is no token, or one of another statement.
    pub(crate) fn parse(text: &str, statement: u64) -> Result<Self> {
        let invalid = || Error::validation("Invalid NextToken");
        let bytes = STANDARD.decode(text).map_err(|_| invalid())?;
        let (bytes, given) = bytes.split_last_chunk::<4>().ok_or_else(invalid)?;
        let (version, rest) = bytes.split_first().filter(|_| *given == digest(bytes)).ok_or_else(invalid)?;
        let (of, rest) = rest.split_first_chunk::<8>().ok_or_else(invalid)?;
        let (partition, key) = rest.split_first_chunk::<2>().ok_or_else(invalid)?;
        if *version != VERSION {
            return Err(invalid());
        }
        if u64::from_be_bytes(*of) != statement {
            return Err(Error::validation("NextToken does not match request"));
        }
        Ok(Self { partition: u16::from_be_bytes(*partition), key: key.to_vec() })
    }
}

fn digest(bytes: &[u8]) -> [u8; 4] {
    (xxh3_64(bytes) as u32).to_be_bytes()
}

/// What a statement and its parameters are known by.
pub(crate) fn fingerprint(statement: &str, parameters: Option<&[Supplied<EncodedValue>]>) -> u64 {
    let mut print = Fingerprint::new();
    print.add(statement.as_bytes());
    for parameter in parameters.unwrap_or_default() {
        print.add_optional(parameter.as_ref().ok().map(|value| value.view().as_bytes()));
    }
    print.finish() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_for_its_own_statement() {
        let token = NextToken { partition: 3, key: vec![1, 2, 3] };
        assert_eq!(NextToken::parse(&token.print(7), 7).unwrap(), token);
        assert_eq!(NextToken::parse(&token.print(7), 8).unwrap_err().message(), "NextToken does not match request");
        let text = token.print(7);
        for garbage in
            ["", "abc", "AQ==", "!", "AAAAAAAAAAAAAAAAAAAAAAAA", text.get(4..).unwrap(), text.get(..16).unwrap()]
        {
            assert_eq!(NextToken::parse(garbage, 7).unwrap_err().message(), "Invalid NextToken");
        }
    }
}
