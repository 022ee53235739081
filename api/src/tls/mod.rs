//! TLS: certificates and keys from files, what a server shows for itself, and how that is renewed while it runs.

mod cryptography;
mod fault;
mod identity;
mod options;
mod pair;
mod pem;
mod renewal;
mod trust;
mod validity;

pub(crate) use cryptography::{cryptography, show_time};
pub(crate) use fault::TlsFault;
pub(crate) use options::TlsOptions;
pub(crate) use pair::PairFiles;
pub(crate) use pem::authorities;
pub(crate) use renewal::{Presented, Tls};
pub(crate) use trust::{certificate, trust, vouching};
pub(crate) use validity::explained;
