import { describe, expect, it } from 'vitest';
import { listUnsubscribeFields } from '../../../src/links/list-unsubscribe.ts';

const TOKEN = 't'.repeat(130);
const publicUrl = 'https://mail.example.com';
const mailDomain = 'example.com';

describe('the List-Unsubscribe fields', () => {
  it('have the https address first, then the one by mail, and say that one click is enough', () => {
    expect(listUnsubscribeFields(TOKEN, { publicUrl, mailDomain })).toBe(
      `List-Unsubscribe: <https://mail.example.com/u/${TOKEN}>,\r\n` +
        ` <mailto:unsubscribe@bounces.example.com?subject=${TOKEN}>\r\n` +
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n',
    );
  });

  it('say nothing of one click where there is no https address', () => {
    expect(listUnsubscribeFields(TOKEN, { publicUrl: undefined, mailDomain })).toBe(
      `List-Unsubscribe: <mailto:unsubscribe@bounces.example.com?subject=${TOKEN}>\r\n`,
    );
  });

  it('are complete without the one by mail, and none without both', () => {
    expect(listUnsubscribeFields(TOKEN, { publicUrl, mailDomain: undefined })).toBe(
      `List-Unsubscribe: <https://mail.example.com/u/${TOKEN}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n`,
    );
    expect(listUnsubscribeFields(TOKEN, { publicUrl: undefined, mailDomain: undefined })).toBe('');
  });
});
