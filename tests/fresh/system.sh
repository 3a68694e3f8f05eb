# Functions for tests/fresh/prove that make a bare Debian, give it the sources of packages, and run steps in it.
# The caller runs in a separate mount namespace (unshare --mount), so that mounts are invisible outside and end with it.
# shellcheck shell=bash

# The caller sets Debian's codename, the folder of the system, the log of a step and the file of all times.
: "${release:?}" "${root:?}" "${log:?}" "${times:?}"
current=""   # name of the step in progress
passed_on=() # VARIABLE=VALUE: environment variables that set the sources of packages
sources=()   # source files of apt that name this machine's release
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# step NAME COMMAND... runs a command and records its seconds. The log gets its output, which `failed` shows.
step() {
    begin "$1"
    "${@:2}" > "$log" 2>&1
    end
}

# The same with the output on the terminal.
loud_step() {
    begin "$1"
    "${@:2}" 2>&1
    end
}

begin() {
    current=$1 started=$SECONDS
    : > "$log"
    printf '%s  %s: %s\n' "$(date +%T)" "$release" "$current"
}

end() {
    printf '%6d s  %s: %s\n' "$((SECONDS - started))" "$release" "$current" >> "$times"
    current=
}

# Trap of EXIT: prints which step failed, and its output.
failed() {
    [ -n "$current" ] || return 0
    tail -n 100 "$log" >&2
    echo "error: $release: $current: failed after $((SECONDS - started)) s" >&2
}

# inside FOLDER COMMAND runs a command of bash in a folder of the system, as root, without this machine's environment.
inside() {
    chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${passed_on[@]}" \
        bash -c "set -o pipefail; cd $1 && $2" < /dev/null
}

make_system() {
    local mirror place
    find_sources
    mirror=$(sed '/^ *#/d' /dev/null "${sources[@]}" | grep -m 1 -oE 'https?://[^] ]+' || true)
    debootstrap --variant=minbase --include=python3,python3-venv,make,git,ca-certificates "$release" "$root" \
        "${mirror:-http://deb.debian.org/debian}"
    for place in proc sys dev; do mount --rbind "/$place" "$root/$place"; done
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    cp -rL /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" || true
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" || true
    pass_on_apt
    pass_on_pip
    git clone --quiet "$project" "$root/root/project"
    [ ! -d "$project/../shared" ] || lend "$project/../shared" /root/shared
}

# A source file that does not name this machine's release is for a fixed release, or not for Debian.
find_sources() {
    local file
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if grep -qsE "^[^#]*[[:space:]]$codename([[:space:]-]|$)" "$file"; then sources+=("$file"); fi
    done
}

pass_on_apt() {
    local file key
    cp -rL /etc/apt/apt.conf.d /etc/apt/trusted.gpg.d "$root/etc/apt/"
    for file in /etc/apt/auth.conf /etc/apt/auth.conf.d; do copy "$file"; done
    [ ${#sources[@]} = 0 ] || rm "$root/etc/apt/sources.list" # written by debootstrap, with the same mirror
    for file in "${sources[@]}"; do
        sed -E "/^ *#/! s/([[:space:]])$codename\b/\1$release/g" "$file" > "$root$file"
        { grep -iE '^(deb.*\[.*signed-by=|signed-by: *)/' "$file" || true; } | grep -oE '/usr/[^] ]+|/etc/[^] ]+' |
            while read -r key; do copy "$key"; done
    done
}

# Passes on pip's variables and files, and the paths that they name: files are copied, folders are mounted.
pass_on_pip() {
    local file place home=${HOME:-/root}
    local files=(/etc/pip.conf /etc/xdg/pip/pip.conf "$home/.pip/pip.conf" "$home/.config/pip/pip.conf")
    mapfile -t passed_on < <(env | grep -E '^(PIP_|https?_proxy=|HTTPS?_PROXY=|no_proxy=|NO_PROXY=|SSL_CERT)')
    [ -z "${PIP_CONFIG_FILE:-}" ] || files+=("$PIP_CONFIG_FILE")
    for file in "${files[@]}"; do copy "$file" "${file/#"$home"//root}"; done
    while read -r place; do
        case $place in
            file://*) # an index, whose pages link to neighbouring folders
                place=${place#file://}
                [ -e "$root$(dirname "$place")" ] || place=$(dirname "$place") ;;
        esac
        if [ ! -d "$place" ]; then copy "$place"; elif [ ! -e "$root$place" ]; then lend "$place"; fi
    done < <(sed 's/[= ]/\n/g' "${files[@]}" - 2> /dev/null < <(printf '%s\n' "${passed_on[@]}") | grep -E '^(file://)?/' | sort -u)
}

# copy PATH [PLACE] copies a file or folder of this machine to the system, unless it is missing here or present there.
copy() {
    local place=$root${2:-$1}
    if [ -e "$1" ] && [ ! -e "$place" ]; then
        mkdir -p "$(dirname "$place")"
        cp -rL "$1" "$place"
    fi
}

# lend FOLDER [PLACE] mounts a folder of this machine in the system, read-only.
lend() {
    local place=$root${2:-$1}
    mkdir -p "$place"
    mount --bind "$1" "$place"
    mount -o remount,bind,ro "$place"
}
