//! ARNs in the place of a table's name: `arn:aws:dynamodb:us-east-1:123456789012:table/films`.

use crate::check::{NAME_MAX, is_name};

/// Longest name of a region.
const REGION_BYTES_MAX: usize = 64;
/// Digits of an account.
const ACCOUNT_DIGITS: usize = 12;

/// Whether a text is the ARN of a table, and not of an index or a stream. Whose it is does not matter here.
pub(crate) fn is_table(text: &str) -> bool {
    let mut parts = text.split(':');
    let mut next = || parts.next();
    let (Some("arn"), Some(partition), Some("dynamodb"), Some(region), Some(account), Some(resource), None) =
        (next(), next(), next(), next(), next(), next(), next())
    else {
        return false;
    };
    is_partition(partition)
        && !region.is_empty()
        && is_region(region)
        && account.len() == ACCOUNT_DIGITS
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && resource.strip_prefix("table/").is_some_and(|name| (1..=NAME_MAX).contains(&name.len()) && is_name(name))
}

/// `aws`, `aws-cn`, `aws-us-gov` and the like.
fn is_partition(partition: &str) -> bool {
    let more = partition.strip_prefix("aws");
    more.is_some_and(|more| more.is_empty() || (more.starts_with('-') && is_name(more)))
}

/// Whether a region, which may be absent, can stand in ARNs and names of hosts.
pub(crate) fn is_region(region: &str) -> bool {
    region.len() <= REGION_BYTES_MAX && is_name(region)
}
