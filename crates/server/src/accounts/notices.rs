//! "Is this really from you?"

use axum::Json;
use axum::extract::State;
use post::signed_notice::{NotOurs, check};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::pages;
use crate::Service;
use crate::api::Body;
use crate::problem::Problem;
use crate::view::show_time;

/// A text that somebody has got.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckIn {
    text: String,
}

/// Whether a text is ours.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Checked {
    /// `ours`, `damaged` or `not_ours`.
    verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<CheckedNotice>,
    sentence: String,
}

/// What we wrote.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct CheckedNotice {
    kind: String,
    at: String,
}

/// Ask whether a mail is ours: paste it, or the code at its end.
#[utoipa::path(post, path = "/v1/notices/check", tag = "customers", operation_id = "check_notice",
    request_body = CheckIn,
    responses((status = 200, description = "Whether it is ours.", body = Checked),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn check_notice(
    State(service): State<Service>,
    Body(body): Body<CheckIn>,
) -> Result<Json<Checked>, Problem> {
    let keys = [service.accounts.notice_key.public()];
    let said = |verdict: &str, notice, sentence: &str| {
        let sentence = sentence.to_owned();
        Ok(Json(Checked { verdict: verdict.to_owned(), notice, sentence }))
    };
    match check(&keys, &body.text) {
        Ok(facts) => said(
            "ours",
            Some(CheckedNotice { kind: pages::notice_name(facts.kind), at: show_time(facts.at.0) }),
            "We wrote a notice with this code. If yours says something else than what is shown here, it is a copy.",
        ),
        Err(NotOurs::Damaged) => said(
            "damaged",
            None,
            "This is not a code of ours as we wrote it. Paste the whole mail; if it stays so, it is not ours.",
        ),
        Err(_) => said(
            "not_ours",
            None,
            "There is no code of ours in it. Do not open its links and do not call its numbers.",
        ),
    }
}
