//! What an operator's machines ask.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::http::fault::log_fault;
use crate::http::monitor::gauges::Gauges;
use crate::http::monitor::health::Health;
use crate::http::monitor::traffic::Traffic;
use crate::ledger::Ledger;

/// SPEC: the media type of the text format of `OpenMetrics` 1.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What every metric's name begins with.
const PREFIX: &str = "probant";

/// Gives metrics and health of a ledger. It says what the public has no need to know, and belongs on an
/// address of its own.
pub fn monitor_router(ledger: Arc<Ledger>, traffic: &Traffic) -> Router {
    let mut registry = Registry::with_prefix(PREFIX);
    traffic.register(&mut registry);
    registry.register_collector(Box::new(Gauges(Arc::clone(&ledger))));
    let metrics = get(metrics).with_state(Arc::new(registry));
    Router::new().route("/metrics", metrics).route("/health", get(health).with_state(ledger))
}

async fn metrics(State(registry): State<Arc<Registry>>) -> Response {
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => answer(StatusCode::OK, OPEN_METRICS, text),
        Err(error) => fault(&error.to_string()),
    }
}

/// SPEC (RFC 9110, section 15.6.4): 503 says that it is not for long; nobody has to read further.
async fn health(State(ledger): State<Arc<Ledger>>) -> Response {
    let health = Health::of(&ledger);
    let is_writing = health.is_writing;
    let status = if is_writing { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_string(&health) {
        Ok(text) => answer(status, "application/json", text + "\n"),
        Err(error) => fault(&error.to_string()),
    }
}

fn answer(status: StatusCode, content_type: &'static str, text: String) -> Response {
    (status, [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")], text).into_response()
}

fn fault(detail: &str) -> Response {
    let id = log_fault("INTERNAL", detail);
    let text = format!("a fault of the server; its log has it as no. {id}\n");
    answer(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", text)
}
