//! Forms: the predicates of the stories, as JSON, with everything filled in that does not matter to
//! the story.

use serde_json::{Value, json};

use super::cast::Party;
use crate::attestation::Role;
use crate::envelope::StatementDigest;

/// A predicate that is not signed yet.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Name of the predicate type.
    pub(super) kind: &'static str,
    /// The predicate.
    pub(super) predicate: Value,
}

impl Form {
    /// A form of `kind`, issued by `issuer` in `role`, with an id of its own.
    pub(super) fn new(kind: &'static str, id: &str, issuer: &Party, role: Role) -> Self {
        let header = json!({
            "id": id,
            "issuer": { "operator": issuer.uri, "role": role.name() },
        });
        Self { kind, predicate: json!({ "header": header }) }
    }

    /// With a header member.
    pub(super) fn header(mut self, name: &str, value: Value) -> Self {
        self.predicate["header"][name] = value;
        self
    }

    /// With a member.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.predicate[name] = value;
        self
    }

    /// As version 1 of a document, issued on a day.
    pub(super) fn document(self, number: &str, issued: &str) -> Self {
        let document = json!({
            "number": number, "version": "1", "issued": issued, "languages": ["en"],
        });
        self.header("document", document)
    }

    /// In force from a day on, to another one if given.
    pub(super) fn valid(self, from: &str, until: Option<&str>) -> Self {
        let mut validity = json!({ "from": from });
        if let Some(until) = until {
            validity["until"] = json!(until);
        }
        self.header("validity", validity)
    }
}

/// A reference to version 1 of a document.
pub(super) fn document(issuer: &Party, number: &str) -> Value {
    json!({ "issuer": issuer.uri, "number": number, "version": "1" })
}

/// A scope: products, types of `holder`, batches.
pub(super) fn scope(products: &[&str], types: &[(&Party, &str)], batches: &Value) -> Value {
    let mut scope = json!({ "batches": batches });
    if !products.is_empty() {
        let ids: Vec<Value> = products.iter().map(|id| json!({ "id": id })).collect();
        scope["products"] = json!(ids);
    }
    if !types.is_empty() {
        let types: Vec<Value> = types
            .iter()
            .map(|(holder, name)| json!({ "holder": holder.uri, "designation": name }))
            .collect();
        scope["types"] = json!(types);
    }
    scope
}

/// All batches.
pub(super) fn all() -> Value {
    json!({ "mode": "ALL" })
}

/// Listed batches.
pub(super) fn lots(lots: &[&str]) -> Value {
    json!({ "mode": "LIST", "list": lots })
}

/// The attributes of a product: those named are true, all others false.
pub(super) fn attributes(those_that_hold: &[&str]) -> Value {
    const ALL: [&str; 8] = [
        "electrical",
        "battery",
        "button_cell",
        "radio",
        "food_contact",
        "internet_connected",
        "processes_personal_data",
        "transfers_money",
    ];
    ALL.iter().map(|name| ((*name).to_owned(), json!(those_that_hold.contains(name)))).collect()
}

/// A test report that passes every one of `standards`.
pub(super) fn test_report(
    lab: &Party,
    number: &str,
    issued: &str,
    standards: &[(&str, &str)],
    scope: Value,
) -> Form {
    let tests: Vec<Value> = standards
        .iter()
        .map(|(standard, edition)| {
            json!({ "standard": standard, "edition": edition, "result": "PASS" })
        })
        .collect();
    Form::new("test-report", number, lab, Role::Lab)
        .document(number, issued)
        .with("scope", scope)
        .with("accreditation", json!("XX-L-9901"))
        .with("sample", json!({ "id": "S-1", "received": issued }))
        .with("tested_from", json!(issued))
        .with("tested_until", json!(issued))
        .with("tests", json!(tests))
        .with("overall", json!("PASS"))
}

/// What a declaration declares.
#[derive(Debug)]
pub(super) struct Declared<'a> {
    pub(super) number: &'a str,
    pub(super) issued: &'a str,
    /// Acts with their modules.
    pub(super) modules: &'a [(&'a str, &'a str)],
    /// Standards, with editions.
    pub(super) standards: &'a [(&'a str, &'a str)],
    /// How far they were applied.
    pub(super) extent: &'a str,
    /// What it cites: relation, whose document, its number.
    pub(super) cites: &'a [(&'a str, &'a Party, &'a str)],
    pub(super) scope: Value,
    pub(super) description: &'a str,
}

/// An EU declaration of conformity.
pub(super) fn declaration(manufacturer: &Party, declared: &Declared<'_>) -> Form {
    let acts: Vec<&str> = declared.modules.iter().map(|(act, _)| *act).collect();
    let modules: Value =
        declared.modules.iter().map(|(act, module)| ((*act).to_owned(), json!(module))).collect();
    let references: Vec<Value> = declared
        .cites
        .iter()
        .map(|(rel, issuer, number)| json!({ "rel": rel, "document": document(issuer, number) }))
        .collect();
    let standards: Vec<Value> = declared
        .standards
        .iter()
        .map(
            |(name, edition)| json!({ "ref": name, "edition": edition, "extent": declared.extent }),
        )
        .collect();
    let mut form = Form::new(
        "eu-declaration-of-conformity",
        declared.number,
        manufacturer,
        Role::Manufacturer,
    )
    .document(declared.number, declared.issued)
    .valid(declared.issued, None)
    .header("legislation", json!(acts));
    if !references.is_empty() {
        form = form.header("references", json!(references));
    }
    if !standards.is_empty() {
        form = form.header("standards", json!(standards));
    }
    form.with("scope", declared.scope.clone())
        .with(
            "manufacturer",
            json!({
                "operator": manufacturer.uri,
                "name": manufacturer.legal_name,
                "postal": postal(manufacturer),
            }),
        )
        .with("sole_responsibility", json!(true))
        .with("object", json!({ "description": declared.description }))
        .with("modules", modules)
        .with(
            "signatory",
            json!({
                "name_digest": digest("signatory"),
                "function": "Quality director",
                "place": "Exampletown",
                "date": declared.issued,
            }),
        )
}

/// A mandate between two parties, in force from a day on.
pub(super) fn mandate(
    id: &str,
    kind: &str,
    (mandator, role): (&Party, Role),
    mandatary: &Party,
    from: &str,
    product: &str,
) -> Form {
    Form::new("mandate", id, mandator, role)
        .valid(from, None)
        .with("scope", scope(&[product], &[], &all()))
        .with("kind", json!(kind))
        .with("mandator", json!(mandator.uri))
        .with("mandatary", json!(mandatary.uri))
        .with("postal", json!(postal(mandatary)))
        .with("electronic", json!(electronic(mandatary)))
        .with("tasks", json!(["Keep the declaration for the authorities", "Answer their requests"]))
}

/// An importer's declaration for batches.
pub(super) fn importer_declaration(
    importer: &Party,
    consignment: &str,
    issued: &str,
    (product, batches): (&str, &[&str]),
    checked: (&Party, &str),
    mrn: &str,
) -> Form {
    let eori = importer.uri.trim_start_matches("urn:eori:");
    Form::new("importer-declaration", consignment, importer, Role::Importer)
        .document(consignment, issued)
        .with("scope", scope(&[product], &[], &lots(batches)))
        .with("eori", json!(eori))
        .with("consignment", json!(consignment))
        .with("quantity", json!(1200))
        .with("mrn", json!(mrn))
        .with(
            "checked",
            json!({
                "doc": document(checked.0, checked.1),
                "documentation": true,
                "marking": true,
            }),
        )
        .with(
            "importer",
            json!({
                "name": importer.legal_name,
                "postal": postal(importer),
                "electronic": electronic(importer),
            }),
        )
}

/// A change of the status of a record.
pub(super) fn status_change(
    id: &str,
    (issuer, role): (&Party, Role),
    (target, target_document): (&StatementDigest, Value),
    (action, reason): (&str, &str),
    effective_at: &str,
) -> Form {
    Form::new("status-change", id, issuer, role)
        .with("target", json!({ "statement": target, "document": target_document }))
        .with("action", json!(action))
        .with("effective_at", json!(effective_at))
        .with("reason", json!(reason))
}

/// What happens to an offer.
pub(super) fn listing(
    id: &str,
    listing_id: &str,
    day: &str,
    (product, trader, countries): (&str, &Party, &[&str]),
    action: &str,
    platform: &Party,
) -> Form {
    let document =
        json!({ "number": listing_id, "version": "1", "issued": day, "languages": ["fr"] });
    Form::new("listing-record", id, platform, Role::Platform)
        .header("document", document)
        .with("listing_id", json!(listing_id))
        .with("product", json!(product))
        .with("trader", json!(trader.uri))
        .with("countries", json!(countries))
        .with("action", json!(action))
        .with("at", json!(format!("{day}T12:00:00Z")))
}

/// The postal address of a party, as fictional as the party.
pub(super) fn postal(party: &Party) -> String {
    format!("1 Example Road, Exampletown, {}", party.country)
}

/// The electronic address of a party.
pub(super) fn electronic(party: &Party) -> String {
    format!("compliance@{}.example", party.name)
}

/// Some digest, the same every time.
pub(super) fn digest(of: &str) -> String {
    crate::hash::Digest::of(of.as_bytes()).to_string()
}
