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
use crate::cli::question;
use crate::cli::questions::{self, Question};
use crate::cli::reading::Reading;
use crate::cli::remote::{Remote, block_on, client_failure, is_judgement};
use crate::cli::report::{self, Outcome, Report};
use crate::cli::table_file;
use crate::cli::verdict;
use crate::client::{CheckAnswer, ClientError};
use crate::ledger::{Clock as _, SystemClock};
use crate::table::RowError;
use crate::time::Timestamp;

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

/// A row that was asked about.
#[derive(Clone, Copy)]
struct Asked {
    line: usize,
    /// Whether its question is about today.
    is_about_now: bool,
}

/// Rows that were read: what was asked, and what could not be.
type Waiting = Reading<Asked, (usize, RowError)>;

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
    /// The file with the newest checkpoint that was seen.
    pub(in crate::cli) fn seen(&self) -> Option<&Path> {
        self.remote.seen()
    }

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
                    Ok(query) => {
                        let parsed = question::Question::parse(&query);
                        let is_about_now = parsed.is_ok_and(|of| of.is_about_now());
                        Ok((Bytes::from(query), Asked { line, is_about_now }))
                    }
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
    let (answer, asked) = match (answer, waiting.next_asked()) {
        (Ok(answer), Some(asked)) => (answer, asked),
        (Ok(_), None) => return Err(Failure::new("an answer to nothing that was asked")),
        (Err(cause), Some(Asked { line, .. })) => {
            return Ok(Some(client_failure(format!("row {line}"), cause)));
        }
        (Err(cause), None) => return Ok(Some(client_failure("connection", cause))),
    };
    results.add(row_of(answer, asked, SystemClock.now(), tally)?)?;
    Ok(None)
}

/// The row of an answer, by the reader's clock.
fn row_of(
    answer: CheckAnswer,
    asked: Asked,
    now: Timestamp,
    tally: &mut Tally,
) -> Result<Row, Failure> {
    let Asked { line, is_about_now } = asked;
    let row = match answer.outcome {
        Ok(outcome) => {
            let verdict = verdict::parse(&outcome.verdict)?;
            let row = Row::of(line, &outcome, &verdict);
            match question::expect_current(verdict.body(), now) {
                // What was to be asked for again by now is no answer about today.
                Err(outdated) if is_about_now => {
                    tally.unanswered += 1;
                    let message = outdated.chain().join(": ");
                    Row { verdict: "UNANSWERED".to_owned(), message, ..row }
                }
                Ok(()) | Err(_) => {
                    tally.count(verdict.word());
                    row
                }
            }
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
    Ok(row)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::CheckOutcome;

    #[test]
    fn what_was_to_be_asked_for_again_by_now_is_no_answer_about_today() {
        let verdict = include_bytes!("../../../tests/vectors/golden/verdict.json");
        let row = |is_about_now, now: &str| {
            let outcome = CheckOutcome {
                verdict: Bytes::from_static(verdict),
                notes: Vec::new(),
                dossier: Err(String::new()),
                logged: Err(String::new()),
                request_id: String::new(),
            };
            let answer = CheckAnswer { position: 0, outcome: Ok(outcome) };
            let (mut tally, now) = (Tally::default(), now.parse().unwrap());
            let row = row_of(answer, Asked { line: 1, is_about_now }, now, &mut tally).unwrap();
            (row.verdict, tally.listable, tally.unanswered)
        };
        let (early, late) = ("2026-11-24T08:59:59Z", "2026-11-24T09:00:00Z");
        assert_eq!(row(true, early), ("LISTABLE".to_owned(), 1, 0));
        assert_eq!(row(true, late), ("UNANSWERED".to_owned(), 0, 1));
        // Whoever asks about another day has asked for history.
        assert_eq!(row(false, late), ("LISTABLE".to_owned(), 1, 0));
    }
}
