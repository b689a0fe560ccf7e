//! Queries: what is to be listed, as a platform writes it and as a verdict repeats it.

mod error;
mod input;
mod normal;
mod check;
mod normalise;
mod read_product;
mod read_offer;

pub use error::QueryError;
pub use input::{
    CategoryInput, ContactInput, OfferInput, ProductInput, Query, TraderInput, WarningInput,
};
pub use normal::{
    Contact, GoodsLocation, NormalCategory, NormalQuery, Offer, OfferAttributes, ShownWarning,
    Trader,
};
pub use normalise::{Defaults, Note};

/// The JSON Schema of a query, as a platform writes it.
pub fn query_schema() -> serde_json::Value {
    crate::attestation::object_schema::<Query>()
}
