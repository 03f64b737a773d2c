#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing: setup.sh build|test|tidy|check ...
#
# build: a compiler and the libraries dunlin links; node and npm for the page.
# test:  cmocka, python3 and Chromium, for `make test`.
# tidy:  pmccabe, for `make tidy`.
# check: clang and the linters, for `make check` and `make fuzz` (Debian 12's).
#
# Only Debian packages, by apt-get; says what it installs before it does, and does
# nothing and prints nothing when all is there.
set -eu
build='gcc g++ make pkg-config ca-certificates libcurl4-openssl-dev libmicrohttpd-dev nettle-dev libjansson-dev
libsqlite3-dev libsvm-dev libsimdjson-dev libcld2-dev libunistring-dev libarchive-dev libbz2-dev liblzma-dev
libzstd-dev zlib1g-dev nodejs npm python3
python3-pip libgeonames-common'
test='libcmocka-dev libgnutls28-dev gdb bzip2 zstd chromium libegl1 libegl-mesa0 libgl1-mesa-dri'
tidy='pmccabe'
check='clang clang-format clang-tidy llvm cppcheck'

missing=
for group in "${@:-build}"; do
    case $group in
    build) packages=$build ;;
    test) packages=$test ;;
    tidy) packages=$tidy ;;
    check) packages=$check ;;
    *) echo "setup.sh: $group: unknown: use build, test, tidy or check" >&2; exit 2 ;;
    esac
    for package in $packages; do
        # A tool that came by another way than Debian's packages is as good.
        case $package in
        gcc | g++ | make | pkg-config | npm | python3) command -v "$package" >/dev/null && continue ;;
        nodejs) command -v node >/dev/null && continue ;;
        python3-pip) python3 -m pip --version >/dev/null 2>&1 && continue ;;
        esac
        [ -e "/var/lib/dpkg/info/$package.list" ] || ls "/var/lib/dpkg/info/$package:"*.list >/dev/null 2>&1 ||
            missing="$missing $package"
    done
done
[ -n "$missing" ] || exit 0
# One at a time: a parallel make may ask twice.  Who has waited looks again.
[ -n "${SETUP_LOCKED:-}" ] || exec flock "$0" env SETUP_LOCKED=1 "$0" "$@"

root=
[ "$(id -u)" = 0 ] || root=sudo
if ! command -v apt-get >/dev/null; then
    echo "setup.sh: these Debian packages are missing, and there is no apt-get here:$missing" >&2
    exit 1
fi
if [ -n "$root" ] && ! command -v sudo >/dev/null; then
    echo "setup.sh: run as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
echo "setup.sh: installing with apt-get:$missing"
$root apt-get update -q
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
