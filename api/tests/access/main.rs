//! Access to a real server: the first key, what a kill leaves of grants and revocations, copies that are restored, rotation
//! under load, and secrets that stand nowhere.

mod copies;
mod first;
mod kills;
mod program;
mod rotation;
