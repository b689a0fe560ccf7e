//! The outer form of a dossier: size, counts, and that there is one way to write it. Knows nothing
//! of what the parts mean.

use prost::Message as _;
use prost::bytes::Bytes;

use crate::dossier::container_error::ContainerError;
use crate::log_key::HANDOVERS_MAX;
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

/// How many hashes all proofs of a dossier can have between them.
pub const HASHES_MAX: usize = 1_048_576;

/// How many hashes one inclusion proof can have: a tree has less than 2^63 entries. Each takes a
/// byte in the file and 32 in memory.
const PROOF_HASHES_MAX: usize = 63;

/// How many hashes one consistency proof can have: a path, and where it starts.
const CONSISTENCY_HASHES_MAX: usize = 64;

/// The tables of a dossier: field number, name, greatest length.
const TABLES: [(usize, &str, usize); 4] = [
    (SUBJECTS, "subjects", SUBJECTS_MAX),
    (ENTRIES, "entries", ENTRIES_MAX),
    (8, "hashes", HASHES_MAX),
    (HANDOVERS, "handovers", HANDOVERS_MAX),
];

/// Field numbers of the tables that hold positions in others.
const SUBJECTS: usize = 5;
const ENTRIES: usize = 6;
const HANDOVERS: usize = 11;

/// How many places in the table of entries all chains of a dossier can have between them. Each takes
/// a byte in the file and four in memory.
const PLACES_MAX: usize = closure::RECORDS_MAX;

/// Field numbers of a chain and of an entry, and of a handover, by which they hold positions in
/// tables; and of the seal's proof.
const POSITIONS: usize = 4;
const CONSISTENCY: usize = 2;
const SEAL_INCLUSION: usize = 7;

/// The last field number of a dossier; all fields from 1 on are length-delimited.
const FIELD_MAX: usize = 11;

/// Reads the message, and checks that it is written in the one way there is.
pub(super) fn decode(bytes: &[u8]) -> Result<proto::Dossier, ContainerError> {
    if bytes.len() > DOSSIER_BYTES_MAX {
        return Err(ContainerError::TooLarge { found: bytes.len() });
    }
    // Two bytes in the file can become a hundred in memory, and a position becomes four times as
    // many: so tables and positions are counted before they are built.
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
    let mut places = 0_usize;
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let malformed = || ContainerError::Field { offset };
        let (number, content) = take_field(&mut rest).ok_or_else(malformed)?;
        match number {
            SUBJECTS => {
                places += count_positions(content, POSITIONS).ok_or_else(malformed)?;
                at_most("places of entries in chains", places, PLACES_MAX)?;
            }
            ENTRIES => {
                let hashes = count_positions(content, POSITIONS).ok_or_else(malformed)?;
                at_most("hashes in an inclusion proof", hashes, PROOF_HASHES_MAX)?;
            }
            HANDOVERS => {
                let hashes = count_positions(content, CONSISTENCY).ok_or_else(malformed)?;
                at_most("hashes in a consistency proof", hashes, CONSISTENCY_HASHES_MAX)?;
            }
            SEAL_INCLUSION => {
                at_most("hashes in an inclusion proof", count_packed(content), PROOF_HASHES_MAX)?;
            }
            _ => {}
        }
        for ((field, what, limit), count) in TABLES.into_iter().zip(&mut counts) {
            *count += usize::from(field == number);
            if *count > limit {
                return Err(ContainerError::TooMany { what, limit });
            }
        }
    }
    Ok(())
}

/// Takes a length-delimited field with a number that a dossier has.
fn take_field<'a>(rest: &mut &'a [u8]) -> Option<(usize, &'a [u8])> {
    let key = prost::decode_length_delimiter(&mut *rest).ok()?;
    let (number, content) = (key >> 3, take_content(rest)?);
    (key & 7 == 2 && (1..=FIELD_MAX).contains(&number)).then_some((number, content))
}

fn take_content<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = prost::decode_length_delimiter(&mut *rest).ok()?;
    let (content, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(content)
}

/// How many positions a chain, an entry or a handover holds in its last field; `None` if it holds a
/// field that it has not.
fn count_positions(mut message: &[u8], last: usize) -> Option<usize> {
    let mut count = 0;
    while !message.is_empty() {
        let key = prost::decode_length_delimiter(&mut message).ok()?;
        match (key >> 3, key & 7) {
            // In the one form there is they are packed.
            (number, 2) if number == last => count += count_packed(take_content(&mut message)?),
            (number, 2) if (1..last).contains(&number) => drop(take_content(&mut message)?),
            (number, 0) if (1..last).contains(&number) => {
                let _number = prost::encoding::decode_varint(&mut message).ok()?;
            }
            _ => return None,
        }
    }
    Some(count)
}

/// How many numbers stand in a packed field: each ends with a byte below 128.
fn count_packed(packed: &[u8]) -> usize {
    packed.iter().filter(|byte| **byte < 0x80).count()
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), ContainerError> {
    if found > limit { Err(ContainerError::TooMany { what, limit }) } else { Ok(()) }
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
        for extra in [&[0x62, 1, 0][..], &[0x4a, 0], &[0x4a, 9], &[0x48, 0], &[0x80], &[2, 0]] {
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
    fn positions_beyond_all_measure_are_refused_before_they_are_spelled_out() {
        let chain = |places| proto::SubjectChain {
            uri: "urn:nando:9999".to_owned(),
            class: 1,
            map_proof: Bytes::from_static(&[0; 3]),
            entries: vec![0; places],
        };
        let with = |count| proto::Dossier {
            subjects: vec![chain(PLACES_MAX / 2), chain(PLACES_MAX / 2), chain(count)],
            ..example()
        };
        decode(&encode(&with(0))).unwrap();
        let (what, limit) = ("places of entries in chains", PLACES_MAX);
        assert_eq!(decode(&encode(&with(1))), Err(ContainerError::TooMany { what, limit }));

        let entry = |hashes| proto::DossierEntry {
            index: 300,
            entry: Bytes::from_static(&[1; 3]),
            record: Bytes::new(),
            inclusion: vec![128; hashes],
        };
        let with = |entry, seal_inclusion| proto::Dossier {
            entries: vec![entry],
            seal_inclusion,
            ..example()
        };
        decode(&encode(&with(entry(63), vec![7; 63]))).unwrap();
        let (what, limit) = ("hashes in an inclusion proof", PROOF_HASHES_MAX);
        for bad in [with(entry(64), vec![7]), with(entry(1), vec![7; 64])] {
            assert_eq!(decode(&encode(&bad)), Err(ContainerError::TooMany { what, limit }));
        }
        // Not packed, each position would be counted by nobody.
        let mut loose = encode(&example());
        loose.extend([0x2a, 2, 0x20, 1]);
        assert_eq!(decode(&loose), Err(ContainerError::Field { offset: loose.len() - 4 }));
    }

    #[test]
    fn a_file_beyond_the_limit_is_not_read() {
        let found = DOSSIER_BYTES_MAX + 1;
        assert_eq!(decode(&vec![0; found]), Err(ContainerError::TooLarge { found }));
    }
}
