//! The time zones a member may choose from: one list grouped by continent, and the select that shows it.
//!
//! The names are the IANA database's own, one for each place that ever kept a time of its own. A browser may report an
//! older name; any name that [`Zone::named`](crate::domain::time::Zone::named) knows is shown and kept.

use maud::{Markup, html};

/// Continent and the places in it, as they stand in zone names.
const PLACES: [(&str, &str); 10] = [
    (
        "Africa",
        "Abidjan Accra Addis_Ababa Algiers Asmara Bamako Bangui Banjul Bissau Blantyre Brazzaville Bujumbura Cairo Casablanca Ceuta \
         Conakry Dakar Dar_es_Salaam Djibouti Douala El_Aaiun Freetown Gaborone Harare Johannesburg Juba Kampala Khartoum Kigali Kinshasa \
         Lagos Libreville Lome Luanda Lubumbashi Lusaka Malabo Maputo Maseru Mbabane Mogadishu Monrovia Nairobi Ndjamena Niamey \
         Nouakchott Ouagadougou Porto-Novo Sao_Tome Tripoli Tunis Windhoek",
    ),
    (
        "America",
        "Adak Anchorage Anguilla Antigua Araguaina Argentina/Buenos_Aires Argentina/Catamarca Argentina/Cordoba Argentina/Jujuy \
         Argentina/La_Rioja Argentina/Mendoza Argentina/Rio_Gallegos Argentina/Salta Argentina/San_Juan Argentina/San_Luis \
         Argentina/Tucuman Argentina/Ushuaia Aruba Asuncion Atikokan Bahia Bahia_Banderas Barbados Belem Belize Blanc-Sablon Boa_Vista \
         Bogota Boise Cambridge_Bay Campo_Grande Cancun Caracas Cayenne Cayman Chicago Chihuahua Ciudad_Juarez Costa_Rica Coyhaique \
         Creston Cuiaba Curacao Danmarkshavn Dawson Dawson_Creek Denver Detroit Dominica Edmonton Eirunepe El_Salvador Fort_Nelson \
         Fortaleza Glace_Bay Goose_Bay Grand_Turk Grenada Guadeloupe Guatemala Guayaquil Guyana Halifax Havana Hermosillo \
         Indiana/Indianapolis Indiana/Knox Indiana/Marengo Indiana/Petersburg Indiana/Tell_City Indiana/Vevay Indiana/Vincennes \
         Indiana/Winamac Inuvik Iqaluit Jamaica Juneau Kentucky/Louisville Kentucky/Monticello Kralendijk La_Paz Lima Los_Angeles \
         Lower_Princes Maceio Managua Manaus Marigot Martinique Matamoros Mazatlan Menominee Merida Metlakatla Mexico_City Miquelon \
         Moncton Monterrey Montevideo Montserrat Nassau New_York Nome Noronha North_Dakota/Beulah North_Dakota/Center \
         North_Dakota/New_Salem Nuuk Ojinaga Panama Paramaribo Phoenix Port-au-Prince Port_of_Spain Porto_Velho Puerto_Rico Punta_Arenas \
         Rankin_Inlet Recife Regina Resolute Rio_Branco Santarem Santiago Santo_Domingo Sao_Paulo Scoresbysund Sitka St_Barthelemy \
         St_Johns St_Kitts St_Lucia St_Thomas St_Vincent Swift_Current Tegucigalpa Thule Tijuana Toronto Tortola Vancouver Whitehorse \
         Winnipeg Yakutat",
    ),
    ("Antarctica", "Casey Davis DumontDUrville Macquarie Mawson McMurdo Palmer Rothera Syowa Troll Vostok"),
    ("Arctic", "Longyearbyen"),
    (
        "Asia",
        "Aden Almaty Amman Anadyr Aqtau Aqtobe Ashgabat Atyrau Baghdad Bahrain Baku Bangkok Barnaul Beirut Bishkek Brunei Chita Colombo \
         Damascus Dhaka Dili Dubai Dushanbe Famagusta Gaza Hebron Ho_Chi_Minh Hong_Kong Hovd Irkutsk Jakarta Jayapura Jerusalem Kabul \
         Kamchatka Karachi Kathmandu Khandyga Kolkata Krasnoyarsk Kuala_Lumpur Kuching Kuwait Macau Magadan Makassar Manila Muscat \
         Nicosia Novokuznetsk Novosibirsk Omsk Oral Phnom_Penh Pontianak Pyongyang Qatar Qostanay Qyzylorda Riyadh Sakhalin Samarkand \
         Seoul Shanghai Singapore Srednekolymsk Taipei Tashkent Tbilisi Tehran Thimphu Tokyo Tomsk Ulaanbaatar Urumqi Ust-Nera Vientiane \
         Vladivostok Yakutsk Yangon Yekaterinburg Yerevan",
    ),
    ("Atlantic", "Azores Bermuda Canary Cape_Verde Faroe Madeira Reykjavik South_Georgia St_Helena Stanley"),
    ("Australia", "Adelaide Brisbane Broken_Hill Darwin Eucla Hobart Lindeman Lord_Howe Melbourne Perth Sydney"),
    (
        "Europe",
        "Amsterdam Andorra Astrakhan Athens Belgrade Berlin Bratislava Brussels Bucharest Budapest Busingen Chisinau Copenhagen Dublin \
         Gibraltar Guernsey Helsinki Isle_of_Man Istanbul Jersey Kaliningrad Kirov Kyiv Lisbon Ljubljana London Luxembourg Madrid Malta \
         Mariehamn Minsk Monaco Moscow Oslo Paris Podgorica Prague Riga Rome Samara San_Marino Sarajevo Saratov Simferopol Skopje Sofia \
         Stockholm Tallinn Tirane Ulyanovsk Vaduz Vatican Vienna Vilnius Volgograd Warsaw Zagreb Zurich",
    ),
    ("Indian", "Antananarivo Chagos Christmas Cocos Comoro Kerguelen Mahe Maldives Mauritius Mayotte Reunion"),
    (
        "Pacific",
        "Apia Auckland Bougainville Chatham Chuuk Easter Efate Fakaofo Fiji Funafuti Galapagos Gambier Guadalcanal Guam Honolulu Kanton \
         Kiritimati Kosrae Kwajalein Majuro Marquesas Midway Nauru Niue Norfolk Noumea Pago_Pago Palau Pitcairn Pohnpei Port_Moresby \
         Rarotonga Saipan Tahiti Tarawa Tongatapu Wake Wallis",
    ),
];

/// A select of every zone, by continent. `chosen` is put first when it is not in the list.
///
/// The script `js/pages/zone.js` chooses the browser's own zone wherever `data-zone="guess"` allows it.
pub fn select(id: &str, name: &str, chosen: &str, guess: bool) -> Markup {
    let listed = chosen == "UTC" || names().any(|zone| zone == chosen);
    html! {
        select id=(id) name=(name) required data-zone=[guess.then_some("guess")] {
            @if !listed && !chosen.is_empty() { option value=(chosen) selected { (label(chosen)) } }
            option value="UTC" selected[chosen == "UTC"] { "UTC" }
            @for (continent, places) in PLACES {
                optgroup label=(continent) {
                    @for place in places.split_whitespace() {
                        @let zone = format!("{continent}/{place}");
                        option value=(zone) selected[zone == chosen] { (label(place)) }
                    }
                }
            }
        }
    }
}

/// Every name in the list but UTC.
pub fn names() -> impl Iterator<Item = String> {
    PLACES.into_iter().flat_map(|(continent, places)| places.split_whitespace().map(move |place| format!("{continent}/{place}")))
}

/// A place as people write it: "Argentina/Buenos_Aires" becomes "Buenos Aires, Argentina".
pub fn label(place: &str) -> String {
    let words = place.replace('_', " ");
    match words.rsplit_once('/') {
        Some((land, city)) => format!("{city}, {land}"),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Zone;

    #[test]
    fn every_zone_in_the_list_is_known_to_the_clock() {
        let unknown: Vec<_> = names().filter(|name| Zone::named(name).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(names().count() > 400);
    }

    #[test]
    fn an_older_name_from_a_browser_is_kept() {
        let markup = select("zone", "zone", "Asia/Calcutta", true).into_string();
        assert!(markup.contains(r#"<option value="Asia/Calcutta" selected>Calcutta, Asia</option>"#));
        assert!(select("zone", "zone", "Asia/Kolkata", true).into_string().contains(r#"value="Asia/Kolkata" selected"#));
    }

    #[test]
    fn places_read_as_people_write_them() {
        assert_eq!(label("Argentina/Buenos_Aires"), "Buenos Aires, Argentina");
        assert_eq!(label("Ho_Chi_Minh"), "Ho Chi Minh");
    }
}
