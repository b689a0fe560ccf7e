//! From a path to the file: whoever asks, within what it may take.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{AUTHORIZATION, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use http::{Extensions, HeaderMap, Method, StatusCode, Uri, Version};
use prost::bytes::Bytes;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};

use crate::audit::LogFile;
use crate::http::log::answer::{Answer, Compressible, Readers, weaken_tag};
use crate::http::log::failure::Failure;
use crate::http::log::room::Rooms;
use crate::http::log::tokens::Tokens;
use crate::http::monitor::{Traffic, count};
use crate::http::rate::Rate;
use crate::http::turns::Turns;
use crate::ledger::{Access, Ledger, SystemClock};
use crate::merkle::TileKind;

/// Requests of each peer in a second, unless the operator says otherwise. An audit fetches three files
/// for 256 entries, and replays some ten thousand entries a second on one processor: that is a hundred or
/// two hundred requests a second, which this does not slow down. What one file takes here is bounded
/// otherwise.
pub const REQUESTS_PER_SECOND: u32 = 1000;

/// How long a browser may go by what it was told about other origins.
const CORS_AGE: Duration = Duration::from_hours(24);

/// What an operator chooses.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Requests of each peer in a second, and as many at once; 0 for as many as it likes.
    pub per_second: u32,
    /// Who is given payloads that are not public.
    pub tokens: Tokens,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { per_second: REQUESTS_PER_SECOND, tokens: Tokens::default() }
    }
}

/// What every request needs.
#[derive(Debug)]
struct Reading {
    ledger: Arc<Ledger>,
    rate: Rate,
    tokens: Tokens,
    rooms: Rooms,
    turns: Turns,
}

/// Gives the files of a ledger's log to whoever asks. The tiles are those of the newest signed
/// checkpoint, whichever one is public: who audits before it cosigns reads ahead of that.
pub fn log_router(ledger: Arc<Ledger>, options: ReadOptions, traffic: &Traffic) -> Router {
    let rate = Rate::new(options.per_second, Arc::new(SystemClock));
    let (tokens, rooms, turns) = (options.tokens, Rooms::new(), Turns::new());
    let reading = Reading { ledger, rate, tokens, rooms, turns };
    let is_compressible = |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
        extensions.get::<Compressible>().is_some()
    };
    let compression =
        CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(is_compressible);
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([AUTHORIZATION, IF_NONE_MATCH])
        .expose_headers([ETAG, RETRY_AFTER])
        .max_age(CORS_AGE);
    Router::new()
        .fallback(get(file))
        .with_state(Arc::new(reading))
        .layer(compression)
        .layer(map_response(async |response| weaken_tag(response)))
        .layer(cors)
        .layer(from_fn_with_state(traffic.clone(), count))
}

async fn file(
    State(reading): State<Arc<Reading>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    match reading.answer(peer.ip(), uri.path(), &headers).await {
        Ok(answer) => answer.respond(&headers),
        Err(failure) => failure.into_response(),
    }
}

impl Reading {
    async fn answer(
        self: Arc<Self>,
        peer: IpAddr,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Answer, Failure> {
        self.rate.count(peer).map_err(|retry_s| Failure::TooFast { retry_s })?;
        let access = self.tokens.access(headers)?;
        let file: LogFile = path.strip_prefix('/').unwrap_or(path).parse()?;
        let turns = self.turns.clone();
        turns.work(move || self.read(peer, file, access)).await?
    }

    fn read(&self, peer: IpAddr, file: LogFile, access: Access) -> Result<Answer, Failure> {
        let readers = match file {
            LogFile::Tile(id) if id.kind() == TileKind::Payloads && !self.tokens.is_empty() => {
                Readers::WithAccess(access)
            }
            _ => Readers::All,
        };
        if file == LogFile::Checkpoint {
            let note = self.ledger.public_note().ok_or(Failure::NotThere(file))?;
            let bytes = Bytes::copy_from_slice(note.as_bytes());
            return Ok(Answer::new(file, readers, bytes, None));
        }
        let view = self.ledger.view(None)?;
        let bytes_max = view.file_bytes_max(file)?.ok_or(Failure::NotThere(file))?;
        let room = self.rooms.take(peer, bytes_max)?;
        let bytes = view.file(file, access)?.ok_or(Failure::NotThere(file))?;
        let room = room.fit(bytes.len());
        Ok(Answer::new(file, readers, bytes.into(), room))
    }
}
