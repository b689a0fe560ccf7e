//! The files of a log over HTTP: from a ledger, or from any web server that has an export
//! (formats.md, section 8).

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, HeaderMap, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use prost::bytes::Bytes;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::audit::{ExpectedPaths, FILE_BYTES_MAX, LogSource, SourceError};
use crate::encoding::decimal_decode;
use crate::http::base_url::BaseUrl;
use crate::http::client::{Answer, Transport};
use crate::http::error::{FetchError, HttpSourceError, NoFile};

/// Files that are fetched ahead at a time.
const AHEAD_MAX: usize = 8;

/// Bytes of a file that is fetched ahead; a larger one is fetched when it is asked for. With
/// [`AHEAD_MAX`], what waits to be read takes 32 MiB at most.
const AHEAD_BYTES_MAX: usize = 4 << 20;

/// Expected files that are looked through for one that is asked for.
const SEARCHED_MAX: usize = 64;

/// The longest wait before a file is asked for again, whatever the server says.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How files are fetched.
#[derive(Clone, Debug)]
pub struct HttpSourceOptions {
    /// Shown to the server, which may give more to whoever has it.
    pub token: Option<BearerToken>,
    /// How long no progress may be made before a request is given up.
    pub patience: Duration,
    /// How often a file is asked for before it counts as one that does not come: when there is no
    /// connection or it breaks off, when the server has too much to do or an error of its own.
    pub attempts_max: u32,
    /// The wait after the first attempt; it doubles with each, unless the server says how long.
    pub pause: Duration,
}

impl Default for HttpSourceOptions {
    fn default() -> Self {
        let (patience, pause) = (Duration::from_secs(30), Duration::from_millis(500));
        Self { token: None, patience, attempts_max: 5, pause }
    }
}

/// What shows a server who asks (RFC 6750). Nobody is shown it by mistake: it is not printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BearerToken(HeaderValue);

impl BearerToken {
    /// Reads a token, without anything around it.
    pub fn parse(text: &str) -> Result<Self, HttpSourceError> {
        let stem = text.trim_end_matches('=');
        let is_of_token = |it: u8| it.is_ascii_alphanumeric() || b"-._~+/".contains(&it);
        if stem.is_empty() || !stem.bytes().all(is_of_token) {
            return Err(HttpSourceError::Token);
        }
        let value = HeaderValue::try_from(format!("Bearer {text}"));
        let mut value = value.map_err(|_invalid| HttpSourceError::Token)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

/// The files below an address. To be read outside any runtime's own threads: it has one of its own.
#[derive(Debug)]
pub struct HttpSource {
    link: Arc<Link>,
    expected: Expected,
    ahead: VecDeque<Ahead>,
    /// There until the source is dropped.
    runtime: Option<Runtime>,
}

/// The files that are read next, of which no more are held than are searched.
struct Expected {
    first: VecDeque<String>,
    rest: ExpectedPaths,
}

impl Expected {
    fn new(rest: ExpectedPaths) -> Self {
        Self { first: VecDeque::new(), rest }
    }

    fn next(&mut self) -> Option<String> {
        self.first.pop_front().or_else(|| self.rest.next())
    }

    /// Goes on behind this file, if it is among the first.
    fn pass(&mut self, path: &str) -> bool {
        let lacking = SEARCHED_MAX.saturating_sub(self.first.len());
        self.first.extend(self.rest.by_ref().take(lacking));
        let place = self.first.iter().position(|expected| expected == path);
        place.is_some_and(|place| self.first.drain(..=place).next().is_some())
    }
}

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected").field("first", &self.first).finish_non_exhaustive()
    }
}

/// A file that is being fetched before it is asked for.
#[derive(Debug)]
struct Ahead {
    path: String,
    task: JoinHandle<Result<Option<Bytes>, SourceError>>,
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl HttpSource {
    /// The files below `url`, as `https://log.example/` or `http://127.0.0.1:8080/copies/log`; nothing
    /// is fetched yet.
    pub fn new(url: &str, options: HttpSourceOptions) -> Result<Self, HttpSourceError> {
        let base = BaseUrl::parse(url)
            .ok_or_else(|| HttpSourceError::Url { found: url.chars().take(200).collect() })?;
        let transport = Transport::new(std::slice::from_ref(base.uri()))?;
        let mut headers = vec![(ACCEPT_ENCODING, HeaderValue::from_static("identity"))];
        headers.extend(options.token.iter().map(|token| (AUTHORIZATION, token.0.clone())));
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("files")
            .enable_all()
            .build()
            .map_err(HttpSourceError::Thread)?;
        let link = Arc::new(Link { base, transport, headers, options });
        let (expected, ahead) = (Expected::new(Box::new(std::iter::empty())), VecDeque::new());
        Ok(Self { link, expected, ahead, runtime: Some(runtime) })
    }

    /// The bytes of a file of at most `limit` bytes, if there is one, and it comes within `time` in all.
    pub fn read_within(
        &self,
        path: &str,
        limit: usize,
        time: Duration,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(runtime) = &self.runtime else { return Err(unreadable(path, NoFile::Ended)) };
        if time.is_zero() {
            return Err(unreadable(path, NoFile::Late));
        }
        let file = self.link.file(path, limit);
        match runtime.block_on(async { tokio::time::timeout(time, file).await }) {
            Ok(Err(SourceError::TooLarge { found, .. })) => {
                Err(unreadable(path, FetchError::TooLong { limit, found }.into()))
            }
            Ok(file) => Ok(file?.map(Into::into)),
            Err(_elapsed) => Err(unreadable(path, NoFile::Late)),
        }
    }

    /// Takes a file that is fetched already, or being fetched; forgets those that were expected before.
    fn take_ahead(&mut self, path: &str) -> Option<Ahead> {
        if let Some(place) = self.ahead.iter().position(|ahead| ahead.path == path) {
            self.ahead.drain(..place);
            return self.ahead.pop_front();
        }
        if self.expected.pass(path) {
            self.ahead.clear();
        }
        None
    }

    /// Begins with as many of the next files as may be under way.
    fn fetch_ahead(&mut self) {
        let Some(runtime) = &self.runtime else { return };
        while self.ahead.len() < AHEAD_MAX
            && let Some(path) = self.expected.next()
        {
            let (link, of) = (Arc::clone(&self.link), path.clone());
            let task = runtime.spawn(async move { link.file(&of, AHEAD_BYTES_MAX).await });
            self.ahead.push_back(Ahead { path, task });
        }
    }
}

impl LogSource for HttpSource {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let ahead = self.take_ahead(path);
        self.fetch_ahead();
        let Some(runtime) = &self.runtime else { return Err(unreadable(path, NoFile::Ended)) };
        let fetched = ahead.map(|mut ahead| runtime.block_on(&mut ahead.task));
        let file = match fetched {
            // Too large to be fetched ahead, or given up: now it is needed.
            Some(Ok(Err(SourceError::TooLarge { .. })) | Err(_)) | None => {
                runtime.block_on(self.link.file(path, FILE_BYTES_MAX))
            }
            Some(Ok(fetched)) => fetched,
        };
        Ok(file?.map(Into::into))
    }

    fn expect(&mut self, paths: ExpectedPaths) {
        self.ahead.clear();
        self.expected = Expected::new(paths);
        self.fetch_ahead();
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }
}

impl Drop for HttpSource {
    /// What is under way is broken off: nobody is there to take it.
    fn drop(&mut self) {
        self.ahead.clear();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where files are, and how they are asked for.
#[derive(Debug)]
struct Link {
    base: BaseUrl,
    transport: Transport,
    headers: Vec<(HeaderName, HeaderValue)>,
    options: HttpSourceOptions,
}

impl Link {
    /// The bytes of a file, if there is one, and it has `limit` bytes at most.
    async fn file(&self, path: &str, limit: usize) -> Result<Option<Bytes>, SourceError> {
        let address = self.base.join(path).ok_or_else(|| unreadable(path, NoFile::Path))?;
        let (mut pause, mut attempts) = (self.options.pause, 1);
        loop {
            let patience = self.options.patience;
            let answer = self.transport.get_steadily(&address, &self.headers, limit, patience);
            let (wait, cause) = match answer.await {
                Ok(answer) if is_transient(answer.status) => {
                    (retry_after(&answer.headers), NoFile::Status { status: answer.status })
                }
                Ok(answer) => return content(answer).map_err(|cause| unreadable(path, cause)),
                Err(FetchError::TooLong { found, .. }) => {
                    return Err(SourceError::TooLarge { path: path.to_owned(), found });
                }
                Err(cause) => (None, cause.into()),
            };
            if attempts >= self.options.attempts_max {
                return Err(unreadable(path, cause));
            }
            let wait = wait.unwrap_or(pause).min(PAUSE_MAX);
            tracing::debug!(path, %cause, ?wait, "a file is asked for again");
            tokio::time::sleep(wait).await;
            (pause, attempts) = (pause.saturating_mul(2), attempts + 1);
        }
    }
}

/// The file that an answer is. What leads elsewhere is not followed: whoever set the address is to
/// know where files come from.
fn content(answer: Answer) -> Result<Option<Bytes>, NoFile> {
    let Answer { status, headers, body } = answer;
    if status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if status != StatusCode::OK {
        return Err(NoFile::Status { status });
    }
    match headers.get(CONTENT_ENCODING).filter(|found| *found != "identity") {
        Some(found) => {
            Err(NoFile::Encoding { found: String::from_utf8_lossy(found.as_bytes()).into_owned() })
        }
        None => Ok(Some(body)),
    }
}

fn is_transient(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// How long to wait, where the server says so in seconds; a date is not read (RFC 9110, section
/// 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?;
    decimal_decode(seconds).map(Duration::from_secs)
}

fn unreadable(path: &str, cause: NoFile) -> SourceError {
    SourceError::Unreadable { path: path.to_owned(), cause: cause.into() }
}
