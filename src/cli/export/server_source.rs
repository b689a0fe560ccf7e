//! The files of a log, asked of a server one by one.

use std::collections::BTreeSet;

use tokio::runtime::Handle;
use tonic::Code;

use crate::audit::{LogSource, SourceError};
use crate::client::{Client, ClientError};
use crate::merkle::TileId;

/// A server's log, under the checkpoint that was the newest when it was first asked for.
#[derive(Debug)]
pub(super) struct ServerSource {
    client: Client,
    runtime: Handle,
}

impl ServerSource {
    /// The log of a server. To be read outside the runtime's own threads.
    pub(super) const fn new(client: Client, runtime: Handle) -> Self {
        Self { client, runtime }
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
                    Err(_) => Ok(None),
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
