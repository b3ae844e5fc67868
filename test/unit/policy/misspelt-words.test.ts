import { expect, it } from 'vitest';
import { correctSpelling } from '../../../src/policy/misspelt-words.ts';

it.each([
  ['recipient e-mail adress unkown', 'recipient e-mail address unknown'],
  ["user dosn't exist", 'user does not exist'],
  ['the account does no exists', 'the account does not exist'],
  ['user doesnt exist, unknow recepient', 'user does not exist, unknown recipient'],
  ['mailbox is not exists', 'mailbox is not exist'],
])('puts right what servers misspell: %s', (said, wanted) => {
  expect(correctSpelling(said)).toBe(wanted);
});

it.each([
  "adresse inconnue, l'adresse n'existe pas",
  'la cuenta no existe',
  'adressat unbekannt, adresář',
  'the delivery process did not exit',
  "user doesn't like this",
  'unknowing',
])('leaves alone what is a word: %s', (said) => {
  expect(correctSpelling(said)).toBe(said);
});

it('takes time that grows with the length of the text alone', () => {
  // A pattern that backtracks over the whole text would not end within the test's time.
  for (const word of ['do', 'not ', 'does no ', 'adress', 'is not ', 'unknow'])
    expect(correctSpelling(word.repeat(20_000)), word).toBeTypeOf('string');
});
