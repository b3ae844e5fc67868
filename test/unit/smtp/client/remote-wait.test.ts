/** What a session tells of a remote that keeps it waiting: the command, since when. */
import { expect, it } from 'vitest';
import { systemClock } from '../../../../src/platform/clock.ts';
import type { RemoteWait } from '../../../../src/smtp/client/session.ts';
import type { FakeMxAnswer, FakeMxOptions } from '../../../support/fake-mx-options.ts';
import { startFakeMx } from '../../../support/fake-mx.ts';
import { eventually } from '../../../support/eventually.ts';
import { connectTo, outbound } from '../../../support/outbound.ts';

const silentAt =
  (verb: string) =>
  (command: string): FakeMxAnswer | undefined =>
    command.startsWith(verb) ? { fault: 'silent' } : undefined;

async function waitAt(
  verb: string,
  what: string,
  options: Partial<FakeMxOptions>,
): Promise<RemoteWait | undefined> {
  await using mx = await startFakeMx({ respond: silentAt(verb), ...options });
  let waitsFor: (() => RemoteWait | undefined) | undefined;
  const stop = new AbortController();
  const opening = connectTo(mx, {
    requireTls: false,
    signal: stop.signal,
    onConnecting: (of) => void (waitsFor = of),
  });
  void opening.then(async (result) => {
    if (result.kind === 'connected') await result.session.transact(outbound(['a@x.test', 'b@x.test']));
  });
  const found = await eventually(() => (waitsFor?.()?.what === what ? waitsFor() : undefined), {
    what: `a wait for ${what}`,
  });
  const result = await Promise.race([opening, Promise.resolve(undefined)]);
  if (result?.kind === 'connected') result.session.destroy();
  stop.abort();
  return found;
}

it.each([
  ['GREETING', 'the greeting'],
  ['EHLO', 'EHLO'],
  ['STARTTLS', 'STARTTLS'],
  ['MAIL', 'MAIL'],
  ['RCPT', 'RCPT'],
  ['DATA', 'DATA'],
  ['.', 'the end of data'],
])('silence at %s is a wait for %s', async (verb, what) => {
  for (const extensions of [['PIPELINING', 'STARTTLS'], ['STARTTLS']])
    expect((await waitAt(verb, what, { extensions }))?.sinceMs).toBeLessThanOrEqual(systemClock.monotonic());
});
