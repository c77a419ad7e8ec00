import { expect, test } from 'vitest';
import { frameOf } from '../../gateway/subscriptions/frame.ts';

/** The text of a whole, unmasked message, by RFC 6455. */
function read(message: Buffer): string {
  expect(message[0]).toBe(0x81);
  const short = message[1] ?? 0;
  const [start, length] =
    short < 126 ? [2, short] : short === 126 ? [4, message.readUInt16BE(2)] : [10, Number(message.readBigUInt64BE(2))];
  // The shortest form is required.
  expect(start).toBe(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  expect(message.length).toBe(start + length);
  return message.subarray(start).toString('utf8');
}

const head = '{"id":"é","type":"next","payload":';
const around = Buffer.byteLength(head) + 1;

test.each([0, 125 - around, 126 - around, 65_535 - around, 65_536 - around, 200_000])(
  'an event with a payload of %d bytes is a message of WebSocket',
  (bytes) => {
    const text = 'ü'.repeat(Math.floor(bytes / 2)) + 'a'.repeat(bytes % 2);
    const frame = frameOf({ number: 1, cursor: null, members: 1 }, () => text);
    expect(frame.bytes()).toBe(bytes);
    expect(read(frame.message(head))).toBe(`${head}${text}}`);
  },
);

test('an event is printed once, and its message is made once for all clients with one id', () => {
  let printed = 0;
  const frame = frameOf({ number: 1, cursor: null, members: 1 }, () => {
    printed += 1;
    return '{}';
  });
  const first = frame.message(head);
  expect(frame.message(head)).toBe(first);
  expect(read(frame.message('{"id":"2"'))).toBe('{"id":"2"{}}');
  frame.payload();
  expect(printed).toBe(1);
});
