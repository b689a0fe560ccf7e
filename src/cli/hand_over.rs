//! `probant hand-over`: the log key changes hands.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::guard::{GuardFile, Guarded};
use crate::cli::keys;
use crate::cli::place;
use crate::cli::report::{Outcome, Report};
use crate::cli::unfinished;
use crate::cli::words::Text;
use crate::key::{KeyId, PrivateKey, Signer as _};
use crate::ledger::{HandOverError, Ledger, OpenError, Options, SystemClock};
use crate::log_key::LogKeys;
use crate::storage::{SledOptions, SledStorage};

/// Hands a ledger over to another log key, which its registrars have announced.
///
/// Writes a seal whose checkpoint both keys sign; from there on the new key signs alone, and every
/// verifier follows it from the genesis document. Then log.pem becomes the new key, and the old one is
/// kept beside it. No server may have the ledger meanwhile. Broken off, it is finished by running it again.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  probant keygen --out next.pem                  on the ledger's machine
  (a registrar-change with the new key in log_keys_add, signed by the registrars and by next.pem)
  probant hand-over --dir /srv/ledger --to next.pem")]
pub(super) struct HandOver {
    /// The ledger's directory, as `probant init` made it
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The new private log key
    #[arg(long, value_name = "NEW.pem")]
    to: PathBuf,
    #[command(flatten)]
    guard: GuardFile,
}

impl HandOver {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        unfinished::refuse(&self.dir)?;
        let log_pem = place::log_key(&self.dir);
        let old = keys::read_private(&log_pem)?;
        let new = keys::read_private(&self.to)?;
        let (old_id, new_id) = (old.public_key().id(), new.public_key().id());
        keys::warn_of_demo_key("new log key", &new_id);
        let pem = new.to_pem();
        let guarded = self.guard.of(&self.dir)?;
        let line = self.hand_over(old, new, &guarded)?;
        guarded.note()?;
        // From here on the ledger is handed over; what is left is to have its server find the key.
        if old_id != new_id {
            self.keep_old(&old_id)?;
            files::write(&log_pem, pem.as_bytes(), Access::Owner)?;
        }
        self.report(&line)
    }

    /// Hands the ledger over, unless that is done already; the log's keys after it.
    fn hand_over(
        &self,
        old: PrivateKey,
        new: PrivateKey,
        guarded: &Guarded,
    ) -> Result<LogKeys, Failure> {
        let (old_id, new_id) = (old.public_key().id(), new.public_key().id());
        let new = Arc::new(new);
        let opened = if old_id == new_id { None } else { Some(self.open(Arc::new(old), guarded)) };
        let ledger = match opened {
            Some(Ok(ledger)) => {
                let to = Arc::<PrivateKey>::clone(&new);
                let _size = ledger.hand_over(to).map_err(|cause| {
                    // That the key may not have the log is an answer; that it could not be done is none.
                    let is_answer = !matches!(cause, HandOverError::Submit(_));
                    let failure = Failure::of("hand over", cause);
                    if is_answer { failure.into_rejected() } else { failure }
                })?;
                ledger
            }
            // It was handed over before, and what followed was broken off.
            Some(Err(OpenError::HandedOver { expected, .. })) if expected == new_id => {
                self.open(new, guarded).step("open the ledger")?
            }
            Some(Err(cause)) => return Err(Failure::of("open the ledger", cause)),
            None => self.open(new, guarded).step("open the ledger")?,
        };
        let line = ledger.log_keys();
        ledger.shut_down();
        if line.handovers().is_empty() {
            let message = format!("key {new_id} is the ledger's log key already");
            return Err(Failure::new(message));
        }
        Ok(line)
    }

    fn open(&self, key: Arc<PrivateKey>, guarded: &Guarded) -> Result<Ledger, OpenError> {
        let storage = SledStorage::open(&place::store(&self.dir), SledOptions::default())?;
        let options = Options {
            heartbeat: None,
            guard: Some(guarded.file.clone()),
            checked_guard: guarded.before.clone(),
            ..Options::default()
        };
        Ledger::open(Arc::new(storage), Arc::new(SystemClock), key, options)
    }

    /// Keeps the old key beside the new one, before that takes its place.
    fn keep_old(&self, old_id: &KeyId) -> Result<(), Failure> {
        let log_pem = place::log_key(&self.dir);
        let pem = zeroize::Zeroizing::new(files::read(&log_pem, 4096)?);
        files::write(&place::old_log_key(&self.dir, old_id), &pem, Access::Owner)
    }

    fn report(&self, line: &LogKeys) -> Result<Report, Failure> {
        let keys: Vec<KeyId> = line.line().map(|key| key.public_key().id()).collect();
        let (Some(handover), [.., old_id, _]) = (line.handovers().last(), keys.as_slice()) else {
            return Err(Failure::new("the ledger was not handed over"));
        };
        let old_pem = place::old_log_key(&self.dir, old_id);
        let (size, new_key) = (handover.size(), handover.log_key());
        let mut text = Text::default();
        text.line(format_args!("ledger: {}", new_key.name()))
            .line(format_args!("handover: {} (at size {size})", handover.number()))
            .line(format_args!("log key: {new_key}"))
            .line(format_args!("private log key: {}", place::log_key(&self.dir).display()))
            .line(format_args!(
                "the old one, {}, signs nothing any more: have the registrars end it \
                 (log_keys_end: {old_id}), then destroy it",
                old_pem.display()
            ));
        let facts = json!({
            "dir": self.dir.to_string_lossy(),
            "origin": new_key.name().as_str(),
            "number": handover.number(),
            "tree_size": size.get(),
            "log_key": new_key,
            "log_key_file": place::log_key(&self.dir).to_string_lossy(),
            "old_keyid": old_id,
            "old_log_key_file": old_pem.to_string_lossy(),
        });
        Ok(Report::new(Outcome::Accepted, facts, text))
    }
}
