//! Tests that cross packages, one file each, in one program: every program of its own would be linked with the whole product.

mod attachments;
mod bad_disk;
mod decide_again;
mod drawing;
mod durable_log;
mod environment;
mod faulty_twin;
mod foreign_verifiers;
mod golden_logs;
mod opening;
mod rotation;
mod scenarios;
mod secrets;
mod simulation;
mod statistics;
mod tidy;
mod verify_bytes;
