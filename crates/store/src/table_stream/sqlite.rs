//! SQLite: each value has a type of its own, whatever its column is called.

use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Connection, Executor, Row, SqlSafeStr, Statement,
    TypeInfo, ValueRef,
};
use std::path::Path;

use super::{Cell, Column, Kind, Message, Output, Select, Stop, TableError};

/// Rows between SQLite's thread and ours.
const ROWS_MAX: usize = 1_024;

pub(super) async fn read(path: &Path, select: &Select, mut output: Output) -> Result<(), Stop> {
    if !path.is_file() {
        let problem = format!("{} is no file", path.display());
        return Err(TableError::Unreachable(problem).into());
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .row_buffer_size(ROWS_MAX)
        .disable_statement_logging();
    let unreachable = |error: sqlx::Error| TableError::Unreachable(error.to_string());
    let refused = |error: sqlx::Error| TableError::Query(error.to_string());
    let stopped = |error: sqlx::Error| TableError::Stopped(error.to_string());
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(unreachable)?;
    // All reads of a transaction see one moment.
    connection.execute("BEGIN").await.map_err(unreachable)?;
    let text = AssertSqlSafe(select.columns_query()).into_sql_str();
    let statement = (&mut connection).prepare(text).await.map_err(refused)?;
    let names = |columns: &[sqlx::sqlite::SqliteColumn]| -> Vec<String> {
        columns.iter().map(|column| column.name().to_owned()).collect()
    };
    let wanted = names(statement.columns());
    let columns: Vec<Column> =
        wanted.iter().map(|name| Column { name: name.clone(), kind: Kind::Any }).collect();
    drop(statement);
    let text = select.rows_query(&columns);
    output.send(Message::Columns(columns))?;

    let mut rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch(&mut connection);
    let mut known = None;
    while let Some(row) = rows.try_next().await.map_err(stopped)? {
        // Two queries in one text would give two kinds of rows.
        let columns = row.columns().as_ptr();
        if known != Some(columns) {
            if known.is_some() || names(row.columns()) != wanted {
                return Err(TableError::Query("one query is wanted".to_owned()).into());
            }
            known = Some(columns);
        }
        for column in 0..wanted.len() {
            add(&row, column, &mut output).map_err(stopped)?;
        }
        output.row()?;
    }
    Ok(output.end()?)
}

fn add(row: &SqliteRow, column: usize, output: &mut Output) -> Result<(), sqlx::Error> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        output.batch.add(Cell::Null);
        return Ok(());
    }
    let kind = value.type_info().into_owned();
    match kind.name() {
        "INTEGER" => {
            let number: i64 = row.try_get_unchecked(column)?;
            output.batch.add(Cell::Text(number.to_string().as_bytes()));
        }
        "TEXT" => {
            let text: &[u8] = row.try_get_unchecked(column)?;
            output.batch.add(Cell::Text(text));
        }
        "REAL" => output.batch.add(Cell::Other("a floating-point number (REAL)")),
        _ => output.batch.add(Cell::Other("a BLOB")),
    }
    Ok(())
}
