//! One order from its beginning to the certificate.

use super::asker;
use super::proof::Proofs;
use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeType, Error, Identifier, NewOrder, Order, OrderStatus,
    RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair, SanType};
use std::time::Duration;

/// The profile that authorities have for addresses (Let's Encrypt's word): six days.
const SHORT_LIVED: &str = "shortlived";
/// How long an authority may take to look and to sign.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why there is no certificate, in words for the keeper.
#[derive(Debug)]
pub struct Failed(pub String);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(match error {
            Error::Api(problem) => asker::said(&problem.to_string()),
            Error::Other(cause) => asker::said(&cause.to_string()),
            other => asker::said(&other.to_string()),
        })
    }
}

/// What an order gave.
pub struct Made {
    /// The certificate and what leads to its authority (PEM).
    pub chain: String,
    pub key: String,
}

/// By which door the authority comes to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// TLS-ALPN-01, on port 443.
    Tls,
    /// HTTP-01, on port 80.
    Http,
}

impl Way {
    pub fn word(self) -> &'static str {
        match self {
            Self::Tls => "TLS-ALPN-01 (port 443)",
            Self::Http => "HTTP-01 (port 80)",
        }
    }

    fn kind(self) -> ChallengeType {
        match self {
            Self::Tls => ChallengeType::TlsAlpn01,
            Self::Http => ChallengeType::Http01,
        }
    }
}

/// Orders a certificate for these names and addresses, with the proofs shown while it lasts.
pub async fn made(
    account: &Account,
    names: &[String],
    way: Way,
    replaces: Option<CertificateIdentifier<'static>>,
    proofs: &Proofs,
) -> Result<Made, Failed> {
    let outcome = ordered(account, names, way, replaces, proofs).await;
    proofs.clear();
    outcome
}

async fn ordered(
    account: &Account,
    names: &[String],
    way: Way,
    replaces: Option<CertificateIdentifier<'static>>,
    proofs: &Proofs,
) -> Result<Made, Failed> {
    let identifier = |name: &String| name.parse().map_or_else(|_| Identifier::Dns(name.clone()), Identifier::Ip);
    let identifiers: Vec<Identifier> = names.iter().map(identifier).collect();
    let has_address = identifiers.iter().any(|identifier| matches!(identifier, Identifier::Ip(_)));
    let profile = account.profiles().any(|profile| profile.name == SHORT_LIVED) && has_address;
    let new_order = || {
        let order = NewOrder::new(&identifiers);
        if profile { order.profile(SHORT_LIVED) } else { order }
    };
    // That it replaces another is a kindness to the authority: where it does not want to hear it, it is an order like any.
    let mut order = match replaces {
        Some(replaces) => match account.new_order(&new_order().replaces(replaces)).await {
            Ok(order) => order,
            Err(_) => account.new_order(&new_order()).await?,
        },
        None => account.new_order(&new_order()).await?,
    };
    prove(&mut order, way, proofs).await?;
    let patience = RetryPolicy::default().timeout(PATIENCE);
    match order.poll_ready(&patience).await {
        Ok(OrderStatus::Ready | OrderStatus::Valid) => {}
        Ok(_) => return Err(Failed(refusal(&mut order).await)),
        // The order's own error says less than the look that failed.
        Err(error) => {
            let why = refusal(&mut order).await;
            return Err(if why == UNSAID { error.into() } else { Failed(why) });
        }
    }
    let key = KeyPair::generate().map_err(|e| Failed(e.to_string()))?;
    order.finalize_csr(&request(names, &key).map_err(|e| Failed(e.to_string()))?).await?;
    let chain = order.poll_certificate(&patience).await?;
    Ok(Made { chain, key: key.serialize_pem() })
}

/// Shows the proof for every name that the authority has not seen already, then asks it to look.
async fn prove(order: &mut Order, way: Way, proofs: &Proofs) -> Result<(), Failed> {
    let provider = rustls::crypto::ring::default_provider();
    let mut all = order.authorizations();
    while let Some(authorization) = all.next().await {
        let mut authorization = authorization?;
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            _ => return Err(Failed("The authority has closed this order.".to_owned())),
        }
        let unoffered = || Failed(format!("The authority does not offer {}.", way.word()));
        let mut challenge = authorization.challenge(way.kind()).ok_or_else(unoffered)?;
        let proof = challenge.key_authorization();
        match way {
            Way::Tls => {
                let name = challenge.identifier().to_string();
                proofs.prove_by_tls(&name, proof.digest().as_ref(), &provider).map_err(Failed)?;
            }
            Way::Http => proofs.prove_by_http(&challenge.token, proof.as_str()),
        }
        challenge.set_ready().await?;
    }
    Ok(())
}

const UNSAID: &str = "The authority refused, and does not say why.";

/// What the authority found when it looked.
async fn refusal(order: &mut Order) -> String {
    let mut all = order.authorizations();
    while let Some(authorization) = all.next().await {
        let Ok(mut authorization) = authorization else { continue };
        let Ok(state) = authorization.refresh().await else { continue };
        let problem = state.challenges.iter().find_map(|challenge| challenge.error.as_ref());
        if let Some(problem) = problem {
            return asker::said(&problem.to_string());
        }
    }
    UNSAID.to_owned()
}

/// The request to be signed. It has no common name: an address must not stand there.
fn request(names: &[String], key: &KeyPair) -> Result<Vec<u8>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for name in names {
        params.subject_alt_names.push(match name.parse() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(name.as_str().try_into()?),
        });
    }
    Ok(params.serialize_request(key)?.der().to_vec())
}
