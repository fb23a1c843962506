#!/usr/bin/python3
"""What a file uses of the standard library, it includes itself, or the header of the same stem does: no include by luck.
`includes_test.py --write` adds what is missing."""

import re
import sys

from cpp_scanner import without_noise
from repository import ROOT, RepositoryTest, files_of, main, text_of

# header -> names of namespace std that it alone is for (C++20, cppreference.com)
PROVIDES = {
    "algorithm": "all_of any_of none_of find find_if find_if_not count count_if equal copy copy_n copy_if move_backward fill fill_n "
                 "transform generate remove remove_if replace reverse rotate unique sort stable_sort partial_sort nth_element "
                 "lower_bound upper_bound equal_range binary_search min max minmax clamp min_element max_element search mismatch "
                 "lexicographical_compare is_sorted partition set_difference set_intersection includes for_each "
                 "ranges::sort ranges::find ranges::find_if ranges::any_of ranges::all_of ranges::none_of ranges::copy ranges::equal "
                 "ranges::count ranges::count_if ranges::max ranges::min ranges::max_element ranges::lower_bound ranges::contains "
                 "ranges::transform ranges::fill ranges::reverse ranges::is_sorted ranges::find_if_not ranges::adjacent_find",
    "array": "array to_array",
    "atomic": "atomic atomic_flag atomic_bool memory_order_relaxed memory_order_acquire memory_order_release memory_order_acq_rel "
              "memory_order_seq_cst atomic_thread_fence",
    "bit": "bit_cast bit_width bit_ceil countl_one countl_zero countr_zero popcount has_single_bit",
    "bitset": "bitset",
    "charconv": "from_chars to_chars",
    "chrono": "chrono",
    "cmath": "llround lround round floor ceil pow log log2 log10 exp sqrt isnan isfinite isinf fabs fmod",
    "condition_variable": "condition_variable condition_variable_any",
    "cstring": "memcpy memcmp memmove memset memchr strlen strcmp strchr strerror strncmp",
    "cstdint": "uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t uintptr_t intptr_t uintmax_t",
    "cstdlib": "getenv abort exit strtol strtoul strtoull strtod",
    "deque": "deque",
    "exception": "exception exception_ptr current_exception rethrow_exception make_exception_ptr terminate uncaught_exceptions",
    "filesystem": "filesystem",
    "fstream": "ifstream ofstream fstream",
    "functional": "function reference_wrapper ref cref bind hash less greater plus invoke identity",
    "future": "future promise async packaged_task shared_future",
    "initializer_list": "initializer_list",
    "iostream": "cout cerr cin clog",
    "latch": "latch",
    "limits": "numeric_limits",
    "list": "list",
    "map": "map multimap",
    "memory": "unique_ptr make_unique shared_ptr make_shared weak_ptr enable_shared_from_this addressof",
    "mutex": "mutex lock_guard unique_lock scoped_lock once_flag call_once recursive_mutex",
    "new": "bad_alloc nothrow launder align_val_t",
    "numeric": "accumulate iota reduce",
    "optional": "optional nullopt make_optional nullopt_t",
    "queue": "queue priority_queue",
    "random": "random_device mt19937 mt19937_64 uniform_int_distribution uniform_real_distribution",
    "regex": "regex regex_match smatch",
    "semaphore": "counting_semaphore binary_semaphore",
    "set": "set multiset",
    "shared_mutex": "shared_mutex shared_lock",
    "span": "span as_bytes as_writable_bytes dynamic_extent",
    "sstream": "stringstream istringstream ostringstream",
    "stdexcept": "runtime_error logic_error invalid_argument out_of_range length_error",
    "stop_token": "stop_token stop_source stop_callback",
    "string": "string to_string stoi stol stoul stoull getline",
    "string_view": "string_view",
    "system_error": "error_code system_error errc generic_category system_category error_category make_error_code",
    "thread": "thread jthread this_thread",
    "tuple": "tuple tie make_tuple forward_as_tuple apply",
    "type_traits": "is_same_v is_trivially_copyable_v enable_if_t decay_t remove_cvref_t is_nothrow_move_constructible_v "
                   "is_invocable_v conditional_t underlying_type_t is_enum_v",
    "unordered_map": "unordered_map unordered_multimap",
    "unordered_set": "unordered_set",
    "utility": "move forward exchange swap pair make_pair in_place as_const declval index_sequence make_index_sequence",
    "variant": "variant visit holds_alternative get_if monostate variant_alternative_t",
    "vector": "vector",
}
HEADER_OF = {name: header for header, names in PROVIDES.items() for name in names.split()}
# What another header of the list is sure to bring (the standard says so of the first, the iterators of the others are theirs).
BRINGS = {"string": {"string_view", "initializer_list"}, "string_view": set(), "iostream": {"string"}, "thread": {"stop_token"},
          "condition_variable": {"mutex"}, "future": {"exception"}, "variant": {"utility"}, "map": {"initializer_list", "utility"},
          "vector": {"initializer_list"}, "set": {"initializer_list"}, "unordered_map": {"initializer_list", "utility"},
          "optional": {"utility"}, "tuple": {"utility"}, "queue": {"vector"}, "system_error": {"string"}, "shared_mutex": {"mutex"}}
BRINGS["string_view"] = {"initializer_list"}
USE = re.compile(r"\bstd::((?:ranges::)?\w+)")
INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"]', re.M)


def included(text: str) -> set[str]:
    headers = {header for form, header in INCLUDE.findall(text) if form == "<"}
    for header in tuple(headers):
        headers |= BRINGS.get(header, set())
    return headers


def missing(text: str, own_header: str = "") -> set[str]:
    """`own_header`: the text of the header with the same stem."""
    used = {HEADER_OF[name] for name in USE.findall(without_noise(text)) if name in HEADER_OF}
    return used - included(text) - included(own_header)


def own_header_of(name: str) -> str:
    header = name.removesuffix(".cpp") + ".hpp"
    return text_of(header) if name.endswith(".cpp") and (ROOT / header).exists() else ""


def with_includes(text: str, headers: set[str]) -> str:
    """With `headers` in the block of standard ones, which is made where there is none: behind #pragma once or the own header."""
    lines = text.split("\n")
    standard = [at for at, line in enumerate(lines) if re.fullmatch(r"#include <[a-z_0-9]+>", line)]
    if standard:
        first, last = standard[0], standard[0]
        while last + 1 in standard:
            last += 1
        block = sorted({*lines[first : last + 1], *(f"#include <{header}>" for header in headers)})
        return "\n".join(lines[:first] + block + lines[last + 1 :])
    block = sorted(f"#include <{header}>" for header in headers)
    at = next((at for at, line in enumerate(lines) if line == "#pragma once" or line.startswith('#include "')), None)
    if at is None:
        return "\n".join([*block, "", *lines])
    return "\n".join([*lines[: at + 1], "", *block, *lines[at + 1 :]])


def sources() -> list[str]:
    return files_of(".cpp", ".hpp", under=("server/", "telemetry/"))


class Includes(RepositoryTest):
    def test_nothing_is_included_by_luck(self):
        faults = []
        for name in sources():
            lacking = missing(text_of(name), own_header_of(name))
            if lacking:
                faults.append(f"{name}: uses what is of {', '.join(f'<{header}>' for header in sorted(lacking))}, without an include")
        self.assert_none(faults)

    def test_catches_a_planted_one(self):
        text = '#include "a.hpp"\n\n#include <string>\n\nstd::size_t n(std::string_view t) { return std::min(t.size(), 3UL); }\n'
        self.assertEqual(missing(text), {"algorithm"})
        self.assertEqual(missing(text, "#include <algorithm>\n"), set())
        self.assertEqual(missing("// std::vector is not used\nconst char* t = \"std::map\";\n"), set())
        self.assertEqual(missing("bool b = std::ranges::any_of(l, p);\nauto c = std::chrono::seconds(1);\n"), {"algorithm", "chrono"})

    def test_mends_it(self):
        text = '#include "a.hpp"\n\n#include <string>\n#include <vector>\n\n#include "b.hpp"\n'
        self.assertEqual(with_includes(text, {"utility", "array"}),
                         '#include "a.hpp"\n\n#include <array>\n#include <string>\n#include <utility>\n#include <vector>\n\n#include "b.hpp"\n')
        self.assertEqual(with_includes('#pragma once\n\n#include "b.hpp"\n', {"array"}),
                         '#pragma once\n\n#include <array>\n\n#include "b.hpp"\n')


if __name__ == "__main__":
    if "--write" in sys.argv:
        for each in sources():
            lacking = missing(text_of(each), own_header_of(each))
            if lacking:
                (ROOT / each).write_text(with_includes(text_of(each), lacking))
        sys.exit()
    main()
