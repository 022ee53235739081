//! `wasm`: a component that says of an output whether it holds, as it is written.
//!
//! Whether bytes are a component, without imports and with the one function that is called (wit/verification.wit), is seen here
//! by reading them once; nothing is compiled for that.

use crate::fault::{Faults, kind};
use crate::limits::{COMPONENT_BYTES_MAX, FUEL, FUEL_MAX, MEMORY_BYTES, MEMORY_BYTES_MAX};
use crate::size::bounded;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wasmparser::component_types::{
    ComponentDefinedType, ComponentEntityType, ComponentFuncType, ComponentValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{Parser, Payload, PrimitiveValType, Validator, WasmFeatures};

/// The function that is called.
pub(crate) const EXPORT: &str = "verify";
/// Names of imports that a fault lists.
const IMPORTS_LISTED: usize = 4;
const WORLD: &str = "export verify: func(output: list<u8>) -> result<_, string>";

/// Bytes of a component that was looked at, and what it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) bytes: Vec<u8>,
    pub(crate) fuel: u64,
    pub(crate) memory_bytes: u64,
}

impl Component {
    pub(crate) fn read(faults: &mut Faults, value: &Value) -> Option<Self> {
        let members = faults.members(value, &["component", "fuel", "memory_bytes"])?;
        let fuel = bounded(faults, members.get("fuel"), "fuel", (1, FUEL, FUEL_MAX));
        let memory = (65_536, MEMORY_BYTES, MEMORY_BYTES_MAX);
        let memory_bytes = bounded(faults, members.get("memory_bytes"), "memory_bytes", memory);
        let Some(component) = members.get("component") else {
            faults.add("has no `component`: write its bytes as base64");
            return None;
        };
        let bytes = faults.member("component", |faults| {
            let bytes = decoded(faults, component)?;
            match audit(&bytes) {
                Ok(()) => Some(bytes),
                Err(problem) => {
                    faults.add(problem);
                    None
                }
            }
        });
        Some(Self { bytes: bytes?, fuel: fuel?, memory_bytes: memory_bytes? })
    }
}

fn decoded(faults: &mut Faults, value: &Value) -> Option<Vec<u8>> {
    let Some(text) = value.as_str() else {
        faults.add(format!("is {}: write the bytes of a component as base64", kind(value)));
        return None;
    };
    // Decoded it has three quarters of that.
    if text.len() / 4 * 3 > COMPONENT_BYTES_MAX + 2 {
        faults.add(format!("is too large: a component has at most {COMPONENT_BYTES_MAX} bytes"));
        return None;
    }
    let bytes = STANDARD.decode(text).ok();
    if bytes.is_none() {
        faults.add("is no base64: write RFC 4648, section 4, with its padding");
    }
    let bytes = bytes?;
    if bytes.len() > COMPONENT_BYTES_MAX {
        faults.add(format!("has {} bytes: a component has at most {COMPONENT_BYTES_MAX}", bytes.len()));
        return None;
    }
    Some(bytes)
}

/// What a component may be made of: all that is settled, and nothing whose result may differ between machines.
pub(crate) fn features() -> WasmFeatures {
    let settled = WasmFeatures::WASM2.difference(WasmFeatures::GC_TYPES) | WasmFeatures::COMPONENT_MODEL;
    settled | WasmFeatures::EXTENDED_CONST | WasmFeatures::TAIL_CALL | WasmFeatures::MULTI_MEMORY
}

/// Why bytes are not a component that can be run here.
fn audit(bytes: &[u8]) -> Result<(), String> {
    if bytes.starts_with(b"\0asm\x01\0\0\0") {
        let problem = "is a core module: make a component of it, with `wasm-tools component new`";
        return Err(problem.to_owned());
    }
    if !bytes.starts_with(b"\0asm") {
        return Err("is no WebAssembly: write the bytes of a component as base64".to_owned());
    }
    let types = Validator::new_with_features(features())
        .validate_all(bytes)
        .map_err(|error| format!("is no valid component: {} at byte {}", error.message(), error.offset()))?;
    imports(bytes)?;
    export(types.as_ref())
}

/// Types count as well: a component that speaks of types of others was built for another world.
fn imports(bytes: &[u8]) -> Result<(), String> {
    let malformed = |error: wasmparser::BinaryReaderError| error.message().to_owned();
    let (mut names, mut depth) = (Vec::new(), 0_u32);
    for payload in Parser::new(0).parse_all(bytes) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "what else a component is made of imports nothing"
        )]
        match payload.map_err(malformed)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            // What lies inside is given its imports by what lies outside.
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.push(format!("`{}`", import.map_err(malformed)?.name.name));
                }
            }
            _ => {}
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let listed = names.iter().take(IMPORTS_LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if names.len() > IMPORTS_LISTED { " and more" } else { "" };
    Err(format!("imports {listed}{more}: build it without imports, it is given the output and nothing else"))
}

fn export(types: TypesRef<'_>) -> Result<(), String> {
    let Some(item) = types.component_item_for_export(EXPORT) else {
        return Err(format!("has no function `{EXPORT}`: it has to {WORLD}"));
    };
    if matches!(item.ty, ComponentEntityType::Func(function) if is_check(types, &types[function])) {
        return Ok(());
    }
    Err(format!("has a `{EXPORT}` of another type: it has to {WORLD}"))
}

fn is_check(types: TypesRef<'_>, function: &ComponentFuncType) -> bool {
    let defined = |value: &ComponentValType| match value {
        ComponentValType::Type(id) => Some(&types[*id]),
        ComponentValType::Primitive(_) => None,
    };
    let takes_bytes = match &*function.params {
        [(_, parameter)] => matches!(
            defined(parameter),
            Some(ComponentDefinedType::List {
                element: ComponentValType::Primitive(PrimitiveValType::U8),
                ..
            })
        ),
        _ => false,
    };
    let gives_result = function.result.as_ref().and_then(defined).is_some_and(|result| {
        matches!(
            result,
            ComponentDefinedType::Result {
                ok: None,
                err: Some(ComponentValType::Primitive(PrimitiveValType::String)),
                ..
            }
        )
    });
    takes_bytes && gives_result && !function.async_
}
