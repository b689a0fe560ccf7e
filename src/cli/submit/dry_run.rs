//! Having nothing recorded: what can be said of statements without the ledger, and what it would do
//! with them.

use futures_util::StreamExt as _;

use crate::attestation::Statement;
use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::cli::remote::client_failure;
use crate::cli::report::Report;
use crate::cli::submit::command::Submit;
use crate::cli::submit::signing::Unsent;
use crate::cli::submit::source::{self, Making};
use crate::cli::submit::tally::Kind;
use crate::cli::submit::unsettled::{Sent, Unsettled};

impl Submit {
    /// Reads and signs everything, and sends nothing.
    pub(super) fn check(&self, making: &Making, mut progress: Progress) -> Result<Report, Failure> {
        let mut tally = self.tally(Kind::Checked)?;
        let read = progress.bytes_read();
        let mut failed = None;
        let outcome = source::read(&self.files, making, |(place, item), bytes| {
            read.add(bytes);
            let outcome = match item {
                Ok(envelope) => match Statement::parse(envelope.payload()) {
                    Ok(_sound) => tally.check(&place, &envelope.statement_digest()),
                    Err(cause) => tally.refuse_unread(&place, Unsent::of(cause)),
                },
                Err(unsent) => tally.refuse_unread(&place, unsent),
            };
            progress.answered(|| tally.summary());
            failed = outcome.err();
            failed.is_none()
        });
        progress.end();
        tally.end(failed.or_else(|| outcome.err()))
    }

    /// Asks the ledger what it would do with everything, in its order.
    pub(super) async fn forecast(
        &self,
        server: &str,
        making: Making,
        progress: Progress,
    ) -> Result<Report, Failure> {
        let client = self.trust.connect(server).await?;
        let mut tally = self.tally(Kind::Foreseen)?;
        let (unsettled, envelopes) =
            Unsettled::read(self.files.clone(), making, progress.bytes_read());
        let answers = client.try_stream(envelopes).await;
        let answers = answers.map_err(|cause| client_failure("ask", cause))?.boxed();
        let stopped = unsettled
            .settle_all(
                answers,
                &mut tally,
                progress,
                |Sent { place, statement }, answer, tally| {
                    tally.foresee(&place, &statement, &answer)
                },
            )
            .await?;
        self.trust.keep_seen(&client).await?;
        tally.end(stopped)
    }
}
