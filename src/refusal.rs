//! A refusal as evidence: what a ledger signs when it does not record a statement, so that it can't
//! say later that the statement was never offered (formats.md, section 6). Knows nothing of why:
//! that is `admission`'s.
//!
//! It says that an envelope on this statement was offered and refused, no more: the same statement
//! may stand in the log, before or after, under signatures that hold.

use std::fmt;
use std::str::FromStr;

use crate::envelope::StatementDigest;
use crate::hash::DigestError;
use crate::key::Signer;
use crate::note::{KeyName, KeyNameError, KeyType, Note, NoteError, NoteSignError, VerifierKey};
use crate::reason::Reason;
use crate::time::Timestamp;

/// What the first line has after the origin. No checkpoint can be taken for a refusal, nor the other
/// way round: a checkpoint has three lines.
const SUFFIX: &str = "/refusal";

/// The longest code; the catalogue's longest has half of it.
const CODE_CHARS_MAX: usize = 64;

/// What a refusal says. Nobody has checked a signature yet. Writes itself as the note text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    origin: KeyName,
    statement: StatementDigest,
    code: String,
    time: Timestamp,
}

/// A refusal with a signature of the log's key that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a verified refusal is evidence; dropping it drops the check"]
pub struct VerifiedRefusal {
    refused: Refused,
    note: Note,
}

/// Why a refusal does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalError {
    /// It is no note, or the note does not verify.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// There are more lines than those of a refusal, or fewer.
    #[error("a refusal has 4 lines, found {found}")]
    Lines {
        /// How many there are.
        found: usize,
    },
    /// The first line is not that of a refusal.
    #[error("{found:?} is not the first line of a refusal: expected the origin and {SUFFIX}")]
    FirstLine {
        /// The line, cut after 80 characters.
        found: String,
    },
    /// The first line has no origin.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// The second line is no statement digest.
    #[error("statement digest")]
    Statement(#[from] DigestError),
    /// The third line is no code.
    #[error("{found:?} is not a code: expected capital letters, digits and underscores")]
    Code {
        /// The line, cut after 80 characters.
        found: String,
    },
    /// The fourth line is no time.
    #[error("{found:?} is not a time: expected seconds since 1970, before the year 10000")]
    Time {
        /// The line, cut after 40 characters.
        found: String,
    },
    /// The refusal is that of another log.
    #[error("the origin is {found}, expected {expected}")]
    Origin {
        /// The name of the log key.
        expected: KeyName,
        /// The origin in the first line.
        found: KeyName,
    },
    /// The key is none that signs refusals.
    #[error("key {name} is not of type 01, which signs refusals")]
    KeyType {
        /// The key's name.
        name: KeyName,
    },
    /// The refusal is that of another statement.
    #[error("statement {found} is refused, expected {expected}")]
    OtherStatement {
        /// The statement that was offered.
        expected: StatementDigest,
        /// The statement in the refusal.
        found: StatementDigest,
    },
    /// The refusal gives another reason than the answer that it came with.
    #[error("the code is {found:?}, expected {expected:?}")]
    OtherCode {
        /// The code of the answer.
        expected: String,
        /// The code in the refusal.
        found: String,
    },
}

impl Refused {
    /// A refusal of `statement` for this reason. Of `time`, whole seconds count.
    pub fn new(
        origin: KeyName,
        statement: StatementDigest,
        reason: Reason,
        time: Timestamp,
    ) -> Self {
        Self { origin, statement, code: reason.name().to_owned(), time: whole_seconds(time) }
    }

    /// The log's name.
    pub const fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// The statement that was not recorded.
    pub const fn statement(&self) -> StatementDigest {
        self.statement
    }

    /// Why, as a code of the catalogue; perhaps of a later one than this program knows.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Why, if this program's catalogue has the code.
    pub fn reason(&self) -> Option<Reason> {
        self.code.parse().ok()
    }

    /// When, in whole seconds: the ledger's time, not before its newest entry.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// Signs the refusal by the log's key.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Note, NoteSignError> {
        Note::sign(self.to_string(), &self.origin, signer)
    }
}

impl VerifiedRefusal {
    /// Reads a note and checks that it is a refusal of this log, signed by its key.
    pub fn verify(bytes: &[u8], log: &VerifierKey) -> Result<Self, RefusalError> {
        Self::of_note(Note::parse(bytes)?, log)
    }

    /// Checks that a note is a refusal of this log, signed by its key.
    pub fn of_note(note: Note, log: &VerifierKey) -> Result<Self, RefusalError> {
        if log.key_type() != KeyType::Ed25519 {
            return Err(RefusalError::KeyType { name: log.name().clone() });
        }
        let refused: Refused = note.verify(std::slice::from_ref(log))?.text().parse()?;
        if refused.origin != *log.name() {
            let (expected, found) = (log.name().clone(), refused.origin);
            return Err(RefusalError::Origin { expected, found });
        }
        Ok(Self { refused, note })
    }

    /// Checks that it is about this statement, and gives the reason that the ledger gave beside it.
    pub fn expect(self, statement: StatementDigest, code: &str) -> Result<Self, RefusalError> {
        let Refused { statement: found, code: found_code, .. } = &self.refused;
        if *found != statement {
            return Err(RefusalError::OtherStatement { expected: statement, found: *found });
        }
        if found_code != code {
            let (expected, found) = (code.to_owned(), found_code.clone());
            return Err(RefusalError::OtherCode { expected, found });
        }
        Ok(self)
    }

    /// What it says.
    pub const fn refused(&self) -> &Refused {
        &self.refused
    }

    /// The note as it came, to be kept as a file.
    pub const fn note(&self) -> &Note {
        &self.note
    }
}

impl FromStr for Refused {
    type Err = RefusalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        let &[first, statement, code, seconds] = lines.as_slice() else {
            return Err(RefusalError::Lines { found: lines.len() });
        };
        if !text.ends_with('\n') {
            return Err(NoteError::NoLineBreak.into());
        }
        let origin = first
            .strip_suffix(SUFFIX)
            .ok_or_else(|| RefusalError::FirstLine { found: cut(first, 80) })?;
        let (origin, statement) = (origin.parse()?, statement.parse()?);
        if !is_code(code) {
            return Err(RefusalError::Code { found: cut(code, 80) });
        }
        let time =
            parse_seconds(seconds).ok_or_else(|| RefusalError::Time { found: cut(seconds, 40) })?;
        Ok(Self { origin, statement, code: code.to_owned(), time })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, statement, code, time } = self;
        write!(f, "{origin}{SUFFIX}\n{statement}\n{code}\n{}\n", time.seconds())
    }
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    // Never beyond the year 9999, since the time itself is not.
    Timestamp::from_ms(time.seconds() * 1000).unwrap_or(time)
}

fn is_code(text: &str) -> bool {
    let is_code_char = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    !text.is_empty() && text.len() <= CODE_CHARS_MAX && text.chars().all(is_code_char)
}

/// A decimal number in the one form that is written.
fn parse_seconds(text: &str) -> Option<Timestamp> {
    let seconds: u64 = text.parse().ok()?;
    let time = Timestamp::from_ms(seconds.checked_mul(1000)?).ok()?;
    (seconds.to_string() == text).then_some(time)
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digest;
    use crate::key::PrivateKey;
    use crate::note::Checkpoint;

    fn refused() -> Refused {
        let statement = StatementDigest::new(Digest::of(b"statement"));
        let time = Timestamp::from_ms(1_796_000_000_999).unwrap();
        Refused::new("log.example".parse().unwrap(), statement, Reason::WrongLedger, time)
    }

    fn signed(text: &str) -> (String, VerifierKey) {
        let (name, key): (KeyName, _) =
            ("log.example".parse().unwrap(), PrivateKey::from_seed([7; 32]));
        let note = Note::sign(text.to_owned(), &name, &key).unwrap().to_string();
        (note, VerifierKey::new(name, KeyType::Ed25519, *key.public_key()))
    }

    #[test]
    fn a_refusal_is_written_line_by_line_and_comes_back() {
        let text = refused().to_string();
        let expected = format!(
            "log.example/refusal\n{}\nWRONG_LEDGER\n1796000000\n",
            Digest::of(b"statement")
        );
        assert_eq!(text, expected);
        assert_eq!(text.parse(), Ok(refused()));
        let (note, log) = signed(&text);
        let verified = VerifiedRefusal::verify(note.as_bytes(), &log).unwrap();
        assert_eq!(verified.refused(), &refused());
        assert_eq!(verified.refused().reason(), Some(Reason::WrongLedger));
        assert_eq!(verified.note().to_string(), note);
        let key = PrivateKey::from_seed([7; 32]);
        assert_eq!(refused().sign(&key).unwrap().to_string(), note);
    }

    #[test]
    fn every_other_form_is_refused() {
        let text = refused().to_string();
        let changed = |from: &str, to: &str| {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text, "{from:?} is not there");
            other
        };
        let digest = Digest::of(b"statement").to_string();
        for bad in [
            String::new(),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            format!("{text}more\n"),
            format!("\n{text}"),
            changed("/refusal", ""),
            changed("/refusal", "/refusal "),
            changed("/refusal", "/Refusal"),
            changed("log.example", ""),
            changed("log.example", "log example"),
            changed(&digest, &digest.to_ascii_uppercase()),
            changed(&digest, digest.get(2..).unwrap()),
            changed("WRONG_LEDGER", ""),
            changed("WRONG_LEDGER", "wrong_ledger"),
            changed("WRONG_LEDGER", "WRONG LEDGER"),
            changed("WRONG_LEDGER", &"X".repeat(65)),
            changed("1796000000", ""),
            changed("1796000000", "+1796000000"),
            changed("1796000000", "01796000000"),
            changed("1796000000", "-1"),
            changed("1796000000", "1796000000.0"),
            changed("1796000000", "253402300800"),
            changed("1796000000", &u64::MAX.to_string()),
        ] {
            bad.parse::<Refused>().unwrap_err();
        }
        // A code of a later catalogue is a code.
        let later: Refused = changed("WRONG_LEDGER", "REASON_OF_2040").parse().unwrap();
        assert_eq!((later.code(), later.reason()), ("REASON_OF_2040", None));
    }

    #[test]
    fn nothing_is_both_a_refusal_and_a_checkpoint() {
        let text = refused().to_string();
        text.parse::<Checkpoint>().unwrap_err();
        // A log may be called like another one's refusals.
        let size = "log.example/refusal".parse().unwrap();
        let checkpoint = Checkpoint::new(size, 1.into(), Digest::of(b"root")).unwrap().to_string();
        checkpoint.parse::<Refused>().unwrap_err();
    }

    #[test]
    fn only_the_logs_own_signature_on_its_own_refusal_counts() {
        let (note, log) = signed(&refused().to_string());
        let of = |name: &str, seed, key_type| {
            let key = PrivateKey::from_seed([seed; 32]);
            VerifierKey::new(name.parse().unwrap(), key_type, *key.public_key())
        };
        let verify = |note: &str, log: &VerifierKey| VerifiedRefusal::verify(note.as_bytes(), log);
        assert!(verify(&note, &log).is_ok());
        verify(&note, &of("log.example", 8, KeyType::Ed25519)).unwrap_err();
        verify(&note, &of("other.example", 7, KeyType::Ed25519)).unwrap_err();
        let error = verify(&note, &of("log.example", 7, KeyType::CosignatureV1)).unwrap_err();
        assert!(matches!(error, RefusalError::KeyType { .. }), "{error}");
        let other = refused().to_string().replace("log.example", "other.example");
        let error = verify(&signed(&other).0, &log).unwrap_err();
        assert!(matches!(error, RefusalError::Origin { .. }), "{error}");
        for place in 0..note.len() {
            let mut changed = note.clone().into_bytes();
            changed[place] ^= 1;
            assert!(VerifiedRefusal::verify(&changed, &log).is_err(), "byte {place}");
        }
    }

    #[test]
    fn a_refusal_is_held_against_what_was_offered_and_answered() {
        let (note, log) = signed(&refused().to_string());
        let verified = VerifiedRefusal::verify(note.as_bytes(), &log).unwrap();
        let expect = |statement, code| verified.clone().expect(statement, code);
        assert!(expect(refused().statement(), "WRONG_LEDGER").is_ok());
        let other = StatementDigest::new(Digest::of(b"another"));
        let error = expect(other, "WRONG_LEDGER").unwrap_err();
        assert!(matches!(error, RefusalError::OtherStatement { .. }), "{error}");
        let error = expect(refused().statement(), "KEY_REVOKED").unwrap_err();
        assert!(matches!(error, RefusalError::OtherCode { .. }), "{error}");
    }
}
