//! One entry of the log, as bytes and as a value (formats.md, section 4).

use crate::encoding::{Reader, Writer};
use crate::entry::body::Body;
use crate::entry::error::EntryError;
use crate::hash::Digest;
use crate::merkle;
use crate::time::Timestamp;

/// The largest entry, in bytes.
pub const ENTRY_BYTES_MAX: usize = 32_768;

/// The one version there is.
pub(super) const VERSION: u8 = 1;

/// An entry within every limit of the format. Not shown: that it stands in any log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    time: Timestamp,
    prev: Digest,
    body: Body,
}

impl Entry {
    /// The entry of these parts.
    pub fn new(time: Timestamp, prev: Digest, body: Body) -> Result<Self, EntryError> {
        body.check()?;
        Ok(Self { time, prev, body })
    }

    /// The ledger's time.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// Leaf hash of the entry before; zero in entry 0.
    pub const fn prev(&self) -> &Digest {
        &self.prev
    }

    /// What the entry holds.
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// Reads an entry that fills `bytes` to the end.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLarge { found: bytes.len() });
        }
        let mut reader = Reader::new(bytes);
        let version = reader.u8("version")?;
        if version != VERSION {
            return Err(EntryError::Version { found: version });
        }
        let kind = reader.u8("kind")?;
        let time = Timestamp::from_ms(reader.u64("time")?)?;
        let prev = reader.digest("prev")?;
        let body = Body::read(kind, &mut reader)?;
        reader.finish()?;
        Self::new(time, prev, body)
    }

    /// The bytes of the entry, at most [`ENTRY_BYTES_MAX`].
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(256);
        writer.u8(VERSION).u8(self.body.kind()).u64(self.time.ms()).put(self.prev.as_ref());
        self.body.write(&mut writer);
        writer.into_bytes()
    }

    /// Whether these bytes are the payload that the entry commits to: the genesis document, or the
    /// envelope record. A seal has none.
    pub fn commits_to(&self, payload: &[u8]) -> bool {
        match &self.body {
            Body::Genesis { digest, .. } => *digest == Digest::of(payload),
            Body::Attestation { envelope, envelope_len, .. } => {
                usize::try_from(*envelope_len) == Ok(payload.len())
                    && *envelope.digest() == Digest::of(payload)
            }
            Body::Seal { .. } => false,
        }
    }

    /// The hash of the entry as a leaf of the log.
    pub fn leaf_hash(&self) -> Digest {
        merkle::leaf_hash(&self.encode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::body::KEYS_MAX;
    use crate::envelope::{EnvelopeDigest, StatementDigest};
    use crate::merkle::EntryIndex;

    fn attestation(keys: Vec<Digest>, envelope_len: u32) -> Body {
        let statement = StatementDigest::new(Digest::of(b"statement"));
        let envelope = EnvelopeDigest::new(Digest::of(b"envelope"));
        Body::Attestation { statement, envelope, envelope_len, keys }
    }

    fn keys(count: usize) -> Vec<Digest> {
        let mut keys: Vec<_> = (0..count).map(|i| Digest::of(&i.to_be_bytes())).collect();
        keys.sort();
        keys
    }

    fn entry(body: Body) -> Result<Entry, EntryError> {
        Entry::new(Timestamp::from_ms(1_800_000_000_000).unwrap(), Digest::of(b"prev"), body)
    }

    fn examples() -> Vec<Entry> {
        let origin = "ledger.example/eu-1".parse().unwrap();
        let seal = Body::Seal {
            map_root: Digest::of(b"map"),
            subjects: 12,
            previous_seal: EntryIndex::new(3),
        };
        vec![
            entry(Body::Genesis { origin, digest: Digest::of(b"genesis") }).unwrap(),
            entry(attestation(keys(3), 1_048_576)).unwrap(),
            entry(seal).unwrap(),
        ]
    }

    #[test]
    fn entries_read_back_and_every_changed_byte_shows() {
        for entry in examples() {
            let bytes = entry.encode();
            assert_eq!(Entry::decode(&bytes), Ok(entry.clone()));
            for place in 0..bytes.len() {
                for flip in [1, 0x80, 0xff] {
                    let mut changed = bytes.clone();
                    changed[place] ^= flip;
                    if let Ok(other) = Entry::decode(&changed) {
                        assert_ne!(other, entry, "byte {place}");
                        assert_eq!(other.encode(), changed, "byte {place}");
                    }
                }
                Entry::decode(&bytes[..place]).unwrap_err();
            }
        }
    }

    #[test]
    fn what_the_format_limits_cannot_be_made() {
        for origin in [&b""[..], &[b'a'; 256], b"a b", b"a+b", b"a\nb", b"a\xff"] {
            let mut writer = Writer::default();
            writer.u8(1).u8(1).u64(0).put(&[0; 32]).bytes_u16(origin).put(&[0; 32]);
            let error = Entry::decode(&writer.into_bytes()).unwrap_err();
            assert!(matches!(error, EntryError::Origin(_) | EntryError::OriginText), "{error}");
        }

        let mut twice = keys(2);
        twice[1] = twice[0];
        for (body, expected) in [
            (attestation(keys(1), 0), EntryError::EnvelopeLength { found: 0 }),
            (attestation(keys(1), 1_048_577), EntryError::EnvelopeLength { found: 1_048_577 }),
            (attestation(keys(0), 1), EntryError::KeyCount { found: 0 }),
            (attestation(keys(1001), 1), EntryError::KeyCount { found: 1001 }),
            (
                attestation(twice.clone(), 1),
                EntryError::KeyOrder { before: twice[0], found: twice[0] },
            ),
        ] {
            assert_eq!(entry(body), Err(expected));
        }
    }

    #[test]
    fn the_greatest_entry_there_can_be_is_within_the_limit() {
        let greatest = entry(attestation(keys(KEYS_MAX), 1)).unwrap();
        assert_eq!(Entry::decode(&greatest.encode()), Ok(greatest));
    }
}
