//! What a call answers when it does not do what was asked: a status and a code of a closed list, with fields.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use census::review::Refusal;
use serde_json::{Map, Value, json};

/// Why a call was not done. Words for people lie with the pages.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nobody is signed in.
    Unauthenticated,
    /// Name, password or code is wrong: which of them is not told.
    WrongCredentials,
    /// Too many wrong ones.
    Locked {
        until: String,
    },
    /// Something has to be done before anything else: `change_password`, `second_factor`, `enrol`.
    First {
        what: &'static str,
    },
    /// Never for this role.
    Forbidden,
    /// Not there, or not there for this person.
    NotFound,
    /// To be asked again with a reason.
    ReasonRequired,
    /// The call was not sent by our own pages.
    ForeignOrigin,
    Invalid {
        field: String,
        why: String,
    },
    /// Somebody was quicker; the fields name both versions.
    Conflict(Value),
    /// A rule of the census says no.
    Refused(Value),
    TooLarge {
        most: u64,
    },
    TooMany,
    /// The database is busy, full or away.
    Unavailable {
        why: String,
    },
    /// A defect of ours; told in the server's log, not to the client.
    Internal {
        why: String,
    },
}

impl Fault {
    pub fn invalid(field: &str, why: impl Into<String>) -> Fault {
        Fault::Invalid { field: field.to_owned(), why: why.into() }
    }

    /// A refusal with a name of our own.
    pub fn refused(name: &str, fields: Value) -> Fault {
        let mut all = Map::new();
        all.insert("refusal".to_owned(), json!(name));
        if let Value::Object(fields) = fields {
            all.extend(fields);
        }
        Fault::Refused(Value::Object(all))
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Fault::Unauthenticated | Fault::WrongCredentials => StatusCode::UNAUTHORIZED,
            Fault::Forbidden | Fault::First { .. } | Fault::ForeignOrigin | Fault::Locked { .. } => {
                StatusCode::FORBIDDEN
            }
            Fault::NotFound => StatusCode::NOT_FOUND,
            Fault::ReasonRequired => StatusCode::PRECONDITION_REQUIRED,
            Fault::Invalid { .. } => StatusCode::BAD_REQUEST,
            Fault::Conflict(_) => StatusCode::CONFLICT,
            Fault::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Fault::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Fault::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub fn code(&self) -> &'static str {
        match self {
            Fault::Unauthenticated => "unauthenticated",
            Fault::WrongCredentials => "wrong_credentials",
            Fault::Locked { .. } => "locked",
            Fault::First { what: "change_password" } => "password_change_required",
            Fault::First { what: "enrol" } => "enrolment_required",
            Fault::First { .. } => "second_factor_required",
            Fault::Forbidden => "forbidden",
            Fault::ForeignOrigin => "foreign_origin",
            Fault::NotFound => "not_found",
            Fault::ReasonRequired => "reason_required",
            Fault::Invalid { .. } => "invalid",
            Fault::Conflict(_) => "conflict",
            Fault::Refused(_) => "refused",
            Fault::TooLarge { .. } => "too_large",
            Fault::TooMany => "too_many",
            Fault::Unavailable { .. } => "unavailable",
            Fault::Internal { .. } => "internal",
        }
    }

    pub fn body(&self) -> Value {
        let mut body = match self {
            Fault::Locked { until } => json!({ "until": until }),
            Fault::Invalid { field, why } => json!({ "field": field, "why": why }),
            Fault::Conflict(fields) => fields.clone(),
            Fault::Refused(fields) => json!({ "refusal": fields }),
            Fault::TooLarge { most } => json!({ "most": most }),
            Fault::Unavailable { why } => json!({ "why": why }),
            _ => json!({}),
        };
        body["code"] = json!(self.code());
        body
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::Refused(serde_json::to_value(&refusal).unwrap_or_default())
    }
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Fault {
        use store::Error as E;
        match error {
            E::Moved { unit, seen, now } => Fault::Conflict(json!({ "unit": unit, "seen": seen, "now": now })),
            E::Unknown { .. } => Fault::NotFound,
            E::Nul { text } => Fault::invalid("text", format!("{text}: NUL")),
            E::Unfit { what, why } => Fault::invalid(&what, why),
            E::Locked { .. }
            | E::Full { .. }
            | E::Disk { .. }
            | E::ReadOnly { .. }
            | E::Denied { .. }
            | E::Unreachable { .. } => Fault::Unavailable { why: error.to_string() },
            other => Fault::Internal { why: other.to_string() },
        }
    }
}

impl From<work::Error> for Fault {
    fn from(error: work::Error) -> Fault {
        use work::Error as E;
        let words = |words: work::Words| json!({ "zh": words.zh, "en": words.en });
        match error {
            E::BadInput(said) | E::Refused(said) => Fault::refused(said.code, words(said)),
            E::Review(refusal) => refusal.into(),
            E::Conflict(conflicts) => Fault::Conflict(json!({ "conflicts": conflicts })),
            E::Store(error) => error.into(),
            E::Stopped => Fault::refused("stopped", json!({})),
            other => Fault::Internal { why: other.to_string() },
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        if let Fault::Internal { why } = &self {
            eprintln!("wupu: a call failed: {why}");
        }
        (self.status(), axum::Json(self.body())).into_response()
    }
}
