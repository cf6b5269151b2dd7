#!/bin/sh
# Checks every #include of src, models, losses and include/gan against the architecture: arrows point down.
#     scripts/check_layers.sh [ROOT]        prints each violation as file:line: reason; exits 1 if there is one
set -eu
cd "${1:-$(dirname "$0")/..}"

# module, its folder, and the modules whose headers it may include besides its own
modules='
base     src/base      -
image    src/image     base
scene    src/scene     base image
core     src/core      base
dist     src/dist      base
mpi      src/mpi       base dist
layers   src/layers    base image core
losses   losses        base
data     src/data      base image scene
models   models        base image core layers
classic  src/classic   base image
freeze   src/freeze    base image core layers data
train    src/train     base image scene core dist layers losses data models freeze
export   src/export    base image scene core dist layers data models freeze train
colorize src/colorize  base image core dist layers data models freeze train export
inference src/inference base image core dist layers data models freeze train export colorize
recipes  src/recipes   base image scene core dist layers losses data models freeze train
cli      src/cli       base image scene classic core dist mpi layers losses data models freeze train export colorize inference recipes
'
# first letters of a library header, and the folders that may see it
libraries='
dnnl        src/core/dnn
oneapi/     src/core/dnn
png         src/image
jpeglib     src/image
ini.h       src/base src/classic
jansson     src/base src/export src/cli
zlib        src/base src/export
mpi.h       src/mpi
'
# gan/x.h belongs to the module called x, or to the one that has x.c (not cli, which has commands of such names); these
# have neither
public='
colour   image
loss     losses
model    models
layer    layers
recipe   train
recipes  recipes
train    train
'

find src models losses include/gan -name '*.[ch]' | LC_ALL=C sort |
    awk -v modules="$modules" -v libraries="$libraries" -v public="$public" '
function complain(text) { print at ": " text; bad = 1 }

function load_tables(    rows, n, i, f, k) {
    n = split(modules, rows, "\n")
    for (i = 1; i <= n; i++) if ((k = split(rows[i], f, " ")) > 2) {
        folder[f[1]] = f[2]
        allowed[f[1], f[1]] = 1
        for (; k > 2; k--) allowed[f[1], f[k]] = 1
    }
    n = split(libraries, rows, "\n")
    for (i = 1; i <= n; i++) if ((k = split(rows[i], f, " ")) > 1)
        for (; k > 1; k--) homes[f[1]] = homes[f[1]] " " f[k]
    n = split(public, rows, "\n")
    for (i = 1; i <= n; i++) if (split(rows[i], f, " ") == 2) owner[f[1]] = f[2]
}

function inside(file, place) { return index(file, place "/") == 1 }

# The module of a file; "" if the tables do not know it.
function module(file,    name, m) {
    if (inside(file, "include/gan")) {
        name = file
        gsub(/.*\/|\.h$/, "", name)
        if (name in folder) return name
        if (name in owner) return owner[name]
        for (m in folder) if (m != "cli" && (folder[m] "/" name ".c") in known) return m
        return ""
    }
    for (m in folder) if (inside(file, folder[m])) return m
    return ""
}

# The file that #include "name" of a file means, as the compiler searches; "" if none.
function resolve(file, name,    here, i, places) {
    here = file
    sub(/[^\/]*$/, "", here)
    split(here " src/ include/ ./", places, " ")
    for (i = 1; i <= 4; i++) {
        sub(/^\.\//, "", places[i])
        if ((places[i] name) in known) return places[i] name
    }
    return ""
}

function check_library(file, name,    l, n, i, home) {
    for (l in homes) if (index(name, l) == 1) {
        n = split(homes[l], home, " ")
        for (i = 1; i <= n; i++) if (inside(file, home[i])) return
        complain("<" name "> is only for" homes[l])
    }
}

function check_own(file, name,    target, from, to) {
    target = resolve(file, name)
    if (target == "") { complain("no \"" name "\" here"); return }
    includes[file] = includes[file] " " target
    from = module(file)
    to = module(target)
    if (to == "") complain("\"" name "\" belongs to no module: add it to the table of scripts/check_layers.sh")
    else if (!((from, to) in allowed)) complain(from " may not include \"" name "\", which is of " to)
}

function check_file(file,    line, name, number) {
    at = file
    if (module(file) == "") { complain("belongs to no module: add it to the table of scripts/check_layers.sh"); return }
    while ((getline line < file) > 0) {
        at = file ":" ++number
        if (line !~ /^[ \t]*#[ \t]*include[ \t]*["<]/) continue
        name = line
        sub(/^[^"<]*["<]/, "", name)
        sub(/[">].*$/, "", name)
        if (line ~ /<dnnl|<oneapi/) shows_dnnl[file] = 1
        if (line ~ /^[^"]*</) check_library(file, name)
        else check_own(file, name)
    }
    close(file)
}

# Whether a file sees oneDNN, through the headers it includes too. Within src/core private headers may carry its types.
function dnnl_through(file, depth,    n, i, next_files) {
    if (file in shows_dnnl) return 1
    n = split(includes[file], next_files, " ")
    for (i = 1; i <= n && depth < 20; i++) if (dnnl_through(next_files[i], depth + 1)) return 1
    return 0
}

{ known[$0] = 1; files[NR] = $0 }
END {
    load_tables()
    for (i = 1; i <= NR; i++) check_file(files[i])
    for (i = 1; i <= NR; i++) if (!inside(files[i], "src/core") && dnnl_through(files[i], 0)) {
        at = files[i]
        complain("sees oneDNN through what it includes")
    }
    exit bad
}'
