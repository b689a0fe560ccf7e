//! Having envelopes recorded: sends a window at a time, checks and keeps every receipt and every signed
//! refusal.

use futures_util::StreamExt as _;

use crate::cli::failure::Failure;
use crate::cli::files;
use crate::cli::handovers;
use crate::cli::progress::Progress;
use crate::cli::remote::client_failure;
use crate::cli::report::Report;
use crate::cli::submit::command::Submit;
use crate::cli::submit::source::Making;
use crate::cli::submit::tally::{Kind, Tally};
use crate::cli::submit::unsettled::{Sent, Unsettled};
use crate::client::{Refused, SubmitAnswer, VerifiedReceipt};

impl Submit {
    pub(super) async fn send(
        &self,
        server: &str,
        making: Making,
        mut progress: Progress,
    ) -> Result<Report, Failure> {
        let client = self.trust.connect(server).await?;
        // Not before: what became of them the last time is still true.
        let mut tally = self.tally(Kind::Sent)?;
        let (unsettled, envelopes) =
            Unsettled::read(self.files.clone(), making, progress.bytes_read());
        let mut answers = client.submit_stream(envelopes);
        let mut stopped = None;
        loop {
            let answer = tokio::select! {
                answer = answers.next() => answer,
                () = unsettled.skipped() => {
                    unsettled.settle_unsent(&mut tally)?;
                    continue;
                }
            };
            unsettled.settle_unsent(&mut tally)?;
            match answer {
                None => break,
                Some(Ok(answer)) => self.settle(&unsettled, answer, &mut tally)?,
                Some(Err(cause)) => {
                    stopped = Some(client_failure(unsettled.step(), cause));
                    break;
                }
            }
            progress.answered(|| tally.summary());
        }
        progress.end();
        // Where there are no more answers, nobody waits for what is still to be read.
        let read = if stopped.is_none() { unsettled.end().await } else { Ok(()) };
        self.trust.keep_seen(&client).await?;
        if let Some(dir) = &self.receipts {
            // Without them nobody could verify the receipts later, from the genesis document.
            handovers::keep(&dir.join("handover"), &client.log_keys().await)?;
        }
        tally.end(stopped.or_else(|| read.err()))
    }

    fn settle(
        &self,
        unsettled: &Unsettled,
        answer: SubmitAnswer,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let Sent { place, .. } = unsettled.next_sent()?;
        match answer.outcome {
            Ok(receipt) => {
                let kept = self.keep(&receipt)?;
                tally.accept(&place, &receipt, kept)
            }
            Err(refused) => {
                let kept = self.keep_refusal(&refused)?;
                tally.refuse(&place, &refused, kept)
            }
        }
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
