//! The rule language: from a condition in CEL syntax to a verdict that names the rule.
//!
//! Reading order: [`Schema`] (which facts there are, and their types), [`Facts`] (their values for
//! one event), [`Pack`] (a file of rules with its own test cases), [`Program`] (what a condition
//! becomes). `syntax` parses, `compile` checks types and flattens.
//!
//! The language is a typed part of the Common Expression Language: `||`, `&&`, `!`, `?:`,
//! comparisons, `in`, `+ - * / %`, `has(field)`, `duration("24h")`. There is no loop, no call out
//! and no float near money: every program ends after at most as many steps as it has comparisons.

mod compile;
mod decimal;
mod facts;
mod pack;
mod program;
mod syntax;

pub use decimal::Decimal;
pub use facts::{Facts, FieldId, Schema, SchemaBuilder, Type};
pub use pack::{Fired, Mode, Pack, PackError, Rule, TestFailure};
pub use program::Program;

/// Why a condition is not a rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct ConditionError {
    /// Where in the condition, from 1.
    pub column: usize,
    /// What is wrong and how to mend it.
    pub problem: String,
}

impl ConditionError {
    pub(crate) fn at(column: usize, problem: impl Into<String>) -> Self {
        Self { column, problem: problem.into() }
    }
}

/// Compiles a condition over the facts of `schema`.
///
/// # Errors
/// [`ConditionError`] for text that is no condition, names that are not in the schema (with the
/// nearest one that is), types that do not fit, and optional facts that are used without
/// `has(...)` before them.
pub fn compile(condition: &str, schema: &Schema) -> Result<Program, ConditionError> {
    let expression = syntax::parse(condition)?;
    compile::compile(&expression, schema)
}
