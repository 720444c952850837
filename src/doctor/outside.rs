//! What no machine can see of itself: whether the world outside reaches it. Said as that, with the way to see it.

use super::Patient;
use crate::domain::health::{Check, Finding};
use crate::port::addresses::Reach;

const OUTSIDE: Check = Check::new("outside.reached", "Reached from outside");

pub fn look(patient: &Patient) -> Vec<Finding> {
    vec![judge(patient.port, patient.own_addresses().iter().any(|a| matches!(a.reach, Reach::PublicV4 | Reach::PublicV6)))]
}

fn judge(port: u16, public: bool) -> Finding {
    if public {
        return OUTSIDE.unseen(
            "The machine has an address on the internet. Whether a provider's firewall lets people through can't be seen from inside.",
            format!("Allow TCP and UDP {port} at the provider; then open /check on a phone with its Wi-Fi switched off"),
        );
    }
    OUTSIDE.unseen(
        "The machine has addresses of its own network only. From outside it is reached if the router passes the port on, which can't be seen from inside.",
        format!("If people come from outside: forward TCP and UDP {port} in the router to this machine; then open /check on a phone with its Wi-Fi switched off"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    #[test]
    fn what_cannot_be_seen_from_inside_is_never_called_open_or_closed() {
        for public in [true, false] {
            let finding = judge(8443, public);
            assert!(finding.level == Level::Unseen && finding.fix.expect("a way").contains("TCP and UDP 8443"));
        }
    }
}
