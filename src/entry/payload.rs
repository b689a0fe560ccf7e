//! Payload bundles: what the entries of a bundle commit to, `u32 length ‖ bytes` each (formats.md,
//! section 5).

use crate::encoding::{EncodingError, Reader, Writer};
use crate::entry::bundle::{BundleError, decode_items};
use crate::envelope::RECORD_BYTES_MAX;

/// The length that says: there is a payload, and this reader is not given it.
const WITHHELD: u32 = u32::MAX;

/// The payload of one entry, as far as this reader is given it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// The envelope record; of entry 0 the genesis document.
    Bytes(&'a [u8]),
    /// A seal has none, and one that was erased is gone.
    Absent,
    /// Meant for another audience.
    Withheld,
}

/// Payloads side by side, one for each entry of the entry bundle beside it. Whether they are what
/// the entries commit to is not checked.
#[derive(Clone, Debug)]
pub struct PayloadBundle;

impl PayloadBundle {
    /// The bundle of `payloads`, in order.
    ///
    /// # Panics
    /// If a payload has no bytes, or more than an envelope record can have: neither is ever stored.
    pub fn encode<'a>(payloads: impl IntoIterator<Item = Payload<'a>>) -> Vec<u8> {
        let mut writer = Writer::default();
        for payload in payloads {
            match payload {
                Payload::Bytes(bytes) => {
                    assert!(
                        (1..=RECORD_BYTES_MAX).contains(&bytes.len()),
                        "a payload of {} bytes",
                        bytes.len()
                    );
                    writer.bytes_u32(bytes);
                }
                Payload::Absent => {
                    writer.u32(0);
                }
                Payload::Withheld => {
                    writer.u32(WITHHELD);
                }
            }
        }
        writer.into_bytes()
    }

    /// The payloads of a bundle that has `width` of them, no fewer and no more.
    pub fn decode(bytes: &[u8], width: usize) -> Result<Vec<Payload<'_>>, BundleError> {
        let payloads = decode_items(bytes, width, read)?;
        for (place, payload) in payloads.iter().enumerate() {
            match payload {
                Payload::Bytes(bytes) if bytes.len() > RECORD_BYTES_MAX => {
                    let (found, limit) = (bytes.len(), RECORD_BYTES_MAX);
                    return Err(BundleError::TooLarge { place, found, limit });
                }
                Payload::Bytes(_) | Payload::Absent | Payload::Withheld => {}
            }
        }
        Ok(payloads)
    }
}

fn read<'a>(reader: &mut Reader<'a>) -> Result<Payload<'a>, EncodingError> {
    let mut ahead = reader.clone();
    match ahead.u32("payload")? {
        WITHHELD => {
            *reader = ahead;
            Ok(Payload::Withheld)
        }
        _ => match reader.bytes_u32("payload")? {
            [] => Ok(Payload::Absent),
            bytes => Ok(Payload::Bytes(bytes)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_read_back() {
        let payloads =
            [Payload::Bytes(b"record"), Payload::Absent, Payload::Withheld, Payload::Bytes(b"x")];
        let bytes = PayloadBundle::encode(payloads);
        assert_eq!(bytes, b"\0\0\0\x06record\0\0\0\0\xff\xff\xff\xff\0\0\0\x01x");
        assert_eq!(PayloadBundle::decode(&bytes, 4), Ok(payloads.to_vec()));
        for (width, found) in [(3, 4), (5, 4)] {
            let expected = BundleError::Width { expected: width, found };
            assert_eq!(PayloadBundle::decode(&bytes, width), Err(expected));
        }
        for end in [1, 9, 12, 17, 22] {
            let short = PayloadBundle::decode(&bytes[..end], 4).unwrap_err();
            assert!(matches!(short, BundleError::Encoding { .. }), "{end}: {short}");
        }
    }

    #[test]
    fn a_length_beyond_the_bytes_is_refused_before_anything_is_allocated() {
        let cause = EncodingError::Short { field: "payload", expected: 0xffff_fffe, found: 0 };
        let expected = BundleError::Encoding { place: 0, cause };
        assert_eq!(PayloadBundle::decode(&[0xff, 0xff, 0xff, 0xfe], 1), Err(expected));
    }

    #[test]
    fn a_payload_beyond_the_limit_is_refused() {
        let mut writer = Writer::default();
        writer.bytes_u32(&vec![0; RECORD_BYTES_MAX + 1]);
        let found = PayloadBundle::decode(&writer.into_bytes(), 1).unwrap_err();
        let (place, limit) = (0, RECORD_BYTES_MAX);
        assert_eq!(found, BundleError::TooLarge { place, found: limit + 1, limit });
    }
}
