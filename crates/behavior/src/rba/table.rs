//! The rows of a file of sign-ins.

use std::hash::Hasher;
use std::io::BufRead;

use super::FEATURES;
use super::line::{self, Line};
use crate::BehaviorError;

/// One sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Number of its line in the file, from 1.
    pub line: u64,
    /// When, in seconds since 1970-01-01 UTC.
    pub at: u64,
    /// Hash of the user's name.
    pub user: u64,
    /// Hashes of autonomous system, country, browser, operating system, kind of device.
    pub features: [u64; FEATURES],
    /// Whether it succeeded.
    pub has_succeeded: bool,
    /// Whether the address is known for attacks, as labelled.
    pub is_attack_address: bool,
    /// Whether somebody else signed in, as labelled.
    pub is_takeover: bool,
}

/// Names of the columns that are used, as the file's first line has them.
const COLUMNS: [&str; 10] = [
    "Login Timestamp",
    "User ID",
    "ASN",
    "Country",
    "Browser Name and Version",
    "OS Name and Version",
    "Device Type",
    "Login Successful",
    "Is Attack IP",
    "Is Account Takeover",
];
/// Where the features are among the columns.
const FIRST_FEATURE: usize = 2;

/// FNV-1a, 64 bits: the same on every machine. Two values of one hash are taken for one: with a million
/// values, one pair in 40 million files.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Days from 1970-01-01 to a day (Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Reads `2020-02-03 12:43:30.772`, UTC; parts of a second are cut off.
fn time(text: &str) -> Option<u64> {
    let (date, clock) = text.trim().split_once(' ')?;
    let clock = clock.split('.').next()?;
    let numbers = |text: &str, by: char| -> Option<[i64; 3]> {
        let parts: Vec<i64> = text
            .split(by)
            .map(|part| {
                let is_digits = part.bytes().all(|byte| byte.is_ascii_digit());
                (is_digits && part.len() <= 4).then(|| part.parse().ok()).flatten()
            })
            .collect::<Option<_>>()?;
        parts.try_into().ok()
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let is_date = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    is_date.then(|| u64::try_from(seconds).ok()).flatten()
}

fn flag(text: &str) -> Option<bool> {
    match text.trim() {
        "True" | "true" | "1" => Some(true),
        "False" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// Reads a file row by row, in constant memory.
pub struct Rows<R> {
    reader: R,
    line: u64,
    width: usize,
    places: [usize; COLUMNS.len()],
}

impl<R: BufRead> Rows<R> {
    /// Reads the first line, which names the columns.
    ///
    /// # Errors
    /// [`BehaviorError::Table`] when the file cannot be read or a column is missing.
    pub fn new(mut reader: R) -> Result<Self, BehaviorError> {
        let wrong = |problem: String| BehaviorError::Table { line: 1, problem };
        let header = match line::read(&mut reader) {
            Ok(Line::Text(text)) => line::fields(text.trim_start_matches('\u{feff}')),
            Ok(_) => None,
            Err(error) => return Err(wrong(error.to_string())),
        };
        let header = header.ok_or_else(|| wrong("it does not name the columns".to_owned()))?;
        let mut places = [0; COLUMNS.len()];
        for (place, name) in places.iter_mut().zip(COLUMNS) {
            let found = header.iter().position(|known| known.trim() == name);
            *place = found.ok_or_else(|| wrong(format!("the column '{name}' is missing")))?;
        }
        Ok(Self { reader, line: 1, width: header.len(), places })
    }

    /// The next row. A row that cannot be read is told by its number, and reading goes on after it;
    /// `None` at the end of the file.
    ///
    /// # Errors
    /// [`BehaviorError::Row`] for such a row, [`BehaviorError::Table`] when the file cannot be read.
    pub fn next_row(&mut self) -> Result<Option<Row>, BehaviorError> {
        loop {
            self.line += 1;
            let number = self.line;
            let text = match line::read(&mut self.reader) {
                Ok(Line::End) => return Ok(None),
                Ok(Line::Text(text)) if text.trim().is_empty() => continue,
                Ok(Line::Text(text)) => text,
                Ok(Line::Bad(problem)) => {
                    return Err(BehaviorError::Row { line: number, field: "line", problem });
                }
                Err(error) => {
                    let problem = error.to_string();
                    return Err(BehaviorError::Table { line: number, problem });
                }
            };
            return self.row(&text, number).map(Some);
        }
    }

    fn row(&self, text: &str, number: u64) -> Result<Row, BehaviorError> {
        let wrong = |field, problem| BehaviorError::Row { line: number, field, problem };
        let fields = line::fields(text).ok_or(wrong("line", "a quote is not closed"))?;
        if fields.len() != self.width {
            return Err(wrong("line", "it has another number of fields than the first line"));
        }
        let field = |column: usize| fields[self.places[column]].as_str();
        let at = time(field(0)).ok_or(wrong(COLUMNS[0], "it is no time"))?;
        if field(1).trim().is_empty() {
            return Err(wrong(COLUMNS[1], "it is empty"));
        }
        let asked = |column: usize| {
            flag(field(column)).ok_or(wrong(COLUMNS[column], "it is neither True nor False"))
        };
        let mut features = [0; FEATURES];
        for (place, feature) in features.iter_mut().enumerate() {
            *feature = hash(field(FIRST_FEATURE + place).trim());
        }
        Ok(Row {
            line: number,
            at,
            user: hash(field(1).trim()),
            features,
            has_succeeded: asked(7)?,
            is_attack_address: asked(8)?,
            is_takeover: asked(9)?,
        })
    }
}
