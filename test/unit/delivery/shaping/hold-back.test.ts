/** What waits for a limit is looked at again, whatever its limits say at the second question. */
import { expect, test } from 'vitest';
import type { QueueEntry } from '../../../../src/delivery/destination/queue-entry.ts';
import { holdBack, type HeldBack } from '../../../../src/delivery/shaping/hold-back.ts';
import { MAY_GO } from '../../../../src/delivery/shaping/turn.ts';

const ENTRY = {
  destination: { name: 'd.test' },
  facts: { accountId: 'acc_1', stream: 'transactional' },
  bulk: false,
  deliveries: [{ deliveryId: 1 }],
} as unknown as QueueEntry;

/** How soon a site asks to be looked at again; `undefined`: it does not. */
function lookInMs({ queued, asking }: { queued: number; asking: number }): number | undefined {
  const looks: number[] = [];
  const site = {
    shape: { roomInMs: () => 0, turnOf: () => MAY_GO, openWait: () => MAY_GO, hasSpecial: false },
    backlog: { queued, asking, firsts: () => [ENTRY].slice(0, queued), takeRefused: () => true },
    openConnections: 0,
    callIn: (waitMs: number) => looks.push(waitMs),
  } as unknown as HeldBack;
  const unused = { hold: () => 0, holdsAll: () => false };
  const clock = { monotonic: () => 0 } as never;
  holdBack(site, { clock, longWaits: unused, attempts: { ofRound: () => undefined } });
  return looks.length === 0 ? undefined : Math.min(...looks);
}

test('a site whose mail was told to wait, and may go when it is asked once more, is looked at soon', () => {
  expect(lookInMs({ queued: 1, asking: 0 })).toBeLessThanOrEqual(500);
});

test('so is one where only what asks a further host was told to wait', () => {
  expect(lookInMs({ queued: 0, asking: 1 })).toBeLessThanOrEqual(500);
});
