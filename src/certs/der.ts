/** The part of DER (ITU-T X.690, section 8) that a certificate needs. Every value is a tag, a length and bytes. */

const LONG_FORM = 0x80;

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < LONG_FORM) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.of(tag, LONG_FORM | length.length), length, body]);
}

export const sequence = (...members: readonly Uint8Array[]): Buffer => der(0x30, ...members);
export const set = (...members: readonly Uint8Array[]): Buffer => der(0x31, ...members);
export const octets = (content: Uint8Array): Buffer => der(0x04, content);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
export const TRUE = der(0x01, Buffer.of(0xff));

/** A bit string. The lowest `unused` bits of the last byte are padding. */
export const bits = (content: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.of(unused), content);

/**
 * A positive integer from bytes without leading zeros. If the first bit is 1, a zero byte comes first, because DER
 * would read a negative number.
 */
export function integer(bytes: Uint8Array): Buffer {
  const negative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return der(0x02, negative ? Buffer.of(0) : Buffer.of(), bytes);
}

/** An explicit tag `[number]` around a whole value. */
export const tagged = (number: number, content: Uint8Array): Buffer => der(0xa0 | number, content);

/** An implicit tag `[number]`, which replaces the tag of the value. */
export const implicit = (number: number, content: Uint8Array): Buffer => der(0x80 | number, content);

/** UTCTime, which RFC 5280 (4.1.2.5) requires for dates before 2050. */
export function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, "");
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

/**
 * An object identifier from its dotted form. Numbers are in base 128. All bytes of a number except the last have the
 * high bit set.
 */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}
