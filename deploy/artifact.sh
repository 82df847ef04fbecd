# shellcheck shell=bash
# Which artifact is meant, and whether it is whole: for publish and deploy-to.

# choose_artifact [PATH]: prints PATH, or that of the only artifact in dist.
choose_artifact() {
    local artifacts=("$@")
    if [ -z "${1:-}" ]; then
        shopt -s nullglob
        artifacts=(dist/socorro-*.tar.gz)
        shopt -u nullglob
    fi
    if [ ${#artifacts[@]} -eq 0 ]; then
        echo "no artifact in dist: run \`make package\`" >&2
        return 1
    fi
    if [ ${#artifacts[@]} -gt 1 ]; then
        echo "more than one artifact in dist, choose: ARTIFACT=${artifacts[0]} …" >&2
        return 1
    fi
    check_artifact "${artifacts[0]}" && echo "${artifacts[0]}"
}

# check_artifact PATH: fails unless its name is one of ours and its bytes are those of PATH.sha256.
check_artifact() {
    if ! [[ ${1##*/} =~ ^socorro-[0-9A-Za-z.+]+\.tar\.gz$ ]]; then
        echo "$1 is not an artifact (expected e.g. dist/socorro-0.1.0+g832d63a.tar.gz)" >&2
        return 1
    fi
    if ! [ -f "$1" ] || ! [ -f "$1.sha256" ]; then
        echo "$1 or $1.sha256 is missing: run \`make package\`" >&2
        return 1
    fi
    if [ "$(sha256sum <"$1" | cut -d' ' -f1)" != "$(cut -d' ' -f1 "$1.sha256")" ]; then
        echo "$1 does not match $1.sha256: remove both, then run \`make package\`" >&2
        return 1
    fi
}
