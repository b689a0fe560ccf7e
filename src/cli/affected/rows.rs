//! The listings as a table, a row each.

use std::path::Path;

use csv::Writer;
use serde::Serialize;

use crate::attestation::types::ListingAction;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::table_file::inert;
use crate::identifier::Country;
use crate::reliance::{Reliance, RestingListing};

/// A row; what does not apply is empty.
#[derive(Debug, Serialize)]
struct Row {
    platform: String,
    listing_id: String,
    product: String,
    trader: String,
    /// With a blank between them.
    countries: String,
    listed_entry: String,
    listed_at: String,
    verdict_entry: String,
    /// `UP`, `DELISTED`, `SUSPENDED`; `REPLACED` if it went on under another verdict.
    state: &'static str,
    ended_entry: String,
    ended_at: String,
    /// `yes` or `no`: whether the platform names the record by which the document fell.
    names_fall: &'static str,
    after_fall_ms: String,
}

/// Writes the table to a file that is not there yet.
pub(super) fn write(path: &Path, found: &Reliance) -> Result<(), Failure> {
    let mut table = Writer::from_writer(Vec::new());
    if found.listings.is_empty() {
        table.write_record(COLUMNS).step("write the results")?;
    }
    for listing in &found.listings {
        table.serialize(row(listing)).step("write the results")?;
    }
    let bytes = table.into_inner().step("write the results")?;
    files::write_new(path, &bytes, Access::Public)
}

/// The columns, for a table without a row.
const COLUMNS: [&str; 13] = [
    "platform",
    "listing_id",
    "product",
    "trader",
    "countries",
    "listed_entry",
    "listed_at",
    "verdict_entry",
    "state",
    "ended_entry",
    "ended_at",
    "names_fall",
    "after_fall_ms",
];

fn row(listing: &RestingListing) -> Row {
    let countries: Vec<&str> = listing.countries.iter().map(Country::as_str).collect();
    let ended = listing.ended;
    Row {
        platform: inert(listing.platform.as_str()),
        listing_id: inert(&listing.listing_id),
        product: inert(listing.product.as_str()),
        trader: inert(listing.trader.as_str()),
        countries: countries.join(" "),
        listed_entry: listing.listed.entry.to_string(),
        listed_at: listing.listed.time.to_string(),
        verdict_entry: listing.verdict.to_string(),
        state: ended.map_or("UP", |down| match down.action {
            ListingAction::Listed => "REPLACED",
            ListingAction::Suspended => "SUSPENDED",
            ListingAction::Delisted | ListingAction::Rejected => "DELISTED",
        }),
        ended_entry: ended.map(|down| down.at.entry.to_string()).unwrap_or_default(),
        ended_at: ended.map(|down| down.at.time.to_string()).unwrap_or_default(),
        names_fall: ended.map_or("", |down| if down.names_fall { "yes" } else { "no" }),
        after_fall_ms: listing.after_fall_ms.map(|ms| ms.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_without_rows_has_the_columns_of_one_with_rows() {
        let uri = "urn:lei:ZZZZ00BRICOLINTOYS09";
        let moment =
            crate::audit::Moment { entry: 7.into(), time: "2026-06-01T00:00:00Z".parse().unwrap() };
        let listing = RestingListing {
            platform: uri.parse().unwrap(),
            listing_id: "=1+1".to_owned(),
            product: "https://id.gs1.org/01/09521000200012".parse().unwrap(),
            trader: uri.parse().unwrap(),
            countries: vec!["DE".parse().unwrap(), "FR".parse().unwrap()],
            listed: moment,
            verdict: moment.entry,
            ended: None,
            after_fall_ms: None,
        };
        let mut table = Writer::from_writer(Vec::new());
        table.serialize(row(&listing)).unwrap();
        let text = String::from_utf8(table.into_inner().unwrap()).unwrap();
        let (head, row) = text.split_once('\n').unwrap();
        assert_eq!(head, COLUMNS.join(","));
        assert!(row.contains(",'=1+1,") && row.contains(",DE FR,7,"), "{row}");
        assert!(row.ends_with(",UP,,,,\n"), "{row}");
    }
}
