//! The inputs that a workflow declares, as they come in.

use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Seen, listed, shown_key};
use crate::wire::value;
use crate::wire::words::{Words, words};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Inputs of one workflow. What needs more takes an object.
const INPUTS_MAX: usize = 64;
/// Characters of a name.
const NAME_BYTES_MAX: usize = 64;

/// What values an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::wire) enum InputType {
    Text,
    Whole,
    Number,
    Truth,
    List,
    Object,
}

words! {
    InputType as InputType:
    Text = "string",
    Whole = "integer",
    Number = "number",
    Truth = "boolean",
    List = "list",
    Object = "object",
}

/// An input, by its name.
pub(in crate::wire) type Declarations = BTreeMap<String, Declaration>;

/// What is said of an input.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::wire) struct Declaration {
    /// None where that could not be read: then nothing is wrong with any value.
    kind: Option<InputType>,
    /// What it is when nobody says otherwise.
    pub(super) default: Option<Value>,
    /// What it may be; empty for whatever its type admits.
    one_of: Vec<Value>,
    /// Where it begins.
    pub(in crate::wire) at: usize,
}

impl Declaration {
    /// Why a value is none that it takes.
    pub(super) fn refusal(&self, value: &Value) -> Option<String> {
        if let Some(kind) = self.kind.filter(|kind| !kind.admits(value)) {
            return Some(format!("must be {}, not {}", kind.shown(), shown(value)));
        }
        let is_listed = self.one_of.is_empty() || self.one_of.contains(value);
        (!is_listed).then(|| {
            let all: Vec<String> = self.one_of.iter().map(Value::to_string).collect();
            format!("must be one of {}, not {}", cut(&all.join(", ")), cut(&value.to_string()))
        })
    }

    /// Whether a text may be given that is known only when a task runs.
    pub(super) fn takes_text(&self) -> bool {
        self.kind.is_none_or(|kind| kind == InputType::Text) && self.one_of.is_empty()
    }
}

impl InputType {
    const EACH: [Self; 6] = [Self::Text, Self::Whole, Self::Number, Self::Truth, Self::List, Self::Object];

    /// Whether it admits a value. A whole number is written in digits alone.
    pub(in crate::wire) fn admits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Whole => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Truth => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Truth => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

fn shown(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// `inputs: {region: {type: string, default: eu}}`
pub(in crate::wire) fn read_declarations(
    around: &str,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Declarations, Malformed> {
    let mut declared = Declarations::new();
    if !members.expect(reader, around, Kind::Object)? {
        return Ok(declared);
    }
    reader.object(|reader, name| {
        let (path, at) = (format!("{around}.{}", shown_key(&name)), reader.key_place());
        members.at = at;
        if declared.contains_key(&*name) {
            return members.refuse_repeated(reader, &path);
        }
        if !is_name(&name) {
            let problem = "is 1 to 64 characters of a-z, 0-9 and _, the first of them a letter";
            members.fault(&path, || problem.to_owned());
            return reader.skip();
        }
        if declared.len() == INPUTS_MAX {
            members.fault(&path, || format!("a workflow has at most {INPUTS_MAX} inputs"));
            return reader.skip();
        }
        declared.insert(name.into_owned(), read_one(&path, at, members, reader)?);
        Ok(())
    })?;
    Ok(declared)
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(is_plain)
}

/// The members of a declaration.
const MEMBERS: [&str; 4] = ["type", "default", "description", "enum"];

/// A value, and where it stands.
type Placed = (Value, usize);

fn read_one(
    path: &str,
    at: usize,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Declaration, Malformed> {
    let mut declaration = Declaration { kind: None, default: None, one_of: Vec::new(), at };
    let (mut default, mut one_of, mut seen): (Option<Placed>, Vec<Placed>, _) =
        (None, Vec::new(), Seen::default());
    if !members.expect(reader, path, Kind::Object)? {
        return Ok(declaration);
    }
    reader.object(|reader, key| {
        let Some(name) = MEMBERS.into_iter().find(|name| *name == key) else {
            members.at = reader.key_place();
            let problem = || format!("is unknown: an input has {}", listed(MEMBERS));
            members.fault(&format!("{path}.{}", shown_key(&key)), problem);
            return reader.skip();
        };
        let inner = format!("{path}.{name}");
        if !seen.first(name) {
            return members.refuse_repeated(reader, &inner);
        }
        let at = reader.place();
        match name {
            "type" => declaration.kind = read_type(&inner, members, reader)?,
            "default" => default = value::read(members, reader, &inner)?.map(|value| (value, at)),
            "enum" => one_of = read_enum(&inner, members, reader)?,
            _ => drop(members.text(reader, &inner)?),
        }
        Ok(())
    })?;
    if !seen.has("type") {
        members.at = at;
        members.fault(&format!("{path}.type"), || "is missing".to_owned());
    }
    check(path, &mut declaration, default, one_of, members);
    Ok(declaration)
}

/// Entries and a default are values that the input itself takes.
fn check(
    path: &str,
    declaration: &mut Declaration,
    default: Option<Placed>,
    one_of: Vec<Placed>,
    members: &mut Members<'_>,
) {
    for (number, (value, at)) in one_of.iter().enumerate() {
        if let Some(problem) = declaration.refusal(value) {
            members.at = *at;
            members.fault(&format!("{path}.enum[{number}]"), || problem);
        }
    }
    declaration.one_of = one_of.into_iter().map(|(value, _)| value).collect();
    if let Some((value, at)) = default {
        if let Some(problem) = declaration.refusal(&value) {
            members.at = at;
            members.fault(&format!("{path}.default"), || problem);
        }
        declaration.default = Some(value);
    }
}

fn read_type(
    path: &str,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Option<InputType>, Malformed> {
    let Some(word) = members.text(reader, path)? else { return Ok(None) };
    let found = InputType::EACH.into_iter().find(|kind| kind.word() == word);
    if found.is_none() {
        let known = <InputType as Words>::ALL.join(", ");
        members.fault(path, || format!("must be one of {known}, not {:?}", cut(&word)));
    }
    Ok(found)
}

fn read_enum(
    path: &str,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Vec<Placed>, Malformed> {
    let mut entries = Vec::new();
    if !members.expect(reader, path, Kind::List)? {
        return Ok(entries);
    }
    let begins = members.at;
    let mut position = 0_u64;
    reader.list(|reader| {
        let at = reader.place();
        let value = value::read(members, reader, &format!("{path}[{position}]"))?;
        position += 1;
        entries.extend(value.map(|value| (value, at)));
        Ok(())
    })?;
    if position == 0 {
        members.at = begins;
        members.fault(path, || "must not be empty".to_owned());
    }
    Ok(entries)
}

/// The JSON Schema of declarations.
pub(in crate::wire) fn schema() -> Value {
    let doc = "What the workflow is given when it is submitted, by name: each with its type, and with a default where it need \
        not be given. \
               `{inputs.NAME}` and `{inputs.NAME.path}` stand for it in `command`, `env`, `stdin`, `input` and \
               `working_directory`, `inputs.NAME` in expressions.";
    json!({
        "description": doc, "type": "object", "maxProperties": INPUTS_MAX,
        "propertyNames": { "pattern": "^[a-z][a-z0-9_]{0,63}$" },
        "additionalProperties": {
            "type": "object",
            "properties": {
                "type": {
                    "description": "What values it takes.", "enum": <InputType as Words>::ALL,
                },
                "default": { "description": "Its value when none is given. Without one it must be given." },
                "description": { "description": "What it is, for whoever submits.", "type": "string" },
                "enum": { "description": "The values that it may have; any of its type without it.", "type": "array", "minItems": 1 },
            },
            "required": ["type"],
            "additionalProperties": false,
        },
    })
}
