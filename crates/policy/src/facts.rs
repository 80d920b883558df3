//! What rules can speak about, and its values for one event.

use std::collections::BTreeMap;

use crate::Decimal;

/// Type of a fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A share or score; never money.
    Float,
    /// Money in units of the asset, exact.
    Decimal,
    /// Seconds; written `duration("24h")`.
    Duration,
    /// One word of a closed list.
    Word(Vec<&'static str>),
    /// Any number of words of a closed list; tested with `in`.
    Set(Vec<&'static str>),
}

impl Type {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Float => "float",
            Type::Decimal => "decimal",
            Type::Duration => "duration",
            Type::Word(_) => "word",
            Type::Set(_) => "set",
        }
    }
}

/// Number of a fact within its schema.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FieldId(pub(crate) u16);

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) field_type: Type,
    pub(crate) is_optional: bool,
    pub(crate) doc: &'static str,
}

/// The facts that rules can speak about.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub(crate) fields: Vec<Field>,
    by_name: BTreeMap<&'static str, FieldId>,
}

/// Collects the facts of a [`Schema`].
#[derive(Default)]
pub struct SchemaBuilder(Schema);

impl SchemaBuilder {
    /// A fact that every event has.
    pub fn field(&mut self, name: &'static str, field_type: Type, doc: &'static str) -> FieldId {
        self.add(name, field_type, false, doc)
    }

    /// A fact that may be missing; rules must ask `has(name)` first.
    pub fn optional(&mut self, name: &'static str, field_type: Type, doc: &'static str) -> FieldId {
        self.add(name, field_type, true, doc)
    }

    fn add(
        &mut self,
        name: &'static str,
        field_type: Type,
        is_optional: bool,
        doc: &'static str,
    ) -> FieldId {
        let id = FieldId(u16::try_from(self.0.fields.len()).expect("a schema has few fields"));
        let known = self.0.by_name.insert(name, id);
        assert!(known.is_none(), "the field {name} is defined twice");
        if let Type::Set(words) = &field_type {
            assert!(words.len() <= 64, "a set has a bit for each word");
        }
        self.0.fields.push(Field { name, field_type, is_optional, doc });
        id
    }

    /// The schema.
    pub fn build(self) -> Schema {
        self.0
    }
}

impl Schema {
    /// The fact with this name.
    pub fn find(&self, name: &str) -> Option<FieldId> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn field(&self, id: FieldId) -> &Field {
        &self.fields[usize::from(id.0)]
    }

    /// The nearest name to a misspelt one.
    pub(crate) fn nearest(&self, name: &str) -> Option<&'static str> {
        let distances = self.fields.iter().map(|field| (edit_distance(name, field.name), field));
        let (distance, field) = distances.min_by_key(|(distance, _)| *distance)?;
        (distance <= 2 + name.len() / 4).then_some(field.name)
    }

    /// Every fact as `(name, type, may be missing, meaning)`.
    pub fn describe(&self) -> impl Iterator<Item = (&'static str, String, bool, &'static str)> {
        self.fields.iter().map(|field| {
            let words = match &field.field_type {
                Type::Word(words) | Type::Set(words) => format!(" of {}", words.join(", ")),
                _ => String::new(),
            };
            let shown = format!("{}{words}", field.field_type.name());
            (field.name, shown, field.is_optional, field.doc)
        })
    }

    /// Facts with every value zero and every optional one missing.
    pub fn facts(&self) -> Facts {
        Facts {
            numbers: vec![0; self.fields.len()],
            money: vec![0; self.fields.len()],
            present: vec![false; self.fields.len()],
        }
    }

    /// The value of a fact as a person would write it.
    pub fn show(&self, facts: &Facts, id: FieldId) -> String {
        let field = self.field(id);
        let place = usize::from(id.0);
        if field.is_optional && !facts.present[place] {
            return "unknown".to_owned();
        }
        let number = facts.numbers[place];
        match &field.field_type {
            Type::Bool => (number != 0).to_string(),
            Type::Int => number.to_string(),
            Type::Float => {
                let text = format!("{:.4}", f64::from_bits(number as u64));
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            Type::Decimal => Decimal(facts.money[place]).to_string(),
            Type::Duration => show_duration(number),
            Type::Word(words) => words.get(number as usize).map_or("?", |word| word).to_owned(),
            Type::Set(words) => {
                let members = words.iter().enumerate().filter(|(i, _)| number >> i & 1 == 1);
                let members: Vec<&str> = members.map(|(_, word)| *word).collect();
                if members.is_empty() { "none".to_owned() } else { members.join(", ") }
            }
        }
    }
}

fn show_duration(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Levenshtein distance of short names.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

/// The values of all facts for one event. Reuse one value for many events: setting is a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Bool as 0 or 1, int and duration as they are, float as bits, word as index, set as mask.
    pub(crate) numbers: Vec<i64>,
    pub(crate) money: Vec<i128>,
    pub(crate) present: Vec<bool>,
}

impl Facts {
    fn put(&mut self, id: FieldId, number: i64) {
        self.numbers[usize::from(id.0)] = number;
        self.present[usize::from(id.0)] = true;
    }

    /// Sets a bool.
    pub fn set_bool(&mut self, id: FieldId, value: bool) {
        self.put(id, i64::from(value));
    }

    /// Sets an int or, in seconds, a duration.
    pub fn set_int(&mut self, id: FieldId, value: i64) {
        self.put(id, value);
    }

    /// Sets a float. A value that is not a number makes the fact missing.
    pub fn set_float(&mut self, id: FieldId, value: f64) {
        self.put(id, value.to_bits() as i64);
        self.present[usize::from(id.0)] = !value.is_nan();
    }

    /// Sets an amount of money.
    pub fn set_decimal(&mut self, id: FieldId, value: Decimal) {
        self.money[usize::from(id.0)] = value.0;
        self.present[usize::from(id.0)] = true;
    }

    /// Sets a word by its index in the schema's list.
    pub fn set_word(&mut self, id: FieldId, index: usize) {
        self.put(id, index as i64);
    }

    /// Sets a set, one bit a word.
    pub fn set_mask(&mut self, id: FieldId, mask: u64) {
        self.put(id, mask as i64);
    }

    /// Makes an optional fact missing.
    pub fn clear(&mut self, id: FieldId) {
        self.present[usize::from(id.0)] = false;
    }
}
