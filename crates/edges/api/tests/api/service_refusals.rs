//! What a service cannot be, and who cannot say so.

use http::Method;
use serde_json::{Value, json};

use crate::house::{ADA, house};
use crate::services::hello;

const SERVICES: &str = "/v2/projects/demo/locations/us-central1/services";

#[tokio::test]
async fn field_that_is_not_served_is_refused_by_name_and_nothing_is_stored() {
    let house = house().await;
    let with = |path: &[&str], value: Value| {
        let mut service = hello();
        let mut place = &mut service;
        for name in path {
            place = match name.parse::<usize>() {
                Ok(at) => {
                    let items = place.as_array_mut().unwrap();
                    items.resize(items.len().max(at + 1), Value::Null);
                    &mut items[at]
                }
                Err(_) => &mut place[*name],
            };
        }
        *place = value;
        service
    };
    let container = |name| ["template", "containers", "0", name];
    for (service, field) in [
        (with(&["multiRegionSettings"], json!({"regions": ["us-east1"]})), "multiRegionSettings"),
        (with(&["iapEnabled"], json!(true)), "iapEnabled"),
        (
            with(&["scaling"], json!({"scalingMode": "MANUAL", "manualInstanceCount": 0})),
            "scaling.manualInstanceCount",
        ),
        (with(&["template", "vpcAccess"], json!({"connector": "c"})), "template.vpcAccess"),
        (with(&["template", "containers", "1"], json!({"image": "b"})), "template.containers[1]"),
        (with(&["template", "volumes"], json!([{"name": "v"}])), "template.volumes"),
        (with(&container("command"), json!(["/bin/x"])), "template.containers.command"),
        (
            with(
                &container("env"),
                json!([{"name": "A", "value": "b"}, {"name": "S", "valueSource": {"secretKeyRef": {"secret": "s"}}}]),
            ),
            "template.containers.env.valueSource",
        ),
    ] {
        let refused = house.create_service("hello", service).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (501, "METHOD_UNIMPLEMENTED"), "{field}");
        assert_eq!(refused.detail("BadRequest")["fieldViolations"][0]["field"], format!("service.{field}"));
    }
    assert_eq!(house.get(SERVICES).await.json(), json!({}));
}

#[tokio::test]
async fn setting_that_does_no_harm_is_kept_and_shown() {
    let house = house().await;
    let kept = json!({
        "ingress": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        "invokerIamDisabled": true,
        "defaultUriDisabled": true,
        "launchStage": "BETA",
        "scaling": {"minInstanceCount": 1, "scalingMode": "AUTOMATIC", "maxInstanceCount": 3},
        "traffic": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
        "template": {
            "revision": "hello-mine",
            "scaling": {"maxInstanceCount": 3},
            "sessionAffinity": true,
            "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
            "healthCheckDisabled": true,
            "maxInstanceRequestConcurrency": 80,
            "containers": [{
                "name": "app",
                "image": "gcr.io/cloudrun/hello",
                "ports": [{"name": "h2c", "containerPort": 8080}],
                "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "cpuIdle": true, "startupCpuBoost": true},
            }],
        },
    });
    let created = house.create_service("hello", kept.clone()).await;
    assert_eq!(created.status, 200, "{}", created.message());
    let shown = house.get(&format!("{SERVICES}/hello")).await.json();
    for (field, expected) in kept.as_object().unwrap() {
        assert_eq!(&shown[field], expected, "{field}");
    }
    let stale = json!({"launchStage": 77, "template": hello()["template"]});
    let refused = house.create_service("other", stale).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (400, "FIELD_INVALID"));
}

#[tokio::test]
async fn what_no_service_can_be_is_refused_with_its_field() {
    let house = house().await;
    let template = |template: Value| json!({ "template": template });
    let traffic = |traffic: Value| json!({ "template": hello()["template"], "traffic": traffic });
    for (id, service, field) in [
        ("hello", json!({}), "service.template.containers"),
        ("Hello", hello(), "service_id"),
        ("", hello(), "service_id"),
        (
            "hello",
            template(json!({"containers": [{"image": "http://127.0.0.1:1/path"}]})),
            "service.template.containers[0].image",
        ),
        (
            "hello",
            template(json!({"timeout": "-1s", "containers": [{"image": "gcr.io/cloudrun/hello"}]})),
            "service.template.timeout",
        ),
        (
            "hello",
            template(json!({"serviceAccount": "ada", "containers": [{"image": "gcr.io/cloudrun/hello"}]})),
            "service.template.serviceAccount",
        ),
        ("hello", traffic(json!([{"percent": 50}])), "service.traffic"),
        ("hello", traffic(json!([{"percent": -1}, {"percent": 101}])), "service.traffic"),
        ("hello", traffic(json!([{"percent": 100, "tag": "A"}])), "service.traffic"),
        ("hello", traffic(json!([{"percent": 100, "revision": "hello-gone"}])), "service.traffic"),
        (
            "hello",
            traffic(json!([{"percent": 100, "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"}])),
            "service.traffic",
        ),
        (
            "hello",
            traffic(json!([
                {"percent": 100, "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "revision": "hello-a"},
            ])),
            "service.traffic",
        ),
        (
            "hello",
            template(json!({"revision": "other-one", "containers": [{"image": "gcr.io/cloudrun/hello"}]})),
            "service.template.revision",
        ),
    ] {
        let refused = house.create_service(id, service).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (400, "FIELD_INVALID"), "{field}");
        assert_eq!(refused.detail("BadRequest")["fieldViolations"][0]["field"], field);
    }
    let image = house.create_service("hello", template(json!({"containers": [{"image": "nginx"}]}))).await;
    assert_eq!((image.status.as_u16(), image.reason()), (501, "IMAGE_UNSUPPORTED"));
    assert!(image.message().contains("http://127.0.0.1:3000"), "{}", image.message());
    assert_eq!(house.get(SERVICES).await.json(), json!({}));
}

#[tokio::test]
async fn unknown_json_is_refused_with_googles_text() {
    let house = house().await;
    let refused = house.create_service("hello", json!({"teleports": true})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.message(),
        "Invalid JSON payload received. Unknown name \"teleports\" at 'service': Cannot find field."
    );
    let bad = house.create_service("hello", json!({"ingress": "SIDEWAYS"})).await;
    assert_eq!(bad.status, 400);
    assert!(bad.message().starts_with("Invalid value at 'service.ingress'"), "{}", bad.message());
}

#[tokio::test]
async fn enums_are_numbers_for_whoever_asks_so() {
    let house = house().await;
    let path = format!("{SERVICES}?serviceId=hello&%24alt=json%3Benum-encoding%3Dint");
    let mut wished = hello();
    wished["ingress"] = json!(1);
    let created = house.post(&path, wished).await.json();
    assert_eq!(created["response"]["ingress"], 1, "{created}");
    let shown = house.get(&format!("{SERVICES}/hello?$alt=json;enum-encoding=int")).await.json();
    assert_eq!((&shown["ingress"], &shown["traffic"][0]["type"]), (&json!(1), &json!(1)));
    assert_eq!(shown["terminalCondition"]["state"], 4);
}

#[tokio::test]
async fn trying_stores_nothing() {
    let house = house().await;
    let tried = house.post(&format!("{SERVICES}?serviceId=hello&validateOnly=true"), hello()).await;
    assert_eq!(tried.json()["response"]["name"], "projects/demo/locations/us-central1/services/hello");
    assert_eq!(house.get(&format!("{SERVICES}/hello")).await.status, 404);
    house.create_service("hello", hello()).await;
    let taken = house.post(&format!("{SERVICES}?serviceId=hello&validateOnly=true"), hello()).await;
    assert_eq!((taken.status.as_u16(), taken.reason()), (409, "RESOURCE_ALREADY_EXISTS"));
}

#[tokio::test]
async fn service_runs_as_an_account_only_for_whoever_may_act_as_it() {
    let house = house().await;
    let ada = house.ada_token().await;
    house.grant("/v3/projects/demo", "roles/run.admin").await;
    let mut wished = hello();
    wished["template"]["serviceAccount"] = json!(ADA);
    let path = format!("{SERVICES}?serviceId=hello");
    let refused = house.call(&ada, Method::POST, &path, wished.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
    assert_eq!(refused.detail("ErrorInfo")["metadata"]["permission"], "iam.serviceAccounts.actAs");
    assert_eq!(house.get(SERVICES).await.json(), json!({}));

    house.grant(&format!("/v1/projects/-/serviceAccounts/{ADA}"), "roles/iam.serviceAccountUser").await;
    assert_eq!(house.call(&ada, Method::POST, &path, wished).await.status, 200);
}

#[tokio::test]
async fn whoever_holds_nothing_is_told_nothing() {
    let house = house().await;
    let ada = house.ada_token().await;
    house.create_service("hello", hello()).await;
    let ask = async |method: Method, path: String| house.call(&ada, method, &path, Value::Null).await;
    for id in ["hello", "nothing"] {
        let refused = ask(Method::GET, format!("{SERVICES}/{id}")).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
        assert_eq!(
            refused.message(),
            format!(
                "Permission 'run.services.get' denied on resource '//run.googleapis.com/projects/demo/locations/us-central1/services/{id}' (or it may not exist)."
            )
        );
        assert_eq!(ask(Method::DELETE, format!("{SERVICES}/{id}")).await.status, 403);
    }
    assert_eq!(ask(Method::GET, SERVICES.to_owned()).await.status, 403);
    assert_eq!(ask(Method::GET, SERVICES.replace("services", "operations")).await.status, 403);
    assert_eq!(ask(Method::GET, SERVICES.replace("services", "operations/x")).await.status, 403);
}

#[tokio::test]
async fn who_may_change_a_service_may_not_open_it_to_everybody() {
    let house = house().await;
    let ada = house.ada_token().await;
    house.grant("/v1/projects/demo", "roles/run.developer").await;
    house.grant("/v1/projects/demo", "roles/iam.serviceAccountUser").await;
    let path = "/v2/projects/demo/locations/us-central1/services";
    let body = |opens: bool| json!({"invokerIamDisabled": opens, "template": hello()["template"]});
    let create = async |id: &str, opens: bool| {
        house.call(&ada, Method::POST, &format!("{path}?serviceId={id}"), body(opens)).await
    };
    assert_eq!(create("closed", false).await.status, 200);
    let refused = create("opened", true).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
    assert!(refused.message().contains("'run.services.setIamPolicy'"), "{}", refused.message());
    for mask in [
        "",
        "?updateMask=invokerIamDisabled",
        "?updateMask=*",
        "?updateMask=description,invoker_iam_disabled",
    ] {
        let refused = house.call(&ada, Method::PATCH, &format!("{path}/closed{mask}"), body(true)).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"), "{mask}");
    }
    let missing = format!("{path}/brought?allowMissing=true");
    assert_eq!(house.call(&ada, Method::PATCH, &missing, body(true)).await.status, 403);
    let elsewhere = format!("{path}/closed?updateMask=description");
    assert_eq!(house.call(&ada, Method::PATCH, &elsewhere, body(true)).await.status, 200);
    assert_eq!(house.get(&format!("{path}/closed")).await.json().get("invokerIamDisabled"), None);

    house.grant("/v1/projects/demo", "roles/run.admin").await;
    assert_eq!(create("opened", true).await.status, 200);
    let opened = format!("{path}/closed?updateMask=invokerIamDisabled");
    assert_eq!(house.call(&ada, Method::PATCH, &opened, body(true)).await.status, 200);
}
