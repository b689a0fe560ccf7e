//! The export directory: the log as files.
