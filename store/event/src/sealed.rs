//! What a record says of content that lies in the vault, and the encoding of what is sealed for a task.
//!
//! Inputs and outputs of tasks are never in a record. A record holds where the sealed bytes lie and what they
//! commit to; once the key of their data subject is destroyed, that is all that is left of them.

use std::fmt;

use rkyv::rancor::Failure;

use crate::apart::Apart;
use crate::codec;
use crate::quantity::Bytes;

structure! {
    /// Content that is kept sealed in the vault. Sealing the same content twice gives two different values
    /// here, so that nothing can be guessed from them.
    Sealed {
        /// Where it lies: the hash of the sealed bytes.
        address: [u8; 32],
        /// Commitment to the content, under a salt that is sealed with it.
        commitment: [u8; 32],
        /// Length of the content before it was sealed.
        length: Bytes,
    }
}

/// The same, apart in memory: what perhaps holds one is small where it holds none.
pub type SealedApart = Apart<Sealed>;

tagged! {
    /// What sealed content is. What was sealed as one cannot be opened as another.
    ContentClass {
        /// The input of a task.
        Input = 1,
        /// What an attempt wrote to standard output.
        Stdout = 2,
        /// What an attempt wrote to standard error.
        Stderr = 3,
        /// The name of a person.
        Person = 4,
        /// What came with a signal.
        Signal = 5,
        /// Expressions of a task.
        Rule = 6,
        /// Entries of a list for each of which a task is run.
        Entries = 7,
        /// The values of a workflow's inputs.
        Inputs = 8,
        /// The text of a named definition.
        Definition = 9,
        /// What a verification or a diagnosis says in words: reasons, lines of outputs, names.
        Findings = 10,
    }
}

structure! {
    /// The input of a task that runs a process, as it is sealed: the byte 3, then this struct encoded like a
    /// payload. It stands in no record.
    Process {
        /// Program and arguments, never given to a shell.
        command: Vec<String>,
        /// Environment of the process.
        env: Vec<EnvVariable>,
        /// Where it runs, absolute; in a directory made for the attempt when nothing is named.
        directory: Option<String>,
        /// What it is given on standard input; nothing when nothing is named.
        stdin: Option<String>,
        /// The checks of its output, as JSON; none when success is that it ended well.
        verify: Option<String>,
    }
}

structure! {
    /// The same without checks: the byte 2, then this struct.
    ProcessV2 {
        /// Program and arguments.
        command: Vec<String>,
        /// Environment of the process.
        env: Vec<EnvVariable>,
        /// Where it runs.
        directory: Option<String>,
        /// What it is given on standard input.
        stdin: Option<String>,
    }
}

structure! {
    /// The same without standard input either: the byte 1, then this struct.
    ProcessV1 {
        /// Program and arguments.
        command: Vec<String>,
        /// Environment of the process.
        env: Vec<EnvVariable>,
        /// Where it runs.
        directory: Option<String>,
    }
}

structure! {
    /// One environment variable.
    EnvVariable {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    }
}

/// Version of the encoding of [`Process`], its first byte.
const PROCESS_VERSION: u8 = 3;

/// That of [`ProcessV2`].
const PROCESS_VERSION_2: u8 = 2;

/// That of [`ProcessV1`].
const PROCESS_VERSION_1: u8 = 1;

impl Process {
    /// The bytes that are sealed: in the oldest version that holds all of it.
    pub fn encode(&self) -> Vec<u8> {
        let Self { command, env, directory, stdin, verify } = self;
        if verify.is_some() {
            return codec::write(self, vec![PROCESS_VERSION]);
        }
        let (command, env, directory) = (command.clone(), env.clone(), directory.clone());
        if stdin.is_some() {
            let stdin = stdin.clone();
            return codec::write(&ProcessV2 { command, env, directory, stdin }, vec![PROCESS_VERSION_2]);
        }
        codec::write(&ProcessV1 { command, env, directory }, vec![PROCESS_VERSION_1])
    }

    /// Reads what was sealed.
    pub fn decode(content: &[u8]) -> Result<Self, NotAProcess> {
        let malformed = |Failure| NotAProcess::Malformed;
        match content.split_first() {
            None => Err(NotAProcess::Malformed),
            Some((&PROCESS_VERSION, payload)) => codec::read(payload).map_err(malformed),
            Some((&PROCESS_VERSION_2, payload)) => {
                let ProcessV2 { command, env, directory, stdin } = codec::read(payload).map_err(malformed)?;
                Ok(Self { command, env, directory, stdin, verify: None })
            }
            Some((&PROCESS_VERSION_1, payload)) => {
                let ProcessV1 { command, env, directory } = codec::read(payload).map_err(malformed)?;
                Ok(Self { command, env, directory, stdin: None, verify: None })
            }
            Some((&version, _)) => Err(NotAProcess::UnknownVersion { version }),
        }
    }
}

/// Why content is not the input of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAProcess {
    /// A newer program sealed it.
    UnknownVersion {
        /// The version found.
        version: u8,
    },
    /// The bytes are no such struct.
    Malformed,
}

impl fmt::Display for NotAProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVersion { version } => write!(
                f,
                "the input has version {version}; this version knows {PROCESS_VERSION}: use a newer version"
            ),
            Self::Malformed => f.write_str("the input is not that of a process"),
        }
    }
}

impl std::error::Error for NotAProcess {}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;

    fn process(command: Vec<String>, env: Vec<(String, String)>, directory: Option<String>) -> Process {
        let env = env.into_iter().map(|(name, value)| EnvVariable { name, value }).collect();
        Process { command, env, directory, stdin: None, verify: None }
    }

    #[test]
    fn the_bytes_of_a_process_stay_what_they_are() {
        let process =
            process(vec!["gzip".into(), "--keep".into()], vec![("LC_ALL".into(), "C".into())], None);
        let bytes = process.encode();
        assert_eq!(bytes[0], 1);
        assert_eq!(&bytes[1..9], b"gzip\xff\xff\xff\xff");
        assert_eq!(bytes.len(), 1 + 2 * 8 + 2 * 8 + 2 * 8 + 9);
        let process = Process { stdin: Some("yes".to_owned()), ..process };
        let bytes = process.encode();
        assert_eq!(bytes[0], 2);
        assert_eq!(bytes.len(), 1 + 2 * 8 + 2 * 8 + 2 * 8 + 9 + 9);
        let bytes = Process { verify: Some("[]".to_owned()), ..process }.encode();
        assert_eq!(bytes[0], 3);
        assert_eq!(bytes.len(), 1 + 2 * 8 + 2 * 8 + 2 * 8 + 9 + 9 + 9);
    }

    #[test]
    fn content_that_is_no_process_is_refused() {
        assert_eq!(Process::decode(b""), Err(NotAProcess::Malformed));
        assert_eq!(Process::decode(b"\x01short"), Err(NotAProcess::Malformed));
        assert_eq!(Process::decode(b"\x04"), Err(NotAProcess::UnknownVersion { version: 4 }));
    }

    quickcheck! {
        fn any_process_reads_back(
            command: Vec<String>,
            env: Vec<(String, String)>,
            directory: Option<String>,
            stdin: Option<String>,
            verify: Option<String>
        ) -> bool {
            let process = Process { stdin, verify, ..process(command, env, directory) };
            Process::decode(&process.encode()) == Ok(process)
        }

        fn any_content_is_survived(content: Vec<u8>) -> bool {
            let _ = Process::decode(&content);
            let _ = Process::decode(&[&[PROCESS_VERSION], &content[..]].concat());
            let _ = Process::decode(&[&[PROCESS_VERSION_2], &content[..]].concat());
            let _ = Process::decode(&[&[PROCESS_VERSION_1], &content[..]].concat());
            true
        }
    }
}
