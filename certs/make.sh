#!/bin/sh
# Makes what `kubectl apply -k manifests` needs to serve over TLS. Needs only openssl (or LibreSSL).
#
#   certs/ca.key           key of the CA. Stays with you: it is never sent to the cluster.
#   manifests/tls/ca.crt   CA certificate, 10 years. The API server trusts what it signed.
#   manifests/tls/tls.crt  serving certificate, 1 year, for the Service gracekeeper in the namespace gracekeeper.
#   manifests/tls/tls.key  its key.
#
# Git ignores all four. Nothing is ever overwritten. To renew, delete tls.crt and tls.key, run this again, apply again:
# with the CA kept, the trust stays the same and no call fails meanwhile.
set -eu

fail() {
  echo "certs/make.sh: $1" >&2
  exit 2
}

case "${1-}" in
  "") ;;
  -h | --help)
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$0"
    exit 0
    ;;
  *) fail "takes no arguments, but got \"$1\". See certs/make.sh --help." ;;
esac

command -v openssl >/dev/null || fail "needs openssl, which is not installed."

certs=$(cd "$(dirname "$0")" && pwd)
tls=$(dirname "$certs")/manifests/tls
ca_key=$certs/ca.key

for file in tls.crt tls.key; do
  if [ -e "$tls/$file" ]; then
    fail "manifests/tls/$file is there already. To renew, delete manifests/tls/tls.crt and tls.key, and run this again."
  fi
done
if [ -e "$tls/ca.crt" ] && [ ! -e "$ca_key" ]; then
  fail "manifests/tls/ca.crt is there, but its key certs/ca.key is not. Put the key back, or delete ca.crt for a new CA."
fi
if [ -e "$ca_key" ] && [ ! -e "$tls/ca.crt" ]; then
  fail "certs/ca.key is there, but manifests/tls/ca.crt is not. Put the certificate back, or delete the key for a new CA."
fi

# Keys are for you alone, and nothing is put in its place before everything is made.
umask 077
mkdir -p "$tls" || fail "cannot write to $tls."
work=$(mktemp -d "$tls/.making.XXXXXX") || fail "cannot write to $tls."
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# Seconds since 1970 as openssl wants a date. GNU and busybox read one form, BSD and macOS the other.
utc() {
  date -u -d "@$1" +%Y%m%d%H%M%SZ 2>/dev/null || date -u -r "$1" +%Y%m%d%H%M%SZ
}

day=$(utc "$(date +%s)" | cut -c 1-8)
now=$(date +%s)
# Valid from one hour ago: your clock may be ahead of the cluster's.
start=$(utc $((now - 3600)))
ca_end=$(utc $((now + 3650 * 86400)))
end=$(utc $((now + 365 * 86400)))

cat >"$work/openssl.cnf" <<CONF
[ ca ]
default_ca = signer

[ signer ]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any_name
unique_subject = no
email_in_dn = no

[ any_name ]
commonName = supplied

[ req ]
distinguished_name = asked
prompt = no

[ asked ]
commonName = gracekeeper

[ ca_certificate ]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash

[ serving_certificate ]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
# The API server asks for the first of these. The others are for people who look with curl.
subjectAltName = DNS:gracekeeper.gracekeeper.svc, DNS:gracekeeper.gracekeeper.svc.cluster.local, DNS:gracekeeper.gracekeeper, DNS:gracekeeper
CONF
: >"$work/index.txt"

# openssl talks while it works. What it said is only worth showing when it failed.
quietly() {
  "$@" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "openssl failed, as it says above. Nothing was written."
  }
}

request() { # key file, request file, common name
  quietly openssl ecparam -name prime256v1 -genkey -noout -out "$1"
  quietly openssl req -config "$work/openssl.cnf" -new -sha256 -key "$1" -subj "/CN=$3" -out "$2"
}

sign() { # request file, certificate file, extensions, end, and how to sign
  in=$1 out=$2 extensions=$3 until=$4
  shift 4
  quietly openssl ca -config "$work/openssl.cnf" -batch -notext -in "$in" -out "$out" \
    -extensions "$extensions" -startdate "$start" -enddate "$until" "$@"
}

new_ca=no
if [ ! -e "$ca_key" ]; then
  new_ca=yes
  # The day is in the name, so that two CAs can be told apart in an error message.
  request "$work/ca.key" "$work/ca.csr" "gracekeeper CA $day"
  sign "$work/ca.csr" "$work/ca.crt" ca_certificate "$ca_end" -selfsign -keyfile "$work/ca.key"
else
  cp "$ca_key" "$work/ca.key"
  cp "$tls/ca.crt" "$work/ca.crt"
fi

request "$work/tls.key" "$work/tls.csr" gracekeeper.gracekeeper.svc
sign "$work/tls.csr" "$work/tls.crt" serving_certificate "$end" -cert "$work/ca.crt" -keyfile "$work/ca.key"
quietly openssl verify -CAfile "$work/ca.crt" "$work/tls.crt"

if [ $new_ca = yes ]; then
  mv "$work/ca.key" "$ca_key"
  mv "$work/ca.crt" "$tls/ca.crt"
fi
mv "$work/tls.key" "$tls/tls.key"
mv "$work/tls.crt" "$tls/tls.crt"

iso=$(echo "$end" | sed 's/^\(....\)\(..\)\(..\).*/\1-\2-\3/')
if [ $new_ca = yes ]; then
  echo "Made a CA and a serving certificate in manifests/tls."
  echo "Keep certs/ca.key safe and away from the cluster: only a renewal needs it."
  echo "If gracekeeper is installed already: calls fail for the minute or two until its pods have the new Secret."
else
  echo "Made a serving certificate in manifests/tls, signed by the CA that was there."
fi
echo "It ends on $iso. Renew it before: delete manifests/tls/tls.crt and tls.key, run this again, apply again."
echo "Next: kubectl apply -k manifests"
