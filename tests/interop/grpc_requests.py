"""Requests for every method of grpc_service.py and of grpcurl's test server: those that fit, and odd ones that may or may not.

A request is JSON text, so that it can hold what Python would not write; the request of a method that takes a stream is a list of them.
"""

LIMITS = {
    "anInt32": ["0", "-0", "1", "-1", "2147483647", "-2147483648", "1e3", "1.0", '"12"', '"-7"', "100000e-5"],
    "anInt64": ["0", '"9223372036854775807"', '"-9223372036854775808"', "9007199254740993", "9223372036854775807", "-9223372036854775808", "1e18"],
    "aUint32": ["4294967295", "0", '"4294967295"'],
    "aUint64": ['"18446744073709551615"', "18446744073709551615", "1"],
    "aSint32": ["-2147483648", "2147483647"],
    "aSint64": ['"-9223372036854775808"', '"9223372036854775807"'],
    "aFixed32": ["4294967295"],
    "aFixed64": ['"18446744073709551615"'],
    "aSfixed32": ["-2147483648"],
    "aSfixed64": ['"-9223372036854775808"'],
    "aDouble": ["0", "1.5", "-1.5", "1e308", "5e-324", "1.7976931348623157e308", '"NaN"', '"Infinity"', '"-Infinity"', "0.1", "123456789012345680000", "3", '"1.25"'],
    "aFloat": ["0.5", "3.4028235e38", "1e-45", '"NaN"', '"-Infinity"', "16777216", "0.1"],
    "aBool": ["true", "false"],
    "aString": ['""', '"a"', r'"\u00e4\u2028\ud83d\ude00\u0000\u001f\"\\"', '"ä€😀"', '"<&>"'],
    "aBytes": ['""', '"AAH/"', '"AA=="', '"AQI="', '"//79"'],
    "aColour": ['"RED"', '"ROUGE"', '"GREEN"', "2", "0", '"COLOUR_UNSPECIFIED"', '"NEGATIVE"', "-1", '"LOUD"', "42", "-2147483648"],
    "far": ['"x"'],
}

WRONG = {
    "anInt32": ["2147483648", "-2147483649", "1.5", '"x"', '""', "true", "{}", "[]", '"1 "', '" 1"', "1e10", '"0x1"', "NaN"],
    "anInt64": ['"9223372036854775808"', "9223372036854775808", "1.5", '"1.5"', '"-9223372036854775809"', "1e19"],
    "aUint32": ["-1", "4294967296", '"-1"'],
    "aUint64": ["-1", '"18446744073709551616"', "18446744073709551616"],
    "aSint32": ["2147483648"],
    "aFixed32": ["-1"],
    "aSfixed64": ['"9223372036854775808"'],
    "aDouble": ['"x"', "true", '"nan"', "{}"],
    "aFloat": ['"x"', "1e39", "-1e39"],
    "aBool": ['"yes"', "1", "0", "[]"],
    "aString": ["1", "true", "{}", '["a"]'],
    "aBytes": ['"***"', "1", '"A"', '"AA=A"', "[1]"],
    "aColour": ['"BLUE"', "1.5", "2147483648", "true", '"red"'],
    "noSuchField": ["1", "null", '""'],
    "a-double": ["1"],
}

SCALARS = [f'{{"{name}": {value}}}' for name, each in LIMITS.items() for value in each]
WRONG_SCALARS = [f'{{"{name}": {value}}}' for name, each in WRONG.items() for value in each]

LISTS = [
    '{"doubles": [0, 1.5, "NaN", "Infinity", "-Infinity"]}', '{"floats": [0.5, 0]}', '{"int32s": [0, 1, -1, 2147483647]}',
    '{"int64s": ["0", "-9223372036854775808", 5]}', '{"uint32s": [4294967295]}', '{"uint64s": ["18446744073709551615"]}', '{"sint32s": [-1, 1]}',
    '{"sint64s": ["-1"]}', '{"fixed32s": [1]}', '{"fixed64s": ["1"]}', '{"sfixed32s": [-1]}', '{"sfixed64s": ["-1"]}', '{"bools": [true, false, true]}',
    '{"strings": ["", "a", "ä"]}', '{"bytess": ["", "AAH/"]}', '{"colours": ["RED", "ROUGE", 2, "NEGATIVE", 99]}',
    '{"messages": [{}, {"anInt32": 1}, {"aString": "x"}]}', '{"unpackedInt32s": [1, 2, 3]}', '{"unpackedColours": ["RED", "GREEN"]}', '{"unpackedDoubles": [1, 2]}',
    '{"strings": []}', '{"strings": null}', "{}",
]
WRONG_LISTS = ['{"strings": "a"}', '{"strings": {}}', '{"strings": [null]}', '{"messages": [null]}', '{"int32s": [1, "x"]}', '{"int32s": [[1]]}', '{"messages": [1]}', '{"bools": [1]}']

MAPS = [
    '{"byInt32": {"1": "a", "-1": "b"}}', '{"byInt64": {"9223372036854775807": "a"}}', '{"byUint32": {"4294967295": "a"}}', '{"byUint64": {"18446744073709551615": "a"}}',
    '{"bySint32": {"-5": "a"}}', '{"bySint64": {"-5": "a"}}', '{"byFixed32": {"5": "a"}}', '{"byFixed64": {"5": "a"}}', '{"bySfixed32": {"-5": "a"}}',
    '{"bySfixed64": {"-5": "a"}}', '{"byBool": {"true": "a", "false": "b"}}', '{"byString": {"": "empty", "ä": "b", "a/b~c": "d"}}', '{"doubles": {"nan": "NaN", "zero": 0}}',
    '{"int64s": {"x": "9007199254740993"}}', '{"bools": {"a": false}}', '{"bytess": {"a": "AAH/"}}', '{"colours": {"a": "RED", "b": 77, "c": 0}}',
    '{"messages": {"a": {}, "b": {"anInt32": 1}}}', '{"byString": {}}', '{"byString": null}', "{}",
]
WRONG_MAPS = ['{"byInt32": {"x": "a"}}', '{"byInt32": {"2147483648": "a"}}', '{"byBool": {"1": "a"}}', '{"byString": []}', '{"byString": {"a": null}}', '{"byString": {"a": 1}}',
              '{"byUint32": {"-1": "a"}}', '{"messages": {"a": 1}}', '{"colours": {"a": "BLUE"}}', '{"byInt32": {"1.5": "a"}}']

NESTED = ['{"one": {"kind": "SOME", "text": "a", "inner": {"inner": {"text": "deep"}}}}', '{"many": [{}, {"kind": "SOME"}]}', '{"named": {"a": {"text": "x"}}}', "{}"]


def deep(levels):
    """A tree of so many messages in one another."""
    return '{"name": "n", "children": [' * levels + '{"name": "leaf"}' + "]}" * levels


TREES = ['{"name": "a", "children": [{"name": "b"}, {"name": "c", "children": [{"name": "d"}]}]}', '{"named": {"x": {"named": {"y": {"name": "z"}}}}}',
         '{"branch": {"length": 3, "tree": {"branch": {"tree": {"name": "far"}}}}}', deep(40)]

CHOICES = ['{"text": ""}', '{"text": "a"}', '{"number": "0"}', '{"number": 5}', '{"flag": false}', '{"data": ""}', '{"colour": 0}', '{"colour": "RED"}', '{"scalars": {}}',
           '{"nothing": {}}', '{"wrapped": 0}', '{"wrapped": 7}', '{"at": "1970-01-01T00:00:00Z"}', '{"left": "a", "text": "b", "beside": "c"}', '{"text": null}', "{}"]
WRONG_CHOICES = ['{"text": "a", "number": 1}', '{"left": "", "right": ""}', '{"wrapped": "x"}']

WELL_KNOWN = [
    '{"any": {"@type": "type.googleapis.com/test.shapes.Scalars", "anInt32": 1, "aString": "x"}}', '{"any": {"@type": "type.googleapis.com/google.protobuf.Timestamp", "value": "2020-02-29T01:02:03Z"}}',
    '{"any": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": "x"}}', '{"any": {"@type": "type.googleapis.com/google.protobuf.Struct", "value": {"a": [1, null]}}}',
    '{"any": {"@type": "type.googleapis.com/test.legacy.Holder", "value": 3}}', '{"any": {"@type": "type.googleapis.com/google.protobuf.Any", "value": {"@type": "type.googleapis.com/test.Item", "number": "1"}}}',
    '{"struct": {"a": 1, "b": "x", "c": true, "d": null, "e": [1, "y", {"f": []}], "g": {}}}', '{"struct": {}}', '{"value": 1.5}', '{"value": "x"}', '{"value": true}', '{"value": [1, [2]]}',
    '{"value": {"a": {"b": null}}}', '{"list": [1, "a", null, false, {"a": 1}, []]}', '{"list": []}', '{"timestamp": "1970-01-01T00:00:00Z"}', '{"timestamp": "0001-01-01T00:00:00Z"}',
    '{"timestamp": "9999-12-31T23:59:59.999999999Z"}', '{"timestamp": "2020-01-01T00:00:00.1Z"}', '{"timestamp": "2020-01-01T00:00:00.000001Z"}', '{"timestamp": "2020-01-01T02:00:00+02:00"}',
    '{"duration": "0s"}', '{"duration": "1s"}', '{"duration": "-1.5s"}', '{"duration": "0.000000001s"}', '{"duration": "315576000000s"}', '{"duration": "-0.1s"}', '{"mask": "a,b.c"}', '{"mask": "fooBar.bazQux"}',
    '{"empty": {}}', '{"aDouble": 0}', '{"aDouble": 1.5}', '{"aDouble": "NaN"}', '{"aFloat": 0.5}', '{"anInt64": "0"}', '{"anInt64": "-9223372036854775808"}', '{"aUint64": "18446744073709551615"}',
    '{"anInt32": 0}', '{"aUint32": 4294967295}', '{"aBool": false}', '{"aString": ""}', '{"aBytes": "AAH/"}', '{"aBytes": ""}', '{"aString": null}',
    '{"anys": [{"@type": "type.googleapis.com/test.Item"}, {"@type": "type.googleapis.com/google.protobuf.Empty", "value": {}}]}', '{"values": [1, "a", null, {}]}',
    '{"timestamps": ["1970-01-01T00:00:01Z"]}', '{"strings": ["a", ""]}', '{"namedValues": {"a": null, "b": 1}}', '{"durations": {"a": "1s"}}',
    '{"namedAnys": {"a": {"@type": "type.googleapis.com/test.Item", "text": "x"}}}', "{}",
]
WRONG_WELL_KNOWN = [
    '{"any": {"@type": "type.googleapis.com/no.Such"}}', '{"any": {"anInt32": 1}}', '{"any": {"@type": "type.googleapis.com/test.shapes.Scalars", "nope": 1}}', '{"any": {"@type": 1}}', '{"any": "x"}',
    '{"struct": []}', '{"struct": "x"}', '{"list": {}}', '{"timestamp": "yesterday"}', '{"timestamp": "2020-13-01T00:00:00Z"}', '{"timestamp": "2020-01-01"}', '{"timestamp": 0}',
    '{"timestamp": "10000-01-01T00:00:00Z"}', '{"duration": "1"}', '{"duration": 1}', '{"duration": "1m"}', '{"duration": "315576000001s"}', '{"mask": 1}', '{"empty": 1}', '{"anInt32": "x"}',
    '{"anInt32": 2147483648}', '{"aBytes": "***"}', '{"aBool": 1}', '{"timestamp": "2020-01-01T00:00:00"}', '{"empty": {"a": 1}}',
]

NAMES = ['{"plainName": "a"}', '{"plain_name": "a"}', '{"other-Name": "a"}', '{"renamed": "a"}', '{"with2Digits": "a"}', '{"with_2_digits": "a"}', '{"UPPERCASE": "a"}', '{"UPPER_CASE": "a"}', '{"camelCase": "a"}',
         '{"Leading": "a"}', '{"_leading": "a"}', '{"trailing": "a"}', '{"trailing_": "a"}', '{"doubleUnder": "a"}', '{"double__under": "a"}', '{"class": "a", "type": "b"}', '{"@type": "a"}', '{"at_type": "a"}',
         r'{"a\"b/c~d ä": "x"}']
WRONG_NAMES = ['{"PlainName": "a"}', '{"plainname": "a"}', '{"plain_name": "a", "plainName": "b"}']

LEGACY = ['{"name": "x"}', '{"name": ""}', '{"name": "x", "count": 41}', '{"name": "x", "count": 0, "flag": false, "text": "", "ratio": 0, "data": "", "big": "0", "huge": "0"}',
          '{"name": "x", "size": "LARGE"}', '{"name": "x", "size": "SMALL"}', '{"name": "x", "ratio": "-Infinity"}', '{"name": "x", "unpacked": [1, 2], "packed": [3, 4], "sizes": ["SMALL", "LARGE"]}',
          '{"name": "x", "pair": {"left": "a"}}', '{"name": "x", "pair": {}}', '{"name": "x", "row": [{"number": 1}, {"number": 0}]}', '{"name": "x", "levels": {"a": "HIGH", "b": "LOW"}}',
          '{"name": "x", "word": ""}', '{"name": "x", "number": 0}', '{"name": "x", "newer": {"aString": "y"}}', '{"name": "x", "[test.legacy.extra]": "e"}',
          '{"name": "x", "[test.legacy.extra_numbers]": [1, 2]}', '{"name": "x", "[test.legacy.Holder.held]": {"value": 1}}']
WRONG_LEGACY = ["{}", '{"count": 1}', '{"name": null}', '{"name": "x", "size": "HUGE"}', '{"name": "x", "row": [{}]}', '{"name": "x", "[test.legacy.nothing]": 1}', '{"name": "x", "size": 3}']

EVERYTHING = ["{}", '{"scalars": {"anInt32": 1}, "optionals": {"anInt32": 0}, "lists": {"strings": ["a"]}, "maps": {"byBool": {"true": "x"}}, "nested": {"one": {}}, "tree": {"name": "t"}, '
              '"choices": {"flag": true}, "wellKnown": {"duration": "1s", "value": null}, "names": {"other-Name": "n"}}']

ECHO = {
    "test.Echo.Scalars": (SCALARS + ["{}", '{"aDouble": null, "aString": null}'], WRONG_SCALARS),
    "test.Echo.Optionals": ([text for text in SCALARS if '"far"' not in text] + ["{}", '{"aString": null}', '{"aMessage": {}}', '{"aMessage": {"anInt32": 0}}'], ['{"aMessage": 1}', '{"anInt32": "x"}']),
    "test.Echo.Lists": (LISTS, WRONG_LISTS),
    "test.Echo.Maps": (MAPS, WRONG_MAPS),
    "test.Echo.Nested": (NESTED, ['{"one": {"kind": "OTHER"}}', '{"one": {"inner": {"nope": 1}}}']),
    "test.Echo.Tree": (TREES, [deep(5000)]),
    "test.Echo.Choices": (CHOICES, WRONG_CHOICES),
    "test.Echo.WellKnown": (WELL_KNOWN, WRONG_WELL_KNOWN),
    "test.Echo.Names": (NAMES, WRONG_NAMES),
    "test.Echo.Legacy": (LEGACY, WRONG_LEGACY),
    "test.Echo.Everything": (EVERYTHING, ['{"scalars": []}', '{"tree": {"children": {}}}']),
    "test.Echo.Empty": (["{}"], ['{"a": 1}']),
    "test.Echo.Struct": (['{"a": 1, "b": [null, true]}', "{}"], []),
    "test.Echo.Value": (['"x"', "1", "true", "[1, null]", '{"a": {"b": 1}}', "null"], []),
    "test.Echo.Timestamp": (['"2020-01-01T00:00:00Z"', '"2020-01-01T00:00:00.5Z"'], ['"x"', "1"]),
    "test.Echo.StringValue": (['"x"', '""'], ["1", "{}"]),
    "test.Echo.Any": (['{"@type": "type.googleapis.com/test.Item", "number": "3"}', '{"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}'], ['{"@type": "type.googleapis.com/no.Such"}']),
    "test.Echo.Repeat": (['{"count": 3, "item": {"tree": {"name": "t"}}}', '{"count": 0}', "{}"], ['{"count": "x"}']),
    "test.Echo.Collect": ([["{}"], [], ['{"scalars": {"anInt32": 1}}', '{"tree": {"name": "t"}}', "{}"]], [['{"scalars": {"anInt32": "x"}}']]),
    "test.Echo.Chat": ([["{}"], [], ['{"scalars": {"anInt32": 1}}', '{"tree": {"name": "t"}}']], [['{"nope": 1}']]),
}

# Every status, with texts that do not go through HTTP headers as they are; 0 is fine.
FAILURES = [f'{{"code": {code}, "message": "code {code}"}}' for code in range(17)] + ['{"code": 3}', r'{"code": 5, "message": "ä % \n\r\t\" \u0000 😀"}', '{"code": 2, "message": "%zz %41"}']
DETAILED = ('{"code": 9, "message": "m", "details": [{"@type": "type.googleapis.com/test.CustomDetail", "reason": "r", "numbers": ["1"]}, '
            '{"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}]}')

CALLS = {
    "test.Calls.Fail": (FAILURES + [DETAILED], ['{"code": 2147483648}']),
    "test.Calls.FailLate": (['{"code": 9, "message": "late", "items": 2}', '{"items": 2}', '{"code": 13, "items": 0}'], []),
    "test.Calls.FailUpload": ([["{}", "{}"], ['{"code": 8, "message": "full"}'], ["{}", '{"code": 11, "message": "at the second"}', "{}"]], []),
    "test.Calls.FailChat": ([['{"items": 1}', '{"items": 2}'], ['{"items": 1}', '{"code": 10, "message": "m"}']], []),
    "test.Calls.FailInDetail": (["{}", '{"code": 16, "message": "m"}'], []),
    "test.Calls.Sleep": (['{"milliseconds": 5}'], []),
    "test.Calls.Metadata": ([], []),
    "test.Calls.Deadline": ([], []),
    "test.Calls.Huge": (['{"size": "100000"}', "{}"], []),
    "test.Calls.HugeItems": (['{"size": "10000", "count": 5}'], []),
    "test.Calls.Compressed": (['{"size": "100000", "encoding": "gzip"}', '{"size": "10"}'], []),
    "test.Calls.Measure": (['{"data": "AAH/", "text": "ä"}', "{}"], []),
    "test.Calls.Missing": (["{}"], []),
}

# grpcurl's own test server, with the metadata that steers it.
PAYLOAD = '{"type": "UNCOMPRESSABLE", "body": "AAH/"}'
STEERED = [{}, {"reply-with-headers": "a: 1"}, {"reply-with-trailers": "b: 2"}, *({key: str(code)} for key in ("fail-early", "fail-late") for code in (3, 5, 14, 16))]

TESTSERVER = {
    "testing.TestService.EmptyCall": ["{}"],
    "testing.TestService.UnaryCall": ["{}", f'{{"payload": {PAYLOAD}, "responseType": "RANDOM", "responseSize": 3, "fillUsername": true}}', '{"response_status": {"code": 3}}'],
    "testing.TestService.StreamingOutputCall": ["{}", '{"responseType": "UNCOMPRESSABLE", "responseParameters": [{"size": 3}, {"size": 0}, {"size": 5, "intervalUs": 100}]}'],
    "testing.TestService.StreamingInputCall": [[f'{{"payload": {PAYLOAD}}}'] * 3, [f'{{"payload": {PAYLOAD}}}']],
    "testing.TestService.FullDuplexCall": [['{"responseParameters": [{"size": 3}]}', '{"responseParameters": [{"size": 1}, {"size": 2}]}'], []],
    "testing.TestService.HalfDuplexCall": [[f'{{"payload": {PAYLOAD}}}', '{"payload": {"body": "AQ=="}}'], []],
}
