//! Reading the log: checkpoints, proofs, entries, files.

use std::pin::pin;

use futures_util::{Stream, StreamExt as _};
use prost::bytes::Bytes;

use crate::client::connect::Client;
use crate::client::error::ClientError;
use crate::entry::Entry;
use crate::merkle::{EntryIndex, InclusionProof, TileId, TreeSize};
use crate::note::VerifiedCheckpoint;
use crate::proto;
use crate::service::convert::inclusion_from;
use crate::time::Timestamp;

impl Client {
    /// The newest checkpoint, or the one of a given size.
    pub async fn checkpoint(
        &self,
        size: Option<TreeSize>,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        let message = proto::GetCheckpointRequest {
            tree_size: size.map_or(0, TreeSize::get),
            witnessed: false,
        };
        let since = self.since();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message, timeout);
                async move { api.get_checkpoint(request).await }
            })
            .await?;
        self.accept_at(&answer.checkpoint, size, since).await
    }

    /// Checks that two published checkpoints are of one history, and returns both, the older first.
    pub async fn consistency(
        &self,
        old: TreeSize,
        new: Option<TreeSize>,
    ) -> Result<(VerifiedCheckpoint, VerifiedCheckpoint), ClientError> {
        let message = proto::GetConsistencyProofRequest {
            old_size: old.get(),
            new_size: new.map_or(0, TreeSize::get),
        };
        let since = self.since();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message, timeout);
                async move { api.get_consistency_proof(request).await }
            })
            .await?;
        let old = self.accept_at(&answer.old_checkpoint, Some(old), since).await?;
        let new = self.accept_at(&answer.new_checkpoint, new, since).await?;
        let proof = crate::service::convert::consistency_from(&answer.hashes)
            .map_err(|cause| ClientError::HashLength { found: cause.found })?;
        new.extends(old.checkpoint(), &proof).map_err(|source| ClientError::Inconsistent {
            seen: Box::new(old.note().clone()),
            found: Box::new(new.note().clone()),
            source,
            proof: None,
        })?;
        Ok((old, new))
    }

    /// The proof that an entry stands under a checkpoint; to be verified with the entry's leaf hash.
    pub async fn inclusion(
        &self,
        index: EntryIndex,
        size: Option<TreeSize>,
    ) -> Result<(InclusionProof, VerifiedCheckpoint), ClientError> {
        let message = proto::GetInclusionProofRequest {
            index: index.get(),
            tree_size: size.map_or(0, TreeSize::get),
        };
        let since = self.since();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message, timeout);
                async move { api.get_inclusion_proof(request).await }
            })
            .await?;
        let checkpoint = self.accept_at(&answer.checkpoint, size, since).await?;
        let proof = inclusion_from(&answer.hashes)
            .map_err(|cause| ClientError::HashLength { found: cause.found })?;
        Ok((proof, checkpoint))
    }

    /// Entries and payloads from an index on, as the server gives them: an export is checked as a
    /// whole, by an audit.
    pub async fn entries(
        &self,
        start: EntryIndex,
        limit: Option<u64>,
    ) -> Result<
        impl Stream<Item = Result<proto::ListEntriesResponse, ClientError>> + use<>,
        ClientError,
    > {
        let message =
            proto::ListEntriesRequest { start: start.get(), limit: limit.unwrap_or_default() };
        let answer = self.api.clone().list_entries(message).await?;
        Ok(answer.into_inner().map(|item| Ok(item?)))
    }

    /// The time of the seal that ends the log under a checkpoint: it was in this state then.
    pub async fn seal_time(
        &self,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<Timestamp, ClientError> {
        let missing = || ClientError::Incomplete { what: "sound entry" };
        let size = checkpoint.size();
        let index = size.last().ok_or_else(missing)?;
        let mut entries = pin!(self.entries(index, Some(1)).await?);
        let given = entries.next().await.ok_or_else(missing)??;
        let entry = Entry::decode(&given.entry).map_err(|_cause| missing())?;
        let (proof, _checkpoint) = self.inclusion(index, Some(size)).await?;
        let included = checkpoint.include(entry.leaf_hash(), index, &proof);
        let _included = included.map_err(|source| ClientError::Entry { index, source })?;
        Ok(entry.time())
    }

    /// A file of the export, as the server gives it.
    pub async fn tile(&self, id: TileId) -> Result<Bytes, ClientError> {
        let message = proto::GetTileRequest { path: id.to_string() };
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message.clone(), timeout);
                async move { api.get_tile(request).await }
            })
            .await?;
        Ok(answer.content)
    }

    /// The handovers of the log key as the server gives them, behind the first `known`: to be followed
    /// from the genesis document.
    pub async fn handovers(&self, known: u32) -> Result<Vec<Bytes>, ClientError> {
        let message = proto::GetHandoversRequest { known };
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message, timeout);
                async move { api.get_handovers(request).await }
            })
            .await?;
        Ok(answer.handovers)
    }

    /// The server's genesis document, to be compared with the one that the user keeps.
    pub async fn server_genesis(&self) -> Result<Bytes, ClientError> {
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(proto::GetGenesisRequest {}, timeout);
                async move { api.get_genesis(request).await }
            })
            .await?;
        Ok(answer.document)
    }
}
