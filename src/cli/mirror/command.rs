//! The command: one pass over a log, or one after the other.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::Value;
use tokio::runtime::Builder;

use crate::cli::bar::EntryBar;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::fraud;
use crate::cli::log_files::{Token, http_source};
use crate::cli::max_age::MaxAge;
use crate::cli::mirror::pass::{Pass, failure, is_passing};
use crate::cli::reader::read_witnesses;
use crate::cli::report::{self, Format, Outcome, Report};
use crate::cli::show;
use crate::cli::shutdown::shutdown;
use crate::export::{self, Demands, Erased, ExportError, MirrorOptions, Mirrored};
use crate::fraud::FraudProof;
use crate::genesis::Genesis;
use crate::http::HttpSource;
use crate::ledger::{Clock as _, SystemClock};
use crate::note::WitnessPolicy;

/// The longest wait after the log did not come; it begins with that between two passes.
const RETRY_WAIT_MAX: Duration = Duration::from_mins(10);

/// Follows a log over HTTP: a directory that serves as an export, brought up to it.
///
/// Whatever is new is held to the log's signed checkpoint before it is written: that goes on from the
/// one before, and tiles, entries and payloads are what it commits to. What that takes grows with what
/// is new. An interrupted run is taken up by the next; a log that contradicts what the directory has is
/// not followed, and both checkpoints are kept beside it. Signatures, admission and seals are for
/// `probant audit` to look at.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant mirror https://log.example/ copy/ --trust genesis.toml
  probant mirror https://log.example/ copy/ --trust genesis.toml --follow --witness-policy policy.txt
  probant audit copy/ --trust genesis.toml")]
pub(in crate::cli) struct Mirror {
    /// Where the log is: a ledger's address over HTTP, or that of any copy
    url: String,
    /// The directory to bring up to the log
    dir: PathBuf,
    /// The ledger's genesis document, from your own keeping
    #[arg(long, value_name = "genesis.toml")]
    trust: PathBuf,
    /// The witnesses that must have seen a checkpoint before it is followed (C2SP tlog-policy)
    #[arg(long = "witness-policy", alias = "witnesses", value_name = "FILE")]
    witnesses: Option<PathBuf>,
    /// How old a checkpoint may be to be followed: as 24h, 90m, 7d, or none
    #[arg(long, value_name = "AGE", default_value = "none")]
    max_age: MaxAge,
    #[command(flatten)]
    token: Token,
    /// Read everything that the directory has again, and repair it
    #[arg(long)]
    check: bool,
    /// Fetch all payloads again, so that what was erased since goes from the copy too
    #[arg(long)]
    refresh_payloads: bool,
    /// Go on until ctrl-c or SIGTERM
    #[arg(long)]
    follow: bool,
    /// Seconds between two passes
    #[arg(long, value_name = "N", default_value_t = 10, requires = "follow",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    interval_s: u64,
}

/// A directory and what it follows; moved to where it may wait.
struct Pair {
    mirror: export::Mirror,
    dir: PathBuf,
    genesis: Genesis,
    /// Evidence, if the last pass came upon another history.
    proof: Option<FraudProof>,
    source: HttpSource,
    witnesses: Option<WitnessPolicy>,
    age_max_ms: Option<u64>,
}

impl Pair {
    fn pull(&mut self) -> Result<Mirrored, ExportError> {
        let mut bar = EntryBar::new();
        let demands = Demands {
            witnesses: self.witnesses.as_ref(),
            age_max_ms: self.age_max_ms,
            now: SystemClock.now(),
        };
        let done = self.mirror.pull(&mut self.source, &demands, &mut |at| bar.set(at));
        bar.clear();
        done.inspect_err(|cause| {
            self.proof = fraud::of_fork(&mut self.source, &self.dir, &self.genesis, cause);
        })
    }
}

impl Mirror {
    pub(in crate::cli) fn run(&self, format: Format) -> Result<Report, Failure> {
        if !self.follow {
            let mut pair = self.open()?;
            let done =
                pair.pull().map_err(|cause| failure(&self.dir, cause, pair.proof.as_ref()))?;
            let pass = self.pass(done);
            return Ok(Report::new(Outcome::Accepted, pass.facts(), pass.text()));
        }
        match self.open().and_then(|pair| self.go_on(pair, format)) {
            Ok(()) => Ok(Report::silent(Outcome::Accepted)),
            // What programs read here is one object a line, to the last.
            Err(failure) => {
                report::print_failure_line(&failure, "mirror", format).step("write to stdout")?;
                Ok(Report::silent(failure.outcome()))
            }
        }
    }

    fn open(&self) -> Result<Pair, Failure> {
        let genesis: Genesis = show::read_genesis(&self.trust)?;
        let witnesses = self.witnesses.as_deref().map(read_witnesses).transpose()?;
        let source = http_source(&self.url, self.token.read()?)?;
        let options = MirrorOptions {
            has_to_check_held: self.check,
            has_to_refresh_payloads: self.refresh_payloads,
            has_private_payloads: self.token.is_given(),
            erased: Erased::Goes,
        };
        let mirror = export::Mirror::open(&self.dir, &genesis, options);
        let mirror = mirror.map_err(|cause| failure(&self.dir, cause, None))?;
        let (witnesses, age_max_ms) = (witnesses.map(|(policy, _)| policy), self.max_age.0);
        let dir = self.dir.clone();
        Ok(Pair { mirror, dir, genesis, proof: None, source, witnesses, age_max_ms })
    }

    /// Goes on until it is told to end, or the log contradicts what the directory has. Where a pass is
    /// broken off does not matter.
    fn go_on(&self, mut pair: Pair, format: Format) -> Result<(), Failure> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.step("start the runtime")?;
        let ended = runtime.block_on(async {
            let mut ending = Box::pin(shutdown().step("wait for signals")?);
            let interval = Duration::from_secs(self.interval_s);
            let (mut wait, mut last) = (interval, None);
            loop {
                let pulling = tokio::task::spawn_blocking(move || {
                    let done = pair.pull();
                    (pair, done)
                });
                let (back, done) = tokio::select! {
                    () = ending.as_mut() => return Ok(()),
                    pulled = pulling => pulled.step("mirror")?,
                };
                pair = back;
                let pause = match done {
                    Ok(done) => {
                        if done.written > 0 || last != Some(done.size) {
                            self.tell(done, format)?;
                        }
                        last = Some(done.size);
                        wait = interval;
                        interval
                    }
                    Err(cause) if is_passing(&cause) => {
                        let cause = failure(&self.dir, cause, None).chain().join(": ");
                        report::talk(&format!("{cause}: again in {} s", wait.as_secs()));
                        let longer = wait.saturating_mul(2).min(RETRY_WAIT_MAX.max(interval));
                        std::mem::replace(&mut wait, longer)
                    }
                    Err(cause) => return Err(failure(&self.dir, cause, pair.proof.as_ref())),
                };
                tokio::select! {
                    () = ending.as_mut() => return Ok(()),
                    () = tokio::time::sleep(pause) => {}
                }
            }
        });
        runtime.shutdown_background();
        ended
    }

    fn tell(&self, done: Mirrored, format: Format) -> Result<(), Failure> {
        let pass = self.pass(done);
        let told = match format {
            Format::Text => report::print_line(String::from(pass.text()).trim_end()),
            Format::Json => {
                let mut facts = pass.facts();
                if let Value::Object(facts) = &mut facts {
                    facts.insert("command".to_owned(), "mirror".into());
                    facts.insert("outcome".to_owned(), "accepted".into());
                }
                report::print_json_line(&facts)
            }
        };
        told.step("write to stdout")
    }

    fn pass(&self, done: Mirrored) -> Pass<'_> {
        Pass { url: &self.url, dir: &self.dir, done }
    }
}
