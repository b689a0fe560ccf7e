//! A witness over HTTP on this machine, with a clock that is set, and that can be made to misbehave. It
//! checks whoever asks it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use probant::encoding::{base64_decode, base64_encode};
use probant::key::{PrivateKey, Signer as _};
use probant::merkle::TreeSize;
use probant::note::{
    AddCheckpoint, Checkpoint, KeyName, KeyType, VerifiedCheckpoint, VerifiedTreeHead, VerifierKey,
    WitnessPolicy, cosign, cosign_head,
};
use probant::time::Timestamp;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How a witness answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As it should.
    Honest,
    /// As it should, with lines of others around its own.
    AmongOthers,
    /// Not at all: it hangs up.
    Down,
    /// Not before it is in another mode.
    Hanging,
    /// That it has cosigned this size, whatever it is asked.
    Size(u64),
    /// The same, but not in the way that sizes are said.
    BareSize(u64),
    /// A conflict that it says nothing about.
    Conflict,
    /// That the proof shows nothing.
    NoProof,
    /// With this status and nothing else.
    Status(u16),
    /// With something that is no answer.
    Garbage,
    /// With more than anybody reads.
    Oversized,
    /// With a line of its own that does not hold.
    WrongSignature,
    /// With a line of somebody else alone.
    Stranger,
    /// As it should, but so many milliseconds ahead of its clock.
    Ahead(u64),
    /// As it should, but at the last second that a cosignature can name.
    Endless,
    /// With the line that it gave the last time, though it is asked about another checkpoint.
    Stale,
}

pub(crate) struct FakeWitness {
    pub(crate) key: VerifierKey,
    scheme: &'static str,
    address: SocketAddr,
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
}

struct Inner {
    signer: PrivateKey,
    name: KeyName,
    log: VerifierKey,
    tls: Option<Arc<ServerConfig>>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mode: Mode,
    clock: Timestamp,
    cosigned: Option<Checkpoint>,
    last_line: String,
    /// The old sizes that were named, one a request.
    asked: Vec<u64>,
    is_ending: bool,
}

impl FakeWitness {
    /// Starts a witness of the log with this key.
    pub(crate) fn start(seed: u8, log: &VerifierKey, clock: Timestamp) -> Self {
        Self::start_with(seed, log, clock, None)
    }

    /// The same over TLS.
    pub(crate) fn start_with(
        seed: u8,
        log: &VerifierKey,
        clock: Timestamp,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let signer = PrivateKey::from_seed([seed; 32]);
        let name: KeyName = format!("w{seed}.example").parse().unwrap();
        let key = VerifierKey::new(name.clone(), KeyType::CosignatureV1, *signer.public_key());
        let state = State {
            mode: Mode::Honest,
            clock,
            cosigned: None,
            last_line: String::new(),
            asked: Vec::new(),
            is_ending: false,
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let inner = Arc::new(Inner {
            signer,
            name,
            log: log.clone(),
            tls,
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&inner);
        let thread = Some(thread::spawn(move || accepting.accept(&listener)));
        Self { key, scheme, address, inner, thread }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://localhost:{}/", self.scheme, self.address.port())
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.inner.state().mode = mode;
        self.inner.changed.notify_all();
    }

    pub(crate) fn set_clock(&self, clock: Timestamp) {
        self.inner.state().clock = clock;
    }

    pub(crate) fn clock(&self) -> Timestamp {
        self.inner.state().clock
    }

    /// Waits until it has cosigned a tree of this size.
    pub(crate) fn wait_until_cosigned(&self, size: TreeSize) {
        let is_cosigned =
            |state: &State| state.cosigned.as_ref().is_some_and(|it| it.size() == size);
        let state = self.inner.state();
        drop(self.inner.changed.wait_while(state, |state| !is_cosigned(state)).unwrap());
    }

    /// The size that it has cosigned last.
    pub(crate) fn cosigned(&self) -> Option<u64> {
        self.inner.state().cosigned.as_ref().map(|it| it.size().get())
    }

    /// Makes it know a checkpoint, as if somebody else had brought it.
    pub(crate) fn set_cosigned(&self, checkpoint: &Checkpoint) {
        self.inner.state().cosigned = Some(checkpoint.clone());
    }

    /// The old sizes that it was asked from, in order.
    pub(crate) fn asked(&self) -> Vec<u64> {
        self.inner.state().asked.clone()
    }

    /// Waits until it was asked so many times.
    pub(crate) fn wait_until_asked(&self, times: usize) {
        let state = self.inner.state();
        drop(self.inner.changed.wait_while(state, |state| state.asked.len() < times).unwrap());
    }
}

/// A policy that names these witnesses `w0`, `w1`, …, and ends with these lines.
pub(crate) fn policy(witnesses: &[&FakeWitness], rules: &str) -> WitnessPolicy {
    WitnessPolicy::parse(policy_text(witnesses, rules).as_bytes()).unwrap()
}

pub(crate) fn policy_text(witnesses: &[&FakeWitness], rules: &str) -> String {
    let lines = (0..).zip(witnesses);
    let lines = lines.map(|(n, it): (usize, _)| format!("witness w{n} {} {}\n", it.key, it.url()));
    lines.chain([format!("{rules}\n")]).collect()
}

impl Drop for FakeWitness {
    fn drop(&mut self) {
        self.inner.state().is_ending = true;
        self.inner.changed.notify_all();
        // Wakes up who waits for a connection.
        drop(TcpStream::connect(self.address));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for connection in listener.incoming() {
            if self.state().is_ending {
                return;
            }
            let (inner, connection) = (Arc::clone(self), connection.unwrap());
            thread::spawn(move || match &inner.tls {
                Some(tls) => {
                    let session = ServerConnection::new(Arc::clone(tls)).unwrap();
                    inner.serve(StreamOwned::new(session, connection));
                }
                None => inner.serve(connection),
            });
        }
    }

    /// Answers one request, and hangs up.
    fn serve(&self, mut connection: impl Read + Write) {
        let Some(body) = read_request(&mut connection) else { return };
        let Some((status, content_type, body)) = self.answer(&body) else { return };
        let head = format!(
            "HTTP/1.1 {status} Whatever\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        // Whoever does not want to read it all hangs up.
        drop(connection.write_all(head.as_bytes()));
        drop(connection.write_all(body.as_bytes()));
        drop(connection.flush());
    }

    fn answer(&self, body: &[u8]) -> Option<(u16, &'static str, String)> {
        let request = AddCheckpoint::parse(body).unwrap();
        assert_eq!(request.to_string().as_bytes(), body);
        let checkpoint =
            VerifiedCheckpoint::of_note(request.checkpoint.clone(), &self.log).unwrap();
        assert!(request.old_size <= checkpoint.size(), "asked from {}", request.old_size);
        let mut state = self.state();
        state.asked.push(request.old_size.get());
        self.changed.notify_all();
        let mut state =
            self.changed.wait_while(state, |it| it.mode == Mode::Hanging && !it.is_ending).unwrap();
        let (text, size_type) = ("text/plain", "text/x.tlog.size");
        Some(match state.mode {
            Mode::Down | Mode::Hanging => return None,
            Mode::Size(size) => (409, size_type, format!("{size}\n")),
            Mode::BareSize(size) => (409, size_type, size.to_string()),
            Mode::Conflict => (409, text, "no\n".to_owned()),
            Mode::NoProof => (422, text, String::new()),
            Mode::Status(status) => (status, text, String::new()),
            Mode::Garbage => (200, text, "<html>\n".to_owned()),
            Mode::Oversized => (200, text, "— w.example AAAAAAA=\n".repeat(1 << 16)),
            Mode::Stale => (200, text, state.last_line.clone()),
            Mode::Stranger => (200, text, self.line(&checkpoint, state.clock, &[99; 32])),
            Mode::WrongSignature => {
                let line = self.line(&checkpoint, state.clock, &self.seed());
                let (start, signature) = line.trim_end().rsplit_once(' ').unwrap();
                let mut bytes = base64_decode(signature).unwrap();
                *bytes.last_mut().unwrap() ^= 1;
                (200, text, format!("{start} {}\n", base64_encode(&bytes)))
            }
            mode @ (Mode::Honest | Mode::AmongOthers | Mode::Ahead(_) | Mode::Endless) => {
                let known = state.cosigned.as_ref().map_or(TreeSize::EMPTY, Checkpoint::size);
                if request.old_size != known {
                    return Some((409, "text/x.tlog.size; charset=utf-8", format!("{known}\n")));
                }
                if let Some(old) = &state.cosigned
                    && checkpoint.extends(old, &request.proof).is_err()
                {
                    let status = if known == checkpoint.size() { 409 } else { 422 };
                    return Some((status, text, String::new()));
                }
                assert!(!known.is_empty() || request.proof.0.is_empty());
                state.cosigned = Some(checkpoint.checkpoint().clone());
                self.changed.notify_all();
                let line = match mode {
                    Mode::Ahead(ms) => {
                        self.line(&checkpoint, state.clock.saturating_add_ms(ms), &self.seed())
                    }
                    Mode::Endless => {
                        let head = VerifiedTreeHead::of_note(
                            &request.checkpoint,
                            std::slice::from_ref(&self.log),
                        )
                        .unwrap();
                        let line = cosign_head(&head, &self.name, u64::MAX, &self.signer).unwrap();
                        format!("{line}\n")
                    }
                    _ => self.line(&checkpoint, state.clock, &self.seed()),
                };
                state.last_line.clone_from(&line);
                if mode != Mode::AmongOthers {
                    return Some((200, text, line));
                }
                let older =
                    self.line(&checkpoint, state.clock.saturating_sub_ms(60_000), &self.seed());
                let stranger = self.line(&checkpoint, state.clock, &[99; 32]);
                (
                    200,
                    text,
                    [stranger.as_str(), &line, "— other.example AAAAAAA=\n", &older].concat(),
                )
            }
        })
    }

    fn seed(&self) -> [u8; 32] {
        [self.name.as_str().trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap(); 32]
    }

    /// A cosignature in this witness's name, by whatever key.
    fn line(&self, checkpoint: &VerifiedCheckpoint, clock: Timestamp, seed: &[u8; 32]) -> String {
        let signer = PrivateKey::from_seed(*seed);
        assert_eq!(signer.public_key() == self.signer.public_key(), *seed == self.seed());
        format!("{}\n", cosign(checkpoint, &self.name, clock, &signer).unwrap())
    }
}

/// The body of a request; `None` if the peer hangs up.
fn read_request(connection: &mut (impl Read + Write)) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(connection);
    let mut length = 0;
    for number in 0.. {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if number == 0 {
            assert_eq!(line, "post /add-checkpoint http/1.1");
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}
