//! What every call has: who makes it, how long it may take, and when to stop.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tonic::Request;
use tonic::metadata::MetadataMap;

use crate::service::failure::Failure;

/// How long a call may take if its caller does not say.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_mins(1);

/// How much earlier than the caller's limit the answer is given, so that it arrives in time and says
/// what happened, where the transport could only break off.
const TIMEOUT_MARGIN: Duration = Duration::from_millis(5);

/// When a server is to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    pub(super) const fn new(receiver: watch::Receiver<bool>) -> Self {
        Self(receiver)
    }

    /// Comes back when the server is to stop.
    pub(super) async fn wait(&mut self) {
        // An error says that nobody can say it any more: the server is gone.
        drop(self.0.wait_for(|is_stopping| *is_stopping).await);
    }
}

/// Who calls.
pub(super) fn peer<T>(request: &Request<T>) -> Option<IpAddr> {
    request.remote_addr().map(|address| address.ip())
}

/// When the caller's time is over, if it set a limit.
pub(super) fn deadline<T>(request: &Request<T>) -> Option<Instant> {
    timeout(request.metadata()).map(|timeout| Instant::now() + timeout)
}

/// Waits for the answer to a call no longer than its caller does.
pub(super) async fn within<T>(
    deadline: Option<Instant>,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let deadline = deadline.unwrap_or_else(|| Instant::now() + CALL_TIMEOUT);
    tokio::time::timeout_at(deadline, answer).await.unwrap_or(Err(Failure::Deadline))
}

fn timeout(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    // SPEC: TimeoutValue → positive integer of at most 8 digits.
    let number: u64 = number.parse().ok().filter(|_| number.len() <= 8)?;
    let timeout = match unit {
        "H" => Duration::from_hours(number),
        "M" => Duration::from_mins(number),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    };
    Some(timeout.saturating_sub(TIMEOUT_MARGIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_when_its_callers_time_is_over() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let over = Some(Instant::now());
            let ended = within(over, std::future::pending::<Result<(), Failure>>()).await;
            assert!(matches!(ended, Err(Failure::Deadline)));
            let ready = std::future::ready(Ok::<_, Failure>(7));
            assert!(matches!(within(over, ready).await, Ok(7)));
        });
    }

    #[test]
    fn the_callers_limit_is_read_as_the_protocol_writes_it() {
        let check = |text: &str, expected: Option<Duration>| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().unwrap());
            let expected = expected.map(|timeout| timeout.saturating_sub(TIMEOUT_MARGIN));
            assert_eq!(timeout(&metadata), expected, "{text:?}");
        };
        check("1H", Some(Duration::from_hours(1)));
        check("2M", Some(Duration::from_mins(2)));
        check("3S", Some(Duration::from_secs(3)));
        check("99999999m", Some(Duration::from_millis(99_999_999)));
        check("5u", Some(Duration::ZERO));
        for bad in ["", "S", "5", "-5S", "123456789S", "5s", "5 S"] {
            check(bad, None);
        }
    }
}
