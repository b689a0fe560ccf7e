//! The witness over HTTP: `add-checkpoint` under the submission prefix, and what was cosigned last under
//! the monitoring prefix, which is the same (c2sp.org/tlog-witness).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use prost::bytes::Bytes;
use serde_json::{Value, json};
use tokio::task::JoinError;

use crate::hash::Digest;
use crate::note::NoteSignature;
use crate::peers::{Peers, Share};
use crate::time::Timestamp;
use crate::witness::server::answer::{TEXT_TYPE, answer, later, rejected, text};
use crate::witness::server::log::Status;
use crate::witness::server::pace::Pace;
use crate::witness::server::rejection::Rejection;
use crate::witness::server::replay::ReplayingWitness;
use crate::witness::server::reports::Reports;
use crate::witness::server::submission::Submission;
use crate::witness::server::witness::Witness;

/// Bytes of a request: a note of 64 KiB, 63 hashes of 45, and the old size.
const REQUEST_BYTES_MAX: usize = 64 * 1024 + 63 * 45 + 64;

/// How long a peer may take to send one.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Requests that are being read at a time, however slowly: thirty megabytes in all.
const READING_MAX: usize = 448;

/// Requests of one peer that are being read at a time; a proxy is one peer.
const READING_PER_PEER_MAX: usize = 64;

/// Requests at a time that came whole, each with perhaps a write.
const WORKING_MAX: usize = 64;

/// Such requests of one peer at a time.
const WORKING_PER_PEER_MAX: usize = 32;

/// A witness that is served.
#[derive(Debug)]
struct Desk {
    witness: Arc<Witness>,
    /// The one by way of which it is asked, if it replays.
    replay: Option<Arc<ReplayingWitness>>,
    pace: Pace,
    reports: Reports,
    /// Bodies that take long to come take no place of those that came.
    reading: Peers,
    working: Peers,
}

/// The routes of a witness. Its prefix, for submission and for monitoring, is where they are served.
/// Each peer may make so many requests in a second, and as many at once; 0 for as many as all may.
pub fn router(witness: Arc<Witness>, per_second: u32) -> Router {
    routes().with_state(Desk::of(witness, None, per_second))
}

/// The same of a witness that replays.
pub fn replay_router(replay: Arc<ReplayingWitness>, per_second: u32) -> Router {
    let witness = Arc::clone(replay.witness());
    let routes = routes().route("/{hash}/evidence", get(evidence));
    routes.with_state(Desk::of(witness, Some(replay), per_second))
}

fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{hash}/checkpoint", get(latest))
        .route("/logs", get(logs))
}

/// Takes a checkpoint, and answers with the cosignature.
async fn add_checkpoint(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: Body,
) -> Response {
    let (body, place) = match desk.take(peer, body).await {
        Ok(taken) => taken,
        Err(refusal) => return refusal,
    };
    match desk.cosign(body, place).await {
        Ok(line) => answer(StatusCode::OK, TEXT_TYPE, format!("{line}\n")),
        Err(rejection) => rejected(&rejection),
    }
}

/// What was cosigned last of a log.
async fn latest(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(hash): Path<String>,
) -> Response {
    if let Err(refusal) = desk.count(peer) {
        return refusal;
    }
    let Ok(hash) = hash.parse::<Digest>() else {
        return text(StatusCode::NOT_FOUND, "expected the SHA-256 of an origin, in lower-case hex");
    };
    match desk.witness.latest(&hash) {
        Some(note) => answer(StatusCode::OK, TEXT_TYPE, note),
        // SPEC: if the witness has never cosigned a checkpoint for that log, 404.
        None => text(StatusCode::NOT_FOUND, "nothing was cosigned of such a log"),
    }
}

/// The evidence against the operator of a log.
async fn evidence(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(hash): Path<String>,
) -> Response {
    if let Err(refusal) = desk.count(peer) {
        return refusal;
    }
    let hash = hash.parse::<Digest>().ok();
    let replay = desk.replay.as_ref();
    match hash.and_then(|hash| replay.and_then(|replay| replay.evidence(&hash))) {
        Some(bytes) => answer(StatusCode::OK, "application/octet-stream", bytes),
        None => text(StatusCode::NOT_FOUND, "there is no evidence against such a log"),
    }
}

/// All logs, and how far they were cosigned.
async fn logs(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> Response {
    if let Err(refusal) = desk.count(peer) {
        return refusal;
    }
    let logs = desk.witness.statuses();
    let logs: Vec<Value> = logs.iter().map(|status| desk.log_value(status)).collect();
    let list = json!({"witness": desk.witness.key().to_string(), "logs": logs});
    answer(StatusCode::OK, "application/json", format!("{list:#}\n"))
}

impl Desk {
    fn of(
        witness: Arc<Witness>,
        replay: Option<Arc<ReplayingWitness>>,
        per_second: u32,
    ) -> Arc<Self> {
        let pace = Pace::new(per_second, Arc::clone(witness.clock()));
        let reading = Peers::new(READING_MAX, READING_PER_PEER_MAX);
        let working = Peers::new(WORKING_MAX, WORKING_PER_PEER_MAX);
        Arc::new(Self { witness, replay, pace, reports: Reports::default(), reading, working })
    }

    /// Answers a request, off the threads that serve connections: it waits for the disk. What has begun
    /// goes on to its end, also if the peer hangs up.
    async fn cosign(
        self: Arc<Self>,
        body: Bytes,
        place: Share,
    ) -> Result<NoteSignature, Rejection> {
        let desk = Arc::clone(&self);
        let Some(replay) = self.replay.clone() else {
            return work(move || {
                let _place = place;
                let submission = desk.witness.verify(&body)?;
                let line = desk.witness.cosign(&submission);
                line.inspect_err(|cause| desk.report(&submission, cause))
            })
            .await;
        };
        let submission = work(move || {
            let submission = desk.witness.verify(&body)?;
            let checked = desk.witness.check(&submission);
            checked.inspect_err(|cause| desk.report(&submission, cause)).map(|()| submission)
        });
        let submission = submission.await?;
        let cosigned = tokio::spawn(async move {
            let _place = place;
            let line = replay.cosign(submission.clone()).await;
            line.inspect_err(|cause| self.report(&submission, cause))
        });
        cosigned.await.unwrap_or_else(|error| broken_off(&error))
    }

    fn report(&self, submission: &Submission, cause: &Rejection) {
        self.reports.tell(submission, cause, self.witness.clock().elapsed());
    }

    fn log_value(&self, status: &Status) -> Value {
        let latest = status.latest.as_ref();
        let time = latest.and_then(|(_, time_s)| time_s.checked_mul(1000));
        let time = time.and_then(|ms| Timestamp::from_ms(ms).ok());
        let mut value = json!({
            "origin": status.origin,
            "checkpoint": format!("{}/checkpoint", status.hash),
            "size": latest.map(|(head, _)| head.size()),
            "root": latest.map(|(head, _)| head.root()),
            "time": time,
        });
        if let (Some(replay), Some(members)) = (&self.replay, value.as_object_mut()) {
            let evidence = replay.evidence(&status.hash);
            let path = evidence.map(|_| format!("{}/evidence", status.hash));
            members.insert("evidence".to_owned(), path.into());
        }
        value
    }

    /// Counts a request, if this peer may make it now.
    fn count(&self, peer: SocketAddr) -> Result<(), Response> {
        let refusal = |retry_s| later(StatusCode::TOO_MANY_REQUESTS, retry_s, "too many requests");
        self.pace.count(peer.ip()).map_err(refusal)
    }

    /// Lets a request in, reads its body, and takes a place for the work on it.
    async fn take(&self, peer: SocketAddr, body: Body) -> Result<(Bytes, Share), Response> {
        self.count(peer)?;
        let busy = || later(StatusCode::SERVICE_UNAVAILABLE, 1, "too many requests at a time");
        let _reading = self.reading.take(Some(peer.ip())).ok_or_else(busy)?;
        match tokio::time::timeout(REQUEST_TIMEOUT, to_bytes(body, REQUEST_BYTES_MAX)).await {
            Ok(Ok(body)) => {
                let place = self.working.take(Some(peer.ip())).ok_or_else(busy)?;
                Ok((body, place))
            }
            Ok(Err(_cause)) => {
                let limit = format!("a request has at most {REQUEST_BYTES_MAX} bytes");
                Err(text(StatusCode::PAYLOAD_TOO_LARGE, &limit))
            }
            Err(_elapsed) => Err(text(StatusCode::REQUEST_TIMEOUT, "the request did not come")),
        }
    }
}

/// Does work off the threads that serve connections.
async fn work<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Rejection> + Send + 'static,
) -> Result<T, Rejection> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| broken_off(&error))
}

fn broken_off<T>(error: &JoinError) -> Result<T, Rejection> {
    tracing::error!(%error, "a request was not served");
    Err(Rejection::Internal)
}
