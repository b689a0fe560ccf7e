//! The files of a log, asked of a server one by one.

use std::collections::BTreeSet;

use tokio::runtime::Handle;
use tonic::Code;

use crate::audit::{LogSource, SourceError};
use crate::client::{Client, ClientError};
use crate::log_key::handover_number;
use crate::merkle::TileId;

/// A server's log, under the checkpoint that was the newest when it was first asked for.
#[derive(Debug)]
pub(in crate::cli) struct ServerSource {
    client: Client,
    runtime: Handle,
}

impl ServerSource {
    /// The log of a server. To be read outside the runtime's own threads.
    pub(in crate::cli) const fn new(client: Client, runtime: Handle) -> Self {
        Self { client, runtime }
    }
}

/// A handover of the log key; none if there is none, or the server knows of no such thing.
async fn handover(client: &Client, path: &str) -> Result<Option<Vec<u8>>, ClientError> {
    let Some(number) = handover_number(path) else { return Ok(None) };
    let known = u32::try_from(number - 1).unwrap_or(u32::MAX);
    match client.handovers(known).await {
        Ok(behind) => Ok(behind.first().map(|bytes| bytes.to_vec())),
        Err(ClientError::Refused(refused)) if refused.code == Code::Unimplemented => Ok(None),
        Err(error) => Err(error),
    }
}

impl LogSource for ServerSource {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let client = &self.client;
        let answer = self.runtime.block_on(async {
            match path {
                "checkpoint" => {
                    let checkpoint = client.checkpoint(None).await?;
                    Ok(Some(checkpoint.note().to_string().into_bytes()))
                }
                "genesis" => Ok(Some(client.server_genesis().await?.to_vec())),
                _ => match path.parse::<TileId>() {
                    Ok(id) => Ok(Some(client.tile(id).await?.to_vec())),
                    Err(_) => handover(client, path).await,
                },
            }
        });
        match answer {
            Err(ClientError::Refused(refused))
                if matches!(refused.code, Code::NotFound | Code::OutOfRange) =>
            {
                Ok(None)
            }
            answer => answer.map_err(|cause: ClientError| SourceError::Unreadable {
                path: path.to_owned(),
                cause: cause.into(),
            }),
        }
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }
}
