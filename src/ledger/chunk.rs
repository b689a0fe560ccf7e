//! Chunks: how the tables `Entries` and `Payloads` hold the log. Entries committed together lie in
//! one value, unless a multiple of 256 parts them; so a bundle is whole chunks side by side.

use crate::encoding::{EncodingError, Reader};
use crate::merkle::TILE_WIDTH;

/// Cuts `items`, the first of which has index `start`, into chunks: index of the first, and the
/// items.
pub(super) fn chunks<T>(start: u64, items: &[T]) -> Vec<(u64, &[T])> {
    let width = u64::from(TILE_WIDTH);
    let (mut start, mut rest) = (start, items);
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let room = usize::try_from(width - start % width).unwrap_or(usize::MAX);
        let (chunk, behind) = rest.split_at(room.min(rest.len()));
        chunks.push((start, chunk));
        start += chunk.len() as u64;
        rest = behind;
    }
    chunks
}

/// The entries of a chunk; how many there are is known from the bytes alone.
pub(super) fn split_entries(bytes: &[u8]) -> Result<Vec<&[u8]>, EncodingError> {
    split(bytes, |reader| reader.bytes_u16("entry"))
}

/// The payloads of a chunk; empty where there is none. Nothing is withheld at rest.
pub(super) fn split_payloads(bytes: &[u8]) -> Result<Vec<&[u8]>, EncodingError> {
    split(bytes, |reader| reader.bytes_u32("payload"))
}

fn split<'a>(
    bytes: &'a [u8],
    read: impl Fn(&mut Reader<'a>) -> Result<&'a [u8], EncodingError>,
) -> Result<Vec<&'a [u8]>, EncodingError> {
    let mut reader = Reader::new(bytes);
    let mut items = Vec::new();
    while !reader.is_empty() {
        items.push(read(&mut reader)?);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::EntryBundle;

    #[test]
    fn chunks_cross_no_multiple_of_256_and_lose_nothing() {
        for start in [0_u64, 1, 255, 256, 300, 511] {
            for count in [0_usize, 1, 2, 255, 256, 257, 600] {
                let items: Vec<u64> = (start..start + count as u64).collect();
                let cut = chunks(start, &items);
                let joined: Vec<u64> = cut.iter().flat_map(|(_, chunk)| chunk.to_vec()).collect();
                assert_eq!(joined, items);
                for (first, chunk) in cut {
                    assert_eq!(chunk[0], first);
                    let last = chunk[chunk.len() - 1];
                    assert_eq!(first / 256, last / 256, "{start} {count}");
                }
            }
        }
    }

    #[test]
    fn a_chunk_is_read_to_its_end() {
        let bytes = EntryBundle::encode([&b"one"[..], b"", b"three"]);
        assert_eq!(split_entries(&bytes), Ok(vec![&b"one"[..], b"", b"three"]));
        split_entries(&bytes[..bytes.len() - 1]).unwrap_err();
        assert_eq!(split_payloads(b"\0\0\0\0\0\0\0\x01x"), Ok(vec![&b""[..], b"x"]));
    }
}
