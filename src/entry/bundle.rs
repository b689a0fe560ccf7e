//! Entry bundles of c2sp.org/tlog-tiles: `u16 length ‖ entry`, up to 256 times.

use crate::encoding::{EncodingError, Reader, Writer};

/// Entries side by side, as a file of entries has them: a partial one is a byte prefix of the one
/// that it grows into. The entries themselves are not read.
#[derive(Clone, Debug)]
pub struct EntryBundle;

/// Why bytes are no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Cut short, or bytes left over.
    #[error("item {place} of the bundle is malformed")]
    Encoding {
        /// Place of the item in the bundle, from 0.
        place: usize,
        /// What is wrong with it.
        #[source]
        cause: EncodingError,
    },
    /// Fewer or more items than the bundle's name says.
    #[error("bundle of {found} items, expected {expected}")]
    Width {
        /// How many items there should be.
        expected: usize,
        /// How many there are; counted no further than one too many.
        found: usize,
    },
    /// A payload beyond the limit of its kind.
    #[error("payload {place} of the bundle has {found} bytes, expected at most {limit}")]
    TooLarge {
        /// Place of the payload in the bundle, from 0.
        place: usize,
        /// Its length in bytes.
        found: usize,
        /// The greatest length.
        limit: usize,
    },
}

impl EntryBundle {
    /// The bundle of `entries`, in order.
    ///
    /// # Panics
    /// If an entry has more than 65,535 bytes; one that `Entry::encode` made has not.
    pub fn encode<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut writer = Writer::default();
        for entry in entries {
            writer.bytes_u16(entry);
        }
        writer.into_bytes()
    }

    /// The entries of a bundle that has `width` of them, no fewer and no more.
    pub fn decode(bytes: &[u8], width: usize) -> Result<Vec<&[u8]>, BundleError> {
        decode_items(bytes, width, |reader| reader.bytes_u16("entry"))
    }
}

/// Reads exactly `width` items with `read`.
pub(super) fn decode_items<'a, T>(
    bytes: &'a [u8],
    width: usize,
    read: impl Fn(&mut Reader<'a>) -> Result<T, EncodingError>,
) -> Result<Vec<T>, BundleError> {
    let mut reader = Reader::new(bytes);
    let mut items = Vec::new();
    while !reader.is_empty() {
        let place = items.len();
        if place == width {
            return Err(BundleError::Width { expected: width, found: width + 1 });
        }
        let item = read(&mut reader);
        items.push(item.map_err(|cause| BundleError::Encoding { place, cause })?);
    }
    match items.len() {
        found if found == width => Ok(items),
        found => Err(BundleError::Width { expected: width, found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_a_partial_bundle_is_a_prefix() {
        let entries = [&b"one"[..], b"", b"three"];
        let bytes = EntryBundle::encode(entries);
        assert_eq!(bytes, b"\0\x03one\0\0\0\x05three");
        assert_eq!(EntryBundle::decode(&bytes, 3), Ok(entries.to_vec()));
        let partial = EntryBundle::encode(entries.into_iter().take(2));
        assert_eq!(bytes.strip_prefix(&partial[..]), Some(&b"\0\x05three"[..]));
        assert_eq!(EntryBundle::decode(b"", 0), Ok(vec![]));
    }

    #[test]
    fn a_bundle_has_the_entries_that_its_name_says() {
        let bytes = EntryBundle::encode([&b"one"[..], b"two"]);
        for (width, found) in [(0, 1), (1, 2), (3, 2)] {
            let expected = BundleError::Width { expected: width, found };
            assert_eq!(EntryBundle::decode(&bytes, width), Err(expected));
        }
        let cause = EncodingError::Short { field: "entry", expected: 3, found: 2 };
        let expected = BundleError::Encoding { place: 1, cause };
        assert_eq!(EntryBundle::decode(&bytes[..9], 2), Err(expected));
    }
}
