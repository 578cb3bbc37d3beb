//! Every choice that is not in a source table, in one place.
//!
//! Figures marked `assumption` in the written tables come from here and have no other source.

/// Areas that the node tables name and the code list does not.
pub const NAMED_AREAS: &[(&str, &str)] = &[
    ("Akrotiri", "CYP"),
    ("Dhekelia", "CYP"),
    ("Baikonur", "KAZ"),
    ("Cyprus U.N. Buffer Zone", "CYP"),
];

/// Borders closed to freight. (pair, rail only?, reason)
pub const CLOSED_BORDERS: &[(&str, &str, &str, &str)] = &[
    ("ARM", "AZE", "both", "closed since the 1990s"),
    ("ARM", "TUR", "both", "closed since 1993"),
    ("BLR", "UKR", "both", "closed since 2022 (war)"),
    ("RUS", "UKR", "both", "closed since 2022 (war)"),
    ("DZA", "MAR", "both", "closed since 1994"),
    (
        "GEO",
        "RUS",
        "rail",
        "the line through Abkhazia carries no transit traffic; the road over Lars is open",
    ),
    ("IND", "PAK", "both", "no road or rail freight since 2019"),
    (
        "CHN",
        "IND",
        "both",
        "assumption: the Himalayan passes carry no general freight",
    ),
    ("ISR", "LBN", "both", "closed"),
    ("ISR", "SYR", "both", "closed"),
    ("KOR", "PRK", "both", "closed"),
];

/// Is the border closed to `mode` (`road` or `rail`)?
pub fn closed(a: &str, b: &str, mode: &str) -> Option<&'static str> {
    let (a, b) = (a.min(b), a.max(b));
    CLOSED_BORDERS
        .iter()
        .find(|(x, y, m, _)| *x == a && *y == b && (*m == "both" || *m == mode))
        .map(|(_, _, _, why)| *why)
}

/// Fixed links and shared outskirts between territories whose outlines do not touch in the map
/// source; any other edge between such territories is dropped as an error of the source.
pub const KNOWN_CROSSINGS: &[(&str, &str)] = &[
    ("BHR", "SAU"),
    ("CHN", "HKG"),
    ("CHN", "MAC"),
    ("DNK", "SWE"),
    ("ESP", "GIB"),
    ("ESP", "MAR"),
    ("FRA", "GBR"),
    ("FRA", "MCO"),
    ("HKG", "MAC"),
    ("ITA", "VAT"),
    ("MAR", "MRT"),
    ("MYS", "SGP"),
];

/// Pairs of places where the source shows track or streets on both banks but no freight line or
/// bridge in use joins them, so that healing a gap would invent a crossing: territory pair.
pub const NEVER_HEAL: &[(&str, &str)] = &[("CHN", "RUS"), ("CHN", "PRK"), ("COD", "COG")];

/// Rail lines known to exist that the source lacks or interrupts for more than healing reaches.
/// `to` becomes a node of `to_iso3` where the source has none within 2 km.
pub struct KnownLine {
    pub name: &'static str,
    pub from: [f64; 2],
    pub to: [f64; 2],
    pub to_iso3: &'static str,
    pub km: f64,
}
pub const KNOWN_RAIL_LINES: &[KnownLine] = &[
    KnownLine {
        name: "Nong Khai - Vientiane (Thanaleng, open since 2009)",
        from: [102.769, 17.643],
        to: [102.715, 17.908],
        to_iso3: "LAO",
        km: 33.0,
    },
    KnownLine {
        name: "Khanabad - Jalal-Abad",
        from: [72.973, 40.803],
        to: [72.985, 40.925],
        to_iso3: "KGZ",
        km: 17.0,
    },
    KnownLine {
        name: "Kara-Suu - Osh",
        from: [72.877, 40.710],
        to: [72.800, 40.545],
        to_iso3: "KGZ",
        km: 24.0,
    },
    KnownLine {
        name: "Istanbul - Izmit, Gebze to Hereke",
        from: [29.466, 40.773],
        to: [29.614, 40.783],
        to_iso3: "TUR",
        km: 13.5,
    },
    KnownLine {
        name: "Istanbul - Izmit, Hereke to Korfez",
        from: [29.637, 40.776],
        to: [29.695, 40.778],
        to_iso3: "TUR",
        km: 5.2,
    },
    KnownLine {
        name: "Istanbul - Izmit, Derince to Izmit",
        from: [29.788, 40.748],
        to: [29.895, 40.762],
        to_iso3: "TUR",
        km: 9.5,
    },
    KnownLine {
        name: "Tatvan - Van train ferry",
        from: [42.276, 38.514],
        to: [43.308, 38.516],
        to_iso3: "TUR",
        km: 96.0,
    },
];

/// Nodes within so many km of a point that the coarse outlines of the source put on the wrong
/// side of a border: (lon, lat, km, territory).
pub const RELABELLED: &[(f64, f64, f64, &str)] = &[
    // Kara-Suu, divided by the Kyrgyz-Uzbek border: its station is Kyrgyz.
    (72.884, 40.712, 1.5, "KGZ"),
];

/// Gaps up to this many km between separate components of the rail source are errors.
pub const HEAL_COMPONENTS_KM: f64 = 2.0;
/// Dangling ends are snapped to track within this distance …
pub const SNAP_KM: f64 = 5.0;
/// … that is more than this many times as far along the network.
pub const SNAP_DETOUR: f64 = 5.0;
/// Dangling ends are not snapped across a border over more than this.
pub const SNAP_ACROSS_BORDER_KM: f64 = 2.0;

/// A city farther than this from any node of its network is looked for on long edges …
pub const NODE_TOO_FAR_KM: f64 = 15.0;
/// … of at least this length, which are split where they pass it, …
pub const SPLIT_EDGE_KM: f64 = 15.0;
/// … if they pass within this distance.
pub const SPLIT_REACH_KM: f64 = 25.0;
/// A city still without a road is tied to the nearest node of its own land within this distance
/// by a road `ACCESS_DETOUR` times the straight line.
pub const ACCESS_ROAD_KM: f64 = 250.0;

/// Length added to every border crossing when routes for the backbone are searched: drivers avoid
/// borders, and both kinds of route (with and without this) must survive.
pub const BORDER_PENALTY_KM: f64 = 300.0;

pub const CENTRAL_ASIA: &[&str] = &["KAZ", "KGZ", "TJK", "TKM", "UZB"];
pub const SCO_RELATED: &[&str] = &[
    "AFG", "ARE", "ARM", "AZE", "BHR", "BLR", "CHN", "EGY", "IND", "IRN", "KAZ", "KGZ", "KHM",
    "KWT", "LKA", "MDV", "MMR", "MNG", "NPL", "PAK", "QAT", "RUS", "SAU", "TJK", "TUR", "UZB",
];
pub const CAREC: &[&str] = &[
    "AFG", "AZE", "CHN", "GEO", "KAZ", "KGZ", "MNG", "PAK", "TJK", "TKM", "UZB",
];
pub const EAEU: &[&str] = &["ARM", "BLR", "KAZ", "KGZ", "RUS"];
pub const EU: &[&str] = &[
    "AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV",
    "HUN", "IRL", "ITA", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN",
    "SWE",
];
/// EU, EFTA and the microstates inside them: goods cross in about an hour at no fee.
const EUROPEAN_INNER: &[&str] = &[
    "CHE", "NOR", "LIE", "ISL", "AND", "MCO", "SMR", "VAT", "ALA",
];

pub fn inside_europe(iso3: &str) -> bool {
    EU.contains(&iso3) || EUROPEAN_INNER.contains(&iso3)
}

/// Railways built for heavy, frequent freight (assumption after Reed & Trubetskoy's two classes).
pub fn high_capacity_rail(iso3: &str) -> bool {
    EU.contains(&iso3)
        || [
            "CHN", "RUS", "KAZ", "IND", "GBR", "CHE", "NOR", "USA", "CAN", "JPN", "KOR", "ZAF",
            "AUS",
        ]
        .contains(&iso3)
}

/// Trunk roads mostly divided: high-income territories and China (assumption).
pub fn motorway_network(iso3: &str) -> bool {
    inside_europe(iso3)
        || [
            "CHN", "HKG", "MAC", "TWN", "JPN", "KOR", "SGP", "GBR", "IMN", "GGY", "JEY", "GIB",
            "USA", "PRI", "CAN", "AUS", "NZL", "ARE", "BHR", "KWT", "OMN", "QAT", "SAU", "ISR",
            "BRN", "CHL", "URY", "PAN", "BHS", "BRB", "TTO",
        ]
        .contains(&iso3)
}

/// Sea passages that cargo ships do not normally use: closed in the world as it is. The source's
/// `northwest` also carries the northeastern route through the Bering Strait.
pub const CLOSED_PASSAGES: &[&str] = &["northwest", "volga_don"];

/// The waterway from the Caspian to the Sea of Azov: seasonal, locks for small river ships. Lane
/// vertices in this box belong to it.
pub const VOLGA_DON: [f64; 4] = [41.0, 45.6, 48.2, 49.0];

// ---------------------------------------------------------------- places

/// Number of places to choose.
pub const PLACES: usize = 1080;

/// Names in the city source that have a better-known English one: (country, source name, name,
/// aliases).
pub const COMMON_NAMES: &[(&str, &str, &str, &str)] = &[
    ("CHN", "Kashgar", "Kashgar", "Kashi"),
    ("CHN", "Ürümqi", "Urumqi", "Ürümqi|Wulumuqi"),
    ("CHN", "Xi’an", "Xi'an", "Xian"),
    ("CHN", "Ghulja", "Yining", "Ghulja|Kulja"),
    ("CHN", "Aqsu", "Aksu", "Aqsu"),
    ("CHN", "Gujangbagh", "Hotan", "Gujangbagh|Hetian|Khotan"),
    ("CHN", "Shache", "Yarkand", "Shache|Yarkant"),
    ("CHN", "Hami", "Hami", "Kumul"),
    ("CHN", "Jinshanlu", "Altay", "Jinshanlu"),
    ("CHN", "Bayan Nur", "Bayannur", "Bayan Nur"),
    ("UZB", "Andijon", "Andijan", "Andijon"),
    ("UZB", "Qarshi", "Karshi", "Qarshi"),
    ("UZB", "Qo‘qon", "Kokand", "Qo‘qon|Qoqon"),
    ("UZB", "Marg‘ilon", "Margilan", "Marg‘ilon"),
    ("UZB", "Tirmiz", "Termez", "Tirmiz|Termiz"),
    ("UZB", "Jizzax", "Jizzakh", "Jizzax"),
    ("UZB", "Urganch", "Urgench", "Urganch"),
    ("UZB", "Navoiy", "Navoi", "Navoiy"),
    ("UZB", "Xiva", "Khiva", "Xiva"),
    ("UZB", "Olmaliq", "Almalyk", "Olmaliq"),
    ("UZB", "Chirchiq", "Chirchik", "Chirchiq"),
    ("UZB", "Shahrisabz", "Shakhrisabz", "Shahrisabz"),
    ("UZB", "Fergana", "Fergana", "Farg‘ona"),
    ("UZB", "Samarkand", "Samarkand", "Samarqand"),
    ("UZB", "Bukhara", "Bukhara", "Buxoro"),
    ("KGZ", "Manas", "Jalal-Abad", "Manas|Jalalabad|Dzhalal-Abad"),
    ("KGZ", "Kara Suu", "Kara-Suu", "Kara Suu|Karasuu"),
    ("KAZ", "Oral", "Uralsk", "Oral"),
    ("KAZ", "Ust-Kamenogorsk", "Oskemen", "Ust-Kamenogorsk"),
    ("KAZ", "Taraz", "Taraz", "Zhambyl"),
    ("KAZ", "Zhezqazghan", "Zhezkazgan", "Zhezqazghan"),
    ("KAZ", "Petropavl", "Petropavlovsk", "Petropavl"),
    ("KAZ", "Astana", "Astana", "Nur-Sultan"),
    ("TJK", "Kŭlob", "Kulob", "Kŭlob|Kulyab"),
    ("TJK", "Khujand", "Khujand", "Khudzhand|Leninabad"),
    ("TKM", "Türkmenabat", "Turkmenabat", "Türkmenabat|Chardzhou"),
    ("TKM", "Daşoguz", "Dashoguz", "Daşoguz"),
    (
        "TKM",
        "Türkmenbaşy",
        "Turkmenbashi",
        "Türkmenbaşy|Turkmenbashy",
    ),
    ("AFG", "Herāt", "Herat", "Herāt"),
    (
        "AFG",
        "Mazār-e Sharīf",
        "Mazar-i-Sharif",
        "Mazār-e Sharīf|Mazar-e Sharif",
    ),
    ("AFG", "Kandahār", "Kandahar", "Kandahār"),
    ("AFG", "Jalālābād", "Jalalabad", "Jalālābād"),
    (
        "IRN",
        "Bandar-e Anzalī",
        "Bandar Anzali",
        "Bandar-e Anzalī|Anzali",
    ),
    ("IRN", "Mashhad", "Mashhad", "Meshed"),
    ("QAT", "Ar Rayyān", "Al Rayyan", "Ar Rayyān"),
    ("KWT", "Al Aḩmadī", "Al Ahmadi", "Al Aḩmadī"),
    ("MAC", "Macau", "Macao", "Macau"),
    ("BLR", "Homyel'", "Gomel", "Homyel"),
];

/// Places that must be there whatever their size: (territory, common name).
pub const WANTED_PLACES: &[(&str, &str)] = &[
    ("CHN", "Kashgar"),
    ("CHN", "Urumqi"),
    ("CHN", "Lanzhou"),
    ("CHN", "Xi'an"),
    ("CHN", "Korla"),
    ("CHN", "Aksu"),
    ("CHN", "Hotan"),
    ("CHN", "Yining"),
    ("CHN", "Turpan"),
    ("CHN", "Hami"),
    ("CHN", "Karamay"),
    ("CHN", "Bole"),
    ("CHN", "Shihezi"),
    ("CHN", "Altay"),
    ("CHN", "Tacheng"),
    ("CHN", "Yarkand"),
    ("CHN", "Lhasa"),
    ("CHN", "Haikou"),
    ("CHN", "Xining"),
    ("CHN", "Yinchuan"),
    ("CHN", "Hohhot"),
    ("CHN", "Lianyungang"),
    ("UZB", "Andijan"),
    ("UZB", "Termez"),
    ("UZB", "Navoi"),
    ("UZB", "Kokand"),
    ("KGZ", "Osh"),
    ("KGZ", "Jalal-Abad"),
    ("KGZ", "Naryn"),
    ("KGZ", "Balykchy"),
    ("KGZ", "Karakol"),
    ("KGZ", "Talas"),
    ("KGZ", "Batken"),
    ("KGZ", "Kara-Suu"),
    ("KAZ", "Zharkent"),
    ("TJK", "Khorugh"),
    ("TJK", "Khujand"),
    ("TKM", "Turkmenbashi"),
    ("TKM", "Mary"),
    ("TKM", "Balkanabat"),
    ("PAK", "Gwadar"),
    ("PAK", "Islamabad"),
    ("PAK", "Lahore"),
    ("PAK", "Karachi"),
    ("PAK", "Quetta"),
    ("PAK", "Peshawar"),
    ("IRN", "Mashhad"),
    ("IRN", "Bandar Abbas"),
    ("IRN", "Chabahar"),
    ("IRN", "Bandar Anzali"),
    ("AFG", "Herat"),
    ("AFG", "Mazar-i-Sharif"),
    ("AFG", "Kandahar"),
    ("AFG", "Kunduz"),
    ("AFG", "Jalalabad"),
    ("RUS", "Kaliningrad"),
    ("RUS", "Novorossiysk"),
    ("RUS", "Vladivostok"),
    ("RUS", "Orenburg"),
    ("MNG", "Erdenet"),
    ("MNG", "Darhan"),
];

/// Border towns below the city source's 15,000 people: (territory, name, aliases, lon, lat,
/// population). Points of the towns; populations rounded (assumption).
pub const ADDED_PLACES: &[(&str, &str, &str, f64, f64, f64)] = &[
    (
        "CHN",
        "Khorgos",
        "Horgos|Khorgas|Korgas|Huoerguosi",
        80.41,
        44.21,
        70_000.0,
    ),
    ("CHN", "Alashankou", "Alataw Pass", 82.57, 45.17, 15_000.0),
    ("KAZ", "Dostyk", "Druzhba", 82.48, 45.25, 10_000.0),
];

/// Seats of China's provinces and regions.
pub const CHINA_PROVINCE_SEATS: &[&str] = &[
    "Beijing",
    "Tianjin",
    "Shanghai",
    "Chongqing",
    "Shijiazhuang",
    "Taiyuan",
    "Hohhot",
    "Shenyang",
    "Changchun",
    "Harbin",
    "Nanjing",
    "Hangzhou",
    "Hefei",
    "Fuzhou",
    "Nanchang",
    "Jinan",
    "Zhengzhou",
    "Wuhan",
    "Changsha",
    "Guangzhou",
    "Nanning",
    "Haikou",
    "Chengdu",
    "Guiyang",
    "Kunming",
    "Lhasa",
    "Xi'an",
    "Lanzhou",
    "Xining",
    "Yinchuan",
    "Urumqi",
];

/// Capitals written otherwise in the city source.
pub const CAPITAL_NAMES: &[(&str, &str)] = &[
    ("KAZ", "Astana"),
    ("MNG", "Ulan Bator"),
    ("ISL", "Reykjavik"),
    ("PLW", "Ngerulmud"),
    ("MAC", "Macao"),
    ("MMR", "Nay Pyi Taw"),
    ("XKX", "Pristina"),
];

/// Population given where the city source says 0.
pub const UNKNOWN_POPULATION: f64 = 15_000.0;

// ---------------------------------------------------------------- terminals

/// Ports chosen by name (UN/LOCODE) whatever the places around them.
pub const NAMED_PORTS: &[&str] = &[
    "CNSHA", "CNNGB", "CNYTN", "CNTAO", "CNXIP", "CNDLC", "CNLYG", "CNXMN", "CNNSA", "HKHKG",
    "KRPUS", "JPTYO", "JPYOK", "JPUKB", "JPNGO", "RUVVO", "RUVYP", "RUNVS", "RULED", "RUKGD",
    "IRBND", "IRZBR", "PKKHI", "PKBQM", "PKGWD", "INBOM", "INNSA", "INMUN", "INIXY", "INMAA",
    "INCCU", "INHAL", "INVTZ", "INCOK", "LKCMB", "BDCGP", "MMRGN", "SGSIN", "MYPKG", "NLRTM",
    "DEHAM", "BEANR", "GRPIR", "ROCND", "UAODS", "GEPTI", "GEBUS", "TRIST", "TRAMR", "TRMER",
    "TRIZM", "KZAAU", "AZBAK", "TMKRW", "IRBAZ", "AEJEA", "SAJED", "SADMN", "QADOH", "QAHMD",
    "KWSWK", "BHBAH", "MVMLE", "EGPSD", "EGALY", "KHSIH", "THLCH", "VNHPH", "VNSGN", "VNCMT",
    "IDJKT", "PHMNL", "IQUQR", "DJJIB", "KEMBA", "ZADUR", "BRSSZ", "USSAV", "USLAX", "USNYC",
    "CAVAN", "PECLL", "CLVAP", "AUSYD", "PLGDN", "ITTRS", "ESALG", "GBFXT", "FRLEH", "LBBEY",
    "YEADE", "OMSLL", "OMSOH", "OMMCT", "ILHFA", "JOAQB", "LVRIX", "LTKLJ", "KPCHO", "KPNAM",
    "CNFOC", "TWKHH", "TWKEL", "AEDXB", "IRBUZ", "IRBKM", "SYLTK", "CYLMS", "MTMAR", "PACTB",
    "ZACPT", "NGAPP", "CMDLA", "AOLAD", "TZDAR", "SDPZU", "MACAS", "DZALG", "TNRAD", "LYTIP",
];

/// Hours and USD of passing a rail terminal: Reed & Trubetskoy's road–rail switch (5 h, 25 USD)
/// and a dwell of 12 h and a lift of 50 USD, both assumptions.
pub const RAIL_TERMINAL_HOURS: f64 = 5.0 + 12.0;
pub const RAIL_TERMINAL_USD: f64 = 25.0 + 50.0;
/// Port fee of Reed & Trubetskoy.
pub const PORT_USD: f64 = 200.0;
/// Dwell of a container in port by the country's Logistics Performance Index (assumption).
pub fn port_hours(lpi: Option<f64>) -> f64 {
    match lpi {
        Some(score) if score >= 3.5 => 24.0,
        Some(score) if score >= 2.7 => 48.0,
        _ => 72.0,
    }
}
pub const AIRPORT_HOURS: f64 = 12.0;
pub const AIRPORT_USD: f64 = 400.0;
/// Truck kilometres per straight-line kilometre between a terminal and the road node.
pub const ACCESS_DETOUR: f64 = 1.3;

// ---------------------------------------------------------------- borders

/// No single side of a border counts for more than this: Doing Business figures of several
/// hundred hours describe seaports, not land crossings.
pub const BORDER_SIDE_HOURS_CAP: f64 = 96.0;
pub const BORDER_SIDE_USD_CAP: f64 = 600.0;
/// Half of Reed & Trubetskoy's default wait of 90 h, where a territory has no figure.
pub const BORDER_SIDE_HOURS_DEFAULT: f64 = 45.0;
/// About the median fee of their table, where a territory has none.
pub const BORDER_SIDE_USD_DEFAULT: f64 = 340.0;
