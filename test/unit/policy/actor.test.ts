/** The one string that says who changes something. */
import { describe, expect, test } from 'vitest';
import { actorName, credentialOf, formatActor, parseActor } from '../../../src/policy/actor.ts';

describe('an actor', () => {
  test.each([
    [{ kind: 'relayctl', name: 'alice', origin: '192.0.2.1' }, 'relayctl:alice@192.0.2.1'],
    [{ kind: 'relayctl', name: 'alice' }, 'relayctl:alice'],
    [{ kind: 'api', name: 'crd_1', origin: '2001:db8::1' }, 'api:crd_1@2001:db8::1'],
    [{ kind: 'relayd' }, 'relayd'],
  ])('%o is written as %s, and read again', (actor, text) => {
    expect(formatActor(actor)).toBe(text);
    expect(parseActor(text)).toEqual({ name: undefined, origin: undefined, ...actor });
  });

  test.each(['alice@corp.example', 'a:b', 'with space', 'a%40b', 'line\nbreak', '\u202eecila', '\ud800'])(
    'a name such as %j is no origin and breaks no line',
    (name) => {
      const text = formatActor({ kind: 'relayctl', name, origin: 'pts/1' });
      expect(text).toMatch(/^relayctl:[^@\s]+@pts\/1$/);
      expect(parseActor(text)).toEqual({ kind: 'relayctl', name: name.toWellFormed(), origin: 'pts/1' });
    },
  );

  test('is bounded', () => {
    expect(formatActor({ kind: 'relayctl', name: 'x'.repeat(1_000) }).length).toBeLessThan(200);
  });

  test('goes without its origin where others read it', () => {
    expect(actorName('api:crd_1@192.0.2.1')).toBe('api:crd_1');
    expect(actorName('relayd')).toBe('relayd');
  });

  test('that is a key says which', () => {
    expect(credentialOf(parseActor('api:crd_1@192.0.2.1'))).toBe('crd_1');
    expect(credentialOf(parseActor('relayctl:crd_1'))).toBeUndefined();
  });
});
