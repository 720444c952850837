//! An ACME authority for tests (RFC 8555, 8737, 8738, 9773) over real sockets: it checks each signature and nonce, really connects to
//! look for the proof, signs what was requested and nothing else, and refuses or advises what the test wants.

use alongside::tls::Resolver;
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD as B64;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair, SanType};
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

const PROBLEM: &str = "urn:ietf:params:acme:error:";
/// Of the extension that carries a proof (RFC 8737 section 3).
const ACME_IDENTIFIER: &str = "1.3.6.1.5.5.7.1.31";

/// How it behaves, changed by tests while it runs.
#[derive(Clone, Debug)]
pub struct Manner {
    /// New orders are refused with these words.
    pub refuses: Option<&'static str>,
    /// How long certificates hold, in seconds.
    pub life_s: i64,
    /// The window to renew in, in Unix seconds; `None` means that it gives no advice.
    pub window: Option<(i64, i64)>,
    pub offers_tls: bool,
    /// So many requests are told that their one-time word is not known any more, as by an authority of several machines.
    pub forgets: usize,
}

/// The authority.
pub struct Authority {
    pub directory: String,
    /// Its own TLS certificate's root, and the root of what it signs.
    pub root_pem: String,
    pub desk: Arc<Desk>,
}

pub struct Desk {
    origin: String,
    signer: Issuer<'static, KeyPair>,
    root_pem: String,
    manner: Mutex<Manner>,
    state: Mutex<State>,
    /// Where to look instead of 443 and 80 of the name.
    looks: Mutex<(u16, u16)>,
}

#[derive(Default)]
struct State {
    nonces: Vec<String>,
    /// The key of each account: x and y.
    accounts: Vec<[Vec<u8>; 2]>,
    thumbs: Vec<String>,
    orders: Vec<Order>,
    /// What was asked, in order.
    asked: Vec<String>,
}

struct Order {
    account: usize,
    identifiers: Vec<Value>,
    /// One for each identifier: `None` is pending, else whether it is proven, with the words of the refusal.
    proven: Vec<Option<Result<(), String>>>,
    replaces: Option<String>,
    profile: Option<String>,
    chain: Option<String>,
}

type Refusal = (u16, &'static str, String);

impl Authority {
    /// Opens one; `look` is where the machine is that is looked at: the port for handshakes, and for plain HTTP.
    pub async fn open(look: (u16, u16)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test authority");
        let root = params.self_signed(&key).unwrap();
        let root_pem = root.pem();
        let signer = Issuer::from_ca_cert_der(root.der(), key).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let own_key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&own_key, &signer).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(server_config(&own.pem(), &own_key.serialize_pem())));
        let manner = Manner { refuses: None, life_s: 90 * 86_400, window: None, offers_tls: true, forgets: 0 };
        let desk = Desk {
            origin: origin.clone(),
            signer,
            root_pem: root_pem.clone(),
            manner: Mutex::new(manner),
            state: Mutex::default(),
            looks: Mutex::new(look),
        };
        let desk = Arc::new(desk);
        let serving = desk.clone();
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let (acceptor, desk) = (acceptor.clone(), serving.clone());
                tokio::spawn(async move {
                    let Ok(tls) = acceptor.accept(tcp).await else { return };
                    let service = hyper::service::service_fn(move |request| {
                        let desk = desk.clone();
                        async move { Ok::<_, std::convert::Infallible>(desk.answer(request).await) }
                    });
                    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tls), service).await;
                });
            }
        });
        Self { directory: format!("{origin}/directory"), root_pem, desk }
    }

    pub fn behaves(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.desk.manner.lock().unwrap());
    }

    /// How often something was asked.
    pub fn asked(&self, what: &str) -> usize {
        self.desk.state.lock().unwrap().asked.iter().filter(|asked| *asked == what).count()
    }

    /// What the last order named as what it replaces, and its profile.
    pub fn last_order(&self) -> (Option<String>, Option<String>) {
        let state = self.desk.state.lock().unwrap();
        let last = state.orders.last().unwrap();
        (last.replaces.clone(), last.profile.clone())
    }
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let answered = match (method, path.as_str()) {
            (Method::GET, "/directory") => Ok((200, self.directory(), None)),
            (Method::HEAD, "/nonce") => Ok((200, Value::Null, None)),
            (Method::GET, path) if path.starts_with("/renewal/") => self.renewal(),
            (Method::POST, path) => self.posted(path, &body).await,
            _ => Err((404, "malformed", "no such place".to_owned())),
        };
        let nonce = B64.encode(&ring::rand::generate::<[u8; 16]>(&ring::rand::SystemRandom::new()).unwrap().expose());
        self.state.lock().unwrap().nonces.push(nonce.clone());
        let response = Response::builder().header("replay-nonce", nonce);
        match answered {
            Ok((status, Value::String(pem), _)) => {
                response.status(status).header("content-type", "application/pem-certificate-chain").body(Full::from(pem)).unwrap()
            }
            Ok((status, value, location)) => {
                let response = response.status(status).header("retry-after", "1");
                let response = location.into_iter().fold(response, |response, at| response.header("location", at));
                let text = if value.is_null() { String::new() } else { value.to_string() };
                response.header("content-type", "application/json").body(Full::from(text)).unwrap()
            }
            Err((status, kind, detail)) => {
                let text = json!({ "type": format!("{PROBLEM}{kind}"), "detail": detail, "status": status }).to_string();
                let status = StatusCode::from_u16(status).unwrap();
                response.status(status).header("content-type", "application/problem+json").body(Full::from(text)).unwrap()
            }
        }
    }

    fn directory(&self) -> Value {
        let at = |path: &str| format!("{}/{path}", self.origin);
        json!({ "newNonce": at("nonce"), "newAccount": at("account"), "newOrder": at("order"), "revokeCert": at("revoke"),
            "keyChange": at("key"), "renewalInfo": at("renewal"),
            "meta": { "profiles": { "classic": "as ever", "shortlived": "six days" } } })
    }

    fn renewal(&self) -> Result<(u16, Value, Option<String>), Refusal> {
        self.state.lock().unwrap().asked.push("renewal".to_owned());
        let (start, end) = self.manner.lock().unwrap().window.ok_or((404, "malformed", "no advice".to_owned()))?;
        let said = |s: i64| jiff::Timestamp::from_second(s).unwrap().to_string();
        Ok((200, json!({ "suggestedWindow": { "start": said(start), "end": said(end) } }), None))
    }

    /// Checks who posts (RFC 8555 section 6) and does it.
    async fn posted(&self, path: &str, body: &[u8]) -> Result<(u16, Value, Option<String>), Refusal> {
        let broken = |why: &str| (400, "malformed", why.to_owned());
        let jws: Value = serde_json::from_slice(body).map_err(|_| broken("no JSON"))?;
        let part = |name: &str| jws[name].as_str().unwrap_or_default().to_owned();
        let decoded = |text: &str| B64.decode(text.as_bytes()).map_err(|_| broken("no base64url"));
        let header: Value = serde_json::from_slice(&decoded(&part("protected"))?).map_err(|_| broken("no header"))?;
        let nonce = header["nonce"].as_str().unwrap_or_default().to_owned();
        if header["alg"] != "ES256" || header["url"] != format!("{}{path}", self.origin) {
            return Err(broken("another url or algorithm"));
        }
        let (account, key) = {
            let mut state = self.state.lock().unwrap();
            let known = state.nonces.iter().position(|had| *had == nonce).ok_or((400, "badNonce", "once only".to_owned()))?;
            state.nonces.remove(known);
            let mut manner = self.manner.lock().unwrap();
            if manner.forgets > 0 {
                manner.forgets -= 1;
                return Err((400, "badNonce", "forgotten".to_owned()));
            }
            match header["kid"].as_str() {
                Some(kid) => {
                    let number = kid.rsplit('/').next().and_then(|n| n.parse::<usize>().ok());
                    let number = number.filter(|n| *n < state.accounts.len());
                    let number = number.ok_or((400, "accountDoesNotExist", "who?".to_owned()))?;
                    (Some(number), state.accounts[number].clone())
                }
                None => {
                    let coordinate = |name: &str| decoded(header["jwk"][name].as_str().unwrap_or_default());
                    (None, [coordinate("x")?, coordinate("y")?])
                }
            }
        };
        let point = [&[4], key[0].as_slice(), key[1].as_slice()].concat();
        let signed = format!("{}.{}", part("protected"), part("payload"));
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(signed.as_bytes(), &decoded(&part("signature"))?)
            .map_err(|_| (401, "unauthorized", "the signature is wrong".to_owned()))?;
        let payload: Value = serde_json::from_slice(&decoded(&part("payload"))?).unwrap_or(Value::Null);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let number = |at: usize| parts.get(at).and_then(|n| n.parse::<usize>().ok()).ok_or(broken("no number"));
        match (parts[0], account) {
            ("account", None) => Ok(self.account(key, &payload)?),
            ("order", Some(account)) if parts.len() == 1 => self.new_order(account, &payload),
            ("order", Some(_)) => Ok((200, self.order(number(1)?), None)),
            ("authorization", Some(_)) => Ok((200, self.authorization(number(1)?, number(2)?), None)),
            ("challenge", Some(account)) => self.look(account, number(1)?, number(2)?, parts[3]).await,
            ("finalize", Some(_)) => self.finalize(number(1)?, &payload),
            ("certificate", Some(_)) => {
                let chain = self.state.lock().unwrap().orders[number(1)?].chain.clone();
                Ok((200, Value::String(chain.ok_or(broken("not there"))?), None))
            }
            _ => Err(broken("no such place")),
        }
    }

    fn account(&self, key: [Vec<u8>; 2], payload: &Value) -> Result<(u16, Value, Option<String>), Refusal> {
        if payload["termsOfServiceAgreed"] != true {
            return Err((403, "userActionRequired", "agree first".to_owned()));
        }
        let mut state = self.state.lock().unwrap();
        state.asked.push("account".to_owned());
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, B64.encode(&key[0]), B64.encode(&key[1]));
        state.thumbs.push(B64.encode(digest(&SHA256, jwk.as_bytes()).as_ref()));
        state.accounts.push(key);
        let at = format!("{}/accounts/{}", self.origin, state.accounts.len() - 1);
        Ok((201, json!({ "status": "valid" }), Some(at)))
    }

    fn new_order(&self, account: usize, payload: &Value) -> Result<(u16, Value, Option<String>), Refusal> {
        self.state.lock().unwrap().asked.push("order".to_owned());
        if let Some(words) = self.manner.lock().unwrap().refuses {
            return Err((429, "rateLimited", words.to_owned()));
        }
        let identifiers = payload["identifiers"].as_array().cloned().unwrap_or_default();
        let profile = payload["profile"].as_str().map(str::to_owned);
        if identifiers.iter().any(|one| one["type"] == "ip") && profile.as_deref() != Some("shortlived") {
            return Err((400, "rejectedIdentifier", "addresses are for the short-lived only".to_owned()));
        }
        let proven = identifiers.iter().map(|_| None).collect();
        let replaces = payload["replaces"].as_str().map(str::to_owned);
        let number = {
            let mut state = self.state.lock().unwrap();
            state.orders.push(Order { account, identifiers, proven, replaces, profile, chain: None });
            state.orders.len() - 1
        };
        Ok((201, self.order(number), Some(format!("{}/order/{number}", self.origin))))
    }

    fn order(&self, number: usize) -> Value {
        let state = self.state.lock().unwrap();
        let order = &state.orders[number];
        let status = match () {
            () if order.chain.is_some() => "valid",
            () if order.proven.iter().any(|proven| matches!(proven, Some(Err(_)))) => "invalid",
            () if order.proven.iter().all(Option::is_some) => "ready",
            () => "pending",
        };
        let at = |path: String| format!("{}/{path}", self.origin);
        let authorizations: Vec<String> =
            (0..order.identifiers.len()).map(|one| at(format!("authorization/{number}/{one}"))).collect();
        let mut value = json!({ "status": status, "identifiers": order.identifiers, "authorizations": authorizations,
            "finalize": at(format!("finalize/{number}")) });
        if let Some(replaces) = &order.replaces {
            value["replaces"] = json!(replaces);
        }
        if order.chain.is_some() {
            value["certificate"] = json!(at(format!("certificate/{number}")));
        }
        value
    }

    fn authorization(&self, number: usize, one: usize) -> Value {
        let offers_tls = self.manner.lock().unwrap().offers_tls;
        let state = self.state.lock().unwrap();
        let order = &state.orders[number];
        let (status, error) = match &order.proven[one] {
            None => ("pending", Value::Null),
            Some(Ok(())) => ("valid", Value::Null),
            Some(Err(why)) => ("invalid", json!({ "type": format!("{PROBLEM}connection"), "detail": why })),
        };
        let mut kinds = vec!["http-01"];
        kinds.extend(offers_tls.then_some("tls-alpn-01"));
        let challenge = |kind: &&str| {
            let mut value = json!({ "type": kind, "status": status, "token": token(number, one),
                "url": format!("{}/challenge/{number}/{one}/{kind}", self.origin) });
            if !error.is_null() {
                value["error"] = error.clone();
            }
            value
        };
        let challenges: Vec<Value> = kinds.iter().map(challenge).collect();
        json!({ "status": status, "identifier": order.identifiers[one], "challenges": challenges })
    }

    /// Goes and looks.
    async fn look(&self, account: usize, number: usize, one: usize, kind: &str) -> Result<(u16, Value, Option<String>), Refusal> {
        let (thumb, identifier) = {
            let mut state = self.state.lock().unwrap();
            assert_eq!(state.orders[number].account, account);
            state.asked.push(format!("look {kind}"));
            (state.thumbs[account].clone(), state.orders[number].identifiers[one]["value"].as_str().unwrap().to_owned())
        };
        let token = token(number, one);
        let expected = format!("{token}.{thumb}");
        let (tls, plain) = *self.looks.lock().unwrap();
        let looking = async {
            match kind {
                "http-01" => look_by_http(plain, &token, &expected).await,
                _ => look_by_tls(tls, &identifier, &expected).await,
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(5), looking).await.unwrap_or(Err("no answer in time".to_owned()));
        self.state.lock().unwrap().orders[number].proven[one] = Some(found);
        let challenge = json!({ "type": kind, "status": "processing", "token": token,
            "url": format!("{}/challenge/{number}/{one}/{kind}", self.origin) });
        Ok((200, challenge, None))
    }

    /// Signs a request whose names are those of the order, and which has no common name.
    fn finalize(&self, number: usize, payload: &Value) -> Result<(u16, Value, Option<String>), Refusal> {
        let wrong = |why: &str| (400, "badCSR", why.to_owned());
        let der = B64.decode(payload["csr"].as_str().unwrap_or_default().as_bytes()).map_err(|_| wrong("no request"))?;
        let request = CertificateSigningRequestDer::from(der);
        let mut request = CertificateSigningRequestParams::from_der(&request).map_err(|_| wrong("it cannot be read"))?;
        let mut names: Vec<String> = request.params.subject_alt_names.iter().map(name_of).collect();
        let mut wanted: Vec<String> = {
            let state = self.state.lock().unwrap();
            state.orders[number].identifiers.iter().map(|one| one["value"].as_str().unwrap().to_owned()).collect()
        };
        names.sort();
        wanted.sort();
        if names != wanted || request.params.distinguished_name.get(&DnType::CommonName).is_some() {
            return Err(wrong("other names than the order's"));
        }
        let now = SystemTime::now();
        let life = self.manner.lock().unwrap().life_s as u64;
        request.params.not_before = (now - Duration::from_secs(3600)).into();
        request.params.not_after = (now + Duration::from_secs(life)).into();
        request.params.use_authority_key_identifier_extension = true;
        let serial: [u8; 8] = ring::rand::generate(&ring::rand::SystemRandom::new()).unwrap().expose();
        request.params.serial_number = Some(serial.to_vec().into());
        let leaf = request.signed_by(&self.signer).map_err(|_| wrong("it cannot be signed"))?.pem();
        self.state.lock().unwrap().orders[number].chain = Some(format!("{leaf}{}", self.root_pem));
        Ok((200, self.order(number), None))
    }
}

fn token(number: usize, one: usize) -> String {
    B64.encode(format!("token-{number}-{one}-of-the-test").as_bytes())
}

fn name_of(san: &SanType) -> String {
    match san {
        SanType::DnsName(name) => name.as_str().to_owned(),
        SanType::IpAddress(ip) => ip.to_string(),
        other => format!("{other:?}"),
    }
}

fn server_config(certificate: &str, key: &str) -> rustls::ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let pair = CertifiedKey::from_der(chain, key, &provider).unwrap();
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Resolver::new(pair)))
}

async fn look_by_http(port: u16, token: &str, expected: &str) -> Result<(), String> {
    let mut tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(|e| e.to_string())?;
    let request = format!("GET /.well-known/acme-challenge/{token} HTTP/1.1\r\nHost: looked.at\r\nConnection: close\r\n\r\n");
    tcp.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).await.map_err(|e| e.to_string())?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    if body == expected { Ok(()) } else { Err(format!("another text: {answer}")) }
}

/// RFC 8737 section 3, and RFC 8738 section 6 for addresses.
async fn look_by_tls(port: u16, identifier: &str, expected: &str) -> Result<(), String> {
    let asked = match identifier.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(_)) => return Err("this authority looks at IPv4 only".to_owned()),
        Err(_) => identifier.to_owned(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"acme-tls/1".to_vec()];
    let tcp = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|e| e.to_string())?;
    let name = ServerName::try_from(asked).map_err(|e| e.to_string())?;
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map_err(|e| e.to_string())?;
    let (_, session) = tls.get_ref();
    if session.alpn_protocol() != Some(b"acme-tls/1") {
        return Err("the protocol was not agreed".to_owned());
    }
    let shown = session.peer_certificates().and_then(|chain| chain.first()).ok_or("no certificate")?;
    let (_, parsed) = X509Certificate::from_der(shown).map_err(|e| e.to_string())?;
    let sans = parsed.subject_alternative_name().ok().flatten().ok_or("no names")?;
    let named = match sans.value.general_names.as_slice() {
        [GeneralName::DNSName(name)] => name.eq_ignore_ascii_case(identifier),
        [GeneralName::IPAddress(ip)] => identifier.parse::<Ipv4Addr>().is_ok_and(|own| own.octets() == **ip),
        _ => false,
    };
    let wanted = digest(&SHA256, expected.as_bytes());
    let extension = parsed.extensions().iter().find(|one| one.oid.to_id_string() == ACME_IDENTIFIER);
    let proof = extension.ok_or("no proof in it")?;
    // An octet string of 32 bytes.
    let holds = proof.critical && proof.value.strip_prefix(&[4, 32]) == Some(wanted.as_ref());
    if named && holds { Ok(()) } else { Err("another proof, or for another name".to_owned()) }
}

/// Proofs are signed by nobody.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
