//! The receipt of a statement that was recorded before: under the newest checkpoint, or, as soon as
//! there is one, under one that a quorum of witnesses has cosigned.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::envelope::StatementDigest;
use crate::ledger::{Ledger, Receipt, View, ViewError};
use crate::merkle::{EntryIndex, TreeSize};
use crate::peers::Share;
use crate::proto;
use crate::proto::ReceiptState;
use crate::service::api::Api;
use crate::service::convert::digest_from;
use crate::service::failure::Failure;
use crate::service::submit::receipt_to;

/// How long a call waits at the most until a quorum has cosigned.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// How often it is looked at whether that can still come.
const LOOK: Duration = Duration::from_secs(1);

impl Api {
    /// The answer, and the place that its call has until it is taken: the one that it came with, or one
    /// among those who wait.
    pub(super) async fn receipt(
        &self,
        request: proto::GetReceiptRequest,
        peer: Option<IpAddr>,
        mut place: Share,
    ) -> Result<(proto::GetReceiptResponse, Share), Failure> {
        let digest = digest_from(&request.statement_digest).map_err(|error| {
            Failure::Malformed { member: "statement_digest", message: error.to_string() }
        })?;
        let Ok(state) = ReceiptState::try_from(request.state) else {
            let message = format!("there is no state {}", request.state);
            return Err(Failure::Malformed { member: "state", message });
        };
        let statement = StatementDigest::new(digest);
        let ledger = self.ledger.clone();
        let find = move || find(&ledger.view(None)?, statement);
        let index = self.gate.work(find).await??;
        let is_witnessed = state == ReceiptState::Witnessed;
        if is_witnessed && !witnessed_size(&self.ledger)?.contains(index) {
            place = self.gate.wait(peer, place)?;
            self.wait_until_witnessed(index).await?;
        }
        let ledger = self.ledger.clone();
        let make = move || {
            let view =
                if is_witnessed { ledger.view_witnessed(None)? } else { ledger.view(None)? };
            receipt(&view, index)
        };
        let receipt = self.gate.work(make).await??;
        let state = if is_witnessed { state } else { ReceiptState::Signed };
        let receipt = Some(receipt_to(receipt, state));
        Ok((proto::GetReceiptResponse { receipt }, place))
    }

    /// Waits until a quorum of witnesses has cosigned a tree that has the entry; not for ever, and not
    /// where nothing more will be cosigned.
    async fn wait_until_witnessed(&self, index: EntryIndex) -> Result<(), Failure> {
        let (mut witnessed, mut stopping) = (self.witnessed.clone(), self.stopping.clone());
        let limit = Instant::now() + WAIT_MAX;
        loop {
            let size = witnessed_size(&self.ledger)?;
            if size.contains(index) {
                return Ok(());
            }
            let now = Instant::now();
            if now >= limit || self.ledger.halted().is_some() {
                let newest = Some(size).filter(|size| !size.is_empty());
                return Err(ViewError::NotWitnessed { newest }.into());
            }
            let look = limit.min(now + LOOK);
            tokio::select! {
                () = stopping.wait() => return Err(Failure::Stopping),
                grown = timeout_at(look, witnessed.beyond(size, &self.ledger)) => drop(grown),
            }
        }
    }
}

/// How many entries a quorum of witnesses has cosigned; none before the first time.
pub(super) fn witnessed_size(ledger: &Ledger) -> Result<TreeSize, ViewError> {
    let witnessing = ledger.witnessing().ok_or(ViewError::NoWitnesses)?;
    Ok(witnessing.size.unwrap_or(TreeSize::EMPTY))
}

fn find(view: &View, statement: StatementDigest) -> Result<EntryIndex, Failure> {
    let missing = || Failure::NotFound { what: format!("no statement {statement} is recorded") };
    view.find(&statement)?.ok_or_else(missing)
}

fn receipt(view: &View, index: EntryIndex) -> Result<Receipt, Failure> {
    Ok(Receipt {
        index,
        entry: view.entry_bytes(index)?,
        proof: view.inclusion(index)?,
        checkpoint: view.checkpoint_note().to_owned(),
        is_duplicate: true,
    })
}
