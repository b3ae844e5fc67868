/**
 * Kinds of refusal in words and languages that no sample had: each line is the classes that are right, how hard, and a
 * reply to RCPT, read as it comes and as a report of it tells. What names somebody or something else than the recipient
 * is soft under every code.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadBounceRules } from '../../../src/config/bounce-rules.ts';
import { classifyReport, type ReportedFacts } from '../../../src/policy/classify-report.ts';
import { suppressionForReport } from '../../../src/policy/suppression.ts';
import { parseReply } from '../../../src/smtp/reply.ts';
import { ADDRESS_CODES, judge } from '../../corpus/sources/read-sources.ts';

const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

interface Facts extends Partial<ReportedFacts> {
  readonly text: string;
}

function reported(facts: Facts) {
  const reply = parseReply(facts.text);
  return classifyReport(
    {
      kind: 'bounce',
      action: 'failed',
      status: reply?.status,
      reply,
      stage: 'rcpt',
      ownMailbox: false,
      feedbackType: undefined,
      ...facts,
      text: reply?.text ?? facts.text,
    },
    rules,
  );
}

const NOT_IN_THE_DIRECTORY = `
User carla (carla@r.example) no figura en el Directorio
Usuario carla (carla@r.example) no aparece en el Directorio de Domino
Utilisateur paul (paul@r.example) ne figure pas dans l'annuaire
User anna (anna@r.example) nicht im Domino-Verzeichnis aufgeführt
Benutzer anna ist nicht im Verzeichnis eingetragen
Utente anna (anna@r.example) non elencato nella rubrica
L'utente anna non è presente nell'elenco
Usuário ana (ana@r.example) não listado no Diretório
Gebruiker anna (anna@r.example) niet vermeld in het adresboek
Użytkownik anna nie znajduje się w katalogu
Пользователь anna не найден в справочнике
ユーザー anna は Domino ディレクトリに登録されていません
用户 anna 未列在目录中
anna 사용자가 디렉터리에 없습니다
`;

const NOT_THERE = `
554 RCPT (anna@r.example) dosn't exist
550 RCPT TO:<anna@r.example> does not exist
550 The account does no exists
550 User doesnt exist
550 user dose not exist
550 Recipent unkown
550 Unknow user
550 recipient's e-mail adress is unknown
550 Invaild recipient
550 mailbox not exists
550 Usuario no se encuentra en nuestro directorio
550 Le destinataire n'est pas répertorié dans notre annuaire
550 Empfänger ist in unserem Verzeichnis nicht eingetragen
550 Il destinatario non figura nel nostro elenco
550 O destinatário não consta no diretório
550 Odbiorca nie figuruje w katalogu
550 Příjemce není uveden v adresáři
550 Mottagaren finns inte i katalogen
550 收件人不在通讯录中
550 宛先はアドレス帳に登録されていません
550 수신자가 디렉토리에 등록되어 있지 않습니다
550 The recepient dosen't exist
550 unkown mailbox
553 RCPT <anna@r.example> not found
550 Casilla inexistente
550 La casilla no existe
550 No existe esa casilla
550 Message was not accepted -- invalid mailbox. Local mailbox anna@r.example is unavailable: user not found
`;

/** `classes: reply`, never hard. */
const OTHERS = `
policy: 550 5.1.1 You are on the recipient's reject list
policy: 550 5.1.1 Rejected by the user's blacklist
policy: 554 blocked by recipient's block list
policy: 550 5.1.1 Your address is in the personal blacklist of this mailbox
policy: 550 The recipient has blacklisted you
policy: 550 Votre adresse est dans la liste noire du destinataire
policy: 550 Su dirección está en la lista negra del destinatario
policy: 550 Sie stehen auf der Sperrliste des Empfängers
policy: 550 Отправитель в черном списке получателя
policy: 550 您已被收件人加入黑名单
policy: 550 수신거부된 메일입니다
policy: 550 受信者により受信拒否されています
policy: 550 5.1.1 <shop@s.example> sender is blacklisted
reputation: 550 Client IP 192.0.2.1 is blacklisted
reputation: 550 sender is blacklisted by bl.list.example
policy|authentication: 451 deferred because of a non-existent RFC5321.MailFrom domain
policy|authentication: 550 5.1.1 5321.From domain not found
policy|authentication: 550 unresolvable from domain
protocol: 554 too many header fields
protocol: 554 Too many Subject headers
protocol: 550 too many MIME parts in message
content: 550 too many links in your message
content: 554 Too many attachments
content: 550 too many images
network: 554 too many Received: lines
network: 554 This message is looping between two servers
policy|authentication: 550 5.1.1 Please check your mail before you send (POP before SMTP)
policy|authentication: 550 POP-before-SMTP required
policy|authentication: 553 Log in with POP3 first
rate-limited: 421 mwinf ME Service refuse. OFR004_101
system: 421 Too busy, connection rejected
system|rate-limited: 421 4.4.5 Connection refused: load is too high
system: 450 mail store not available
system: 451 spool is locked
system: 550 5.1.1 the list <news@r.example> is empty
system: 550 group has no members
system: 550 alias without any recipients
policy: 421 unexpected data received before the greeting was read
protocol: 500 Too much data sent without a line end
protocol: 554 excessive data
inactive-mailbox: 550 La casilla fue deshabilitada por inactividad
inactive-mailbox: 550 Cuenta caducada por falta de uso
inactive-mailbox: 550 Compte fermé pour inactivité
inactive-mailbox: 550 Postfach wegen Inaktivität gelöscht
inactive-mailbox: 550 Casella scaduta per inattività
inactive-mailbox: 550 휴면 계정입니다
inactive-mailbox: 550 该邮箱长期未登录
inactive-mailbox: 550 5.2.1 Mailbox expired due to inactivity
mailbox-full: 552 La casilla está llena
mailbox-full: 552 Too much mail data for <anna@r.example>
policy: 550 The addressee has put you on the ignore list
policy: 550 You have been blocked by the recipient
policy: 550 recipient has you on his blacklist
policy: 550 Refused: sender is in user's deny list
policy: 550 L'expéditeur est bloqué par le destinataire
policy: 550 El destinatario ha bloqueado su dirección
policy: 550 Der Empfänger hat Sie gesperrt
policy: 550 Il destinatario ti ha inserito nella lista nera
policy: 550 Получатель внёс вас в чёрный список
policy: 550 对方拒收您的邮件
policy: 550 수신자가 발신자를 차단했습니다
policy|reputation: 550 Sender address <shop@s.example> is blocklisted here
policy|authentication: 550 mail from domain cannot be resolved (5321.MailFrom)
policy|authentication: 451 RFC5321.MailFrom has no MX or A record
policy|authentication: 450 temporarily deferred: from domain does not resolve
protocol: 550 Too many headers in your message
protocol: 550 Header field repeated too many times
protocol: 550 Message nested too deeply
content: 550 Too many URLs
policy|relaying-denied: 550 Fetch your mail first, then send
policy|relaying-denied: 550 Bitte rufen Sie zuerst Ihre Mails ab (SMTP after POP)
system|rate-limited: 421 Server overloaded, refusing connections
system|rate-limited: 421 I am too busy to accept your connection
system: 451 Queue is not accessible
system: 452 Spool disk is full
system|policy: 550 Distribution group is empty
system|policy: 550 The mailing list has no subscribers
protocol: 500 Line buffer overflow: too much data received
network: 554 Mail loop: too many Received fields
network: 550 Endlosschleife entdeckt
inactive-mailbox: 550 Konto wegen Nichtnutzung stillgelegt
inactive-mailbox: 550 Buzón desactivado por desuso
inactive-mailbox: 550 Konto wygasło z powodu braku aktywności
inactive-mailbox: 550 Ящик удалён из-за неактивности
inactive-mailbox: 550 長期間ご利用がないため停止しています
inactive-mailbox: 550 The mbox has been disabled
inactive-mailbox: 550 This account has expired since it was not used
mailbox-full: 552 Casilla excedida de espacio
mailbox-full: 552 La casilla del destinatario superó su cuota
too-big: 552 Too much mail data
`;

const lines = (table: string): readonly string[] => table.trim().split('\n');

describe('a name that is not in the directory, in any language', () => {
  it.each(lines(NOT_IN_THE_DIRECTORY))('is unknown, and sure where its own server says so: %s', (text) => {
    const found = { class: 'unknown-user', hard: true };
    expect(reported({ text, stage: undefined, ownMailbox: true })).toMatchObject(found);
    expect(reported({ text: `550 ${text}` })).toMatchObject(found);
    expect(reported({ text: `550 ${text}`, stage: undefined }).hard).toBe(false);
  });

  it.each([
    '550 El remitente no figura en el directorio',
    "550 Le serveur ne figure pas dans l'annuaire",
    '550 Datei nicht im Verzeichnis gefunden',
    '550 no existe el directorio',
    '550 Absender nicht im Adressbuch eingetragen',
    '550 Отправитель не найден в справочнике',
    '550 User anna no figura en la lista de remitentes permitidos',
    '550 Il mittente non figura nel nostro elenco',
    "550 Il destinatario non figura nell'elenco dei destinatari consentiti",
    '550 Ihre Domain ist in unserem Verzeichnis nicht eingetragen',
    '550 No existe registro MX para su dirección',
    '550 no existe el directorio de correo en el servidor',
    '503 RCPT <anna@r.example> not valid before MAIL',
    '550 Local mailbox anna@r.example is unavailable: user not found in cache, try again later',
    '550 Service busy, connection closed',
    '550 delivery process for user anna did not exit cleanly',
    '550 authentification failed for user anna',
    '550 Adress of your server unknown',
    '550 The domain of sender doesnt exist',
    '550 Unknow sender',
    '550 Your adress doesnt exist',
    '550 Your address does not exist',
    '550 El usuario remitente no se encuentra en el directorio',
    '550 No existe su cuenta de correo, autentíquese',
    "550 Le serveur d'annuaire n'a pas trouvé le destinataire, réessayez plus tard",
    '550 发件人不在通讯录中',
    '550 差出人はアドレス帳に登録されていません',
    '550 발신자가 디렉토리에 없습니다',
    '550 La cuenta superó su límite de envío por hora',
    '552 La casilla no admite mensajes que superan el tamaño máximo',
  ])('suppresses nobody where it is about something else, or where that is in doubt: %s', (said) => {
    expect(judge(said, rules).suppresses).toBe(false);
    for (const stage of ['rcpt', 'final', undefined] as const)
      expect(reported({ text: said, stage }).hard, stage).toBe(false);
  });
});

describe('nobody there, misspelt or under the name of a command', () => {
  it.each(lines(NOT_THERE))('is unknown in answer to RCPT: %s', (said) => {
    expect(judge(said, rules).classification).toMatchObject({ class: 'unknown-user', hard: true });
    expect(reported({ text: said })).toMatchObject({ class: 'unknown-user', hard: true });
  });

  it('is not sure after the message, but where the server says what it looked into', () => {
    expect(reported({ text: '550 user dosnt exist', stage: 'final' }).hard).toBe(false);
    const said = '550 invalid mailbox. Local mailbox anna@r.example is unavailable: user not found';
    expect(reported({ text: said, stage: 'final' }).hard).toBe(true);
    expect(reported({ text: said.replace('user not found', 'try later'), stage: 'final' }).hard).toBe(false);
  });
});

describe('what is not about whether the recipient is there', () => {
  it.each(lines(OTHERS))('%s', (line) => {
    const [classes = '', said = ''] = line.split(/: (?=\d{3} )/);
    expect(classes.split('|')).toContain(judge(said, rules).classification.class);
    expect(classes.split('|')).toContain(reported({ text: said }).class);
    const words = said.replace(/^(\d{3}) (?:\d\.\d\.\d )?/, '');
    // Shut for not being used agrees with a code that says that nobody is there.
    const codes = classes.includes('inactive') ? [] : ADDRESS_CODES.map((code) => `550 ${code} ${words}`);
    expect([said, ...codes].filter((one) => judge(one, rules).suppresses)).toEqual([]);
  });
});

describe('a report of a delay', () => {
  it('says why, not for how long', () => {
    const found = (text: string) => reported({ text, action: 'delayed', stage: undefined }).class;
    const warning = 'Warning: message still undelivered after 14 hours. Will keep trying for 5 days';
    expect(found(`Deferred: Connection refused by mx.r.example. ${warning}`)).toBe('network');
    expect(found(`Deferred: mailbox full. ${warning}`)).toBe('mailbox-full');
    expect(found(`Deferred: Name server timed out. Still not delivered within 2 days`)).toBe('network');
    expect(found(warning)).toBe('expired');
  });
});

describe('what another relay found in DNS', () => {
  it.each([
    ['Host or domain name not found. Name service error for name=r.example type=A: Host not found', '5.4.4'],
    ['Host not found', '5.4.4'],
    ["No MX records were found for the 'r.example' domain.", undefined],
    ['550 5.4.310 DNS domain r.example does not exist [Message=InfoDomainNonexistent]', '5.4.310'],
  ])('is hard in its report, and suppresses nobody: %s', (text, status) => {
    const classification = reported({ text, status, stage: undefined });
    expect(classification).toMatchObject({ class: 'unknown-host', hard: true });
    const reply = parseReply(text);
    const facts = { status, reply, stage: undefined, via: 'smtp', sameAddress: true, sharedBy: 1 } as const;
    expect(suppressionForReport({ ...facts, classification })).toBeUndefined();
  });
});
