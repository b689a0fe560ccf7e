//! `probant restore`: a ledger again, out of a backup or a mirror.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::audit::AuditOptions;
use crate::cli::bar::EntryBar;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::guard::{self, GuardFile};
use crate::cli::reader::{expect_named, read_witnesses};
use crate::cli::report::{Outcome, Report};
use crate::cli::unfinished::{self, Unfinished};
use crate::cli::words::{Text, argument};
use crate::cli::{keys, place, policies, show};
use crate::export::LogCopy;
use crate::genesis::Genesis;
use crate::key::{PrivateKey, Signer};
use crate::ledger::{
    Clock as _, Restorable, RestoreError, Restored, SystemClock, WitnessError, Witnesses as _,
};
use crate::storage::{SledOptions, SledStorage, Storage};
use crate::witness::{WitnessClient, WitnessOptions};

/// Makes a ledger again, out of a backup or a mirror of it.
///
/// The copy is audited as a whole first, every rule. One that is older than the last signed checkpoint
/// in the guard, or than what a witness has cosigned, is refused with status 1: going on from it would
/// fork the log. Then nothing is written, nor where anything is damaged or missing. A restore that is
/// broken off serves nobody, and begins anew when it is run again. Afterwards `probant serve` goes on
/// where the copy ends.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant restore --from /mnt/backup/ledger --dir /srv/ledger --trust genesis.toml --log-key log.pem
  probant restore --from mirror/ --payloads /mnt/backup/ledger --dir /srv/ledger \\
      --trust genesis.toml --log-key log.pem --witness-policy witnesses")]
pub(super) struct Restore {
    /// The newest copy that there is: what `probant backup` or `probant export` wrote, or a mirror
    #[arg(long, value_name = "COPY")]
    from: PathBuf,
    /// Another copy, for payloads that the first one lacks, as those that a public mirror is not
    /// given; may be given several times. What was erased does not come back
    #[arg(long, value_name = "COPY")]
    payloads: Vec<PathBuf>,
    /// Where the ledger is to be: a directory that is absent or empty
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The ledger's genesis document, from your own keeping
    #[arg(long, value_name = "genesis.toml")]
    trust: PathBuf,
    /// The private log key. Without it, that of the backup, if it was made with it; else it is for you
    /// to put into the directory
    #[arg(long, value_name = "KEY.pem")]
    log_key: Option<PathBuf>,
    /// The witnesses that are asked whether the copy is the newest (C2SP tlog-policy, with their URLs)
    #[arg(long, value_name = "FILE")]
    witness_policy: Option<PathBuf>,
    /// A rule set to recompute logged verdicts by, besides the embedded ones; may be given several times
    #[arg(long = "policy", value_name = "FILE.toml")]
    policies: Vec<PathBuf>,
    #[command(flatten)]
    guard: GuardFile,
}

impl Restore {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        unfinished::expect_free(&self.dir)?;
        let genesis = show::read_genesis(&self.trust)?;
        let guard = self.guard.of_new(&self.dir)?;
        let copy = open(&self.from)?;
        let key = self.key(&copy)?;
        let mut restorable = self.read(copy, &genesis)?;
        let has_guard = guard.exists();
        restorable.check_guard(&guard).map_err(|cause| failure(RestoreError::Open(cause)))?;
        if let Some((key, path)) = &key {
            expect_log_key(&restorable, key, path)?;
        }
        if let Some(path) = &self.witness_policy {
            ask_witnesses(&restorable, path)?;
        }

        // Until here nothing was written.
        let begun = Unfinished::begin(&self.dir)?;
        let store = SledStorage::create(&place::store(&self.dir), SledOptions::default());
        let store: Arc<dyn Storage> = Arc::new(store.step("make the store")?);
        let mut bar = EntryBar::new();
        let signer = key.as_ref().map(|(key, _)| key as &dyn Signer);
        let restored = restorable.build(&store, signer, &mut |at| bar.set(at));
        bar.clear();
        let restored = restored.map_err(failure)?;
        drop(store);
        files::write_new(&place::genesis(&self.dir), genesis.bytes(), Access::Public)?;
        restorable.keep_guard(&guard).map_err(|cause| failure(RestoreError::Open(cause)))?;
        guard::note(&self.dir, &guard)?;
        if let Some((key, _)) = &key {
            files::write_new(&place::log_key(&self.dir), key.to_pem().as_bytes(), Access::Owner)?;
        }
        begun.finish()?;
        Ok(self.report(&restorable, restored, (&guard, has_guard), key.is_some()))
    }

    fn read(&self, copy: LogCopy, genesis: &Genesis) -> Result<Restorable, Failure> {
        let others = self.payloads.iter().map(|path| open(path)).collect::<Result<_, _>>()?;
        let policies = policies::accepted(&self.policies)?;
        let options = AuditOptions { policies: &policies, witnesses: None, now: SystemClock.now() };
        let mut bar = EntryBar::new();
        let read = Restorable::read(copy, others, genesis, &options, &mut |at| bar.set(at));
        bar.clear();
        read.map_err(failure)
    }

    /// The private log key, and where it was.
    fn key(&self, copy: &LogCopy) -> Result<Option<(PrivateKey, PathBuf)>, Failure> {
        let kept = Some(LogCopy::log_key_file(copy.root())).filter(|path| path.exists());
        let path = self.log_key.clone().or_else(|| kept.filter(|_| copy.is_backup()));
        path.map(|path| Ok((keys::read_private(&path)?, path))).transpose()
    }

    fn report(
        &self,
        restorable: &Restorable,
        restored: Restored,
        (guard, has_guard): (&Path, bool),
        has_key: bool,
    ) -> Report {
        let Restored { size, checkpoints_missing, checkpoints_signed, ids_missing } = restored;
        let checkpoint = restorable.checkpoint();
        let log_pem = place::log_key(&self.dir);
        let mut text = Text::default();
        text.line(format_args!("ledger: {}", checkpoint.origin()))
            .line(format_args!("entries: {size}, audited and written"));
        if has_guard {
            text.line(format_args!("guard: {}, which this copy goes on from", guard.display()));
        } else {
            text.line(format_args!(
                "guard: none was at {}, so this copy was held against none; it is kept there from now on",
                guard.display()
            ));
        }
        let lost = checkpoints_missing - checkpoints_signed;
        if checkpoints_signed > 0 {
            text.line(format_args!(
                "earlier checkpoints: {checkpoints_signed} were in no copy, and were signed once \
                 more, to the same bytes"
            ));
        }
        if lost > 0 {
            text.line(format_args!(
                "earlier checkpoints: {lost} are in no copy; nobody can be shown the ledger as of them"
            ));
        }
        if ids_missing > 0 {
            text.line(format_args!(
                "ids: those of {ids_missing} erased records are in no copy; their issuers can use \
                 them once more"
            ));
        }
        if self.witness_policy.is_none() {
            text.line(
                "witnesses: not asked. If anything was signed behind this copy, going on forks the \
                 log: serve with --witness-policy, or be sure",
            );
        }
        if has_key {
            text.line(format_args!("private log key: {}", log_pem.display()));
        } else {
            text.line(format_args!(
                "private log key: not in the copy; put it, with mode 0600, at {}",
                log_pem.display()
            ));
        }
        text.line(format_args!("start it with: probant serve --dir {}", argument(&self.dir)));
        let facts = json!({
            "dir": self.dir.to_string_lossy(),
            "origin": checkpoint.origin().as_str(),
            "tree_size": size.get(),
            "root": checkpoint.root(),
            "checkpoints_missing": checkpoints_missing,
            "checkpoints_signed": checkpoints_signed,
            "ids_missing": ids_missing,
            "witnesses_asked": self.witness_policy.is_some(),
            "guard_checked": has_guard,
            "guard_file": guard.to_string_lossy(),
            "log_key_file": has_key.then(|| log_pem.to_string_lossy().into_owned()),
        });
        Report::new(Outcome::Accepted, facts, text)
    }
}

fn open(path: &Path) -> Result<LogCopy, Failure> {
    LogCopy::open(path).map_err(|cause| failure(cause.into()))
}

/// Has every witness asked whether it knows more, or something else.
fn ask_witnesses(restorable: &Restorable, path: &Path) -> Result<(), Failure> {
    let (step, (policy, _)) = (format!("witnesses {}", path.display()), read_witnesses(path)?);
    expect_named(policy.logs(), restorable.log_keys())?;
    let client = WitnessClient::new(policy, WitnessOptions::default()).step(step)?;
    match client.ask(restorable.question()) {
        Err(WitnessError::Alarm(alarm)) => {
            Err(Failure::of("ask the witnesses", alarm).into_rejected())
        }
        Err(cause) => Err(Failure::of(
            "whether this copy is the newest, witnesses have to say; without --witness-policy they \
             are not asked",
            cause,
        )),
        // An alarm may be of one whose answer nobody needed.
        Ok(_cosigned) => client
            .alarm()
            .map_or(Ok(()), |alarm| Err(Failure::of("ask the witnesses", alarm).into_rejected())),
    }
}

fn expect_log_key(restorable: &Restorable, key: &PrivateKey, path: &Path) -> Result<(), Failure> {
    let expected = restorable.log_keys().newest().public_key();
    if key.public_key() == expected {
        return Ok(());
    }
    let (expected, found) = (expected.id(), key.public_key().id());
    let path = path.display();
    Err(Failure::new(format!("{path} has key {found}, the log key in force is {expected}")))
}

fn failure(cause: RestoreError) -> Failure {
    let is_answer = cause.is_verdict();
    let failure = Failure::of("restore", cause);
    if is_answer { failure.into_rejected() } else { failure }
}
