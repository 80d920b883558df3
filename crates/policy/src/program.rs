//! What a condition becomes: a flat list of tests, each with the place to go on when it holds and
//! when it does not.

use crate::facts::{Facts, FieldId};

/// Deepest arithmetic stack; the compiler checks it.
pub(crate) const STACK_MAX: usize = 16;

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Comparison {
    #[inline(always)]
    fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Comparison::Equal => a == b,
            Comparison::NotEqual => a != b,
            Comparison::Less => a < b,
            Comparison::LessEqual => a <= b,
            Comparison::Greater => a > b,
            Comparison::GreaterEqual => a >= b,
        }
    }
}

/// One step of arithmetic on a stack. Int and duration share steps.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Step {
    PushInt(i64),
    PushFloat(f64),
    PushMoney(i128),
    LoadInt(FieldId),
    LoadFloat(FieldId),
    LoadMoney(FieldId),
    /// The int on top becomes a float.
    ToFloat,
    AddInt,
    SubtractInt,
    MultiplyInt,
    DivideInt,
    RemainderInt,
    NegateInt,
    AddFloat,
    SubtractFloat,
    MultiplyFloat,
    DivideFloat,
    NegateFloat,
    AddMoney,
    SubtractMoney,
    NegateMoney,
    /// Money below, int on top.
    ScaleMoney,
}

/// One test.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Test {
    Constant(bool),
    Present(FieldId),
    Flag(FieldId),
    Int(FieldId, Comparison, i64),
    Float(FieldId, Comparison, f64),
    /// The constant is an index into [`Program::money`].
    Money(FieldId, Comparison, u16),
    /// The mask has a bit for each word of a list.
    WordIn(FieldId, u64),
    /// All bits of the mask that the set and the mask share.
    SetHas(FieldId, u64),
    IntSteps(Comparison, StepRange, StepRange),
    FloatSteps(Comparison, StepRange, StepRange),
    MoneySteps(Comparison, StepRange, StepRange),
}

/// Steps `start..end` of [`Program::steps`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StepRange {
    pub(crate) start: u16,
    pub(crate) end: u16,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Branch {
    pub(crate) test: Test,
    pub(crate) then: u16,
    pub(crate) otherwise: u16,
}

/// Places beyond the last branch.
pub(crate) const TRUE: u16 = u16::MAX;
pub(crate) const FALSE: u16 = u16::MAX - 1;

/// A compiled condition. Evaluation visits each branch at most once, from front to back.
#[derive(Clone, PartialEq, Debug)]
pub struct Program {
    pub(crate) branches: Vec<Branch>,
    pub(crate) steps: Vec<Step>,
    pub(crate) money: Vec<i128>,
    pub(crate) fields: Vec<FieldId>,
}

#[derive(Clone, Copy)]
enum Cell {
    Int(i64),
    Float(f64),
    Money(i128),
}

impl Program {
    /// Whether the condition holds for these facts, which must be of the schema that it was
    /// compiled for.
    pub fn holds(&self, facts: &Facts) -> bool {
        let mut place = 0;
        loop {
            let branch = &self.branches[usize::from(place)];
            place = if self.test(&branch.test, facts) { branch.then } else { branch.otherwise };
            if place >= FALSE {
                return place == TRUE;
            }
        }
    }

    /// The facts that the condition speaks about, in order of mention.
    pub fn fields(&self) -> &[FieldId] {
        &self.fields
    }

    #[inline(always)]
    fn test(&self, test: &Test, facts: &Facts) -> bool {
        let number = |id: &FieldId| facts.numbers[usize::from(id.0)];
        match test {
            Test::Constant(value) => *value,
            Test::Present(id) => facts.present[usize::from(id.0)],
            Test::Flag(id) => number(id) != 0,
            Test::Int(id, comparison, constant) => comparison.holds(&number(id), constant),
            Test::Float(id, comparison, constant) => {
                comparison.holds(&f64::from_bits(number(id) as u64), constant)
            }
            Test::Money(id, comparison, constant) => {
                let value = &facts.money[usize::from(id.0)];
                comparison.holds(value, &self.money[usize::from(*constant)])
            }
            Test::WordIn(id, mask) => mask >> (number(id) as u64 & 63) & 1 == 1,
            Test::SetHas(id, mask) => number(id) as u64 & mask != 0,
            Test::IntSteps(comparison, a, b) => match (self.run(*a, facts), self.run(*b, facts)) {
                (Some(Cell::Int(a)), Some(Cell::Int(b))) => comparison.holds(&a, &b),
                _ => false,
            },
            Test::FloatSteps(comparison, a, b) => {
                match (self.run(*a, facts), self.run(*b, facts)) {
                    (Some(Cell::Float(a)), Some(Cell::Float(b))) => comparison.holds(&a, &b),
                    _ => false,
                }
            }
            Test::MoneySteps(comparison, a, b) => {
                match (self.run(*a, facts), self.run(*b, facts)) {
                    (Some(Cell::Money(a)), Some(Cell::Money(b))) => comparison.holds(&a, &b),
                    _ => false,
                }
            }
        }
    }

    /// Runs arithmetic. `None` for a division by zero or a result past 64 or 128 bits: the
    /// comparison that needs it does not hold.
    fn run(&self, range: StepRange, facts: &Facts) -> Option<Cell> {
        let mut stack = [Cell::Int(0); STACK_MAX];
        let mut top = 0;
        for step in &self.steps[usize::from(range.start)..usize::from(range.end)] {
            let number = |id: &FieldId| facts.numbers[usize::from(id.0)];
            let pushed = match step {
                Step::PushInt(value) => Some(Cell::Int(*value)),
                Step::PushFloat(value) => Some(Cell::Float(*value)),
                Step::PushMoney(value) => Some(Cell::Money(*value)),
                Step::LoadInt(id) => Some(Cell::Int(number(id))),
                Step::LoadFloat(id) => Some(Cell::Float(f64::from_bits(number(id) as u64))),
                Step::LoadMoney(id) => Some(Cell::Money(facts.money[usize::from(id.0)])),
                _ => None,
            };
            if let Some(cell) = pushed {
                stack[top] = cell;
                top += 1;
                continue;
            }
            let last = stack[top - 1];
            let unary = match (step, last) {
                (Step::ToFloat, Cell::Int(a)) => Some(Cell::Float(a as f64)),
                (Step::NegateInt, Cell::Int(a)) => Some(Cell::Int(a.checked_neg()?)),
                (Step::NegateFloat, Cell::Float(a)) => Some(Cell::Float(-a)),
                (Step::NegateMoney, Cell::Money(a)) => Some(Cell::Money(a.checked_neg()?)),
                _ => None,
            };
            if let Some(cell) = unary {
                stack[top - 1] = cell;
                continue;
            }
            let result = match (step, stack[top - 2], last) {
                (Step::AddInt, Cell::Int(a), Cell::Int(b)) => Cell::Int(a.checked_add(b)?),
                (Step::SubtractInt, Cell::Int(a), Cell::Int(b)) => Cell::Int(a.checked_sub(b)?),
                (Step::MultiplyInt, Cell::Int(a), Cell::Int(b)) => Cell::Int(a.checked_mul(b)?),
                (Step::DivideInt, Cell::Int(a), Cell::Int(b)) => Cell::Int(a.checked_div(b)?),
                (Step::RemainderInt, Cell::Int(a), Cell::Int(b)) => Cell::Int(a.checked_rem(b)?),
                (Step::AddFloat, Cell::Float(a), Cell::Float(b)) => Cell::Float(a + b),
                (Step::SubtractFloat, Cell::Float(a), Cell::Float(b)) => Cell::Float(a - b),
                (Step::MultiplyFloat, Cell::Float(a), Cell::Float(b)) => Cell::Float(a * b),
                (Step::DivideFloat, Cell::Float(a), Cell::Float(b)) => Cell::Float(a / b),
                (Step::AddMoney, Cell::Money(a), Cell::Money(b)) => Cell::Money(a.checked_add(b)?),
                (Step::SubtractMoney, Cell::Money(a), Cell::Money(b)) => {
                    Cell::Money(a.checked_sub(b)?)
                }
                (Step::ScaleMoney, Cell::Money(a), Cell::Int(b)) => {
                    Cell::Money(a.checked_mul(i128::from(b))?)
                }
                _ => return None,
            };
            top -= 1;
            stack[top - 1] = result;
        }
        Some(stack[0])
    }
}
