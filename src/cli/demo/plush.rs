//! Case (a): a plush toy whose chain is whole.

use serde_json::{Value, json};

use super::cast::{
    ACCREDITATION_BODY, DOUDOU, LUMIPELUCHE, MARKETO, OTHER_SELLER, TESTA, VERIFIER,
};
use super::expected::Expected;
use super::forms::{self, Declared, Form};
use super::stage::Stage;
use crate::attestation::Role;
use crate::cli::failure::Failure;

const BEAR: &str = "https://id.gs1.org/01/09521000200012";
const TYPE: &str = "LP-BEAR-30";
const REPORT: &str = "R-26-8811";
const DECLARATION: &str = "DOC-LP-2026-014";
const STANDARDS: [(&str, &str); 3] =
    [("EN 71-1", "2014+A1:2018"), ("EN 71-2", "2020"), ("EN 71-3", "2019")];

/// The story as written.
pub(super) async fn play(stage: &mut Stage) -> Result<(), Failure> {
    until_the_mandate(stage, "2026-09-01").await?;

    stage.at("2026-11-23T09:00:00Z").await?;
    let listable = Expected::listable()
        .with("assurance_min", json!("A2"))
        .with("valid_until", json!("2029-08-20T00:00:00Z"));
    let verdict = stage.ask("l2610a", logged(query()), &listable).await?.logged()?;
    stage.at("2026-11-23T10:00:00Z").await?;
    let listing = forms::listing(
        "2052",
        "MK-1",
        "2026-11-23",
        (&lot("L2610A"), &DOUDOU, &["FR"]),
        "LISTED",
        &MARKETO,
    )
    .with("verdict", json!(verdict));
    stage.record("2052", listing, &[&MARKETO]).await?;

    let mut no_batch = query();
    no_batch["product"]["batches"] = json!([]);
    stage.ask("no-batch", no_batch, &Expected::review(&["BATCH_REQUIRED"])).await?;

    let mut other_lot = query();
    other_lot["product"]["batches"] = json!(["L2612Z"]);
    stage.ask("l2612z", other_lot, &Expected::not_listable(&["REQ_MISSING"])).await?;

    let mut two_countries = query();
    two_countries["offer"]["destinations"] = json!(["FR", "DE"]);
    let expected = Expected::not_listable(&["WARNINGS_LANG_MISSING"]);
    stage.ask("fr-de-warnings-fr-only", two_countries, &expected).await?;

    let mut other_trader = query();
    other_trader["trader"] = trader_other();
    let expected = Expected::not_listable(&["TRADER_NOT_LINKED"]);
    stage.ask("trader-not-doudou", other_trader, &expected).await?;

    let mut figures = query();
    figures["trader"] = trader_other();
    figures["category"] = json!({ "gpc": "10005162", "platform": "adult/figures" });
    let expected = Expected::not_listable(&["CATEGORY_MISMATCH", "TRADER_NOT_LINKED"]);
    stage.ask("adult-figures", figures.clone(), &expected).await?;

    let mut dolls = figures.clone();
    dolls["category"] = json!({ "gpc": "10005162", "platform": "adult/dolls" });
    let expected = Expected::prohibited(&["PROHIBITED_CATEGORY"]);
    stage.ask("prohibited-category", dolls, &expected).await?;

    let mut banned_image = figures;
    banned_image["offer"]["images"] = json!([format!("sha256:{}", forms::digest("banned image"))]);
    stage.ask("prohibited-image", banned_image, &expected).await?;
    Ok(())
}

/// The variant in which the declaration is older than the report it rests on.
pub(super) async fn play_early_declaration(stage: &mut Stage) -> Result<(), Failure> {
    until_the_mandate(stage, "2026-08-01").await?;
    stage.at("2026-11-23T09:00:00Z").await?;
    stage.ask("l2610a", query(), &Expected::not_listable(&["CHRONOLOGY"])).await?;
    Ok(())
}

async fn until_the_mandate(stage: &mut Stage, declared: &str) -> Result<(), Failure> {
    stage.at("2026-01-05T09:00:00Z").await?;
    for party in
        [&ACCREDITATION_BODY, &TESTA, &LUMIPELUCHE, &DOUDOU, &OTHER_SELLER, &MARKETO, &VERIFIER]
    {
        stage.admit(party).await?;
    }
    stage.at("2026-01-12T09:00:00Z").await?;
    stage.record("1120", accreditation_of_testa(), &[&ACCREDITATION_BODY]).await?;

    stage.at("2026-08-22T09:00:00Z").await?;
    let scope = forms::scope(&[], &[(&LUMIPELUCHE, TYPE)], &forms::all());
    let report = forms::test_report(&TESTA, REPORT, "2026-08-20", &STANDARDS, scope);
    stage.record("1201", report, &[&TESTA]).await?;

    stage.at("2026-08-30T09:00:00Z").await?;
    stage.record("1202", identity(), &[&LUMIPELUCHE]).await?;

    stage.at("2026-09-01T09:00:00Z").await?;
    let declaration = forms::declaration(
        &LUMIPELUCHE,
        &Declared {
            number: DECLARATION,
            issued: declared,
            modules: &[("32009L0048", "A")],
            standards: &STANDARDS,
            extent: "FULL",
            cites: &[("cites-report", &TESTA, REPORT)],
            scope: forms::scope(&[BEAR], &[(&LUMIPELUCHE, TYPE)], &forms::all()),
            description: "Plush bear, 30 cm, type LP-BEAR-30",
        },
    );
    stage.record("1204", declaration, &[&LUMIPELUCHE]).await?;

    stage.at("2026-10-05T09:00:00Z").await?;
    let import = forms::importer_declaration(
        &DOUDOU,
        "CONS-26-1005",
        "2026-10-05",
        (BEAR, &["L2610A"]),
        (&LUMIPELUCHE, DECLARATION),
        "26FRD0010000123456",
    );
    stage.record("1230", import, &[&DOUDOU]).await?;

    stage.at("2026-10-06T09:00:00Z").await?;
    let mandate = forms::mandate(
        "1231",
        "AUTHORISED_DISTRIBUTOR",
        (&LUMIPELUCHE, Role::Manufacturer),
        &DOUDOU,
        "2026-10-06",
        BEAR,
    );
    stage.record("1231", mandate, &[&LUMIPELUCHE, &DOUDOU]).await?;
    Ok(())
}

/// The accreditation of the laboratory for toys.
pub(super) fn accreditation_of_testa() -> Form {
    Form::new("accreditation", "XX-L-9901", &ACCREDITATION_BODY, Role::AccreditationBody)
        .document("XX-L-9901", "2026-01-12")
        .with("body", json!(TESTA.uri))
        .with("norm", json!("ISO/IEC 17025"))
        .with("action", json!("GRANT"))
        .with("effective_at", json!("2026-01-12T00:00:00Z"))
        .with("standards", json!(["EN 71-1", "EN 71-2", "EN 71-3", "EN IEC 62115"]))
        .with("until", json!("2031-01-11"))
}

fn identity() -> Form {
    Form::new("product-identity", "1202", &LUMIPELUCHE, Role::Manufacturer)
        .with("scope", forms::scope(&[BEAR], &[(&LUMIPELUCHE, TYPE)], &forms::all()))
        .with("brand", json!("Lumipeluche"))
        .with("model", json!("Bear 30"))
        .with("category", json!({ "gpc": "10005160", "cn": "95030041" }))
        .with("types", json!([{ "designation": TYPE }]))
        .with("origin", json!("CN"))
        .with("images", json!([forms::digest("bear.jpg")]))
        .with("intended_age", json!({ "min_months": 0 }))
        .with("warnings", json!(["REMOVE_PACKAGING"]))
        .with("attributes", forms::attributes(&[]))
}

fn query() -> Value {
    json!({
        "product": { "gtin": "9521000200012", "batches": ["L2610A"] },
        "category": { "gpc": "10005160", "cn": "95030041", "platform": "toys/plush" },
        "attributes": { "electrical": false },
        "trader": { "operator": DOUDOU.uri, "name": DOUDOU.legal_name },
        "offer": {
            "platform": MARKETO.uri,
            "listing_id": "MK-1",
            "destinations": ["FR"],
            "languages": ["fr"],
            "manufacturer": contact(&LUMIPELUCHE),
            "importer": contact(&DOUDOU),
            "warnings": [{ "lang": "fr", "code": "REMOVE_PACKAGING" }],
            "images": [format!("sha256:{}", forms::digest("bear.jpg"))],
            "goods_location": { "kind": "EU_STOCK", "placed_on_market": "2026-10-20" },
        },
        "policy": "demo-toys@2026.11.0",
        "dry_run": true,
    })
}

fn trader_other() -> Value {
    json!({ "operator": OTHER_SELLER.uri, "name": OTHER_SELLER.legal_name })
}

/// A party as an offer shows it.
pub(super) fn contact(party: &super::cast::Party) -> Value {
    json!({
        "name": party.legal_name,
        "postal": forms::postal(party),
        "electronic": forms::electronic(party),
    })
}

/// The query, to be logged with its verdict.
pub(super) fn logged(mut query: Value) -> Value {
    query["dry_run"] = json!(false);
    query
}

fn lot(lot: &str) -> String {
    format!("{BEAR}/10/{lot}")
}
