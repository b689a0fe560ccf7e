//! What a gap is asked about: goods and destinations as a person gives them, as a query of nobody's
//! offer.

use clap::Args;

use crate::cli::failure::Failure;
use crate::policy::Query;
use crate::policy::query::{CategoryInput, GoodsLocation, OfferInput, ProductInput, TraderInput};
use crate::time::Date;

/// Who stands in a query where nobody is meant: numbers of notified bodies begin at 0001.
pub(super) const NOBODY: &str = "urn:nando:0000";

/// Goods, where they go, and who sells them.
#[derive(Args, Debug)]
pub(super) struct Goods {
    /// The product's GTIN, of 8 to 14 digits
    #[arg(long, value_name = "GTIN", requires = "to")]
    gtin: Option<String>,
    /// The countries of destination, as FR,DE; or EU for all of it
    #[arg(long, value_name = "COUNTRIES", value_delimiter = ',', requires = "gtin")]
    to: Vec<String>,
    /// A batch, by its lot number; may be given several times. Without one the whole model is meant
    #[arg(long, value_name = "LOT", requires = "gtin")]
    batch: Vec<String>,
    /// Who sells it; without one, what the seller is to the product is not looked at
    #[arg(long, value_name = "URI", requires = "gtin")]
    trader: Option<String>,
    /// The platform, whose own records on the seller are then looked at as well
    #[arg(long, value_name = "URI", requires = "gtin")]
    platform: Option<String>,
    /// The category, as gpc=10005160 or cn=95030041, if nobody has identified the product yet; may be
    /// given once for each
    #[arg(long, value_name = "SYSTEM=CODE", value_parser = category, requires = "gtin")]
    category: Vec<(System, String)>,
    /// The rule set, as id@version, if it is not the one for the category
    #[arg(long, value_name = "ID@VERSION", requires = "gtin")]
    rule_set: Option<String>,
    /// The day on which the goods were placed on the market, if they are in stock in the EU
    #[arg(long, value_name = "DATE", requires = "gtin")]
    placed_on_market: Option<Date>,
}

/// A system of categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Gpc,
    Cn,
}

impl Goods {
    /// The query, which shows nothing of an offer.
    pub(super) fn query(&self) -> Result<Query, Failure> {
        let of = |system: System| {
            let mut found = self.category.iter().filter(|(of, _)| *of == system);
            match (found.next(), found.next()) {
                (Some(_), Some(_)) => Err(Failure::new("--category gives one system two codes")),
                (found, _) => Ok(found.map(|(_, code)| code.clone())),
            }
        };
        let nobody = || NOBODY.to_owned();
        Ok(Query {
            product: ProductInput {
                gtin: self.gtin.clone(),
                batches: (!self.batch.is_empty()).then(|| self.batch.clone()),
                ..ProductInput::default()
            },
            category: CategoryInput { gpc: of(System::Gpc)?, cn: of(System::Cn)?, platform: None },
            trader: TraderInput {
                operator: self.trader.clone().unwrap_or_else(nobody),
                name: None,
            },
            offer: OfferInput {
                platform: self.platform.clone().unwrap_or_else(nobody),
                destinations: self.to.clone(),
                goods_location: self
                    .placed_on_market
                    .map(|placed_on_market| GoodsLocation::EuStock { placed_on_market }),
                ..OfferInput::default()
            },
            policy: self.rule_set.clone(),
            dry_run: true,
            ..Query::default()
        })
    }
}

fn category(text: &str) -> Result<(System, String), String> {
    let (system, code) = text.split_once('=').unwrap_or_default();
    match system {
        "gpc" => Ok((System::Gpc, code.to_owned())),
        "cn" => Ok((System::Cn, code.to_owned())),
        _ => Err("expected gpc=CODE or cn=CODE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::OperatorUri;

    #[test]
    fn nobody_is_an_operator_that_there_is_not() {
        NOBODY.parse::<OperatorUri>().unwrap();
    }

    #[test]
    fn a_category_is_of_one_of_the_two_systems() {
        assert_eq!(category("gpc=10005160"), Ok((System::Gpc, "10005160".to_owned())));
        assert_eq!(category("cn=9503"), Ok((System::Cn, "9503".to_owned())));
        for bad in ["", "9503", "gpc", "hs=9503", "=9503"] {
            category(bad).unwrap_err();
        }
    }
}
