//! Where the files of a log are: its genesis document, its handovers, and whatever it has logged.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::audit::{LogSource, SourceError};
use crate::causes::chain;
use crate::genesis::{GENESIS_BYTES_MAX, Genesis, GenesisError};
use crate::http::{HttpSource, HttpSourceError, HttpSourceOptions};
use crate::log_key::{HANDOVER_BYTES_MAX, HANDOVERS_MAX, HandoverError, LogKeys, handover_path};
use crate::note::VerifierKey;

/// How long all the handovers of a log may take to come. What has come by then is followed, and the rest
/// looked for again; the log asks again meanwhile.
const LOOK_TIME_MAX: Duration = Duration::from_secs(20);

/// The files of a log over HTTP, as a ledger serves them, or any web server with a copy.
#[derive(Clone, Debug)]
pub struct LogFiles {
    /// The address below which they are.
    pub url: String,
    /// How they are fetched.
    pub options: HttpSourceOptions,
}

/// The same, each no larger than it can be, and all within some time.
struct HurriedFiles {
    source: HttpSource,
    until: Instant,
}

/// The keys of a log as far as they were followed, and the document that they begin with.
#[derive(Clone, Debug)]
pub(super) struct FollowedKeys {
    pub(super) genesis: Genesis,
    pub(super) keys: LogKeys,
}

/// Why a log's files do not say which key it has.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogFilesError {
    /// They can't be asked for.
    #[error(transparent)]
    Http(#[from] HttpSourceError),
    /// One of them does not come.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no genesis document.
    #[error("no genesis document")]
    NoGenesis,
    /// The genesis document is none.
    #[error("genesis document")]
    Genesis(#[from] GenesisError),
    /// The genesis document is that of another log.
    #[error("the genesis document has log key {found}, which is not named for this log")]
    OtherLog {
        /// The key in it.
        found: VerifierKey,
    },
    /// A handover does not hold.
    #[error("handover {number}")]
    Handover {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        cause: HandoverError,
    },
}

impl LogFiles {
    /// The files themselves.
    pub(super) fn open(&self) -> Result<HttpSource, LogFilesError> {
        Ok(HttpSource::new(&self.url, self.options.clone())?)
    }

    /// The genesis document of a log that begins with one of these keys.
    pub(super) fn genesis(
        source: &mut impl LogSource,
        named: &[VerifierKey],
    ) -> Result<Genesis, LogFilesError> {
        let bytes = source.read("genesis")?.ok_or(LogFilesError::NoGenesis)?;
        let genesis = Genesis::parse(&bytes)?;
        let found = genesis.log_key();
        if named.contains(found) {
            Ok(genesis)
        } else {
            Err(LogFilesError::OtherLog { found: found.clone() })
        }
    }

    /// The keys of the log behind those that were followed before, or behind one of these; `None` if
    /// nothing has come since.
    pub(super) fn follow_keys(
        &self,
        named: &[VerifierKey],
        before: Option<FollowedKeys>,
    ) -> Result<Option<FollowedKeys>, LogFilesError> {
        let (patience, attempts_max) = (Duration::from_secs(3), 1);
        let options = HttpSourceOptions { patience, attempts_max, ..self.options.clone() };
        let mut source = HurriedFiles {
            source: HttpSource::new(&self.url, options)?,
            until: Instant::now() + LOOK_TIME_MAX,
        };
        let mut followed = match before {
            Some(followed) => followed,
            None => FollowedKeys::new(Self::genesis(&mut source, named)?),
        };
        let known = followed.keys.handovers().len();
        let done = followed.follow(&mut source);
        let is_longer = followed.keys.handovers().len() > known;
        match done {
            Err(cause) if !is_longer => return Err(cause),
            Err(cause) => tracing::warn!(error = chain(&cause), "more handovers of a log"),
            Ok(()) => {}
        }
        Ok(is_longer.then_some(followed))
    }
}

impl LogSource for HurriedFiles {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let limit = if path == "genesis" { GENESIS_BYTES_MAX } else { HANDOVER_BYTES_MAX };
        let time = self.until.saturating_duration_since(Instant::now());
        self.source.read_within(path, limit, time)
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        self.source.list()
    }
}

impl FollowedKeys {
    /// The key of the genesis document alone.
    fn new(genesis: Genesis) -> Self {
        let keys = LogKeys::new(&genesis);
        Self { genesis, keys }
    }

    /// The keys that files lead to which are kept, of a log that begins with one of these.
    pub(super) fn read(
        source: &mut impl LogSource,
        named: &[VerifierKey],
    ) -> Result<Self, LogFilesError> {
        let mut followed = Self::new(LogFiles::genesis(source, named)?);
        followed.follow(source)?;
        Ok(followed)
    }

    /// Follows the handovers behind those that are known; those before an error are followed.
    fn follow(&mut self, source: &mut impl LogSource) -> Result<(), LogFilesError> {
        let known = self.keys.handovers().len();
        for number in known + 1..=HANDOVERS_MAX {
            let Some(bytes) = source.read(&handover_path(number))? else { break };
            let followed = self.keys.follow(&bytes);
            let _handover = followed.map_err(|cause| LogFilesError::Handover { number, cause })?;
        }
        Ok(())
    }
}
