//! To which of an API's hosts a call was sent, for resources whose names do not say where they are: services in
//! Knative's form are those of one region at `us-central1-run.googleapis.com`, and of all of them at
//! `run.googleapis.com`.
//!
//! Where a name says it, the name decides, whatever the host.

use http::Request;
use names::Location;
use wire::Transcoder;

/// The authority that a call was sent to: put into the extensions of every request, in either transport.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Authority(String);

impl Authority {
    /// The authority of a request, from its target or its `Host`.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        Self(Transcoder::authority(request).to_owned())
    }

    /// Whether a call was sent to the host of the API with this first label: `cloudfunctions.googleapis.com`.
    pub(crate) fn is_of<B>(request: &tonic::Request<B>, api: &str) -> bool {
        request.extensions().get::<Self>().is_some_and(|Self(authority)| {
            authority.split_once('.').is_some_and(|(label, _)| label.eq_ignore_ascii_case(api))
        })
    }

    /// The region of a call of the API with this first label (`run`); `None` where it was sent to no region's host.
    ///
    /// It is what stands before `-run` in the first label. Clients that were given another endpoint put the region before
    /// whatever host that is: there, what has the form of Google's regions counts.
    pub(crate) fn region<B>(request: &tonic::Request<B>, api: &str) -> Option<Location> {
        let Self(authority) = request.extensions().get::<Self>()?;
        let label = authority.split(['.', ':']).next().unwrap_or_default();
        let regional = label.strip_suffix(api).and_then(|rest| rest.strip_suffix('-'));
        let region = match regional {
            Some(region) => region,
            None => prefix_like_a_region(label)?,
        };
        Location::parse(region).ok()
    }
}

/// `us-central1` of `us-central1-api`.
fn prefix_like_a_region(label: &str) -> Option<&str> {
    let (area, rest) = label.split_once('-')?;
    let (place, rest) = rest.split_once('-')?;
    let lettered = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = place.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
    let numbered =
        !number.is_empty() && number.len() < place.len() && number.bytes().all(|byte| byte.is_ascii_digit());
    (lettered(area) && numbered && !rest.is_empty()).then(|| &label[..area.len() + 1 + place.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(target: &str, host: &str) -> Option<String> {
        let request = Request::get(target).header("host", host).body(()).unwrap();
        let mut call = tonic::Request::new(());
        call.extensions_mut().insert(Authority::of(&request));
        Authority::region(&call, "run").map(|region| region.to_string())
    }

    #[test]
    fn api_is_what_the_first_label_says() {
        for (host, is) in [
            ("cloudfunctions.googleapis.com", true),
            ("CloudFunctions.cloud.example.com:8443", true),
            ("cloudfunctions", false),
            ("run.googleapis.com", false),
            ("127.0.0.1:8085", false),
        ] {
            let request = Request::get("/x").header("host", host).body(()).unwrap();
            let mut call = tonic::Request::new(());
            call.extensions_mut().insert(Authority::of(&request));
            assert_eq!(Authority::is_of(&call, "cloudfunctions"), is, "{host}");
        }
        assert!(!Authority::is_of(&tonic::Request::new(()), "cloudfunctions"));
    }

    #[test]
    fn region_is_what_the_host_says() {
        for (target, host, expected) in [
            ("/x", "us-central1-run.googleapis.com", Some("us-central1")),
            ("/x", "my-place-run.cloud.example.com:8443", Some("my-place")),
            ("http://europe-west12-run.emu.test/x", "127.0.0.1:8085", Some("europe-west12")),
            ("/x", "us-central1-127.0.0.1:8085", Some("us-central1")),
            ("/x", "us-central1-localhost", Some("us-central1")),
            ("/x", "run.googleapis.com", None),
            ("/x", "127.0.0.1:8085", None),
            ("/x", "localhost", None),
            ("/x", "my-api-server.example.com", None),
            ("/x", "us-central1.example.com", None),
            ("/x", "-run.googleapis.com", None),
            ("/x", "", None),
        ] {
            assert_eq!(region(target, host).as_deref(), expected, "{target} {host}");
        }
        assert_eq!(Authority::region(&tonic::Request::new(()), "run"), None);
    }
}
