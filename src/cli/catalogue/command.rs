//! The command: reads ahead, asks over one stream, and writes the answers as they come.

use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::StreamExt as _;
use prost::bytes::Bytes;
use serde_json::json;

use crate::attestation::types::VerdictWord;
use crate::cli::catalogue::results::{Results, Row};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::progress::Progress;
use crate::cli::questions::{self, Question};
use crate::cli::reading::Reading;
use crate::cli::remote::{Remote, block_on, client_failure, is_judgement};
use crate::cli::report::{self, Outcome, Report};
use crate::cli::table_file;
use crate::cli::verdict;
use crate::client::{CheckAnswer, ClientError};
use crate::table::RowError;

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

/// Rows that were read: what was asked, and what could not be.
type Waiting = Reading<usize, (usize, RowError)>;

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
        let mut progress = Progress::begin(total);
        let (path, defaults, read) =
            (self.file.clone(), self.defaults.clone(), progress.bytes_read());
        let (waiting, asked) = Waiting::start(move |take| {
            questions::read(&path, &defaults, &mut |Question { line, query }, bytes| {
                read.add(bytes);
                take(match query {
                    Ok(query) => Ok((Bytes::from(query), line)),
                    Err(cause) => Err((line, cause)),
                })
            })
        });
        let mut answers = client
            .check_stream(asked, false)
            .await
            .map_err(|cause| client_failure("ask", cause))?
            .boxed();
        let mut tally = Tally::default();
        let mut stopped = None;
        loop {
            let answer = tokio::select! {
                answer = answers.next() => answer,
                () = waiting.skipped() => {
                    write_unread(&waiting, &mut tally, &mut results)?;
                    continue;
                }
            };
            write_unread(&waiting, &mut tally, &mut results)?;
            let Some(answer) = answer else { break };
            stopped = write_next(&waiting, answer, &mut tally, &mut results)?;
            if stopped.is_some() {
                break;
            }
            progress.answered(|| tally.summary());
        }
        progress.end();
        // Where there are no more answers, nobody waits for what is still to be read.
        let read = if stopped.is_none() { waiting.end().await } else { Ok(()) };
        self.remote.keep_seen(&client).await?;
        if let Some(failure) = stopped.or_else(|| read.err()) {
            report::talk(&format!("until then: {}", tally.summary()));
            return Err(failure);
        }
        Ok(tally.into_report(&self.results))
    }
}

/// Writes the row of an answer. Gives why there are no more answers, if there are none.
fn write_next(
    waiting: &Waiting,
    answer: Result<CheckAnswer, ClientError>,
    tally: &mut Tally,
    results: &mut Results,
) -> Result<Option<Failure>, Failure> {
    let (answer, line) = match (answer, waiting.next_asked()) {
        (Ok(answer), Some(line)) => (answer, line),
        (Ok(_), None) => return Err(Failure::new("an answer to nothing that was asked")),
        (Err(cause), Some(line)) => return Ok(Some(client_failure(format!("row {line}"), cause))),
        (Err(cause), None) => return Ok(Some(client_failure("connection", cause))),
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
fn write_unread(
    waiting: &Waiting,
    tally: &mut Tally,
    results: &mut Results,
) -> Result<(), Failure> {
    while let Some((line, cause)) = waiting.next_unread() {
        tally.refused += 1;
        let (verdict, message) = ("REFUSED".to_owned(), cause.to_string());
        results.add(Row { line, verdict, message, ..Row::default() })?;
    }
    Ok(())
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
