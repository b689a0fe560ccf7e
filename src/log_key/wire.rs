//! The outer form of a handover: size, counts, and that there is one way to write it.

use prost::Message as _;
use prost::bytes::Bytes;

use crate::log_key::error::HandoverError;
use crate::proto;

/// The largest handover, in bytes: some thousands of ordinary changes, or sixteen of the greatest.
pub const HANDOVER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How many handovers a log can have: one a month for eighty years. A reader follows all of them.
pub const HANDOVERS_MAX: usize = 1000;

/// How many changes of registrars a handover can show.
pub const CHANGES_MAX: usize = 1000;

/// How many hashes an inclusion proof can have: a tree has less than 2^63 entries.
const PROOF_HASHES_MAX: usize = 63;

/// The field of the changes, and in one of them that of the hashes.
const CHANGES: u32 = 3;
const HASHES: u32 = 4;

/// Reads the message, and checks that it is written in the one way there is.
pub(super) fn decode(bytes: &[u8]) -> Result<proto::Handover, HandoverError> {
    if bytes.len() > HANDOVER_BYTES_MAX {
        return Err(HandoverError::TooLarge { found: bytes.len() });
    }
    // Two bytes in the file can become a hundred in memory, so lists are counted before they are
    // built.
    let (what, limit) = ("changes", CHANGES_MAX);
    for change in fields(bytes, CHANGES, what, limit)? {
        fields(change, HASHES, "hashes in an inclusion proof", PROOF_HASHES_MAX)?;
    }
    let message = proto::Handover::decode(Bytes::copy_from_slice(bytes))?;
    let again = message.encode_to_vec();
    if again == bytes {
        return Ok(message);
    }
    let same = bytes.iter().zip(&again).take_while(|(found, expected)| found == expected);
    Err(HandoverError::NotCanonical { offset: same.count() })
}

/// The length-delimited fields of one number, at most `limit` of them.
fn fields<'a>(
    bytes: &'a [u8],
    number: u32,
    what: &'static str,
    limit: usize,
) -> Result<Vec<&'a [u8]>, HandoverError> {
    let mut rest = bytes;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let (tag, field) = field(&mut rest).ok_or(HandoverError::NotCanonical { offset })?;
        if tag == number {
            found.push(field);
        }
        if found.len() > limit {
            return Err(HandoverError::TooMany { what, limit });
        }
    }
    Ok(found)
}

/// Takes a field: its number, and its content if it is length-delimited.
fn field<'a>(rest: &mut &'a [u8]) -> Option<(u32, &'a [u8])> {
    let key = prost::encoding::decode_varint(rest).ok()?;
    let number = u32::try_from(key >> 3).ok()?;
    match key & 7 {
        0 => prost::encoding::decode_varint(rest).ok().map(|_value| (number, &[][..])),
        2 => {
            let length = usize::try_from(prost::encoding::decode_varint(rest).ok()?).ok()?;
            let (field, behind) = rest.split_at_checked(length)?;
            *rest = behind;
            Some((number, field))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_its_limit_is_refused_before_it_is_built() {
        let found = HANDOVER_BYTES_MAX + 1;
        assert_eq!(decode(&vec![0; found]), Err(HandoverError::TooLarge { found }));
        let many = [0x1a, 0].repeat(CHANGES_MAX + 1);
        let error = decode(&many).unwrap_err();
        assert_eq!(error, HandoverError::TooMany { what: "changes", limit: CHANGES_MAX });
        let hashes = [0x22, 0].repeat(PROOF_HASHES_MAX + 1);
        let long = [&[0x1a, u8::try_from(hashes.len()).unwrap() | 0x80, 1][..], &hashes].concat();
        let error = decode(&long).unwrap_err();
        assert!(matches!(error, HandoverError::TooMany { limit: PROOF_HASHES_MAX, .. }), "{error}");
    }

    #[test]
    fn a_message_has_one_form() {
        let log_key = "log.example+00000000+AA".to_owned();
        let message = proto::Handover { log_key, ..proto::Handover::default() };
        let bytes = message.encode_to_vec();
        assert_eq!(decode(&bytes), Ok(message));
        for extra in [&[0x22, 1, 0][..], &[0x12, 0], &[0x12, 9], &[0x10, 0], &[0x80], &[2, 0]] {
            decode(&[&bytes[..], extra].concat()).unwrap_err();
        }
    }
}
