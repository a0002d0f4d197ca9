//! Which pages of other origins a browser lets read our answers.
//!
//! AWS allows every origin, since nobody can sign without a secret. Here any signature passes, so a page from anywhere
//! could read the data of whoever visits it while the server runs. Unless told otherwise only pages of this machine may.

/// The origins that get an `Access-Control-Allow-Origin`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// Pages served by this machine, on any port: `http://localhost:3000` and the like.
    #[default]
    Loopback,
    /// Pages of this machine and of these origins, spelled as browsers send them: `https://app.example.com`.
    These(Vec<String>),
    /// Every page, as on AWS.
    All,
}

impl Origins {
    /// Whether a page of `origin` may read answers.
    pub(crate) fn allow(&self, origin: &str) -> bool {
        match self {
            Self::All => true,
            Self::Loopback => is_loopback(origin),
            Self::These(origins) => is_loopback(origin) || origins.iter().any(|known| known == origin),
        }
    }
}

fn is_loopback(origin: &str) -> bool {
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some_and(|host| crate::host::is_loopback(crate::host::without_port(host)))
}

#[cfg(test)]
mod tests {
    use super::Origins;

    #[test]
    fn only_pages_of_this_machine_are_allowed_unless_told_otherwise() {
        let allowed = ["http://localhost", "http://localhost:3000", "https://127.0.0.1:8443", "http://[::1]:5173"];
        let refused =
            ["null", "", "https://example.com", "http://localhost.example.com", "http://127.0.0.1.example.com"];
        let named = Origins::These(vec!["https://example.com".into()]);
        for origin in allowed {
            assert!(Origins::Loopback.allow(origin) && named.allow(origin), "{origin}");
        }
        for origin in refused {
            assert!(!Origins::Loopback.allow(origin) && Origins::All.allow(origin), "{origin}");
        }
        assert!(named.allow("https://example.com") && !named.allow("https://other.example.com"));
    }
}
