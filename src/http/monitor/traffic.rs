//! What is asked over HTTP, and how it is answered.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};

use crate::audit::LogFile;
use crate::merkle::TileKind;

/// Counts requests and bytes. Cheap to clone; clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    requests: Family<Answered, Counter>,
    bytes: Family<Kind, Counter>,
}

/// A request as it is counted: there are few kinds, whatever peers ask for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    kind: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

impl Traffic {
    pub(super) fn register(&self, registry: &mut Registry) {
        let requests = "Requests over HTTP for files of the log";
        registry.register("http_requests", requests, self.requests.clone());
        let bytes = "Bytes of files of the log sent over HTTP, as compressed as they were";
        registry.register_with_unit("http_response", bytes, Unit::Bytes, self.bytes.clone());
    }
}

/// Counts a request, its answer, and what of that is handed to the transport.
pub(in crate::http) async fn count(
    State(traffic): State<Traffic>,
    request: Request,
    next: Next,
) -> Response {
    let kind = kind_of(request.uri().path());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    traffic.requests.get_or_create(&Answered { kind, status }).inc();
    let bytes = traffic.bytes.get_or_create_owned(&Kind { kind });
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            if let Some(data) = frame.data_ref() {
                bytes.inc_by(u64::try_from(data.len()).unwrap_or(u64::MAX));
            }
            frame
        }))
    })
}

fn kind_of(path: &str) -> &'static str {
    match path.strip_prefix('/').unwrap_or(path).parse() {
        Ok(LogFile::Checkpoint) => "checkpoint",
        Ok(LogFile::Genesis) => "genesis",
        Ok(LogFile::Handover(_)) => "handover",
        Ok(LogFile::Tile(id)) => match id.kind() {
            TileKind::Hashes(_) => "tile",
            TileKind::Entries => "entries",
            TileKind::Payloads => "payload",
        },
        Err(_) => "other",
    }
}
