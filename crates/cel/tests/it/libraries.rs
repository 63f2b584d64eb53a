//! Functions of the standard and extension libraries.

use seawall_cel::Env;

use crate::support::{equal, fails};

#[test]
fn strings_count_code_points() {
    let env = Env::default();
    equal(
        &env,
        &[
            ("size('é😀')", "2"),
            ("'é😀x'.charAt(1)", "'😀'"),
            ("'abc'.charAt(3)", "''"),
            ("'éaé'.indexOf('é', 1)", "2"),
            ("'éaé'.lastIndexOf('é', 1)", "0"),
            ("'abc'.lastIndexOf('')", "3"),
            ("'ab'.indexOf('', 7)", "7"),
            ("'éab'.substring(1, 2)", "'a'"),
            ("'ab'.replace('', '-')", "'-a-b-'"),
            ("'aaa'.replace('a', 'b', 2)", "'bba'"),
            ("'a,b,c'.split(',', 2)", "['a', 'b,c']"),
            ("'a,b'.split(',', 0)", "[]"),
            ("'é😀'.split('')", "['é', '😀']"),
            ("'abc'.split('', 2)", "['a', 'bc']"),
            ("''.split('')", "[]"),
            ("'\\u2003a\\n'.trim()", "'a'"),
            ("['a', 'b'].join('-')", "'a-b'"),
            ("'ÄaZ'.lowerAscii() + 'äaz'.upperAscii()", "'ÄazäAZ'"),
            ("'aé'.reverse()", "'éa'"),
            ("strings.quote('a\\n\"\\\\')", r#"'"a\\n\\"\\\\"'"#),
            (
                "'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c')",
                "true",
            ),
        ],
    );
    fails(
        &env,
        &[
            ("'abc'.charAt(4)", "out of range: 4"),
            ("'abc'.charAt(-1)", "out of range"),
            ("'abc'.substring(2, 1)", "invalid substring range"),
            ("'abc'.substring(4)", "out of range"),
            ("'abc'.indexOf('a', -1)", "out of range"),
            ("'abc'.indexOf('a', 3)", "out of range"),
        ],
    );
}

#[test]
fn format_writes_each_clause() {
    let env = Env::default();
    equal(
        &env,
        &[
            (
                "'%s %d %x %X %b %o %%'.format(['a', -5, 255, 'hi', true, 8])",
                "'a -5 ff 6869 1 10 %'",
            ),
            (
                "'%.2f %e %.1e'.format([1.005, 1234.5, 0.0])",
                "'1.00 1.234500e+03 0.0e+00'",
            ),
            (
                "'%s'.format([[1, 2.5, 'x', null, b'y', {'k': true}]])",
                "'[1, 2.5, x, null, y, {k: true}]'",
            ),
            (
                "'%s %s'.format([timestamp(0), duration('90s')])",
                "'1970-01-01T00:00:00Z 90s'",
            ),
            (
                "'%f %d'.format([double('NaN'), double('-Infinity')])",
                "'NaN -Infinity'",
            ),
        ],
    );
    fails(
        &env,
        &[
            ("'%d'.format([])", "index out of range"),
            ("'%q'.format([1])", "unrecognized formatting clause"),
            ("'%'.format([1])", "could not parse"),
            ("'%d'.format(['a'])", "decimal clause"),
            ("'%b'.format(['a'])", "binary"),
            ("'%.9999f'.format([1.0])", "precision"),
        ],
    );
}

#[test]
fn math() {
    let env = Env::default();
    equal(
        &env,
        &[
            ("math.greatest(1, 2.5)", "dyn(2.5)"),
            ("math.least(3u, 2u)", "2u"),
            (
                "math.ceil(1.2) + math.floor(1.8) + math.round(-1.5) + math.trunc(-1.9)",
                "0.0",
            ),
            ("math.abs(-3) + math.sign(-3)", "2"),
            ("math.sign(-0.0)", "0.0"),
            (
                "math.isNaN(double('NaN')) && math.isInf(1.0 / 0.0) && !math.isFinite(1.0 / 0.0)",
                "true",
            ),
            ("math.sqrt(81)", "9.0"),
            ("math.bitAnd(-3, -5)", "-7"),
            ("math.bitOr(1u, 2u)", "3u"),
            ("math.bitXor(3, 5)", "6"),
            ("math.bitNot(1)", "-2"),
            ("math.bitShiftLeft(1, 3) + math.bitShiftLeft(1, 64)", "8"),
            ("math.bitShiftRight(-1, 63)", "1"),
        ],
    );
    fails(
        &env,
        &[
            ("math.abs(-9223372036854775808)", "range"),
            ("math.bitShiftLeft(1, -1)", "negative offset"),
            ("math.greatest(dyn([]))", "empty"),
            ("math.greatest(dyn('a'))", "no such overload"),
        ],
    );
}

#[test]
fn lists_and_sets() {
    let env = Env::default();
    equal(
        &env,
        &[
            ("[1, 2, 3].slice(1, 2)", "[2]"),
            ("[[1, [2]], [3]].flatten(2)", "dyn([1, 2, 3])"),
            ("[[1], []].flatten()", "[1]"),
            ("['b', 'a'].sort()", "['a', 'b']"),
            ("lists.range(3)", "[0, 1, 2]"),
            ("lists.range(-1)", "[]"),
            ("[1, 2].reverse()", "[2, 1]"),
            ("[1, 1.0, 1u, 2].distinct()", "[dyn(1), 2]"),
            (
                "sets.contains([1, 2], [2]) && !sets.contains([1], [2])",
                "true",
            ),
            (
                "sets.equivalent([1, 1, 2], [2, 1]) && !sets.equivalent([1], [])",
                "true",
            ),
            (
                "sets.intersects([1], [1, 2]) && !sets.intersects([1], [])",
                "true",
            ),
        ],
    );
    fails(
        &env,
        &[
            ("[1].slice(1, 0)", "cannot slice"),
            ("[1].slice(0, 2)", "length 1"),
            ("[1].slice(-1, 0)", "negative"),
            ("[[1]].flatten(-1)", "non-negative"),
            ("[dyn(1), 'a'].sort()", "same type"),
            ("[dyn([1])].sort()", "comparable"),
        ],
    );
}

#[test]
fn time() {
    let env = Env::default();
    let at = |call: &str| format!("timestamp('2009-02-13T23:31:30.123456789Z').{call}");
    for (call, expected) in [
        ("getFullYear()", 2009),
        ("getMonth()", 1),
        ("getDayOfMonth()", 12),
        ("getDate()", 13),
        ("getDayOfWeek()", 5),
        ("getDayOfYear()", 43),
        ("getHours()", 23),
        ("getMilliseconds()", 123),
        ("getHours('America/New_York')", 18),
        ("getDate('Australia/Sydney')", 14),
        ("getMinutes('-03:30')", 1),
        ("getHours('02:00')", 1),
    ] {
        equal(&env, &[(&at(call), &expected.to_string())]);
    }
    equal(
        &env,
        &[
            (
                "timestamp('2009-07-13T12:00:00Z').getHours('America/New_York')",
                "8",
            ),
            ("timestamp('2012-12-31T00:00:00Z').getDayOfYear()", "365"),
            (
                "string(timestamp('2009-02-13T23:31:30.100+01:00'))",
                "'2009-02-13T22:31:30.1Z'",
            ),
            ("string(duration('1h1m1.5s'))", "'3661.5s'"),
            ("duration('-1.5h').getMinutes()", "-90"),
            ("duration('1.234s').getMilliseconds()", "234"),
            ("timestamp(0) + duration('1s') == timestamp(1)", "true"),
            ("int(timestamp(5)) + int(duration('1us'))", "1005"),
            ("duration('1ms') < duration('1s')", "true"),
        ],
    );
    fails(
        &env,
        &[
            ("timestamp('2009-02-30T00:00:00Z')", "conversion"),
            ("timestamp('2009-02-13')", "conversion"),
            ("timestamp('2009-02-13t00:00:00z')", "conversion"),
            ("timestamp('0000-01-01T00:00:00Z')", "conversion"),
            ("timestamp(253402300800)", "range"),
            ("timestamp(0).getHours('Nowhere/Land')", "unknown time zone"),
            ("duration('1d')", "invalid duration"),
            ("duration('')", "invalid duration"),
            ("duration('9223372036854775808ns')", "range"),
            (
                "timestamp('9999-12-31T23:59:59Z') + duration('1s')",
                "range",
            ),
        ],
    );
}

#[test]
fn encoders_and_regular_expressions() {
    let env = Env::default();
    equal(
        &env,
        &[
            ("base64.encode(b'hello')", "'aGVsbG8='"),
            ("base64.decode('aGVsbG8')", "b'hello'"),
            (
                "'ab12'.matches('^[a-z]+\\\\d+$') && matches('x', 'x')",
                "true",
            ),
            ("'a1b22'.find('[0-9]+')", "'1'"),
            ("'abc'.find('x')", "''"),
            ("'a1b22'.findAll('[0-9]+')", "['1', '22']"),
            ("'baaac'.findAll('a*')", "['', 'aaa', '']"),
            ("'aXbX'.findAll('X', 1)", "['X']"),
            ("regex.extract('item-42', 'item-(\\\\d+)').value()", "'42'"),
            ("regex.extractAll('a1b2', '[a-z](\\\\d)')", "['1', '2']"),
            ("regex.replace('abc', '(b)', '[\\\\1]')", "'a[b]c'"),
            ("regex.replace('aaa', 'a', 'b', 2)", "'bba'"),
        ],
    );
    fails(
        &env,
        &[
            ("base64.decode('*')", "base64"),
            ("'a'.matches('(')", "regular expression"),
            ("regex.extract('a', '(a)(b)')", "more than one"),
            ("regex.replace('a', 'a', '\\\\1')", "references group"),
            ("regex.replace('a', 'a', '\\\\x')", "must be followed"),
        ],
    );
}

#[test]
fn addresses() {
    let env = Env::default();
    equal(
        &env,
        &[
            ("ip('::ffff:c0a8:1') == ip('192.168.0.1')", "true"),
            ("ip('10.0.0.1').family() + ip('::1').family()", "10"),
            ("string(ip('2001:DB8:0:0:1:0:0:1'))", "'2001:db8::1:0:0:1'"),
            (
                "isIP('01.2.3.4') || isIP('::1%eth0') || isIP('1.2.3')",
                "false",
            ),
            (
                "ip('224.0.0.1').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast()",
                "true",
            ),
            ("ip('224.0.1.1').isLinkLocalMulticast()", "false"),
            (
                "ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
                "true",
            ),
            (
                "ip('127.0.0.1').isLoopback() && ip('::').isUnspecified() && ip('fe80::1').isLinkLocalUnicast()",
                "true",
            ),
            ("string(cidr('10.1.2.3/8').masked())", "'10.0.0.0/8'"),
            ("cidr('10.1.2.3/8').ip() == ip('10.1.2.3')", "true"),
            (
                "cidr('10.0.0.0/8').containsIP('10.9.9.9') && !cidr('::/0').containsIP('1.2.3.4')",
                "true",
            ),
            (
                "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')",
                "true",
            ),
            ("cidr('::/0').prefixLength()", "0"),
            (
                "isCIDR('10.0.0.0/33') || isCIDR('10.0.0.0/08') || isCIDR('10.0.0.0')",
                "false",
            ),
            ("type(ip('::1')) == net.IP", "true"),
        ],
    );
    fails(
        &env,
        &[
            ("ip('::ffff:1.2.3.4')", "not allowed"),
            ("cidr('x')", "parse error"),
            ("ip('x%y')", "zone"),
        ],
    );
}
