//! Files of measured worlds, good and bad.
#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::time::Duration;

const NODES: &str = "id,name,city,country_iso2,lat,lon,provider,source\n\
    a,A,\"Town, of A\",SG,1.3,103.8,x,s\nb,B,B,HK,22.3,114.2,x,s\nc,C,C,JP,35.7,139.7,y,s\n\
    d,D,D,DE,50.1,8.7,y,s\ne,E,E,US,39.0,-77.5,z,s\n";
const RTT: &str = "src,dst,rtt_ms,stat,n\na,b,35.5,min,1\nb,a,34.25,min,1\nc,a,70,min,1\n";

fn line(nodes: &str, rtt: &str, exclusions: &str) -> (String, u64, String) {
    match parse(nodes.as_bytes(), rtt.as_bytes(), exclusions.as_bytes()) {
        Err(MeasuredError::Line { file, line, what }) => (file.into(), line, what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_smaller_direction_counts_and_missing_pairs_are_missing() {
    let world = parse(NODES.as_bytes(), RTT.as_bytes(), b"").unwrap();
    assert_eq!(world.nodes[0].city, "Town, of A");
    let expected = Some(Duration::from_micros(34_250));
    assert_eq!(
        (world.round_trip(0, 1), world.round_trip(1, 0)),
        (expected, expected)
    );
    assert_eq!(world.round_trip(1, 2), None);
    let sources: Vec<bool> = world.nodes.iter().map(|node| node.is_source).collect();
    assert_eq!(sources, [true, true, true, false, false]);
}

#[test]
fn exclusions_drop_rows_and_mark_nodes() {
    let exclusions = "kind,name,reason\ndrop_src,B,middlebox\nbad_truth,D,\"2 ms, impossible\"\nbad_pair,C->A,x\n";
    let world = parse(NODES.as_bytes(), RTT.as_bytes(), exclusions.as_bytes()).unwrap();
    assert_eq!(world.round_trip(0, 1), Some(Duration::from_micros(35_500)));
    assert_eq!(world.round_trip(0, 2), None);
    assert!(!world.nodes[1].is_source);
    assert_eq!(world.nodes[3].doubt, Some(Doubt::BadTruth));
}

#[test]
fn errors_name_the_line() {
    let with = |from: &str, to: &str| NODES.replace(from, to);
    assert_eq!(line(&with(",SG,", ",S1,"), RTT, "").1, 2);
    assert_eq!(line(&with(",SG,", ",,"), RTT, "").1, 2);
    assert!(
        line(&with(",22.3,114.2", ",,"), RTT, "")
            .2
            .contains("`lat` is empty; a number from -90 to 90 is expected")
    );
    assert_eq!(line(&with("b,B,B,HK,22.3", "b,B,B,HK,122.3"), RTT, "").1, 3);
    assert_eq!(line(&with("\nc,", "\na,"), RTT, "").1, 4);
    assert!(
        line(&with("lat", "x"), RTT, "")
            .2
            .contains("no column `lat`")
    );
    let (file, at, what) = line(
        NODES,
        "src,dst,rtt_ms,stat,n\na,b,1,min,1\na,q,1,min,1\n",
        "",
    );
    assert_eq!((file.as_str(), at), ("rtt.csv", 3));
    assert!(what.contains("`q`"));
    for bad in ["NaN", "-1", "x", "", "inf", "99999999"] {
        assert_eq!(
            line(
                NODES,
                &format!("src,dst,rtt_ms,stat,n\na,b,{bad},min,1\n"),
                ""
            )
            .1,
            2
        );
    }
    assert_eq!(line(NODES, "src,dst,rtt_ms,stat,n\na,b\n", "").1, 2);
    assert!(
        line(NODES, RTT, "kind,name\nnonsense,A\n")
            .2
            .contains("nonsense")
    );
    assert!(matches!(
        parse(b"id,name,city,country_iso2,lat,lon,provider\n", b"", b""),
        Err(MeasuredError::TooFew(0))
    ));
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let unix = NODES
        .replace("b,B,B,HK", "b,B\u{9f},B,HK")
        .replace("\nb,", "\n\n\nb,");
    let windows = unix.replace('\n', "\r\n");
    for nodes in [unix.clone(), windows.clone(), format!("\u{feff}{windows}")] {
        let (file, at, what) = line(&nodes, RTT, "");
        assert_eq!((file.as_str(), at), ("nodes.csv", 5));
        assert!(
            what.contains("`name` holds the control character U+009F"),
            "{what}"
        );
    }
    let short = RTT.replace("b,a,34.25,min,1", "b,a").replace('\n', "\r\n");
    let (_, at, what) = line(NODES, &short, "");
    assert_eq!((at, what.as_str()), (3, "2 fields where the header has 5"));
    let latin1 = [NODES.as_bytes(), b"f,Z\xfcrich,Z,CH,47,8,x,s\n"].concat();
    let error = parse(&latin1, RTT.as_bytes(), b"").unwrap_err();
    assert_eq!(error.to_string(), "nodes.csv, line 7: not UTF-8");
}

#[test]
fn files_of_other_makers_are_read() {
    let expected = parse(NODES.as_bytes(), RTT.as_bytes(), b"").unwrap();
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(
        parse(windows(NODES).as_bytes(), windows(RTT).as_bytes(), b"").unwrap(),
        expected
    );
    // Other columns, in another order, lower case, no spaces saved.
    let nodes = "lon,lat,asn,id,country_iso2\n103.8, 1.3 ,7,a,sg\n114.2,22.3,,\"b,1\",hk\n\
        139.7,35.7,,c,JP\n8.7,50.1,,d,XK\n-180,-90,,\"e \"\"quoted\"\"\",AQ\n";
    let rtt = "rtt_ms,dst,src,proto\n35.5,a,\"b,1\",icmp\n";
    let world = parse(
        nodes.as_bytes(),
        rtt.as_bytes(),
        b"kind,name\nbad_coord,\"b,1\"\n",
    )
    .unwrap();
    let node = &world.nodes[1];
    assert_eq!(
        (
            node.id.as_str(),
            node.name.as_str(),
            node.territory.as_str()
        ),
        ("b,1", "b,1", "HK")
    );
    assert_eq!(
        (node.provider.as_str(), node.doubt),
        ("", Some(Doubt::BadCoordinates))
    );
    assert_eq!(world.nodes[4].id, "e \"quoted\"");
    assert_eq!(world.round_trip(0, 1), Some(Duration::from_micros(35_500)));
}

#[test]
fn means_count_and_spreads_are_refused() {
    for stat in ["min", "avg", "min-of-avg", "p50", ""] {
        let rtt = format!("src,dst,rtt_ms,stat\na,b,9,{stat}\n");
        assert!(parse(NODES.as_bytes(), rtt.as_bytes(), b"").is_ok());
    }
    let (_, at, what) = line(NODES, "src,dst,rtt_ms,stat\na,b,9,min\na,b,9,MDEV\n", "");
    assert_eq!(
        (at, what.as_str()),
        (3, "`stat` is `MDEV`, which is no round trip")
    );
}

#[test]
fn a_name_of_several_nodes_means_them_all_and_the_gravest_doubt_holds() {
    let nodes = NODES.replace("b,B,", "b,A,");
    let doubts = |exclusions: &str| {
        let world = parse(nodes.as_bytes(), RTT.as_bytes(), exclusions.as_bytes()).unwrap();
        [world.nodes[0].doubt, world.nodes[1].doubt]
    };
    assert_eq!(doubts("kind,name\nsuspect,A\n"), [Some(Doubt::Suspect); 2]);
    assert_eq!(
        doubts("kind,name\nsuspect,a\n"),
        [Some(Doubt::Suspect), None]
    );
    let both = "kind,name\nbad_truth,a\nbad_coord,a\nbad_truth,b\nsuspect,b\n";
    assert_eq!(doubts(both), [Some(Doubt::BadTruth); 2]);
    let world = parse(
        nodes.as_bytes(),
        RTT.as_bytes(),
        "kind,name\nbad_pair,a <-> c\n".as_bytes(),
    )
    .unwrap();
    assert_eq!(
        (world.round_trip(0, 2), world.round_trip(0, 1).is_some()),
        (None, true)
    );
}

proptest! {
    #[test]
    fn any_bytes_are_answered(
        nodes in proptest::collection::vec(any::<u8>(), 0..300),
        rtt in "[a-e,0-9.\n\"]{0,80}", exclusions in "[a-z_,A-E\n>-]{0,60}",
    ) {
        let _ = parse(&nodes, RTT.as_bytes(), b"");
        let _ = parse(NODES.as_bytes(), format!("src,dst,rtt_ms\n{rtt}").as_bytes(), b"");
        let _ = parse(NODES.as_bytes(), RTT.as_bytes(), format!("kind,name\n{exclusions}").as_bytes());
    }

    #[test]
    fn what_was_written_is_read(rows in proptest::collection::vec((0usize..5, 0usize..5, 1u32..500_000), 0..60)) {
        let ids = ["a", "b", "c", "d", "e"];
        let mut text = String::new();
        for (a, b, us) in &rows {
            writeln!(text, "{},{},{}.{:03},min,1", ids[*a], ids[*b], us / 1000, us % 1000).unwrap();
        }
        let world = parse(NODES.as_bytes(), format!("src,dst,rtt_ms,stat,n\n{text}").as_bytes(), b"").unwrap();
        for a in 0..5 {
            for b in 0..5 {
                let best = rows.iter()
                    .filter(|(x, y, _)| x != y && ((*x, *y) == (a, b) || (*y, *x) == (a, b)))
                    .map(|(_, _, us)| u128::from(*us)).min();
                prop_assert_eq!(world.round_trip(a, b).map(|rtt| (rtt.as_nanos() + 500) / 1000), best);
            }
        }
    }
}
