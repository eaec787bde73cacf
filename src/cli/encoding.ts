/**
 * The encodings that kubectl reads: UTF-16 with a byte order mark, which PowerShell 5 writes, and UTF-8
 * (k8s.io/cli-runtime pkg/resource/visitor.go `FileVisitor`).
 */
type Encoding = "utf-8" | "utf-16le" | "utf-16be";

function encodingOf([first, second]: Uint8Array): Encoding {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** Decodes a text, and keeps a byte order mark. Undefined if the bytes are not text. */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Encodes a text in the encoding of the old bytes. */
export function encodeLike(old: Uint8Array, text: string): Buffer {
  const encoding = encodingOf(old);
  if (encoding === "utf-8") return Buffer.from(text);
  const bytes = Buffer.from(text, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}
