//! `probant witness-policy`: what a witness policy demands, and whether it leaves room for two
//! histories.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::reader::read_witness_policy;
use crate::cli::report::{Outcome, Report};
use crate::cli::verdict::Lang;
use crate::cli::words::Text;
use crate::note::{Overlap, OverlapError, Witness, WitnessPolicy};

/// Explains a witness policy: who counts, how many it takes, and whether a log could show two
/// histories to those who go by it.
///
/// A log shows two histories unnoticed where the witnesses of one reader cosign the one, those of
/// another the other, and all who cosign both are faulty: for k1 and k2 of n witnesses, if
/// k1 + k2 is at most n + faulty. Exit status 0: it can't. 1: it can. 2: could not say.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant witness-policy witnesses                       two who both go by this file
  probant witness-policy witnesses --faulty 1            and one witness cosigns whatever it is shown
  probant witness-policy witnesses --monitor theirs --lang fr")]
pub(super) struct ExplainWitnessPolicy {
    /// The policy of whoever verifies (C2SP tlog-policy)
    file: PathBuf,
    /// The policy of whoever watches the log, if it is another one
    #[arg(long, value_name = "FILE")]
    monitor: Option<PathBuf>,
    /// How many witnesses may cosign whatever they are shown
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    faulty: usize,
    /// The language of the answer
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

/// Something that is worth knowing of a policy, in both languages.
struct Remark {
    en: String,
    fr: String,
}

impl ExplainWitnessPolicy {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let (policy, _) = read_witness_policy(&self.file)?;
        let monitor = self.monitor.as_deref().map(read_witness_policy).transpose()?;
        let monitor = monitor.map(|(monitor, _)| monitor);
        let overlap = policy.overlap(monitor.as_ref().unwrap_or(&policy));
        let is_possible = overlap.as_ref().ok().map(|it| it.allows_split_view(self.faulty));
        let outcome = match is_possible {
            Some(false) => Outcome::Accepted,
            Some(true) => Outcome::Rejected,
            None => Outcome::Unknown,
        };

        let mut text = Text::titled(match is_possible {
            Some(false) => self.say("NO SPLIT VIEW", "PAS DE VUE DIVISÉE"),
            Some(true) => self.say("A SPLIT VIEW IS POSSIBLE", "UNE VUE DIVISÉE EST POSSIBLE"),
            None => self.say("COULD NOT SAY", "INDÉTERMINÉ"),
        });
        self.put_policy(&mut text, &self.file, &policy);
        if let (Some(path), Some(monitor)) = (&self.monitor, &monitor) {
            self.put_policy(&mut text, path, monitor);
        }
        self.put_overlap(&mut text, &overlap);
        let mut said = remarks(&policy);
        said.extend(monitor.as_ref().into_iter().flat_map(remarks));
        for remark in &said {
            let heading = self.say("remark", "remarque");
            let words = self.say(&remark.en, &remark.fr);
            text.line(format_args!("{heading}{} {words}", self.lang.locale().colon()));
        }
        let facts = json!({
            "file": self.file.to_string_lossy(),
            "monitor_file": self.monitor.as_ref().map(|path| path.to_string_lossy()),
            "faulty": self.faulty,
            "split_view": is_possible,
            "policy": facts_of(&policy),
            "monitor": monitor.as_ref().map(facts_of),
            "overlap": overlap.ok().map(|it| json!({
                "verifier": names(&it.one), "monitor": names(&it.other), "both": names(&it.both),
            })),
            "remarks": said.iter().map(|it| &it.en).collect::<Vec<_>>(),
        });
        Ok(Report::new(outcome, facts, text))
    }

    const fn say<'t>(&self, en: &'t str, fr: &'t str) -> &'t str {
        self.lang.choose(en, fr)
    }

    /// Who counts, how many it takes, how many may be silent.
    fn put_policy(&self, text: &mut Text, path: &Path, policy: &WitnessPolicy) {
        let colon = self.lang.locale().colon();
        text.line(format_args!("{}{colon}", path.display()));
        for witness in policy.witnesses() {
            let heading = self.say("witness", "témoin");
            let (name, key, url) = (&witness.name, witness.key.name(), witness.url.as_deref());
            let url = url.unwrap_or_else(|| self.say("no URL", "sans URL"));
            text.line(format_args!("  {heading} {name}{colon} {key}, {url}"));
        }
        for group in policy.groups() {
            let (heading, of) = (self.say("group", "groupe"), self.say("of", "parmi"));
            let members = group.members.join(", ");
            let (name, threshold) = (group.name, group.threshold);
            text.line(format_args!("  {heading} {name}{colon} {threshold} {of} {members}"));
        }
        let Some(quorum) = policy.quorum_name() else {
            text.line(self.say("  quorum: none", "  quorum\u{a0}: aucun"));
            return;
        };
        let fewest = names(&policy.fewest());
        text.line(format_args!("  quorum{colon} {quorum}"));
        let (count, fewest) = (fewest.len(), fewest.join(", "));
        text.line(match self.lang {
            Lang::En => format!("  the fewest that meet it: {count}, as {fewest}"),
            Lang::Fr => format!("  le moins qui y suffise\u{a0}: {count}, par exemple {fewest}"),
        });
        let silent = policy.silent_max().unwrap_or_default();
        text.line(match self.lang {
            Lang::En => format!("  may be silent, whichever they are: {silent}"),
            Lang::Fr => format!("  peuvent se taire, quels qu'ils soient\u{a0}: {silent}"),
        });
    }

    fn put_overlap(&self, text: &mut Text, overlap: &Result<Overlap<'_>, OverlapError>) {
        let overlap = match overlap {
            Ok(overlap) => overlap,
            Err(cause) => {
                text.line(match self.lang {
                    Lang::En => cause.to_string(),
                    Lang::Fr => format!("«\u{a0}{cause}\u{a0}» (en anglais)"),
                });
                return;
            }
        };
        let (both, faulty) = (overlap.both.len(), self.faulty);
        text.line(match self.lang {
            Lang::En => format!("witnesses in both quorums: {both} at the least; faulty: {faulty}"),
            Lang::Fr => {
                format!("témoins communs aux deux quorums\u{a0}: {both} au moins\u{a0}; défaillants\u{a0}: {faulty}")
            }
        });
        let list = |set: &[&Witness]| {
            let names = names(set);
            if names.is_empty() {
                self.say("nobody", "personne").to_owned()
            } else {
                names.join(", ")
            }
        };
        let (one, other) = (list(&overlap.one), list(&overlap.other));
        let both = list(&overlap.both);
        text.line(match self.lang {
            Lang::En => format!(
                "as: {one} for the one history, {other} for the other; both would be cosigned by {both}"
            ),
            Lang::Fr => format!(
                "par exemple\u{a0}: {one} pour une histoire, {other} pour l'autre\u{a0}; les deux seraient \
                 cosignées par {both}"
            ),
        });
    }
}

fn names(witnesses: &[&Witness]) -> Vec<String> {
    witnesses.iter().map(|witness| witness.name.clone()).collect()
}

fn facts_of(policy: &WitnessPolicy) -> Value {
    let groups = policy.groups().into_iter().map(
        |group| json!({"name": group.name, "threshold": group.threshold, "members": group.members}),
    );
    let witnesses = policy
        .witnesses()
        .iter()
        .map(|witness| json!({"name": witness.name, "key": witness.key, "url": witness.url}));
    json!({
        "logs": policy.logs().iter().map(|log| json!(log.key)).collect::<Vec<Value>>(),
        "witnesses": witnesses.collect::<Vec<Value>>(),
        "groups": groups.collect::<Vec<Value>>(),
        "quorum": policy.quorum_name(),
        "fewest": names(&policy.fewest()),
        "silent_max": policy.silent_max(),
    })
}

fn remarks(policy: &WitnessPolicy) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut remark = |en: String, fr: String| remarks.push(Remark { en, fr });
    if policy.logs().is_empty() {
        remark(
            "no log is named: the policy is for whichever log it is held to".to_owned(),
            "aucun registre n'est nommé\u{a0}: la politique vaut pour celui auquel on l'applique"
                .to_owned(),
        );
    }
    if !policy.has_quorum() {
        remark(
            "no witness is asked for: that nobody is shown another history rests on the log".to_owned(),
            "aucun témoin n'est exigé\u{a0}: que personne ne voie une autre histoire repose sur le registre"
                .to_owned(),
        );
    }
    let counted = policy.quorum_witnesses();
    for witness in policy.witnesses() {
        let name = &witness.name;
        if policy.has_quorum() && !counted.iter().any(|it| it.key == witness.key) {
            remark(
                format!("{name} is not in the quorum: what it cosigns counts for nothing"),
                format!("{name} n'est pas dans le quorum\u{a0}: ce qu'il cosigne ne compte pas"),
            );
        }
        match witness.url.as_deref() {
            None => remark(
                format!("{name} has no URL: a ledger can't ask it"),
                format!("{name} n'a pas d'URL\u{a0}: un registre ne peut pas l'interroger"),
            ),
            Some(url) if url.starts_with("http://") => remark(
                format!(
                    "{name} is asked over http: whoever is on the way can keep it from answering"
                ),
                format!(
                    "{name} est interrogé par http : qui est sur le chemin peut le faire taire"
                ),
            ),
            Some(_) => {}
        }
    }
    if policy.has_quorum() && !policy.is_met_by(|witness| witness.url.is_some()) {
        remark(
            "the witnesses with a URL do not meet the quorum: a ledger can't be served with it".to_owned(),
            "les témoins qui ont une URL ne suffisent pas au quorum\u{a0}: on ne peut pas servir un registre \
             avec"
            .to_owned(),
        );
    }
    if policy.silent_max() == Some(0) && counted.len() > 1 {
        remark(
            "one witness that is silent can keep the quorum from being met".to_owned(),
            "un seul témoin qui se tait peut empêcher le quorum".to_owned(),
        );
    }
    remarks
}
