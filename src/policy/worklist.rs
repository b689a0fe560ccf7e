//! The worklist of the closure: which subjects the records on a subject lead to.
//!
//! Rule: `conformity.md`, section 12, last paragraph. What a record leads to depends on the record
//! and on the goods that were asked for, never on the order in which records were found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::attestation::types::MandateKind;
use crate::attestation::{DocumentRef, Predicate, Role, Statement};
use crate::envelope::StatementDigest;
use crate::identifier::{DocumentUri, KeyUri, OperatorUri, ProductUri, SubjectUri, TypeUri};
use crate::key::KeyId;
use crate::merkle::EntryIndex;
use crate::policy::in_place::goods_of;
use crate::record::Record;

/// Subjects found so far, and those whose chains are still to be loaded.
#[derive(Debug, Default)]
pub(super) struct Worklist {
    /// Products that are asked about, at the level at which they are: the query's and their parts.
    goods: BTreeSet<ProductUri>,
    /// The same, by each selection of their qualifiers.
    goods_by_selection: BTreeMap<ProductUri, Vec<ProductUri>>,
    found: BTreeSet<SubjectUri>,
    waiting: BTreeSet<SubjectUri>,
    followed: BTreeSet<EntryIndex>,
    /// Identities and events, by the products that they say something about: what they lead to
    /// depends on the goods, so they are looked at again for each new product.
    by_goods: BTreeMap<ProductUri, Vec<Arc<Record>>>,
    /// Who makes the goods or acts for them, and what they and those whom they cite rest on.
    heard: BTreeSet<Voice>,
    /// Whom operators have mandated, as responsible person or representative: heard if they are.
    agents: BTreeMap<OperatorUri, BTreeSet<OperatorUri>>,
    /// Records that are not heard yet, by what they would be heard for.
    unheard: BTreeMap<Voice, Vec<Arc<Record>>>,
    /// Records to be heard next. Citations may be long ways, so they are taken one after the other.
    next: Vec<Arc<Record>>,
    cited: BTreeSet<EntryIndex>,
    /// Records in chains of documents that nobody who is heard rests on.
    aside: BTreeMap<DocumentUri, Vec<Arc<Record>>>,
}

/// What a record is heard for: then all that it names is looked up. Of the others, of which anybody
/// can log many, no more is than it takes to know who they are by and whether they stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Voice {
    /// The word of who makes the goods.
    Maker(OperatorUri),
    /// The word of who acts for a maker, by a mandate that both have signed.
    Agent(OperatorUri),
    /// The issuer's own record of a document that one who is heard rests on.
    Document(DocumentUri),
    /// A record that one who is heard rests on.
    Statement(StatementDigest),
}

impl Worklist {
    /// The next subject whose chains are to be loaded.
    pub(super) fn pop(&mut self) -> Option<SubjectUri> {
        self.waiting.pop_first()
    }

    /// How many subjects were found.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// Adds a subject.
    pub(super) fn add(&mut self, subject: SubjectUri) {
        if !self.found.contains(&subject) {
            self.waiting.insert(subject.clone());
            self.found.insert(subject);
        }
    }

    /// Adds a product at every level at which it has a chain, and all that is in its place. Packs
    /// may lie in packs without end, so they are taken one after the other.
    pub(super) fn add_goods(&mut self, product: &ProductUri) {
        let mut new = vec![product.clone()];
        while let Some(product) = new.pop() {
            if !self.goods.insert(product.clone()) {
                continue;
            }
            for selection in product.sub_selections() {
                for record in self.by_goods.get(&selection).into_iter().flatten() {
                    new.extend(goods_of(record, &product));
                }
                let of_selection = self.goods_by_selection.entry(selection.clone()).or_default();
                of_selection.push(product.clone());
                self.add(selection.into());
            }
        }
    }

    /// Adds what a record in a chain of `subject` leads to.
    pub(super) fn follow(&mut self, subject: &SubjectUri, record: &Arc<Record>) {
        self.follow_speakers(record);
        match subject {
            SubjectUri::Document(of) if !self.heard.contains(&Voice::Document(of.clone())) => {
                self.aside.entry(of.clone()).or_default().push(Arc::clone(record));
            }
            _ => self.follow_statement(record),
        }
        while let Some(record) = self.next.pop() {
            self.follow_citations(&record);
        }
    }

    /// Adds who issued and signed a record, and nothing else that it names.
    pub(super) fn follow_speakers(&mut self, record: &Record) {
        for key in record.signers() {
            self.add_key(*key);
        }
        let header = record.statement().map(Statement::header);
        self.add_all(header.map(|header| header.issuer.operator.to_subject()));
    }

    /// The products and documents found so far.
    pub(super) fn goods_and_documents(&self) -> Vec<SubjectUri> {
        let is_one =
            |uri: &&SubjectUri| matches!(uri, SubjectUri::Product(_) | SubjectUri::Document(_));
        self.found.iter().filter(is_one).cloned().collect()
    }

    fn follow_statement(&mut self, record: &Arc<Record>) {
        let Some(statement) = record.statement() else { return };
        if !self.followed.insert(record.index()) {
            return;
        }
        self.add_all(documents_moved(statement).into_iter().map(SubjectUri::from));
        self.follow_predicate(record, statement);
        let voices = voices(record, statement);
        if voices.iter().any(|voice| self.heard.contains(voice)) {
            self.next.push(Arc::clone(record));
        } else {
            for voice in voices {
                self.unheard.entry(voice).or_default().push(Arc::clone(record));
            }
        }
    }

    fn follow_predicate(&mut self, record: &Arc<Record>, statement: &Statement) {
        match statement.predicate() {
            Predicate::OperatorRegistration(of) => {
                self.add_operator(&of.operator);
                for alias in of.aliases().iter().chain(of.aliases_ended()) {
                    self.add_operator(alias);
                }
                self.add_key(of.key.keyid);
            }
            Predicate::KeyEvent(of) => {
                self.add_operator(&of.operator);
                self.add_key(of.key.keyid);
                self.add_all(of.replaces.map(key_subject));
            }
            Predicate::RegistrarChange(of) => {
                for key in of.add() {
                    self.add_key(key.keyid);
                }
                for key in of.remove() {
                    self.add_key(*key);
                }
            }
            Predicate::RoleGrant(of) => {
                self.add_operator(&of.operator);
                self.add_all(of.basis.as_ref().map(|basis| SubjectUri::from(basis.uri())));
            }
            Predicate::Accreditation(of) => self.add_operator(&of.body),
            Predicate::Notification(of) => self.add_operator(&of.body),
            Predicate::ProductIdentity(of) => {
                let holder = statement.header().issuer.operator.operator();
                for kind in of.types.iter() {
                    let uri = holder.map(|of| TypeUri::of(of, kind.designation.lookup()));
                    self.add_all(uri.map(SubjectUri::from));
                }
                for part in of.contains().iter().chain(of.components()) {
                    self.add_goods(&part.id);
                }
                self.follow_by_goods(record, of.merchant_ids().iter().cloned().collect());
                if let Some(maker) = holder {
                    self.hear(Voice::Maker(maker.clone()));
                }
            }
            Predicate::Mandate(of) => {
                self.add_operator(&of.mandator);
                self.add_operator(&of.mandatary);
                // Of those who sell there are many, and none answers for what goods are.
                if of.kind != MandateKind::AuthorisedDistributor {
                    let agents = self.agents.entry(of.mandator.clone()).or_default();
                    agents.insert(of.mandatary.clone());
                    if self.heard.contains(&Voice::Maker(of.mandator.clone())) {
                        self.hear(Voice::Agent(of.mandatary.clone()));
                    }
                }
            }
            Predicate::TraceabilityEvent(of) => {
                let outputs = of.outputs.iter().flat_map(|list| list.iter());
                let batches = of.items.iter().map(|items| items.batch.model());
                self.follow_by_goods(record, outputs.cloned().chain(batches).collect());
            }
            _ => {}
        }
    }

    /// Adds all that a record names that is heard.
    fn follow_citations(&mut self, record: &Record) {
        let Some(statement) = record.statement().filter(|_| self.cited.insert(record.index()))
        else {
            return;
        };
        let mut documents = documents_moved(statement);
        for reference in statement.header().references() {
            documents.extend(reference.document.as_ref().map(DocumentRef::uri));
            if let Some(statement) = reference.statement {
                self.hear(Voice::Statement(statement));
            }
        }
        match statement.predicate() {
            Predicate::EuDeclaration(of) => {
                self.add_operator(&of.manufacturer.operator);
                let body = of.notified_body.as_ref();
                let certificate = body.and_then(|body| body.certificate.as_ref());
                documents.extend(certificate.map(DocumentRef::uri));
            }
            Predicate::ImporterDeclaration(of) => documents.push(of.checked.doc.uri()),
            Predicate::StatusChange(of) => {
                let others = of.successor.iter().chain(&of.measure);
                documents.extend(others.map(DocumentRef::uri));
            }
            _ => {}
        }
        for document in documents {
            self.add(document.clone().into());
            self.hear(Voice::Document(document));
        }
    }

    /// Hears all records that are heard for this, those found and those to come.
    fn hear(&mut self, voice: Voice) {
        if self.heard.contains(&voice) {
            return;
        }
        self.next.extend(self.unheard.remove(&voice).into_iter().flatten());
        self.heard.insert(voice.clone());
        match voice {
            Voice::Document(of) => {
                for record in self.aside.remove(&of).unwrap_or_default() {
                    self.follow_statement(&record);
                }
            }
            Voice::Maker(of) => {
                for agent in self.agents.get(&of).cloned().unwrap_or_default() {
                    self.hear(Voice::Agent(agent));
                }
            }
            Voice::Agent(_) | Voice::Statement(_) => {}
        }
    }

    /// Adds what a record puts in the place of goods. It says something of those that have one of
    /// `about` among their selections, and of no others.
    fn follow_by_goods(&mut self, record: &Arc<Record>, about: BTreeSet<ProductUri>) {
        let mut found = Vec::new();
        for product in about {
            let goods = self.goods_by_selection.get(&product).into_iter().flatten();
            found.extend(goods.flat_map(|asked| goods_of(record, asked)));
            self.by_goods.entry(product).or_default().push(Arc::clone(record));
        }
        for product in found {
            self.add_goods(&product);
        }
    }

    fn add_operator(&mut self, operator: &OperatorUri) {
        self.add(operator.clone().into());
    }

    fn add_key(&mut self, key: KeyId) {
        self.add(key_subject(key));
    }

    fn add_all(&mut self, subjects: impl IntoIterator<Item = SubjectUri>) {
        for subject in subjects {
            self.add(subject);
        }
    }
}

/// What a record would be heard for. A copy has no voice of its own: anybody can make one.
fn voices(record: &Record, statement: &Statement) -> Vec<Voice> {
    let header = statement.header();
    let mut voices = vec![Voice::Statement(*record.digest())];
    if header.transcription.is_some() {
        return voices;
    }
    if let Some(issuer) = header.issuer.operator.operator() {
        voices.extend([Voice::Maker(issuer.clone()), Voice::Agent(issuer.clone())]);
    }
    voices.extend(header.document_uri().map(Voice::Document));
    if let Predicate::EuDeclaration(of) = statement.predicate()
        && header.issuer.role == Role::AuthorisedRep
    {
        // The ledger let it in under the manufacturer's mandate.
        voices.push(Voice::Maker(of.manufacturer.operator.clone()));
    }
    voices
}

/// The documents that a record is, if it has a status, and whose status it changes: one or two. A
/// change may name the document alone, and before the record was logged: then it stands in the
/// document's chain and in no other.
fn documents_moved(statement: &Statement) -> Vec<DocumentUri> {
    let mut documents = Vec::new();
    if statement.kind().has_status() {
        documents.extend(statement.header().document_uri());
    }
    let moved = match statement.predicate() {
        Predicate::StatusChange(of) => [of.target.document.as_ref(), None],
        Predicate::MeasureUpdate(of) => [Some(&of.document), None],
        Predicate::Supersession(of) => [of.old_document.as_ref(), of.new_document.as_ref()],
        Predicate::ErasureOrder(of) => [of.document.as_ref(), None],
        _ => [None, None],
    };
    documents.extend(moved.into_iter().flatten().map(DocumentRef::uri));
    documents
}

fn key_subject(key: KeyId) -> SubjectUri {
    KeyUri::new(*key.digest()).into()
}
