//! The second witness of a process, which replays.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::keys;
use crate::cli::log_files::read_token;
use crate::key::Signer as _;
use crate::note::KeyName;
use crate::witness::server::{Cosigner, WitnessedLog};

/// Cosigning what was replayed.
#[derive(Args, Debug)]
pub(super) struct Replay {
    /// Be an auditing witness too, under the path `/replay`: follow the entries of each ledger whose
    /// address is given, recompute their keys and every seal, and cosign with another key what was served
    /// whole and found sound
    #[arg(id = "replay", long = "replay", requires_all = ["replay_key", "replay_name"])]
    is_wanted: bool,
    /// The key that cosigns what was replayed, and does nothing else
    #[arg(id = "replay_key", long = "replay-key", value_name = "KEY.pem", requires = "replay")]
    key: Option<PathBuf>,
    /// The name in its cosignatures, as `witness.example/w1-replay`
    #[arg(id = "replay_name", long = "replay-name", value_name = "NAME", requires = "replay")]
    name: Option<KeyName>,
    /// A file with the token by which a ledger shows what it withholds from the public; may be given
    /// several times
    #[arg(long = "replay-token", value_name = "ORIGIN=FILE", requires = "replay")]
    tokens: Vec<String>,
}

impl Replay {
    /// Who cosigns what was replayed, if anybody is to.
    pub(super) fn cosigner(&self, ordinary: &Cosigner) -> Result<Option<Cosigner>, Failure> {
        let (true, Some(key), Some(name)) = (self.is_wanted, &self.key, &self.name) else {
            return Ok(None);
        };
        let key = keys::read_private(key)?;
        keys::warn_of_demo_key("replay key", &key.public_key().id());
        // What is signed does not say by which name: two cosigners never share a key.
        if key.public_key() == ordinary.signer.public_key() {
            return Err(Failure::new("--replay-key is --key: they have to be two keys"));
        }
        Ok(Some(Cosigner { name: name.clone(), signer: Arc::new(key) }))
    }

    /// The logs that can be replayed, with the tokens for them.
    pub(super) fn logs(&self, logs: &[WitnessedLog]) -> Result<Vec<WitnessedLog>, Failure> {
        let mut logs: Vec<_> = logs.iter().filter(|log| log.files.is_some()).cloned().collect();
        if logs.is_empty() {
            let message = "--replay follows logs whose address is given: expected --log VKEY=URL";
            return Err(Failure::new(message));
        }
        for text in &self.tokens {
            let file = |log: &WitnessedLog| {
                text.strip_prefix(&log.origin)?.strip_prefix('=').map(PathBuf::from)
            };
            let found = logs.iter_mut().find_map(|log| Some((file(log)?, log.files.as_mut()?)));
            let Some((path, files)) = found else {
                let message = format!("--replay-token {text}: expected ORIGIN=FILE of a log");
                return Err(Failure::new(message));
            };
            files.options.token = Some(read_token(&path)?);
        }
        Ok(logs)
    }
}
