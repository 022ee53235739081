//! What a guard is told, and what it says: bytes over the socket that is its standard input.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

/// The longest order that is read: a command, an environment and standard input at their limits, and paths.
const ORDER_BYTES_MAX: usize = (1 << 20) + triad_decide::limits::STDIN_FILLED_BYTES_MAX;

/// Asks for an end: the guard asks what it watches to end, and ends it after a while.
pub(crate) const STOP: u8 = b't';
/// The guard ends what it watches at once.
pub(crate) const KILL: u8 = b'k';

/// Nothing of what the guard watches is to be executed, until it is continued or ended.
pub(crate) const PAUSE: u8 = b'p';
/// What was suspended is to go on.
pub(crate) const CONTINUE: u8 = b'c';

/// What is to run, and as what. Every choice is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// Program and arguments; not empty.
    pub(crate) command: Vec<OsString>,
    /// The whole environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// Where it runs.
    pub(crate) directory: PathBuf,
    /// Whether that was made for it. Then its user need not be able to reach it by its path.
    pub(crate) is_fresh: bool,
    /// How many files it may have open without asking for more.
    pub(crate) files: Option<u64>,
    /// As whom, and in which groups, the first being the user's own; the server's user when there is none.
    pub(crate) user: Option<(u32, Vec<u32>)>,
    /// What the program is given on standard input; nothing when there is none.
    pub(crate) stdin: Option<Vec<u8>>,
}

impl Order {
    /// The bytes that a guard reads.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut parts = Parts::default();
        parts.put(self.directory.as_os_str().as_bytes());
        parts.put(&[u8::from(self.is_fresh)]);
        parts.put(&self.files.map(u64::to_le_bytes).map_or(Vec::new(), Vec::from));
        let user = self.user.iter().flat_map(|(user, groups)| std::iter::once(user).chain(groups));
        parts.put(&user.flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>());
        parts.put(&[u8::from(self.stdin.is_some())]);
        parts.put(self.stdin.as_deref().unwrap_or_default());
        parts.put(&(self.command.len() as u64).to_le_bytes());
        self.command.iter().for_each(|word| parts.put(word.as_bytes()));
        for (name, value) in &self.env {
            parts.put(name.as_bytes());
            parts.put(value.as_bytes());
        }
        let mut whole = (parts.0.len() as u64).to_le_bytes().to_vec();
        whole.extend(parts.0);
        whole
    }

    /// Reads what was encoded; none when it is not whole, because whoever wrote it is gone.
    pub(crate) fn read(source: &mut impl Read) -> io::Result<Option<Self>> {
        let mut length = [0; 8];
        let mut bytes = Vec::new();
        if source.read_exact(&mut length).is_err() {
            return Ok(None);
        }
        let length = u64::from_le_bytes(length);
        source.take(length.min(ORDER_BYTES_MAX as u64)).read_to_end(&mut bytes)?;
        Ok(if bytes.len() as u64 == length { Self::decode(&bytes) } else { None })
    }

    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let source = &mut bytes;
        let directory = PathBuf::from(text(source)?);
        let is_fresh = part(source)? == [1];
        let files = number(part(source)?);
        let mut user = part(source)?.as_chunks().0.iter().map(|id| u32::from_le_bytes(*id));
        let user = user.next().map(|id| (id, user.collect()));
        let has_stdin = part(source)? == [1];
        let stdin = part(source)?;
        let stdin = has_stdin.then(|| stdin.to_vec());
        let command = (0..number(part(source)?)?).map(|_| text(source)).collect::<Option<_>>()?;
        let mut env = Vec::new();
        while !source.is_empty() {
            env.push((text(source)?, text(source)?));
        }
        Some(Self { command, env, directory, is_fresh, files, user, stdin })
    }
}

/// Parts, each behind its length.
#[derive(Default)]
struct Parts(Vec<u8>);

impl Parts {
    fn put(&mut self, part: &[u8]) {
        self.0.extend((part.len() as u32).to_le_bytes());
        self.0.extend(part);
    }
}

fn part<'a>(source: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = source.split_first_chunk()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *source = rest;
    Some(part)
}

fn text(source: &mut &[u8]) -> Option<OsString> {
    part(source).map(|part| OsStr::from_bytes(part).to_owned())
}

fn number(part: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(part.try_into().ok()?))
}

/// What a guard says, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The program is started now. It may end its guard before that can say more.
    Starting,
    /// The program runs; its number.
    Began(i32),
    /// It could not be started, and could not be another time.
    Refused(String),
    /// It could not be started now, because the machine is short of something.
    Short(String),
    /// It ended like this, having taken so much, and nothing of it is left.
    Ended(HowEnded, Took),
}

/// What a program took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Took {
    /// From just before its start to its end.
    pub(crate) time: Duration,
    /// How long processors were busy with all that it ran; none when the system does not say.
    pub(crate) processor_time: Option<Duration>,
}

/// How a program ended, as the system tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HowEnded {
    /// With this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
}

impl Said {
    pub(crate) fn line(&self) -> String {
        // A line is one line, whatever the reason repeats.
        let one_line = |why: &str| why.replace(['\n', '\r'], " ");
        match self {
            Self::Starting => "starting now\n".to_owned(),
            Self::Began(id) => format!("began {id}\n"),
            Self::Refused(why) => format!("refused {}\n", one_line(why)),
            Self::Short(why) => format!("short {}\n", one_line(why)),
            Self::Ended(how, Took { time, processor_time }) => {
                let (word, number) = match how {
                    HowEnded::Exited(code) => ("exited", code),
                    HowEnded::Signalled(signal) => ("signalled", signal),
                };
                let busy = processor_time.map(|busy| format!(" {}", busy.as_micros())).unwrap_or_default();
                format!("{word} {number} {}{busy}\n", time.as_micros())
            }
        }
    }

    /// What a line says; none when it is none of a guard.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ')?;
        let ended = |how: fn(i32) -> HowEnded| {
            let (number, took) = rest.split_once(' ')?;
            Some(Self::Ended(how(number.parse().ok()?), Took::parse(took)?))
        };
        match word {
            "starting" => Some(Self::Starting),
            "began" => rest.parse().ok().map(Self::Began),
            "refused" => Some(Self::Refused(rest.to_owned())),
            "short" => Some(Self::Short(rest.to_owned())),
            "exited" => ended(HowEnded::Exited),
            "signalled" => ended(HowEnded::Signalled),
            _ => None,
        }
    }
}

impl Took {
    fn parse(words: &str) -> Option<Self> {
        let micros = |word: &str| word.parse().ok().map(Duration::from_micros);
        let (time, busy) = words.split_once(' ').map_or((words, None), |(time, busy)| (time, Some(busy)));
        let processor_time = match busy {
            Some(busy) => Some(micros(busy)?),
            None => None,
        };
        Some(Self { time: micros(time)?, processor_time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    fn order(user: Option<(u32, Vec<u32>)>, env: &[(&str, &str)]) -> Order {
        Order {
            command: vec!["sh".into(), String::new().into(), OsString::from_vec(vec![0xff, b'\n'])],
            env: env.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            directory: "a directory".into(),
            is_fresh: user.is_some(),
            files: user.is_none().then_some(1024),
            stdin: user.is_some().then(|| b"in\0put\n".to_vec()),
            user,
        }
    }

    #[test]
    fn an_order_reads_back_and_a_part_of_one_is_none() {
        for order in [order(None, &[]), order(Some((7, vec![8, 9])), &[("A", ""), ("B", "=")])] {
            let bytes = order.encode();
            assert_eq!(Order::read(&mut bytes.as_slice()).expect("reads"), Some(order));
            for cut in 0..bytes.len() {
                assert_eq!(Order::read(&mut &bytes[..cut]).expect("reads"), None, "{cut} bytes");
            }
        }
    }

    #[test]
    fn what_a_guard_says_is_a_line_and_reads_back() {
        let why = "no such program: a\nb".to_owned();
        let busy = Took { time: Duration::from_micros(25), processor_time: Some(Duration::from_micros(31)) };
        let all = [
            Said::Starting,
            Said::Began(7),
            Said::Ended(HowEnded::Exited(0), busy),
            Said::Ended(HowEnded::Signalled(9), Took { time: Duration::ZERO, processor_time: None }),
            Said::Short("no files".into()),
        ];
        for said in all {
            assert_eq!(Said::parse(said.line().trim_end()), Some(said));
        }
        assert_eq!(Said::Refused(why).line().lines().count(), 1);
        for line in ["began x", "exited 0 x", "exited 0 5 x", "exited 0 5 6 7"] {
            assert_eq!(Said::parse(line), None, "{line}");
        }
    }
}
