//! Entries and payloads, from an index on: as many as there are under one checkpoint.

use std::ops::Range;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tonic::{Request, Status};

use crate::entry::{EntryBundle, Payload, PayloadBundle};
use crate::ledger::{Access, StoreError, View};
use crate::merkle::{TILE_WIDTH, TileId, TileKind};
use crate::proto;
use crate::service::api::Api;
use crate::service::call::{Stopping, peer};
use crate::service::failure::Failure;
use crate::service::gate::{Gate, finish};
use crate::service::peers::Share;

/// What is still to be given.
struct Rest {
    view: View,
    share: Arc<Share>,
    gate: Gate,
    stopping: Stopping,
    range: Range<u64>,
}

impl Api {
    pub(super) fn start_list_entries(
        &self,
        request: &Request<proto::ListEntriesRequest>,
    ) -> Result<BoxStream<'static, Result<proto::ListEntriesResponse, Status>>, Failure> {
        let share = Arc::new(self.gate.stream(peer(request))?);
        let request = request.get_ref();
        let view = self.ledger.view(None)?;
        let size = view.size().get();
        if request.start > size {
            let message = format!("entry {} is not in a tree of {size} entries", request.start);
            return Err(Failure::Beyond { message });
        }
        let limit = if request.limit == 0 { u64::MAX } else { request.limit };
        let rest = Rest {
            view,
            share: Arc::clone(&share),
            gate: self.gate.clone(),
            stopping: self.stopping.clone(),
            range: request.start..request.start.saturating_add(limit).min(size),
        };
        // One bundle is read when the one before has been taken.
        let bundles = stream::try_unfold(rest, |rest| async move {
            let _still = &rest;
            next_bundle(rest).await.map_err(Status::from)
        });
        let entries = bundles
            .map(move |bundle| {
                // The stream counts until its last entry is taken.
                let _share = &share;
                match bundle {
                    Ok(entries) => stream::iter(entries.into_iter().map(Ok).collect::<Vec<_>>()),
                    Err(status) => stream::iter(vec![Err(status)]),
                }
            })
            .flatten();
        Ok(entries.boxed())
    }
}

async fn next_bundle(
    mut rest: Rest,
) -> Result<Option<(Vec<proto::ListEntriesResponse>, Rest)>, Failure> {
    if rest.range.is_empty() {
        return Ok(None);
    }
    let (view, range, share) = (rest.view.clone(), rest.range.clone(), Arc::clone(&rest.share));
    let work = rest.gate.start(move || {
        // The stream counts until this is done, though its client may be gone by then.
        let _share = share;
        bundle(&view, &range)
    });
    let entries = tokio::select! {
        biased;
        () = rest.stopping.wait() => return Err(Failure::Stopping),
        entries = finish(work) => entries??,
    };
    rest.range.start += entries.len() as u64;
    Ok(Some((entries, rest)))
}

/// The entries of `range` that are in the bundle of its first.
fn bundle(view: &View, range: &Range<u64>) -> Result<Vec<proto::ListEntriesResponse>, Failure> {
    let width = u64::from(TILE_WIDTH);
    let number = range.start / width;
    let entries = tile(view, TileKind::Entries, number)?;
    let payloads = tile(view, TileKind::Payloads, number)?;
    let damaged = |error: crate::entry::BundleError| Failure::Damaged { detail: error.to_string() };
    let count = usize::from(entries.0.width());
    let entries = EntryBundle::decode(&entries.1, count).map_err(damaged)?;
    let payloads = PayloadBundle::decode(&payloads.1, count).map_err(damaged)?;
    let both = (number * width..).zip(entries.into_iter().zip(payloads));
    let wanted = both.filter(|(index, _)| range.contains(index));
    Ok(wanted.map(|(index, (entry, payload))| answer(index, entry, payload)).collect())
}

fn tile(view: &View, kind: TileKind, number: u64) -> Result<(TileId, Vec<u8>), Failure> {
    let missing = || StoreError::Missing { what: "bundle", index: number };
    let id = kind.in_tree(number, view.size()).ok_or_else(missing)?;
    let bytes = view.tile(id, Access::Public)?.ok_or_else(missing)?;
    Ok((id, bytes))
}

fn answer(index: u64, entry: &[u8], payload: Payload<'_>) -> proto::ListEntriesResponse {
    let bytes = match payload {
        Payload::Bytes(bytes) => bytes,
        Payload::Absent | Payload::Withheld => &[],
    };
    proto::ListEntriesResponse {
        index,
        entry: entry.to_vec().into(),
        payload: bytes.to_vec().into(),
        withheld: payload == Payload::Withheld,
    }
}
