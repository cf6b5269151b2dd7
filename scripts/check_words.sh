#!/bin/sh
# Checks the text files that git tracks for words that do not belong in a repository: paths of one machine, hosts of
# package registries, notes to oneself.
#     scripts/check_words.sh [ROOT]         prints each find as file:line:text; exits 1 if there is one
set -eu
cd "${1:-$(dirname "$0")/..}"

# A bracket in each pattern keeps it from finding itself.
banned='/wor[k]/
/roo[t]/
/hom[e]/
pyp[i]\.org
pythonhoste[d]\.org
(deb|security|archive|ftp)[.a-z]*\.(debia[n]|ubunt[u])\.(org|com)
crate[s]\.io
npmj[s]\.(org|com)
maven\.(apach[e]\.org|or[g])
prox[y]\.golang\.org
TOD[O]
FIXM[E]'

files=$(git ls-files -z | tr '\0' '\n')
[ -n "$files" ] || { echo "git tracks no files here" >&2; exit 2; }
if git grep -InE --no-color -e "$(echo "$banned" | paste -sd '|' -)" -- .; then exit 1; fi
