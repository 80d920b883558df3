//! Errors over HTTP: RFC 9457 problem details, each with a stable code. This file is the one place
//! where errors get their status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::sql::SqlError;
use utoipa::ToSchema;

use crate::desk::DeskError;

/// What went wrong, and what to do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:ringfence:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// What happened and what to do.
    pub detail: String,
    /// The field that is wrong, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Identity of this occurrence, to quote; it is in the log.
    pub id: String,
    /// What belongs to some codes: what confirms, how much work, how long to wait.
    #[serde(flatten, skip_serializing_if = "serde_json::Map::is_empty")]
    #[schema(ignore)]
    pub extensions: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// A problem.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        let mut bytes = [0; 6];
        // Without randomness the id is not unique, and the problem is told all the same.
        let _ = getrandom::fill(&mut bytes);
        Self {
            kind: format!("urn:ringfence:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            field: None,
            id: crate::view::hex(&bytes),
            extensions: serde_json::Map::new(),
        }
    }

    /// A request that cannot be understood, with the field at fault.
    pub fn field(field: &str, code: &str, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, code, detail);
        problem.field = Some(field.to_owned());
        problem
    }

    /// Something that is not there.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} does not exist"))
    }

    /// A bug or a broken machine; the log says more.
    pub fn internal(detail: impl std::fmt::Display) -> Self {
        let problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server could not do this; the log has the cause under this id",
        );
        tracing::error!(id = problem.id, %detail, "internal error");
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::warn!(id = self.id, code = self.code, detail = self.detail, "refused");
        }
        let is_busy =
            matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        let mut response = (status, Json(self)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if is_busy {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let code = match &error {
            DeskError::Busy => "desk.busy",
            DeskError::Unavailable(_) => "journal.unavailable",
            DeskError::Stopping => "server.stopping",
        };
        let detail = match &error {
            // The cause names files and databases, which are not for strangers.
            DeskError::Unavailable(cause) => {
                tracing::warn!(cause, "not recorded");
                "the decision could not be recorded, so none was made; send the same event again"
                    .to_owned()
            }
            other => other.to_string(),
        };
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }
}

impl From<SqlError> for Problem {
    fn from(error: SqlError) -> Self {
        let status = match &error {
            SqlError::Unavailable(_) | SqlError::Foreign(_) => StatusCode::SERVICE_UNAVAILABLE,
            SqlError::NotFound { .. } => StatusCode::NOT_FOUND,
            SqlError::Conflict(_) => StatusCode::CONFLICT,
        };
        // What a database says of itself is for the log, not for strangers.
        let detail = match &error {
            SqlError::Unavailable(cause) => {
                tracing::error!(%cause, "database");
                "the database does not answer; nothing was changed, try again later".to_owned()
            }
            other => other.to_string(),
        };
        Problem::new(status, error.code(), detail)
    }
}

impl From<chain::AddressError> for Problem {
    fn from(error: chain::AddressError) -> Self {
        Problem::field("address", error.code(), error.to_string())
    }
}

impl From<model::UnknownNetwork> for Problem {
    fn from(error: model::UnknownNetwork) -> Self {
        Problem::field("network", "network.unknown", error.to_string())
    }
}

impl From<store::StoreError> for Problem {
    fn from(error: store::StoreError) -> Self {
        Problem::internal(error)
    }
}

impl From<engine::EngineError> for Problem {
    fn from(error: engine::EngineError) -> Self {
        tracing::error!(%error, "engine");
        let detail = "the state or the record cannot be read or written now; try again later";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.code(), detail)
    }
}
