/** That a check of the sender, in whatever words, suppresses no recipient: as a reply, under any code, and in a report. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadBounceRules } from '../../../src/config/bounce-rules.ts';
import { classifyReport, type ReportedFacts } from '../../../src/policy/classify-report.ts';
import { isSenderCheck } from '../../../src/policy/sender-check.ts';
import { makeReply } from '../../../src/smtp/reply.ts';
import { ADDRESS_CODES, judge } from '../../corpus/sources/read-sources.ts';

const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

const CHECKS = `
Verification failed for <sam@s.example> The account or domain may not exist. Sender verify failed
Verification failed for <sam@s.example>: no such domain
Verification of <sam@s.example> failed: user unknown
<sam@s.example> From: Domain is invalid. Please provide a valid From
From: domain not found
From: sam@s.example is invalid
Invalid address in "From"
The From field names a domain that does not exist
Please use a valid From, this domain does not exist
Domain may not exist or DNS check failed
Domain might not exist
The host name seems not to exist
Account or domain possibly invalid
DNS check failed: no such domain
MX validation failed, host not found
Failed the DNS check: unknown domain
Your message failed our domain check: no such host
Could not verify the address: no such domain
Unable to verify <sam@s.example>: unknown user
The address could not be validated, unknown domain
Callback failed: user does not exist
Sending domain does not exist
Unable to resolve domain s.example of your address
Domain of <sam@s.example> does not exist
We could not confirm that the domain exists: no such domain
Author domain does not exist
The domain that you claim to be from does not exist
Return address domain not found
No MX for your return address
Reply address: unknown domain
Bounce address does not exist
Origin domain unknown
Mail from unknown domain
MX lookup for sending host failed: no such host
Your domain could not be resolved
Domain of the sender not found
Domain you are sending from does not exist
Überprüfung der Adresse fehlgeschlagen: Domain existiert nicht
Adresse konnte nicht überprüft werden, Domain nicht gefunden
Domain existiert möglicherweise nicht
Absenderdomain existiert nicht
Feld "Von": Domain unbekannt
DNS-Prüfung fehlgeschlagen: unknown domain
Échec: domaine de l'expéditeur introuvable
La vérification a échoué: domaine inconnu
Le domaine peut-être inexistant, domaine introuvable
Impossible de vérifier l'adresse: domaine inconnu
Champ From: domaine introuvable
No se pudo verificar la dirección: dominio no existe
El dominio podría no existir, dominio desconocido
Dominio del remitente no existe
Campo De: dominio no existe
Impossibile verificare: dominio non esiste
Il dominio potrebbe non esistere, dominio sconosciuto
Dominio del mittente non esiste
Não foi possível verificar: domínio não existe
Domínio do remetente não existe
Domein van de afzender bestaat niet
Domein bestaat misschien niet, domein onbekend
Nie można zweryfikować: domena nie istnieje
Domena nadawcy nie istnieje
Не удалось проверить: домен не найден
Домен отправителя не найден
Домен, возможно, не существует
Doména odesílatele neexistuje
Nelze ověřit: doména neexistuje
发件人域名不存在
域名可能不存在
域名验证失败, 域名不存在
差出人のドメインが見つかりません
`
  .trim()
  .split('\n');

/** With the code and the stage that let a report say that the recipient is gone. */
function reported(text: string, stage: ReportedFacts['stage'], status?: string): ReportedFacts {
  const reply = makeReply(550, [status === undefined ? text : `${status} ${text}`]);
  return {
    kind: 'bounce',
    action: 'failed',
    status,
    reply,
    text: reply.text,
    stage,
    ownMailbox: false,
    feedbackType: undefined,
  };
}

describe('a check of the sender that failed', () => {
  it.each(CHECKS)('suppresses nobody: %s', (words) => {
    const said = [`550 ${words}`, ...ADDRESS_CODES.map((code) => `550 ${code} ${words}`)];
    expect(said.filter((reply) => judge(reply, rules).suppresses)).toEqual([]);
    for (const stage of ['rcpt', 'data', 'final', undefined] as const) {
      expect(classifyReport(reported(words, stage), rules).hard, stage).toBe(false);
      expect(classifyReport(reported(words, stage, '5.1.2'), rules).hard, stage).toBe(false);
    }
  });
});

describe('a recipient that is not there', () => {
  it.each([
    '550 5.1.1 Recipient verification failed: user unknown',
    '550 5.1.1 User unknown. Please verify the address and send it again',
    '550 5.1.1 <anna@r.example>: Recipient address rejected: undeliverable address: unknown user',
    '550 5.1.2 Mailbox does not exist',
    '550 5.1.2 <anna@r.example>: user unknown',
    '550 5.1.2 Host unknown',
  ])('is suppressed whatever is said beside it: %s', (reply) => {
    expect(judge(reply, rules).suppresses).toBe(true);
  });

  it('is soft where the domain is said not to exist by a server that had taken it', () => {
    expect(classifyReport(reported('No such domain example', 'final'), rules).hard).toBe(false);
    expect(classifyReport(reported('No such domain example', undefined), rules).hard).toBe(true);
  });
});

it('takes time that grows with the length of the text alone', () => {
  // A pattern that backtracks over the whole text would not end within the test's time.
  for (const word of [
    'verification ',
    'from: ',
    'domain ',
    'champ ',
    'not verify ',
    'peut-être ',
    'a',
    '.',
  ]) {
    expect(isSenderCheck(word.repeat(20_000), true), word).toBeTypeOf('boolean');
  }
});
