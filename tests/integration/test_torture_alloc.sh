#!/bin/sh
# SPDX-License-Identifier: MIT
# The short form of tests/torture/alloc.py: the first allocations of the unit tests.
exec python3 tests/torture/alloc.py 20
