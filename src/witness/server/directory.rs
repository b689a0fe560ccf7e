//! What a witness remembers, in a directory: for each log the checkpoint that it cosigned last, in a file
//! of its own. One process at a time has it.
//!
//! | file | what |
//! |---|---|
//! | `format` | the version; locked by the process that has the directory |
//! | `begun` | the logs of which something was cosigned: SHA-256 of the origin, space, origin |
//! | `keys/<SHA-256 of the verifier key>/` | the `genesis` of a log that begins with this key, and each `handover/<number>` that was followed, as the log serves them |
//! | `stopped/<SHA-256 of the origin>` | of a log of which nothing is to be cosigned ever again: the origin |
//! | `checkpoint/<SHA-256 of the origin>` | SHA-256 of what follows, line break, the note with the signatures of the log and the witness |

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::export::{DirSource, DirWriter, ExportError, Readers};
use crate::hash::Digest;
use crate::log_key::handover_path;
use crate::note::VerifierKey;
use crate::witness::server::checkpoints::{
    Checkpoints, list, read, read_checkpoints, write_checkpoint,
};
use crate::witness::server::cosigned::CosignedTreeHead;
use crate::witness::server::error::WitnessOpenError;
use crate::witness::server::files::{FollowedKeys, LogFilesError};
use crate::witness::server::guard::Guard;

/// What `format` holds. A later format gets another number.
const FORMAT: &str = "probant witness 1\n";

/// The directory of the lines of keys.
const KEYS: &str = "keys";

/// The open state of a witness. Whoever holds it has it to himself.
///
/// A file a log, and no store: there are few logs, each has a kilobyte, and a note can be read by anybody
/// and proves itself by the cosignature in it.
#[derive(Debug)]
pub struct Directory {
    files: DirWriter,
    path: PathBuf,
    guard: Option<Guard>,
    begun: Mutex<BTreeMap<Digest, String>>,
    /// Locked until it is closed.
    _format: File,
}

impl Directory {
    /// Makes the state of a witness that has cosigned nothing yet. To be done once, by a person who knows
    /// that this key never has.
    pub fn begin(path: &Path) -> Result<(), WitnessOpenError> {
        let dir = path.to_owned();
        let files = DirWriter::open(path)?;
        let paths = list(path)?;
        if paths.contains("format") {
            return Err(WitnessOpenError::Exists { dir });
        }
        if !paths.is_empty() {
            return Err(WitnessOpenError::NotEmpty { dir });
        }
        Ok(files.write("format", FORMAT.as_bytes(), Readers::Everybody)?)
    }

    /// Opens the state. With a guard, a directory elsewhere that was begun ([`Guard::begin`]), a state that
    /// is older than what the guard has is refused.
    pub fn open(path: &Path, guard: Option<&Path>) -> Result<Self, WitnessOpenError> {
        let format = lock(path)?;
        let files = DirWriter::open(path)?;
        let guard = guard.map(Guard::open);
        let path = path.to_owned();
        Ok(Self {
            files,
            path,
            guard: guard.transpose()?,
            begun: Mutex::default(),
            _format: format,
        })
    }

    /// Reads everything, and checks that nothing is missing and nothing is from before.
    pub(super) fn load(&self, witness: &VerifierKey) -> Result<Checkpoints, WitnessOpenError> {
        let found = read_checkpoints(&self.path, witness)?;
        let mut begun = self.read_begun()?;
        for (hash, origin) in &begun {
            if !found.contains_key(hash) {
                let (dir, origin) = (self.path.clone(), origin.clone());
                return Err(WitnessOpenError::Lost { dir, origin });
            }
        }
        if let Some(guard) = &self.guard {
            guard.check(&found, witness)?;
        }
        // A crash between the two writes of a log's first checkpoint leaves it out of the list.
        let is_listed = found.keys().all(|hash| begun.contains_key(hash));
        begun.extend(found.iter().map(|(hash, it)| (*hash, it.origin().to_owned())));
        if !is_listed {
            self.write_begun(&begun)?;
        }
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = begun;
        Ok(found)
    }

    /// Writes a checkpoint in the place of the one before. When this comes back, it is durable; if it
    /// comes back with an error, what is on the disk is one of both.
    pub(super) fn write(&self, next: &CosignedTreeHead) -> Result<(), ExportError> {
        write_checkpoint(&self.files, next)?;
        if let Some(guard) = &self.guard {
            guard.write(next)?;
        }
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if !begun.contains_key(&next.hash()) {
            // From here on the checkpoint can't get lost unnoticed.
            let mut more = begun.clone();
            more.insert(next.hash(), next.origin().to_owned());
            self.write_begun(&more)?;
            *begun = more;
        }
        Ok(())
    }

    /// Notes that nothing of a log is to be cosigned ever again. When this comes back, it is durable.
    pub(super) fn stop(&self, origin: &str) -> Result<(), ExportError> {
        self.files.write(&stopped_path(origin), origin.as_bytes(), Readers::Everybody)
    }

    /// Whether nothing of a log is to be cosigned ever again.
    pub(super) fn is_stopped(&self, origin: &str) -> Result<bool, WitnessOpenError> {
        Ok(read(&self.path, &stopped_path(origin))?.is_some())
    }

    /// The keys that were followed of a log that begins with one of these; `None` if none were.
    pub(super) fn read_keys(
        &self,
        named: &[VerifierKey],
    ) -> Result<Option<FollowedKeys>, WitnessOpenError> {
        for key in named {
            let path = self.path.join(keys_path(key));
            match FollowedKeys::read(&mut DirSource::new(&path), std::slice::from_ref(key)) {
                Ok(followed) => return Ok(Some(followed)),
                Err(LogFilesError::NoGenesis) => {}
                Err(cause) => return Err(WitnessOpenError::Keys { path, cause }),
            }
        }
        Ok(None)
    }

    /// Writes the keys of a log, as far as they were followed. When this comes back, they are durable; if
    /// it comes back with an error, or not at all, some of the handovers are, in their order.
    pub(super) fn write_keys(&self, followed: &FollowedKeys) -> Result<(), ExportError> {
        let FollowedKeys { genesis, keys } = followed;
        let dir = keys_path(genesis.log_key());
        let write = |path: &str, bytes| {
            self.files.write(&format!("{dir}/{path}"), bytes, Readers::Everybody)
        };
        write("genesis", genesis.bytes())?;
        let mut handovers = (1..).zip(keys.handovers());
        handovers.try_for_each(|(number, it)| write(&handover_path(number), it.bytes()))
    }

    fn read_begun(&self) -> Result<BTreeMap<Digest, String>, WitnessOpenError> {
        let path = self.path.join("begun");
        let misplaced = || WitnessOpenError::Misplaced { path: path.clone() };
        let Some(bytes) = read(&self.path, "begun")? else { return Ok(BTreeMap::new()) };
        let text = String::from_utf8(bytes).map_err(|_cause| misplaced())?;
        let entry = |line: &str| {
            let (hash, origin) = line.split_once(' ')?;
            let hash: Digest = hash.parse().ok()?;
            (hash == Digest::of(origin.as_bytes())).then(|| (hash, origin.to_owned()))
        };
        text.lines().map(|line| entry(line).ok_or_else(misplaced)).collect()
    }

    fn write_begun(&self, begun: &BTreeMap<Digest, String>) -> Result<(), ExportError> {
        let lines = begun.iter().map(|(hash, origin)| format!("{hash} {origin}\n"));
        self.files.write("begun", lines.collect::<String>().as_bytes(), Readers::Everybody)
    }
}

/// Takes the directory for this process.
fn lock(dir: &Path) -> Result<File, WitnessOpenError> {
    let path = dir.join("format");
    let format = match File::open(&path) {
        Ok(format) => format,
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            return Err(WitnessOpenError::Absent { dir: dir.to_owned() });
        }
        Err(cause) => return Err(WitnessOpenError::Io { path, cause }),
    };
    match format.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(WitnessOpenError::InUse { dir: dir.to_owned() });
        }
        Err(TryLockError::Error(cause)) => return Err(WitnessOpenError::Io { path, cause }),
    }
    let found = read(dir, "format")?.unwrap_or_default();
    if found == FORMAT.as_bytes() {
        return Ok(format);
    }
    let found = String::from_utf8_lossy(&found).chars().take(80).collect();
    Err(WitnessOpenError::Format { dir: dir.to_owned(), expected: FORMAT, found })
}

fn stopped_path(origin: &str) -> String {
    format!("stopped/{}", Digest::of(origin.as_bytes()))
}

/// Where the line of keys is kept that begins with this one.
fn keys_path(first: &VerifierKey) -> String {
    format!("{KEYS}/{}", Digest::of(first.to_string().as_bytes()))
}
