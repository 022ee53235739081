//! Secrets and keys as their owners meet them, in one program.

mod files;
mod log_key;
mod tpm;
