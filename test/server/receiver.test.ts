import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import t from "tap";
import { createReceiver, type Receiver } from "../../src/server/http/body.ts";
import { HttpError } from "../../src/server/http/errors.ts";
import "../patience.ts";

const MEBIBYTE = 1024 * 1024;
const LIMIT = 10 * MEBIBYTE;

/** A request whose body the test sends piece by piece. */
function request(receiver: Receiver, announced: number | undefined) {
  const headers = announced === undefined ? {} : { "content-length": String(announced) };
  const stream = Object.assign(new PassThrough({ highWaterMark: LIMIT }), { headers });
  const outcome = receiver.receive(stream as unknown as IncomingMessage, LIMIT).then(
    (body) => body,
    (error: unknown) => (error instanceof HttpError ? error.status : error),
  );
  return { stream, outcome };
}

t.test("a body is complete in pieces of any size, with or without Content-Length", async (t) => {
  const receiver = createReceiver();
  const whole = Buffer.from(Array.from({ length: 3 * MEBIBYTE }, (_, place) => (place * 7) % 251));
  for (const pieceBytes of [1000, 65_536, MEBIBYTE, whole.length]) {
    for (const announced of [whole.length, undefined]) {
      const { stream, outcome } = request(receiver, announced);
      for (let at = 0; at < whole.length; at += pieceBytes) stream.write(whole.subarray(at, at + pieceBytes));
      stream.end();
      t.ok(whole.equals((await outcome) as Buffer), `${pieceBytes} bytes, announced ${announced}`);
    }
  }
  const { stream, outcome } = request(receiver, undefined);
  stream.end();
  t.equal(((await outcome) as Buffer).length, 0);
  t.equal(receiver.receiving, 0);
});

t.test("the sum of the announced sizes is limited: the newest large body gets a 503", async (t) => {
  const receiver = createReceiver(5 * MEBIBYTE);
  const first = request(receiver, 2 * MEBIBYTE);
  const second = request(receiver, 2 * MEBIBYTE);
  const third = request(receiver, 2 * MEBIBYTE);
  t.equal(await third.outcome, 503);
  const small = request(receiver, 10);
  for (const { stream } of [first, second]) stream.end(Buffer.alloc(2 * MEBIBYTE));
  small.stream.end(Buffer.alloc(10));
  for (const [{ outcome }, bytes] of [
    [first, 2 * MEBIBYTE],
    [second, 2 * MEBIBYTE],
    [small, 10],
  ] as const)
    t.equal(((await outcome) as Buffer).length, bytes);
  const again = request(receiver, 5 * MEBIBYTE);
  again.stream.end(Buffer.alloc(5 * MEBIBYTE));
  t.equal(((await again.outcome) as Buffer).length, 5 * MEBIBYTE, "all of the room is free again");
});

t.test("a large body that is only announced does not block other bodies", async (t) => {
  const receiver = createReceiver(5 * MEBIBYTE);
  const silent = request(receiver, 4 * MEBIBYTE);
  const honest = request(receiver, 2 * MEBIBYTE);
  t.equal(await silent.outcome, 503);
  honest.stream.end(Buffer.alloc(2 * MEBIBYTE));
  t.equal(((await honest.outcome) as Buffer).length, 2 * MEBIBYTE);
});

t.test("a body without Content-Length uses memory as it grows, and ends at the limit", async (t) => {
  const receiver = createReceiver(5 * MEBIBYTE);
  const growing = request(receiver, undefined);
  growing.stream.write(Buffer.alloc(3 * MEBIBYTE));
  growing.stream.write(Buffer.alloc(3 * MEBIBYTE));
  t.equal(await growing.outcome, 503);
  const endless = request(createReceiver(), undefined);
  endless.stream.write(Buffer.alloc(LIMIT));
  endless.stream.write(Buffer.alloc(1));
  t.equal(await endless.outcome, 413);
  const cut = request(receiver, MEBIBYTE);
  cut.stream.write("x");
  cut.stream.destroy();
  t.equal(await cut.outcome, 400);
  t.equal(receiver.receiving, 0);
});

t.test(
  "memory is freed according to received bytes, not according to announced bytes, and not after each body",
  async (t) => {
    const freed: string[] = [];
    const receiver = createReceiver(64 * MEBIBYTE, (what) => freed.push(what));
    const send = async (announced: number, came: number): Promise<void> => {
      const { stream, outcome } = request(receiver, announced);
      stream.write(Buffer.alloc(came));
      if (came < announced) stream.destroy();
      else stream.end();
      await outcome;
      await new Promise((resolve) => setImmediate(resolve));
    };
    const collections = (): number => freed.filter((what) => what === "all").length;
    for (let times = 0; times < 10; times++) await send(8 * MEBIBYTE, 1);
    t.equal(collections(), 0, "bodies that did not come");
    for (let times = 0; times < 20; times++) await send(MEBIBYTE, MEBIBYTE);
    t.equal(collections(), 0, "bodies that are not very large");
    await send(6 * MEBIBYTE, 6 * MEBIBYTE);
    t.equal(collections(), 1, "one very large body");
    for (let times = 0; times < 6; times++) await send(1.5 * MEBIBYTE, 1.5 * MEBIBYTE);
    t.equal(collections(), 3, "every third of those that are a little above the mark");
  },
);
