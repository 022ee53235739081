//! What the macros that declare words are made of: one question each about what stands in a declaration.

/// How a payload lies in its enum.
macro_rules! held {
    ($type:ident) => {
        $type
    };
    ($type:ident, boxed) => {
        Box<$type>
    };
}

/// The pattern of a payload of that type.
macro_rules! bound {
    ($name:ident to $type:ident) => {
        ref $name
    };
}

/// The request that something asked states the outcome of.
macro_rules! answered {
    ($ask:ident) => {
        None
    };
    ($ask:ident request) => {
        Some($ask.request)
    };
}

/// A number, or one when none is given.
macro_rules! number_or_one {
    () => {
        1
    };
    ($number:literal) => {
        $number
    };
}

/// Whether a word is given.
macro_rules! is_given {
    () => {
        false
    };
    (closes) => {
        true
    };
}

/// The outcome class of a payload: named, or what one of its fields says.
macro_rules! outcome {
    ($payload:ident, ($field:ident)) => {
        $payload.$field.outcome()
    };
    ($payload:ident, $outcome:ident) => {
        $crate::Outcome::$outcome
    };
}

/// The value of the field with that name, if the payload has one.
macro_rules! field_named {
    ($payload:ident, task; task $(, $rest:ident)*) => {
        Some($payload.task)
    };
    ($payload:ident, request; request $(, $rest:ident)*) => {
        Some($payload.request)
    };
    ($payload:ident, $wanted:ident; $other:ident $(, $rest:ident)*) => {
        field_named!($payload, $wanted; $($rest),*)
    };
    ($payload:ident, $wanted:ident;) => {
        None
    };
}

/// What was asked, when the payload is the record of something that was.
macro_rules! asked {
    ($payload:ident, Input) => {
        Some($crate::event::RecordsAsk::asked($payload))
    };
    ($payload:ident, $other:ident) => {
        None
    };
}
