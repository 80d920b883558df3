//! Balances from files and databases, by the commands of `docs/reserves-input.md`.

use crate::{ok, refused, ringfence, run};
use sqlx::Connection;
use std::path::Path;

const WIDE: &str = "user_id,BTC,ETH\nada,150000000,0\nbob,0,2000000000000000000\n";

/// Runs statements on a database; gives false where there is none.
fn execute(url: &str, text: &str) {
    let text = text.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if url.starts_with("sqlite") {
            let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
        }
    });
}

/// The texts in fences of a language.
fn fenced<'a>(document: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let parts = document.split(&fence).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or("")).collect()
}

fn write_parquet(path: &Path) {
    use parquet::column::writer::ColumnWriter;
    let schema =
        "message m { required binary user_id (UTF8); required int64 BTC; required int64 ETH; }";
    let schema = parquet::schema::parser::parse_message_type(schema).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let writer =
        parquet::file::writer::SerializedFileWriter::new(file, schema.into(), Default::default());
    let mut writer = writer.unwrap();
    let mut group = writer.next_row_group().unwrap();
    let amounts = [[0; 2], [150_000_000, 0], [0, 2_000_000_000_000_000_000]];
    for amounts in amounts {
        let mut column = group.next_column().unwrap().unwrap();
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                writer.write_batch(&["ada".into(), "bob".into()], None, None).unwrap();
            }
            ColumnWriter::Int64ColumnWriter(writer) => {
                writer.write_batch(&amounts, None, None).unwrap();
            }
            _ => unreachable!("the schema has no other type"),
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn every_command_of_the_document_works() {
    let document = include_str!("../../../../docs/reserves-input.md");
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let tables = fenced(document, "csv");
    for (name, text) in ["users.csv", "balances.csv", "assets.csv"].iter().zip(&tables) {
        std::fs::write(place(name), text).unwrap();
    }
    assert_eq!((tables.len(), tables[0]), (3, WIDE));
    write_parquet(&place("users.parquet"));
    let rows = "INSERT INTO balances VALUES ('bob', 'ETH', '2000000000000000000'), ('ada', 'BTC', '150000000')";
    execute(
        &format!("sqlite://{}?mode=rwc", place("users.db").display()),
        &format!("CREATE TABLE balances (user_id TEXT, asset TEXT, amount TEXT); {rows}"),
    );
    let server = std::env::var("RINGFENCE_TEST_POSTGRES").ok();
    if let Some(url) = &server {
        execute(
            url,
            "CREATE TABLE ledger (account TEXT PRIMARY KEY, btc NUMERIC, eth NUMERIC); \
             INSERT INTO ledger VALUES ('bob', 0, 2000000000000000000), ('ada', 150000000, 0)",
        );
    }
    let mut jobs = 0;
    for command in fenced(document, "sh") {
        let mut command = command.trim_end().to_owned();
        if command.contains("postgres://") {
            let Some(url) = &server else {
                println!("skipped: RINGFENCE_TEST_POSTGRES is not set: {command}");
                continue;
            };
            command = command.replace("postgres://auditor@db.example.org/exchange", url);
        }
        let program = env!("CARGO_BIN_EXE_ringfence");
        let command = command.replacen("ringfence", &format!("'{program}'"), 1);
        let output = std::process::Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("2 users"), "{command}: {text}{error}");
        jobs += 1;
    }
    assert!(jobs >= 4, "{jobs}");
    let input = |job: &str| {
        let plan = std::fs::read(place(job).join("plan.json")).unwrap();
        let plan: serde_json::Value = serde_json::from_slice(&plan).unwrap();
        plan["input"].as_str().unwrap().to_owned()
    };
    // The same rows in the same order, whatever they came from.
    assert_eq!(input("parquet.job"), input("sqlite.job"));
    if server.is_some() {
        assert_eq!(input("postgres.job"), input("sqlite.job"));
    }
}

#[test]
fn a_job_goes_on_with_its_own_balances_only() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("users.db").display());
    execute(
        &url,
        "CREATE TABLE t (user_id TEXT, BTC INTEGER); INSERT INTO t VALUES ('ada', 1), ('bob', 2)",
    );
    let input = ["--input", "sqlite:users.db", "--table", "t", "--job", "j"];
    ok(folder.path(), &[&["reserves", "snapshot", "--json"][..], &input].concat());
    // Recognised; what is then refused is another thing.
    let prove = [&["reserves", "prove", "--json", "--shards", "7-9"][..], &input].concat();
    assert!(refused(folder.path(), &prove).1.contains("no range of shards"));
    execute(&url, "UPDATE t SET BTC = 3 WHERE user_id = 'bob'");
    let (_, text) = refused(folder.path(), &prove);
    assert!(text.contains("of another table"), "{text}");
}

#[test]
fn what_is_refused_leaves_no_job() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("assets.csv", "symbol,id,decimals,price\nBTC,x:y/z:1,8,1\n");
    write("apart.csv", "user_id,asset,amount\nada,BTC,1\nbob,BTC,1\nada,BTC,2\n");
    write("twice.csv", "user_id,BTC\nada,1\nada,2\n");
    write("none.csv", "user_id,BTC\n");
    let snapshot = |input: &[&str]| {
        let begin = ["reserves", "snapshot", "--json", "--job", "j", "--assets", "assets.csv"];
        let (code, text) = refused(folder.path(), &[&begin[..], input].concat());
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .filter(|item| item.path().is_dir())
            .collect();
        assert!(left.is_empty(), "{left:?}");
        (code, text)
    };
    let (code, text) = snapshot(&["--input", "apart.csv"]);
    assert_eq!(code, "reserves.input.twice");
    assert!(text.contains("rows 2 and 4 are both of user 'ada'"), "{text}");
    assert!(text.contains("ORDER BY user_id"), "{text}");
    let (code, text) = snapshot(&["--input", "twice.csv"]);
    assert_eq!(code, "reserves.input.twice");
    assert!(text.contains("each user stands in one row"), "{text}");
    assert_eq!(snapshot(&["--input", "none.csv"]).0, "reserves.input.row");
    let Ok(url) = std::env::var("RINGFENCE_TEST_POSTGRES") else {
        println!("skipped on PostgreSQL: RINGFENCE_TEST_POSTGRES is not set");
        return;
    };
    let query =
        "SELECT i AS user_id, 1 / (100000 - i) AS \"BTC\" FROM generate_series(1, 200000) i";
    let (code, text) = snapshot(&["--input", &url, "--query", query]);
    assert_eq!(code, "reserves.input.database");
    assert!(text.contains("after row") && text.contains("division by zero"), "{text}");
}

#[test]
fn a_password_is_in_no_output_and_no_job() {
    let folder = tempfile::tempdir().unwrap();
    let address = "postgres://ada:hunter2@127.0.0.1:1/users?password=hunter2";
    let arguments = ["reserves", "snapshot", "--input", address, "--table", "t", "--job", "j"];
    for extra in [&[][..], &["--json"]] {
        let output = run(folder.path(), &[&arguments[..], extra].concat());
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(!output.status.success() && !text.contains("hunter2"), "{text}");
        assert!(text.contains("postgres://ada@127.0.0.1:1/users"), "{text}");
    }
    let Ok(url) = std::env::var("RINGFENCE_TEST_POSTGRES") else {
        println!("skipped on PostgreSQL: RINGFENCE_TEST_POSTGRES is not set");
        return;
    };
    // The server of the tests trusts everybody: any password will do.
    let url = url.replacen('@', ":hunter2@", 1);
    let query = "SELECT 'ada' AS user_id, 1 AS \"BTC\"";
    let mut command = ringfence(folder.path());
    command.env("RUST_LOG", "trace");
    let output = command
        .args(["reserves", "snapshot", "--input", &url, "--query", query, "--job", "j"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut texts = vec![output.stdout, output.stderr];
    let mut folders = vec![folder.path().join("j")];
    while let Some(next) = folders.pop() {
        for item in std::fs::read_dir(next).unwrap().flatten() {
            match item.path().is_dir() {
                true => folders.push(item.path()),
                false => texts.push(std::fs::read(item.path()).unwrap()),
            }
        }
    }
    assert!(texts.len() > 5);
    assert!(texts.iter().all(|text| !String::from_utf8_lossy(text).contains("hunter2")));
}
