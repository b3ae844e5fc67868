/** The daily summary, missed while relayd was down, from the real relayd to a real MX: text and HTML in one message. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { simpleParser } from 'mailparser';
import { expect, it } from 'vitest';
import { lastTimeOfDay } from '../../src/policy/time-of-day.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { Stage } from './support/stage.ts';

const OPERATOR = 'ops@recipient.test';

it('is mailed once relayd is up again', async () => {
  await using stage = await Stage.start({ config: { operator: { mail: OPERATOR, summary: '08:00' } } });
  await stage.relay.stop();
  // As if the last one had been that of the day before.
  const endMs = lastTimeOfDay(480, systemClock.now());
  const file = path.join(stage.relay.dataDir, 'summary.json');
  writeFileSync(file, JSON.stringify({ version: 1, doneMs: endMs - 86_400_000 }));
  await stage.relay.start();
  const { content, reversePath } = await stage.received(OPERATOR);
  expect(reversePath).toBe('');
  const mail = await simpleParser(content);
  expect(mail.subject).toBe('[relay.test] daily summary: 0 delivered, 0 bounced');
  expect(mail.from?.text).toBe('"Postern relay.test" <postmaster@relay.test>');
  expect(mail.text).toMatch(/^relay\.test: [\d-]+ 08:00 to [\d-]+ 08:00 UTC\n\nFailed checks\n {2}None\.\n/);
  expect(mail.html).toContain('<td>0 (0 hard)</td>');
  expect(content.toString('latin1')).toMatch(/^Content-Type: multipart\/alternative;/m);
});
