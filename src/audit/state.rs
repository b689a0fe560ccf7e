//! What a sound audit leaves behind, so that the next one need not judge the same entries again: up to
//! where, under which root, by what. Whoever can write it decides what is not looked at: it is the
//! auditor's own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::PolicySet;

/// The largest state that is read.
pub const AUDIT_STATE_BYTES_MAX: usize = 64 << 20;

/// The only form so far.
const FORMAT: u32 = 1;

/// What judged: another program may judge otherwise.
const PROGRAM: &str = concat!("probant ", env!("CARGO_PKG_VERSION"));

/// A log that was found sound, as far as it had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditState {
    wire: Wire,
    size: TreeSize,
    root: Digest,
    /// Up to where entries are not judged again: `size`, or less.
    settled: TreeSize,
}

/// Why a state is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditStateError {
    /// It can't be read.
    #[error("{reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// Another program wrote it.
    #[error("it was written by {found}, expected {expected}: audit the whole log once")]
    Program {
        /// This program.
        expected: String,
        /// That one.
        found: String,
    },
    /// It is of another log.
    #[error("it is of the log with genesis {found}, expected {expected}")]
    Genesis {
        /// Digest of the trust root.
        expected: Digest,
        /// Digest in the state.
        found: String,
    },
    /// Other rule sets were accepted.
    #[error("other rule sets were accepted then than now: audit the whole log once")]
    Policies,
    /// It does not go that far.
    #[error("it goes to {found} entries, asked for was {expected}")]
    Size {
        /// The size that was asked for.
        expected: TreeSize,
        /// That of the state.
        found: TreeSize,
    },
}

/// What was judged otherwise than as most is, entry by entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exceptions {
    /// Attestations whose admission rests on a payload that was not there.
    pub(super) gaps: BTreeSet<EntryIndex>,
    /// Logged verdicts that did not come out the same, or could not be computed.
    pub(super) verdicts: BTreeSet<EntryIndex>,
    /// Attestations whose payload was not there: nothing was judged.
    pub(super) unread: BTreeSet<EntryIndex>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    format: u32,
    program: String,
    genesis_sha256: String,
    policies_sha256: Vec<String>,
    checkpoint: String,
    tree_size: u64,
    root: String,
    admissions_not_replayed: Vec<u64>,
    verdicts_not_confirmed: Vec<u64>,
    payloads_not_read: Vec<u64>,
}

impl AuditState {
    /// What a sound log leaves.
    pub(super) fn new(
        genesis: &Genesis,
        policies: &PolicySet,
        checkpoint: String,
        (size, root): (TreeSize, Digest),
        exceptions: &Exceptions,
    ) -> Self {
        let numbers = |of: &BTreeSet<EntryIndex>| of.iter().map(|index| index.get()).collect();
        let wire = Wire {
            format: FORMAT,
            program: PROGRAM.to_owned(),
            genesis_sha256: genesis.digest().to_string(),
            policies_sha256: digests(policies),
            checkpoint,
            tree_size: size.get(),
            root: root.to_string(),
            admissions_not_replayed: numbers(&exceptions.gaps),
            verdicts_not_confirmed: numbers(&exceptions.verdicts),
            payloads_not_read: numbers(&exceptions.unread),
        };
        Self { wire, size, root, settled: size }
    }

    /// Reads a state of this log, left by this program under these rule sets.
    pub fn parse(
        bytes: &[u8],
        genesis: &Genesis,
        policies: &PolicySet,
    ) -> Result<Self, AuditStateError> {
        let malformed = |reason: String| AuditStateError::Malformed { reason };
        let wire: Wire =
            serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        if (wire.format, wire.program.as_str()) != (FORMAT, PROGRAM) {
            let found = format!("{} (format {})", wire.program, wire.format);
            let expected = format!("{PROGRAM} (format {FORMAT})");
            return Err(AuditStateError::Program { expected, found });
        }
        if wire.genesis_sha256 != genesis.digest().to_string() {
            let (expected, found) = (*genesis.digest(), wire.genesis_sha256);
            return Err(AuditStateError::Genesis { expected, found });
        }
        if wire.policies_sha256 != digests(policies) {
            return Err(AuditStateError::Policies);
        }
        let root = wire.root.parse();
        let root = root.map_err(|_not_hex| malformed("root is no digest".to_owned()))?;
        let size = TreeSize::new(wire.tree_size);
        Ok(Self { wire, size, root, settled: size })
    }

    /// The bytes to keep: JSON.
    pub fn to_json(&self) -> String {
        // Text and numbers, which can always be written.
        serde_json::to_string_pretty(&self.wire).unwrap_or_default() + "\n"
    }

    /// The same, of which the first `size` entries alone count as settled.
    pub fn since(mut self, size: TreeSize) -> Result<Self, AuditStateError> {
        if size > self.size {
            return Err(AuditStateError::Size { expected: size, found: self.size });
        }
        self.settled = size;
        Ok(self)
    }

    /// How far the log had come.
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// Up to where entries are not judged again.
    pub const fn settled(&self) -> TreeSize {
        self.settled
    }

    /// The root that it had.
    pub const fn root(&self) -> Digest {
        self.root
    }

    /// The note of the checkpoint under which it was audited.
    pub fn checkpoint(&self) -> &str {
        &self.wire.checkpoint
    }

    pub(super) fn exceptions(&self) -> Exceptions {
        let indices = |of: &[u64]| of.iter().copied().map(EntryIndex::new).collect();
        Exceptions {
            gaps: indices(&self.wire.admissions_not_replayed),
            verdicts: indices(&self.wire.verdicts_not_confirmed),
            unread: indices(&self.wire.payloads_not_read),
        }
    }
}

fn digests(policies: &PolicySet) -> Vec<String> {
    policies.iter().map(|rule_set| rule_set.sha256().to_string()).collect()
}
