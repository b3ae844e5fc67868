import { expect, test } from 'vitest';
import { formatReply, makeReply, parseReply, parseReplyLine, replyClass } from '../../../src/smtp/reply.ts';

test.each([
  ['550 5.1.1 No such user', { code: 550, status: '5.1.1', text: 'No such user' }],
  ['250 OK', { code: 250, status: undefined, text: 'OK' }],
  ['250', { code: 250, status: undefined, text: '' }],
  ['421 4.7.0', { code: 421, status: '4.7.0', text: '' }],
  [
    '550-5.7.26 one\r\n550-5.7.26 two\n550 5.7.26 three',
    { code: 550, status: '5.7.26', text: 'one two three' },
  ],
  [
    '550 4.1.1 a status of another class',
    { code: 550, status: undefined, text: '4.1.1 a status of another class' },
  ],
  ['550 10.1.1.1 is blocked', { code: 550, status: undefined, text: '10.1.1.1 is blocked' }],
])('reads %j', (text, reply) => {
  expect(parseReply(text)).toEqual(reply);
});

test.each(['', 'hello', '99 too small', '600 too large', '25a OK', '2250 OK'])('%j is no reply', (text) => {
  expect(parseReply(text)).toBeUndefined();
});

test('tells the last line of a reply from the others', () => {
  expect(parseReplyLine('250-SIZE 1000')).toMatchObject({ last: false, text: 'SIZE 1000' });
  expect(parseReplyLine('250 HELP')).toMatchObject({ last: true, text: 'HELP' });
});

test('writes on one line what it reads', () => {
  const reply = makeReply(451, ['4.7.1 wait', '4.7.1 a little']);
  expect(formatReply(reply)).toBe('451 4.7.1 wait a little');
  expect(parseReply(formatReply(reply))).toEqual(reply);
});

test('classes follow the first digit', () => {
  expect([250, 354, 451, 550].map(replyClass)).toEqual([
    'positive',
    'intermediate',
    'transient',
    'permanent',
  ]);
});
