//! Entry bundles and payload bundles, read item by item so that a fault has a place.

use crate::audit::localized::Quoted;
use crate::encoding::Reader;
use crate::entry::{EntryBundle, Payload, PayloadBundle};
use crate::hash::Digest;
use crate::merkle::leaf_hash;

/// The items of a bundle as far as they can be told apart.
#[derive(Debug)]
pub(super) struct Items<T> {
    /// One for each place; none from the first on that can't be read.
    pub(super) items: Vec<Option<T>>,
    /// What is wrong with the bundle's form, and at which place at the latest.
    pub(super) fault: Option<(usize, Quoted)>,
}

impl<T: Clone> Items<T> {
    fn absent(width: usize) -> Self {
        Self { items: vec![None; width], fault: None }
    }

    /// The item at `place`, if it can be read.
    pub(super) fn get(&self, place: usize) -> Option<&T> {
        self.items.get(place)?.as_ref()
    }

    fn new(width: usize, mut items: Vec<Option<T>>, fault: Option<(usize, Quoted)>) -> Self {
        items.resize(width, None);
        Self { items, fault }
    }
}

/// The entries of a bundle of `width`. Where the bundle is malformed, `expected` leaf hashes tell
/// which entry is the first that is not what it should be.
pub(super) fn entries<'a>(
    bytes: Option<&'a [u8]>,
    width: usize,
    expected: Option<&[Digest]>,
) -> Items<&'a [u8]> {
    let Some(bytes) = bytes else { return Items::absent(width) };
    let cause = match EntryBundle::decode(bytes, width) {
        Ok(items) => return Items::new(width, items.into_iter().map(Some).collect(), None),
        Err(cause) => cause,
    };
    let mut reader = Reader::new(bytes);
    let mut items = Vec::new();
    while items.len() < width
        && let Ok(item) = reader.bytes_u16("entry")
    {
        let is_other = expected
            .and_then(|expected| expected.get(items.len()))
            .is_some_and(|expected| leaf_hash(item) != *expected);
        if is_other {
            break;
        }
        items.push(Some(item));
    }
    let fault = Some((items.len(), Quoted::of(&cause)));
    Items::new(width, items, fault)
}

/// The payloads of a bundle of `width`. Where the bundle is malformed, `is_expected` tells which
/// payload is the first that is not what it should be.
pub(super) fn payloads(
    bytes: Option<&[u8]>,
    width: usize,
    is_expected: impl Fn(usize, &[u8]) -> bool,
) -> Items<Payload<'_>> {
    let Some(bytes) = bytes else { return Items::absent(width) };
    let cause = match PayloadBundle::decode(bytes, width) {
        Ok(items) => return Items::new(width, items.into_iter().map(Some).collect(), None),
        Err(cause) => cause,
    };
    let mut reader = Reader::new(bytes);
    let mut items = Vec::new();
    while items.len() < width {
        let mut ahead = reader.clone();
        let payload = match ahead.u32("payload") {
            Ok(u32::MAX) => {
                reader = ahead;
                Payload::Withheld
            }
            _ => match reader.bytes_u32("payload") {
                Ok([]) => Payload::Absent,
                Ok(bytes) if is_expected(items.len(), bytes) => Payload::Bytes(bytes),
                Ok(_) | Err(_) => break,
            },
        };
        items.push(Some(payload));
    }
    let fault = Some((items.len(), Quoted::of(&cause)));
    Items::new(width, items, fault)
}
