//! Logs that have nothing to do with this program: leaves, a name, keys, and checkpoints that say more
//! than they have to.

use probant::hash::Digest;
use probant::key::{PrivateKey, Signer as _};
use probant::merkle::{CompactRange, ConsistencyProof, TreeSize, consistency_proof, leaf_hash};
use probant::note::{AddCheckpoint, KeyName, KeyType, Note, VerifierKey};

use crate::paper_log::Leaves;

/// A log, or one of two that share their first leaves.
#[derive(Clone, Debug)]
pub(crate) struct ForeignLog {
    pub(crate) origin: String,
    name: KeyName,
    seed: u8,
    leaves: Vec<Digest>,
    /// Lines below the root.
    pub(crate) extension: String,
}

impl ForeignLog {
    pub(crate) fn new(origin: &str, leaves: u64) -> Self {
        let mut log = Self {
            origin: origin.to_owned(),
            name: "key.example".parse().unwrap(),
            seed: 70,
            leaves: Vec::new(),
            extension: String::new(),
        };
        log.grow(leaves, "leaf");
        log
    }

    /// The same log, signed by another key.
    pub(crate) fn signed_by(mut self, seed: u8) -> Self {
        self.seed = seed;
        self
    }

    /// Adds leaves that say this.
    pub(crate) fn grow(&mut self, count: u64, what: &str) {
        for _ in 0..count {
            let leaf = format!("{what} {}", self.leaves.len());
            self.leaves.push(leaf_hash(leaf.as_bytes()));
        }
    }

    /// Another history that begins with the first `shared` leaves.
    pub(crate) fn fork(&self, shared: u64, what: &str) -> Self {
        let mut fork = self.clone();
        fork.leaves.truncate(usize::try_from(shared).unwrap());
        let missing = self.leaves.len() - fork.leaves.len();
        fork.grow(missing as u64, what);
        fork
    }

    pub(crate) fn signer(&self) -> PrivateKey {
        PrivateKey::from_seed([self.seed; 32])
    }

    pub(crate) fn key(&self) -> VerifierKey {
        VerifierKey::new(self.name.clone(), KeyType::Ed25519, *self.signer().public_key())
    }

    pub(crate) fn root(&self, size: u64) -> Digest {
        let mut range = CompactRange::default();
        for leaf in &self.leaves[..usize::try_from(size).unwrap()] {
            range.append(*leaf);
        }
        range.root()
    }

    /// A signed text in the name of the log's key.
    pub(crate) fn sign(&self, text: &str) -> Note {
        Note::sign(text.to_owned(), &self.name, &self.signer()).unwrap()
    }

    /// The checkpoint over the first `size` leaves.
    pub(crate) fn checkpoint(&self, size: u64) -> Note {
        let root = probant::encoding::base64_encode(self.root(size).as_bytes());
        self.sign(&format!("{}\n{size}\n{root}\n{}", self.origin, self.extension))
    }

    /// Shows that the first `size` leaves begin with the first `old`.
    pub(crate) fn proof(&self, old: u64, size: u64) -> ConsistencyProof {
        let leaves = Leaves(self.leaves.clone());
        consistency_proof(&leaves, TreeSize::new(old), TreeSize::new(size)).unwrap()
    }

    /// The request to cosign the first `size` leaves, from `old`.
    pub(crate) fn request(&self, old: u64, size: u64) -> Vec<u8> {
        request_with(old, self.proof(old, size), self.checkpoint(size))
    }
}

/// Any request.
pub(crate) fn request_with(old: u64, proof: ConsistencyProof, checkpoint: Note) -> Vec<u8> {
    let old_size = TreeSize::new(old);
    AddCheckpoint { old_size, proof, checkpoint }.to_string().into_bytes()
}
