//! The catalogue of reasons. A name once given stays; each has a page `docs/problems/NAME.md`.

use crate::Code;

/// The stable name of a cause, as it stands in `ErrorInfo.reason`, in the header `x-doorward-reason` and in the docs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Reason {
    name: &'static str,
    code: Code,
}

impl Reason {
    /// The header that names the reason, on every refusal.
    pub const HEADER: &str = "x-doorward-reason";

    /// The name in capitals.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The canonical code that goes with it.
    pub fn code(self) -> Code {
        self.code
    }

    /// Where its page stands, relative to the documentation.
    pub fn page(self) -> String {
        format!("docs/problems/{}.md", self.name)
    }
}

/// Declares the catalogue: every reason as a constant, and all of them in one list.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $code:ident;)*) => {
        impl Reason {
            $($(#[$doc])* pub const $name: Self = Self { name: stringify!($name), code: Code::$code };)*

            /// Every reason, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

reasons! {
    /// The access token has ended.
    ACCESS_TOKEN_EXPIRED => Unauthenticated;
    /// The token does not have the scope that the API needs.
    ACCESS_TOKEN_SCOPE_INSUFFICIENT => PermissionDenied;
    /// The credential is of a kind that this API does not take, such as an ID token.
    ACCESS_TOKEN_TYPE_UNSUPPORTED => Unauthenticated;
    /// The account behind the credential is disabled or deleted.
    ACCOUNT_STATE_INVALID => Unauthenticated;
    /// The address that the request would go to is not allowed by `[outbound]`.
    ADDRESS_REFUSED => PermissionDenied;
    /// A call without a credential comes from a browser, so it is not taken for the local owner's.
    ANONYMOUS_BROWSER_REFUSED => PermissionDenied;
    /// A call without a credential names a host beyond loopback, so it is not taken for the local owner's.
    ANONYMOUS_HOST_REFUSED => PermissionDenied;
    /// A call without a credential comes through a proxy, so it is not taken for the local owner's.
    ANONYMOUS_PROXY_REFUSED => PermissionDenied;
    /// The client of a service did not take its answer.
    ANSWER_NOT_TAKEN => DeadlineExceeded;
    /// There is no place for another connection to the service behind the gate.
    BACKEND_CONNECTIONS_EXHAUSTED => Unavailable;
    /// The service behind the gate did not answer in time.
    BACKEND_TIMED_OUT => DeadlineExceeded;
    /// The service behind the gate cannot be reached or broke off.
    BACKEND_UNREACHABLE => Unavailable;
    /// Too many clients are connected.
    CONNECTIONS_EXHAUSTED => Unavailable;
    /// The project is marked for deletion.
    CONSUMER_INVALID => PermissionDenied;
    /// The credential cannot be read or verified.
    CREDENTIALS_INVALID => Unauthenticated;
    /// No credential was sent.
    CREDENTIALS_MISSING => Unauthenticated;
    /// The caller stopped waiting before there was an answer.
    DEADLINE_EXCEEDED => DeadlineExceeded;
    /// Somebody else changed the resource first: read it again and repeat.
    ETAG_MISMATCH => Aborted;
    /// A field of the request is malformed or out of bounds.
    FIELD_INVALID => InvalidArgument;
    /// The function is called over https only, and the request came without.
    HTTPS_REQUIRED => FailedPrecondition;
    /// The caller lacks a permission.
    IAM_PERMISSION_DENIED => PermissionDenied;
    /// The image is not one that this server can run.
    IMAGE_UNSUPPORTED => Unimplemented;
    /// The service may not be called from where the request came.
    INGRESS_REFUSED => NotFound;
    /// Doorward failed; the log has the request ID.
    INTERNAL => Internal;
    /// The call to a private service carries no credential.
    INVOKER_CREDENTIALS_MISSING => PermissionDenied;
    /// The caller of a private service lacks `run.routes.invoke`.
    INVOKER_PERMISSION_DENIED => PermissionDenied;
    /// The token was minted for another audience.
    INVOKER_TOKEN_AUDIENCE_MISMATCH => Unauthenticated;
    /// The token for a private service has ended.
    INVOKER_TOKEN_EXPIRED => Unauthenticated;
    /// The token for a private service cannot be read or verified.
    INVOKER_TOKEN_INVALID => Unauthenticated;
    /// The program that asks for its metadata server has none.
    METADATA_SERVER_UNKNOWN => NotFound;
    /// The method does not exist at this path.
    METHOD_NOT_FOUND => NotFound;
    /// The method exists in the protocol but not yet here.
    METHOD_UNIMPLEMENTED => Unimplemented;
    /// The request is for another host than its connection.
    MISDIRECTED_REQUEST => InvalidArgument;
    /// No OAuth client has this ID.
    OAUTH_CLIENT_UNKNOWN => Unauthenticated;
    /// The redirect URI is not one that the OAuth client has registered.
    OAUTH_REDIRECT_MISMATCH => InvalidArgument;
    /// The intercept makes no tunnels to this port.
    PROXY_PORT_REFUSED => PermissionDenied;
    /// The intercept is a proxy, and the request is not one for a proxy.
    PROXY_REQUEST_EXPECTED => InvalidArgument;
    /// The host that a proxy is asked for cannot be reached.
    PROXY_TARGET_UNREACHABLE => Unavailable;
    /// A limit on count or size is reached.
    QUOTA_EXCEEDED => ResourceExhausted;
    /// The request itself cannot be read.
    REQUEST_MALFORMED => InvalidArgument;
    /// A resource of that name exists.
    RESOURCE_ALREADY_EXISTS => AlreadyExists;
    /// No resource of that name exists.
    RESOURCE_NOT_FOUND => NotFound;
    /// No service has this host name.
    ROUTE_NOT_FOUND => NotFound;
    /// No API of this name is known here.
    SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED => PermissionDenied;
    /// The project has disabled the API that is called.
    SERVICE_DISABLED => PermissionDenied;
    /// Somebody has to let an OAuth client act for them, and nobody has shown who they are.
    SIGN_IN_REQUIRED => Unauthenticated;
    /// The store cannot be reached.
    STORE_UNAVAILABLE => Unavailable;
    /// The service behind the gate does not take WebSockets.
    WEBSOCKET_UNSUPPORTED => Unimplemented;
    /// The resource is in a state in which this cannot be done.
    WRONG_STATE => FailedPrecondition;
}
