//! `probant attest`: signs a statement, offline.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::attestation::{Signers, Statement};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::keys;
use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;
use crate::envelope::{Envelope, JSON_BYTES_MAX, PAYLOAD_TYPE};
use crate::key::{KeyId, PrivateKey, Signer};

/// Signs a statement, offline.
///
/// Nothing but the keys and the file is read. The statement is checked first, by every rule that
/// needs nothing but the statement, and signed byte for byte as it stands in the file. Given an
/// envelope, adds signatures to it: that is how two parties sign one mandate. Those that are there
/// already are not checked.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant attest --key acme.pem declaration.json --out declaration.dsse.json
  probant attest --key partner.pem mandate.dsse.json --out mandate.both.dsse.json")]
pub(super) struct Attest {
    /// A private key (PKCS#8 PEM, mode 0600); may be given several times
    #[arg(long = "key", value_name = "KEY.pem", required = true)]
    keys: Vec<PathBuf>,
    /// The statement (in-toto, JSON), or an envelope to which signatures are added
    #[arg(value_name = "STATEMENT.json")]
    statement: PathBuf,
    /// Where the envelope (DSSE, JSON) goes
    #[arg(long, value_name = "ENVELOPE.json")]
    out: PathBuf,
    /// Overwrite the file at --out
    #[arg(long)]
    force: bool,
}

impl Attest {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let shown = self.statement.display();
        let bytes = files::read(&self.statement, JSON_BYTES_MAX)?;
        let present = is_envelope(&bytes)
            .then(|| Envelope::from_json(&bytes).rejected(format!("envelope {shown}")))
            .transpose()?;
        let payload = present.as_ref().map_or(bytes.as_slice(), Envelope::payload).to_vec();
        let statement = Statement::parse(&payload).rejected(format!("statement {shown}"))?;
        let keys: Vec<PrivateKey> =
            self.keys.iter().map(|path| keys::read_private(path)).collect::<Result<_, _>>()?;
        let envelope = sign(payload, present.as_ref(), &keys)?;

        let json = envelope.to_json() + "\n";
        if self.force {
            files::write(&self.out, json.as_bytes(), Access::Public)?;
        } else {
            files::write_new(&self.out, json.as_bytes(), Access::Public)?;
        }
        let own: Vec<KeyId> = keys.iter().map(|key| key.public_key().id()).collect();
        Ok(self.report(&statement, &envelope, &own))
    }

    fn report(&self, statement: &Statement, envelope: &Envelope, own: &[KeyId]) -> Report {
        let signers: Vec<&KeyId> = envelope.signatures().iter().map(|(key, _)| key).collect();
        let needed = needed(&statement.predicate().signers());
        let digest = envelope.statement_digest();
        let mut text = Text::default();
        text.line(format_args!("envelope: {}", self.out.display()))
            .line(format_args!("statement: {digest}"))
            .line(format_args!("kind: {}", statement.kind().name()));
        for signer in &signers {
            if own.contains(signer) {
                text.line(format_args!("signed by key: {signer}"));
            } else {
                text.line(format_args!("signature from before, not checked, by key: {signer}"));
            }
        }
        text.line(format_args!("the ledger demands the signature of: {needed}"));
        let facts = json!({
            "envelope_file": self.out.to_string_lossy(),
            "statement": digest,
            "kind": statement.kind().name(),
            "signers": signers,
            "signatures_needed": needed,
        });
        Report::new(Outcome::Accepted, facts, text)
    }
}

/// Whether JSON is an envelope rather than a statement; what is neither is refused as a statement.
fn is_envelope(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(bytes)
        .is_ok_and(|value| value.get("payloadType").is_some())
}

fn sign(
    payload: Vec<u8>,
    present: Option<&Envelope>,
    keys: &[PrivateKey],
) -> Result<Envelope, Failure> {
    let signers: Vec<&dyn Signer> = keys.iter().map(|key| key as &dyn Signer).collect();
    let added = Envelope::sign(payload, &signers).step("sign")?;
    let Some(present) = present else { return Ok(added) };
    let signatures = [present.signatures(), added.signatures()].concat();
    Envelope::new(PAYLOAD_TYPE, added.payload().to_vec(), signatures).step("add signatures")
}

/// Who has to sign, in words.
fn needed(signers: &Signers) -> String {
    match signers {
        Signers::Issuer => "its issuer (of a transcription: the transcriber)".to_owned(),
        Signers::Parties(parties) => {
            parties.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
        }
        Signers::Registrars(act) if act.adds.is_empty() => "registrars, by their quorum".to_owned(),
        Signers::Registrars(_) => "registrars, by their quorum, and each key it adds".to_owned(),
        Signers::NewKey { operator, key } => format!(
            "an old key of {operator}, the new key {} and one registrar; or registrars by their \
             quorum and the new key",
            key.keyid
        ),
        Signers::OwnKey { key } => {
            format!("the key {} itself; or registrars by their quorum", key.keyid)
        }
    }
}
