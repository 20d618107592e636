use audit::{Decided, DecidedRequest};
use tokens::IdTokenRejected;

use crate::support::*;

const FORBIDDEN: &str = "<html><head>\n<meta http-equiv=\"content-type\" content=\"text/html;charset=utf-8\">\n<title>403 Forbidden</title>\n</head>\n<body text=#000000 bgcolor=#ffffff>\n<h1>Error: Forbidden</h1>\n<h2>Your client does not have permission to get URL <code>/a&quot;&amp;b&#39;{c</code> from this server.</h2>\n<h2></h2>\n</body></html>\n";
const UNAUTHORIZED: &str =
    "<h2>Your client does not have permission to the requested URL <code>/path</code>.</h2>";
const CHALLENGE: &str =
    "Bearer error=\"invalid_token\" error_description=\"The access token could not be verified\"";

#[tokio::test]
async fn every_fault_of_a_credential_is_refused_as_documented() {
    let world = World::start().await;
    let stranger = world.tokens.mint(STRANGER, ORDERS_URL);
    let elsewhere = world.tokens.mint(RUNNER, "https://menu-42.us-central1.run.app");
    let good = world.runner();
    world.tokens.refuse("a.b.expired", IdTokenRejected::Expired { at: jiff::Timestamp::UNIX_EPOCH });
    world.tokens.refuse("a.b.foreign", IdTokenRejected::WrongIssuer { found: "https://evil".to_owned() });
    let serverless = |value: &str| format!("X-Serverless-Authorization: {value}");
    let faults: Vec<(&str, Vec<String>, u16, &str)> = vec![
        ("nothing", vec![], 403, "INVOKER_CREDENTIALS_MISSING"),
        ("empty", vec!["Authorization: ".to_owned()], 403, "INVOKER_CREDENTIALS_MISSING"),
        ("word alone", vec!["Authorization: Bearer".to_owned()], 401, "INVOKER_TOKEN_INVALID"),
        ("basic", vec!["Authorization: Basic Z3JhY2U6".to_owned()], 401, "INVOKER_TOKEN_INVALID"),
        ("garbage", vec![bearer("garbage")], 401, "INVOKER_TOKEN_INVALID"),
        ("access token", vec![bearer("ya29.abc")], 401, "INVOKER_TOKEN_INVALID"),
        ("two words", vec![format!("{} more", bearer(&good))], 401, "INVOKER_TOKEN_INVALID"),
        ("expired", vec![bearer("a.b.expired")], 401, "INVOKER_TOKEN_EXPIRED"),
        ("other issuer", vec![bearer("a.b.foreign")], 401, "INVOKER_TOKEN_INVALID"),
        ("wrong audience", vec![bearer(&elsewhere)], 401, "INVOKER_TOKEN_AUDIENCE_MISMATCH"),
        ("no binding", vec![bearer(&stranger)], 403, "INVOKER_PERMISSION_DENIED"),
        ("two headers", vec![bearer(&good), bearer(&good)], 401, "INVOKER_TOKEN_INVALID"),
        ("serverless first", vec![serverless("Bearer x"), bearer(&good)], 401, "INVOKER_TOKEN_INVALID"),
        ("serverless empty", vec![serverless(""), bearer(&good)], 403, "INVOKER_CREDENTIALS_MISSING"),
    ];
    for (fault, lines, status, reason) in faults {
        let answer = world.get(ORDERS, "/path", &lines).await;
        assert_eq!((answer.status, answer.reason()), (status, reason), "{fault}: {answer:?}");
        assert_eq!(answer.header("x-doorward-request-id").map(str::len), Some(32), "{fault}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=UTF-8"), "{fault}");
        let challenge = (status == 401).then_some(CHALLENGE);
        assert_eq!(answer.header("www-authenticate"), challenge, "{fault}");
        assert_eq!(answer.body.contains(UNAUTHORIZED), status == 401, "{fault}");
    }
    assert!(world.upstream.requests().is_empty(), "nothing was forwarded");
}

#[tokio::test]
async fn refusal_page_is_googles_and_the_path_is_escaped() {
    let world = World::start().await;
    let answer = world.get(ORDERS, "/a\"&b'{c?x=%3C", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (403, FORBIDDEN));
}

#[tokio::test]
async fn good_token_goes_through_without_its_signature() {
    let world = World::start().await;
    let token = world.runner();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let line = format!("Authorization: {scheme} {token}");
        assert_eq!(world.get(ORDERS, "/", &[line]).await.status, 200);
        let seen = world.upstream.requests().pop().unwrap();
        let expected = format!("{scheme} header0.payload.SIGNATURE_REMOVED_BY_GOOGLE");
        assert_eq!(seen.values("authorization"), [expected]);
    }
}

#[tokio::test]
async fn authorization_beside_the_serverless_header_is_the_services_own() {
    let world = World::start().await;
    let lines = [format!("X-Serverless-Authorization: bearer {}", world.runner()), bearer("of.the.service")];
    assert_eq!(world.get(ORDERS, "/", &lines).await.status, 200);
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!(seen.values("authorization"), ["Bearer of.the.service"]);
    assert_eq!(
        seen.values("x-serverless-authorization"),
        ["bearer header0.payload.SIGNATURE_REMOVED_BY_GOOGLE"]
    );
}

#[tokio::test]
async fn open_service_takes_any_credential_and_leaves_it_alone() {
    let world = World::start().await;
    for value in ["Bearer garbage", "Basic Z3JhY2U6", "Bearer a.b.c"] {
        let answer = world.get(MENU, "/", &[format!("Authorization: {value}")]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(world.upstream.requests().pop().unwrap().values("authorization"), [value]);
    }
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
    let good = world.tokens.mint(RUNNER, "https://menu-42.us-central1.run.app");
    assert_eq!(world.get(MENU, "/", &[bearer(&good)]).await.status, 200);
    assert_eq!(world.upstream.requests().pop().unwrap().values("authorization"), [format!("Bearer {good}")]);
}

#[tokio::test]
async fn disabled_account_stops_at_once() {
    let world = World::start().await;
    let token = world.runner();
    assert_eq!(world.get(ORDERS, "/", &[bearer(&token)]).await.status, 200);
    world.disable_runner().await;
    let answer = world.get(ORDERS, "/", &[bearer(&token)]).await;
    assert_eq!((answer.status, answer.reason()), (401, "ACCOUNT_STATE_INVALID"));
    assert_eq!(world.get(MENU, "/", &[bearer(&token)]).await.status, 200);
}

#[tokio::test]
async fn json_client_is_told_what_was_expected_and_what_to_do() {
    let world = World::start().await;
    let accept = || "Accept: application/json".to_owned();
    let missing = world.get(ORDERS, "/", &[accept()]).await.json();
    assert_eq!(missing["error"]["code"], 403);
    assert_eq!(missing["error"]["status"], "PERMISSION_DENIED");
    let info = &missing["error"]["details"][0];
    assert_eq!(info["reason"], "INVOKER_CREDENTIALS_MISSING");
    assert_eq!(info["domain"], "doorward");
    assert!(!missing.to_string().contains("add-iam-policy-binding"), "nobody in particular learns no policy");

    for token in ["garbage", "a.b.expired"] {
        let refused = world.get(ORDERS, "/", &[accept(), bearer(token)]).await.json();
        let command = format!(
            "doorward token identity --as SERVICE_ACCOUNT --audience {}",
            missing["error"]["details"][0]["metadata"]["audience"].as_str().unwrap()
        );
        assert!(refused.to_string().contains(&command), "{refused}");
    }
    let nowhere = world.get("nowhere-42.us-central1.run.app", "/", &[accept()]).await.json();
    assert!(nowhere.to_string().contains("gcloud run services list"), "{nowhere}");

    let elsewhere = world.tokens.mint(RUNNER, "https://elsewhere.example.com");
    let wrong = world.get(ORDERS, "/", &[accept(), bearer(&elsewhere)]).await.json();
    let metadata = &wrong["error"]["details"][0]["metadata"];
    assert_eq!(metadata["expected"], ORDERS_URL);
    assert_eq!(metadata["found"], "https://elsewhere.example.com");

    let stranger = world.tokens.mint(STRANGER, ORDERS_URL);
    let answer = world.get(ORDERS, "/", &[accept(), bearer(&stranger)]).await;
    let denied = answer.json().to_string();
    assert!(denied.contains("doorward add-iam-policy-binding projects/"), "{denied}");
    assert!(!denied.contains(RUNNER), "who else may is nobody's business");
    let envelope = answer.json();
    let last = envelope["error"]["details"].as_array().unwrap().last().unwrap();
    assert_eq!(last["requestId"].as_str(), answer.header("x-doorward-request-id"));
}

#[tokio::test]
async fn decision_is_found_by_its_request_id() {
    let world = World::start().await;
    let answer = world.get(ORDERS, "/secret?token=1", &[]).await;
    let id = answer.header("x-doorward-request-id").unwrap().to_owned();
    let mut rows = Vec::new();
    while rows.is_empty() {
        tokio::task::yield_now().await;
        rows = world.store.backend().decisions(&id).await.unwrap();
    }
    let [row] = rows.as_slice() else { panic!("one row a request: {rows:?}") };
    let Decided::Request(request) = &row.decided else { panic!("{row:?}") };
    let expected = DecidedRequest::Gate {
        host: ORDERS.to_owned(),
        method: "GET".to_owned(),
        path: "/secret".to_owned(),
        service: "projects/demo/locations/us-central1/services/orders".to_owned(),
        answer: None,
    };
    assert_eq!((row.principal.as_str(), &request.request), ("anonymous", &expected));
    assert_eq!((request.status, request.reason.as_deref()), (403, Some("INVOKER_CREDENTIALS_MISSING")));
    let permission = request.permission.as_ref().unwrap();
    assert_eq!((permission.permission.as_str(), &permission.ground), ("run.routes.invoke", &None));
    assert!(permission.checks.iter().any(|check| !check.passed));
}

#[tokio::test]
async fn hello_page_shows_who_called_and_holds_no_signature() {
    let world = World::start().await;
    let token = world.tokens.mint(RUNNER, "https://hello-42.us-central1.run.app");
    let lines = [bearer(&token), "X-Markup: <script>".to_owned()];
    let page = world.get(HELLO, "/", &lines).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(page.body.contains(RUNNER) && page.body.contains("SIGNATURE_REMOVED_BY_GOOGLE"));
    assert!(!page.body.contains("<script>") && !page.body.contains(".signature"));
    let json = world.get(HELLO, "/", &[bearer(&token), "Accept: application/json".to_owned()]).await.json();
    assert_eq!(json["principal"], format!("serviceAccount:{RUNNER}"));
    assert_eq!(json["audience"], "https://hello-42.us-central1.run.app");
    assert!(json["allowedBy"].as_str().unwrap().contains("roles/run.invoker"));
}

#[tokio::test]
async fn panic_in_one_request_is_a_500_and_ends_nothing_else() {
    let world = World::start().await;
    let answer = world.get(ORDERS, "/", &[bearer(PANICS)]).await;
    assert_eq!((answer.status, answer.reason()), (500, "INTERNAL"));
    assert!(answer.header("x-doorward-request-id").is_some());
    assert_eq!(world.get(ORDERS, "/", &[bearer(&world.runner())]).await.status, 200);
}

#[tokio::test]
async fn unknown_host_is_a_404_with_its_reason() {
    let world = World::start().await;
    let answer = world.get("nobody-42.us-central1.run.app", "/", &[]).await;
    assert_eq!((answer.status, answer.reason()), (404, "ROUTE_NOT_FOUND"));
}

#[tokio::test]
async fn local_name_leads_to_the_same_service() {
    let world = World::start().await;
    let token = world.runner();
    let answer = world.get("orders-42.us-central1.run.localhost:8080", "/", &[bearer(&token)]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn token_that_gcloud_made_for_nobody_in_particular_is_for_every_service() {
    let world = World::start().await;
    let client_id = names::Universe::default().gcloud_client_id();
    let token = world.tokens.mint(RUNNER, client_id);
    assert_eq!(world.get(ORDERS, "/", &[bearer(&token)]).await.status, 200);
    assert_eq!(world.get(HELLO, "/", &[bearer(&token)]).await.status, 200);
    // Whose it is counts as ever.
    let stranger = world.tokens.mint(STRANGER, client_id);
    let refused = world.get(ORDERS, "/", &[bearer(&stranger)]).await;
    assert_eq!((refused.status, refused.reason()), (403, "INVOKER_PERMISSION_DENIED"));
}

#[tokio::test]
async fn token_that_gcloud_made_for_nobody_in_particular_is_refused_by_name_where_the_owner_says_so() {
    let world = World::refusing_gcloud().await;
    let client_id = names::Universe::default().gcloud_client_id();
    let token = world.tokens.mint(RUNNER, client_id);
    let refused = world.get(ORDERS, "/", &[bearer(&token), "Accept: application/json".to_owned()]).await;
    assert_eq!((refused.status, refused.reason()), (401, "INVOKER_TOKEN_AUDIENCE_MISMATCH"));
    let error = &refused.json()["error"];
    assert!(error["message"].as_str().unwrap().contains("gcloud without an audience"), "{error}");
    let metadata = &error["details"][0]["metadata"];
    assert_eq!(
        (&metadata["expected"], &metadata["found"]),
        (&ORDERS_URL.into(), &client_id.into()),
        "{error}"
    );
    let id = refused.header("x-doorward-request-id").unwrap();
    let (_, decision) = crate::record::recorded(&world, id).await;
    assert!(
        decision.detail.contains("`gcloud_audience = \"refused\"` under `[services]`"),
        "{}",
        decision.detail
    );
    assert!(world.upstream.requests().is_empty());
    assert_eq!(world.get(ORDERS, "/", &[bearer(&world.runner())]).await.status, 200, "others are as ever");
}
