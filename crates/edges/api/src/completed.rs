//! The reason in the body of a refusal that came without one: from the transcoder, which knows no reasons.

use axum::body::{Body, HttpBody};
use axum::response::Response;
use context::RequestId;
use http::{HeaderValue, header};
use problem::Reason;
use serde_json::{Value, json};

/// Adds the details that a method's own refusal has. Whatever is not the envelope of a refusal passes as it is: the
/// token endpoint, for one, answers in OAuth's form.
pub(crate) async fn with_reason(
    response: Response,
    reason: Reason,
    domain: &str,
    request_id: &RequestId,
) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let is_short = response.body().size_hint().upper().is_some_and(|bytes| bytes <= LONGEST_BYTES);
    if !kind.starts_with(b"application/json") || !is_short {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(text) = axum::body::to_bytes(body, usize::MAX).await else {
        return Response::from_parts(head, Body::empty());
    };
    let Some(complete) = completed(&text, reason, domain, request_id) else {
        return Response::from_parts(head, Body::from(text));
    };
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(format!("{complete:#}\n")))
}

fn completed(text: &[u8], reason: Reason, domain: &str, request_id: &RequestId) -> Option<Value> {
    let mut envelope: Value = serde_json::from_slice(text).ok()?;
    let error = envelope.get_mut("error")?.as_object_mut()?;
    let details = error.entry("details").or_insert_with(|| json!([])).as_array_mut()?;
    details.insert(
        0,
        json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason.name(), "domain": domain }),
    );
    details.push(
        json!({ "@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": request_id.as_str() }),
    );
    Some(envelope)
}

/// No refusal of ours is longer; a streamed answer has no length at all.
const LONGEST_BYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use context::Seeded;
    use http_body_util::BodyExt;

    async fn after(kind: &'static str, text: &'static str) -> String {
        let request_id = RequestId::draw(&Seeded::new(1));
        let response =
            Response::builder().status(400).header("content-type", kind).body(Body::from(text)).unwrap();
        let response = with_reason(response, Reason::REQUEST_MALFORMED, "googleapis.com", &request_id).await;
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_refusal_of_the_transcoder_has_its_reason_first_and_keeps_the_rest() {
        let kind = "application/json; charset=UTF-8";
        let text =
            r#"{"error":{"code":400,"details":[{"@type":"type.googleapis.com/google.rpc.BadRequest"}]}}"#;
        let envelope: Value = serde_json::from_str(&after(kind, text).await).unwrap();
        let details = envelope["error"]["details"].as_array().unwrap();
        let kinds: Vec<_> = details
            .iter()
            .map(|detail| detail["@type"].as_str().unwrap().rsplit('.').next().unwrap())
            .collect();
        assert_eq!(kinds, ["ErrorInfo", "BadRequest", "RequestInfo"]);
        assert_eq!(envelope["error"]["details"][0]["reason"], "REQUEST_MALFORMED");
        let bare: Value = serde_json::from_str(&after(kind, r#"{"error":{"code":400}}"#).await).unwrap();
        assert_eq!(bare["error"]["details"].as_array().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn what_is_no_envelope_passes_as_it_is() {
        let oauth = r#"{"error":"invalid_grant","error_description":"Bad Request"}"#;
        for (kind, text) in [("application/json", oauth), ("application/json", "["), ("text/html", "<p>")] {
            assert_eq!(after(kind, text).await, text);
        }
    }
}
