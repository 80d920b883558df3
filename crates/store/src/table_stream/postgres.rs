//! PostgreSQL: asked by the simple protocol, which answers in text, so that a number of any type and
//! size comes with all its digits; rows are sent as they are found, and wait in the socket.

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Connection, Executor, Row, SqlSafeStr, Statement,
    TypeInfo, ValueRef,
};
use tokio::time::timeout;

use super::{
    CONNECT_PATIENCE, Cell, Column, Kind, Message, Output, SILENCE_MAX, Select, Stop, TableError,
};

/// One moment for all rows, nothing written, and scans that begin at the beginning: so the same table
/// comes in the same order.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                     SET LOCAL synchronize_seqscans = off";

fn kind(name: &str) -> Kind {
    match name {
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UUID" | "citext" => Kind::Text,
        "INT2" | "INT4" | "INT8" => Kind::Integer,
        "NUMERIC" => Kind::Decimal,
        other => Kind::Other(other.to_owned()),
    }
}

pub(super) async fn read(
    options: PgConnectOptions,
    select: &Select,
    mut output: Output,
) -> Result<(), Stop> {
    let options = options.application_name("ringfence").disable_statement_logging();
    let unreachable = |problem: String| TableError::Unreachable(problem);
    let refused = |error: sqlx::Error| TableError::Query(error.to_string());
    let stopped = |error: sqlx::Error| TableError::Stopped(error.to_string());
    let silent = |_| {
        let problem = format!("it was silent for {} minutes", SILENCE_MAX.as_secs() / 60);
        TableError::Stopped(problem)
    };
    let connecting = timeout(CONNECT_PATIENCE, PgConnection::connect_with(&options));
    let mut connection = connecting
        .await
        .map_err(|_| unreachable(format!("no answer in {} s", CONNECT_PATIENCE.as_secs())))?
        .map_err(|error| unreachable(error.to_string()))?;
    connection.execute(sqlx::raw_sql(BEGIN)).await.map_err(refused)?;
    // Prepared for its columns' types, and because only one statement can be.
    let text = AssertSqlSafe(select.columns_query()).into_sql_str();
    let statement = (&mut connection).prepare(text).await.map_err(refused)?;
    let column = |column: &sqlx::postgres::PgColumn| Column {
        name: column.name().to_owned(),
        kind: kind(column.type_info().name()),
    };
    let columns: Vec<Column> = statement.columns().iter().map(column).collect();
    drop(statement);
    let (text, count) = (select.rows_query(&columns), columns.len());
    output.send(Message::Columns(columns))?;

    let mut rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch(&mut connection);
    while let Some(row) =
        timeout(SILENCE_MAX, rows.try_next()).await.map_err(silent)?.map_err(stopped)?
    {
        for column in 0..count {
            add(&row, column, &mut output).map_err(stopped)?;
        }
        output.row()?;
    }
    Ok(output.end()?)
}

fn add(row: &PgRow, column: usize, output: &mut Output) -> Result<(), sqlx::Error> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        output.batch.add(Cell::Null);
    } else {
        let text = value.as_bytes().map_err(sqlx::Error::Decode)?;
        output.batch.add(Cell::Text(text));
    }
    Ok(())
}
