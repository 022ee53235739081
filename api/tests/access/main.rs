//! Access to a real server: the first key, what a kill leaves of grants and revocations, copies that are restored, rotation
//! under load, tasks that are healed with a person's word, and secrets that stand nowhere.

mod copies;
mod first;
mod healed;
mod held;
mod kills;
mod program;
mod rotation;
