//! The journal as others see it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Service;
use crate::auth::{Caller, Scope};
use crate::problem::Problem;
use crate::view::hex;

/// The head of the journal.
#[derive(Serialize, Deserialize, ToSchema)]
struct JournalHead {
    /// Name of the log.
    origin: String,
    /// Entries.
    size: u64,
    /// Root of the tree, hexadecimal.
    root: String,
    /// Signed checkpoint.
    checkpoint: String,
    /// Key that verifies it.
    verifying_key: String,
}

/// The signed head of the journal. Keep it: a later one must contain it.
#[utoipa::path(get, path = "/v1/journal", tag = "journal", operation_id = "get_journal",
    responses((status = 200, description = "The head.", body = JournalHead),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn head(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<JournalHead>, Problem> {
    caller.may(Scope::Read)?;
    let head = service.desk.ask(|core| {
        let journal = core.data.journal();
        let (size, root) = journal.head();
        JournalHead {
            origin: journal.origin().to_owned(),
            size,
            root: hex(&root),
            checkpoint: journal.checkpoint(),
            verifying_key: journal.verifying_key(),
        }
    });
    Ok(Json(head.await?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(head))
}
