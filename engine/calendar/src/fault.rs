//! What is wrong with an expression or a zone: where, what, and what to write instead.

use crate::TEXT_BYTES_MAX;
use std::fmt;

/// Why a schedule is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}, column {column}: {problem}")]
pub struct Fault {
    /// The part that it lies in.
    pub field: Field,
    /// Where in the text, in bytes from 1. For [`Field::Zone`] the text is that of the zone.
    pub column: usize,
    /// What is wrong, and what to write instead.
    pub problem: Problem,
}

impl Fault {
    /// `at` is an offset in bytes, from 0.
    pub(crate) fn at(field: Field, at: usize, problem: Problem) -> Fault {
        Fault { field, column: at + 1, problem }
    }
}

/// The parts of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The expression as a whole.
    Expression,
    /// 0 to 59; the first of six fields, 0 when there are five.
    Second,
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or JAN to DEC.
    Month,
    /// 0 to 7, or SUN to SAT; 0 and 7 are both Sunday.
    DayOfWeek,
    /// The name of a time zone.
    Zone,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::Expression => "expression",
            Field::Second => "second",
            Field::Minute => "minute",
            Field::Hour => "hour",
            Field::DayOfMonth => "day of month",
            Field::Month => "month",
            Field::DayOfWeek => "day of week",
            Field::Zone => "zone",
        })
    }
}

/// What is wrong. The text of each says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing is written.
    #[error("it is empty; write one, such as `0 6 * * *` or `@daily`")]
    Empty,
    /// Longer than [`TEXT_BYTES_MAX`].
    #[error("it has {bytes} bytes, at most {max} are taken; write ranges and steps instead of lists", max = TEXT_BYTES_MAX)]
    TooLong {
        /// How many there are.
        bytes: usize,
    },
    /// Neither five fields nor six.
    #[error(
        "{count} of 5 or 6 fields; write minute, hour, day of month, month and day of week, and seconds before them if at all"
    )]
    Fields {
        /// How many there are.
        count: usize,
    },
    /// A seventh field.
    #[error("a field too many; years are not taken, so leave `{found}` out")]
    Year {
        /// The first field that is too many.
        found: String,
    },
    /// A zone within the expression.
    #[error("the zone stands in the expression; leave `{found}` out and give the zone beside it")]
    ZoneInside {
        /// The word.
        found: String,
    },
    /// `@` and no nickname.
    #[error("there is no `{found}`; {nearest}")]
    UnknownNickname {
        /// The word.
        found: String,
        /// What there is.
        nearest: String,
    },
    /// `@reboot` is no moment.
    #[error("`@reboot` is no moment of the calendar; name one, such as `@daily`")]
    Reboot,
    /// Something follows a nickname.
    #[error("nothing goes with `{nickname}`; leave `{found}` out")]
    AfterNickname {
        /// The nickname.
        nickname: String,
        /// What follows.
        found: String,
    },
    /// `@every` without a usable duration.
    #[error(
        "`{found}` is no duration; write whole numbers with `d`, `h`, `m` or `s`, each once and in this order, such as `1h30m`"
    )]
    Duration {
        /// What stands there, perhaps nothing.
        found: String,
    },
    /// A duration that is zero or too long.
    #[error("a duration of {seconds} s; from 1 s to 366 d are taken")]
    DurationRange {
        /// The duration.
        seconds: u64,
    },
    /// A character that means nothing here.
    #[error("`{found}` means nothing here; {taken}")]
    Character {
        /// The character.
        found: char,
        /// What the field takes.
        taken: &'static str,
    },
    /// Two commas in a row, or one at an end.
    #[error("a comma with nothing beside it; leave it out, or write a value")]
    EmptyItem,
    /// A value is missing.
    #[error("a value is missing {side} `{beside}`; {taken}")]
    Missing {
        /// `before` or `after`.
        side: &'static str,
        /// What it must stand beside.
        beside: char,
        /// What the field takes.
        taken: &'static str,
    },
    /// A number that the field does not have.
    #[error("{found} is not from {min} to {max}{hint}")]
    OutOfRange {
        /// The number as written.
        found: String,
        /// Least.
        min: u32,
        /// Greatest.
        max: u32,
        /// What is probably meant.
        hint: &'static str,
    },
    /// A name that the field does not have.
    #[error("there is no `{found}` here; {taken}")]
    UnknownName {
        /// The name.
        found: String,
        /// What the field takes, or the name that is probably meant.
        taken: String,
    },
    /// A range whose end lies before its start.
    #[error("`{found}` runs backwards; write `{instead}`")]
    Backwards {
        /// The range.
        found: String,
        /// The same across the end of the field.
        instead: String,
    },
    /// A step of zero.
    #[error("a step of 0 never moves; write 1 or more")]
    StepZero,
    /// A step beyond the range that it goes over.
    #[error(
        "a step of {step} leaves only {first} of {count} values; write `{first}`, or `@every` for what takes longer"
    )]
    StepTooLong {
        /// The step.
        step: u32,
        /// How many values the range has.
        count: u32,
        /// The one that is left.
        first: u32,
    },
    /// A step over a single value, which programs read in two ways.
    #[error("a step needs a range, and programs differ on what this means; write `{instead}`")]
    StepWithoutRange {
        /// A range from the value to the end of the field.
        instead: String,
    },
    /// `*` beside other values.
    #[error("`*` is every value already; leave the others out, or the `*`")]
    StarInList,
    /// `?` outside the two fields of days.
    #[error("`?` stands for a day that does not matter; write `*` here")]
    QuestionMark,
    /// `L`, `W`, `#` in a form that is not taken.
    #[error("`{found}` is not taken here; {taken}")]
    Form {
        /// What is written.
        found: String,
        /// What is taken.
        taken: &'static str,
    },
    /// A weekday of the month beyond the fifth.
    #[error(
        "a month has a weekday at most 5 times; write 1 to 5 after `#`, or `L` instead of it for the last"
    )]
    Nth,
    /// `+` where no two fields of days are to hold.
    #[error(
        "`+` asks for the day of month and the day of week at once, and one of them is every day; leave it out"
    )]
    PlusAlone,
    /// A field of days with `*/n` beside another that is restricted.
    #[error(
        "programs differ on `*/` beside a {other}; write `{either}` for either of them, or `+` before the day of week for both"
    )]
    DayRule {
        /// The other field.
        other: Field,
        /// A way to write the field that means either.
        either: String,
    },
    /// No day of the calendar fits.
    #[error("no day of any year fits; change the day of month, the month or the day of week")]
    Impossible,
    /// No zone of that name.
    #[error("there is no time zone `{found}`; {nearest}")]
    UnknownZone {
        /// The name.
        found: String,
        /// The nearest names, or what to write instead of an offset.
        nearest: String,
    },
}
