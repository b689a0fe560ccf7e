//! The outer form of a dossier: size, counts, and that there is one way to write it. Knows nothing
//! of what the parts mean.

use prost::Message as _;
use prost::bytes::Bytes;

use crate::dossier::container_error::ContainerError;
use crate::policy::closure;
use crate::proto;

/// The largest dossier, in bytes: sixty-four envelopes of the greatest size, or some ten thousand
/// ordinary attestations, and still read into memory at once on a small machine.
pub const DOSSIER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How many chains a dossier can hold. An absent one costs a hundred bytes in the file and 256
/// hashes to check, so their number is bounded apart from their size.
pub const SUBJECTS_MAX: usize = closure::CHAINS_MAX;

/// How many entries a dossier can hold; the smallest one with its proof has some three hundred
/// bytes.
pub const ENTRIES_MAX: usize = 262_144;

/// How many hashes all inclusion proofs of a dossier can have between them.
pub const HASHES_MAX: usize = 1_048_576;

/// How many hashes one inclusion proof can have: a tree has less than 2^63 entries. Each takes a
/// byte in the file and 32 in memory, so longer ones are refused before they are spelled out.
pub(super) const PROOF_HASHES_MAX: usize = 63;

/// The tables of a dossier: field number, name, greatest length.
const TABLES: [(usize, &str, usize); 3] =
    [(5, "subjects", SUBJECTS_MAX), (6, "entries", ENTRIES_MAX), (8, "hashes", HASHES_MAX)];

/// The last field number of a dossier; all fields from 1 on are length-delimited.
const FIELD_MAX: usize = 10;

/// Reads the message, and checks that it is written in the one way there is.
pub(super) fn decode(bytes: &[u8]) -> Result<proto::Dossier, ContainerError> {
    if bytes.len() > DOSSIER_BYTES_MAX {
        return Err(ContainerError::TooLarge { found: bytes.len() });
    }
    // Two bytes in the file can become a hundred in memory, so tables are counted before they are
    // built.
    check_counts(bytes)?;
    let message = proto::Dossier::decode(Bytes::copy_from_slice(bytes))?;
    let again = encode(&message);
    if again == bytes {
        return Ok(message);
    }
    let same = bytes.iter().zip(&again).take_while(|(found, expected)| found == expected);
    Err(ContainerError::NotCanonical { offset: same.count() })
}

/// The bytes of the message.
pub(super) fn encode(message: &proto::Dossier) -> Vec<u8> {
    message.encode_to_vec()
}

fn check_counts(bytes: &[u8]) -> Result<(), ContainerError> {
    let mut counts = [0_usize; TABLES.len()];
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let number = skip_field(&mut rest).ok_or(ContainerError::Field { offset })?;
        for ((field, what, limit), count) in TABLES.into_iter().zip(&mut counts) {
            *count += usize::from(field == number);
            if *count > limit {
                return Err(ContainerError::TooMany { what, limit });
            }
        }
    }
    Ok(())
}

/// Steps over a length-delimited field with a number that a dossier has, and gives the number.
fn skip_field(rest: &mut &[u8]) -> Option<usize> {
    let key = prost::decode_length_delimiter(&mut *rest).ok()?;
    let length = prost::decode_length_delimiter(&mut *rest).ok()?;
    let (number, wire_type) = (key >> 3, key & 7);
    *rest = rest.get(length..)?;
    (wire_type == 2 && (1..=FIELD_MAX).contains(&number)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> proto::Dossier {
        proto::Dossier {
            origin: "ledger.example/eu-1".to_owned(),
            hashes: vec![Bytes::from_static(&[1; 32]), Bytes::from_static(&[2; 32])],
            seal_inclusion: vec![0, 1],
            ..proto::Dossier::default()
        }
    }

    #[test]
    fn a_message_reads_back_and_has_one_form() {
        let bytes = encode(&example());
        assert_eq!(decode(&bytes), Ok(example()));
        // An unknown field, a default written out, a field cut short, another wire type.
        for extra in [&[0x5a, 1, 0][..], &[0x4a, 0], &[0x4a, 9], &[0x48, 0], &[0x80], &[2, 0]] {
            let bad = [&bytes[..], extra].concat();
            decode(&bad).unwrap_err();
        }
        // The same fields in another order say the same, in another way.
        let origin_last = [&bytes[21..], &bytes[..21]].concat();
        assert_eq!(proto::Dossier::decode(&origin_last[..]).unwrap(), example());
        let error = decode(&origin_last).unwrap_err();
        assert_eq!(error, ContainerError::NotCanonical { offset: 0 });
    }

    #[test]
    fn a_table_beyond_its_limit_is_refused_before_it_is_built() {
        for (field, what, limit) in TABLES {
            let key = u8::try_from(field << 3 | 2).unwrap();
            let bad = [key, 0].repeat(limit + 1);
            assert_eq!(decode(&bad), Err(ContainerError::TooMany { what, limit }));
        }
    }

    #[test]
    fn a_file_beyond_the_limit_is_not_read() {
        let found = DOSSIER_BYTES_MAX + 1;
        assert_eq!(decode(&vec![0; found]), Err(ContainerError::TooLarge { found }));
    }
}
