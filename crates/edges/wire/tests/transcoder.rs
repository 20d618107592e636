//! Requests as clients send them, through the transcoder, to small services written here.

mod services;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use services::Asker;

const LOCATION: &str = "projects/demo/locations/europe-west1";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }
}

async fn ask(verb: Method, path: &str, body: impl Into<Body>) -> Answer {
    send(Request::builder().method(verb).uri(path).body(body.into()).expect("a valid request")).await
}

async fn send(request: Request<Body>) -> Answer {
    let response = services::transcoder().handle(request).await;
    let (head, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.expect("a body without errors").to_bytes().to_vec())
        .expect("text");
    assert_eq!(head.headers["content-type"], "application/json; charset=UTF-8");
    Answer { status: head.status, headers: head.headers, text }
}

#[tokio::test]
async fn job_is_created_from_its_field_and_the_path() {
    let body = json!({"name": format!("{LOCATION}/jobs/nightly"), "schedule": "0 9 * * *", "httpTarget": {"uri": "https://hello.example"}});
    let answer = ask(Method::POST, &format!("/v1/{LOCATION}/jobs?alt=json"), body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let expected = json!({
        "name": format!("{LOCATION}/jobs/nightly"), "schedule": "0 9 * * *", "state": "ENABLED",
        "httpTarget": {"uri": "https://hello.example"}, "description": format!("in {LOCATION}"),
    });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn enums_are_numbers_for_those_who_ask() {
    for query in ["$alt=json%3Benum-encoding=int", "%24alt=json%3Benum-encoding%3Dint"] {
        let answer = ask(Method::POST, &format!("/v1/{LOCATION}/jobs?{query}"), "{\"state\": 2}").await;
        assert_eq!(answer.json()["state"], json!(1));
    }
}

#[tokio::test]
async fn query_sets_fields_and_system_parameters_are_ignored() {
    let query = "pageSize=5&page_token=t&alt=json&$.xgafv=2&key=k&quotaUser=u&prettyPrint=false&fields=a&uploadType=x";
    let answer = ask(Method::GET, &format!("/v1/{LOCATION}/jobs?{query}"), Body::empty()).await;
    assert_eq!(
        answer.text,
        format!("{{\"jobs\":[{{\"name\":\"{LOCATION}/jobs/5\"}}],\"nextPageToken\":\"t\"}}")
    );
}

#[tokio::test]
async fn mask_in_the_query_takes_either_spelling_and_trailing_commas() {
    let path = format!("/v1/{LOCATION}/jobs/nightly?updateMask=retryConfig.retryCount,time_zone%2C");
    let answer = ask(Method::PATCH, &path, "{\"name\": \"overruled\", \"schedule\": \"* * * * *\"}").await;
    // The service answers the mask in the description.
    assert_eq!(answer.json()["description"], "retry_config.retry_count|time_zone");
    assert_eq!(answer.json()["name"], format!("{LOCATION}/jobs/nightly"));
}

#[tokio::test]
async fn empty_answer_is_an_empty_object() {
    let answer = ask(Method::DELETE, &format!("/v1/{LOCATION}/jobs/nightly"), Body::empty()).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({})));
}

#[tokio::test]
async fn failure_is_an_envelope_with_its_details_and_headers() {
    let answer = ask(Method::GET, &format!("/v1/{LOCATION}/jobs/missing"), Body::empty()).await;
    assert_eq!(answer.status, 404);
    insta::assert_snapshot!(answer.text, @r#"
    {
      "error": {
        "code": 404,
        "details": [
          {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "domain": "cloudscheduler.googleapis.com",
            "reason": "JOB_NOT_FOUND"
          }
        ],
        "message": "Job not found: “missing”, 100%",
        "status": "NOT_FOUND"
      }
    }
    "#);
    assert_eq!(answer.headers["x-request-id"], "r-1");
    assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 2);
    assert!(
        answer
            .headers
            .keys()
            .all(|name| !name.as_str().starts_with("grpc-") && !name.as_str().ends_with("-bin"))
    );
}

#[tokio::test]
async fn metadata_of_a_good_answer_becomes_headers() {
    let answer = ask(Method::GET, &format!("/v1/{LOCATION}/jobs"), Body::empty()).await;
    assert_eq!(answer.headers["x-request-id"], "r-1");
}

#[tokio::test]
async fn headers_and_extensions_reach_the_method() {
    let request = Request::get(format!("/v1/{LOCATION}/jobs/who"))
        .header("authorization", "Bearer ada")
        .header("x-goog-request-params", "name=x")
        .header("host", "cloudscheduler.googleapis.com")
        .header("connection", "close")
        .header("accept-encoding", "gzip")
        .header("grpc-timeout", "1n")
        .header("content-length", "0")
        .header("content-type", "application/json")
        .extension(Asker("ada"))
        .body(Body::empty())
        .unwrap();
    let answer = send(request).await;
    assert_eq!(answer.json()["description"], "ada: authorization content-type te x-goog-request-params");
}

#[tokio::test]
async fn violations_name_their_fields() {
    let answer =
        ask(Method::POST, &format!("/v1/{LOCATION}/jobs?nothing=1"), "{\"httpTarget\": {\"x\": 1}}").await;
    assert_eq!(answer.status, 400);
    insta::assert_snapshot!(answer.text, @r#"
    {
      "error": {
        "code": 400,
        "details": [
          {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [
              {
                "description": "Invalid JSON payload received. Unknown name \"x\" at 'job.http_target': Cannot find field.",
                "field": "job.http_target"
              },
              {
                "description": "Invalid JSON payload received. Unknown name \"nothing\": Cannot bind query parameter. Field 'nothing' could not be found in request message."
              }
            ]
          }
        ],
        "message": "Invalid JSON payload received. Unknown name \"x\" at 'job.http_target': Cannot find field.\nInvalid JSON payload received. Unknown name \"nothing\": Cannot bind query parameter. Field 'nothing' could not be found in request message.",
        "status": "INVALID_ARGUMENT"
      }
    }
    "#);
    let answer = ask(Method::POST, &format!("/v1/{LOCATION}/jobs"), "{").await;
    assert_eq!(
        answer.message(),
        "Invalid JSON payload received. EOF while parsing an object at line 1 column 1"
    );
    let answer = ask(Method::GET, &format!("/v1/{LOCATION}/jobs?pageSize=many"), Body::empty()).await;
    assert_eq!(answer.message(), "Invalid value at 'page_size' (TYPE_INT32), \"many\"");
}

#[tokio::test]
async fn policies_are_asked_for_in_every_way_that_clients_know() {
    let account = "projects/-/serviceAccounts/ada@demo.iam.gserviceaccount.com";
    let version = "options.requestedPolicyVersion=3";
    let body = json!({"options": {"requestedPolicyVersion": 3}}).to_string();
    let asked = [
        (format!("/v1/{account}:getIamPolicy?alt=json&{version}"), String::new()),
        (format!("/v1/{}:getIamPolicy", account.replace('@', "%40")), body.clone()),
        (format!("/v1/{account}:getIamPolicy?{version}"), "{}".to_owned()),
    ];
    for (path, body) in asked {
        let answer = ask(Method::POST, &path, body).await;
        assert_eq!(
            answer.json(),
            json!({"version": 3, "bindings": [{"role": format!("accounts {account}")}]}),
            "{path}"
        );
    }
    let by_path = [
        (Method::POST, "/v1/projects/demo:getIamPolicy", body.as_str(), "projects v1 projects/demo"),
        (Method::POST, "/v3/projects/demo:getIamPolicy", body.as_str(), "projects v3 projects/demo"),
        (Method::POST, "/v1/folders/7/things/x:getIamPolicy", body.as_str(), "mixin folders/7/things/x"),
    ];
    for (verb, path, body, role) in by_path {
        let answer = ask(verb, path, body.to_owned()).await;
        assert_eq!(answer.json(), json!({"version": 3, "bindings": [{"role": role}]}), "{path}");
    }
}

#[tokio::test]
async fn operation_carries_its_packed_result() {
    let answer = ask(Method::GET, &format!("/v2/{LOCATION}/operations/o"), Body::empty()).await;
    let expected = json!({
        "name": format!("{LOCATION}/operations/o"),
        "done": true,
        "metadata": {"@type": "type.googleapis.com/google.protobuf.Empty"},
        "response": {
            "@type": "type.googleapis.com/google.cloud.run.v2.Service",
            "generation": "9007199254740993",
            "createTime": "2027-01-15T08:00:00.250Z",
        },
    });
    assert_eq!(answer.json(), expected);
    let failed = ask(Method::GET, "/v3/operations/failed", Body::empty()).await;
    assert_eq!(failed.json()["error"], json!({"code": 9, "message": "not ready"}));
}

#[tokio::test]
async fn unknown_paths_and_verbs_are_not_found() {
    for (verb, path) in
        [(Method::GET, "/v1/nothing/here"), (Method::PUT, "/v3/projects/demo"), (Method::GET, "/")]
    {
        let answer = ask(verb, path, Body::empty()).await;
        assert_eq!(
            answer.json(),
            json!({"error": {"code": 404, "message": "Method not found.", "status": "NOT_FOUND"}})
        );
    }
}

#[tokio::test]
async fn unserved_methods_are_named() {
    let unwritten = ask(Method::POST, &format!("/v1/{LOCATION}/jobs/x:pause"), Body::empty()).await;
    assert_eq!(unwritten.status, 501);
    assert_eq!(
        unwritten.message(),
        "Method google.cloud.scheduler.v1.CloudScheduler.PauseJob is not implemented here yet."
    );
    let unregistered = ask(Method::GET, &format!("/v2/{LOCATION}/services"), Body::empty()).await;
    assert_eq!(unregistered.json()["error"]["status"], "UNIMPLEMENTED");
    assert_eq!(
        unregistered.message(),
        "Method google.cloud.run.v2.Services.ListServices is not implemented here yet."
    );
    // The same, when the router has no fallback of tonic's.
    let bare = wire::Transcoder::new(axum::Router::new());
    let request = Request::get(format!("/v2/{LOCATION}/services")).body(Body::empty()).unwrap();
    assert_eq!(bare.handle(request).await.status(), 501);
}

#[tokio::test(start_paused = true)]
async fn body_that_never_comes_is_waited_for_half_a_minute() {
    let began = tokio::time::Instant::now();
    let silence = tokio_stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
    let answer = ask(Method::POST, &format!("/v1/{LOCATION}/jobs"), Body::from_stream(silence)).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["status"]), (499, &json!("CANCELLED")));
    assert_eq!(answer.message(), "The request's body did not come within 30 seconds.");
    assert_eq!(began.elapsed().as_secs(), wire::BODY_PATIENCE.as_secs());
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let transcoder = services::transcoder().body_limit(20);
    let body = |length: usize| format!("{{\"schedule\":\"{}\"}}", "x".repeat(length - 15));
    for (length, status) in [(20, 200), (21, 400)] {
        let request = Request::post(format!("/v1/{LOCATION}/jobs")).body(Body::from(body(length))).unwrap();
        let response = transcoder.handle(request).await;
        assert_eq!(response.status(), status, "{length}");
        if status == 400 {
            let text = response.into_body().collect().await.unwrap().to_bytes();
            assert!(
                String::from_utf8_lossy(&text).contains("Request payload size exceeds the limit: 20 bytes.")
            );
        }
    }
}

#[tokio::test]
async fn stream_is_an_array_that_grows_message_by_message() {
    let request =
        Request::post("/v2/entries:tail").body(Body::from("{\"resourceNames\": [\"two\"]}")).unwrap();
    let mut body = services::transcoder().handle(request).await.into_body();
    let mut parts = Vec::new();
    while let Some(frame) = body.frame().await {
        parts.push(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap());
    }
    assert_eq!(parts.len(), 3, "{parts:?}");
    let whole: Value = serde_json::from_str(&parts.concat()).unwrap();
    assert_eq!(whole, json!([{"entries": [{"textPayload": "1"}]}, {"entries": [{"textPayload": "2"}]}]));
}

#[tokio::test]
async fn stream_may_be_empty_or_end_badly() {
    let tail = |name: &str| json!({"resourceNames": [name]}).to_string();
    let empty = ask(Method::POST, "/v2/entries:tail", tail("none")).await;
    assert_eq!(empty.json(), json!([]));
    let broken = ask(Method::POST, "/v2/entries:tail", tail("broken")).await;
    assert_eq!(broken.status, 200);
    assert_eq!(broken.json()[0], json!({"entries": [{"textPayload": "1"}]}));
    assert_eq!(broken.json()[1]["error"]["status"], "UNAVAILABLE");
    let refused = ask(Method::POST, "/v2/entries:tail", tail("refused")).await;
    assert_eq!((refused.status, refused.message()), (StatusCode::FORBIDDEN, "no".to_owned()));
}

#[tokio::test]
async fn compressed_body_is_refused_by_name() {
    let request = Request::post(format!("/v1/{LOCATION}/jobs"))
        .header("content-encoding", "gzip")
        .body(Body::from(vec![0x1f, 0x8b]))
        .unwrap();
    let answer = send(request).await;
    assert_eq!(
        (answer.status, answer.message()),
        (StatusCode::BAD_REQUEST, "Content-Encoding \"gzip\" is not understood here.".to_owned())
    );
}
