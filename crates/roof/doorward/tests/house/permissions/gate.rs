//! Who is let through the gate.

use testbed::Testbed;

use super::columns::Column;
use super::{labels, line};

/// The services that the gate is asked for, and what they are to the table.
pub const SERVICES: [(&str, &str); 4] = [
    ("the service", "hello"),
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
                    testbed.invoke(&testbed.service_named(id).host, token.as_deref()).await.verdict()
                }
                None => "no ID token".to_owned(),
            });
        }
        line(&mut text, "GET", resource, &verdicts);
    }
    text
}
