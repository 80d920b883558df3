use super::*;
use sqlx::Connection;
use std::path::PathBuf;

/// Users and what they are owed, none of it zero.
type Customers = Vec<(String, Vec<(String, u128)>)>;

const ASSETS: [&str; 3] = ["BTC", "ETH", "USDT"];

fn symbols() -> Vec<String> {
    ASSETS.map(str::to_owned).to_vec()
}

/// Users with numbers as names, some amounts zero, some of 96 bits.
fn customers(count: u64) -> Customers {
    let amount = |user: u64, place: usize| match (user + place as u64) % 5 {
        0 => 0,
        1 => (1 << 96) - 1 - u128::from(user),
        2 => u128::from(u64::MAX) + u128::from(user),
        _ => u128::from(user) * 1_000 + place as u128,
    };
    let entries = |user: u64| {
        let all = ASSETS.iter().enumerate();
        let all = all.map(|(place, asset)| ((*asset).to_owned(), amount(user, place)));
        all.filter(|(_, amount)| *amount > 0).collect()
    };
    (1..=count).map(|user| (format!("{}", user * 7), entries(user))).collect()
}

fn wide_rows(customers: &Customers) -> Vec<(String, [u128; 3])> {
    let amount = |entries: &[(String, u128)], asset: &str| {
        entries.iter().find(|(symbol, _)| symbol == asset).map_or(0, |(_, amount)| *amount)
    };
    let row = |(user, entries): &(String, Vec<(String, u128)>)| {
        (user.clone(), ASSETS.map(|asset| amount(entries, asset)))
    };
    customers.iter().map(row).collect()
}

/// Everybody has a row at least, and assets come in an order of their own.
fn long_rows(customers: &Customers) -> Vec<(String, String, u128)> {
    let mut rows = Vec::new();
    for (user, entries) in customers {
        for (asset, amount) in entries.iter().rev() {
            rows.push((user.clone(), asset.clone(), *amount));
        }
        if entries.is_empty() {
            rows.push((user.clone(), ASSETS[0].to_owned(), 0));
        }
    }
    rows
}

fn wide_csv(customers: &Customers) -> String {
    let rows = wide_rows(customers).into_iter();
    let rows = rows.map(|(user, [btc, eth, usdt])| format!("{user},{btc},{eth},{usdt}\n"));
    format!("user_id,BTC,ETH,USDT\n{}", rows.collect::<String>())
}

fn long_csv(customers: &Customers) -> String {
    let rows = long_rows(customers).into_iter();
    let rows = rows.map(|(user, asset, amount)| format!("{user},{asset},{amount}\n"));
    format!("user_id,asset,amount\n{}", rows.collect::<String>())
}

/// Statements that make the tables `wide` and `long`.
fn statements(customers: &Customers, user: &str, amount: &str) -> Vec<String> {
    let mut made = vec![
        format!(
            "CREATE TABLE wide (user_id {user}, \"BTC\" {amount}, \"ETH\" {amount}, \"USDT\" {amount})"
        ),
        format!("CREATE TABLE long (user_id {user}, asset TEXT, amount {amount})"),
    ];
    for (user, [btc, eth, usdt]) in wide_rows(customers) {
        made.push(format!("INSERT INTO wide VALUES ({user}, '{btc}', '{eth}', '{usdt}')"));
    }
    for (user, asset, amount) in long_rows(customers) {
        made.push(format!("INSERT INTO long VALUES ({user}, '{asset}', '{amount}')"));
    }
    made
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn sqlite(path: &Path, statements: &[String]) -> PathBuf {
    block_on(async {
        let options =
            sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let text = format!("BEGIN; {}; COMMIT", statements.join("; "));
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    PathBuf::from(format!("sqlite:{}", path.display()))
}

/// A database of its own on the server of `RINGFENCE_TEST_POSTGRES`, if it is set.
fn postgres(statements: &[String]) -> Option<PathBuf> {
    let Ok(url) = std::env::var("RINGFENCE_TEST_POSTGRES") else {
        println!("skipped on PostgreSQL: RINGFENCE_TEST_POSTGRES is not set");
        return None;
    };
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("ringfence_input_{}_{number}", std::process::id());
    let url = block_on(async {
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        let text = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        let text = sqlx::AssertSqlSafe(statements.join("; "));
        sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
        url
    });
    Some(PathBuf::from(url))
}

fn file(input: &Path) -> Wanted<'_> {
    Wanted { input, table: None, query: None }
}

fn table<'a>(input: &'a Path, table: &'a str) -> Wanted<'a> {
    Wanted { input, table: Some(table), query: None }
}

fn query<'a>(input: &'a Path, query: &'a str) -> Wanted<'a> {
    Wanted { input, table: None, query: Some(query) }
}

/// Everybody, and the digest.
fn read(wanted: Wanted<'_>) -> Result<(Customers, [u8; 32])> {
    let mut source = Source::open(wanted, &symbols())?;
    let assets = source.assets().to_vec();
    let mut customers = Customers::new();
    while let Some(balances) = source.next()? {
        let entries = balances.entries.iter();
        let entries = entries.map(|entry| (assets[usize::from(entry.asset)].clone(), entry.amount));
        let mut entries: Vec<(String, u128)> = entries.collect();
        entries.sort_unstable();
        customers.push((balances.account, entries));
    }
    Ok((customers, source.digest()))
}

/// The code and the text of what is refused.
fn refused(wanted: Wanted<'_>) -> (&'static str, String) {
    let error = read(wanted).unwrap_err();
    let code = error.downcast_ref::<ReservesError>().map_or("other", ReservesError::code);
    (code, error.to_string())
}

fn refused_csv(text: &str) -> (&'static str, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    std::fs::write(&path, text).unwrap();
    refused(file(&path))
}

#[test]
fn the_same_balances_are_the_same_customers_from_wherever_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let wanted = customers(1_500);
    std::fs::write(place("wide.csv"), wide_csv(&wanted)).unwrap();
    std::fs::write(place("long.csv"), long_csv(&wanted)).unwrap();
    let packed = zstd::encode_all(wide_csv(&wanted).as_bytes(), 3).unwrap();
    std::fs::write(place("wide.csv.zst"), packed).unwrap();
    let (by_wide, of_bytes) = read(file(&place("wide.csv"))).unwrap();
    assert_eq!(by_wide, wanted);
    assert_eq!(read(file(&place("long.csv"))).unwrap().0, wanted);
    assert_eq!(read(file(&place("wide.csv.zst"))).unwrap(), (wanted.clone(), of_bytes));

    let mut digests = Vec::new();
    let mut check = |name: &str, wanted_table: Wanted<'_>| {
        let (found, digest) = read(wanted_table).unwrap();
        assert!(found == wanted, "{name}: {:?}…", &found[..2]);
        digests.push((name.to_owned(), digest));
    };
    parquet::tests::wide(&place("wide.parquet"), &wide_rows(&wanted));
    parquet::tests::long(&place("long.parquet"), &long_rows(&wanted));
    check("wide.parquet", file(&place("wide.parquet")));
    check("long.parquet", file(&place("long.parquet")));
    let made = statements(&wanted, "BIGINT", "TEXT");
    let lite = sqlite(&place("users.db"), &made);
    check("SQLite, wide", table(&lite, "wide"));
    check("SQLite, long", query(&lite, "SELECT * FROM long ORDER BY user_id;"));
    if let Some(url) = postgres(&statements(&wanted, "BIGINT", "NUMERIC(38, 0)")) {
        check("PostgreSQL, wide", table(&url, "public.wide"));
        check("PostgreSQL, long", table(&url, "long"));
        let text =
            "SELECT \"USDT\"::text, user_id::text, \"ETH\", \"BTC\" FROM wide ORDER BY 2::int";
        let by_text = query(
            &url,
            "SELECT \"USDT\"::text, user_id::text, \"ETH\", \"BTC\" FROM wide ORDER BY wide.user_id",
        );
        assert!(text.contains("USDT"));
        check("PostgreSQL, other columns", by_text);
    }
    for (name, digest) in &digests {
        assert_eq!(digest, &digests[0].1, "{name}");
    }
    // One base unit makes another table.
    let mut other = wanted;
    other[1_200].1[0].1 -= 1;
    parquet::tests::wide(&place("other.parquet"), &wide_rows(&other));
    assert_ne!(read(file(&place("other.parquet"))).unwrap().1, digests[0].1);
}

#[test]
fn a_table_is_read_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    let text =
        "\u{feff}user_id,BTC,ETH\nada,5,0\r\nbob@example.org,0,79228162514264337593543950335\n";
    std::fs::write(&path, text).unwrap();
    let mut source = Source::open(file(&path), &[]).unwrap();
    assert_eq!(source.assets(), ["BTC", "ETH"]);
    let ada = source.next().unwrap().unwrap();
    assert_eq!((ada.account.as_str(), ada.row), ("ada", 2));
    assert_eq!(ada.entries, [Entry { asset: 0, amount: 5 }]);
    let bob = source.next().unwrap().unwrap();
    assert_eq!(bob.entries, [Entry { asset: 1, amount: (1 << 96) - 1 }]);
    assert_eq!(source.next().unwrap(), None);
}

#[test]
fn what_is_no_table_is_refused_by_its_place() {
    let texts =
        ["", "id,BTC\n", "user_id\n", "user_id,BTC,BTC\n", "user_id,B TC\n", "user_id,user_id\n"];
    for text in texts {
        assert_eq!(refused_csv(text).0, "reserves.input.columns", "{text}");
    }
    let bad = [
        "-1",
        "1.5",
        "1e3",
        "NaN",
        "",
        " ",
        "+1",
        "0x1",
        "1_000",
        "79228162514264337593543950336",
        "340282366920938463463374607431768211456",
        "١",
    ];
    for amount in bad {
        let wide = refused_csv(&format!("user_id,BTC\nada,1\nbob,{amount}\n"));
        let long = refused_csv(&format!("user_id,asset,amount\nada,BTC,1\nbob,BTC,{amount}\n"));
        for ((code, text), column) in [(wide, "BTC"), (long, "amount")] {
            assert_eq!(code, "reserves.input.cell", "{amount}");
            let place = format!("row 3, column {column}");
            assert!(text.contains(&place) && text.contains("150000000"), "{text}");
        }
    }
    for row in ["ada\n", "ada,1,2\n"] {
        assert_eq!(refused_csv(&format!("user_id,BTC\n{row}")).0, "reserves.input.row");
    }
    for user in ["", "a b", "a\u{e9}", &"a".repeat(129)] {
        for text in
            [format!("user_id,BTC\n{user},1\n"), format!("user_id,asset,amount\n{user},BTC,1\n")]
        {
            let (_, text) = refused_csv(&text);
            assert!(text.contains("row 2, column user_id"), "{text}");
        }
    }
}

#[test]
fn a_long_table_is_refused_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    std::fs::write(&path, "user_id,asset,amount\nada,BTC,1\n").unwrap();
    let error = Source::open(file(&path), &[]).err().unwrap().to_string();
    assert!(error.contains("--assets"), "{error}");
    let (code, text) = refused_csv("user_id,asset,amount\nada,BTC,0\nada,ETH,1\nada,BTC,2\n");
    assert_eq!(code, "reserves.input.row");
    assert!(text.contains("row 4") && text.contains("second time for user 'ada'"), "{text}");
    let (code, text) = refused_csv("user_id,asset,amount\nada,BTC,0\nbob,DOGE,1\n");
    assert_eq!(code, "reserves.input.cell");
    assert!(text.contains("row 3, column asset") && text.contains("DOGE"), "{text}");
    assert!(refused_csv("user_id,asset,amount\nada,BTC\n").1.contains("row 2: 2 cells"));
}

#[test]
fn a_line_without_an_end_is_refused_and_not_kept() {
    let (code, text) = refused_csv(&format!("user_id,BTC\nada,{}\n", "1".repeat(1 << 20)));
    assert_eq!(code, "reserves.input.damaged");
    assert!(text.contains("a line has more than"), "{text}");
}

#[test]
fn a_compressed_file_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv.zst");
    let mut packed = zstd::encode_all(wide_csv(&customers(5_000)).as_bytes(), 3).unwrap();
    packed.truncate(packed.len() / 2);
    std::fs::write(&path, packed).unwrap();
    assert_eq!(refused(file(&path)).0, "reserves.input.damaged");
    let path = folder.path().join("users.parquet.zst");
    std::fs::write(&path, zstd::encode_all(&b"PAR1...."[..], 3).unwrap()).unwrap();
    assert!(refused(file(&path)).1.contains("decompress it first"));
}

#[test]
fn rows_of_a_database_are_refused_by_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let made = ["CREATE TABLE t (user_id, \"BTC\")".to_owned(), "CREATE TABLE u (a)".to_owned()];
    let lite = sqlite(&folder.path().join("users.db"), &made);
    let cells = [
        ("1.5", "a floating-point number"),
        ("NULL", "write 0"),
        ("x'00'", "a BLOB"),
        ("-1", "negative"),
        ("'1.5'", "no such number"),
        ("9223372036854775807 + 1", "a floating-point number"),
    ];
    for (cell, problem) in cells {
        let text = format!("SELECT 'ada' AS user_id, 1 AS BTC UNION ALL SELECT 'bob', {cell}");
        let (code, text) = refused(query(&lite, &text));
        assert_eq!(code, "reserves.input.cell", "{text}");
        assert!(text.contains("users.db, query: row 2, column BTC"), "{text}");
        assert!(text.contains(problem), "{cell}: {text}");
    }
    let (_, text) = refused(query(&lite, "SELECT NULL AS user_id, 1 AS BTC"));
    assert!(text.contains("row 1, column user_id: it is NULL"), "{text}");
    let refusals = [
        (table(&lite, "u"), "reserves.input.columns", "user_id"),
        (table(&lite, "absent"), "reserves.input.database", "no such table"),
        (query(&lite, "SELEC 1"), "reserves.input.database", "syntax error"),
        (query(&lite, "DELETE FROM t RETURNING *"), "reserves.input.database", "readonly"),
        (
            query(&lite, "SELECT 1 AS user_id, 2 AS A; SELECT 1 AS user_id, 2 AS B"),
            "reserves.input.database",
            "one query",
        ),
        (file(&lite), "reserves.input.source", "--table"),
        (file(Path::new("sqlite:absent.db")), "reserves.input.source", "--table"),
        (
            table(Path::new("sqlite:absent.db"), "t"),
            "reserves.input.database",
            "absent.db is no file",
        ),
        (table(Path::new("users.csv"), "t"), "reserves.input.source", "are for a database"),
    ];
    for (wanted, code, problem) in refusals {
        let (found, text) = refused(wanted);
        assert_eq!(found, code, "{text}");
        assert!(text.contains(problem), "{text}");
    }
}

#[test]
fn rows_of_a_server_are_refused_by_their_place() {
    let Some(url) = postgres(&["CREATE TABLE t (user_id TEXT, \"BTC\" BIGINT)".to_owned()]) else {
        return;
    };
    let cells = [
        ("1.5", "numeric", "no such number"),
        ("NULL", "bigint", "write 0"),
        ("-1", "bigint", "negative"),
        ("'NaN'", "numeric", "no such number"),
        ("79228162514264337593543950336", "numeric", "not below 2^96"),
    ];
    for (cell, kind, problem) in cells {
        let text = format!(
            "SELECT 'ada' AS user_id, 1::{kind} AS \"BTC\" UNION ALL SELECT 'bob', {cell}::{kind}"
        );
        let (code, text) = refused(query(&url, &text));
        assert_eq!(code, "reserves.input.cell", "{text}");
        assert!(text.contains("query: row 2, column BTC") && text.contains(problem), "{text}");
    }
    let refusals = [
        (
            "SELECT 1 AS user_id, 1::float8 AS \"BTC\"",
            "reserves.input.columns",
            "column BTC is FLOAT8",
        ),
        (
            "SELECT 1.5 AS user_id, 1 AS \"BTC\"",
            "reserves.input.columns",
            "column user_id is NUMERIC",
        ),
        ("SELECT 1 AS user_id, true AS \"BTC\"", "reserves.input.columns", "column BTC is BOOL"),
        ("SELECT 1; DELETE FROM t", "reserves.input.database", "multiple commands"),
        ("DELETE FROM t RETURNING *", "reserves.input.database", "read-only"),
        ("SELECT 1 FROM absent", "reserves.input.database", "absent"),
        // It goes wrong on its way.
        (
            "SELECT i AS user_id, 1 / (100000 - i) AS \"BTC\" FROM generate_series(1, 200000) i",
            "reserves.input.database",
            "division by zero",
        ),
    ];
    for (text, code, problem) in refusals {
        let (found, text) = refused(query(&url, text));
        assert_eq!(found, code, "{text}");
        assert!(text.contains(problem), "{text}");
    }
}

#[test]
fn a_password_is_never_shown() {
    let addresses = [
        "postgres://ada:hunter2@127.0.0.1:1/users",
        "postgres://ada@127.0.0.1:1/users?password=hunter2",
        "postgres://ada:hunter2@[::1/users",
        "postgres://ada:hunter2@127.0.0.1:port/users",
        "postgres://ada@127.0.0.1:1/users?pasword=hunter2",
        "mysql://ada:hunter2@127.0.0.1/users",
    ];
    for address in addresses {
        for wanted in [table(Path::new(address), "t"), file(Path::new(address))] {
            let error = read(wanted).unwrap_err();
            let text = format!("{error:#} {error:?}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
    let (code, text) = refused(table(Path::new(addresses[0]), "t"));
    assert_eq!(code, "reserves.input.database");
    assert!(text.starts_with("postgres://ada@127.0.0.1:1/users, table t:"), "{text}");
}
