//! What a cell means: a user's account, or a whole number of base units.

use proof::receipt::check_account;
use std::borrow::Cow;

/// Most bits of an amount.
const AMOUNT_BITS: u32 = 96;

/// A cell of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cell<'a> {
    /// Text, also of a number.
    Text(&'a [u8]),
    /// A whole number.
    Integer(i128),
    /// Nothing.
    Null,
    /// Something that is neither; what it is.
    Other(&'a str),
}

impl<'a> Cell<'a> {
    fn text(self) -> Result<Cow<'a, [u8]>, String> {
        match self {
            Cell::Text(text) => Ok(Cow::Borrowed(text)),
            Cell::Integer(number) => Ok(Cow::Owned(number.to_string().into_bytes())),
            Cell::Null => Err("it is NULL".to_owned()),
            Cell::Other(what) => Err(format!("it is {what}")),
        }
    }

    /// A name, or what is wrong with it.
    pub(super) fn name(self) -> Result<Cow<'a, str>, String> {
        let text = self.text().map_err(|problem| format!("{problem}; a name is wanted"))?;
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(std::str::from_utf8(text).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(String::from_utf8(text).unwrap_or_default()),
        };
        check_account(&text).map_err(|error| error.to_string())?;
        Ok(text)
    }

    /// A whole number of base units, or what is wrong with it.
    pub(super) fn amount(self) -> Result<u128, String> {
        const WANTED: &str =
            "a whole number of base units is wanted, such as 150000000 for 1.5 BTC";
        if let Cell::Integer(number @ 0..) = self
            && number >> AMOUNT_BITS == 0
        {
            return Ok(number.unsigned_abs());
        }
        let problem = match self.text() {
            Ok(text) => match of_digits(&text) {
                Ok(amount) => return Ok(amount),
                Err(problem) => problem,
            },
            Err(problem) if self == Cell::Null => {
                format!("{problem}: write 0 where nothing is owed")
            }
            Err(problem) => format!("{problem}, and no exact number"),
        };
        Err(format!("{problem}; {WANTED}"))
    }
}

fn of_digits(text: &[u8]) -> Result<u128, String> {
    let shown = || String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
    match text {
        [] => Err("it is blank: write 0 where nothing is owed".to_owned()),
        [b'-', ..] => Err(format!(
            "'{}' is negative: what a user owes is not a balance and is never netted",
            shown()
        )),
        _ if !text.iter().all(u8::is_ascii_digit) => {
            Err(format!("'{}' is no such number", shown()))
        }
        _ => {
            let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<u128>().ok());
            number
                .filter(|number| number >> AMOUNT_BITS == 0)
                .ok_or_else(|| format!("'{}' is not below 2^{AMOUNT_BITS}", shown()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_whole_number_below_2_to_the_96() {
        let most = (1u128 << 96) - 1;
        for number in [0, 1, u128::from(u64::MAX), most] {
            assert_eq!(Cell::Text(number.to_string().as_bytes()).amount(), Ok(number));
            assert_eq!(Cell::Integer(number as i128).amount(), Ok(number));
        }
        let wrong = |cell: Cell<'_>| cell.amount().unwrap_err();
        for number in [-1, i128::MIN, i128::MAX, most as i128 + 1] {
            let of_text = wrong(Cell::Text(number.to_string().as_bytes()));
            assert_eq!(wrong(Cell::Integer(number)), of_text);
            assert!(of_text.contains("150000000"), "{of_text}");
        }
        assert!(wrong(Cell::Null).contains("write 0"));
        assert!(wrong(Cell::Other("a BLOB")).contains("it is a BLOB"));
    }
}
