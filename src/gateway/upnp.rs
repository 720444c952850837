//! UPnP as text: the search for a router, its description, and what is said to it (UPnP IGD, WANIPConnection).
//!
//! No XML reader: a router's page is searched for the few elements that matter, within a bound, and what is said is written whole.

use super::{Half, Way};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

/// Where routers hear a search.
pub const SEARCHED: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(239, 255, 255, 250), 1900);
/// The lives that a router can do are its own: this fault means that it knows only for ever.
pub const FOR_EVER_ONLY: u16 = 725;

const KINDS: [&str; 4] = [
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    "urn:schemas-upnp-org:service:WANIPConnection:1",
    "urn:schemas-upnp-org:service:WANPPPConnection:1",
];

/// The searches, one for each kind of router.
pub fn searches() -> impl Iterator<Item = String> {
    KINDS
        .into_iter()
        .map(|kind| format!("M-SEARCH * HTTP/1.1\r\nHOST: {SEARCHED}\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: {kind}\r\n\r\n"))
}

/// Where a router's description is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub at: SocketAddrV4,
    pub path: String,
}

/// The place in an answer to a search, if it is this gateway's own: another device has nothing to say here.
pub fn found(answer: &str, gateway: Ipv4Addr) -> Option<Place> {
    let location =
        answer.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.trim().eq_ignore_ascii_case("location"));
    place(location?.1.trim(), gateway)
}

fn place(url: &str, gateway: Ipv4Addr) -> Option<Place> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (ip, port) = host.split_once(':').unwrap_or((host, "80"));
    let at = SocketAddrV4::new(ip.parse().ok()?, port.parse().ok()?);
    let sound = *at.ip() == gateway && path.bytes().all(|byte| byte.is_ascii_graphic());
    sound.then(|| Place { at, path: if path.is_empty() { "/".to_owned() } else { path.to_owned() } })
}

/// What is spoken to: a kind of service, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub kind: String,
    pub place: Place,
}

/// The service of a router's description that lets through.
pub fn described(text: &str, from: &Place) -> Option<Service> {
    let services = text.split("<service>").skip(1);
    let service = services.map(|rest| rest.split("</service>").next().unwrap_or_default()).find(|service| {
        let kind = element(service, "serviceType").unwrap_or_default();
        kind.starts_with("urn:schemas-upnp-org:service:WANIPConnection:")
            || kind.starts_with("urn:schemas-upnp-org:service:WANPPPConnection:")
    })?;
    let kind = element(service, "serviceType")?.to_owned();
    let url = element(service, "controlURL")?;
    let whole =
        if url.starts_with("http://") { url.to_owned() } else { format!("http://{}/{}", from.at, url.trim_start_matches('/')) };
    let sound = kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-".contains(&byte));
    sound.then(|| Some(Service { kind, place: place(&whole, *from.at.ip())? })).flatten()
}

/// The text of the first element of this name.
pub fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let from = text.find(&format!("<{name}>"))? + name.len() + 2;
    let rest = &text[from..];
    Some(rest[..rest.find("</")?].trim())
}

/// A request for a page.
pub fn get(place: &Place) -> String {
    format!("GET {} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n\r\n", place.path, place.at)
}

/// A request that the service does something.
fn act(service: &Service, action: &str, inside: &str) -> String {
    let body = format!(
        "<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:{action} xmlns:u=\"{}\">{inside}</u:{action}></s:Body></s:Envelope>\r\n",
        service.kind
    );
    format!(
        "POST {} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\nContent-Type: text/xml; charset=\"utf-8\"\r\nSOAPAction: \"{}#{action}\"\r\nContent-Length: {}\r\n\r\n{body}",
        service.place.path,
        service.place.at,
        service.kind,
        body.len()
    )
}

/// Asks for a way; a life of 0 means for ever.
pub fn add(service: &Service, way: Way, own: Ipv4Addr, life_s: u32) -> String {
    let inside = format!(
        "<NewRemoteHost></NewRemoteHost><NewExternalPort>{}</NewExternalPort><NewProtocol>{}</NewProtocol><NewInternalPort>{}</NewInternalPort>\
         <NewInternalClient>{own}</NewInternalClient><NewEnabled>1</NewEnabled><NewPortMappingDescription>Alongside</NewPortMappingDescription>\
         <NewLeaseDuration>{life_s}</NewLeaseDuration>",
        way.outside,
        protocol(way.half),
        way.inside
    );
    act(service, "AddPortMapping", &inside)
}

/// Gives a way back.
pub fn remove(service: &Service, way: Way) -> String {
    let inside = format!(
        "<NewRemoteHost></NewRemoteHost><NewExternalPort>{}</NewExternalPort><NewProtocol>{}</NewProtocol>",
        way.outside,
        protocol(way.half)
    );
    act(service, "DeletePortMapping", &inside)
}

/// Asks for the router's public address.
pub fn address(service: &Service) -> String {
    act(service, "GetExternalIPAddress", "")
}

/// The address in an answer.
pub fn addressed(answer: &str) -> Option<IpAddr> {
    element(answer, "NewExternalIPAddress")?.parse().ok()
}

/// Whether an answer says that it was done.
///
/// # Errors
/// The router's code, 0 where it has none.
pub fn done(answer: &str) -> Result<(), u16> {
    let status = answer.split(' ').nth(1).and_then(|code| code.get(..3)?.parse::<u16>().ok());
    if status == Some(200) {
        Ok(())
    } else {
        Err(element(answer, "errorCode").and_then(|code| code.parse().ok()).unwrap_or_default())
    }
}

/// A router's code in words.
pub fn said(code: u16) -> &'static str {
    match code {
        718 => "another device has that number",
        606 => "it is told to let nobody through (not authorized)",
        728 => "it has no room for another",
        _ => "it refuses, and doesn't say why",
    }
}

fn protocol(half: Half) -> &'static str {
    match half {
        Half::Tcp => "TCP",
        Half::Udp => "UDP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 1);
    const PAGE: &str = "<root><device><serviceList><service><serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType>\
        <controlURL>/ctl/L3F</controlURL></service><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:2</serviceType>\
        <controlURL>/ctl/IPConn</controlURL></service></serviceList></device></root>";

    fn service() -> Service {
        let from = Place { at: SocketAddrV4::new(GATEWAY, 5000), path: "/root.xml".to_owned() };
        described(PAGE, &from).expect("a service")
    }

    #[test]
    fn only_the_gateways_own_answer_leads_anywhere() {
        let answer = |host: &str| format!("HTTP/1.1 200 OK\r\nST: x\r\nLocation: http://{host}/root.xml\r\n\r\n");
        assert_eq!(found(&answer("192.168.1.1:5000"), GATEWAY).map(|place| place.path), Some("/root.xml".to_owned()));
        assert_eq!(found(&answer("192.168.1.77:5000"), GATEWAY), None, "somebody else in the network");
        assert_eq!(found("HTTP/1.1 200 OK\r\n\r\n", GATEWAY), None);
        assert_eq!(found(&answer("192.168.1.1:5000/a b"), GATEWAY), None);
    }

    #[test]
    fn the_service_that_lets_through_is_found_among_others() {
        let service = service();
        assert_eq!(
            (service.kind.as_str(), service.place.path.as_str()),
            ("urn:schemas-upnp-org:service:WANIPConnection:2", "/ctl/IPConn")
        );
        let elsewhere = PAGE.replace("/ctl/IPConn", "http://203.0.113.9/ctl");
        assert_eq!(described(&elsewhere, &service.place), None);
        assert_eq!(described("", &service.place), None);
    }

    #[test]
    fn what_is_said_is_whole_and_what_is_answered_is_read() {
        let asked = add(&service(), Way { half: Half::Tcp, inside: 8443, outside: 443 }, Ipv4Addr::new(192, 168, 1, 5), 600);
        let (head, body) = asked.split_once("\r\n\r\n").expect("both");
        assert!(head.contains(&format!("Content-Length: {}", body.len())) && head.contains("WANIPConnection:2#AddPortMapping"));
        for part in
            ["<NewExternalPort>443<", "<NewInternalPort>8443<", "<NewInternalClient>192.168.1.5<", "<NewLeaseDuration>600<"]
        {
            assert!(body.contains(part), "{part}");
        }
        assert_eq!(done("HTTP/1.0 200 OK\r\n\r\n"), Ok(()));
        assert_eq!(done("HTTP/1.0 500 Internal\r\n\r\n<errorCode>718</errorCode>"), Err(718));
        assert_eq!(done(""), Err(0));
        assert_eq!(addressed("<NewExternalIPAddress>203.0.113.2</NewExternalIPAddress>"), "203.0.113.2".parse().ok());
    }
}
