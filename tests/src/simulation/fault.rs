//! The classes of faults and disturbances. Each is switched on or off per seed.

use super::listed::listed;

listed! {
    /// What a seed may do to the engine.
    Fault {
        /// A commit is refused and not on disk.
        CommitFailed = "commit-failed",
        /// The storage cannot tell, and the commit is not on disk.
        CommitUnknownLost = "commit-unknown-lost",
        /// The storage cannot tell, and the commit is on disk.
        CommitUnknownKept = "commit-unknown-kept",
        /// A commit takes a hundred times as long.
        CommitSlow = "commit-slow",
        /// The process dies; what was in flight is lost.
        Crash = "crash",
        /// The process dies; what was in flight is on disk and nobody heard of it.
        CrashKept = "crash-kept",
        /// The process dies in the middle of a write; opening drops a torn tail.
        CrashTorn = "crash-torn",
        /// The process is stopped in order and starts again.
        Restart = "restart",
        /// The core panics on an input; at the second time the stream is set aside.
        Panic = "panic",
        /// The machine sleeps for long.
        Suspended = "suspended",
        /// The machine dies and runs anew; its wall clock may be wrong by then.
        Reboot = "reboot",
        /// The wall clock jumps ahead by more than the limit.
        ClockAhead = "clock-ahead",
        /// The wall clock jumps back by more than the limit.
        ClockBack = "clock-back",
        /// The wall clock jumps by less than the limit.
        ClockDrift = "clock-drift",
        /// An attempt ends otherwise than as intended.
        OutcomeBad = "outcome-bad",
        /// An outcome arrives twice.
        OutcomeTwice = "outcome-twice",
        /// An outcome arrives again long after it counted, or in a later life.
        OutcomeLate = "outcome-late",
        /// An outcome never arrives.
        OutcomeLost = "outcome-lost",
        /// An outcome names what it must not name, or brings too much.
        OutcomeForeign = "outcome-foreign",
        /// An effect fails for a reason that passes.
        EffectFailed = "effect-failed",
        /// A process that is asked to stop does not.
        StopIgnored = "stop-ignored",
        /// It takes long until a process runs.
        StartSlow = "start-slow",
        /// An attempt takes the process down that performs it, each time.
        Deadly = "deadly",
        /// The process dies, and the next begins paused.
        StartPaused = "start-paused",
        /// A process runs longer than it may.
        Overtime = "overtime",
        /// An upload is never finished.
        UploadAbandoned = "upload-abandoned",
        /// A definition has faults.
        DefinitionBad = "definition-bad",
        /// A submission is repeated under its key.
        KeyRepeated = "key-repeated",
        /// A key is used for another definition.
        KeyConflict = "key-conflict",
        /// The index of keys lags far behind.
        IndexLag = "index-lag",
        /// A workflow is cancelled.
        Cancel = "cancel",
        /// A workflow is paused.
        PauseWorkflow = "pause-workflow",
        /// A workflow is given content of a data subject that others share.
        SubjectShared = "subject-shared",
        /// The vault was asked some records ago.
        LookupStale = "lookup-stale",
        /// The content of a data subject is to be erased.
        Erase = "erase",
        /// A legal hold is placed or released.
        Hold = "hold",
        /// Somebody decides on what they may not, or twice.
        GateBad = "gate-bad",
        /// Content is read.
        ReadContent = "read-content",
        /// That a key is destroyed is never said in this life.
        DestroyedUnsaid = "destroyed-unsaid",
        /// That a key is destroyed is said twice.
        DestroyedTwice = "destroyed-twice",
        /// That a key is destroyed is said long after, or in a later life.
        DestroyedLate = "destroyed-late",
        /// The engine is paused.
        PauseEngine = "pause-engine",
        /// A setting is changed.
        ChangeSetting = "change-setting",
        /// A stream that is set aside is closed instead of released.
        CloseStream = "close-stream",
        /// An alert is acknowledged.
        AcknowledgeAlert = "acknowledge-alert",
        /// A request makes no sense where things stand.
        RequestBad = "request-bad",
        /// Something is asked of a schedule that makes no sense where it stands.
        ScheduleBad = "schedule-bad",
        /// Something is asked about prices that makes no sense where things stand.
        PricesBad = "prices-bad",
        /// A snapshot is never written.
        SnapshotLost = "snapshot-lost",
        /// A snapshot is damaged on disk.
        SnapshotDamaged = "snapshot-damaged",
        /// Messages come in bursts, many to a round of the loop.
        Burst = "burst",
    }
}
