//! `probant init`: a new ledger.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::guard::{self, GuardFile};
use crate::cli::keygen::random_key;
use crate::cli::keys;
use crate::cli::place;
use crate::cli::report::{Outcome, Report};
use crate::cli::words::{Text, argument};
use crate::genesis::{Genesis, Registrar};
use crate::key::{PrivateKey, Signer as _};
use crate::ledger::{Ledger, Options, SystemClock};
use crate::note::{KeyName, KeyType, VerifierKey};
use crate::storage::{SledOptions, SledStorage};

/// Makes a new ledger in a directory.
///
/// That is: the log key (log.pem, mode 0600), the genesis document that every verifier keeps
/// (genesis.toml), and an empty store. The directory must be absent or empty; if anything fails,
/// nothing is left behind in it. Beside it is a file with the last signed checkpoint, DIR.checkpoint,
/// that guards against going on from an old backup.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  probant init --dir /srv/ledger --origin ledger.example/eu-1 \\
      --registrar 'Chamber of commerce=chamber.pub.pem' --registrar 'Customs=customs.pub.pem' \\
      --quorum 2")]
pub(super) struct Init {
    /// Where the ledger is to be
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The ledger's name for good, as `ledger.example/eu-1`: a domain that you hold, and a path
    #[arg(long)]
    origin: KeyName,
    /// Who admits operators and grants roles; may be given several times
    #[arg(long = "registrar", value_name = "NAME=PUB.pem", required = true)]
    registrars: Vec<String>,
    /// How many registrars must sign an act of theirs
    #[arg(long, value_name = "M", default_value_t = 1)]
    quorum: usize,
    #[command(flatten)]
    guard: GuardFile,
    /// Write into a git repository all the same (never into this program's own)
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        files::refuse_repository(&self.dir, self.force)?;
        files::expect_empty(&self.dir)?;
        let guard = self.guard.of_new(&self.dir)?;
        refuse_guarded(&guard)?;
        let registrars: Vec<Registrar> =
            self.registrars.iter().map(|text| registrar(text)).collect::<Result<_, _>>()?;
        let key = random_key()?;
        let public_key = *key.public_key();
        let log_key = VerifierKey::new(self.origin.clone(), KeyType::Ed25519, public_key);
        let genesis = Genesis::new(&log_key, self.quorum, &registrars).step("genesis document")?;
        for registrar in &registrars {
            let use_of_it = format!("key of registrar {:?}", registrar.name);
            keys::warn_of_demo_key(&use_of_it, &registrar.key.id());
        }
        make(&self.dir, key, &genesis, &guard)?;
        Ok(self.report(&genesis, &guard))
    }

    fn report(&self, genesis: &Genesis, guard: &Path) -> Report {
        let (log_pem, genesis_toml) = (place::log_key(&self.dir), place::genesis(&self.dir));
        let mut text = Text::default();
        text.line(format_args!("ledger: {}", genesis.origin()))
            .line(format_args!("log key: {}", genesis.log_key()))
            .line(format_args!("private log key: {} (it never leaves here)", log_pem.display()))
            .line(format_args!("genesis: {} (every verifier keeps it)", genesis_toml.display()))
            .line(format_args!("genesis sha256: {}", genesis.digest()))
            .line(format_args!(
                "guard: {} (the last signed checkpoint; best moved to another disk, see --guard)",
                guard.display()
            ))
            .line(format_args!("start it with: probant serve --dir {}", argument(&self.dir)));
        let facts = json!({
            "dir": self.dir.to_string_lossy(),
            "origin": genesis.origin().as_str(),
            "log_key": genesis.log_key(),
            "log_key_file": log_pem.to_string_lossy(),
            "genesis_file": genesis_toml.to_string_lossy(),
            "genesis_sha256": genesis.digest(),
            "guard_file": guard.to_string_lossy(),
            "quorum": genesis.quorum(),
            "registrars": genesis.registrars().len(),
        });
        Report::new(Outcome::Accepted, facts, text)
    }
}

/// Makes everything in a draft, and moves it to where it is to be: in one step, if the directory is
/// not there yet. One that is there stays the same one, for a disk may be mounted on it, or somebody
/// stand in it.
fn make(dir: &Path, key: PrivateKey, genesis: &Genesis, guard: &Path) -> Result<(), Failure> {
    let step = || format!("make {}", dir.display());
    let dir = std::path::absolute(dir).step(step())?;
    let is_there = dir.is_dir();
    let parent = if is_there { &dir } else { dir.parent().unwrap_or(&dir) };
    files::create_private_parent(&dir)?;
    files::expect_new(guard).map_err(guard::elsewhere)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".probant-init-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let draft = builder.tempdir_in(parent).step(step())?;
    files::write_new(&place::log_key(draft.path()), key.to_pem().as_bytes(), Access::Owner)?;
    files::write_new(&place::genesis(draft.path()), genesis.bytes(), Access::Public)?;
    let store = place::store(draft.path());
    let storage = SledStorage::create(&store, SledOptions::default()).step("make the store")?;
    let options = Options { heartbeat: None, ..Options::default() };
    let (clock, signer) = (Arc::new(SystemClock), Arc::new(key));
    let ledger = Ledger::create(Arc::new(storage), genesis, clock, signer, options);
    let ledger = ledger.step("make the ledger")?;
    let checkpoint = ledger.view(None).step("read the ledger")?.checkpoint_note().to_owned();
    drop(ledger);
    guard::note(draft.path(), guard)?;
    if is_there {
        files::close_to_others(&dir)?;
        move_parts(draft.path(), &dir).step(step())?;
        draft.close().step(step())?;
    } else {
        // From here on the ledger is there; until here nothing was.
        fs::rename(draft.path(), &dir).step(step())?;
        // What was moved away is not there to be removed.
        drop(draft.keep());
    }
    files::sync_dir(parent)?;
    // Without it, the first start of a server would begin it.
    files::write_new(guard, checkpoint.as_bytes(), Access::Public)
}

/// A guard without its ledger is that of a log which must not begin anew.
fn refuse_guarded(guard: &Path) -> Result<(), Failure> {
    files::refuse_existing(guard).map_err(|failure| {
        failure.in_step(
            "the last signed checkpoint of a ledger that was here is kept beside it. To have that \
             ledger back, use `probant restore`; for another one, choose another place, or another \
             file with --guard",
        )
    })
}

/// Moves the parts of a ledger, all or none. The key is the last: until then nothing could serve.
fn move_parts(from: &Path, to: &Path) -> std::io::Result<()> {
    let parts = [place::store, place::genesis, place::guard_note, place::log_key];
    // A guard whose path is no text is not noted.
    let parts: Vec<_> = parts.iter().filter(|part| part(from).exists()).collect();
    let moved = parts.iter().try_for_each(|part| fs::rename(part(from), part(to)));
    if moved.is_err() {
        for part in parts {
            // Back to where the draft is removed. What was not moved is not there to be moved back.
            drop(fs::rename(part(to), part(from)));
        }
    }
    moved
}

fn registrar(text: &str) -> Result<Registrar, Failure> {
    // The name may hold an equals sign, the path of a key rarely does.
    let Some((name, path)) = text.rsplit_once('=').filter(|(name, _)| !name.trim().is_empty())
    else {
        return Err(Failure::new(format!("--registrar is {text:?}, expected NAME=PUB.pem")));
    };
    let key = keys::read_public(Path::new(path))?;
    Ok(Registrar { name: name.to_owned(), key })
}
