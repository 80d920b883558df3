use super::*;
use sqlx::Connection;

/// Each test runs on a SQLite file, and on PostgreSQL when `RINGFENCE_TEST_POSTGRES` names a database.
fn on_each(test: impl Fn(Database, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options =
            sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        sqlx::SqliteConnection::connect_with(&options).await.unwrap().close().await.unwrap();
    });
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i, 'user' || i AS name, NULL AS none FROM n";
    let sqlite = Database::parse(&format!("sqlite://{}", path.display())).unwrap().unwrap();
    test(sqlite, numbers);
    match std::env::var("RINGFENCE_TEST_POSTGRES") {
        Ok(url) => test(Database::parse(&url).unwrap().unwrap(), numbers),
        Err(_) => println!("skipped on PostgreSQL: RINGFENCE_TEST_POSTGRES is not set"),
    }
}

#[test]
fn all_rows_come_in_their_order() {
    on_each(|database, numbers| {
        let mut stream = TableStream::open(database, Select::Query(numbers.to_owned())).unwrap();
        let names: Vec<&str> = stream.columns().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["i", "name", "none"]);
        let mut rows = 0u32;
        while stream.advance().unwrap() {
            rows += 1;
            assert_eq!(stream.cell(0), Cell::Text(rows.to_string().as_bytes()));
            assert_eq!(stream.cell(1), Cell::Text(format!("user{rows}").as_bytes()));
            assert_eq!(stream.cell(2), Cell::Null);
        }
        assert_eq!(rows, 100_000);
        assert!(!stream.advance().unwrap());
    });
}

#[test]
fn a_reader_that_stops_early_leaves_no_thread_waiting() {
    on_each(|database, numbers| {
        let mut stream = TableStream::open(database, Select::Query(numbers.to_owned())).unwrap();
        assert!(stream.advance().unwrap());
        drop(stream);
    });
}

#[test]
fn a_query_without_rows_has_columns_and_a_thing_without_columns_is_refused() {
    on_each(|database, _| {
        let none = Select::Query("SELECT 1 AS a WHERE 1 = 0 -- nobody".to_owned());
        let mut stream = TableStream::open(database.clone(), none).unwrap();
        assert_eq!(stream.columns()[0].name, "a");
        assert!(!stream.advance().unwrap());
        for text in ["", ";", "CREATE TABLE made (a TEXT)"] {
            let error = TableStream::open(database.clone(), Select::Query(text.to_owned())).err();
            assert!(matches!(error, Some(TableError::Query(_))), "{text}: {error:?}");
        }
    });
}

#[test]
fn a_long_cell_is_not_handed_on() {
    let mut batch = Batch::default();
    batch.add(Cell::Text(&[b'a'; CELL_LEN_MAX + 1]));
    assert!(batch.bytes.is_empty() && matches!(batch.cells[0], Err(Cell::Other(_))));
}

#[test]
fn names_are_quoted() {
    let select = Select::Table { name: "a.b\"; DROP".to_owned(), order_by: &["user_id", "x"] };
    let columns = [Column { name: "user_id".to_owned(), kind: Kind::Text }];
    let text = select.rows_query(&columns);
    assert_eq!(text, "SELECT * FROM \"a\".\"b\"\"; DROP\" ORDER BY \"user_id\"");
}

#[test]
fn a_server_that_goes_away_is_said_to_have_stopped() {
    let Ok(url) = std::env::var("RINGFENCE_TEST_POSTGRES") else {
        println!("skipped: RINGFENCE_TEST_POSTGRES is not set");
        return;
    };
    let database = Database::parse(&url).unwrap().unwrap();
    let text = "SELECT generate_series(1, 50000000) AS i, 'gone mid-way' AS mark".to_owned();
    let mut stream = TableStream::open(database, Select::Query(text)).unwrap();
    assert!(stream.advance().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%gone mid-way%'";
        sqlx::raw_sql(kill).execute(&mut connection).await.unwrap();
    });
    let mut rows = 1u64;
    let error = loop {
        match stream.advance() {
            Ok(true) => rows += 1,
            Ok(false) => panic!("it was read to its end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, TableError::Stopped(_)), "{error}");
    // What was under way is all there was in memory: batches here, and what sockets hold.
    assert!(rows < 5_000_000, "{rows}");
}
