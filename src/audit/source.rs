//! Where the files of a log come from, whatever that is: a directory, a server, memory.

use std::collections::BTreeSet;
use std::error::Error;

use crate::envelope::RECORD_BYTES_MAX;
use crate::merkle::{TileId, TileKind, TreeSize};

/// The largest file that a log has: a full payload bundle of the largest envelopes.
pub const FILE_BYTES_MAX: usize = 256 * (4 + RECORD_BYTES_MAX);

/// Paths in the order in which they are read.
pub type ExpectedPaths = Box<dyn Iterator<Item = String> + Send>;

/// The files of one log, by the paths of formats.md, section 8.
pub trait LogSource {
    /// The bytes of the file at `path`; `None` if there is none.
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError>;

    /// These files are read next, as far as they are read at all, and in this order: so that who has
    /// to wait for each can ask for some ahead. Takes the place of what was said before.
    /// They are taken one by one: how many there are may be no more than what somebody claims.
    fn expect(&mut self, _paths: ExpectedPaths) {}

    /// The paths of all files there are, whether or not they belong to the log; `None` where that
    /// can't be told, as with a web server.
    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError>;
}

/// Why a file could not be read, so that nothing can be said about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It is there, or may be, and does not come.
    #[error("file {path:?} can't be read")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// No file of a log is that large.
    #[error("file {path:?} of {found} bytes, expected at most {FILE_BYTES_MAX}")]
    TooLarge {
        /// The file.
        path: String,
        /// Its length in bytes.
        found: u64,
    },
}

/// The files that a reader of all entries takes, from the bundle `first` on, in their order: for each
/// bundle the leaf tile, the entries and the payloads.
pub(crate) fn bundles_in_order(first: u64, size: TreeSize) -> impl Iterator<Item = String> + Send {
    let bundles = (first..).map_while(move |index| TileKind::Entries.in_tree(index, size));
    let kinds = [TileKind::Hashes(0), TileKind::Entries, TileKind::Payloads];
    let files =
        bundles.flat_map(move |id| kinds.map(|kind| TileId::new(kind, id.index(), id.width())));
    files.flatten().map(|id| id.to_string())
}
