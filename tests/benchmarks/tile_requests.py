"""Write requests for tiles in Lua, for wrk: new ones each time, or the same."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from urllib.parse import quote

# Of a request without a filter this changes nothing. Each of its letters can also be written as
# %xx, which makes 131,072 addresses of one meaning: none was asked before, so that nothing that
# the service or a cache keeps by address helps.
SAME = "filter-lang=cql2-text"
# Of a filtered one, these numbers change each time: deaths, first day, last day.
FILTER = "killed_best >= {least} AND date >= DATE('{first}') AND date <= DATE('{last}')"
_VARIED = """
local same, n, turn, many = "SAME", 0, FIRST, #paths
math.randomseed(FIRST)
local function spelt(number)
  return (same:gsub("%a", function(letter)
    local bit = number % 2
    number = math.floor(number / 2)
    return bit == 1 and string.format("%%%02X", letter:byte()) or letter
  end))
end
local function day(number)
  return os.date("!%Y-%m-%d", (15340 + number) * 86400)
end
function request()
  n, turn = n % many + 1, turn + 1
  local first = math.random(0, 2000)
  local last = first + math.random(700, 2300)
  local path = paths[n]:gsub("{same}", function() return spelt(turn) end)
  path = path:gsub("{least}", math.random(1, 3))
  path = path:gsub("{first}", function() return day(first) end)
  path = path:gsub("{last}", function() return day(last) end)
  return wrk.format("GET", path, headers[n])
end
"""
_PLAIN = """
local n, many = 0, #paths
local made = {}
for i, path in ipairs(paths) do made[i] = wrk.format("GET", path, headers[i]) end
function request()
  n = n % many + 1
  return made[n]
end
"""
_runs = itertools.count()
_REQUESTS_OF_A_RUN = 7_919


def filtered() -> str:
    """Write the filter as a parameter, its numbers still to be put in."""
    return f"filter={quote(FILTER, safe='{}')}"


def varied(paths: Sequence[str], headers: Mapping[str, str] | None = None) -> str:
    """Ask for some paths in turn, each time by an address that was never asked."""
    first = next(_runs) * _REQUESTS_OF_A_RUN
    script = _VARIED.replace("SAME", SAME).replace("FIRST", str(first))
    return _listed(paths, [headers or {}] * len(paths)) + script


def repeated(paths: Sequence[str], headers: Sequence[Mapping[str, str]]) -> str:
    """Ask for some paths in turn, again and again, each with its own headers."""
    return _listed(paths, headers) + _PLAIN


def _listed(paths: Sequence[str], headers: Sequence[Mapping[str, str]]) -> str:
    quoted = ",\n".join(f'"{path}"' for path in paths)
    tables = (", ".join(f"['{name}'] = '{v}'" for name, v in each.items()) for each in headers)
    written = ",\n".join(f"{{{table}}}" for table in tables)
    return f"local paths = {{{quoted}}}\nlocal headers = {{{written}}}\n"


def spelt(number: int) -> str:
    """Write what changes nothing in one of its many spellings."""
    written = []
    for letter in SAME:
        varies = letter.isalpha()
        written.append(f"%{ord(letter):02X}" if varies and number % 2 else letter)
        number = number // 2 if varies else number
    return "".join(written)
