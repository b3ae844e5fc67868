import { expect, test } from 'vitest';
import { ActiveDestination } from '../../../../src/delivery/destination/active-destination.ts';
import { QueueEntry } from '../../../../src/delivery/destination/queue-entry.ts';
import { SiteQueue } from '../../../../src/delivery/site/site-queue.ts';

const any = () => true;

class Maker {
  readonly #destinations = new Map<string, ActiveDestination>();

  destination(name: string): ActiveDestination {
    let destination = this.#destinations.get(name);
    if (destination === undefined)
      this.#destinations.set(name, (destination = new ActiveDestination(name, 50)));
    return destination;
  }

  /** `account destination id`; `account destination id bulk`. */
  entry(text: string): QueueEntry {
    const [accountId = '', name = '', id = '', rank] = text.split(' ');
    const source = { facts: { accountId, id } };
    const deliveries = [{ bulk: rank === 'bulk' }] as unknown as QueueEntry['deliveries'];
    const destination = this.destination(name);
    destination.claim(deliveries.length);
    return new QueueEntry({ messageId: 1 }, source as never, destination, deliveries);
  }
}

function filled(...texts: string[]): { queue: SiteQueue; make: Maker } {
  const make = new Maker();
  const queue = new SiteQueue();
  for (const text of texts) queue.push(make.entry(text));
  return { queue, make };
}

function takeAll(queue: SiteQueue, mayTake: (destination: ActiveDestination) => boolean = any): string[] {
  const taken: string[] = [];
  for (let entry = queue.take(mayTake); entry; entry = queue.take(mayTake)) taken.push(entry.facts.id);
  return taken;
}

test('accounts take turns, and within one its destinations', () => {
  const { queue } = filled('a x 1', 'a x 2', 'a x 3', 'a y 4', 'b x 5', 'b x 6', 'c z 7');
  expect(takeAll(queue)).toEqual(['1', '5', '7', '4', '6', '2', '3']);
  expect(queue.size).toBe(0);
});

test('within account and destination, first come first served, also over many', () => {
  const numbers = Array.from({ length: 1_000 }, (_, i) => String(i));
  const { queue } = filled(...numbers.map((number) => `a x ${number}`));
  expect(takeAll(queue)).toEqual(numbers);
});

test('a destination that may not take is passed over, and keeps its place', () => {
  const { queue, make } = filled('a x 1', 'a y 2', 'b x 3');
  const x = make.destination('x');
  expect(takeAll(queue, (destination) => destination !== x)).toEqual(['2']);
  expect(queue.has((destination) => destination !== x)).toBe(false);
  expect(queue.size).toBe(2);
  expect(takeAll(queue)).toEqual(['3', '1']);
});

test('what is put back comes first in its queue', () => {
  const { queue } = filled('a x 1', 'a x 2');
  const first = queue.take(any)!;
  first.begin();
  queue.unshift(first);
  expect(takeAll(queue)).toEqual(['1', '2']);
});

test('sheds the youngest of a destination, the longest queue first', () => {
  const { queue, make } = filled('a x 1', 'a x 2', 'a x 3', 'a x 4', 'b x 5', 'a y 6');
  const shed = queue.shed(make.destination('x'), 2).map((entry) => entry.facts.id);
  expect(shed).toEqual(['4', '3', '2']);
  expect(takeAll(queue).toSorted()).toEqual(['1', '5', '6']);
});

test('drains queue by queue', () => {
  const { queue } = filled('a x 1', 'a x 2', 'a y 3', 'b x 4');
  queue.take(any);
  expect(queue.drain().map((entries) => entries.map((entry) => entry.facts.id))).toEqual([
    ['4'],
    ['3'],
    ['2'],
  ]);
  expect(queue.size).toBe(0);
  expect(queue.take(any)).toBeUndefined();
});

test('of four turns of an account bulk has one, wherever it goes, and all once nothing else waits', () => {
  const bulk = [1, 2, 3, 4].map((number) => `a x ${number} bulk`);
  const { queue } = filled(...bulk, ...[5, 6, 7, 8, 9].map((number) => `a y ${number}`));
  expect(takeAll(queue)).toEqual(['5', '6', '7', '1', '8', '9', '2', '3', '4']);
});

test('a message behind a hundred domains of bulk is the next of its account', () => {
  const many = Array.from({ length: 100 }, (_, index) => `a d${index} ${index} bulk`);
  const { queue } = filled(...many, 'a z first', 'b x other bulk');
  expect(takeAll(queue).slice(0, 2)).toEqual(['first', 'other']);
});

test('bulk does not wait for a destination that may take nothing', () => {
  const { queue, make } = filled('a x 1', 'a y 2 bulk', 'a y 3 bulk');
  const x = make.destination('x');
  expect(takeAll(queue, (destination) => destination !== x)).toEqual(['2', '3']);
  expect(takeAll(queue)).toEqual(['1']);
});

test('bulk is shed before anything else of its destination', () => {
  const { queue, make } = filled('a x 1', 'a x 2', 'b x 3 bulk', 'b x 4 bulk', 'a x 5 bulk');
  const shed = queue.shed(make.destination('x'), 2);
  expect(shed.map(({ facts }) => facts.id).sort()).toEqual(['3', '4', '5']);
  expect(queue.size).toBe(2);
  expect(takeAll(queue)).toEqual(['1', '2']);
});
