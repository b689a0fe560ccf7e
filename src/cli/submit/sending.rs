//! Having envelopes recorded: sends a window at a time, checks and keeps every receipt and every signed
//! refusal.

use futures_util::StreamExt as _;

use crate::cli::failure::Failure;
use crate::cli::files;
use crate::cli::handovers;
use crate::cli::progress::Progress;
use crate::cli::report::Report;
use crate::cli::submit::command::Submit;
use crate::cli::submit::source::{Making, Place};
use crate::cli::submit::tally::{Kind, Tally};
use crate::cli::submit::unsettled::{Sent, Unsettled};
use crate::cli::submit::witnessing::{Wait, Waited, expect_witnesses, wait_for};
use crate::client::{Refused, VerifiedReceipt};

impl Submit {
    pub(super) async fn send(
        &self,
        server: &str,
        making: Making,
        progress: Progress,
    ) -> Result<Report, Failure> {
        let client = self.trust.connect_with(server, self.witnesses()?).await?;
        if self.wait == Wait::Witnessed {
            expect_witnesses(&client).await?;
        }
        // Not before: what became of them the last time is still true.
        let mut tally = self.tally(Kind::Sent)?;
        let (unsettled, envelopes) =
            Unsettled::read(self.files.clone(), making, progress.bytes_read());
        let answers = client.submit_stream(envelopes);
        let answers = wait_for(client.clone(), self.wait, answers).boxed();
        let stopped = unsettled
            .settle_all(answers, &mut tally, progress, |Sent { place, .. }, answer, tally| {
                self.settle(&place, answer, tally)
            })
            .await?;
        self.trust.keep_seen(&client).await?;
        if let Some(dir) = &self.receipts {
            // Without them nobody could verify the receipts later, from the genesis document.
            handovers::keep(&dir.join("handover"), &client.log_keys().await)?;
        }
        tally.end(stopped)
    }

    fn settle(
        &self,
        place: &Place,
        Waited { answer, missing }: Waited,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        match answer.outcome {
            Ok(receipt) => {
                let kept = self.keep(&receipt)?;
                tally.accept(place, &receipt, kept, missing.as_deref())
            }
            Err(refused) => {
                let kept = self.keep_refusal(&refused)?;
                tally.refuse(place, &refused, kept)
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
