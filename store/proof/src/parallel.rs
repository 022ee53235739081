//! One pass over a log file, its blocks checked on several threads and linked in order.

use crate::block::Block;
use crate::break_point::Break;
use crate::file::{EndMark, Frame, FrameReader};
use crate::verify::{CheckedBlock, Linker, Report, Trust, check_records};
use crate::{LogId, verify};
use std::io::Read;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Blocks on their way to or from one thread; bounds memory to a few blocks per thread.
const QUEUE_LENGTH: usize = 8;

/// Verifies the log file that `source` yields.
pub fn verify_file<R: Read + Send>(
    source: R,
    trust: Trust,
    threads: NonZero<usize>,
) -> Result<Report, Break> {
    verify_and_fold(source, trust, threads, |_| (), |()| ())
}

/// Verifies, and folds what `read` takes from each verified block. `read` runs on the checking threads, after the
/// block's own evidence was checked; `fold` runs in log order, after the block was linked.
pub fn verify_and_fold<R: Read + Send, T: Send>(
    source: R,
    trust: Trust,
    threads: NonZero<usize>,
    read: impl Fn(&Block<'_>) -> T + Sync,
    mut fold: impl FnMut(T),
) -> Result<Report, Break> {
    let (log_id, mut frames) = FrameReader::open(source)?;
    let mut linker = Linker::new(trust, Some(log_id));
    let first = match frames.next_frame()? {
        Some(Frame::Block { offset_bytes, bytes }) => check(offset_bytes, &bytes, None, &log_id, &read)?,
        Some(Frame::End(end)) => return linker.finish(Some(&end)),
        None => return linker.finish(None),
    };
    linker.link(first.0)?;
    fold(first.1);
    let key = linker.current_key();
    let end = std::thread::scope(|scope| {
        let mut lanes = Vec::new();
        let mut senders = Vec::new();
        for _ in 0..threads.get() {
            let (to_lane, blocks) = sync_channel::<(u64, Vec<u8>)>(QUEUE_LENGTH);
            let (results, from_lane) = sync_channel(QUEUE_LENGTH);
            let read = &read;
            scope.spawn(move || run_lane(&blocks, &results, key, &log_id, read));
            senders.push(to_lane);
            lanes.push(from_lane);
        }
        let feeder = scope.spawn(move || feed(&mut frames, &senders));
        let linked = link_in_order(&lanes, &mut linker, &mut fold);
        drop(lanes);
        let fed = feeder.join().expect("invariant: the feeder does not panic");
        linked.and(fed)
    })?;
    linker.finish(end.as_ref())
}

type Checked<T> = Result<(CheckedBlock, T), Break>;

fn check<T>(
    offset_bytes: u64,
    bytes: &[u8],
    key: Option<[u8; 32]>,
    log_id: &LogId,
    read: &impl Fn(&Block<'_>) -> T,
) -> Checked<T> {
    let checked = match Block::decode(bytes) {
        Ok(block) if block.log_id != *log_id => Err(Break::at(block.first_sequence, block.other_log(log_id))),
        Ok(block) => check_records(&block, key).map(|checked| (checked, read(&block))),
        Err(_) => {
            Err(verify::check_block(bytes, key).expect_err("invariant: what does not decode does not verify"))
        }
    };
    checked.map_err(|damage| damage.within(offset_bytes))
}

fn run_lane<T>(
    blocks: &Receiver<(u64, Vec<u8>)>,
    results: &SyncSender<Checked<T>>,
    key: Option<[u8; 32]>,
    log_id: &LogId,
    read: &impl Fn(&Block<'_>) -> T,
) {
    while let Ok((offset_bytes, bytes)) = blocks.recv() {
        if results.send(check(offset_bytes, &bytes, key, log_id, read)).is_err() {
            return;
        }
    }
}

/// Deals blocks to the lanes in turn, so that collecting in turn restores the order. Ends at the end mark, at the
/// first break, or when the linker has given up.
fn feed<R: Read>(
    frames: &mut FrameReader<R>,
    lanes: &[SyncSender<(u64, Vec<u8>)>],
) -> Result<Option<EndMark>, Break> {
    for lane in lanes.iter().cycle() {
        match frames.next_frame()? {
            Some(Frame::Block { offset_bytes, bytes }) => {
                if lane.send((offset_bytes, bytes)).is_err() {
                    return Ok(None);
                }
            }
            Some(Frame::End(end)) => return Ok(Some(end)),
            None => return Ok(None),
        }
    }
    Ok(None)
}

fn link_in_order<T>(
    lanes: &[Receiver<Checked<T>>],
    linker: &mut Linker,
    fold: &mut impl FnMut(T),
) -> Result<(), Break> {
    for lane in lanes.iter().cycle() {
        let Ok(checked) = lane.recv() else { return Ok(()) };
        let (block, taken) = checked?;
        linker.link(block)?;
        fold(taken);
    }
    Ok(())
}
