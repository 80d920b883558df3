use super::*;
use crate::reserves::input::{Source, Wanted};
use ::parquet::basic::Compression;
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::FixedLenByteArray;
use ::parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use std::sync::Arc;

/// A column's values; `None` is NULL.
pub(in super::super) enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Double(Vec<f64>),
    Text(Vec<Option<String>>),
    Fixed(Vec<Vec<u8>>),
}

impl Values {
    fn part(&self, from: usize, to: usize) -> Values {
        match self {
            Values::Int32(all) => Values::Int32(all[from..to.min(all.len())].to_vec()),
            Values::Int64(all) => Values::Int64(all[from..to.min(all.len())].to_vec()),
            Values::Double(all) => Values::Double(all[from..to.min(all.len())].to_vec()),
            Values::Text(all) => Values::Text(all[from..to.min(all.len())].to_vec()),
            Values::Fixed(all) => Values::Fixed(all[from..to.min(all.len())].to_vec()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Values::Int32(all) => all.len(),
            Values::Int64(all) => all.len(),
            Values::Double(all) => all.len(),
            Values::Text(all) => all.len(),
            Values::Fixed(all) => all.len(),
        }
    }
}

/// Writes a file; row groups of a thousand rows.
fn write(path: &Path, schema: &str, properties: WriterPropertiesBuilder, columns: &[Values]) {
    let schema = Arc::new(parse_message_type(&format!("message m {{ {schema} }}")).unwrap());
    let properties = Arc::new(properties.build());
    let mut writer =
        SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    let rows = columns[0].len();
    for from in (0..rows).step_by(1_000) {
        let mut group = writer.next_row_group().unwrap();
        for column in columns {
            let mut open = group.next_column().unwrap().unwrap();
            match (open.untyped(), column.part(from, from + 1_000)) {
                (ColumnWriter::Int32ColumnWriter(writer), Values::Int32(values)) => {
                    writer.write_batch(&values, None, None).unwrap();
                }
                (ColumnWriter::Int64ColumnWriter(writer), Values::Int64(values)) => {
                    writer.write_batch(&values, None, None).unwrap();
                }
                (ColumnWriter::DoubleColumnWriter(writer), Values::Double(values)) => {
                    writer.write_batch(&values, None, None).unwrap();
                }
                (ColumnWriter::ByteArrayColumnWriter(writer), Values::Text(values)) => {
                    let levels: Vec<i16> =
                        values.iter().map(|value| i16::from(value.is_some())).collect();
                    let values: Vec<ByteArray> =
                        values.iter().flatten().map(|text| text.as_str().into()).collect();
                    writer.write_batch(&values, Some(&levels), None).unwrap();
                }
                (ColumnWriter::FixedLenByteArrayColumnWriter(writer), Values::Fixed(values)) => {
                    let values: Vec<FixedLenByteArray> =
                        values.into_iter().map(|bytes| ByteArray::from(bytes).into()).collect();
                    writer.write_batch(&values, None, None).unwrap();
                }
                _ => panic!("the schema has another type"),
            }
            open.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

fn decimal(amount: u128) -> Vec<u8> {
    amount.to_be_bytes()[2..].to_vec()
}

fn text(values: impl Iterator<Item = String>) -> Values {
    Values::Text(values.map(Some).collect())
}

/// The wide form, users as integers, amounts as decimals.
pub(in super::super) fn wide(path: &Path, rows: &[(String, [u128; 3])]) {
    let users = rows.iter().map(|(user, _)| user.parse().unwrap()).collect();
    let amounts = |place: usize| {
        Values::Fixed(rows.iter().map(|(_, amounts)| decimal(amounts[place])).collect())
    };
    let schema = "required int64 user_id; \
                  required fixed_len_byte_array(14) BTC (DECIMAL(33, 0)); \
                  required fixed_len_byte_array(14) ETH (DECIMAL(33, 0)); \
                  required fixed_len_byte_array(14) USDT (DECIMAL(33, 0));";
    let columns = [Values::Int64(users), amounts(0), amounts(1), amounts(2)];
    write(path, schema, WriterProperties::builder().set_compression(Compression::SNAPPY), &columns);
}

/// The long form, all as text.
pub(in super::super) fn long(path: &Path, rows: &[(String, String, u128)]) {
    let schema = "optional binary user_id (UTF8); optional binary asset (UTF8); \
                  optional binary amount (UTF8);";
    let columns = [
        text(rows.iter().map(|row| row.0.clone())),
        text(rows.iter().map(|row| row.1.clone())),
        text(rows.iter().map(|row| row.2.to_string())),
    ];
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(Default::default()));
    write(path, schema, properties, &columns);
}

fn source(path: &Path) -> Result<Source> {
    Source::open(Wanted { input: path, table: None, query: None }, &["BTC".to_owned()])
}

/// Reads all users, or the code of what is wrong.
fn all(path: &Path) -> Result<Vec<(String, u128)>, (&'static str, String)> {
    let read = || {
        let mut source = source(path)?;
        let mut users = Vec::new();
        while let Some(balances) = source.next()? {
            let amount = balances.entries.first().map_or(0, |entry| entry.amount);
            users.push((balances.account, amount));
        }
        Ok(users)
    };
    read().map_err(|error: anyhow::Error| {
        let code = error.downcast_ref::<ReservesError>().map_or("other", ReservesError::code);
        (code, format!("{error:#}"))
    })
}

#[test]
fn every_exact_type_of_number_and_every_compression_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    let users = || text((0..2_500).map(|user| format!("user{user}")));
    let amounts = || (0..2_500u32).map(|user| user * 1_000_003 % (1 << 30));
    let number = |bytes: usize| {
        let bytes = |amount: u32| {
            let mut value = vec![0; bytes - 4];
            value.extend(amount.to_be_bytes());
            value
        };
        Values::Fixed(amounts().map(bytes).collect())
    };
    let signed = || Values::Int64(amounts().map(i64::from).collect());
    let small = || Values::Int32(amounts().map(|amount| amount.cast_signed()).collect());
    let digits = || text(amounts().map(|amount| amount.to_string()));
    let columns: Vec<(&str, &dyn Fn() -> Values)> = vec![
        ("required int32 BTC", &small),
        ("required int32 BTC (UINT_32)", &small),
        ("required int32 BTC (DECIMAL(9, 0))", &small),
        ("required int64 BTC", &signed),
        ("required int64 BTC (INTEGER(64, true))", &signed),
        ("required int64 BTC (INTEGER(64, false))", &signed),
        ("required int64 BTC (DECIMAL(18, 0))", &signed),
        ("optional binary BTC (STRING)", &digits),
        ("optional binary BTC", &digits),
    ];
    let fixed: Vec<(String, usize)> = [5, 16, 17, 32]
        .map(|len| (format!("required fixed_len_byte_array({len}) BTC (DECIMAL(11, 0))"), len))
        .to_vec();
    let wanted: Vec<(String, u128)> = amounts()
        .enumerate()
        .map(|(user, amount)| (format!("user{user}"), u128::from(amount)))
        .collect();
    let packings = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(Default::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ];
    let check = |schema: &str, values: Values, place: usize| {
        let version = match place % 2 {
            0 => WriterVersion::PARQUET_1_0,
            _ => WriterVersion::PARQUET_2_0,
        };
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_dictionary_enabled(place.is_multiple_of(3))
            .set_data_page_row_count_limit(300)
            .set_compression(packings[place % packings.len()]);
        let schema = format!("optional binary user_id (UTF8); {schema};");
        write(&path, &schema, properties, &[users(), values]);
        assert_eq!(all(&path).as_ref(), Ok(&wanted), "{schema} {place}");
    };
    let mut place = 0;
    for (schema, values) in &columns {
        for _ in 0..3 {
            check(schema, values(), place);
            place += 1;
        }
    }
    for (schema, len) in &fixed {
        check(schema, number(*len), place);
        place += 1;
    }
}

#[test]
fn what_is_no_balance_is_refused_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.parquet");
    let users = || text(["ada", "bob"].map(str::to_owned).into_iter());
    let read = |schema: &str, values: Values| {
        let schema = format!("optional binary user_id (UTF8); {schema}");
        write(&path, &schema, WriterProperties::builder(), &[users(), values]);
        all(&path)
    };
    let refused = |schema: &str, values: Values| read(schema, values).unwrap_err();
    let ones = || Values::Int64(vec![1, 1]);
    let columns = [
        refused("required double BTC;", Values::Double(vec![1.0, f64::NAN])),
        refused("required int64 BTC (DECIMAL(18, 8));", ones()),
        refused("required int64 BTC (TIMESTAMP(MILLIS, true));", ones()),
        refused("required group g { required int64 BTC; }", ones()),
        refused("required fixed_len_byte_array(3) BTC;", Values::Fixed(vec![vec![0; 3]; 2])),
    ];
    for (code, text) in columns {
        assert_eq!(code, "reserves.input.columns", "{text}");
        assert!(text.contains("BTC") && text.contains("scale 0 is wanted"), "{text}");
    }
    let wide = "required fixed_len_byte_array(20) BTC (DECIMAL(40, 0));";
    let long = |first: u8, fifth: u8| {
        let mut bytes = vec![first; 20];
        bytes[4] = fifth;
        Values::Fixed(vec![vec![0; 20], bytes])
    };
    let optional = Values::Text(vec![Some("1".to_owned()), None]);
    let fraction = text(["1", "1.5"].map(str::to_owned).into_iter());
    let cells = [
        (refused("required int64 BTC;", Values::Int64(vec![1, -1])), "negative"),
        (refused("optional binary BTC (UTF8);", optional), "it is NULL: write 0"),
        (refused("optional binary BTC;", fraction), "'1.5' is no such number"),
        (refused(wide, long(0, 1)), "not below 2^96"),
        (refused(wide, long(0, 0x80)), "more than 127 bits"),
        (refused(wide, long(1, 1)), "more than 127 bits"),
        (refused(wide, long(0xff, 0xff)), "'-1' is negative"),
    ];
    for ((code, text), problem) in cells {
        assert_eq!(code, "reserves.input.cell", "{text}");
        assert!(text.contains("row 2, column BTC") && text.contains(problem), "{text}");
    }
    let largest = read("required int64 BTC (UINT_64);", Values::Int64(vec![1, -1])).unwrap();
    assert_eq!(largest[1].1, u128::from(u64::MAX));
}

/// Whatever byte is turned, a file is read as it was, read otherwise, or refused.
#[test]
fn a_damaged_file_is_refused_and_nothing_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.parquet");
    let rows: usize = 200;
    for (version, packing) in [
        (WriterVersion::PARQUET_1_0, Compression::SNAPPY),
        (WriterVersion::PARQUET_2_0, Compression::UNCOMPRESSED),
    ] {
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_data_page_row_count_limit(100)
            .set_compression(packing);
        let schema = "optional binary user_id (UTF8); required int64 BTC;";
        let users = text((0..rows).map(|user| format!("user{user}")));
        let amounts = Values::Int64((0..rows as i64).map(|user| user % 50).collect());
        write(&path, schema, properties, &[users, amounts]);
        let good = std::fs::read(&path).unwrap();
        let wanted = all(&path).unwrap();
        for cut in (0..good.len()).step_by(31) {
            std::fs::write(&path, &good[..cut]).unwrap();
            assert!(all(&path).is_err(), "cut at {cut}");
        }
        let (mut read, mut unwound) = (0, 0);
        for place in (0..good.len()).step_by(2) {
            let mut bad = good.clone();
            bad[place] ^= [0x01, 0x80, 0xff][place % 3];
            std::fs::write(&path, &bad).unwrap();
            match all(&path) {
                Ok(found) => read += usize::from(found.len() == wanted.len()),
                Err((code, text)) => {
                    assert!(code.starts_with("reserves.input."), "{code} {text}");
                    unwound += usize::from(text.contains("contradict"));
                }
            }
        }
        println!("{version:?}: {read} read with all rows, {unwound} panics of the crate caught");
        assert!(read > 0);
    }
}
