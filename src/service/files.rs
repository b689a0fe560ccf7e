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

pub(super) fn genesis(ledger: &Ledger) -> proto::GetGenesisResponse {
    proto::GetGenesisResponse { document: Bytes::copy_from_slice(ledger.genesis().bytes()) }
}
