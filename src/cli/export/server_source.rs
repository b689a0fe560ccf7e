//! The files of a log, asked of a server one by one.

use std::collections::BTreeSet;

use tokio::runtime::Handle;
use tonic::Code;

use crate::audit::{LogFile, LogSource, SourceError};
use crate::client::{Client, ClientError};

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
async fn handover(client: &Client, number: usize) -> Result<Option<Vec<u8>>, ClientError> {
    let known = u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX);
    match client.handovers(known).await {
        Ok(behind) => Ok(behind.first().map(|bytes| bytes.to_vec())),
        Err(ClientError::Refused(refused)) if refused.code == Code::Unimplemented => Ok(None),
        Err(error) => Err(error),
    }
}

impl LogSource for ServerSource {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let Ok(file) = path.parse::<LogFile>() else { return Ok(None) };
        let client = &self.client;
        let answer = self.runtime.block_on(async {
            match file {
                LogFile::Checkpoint => {
                    let checkpoint = client.checkpoint(None).await?;
                    Ok(Some(checkpoint.note().to_string().into_bytes()))
                }
                LogFile::Genesis => Ok(Some(client.server_genesis().await?.to_vec())),
                LogFile::Handover(number) => handover(client, number).await,
                LogFile::Tile(id) => Ok(Some(client.tile(id).await?.to_vec())),
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
