//! What exists in the protocol and not here answers `UNIMPLEMENTED` and says which; what exists nowhere does not.

use http::Method;
use serde_json::{Value, json};

use crate::house::house;
use crate::transports::call;

const LOCATION: &str = "projects/demo/locations/us-central1";

#[tokio::test]
async fn methods_that_are_not_here_are_named() {
    let house = house().await;
    for (verb, path, method) in [
        (
            Method::GET,
            format!("/v1/{LOCATION}/cmekConfig"),
            "google.cloud.scheduler.v1.CloudScheduler.GetCmekConfig",
        ),
        (
            Method::PATCH,
            format!("/v1/{LOCATION}/cmekConfig"),
            "google.cloud.scheduler.v1.CloudScheduler.UpdateCmekConfig",
        ),
        (Method::GET, format!("/v2/{LOCATION}/queues"), "google.cloud.tasks.v2.CloudTasks.ListQueues"),
        (Method::POST, format!("/v2/{LOCATION}/jobs/report:run"), "google.cloud.run.v2.Jobs.RunJob"),
        (Method::PUT, "/v1/projects/demo/topics/orders".to_owned(), "google.pubsub.v1.Publisher.CreateTopic"),
        (
            Method::GET,
            "/v1/projects/demo/topics/orders:getIamPolicy".to_owned(),
            "google.iam.v1.IAMPolicy.GetIamPolicy",
        ),
        // What gcloud asks on its way to what is served, or articles before it.
        (
            Method::GET,
            format!("/v1/{LOCATION}/defaultServiceAccount"),
            "google.devtools.cloudbuild.v1.CloudBuild.GetDefaultServiceAccount",
        ),
        (
            Method::POST,
            "/v1/projects/demo/locations/global/workloadIdentityPools?workloadIdentityPoolId=p".to_owned(),
            "google.iam.v1.WorkloadIdentityPools.CreateWorkloadIdentityPool",
        ),
        (
            Method::POST,
            "/v1/projects/demo/locations/global/workloadIdentityPools/p/providers".to_owned(),
            "google.iam.v1.WorkloadIdentityPools.CreateWorkloadIdentityPoolProvider",
        ),
    ] {
        let answer = house.call(&house.owner, verb, &path, Value::Null).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (501, "METHOD_UNIMPLEMENTED"), "{path}");
        let named = format!("Method {method} is not implemented here yet.");
        assert!(answer.message().starts_with(&named), "{}", answer.message());
        assert_eq!(answer.detail("ErrorInfo")["reason"], "METHOD_UNIMPLEMENTED");
        assert_eq!(answer.detail("RequestInfo")["requestId"], answer.header("x-doorward-request-id"));
    }
    for path in ["/v1/nothing", "/v9/projects/demo/topics/orders", "/"] {
        let answer = house.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (404, "METHOD_NOT_FOUND"), "{path}");
        assert_eq!(answer.detail("ErrorInfo")["reason"], "METHOD_NOT_FOUND");
    }
}

#[tokio::test]
async fn what_would_build_source_code_says_what_to_do_instead() {
    let house = house().await;
    for (path, method, word, command) in [
        (
            format!("/v1/{LOCATION}/repositories/cloud-run-source-deploy"),
            "google.devtools.artifactregistry.v1.ArtifactRegistry/GetRepository",
            "--image=http://127.0.0.1:3000",
            "gcloud run deploy SERVICE --image=http://127.0.0.1:3000",
        ),
        (
            format!("/v1/{LOCATION}/defaultServiceAccount"),
            "google.devtools.cloudbuild.v1.CloudBuild/GetDefaultServiceAccount",
            "--build-service-account=projects/PROJECT/",
            "--set-build-env-vars=DOORWARD_IMAGE=http://127.0.0.1:8081",
        ),
    ] {
        let answer = house.get(&path).await;
        assert!(answer.message().contains(word), "{}", answer.message());
        assert!(answer.command().starts_with("doorward exec -- gcloud "), "{}", answer.command());
        assert!(answer.command().contains(command), "{}", answer.command());
        let grpc = call(&house, Some(&house.owner), &format!("/{method}"), &()).await;
        let status = tonic::Status::from_header_map(&grpc.headers).unwrap();
        assert!(status.message().contains(word), "{}", status.message());
    }
    let other = house.get(&format!("/v2/{LOCATION}/queues")).await;
    assert_eq!(other.command(), "What this means and what to do");
}

#[tokio::test]
async fn policies_of_resources_that_are_not_here_name_the_product() {
    let house = house().await;
    for (path, product) in [
        ("/v1/projects/demo/topics/orders".to_owned(), "Pub/Sub"),
        ("/v1/folders/7".to_owned(), "Resource Manager"),
        (format!("/v1/{LOCATION}/queues/orders"), "Cloud Tasks"),
    ] {
        for verb in ["setIamPolicy", "testIamPermissions"] {
            let body = json!({"policy": {}}).as_object().filter(|_| verb == "setIamPolicy").cloned();
            let answer = house.post(&format!("{path}:{verb}"), json!(body.unwrap_or_default())).await;
            assert_eq!((answer.status.as_u16(), answer.reason()), (501, "METHOD_UNIMPLEMENTED"), "{path}");
            assert!(answer.message().contains(product), "{}", answer.message());
        }
    }
    for path in ["/v1/projects/demo/nothing/7", "/v1/folders/7/things/x", "/v1/gibberish"] {
        let answer = house.post(&format!("{path}:testIamPermissions"), json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (400, "FIELD_INVALID"), "{path}");
    }
}

#[tokio::test]
async fn commas_alone_are_no_mask() {
    let house = house().await;
    let path = format!("/v1/{LOCATION}/jobs/report?updateMask=");
    let refused = house.call(&house.owner, Method::PATCH, &format!("{path},"), json!({})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.message(),
        "Invalid value at 'update_mask' (type.googleapis.com/google.protobuf.FieldMask), \",\""
    );
    let none = house.call(&house.owner, Method::PATCH, &path, json!({})).await;
    assert_eq!(none.status, 404, "without a mask the job is looked for: {none:?}");
}
