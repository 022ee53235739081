//! What happens to the log as such: it begins, loses a torn tail, is repaired, is written in by hand.

use crate::ids::{LogId, NodeId};

events! {
    /// What happens to the log as such. These records are written by the code that opens the log, not by the
    /// deciding core.
    log;

    /// The log began. Always the record with sequence 0, and no other.
    Created (boxed) = 1 "created", by Writer, keeps Permanent, ends None, says "the log began" {
        /// The log.
        log_id: LogId,
        /// The node that made it.
        node: NodeId,
        /// How its first signing key is kept.
        key_protection: KeyProtection,
        /// Ed25519 public key of epoch 0.
        verifying_key: [u8; 32],
        /// Ed25519 public key that may authorise an epoch when the signing key is lost.
        recovery_key: Option<[u8; 32]>,
        /// BLAKE3 of the program that made the log; all zero when it was not built to know it.
        build_digest: [u8; 32],
        /// Where it lies.
        place: Place,
    }

    /// The log was opened after an unclean stop and a torn tail was dropped. None of it had been
    /// acknowledged: it lay above the watermark.
    TailDropped = 2 "tail_dropped", by Writer, keeps Permanent, ends None,
        says "a torn tail of {dropped_bytes} bytes after record {after_sequence} was dropped" {
        /// Sequence of the last record that was kept.
        after_sequence: u64,
        /// Bytes that were dropped.
        dropped_bytes: u64,
    }

    /// An operator rebuilt the log with the repair tool from what could still be read. When the watermark
    /// lies above the last kept record, acknowledged records were lost.
    Repaired = 3 "repaired", by Writer, keeps Permanent, ends None,
        says "the log was rebuilt up to record {last_kept_sequence}[: {reason}]" {
        /// Sequence of the last record that could be kept; everything up to it was verified.
        last_kept_sequence: u64,
        /// Sequence that the watermark had shown durable; none when the watermark itself was lost.
        watermark_sequence: Option<u64>,
        /// Blocks that were found in the database's journals only.
        salvaged_blocks: u64,
        /// Why, in the operator's words.
        reason: String,
    }

    /// Somebody wrote a line into the log by hand.
    NoteRecorded = 4 "note_recorded", by Writer, keeps Content, ends None, says "a note was written" {
        /// What they wrote.
        text: String,
    }

    /// Another key signs from this record's block on. The block's key statement says the same, with the signatures.
    KeyEpochBegan = 5 "key_epoch_began", by Writer, keeps Permanent, ends None,
        says "another key signs from here on, epoch {epoch}, by {authority}" {
        /// Counts up from 0, the epoch of genesis.
        epoch: u32,
        /// How the key is kept.
        key_protection: KeyProtection,
        /// Ed25519 public key of the epoch.
        verifying_key: [u8; 32],
        /// Who vouches for the key. With `Recovery` nobody could ask the key before.
        authority: KeyAuthority,
    }

    /// The TPM that keeps the signing key signed a checkpoint of this log together with what it measured of the machine.
    /// The payload holds everything that is needed to check it, with `docs/format/log-v1.md`, section 10.
    CheckpointAttested (boxed) = 6 "checkpoint_attested", by Writer, keeps Permanent, ends None,
        says "the TPM attested the checkpoint of {size} records ({occasion})" {
        /// Why it was asked to.
        occasion: Occasion,
        /// Records before the checkpoint; the checkpoint is that of an earlier block.
        size: u64,
        /// Root of the tree at that size.
        root: [u8; 32],
        /// Epoch of the key that signed the checkpoint.
        key_epoch: u32,
        /// That key.
        verifying_key: [u8; 32],
        /// The TPM's attestation key, as `TPMT_PUBLIC`.
        attestation_key: Vec<u8>,
        /// What the TPM signed, as `TPMS_ATTEST`.
        attest: Vec<u8>,
        /// ECDSA over it with SHA-256, r and s.
        signature: [u8; 64],
        /// The registers that the TPM quoted, in ascending order.
        registers: Vec<QuotedRegister>,
    }

    /// An operator took the log into service where it was not written last: it was copied, restored or moved. What else goes on
    /// from the records before this one is another history under the same key.
    Adopted = 7 "adopted", by Writer, keeps Permanent, ends None,
        says "the log was taken into service in another place[: {reason}]" {
        /// Where it lies from here on.
        place: Place,
        /// The id of the place before.
        before: [u8; 16],
        /// Why, in the operator's words.
        reason: String,
    }
}

asks! {
    /// Nothing can be asked: the code that opens the log writes these records.
    log;
}

structure! {
    /// A directory that is a log's own, as its file system names it. Numbers say nothing beyond that file system.
    Place {
        /// Made by chance, and written into the directory.
        id: [u8; 16],
        /// The file system's id; 0 where it has none that stays.
        file_system: u64,
        /// Number of the directory within it.
        inode: u64,
    }
}

structure! {
    /// A register (PCR) of a TPM, in its SHA-256 bank.
    QuotedRegister {
        /// 0 to 23.
        index: u8,
        /// What it held.
        value: [u8; 32],
    }
}

tagged! {
    /// Who vouches for the key of an epoch after the first. The same numbers as in the key statement of the log format.
    KeyAuthority {
        /// The key of the epoch before.
        Rotation = 1,
        /// The offline recovery key named at genesis.
        Recovery = 2,
    }
}

tagged! {
    /// Why a TPM was asked to attest a checkpoint.
    Occasion {
        /// A process began to write.
        Started = 1,
        /// A process is about to end: nothing but this attestation follows the checkpoint.
        Stopped = 2,
        /// The log is copied for others.
        Exported = 3,
    }
}

tagged! {
    /// How a signing key is kept. The same numbers as in the key statement of the log format.
    KeyProtection {
        /// In a file.
        SoftwareFile = 1,
        /// In a file, under a passphrase.
        SoftwarePassphrase = 2,
        /// In a TPM simulated in software.
        SoftwareTpm = 3,
        /// In the virtual TPM of a virtual machine.
        VirtualTpm = 4,
        /// In a hardware TPM.
        Tpm = 5,
        /// In a hardware TPM whose endorsement key was verified.
        TpmVerified = 6,
    }
}

tagged! {
    /// Where a log stands.
    Phase {
        /// Nothing acknowledged was ever lost.
        Whole = 0,
        /// The repair tool rebuilt it at least once; it stays marked for ever.
        Mended = 1,
    }
}

impl Phase {
    /// The phase after an event; `None` when the grammar forbids it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        match (before, event) {
            (None, Event::Created(_)) => Some(Self::Whole),
            (
                None,
                Event::TailDropped(_)
                | Event::Repaired(_)
                | Event::NoteRecorded(_)
                | Event::KeyEpochBegan(_)
                | Event::CheckpointAttested(_)
                | Event::Adopted(_),
            ) => None,
            (Some(_), Event::Created(_)) => None,
            (Some(_), Event::Repaired(_)) => Some(Self::Mended),
            (
                Some(phase),
                Event::TailDropped(_)
                | Event::NoteRecorded(_)
                | Event::KeyEpochBegan(_)
                | Event::CheckpointAttested(_)
                | Event::Adopted(_),
            ) => Some(phase),
        }
    }
}
