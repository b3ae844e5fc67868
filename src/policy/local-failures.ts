/**
 * Failures of this relay's own: a key, a domain, the store, the resolvers, a source, a fault. They are never sorted like
 * what a remote says (classify.ts): they have classes and words of their own, are never permanent, never suppress, and
 * count neither against a destination nor in anybody's health.
 */
import type { BounceClass, Explanation } from './bounce-classes.ts';

export const LOCAL_CLASSES = [
  'local-key',
  'local-domain',
  'local-relay',
  'local-relay-login',
  'local-limit',
  'local-store',
  'local-dns',
  'local-source',
  'local-fault',
] as const;
export type LocalClass = (typeof LOCAL_CLASSES)[number];

/** What a delivery's failure is called in events, traces and statistics. */
export type FailureClass = BounceClass | LocalClass;

export function isLocalClass(text: unknown): text is LocalClass {
  return (LOCAL_CLASSES as readonly unknown[]).includes(text);
}

export const LOCAL_EXPLANATIONS: Readonly<Record<LocalClass, Explanation>> = {
  'local-key': {
    meaning:
      'This relay could not sign the message: a DKIM key of the sending domain is missing or unusable.',
    action:
      'Nothing is wrong at the recipient. Look at the keys with relayctl domain show, and whether master.key is the one that the database was made with. It is retried by itself.',
  },
  'local-domain': {
    meaning:
      'This relay could not sign the message: the sending domain was removed from it after the message was accepted.',
    action:
      'Nothing is wrong at the recipient. Add the domain again (relayctl domain add) and publish its new records, or cancel what waits (relayctl queue cancel). It is retried by itself.',
  },
  'local-relay': {
    meaning:
      'The smart host that a route of this relay names could not be reached, or took no mail: the message did not leave.',
    action:
      'Nothing is wrong at the recipient. Look at the route with relayctl route show, and whether its host answers at that port. It is retried by itself.',
  },
  'local-relay-login': {
    meaning:
      'The smart host that a route of this relay names did not accept our login, or does not relay for this relay.',
    action:
      'Nothing is wrong at the recipient. Check username and password of the route, and what its operator allows this machine. It is retried by itself.',
  },
  'local-limit': {
    meaning:
      'No source of this relay may send to that provider at the moment: the ceilings of the day are reached, or the provider refuses their addresses.',
    action:
      'Nothing is wrong with the message. Look at the sources with relayctl source show. It goes out by itself when one of them may send.',
  },
  'local-store': {
    meaning: 'This relay could not read the message from its own store.',
    action:
      'Nothing is wrong at the recipient. Look at the disk and the log of relayd on this machine. It is retried by itself.',
  },
  'local-dns': {
    meaning:
      'The DNS resolvers of this relay did not answer or refused to, so it could not ask for the mail hosts of the domain.',
    action:
      'Nothing is wrong at the recipient. Check that the resolvers in dns.servers, or else in /etc/resolv.conf, answer this machine. It is retried by itself.',
  },
  'local-source': {
    meaning:
      'The message could not leave this relay from its source: the address is not one of this machine, the client certificate is unusable, or the hop does not answer or refuses.',
    action:
      'Nothing is wrong at the recipient. Look at the source with relayctl source show and relayctl doctor, and at its hop. It is retried by itself.',
  },
  'local-fault': {
    meaning: 'A fault of this relay kept the message from being sent.',
    action:
      'Nothing is wrong at the recipient. Look at the log of relayd at that time and report the fault. It is retried by itself.',
  },
};

/**
 * RFC 3463 §3.4, §3.5: 4.3.5 "system incorrectly configured", 4.3.0 "other mail system status", 4.4.3 "directory server
 * failure", 4.4.1 "no answer from host", 4.4.5 "mail system congestion"; §3.8: 4.7.0 "other security status".
 */
export const LOCAL_STATUS: Readonly<Record<LocalClass, string>> = {
  'local-key': '4.3.5',
  'local-domain': '4.3.5',
  'local-relay': '4.4.1',
  'local-relay-login': '4.7.0',
  'local-limit': '4.4.5',
  'local-store': '4.3.0',
  'local-dns': '4.4.3',
  'local-source': '4.3.5',
  'local-fault': '4.3.0',
};
