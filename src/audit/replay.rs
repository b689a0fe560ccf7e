//! Admission, replayed: every attestation is judged again as the ledger judged it, by the same
//! function and after the same records.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::admission::{AdmissionError, Candidate, Context, Refusal, admit};
use crate::attestation::{Predicate, Statement};
use crate::audit::detail::Detail;
use crate::audit::findings::Desk;
use crate::audit::handovers::{Handovers, check_end, check_unfollowed};
use crate::audit::kept::KeptRecords;
use crate::audit::listings::Listings;
use crate::audit::localized::Quoted;
use crate::audit::operators::named;
use crate::audit::question::Given;
use crate::audit::report::Place;
use crate::audit::rule::{Remark, Rule};
use crate::audit::state::{AuditState, Exceptions};
use crate::audit::verdicts::{Seals, VerdictCheck};
use crate::audit::withheld::Withheld;
use crate::entry::Entry;
use crate::envelope::{Envelope, StatementDigest};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::VerifiedCheckpoint;
use crate::policy::{Evidence, PolicySet};
use crate::reason::Reason;
use crate::record::Record;
use crate::registry::Registry;
use crate::time::Timestamp;

/// The ledger's state as its attestations make it, as far as they have been read.
#[derive(Debug)]
pub(super) struct Replay<'a> {
    given: Given<'a>,
    registry: Registry,
    records: KeptRecords,
    seals: Seals,
    handovers: Handovers<'a>,
    listings: Listings,
    /// Payloads that are gone, until an order for them is read.
    erased: BTreeMap<StatementDigest, (EntryIndex, Place)>,
    /// Payloads that are kept from this reader.
    withheld: Vec<(Arc<Record>, Place)>,
    /// Up to where an audit before has judged, and what it judged otherwise than most.
    settled: TreeSize,
    before: Exceptions,
    exceptions: Exceptions,
    is_halted: bool,
}

impl<'a> Replay<'a> {
    pub(super) fn new(
        genesis: &'a Genesis,
        policies: &'a PolicySet,
        keys: &'a LogKeys,
        state: Option<&AuditState>,
    ) -> Self {
        Self {
            given: Given { genesis, policies },
            registry: Registry::new(genesis),
            records: KeptRecords::default(),
            seals: Seals::default(),
            handovers: Handovers::new(keys),
            listings: Listings::default(),
            erased: BTreeMap::new(),
            withheld: Vec::new(),
            settled: state.map_or(TreeSize::EMPTY, AuditState::settled),
            before: state.map(AuditState::exceptions).unwrap_or_default(),
            exceptions: Exceptions::default(),
            is_halted: false,
        }
    }

    /// Goes no further, for what stands at `index` is not what the ledger judged by.
    pub(super) fn halt(&mut self, desk: &mut Desk<'_>, index: EntryIndex) {
        if !self.is_halted {
            self.is_halted = true;
            desk.report.not_replayed_from = Some(index);
        }
    }

    pub(super) fn seal(&mut self, index: EntryIndex, map_root: Digest, time: Timestamp) {
        self.seals.push(index, map_root, time);
    }

    /// The entry at `index` was read, and is a seal or none: does the log change hands with it?
    pub(super) fn pass(&mut self, desk: &mut Desk<'_>, index: EntryIndex, is_seal: bool) {
        // Where the replay halted, nobody can tell what registrars changed.
        if !self.is_halted {
            self.handovers.pass(desk, index, is_seal, &self.registry);
        }
    }

    pub(super) fn erased(
        &mut self,
        desk: &mut Desk<'_>,
        index: EntryIndex,
        entry: &Entry,
        place: Place,
    ) {
        desk.report.counts.erased += 1;
        self.exceptions.unread.insert(index);
        if let Ok(record) = Record::erased(index, entry) {
            self.erased.insert(*record.digest(), (index, place));
            self.records.push(Arc::new(record));
        }
    }

    pub(super) fn withheld(&mut self, index: EntryIndex, entry: &Entry, place: Place) {
        self.exceptions.unread.insert(index);
        if let Ok(record) = Record::erased(index, entry) {
            let record = Arc::new(record);
            self.withheld.push((Arc::clone(&record), place));
            self.records.push(record);
        }
    }

    /// Judges the attestation whose envelope record, the one that its entry commits to, is `bytes`.
    pub(super) fn attestation(
        &mut self,
        desk: &mut Desk<'_>,
        index: EntryIndex,
        entry: &Entry,
        bytes: &[u8],
        place: Place,
    ) {
        let envelope = match Envelope::decode(bytes) {
            Ok(envelope) => envelope,
            Err(error) => {
                let detail = Detail::RecordFault { cause: Quoted::of(&error) };
                desk.find(Rule::Record, place, detail);
                self.halt(desk, index);
                return;
            }
        };
        if !self.is_halted && self.is_settled(index) {
            match settled(index, entry, &envelope) {
                Ok(record) => {
                    self.note_order(record.statement(), index);
                    self.take_settled(desk, &Arc::new(record), &envelope, &place);
                }
                Err(cause) => {
                    desk.find(Rule::Record, place, Detail::RecordFault { cause });
                    self.halt(desk, index);
                }
            }
            return;
        }
        self.note_order(Statement::parse(envelope.payload()).ok().as_ref(), index);
        if self.is_halted {
            return;
        }
        let candidate = match Candidate::parse(envelope, |key| self.registry.public_key(key)) {
            Ok(candidate) => candidate,
            Err(refusal) => {
                self.report_candidate(desk, index, place, &refusal);
                return;
            }
        };
        let count = u64::try_from(candidate.signers().len()).unwrap_or(u64::MAX);
        desk.report.counts.signatures += count;
        let envelope = candidate.envelope();
        let record = match Record::of_parsed(index, entry, envelope, candidate.statement().clone())
        {
            Ok(record) => Arc::new(record),
            Err(error) => {
                let detail = Detail::RecordFault { cause: Quoted::of(&error) };
                desk.find(Rule::Record, place, detail);
                self.halt(desk, index);
                return;
            }
        };
        self.judge(desk, &candidate, &record, &place);
        self.push(desk, &record);
    }

    /// Whether an audit before has judged the entry, and by all that it rests on.
    fn is_settled(&self, index: EntryIndex) -> bool {
        let Exceptions { gaps, unread, .. } = &self.before;
        self.settled.contains(index) && !gaps.contains(&index) && !unread.contains(&index)
    }

    /// Takes a record after it was looked at.
    fn push(&mut self, desk: &mut Desk<'_>, record: &Arc<Record>) {
        self.registry.apply(record);
        self.records.push(Arc::clone(record));
        let ground = self.given.ground(&self.records);
        self.listings.record(desk, record, &ground);
    }

    /// Takes a record that an audit before has judged: what came of it is known, and what others rest on
    /// it for is found anew.
    fn take_settled(
        &mut self,
        desk: &mut Desk<'_>,
        record: &Arc<Record>,
        envelope: &Envelope,
        place: &Place,
    ) {
        let Some(statement) = record.statement() else { return };
        let count = u64::try_from(envelope.signatures().len()).unwrap_or(u64::MAX);
        desk.report.counts.signatures += count;
        let ground = self.given.ground(&self.records);
        let check = if self.before.verdicts.contains(&record.index()) {
            VerdictCheck::of(statement, &self.seals, &ground)
        } else {
            VerdictCheck::confirmed(statement, &self.seals, &ground)
        };
        self.admitted(desk, statement, (record, place), false);
        self.look_at(desk, statement, (record, place), check);
        self.push(desk, record);
    }

    /// Says what could only be said at the end. Gives the records, if they were read to the end, and
    /// what was judged otherwise than most.
    pub(super) fn finish(
        self,
        desk: &mut Desk<'_>,
        checkpoint: &VerifiedCheckpoint,
    ) -> (Option<Evidence>, Exceptions) {
        if !self.is_halted {
            check_end(desk, checkpoint, &self.registry);
            check_unfollowed(desk, checkpoint, self.handovers.keys(), &self.registry);
        }
        for (statement, (_, place)) in self.erased {
            desk.find(Rule::Erased, place, Detail::NoOrder { statement });
        }
        // Records of all the log tell what a chain is of, so this comes last.
        let mut withheld = Withheld::new(&self.records);
        for (record, place) in self.withheld {
            if let Some(detail) = withheld.fault(&record) {
                desk.find(Rule::Withheld, place, detail);
            }
        }
        // Where the replay halted, nobody can tell what came after.
        let genesis = self.given.genesis;
        let as_of = self.seals.as_of(genesis.origin().as_str()).filter(|_| !self.is_halted);
        let end = as_of.as_ref().map(|of| (of.size, of.seal_time));
        let ground = self.given.ground(&self.records);
        self.listings.finish(desk, &ground, end);
        desk.report.operators = named(&desk.report.fallen_listings, &self.registry);
        let records = as_of.map(|as_of| Evidence::of_log(genesis, as_of, self.records.into_all()));
        (records, self.exceptions)
    }

    fn judge(
        &mut self,
        desk: &mut Desk<'_>,
        candidate: &Candidate,
        record: &Arc<Record>,
        place: &Place,
    ) {
        let statement = candidate.statement();
        let ground = self.given.ground(&self.records);
        let check = VerdictCheck::of(statement, &self.seals, &ground);
        let (index, time) = (record.index(), record.time());
        let size = TreeSize::new(index.get().saturating_add(1));
        let log_key = self.handovers.keys().at(size).public_key().id();
        let context = Context { index, time, is_replay: true, log_key, examiner: &check };
        match admit(candidate, &self.registry, &self.records, &context) {
            Ok(admitted) => {
                self.admitted(desk, statement, (record, place), admitted.rests_on_gap());
            }
            Err(AdmissionError::Refused(refusal)) => report_refusal(desk, place, &refusal),
            Err(AdmissionError::Known { index }) => {
                desk.find(Rule::Admission, place.clone(), Detail::Known { entry: index });
            }
        }
        self.look_at(desk, statement, (record, place), check);
    }

    /// The ledger was right to let it in.
    fn admitted(
        &mut self,
        desk: &mut Desk<'_>,
        statement: &Statement,
        (record, place): (&Record, &Place),
        rests_on_gap: bool,
    ) {
        desk.report.counts.admitted += 1;
        if rests_on_gap {
            self.exceptions.gaps.insert(record.index());
            desk.observe(Remark::AdmissionUnchecked, place.clone(), Detail::RestsOnErased);
        }
        if let Predicate::ErasureOrder(order) = statement.predicate() {
            // A copy may still hold it; for the ledger it was gone from here on.
            self.records.erase(&order.target);
        }
    }

    /// Says what came of a verdict, and what is remarkable about a listing.
    fn look_at(
        &mut self,
        desk: &mut Desk<'_>,
        statement: &Statement,
        (record, place): (&Arc<Record>, &Place),
        check: VerdictCheck,
    ) {
        if !check.is_confirmed() {
            self.exceptions.verdicts.insert(record.index());
        }
        check.report(desk, place);
        match statement.predicate() {
            Predicate::ConformityVerdict(_) => self.listings.verdict(record, check),
            Predicate::ListingRecord(listing) => {
                let ground = self.given.ground(&self.records);
                let listing = (listing.as_ref(), record, place);
                self.listings.listing(desk, listing, &self.registry, &ground);
            }
            _ => {}
        }
    }

    /// An order ends the search for one, whatever else is wrong with the log.
    fn note_order(&mut self, statement: Option<&Statement>, index: EntryIndex) {
        let Some(Predicate::ErasureOrder(order)) = statement.map(Statement::predicate) else {
            return;
        };
        if self.erased.get(&order.target).is_some_and(|(erased, _)| *erased < index) {
            self.erased.remove(&order.target);
        }
    }

    fn report_candidate(
        &mut self,
        desk: &mut Desk<'_>,
        index: EntryIndex,
        place: Place,
        refusal: &Refusal,
    ) {
        let rule = match refusal.code() {
            Reason::SignatureInvalid | Reason::IssuerUnknown => Rule::Signature,
            _ => Rule::Admission,
        };
        desk.find(rule, place, refused(refusal));
        self.halt(desk, index);
    }
}

/// A record of an entry that was judged before, whose envelope is the one that the entry commits to.
fn settled(index: EntryIndex, entry: &Entry, envelope: &Envelope) -> Result<Record, Quoted> {
    let statement = Statement::parse(envelope.payload()).map_err(|error| Quoted::of(&error))?;
    Record::settled(index, entry, envelope, statement).map_err(|error| Quoted::of(&error))
}

/// What is not here excuses nothing: a rule that looks at what may be gone is met by admission
/// itself in a replay, and what says who may speak is never erased or withheld.
fn report_refusal(desk: &mut Desk<'_>, place: &Place, refusal: &Refusal) {
    desk.find(Rule::Admission, place.clone(), refused(refusal));
}

fn refused(refusal: &Refusal) -> Detail {
    Detail::Refused { findings: refusal.findings().to_vec() }
}
