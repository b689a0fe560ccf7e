//! A file as an answer: its type, its tag, and how long caches may keep it.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use prost::bytes::Bytes;

use crate::audit::LogFile;
use crate::hash::Digest;
use crate::http::held::{Held, hold};
use crate::ledger::Access;
use crate::merkle::TileKind;
use crate::peers::Share;

/// The type of a text.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// The type of anything else.
const BYTES: &str = "application/octet-stream";

/// A file that never changes. SPEC (tlog-tiles): tiles and bundles should be served so.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// A file that may be kept, if it is asked each time whether it is still the same.
const REVALIDATED: &str = "public, no-cache";

/// Hexadecimal digits of a digest in a tag: 128 bits of it.
const TAG_DIGITS: usize = 32;

/// Answers below this do not get smaller.
const COMPRESSED_BYTES_MIN: usize = 512;

/// On an answer that may be compressed on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compressible;

/// A file that may be kept by whoever asked for it, and by nobody in between.
const PRIVATE: &str = "private, no-cache";

/// Who gets the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whoever asks.
    All,
    /// Whoever has the same access: others may get more, or less.
    WithAccess(Access),
}

/// A file that was read, and the room that it takes.
#[derive(Debug)]
pub(super) struct Answer {
    file: LogFile,
    readers: Readers,
    bytes: Bytes,
    tag: String,
    room: Option<Share>,
}

impl Answer {
    pub(super) fn new(file: LogFile, readers: Readers, bytes: Bytes, room: Option<Share>) -> Self {
        let digest = Digest::of(&bytes).to_string();
        let tag = format!("\"{}\"", digest.get(..TAG_DIGITS).unwrap_or(&digest));
        Self { file, readers, bytes, tag, room }
    }

    /// The answer to a request with these headers: the file, or that it is still the same.
    pub(super) fn respond(self, request: &HeaderMap) -> Response {
        let is_known = is_known(request, &self.tag);
        let is_compressible = is_compressible(self.file);
        let mut headers = HeaderMap::new();
        let cache = match self.readers {
            Readers::WithAccess(Access::Full) => PRIVATE,
            Readers::WithAccess(Access::Public) | Readers::All => cache_control(self.file),
        };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        if is_compressible {
            headers.append(VARY, HeaderValue::from(ACCEPT_ENCODING));
        }
        if self.readers != Readers::All {
            headers.append(VARY, HeaderValue::from(AUTHORIZATION));
        }
        // Digits and quotes.
        if let Ok(tag) = HeaderValue::try_from(self.tag) {
            headers.insert(ETAG, tag);
        }
        if is_known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(self.file)));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(self.bytes.len()));
        let may_shrink = is_compressible && self.bytes.len() >= COMPRESSED_BYTES_MIN;
        let mut response = (headers, Body::from(self.bytes)).into_response();
        if may_shrink {
            response.extensions_mut().insert(Compressible);
        }
        response.extensions_mut().insert(Held::new(self.room));
        hold(response).map(Body::new)
    }
}

const fn content_type(file: LogFile) -> &'static str {
    match file {
        LogFile::Checkpoint | LogFile::Genesis => TEXT,
        LogFile::Handover(_) | LogFile::Tile(_) => BYTES,
    }
}

const fn cache_control(file: LogFile) -> &'static str {
    match file {
        LogFile::Checkpoint => "no-cache",
        LogFile::Genesis | LogFile::Handover(_) => IMMUTABLE,
        LogFile::Tile(id) => match id.kind() {
            TileKind::Hashes(_) | TileKind::Entries => IMMUTABLE,
            // One that is erased is to be gone from caches too.
            TileKind::Payloads => REVALIDATED,
        },
    }
}

/// Hashes do not get smaller.
const fn is_compressible(file: LogFile) -> bool {
    match file {
        LogFile::Checkpoint | LogFile::Genesis | LogFile::Handover(_) => true,
        LogFile::Tile(id) => !matches!(id.kind(), TileKind::Hashes(_)),
    }
}

/// Whether the peer has the file with this tag. A compressed one has a weak tag, and is the same file.
fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    let tags = values.flat_map(|value| value.split(',')).map(str::trim);
    // RFC 9110, section 13.1.2: by weak comparison.
    tags.into_iter().any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// A compressed file is not the same byte for byte, so its tag is a weak one (RFC 9110, section 8.8.1).
pub(super) fn weaken_tag(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers.contains_key(http::header::CONTENT_ENCODING)
        && let Some(tag) = headers.get(ETAG)
        && let Ok(weak) = HeaderValue::try_from([b"W/", tag.as_bytes()].concat())
    {
        headers.insert(ETAG, weak);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_has_the_file_is_told_so() {
        let check = |values: &[&'static str], expected: bool| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IF_NONE_MATCH, HeaderValue::from_static(value));
            }
            assert_eq!(is_known(&headers, "\"ab\""), expected, "{values:?}");
        };
        check(&[], false);
        check(&["\"ab\""], true);
        check(&["W/\"ab\""], true);
        check(&["*"], true);
        check(&["\"cd\", W/\"ef\" , \"ab\""], true);
        check(&["\"cd\"", "\"ab\""], true);
        check(&["\"cd\"", "ab", "\"abc\"", "W/ab"], false);
    }
}
