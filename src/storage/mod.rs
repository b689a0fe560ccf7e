//! Where the ledger's bytes live: ordered tables, one head, and a commit that moves both or
//! neither. Knows nothing of what the bytes mean; `docs/storage.md` has every layout.

mod table;
mod key;
mod batch;
mod head;
mod epoch;
mod error;
mod engine;
mod memory;
mod embedded;

pub use batch::{Batch, Write};
pub use embedded::{SledOptions, SledStorage};
pub use engine::{Pair, Storage};
pub use epoch::Epoch;
pub use error::{CommitError, StorageError};
pub use head::{Head, HeadError};
pub use key::{IndexRow, KeyError, MapRow, index_key, parse_index_key, row_key, tile_key};
pub use memory::MemoryStorage;
pub use table::Table;
