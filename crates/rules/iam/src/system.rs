//! What Doorward does for itself. No credential can name the principal `system`; this is all it does.

/// Something that Doorward does although nobody asked: the whole table. Whoever writes as `system` names one of these
/// for the audit log, and the permission matrix prints them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SystemAct {
    /// Writes down what the configuration says the local owner is called.
    DescribeOwner,
    /// Makes the first organization and project, their agents and bindings, and the local owner.
    FirstStart,
    /// Forgets what has been recorded long enough.
    ForgetExpired,
    /// Gives the local owner another credential when the file with the old one is gone.
    ReissueOwnerCredential,
    /// Makes, publishes and retires Doorward's own keys.
    RotateKeys,
    /// Sends what a user asked for, as the agent of the API that accepted it, and records the attempt.
    SendDelivery,
}

impl SystemAct {
    /// The whole table.
    pub const ALL: [Self; 6] = [
        Self::DescribeOwner,
        Self::FirstStart,
        Self::ForgetExpired,
        Self::ReissueOwnerCredential,
        Self::RotateKeys,
        Self::SendDelivery,
    ];

    /// The name, as it stands where an audit entry has the permission of a caller.
    pub fn name(self) -> &'static str {
        match self {
            Self::DescribeOwner => "system.describeOwner",
            Self::FirstStart => "system.firstStart",
            Self::ForgetExpired => "system.forgetExpired",
            Self::ReissueOwnerCredential => "system.reissueOwnerCredential",
            Self::RotateKeys => "system.rotateKeys",
            Self::SendDelivery => "system.sendDelivery",
        }
    }
}

/// The permissions of the catalogue that the principal `system` holds: none. What it does is the table of
/// [`SystemAct`]s, and nothing that asks for a permission is done in its name.
pub fn system_permissions() -> &'static [&'static str] {
    &[]
}
