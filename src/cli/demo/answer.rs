//! What the server answers to a query: asked over the wire, kept as files, verified offline.

use prost::bytes::Bytes;
use serde_json::{Value, json};

use super::expected::Expected;
use super::rows::{AttackRow, QueryRow};
use super::stage::Stage;
use super::tamper;
use crate::causes::chain;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::dossier;
use crate::envelope::StatementDigest;
use crate::ledger::Clock as _;
use crate::merkle::TreeSize;
use crate::time::Timestamp;

/// How old the checkpoint of a dossier may be: a day, as `probant verify` has it by default.
const AGE_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// What the server answered to a query.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    name: String,
    dossier: Bytes,
    read_at: Timestamp,
    logged: Result<StatementDigest, String>,
}

impl Answer {
    /// The statement of the logged verdict.
    pub(super) fn logged(&self) -> Result<StatementDigest, Failure> {
        let not_logged = |why| format!("{}: the verdict was not logged: {why}", self.name);
        self.logged.clone().map_err(|why| Failure::new(not_logged(why)))
    }
}

impl Stage {
    /// Asks the server, keeps query and dossier, and verifies the dossier offline.
    pub(super) async fn ask(
        &mut self,
        name: &str,
        mut query: Value,
        expected: &Expected,
    ) -> Result<Answer, Failure> {
        query["request_id"] = json!(format!("{}/{name}", self.case));
        let text = serde_json::to_string_pretty(&query).step(name)?;
        let path = self.dir.join("queries").join(format!("{name}.json"));
        files::write_new(&path, text.as_bytes(), Access::Public)?;
        let outcome = self.client.check(text, true).await.step(name)?;
        let dossier = outcome
            .dossier
            .map_err(|why| Failure::new(format!("{name}: the server sent no dossier: {why}")))?;
        let path = self.dir.join("dossiers").join(format!("{name}.dossier"));
        files::write_new(&path, &dossier, Access::Public)?;

        let read_at = self.read_at(query.get("as_of").and_then(Value::as_u64))?;
        let verified = dossier::verify(&dossier, &self.trust(), &limits(read_at));
        let offline = match &verified {
            Ok(of) if of.verdict().bytes() == outcome.verdict => Ok(()),
            Ok(_) => Err("another verdict".to_owned()),
            Err(cause) => Err(chain(cause)),
        };
        let verdict: Value = serde_json::from_slice(&outcome.verdict).step(name)?;
        let row = QueryRow::new((self.case, name), expected, &verdict, offline, read_at);
        self.rows.queries.push(row);
        let logged = match outcome.logged {
            Ok((envelope, receipt)) => {
                let digest = envelope.statement_digest();
                self.keep(&format!("verdict-{name}"), envelope, &receipt)?;
                Ok(digest)
            }
            Err(why) => Err(why),
        };
        Ok(Answer { name: name.to_owned(), dossier, read_at, logged })
    }

    /// Leaves a record out of a copy of the answer's dossier, which has to be refused.
    pub(super) fn refuses_without(&mut self, answer: &Answer, label: &str) -> Result<(), Failure> {
        let index = self.of(label)?.index;
        let (found, is_met) = match tamper::leave_out(&answer.dossier, index) {
            None => ("the dossier does not have it".to_owned(), false),
            Some(cut) => match dossier::verify(&cut, &self.trust(), &limits(answer.read_at)) {
                Ok(_) => ("verified".to_owned(), false),
                Err(cause) => (format!("refused: {}", chain(&cause)), true),
            },
        };
        let what = format!("dossier {} without {label}", answer.name);
        self.rows.tampers.push(AttackRow::new(self.case, what, ("refused", found), is_met));
        Ok(())
    }

    fn trust(&self) -> dossier::Trust<'_> {
        dossier::Trust { genesis: &self.genesis, policies: &self.policies, witnesses: None }
    }

    /// When a reader would look at an answer: now, or for a historic one at the time of its seal.
    fn read_at(&self, as_of: Option<u64>) -> Result<Timestamp, Failure> {
        match as_of {
            None => Ok(self.clock.now()),
            Some(size) => {
                let size = Some(TreeSize::new(size));
                Ok(self.ledger.view(size).step("as_of")?.seal_time())
            }
        }
    }
}

fn limits(now: Timestamp) -> dossier::Limits {
    dossier::Limits { now, age_max_ms: Some(AGE_MAX_MS) }
}
