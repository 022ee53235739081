//! Whether the time that a refusal takes tells anything of the keys that there are: Welch's t-test over two kinds of guesses that
//! are asked by turns, as in Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?" (2017).

use crate::program::Failure;
use crate::served::{Random, Served};
use fixtures::statistics::quantile;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use tests::stopwatch::time;
use triad_credentials::{Kind, Secret};

/// Guesses of each kind unless a count is given.
const GUESSES: u64 = 200_000;
/// Beyond this the two kinds differ: the bound of the paper, below which it finds no evidence.
const T_MAX: f64 = 4.5;
/// Guesses that took longer than this share are left out: they tell of the machine.
const SHARE_KEPT: f64 = 0.9;

/// First bytes of its digest that a near guess has in common with the known key: finding one takes 65,536 tries.
const DIGEST_BYTES_SHARED: usize = 2;

/// Two kinds of guesses that must not be told apart.
struct Pair {
    name: &'static str,
    guesses: [String; 2],
}

/// Runs the proof.
pub(crate) fn run(guesses: Option<u64>) -> Result<(), Failure> {
    let guesses = guesses.unwrap_or(GUESSES);
    let served = Served::new()?;
    let server = served.start_healthy()?;
    let key = served.first_key()?;
    let [.., Pair { guesses: [far, _], .. }] = pairs(&key)?;
    let control = compare(&served.address, &[mistyped(&far), far], guesses)?;
    println!("figure timing_mistyped_or_not {control:.2} t");
    if control.abs() <= T_MAX {
        return Err(format!(
            "a check that is skipped is not seen, t = {control:.2}: more guesses are needed"
        ));
    }
    for Pair { name, guesses: pair } in pairs(&key)? {
        let t = compare(&served.address, &pair, guesses)?;
        println!("figure {name} {t:.2} t");
        if t.abs() > T_MAX {
            return Err(format!("{name}: the two kinds of guesses differ in time, t = {t:.2}"));
        }
    }
    served.stop(server)
}

fn pairs(key: &str) -> Result<[Pair; 2], Failure> {
    let known = Secret::parse(Kind::Key, key).map_err(|fault| fault.to_string())?;
    let unknown: [u8; 16] = std::array::from_fn(|place| known.id()[place] ^ 0x55);
    let far = guess(known.id(), |shared| shared == 0, &known);
    let near = guess(known.id(), |shared| shared >= DIGEST_BYTES_SHARED, &known);
    let elsewhere = guess(unknown, |shared| shared == 0, &known);
    Ok([
        Pair { name: "timing_id_unknown_or_known", guesses: [elsewhere, far.clone()] },
        Pair { name: "timing_digest_far_or_near", guesses: [far, near] },
    ])
}

/// With a checksum that does not fit, which is seen before anything is compared: a difference that must be seen here.
fn mistyped(secret: &str) -> String {
    let (rest, end) = secret.split_at(secret.len() - 1);
    format!("{rest}{}", if end == "0" { "1" } else { "0" })
}

/// A key with that id whose digest has as many first bytes in common with that of the known key as is asked for: what the server
/// compares is digests.
fn guess(id: [u8; 16], is_wanted: impl Fn(usize) -> bool, known: &Secret) -> String {
    let right = known.digest();
    let with = |number: u64| {
        let mut bytes = [0x5a; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Secret::new(Kind::Key, id, bytes.into())
    };
    let shared = |digest: [u8; 32]| digest.iter().zip(right).take_while(|(one, other)| *one == other).count();
    let mut guesses = (0_u64..).map(with);
    let found = guesses.find(|guess| is_wanted(shared(guess.digest())));
    found.map_or_else(|| unreachable!("invariant: numbers do not end"), |guess| guess.expose().to_string())
}

/// Asks with both by turns, in an order that chance decides, and says how far apart their times are.
fn compare(address: &str, pair: &[String; 2], guesses: u64) -> Result<f64, Failure> {
    let mut stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let mut answers = BufReader::new(stream.try_clone().map_err(|error| error.to_string())?);
    let requests = pair.each_ref().map(|secret| {
        format!("GET /v1/workflows HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {secret}\r\n\r\n")
    });
    let mut random = Random(0x7269_6164);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..2 * guesses {
        let kind = random.below(2) as usize;
        let (answered, took) = time(|| ask(&mut stream, &mut answers, &requests[kind]));
        let status = answered.map_err(|error| error.to_string())?;
        if !status.contains(" 401 ") {
            return Err(format!("a guess was answered with {status}"));
        }
        times[kind].push(took.as_secs_f64());
    }
    let all: Vec<f64> = times.iter().flatten().copied().collect();
    let longest = quantile(&all, SHARE_KEPT);
    times.iter_mut().for_each(|times| times.retain(|time| *time <= longest));
    Ok(welch_t(&times[0], &times[1]))
}

/// Sends a request, reads the whole answer, and returns its first line.
fn ask(stream: &mut TcpStream, answers: &mut impl BufRead, request: &str) -> std::io::Result<String> {
    stream.write_all(request.as_bytes())?;
    let (mut status, mut length) = (String::new(), 0);
    answers.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        answers.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            None => break,
            Some(("content-length", bytes)) => length = bytes.parse().unwrap_or(0),
            Some(_) => {}
        }
    }
    answers.read_exact(&mut vec![0; length])?;
    Ok(status)
}

/// How far two means lie apart, in standard errors of their difference (Welch, 1947).
fn welch_t(one: &[f64], other: &[f64]) -> f64 {
    let moments = |samples: &[f64]| {
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / count;
        let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean, error), (other_mean, other_error)) = (moments(one), moments(other));
    (mean - other_mean) / (error + other_error).sqrt()
}
