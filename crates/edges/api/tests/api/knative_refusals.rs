//! What is refused of services in Knative's form, in the caller's own names.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::house::house;
use crate::knative::{HELLO, IOWA, REVISIONS, SERVICES, deployed};

#[tokio::test]
async fn what_is_not_served_is_refused_by_the_callers_own_name_for_it() {
    let house = house().await;
    let run = "run.googleapis.com";
    let template = |spec: &str| format!("spec.template.spec.{spec}");
    let annotation = |key: &str| format!("spec.template.metadata.annotations['{run}/{key}']");
    let cases = [
        (
            "/metadata/annotations",
            "run.googleapis.com/iap-enabled",
            json!("true"),
            format!("metadata.annotations['{run}/iap-enabled']"),
        ),
        (
            "/metadata/annotations",
            "run.googleapis.com/teleport",
            json!("x"),
            format!("metadata.annotations['{run}/teleport']"),
        ),
        ("/metadata", "finalizers", json!(["f"]), "metadata.finalizers".to_owned()),
        (
            "/spec/template/metadata/annotations",
            "run.googleapis.com/cloudsql-instances",
            json!("a:b:c"),
            annotation("cloudsql-instances"),
        ),
        (
            "/spec/template/metadata/annotations",
            "run.googleapis.com/vpc-access-connector",
            json!("c"),
            annotation("vpc-access-connector"),
        ),
        ("/spec/template/spec", "volumes", json!([{"name": "v"}]), template("volumes")),
        (
            "/spec/template/spec",
            "nodeSelector",
            json!({"run.googleapis.com/accelerator": "nvidia-l4"}),
            template("nodeSelector"),
        ),
        ("/spec/template/spec/containers/0", "command", json!(["x"]), template("containers.command")),
        (
            "/spec/template/spec/containers/0",
            "startupProbe",
            json!({"tcpSocket": {"port": 1}}),
            template("containers.startupProbe"),
        ),
        (
            "/spec/template/spec/containers/0",
            "env",
            json!([{"name": "S", "valueFrom": {"secretKeyRef": {"name": "s"}}}]),
            template("containers.env.valueFrom"),
        ),
    ];
    for (place, key, value, field) in cases {
        let mut service = deployed();
        service.pointer_mut(place).unwrap()[key] = value;
        let refused = house.at(IOWA, Method::POST, SERVICES, service).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (501, "METHOD_UNIMPLEMENTED"), "{field}");
        assert_eq!(refused.detail("BadRequest")["fieldViolations"][0]["field"], field);
        assert!(refused.message().contains(&field), "{}", refused.message());
    }
    let mut off = deployed();
    off["metadata"]["annotations"]["run.googleapis.com/iap-enabled"] = json!("False");
    assert_eq!(
        house.at(IOWA, Method::POST, SERVICES, off).await.status,
        200,
        "what is off is as it is anyway"
    );
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_the_callers_own_name_for_it() {
    let house = house().await;
    let annotation = |key: &str| format!("metadata.annotations['run.googleapis.com/{key}']");
    let template = |key: &str| format!("spec.template.metadata.annotations['{key}']");
    for (place, key, value, field) in [
        ("", "kind", json!("Job"), "kind".to_owned()),
        ("", "apiVersion", json!("v1"), "apiVersion".to_owned()),
        ("/metadata", "name", json!("Hello"), "metadata.name".to_owned()),
        ("/metadata", "namespace", json!("another"), "metadata.namespace".to_owned()),
        (
            "/metadata",
            "labels",
            json!({"cloud.googleapis.com/location": "us-east1"}),
            "metadata.labels".to_owned(),
        ),
        ("/metadata", "labels", json!({"Team": "x"}), "metadata.labels".to_owned()),
        ("/metadata/annotations", "run.googleapis.com/ingress", json!("some"), annotation("ingress")),
        (
            "/metadata/annotations",
            "run.googleapis.com/custom-audiences",
            json!("a"),
            annotation("custom-audiences"),
        ),
        ("/metadata/annotations", "run.googleapis.com/minScale", json!("many"), annotation("minScale")),
        (
            "/metadata/annotations",
            "run.googleapis.com/invoker-iam-disabled",
            json!("yes"),
            annotation("invoker-iam-disabled"),
        ),
        (
            "/metadata/annotations",
            "run.googleapis.com/launch-stage",
            json!("LATER"),
            annotation("launch-stage"),
        ),
        (
            "/spec/template/metadata",
            "annotations",
            json!({"autoscaling.knative.dev/maxScale": "-1"}),
            template("autoscaling.knative.dev/maxScale"),
        ),
        ("/spec/template/metadata", "name", json!("other-one"), "spec.template.metadata.name".to_owned()),
        (
            "/spec/template/spec",
            "timeoutSeconds",
            json!(3601),
            "spec.template.spec.timeoutSeconds".to_owned(),
        ),
        ("/spec/template/spec", "timeoutSeconds", json!(-1), "spec.template.spec.timeoutSeconds".to_owned()),
        (
            "/spec/template/spec",
            "containerConcurrency",
            json!(1001),
            "spec.template.spec.containerConcurrency".to_owned(),
        ),
        ("/spec", "traffic", json!([{"percent": 100}]), "spec.traffic".to_owned()),
        ("/spec", "traffic", json!([{"latestRevision": true, "percent": 99}]), "spec.traffic".to_owned()),
        (
            "/spec",
            "traffic",
            json!([{"revisionName": "hello-absent", "percent": 100}]),
            "spec.traffic".to_owned(),
        ),
    ] {
        let mut service = deployed();
        service.pointer_mut(place).unwrap()[key] = value;
        let refused = house.at(IOWA, Method::POST, SERVICES, service).await;
        assert_eq!(
            (refused.status.as_u16(), refused.reason()),
            (400, "FIELD_INVALID"),
            "{field} {}",
            refused.message()
        );
        assert_eq!(
            refused.detail("BadRequest")["fieldViolations"][0]["field"],
            field,
            "{}",
            refused.message()
        );
    }
    let mut image = deployed();
    image["spec"]["template"]["spec"]["containers"][0]["image"] = json!("docker.io/library/hello:1");
    let refused = house.at(IOWA, Method::POST, SERVICES, image).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (501, "IMAGE_UNSUPPORTED"));
    assert!(
        refused.message().contains("\"docker.io/library/hello:1\" = \"http://127.0.0.1:3000\""),
        "{}",
        refused.message()
    );
    let again = house.at(IOWA, Method::POST, SERVICES, deployed()).await;
    assert_eq!(again.status, 200);
    let again = house.at(IOWA, Method::POST, SERVICES, deployed()).await;
    assert_eq!((again.status.as_u16(), again.reason()), (409, "RESOURCE_ALREADY_EXISTS"));
    let mut other = deployed();
    other["metadata"]["name"] = json!("other");
    assert_eq!(house.at(IOWA, Method::PUT, HELLO, other).await.status, 400);
    let absent = HELLO.replace("hello", "absent");
    let mut service = deployed();
    service["metadata"]["name"] = json!("absent");
    assert_eq!(house.at(IOWA, Method::PUT, &absent, service).await.status, 404);
}

#[tokio::test]
async fn who_may_not_see_revisions_is_not_told_which_there_are() {
    let house = house().await;
    assert_eq!(house.at(IOWA, Method::POST, SERVICES, deployed()).await.status, 200);
    let token = house.ada_token().await;
    let own = house.see(IOWA, REVISIONS).await.json()["items"][0]["metadata"]["name"].clone();
    let (there, absent) = (own.as_str().unwrap(), "hello-00099-abc");
    let refused = async |method: Method, path: &str| {
        let request = Request::builder().method(method).uri(path).header("host", IOWA);
        let request = request.header("authorization", format!("Bearer {token}"));
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (403, "IAM_PERMISSION_DENIED"), "{path}");
        let mut told = answer.json();
        let details = told["error"]["details"].as_array_mut().unwrap();
        details.retain(|detail| !detail["@type"].as_str().unwrap().ends_with("RequestInfo"));
        told.to_string()
    };
    for method in [Method::GET, Method::DELETE] {
        let one = refused(method.clone(), &format!("{REVISIONS}/{there}")).await;
        let other = refused(method, &format!("{REVISIONS}/{absent}")).await;
        assert_eq!(one.replace(there, absent), other);
    }
    let of = |service: &str| format!("{REVISIONS}?labelSelector=serving.knative.dev/service%3D{service}");
    assert_eq!(refused(Method::GET, &of("hello")).await, refused(Method::GET, &of("absent")).await);
}

#[tokio::test]
async fn gcloud_is_told_in_a_sentence_what_is_not_served() {
    let house = house().await;
    let request = |agent: &str| {
        Request::get("/apis/run.googleapis.com/v1/namespaces/demo/jobs")
            .header("host", IOWA)
            .header("user-agent", agent)
            .header("authorization", format!("Bearer {}", house.owner))
            .body(Body::empty())
            .unwrap()
    };
    let told = house.send(request("google-cloud-sdk gcloud/528.0.0 command/gcloud.run.jobs.list")).await;
    assert_eq!(told.status, 400, "gcloud prints what comes with 501 as if the network had failed");
    assert_eq!(told.json()["error"]["status"], "UNIMPLEMENTED");
    assert_eq!(told.message(), "Method google.cloud.run.v1.Jobs.ListJobs is not implemented here yet.");
    assert_eq!(house.send(request("curl/8.0")).await.status, 501);
}
