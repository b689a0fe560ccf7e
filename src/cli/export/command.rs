//! The command: brings a directory up to the log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgGroup, Args};
use serde_json::json;

use crate::audit::LogSource;
use crate::cli::bar::EntryBar;
use crate::cli::export::server_source::ServerSource;
use crate::cli::export::view_source::ViewSource;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::fraud;
use crate::cli::remote::{Trust, block_on};
use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;
use crate::cli::{keys, place, unfinished};
use crate::export::{Erased, ExportError, MirrorOptions, Mirrored, mirror};
use crate::genesis::Genesis;
use crate::ledger::{Ledger, OpenError, Options, SystemClock};
use crate::storage::{SledOptions, SledStorage};

/// Copies a whole log into a directory: backup, mirror and what an audit reads.
///
/// Everything is checked against the signed checkpoint before it is written. Run it again to go on
/// after an interruption, or to bring the directory up to date; it never shortens one, and keeps
/// none that another history would replace.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("from").required(true).args(["server", "dir"])))]
#[command(after_help = "\
Examples:
  probant export --server http://127.0.0.1:7443 --out copy/
  probant export --dir /srv/ledger --out backup/      with everything, while no server runs")]
pub(in crate::cli) struct Export {
    /// Address of the ledger's server, as `http://127.0.0.1:7443`
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[command(flatten)]
    trust: Trust,
    /// The ledger's own directory: payloads that a server withholds are in the copy too
    #[arg(long, value_name = "DIR", conflicts_with = "seen")]
    dir: Option<PathBuf>,
    /// The directory to bring up to the log
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Fetch all payloads again, so that what was erased since goes from the copy too
    #[arg(long)]
    refresh_payloads: bool,
}

impl Export {
    /// The file with the newest checkpoint that was seen.
    pub(in crate::cli) fn seen(&self) -> Option<&Path> {
        self.trust.seen()
    }

    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        let done = match (&self.server, &self.dir) {
            (Some(url), _) => self.export_server(url)?,
            (None, Some(dir)) => self.export_dir(dir)?,
            (None, None) => return Err(Failure::new("expected --server or --dir")),
        };
        let Mirrored { size, written, kept, removed } = done;
        let mut text = Text::default();
        text.line(format_args!("{} holds {size} entries", self.out.display())).line(format_args!(
            "files: {written} written, {kept} were there, {removed} outgrown ones removed"
        ));
        let facts = json!({
            "out": self.out.to_string_lossy(),
            "tree_size": size.get(),
            "written": written,
            "kept": kept,
            "removed": removed,
        });
        Ok(Report::new(Outcome::Accepted, facts, text))
    }

    fn export_dir(&self, dir: &Path) -> Result<Mirrored, Failure> {
        let ledger = open_to_read(dir, None)?;
        let view = ledger.view(None).step("read the ledger")?;
        let genesis = self.trust.genesis()?.unwrap_or_else(|| ledger.genesis().clone());
        self.mirror(&mut ViewSource::new(view), &genesis)
    }

    fn export_server(&self, url: &str) -> Result<Mirrored, Failure> {
        block_on(async {
            let client = self.trust.connect(url).await?;
            let handle = tokio::runtime::Handle::current();
            let mut source = ServerSource::new(client.clone(), handle);
            let genesis = client.genesis().clone();
            // The copying waits for files; not where others wait for it.
            let (options, out) = (self.options(), self.out.clone());
            let copying =
                tokio::task::spawn_blocking(move || copy(&mut source, &out, &genesis, options));
            let done = copying.await.step("export")??;
            self.trust.keep_seen(&client).await?;
            Ok(done)
        })
    }

    fn mirror(&self, source: &mut dyn LogSource, genesis: &Genesis) -> Result<Mirrored, Failure> {
        copy(source, &self.out, genesis, self.options())
    }

    const fn options(&self) -> MirrorOptions {
        MirrorOptions {
            has_to_check_held: true,
            has_to_refresh_payloads: self.refresh_payloads,
            has_private_payloads: self.dir.is_some(),
            erased: Erased::Goes,
        }
    }
}

/// Opens a ledger that no server has, and writes nothing into it. With a guard, the store has to be as
/// new as that.
pub(in crate::cli) fn open_to_read(dir: &Path, guard: Option<PathBuf>) -> Result<Ledger, Failure> {
    unfinished::refuse(dir)?;
    let key = keys::read_private(&place::log_key(dir))?;
    let storage = SledStorage::open(&place::store(dir), SledOptions::default());
    let storage = Arc::new(storage.step("open the store")?);
    let options = Options { heartbeat: None, checked_guard: guard, ..Options::default() };
    let ledger = Ledger::open(storage, Arc::new(SystemClock), Arc::new(key), options);
    ledger.map_err(|cause| {
        let is_answer = matches!(cause, OpenError::Older { .. } | OpenError::Fork { .. });
        let failure = Failure::of("open the ledger", cause);
        if is_answer { failure.into_rejected() } else { failure }
    })
}

/// What can't be read or written says nothing of the log; the rest does.
pub(in crate::cli) fn export_failure(step: &str, cause: ExportError) -> Failure {
    let is_answer = !matches!(
        cause,
        ExportError::Source(_) | ExportError::Io { .. } | ExportError::Taken { .. }
    );
    let failure = Failure::of(step, cause);
    if is_answer { failure.into_rejected() } else { failure }
}

fn copy(
    source: &mut dyn LogSource,
    out: &Path,
    genesis: &Genesis,
    options: MirrorOptions,
) -> Result<Mirrored, Failure> {
    let mut bar = EntryBar::new();
    let done = mirror(source, out, genesis, options, &mut |at| bar.set(at));
    bar.clear();
    done.map_err(|cause| {
        let proof = fraud::of_fork(source, out, genesis, &cause);
        fraud::keep(export_failure("export", cause).with_proof(proof), Some(out))
    })
}
