/** Events from the octets of a stream, in every cut. */
import { expect, test } from 'vitest';
import { EventStreamReader, newestOf, pauseMs } from '../../src/ui/pure/event-stream.ts';

const TEXT =
  'retry: 2000\n: from evt_1 on\n\nid: evt_2\nevent: delivered\ndata: {"a":"ü"}\n\n: keep-alive\nid: evt_9\n\nevent: closed\ndata: {}\n\n';

test('events are the same in every cut of their octets', () => {
  const octets = new TextEncoder().encode(TEXT);
  for (let cut = 0; cut <= octets.length; cut++) {
    const reader = new EventStreamReader();
    const events = [...reader.take(octets.slice(0, cut)), ...reader.take(octets.slice(cut))];
    expect(events).toEqual([
      { id: 'evt_2', type: 'delivered', data: '{"a":"ü"}' },
      { id: 'evt_9', type: 'closed', data: '{}' },
    ]);
    expect(reader.lastId).toBe('evt_9');
  }
});

test('an event that does not end is given up', () => {
  const reader = new EventStreamReader();
  const piece = new TextEncoder().encode(`data: ${'x'.repeat(300_000)}`);
  expect(() => {
    for (let count = 0; count < 5; count++) reader.take(piece);
  }).toThrow(RangeError);
});

test('pauses grow to a minute, and differ', () => {
  expect([1, 2, 3, 10, 1_000].map((failures) => pauseMs(failures, 1))).toEqual([
    1_000, 2_000, 4_000, 60_000, 60_000,
  ]);
  expect(pauseMs(1, 0)).toBe(500);
});

test('the newest are first, and no more than asked for', () => {
  expect(newestOf([3, 4], [2, 1], 3)).toEqual([4, 3, 2]);
  expect(newestOf([1, 2, 3, 4, 5], [], 2)).toEqual([5, 4]);
  expect(newestOf([], [2, 1], 3)).toEqual([2, 1]);
});
