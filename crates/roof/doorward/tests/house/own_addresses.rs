//! Doorward is no backend of itself.

use testbed::Testbed;

#[tokio::test]
async fn address_of_the_gate_or_the_api_as_a_backend_is_refused() {
    let testbed = Testbed::start().await;
    for (id, address) in [("gate", testbed.house.addresses.gate), ("api", testbed.house.addresses.api)] {
        let service = testbed.make_service(id, &format!("http://{address}")).await;
        testbed.bind("roles/run.invoker", "allUsers", &service.path()).await;
        // Were it dialled, the gate would call itself without end, and the API would answer 404.
        assert_eq!(testbed.invoke(&service.host, None).await.verdict(), "503 BACKEND_UNREACHABLE", "{id}");
    }
}
