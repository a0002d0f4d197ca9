//! Resources by their ARNs: tables, and streams of tables, as tags and policies name them.

use crate::error::{Error, ErrorKind, Result};

/// What an ARN names. Region and account do not matter: the catalog is one namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resource<'a> {
    /// The ARN, as it was given.
    pub(crate) arn: &'a str,
    pub(crate) table: &'a str,
    /// The label of a stream.
    pub(crate) stream: Option<&'a str>,
}

impl<'a> Resource<'a> {
    /// The table or stream of an ARN. Indexes and everything else are refused.
    ///
    /// # Errors
    /// ValidationException.
    pub(crate) fn parse(arn: &'a str) -> Result<Self> {
        Self::read(arn).ok_or_else(|| refused(arn))
    }

    fn read(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (Some("arn"), Some(partition), Some("dynamodb")) = (parts.next(), parts.next(), parts.next()) else {
            return None;
        };
        let (region, account) = (parts.next()?, parts.next()?);
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if !partition.starts_with("aws") || region.is_empty() || !is_account {
            return None;
        }
        let rest = parts.next()?.strip_prefix("table/")?;
        let (table, stream) = match rest.split_once('/') {
            None => (rest, None),
            Some((table, below)) => (table, Some(below.strip_prefix("stream/")?)),
        };
        let is_named =
            !table.is_empty() && table.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        is_named.then_some(Self { arn, table, stream })
    }

    /// The table's ARN or nothing, for what only tables have.
    ///
    /// # Errors
    /// ValidationException for a stream.
    pub(crate) fn of_table(arn: &'a str) -> Result<Self> {
        let resource = Self::parse(arn)?;
        match resource.stream {
            None => Ok(resource),
            Some(_) => Err(no_table(arn)),
        }
    }

    /// The resource does not exist, as operations of tags say it.
    pub(crate) fn not_found(&self) -> Error {
        let message = format!("Requested resource not found: ResourcArn: {} not found", self.arn);
        Error::new(ErrorKind::ResourceNotFound, message)
    }

    /// The resource does not exist, as other operations say it.
    pub(crate) fn named_not_found(&self) -> Error {
        match self.stream {
            None => Error::named_table_not_found(self.table),
            Some(_) => {
                let message = format!("Requested resource not found: Stream: {} not found", self.arn);
                Error::new(ErrorKind::ResourceNotFound, message)
            }
        }
    }
}

/// What is wrong with a text that is the ARN of no table and no stream.
fn refused(arn: &str) -> Error {
    let Some(rest) = arn.strip_prefix("arn:") else {
        return Error::parameter(format_args!("ARNs must start with 'arn:': {arn}"));
    };
    if rest.split(':').nth(1) != Some("dynamodb") {
        return Error::parameter(format_args!("Provided Arn is not a DynamoDB resource arn: {arn}"));
    }
    if rest.contains(":table/") && rest.contains("/index/") {
        return Error::parameter(format_args!(
            "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {arn}"
        ));
    }
    no_table(arn)
}

fn no_table(arn: &str) -> Error {
    Error::validation(format!("Invalid TableArn: Invalid ResourceArn provided as input {arn}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_streams_are_resources_and_indexes_are_not() {
        let parsed = |rest: &str| {
            let arn = format!("arn:aws:dynamodb:eu-west-2:000000000000:{rest}");
            Resource::parse(&arn).map(|found| (found.table.to_owned(), found.stream.map(str::to_owned))).ok()
        };
        assert_eq!(parsed("table/films"), Some(("films".into(), None)));
        assert_eq!(parsed("table/films/stream/2026"), Some(("films".into(), Some("2026".into()))));
        for rest in ["table/films/index/by-year", "table/", "table/a b", "films", "global-table/films"] {
            assert_eq!(parsed(rest), None, "{rest}");
        }
        for arn in ["arn:aws:s3:::bucket", "arn:aws:dynamodb:eu-west-2:12:table/films", "films", ""] {
            assert!(Resource::parse(arn).is_err(), "{arn}");
        }
    }
}
