import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../../../src/http/public/client-address.ts';
import { readLinkPath } from '../../../../src/http/public/link-path.ts';
import { LinkRates } from '../../../../src/http/public/link-rates.ts';

describe('the path of a link', () => {
  it('is the token, or its undo; a query is left out', () => {
    expect(readLinkPath('/u/abc')).toEqual({ token: 'abc', undo: false });
    expect(readLinkPath('/u/abc/undo')).toEqual({ token: 'abc', undo: true });
    expect(readLinkPath('/u/abc?utm=1')).toEqual({ token: 'abc', undo: false });
  });

  it('is the same in each of the forms that HTTP and URIs allow', () => {
    expect(readLinkPath('https://mail.example.com/u/abc')).toEqual({ token: 'abc', undo: false });
    expect(readLinkPath('HTTP://mail.example.com:8081/u/abc/undo?x')).toEqual({ token: 'abc', undo: true });
    expect(readLinkPath('/u/a%5Fb%2dc%7e%61')).toEqual({ token: 'a_b-c~a', undo: false });
    expect(readLinkPath('/%75/abc/und%6F')).toEqual({ token: 'abc', undo: true });
  });

  it('is nothing else', () => {
    for (const target of [
      '',
      '/',
      '/u',
      '/u/',
      '/u/?x',
      '/u//undo',
      '/u/a/b',
      '/u/a/undo/undo',
      '/U/abc',
      '//u/abc',
      'http://x',
      'http://x/v1/send?/u/abc',
      'http:/u/abc',
      'ftp://x/u/abc',
      'https:///u/abc',
      '/u%2fabc',
    ])
      expect(readLinkPath(target), target).toBeUndefined();
  });
});

describe('the client of a request', () => {
  it('is the peer, unless that is a proxy that is trusted', () => {
    expect(clientAddress('192.0.2.1', '198.51.100.7', [])).toBe('192.0.2.1');
    expect(clientAddress('::ffff:192.0.2.1', undefined, [])).toBe('192.0.2.1');
    expect(clientAddress('10.0.0.1', '198.51.100.7', ['10.0.0.0/8'])).toBe('198.51.100.7');
  });

  it('is the last before the proxies, whatever the client claims', () => {
    expect(clientAddress('10.0.0.1', '203.0.113.9, 198.51.100.7, 10.0.0.2', ['10.0.0.0/8'])).toBe(
      '198.51.100.7',
    );
    expect(clientAddress('10.0.0.1', '203.0.113.9, nonsense', ['10.0.0.0/8'])).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', undefined, ['10.0.0.0/8'])).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', '10.0.0.3,'.repeat(9_999), ['10.0.0.0/8'])).toBe('10.0.0.1');
    expect(clientAddress(undefined, undefined, [])).toBe('');
  });
});

describe('rates', () => {
  it('turn a network away that tries tokens, and no other', () => {
    const rates = new LinkRates();
    const tries = Array.from({ length: 100 }, (_, host) => rates.fails(`192.0.2.${host}`, 0));
    expect(tries.filter(Boolean)).toHaveLength(60);
    expect(rates.fails('198.51.100.1', 0)).toBe(true);
    expect(rates.fails('192.0.2.1', 60_000)).toBe(true);
  });

  it('let one link change something a few times a minute', () => {
    const rates = new LinkRates();
    const changes = Array.from({ length: 30 }, () => rates.changes('one', 0));
    expect(changes.filter(Boolean)).toHaveLength(12);
    expect(rates.changes('other', 0)).toBe(true);
  });
});
