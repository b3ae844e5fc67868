/**
 * Words that servers misspell, put right before the rules look at a reply: `recipient e-mail adress unknown`,
 * `user dosn't exist`, `The account does no exists`. One table, so that no rule has to know every way to spell its words.
 * Only spellings that are no other word of the languages of the rules: `adresse` is French, `no existe` Spanish. `did not exit` is no misspelling: programs say it of others.
 */

const WORDS: Readonly<Record<string, string>> = {
  adress: 'address',
  acount: 'account',
  accout: 'account',
  // French too, where it means the same.
  authentification: 'authentication',
  autentication: 'authentication',
  avaliable: 'available',
  unavaliable: 'unavailable',
  exceded: 'exceeded',
  exeeded: 'exceeded',
  invaild: 'invalid',
  maibox: 'mailbox',
  malibox: 'mailbox',
  recepient: 'recipient',
  reciepient: 'recipient',
  receipient: 'recipient',
  recipent: 'recipient',
  temporarly: 'temporarily',
  temporaly: 'temporarily',
  uknown: 'unknown',
  unkown: 'unknown',
  unknow: 'unknown',
  unknwon: 'unknown',
};

const MISSPELT = new RegExp(String.raw`(?<![\p{L}\d])(?:${Object.keys(WORDS).join('|')})(?![\p{L}\d])`, 'gu');
/** `dosn't exist`, `does no exists`, `doesnt exsit`: the verb of "nobody is there". */
const NEGATED =
  /\b(?:(is |are )?not? exists|(?:do(?:es|se)?|did) ?not? (?:exists?|exsist|exsit)|(?:do(?:es?|se?)?n'?t|dosen't|does'nt|does't|dosent|doens't) (?:exists?|exsist|exsit))(?![\p{L}\d])/gu;

/** Of a text in lower case with straight quotes. */
export function correctSpelling(text: string): string {
  return text
    .replace(MISSPELT, (word) => WORDS[word] ?? word)
    .replace(NEGATED, (_all, verb: string | undefined) =>
      verb === undefined ? 'does not exist' : `${verb}not exist`,
    );
}
