//! The acceptance tests of conformity.md, section 11, by its numbers and in its words. Each proves
//! its whole sentence; what a sentence leaves open is tested where it belongs.

mod evidence;
mod issuers;
mod forms;
mod records;
mod goods;
mod imports;
