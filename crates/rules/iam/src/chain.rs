//! Acting through others: proof that every hop of a chain of delegates was allowed (facts §4.3).
//!
//! Grace may use the deployer, the deployer may use the signer, the signer may have tokens of the night job made. Each
//! of these is a permit of its own, given to another one each time. Whoever mints takes a [`Delegated`], which only a
//! [`Chain`] makes, and a chain asks for the hops one after the other: each permit must have been given to whoever the
//! hop before it led to.

use names::{AccountName, Principal, UniqueId};

use crate::permission::IamServiceAccountsImplicitDelegation;
use crate::{Permission, Permit};

/// A chain as far as it was allowed.
#[derive(Debug)]
#[must_use = "a chain that leads nowhere allows nothing"]
pub struct Chain {
    asker: Principal,
    hops: Vec<Permit<IamServiceAccountsImplicitDelegation>>,
}

/// A permit on an account, and the chain that leads from the caller to whoever it was given to.
#[derive(Debug)]
#[must_use = "what was allowed is to be done"]
pub struct Delegated<P: Permission> {
    permit: Permit<P>,
    hops: Vec<Permit<IamServiceAccountsImplicitDelegation>>,
}

/// A permit was given to somebody else than the one who asks at this point of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a permit does not continue the chain of delegates")]
pub struct BrokenChain;

impl Chain {
    /// Begins with the caller.
    pub fn of(caller: &Principal) -> Self {
        Self { asker: caller.clone(), hops: Vec::new() }
    }

    /// Who asks for the next permit.
    pub fn asker(&self) -> &Principal {
        &self.asker
    }

    /// One hop further: from now on the account of the permit asks, which has this unique ID. An ID that is not the
    /// account's makes a principal that is nobody, and holds nothing.
    ///
    /// # Errors
    /// [`BrokenChain`].
    pub fn through(
        mut self,
        hop: Permit<IamServiceAccountsImplicitDelegation>,
        unique_id: UniqueId,
    ) -> Result<Self, BrokenChain> {
        if *hop.principal() != self.asker {
            return Err(BrokenChain);
        }
        self.asker = Principal::ServiceAccount { email: hop.name().email.clone(), unique_id };
        self.hops.push(hop);
        Ok(self)
    }

    /// The end: what the last of the chain may do.
    ///
    /// # Errors
    /// [`BrokenChain`].
    pub fn end<P: Permission<Resource = AccountName>>(
        self,
        permit: Permit<P>,
    ) -> Result<Delegated<P>, BrokenChain> {
        if *permit.principal() == self.asker {
            Ok(Delegated { permit, hops: self.hops })
        } else {
            Err(BrokenChain)
        }
    }
}

impl<P: Permission> Delegated<P> {
    /// A chain without a hop: whoever the permit was given to asks for itself.
    pub fn direct(permit: Permit<P>) -> Self {
        Self { permit, hops: Vec::new() }
    }

    /// The permit at the end.
    pub fn permit(&self) -> &Permit<P> {
        &self.permit
    }

    /// The delegates in between, the caller's first.
    pub fn delegates(&self) -> impl Iterator<Item = &AccountName> {
        self.hops.iter().map(Permit::name)
    }
}

#[cfg(test)]
mod tests {
    use names::{Email, Member, ResourceName, Revision, RoleName, Uid};

    use super::*;
    use crate::permission::IamServiceAccountsSignBlob;
    use crate::{Binding, Grantee, Level, Policy, Question, Standing, Vouched, decide};

    fn account(name: &str) -> AccountName {
        let text = format!("projects/demo/serviceAccounts/{name}@demo.iam.gserviceaccount.com");
        AccountName::parse_canonical(&text).unwrap()
    }

    fn id() -> UniqueId {
        UniqueId::parse("7").unwrap()
    }

    fn principal(name: &str) -> Principal {
        Principal::ServiceAccount { email: account(name).email, unique_id: id() }
    }

    /// What `who`, a token creator on `on`, is permitted there.
    fn permit<P: Permission<Resource = AccountName>>(who: &Principal, on: &str) -> Permit<P> {
        let email: Email = who.email().unwrap().clone();
        let role = RoleName::parse("roles/iam.serviceAccountTokenCreator").unwrap();
        let member = Grantee { member: Member::ServiceAccount(email), unique_id: Some(id()) };
        let policy = Policy::of(vec![Binding { role, members: vec![member], condition: None }]);
        let (name, uid) = (ResourceName::from(account(on)), Uid::parse("u").unwrap());
        let lineage = [Level { name: &name, uid: &uid, policy: Some(&policy), denies: &[] }];
        let question = Question {
            principal: who,
            standing: Standing::Active,
            groups: &[],
            vouched: Vouched::NOTHING,
            lineage: &lineage,
            custom_roles: &(),
            open: None,
            closed: None,
            time: jiff::Timestamp::UNIX_EPOCH,
            revision: Revision(1),
        };
        decide::<P>(&question).unwrap()
    }

    #[test]
    fn each_hop_is_asked_for_by_whoever_the_hop_before_led_to() {
        let [grace, deployer] = ["grace", "deployer"].map(principal);
        let chain = Chain::of(&grace).through(permit(&grace, "deployer"), id()).unwrap();
        assert_eq!(chain.asker(), &deployer);
        let end = chain.end::<IamServiceAccountsSignBlob>(permit(&deployer, "night-job")).unwrap();
        assert_eq!(end.permit().name(), &account("night-job"));
        assert_eq!(end.delegates().collect::<Vec<_>>(), [&account("deployer")]);
    }

    #[test]
    fn permit_of_somebody_else_continues_no_chain() {
        let [grace, deployer] = ["grace", "deployer"].map(principal);
        assert_eq!(Chain::of(&grace).through(permit(&deployer, "signer"), id()).unwrap_err(), BrokenChain);
        // Grace may sign for the night job herself, but not in the name of the deployer.
        let chain = Chain::of(&grace).through(permit(&grace, "deployer"), id()).unwrap();
        let end = chain.end::<IamServiceAccountsSignBlob>(permit(&grace, "night-job"));
        assert_eq!(end.unwrap_err(), BrokenChain);
        let skipped = Chain::of(&grace).end::<IamServiceAccountsSignBlob>(permit(&deployer, "night-job"));
        assert_eq!(skipped.unwrap_err(), BrokenChain);
    }
}
