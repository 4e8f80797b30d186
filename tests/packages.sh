# shellcheck shell=bash
# What the test commands need of the machine: finds it, or installs it from Debian's packages. Whoever sources this has a
# function `die` that takes lines and ends the script.

# The folder of the newest PostgreSQL server. Debian keeps the servers off the PATH.
find_postgres() {
    local initdb
    for initdb in $(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -rV) "$(command -v initdb || true)"; do
        if [ -x "$initdb" ] && [[ $("$initdb" --version) =~ \)\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= 13)); then
            dirname "$initdb"
            return
        fi
    done
}

is_ubuntu() { grep -qsx 'ID=ubuntu' /etc/os-release; }

install_packages() {
    if ! command -v apt-get >/dev/null; then
        die "needs $*, and knows only apt-get to install them." \
            'Install what is missing by hand and start it again.'
    fi
    # Ubuntu's packages only fetch the snap, which a container cannot run.
    if [[ "$*" == *chromium-browser* && ! -S /run/snapd.socket ]]; then
        die 'Ubuntu has Chromium only as a snap, and there is no snapd here.' \
            'Put Google Chrome and the ChromeDriver of the same version on the PATH and start it again.'
    fi
    if [ "$(id -u)" != 0 ]; then
        die "these packages are missing: $*" 'Install them and start it again:' \
            "    sudo apt-get update && sudo apt-get install --no-install-recommends $*"
    fi

    # Debian would make a cluster and start it as a service; the tests start their own.
    local no_cluster=/etc/postgresql-common/createcluster.d/doorlist-tests.conf
    if [[ "$*" == *postgresql* ]]; then
        mkdir -p "${no_cluster%/*}"
        echo 'create_main_cluster = false' >"$no_cluster"
    fi
    # Nor is nginx to be started as a service.
    local no_services=
    if [[ "$*" == *nginx* && ! -e /usr/sbin/policy-rc.d ]]; then
        no_services=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >"$no_services"
        chmod +x "$no_services"
    fi
    local status=0
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } >&2 || status=$?
    rm -f "$no_cluster" ${no_services:+"$no_services"}
    [ "$status" = 0 ] || die "apt-get could not install: $*"
}
