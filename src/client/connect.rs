//! The connection, what is trusted over it, and how a call is made again.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};
use tonic::{Response, Status};

use crate::client::error::{ClientError, Refused};
use crate::client::follow::Seen;
use crate::genesis::Genesis;
use crate::log_key::LogKeys;
use crate::note::WitnessPolicy;
use crate::proto;
use crate::proto::ledger_client::LedgerClient;

/// The largest answer that is read: a dossier with all its chains.
const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;

/// How often a call is made before its last error counts.
const ATTEMPTS_MAX: u32 = 6;

/// The wait before the second attempt; it doubles with each.
const RETRY_WAIT: Duration = Duration::from_millis(100);

/// The longest wait before an attempt, whatever the server asks for.
const RETRY_WAIT_MAX: Duration = Duration::from_secs(10);

/// How often a silent connection is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// Bytes of one stream that the server may send unread.
const STREAM_WINDOW_BYTES: u32 = 512 * 1024;

/// Bytes of the connection that the server may send unread. Much more than of one stream: while the
/// answers of a stream wait, because a proof is asked for, that proof must get through.
const CONNECTION_WINDOW_BYTES: u32 = 32 * 1024 * 1024;

/// What a client is to trust, and how long it waits.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The genesis document that the user keeps. Without it, the server's own is taken: then nothing
    /// shows that the server is the ledger it claims to be.
    pub genesis: Option<Genesis>,
    /// The newest checkpoint that was seen before, as a note; the log must go on from it.
    pub seen: Option<String>,
    /// The witnesses that must have seen what answers rest on. With it, verdicts are asked for under
    /// checkpoints that they have cosigned, and receipts that are to be witnessed are under such ones.
    pub witnesses: Option<WitnessPolicy>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for the answer to a call; streams have no limit.
    pub timeout: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        let (connect_timeout, timeout) = (Duration::from_secs(10), Duration::from_mins(1));
        Self { genesis: None, seen: None, witnesses: None, connect_timeout, timeout }
    }
}

/// Whose word the trust root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustRoot {
    /// The user gave the genesis document.
    Given,
    /// The server gave it: what it says is consistent, and no more.
    FromServer,
}

/// A client of one ledger. Cheap to clone; clones share the connection and what was seen.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) api: LedgerClient<Channel>,
    pub(super) genesis: Arc<Genesis>,
    pub(super) seen: Arc<Seen>,
    pub(super) witnesses: Option<Arc<WitnessPolicy>>,
    trust: TrustRoot,
    timeout: Duration,
}

impl Client {
    /// Connects to the server at `url`, as `http://127.0.0.1:7443`.
    pub async fn connect(url: &str, options: ClientOptions) -> Result<Self, ClientError> {
        let endpoint = Endpoint::from_shared(url.to_owned())
            .map_err(|source| ClientError::Url { url: url.to_owned(), source })?
            .connect_timeout(options.connect_timeout)
            // A small message must not wait for the acknowledgement of the one before.
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
        let channel = endpoint
            .connect()
            .await
            .map_err(|source| ClientError::Connect { url: url.to_owned(), source })?;
        let api = LedgerClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
        let (genesis, trust) = match options.genesis {
            Some(genesis) => (genesis, TrustRoot::Given),
            None => (fetch_genesis(api.clone(), options.timeout).await?, TrustRoot::FromServer),
        };
        let seen = Arc::new(Seen::new(LogKeys::new(&genesis)));
        let (genesis, timeout) = (Arc::new(genesis), options.timeout);
        let witnesses = options.witnesses.map(Arc::new);
        let client = Self { api, genesis, seen, witnesses, trust, timeout };
        if let Some(note) = options.seen {
            client.take_seen(&note).await?;
        }
        Ok(client)
    }

    /// The genesis document that everything is checked against.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Whose word that document is. To be said aloud where it is the server's.
    pub const fn trust_root(&self) -> TrustRoot {
        self.trust
    }

    /// Makes a call, again if it could not be answered: nothing is recorded twice.
    pub(super) async fn call<T, F>(
        &self,
        send: impl Fn(LedgerClient<Channel>, Duration) -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let mut attempt = 1;
        loop {
            let refused: Refused = match send(self.api.clone(), self.timeout).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) => status.into(),
            };
            if attempt == ATTEMPTS_MAX || !refused.is_transient() {
                return Err(Box::new(refused).into());
            }
            tokio::time::sleep(retry_wait(attempt, refused.retry_after)).await;
            attempt += 1;
        }
    }

    /// A request with this client's time limit.
    pub(super) fn request<T>(message: T, timeout: Duration) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.set_timeout(timeout);
        request
    }
}

/// How long to wait after the attempt with this number, from 1.
pub(super) fn retry_wait(attempt: u32, asked: Option<Duration>) -> Duration {
    let doubled = RETRY_WAIT.saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX));
    asked.unwrap_or_default().max(doubled).min(RETRY_WAIT_MAX)
}

/// Whether another attempt may follow the one with this number, from 1.
pub(super) const fn may_retry(attempt: u32) -> bool {
    attempt < ATTEMPTS_MAX
}

async fn fetch_genesis(
    mut api: LedgerClient<Channel>,
    timeout: Duration,
) -> Result<Genesis, ClientError> {
    let request = Client::request(proto::GetGenesisRequest {}, timeout);
    let answer = api.get_genesis(request).await?;
    Ok(Genesis::parse(&answer.into_inner().document)?)
}
