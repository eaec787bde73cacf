#!/bin/sh
# Makes a folder that replaces the base image node:26-slim, from files of this machine. It has the given Node, npm, and
# the few programs that the Dockerfile runs, with their linked libraries.
set -eu
folder=$1 node=$2

mkdir -p "$folder/usr/bin" "$folder/usr/local/bin" "$folder/usr/local/lib/node_modules" "$folder/root" "$folder/tmp" "$folder/etc"
ln -s usr/bin "$folder/bin"

libraries() { # the libraries that the program $1 is linked to; nothing for a script
  ldd "$1" 2>/dev/null | grep -o '/[^ ]*' || true
}

for tool in sh bash env ldd grep xargs cp rm chmod; do
  file=$(readlink -f "$(command -v $tool)")
  cp "$file" "$folder/usr/bin/$tool"
  for library in $(libraries "$file"); do cp -L --parents "$library" "$folder"; done
done
cp "$node" "$folder/usr/local/bin/node"
for library in $(libraries "$node"); do cp -L --parents "$library" "$folder"; done
npm=$(dirname "$(readlink -f "$(command -v npm)")")/..
cp -RL "$npm" "$folder/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/usr/local/bin/npm"
