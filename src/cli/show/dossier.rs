//! A dossier in plain words.

use serde_json::{Value, json};

use crate::cli::failure::{Failure, Step as _};
use crate::cli::show::note;
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::dossier::{Container, to_json};
use crate::note::{Checkpoint, Note};
use crate::policy::Verdict;

/// Shows what a dossier claims, and what is in it.
pub(super) fn show(bytes: &[u8]) -> Result<Shown, Failure> {
    let dossier = Container::decode(bytes).step("dossier")?;
    let mut facts = Facts::default();
    let checkpoint = Note::parse(dossier.checkpoint().as_bytes()).step("checkpoint")?;
    note::put_checkpoint(&mut facts, &checkpoint.text().parse::<Checkpoint>().step("checkpoint")?);
    note::put_signatures(&mut facts, &checkpoint);
    let verdict = Verdict::parse(dossier.verdict()).step("verdict")?;
    facts.put("verdict", json!(verdict.word())).put("asked", json!(verdict.body().query));
    let rules = verdict.body().policy.as_ref();
    facts.put_some("rule_set", rules.map(|rules| format!("{}@{}", rules.id, rules.version)));
    let findings: Vec<String> = verdict
        .body()
        .findings
        .iter()
        .map(|finding| {
            let code = finding.code.map_or_else(String::new, |code| format!(" {code}"));
            format!("{}: {}{code}", finding.requirement, word(&json!(finding.outcome)))
        })
        .collect();
    facts.put("findings", json!(findings));
    let chains: Vec<Value> = dossier
        .chains()
        .iter()
        .map(|chain| {
            let entries = dossier.entries_of(chain).count();
            json!({"class": chain.class.to_string(), "uri": chain.uri, "entries": entries})
        })
        .collect();
    facts.put("entries", dossier.entries().len()).put("chains", json!(chains));
    let title = "Dossier: a verdict, and everything that it rests on";
    Ok(Shown::new("dossier", title, facts)
        .content(to_json(bytes).step("dossier")?)
        .unchecked("anything it claims: `probant verify` does, offline, with your trust root"))
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
