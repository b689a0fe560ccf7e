//! One pass over a log: genesis and checkpoint, tiles, then every bundle in order.

use std::collections::BTreeSet;

use crate::audit::bundles;
use crate::audit::detail::Detail;
use crate::audit::entries::EntryPass;
use crate::audit::findings::Desk;
use crate::audit::handovers;
use crate::audit::localized::Quoted;
use crate::audit::report::{AuditReport, AuditedCheckpoint, AuditedHandover, Place};
use crate::audit::rule::Rule;
use crate::audit::source::{LogSource, SourceError, bundles_in_order};
use crate::audit::state::AuditState;
use crate::audit::tiles::Tiles;
use crate::entry::Entry;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::{LogKeys, VerifiedHandover};
use crate::merkle::{EntryIndex, TileId, TileKind, TreeSize};
use crate::note::{CosignedCheckpoint, WitnessPolicy};
use crate::policy::{Evidence, PolicySet};
use crate::time::Timestamp;

/// What an auditor brings besides the trust root.
#[derive(Clone, Copy, Debug)]
pub struct AuditOptions<'a> {
    /// The rule sets under which logged verdicts are computed again.
    pub policies: &'a PolicySet,
    /// The witnesses that must have seen the checkpoint, if any are asked for.
    pub witnesses: Option<&'a WitnessPolicy>,
    /// The auditor's time: no cosignature may be later.
    pub now: Timestamp,
}

impl AuditOptions<'_> {
    /// Whether any witness must have seen the checkpoint: a policy may name some and ask for none.
    pub fn asks_for_witnesses(&self) -> bool {
        self.witnesses.is_some_and(WitnessPolicy::has_quorum)
    }
}

/// How far an audit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries that have been read.
    pub entries: u64,
    /// Entries that there are.
    pub size: TreeSize,
}

/// Audits a whole log. What is wrong with it is in the report; an error says that a file could not
/// be read, so that nothing can be said.
pub fn run(
    source: &mut dyn LogSource,
    genesis: &Genesis,
    options: &AuditOptions<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<AuditReport, SourceError> {
    run_knowing(source, genesis, &LogKeys::new(genesis), options, progress)
}

/// The same for an auditor who knows that the log was handed over: a key that was the log's before
/// can then not pass for the log's any more.
pub fn run_knowing(
    source: &mut dyn LogSource,
    genesis: &Genesis,
    known: &LogKeys,
    options: &AuditOptions<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<AuditReport, SourceError> {
    Ok(read(source, genesis, known, options, progress)?.0)
}

/// The same, and every record that the log holds as of its newest seal. Of a log that is not sound
/// there are none: what it holds can't be told.
pub fn read(
    source: &mut dyn LogSource,
    genesis: &Genesis,
    known: &LogKeys,
    options: &AuditOptions<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(AuditReport, Option<Evidence>), SourceError> {
    let audited = audit(source, genesis, known, options, None, progress)?;
    Ok((audited.report, audited.records))
}

/// What an audit gives.
#[derive(Debug)]
pub struct Audited {
    /// What was found.
    pub report: AuditReport,
    /// Every record that a sound log holds as of its newest seal.
    pub records: Option<Evidence>,
    /// What a sound log leaves for the next audit to go on from.
    pub state: Option<AuditState>,
}

impl Audited {
    fn unsound(report: AuditReport) -> Self {
        Self { report, records: None, state: None }
    }
}

/// The same, going on from what an audit before has left: entries that it found sound are read again,
/// and held to its root, to each other and to their payloads, but not judged again. Gives the report
/// that an audit of the whole log gives, with what could be looked at then and is gone now counted as
/// looked at.
pub fn audit(
    source: &mut dyn LogSource,
    genesis: &Genesis,
    known: &LogKeys,
    options: &AuditOptions<'_>,
    state: Option<&AuditState>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Audited, SourceError> {
    let mut desk = Desk::new(source, AuditReport::new(genesis.origin().clone()));
    check_genesis(&mut desk, genesis)?;
    // Without a checkpoint there is nothing that the other files could be held to.
    let Some(keys) = handovers::follow(&mut desk, genesis)? else {
        return Ok(Audited::unsound(desk.report));
    };
    let Some(checkpoint) = check_checkpoint(&mut desk, &keys, options)? else {
        return Ok(Audited::unsound(desk.report));
    };
    let (size, root) = (checkpoint.checkpoint().size(), checkpoint.checkpoint().root());
    desk.report.checkpoint = Some(AuditedCheckpoint {
        size,
        root,
        sealed_at: None,
        witnessed_at: checkpoint.witnessed_at(),
        log_key: checkpoint.checkpoint().log().clone(),
    });
    desk.report.handovers = keys.called_for(size).iter().map(AuditedHandover::of).collect();
    handovers::check_size(&mut desk, &keys, size);
    handovers::check_known(&mut desk, &keys, known, size);
    check_stray(&mut desk, &keys, size)?;
    let mut tiles = Tiles::read(&mut desk, &keys, (size, root), state)?;
    let state = settled(&mut desk, state, size, &tiles);
    let mut pass = EntryPass::new(genesis, options.policies, &keys, state);
    desk.expect(bundles_in_order(0, size));
    for id in TileKind::Entries.all_in_tree(size) {
        if desk.is_full() {
            desk.report.is_cut = true;
            break;
        }
        check_bundle(&mut desk, id, &mut tiles, &mut pass)?;
        let read = id.index().saturating_mul(256).saturating_add(u64::from(id.width()));
        progress(Progress { entries: read, size });
    }
    tiles.finish(&mut desk, root)?;
    let (records, exceptions) = pass.finish(&mut desk, checkpoint.checkpoint());
    if !desk.report.is_sound() {
        return Ok(Audited::unsound(desk.report));
    }
    let note = checkpoint.checkpoint().note().to_string();
    let state = AuditState::new(genesis, options.policies, note, (size, root), &exceptions);
    Ok(Audited { report: desk.report, records, state: Some(state) })
}

/// The state, if this log goes on from it: nothing is settled under another root.
fn settled<'s>(
    desk: &mut Desk<'_>,
    state: Option<&'s AuditState>,
    size: TreeSize,
    tiles: &Tiles,
) -> Option<&'s AuditState> {
    let state = state?;
    if size < state.size() {
        let detail = Detail::WentBack { found: size, expected: state.size() };
        desk.find(Rule::Root, Place::file("checkpoint"), detail);
    }
    let state = Some(state).filter(|_| tiles.is_proven() && desk.report.findings.is_empty())?;
    desk.report.settled = Some(state.settled()).filter(|settled| !settled.is_empty());
    Some(state)
}

fn check_genesis(desk: &mut Desk<'_>, genesis: &Genesis) -> Result<(), SourceError> {
    let path = "genesis";
    match desk.read(path)? {
        Some(bytes) if bytes != genesis.bytes() => {
            let (expected, found) = (*genesis.digest(), Digest::of(&bytes));
            let detail = Detail::OtherGenesis { found, expected };
            desk.find(Rule::Genesis, Place::file(path), detail);
        }
        Some(_) | None => {}
    }
    Ok(())
}

fn check_checkpoint(
    desk: &mut Desk<'_>,
    keys: &LogKeys,
    options: &AuditOptions<'_>,
) -> Result<Option<CosignedCheckpoint>, SourceError> {
    let path = "checkpoint";
    let Some(bytes) = desk.read(path)? else { return Ok(None) };
    let checkpoint = match keys.verify(&bytes) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            let detail = Detail::CheckpointFault { cause: Quoted::of(&error) };
            desk.find(Rule::Checkpoint, Place::file(path), detail);
            return Ok(None);
        }
    };
    if checkpoint.size().is_empty() {
        desk.find(Rule::Checkpoint, Place::file(path), Detail::EmptyLog);
        return Ok(None);
    }
    let none = WitnessPolicy::none();
    let verified = options.witnesses.unwrap_or(&none).verify(checkpoint.clone(), options.now);
    match verified {
        Ok(cosigned) => Ok(Some(cosigned)),
        Err(error) => {
            let detail = Detail::WitnessFault { cause: Quoted::of(&error) };
            desk.find(Rule::Witnesses, Place::file(path), detail);
            // The log's own signature holds, so everything else can still be looked at.
            Ok(none.verify(checkpoint, options.now).ok())
        }
    }
}

/// Every file there is must be one of the log's.
fn check_stray(desk: &mut Desk<'_>, keys: &LogKeys, size: TreeSize) -> Result<(), SourceError> {
    let handovers: BTreeSet<String> = keys.handovers().iter().map(VerifiedHandover::path).collect();
    let Some(paths) = desk.list()? else {
        desk.report.is_listed = false;
        return Ok(());
    };
    for path in paths {
        let is_file_of_log = matches!(path.as_str(), "checkpoint" | "genesis")
            || handovers.contains(&path)
            || path.parse().is_ok_and(|id: TileId| id.kind().in_tree(id.index(), size) == Some(id));
        if !is_file_of_log {
            desk.find(Rule::Stray, Place::file(path), Detail::Stray { size });
        }
    }
    Ok(())
}

/// Reads one entry bundle with the payloads beside it.
fn check_bundle(
    desk: &mut Desk<'_>,
    id: TileId,
    tiles: &mut Tiles,
    pass: &mut EntryPass<'_>,
) -> Result<(), SourceError> {
    let width = usize::from(id.width());
    let first = id.first_entry().unwrap_or_default();
    let path = id.to_string();
    let expected = tiles.expected(desk, id)?;
    let bytes = desk.read(&path)?;
    let items = bundles::entries(bytes.as_deref(), width, expected.as_deref());
    report_form(desk, &path, first, items.fault.as_ref(), width);

    let mut entries = Vec::with_capacity(width);
    for place in 0..width {
        let leaf = items.get(place).map(|item| crate::merkle::leaf_hash(item));
        let proven = expected.as_ref().and_then(|expected| expected.get(place)).copied();
        tiles.push(desk, leaf)?;
        let index = at(first, place);
        let entry = match (items.get(place), leaf, proven) {
            (Some(_), Some(found), Some(expected)) if found != expected => {
                let detail = Detail::OtherEntry { found, expected };
                pass.find_entry(desk, &path, index, detail);
                None
            }
            (Some(item), ..) => match Entry::decode(item) {
                Ok(entry) => Some(entry),
                Err(error) => {
                    let detail = Detail::EntryFault { cause: Quoted::of(&error) };
                    pass.find_entry(desk, &path, index, detail);
                    None
                }
            },
            (None, ..) => None,
        };
        entries.push(entry);
    }
    check_payloads(desk, id, &entries, pass)
}

fn check_payloads(
    desk: &mut Desk<'_>,
    id: TileId,
    entries: &[Option<Entry>],
    pass: &mut EntryPass<'_>,
) -> Result<(), SourceError> {
    let first = id.first_entry().unwrap_or_default();
    let Some(payload_id) = TileId::new(TileKind::Payloads, id.index(), id.width()) else {
        return Ok(());
    };
    let (path, payload_path) = (id.to_string(), payload_id.to_string());
    let bytes = desk.read(&payload_path)?;
    let width = entries.len();
    let is_expected = |place: usize, found: &[u8]| {
        entries.get(place).and_then(Option::as_ref).is_none_or(|entry| entry.commits_to(found))
    };
    let payloads = bundles::payloads(bytes.as_deref(), width, is_expected);
    report_form(desk, &payload_path, first, payloads.fault.as_ref(), width);
    for (place, entry) in entries.iter().enumerate() {
        let (index, payload) = (at(first, place), payloads.get(place));
        pass.take(desk, index, entry.as_ref(), payload, (&path, &payload_path));
    }
    Ok(())
}

fn report_form(
    desk: &mut Desk<'_>,
    path: &str,
    first: EntryIndex,
    fault: Option<&(usize, Quoted)>,
    width: usize,
) {
    if let Some((place, cause)) = fault {
        let index = at(first, (*place).min(width.saturating_sub(1)));
        desk.find(
            Rule::Bundle,
            Place::entry(path, index),
            Detail::BundleFault { cause: cause.clone() },
        );
    }
}

fn at(first: EntryIndex, place: usize) -> EntryIndex {
    EntryIndex::new(first.get().saturating_add(u64::try_from(place).unwrap_or(u64::MAX)))
}
