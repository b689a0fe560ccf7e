//! `probant backup`: everything that a new machine needs to go on with a ledger.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::bar::EntryBar;
use crate::cli::export::{ViewSource, export_failure, open_to_read};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::guard::GuardFile;
use crate::cli::place;
use crate::cli::report::{Outcome, Report};
use crate::cli::words::{Text, argument};
use crate::export::{LogCopy, Mirrored, back_up};
use crate::ledger::{Clock as _, SystemClock};

/// Backs a ledger up: everything that a new machine needs to go on with it.
///
/// That is the log as files, with all payloads, and the signed notes of all its checkpoints; every
/// byte is checked against the newest checkpoint on the way. Run it again to bring the same backup up
/// to date: only what is new is written, what was erased goes, and whenever it is broken off there is
/// a backup to restore from. No server may have the ledger meanwhile: of one that runs, a mirror with
/// full access is as good (docs/backup.md). It is for its owner alone.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant backup --dir /srv/ledger --out /mnt/backup/ledger
  probant backup --dir /srv/ledger --out /mnt/safe/ledger --with-key     where nobody else gets at it")]
pub(super) struct Backup {
    /// The ledger's directory, as `probant init` made it
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The backup: a directory that is absent or empty, or an earlier backup of the same ledger
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// Put the private log key into the backup too: whoever gets at the backup can then sign in the
    /// ledger's name. Without it, keep a copy of log.pem elsewhere: it can't be had from anything else
    #[arg(long)]
    with_key: bool,
    #[command(flatten)]
    guard: GuardFile,
}

impl Backup {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        if self.with_key {
            files::refuse_repository(&self.out, false)?;
        }
        let guard = self.guard.find(&self.dir)?.file;
        let ledger = open_to_read(&self.dir, Some(guard))?;
        let view = ledger.view(None).step("read the ledger")?;
        let (root, seal_time) = (view.root(), view.seal_time());
        if LogCopy::open(&self.out).is_err() && !LogCopy::is_begun(&self.out) {
            files::expect_empty(&self.out)?;
        }
        files::make_private_dir(&self.out)?;
        let (mut source, mut bar) = (ViewSource::new(view), EntryBar::new());
        let (genesis, now) = (ledger.genesis(), SystemClock.now());
        let done = back_up(&mut source, &self.out, genesis, now, &mut |at| bar.set(at));
        bar.clear();
        let done = done.map_err(|cause| export_failure("back up", cause))?;
        let key_file = LogCopy::log_key_file(&self.out);
        if self.with_key {
            let pem = Zeroizing::new(files::read(&place::log_key(&self.dir), 4096)?);
            files::write(&key_file, &pem, Access::Owner)?;
        }
        let Mirrored { size, written, kept, removed } = done;
        let mut text = Text::default();
        text.line(format_args!("{} holds {size} entries, up to {seal_time}", self.out.display()))
            .line(format_args!(
                "files: {written} written, {kept} were there, {removed} outgrown ones removed"
            ));
        if self.with_key {
            text.line(format_args!(
                "private log key: {} (whoever gets it signs in the ledger's name)",
                key_file.display()
            ));
        } else {
            text.line(format_args!(
                "the private log key is not in it: keep a copy of {} elsewhere",
                place::log_key(&self.dir).display()
            ));
        }
        text.line(format_args!(
            "restore it with: probant restore --from {} --dir DIR --trust genesis.toml",
            argument(&self.out)
        ));
        let facts = json!({
            "out": self.out.to_string_lossy(),
            "origin": genesis.origin().as_str(),
            "tree_size": size.get(),
            "root": root,
            "sealed_at": seal_time,
            "written": written,
            "kept": kept,
            "removed": removed,
            "log_key_file": self.with_key.then(|| key_file.to_string_lossy().into_owned()),
        });
        Ok(Report::new(Outcome::Accepted, facts, text))
    }
}
