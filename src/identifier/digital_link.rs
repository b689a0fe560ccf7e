//! GS1 Digital Link URIs on any host, brought to the canonical one.

use super::error::IdentifierError;

const KIND: &str = "GS1 Digital Link";

/// The one host of canonical URIs.
const HOST: &str = "id.gs1.org";

/// Whether a text is a URL at all.
pub(super) fn is_url(text: &str) -> bool {
    split_scheme(text).is_some()
}

/// The same path on the canonical host; what is replaced or dropped is added to `notes`.
pub(super) fn on_canonical_host(
    text: &str,
    notes: &mut Vec<String>,
) -> Result<String, IdentifierError> {
    let malformed = || {
        IdentifierError::malformed(KIND, text, "https://, a host, and a path from /01/ or /417/")
    };
    let (scheme, rest) = split_scheme(text).ok_or_else(malformed)?;
    let (rest, fragment) = split_off(rest, '#');
    let (rest, query) = split_off(rest, '?');
    let (host, path) = rest.split_once('/').ok_or_else(malformed)?;
    // Credentials in a URL are a trick to make it read like another; nobody prints them on goods.
    if host.is_empty() || host.contains(['@', '\\']) {
        return Err(malformed());
    }
    if scheme != "https" {
        notes.push(format!("scheme {scheme:?} replaced by \"https\""));
    }
    if host != HOST {
        notes.push(format!("host {host:?} replaced by {HOST:?}"));
    }
    if let Some(query) = query {
        notes.push(format!("query {query:?} dropped"));
    }
    if let Some(fragment) = fragment {
        notes.push(format!("fragment {fragment:?} dropped"));
    }
    Ok(format!("https://{HOST}/{path}"))
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    is_web.then_some((scheme, rest))
}

fn split_off(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}
