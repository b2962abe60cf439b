"""Ways to spoil a file: bytes, leaves of JSON and values of TOML. Each takes a random.Random and what is whole."""

import json
import re
from random import Random
from typing import Any

DIGITS = "9" * 5000
# JSON that no reader expects, as text: some of it is no strict JSON, and Python reads it all the same
ODD_JSON = (
    *("null", "true", "NaN", "-Infinity", "1e999", "-1", "0", "1.5", '""', "[]", "{}", DIGITS, "-" + DIGITS),
    *('"[/x]"', '"\\ud800"', '"a\\u0000b"', '"a\\nb"', '"\\u001b[31m"', '"NaN"', '"1e999"', '"../../x"', "[null]"),
    *("[" * 500 + "]" * 500, '{"a": ' * 200 + "1" + "}" * 200, "[[1, 2], [3]]", '"' + "x" * 100_000 + '"', "1e-320"),
)
ODD_TOML = (
    *("nan", "inf", "-inf", "true", "-1", "0", "1.5", '""', "[]", "{}", "1e308", "1979-05-27T07:32:00Z", DIGITS),
    *('"[/x]"', '"a\\u0000b"', '"\\n"', "[[1], [2]]", "9223372036854775808", '"nan"', "[nan, nan]", "{a = 1}"),
    *("[" * 200 + "]" * 200, '"' + "x" * 100_000 + '"', "5e-324", '["a", "a"]', "[1, 1, 1, 1]", "[0, 4, 3, 2, 1]"),
)


def spoil_bytes(data: bytes, random: Random) -> bytes:
    """Flipped bits, a cut, a repeated or removed part, strange bytes, or a run of one byte."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 8))):
        at = random.randrange(len(found)) if found else 0
        at = random.choice((at, min(at, 64)))  # headers matter most
        length = random.choice((1, 2, 4, 16, 256))
        way = random.randrange(7)
        if way == 0 and found:
            found[min(at, len(found) - 1)] ^= 1 << random.randrange(8)
        elif way == 1:
            del found[at:]
        elif way == 2:
            found[at:at] = found[at : at + length]
        elif way == 3:
            del found[at : at + length]
        elif way == 4:
            found[at:at] = random.randbytes(length)
        elif way == 5:
            found[at : at + length] = bytes([random.choice((0, 255, 128))]) * length
        else:
            found += found[:length]
    return bytes(found)


def spoil_json(text: str, random: Random) -> str:
    """One or two leaves or branches replaced, removed, repeated or renamed."""
    mark, value = "\ue000", json.loads(text)
    for _ in range(random.choice((1, 1, 2))):
        holder, key = _somewhere(value, random)
        if holder is None:
            return random.choice(ODD_JSON)
        way = random.randrange(8)
        if way == 0:
            del holder[key]
        elif way == 1 and isinstance(holder, dict):
            holder[random.choice(("", "[/x]", "__class__", "auto_map", "x" * 1000))] = holder.pop(key)
        elif way == 1 or way == 2:
            others = _somewhere(value, random)
            holder[key] = json.loads(json.dumps(others[0]))
        else:
            holder[key] = mark
    found = json.dumps(value, ensure_ascii=False)
    while f'"{mark}"' in found:
        found = found.replace(f'"{mark}"', random.choice(ODD_JSON), 1)
    if random.randrange(10) == 0:
        found = random.choice((found + found, "[" * 100_000, "\ufeff" + found, found[:-1], "{" + found, found + "\x00"))
    return found


def _somewhere(value: Any, random: Random) -> tuple[Any, Any]:
    """(a list or dict inside the value, one of its keys); None where there is none."""
    holder, key = None, None
    while isinstance(value, dict | list) and len(value):
        holder, key = value, random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
        value = value[key]
        if random.randrange(4) == 0:
            break
    return holder, key


def spoil_toml(text: str, random: Random) -> str:
    """One to three values replaced, or lines repeated, removed or joined."""
    lines = text.splitlines()
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(lines))
        way = random.randrange(8)
        if way == 0:
            lines.insert(at, lines[random.randrange(len(lines))])
        elif way == 1 and len(lines) > 1:
            del lines[at]
        elif way == 2:
            lines.insert(at, random.choice(("[[system]]", "a.b.c = 1", "=", "[/x]", "'", '"""', "system.size = 3")))
        else:
            lines[at] = re.sub(r"= .*", lambda _: "= " + random.choice(ODD_TOML), lines[at])
    return "\n".join(lines) + "\n"
