//! Syntax tree to program: types, then branches.
//!
//! A condition compiles backwards: each part is given the places to go on to when it holds and
//! when it does not, so `&&`, `||`, `!` and `?:` cost nothing at run time. Optional facts may be
//! used only where a `has(...)` before them has been found true.

use crate::ConditionError;
use crate::facts::{Field, FieldId, Schema, Type};
use crate::program::{Branch, Comparison, FALSE, Program, STACK_MAX, Step, StepRange, TRUE, Test};
use crate::syntax::{Expression, Node, Operator};

/// Most branches of one condition.
const BRANCHES_MAX: usize = 2048;
/// Deepest tree. Chains of one operator lean left and count as depth.
const DEPTH_MAX: usize = 512;

struct Compiler<'a> {
    schema: &'a Schema,
    branches: Vec<Branch>,
    steps: Vec<Step>,
    money: Vec<i128>,
    fields: Vec<FieldId>,
    depth: usize,
}

pub(crate) fn compile(expression: &Expression, schema: &Schema) -> Result<Program, ConditionError> {
    let mut compiler = Compiler {
        schema,
        branches: Vec::new(),
        steps: Vec::new(),
        money: Vec::new(),
        fields: Vec::new(),
        depth: 0,
    };
    let tree = compiler.condition(expression, &mut Vec::new())?;
    let start = compiler.emit(&tree, TRUE, FALSE)?;
    // Branches were made back to front; turn them round so that evaluation walks forwards.
    let last = compiler.branches.len() as u16 - 1;
    let turn = |place: u16| if place >= FALSE { place } else { last - place };
    let mut branches = compiler.branches;
    branches.reverse();
    for branch in &mut branches {
        branch.then = turn(branch.then);
        branch.otherwise = turn(branch.otherwise);
    }
    debug_assert_eq!(turn(start), 0);
    let Compiler { steps, money, fields, .. } = compiler;
    Ok(Program { branches, steps, money, fields })
}

/// A condition after type checking.
enum Checked {
    Test(Test),
    Not(Box<Checked>),
    And(Box<Checked>, Box<Checked>),
    Or(Box<Checked>, Box<Checked>),
    Choice(Box<Checked>, Box<Checked>, Box<Checked>),
}

/// Numeric types of arithmetic. A literal has no type of its own until something gives it one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Numeric {
    Literal,
    /// A literal with a decimal point: makes an int beside it a float.
    Fraction,
    Int,
    Float,
    Money,
    Duration,
}

impl Numeric {
    fn name(self) -> &'static str {
        match self {
            Numeric::Literal | Numeric::Fraction => "a number",
            Numeric::Int => "int",
            Numeric::Float => "float",
            Numeric::Money => "decimal",
            Numeric::Duration => "duration",
        }
    }
}

fn comparison(operator: Operator) -> Option<Comparison> {
    match operator {
        Operator::Equal => Some(Comparison::Equal),
        Operator::NotEqual => Some(Comparison::NotEqual),
        Operator::Less => Some(Comparison::Less),
        Operator::LessEqual => Some(Comparison::LessEqual),
        Operator::Greater => Some(Comparison::Greater),
        Operator::GreaterEqual => Some(Comparison::GreaterEqual),
        _ => None,
    }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessEqual => Comparison::GreaterEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterEqual => Comparison::LessEqual,
        same => same,
    }
}

impl Compiler<'_> {
    fn emit(&mut self, tree: &Checked, then: u16, otherwise: u16) -> Result<u16, ConditionError> {
        match tree {
            Checked::Test(test) => {
                if self.branches.len() >= BRANCHES_MAX {
                    let problem = format!("the condition has more than {BRANCHES_MAX} comparisons");
                    return Err(ConditionError::at(1, problem));
                }
                self.branches.push(Branch { test: test.clone(), then, otherwise });
                Ok(self.branches.len() as u16 - 1)
            }
            Checked::Not(inner) => self.emit(inner, otherwise, then),
            Checked::And(left, right) => {
                let right = self.emit(right, then, otherwise)?;
                self.emit(left, right, otherwise)
            }
            Checked::Or(left, right) => {
                let right = self.emit(right, then, otherwise)?;
                self.emit(left, then, right)
            }
            Checked::Choice(condition, yes, no) => {
                let no = self.emit(no, then, otherwise)?;
                let yes = self.emit(yes, then, otherwise)?;
                self.emit(condition, yes, no)
            }
        }
    }

    fn field(&mut self, name: &str, column: usize) -> Result<(FieldId, &Field), ConditionError> {
        let Some(id) = self.schema.find(name) else {
            let near = self.schema.nearest(name);
            let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            return Err(ConditionError::at(column, format!("there is no fact '{name}'{hint}")));
        };
        if !self.fields.contains(&id) {
            self.fields.push(id);
        }
        Ok((id, self.schema.field(id)))
    }

    fn known_field(
        &mut self,
        name: &str,
        column: usize,
        known: &[FieldId],
    ) -> Result<(FieldId, Type), ConditionError> {
        let (id, field) = self.field(name, column)?;
        if field.is_optional && !known.contains(&id) {
            let problem = format!("'{name}' may be missing; write has({name}) && … before it");
            return Err(ConditionError::at(column, problem));
        }
        Ok((id, field.field_type.clone()))
    }

    /// Checks a condition. `known` holds the optional facts that are there; what this condition
    /// itself establishes when it holds is added to it.
    fn condition(
        &mut self,
        expression: &Expression,
        known: &mut Vec<FieldId>,
    ) -> Result<Checked, ConditionError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let problem = "the condition has too many parts; split the rule";
            return Err(ConditionError::at(expression.column, problem));
        }
        let column = expression.column;
        let checked = match &expression.node {
            Node::Bool(value) => Checked::Test(Test::Constant(*value)),
            Node::Has(name) => {
                let (id, _) = self.field(name, column)?;
                known.push(id);
                Checked::Test(Test::Present(id))
            }
            Node::Field(name) => match self.known_field(name, column, known)? {
                (id, Type::Bool) => Checked::Test(Test::Flag(id)),
                (_, other) => {
                    let problem =
                        format!("'{name}' is {}; compare it with something", other.name());
                    return Err(ConditionError::at(column, problem));
                }
            },
            Node::Not(inner) => {
                // What `!x` establishes is not what `x` does.
                let inner = self.condition(inner, &mut known.clone())?;
                Checked::Not(Box::new(inner))
            }
            Node::Binary(Operator::And, left, right) => {
                let left = self.condition(left, known)?;
                let right = self.condition(right, known)?;
                Checked::And(Box::new(left), Box::new(right))
            }
            Node::Binary(Operator::Or, left, right) => {
                let left = self.condition(left, &mut known.clone())?;
                let right = self.condition(right, &mut known.clone())?;
                Checked::Or(Box::new(left), Box::new(right))
            }
            Node::Choice(condition, yes, no) => {
                let mut inside = known.clone();
                let condition = self.condition(condition, &mut inside)?;
                let yes = self.condition(yes, &mut inside)?;
                let no = self.condition(no, &mut known.clone())?;
                Checked::Choice(Box::new(condition), Box::new(yes), Box::new(no))
            }
            Node::Binary(Operator::In, left, right) => {
                Checked::Test(self.membership(left, right, known, column)?)
            }
            Node::Binary(operator, left, right) => match comparison(*operator) {
                Some(comparison) => self.compare(comparison, left, right, known, column)?,
                None => {
                    let problem = "this is a number; compare it with something";
                    return Err(ConditionError::at(column, problem));
                }
            },
            Node::Number(_)
            | Node::Text(_)
            | Node::Duration(_)
            | Node::List(_)
            | Node::Negate(_) => {
                let problem = "this is a value, not a condition; compare a fact with it";
                return Err(ConditionError::at(column, problem));
            }
        };
        self.depth -= 1;
        Ok(checked)
    }

    fn word_bit(
        words: &[&'static str],
        item: &Expression,
        name: &str,
    ) -> Result<u64, ConditionError> {
        let Node::Text(word) = &item.node else {
            return Err(ConditionError::at(item.column, "a text in quotes is expected"));
        };
        let place = words.iter().position(|known| known == word).ok_or_else(|| {
            let problem = format!("'{name}' is never '{word}'; it has {}", words.join(", "));
            ConditionError::at(item.column, problem)
        })?;
        Ok(1 << place)
    }

    fn membership(
        &mut self,
        left: &Expression,
        right: &Expression,
        known: &[FieldId],
        column: usize,
    ) -> Result<Test, ConditionError> {
        match (&left.node, &right.node) {
            (Node::Field(name), Node::List(items)) => {
                let (id, field_type) = self.known_field(name, left.column, known)?;
                let Type::Word(words) = field_type else {
                    let problem = format!("'{name}' is {}, not a word", field_type.name());
                    return Err(ConditionError::at(left.column, problem));
                };
                let mut mask = 0;
                for item in items {
                    mask |= Self::word_bit(&words, item, name)?;
                }
                Ok(Test::WordIn(id, mask))
            }
            (Node::Text(_), Node::Field(name)) => {
                let (id, field_type) = self.known_field(name, right.column, known)?;
                let Type::Set(words) = field_type else {
                    let problem = format!("'{name}' is {}, not a set", field_type.name());
                    return Err(ConditionError::at(right.column, problem));
                };
                Ok(Test::SetHas(id, Self::word_bit(&words, left, name)?))
            }
            _ => {
                let problem = "write \"word\" in a_set, or a_word in [\"one\", \"other\"]";
                Err(ConditionError::at(column, problem))
            }
        }
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
        known: &[FieldId],
        column: usize,
    ) -> Result<Checked, ConditionError> {
        // Words and bools compare for equality only, with a literal.
        if let Some(test) = self.compare_word(comparison, left, right, known)? {
            return Ok(test);
        }
        if let Some(test) = self.compare_word(mirrored(comparison), right, left, known)? {
            return Ok(test);
        }
        let left_type = self.numeric(left, known)?;
        let right_type = self.numeric(right, known)?;
        let common = Self::unify(left_type, right_type, column)?;
        // The common case, a fact and a literal, becomes one test without a stack.
        if let Some(test) = self.compare_literal(comparison, left, right, common)? {
            return Ok(Checked::Test(test));
        }
        if let Some(test) = self.compare_literal(mirrored(comparison), right, left, common)? {
            return Ok(Checked::Test(test));
        }
        let a = self.arithmetic(left, common)?;
        let b = self.arithmetic(right, common)?;
        Ok(Checked::Test(match common {
            Numeric::Float => Test::FloatSteps(comparison, a, b),
            Numeric::Money => Test::MoneySteps(comparison, a, b),
            _ => Test::IntSteps(comparison, a, b),
        }))
    }

    fn compare_word(
        &mut self,
        comparison: Comparison,
        fact: &Expression,
        literal: &Expression,
        known: &[FieldId],
    ) -> Result<Option<Checked>, ConditionError> {
        let Node::Field(name) = &fact.node else {
            return Ok(None);
        };
        let (id, field_type) = self.known_field(name, fact.column, known)?;
        let is_negated = match comparison {
            Comparison::Equal => false,
            Comparison::NotEqual => true,
            _ if matches!(field_type, Type::Word(_) | Type::Bool | Type::Set(_)) => {
                let problem = format!("'{name}' is {}, which has no order", field_type.name());
                return Err(ConditionError::at(fact.column, problem));
            }
            _ => return Ok(None),
        };
        let test = match (&field_type, &literal.node) {
            (Type::Word(words), _) => Test::WordIn(id, Self::word_bit(words, literal, name)?),
            (Type::Bool, Node::Bool(value)) => {
                let flag = Checked::Test(Test::Flag(id));
                let is_negated = is_negated == *value;
                return Ok(Some(if is_negated { Checked::Not(Box::new(flag)) } else { flag }));
            }
            (Type::Set(_), _) => {
                let problem = format!("'{name}' is a set; write \"word\" in {name}");
                return Err(ConditionError::at(fact.column, problem));
            }
            _ => return Ok(None),
        };
        let test = Checked::Test(test);
        Ok(Some(if is_negated { Checked::Not(Box::new(test)) } else { test }))
    }

    fn compare_literal(
        &mut self,
        comparison: Comparison,
        fact: &Expression,
        literal: &Expression,
        numeric: Numeric,
    ) -> Result<Option<Test>, ConditionError> {
        let Node::Field(name) = &fact.node else {
            return Ok(None);
        };
        let (text, sign) = match &literal.node {
            Node::Number(text) => (text, ""),
            Node::Negate(inner) => match &inner.node {
                Node::Number(text) => (text, "-"),
                _ => return Ok(None),
            },
            Node::Duration(seconds) => {
                let (id, _) = self.field(name, fact.column)?;
                return Ok(Some(Test::Int(id, comparison, *seconds)));
            }
            _ => return Ok(None),
        };
        let (id, field) = self.field(name, fact.column)?;
        if field.field_type == Type::Int && numeric == Numeric::Float {
            return Ok(None);
        }
        let text = format!("{sign}{text}");
        Ok(Some(match literal_step(&text, numeric, literal.column)? {
            Step::PushInt(value) => Test::Int(id, comparison, value),
            Step::PushFloat(value) => Test::Float(id, comparison, value),
            Step::PushMoney(value) => {
                self.money.push(value);
                Test::Money(id, comparison, self.money.len() as u16 - 1)
            }
            _ => return Ok(None),
        }))
    }

    fn unify(a: Numeric, b: Numeric, column: usize) -> Result<Numeric, ConditionError> {
        match (a, b) {
            (Numeric::Literal, Numeric::Literal) => Ok(Numeric::Int),
            (Numeric::Fraction, Numeric::Literal | Numeric::Fraction | Numeric::Int)
            | (Numeric::Literal | Numeric::Int, Numeric::Fraction) => Ok(Numeric::Float),
            (Numeric::Literal, other) | (other, Numeric::Literal) => Ok(other),
            (Numeric::Fraction, Numeric::Money) | (Numeric::Money, Numeric::Fraction) => {
                Ok(Numeric::Money)
            }
            (Numeric::Float, Numeric::Fraction | Numeric::Int)
            | (Numeric::Int | Numeric::Fraction, Numeric::Float) => Ok(Numeric::Float),
            (a, b) if a == b => Ok(a),
            (a, b) => {
                let problem = format!("{} and {} cannot be compared", a.name(), b.name());
                Err(ConditionError::at(column, problem))
            }
        }
    }

    /// Type of an arithmetic expression.
    fn numeric(
        &mut self,
        expression: &Expression,
        known: &[FieldId],
    ) -> Result<Numeric, ConditionError> {
        let column = expression.column;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(ConditionError::at(column, "the condition has too many parts"));
        }
        let numeric = match &expression.node {
            Node::Number(text) if text.contains('.') => Numeric::Fraction,
            Node::Number(_) => Numeric::Literal,
            Node::Duration(_) => Numeric::Duration,
            Node::Field(name) => match self.known_field(name, column, known)?.1 {
                Type::Int => Numeric::Int,
                Type::Float => Numeric::Float,
                Type::Decimal => Numeric::Money,
                Type::Duration => Numeric::Duration,
                other => {
                    let problem = format!("'{name}' is {}, not a number", other.name());
                    return Err(ConditionError::at(column, problem));
                }
            },
            Node::Negate(inner) => self.numeric(inner, known)?,
            Node::Binary(operator, left, right) => {
                let (a, b) = (self.numeric(left, known)?, self.numeric(right, known)?);
                match operator {
                    Operator::Multiply if a == Numeric::Money || b == Numeric::Money => {
                        match (a, b) {
                            (Numeric::Money, Numeric::Literal | Numeric::Int)
                            | (Numeric::Literal | Numeric::Int, Numeric::Money) => Numeric::Money,
                            _ => {
                                let problem = "money is multiplied by whole numbers only";
                                return Err(ConditionError::at(column, problem));
                            }
                        }
                    }
                    Operator::Divide | Operator::Remainder
                        if a == Numeric::Money || b == Numeric::Money =>
                    {
                        let problem = "money is not divided; multiply the other side instead";
                        return Err(ConditionError::at(column, problem));
                    }
                    Operator::Remainder if a == Numeric::Float || b == Numeric::Float => {
                        return Err(ConditionError::at(column, "a float has no remainder"));
                    }
                    Operator::Add
                    | Operator::Subtract
                    | Operator::Multiply
                    | Operator::Divide
                    | Operator::Remainder => match (a, b) {
                        (Numeric::Literal, Numeric::Literal) => Numeric::Literal,
                        (Numeric::Literal | Numeric::Fraction, Numeric::Fraction)
                        | (Numeric::Fraction, Numeric::Literal) => Numeric::Fraction,
                        _ => Self::unify(a, b, column)?,
                    },
                    _ => {
                        let problem = "a condition stands where a number is expected";
                        return Err(ConditionError::at(column, problem));
                    }
                }
            }
            _ => return Err(ConditionError::at(column, "a number is expected")),
        };
        self.depth -= 1;
        Ok(numeric)
    }

    fn arithmetic(
        &mut self,
        expression: &Expression,
        numeric: Numeric,
    ) -> Result<StepRange, ConditionError> {
        let start = self.steps.len() as u16;
        let depth = self.push_steps(expression, numeric)?;
        if depth > STACK_MAX {
            let problem = "the arithmetic is nested too deeply; split the rule";
            return Err(ConditionError::at(expression.column, problem));
        }
        let end = u16::try_from(self.steps.len())
            .map_err(|_| ConditionError::at(expression.column, "the arithmetic is too long"))?;
        Ok(StepRange { start, end })
    }

    /// Appends the steps of an expression as `numeric`; returns the stack they need.
    fn push_steps(
        &mut self,
        expression: &Expression,
        numeric: Numeric,
    ) -> Result<usize, ConditionError> {
        let column = expression.column;
        match &expression.node {
            Node::Number(text) => {
                self.steps.push(literal_step(text, numeric, column)?);
                Ok(1)
            }
            Node::Duration(seconds) => {
                self.steps.push(Step::PushInt(*seconds));
                Ok(1)
            }
            Node::Field(name) => {
                let (id, field) = self.field(name, column)?;
                let field_type = field.field_type.clone();
                match field_type {
                    Type::Float => self.steps.push(Step::LoadFloat(id)),
                    Type::Decimal => self.steps.push(Step::LoadMoney(id)),
                    _ => self.steps.push(Step::LoadInt(id)),
                }
                if numeric == Numeric::Float && field_type == Type::Int {
                    self.steps.push(Step::ToFloat);
                }
                Ok(1)
            }
            Node::Negate(inner) => {
                let depth = self.push_steps(inner, numeric)?;
                self.steps.push(match numeric {
                    Numeric::Float => Step::NegateFloat,
                    Numeric::Money => Step::NegateMoney,
                    _ => Step::NegateInt,
                });
                Ok(depth)
            }
            Node::Binary(Operator::Multiply, left, right) if numeric == Numeric::Money => {
                let (money, factor) =
                    if self.is_money(left) { (left, right) } else { (right, left) };
                let a = self.push_steps(money, Numeric::Money)?;
                let b = self.push_steps(factor, Numeric::Int)?;
                self.steps.push(Step::ScaleMoney);
                Ok(a.max(b + 1))
            }
            Node::Binary(Operator::Divide | Operator::Remainder, ..)
                if numeric == Numeric::Money =>
            {
                let problem = "money is compared with a plain amount; work it out";
                Err(ConditionError::at(column, problem))
            }
            Node::Binary(operator, left, right) => {
                let a = self.push_steps(left, numeric)?;
                let b = self.push_steps(right, numeric)?;
                self.steps.push(match (operator, numeric) {
                    (Operator::Add, Numeric::Float) => Step::AddFloat,
                    (Operator::Subtract, Numeric::Float) => Step::SubtractFloat,
                    (Operator::Multiply, Numeric::Float) => Step::MultiplyFloat,
                    (Operator::Divide, Numeric::Float) => Step::DivideFloat,
                    (Operator::Add, Numeric::Money) => Step::AddMoney,
                    (Operator::Subtract, Numeric::Money) => Step::SubtractMoney,
                    (Operator::Add, _) => Step::AddInt,
                    (Operator::Subtract, _) => Step::SubtractInt,
                    (Operator::Multiply, _) => Step::MultiplyInt,
                    (Operator::Divide, _) => Step::DivideInt,
                    _ => Step::RemainderInt,
                });
                Ok(a.max(b + 1))
            }
            _ => Err(ConditionError::at(column, "a number is expected")),
        }
    }

    fn is_money(&self, expression: &Expression) -> bool {
        match &expression.node {
            Node::Field(name) => {
                let id = self.schema.find(name);
                id.is_some_and(|id| self.schema.field(id).field_type == Type::Decimal)
            }
            Node::Negate(inner) => self.is_money(inner),
            Node::Binary(_, left, right) => self.is_money(left) || self.is_money(right),
            _ => false,
        }
    }
}

fn literal_step(text: &str, numeric: Numeric, column: usize) -> Result<Step, ConditionError> {
    let wrong = |problem: &str| ConditionError::at(column, format!("'{text}' {problem}"));
    match numeric {
        Numeric::Float => text.parse().map(Step::PushFloat).map_err(|_| wrong("is not a number")),
        Numeric::Money => crate::Decimal::parse(text)
            .map(|decimal| Step::PushMoney(decimal.0))
            .ok_or_else(|| wrong("is not an amount with at most 18 decimals")),
        Numeric::Duration => Err(wrong("is compared with a duration; write duration(\"…\")")),
        Numeric::Int | Numeric::Literal | Numeric::Fraction => {
            text.parse().map(Step::PushInt).map_err(|_| wrong("is not a whole number of 64 bits"))
        }
    }
}
