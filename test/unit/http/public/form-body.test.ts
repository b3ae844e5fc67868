import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readForm } from '../../../../src/http/public/form-body.ts';

const URLENCODED = 'application/x-www-form-urlencoded';
const read = (body: string, type: string | undefined = URLENCODED) => readForm(Buffer.from(body), type);

describe('a form', () => {
  it.each([
    ['as RFC 8058 has it', 'List-Unsubscribe=One-Click', URLENCODED],
    ['with a charset', 'List-Unsubscribe=One-Click', `${URLENCODED}; charset=UTF-8`],
    ['without a type', 'List-Unsubscribe=One-Click', undefined],
    ['in another case, with a line end', 'list-unsubscribe=one-click\r\n', URLENCODED],
    ['percent-encoded', 'List%2DUnsubscribe=One%2DClick', URLENCODED],
    [
      'in parts',
      '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
      'multipart/form-data; boundary=x',
    ],
    [
      'in parts with more fields and a quoted boundary',
      '--a b\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click\r\n--a b--',
      'Multipart/Form-Data; charset=utf-8; boundary="a b"',
    ],
    [
      'in parts with bare line feeds',
      '--x\nContent-Disposition: form-data; name="List-Unsubscribe"\n\nOne-Click\n--x--\n',
      'multipart/form-data; boundary=x',
    ],
  ])('wants one click: %s', (_how, body, type) => {
    expect(read(body, type)).toEqual({ kind: 'one-click' });
  });

  it('names the list that a button of the page is about', () => {
    expect(read('unsubscribe=news')).toEqual({ kind: 'unsubscribe', stream: 'news' });
    expect(read('resubscribe=news+and+more')).toEqual({ kind: 'resubscribe', stream: 'news and more' });
  });

  it('says nothing else', () => {
    const others = [
      '',
      '=',
      'x',
      'List-Unsubscribe',
      'List-Unsubscribe=Two-Clicks',
      '{"List-Unsubscribe":"One-Click"}',
    ];
    for (const body of others) expect(read(body), body).toEqual({ kind: 'unknown' });
    expect(read('--x\r\n\r\nList-Unsubscribe=One-Click', 'multipart/form-data; boundary=x')).toEqual({
      kind: 'unknown',
    });
  });

  it('may have any octets', () => {
    const types = fc.constantFrom(
      undefined,
      URLENCODED,
      'multipart/form-data; boundary=--',
      'multipart/form-data; boundary="',
      'x',
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1024 }), types, (body, type) => {
        expect(readForm(body, type)).toHaveProperty('kind');
      }),
    );
  });

  it('is read in a time that grows with its size', () => {
    for (const body of [
      '--x\r\n'.repeat(200),
      '\r\n'.repeat(500),
      `--x\r\n${'a: b\r\n'.repeat(160)}`,
      '%'.repeat(1024),
    ])
      expect(read(body, 'multipart/form-data; boundary=x')).toEqual({ kind: 'unknown' });
  });
});
