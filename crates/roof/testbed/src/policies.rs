//! Bindings, added and taken away by the owner over the API.

use serde_json::{Value, json};

use crate::{Answer, Api, Testbed};

impl Testbed {
    /// Binds `role` to `member` (`serviceAccount:…`) in the policy of the resource at `path`.
    pub async fn bind(&self, role: &str, member: &str, path: &str) {
        self.change_policy(path, |bindings| bindings.push(json!({"role": role, "members": [member]}))).await;
    }

    /// Binds `role` to `member` in the policy of the resource at `path`, while the expression holds.
    pub async fn bind_while(&self, role: &str, member: &str, path: &str, expression: &str) {
        let condition = json!({"title": "while it holds", "expression": expression});
        let binding = json!({"role": role, "members": [member], "condition": condition});
        self.change_policy(path, |bindings| bindings.push(binding)).await;
    }

    /// Takes the member out of every binding of `role` in the policy of the resource at `path`.
    pub async fn unbind(&self, role: &str, member: &str, path: &str) {
        self.change_policy(path, |bindings| {
            for binding in bindings.iter_mut().filter(|binding| binding["role"] == role) {
                if let Some(members) = binding["members"].as_array_mut() {
                    members.retain(|known| known != member);
                }
            }
            bindings
                .retain(|binding| binding["members"].as_array().is_some_and(|members| !members.is_empty()));
        })
        .await;
    }

    async fn change_policy(&self, path: &str, change: impl FnOnce(&mut Vec<Value>)) {
        let owner = self.owner().await;
        let mut policy = policy(&owner, path).await.fine();
        let mut bindings = policy["bindings"].as_array().cloned().unwrap_or_default();
        change(&mut bindings);
        policy["bindings"] = json!(bindings);
        policy["version"] = json!(3);
        owner.post(&format!("{path}:setIamPolicy"), json!({"policy": policy})).await.fine();
    }
}

/// The policy of the resource at `path`. Cloud Run and functions read policies with `GET`, the others with `POST`.
async fn policy(api: &Api, path: &str) -> Answer {
    let path = format!("{path}:getIamPolicy?options.requestedPolicyVersion=3");
    if path.starts_with("/v2/") || path.contains("/functions/") {
        api.get(&path).await
    } else {
        api.post(&path, Value::Null).await
    }
}
