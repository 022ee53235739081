//! Running a component: its output, its fuel, its memory, and nothing else.
//!
//! The same component and output use the same fuel and give the same answer, on every machine: fuel counts instructions of
//! WebAssembly, what is not a number has one form, and memory is refused at a stated size before the machine could refuse it.

use crate::component::{Component, EXPORT};
use crate::limits::{PARTS_MAX, STACK_BYTES_MAX, TABLE_ENTRIES_MAX};
use crate::verdict::Lack;
use wasmtime::component::{self, Linker};
use wasmtime::{Config, Engine, OptLevel, ResourceLimiter, Store, Trap};

/// What came of a component, and the fuel that it used.
pub(crate) struct Ran {
    pub(crate) result: Result<(), Lack>,
    pub(crate) fuel_used: u64,
}

impl Component {
    pub(crate) fn check(&self, output: &[u8]) -> Ran {
        let prepared = compiled(&self.bytes);
        let (engine, component) = match prepared {
            Ok(prepared) => prepared,
            Err(_) => {
                return Ran {
                    result: Err(Lack::broken("the component could not be compiled")),
                    fuel_used: 0,
                };
            }
        };
        let mut store = Store::new(&engine, Memories::new(self.memory_bytes));
        store.limiter(|memories| memories);
        let result = match store.set_fuel(self.fuel) {
            Ok(()) => call(&mut store, &component, output),
            Err(error) => Err(error),
        };
        let fuel_used = self.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        Ran { result: self.told(result, store.data().refused), fuel_used }
    }

    fn told(&self, result: wasmtime::Result<Result<(), String>>, memory_refused: bool) -> Result<(), Lack> {
        let error = match result {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(said)) => {
                return Err(Lack::differs("the component says that the output does not hold").saying(&said));
            }
            Err(error) => error,
        };
        let trap = error.downcast_ref::<Trap>();
        Err(match trap {
            Some(Trap::OutOfFuel) => {
                Lack::too_much(format!("the component used up its fuel of {}", self.fuel))
            }
            Some(Trap::StackOverflow) => Lack::too_much("the component used up its stack"),
            _ if memory_refused => {
                let most = self.memory_bytes;
                Lack::too_much(format!(
                    "the component wanted more than {most} bytes of memory, or larger tables"
                ))
            }
            // Its words are of the library, and name no value.
            Some(trap) => Lack::broken(format!("the component failed: {trap}")),
            None => Lack::broken("the component could not be run, or gave no answer"),
        })
    }
}

fn call(
    store: &mut Store<Memories>,
    component: &component::Component,
    output: &[u8],
) -> wasmtime::Result<Result<(), String>> {
    let linker = Linker::new(store.engine());
    let instance = linker.instantiate(&mut *store, component)?;
    let function = instance.get_typed_func::<(&[u8],), (Result<(), String>,)>(&mut *store, EXPORT)?;
    let (result,) = function.call(&mut *store, (output,))?;
    Ok(result)
}

fn compiled(bytes: &[u8]) -> wasmtime::Result<(Engine, component::Component)> {
    let engine = Engine::new(&config())?;
    let component = component::Component::from_binary(&engine, bytes)?;
    Ok((engine, component))
}

fn config() -> Config {
    let mut config = Config::new();
    config.consume_fuel(true).max_wasm_stack(STACK_BYTES_MAX);
    // It is run once, so what better code would save is less than what it costs to make.
    config.cranelift_opt_level(OptLevel::None);
    // Results that do not depend on the machine.
    config.cranelift_nan_canonicalization(true);
    config.wasm_relaxed_simd(false).wasm_memory64(false);
    // Bounds are checked where memory is used, so that no addresses are taken that a process with few of them has not, and a
    // fault of the machine is never taken for one of the component.
    config.signals_based_traps(false).memory_reservation(0).memory_guard_size(0);
    config.memory_reservation_for_growth(0).guard_before_linear_memory(false).memory_init_cow(false);
    // Nobody reads where it failed.
    config.wasm_backtrace_max_frames(None).native_unwind_info(false).generate_address_map(false);
    config
}

/// What all memories and tables of a component have together.
struct Memories {
    bytes: usize,
    bytes_max: usize,
    entries: usize,
    /// Whether it was refused more.
    refused: bool,
}

impl Memories {
    fn new(bytes_max: u64) -> Self {
        let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        Self { bytes: 0, bytes_max, entries: 0, refused: false }
    }
}

impl ResourceLimiter for Memories {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let bytes = self.bytes.saturating_sub(current).saturating_add(desired);
        let is_granted = bytes <= self.bytes_max;
        if is_granted {
            self.bytes = bytes;
        }
        self.refused |= !is_granted;
        Ok(is_granted)
    }

    /// The machine has less than was granted: that must not look to the component as if it had been refused.
    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let entries = self.entries.saturating_sub(current).saturating_add(desired);
        let is_granted = entries <= TABLE_ENTRIES_MAX;
        if is_granted {
            self.entries = entries;
        }
        self.refused |= !is_granted;
        Ok(is_granted)
    }

    fn instances(&self) -> usize {
        PARTS_MAX
    }

    fn tables(&self) -> usize {
        PARTS_MAX
    }

    fn memories(&self) -> usize {
        PARTS_MAX
    }
}
