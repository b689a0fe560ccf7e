//! The command: reads ahead, sends a window at a time, checks and keeps every receipt and every
//! signed refusal.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use futures_util::{Stream, StreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::attestation::Statement;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::handovers;
use crate::cli::remote::{Trust, block_on, client_failure};
use crate::cli::report::{self, Report};
use crate::cli::submit::results::Results;
use crate::cli::submit::signing::{Signing, Unsent};
use crate::cli::submit::source::{self, Item, Making, Place};
use crate::cli::submit::tally::Tally;
use crate::cli::table_file;
use crate::client::{Refused, VerifiedReceipt};
use crate::envelope::Envelope;

/// Envelopes read ahead of those that are sent.
const READ_AHEAD: usize = 256;

/// Has envelopes recorded, and keeps the receipts.
///
/// They are recorded in their order, and every receipt is checked. What the ledger refuses it signs,
/// and that is checked and kept too. A file holds one envelope (DSSE, JSON), or one a line; with --key
/// also statements, or rows of a table (.csv, .tsv; `probant template` has the columns), which are signed
/// first. What is recorded already is recognised
/// and answered with its first receipt: after an interruption, run the same command again.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant submit --server http://127.0.0.1:7443 declaration.dsse.json
  probant submit --server http://127.0.0.1:7443 --receipts receipts/ catalogue.jsonl
  probant submit --dry-run --key acme.pem reports.csv
  probant submit --server http://127.0.0.1:7443 --key acme.pem --results done.csv reports.csv")]
pub(in crate::cli) struct Submit {
    /// Address of the ledger's server, as `http://127.0.0.1:7443`
    #[arg(long, value_name = "URL", required_unless_present = "dry_run")]
    server: Option<String>,
    #[command(flatten)]
    trust: Trust,
    /// A directory for the receipts, `<statement digest>.tlog-proof` each, and for what the ledger
    /// signs when it refuses, `<statement digest>.refusal`; beside them, `handover/` says how the log
    /// key changed hands, if it did
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
    /// A table (CSV) of what became of each; one that is there is overwritten
    #[arg(long, value_name = "FILE.csv")]
    results: Option<PathBuf>,
    /// A private key that signs statements and rows; may be given several times
    #[arg(long = "key", value_name = "KEY.pem")]
    keys: Vec<PathBuf>,
    /// A value for a column where a row leaves it empty; may be given several times
    #[arg(long = "set", value_name = "COLUMN=VALUE", value_parser = table_file::default)]
    defaults: Vec<(String, String)>,
    /// Check and sign, but send nothing: no server is needed. Only the ledger can tell whether it
    /// knows the signer, and whether a document was recorded before
    #[arg(long, conflicts_with = "receipts")]
    dry_run: bool,
    /// Files with envelopes, statements or rows
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// What the reader has passed on and nobody has answered yet.
#[derive(Debug, Default)]
struct Places {
    sent: VecDeque<Place>,
    unread: Vec<(Place, Unsent)>,
}

impl Submit {
    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        // Before anything is sent: a file that is not there is a mistake in the command.
        let total = source::total_bytes(&self.files)?;
        let signing = Signing::read(&self.keys)?;
        let making = Making { signing, defaults: self.defaults.clone().into() };
        table_file::check_defaults(&self.defaults, self.files.iter().map(PathBuf::as_path))?;
        self.expect_no_input_overwritten()?;
        let Some(server) = self.server.as_deref().filter(|_| !self.dry_run) else {
            return self.check(&making, total);
        };
        if let Some(dir) = &self.receipts {
            std::fs::create_dir_all(dir).step(format!("make {}", dir.display()))?;
        }
        block_on(self.submit(server, making, total))
    }

    /// What becomes of the input must not be written over it.
    fn expect_no_input_overwritten(&self) -> Result<(), Failure> {
        let Some(results) = self.results.as_ref().and_then(|path| path.canonicalize().ok()) else {
            return Ok(());
        };
        let mut inputs = self.files.iter().chain(&self.keys);
        match inputs.find(|input| input.canonicalize().is_ok_and(|input| input == results)) {
            None => Ok(()),
            Some(input) => {
                let message = format!("--results would overwrite {}", input.display());
                Err(Failure::new(message))
            }
        }
    }

    fn tally(&self) -> Result<Tally, Failure> {
        let results = self.results.as_deref().map(Results::create).transpose()?;
        Ok(Tally::new(results, self.dry_run))
    }

    /// Reads and signs everything, and sends nothing.
    fn check(&self, making: &Making, total: u64) -> Result<Report, Failure> {
        let mut tally = self.tally()?;
        let bar = bar(total);
        let mut failed = None;
        source::read(&self.files, making, |(place, item), bytes| {
            bar.inc(bytes);
            let outcome = match item {
                Ok(envelope) => match Statement::parse(envelope.payload()) {
                    Ok(_sound) => tally.check(&place, &envelope),
                    Err(cause) => tally.refuse_unread(&place, Unsent::of(cause)),
                },
                Err(unsent) => tally.refuse_unread(&place, unsent),
            };
            bar.set_message(tally.summary());
            failed = outcome.err();
            failed.is_none()
        })?;
        bar.finish_and_clear();
        match failed {
            Some(failure) => Err(failure),
            None => tally.into_report(),
        }
    }

    async fn submit(&self, server: &str, making: Making, total: u64) -> Result<Report, Failure> {
        let client = self.trust.connect(server).await?;
        // Not before: what became of them the last time is still true.
        let mut tally = self.tally()?;
        let bar = bar(total);
        let (sender, items) = mpsc::channel(READ_AHEAD);
        let (paths, progress) = (self.files.clone(), bar.clone());
        let reader = tokio::task::spawn_blocking(move || {
            source::read(&paths, &making, |item, bytes| {
                progress.inc(bytes);
                sender.blocking_send(item).is_ok()
            })
        });
        let places = Arc::new(Mutex::new(Places::default()));
        let mut answers = client.submit_stream(envelopes(items, Arc::clone(&places)));
        let mut stopped = None;
        while let Some(answer) = answers.next().await {
            let (place, unread) = next_place(&places);
            for (place, cause) in unread {
                tally.refuse_unread(&place, cause)?;
            }
            match (answer, place) {
                (Ok(answer), Some(place)) => match answer.outcome {
                    Ok(receipt) => {
                        let kept = self.keep(&receipt)?;
                        tally.accept(&place, &receipt, kept)?;
                    }
                    Err(refused) => {
                        let kept = self.keep_refusal(&refused)?;
                        tally.refuse(&place, &refused, kept)?;
                    }
                },
                (Ok(_), None) => return Err(Failure::new("an answer to nothing that was sent")),
                (Err(cause), place) => {
                    let place =
                        place.map_or_else(|| "connection".to_owned(), |place| place.to_string());
                    stopped = Some(client_failure(place, cause));
                    break;
                }
            }
            bar.set_message(format!("{} ({:.0}/s)", tally.summary(), rate(&tally, &bar)));
        }
        bar.finish_and_clear();
        // Ends the reader, if it has more than anybody takes.
        drop(answers);
        let read = reader.await.step("read the files")?;
        self.trust.keep_seen(&client).await?;
        if let Some(dir) = &self.receipts {
            // Without them nobody could verify the receipts later, from the genesis document.
            handovers::keep(&dir.join("handover"), &client.log_keys().await)?;
        }
        if let Some(failure) = stopped.or_else(|| read.err()) {
            for (place, cause) in next_place(&places).1 {
                tally.refuse_unread(&place, cause)?;
            }
            tally.finish()?;
            report::talk(&format!("until then: {}", tally.summary()));
            return Err(failure);
        }
        for (place, cause) in next_place(&places).1 {
            tally.refuse_unread(&place, cause)?;
        }
        tally.into_report()
    }

    /// Keeps a receipt, and says where. If it is lost in a crash, the ledger gives it again.
    fn keep(&self, receipt: &VerifiedReceipt) -> Result<String, Failure> {
        let name = format!("{}.tlog-proof", receipt.statement_digest());
        self.keep_as(&name, || receipt.to_tlog_proof().to_string())
    }

    /// Keeps what the ledger signed when it refused. The latest refusal of a statement is the one
    /// that is kept.
    fn keep_refusal(&self, refused: &Refused) -> Result<String, Failure> {
        let Some(signed) = &refused.signed else { return Ok(String::new()) };
        let name = format!("{}.refusal", signed.refused().statement());
        self.keep_as(&name, || signed.note().to_string())
    }

    fn keep_as(&self, name: &str, text: impl FnOnce() -> String) -> Result<String, Failure> {
        let Some(dir) = &self.receipts else { return Ok(String::new()) };
        let path = dir.join(name);
        files::write_again(&path, text().as_bytes())?;
        Ok(path.to_string_lossy().into_owned())
    }
}

/// Answers a second.
fn rate(tally: &Tally, bar: &ProgressBar) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for the eye")]
    let answers = tally.answers() as f64;
    answers / bar.elapsed().as_secs_f64().max(0.001)
}

/// The envelopes among the items; where they came from is kept beside them.
fn envelopes(
    items: mpsc::Receiver<Item>,
    places: Arc<Mutex<Places>>,
) -> impl Stream<Item = Envelope> + Send + 'static {
    ReceiverStream::new(items).filter_map(move |(place, item)| {
        let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
        let envelope = match item {
            Ok(envelope) => {
                places.sent.push_back(place);
                Some(envelope)
            }
            Err(cause) => {
                places.unread.push((place, cause));
                None
            }
        };
        std::future::ready(envelope)
    })
}

fn next_place(places: &Mutex<Places>) -> (Option<Place>, Vec<(Place, Unsent)>) {
    let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
    (places.sent.pop_front(), std::mem::take(&mut places.unread))
}

/// Hidden unless stderr is a terminal.
fn bar(total: u64) -> ProgressBar {
    let template = "{bar:30} {bytes}/{total_bytes} {eta} {msg}";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_cause| ProgressStyle::default_bar()))
}
