import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../../../src/smtp/client/masked-secrets.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PASSWORD = 'p$ss.w(rd)+[9]';
const PLAIN = base64(`\0relay@example.test\0${PASSWORD}`);
const TOKEN = 'ya29.a0AfB_byC-d0123456789abcdefghijklmnopqrstuvwxyz';

describe('masked secrets', () => {
  const mask = maskSecrets(PASSWORD, [PLAIN]);

  it.each([
    [`AUTH PLAIN ${PLAIN}`, 'AUTH PLAIN ***'],
    [`auth plain ${PLAIN.toLowerCase()}`, 'auth plain ***'],
    [`unknown: "${PLAIN}=="`, 'unknown: "***"'],
    [`AUTH PLAIN ${PLAIN.slice(0, 17)}...`, 'AUTH PLAIN ***...'],
    [`...${PLAIN.slice(-12)}`, '...***'],
    [`with ${PASSWORD} and ${PASSWORD.toUpperCase()}`, 'with *** and ***'],
    [`in base64 ${base64(PASSWORD)}`, 'in base64 ***'],
  ])('%s', (said, shown) => {
    expect(mask(said)).toBe(shown);
  });

  it.each([
    '5.7.8 Username and Password not accepted. https://support.example/mail?p=BadCredentials',
    'Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.',
  ])('leave what has nothing of them: %s', (said) => {
    expect(mask(said)).toBe(said);
  });

  it('include a token that is cut off', () => {
    const maskToken = maskSecrets(TOKEN, [base64(`user=a\x01auth=Bearer ${TOKEN}\x01\x01`)]);
    expect(maskToken(`bad token ya29.${TOKEN.slice(5, 30)}…`)).toBe('bad token ya29.***…');
    expect(maskToken(`bad token ${TOKEN}`)).toBe('bad token ***');
  });

  it('do not eat letters where the password is very short or empty', () => {
    for (const password of ['', 'a', 'abc']) {
      const maskShort = maskSecrets(password, [base64(`\0u\0${password}`)]);
      expect(maskShort('a bad command, abc')).toBe('a bad command, abc');
      expect(maskShort(`AUTH PLAIN ${base64(`\0u\0${password}`)}`)).toBe('AUTH PLAIN ***');
    }
  });
});
