//! Why bytes are no dossier, before anything in it has been proved.

use crate::dossier::wire::DOSSIER_BYTES_MAX;
use crate::entry::EntryError;
use crate::identifier::IdentifierError;
use crate::merkle::EntryIndex;

/// Why bytes are no dossier: the container is not in its one form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// More bytes than a dossier can have.
    #[error("file of {found} bytes, expected at most {DOSSIER_BYTES_MAX}")]
    TooLarge {
        /// How many bytes.
        found: usize,
    },
    /// A field that is no member of a dossier, or is cut short.
    #[error("byte {offset} begins no field of a dossier")]
    Field {
        /// Where the field begins.
        offset: usize,
    },
    /// More of something than a dossier can have.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The greatest number.
        limit: usize,
    },
    /// Not the protobuf message.
    #[error("not a dossier message")]
    Message(#[from] prost::DecodeError),
    /// Readable, but not written in the one way there is: an unknown field, a default written out.
    #[error("encoding it again gives other bytes from byte {offset} on")]
    NotCanonical {
        /// The first byte that differs.
        offset: usize,
    },
    /// A class that is not 0, 1 or 2.
    #[error("subject {place} has class {found}, expected 0, 1 or 2")]
    Class {
        /// Place in `subjects`.
        place: usize,
        /// The class.
        found: u32,
    },
    /// A URI that names no subject.
    #[error("subject {place} has no canonical URI")]
    Uri {
        /// Place in `subjects`.
        place: usize,
        /// What is wrong with it.
        #[source]
        cause: IdentifierError,
    },
    /// An entry that is none.
    #[error("entry {index} is not in its format")]
    Entry {
        /// Its index.
        index: EntryIndex,
        /// What is wrong with it.
        #[source]
        cause: EntryError,
    },
    /// A hash of another length.
    #[error("hash {place} has {found} bytes, expected 32")]
    HashLength {
        /// Place in `hashes`.
        place: usize,
        /// Its length.
        found: usize,
    },
    /// A table that is not strictly ascending.
    #[error("{what} {place} is not above the one before it")]
    Order {
        /// Which table.
        what: &'static str,
        /// Place in the table.
        place: usize,
    },
    /// A position beyond the table it points into.
    #[error("{what} points at place {found} of a table of {length}")]
    Position {
        /// What points.
        what: &'static str,
        /// Where to.
        found: u32,
        /// How long the table is.
        length: usize,
    },
    /// Something that nothing in the dossier calls for.
    #[error("{what} {place} is used by nothing")]
    Unused {
        /// Which table.
        what: &'static str,
        /// Place in the table.
        place: usize,
    },
}
