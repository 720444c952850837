#!/usr/bin/env bash
# Installs what the tests need and this machine lacks; does nothing, and at once, where everything is there.
#
#   tests/setup.sh fast   what Rust needs beside its toolchain: rustfmt, clippy, a C compiler; systemd, which judges its units
#   tests/setup.sh e2e    Chromium with fonts, Node 20 or newer, the npm packages of tests/e2e by their lock file, and what the
#                         networks of tests/nat are made of: ip, nft, certutil, miniupnpd, avahi; Firefox with a sound device;
#                         WebKit with a screen
#   tests/setup.sh bench  the servers that ours is measured beside: coturn and Janus
#   tests/setup.sh release  the compiler's libraries and C compilers for arm64 and armv7, and the tools that make and try packages
#
# Debian and its relatives are served by apt, as root or through sudo. Elsewhere it says what is missing and stops.
set -euo pipefail
cd "$(dirname "$0")/.."

chromium="${ALONGSIDE_CHROMIUM:-/usr/lib/chromium/chromium}"

say() { printf '    %s\n' "$*"; }
stop() {
    printf '    %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        stop "Installing needs root or sudo, and this is neither. Missing: $missing"
    fi
}

# Tries three times: another apt may hold the lock, a mirror may be away for a moment, an unpacking may have been cut off.
apt_install() {
    missing="$*"
    have apt-get || stop "This machine has no apt. Install by hand: $*"
    say "installing $*"
    local try
    for try in 1 2 3; do
        if as_root apt-get -q -o DPkg::Lock::Timeout=300 update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
                install --no-install-recommends "$@"; then
            return 0
        fi
        say "apt did not manage (try $try of 3)"
        as_root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a || true
        sleep $((try * 5))
    done
    stop "apt could not install: $*"
}

fast() {
    have cargo || stop "There is no Rust toolchain: cargo is missing."
    cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt || stop "rustfmt is missing."
    cargo clippy --version >/dev/null 2>&1 || rustup component add clippy || stop "clippy is missing."
    # SQLite and ring are compiled from C.
    have cc || apt_install gcc libc6-dev
    have systemd-analyze || apt_install systemd
    # The tests of bad days ask by curl and mount their own small disks.
    have curl && have unshare && have prlimit || apt_install curl util-linux
    # Asked by the same tests where they are there: databases, certificates, proxies, guessers.
    have sqlite3 && have openssl && have nginx && have haproxy && have caddy && have fail2ban-regex && [ -e /usr/lib/nginx/modules/ngx_stream_module.so ] ||
        apt_install sqlite3 openssl nginx-light libnginx-mod-stream haproxy caddy fail2ban
    # The ACME authority of the same tests, where the distribution has it.
    have pebble || ! apt-cache show pebble >/dev/null 2>&1 || apt_install pebble
}

node_major() { node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

e2e() {
    local packages=()
    [ -x "$chromium" ] || packages+=(chromium)
    have fc-list && [ -n "$(fc-list 2>/dev/null | head -n 1)" ] || packages+=(fontconfig fonts-dejavu-core)
    have node || packages+=(nodejs)
    # The networks of tests/nat: namespaces, their firewalls, and what a browser trusts.
    have ip || packages+=(iproute2)
    [ -x /usr/sbin/nft ] || have nft || packages+=(nftables)
    have curl && have miniupnpd || packages+=(curl miniupnpd)
    ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || packages+=(libfaketime)
    have avahi-daemon || packages+=(avahi-daemon)
    have certutil || packages+=(libnss3-tools)
    # The second engine, and a sound device for it.
    have firefox-esr || [ -x "${ALONGSIDE_FIREFOX:-}" ] || packages+=(firefox-esr)
    have pulseaudio || packages+=(pulseaudio)
    # The third, and a screen for it.
    have WebKitWebDriver && ls /usr/lib/*/webkit2gtk-4.1/MiniBrowser >/dev/null 2>&1 || packages+=(webkit2gtk-driver libwebkit2gtk-4.1-0)
    have Xvfb || packages+=(xvfb)
    [ ${#packages[@]} = 0 ] || apt_install "${packages[@]}"
    # Unpacked only: installed, it would rule over this machine's own look-ups.
    local resolved="${CARGO_TARGET_DIR:-$PWD/target}/resolved"
    if [ ! -x /lib/systemd/systemd-resolved ] && [ ! -x "$resolved/lib/systemd/systemd-resolved" ]; then
        mkdir -p "$resolved"
        (cd "$resolved" && { apt-get -q download systemd-resolved || { as_root apt-get -q update && apt-get -q download systemd-resolved; }; } &&
            dpkg-deb -x systemd-resolved_*.deb .) || stop "systemd-resolved could not be unpacked."
    fi
    have npm || apt_install npm
    [ -x "$chromium" ] || stop "Chromium is not at $chromium; name the right place in ALONGSIDE_CHROMIUM."
    [ "$(node_major)" -ge 20 ] || stop "Node 20 or newer is needed; here is $(node --version)."

    cd tests/e2e
    if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
        say "installing the npm packages of tests/e2e"
        local try
        for try in 1 2 3; do
            if npm ci --no-audit --no-fund --loglevel=error; then
                touch node_modules/.package-lock.json
                return 0
            fi
            say "npm did not manage (try $try of 3)"
            sleep $((try * 5))
        done
        stop "npm could not install the packages of tests/e2e."
    fi
}

bench() {
    local packages=()
    have turnserver || packages+=(coturn)
    have janus || packages+=(janus)
    [ ${#packages[@]} = 0 ] || apt_install "${packages[@]}"
}

release() {
    local packages=()
    have aarch64-linux-gnu-gcc || packages+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
    have arm-linux-gnueabihf-gcc || packages+=(gcc-arm-linux-gnueabihf libc6-dev-armhf-cross)
    have qemu-aarch64-static && have qemu-arm-static || packages+=(qemu-user-static)
    have curl || packages+=(curl)
    have openssl || packages+=(openssl)
    have dpkg-deb || packages+=(dpkg)
    have lintian || packages+=(lintian)
    have rpmbuild || packages+=(rpm)
    have mmdebstrap || packages+=(mmdebstrap)
    have systemd-nspawn || packages+=(systemd-container)
    # The container, in a network of its own.
    have podman && have crun || packages+=(podman crun)
    [ -x /usr/lib/podman/netavark ] && have iptables || packages+=(netavark iptables)
    have ip && have python3 || packages+=(iproute2 python3)
    [ ${#packages[@]} = 0 ] || apt_install "${packages[@]}"
    local triple
    for triple in aarch64-unknown-linux-gnu armv7-unknown-linux-gnueabihf; do
        [ -d "$(rustc --print sysroot)/lib/rustlib/$triple/lib" ] || rustup target add "$triple" ||
            stop "The compiler has no library for that machine: rustup target add $triple"
    done
}

case "${1:-}" in
    fast) fast ;;
    e2e) e2e ;;
    bench) bench ;;
    release) release ;;
    *) stop "usage: tests/setup.sh fast|e2e|bench|release" ;;
esac
