//! How slots are numbered: so many in each file.

/// Slots in a file. Destroying one key writes the file anew, so this bounds what an erasure costs; making a file costs
/// four syncs, so this is also what they are divided by.
pub const SLOTS_PER_FILE: u64 = 1024;
