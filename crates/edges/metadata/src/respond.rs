//! From a question to its answer.

use std::time::Duration;

use http::{Method, Request, Response};
use serde_json::json;

use crate::answer::{self, etag};
use crate::instance::CLOUD_PLATFORM;
use crate::question::{Alt, Options, Question, Wait};
use crate::remembered::Asked;
use crate::tree::{Leaf, Node, Token, lines, names};
use crate::{Metadata, MintError, Minted, door};

impl Metadata {
    /// Answers one request. Nothing of its body is read: what a certificate in it would bind a token to is not
    /// supported, and who asks for it gets one that is bound to nothing (facts §6.1).
    pub async fn answer<B>(&self, request: Request<B>) -> Response<String> {
        let (head, _) = request.into_parts();
        if let Err(stranger) = door::check(&head, self.within.address) {
            return answer::stranger(stranger);
        }
        let (path, query) = (head.uri.path(), head.uri.query());
        let question = match Question::parse(path, query) {
            Ok(question) => question,
            Err(error) => return answer::unreadable(&error.to_string()),
        };
        let Some(node) = self.within.tree.find(&question.segments) else { return answer::not_found() };
        let is_read = head.method == Method::GET;
        match node {
            Node::Directory(_) | Node::Leaf(_) if !is_read => answer::other_method(),
            Node::Token(_) if !is_read && head.method != Method::POST => answer::other_method(),
            Node::Directory(_) if !question.ends_with_slash => answer::moved(path, query),
            Node::Leaf(_) | Node::Token(_) if question.ends_with_slash => answer::not_found(),
            Node::Directory(entries) => {
                self.held_back(&question.options, directory(node, entries, &question.options)).await
            }
            Node::Leaf(leaf) => self.held_back(&question.options, value(leaf, &question.options)).await,
            Node::Token(token) => self.token(*token, question.options).await,
        }
    }

    async fn token(&self, token: Token, options: Options) -> Response<String> {
        let asked = match (token, options.audience) {
            (Token::Access, _) if options.scopes.is_empty() => {
                Asked::Access { scopes: vec![CLOUD_PLATFORM.to_owned()] }
            }
            (Token::Access, _) => Asked::Access { scopes: options.scopes },
            (Token::Identity, Some(audience)) => Asked::Identity { audience },
            (Token::Identity, None) => return answer::unreadable("non-empty audience parameter required"),
        };
        let minted = match self.minted(asked).await {
            Ok(minted) => minted,
            Err(error) => return answer::unminted(token, self.within.account.as_str(), &error),
        };
        match token {
            Token::Access => {
                let left = minted.expires_at.duration_since(self.within.timer.now()).as_secs().max(0);
                let token = minted.token.reveal();
                answer::json(&json!({"access_token": token, "expires_in": left, "token_type": "Bearer"}))
            }
            Token::Identity => answer::text(minted.token.into_revealed()),
        }
    }

    /// A token that was made before, or another.
    async fn minted(&self, asked: Asked) -> Result<Minted, MintError> {
        let within = &self.within;
        if let Some(minted) = within.remembered.find(&asked, within.timer.now()) {
            return Ok(minted);
        }
        let minted = match &asked {
            Asked::Access { scopes } => within.minting.access_token(scopes).await?,
            Asked::Identity { audience } => within.minting.id_token(audience).await?,
        };
        within.remembered.keep(asked, minted.clone(), within.timer.now());
        Ok(minted)
    }

    /// Holds an answer back from who has it already and waits for another. No value changes while a program runs, so
    /// that it is the same one that comes in the end.
    async fn held_back(&self, options: &Options, answer: Response<String>) -> Response<String> {
        if let Some(Wait { last_etag, at_most }) = &options.wait
            && last_etag.as_ref().is_none_or(|last| *last == etag(answer.body()))
        {
            let wait = at_most.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
            // At the drain it is answered at once.
            self.within.drain.unless_draining(self.within.timer.sleep(wait)).await;
        }
        answer
    }
}

fn directory(node: &Node, entries: &[(String, Node)], options: &Options) -> Response<String> {
    match (options.recursive, options.alt) {
        (true, Some(Alt::Text)) => answer::text(node.flat()),
        (true, Some(Alt::Json) | None) => answer::json(&node.json().unwrap_or_default()),
        (false, Some(Alt::Json)) => answer::json(&names(entries).into()),
        (false, Some(Alt::Text) | None) => answer::text(lines(&names(entries))),
    }
}

fn value(leaf: &Leaf, options: &Options) -> Response<String> {
    match (options.alt, options.recursive) {
        (Some(Alt::Json), _) | (None, true) => answer::json(&leaf.json()),
        (Some(Alt::Text), _) | (None, false) => answer::text(leaf.text()),
    }
}

/// How long an answer is held back at most.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
