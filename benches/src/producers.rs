//! Many tasks that each have one append in flight, and how many were acknowledged while a clock ran.

use crate::process::cpu_seconds;
use crate::stopwatch::Stopwatch;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// What happens before the clock starts: memory is mapped, queues fill.
const WARM_UP: Duration = Duration::from_millis(400);
/// Threads that producers run on.
const WORKER_THREADS: usize = 2;

/// What was done while the clock ran.
#[derive(Debug, Clone, Copy)]
pub struct Throughput {
    /// Events made durable in a second.
    pub events_per_second: f64,
    /// Processor time for each of them, over all threads of the process.
    pub cpu_us_per_event: f64,
}

/// The runtime that producers run on.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(WORKER_THREADS).build()
}

/// Runs `count` tasks for `duration`. Each calls `append` with its number and that of the call, and calls again
/// when it is acknowledged. `durable` says how many events are durable.
pub fn run<F: Future<Output = ()> + Send>(
    runtime: &Runtime,
    count: u64,
    duration: Duration,
    append: impl Fn(u64, u64) -> F + Clone + Send + 'static,
    durable: impl Fn() -> u64,
) -> Throughput {
    let stopped = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for task in 0..count {
        let (stopped, append) = (Arc::clone(&stopped), append.clone());
        let produce = async move {
            let mut call = 0;
            while !stopped.load(Ordering::Relaxed) {
                append(task, call).await;
                call += 1;
            }
        };
        tasks.spawn_on(produce, runtime.handle());
    }
    std::thread::sleep(WARM_UP);
    let (stopwatch, durable_before, cpu_before) = (Stopwatch::start(), durable(), cpu_seconds());
    std::thread::sleep(duration);
    let (events, cpu) = ((durable() - durable_before) as f64, cpu_seconds() - cpu_before);
    let elapsed = stopwatch.elapsed().as_secs_f64();
    stopped.store(true, Ordering::Relaxed);
    runtime.block_on(tasks.join_all());
    Throughput { events_per_second: events / elapsed, cpu_us_per_event: cpu * 1e6 / events.max(1.0) }
}
