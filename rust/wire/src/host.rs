//! Names of hosts: which of them a server may be called by.
//!
//! A page on the web can make its own name point at this machine and then talk to the server as its own; the browser still
//! says that name in `Host`. So only names that cannot be made to point here are answered: those of this machine, numbers,
//! DynamoDB's own (clients that are redirected by a hosts file or a proxy), and those that the owner gives.

use std::net::{IpAddr, Ipv6Addr};

/// The names a server answers to.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedHosts {
    names: Vec<String>,
}

impl AllowedHosts {
    /// The usual names, and `names`.
    pub(crate) fn new(names: &[String]) -> Self {
        Self { names: names.iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    /// Whether a `Host` may be served; its port does not matter.
    pub(crate) fn allow(&self, host: &str) -> bool {
        let name = without_port(host);
        is_loopback(name)
            || address(name).is_some()
            || is_of_dynamodb(&name.to_ascii_lowercase())
            || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// A host without `:port`.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => {
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    }
}

/// Whether a name can only mean this machine.
pub(crate) fn is_loopback(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let has_suffix =
        name.len() > 10 && name.get(name.len() - 10..).is_some_and(|end| end.eq_ignore_ascii_case(".localhost"));
    name.eq_ignore_ascii_case("localhost") || has_suffix || address(name).is_some_and(|address| address.is_loopback())
}

/// The address that a host is, with or without the brackets of version 6.
fn address(name: &str) -> Option<IpAddr> {
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => name.parse().ok(),
    }
}

/// `dynamodb.eu-west-2.amazonaws.com`, `streams.dynamodb...` and `123456789012.ddb...`, in small letters.
fn is_of_dynamodb(name: &str) -> bool {
    let Some(rest) = name.strip_suffix(".amazonaws.com").or_else(|| name.strip_suffix(".amazonaws.com.cn")) else {
        return false;
    };
    let Some((service, region)) = rest.rsplit_once('.') else { return false };
    let is_service = match service.split_once('.') {
        None => service == "dynamodb",
        Some(("streams", "dynamodb")) => true,
        Some((account, "ddb")) => account.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
        Some(_) => false,
    };
    is_service && region.contains('-')
}

#[cfg(test)]
mod tests {
    use super::{AllowedHosts, without_port};

    #[test]
    fn names_that_cannot_be_made_to_point_here_are_answered() {
        let hosts = AllowedHosts::new(&["Database.internal".into()]);
        let allowed = [
            "localhost",
            "LOCALHOST:8000",
            "localhost.:8000",
            "app.localhost:1",
            "127.0.0.1",
            "127.1.2.3:8000",
            "[::1]",
            "[::1]:8000",
            "::1",
            "192.168.1.5:8000",
            "dynamodb.eu-west-2.amazonaws.com",
            "streams.dynamodb.us-east-1.amazonaws.com:443",
            "123456789012.ddb.us-east-1.amazonaws.com",
            "dynamodb.cn-north-1.amazonaws.com.cn",
            "database.INTERNAL:8000",
        ];
        for host in allowed {
            assert!(hosts.allow(host), "{host}");
        }
        let refused = [
            "",
            ":8000",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "mylocalhost",
            ".localhost",
            "dynamodb.eu-west-2.amazonaws.com.example.com",
            "evil.dynamodb.eu-west-2.amazonaws.com",
            "dynamodb.s3.amazonaws.com",
            "bucket.s3.amazonaws.com",
            "[::1",
            "other.internal",
        ];
        for host in refused {
            assert!(!hosts.allow(host), "{host}");
        }
    }

    #[test]
    fn a_port_is_taken_off() {
        let cases =
            [("a:1", "a"), ("a", "a"), ("[::1]:1", "[::1]"), ("[::1]", "[::1]"), ("::1", "::1"), ("a:b", "a:b")];
        for (host, name) in cases {
            assert_eq!(without_port(host), name);
        }
    }
}
