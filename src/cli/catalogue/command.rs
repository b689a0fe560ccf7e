//! The command: reads ahead, asks over one stream, and writes the answers as they come.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use futures_util::{Stream, StreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use prost::bytes::Bytes;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::attestation::types::VerdictWord;
use crate::cli::catalogue::questions::{self, Question};
use crate::cli::catalogue::results::{Results, Row};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::remote::{Remote, block_on, client_failure, is_judgement};
use crate::cli::report::{self, Outcome, Report};
use crate::cli::table_file;
use crate::cli::verdict;
use crate::client::{CheckAnswer, ClientError};
use crate::table::RowError;

/// Questions read ahead of those that are asked.
const READ_AHEAD: usize = 64;

/// Asks about every product of a catalogue.
///
/// A file holds one query (JSON) a line; or it is a table (.csv, .tsv) with a query a row, whose columns
/// are members of a query by their path: product.gtin, offer.destinations, trader.operator. The answers
/// are written to a file as they come, one a row, in the order of the questions. Whatever the size of the
/// catalogue, little of it is in memory at a time.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant catalogue --server http://127.0.0.1:7443 --trust genesis.toml \\
      --set offer.platform=https://id.gs1.org/417/9521000900004 --results answers.csv products.csv
  probant catalogue --server http://127.0.0.1:7443 --trust genesis.toml --results answers.jsonl queries.jsonl")]
pub(in crate::cli) struct Catalogue {
    #[command(flatten)]
    remote: Remote,
    /// The questions
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the answers go: a table if the name ends in .csv, else JSON, one object a line
    #[arg(long, value_name = "FILE")]
    results: PathBuf,
    /// A value for a column where a row leaves it empty; may be given several times
    #[arg(long = "set", value_name = "COLUMN=VALUE", value_parser = table_file::default)]
    defaults: Vec<(String, String)>,
}

/// A question that was read and has no row yet: what was asked, or could not be.
enum Waiting {
    Asked(usize),
    Unread(usize, RowError),
}

type Queue = Arc<Mutex<VecDeque<Waiting>>>;

/// What came of all of them.
#[derive(Debug, Default)]
struct Tally {
    listable: u64,
    not_listable: u64,
    review: u64,
    refused: u64,
    unanswered: u64,
}

impl Catalogue {
    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        let path = &self.file;
        let total = std::fs::metadata(path).step(format!("read {}", path.display()))?.len();
        table_file::check_defaults(&self.defaults, std::iter::once(path.as_path()))?;
        files::expect_new(&self.results)?;
        block_on(self.ask(total))
    }

    async fn ask(&self, total: u64) -> Result<Report, Failure> {
        let client = self.remote.connect().await?;
        let mut results = Results::create(&self.results)?;
        let bar = bar(total);
        let (sender, questions) = mpsc::channel(READ_AHEAD);
        let (path, defaults, progress) = (self.file.clone(), self.defaults.clone(), bar.clone());
        let reader = tokio::task::spawn_blocking(move || {
            questions::read(&path, &defaults, &mut |question, bytes| {
                progress.inc(bytes);
                sender.blocking_send(question).is_ok()
            })
        });
        let queue = Queue::default();
        let asked = queries(questions, Arc::clone(&queue));
        let mut answers = client
            .check_stream(asked, false)
            .await
            .map_err(|cause| client_failure("ask", cause))?
            .boxed();
        let mut tally = Tally::default();
        let mut stopped = None;
        while let Some(answer) = answers.next().await {
            match write_next(&queue, answer, &mut tally, &mut results)? {
                None => {}
                Some(failure) => {
                    stopped = Some(failure);
                    break;
                }
            }
            let rate = rate(&tally, &bar);
            bar.set_message(format!("{} ({rate:.0}/s)", tally.summary()));
        }
        bar.finish_and_clear();
        drop(answers);
        // After an answer that is none, the questions behind it may wait for ever to be taken: then the
        // reader is left to the end of the process.
        let read = match &stopped {
            Some(_) => Ok(()),
            None => reader.await.step("read the questions")?,
        };
        write_unread(&queue, &mut tally, &mut results)?;
        results.finish()?;
        self.remote.keep_seen(&client).await?;
        if let Some(failure) = stopped.or_else(|| read.err()) {
            report::talk(&format!("until then: {}", tally.summary()));
            return Err(failure);
        }
        Ok(tally.into_report(&self.results))
    }
}

/// What is asked; what stands for it in the queue comes in the same order.
fn queries(
    questions: mpsc::Receiver<Question>,
    queue: Queue,
) -> impl Stream<Item = Bytes> + Send + 'static {
    ReceiverStream::new(questions).filter_map(move |Question { line, query }| {
        let (waiting, query) = match query {
            Ok(query) => (Waiting::Asked(line), Some(Bytes::from(query))),
            Err(cause) => (Waiting::Unread(line, cause), None),
        };
        lock(&queue).push_back(waiting);
        std::future::ready(query)
    })
}

/// Writes the row of an answer, and before it those of questions that could not be asked. Gives why
/// there are no more answers, if there are none.
fn write_next(
    queue: &Queue,
    answer: Result<CheckAnswer, ClientError>,
    tally: &mut Tally,
    results: &mut Results,
) -> Result<Option<Failure>, Failure> {
    write_unread(queue, tally, results)?;
    let next = lock(queue).pop_front();
    let (answer, line) = match (answer, next) {
        (Ok(answer), Some(Waiting::Asked(line))) => (answer, line),
        (Ok(_), _) => return Err(Failure::new("an answer to nothing that was asked")),
        (Err(cause), Some(Waiting::Asked(line))) => {
            return Ok(Some(client_failure(format!("row {line}"), cause)));
        }
        (Err(cause), _) => return Ok(Some(client_failure("connection", cause))),
    };
    let row = match answer.outcome {
        Ok(outcome) => {
            let verdict = verdict::parse(&outcome.verdict)?;
            tally.count(verdict.word());
            Row::of(line, &outcome, &verdict)
        }
        Err(refused) => {
            let is_refused = is_judgement(&refused);
            let count = if is_refused { &mut tally.refused } else { &mut tally.unanswered };
            *count += 1;
            let verdict = if is_refused { "REFUSED" } else { "UNANSWERED" }.to_owned();
            let message = format!("{}: {}", refused.reason, refused.message);
            Row { line, verdict, message, ..Row::default() }
        }
    };
    results.add(row)?;
    Ok(None)
}

/// Writes the rows of questions that could not be asked, up to the next that was.
fn write_unread(queue: &Queue, tally: &mut Tally, results: &mut Results) -> Result<(), Failure> {
    loop {
        let next = lock(queue).pop_front_if(|next| matches!(next, Waiting::Unread(..)));
        let Some(Waiting::Unread(line, cause)) = next else { return Ok(()) };
        tally.refused += 1;
        let (verdict, message) = ("REFUSED".to_owned(), cause.to_string());
        results.add(Row { line, verdict, message, ..Row::default() })?;
    }
}

impl Tally {
    const fn count(&mut self, word: VerdictWord) {
        match word {
            VerdictWord::Listable => self.listable += 1,
            VerdictWord::NotListable => self.not_listable += 1,
            VerdictWord::Review => self.review += 1,
        }
    }

    const fn rows(&self) -> u64 {
        self.listable + self.not_listable + self.review + self.refused + self.unanswered
    }

    fn summary(&self) -> String {
        let Self { listable, not_listable, review, refused, unanswered } = self;
        let refused = match refused {
            0 => String::new(),
            some => format!(", {some} refused"),
        };
        let unanswered = match unanswered {
            0 => String::new(),
            some => format!(", {some} without an answer: ask again"),
        };
        format!("{listable} listable, {not_listable} not, {review} to review{refused}{unanswered}")
    }

    fn into_report(self, results: &Path) -> Report {
        let outcome = match (self.not_listable + self.review, self.refused + self.unanswered) {
            (0, 0) => Outcome::Accepted,
            (0, _) => Outcome::Unknown,
            _ => Outcome::Rejected,
        };
        let text = format!("{}\nanswers: {}\n", self.summary(), results.display());
        let facts = json!({
            "rows": self.rows(),
            "listable": self.listable,
            "not_listable": self.not_listable,
            "review": self.review,
            "refused": self.refused,
            "unanswered": self.unanswered,
            "results_file": results.to_string_lossy(),
        });
        Report::new(outcome, facts, text)
    }
}

fn lock(queue: &Queue) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers a second.
fn rate(tally: &Tally, bar: &ProgressBar) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for the eye")]
    let rows = tally.rows() as f64;
    rows / bar.elapsed().as_secs_f64().max(0.001)
}

/// Hidden unless stderr is a terminal.
fn bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {percent}% {eta} {msg}");
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_cause| ProgressStyle::default_bar()))
}
