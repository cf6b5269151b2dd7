#!/bin/sh
# The packages that building and testing need, by system, and a function that installs what is missing.
# Sourced by other scripts, which call `packages_install build` or `packages_install build test`; run by itself it does
# the same with its arguments:
#     scripts/packages.sh build
#
# Debian and Ubuntu: missing packages are installed, as root or through sudo, without questions. Elsewhere they are
# printed; the build says what it does not find. Nothing missing needs neither the network nor root.

# purpose, then the package on Debian, Fedora, Arch and Homebrew; - where there is none or the system brings it
packages_table()
{
    cat <<'TABLE'
build   gcc                gcc                  gcc           -
build   libc6-dev          glibc-devel          glibc         -
build   make               make                 make          -
build   cmake              cmake                cmake         cmake
build   pkg-config         pkgconf-pkg-config   pkgconf       pkgconf
build   libdnnl-dev        onednn-devel         onednn        onednn
build   ocl-icd-opencl-dev ocl-icd-devel        -             -
build   -                  libgomp              -             libomp
build   libpng-dev         libpng-devel         libpng        libpng
build   libjpeg-dev        libjpeg-turbo-devel  libjpeg-turbo jpeg-turbo
build   zlib1g-dev         zlib-ng-compat-devel zlib          -
build   libinih-dev        inih-devel           libinih       inih
build   libjansson-dev     jansson-devel        jansson       jansson
test    libopenmpi-dev     openmpi-devel        openmpi       open-mpi
test    openmpi-bin        -                    -             -
test    libmpich-dev       mpich-devel          -             -
test    mpich              mpich                -             -
test    libcriterion-dev   criterion-devel      criterion     criterion
test    git                git                  git           git
test    clang              clang                clang         -
test    libomp-dev         libomp-devel         openmp        -
test    clang-format       clang-tools-extra    -             clang-format
test    python3            python3              python        python3
test    python3-pip        python3-pip          python-pip    -
clients python3-venv       -                    -             -
clients python3-opencv     python3-opencv       python-opencv opencv
clients python3-torch      -                    python-pytorch -
node    nodejs             nodejs               nodejs        node
node    npm                nodejs-npm           npm           -
browser chromium           chromium             chromium      -
TABLE
}

# packages_of COLUMN PURPOSE...: the names in that column, on one line
packages_of()
{
    column=$1
    shift
    packages_table | awk -v column="$column" -v purposes=" $* " \
        'index(purposes, " " $1 " ") && $column != "-" { printf "%s ", $column }'
}

# debian, fedora, arch, brew or unknown; a system says in os-release which one it descends from
packages_system()
{
    [ "$(uname -s)" = Darwin ] && { echo brew; return; }
    # shellcheck disable=SC1091
    ids=$([ ! -r /etc/os-release ] || (. /etc/os-release && echo "${ID-} ${ID_LIKE-}"))
    for id in $ids; do
        case $id in
        debian | ubuntu) echo debian && return ;;
        fedora | rhel | centos) echo fedora && return ;;
        arch | archlinux) echo arch && return ;;
        esac
    done
    echo unknown
}

packages_debian_missing()
{
    for package in $(packages_of 2 "$@"); do
        case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

packages_debian_install()
{
    missing=$(packages_debian_missing "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        as_root="env"
    elif command -v sudo >/dev/null; then
        as_root="sudo env"
    else
        echo "Missing packages, and neither root nor sudo to install them: apt-get install $missing"
        return 0
    fi
    echo "Installing packages: $missing"
    # shellcheck disable=SC2086
    $as_root apt-get -qq update &&
        $as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 \
            install $missing >/dev/null
}

# packages_install PURPOSE...: fails only if an installation was tried and did not work
packages_install()
{
    case $(packages_system) in
    debian) packages_debian_install "$@" ;;
    fedora) echo "Needed: dnf install $(packages_of 3 "$@")" ;;
    arch) echo "Needed: pacman -S --needed $(packages_of 4 "$@")" ;;
    brew)
        echo "Needed: brew install $(packages_of 5 "$@")"
        # shellcheck disable=SC2016
        echo 'and -DOpenMP_ROOT=$(brew --prefix libomp) when configuring: Apple'"'"'s clang does not look there'
        ;;
    *) echo "Needed, by their Debian names: $(packages_of 2 "$@")" ;;
    esac
}

case $0 in
*packages.sh) packages_install "${@:-build}" ;;
esac
