// @ts-check
/** Makes and reads links with a manifest in the fragment, which browsers do not send to the server. */

/** The maximum size of a manifest that the server accepts, in bytes. */
export const MANIFEST_LIMIT = 64 * 1024;

/**
 * Returns a URL fragment with the manifest and with the way the pods are stopped, such as `m=...&on=spot&notice=30`.
 *
 * @param {string} manifest
 * @param {URLSearchParams} ending
 * @returns {Promise<string>}
 */
export async function toFragment(manifest, ending) {
  const bytes = new Uint8Array(
    await new Response(
      new Blob([manifest]).stream().pipeThrough(new CompressionStream("deflate-raw")),
    ).arrayBuffer(),
  );
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const packed = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return new URLSearchParams([["m", packed], ...ending]).toString();
}

/**
 * Reads the manifest and the way the pods are stopped from a URL fragment; undefined if the fragment has no manifest.
 *
 * @param {string} fragment
 * @returns {Promise<{ manifest: string, ending: URLSearchParams } | undefined>}
 * @throws Error with a message for the user if the link is damaged
 */
export async function fromFragment(fragment) {
  const parameters = new URLSearchParams(fragment);
  const packed = parameters.get("m");
  if (packed === null) return undefined;
  parameters.delete("m");
  return { manifest: await unpacked(packed), ending: parameters };
}

/** @param {string} packed */
async function unpacked(packed) {
  const text = new TextDecoder();
  let manifest = "";
  let size = 0;
  try {
    const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    // A short link may unpack to gigabytes, so reading stops at the limit.
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > MANIFEST_LIMIT) break;
      manifest += text.decode(part.value, { stream: true });
    }
    if (size > MANIFEST_LIMIT) await reader.cancel();
  } catch {
    throw new Error(
      "The link is damaged: the manifest in the link cannot be decompressed. Ask for a new link.",
    );
  }
  if (size > MANIFEST_LIMIT)
    throw new Error("The manifest in the link is above 64 KiB. Paste a part of the manifest instead.");
  return manifest + text.decode();
}
