//! Entries and payloads, from an index on: as many as there are under one checkpoint.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use prost::Message as _;
use tonic::{Request, Status};

use crate::ledger::{Access, PayloadBytes, View};
use crate::merkle::EntryIndex;
use crate::peers::Share;
use crate::proto;
use crate::service::api::Api;
use crate::service::call::{Stopping, peer};
use crate::service::failure::Failure;
use crate::service::gate::{Gate, Made, finish};
use crate::service::subject::payload_to;

/// Entries that are read at once, about, if they are small.
const ENTRIES_AT_ONCE: usize = 256;

/// Bytes that are read at once; what was committed together may exceed it, and has some megabytes.
const BYTES_AT_ONCE: usize = 1 << 20;

/// What is still to be given.
struct Rest {
    view: View,
    share: Arc<Share>,
    gate: Gate,
    stopping: Stopping,
    peer: Option<IpAddr>,
    range: Range<u64>,
    /// The room of the entries that were read last.
    room: Option<Share>,
}

impl Api {
    pub(super) fn start_list_entries(
        &self,
        request: &Request<proto::ListEntriesRequest>,
    ) -> Result<BoxStream<'static, Result<proto::ListEntriesResponse, Status>>, Failure> {
        let peer = peer(request);
        let share = Arc::new(self.gate.stream(peer)?);
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
            peer,
            range: request.start..request.start.saturating_add(limit).min(size),
            room: None,
        };
        // Some are read when those before have been taken.
        let runs = stream::try_unfold(rest, |rest| async move {
            let _still = &rest;
            next_run(rest).await.map_err(Status::from)
        });
        let entries = runs
            .map(move |run| {
                // The stream counts until its last entry is taken.
                let _share = &share;
                match run {
                    Ok(entries) => stream::iter(entries.into_iter().map(Ok).collect::<Vec<_>>()),
                    Err(status) => stream::iter(vec![Err(status)]),
                }
            })
            .flatten();
        Ok(entries.boxed())
    }
}

async fn next_run(
    mut rest: Rest,
) -> Result<Option<(Vec<proto::ListEntriesResponse>, Rest)>, Failure> {
    rest.room = None;
    if rest.range.is_empty() {
        return Ok(None);
    }
    let (view, range, share) = (rest.view.clone(), rest.range.clone(), Arc::clone(&rest.share));
    let (gate, peer) = (rest.gate.clone(), rest.peer);
    let work = rest.gate.start(move || {
        // The stream counts until this is done, though its client may be gone by then.
        let _share = share;
        let (entries, bytes) = run(&view, &range)?;
        gate.answer(peer, entries, bytes)
    });
    let Made { answer, room } = tokio::select! {
        biased;
        () = rest.stopping.wait() => return Err(Failure::Stopping),
        entries = finish(work) => entries??,
    };
    rest.range.start += answer.len() as u64;
    rest.room = room;
    Ok(Some((answer, rest)))
}

/// The first entries of `range`, and how many bytes they are.
fn run(
    view: &View,
    range: &Range<u64>,
) -> Result<(Vec<proto::ListEntriesResponse>, usize), Failure> {
    let (mut entries, mut bytes) = (Vec::new(), 0);
    let mut indexes = range.clone();
    while !indexes.is_empty() && entries.len() < ENTRIES_AT_ONCE && bytes < BYTES_AT_ONCE {
        let some = view.entries_from(EntryIndex::new(indexes.start), Access::Public)?;
        for (index, (entry, payload)) in indexes.clone().zip(some) {
            let answer = answer(index, entry, payload);
            bytes += answer.encoded_len();
            entries.push(answer);
            indexes.start = index + 1;
        }
    }
    Ok((entries, bytes))
}

fn answer(index: u64, entry: Vec<u8>, payload: PayloadBytes) -> proto::ListEntriesResponse {
    let (payload, withheld) = payload_to(payload);
    proto::ListEntriesResponse { index, entry: entry.into(), payload, withheld }
}
