import { describe, expect, it } from 'vitest';
import { parseHeaderSection } from '../../../src/message/header-section.ts';
import { buildReceived } from '../../../src/message/received.ts';
import type { ReceivedFacts } from '../../../src/message/received.ts';

const facts: ReceivedFacts = {
  clientHelo: 'app.example.net',
  clientAddress: '192.0.2.7',
  serverName: 'relay.example.org',
  protocol: 'ESMTPSA',
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
  messageId: 'msg_01',
  recipient: 'b@example.com',
  atMs: Date.UTC(2026, 0, 5, 9, 0, 0),
};

describe('buildReceived', () => {
  it('tells who, by whom, how, which and when', () => {
    expect(buildReceived(facts)).toBe(
      [
        'Received: from app.example.net ([192.0.2.7])',
        '\tby relay.example.org (Postern) with ESMTPSA (TLSv1.3 TLS_AES_256_GCM_SHA384)',
        '\tid msg_01',
        '\tfor <b@example.com>;',
        '\tMon, 05 Jan 2026 09:00:00 +0000',
        '',
      ].join('\r\n'),
    );
  });

  it('leaves out what is hidden or not there', () => {
    const field = buildReceived({
      ...facts,
      clientHelo: '[192.0.2.7]',
      clientAddress: undefined,
      tls: undefined,
      recipient: undefined,
    });
    expect(field).not.toContain('192.0.2.7');
    expect(field).toMatch(/^Received: from unknown\r\n/);
    expect(field).toContain('with ESMTPSA\r\n\tid msg_01;');
  });

  it('writes an IPv6 address as a literal', () => {
    expect(buildReceived({ ...facts, clientAddress: '2001:db8::1' })).toContain('([IPv6:2001:db8::1])');
  });

  it.each(['evil\r\nBcc: x@y.z', 'a (', 'a;b', 'x'.repeat(300), '', '192.0.2.7', '-a-', 'büro', '\0'])(
    'does not repeat %j as the name of the client',
    (clientHelo) => {
      const field = buildReceived({ ...facts, clientHelo });
      expect(field).toMatch(/^Received: from unknown \(/);
      expect(parseHeaderSection(Buffer.from(field)).fields).toHaveLength(1);
    },
  );

  it('keeps a recipient that would break the path out', () => {
    expect(buildReceived({ ...facts, recipient: '"a>\r\nBcc: x"@b.c' })).not.toContain('for');
    expect(buildReceived({ ...facts, recipient: 'jörg@example.com' })).toContain('for <jörg@example.com>');
  });
});
