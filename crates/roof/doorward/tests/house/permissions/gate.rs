//! Who is let through the gate.

use testbed::Testbed;

use super::columns::Column;
use super::{labels, line};

/// The services that the gate is asked for, and what they are to the table.
pub const SERVICES: [(&str, &str); 6] = [
    ("the service", "hello"),
    ("a first-generation function", "greet"),
    ("a function", "shop"),
    ("another service", "neighbour"),
    ("one open to allAuthenticatedUsers", "known"),
    ("one open to allUsers", "everybody"),
];

/// One line for each service, private or open.
pub async fn table(testbed: &Testbed, columns: &[Column]) -> String {
    for (service, member) in [("known", "allAuthenticatedUsers"), ("everybody", "allUsers")] {
        let made = testbed.make_service(service, "gcr.io/cloudrun/hello").await;
        testbed.bind("roles/run.invoker", member, &made.path()).await;
    }
    let mut text = format!("\nThe gate, asked with an ID token for the service\n{}", labels(columns));
    for (resource, id) in SERVICES {
        let mut verdicts = Vec::new();
        for column in columns {
            verdicts.push(match column.id_tokens.get(id) {
                Some(token) => {
                    let called = called(testbed, id);
                    testbed.invoke_at(&called.host, called.path, token.as_deref()).await.verdict()
                }
                None => "no ID token".to_owned(),
            });
        }
        line(&mut text, "GET", resource, &verdicts);
    }
    text
}

/// How a service or a function is called.
pub struct Called {
    pub audience: String,
    host: String,
    path: &'static str,
}

pub fn called(testbed: &Testbed, id: &str) -> Called {
    let path = match id {
        "greet" => "/greet",
        "shop" => "/shop",
        _ => {
            let service = testbed.service_named(id);
            return Called { audience: service.url, host: service.host, path: "/" };
        }
    };
    let audience = format!("https://us-central1-demo.cloudfunctions.net{path}");
    Called { audience, host: "us-central1-demo.cloudfunctions.localhost".to_owned(), path }
}
