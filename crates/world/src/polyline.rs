//! Encoded polylines (Google's polyline algorithm, here with precision 4): the inner points of a
//! link as a short text.

const SCALE: f64 = 1e4;

/// Points (lon, lat) of an encoded polyline; `None` if the text is not one.
pub fn decode(text: &str) -> Option<Vec<(f64, f64)>> {
    let mut bytes = text.bytes();
    let mut points = Vec::new();
    let (mut lat, mut lon) = (0i64, 0i64);
    while bytes.len() > 0 {
        lat += number(&mut bytes)?;
        lon += number(&mut bytes)?;
        points.push((lon as f64 / SCALE, lat as f64 / SCALE));
    }
    Some(points)
}

fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<i64> {
    let (mut value, mut shift) = (0i64, 0);
    loop {
        let chunk = i64::from(bytes.next()?.checked_sub(63)?);
        if shift > 40 {
            return None;
        }
        value |= (chunk & 0x1f) << shift;
        shift += 5;
        if chunk < 0x20 {
            break;
        }
    }
    Some(if value & 1 == 1 {
        !(value >> 1)
    } else {
        value >> 1
    })
}

/// Encode points (lon, lat).
pub fn encode(points: &[(f64, f64)]) -> String {
    let mut text = String::new();
    let (mut last_lat, mut last_lon) = (0i64, 0i64);
    for &(lon, lat) in points {
        let (lon, lat) = ((lon * SCALE).round() as i64, (lat * SCALE).round() as i64);
        push(&mut text, lat - last_lat);
        push(&mut text, lon - last_lon);
        (last_lat, last_lon) = (lat, lon);
    }
    text
}

fn push(text: &mut String, delta: i64) {
    let mut value = if delta < 0 { !(delta << 1) } else { delta << 1 };
    while value >= 0x20 {
        text.push(char::from((0x20 | (value & 0x1f)) as u8 + 63));
        value >>= 5;
    }
    text.push(char::from(value as u8 + 63));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let points = vec![(75.9891, 39.4677), (-179.9999, -12.5), (0.0, 89.1234)];
        let decoded = decode(&encode(&points)).unwrap();
        for (a, b) in points.iter().zip(&decoded) {
            assert!((a.0 - b.0).abs() < 6e-5 && (a.1 - b.1).abs() < 6e-5);
        }
        assert_eq!(decode("").unwrap(), vec![]);
        assert_eq!(decode("\u{1}"), None);
        assert_eq!(decode("_"), None);
    }
}
