//! TLS with the real program: what it shows and to whom, what it refuses, and what becomes of it while certificates are renewed.

mod authority;
mod client;
mod served;
mod stopwatch;

mod commands;
mod files;
mod handshakes;
mod outgoing;
mod mutual;
mod renewal;
