//! Failures: `tonic::Status` with details, and what each code is called in HTTP.

use crate::google;
use http::StatusCode;
use prost::Message;
use prost_types::Any;
use tonic::Code;

/// A gRPC status whose details travel in `grpc-status-details-bin`, and in `error.details` of the JSON form.
///
/// `code` is a canonical code (`google.rpc.Code`, 1 to 16); any other number becomes `UNKNOWN`.
#[must_use]
pub fn status(code: i32, message: impl Into<String>, details: Vec<Any>) -> tonic::Status {
    let (code, message) = (Code::from_i32(code), message.into());
    if details.is_empty() {
        return tonic::Status::new(code, message);
    }
    let full = google::rpc::Status { code: code as i32, message: message.clone(), details };
    tonic::Status::with_details(code, message, full.encode_to_vec().into())
}

/// The details of a status made by [`status`], by Google's own servers or by any gRPC library.
///
/// Details that cannot be decoded count as none: the code and the message are worth more than they are.
#[must_use]
pub fn details(status: &tonic::Status) -> Vec<Any> {
    google::rpc::Status::decode(status.details()).map(|full| full.details).unwrap_or_default()
}

/// The HTTP status that Google's APIs answer for a canonical code.
#[must_use]
pub fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        failure => StatusCode::from_u16(canonical(failure).http_status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The JSON envelope of a failure (`{"error": {"code", "message", "status", "details"}}`), `code` being the HTTP status.
///
/// For edges that answer REST without the transcoder.
#[must_use]
pub fn envelope(status: &tonic::Status) -> serde_json::Value {
    let details = details(status).iter().map(crate::json::any).collect();
    let http_status = http_status(status.code()).as_u16();
    problem::envelope(http_status, canonical(status.code()), status.message(), details)
}

fn canonical(code: Code) -> problem::Code {
    problem::Code::from_number(code as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{any, google::rpc::ErrorInfo};

    #[test]
    fn details_survive_the_status() {
        let info = ErrorInfo { reason: "IAM_PERMISSION_DENIED".to_owned(), ..ErrorInfo::default() };
        let refusal = status(7, "no", vec![any::pack(&info)]);
        assert_eq!(details(&refusal)[0].to_msg::<ErrorInfo>().unwrap(), info);
        assert!(details(&status(5, "gone", vec![])).is_empty());
        assert_eq!(status(99, "?", vec![]).code(), Code::Unknown);
    }

    #[test]
    fn every_code_has_the_name_and_http_status_of_the_table() {
        assert_eq!(http_status(Code::Ok).as_u16(), 200);
        let table = [
            (1, 499, "CANCELLED"),
            (2, 500, "UNKNOWN"),
            (3, 400, "INVALID_ARGUMENT"),
            (4, 504, "DEADLINE_EXCEEDED"),
            (5, 404, "NOT_FOUND"),
            (6, 409, "ALREADY_EXISTS"),
            (7, 403, "PERMISSION_DENIED"),
            (8, 429, "RESOURCE_EXHAUSTED"),
            (9, 400, "FAILED_PRECONDITION"),
            (10, 409, "ABORTED"),
            (11, 400, "OUT_OF_RANGE"),
            (12, 501, "UNIMPLEMENTED"),
            (13, 500, "INTERNAL"),
            (14, 503, "UNAVAILABLE"),
            (15, 500, "DATA_LOSS"),
            (16, 401, "UNAUTHENTICATED"),
        ];
        for (code, http, text) in table {
            assert_eq!(http_status(Code::from_i32(code)).as_u16(), http);
            assert_eq!(canonical(Code::from_i32(code)).name(), text);
            assert_eq!(google::rpc::Code::try_from(code).unwrap().as_str_name(), text);
        }
    }

    #[test]
    fn envelope_tells_code_message_status_and_details() {
        let info = ErrorInfo {
            reason: "R".to_owned(),
            domain: "iam.googleapis.com".to_owned(),
            ..ErrorInfo::default()
        };
        insta::assert_json_snapshot!(envelope(&status(7, "no", vec![any::pack(&info)])), @r#"
        {
          "error": {
            "code": 403,
            "details": [
              {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "domain": "iam.googleapis.com",
                "reason": "R"
              }
            ],
            "message": "no",
            "status": "PERMISSION_DENIED"
          }
        }
        "#);
    }
}
