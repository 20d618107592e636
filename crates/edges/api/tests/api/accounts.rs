//! Service accounts and keys.

use http::Method;
use serde_json::{Value, json};

use crate::house::{ADA, START, base64_decoded, house};

#[tokio::test]
async fn account_is_made_read_listed_disabled_and_deleted() {
    let house = house().await;
    let body = json!({"accountId": "ada-01", "serviceAccount": {"displayName": "Ada", "description": "d"}});
    let made = house.post("/v1/projects/demo/serviceAccounts?alt=json", body.clone()).await.json();
    assert_eq!(made["name"], format!("projects/demo/serviceAccounts/{ADA}"));
    assert_eq!(made["email"], ADA);
    assert_eq!(made["projectId"], "demo");
    assert_eq!(made["displayName"], "Ada");
    assert_eq!(made["uniqueId"], made["oauth2ClientId"]);
    assert_eq!(made["uniqueId"].as_str().unwrap().len(), 21);

    let again = house.post("/v1/projects/demo/serviceAccounts", body).await;
    assert_eq!((again.status.as_u16(), again.reason()), (409, "RESOURCE_ALREADY_EXISTS"));
    assert_eq!(again.message(), "Service account ID already exists within project projects/demo.");
    assert_eq!(again.detail("ResourceInfo")["resourceName"], made["name"]);

    let unique_id = made["uniqueId"].as_str().unwrap();
    for path in [
        format!("/v1/projects/-/serviceAccounts/{ADA}"),
        format!("/v1/projects/demo/serviceAccounts/{}", ADA.replace('@', "%40")),
        format!("/v1/projects/-/serviceAccounts/{unique_id}"),
    ] {
        assert_eq!(house.get(&path).await.json(), made, "{path}");
    }
    let listed = house.get("/v1/projects/demo/serviceAccounts").await.json();
    assert_eq!(listed, json!({"accounts": [made]}));

    let path = format!("/v1/projects/demo/serviceAccounts/{ADA}");
    assert_eq!(house.post(&format!("{path}:disable"), json!({})).await.json(), json!({}));
    assert_eq!(house.get(&path).await.json()["disabled"], true);
    assert_eq!(house.post(&format!("{path}:enable"), json!({})).await.json(), json!({}));
    assert_eq!(house.get(&path).await.json()["disabled"], Value::Null);
    assert_eq!(house.delete(&path).await.json(), json!({}));
    let gone = house.get(&path).await;
    assert_eq!((gone.status.as_u16(), gone.message().as_str()), (404, "Unknown service account"));
}

#[tokio::test]
async fn missing_account_in_no_project_looks_like_a_forbidden_one() {
    let house = house().await;
    let ada = house.ada_token().await;
    let asked = |email: &str| format!("/v1/projects/-/serviceAccounts/{email}");
    let missing = "nobody@demo.iam.gserviceaccount.com";
    assert_eq!(house.get(&asked(missing)).await.status, 403);
    let in_its_project = house.get(&format!("/v1/projects/demo/serviceAccounts/{missing}")).await;
    assert_eq!((in_its_project.status.as_u16(), in_its_project.reason()), (404, "RESOURCE_NOT_FOUND"));

    // To Ada, who holds nothing, what exists and what does not differ by nothing but the name that she wrote.
    let another = "another@demo.iam.gserviceaccount.com";
    house.post("/v1/projects/demo/serviceAccounts", json!({"accountId": "another"})).await;
    let of = async |email: &str| {
        let answer = house.call(&ada, Method::GET, &asked(email), Value::Null).await;
        let mut text = answer.json();
        text["error"]["details"].as_array_mut().unwrap().retain(|detail| detail["requestId"].is_null());
        text.to_string().replace(email, "EMAIL")
    };
    assert_eq!(of(another).await, of(missing).await);
    // Whoever sees all accounts is told that this one is not there: no binding can be made on it.
    let told = house.get(&asked(missing)).await.command();
    assert!(told.starts_with("doorward exec -- gcloud iam service-accounts create "), "{told}");
    let refused = house.call(&ada, Method::GET, &asked(ADA), Value::Null).await;
    assert_eq!(
        refused.message(),
        format!(
            "Permission 'iam.serviceAccounts.get' denied on resource '//iam.googleapis.com/projects/-/serviceAccounts/{ADA}' (or it may not exist)."
        )
    );
    assert_eq!(refused.reason(), "IAM_PERMISSION_DENIED");
    assert_eq!(refused.detail("ErrorInfo")["metadata"]["permission"], "iam.serviceAccounts.get");
    let command = refused.command();
    assert!(command.starts_with("doorward add-iam-policy-binding projects/"), "{command}");
    assert!(command.contains(&format!("--member=serviceAccount:{ADA}")), "{command}");
}

#[tokio::test]
async fn pages_lead_through_all_accounts() {
    let house = house().await;
    for name in ["account-a", "account-b", "account-c"] {
        house.post("/v1/projects/demo/serviceAccounts", json!({"accountId": name})).await;
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = house
            .get(&format!("/v1/projects/demo/serviceAccounts?pageSize=2&pageToken={token}"))
            .await
            .json();
        let accounts = page["accounts"].as_array().cloned().unwrap_or_default();
        seen.extend(accounts.iter().map(|account| account["email"].as_str().unwrap()[..9].to_owned()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["account-a", "account-b", "account-c"]);
    let foreign = house.get("/v1/projects/demo/serviceAccounts?pageToken=x").await;
    assert_eq!(foreign.detail("BadRequest")["fieldViolations"][0]["field"], "page_token");
}

#[tokio::test]
async fn key_file_is_shown_once_and_buys_tokens_until_the_key_is_deleted() {
    let house = house().await;
    house.ada().await;
    let path = format!("/v1/projects/-/serviceAccounts/{ADA}/keys");
    let body = json!({"keyAlgorithm": "KEY_ALG_RSA_2048", "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE"});
    let made = house.post(&path, body).await;
    assert_eq!(made.status, 200, "{}", made.message());
    let made = made.json();
    let file: Value = serde_json::from_slice(&base64_decoded(&made["privateKeyData"])).unwrap();
    let key_path = format!("/v1/{}", made["name"].as_str().unwrap());
    assert_eq!(file["client_email"], ADA);
    assert_eq!(
        made["name"],
        format!("projects/demo/serviceAccounts/{ADA}/keys/{}", file["private_key_id"].as_str().unwrap())
    );
    assert_eq!(made["validBeforeTime"], "9999-12-31T23:59:59Z");
    assert_eq!(made["keyOrigin"], "GOOGLE_PROVIDED");

    let read = house.get(&format!("{key_path}?publicKeyType=TYPE_X509_PEM_FILE")).await.json();
    assert_eq!(read["privateKeyData"], Value::Null);
    assert!(base64_decoded(&read["publicKeyData"]).starts_with(b"-----BEGIN CERTIFICATE-----"));
    let listed = house.get(&path).await.json();
    assert_eq!(listed["keys"][0]["name"], made["name"]);
    assert_eq!(house.get(&format!("{path}?keyTypes=SYSTEM_MANAGED")).await.json(), json!({}));

    let assertion = || {
        let claims = json!({
            "aud": "https://oauth2.googleapis.com/token", "iat": START, "exp": START + 3600,
            "scope": "https://www.googleapis.com/auth/cloud-platform",
        });
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned();
        [("grant_type", grant), ("assertion", crate::house::self_signed(&file, claims))]
    };
    // Without `sub`, which would ask for somebody else's token; an account may name itself.
    assert_eq!(house.form("/oauth2/v4/token", &assertion()).await.status, 200);
    assert_eq!(house.delete(&key_path).await.json(), json!({}));
    let refused = house.form("/token", &assertion()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (400, "CREDENTIALS_INVALID"));
    assert_eq!(refused.json()["error"], "invalid_grant");
    assert_eq!(house.get(&key_path).await.status, 404);
}

#[tokio::test]
async fn bad_fields_are_named() {
    let house = house().await;
    let path = "/v1/projects/demo/serviceAccounts";
    let field = |answer: crate::house::Answer| {
        assert_eq!((answer.status.as_u16(), answer.reason()), (400, "FIELD_INVALID"), "{answer:?}");
        answer.detail("BadRequest")["fieldViolations"][0]["field"].as_str().unwrap().to_owned()
    };
    assert_eq!(field(house.post(path, json!({"accountId": "A"})).await), "account_id");
    let long = json!({"accountId": "ada-01", "serviceAccount": {"displayName": "x".repeat(101)}});
    assert_eq!(field(house.post(path, long).await), "service_account.display_name");
    assert_eq!(field(house.get("/v1/projects/UPPER/serviceAccounts").await), "name");
    assert_eq!(field(house.get(&format!("{path}?pageSize=-1")).await), "page_size");
    house.ada().await;
    let weak = json!({"keyAlgorithm": "KEY_ALG_RSA_1024"});
    assert_eq!(field(house.post(&format!("{path}/{ADA}/keys"), weak).await), "key_algorithm");
}
