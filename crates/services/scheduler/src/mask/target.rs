//! The target of a job, replaced part by part.
//!
//! A kind of target that the mask names and the patch does not fill leaves a job of another kind alone; a job of that
//! kind loses the part, or has no target any more, which is refused later.

use store::TokenKind;

use super::{AppEnginePath, Bearer, HttpPath, PubsubPath, TokenPath};
use crate::fields::{
    AppEngineFields, Authorization, HttpFields, JobFields, NamedIdentity, PubsubFields, TargetFields,
};

pub(super) fn replace_app_engine(
    job: &mut JobFields<NamedIdentity>,
    patch: &JobFields<NamedIdentity>,
    path: AppEnginePath,
) {
    let of = |target: Option<&TargetFields<NamedIdentity>>| match target {
        Some(TargetFields::AppEngine(target)) => Some(target.clone()),
        Some(TargetFields::Http(_) | TargetFields::Pubsub(_)) | None => None,
    };
    let (present, wished) = match (of(job.target.as_ref()), of(patch.target.as_ref())) {
        (present, Some(wished)) => (present.unwrap_or_else(AppEngineFields::default), wished),
        (None, None) => return,
        (Some(_), None) if path == AppEnginePath::Whole => return job.target = None,
        (Some(present), None) => (present, AppEngineFields::default()),
    };
    let mut target = present;
    match path {
        AppEnginePath::Body => target.body = wished.body,
        AppEnginePath::Headers => target.headers = wished.headers,
        AppEnginePath::Instance => target.instance = wished.instance,
        AppEnginePath::Method => target.method = wished.method,
        AppEnginePath::RelativeUri => target.relative_uri = wished.relative_uri,
        AppEnginePath::Routing => {
            let AppEngineFields { service, version, instance, .. } = wished;
            target = AppEngineFields { service, version, instance, ..target };
        }
        AppEnginePath::Service => target.service = wished.service,
        AppEnginePath::Version => target.version = wished.version,
        AppEnginePath::Whole => target = wished,
    }
    job.target = Some(TargetFields::AppEngine(target));
}

pub(super) fn replace_http(
    job: &mut JobFields<NamedIdentity>,
    patch: &JobFields<NamedIdentity>,
    path: HttpPath,
) {
    let of = |target: Option<&TargetFields<NamedIdentity>>| match target {
        Some(TargetFields::Http(target)) => Some(target.clone()),
        Some(TargetFields::AppEngine(_) | TargetFields::Pubsub(_)) | None => None,
    };
    let (present, wished) = match (of(job.target.as_ref()), of(patch.target.as_ref())) {
        (present, Some(wished)) => (present.unwrap_or_else(HttpFields::empty), wished),
        (None, None) => return,
        (Some(_), None) if path == HttpPath::Whole => return job.target = None,
        (Some(present), None) => (present, HttpFields::empty()),
    };
    let mut http = present;
    match path {
        HttpPath::Body => http.body = wished.body,
        HttpPath::Headers => http.headers = wished.headers,
        HttpPath::Method => http.method = wished.method,
        HttpPath::Token(bearer, path) => {
            http.authorization = replaced_token(http.authorization, wished.authorization, bearer, path);
        }
        HttpPath::Uri => http.uri = wished.uri,
        HttpPath::Whole => http = wished,
    }
    job.target = Some(TargetFields::Http(http));
}

/// The two kinds of token are one choice: naming the kind that is not there, and that the patch does not fill either,
/// leaves the other alone.
fn replaced_token(
    present: Authorization<NamedIdentity>,
    wished: Authorization<NamedIdentity>,
    bearer: Bearer,
    path: TokenPath,
) -> Authorization<NamedIdentity> {
    let of = |authorization: &Authorization<NamedIdentity>| match authorization {
        Authorization::Token(identity) if bearer.is_of(&identity.token) => Some(identity.clone()),
        Authorization::Nothing | Authorization::Token(_) => None,
    };
    let (before, wished) = (of(&present), of(&wished));
    let Some(wished) = wished else {
        return match (before, path) {
            (None, _) => present,
            (Some(_), TokenPath::Whole) => Authorization::Nothing,
            (Some(before), TokenPath::Account) => {
                Authorization::Token(NamedIdentity { service_account_email: None, ..before })
            }
            (Some(before), TokenPath::Purpose) => {
                Authorization::Token(NamedIdentity { token: bearer.of(String::new()), ..before })
            }
        };
    };
    let nobody = || NamedIdentity { service_account_email: None, token: bearer.of(String::new()) };
    let before = before.unwrap_or_else(nobody);
    Authorization::Token(match path {
        TokenPath::Account => NamedIdentity { service_account_email: wished.service_account_email, ..before },
        TokenPath::Purpose => NamedIdentity { token: wished.token, ..before },
        TokenPath::Whole => wished,
    })
}

impl Bearer {
    fn is_of(self, token: &TokenKind) -> bool {
        match token {
            TokenKind::Access(_) => self == Self::Oauth,
            TokenKind::Id(_) => self == Self::Oidc,
        }
    }

    fn of(self, purpose: String) -> TokenKind {
        match self {
            Self::Oauth => TokenKind::Access(purpose),
            Self::Oidc => TokenKind::Id(purpose),
        }
    }
}

pub(super) fn replace_pubsub(
    job: &mut JobFields<NamedIdentity>,
    patch: &JobFields<NamedIdentity>,
    path: PubsubPath,
) {
    let of = |target: Option<&TargetFields<NamedIdentity>>| match target {
        Some(TargetFields::Pubsub(target)) => Some(target.clone()),
        Some(TargetFields::AppEngine(_) | TargetFields::Http(_)) | None => None,
    };
    let (present, wished) = match (of(job.target.as_ref()), of(patch.target.as_ref())) {
        (present, Some(wished)) => (present.unwrap_or_else(PubsubFields::default), wished),
        (None, None) => return,
        (Some(_), None) if path == PubsubPath::Whole => return job.target = None,
        (Some(present), None) => (present, PubsubFields::default()),
    };
    let mut target = present;
    match path {
        PubsubPath::Attributes => target.attributes = wished.attributes,
        PubsubPath::Data => target.data = wished.data,
        PubsubPath::Topic => target.topic = wished.topic,
        PubsubPath::Whole => target = wished,
    }
    job.target = Some(TargetFields::Pubsub(target));
}
