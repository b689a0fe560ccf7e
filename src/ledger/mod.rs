//! The single writer: sequencing, recovery, and what readers see.
