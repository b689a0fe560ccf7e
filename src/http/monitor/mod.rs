//! How the server is, for its operator: metrics, and health for those who balance load. Knows nothing of
//! gRPC.

mod traffic;
mod gauges;
mod health;
mod router;

pub use router::monitor_router;
pub use traffic::Traffic;
pub(in crate::http) use traffic::count;
