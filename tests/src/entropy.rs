//! Fresh seeds: the one place of this package that draws what no seed determines.

use std::fs::File;
use std::io::{self, Read};

/// A seed that nobody has tried, small enough to be typed.
pub fn fresh_seed() -> io::Result<u64> {
    let mut bytes = [0; 4];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes).into())
}
