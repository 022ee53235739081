//! The machine as it is while figures are measured: no figure means anything without it.

use crate::session::{Failure, Session, remark};
use benches::stopwatch::timed;
use benches::sync_probe::SyncProbe;
use fixtures::statistics::quantile;

/// Syncs per probe.
const PROBES: usize = 1000;
/// Bytes per sync: about one record in its block.
const PROBE_BYTES: usize = 900;

/// Extensions of processors that figures hang on.
const FEATURES: [&str; 6] = ["sha_ni", "aes", "vaes", "avx2", "avx512f", "avx512vl"];

/// Prints the number of cores, what the processor has, and what a sync costs now.
pub(crate) fn print(session: &Session) -> Result<(), Failure> {
    let scratch = session.scratch()?;
    let sized = probe(SyncProbe::sized(&scratch.path().join("sized"))?)?;
    let written = probe(SyncProbe::written(&scratch.path().join("written"))?)?;
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line =
        |name| processor.lines().find(|line| line.starts_with(name)).and_then(|line| line.split(": ").nth(1));
    let flags: Vec<&str> = line("flags").unwrap_or_default().split(' ').collect();
    let has: Vec<&str> = FEATURES.into_iter().filter(|feature| flags.contains(feature)).collect();
    remark(&format!(
        "processor {}, with {}; SHA-256 by {}",
        line("model name").unwrap_or("unknown"),
        has.join(" "),
        session.hashing(),
    ));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    remark(&format!(
        "cores {}; load average {}; fdatasync of {PROBE_BYTES} bytes, p50 and p99 in ms: {sized} to a file that is \
         sized, {written} to one that was written before",
        std::thread::available_parallelism()?,
        load.split(' ').next().unwrap_or("unknown"),
    ));
    Ok(())
}

fn probe(mut file: SyncProbe) -> Result<String, Failure> {
    let mut samples = Vec::with_capacity(PROBES);
    for _ in 0..PROBES {
        let (written, duration) = timed(|| file.write(&[7; PROBE_BYTES]));
        written?;
        samples.push(duration.as_secs_f64() * 1e3);
    }
    Ok(format!("{:.3} and {:.3}", quantile(&samples, 0.5), quantile(&samples, 0.99)))
}
