//! Files of the export.

use prost::bytes::Bytes;

use crate::ledger::{Access, Ledger};
use crate::merkle::TileId;
use crate::proto;
use crate::service::failure::Failure;
use crate::service::subject::malformed;

pub(super) fn tile(
    ledger: &Ledger,
    request: &proto::GetTileRequest,
) -> Result<proto::GetTileResponse, Failure> {
    let id: TileId = request.path.parse().map_err(|error| malformed("path", &error))?;
    let content = ledger.view(None)?.tile(id, Access::Public)?;
    let missing = || Failure::NotFound { what: format!("{id} is not in the tree yet") };
    Ok(proto::GetTileResponse { content: content.ok_or_else(missing)?.into() })
}

/// Bytes of handovers that are given at once, if there is more than one.
const HANDOVERS_BYTES_MAX: usize = 4 << 20;

pub(super) fn handovers(
    ledger: &Ledger,
    request: proto::GetHandoversRequest,
) -> proto::GetHandoversResponse {
    let keys = ledger.log_keys();
    let known = usize::try_from(request.known).unwrap_or(usize::MAX);
    let mut bytes = 0;
    let behind = keys.handovers().iter().skip(known).enumerate();
    let given = behind.take_while(|(place, handover)| {
        bytes += handover.bytes().len();
        *place == 0 || bytes <= HANDOVERS_BYTES_MAX
    });
    let handovers = given.map(|(_, handover)| Bytes::copy_from_slice(handover.bytes()));
    proto::GetHandoversResponse { handovers: handovers.collect() }
}

pub(super) fn genesis(ledger: &Ledger) -> proto::GetGenesisResponse {
    proto::GetGenesisResponse { document: Bytes::copy_from_slice(ledger.genesis().bytes()) }
}
