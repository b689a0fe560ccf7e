//! Being asked to end: ctrl-c or SIGTERM.

use tokio::signal;

/// Comes back when the process is asked to end.
pub(super) fn shutdown() -> std::io::Result<impl Future<Output = ()> + Send> {
    #[cfg(unix)]
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    #[cfg(not(unix))]
    let mut terminate = Never;
    Ok(async move {
        tokio::select! {
            _interrupted = signal::ctrl_c() => {}
            _terminated = terminate.recv() => {}
        }
    })
}

/// Stands for a signal that this system does not have.
#[cfg(not(unix))]
struct Never;

#[cfg(not(unix))]
impl Never {
    async fn recv(&mut self) {
        std::future::pending().await
    }
}
