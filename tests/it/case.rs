//! The worked cases of conformity.md, section 8: their parties, and questions about them.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use probant::attestation::types::VerdictWord;
use probant::hash::Digest;
use probant::identifier::{Class, SubjectKey, SubjectUri};
use probant::ledger::{Ledger, Options, SetClock};
use probant::merkle::{EntryIndex, TreeSize};
use probant::policy::closure::{ChainSource, collect};
use probant::policy::query::Defaults;
use probant::policy::ruleset::Severity;
use probant::policy::{
    AsOf, Evidence, NormalQuery, PolicySet, Query, Verdict, VerdictBody, evaluate, rules,
};
use probant::record::Record;
use probant::storage::Storage;
use serde_json::{Value, json};

use crate::world::{
    ACCREDITOR, AGENT, AUTHORITY, BODY, CONNECTOR, Draft, IMPORTER, IMPORTER_ALIAS, LAB, MAKER,
    NOTIFIER, ORIGIN, PLATFORM, RADIO, RIVAL, TOYS, VERIFIER, World, grant, key, registration,
};

pub(crate) const VOLTARIS: &str = "urn:lei:ZZZZ00VOLTARISELEC39";

/// The records of a world up to a place of its log.
pub(crate) struct Source<'a> {
    pub(crate) log: &'a [Arc<Record>],
    pub(crate) below: EntryIndex,
    pub(crate) asked: Vec<(Class, SubjectUri)>,
}

impl ChainSource for Source<'_> {
    type Error = Infallible;

    fn chain(
        &mut self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, Infallible> {
        self.asked.push((class, subject.clone()));
        let key = SubjectKey::of(class, subject);
        let below = self.log.iter().take_while(|record| record.index() < self.below);
        Ok(below.filter(|record| record.feeds(&key)).cloned().collect())
    }
}

/// The embedded rule sets, with numbers for examples and the connector accepted.
pub(crate) fn policies() -> PolicySet {
    static ALL: OnceLock<PolicySet> = OnceLock::new();
    let add = |set: PolicySet, name: &&str| set.with(rule_set(name).as_bytes()).unwrap();
    ALL.get_or_init(|| rules::NAMES.iter().fold(PolicySet::empty(), add)).clone()
}

/// The text of one of them.
pub(crate) fn rule_set(name: &str) -> String {
    let text = rules::embedded(name).unwrap();
    let text = text.replace("test_identifiers = false", "test_identifiers = true");
    text.replace("connectors = []", &format!("connectors = [\"{CONNECTOR}\"]"))
}

/// The same where copies count too.
pub(crate) fn rules_with_copies(name: &str) -> PolicySet {
    let text = rule_set(name).replace("assurance_min = \"A2\"", "assurance_min = \"A1\"");
    PolicySet::empty().with(text.as_bytes()).unwrap()
}

/// A ledger to which all that is in a world was submitted, each at its time, under these rule sets.
pub(crate) fn ledger_of(world: &World, storage: Arc<dyn Storage>, clock: &Arc<SetClock>) -> Ledger {
    let options = Options { heartbeat: None, policies: policies(), ..Options::default() };
    let log = Arc::new(key("log"));
    let ledger = Ledger::create(storage, &world.genesis, clock.clone(), log, options).unwrap();
    for (record, candidate) in world.log.iter().zip(&world.candidates) {
        clock.set(record.time());
        let envelope = candidate.envelope().envelope().clone();
        ledger.submit_wait(ledger.door().check(envelope).unwrap()).unwrap();
    }
    ledger
}

/// A ledger with the parties of the worked cases, accredited and notified, since a day.
pub(crate) fn parties(since: &str) -> World {
    parties_with(since, &[RADIO, TOYS])
}

/// The same, with a body that is notified for these acts.
pub(crate) fn parties_with(since: &str, acts: &[&str]) -> World {
    let mut world = World::empty(1);
    let time = format!("{since}T00:00:00Z");
    world.at(&time);
    for (operator, name, country, roles) in [
        (MAKER, "Lumipeluche Mfg", "CN", &["manufacturer"][..]),
        (IMPORTER, "Doudou Import SARL", "FR", &["importer", "distributor"]),
        (LAB, "Testa Labs BV", "NL", &["lab"]),
        (VOLTARIS, "Voltaris Elec", "CN", &["manufacturer"]),
        (RIVAL, "Bricolin Toys", "CN", &["manufacturer"]),
        (AGENT, "Rhenania Compliance GmbH", "DE", &["responsible_person"]),
        (BODY, "Notified Body 9999", "DE", &["notified_body"]),
        (PLATFORM, "Marketo", "FR", &["platform"]),
        (AUTHORITY, "MSA-FR", "FR", &["market_surveillance"]),
        (CONNECTOR, "Connector", "FR", &["connector"]),
        (VERIFIER, "Ledger verifier", "FR", &["verifier"]),
        (ACCREDITOR, "Accreditation body", "FR", &["accreditation_body"]),
        (NOTIFIER, "Notifying authority", "DE", &["notifying_authority"]),
    ] {
        let aliases = if operator == IMPORTER { vec![IMPORTER_ALIAS] } else { Vec::new() };
        let draft = registration(operator, country, &aliases).set("/legal_name", json!(name));
        world.add(draft);
        for role in roles {
            world.add(grant(operator, role).set("/from", json!(since)));
        }
    }
    world.add(accreditation(
        LAB,
        "ISO/IEC 17025",
        "XX-L-9901",
        since,
        &json!({
            "standards": ["EN 71-1", "EN 71-2", "EN 71-3", "EN IEC 62115"],
        }),
    ));
    world.add(accreditation(
        BODY,
        "ISO/IEC 17065",
        "XX-B-9999",
        since,
        &json!({
            "acts": [RADIO, TOYS],
        }),
    ));
    for act in acts {
        world.add(
            Draft::of(
                "notification",
                NOTIFIER,
                "notifying_authority",
                json!({
                    "body": BODY, "act": act, "modules": ["B", "H"], "action": "GRANT",
                    "effective_at": time,
                }),
            )
            .on_ledger(),
        );
    }
    world
}

pub(crate) fn accreditation(
    body: &str,
    norm: &str,
    number: &str,
    since: &str,
    scope: &Value,
) -> Draft {
    let mut members = json!({
        "body": body, "norm": norm, "action": "GRANT",
        "effective_at": format!("{since}T00:00:00Z"),
    });
    members.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
    Draft::of("accreditation", ACCREDITOR, "accreditation_body", members)
        .on_ledger()
        .document(number, since)
}

/// Attributes of a product: these flags true, all others false.
pub(crate) fn attributes(flags: &[&str]) -> Value {
    let all = [
        "electrical",
        "battery",
        "button_cell",
        "radio",
        "food_contact",
        "internet_connected",
        "processes_personal_data",
        "transfers_money",
    ];
    all.iter().map(|flag| ((*flag).to_owned(), json!(flags.contains(flag)))).collect()
}

pub(crate) fn identity(
    maker: &str,
    product: &str,
    types: &[&str],
    category: &Value,
    flags: &[&str],
) -> Draft {
    let types: Vec<Value> = types.iter().map(|of| json!({"designation": of})).collect();
    Draft::of(
        "product-identity",
        maker,
        "manufacturer",
        json!({
            "scope": {"products": [{"id": product}]},
            "brand": "Example", "model": "Example", "category": category, "types": types,
            "origin": "CN", "images": [Digest::of(b"image").to_string()],
            "attributes": attributes(flags),
        }),
    )
}

pub(crate) fn declaration(
    maker: &str,
    name: &str,
    product: &str,
    types: &[&str],
    modules: &Value,
) -> Draft {
    let acts: Vec<&String> = modules.as_object().unwrap().keys().collect();
    let types: Vec<Value> =
        types.iter().map(|of| json!({"holder": maker, "designation": of})).collect();
    Draft::of(
        "eu-declaration-of-conformity",
        maker,
        "manufacturer",
        json!({
            "scope": {"products": [{"id": product}], "types": types},
            "manufacturer": {"operator": maker, "name": name, "postal": "1 Example Road"},
            "sole_responsibility": true,
            "object": {"description": "Example"},
            "modules": modules,
            "signatory": {
                "name_digest": Digest::of(b"name").to_string(), "function": "Quality director",
                "place": "Exampletown", "date": "2026-01-04",
            },
        }),
    )
    .set("/header/legislation", json!(acts))
}

/// What a verdict says, in short: the word, and every rule that is not simply met with its code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) word: VerdictWord,
    pub(crate) findings: BTreeSet<String>,
}

/// The checkpoint at which a query is asked.
fn as_of(query: &NormalQuery) -> AsOf {
    AsOf {
        origin: ORIGIN.to_owned(),
        size: query.as_of,
        map_root: Digest::ZERO,
        seal_time: query.legal_at,
    }
}

impl World {
    /// The size of the tree that holds all records so far.
    pub(crate) fn size(&self) -> u64 {
        self.next_index().get()
    }

    /// Takes the payload of a record away, as an erasure does.
    pub(crate) fn erase(&mut self, record: &Record) {
        let place = self.log.iter().position(|of| of.index() == record.index()).unwrap();
        let erased = Record::erased(record.index(), &self.entries[place]).unwrap();
        self.log[place] = Arc::new(erased);
    }

    pub(crate) fn evidence(&self, query: &NormalQuery) -> (Evidence, Vec<(Class, SubjectUri)>) {
        self.evidence_as_of(query, as_of(query))
    }

    /// The evidence as of some checkpoint, and every chain that was asked for.
    pub(crate) fn evidence_as_of(
        &self,
        query: &NormalQuery,
        as_of: AsOf,
    ) -> (Evidence, Vec<(Class, SubjectUri)>) {
        self.evidence_under(query, as_of, &policies())
    }

    fn evidence_under(
        &self,
        query: &NormalQuery,
        as_of: AsOf,
        policies: &PolicySet,
    ) -> (Evidence, Vec<(Class, SubjectUri)>) {
        let below = EntryIndex::new(query.as_of.get());
        let mut source = Source { log: &self.log, below, asked: Vec::new() };
        let evidence = collect(query, policies, &self.genesis, as_of, &mut source).unwrap();
        (evidence, source.asked)
    }

    pub(crate) fn verdict(&self, query: &NormalQuery) -> Verdict {
        self.verdict_under(query, &policies())
    }

    pub(crate) fn verdict_under(&self, query: &NormalQuery, policies: &PolicySet) -> Verdict {
        evaluate(query, &self.evidence_under(query, as_of(query), policies).0, policies).unwrap()
    }

    pub(crate) fn ask(&self, question: &Question) -> Verdict {
        self.verdict(&question.normal(self.size()))
    }

    /// Asks, and compares the word and the complete set of codes: `RULE CODE`, in any order.
    #[track_caller]
    pub(crate) fn check(
        &self,
        question: &Question,
        word: VerdictWord,
        findings: &[&str],
    ) -> VerdictBody {
        let verdict = self.ask(question);
        let expected =
            Said { word, findings: findings.iter().map(|of| (*of).to_owned()).collect() };
        assert_eq!(said(&verdict), expected, "{:#?}", verdict.body());
        verdict.body().clone()
    }
}

pub(crate) fn said(verdict: &Verdict) -> Said {
    let body = verdict.body();
    let findings = body.findings.iter().filter_map(|finding| {
        let code = finding.code?;
        // Every toy and battery is warned of the passport that it may come to need: that has tests of
        // its own, in verdict_registers and verdict_categories.
        if finding.requirement.ends_with("-DPP") && finding.severity == Severity::Warn {
            return None;
        }
        Some(format!("{} {code}", finding.requirement))
    });
    Said { word: body.verdict, findings: findings.collect() }
}

/// A query in the making: each test changes one thing of a good one.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) query: Value,
    as_of: Option<u64>,
}

impl Question {
    pub(crate) fn of(query: Value) -> Self {
        Self { query, as_of: None }
    }

    /// With the member at this path (RFC 6901) set.
    pub(crate) fn set(mut self, path: &str, value: Value) -> Self {
        let (parent, name) = path.rsplit_once('/').unwrap();
        self.query.pointer_mut(parent).unwrap()[name] = value;
        self
    }

    pub(crate) fn batches(self, lots: &[&str]) -> Self {
        self.set("/product/batches", json!(lots))
    }

    pub(crate) fn at(self, day: &str) -> Self {
        self.set("/legal_at", json!(format!("{day}T00:00:00Z")))
    }

    pub(crate) fn under(mut self, size: u64) -> Self {
        self.as_of = Some(size);
        self
    }

    pub(crate) fn normal(&self, size: u64) -> NormalQuery {
        let query = Query::parse(self.query.to_string().as_bytes()).unwrap();
        let size = TreeSize::new(self.as_of.unwrap_or(size));
        let seal_time = query.legal_at.unwrap();
        query.normalise(Defaults { seal_time, size }).unwrap().0
    }
}
