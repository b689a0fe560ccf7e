//! Case (b): a Qi charger whose certificate is withdrawn.

use serde_json::{Value, json};

use super::cast::{
    ACCREDITATION_BODY, DOUDOU, MARKETO, NB_9999, NOTIFYING_AUTHORITY, RHENANIA, TESTA, VERIFIER,
    VOLTARIS,
};
use super::expected::Expected;
use super::forms::{self, Declared, Form};
use super::keys::key_record;
use super::plush::{contact, logged};
use super::stage::Stage;
use crate::attestation::Role;
use crate::cli::failure::Failure;
use crate::envelope::StatementDigest;

const CHARGER: &str = "https://id.gs1.org/01/09521000400030";
const TYPE: &str = "VOL-QI15";
const TYPE_B: &str = "VOL-QI15-B";
const RADIO: &str = "32014L0053";
const TOYS: &str = "32009L0048";
const CERTIFICATE: &str = "RED-9999-24-00781";
const CERTIFICATE_B: &str = "RED-9999-26-01102";
const WITHDRAWN: [&str; 2] = ["CERT_WITHDRAWN", "DOC_BASIS_LOST"];

/// What differs between the ledgers of this case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant {
    /// Whether the body is notified for radio equipment, besides toys.
    pub(super) is_notified_for_radio: bool,
    /// Whether the responsible person signs its mandate.
    pub(super) mandate_has_both_signatures: bool,
    /// Why the certificate is withdrawn.
    pub(super) reason: &'static str,
}

impl Variant {
    /// The story as written.
    pub(super) const AS_WRITTEN: Self =
        Self { is_notified_for_radio: true, mandate_has_both_signatures: true, reason: "SAFETY" };
}

/// The story as written, with the attacks on it.
pub(super) async fn play(stage: &mut Stage) -> Result<(), Failure> {
    let certificate = until_the_mandate(stage, Variant::AS_WRITTEN).await?;
    attacks_on_the_certificate(stage, &certificate).await?;
    let size_before = list(stage).await?;
    withdraw(stage, &certificate, Variant::AS_WRITTEN.reason).await?;

    stage.at("2026-10-01T00:00:00Z").await?;
    let denied = Expected::not_listable(&WITHDRAWN);
    let answer = stage.ask("2026-10-01", query(&[]), &denied).await?;
    stage.refuses_without(&answer, "3100")?;
    stage.ask("2026-10-01-eu-stock", stock(&[]), &denied).await?;
    let mut history = query(&[]);
    history["as_of"] = json!(size_before);
    stage.ask("as-of-3050", history, &Expected::listable()).await?;
    // The same bytes again: the entry that is there, and it stays withdrawn.
    stage.record_again("3001").await?;
    stage.ask("2026-10-01-resubmitted", query(&[]), &denied).await?;

    until_the_new_batch(stage).await?;
    stage.at("2026-11-20T00:00:00Z").await?;
    stage.ask("w2646", query(&["W2646"]), &Expected::listable()).await?;
    // Nobody has said when W2620 was made, so the new declaration may or may not be its own.
    let mut reasons = WITHDRAWN.to_vec();
    reasons.push("SUPERSEDED_USE_NEW");
    stage.ask("w2620", query(&["W2620"]), &Expected::not_listable(&reasons)).await?;
    stage.ask("no-batch", query(&[]), &Expected::review(&["BATCH_REQUIRED"])).await?;
    Ok(())
}

/// Withdrawn for an administrative reason: stock from before stays listable.
pub(super) async fn play_administrative(stage: &mut Stage) -> Result<(), Failure> {
    let certificate = until_the_mandate(stage, Variant::AS_WRITTEN).await?;
    withdraw(stage, &certificate, "ADMINISTRATIVE").await?;
    stage.at("2026-10-01T00:00:00Z").await?;
    stage.ask("2026-10-01", query(&[]), &Expected::not_listable(&WITHDRAWN)).await?;
    stage.ask("2026-10-01-eu-stock", stock(&[]), &Expected::listable()).await?;
    Ok(())
}

/// The body is notified, but not for radio equipment.
pub(super) async fn play_unnotified(stage: &mut Stage) -> Result<(), Failure> {
    let variant = Variant { is_notified_for_radio: false, ..Variant::AS_WRITTEN };
    until_the_mandate(stage, variant).await?;
    stage.at("2026-06-01T00:00:00Z").await?;
    let expected = Expected::not_listable(&["ISSUER_SCOPE_MISMATCH"]);
    stage.ask("2026-06-01", query(&[]), &expected).await?;
    Ok(())
}

/// The responsible person never signed: the mandate is refused, and missing.
pub(super) async fn play_one_signature(stage: &mut Stage) -> Result<(), Failure> {
    let variant = Variant { mandate_has_both_signatures: false, ..Variant::AS_WRITTEN };
    until_the_mandate(stage, variant).await?;
    stage.at("2026-06-01T00:00:00Z").await?;
    stage.ask("2026-06-01", query(&[]), &Expected::not_listable(&["REQ_MISSING"])).await?;
    Ok(())
}

/// The body's key is stolen: what it signed before stays, what it signed in the window is in doubt.
pub(super) async fn play_compromise(stage: &mut Stage) -> Result<(), Failure> {
    until_the_mandate(stage, Variant::AS_WRITTEN).await?;
    stage.at("2026-06-01T00:00:00Z").await?;
    stage.ask("2026-06-01", query(&[]), &Expected::listable()).await?;
    // Nobody withdraws the first certificate here: it has to stand by itself.
    until_the_new_batch(stage).await?;

    stage.at("2026-11-19T09:00:00Z").await?;
    let event = Form::new("key-event", "compromise", &NB_9999, Role::NotifiedBody)
        .with("operator", json!(NB_9999.uri))
        .with("action", json!("COMPROMISE"))
        .with("key", key_record(&NB_9999)?)
        .with("effective_at", json!("2026-11-19T09:00:00Z"))
        .with("suspect_from", json!("2026-11-01T00:00:00Z"));
    stage.record("compromise", event, &[&NB_9999]).await?;

    stage.at("2026-11-20T00:00:00Z").await?;
    stage.ask("w2646", query(&["W2646"]), &Expected::review(&["KEY_COMPROMISED"])).await?;
    stage.ask("3001-stays", stock(&["W2620"]), &Expected::listable()).await?;
    let forged = certificate_for(TYPE_B, "RED-9999-26-09999", "2026-11-20");
    stage.refuses("after the notice", forged, &[&NB_9999], "KEY_COMPROMISED").await?;
    Ok(())
}

async fn until_the_mandate(
    stage: &mut Stage,
    variant: Variant,
) -> Result<StatementDigest, Failure> {
    stage.at("2024-01-08T09:00:00Z").await?;
    for party in [
        &ACCREDITATION_BODY,
        &NOTIFYING_AUTHORITY,
        &NB_9999,
        &VOLTARIS,
        &RHENANIA,
        &TESTA,
        &DOUDOU,
        &MARKETO,
        &VERIFIER,
    ] {
        stage.admit(party).await?;
    }
    let accreditation =
        Form::new("accreditation", "XX-P-9902", &ACCREDITATION_BODY, Role::AccreditationBody)
            .document("XX-P-9902", "2024-01-08")
            .with("body", json!(NB_9999.uri))
            .with("norm", json!("ISO/IEC 17065"))
            .with("action", json!("GRANT"))
            .with("effective_at", json!("2024-01-08T00:00:00Z"))
            .with("acts", json!([RADIO]));
    stage.record("accreditation", accreditation, &[&ACCREDITATION_BODY]).await?;
    stage.record("notification-toys", notification(TOYS, &["B"]), &[&NOTIFYING_AUTHORITY]).await?;
    if variant.is_notified_for_radio {
        let notification = notification(RADIO, &["B", "H"]);
        stage.record("notification-radio", notification, &[&NOTIFYING_AUTHORITY]).await?;
    }

    stage.at("2024-05-01T09:00:00Z").await?;
    stage.record("3000", identity("3000", &json!([{ "designation": TYPE }])), &[&VOLTARIS]).await?;
    stage.at("2024-05-02T09:00:00Z").await?;
    let certificate =
        certificate_for(TYPE, CERTIFICATE, "2024-05-02").valid("2024-05-02", Some("2029-05-01"));
    let certificate = stage.record("3001", certificate, &[&NB_9999]).await?;
    stage.at("2024-05-06T09:00:00Z").await?;
    let declaration = declaration("VD-781", "2024-05-06", CERTIFICATE, TYPE, &forms::all());
    stage.record("3002", declaration, &[&VOLTARIS]).await?;
    stage.at("2024-05-07T09:00:00Z").await?;
    let mandate = forms::mandate(
        "3003",
        "RESPONSIBLE_PERSON",
        (&VOLTARIS, Role::Manufacturer),
        &RHENANIA,
        "2024-05-07",
        CHARGER,
    );
    if variant.mandate_has_both_signatures {
        stage.record("3003", mandate, &[&VOLTARIS, &RHENANIA]).await?;
    } else {
        stage.refuses("3003", mandate, &[&VOLTARIS], "SIGNATURE_MISSING").await?;
    }
    Ok(certificate)
}

async fn attacks_on_the_certificate(
    stage: &mut Stage,
    certificate: &StatementDigest,
) -> Result<(), Failure> {
    let other_body = certificate_for(TYPE, CERTIFICATE, "2024-05-02")
        .valid("2024-05-02", Some("2034-05-01"))
        .header("id", json!("3001-again"));
    stage.refuses("same number, other body", other_body, &[&NB_9999], "DUPLICATE_NUMBER").await?;
    let mut by_testa = Form::new("conformity-certificate", "T-1", &TESTA, Role::NotifiedBody);
    let form = certificate_for(TYPE, "T-1", "2024-05-02").valid("2024-05-02", Some("2029-05-01"));
    let header = by_testa.predicate["header"].clone();
    by_testa.predicate = form.predicate;
    by_testa.predicate["header"]["issuer"] = header["issuer"].clone();
    stage.refuses("certificate by Testa", by_testa, &[&TESTA], "ISSUER_NOT_AUTHORISED").await?;
    let by_doudou = forms::status_change(
        "doudou-withdraws",
        (&DOUDOU, Role::Importer),
        (certificate, forms::document(&NB_9999, CERTIFICATE)),
        ("WITHDRAW", "SAFETY"),
        "2024-06-01T00:00:00Z",
    );
    stage.refuses("WITHDRAW by Doudou", by_doudou, &[&DOUDOU], "CHANGE_NOT_PERMITTED").await
}

/// The first listing. Returns the size of the tree that its verdict rests on.
async fn list(stage: &mut Stage) -> Result<u64, Failure> {
    stage.at("2026-06-01T09:00:00Z").await?;
    let size_before = stage.size()?;
    let verdict =
        stage.ask("2026-06-01", logged(query(&[])), &Expected::listable()).await?.logged()?;
    let offer = (CHARGER, &VOLTARIS, &["FR"][..]);
    let listed = forms::listing("3051", "MK-2", "2026-06-01", offer, "LISTED", &MARKETO)
        .with("verdict", json!(verdict));
    stage.record("3051", listed, &[&MARKETO]).await?;
    Ok(size_before)
}

async fn withdraw(
    stage: &mut Stage,
    certificate: &StatementDigest,
    reason: &str,
) -> Result<(), Failure> {
    stage.at("2026-09-30T09:00:00Z").await?;
    let withdrawal = forms::status_change(
        "3100",
        (&NB_9999, Role::NotifiedBody),
        (certificate, forms::document(&NB_9999, CERTIFICATE)),
        ("WITHDRAW", reason),
        "2026-09-30T00:00:00Z",
    );
    let cause = stage.record("3100", withdrawal, &[&NB_9999]).await?;
    let offer = (CHARGER, &VOLTARIS, &["FR"][..]);
    let delisted = forms::listing("3101", "MK-2", "2026-09-30", offer, "DELISTED", &MARKETO)
        .with("cause", json!(cause));
    stage.record("3101", delisted, &[&MARKETO]).await?;
    Ok(())
}

async fn until_the_new_batch(stage: &mut Stage) -> Result<(), Failure> {
    stage.at("2026-11-10T09:00:00Z").await?;
    let certificate = certificate_for(TYPE_B, CERTIFICATE_B, "2026-11-10")
        .valid("2026-11-10", Some("2031-11-09"));
    stage.record("3300", certificate, &[&NB_9999]).await?;
    stage.at("2026-11-11T09:00:00Z").await?;
    let window = json!({ "mode": "PRODUCED_BETWEEN", "from": "2026-11-12" });
    let types = json!([{ "designation": TYPE }, { "designation": TYPE_B, "batches": window }]);
    stage.record("3300b", identity("3300b", &types), &[&VOLTARIS]).await?;
    stage.at("2026-11-12T09:00:00Z").await?;
    let declaration = declaration("VD-1102", "2026-11-12", CERTIFICATE_B, TYPE_B, &window);
    let new = stage.record("3301", declaration, &[&VOLTARIS]).await?;
    let old = stage.digest_of("3002")?;
    let supersession = Form::new("supersession", "3301b", &VOLTARIS, Role::Manufacturer)
        .with("old", json!(old))
        .with("old_document", forms::document(&VOLTARIS, "VD-781"))
        .with("new", json!(new))
        .with("new_document", forms::document(&VOLTARIS, "VD-1102"));
    stage.record("3301b", supersession, &[&VOLTARIS]).await?;
    stage.at("2026-11-18T09:00:00Z").await?;
    let event = Form::new("traceability-event", "3302", &VOLTARIS, Role::Manufacturer)
        .with("event", json!("OBJECT"))
        .with("event_time", json!("2026-11-16T08:00:00Z"))
        .with("offset", json!("+08:00"))
        .with("biz_step", json!("commissioning"))
        .with("outputs", json!([format!("{CHARGER}/10/W2646")]));
    stage.record("3302", event, &[&VOLTARIS]).await?;
    Ok(())
}

fn notification(act: &str, modules: &[&str]) -> Form {
    let id = format!("NOTIF-9999-{act}");
    Form::new("notification", &id, &NOTIFYING_AUTHORITY, Role::NotifyingAuthority)
        .with("body", json!(NB_9999.uri))
        .with("act", json!(act))
        .with("modules", json!(modules))
        .with("action", json!("GRANT"))
        .with("effective_at", json!("2024-01-08T00:00:00Z"))
}

fn identity(id: &str, types: &Value) -> Form {
    let names = types.as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<(&super::cast::Party, &str)> =
        names.iter().filter_map(|of| Some((&VOLTARIS, of["designation"].as_str()?))).collect();
    Form::new("product-identity", id, &VOLTARIS, Role::Manufacturer)
        .with("scope", forms::scope(&[CHARGER], &names, &forms::all()))
        .with("brand", json!("Voltaris"))
        .with("model", json!("Qi 15"))
        .with("category", json!({ "gpc": "10001090", "cn": "85044060" }))
        .with("types", types.clone())
        .with("origin", json!("CN"))
        .with("images", json!([forms::digest("charger.jpg")]))
        .with("attributes", forms::attributes(&["electrical", "radio"]))
}

fn certificate_for(designation: &str, number: &str, issued: &str) -> Form {
    Form::new("conformity-certificate", number, &NB_9999, Role::NotifiedBody)
        .document(number, issued)
        .valid(issued, None)
        .header("legislation", json!([RADIO]))
        .with("scope", forms::scope(&[], &[(&VOLTARIS, designation)], &forms::all()))
        .with("holder", json!(VOLTARIS.uri))
        .with("result", json!("CONFORMS"))
        .with("act", json!(RADIO))
        .with("module", json!("B"))
        .with("body_number", json!("9999"))
}

fn declaration(
    number: &str,
    issued: &str,
    certificate: &str,
    designation: &str,
    batches: &Value,
) -> Form {
    let declared = Declared {
        number,
        issued,
        modules: &[(RADIO, "B+C"), ("32011L0065", "A")],
        standards: &[("EN 303 417", "V1.1.1")],
        extent: "PART",
        cites: &[("cites-certificate", &NB_9999, certificate)],
        scope: forms::scope(&[CHARGER], &[(&VOLTARIS, designation)], batches),
        description: "Qi wireless charger, 15 W",
    };
    forms::declaration(&VOLTARIS, &declared).with(
        "notified_body",
        json!({
            "number": "9999",
            "intervention": "EU-type examination",
            "certificate": forms::document(&NB_9999, certificate),
        }),
    )
}

fn query(batches: &[&str]) -> Value {
    json!({
        "product": { "gtin": "09521000400030", "batches": batches },
        "category": { "gpc": "10001090", "cn": "85044060", "platform": "electronics/chargers" },
        "trader": { "operator": VOLTARIS.uri, "name": VOLTARIS.legal_name },
        "offer": {
            "platform": MARKETO.uri,
            "listing_id": "MK-2",
            "destinations": ["FR"],
            "languages": ["fr"],
            "manufacturer": contact(&VOLTARIS),
            "responsible_person": contact(&RHENANIA),
            "images": [format!("sha256:{}", forms::digest("charger.jpg"))],
            "goods_location": { "kind": "DIRECT_IMPORT" },
        },
        "policy": "demo-radio@2026.11.0",
        "dry_run": true,
    })
}

/// The same for goods that were on the Union's market before.
fn stock(batches: &[&str]) -> Value {
    let mut query = query(batches);
    query["offer"]["goods_location"] =
        json!({ "kind": "EU_STOCK", "placed_on_market": "2026-07-01" });
    query
}
