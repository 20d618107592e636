//! The same methods over gRPC.

use axum::body::Body;
use http::Request;
use prost::Message;
use serde_json::Value;
use tonic::Code;
use wire::google::iam::admin::v1::{GetServiceAccountRequest, ServiceAccount};
use wire::google::rpc::{ErrorInfo, RequestInfo, Status};

use crate::house::{ADA, Answer, House, house};

pub async fn call(house: &House, token: Option<&str>, path: &str, message: &impl Message) -> Answer {
    let bytes = message.encode_to_vec();
    let mut frame = vec![0];
    frame.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(&bytes);
    let mut request = Request::post(path).header("content-type", "application/grpc").header("te", "trailers");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    house.send(request.body(Body::from(frame)).unwrap()).await
}

fn code(answer: &Answer) -> Code {
    Code::from_bytes(answer.header("grpc-status").as_bytes())
}

fn details(answer: &Answer) -> (ErrorInfo, RequestInfo) {
    let status = tonic::Status::from_header_map(&answer.headers).unwrap();
    let status = Status::decode(status.details()).unwrap();
    let detail = |name: &str| status.details.iter().find(|any| any.type_url.ends_with(name)).unwrap();
    (detail("google.rpc.ErrorInfo").to_msg().unwrap(), detail("google.rpc.RequestInfo").to_msg().unwrap())
}

const GET: &str = "/google.iam.admin.v1.IAM/GetServiceAccount";

#[tokio::test]
async fn account_is_the_same_over_grpc() {
    let house = house().await;
    house.ada().await;
    let name = format!("projects/-/serviceAccounts/{ADA}");
    let answer =
        call(&house, Some(&house.owner), GET, &GetServiceAccountRequest { name: name.clone() }).await;
    assert_eq!(code(&answer), Code::Ok, "{answer:?}");
    let account = ServiceAccount::decode(&answer.body[5..]).unwrap();
    let rest = house.get(&format!("/v1/{name}")).await.json();
    assert_eq!(
        (account.unique_id.as_str(), account.email.as_str()),
        (rest["uniqueId"].as_str().unwrap(), ADA)
    );
    assert_eq!(answer.header("x-doorward-request-id").len(), 32);
    assert_eq!(answer.reason(), "");
}

#[tokio::test]
async fn refusals_travel_in_trailers_with_their_details() {
    let house = house().await;
    let request = GetServiceAccountRequest { name: "projects/demo/serviceAccounts/7".to_owned() };
    let missing = call(&house, None, GET, &request).await;
    assert_eq!((missing.status.as_u16(), code(&missing)), (200, Code::Unauthenticated));
    assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"https://accounts.google.com/\"");
    let (info, request_info) = details(&missing);
    assert_eq!((info.reason.as_str(), missing.reason()), ("CREDENTIALS_MISSING", "CREDENTIALS_MISSING"));
    assert_eq!(request_info.request_id, missing.header("x-doorward-request-id"));
    let over_rest = house.call("", http::Method::GET, "/v1/projects/demo/serviceAccounts", Value::Null).await;
    assert_eq!(over_rest.command(), "doorward token access");

    let ada = house.ada_token().await;
    let refused = call(&house, Some(&ada), GET, &request).await;
    assert_eq!(code(&refused), Code::PermissionDenied);
    let (info, _) = details(&refused);
    assert_eq!((info.domain.as_str(), info.reason.as_str()), ("iam.googleapis.com", "IAM_PERMISSION_DENIED"));
}

#[tokio::test]
async fn unwritten_methods_and_unknown_services_are_named() {
    let house = house().await;
    for (path, name) in [
        ("/google.iam.admin.v1.IAM/SignBlob", "google.iam.admin.v1.IAM.SignBlob"),
        ("/no.such.Service/Method", "no.such.Service.Method"),
    ] {
        let answer = call(&house, Some(&house.owner), path, &GetServiceAccountRequest::default()).await;
        assert_eq!((code(&answer), answer.reason()), (Code::Unimplemented, "METHOD_UNIMPLEMENTED"));
        let status = tonic::Status::from_header_map(&answer.headers).unwrap();
        assert_eq!(status.message(), format!("Method {name} is not implemented here yet."));
    }
}

#[tokio::test]
async fn health_is_answered_without_a_credential() {
    use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
    let house = house().await;
    let path = "/grpc.health.v1.Health/Check";
    let of = |service: &str| HealthCheckRequest { service: service.to_owned() };
    let answer = call(&house, None, path, &of("")).await;
    assert_eq!(HealthCheckResponse::decode(&answer.body[5..]).unwrap().status, 1);
    let _late = house.supervisor.readiness().part("late");
    let answer = call(&house, None, path, &of("google.iam.admin.v1.IAM")).await;
    assert_eq!(HealthCheckResponse::decode(&answer.body[5..]).unwrap().status, 2);
    assert_eq!(code(&call(&house, None, path, &of("nothing")).await), Code::NotFound);
}
