//! Histories in, what readers see out. Every story goes through one door: [`door::check`].

mod bulk;
mod damage;
mod door;
mod found;
mod history;
mod ledger;
mod memory;
mod negentropy;
mod properties;
mod random;
mod schedules;
mod seen;
mod stories;
mod versions;
mod wrong;
