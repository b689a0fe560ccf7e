//! What a reader brings to what is verified offline: a trust root, accepted rule sets, witnesses, a
//! clock.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::handovers::Handovers;
use crate::cli::words::argument;
use crate::cli::{files, policies, report, show};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::ledger::{Clock as _, SystemClock};
use crate::log_key::LogKeys;
use crate::note::{PolicyLog, WitnessPolicy};
use crate::policy::PolicySet;
use crate::report::ReadFile;
use crate::time::Timestamp;

/// The largest witness policy that is read.
const WITNESS_POLICY_BYTES_MAX: usize = 1 << 20;

/// What a reader trusts and accepts. None of it comes from the file that is verified.
#[derive(Args, Debug)]
pub(super) struct Reader {
    /// The ledger's genesis document, from your own keeping
    #[arg(long, value_name = "genesis.toml")]
    trust: PathBuf,
    /// A rule set to accept besides the embedded ones; may be given several times
    #[arg(long = "policy", value_name = "FILE.toml")]
    policies: Vec<PathBuf>,
    /// The witnesses that must have seen the checkpoint, and how many (C2SP tlog-policy)
    #[arg(long = "witness-policy", alias = "witnesses", value_name = "FILE")]
    witnesses: Option<PathBuf>,
    #[command(flatten)]
    handovers: Handovers,
    /// Your time, if it is not this machine's, as 2026-11-23T12:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

impl Reader {
    /// The trust root.
    pub(super) fn genesis(&self) -> Result<Genesis, Failure> {
        show::read_genesis(&self.trust)
    }

    /// The accepted rule sets.
    pub(super) fn policies(&self) -> Result<PolicySet, Failure> {
        policies::accepted(&self.policies)
    }

    /// The witnesses, if any are asked for, and the file that says so.
    pub(super) fn witnesses(&self) -> Result<Option<(WitnessPolicy, ReadFile)>, Failure> {
        self.witnesses.as_deref().map(read_witnesses).transpose()
    }

    /// The log's keys, as far as the reader knows of handovers.
    pub(super) fn log_keys(&self, genesis: &Genesis) -> Result<LogKeys, Failure> {
        self.handovers.log_keys(genesis)
    }

    /// The same command again, with the reader's time in it and nothing that this run only wrote.
    pub(super) fn again(&self, command: &str, judged: &Path, more: &[String]) -> String {
        let mut words = vec![
            "probant".to_owned(),
            command.to_owned(),
            argument(judged),
            "--trust".to_owned(),
            argument(&self.trust),
        ];
        let mut option = |name: &str, path: &Path| words.extend([name.to_owned(), argument(path)]);
        self.policies.iter().for_each(|path| option("--policy", path));
        self.witnesses.iter().for_each(|path| option("--witness-policy", path));
        self.handovers.dir().into_iter().for_each(|path| option("--handovers", path));
        words.extend_from_slice(more);
        words.join(" ")
    }

    /// The trust root as a file that was read.
    pub(super) fn trust_file(&self, genesis: &Genesis) -> ReadFile {
        ReadFile { name: self.trust.display().to_string(), sha256: *genesis.digest() }
    }

    /// The reader's time.
    pub(super) fn now(&self) -> Timestamp {
        self.at.unwrap_or_else(|| SystemClock.now())
    }
}

/// A witness policy that is relied on, and the file that it was read from. Says aloud if its quorum
/// can be met twice without a witness in common.
pub(super) fn read_witnesses(path: &Path) -> Result<(WitnessPolicy, ReadFile), Failure> {
    let (policy, file) = read_witness_policy(path)?;
    if policy.has_quorum() && policy.overlap(&policy).is_ok_and(|it| it.allows_split_view(0)) {
        report::warn(&format!(
            "the quorum of {} can be met twice without a witness in common: a log could show two \
             histories to two who go by it (see: probant witness-policy {})",
            path.display(),
            argument(path)
        ));
    }
    Ok((policy, file))
}

/// A witness policy, and the file that it was read from.
pub(super) fn read_witness_policy(path: &Path) -> Result<(WitnessPolicy, ReadFile), Failure> {
    let bytes = files::read(path, WITNESS_POLICY_BYTES_MAX)?;
    let policy = WitnessPolicy::parse(&bytes).step(format!("witnesses {}", path.display()))?;
    Ok((policy, ReadFile { name: path.display().to_string(), sha256: Digest::of(&bytes) }))
}

/// Refuses a witness policy that names logs, and none by any of these keys.
pub(super) fn expect_named(logs: &[PolicyLog], keys: &LogKeys) -> Result<(), Failure> {
    let is_ours = |log: &PolicyLog| keys.line().any(|key| *key == log.key);
    if logs.is_empty() || logs.iter().any(is_ours) {
        return Ok(());
    }
    Err(Failure::new("the witness policy names logs, and this is none of them"))
}
