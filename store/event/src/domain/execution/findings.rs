//! What is found once an attempt has ended: whether its output is what its task wants, and why it failed.
//!
//! Words of programs are content, so a record has none of them: classes, positions and numbers, and where the words lie.

use crate::quantity::Bytes;
use crate::sealed::SealedApart;

structure! {
    /// What is found once an attempt has ended.
    Findings {
        /// What came of the verification of its output; none when nothing was to be verified.
        verified: Option<Verified>,
        /// Why it failed; none when it succeeded, or was stopped because of something else.
        diagnosed: Option<Diagnosed>,
        /// What both say in words, as JSON; none where nothing could be kept.
        said: Option<SealedApart>,
        /// The rule of moderation that holds it; none when it was begun.
        held: Option<HeldBy>,
    }
}

structure! {
    /// Why a step was not begun.
    HeldBy {
        /// The rule, of those that the operator set.
        rule: String,
        /// BLAKE3 of the document of the rules.
        rules_digest: [u8; 32],
        /// What the rule found it in.
        part: StepPart,
    }
}

tagged! {
    /// The parts of a step that rules of moderation look at.
    StepPart {
        /// Its program, or an argument of it.
        Command = 1,
        /// A value of a variable of its environment that its task sets.
        Environment = 2,
        /// Its standard input.
        Input = 3,
    }
}

structure! {
    /// What came of a verification.
    Verified {
        /// How many checks there are.
        checks: u32,
        /// How many of them hold. Over the checks that is the verified share.
        held: u32,
        /// What components used.
        fuel_used: u64,
        /// Those that do not hold, in the order in which they are written. Fewer than do not hold when a limit ended the whole.
        failed: Vec<CheckFailed>,
    }
}

structure! {
    /// A check that does not hold.
    CheckFailed {
        /// Which one, from 0.
        check: u32,
        /// What kind of check it is.
        kind: CheckKind,
        /// Whose fault it is.
        cause: CheckCause,
    }
}

structure! {
    /// Why an attempt failed, by rules or by a model, as far as that is known.
    Diagnosed {
        /// The class.
        class: FailureClass,
        /// How sure that is, per mille; 0 when it is unknown.
        confidence_pm: u32,
        /// The rule that says so; empty when it is unknown.
        rule: String,
        /// The version of the rules that are built in.
        rules_version: u32,
        /// That of the operator's, where there are any.
        operator_version: Option<u32>,
        /// What all of them were.
        rules_digest: [u8; 32],
        /// Which output has the line that shows it; none when the end of the attempt alone does.
        shown_in: Option<OutputKind>,
        /// Where the line begins in the whole output.
        from: Bytes,
        /// Where it ends.
        to: Bytes,
        /// The variables of the operator's configuration that it is about, ascending.
        lacks: Vec<String>,
    }
}

tagged! {
    /// Which output of an attempt.
    OutputKind {
        /// Standard output.
        Stdout = 1,
        /// Standard error.
        Stderr = 2,
    }
}

tagged! {
    /// The kinds of checks of an output.
    CheckKind {
        /// A JSON Schema.
        JsonSchema = 1,
        /// A regular expression.
        Pattern = 2,
        /// A text, bytes or a value.
        Equals = 3,
        /// How long it is.
        Size = 4,
        /// How its process exits.
        ExitCodes = 5,
        /// A command.
        Checker = 6,
        /// A WebAssembly component.
        Wasm = 7,
    }
}

tagged! {
    /// Why a check does not hold.
    CheckCause {
        /// The output is not what the check wants.
        Differs = 1,
        /// It would take more than is allowed.
        TooMuch = 2,
        /// The check failed itself.
        Broken = 3,
    }
}

tagged! {
    /// Why an attempt failed: a closed set.
    FailureClass {
        /// Nothing is known that is sure enough.
        Unknown = 0,
        /// A variable, setting, key or profile that the program needs is not set.
        MissingConfiguration = 1,
        /// A file or directory is not there.
        MissingFile = 2,
        /// The program itself, or one that it starts, is not there.
        CommandNotFound = 3,
        /// The system or a service says that this one may not.
        Permission = 4,
        /// Memory ran out, or its limit was reached.
        OutOfMemory = 5,
        /// A disk, a quota or a file's size ran out.
        OutOfDisk = 6,
        /// Something took longer than it may.
        Timeout = 7,
        /// A connection was refused, reset or had no way.
        Network = 8,
        /// A name of a host could not be resolved.
        Dns = 9,
        /// A certificate or a handshake was not accepted.
        Tls = 10,
        /// Asked too often, or more than a quota allows.
        RateLimit = 11,
        /// Who asks is not known, or showed the wrong secret.
        Authentication = 12,
        /// What was given could not be read or is not allowed.
        BadInput = 13,
        /// What came out is not what was wanted.
        BadOutput = 14,
        /// A package, library, module or service that is needed is not there.
        DependencyUnavailable = 15,
        /// Somebody else has or changed it.
        Conflict = 16,
        /// The program ended by a fault of its own.
        Crash = 17,
    }
}

impl FailureClass {
    /// As it is written in rules of diagnosis and shown to people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::MissingConfiguration => "missing_configuration",
            Self::MissingFile => "missing_file",
            Self::CommandNotFound => "command_not_found",
            Self::Permission => "permission",
            Self::OutOfMemory => "out_of_memory",
            Self::OutOfDisk => "out_of_disk",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::RateLimit => "rate_limit",
            Self::Authentication => "authentication",
            Self::BadInput => "bad_input",
            Self::BadOutput => "bad_output",
            Self::DependencyUnavailable => "dependency_unavailable",
            Self::Conflict => "conflict",
            Self::Crash => "crash",
        }
    }

    /// The class of a word; none for a word that is none.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.word() == word)
    }
}
