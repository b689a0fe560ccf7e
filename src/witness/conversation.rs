//! One witness: what it was asked last, and how it is asked until it cosigns (c2sp.org/tlog-witness,
//! add-checkpoint).

use std::mem;
use std::sync::{Mutex, PoisonError};

use http::{StatusCode, Uri};

use crate::http::{Answer, BaseUrl, Transport};
use crate::ledger::{NewestFn, ProveFn, WitnessAlarm};
use crate::merkle::TreeSize;
use crate::note::{
    AddCheckpoint, NoteError, NoteSignature, VerifiedCheckpoint, VerifiedSignature, Witness,
};
use crate::time::Timestamp;
use crate::witness::error::{Outcome, Unavailable, WitnessClientError};

/// How often a witness is asked that has cosigned another size: the first time it says which, and
/// somebody else may ask it at the same time.
const ATTEMPTS_MAX: usize = 4;

/// The longest answer that is read: a witness signs a few lines of less than 400 bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// The type of an answer that says which size the witness has cosigned.
const SIZE_TYPE: &str = "text/x.tlog.size";

/// A witness that can be asked.
#[derive(Debug)]
pub(super) struct Peer {
    witness: Witness,
    address: Uri,
    /// The size that it has cosigned, as far as is known.
    cosigned: Mutex<Option<TreeSize>>,
    /// Why it did not cosign when it was asked last.
    fault: Mutex<Option<String>>,
}

/// A cosignature of a witness, and when it says that it cosigned.
#[derive(Clone, Debug)]
pub(super) struct Cosignature {
    pub(super) line: NoteSignature,
    pub(super) time: Timestamp,
}

/// What witnesses are to cosign.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) checkpoint: VerifiedCheckpoint,
    pub(super) newest: NewestFn,
    pub(super) prove: ProveFn,
}

impl Peer {
    /// A witness of a policy; `None` if the policy does not say where it is.
    pub(super) fn new(witness: &Witness) -> Result<Option<Self>, WitnessClientError> {
        let Some(url) = &witness.url else { return Ok(None) };
        let address = BaseUrl::parse(url).and_then(|base| base.join("add-checkpoint"));
        let address = address.ok_or_else(|| WitnessClientError::Url {
            witness: witness.name.clone(),
            found: url.chars().take(200).collect(),
        })?;
        Ok(Some(Self {
            witness: witness.clone(),
            address,
            cosigned: Mutex::default(),
            fault: Mutex::default(),
        }))
    }

    /// What the policy calls it.
    pub(super) fn name(&self) -> &str {
        &self.witness.name
    }

    pub(super) const fn address(&self) -> &Uri {
        &self.address
    }

    /// Writes to the log that it has begun or ceased to cosign: not every second that it does not.
    pub(super) fn log(&self, fault: Option<String>) {
        let mut before = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        match (before.as_ref(), &fault) {
            (None, Some(cause)) => {
                tracing::warn!(witness = self.name(), cause, "a witness does not cosign");
            }
            (Some(_), None) => tracing::warn!(witness = self.name(), "a witness cosigns again"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        *before = fault;
    }

    /// Has a checkpoint cosigned.
    pub(super) async fn cosign(
        &self,
        transport: &Transport,
        request: &Request,
    ) -> Result<Cosignature, Outcome> {
        let size = request.checkpoint.size();
        // Of a witness that was not asked before it is guessed that the newest is known to it, which
        // takes no proof; it says so if that is wrong.
        let mut old = self.cosigned().filter(|old| *old <= size).unwrap_or(size);
        let mut is_minded = false;
        for _ in 0..ATTEMPTS_MAX {
            let proof = (request.prove)(old).ok_or(Unavailable::NoProof)?;
            let checkpoint = request.checkpoint.note().clone();
            let body = AddCheckpoint { old_size: old, proof, checkpoint }.to_string();
            let answer = transport.post(&self.address, body, ANSWER_BYTES_MAX).await?;
            let fork = || {
                let (witness, status) = (self.name().to_owned(), answer.status.as_u16());
                Outcome::Alarm(WitnessAlarm::Fork { witness, size, status })
            };
            let found = match answer.status {
                StatusCode::OK => {
                    let signature = self.read_cosignature(&request.checkpoint, &answer)?;
                    self.set_cosigned(size);
                    return Ok(signature);
                }
                StatusCode::CONFLICT if answer.is_of_type(SIZE_TYPE) => read_size(&answer)?,
                StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => return Err(fork()),
                StatusCode::NOT_FOUND => return Err(Unavailable::UnknownLog.into()),
                StatusCode::FORBIDDEN => return Err(Unavailable::UnknownKey.into()),
                status => return Err(Unavailable::Status { status: status.as_u16() }.into()),
            };
            // It was asked to go on from just this size, so it is not the size that it minds. Said
            // twice: another question may have come between its look and its answer.
            if found == old && mem::replace(&mut is_minded, true) {
                return Err(fork());
            }
            // Not what was asked for is the measure: whoever reads a newer checkpoint can show it to a
            // witness before the ledger does.
            let ours =
                if found > size { (request.newest)().ok_or(Unavailable::Closed)? } else { size };
            if found > ours {
                let (witness, expected) = (self.name().to_owned(), found);
                return Err(Outcome::Alarm(WitnessAlarm::Older { witness, expected, found: ours }));
            }
            self.set_cosigned(found);
            if found > size {
                return Err(Unavailable::Overtaken.into());
            }
            old = found;
        }
        Err(Unavailable::Restless.into())
    }

    /// The latest cosignature by this witness in an answer. Lines of other keys count for nothing;
    /// one of its own that does not hold makes the answer none.
    fn read_cosignature(
        &self,
        checkpoint: &VerifiedCheckpoint,
        answer: &Answer,
    ) -> Result<Cosignature, Unavailable> {
        let text = std::str::from_utf8(&answer.body)
            .map_err(|cause| NoteError::NotText { offset: cause.valid_up_to() })?;
        let mut lines = NoteSignature::parse_lines(text)?;
        lines.retain(|line| line.is_of(&self.witness.key));
        if lines.is_empty() {
            return Err(Unavailable::NoCosignature);
        }
        let note = checkpoint.note().clone().with_signatures(lines.clone())?;
        let verified = note.verify(std::slice::from_ref(&self.witness.key))?;
        let times = verified.signatures().iter().map(VerifiedSignature::time_s);
        let latest = lines.into_iter().zip(times).max_by_key(|(_, time_s)| *time_s);
        let Some((line, Some(found_s))) = latest else { return Err(Unavailable::NoCosignature) };
        let time = Timestamp::from_ms(found_s.saturating_mul(1000));
        let time = time.map_err(|_cause| Unavailable::BeyondTime { found_s })?;
        Ok(Cosignature { line, time })
    }

    fn cosigned(&self) -> Option<TreeSize> {
        *self.cosigned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_cosigned(&self, size: TreeSize) {
        *self.cosigned.lock().unwrap_or_else(PoisonError::into_inner) = Some(size);
    }
}

/// SPEC: the body MUST consist of the tree size in decimal, followed by a newline.
fn read_size(answer: &Answer) -> Result<TreeSize, Unavailable> {
    let text = String::from_utf8_lossy(&answer.body);
    let size = text.strip_suffix('\n').and_then(|size| size.parse().ok());
    size.ok_or_else(|| Unavailable::Size { found: text.chars().take(40).collect() })
}
