//! Reading the product of a query: numbers in many forms, batches, serial and variant.

use crate::identifier::{IdentifierError, Lot, ProductUri, input};
use crate::policy::query::check::{BATCHES_MAX, bound};
use crate::policy::query::error::QueryError;
use crate::policy::query::input::ProductInput;
use crate::policy::query::normal::Trader;
use crate::policy::query::normalise::{Reader, sorted};

impl Reader {
    /// The products, and the seller's own number as a product.
    pub(super) fn products(
        &mut self,
        product: &ProductInput,
        trader: &Trader,
    ) -> Result<(Vec<ProductUri>, Option<ProductUri>), QueryError> {
        let number = product.merchant_pid.as_deref();
        let number = number.map(|text| self.trimmed("product.merchant_pid", text));
        let of_merchant = number.map(|pid| ProductUri::from_assigned(&trader.operator, pid));
        let merchant_id = of_merchant
            .transpose()
            .map_err(|error| QueryError::value("product.merchant_pid", error.to_string()))?;
        let base = match (&product.gtin, &product.id) {
            (Some(_), Some(_)) => {
                return Err(QueryError::value("product.id", "expected gtin or id, not both"));
            }
            (Some(gtin), None) => {
                // Only digits: a whole URI belongs into `id`.
                if !gtin.trim().bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(QueryError::value("product.gtin", "expected digits only"));
                }
                self.noted("product.gtin", input::product(gtin))?
            }
            (None, Some(id)) => self.noted("product.id", input::product(id))?,
            (None, None) => {
                merchant_id.clone().ok_or(QueryError::Missing { member: "product.id" })?
            }
        };
        Ok((self.goods(product, &base)?, merchant_id))
    }

    /// The products that batches, serial and variant make of a base.
    fn goods(
        &mut self,
        product: &ProductInput,
        base: &ProductUri,
    ) -> Result<Vec<ProductUri>, QueryError> {
        let at =
            |member| move |error: IdentifierError| QueryError::value(member, error.to_string());
        let clash = |member| QueryError::value(member, format!("{base} has one already"));
        let mut base = base.clone();
        if let Some(variant) = &product.variant {
            if base.qualifiers().variant.is_some() {
                return Err(clash("product.variant"));
            }
            let variant = self.trimmed("product.variant", variant);
            base = base.with_variant(variant).map_err(at("product.variant"))?;
        }
        if let Some(serial) = &product.serial {
            if base.qualifiers().serial.is_some() {
                return Err(clash("product.serial"));
            }
            let serial = self.noted("product.serial", input::serial(serial))?;
            base = base.with_serial(serial.as_str()).map_err(at("product.serial"))?;
        }
        let batches = product.batches.as_deref().unwrap_or_default();
        bound("product.batches", batches.len(), BATCHES_MAX)?;
        if !batches.is_empty() && base.qualifiers().lot.is_some() {
            return Err(clash("product.batches"));
        }
        if batches.len() > 1 && base.qualifiers().serial.is_some() {
            let reason = "an item is of one batch: expected at most one with a serial";
            return Err(QueryError::value("product.batches", reason));
        }
        let mut products = Vec::new();
        for batch in batches {
            let lot: Lot = self.noted("product.batches", input::lot(batch))?;
            products.push(base.with_lot(lot.as_str()).map_err(at("product.batches"))?);
        }
        if products.is_empty() {
            products.push(base);
        }
        Ok(sorted(products))
    }
}
