"""What Python takes for JSON, or nearly, and a project is not: refused with a sentence that names the place."""

from __future__ import annotations

import pytest

from engine.network.storage import StorageError, loads


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is empty"),
        ("null", "not a Convoscope project"),
        ("[]", "not a Convoscope project"),
        ("{}", "no schema_version"),
        ('{"schema_version": true}', "schema_version must be a whole number from 1, not true"),
        ('{"schema_version": 1.0}', "schema_version must be a whole number from 1, not 1.0"),
        ('{"schema_version": "1"}', 'schema_version must be a whole number from 1, not "1"'),
        ('{"a": "NaN",\n"b": [NaN]}', "it holds NaN in line 2, which is not a number"),
        ('{"a": "\\" -Infinity",\n\n"b": -Infinity}', "holds -Infinity in line 3"),
        ('{\n"a": 1e999}', "the number 1e999 in line 2 is too large"),
        ('{"schema_version": 5, "anything": 1}', "newer Convoscope.*update"),
        ('{"name": "x", "schema_version": 1}', "first key"),
        ('{"a": 1, "a": 2}', "key occurs twice in one object, again in line 1: 'a'"),
        ('{"a": {"b": 1},\n"c": {"a": "{",\n"b": 1, "\\u0062": 2}}', "again in line 3: 'b'"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 5000 + "}", "thousands of digits"),
        ('{"a": 1,}', "line 1, column"),
        ("[" * 100_000, "nested deeper than 64"),
        ('{"a": ' * 70 + "1" + "}" * 70, "nested deeper than 64"),
        ("\ufeff{}x", "not valid JSON"),
    ],
)
def test_what_is_no_strict_json_project_is_refused(text, sentence):
    with pytest.raises(StorageError, match=sentence):
        loads(text)
