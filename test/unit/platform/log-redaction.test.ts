/** What a log line shows once addresses and subjects are not to be in it. */
import { expect, test } from 'vitest';
import { createLog } from '../../../src/platform/log.ts';
import { createRedaction, type Redacted } from '../../../src/platform/log-redaction.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox, MASTER_KEY_BYTES } from '../../../src/platform/secret-box.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const box = createSecretBox(new Uint8Array(MASTER_KEY_BYTES).fill(1), systemRandom);

function logged(kinds: readonly Redacted[], fields: Record<string, string | readonly string[]>): string {
  const lines: string[] = [];
  const { fields: redact } = createRedaction({ kinds, hmac: (text) => box.hmac(text) });
  const log = createLog({
    ...{ level: 'info', format: 'json', clock: new VirtualClock(), redact },
    write: (line) => void lines.push(line),
  });
  log.info('attempt', fields);
  return lines.join('\n');
}

test.each([
  'jane@rcpt.example',
  '<Jane.Doe+tag@rcpt.example>',
  '550 5.1.1 <jane@rcpt.example>: user unknown',
  'list-bounces+jane=rcpt.example@lists.example',
  '"jane doe"@rcpt.example',
  'jane@[192.0.2.1]',
  'https://x.example/u?to=jane%40rcpt.example',
  'jörg.jane@müller.example',
])('an address in %s', (text) => {
  const line = logged(['addresses'], { reply: text, list: [text, text] });
  expect(line).not.toMatch(/jane/i);
  expect(line.match(/h:[0-9a-z]{8}@/g)).toHaveLength(3);
  expect(logged([], { reply: text })).toMatch(/jane/i);
});

test('one person has one hash, whatever the case, and another has another', () => {
  const hashOf = (text: string) => /h:\w+/.exec(logged(['addresses'], { to: text }))?.[0];
  expect(hashOf('Jane@rcpt.example')).toBe(hashOf('jane@RCPT.example'));
  expect(hashOf('bob@rcpt.example')).not.toBe(hashOf('jane@rcpt.example'));
});

test('a subject goes, and what is neither stays', () => {
  const line = logged(['subjects'], { subject: 'Offer', to: 'jane@rcpt.example', host: 'mx.rcpt.example' });
  expect(line).not.toContain('Offer');
  expect(line).toContain('"to":"jane@rcpt.example","host":"mx.rcpt.example"');
});
