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

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::handovers;
use crate::cli::remote::{Remote, block_on, client_failure};
use crate::cli::report::{self, Report};
use crate::cli::submit::source::{self, Item, Place};
use crate::cli::submit::tally::Tally;
use crate::client::{Refused, VerifiedReceipt};
use crate::envelope::{Envelope, EnvelopeError};

/// Envelopes read ahead of those that are sent.
const READ_AHEAD: usize = 256;

/// Has envelopes recorded, and keeps the receipts.
///
/// They are recorded in their order, and every receipt is checked. What the ledger refuses it signs,
/// and that is checked and kept too. A file holds one envelope (DSSE, JSON), or one a line. What is recorded already is recognised
/// and answered with its first receipt: after an interruption, run the same command again.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant submit --server http://127.0.0.1:7443 declaration.dsse.json
  probant submit --server http://127.0.0.1:7443 --receipts receipts/ catalogue.jsonl")]
pub(in crate::cli) struct Submit {
    #[command(flatten)]
    remote: Remote,
    /// A directory for the receipts, `<statement digest>.tlog-proof` each, and for what the ledger
    /// signs when it refuses, `<statement digest>.refusal`; beside them, `handover/` says how the log
    /// key changed hands, if it did
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
    /// Files with envelopes
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// What the reader has passed on and nobody has answered yet.
#[derive(Debug, Default)]
struct Places {
    sent: VecDeque<Place>,
    unread: Vec<(Place, EnvelopeError)>,
}

impl Submit {
    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        // Before anything is sent: a file that is not there is a mistake in the command.
        let total = source::total_bytes(&self.files)?;
        if let Some(dir) = &self.receipts {
            std::fs::create_dir_all(dir).step(format!("make {}", dir.display()))?;
        }
        block_on(self.submit(total))
    }

    async fn submit(&self, total: u64) -> Result<Report, Failure> {
        let client = self.remote.connect().await?;
        let bar = bar(total);
        let (sender, items) = mpsc::channel(READ_AHEAD);
        let (paths, progress) = (self.files.clone(), bar.clone());
        let reader = tokio::task::spawn_blocking(move || {
            source::read(&paths, |item, bytes| {
                progress.inc(bytes);
                sender.blocking_send(item).is_ok()
            })
        });
        let places = Arc::new(Mutex::new(Places::default()));
        let mut answers = client.submit_stream(envelopes(items, Arc::clone(&places)));
        let mut tally = Tally::default();
        let mut stopped = None;
        while let Some(answer) = answers.next().await {
            let (place, unread) = next_place(&places);
            for (place, cause) in unread {
                tally.refuse_unread(&place, cause);
            }
            match (answer, place) {
                (Ok(answer), Some(place)) => match answer.outcome {
                    Ok(receipt) => {
                        self.keep(&receipt)?;
                        tally.accept(&place, &receipt);
                    }
                    Err(refused) => {
                        self.keep_refusal(&refused)?;
                        tally.refuse(&place, &refused);
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
            bar.set_message(tally.summary());
        }
        bar.finish_and_clear();
        // Ends the reader, if it has more than anybody takes.
        drop(answers);
        let read = reader.await.step("read the files")?;
        self.remote.keep_seen(&client).await?;
        if let Some(dir) = &self.receipts {
            // Without them nobody could verify the receipts later, from the genesis document.
            handovers::keep(&dir.join("handover"), &client.log_keys().await)?;
        }
        if let Some(failure) = stopped.or_else(|| read.err()) {
            report::talk(&format!("until then: {}", tally.summary()));
            return Err(failure);
        }
        for (place, cause) in next_place(&places).1 {
            tally.refuse_unread(&place, cause);
        }
        Ok(tally.into_report())
    }

    /// Keeps a receipt. If it is lost in a crash, the ledger gives it again.
    fn keep(&self, receipt: &VerifiedReceipt) -> Result<(), Failure> {
        let Some(dir) = &self.receipts else { return Ok(()) };
        let path = dir.join(format!("{}.tlog-proof", receipt.statement_digest()));
        files::write_again(&path, receipt.to_tlog_proof().to_string().as_bytes())
    }

    /// Keeps what the ledger signed when it refused. The latest refusal of a statement is the one
    /// that is kept.
    fn keep_refusal(&self, refused: &Refused) -> Result<(), Failure> {
        let (Some(dir), Some(signed)) = (&self.receipts, &refused.signed) else { return Ok(()) };
        let path = dir.join(format!("{}.refusal", signed.refused().statement()));
        files::write_again(&path, signed.note().to_string().as_bytes())
    }
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

fn next_place(places: &Mutex<Places>) -> (Option<Place>, Vec<(Place, EnvelopeError)>) {
    let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
    (places.sent.pop_front(), std::mem::take(&mut places.unread))
}

/// Hidden unless stderr is a terminal.
fn bar(total: u64) -> ProgressBar {
    let template = "{bar:30} {bytes}/{total_bytes} {eta} {msg}";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_cause| ProgressStyle::default_bar()))
}
