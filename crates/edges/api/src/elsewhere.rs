//! Resources of Google's products that are not here: whoever names one is told so, and not that the name is none.

/// The product that has resources of this name, in words; `None` where no product is known to.
pub(crate) fn product(resource: &str) -> Option<&'static str> {
    let segments: Vec<&str> = resource.split('/').collect();
    let (_, product) = RESOURCES.iter().find(|(pattern, _)| matches(pattern, &segments))?;
    Some(product)
}

/// `*` stands for one name, a last `**` for one or more.
fn matches(pattern: &str, segments: &[&str]) -> bool {
    let mut segments = segments.iter();
    for part in pattern.split('/') {
        let Some(segment) = segments.next() else { return false };
        match part {
            "*" if segment.is_empty() => return false,
            "*" => {}
            "**" => return !segment.is_empty() && segments.all(|segment| !segment.is_empty()),
            literal if literal == *segment => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

/// What has a policy at Google, from the `google.api.resource` options and the reference pages of each product.
const RESOURCES: &[(&str, &str)] = &[
    ("billingAccounts/*", "a billing account"),
    ("folders/*", "a folder (Resource Manager)"),
    ("projects/*/iap_tunnel/**", "a tunnel (Identity-Aware Proxy)"),
    ("projects/*/iap_tunnel", "a tunnel (Identity-Aware Proxy)"),
    ("projects/*/iap_web/**", "an application (Identity-Aware Proxy)"),
    ("projects/*/iap_web", "an application (Identity-Aware Proxy)"),
    ("projects/*/instances/**", "an instance (Spanner, Bigtable)"),
    ("projects/*/locations/*/jobs/*", "a job (Cloud Run)"),
    ("projects/*/locations/*/keyRings/**", "a key (Cloud KMS)"),
    ("projects/*/locations/*/queues/*", "a queue (Cloud Tasks)"),
    ("projects/*/locations/*/repositories/*", "a repository (Artifact Registry)"),
    ("projects/*/locations/*/secrets/*", "a secret (Secret Manager)"),
    ("projects/*/locations/*/workerPools/*", "a worker pool (Cloud Run)"),
    ("projects/*/locations/*/workloadIdentityPools/*", "a workload identity pool"),
    ("projects/*/schemas/*", "a schema (Pub/Sub)"),
    ("projects/*/secrets/*", "a secret (Secret Manager)"),
    ("projects/*/snapshots/*", "a snapshot (Pub/Sub)"),
    ("projects/*/subscriptions/*", "a subscription (Pub/Sub)"),
    ("projects/*/topics/*", "a topic (Pub/Sub)"),
    ("projects/_/buckets/**", "a bucket (Cloud Storage)"),
    ("tagKeys/*", "a tag key (Resource Manager)"),
    ("tagValues/*", "a tag value (Resource Manager)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_other_products_are_told_from_garbage() {
        let known = [
            "folders/42",
            "projects/demo/locations/us-central1/queues/orders",
            "projects/demo/locations/us-central1/keyRings/a/cryptoKeys/b",
            "projects/demo/topics/orders",
        ];
        for name in known {
            assert!(product(name).is_some(), "{name}");
        }
        for name in [
            "",
            "folders",
            "folders/",
            "folders/1/2",
            "projects/demo/topics/",
            "topics/orders",
            "x/y",
            "/",
            "projects//topics/a",
        ] {
            assert_eq!(product(name), None, "{name}");
        }
    }

    #[test]
    fn table_is_in_order_without_repetition() {
        assert!(RESOURCES.is_sorted_by(|(one, _), (next, _)| one != next));
    }
}
