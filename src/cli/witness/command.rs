//! `probant witness`: from its key to the last answer.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::guard::{future, outside};
use crate::cli::keys;
use crate::cli::log_level;
use crate::cli::remote::block_on;
use crate::cli::report::{Format, Outcome, Report};
use crate::cli::shutdown::shutdown;
use crate::cli::witness::announce::{self, Served};
use crate::cli::witness::logs::Logs;
use crate::cli::witness::replay::Replay;
use crate::http;
use crate::key::Signer as _;
use crate::ledger::SystemClock;
use crate::note::KeyName;
use crate::witness::server::{
    self, Cosigner, Directory, Guard, REQUESTS_PER_SECOND, ReplayingWitness, WitnessOpenError,
};

/// Serves a witness (c2sp.org/tlog-witness): cosigns the checkpoints of any logs that it is told of, each
/// only if it goes on from what it cosigned before.
///
/// What it cosigned is in DIR, durably, before anybody is answered. A witness that forgets can be made to
/// cosign a second history: DIR is never begun anew unless you say so, and an old copy of it must never be
/// put back. Prints its key and address once it answers; ends on ctrl-c or SIGTERM, after everything that
/// it took is answered.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant keygen --out witness.pem
  probant witness --key witness.pem --name witness.example/w1 --print-vkey
  probant witness --dir /srv/witness --begin --key witness.pem --name witness.example/w1 \\
      --log ledger.example/eu-1+5a1b2c3d+AQ…=https://ledger.example
  probant witness --dir /srv/witness --key witness.pem --name witness.example/w1 \\
      --logs network.txt --guard /mnt/elsewhere/witness --listen 0.0.0.0:7481
  probant witness --dir /srv/witness --key witness.pem --name witness.example/w1 \\
      --log ledger.example/eu-1+5a1b2c3d+AQ…=https://ledger.example \\
      --replay --replay-key replay.pem --replay-name witness.example/w1-replay")]
pub(in crate::cli) struct Witness {
    /// The key that cosigns, and that does nothing else
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,
    /// The name in its cosignatures, as `witness.example/w1`: a domain that you hold, and a path
    #[arg(long)]
    name: KeyName,
    /// Print the key by which others verify what it cosigns, and end
    #[arg(long)]
    print_vkey: bool,
    /// Where it keeps what it cosigned
    #[arg(long, value_name = "DIR", required_unless_present = "print_vkey")]
    dir: Option<PathBuf>,
    /// Begin in DIR, where nothing is yet, as a witness that has never cosigned anything
    #[arg(long)]
    begin: bool,
    #[command(flatten)]
    logs: Logs,
    #[command(flatten)]
    replay: Replay,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7481")]
    listen: SocketAddr,
    /// Requests that each peer may make in a second, and as many at once; 0 for as many as all together
    /// may. All that come through one proxy are those of one peer
    #[arg(long, value_name = "COUNT", default_value_t = REQUESTS_PER_SECOND)]
    per_second: u32,
    /// A directory elsewhere, best on another disk, for a second copy of what was cosigned: a DIR
    /// restored from an old copy is then found out before it signs
    #[arg(long, value_name = "DIR")]
    guard: Option<PathBuf>,
    /// Begin the guard of a DIR that had none; --begin does so too
    #[arg(long, requires = "guard", conflicts_with = "begin")]
    begin_guard: bool,
    /// What to log to stderr: a level, or `level,module=level`
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: String,
}

/// Where a state is, and its guard.
struct Place {
    state: PathBuf,
    guard: Option<PathBuf>,
}

/// What is served.
struct Witnesses {
    ordinary: Arc<server::Witness>,
    replaying: Option<Arc<ReplayingWitness>>,
}

impl Witness {
    pub(in crate::cli) fn run(&self, format: Format) -> Result<Report, Failure> {
        log_level::start("--log-level", &self.log_level)?;
        let key = keys::read_private(&self.key)?;
        keys::warn_of_demo_key("witness key", &key.public_key().id());
        let cosigner = Cosigner { name: self.name.clone(), signer: Arc::new(key) };
        let replaying = self.replay.cosigner(&cosigner)?;
        let dir = match &self.dir {
            Some(dir) if !self.print_vkey => dir,
            Some(_) | None => {
                let replaying = replaying.map(|it| it.key());
                return Ok(announce::keys(&cosigner.key(), replaying.as_ref()));
            }
        };
        let witnesses = self.open(dir, cosigner, replaying)?;
        block_on(self.serve(witnesses, format))?;
        Ok(Report::silent(Outcome::Accepted))
    }

    fn open(
        &self,
        dir: &Path,
        cosigner: Cosigner,
        replaying: Option<Cosigner>,
    ) -> Result<Witnesses, Failure> {
        let logs = self.logs.read()?;
        let replayed = replaying.as_ref().map(|_| self.replay.logs(&logs)).transpose()?;
        let (place, replay) = self.places(dir)?;
        let replay = replaying.as_ref().map(|_| replay);
        self.begin(&[Some(&place), replay.as_ref()].into_iter().flatten().collect::<Vec<_>>())?;
        let clock = Arc::new(SystemClock);
        let step = "open the state of the witness";
        let directory = place.open().step(step)?;
        let ordinary = server::Witness::open(directory, cosigner, clock.clone(), logs);
        let ordinary = Arc::new(ordinary.step(step)?);
        let replaying = replaying.zip(replay).zip(replayed).map(|((cosigner, place), logs)| {
            let step = "open the state of the replaying witness";
            let directory = place.open().step(step)?;
            let evidence = dir.join("evidence");
            let opened = ReplayingWitness::open(directory, &evidence, cosigner, clock, logs);
            Ok::<_, Failure>(Arc::new(opened.step(step)?))
        });
        Ok(Witnesses { ordinary, replaying: replaying.transpose()? })
    }

    /// Where the two witnesses keep what they cosigned.
    fn places(&self, dir: &Path) -> Result<(Place, Place), Failure> {
        let outside = |file: &PathBuf| outside(file, &future(dir)?);
        let guard = self.guard.as_ref().map(outside).transpose()?;
        let replay = guard.as_ref().map(|guard| guard.join("replay"));
        let place = Place { state: dir.join("state"), guard };
        Ok((place, Place { state: dir.join("replay"), guard: replay }))
    }

    /// Begins what is to begin and is not there yet; something has to be missing.
    fn begin(&self, places: &[&Place]) -> Result<(), Failure> {
        if self.begin {
            for place in missing(places, |place| place.state.join("format").exists()) {
                Directory::begin(&place.state).step("begin")?;
                // A guard that is there knows whether the state should have been.
                let guard = place.guard.as_ref().filter(|guard| !Guard::is_there(guard));
                guard.map(|guard| Guard::begin(guard)).transpose().step("begin the guard")?;
            }
        }
        if self.begin_guard {
            let guards: Vec<_> = places.iter().filter_map(|place| place.guard.as_ref()).collect();
            for guard in missing(&guards, |guard| Guard::is_there(guard)) {
                Guard::begin(guard).step("begin the guard")?;
            }
        }
        Ok(())
    }

    async fn serve(&self, witnesses: Witnesses, format: Format) -> Result<(), Failure> {
        let shutdown = shutdown().step("wait for signals")?;
        let listener = TcpListener::bind(self.listen).await;
        let listener = listener.step(format!("listen on {}", self.listen))?;
        let address = listener.local_addr().step("listen")?;
        let Witnesses { ordinary, replaying } = witnesses;
        let served = Served { key: ordinary.key(), logs: ordinary.statuses() };
        let replayed = replaying.as_ref();
        let replayed = replayed.map(|it| Served { key: it.key(), logs: it.statuses() });
        let report = announce::serving(&served, replayed.as_ref(), address);
        report.print("witness", format).step("write to stdout")?;
        let mut router = server::router(ordinary, self.per_second);
        if let Some(replaying) = replaying {
            tokio::spawn(Arc::clone(&replaying).resume());
            router = router.nest("/replay", server::replay_router(replaying, self.per_second));
        }
        http::serve(listener, router, shutdown).await;
        Ok(())
    }
}

impl Place {
    fn open(&self) -> Result<Directory, WitnessOpenError> {
        Directory::open(&self.state, self.guard.as_deref())
    }
}

/// Those that are not there yet; all, if none is missing, to be told so.
fn missing<T: Copy>(all: &[T], is_there: impl Fn(T) -> bool) -> Vec<T> {
    let missing: Vec<T> = all.iter().copied().filter(|it| !is_there(*it)).collect();
    if missing.is_empty() { all.to_vec() } else { missing }
}
