//! The worklist of the closure: which subjects the records on a subject lead to.
//!
//! Rule: `conformity.md`, section 12, last paragraph. What a record leads to depends on the record
//! and on the goods that were asked for, never on the order in which records were found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::attestation::types::{EventKind, ProductIdentity, TraceabilityEvent};
use crate::attestation::{DocumentRef, Predicate, Statement};
use crate::identifier::{KeyUri, OperatorUri, ProductUri, SubjectUri, TypeUri};
use crate::key::KeyId;
use crate::merkle::EntryIndex;
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

    /// Adds what a record leads to.
    pub(super) fn follow(&mut self, record: &Arc<Record>) {
        if !self.followed.insert(record.index()) {
            return;
        }
        for key in record.signers() {
            self.add_key(*key);
        }
        let Some(statement) = record.statement() else { return };
        let header = statement.header();
        self.add(header.issuer.operator.to_subject());
        for reference in header.references() {
            self.add_documents(&reference.document);
        }
        if statement.kind().has_status() {
            // A change may name the document alone, and before the record was logged: then it
            // stands in the document's chain and in no other.
            self.add_all(header.document_uri().map(SubjectUri::from));
        }
        self.follow_predicate(record, statement);
    }

    /// Adds who issued and signed a record, and nothing that it names.
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
                self.add_documents(&of.basis);
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
            }
            Predicate::EuDeclaration(of) => {
                self.add_operator(&of.manufacturer.operator);
                let body = of.notified_body.as_ref();
                self.add_documents(body.map_or(&None, |body| &body.certificate));
            }
            Predicate::ImporterDeclaration(of) => {
                self.add(of.checked.doc.uri().into());
            }
            Predicate::Mandate(of) => {
                self.add_operator(&of.mandator);
                self.add_operator(&of.mandatary);
            }
            Predicate::TraceabilityEvent(of) => {
                let outputs = of.outputs.iter().flat_map(|list| list.iter());
                let batches = of.items.iter().map(|items| items.batch.model());
                self.follow_by_goods(record, outputs.cloned().chain(batches).collect());
            }
            Predicate::StatusChange(of) => {
                self.add_documents(&of.target.document);
                self.add_documents(&of.successor);
                self.add_documents(&of.measure);
            }
            Predicate::MeasureUpdate(of) => self.add(of.document.uri().into()),
            Predicate::Supersession(of) => {
                self.add_documents(&of.old_document);
                self.add_documents(&of.new_document);
            }
            Predicate::ErasureOrder(of) => self.add_documents(&of.document),
            _ => {}
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

    fn add_documents<'a>(&mut self, documents: impl IntoIterator<Item = &'a DocumentRef>) {
        for document in documents {
            self.add(document.uri().into());
        }
    }

    fn add_all(&mut self, subjects: impl IntoIterator<Item = SubjectUri>) {
        for subject in subjects {
            self.add(subject);
        }
    }
}

/// The products that a record puts in the place of one that is asked about.
fn goods_of(record: &Record, asked: &ProductUri) -> Vec<ProductUri> {
    match record.statement().map(Statement::predicate) {
        Some(Predicate::ProductIdentity(identity)) => goods_of_identity(identity, asked),
        Some(Predicate::TraceabilityEvent(event)) => goods_of_event(event, asked),
        _ => Vec::new(),
    }
}

/// The products that a merchant's number is bound to, at the level asked about.
pub(super) fn goods_of_identity(identity: &ProductIdentity, asked: &ProductUri) -> Vec<ProductUri> {
    if !identity.merchant_ids().contains(&asked.model()) {
        return Vec::new();
    }
    let products = identity.scope.products().iter();
    products.filter_map(|product| with_qualifiers_of(&product.id, asked)).collect()
}

/// The products that an event puts in the place of one that is asked about: an item's batch, a
/// pack's parts.
pub(super) fn goods_of_event(event: &TraceabilityEvent, asked: &ProductUri) -> Vec<ProductUri> {
    let mut goods = Vec::new();
    if let (Some(items), Some(serial)) = (&event.items, &asked.qualifiers().serial)
        && items.batch.model() == asked.model()
        && items.contains(serial.as_str())
    {
        goods.extend(in_batch(asked, &items.batch));
    }
    if aggregates(event, asked) {
        goods.extend(event.inputs.iter().flat_map(|list| list.iter()).cloned());
    }
    goods
}

/// Whether an event puts something into this pack: an aggregation that names the pack's batch or
/// item, and is not one that takes a pack apart.
pub(super) fn aggregates(event: &TraceabilityEvent, pack: &ProductUri) -> bool {
    let mut outputs = event.outputs.iter().flat_map(|list| list.iter());
    event.event == EventKind::Aggregation
        && event.action.as_deref() != Some("DELETE")
        && outputs.any(|output| !output.is_model() && output.covers(pack))
}

/// An item as one of a batch of its model: with the batch's lot, and with its variant. If it is
/// asked about as another variant, it counts as both: which is true is not known here.
pub(super) fn in_batch(item: &ProductUri, batch: &ProductUri) -> Vec<ProductUri> {
    let Some(lot) = &batch.qualifiers().lot else { return Vec::new() };
    let Ok(own) = item.with_lot(lot.as_str()) else { return Vec::new() };
    let Some(variant) = &batch.qualifiers().variant else { return vec![own] };
    let of_variant = own.with_variant(variant.as_str()).ok();
    let own = item.qualifiers().variant.is_some().then_some(own);
    let both: BTreeSet<ProductUri> = own.into_iter().chain(of_variant).collect();
    both.into_iter().collect()
}

/// A model or variant with the lot and serial of another product.
pub(super) fn with_qualifiers_of(product: &ProductUri, other: &ProductUri) -> Option<ProductUri> {
    let qualifiers = other.qualifiers();
    let mut result = product.clone();
    if let Some(third_party) = &qualifiers.third_party {
        return result.with_third_party(third_party.as_str()).ok();
    }
    if let Some(lot) = &qualifiers.lot {
        result = result.with_lot(lot.as_str()).ok()?;
    }
    if let Some(serial) = &qualifiers.serial {
        result = result.with_serial(serial.as_str()).ok()?;
    }
    Some(result)
}

fn key_subject(key: KeyId) -> SubjectUri {
    KeyUri::new(*key.digest()).into()
}
