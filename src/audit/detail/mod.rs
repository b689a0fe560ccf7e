//! Details: what exactly was found or seen, beside the rule or the remark that it falls under.

mod table;
mod text;

pub use table::Detail;
