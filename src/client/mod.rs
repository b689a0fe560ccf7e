//! The gRPC client, used by the command line and by tests.
