/** The relay's resolver with the interface that mailauth expects: answers and error codes of node:dns. */
import type { DnsAnswer, Resolver } from './resolver.ts';

export type MailauthLookUp = (name: string, type: string) => Promise<unknown[]>;

export function mailauthLookUp(resolver: Resolver): MailauthLookUp {
  return async (name, type) => {
    switch (type) {
      case 'TXT':
        return found(name, type, await resolver.txt(name), (text) => [text]);
      case 'A':
        return found(name, type, await resolver.a(name), (address) => address);
      case 'AAAA':
        return found(name, type, await resolver.aaaa(name), (address) => address);
      case 'MX':
        return found(name, type, await resolver.mx(name), ({ preference, exchange }) => ({
          priority: preference,
          exchange,
        }));
      default:
        throw lookUpError('ENODATA', `${type} is not looked up`);
    }
  };
}

function found<T, R>(name: string, type: string, answer: DnsAnswer<T>, form: (record: T) => R): R[] {
  switch (answer.kind) {
    case 'found':
      return answer.records.map(form);
    case 'not-found':
      throw lookUpError(answer.nxdomain ? 'ENOTFOUND' : 'ENODATA', `${name} has no ${type} record`);
    case 'failed':
      throw lookUpError('ESERVFAIL', answer.reason);
  }
}

function lookUpError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
