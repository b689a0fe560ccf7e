//! `probant verify --simulate-…`: what the evaluator would say under another rule set, on another day
//! or as of another size of the ledger. Said in a way that nobody takes for a verdict.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::failure::{Failure, Step as _};
use crate::cli::policy;
use crate::cli::verdict::{self, Lang};
use crate::cli::words::Text;
use crate::dossier::VerifiedDossier;
use crate::genesis::Genesis;
use crate::merkle::TreeSize;
use crate::policy::{PolicySet, Simulated, Simulation, simulate};
use crate::time::Timestamp;

/// What is different in a simulation, as a person asks for it.
#[derive(Args, Debug)]
#[command(next_help_heading = "Simulation, which proves nothing and decides the exit status")]
pub(super) struct Simulate {
    /// Judge the same question and evidence by this rule set, too: a file or an embedded one
    #[arg(id = "simulate_policy", long = "simulate-policy", value_name = "FILE.toml")]
    policy: Option<PathBuf>,
    /// Ask the same question about this instant, too, as if nothing had been logged since
    #[arg(id = "simulate_at", long = "simulate-at", value_name = "TIME")]
    at: Option<Timestamp>,
    /// Ask the same question of the ledger as it was at this size, too: at most the dossier's
    #[arg(id = "simulate_size", long = "simulate-size", value_name = "ENTRIES")]
    size: Option<u64>,
}

/// A simulation and what was different in it.
pub(super) struct Done {
    what: Simulation,
    simulated: Simulated,
}

impl Simulate {
    /// Whether anything is to be simulated.
    pub(super) const fn is_asked(&self) -> bool {
        self.policy.is_some() || self.at.is_some() || self.size.is_some()
    }

    /// Simulates, if that was asked for.
    pub(super) fn run(
        &self,
        verified: &VerifiedDossier,
        policies: &PolicySet,
        genesis: &Genesis,
    ) -> Result<Option<Done>, Failure> {
        if !self.is_asked() {
            return Ok(None);
        }
        let rule_set = self.policy.as_deref().map(policy::find).transpose();
        let rule_set = rule_set.map_err(|failure| failure.in_step("simulation"))?;
        let size = self.size.map(TreeSize::new);
        let what = Simulation { rule_set, at: self.at, size };
        let (query, evidence) = (verified.query(), verified.evidence());
        let simulated = simulate(query, evidence, policies, genesis, &what).step("simulation")?;
        Ok(Some(Done { what, simulated }))
    }
}

impl Done {
    /// What came out.
    pub(super) const fn simulated(&self) -> &Simulated {
        &self.simulated
    }

    /// The simulation for programs.
    pub(super) fn value(&self) -> Value {
        json!({
            "policy": self.what.rule_set.as_ref().map(|rules| json!(rules.reference())),
            "at": self.what.at,
            "size": self.what.size.map(TreeSize::get),
            "verdict": verdict::value(self.simulated.verdict()),
        })
    }

    /// Adds the simulation, and then says that what follows is none.
    pub(super) fn put(&self, text: &mut Text, lang: Lang) {
        let loud = anstyle::AnsiColor::Yellow.on_default().bold();
        let label = lang.choose(
            "SIMULATION, no verdict. It proves nothing, and takes nothing from the dossier's own \
             verdict, which stands below. The exit status is the simulation's.",
            "SIMULATION, et non verdict. Elle ne prouve rien et n'enlève rien au verdict du \
             dossier, qui figure plus bas. Le code de sortie est celui de la simulation.",
        );
        text.styled(loud, label);
        if let Some(rules) = &self.what.rule_set {
            let by = lang.choose("Judged by", "Jugé selon");
            text.line(format_args!("{by} {}, SHA-256 {}", rules.name(), rules.sha256()));
        }
        if let Some(at) = self.what.at {
            let about = lang.choose(
                "As if nothing had been logged since, asked about",
                "Comme si rien n'avait été consigné depuis, question posée pour le",
            );
            text.line(format_args!("{about} {at}"));
        }
        if let Some(size) = self.what.size {
            let ended = lang.choose(
                "As if the ledger had ended at this size, in entries:",
                "Comme si le registre s'était arrêté à cette taille, en entrées :",
            );
            text.line(format_args!("{ended} {size}"));
        }
        verdict::put(text, self.simulated.verdict(), self.simulated.policies(), lang);
        let end = lang.choose(
            "END OF THE SIMULATION. The dossier's own verdict:",
            "FIN DE LA SIMULATION. Verdict du dossier :",
        );
        text.line("").styled(loud, end);
    }
}
