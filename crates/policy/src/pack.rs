//! Rule packs: files of rules with their own test cases.

use model::{Evidence, Level, Reason, Verdict};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use crate::facts::{Facts, Schema, Type};
use crate::{ConditionError, Decimal, Program, compile};

/// Most rules of one pack: a decision keeps one bit for each.
const RULES_MAX: usize = 256;
/// Largest pack that is read.
const PACK_LEN_MAX: usize = 1 << 20;

/// Whether a rule counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It gives verdicts.
    #[default]
    Live,
    /// It is evaluated and reported, and changes nothing.
    Shadow,
}

/// Why a pack is refused as a whole. Nothing of a refused pack takes effect.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PackError {
    /// Not TOML, or a key that packs do not have.
    #[error("rule pack: {0}")]
    Format(String),
    /// A rule's condition does not compile.
    #[error("rule '{rule}': field 'when', {error}")]
    Condition {
        /// Its id.
        rule: String,
        /// What is wrong.
        error: ConditionError,
    },
    /// Another field of a rule or test is wrong.
    #[error("{place}: field '{field}': {problem}")]
    Field {
        /// Rule or test.
        place: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    name: String,
    version: u32,
    #[serde(default)]
    description: String,
    #[serde(default, rename = "rule")]
    rules: Vec<RuleFile>,
    #[serde(default, rename = "test")]
    tests: Vec<TestFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    id: String,
    when: String,
    then: Level,
    sentence: String,
    remedy: String,
    #[serde(default)]
    mode: Mode,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestFile {
    name: String,
    #[serde(default)]
    facts: BTreeMap<String, toml::Value>,
    expect: Level,
    #[serde(default)]
    fired: Option<Vec<String>>,
}

/// A rule ready to run.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, which is the code of its reason.
    pub id: String,
    /// Its condition as written.
    pub when: String,
    /// What it asks for.
    pub then: Level,
    /// Its sentence, with `{fact}` where values go and `{fact%}` where a share is shown in per cent.
    pub sentence: String,
    /// How the person concerned can resolve it.
    pub remedy: String,
    /// Whether it counts.
    pub mode: Mode,
    program: Program,
    /// The parts that must all hold, as written, each with its program.
    parts: Vec<(String, Program)>,
}

struct PackTest {
    name: String,
    facts: Facts,
    expect: Level,
    fired: Option<Vec<String>>,
}

/// A pack ready to run.
pub struct Pack {
    /// Its name.
    pub name: String,
    /// Its version as its author counts.
    pub version: u32,
    /// What it is for.
    pub description: String,
    /// SHA-256 of the file: part of every decision.
    pub digest: [u8; 32],
    rules: Vec<Rule>,
    tests: Vec<PackTest>,
    schema: Schema,
}

/// Which rules of a pack hold, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fired {
    words: [u64; RULES_MAX / 64],
    level: Level,
}

impl Fired {
    /// The strictest level that a live rule asks for.
    pub fn level(&self) -> Level {
        self.level
    }

    /// True when no rule holds, live or shadow.
    pub fn is_empty(&self) -> bool {
        self.words == [0; RULES_MAX / 64]
    }

    /// Places of the rules that hold.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        let words = self.words;
        (0..RULES_MAX).filter(move |place| words[place / 64] >> (place % 64) & 1 == 1)
    }
}

/// A test of a pack that did not give what it expects.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("test '{name}': expected {expected}, got {got}")]
pub struct TestFailure {
    /// Its name.
    pub name: String,
    /// What it expects.
    pub expected: String,
    /// What came out.
    pub got: String,
}

fn is_code(id: &str) -> bool {
    let parts: Vec<&str> = id.split('.').collect();
    let is_plain = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    parts.len() >= 2 && parts.len() <= 5 && id.len() <= 80 && parts.iter().all(is_plain)
}

/// The names between braces in a sentence.
fn placeholders(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

impl Pack {
    /// Reads a pack and compiles its rules.
    ///
    /// # Errors
    /// [`PackError`] naming the rule or test and its field.
    pub fn parse(text: &str, schema: &Schema) -> Result<Pack, PackError> {
        if text.len() > PACK_LEN_MAX {
            return Err(PackError::Format(format!("it has more than {PACK_LEN_MAX} bytes")));
        }
        let file: PackFile = toml::from_str(text).map_err(|e| PackError::Format(e.to_string()))?;
        if file.rules.len() > RULES_MAX {
            return Err(PackError::Format(format!("it has more than {RULES_MAX} rules")));
        }
        let mut rules: Vec<Rule> = Vec::with_capacity(file.rules.len());
        for rule in file.rules {
            let wrong = |field, problem: String| PackError::Field {
                place: format!("rule '{}'", rule.id),
                field,
                problem,
            };
            if !is_code(&rule.id) {
                let problem =
                    "it is not lower-case words joined by points, such as sanctions.address.direct";
                return Err(wrong("id", problem.to_owned()));
            }
            if rules.iter().any(|known| known.id == rule.id) {
                return Err(wrong("id", "another rule of this pack has it".to_owned()));
            }
            for name in placeholders(&rule.sentence) {
                if schema.find(name.trim_end_matches('%')).is_none() {
                    return Err(wrong("sentence", format!("there is no fact '{name}'")));
                }
            }
            let program = compile(&rule.when, schema)
                .map_err(|error| PackError::Condition { rule: rule.id.clone(), error })?;
            let parts = parts(&rule.when, schema);
            rules.push(Rule {
                parts,
                id: rule.id,
                when: rule.when,
                then: rule.then,
                sentence: rule.sentence,
                remedy: rule.remedy,
                mode: rule.mode,
                program,
            });
        }
        let mut tests = Vec::with_capacity(file.tests.len());
        for test in file.tests {
            let mut facts = schema.facts();
            for (name, value) in &test.facts {
                set_fact(schema, &mut facts, name, value).map_err(|problem| PackError::Field {
                    place: format!("test '{}'", test.name),
                    field: "facts",
                    problem,
                })?;
            }
            let (name, expect, fired) = (test.name, test.expect, test.fired);
            tests.push(PackTest { name, facts, expect, fired });
        }
        Ok(Pack {
            name: file.name,
            version: file.version,
            description: file.description,
            digest: Sha256::digest(text).into(),
            rules,
            tests,
            schema: schema.clone(),
        })
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Which rules hold for these facts.
    pub fn evaluate(&self, facts: &Facts) -> Fired {
        let mut fired = Fired::default();
        for (place, rule) in self.rules.iter().enumerate() {
            if rule.program.holds(facts) {
                fired.words[place / 64] |= 1 << (place % 64);
                if rule.mode == Mode::Live {
                    fired.level = fired.level.max(rule.then);
                }
            }
        }
        fired
    }

    /// Rules that all but one of their parts speak for, with the part that does not: place and
    /// text. Rules of one part are never near.
    pub fn nearly<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = (usize, &'a str)> {
        self.rules.iter().enumerate().filter_map(|(place, rule)| {
            if rule.parts.len() < 2 {
                return None;
            }
            let mut missing = rule.parts.iter().filter(|(_, program)| !program.holds(facts));
            let only = missing.next()?;
            missing.next().is_none().then_some((place, only.0.as_str()))
        })
    }

    /// The facts that differ from blank ones, by name, as people read them.
    pub fn show_facts(&self, facts: &Facts) -> Vec<(&'static str, String)> {
        let blank = self.schema.facts();
        let fields = self.schema.fields.iter().enumerate();
        fields
            .filter(|(place, _)| {
                facts.numbers[*place] != blank.numbers[*place]
                    || facts.money[*place] != blank.money[*place]
                    || facts.present[*place] != blank.present[*place]
            })
            .filter_map(|(_, field)| {
                let id = self.schema.find(field.name)?;
                Some((field.name, self.schema.show(facts, id)))
            })
            .collect()
    }

    /// The verdict of the live rules that hold, each with its values.
    pub fn verdict(&self, facts: &Facts, fired: &Fired) -> Verdict {
        fired
            .places()
            .map(|place| &self.rules[place])
            .filter(|rule| rule.mode == Mode::Live)
            .map(|rule| Verdict::because(rule.then, self.reason(rule, facts)))
            .collect()
    }

    /// Why a rule holds: its sentence with the values, the rule, and the facts it speaks about.
    pub fn reason(&self, rule: &Rule, facts: &Facts) -> Reason {
        let mut sentence = rule.sentence.clone();
        for name in placeholders(&rule.sentence) {
            let (plain, is_share) = match name.strip_suffix('%') {
                Some(plain) => (plain, true),
                None => (name, false),
            };
            if let Some(id) = self.schema.find(plain) {
                let value = self.schema.show(facts, id);
                let value = match value.parse::<f64>() {
                    Ok(share) if is_share => format!("{:.1} %", share * 100.0),
                    _ => value,
                };
                sentence = sentence.replace(&format!("{{{name}}}"), &value);
            }
        }
        let mut evidence =
            vec![Evidence::new("rule", format!("{} v{}: {}", self.name, self.version, rule.when))];
        for id in rule.program.fields() {
            let name = self.schema.field(*id).name;
            let value = self.schema.show(facts, *id);
            evidence.push(Evidence::new("fact", format!("{name} = {value}")));
        }
        Reason {
            code: rule.id.clone().into(),
            sentence,
            evidence,
            remedy: rule.remedy.clone().into(),
        }
    }

    /// Runs the pack's own tests: how many passed, and those that did not.
    pub fn test(&self) -> (usize, Vec<TestFailure>) {
        let mut failures = Vec::new();
        for test in &self.tests {
            let fired = self.evaluate(&test.facts);
            let ids: Vec<String> =
                fired.places().map(|place| self.rules[place].id.clone()).collect();
            let is_as_expected = fired.level() == test.expect
                && test.fired.as_ref().is_none_or(|expected| {
                    let (mut a, mut b) = (expected.clone(), ids.clone());
                    a.sort();
                    b.sort();
                    a == b
                });
            if !is_as_expected {
                let rules = test.fired.as_ref().map_or("any rule".to_owned(), |f| f.join(", "));
                failures.push(TestFailure {
                    name: test.name.clone(),
                    expected: format!("{} by {rules}", test.expect),
                    got: format!("{} by {}", fired.level(), ids.join(", ")),
                });
            }
        }
        (self.tests.len() - failures.len(), failures)
    }
}

/// The parts of a condition, each compiled. An optional fact needs the `has(…)` before it, so a
/// part that does not compile alone belongs to the one before.
fn parts(when: &str, schema: &Schema) -> Vec<(String, Program)> {
    let mut parts: Vec<(String, Program)> = Vec::new();
    let mut held: Option<String> = None;
    for part in crate::syntax::conjuncts(when) {
        let alone = match held.take() {
            Some(before) => format!("{before} && {part}"),
            None => part.to_owned(),
        };
        match compile(&alone, schema) {
            Ok(program) => parts.push((alone, program)),
            Err(_) => match parts.pop() {
                Some((before, _)) => {
                    let both = format!("{before} && {alone}");
                    match compile(&both, schema) {
                        Ok(program) => parts.push((both, program)),
                        Err(_) => held = Some(both),
                    }
                }
                None => held = Some(alone),
            },
        }
    }
    parts
}

fn set_fact(
    schema: &Schema,
    facts: &mut Facts,
    name: &str,
    value: &toml::Value,
) -> Result<(), String> {
    let Some(id) = schema.find(name) else {
        let near = schema.nearest(name);
        let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
        return Err(format!("there is no fact '{name}'{hint}"));
    };
    let field = schema.field(id);
    let bit = |words: &[&'static str], word: &str| {
        let place = words.iter().position(|known| *known == word);
        place.ok_or_else(|| format!("'{name}' is never '{word}'"))
    };
    match (&field.field_type, value) {
        (Type::Bool, toml::Value::Boolean(value)) => facts.set_bool(id, *value),
        (Type::Int | Type::Duration, toml::Value::Integer(value)) => facts.set_int(id, *value),
        (Type::Float, toml::Value::Float(value)) => facts.set_float(id, *value),
        (Type::Float, toml::Value::Integer(value)) => facts.set_float(id, *value as f64),
        (Type::Decimal, toml::Value::String(value)) => {
            let money = Decimal::parse(value).ok_or(format!("'{value}' is not an amount"))?;
            facts.set_decimal(id, money);
        }
        (Type::Word(words), toml::Value::String(word)) => facts.set_word(id, bit(words, word)?),
        (Type::Set(words), toml::Value::Array(items)) => {
            let mut mask = 0;
            for item in items {
                let word = item.as_str().ok_or_else(|| format!("'{name}' takes texts"))?;
                mask |= 1 << bit(words, word)?;
            }
            facts.set_mask(id, mask);
        }
        (expected, _) => {
            let shown = match expected {
                Type::Decimal => "decimal, written as a text",
                Type::Duration => "duration, written in seconds",
                other => other.name(),
            };
            return Err(format!("'{name}' is {shown}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
