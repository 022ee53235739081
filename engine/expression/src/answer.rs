//! Evaluating: the condition first, and the list if it holds.

use crate::names::{self, INPUTS, TASKS, Used};
use crate::question::{Answer, ListOf, Question, Unanswered};
use crate::tree::parts_mut;
use crate::value::{self, from_json, from_output, map};
use crate::{why, written};
use cel::common::ast::{CallExpr, Expr};
use cel::common::types::{CelList, CelMap, CelMapKey, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::objects::Key;
use cel::parser::Expression;
use cel::{Context, Env, ExecutionError, Value};
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

/// Answers a question, in this process and for as long as it takes: [`crate::ask`] is for questions of others.
pub fn answer(question: &Question) -> Result<Answer, Unanswered> {
    if let Some(condition) = &question.condition {
        let value = evaluate(condition, question)?;
        let Value::Bool(holds) = value else {
            let message = format!("the condition gives {}, where true or false is wanted", value.type_of());
            return Err(Unanswered::NoValue(message));
        };
        if !holds {
            return Ok(Answer::DoesNotHold);
        }
    }
    match &question.list {
        None => Ok(Answer::Holds),
        Some(ListOf::Literal(list)) => value::literal_list(list).map(Answer::List),
        Some(ListOf::Expression(text)) => value::list(&evaluate(text, question)?).map(Answer::List),
    }
}

fn evaluate(text: &str, question: &Question) -> Result<Value, Unanswered> {
    let mut expression =
        written::read(text).map_err(|fault| Unanswered::NoValue(format!("no expression: {fault}")))?;
    let used = names::used(&expression).map_err(|refusal| Unanswered::NoValue(refusal.message))?;
    let mut context = Context::with_env(Arc::new(environment()));
    context.add_variable_from_value(INPUTS, inputs(&used, question)?);
    context.add_variable_from_value(TASKS, tasks(&used, question)?);
    go_in_order(&mut expression);
    context.resolve(&expression).map_err(|error| why::unanswered(&error, &expression))
}

fn inputs(used: &Used, question: &Question) -> Result<Value, Unanswered> {
    let Some(inputs) = question.inputs.as_object() else {
        return Err(Unanswered::NoValue("the inputs are no object".to_owned()));
    };
    let named = inputs.iter().filter(|(name, _)| used.inputs.contains(*name));
    Ok(map(named.map(|(name, value)| (name.clone(), from_json(value.clone())))))
}

fn tasks(used: &Used, question: &Question) -> Result<Value, Unanswered> {
    let mut tasks = BTreeMap::new();
    for (id, facts) in &question.tasks {
        let mut members = vec![("status".to_owned(), Value::String(Arc::new(facts.status.clone())))];
        if let Some(output) = facts.output.as_ref().filter(|_| used.outputs.contains(id)) {
            let no_text =
                || Unanswered::NoValue(format!("the output of `{id}` is neither JSON nor UTF-8 text"));
            members.push(("output".to_owned(), from_output(output).ok_or_else(no_text)?));
        }
        tasks.insert(id.clone(), map(members.into_iter()));
    }
    Ok(map(tasks.into_iter()))
}

/// A name that cannot be written in an expression.
const IN_ORDER: &str = "@in_order";

/// What CEL has of its own, and the one function that no expression can name.
fn environment() -> Env {
    let mut environment = Env::default().with_optional_support(false).with_stdlib();
    environment
        .add_overload(IN_ORDER, "in_order", vec![DYN_TYPE], in_order)
        .expect("invariant: the standard library has no such name");
    environment
}

/// Has every loop over a map go through its keys in order: the evaluator's own order is another one in each process, and
/// what a list says would depend on chance.
fn go_in_order(expression: &mut Expression) {
    if let Expr::Comprehension(each) = &mut expression.expr {
        let over = mem::take(&mut each.iter_range);
        let call = CallExpr { func_name: IN_ORDER.to_owned(), target: None, args: vec![over] };
        each.iter_range = Expression { id: 0, expr: Expr::Call(call) };
    }
    parts_mut(expression).into_iter().for_each(go_in_order);
}

/// The keys of a map in order; anything else as it is.
fn in_order<'b, 'v>(mut arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let over = arguments.pop().ok_or_else(ExecutionError::missing_argument_or_target)?;
    let Some(map) = over.downcast_ref::<CelMap<'_>>() else { return Ok(over) };
    let mut keys: Vec<Key> = map.inner().keys().cloned().map(Key::from).collect();
    keys.sort_unstable();
    let keys = keys.into_iter().map(|key| boxed(CelMapKey::from(key)));
    Ok(CowVal::owned(CelList::from(keys.collect::<Vec<_>>())))
}

fn boxed<'v>(key: CelMapKey<'v>) -> Box<dyn Val + 'v> {
    match key {
        CelMapKey::Bool(truth) => Box::new(truth),
        CelMapKey::Int(number) => Box::new(number),
        CelMapKey::UInt(number) => Box::new(number),
        CelMapKey::String(text) => Box::new(text),
    }
}
