/** What the dashboard offers to choose from is what the relay takes. */
import { expect, test } from 'vitest';
import { SCOPES } from '../../src/admin/credentials/scopes.ts';
import { EVERY_EVENT as STAR } from '../../src/api-json/webhook-json.ts';
import { allows } from '../../src/http/dashboard/role-rights.ts';
import { ALL_EVENT_TYPES } from '../../src/policy/delivery-state.ts';
import { USAGE_LIMITS } from '../../src/policy/usage-limits.ts';
import { entriesOf, EVERY_EVENT, numberOf, WEBHOOK_EVENTS } from '../../src/ui/pure/choices.ts';
import { mayChangeThe, type Role } from '../../src/ui/pure/rights.ts';
import { de } from '../../src/ui/text/de.ts';
import { en } from '../../src/ui/text/en.ts';

test('every event can be chosen for a webhook', () => {
  expect(WEBHOOK_EVENTS).toEqual(ALL_EVENT_TYPES);
  expect(EVERY_EVENT).toBe(STAR);
});

test('every scope of an API key and every limit of use has its words', () => {
  for (const text of [en, de]) {
    expect(Object.keys(text.credentials.scopeNames)).toEqual([...SCOPES]);
    expect(Object.keys(text.credentials.limitNames)).toEqual([...USAGE_LIMITS]);
  }
});

test('a button is shown to the roles that the relay lets do it', () => {
  const scopes = {
    messages: 'send',
    suppressions: 'suppressions',
    domains: 'domains',
    templates: 'templates',
    webhooks: 'webhooks',
    streams: 'admin',
    credentials: 'admin',
  } as const;
  for (const role of ['admin', 'operator', 'developer', 'read-only'] satisfies Role[])
    for (const [things, scope] of Object.entries(scopes))
      expect(mayChangeThe(things as keyof typeof scopes, role), `${role} ${things}`).toBe(
        allows(role, 'POST', scope),
      );
});

test('entries of a list are apart by commas, blanks or lines', () => {
  expect(entriesOf(' 192.0.2.0/24, 198.51.100.7\n2001:db8::/32 ')).toEqual([
    '192.0.2.0/24',
    '198.51.100.7',
    '2001:db8::/32',
  ]);
  expect(entriesOf('')).toEqual([]);
});

test('what is no number goes to the API as it was typed, which says so at the field', () => {
  expect(numberOf(' 600 ')).toBe(600);
  expect(numberOf('many')).toBe('many');
  expect(numberOf(' ')).toBeUndefined();
});
