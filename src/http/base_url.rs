//! Where something is served over HTTP: a prefix, and the paths below it.

use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;

/// The address of a place below which there are others: a scheme, a host and a path, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Without a slash at its end.
    text: String,
    uri: Uri,
}

impl BaseUrl {
    /// Reads an address of `http` or `https`. `None` if it is no such address, or has what would not
    /// be part of the addresses below it: a query, a fragment, a user.
    pub fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let is_http = [Scheme::HTTP, Scheme::HTTPS].iter().any(|it| uri.scheme() == Some(it));
        let authority = uri.authority()?;
        let has_user = authority.as_str().contains('@');
        // What follows a # is not part of what is sent, so it would be lost in silence.
        let is_prefix = uri.query().is_none() && !url.contains('#');
        if !is_http || has_user || !is_prefix || authority.host().is_empty() {
            return None;
        }
        Some(Self { text: url.trim_end_matches('/').to_owned(), uri })
    }

    /// The address of a path below it; `None` if that is no path.
    pub fn join(&self, path: &str) -> Option<Uri> {
        format!("{}/{path}", self.text).parse().ok()
    }

    /// Whether others on the way can read what is sent there: not over TLS, and not to this machine.
    pub fn is_open_to_others(&self) -> bool {
        let host = self.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_here = host.eq_ignore_ascii_case("localhost")
            || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        self.uri.scheme() == Some(&Scheme::HTTP) && !is_here
    }

    /// The address itself.
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_on_the_way_reads_what_goes_over_plain_http() {
        let is_open = |url: &str| BaseUrl::parse(url).unwrap().is_open_to_others();
        for url in ["http://w.example", "http://127.w.example/a", "http://192.0.2.1:80"] {
            assert!(is_open(url), "{url}");
        }
        for url in
            ["https://w.example", "http://127.0.0.1:80/a", "http://[::1]", "http://LocalHost"]
        {
            assert!(!is_open(url), "{url}");
        }
    }

    #[test]
    fn a_base_is_a_prefix_over_http_and_nothing_more() {
        let join = |url: &str| BaseUrl::parse(url).and_then(|base| base.join("add-checkpoint"));
        for (url, expected) in [
            ("https://w.example", "https://w.example/add-checkpoint"),
            ("https://w.example/", "https://w.example/add-checkpoint"),
            ("http://127.0.0.1:80/a/b/", "http://127.0.0.1:80/a/b/add-checkpoint"),
            ("http://[::1]:80", "http://[::1]:80/add-checkpoint"),
        ] {
            assert_eq!(join(url).unwrap().to_string(), expected, "{url}");
        }
        for url in [
            "",
            "w.example",
            "/a",
            "ftp://w.example",
            "https://",
            "https:///a",
            "https://w.example?a",
            "https://w.example/#a",
            "https://user:secret@w.example",
            "https://w.example/ä b",
        ] {
            assert_eq!(join(url), None, "{url}");
        }
    }
}
