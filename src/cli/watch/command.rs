//! The command: watches, tells, keeps how far it told, and begins again when the server was away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::StreamExt as _;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::fraud;
use crate::cli::max_age::MaxAge;
use crate::cli::policies;
use crate::cli::remote::{Remote, block_on, client_failure};
use crate::cli::report::{self, Format, Outcome, Report};
use crate::cli::shutdown::shutdown;
use crate::cli::table_file;
use crate::cli::watch::event::Event;
use crate::cli::watch::queries::{self, WatchQuery};
use crate::cli::watch::state::State;
use crate::client::{Client, ClientError, WatchStep, Watched, WatchedAnswer};
use crate::ledger::{Clock as _, SystemClock};
use crate::merkle::TreeSize;
use crate::note::VerifiedCheckpoint;
use crate::policy::PolicySet;

/// The wait before the server is asked again; it doubles with each time that it tells nothing.
const RETRY_WAIT: Duration = Duration::from_secs(1);
const RETRY_WAIT_MAX: Duration = Duration::from_mins(1);

/// Tells what changes the verdicts on products: recalls, withdrawals, compromised keys, what ends, and
/// what makes them listable again.
///
/// A file holds one query (.json), one a row (.csv, .tsv), or one a line, as for `catalogue`; 10,000 at
/// most. Each is answered first, and then whenever its verdict comes to something else: one line for
/// each, with the records that it comes from. Every answer is verified offline, by the embedded rule
/// sets and those given, before it is told.
///
/// With --state, whoever begins again is told what changed in the meantime, also what was settled by
/// then. Ends on ctrl-c or SIGTERM; with --once, as soon as everything is told. When the server goes
/// away, it is asked again until it is back.
///
/// Exit status 0: nothing was told but that products are listable. 1: some are not, or something does
/// not hold. 2: could not say.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant watch --server http://127.0.0.1:7443 --trust genesis.toml --state watch.state products.csv \\
      --set offer.platform=https://id.gs1.org/417/9521000900004
  probant watch --server http://127.0.0.1:7443 --trust genesis.toml --state watch.state --once \\
      --dossiers proofs --format json queries.jsonl                    every hour, from cron")]
pub(in crate::cli) struct Watch {
    #[command(flatten)]
    remote: Remote,
    /// The queries
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A value for a column where a row leaves it empty; may be given several times
    #[arg(long = "set", value_name = "COLUMN=VALUE", value_parser = table_file::default)]
    defaults: Vec<(String, String)>,
    /// A file with how far it was told, and of which queries; brought up to date once that is on stdout
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Where dossiers go, one for each answer, named by the verdict's SHA-256
    #[arg(long, value_name = "DIR")]
    dossiers: Option<PathBuf>,
    /// End once everything up to now is told
    #[arg(long)]
    once: bool,
    /// How long ago the newest seal may have been: as 24h, 90m, 7d, or none. If it is older, that is said,
    /// and the status is 2 unless it is 1
    #[arg(long, value_name = "AGE", default_value = "24h")]
    max_age: MaxAge,
    /// A rule set to accept besides the embedded ones; may be given several times
    #[arg(long = "policy", value_name = "FILE.toml")]
    policies: Vec<PathBuf>,
}

/// How a watch ended for now.
enum End {
    /// Everything is told, or the process is asked to end.
    Done,
    /// The server went away.
    Away(ClientError),
}

/// What was told so far.
struct Told {
    format: Format,
    policies: Arc<PolicySet>,
    queries: Vec<WatchQuery>,
    /// Those that are not watched.
    refused: BTreeSet<usize>,
    /// Those that the server has no room for at present, and up to where they were told.
    put_off: BTreeMap<usize, TreeSize>,
    state: Option<State>,
    outcome: Outcome,
    retry_wait: Duration,
}

impl Watch {
    pub(in crate::cli) fn run(&self, format: Format) -> Result<Report, Failure> {
        match self.begin(format) {
            Ok(outcome) => Ok(Report::silent(outcome)),
            // What programs read here is one object a line, to the last.
            Err(failure) => {
                let failure = fraud::keep(failure, self.remote.seen());
                report::print_failure_line(&failure, "watch", format).step("write to stdout")?;
                Ok(Report::silent(failure.outcome()))
            }
        }
    }

    fn begin(&self, format: Format) -> Result<Outcome, Failure> {
        table_file::check_defaults(&self.defaults, std::iter::once(self.file.as_path()))?;
        let (queries, unread) = queries::read(&self.file, &self.defaults)?;
        let policies = Arc::new(policies::accepted(&self.policies)?);
        let state = self.state.as_deref().map(State::read).transpose()?.flatten();
        // Before anything is asked: an answer that is told must not be told again for want of it.
        self.state.as_deref().map(files::expect_writable).transpose()?;
        if let Some(dir) = &self.dossiers {
            std::fs::create_dir_all(dir).step(format!("make {}", dir.display()))?;
        }
        let mut told = Told {
            format,
            policies,
            queries,
            refused: BTreeSet::new(),
            put_off: BTreeMap::new(),
            state,
            outcome: Outcome::Accepted,
            retry_wait: RETRY_WAIT,
        };
        for unread in &unread {
            told.tell(&Event::unread(unread))?;
        }
        block_on(async {
            let mut ending = Box::pin(shutdown().step("wait for signals")?);
            let client = self.remote.connect().await?;
            if let Some(state) = &told.state {
                let is_one = client.compare(state.checkpoint()).await;
                is_one.map_err(|cause| client_failure("log against --state", cause))?;
            }
            self.watch(&client, &mut told, ending.as_mut()).await?;
            self.remote.keep_seen(&client).await?;
            Ok(told.outcome)
        })
    }

    /// Watches until it is done, whether or not the server goes away meanwhile.
    async fn watch(
        &self,
        client: &Client,
        told: &mut Told,
        mut ending: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), Failure> {
        loop {
            let cause = match self.follow(client, told, ending.as_mut()).await? {
                End::Done => return Ok(()),
                End::Away(cause) => cause,
            };
            if self.once {
                return Err(client_failure("watch", cause));
            }
            let (wait, cause) = (told.retry_wait, client_failure("watch", cause));
            told.retry_wait = wait.saturating_mul(2).min(RETRY_WAIT_MAX);
            let seconds = wait.as_secs();
            report::talk(&format!("{}: again in {seconds} s", cause.chain().join(": ")));
            tokio::select! {
                () = ending.as_mut() => return Ok(()),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn follow(
        &self,
        client: &Client,
        told: &mut Told,
        mut ending: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<End, Failure> {
        let (positions, watched) = told.watched();
        told.put_off.clear();
        let mut put_off = None;
        let mut steps = match client.watch(watched, Arc::clone(&told.policies)).await {
            Ok(steps) => steps.boxed(),
            Err(cause) => return away(cause),
        };
        let mut is_caught_up = false;
        loop {
            let step = tokio::select! {
                () = ending.as_mut() => return Ok(End::Done),
                step = steps.next() => step,
            };
            let of = |position: usize| positions.get(position).copied().unwrap_or(usize::MAX);
            match step {
                None => return Ok(End::Done),
                Some(Err(cause)) => return away(cause),
                Some(Ok(WatchStep::Answer(answer))) => {
                    self.tell_answer(told, of(answer.position), &answer)?;
                }
                Some(Ok(WatchStep::Unchanged { .. })) => {}
                Some(Ok(WatchStep::Refused { position, refused })) => {
                    let position = of(position);
                    let is_for_now = refused.is_transient();
                    if is_for_now {
                        told.put_off(position);
                    } else {
                        told.refused.insert(position);
                    }
                    // Of what will be asked again, nothing is to be told.
                    let event = told.queries.get(position).map(|of| Event::refused(of, &refused));
                    if let (Some(event), true) = (event, self.once || !is_for_now) {
                        told.tell(&event)?;
                    }
                    if is_for_now {
                        put_off = Some(refused);
                    }
                }
                Some(Ok(WatchStep::Progress(checkpoint))) => {
                    self.keep(told, &checkpoint)?;
                    self.remote.keep_seen(client).await?;
                    if !is_caught_up {
                        match self.expect_recent(client, &checkpoint).await {
                            Ok(None) => {}
                            Ok(Some(old)) => {
                                report::warn(&old);
                                told.has_come_to(Outcome::Unknown);
                            }
                            Err(cause) => return away(cause),
                        }
                        let (count, size) = (positions.len(), checkpoint.size());
                        report::talk(&format!("{count} queries: told up to {size} entries"));
                        is_caught_up = true;
                    }
                    if self.once {
                        return Ok(End::Done);
                    }
                    if let Some(refused) = put_off {
                        let count = told.put_off.len();
                        report::talk(&format!("{count} queries are not watched at present"));
                        return Ok(End::Away(ClientError::from(Box::new(refused))));
                    }
                }
            }
        }
    }

    /// Says so if the newest state that the server shows is an old one: it may show no other.
    async fn expect_recent(
        &self,
        client: &Client,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<Option<String>, ClientError> {
        let Some(age_max_ms) = self.max_age.0 else { return Ok(None) };
        let sealed = client.seal_time(checkpoint).await?;
        let is_old = sealed.saturating_add_ms(age_max_ms) <= SystemClock.now();
        let max = self.max_age;
        Ok(is_old.then(|| {
            format!("the newest seal is of {sealed}, which is more than {max} ago: what came since is not known")
        }))
    }

    fn tell_answer(
        &self,
        told: &mut Told,
        position: usize,
        answer: &WatchedAnswer,
    ) -> Result<(), Failure> {
        let file = match (&self.dossiers, &answer.proof) {
            (Some(dir), Ok(proof)) => {
                let path = dir.join(format!("{}.dossier", answer.verdict.digest()));
                // The same verdict has the same dossier.
                files::write(&path, &proof.bytes, Access::Public)?;
                Some(path)
            }
            _ => None,
        };
        let Some(query) = told.queries.get(position) else { return Ok(()) };
        let file = file.as_deref().map(Path::to_string_lossy).map(Into::into);
        let event = Event::answer(query, answer, SystemClock.now(), file);
        told.tell(&event)
    }

    /// Keeps that everything up to a checkpoint was told: it is on stdout by now.
    fn keep(&self, told: &mut Told, checkpoint: &VerifiedCheckpoint) -> Result<(), Failure> {
        if told.put_off.is_empty() {
            told.retry_wait = RETRY_WAIT;
        }
        let watched = (0..).zip(&told.queries).filter(|(at, _)| !told.refused.contains(at));
        let watched = watched.map(|(_, query)| query);
        let note = checkpoint.note().to_string();
        let mut state = State::of(note, checkpoint.size(), &told.policies, watched);
        for (at, after) in &told.put_off {
            if let Some(query) = told.queries.get(*at) {
                state.leave_behind(query, *after);
            }
        }
        if let Some(path) = &self.state {
            state.write(path)?;
        }
        told.state = Some(state);
        Ok(())
    }
}

impl Told {
    /// What is to be watched, and its places in the file.
    fn watched(&self) -> (Vec<usize>, Vec<Watched>) {
        let queries = (0..).zip(&self.queries).filter(|(at, _)| !self.refused.contains(at));
        queries
            .map(|(at, query)| {
                (at, Watched { query: query.bytes.clone().into(), after: self.after(query) })
            })
            .unzip()
    }

    /// Up to where a query was told.
    fn after(&self, query: &WatchQuery) -> TreeSize {
        let state = self.state.as_ref();
        state.map_or(TreeSize::EMPTY, |state| state.after(query, &self.policies))
    }

    /// Leaves a query for later, from where it is now.
    fn put_off(&mut self, position: usize) {
        if let Some(after) = self.queries.get(position).map(|query| self.after(query)) {
            self.put_off.insert(position, after);
        }
    }

    fn tell(&mut self, event: &Event) -> Result<(), Failure> {
        self.has_come_to(event.outcome);
        event.print(self.format).step("write to stdout")
    }

    /// That some are not listable weighs more than that nothing can be said of others.
    fn has_come_to(&mut self, outcome: Outcome) {
        self.outcome = match (self.outcome, outcome) {
            (Outcome::Rejected, _) | (_, Outcome::Rejected) => Outcome::Rejected,
            (before, now) => before.max(now),
        };
    }
}

/// A server that went away will be back; what does not hold stays so.
fn away(cause: ClientError) -> Result<End, Failure> {
    match cause {
        ClientError::Refused(refused) if refused.is_transient() => {
            Ok(End::Away(ClientError::Refused(refused)))
        }
        cause => Err(client_failure("watch", cause)),
    }
}
